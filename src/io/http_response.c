/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a struct http_response: compression, the headers every answer has, and the way
 * to the socket. Head and body go out in one call and are not copied, unless the socket takes less.
 */
#include <assert.h>
#include <stdarg.h>
#include <time.h>
#include <zlib.h>

#include "base/metrics.h"
#include "io/http_private.h"

#define GZIP_LEVEL 4
#define GZIP_WINDOW (15 + 16)

void http_response_header(struct http_response *res, struct pool *p, const char *name,
                          const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *value = strchr(fmt, '%') ? pool_vprintf(p, fmt, args) : pool_strdup(p, fmt);
    va_end(args);
    for (char *v = value; *v; v++) { /* a header cannot grow another one */
        *v = (*v < ' ' && *v >= 0 && *v != '\t') || *v == 0x7f ? ' ' : *v;
    }
    if (res->n_extra % 8 == 0) {
        struct http_header *wider = pool_calloc(p, res->n_extra + 8, sizeof *wider);
        if (res->n_extra) {
            memcpy(wider, res->extra, res->n_extra * sizeof *wider);
        }
        res->extra = wider;
    }
    res->extra[res->n_extra++] = (struct http_header){str_of(pool_strdup(p, name)), str_of(value)};
}

void response_init(struct http_job *job)
{
    struct http_loop *l = job->loop;
    job->res = (struct http_response){.status = 200};
    if (l->n_bodies) {
        job->res.body = l->bodies[--l->n_bodies];
    } else {
        buf_init(&job->res.body, l->server->config.response_max_bytes);
    }
}

void response_refuse(struct http_job *job, int code, const char *why)
{
    struct http_server *s = job->loop->server;
    struct buf body = job->res.body;
    buf_reset(&body);
    job->res = (struct http_response){.status = err_http_status(code), .body = body};
    s->app->refuse(s->app_arg, &job->req, code, why, &job->res);
}

static const char *response_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return "Other";
}

/* RFC 9110 section 12.5.3, as far as it concerns gzip. */
static bool accepts_gzip(const struct http_request *r)
{
    struct str list = http_request_header(r, "Accept-Encoding");
    bool any = false;
    for (struct str part; list.p && (part = str_cut(&list, ',')).p;) {
        struct str weight = part;
        struct str coding = str_trim(str_cut(&weight, ';'));
        double q = 1;
        weight = weight.p ? str_trim(weight) : weight;
        if (weight.p && str_starts(weight, STR("q="))) {
            struct str number = {weight.p + 2, weight.n - 2};
            if (!str_to_double(number, &q)) {
                q = 0;
            }
        }
        if (str_eq_nocase(coding, STR("gzip"))) {
            return q > 0;
        }
        any |= str_eq(coding, STR("*")) && q > 0;
    }
    return any;
}

static bool worth_compressing(const char *type)
{
    static const char *const kinds[] = {
        "text/",           "application/json", "application/problem+json", "application/javascript",
        "application/xml", "image/svg+xml"};
    for (size_t i = 0; type && i < ARRAY_SIZE(kinds); i++) {
        if (str_starts(str_of(type), str_of(kinds[i]))) {
            return true;
        }
    }
    return false;
}

/* The compressed bytes on the heap; {NULL, 0} when they would not be fewer. */
static struct str gzip(struct str in)
{
    z_stream z = {0};
    if (in.n > UINT32_MAX ||
        deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return (struct str){0};
    }
    unsigned char *out = xmalloc(in.n);
    z.next_in = (unsigned char *)(uintptr_t)in.p; /* zlib only reads it */
    z.avail_in = (unsigned)in.n;
    z.next_out = out;
    z.avail_out = (unsigned)in.n;
    int rc = deflate(&z, Z_FINISH);
    size_t n = z.total_out;
    deflateEnd(&z);
    if (rc != Z_STREAM_END) {
        free(out);
        return (struct str){0};
    }
    return (struct str){(char *)out, n};
}

