# SPDX-License-Identifier: Apache-2.0
"""A WebSocket client for scenarios: JSON in text frames. Standard library only."""
import base64
import json
import os
import socket
import struct


class WebSocket:
    def __init__(self, port, path, headers=None, seconds=10):
        self.socket = socket.create_connection(("127.0.0.1", port), seconds)
        self.rest = b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        lines += [f"{k}: {v}" for k, v in (headers or {}).items()]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        self.code = None  # of the server's close frame
        self.reason = ""

    def _more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the socket")
        self.rest += piece

    def _take(self, n):
        while len(self.rest) < n:
            self._more()
        taken, self.rest = self.rest[:n], self.rest[n:]
        return taken

    def receive(self):
        """The next text frame as JSON; None when the server closes."""
        while True:
            first, second = self._take(2)
            length = second & 127
            if length >= 126:
                length = struct.unpack(">H" if length == 126 else ">Q", self._take(2 if length == 126 else 8))[0]
            data = self._take(length)
            if first & 15 == 1:
                return json.loads(data)
            if first & 15 == 8:
                if len(data) >= 2:
                    self.code, self.reason = struct.unpack(">H", data[:2])[0], data[2:].decode()
                return None
            if first & 15 == 9:
                self.send_frame(10, data)

    def send(self, value):
        self.send_frame(1, json.dumps(value).encode())

    def send_frame(self, opcode, data, mask=None):
        """Any frame, masked as a client's must be."""
        mask = os.urandom(4) if mask is None else mask
        masked = (int.from_bytes(data, "big") ^ int.from_bytes((mask * (len(data) // 4 + 1))[:len(data)], "big"))
        length = struct.pack(">B", 0x80 | len(data)) if len(data) < 126 else \
            struct.pack(">BH", 0x80 | 126, len(data)) if len(data) < 65536 else struct.pack(">BQ", 0x80 | 127, len(data))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + masked.to_bytes(len(data), "big"))

    def close(self):
        self.socket.close()
