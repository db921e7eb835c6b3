#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Nth database call, provider call or write fails, for each N of a text's whole way: the text is
answered once all the same, and what failed is not half there."""
import http.client
import os
import time

from ava_test import PATIENCE, main, story

FAULTS = True
SECONDS = 600
CALLS = range(1, int(os.environ.get("AVA_FAULT_CALLS", "40")) + 1)
CUSTOMER = "+15550100001"


def sid(n):
    return f"SM{n:032x}"


def settled(t, texts):
    """Every text stored once, answered once, and the answer known to the provider."""
    rows = t.sql("select m.direction, s.provider_message_id from communication_messages m join sms_details s on "
                 "s.message_id = m.id")
    inbound = [s for d, s in rows if d == "inbound"]
    outbound = [s for d, s in rows if d == "outbound" and s]
    return sorted(inbound) == sorted(texts) and len(set(outbound)) == len(texts) and t.sql(
        "select count(*) from jobs") == [["0"]]


def sent(t, n):
    """As Twilio does it: what is not acknowledged with 200 is sent again."""
    try:
        return t.text_from_customer(CUSTOMER, f"Hello {n}, a person please", sid(n)).status == 200
    except (OSError, http.client.HTTPException):
        return False


def send_until_taken(t, n):
    for again in range(300):
        if sent(t, n):
            return again
        time.sleep(0.02)
    raise TimeoutError(f"the text {n} is not taken")


def settle(t):
    """Lets the jobs run, so that later calls are reached, too; what waits to be tried again may wait."""
    end = time.monotonic() + PATIENCE
    while t.sql("select count(*) from jobs") != [["0"]] and time.monotonic() < end:
        time.sleep(0.02)


def tell_the_story(t, kind):
    t.errors_expected = True
    t.ava("schema", "create")
    sandbox, server = t.world_with_sandbox()
    texts, n, again = [], 0, 0
    for call in CALLS:
        server.stop()
        try:
            server = t.start(**{f"AVA_FAULT_{kind}": str(call)})
        except RuntimeError:  # it needs the database to start, says so, and is started again
            server = t.start()
        n += 1
        texts.append(sid(n))
        again += send_until_taken(t, n)
        settle(t)
    t.wait(lambda: settled(t, texts), f"each of {len(texts)} texts is stored and answered once", 60)
    reached = sandbox.request("GET", "/sandbox/messages?limit=1000").json["messages"]
    t.eq(len([m for m in reached if m["direction"] == "outbound"]), len(texts), "each reply reached the provider once")
    if kind != "PROVIDER":
        t.ok(again > 0, "a failure was seen from outside, and the text sent again", again)
    totals = t.get("/api/admin/communications", token=t.token()).json["total"]
    t.eq([[str(totals)]], t.sql("select count(*) from conversations"), "the total is exact")


@story
def the_nth_database_call_fails(t):
    tell_the_story(t, "STORE")


@story
def the_nth_provider_call_fails(t):
    tell_the_story(t, "PROVIDER")


@story
def the_nth_write_fails(t):
    tell_the_story(t, "WRITE")


if __name__ == "__main__":
    main()
