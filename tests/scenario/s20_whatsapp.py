#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""WhatsApp: by Meta's Cloud API and by Twilio, as one more channel."""
import base64
import hashlib
import hmac
import json

from ava_test import main, story

QUICK = True
PATH = "/api/webhooks/whatsapp"
CUSTOMER = "+15550100123"
SECRET, VERIFY, PHONE_ID = "testappsecret", "a word of ours", "106000000000001"  # of ava_test's with_meta


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
    t.with_meta()
    t.start()
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
    t.with_meta()
    t.start()
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
    t.with_meta()
    t.start(AVA_TURN_RUNNERS="0")
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


def world(t):
    t.ava("schema", "create")
    t.with_meta()
    return t.world_with_sandbox()


def customer_writes(sandbox, body, by="meta", sender=CUSTOMER):
    return sandbox.request("POST", "/sandbox/text", {"from": f"whatsapp:{sender}", "body": body, "by": by}).json


def at_provider(sandbox, to=f"whatsapp:{CUSTOMER}"):
    found = sandbox.request("GET", "/sandbox/messages?limit=1000").json["messages"]
    return [m for m in found if m["direction"] == "outbound" and m["to"] == to]


@story
def a_message_by_meta_is_answered_delivered_and_read(t):
    sandbox, _ = world(t)
    t.eq(sandbox.request("POST", "/sandbox/meta/verify").json, {"verified": True, "status": 200}, "the handshake holds")
    first = customer_writes(sandbox, "Hello, can I speak to a person?")
    t.eq(first["status"], 200, "the message is taken")
    t.wait(lambda: at_provider(sandbox), "a reply reaches Meta")
    t.eq(at_provider(sandbox)[0]["from"], "whatsapp:+15550199998", "from the number that was written to")
    t.wait(lambda: messages(t, "outbound")[0]["sms"]["delivery_status"] == "delivered", "and is reported as delivered")
    sms = messages(t, "outbound")[0]["sms"]
    t.ok(sms["provider_message_id"].startswith("wamid."), "it has Meta's id", sms)
    t.eq(sms["read_at"], None, "nobody has read it yet")
    t.wait(lambda: [m for m in sandbox.request("GET", "/sandbox/messages").json["messages"]
                    if m["sid"] == first["message_sid"] and m["status"] == "read"],
           "the customer sees that the message was read")
    t.eq(sandbox.request("POST", "/sandbox/read", {"number": CUSTOMER}).json["read"], 1, "the customer reads the reply")
    t.wait(lambda: messages(t, "outbound")[0]["sms"]["read_at"], "which the staff see")
    t.eq(messages(t, "outbound")[0]["sms"]["delivery_status"], "delivered", "it stays delivered")

    t.eq(customer_writes(sandbox, "Hello again", by="twilio")["status"], 200, "the same by Twilio")
    t.wait(lambda: len(at_provider(sandbox)) == 2, "is answered")
    t.eq(at_provider(sandbox)[1]["from"], "whatsapp:+15550199999", "by Twilio, from its number")
    t.wait(lambda: messages(t, "outbound")[1]["sms"]["delivery_status"] == "delivered", "delivered there")
    sandbox.request("POST", "/sandbox/read", {"number": CUSTOMER})
    t.wait(lambda: messages(t, "outbound")[1]["sms"]["read_at"], "and read there")
    t.eq(len(conversations(t)), 1, "all of it is one conversation")


@story
def who_hides_the_number_is_answered_too(t):
    sandbox, _ = world(t)
    user = "US.13491208655302741918"
    t.eq(customer_writes(sandbox, "Hello", sender=user)["status"], 200, "a message without a number is taken")
    t.wait(lambda: at_provider(sandbox, f"whatsapp:{user}"), "and answered")
    t.wait(lambda: messages(t, "outbound")[0]["sms"]["delivery_status"] == "delivered", "the reply is delivered")
    t.eq(conversations(t)[0]["customer_name"], "A customer", "the customer has a name")


@story
def what_is_uncertain_is_waited_for(t):
    sandbox, _ = world(t)
    sandbox.request("POST", "/sandbox/faults", {"status": "after_send_timeout", "count": 1, "hang_ms": 300})
    customer_writes(sandbox, "Hello, a person please")
    t.wait(lambda: at_provider(sandbox), "the reply was taken, but no answer came")
    t.wait(lambda: messages(t, "outbound")[0]["sms"]["delivery_status"] == "delivered", "its status says whose it is")
    t.wait(lambda: t.sql("select count(*) from jobs where kind = 'send'") == [["0"]], "so it counts as sent", 40)
    t.eq(len(at_provider(sandbox)), 1, "and is not sent twice")


@story
def a_token_that_ran_out_loses_nothing(t):
    sandbox, server = world(t)
    sandbox.request("POST", "/sandbox/faults", {"status": 401, "code": 190, "count": 1})
    customer_writes(sandbox, "Hello, a person please")
    t.wait(lambda: [e for e in server.entries() if "account or the settings" in e.get("message", "")],
           "whoever runs the server is told")
    t.eq(messages(t, "outbound")[0]["sms"]["delivery_status"], "queued", "the reply waits")
    t.wait(lambda: at_provider(sandbox), "and goes when the token is right", 40)


@story
def outside_of_the_window_the_failure_says_so(t):
    sandbox, _ = world(t)
    t.eq(post(t, batch(messages=[text("wamid.A", "Hello, a person please")])).status, 200,
         "a customer writes whom the provider has not heard of for a day")
    t.wait(lambda: messages(t, "outbound") and messages(t, "outbound")[0]["sms"]["delivery_status"] == "failed",
           "the reply is refused")
    sms = messages(t, "outbound")[0]["sms"]
    t.eq((sms["error_code"], "template" in sms["error_message"]), ("131047", True), "and it is said why")
    t.eq(at_provider(sandbox), [], "nothing was sent")


