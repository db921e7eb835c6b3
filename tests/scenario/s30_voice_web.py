#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls from browsers: the protocol that existing clients speak, who may call, what hostile clients
send, and that none of it disturbs another call."""
import base64
import json
import os
import socket
import struct
import time
import uuid

from ava_test import PUBLIC_URL, main, story
from websocket import WebSocket

QUICK = True
THREADS = True
SITE = "https://www.example.com"
ADMIN = "/api/admin/communications"
SILENCE = base64.b64encode(bytes(960)).decode()  # 20 ms


def start(t, **settings):
    t.ava("schema", "create")
    sandbox = t.sandbox()  # its realtime model leads the calls
    t.with_realtime(sandbox)
    t.settings.update(AVA_VOICE_OPEN_ORIGINS=SITE, AVA_VOICE_ADDRESS_RATE="1000", AVA_VOICE_RESUME="1")
    t.start(**settings)


def link(t, **body):
    return t.post("/api/admin/voice/links", body, token=t.token())


class Call:
    """A browser's client."""

    def __init__(self, t, session=None, token=None, **headers):
        self.session = session or str(uuid.uuid4())
        query = f"?token={token}" if token else ""
        self.headers = {k.replace("_", "-"): v for k, v in headers.items()}
        self.ws = WebSocket(t.server.port, f"/ws/voice/{self.session}{query}", self.headers)
        self.status = self.ws.status

    def until(self, holds):
        """Messages up to the one that holds; ConnectionError when the server closes before it."""
        got = []
        while True:
            m = self.ws.receive()
            if m is None:
                raise ConnectionError(f"closed with {self.ws.code} {self.ws.reason}; had {got[-3:]}")
            got.append(m)
            if holds(m):
                return got

    def one(self, kind):
        return self.until(lambda m: m["type"] == kind)[-1]

    def ping(self, at=1):
        self.ws.send({"type": "ping", "data": {"client_sent_at": at}})
        return self.one("pong")["data"]

    def ends(self):
        """Reads until the server closes; its code."""
        while self.ws.receive() is not None:
            pass
        return self.ws.code


def from_site(t, **more):
    return Call(t, Origin=SITE, **more)


def conversation_of(t, session):
    """The finished conversation of a call, with its messages."""
    def find():
        for row in t.get(f"{ADMIN}?channel=voice", token=t.token()).json["conversations"]:
            if session in json.dumps(row["metadata"]) and row["status"] != "active":
                return t.get(f"{ADMIN}/{row['id']}", token=t.token()).json
        return None
    return t.wait(find, "the call is written", 20)


@story
def existing_clients_work_unchanged(t):
    start(t)
    call = from_site(t)
    t.eq(call.status, 101, "a page of a named site opens a call")
    greeting = call.one("audio")
    t.eq(len(base64.b64decode(greeting["data"])) % 2, 0, "she greets, in 16-bit samples")
    pong = call.ping(1764295200123)
    t.eq(pong["client_sent_at"], 1764295200123, "a ping is answered with its own time")
    t.ok(abs(pong["server_received_at"] / 1000 - time.time()) < 60, "and the server's, in the same form", pong)
    t.ok(call.ping("2026-11-28T02:00:00Z")["server_received_at"].endswith("Z"), "a text by a text")
    call.ws.send({"type": "interrupt"})
    call.one("clear")
    t.ok(True, "interrupted, she drops what was queued")
    for _ in range(10):
        call.ws.send({"type": "audio", "data": SILENCE})
    call.ws.send({"type": "commit"})
    call.ws.send({"type": "text", "data": "What are your opening hours?"})
    said = call.one("text")["data"]
    t.ok(len(said) > 20, "a typed turn is answered in words", said)
    call.one("audio")
    t.ok(True, "and in sound")
    call.ws.send({"type": "end_session"})
    t.eq(call.ends(), 1000, "the session ends in good order")
    whole = conversation_of(t, call.session)
    t.eq((whole["conversation"]["channel"], whole["conversation"]["status"]), ("voice", "completed"), "it is one conversation")
    t.eq(len(whole["messages"]), 1, "with one message")
    t.has(whole["messages"][0]["content"], "What are your opening hours?", "that has what was said")
    t.has(whole["messages"][0]["content"], said.split(".")[0], "by both")


