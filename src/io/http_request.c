/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct http_request from the bytes that the scanner let through, which were checked there and
 * are only taken apart here. Target, headers and body are borrowed from the connection's buffer,
 * where they stay until the answer; everything else is in the request's pool.
 */
#include "io/http_request.h"

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

static enum http_method method_of(struct str name)
{
    for (int m = HTTP_GET; m <= HTTP_OPTIONS; m <<= 1) {
        if (str_eq(name, str_of(http_method_name((enum http_method)m)))) {
            return (enum http_method)m;
        }
    }
    return 0;
}

/* The next line of the head, without CR LF. */
static struct str next_line(struct str *head)
{
    struct str line = str_cut(head, '\n');
    return (struct str){line.p, line.n ? line.n - 1 : 0};
}

static void read_headers(struct http_request *r, struct str head, int fields)
{
    struct http_header *headers = pool_alloc_raw(r->pool, (size_t)fields * sizeof *headers);
    r->headers = headers;
    for (int i = 0; i < fields; i++) {
        struct str value = next_line(&head);
        struct str name = str_cut(&value, ':');
        headers[r->n_headers++] = (struct http_header){name, str_trim(value)};
    }
}

/* Chunks put together where they are: they only become shorter. */
static struct str join_chunks(char *at)
{
    char *to = at, *from = at;
    size_t n;
    while ((n = strtoul(from, &from, 16))) {
        from += 2; /* CR LF */
        memmove(to, from, n);
        to += n;
        from += n + 2;
    }
    return (struct str){at, (size_t)(to - at)};
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

static void request_id(struct http_loop *l, struct http_request *r)
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

/* RFC 6455 section 4.2.1. HTTP/1.0 never has Upgrade. */
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

/* RFC 9112 section 9.3 */
static bool keeps_connection(const struct http_request *r, bool http_1_0)
{
    struct str connection = http_request_header(r, "Connection");
    return http_1_0 ? lists_word(connection, STR("keep-alive"))
                    : !lists_word(connection, STR("close"));
}

int http_request_parse(struct http_request *r, const struct http_scan *s, char *bytes,
                       const char **why_out)
{
    struct str head = {bytes, s->head_bytes};
    struct str line = next_line(&head);
    r->method = method_of(str_cut(&line, ' '));
    r->target = str_cut(&line, ' ');
    read_headers(r, head, s->fields);
    char *body = bytes + s->head_bytes;
    r->body = s->chunked ? join_chunks(body) : (struct str){body, (size_t)s->body_sum};
    int rc = read_target(r, why_out);
    r->upgrade = asks_for_websocket(r);
    return rc;
}

int request_read(struct http_job *job, const char **why)
{
    struct http_request *r = &job->req;
    struct http_conn *c = job->conn;
    r->received = mono_now();
    memcpy(r->remote, c->remote, sizeof r->remote);
    int rc = http_request_parse(r, &c->scan, c->in.data, why);
    request_id(job->loop, r);
    job->http_1_0 = c->scan.http_1_0;
    job->keep = keeps_connection(r, job->http_1_0);
    return rc;
}
