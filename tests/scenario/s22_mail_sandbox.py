#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sandbox's e-mail by itself: a product of a few lines stands where Ava would, and Python's own SMTP
and IMAP programs are the peers. A stand-in that is wrong would let every other test of e-mail pass."""
import base64
import email
import email.policy
import http.server
import imaplib
import json
import smtplib
import threading
import time
from email.message import EmailMessage

from ava_test import TWILIO_TOKEN, main, story_on

THREADS = True
ANN, DESK = "ann@example.com", "desk@in.example.org"
MAIL, EVENTS = "/api/webhooks/sendgrid/email", "/api/webhooks/sendgrid/events"
PICTURE = "iVBORw0KGgo="


class Product:
    """Takes what is posted; refuses what has no password in its address."""

    def __init__(self, t):
        self.posts, self.status = [], 200
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posts.append((self.path, self.headers, body))
                right = self.path == EVENTS or self.headers.get("Authorization", "").endswith(outer.right)
                self.send_response(outer.status if right else 401)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.right = base64.b64encode(f"ava:{TWILIO_TOKEN}".encode()).decode()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        t.settings["AVA_PUBLIC_URL"] = f"http://127.0.0.1:{self.server.server_port}"

    def at(self, path):
        return [(headers, body) for where, headers, body in self.posts if where == path]


def form(headers, body):
    """The parts of a form, as Python's own reader of MIME has them."""
    whole = email.message_from_bytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body,
                                     policy=email.policy.HTTP)
    return {part.get_param("name", header="content-disposition"): part for part in whole.iter_parts()}


def begin(t):
    product = Product(t)
    sandbox = t.sandbox()
    return product, sandbox, sandbox.request("GET", "/health").json


def write(sandbox, **letter):
    return sandbox.request("POST", "/sandbox/mail", {"from": ANN, "subject": "Hello", "text": "Hi", **letter}).json


def fault(sandbox, **more):
    return sandbox.request("POST", "/sandbox/faults", {"api": "mail", **more})


def mails(sandbox, who=ANN):
    return sandbox.request("GET", f"/sandbox/mail?with={who}").json["mails"]


def letter_of_the_desk(to=ANN, text="Hello Ann\n.a dot\nbye", message_id="<1@in.example.org>"):
    m = EmailMessage()
    m["From"], m["To"], m["Subject"], m["Message-ID"] = f"The desk <{DESK}>", to, "Grüße ☃", message_id
    m.set_content(text)
    m.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="offer.pdf")
    return m


@story_on("sqlite")
def an_smtp_client_hands_mail_in(t):
    _, sandbox, health = begin(t)
    with smtplib.SMTP("127.0.0.1", health["smtp_port"], timeout=10) as s:
        s.ehlo()
        refused = None
        try:
            s.sendmail(DESK, ANN, "x")
        except smtplib.SMTPException as e:
            refused = e.smtp_code
        t.eq(refused, 530, "without a password nothing is taken")
        s.login("ava", TWILIO_TOKEN)
        t.eq(s.send_message(letter_of_the_desk()), {}, "an e-mail is taken")
        for who, code in (("bounce@example.com", 550), ("full@example.com", 452)):
            got = None
            try:
                s.sendmail(DESK, who, "Subject: x\r\n\r\nx")
            except smtplib.SMTPRecipientsRefused as e:
                got = e.recipients[who][0]
            t.eq(got, code, f"{who}: {code}")
        t.eq(s.noop()[0], 250, "and the connection goes on")
    one = mails(sandbox)[0]
    t.eq((one["way"], one["subject"], one["from_name"], one["message_id"]),
         ("smtp", "Grüße ☃", "The desk", "<1@in.example.org>"), "it is listed, taken apart")
    t.eq(one["text"].strip(), "Hello Ann\n.a dot\nbye", "with its dots")
    t.eq(sandbox.request("GET", one["files"][0]["path"]).body, b"%PDF-1", "and its file")
    source = sandbox.request("GET", f"/sandbox/mail/source?seq={one['seq']}")
    t.has(source.text, "Message-ID: <1@in.example.org>", "its source can be read")
    try:
        smtplib.SMTP("127.0.0.1", health["smtp_port"], timeout=10).login("ava", "wrong")
        t.ok(False, "a wrong password is refused")
    except smtplib.SMTPAuthenticationError as e:
        t.eq(e.smtp_code, 535, "a wrong password is refused")


