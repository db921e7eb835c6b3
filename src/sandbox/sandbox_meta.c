/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meta's side of WhatsApp: POST /{version}/{phone number id}/messages and GET /{version}/{file id}
 * with its token, its answers
 * and its error codes, free text only to those who have written within a day. Only the text of a
 * template's values is looked at: which templates there are is not known here, but one called
 * "missing" does not exist.
 */
#include <jansson.h>

#include "base/json_read.h"
#include "base/utf8.h"
#include "channels/meta_codes.h"
#include "domain/phone.h"
#include "sandbox/sandbox_account.h"
#include "sandbox/sandbox_meta_private.h"

#define BODY_MAX_CHARACTERS 4096
#define HANG_MS 60000
#define WINDOW_US (24 * 3600 * US_PER_SECOND)
#define DRAFT_BODY_BYTES (64u << 10)

bool sandbox_meta_is(struct str path)
{
    size_t i = 2;
    while (i < path.n && path.p[i] >= '0' && path.p[i] <= '9') {
        i++;
    }
    return i > 2 && i < path.n && str_starts(path, STR("/v")) && path.p[i] == '.';
}

static void error(struct http_response *res, int status, int code, const char *message)
{
    res->status = status;
    res->content_type = "application/json; charset=UTF-8";
    buf_reset(&res->body);
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_key(&j, "error");
    jw_object(&j);
    jw_kv_text(&j, "message", message);
    jw_kv_text(&j, "type", "OAuthException");
    jw_kv_i64(&j, "code", code);
    jw_key(&j, "error_data");
    jw_object(&j);
    jw_kv_text(&j, "messaging_product", "whatsapp");
    jw_kv_text(&j, "details", message);
    jw_object_end(&j);
    jw_kv_text(&j, "fbtrace_id", "sandbox");
    jw_object_end(&j);
    jw_object_end(&j);
}

static int code_of_status(int status)
{
    return status == 401   ? 190
           : status == 429 ? 130429
           : status == 503 ? 131016
           : status >= 500 ? 131000
                           : 100;
}

static void answer_fault(struct sandbox *s, const struct sandbox_fault *f, struct http_request *req,
                         struct http_response *res)
{
    int status = f->trouble == TROUBLE_HANG ? 503 : f->status;
    if (f->trouble == TROUBLE_HANG) {
        sandbox_sleep(s, f->hang_ms ? f->hang_ms : HANG_MS);
        res->cut = f->after; /* 503 would say that nothing was sent */
    }
    if (f->retry_after_s) {
        http_response_header(res, req->pool, "Retry-After", "%d", f->retry_after_s);
    }
    error(res, status, f->code ? f->code : code_of_status(status), "a fault that was asked for");
}

/* A message that is being made. */
struct draft {
    const json_t *document;
    struct pool *pool;
    char to[SANDBOX_ADDRESS_BYTES];
    struct buf body;
    bool is_template;
    const char *link, *link_kind; /* of a file that goes along; NULL: none does */
    struct sandbox_fault fault;
    bool has_fault;
    int code; /* Meta's, when it is not accepted */
    char sid[35];
};

/* "whatsapp:" and the number, or the id of a user who hides it. */
static int read_recipient(struct draft *d)
{
    const char *to = json_get_text(d->document, "to", NULL);
    const char *user = json_get_text(d->document, "recipient", NULL);
    if (to) {
        const char *number = pool_printf(d->pool, "%s%s", to[0] == '+' ? "" : "+", to);
        if (!phone_is_e164(str_of(number))) {
            return 100;
        }
        snprintf(d->to, sizeof d->to, "whatsapp:%s", number);
        return strcmp(number, "+15005550004") == 0 ? 131026 : 0;
    }
    if (!user || strlen(user) + sizeof "whatsapp:" > sizeof d->to) {
        return 100;
    }
    snprintf(d->to, sizeof d->to, "whatsapp:%s", user);
    return 0;
}

/* A template's name and values in one line, so that a person sees what was sent. */
static int read_template(struct draft *d)
{
    const json_t *t = json_object_get(d->document, "template"), *component, *value;
    const char *name = json_get_text(t, "name", "");
    const char *language = json_get_text(json_object_get(t, "language"), "code", "");
    size_t i, k;
    if (!name[0] || !language[0] || strcmp(name, "missing") == 0) {
        return name[0] && language[0] ? 132001 : 100;
    }
    d->is_template = true;
    buf_printf(&d->body, "[%s %s]", name, language);
    json_array_foreach (json_object_get(t, "components"), i, component) {
        json_array_foreach (json_object_get(component, "parameters"), k, value) {
            buf_printf(&d->body, "%s%s", k ? ", " : " ", json_get_text(value, "text", ""));
        }
    }
    return 0;
}

