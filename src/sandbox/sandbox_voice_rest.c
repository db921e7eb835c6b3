/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio's REST resources Calls and Recordings, as far as a desk needs them (Twilio docs, "Call
 * resource", "Recordings resource"); their refusals have Twilio's error codes.
 */
#include "base/json_read.h"
#include "domain/phone.h"
#include "sandbox/sandbox_pages.h"
#include "sandbox/sandbox_voice_private.h"

#define TIMEOUT_S 60
#define TIMEOUT_S_MAX 600
#define TWIML_MAX 4000
#define JSON_TYPE "application/json;charset=utf-8"

static void kv_date(struct jw *j, const char *key, struct wall t)
{
    sandbox_rest_date(j, key, t);
}

static void kv_seconds(struct jw *j, const char *key, int64_t ms)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)(ms + 999) / 1000);
    jw_kv_text(j, key, text);
}

static void write_leg(struct jw *j, const struct voice_leg *leg)
{
    static const char *const below[] = {"notifications", "recordings", "streams", "events"};
    const char *account = leg->voice->s->account;
    char uri[160];
    snprintf(uri, sizeof uri, "/2010-04-01/Accounts/%s/Calls/%s.json", account, leg->sid);
    jw_object(j);
    jw_kv_text(j, "sid", leg->sid);
    jw_kv_text(j, "account_sid", account);
    jw_kv_text(j, "parent_call_sid", leg->parent ? leg->parent->sid : NULL);
    jw_kv_text(j, "to", leg->to);
    jw_kv_text(j, "to_formatted", leg->to);
    jw_kv_text(j, "from", leg->from);
    jw_kv_text(j, "from_formatted", leg->from);
    jw_kv_null(j, "phone_number_sid");
    jw_kv_text(j, "status", leg->status);
    jw_kv_text(j, "direction", leg->direction);
    kv_date(j, "start_time", leg->answered);
    kv_date(j, "end_time", leg->ended);
    if (leg->ended.us) {
        kv_seconds(j, "duration", leg->answered.us ? (leg->ended.us - leg->answered.us) / 1000 : 0);
    } else {
        jw_kv_null(j, "duration");
    }
    jw_kv_null(j, "price");
    jw_kv_text(j, "price_unit", "USD");
    jw_kv_text(j, "answered_by", leg->answered_by);
    jw_kv_null(j, "caller_name");
    jw_kv_null(j, "forwarded_from");
    jw_kv_text(j, "queue_time", "0");
    kv_date(j, "date_created", leg->created);
    kv_date(j, "date_updated", leg->updated);
    jw_kv_text(j, "api_version", "2010-04-01");
    jw_kv_text(j, "uri", uri);
    jw_key(j, "subresource_uris");
    jw_object(j);
    for (size_t i = 0; i < ARRAY_SIZE(below); i++) {
        snprintf(uri, sizeof uri, "/2010-04-01/Accounts/%s/Calls/%s/%s.json", account, leg->sid,
                 below[i]);
        jw_kv_text(j, below[i], uri);
    }
    jw_object_end(j);
    jw_object_end(j);
}

/* ---- a new call ---- */

struct draft {
    const struct form *form;
    struct voice_leg *leg;
    int http_status, code;
    const char *why;
    struct buf *out;
};

static void refuse(struct draft *d, int status, int code, const char *why)
{
    d->http_status = status;
    d->code = code;
    d->why = why;
}

static bool address_ok(struct str url)
{
    return url.n < SANDBOX_URL_BYTES &&
           (str_starts(url, STR("http://")) || str_starts(url, STR("https://")));
}

static unsigned events_of(const struct form *form)
{
    static const char *const names[] = {"initiated", "ringing", "answered", "completed"};
    unsigned events = 0;
    for (size_t i = 0; i < form->n; i++) {
        for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
            bool named = str_eq(form->pairs[i].name, STR("StatusCallbackEvent")) &&
                         str_eq(form->pairs[i].value, str_of(names[k]));
            events |= named ? 1u << k : 0u;
        }
    }
    return events ? events : VOICE_COMPLETED;
}

