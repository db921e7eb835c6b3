#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A customer texts a question: it is stored, answered, delivered, shown, completed and scored."""
from ava_test import main, story

QUICK = True
THREADS = True
CUSTOMER = "+15550100123"


def sid(n):
    return f"SM{n:032x}"


def detail(t):
    page = t.get("/api/admin/communications?channel=sms", token=t.token()).json
    return t.get(f"/api/admin/communications/{page['conversations'][0]['id']}", token=t.token()).json


def replies(t):
    return [m for m in detail(t)["messages"] if m["direction"] == "outbound"]


@story
def a_text_is_answered(t):
    t.ava("schema", "create")
    t.world_with_sandbox()

    answer = t.text_from_customer(CUSTOMER, "Hello, can I speak to a person?", sid(1))
    t.eq((answer.status, answer.header("Content-Type")), (200, "application/xml"), "the webhook is taken")
    t.has(answer.text, "<Response/>", "with empty TwiML: the reply goes through the provider")

    t.wait(lambda: replies(t), "a reply is written", 5)
    t.wait(lambda: replies(t)[0]["sms"]["delivery_status"] == "delivered", "and reported as delivered", 10)
    shown = detail(t)
    t.eq(shown["conversation"]["customer"]["phone"], CUSTOMER, "the customer is known by number")
    t.eq(shown["conversation"]["status"], "active", "the conversation goes on")
    t.eq(shown["messages"][0]["sms"]["provider_message_id"], sid(1), "the text has the provider's id")
    kinds = [e["event_type"] for e in shown["events"]]
    t.ok("session_started" in kinds and "intent_detected" in kinds, "what was understood is an event", kinds)
    t.has(kinds, "escalation_requested", "a wish for a person reaches the staff")

    t.eq(t.text_from_customer(CUSTOMER, "Hello, can I speak to a person?", sid(1)).status, 200,
         "the same webhook again is taken")
    t.text_from_customer(CUSTOMER, "Thanks, bye!", sid(2))
    t.wait(lambda: detail(t)["conversation"]["status"] == "completed", "a goodbye completes it", 10)
    t.wait(lambda: detail(t)["conversation"]["ai_summary"], "and it is scored", 10)
    inbound = [m for m in detail(t)["messages"] if m["direction"] == "inbound"]
    t.eq(len(inbound), 2, "the repeated webhook counted once")

    t.text_from_customer(CUSTOMER, "STOP", sid(3))
    t.wait(lambda: len(detail(t)["events"]) >= 2, "an opt-out is noted", 10)
    t.eq(replies(t), [], "and not answered")
    timeline = t.get("/api/admin/customers/1/timeline", token=t.token()).json
    t.eq([e["kind"] for e in timeline["entries"]], ["conversation", "conversation"], "the timeline has both")


@story
def a_whatsapp_message_is_answered_as_one(t):
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox()
    form = {"From": f"whatsapp:{CUSTOMER}", "To": "whatsapp:+15550199999", "ProfileName": "Ann", "WaId": "15550100123"}
    t.eq(t.text_from_customer(CUSTOMER, "Hello, a person please", sid(9), **form).status, 200, "it is taken")
    page = t.wait(lambda: t.get("/api/admin/communications?channel=whatsapp", token=t.token()).json["conversations"],
                  "it is a conversation of its own channel")
    t.eq(page[0]["customer_phone"], CUSTOMER, "its customer is known by number")
    reached = t.wait(lambda: [m for m in sandbox.request("GET", "/sandbox/messages").json["messages"]
                              if m["direction"] == "outbound"], "the reply reaches the provider")
    t.eq(reached[0]["to"], f"whatsapp:{CUSTOMER}", "as a WhatsApp message")


if __name__ == "__main__":
    main()
