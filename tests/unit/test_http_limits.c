/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server under clients that are slow, greedy or up to no good. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/metrics.h"
#include "http_fixture.h"
#include "tap.h"

#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define POST "POST /loop HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define BYTES(text) text, sizeof(text) - 1

static bool is_problem(const struct reply *r)
{
    const char *type = reply_header(r, "Content-Type");
    return type && strcmp(type, "application/problem+json") == 0;
}

/* What is answered with `status` and closed; "hidden" must not be taken for a request. */
static const struct {
    const char *bytes;
    size_t n;
    int status;
} malformed[] = {
    {BYTES("\r\n\r\n"), 400},
    {BYTES("nonsense\r\n\r\n"), 400},
    {BYTES("GET /\r\n"), 400},
    {BYTES("GET\r\n\r\n"), 400},
    {BYTES("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET / HTTP/1.1 \r\n" HOST "\r\n"), 400},
    {BYTES(" GET / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET /a b HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET //a HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET /\x01 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET /%00 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET /%ff HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET /\xc3 HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET http://[::1/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET http://a:99999/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET http://a:b/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET http://a%zz/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET http://a@b/ HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET / HTTP/0.9\r\n\r\n"), 400},
    {BYTES("GET / HTTP/2.0\r\n" HOST "\r\n"), 400},
    {BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 405},
    {BYTES("GET / HTTP/11\r\n" HOST "\r\n"), 400},
    {BYTES("GET / http/1.1\r\n" HOST "\r\n"), 400},
    {BYTES("GET / HTTP/1.1\n" HOST "\n"), 400},
    {BYTES("get / HTTP/1.1\r\n" HOST "\r\n"), 405},
    {BYTES("BREW / HTTP/1.1\r\n" HOST "\r\n"), 405},
    {BYTES("TRACE / HTTP/1.1\r\n" HOST "\r\n"), 405},
    {BYTES("CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n"), 405},
    {BYTES("G\xc3\x89T / HTTP/1.1\r\n" HOST "\r\n"), 400},
    {BYTES(GET "\r\n"), 400},
    {BYTES(GET HOST "Host: b\r\n\r\n"), 400},
    {BYTES(GET HOST "no colon\r\n\r\n"), 400},
    {BYTES(GET HOST ": no name\r\n\r\n"), 400},
    {BYTES(GET HOST "Blank : before the colon\r\n\r\n"), 400},
    {BYTES(GET HOST " folded: first\r\n\r\n"), 400},
    {BYTES(GET HOST "X: a\r\n folded\r\n\r\n"), 400},
    {BYTES(GET HOST "X: a\rb\r\n\r\n"), 400},
    {BYTES(GET HOST "X: a\nY: b\r\n\r\n"), 400},
    {BYTES(GET HOST "X: a\0b\r\n\r\n"), 400},
    {BYTES(GET HOST "X\0: b\r\n\r\n"), 400},
    {BYTES(GET HOST "X: \x1b[2J\r\n\r\n"), 400},
    {BYTES("HEAD / HTTP/1.1\r\n" HOST "Content-Length: 23\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n"),
     400},
    {BYTES(POST "Content-Length: 6\r\nContent-Length: 5\r\n\r\nGET /hidden"), 400},
    {BYTES(POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), 400},
    {BYTES(POST "Content-Length: 5, 5\r\n\r\nhello"), 400},
    {BYTES(POST "Content-Length: +5\r\n\r\nhello"), 400},
    {BYTES(POST "Content-Length: -5\r\n\r\nhello"), 400},
    {BYTES(POST "Content-Length: 0x5\r\n\r\nhello"), 400},
    {BYTES(POST "Content-Length: 5 5\r\n\r\nhello"), 400},
    {BYTES(POST "Content-Length:\r\n\r\nhello"), 400},
    {BYTES(POST "Content-Length: 99999999999999999999\r\n\r\nhello"), 400},
    {BYTES(POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden"),
     400},
    {BYTES(POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"), 400},
    {BYTES(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), 400},
    {BYTES(POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), 400},
    {BYTES(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
    {BYTES(POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 400},
    {BYTES(POST "Transfer-Encoding:\x0b"
                "chunked\r\n\r\n0\r\n\r\n"),
     400},
    {BYTES("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400},
    {BYTES(POST "Expect: the-unexpected\r\nContent-Length: 1\r\n\r\nx"), 400},
    {BYTES(CHUNKED "5\r\nhelloX\r\n0\r\n\r\n"), 400},
    {BYTES(CHUNKED "5;a=b\r\nhello\r\n0\r\n\r\n"), 400},
    {BYTES(CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"), 400},
    {BYTES(CHUNKED "\r\nhello\r\n0\r\n\r\n"), 400},
    {BYTES(CHUNKED "fffffffffffffffff\r\nhello"), 400},
    {BYTES(CHUNKED "ffffffff\r\nhello"), 413},
    {BYTES(CHUNKED "5\nhello\n0\n\n"), 400},
    {BYTES(CHUNKED "0\r\nHost: b\r\n\r\n"), 400},
    {BYTES(CHUNKED "0\r\nGET /hidden HTTP/1.1\r\n\r\n"), 400},
    {BYTES(POST "Content-Length: 2000\r\n\r\n"), 413},
    {BYTES(POST "Expect: 100-continue\r\nContent-Length: 2000\r\n\r\n"), 413},
};

TEST(malformed_requests_are_refused_and_the_connection_closed)
{
    struct toy t;
    toy_start(&t, (struct http_config){
                      .io_threads = 1, .body_max_bytes = 1000, .header_max_bytes = 4000});
    for (size_t i = 0; i < ARRAY_SIZE(malformed); i++) {
        tap_case("%zu %s", i, malformed[i].bytes);
        int fd = dial(t.port);
        say(fd, malformed[i].bytes, malformed[i].n);
        struct reply r;
        hear(fd, &r);
        EQ_INT(r.status, malformed[i].status);
        OK(is_problem(&r));
        OK(reply_header(&r, "X-Request-Id") != NULL);
        EQ_STR(reply_header(&r, "Connection"), "close");
        reply_clear(&r);
        hear(fd, &r);
        EQ_INT(r.status, 0); /* nothing hidden in it was answered */
        reply_clear(&r);
        hang_up(&fd);
    }
    toy_stop(&t, 1000);
}

TEST(what_came_before_the_fault_is_answered_first)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int fd = dial(t.port);
    say_text(fd, "GET /wait HTTP/1.1\r\n" HOST "\r\nGET /loop HTTP/1.1\r\n" HOST "\r\n"
                 "GET /\x02hidden HTTP/1.1\r\n" HOST "\r\nGET /loop HTTP/1.1\r\n" HOST "\r\n");
    OK(bell_wait(t.entered, WAIT_MS));
    say_text(fd, "GET /loop HTTP/1.1\r\n" HOST "\r\n");
    bell_ring(t.leave);
    static const int want[] = {200, 200, 400, 0};
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        struct reply r;
        hear(fd, &r);
        EQ_INT(r.status, want[i]);
        reply_clear(&r);
    }
    hang_up(&fd);
    toy_stop(&t, 1000);
}

TEST(a_flood_of_headers_is_refused)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .header_max_bytes = 8000});
    for (int kind = 0; kind < 3; kind++) {
        tap_case("%d", kind);
        struct buf flood;
        buf_init(&flood, 1u << 20);
        buf_puts(&flood, kind == 2 ? "GET /" : GET HOST "X: ");
        for (int i = 0; i < 1000; i++) {
            buf_puts(&flood, kind == 0 ? "aaaaaaaaaa" : kind == 1 ? "a\r\nX: " : "aaaaaaaaaa");
        }
        int fd = dial(t.port);
        say(fd, flood.data, flood.len);
        struct reply r;
        hear(fd, &r);
        EQ_INT(r.status, 431);
        OK(is_problem(&r));
        OK(closes(fd));
        reply_clear(&r);
        hang_up(&fd);
        buf_clear(&flood);
    }
    toy_stop(&t, 1000);
}

TEST(a_large_body_is_refused_while_the_client_still_sends)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .body_max_bytes = 10000});
    static char lots[1 << 20];
    memset(lots, 'x', sizeof lots);
    static const char *const heads[] = {POST "Content-Length: 1048576\r\n\r\n",
                                        CHUNKED "100000\r\n", CHUNKED "2000\r\n"};
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
        int fd = dial(t.port);
        say_text(fd, heads[i]);
        say(fd, lots, sizeof lots); /* reads the answer only after all of it, as many do */
        struct reply r;
        hear(fd, &r);
        EQ_INT(r.status, i == 2 ? 400 : 413);
        reply_clear(&r);
        hang_up(&fd);
    }
    int fd = dial(t.port);
    struct reply r;
    say_text(fd, POST "Content-Length: 10000\r\n\r\n");
    say(fd, lots, 10000); /* the limit itself is not too much */
    hear(fd, &r);
    EQ_INT(r.status, 200);
    reply_clear(&r);
    hang_up(&fd);
    toy_stop(&t, 1000);
}

/* Lines that are all different, so that what is lost or twice shows. */
static char *numbered(size_t *n_out)
{
    struct buf b;
    buf_init(&b, 8u << 20);
    for (int i = 0; b.len < (3u << 20); i++) {
        buf_printf(&b, "%d of the body\n", i);
    }
    *n_out = b.len;
    return b.data;
}

static bool echoes(const struct reply *r, const char *body, size_t n)
{
    return r->status == 200 && r->body_n > n && memcmp(r->body + r->body_n - n, body, n) == 0;
}

TEST(a_large_body_is_what_was_sent_wherever_it_was_kept)
{
    static const char *const spools[] = {NULL, "/nowhere/at/all"}; /* in a file; in memory */
    size_t n;
    char *body = numbered(&n);
    for (size_t i = 0; i < ARRAY_SIZE(spools); i++) {
        struct toy t;
        toy_start(&t, (struct http_config){.io_threads = 1,
                                           .body_max_bytes = 10000,
                                           .large_path = "/work",
                                           .large_max_bytes = 4u << 20,
                                           .response_max_bytes = 8u << 20,
                                           .spool = spools[i]});
        int before = open_files(), fd = dial(t.port);
        struct reply r;
        for (int turn = 0; turn < 2; turn++) { /* all at once, with the next request behind it */
            char head[200];
            snprintf(head, sizeof head,
                     "POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", n);
            say_text(fd, head);
            say(fd, body, n);
            say_text(fd, POST "Content-Length: 5\r\n\r\nafter");
            tap_case("spool %zu, %d", i, turn);
            hear(fd, &r);
            OK(echoes(&r, body, n));
            reply_clear(&r);
            hear(fd, &r);
            OK(echoes(&r, "after", 5));
            reply_clear(&r);
        }
        say_text(fd, "POST /work HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
        say(fd, body, 2000000); /* and is gone */
        hang_up(&fd);
        OK(files_settle(before));
        toy_stop(&t, 1000);
    }
    free(body);
}

/* The same in chunks of that size. */
static void say_chunks(int fd, const char *body, size_t n, size_t each)
{
    struct buf out;
    buf_init(&out, n + (n / each + 2) * 12);
    for (size_t i = 0; i < n; i += each) {
        size_t some = n - i < each ? n - i : each;
        buf_printf(&out, "%zx\r\n", some);
        buf_add(&out, body + i, some);
        buf_puts(&out, "\r\n");
    }
    buf_puts(&out, "0\r\n\r\n");
    say(fd, out.data, out.len);
    buf_clear(&out);
}

TEST(chunks_come_together_wherever_they_are_kept)
{
    static const char *const paths[] = {"/work", "/loop"}; /* in a file; in memory */
    static const size_t sizes[] = {1, 7, 4096, 4097, 100000};
    size_t n;
    char *body = numbered(&n);
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1,
                                       .body_max_bytes = 200000,
                                       .large_path = "/work",
                                       .large_max_bytes = 4u << 20,
                                       .response_max_bytes = 8u << 20});
    int before = open_files(), fd = dial(t.port);
    for (size_t i = 0; i < ARRAY_SIZE(paths) * ARRAY_SIZE(sizes); i++) {
        size_t size = sizes[i / 2], some = i % 2 || size < 1000 ? 100000 : n;
        struct reply r;
        char head[200];
        snprintf(head, sizeof head,
                 "POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", paths[i % 2]);
        tap_case("%s by %zu", paths[i % 2], size);
        say_text(fd, POST "Content-Length: 6\r\n\r\nbefore"); /* all at once */
        say_text(fd, head);
        say_chunks(fd, body, some, size);
        say_text(fd, head);
        say_text(fd, "5\r\nafter\r\n0\r\n\r\n");
        hear(fd, &r);
        OK(echoes(&r, "before", 6));
        reply_clear(&r);
        hear(fd, &r);
        OK(echoes(&r, body, some));
        reply_clear(&r);
        hear(fd, &r);
        OK(echoes(&r, "after", 5));
        reply_clear(&r);
    }
    say_text(fd, "POST /work HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf");
    hang_up(&fd);
    OK(files_settle(before));
    toy_stop(&t, 1000);
    free(body);
}

