#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Nth database call, provider call or write fails, for each N of the whole way of a text with a
photo: it is answered once all the same, the photo is stored once, and what failed is not half there."""
import base64
import http.client
import os
import time

from ava_test import PATIENCE, TWILIO_ACCOUNT, main, story

FAULTS = True
BOTH_STORES = True
SECONDS = 600
# The database is called most often before the text comes: by the server's start.
CALLS = {"STORE": 80, "PROVIDER": 40, "WRITE": 40}
CUSTOMER = "+15550100001"
PHOTO = b"\xff\xd8\xff\xe0" + b"photo" * 100


def sid(n):
    return f"SM{n:032x}"


def settled(t, texts):
    """Every text stored once, answered once, and the answer known to the provider."""
    rows = t.sql("select m.direction, s.provider_message_id from communication_messages m join sms_details s on "
                 "s.message_id = m.id")
    inbound = [s for d, s in rows if d == "inbound"]
    outbound = [s for d, s in rows if d == "outbound" and s]
    photos = t.sql("select state, count(*) from attachments group by state")
    return sorted(inbound) == sorted(texts) and len(set(outbound)) == len(texts) and \
        photos == [["stored", str(len(texts))]] and t.sql("select count(*) from jobs") == [["0"]]


def photo_at(t, sandbox):
    """The address of a photo at the provider, whose own webhook for it never came."""
    sandbox.request("POST", "/sandbox/faults", {"status": "lost", "on": "inbound", "count": 1})
    made = sandbox.request("POST", "/sandbox/text", {"from": "+15550100002", "media": [
        {"type": "image/jpeg", "data": base64.b64encode(PHOTO).decode()}]}).json["message_sid"]
    path = f"/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages/{made}/Media"
    password = base64.b64encode(f"{TWILIO_ACCOUNT}:{t.settings['AVA_TWILIO_AUTH_TOKEN']}".encode()).decode()
    listed = sandbox.request("GET", path + ".json", headers={"Authorization": f"Basic {password}"}).json
    return f"http://127.0.0.1:{sandbox.port}{path}/{listed['media_list'][0]['sid']}"


def sent(t, n, photo):
    """As Twilio does it: what is not acknowledged with 200 is sent again."""
    try:
        return t.text_from_customer(CUSTOMER, f"Hello {n}, a person please", sid(n), NumMedia="1",
                                    MediaUrl0=photo, MediaContentType0="image/jpeg").status == 200
    except (OSError, http.client.HTTPException):
        return False


def send_until_taken(t, n, photo):
    for again in range(300):
        if sent(t, n, photo):
            return again
        time.sleep(0.02)
    raise TimeoutError(f"the text {n} is not taken")


def settle(t):
    """Lets the jobs run, so that later calls are reached, too; what waits to be tried again may wait."""
    end = time.monotonic() + PATIENCE
    while t.sql("select count(*) from jobs") != [["0"]] and time.monotonic() < end:
        time.sleep(0.02)


def tell_the_story(t, kind):
    t.errors_expected = True
    t.ava("schema", "create")
    sandbox, server = t.world_with_sandbox()
    texts, n, again, photo = [], 0, 0, photo_at(t, sandbox)
    for call in range(1, int(os.environ.get("AVA_FAULT_CALLS", CALLS[kind])) + 1):
        server.stop()
        try:
            server = t.start(**{f"AVA_FAULT_{kind}": str(call)})
        except RuntimeError:  # it needs the database to start, says so, and is started again
            server = t.start()
        n += 1
        texts.append(sid(n))
        again += send_until_taken(t, n, photo)
        settle(t)
    t.wait(lambda: settled(t, texts), f"each of {len(texts)} texts is stored and answered once", 60)
    reached = sandbox.request("GET", "/sandbox/messages?limit=1000").json["messages"]
    t.eq(t.sql("select count(*) from attachment_contents"), [[str(len(texts))]], "each photo is there once")
    t.eq(len([m for m in reached if m["direction"] == "outbound"]), len(texts), "each reply reached the provider once")
    if kind != "PROVIDER":
        t.ok(again > 0, "a failure was seen from outside, and the text sent again", again)
    totals = t.get("/api/admin/communications", token=t.token()).json["total"]
    t.eq([[str(totals)]], t.sql("select count(*) from conversations"), "the total is exact")


@story
def the_nth_database_call_fails(t):
    tell_the_story(t, "STORE")


@story
def the_nth_provider_call_fails(t):
    tell_the_story(t, "PROVIDER")


@story
def the_nth_write_fails(t):
    tell_the_story(t, "WRITE")


if __name__ == "__main__":
    main()
