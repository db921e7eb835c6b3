#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Google Calendar (the sandbox's): a time that is busy there is not given away; what is booked appears
there once, whatever fails and whenever the server is killed; what is cancelled disappears."""
import datetime
import json
import os
import subprocess
import zoneinfo

from ava_test import BINARY, free_port, main, story, wait_for

QUICK = True
CUSTOMER = "+15550100123"
SEED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "share", "seeds",
                    "medical-spa.json")
DESK, COLE = "front-desk@example.com", "amara@example.com"
ZONE = zoneinfo.ZoneInfo("America/New_York")


def begin(t):
    """A sandbox that is Google, and a server that asks it."""
    t.ava("schema", "create")
    t.ava("business", "seed", SEED)
    t.ports["server"] = free_port()
    t.settings["AVA_PUBLIC_URL"] = f"http://127.0.0.1:{t.ports['server']}"
    sandbox = t.sandbox()
    key = os.path.join(t.dir, "google-key.json")
    with open(key, "w", encoding="utf-8") as f:
        f.write(sandbox.request("GET", "/sandbox/google-key").text)
    t.settings.update(AVA_GOOGLE_CREDENTIALS=key, AVA_GOOGLE_CALENDAR=DESK,
                      AVA_GOOGLE_API_URL=f"http://127.0.0.1:{sandbox.port}/calendar/v3",
                      AVA_CALENDAR_TIMEOUT="1000", AVA_PROVIDER_TIMEOUT="1000")
    t.start()
    return sandbox


def workday():
    """A Wednesday at least a week from now, when Amara Cole works."""
    day = datetime.datetime.now(ZONE).date() + datetime.timedelta(7)
    while day.weekday() != 2 or (day.month, day.day) in ((12, 25), (12, 24), (12, 26), (1, 1)):
        day += datetime.timedelta(1)
    return day


def moment(day, clock):
    return datetime.datetime.combine(day, datetime.time.fromisoformat(clock), ZONE).isoformat()


def shown(sandbox, calendar=DESK):
    """Start and summary of what stands in that calendar."""
    all_of_it = sandbox.request("GET", "/sandbox/calendar").json["events"]
    return [(e["event"]["start"]["dateTime"], e["event"]["summary"]) for e in all_of_it
            if e["calendar"] == calendar and not e["deleted"]]


def fault(t, sandbox, **what):
    t.eq(sandbox.request("POST", "/sandbox/faults", {"api": "google", "count": 1, **what}).status, 200,
         f"Google fails: {what}")


def free(t, day, provider="amara_cole"):
    path = f"/api/appointments/availability?service=botox&provider={provider}&date_from={day}&date_to={day}&limit=100"
    answer = t.get(path, token=t.token()).json
    return [s["local_start"][11:] for s in answer["slots"]], answer["calendar"]


def idle(t):
    return t.sql("select count(*) from jobs where kind = 'calendar'") == [["0"]]


def detail(t):
    page = t.get("/api/admin/communications?channel=sms", token=t.token()).json
    return t.get(f"/api/admin/communications/{page['conversations'][0]['id']}", token=t.token()).json


def replies(t):
    return [m["content"] for m in detail(t)["messages"] if m["direction"] == "outbound"]


def events(t, kind):
    return [e["details"] for e in detail(t)["events"] if e["event_type"] == kind]


def all_sent(t):
    """A reply that another text overtakes before it was sent is given with the next one."""
    return all(m["sms"]["delivery_status"] != "queued" for m in detail(t)["messages"] if m["direction"] == "outbound")


def say(t, n, text):
    t.eq(t.text_from_customer(CUSTOMER, text, f"SM{n:032x}").status, 200, f"{text!r} is taken")
    t.wait(lambda: len(replies(t)) == n and all_sent(t), "it is answered", 15)
    return replies(t)[n - 1]


@story
def a_customer_books_around_what_is_busy(t):
    sandbox = begin(t)
    day = workday()
    sandbox.request("POST", "/sandbox/calendar", {"calendar": DESK, "start": moment(day, "00:00"),
                                                  "end": moment(day, "14:00")})
    times, checked = free(t, day)
    t.eq((times[0], checked), ("14:00", None), "a busy morning is not offered")
    reply = say(t, 1, f"Hi, this is Maya Ortiz, can I get botox with Amara on {day:%B %-d}?")
    offered = [s["start"][11:] for c in events(t, "function_called") if c["name"] == "check_availability"
               for s in c["result"]["slots"] if s["start"].startswith(str(day))]
    t.ok(offered and min(offered) >= "14:00", "nor by the assistant", offered)
    reply = say(t, 2, f"3pm on {day:%B %-d} please")
    t.has(reply, "booked", "a free time is booked")
    t.wait(lambda: shown(sandbox) and idle(t), "it appears in the calendar", 15)
    entry = [e for e in shown(sandbox) if e[1] == "Botox"]
    t.eq([e[0] for e in entry], [moment(day, "15:00")], "once, at its time")
    t.eq("Maya" in json.dumps(shown(sandbox)), False, "without the customer's name")
    t.eq(events(t, "error"), [], "and without an error")
    appointment = t.sql("select id from appointments")[0][0]
    moved = t.request("PATCH", f"/api/appointments/{appointment}", {"start": moment(day, "09:00")}, token=t.token())
    t.eq(moved.status, 409, "the staff are kept from a busy time too")
    moved = t.request("PATCH", f"/api/appointments/{appointment}", {"start": moment(day, "15:15")}, token=t.token())
    t.eq(moved.status, 200, "moved a little, into its own time")
    t.wait(lambda: (moment(day, "15:15"), "Botox") in shown(sandbox), "it moves in the calendar", 15)
    say(t, 3, "please cancel my appointment")
    if t.sql("select status from appointments") != [["cancelled"]]:
        say(t, 4, "yes, cancel it")
    t.eq(t.sql("select status from appointments"), [["cancelled"]], "it is cancelled")
    t.wait(lambda: [e for e in shown(sandbox) if e[1] == "Botox"] == [], "and gone from the calendar", 15)


@story
def google_fails_and_the_customer_is_served(t):
    sandbox = begin(t)
    day = workday()
    fault(t, sandbox, status="hang", hang_ms=3000, on="busy", count=9)
    reply = say(t, 1, f"Hi, this is Maya Ortiz, botox with Amara on {day:%B %-d} at 3pm please")
    t.has(reply, "booked", "the built-in calendar is enough to book by")
    found = events(t, "error")
    t.eq([e["what"] for e in found], ["calendar"], "an event says that Google was not asked, once")
    called = [c["result"].get("calendar") for c in events(t, "function_called") if "calendar" in c["result"]]
    t.ok("not checked" in called, "and the tool's result too", called)
    t.wait(lambda: idle(t) and shown(sandbox) == [(moment(day, "15:00"), "Botox")], "the calendar follows", 15)
    t.eq(free(t, day)[1], "not checked", "the staff see that it was not asked")


@story
def it_appears_once_whatever_fails(t):
    t.errors_expected = True
    sandbox = begin(t)
    t.ava("providers", "put", "amara_cole", "--name", "Amara Cole", "--calendar", COLE)
    customer = t.post("/api/customers", {"name": "Maya Ortiz", "phone": CUSTOMER}, token=t.token())
    day = workday()
    hours = iter(range(9, 17))

    def book():
        hour = next(hours)
        made = t.post("/api/appointments", {"customer_id": customer.json["id"], "service": "botox", "provider": "amara_cole",
                                            "start": moment(day, f"{hour:02}:00")}, token=t.token())
        t.eq(made.status, 201, f"one is booked at {hour}")
        return made.json["id"]

    fault(t, sandbox, status=401, on="events")
    fault(t, sandbox, status=429, retry_after=1, on="events")
    fault(t, sandbox, status=403, on="events")
    fault(t, sandbox, status=500, on="events")
    book()
    wait_for(lambda: idle(t), 30, "the job to be done")
    t.eq(len(shown(sandbox, COLE)), 1, "there once after 401, 429, 403 and 500")

    fault(t, sandbox, status="after_send_timeout", hang_ms=4000, on="events")
    book()
    wait_for(lambda: idle(t), 30, "the job to be done")
    t.eq(len(shown(sandbox, COLE)), 2, "once, though Google took it and was silent")

    for on in ("events", "token"):
        fault(t, sandbox, status="after_send_timeout", hang_ms=4000, on=on)
        last = book()
        if on == "events":
            wait_for(lambda: len(shown(sandbox, COLE)) == 3, 10, "Google to have it")
        t.server.kill()
        t.start()
    wait_for(lambda: idle(t), 30, "the jobs to be done")
    t.eq(len(shown(sandbox, COLE)), 4, "once each, though the server was killed in between")
    known = t.sql("select count(distinct calendar_event_id) from appointments")
    t.eq(known, [["4"]], "each is known by its id")

    fault(t, sandbox, status="slow", latency_ms=700, on="events")
    gone = t.post(f"/api/appointments/{last}/cancel", {}, token=t.token())
    t.eq(gone.status, 200, "the last is cancelled")
    t.server.kill()
    t.start()
    wait_for(lambda: idle(t), 30, "the job to be done")
    t.eq(len(shown(sandbox, COLE)), 3, "and disappears, though the server was killed again")


@story
def a_key_that_cannot_be_read(t):
    t.settings.update(AVA_GOOGLE_CREDENTIALS=f"{t.dir}/nowhere.json", AVA_GOOGLE_CALENDAR=DESK)
    t.ava("schema", "create")
    t.has(t.ava("customers", "create", "--name", "Maya Ortiz"), "Maya Ortiz", "what needs no calendar goes on")
    t.has(t.ava("services", "list"), "services", "and so do lists")
    wanted = ("appointments", "create", "--customer_id", "1", "--service", "cut", "--start", "2030-01-02T10:00:00Z")
    for command in (wanted, ("appointments", "cancel", "1"), ("appointments", "availability", "--service", "cut"), ("calendar", "sync")):
        run = subprocess.run([BINARY, *command], capture_output=True, text=True, cwd=t.dir, env=t.environment())
        t.ok(run.returncode != 0 and "AVA_GOOGLE_CREDENTIALS" in run.stderr, f"{' '.join(command[:2])} says what is wrong",
             run.stdout + run.stderr)
    run = subprocess.run([BINARY, "serve"], capture_output=True, text=True, cwd=t.dir, env=t.environment(), timeout=30)
    t.ok(run.returncode != 0 and "AVA_GOOGLE_CREDENTIALS" in run.stderr, "the server does not start", run.stderr)


@story
def what_was_booked_before(t):
    """Appointments of a time without Google are entered when it is set up."""
    t.ava("schema", "create")
    t.ava("business", "seed", SEED)
    day = workday()
    customer = json.loads(t.ava("customers", "create", "--name", "Maya Ortiz"))["id"]
    for clock in ("10:00", "13:00"):
        t.ava("appointments", "create", "--customer-id", str(customer), "--service", "botox", "--provider",
              "amara_cole", "--start", moment(day, clock))
    t.ava("calendar", "sync", status=73)
    sandbox = begin(t)
    t.eq(t.post("/api/calendar/sync", {}, token=t.token()).json, {"ordered": 2}, "both are ordered")
    t.wait(lambda: idle(t) and len(shown(sandbox)) == 2, "both appear", 15)
    t.eq(json.loads(t.ava("calendar", "sync")), {"ordered": 0}, "nothing is left to do")


if __name__ == "__main__":
    main()