/* For the rare client that wants an asset plain; stops at max_bytes. */
static struct str gunzip(struct str in, size_t max_bytes)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)in.p, .avail_in = (unsigned)in.n};
    struct buf out;
    buf_init(&out, max_bytes);
    int rc = inflateInit2(&z, GZIP_WINDOW);
    while (rc == Z_OK) {
        char *room = buf_room(&out, 65536);
        if (!room) {
            break;
        }
        z.next_out = (unsigned char *)room;
        z.avail_out = 65536;
        rc = inflate(&z, Z_NO_FLUSH);
        buf_used(&out, 65536 - z.avail_out);
    }
    inflateEnd(&z);
    if (rc != Z_STREAM_END) {
        buf_clear(&out);
        return (struct str){0};
    }
    size_t n;
    char *bytes = buf_take(&out, &n);
    return (struct str){bytes, n};
}

static void own_body(struct http_job *job, struct str body)
{
    free(job->body_owned);
    job->body = body;
    job->body_owned = (char *)(uintptr_t)body.p;
}

static void settle_asset(struct http_job *job)
{
    job->body = job->res.borrowed_body;
    job->vary = job->res.body_is_gzip;
    if (!job->res.body_is_gzip) {
        return;
    }
    if (accepts_gzip(&job->req)) {
        job->gzip = true;
        return;
    }
    struct str plain = gunzip(job->body, job->loop->server->config.response_max_bytes);
    if (plain.p) {
        own_body(job, plain);
    } else {
        response_refuse(job, ERR_INTERNAL, "the file cannot be sent without compression");
        response_settle(job);
    }
}

void response_settle(struct http_job *job)
{
    struct http_response *res = &job->res;
    size_t compress_from = job->loop->server->config.compress_from_bytes;
    if (buf_failed(&res->body)) {
        response_refuse(job, ERR_INTERNAL, "the answer is larger than this server sends");
    }
    if (res->borrowed_body.n) {
        settle_asset(job);
    } else {
        job->body = buf_str(&res->body);
    }
    if (job->gzip || !compress_from || job->body.n < compress_from ||
        !worth_compressing(res->content_type)) {
        return;
    }
    job->vary = true;
    struct str smaller = accepts_gzip(&job->req) ? gzip(job->body) : (struct str){0};
    if (smaller.p) {
        own_body(job, smaller);
        job->gzip = true;
    }
}

static void put_header(struct buf *to, struct str key, struct str value)
{
    char *at = buf_room(to, key.n + value.n + 4);
    if (at) {
        memcpy(at, key.p, key.n);
        memcpy(at + key.n, ": ", 2);
        memcpy(at + key.n + 2, value.p, value.n);
        memcpy(at + key.n + 2 + value.n, "\r\n", 2);
        buf_used(to, key.n + value.n + 4);
    }
}

/* The time as a header has it; a thread writes it once a second. */
static struct str date_now(void)
{
    static _Thread_local int64_t written_s;
    static _Thread_local char text[40];
    int64_t now_s = wall_now().us / US_PER_SECOND;
    if (written_s != now_s) {
        time_t t = (time_t)now_s;
        struct tm tm;
        gmtime_r(&t, &tm);
        evutil_date_rfc1123(text, sizeof text, &tm);
        written_s = now_s;
    }
    return str_of(text);
}

static bool has_length(const struct http_response *res)
{
    return res->status != 101 && res->status != 204 && res->status != 304;
}

/* Every header we send, in order. */
static void put_head(struct http_job *job, struct buf *to)
{
    const struct http_response *res = &job->res;
    buf_puts(to, "HTTP/1.1 ");
    buf_put_i64(to, res->status);
    buf_putc(to, ' ');
    buf_puts(to, response_reason(res->status));
    buf_puts(to, "\r\n");
    put_header(to, STR("Date"), date_now());
    if (res->content_type && (job->body.n || job->req.method == HTTP_HEAD)) {
        put_header(to, STR("Content-Type"), str_of(res->content_type));
    }
    put_header(to, STR("X-Request-Id"), str_of(job->req.id));
    if (job->vary) {
        put_header(to, STR("Vary"), STR("Accept-Encoding"));
    }
    if (job->gzip) {
        put_header(to, STR("Content-Encoding"), STR("gzip"));
    }
    for (size_t i = 0; i < res->n_extra; i++) {
        put_header(to, res->extra[i].name, res->extra[i].value);
    }
    if (res->close) {
        put_header(to, STR("Connection"), STR("close"));
    } else if (job->http_1_0) {
        put_header(to, STR("Connection"), STR("keep-alive"));
    }
    if (has_length(res)) {
        buf_puts(to, "Content-Length: ");
        buf_put_i64(to, (int64_t)job->body.n);
        buf_puts(to, "\r\n");
    }
    buf_puts(to, "\r\n");
}

