# SPDX-License-Identifier: Apache-2.0
"""A run in which everything fails that can: customers text and mail while the server is killed again and
again, the database goes away, and the providers fail a fifth of their calls in every way the sandbox
knows. Afterwards each acknowledged text and e-mail must be stored once and answered, and what the providers
have accepted must be what is recorded, each message once and in the order of its conversation. An e-mail
of which SendGrid reports nothing may have come twice, under one Message-ID.

s22_chaos.py tells it as a short story, bench/chaos as a long one."""
import base64
import collections
import glob
import http.client
import json
import os
import queue
import random
import subprocess
import threading
import time

import ava_test

SENDERS = 12
KILLS_AFTERWARDS = 8
# The stand-in posts its events within two seconds of when the server is there again. If that were not
# enough, an e-mail would come twice and the run fail.
SENDGRID_SETTLE_MS = 10000
TEXTS = ("Hello, a question: {n}", "What does a facial cost? ({n})", "Are you open on Sunday? ({n})",
         "Can I speak to a person? {n}", "Where can I park? ({n})", "How long does a massage take? ({n})")


class Customers:
    """Threads that send texts as a provider does: each until it is acknowledged, some twice at the
    same time, some late."""

    def __init__(self, t, messages, customers, a_second, seed, mails):
        """mails: the share of the messages that come by e-mail."""
        self.pause = SENDERS / a_second
        self.mailed = {n for n in range(messages) if mails and n % max(round(1 / mails), 1) == 0}
        self.acknowledged_mails = {}
        self.t, self.lock, self.acknowledged, self.again = t, threading.Lock(), {}, 0
        self.queue = queue.Queue()
        chance = random.Random(seed)
        for n in range(messages):
            self.queue.put((n, f"+1555{2000000 + chance.randrange(customers)}"))
        self.threads = [threading.Thread(target=self.run, args=(i, seed), daemon=True) for i in range(SENDERS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def busy(self):
        return any(thread.is_alive() for thread in self.threads)

    def run(self, number, seed):
        chance = random.Random(f"{seed} {number}")
        while True:
            try:
                n, customer = self.queue.get_nowait()
            except queue.Empty:
                return
            twice = None
            if chance.random() < 0.05:  # the same webhook at the same time, to the same or another server
                twice = threading.Thread(target=self.send, args=(n, customer))
                twice.start()
            while not self.send(n, customer):
                self.again += 1
                time.sleep(0.05 + chance.random() * 0.2)
            if chance.random() < 0.05:  # and once more, after it was acknowledged
                self.send(n, customer)
            if twice:
                twice.join()
            time.sleep(self.pause * chance.uniform(0, 2))

    def send(self, n, customer):
        if n in self.mailed:
            return self.mail(n)
        sid = f"SM{n:032x}"
        try:
            answer = self.t.text_from_customer(customer, TEXTS[n % len(TEXTS)].format(n=n), sid)
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 200:
            with self.lock:
                self.acknowledged[sid] = customer
        return answer.status == 200

    def mail(self, n):
        """The same by SendGrid's Inbound Parse, the whole e-mail in its form."""
        message_id, sender = f"<{n}@chaos.example.com>", f"customer{n}@example.com"
        letter = (f"From: {sender}\r\nTo: {ava_test.DESK}\r\nSubject: Question {n}\r\nMessage-ID: {message_id}\r\n"
                  f"Date: Fri, 27 Nov 2026 10:00:00 +0000\r\n\r\n{TEXTS[n % len(TEXTS)].format(n=n)}\r\n")
        fields = {"email": letter, "envelope": json.dumps({"to": [ava_test.DESK], "from": sender}), "SPF": "pass"}
        body = "".join(f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                       for name, value in fields.items()) + "--cut--\r\n"
        password = base64.b64encode(f"ava:{ava_test.MAIL_WORD}".encode()).decode()
        try:
            answer = self.t.request("POST", "/api/webhooks/sendgrid/email", body, headers={
                "Content-Type": "multipart/form-data; boundary=cut", "Authorization": f"Basic {password}"})
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 200:
            with self.lock:
                self.acknowledged_mails[message_id] = sender
        return answer.status == 200


class Misfortune:
    """Kills the server, and takes the database away."""

    def __init__(self, t, kill_every, database_losses, own_postgres, seed):
        self.t, self.kill_every, self.own_postgres = t, kill_every, own_postgres
        self.losses_left, self.kills, self.losses = database_losses, 0, 0
        self.chance = random.Random(seed)

    def happen(self, share_done):
        """One kill; and when so much is done, the database goes, too."""
        time.sleep(self.kill_every * self.chance.uniform(0.5, 1.5))
        self.t.server.kill()
        self.kills += 1
        if self.losses_left and share_done > (self.losses + 1) / (self.losses + self.losses_left + 1):
            self.lose_database()
        self.start()
        if self.chance.random() < 0.3:
            self.t.server.kill()  # at once again
            self.kills += 1
            self.start()

    def start(self):
        for _ in range(60):
            try:
                return self.t.start()
            except RuntimeError:  # it needs the database to start
                time.sleep(0.5)
        raise RuntimeError("the server does not start any more")

    def lose_database(self):
        """While the server runs, which finds out by itself."""
        if self.t.store != "postgres":
            return
        self.losses_left -= 1
        self.losses += 1
        self.start()
        time.sleep(0.5)
        if self.own_postgres:
            self.restart_postgres()
            return
        admin = os.environ["AVA_TEST_PG"]
        self.t._psql(admin, f"alter database {self.t.database} allow_connections false")
        self.t._psql(admin, "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
                            f"'{self.t.database}'")
        time.sleep(1)
        self.t._psql(admin, f"alter database {self.t.database} allow_connections true")
        self.t.server.kill()

    def restart_postgres(self):
        """Without letting it finish anything, as a crash does."""
        directory = self.t._psql(os.environ["AVA_TEST_PG"], "show data_directory")[0][0]
        control = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))[-1]
        who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*who, control, "-D", directory, "-l", os.path.join(directory, "server.log"), "-m",
                        "immediate", "-w", "-t", "120", "restart"], check=True, cwd="/", stdout=subprocess.DEVNULL)
        self.t.server.kill()


