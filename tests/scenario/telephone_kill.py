# SPDX-License-Identifier: Apache-2.0
"""Calls while the server is killed again and again: callers hang up or are gone at any moment. The
network asks what is to follow when a server is gone under a call, and then goes on with it in a new stream,
or takes a message. Afterwards each call in which the caller has heard anything must be one conversation,
finished, with one message, in however many streams it was held, and none may be left open.

s34_telephone_kill.py tells it as a short story, bench/telephone_kill as a long one."""
import random
import threading
import time

from telephone import begin, place

TURNS = ("What are your hours?", "Can I book a facial?", "Tuesday please", "Is there parking?", "Thank you")


def script_of(chance):
    """What a caller does, and how it may be cut short."""
    steps = [{"wait": 300, "patience_ms": 5000}]
    for _ in range(chance.randrange(3)):
        steps += [{"say": chance.choice(TURNS)}, {"wait": 300, "patience_ms": 4000}]
    if chance.random() < 0.2:
        steps += [{"press": str(chance.randrange(10))}]
    plan, fate = {}, chance.random()
    if fate < 0.35:
        plan["hangup_after_ms"] = chance.randrange(20, 12000)
    elif fate < 0.7:
        plan["crash_after_ms"] = chance.randrange(20, 12000)
    elif fate < 0.75:
        steps += [{"stall": 3000}]
    return steps, plan


class Killer(threading.Thread):
    """Kills the server so many times while there are calls, at moments that nobody has chosen."""

    def __init__(self, t, kills, share_done, seed):
        super().__init__(daemon=True)
        self.t, self.wanted, self.share_done = t, kills, share_done
        self.chance, self.kills, self.over, self.failed = random.Random(f"{seed} kills"), 0, threading.Event(), None

    def run(self):
        try:
            while self.kills < self.wanted and not self.over.is_set():
                if self.share_done() * (self.wanted + 1) < self.kills + self.chance.random():
                    self.over.wait(0.05)
                    continue
                self.t.server.kill()
                self.kills += 1
                time.sleep(self.chance.random() * 0.3)
                self.t.start()
        except Exception as e:  # pylint: disable=broad-except  # told by the story
            self.failed = e


class Callers:
    """So many calls, some at a time; keeps of each how much of it was heard."""

    def __init__(self, sandbox, calls, at_once, speed, seed):
        self.sandbox, self.calls, self.at_once, self.speed = sandbox, calls, at_once, speed
        self.chance = random.Random(seed)
        self.placed, self.heard, self.streams, self.recorded = 0, {}, {}, 0  # streams of each call
        self.open, self.ends = set(), {}

    def share_done(self):
        return self.placed / self.calls

    def settle(self):
        """Takes note of the calls that have ended."""
        live = self.sandbox.request("GET", "/sandbox/calls?live=true&limit=1000").json["calls"]
        for sid in self.open - {c["sid"] for c in live}:
            call = self.sandbox.request("GET", f"/sandbox/calls/{sid}").json
            if call["settled"]:
                self.open.discard(sid)
                self.heard[sid] = sum(m["what"] in ("closed", "left") and m["n"] > 0 for m in call["moments"])
                self.streams[sid] = sum(m["what"] == "stream" for m in call["moments"])
                self.recorded += sum(m["what"] == "recorded" for m in call["moments"])
                self.ends[call["status"]] = self.ends.get(call["status"], 0) + 1

    def run(self, deadline):
        while (self.placed < self.calls or self.open) and time.monotonic() < deadline:
            while self.placed < self.calls and len(self.open) < self.at_once:
                steps, plan = script_of(self.chance)
                caller = f"+1555{3000000 + self.chance.randrange(self.calls)}"
                self.open.add(place(self.sandbox, caller, steps, speed=self.speed, **plan))
                self.placed += 1
            time.sleep(0.05)
            self.settle()


def groups(t, query):
    return {row[0]: int(row[1]) for row in t.sql(query)}


def check(t, callers):
    true = "true" if t.store == "postgres" else "1"
    t.wait(lambda: t.sql(f"select count(*) from voice_calls where live = {true}") == [["0"]],
           "no call is left open", 60)
    t.eq(t.sql("select count(*) from conversations where status = 'active'"), [["0"]], "nor any conversation")
    rows = groups(t, "select session_id, count(*) from voice_calls group by session_id")
    total = sum(rows.values())
    t.eq([sid for sid, n in callers.heard.items() if n and sid not in rows][:5], [],
         f"each of {sum(n > 0 for n in callers.heard.values())} calls that were heard is there")
    t.eq([sid for sid, n in rows.items() if n > 1][:5], [], "once, in however many streams it was held")
    t.eq([sid for sid in rows if not callers.streams.get(sid)][:5], [], "and none that was not held")
    t.eq(t.sql("select count(distinct conversation_id), count(distinct message_id) from voice_calls"),
         [[str(total), str(total)]], "each is a conversation of its own, with its message")
    for what, table in (("messages about calls", "voice_call_details"), ("conversations", "conversations")):
        others = int(t.sql(f"select count(*) from {table}")[0][0]) - total
        t.ok(0 <= others <= callers.recorded, f"other {what} are of messages that callers left", others)
    return rows


def run(t, calls, at_once, kills, speed=5, seed=1, seconds=600):
    t.errors_expected = True  # what is killed breaks what others do with it
    sandbox = begin(t, AVA_VOICE_CALLS_MAX="5000")
    callers = Callers(sandbox, calls, at_once, speed, seed)
    killer = Killer(t, kills, callers.share_done, seed)
    began = time.monotonic()
    killer.start()
    try:
        callers.run(began + seconds)
    finally:
        killer.over.set()
        killer.join()
    took = time.monotonic() - began
    t.eq(killer.failed, None, "the server comes back each time")
    t.eq((callers.placed, len(callers.open)), (calls, 0), f"{calls} calls were made and have ended")
    t.eq(killer.kills, kills, "the server was killed as often as was asked for")
    t.wait_quietly(lambda: t.get("/health").status == 200)
    rows = check(t, callers)
    endings = groups(t, "select coalesce(outcome, 'none'), count(*) from conversations group by outcome")
    print(f"# {calls} calls in {took:.0f} s, {at_once} at once, {killer.kills} kills: {len(rows)} reached the server "
          f"in {sum(callers.streams.values())} streams, {callers.recorded} messages; the network's ends {callers.ends}, outcomes {endings}")


