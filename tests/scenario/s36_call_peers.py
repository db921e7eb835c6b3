#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls whose other side breaks the rules, vanishes without a word, or takes nothing: each ends with a reason
in its record, in the time that is set and with bounded memory, and the calls beside it are not disturbed."""
import base64
import hashlib
import hmac
import json
import os
import socket
import struct
import threading
import time
import xml.etree.ElementTree as xml

from ava_test import BUSINESS_NUMBER, TWILIO_ACCOUNT, TWILIO_TOKEN, free_port, main, story
from websocket import WebSocket

THREADS = True
SITE = "https://www.example.com"
CALL = "/api/webhooks/twilio/voice"
SILENCE = base64.b64encode(b"\xff" * 160).decode()
SILENT_S = 2
MEMORY_KIB = 64 << 10


def start(t, **settings):
    t.ava("schema", "create")
    t.ports["server"] = free_port()
    sandbox = t.sandbox()
    t.with_realtime(sandbox)
    t.settings.update(AVA_PUBLIC_URL=f"http://127.0.0.1:{t.ports['server']}", AVA_VOICE_OPEN_ORIGINS=SITE,
                      AVA_VOICE_ADDRESS_RATE="1000", AVA_VOICE_RESUME="0", **settings)
    t.start()


class Stream:
    """The telephone network's end of a call, by hand."""
    calls = 0

    def __init__(self, t):
        Stream.calls += 1
        self.sid = f"CA{Stream.calls:032x}"
        form = {"CallSid": self.sid, "AccountSid": TWILIO_ACCOUNT, "From": f"+1555010{8000 + Stream.calls}",
                "To": BUSINESS_NUMBER, "CallStatus": "ringing", "Direction": "inbound"}
        noun = xml.fromstring(t.twilio(CALL, form).body).find("Connect/Stream")
        signed = hmac.new(TWILIO_TOKEN.encode(), noun.get("url").encode(), hashlib.sha1).digest()
        path = "/" + noun.get("url").split("/", 3)[3]
        self.ws = WebSocket(t.server.port, path, {"X-Twilio-Signature": base64.b64encode(signed).decode()})
        self.parameters = {p.get("name"): p.get("value") for p in noun}
        self.sequence = self.chunk = 0
        self.name = f"MZ{Stream.calls:032x}"
        self.ws.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        self.start()
        self.sound()

    def send(self, event, **more):
        self.sequence += 1
        self.ws.send({"event": event, "sequenceNumber": str(self.sequence), "streamSid": self.name, **more})

    def start(self):
        self.send("start", start={
            "accountSid": TWILIO_ACCOUNT, "streamSid": self.name, "callSid": self.sid, "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": self.parameters})

    def sound(self):
        self.chunk += 1
        self.send("media", media={"track": "inbound", "chunk": str(self.chunk), "timestamp": str(20 * self.chunk),
                                  "payload": SILENCE})

    def back(self, sequence=0, chunk=0):
        self.sequence -= sequence
        self.chunk -= chunk
        self.sound()

    def reset(self):
        self.is_open()  # else what it has sent is lost with the connection, unread
        self.ws.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.ws.close()

    def is_open(self):
        """The greeting's sound comes, or marks; and what is sent is taken."""
        self.sound()
        return self.ws.receive() is not None


class Beside:
    """A browser's call that goes on beside others: sends sound, answers pings, hears the answer to its own."""

    def __init__(self, t):
        self.t, self.session, self.over = t, f"beside-{t.store}-{time.monotonic_ns()}", False
        self.ws = WebSocket(t.server.port, f"/ws/voice/{self.session}", {"Origin": SITE})
        self.pongs, self.closed, self.lock = 0, False, threading.Lock()
        self.threads = [threading.Thread(target=f) for f in (self.listen, self.speak)]
        for thread in self.threads:
            thread.start()

    def listen(self):
        try:
            while (m := self.ws.receive()) is not None:
                self.pongs += m["type"] == "pong"
        except OSError:
            pass
        self.closed = True

    def speak(self):
        while not self.over and not self.closed:
            try:
                self.ws.send({"type": "ping", "data": {"client_sent_at": 1}})
            except OSError:
                return
            time.sleep(0.05)

    def check(self, what):
        """It hears still: a pong to what is asked from now on."""
        had = self.pongs
        self.t.wait(lambda: self.closed or self.pongs > had + 2, f"{what}: the call beside it goes on")
        self.t.ok(not self.closed, "and its connection stands")

    def end(self):
        self.over = True
        self.threads[1].join()
        self.ws.send({"type": "end_session"})
        self.threads[0].join()


def why_it_ended(t, session, seconds=30):
    """Status of the call's conversation, who ended it and why, once it is written."""
    def find():
        rows = t.sql("SELECT c.status, m.metadata FROM voice_calls v JOIN conversations c ON c.id = v.conversation_id "
                     f"JOIN communication_messages m ON m.id = v.message_id WHERE v.session_id = '{session}'")
        return rows and rows[0]
    found = t.wait(find, "it is written", seconds)
    return (found[0], json.loads(found[1])) if found else (None, {})


