#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who answers: a person takes a conversation over and hands it back, texts in a row are answered once,
the staff writes first, and a conversation that is over goes on or a new one begins."""
import json
import time

from ava_test import main, story

QUICK = True
THREADS = True
BOTH_STORES = True
API = "/api/admin/communications"


class Desk:
    """The business at work, and one customer who texts it."""

    def __init__(self, t, number=1, **environment):
        self.t, self.phone, self.texts = t, f"+1555010{number:04d}", 0
        t.ava("schema", "create")
        t.settings["AVA_BURST_WAIT"] = "900"
        self.sandbox, _ = t.world_with_sandbox(**environment)

    def says(self, text):
        self.texts += 1
        sid = f"SM{int(self.phone[1:]):016d}{self.texts:016x}"
        self.t.eq(self.t.text_from_customer(self.phone, text, sid).status, 200, f"the text {text!r} is taken")

    def talks(self):
        page = self.t.get(API + "?page_size=50", token=self.t.token()).json
        return [c for c in page["conversations"] if c["customer_phone"] == self.phone]

    def talk(self):
        return self.t.wait(self.talks, "the conversation is there")[0]["id"]

    def shown(self, talk):
        return self.t.get(f"{API}/{talk}", token=self.t.token()).json

    def events(self, talk, kind):
        return [e["details"] for e in self.shown(talk)["events"] if e["event_type"] == kind]

    def reached(self):
        """What reached the customer, oldest first."""
        page = self.sandbox.request("GET", "/sandbox/messages?limit=1000").json["messages"]
        return [m["body"] for m in sorted(page, key=lambda m: m["seq"])
                if m["direction"] == "outbound" and m["to"] == self.phone]

    def does(self, talk, what, body=None, token="t", status=200):
        answer = self.t.post(f"{API}/{talk}/{what}", body or {}, token=self.t.token(token))
        self.t.eq(answer.status, status, f"{what} by {token}: {status}")
        return answer.json

    def idle(self):
        """No work is left."""
        return self.t.sql("select count(*) from jobs") == [["0"]]

    def settles(self):
        self.t.wait(self.idle, "all work is done", 15)


@story
def a_person_takes_over_and_hands_back(t):
    d = Desk(t)
    d.says("I would like to talk about my treatment")
    talk = d.talk()
    held = d.does(talk, "take-over")["held_by"]  # while the assistant still waits for another text
    t.eq((held["name"], held["mine"]), ("t", True), "a person has it")
    d.settles()
    t.eq(d.reached(), [], "the assistant says nothing")
    t.eq(len(d.events(talk, "intent_detected")), 1, "but has understood what was said")
    t.eq(d.shown(talk)["messages"][0]["processed"], True, "the text is seen to")

    refused = d.does(talk, "take-over", token="other", status=409)
    t.has(refused["detail"], "t has taken this conversation over", "another is told who has it")
    d.does(talk, "reply", {"content": "No."}, token="other", status=409)
    d.does(talk, "hand-back", token="other", status=409)
    t.eq(d.shown(talk)["held_by"]["name"], "t", "it is still theirs")

    said = d.does(talk, "reply", {"content": "This is Tess. How can I help?"}, status=201)
    t.eq((said["direction"], said["metadata"]["said_by"]), ("outbound", "staff"), "what they write is theirs")
    t.wait(lambda: d.reached() == ["This is Tess. How can I help?"], "it reaches the customer")
    d.says("HELP I can't breathe")
    d.settles()
    t.eq(len(d.reached()), 1, "the assistant stays silent")
    t.eq(len(d.events(talk, "escalation_requested")), 1, "an emergency is told to the staff nevertheless")

    d.does(talk, "hand-back", {"note": "She has called the ambulance."})
    t.wait(lambda: len(d.reached()) == 2, "what nobody has answered the assistant answers at once")
    t.eq(d.shown(talk)["held_by"], None, "it is the assistant's again")
    t.eq((d.events(talk, "taken_over"), d.events(talk, "handed_back")),
         ([{"by": "t"}], [{"by": "t", "note": "She has called the ambulance."}]), "both are recorded")
    d.settles()
    d.says("What are your opening hours?")
    t.wait(lambda: len(d.reached()) == 3, "and the next text too")
    t.eq(t.post(f"{API}/{talk}/hand-back", {}, token=t.token()).status, 200, "handing back twice is no harm")


@story
def a_role_that_may_takes_it_from_a_colleague(t):
    d = Desk(t)
    d.says("Hello, are you open on Sunday?")
    talk = d.talk()
    t.token("agent", "--role", "agent")
    d.does(talk, "take-over", token="agent")
    d.does(talk, "take-over", {"force": True}, token="agent", status=403)
    t.eq(d.does(talk, "take-over", {"force": True})["held_by"]["name"], "t", "the owner takes it")
    d.does(talk, "reply", {"content": "No."}, token="agent", status=409)
    first = d.shown(talk)["held_by"]["until"]
    d.does(talk, "take-over", {"minutes": 600})
    t.ok(d.shown(talk)["held_by"]["until"] > first, "taking over again renews it")
    t.eq(len(d.events(talk, "taken_over")), 2, "which is no other take-over")
    d.does(talk, "complete")
    t.eq(d.shown(talk)["held_by"], None, "when it ends, nobody has it")
    d.does(talk, "take-over", status=409)
    d.does(talk, "reply", {"content": "One more thing: bring your card."}, status=201)
    shown = d.shown(talk)
    t.eq((shown["conversation"]["status"], shown["held_by"]["name"]), ("active", "t"), "a reply goes on with it")
    t.wait(lambda: d.reached() == ["One more thing: bring your card."], "and arrives")


@story
def a_forgotten_hold_ends(t):
    d = Desk(t)
    d.says("Do you have parking?")
    talk = d.talk()
    d.does(talk, "take-over")
    d.settles()
    past = "2026-01-05T10:00:00.000000Z"
    t.sql(f"update conversation_holds set ends_at = '{past}'")
    t.wait(lambda: len(d.reached()) == 1, "the assistant answers what was left lying", 15)
    t.eq(d.events(talk, "handed_back"), [{"by": "lease"}], "and staff can see why")
    d.does(talk, "take-over")
    d.says("And a toilet?")
    d.settles()
    t.sql(f"update communication_messages set sent_at = '{past}' where direction = 'inbound'")
    t.sql(f"update communication_messages set sent_at = '2026-01-05T09:00:00.000000Z' where direction = 'outbound'")
    t.sql(f"update conversation_holds set ends_at = '{past}'")
    t.wait(lambda: len(d.events(talk, "handed_back")) == 2, "another lease ends", 15)
    d.settles()
    t.eq(len(d.reached()), 1, "what is older than answer_within is left")


@story
def texts_in_a_row_are_answered_once(t):
    d = Desk(t)
    for text in ("Hi", "I have a question", "what are your opening hours?"):
        d.says(text)
    talk = d.talk()
    t.wait(lambda: len(d.reached()) == 1, "there is an answer")
    d.settles()
    shown = d.shown(talk)["messages"]
    t.eq(len(d.reached()), 1, "one answer")
    t.eq([m["processed"] for m in shown if m["direction"] == "inbound"], [True] * 3, "to all three")
    reply = next(m for m in shown if m["direction"] == "outbound")
    t.eq(reply["metadata"]["answers"], [m["id"] for m in shown if m["direction"] == "inbound"], "which it names")
    t.eq(len(d.events(talk, "intent_detected")), 1, "understood as one")


@story
def a_kill_in_a_row_of_texts_changes_nothing(t):
    t.errors_expected = True
    d = Desk(t)
    for round_, wait in enumerate((0, 0.3, 0.95, 1.1)):
        for text in ("Hello", "another question:", "do you have parking?"):
            d.says(text)
        time.sleep(wait)
        t.server.kill()
        t.start()
        t.wait(lambda n=round_: len(d.reached()) == n + 1, "one answer")
        d.settles()
        t.eq(len(d.reached()), round_ + 1, "and no other")
    t.eq(t.sql("select count(*) from communication_messages where direction = 'inbound' and not processed"
               if t.store == "postgres" else
               "select count(*) from communication_messages where direction = 'inbound' and processed = 0"),
         [["0"]], "each text is answered")


@story
def without_a_wait_each_text_is_answered(t):
    d = Desk(t, AVA_BURST_WAIT="0")
    for n, text in enumerate(("Do you have parking?", "And what are your hours?"), 1):
        d.says(text)
        t.wait(lambda n=n: len(d.reached()) == n, "an answer")


@story
def the_staff_writes_first(t):
    d = Desk(t, 7)
    said = json.loads(t.ava("send", "(555) 010-0007", "Your table is ready."))
    t.eq(said["sms"]["to_number"], d.phone, "the national form is understood")
    t.wait(lambda: d.reached() == ["Your table is ready."], "it arrives")
    t.eq(len(d.talks()), 1, "as a conversation with a customer")
    again = t.post("/api/admin/messages", {"to": d.phone, "content": "Until eight."}, token=t.token())
    t.eq((again.status, len(d.talks())), (201, 1), "the second belongs to the same one")
    d.says("Do you have parking?")
    t.wait(lambda: len(d.reached()) == 3, "the assistant answers what comes back")
    for bad in ("5550100", "fax", "+1555", "+99912345678901234"):
        told = t.post("/api/admin/messages", {"to": bad, "content": "x"}, token=t.token())
        t.eq((told.status, told.json["errors"][0]["field"]), (422, "to"), f"{bad!r} is refused")
    t.has(t.ava("send", "--help"), "--to", "the command says what it takes")
    kept = t.post("/api/admin/messages", {"to": d.phone, "content": "Call me.", "hold": True}, token=t.token())
    t.eq((kept.status, d.shown(d.talk())["held_by"]["name"]), (201, "t"), "and it can be kept")
    other = t.post("/api/admin/messages", {"to": d.phone, "content": "Me too."}, token=t.token("other"))
    t.eq(other.status, 409, "then nobody else writes")


@story
def what_is_over_goes_on_or_stays_over(t):
    d = Desk(t)
    d.says("Thank you, bye!")
    talk = d.talk()
    t.wait(lambda: d.shown(talk)["conversation"]["status"] == "completed", "a goodbye completes it")
    t.eq(d.events(talk, "conversation_completed")[0]["why"], "goodbye", "it is known why")
    d.settles()
    n = len(d.reached())
    d.says("👍")
    d.says("ok thanks!")
    shown = d.shown(talk)
    t.eq((len(d.talks()), shown["conversation"]["status"]), (1, "completed"), "thanks leave it as it is")
    t.eq([m["processed"] for m in shown["messages"] if m["direction"] == "inbound"], [True] * 3, "and are in it")
    d.settles()
    t.eq(len(d.reached()), n, "without an answer")
    d.says("Oh, do you have parking?")
    t.wait(lambda: len(d.reached()) == n + 1, "a question is answered")
    t.eq((len(d.talks()), d.shown(talk)["conversation"]["status"]), (1, "active"), "in the same conversation")
    t.eq(d.events(talk, "conversation_reopened"), [{"by": "customer"}], "which goes on")
    d.does(talk, "complete")
    t.eq(d.does(talk, "reopen")["status"], "active", "staff can do that too")
    d.does(talk, "complete")
    t.wait(lambda: len(d.events(talk, "conversation_scored")) == 3, "each time it is scored", 15)
    t.sql("update conversations set last_activity_at = '2026-01-05T10:00:00.000000Z'")
    d.says("Are you open tomorrow?")
    t.wait(lambda: len(d.talks()) == 2, "much later a new one begins")
    d.does(talk, "reopen", status=409)
    d.does(talk, "reply", {"content": "Yes."}, status=409)


if __name__ == "__main__":
    main()
