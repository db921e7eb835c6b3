#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A person mails Ava, is answered in the thread, books, sends a file, is answered by the staff, and the
conversation is scored: by SendGrid's stand-in in both modes, by the sandbox's SMTP and IMAP, and by
Debian's own postfix and dovecot with TLS."""
import base64
import datetime
import email
import email.policy
import os
import subprocess
import time
from email.message import EmailMessage
from email.utils import make_msgid

import mail_servers
from ava_test import BINARY, DESK, ROOT, main, story, wait_for
from s12_booking import spoken, two_days, zone_of

SECONDS = 400
ANN = "ann@example.com"
PDF = b"%PDF-1.4\nmy intake form\n"


class SandboxPeer:
    """A customer whose e-mail is the sandbox's."""

    def __init__(self, sandbox, by):
        self.sandbox, self.by = sandbox, by

    def write(self, text, answers=False, file=None):
        letter = {"from": f"Maya Ortiz <{ANN}>", "text": text, "by": self.by}
        letter.update({"in_reply_to": "last"} if answers else {"subject": "An appointment"})
        if file:
            letter["files"] = [{"name": "form.pdf", "type": "application/pdf", "data": base64.b64encode(file).decode()}]
        sent = self.sandbox.request("POST", "/sandbox/mail", letter).json
        if sent.get("status") not in (0 if self.by == "imap" else 200,):
            raise RuntimeError(f"the e-mail was not taken: {sent}")
        return sent["message_id"]

    def inbox(self):
        mails = self.sandbox.request("GET", f"/sandbox/mail?limit=1000&with={ANN}").json["mails"]
        return [m for m in mails if m["direction"] == "outbound"]


class DebianPeer:
    """A customer with a mailbox at postfix and dovecot."""

    def __init__(self, servers):
        self.servers = servers

    def write(self, text, answers=False, file=None):
        letter = EmailMessage()
        letter["From"], letter["Message-ID"] = f"Maya Ortiz <{ANN}>", make_msgid(domain="example.com")
        to, subject = DESK, "An appointment"
        if answers:
            last = self.inbox()[-1]
            to, subject = last["reply_to"] or last["from"], f"Re: {last['subject'].removeprefix('Re: ')}"
            letter["In-Reply-To"] = last["message_id"]
            letter["References"] = " ".join([*last["references"], last["message_id"]])
            quoted = "".join(f"> {line}\n" for line in last["text"].splitlines())
            text = f"{text}\n\nOn Fri, 27 Nov 2026 at 10:00, The desk <{DESK}> wrote:\n\n{quoted}"
        letter["To"], letter["Subject"] = to, subject
        letter.set_content(text)
        if file:
            letter.add_attachment(file, maintype="application", subtype="pdf", filename="form.pdf")
        self.servers.send(letter, to)
        return str(letter["Message-ID"])

    def inbox(self):
        time.sleep(0.1)  # it signs in each time
        found = []
        for m in (email.message_from_bytes(b, policy=email.policy.default) for b in self.servers.mailbox("ann")):
            address = lambda name, m=m: m[name].addresses[0].addr_spec if m[name] else None
            found.append({"from": address("From"), "reply_to": address("Reply-To"), "subject": m["Subject"],
                          "message_id": m["Message-ID"], "in_reply_to": m["In-Reply-To"],
                          "references": (m["References"] or "").split(),
                          "text": m.get_body(("plain",)).get_content(), "way": "debian"})
        return found


def open_business(t):
    t.ava("schema", "create")
    t.ava("business", "seed", os.path.join(ROOT, "share", "seeds", "medical-spa.json"))


def conversation(t):
    """The only one there is, whole."""
    page = t.get("/api/admin/communications?page_size=10", token=t.token()).json
    t.eq([c["channel"] for c in page["conversations"]], ["email"], "there is one conversation")
    return t.get(f"/api/admin/communications/{page['conversations'][0]['id']}", token=t.token()).json


