#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Calls by telephone, from the network's webhook to the conversation: a caller books, interrupts her and
is put through to a person; nobody is there, and a message is left; a caller types keys, hangs up, is gone;
staff listen in."""
import base64
import io
import struct
import uuid
import wave

from ava_test import BUSINESS_NUMBER, main, story
from telephone import PERSON, begin, conversations, person, place, record, settled, show, texts, tools, written
from websocket import WebSocket

QUICK = True
THREADS = True
CALLER = "+15550100321"
FAST = 3  # times as fast as a real call


@story
def a_caller_books_interrupts_and_is_put_through(t):
    sandbox = begin(t)
    person(sandbox, "yes", [{"silence": 4000}, {"say": "Hello, this is Bea."}, {"wait": 600}])
    sid = place(sandbox, CALLER, [
        {"wait": 700}, {"say": "Hi! My name is Maya Ortiz. Can I book a HydraFacial?"},
        {"wait": 700}, {"say": "The second one please, my name is Maya Ortiz"},
        {"interrupt": 600}, {"say": "Can I talk to a person please?"},
        {"wait": 700}, {"wait": 600}, {"say": "Thank you"}, {"silence": 60000}], speed=FAST, record=True)
    call = settled(t, sandbox, sid, 90)
    failed = not t.eq(call["status"], "completed", "the call ends in good order")
    failed |= not t.eq(texts(call, "error"), [], "without an error on the network's side")
    failed |= not t.ok(call["clears"] >= 1, "interrupted, she stops", call["clears"])
    failed |= not t.eq(texts(call, "connected"), [PERSON], "the caller is put through")
    failed |= not t.eq(texts(call, "dialled"), ["completed"], "and talks until the person hangs up")
    whole = written(t, sid)
    if failed or not whole:
        show(t, call)
        return
    t.eq(whole["conversation"]["channel"], "voice", "it is a call")
    t.eq(len(whole["messages"]), 1, "with one message")
    content = whole["messages"][0]["content"]
    t.has(content, "Customer: Hi! My name is Maya Ortiz. Can I book a HydraFacial?", "what the caller said is in it")
    t.has(content, "Ava: Of course", "and what she said")
    t.has(tools(whole), "book_appointment", "the appointment is booked by the tool")
    t.eq(t.sql("select count(*) from appointments where status <> 'cancelled'"), [["1"]], "once")
    t.ok(whole["messages"][0]["voice"]["interruption_count"] >= 1, "the interruption counts")
    leg = [c for c in sandbox.request("GET", f"/sandbox/calls?with=%2B{PERSON[1:]}").json["calls"]][0]
    t.has(" ".join(texts(record(sandbox, leg["sid"]), "heard")).lower(), "caller", "the person is told what it is about first")
    t.eq(sandbox.request("GET", f"/sandbox/calls/{sid}/audio").body[:4], b"RIFF", "and the call can be listened to")


@story
def nobody_is_there_and_a_message_is_left(t):
    sandbox = begin(t)
    person(sandbox, "no")
    sid = place(sandbox, CALLER, [
        {"wait": 700}, {"say": "Can I talk to a person please?"}, {"wait": 700},
        {"wait": 300, "patience_ms": 30000}, {"say": "Please call me back about my skin, it is urgent."},
        {"silence": 400}], speed=FAST)
    call = settled(t, sandbox, sid, 90)
    ok = t.eq(texts(call, "dialled"), ["no-answer"], "nobody takes the call")
    ok = t.eq(len(texts(call, "recorded")), 1, "so a message is recorded") and ok
    if not ok:
        show(t, call)
    t.eq(len(conversations(t, sid)), 1, "it is one conversation")
    written(t, sid)
    t.wait(lambda: t.sql("select count(*) from attachments where declared_type like 'audio/%'") == [["1"]],
           "the recording is fetched and kept", 20)


@story
def callers_come_and_go(t):
    sandbox = begin(t, AVA_VOICE_LISTENING="false")
    t.eq(listen(t, uuid.uuid4(), t.token()).status, 403, "where it is off, nobody listens in")
    gone = place(sandbox, "+15550100401", [{"wait": 700}, {"crash": True}], speed=FAST)
    short = place(sandbox, "+15550100402", [], speed=FAST)
    keys = place(sandbox, "+15550100403", [{"wait": 700}, {"press": "0"}, {"silence": 1500}], speed=FAST)
    stalled = place(sandbox, "+15550100404", [{"wait": 700}, {"stall": 3000}, {"hangup": True}], speed=FAST)
    hidden = place(sandbox, "anonymous", [{"wait": 700}, {"say": "What are your hours?"}, {"wait": 700}], speed=FAST)
    calls = {sid: settled(t, sandbox, sid) for sid in (gone, short, keys, stalled, hidden)}
    for sid in (gone, keys, stalled, hidden):
        if not written(t, sid):
            show(t, calls[sid])
    t.ok(len(conversations(t, short)) <= 1, "whoever hangs up at once is written at most once")
    t.eq(t.sql("select count(*) from voice_calls where live = " + ("true" if t.store == "postgres" else "1")), [["0"]],
         "no call is left open")
    t.eq(t.sql("select count(*) from conversations where status = 'active'"), [["0"]], "nor any conversation")
    t.ok(BUSINESS_NUMBER in str(t.sql("select metadata from conversations limit 1")), "the number called is noted")


def ulaw(data):
    """G.711 to 16-bit samples."""
    def sample(code):
        u = ~code & 0xFF
        magnitude = ((((u & 15) << 3) + 132) << ((u & 0x70) >> 4)) - 132
        return -magnitude if u & 0x80 else magnitude
    table = [struct.pack("<h", sample(code)) for code in range(256)]
    return b"".join(table[code] for code in data)


def side(sandbox, sid, which):
    """What one side said, as the sandbox's telephone had it: 0 the caller, 1 Ava."""
    with wave.open(io.BytesIO(sandbox.request("GET", f"/sandbox/calls/{sid}/audio").body)) as w:
        frames = w.readframes(w.getnframes())
        return b"".join(frames[i:i + 2] for i in range(2 * which, len(frames), 2 * w.getnchannels()))