def reason_of(t, session):
    status, metadata = why_it_ended(t, session)
    t.eq(status, "failed", "as a call that broke off")
    return json.dumps(metadata)


WRONG = [
    ("numbers that go back", "the stream's messages came out of order", lambda s: s.back(sequence=2)),
    ("sound that goes back", "the stream's sound came out of order", lambda s: s.back(chunk=1)),
    ("a message of another stream", "a message of another stream came",
     lambda s: s.ws.send({"event": "mark", "sequenceNumber": "9", "streamSid": "MZ1", "mark": {"name": "1"}})),
    ("a second beginning", "the stream began a second time", lambda s: s.start()),
    ("no JSON", "a message that is not in its protocol", lambda s: s.ws.send_frame(1, b"nonsense")),
    ("a message that is cut off", "a message that is not in its protocol",
     lambda s: s.ws.send_frame(1, b'{"event":"media","sequenceNumber":"7"')),
    ("sound that is no base64", "a message that is not in its protocol",
     lambda s: s.send("media", media={"track": "inbound", "chunk": "9", "timestamp": "180", "payload": "AA!A"})),
    ("bytes in place of text", "a message that is not in its protocol", lambda s: s.ws.send_frame(2, bytes(160))),
    ("a message of 40 KiB", "the peer sent a message that is too large", lambda s: s.ws.send_frame(1, b"x" * (40 << 10))),
    ("text that is no UTF-8", "the peer sent text that is not UTF-8", lambda s: s.ws.send_frame(1, b"\xff\xfe")),
    ("a frame without a mask", "the peer broke the WebSocket protocol", lambda s: s.ws.socket.sendall(b"\x81\x02{}")),
    ("a frame of an unknown kind", "the peer broke the WebSocket protocol", lambda s: s.ws.send_frame(3, b"")),
    ("an end of its connection alone", "the peer was gone without a word", lambda s: s.ws.close()),
    ("a reset", "the connection broke", lambda s: s.reset()),
]


@story
def who_breaks_the_rules_of_a_media_stream(t):
    start(t)
    beside, good = Beside(t), Stream(t)
    for what, why, do in WRONG:
        stream = Stream(t)
        do(stream)
        t.has(reason_of(t, stream.sid), why, f"{what}: the record says it")
    good.sequence += 3
    good.chunk += 3
    t.ok(good.is_open(), "a gap is survived")
    good.ws.send({"event": "weather"})
    t.ok(good.is_open(), "and an event that is not known")
    beside.check("after all that")
    good.send("stop", stop={"accountSid": TWILIO_ACCOUNT, "callSid": good.sid})
    status, metadata = why_it_ended(t, good.sid)
    t.eq(status, "completed", "who hangs up in good order is no failure")
    beside.end()


@story
def who_vanishes_without_a_word(t):
    """Their sockets stay open and take what comes, and nothing comes back: no sound, no answer to a ping."""
    start(t, AVA_SOCKET_SILENCE=str(SILENT_S * 1000))
    beside, stream = Beside(t), Stream(t)
    browser = WebSocket(t.server.port, "/ws/voice/vanishes", {"Origin": SITE})
    began = time.monotonic()
    t.has(reason_of(t, stream.sid), "nothing came on the stream for too long", "a stream that stops: the record says it")
    t.has(reason_of(t, "vanishes"), "the peer is silent", "a browser that stops: the record says it")
    took = time.monotonic() - began
    t.ok(SILENT_S / 2 <= took < SILENT_S + 15, f"each in the time that is set, {SILENT_S} s, and not before", took)
    beside.check("meanwhile")
    beside.end()
    browser.close()
    stream.ws.close()


def memory_kib(t):
    with open(f"/proc/{t.server.process.pid}/status", encoding="ascii") as f:
        return int([line for line in f if line.startswith("VmRSS")][0].split()[1])


def flood(ws):
    """Asks and asks, and reads none of the answers, until the server has had enough."""
    ping, mask = json.dumps({"type": "ping", "data": {"client_sent_at": "x" * 90}}).encode(), os.urandom(4)
    try:
        while True:
            ws.send_frame(1, ping, mask)
    except OSError:
        pass


@story
def who_reads_nothing(t):
    start(t)
    beside = Beside(t)
    beside.check("before")
    before = memory_kib(t)
    slow = [WebSocket(t.server.port, f"/ws/voice/slow{n}", {"Origin": SITE}, seconds=60) for n in range(4)]
    floods = [threading.Thread(target=flood, args=(ws,)) for ws in slow]
    for thread in floods:
        thread.start()
    most = before
    while any(thread.is_alive() for thread in floods):
        most = max(most, memory_kib(t))
        time.sleep(0.02)
    for n in range(len(slow)):
        t.has(reason_of(t, f"slow{n}"), "the peer does not take what it is sent", "a client that reads nothing: the record says it")
    sanitized = "san" in os.environ.get("AVA_BIN", "")  # whose memory is something else
    t.ok(sanitized or most - before < MEMORY_KIB, "what waits for them is bounded", f"{most - before} KiB more")
    beside.check("meanwhile")
    beside.end()


if __name__ == "__main__":
    main()
