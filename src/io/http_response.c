/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a struct http_response: compression, the headers every answer has, and the way
 * to the socket. A body is never copied: libevent's buffer takes it over, or borrows it.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
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
    job->res = (struct http_response){.status = 200};
    buf_init(&job->res.body, job->loop->server->config.response_max_bytes);
}

void response_refuse(struct http_job *job, int code, const char *why)
{
    struct http_server *s = job->loop->server;
    buf_clear(&job->res.body);
    response_init(job);
    job->res.status = err_http_status(code);
    s->app->refuse(s->app_arg, &job->req, code, why, &job->res);
}

const char *response_reason(int status)
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

static void settle_file(struct http_job *job)
{
    struct stat st;
    if (fstat(job->res.file, &st) == 0) {
        job->file_size = st.st_size;
        return;
    }
    response_refuse(job, ERR_INTERNAL, "the file that was made cannot be read");
    response_settle(job);
}

static size_t bytes_of(const struct http_job *job)
{
    return job->res.in_file ? (size_t)job->file_size : job->body.n;
}

void response_settle(struct http_job *job)
{
    struct http_response *res = &job->res;
    size_t compress_from = job->loop->server->config.compress_from_bytes;
    if (buf_failed(&res->body)) {
        response_refuse(job, ERR_INTERNAL, "the answer is larger than this server sends");
    }
    if (res->in_file) {
        settle_file(job);
    } else if (res->borrowed_body.n) {
        settle_asset(job);
    } else {
        size_t n;
        char *bytes = buf_take(&res->body, &n);
        own_body(job, (struct str){bytes, n});
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

/* Every header we send, in order; fn is evhttp's list or a text. */
static void each_header(struct http_job *job, void (*fn)(void *to, const char *k, const char *v),
                        void *to)
{
    struct http_response *res = &job->res;
    if (res->content_type && (bytes_of(job) || job->req.method == HTTP_HEAD)) {
        fn(to, "Content-Type", res->content_type);
    }
    fn(to, "X-Request-Id", job->req.id);
    if (job->vary) {
        fn(to, "Vary", "Accept-Encoding");
    }
    if (job->gzip) {
        fn(to, "Content-Encoding", "gzip");
    }
    for (size_t i = 0; i < res->n_extra; i++) {
        fn(to, res->extra[i].name.p, res->extra[i].value.p);
    }
    if (res->close) {
        fn(to, "Connection", "close");
    }
}

static void to_text(void *to, const char *key, const char *value)
{
    buf_printf(to, "%s: %s\r\n", key, value);
}

/* Made once a second: evhttp's own way asks the disk for the time zone at each answer. */
static const char *date_now(struct loop *l)
{
    time_t now = time(NULL);
    if (now != l->date_of) {
        evutil_date_rfc1123(l->date, sizeof l->date, NULL);
        l->date_of = now;
    }
    return l->date;
}

void response_head(struct http_job *job, struct buf *to)
{
    buf_printf(to, "HTTP/1.1 %d %s\r\nDate: %s\r\n", job->res.status,
               response_reason(job->res.status), date_now(job->loop));
    each_header(job, to_text, to);
    if (job->res.status != 101) {
        buf_printf(to, "Content-Length: %zu\r\n", bytes_of(job));
    }
    buf_puts(to, "\r\n");
}

static void to_evhttp(void *to, const char *key, const char *value)
{
    evhttp_add_header(to, key, value);
}

static void free_body(const void *data, size_t n, void *owned)
{
    (void)data;
    (void)n;
    free(owned);
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

/*
 * An answer mostly fits into the socket's buffer, so it need not wait until the loop has been told
 * that the socket takes it. What does not fit stays with libevent, which watches the socket
 * already.
 */
static void send_at_once(struct bufferevent *bev, int fd)
{
    struct evbuffer *out = bufferevent_get_output(bev);
    evbuffer_unfreeze(out, 1);
    evbuffer_write(out, fd); /* an error shows itself again when libevent writes */
    evbuffer_freeze(out, 1);
    if (evbuffer_get_length(out) == 0) {
        bufferevent_trigger(bev, EV_WRITE, 0);
    }
}

/* libevent's descriptor is its own: it closes it once the last byte has gone. Without one the
 * answer ends short of its length, which the client sees. */
static void add_file(struct evbuffer *out, int file, size_t bytes)
{
    int own = fcntl(file, F_DUPFD_CLOEXEC, 0);
    if (own >= 0 && evbuffer_add_file(out, own, 0, (ev_off_t)bytes) < 0) {
        close(own);
    }
}

static void hand_over(struct http_job *job, struct http_conn *c)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(job->ev);
    struct bufferevent *at_once = job->from_worker && !job->loop->server->tls ? c->bev : NULL;
    evhttp_add_header(headers, "Date", date_now(job->loop));
    int status = job->res.status, fd = c->fd;
    size_t bytes = bytes_of(job);
    bool no_body = status == 204 || status == 304;
    each_header(job, to_evhttp, headers);
    if (!no_body) {
        char length[24];
        snprintf(length, sizeof length, "%zu", bytes);
        evhttp_add_header(headers, "Content-Length", length);
    }
    if (bytes && !no_body && job->req.method != HTTP_HEAD) {
        struct evbuffer *out = evhttp_request_get_output_buffer(job->ev);
        if (job->res.in_file) {
            add_file(out, job->res.file, bytes);
        } else if (evbuffer_add_reference(out, job->body.p, job->body.n, free_body,
                                          job->body_owned) == 0) {
            job->body_owned = NULL;
        }
    }
    evhttp_request_set_on_complete_cb(job->ev, conn_complete, c);
    conn_answered(c);
    /* Before the sending, which may free evhttp's request, whose headers ours borrows. */
    response_done(job, status, bytes);
    evhttp_send_reply(job->ev, status, response_reason(status), NULL);
    if (at_once) {
        send_at_once(at_once, fd);
    }
}

void response_send(struct http_job *job)
{
    struct loop *l = job->loop;
    struct http_conn *c = conn_of(l, job->ev);
    if (!c) {
        response_done(job, job->res.status, 0);
        evhttp_request_free(job->ev); /* its connection went, so it is ours */
    } else {
        job->res.close |= atomic_load(&l->server->stopping);
        conn_try_fault(c);
        if (job->res.cut) {
            conn_cut(c);
        }
        hand_over(job, c);
    }
    free(job->body_owned);
    buf_clear(&job->res.body);
    loop_pool_back(l, job->req.pool);
}
