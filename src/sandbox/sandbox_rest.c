/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio's REST resource Messages: create, list, read. Answers have Twilio's members, types (all
 * numbers are strings) and error codes; injected faults come before or after the text is accepted.
 */
#include "base/utf8.h"
#include "channels/twilio_codes.h"
#include "domain/phone.h"
#include "io/http.h"
#include "sandbox/sandbox_account.h"
#include "sandbox/sandbox_pages.h"
#include "sandbox/sandbox_voice_private.h"

#define BODY_MAX_CHARACTERS 1600
#define HANG_MS 60000

void sandbox_rest_error(struct http_response *res, int status, int code, const char *message)
{
    res->status = status;
    res->content_type = "application/json;charset=utf-8";
    buf_reset(&res->body);
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_i64(&j, "code", code);
    jw_kv_text(&j, "message", message);
    char info[64];
    snprintf(info, sizeof info, "https://www.twilio.com/docs/errors/%d", code);
    jw_kv_text(&j, "more_info", info);
    jw_kv_i64(&j, "status", status);
    jw_object_end(&j);
}

void sandbox_rest_date(struct jw *j, const char *key, struct wall t)
{
    char text[WALL_RFC2822_BYTES];
    wall_format_rfc2822(t, text);
    jw_kv_text(j, key, t.us ? text : NULL);
}

static void kv_number(struct jw *j, const char *key, int n)
{
    char text[16];
    snprintf(text, sizeof text, "%d", n);
    jw_kv_text(j, key, text);
}

void sandbox_rest_message(struct jw *j, const struct sandbox *s, const struct sandbox_message *m)
{
    char uri[128], media[128];
    snprintf(uri, sizeof uri, "/2010-04-01/Accounts/%s/Messages/%s.json", s->account, m->sid);
    snprintf(media, sizeof media, "/2010-04-01/Accounts/%s/Messages/%s/Media.json", s->account,
             m->sid);
    jw_object(j);
    jw_kv_text(j, "sid", m->sid);
    jw_kv_text(j, "account_sid", s->account);
    jw_kv_text(j, "messaging_service_sid", m->service[0] ? m->service : NULL);
    jw_kv_text(j, "from", m->from);
    jw_kv_text(j, "to", m->to);
    jw_kv_str(j, "body", (struct str){m->body, m->body_n});
    jw_kv_text(j, "status", m->status);
    jw_kv_text(j, "direction", m->inbound ? "inbound" : "outbound-api");
    kv_number(j, "num_segments", m->segments);
    kv_number(j, "num_media", m->n_media);
    jw_kv_null(j, "price");
    jw_kv_text(j, "price_unit", "USD");
    if (m->error_code && strcmp(m->status, "undelivered") == 0) {
        jw_kv_i64(j, "error_code", m->error_code);
        jw_kv_text(j, "error_message", twilio_error_words(m->error_code));
    } else {
        jw_kv_null(j, "error_code");
        jw_kv_null(j, "error_message");
    }
    sandbox_rest_date(j, "date_created", m->created);
    sandbox_rest_date(j, "date_updated", m->updated);
    sandbox_rest_date(j, "date_sent", m->inbound ? m->created : m->sent);
    jw_kv_text(j, "api_version", "2010-04-01");
    jw_kv_text(j, "uri", uri);
    jw_key(j, "subresource_uris");
    jw_object(j);
    jw_kv_text(j, "media", media);
    jw_object_end(j);
    jw_object_end(j);
}

static bool authorized(struct pool *p, const struct sandbox *s, const struct http_request *req)
{
    struct str header = http_request_header(req, "Authorization"), text;
    if (!header.p || header.n < 6 || !str_eq_nocase((struct str){header.p, 6}, STR("Basic "))) {
        return false;
    }
    struct str right = str_of(pool_printf(p, "%s:%s", s->account, s->token));
    return base64_decode(p, str_trim((struct str){header.p + 6, header.n - 6}), &text) &&
           str_eq_secret(text, right);
}

static int code_of_status(int status)
{
    return status == 401   ? 20003
           : status == 404 ? 20404
           : status == 429 ? 20429
           : status == 503 ? 20503
           : status >= 500 ? 20500
                           : 20001;
}

void sandbox_rest_fault(struct sandbox *s, const struct sandbox_fault *f, struct http_request *req,
                        struct http_response *res)
{
    int status = f->trouble == TROUBLE_HANG ? 503 : f->status;
    int code = f->code ? f->code : code_of_status(status);
    if (f->trouble == TROUBLE_HANG) {
        sandbox_sleep(s, f->hang_ms ? f->hang_ms : HANG_MS);
        res->cut = f->after; /* 503 would say that nothing was sent */
    }
    if (f->retry_after_s) {
        http_response_header(res, req->pool, "Retry-After", "%d", f->retry_after_s);
    }
    sandbox_rest_error(res, status, code, "a fault that was asked for");
}

