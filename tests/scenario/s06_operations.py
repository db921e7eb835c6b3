#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every operation, by HTTP and by command line; every answer is what the OpenAPI document says."""
import datetime
import json
import os

from ava_test import ROOT, main, story
from conforms import Document

QUICK = True
API = "/api/admin/communications"
VOICE = {"duration_seconds": 192, "recording_url": "https://example.com/r.mp3", "interruption_count": 2,
         "transcript_segments": [{"speaker": "customer", "text": "Hi", "timestamp": 0.5}],
         "function_calls": [{"name": "book", "args": {}, "result": {}, "timestamp": 3}]}
SMS = {"from_number": "+15550100001", "to_number": "+15550199999", "provider_message_id": "SM1",
       "delivery_status": "delivered", "media_urls": ["https://example.com/a,b\".jpg"]}
EMAIL = {"subject": "Grüße", "body_text": "Hi", "from_address": "a@example.com", "to_address": "b@example.com",
         "cc_addresses": ["c@example.com", "d, \"e\" <f@example.com>"], "references": ["<1@x>", "<2@x>"],
         "attachments": [{"filename": "a.pdf", "content_type": "application/pdf", "size": 1, "url": "x"}]}


class Client:
    """Calls operations and holds each answer against the document."""

    def __init__(self, t):
        self.t, self.document = t, Document(t.get("/openapi.json").json)

    def call(self, method, template, body=None, status=200, query="", headers=None, **path):
        url = template.format(**path) + query
        answer = self.t.request(method, url, body, token=self.t.token(), headers=headers)
        name = f"{method} {template}"
        self.t.eq(answer.status, status, f"{name}: {status}")
        self.t.eq(self.document.answer_faults(method, template, answer), [], f"{name}: as documented")
        return answer.json


def add(client, conversation, direction, content):
    return client.call("POST", API + "/{conversation_id}/messages", {"direction": direction, "content": content},
                       201, conversation_id=conversation)


def change_a_customer(t, c, who):
    path = "/api/customers/{customer_id}"
    now = c.call("PATCH", path, {"name": "Anna Berg", "email": "", "notes": "Tea", "zone": "America/Chicago",
                                 "has_allergies": False, "phone": "555 010 0009"}, customer_id=who)
    t.eq([now[k] for k in ("name", "email", "notes", "zone", "has_allergies", "phone")],
         ["Anna Berg", None, "Tea", "America/Chicago", False, "+15550100009"], "changed; an empty text takes away")
    c.call("PATCH", path, {"zone": "Chicago"}, 422, customer_id=who)
    c.call("PATCH", path, {"phone": "12"}, 422, customer_id=who)
    c.call("PATCH", path, {"name": "N"}, 404, customer_id=99)
    c.call("POST", "/api/customers", {"name": "Cy Bergmann", "phone": "+15550100008"}, 201)
    c.call("PATCH", path, {"phone": "+15550100008"}, 409, customer_id=who)
    kept = c.call("PATCH", path, {"phone": "+15550100002", "email": "anna@example.com", "name": "Anna Ångström"}, customer_id=who)
    t.eq((kept["notes"], kept["is_pregnant"]), ("Tea", None), "what is not given stays")
    found = lambda q: [k["name"] for k in c.call("GET", "/api/admin/customers", query="?page_size=1&q=" + q)["customers"]]
    t.eq([found(q) for q in ("berg", "0100002", "anna%40", "nobody")],
         [["Cy Bergmann"], ["Anna Ångström"], ["Anna Ångström"], []], "found by words")
    one = c.call("GET", "/api/admin/customers", query="?page_size=1&q=555")
    two = c.call("GET", "/api/admin/customers", query=f"?page_size=1&q=555&cursor={one['next_cursor']}")
    t.eq((one["total"], one["customers"][0]["name"], two["customers"][0]["name"], two["next_cursor"]),
         (2, "Cy Bergmann", "Anna Ångström", None), "page by page")


