#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The link in a confirmation opens without signing in and follows the appointment; staff's calendars
subscribe by a key that can be renewed."""
import datetime
import json
import re

from ava_test import main, story, wait_for
from s12_booking import SERVICE, Talk, open_business, spoken, two_days, zone_of

QUICK = True


def calendar(answer):
    """The properties of its one event, and of the calendar; lines unfolded."""
    lines = answer.text.replace("\r\n ", "").replace("\r\n\t", "").split("\r\n")
    return dict(re.match(r"([A-Z-]+)[^:]*:(.*)", line).groups() for line in lines if line)


def utc(start):
    """As iCalendar writes the API's time."""
    at = datetime.datetime.fromisoformat(start.replace("Z", "+00:00")).astimezone(datetime.timezone.utc)
    return at.strftime("%Y%m%dT%H%M%SZ")


def appointment(t):
    return t.get("/api/appointments", token=t.token()).json["appointments"][0]


def book(t, sandbox, number=1):
    """Books by text; the days of which the customer may speak, and the talk."""
    days = two_days(t, datetime.datetime.now(zone_of(t)).date())
    talk = Talk(t, sandbox, number, kills=False)
    for text in (f"I'd like to book a hydrafacial on {spoken(days[0])}", "the second one", "Maya Ortiz"):
        talk.say(text)
    return talk, days


def path_of(reply, t):
    found = re.search(r"Add it to your calendar: (\S+)$", reply)
    return found[1].removeprefix(t.settings["AVA_PUBLIC_URL"]) if found else None


@story
def a_confirmation_has_a_link(t):
    sandbox = open_business(t)
    talk, days = book(t, sandbox)
    path = path_of(talk.replies()[-1], t)
    t.ok(re.fullmatch(r"/c/[a-z2-7]{26}\.ics", path or ""), "the confirmation ends with it", talk.replies()[-1])
    conversation = t.get("/api/admin/communications", token=t.token()).json["conversations"][0]["id"]
    shown = t.get(f"/api/admin/communications/{conversation}", token=t.token()).json
    t.eq([m["metadata"].get("calendar_url") for m in shown["messages"] if m["direction"] == "outbound"],
         [None, None, t.settings["AVA_PUBLIC_URL"] + path], "the message's metadata has it too")

    answer = t.get(path)
    t.eq(answer.status, 200, "it opens without signing in")
    t.eq((answer.header("Content-Type"), answer.header("Content-Disposition"), answer.header("Cache-Control")),
         ("text/calendar; charset=utf-8", 'attachment; filename="appointment.ics"', "private, no-store"),
         "as a file that nobody keeps")
    t.eq((answer.header("X-Content-Type-Options"), answer.header("Referrer-Policy")), ("nosniff", "no-referrer"),
         "with the headers of all answers")
    first = calendar(answer)
    t.eq((first["METHOD"], first["STATUS"], first["DTSTART"]),
         ("PUBLISH", "CONFIRMED", utc(appointment(t)["appointment_datetime"])), "it is the appointment")
    t.has(first["SUMMARY"], "HydraFacial at ", "its service and the business's name")
    t.has(first["DESCRIPTION"], "With ", "and who gives it")
    t.ok("Maya" not in answer.text and talk.phone not in answer.text, "but not whose it is", answer.text)

    talk.say(f"can I move it to {spoken(days[1])}?")
    talk.say("the first one")
    t.eq(path_of(talk.replies()[-1], t), path, "the confirmation of the move has the same link")
    moved = calendar(t.get(path))
    t.eq(moved["DTSTART"], utc(appointment(t)["appointment_datetime"]), "which has the new time")
    t.ok(moved["DTSTART"] != first["DTSTART"] and int(moved["SEQUENCE"]) > int(first["SEQUENCE"]),
         "and a higher sequence", moved)
    t.eq(moved["UID"], first["UID"], "for the same entry")
    talk.say("please cancel my hydrafacial")
    talk.say("yes")
    t.eq(path_of(talk.replies()[-1], t), None, "the cancellation needs none")
    gone = calendar(t.get(path))
    t.eq(gone["STATUS"], "CANCELLED", "but the link says that it is cancelled")
    t.ok(int(gone["SEQUENCE"]) > int(moved["SEQUENCE"]), "with a higher sequence again", gone)

    guess = path[:3] + path[3:-4][::-1] + ".ics"
    for wrong in (guess, "/c/.ics", "/c/x", path[:-4], path.upper(), "/c/%27%20or%20true.ics"):
        answer = t.get(wrong)
        t.eq((answer.status, answer.header("Content-Type")), (404, "application/problem+json"), f"{wrong} is nothing")
    t.eq(t.post(path).status, 405, "it is for reading")
    t.ok(path[3:-4] not in t.server.log(), "the log does not have it")