/* What is wrong with the document, if it was handed in. */
static void check_twiml(struct draft *d, struct pool *p, struct str twiml)
{
    struct twiml *doc;
    struct err e = {0};
    int code;
    if (twiml.n > TWIML_MAX) {
        refuse(d, 400, 21218, "Twiml has more than 4000 characters");
    } else if (twiml_read(p, twiml, &doc, &code, &e)) {
        refuse(d, 400, code, pool_strdup(p, e.text));
    }
}

static void check_draft(const struct sandbox *s, struct pool *p, struct draft *d)
{
    struct str to = form_get(d->form, "To"), from = form_get(d->form, "From");
    struct str url = form_get(d->form, "Url"), twiml = form_get(d->form, "Twiml");
    struct str callback = form_get(d->form, "StatusCallback");
    struct str detection = form_get(d->form, "MachineDetection");
    struct str taker = form_get(d->form, "AsyncAmdStatusCallback");
    if (to.n == 0) {
        refuse(d, 400, 21201, "No 'To' number is specified");
    } else if (from.n == 0) {
        refuse(d, 400, 21213, "'From' phone number not provided");
    } else if (!phone_is_e164(to) || str_eq(to, STR("+15005550001"))) {
        refuse(d, 400, 21217, "Phone number does not appear to be valid");
    } else if (str_eq(to, STR("+15005550003"))) {
        refuse(d, 400, 21215, "Account not authorized to call this number");
    } else if (!str_eq(from, str_of(s->number))) {
        refuse(d, 400, 21210, "'From' phone number not verified");
    } else if (url.n == 0 && twiml.n == 0) {
        refuse(d, 400, 21205, "Url parameter is required");
    } else if (url.n && !address_ok(url)) {
        refuse(d, 400, 21205, "Url is not a valid URL");
    } else if (callback.n && !address_ok(callback)) {
        refuse(d, 400, 21609, "StatusCallback is not a valid URL");
    } else if (detection.n && (!str_eq(detection, STR("DetectMessageEnd")) ||
                               !str_eq(form_get(d->form, "AsyncAmd"), STR("true")))) {
        refuse(d, 400, 20001, "the sandbox detects with DetectMessageEnd and AsyncAmd=true alone");
    } else if (taker.n && !address_ok(taker)) {
        refuse(d, 400, 20001, "AsyncAmdStatusCallback is not a valid URL");
    } else if (url.n == 0) {
        check_twiml(d, p, twiml);
    }
}

static void fill_leg(struct draft *d, struct voice_leg *leg)
{
    struct pool *p = leg->pool;
    struct str url = form_get(d->form, "Url"), callback = form_get(d->form, "StatusCallback");
    int64_t timeout = TIMEOUT_S;
    int64_t ignored UNUSED = str_to_i64(form_get(d->form, "Timeout"), &timeout);
    leg->ring_ms = (int)MAX_OF(MIN_OF(timeout, TIMEOUT_S_MAX), 1) * 1000;
    leg->answer_url = url.n ? str_dup(p, url) : NULL;
    leg->answer_twiml = url.n ? NULL : str_dup(p, form_get(d->form, "Twiml"));
    leg->callback.url = callback.n ? str_dup(p, callback) : NULL;
    leg->callback.events = events_of(d->form);
    struct str taker = form_get(d->form, "AsyncAmdStatusCallback");
    bool detects = form_get(d->form, "MachineDetection").n && taker.n;
    leg->taker_url = detects ? str_dup(p, taker) : NULL;
}

static void add_leg(struct voice *v, void *arg)
{
    struct draft *d = arg;
    if (!voice_add(v, d->leg)) {
        refuse(d, 429, 20429, "Too many calls");
        voice_leg_free(&d->leg);
        return;
    }
    struct jw j = jw_to(d->out);
    write_leg(&j, d->leg);
    voice_ring(d->leg);
}

