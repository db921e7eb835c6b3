#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A customer books, moves and cancels by text, with typos and second thoughts. The server is killed
with SIGKILL between any two turns, and right after it has acknowledged each text: nothing changes."""
import datetime
import os
import re
import time
import zoneinfo

from ava_test import ROOT, main, story, wait_for

SECONDS = 400
SERVICE = "hydrafacial"
DELAYS = (0, 0.005, 0.02, 0.06, 0.15)  # from the acknowledgement of a text to the kill


def spoken(day):
    return day.strftime(f"%A, %B {day.day}").lower()


def script(one, other):
    """What the customer writes; `one` and `other` are days with free times."""
    return [
        f"Hi, I'd like to book botx on {spoken(one)}",
        "no wait, I meant a hydrafacal",
        "the second one",
        "Maya Ortiz",
        f"can I reschedul it to {spoken(other)}?",
        "the first one plese",
        "sorry, please cancel my hydrafacial",
        "yes",
        "Goodbye!",
    ]


class Talk:
    """One customer's conversation by text."""

    def __init__(self, t, sandbox, number, kills):
        self.t, self.sandbox, self.number, self.kills = t, sandbox, number, kills
        self.phone = f"+1555010{number:04d}"
        self.turns = 0

    def restart(self):
        self.t.server.kill()
        self.t.start()

    def replies(self):
        """What reached the customer, oldest first."""
        page = self.sandbox.request("GET", "/sandbox/messages?limit=1000").json["messages"]
        return [m["body"] for m in sorted(page, key=lambda m: m["seq"])
                if m["direction"] == "outbound" and m["to"] == self.phone]

    def settled(self):
        return len(self.replies()) >= self.turns and self.t.sql("select count(*) from jobs") == [["0"]]

    def say(self, text):
        self.turns += 1
        sid = f"SM{self.number:016x}{self.turns:016x}"
        if self.t.text_from_customer(self.phone, text, sid).status != 200:
            raise RuntimeError(f"the text {text!r} was not taken")
        if self.kills:
            time.sleep(DELAYS[self.turns % len(DELAYS)])
            self.restart()
        wait_for(self.settled, 60, f"the answer to {text!r}")
        if self.kills:
            self.restart()

    def told(self):
        """All that is left of it, without what no two conversations have in common."""
        page = self.t.get("/api/admin/communications?channel=sms&page_size=100", token=self.t.token()).json
        one = next(c for c in page["conversations"] if c["customer_phone"] == self.phone)
        shown = self.t.get(f"/api/admin/communications/{one['id']}", token=self.t.token()).json
        plain = lambda value: re.sub(r"(appointment_id\W+)\d+|/c/[a-z2-7]{26}", r"\1#", str(value)).replace(
            self.phone, "PHONE")
        appointments = self.t.get("/api/appointments?page_size=100", token=self.t.token()).json["appointments"]
        keys = ("appointment_datetime", "service_type", "provider", "duration_minutes", "status", "booked_by")
        return {
            "replies": [plain(r) for r in self.replies()],
            "messages": [(m["direction"], plain(m["content"])) for m in shown["messages"]],
            "events": [(e["event_type"], plain(e["details"])) for e in shown["events"]],
            "status": shown["conversation"]["status"],
            "outcome": shown["conversation"]["outcome"],
            "appointments": [{k: a[k] for k in keys} for a in appointments
                             if a["customer_id"] == one["customer_id"]],
        }


def open_business(t):
    t.ava("schema", "create")
    t.ava("business", "seed", os.path.join(ROOT, "share", "seeds", "medical-spa.json"))
    sandbox, _ = t.world_with_sandbox()
    return sandbox


def zone_of(t):
    return zoneinfo.ZoneInfo(t.get("/api/admin/business", token=t.token()).json["facts"]["time_zone"])


def free_times(t, day):
    answer = t.get(f"/api/appointments/availability?service={SERVICE}&date_from={day}&date_to={day}&limit=100",
                   token=t.token())
    return [s["start"] for s in answer.json["slots"]]


def two_days(t, today):
    """Days of which the words leave no doubt, with free times."""
    found = []
    for ahead in range(9, 40):
        day = today + datetime.timedelta(days=ahead)
        if day.month != (day + datetime.timedelta(days=3)).month or not free_times(t, day):
            continue
        found.append(day)
        if len(found) == 2:
            return found
    raise RuntimeError("the seed has no two open days")


def difference(one, other):
    return [x for x in one if x not in other], [x for x in other if x not in one]


def both_ways(t, sandbox):
    """The same conversation without and with kills, on one day of the business."""
    zone = zone_of(t)
    today = lambda: datetime.datetime.now(zone).date()
    for attempt in range(3):
        began = today()
        days = two_days(t, began)
        told = []
        for kills in (False, True):
            talk = Talk(t, sandbox, 100 + 2 * attempt + kills, kills)
            for text in script(*days):
                talk.say(text)
            wait_for(lambda talk=talk: talk.told()["outcome"], 30, "the conversation to be scored")
            told.append(talk.told())
        if today() == began:  # else the days had other names for the second one
            return days, told
    raise RuntimeError("it is always midnight")


@story
def kills_between_turns_change_nothing(t):
    t.errors_expected = True
    sandbox = open_business(t)
    days, (calm, killed) = both_ways(t, sandbox)

    calls = [e for e in calm["events"] if e[0] == "function_called"]
    done = [re.search(r"'action': '(\w+)'", e[1])[1] for e in calm["events"] if e[0] == "appointment_action"]
    t.eq(done, ["booked", "rescheduled", "cancelled"], "it was booked, moved and cancelled")
    t.ok(calls, "by the tools")
    t.eq(len(calm["appointments"]), 1, "there was one appointment")
    one = calm["appointments"][0]
    t.eq((one["service_type"], one["status"]), (SERVICE, "cancelled"), "of the service that was meant")
    t.ok(datetime.datetime.fromisoformat(one["appointment_datetime"].replace("Z", "+00:00"))
         .astimezone(zone_of(t)).date() == days[1], "on the day to which it was moved", one)
    t.ok(free_times(t, days[1]), "and its time is free again")
    t.has(calm["replies"][3], "You are booked", "the customer was told of the booking")
    t.has(calm["replies"][3], "Add it to your calendar: ", "with a link")
    t.has(calm["replies"][5], "moved", "and of the move")
    t.has(calm["replies"][7], "cancelled", "and of the cancellation")
    t.eq((calm["status"], calm["outcome"]), ("completed", "appointment_cancelled"), "and how it ended is known")

    for key in ("replies", "messages", "events", "appointments"):
        lost, new = difference(calm[key], killed[key])
        t.ok(calm[key] == killed[key], f"with kills, the {key} are the same", f"missing {lost}\nnew {new}")
    t.eq((killed["status"], killed["outcome"]), (calm["status"], calm["outcome"]), "and how it ended")
    t.eq(t.sql("select count(*) from booked_times"), [["0"]], "no time is left taken")


if __name__ == "__main__":
    main()