static void free_body(const void *data, size_t n, void *owned)
{
    (void)data;
    (void)n;
    free(owned);
}

/* The head lives in the pool, in room that is enough for it. */
static struct str make_head(struct http_job *job)
{
    const struct http_response *res = &job->res;
    size_t room = 400 + (res->content_type ? strlen(res->content_type) : 0);
    for (size_t i = 0; i < res->n_extra; i++) {
        room += res->extra[i].name.n + res->extra[i].value.n + 4;
    }
    struct buf to = {.data = pool_alloc_raw(job->req.pool, room), .cap = room, .max = room - 1};
    put_head(job, &to);
    assert(!buf_failed(&to));
    return buf_str(&to);
}

static struct str body_of(const struct http_job *job)
{
    bool none = !has_length(&job->res) || job->req.method == HTTP_HEAD;
    return none ? STR("") : job->body;
}

bool response_try(struct http_job *job)
{
    struct http_conn *c = job->conn;
    struct str body = body_of(job);
    job->head = make_head(job);
    sock_try_fault(c);
    if (job->res.cut) {
        sock_cut(c);
    }
    ssize_t sent = sock_try(c, job->head, body);
    job->lost = sent < 0;
    job->sent = job->lost ? 0 : (size_t)sent;
    return job->sent == job->head.n + body.n;
}

/* What the socket did not take waits for it: a long body as it is, all else as a copy. */
static void keep_rest(struct http_job *job, struct str body)
{
    struct evbuffer *out = job->conn->out;
    size_t of_head = MIN_OF(job->sent, job->head.n), of_body = job->sent - of_head;
    evbuffer_add(out, job->head.p + of_head, job->head.n - of_head);
    struct str rest = {body.p + of_body, body.n - of_body};
    if (rest.n <= BODY_KEPT_BYTES) {
        evbuffer_add(out, rest.p, rest.n);
        return;
    }
    char *owned = job->body_owned;
    if (!owned && body.p == job->res.body.data) {
        owned = buf_take(&job->res.body, NULL);
    }
    job->body_owned = NULL;
    evbuffer_add_reference(out, rest.p, rest.n, free_body, owned);
}

void response_write(struct http_job *job)
{
    struct http_conn *c = job->conn;
    if (!job->head.p && response_try(job)) {
        return;
    }
    c->lost |= job->lost;
    if (!c->lost) {
        keep_rest(job, body_of(job));
        c->lost = !sock_flush(c);
    }
}

void response_done(struct http_job *job, int status, size_t bytes)
{
    struct http_server *s = job->loop->server;
    metric_add(METRIC_http_requests_total, 1);
    if (status >= 500) {
        metric_add(METRIC_http_errors_total, 1);
    } else if (status >= 400) {
        metric_add(METRIC_http_rejected_total, 1);
    }
    metric_observe_us(METRIC_http_request_seconds, mono_us_since(job->req.received));
    if (s->app->done) {
        s->app->done(s->app_arg, &job->req, status, bytes);
    }
}

void response_free(struct http_job *job)
{
    struct http_loop *l = job->loop;
    free(job->body_owned);
    struct buf *body = &job->res.body;
    if (body->cap && body->cap <= BODY_KEPT_BYTES && l->n_bodies < BODIES_KEPT) {
        buf_reset(body);
        l->bodies[l->n_bodies++] = *body;
    } else {
        buf_clear(body);
    }
    loop_pool_back(l, job->req.pool);
}

void response_sent(struct http_job *job)
{
    struct http_conn *c = job->conn;
    conn_answered(c, job->res.close || atomic_load(&job->loop->server->stopping));
    response_free(job);
    conn_continue(c);
}

void response_send(struct http_job *job)
{
    job->res.close |= !job->keep || atomic_load(&job->loop->server->stopping);
    response_write(job);
    response_done(job, job->res.status, job->body.n);
    response_sent(job);
}