TEST(continue_is_said_when_it_is_asked_for)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int fd = dial(t.port);
    say_text(fd, POST "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    struct reply r;
    hear_head(fd, &r);
    EQ_INT(r.status, 100);
    reply_clear(&r);
    say_text(fd, "hello");
    hear(fd, &r);
    EQ_INT(r.status, 200);
    OK(r.body && strstr(r.body, "body=hello"));
    reply_clear(&r);
    hang_up(&fd);
    toy_stop(&t, 1000);
}

TEST(a_slow_request_is_given_up)
{
    static const char *const beginnings[] = {
        "G", GET, GET HOST "X: ", POST "Content-Length: 9\r\n\r\nab", CHUNKED "5\r\nhel"};
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .request_ms = 150});
    int64_t before = metric_value(METRIC_http_slow_closed_total);
    int fds[ARRAY_SIZE(beginnings)];
    for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
        fds[i] = dial(t.port);
        say_text(fds[i], beginnings[i]);
    }
    for (int i = 0; i < 30 && say_text(fds[2], "x"); i++) {
        usleep(10000); /* a byte now and then does not help */
    }
    for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
        tap_case("%zu", i);
        struct reply r;
        hear(fds[i], &r);
        OK_MSG(r.status == 408 || (i == 2 && r.status == 0), "%d", r.status);
        OK(closes(fds[i]));
        reply_clear(&r);
        hang_up(&fds[i]);
    }
    EQ_INT(metric_value(METRIC_http_slow_closed_total) - before, ARRAY_SIZE(beginnings));
    toy_stop(&t, 1000);
}

