#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What language models cost: tokens of messages, calls and scores, by day and channel, beside the span before,
each figure with the conversations behind it."""
import csv
import io
import subprocess
import urllib.parse

from ava_test import BINARY, main, story
from s06_operations import API, Client

ANALYTICS = "/api/admin/analytics"


def talk(c, channel, at, tokens=None, event=None):
    """A conversation that began then, in which a model needed so many tokens (in, out)."""
    one = c.call("POST", API, {"channel": channel, "initiated_at": at}, 201)["id"]
    for prompt, completion in tokens or []:
        c.call("POST", API + "/{conversation_id}/messages", {"direction": "outbound", "content": "Hello", "sent_at": at, "metadata": {
            "answered_by": "model", "model": "m", "prompt_tokens": prompt, "completion_tokens": completion}}, 201, conversation_id=one)
    if event:
        c.call("POST", API + "/{conversation_id}/events", {"event_type": event, "timestamp": at, "details": {
            "model": "m", "prompt_tokens": 1000, "completion_tokens": 100}}, 201, conversation_id=one)
    return one


@story
def each_token_has_its_price(t):
    t.ava("schema", "create")
    t.settings.update(AVA_TIME_ZONE="America/New_York", AVA_MODEL_PRICE_IN="2", AVA_MODEL_PRICE_OUT="10", AVA_MODEL_CURRENCY="EUR")
    t.start()
    c = Client(t)
    a = talk(c, "sms", "2026-03-10T15:00:00Z", [(100_000, 10_000), (200_000, 0)])  # 0.6 + 0.1
    b = talk(c, "voice", "2026-03-11T15:00:00Z", event="model_asked")  # 0.002 + 0.001
    d = talk(c, "sms", "2026-03-12T03:30:00Z", [(500_000, 0)], event="conversation_scored")  # the 11th there; 1 + 0.003
    talk(c, "sms", "2026-03-11T16:00:00Z", [])  # by the local engine
    talk(c, "email", "2026-03-01T15:00:00Z", [(1_000_000, 0)])  # the span before
    report = c.call("GET", ANALYTICS, query="?report=cost&from=2026-03-08&until=2026-03-14")
    t.eq(report["currency"], "EUR", "in the business's money")
    rows = {(r["day"], r["channel"], r["measure"]): r for r in report["rows"]}
    value = lambda *key: (rows[key]["value"], rows[key]["before"], rows[key]["n"])
    t.eq(value(None, None, "cost"), (1.706, 2, 3), "all of it, the span before, and how many conversations")
    t.eq(value(None, "sms", "cost"), (1.703, 0, 2), "by channel")
    t.eq(value(None, "voice", "cost"), (0.003, 0, 1), "a call's turns too")
    t.eq(value(None, None, "prompt_tokens")[:2], (802_000, 1_000_000), "tokens in")
    t.eq(value(None, None, "completion_tokens")[:2], (10_200, 0), "and out")
    t.eq((rows["2026-03-10", "sms", "cost"]["value"], rows["2026-03-11", "sms", "cost"]["value"], rows["2026-03-13", None, "cost"]["value"]),
         (0.7, 1.003, 0), "by the day there")
    for key, want in (((None, None, "cost"), {a, b, d}), (("2026-03-11", "sms", "cost"), {d}), ((None, "voice", "cost"), {b})):
        query = urllib.parse.urlencode(dict(urllib.parse.parse_qsl(rows[key]["query"])))
        t.eq({k["id"] for k in c.call("GET", API, query="?" + query)["conversations"]}, want, f"what is behind {key}")
    t.eq(c.call("GET", API, query="?model=false")["total"], 1, "and those without a model")
    answer = t.get(f"{ANALYTICS}?report=cost&from=2026-03-08&until=2026-03-14&format=csv", token=t.token())
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    t.eq([(r["value"], r["before"]) for r in lines if r["measure"] == "cost" and not r["day"] and not r["channel"]], [("1.706", "2")], "as a file")
    who = c.call("POST", "/api/customers", {"name": "Ann"}, 201)["id"]
    t.sql(f"update conversations set customer_id = {who}")
    c.call("POST", "/api/admin/customers/{customer_id}/erase", {"confirm": True}, customer_id=who)
    t.sql("update conversations set unfigured = unfigured + 1")
    again = c.call("GET", ANALYTICS, query="?report=cost&from=2026-03-08&until=2026-03-14")
    t.eq(again["rows"], report["rows"], "what is counted outlives who is erased")


@story
def a_price_that_is_none_is_said(t):
    for name, value in (("MODEL_PRICE_IN", "cheap"), ("MODEL_PRICE_OUT", "-1"), ("MODEL_CURRENCY", "euros")):
        run = subprocess.run([BINARY, "settings"], capture_output=True, text=True, cwd=t.dir, env=t.environment(**{f"AVA_{name}": value}))
        t.ok(run.returncode != 0 and name in run.stderr, f"{name}={value} is refused", run.stderr)


if __name__ == "__main__":
    main()