def listen(t, conversation, token):
    return WebSocket(t.server.port, f"/ws/calls/{conversation}/listen", {"Authorization": f"Bearer {token}"})


def heard(messages, speaker):
    return ulaw(b"".join(base64.b64decode(m["data"]) for m in messages if m["type"] == "audio" and m["speaker"] == speaker))


@story
def staff_listen_in(t):
    sandbox = begin(t)
    sid = place(sandbox, CALLER, [{"wait": 700}, {"say": "What are your opening hours?"}, {"wait": 700}], speed=FAST, record=True)
    conversation = t.wait(lambda: conversations(t, sid), "the call begins", 20)[0]
    passing = listen(t, conversation, t.token())  # goes away in the middle, and reads nothing
    staying = listen(t, conversation, t.token())
    t.eq(staying.status, 101, "a member of the staff listens in")
    t.eq(listen(t, conversation, t.token("r", "--role", "reader")).status, 403, "not without the permission")
    t.eq(listen(t, conversation, "ava_nobody").status, 401, "nor a stranger")
    t.eq(listen(t, uuid.uuid4(), t.token()).status, 404, "nor where no call goes on")
    t.eq(listen(t, "x", t.token()).status, 400, "or what is no conversation")
    live = [c for c in t.get("/api/admin/calls/live", token=t.token()).json["calls"] if c["conversation_id"] == conversation]
    t.eq([c["can_listen"] for c in live], [True], "the list of calls says that it can be heard")
    messages = [staying.receive()]
    t.eq((messages[0]["type"], messages[0]["encoding"], messages[0]["rate"]), ("listening", "ulaw", 8000), "it is said how it sounds")
    while (m := staying.receive()) is not None:
        messages.append(m)
        if len(messages) == 50:
            passing.close()
    t.eq((staying.code, staying.reason), (1000, "the call is over"), "until the call is over")
    call = settled(t, sandbox, sid)
    theirs, hers = heard(messages, "customer"), heard(messages, "assistant")
    failed = not t.ok(len(theirs) > 16000 and theirs[:-3200] in side(sandbox, sid, 0),
                      "the caller is heard, sample for sample", len(theirs))
    failed |= not t.ok(len(hers) > 16000 and hers[:8000] in side(sandbox, sid, 1), "and so is she", len(hers))
    whole = written(t, sid)
    failed |= not t.eq(whole["conversation"]["status"], "completed", "the call has not noticed")
    events = [e for e in whole["events"] if e["event_type"].startswith("listening_")]
    t.eq(sorted(e["event_type"] for e in events), ["listening_began"] * 2 + ["listening_ended"] * 2, "who listened is noted with it")
    t.eq(sorted(e["details"].get("why", "") for e in events), ["", "", "left", "the call ended"], "with how it ended")
    t.ok(all(e["details"]["by"] and e["details"]["from"] for e in events), "by whom, and from when on", events)
    if failed:
        show(t, call)


@story
def a_forged_call_is_no_call(t):
    sandbox = begin(t)
    sandbox.request("POST", "/sandbox/faults", {"api": "calls", "status": "forged", "on": "inbound", "count": 1})
    sid = place(sandbox, CALLER, [{"wait": 700}], speed=FAST)
    settled(t, sandbox, sid)
    written(t, sid)
    t.eq(sandbox.request("GET", "/sandbox/faults").json["forged_taken"], 0, "what a stranger signed is refused")
    t.eq(t.sql("select count(*) from voice_calls"), [["1"]], "and what is right is a call")
    t.eq(t.twilio("/api/webhooks/twilio/voice", {"CallSid": "CA" + "0" * 32, "From": CALLER, "To": BUSINESS_NUMBER},
                  token="another").status, 403, "nobody else can bring one")


if __name__ == "__main__":
    main()
