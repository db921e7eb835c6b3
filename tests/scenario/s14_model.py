#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A customer is answered by a language model (the sandbox's), which books by the tools; it lies, it
fails, it hangs, and each time the customer still gets an honest answer in time."""
import json
import os
import time

from ava_test import free_port, main, story

QUICK = True
CUSTOMER = "+15550100123"
SEED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "share", "seeds",
                    "medical-spa.json")
DEADLINE = 3


def begin(t):
    """The sandbox, and a server that asks its model."""
    t.ava("schema", "create")
    t.ava("business", "seed", SEED)
    t.ports["server"] = free_port()
    t.settings["AVA_PUBLIC_URL"] = f"http://127.0.0.1:{t.ports['server']}"
    sandbox = t.sandbox()
    t.settings.update(AVA_MODEL_URL=f"http://127.0.0.1:{sandbox.port}/v1", AVA_MODEL_NAME="ava-rules",
                      AVA_MODEL_FORMAT="schema", AVA_MODEL_TIMEOUT=str(DEADLINE * 1000))
    t.start()
    return sandbox


def detail(t):
    page = t.get("/api/admin/communications?channel=sms", token=t.token()).json
    return t.get(f"/api/admin/communications/{page['conversations'][0]['id']}", token=t.token()).json


def replies(t):
    return [m for m in detail(t)["messages"] if m["direction"] == "outbound"]


def events(t, kind):
    return [e["details"] for e in detail(t)["events"] if e["event_type"] == kind]


def say(t, n, text):
    """Sends a text and returns the reply, with how long it took."""
    began = time.monotonic()
    t.eq(t.text_from_customer(CUSTOMER, text, f"SM{n:032x}").status, 200, f"{text!r} is taken")
    # Sent, too: a reply that another text overtakes before it was sent is given with the next one.
    t.wait(lambda: len(replies(t)) == n and replies(t)[-1]["sms"]["delivery_status"] != "queued", "it is answered", 15)
    return replies(t)[n - 1], time.monotonic() - began


def script(t, sandbox, *answers):
    t.eq(sandbox.request("POST", "/sandbox/model", json.dumps(answers)).status, 200, "answers are queued")


@story
def a_model_books_and_is_relieved_when_it_fails(t):
    sandbox = begin(t)
    reply, _ = say(t, 1, "Hi! My name is Maya Ortiz. Can I book a HydraFacial?")
    t.has(reply["content"], "Which suits you?", "times are offered")
    t.eq(reply["metadata"]["answered_by"], "model", "by the model")
    t.ok(reply["metadata"]["prompt_tokens"] > 100, "with what it cost", reply["metadata"])

    reply, _ = say(t, 2, "the second one please, my name is Maya Ortiz")
    t.has(reply["content"], "is booked for", "the chosen time is booked")
    called = [e["name"] for e in events(t, "function_called")]
    t.has(called, "book_appointment", "by the tool")
    t.eq(len(events(t, "error")), 0, "without an error")

    lie = {"reply": {"reply": "I've cancelled your appointment.", "intent": "cancel", "confidence": 1,
                     "wants_person": False, "reason": None, "ends": False}}
    script(t, sandbox, lie, lie)
    reply, _ = say(t, 3, "When is my appointment?")
    t.ok("cancelled" not in reply["content"], "a lie is not told", reply["content"])
    t.eq(reply["metadata"]["answered_by"], "local", "the local engine answers instead")
    t.has(events(t, "error")[0]["text"], "refused twice", "and an event says why")

    script(t, sandbox, {"delay_ms": 20000, "content": "too late", "count": 3})
    reply, took = say(t, 4, "How much is Botox?")
    t.has(reply["content"], "$250", "a model that hangs does not keep the customer waiting")
    t.ok(took < DEADLINE + 3, "longer than its deadline", took)
    t.eq(events(t, "error")[1]["reason"], "timeout", "and an event says why")


if __name__ == "__main__":
    main()
