# SPDX-License-Identifier: Apache-2.0
"""From what the server sent to its database (capture.c) to a plan for the limit loops (plan.h)."""
import base64
import collections
import hashlib
import hmac
import json
import os
import re
import time
import urllib.parse
import uuid

from world import MAIL_DESK, MAIL_WORD, NUMBER, PUBLIC_URL, TWILIO_ACCOUNT, TWILIO_TOKEN

WEBHOOK = "/api/webhooks/twilio/sms"
# Threads that answer requests; what others send meanwhile belongs to no request.
ANSWERING = ("worker", "waiter", "writer", "io-")
LITERAL = r"('(?:[^']|'')*'|NULL|[-+0-9.eE]+)"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# A statement, its arguments as (text or None, is an integer), and: did the server wait after it?
Step = collections.namedtuple("Step", "sql args sync")


class Capture:
    """What the server sends, from where we last looked."""

    def __init__(self, path):
        with open(path, "ab"):
            pass
        self.file = open(path, encoding="utf-8")
        self.rest = "" # of a line that is still being written
        self.all = []

    def take(self):
        *lines, self.rest = (self.rest + self.file.read()).split("\n")
        events = [json.loads(line) for line in lines]
        self.all += events
        return [e for e in events if e["thread"].startswith(ANSWERING) and "session" not in e]


def values_of(sql, expanded):
    """The values that stand in the expanded text where the text has $1, $2, ..."""
    parts = re.split(r"(\$\d+)", sql)
    pattern = "".join(LITERAL if p.startswith("$") and p[1:].isdigit() else re.escape(p) for p in parts)
    found = re.fullmatch(pattern, expanded, re.S)
    if not found:
        raise RuntimeError(f"the values of a statement could not be read:\n{sql}\n{expanded}")
    args = {}
    for part, literal in zip(parts[1::2], found.groups()):
        text = None if literal == "NULL" else literal
        quoted = text is not None and text.startswith("'")
        args[int(part[1:])] = (text[1:-1].replace("''", "'") if quoted else text,
                               text is not None and not quoted)
    return tuple(args.get(i, (None, False)) for i in range(1, max(args, default=0) + 1))


def steps_of(events):
    steps = []
    for e in events:
        if e.get("sync"):
            if steps:
                steps[-1] = steps[-1]._replace(sync=True)
        elif "expanded" in e:
            steps.append(Step(e["sql"], values_of(e["sql"], e["expanded"]), False))
        else:
            steps.append(Step(e["sql"], tuple((a, False) for a in e["args"]), False))
    return steps


def shape(steps):
    return tuple((s.sql, s.sync, len(s.args)) for s in steps)


def usual(samples):
    """Those that sent what most sent: without the odd look at a token, or what a start costs."""
    counted = collections.Counter(map(shape, samples))
    most, n = counted.most_common(1)[0]
    if n * 2 < len(samples) or not most:
        raise RuntimeError(f"the requests have no usual shape: {counted}")
    return [s for s in samples if shape(s) == most]


def setup_of(capture, reading):
    """What a connection of that kind begins with: SQLite's PRAGMAs, PostgreSQL's SETs."""
    sessions = [e["session"] for e in capture.all if e.get("session", "").startswith("SET")]
    if sessions:
        return sessions[:1]
    by_connection = collections.defaultdict(list)
    for e in capture.all:
        if e.get("sql", "").lstrip().upper().startswith("PRAGMA"):
            by_connection[e["conn"]].append(e["sql"])
    mark = f"query_only = {'ON' if reading else 'OFF'}"
    return next((rows for rows in by_connection.values() if any(mark in r for r in rows)), [])


def sample_reads(server, capture, paths):
    connection = server.connect()
    samples = []
    capture.take()
    for path in paths:
        server.get(path, connection)
        samples.append(steps_of(capture.take()))
    connection.close()
    return usual(samples)


def read_plan(samples, setup):
    """What differs between the samples is picked from them at random."""
    columns, steps = [], []
    for i, step in enumerate(samples[0]):
        args = []
        for k, (text, integer) in enumerate(step.args):
            values = [s[i].args[k][0] for s in samples]
            if len(set(values)) > 1:
                text = "${pick.%d}" % len(columns)
                columns.append(values)
            args.append(None if text is None else {"text": text, "integer": integer})
        steps.append({"sql": step.sql, "args": args, "sync": step.sync})
    return {"setup": setup, "picks": [list(row) for row in zip(*columns)],
            "variants": [{"share": 1, "steps": steps}]}


