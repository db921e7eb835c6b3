/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox's own interface, for people and tests: send a customer's text, see what went to and
 * fro, let the provider fail. Twilio has nothing of the kind.
 */
#include "base/json_read.h"
#include "io/http.h"
#include "sandbox/sandbox_google_private.h"
#include "sandbox/sandbox_mail_private.h"
#include "sandbox/sandbox_meta_private.h"
#include "sandbox/sandbox_model_private.h"
#include "sandbox/sandbox_private.h"
#include "sandbox/sandbox_realtime_private.h"
#include "sandbox/sandbox_speech_private.h"
#include "sandbox/sandbox_voice_private.h"

#define LIST_MAX 1000
#define LIST_DEFAULT 100

void sandbox_problem(struct http_response *res, int code, const struct err *e)
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

static int read_file(struct pool *p, const json_t *m, struct sandbox_file *f, struct err *e)
{
    const char *data = json_get_text(m, "data", NULL);
    f->type = json_get_text(m, "type", "image/jpeg");
    f->url = json_is_string(m) ? json_string_value(m) : json_get_text(m, "url", NULL);
    if (data && !base64_decode(p, str_of(data), &f->bytes)) {
        return err_field(e, ERR_INVALID, "media", "data is base64");
    }
    if (!data == !f->url) {
        return err_field(e, ERR_INVALID, "media", "a file has data or a url");
    }
    return 0;
}

static int read_media(struct pool *p, const json_t *media, struct sandbox_text *t, struct err *e)
{
    size_t i;
    json_t *m;
    if (media && (!json_is_array(media) || json_array_size(media) > SANDBOX_MEDIA)) {
        return err_field(e, ERR_INVALID, "media", "media is a list of at most %d files",
                         SANDBOX_MEDIA);
    }
    json_array_foreach (media, i, m) {
        int rc = read_file(p, m, &t->media[i], e);
        if (rc) {
            return rc;
        }
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
        .meta = strcmp(json_get_text(document, "by", "twilio"), "meta") == 0,
    };
    if (!t.from) {
        return err_field(e, ERR_INVALID, "from", "from is missing: the customer's number");
    }
    struct sandbox_texted done;
    rc = read_media(req->pool, json_object_get(document, "media"), &t, e);
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
    if (done.forged_status) {
        jw_kv_i64(&j, "forged_status", done.forged_status);
    }
    jw_kv_text(&j, "error", done.error[0] ? done.error : NULL);
    jw_object_end(&j);
    return 0;
}

struct listing {
    struct str to, from, with; /* with: either of them */
    int64_t after, limit;
    struct buf *out;
};

static bool in_list(const struct listing *l, const struct sandbox_message *m)
{
    struct str to = str_of(m->to), from = str_of(m->from);
    return !m->deleted && (!l->to.n || str_eq(l->to, to)) &&
           (!l->from.n || str_eq(l->from, from)) &&
           (!l->with.n || str_eq(l->with, to) || str_eq(l->with, from));
}

static void write_files(struct jw *j, const struct sandbox *s, const struct sandbox_message *m)
{
    jw_key(j, "media");
    jw_array(j);
    for (size_t i = 0; i < SANDBOX_FILES && m->n_media; i++) {
        const struct sandbox_media *x = &s->files[i];
        char path[80];
        if (!x->sid[0] || strcmp(x->message_sid, m->sid) != 0) {
            continue;
        }
        snprintf(path, sizeof path, "/sandbox/media/%s", x->sid);
        jw_object(j);
        jw_kv_text(j, "path", path);
        jw_kv_text(j, "type", x->type);
        jw_kv_bool(j, "elsewhere", x->url != NULL);
        if (x->url) {
            jw_kv_text(j, "url", x->url);
        }
        jw_object_end(j);
    }
    jw_array_end(j);
}

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
        if (!in_list(l, m)) {
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
        if (m->inbound && m->posted) { /* 0: it has not answered, or was not asked */
            jw_kv_i64(&j, "product_status", m->product_status);
        }
        write_files(&j, s, m);
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
                        .with = form_get(&f, "with"),
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

static void read_product(struct sandbox *s, void *arg)
{
    memcpy(arg, s->product_url, sizeof s->product_url);
}

static int health(struct sandbox *s, struct http_response *res)
{
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "status", "healthy");
    jw_kv_text(&j, "account", s->account);
    jw_kv_text(&j, "number", s->number);
    char product[SANDBOX_URL_BYTES];
    sandbox_do(s, read_product, product);
    jw_kv_text(&j, "mail_address", s->mails->address);
    jw_kv_i64(&j, "smtp_port", sandbox_smtp_port(s));
    jw_kv_i64(&j, "imap_port", sandbox_imap_port(s));
    jw_kv_text(&j, "product_url", product[0] ? product : NULL);
    jw_kv_i64(&j, "accepted", sandbox_accepted(s));
    jw_object_end(&j);
    return 0;
}

