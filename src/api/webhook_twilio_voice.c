/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio's webhooks about calls. Unlike the others they are asked what is to happen next, and
 * somebody is listening: so each has an answer even when the store has none, and that answer is
 * never an error that the caller would hear. Twilio's word for what happens next is TwiML.
 *
 *   voice          a call comes in, or one of ours was picked up: it is connected to a media stream
 *   voice-after    a part of the call has ended (?part=): the stream, a message, the talk with a
 *                  person
 *   voice-whisper  the person who takes it over has picked up: they are told what it is about
 *   voice-status   how the call stands
 *   voice-machine  a call of ours was taken by a person, or by a machine
 *   recording      a message that somebody left is there
 */
#include "api/api_private.h"
#include "base/log.h"
#include "base/settings.h"
#include "channels/inbound_call.h"
#include "channels/inbound_sms.h"
#include "channels/twiml.h"
#include "domain/business.h"
#include "store/telephone_calls.h"
#include "voice/call_ticket.h"
#include "voice/media_stream.h"

#define MESSAGE_MAX_S 180

#define PART_STREAM "stream"
#define PART_STREAM_AGAIN "stream-again"
#define PART_MESSAGE "message"
#define PART_PERSON "person"

#define LINE_NOBODY                                                                                \
    "I am sorry, nobody can come to the phone at the moment. I have told the team. What else can " \
    "I do for you?"
#define LINE_BUSY "I am sorry, all our lines are busy at the moment. "
#define LINE_MESSAGE "Please leave a message after the tone, and we will call you back."

struct asking { /* a request that asks what follows */
    const struct api *api;
    struct http_request *req;
    struct pool *pool;
    struct form form, query;
    struct inbound_call call;
    struct buf twiml;
};

static const char *url_of(const struct asking *a, const char *path, const char *part)
{
    return pool_printf(a->pool, "%s%s?part=%s" TWILIO_INSIST, a->api->public_url, path, part);
}

/* What it is called; "us" when nobody has said so, or the store is not to be had. */
static struct str business(const struct asking *a)
{
    struct facts f = {0};
    const char *set = a->api->app->settings->business_name;
    if (set[0]) {
        return str_of(set);
    }
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(a->api->app->store, &db, NULL);
    if (rc == 0) {
        rc = business_load(db, a->pool, &f, NULL);
    }
    return rc == 0 && f.business_name ? str_of(f.business_name) : STR("us");
}

/* ---- what may follow ---- */

static void hang_up(struct asking *a)
{
    twiml_hangup(&a->twiml);
}

static void take_message(struct asking *a, const char *words)
{
    struct twiml_record record = {
        .action = url_of(a, TWILIO_AFTER_PATH, PART_MESSAGE),
        .callback =
            pool_printf(a->pool, "%s%s" TWILIO_INSIST, a->api->public_url, TWILIO_RECORDING_PATH),
        .most_s = MESSAGE_MAX_S,
    };
    twiml_say(&a->twiml, str_of(words));
    twiml_record(&a->twiml, &record);
    twiml_say(&a->twiml, STR("I did not hear anything. Goodbye."));
    hang_up(a);
}

static void connect_stream(struct asking *a, const char *part, struct str opening)
{
    const struct inbound_call *c = &a->call;
    struct pool *p = a->pool;
    struct call_ticket ticket = {c->call_sid, c->from, c->to, c->direction};
    struct wall until = {wall_now().us + CALL_TICKET_SECONDS * US_PER_SECOND};
    const struct twiml_parameter parameters[] = {
        {"token", str_of(call_ticket_sign(p, media_streams_key(a->api->phone), &ticket, until))},
        {"from", c->from},
        {"to", c->to},
        {"direction", c->direction},
        {"opening", opening}, /* last: most calls have none */
    };
    struct twiml_stream stream = {
        .url = pool_printf(p, "ws%s%s", a->api->public_url + strlen("http"), TWILIO_MEDIA_PATH),
        .action = url_of(a, TWILIO_AFTER_PATH, part),
        .parameters = parameters,
        .n = ARRAY_SIZE(parameters) - (opening.n == 0),
    };
    twiml_connect(&a->twiml, &stream);
}

static bool can_answer(const struct asking *a)
{
    return a->api->phone && media_streams_room(a->api->phone);
}

/* ---- requests and answers ---- */

