#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a stranger or a bug may send gets a clear error, and nothing is stored half."""
import urllib.parse

from ava_test import main, story

QUICK = True
API = "/api/admin/communications"
UNKNOWN = "01890000-0000-7000-8000-000000000000"


def problems(t):
    """What, method, path, body, content type, expected status, field at fault."""
    made = t.post(API, {"channel": "sms"}, token=t.token()).json["id"]
    return [
        ("an unknown path", "GET", "/api/nothing", None, None, 404, None),
        ("a wrong method", "DELETE", API, None, None, 405, None),
        ("a malformed id", "GET", API + "/not-an-id", None, None, 400, "conversation_id"),
        ("an unknown id", "GET", f"{API}/{UNKNOWN}", None, None, 404, None),
        ("page 0", "GET", API + "?page=0", None, None, 400, "page"),
        ("page_size 101", "GET", API + "?page_size=101", None, None, 400, "page_size"),
        ("an unknown channel", "GET", API + "?channel=fax", None, None, 400, "channel"),
        ("an unknown filter", "GET", API + "?chanel=sms", None, None, None, "chanel"),
        ("a cursor of one's own", "GET", API + "?cursor=abc", None, None, 400, "cursor"),
        ("malformed JSON", "POST", API, '{"channel":', "application/json", 400, None),
        ("JSON twice the key", "POST", API, '{"channel":"sms","channel":"sms"}', "application/json", 400, None),
        ("JSON 100 deep", "POST", API, '{"channel":"sms","metadata":' + '{"a":' * 100 + "1" + "}" * 101,
         "application/json", 400, None),
        ("a list for an object", "POST", API, "[]", "application/json", 422, None),
        ("invalid UTF-8", "POST", API, b'{"channel":"sms","subject":"\xff\xfe"}', "application/json", 400, None),
        ("a NUL", "POST", API, '{"channel":"sms","subject":"a\\u0000b"}', "application/json", 400, None),
        ("no channel", "POST", API, "{}", "application/json", 422, "channel"),
        ("a wrong type", "POST", API, "channel=sms", "text/plain", 415, None),
        ("a customer who is not there", "POST", API, '{"channel":"sms","customer_id":99}',
         "application/json", 422, "customer_id"),
        ("a number for a text", "POST", API, '{"channel":"sms","subject":5}', "application/json", 422, "subject"),
        ("an id out of range", "GET", "/api/customers/99999999999", None, None, 400, "customer_id"),
        ("a message to nobody", "POST", f"{API}/{UNKNOWN}/messages",
         '{"direction":"inbound","content":"x"}', "application/json", 404, None),
        ("details of a message that is not there", "POST", f"/api/admin/messages/{UNKNOWN}/voice",
         '{"duration_seconds":1}', "application/json", 404, None),
        ("a take-over of nothing", "POST", f"{API}/{UNKNOWN}/take-over", "{}", "application/json", 404, None),
        ("an endless take-over", "POST", f"{API}/{made}/take-over", '{"minutes":99999}', "application/json", 422,
         "minutes"),
        ("a reply without words", "POST", f"{API}/{made}/reply", '{"content":""}', "application/json", 422, "content"),
        ("a reply to nobody", "POST", f"{API}/{made}/reply", '{"content":"x"}', "application/json", 422, "to"),
        ("a message to no number", "POST", "/api/admin/messages", '{"to":"me","content":"x"}', "application/json", 422,
         "to"),
        ("a message by fax", "POST", "/api/admin/messages", '{"to":"+15550100001","content":"x","channel":"fax"}',
         "application/json", 422, "channel"),
        ("an event of another's message", "POST", f"{API}/{made}/events",
         '{"event_type":"x","message_id":"%s"}' % UNKNOWN, "application/json", 422, "message_id"),
        *business_problems(),
        ("a service that nobody knows", "GET", "/api/appointments/availability?service=x", None, None, 422, None),
        ("a day that is none", "GET", "/api/appointments/availability?service=x&date_from=2026-02-30", None, None, 400,
         "date_from"),
        ("an appointment of nobody", "POST", "/api/appointments",
         '{"customer_id":99,"service":"x","start":"2026-03-09T10:00:00Z"}', "application/json", 422, "customer_id"),
        ("an appointment that is not there", "POST", "/api/appointments/9/cancel", "{}", "application/json", 404, None),
        ("a body of 10 MB", "POST", API, b"x" * 10_000_000, "application/json", 413, None),
    ]


