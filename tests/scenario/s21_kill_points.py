#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The server is killed at each point of a reply's way where a kill could lose it or send it twice:
before and after it is written, before the provider is asked, while it is asked, when it has taken
the text, before and after that is recorded. Each reply reaches the provider once. So does an e-mail of
which SendGrid tells in time."""
import time

from ava_test import main, story, wait_for
from mail_fakes import FakeSendGrid, SendGridKey
from s24_mail_out import DESK, state, tell, write

FAULTS = True
BOTH_STORES = True
SECONDS = 400
POINTS = ("turn_begun", "turn_taken", "send_begun", "send_decided", "send_answered", "send_recorded")


def outbound(sandbox):
    page = sandbox.request("GET", "/sandbox/messages?limit=1000").json["messages"]
    return [m for m in page if m["direction"] == "outbound"]


def idle(t):
    return t.sql("select count(*) from jobs") == [["0"]]


class Texts:
    def __init__(self, t):
        self.t, self.n = t, 0

    def send(self):
        self.n += 1
        number = f"+155501{self.n:05}"
        try:
            answer = self.t.text_from_customer(number, "A person please", f"SM{self.n:032x}")
        except ConnectionError: # it was taken, for its job has killed the server, which had not said so yet
            return number
        self.t.eq(answer.status, 200, "a text is taken")
        return number


def dies(server):
    return wait_for(lambda: server.process.poll() is not None, 30, "the server to be killed")


def check(t, sandbox, number, what):
    """Started again, the server sends the reply once and knows it."""
    t.start()
    t.wait(lambda: idle(t), f"{what}: all is done after the next start", 30)
    got = [m["sid"] for m in outbound(sandbox) if m["to"] == number]
    t.eq(len(got), 1, f"{what}: the reply reached the provider once")
    known = t.sql(f"select provider_message_id from sms_details where to_number = '{number}'")
    t.eq(known, [got], f"{what}: and is known by the provider's id")


def kill_at(t, sandbox, texts, point, what):
    t.server.stop()
    server = t.start(AVA_FAULT_KILL=point, AVA_PROVIDER_TIMEOUT="500")
    number = texts.send()
    dies(server)
    check(t, sandbox, number, f"{point} {what}")


@story
def killed_at_a_point(t):
    t.errors_expected = True
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox()
    texts = Texts(t)
    for point in POINTS:
        kill_at(t, sandbox, texts, point, "at the first attempt")


@story
def killed_at_a_point_of_the_second_attempt(t):
    """After one that was sent, though no answer came; and no delivery report comes either."""
    t.errors_expected = True
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox()
    t.settings["AVA_PUBLIC_URL"] = "http://127.0.0.1:9"
    texts = Texts(t)
    for point in ("send_begun:2", "send_decided:2", "send_answered:1", "send_recorded:1"):
        sandbox.request("POST", "/sandbox/faults", {"status": "after_send_timeout", "count": 1, "hang_ms": 2000})
        kill_at(t, sandbox, texts, point, "at the second attempt")


@story
def killed_while_the_provider_is_asked(t):
    t.errors_expected = True
    t.ava("schema", "create")
    sandbox, server = t.world_with_sandbox()
    texts = Texts(t)
    kinds = {"before it has the text": {"status": "hang", "hang_ms": 1500},
             "on its way": {"status": "slow", "latency_ms": 1200},
             "when it has the text": {"status": "after_send_timeout", "hang_ms": 1500}}
    for what, fault in kinds.items():
        sandbox.request("POST", "/sandbox/faults", {"count": 1, **fault})
        number = texts.send()
        wait_for(lambda: t.sql("select state from jobs where kind = 'send'") == [["running"]], 20)
        time.sleep(0.3)  # and the request with it
        server.kill()
        check(t, sandbox, number, what)
        server = t.server


@story
def an_email_waits_for_what_is_told_of_its_last_attempt(t):
    """Long after the first, which SendGrid had refused."""
    t.errors_expected = True
    far, key = FakeSendGrid(), SendGridKey(t.dir)
    t.settings.update(AVA_MAIL_ADDRESS=DESK, AVA_SENDGRID_API_KEY="SG.x", AVA_SENDGRID_API_URL=far.url,
                      AVA_SENDGRID_EVENT_KEY=key.public, AVA_SEND_SETTLE="0", AVA_SENDGRID_SETTLE="5000")
    t.ava("schema", "create")
    far.then = [429] * 7
    server = t.start(AVA_FAULT_KILL="mail_answered:1")
    written = write(t)
    dies(server)
    t.eq(len(far.mails), 1, "it was taken, and the server killed")
    t.start()
    told = {"email": written["email"]["to_address"], "ava_message": written["id"], "sg_message_id": "sg-1.filter.0",
            "event": "delivered", "sg_event_id": "1", "timestamp": int(time.time())}
    t.eq(tell(t, key, [told]).status, 204, "then SendGrid tells of it")
    t.wait(lambda: idle(t), "nothing is left to be done", 30)
    t.eq((len(far.mails), state(t)["delivery_status"]), (1, "delivered"), "it was not sent again")


if __name__ == "__main__":
    main()
