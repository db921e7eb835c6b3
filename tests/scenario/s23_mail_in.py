#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""E-mail comes in three ways, by SendGrid's Inbound Parse, from a mailbox and from a mail server: each
mail once, in its own thread, never in a stranger's, files and all, and no machine is answered."""
import base64
import email.policy
import email.utils
import json
import os
import socket
import ssl
import subprocess
import threading
import time

from ava_test import BINARY, PATIENCE, ROOT, main, story
from mail_fakes import FakeMailServer

QUICK = True
THREADS = True
FAULTS = False
DESK = "desk@in.example.org"
HOOK = "/api/webhooks/sendgrid/email"
SECRET = "an unguessable word"
PDF = b"%PDF-1.4\nsome pages\n"


def mail(sender, words, subject="A question", message_id=None, to=DESK, more="", file=None):
    """A mail's bytes."""
    message_id = message_id or f"<{abs(hash((sender, words)))}@mail.example.com>"
    head = (f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n"
            f"Date: {email.utils.formatdate()}\r\nMIME-Version: 1.0\r\n{more}")
    if file is None:
        return (head + f"Content-Type: text/plain; charset=utf-8\r\n\r\n{words}\r\n").encode()
    encoded = base64.encodebytes(file).decode().replace("\n", "\r\n")
    return (head + "Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\nContent-Type: text/plain\r\n\r\n"
            f"{words}\r\n--cut\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; "
            f"filename=\"form.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--cut--\r\n").encode()


def form(fields, files=()):
    """Body and type of a form, as SendGrid posts it."""
    parts = [f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() +
             (value if isinstance(value, bytes) else value.encode()) + b"\r\n" for name, value in fields.items()]
    parts += [f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
              f"Content-Type: {kind}\r\n\r\n".encode() + data + b"\r\n" for name, filename, kind, data in files]
    return b"".join(parts) + b"--xYzZY--\r\n", {"Content-Type": "multipart/form-data; boundary=xYzZY"}


def raw_form(bytes_, **more):
    fields = {"email": bytes_, "to": DESK, "subject": "x", "SPF": "pass", "sender_ip": "192.0.2.1",
              "envelope": json.dumps({"to": [DESK], "from": "dana@example.com"}), **more}
    return form(fields)


def basic(password):
    return {"Authorization": "Basic " + base64.b64encode(f"ava:{password}".encode()).decode()}


def post(t, body, headers, path=HOOK, password=SECRET):
    return t.request("POST", path, body, headers={**headers, **(basic(password) if password else {})})


def count(t, what):
    return int(t.sql(f"select count(*) from {what}")[0][0])


def words(t):
    return sorted(row[0] if row else "" for row in t.sql("select content from communication_messages where direction = 'inbound'"))


def page(t):
    return t.get("/api/admin/communications?channel=email", token=t.token()).json["conversations"]


def detail(t, which=0):
    return t.get(f"/api/admin/communications/{page(t)[which]['id']}", token=t.token()).json


def world(t, **environment):
    t.ava("schema", "create")
    t.settings.update(AVA_MAIL_ADDRESS=DESK, AVA_SENDGRID_INBOUND_SECRET=SECRET, AVA_TURN_RUNNERS="0")
    t.settings.update(environment)
    t.start()