def sign(form):
    signed = PUBLIC_URL + WEBHOOK + "".join(k + form[k] for k in sorted(form))
    return base64.b64encode(hmac.new(TWILIO_TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def send_text(server, connection, phone, sid):
    """One webhook, as bench/webhook_driver.c sends it; returns its body."""
    form = {"AccountSid": TWILIO_ACCOUNT, "ApiVersion": "2010-04-01",
            "Body": "Hi, do you have anything free on Thursday afternoon?", "From": phone,
            "FromCity": "SAN FRANCISCO", "FromCountry": "US", "FromState": "CA", "FromZip": "94103",
            "MessageSid": sid, "NumMedia": "0", "NumSegments": "1", "SmsMessageSid": sid, "SmsSid": sid,
            "SmsStatus": "received", "To": NUMBER, "ToCity": "", "ToCountry": "US", "ToState": "", "ToZip": ""}
    body = urllib.parse.urlencode(form)
    connection.request("POST", WEBHOOK, body, {
        "Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": sign(form)})
    response = connection.getresponse()
    answer = response.read()
    if response.status != 200:
        raise RuntimeError(f"a webhook was answered with {response.status} {answer[:300]}")
    return body


def sample_webhooks(server, capture, phones):
    """[(steps, phone, sid)] of one text from each of the numbers."""
    connection = server.connect()
    samples = []
    capture.take()
    for phone in phones:
        sid = "SM" + uuid.uuid4().hex
        send_text(server, connection, phone, sid)
        time.sleep(0.002) # the writer may still be at its checkpoint
        samples.append((steps_of(capture.take()), phone, sid))
    connection.close()
    good = usual([s[0] for s in samples])
    return [s for s in samples if s[0] in good]


MAIL_TEXT = ("Thank you, that sounds good. Could you tell me whether the parking behind the house can be used on Saturdays, "
             "and how long the first visit takes? I have to be back at work by three.\n\nBest,\nMaya Ortiz\n\n"
             "On Fri, 27 Nov 2026 at 10:00 The desk <" + MAIL_DESK + "> wrote:\n\n"
             + "> Hello Maya,\n> we have a few times left on Saturday, at ten, at half past eleven and at one.\n" * 30)
MAIL_HEADERS = ("Received: by mx.example.net with SMTP id @ID@; Fri, 27 Nov 2026 10:05:00 +0000\r\n"
                "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=2026; h=from:to:subject; bh=abc=; b=def=\r\n"
                "From: Maya Ortiz <@ADDRESS@>\r\nTo: " + MAIL_DESK + "\r\nSubject: Re: A question\r\n"
                "Message-ID: <@ID@@mail.example.com>\r\nDate: Fri, 27 Nov 2026 10:05:00 +0000\r\n"
                "In-Reply-To: <@ANSWERED@@mail.example.com>\r\nReferences: <@ANSWERED@@mail.example.com>\r\n"
                "MIME-Version: 1.0\r\n")


def mail_template(raw):
    """The body of Inbound Parse's post, as webhook_driver fills it."""
    html = "<html><body>" + "".join(f"<p>{line}</p>\n" for line in MAIL_TEXT.replace("<", "&lt;").split("\n")) + "</body></html>"
    envelope = json.dumps({"to": [MAIL_DESK], "from": "@ADDRESS@"})
    fields = {"to": MAIL_DESK, "from": "Maya Ortiz <@ADDRESS@>", "subject": "Re: A question", "sender_ip": "192.0.2.25",
              "SPF": "pass", "dkim": "{@example.com : pass}", "spam_score": "0.1", "spam_report": "nothing",
              "charsets": json.dumps({k: "UTF-8" for k in ("to", "from", "subject", "html", "text")}), "envelope": envelope}
    if raw:
        fields["email"] = (MAIL_HEADERS + "Content-Type: multipart/alternative; boundary=alt\r\n\r\n--alt\r\n"
                           "Content-Type: text/plain; charset=utf-8\r\n\r\n" + MAIL_TEXT + "\r\n--alt\r\n"
                           "Content-Type: text/html; charset=utf-8\r\n\r\n" + html + "\r\n--alt--\r\n")
    else:
        fields.update(headers=MAIL_HEADERS + "Content-Type: multipart/alternative; boundary=alt\r\n", text=MAIL_TEXT,
                      html=html, attachments="0")
    return "".join(f'--cut\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()) + "--cut--\r\n"


def sample_mails(server, capture, template, senders):
    """[(steps, sender, sid)] of one e-mail from each of the (address's local part, name of the mail it answers)."""
    connection = server.connect()
    samples = []
    capture.take()
    for sender in senders:
        sid = "SM" + uuid.uuid4().hex
        body = template.replace("@ADDRESS@", sender[0] + "@example.com").replace("@ID@", sid).replace("@ANSWERED@", sender[1])
        connection.request("POST", f"/api/webhooks/sendgrid/email/{MAIL_WORD}", body.encode(),
                           {"Content-Type": "multipart/form-data; boundary=cut"})
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"an e-mail was answered with {response.status} {answer[:300]}")
        time.sleep(0.002)
        samples.append((steps_of(capture.take()), sender, sid))
    connection.close()
    good = usual([s[0] for s in samples])
    return [s for s in samples if s[0] in good]


def templates(steps, words, exact):
    """The steps with their values made general: words are replaced wherever they stand, exact ones
    only as a whole value; ids that are left are new ones, times are now."""
    fresh = {}

    def general(text):
        if text in exact:
            return exact[text]
        for word, name in words:
            text = text.replace(word, name)
        text = TIME.sub("${now}", text)
        return UUID.sub(lambda m: fresh.setdefault(m[0], "${uuid.%d}" % (2 + len(fresh))), text)

    return [{"sql": s.sql, "sync": s.sync,
             "args": [None if t is None else {"text": general(t), "integer": i} for t, i in s.args]}
            for s in steps]


def without_transaction(steps):
    """SQLite's loop begins and commits by itself, for many turns at once."""
    control = re.compile(r"(BEGIN|COMMIT|SAVEPOINT|RELEASE)\b")
    return [s for s in steps if not control.match(s.sql)]


def most_usual(plans):
    counted = collections.Counter(json.dumps(p) for p in plans)
    return json.loads(counted.most_common(1)[0][0])


def of_text(store, sid):
    """(message, conversation, customer, name in the journal) that a text became."""
    row = store.sql("SELECT m.id, m.conversation_id, c.customer_id, r.provider_id FROM inbound_requests r JOIN "
                    "communication_messages m ON m.id = r.message_id JOIN conversations c ON c.id = "
                    f"m.conversation_id WHERE r.provider_id = '{sid}'")[0]
    return tuple(map(str, row))


def of_mail(store, sid):
    """The same of an e-mail."""
    row = store.sql("SELECT m.id, m.conversation_id, c.customer_id, r.provider_id FROM email_details e JOIN "
                    "communication_messages m ON m.id = e.message_id JOIN conversations c ON c.id = m.conversation_id JOIN "
                    f"inbound_requests r ON r.message_id = m.id WHERE e.provider_message_id = '<{sid}@mail.example.com>'")[0]
    return tuple(map(str, row))


def made_customer(steps):
    at = next(i for i, s in enumerate(steps) if "INSERT INTO customers" in s.sql)
    return "${row.%d.0}" % at


def variant(store, of, samples, conversation_is, customer_of, more_words):
    """The most usual plan of such samples. more_words: (what stood in a sample, what it stands for)."""
    made = []
    for steps, sender, sid in samples:
        message, conversation, customer, name = of(store, sid)
        if store.name == "sqlite":
            steps = without_transaction(steps)
        words = [(sid, "${sid}"), (message, "${uuid.0}"), (conversation, conversation_is), *more_words(sender)]
        if name != sid: # a digest, of which only that it is new each time matters
            words.append((name, name[:5] + "${sid}" + name[39:]))
        made.append(templates(steps, words, {customer: customer_of(steps)}))
    return most_usual(made)


def arrivals(setup, picks, new_share, known, new):
    return {"setup": setup, "picks": picks,
            "variants": [{"share": 1 - new_share, "steps": known}, {"share": new_share, "steps": new}]}


def webhook_plan(store, known, strangers, setup, new_share):
    """known, strangers: samples of sample_webhooks."""
    return arrivals(setup, [[phone[1:], conversation, customer] for phone, conversation, customer in store.open], new_share,
                    variant(store, of_text, known, "${pick.1}", lambda steps: "${pick.2}", lambda phone: [(phone[1:], "${pick.0}")]),
                    variant(store, of_text, strangers, "${uuid.1}", made_customer, lambda phone: [(phone[1:], "${phone}")]))


def mail_plan(store, known, strangers, setup, new_share):
    """known, strangers: samples of sample_mails."""
    return arrivals(setup, [[address.split("@")[0], conversation, customer, name]
                            for address, conversation, customer, name in store.mail_open], new_share,
                    variant(store, of_mail, known, "${pick.1}", lambda steps: "${pick.2}",
                            lambda sender: [(sender[0], "${pick.0}"), (sender[1], "${pick.3}")]),
                    variant(store, of_mail, strangers, "${uuid.1}", made_customer, lambda sender: [(sender[0], "${phone}")]))


def write(plan, directory, name):
    path = os.path.join(directory, name + ".plan.json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(plan, f, indent=1)
    return path


def pgbench_script(plan, pipelined):
    """The same for pgbench, or None when it cannot choose such values: (script, -D options)."""
    if any(not re.fullmatch(r"\d+", str(cell)) for row in plan["picks"] for cell in row):
        return None
    lines, constants = [], {}
    for column in range(len(plan["picks"][0]) if plan["picks"] else 0):
        numbers = [int(row[column]) for row in plan["picks"]]
        lines.append(f"\\set pick{column} random({min(numbers)}, {max(numbers)})")
    lines += ["\\startpipeline"] * pipelined
    for i, step in enumerate(plan["variants"][0]["steps"]):
        def name_of(m, i=i, step=step):
            arg = step["args"][int(m[1]) - 1]
            if not arg: # no variable of pgbench can be that
                return "NULL"
            picked = re.fullmatch(r"\$\{pick\.(\d+)\}", arg["text"])
            if picked:
                return f":pick{picked[1]}"
            constants[f"a{i}_{m[1]}"] = arg["text"]
            return f":a{i}_{m[1]}"
        lines.append(re.sub(r"\$(\d+)", name_of, step["sql"]) + ";")
    lines += ["\\endpipeline"] * pipelined
    return "\n".join(lines) + "\n", constants
