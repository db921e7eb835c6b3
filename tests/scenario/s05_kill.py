#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The server is killed with SIGKILL again and again under load. Every webhook that it acknowledged is
there once, and every reply reached the provider once. AVA_KILLS says how often (100)."""
import http.client
import json
import os
import random
import threading
import time

from ava_test import PATIENCE, main, story, wait_for

THREADS = True
BOTH_STORES = True
SECONDS = 600
KILLS = int(os.environ.get("AVA_KILLS", "100"))
SENDERS = 6
CUSTOMERS = 40


class Load:
    """Threads that send texts as Twilio does: each until it is acknowledged, with the same id."""

    def __init__(self, t):
        self.t, self.stop, self.acknowledged, self.lock = t, False, {}, threading.Lock()
        self.repeats = 0
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        n = 0
        while not self.stop:
            n += 1
            sid = f"SM{number:08x}{n:024x}"
            customer = f"+1555010{random.Random(f'{number} {n}').randrange(CUSTOMERS):04d}"
            while not self.send(customer, f"Question {number}-{n}: can I speak to a person?", sid):
                self.repeats += 1
                time.sleep(0.02)
            time.sleep(0.02)

    def send(self, customer, body, sid):
        try:
            answer = self.t.text_from_customer(customer, body, sid)
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 200:
            with self.lock:
                self.acknowledged[sid] = customer
        return answer.status == 200

    def end(self):
        self.stop = True
        for thread in self.threads:
            thread.join()


def accepted(sandbox):
    """What reached the provider: id, to and body of each text."""
    found, after = {}, 0
    while True:
        page = sandbox.request("GET", f"/sandbox/messages?after={after}&limit=1000").json["messages"]
        for m in page:
            after = m["seq"]
            if m["direction"] == "outbound":
                found[m["sid"]] = (m["to"], m["body"])
        if not page:
            return found


def idle(t):
    return t.sql("select count(*) from jobs") == [["0"]]


def run_killed(t, kills):
    """Under load, the server is killed so often; returns the load and the sandbox when all is done."""
    t.errors_expected = True
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox()
    load = Load(t)
    chance = random.Random(1)
    for _ in range(kills):
        time.sleep(chance.uniform(0.05, 0.35))
        t.server.kill()
        t.start()
    time.sleep(0.5)
    load.end()
    wait_for(lambda: idle(t), 120, "the jobs to be done")
    print(f"# {kills} kills, {len(load.acknowledged)} webhooks acknowledged, {load.repeats} had to be sent again")
    t.ok(len(load.acknowledged) > kills, "there was load", len(load.acknowledged))
    return load, sandbox


@story
def texts_in_a_row_are_each_answered_by_one_reply(t):
    t.settings["AVA_BURST_WAIT"] = "900"
    load, sandbox = run_killed(t, max(KILLS // 4, 1))
    stored = t.sql("select m.id, s.provider_message_id from communication_messages m join sms_details s on "
                   "s.message_id = m.id where m.direction = 'inbound'")
    t.eq(sorted(sid for _, sid in stored), sorted(load.acknowledged), "every acknowledged webhook is stored once")
    outbound = t.sql("select s.provider_message_id, m.metadata from communication_messages m join sms_details s on "
                     "s.message_id = m.id where m.direction = 'outbound'")
    replies = [(sid, json.loads(notes)) for sid, notes in outbound]
    said = [(sid, notes) for sid, notes in replies if "cancelled" not in notes]
    print(f"# {len(stored)} texts, {len(said)} replies, {len(replies) - len(said)} withdrawn")
    answered = [text for _, notes in said for text in notes["answers"]]
    t.eq([text for text, _ in stored if text not in answered], [], "every text is answered")
    t.eq(sorted(answered), sorted(set(answered)), "and by one reply")
    t.ok(len(said) < len(stored), "which answers those that came in a row", (len(said), len(stored)))
    t.eq(sorted(accepted(sandbox)) == sorted(sid for sid, _ in said), True, "each of which was sent once")


@story
def a_killed_server_loses_and_repeats_nothing(t):
    load, sandbox = run_killed(t, KILLS)

    inbound = t.sql("select s.provider_message_id, count(*) from communication_messages m join sms_details s on "
                    "s.message_id = m.id where m.direction = 'inbound' group by 1")
    stored = {sid: int(n) for sid, n in inbound}
    lost = [sid for sid in load.acknowledged if sid not in stored]
    t.eq(lost, [], "every acknowledged webhook is stored")
    t.eq([sid for sid, n in stored.items() if n != 1], [], "and each once")

    outbound = t.sql("select s.provider_message_id, s.to_number, m.content from communication_messages m join "
                     "sms_details s on s.message_id = m.id where m.direction = 'outbound'")
    t.eq(len(outbound), len(stored), "every text has one reply")
    reached = accepted(sandbox)
    t.eq(len({sid for sid, *_ in outbound}), len(outbound), "every reply has a provider id of its own")
    t.eq(sorted(reached) == sorted(sid for sid, *_ in outbound), True,
         "what reached the provider is what is recorded, each once")
    extra = [reached[sid] for sid in set(reached) - {sid for sid, *_ in outbound}]
    t.eq(extra, [], "and nothing more")
    wrong = [sid for sid, to, body in outbound if reached.get(sid) != (to, body)]
    t.eq(wrong, [], "each with the right words to the right number")
    open_twice = t.sql("select customer_id, count(*) from conversations where status = 'active' group by 1 "
                       "having count(*) > 1")
    t.eq(open_twice, [], "no customer has two conversations at a time")
    totals = t.get("/api/admin/communications", token=t.token()).json["total"]
    t.eq([[str(totals)]], t.sql("select count(*) from conversations"), "the total is exact")


@story
def a_reply_on_its_way_is_not_sent_again(t):
    """The second attempt's request is slow, and the server is killed while it is on its way."""
    t.errors_expected = True
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox()
    fail = lambda **fault: sandbox.request("POST", "/sandbox/faults", {"count": 1, **fault})
    fail(status=429, retry_after=3)
    fail(status="slow", latency_ms=1500)
    t.eq(t.text_from_customer("+15550100001", "A person please", "SM" + "1" * 32).status, 200, "a text is taken")
    wait_for(lambda: t.sql("select attempts, state from jobs where kind = 'send'") == [["2", "running"]], 20)
    time.sleep(0.3)
    t.server.kill()
    if PATIENCE == 1:  # else nothing is as quick as that
        t.eq(accepted(sandbox), {}, "the reply is on its way when the server is killed")
    t.start()
    wait_for(lambda: idle(t), 30, "the jobs to be done")
    t.eq(len(accepted(sandbox)), 1, "it reached the provider once")
    known = t.sql("select s.provider_message_id from communication_messages m join sms_details s on "
                  "s.message_id = m.id where m.direction = 'outbound'")
    t.eq(known, [list(accepted(sandbox))], "and is known by the provider's id")


if __name__ == "__main__":
    main()