@story
def sendgrid_posts_are_taken_once(t):
    world(t)
    body, headers = raw_form(mail("Dana <dana@example.com>", "When are you open?", file=PDF))
    t.eq(post(t, body, headers, password=None).status, 401, "a post without a password is refused")
    t.eq(post(t, body, headers, password="wrong").status, 403, "one with a wrong one too")
    t.eq(post(t, body, headers, HOOK + "/wrong", None).status, 403, "or with a wrong path")
    t.eq(count(t, "inbound_requests"), 0, "nothing of that is stored")
    answer = post(t, body, headers)
    t.eq((answer.status, answer.json), (200, {"status": "received"}), "one with the password is taken")
    t.eq(post(t, body, headers, HOOK + "/" + SECRET.replace(" ", "%20"), None).status, 200, "the path may have it too")
    t.eq(words(t), ["When are you open?"], "it counts once")
    t.eq(count(t, "jobs where kind = 'turn'"), 1, "and is answered once")
    t.eq(t.sql("select target, proof from inbound_requests"), [[HOOK, "secret"]], "the journal knows no password")

    shown = detail(t)
    message = shown["messages"][0]
    t.eq((message["email"]["from_address"], message["email"]["to_address"], message["email"]["subject"]),
         ("dana@example.com", DESK, "A question"), "the API shows the mail")
    t.eq(shown["conversation"]["customer"]["name"], "Dana", "and whose it is")
    files = t.sql("select id, state, content_type from attachments")
    t.eq([f[1:] for f in files], [["stored", "application/pdf"]], "its file is stored with it")
    got = t.get(f"/api/admin/attachments/{files[0][0]}", token=t.token())
    t.eq((got.status, got.body), (200, PDF), "and can be had")

    taken_apart = {"headers": "From: eve@example.net\nTo: desk@in.example.org\nSubject: x\nMessage-ID: <p1@x>\n",
                   "from": "Eve <eve@example.net>", "to": DESK, "subject": "Gr\xfc\xdfe".encode("latin-1"),
                   "text": "Ich m\xf6chte kommen".encode("latin-1"), "attachments": "1", "dkim": "{@example.net : pass}",
                   "SPF": "pass", "charsets": json.dumps({"subject": "iso-8859-1", "text": "iso-8859-1", "from": "UTF-8"}),
                   "attachment-info": json.dumps({"attachment1": {"filename": "plan.pdf", "type": "application/pdf"}}),
                   "envelope": json.dumps({"to": ["desk+x@in.example.org"], "from": "eve@example.net"})}
    body, headers = form(taken_apart, [("attachment1", "plan.pdf", "application/pdf", PDF + bytes(range(256)))])
    t.eq(post(t, body, headers).status, 200, "a mail that SendGrid has taken apart is taken")
    t.eq(post(t, body, headers).status, 200, "and again")
    t.eq(words(t), ["Ich möchte kommen", "When are you open?"], "its words are those of its charset")
    t.eq(sorted(r[0] for r in t.sql("select filename from attachments")), ["form.pdf", "plan.pdf"], "with its file")
    t.eq(count(t, "inbound_requests where state = 'done'"), 2, "each is there once")


@story
def what_cannot_be_made_sense_of_is_kept(t):
    world(t)
    body, headers = form({"nothing": "of use"})
    answer = post(t, body, headers)
    t.eq((answer.status, answer.json), (200, {"status": "kept"}), "a form without a mail is kept")
    t.eq(post(t, b"no form at all", headers).json, {"status": "kept"}, "a body that is no form as well")
    t.eq(post(t, b"{}", {"Content-Type": "application/json"}).status, 415, "another type is refused")
    t.eq(count(t, "inbound_requests where state = 'failed'"), 2, "both are in the journal")
    t.eq(count(t, "communication_messages"), 0, "and became nothing")
    shown = json.loads(t.ava("inbox", "list", "--state", "failed"))["requests"]
    t.ok(all(r["error"] for r in shown), "with the reason")


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True).stdout


@story
def a_security_policy_signs(t):
    key = os.path.join(t.dir, "key.pem")
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    public = base64.b64encode(openssl("ec", "-in", key, "-pubout", "-outform", "DER")).decode()
    world(t, AVA_SENDGRID_INBOUND_KEY=public)
    body, headers = raw_form(mail("dana@example.com", "Signed"))

    def signed(stamp, signed_body):
        signature = openssl("dgst", "-sha256", "-sign", key, data=stamp.encode() + signed_body)
        return {**headers, "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
                "X-Twilio-Email-Event-Webhook-Timestamp": stamp}

    t.eq(post(t, body, headers).status, 403, "with a policy the password alone is not enough")
    t.eq(post(t, body, signed("1600112502", body + b" ")).status, 403, "a signature of another body is none")
    t.eq(post(t, body, {**signed("1600112502", body), "X-Twilio-Email-Event-Webhook-Timestamp": "1600112503"}).status,
         403, "nor one of another moment")
    t.eq(post(t, body, signed("1600112502", body), password=None).status, 200, "the right one is taken, however old")
    t.eq(t.sql("select proof from inbound_requests"), [["signature"]], "the journal says what vouches for it")


