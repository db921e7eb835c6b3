#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""E-mails that go out, by SendGrid and by a mail server: their threads, what is sent again and what is
not, and what is told of them afterwards."""
import email
import email.policy
import json

from ava_test import main, story
from mail_fakes import FakeMailServer, FakeSendGrid, SendGridKey
from s23_mail_in import mail, post, raw_form

QUICK = True
ANN = "ann@example.com"
DESK = "desk@in.example.org"
EVENTS = "/api/webhooks/sendgrid/events"


def by_sendgrid(t, **environment):
    far, key = FakeSendGrid(), SendGridKey(t.dir)
    t.ava("schema", "create")
    t.start(AVA_MAIL_ADDRESS=DESK, AVA_MAIL_NAME="Lumen Spa", AVA_SENDGRID_API_KEY="SG.x",
            AVA_SENDGRID_API_URL=far.url, AVA_SENDGRID_EVENT_KEY=key.public, **environment)
    return far, key


def write(t, **more):
    answer = t.post("/api/admin/messages", {"to": ANN, "channel": "email", "subject": "Your visit",
                                            "content": "Hello Ann,\n\nwe open at 9.", **more}, token=t.token())
    t.eq(answer.status, 201, "an e-mail is written")
    return answer.json


def conversation(t):
    page = t.get("/api/admin/communications?channel=email", token=t.token()).json
    return t.get(f"/api/admin/communications/{page['conversations'][0]['id']}", token=t.token()).json


def state(t):
    return conversation(t)["messages"][-1]["email"]


def tell(t, key, events, **more):
    body = json.dumps(events, separators=(",", ":")).replace("},{", "},\r\n{").encode() + b"\r\n"
    return t.post(EVENTS, body, headers={**key.headers(body), **more})


@story
def staff_write_by_sendgrid(t):
    far, key = by_sendgrid(t)
    first = write(t, attachments=[{"filename": "plan.pdf", "content_type": "application/pdf", "content": "JVBERi0xLjQK"}])
    t.wait(lambda: far.mails, "it is handed to SendGrid")
    sent = far.mails[0]
    t.eq((sent["path"], sent["key"]), ("/v3/mail/send", "Bearer SG.x"), "by its API")
    t.eq(sent["personalizations"][0]["to"], [{"email": ANN}], "to one recipient")
    t.eq(sent["personalizations"][0]["custom_args"], {"ava_message": first["id"]}, "with our id")
    t.eq(sent["from"], {"email": DESK, "name": "Lumen Spa"}, "from the business")
    t.ok(sent["reply_to"]["email"].startswith("desk+") and sent["reply_to"]["email"].endswith("@in.example.org"),
         "an answer is asked for at an address with a token", sent["reply_to"])
    t.eq([c["type"] for c in sent["content"]], ["text/plain", "text/html"], "plain text, then HTML")
    t.has(sent["content"][1]["value"], "<p>we open at 9.</p>", "which says the same")
    t.eq([(a["filename"], a["content"]) for a in sent["attachments"]], [("plan.pdf", "JVBERi0xLjQK")], "with the file")
    t.ok("Auto-Submitted" not in sent["headers"], "a person wrote it", sent["headers"])
    t.eq(sent["tracking_settings"]["open_tracking"], {"enable": False}, "nobody is watched reading it")
    t.wait(lambda: state(t)["delivery_status"] == "sent", "it is known as sent")
    shown = conversation(t)["messages"][0]
    t.eq(shown["attachments"][0]["filename"], "plan.pdf", "the file is shown with it")

    ours = {"email": ANN, "ava_message": first["id"], "sg_message_id": "sg-1.filter.0"}
    batch = [{**ours, "event": "open", "sg_event_id": "3", "timestamp": 1700000003},
             {**ours, "event": "delivered", "sg_event_id": "2", "timestamp": 1700000002},
             {**ours, "event": "processed", "sg_event_id": "1", "timestamp": 1700000001}]
    t.eq(tell(t, key, batch).status, 204, "events are taken in any order")
    t.eq(tell(t, key, batch).status, 204, "and again")
    t.eq(state(t)["delivery_status"], "delivered", "it was delivered")
    t.ok(state(t)["opened_at"], "and opened")
    forged = json.dumps(batch).encode()
    t.eq(t.post(EVENTS, forged, headers=key.headers(forged + b" ")).status, 403, "a forged batch is refused")
    t.eq(t.post(EVENTS, forged, headers=key.headers(forged, at=1700000000)).status, 403, "an old one too")
    t.eq(t.post(EVENTS, forged).status, 403, "and one without a signature")
    t.eq(tell(t, key, [{**ours, "event": "bounce", "sg_event_id": "4", "status": "5.2.2", "reason": "full"}]).status,
         204, "a later bounce is taken")
    t.eq((state(t)["delivery_status"], state(t)["error_code"], state(t)["error_message"]),
         ("bounced", "5.2.2", "full"), "and seen")
    t.eq([e["event_type"] for e in conversation(t)["events"]].count("delivery_failed"), 1, "as an event")

    there = conversation(t)["conversation"]["id"]
    second = t.post(f"/api/admin/communications/{there}/reply", {"content": "Sorry, at 10."}, token=t.token())
    t.eq(second.status, 201, "a reply goes on")
    t.wait(lambda: len(far.mails) == 2, "and out")
    t.eq((far.mails[1]["subject"], far.mails[1]["reply_to"]), ("Your visit", sent["reply_to"]), "in the same thread")
    t.eq(tell(t, key, [{"email": "ANN@example.com", "event": "spamreport", "sg_event_id": "5",
                        "ava_message": second.json["id"]}]).status, 204, "the recipient calls it spam")
    refused = t.post(f"/api/admin/communications/{there}/reply", {"content": "hello?"}, token=t.token())
    t.eq(refused.status, 409, "and is not written to any more")
    t.has(refused.text, "opted out of e-mails", "which is said")


def mail_from_ann(t, words, message_id, to=DESK, **headers):
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    bytes_ = mail(ANN, words, subject="Opening hours", message_id=message_id, to=to, more=more)
    body, kind = raw_form(bytes_, envelope=json.dumps({"to": [to], "from": ANN}))
    return post(t, body, kind, password="in")


@story
def a_customer_is_answered_in_the_thread(t):
    far, _ = by_sendgrid(t, AVA_SENDGRID_INBOUND_SECRET="in")
    t.eq(mail_from_ann(t, "Hello, can I speak to a person?", "<one@example.com>", References="<zero@example.com>",
                       In_Reply_To="<zero@example.com>").status, 200, "a customer's mail is taken")
    t.wait(lambda: far.mails, "and answered")
    answer = far.mails[0]
    t.eq((answer["subject"], answer["headers"]["In-Reply-To"], answer["headers"]["References"]),
         ("Re: Opening hours", "<one@example.com>", "<zero@example.com> <one@example.com>"), "in its thread")
    t.eq((answer["headers"]["Auto-Submitted"], answer["headers"]["X-Auto-Response-Suppress"]),
         ("auto-replied", "All"), "as a machine's answer that no machine answers")
    text = answer["content"][0]["value"]
    t.ok(text.startswith(("Hi", "Hello")) and "regards" in text.lower(), "as a letter, with greeting and sign-off", text)
    t.ok(">" not in text and "can I speak" not in text, "without the quoted question", text)
    t.eq(mail_from_ann(t, "Thank you, and when do you open on Monday?", "<two@example.com>",
                       to=answer["reply_to"]["email"]).status, 200, "the customer writes back to the reply address alone")
    t.wait(lambda: len(far.mails) == 2, "and is answered again")
    page = t.get("/api/admin/communications?channel=email", token=t.token()).json["conversations"]
    t.eq(len(page), 1, "in the same conversation, though no header named it")
    t.eq([m["direction"] for m in conversation(t)["messages"]], ["inbound", "outbound"] * 2, "with all four mails")
    t.eq(mail_from_ann(t, "Please stop emailing me", "<three@example.com>", to=answer["reply_to"]["email"]).status, 200,
         "an opt-out is taken")
    t.wait(lambda: len(far.mails) == 3, "and confirmed")
    held = t.sql("SELECT address, channel, purpose, state FROM consents")
    t.eq(held, [[ANN, "email", "all", "revoked"]], "and held")
    mail_from_ann(t, "When do you open?", "<four@example.com>", to=answer["reply_to"]["email"])
    t.wait(lambda: "message_withheld" in [e["event_type"] for e in conversation(t)["events"]], "what comes later is not answered")
    t.eq(len(far.mails), 3, "by nobody")


@story
def what_is_uncertain_goes_again_under_one_name(t):
    far, key = by_sendgrid(t)
    far.then = [429, "hang up"]
    first = write(t)
    t.wait(lambda: far.mails, "it was taken, but nobody knows", 75)
    t.eq(tell(t, key, [{"email": ANN, "event": "processed", "sg_event_id": "1", "sg_message_id": "sg-1.filter.0",
                        "ava_message": first["id"]}]).status, 204, "an event tells")
    t.wait(lambda: t.get("/api/admin/outbox", token=t.token()).json["messages"] == [], "that it was sent", 60)
    t.eq(len(far.mails), 1, "once")
    t.eq(state(t)["delivery_status"], "sent", "and it is known as sent")


@story
def a_key_that_is_no_good_is_said(t):
    far, _ = by_sendgrid(t)
    far.then = [400]
    write(t)
    t.wait(lambda: state(t)["delivery_status"] == "failed", "what SendGrid refuses has failed")
    t.eq(state(t)["error_message"], "SendGrid: told to", "in its words")
    t.eq(far.mails, [], "nothing was sent")
    far.then = [401]
    message = conversation(t)["messages"][0]["id"]
    t.eq(t.post(f"/api/admin/outbox/{message}/retry", token=t.token()).status, 200, "it is tried again")
    t.wait(lambda: t.server.entries("e-mails cannot be sent until the account or the settings are mended"),
           "a wrong key is said in the log", 60)
    t.eq(state(t)["delivery_status"], "queued", "and the mail waits")


@story
def staff_write_by_a_mail_server(t):
    far = FakeMailServer()
    t.ava("schema", "create")
    t.start(AVA_MAIL_ADDRESS=DESK, AVA_BUSINESS_NAME="Lumen Spa", AVA_SMTP_URL=far.url, AVA_SMTP_USER="desk",
            AVA_SMTP_PASSWORD="secret", AVA_SMTP_TLS="false")
    far.then = ["451 4.3.0 later", ""]  # not taken; taken, and nobody knows
    first = write(t, content="Grüß dich, Ann.\n\n.\nTschüß")
    t.wait(lambda: len(far.mails) == 2, "what is uncertain is sent again", 30)
    t.wait(lambda: state(t)["delivery_status"] == "sent", "and known as sent")
    t.eq(far.signed_in[0], "\0desk\0secret", "after signing in")
    one, two = (email.message_from_bytes(m["bytes"], policy=email.policy.default) for m in far.mails)
    t.eq(one["Message-ID"], two["Message-ID"], "under the same Message-ID, by which mailboxes show it once")
    t.has(one["Message-ID"], first["id"].replace("-", ""), "which is made of our ids")
    t.eq((one["Subject"], one["To"], one["From"]), ("Your visit", ANN, f"Lumen Spa <{DESK}>"), "with its headers")
    t.eq(far.mails[0]["from"], one["Reply-To"], "bounces and answers come to the address with the token")
    t.eq(one.get_body(("plain",)).get_content().strip(), "Grüß dich, Ann.\n\n.\nTschüß", "with its words")
    t.has(one.get_body(("html",)).get_content(), "<p>Grüß dich, Ann.</p>", "in HTML too")

    far.to = ["550 5.1.1 nobody here"]
    write(t)
    t.wait(lambda: state(t)["delivery_status"] == "failed", "what the server refuses has failed")
    t.eq((state(t)["error_code"], "nobody here" in state(t)["error_message"]), ("5.1.1", True), "with its reason")


@story
def bad_mails_are_refused(t):
    by_sendgrid(t)
    def refused(field, **more):
        body = {"to": ANN, "channel": "email", "subject": "x", "content": "x", **more}
        answer = t.post("/api/admin/messages", body, token=t.token())
        t.eq((answer.status, answer.json["errors"][0]["field"]), (422, field), f"{more} is refused")
    refused("to", to="ann")
    refused("to", to="a@b.c\r\nBcc: x@y.z")
    refused("to", to="a@b.c, d@e.f")
    refused("subject", subject=None)
    refused("attachments", attachments=[{"filename": "../x", "content": ""}])
    refused("attachments", attachments=[{"filename": "x", "content": "no base64!"}])
    refused("attachments", attachments=[{"filename": "x", "content": "", "content_type": "text/html\r\nX: y"}])
    refused("attachments", attachments=["x"])
    refused("attachments", channel="sms", to="+15550100001", attachments=[{"filename": "x", "content": ""}])
    t.eq(t.sql("SELECT count(*) FROM communication_messages"), [["0"]], "and nothing was written")


@story
def settings_that_cannot_be_are_said(t):
    t.ava("schema", "create")
    for wrong in ({"AVA_SENDGRID_API_KEY": "SG.x"}, {"AVA_SMTP_URL": "mail.example.com", "AVA_MAIL_ADDRESS": DESK},
                  {"AVA_MAIL_ADDRESS": "desk"}, {"AVA_SENDGRID_EVENT_KEY": "MFkw"}, {"AVA_MAIL_PROVIDER": "pigeon"},
                  {"AVA_MAIL_PROVIDER": "smtp"},
                  {"AVA_SMTP_URL": "smtp://mail.example.com", "AVA_SMTP_TLS": "false", "AVA_SMTP_PASSWORD": "x",
                   "AVA_MAIL_ADDRESS": DESK}):
        t.ava("serve", status=78, **wrong)
        t.ok(True, f"{list(wrong)[-1]} is refused")


if __name__ == "__main__":
    main()
