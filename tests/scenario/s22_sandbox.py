#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sandbox on the command line: a customer texts with a photo, what went to and fro is listed, faults
are asked for, seen, met and ended."""
import os

from ava_test import BUSINESS_NUMBER, main, story

CUSTOMER = "+15550100123"


@story
def a_person_uses_the_sandbox_by_commands(t):
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox()
    t.settings["AVA_SANDBOX_PORT"] = str(sandbox.port)
    photo = os.path.join(t.dir, "nails.JPG")
    with open(photo, "wb") as f:
        f.write(b"\xff\xd8\xff\xe0 a photo")

    t.has(t.ava("sandbox", "text", CUSTOMER, "What are your hours?"), "hours", "a text is answered")
    t.has(t.ava("sandbox", "text", CUSTOMER, "", "--media", photo, "--to", BUSINESS_NUMBER), "Thank you for the photo",
          "and so is a photo")
    t.wait(lambda: t.sql("select declared_type, content_type from attachments") == [["image/jpeg", "image/jpeg"]],
           "which is stored")
    t.ava("sandbox", "text", CUSTOMER, "x", "--media", photo + ".gone", status=74)
    t.ava("sandbox", "text", CUSTOMER, status=64)
    lines = t.ava("sandbox", "messages", "--with", CUSTOMER).splitlines()
    t.eq(len(lines), 4, "both directions are listed")
    t.has(lines[0], f"from {CUSTOMER}", "the customer's first")
    t.has(lines[2], "[1 file]", "with its files")
    t.has(lines[1], f"to   {CUSTOMER}", "and what was said to them")
    t.eq(t.ava("sandbox", "messages", "--with", "+15550100999"), "", "nobody else's")

    t.eq(t.ava("sandbox", "fault"), "No faults.\n", "there are no faults")
    t.has(t.ava("sandbox", "fault", "429", "--count", "1", "--retry-after", "1"), "status 429 on sends, met 0", "one")
    t.has(t.ava("sandbox", "fault", "lost", "--on", "inbound"), "lost on inbound", "another")
    t.has(t.ava("sandbox", "fault", "mixture", "--share", "0.5", "--on", "media"), "mixture on media", "a third")
    t.ava("sandbox", "text", CUSTOMER, "lost?", status=69)
    t.has(t.ava("sandbox", "fault"), "Met in all: lost 1", "what was met is told")
    t.eq(t.ava("sandbox", "fault", "end").splitlines()[0], "No faults.", "they end")
    t.ava("sandbox", "fault", "odd", status=65)
    t.ava("sandbox", "fault", "429", "--count", "many", status=64)
    t.ava("sandbox", "fault", "429", "500", status=64)
    t.has(t.ava("sandbox", "text", CUSTOMER, "Are you there?"), "", "and all is well")

@story
def staff_try_ava_from_the_dashboard(t):
    """What the page "Try Ava" asks for is passed on to the sandbox: only that, only to staff who may write."""
    t.ava("schema", "create")
    sandbox, server = t.world_with_sandbox()
    token, reader = t.token(), t.token("reader", "--role", "reader")
    t.ok(t.get("/api/me", token=token).json["sandbox"], "the page is told that there is a sandbox")
    at = t.get("/api/sandbox/health", token=token)
    t.eq((at.status, at.json["number"]), (200, BUSINESS_NUMBER), "whom to text is told")
    sent = t.post("/api/sandbox/text", {"from": CUSTOMER, "body": "What are your hours?"}, token=token)
    t.eq((sent.status, sent.json["status"]), (200, 200), "a text goes to Ava")
    path = "/api/sandbox/messages?with=" + CUSTOMER.replace("+", "%2B")
    t.wait(lambda: len(t.get(path, token=token).json["messages"]) == 2, "who answers")
    t.eq(t.post("/api/sandbox/text", {"from": "?", "body": "x"}, token=token).status, 422, "what the sandbox refuses is told")
    t.eq(t.get("/api/sandbox/calls?live=true", token=token).json["calls"], [], "calls are seen, too")
    for path in ["faults", "model", "calls/../faults", "calls/x?y", "calls/a/b", "mail/raw", ""]:
        t.eq(t.get("/api/sandbox/" + path, token=token).status, 404, f"nothing else: {path!r}")
    t.eq(t.get("/api/sandbox/health").status, 401, "nobody else")
    t.eq(t.get("/api/sandbox/health", token=reader).status, 403, "nor who may only read")
    sandbox.stop()
    t.eq(t.get("/api/sandbox/health", token=token).status, 503, "a sandbox that is away is told")
    server.stop()
    t.settings["AVA_SANDBOX_URL"] = ""
    plain = t.start("plain")
    t.eq(plain.request("GET", "/api/sandbox/health", token=token).status, 404, "without one there is no such page")
    t.eq(plain.request("GET", "/api/me", token=token).json["sandbox"], False, "which is told")


if __name__ == "__main__":
    main()