/* A file by its address, with words if they are its caption. */
static int read_file(struct draft *d, const char *type)
{
    const json_t *file = json_object_get(d->document, type);
    const char *link = json_get_text(file, "link", "");
    const char *caption = json_get_text(file, "caption", "");
    bool known = strcmp(type, "image") == 0 || strcmp(type, "video") == 0 ||
                 strcmp(type, "document") == 0 || strcmp(type, "audio") == 0;
    if (!known) {
        return 131051;
    }
    if (strncmp(link, "http://", 7) != 0 && strncmp(link, "https://", 8) != 0) {
        return 100;
    }
    if (caption[0] && strcmp(type, "audio") == 0) {
        return 100;
    }
    d->link = link;
    d->link_kind = type;
    buf_puts(&d->body, caption);
    return strlen(link) < SANDBOX_URL_BYTES && utf8_length(buf_str(&d->body)) <= 1024 ? 0 : 100;
}

/* 0, or Meta's error code. */
static int read_draft(struct draft *d)
{
    const char *product = json_get_text(d->document, "messaging_product", "");
    const char *type = json_get_text(d->document, "type", "text");
    int code = strcmp(product, "whatsapp") == 0 ? read_recipient(d) : 100;
    if (code) {
        return code;
    }
    if (strcmp(type, "template") == 0) {
        return read_template(d);
    }
    if (strcmp(type, "text") != 0) {
        return read_file(d, type);
    }
    struct str body = str_of(json_get_text(json_object_get(d->document, "text"), "body", ""));
    buf_put_str(&d->body, body);
    return body.n == 0 || utf8_length(body) > BODY_MAX_CHARACTERS ? 100 : 0;
}

/* Has that customer written within a day? Desk. */
static bool window_open(struct sandbox *s, const char *customer)
{
    int64_t since_us = wall_now().us - WINDOW_US;
    for (int64_t seq = s->next - 1; seq >= s->first; seq--) {
        const struct sandbox_message *m = sandbox_at(s, seq);
        if (m->inbound && m->meta && strcmp(m->from, customer) == 0) {
            return m->created.us >= since_us;
        }
    }
    return false;
}

void sandbox_meta_name(struct sandbox_message *m)
{
    memcpy(m->sid, "wamid.", 6);
    m->meta = true;
}

/* Desk: accepts the message. */
static void accept_draft(struct sandbox *s, void *arg)
{
    struct draft *d = arg;
    if (!d->is_template && !window_open(s, d->to)) {
        d->code = 131047;
        return;
    }
    struct sandbox_message *m = sandbox_add(s, pool_printf(d->pool, "whatsapp:%s", s->meta.number),
                                            d->to, buf_str(&d->body), NULL);
    sandbox_meta_name(m);
    if (d->link) {
        char sid[35];
        const char *kind = strcmp(d->link_kind, "image") == 0 ? "image/jpeg" : d->link_kind;
        sandbox_add_media(s, m, &(struct sandbox_file){.type = kind, .url = d->link}, sid);
    }
    m->status = "queued";
    m->trouble = d->has_fault ? d->fault.trouble : TROUBLE_STATUS;
    m->error_code = d->fault.code ? d->fault.code : 131026;
    const char *opaque = json_get_text(d->document, "biz_opaque_callback_data", NULL);
    m->opaque = opaque ? xstrdup(opaque) : NULL;
    if (s->product_url[0]) {
        m->callback = xstrdup(pool_printf(d->pool, "%s" SANDBOX_META_PATH, s->product_url));
    }
    s->accepted++;
    sandbox_journal(s, m);
    sandbox_step_later(s, m, "sent");
    memcpy(d->sid, m->sid, sizeof d->sid);
}

static void write_accepted(struct http_response *res, const struct draft *d)
{
    const char *who = d->to + strlen("whatsapp:");
    who += who[0] == '+';
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "messaging_product", "whatsapp");
    jw_key(&j, "contacts");
    jw_array(&j);
    jw_object(&j);
    jw_kv_text(&j, "input", who);
    jw_kv_text(&j, "wa_id", who);
    jw_object_end(&j);
    jw_array_end(&j);
    jw_key(&j, "messages");
    jw_array(&j);
    jw_object(&j);
    jw_kv_text(&j, "id", d->sid);
    jw_object_end(&j);
    jw_array_end(&j);
    jw_object_end(&j);
}