static void answer(struct http_response *res, int status)
{
    res->status = status;
    res->content_type = JSON_TYPE;
}

static void create(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct form form;
    struct err e = {0};
    if (form_parse(req->pool, req->body, &form, &e)) {
        sandbox_rest_error(res, 400, 20001, e.text);
        return;
    }
    struct draft d = {.form = &form, .out = &res->body};
    check_draft(s, req->pool, &d);
    if (d.code == 0) {
        d.leg = voice_leg_new(str_dup(req->pool, form_get(&form, "From")),
                              str_dup(req->pool, form_get(&form, "To")), "outbound-api");
        fill_leg(&d, d.leg);
        voice_do(s->voice, add_leg, &d);
    }
    if (d.code) {
        sandbox_rest_error(res, d.http_status, d.code, d.why);
        return;
    }
    answer(res, 201);
}

/* ---- lists ---- */

struct listing {
    struct str to, from, status, parent;
    struct pages pages;
    struct buf *out;
};

static bool in_list(const struct listing *l, const struct voice_leg *leg)
{
    return !leg->deleted && (!l->to.n || str_eq(l->to, str_of(leg->to))) &&
           (!l->from.n || str_eq(l->from, str_of(leg->from))) &&
           (!l->status.n || str_eq(l->status, str_of(leg->status))) &&
           (!l->parent.n || (leg->parent && str_eq(l->parent, str_of(leg->parent->sid))));
}

/* One page, newest first. */
static void write_list(struct voice *v, void *arg)
{
    struct listing *l = arg;
    struct jw j = jw_to(l->out);
    jw_object(&j);
    jw_key(&j, "calls");
    jw_array(&j);
    for (int64_t seq = MIN_OF(v->next, l->pages.below) - 1; seq >= v->first; seq--) {
        const struct voice_leg *leg = v->ring[seq % VOICE_LEGS_MAX];
        if (!in_list(l, leg)) {
            continue;
        }
        if (!pages_row(&l->pages, seq)) {
            break;
        }
        write_leg(&j, leg);
    }
    jw_array_end(&j);
    pages_write(&j, &l->pages);
    jw_object_end(&j);
}

static void list(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct form f;
    struct err e = {0};
    if (form_parse(req->pool, req->query, &f, &e)) {
        sandbox_rest_error(res, 400, 20001, e.text);
        return;
    }
    struct listing l = {
        .to = form_get(&f, "To"),
        .from = form_get(&f, "From"),
        .status = form_get(&f, "Status"),
        .parent = form_get(&f, "ParentCallSid"),
        .out = &res->body,
    };
    const char *path = pool_printf(req->pool, "/2010-04-01/Accounts/%s/Calls.json", s->account);
    pages_read(req->pool, &f, path, &l.pages);
    voice_do(s->voice, write_list, &l);
    answer(res, 200);
}

/* ---- one call ---- */

struct change {
    struct str sid;
    enum http_method method;
    struct str url, twiml, status;
    struct draft d;
};

static void leave_verb(struct voice_leg *leg)
{
    struct voice_leg *child = leg->child;
    leg->child = NULL;
    if (leg->stream) {
        voice_stream_leave(leg, false);
    }
    if (child) {
        voice_end(child, child->answered.us ? "completed" : "canceled");
    }
}

/* A live call is led elsewhere. */
static void lead(struct change *c, struct voice_leg *leg)
{
    leave_verb(leg);
    voice_moment(leg, "led", c->url.n ? "Url" : "Twiml", 0);
    if (leg->answered.us == 0) { /* for when they answer */
        leg->answer_url = c->url.n ? str_dup(leg->pool, c->url) : NULL;
        leg->answer_twiml = c->url.n ? NULL : str_dup(leg->pool, c->twiml);
    } else if (c->url.n) {
        voice_fetch(leg, str_dup(leg->doc_pool, c->url), NULL, 0);
    } else {
        voice_begin(leg, "", c->twiml);
    }
}

