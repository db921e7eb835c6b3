#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The telephone network around a call: messages that callers leave, people who take a call over or do
not come, calls that the assistant makes, once however often the server is killed, a server that is
killed in the middle of one, and strangers who knock at the media stream."""
import json
import os
import re
import sqlite3
import time

from ava_test import BUSINESS_NUMBER, free_port, main, story, story_on, wait_for
from websocket import WebSocket

FAULTS = True
SECONDS = 300
BOTH_STORES = True
ADMIN = "/api/admin/communications"
LIVE = "/api/admin/calls/live"
CALLER = "+15550100001"
PERSON = "+15550100077"
MEDIA = "/ws/twilio/media"
POINTS = ("call_decided", "call_answered")


def begin(t, **settings):
    t.ava("schema", "create")
    sandbox, server = t.world_with_sandbox(AVA_VOICE_CALLS_MAX="0", **settings)
    return sandbox


def begin_answering(t, **settings):
    """With an engine: the stand-in of a realtime model."""
    t.ava("schema", "create")
    t.ports["server"] = free_port()
    t.settings["AVA_PUBLIC_URL"] = f"http://127.0.0.1:{t.ports['server']}"
    sandbox = t.sandbox()
    t.settings.update(AVA_VOICE_ENGINE="realtime", AVA_REALTIME_URL=f"ws://127.0.0.1:{sandbox.port}/v1/realtime",
                      AVA_REALTIME_KEY="sk-any", AVA_TRANSFER_NUMBER=PERSON, AVA_TRANSFER_RING="5")
    t.start(**settings)
    return sandbox


def call_of(sandbox, sid):
    return sandbox.request("GET", f"/sandbox/calls/{sid}").json


def moments(call, what):
    return [m["text"] for m in call["moments"] if m["what"] == what]


def over(t, sandbox, sid, what):
    return t.wait(lambda: call_of(sandbox, sid) if call_of(sandbox, sid)["settled"] else None, what, 60)


def wants_a_person(sandbox):
    wish = {"reason": "asked for a person", "summary": "She wants to move a visit."}
    sandbox.request("POST", "/sandbox/realtime", [
        {"hears": "A person please.", "says": "I will put you through.",
         "calls": [{"name": "transfer_call", "arguments": wish}]}])


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
def an_answering_machine_hears_a_message_and_no_dialogue(t):
    sandbox = begin_answering(t)
    machine, there = "+15550100031", "+15550100032"
    sandbox.request("POST", "/sandbox/people", {"number": machine, "answers": "machine", "after_ms": 200})
    sandbox.request("POST", "/sandbox/people", {"number": there, "answers": "yes", "after_ms": 200, "script": [
        {"say": "Hello?"}, {"silence": 3000}, {"hangup": True}]})
    placed = {n: t.post("/api/admin/calls", {"to": n, "say": "Hello, this is about your visit."}, token=t.token()).json
              for n in (machine, there)}
    here = {n: f"/api/admin/calls/placed/{p['id']}" for n, p in placed.items()}
    sids = {n: t.wait(lambda: t.get(here[n], token=t.token()).json["call_sid"], "the call is placed", 20) for n in here}
    call, other = over(t, sandbox, sids[machine], "the call is over"), over(t, sandbox, sids[there], "and the other")
    t.eq(moments(call, "taken"), ["machine_end_beep"], "the network tells that a machine took it")
    said = " ".join(moments(call, "heard"))
    t.has(said, "this is a message from", "a message is left")
    t.ok("your visit" not in said, "with nothing in it that is not for everybody", said)
    t.eq(t.get(here[machine], token=t.token()).json["machine"], "machine_end_beep", "it is seen in the order")
    c = t.wait(lambda: next((c for c in details(t) if events(c, "machine_answered") and events(c, "conversation_completed")), None),
               "it is one conversation, and over", 20)
    t.eq(events(c, "machine_answered")[0]["details"], {"answered_by": "machine_end_beep", "text": said}, "with what was left")
    t.eq(len([m for m in call["moments"] if m["what"] == "stream"]), 1, "there was one stream")
    t.eq((moments(other, "taken"), moments(other, "heard")), (["human"], []), "a person has the dialogue")
    t.eq(t.get(here[there], token=t.token()).json["machine"], None, "and is none")


@story
def a_person_takes_a_call_over(t):
    sandbox = begin_answering(t)
    sandbox.request("POST", "/sandbox/people", {"number": PERSON, "answers": "yes", "after_ms": 200})
    wants_a_person(sandbox)
    sid = dial_in(sandbox, [{"wait": 500}, {"say": "A person please."}, {"wait": 1500}, {"wait": 1500}])
    call = over(t, sandbox, sid, "the call is over")
    t.eq(moments(call, "led"), ["Twiml"], "the call was changed while it went on")
    t.eq(moments(call, "connected"), [PERSON], "the two were connected")
    child = next(c for c in calls(sandbox, PERSON) if c["parent"])
    heard = moments(call_of(sandbox, child["sid"]), "heard")
    t.has(" ".join(x or "" for x in heard), "She wants to move a visit.", "the person was told what it is about")
    c = t.wait(lambda: next((c for c in details(t) if events(c, "person_dialled")), None), "it is told", 20)
    t.eq(events(c, "person_dialled")[0]["details"], {"answered": True, "status": "completed"}, "as it was")
    t.eq(events(c, "conversation_completed")[0]["details"]["by"], "transfer", "the conversation ended by it")


@story
def a_person_does_not_come(t):
    sandbox = begin_answering(t)
    sandbox.request("POST", "/sandbox/people", {"number": PERSON, "answers": "no", "after_ms": 200})
    wants_a_person(sandbox)
    sid = dial_in(sandbox, [{"wait": 500}, {"say": "A person please."}, {"wait": 1500}, {"wait": 1500},
                            {"say": "Please call me back."}, {"silence": 500}, {"hangup": True}])
    over(t, sandbox, sid, "the call is over")

    def left():
        got = [c for c in details(t) if any(a["state"] == "stored" for m in c["messages"] for a in m.get("attachments", []))]
        return got[0] if got else None
    c = t.wait(left, "the message is there with its recording", 30)
    t.eq(len(details(t)), 1, "it is one conversation")
    t.eq(len(c["messages"]), 2, "the call, and the message that was left in it")
    t.eq(events(c, "person_dialled")[0]["details"]["answered"], False, "nobody came")
    reasons = [e["details"]["reason"] for e in events(c, "escalation_requested")]
    t.ok("nobody took the call" in reasons and "voicemail" in reasons, "the staff are told of both", str(reasons))


@story
def what_follows_the_stream_hands_it_over_too(t):
    """Twilio does not let the call be changed: the person is dialled when the stream has ended."""
    sandbox = begin_answering(t)
    sandbox.request("POST", "/sandbox/people", {"number": PERSON, "answers": "yes", "after_ms": 200})
    sandbox.request("POST", "/sandbox/faults", {"api": "calls", "on": "sends", "status": 500, "count": 1})
    wants_a_person(sandbox)
    sid = dial_in(sandbox, [{"wait": 500}, {"say": "A person please."}, {"wait": 1500}, {"wait": 1500}])
    call = over(t, sandbox, sid, "the call is over")
    t.eq(moments(call, "led"), [], "the call was not changed")
    t.eq(moments(call, "connected"), [PERSON], "the two were connected")


@story
def a_call_goes_on_when_the_server_was_killed(t):
    t.errors_expected = True
    sandbox = begin_answering(t)
    sid = dial_in(sandbox, [{"wait": 500}, {"silence": 20000}, {"wait": 500}, {"say": "Still here."}, {"wait": 500},
                            {"hangup": True}])
    t.wait(lambda: moments(call_of(sandbox, sid), "quiet"), "the caller was greeted", 20)
    t.server.kill()
    t.start()
    call = over(t, sandbox, sid, "the call is over")
    t.eq(len(moments(call, "stream")), 2, "it went on in a second stream")
    t.wait(lambda: [c["conversation"]["status"] for c in details(t)] == ["completed"], "it is one conversation", 60)
    c = details(t)[0]
    t.eq(len(c["messages"]), 1, "with one message")
    t.has(c["messages"][0]["content"], "Where were we?", "that has how it went on")
    t.has(c["messages"][0]["content"], "Still here.", "and what was said then")
    t.ok(c["messages"][0]["content"].startswith("Ava: ") and "Where" not in c["messages"][0]["content"].split("\n")[0],
         "behind what was said before", c["messages"][0]["content"])
    times = [s["timestamp"] for s in c["messages"][0]["voice"]["transcript_segments"]]
    t.eq(times, sorted(times), "its times go on")
    t.eq(len(events(c, "call_resumed")), 1, "that it was resumed is told")
    t.eq(len(events(c, "conversation_completed")), 1, "and it ended once")


def asked(t, path, form):
    """What the network is told to do: the token of a stream that the call is to be connected to."""
    got = t.twilio(f"/api/webhooks/twilio/{path}", form)
    t.eq(got.status, 200, f"{path} is answered")
    return re.search(r'name="token" value="([^"]+)"', got.text)


def held(t, stream):
    """Some of the greeting was heard."""
    stream.start(accountSid=t.settings["AVA_TWILIO_ACCOUNT_SID"])
    while True:
        message = stream.ws.receive()
        if message is None:
            raise ConnectionError(f"the stream was closed: {stream.ws.reason}")
        if message["event"] == "media":
            time.sleep(1.5)  # to hear it
            return


@story
def a_stream_that_breaks_is_gone_on_with(t):
    """Twice: in a new stream, and then not at all."""
    begin_answering(t, AVA_VOICE_RESUME="4")
    form = {"CallSid": "CA" + "7" * 32, "From": CALLER, "To": BUSINESS_NUMBER, "CallStatus": "in-progress",
            "Direction": "inbound"}
    first = Stream(t, asked(t, "voice", form)[1], form)
    held(t, first)
    first.ws.socket.close()
    waits = "select count(*) from voice_calls where waits_until is not null"
    t.wait(lambda: t.sql(waits) == [["1"]], "the call waits for another stream")
    t.eq([c["conversation"]["status"] for c in details(t)], ["active"], "and is not over")
    second = Stream(t, asked(t, "voice-after?part=stream", form)[1], form)
    held(t, second)
    t.eq(t.sql(waits), [["0"]], "it is there")
    third = Stream(t, second.token, form)
    third.start()
    t.eq(third.ends()[0], 1008, "the ticket is good for one stream")
    second.ws.send({"event": "nonsense", "sequenceNumber": "1"})
    second.ws.send({"event": "media", "sequenceNumber": "1", "streamSid": "MZ" + "2" * 32,
                    "media": {"track": "inbound", "chunk": "1", "timestamp": "1", "payload": "AAAA"}})
    t.eq(second.ends()[0], 1002, "a stream that breaks the rules is closed")
    t.ok(not asked(t, "voice-after?part=stream-again", form), "after that a message is taken")
    t.wait(lambda: [c["conversation"]["status"] for c in details(t)] == ["failed"], "nobody comes back", 20)
    c = details(t)[0]
    t.eq(len(c["messages"]), 1, "it is one conversation with one message")
    t.has(c["messages"][0]["content"], "we were cut", "with both parts in it")
    t.eq([len(events(c, kind)) for kind in ("session_started", "call_resumed", "conversation_completed")], [1, 1, 1],
         "it began, went on, and ended once")
    t.eq(c["messages"][0]["metadata"]["why"], "a message of another stream came", "and it is told why")
    t.eq(t.sql("select count(*) from voice_call_details"), [["1"]], "it was finished once")


@story
def one_that_nobody_takes_over_comes_back(t):
    sandbox = begin_answering(t, AVA_TRANSFER_BACK="true")
    sandbox.request("POST", "/sandbox/people", {"number": PERSON, "answers": "no", "after_ms": 200})
    wants_a_person(sandbox)
    sid = dial_in(sandbox, [{"wait": 500}, {"say": "A person please."}, {"wait": 1500}, {"wait": 1500},
                            {"wait": 500, "patience_ms": 20000}, {"say": "Then what are your hours?"}, {"wait": 700},
                            {"hangup": True}])
    call = over(t, sandbox, sid, "the call is over")
    t.eq(len(moments(call, "stream")), 2, "it comes back in a second stream")
    t.eq(len(moments(call, "recorded")), 0, "no message is taken")
    c = t.wait(lambda: next((c for c in details(t) if c["conversation"]["status"] == "completed"), None),
               "it is written", 20)
    t.eq((len(details(t)), len(c["messages"])), (1, 1), "as one conversation with one message")
    said = c["messages"][0]["content"]
    parts = [said.find(x) for x in ("A person please.", "nobody can come to the phone", "Then what are your hours?")]
    t.ok(-1 < parts[0] < parts[1] < parts[2], "that has all of it in its order", said)
    t.eq(events(c, "person_dialled")[0]["details"]["answered"], False, "nobody came")
    t.eq(events(c, "conversation_completed")[0]["details"]["by"], "caller", "the caller ended it")


@story
def the_staff_put_a_caller_through(t):
    sandbox = begin_answering(t)
    sandbox.request("POST", "/sandbox/people", {"number": PERSON, "answers": "yes", "after_ms": 200})
    sid = dial_in(sandbox, [{"wait": 500}, {"silence": 60000}])
    t.wait(lambda: moments(call_of(sandbox, sid), "quiet"), "a call goes on", 20)
    row = t.get(LIVE, token=t.token()).json["calls"][0]
    t.eq((row["phone_number"], row["customer"]["phone"], row["can_transfer"], row["transport"]),
         (CALLER, CALLER, True, "twilio"), "the staff see it")
    put = f"{LIVE}/{row['conversation_id']}/transfer"
    t.eq(t.post(put, {}, token=t.token()).status, 202, "and want the caller to talk to a person")
    call = over(t, sandbox, sid, "the call is over")
    t.eq(moments(call, "connected"), [PERSON], "the two were connected")
    c = t.wait(lambda: next((c for c in details(t) if c["conversation"]["status"] == "completed"), None), "it is written")
    t.has(c["messages"][0]["content"], "putting you through", "the caller was told")
    t.eq(events(c, "call_transferred")[0]["details"]["reason"], "a member of the staff wishes it", "and it is noted why")


@story_on("postgres")
def another_server_sees_a_call_and_ends_it(t):
    sandbox = begin_answering(t)
    sid = dial_in(sandbox, [{"wait": 500}, {"silence": 60000}])
    t.wait(lambda: moments(call_of(sandbox, sid), "quiet"), "a call goes on", 20)
    other = t.start("b", AVA_DATA_DIR=os.path.join(t.dir, "data-b"))

    def seen():
        calls = other.request("GET", LIVE, token=t.token()).json["calls"]
        return calls[0] if calls and calls[0]["transcript_segments"] else None
    row = t.wait(seen, "another server shows what was said in it")
    t.eq(other.request("POST", f"{LIVE}/{row['conversation_id']}/end", {}, token=t.token()).status, 202, "it is told to end it")
    over(t, sandbox, sid, "the server that has it does")
    c = t.wait(lambda: next((c for c in details(t) if c["conversation"]["status"] == "completed"), None), "it is written")
    t.eq(events(c, "conversation_completed")[0]["details"]["by"], "staff", "as the staff's doing")


@story
def a_silent_caller_is_sent_a_text(t):
    sandbox = begin_answering(t, AVA_VOICE_SILENCE="1000", AVA_TWILIO_NUMBER=BUSINESS_NUMBER)
    earlier = t.text_from_customer(CALLER, "A person please", "SM" + "5" * 32)
    t.eq(earlier.status, 200, "a customer has texted before")
    sid = dial_in(sandbox, [{"wait": 500}, {"silence": 60000}])
    over(t, sandbox, sid, "she ends the call")
    c = t.wait(lambda: next((c for c in details(t) if c["conversation"]["status"] == "completed"), None), "it is written")
    said = c["messages"][0]["content"]
    t.ok(0 < said.find("Are you still there?") < said.find("I will send you a text") < said.find("I have sent you a text"),
         "she asks, offers a text, sends it, and says goodbye", said)
    text = events(c, "call_texted")[0]["details"]
    thread = t.get(f"{ADMIN}/{text['conversation_id']}", token=t.token()).json
    t.eq([m["direction"] for m in thread["messages"]][0], "inbound", "it goes on with what they have texted before")
    t.eq(t.sql("select count(*) from conversations where channel = 'sms'"), [["1"]], "in the same conversation")

    def arrived():
        texts = sandbox.request("GET", "/sandbox/messages?limit=100").json["messages"]
        return [m for m in texts if "could not hear you" in json.dumps(m)]
    t.wait(lambda: len(arrived()) == 1, "and the text has arrived, once", 20)


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


def order(t, number):
    """The server may be killed before it has answered; the order is in the store all the same."""
    try:
        t.post("/api/admin/calls", {"to": number}, token=t.token())
    except ConnectionError:
        pass
    ordered = t.sql(f"select count(*) from telephone_calls where caller = '{number}'")
    t.eq(ordered, [["1"]], "a call is ordered")


@story
def a_killed_server_does_not_call_twice(t):
    t.errors_expected = True
    sandbox = begin(t, AVA_SEND_SETTLE="200")
    t.server.stop()
    for n, point in enumerate(POINTS):
        number = f"+155501001{n:02}"
        sandbox.request("POST", "/sandbox/people", {"number": number, "answers": "no", "after_ms": 1500})
        server = t.start(AVA_FAULT_KILL=point, AVA_VOICE_CALLS_MAX="0", AVA_SEND_SETTLE="200")
        order(t, number)
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
        order(t, number)
        if kill:
            wait_for(lambda: server.process.poll() is not None, 30, "the server to be killed")
            t.start(**fast)
        t.wait(lambda: t.sql("select count(*) from jobs where kind = 'call'") == [["0"]], f"{n}: it is done", 30)
        t.eq(len(calls(sandbox, number)), 1, f"{n}: the telephone rang once")
        named = t.sql(f"select call_sid from telephone_calls where caller = '{number}'")
        t.eq(named, [[calls(sandbox, number)[0]["sid"]]], f"{n}: the call is known by the provider's name")
        t.server.stop()


@story_on("sqlite")
def a_caller_is_answered_when_the_database_is_not_there(t):
    t.errors_expected = True
    t.settings["AVA_DATABASE_WAIT"] = "300"
    begin(t)
    form = {"CallSid": "CA" + "0" * 32, "From": CALLER, "To": BUSINESS_NUMBER, "CallStatus": "in-progress"}
    other = sqlite3.connect(os.path.join(t.settings["AVA_DATA_DIR"], "ava.db"), isolation_level=None, timeout=10)
    other.execute("begin immediate")
    for path in ("voice", "voice-after?part=stream", "voice-after?part=person"):
        got = t.twilio(f"/api/webhooks/twilio/{path}", form)
        t.eq(got.status, 200, f"{path} is answered")
        t.has(got.text, "<Record", "with a tone to leave a message at")
    recorded = {**form, "RecordingSid": "RE" + "1" * 32, "RecordingUrl": "https://api.twilio.com/2010-04-01/x"}
    t.eq(t.twilio("/api/webhooks/twilio/recording", recorded).status, 503, "a report is to be sent again")
    other.execute("rollback")
    t.eq(t.twilio("/api/webhooks/twilio/recording", recorded).status, 204, "and is taken then")
    t.eq(t.sql("select count(*) from communication_messages"), [["1"]], "the message is there")


@story
def strangers_have_no_stream(t):
    begin(t)
    ws = WebSocket(t.server.port, MEDIA)
    t.eq(ws.status, 403, "without a signature there is none")
    url = t.settings["AVA_PUBLIC_URL"].replace("http", "ws", 1)
    forged = t.signature(MEDIA, {}, "another", public_url=url)
    ws = WebSocket(t.server.port, MEDIA, {"X-Twilio-Signature": forged})
    t.eq(ws.status, 403, "with a forged one neither")
    form = {"CallSid": "CA" + "0" * 32, "From": CALLER, "To": BUSINESS_NUMBER}
    for path in ("voice", "voice-after", "voice-whisper", "voice-status", "recording"):
        got = t.twilio(f"/api/webhooks/twilio/{path}", form, token="another")
        t.eq(got.status, 403, f"{path}: a forged request is refused")
    t.eq(t.sql("select count(*) from inbound_requests"), [["0"]], "and nothing is stored")


class Stream:
    """A media stream as whoever knows how to sign would open it."""

    def __init__(self, t, token=None, form=None):
        url = t.settings["AVA_PUBLIC_URL"].replace("http", "ws", 1)
        self.ws = WebSocket(t.server.port, MEDIA, {"X-Twilio-Signature": t.signature(MEDIA, {}, public_url=url)})
        self.n, self.sid, self.form = 1, "MZ" + "1" * 32, form or {}
        self.token = token
        self.ws.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def start(self, **more):
        start = {"streamSid": self.sid, "accountSid": "AC" + "0" * 32, "callSid": self.form.get("CallSid", "CA" + "3" * 32),
                 "tracks": ["inbound"], "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                 "customParameters": {"token": self.token or "1.x", "from": self.form.get("From", ""),
                                      "to": self.form.get("To", ""), "direction": "inbound"}, **more}
        self.ws.send({"event": "start", "sequenceNumber": str(self.n), "streamSid": self.sid, "start": start})

    def ends(self):
        while self.ws.receive() is not None:
            pass
        return self.ws.code, self.ws.reason


@story
def what_breaks_a_stream_disturbs_no_other(t):
    sandbox = begin_answering(t)
    sid = dial_in(sandbox, [{"wait": 500}, {"silence": 30000}, {"hangup": True}])
    t.wait(lambda: moments(call_of(sandbox, sid), "quiet"), "a call goes on", 20)
    stream = Stream(t)
    stream.start()
    t.eq(stream.ends(), (1008, "the stream has no ticket of its call that is still good"), "no ticket, no call")
    for wrong in ({"event": "media"}, {"event": "stop", "sequenceNumber": "1", "streamSid": "MZ1", "stop": {}}, [], 7,
                  {"event": "start", "sequenceNumber": "1", "streamSid": "MZ1", "start": {"callSid": "x" * 3000}}):
        stream = Stream(t)
        stream.ws.send(wrong)
        t.eq(stream.ends()[0], 1002, f"{str(wrong)[:40]} ends its stream")
    stream = Stream(t)
    stream.ws.send({"event": "x" * 40000})
    t.eq(stream.ends()[0], 1009, "so does a message that is too long")
    stream = Stream(t)
    stream.ws.socket.close()
    t.ok(call_of(sandbox, sid)["live"], "the call goes on all the while")
    call = over(t, sandbox, sid, "it ends when the caller hangs up")
    t.eq(len(moments(call, "stream")), 1, "in the stream in which it began")
    t.wait(lambda: [c["conversation"]["status"] for c in details(t)] == ["completed"], "there was one call", 20)


if __name__ == "__main__":
    main()