def accepted(journal):
    """What the provider accepted, in its order: id, to, body."""
    with open(journal, encoding="utf-8") as f:
        return [(m["sid"], m["to"], m["body"]) for m in map(json.loads, f) if "sid" in m]


def accepted_mails(journal):
    """Of the e-mails: for each Message-ID how often, to whom, and whether its events are reported."""
    with open(journal, encoding="utf-8") as f:
        mails = [m for m in map(json.loads, f) if "mail" in m]
    found = collections.defaultdict(list)
    for m in mails:
        found[m["mail"]].append((m["to"], m["reported"]))
    return found


def to_be_done(t):
    """How many jobs are left; None when the database does not say."""
    try:
        return int(t.sql("select count(*) from jobs where state <> 'dead'")[0][0])
    except RuntimeError:  # PostgreSQL is still coming back
        return None


def wait_until_done(t, seconds):
    """As long as there is progress; or the story fails."""
    left, since = None, time.monotonic()
    while True:
        now = to_be_done(t)
        if now == 0:
            return
        if now != left:
            left, since = now, time.monotonic()
        if time.monotonic() - since > seconds * ava_test.PATIENCE:
            raise TimeoutError(f"{left} jobs are left and none gets done")
        time.sleep(0.25)


def check_inbound(t, customers):
    rows = t.sql("select s.provider_message_id, s.from_number, m.processed from communication_messages m join "
                 "sms_details s on s.message_id = m.id where m.direction = 'inbound'")
    counts = collections.Counter(sid for sid, *_ in rows)
    t.eq([s for s in customers.acknowledged if s not in counts][:5], [], "every acknowledged text is stored")
    t.eq([s for s, n in counts.items() if n != 1][:5], [], "each once")
    t.eq([s for s, number, _ in rows if customers.acknowledged.get(s) != number][:5], [], "under its number")
    t.eq([s for s, _, processed in rows if processed not in ("1", "t")][:5], [], "and was processed")
    return len(rows)


