/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of messages: Twilio's REST resource Media, which wants the password and leads to a storage
 * that wants none and refuses whoever brings one along, as Twilio's does. Bounded in number and in
 * bytes; the oldest are forgotten.
 */
#include <stdlib.h>

#include "base/id.h"
#include "channels/inbound_sms.h"
#include "io/http.h"
#include "sandbox/sandbox_private.h"

#define TOO_LARGE_BYTES ((size_t)20 << 20) /* more than media_max is by default */
#define METADATA_URL "http://169.254.169.254/latest/meta-data/"

static void media_clear(struct sandbox *s, struct sandbox_media *m)
{
    s->files_bytes -= m->n;
    free(m->bytes);
    free(m->url);
    *m = (struct sandbox_media){0};
}

void sandbox_media_clear(struct sandbox *s)
{
    for (size_t i = 0; i < SANDBOX_FILES; i++) {
        media_clear(s, &s->files[i]);
    }
}

static void make_room(struct sandbox *s, size_t n)
{
    for (size_t i = 0; i < SANDBOX_FILES && s->files_bytes + n > SANDBOX_FILES_BYTES; i++) {
        media_clear(s, &s->files[(s->files_next + i) % SANDBOX_FILES]);
    }
}

void sandbox_add_media(struct sandbox *s, struct sandbox_message *m,
                       const struct sandbox_file *file, char sid_out[35])
{
    struct sandbox_media *x = &s->files[s->files_next++ % SANDBOX_FILES];
    unsigned char random[16];
    random_bytes(random, sizeof random);
    media_clear(s, x);
    make_room(s, file->bytes.n);
    int at = snprintf(x->sid, sizeof x->sid, "ME");
    for (size_t i = 0; i < sizeof random; i++) {
        at += snprintf(x->sid + at, sizeof x->sid - (size_t)at, "%02x", random[i]);
    }
    memcpy(x->message_sid, m->sid, sizeof x->message_sid);
    snprintf(x->type, sizeof x->type, "%s", file->type ? file->type : "image/jpeg");
    x->created = wall_now();
    x->url = file->url ? xstrdup(file->url) : NULL;
    if (!file->url) {
        x->bytes = xmalloc(file->bytes.n + 1);
        memcpy(x->bytes, file->bytes.n ? file->bytes.p : "", file->bytes.n);
        x->n = file->bytes.n;
        s->files_bytes += x->n;
    }
    m->n_media++;
    memcpy(sid_out, x->sid, sizeof x->sid);
}

static struct sandbox_media *find(struct sandbox *s, struct str sid)
{
    for (size_t i = 0; i < SANDBOX_FILES; i++) {
        if (s->files[i].sid[0] && str_eq(sid, str_of(s->files[i].sid))) {
            return &s->files[i];
        }
    }
    return NULL;
}

void sandbox_media_sids(struct sandbox *s, const struct sandbox_message *m,
                        char out[SANDBOX_MEDIA][35])
{
    int n = 0;
    for (size_t i = 0; i < SANDBOX_FILES && n < SANDBOX_MEDIA; i++) { /* from the oldest on */
        const struct sandbox_media *x = &s->files[(s->files_next + i) % SANDBOX_FILES];
        if (x->sid[0] && strcmp(x->message_sid, m->sid) == 0) {
            memcpy(out[n++], x->sid, sizeof x->sid);
        }
    }
}

static void write_media(struct jw *j, const struct sandbox *s, const struct sandbox_media *m)
{
    char uri[160];
    snprintf(uri, sizeof uri, "/2010-04-01/Accounts/%s/Messages/%s/Media/%s.json", s->account,
             m->message_sid, m->sid);
    jw_object(j);
    jw_kv_text(j, "sid", m->sid);
    jw_kv_text(j, "account_sid", s->account);
    jw_kv_text(j, "parent_sid", m->message_sid);
    jw_kv_text(j, "content_type", m->type);
    sandbox_rest_date(j, "date_created", m->created);
    sandbox_rest_date(j, "date_updated", m->created);
    jw_kv_text(j, "uri", uri);
    jw_object_end(j);
}

/* One request about files; the members are for one of its kinds each. */
struct asking {
    struct pool *pool;
    struct str message_sid, sid;
    bool deletes;
    bool found;
    struct buf *json;
    char *location;
    struct str bytes;
    char type[80];
};

static void write_list(struct sandbox *s, void *arg)
{
    struct asking *a = arg;
    a->found = sandbox_find(s, a->message_sid) != NULL;
    struct jw j = jw_to(a->json);
    int n = 0;
    jw_object(&j);
    jw_key(&j, "media_list");
    jw_array(&j);
    for (size_t i = 0; i < SANDBOX_FILES; i++) {
        if (s->files[i].sid[0] && str_eq(a->message_sid, str_of(s->files[i].message_sid))) {
            write_media(&j, s, &s->files[i]);
            n++;
        }
    }
    jw_array_end(&j);
    char uri[160];
    snprintf(uri, sizeof uri, "/2010-04-01/Accounts/%s/Messages/" STR_FMT "/Media.json?PageSize=50",
             s->account, STR_ARG(a->message_sid));
    jw_kv_i64(&j, "page", 0);
    jw_kv_i64(&j, "page_size", 50);
    jw_kv_i64(&j, "start", 0);
    jw_kv_i64(&j, "end", MAX_OF(n - 1, 0));
    jw_kv_text(&j, "uri", uri);
    jw_kv_text(&j, "first_page_uri", uri);
    jw_kv_null(&j, "previous_page_uri");
    jw_kv_null(&j, "next_page_uri");
    jw_object_end(&j);
}

