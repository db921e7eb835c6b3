#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Only what Twilio signed is taken; what was tampered with leaves no trace."""
import urllib.parse

from ava_test import PUBLIC_URL, main, story

QUICK = True
PATH = "/api/webhooks/twilio/sms"
FORM = {"MessageSid": "SM" + "1" * 32, "From": "+15550100001", "To": "+15550199999", "Body": "Hi",
        "NumMedia": "0", "NumSegments": "1"}


def post(t, form, signature, path=PATH, content_type="application/x-www-form-urlencoded"):
    headers = {"Content-Type": content_type}
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    body = form if isinstance(form, (str, bytes)) else urllib.parse.urlencode(form)
    return t.post(path, body, headers=headers)


@story
def only_signed_webhooks_are_taken(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start()
    good = t.signature(PATH, FORM)
    refused = [
        ("no signature", FORM, None, PATH),
        ("an empty one", FORM, "", PATH),
        ("one byte changed", FORM, ("B" if good[0] != "B" else "C") + good[1:], PATH),
        ("another account's token", FORM, t.signature(PATH, FORM, token="f" * 32), PATH),
        ("a changed body", {**FORM, "Body": "Ho"}, good, PATH),
        ("a field more", {**FORM, "Extra": "1"}, good, PATH),
        ("a field less", {k: v for k, v in FORM.items() if k != "NumMedia"}, good, PATH),
        ("another path's query", FORM, good, PATH + "?x=1"),
    ]
    for what, form, signature, path in refused:
        answer = post(t, form, signature, path)
        t.eq((answer.status, answer.header("Content-Type")), (403, "application/problem+json"), f"{what}: 403")
    spoofed = t.post(PATH, urllib.parse.urlencode(FORM), headers={
        "Content-Type": "application/x-www-form-urlencoded", "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Twilio-Signature": t.signature(PATH, FORM, public_url="https://evil.example")})
    t.eq(spoofed.status, 403, "a signature for a host that a stranger names: 403")
    t.eq(t.sql("select count(*) from communication_messages"), [["0"]], "nothing of it is stored")
    t.eq(t.sql("select count(*) from customers"), [["0"]], "no customer was made")

    t.eq(post(t, FORM, good).status, 200, "the true one is taken")
    with_port = t.signature(PATH, {**FORM, "MessageSid": "SM" + "2" * 32}, public_url=PUBLIC_URL + ":443")
    t.eq(post(t, {**FORM, "MessageSid": "SM" + "2" * 32}, with_port).status, 200, "also with the default port")
    inbound = t.sql("select count(*) from communication_messages where direction = 'inbound'")
    t.eq(inbound, [["2"]], "both are stored")
    entries = t.server.entries("webhook refused: the signature is wrong or missing")
    t.eq(len(entries), len(refused) + 1, "each refusal is a line in the log")


if __name__ == "__main__":
    main()
