# SPDX-License-Identifier: Apache-2.0
"""Small fakes of those who send e-mail, for what the sandbox's stand-ins do not do to a sender:
SendGrid's API that answers as it is told, a mail server that hangs up where it is told, and the key
with which SendGrid signs. Standard library, and openssl for the signature."""
import base64
import http.server
import json
import os
import socketserver
import subprocess
import threading
import time


class FakeSendGrid:
    """POST /v3/mail/send. `then` is a list of what to do with the next requests: a status, or "hang up"
    (after the mail was taken); without one it is 202."""

    def __init__(self):
        self.mails, self.then, fake = [], [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                do = fake.then.pop(0) if fake.then else 202
                if do in (202, "hang up"):
                    fake.mails.append({**body, "key": self.headers["Authorization"], "path": self.path})
                if do == "hang up":
                    self.close_connection = True
                    self.connection.close()
                    return
                answer = b"" if do == 202 else json.dumps({"errors": [{"message": "told to", "field": None}]}).encode()
                self.send_response(do)
                self.send_header("Content-Length", str(len(answer)))
                self.send_header("X-Message-Id", f"sg-{len(fake.mails)}")
                if do == 429:
                    self.send_header("X-RateLimit-Reset", str(int(time.time()) + 1))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


class FakeMailServer:
    """SMTP with AUTH PLAIN. `then`: replies to the ends of the next mails, "" hangs up after the mail
    was taken; `to`: replies to the next recipients."""

    def __init__(self):
        self.mails, self.then, self.to, self.signed_in, fake = [], [], [], [], self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line):
                self.wfile.write(line.encode() + b"\r\n")

            def take(self, envelope):
                self.say("354 go on")
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line[1:] if line.startswith(b".") else line)
                reply = fake.then.pop(0) if fake.then else "250 2.0.0 taken"
                if reply[:1] in ("2", ""):
                    fake.mails.append({**envelope, "bytes": b"".join(lines)})
                if reply:
                    self.say(reply)
                return bool(reply)

            def handle(self):
                envelope = {}
                self.say("220 fake ESMTP")
                while line := self.rfile.readline().decode().strip():
                    word = line.upper()
                    if word.startswith("EHLO"):
                        self.say("250-fake\r\n250 AUTH PLAIN")
                    elif word.startswith("AUTH"):
                        self.say("334 ")
                        fake.signed_in.append(base64.b64decode(self.rfile.readline()).decode())
                        self.say("235 2.7.0 welcome")
                    elif word.startswith("MAIL"):
                        envelope = {"from": line[line.index("<") + 1:line.index(">")]}
                        self.say("250 ok")
                    elif word.startswith("RCPT"):
                        envelope["to"] = line[line.index("<") + 1:line.index(">")]
                        self.say(fake.to.pop(0) if fake.to else "250 ok")
                    elif word == "DATA":
                        if not self.take(envelope):
                            return
                    elif word == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("502 what?")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"smtp://127.0.0.1:{self.server.server_address[1]}"


class SendGridKey:
    """A pair of the curve P-256, its public half as SendGrid shows it."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "sendgrid.pem")
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.path)
        der = self._openssl("ec", "-in", self.path, "-pubout", "-outform", "DER")
        self.public = base64.b64encode(der).decode()

    @staticmethod
    def _openssl(*arguments, stdin=b""):
        return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout

    def headers(self, body, at=None):
        stamp = str(int(at or time.time()))
        signature = self._openssl("dgst", "-sha256", "-sign", self.path, stdin=stamp.encode() + body)
        return {"X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
                "X-Twilio-Email-Event-Webhook-Timestamp": stamp, "Content-Type": "application/json"}
