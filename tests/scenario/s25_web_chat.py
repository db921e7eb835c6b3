#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A visitor of the business's site chats with Ava: answered, nothing lost or doubled however often the
connection goes, taken over by staff, gone on with by text, and nobody else's business."""
import base64
import json
import os
import uuid

from ava_test import main, story
from mail_fakes import FakeSendGrid
from websocket import WebSocket

QUICK = True
THREADS = True
SITE = "https://www.example.com"
ADMIN = "/api/admin/communications"


def new_key():
    return base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")


class Visitor:
    def __init__(self, t, origin=SITE):
        self.t, self.key, self.headers = t, new_key(), {"Origin": origin}

    def ask(self, what, **body):
        return self.t.post(f"/api/chat/{what}", {"key": self.key, **body}, headers=self.headers)

    def say(self, text, client_id=None, **more):
        return self.ask("messages", client_id=client_id or str(uuid.uuid4()), text=text, **more)

    def read(self, **more):
        return self.ask("read", **more).json

    def answers(self):
        return [m["text"] for m in self.read()["messages"] if m["from"] != "visitor"]

    def connect(self, after=None):
        socket = WebSocket(self.t.server.port, "/ws/chat", self.headers)
        if socket.status == 101:
            socket.send({"type": "hello", "key": self.key, **({"after": after} if after else {})})
        return socket


def until(socket, holds):
    """Reads frames until one's thread holds; returns that thread."""
    while True:
        frame = socket.receive()
        if frame is None:
            raise ConnectionError("the server closed the chat")
        if holds(frame["thread"]):
            return frame["thread"]


def start(t, **settings):
    t.ava("schema", "create")
    t.start(AVA_CHAT_ORIGINS=f"{SITE} https://other.example.com", **settings)


def chat_of(t):
    page = t.get(f"{ADMIN}?channel=web", token=t.token()).json
    return page["conversations"][0]["id"]


@story
def a_visitor_is_answered(t):
    start(t)
    visitor = Visitor(t)
    t.eq(visitor.read()["state"], "new", "before anybody speaks nothing is there")
    t.eq(t.get(f"{ADMIN}", token=t.token()).json["total"], 0, "and no conversation is made for it")
    sent = visitor.say("What are your opening hours?", page="https://www.example.com/prices")
    t.eq(sent.status, 200, "a message is taken")
    t.wait(visitor.answers, "and answered")
    thread = visitor.read()
    t.eq((thread["state"], thread["typing"], thread["person"]), ("active", False, False), "it goes on")
    t.eq([m["from"] for m in thread["messages"]], ["visitor", "assistant"], "both sides are read")
    t.eq(thread["messages"][0]["id"], sent.json["id"], "the visitor's by its id")
    shown = t.get(f"{ADMIN}/{chat_of(t)}", token=t.token()).json
    whole = shown["conversation"]
    t.eq((whole["channel"], whole["customer"]), ("web", None), "staff see the chat of an unknown visitor")
    t.has(json.dumps(shown), "/prices", "and on which page it was said")
    t.eq(Visitor(t).read()["messages"], [], "another visitor reads nothing of it")
    end = visitor.ask("end")
    t.eq((end.status, end.json), (200, {"ok": True}), "the visitor ends it")
    t.eq(visitor.read(), {"state": "new", "typing": False, "person": False, "person_wanted": False,
                          "messages": []}, "and the key opens nothing any more")
    t.eq(t.get(f"{ADMIN}/{whole['id']}", token=t.token()).json["conversation"]["status"], "completed", "it is completed")


@story
def nothing_is_lost_or_doubled(t):
    start(t)
    visitor = Visitor(t)
    one = str(uuid.uuid4())
    first = visitor.say("hello", one)
    again = [visitor.say("hello", one) for _ in range(3)]
    t.eq({a.json["id"] for a in again}, {first.json["id"]}, "what is sent again is the same message")
    live = visitor.connect()
    t.eq(live.status, 101, "a window connects")
    thread = until(live, lambda x: [m for m in x["messages"] if m["from"] == "assistant"])
    t.eq([m["client_id"] for m in thread["messages"] if m["from"] == "visitor"], [one], "and is told all, once")
    newest = thread["messages"][-1]["at"]
    visitor.say("what does a facial cost?")
    thread = until(live, lambda x: not x["typing"] and x["messages"][-1]["from"] == "assistant"
                   and x["messages"][-1]["at"] > newest)
    live.close()
    visitor.say("and a massage?")
    t.wait(lambda: len(visitor.answers()) == 3, "it is answered while nobody is there")
    thread = until(visitor.connect(after=newest), lambda x: True)
    later = [m for m in thread["messages"] if m["at"] > newest]
    t.eq([m["from"] for m in later], ["visitor", "assistant"] * 2, "whoever comes back is told what was missed")
    t.server.kill()
    t.start(AVA_CHAT_ORIGINS=SITE)
    t.eq(visitor.say("hello", one).json["id"], first.json["id"], "after a crash, too, it counts once")
    t.eq(len([m for m in visitor.read()["messages"] if m["from"] == "visitor"]), 3, "and all is there")
    two = visitor.connect(), visitor.connect()
    visitor.say("one more thing: do you do gift cards?")
    for socket in two:
        until(socket, lambda x: x["messages"][-1]["from"] == "assistant" and "gift" in str(x))
    t.ok(True, "two windows of one visitor show the same")


