#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files that staff send: uploaded in pieces, kept until a reply takes them along, fetched by the provider
at an address that only it knows, and refused beforehand where the channel does not take them."""
import base64
import os
import urllib.parse

from ava_test import main, story

QUICK = True
API = "/api/admin/communications"
CUSTOMER = "+15550100123"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
NOBODY = "01900000-0000-7000-8000-000000000000"


def b64(data):
    return base64.b64encode(data).decode()


def begin(t, there, data, name="plan.png", kind="image/png", who="t"):
    answer = t.post(f"{API}/{there}/uploads", {"filename": name, "content_type": kind, "size_bytes": len(data)},
                    token=t.token(who))
    t.eq(answer.status, 201, f"the upload of {name} begins")
    return answer.json["id"]


def piece(t, upload, n, data, who="t"):
    return t.request("PUT", f"/api/admin/uploads/{upload}/pieces/{n}", {"content": b64(data)}, token=t.token(who))


def upload(t, there, data, name="plan.png", kind="image/png", size=400_000):
    made = begin(t, there, data, name, kind)
    for n in range(0, len(data), size):
        assert piece(t, made, n // size, data[n:n + size]).status == 200
    return made


def reply(t, there, words, *uploads, **more):
    return t.post(f"{API}/{there}/reply", {"content": words, "uploads": list(uploads), **more}, token=t.token())


def newest(t, channel):
    return t.get(f"{API}?channel={channel}&page_size=1", token=t.token()).json["conversations"][0]["id"]


def customer_texts(t, sandbox, sender=CUSTOMER, by="twilio"):
    sandbox.request("POST", "/sandbox/text", {"from": sender, "body": "Where are you?", "by": by})
    return newest(t, "whatsapp" if sender.startswith("whatsapp") else "sms")


def received(sandbox, to=CUSTOMER):
    """What came to the customer's telephone with files."""
    listed = sandbox.request("GET", "/sandbox/messages?to=" + urllib.parse.quote(to)).json["messages"]
    return [m for m in listed if m.get("media")]


@story
def a_picture_goes_along_with_a_text(t):
    t.ava("schema", "create")
    sandbox, _ = t.world_with_sandbox(AVA_TURN_RUNNERS="0")
    there = customer_texts(t, sandbox)
    plan = begin(t, there, PNG)
    t.eq(reply(t, there, "Here", plan).status, 422, "what is not there completely does not go along")
    first = piece(t, plan, 0, PNG[:5000]).json
    t.eq((first["received_bytes"], first["size_bytes"]), (5000, len(PNG)), "a piece is there")
    t.eq(piece(t, plan, 0, b"x" * 5000).json["received_bytes"], 5000, "sent again, it counts once")
    t.eq(piece(t, plan, 1, PNG[5000:] + b"!").status, 422, "more than was said is refused")
    t.eq(piece(t, plan, 1, PNG[5000:]).json["received_bytes"], len(PNG), "all of it is there")
    t.eq(piece(t, plan, 2, b"x").json["received_bytes"], len(PNG), "and stays as it is")
    t.eq(piece(t, plan, 1, PNG, who="other").status, 404, "somebody else's is not there")
    sent = reply(t, there, "", plan)
    t.eq(sent.status, 201, "a picture says enough")
    t.wait(lambda: received(sandbox), "it comes to the customer")
    url = received(sandbox)[0]["media"][0]["url"]
    t.ok(url.startswith(t.settings["AVA_PUBLIC_URL"] + "/m/"), "by an address of ours", url)
    path = urllib.parse.urlsplit(url).path
    got = t.get(path)
    t.eq((got.status, got.body, got.header("Content-Type")), (200, PNG, "image/png"), "where the provider has it")
    t.eq(t.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status, 404, "a changed address has nothing")
    t.eq(t.get("/m/" + NOBODY + ".99999999999.x").status, 404, "a made up one neither")
    shown = t.get(f"{API}/{there}", token=t.token()).json["messages"][-1]
    t.eq([(f["filename"], f["state"], f["size_bytes"]) for f in shown["attachments"]],
         [("plan.png", "stored", len(PNG))], "staff see it with the message")
    t.eq(reply(t, there, "Again", plan).status, 422, "it goes along once")

    refused = lambda words, status, *files, **more: t.has(
        (lambda a: (t.eq(a.status, status, words), a.text)[1])(reply(t, there, "See", *files, **more)), words, "which is said")
    refused("not a file of this kind", 422, upload(t, there, b"PK\x03\x04" + b"z" * 99, "a.zip", "application/zip"))
    refused("5 MB", 413, upload(t, there, PNG[:8] + os.urandom(3 << 20), size=900_000),
            upload(t, there, PNG[:8] + os.urandom(2_200_000), size=900_000))
    refused("10 files at most", 422, attachments=[{"filename": "a.png", "content": b64(PNG)}] * 11)
    elsewhere = t.post(API, {"channel": "sms"}, token=t.token()).json["id"]
    refused("not there any more", 422, upload(t, elsewhere, PNG))
    away = upload(t, there, PNG)
    t.eq(t.request("DELETE", f"/api/admin/uploads/{away}", token=t.token("other")).status, 404, "nobody else takes it away")
    t.eq(t.request("DELETE", f"/api/admin/uploads/{away}", token=t.token()).status, 200, "it is taken away")
    refused("not there any more", 422, away)


@story
def files_go_by_whatsapp_and_mail(t):
    t.ava("schema", "create")
    t.with_meta()
    t.with_mail()
    sandbox, _ = t.world_with_sandbox(AVA_TURN_RUNNERS="0", AVA_WHATSAPP_PROVIDER="meta")
    sender = "whatsapp:" + CUSTOMER
    there = customer_texts(t, sandbox, sender, "meta")
    sent = reply(t, there, "Your plan", upload(t, there, b"%PDF-1.4\n" + b"x" * 999, "plan.pdf", "application/pdf"))
    t.eq(sent.status, 201, "a document goes by WhatsApp")
    t.wait(lambda: received(sandbox, sender), "it comes to the customer")
    t.eq([(m["body"], m["media"][0]["type"]) for m in received(sandbox, sender)], [("Your plan", "document")], "with its words")
    t.eq(t.get(urllib.parse.urlsplit(received(sandbox, sender)[0]["media"][0]["url"]).path).status, 200, "and can be fetched")
    t.has(reply(t, there, "Two", upload(t, there, PNG), upload(t, there, PNG)).text, "1 file at most", "one a message")

    mail = t.post("/api/admin/messages", {"to": "ann@example.com", "channel": "email", "subject": "Visit", "content": "Hello"},
                  token=t.token())
    t.eq(mail.status, 201, "an e-mail is written")
    there = newest(t, "email")
    big = os.urandom(1_300_000)
    sent = reply(t, there, "With files", upload(t, there, b"PK\x03\x04" + big, "table.xlsx", "application/octet-stream"),
                 upload(t, there, b"One\nTwo\n", "list.csv", "text/csv"))
    t.eq(sent.status, 201, "files go along with e-mail")
    mails = lambda: [m for m in sandbox.request("GET", "/sandbox/mail").json["mails"] if m.get("files")]
    t.wait(mails, "it comes to the customer")
    t.eq([(f["name"], f["type"], f["size"]) for f in mails()[0]["files"]],
         [("table.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", len(big) + 4),
          ("list.csv", "text/csv", 8)], "as what they are")


if __name__ == "__main__":
    main()