@story_on("sqlite")
def faults_meet_smtp(t):
    _, sandbox, health = begin(t)

    def send(n):
        with smtplib.SMTP("127.0.0.1", health["smtp_port"], timeout=10) as s:
            s.login("ava", TWILIO_TOKEN)
            s.send_message(letter_of_the_desk(message_id=f"<{n}@in.example.org>"))

    def outcome(n):
        try:
            send(n)
            return 250
        except smtplib.SMTPDataError as e:
            return e.smtp_code
        except (smtplib.SMTPServerDisconnected, ConnectionError):
            return "cut"

    for n, (asked, want, stored) in enumerate((
            ({"status": 503}, 451, False), ({"status": 500, "code": 554}, 554, False),
            ({"status": "undelivered"}, 550, False), ({"status": "hang", "hang_ms": 50}, "cut", False),
            ({"status": "after_send_timeout", "hang_ms": 50}, "cut", True),
            ({"status": "slow", "latency_ms": 50}, 250, True))):
        t.eq(fault(sandbox, count=1, **asked).status, 200, f"{asked} is armed")
        t.eq(outcome(n), want, f"and met: {want}")
        t.eq(f"<{n}@in.example.org>" in [m["message_id"] for m in mails(sandbox)], stored,
             "the e-mail was taken" if stored else "the e-mail was not taken")
    t.eq(outcome(99), 250, "and then all is well")


@story_on("sqlite")
def an_imap_client_fetches(t):
    product, sandbox, health = begin(t)
    t.eq(write(sandbox, by="imap", subject="Grüße", text="By IMAP\n")["status"], 0, "an e-mail lies in the mailbox")
    t.eq(product.posts, [], "and is not posted")
    box = imaplib.IMAP4("127.0.0.1", health["imap_port"], timeout=10)
    try:
        box.login("ava", "wrong")
        t.ok(False, "a wrong password is refused")
    except imaplib.IMAP4.error:
        t.ok(True, "a wrong password is refused")
    box.login("ava", TWILIO_TOKEN)
    t.eq(box.select("INBOX"), ("OK", [b"1"]), "the mailbox has one")
    t.eq(box.uid("search", "UNSEEN"), ("OK", [b"1"]), "which nobody has seen")
    _, answer = box.uid("fetch", "1:*", "(UID RFC822.SIZE FLAGS BODY.PEEK[])")
    got = email.message_from_bytes(answer[0][1], policy=email.policy.default)
    t.eq((got["Subject"], got.get_body(("plain",)).get_content().strip()), ("Grüße", "By IMAP"), "it is fetched whole")
    t.eq(box.uid("search", "UNSEEN")[1], [b"1"], "looking leaves it unseen")
    box.uid("store", "1", "+FLAGS", "(\\Seen)")
    t.eq(box.uid("search", "UNSEEN")[1], [b""], "until it is marked")
    t.eq(mails(sandbox)[0]["seen"], True, "which the customer sees")
    write(sandbox, by="imap", subject="Second")
    box.noop()
    t.eq(box.response("EXISTS")[1][-1], b"2", "another one is told")
    box.store("1", "+FLAGS.SILENT", "\\Deleted")
    box.expunge()
    t.eq(box.search(None, "ALL")[1], [b"1"], "what is deleted goes")
    idle(t, box, sandbox)
    box.logout()


def idle(t, box, sandbox):
    """imaplib learnt it only lately: by hand."""
    box.send(b"x1 IDLE\r\n")
    t.has(box.readline(), b"+", "the server waits")
    write(sandbox, by="imap", subject="Third")
    t.eq(box.readline(), b"* 2 EXISTS\r\n", "and says at once what comes")
    box.send(b"DONE\r\n")
    t.has(box.readline(), b"x1 OK", "until it is told to end")