@story
def staff_reply_live(t):
    start(t)
    visitor = Visitor(t)
    visitor.say("I want to speak to a person please")
    live = visitor.connect()
    thread = until(live, lambda x: x["person_wanted"] and not x["typing"])
    t.eq(thread["person"], False, "a person is wanted, and is not there yet")
    reply = t.post(f"{ADMIN}/{chat_of(t)}/reply", {"content": "Hello, this is Dana."}, token=t.token())
    t.eq(reply.status, 201, "a colleague replies")
    thread = until(live, lambda x: x["messages"][-1]["from"] == "person")
    t.eq((thread["messages"][-1]["text"], thread["person"], thread["person_wanted"]),
         ("Hello, this is Dana.", True, False), "and is read at once, as a person")
    visitor.say("thank you, when are you open?")
    thread = until(live, lambda x: x["messages"][-1]["from"] == "visitor")
    t.eq(thread["typing"], False, "the assistant keeps out of it")
    t.post(f"{ADMIN}/{chat_of(t)}/hand-back", {}, token=t.token())
    thread = until(live, lambda x: x["messages"][-1]["from"] == "assistant")
    t.eq(thread["person"], False, "handed back, the assistant answers again")


@story
def it_goes_on_by_text(t):
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox(AVA_CHAT_ORIGINS=SITE, AVA_BUSINESS_NAME="Example Spa")
    visitor = Visitor(t)
    info = t.get("/api/chat", headers=visitor.headers).json
    t.eq((info["business"], info["move_to"]), ("Example Spa", ["sms"]), "the script is told what there is")
    t.eq(visitor.ask("move", channel="sms", address="+12025550123").status, 404, "nothing said, nothing to go on with")
    visitor.say("Can I get a facial tomorrow?")
    t.wait(visitor.answers, "it is answered")
    wrong = visitor.ask("move", channel="sms", address="12")
    t.eq((wrong.status, wrong.json["errors"][0]["field"]), (422, "address"), "no number is refused")
    moved = visitor.ask("move", channel="sms", address="(202) 555-0123")
    t.eq((moved.status, moved.json), (200, {"channel": "sms", "to": "+12025550123"}), "a number is taken")

    def texts():
        return [m["body"] for m in sandbox.request("GET", "/sandbox/messages?with=%2B12025550123").json["messages"]]
    t.wait(texts, "and gets a text")
    t.eq(texts(), ["Example Spa: you asked us to go on with our chat by text. Just reply here."],
         "which holds nothing of what was said")
    thread = visitor.read()
    t.eq(thread["state"], "moved", "the chat says where it went")
    chat = chat_of(t)
    shown = t.get(f"{ADMIN}/{chat}", token=t.token()).json["conversation"]
    t.eq((shown["status"], shown["customer"]), ("completed", None), "it is over, and nobody's")
    answer = t.post(f"{ADMIN}/{chat}/reply", {"content": "hello?"}, token=t.token())
    t.eq(answer.status, 409, "staff who reply there are told that it went on elsewhere")
    t.has(answer.json["detail"], "text", "by text")
    t.eq(visitor.ask("move", channel="sms", address="+12025550123").status, 404, "it moves once")
    visitor.say("I am back, hello")
    t.eq(visitor.read()["state"], "active", "a visitor who writes again begins anew")