/* What a list is narrowed to. Dates are whole days or instants; a text not yet sent has none. */
struct listing {
    struct pool *pool;
    struct str to, from, before, on, after;
    struct pages pages;
    struct buf *out;
};

static bool instant(struct pool *p, struct str text, bool end_of_day, struct wall *out)
{
    if (text.n == 10) {
        text = str_of(pool_printf(p, STR_FMT "T%sZ", STR_ARG(text),
                                  end_of_day ? "23:59:59.999999" : "00:00:00"));
    }
    return wall_parse(text, out);
}

static bool in_list(const struct listing *l, const struct sandbox_message *m)
{
    if (m->meta) {
        return false;
    }
    if (m->deleted || (l->to.n && !str_eq(l->to, str_of(m->to))) ||
        (l->from.n && !str_eq(l->from, str_of(m->from)))) {
        return false;
    }
    struct wall sent = m->inbound ? m->created : m->sent, t;
    bool dated = l->before.n || l->on.n || l->after.n;
    if (dated && sent.us == 0) {
        return false;
    }
    if (l->before.n && instant(l->pool, l->before, true, &t) && sent.us > t.us) {
        return false;
    }
    if (l->after.n && instant(l->pool, l->after, false, &t) && sent.us < t.us) {
        return false;
    }
    struct wall from;
    return !l->on.n || !instant(l->pool, l->on, false, &from) ||
           (sent.us >= from.us && sent.us / US_PER_DAY == from.us / US_PER_DAY);
}

/* Desk: one page, newest first. */
static void write_list(struct sandbox *s, void *arg)
{
    struct listing *l = arg;
    struct jw j = jw_to(l->out);
    jw_object(&j);
    jw_key(&j, "messages");
    jw_array(&j);
    for (int64_t seq = MIN_OF(s->next, l->pages.below) - 1; seq >= s->first; seq--) {
        const struct sandbox_message *m = sandbox_at(s, seq);
        if (!in_list(l, m)) {
            continue;
        }
        if (!pages_row(&l->pages, seq)) {
            break;
        }
        sandbox_rest_message(&j, s, m);
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
        .pool = req->pool,
        .to = form_get(&f, "To"),
        .from = form_get(&f, "From"),
        .before = form_get(&f, "DateSent<"),
        .on = form_get(&f, "DateSent"),
        .after = form_get(&f, "DateSent>"),
        .out = &res->body,
    };
    const char *path = pool_printf(req->pool, "/2010-04-01/Accounts/%s/Messages.json", s->account);
    pages_read(req->pool, &f, path, &l.pages);
    sandbox_do(s, write_list, &l);
    res->status = 200;
    res->content_type = "application/json;charset=utf-8";
}

struct one {
    struct str sid;
    struct buf *out;
    bool found;
};

static void write_one(struct sandbox *s, void *arg)
{
    struct one *o = arg;
    const struct sandbox_message *m = sandbox_find(s, o->sid);
    o->found = m != NULL;
    if (m) {
        struct jw j = jw_to(o->out);
        sandbox_rest_message(&j, s, m);
    }
}

static void read_one(struct sandbox *s, struct str sid, struct http_response *res)
{
    struct one o = {sid, &res->body, false};
    sandbox_do(s, write_one, &o);
    if (!o.found) {
        sandbox_rest_error(res, 404, 20404, "The requested resource was not found");
        return;
    }
    res->status = 200;
    res->content_type = "application/json;charset=utf-8";
}

struct change {
    struct str sid, body, status;
    bool redacts, deletes;
    int http_status, code; /* of the refusal; 0: none */
    struct buf *out;
};

static bool on_its_way(const struct sandbox_message *m)
{
    return strcmp(m->status, "queued") == 0 || strcmp(m->status, "sent") == 0;
}

/* Desk: what Twilio lets be changed of a message: its text away, its sending away, all away. */
static void change_one(struct sandbox *s, void *arg)
{
    struct change *c = arg;
    struct sandbox_message *m = sandbox_find(s, c->sid);
    bool cancels = str_eq(c->status, STR("canceled"));
    if (!m) {
        c->http_status = 404, c->code = 20404;
    } else if ((c->deletes || c->redacts) && on_its_way(m)) {
        c->http_status = 409, c->code = 20009;
    } else if (cancels && strcmp(m->status, "scheduled") != 0) {
        c->http_status = 409, c->code = 20409;
    } else if (!c->deletes && !cancels && (!c->redacts || c->body.n)) {
        c->http_status = 400, c->code = 20001;
    }
    if (c->http_status) {
        return;
    }
    m->deleted = c->deletes;
    m->status = cancels ? "canceled" : m->status;
    m->body_n = c->redacts ? 0 : m->body_n;
    m->body[m->body_n] = '\0';
    m->updated = wall_now();
    if (!c->deletes) {
        struct jw j = jw_to(c->out);
        sandbox_rest_message(&j, s, m);
    }
}