TEST(an_idle_connection_is_closed)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .idle_ms = 150});
    int silent = dial(t.port), used = dial(t.port);
    struct reply r;
    say_text(used, GET HOST "\r\n");
    hear(used, &r);
    EQ_INT(r.status, 200);
    reply_clear(&r);
    OK(closes(silent) && closes(used));
    hang_up(&silent);
    hang_up(&used);
    toy_stop(&t, 1000);
}

TEST(a_client_that_does_not_read_is_closed)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .idle_ms = 300});
    int fd = dial(t.port), small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    say_text(fd, "GET /huge HTTP/1.1\r\n" HOST "\r\n");
    OK(connections_settle());
    hang_up(&fd);
    toy_stop(&t, 1000);
}

TEST(an_address_has_its_share_of_connections)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2, .connections_per_address = 5});
    int fds[8], answered = 0;
    for (int round = 0; round < 2; round++) { /* the second: those that ended count no more */
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
            fds[i] = dial(t.port);
            say_text(fds[i], GET HOST "\r\n");
            struct reply r;
            hear(fds[i], &r);
            answered += r.status == 200;
            reply_clear(&r);
        }
        EQ_INT(answered, 5 * (round + 1));
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
            hang_up(&fds[i]);
        }
        OK(connections_settle());
    }
    toy_stop(&t, 1000);
}

TEST(there_are_so_many_connections_at_most)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2, .connections_max = 4});
    int fds[8], answered = 0;
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        fds[i] = dial(t.port);
        say_text(fds[i], GET HOST "\r\n");
        struct reply r;
        hear(fds[i], &r);
        answered += r.status == 200;
        reply_clear(&r);
    }
    EQ_INT(answered, 4);
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        hang_up(&fds[i]);
    }
    toy_stop(&t, 1000);
}

int main(void)
{
    return tap_run();
}