@story
def it_goes_on_by_e_mail(t):
    far = FakeSendGrid()
    start(t, AVA_BUSINESS_NAME="Example Spa", AVA_MAIL_ADDRESS="desk@in.example.org", AVA_SENDGRID_API_KEY="SG.x",
          AVA_SENDGRID_API_URL=far.url)
    visitor = Visitor(t)
    t.eq(t.get("/api/chat", headers=visitor.headers).json["move_to"], ["email"], "there is e-mail, and no text")
    visitor.say("Can I get a facial tomorrow? It is private.")
    t.wait(visitor.answers, "a visitor is answered")
    t.eq(visitor.ask("move", channel="sms", address="+12025550123").status, 422, "where there are no texts, none is sent")
    wrong = visitor.ask("move", channel="email", address="ann at example")
    t.eq((wrong.status, wrong.json["errors"][0]["field"]), (422, "address"), "no address is refused")
    moved = visitor.ask("move", channel="email", address="Ann@Example.com")
    t.eq((moved.status, moved.json), (200, {"channel": "email", "to": "ann@example.com"}), "an address is taken")
    t.wait(lambda: far.mails, "and gets an e-mail")
    sent = json.dumps(far.mails[0])
    t.ok("Example Spa" in sent and "private" not in sent, "which holds nothing of what was said", sent)
    page = t.get(f"{ADMIN}?channel=email", token=t.token()).json["conversations"]
    t.eq(len(page), 1, "in a conversation of its own")
    t.has(json.dumps(t.get(f"{ADMIN}/{page[0]['id']}", token=t.token()).json), chat_of(t), "which says where the chat is")
    answer = t.post(f"{ADMIN}/{chat_of(t)}/reply", {"content": "hello?"}, token=t.token())
    t.eq(answer.status, 409, "staff who reply in the chat are told that it went on elsewhere")


@story
def strangers_keep_out(t):
    start(t, AVA_CHAT_VISITOR_RATE="5", AVA_CHAT_ADDRESS_RATE="10")
    visitor = Visitor(t)
    asked = t.request("OPTIONS", "/api/chat/messages", headers={
        **visitor.headers, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"})
    t.eq((asked.status, asked.header("Access-Control-Allow-Origin"), asked.header("Vary")), (204, SITE, "Origin"),
         "a browser that asks for the site is told yes")
    elsewhere = t.request("OPTIONS", "/api/chat/messages", headers={"Origin": "https://evil.example"})
    t.eq((elsewhere.status, elsewhere.header("Access-Control-Allow-Origin")), (403, None), "for another, no")
    t.eq(Visitor(t, "https://evil.example").say("hi").status, 403, "nor is a message taken from it")
    t.eq(Visitor(t, "https://evil.example").connect().status, 403, "nor a live connection")
    t.eq(Visitor(t, "https://other.example.com").say("hi").status, 200, "the second site of the list is one")
    refused = t.get("/api/chat", headers=visitor.headers)
    t.eq((refused.status, refused.header("Access-Control-Allow-Credentials")), (200, None), "cookies have no part in it")

    for what, body in [("a short key", {"key": "abc"}), ("a key of other characters", {"key": "é" * 21 + "a"}),
                       ("no id", {"client_id": None}), ("an id that is none", {"client_id": "1"}),
                       ("no text", {"text": ""}), ("only spaces", {"text": " \n "}), ("too long a text", {"text": "a" * 4001}),
                       ("text that is a number", {"text": 5}), ("an unknown member", {"more": 1})]:
        whole = {"key": visitor.key, "client_id": str(uuid.uuid4()), "text": "hello", **body}
        answer = t.post("/api/chat/messages", whole, headers=visitor.headers)
        t.ok(answer.status in (400, 422), f"{what} is refused", answer)
        t.eq(answer.header("Access-Control-Allow-Origin"), SITE, "and the script can read why")
    for frame in ({"type": "hello"}, {"type": "hello", "key": "x"}, {"type": "x", "key": visitor.key},
                  {"type": "hello", "key": visitor.key, "after": "yesterday"}, [], "hello"):
        socket = WebSocket(t.server.port, "/ws/chat", visitor.headers)
        socket.send(frame)
        t.eq(socket.receive(), None, f"a first frame {frame} ends the connection")

    statuses = [visitor.say(f"message {i}").status for i in range(7)]
    t.eq(statuses[:5], [200] * 5, "so many messages are taken")
    t.eq(statuses[5:], [429] * 2, "and then no more of this visitor")
    t.eq({Visitor(t).say("hello").status for _ in range(5)}, {200, 429}, "nor of the address, by whatever key")
    t.eq(visitor.read()["state"], "active", "reading is still possible")


@story
def it_is_off_until_a_site_is_named(t):
    t.ava("schema", "create")
    t.start()
    answer = t.get("/api/chat")
    t.eq(answer.status, 404, "without a site there is no chat")
    t.has(answer.json["detail"], "chat_origins", "and it says which setting turns it on")
    t.eq(WebSocket(t.server.port, "/ws/chat").status, 404, "nor a live connection")
    for wrong in ("www.example.com", "https://www.example.com/shop", "https://"):
        t.ava("serve", AVA_CHAT_ORIGINS=wrong, status=78)
    t.ok(True, "a list that names something else is refused at the start")


if __name__ == "__main__":
    main()