def check_outbound(t, journal):
    rows = t.sql("select m.conversation_id, s.provider_message_id, s.to_number, m.content, s.delivery_status, "
                 "m.metadata from communication_messages m join sms_details s on s.message_id = m.id where "
                 "m.direction = 'outbound' order by m.sent_at, m.id")
    back = [r for r in rows if r[4] == "failed" and "cancelled" in json.loads(r[5] or "{}")]
    rows = [r for r in rows if r not in back] if back else rows
    t.eq([r[1] for r in back if r[1]], [], "what was taken back did not reach the provider")
    reached = accepted(journal)
    place = {sid: (i, to, body) for i, (sid, to, body) in enumerate(reached)}
    t.eq([r for r in rows if not r[1]][:5], [], "every reply has a provider's id")
    t.eq(len({r[1] for r in rows}), len(rows), "of its own")
    t.eq(sorted(place) == sorted(r[1] for r in rows), True, "what the provider accepted is what is recorded, each once")
    extra = set(place) - {r[1] for r in rows}
    t.eq([place[sid] for sid in extra][:5], [], "and nothing more")
    t.eq([r for r in rows if place.get(r[1], (0, 0, 0))[1:] != (r[2], r[3])][:5], [], "with its words, to its number")
    last, out_of_order = {}, []
    for conversation, sid, *_ in rows:
        at = place.get(sid, (-1,))[0]
        if at < last.get(conversation, -1):
            out_of_order.append((conversation, sid))
        last[conversation] = at
    t.eq(out_of_order[:5], [], "in the order of its conversation")
    return len(rows), len(back), collections.Counter(r[4] for r in rows)


def check_mail(t, people, journal):
    rows = t.sql("select e.provider_message_id, e.from_address, m.processed from communication_messages m join "
                 "email_details e on e.message_id = m.id where m.direction = 'inbound'")
    counts = collections.Counter(message_id for message_id, *_ in rows)
    t.eq([m for m in people.acknowledged_mails if m not in counts][:5], [], "every acknowledged e-mail is stored")
    t.eq([m for m, n in counts.items() if n != 1][:5], [], "each once")
    t.eq([m for m, sender, _ in rows if people.acknowledged_mails.get(m) != sender][:5], [], "from its sender")
    t.eq([m for m, _, processed in rows if processed not in ("1", "t")][:5], [], "and was processed")
    replies = t.sql("select m.id, e.to_address, e.delivery_status from communication_messages m join email_details e "
                    "on e.message_id = m.id where m.direction = 'outbound'")
    reached = {message_id.split(".")[1].split("@")[0]: sent for message_id, sent in accepted_mails(journal).items()}
    ours = {m.replace("-", ""): to for m, to, status in replies}
    t.eq(sorted(reached), sorted(ours), "what SendGrid accepted is what is recorded")
    t.eq([m for m, sent in reached.items() if {to for to, _ in sent} != {ours.get(m)}][:5], [], "to whom it is for")
    t.eq([(m, sent) for m, sent in reached.items() if len(sent) > 1 and all(reported for _, reported in sent)][:5], [],
         "nothing that SendGrid reports on came twice")
    twice = sum(len(sent) > 1 for sent in reached.values())
    return len(rows), len(replies), twice, collections.Counter(status for *_, status in replies)