def ask(t, peer, text, **more):
    """Writes, and returns the answer, which must be in the thread."""
    before = len(peer.inbox())
    mine = peer.write(text, **more)
    got = wait_for(lambda: peer.inbox()[before:], 60, f"an answer to {text!r}")
    t.eq(len(got), 1, f"{text[:30]!r} has one answer")
    t.eq((got[0]["in_reply_to"], got[0]["from"]), (mine, DESK), "to that e-mail, from the desk")
    t.eq(got[0]["references"][-1], mine, "in its thread")
    t.eq(got[0]["subject"], "Re: An appointment", "under its subject")
    return got[0]["text"]


def correspond(t, peer):
    zone = zone_of(t)
    day = two_days(t, datetime.datetime.now(zone).date())[0]
    first = ask(t, peer, f"Hello,\n\nI'd like to book a hydrafacial on {spoken(day)}.\n\nBest,\nMaya")
    t.ok("AM" in first or "PM" in first, "times are offered", first)
    told = ask(t, peer, "the second one", answers=True)
    if "booked" not in told.lower():
        told = ask(t, peer, "Maya Ortiz", answers=True)
    t.has(told.lower(), "booked", "she is booked")
    t.ok("> " not in told, "and what she wrote is not repeated", told)
    appointments = t.get("/api/appointments?page_size=10", token=t.token()).json["appointments"]
    t.eq([(a["service_type"], a["status"]) for a in appointments], [("hydrafacial", "scheduled")], "by an appointment")
    ask(t, peer, "Here is my form.", answers=True, file=PDF)

    shown = conversation(t)
    said = [m["content"] for m in shown["messages"] if m["direction"] == "inbound"]
    t.eq((said[1], said[-1]), ("the second one", "Here is my form."), "of her answers the new words are taken")
    files = [f for m in shown["messages"] for f in m.get("attachments") or []]
    t.eq([f["content_type"] for f in files], ["application/pdf"], "her file is there")
    got = t.get(f"/api/admin/attachments/{files[0]['id']}", token=t.token())
    t.eq((got.status, got.body), (200, PDF), "byte for byte")

    there, before = shown["conversation"]["id"], len(peer.inbox())
    reply = t.post(f"/api/admin/communications/{there}/reply", {"content": "Thank you, Maya. See you then. Olive"},
                   token=t.token())
    t.eq(reply.status, 201, "a staff member answers")
    got = t.wait(lambda: peer.inbox()[before:], "which reaches her", 60)
    t.has(got[0]["text"], "See you then. Olive", "in their words")
    t.ok(got[0]["references"], "in the thread", got[0])
    t.eq(t.post(f"/api/admin/communications/{there}/complete", {}, token=t.token()).status, 200, "it is completed")
    t.wait(lambda: conversation(t)["conversation"]["outcome"], "and scored", 60)
    t.eq(conversation(t)["conversation"]["outcome"], "appointment_scheduled", "as what it was")
    return peer.inbox()


@story
def a_person_mails_ava_by_sendgrid(t):
    open_business(t)
    t.with_mail()
    sandbox, _ = t.world_with_sandbox()
    mails = correspond(t, SandboxPeer(sandbox, "parsed"))
    t.eq({m["way"] for m in mails}, {"sendgrid"}, "all by SendGrid")
    t.wait(lambda: {m["email"]["delivery_status"] for m in conversation(t)["messages"] if m["direction"] == "outbound"}
           == {"delivered"}, "and known as delivered")
    mail = mails[0]
    sandbox.request("POST", "/sandbox/mail/event", {"seq": mail["seq"], "event": "open"})
    t.wait(lambda: [m for m in conversation(t)["messages"] if m["email"].get("opened_at")], "she opens one, which is seen")
    forged = sandbox.request("GET", "/sandbox/faults").json["forged_taken"]
    t.eq(forged, 0, "nothing forged was taken")
    by_command(t, sandbox)


