#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The telephone network around a call: messages that callers leave, calls that the assistant makes,
once however often the server is killed, and strangers who knock at the media stream."""
import json

from ava_test import BUSINESS_NUMBER, TWILIO_TOKEN, main, story, wait_for
from websocket import WebSocket

FAULTS = True
ADMIN = "/api/admin/communications"
CALLER = "+15550100001"
MEDIA = "/ws/twilio/media"
POINTS = ("call_decided", "call_answered")


def begin(t, **settings):
    t.ava("schema", "create")
    sandbox, server = t.world_with_sandbox(AVA_VOICE_CALLS_MAX="0", **settings)
    return sandbox


def details(t):
    """All voice conversations, whole."""
    rows = t.get(f"{ADMIN}?channel=voice", token=t.token()).json["conversations"]
    return [t.get(f"{ADMIN}/{row['id']}", token=t.token()).json for row in rows]


def events(conversation, kind):
    return [e for e in conversation["events"] if e["event_type"] == kind]


def calls(sandbox, number):
    return [c for c in sandbox.request("GET", "/sandbox/calls").json["calls"] if number in json.dumps(c)]


def dial_in(sandbox, script, **more):
    got = sandbox.request("POST", "/sandbox/call", {"from": CALLER, "script": script, "speed": 4, **more})
    return got.json["sid"]


@story
def a_caller_who_cannot_be_answered_leaves_a_message(t):
    sandbox = begin(t)
    dial_in(sandbox, [{"wait": 500}, {"say": "Please call me back, it is about Friday."}, {"hangup": True}])

    def left():
        got = [c for c in details(t) if any(a["state"] == "stored" for m in c["messages"] for a in m.get("attachments", []))]
        return got[0] if got else None
    c = t.wait(left, "the message is there with its recording", 30)
    m = c["messages"][0]
    t.has(m["content"], "Voicemail of ", "it is a message")
    t.eq(m["attachments"][0]["content_type"], "audio/wav", "the recording is a file of it")
    t.eq(m["voice"]["recording_url"], f"/api/admin/attachments/{m['attachments'][0]['id']}", "and can be heard")
    t.eq(events(c, "escalation_requested")[0]["details"]["reason"], "voicemail", "the staff are told")
    t.eq(c["conversation"]["customer"]["phone"], CALLER, "it is the caller's")
    t.eq(c["conversation"]["status"], "completed", "nothing more is said in it")


@story
def a_customer_is_called(t):
    sandbox = begin(t)
    sandbox.request("POST", "/sandbox/people", {"number": "+15550100021", "answers": "busy"})
    sandbox.request("POST", "/sandbox/people", {"number": "+15550100022", "answers": "yes", "after_ms": 50})
    who = {"to": "+15550100021", "say": "Hello, you asked us to call back."}
    placed = t.post("/api/admin/calls", who, token=t.token())
    t.eq(placed.status, 201, "the call is ordered")
    t.eq(placed.json["purpose"], "callback", "and for what")

    def told():
        got = [c for c in details(t) if events(c, "call_not_answered")]
        return got[0] if got else None
    c = t.wait(told, "that nobody took it is told", 30)
    t.eq(events(c, "call_not_answered")[0]["details"]["status"], "busy", "with the reason")
    t.eq(c["conversation"]["status"], "failed", "it came to nothing")
    here = f"/api/admin/calls/placed/{placed.json['id']}"
    t.eq(t.get(here, token=t.token()).json["status"], "busy", "and can be asked for")

    placed = t.post("/api/admin/calls", {"to": "+15550100022"}, token=t.token())
    here = f"/api/admin/calls/placed/{placed.json['id']}"
    t.wait(lambda: t.get(here, token=t.token()).json["status"] == "completed", "one that is taken is completed", 30)
    t.eq(len(calls(sandbox, "+15550100022")), 1, "it was made once")


@story
def who_does_not_want_calls_gets_none(t):
    begin(t)
    no = {"address": CALLER, "channel": "voice", "purpose": "all", "source": "spoken", "reason": "said so"}
    t.eq(t.post("/api/admin/consents/revoke", no, token=t.token()).status // 100, 2, "they say so")
    got = t.post("/api/admin/calls", {"to": CALLER}, token=t.token())
    t.has(got.json["detail"], "opted out", "no call is ordered")
    t.eq(t.sql("select count(*) from telephone_calls"), [["0"]], "nothing is left of it")
    for wrong, field in (({}, "to"), ({"to": "12"}, "to"), ({"to": CALLER, "customer_id": 1}, "to"),
                         ({"to": CALLER, "purpose": "fun"}, "purpose"), ({"to": CALLER, "say": "x" * 401}, "say")):
        got = t.post("/api/admin/calls", wrong, token=t.token())
        t.eq((got.status, got.json["errors"][0]["field"]), (422, field), f"{wrong} is refused")


@story
def a_killed_server_does_not_call_twice(t):
    t.errors_expected = True
    sandbox = begin(t, AVA_SEND_SETTLE="200")
    t.server.stop()
    for n, point in enumerate(POINTS):
        number = f"+155501001{n:02}"
        sandbox.request("POST", "/sandbox/people", {"number": number, "answers": "no", "after_ms": 1500})
        server = t.start(AVA_FAULT_KILL=point, AVA_VOICE_CALLS_MAX="0", AVA_SEND_SETTLE="200")
        t.eq(t.post("/api/admin/calls", {"to": number}, token=t.token()).status, 201, "a call is ordered")
        wait_for(lambda: server.process.poll() is not None, 30, "the server to be killed")
        t.start(AVA_VOICE_CALLS_MAX="0", AVA_SEND_SETTLE="200")
        t.wait(lambda: t.sql("select count(*) from jobs where kind = 'call'") == [["0"]], f"{point}: it is done", 30)
        t.eq(len(calls(sandbox, number)), 1, f"{point}: the telephone rang once")
        named = t.sql(f"select count(*) from telephone_calls where caller = '{number}' and call_sid is not null")
        t.eq(named, [["1"]], f"{point}: the call is known")
        t.server.stop()


@story
def one_that_was_perhaps_made_is_looked_for(t):
    """The answer of the provider is lost, or the server is killed behind it, and no webhook comes that
    could name the call: the provider's list has it."""
    t.errors_expected = True
    sandbox = begin(t)
    t.server.stop()
    t.settings["AVA_PUBLIC_URL"] = "http://127.0.0.1:9"
    fast = {"AVA_SEND_SETTLE": "200", "AVA_PROVIDER_TIMEOUT": "500", "AVA_VOICE_CALLS_MAX": "0"}
    for n, (fault, kill) in enumerate(((True, ""), (False, "call_answered"))):
        number = f"+155501002{n:02}"
        sandbox.request("POST", "/sandbox/people", {"number": number, "answers": "no", "after_ms": 60000})
        if fault:
            lost = {"api": "calls", "on": "sends", "status": "after_send_timeout", "count": 1, "hang_ms": 2000}
            t.eq(sandbox.request("POST", "/sandbox/faults", lost).status // 100, 2, "an answer will be lost")
        server = t.start(**fast, **({"AVA_FAULT_KILL": kill} if kill else {}))
        t.eq(t.post("/api/admin/calls", {"to": number}, token=t.token()).status, 201, "a call is ordered")
        if kill:
            wait_for(lambda: server.process.poll() is not None, 30, "the server to be killed")
            t.start(**fast)
        t.wait(lambda: t.sql("select count(*) from jobs where kind = 'call'") == [["0"]], f"{n}: it is done", 30)
        t.eq(len(calls(sandbox, number)), 1, f"{n}: the telephone rang once")
        named = t.sql(f"select call_sid from telephone_calls where caller = '{number}'")
        t.eq(named, [[calls(sandbox, number)[0]["sid"]]], f"{n}: the call is known by the provider's name")
        t.server.stop()


@story
def strangers_have_no_stream(t):
    begin(t)
    ws = WebSocket(t.server.port, MEDIA)
    t.eq(ws.status, 403, "without a signature there is none")
    url = t.settings["AVA_PUBLIC_URL"].replace("http", "ws", 1)
    good = t.signature(MEDIA, {}, TWILIO_TOKEN, public_url=url)
    ws = WebSocket(t.server.port, MEDIA, {"X-Twilio-Signature": good[:-2] + "A="})
    t.eq(ws.status, 403, "with a forged one neither")
    form = {"CallSid": "CA" + "0" * 32, "From": CALLER, "To": BUSINESS_NUMBER}
    for path in ("voice", "voice-after", "voice-whisper", "voice-status", "recording"):
        got = t.twilio(f"/api/webhooks/twilio/{path}", form, token="another")
        t.eq(got.status, 403, f"{path}: a forged request is refused")
    t.eq(t.sql("select count(*) from inbound_requests"), [["0"]], "and nothing is stored")


if __name__ == "__main__":
    main()
