/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct http_request from evhttp's. Headers and body are borrowed from evhttp's request, which
 * lives until its answer is sent; everything else is in the request's pool.
 */
#include <event2/keyvalq_struct.h>

#include "base/codec.h"
#include "base/utf8.h"
#include "io/http_private.h"

const char *http_method_name(enum http_method m)
{
    switch (m) {
    case HTTP_GET:
        return "GET";
    case HTTP_POST:
        return "POST";
    case HTTP_PUT:
        return "PUT";
    case HTTP_PATCH:
        return "PATCH";
    case HTTP_DELETE:
        return "DELETE";
    case HTTP_HEAD:
        return "HEAD";
    case HTTP_OPTIONS:
        return "OPTIONS";
    }
    return "?";
}

struct str http_request_header(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (str_eq_nocase(r->headers[i].name, str_of(name))) {
            return r->headers[i].value;
        }
    }
    return (struct str){0};
}

struct str http_request_cookie(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (!str_eq_nocase(r->headers[i].name, STR("Cookie"))) {
            continue;
        }
        struct str rest = r->headers[i].value;
        for (struct str pair; rest.p && (pair = str_cut(&rest, ';')).p;) {
            struct str value = str_trim(pair);
            struct str key = str_cut(&value, '=');
            if (value.p && str_eq(key, str_of(name))) {
                return value;
            }
        }
    }
    return (struct str){0};
}

static enum http_method method_of(enum evhttp_cmd_type type)
{
    switch (type) {
    case EVHTTP_REQ_GET:
        return HTTP_GET;
    case EVHTTP_REQ_POST:
        return HTTP_POST;
    case EVHTTP_REQ_PUT:
        return HTTP_PUT;
    case EVHTTP_REQ_PATCH:
        return HTTP_PATCH;
    case EVHTTP_REQ_DELETE:
        return HTTP_DELETE;
    case EVHTTP_REQ_HEAD:
        return HTTP_HEAD;
    case EVHTTP_REQ_OPTIONS:
        return HTTP_OPTIONS;
    default:
        return 0;
    }
}

static void read_headers(struct http_job *job)
{
    struct http_request *r = &job->req;
    struct evkeyvalq *list = evhttp_request_get_input_headers(job->ev);
    struct evkeyval *h;
    size_t n = 0;
    TAILQ_FOREACH(h, list, next)
    {
        n++;
    }
    struct http_header *headers = pool_calloc(r->pool, n, sizeof *headers);
    r->headers = headers;
    TAILQ_FOREACH(h, list, next)
    {
        headers[r->n_headers++] = (struct http_header){str_of(h->key), str_trim(str_of(h->value))};
    }
}

static int read_body(struct http_job *job, struct http_conn *c, const char **why)
{
    struct evbuffer *in = evhttp_request_get_input_buffer(job->ev);
    size_t n = evbuffer_get_length(in);
    int taken = spill_take(c, in, &job->req);
    if (taken) {
        *why = "the request's body could not be read again; try again";
        return MIN_OF(taken, 0);
    }
    /* In one piece already, unless it came in several reads. */
    job->req.body = (struct str){n ? (const char *)evbuffer_pullup(in, -1) : "", n};
    return 0;
}

/* The path and query of a target in either form: "/a?b" or "http://host/a?b". */
static int read_target(struct http_request *r, const char **why)
{
    struct str rest = r->target;
    if (rest.n && rest.p[0] != '/' && rest.p[0] != '*') {
        ptrdiff_t authority = str_index(rest, ':', 0) + 3;
        size_t path = (size_t)authority;
        while (path < rest.n && rest.p[path] != '/' && rest.p[path] != '?') {
            path++;
        }
        rest = (struct str){rest.p + path, rest.n - path};
    }
    r->path = str_cut(&rest, '?');
    r->query = rest.p ? rest : STR("");
    if (!r->path.n) {
        r->path = STR("/");
    }
    if (str_index(r->path, '%', 0) >= 0) {
        r->path = percent_decode(r->pool, r->path, false);
    }
    if (!utf8_valid(r->path)) {
        *why = "the path is not valid UTF-8";
        r->path = STR("/");
        return ERR_MALFORMED;
    }
    return 0;
}

static bool id_is_fit(struct str id)
{
    bool fit = id.n >= 1 && id.n <= 64;
    for (size_t i = 0; fit && i < id.n; i++) {
        char c = id.p[i];
        fit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-';
    }
    return fit;
}

void request_id(struct loop *l, struct http_request *r)
{
    struct str given = http_request_header(r, "X-Request-Id");
    if (id_is_fit(given)) {
        snprintf(r->id, sizeof r->id, STR_FMT, STR_ARG(given));
    } else {
        loop_id(l, r->id);
    }
}

static bool lists_word(struct str list, struct str word)
{
    for (struct str part; list.p && (part = str_cut(&list, ',')).p;) {
        if (str_eq_nocase(str_trim(part), word)) {
            return true;
        }
    }
    return false;
}

/* RFC 6455 section 4.2.1. HTTP/1.0 is told by evhttp's own request only, and never has Upgrade. */
static bool asks_for_websocket(const struct http_request *r)
{
    if (r->method != HTTP_GET || r->body.n ||
        !lists_word(http_request_header(r, "Connection"), STR("upgrade")) ||
        !lists_word(http_request_header(r, "Upgrade"), STR("websocket")) ||
        !str_eq(http_request_header(r, "Sec-WebSocket-Version"), STR("13"))) {
        return false;
    }
    struct str key = http_request_header(r, "Sec-WebSocket-Key"), raw;
    return key.n == 24 && base64_decode(r->pool, key, &raw) && raw.n == 16;
}

int request_read(struct http_job *job, struct http_conn *c, const char **why)
{
    struct http_request *r = &job->req;
    r->received = mono_now();
    r->method = method_of(evhttp_request_get_command(job->ev));
    const char *target = evhttp_request_get_uri(job->ev);
    r->target = str_of(target ? target : "/");
    r->path = STR("/");
    r->query = r->body = STR("");
    snprintf(r->remote, sizeof r->remote, "%s", c->remote);
    read_headers(job);
    request_id(job->loop, r);
    if (!target || !r->method) { /* the scanner lets neither through */
        r->method = HTTP_GET;
        *why = "the request could not be read";
        return ERR_MALFORMED;
    }
    int body = read_body(job, c, why);
    int rc = read_target(r, why);
    rc = body < 0 ? body : rc;
    r->upgrade = asks_for_websocket(r);
    return rc;
}