def deliver(t, data, *more, **environment):
    run = subprocess.run([BINARY, "mail", "deliver", *more], input=data, capture_output=True, cwd=t.dir,
                         env=t.environment(**environment), timeout=60 * PATIENCE)
    return run.returncode


@story
def a_mail_server_delivers(t):
    world(t)
    t.eq(deliver(t, mail("dana@example.com", "By pipe"), RECIPIENT=DESK, SENDER="dana@example.com"), 0, "a mail is taken")
    t.eq(deliver(t, mail("dana@example.com", "By pipe")), 0, "once more")
    t.eq(words(t), ["By pipe"], "it counts once")
    path = os.path.join(t.dir, "one.eml")
    with open(path, "wb") as f:
        f.write(mail("eve@example.net", "By file"))
    t.eq(deliver(t, b"", path, "--to", "spa+tag@in.example.org", "--sender", ""), 0, "a file is taken")
    t.eq(count(t, "jobs where kind = 'turn'"), 1, "one without a sender on its envelope is not answered")
    t.eq(deliver(t, b"", os.path.join(t.dir, "none.eml")), 64, "a file that is not there is a mistake")
    t.eq(deliver(t, b""), 0, "what is no mail is kept")
    t.eq(deliver(t, mail("dana@example.com", "x" * 70000), AVA_MAIL_MAX="65536"), 65, "a mail too large is refused for good")
    t.eq(deliver(t, mail("dana@example.com", "Later"), AVA_DATABASE_URL="sqlite:" + os.path.join(t.dir, "new.db")), 75,
         "while the store is not ready, the mail server keeps it")
    t.eq(count(t, "inbound_requests where state = 'failed'"), 1, "the journal has what was no mail")


class Mailbox:
    """An IMAP server with one mailbox, as far as it is needed: a thread for each connection."""

    def __init__(self, idle=True, tls=None, starttls=None):
        """tls, starttls: a context for TLS from the start, or when it is asked for."""
        self.tls, self.starttls, self.secure_sign_ins = tls, starttls, 0
        self.mails, self.seen, self.lock, self.idle = [], set(), threading.Condition(), idle
        self.sign_ins, self.connections, self.refusing = 0, [], False
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def add(self, data):
        with self.lock:
            self.mails.append(data)
            self.lock.notify_all()

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def drop(self):
        """Closes all connections, as a restart does."""
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections = []

    def close(self):
        self.socket.close()
        self.drop()

    def serve(self, connection):
        try:
            if self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.talk(connection, connection.makefile("rb"))
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def wait_idle(self, connection, lines, tag, told):
        """Tells what has come since `told`, also before the client began to wait. How many were told."""
        connection.sendall(b"+ idling\r\n")
        connection_done = threading.Event()

        def tell():
            nonlocal told
            with self.lock:
                while not connection_done.is_set():
                    if len(self.mails) > told:
                        told = len(self.mails)
                        try:
                            connection.sendall(f"* {told} EXISTS\r\n".encode())
                        except OSError:
                            return
                    self.lock.wait(0.1)
        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        lines.readline()
        connection_done.set()
        teller.join()
        connection.sendall(f"{tag} OK idle is over\r\n".encode())
        return told

    def talk(self, connection, lines):
        connection.sendall(b"* OK IMAP4rev1 ready\r\n")
        self.talk_on(connection, lines)

    def talk_on(self, connection, lines):
        say = lambda text: connection.sendall(text.encode() + b"\r\n")  # noqa: E731
        told = 0
        for line in iter(lines.readline, b""):
            tag, _, rest = line.decode().strip().partition(" ")
            verb = rest.split(" ")[0].upper()
            if verb == "CAPABILITY":
                say("* CAPABILITY IMAP4rev1 AUTH=PLAIN" + (" IDLE" if self.idle else "") +
                    (" STARTTLS" if self.starttls else ""))
            elif verb == "STARTTLS":
                say(f"{tag} OK go on")
                connection = self.starttls.wrap_socket(connection, server_side=True)
                lines = connection.makefile("rb")
                self.talk_on(connection, lines)
                return
            elif verb in ("LOGIN", "AUTHENTICATE"):
                if verb == "AUTHENTICATE":
                    say("+ ")
                    lines.readline()
                self.sign_ins += 1
                self.secure_sign_ins += isinstance(connection, ssl.SSLSocket)
                if self.refusing:
                    say(f"{tag} NO no such user")
                    continue
            elif verb == "SELECT":
                told = len(self.mails)
                say(f"* {told} EXISTS")
            elif rest.upper().startswith("UID SEARCH"):
                say("* SEARCH " + " ".join(str(i + 1) for i in range(len(self.mails)) if i + 1 not in self.seen))
            elif rest.upper().startswith("UID FETCH"):
                uid = int(rest.split(" ")[2])
                data = self.mails[uid - 1]
                connection.sendall(f"* {uid} FETCH (UID {uid} BODY[] {{{len(data)}}}\r\n".encode() + data + b")\r\n")
            elif rest.upper().startswith("UID STORE"):
                self.seen.add(int(rest.split(" ")[2]))
            elif verb == "IDLE":
                told = self.wait_idle(connection, lines, tag, told)
                continue
            say(f"{tag} OK done")