static int read_asking(const struct api *api, struct http_request *req, struct asking *a,
                       struct err *e)
{
    *a = (struct asking){.api = api, .req = req, .pool = req->pool};
    buf_init(&a->twiml, TWIML_MAX_BYTES);
    int rc = webhook_twilio_prove(api, req, &a->form, e);
    if (rc == 0) {
        rc = form_parse(req->pool, req->query, &a->query, e);
    }
    if (rc == 0) {
        rc = inbound_call_read(req->pool, &a->form, &a->call, e);
    }
    twiml_open(&a->twiml);
    return rc;
}

static void answer(struct asking *a, struct http_response *res, int rc, const struct err *e)
{
    if (rc < 0) {
        problem_write(a->req, res, rc, e);
    } else {
        twiml_close(&a->twiml);
        res->content_type = "application/xml";
        http_response_header(res, a->pool, "Cache-Control", "no-store");
        buf_put_str(&res->body, buf_str(&a->twiml));
    }
    buf_clear(&a->twiml);
}

/* In the journal, with its effects; the caller is answered all the same when that fails. */
static void note_request(const struct asking *a, const char *kind)
{
    struct err e = {0};
    int rc = webhook_twilio_take(a->api, a->req, kind, &e);
    if (rc < 0) {
        log_error("a webhook of a call could not be noted", LOG_TEXT("request", a->req->id),
                  LOG_TEXT("kind", kind), LOG_TEXT("why", err_text(&e, rc)));
    }
}

/* The call as the store has it; none when it has not, or is not to be had. */
static struct telephone_call call_of(const struct asking *a, struct str call_sid, const char *ours)
{
    struct telephone_call c = {.status = STR("")};
    struct err e = {0};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(a->api->app->store, &db, &e);
    if (rc == 0) {
        rc = telephone_calls_get(db, a->pool, ours ? NULL : str_dup(a->pool, call_sid), ours, &c,
                                 &e);
    }
    if (rc < 0 && rc != ERR_NOT_FOUND) {
        log_error("a call could not be looked up", LOG_TEXT("request", a->req->id),
                  LOG_TEXT("why", err_text(&e, rc)));
    }
    return c;
}

/* What is said first in a call of ours; empty: the greeting. */
static struct str opening_of(const struct asking *a)
{
    struct id id;
    struct str ours = form_get(&a->query, "call");
    bool named = ours.p && id_parse(ours, &id);
    struct telephone_call c = call_of(a, a->call.call_sid, named ? id.text : NULL);
    return c.opening.p ? c.opening : STR("");
}

void webhook_twilio_voice(const struct api *api, struct http_request *req,
                          struct http_response *res)
{
    struct err e = {0};
    struct asking a;
    int rc = read_asking(api, req, &a, &e);
    if (rc == 0) {
        note_request(&a, "call");
    }
    if (rc == 0 && can_answer(&a)) {
        connect_stream(&a, PART_STREAM, a.call.outbound ? opening_of(&a) : STR(""));
    } else if (rc == 0 && a.call.outbound) {
        twiml_say(&a.twiml,
                  str_of(pool_printf(a.pool,
                                     "This was a call of " STR_FMT ". We will try again. Goodbye.",
                                     STR_ARG(business(&a)))));
        hang_up(&a);
    } else if (rc == 0) {
        struct str name = business(&a);
        take_message(
            &a,
            pool_printf(a.pool, "Thank you for calling " STR_FMT ". %s" LINE_MESSAGE, STR_ARG(name),
                        api->phone ? LINE_BUSY : "We cannot take your call at the moment. "));
    }
    answer(&a, res, rc, &e);
}

/* ---- after the stream ---- */

static bool is_on_the_line(const struct asking *a)
{
    struct str status = form_get(&a->form, "CallStatus");
    return !status.p || str_eq(status, STR("in-progress"));
}

/*
 * The stream was not ended by us: a server or a connection broke under it while the caller is still
 * there. Once the call goes on in a new stream.
 */
static void after_lost_stream(struct asking *a, bool first)
{
    if (first && can_answer(a)) {
        twiml_say(&a->twiml, STR("I am sorry, we were cut off for a moment."));
        connect_stream(a, PART_STREAM_AGAIN, STR("Where were we?"));
    } else if (first && a->api->phone) {
        take_message(a, LINE_BUSY LINE_MESSAGE);
    } else {
        take_message(a, "I am sorry, something went wrong on our side. " LINE_MESSAGE);
    }
}

static void after_stream(struct asking *a, bool first)
{
    if (!is_on_the_line(a)) {
        hang_up(a);
        return;
    }
    struct telephone_call c = call_of(a, a->call.call_sid, NULL);
    bool transfer = c.ending.p && str_eq(c.ending, STR("transfer"));
    if (c.machine.p) {
        if (c.machine_message.p) {
            twiml_say(&a->twiml, c.machine_message);
        }
        hang_up(a);
    } else if (transfer && a->api->phone &&
               handover_possible(media_streams_handover(a->api->phone))) {
        handover_dial(&a->twiml, media_streams_handover(a->api->phone),
                      str_dup(a->pool, a->call.call_sid));
    } else if (c.ending.p) {
        hang_up(a);
    } else {
        after_lost_stream(a, first);
    }
}