@story
def who_may_call(t):
    start(t)
    t.eq(Call(t).status, 401, "nobody may without anything")
    t.eq(Call(t, Origin="https://evil.example").status, 401, "nor a page of another site")
    t.eq(Call(t, Authorization=f"Bearer {t.token()}").status, 101, "a program may")
    t.eq(Call(t, Authorization=f"Bearer {t.token('r', '--role', 'reader')}").status, 403, "if its role may write")
    t.eq(Call(t, Authorization="Bearer ava_nonsense").status, 401, "a wrong token is none")
    t.ava("user", "add", "--name", "Dana", "--email", "dana@example.com", "--role", "agent",
          stdin="a password of Dana\n")
    signed_in = t.post("/api/session", {"email": "dana@example.com", "password": "a password of Dana"})
    cookie = signed_in.header("Set-Cookie").split(";")[0]
    t.eq(Call(t, Cookie=cookie, Origin=PUBLIC_URL).status, 101, "staff may from our own page")
    t.eq(Call(t, Cookie=cookie, Origin="https://evil.example").status, 403, "their cookie is no use to another site's page")
    t.eq(Call(t, session="a%2Fb", Origin=SITE).status, 400, "a session's id is a plain word")
    t.eq(Call(t, session="x" * 101, Origin=SITE).status, 400, "of a certain length")
    told = t.get(f"/ws/voice/{uuid.uuid4()}")
    t.eq((told.status, told.header("Content-Type")), (401, "application/problem+json"), "asked without a socket, it says why")
    t.eq(t.get(f"/ws/voice/{uuid.uuid4()}", headers={"Origin": SITE}).status, 426, "or that it would")


@story
def a_link_opens_one_call(t):
    start(t)
    customer = t.post("/api/customers", {"name": "Dana Fox", "phone": "+12025550147"}, token=t.token())
    made = link(t, customer_id=customer.json["id"], minutes=5)
    t.eq(made.status, 201, "a link is made")
    one = made.json
    t.has(one["url"], f"{PUBLIC_URL}/call#session={one['session_id']}&token=", "it leads to the page")
    t.eq(link(t, customer_id=999999).status, 404, "not for a customer who is not there")
    t.eq(t.post("/api/admin/voice/links", {}).status, 401, "nor by anybody")
    t.eq(Call(t, token=one["token"]).status, 401, "it opens no other session")
    t.eq(Call(t, one["session_id"], one["token"][:-2] + "AA").status, 401, "a changed one opens nothing")
    look = f"/ws/voice/{one['session_id']}?token={one['token']}"
    t.eq(t.get(look).status, 426, "looking does not use it up")
    call = Call(t, one["session_id"], one["token"], Origin="https://anywhere.example")
    t.eq(call.status, 101, "it opens its own, from anywhere")
    again = Call(t, one["session_id"], one["token"])
    t.eq(again.status, 409, "and only once")
    t.has(t.get(look).json["detail"], "used", "which is said in words")
    call.one("audio")
    call.ws.send({"type": "end_session"})
    call.ends()
    whole = conversation_of(t, one["session_id"])
    t.eq(whole["conversation"]["customer"]["name"], "Dana Fox", "it is known who called")
    words = t.ava("voice", "link", "--minutes", "1")
    t.has(words, "/call#session=", "the command makes one too")
    short = json.loads(words)
    t.sql("UPDATE installation_keys SET secret = 'another' WHERE name = 'voice_link'")
    t.eq(Call(t, short["session_id"], short["token"]).status, 401, "with another key, none is good")


@story
def what_hostile_clients_send(t):
    start(t)
    quiet, call = from_site(t), from_site(t)
    wrong = [("no JSON", b"hello", "malformed"), ("cut off", b'{"type":"audio","data":"AAAA"', "malformed"),
             ("no object", b"[1]", "malformed"), ("unknown", b'{"type":"dance"}', "not-supported"),
             ("no base64", b'{"type":"audio","data":"AA!A"}', "invalid"),
             ("half a sample", b'{"type":"audio","data":"AA=="}', "invalid"),
             ("deep", b'{"type":' + b"[" * 500 + b"]" * 500 + b"}", "malformed"),
             ("no UTF-8", None, None)]
    for what, frame, code in wrong[:-1]:
        call.ws.send_frame(1, frame)
        t.eq(call.one("error")["data"]["code"], code, f"{what}: told, and the call goes on")
    call.ws.send_frame(2, bytes(100))
    t.eq(call.one("error")["data"]["code"], "not-supported", "binary frames are none of it")
    t.eq(call.ping()["client_sent_at"], 1, "the call is still there")
    for _ in range(30):
        call.ws.send_frame(1, b"nonsense")
    t.eq((call.ends(), call.ws.reason[:8]), (1008, "too many"), "who sends nothing else is closed, with the reason")
    large = from_site(t)
    large.ws.send_frame(1, b'{"type":"text","data":"' + b"a" * (600 << 10) + b'"}')
    t.eq(large.ends(), 1009, "an oversized message ends it")
    bad = from_site(t)
    bad.ws.send_frame(1, b"\xff\xfe")
    t.ok(bad.ends() in (1007, 1002), "what is no UTF-8 ends it", bad.ws.code)
    unmasked = from_site(t)
    unmasked.ws.socket.sendall(b"\x81\x02{}")
    t.eq(unmasked.ends(), 1002, "an unmasked frame ends it")
    fast = from_site(t)
    second = base64.b64encode(bytes(48000)).decode()
    for _ in range(40):
        fast.ws.send({"type": "audio", "data": second})
    t.eq(fast.one("error")["data"]["code"], "too-many-requests", "sound that comes too fast is refused")
    t.eq(fast.ping()["client_sent_at"], 1, "and the call goes on")
    t.eq(quiet.ping()["client_sent_at"], 1, "another call was not disturbed")