@story_on("sqlite")
def a_customer_writes_and_answers(t):
    product, sandbox, health = begin(t)
    sent = write(sandbox, **{"from": "Ann Müller <ann@example.com>"}, text="Grüße\n",
                 files=[{"name": "a.png", "type": "image/png", "data": PICTURE}])
    t.eq((sent["status"], sent["from"]), (200, ANN), "an e-mail is posted")
    parts = form(*product.at(MAIL)[0])
    t.eq(json.loads(parts["envelope"].get_content()), {"to": [DESK], "from": ANN}, "with its envelope")
    t.eq((parts["attachments"].get_content().strip(), parts["attachment1"].get_payload(decode=True)[:4]),
         ("1", b"\x89PNG"), "and its file")
    t.has(parts["headers"].get_content(), sent["message_id"], "and its headers")
    t.eq(write(sandbox, in_reply_to="last").get("status"), 404, "who got nothing has nothing to answer")
    with smtplib.SMTP("127.0.0.1", health["smtp_port"], timeout=10) as s:
        s.login("ava", TWILIO_TOKEN)
        letter = letter_of_the_desk()
        letter["Reply-To"] = "desk+token@in.example.org"
        s.send_message(letter)
    write(sandbox, in_reply_to="last", subject=None, text="Thanks", by="raw")
    raw = email.message_from_bytes(form(*product.at(MAIL)[1])["email"].get_payload(decode=True),
                                   policy=email.policy.default)
    t.eq((raw["To"], raw["In-Reply-To"], raw["Subject"]),
         ("desk+token@in.example.org", "<1@in.example.org>", "Re: Grüße ☃"), "an answer goes where it is wanted")
    t.has(raw.get_body(("plain",)).get_content(), "> Hello Ann", "with what it answers below")
    whole = b"From: bob@example.com\r\nTo: x\r\nMessage-ID: <own@example.com>\r\nSubject: own\r\n\r\nAll mine\r\n"
    t.eq(sandbox.request("POST", "/sandbox/mail/raw?by=parsed", whole).json["message_id"], "<own@example.com>",
         "a whole e-mail can be handed in")
    t.eq(form(*product.at(MAIL)[2])["text"].get_content().strip(), "All mine", "and comes taken apart")
    for bad, field in (({"from": "nobody"}, "from"), ({"by": "pigeon"}, "by"), ({"files": [{"data": "*"}]}, "files")):
        answer = sandbox.request("POST", "/sandbox/mail", {"from": ANN, "text": "x", **bad})
        t.ok(answer.status == 422 and field in answer.text, f"{bad} is refused", answer)


@story_on("sqlite")
def faults_meet_what_customers_write(t):
    product, sandbox, _ = begin(t)
    fault(sandbox, status="duplicate", on="inbound", count=1)
    t.eq(write(sandbox)["status"], 200, "twice at once")
    t.eq(len(product.at(MAIL)), 2, "comes twice")
    fault(sandbox, status="lost", on="inbound", count=1)
    t.has(write(sandbox)["error"], "lost", "lost")
    t.eq(len(product.at(MAIL)), 2, "does not come")
    fault(sandbox, status="forged", on="inbound", count=1)
    forged = write(sandbox)
    t.eq((forged["forged_status"], forged["status"]), (401, 200), "a forged copy is refused, the right one taken")
    fault(sandbox, status="altered", on="inbound", count=1)
    t.eq(write(sandbox)["forged_status"], 200, "a product that does not look at signatures takes what was altered")
    t.eq(sandbox.request("GET", "/sandbox/faults").json["forged_taken"], 1, "which is counted")
    t.eq(fault(sandbox, status=503, on="inbound").status, 422, "what cannot happen there is refused")
    t.eq(fault(sandbox, mixture=1).status, 200, "a mixture is armed")
    for _ in range(12):
        write(sandbox)
    met = sandbox.request("GET", "/sandbox/faults").json["met"]
    t.ok(sum(met.values()) >= 16, "and met", met)


@story_on("sqlite")
def events_come_again_until_they_are_taken(t):
    product, sandbox, _ = begin(t)
    product.status = 503
    send = {"personalizations": [{"to": [{"email": ANN}]}], "from": {"email": DESK}, "subject": "x",
            "content": [{"type": "text/plain", "value": "x"}]}
    answer = sandbox.request("POST", "/v3/mail/send", send, token=TWILIO_TOKEN)
    t.eq((answer.status, answer.body), (202, b""), "an e-mail is taken")
    t.wait(lambda: len(product.at(EVENTS)) >= 2, "its events are posted again and again")
    bodies = {body for _, body in product.at(EVENTS)}
    t.eq(len(bodies), 1, "the same")
    t.ok(next(iter(bodies)).endswith(b"]\r\n"), "as SendGrid writes them")
    product.status = 200
    before = len(product.at(EVENTS))
    t.wait(lambda: {e["event"] for _, body in product.at(EVENTS)[before:] for e in json.loads(body)}
           >= {"processed", "delivered"}, "until they are taken")
    time.sleep(0.5)
    n = len(product.at(EVENTS))
    time.sleep(0.5)
    t.eq(len(product.at(EVENTS)), n, "and then no more")


if __name__ == "__main__":
    main()