/* A person was dialled: they have talked, or nobody was there. */
static void after_person(struct asking *a)
{
    note_request(a, "call_dialled");
    if (call_was_answered(&a->form) || !is_on_the_line(a)) {
        hang_up(a);
    } else if (a->api->app->settings->transfer_back && can_answer(a)) {
        connect_stream(a, PART_STREAM, STR(LINE_NOBODY));
    } else {
        take_message(a, "I am sorry, nobody can come to the phone at the moment. " LINE_MESSAGE);
    }
}

void webhook_twilio_after(const struct api *api, struct http_request *req,
                          struct http_response *res)
{
    struct err e = {0};
    struct asking a;
    int rc = read_asking(api, req, &a, &e);
    struct str part = form_get(&a.query, "part");
    if (rc == 0 && (!part.p || str_eq(part, STR(PART_STREAM)))) {
        after_stream(&a, true);
    } else if (rc == 0 && str_eq(part, STR(PART_STREAM_AGAIN))) {
        after_stream(&a, false);
    } else if (rc == 0 && str_eq(part, STR(PART_PERSON))) {
        after_person(&a);
    } else if (rc == 0) {
        twiml_say(&a.twiml, STR("Thank you. Goodbye."));
        hang_up(&a);
    }
    answer(&a, res, rc, &e);
}

/* The request is about the person's own call; whose call they take over is in the address. */
void webhook_twilio_whisper(const struct api *api, struct http_request *req,
                            struct http_response *res)
{
    struct err e = {0};
    struct asking a;
    int rc = read_asking(api, req, &a, &e);
    struct str of = form_get(&a.query, "call");
    if (rc == 0 && (!of.p || !twilio_sid_ok(of, "CA"))) {
        rc = err_field(&e, ERR_INVALID, "call", "call must be the sid of the caller's call");
    }
    if (rc == 0) {
        struct telephone_call c = call_of(&a, of, NULL);
        twiml_say(&a.twiml,
                  str_of(handover_words(a.pool, business(&a), c.summary.p ? c.summary : STR(""),
                                        c.reason.p ? c.reason : STR(""))));
    }
    answer(&a, res, rc, &e);
}

/* ---- reports ---- */

/* Takes a report; 204, or the error, upon which Twilio sends it again. */
static bool take_report(const struct api *api, struct http_request *req, struct http_response *res,
                        const char *kind, struct form *form)
{
    struct err e = {0};
    int rc = webhook_twilio_prove(api, req, form, &e);
    if (rc == 0) {
        rc = webhook_twilio_take(api, req, kind, &e);
    }
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return false;
    }
    res->status = 204;
    return true;
}

void webhook_twilio_call_status(const struct api *api, struct http_request *req,
                                struct http_response *res)
{
    struct form form;
    struct call_report report;
    if (take_report(api, req, res, "call_status", &form) && api->phone &&
        call_report_read(&form, &report, NULL) == 0 && report.final) {
        media_streams_over(api->phone, str_dup(req->pool, report.call_sid));
    }
}

/* What follows from it is found where the stream is (call_wish), and when it has ended. */
void webhook_twilio_machine(const struct api *api, struct http_request *req,
                            struct http_response *res)
{
    struct form form;
    take_report(api, req, res, "call_taken", &form);
}

void webhook_twilio_recording(const struct api *api, struct http_request *req,
                              struct http_response *res)
{
    struct form form;
    take_report(api, req, res, "recording", &form);
}

/* ---- the stream ---- */

/* The upgrade: signed over the address of the socket, as the call's webhook named it. */
void webhook_twilio_media(const struct api *api, struct http_request *req,
                          struct http_response *res)
{
    struct err e = {0};
    struct str url = str_of(pool_printf(req->pool, "ws%s" STR_FMT, api->public_url + strlen("http"),
                                        STR_ARG(req->target)));
    int rc = webhook_twilio_signed(api, req, url, &(struct form){0}, &e);
    if (rc == 0 && !api->phone) {
        rc = err_set(&e, ERR_UNAVAILABLE, "no calls are taken");
    }
    if (rc < 0) {
        problem_write(req, res, rc, &e);
        return;
    }
    res->ws = &media_stream_ws_ops;
    res->ws_arg = media_stream_new(api->phone);
}
