#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who watches is told of every change at once, and after a lost connection of what was missed."""
from ava_test import main, story
from websocket import WebSocket

QUICK = True
THREADS = True
API = "/api/admin/communications"


def until(socket, kind, conversation=None):
    """Reads changes up to one of that kind; returns all that came."""
    seen = []
    while not seen or seen[-1]["kind"] != kind or (conversation and seen[-1]["conversation_id"] != conversation):
        frame = socket.receive()
        if frame["type"] == "change":
            seen.append(frame)
    return seen


def connect(t, query="", **headers):
    return WebSocket(t.server.port, "/ws/live" + query,
                     {"Authorization": f"Bearer {t.token()}", **headers} if "Cookie" not in headers else headers)


def connect_as(t, name):
    return WebSocket(t.server.port, "/ws/live", {"Authorization": f"Bearer {t.token(name)}"})


@story
def changes_arrive_live(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start()
    t.eq(WebSocket(t.server.port, "/ws/live").status, 401, "nobody watches without signing in")
    live = connect(t)
    t.eq(live.status, 101, "a token opens it")
    hello = live.receive()
    t.eq((hello["type"], hello["reset"]), ("hello", False), "it says hello")

    one = t.post(API, {"channel": "sms"}, token=t.token()).json["id"]
    seen = until(live, "conversation", one)
    t.ok(seen[-1]["id"] > hello["last_id"], "a new conversation arrives", seen)
    t.text_from_customer("+15550100001", "Hello", "SM" + "1" * 32)
    seen = until(live, "message")
    t.ok(seen[-1]["conversation_id"] and seen[-1]["message_id"], "a texted message arrives", seen)
    t.ava("conversations", "create", "--channel", "voice")
    t.ok(until(live, "conversation"), "what another process writes arrives too")
    live.close()


def where(socket, conversation, typing=False):
    socket.send({"type": "here", "conversation_id": conversation, "typing": typing})


def who(socket):
    """Who else is there, as this page was told last: the next time that it is told."""
    while True:
        frame = socket.receive()
        if frame["type"] == "presence":
            return [(p["name"], p["typing"]) for p in frame["who"]]


@story
def who_looks_and_types_is_told(t):
    t.ava("schema", "create")
    t.start()
    one, other = (t.post(API, {"channel": "sms"}, token=t.token()).json["id"] for _ in range(2))
    ann, ben, again = connect(t), connect_as(t, "ben"), connect(t)
    where(ann, one)
    t.eq(who(ann), [], "whoever comes first is alone")
    where(ben, one)
    t.eq((who(ann), who(ben)), ([("ben", False)], [("t", False)]), "two are told of each other")
    where(again, one)
    t.eq(who(again), [("ben", False)], "a second page of the same person")
    t.eq((who(ann), who(ben)), ([("ben", False)], [("t", False)]), "is no other person")
    where(ann, one, typing=True)
    t.eq((who(ben), who(again), who(ann)), ([("t", True)], [("ben", False)], [("ben", False)]), "who types is told")
    again.close()
    t.eq((who(ben), who(ann)), ([("t", True)], [("ben", False)]), "one page closes")
    where(ann, other)
    t.eq((who(ben), who(ann)), ([], []), "who goes on is gone")
    for junk in ("", "{", "[]", '{"type":"here","conversation_id":"x"}', '{"type":"there"}', "x" * 600):
        ann.send_frame(1, junk.encode())
    where(ann, one)
    t.eq((who(ben), who(ann)), ([("t", False)], [("ben", False)]), "what makes no sense is passed over")
    ann.close()
    t.eq(who(ben), [], "a lost connection is a person gone")
    ben.close()


@story
def what_was_missed_comes_first(t):
    t.ava("schema", "create")
    t.start()
    live = connect(t)
    live.receive()
    one = t.post(API, {"channel": "sms"}, token=t.token()).json["id"]
    last = until(live, "conversation", one)[-1]["id"]
    live.close()
    made = [t.post(API, {"channel": "email"}, token=t.token()).json["id"] for _ in range(3)]
    again = connect(t, f"?since={last}")
    seen = until(again, "conversation", made[-1])
    told = [c["conversation_id"] for c in seen if c["kind"] == "conversation"]
    t.eq([m for m in made if m not in told], [], "every missed change is told")
    t.ok(all(c["id"] > last for c in seen), "and none that was seen before", seen)


@story
def a_session_and_its_page_may_watch(t):
    t.ava("schema", "create")
    t.ava("user", "add", "--email", "Desk@example.com", "--name", "Desk", AVA_PASSWORD="correct horse")
    t.start()
    wrong = t.post("/api/session", {"email": "desk@example.com", "password": "wrong horse"})
    t.eq(wrong.status, 401, "a wrong password is refused")
    unknown = t.post("/api/session", {"email": "nobody@example.com", "password": "wrong horse"})
    t.eq((unknown.status, unknown.json["detail"]), (401, wrong.json["detail"]), "an unknown address likewise")
    signed = t.post("/api/session", {"email": "desk@example.com", "password": "correct horse"})
    t.eq((signed.status, signed.json["kind"]), (200, "user"), "the right one signs in")
    cookie = signed.header("Set-Cookie")
    t.ok("HttpOnly" in cookie and "SameSite=Strict" in cookie, "the cookie is kept from scripts and sites", cookie)
    session = {"Cookie": cookie.split(";")[0]}
    t.eq(connect(t, **session).status, 101, "the session watches")
    t.eq(connect(t, Origin="https://evil.example", **session).status, 403, "another site's page does not")
    t.eq(t.post(API, {"channel": "sms"}, headers=session).status, 403, "a write without our header is refused")
    own = {**session, "X-Ava-Request": "1"}
    t.eq(t.post(API, {"channel": "sms"}, headers=own).status, 201, "with it, it is taken")
    t.eq(t.request("DELETE", "/api/session", headers=own).status, 200, "signing out")
    t.eq(t.get("/api/me", headers=session).status, 401, "ends the session at once")


if __name__ == "__main__":
    main()
