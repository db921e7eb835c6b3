#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""WhatsApp: by Meta's Cloud API and by Twilio, as one more channel."""
import hashlib
import hmac
import json

from ava_test import main, story

QUICK = True
PATH = "/api/webhooks/whatsapp"
CUSTOMER = "+15550100123"
SECRET, VERIFY, PHONE_ID = "testappsecret", "a word of ours", "106000000000001"
META = {"AVA_META_APP_SECRET": SECRET, "AVA_META_VERIFY_TOKEN": VERIFY, "AVA_META_PHONE_NUMBER_ID": PHONE_ID}


def batch(**members):
    value = {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550199998",
                                                           "phone_number_id": PHONE_ID}, **members}
    return {"object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}


def text(wamid, body, sender=CUSTOMER):
    return {"from": sender[1:], "id": wamid, "type": "text", "text": {"body": body}}


def post(t, document, secret=SECRET, signature=None):
    """As Meta posts it: what is not ASCII is escaped, and the bytes are signed."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    if signature is None:
        signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return t.post(PATH, body, headers={"Content-Type": "application/json", "X-Hub-Signature-256": signature})


def conversations(t, n=20):
    return t.get(f"/api/admin/communications?channel=whatsapp&page_size={n}", token=t.token()).json["conversations"]


def messages(t, direction, at=0):
    found = conversations(t, 100)
    if not found:
        return []
    shown = t.get(f"/api/admin/communications/{found[at]['id']}", token=t.token()).json
    return [m for m in shown["messages"] if m["direction"] == direction]


@story
def meta_verifies_the_address(t):
    t.ava("schema", "create")
    t.start(**META)
    ask = PATH + "?hub.mode={}&hub.verify_token={}&hub.challenge=11%3C58"
    right = t.get(ask.format("subscribe", VERIFY.replace(" ", "%20")))
    t.eq((right.status, right.text, right.header("Content-Type")), (200, "11<58", "text/plain; charset=utf-8"),
         "the challenge comes back, as plain text")
    for what, mode, token in (("a wrong token", "subscribe", "x"), ("no token", "subscribe", ""),
                              ("another mode", "unsubscribe", "a%20word%20of%20ours")):
        t.eq(t.get(ask.format(mode, token)).status, 403, f"{what}: 403")
    t.eq(t.get(PATH).status, 403, "nothing asked: 403")
    t.eq(t.request("DELETE", PATH).status, 405, "another method: 405")


@story
def only_what_meta_signed_is_taken(t):
    t.ava("schema", "create")
    t.start(**META)
    document = batch(messages=[text("wamid.A", "Hello")])
    for what, answer in (("another secret", post(t, document, secret="other")),
                         ("no signature", post(t, document, signature="")),
                         ("another body's", post(t, document, signature="sha256=" + "0" * 64))):
        t.eq(answer.status, 403, f"{what}: 403")
    t.eq(conversations(t), [], "and nothing is stored")
    for what, body, status in (("no JSON", b"{", 400), ("no batch", b"{}", 400), ("an empty one", batch(), 200),
                               ("of another number", json.loads(json.dumps(document).replace(PHONE_ID, "1")), 200)):
        t.eq(post(t, body).status, status, f"{what}: {status}")
    t.eq(conversations(t), [], "and nothing is stored")
    t.eq(post(t, document).status, 200, "what is signed is taken")
    t.eq(len(conversations(t)), 1, "and stored")


@story
def a_batch_is_taken_whole_and_once(t):
    t.ava("schema", "create")
    t.start(**META, AVA_TURN_RUNNERS="0")
    many = [text(f"wamid.{n}", f"Message {n} é", f"+1555010{n % 40:04}") for n in range(200)]
    broken = {"id": "wamid.broken", "type": "text", "text": {"body": "from nobody"}}
    picture = {"from": CUSTOMER[1:], "id": "wamid.p", "type": "image", "image": {"id": "7", "caption": "My arm"}}
    document = batch(contacts=[], messages=many[:100] + [broken, picture] + many[100:])
    for _ in range(2):
        t.eq(post(t, document).status, 200, "the batch is taken")
        t.eq(t.sql("select count(*) from communication_messages"), [["201"]], "each message counts once")
        t.eq(t.sql("select count(*) from inbound_requests where state = 'failed'"), [["1"]],
             "the one that cannot be processed is kept")
    mine = next(n for n, c in enumerate(conversations(t, 100)) if c["customer_phone"] == CUSTOMER)
    t.eq([m["content"] for m in messages(t, "inbound", mine)], ["My arm"], "a picture has its words")
    big = batch(messages=[text("wamid.big", "x" * 4000, CUSTOMER)], padding="y" * 3000000)
    t.eq(post(t, big).status, 200, "three megabytes are taken")


if __name__ == "__main__":
    main()