@story
def the_core_operations(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    anna = c.call("POST", "/api/customers", {"name": "Anna Ångström", "phone": "(555) 010-0002",
                                             "email": "anna@example.com", "has_allergies": True}, 201)
    t.eq((anna["phone"], anna["is_pregnant"]), ("+15550100002", None), "the number is E.164, the unknown is null")
    link = c.call("POST", "/api/admin/voice/links", {"customer_id": anna["id"], "minutes": 5}, 201)
    t.eq(link["customer_id"], anna["id"], "a link for a call is one customer's")
    again = t.post("/api/customers", {"name": "B", "phone": "+15550100002"}, token=t.token())
    t.eq(again.status, 409, "a number is one customer's")

    begun = c.call("POST", API, {"channel": "voice", "customer_id": anna["id"], "metadata": {"a": [1, "ß"]}}, 201)
    one = begun["id"]
    t.eq((begun["customer"]["name"], begun["metadata"]), ("Anna Ångström", {"a": [1, "ß"]}), "it has its customer")
    for kind, body in (("voice", VOICE), ("sms", SMS), ("email", EMAIL)):
        message = add(c, one, "inbound", f"by {kind} 🌸")
        template = "/api/admin/messages/{message_id}/" + kind
        told = c.call("POST", template, body, 201, message_id=message["id"])
        t.ok(all(told[kind][k] == v for k, v in body.items() if k in told[kind]), f"{kind} details read back", told)
        twice = t.post(template.format(message_id=message["id"]), body, token=t.token())
        t.eq(twice.status, 409, f"{kind} details come once")
    event = c.call("POST", API + "/{conversation_id}/events", {"event_type": "intent_detected", "details": {"i": 1}},
                   201, conversation_id=one)
    shown = c.call("GET", API + "/{conversation_id}", conversation_id=one)
    t.eq([m["content"] for m in shown["messages"]], ["by voice 🌸", "by sms 🌸", "by email 🌸"], "messages in order")
    t.ok(event["id"] in [e["id"] for e in shown["events"]], "the event is there", shown["events"])
    t.ok(shown["conversation"]["last_activity_at"] > begun["last_activity_at"], "the activity moved")

    done = c.call("POST", API + "/{conversation_id}/complete", {}, conversation_id=one)
    t.ok(done["status"] == "completed" and done["completed_at"], "completed", done)
    c.call("POST", API + "/{conversation_id}/complete", {}, conversation_id=one)
    failed = t.post(f"{API}/{one}/complete", {"status": "failed"}, token=t.token())
    t.eq(failed.status, 409, "what is completed cannot fail")
    t.wait(lambda: t.get(f"{API}/{one}", token=t.token()).json["conversation"]["outcome"], "scored by a job")
    scored = c.call("POST", API + "/{conversation_id}/score", {"satisfaction_score": 9, "sentiment": "positive",
                    "outcome": "appointment_scheduled", "ai_summary": "All is well."}, conversation_id=one)
    t.eq((scored["satisfaction_score"], scored["outcome"]), (9, "appointment_scheduled"), "a given score stands")

    for path, key in (("/api/admin/customers/{customer_id}/timeline", "entries"),
                      ("/api/customers/{customer_id}/history", "calls")):
        t.eq(len(c.call("GET", path, customer_id=anna["id"])[key]), 1, f"{key} has the call")
    for only, n in (("voice", 1), ("sms", 0), ("appointment", 0)):
        part = c.call("GET", "/api/admin/customers/{customer_id}/timeline", query=f"?only={only}", customer_id=anna["id"])
        t.eq(len(part["entries"]), n, f"the timeline's {only} alone")
    change_a_customer(t, c, anna["id"])
    c.call("GET", "/api/customers/{customer_id}", customer_id=anna["id"])
    c.call("GET", "/api/admin/customers")
    c.call("GET", "/api/appointments", query="?start_date=2026-01-01&end_date=2026-12-31")
    t.eq(c.call("GET", "/api/me")["kind"], "token", "a token knows itself")


@story
def files_are_uploaded(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    there = c.call("POST", API, {"channel": "sms"}, 201)["id"]
    path, new = API + "/{conversation_id}/uploads", {"filename": "a.txt", "size_bytes": 5}
    made = c.call("POST", path, new, 201, conversation_id=there)
    c.call("POST", path, {**new, "filename": "a/b"}, 422, conversation_id=there)
    c.call("POST", path, {**new, "size_bytes": 99999999}, 422, conversation_id=there)
    c.call("POST", path, new, 404, conversation_id=made["id"])
    piece = "/api/admin/uploads/{upload_id}/pieces/{position}"
    got = c.call("PUT", piece, {"content": "SGVsbG8="}, upload_id=made["id"], position=0)
    t.eq((got["received_bytes"], got["size_bytes"]), (5, 5), "the file is there")
    c.call("PUT", piece, {"content": "?"}, 422, upload_id=made["id"], position=0)
    c.call("PUT", piece, {"content": "SGVsbG8="}, 404, upload_id=there, position=0)
    c.call("DELETE", "/api/admin/uploads/{upload_id}", upload_id=made["id"])
    c.call("DELETE", "/api/admin/uploads/{upload_id}", None, 404, upload_id=made["id"])


@story
def templates_and_views(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    one, path = {"name": "Directions", "body": "Hi {{ customer_first_name }}, we are at Main Street."}, "/api/admin/reply-templates"
    made = c.call("POST", path, one, 201)
    t.eq((made["channel"], made["body"]), ("any", one["body"]), "for any channel")
    c.call("POST", path, one, 409)
    for body in ("{{nobody}}", "Hi {{customer_name", "{{}}"):
        c.call("POST", path, {"name": "Wrong", "body": body}, 422)
    c.call("POST", path, {"name": "Bye", "channel": "email", "body": "{{my_name}}"}, 201)
    changed = c.call("PATCH", path + "/{template_id}", {"channel": "sms"}, template_id=made["id"])
    t.eq((changed["name"], changed["channel"], changed["body"]), ("Directions", "sms", one["body"]), "what is not given stays")
    t.eq(c.call("PATCH", path + "/{template_id}", {"channel": "any"}, template_id=made["id"])["channel"], "any", "for any again")
    c.call("PATCH", path + "/{template_id}", {"name": "Bye"}, 409, template_id=made["id"])
    t.eq([k["name"] for k in c.call("GET", path)["templates"]], ["Bye", "Directions"], "by name")
    c.call("DELETE", path + "/{template_id}", template_id=made["id"])
    c.call("DELETE", path + "/{template_id}", None, 404, template_id=made["id"])
    agent = t.token("agent", "--role", "agent")
    ask = lambda method, path, body=None: t.request(method, path, body, token=agent)
    t.eq(ask("POST", path, one).status, 403, "who answers does not make them")
    t.eq(len(ask("GET", path).json["templates"]), 1, "but takes them")

    path, mine = "/api/admin/views", {"name": "Unread texts", "filters": {"channel": "sms", "unread": True}}
    view = c.call("POST", path, mine, 201)
    t.eq((view["filters"], view["mine"], view["shared"]), (mine["filters"], True, False), "a view of one's own")
    for filters in ({"page": 2}, {"colour": "red"}, {"channel": {"not": "sms"}}):
        c.call("POST", path, {"name": "x", "filters": filters}, 422)
    t.eq(ask("GET", path).json["views"], [], "is nobody else's")
    t.eq(ask("PATCH", f"{path}/{view['id']}", {"name": "x"}).status, 404, "to change neither")
    c.call("PATCH", path + "/{view_id}", {"shared": True}, view_id=view["id"])
    seen = ask("GET", path).json["views"]
    t.eq([(v["name"], v["mine"], v["may_change"]) for v in seen], [("Unread texts", False, False)], "until it is everybody's")
    t.eq(ask("DELETE", f"{path}/{view['id']}").status, 403, "who does not own it leaves it")
    shared = ask("POST", path, {"name": "Calls", "filters": {"channel": "voice"}, "shared": True}).json
    c.call("PATCH", path + "/{view_id}", {"name": "All calls", "filters": {"channel": "voice", "status": "active"}}, view_id=shared["id"])
    t.eq([v["name"] for v in c.call("GET", path)["views"]], ["All calls", "Unread texts"], "who may change settings changes it")
    c.call("DELETE", path + "/{view_id}", view_id=shared["id"])
    c.call("DELETE", path + "/{view_id}", None, 404, view_id=shared["id"])


@story
def who_answers(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start(AVA_SEND_RUNNERS="0")
    c = Client(t)
    said = c.call("POST", "/api/admin/messages", {"to": "(555) 010-0002", "content": "Hello", "hold": True}, 201)
    page = c.call("GET", API)["conversations"]
    one = {"conversation_id": page[0]["id"]}
    t.eq((said["sms"]["to_number"], said["sms"]["delivery_status"]), ("+15550100002", "queued"), "it waits to be sent")
    held = c.call("GET", API + "/{conversation_id}", **one)["held_by"]
    t.eq((held["kind"], held["name"], held["mine"]), ("token", "t", True), "whoever wrote has it")
    t.eq(c.call("POST", API + "/{conversation_id}/hand-back", {}, **one)["held_by"], None, "handed back")
    c.call("POST", API + "/{conversation_id}/take-over", {"minutes": 5}, **one)
    reply = c.call("POST", API + "/{conversation_id}/reply", {"content": "More"}, 201, **one)
    t.eq(reply["sms"]["to_number"], "+15550100002", "a reply goes to the same number")
    c.call("POST", API + "/{conversation_id}/complete", {}, **one)
    t.eq(c.call("POST", API + "/{conversation_id}/reopen", {}, **one)["completed_at"], None, "reopened")


@story
def pages_are_exact_by_number_and_by_cursor(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    made = []
    for i in range(25):
        body = {"channel": ("sms", "voice", "email")[i % 3], "initiated_at": f"2026-01-{i // 2 + 1:02d}T10:00:00Z"}
        made.append(c.call("POST", API, body, 201)["id"])
    first = c.call("GET", API, query="?page_size=10")
    t.eq((first["total"], first["total_pages"], len(first["conversations"])), (25, 3, 10), "the first page")
    numbered = [r["id"] for p in (1, 2, 3)
                for r in c.call("GET", API, query=f"?page_size=10&page={p}")["conversations"]]
    read, cursor = [], ""
    while cursor is not None:
        page = c.call("GET", API, query="?page_size=7" + (f"&cursor={cursor}" if cursor else ""))
        read += [r["id"] for r in page["conversations"]]
        cursor = page["next_cursor"]
    t.eq(read, numbered, "by cursor the same rows in the same order")
    t.eq(sorted(read), sorted(made), "each once")
    sms = c.call("GET", API, query="?channel=sms&status=active")
    t.eq((sms["total"], {r["channel"] for r in sms["conversations"]}), (9, {"sms"}), "a filter's total is exact")
    c.call("POST", API + "/{conversation_id}/complete", {}, conversation_id=sms["conversations"][0]["id"])
    t.eq(c.call("GET", API, query="?channel=sms&status=active")["total"], 8, "and follows a change")


@story
def the_list_is_filtered(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    ask = lambda query: c.call("GET", API, query="?" + query)
    names = lambda query: [r["customer_name"] for r in ask(query)["conversations"]]
    made = {}
    for i, (name, phone, matter) in enumerate((("Åsa Berg", "+15550100011", "peel"), ("Bo Lund", "+15550100012", "facial"),
                                               ("Cy Åberg", None, "serum"))):
        who = c.call("POST", "/api/customers", {"name": name, **({"phone": phone} if phone else {})}, 201)["id"]
        made[name] = c.call("POST", API, {"channel": "sms", "customer_id": who, "subject": "Matter: " + matter,
                                          "initiated_at": f"2026-01-0{i + 1}T10:00:00Z"}, 201)["id"]
    add(c, made["Bo Lund"], "inbound", "What  is it\nabout? " + "ß" * 200)
    bo = ask("q=bo+lund")["conversations"][0]
    t.ok(bo["preview"].startswith("What is it about? ß") and len(bo["preview"].encode()) < 160, "a line of it", bo)
    t.eq((bo["preview_direction"], bo["assigned_to"], bo["tags"]), ("inbound", None, []), "and what else there is")
    t.eq(names("q=%C3%A5"), ["Cy Åberg", "Åsa Berg"], "capitals do not count")
    t.eq((names("q=0100-011"), names("q=matter+serum"), names("q=nobody")), (["Åsa Berg"], ["Cy Åberg"], []),
         "a number however it is written, the subject, and nothing")
    first = ask("q=matter&page_size=2")
    t.eq((first["total"], first["total_is_exact"], len(first["conversations"])), (3, True, 2), "words have pages, too")
    t.eq(names("q=matter&page_size=2&cursor=" + first["next_cursor"]), ["Åsa Berg"], "by cursor")
    t.eq(names("q=matter&page_size=2&page=2"), ["Åsa Berg"], "and by number")
    t.eq(names("from=2026-01-02T00:00:00Z&until=2026-01-03T00:00:00Z"), ["Bo Lund"], "those that began in a span")
    c.call("POST", API + "/{conversation_id}/score", {"satisfaction_score": 2, "sentiment": "negative",
                    "outcome": "complaint"}, conversation_id=made["Cy Åberg"])
    for query in ("sentiment=negative", "outcome=complaint", "outcome=complaint&sentiment=negative&channel=sms"):
        t.eq((names(query), ask(query)["total"]), (["Cy Åberg"], 1), query)
    t.eq(ask("outcome=complaint&channel=voice")["total"], 0, "all filters hold")
    c.call("POST", API + "/{conversation_id}/events", {"event_type": "escalation_requested"}, 201,
           conversation_id=made["Åsa Berg"])
    t.eq((names("needs_person=true"), ask("needs_person=false")["total"]), (["Åsa Berg"], 2), "a person is needed")
    c.call("POST", API + "/{conversation_id}/take-over", {}, conversation_id=made["Åsa Berg"])
    t.eq(names("needs_person=true"), [], "until one takes over")
    t.eq(len(names("assigned=none&snoozed=false")), 3, "nobody has them")
    for query, status in (("assigned=me", 400), ("assigned=x1", 400), ("outcome=fax", 400), ("q=", 400)):
        t.eq(t.get(API + "?" + query, token=t.token()).status, status, f"{query} is refused")


def sign_in(t, name):
    """A member of the staff: their id, and the headers of their session."""
    email = name.lower() + "@example.com"
    t.ava("user", "add", "--email", email, "--name", name, "--role", "agent", AVA_PASSWORD="correct horse")
    cookie = t.post("/api/session", {"email": email, "password": "correct horse"}).header("Set-Cookie")
    own = {"Cookie": cookie.split(";")[0], "X-Ava-Request": "1"}
    staff = t.request("GET", "/api/admin/staff", headers=own).json["staff"]
    return next(m["id"] for m in staff if m["name"] == name), own


@story
def the_staff_at_work(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    (dana, d), (eli, e) = sign_in(t, "Dana"), sign_in(t, "Eli")
    t.eq([m["name"] for m in c.call("GET", "/api/admin/staff")["staff"]], ["Dana", "Eli"], "the staff by name")
    ids = [c.call("POST", API, {"channel": "web", "initiated_at": f"2026-01-0{i + 1}T10:00:00Z"}, 201)["id"]
           for i in range(3)]
    one = {"conversation_id": ids[0]}

    def ask(own, query):
        return [r["id"] for r in t.request("GET", API + "?" + query, headers=own).json["conversations"]]

    def act(own, path, body=None, method="POST", status=200):
        answer = t.request(method, API + path, {} if body is None and method == "POST" else body, headers=own)
        t.eq(answer.status, status, f"{method} {path}: {answer.text[:200]}")
        return answer.json

    t.eq(ask(d, "unread=true"), [], "nothing is unread before a customer writes")
    add(c, ids[0], "inbound", "Hello?")
    add(c, ids[1], "outbound", "From us")
    t.eq((ask(d, "unread=true"), ask(e, "unread=true")), ([ids[0]], [ids[0]]), "a customer's words are, to each")
    t.eq(act(d, f"/{ids[0]}/read")["unread"], False, "read")
    t.eq((ask(d, "unread=true"), ask(e, "unread=true")), ([], [ids[0]]), "by one, not by the other")
    t.eq(len(ask(d, "unread=false")), 3, "so all of it is")
    act(d, f"/{ids[0]}/unread")
    t.eq(t.request("GET", f"{API}/{ids[0]}", headers=d).json["conversation"]["unread"], True, "and unread again")
    t.eq(t.post(f"{API}/{ids[0]}/read", {}, token=t.token()).status, 422, "a program does not read")

    t.eq(act(d, f"/{ids[0]}/assign", {"to": "me"})["assigned_to"], {"id": dana, "name": "Dana"}, "mine")
    t.eq((ask(d, "assigned=me"), ask(e, "assigned=me"), ask(e, "assigned=" + dana)), ([ids[0]], [], [ids[0]]), "hers")
    given = c.call("POST", API + "/{conversation_id}/assign", {"to": eli}, conversation_id=ids[1])
    t.eq((given["assigned_to"]["name"], ask(e, "unread=true&assigned=me")), ("Eli", [ids[1]]), "who gets it sees it")
    t.eq(ask(e, "assigned=none"), [ids[2]], "the rest is nobody's")
    t.eq(c.call("POST", API + "/{conversation_id}/assign", {"to": "me"}, 422, **one)["errors"][0]["field"], "to",
         "nothing is a program's")

    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)).isoformat()
    later = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)).isoformat()
    c.call("POST", API + "/{conversation_id}/snooze", {"until": "2020-01-01T00:00:00Z"}, 422, **one)
    for which, until in ((0, soon), (1, later), (2, later)):
        put_off = c.call("POST", API + "/{conversation_id}/snooze", {"until": until}, conversation_id=ids[which])
        t.ok(put_off["snoozed_until"], "put off", put_off)
    act(d, f"/{ids[0]}/read")
    add(c, ids[1], "inbound", "Still there?")
    t.eq(ids[1] in ask(d, "snoozed=true"), False, "the customer wrote: it is back")
    back = c.call("POST", API + "/{conversation_id}/unsnooze", {}, conversation_id=ids[2])
    t.eq(back["snoozed_until"], None, "had back")
    t.wait(lambda: ask(d, "snoozed=true") == [] and ids[0] in ask(d, "unread=true"), "its time came: it is back, unread")

    note = c.call("POST", API + "/{conversation_id}/notes", {"content": "She is allergic to latex."}, 201, **one)
    hers = act(d, f"/{ids[0]}/notes", {"content": "I call her."}, status=201)
    shown = c.call("GET", API + "/{conversation_id}", **one)
    t.eq([(n["author"], n["mine"]) for n in shown["notes"]], [("t", True), ("Dana", False)], "notes are in the thread")
    t.eq(len(shown["messages"]), 1, "and are no messages")
    t.ok({"assigned", "snoozed", "snooze_over"} <= {x["event_type"] for x in shown["events"]}, "it is told", shown["events"])
    t.eq(t.request("DELETE", "/api/admin/notes/" + hers["id"], headers=e).status, 403, "a colleague's note stays")
    c.call("DELETE", "/api/admin/notes/{note_id}", note_id=note["id"])
    c.call("DELETE", "/api/admin/notes/{note_id}", None, 404, note_id=note["id"])

    tag = c.call("POST", "/api/admin/tags", {"name": "VIP", "colour": "#AA0000"}, 201)
    c.call("POST", "/api/admin/tags", {"name": "VIP"}, 409)
    c.call("POST", "/api/admin/tags", {"name": "x", "colour": "redd..."}, 422)
    on = c.call("PUT", API + "/{conversation_id}/tags/{tag_id}", tag_id=tag["id"], **one)
    t.eq((on["tags"], ask(d, "tag=" + tag["id"])), ([tag["id"]], [ids[0]]), "a tag is on")
    c.call("PUT", API + "/{conversation_id}/tags/{tag_id}", None, 404, tag_id=ids[0], **one)
    c.call("PATCH", "/api/admin/tags/{tag_id}", {"name": "Regular"}, tag_id=tag["id"])
    t.eq([(x["name"], x["colour"], x["conversations"]) for x in c.call("GET", "/api/admin/tags")["tags"]],
         [("Regular", "#AA0000", 1)], "tags are listed")
    t.eq(c.call("DELETE", API + "/{conversation_id}/tags/{tag_id}", tag_id=tag["id"], **one)["tags"], [], "and off")

    unknown = "01890000-0000-7000-8000-000000000000"
    done = c.call("POST", API + "/bulk", {"conversation_ids": ids + [unknown], "add_tag": tag["id"], "assign": eli,
                                         "needs_person": True, "status": "completed"})
    t.eq((done["done"], [f["conversation_id"] for f in done["failed"]]), (3, [unknown]), "done to those that are there")
    t.eq((len(ask(e, "tag=" + tag["id"])), len(ask(e, "assigned=me&needs_person=true&status=completed"))), (3, 3), "all of it")
    act(e, "/bulk", {"conversation_ids": ids, "read": True, "remove_tag": tag["id"], "assign": "none"})
    t.eq((ask(e, "unread=true"), ask(e, "tag=" + tag["id"]), len(ask(e, "assigned=none"))), ([], [], 3), "and undone")
    t.eq(c.call("POST", API + "/{conversation_id}/needs-person", {"needed": False}, **one)["needs_person"], False, "looked")
    c.call("POST", API + "/bulk", {"conversation_ids": ids, "add_tag": unknown}, 422)
    c.call("POST", API + "/bulk", {"conversation_ids": ["x"]}, 422)
    c.call("POST", API + "/bulk", {"conversation_ids": []}, 422)
    c.call("DELETE", "/api/admin/tags/{tag_id}", tag_id=tag["id"])


@story
def figures(t):
    """Each figure is what the list shows behind it."""
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    c.call("PATCH", "/api/admin/business", {"facts": {"time_zone": "America/New_York"}})
    at = lambda day, time: f"2026-03-{day:02d}T{time}Z"

    def talk(channel, day, score=None, staff=None, after=0, **events):
        one = {"conversation_id": c.call("POST", API, {"channel": channel, "initiated_at": at(day, "15:00:00")}, 201)["id"]}
        say = lambda direction, time, **more: c.call("POST", API + "/{conversation_id}/messages", {
            "direction": direction, "content": "x", "sent_at": at(day, time), **more}, 201, **one)
        say("inbound", "15:00:00")
        if after:
            said = {"metadata": {"said_by": "staff"}} if staff else {}
            say("outbound", f"15:{after // 60:02d}:{after % 60:02d}", **said)
        for name, details in events.items():
            c.call("POST", API + "/{conversation_id}/events", {"event_type": name, "details": details}, 201, **one)
        if score:
            c.call("POST", API + "/{conversation_id}/score", {"satisfaction_score": score}, **one)

    talk("sms", 3, score=4) # of the span before
    talk("sms", 11, score=8, after=10, intent_detected={"intent": "book"})
    talk("sms", 11, score=6, after=20, staff=True, escalation_requested={"reason": "complaint"})
    talk("sms", 12, after=60, function_called={"name": "check_availability"})
    talk("voice", 12, score=9, appointment_action={"action": "booked"})

    def rows(report, **match):
        told = c.call("GET", "/api/admin/analytics", query=f"?report={report}&from=2026-03-09&until=2026-03-15")
        t.eq((told["before_from"], told["zone"], told["complete"]), ("2026-03-02", "America/New_York", True), "of when")
        for r in told["rows"]:
            if r["n"] and r["measure"] in ("conversations", "escalations"):
                t.eq(c.call("GET", API, query="?" + r["query"])["total"], r["n"], f"{report}: the list has what is behind it")
        return [r for r in told["rows"] if all(r[k] == v for k, v in match.items())]

    one = lambda *a, **b: [(r["value"], r["before"]) for r in rows(*a, **b)]
    t.eq(one("volume", channel=None, day=None), [(4, 1)], "four, and one in the week before")
    t.eq(one("volume", channel="sms", day="2026-03-11"), [(2, None)], "by day and channel")
    t.eq(one("satisfaction", channel="sms"), [(7, 4)], "a mean of those that have a score")
    t.eq(one("satisfaction", answered_by="staff") + one("satisfaction", answered_by="assistant"), [(6, None), (8.5, None)],
         "by who answered")
    t.eq([r["value"] for r in rows("funnel", channel=None)], [4, 3, 2, 1, 0], "fewer get further")
    t.eq(one("response", channel="sms", measure="first_response_median"), [(20, None)], "half are answered in so many s")
    t.eq(one("response", channel="sms", measure="first_response_p90"), [(60, None)], "and nine of ten")
    t.eq([(r["weekday"], r["hour"], r["n"]) for r in rows("hours") if r["n"]], [(3, 11, 2), (4, 11, 2)],
         "in the business's zone, in summer time")
    t.eq(one("escalations", channel="sms", day=None), [(1, 0), (33.33, 0)], "a person was asked for")
    csv = t.get("/api/admin/analytics?report=volume&from=2026-03-11&until=2026-03-12&format=csv", token=t.token())
    t.eq(csv.header("Content-Type"), "text/csv; charset=utf-8", "as CSV")
    t.ok("\r\n2026-03-11,sms,,,,,conversations,2,,2\r\n" in csv.text, "with the same rows", csv.text)
    for query, field in (("report=x", "report"), ("report=volume&from=2026-3-1", "from"),
                         ("report=volume&from=2020-01-01&until=2026-01-01", "from")):
        wrong = t.get("/api/admin/analytics?" + query, token=t.token())
        t.eq((wrong.status, wrong.json["errors"][0]["field"]), (400, field), f"{query} is refused")


@story
def the_same_by_command_line(t):
    t.ava("schema", "create")
    run = lambda *words: json.loads(t.ava(*words))
    who = run("customers", "create", "--name", "Bo", "--phone", "+15550100003")
    one = run("conversations", "create", "--channel", "email", "--customer-id", str(who["id"]))
    message = run("conversations", "add-message", one["id"], "--direction", "inbound", "--content", "Hello")
    run("messages", "add-email", message["id"], *[w for k, v in EMAIL.items() for w in (
        "--" + k.replace("_", "-"), v if isinstance(v, str) else json.dumps(v))])
    run("conversations", "add-event", one["id"], "--event-type", "intent_detected", "--details", '{"a":1}')
    run("conversations", "complete", one["id"])
    run("conversations", "score", one["id"])
    shown = run("conversations", "show", one["id"])
    t.eq(shown["messages"][0]["email"]["subject"], "Grüße", "what one command wrote another shows")
    t.ok(shown["conversation"]["outcome"], "scored", shown)
    t.eq(run("conversations", "list", "--channel", "email")["total"], 1, "listed")
    t.eq(run("customers", "show", str(who["id"]))["name"], "Bo", "the customer is there")
    t.ava("conversations", "show", "nonsense", status=65)
    t.ava("conversations", "list", "--channel", "fax", status=65)
    t.has(t.ava("conversations", "list", "--help"), "--page_size", "a command says what it takes")
    t.ava("no-such-command", status=64)


def open_a_salon(c):
    """Open every day from 09:00 to 17:00 in New York; Ann and Bo cut, Ann colors."""
    hours = [{"weekday": d, "opens": "09:00", "closes": "17:00"} for d in range(1, 8)]
    c.call("PATCH", "/api/admin/business", {"facts": {"time_zone": "America/New_York"},
                                            "booking": {"notice_minutes": 60, "horizon_days": 60}})
    c.call("PUT", "/api/admin/business/hours", {"hours": hours})
    for key, minutes in (("cut", 30), ("color", 60)):
        c.call("PUT", "/api/admin/services/{key}", {"name": key.title(), "duration_minutes": minutes,
                                                    "buffer_minutes": 15 if key == "color" else 0}, key=key)
    c.call("PUT", "/api/admin/providers/{key}", {"name": "Ann Lee", "services": ["cut", "color"]}, key="ann")
    c.call("PUT", "/api/admin/providers/{key}", {"name": "Bo Stone", "services": ["cut"]}, key="bo")


@story
def appointments_by_http(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    a, one = "/api/appointments", "/api/appointments/{appointment_id}"
    open_a_salon(c)
    who = c.call("POST", "/api/customers", {"name": "Maya Ortiz", "phone": "+15550100001"}, 201)["id"]
    talk = c.call("POST", API, {"channel": "sms", "customer_id": who}, 201)["id"]
    day = (datetime.date.today() + datetime.timedelta(days=7)).isoformat()
    free = c.call("GET", a + "/availability", query=f"?service=color&date_from={day}&date_to={day}&limit=3")
    t.eq([s["local_start"][11:] for s in free["slots"]], ["09:00", "12:30", "16:00"], "a day's times are spread")
    start = free["slots"][0]["start"]
    wish = {"customer_id": who, "service": "color", "start": start, "conversation_id": talk}
    made = c.call("POST", a, wish, 201, headers={"Idempotency-Key": "k1"})
    again = c.call("POST", a, wish, 201, headers={"Idempotency-Key": "k1"})
    t.eq((made["id"], made["provider"], made["booked_by"], made["status"], made["duration_minutes"]),
         (again["id"], "Ann Lee", "staff", "scheduled", 60), "booked, once")
    taken = t.post(a, wish, token=t.token())
    t.eq((taken.status, taken.json["errors"][0]["field"]), (409, "start"), "nobody else gets that time")
    listed = c.call("GET", a, query=f"?start_date={day}&end_date={day}&provider=ann")
    t.eq((listed["total"], [(x["service_name"], x["conflicts"]) for x in listed["appointments"]]), (1, [("Color", False)]),
         "a provider's day, with names")
    t.eq(c.call("GET", a, query="?provider=bo&status=scheduled")["total"], 0, "another's is empty")
    t.sql("INSERT INTO appointments (id, customer_id, appointment_datetime, service_type, provider_key, duration_minutes, "
          "status) SELECT 999999, customer_id, appointment_datetime, 'old', 'ann', 30, 'scheduled' FROM appointments")
    twice = c.call("GET", a, query=f"?start_date={day}&end_date={day}&provider=ann")["appointments"]
    t.eq([(x["service_name"], x["conflicts"]) for x in twice], [("Color", True), (None, True)], "a conflict shows")
    t.sql("DELETE FROM appointments WHERE service_type = 'old'")
    t.has(taken.json["detail"], f"{day}T10:15 (Ann Lee)", "other times are named")
    t.eq(t.post(a, {**wish, "outside_hours": True}, token=t.token()).status, 409, "nor does the staff")
    full = c.call("GET", a + "/availability", query=f"?service=color&provider=bo&date_from={day}")
    t.eq((full["slots"], full["reason"]), ([], "not_offered"), "it says why there is none")

    early = (datetime.datetime.fromisoformat(start.replace("Z", "+00:00")) - datetime.timedelta(hours=3)).isoformat()
    told = c.call("PATCH", one, {"start": early}, 422, appointment_id=made["id"])
    t.has(told["detail"], "nobody who gives it works then", "hours count")
    moved = c.call("PATCH", one, {"start": early, "outside_hours": True, "special_requests": "Tea"},
                   appointment_id=made["id"])
    t.eq((moved["appointment_datetime"] < start, moved["special_requests"], moved["revision"]), (True, "Tea", 1), "moved")
    c.call("POST", a, wish, 201)
    c.call("PATCH", one, {"provider": "bo"}, 422, appointment_id=made["id"])
    c.call("PATCH", one, {"status": "completed"}, 422, appointment_id=made["id"])
    noted = c.call("PATCH", one, {"special_requests": "Coffee"}, appointment_id=made["id"])
    t.eq((noted["special_requests"], noted["appointment_datetime"]), ("Coffee", moved["appointment_datetime"]), "noted")
    gone = c.call("POST", one + "/cancel", {"reason": "Ill"}, appointment_id=made["id"])
    back = c.call("POST", one + "/restore", {}, appointment_id=made["id"])
    t.eq((back["status"], back["appointment_datetime"], back["cancellation_reason"], back["provider_key"]),
         ("scheduled", noted["appointment_datetime"], None, noted["provider_key"]), "a cancellation is taken back")
    c.call("POST", one + "/restore", {}, 409, appointment_id=made["id"])
    c.call("POST", a, {**wish, "start": noted["appointment_datetime"], "outside_hours": True}, 409)
    c.call("POST", one + "/cancel", {"reason": "Ill"}, appointment_id=made["id"])
    t.eq((gone["status"], gone["cancellation_reason"]), ("cancelled", "Ill"), "cancelled")
    c.call("POST", one + "/cancel", {}, 409, appointment_id=made["id"])
    c.call("GET", one, status=404, appointment_id=99)
    t.eq(c.call("GET", one, appointment_id=made["id"])["status"], "cancelled", "shown")
    t.eq(c.call("GET", a, query="?status=scheduled")["total"], 1, "listed")
    told = [e["details"]["action"] for e in c.call("GET", API + "/{conversation_id}", conversation_id=talk)["events"]
            if e["event_type"] == "appointment_action"]
    t.eq(told, ["booked", "booked"], "the conversation knows of what was agreed in it")
    t.eq(int(t.sql("select count(*) from changes where kind = 'appointment'")[0][0]), 7, "those who watch are told")
    c.call("POST", "/api/calendar/sync", {}, 409)
    file = t.get(f"{a}/{made['id']}/calendar.ics", token=t.token())
    t.eq((file.status, file.header("Content-Type")), (200, "text/calendar; charset=utf-8"), "a calendar's file")
    t.has(file.text, "STATUS:CANCELLED\r\n", "which says that it is cancelled")
    t.eq("Maya" in file.text, False, "and nothing of the customer")
    feed = t.get("/api/calendar.ics?provider=ann", token=t.token()).text
    t.eq((feed.count("BEGIN:VEVENT"), "SUMMARY:Color\\, Maya Ortiz (Ann Lee)\r\n" in feed), (1, True), "the feed")
    t.eq(t.get("/api/calendar.ics?provider=bo", token=t.token()).text.count("VEVENT"), 0, "of one provider")
    t.eq(t.get("/api/calendar.ics").status, 401, "not for strangers")
    t.eq(t.ava("calendar", "export").count("BEGIN:VEVENT"), 1, "the same by command")
    t.has(t.ava("calendar", "show", str(made["id"])), "BEGIN:VCALENDAR", "and one of them")
    t.sql("update appointments set appointment_datetime = '2026-01-05T15:00:00.000000Z' where status = 'scheduled'")
    went = c.call("PATCH", one, {"status": "no_show"}, appointment_id=gone["id"] + 1)
    t.eq(went["status"], "no_show", "how it went")


@story
def the_business_by_http(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    b = "/api/admin/business"
    t.eq(c.call("GET", b)["facts"]["phone"], None, "at first nothing is said")
    c.call("PATCH", b, {"facts": {"phone": "+1 555-010-0100", "time_zone": "America/Chicago"},
                        "booking": {"notice_minutes": 90, "horizon_days": 30}})
    c.call("PATCH", b, {"facts": {"phone": None, "parking": "Behind the house."}})
    hours = [{"weekday": 2, "opens": "09:00", "closes": "17:30"}, {"weekday": 1, "opens": "10:00", "closes": "24:00"}]
    c.call("PUT", b + "/hours", {"hours": hours})
    cut = {"name": "Cut", "duration_minutes": 30, "buffer_minutes": 5, "price_from_cents": 2000,
           "synonyms": ["trim"], "preparation": "Come as you are."}
    for _ in range(2):  # twice is the same as once
        made = c.call("PUT", "/api/admin/services/{key}", cut, key="cut")
        c.call("PUT", "/api/admin/services/{key}", {"name": "Color", "duration_minutes": 90}, key="color")
    t.eq((made["price_to_cents"], made["synonyms"], made["aftercare"]), (2000, ["trim"], None), "a service as put")
    c.call("PUT", "/api/admin/services/{key}", {"name": "Wash", "duration_minutes": 9, "position": 0}, key="wash")
    keys = lambda of: [x["key"] for x in c.call("GET", f"/api/admin/{of}")[of]]
    t.eq(keys("services"), ["cut", "wash", "color"], "in their order")
    bo = c.call("PUT", "/api/admin/providers/{key}", {"name": "Bo", "services": ["cut", "wash"], "hours": hours[:1]},
                key="bo")
    t.eq((bo["hours"], bo["services"]), (hours[:1], ["cut", "wash"]), "a provider as put")
    c.call("DELETE", "/api/admin/services/{key}", key="wash")
    c.call("DELETE", "/api/admin/services/{key}", status=404, key="wash")
    t.eq(c.call("GET", "/api/admin/providers")["providers"][0]["services"], ["cut"], "what is gone nobody gives")
    away = c.call("POST", b + "/closures", {"from": "2026-05-25", "provider": "bo", "reason": "Holiday"}, 201)
    t.eq(away["to"], "2026-05-25", "one day is from it to it")
    c.call("POST", b + "/closures", {"from": "2026-05-01", "to": "2026-05-02"}, 201)
    t.eq([x["from"] for x in c.call("GET", b + "/closures")["closures"]], ["2026-05-01", "2026-05-25"], "soonest first")
    c.call("DELETE", b + "/closures/{closure_id}", closure_id=away["id"])
    c.call("DELETE", b + "/closures/{closure_id}", status=404, closure_id=away["id"])
    w = "/api/admin/whatsapp"
    put = c.call("PUT", w + "/templates/{name}", {"body": "See you at {{1}}."}, name="reminder")
    t.eq((put["language"], put["content_sid"], put["approved"]), ("en_US", None, True), "a template as put")
    t.eq(c.call("GET", w + "/templates")["templates"], [put], "and listed")
    c.call("POST", w + "/messages", {"to": "+15550100002", "template": "reminder", "from": "+15550199999"}, 422)
    c.call("POST", w + "/messages", {"to": "+15550100002", "template": "reminder", "from": "+15550199999",
                                     "values": ["3 pm"]}, 201)
    c.call("PUT", w + "/templates/{name}", {"body": "{{2}}"}, 422, name="reminder")
    c.call("DELETE", w + "/templates/{name}", name="reminder")
    for path, body in (("/api/admin/faq/{key}", {"question": "Dogs?", "answer": "Yes.", "synonyms": ["puppy"]}),
                       (b + "/locations/{key}", {"name": "Main", "address": "1 Elm Street"})):
        for key in ("one", "two"):
            t.eq(c.call("PUT", path, body, key=key)["key"], key, f"{path}: made")
        part = path.split("/")[-2]
        c.call("PUT", b + "/order", {"part": part, "keys": ["two"]})
        listed = c.call("GET", b if part == "locations" else "/api/admin/faq")[part]
        t.eq([x["key"] for x in listed], ["two", "one"], f"{path}: in another order")
        for keys_given in (["two", "two"], ["three"], [1]):
            c.call("PUT", b + "/order", {"part": part, "keys": keys_given}, 422)
        c.call("DELETE", path, key="one")
        c.call("DELETE", path, status=404, key="one")
    t.eq(keys("faq"), ["two"], "one article is left")
    tried = c.call("POST", b + "/try-answer", {"question": "Is a puppy allowed?", "channel": "sms"})
    t.eq(([x["key"] for x in tried["articles"]], bool(tried["reply"])), (["two"], True), "a question is tried out")
    shown = c.call("GET", b)
    t.eq((shown["facts"]["phone"], shown["facts"]["parking"], shown["booking"], shown["hours"]),
         (None, "Behind the house.", {"notice_minutes": 90, "horizon_days": 30}, hours[::-1]), "all is as it was put")
    t.eq(([x["key"] for x in shown["locations"]], shown["facts"]["address"]), (["two"], "1 Elm Street"), "the location")
    c.call("DELETE", "/api/admin/providers/{key}", key="bo")
    t.eq(c.call("GET", "/api/admin/providers")["providers"], [], "nobody is left")
    t.ok(int(t.sql("select count(*) from changes where kind = 'business'")[0][0]) > 10, "those who watch are told")


@story
def the_business_by_command_line(t):
    t.ava("schema", "create")
    run = lambda *words: json.loads(t.ava(*words))
    t.ava("business", "seed", os.path.join(ROOT, "share/seeds/hair-salon.json"))
    told = run("business", "export")
    t.eq((len(told["services"]), len(told["providers"]), told["facts"]["assistant_name"]), (13, 4, "June"), "exported")
    saved = os.path.join(t.dir, "mine.json")
    with open(saved, "w", encoding="utf-8") as f:
        json.dump(told, f)
    t.ava("business", "seed", saved)
    t.eq(run("business", "export"), told, "what is exported can be seeded")
    t.eq(run("business", "set", "--key", "phone", "--value", "+1 555-010-0111")["facts"]["phone"], "+1 555-010-0111", "set")
    t.eq(run("business", "set", "--key", "notice_minutes", "--value", "45")["booking"]["notice_minutes"], 45, "set")
    t.eq(run("business", "set", "--key", "payment")["facts"]["payment"], None, "and taken away")
    t.ava("business", "set", "--key", "fone", "--value", "1", status=65)
    t.ava("business", "set", "--key", "horizon_days", "--value", "soon", status=65)
    t.eq(run("business", "change", "--booking", '{"horizon_days": 10}')["booking"]["horizon_days"], 10, "changed")
    t.eq(len(run("business", "hours", "--hours", '[{"weekday":1,"opens":"09:00","closes":"12:00"}]')["hours"]), 1, "hours")
    run("services", "put", "perm", "--name", "Perm", "--duration-minutes", "120", "--synonyms", '["curls"]')
    t.eq(run("services", "list")["services"][-1]["key"], "perm", "a new service is the last")
    run("services", "delete", "perm")
    run("providers", "put", "zoe", "--name", "Zoe", "--services", '["updo"]')
    t.eq(run("providers", "list")["providers"][-1]["name"], "Zoe", "and a new provider")
    made = run("closures", "add", "--from", "2026-06-01", "--to", "2026-06-03", "--provider", "zoe")
    t.ok(made["id"] in [x["id"] for x in run("closures", "list")["closures"]], "a closure", made)
    run("business", "order", "--part", "providers", "--keys", '["zoe"]')
    t.eq(run("providers", "list")["providers"][0]["key"], "zoe", "who is named first is first")
    run("closures", "delete", made["id"])
    run("providers", "delete", "zoe")
    run("faq", "put", "beard", "--question", "Beards?", "--answer", "No.")
    t.ok("beard" in [x["key"] for x in run("faq", "list")["faq"]], "an article")
    t.eq(run("faq", "try", "--question", "Beards?")["reply"], "No.", "a question is tried out")
    run("faq", "delete", "beard")
    run("locations", "put", "two", "--name", "Second")
    t.eq([x["key"] for x in run("business", "show")["locations"]], ["larch", "two"], "a location")
    run("locations", "delete", "two")


@story
def a_repeated_post_with_a_key_counts_once(t):
    t.ava("schema", "create")
    t.start()
    key = {"Idempotency-Key": "k-1"}
    first = t.post(API, {"channel": "sms"}, token=t.token(), headers=key)
    second = t.post(API, {"channel": "sms"}, token=t.token(), headers=key)
    t.eq((second.status, second.json), (201, first.json), "the same key and body give the first answer")
    t.eq(t.post(API, {"channel": "voice"}, token=t.token(), headers=key).status, 422, "another body is refused")
    t.eq(t.get(API, token=t.token()).json["total"], 1, "one conversation was made")


if __name__ == "__main__":
    main()
