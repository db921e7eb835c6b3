#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ava score: lines in, lines out, in their order; what cannot be read is said, and counted."""
import json

from ava_test import main, story

QUICK = True
FIELDS = ["id", "satisfaction_score", "sentiment", "outcome", "subject", "summary", "scored_by",
          "confidence", "reason"]


def talk(*lines):
    return [{"direction": "inbound" if line[0] == "<" else "outbound", "content": line[1:]}
            for line in lines]


@story
def conversations_from_elsewhere_are_scored(t):
    booked = {"name": "book_appointment", "result": {"status": "booked", "service_name": "Botox",
                                                     "start": "2026-03-03T14:00"}}
    lines = [
        {"id": "glad", "channel": "sms", "messages": talk("<botox tuesday at 2?", ">Booked!", "<perfect, thank you!"),
         "events": [{"event_type": "function_called", "details": booked}]},
        {"id": 7, "channel": "voice", "messages": talk(
            "<Caller: I waited an hour and nobody apologized.\nAgent: I am so sorry.\nCaller: This is unacceptable.")},
        {"messages": talk("<hello?")},
        {"id": "ü", "messages": []},
    ]
    answers = [json.loads(line) for line in t.ava(
        "score", stdin="\n".join(map(json.dumps, lines)) + "\n").splitlines()]
    t.eq([list(a) for a in answers], [FIELDS, FIELDS, FIELDS[1:], FIELDS], "the members of each answer")
    glad, angry, lone, empty = answers
    t.eq([glad["outcome"], glad["sentiment"], glad["subject"]],
         ["appointment_scheduled", "positive", "Botox booking for Tue Mar 3"], "one that went well")
    t.ok(glad["satisfaction_score"] >= 8, "is worth that")
    t.eq([angry["id"], angry["outcome"], angry["sentiment"]], [7, "complaint", "negative"], "a call in one message")
    t.ok(angry["satisfaction_score"] <= 2, "is worth little")
    t.eq([lone["satisfaction_score"], lone["sentiment"], empty["satisfaction_score"]], [None] * 3,
         "what cannot be judged is not")


@story
def bad_lines_are_told_and_the_others_done(t):
    good = json.dumps({"id": 1, "messages": talk("<are you open today?", ">Yes.")})
    bad = ['{"id": "a"}', "{", '{"id": "b", "messages": [{"direction": "up", "content": ""}]}',
           '{"id": "c", "messages": [], "events": 1}']
    out = t.ava("score", stdin="\n".join([good, *bad, "", good]), status=65)
    answers = [json.loads(line) for line in out.splitlines()]
    t.eq([a.get("id") for a in answers], [1, "a", None, "b", "c", 1], "each line has its answer")
    t.eq([f"line {n}" in a.get("error", "") for n, a in enumerate(answers, 1)],
         [False, True, True, True, True, False], "the bad ones by their numbers")


if __name__ == "__main__":
    main()
