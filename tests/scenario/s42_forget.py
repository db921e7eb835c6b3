#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person may ask for: everything that is kept of them is written out, and taken away, and who had
refused messages is not written to when the number comes back. What is medical is seen by whoever may."""
import base64
import json
import os
import sqlite3
import threading

from ava_test import main, story
from s06_operations import API, Client

CUSTOMERS = "/api/admin/customers"
ONE = "/api/customers/{customer_id}"
ERASE = CUSTOMERS + "/{customer_id}/erase"
SECRET = "the lavender room"  # said in every place where something can be said


def world(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start(AVA_BURST_WAIT="0")
    c = Client(t)
    who = c.call("POST", "/api/customers", {"name": f"Ann {SECRET}", "phone": "+15550100001", "email": "ann.lavender@example.com",
                                            "notes": SECRET, "has_allergies": True, "zone": "America/Chicago"}, 201)["id"]
    other = c.call("POST", "/api/customers", {"name": f"Bea {SECRET}", "phone": "+15550100002"}, 201)["id"]
    c.call("POST", CUSTOMERS + "/{customer_id}/merge", {"other_id": other}, customer_id=who)
    c.call("POST", CUSTOMERS + "/{customer_id}/notes", {"content": SECRET}, 201, customer_id=who)
    t.text_from_customer("+15550100001", f"Is {SECRET} free?", f"SM{1:032x}")
    t.wait(lambda: t.sql("select count(*) from jobs where kind in ('turn', 'send')") == [["0"]] or
           t.sql("select count(*) from communication_messages where direction = 'outbound'") != [["0"]], "the assistant to answer")
    talk = t.sql(f"select id from conversations where customer_id = {who}")[0][0]
    c.call("POST", API + "/{conversation_id}/notes", {"content": SECRET}, 201, conversation_id=talk)
    mail = c.call("POST", API, {"channel": "email", "customer_id": who, "subject": SECRET, "metadata": {"said": SECRET}}, 201)["id"]
    message = c.call("POST", API + "/{conversation_id}/messages", {"direction": "inbound", "content": SECRET}, 201, conversation_id=mail)["id"]
    c.call("POST", "/api/admin/messages/{message_id}/email", {"subject": SECRET, "body_text": SECRET, "from_address": "ann.lavender@example.com",
                                                              "to_address": "desk@example.org"}, 201, message_id=message)
    t.sql(f"insert into attachments (id, conversation_id, message_id, position, provider, url, declared_type, filename, state, content_type, "
          f"size_bytes, sha256, created_at) values ('{mail}', '{mail}', '{message}', 0, 'mail', 'x', 'text/plain', '{SECRET}', 'stored', 'text/plain', "
          f"{len(SECRET)}, 'x', '2026-01-01T00:00:00.000000Z')")
    t.sql(f"insert into attachment_contents (attachment_id, position, content) values ('{mail}', 0, "
          f"'{base64.b64encode(SECRET.encode()).decode()}')")
    c.call("POST", API + "/{conversation_id}/score", {"satisfaction_score": 8, "sentiment": "positive"}, conversation_id=mail)
    c.call("POST", "/api/admin/consents/revoke", {"address": "+15550100002", "channel": "sms", "reason": SECRET}, 201)
    c.call("POST", "/api/admin/consents/grant", {"address": "ann.lavender@example.com", "channel": "email", "purpose": "marketing", "reason": SECRET}, 201)
    return c, who, talk, mail


def everything(t):
    """All that the database says, as one text."""
    if t.store == "postgres":
        tables = [r[0] for r in t.sql("select tablename from pg_tables where schemaname = current_schema()")]
        return "\n".join(str(t.sql(f'select t::text from "{n}" t')) for n in tables)
    connection = sqlite3.connect(os.path.join(t.settings["AVA_DATA_DIR"], "ava.db"))
    tables = [r[0] for r in connection.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")]
    return "\n".join(str(connection.execute(f'select * from "{n}"').fetchall()) for n in tables)


@story
def everything_is_written_out(t):
    c, who, talk, mail = world(t)
    answer = t.get(f"{CUSTOMERS}/{who}/export", token=t.token())
    t.eq((answer.status, answer.header("Content-Type").split(";")[0], answer.header("Content-Disposition")),
         (200, "application/x-ndjson", f'attachment; filename="customer-{who}.jsonl"'), "a file of JSON lines")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    of = lambda kind: [line for line in lines if line["kind"] == kind]
    t.eq(lines[0]["customer"]["name"], f"Ann {SECRET}", "the customer first")
    t.eq({line["detail"]["conversation"]["id"] for line in of("conversation")}, {talk, mail}, "each conversation")
    t.eq([m["content"] for line in of("conversation") for m in line["detail"]["messages"] if m["direction"] == "inbound"],
         [SECRET, f"Is {SECRET} free?"], "with its messages")
    t.eq(base64.b64decode("".join(line["base64"] for line in of("attachment_content"))).decode(), SECRET, "and its files")
    t.eq([n["content"] for n in of("note")], [SECRET], "notes")
    t.ok({(k["address"], k["state"]) for k in of("consent")} >= {("+15550100002", "revoked"), ("ann.lavender@example.com", "granted")}, "consents")
    by_command = [json.loads(line) for line in t.ava("customers", "export", str(who)).splitlines()]
    t.eq([(line["kind"], line.get("id")) for line in by_command], [(line["kind"], line.get("id")) for line in lines], "the command line writes the same")
    t.eq(t.get(f"{CUSTOMERS}/999/export", token=t.token()).status, 404, "there is nothing of nobody")


@story
def all_of_a_person_is_taken_away(t):
    c, who, talk, mail = world(t)
    c.call("POST", ERASE, {"confirm": False}, 422, customer_id=who)
    visit = t.sql(f"insert into appointments (customer_id, appointment_datetime, service_type, status, special_requests) values ({who}, "
                  f"'2099-01-01T10:00:00.000000Z', 'facial', 'scheduled', '{SECRET}') returning id")[0][0]
    refused = c.call("POST", ERASE, {"confirm": True}, 409, customer_id=who)
    t.has(refused["detail"], "cancel it first", "an appointment that is still to come is cancelled first")
    t.sql(f"update appointments set appointment_datetime = '2026-01-01T10:00:00.000000Z', status = 'completed' where id = {visit}")
    before = [t.sql(f"select count(*) from {table}") for table in ("conversations", "communication_messages", "appointments", "communication_events")]
    score = t.sql(f"select satisfaction_score, channel, initiated_at from conversations where id = '{mail}'")

    gone = c.call("POST", ERASE, {"confirm": True}, customer_id=who)
    t.eq([gone[k] for k in ("name", "phone", "email", "notes", "has_allergies", "zone", "merges", "consent")],
         ["Erased customer", None, None, None, None, None, [], []], "nothing says who it was")
    t.ok(gone["erased_at"], "and when it was taken away")
    # Answers to repeated requests go within seven days by themselves.
    t.sql("delete from idempotency_keys")
    t.sql("delete from tool_results")
    left = everything(t)
    for word in (SECRET, base64.b64encode(SECRET.encode()).decode(), "ann.lavender", "5550100001", "5550100002"):
        t.ok(word not in left, f"{word!r} is nowhere in the database", left[max(0, left.find(word) - 300):][:400])
    t.eq([t.sql(f"select count(*) from {table}") for table in ("conversations", "communication_messages", "appointments", "communication_events")],
         before, "what is counted stays")
    t.eq(t.sql(f"select satisfaction_score, channel, initiated_at from conversations where id = '{mail}'"), score, "with its score")
    t.eq(t.sql(f"select distinct status from conversations where customer_id = {who}"), [["completed"]], "nothing goes on")
    c.call("POST", ERASE, {"confirm": True}, 409, customer_id=who)
    c.call("POST", ERASE, {"confirm": True}, 404, customer_id=999)

    again = c.call("POST", "/api/customers", {"name": "Bea", "phone": "+15550100002"}, 201)["id"]
    t.eq(again > who, True, "the number is nobody's any more")
    opted_out = t.post("/api/admin/messages", {"to": "+15550100002", "content": "Hello"}, token=t.token())
    t.eq((opted_out.status, opted_out.json["type"].rsplit(":", 1)[-1].rsplit("/", 1)[-1]), (409, "opted-out"), "who had refused is not written to")
    t.text_from_customer("+15550100002", "START", f"SM{7:032x}")
    t.eq(t.post("/api/admin/messages", {"to": "+15550100002", "content": "Hello"}, token=t.token()).status, 201, "until they ask for it")


@story
def a_text_that_arrives_meanwhile_is_whole(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start(AVA_BURST_WAIT="0")
    c = Client(t)
    for i in range(5):
        who = c.call("POST", "/api/customers", {"name": "Ann", "phone": f"+1555010{i}001"}, 201)["id"]
        got = []
        erase = threading.Thread(target=lambda: got.append(t.post(f"{CUSTOMERS}/{who}/erase", {"confirm": True}, token=t.token()).status))
        text = threading.Thread(target=lambda: got.append(t.text_from_customer(f"+1555010{i}001", "Hi there", f"SM{i + 1:032x}").status))
        for job in (erase, text):
            job.start()
        for job in (erase, text):
            job.join()
        t.eq(got.count(200) >= 1, True, "the text is taken")
        rows = t.sql("select c.customer_id, m.content, k.name from communication_messages m join conversations c on c.id = m.conversation_id "
                     f"join sms_details s on s.message_id = m.id join customers k on k.id = c.customer_id where m.direction = 'inbound' and s.provider_message_id = 'SM{i + 1:032x}'")
        t.ok(not rows or (rows[0][1] == "Hi there" and rows[0][2] != "Erased customer"), "it is erased, or somebody's new", rows)


@story
def what_is_medical_is_for_those_who_may(t):
    c, who, _, _ = world(t)
    reader = t.token("reader", "--role", "reader")
    shown = t.get(f"/api/customers/{who}", token=reader).json
    t.eq((shown["has_allergies"], shown["is_pregnant"], shown["name"]), (None, None, f"Ann {SECRET}"), "a reader sees the rest")
    t.eq({k["has_allergies"] for k in t.get(CUSTOMERS, token=reader).json["customers"]}, {None}, "in lists too")
    t.eq(t.get(f"/api/customers/{who}/history", token=reader).json["customer"]["has_allergies"], None, "and in the history")
    agent = t.token("agent", "--role", "agent")
    t.eq(t.get(f"/api/customers/{who}", token=agent).json["has_allergies"], True, "the front desk sees it")
    for path, method, body in ((f"{CUSTOMERS}/{who}/export", "GET", None), (f"{CUSTOMERS}/{who}/erase", "POST", {"confirm": True})):
        t.eq(t.request(method, path, body, token=agent).status, 403, "writing out and taking away is the owner's")


if __name__ == "__main__":
    main()