static void look(struct sandbox *s, void *arg)
{
    struct asking *a = arg;
    struct sandbox_media *m = find(s, a->sid);
    a->found = m && (!a->message_sid.p || str_eq(a->message_sid, str_of(m->message_sid)));
    if (!a->found) {
        return;
    }
    if (a->deletes) {
        media_clear(s, m);
        return;
    }
    if (a->json) {
        struct jw j = jw_to(a->json);
        write_media(&j, s, m);
    }
    a->location = m->url ? pool_strdup(a->pool, m->url)
                         : pool_printf(a->pool, "http://127.0.0.1:%d/sandbox/media/%s",
                                       sandbox_port(s), m->sid);
    a->bytes = (struct str){pool_strndup(a->pool, m->bytes ? m->bytes : "", m->n), m->n};
    memcpy(a->type, m->type, sizeof a->type);
}

static void lead_to(struct http_request *req, struct http_response *res, const char *location)
{
    res->status = 307;
    http_response_header(res, req->pool, "Location", "%s", location);
}

/* The bytes are asked for: by way of faults, to where they lie. */
static void lead(struct sandbox *s, const struct asking *a, struct http_request *req,
                 struct http_response *res)
{
    struct sandbox_fault f;
    if (!sandbox_take_fault(s, SANDBOX_ON_MEDIA, &f)) {
        lead_to(req, res, a->location);
        return;
    }
    if (f.latency_ms) {
        sandbox_sleep(s, f.latency_ms);
    }
    if (f.trouble == TROUBLE_STATUS || f.trouble == TROUBLE_HANG) {
        sandbox_rest_fault(s, &f, req, res);
    } else if (f.trouble == TROUBLE_REDIRECT) {
        lead_to(req, res, METADATA_URL);
    } else if (f.trouble == TROUBLE_WRONG_TYPE) {
        res->content_type = a->type[0] ? pool_strdup(req->pool, a->type) : NULL;
        buf_puts(&res->body, "<!doctype html><script>alert(1)</script>");
    } else if (f.trouble == TROUBLE_TOO_LARGE) {
        char *block = pool_calloc(req->pool, 1, TOO_LARGE_BYTES);
        memcpy(block, "\xff\xd8\xff", 3);
        res->content_type = "image/jpeg";
        buf_add(&res->body, block, TOO_LARGE_BYTES);
    } else {
        lead_to(req, res, a->location);
    }
}

static void not_found(struct http_response *res)
{
    sandbox_rest_error(res, 404, 20404, "The requested resource was not found");
}

void sandbox_media_rest(struct sandbox *s, struct str message_sid, struct str rest,
                        struct http_request *req, struct http_response *res)
{
    struct asking a = {.pool = req->pool, .message_sid = message_sid, .json = &res->body};
    if (str_eq(rest, STR(".json")) && req->method == HTTP_GET) {
        sandbox_do(s, write_list, &a);
    } else if (str_starts(rest, STR("/ME")) && rest.n >= 35 &&
               req->method & (HTTP_GET | HTTP_DELETE)) {
        bool json = str_eq((struct str){rest.p + 35, rest.n - 35}, STR(".json"));
        a.sid = (struct str){rest.p + 1, 34};
        a.deletes = req->method == HTTP_DELETE;
        a.json = json ? a.json : NULL;
        sandbox_do(s, look, &a);
    }
    if (!a.found) {
        not_found(res);
    } else if (a.deletes) {
        res->status = 204;
    } else if (a.json) {
        res->status = 200;
        res->content_type = "application/json;charset=utf-8";
    } else {
        lead(s, &a, req, res);
    }
}

bool sandbox_media_bytes(struct sandbox *s, struct str sid, struct pool *p,
                         struct http_response *res)
{
    struct asking a = {.pool = p, .sid = sid};
    sandbox_do(s, look, &a);
    if (a.found) {
        res->content_type = pool_strdup(p, a.type);
        buf_put_str(&res->body, a.bytes);
    }
    return a.found;
}

void sandbox_media_storage(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct str prefix = STR("/sandbox/media/");
    struct str sid = {req->path.p + prefix.n, req->path.n - prefix.n};
    if (http_request_header(req, "Authorization").p) {
        sandbox_rest_error(res, 400, 20001, "the storage takes no password");
        return;
    }
    if (!sandbox_media_bytes(s, sid, req->pool, res)) {
        not_found(res);
    }
}
