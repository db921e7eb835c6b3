#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What providers send is kept as it came, can be looked at and processed again; what they could not
deliver is found in their own list and taken in, in order, once."""
import json
import threading
import time
import urllib.parse

from ava_test import TWILIO_ACCOUNT, main, story
from conforms import Document

QUICK = True
SMS, STATUS, INBOX = "/api/webhooks/twilio/sms", "/api/webhooks/twilio/status", "/api/admin/inbox"


def sid(n):
    return f"SM{n:032x}"


def inbox(t, *words, **more):
    return json.loads(t.ava("inbox", *words, **more))


def count(t, what):
    return int(t.sql(f"select count(*) from {what}")[0][0])


def inbound(t):
    return [row[0] for row in t.sql("select content from communication_messages where direction = 'inbound' "
                                    "order by sent_at, id")]


def to_customer(sandbox, number):
    messages = sandbox.request("GET", f"/sandbox/messages?limit=1000&to={urllib.parse.quote(number)}").json["messages"]
    return [m for m in messages if m["direction"] == "outbound"]


@story
def requests_are_kept_and_shown(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start(AVA_TURN_RUNNERS="0")
    document = Document(t.get("/openapi.json").json)
    form = {"MessageSid": sid(1), "AccountSid": TWILIO_ACCOUNT, "From": "+15550100001", "Body": "Grüße & 🌸"}
    t.eq(t.twilio(SMS, form).status, 200, "a text is taken")
    t.eq(t.twilio(SMS, form, headers={"X-Twilio-Signature": "forged"}).status, 403, "a forged one is not")
    t.eq(t.twilio(SMS, {"MessageSid": sid(2), "Body": "x"}).status, 422, "nor one without a sender")
    t.eq(t.twilio(STATUS, {"MessageSid": sid(9), "MessageStatus": "sent"}).status, 404, "nor a report on nothing")

    page = t.get(INBOX, token=t.token())
    t.eq(document.answer_faults("GET", INBOX, page), [], "the list is as documented")
    t.eq([(r["kind"], r["state"], r["error"]) for r in page.json["requests"]],
         [("status", "failed", "there is no such text message"), ("message", "failed", "From is missing"),
          ("message", "done", None)], "the journal has what is genuine, newest first")
    shown = t.get(f"{INBOX}/{page.json['requests'][2]['id']}", token=t.token())
    t.eq(document.answer_faults("GET", INBOX + "/{request_id}", shown), [], "one is as documented")
    t.eq((shown.json["target"], shown.json["body"], shown.json["proof"]),
         (SMS, urllib.parse.urlencode(form), "signature"), "it is there as it came")
    t.eq(shown.json["headers"]["X-Twilio-Signature"], t.signature(SMS, form), "with the headers that matter")
    t.eq(t.sql("select id from communication_messages"), [[shown.json["message_id"]]], "and what it became")

    ids = [r["id"] for r in page.json["requests"]]
    t.eq([r["id"] for r in inbox(t, "list", "--state", "failed")["requests"]], ids[:2], "only those that failed")
    t.eq([r["id"] for r in inbox(t, "list", "--kind", "status")["requests"]], ids[:1], "only reports")
    t.eq(inbox(t, "list", "--provider", "meta")["requests"], [], "only another provider's")
    t.eq(inbox(t, "list", "--since", "2099-01-01T00:00:00Z")["requests"], [], "only those of a later time")
    first = inbox(t, "list", "--limit", "2")
    rest = inbox(t, "list", "--limit", "2", "--cursor", first["next_cursor"])
    t.eq([r["id"] for r in first["requests"] + rest["requests"]], ids, "page by page")
    t.eq(rest["next_cursor"], None, "to the end")
    t.eq(inbox(t, "show", ids[2])["body"], urllib.parse.urlencode(form), "the command shows it, too")
    t.eq(t.get(INBOX, token=t.token("reader", "--role", "reader")).status, 403, "it is not for everybody")


@story
def what_failed_is_processed_again(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start(AVA_TURN_RUNNERS="0")
    t.text_from_customer("+15550100001", "first", sid(1))
    t.eq(t.twilio(SMS, {"MessageSid": sid(2), "Body": "second"}).status, 422, "one cannot be read")
    failed = inbox(t, "list", "--state", "failed")["requests"][0]
    again = inbox(t, "replay", failed["id"])
    t.eq((again["processed"], again["failed"], again["requests"][0]["error"]), (0, 1, "From is missing"),
         "again it cannot")
    # As if a later version could read it.
    body = urllib.parse.urlencode({"MessageSid": sid(2), "From": "+15550100001", "Body": "second"})
    t.sql(f"update inbound_requests set body = '{body}' where state = 'failed'")
    answer = t.post(INBOX + "/replay", {"since": "2020-01-01T00:00:00Z"}, token=t.token())
    document = Document(t.get("/openapi.json").json)
    t.eq(document.answer_faults("POST", INBOX + "/replay", answer), [], "the answer is as documented")
    t.eq((answer.json["processed"], answer.json["duplicates"], answer.json["failed"]), (1, 1, 0),
         "the failed one is processed, the other was already")
    t.eq(inbound(t), ["first", "second"], "each is there once")
    t.eq(count(t, "jobs where kind = 'turn'"), 2, "and will be answered once")
    for _ in range(3):
        t.eq(inbox(t, "replay", "--since", "2020-01-01T00:00:00Z"),
             {"requests": [], "processed": 0, "duplicates": 2, "failed": 0}, "once more changes nothing")
    one = inbox(t, "replay", failed["id"])
    t.eq((one["duplicates"], one["requests"][0]["result"]), (1, "duplicate"), "nor does a single one")
    t.eq(inbound(t), ["first", "second"], "each is there once still")
    nothing = t.post(INBOX + "/replay", {}, token=t.token())
    t.eq((nothing.status, nothing.json["errors"][0]["field"]), (422, "request_id"), "it wants to know which")
    t.ava("inbox", "replay", "00000000-0000-7000-8000-000000000000", status=66)


@story
def a_text_at_ten_times_counts_once(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start(AVA_TURN_RUNNERS="0")
    start, statuses = threading.Barrier(10), []

    def post():
        start.wait()
        statuses.append(t.text_from_customer("+15550100001", "hello", sid(1)).status)
    threads = [threading.Thread(target=post) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    t.eq(statuses, [200] * 10, "all get their success")
    t.eq((inbound(t), count(t, "inbound_requests"), count(t, "jobs where kind = 'turn'")), (["hello"], 1, 1),
         "it is there once")


@story
def what_never_arrived_is_taken_in(t):
    t.ava("schema", "create")
    sandbox, server = t.world_with_sandbox()
    number = "+15550100007"
    text = lambda body, **more: sandbox.request("POST", "/sandbox/text", {"from": number, "body": body, **more}).json
    t.eq(text("A person please, number 0")["status"], 200, "a text arrives")
    t.wait(lambda: count(t, "inbound_requests where kind = 'status'") == 3, "and is answered")
    time.sleep(1)  # the provider's times are whole seconds
    server.stop()
    lost = [f"A person please, number {n}" for n in range(1, 4)]
    for body in lost:
        t.eq(text(body)["status"], 0, "a text comes while nobody is there")
    text("for somebody else", to="+15550188888")
    t.eq(inbox(t, "list")["requests"][0]["kind"], "status", "the journal has nothing of it")
    t.start()
    found = inbox(t, "reconcile")
    t.eq((found["messages"], found["late"], found["failed"]), (3, 0, 0), "the provider's list has them")
    t.eq(inbound(t), ["A person please, number 0"] + lost, "they are taken in, in their order")
    t.wait(lambda: count(t, "jobs where kind in ('turn', 'send')") == 0, "they are answered", 30)
    listed = inbox(t, "list", "--kind", "message", "--limit", "4")["requests"]
    t.eq([r["proof"] for r in listed], ["list"] * 3 + ["signature"], "the journal says how each came")
    answers = len(to_customer(sandbox, number))
    t.ok(1 < answers <= 4, "nothing is answered twice", answers)
    found = inbox(t, "reconcile")
    t.eq((found["messages"], found["reports"]), (0, 0), "a second time finds nothing")
    t.eq(text("late", sid=listed[0]["provider_id"])["status"], 200, "the provider delivers one after all")
    t.eq(count(t, "communication_messages where direction = 'inbound'"), 4, "it counts once")
    document = Document(t.get("/openapi.json").json)
    answer = t.post(INBOX + "/reconcile", {}, token=t.token())
    t.eq((answer.status, document.answer_faults("POST", INBOX + "/reconcile", answer)), (200, []),
         "by HTTP the same, as documented")


@story
def it_looks_by_itself_after_an_outage(t):
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox()
    faults = lambda **fault: sandbox.request("POST", "/sandbox/faults", fault)
    faults(status="lost", on="inbound", count=1)
    faults(status="lost", on="sends", count=1)
    t.wait(lambda: count(t, "reconciliations") == 1, "it notes that it is there", 15)
    sandbox.request("POST", "/sandbox/text", {"from": "+15550100008", "body": "A person please"})
    t.eq(inbound(t), [], "a webhook is lost")
    long_ago = "'2026-01-01T00:00:00.000000Z'"
    t.sql(f"update reconciliations set begun_at = {long_ago}, alive_at = {long_ago}, ordered_at = {long_ago}")
    t.wait(lambda: inbound(t) == ["A person please"], "after a while without a server it is found", 20)
    t.wait(lambda: to_customer(sandbox, "+15550100008"), "it is answered")
    t.wait(lambda: to_customer(sandbox, "+15550100008")[0]["status"] == "delivered", "the answer is delivered")
    state = lambda: t.sql("select s.delivery_status from communication_messages m join sms_details s on "
                          "s.message_id = m.id where m.direction = 'outbound'")
    t.eq(state(), [["queued"]], "which nobody reports")
    found = inbox(t, "reconcile")
    t.eq((found["messages"], found["reports"]), (0, 1), "the list tells")
    t.eq(state(), [["delivered"]], "and it is taken over")


@story
def a_provider_that_fails_is_asked_again(t):
    t.errors_expected = True
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox()
    sandbox.request("POST", "/sandbox/faults", {"status": "lost", "on": "inbound", "count": 1})
    sandbox.request("POST", "/sandbox/text", {"from": "+15550100009", "body": "A person please"})
    sandbox.request("POST", "/sandbox/faults", {"status": 500, "on": "reads", "count": 1})
    refused = t.post(INBOX + "/reconcile", {}, token=t.token())
    t.eq(refused.status, 502, "the list cannot be had")
    t.eq(inbox(t, "reconcile")["messages"], 1, "then it can")
    t.ava("inbox", "reconcile", status=73, AVA_TWILIO_AUTH_TOKEN="")


if __name__ == "__main__":
    main()
