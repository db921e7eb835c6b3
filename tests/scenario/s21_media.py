#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Photographs come with texts: fetched by a job, judged by what they are, stored, shown to staff; what
is too large, of a wrong type or behind a private address is refused, and said so."""
import base64
import hashlib
import http.server
import os
import sqlite3
import threading

from ava_test import PATIENCE, TWILIO_ACCOUNT, main, story

QUICK = True
THREADS = True
CUSTOMER = "+15550100123"
NOBODY = "01900000-0000-7000-8000-000000000000"
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40


class Trap:
    """An address inside the network; whoever comes there is counted, and gets a file all the same."""

    def __init__(self):
        self.visits = []
        trap = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                trap.visits.append(self.path)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(PHOTO)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def sid(n):
    return f"SM{n:032x}"


def send(t, sandbox, body, *media):
    answer = sandbox.request("POST", "/sandbox/text", {"from": CUSTOMER, "body": body, "media": list(media)})
    t.eq((answer.status, answer.json["status"]), (200, 200), f"a text with {len(media)} files is taken")
    return answer.json["message_sid"]


def photo(data=PHOTO, kind="image/jpeg"):
    return {"type": kind, "data": base64.b64encode(data).decode()}


def fault(sandbox, **what):
    assert sandbox.request("POST", "/sandbox/faults", {"on": "media", **what}).status == 200


def detail(t):
    page = t.get("/api/admin/communications?channel=sms", token=t.token()).json
    return t.get(f"/api/admin/communications/{page['conversations'][0]['id']}", token=t.token()).json


def inbound(t):
    return [m for m in detail(t)["messages"] if m["direction"] == "inbound"]


def outbound(t):
    return [m["content"] for m in detail(t)["messages"] if m["direction"] == "outbound"]


def settled(t):
    """The files of the latest message, once none of them waits."""
    files = inbound(t)[-1].get("attachments", [])
    return files if files and all(f["state"] != "waiting" for f in files) else None


def reasons(t):
    return [e["details"].get("reason") for e in detail(t)["events"] if e["event_type"] == "escalation_requested"]


def forget_messages(t):
    if t.store == "postgres":
        t.sql("delete from communication_messages")
        return
    with sqlite3.connect(os.path.join(t.settings["AVA_DATA_DIR"], "ava.db"), timeout=10) as c:
        c.execute("pragma foreign_keys = on")
        c.execute("delete from communication_messages")


@story
def a_photo_is_stored_and_shown(t):
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox()
    send(t, sandbox, "", photo())
    file = t.wait(lambda: settled(t), "the file is fetched")[0]
    t.eq((file["state"], file["content_type"], file["size_bytes"], file["sha256"]),
         ("stored", "image/jpeg", len(PHOTO), hashlib.sha256(PHOTO).hexdigest()), "and stored as what it is")
    t.wait(lambda: outbound(t), "the customer gets a reply")
    t.has(outbound(t)[0], "Thank you for the photo. I can't look at pictures", "that says what it can do")
    t.eq(reasons(t), ["attachment"], "and a person is asked to look")

    got = t.get(file["url"], token=t.token())
    t.ok(got.status == 200 and got.body == PHOTO, "staff get it to the byte")
    t.eq(got.header("Content-Type"), "image/jpeg", "with its type")
    t.has(got.header("Content-Disposition"), "attachment", "as a file")
    t.eq(got.header("X-Content-Type-Options"), "nosniff", "which no browser takes for another")
    t.has(got.header("Content-Security-Policy"), "sandbox", "nor runs")
    t.eq(t.get(file["url"]).status, 401, "nobody else gets it")
    t.eq(t.get("/api/admin/attachments/" + NOBODY, token=t.token()).status, 404, "there is no other")

    send(t, sandbox, "What are your hours?", photo(), photo(b"%PDF-1.7 x", "application/pdf"))
    t.wait(lambda: len(outbound(t)) == 2, "words beside files are answered")
    t.has(outbound(t)[1], "Thank you for the photos", "and the files are mentioned")
    files = t.wait(lambda: settled(t), "both files are fetched")
    t.eq([f["content_type"] for f in files], ["image/jpeg", "application/pdf"], "in their order")
    t.eq(t.sql("select count(*) from jobs where kind = 'media'"), [["0"]], "no job is left")

    forget_messages(t)
    t.eq(t.sql("select (select count(*) from attachments), (select count(*) from attachment_contents)"),
         [["0", "0"]], "files go with their messages")


@story
def what_is_not_taken_is_refused(t):
    t.ava("schema", "create")
    trap = Trap()
    sandbox, _ = t.world_with_sandbox(AVA_MEDIA_MAX="50000")
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    for what, media, word in [
            ("a file that is too large", photo(PHOTO * 10), "larger than 50000 bytes"),
            ("a picture that is a program", photo(b"MZ" + b"\0" * 100), "of a type that is not taken"),
            ("a picture that is a page", photo(b"<html><script>alert(1)</script>", "text/plain"), "of a type"),
            ("a drawing with a script", photo(svg, "image/svg+xml"), "of a type"),
            ("nothing at all", photo(b""), "empty"),
            ("a way into our network", {"url": f"http://127.0.0.1:{trap.port}/secret"}, "not on the public"),
            ("a cloud's metadata", {"url": "http://169.254.169.254/latest/"}, "not on the public"),
            ("a name that leads home", {"url": f"http://localhost:{trap.port}/secret"}, "not on the public"),
            ("a file of ours", {"url": "file:///etc/passwd"}, "none of the web")]:
        send(t, sandbox, "", media)
        file = t.wait(lambda: settled(t), what)[0]
        t.eq(file["state"], "refused", f"{what} is refused")
        t.has(file["reason"] or "", word, "and why is told")
        t.eq((file["url"], t.get(f"/api/admin/attachments/{file['id']}", token=t.token()).status), (None, 404),
             "there is nothing to get")
    missing = [e["details"] for e in detail(t)["events"] if e["event_type"] == "attachment_missing"]
    t.eq(len(missing), 9, "staff see each")
    t.text_from_customer(CUSTOMER, "", sid(1), NumMedia="1", MediaContentType0="image/jpeg",
                         MediaUrl0=f"http://127.0.0.1:{trap.port}/secret")
    t.eq(t.wait(lambda: settled(t), "an address of that kind in the webhook")[0]["state"], "refused",
         "is refused as well")
    t.eq(trap.visits, [], "nobody was ever there")
    trap.close()


@story
def a_provider_that_fails_is_asked_again(t):
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox(AVA_MEDIA_TIMEOUT=str(int(300 * PATIENCE)), AVA_MEDIA_ATTEMPTS="3")
    for what in ({"status": 500}, {"status": 429, "retry_after": 1}, {"status": "hang", "hang_ms": int(400 * PATIENCE)},
                 {"status": 404}):
        fault(sandbox, count=1, **what)
        send(t, sandbox, "", photo())
        t.eq(t.wait(lambda: settled(t), f"after {what}", 15)[0]["state"], "stored", "the file is had in the end")
    fault(sandbox, status="redirect", count=1)
    send(t, sandbox, "", photo())
    t.eq(t.wait(lambda: settled(t), "led astray")[0]["state"], "refused", "it does not follow")
    fault(sandbox, status="too_large", count=1)
    send(t, sandbox, "", photo())
    t.has(t.wait(lambda: settled(t), "a flood")[0]["reason"], "larger than", "is cut off")
    fault(sandbox, status=503)
    send(t, sandbox, "", photo())
    file = t.wait(lambda: settled(t), "it is given up", 30)[0]
    t.eq(file["state"], "failed", "visibly")
    t.has(file["reason"], "HTTP status 503", "with what the provider said")
    fault_at = f"/api/admin/attachments/{file['id']}/fetch"
    sandbox.request("DELETE", "/sandbox/faults")
    t.eq(t.post(fault_at, token=t.token()).json["state"], "waiting", "staff may have it fetched again")
    t.eq(t.wait(lambda: settled(t), "and it is")[0]["state"], "stored", "stored")
    t.eq(t.post(fault_at, token=t.token()).status, 409, "but not once more")
    t.eq(t.post(f"/api/admin/attachments/{NOBODY}/fetch", token=t.token()).status, 404, "there is no other")


@story
def a_killed_server_fetches_again(t):
    t.ava("schema", "create")
    sandbox, server = t.world_with_sandbox()
    fault(sandbox, status="slow", latency_ms=3000, count=1)
    send(t, sandbox, "", photo())
    t.wait(lambda: t.sql("select count(*) from jobs where kind = 'media' and attempts = 1") == [["1"]],
           "the file is being fetched")
    server.kill()
    t.start()
    t.eq(t.wait(lambda: settled(t), "after a restart", 20)[0]["state"], "stored", "the file is stored")
    t.eq(t.sql("select count(*) from attachment_contents"), [["1"]], "once")
    t.eq(t.sql("select count(*) from jobs where kind = 'media'"), [["0"]], "and the job is done")


@story
def the_providers_files_are_listed_as_twilio_lists_them(t):
    sandbox = t.sandbox()
    got = sandbox.request("POST", "/sandbox/text", {"from": CUSTOMER, "body": "x", "media": [photo()]}).json
    base = f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages/{got['message_sid']}/Media"
    password = base64.b64encode(f"{TWILIO_ACCOUNT}:{t.settings['AVA_TWILIO_AUTH_TOKEN']}".encode()).decode()
    auth = {"Authorization": f"Basic {password}"}
    listed = sandbox.request("GET", base + ".json", headers=auth).json["media_list"]
    t.eq([(m["content_type"], m["parent_sid"]) for m in listed], [("image/jpeg", got["message_sid"])], "the list")
    t.ok(got["message_sid"].startswith("MM"), "a message with files has a sid of its own kind")
    t.eq(sandbox.request("GET", f"{base}/{listed[0]['sid']}").status, 401, "the API wants the password")
    led = sandbox.request("GET", f"{base}/{listed[0]['sid']}", headers=auth)
    t.eq(led.status, 307, "and leads to the storage")
    path = "/" + led.header("Location").split("/", 3)[3]
    t.eq(sandbox.request("GET", path).body, PHOTO, "which has the bytes")
    t.eq(sandbox.request("GET", path, headers=auth).status, 400, "and takes no password")


if __name__ == "__main__":
    main()