static void change_live(struct change *c, struct voice_leg *leg)
{
    bool completes = str_eq(c->status, STR("completed"));
    bool cancels = str_eq(c->status, STR("canceled"));
    if (cancels && leg->answered.us) {
        refuse(&c->d, 400, 21220, "Call is not in a state that can be canceled");
    } else if (completes || cancels) {
        voice_end(leg, cancels || !leg->answered.us ? "canceled" : "completed");
    } else if (c->status.n) {
        refuse(&c->d, 400, 20001, "Status is completed or canceled");
    } else if (c->url.n || c->twiml.n) {
        lead(c, leg);
    } else {
        refuse(&c->d, 400, 20001, "Url, Twiml or Status is required");
    }
}

static void do_one(struct voice *v, void *arg)
{
    struct change *c = arg;
    struct voice_leg *leg = voice_find(v, c->sid);
    if (!leg) {
        refuse(&c->d, 404, 20404, "The requested resource was not found");
    } else if (c->method == HTTP_DELETE && leg->live) {
        refuse(&c->d, 409, 20009, "The call is still in progress");
    } else if (c->method == HTTP_DELETE) {
        leg->deleted = true;
        return;
    } else if (c->method == HTTP_POST && !leg->live) {
        refuse(&c->d, 400, 21220, "Call is not in-progress. Cannot redirect.");
    } else if (c->method == HTTP_POST) {
        change_live(c, leg);
    }
    if (c->d.code == 0) {
        struct jw j = jw_to(c->d.out);
        write_leg(&j, leg);
    }
}

static void one(struct sandbox *s, struct str sid, struct http_request *req,
                struct http_response *res)
{
    struct form form = {0};
    struct err e = {0};
    if (req->method == HTTP_POST && form_parse(req->pool, req->body, &form, &e)) {
        sandbox_rest_error(res, 400, 20001, e.text);
        return;
    }
    struct change c = {
        .sid = sid,
        .method = req->method,
        .url = form_get(&form, "Url"),
        .twiml = form_get(&form, "Twiml"),
        .status = form_get(&form, "Status"),
        .d = {.out = &res->body},
    };
    if (c.url.n && !address_ok(c.url)) {
        refuse(&c.d, 400, 21205, "Url is not a valid URL");
    } else if (c.twiml.n && !c.url.n) {
        check_twiml(&c.d, req->pool, c.twiml);
    }
    if (c.d.code == 0) {
        voice_do(s->voice, do_one, &c);
    }
    if (c.d.code) {
        sandbox_rest_error(res, c.d.http_status, c.d.code, c.d.why);
    } else if (req->method == HTTP_DELETE) {
        res->status = 204;
    } else {
        answer(res, 200);
    }
}

/* ---- which ---- */

static bool cut_prefix(struct str *path, struct str prefix)
{
    if (!str_starts(*path, prefix)) {
        return false;
    }
    *path = (struct str){path->p + prefix.n, path->n - prefix.n};
    return true;
}

bool voice_rest(struct sandbox *s, struct str rest, struct http_request *req,
                struct http_response *res)
{
    struct str suffix = STR(".json");
    bool calls = str_eq(rest, STR("Calls.json"));
    if (calls && req->method == HTTP_POST) {
        create(s, req, res);
    } else if (calls && req->method == HTTP_GET) {
        list(s, req, res);
    } else if (cut_prefix(&rest, STR("Calls/"))) {
        if (rest.n != 34 + suffix.n || !str_ends(rest, suffix)) {
            sandbox_rest_error(res, 404, 20404, "The requested resource was not found");
        } else {
            one(s, (struct str){rest.p, 34}, req, res);
        }
    } else {
        return voice_rest_recordings(s, rest, req, res);
    }
    return true;
}