def with_mailbox(t, box, **environment):
    world(t, AVA_IMAP_URL=f"imap://127.0.0.1:{box.port}/INBOX", AVA_IMAP_USER="ava", AVA_IMAP_PASSWORD="secret",
          AVA_IMAP_TLS="off", **environment)


@story
def a_mailbox_is_emptied(t):
    box = Mailbox()
    box.add(mail("dana@example.com", "Was there before", file=PDF))
    with_mailbox(t, box)
    t.wait(lambda: words(t) == ["Was there before"], "what is in the mailbox is taken")
    t.wait(lambda: box.seen == {1}, "and marked as seen")
    t.wait(lambda: t.server.entries("e-mail is taken from a mailbox"), "it is said so")
    box.add(mail("dana@example.com", "Comes now", subject="Re: A question"))
    t.wait(lambda: words(t) == ["Comes now", "Was there before"], "what comes is taken at once")
    t.eq(len(page(t)), 1, "in its thread")
    box.drop()
    box.add(mail("eve@example.net", "After a restart"))
    t.wait(lambda: len(words(t)) == 3, "after the server's restart too")
    t.wait(lambda: box.seen == {1, 2, 3}, "all are seen")
    t.eq(t.sql("select distinct proof from inbound_requests"), [["imap"]], "the journal says whence")
    started = time.monotonic()
    t.eq(t.server.stop(), 0, "the server ends")
    t.ok(time.monotonic() - started < 5 * PATIENCE, "at once, though it waits in the mailbox")
    box.close()


@story
def a_mailbox_without_idle(t):
    box = Mailbox(idle=False)
    with_mailbox(t, box, AVA_IMAP_EVERY="5")
    t.wait(lambda: t.server.entries("e-mail is taken from a mailbox"), "the mailbox is open")
    box.add(mail("dana@example.com", "By looking"))
    t.wait(lambda: words(t) == ["By looking"], "what comes is found", 20)
    box.close()


@story
def a_mailbox_that_refuses(t):
    box = Mailbox()
    box.refusing = True
    with_mailbox(t, box)
    t.wait(lambda: t.server.entries("the mailbox is not to be had, and is tried again"), "a refusal is logged")
    t.wait(lambda: box.sign_ins > 1, "and tried again", 20)
    box.refusing = False
    box.add(mail("dana@example.com", "At last"))
    t.wait(lambda: words(t) == ["At last"], "until it works", 30)
    t.eq(len(t.server.entries("the mailbox is not to be had, and is tried again")), 1, "said once")
    box.close()


