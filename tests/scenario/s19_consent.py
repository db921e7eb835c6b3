#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who may be written to: STOP, START and HELP over the signed webhook, a sentence, the provider's own
refusal, what staff write down, a reminder at night, and the link in an e-mail."""
import datetime
import json

from ava_test import main, story
from conforms import Document
from s18_ownership import Desk

QUICK = True
CONSENTS = "/api/admin/consents"
KEY = "abcdefghijklmnopqrstuvwx23"


def sandbox_desk(t, number=1, **environment):
    return Desk(t, number, AVA_BURST_WAIT="0", **environment)


def ledger(t, query=""):
    return t.get(CONSENTS + query, token=t.token()).json["consents"]


def waiting_texts(t):
    return t.sql("select state from jobs where kind = 'send'")


@story
def stop_holds_for_everybody_until_start(t):
    d = sandbox_desk(t)
    d.says("What are your hours?")
    t.wait(lambda: len(d.reached()) == 1, "the assistant answers")
    talk = d.talk()
    d.says("STOP")
    row = ledger(t)[0]
    t.eq((row["address"], row["channel"], row["purpose"], row["state"], row["source"], row["actor"]),
         (d.phone, "sms", "all", "revoked", "keyword", "customer"), "it is in the ledger when the webhook is answered")
    t.eq(row["evidence"]["words"], "STOP", "with the words")
    t.ok(row["evidence"]["provider_message_id"].startswith("SM"), "and the text", row["evidence"])
    t.eq(d.events(talk, "opt_out"), [{"word": "STOP", "source": "keyword"}], "staff see it")

    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    for path, body in ((f"/api/admin/communications/{talk}/reply", {"content": "Hello?"}),
                       ("/api/admin/messages", {"to": d.phone, "content": "Hello?"})):
        refused = t.post(path, body, token=t.token())
        t.eq((refused.status, refused.json["type"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]), (409, "opted-out"),
             "a message of the staff is refused")
        t.has(refused.json["detail"], f"opted out of texts on {today}", "with the day")
    d.says("Can you book me in for a facial on Friday at 3?")
    d.settles()
    asked = d.talk()
    t.eq(len(d.reached()), 1, "what the customer asks after it is not answered")
    t.eq(d.events(asked, "escalation_requested")[-1:], [{"reason": "opted_out"}], "but the staff are told")
    t.eq(len(d.events(asked, "message_withheld")), 1, "and why")
    t.eq(t.get("/api/appointments", token=t.token()).json["total"], 0, "nothing is booked that nobody would hear of")
    shown = t.get("/api/customers/1", token=t.token())
    t.eq([(c["channel"], c["purpose"], c["state"]) for c in shown.json["consent"]], [("sms", "all", "revoked")],
         "the customer's record shows it")

    d.says("START")
    d.settles()
    t.eq(len(d.reached()), 1, "the provider confirms START, not we")
    d.does(d.talk(), "reply", {"content": "Welcome back"}, status=201)
    t.wait(lambda: d.reached()[1:] == ["Welcome back"], "now a reply reaches the customer")
    listed = json.loads(t.ava("consent", "list", "--address", d.phone))["consents"]
    t.eq([c["state"] for c in listed], ["granted", "revoked"], "the ledger has both, newest first")


@story
def a_sentence_stops_and_a_person_may_start_again(t):
    d = sandbox_desk(t, 2)
    d.says("Please stop texting me")
    d.settles()
    t.eq(len(d.reached()), 1, "one text confirms it")
    t.has(d.reached()[0], "START", "and says how to begin again")
    row = ledger(t)[0]
    t.eq((row["state"], row["source"], row["evidence"]["words"]), ("revoked", "sentence", "Please stop texting me"),
         "the ledger has the sentence")
    d.does(d.talk(), "reply", {"content": "Sorry to hear"}, status=409)
    t.ava("consent", "grant", "--address", d.phone, "--channel", "sms", "--source", "spoken", "--reason",
          "Asked at the desk to be texted again")
    d.does(d.talk(), "reply", {"content": "Here we are"}, status=201)
    t.wait(lambda: d.reached()[1:] == ["Here we are"], "after a grant it is sent")
    t.ava("consent", "revoke", "--address", d.phone, "--channel", "sms", "--reason", "Said no at the desk")
    d.does(d.talk(), "reply", {"content": "Hello?"}, status=409)


@story
def help_cancel_and_words_of_the_provider(t):
    d = sandbox_desk(t, 3)
    d.says("HELP")
    t.wait(lambda: len(d.reached()) == 1, "HELP is answered")
    t.has(d.reached()[0], "Reply STOP", "with how to stop")
    form = {"OptOutType": "HELP"}
    t.eq(t.text_from_customer(d.phone, "HELP", f"SM{77:032x}", **form).status, 200, "HELP that Twilio answered")
    d.settles()
    t.eq(len(d.reached()), 1, "is not answered again")
    d.says("CANCEL")
    d.settles()
    t.eq((ledger(t)[0]["state"], len(d.reached())), ("revoked", 1), "CANCEL is a STOP")
    t.eq(d.events(d.talk(), "escalation_requested"), [{"reason": "cancel_or_opt_out"}], "of which staff are told")
    t.text_from_customer(d.phone, "reactivar", f"SM{78:032x}", OptOutType="START")
    t.eq((ledger(t)[0]["state"], ledger(t)[0]["source"]), ("granted", "provider_opt_out_type"),
         "a word of the provider's own list counts as it says")
    d.says("ALTO")
    d.settles()
    t.has(d.reached()[-1], "START", "a word that Twilio does not know is confirmed by us")


@story
def the_provider_knows_better(t):
    d = sandbox_desk(t, 4)
    gone = "+15005550004"
    t.ava("send", "--to", gone, "--content", "Hello")
    t.wait(lambda: ledger(t), "Twilio's refusal is written down")
    row = ledger(t)[0]
    t.eq((row["address"], row["source"], row["evidence"]["code"]), (gone, "provider_error", "21610"), "as an opt-out")
    t.eq(t.post("/api/admin/messages", {"to": gone, "content": "Hello"}, token=t.token()).status, 409,
         "and nothing more is tried")


@story
def a_stop_survives_a_kill(t):
    d = sandbox_desk(t, 5, AVA_SEND_RUNNERS="0")
    d.says("What are your hours?")
    t.wait(lambda: waiting_texts(t) == [["ready"]], "a reply waits to be sent")
    d.says("STOP")
    t.server.kill()
    t.start()
    d.settles()
    t.eq(d.reached(), [], "it is never sent")
    said = d.shown(d.talk())["messages"][1]
    t.eq(said["sms"]["delivery_status"], "failed", "and says so")
    t.has(said["sms"]["error_message"], "opted out", "and why")


@story
def a_reminder_waits_for_the_morning(t):
    d = sandbox_desk(t, 6, AVA_SEND_RUNNERS="0")
    d.says("Hello")
    talk = d.talk()
    t.wait(lambda: waiting_texts(t) == [["ready"]], "the reply waits")
    d.does(talk, "reply", {"content": "Do not forget your appointment"}, status=201)
    put = "jsonb_set(payload, '{purpose}', '\"reminder\"')" if t.store == "postgres" else \
        "json_set(payload, '$.purpose', 'reminder')"
    t.sql(f"update jobs set payload = {put} where kind = 'send'")
    t.server.stop()
    now = datetime.datetime.now(datetime.timezone.utc)
    night = {"AVA_TIME_ZONE": "UTC", "AVA_QUIET_FROM": (now - datetime.timedelta(hours=1)).strftime("%H:%M"),
             "AVA_QUIET_TO": (now + datetime.timedelta(hours=2)).strftime("%H:%M")}
    t.start(**night)
    soon = now + datetime.timedelta(minutes=30)
    late = lambda: t.sql(f"select count(*) from jobs where kind = 'send' and state = 'ready' and attempts = 0 "
                         f"and run_at > '{soon:%Y-%m-%dT%H:%M:%S}.000000Z'")[0][0] != "0"
    t.wait(late, "it is put off to the morning")
    t.ok("Do not forget your appointment" not in d.reached(), "and not sent", d.reached())
    t.server.stop()
    t.sql(f"update jobs set run_at = '{now:%Y-%m-%dT%H:%M:%S}.000000Z'")
    t.start(AVA_QUIET_FROM="00:00", AVA_QUIET_TO="00:00")
    t.wait(lambda: "Do not forget your appointment" in d.reached(), "when it is day it goes out", 15)
    t.eq(t.ava("serve", AVA_QUIET_FROM="late", status=78), "", "a time that is none is refused")


@story
def one_click_unsubscribes_and_looking_does_not(t):
    t.ava("schema", "create")
    t.start(AVA_BUSINESS_NAME="Lotus <Spa>")
    t.sql("insert into unsubscribe_links (link_key, address, channel, purpose, created_at) values "
          f"('{KEY}', 'ann@example.com', 'email', 'marketing', '2026-01-01T00:00:00.000000Z')")
    path, form = f"/u/{KEY}", {"Content-Type": "application/x-www-form-urlencoded"}
    page = t.get(path)
    t.eq((page.status, page.header("Content-Type"), page.header("Cache-Control")),
         (200, "text/html; charset=utf-8", "private, no-store"), "the page opens without signing in")
    t.has(page.text, "Lotus &lt;Spa&gt;", "it says whose it is")
    t.has(page.text, '<form method="post">', "and has a button")
    t.ok("ann@" not in page.text, "and does not tell the address", page.text)
    t.eq(ledger(t), [], "looking changes nothing")
    t.eq(t.post(path, "x=1", headers=form).status, 400, "another form is refused")
    t.eq(t.post(path, "List-Unsubscribe=One-Click&" + "x" * 5000, headers=form).status, 413, "a large one too")
    t.eq(t.request("PUT", path, "").status, 405, "as is another method")
    unknown = t.post(f"/u/{KEY[::-1]}", "List-Unsubscribe=One-Click", headers=form)
    t.eq(unknown.status, 404, "an unknown key is not found")
    done = t.post(path, "List-Unsubscribe=One-Click", headers={**form, "User-Agent": "Mailer/1"})
    t.eq(done.status, 200, "one click")
    row = ledger(t, "?address=ANN@example.com")[0]
    t.eq((row["channel"], row["purpose"], row["state"], row["source"]),
         ("email", "marketing", "revoked", "unsubscribe_link"), "revokes what the e-mail was for")
    t.eq((row["evidence"]["ip"], row["evidence"]["user_agent"]), ("127.0.0.1", "Mailer/1"), "with its evidence")
    parts = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    t.eq(t.post(path, parts, headers={"Content-Type": "multipart/form-data; boundary=b"}).status, 200,
         "a form in parts is as good")
    t.eq(len(ledger(t)), 1, "and a second time changes nothing")
    t.ok(KEY not in t.server.log(), "the log does not tell the key")


@story
def what_staff_write_down(t):
    t.ava("schema", "create")
    t.start()
    document = Document(t.get("/openapi.json").json)

    def call(method, template, body=None, status=200, query="", token="t"):
        role = ["--role", token] if token != "t" else []
        answer = t.request(method, template + query, body, token=t.token(token, *role))
        t.eq(answer.status, status, f"{method} {template}{query}: {status}")
        t.eq(document.answer_faults(method, template, answer), [], "as documented")
        return answer.json

    who = call("POST", "/api/customers", {"name": "Ann", "phone": "+12125550100", "email": "Ann@Example.com",
                                          "zone": "America/Chicago"}, 201)
    t.eq(who["zone"], "America/Chicago", "a customer has a zone")
    t.eq(t.request("PUT", "/api/customers/1/zone", {"zone": "Mars/Base"}, token=t.token()).status, 422, "that exists")
    t.eq(t.request("PUT", "/api/customers/1/zone", {}, token=t.token()).json["zone"], None, "or none")
    t.eq(t.request("PUT", "/api/customers/99/zone", {}, token=t.token()).status, 404, "if there is a customer")
    by = {"customer_id": who["id"], "channel": "email", "reason": "Ticked the box", "source": "web_form",
          "evidence": {"form": "https://example.com/join", "version": 3}}
    now = call("POST", CONSENTS + "/grant", {**by, "purpose": "marketing"}, 201)["consent"]
    t.eq([(c["address"], c["purpose"], c["state"], c["source"]) for c in now],
         [("ann@example.com", "marketing", "granted", "web_form")], "granted for the customer's address")
    row = call("GET", CONSENTS, query="?customer_id=1")["consents"][0]
    t.eq(row["evidence"], {"reason": "Ticked the box", "by": "t", "shown_by": by["evidence"]}, "with the evidence")
    t.ok(row["actor"].startswith("token:"), "and who wrote it", row)
    for n in range(3):
        call("POST", CONSENTS + ("/revoke", "/grant")[n % 2],
             {"address": "(212) 555-0100", "channel": "sms", "reason": f"Said so {n}"}, 201)
    first = call("GET", CONSENTS, query="?page_size=2")
    rest = call("GET", CONSENTS, query=f"?page_size=2&cursor={first['next_cursor']}")
    t.eq([c["evidence"]["reason"] for c in first["consents"] + rest["consents"]],
         ["Said so 2", "Said so 1", "Said so 0", "Ticked the box"], "the ledger is read in parts")
    t.eq(rest["next_cursor"], None, "to its end")
    t.eq(len(call("GET", CONSENTS, query="?address=%2B12125550100&channel=sms")["consents"]), 3, "or of one number")
    current = call("GET", CONSENTS + "/current", query="?customer_id=1")["consent"]
    t.eq([(c["channel"], c["state"]) for c in current], [("email", "granted"), ("sms", "revoked")], "what holds now")
    bad = {"address": "+12125550100", "channel": "sms", "reason": "x"}
    for change in ({"address": "nobody"}, {"customer_id": 1}, {"address": None}, {"channel": "email"},
                   {"purpose": "chat"}, {"reason": ""}):
        body = {k: v for k, v in {**bad, **change}.items() if v is not None}
        t.ok(t.post(CONSENTS + "/grant", body, token=t.token()).status in (400, 422), f"refused: {change}")
    t.eq(t.post(CONSENTS + "/grant", {"customer_id": 99, "channel": "sms", "reason": "x"}, token=t.token()).status, 404,
         "an unknown customer")
    call("POST", CONSENTS + "/grant", bad, 403, token="reader")
    call("GET", CONSENTS, token="reader")
    t.eq(t.get(CONSENTS).status, 401, "a stranger sees nothing")


if __name__ == "__main__":
    main()
