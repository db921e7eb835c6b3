#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An owner lets somebody in, changes what they may do, shuts them out and has them back; tokens are
made, used and revoked. What is taken away is taken away at once, and the last owner stays."""
import json

from ava_test import main, story
from conforms import Document
from websocket import WebSocket

USERS, TOKENS = "/api/admin/users", "/api/admin/tokens"
LISA = {"email": "Lisa@Example.com", "name": "Lisa Ångström", "role": "agent", "password": "long enough"}


class Client:
    def __init__(self, t, server):
        self.t, self.server, self.document = t, server, Document(server.request("GET", "/openapi.json").json)

    def call(self, method, template, body=None, status=200, token=None, **path):
        answer = self.server.request(method, template.format(**path), body, token=token or self.t.token())
        self.t.eq(answer.status, status, f"{method} {template}: {status}")
        self.t.eq(self.document.answer_faults(method, template, answer), [], f"{method} {template}: as documented")
        return answer.json


def sign_in(server, password, email=LISA["email"]):
    answer = server.request("POST", "/api/session", {"email": email, "password": password})
    return answer.status, (answer.header("Set-Cookie") or "").split(";")[0]


def status_with(server, cookie, path="/api/me"):
    return server.request("GET", path, headers={"Cookie": cookie}).status


@story
def the_staff(t):
    t.ava("schema", "create")
    server = t.start()
    t.ava("user", "add", "--email", "owner@example.com", "--name", "Olga", stdin="the owner's word\n")
    c = Client(t, server)
    lisa = c.call("POST", USERS, LISA, 201)
    t.eq((lisa["email"], lisa["role"], lisa["disabled_at"], lisa["me"]), ("lisa@example.com", "agent", None, False),
         "somebody is added, by an address in small letters")
    c.call("POST", USERS, LISA, 409)
    c.call("POST", USERS, {**LISA, "email": "no address"}, 422)
    c.call("POST", USERS, {**LISA, "email": "b@example.com", "password": "short"}, 422)
    c.call("POST", USERS, {**LISA, "email": "b@example.com", "role": "king"}, 422)
    listed = c.call("GET", USERS)
    t.eq(([u["name"] for u in listed["users"]], [r["name"] for r in listed["roles"]]),
         (["Lisa Ångström", "Olga"], ["owner", "agent", "reader"]), "by name, with the roles there are")
    t.ok("password" not in json.dumps(listed) and "argon2" not in json.dumps(listed), "and no password")
    status, cookie = sign_in(server, LISA["password"])
    t.eq((status, status_with(server, cookie), status_with(server, cookie, USERS)), (200, 200, 403),
         "she signs in, and may not manage others")

    one = USERS + "/{user_id}"
    changed = c.call("PATCH", one, {"name": "Lisa A.", "role": "reader"}, user_id=lisa["id"])
    t.eq((changed["name"], changed["role"]), ("Lisa A.", "reader"), "another name and role")
    t.eq(status_with(server, cookie), 401, "whose sessions end")
    _, cookie = sign_in(server, LISA["password"])
    live = WebSocket(server.port, "/ws/live", {"Cookie": cookie, "Origin": f"http://127.0.0.1:{server.port}"})
    live.receive()
    c.call("PUT", one + "/password", {"password": "another one"}, user_id=lisa["id"])
    t.eq((status_with(server, cookie), sign_in(server, LISA["password"])[0]), (401, 401), "a new password ends them, too")
    t.ok(closed(live), "and what she watched live", live.code)
    _, cookie = sign_in(server, "another one")
    t.ok(c.call("PATCH", one, {"disabled": True}, user_id=lisa["id"])["disabled_at"], "shut out")
    t.eq((status_with(server, cookie), sign_in(server, "another one")[0]), (401, 401), "at once")
    t.eq(c.call("PATCH", one, {"disabled": False}, user_id=lisa["id"])["disabled_at"], None, "had back")
    t.eq(sign_in(server, "another one")[0], 200, "and she signs in again")
    c.call("PATCH", one, {"name": "N"}, 404, user_id="01890000-0000-7000-8000-000000000000")

    # The owner herself, by her session.
    olga = next(u for u in listed["users"] if u["name"] == "Olga")
    _, cookie = sign_in(server, "the owner's word", "owner@example.com")
    mine = {"Cookie": cookie, "X-Ava-Request": "1"}
    me = lambda method, body, path="": server.request(method, f"{USERS}/{olga['id']}{path}", body, headers=mine).status
    t.eq((me("PATCH", {"disabled": True}), me("PATCH", {"role": "agent"})), (409, 409), "the last owner stays")
    t.eq(me("PUT", {"password": "a newer word"}, "/password"), 200, "she gives herself a new password")
    t.eq(status_with(server, cookie), 200, "and is still signed in")
    own = lambda current, new: server.request("PUT", "/api/me/password", {"current": current, "password": new}, headers=mine).status
    t.eq((own("wrong", "the newest word"), own("a newer word", "short"), own("a newer word", "the newest word")),
         (422, 422, 200), "or by the present one")
    t.eq((status_with(server, cookie), sign_in(server, "the newest word", "owner@example.com")[0]), (200, 200), "which counts")
    t.eq(server.request("PUT", "/api/me/password", {"current": "x", "password": "long enough"}, token=t.token()).status, 403,
         "a program has none")
    c.call("PATCH", one, {"role": "owner"}, user_id=lisa["id"])
    t.eq((me("PATCH", {"disabled": True}), me("PATCH", {"role": "agent"})), (409, 200),
         "with a second owner she may step down, not shut herself out")
    t.eq(status_with(server, cookie, USERS), 403, "from then on she is an agent")


def closed(live):
    """With the code of a policy that is broken; anything else, or nothing in ten seconds, is none."""
    while live.receive() is not None:
        pass
    return live.code == 1008


@story
def tokens(t):
    t.ava("schema", "create")
    server = t.start()
    c = Client(t, server)
    made = c.call("POST", TOKENS, {"name": "Reports", "role": "reader"}, 201)
    token, secret = made["token"], made["secret"]
    t.eq((token["name"], token["role"], token["expires_at"], secret[:4]), ("Reports", "reader", None, "ava_"), "made")
    t.eq(c.call("GET", "/api/me", token=secret)["role"], "reader", "it opens what its role may")
    c.call("GET", TOKENS, status=403, token=secret)
    c.call("POST", TOKENS, {"name": "Past", "role": "reader", "expires_at": "2020-01-01T00:00:00Z"}, 422)
    soon = c.call("POST", TOKENS, {"name": "Soon", "role": "agent", "expires_at": "2099-01-01T00:00:00Z"}, 201)
    t.ok(soon["token"]["expires_at"].startswith("2099-01-01"), "one that ends", soon)
    listed = c.call("GET", TOKENS)["tokens"]
    t.eq([(k["name"], k["me"]) for k in listed], [("Soon", False), ("Reports", False), ("t", True)], "newest first")
    t.ok(secret not in json.dumps(listed), "and none of their texts")
    gone = c.call("DELETE", TOKENS + "/{token_id}", token_id=token["id"])
    t.ok(gone["revoked_at"], "revoked", gone)
    c.call("GET", "/api/me", status=401, token=secret)
    again = c.call("DELETE", TOKENS + "/{token_id}", token_id=token["id"])
    t.eq(again["revoked_at"], gone["revoked_at"], "once")
    c.call("DELETE", TOKENS + "/{token_id}", status=404, token_id="01890000-0000-7000-8000-000000000000")
    t.eq(len(json.loads(t.ava("token", "list"))["tokens"]), 3, "the command lists them, too")
    t.ava("token", "revoke", soon["token"]["id"])
    t.eq(t.sql("select count(*) from api_tokens where revoked_at is not null"), [["2"]], "and revokes")
    t.ok(any(r.get("what") == "token_revoked" for r in server.entries("access was changed")), "the log says who did it")


if __name__ == "__main__":
    main()
