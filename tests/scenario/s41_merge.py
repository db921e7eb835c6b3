#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two customers who are one person: suggested, looked at, merged, written to by both numbers while it
happens, and split again."""
import json
import threading

from ava_test import main, story
from s06_operations import API, Client

CUSTOMERS = "/api/admin/customers"
ONE = "/api/customers/{customer_id}"
MERGE = CUSTOMERS + "/{customer_id}/merge"
UNDO = CUSTOMERS + "/merges/{merge_id}/undo"


def make(c, name, **more):
    return c.call("POST", "/api/customers", {"name": name, **more}, 201)["id"]


def talk(c, who, subject):
    return c.call("POST", API, {"channel": "sms", "customer_id": who, "subject": subject}, 201)["id"]


def pairs(c, query=""):
    return [(p["reason"], p["one"]["id"], p["other"]["id"])
            for p in c.call("GET", CUSTOMERS + "/duplicates", query=query)["pairs"]]


@story
def who_may_be_one_is_suggested(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    a = make(c, "Maya Ortiz", email="maya@example.com", phone="+15550100001")
    b = make(c, "M. O.", email="Maya@Example.com")
    d = make(c, "maya  ORTIZ", email="maya@other.example")
    e = make(c, "Maya Ortiz", phone="+445550100001")
    make(c, "Somebody Else", phone="+15550100009", email="else@example.com")
    t.sql("update customers set phone = '(555) 010-0009' where id = " + str(b))
    t.eq(pairs(c), [("phone", e + 1, b), ("name_and_phone", e, a), ("name_and_email", d, a), ("email", b, a)],
         "address, number, name and half of either; the newest first")
    t.eq(sorted(pairs(c, f"?customer_id={a}")), sorted([("name_and_phone", e, a), ("name_and_email", d, a), ("email", b, a)]),
         "of one alone")
    c.call("PUT", CUSTOMERS + "/{customer_id}/distinct", {"other_id": a}, customer_id=e)
    t.eq([p[1] for p in pairs(c, f"?customer_id={a}")], [d, b], "who is not the same is not suggested again")
    t.eq(len(pairs(c)), 3, "nowhere")
    c.call("PUT", CUSTOMERS + "/{customer_id}/distinct", {"other_id": e, "distinct": False}, customer_id=a)
    t.eq(len(pairs(c)), 4, "until that is taken back")
    c.call("GET", CUSTOMERS + "/duplicates", status=404, query="?customer_id=999")


@story
def two_become_one_and_two_again(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start(AVA_BURST_WAIT="0")
    c = Client(t)
    a = make(c, "+15550100001", phone="+15550100001", notes="Likes tea", has_allergies=False, is_new_client=True)
    b = make(c, "Maya Ortiz", phone="+15550100002", email="maya@example.com", notes="Rings on Fridays",
             has_allergies=True, is_new_client=False, zone="America/Chicago")
    mine, theirs = talk(c, a, "mine"), talk(c, b, "theirs")
    c.call("POST", API + "/{conversation_id}/notes", {"content": "Said hello"}, 201, conversation_id=theirs)
    noted = c.call("POST", CUSTOMERS + "/{customer_id}/notes", {"content": "Prefers mornings"}, 201, customer_id=b)
    c.call("POST", CUSTOMERS + "/{customer_id}/notes", {"content": "Pays cash"}, 201, customer_id=a)
    for address, channel in (("+15550100002", "sms"), ("maya@example.com", "email")):
        c.call("POST", "/api/admin/consents/revoke", {"address": address, "channel": channel, "reason": "said so"}, 201)
    c.call("POST", "/api/admin/consents/grant", {"address": "+15550100001", "channel": "sms", "purpose": "marketing",
                                                 "reason": "ticked"}, 201)
    allowed = lambda who: {(s["channel"], s["purpose"], s["address"]): s["state"]
                           for s in c.call("GET", ONE, customer_id=who)["consent"]}
    before = {who: c.call("GET", ONE, customer_id=who) for who in (a, b)}

    seen = c.call("GET", MERGE, query=f"?other_id={b}", customer_id=a)
    t.eq([seen["result"][k] for k in ("name", "phone", "email", "notes", "has_allergies", "is_new_client", "zone")],
         ["Maya Ortiz", "+15550100001", "maya@example.com", "Likes tea\n\nRings on Fridays", True, False, "America/Chicago"],
         "what they become: nothing is lost, and the warning holds")
    t.eq((seen["kept"]["conversations"], seen["other"]["conversations"]), (1, 1), "with what each has")
    t.eq([(r["address"], r["purpose"], r["was"]) for r in seen["refused"]],
         [("+15550100001", "all", "none"), ("+15550100001", "marketing", "granted")], "the stricter consent holds")
    t.eq(c.call("GET", ONE, customer_id=a)["name"], "+15550100001", "and nothing has happened yet")

    done = c.call("POST", MERGE, {"other_id": b}, customer_id=a, headers={"Idempotency-Key": "k1"})
    again = c.call("POST", MERGE, {"other_id": b}, customer_id=a, headers={"Idempotency-Key": "k1"})
    t.eq(again["merge_id"], done["merge_id"], "the same request does it once")
    one = c.call("GET", ONE, customer_id=b)
    t.eq((one["id"], one["name"]), (a, "Maya Ortiz"), "the other's id leads to who was kept")
    t.eq([(i["kind"], i["address"], i["customer_id"]) for i in one["identities"]],
         [("phone", "+15550100001", a), ("email", "maya@example.com", a), ("phone", "+15550100002", b)], "with every address")
    t.eq([(m["customer_id"], m["merge_id"]) for m in one["merges"]], [(b, done["merge_id"])], "and who was merged")
    t.eq(allowed(a), {("email", "all", "maya@example.com"): "revoked", ("sms", "all", "+15550100001"): "revoked",
                      ("sms", "marketing", "+15550100001"): "revoked", ("sms", "all", "+15550100002"): "revoked"},
         "nobody is written to who refused")
    t.eq(c.call("GET", CUSTOMERS)["total"], 1, "there is one customer")
    t.eq([k["id"] for k in c.call("GET", CUSTOMERS, query="?q=0100002")["customers"]], [a], "found by either number")
    timeline = lambda query="", who=b: c.call("GET", CUSTOMERS + "/{customer_id}/timeline", query=query, customer_id=who)
    entries = timeline()["entries"]
    t.eq([e["note"]["content"] if "note" in e else e["conversation"]["id"] for e in entries],
         ["Pays cash", "Prefers mornings", "Said hello", theirs, mine], "one timeline, with every note")
    t.eq([e["note"]["conversation_id"] for e in timeline("?only=note")["entries"]], [None, None, theirs], "or the notes alone")
    paged, cursor = [], ""
    while cursor is not None:
        part = timeline("?limit=1" + cursor)
        paged += part["entries"]
        cursor = part["next_cursor"] and "&cursor=" + part["next_cursor"]
    t.eq(paged, entries, "the same one by one")
    for bad, status in ((b, 409), (a, 422), (999, 404)):
        c.call("POST", MERGE, {"other_id": bad}, status, customer_id=a)

    t.text_from_customer("+15550100002", "Hello", f"SM{1:032x}")
    t.eq(t.sql("select count(*) from customers"), [["2"]], "who writes from the other number is known")
    t.eq(t.sql("select distinct customer_id from conversations"), [[str(a)]], "and it is one person's")
    c.call("DELETE", CUSTOMERS + "/notes/{note_id}", note_id=noted["id"])
    c.call("DELETE", CUSTOMERS + "/notes/{note_id}", status=404, note_id=noted["id"])
    late = talk(c, b, "by the old id")
    t.eq(c.call("GET", API + "/{conversation_id}", conversation_id=late)["conversation"]["customer"]["id"], a,
         "what is made for the old id is theirs")

    c.call("PATCH", ONE, {"notes": "Likes coffee"}, customer_id=b)
    back = c.call("POST", UNDO, merge_id=done["merge_id"])
    t.eq(back["customer"]["notes"], "Likes coffee", "what was changed since stays")
    c.call("PATCH", ONE, {"notes": "Likes tea"}, customer_id=a)
    facts = ("id", "name", "phone", "email", "notes", "has_allergies", "is_new_client", "zone", "created_at")
    for who in (a, b):
        now = c.call("GET", ONE, customer_id=who)
        t.eq({k: now[k] for k in facts}, {k: before[who][k] for k in facts}, "each is as before")
    t.eq(allowed(a), {("sms", "all", "+15550100001"): "granted", ("sms", "marketing", "+15550100001"): "granted"},
         "and may be written to as before")
    t.eq(allowed(b)[("sms", "all", "+15550100002")], "revoked", "who refused has refused")
    t.eq(t.sql(f"select customer_id from conversations where id = '{theirs}'"), [[str(b)]], "their conversation is theirs")
    t.eq([e["note"]["content"] for who in (a, b) for e in timeline("?only=note", who)["entries"]], ["Pays cash", "Said hello"], "and their notes")
    t.eq(t.sql(f"select customer_id from conversations where id = '{late}'"), [[str(a)]], "what came later stays")
    t.eq(c.call("GET", CUSTOMERS)["total"], 2, "two customers again")
    c.call("POST", UNDO, status=409, merge_id=done["merge_id"])
    c.call("POST", UNDO, status=404, merge_id=mine)


@story
def chains_lead_to_the_last(t):
    t.ava("schema", "create")
    t.start()
    c = Client(t)
    a, b, d = (make(c, n, phone=f"+1555010000{i}") for i, n in enumerate(("Ann", "Bea", "Dee"), 1))
    first = json.loads(t.ava("customers", "merge", str(b), "--other-id", str(a)))["merge_id"]
    second = c.call("POST", MERGE, {"other_id": b}, customer_id=d)["merge_id"]
    t.eq(c.call("GET", ONE, customer_id=a)["id"], d, "the first leads to the last")
    c.call("POST", UNDO, status=409, merge_id=first)
    c.call("POST", UNDO, merge_id=second)
    t.eq([c.call("GET", ONE, customer_id=who)["id"] for who in (a, b, d)], [b, b, d], "each merge is undone by itself")
    t.ava("customers", "unmerge", first)
    t.eq([c.call("GET", ONE, customer_id=who)["id"] for who in (a, b, d)], [a, b, d], "in the reverse order")


@story
def texts_arrive_while_it_is_merged(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start(AVA_BURST_WAIT="0")
    c = Client(t)
    rounds, texts = 6, 4
    for i in range(rounds):
        a = make(c, "Ann", phone=f"+1555010{i}001")
        b = make(c, "Bea", phone=f"+1555010{i}002", email=f"bea{i}@example.com")
        got = []

        def write(k, number):
            got.append(t.text_from_customer(number, f"Hello {k}", f"SM{i * 10 + k + 16:032x}").status)

        def merge(kept, other):
            got.append(t.post(f"{CUSTOMERS}/{kept}/merge", {"other_id": other}, token=t.token()).status)

        jobs = [threading.Thread(target=write, args=(k, f"+1555010{i}00{1 + k % 2}")) for k in range(texts)]
        jobs[2:2] = [threading.Thread(target=merge, args=pair) for pair in ((a, b), (b, a))]
        t.token()
        for j in jobs:
            j.start()
        for j in jobs:
            j.join()
        t.eq(sorted(got), [200] * (texts + 1) + [409], "each text is taken, and of two merges one is done")
        kept = c.call("GET", ONE, customer_id=a)["id"]
        t.eq(t.sql(f"select count(*) from conversations where customer_id in ({a}, {b}) and customer_id <> {kept}"),
             [["0"]], "all is the kept one's")
        t.eq(t.sql(f"select count(*) from communication_messages m join conversations c on c.id = m.conversation_id "
                   f"where c.customer_id = {kept} and m.direction = 'inbound'"), [[str(texts)]], "every text")
    t.eq(t.sql("select count(*) from customers"), [[str(2 * rounds)]], "nobody was made anew")


if __name__ == "__main__":
    main()