@story
def connections_that_go_wrong(t):
    start(t)
    quiet = from_site(t)
    gone = [from_site(t) for _ in range(3)]
    for call in gone:
        call.one("audio")
    gone[0].ws.close()
    gone[1].ws.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    gone[1].ws.close()  # a reset
    gone[2].ws.socket.shutdown(socket.SHUT_WR)  # half open
    for call in gone:
        whole = conversation_of(t, call.session)
        t.eq(len(whole["messages"]), 1, "a call whose connection broke is written, once")
    flood = from_site(t)
    ping = json.dumps({"type": "ping", "data": {"client_sent_at": "x" * 90}}).encode()
    mask = os.urandom(4)
    try:
        for _ in range(200_000):  # and reads none of the answers
            flood.ws.send_frame(1, ping, mask)
        closed = False
    except OSError:
        closed = True
    t.ok(closed, "a client that does not read is closed")
    conversation_of(t, flood.session)
    t.eq(quiet.ping()["client_sent_at"], 1, "another call was not disturbed")
    quiet.ws.send_frame(8, struct.pack(">H", 1000))
    whole = conversation_of(t, quiet.session)
    t.eq(whole["conversation"]["status"], "completed", "a client that closes has hung up")


LIVE = "/api/admin/calls/live"


def live_calls(t):
    return t.get(LIVE, token=t.token()).json["calls"]


def reset(call):
    """The connection breaks."""
    call.ws.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    call.ws.socket.close()


@story
def a_socket_that_breaks_is_gone_on_with(t):
    start(t, AVA_VOICE_RESUME="20")
    made = link(t).json
    call = Call(t, made["session_id"], made["token"])
    call.one("audio")
    call.ws.send({"type": "text", "data": "What are your opening hours?"})
    call.one("text")
    t.eq(Call(t, made["session_id"], made["token"]).status, 409, "a link's call that goes on is nobody else's")
    reset(call)
    t.wait(lambda: [c["state"] for c in live_calls(t)] == ["waiting"], "the call waits for another socket")
    other = from_site(t, session=made["session_id"])
    other.one("audio")
    t.eq(len(live_calls(t)), 2, "without the link, it is another call")
    call = Call(t, made["session_id"], made["token"])
    t.eq(call.status, 101, "the link opens it again")
    said = call.one("text")["data"]
    t.has(said, "we were cut off", "she knows that it broke off")
    call.ws.send({"type": "text", "data": "Thank you, goodbye"})
    call.one("text")
    call.ws.send({"type": "end_session"})
    t.eq(call.ends(), 1000, "it ends in good order")
    find = f"SELECT c.id, c.status FROM voice_calls v JOIN conversations c ON c.id = v.conversation_id " \
           f"WHERE v.session_id = '{made['session_id']}' AND v.holder = 'link'"
    t.wait(lambda: [r[1] for r in t.sql(find)] == ["completed"], "the call is written as one conversation")
    whole = t.get(f"{ADMIN}/{t.sql(find)[0][0]}", token=t.token()).json
    t.eq(len(whole["messages"]), 1, "with one message")
    content = whole["messages"][0]["content"]
    t.ok(0 < content.find("opening hours") < content.find("Thank you, goodbye"),
         "with all that was said, in its order", content)
    t.eq(sum(e["event_type"] == "call_resumed" for e in whole["events"]), 1, "it tells that it was resumed")
    t.eq(Call(t, made["session_id"], made["token"]).status, 409, "then the link is used up")

    half = from_site(t)
    half.one("audio")  # and its connection hangs
    again = from_site(t, session=half.session)
    t.eq(half.ends(), 1008, "a newer socket of the same caller takes the call over")
    again.until(lambda m: m["type"] == "text" and "cut off" in m["data"])
    t.ok(True, "and goes on with it")
    t.eq(t.sql(f"SELECT count(*) FROM voice_calls WHERE session_id = '{half.session}'"), [["1"]], "it is one call")