def field_of(answer):
    return answer.json["errors"][0]["field"]


@story
def after_a_day_only_templates_go(t):
    t.settings["AVA_WHATSAPP_TEMPLATE"] = "reopen"
    t.settings["AVA_WHATSAPP_NUMBER"] = "+15550199998"
    sandbox, _ = world(t)
    templates, send = "/api/admin/whatsapp/templates", "/api/admin/whatsapp/messages"
    refused = t.post("/api/admin/messages", {"to": CUSTOMER, "channel": "whatsapp", "content": "Hi"}, token=t.token())
    t.eq((refused.status, field_of(refused)), (422, "content"), "free text to somebody who did not write: 422")
    t.has(refused.json["detail"], "ava templates put", "which says what to do")
    t.eq(conversations(t), [], "and leaves nothing behind")
    for name, body in (("reopen", "Hello, {{1}}! May we write to you?"), ("reminder", "{{1}}, see you at {{2}}.")):
        made = t.request("PUT", f"{templates}/{name}", {"body": body, "content_sid": "HX" + "1" * 32}, token=t.token())
        t.eq((made.status, made.json["approved"]), (200, True), f"the template {name} is noted")
    refused = t.post("/api/admin/messages", {"to": CUSTOMER, "channel": "whatsapp", "content": "Hi"}, token=t.token())
    t.has(refused.json["detail"], "reminder (en_US), reopen (en_US)", "the error names the templates")

    sent = t.post(send, {"to": CUSTOMER, "values": ["Ann"]}, token=t.token())
    t.eq((sent.status, sent.json["content"]), (201, "Hello, Ann! May we write to you?"), "the usual template is filled")
    t.wait(lambda: at_provider(sandbox), "and sent by Meta")
    t.eq(at_provider(sandbox)[0]["body"], "[reopen en_US] Ann", "as a template")
    t.eq(at_provider(sandbox)[0]["from"], "whatsapp:+15550199998", "from the business's WhatsApp number")
    out = t.ava("templates", "send", CUSTOMER, "--template", "reminder", "--values", '["Ann", "3 pm"]')
    t.has(out, "Ann, see you at 3 pm.", "the command does the same")
    for what, body, field in (("an unknown template", {"template": "nothing"}, "template"),
                              ("too few values", {"template": "reminder", "values": ["Ann"]}, "values"),
                              ("a value of two lines", {"values": ["a\nb"]}, "values"),
                              ("no number", {"to": "Ann", "values": ["x"]}, "to")):
        answer = t.post(send, {"to": CUSTOMER, **body}, token=t.token())
        t.eq((answer.status, field_of(answer)), (422, field), f"{what}: 422")
    t.wait(lambda: len(at_provider(sandbox)) == 2, "both were sent")
    for n in range(2):
        t.wait(lambda at=n: messages(t, "outbound")[at]["sms"]["delivery_status"] == "delivered", "delivered")

    customer_writes(sandbox, "Yes please, a person")
    t.wait(lambda: len(at_provider(sandbox)) == 3, "the customer writes, and is answered")
    free = t.post("/api/admin/messages", {"to": CUSTOMER, "channel": "whatsapp", "content": "Hi"}, token=t.token())
    t.eq(free.status, 201, "now the staff may write freely")
    t.wait(lambda: "Hi" in [m["body"] for m in at_provider(sandbox)], "which goes out")
    reply = t.post(f"/api/admin/communications/{conversations(t)[0]['id']}/reply", {"content": "Ho"}, token=t.token())
    t.eq(reply.status, 201, "a reply too")
    t.eq(t.request("DELETE", f"{templates}/reopen", token=t.token()).status, 200, "a template is taken away")
    t.eq(t.request("DELETE", f"{templates}/reopen", token=t.token()).status, 404, "once")


@story
def templates_go_by_twilio_too(t):
    t.settings["AVA_WHATSAPP_PROVIDER"] = "twilio"
    sandbox, _ = world(t)
    t.ava("templates", "put", "reminder", "See you at {{1}}.", "--content-sid", "HX" + "1" * 32)
    t.ava("templates", "put", "unknown_there", "Hello")
    t.ava("templates", "send", CUSTOMER, "--template", "reminder", "--values", '["3 pm"]')
    t.wait(lambda: at_provider(sandbox), "it is sent by Twilio")
    t.eq(at_provider(sandbox)[0]["body"], "[HX" + "1" * 32 + '] {"1":"3 pm"}', "by its ContentSid and values")
    t.ava("templates", "send", CUSTOMER, "--template", "unknown_there")
    t.wait(lambda: messages(t, "outbound")[1]["sms"]["delivery_status"] == "failed", "one without a ContentSid fails")
    t.has(messages(t, "outbound")[1]["sms"]["error_message"], "ContentSid", "and it is said why")


@story
def a_photograph_by_meta_is_fetched(t):
    sandbox, _ = world(t)
    photo = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
    sent = sandbox.request("POST", "/sandbox/text", {
        "from": f"whatsapp:{CUSTOMER}", "body": "Look", "by": "meta",
        "media": [{"type": "image/jpeg", "data": base64.b64encode(photo).decode()}]})
    t.eq(sent.json["status"], 200, "it is taken")
    files = t.wait(lambda: [f for m in messages(t, "inbound") for f in m["attachments"] if f["state"] == "stored"],
                   "Meta is asked where it is, and it is fetched")
    got = t.get(f"/api/admin/attachments/{files[0]['id']}", token=t.token())
    t.eq((got.status, got.body), (200, photo), "as it was sent")
    t.eq(messages(t, "inbound")[0]["content"], "Look", "with its words")


if __name__ == "__main__":
    main()