/* A page of another site in the same browser could post here, too: it has to say where it is from.
 */
static bool from_elsewhere(const struct http_request *req)
{
    struct str origin = http_request_header(req, "Origin"), host = http_request_header(req, "Host");
    struct str scheme = STR("http://");
    return origin.p && !(str_starts(origin, scheme) &&
                         str_eq((struct str){origin.p + scheme.n, origin.n - scheme.n}, host));
}

void sandbox_control(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct err e = {0};
    int rc;
    bool text = str_eq(req->path, STR("/sandbox/text"));
    bool messages = str_eq(req->path, STR("/sandbox/messages"));
    bool faults = str_eq(req->path, STR("/sandbox/faults"));
    bool model = str_eq(req->path, STR("/sandbox/model"));
    bool realtime = str_eq(req->path, STR("/sandbox/realtime")) ||
                    str_eq(req->path, STR("/sandbox/realtime/heard"));
    bool speech = str_eq(req->path, STR("/sandbox/speech"));
    bool google = str_eq(req->path, STR("/sandbox/calendar")) ||
                  str_eq(req->path, STR("/sandbox/google-key"));
    bool meta =
        str_eq(req->path, STR("/sandbox/read")) || str_eq(req->path, STR("/sandbox/meta/verify"));
    bool mail = str_starts(req->path, STR("/sandbox/mail"));
    bool alive = str_eq(req->path, STR("/health"));
    res->status = 200;
    res->content_type = "application/json";
    if (from_elsewhere(req)) {
        rc = err_set(&e, ERR_FORBIDDEN, "the request is from another site");
    } else if (text && req->method == HTTP_POST) {
        rc = send_text(s, req, res, &e);
    } else if (messages && req->method == HTTP_GET) {
        rc = list(s, req, res, &e);
    } else if (faults && req->method & (HTTP_GET | HTTP_POST | HTTP_DELETE)) {
        rc = sandbox_faults_control(s, req, res, &e);
    } else if (model && req->method & (HTTP_GET | HTTP_POST | HTTP_DELETE)) {
        rc = sandbox_model_control(s, req, res, &e);
    } else if (realtime && req->method & (HTTP_GET | HTTP_POST | HTTP_DELETE)) {
        rc = sandbox_realtime_control(s, req, res, &e);
    } else if (speech && req->method & (HTTP_GET | HTTP_POST | HTTP_DELETE)) {
        rc = sandbox_speech_control(s, req, res, &e);
    } else if (google) {
        rc = sandbox_google_control(s, req, res, &e);
    } else if (meta) {
        rc = sandbox_meta_control(s, req, res, &e);
    } else if (mail) {
        rc = sandbox_mail_control(s, req, res, &e);
    } else if (voice_control_is(req->path)) {
        rc = voice_control(s, req, res, &e);
    } else if (alive && req->method == HTTP_GET) {
        rc = health(s, res);
    } else {
        bool known = text || messages || faults || model || realtime || speech || alive;
        rc = err_set(&e, known ? ERR_METHOD : ERR_NOT_FOUND, "%s",
                     known ? "the path takes another method" : "the sandbox has no such path");
    }
    if (rc) {
        sandbox_problem(res, rc, &e);
    }
}