@story
def staff_renew_a_customers_link(t):
    sandbox = open_business(t)
    talk, _ = book(t, sandbox)
    path = path_of(talk.replies()[-1], t)
    number = appointment(t)["id"]
    answer = t.post(f"/api/appointments/{number}/calendar-link", token=t.token())
    renewed = answer.json["url"].removeprefix(t.settings["AVA_PUBLIC_URL"])
    t.eq((answer.status, answer.json["appointment_id"]), (200, number), "staff get a new link")
    t.eq((t.get(path).status, t.get(renewed).status), (404, 200), "the one before leads nowhere")
    by_command = json.loads(t.ava("calendar", "renew", str(number)))["url"].removeprefix(t.settings["AVA_PUBLIC_URL"])
    t.eq((t.get(renewed).status, t.get(by_command).status), (404, 200), "the same by command")
    t.eq(t.post("/api/appointments/999/calendar-link", token=t.token()).status, 404, "of none there is none")
    t.eq(t.post(f"/api/appointments/{number}/calendar-link").status, 401, "and strangers get nothing")


@story
def a_link_that_has_no_room_is_left_out(t):
    t.settings["AVA_SMS_MAX_SEGMENTS"] = "1"
    sandbox = open_business(t)
    talk, _ = book(t, sandbox)
    t.has(talk.replies()[-1], "You are booked", "one segment is enough for the confirmation")
    t.ok("calendar" not in talk.replies()[-1] and "/c/" not in talk.replies()[-1], "and not for the link",
         talk.replies()[-1])


@story
def staff_subscribe(t):
    sandbox = open_business(t)
    talk, _ = book(t, sandbox)
    link = lambda *more: t.ava("calendar", "link", *more).strip().removeprefix(t.settings["AVA_PUBLIC_URL"])
    everybody = link()
    answer = t.get(everybody)
    t.eq((answer.status, answer.header("Cache-Control")), (200, "private, no-store"), "the feed opens by its key")
    t.ok("Maya Ortiz" in answer.text and "BEGIN:VEVENT" in answer.text, "with the customer's name", answer.text)

    booked = appointment(t)
    keys = {p["name"]: p["key"] for p in t.get("/api/admin/providers", token=t.token()).json["providers"]}
    own = keys[booked["provider"]]
    other = next(k for k in keys.values() if k != own)
    links = {key: link("--provider", key) for key in (own, other)}
    t.eq([t.get(links[k]).text.count("BEGIN:VEVENT") for k in (own, other)], [1, 0], "a provider's has only theirs")

    t.ava("calendar", "link", status=None)
    t.eq(t.get(everybody).status, 200, "a link is not replaced by accident")
    t.ava("calendar", "link", "--provider", "nobody", status=64)
    renewed = link("--renew")
    t.eq((t.get(everybody).status, t.get(renewed).status), (404, 200), "the one before a renewal is refused")
    t.eq(t.get(links[own]).status, 200, "the provider's goes on")
    for wrong in ("/calendar.ics", "/calendar.ics?key=", "/calendar.ics?key=cal_x", renewed.replace("cal_", "")):
        t.eq(t.get(wrong).status, 404, f"{wrong.split('?')[0]} without the key is nothing")
    t.eq(t.get("/api/calendar.ics").status, 401, "the operation still wants a token")
    secret = renewed.split("=")[1]
    stored = t.sql("select key_hash from calendar_feeds")
    t.ok(len(stored) == 3 and [secret] not in stored, "what is stored is not the key", stored)
    t.ok(secret not in t.server.log(), "the log does not have it")


if __name__ == "__main__":
    main()