def business_problems():
    json, put = "application/json", "/api/admin/services/cut"
    return [
        ("a fact that is none", "PATCH", "/api/admin/business", '{"facts":{"fone":"1"}}', json, 422, "facts.fone"),
        ("a fact that is empty", "PATCH", "/api/admin/business", '{"facts":{"phone":" "}}', json, 422, "facts.phone"),
        ("a time zone that is none", "PATCH", "/api/admin/business", '{"facts":{"time_zone":"Mars/Crater"}}', json, 422,
         "facts.time_zone"),
        ("a horizon of 0", "PATCH", "/api/admin/business", '{"booking":{"horizon_days":0}}', json, 422,
         "booking.horizon_days"),
        ("an eighth day", "PUT", "/api/admin/business/hours", '{"hours":[{"weekday":8,"opens":"09:00","closes":"10:00"}]}',
         json, 422, "hours[0].weekday"),
        ("hours that are no list", "PUT", "/api/admin/business/hours", '{"hours":{}}', json, 422, "hours"),
        ("a closure that ends before it begins", "POST", "/api/admin/business/closures",
         '{"from":"2026-05-02","to":"2026-05-01"}', json, 422, "to"),
        ("a day that is none", "POST", "/api/admin/business/closures", '{"from":"2026-02-30"}', json, 422, "from"),
        ("a closure of nobody", "POST", "/api/admin/business/closures", '{"from":"2026-05-02","provider":"nobody"}',
         json, 422, "provider"),
        ("a key with a space", "PUT", "/api/admin/services/a%20b", '{"name":"A","duration_minutes":5}', json, 422, "key"),
        ("a service without a name", "PUT", put, '{"duration_minutes":5}', json, 422, "name"),
        ("a service of no time", "PUT", put, '{"name":"A","duration_minutes":0}', json, 422, "duration_minutes"),
        ("prices the wrong way round", "PUT", put,
         '{"name":"A","duration_minutes":5,"price_from_cents":9,"price_to_cents":8}', json, 422, "price_to_cents"),
        ("a synonym that is no text", "PUT", put, '{"name":"A","duration_minutes":5,"synonyms":[1]}', json, 422, "synonyms"),
        ("a provider of what is not offered", "PUT", "/api/admin/providers/bo", '{"name":"Bo","services":["x"]}', json, 422,
         "services"),
        ("a provider with wrong hours", "PUT", "/api/admin/providers/bo",
         '{"name":"Bo","hours":[{"weekday":1,"opens":"9","closes":"10:00"}]}', json, 422, "hours[0].opens"),
        ("nothing to try", "POST", "/api/admin/business/try-answer", '{"question":""}', json, 422, "question"),
        ("an article without an answer", "PUT", "/api/admin/faq/a", '{"question":"?"}', json, 422, "answer"),
        ("a location with an unknown member", "PUT", "/api/admin/business/locations/a", '{"name":"A","adress":"x"}', json,
         422, "adress"),
        ("a service that is not there", "DELETE", "/api/admin/services/cut", None, None, 404, None),
        ("a closure that is not there", "DELETE", f"/api/admin/business/closures/{UNKNOWN}", None, None, 404, None),
    ]


@story
def bad_requests_get_clear_errors(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start()
    for what, method, path, body, content_type, status, field in problems(t):
        answer = t.request(method, path, body, token=t.token(),
                           headers={"Content-Type": content_type} if content_type else {})
        wanted = status or answer.status
        t.ok(answer.status == wanted and 400 <= answer.status < 500, f"{what}: {wanted}", answer)
        t.eq(answer.header("Content-Type"), "application/problem+json", f"{what}: is a problem")
        if field:
            t.eq([e["field"] for e in answer.json.get("errors", [])], [field], f"{what}: names the field")
    t.eq(t.sql("select count(*) from conversations"), [["1"]], "only the good one was stored")
    for table in ("business_facts", "services", "providers", "closures", "faq_articles", "locations", "opening_hours"):
        t.eq(t.sql(f"select count(*) from {table}"), [["0"]], f"nothing in {table}")


@story
def bad_webhooks_get_clear_errors(t):
    t.ava("schema", "create")
    t.with_twilio()
    t.start()
    path = "/api/webhooks/twilio/sms"
    good = {"MessageSid": "SM" + "1" * 32, "From": "+15550100001", "To": "+15550199999", "Body": "Hi"}
    for what, change, field in [
        ("no From", {"From": None}, "From"), ("no MessageSid", {"MessageSid": None}, "MessageSid"),
        ("a MessageSid that is none", {"MessageSid": "SM123"}, "MessageSid"),
        ("a From that is none", {"From": "Alice"}, "From"),
    ]:
        form = {k: v for k, v in {**good, **change}.items() if v is not None}
        answer = t.twilio(path, form)
        t.eq(answer.status, 422, f"{what}: 422")
        t.eq([e["field"] for e in answer.json["errors"]], [field], f"{what}: names the field")
        t.eq(t.twilio(path, form).status, 422, f"{what}: again the same")
    broken = urllib.parse.urlencode(good) + "&Extra=%FF%FE"
    answer = t.post(path, broken, headers={"Content-Type": "application/x-www-form-urlencoded"})
    t.eq(answer.status, 400, "a form that is not UTF-8: 400")
    t.eq(t.post(path, "{}", headers={"Content-Type": "application/json"}).status, 415, "JSON: 415")
    t.eq(t.twilio("/api/webhooks/twilio/status", {"MessageSid": "SM" + "9" * 32, "MessageStatus": "sent"}).status,
         404, "a report on a message that is not ours: 404")
    for table in ("customers", "conversations", "communication_messages", "jobs"):
        t.eq(t.sql(f"select count(*) from {table}"), [["0"]], f"nothing in {table}")
    t.eq(t.sql("select kind, count(*) from inbound_requests where state = 'failed' and error <> '' group by kind "
               "order by kind"), [["message", "3"], ["status", "1"]],
         "what is genuine is kept with the reason, once")
    t.eq(t.sql("select count(*) from inbound_requests"), [["4"]], "what is not is not kept")


@story
def a_slow_sender_does_not_stay(t):
    t.ava("schema", "create")
    server = t.start(AVA_REQUEST_TIMEOUT="500")
    got = server.raw(b"POST /api/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", 20)
    t.ok(got == b"" or b" 408 " in got, "a request that does not arrive is ended", got)
    t.eq(t.get("/health").status, 200, "and others are served")


if __name__ == "__main__":
    main()