def certificate(t):
    """A context of a server for localhost, and the file by which it is believed."""
    key, cert = os.path.join(t.dir, "tls.key"), os.path.join(t.dir, "tls.pem")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
            "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


@story
def a_mailbox_is_read_over_tls(t):
    context, cert = certificate(t)
    whole, later, open_ = Mailbox(tls=context), Mailbox(starttls=context), Mailbox()
    world(t, AVA_IMAP_USER="ava", AVA_IMAP_PASSWORD="secret", AVA_MAIL_CA_FILE=cert)
    t.server.stop()
    big = "z" * 300000
    for box, scheme in ((whole, "imaps"), (later, "imap")):
        box.add(mail("dana@example.com", f"By {scheme}"))
        box.add(mail("dana@example.com", scheme + big))
        t.start(AVA_IMAP_URL=f"{scheme}://localhost:{box.port}/INBOX")
        t.wait(lambda b=box: b.seen == {1, 2}, f"{scheme} is read")
        box.add(mail("dana@example.com", f"By {scheme}, waiting"))
        t.wait(lambda b=box: b.seen == {1, 2, 3}, f"{scheme} tells what comes")
        t.eq((box.sign_ins, box.secure_sign_ins), (1, 1), "the password goes encrypted")
        t.eq(t.server.stop(), 0, "it ends")
    t.ok("By imaps, waiting" in words(t) and "By imap, waiting" in words(t), "all of it is there")
    t.start(AVA_IMAP_URL=f"imap://localhost:{open_.port}/INBOX")
    t.wait(lambda: t.server.entries("the mailbox is not to be had, and is tried again"), "a server without TLS is refused")
    t.eq(open_.sign_ins, 0, "and gets no password")
    t.server.stop()
    t.start(AVA_IMAP_URL=f"imaps://localhost:{whole.port}/INBOX", AVA_MAIL_CA_FILE="")
    t.wait(lambda: t.server.entries("the mailbox is not to be had, and is tried again"), "so is a certificate nobody vouches for")
    t.eq(whole.sign_ins, 1, "that gets no password either")
    for box in (whole, later, open_):
        box.close()


@story
def mail_stays_unseen_until_it_is_ours(t):
    box = Mailbox()
    with_mailbox(t, box, AVA_MAIL_MAX="65536")
    box.add(mail("dana@example.com", "y" * 70000))
    box.add(mail("dana@example.com", "Small"))
    t.wait(lambda: words(t) == ["Small"], "a mail that is too large keeps no other up")
    t.wait(lambda: box.seen == {2}, "it stays unseen")
    # A kill between the commit and the mark: the mail is offered again, and counts once.
    t.server.kill()
    box.seen.clear()
    t.start()
    t.wait(lambda: box.seen == {2}, "what was not marked is marked")
    t.eq(words(t), ["Small"], "and not had twice")
    box.close()


