/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox's own interface, for people and tests: send a customer's text, see what went to and
 * fro, let the provider fail. Twilio has nothing of the kind.
 */
#include "base/json_read.h"
#include "io/http.h"
#include "sandbox/sandbox_google_private.h"
#include "sandbox/sandbox_model_private.h"
#include "sandbox/sandbox_private.h"

#define LIST_MAX 1000
#define LIST_DEFAULT 100

static void problem(struct http_response *res, int code, const struct err *e)
{
    res->status = err_http_status(code);
    res->content_type = "application/problem+json";
    buf_reset(&res->body);
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "title", err_title(code));
    jw_kv_i64(&j, "status", res->status);
    jw_kv_text(&j, "detail", err_text(e, code));
    jw_object_end(&j);
}

static int read_media(const json_t *media, struct sandbox_text *t, struct err *e)
{
    size_t i;
    json_t *m;
    if (media && !json_is_array(media)) {
        return err_field(e, ERR_INVALID, "media", "media is a list of {\"url\", \"type\"}");
    }
    json_array_foreach (media, i, m) {
        const char *url = json_is_string(m) ? json_string_value(m) : json_get_text(m, "url", NULL);
        if (!url || i >= ARRAY_SIZE(t->media_urls)) {
            return err_field(e, ERR_INVALID, "media", "media is a list of at most %zu files",
                             ARRAY_SIZE(t->media_urls));
        }
        t->media_urls[i] = url;
        t->media_types[i] = json_get_text(m, "type", NULL);
        t->n_media++;
    }
    return 0;
}

static int send_text(struct sandbox *s, struct http_request *req, struct http_response *res,
                     struct err *e)
{
    json_t *document = NULL;
    int rc = json_read(req->pool, req->body, &document, e);
    if (rc) {
        return rc;
    }
    struct sandbox_text t = {
        .from = json_get_text(document, "from", NULL),
        .to = json_get_text(document, "to", NULL),
        .body = str_of(json_get_text(document, "body", "")),
        .sid = json_get_text(document, "sid", NULL),
    };
    if (!t.from) {
        return err_field(e, ERR_INVALID, "from", "from is missing: the customer's number");
    }
    struct sandbox_texted done;
    rc = read_media(json_object_get(document, "media"), &t, e);
    rc = rc ? rc : sandbox_send_text(s, &t, &done, e);
    if (rc) {
        return rc;
    }
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "message_sid", done.sid);
    jw_kv_i64(&j, "seq", done.seq);
    jw_kv_text(&j, "from", done.from);
    jw_kv_i64(&j, "status", done.status);
    jw_kv_text(&j, "error", done.error[0] ? done.error : NULL);
    jw_object_end(&j);
    return 0;
}

struct listing {
    struct str to, from;
    int64_t after, limit;
    struct buf *out;
};

static void write_messages(struct sandbox *s, void *arg)
{
    const struct listing *l = arg;
    struct jw j = jw_to(l->out);
    int64_t n = 0;
    jw_object(&j);
    jw_key(&j, "messages");
    jw_array(&j);
    for (int64_t seq = MAX_OF(l->after + 1, s->first); seq < s->next && n < l->limit; seq++) {
        const struct sandbox_message *m = sandbox_at(s, seq);
        if ((l->to.n && !str_eq(l->to, str_of(m->to))) ||
            (l->from.n && !str_eq(l->from, str_of(m->from)))) {
            continue;
        }
        jw_object(&j);
        jw_kv_i64(&j, "seq", m->seq);
        jw_kv_text(&j, "sid", m->sid);
        jw_kv_text(&j, "direction", m->inbound ? "inbound" : "outbound");
        jw_kv_text(&j, "from", m->from);
        jw_kv_text(&j, "to", m->to);
        jw_kv_str(&j, "body", (struct str){m->body, m->body_n});
        jw_kv_text(&j, "status", m->status);
        jw_kv_i64(&j, "segments", m->segments);
        jw_key(&j, "created");
        jw_wall(&j, m->created);
        jw_object_end(&j);
        n++;
    }
    jw_array_end(&j);
    jw_kv_i64(&j, "accepted", s->accepted);
    jw_object_end(&j);
}

static int list(struct sandbox *s, struct http_request *req, struct http_response *res,
                struct err *e)
{
    struct form f;
    int rc = form_parse(req->pool, req->query, &f, e);
    if (rc) {
        return rc;
    }
    struct listing l = {.to = form_get(&f, "to"),
                        .from = form_get(&f, "from"),
                        .limit = LIST_DEFAULT,
                        .out = &res->body};
    struct str after = form_get(&f, "after"), limit = form_get(&f, "limit");
    if (after.p && (!str_to_i64(after, &l.after) || l.after < 0 || l.after == INT64_MAX)) {
        return err_field(e, ERR_INVALID, "after", "after is a message's seq");
    }
    if (limit.p && (!str_to_i64(limit, &l.limit) || l.limit < 1 || l.limit > LIST_MAX)) {
        return err_field(e, ERR_INVALID, "limit", "limit is 1 to %d", LIST_MAX);
    }
    sandbox_do(s, write_messages, &l);
    return 0;
}

