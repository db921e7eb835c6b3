#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What cannot be sent is seen, by HTTP and by command line, and is sent when its cause is gone; what
goes from one number goes at its pace; a messaging service is used instead of the number."""
import json

from ava_test import main, story
from conforms import Document

QUICK = True
OUTBOX = "/api/admin/outbox"
CUSTOMER = "+15550100001"


def sid(n):
    return f"SM{n:032x}"


def begin(t, **environment):
    t.ava("schema", "create")
    return t.world_with_sandbox(**environment)[0]


def outbound(sandbox):
    page = sandbox.request("GET", "/sandbox/messages?limit=1000").json["messages"]
    return [m for m in page if m["direction"] == "outbound"]


def listed(t, query=""):
    answer = t.get(OUTBOX + query, token=t.token())
    t.eq(Document(t.get("/openapi.json").json).answer_faults("GET", OUTBOX, answer), [], "the list is as documented")
    return answer.json["messages"]


@story
def what_failed_is_seen_and_sent_again(t):
    sandbox = begin(t)
    sandbox.request("POST", "/sandbox/faults", {"status": 401, "count": 1})
    t.eq(t.text_from_customer(CUSTOMER, "A person please", sid(1)).status, 200, "a text is taken")
    failed = t.wait(lambda: listed(t, "?state=failed"), "its reply could not be sent")[0]
    t.eq((failed["attempts"], failed["to"], failed["next_attempt_at"]), (1, CUSTOMER, None), "it was tried once")
    t.has(failed["error"], "twilio_auth_token", "and says what to do")
    t.eq(outbound(sandbox), [], "nothing was sent")
    told = t.get(f"/api/admin/communications/{failed['conversation_id']}", token=t.token()).json
    t.eq([e["details"]["code"] for e in told["events"] if e["event_type"] == "delivery_failed"], ["20003"], "an event")
    t.eq(listed(t, "?state=waiting"), [], "it does not wait")

    again = f"{OUTBOX}/{failed['message_id']}/retry"
    answer = t.post(again, token=t.token())
    t.eq((answer.status, answer.json["sms"]["delivery_status"]), (200, "queued"), "it is tried again")
    t.wait(lambda: listed(t) == [], "and is done")
    t.eq([m["body"] for m in outbound(sandbox)], [failed["content"]], "it was sent once")
    t.eq(t.post(again, token=t.token()).status, 409, "what was sent is not sent again")
    t.eq(t.post(f"{OUTBOX}/{failed['conversation_id']}/retry", token=t.token()).status, 404, "there must be a message")
    inbound = [m["id"] for m in told["messages"] if m["direction"] == "inbound"][0]
    t.eq(t.post(f"{OUTBOX}/{inbound}/retry", token=t.token()).status, 409, "and it must be ours")
    t.eq(t.post(again, token=t.token("r", "--role", "reader")).status, 403, "who only reads sends nothing")


@story
def by_command_line(t):
    sandbox = begin(t)
    sandbox.request("POST", "/sandbox/faults", {"status": 401, "count": 3})
    for n in range(3):
        t.text_from_customer(f"+1555010000{n}", "A person please", sid(n))
    t.wait(lambda: len(listed(t, "?state=failed")) == 3, "three replies could not be sent")
    first = json.loads(t.ava("outbox", "list", "--page-size", "2"))
    t.eq(len(first["messages"]), 2, "two of them")
    rest = json.loads(t.ava("outbox", "list", "--cursor", first["next_cursor"]))
    t.eq((len(rest["messages"]), rest["next_cursor"]), (1, None), "and the third")
    ids = {m["message_id"] for m in first["messages"] + rest["messages"]}
    t.eq(len(ids), 3, "each once")
    for one in ids:
        t.ava("outbox", "retry", one)
    t.wait(lambda: json.loads(t.ava("outbox", "list"))["messages"] == [], "all are sent")
    t.eq(len(outbound(sandbox)), 3, "once each")


@story
def a_provider_that_is_down_is_waited_for(t):
    sandbox = begin(t)
    sandbox.request("POST", "/sandbox/faults", {"status": 503})
    t.text_from_customer(CUSTOMER, "A person please", sid(1))
    row = t.wait(lambda: [m for m in listed(t, "?state=waiting") if m["attempts"] > 1], "it is tried again and again")[0]
    t.ok(row["next_attempt_at"] and row["error"], "with the next time and why", row)
    t.eq(outbound(sandbox), [], "nothing was sent")
    sandbox.request("DELETE", "/sandbox/faults")
    t.ava("outbox", "retry", row["message_id"], status=None)  # sooner; unless it is just being sent
    t.wait(lambda: listed(t) == [], "and sent when the provider is back", 30)
    t.eq(len(outbound(sandbox)), 1, "once")


@story
def a_number_has_its_pace(t):
    """Two at once, then two a second: the others wait, each with its time."""
    sandbox = begin(t, AVA_SMS_RATE="2")
    for n in range(12):
        t.text_from_customer(f"+155501000{n:02}", "A person please", sid(n))
    t.wait(lambda: t.sql("select count(*) from jobs where slot_at is not null and attempts = 0") != [["0"]], "some wait")
    t.wait(lambda: listed(t) == [], "all are sent", 30)
    t.eq(len(outbound(sandbox)), 12, "once each")
    t.eq(t.sql("select count(*) from sms_details where delivery_status = 'failed'"), [["0"]], "none failed")


@story
def texts_go_from_a_messaging_service(t):
    service = "MG" + "1" * 32
    sandbox = begin(t, AVA_TWILIO_MESSAGING_SERVICE=service)
    sandbox.request("POST", "/sandbox/faults", {"status": "after_send_timeout", "count": 1, "hang_ms": 500})
    t.text_from_customer(CUSTOMER, "A person please", sid(1))
    t.wait(lambda: outbound(sandbox), "the reply is sent")
    t.wait(lambda: listed(t) == [], "what is uncertain is looked for", 30)
    t.eq(len(outbound(sandbox)), 1, "and found: it is sent once")
    known = t.sql("select provider_message_id from sms_details where delivery_status <> 'received'")
    t.eq(known, [[outbound(sandbox)[0]["sid"]]], "and known by the provider's id")


if __name__ == "__main__":
    main()