@story
def calls_that_go_on_are_seen(t):
    start(t)
    t.eq((t.get(LIVE).status, live_calls(t)), (401, []), "nobody sees calls without signing in, and there are none")
    live = WebSocket(t.server.port, "/ws/live", {"Authorization": f"Bearer {t.token()}"})
    live.receive()
    call = from_site(t)
    seen = []

    def told(holds):
        while not (seen and holds(seen[-1])):
            seen.append(live.receive())
        return seen[-1]
    one = told(lambda m: m["type"] == "change" and m["kind"] == "call")["conversation_id"]
    t.ok(one, "that it began is told")
    call.one("audio")
    call.ws.send({"type": "text", "data": "What are your opening hours?"})
    heard = told(lambda m: m["type"] == "call_said" and m["speaker"] == "customer")
    t.eq((heard["text"], heard["conversation_id"]), ("What are your opening hours?", one), "the words come as they are said")
    said = told(lambda m: m["type"] == "call_said" and m["speaker"] == "assistant" and m["final"] and len(m["text"]) > 20)
    t.ok(any(m["type"] == "call_state" and m["state"] == "thinking" for m in seen), "and what she is at", seen)
    row = t.wait(lambda: next((c for c in live_calls(t) if len(c["transcript_segments"]) >= 2), None), "the list has the words")
    t.has(json.dumps(row["transcript_segments"]), "What are your opening hours?", "of the caller")
    t.has(json.dumps(row["transcript_segments"]), said["text"][:10], "and of her")
    t.eq((row["conversation_id"], row["transport"], row["engine"], row["can_transfer"], row["customer"]),
         (one, "browser", "realtime", False, None), "and what is known of the call")
    t.eq(len(t.get(f"{LIVE}?conversation_id={uuid.uuid4()}", token=t.token()).json["calls"]), 0, "one can be asked for")
    for wrong, status in ((f"{LIVE}/{uuid.uuid4()}/end", 404), (f"{LIVE}/{one}/transfer", 409)):
        t.eq(t.post(wrong, {}, token=t.token()).status, status, f"{wrong.rsplit('/', 1)[1]}: refused")
    t.eq(t.post(f"{LIVE}/{one}/end", {}, token=t.token("r", "--role", "reader")).status, 403, "readers only see")
    t.eq(t.post(f"{LIVE}/{one}/end", {}, token=t.token()).status, 202, "the staff end it")
    call.until(lambda m: m["type"] == "text" and "have to end our call" in m["data"])
    t.eq(call.ends(), 1000, "she says goodbye and does")
    whole = conversation_of(t, call.session)
    ended = [e for e in whole["events"] if e["event_type"] == "conversation_completed"]
    t.eq([e["details"]["by"] for e in ended], ["staff"], "it is told by whom")
    told(lambda m: m["type"] == "change" and m["kind"] == "call" and m["conversation_id"] == one)
    t.eq(live_calls(t), [], "and it is in the list no more")
    t.eq(t.post(f"{LIVE}/{one}/end", {}, token=t.token()).status, 409, "what is over cannot be ended")


@story
def limits(t):
    start(t, AVA_VOICE_WEB_CALLS="2")
    two = [from_site(t), from_site(t)]
    third = from_site(t)
    t.eq([c.status for c in two] + [third.status], [101, 101, 503], "so many calls at a time")
    made = link(t).json
    t.eq(Call(t, made["session_id"], made["token"]).status, 503, "nor by a link")
    two[0].ws.send({"type": "end_session"})
    two[0].ends()
    t.wait(lambda: Call(t, made["session_id"], made["token"]).status == 101, "which is still good when a line is free")
    t.server.stop()
    t.start(AVA_VOICE_ADDRESS_RATE="2")
    t.eq([from_site(t).status for _ in range(3)], [101, 101, 429], "so many a minute from one address")
    t.eq(Call(t, Authorization=f"Bearer {t.token()}").status, 101, "a program is not counted")
    t.server.stop()
    t.start(AVA_VOICE_CALLS_MAX="1")
    one, second = from_site(t), from_site(t)
    t.eq([one.status, second.status], [101, 503], "calls of all kinds have a limit too")
    t.has(t.get("/metrics", token=t.token()).text, "ava_voice_calls 1", "which counts those that go on")
    t.server.stop()
    t.start(AVA_VOICE_WEB_CALLS="0")
    t.eq(Call(t, Authorization=f"Bearer {t.token()}").status, 404, "they can be off")


if __name__ == "__main__":
    main()