def check_whole(t):
    t.eq(t.sql("select kind, last_error from jobs")[:5], [], "no work is left, and none was given up")
    silent = t.sql("select m.conversation_id from communication_messages m where m.direction = 'inbound' and not "
                   "exists (select 1 from communication_messages o where o.conversation_id = m.conversation_id and "
                   "o.direction = 'outbound' and o.sent_at >= m.sent_at)")
    t.eq(silent[:5], [], "nobody is left without an answer")
    t.eq(t.sql("select customer_id, count(*) from conversations where status = 'active' and channel = 'sms' group "
               "by 1 having count(*) > 1"), [], "no customer has two conversations by text at a time")
    totals = t.get("/api/admin/communications", token=t.token()).json["total"]
    t.eq([[str(totals)]], t.sql("select count(*) from conversations"), "the total is exact")


def run(t, messages, customers, a_second, kill_every, database_losses=2, own_postgres=False, faults=0.2, seed=1,
        mails=0.2):
    """a_second: so many texts and e-mails come in a second at most; mails: the share of e-mails."""
    t.errors_expected = True
    t.ava("schema", "create")
    journal = os.path.join(t.dir, "accepted.jsonl")
    t.settings.update(AVA_PROVIDER_TIMEOUT="1000", AVA_SEND_RUNNERS="24", AVA_DATABASE_WAIT="2000", AVA_BURST_WAIT="900",
                      AVA_SEND_SETTLE="5000", AVA_SENDGRID_SETTLE=str(SENDGRID_SETTLE_MS))
    t.with_mail(signed=False)
    t.settings["AVA_MAIL_RUNNERS"] = "16"
    sandbox, _ = t.world_with_sandbox(journal=journal)
    answer = sandbox.request("POST", "/sandbox/faults", {"mixture": faults, "on": "any", "hang_ms": 1500})
    t.eq(answer.status // 100, 2, "the provider is told to fail")
    # Reports say what was sent when its answer got lost; without them it must be looked for.
    lost = sandbox.request("POST", "/sandbox/faults", {"status": "lost", "on": "callbacks", "probability": 0.5})
    t.eq(lost.status // 100, 2, "and to lose half of its reports")
    answer = sandbox.request("POST", "/sandbox/faults", {"mixture": faults, "api": "mail", "on": "sends",
                                                         "hang_ms": 1500})
    t.eq(answer.status // 100, 2, "so is SendGrid")
    began = time.monotonic()
    people = Customers(t, messages, customers, a_second, seed, mails)
    bad_luck = Misfortune(t, kill_every, database_losses, own_postgres, seed)
    people.start()
    while people.busy():
        done = len(people.acknowledged) + len(people.acknowledged_mails)
        bad_luck.happen(done / messages)
        print(f"# {time.monotonic() - began:.0f} s: {done} of {messages} texts and e-mails acknowledged, "
              f"{bad_luck.kills} kills", flush=True)
    loaded = time.monotonic() - began
    for _ in range(KILLS_AFTERWARDS):  # what is left is sent under the same misfortune
        if to_be_done(t) != 0:
            bad_luck.happen(1)
    wait_until_done(t, 90)
    done = time.monotonic() - began
    inbound = check_inbound(t, people)
    mails_in, mails_out, twice, mail_statuses = check_mail(t, people, journal)
    t.eq((inbound, mails_in), (messages - len(people.mailed), len(people.mailed)), "all of them")
    replies, back, statuses = check_outbound(t, journal)
    check_whole(t)
    told = sandbox.request("GET", "/sandbox/faults").json
    t.eq(told["forged_taken"], 0, "no forged report was taken")
    print(f"# {messages} texts and e-mails of {customers} customers, {people.again} had to be sent again; {bad_luck.kills} kills, "
          f"{bad_luck.losses} losses of the database; {loaded:.0f} s until all were acknowledged, {done:.0f} s until "
          f"all were answered")
    print(f"# {replies} replies accepted once each, {back} taken back before they were sent; "
          f"{dict(statuses)}; {mails_out} e-mails, {twice} of them twice under one Message-ID: {dict(mail_statuses)}; "
          f"faults met: {told['met']}")