static void change(struct sandbox *s, struct str sid, struct http_request *req,
                   struct http_response *res)
{
    struct form form;
    struct err e = {0};
    if (form_parse(req->pool, req->body, &form, &e)) {
        sandbox_rest_error(res, 400, 20001, e.text);
        return;
    }
    struct change c = {
        .sid = sid,
        .body = form_get(&form, "Body"),
        .status = form_get(&form, "Status"),
        .deletes = req->method == HTTP_DELETE,
        .out = &res->body,
    };
    c.redacts = !c.deletes && c.body.p != NULL;
    sandbox_do(s, change_one, &c);
    if (c.http_status) {
        sandbox_rest_error(res, c.http_status, c.code,
                           c.code == 20404   ? "The requested resource was not found"
                           : c.code == 20009 ? "The message is still on its way"
                                             : "The message cannot be changed in this way");
        return;
    }
    res->status = c.deletes ? 204 : 200;
    res->content_type = c.deletes ? NULL : "application/json;charset=utf-8";
}

/* Below Messages/: one message, or its files. */
static void route_one(struct sandbox *s, struct str rest, struct http_request *req,
                      struct http_response *res)
{
    struct str suffix = STR(".json"), media = STR("/Media");
    struct str sid = {rest.p, MIN_OF(rest.n, (size_t)34)};
    struct str after = {rest.p + sid.n, rest.n - sid.n};
    if (str_starts(after, media)) {
        sandbox_media_rest(s, sid, (struct str){after.p + media.n, after.n - media.n}, req, res);
    } else if (!str_eq(after, suffix)) {
        sandbox_rest_error(res, 404, 20404, "The requested resource was not found");
    } else if (req->method == HTTP_GET) {
        read_one(s, sid, res);
    } else {
        change(s, sid, req, res);
    }
}

/* The path after the account: "", "Messages.json" or "Messages/SM....json". */
static void route(struct sandbox *s, struct str rest, struct http_request *req,
                  struct http_response *res)
{
    struct sandbox_fault fault = {0};
    bool fetches = str_index(rest, '/', 0) >= 0 && strstr(rest.p, "/Media/") != NULL;
    bool calls = str_starts(rest, STR("Calls")) || str_starts(rest, STR("Recordings"));
    enum sandbox_place place = req->method == HTTP_GET ? SANDBOX_ON_READS : SANDBOX_ON_SENDS;
    bool faulty = !fetches && (calls ? sandbox_take_call_fault(s, place, &fault)
                                     : sandbox_take_fault(s, place, &fault));
    bool answers = faulty && (fault.trouble == TROUBLE_STATUS || fault.trouble == TROUBLE_HANG);
    bool creates = req->method == HTTP_POST && str_eq(rest, STR("Messages.json"));
    if (faulty && fault.latency_ms) {
        sandbox_sleep(s, fault.latency_ms);
    }
    struct str prefix = STR("Messages/");
    if (answers && !fault.after) {
        sandbox_rest_fault(s, &fault, req, res);
        return;
    }
    if ((calls && voice_rest(s, rest, req, res)) || sandbox_account_rest(s, rest, req, res)) {
        (void)0;
    } else if (creates) {
        sandbox_rest_create(s, req, res, faulty ? &fault : NULL);
    } else if (req->method == HTTP_GET && str_eq(rest, STR("Messages.json"))) {
        list(s, req, res);
    } else if (str_starts(rest, prefix)) {
        route_one(s, (struct str){rest.p + prefix.n, rest.n - prefix.n}, req, res);
    } else {
        sandbox_rest_error(res, 404, 20404, "The requested resource was not found");
    }
    if (answers) {
        sandbox_rest_fault(s, &fault, req, res);
    }
}

void sandbox_rest(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    if (!authorized(req->pool, s, req)) {
        http_response_header(res, req->pool, "WWW-Authenticate", "Basic realm=\"Twilio API\"");
        sandbox_rest_error(res, 401, 20003, "Authenticate");
        return;
    }
    struct str prefix = str_of(pool_printf(req->pool, "/2010-04-01/Accounts/%s/", s->account));
    if (str_eq(req->path,
               str_of(pool_printf(req->pool, "/2010-04-01/Accounts/%s.json", s->account)))) {
        route(s, STR(""), req, res);
        return;
    }
    if (!str_starts(req->path, prefix)) {
        sandbox_rest_error(res, 404, 20404, "The requested resource was not found");
        return;
    }
    route(s, (struct str){req->path.p + prefix.n, req->path.n - prefix.n}, req, res);
}