@story
def answers_and_their_answers_are_one_thread(t):
    box, out = Mailbox(), FakeMailServer()
    t.ava("schema", "create")
    t.ava("business", "seed", os.path.join(ROOT, "share/seeds/medical-spa.json"))
    t.start(AVA_MAIL_ADDRESS=DESK, AVA_IMAP_URL=f"imap://127.0.0.1:{box.port}/INBOX", AVA_IMAP_USER="ava",
            AVA_IMAP_PASSWORD="secret", AVA_IMAP_TLS="off", AVA_SMTP_URL=out.url, AVA_SMTP_USER="desk",
            AVA_SMTP_PASSWORD="secret", AVA_SMTP_TLS="false")

    def sent():
        return [email.message_from_bytes(m["bytes"], policy=email.policy.default) for m in out.mails]

    def wait_sent(n, what):
        t.wait(lambda: len(out.mails) == n, what, 20)
        return sent()[-1]

    box.add(mail("Dana <dana@example.com>", "What are your opening hours?", subject="Hours", message_id="<q1@example.com>"))
    first = wait_sent(1, "a mail is answered by mail")
    t.eq((first["to"].addresses[0].addr_spec, first["in-reply-to"], first["subject"]),
         ("dana@example.com", "<q1@example.com>", "Re: Hours"), "in its thread")
    back = str((first["reply-to"] or first["from"]).addresses[0].addr_spec)
    quoted = "\r\n".join("> " + line for line in first.get_body(("plain",)).get_content().splitlines())
    answer = (f"Do you have parking?\r\n\r\nOn Fri, 27 Nov 2026 at 10:00, Desk <{DESK}> wrote:\r\n{quoted}")
    box.add(mail("Dana <dana@example.com>", answer, subject="A new subject", message_id="<q2@example.com>", to=back))
    second = wait_sent(2, "so is the answer to it")
    t.eq(words(t), ["Do you have parking?", "What are your opening hours?"], "of which only the new words count")
    t.eq(len(page(t)), 1, "it found its thread by the address alone")
    t.eq(second["in-reply-to"], "<q2@example.com>", "and so does what goes back")

    box.add(mail("Eve <eve@example.net>", "When is her appointment?", subject="Fwd: Hours", to=back,
                 more=f"In-Reply-To: {first['message-id']}\r\nReferences: <q1@example.com> {first['message-id']}\r\n"))
    third = wait_sent(3, "a stranger who got it is answered")
    t.eq(third["to"].addresses[0].addr_spec, "eve@example.net", "themselves")
    t.eq(len(page(t)), 2, "in a conversation of their own")
    reasons = [e["details"].get("reason") for e in detail(t)["events"]]
    t.ok("stranger_in_thread" in reasons, "which is flagged", reasons)

    box.add(mail("Dana <dana@example.com>", "I am away until Monday.", subject="Automatic reply: Hours", to=back,
                 more="Auto-Submitted: auto-replied\r\nX-Auto-Response-Suppress: All\r\n"))
    t.wait(lambda: box.seen == {1, 2, 3, 4}, "an absence notice is taken")
    t.eq(count(t, "jobs where kind in ('turn', 'send_email')"), 0, "and nothing follows")
    t.eq(len(out.mails), 3, "it is not answered")
    t.eq(len(page(t)), 2, "it lies in its thread")
    box.close()


@story
def hostile_mail_does_no_harm(t):
    world(t)
    many = ", ".join(f"p{i}@example.com" for i in range(10000))
    shapes = [
        mail("dana@example.com", "To a crowd", to=many),
        mail("dana@example.com\r\nBcc: x@example.com", "Injected", subject="x"),
        mail("=?utf-8?q?a=0D=0ABcc:_x@example.com?= <dana@example.com>", "Name with lines", subject="=?utf-8?b?DQo=?="),
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" * 3000,
        b"From: dana@example.com\r\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(500)) + b"deep\r\n",
        b"From: dana@example.com\r\nSubject: charset\r\nContent-Type: text/plain; charset=\"no-such\"\r\n\r\n\xff\xfe\x00x\r\n",
        b"From: dana@example.com\r\nX-Huge: " + b"h" * 900000 + b"\r\n\r\nhuge header\r\n",
        b"From: dana@example.com\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script><img src=http://t/p.gif>Shown\r\n",
        b"\x00" * 1000, b"From:", b"\r\n\r\n\r\n", b"From: <>\r\n\r\nNobody\r\n", b"From: a@b@c\r\nTo: @\r\n\r\nOdd\r\n",
    ]
    for i, shape in enumerate(shapes):
        t.eq(deliver(t, shape, RECIPIENT=DESK), 0, f"shape {i + 1} is taken or kept")
    t.eq(count(t, "inbound_requests"), len(shapes), "each is in the journal")
    t.ok("alert" not in "".join(words(t)), "no script is among the words")
    t.eq(t.get("/health").status, 200, "the server answers")
    for conversation in page(t):
        t.eq(t.get(f"/api/admin/communications/{conversation['id']}", token=t.token()).status, 200, "and shows it")


if __name__ == "__main__":
    main()