def by_command(t, sandbox):
    """The same sandbox from the command line: `ava sandbox mail`."""
    def mail(*flags, stdin="", status=0):
        return t.ava("sandbox", "mail", *flags, stdin=stdin, status=status, AVA_SANDBOX_PORT=str(sandbox.port))

    told = mail("bea@example.com", "--subject", "A question", stdin="Is there parking?\n")
    for part in (f"<{DESK}>", "To: bea@example.com", "Subject: Re: A question", "parking"):
        t.has(told, part, f"ava sandbox mail prints its answer with {part}")
    form = os.path.join(t.dir, "form.pdf")
    with open(form, "wb") as file:
        file.write(PDF)
    told = mail("bea@example.com", "--in-reply-to", "last", "--by", "raw", "--attach", form, stdin="And your hours?\n")
    t.has(told, "9 AM", "an answer to the last, whole and with a file, is answered")
    sent = sandbox.request("GET", "/sandbox/mail?with=bea@example.com").json["mails"]
    mine = [m for m in sorted(sent, key=lambda m: m["seq"]) if m["direction"] == "inbound"]
    t.eq([(len(m["files"]), m["subject"]) for m in mine], [(0, "A question"), (1, "Re: A question")],
         "in its thread, with the file")
    t.eq(mine[1]["files"][0]["size"], len(PDF), "all of it")
    for flags, why in (((), "no sender"), (("bea@example.com", "--by", "pigeon"), "a way that there is not"),
                       (("bea@example.com", "--attach", form + "x"), "a file that there is not"),
                       (("bea@example.com", "--in-reply-to", "x1"), "an e-mail that there is not"),
                       (("no address",), "no address")):
        run = subprocess.run([BINARY, "sandbox", "mail", *flags], input="Hi", capture_output=True, text=True,
                             cwd=t.dir, env=t.environment(AVA_SANDBOX_PORT=str(sandbox.port)))
        t.ok(run.returncode not in (0, -6, -11) and run.stderr.startswith("ava: ") and not run.stdout,
             f"{why} is said", (run.returncode, run.stdout, run.stderr))


@story
def whole_e_mails_by_sendgrid_with_faults(t):
    open_business(t)
    t.with_mail()
    sandbox, _ = t.world_with_sandbox()
    for fault in ({"status": "forged", "on": "inbound"}, {"status": "altered", "on": "inbound", "probability": 0.5},
                  {"status": "duplicate", "on": "inbound", "probability": 0.5}, {"status": "forged"},
                  {"status": 429, "count": 1, "retry_after": 1}, {"status": "duplicate", "probability": 0.5}):
        t.eq(sandbox.request("POST", "/sandbox/faults", {"api": "mail", **fault}).status, 200, f"{fault} is armed")
    correspond(t, SandboxPeer(sandbox, "raw"))
    t.eq(sandbox.request("GET", "/sandbox/faults").json["forged_taken"], 0, "nothing forged was taken")


@story
def a_person_mails_ava_by_smtp_and_imap(t):
    open_business(t)
    t.with_mail()
    sandbox = t.sandbox()
    t.with_sandbox_mailbox(sandbox)
    t.start()
    mails = correspond(t, SandboxPeer(sandbox, "imap"))
    t.eq({m["way"] for m in mails}, {"smtp"}, "all by SMTP")
    seen = [m["seen"] for m in sandbox.request("GET", f"/sandbox/mail?with={ANN}").json["mails"] if m["way"] == "imap"]
    t.ok(all(seen), "and what was taken from the mailbox is marked", seen)


@story
def debians_own_servers(t):
    why = mail_servers.missing()
    if why:
        t.ok(True, f"postfix and dovecot # SKIP {why}")
        return
    open_business(t)
    servers = mail_servers.MailServers(t.dir)
    try:
        servers.start()
        t.settings.update(AVA_MAIL_ADDRESS=DESK, AVA_SMTP_URL=f"smtp://localhost:{servers.submission}",
                          AVA_SMTP_USER="desk", AVA_SMTP_PASSWORD=mail_servers.PASSWORD,
                          AVA_IMAP_URL=f"imap://localhost:{servers.imap}/INBOX", AVA_IMAP_USER="desk",
                          AVA_IMAP_PASSWORD=mail_servers.PASSWORD, AVA_MAIL_CA_FILE=servers.ca)
        t.start()
        correspond(t, DebianPeer(servers))
    finally:
        servers.stop()
        if os.environ.get("AVA_TEST_MAIL_LOGS"):
            print(servers.log("postfix-mail"), servers.log("dovecot"))


if __name__ == "__main__":
    main()