static void create(struct sandbox *s, const json_t *document, struct http_request *req,
                   struct http_response *res, const struct sandbox_fault *fault)
{
    struct draft d = {.document = document, .pool = req->pool, .has_fault = fault != NULL};
    if (fault) {
        d.fault = *fault;
    }
    buf_init(&d.body, DRAFT_BODY_BYTES);
    d.code = read_draft(&d);
    if (d.code == 0) {
        sandbox_do(s, accept_draft, &d);
    }
    if (d.code) {
        error(res, 400, d.code, meta_error_words(d.code));
    } else {
        write_accepted(res, &d);
    }
    buf_clear(&d.body);
}

struct marking {
    struct str id;
    bool found;
};

/* Desk: the product says that it has read a customer's message, and so all before it. */
static void mark(struct sandbox *s, void *arg)
{
    struct marking *m = arg;
    struct sandbox_message *message = sandbox_find(s, m->id);
    m->found = message && message->inbound && message->meta;
    if (m->found) {
        message->status = "read";
    }
}

static void mark_read(struct sandbox *s, const json_t *document, struct http_response *res)
{
    struct marking m = {str_of(json_get_text(document, "message_id", "")), false};
    sandbox_do(s, mark, &m);
    if (!m.found) {
        error(res, 400, 100, "there is no such message of a customer");
        return;
    }
    buf_puts(&res->body, "{\"success\":true}");
}

static bool authorized(struct pool *p, const struct sandbox *s, const struct http_request *req)
{
    struct str header = http_request_header(req, "Authorization");
    return str_eq_secret(header.p ? header : STR(""),
                         str_of(pool_printf(p, "Bearer %s", s->meta.token)));
}

static void send_or_mark(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    json_t *document = NULL;
    struct err e = {0};
    struct sandbox_fault fault;
    if (json_read(req->pool, req->body, &document, &e)) {
        error(res, 400, 100, e.text);
        return;
    }
    if (json_object_get(document, "status")) {
        mark_read(s, document, res);
        return;
    }
    bool faulty = sandbox_take_fault(s, SANDBOX_ON_SENDS, &fault);
    bool answers = faulty && (fault.trouble == TROUBLE_STATUS || fault.trouble == TROUBLE_HANG);
    if (faulty && fault.latency_ms) {
        sandbox_sleep(s, fault.latency_ms);
    }
    if (!answers || fault.after) {
        create(s, document, req, res, faulty ? &fault : NULL);
    }
    if (answers) {
        answer_fault(s, &fault, req, res);
    }
}

/* A file by its id: where its bytes are; and those, for whoever has the token. */
static void serve_file(struct sandbox *s, struct str rest, struct http_request *req,
                       struct http_response *res)
{
    struct str bytes = STR("bytes/");
    bool wants_bytes = str_starts(rest, bytes);
    struct str id = wants_bytes ? (struct str){rest.p + bytes.n, rest.n - bytes.n} : rest;
    if (!sandbox_media_bytes(s, id, req->pool, res)) {
        error(res, 400, 100, "Unsupported get request: no such object");
        return;
    }
    if (!wants_bytes) {
        const char *type = res->content_type;
        struct str version = {req->path.p, req->path.n - rest.n};
        res->content_type = "application/json; charset=UTF-8";
        buf_reset(&res->body);
        struct jw j = jw_to(&res->body);
        jw_object(&j);
        jw_kv_text(&j, "messaging_product", "whatsapp");
        jw_kv_text(&j, "url",
                   pool_printf(req->pool, "http://127.0.0.1:%d" STR_FMT "bytes/" STR_FMT,
                               sandbox_port(s), STR_ARG(version), STR_ARG(id)));
        jw_kv_text(&j, "mime_type", type);
        jw_kv_str(&j, "id", id);
        jw_object_end(&j);
    }
}

void sandbox_meta_serve(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct str rest = req->path;
    str_cut(&rest, '/');
    str_cut(&rest, '/'); /* the version */
    res->status = 200;
    res->content_type = "application/json; charset=UTF-8";
    if (!authorized(req->pool, s, req)) {
        error(res, 401, 190, "Invalid OAuth access token");
    } else if (req->method == HTTP_GET && str_eq(rest, str_of(s->meta.phone_id))) {
        sandbox_account_meta(s, req, res);
    } else if (req->method == HTTP_GET) {
        serve_file(s, rest, req, res);
    } else if (!str_eq(rest, str_of(pool_printf(req->pool, "%s/messages", s->meta.phone_id))) ||
               req->method != HTTP_POST) {
        error(res, 400, 100, "Unsupported request: no such object, or another method");
    } else {
        send_or_mark(s, req, res);
    }
}
