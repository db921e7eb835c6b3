#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two servers share one PostgreSQL: what both are told counts once, they share the work, each shows
what the other does, and when one dies the other finishes what it had begun."""
import os
import threading
import time

from ava_test import PATIENCE, main, story_on
from websocket import WebSocket

THREADS = True
BOTH_STORES = True
API = "/api/admin/communications"
MESSAGES, CUSTOMERS, AT_ONCE, TIMES = 20, 4, 5, 5


def sid(n):
    return f"SM{n:032x}"


def directory(t, name):
    return {"AVA_DATA_DIR": os.path.join(t.dir, f"data-{name}")}


def sandbox_and_two(t):
    t.ava("schema", "create")
    sandbox, a = t.world_with_sandbox("a", **directory(t, "a"))
    return sandbox, a, t.start("b", **directory(t, "b"))


def post_at_once(t, servers, numbers):
    """Each of these texts, to each server, some times, all in the same instant; returns the statuses."""
    start, statuses = threading.Barrier(len(numbers) * len(servers) * TIMES), []

    def post(server, n):
        start.wait()
        customer = f"+1555010{n % CUSTOMERS:04d}"
        statuses.append(t.text_from_customer(customer, f"Question {n}: a person please", sid(n), via=server).status)
    threads = [threading.Thread(target=post, args=(s, n)) for n in numbers for s in servers for _ in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def outbound(sandbox):
    messages = sandbox.request("GET", "/sandbox/messages?limit=1000").json["messages"]
    return [m for m in messages if m["direction"] == "outbound"]


def jobs_done(t, server):
    text = server.request("GET", "/metrics", token=t.token()).text
    return int(next(line.split()[1] for line in text.split("\n") if line.startswith("ava_jobs_done_total ")))


def idle(t):
    return t.sql("select count(*) from jobs") == [["0"]]


@story_on("postgres")
def what_both_are_told_counts_once(t):
    sandbox, a, b = sandbox_and_two(t)
    statuses = []
    for first in range(0, MESSAGES, AT_ONCE):
        statuses += post_at_once(t, [a, b], range(first, first + AT_ONCE))
    t.eq((len(statuses), set(statuses)), (MESSAGES * 2 * TIMES, {200}), "every webhook is taken")
    count = lambda what: int(t.sql(f"select count(*) from {what}")[0][0])
    answered = "communication_messages where direction = 'inbound' and processed"
    t.wait(lambda: count(answered) == MESSAGES and idle(t), "all are answered", 30)
    t.eq(count("communication_messages where direction = 'inbound'"), MESSAGES, "each text is stored once")
    t.eq(count("inbound_requests where kind = 'message'"), MESSAGES, "and its request, too")
    # Texts of one customer that come at once may be answered together.
    sent = t.sql("select s.provider_message_id from communication_messages m join sms_details s on s.message_id = "
                 "m.id where m.direction = 'outbound' and s.delivery_status <> 'failed' order by 1")
    t.ok(CUSTOMERS <= len(sent) <= MESSAGES, "each is answered at most once", len(sent))
    t.eq(sorted(m["sid"] for m in outbound(sandbox)), [row[0] for row in sent], "each reply reached the provider once")
    t.eq(count("customers"), CUSTOMERS, "each customer is one")
    t.eq(t.sql("select count(*) from conversations where status = 'active' group by customer_id"),
         [["1"]] * CUSTOMERS, "with one active conversation")
    done = [jobs_done(t, a), jobs_done(t, b)]
    t.ok(min(done) > 0, "both have done jobs", done)
    t.ok(sum(done) <= MESSAGES * 2, "none twice: a turn and a sending for each text at most", done)
    t.eq(a.request("GET", API, token=t.token()).json["total"], count("conversations"), "the total is exact")


@story_on("postgres")
def each_shows_what_the_other_does(t):
    _, a, b = sandbox_and_two(t)
    live = WebSocket(a.port, "/ws/live", {"Authorization": f"Bearer {t.token()}"})
    live.receive()
    made = b.request("POST", API, {"channel": "sms"}, token=t.token()).json["id"]
    answered = time.monotonic()
    while live.receive().get("conversation_id") != made:
        pass
    took = time.monotonic() - answered
    t.ok(took < 0.5 * PATIENCE, "a change through one server shows live on the other within half a second", took)
    live.close()
    t.eq(a.request("GET", f"{API}/{made}", token=t.token()).status, 200, "and is there for it")
    key = {"Idempotency-Key": "k-1"}
    first = a.request("POST", API, {"channel": "sms"}, token=t.token(), headers=key)
    again = b.request("POST", API, {"channel": "sms"}, token=t.token(), headers=key)
    t.eq((again.status, again.json), (201, first.json), "a key is known to both")


@story_on("postgres")
def a_dead_servers_work_is_finished(t):
    """The text has reached the provider, but the server dies before it hears so. Its lease is made to
    end early, for half a minute is long for a test."""
    t.ava("schema", "create")
    sandbox, b = t.world_with_sandbox("b", **directory(t, "b"))
    sandbox.request("POST", "/sandbox/faults", {"status": "after_send_timeout", "hang_ms": 2000, "count": 1})
    t.eq(t.text_from_customer("+15550100001", "A person please", sid(1)).status, 200, "a text is taken")
    t.wait(lambda: outbound(sandbox), "its reply is with the provider")
    b.kill()
    held = "select count(*) from jobs where kind = 'send' and state = 'running' and locked_until > now()"
    t.eq(t.sql(held), [["1"]], "the dead server's sending is still its own")
    t.start("a", **directory(t, "a"))
    time.sleep(1)
    t.eq(t.sql(held), [["1"]], "and while the lease lasts, no other takes it")
    t.sql("update jobs set locked_until = now()")
    t.wait(lambda: idle(t), "when it has ended, the other finishes it", 20)
    t.eq(len(outbound(sandbox)), 1, "the reply is not sent again")
    known = t.sql("select s.provider_message_id from communication_messages m join sms_details s on "
                  "s.message_id = m.id where m.direction = 'outbound'")
    t.eq(known, [[outbound(sandbox)[0]["sid"]]], "and is known by the provider's id")


if __name__ == "__main__":
    main()