static int trouble_of(const json_t *status, struct sandbox_fault *out, struct err *e)
{
    static const struct {
        const char *name;
        enum sandbox_trouble trouble;
        bool after;
    } rows[] = {
        {"hang", TROUBLE_HANG, false}, {"after_send_timeout", TROUBLE_HANG, true},
        {"slow", TROUBLE_SLOW, false}, {"duplicate", TROUBLE_DUPLICATE, false},
        {"lost", TROUBLE_LOST, false}, {"undelivered", TROUBLE_UNDELIVERED, false},
    };
    if (json_is_integer(status)) {
        json_int_t n = json_integer_value(status);
        if (n < 400 || n > 599) {
            return err_field(e, ERR_INVALID, "status", "status is 400 to 599");
        }
        out->trouble = TROUBLE_STATUS;
        out->status = (int)n;
        return 0;
    }
    const char *name = json_is_string(status) ? json_string_value(status) : "";
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            out->trouble = rows[i].trouble;
            out->after = rows[i].after;
            return 0;
        }
    }
    return err_field(e, ERR_INVALID, "status",
                     "status is a number, hang, after_send_timeout, slow, duplicate, lost or "
                     "undelivered");
}

static int read_count(const json_t *document, const char *key, int most, int *out, struct err *e)
{
    int64_t n = json_get_i64(document, key, 0);
    if (n < 0 || n > most) {
        return err_field(e, ERR_INVALID, key, "%s is 0 to %d", key, most);
    }
    *out = (int)n;
    return 0;
}

/* Whose requests it meets, and which of them. */
static int read_whose(const json_t *d, struct sandbox_fault *f, struct err *e)
{
    const char *api = json_get_text(d, "api", "texts"), *on = json_get_text(d, "on", "");
    const char *reason = json_get_text(d, "reason", "");
    if (strcmp(api, "texts") == 0) {
        f->reads_too = strcmp(on, "any") == 0;
        return 0;
    }
    if (strcmp(api, "google") != 0) {
        return err_field(e, ERR_INVALID, "api", "api is texts or google");
    }
    if (strcmp(on, "token") != 0 && strcmp(on, "busy") != 0 && strcmp(on, "events") != 0 &&
        strcmp(on, "any") != 0 && on[0]) {
        return err_field(e, ERR_INVALID, "on", "on is token, busy, events or any");
    }
    f->api = SANDBOX_API_GOOGLE;
    snprintf(f->on, sizeof f->on, "%s", strcmp(on, "any") == 0 ? "" : on);
    snprintf(f->reason, sizeof f->reason, "%s", reason);
    return 0;
}

static int add_fault(struct sandbox *s, struct http_request *req, struct http_response *res,
                     struct err *e)
{
    json_t *d = NULL;
    struct sandbox_fault f = {0};
    int rc = json_read(req->pool, req->body, &d, e);
    rc = rc ? rc : trouble_of(json_object_get(d, "status"), &f, e);
    rc = rc ? rc : read_count(d, "count", 1000000, &f.count, e);
    rc = rc ? rc : read_count(d, "code", 99999, &f.code, e);
    rc = rc ? rc : read_count(d, "latency_ms", 600000, &f.latency_ms, e);
    rc = rc ? rc : read_count(d, "hang_ms", 600000, &f.hang_ms, e);
    rc = rc ? rc : read_count(d, "retry_after", 86400, &f.retry_after_s, e);
    if (rc) {
        return rc;
    }
    const json_t *p = json_object_get(d, "probability");
    if (p && (!json_is_number(p) || json_number_value(p) <= 0 || json_number_value(p) > 1)) {
        return err_field(e, ERR_INVALID, "probability", "probability is above 0 and at most 1");
    }
    f.probability = p ? json_number_value(p) : 1;
    f.after = json_get_bool(d, "after", f.after);
    rc = read_whose(d, &f, e);
    rc = rc ? rc : sandbox_add_fault(s, &f, e);
    if (rc == 0) {
        buf_puts(&res->body, "{\"status\":\"armed\"}");
    }
    return rc;
}

static int health(struct sandbox *s, struct http_response *res)
{
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "status", "healthy");
    jw_kv_text(&j, "account", s->account);
    jw_kv_text(&j, "number", s->number);
    jw_kv_i64(&j, "accepted", sandbox_accepted(s));
    jw_object_end(&j);
    return 0;
}

void sandbox_control(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    int rc;
    bool text = str_eq(req->path, STR("/sandbox/text"));
    bool messages = str_eq(req->path, STR("/sandbox/messages"));
    bool faults = str_eq(req->path, STR("/sandbox/faults"));
    bool model = str_eq(req->path, STR("/sandbox/model"));
    bool google = str_eq(req->path, STR("/sandbox/calendar")) ||
                  str_eq(req->path, STR("/sandbox/google-key"));
    bool alive = str_eq(req->path, STR("/health"));
    res->status = 200;
    res->content_type = "application/json";
    if (text && req->method == HTTP_POST) {
        rc = send_text(s, req, res, &e);
    } else if (messages && req->method == HTTP_GET) {
        rc = list(s, req, res, &e);
    } else if (faults && req->method == HTTP_POST) {
        rc = add_fault(s, req, res, &e);
    } else if (faults && req->method == HTTP_DELETE) {
        sandbox_end_faults(s);
        buf_puts(&res->body, "{\"status\":\"ended\"}");
        rc = 0;
    } else if (model && req->method & (HTTP_GET | HTTP_POST | HTTP_DELETE)) {
        rc = sandbox_model_control(s, req, res, &e);
    } else if (google) {
        rc = sandbox_google_control(s, req, res, &e);
    } else if (alive && req->method == HTTP_GET) {
        rc = health(s, res);
    } else {
        bool known = text || messages || faults || model || alive;
        rc = err_set(&e, known ? ERR_METHOD : ERR_NOT_FOUND, "%s",
                     known ? "the path takes another method" : "the sandbox has no such path");
    }
    if (rc) {
        problem(res, rc, &e);
    }
}
