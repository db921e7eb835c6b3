/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server as a client sees it: requests, answers, connections, its end. */
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/err.h"
#include "base/metrics.h"
#include "http_fixture.h"
#include "tap.h"

#define HOST "Host: a\r\n"

static bool body_has(const struct reply *r, const char *text)
{
    return r->body && strstr(r->body, text);
}

TEST(requests_are_read_and_answered)
{
    static const struct {
        const char *request;
        int status;
        const char *body;
    } cases[] = {
        {"GET /loop HTTP/1.1\r\n" HOST "\r\n", 200, "GET path=/loop query= target=/loop body="},
        {"GET /work HTTP/1.1\r\n" HOST "\r\n", 200, "GET path=/work query= target=/work body="},
        {"GET /a%20b%c3%a9?x=%20&y HTTP/1.1\r\n" HOST "\r\n", 200,
         "GET path=/a b\xc3\xa9 query=x=%20&y target=/a%20b%c3%a9?x=%20&y body="},
        {"POST /loop HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 200,
         "POST path=/loop query= target=/loop body=hello"},
        {"PUT /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
         "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
         200, "PUT path=/x query= target=/x body=hello world"},
        {"PATCH /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 200, "PATCH path=/x "},
        {"DELETE /x HTTP/1.1\r\n" HOST "\r\n", 200, "DELETE path=/x "},
        {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 200, "OPTIONS path=* "},
        {"GET http://a.example/b?c HTTP/1.1\r\n" HOST "\r\n", 200,
         "GET path=/b query=c target=http://a.example/b?c"},
        {"GET http://a.example?c HTTP/1.1\r\n" HOST "\r\n", 200, "GET path=/ query=c "},
        {"GET /x HTTP/1.0\r\n\r\n", 200, "GET path=/x "},
        {"GET /from HTTP/1.1\r\n" HOST "Cookie: a=b; taste=sweet=1;c=d\r\n\r\n", 200,
         "127.0.0.1 cookie=sweet=1"},
    };
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%zu", i);
        struct reply r;
        ask(t.port, cases[i].request, &r);
        EQ_INT(r.status, cases[i].status);
        OK_MSG(body_has(&r, cases[i].body), "%s", r.body ? r.body : "no body");
        OK(reply_header(&r, "X-Request-Id") != NULL);
        reply_clear(&r);
    }
    toy_stop(&t, 1000);
}

TEST(a_connection_is_kept_and_requests_may_be_pipelined)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int fd = dial(t.port);
    for (int i = 0; i < 20; i++) {
        char request[100];
        snprintf(request, sizeof request, "GET /%s%d HTTP/1.1\r\n" HOST "\r\n",
                 i % 2 ? "loop" : "work", i);
        say_text(fd, request);
        struct reply r;
        hear(fd, &r);
        EQ_INT(r.status, 200);
        reply_clear(&r);
    }
    struct buf many;
    buf_init(&many, 1u << 20);
    for (int i = 0; i < 300; i++) {
        buf_printf(&many, "POST /%s%d HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc",
                   i % 2 ? "loop" : "work", i);
    }
    OK(say(fd, many.data, many.len));
    buf_clear(&many);
    for (int i = 0; i < 300; i++) {
        struct reply r;
        char want[40];
        hear(fd, &r);
        snprintf(want, sizeof want, "POST path=/%s%d ", i % 2 ? "loop" : "work", i);
        if (!OK_MSG(r.status == 200 && body_has(&r, want), "%d: %d", i, r.status)) {
            reply_clear(&r);
            break;
        }
        reply_clear(&r);
    }
    hang_up(&fd);
    toy_stop(&t, 1000);
    EQ_INT(metric_value(METRIC_http_connections), 0);
    EQ_INT(metric_value(METRIC_worker_queue_depth), 0);
}

TEST(connections_end_when_they_should)
{
    static const char *const requests[] = {
        "GET /loop HTTP/1.0\r\n\r\n",
        "GET /loop HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
        "GET /close HTTP/1.1\r\n" HOST "\r\n",
    };
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    struct reply r;
    for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
        tap_case("%zu", i);
        int fd = dial(t.port);
        say_text(fd, requests[i]);
        hear_head(fd, &r);
        EQ_INT(r.status, 200);
        OK(i == 0 || reply_header(&r, "Connection") != NULL);
        OK(reply_header(&r, "X-Evil") == NULL);
        reply_clear(&r);
        OK(closes(fd));
        hang_up(&fd);
    }
    int fd = dial(t.port);
    for (int i = 0; i < 2; i++) {
        say_text(fd, "GET /loop HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        hear(fd, &r);
        EQ_INT(r.status, 200);
        reply_clear(&r);
    }
    hang_up(&fd);
    toy_stop(&t, 1000);
}

TEST(head_has_the_headers_of_get_and_no_body)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    int fd = dial(t.port);
    struct reply r;
    say_text(fd, "HEAD /big HTTP/1.1\r\n" HOST "\r\nGET /nothing HTTP/1.1\r\n" HOST "\r\n");
    hear_head(fd, &r);
    EQ_INT(r.status, 200);
    EQ_STR(reply_header(&r, "Content-Length"), "100000");
    EQ_STR(reply_header(&r, "Content-Type"), "application/json");
    reply_clear(&r);
    hear(fd, &r);
    EQ_INT(r.status, 204);
    OK(reply_header(&r, "Content-Type") == NULL);
    reply_clear(&r);
    hang_up(&fd);
    toy_stop(&t, 1000);
}

TEST(a_request_id_is_taken_over_when_it_is_fit)
{
    static const struct {
        const char *given;
        bool taken;
    } ids[] = {{"abc-1.2_X", true},
               {"a b", false},
               {"a\"b", false},
               {"0123456789012345678901234567890123456789012345678901234567890123", true},
               {"01234567890123456789012345678901234567890123456789012345678901234", false}};
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        char request[200];
        snprintf(request, sizeof request, "GET /loop HTTP/1.1\r\n" HOST "X-Request-Id: %s\r\n\r\n",
                 ids[i].given);
        struct reply r;
        ask(t.port, request, &r);
        const char *id = reply_header(&r, "X-Request-Id");
        OK(id && (strcmp(id, ids[i].given) == 0) == ids[i].taken);
        OK(id && strlen(id) >= 1);
        reply_clear(&r);
    }
    toy_stop(&t, 1000);
}

static bool unpacks_to(const struct reply *r, size_t n)
{
    char out[200000];
    z_stream z = {.next_in = (unsigned char *)r->body,
                  .avail_in = (unsigned)r->body_n,
                  .next_out = (unsigned char *)out,
                  .avail_out = sizeof out};
    bool good = inflateInit2(&z, 31) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END;
    good &= z.total_out == n;
    inflateEnd(&z);
    return good;
}

TEST(large_texts_are_compressed_for_those_who_accept_it)
{
    static const struct {
        const char *path, *accept;
        bool gzip, vary;
        size_t plain;
    } cases[] = {
        {"/big", "gzip, deflate", true, true, 100000},
        {"/big", "br;q=1, GZIP;q=0.5", true, true, 100000},
        {"/big", "*", true, true, 100000},
        {"/big", "gzip;q=0", false, true, 100000},
        {"/big", "identity", false, true, 100000},
        {"/loop", "gzip", false, false, 0},
        {"/asset", "gzip", true, true, 16},
        {"/asset", "identity", false, true, 16},
    };
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .compress_from_bytes = 1000});
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%s %s", cases[i].path, cases[i].accept);
        char request[200];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "Accept-Encoding: %s\r\n\r\n",
                 cases[i].path, cases[i].accept);
        struct reply r;
        ask(t.port, request, &r);
        EQ_INT(r.status, 200);
        EQ_STR(reply_header(&r, "Content-Encoding"), cases[i].gzip ? "gzip" : NULL);
        EQ_STR(reply_header(&r, "Vary"), cases[i].vary ? "Accept-Encoding" : NULL);
        if (cases[i].gzip) {
            OK(unpacks_to(&r, cases[i].plain));
        } else if (cases[i].plain) {
            EQ_INT(r.body_n, cases[i].plain);
        }
        reply_clear(&r);
    }
    toy_stop(&t, 1000);
}

TEST(an_answer_that_is_too_large_is_an_error_of_ours)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .response_max_bytes = 1u << 20});
    struct reply r;
    ask(t.port, "GET /huge HTTP/1.1\r\n" HOST "\r\n", &r);
    EQ_INT(r.status, 500);
    OK(body_has(&r, "internal"));
    reply_clear(&r);
    toy_stop(&t, 1000);
}

TEST(large_answers_arrive_whole)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    struct reply r;
    ask(t.port, "GET /huge HTTP/1.1\r\n" HOST "\r\n", &r);
    EQ_INT(r.status, 200);
    EQ_INT(r.body_n, 30000000);
    OK(r.status && r.body[29999999] == '9');
    reply_clear(&r);
    toy_stop(&t, 1000);
}

TEST(a_client_that_leaves_is_survived)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1, .workers = 2});
    for (int i = 0; i < 20; i++) {
        int fd = dial(t.port);
        say_text(fd, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
        OK(bell_wait(t.entered, WAIT_MS));
        struct {
            int on, seconds;
        } abort_it = {1, 0};
        if (i % 2) { /* with a reset, which is what a crash looks like */
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof abort_it);
        }
        hang_up(&fd);
        bell_ring(t.leave);
    }
    for (int i = 0; i < 20; i++) {
        int fd = dial(t.port);
        say_text(fd, "GET /huge HTTP/1.1\r\n" HOST "\r\n");
        hang_up(&fd);
    }
    struct reply r;
    ask(t.port, "GET /loop HTTP/1.1\r\n" HOST "\r\n", &r);
    EQ_INT(r.status, 200);
    reply_clear(&r);
    toy_stop(&t, WAIT_MS);
    EQ_INT(t.dones, 41);
    EQ_INT(metric_value(METRIC_http_connections), 0);
}

TEST(many_short_connections_leave_nothing_behind)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    struct reply r;
    ask(t.port, "GET /loop HTTP/1.1\r\n" HOST "\r\n", &r);
    reply_clear(&r);
    int before = open_files();
    for (int i = 0; i < 2000; i++) {
        ask(t.port,
            i % 3 == 0   ? "GET /loop HTTP/1.1\r\n" HOST "\r\n"
            : i % 3 == 1 ? "GET /loop HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
                         : "nonsense\r\n\r\n",
            &r);
        if (r.status != (i % 3 == 2 ? 400 : 200)) {
            EQ_INT(r.status, i);
        }
        reply_clear(&r);
    }
    OK_MSG(files_settle(before), "%d descriptors before, %d after", before, open_files());
    toy_stop(&t, 1000);
    OK(open_files() < before);
}

static void *stop_soon(void *arg)
{
    struct toy *t = arg;
    http_server_stop(&t->server, WAIT_MS);
    return NULL;
}

TEST(stopping_lets_a_request_finish)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    int busy = dial(t.port), idle = dial(t.port), half = dial(t.port);
    struct reply r;
    say_text(idle, "GET /loop HTTP/1.1\r\n" HOST "\r\n");
    hear(idle, &r);
    reply_clear(&r);
    say_text(busy, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    say_text(half, "POST /loop HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nha");
    OK(bell_wait(t.entered, WAIT_MS));
    usleep(50000); /* the half request has begun to arrive */
    pthread_t stopper;
    pthread_create(&stopper, NULL, stop_soon, &t);
    OK(closes(idle));
    bell_ring(t.leave);
    hear(busy, &r);
    EQ_INT(r.status, 200);
    EQ_STR(reply_header(&r, "Connection"), "close");
    reply_clear(&r);
    say_text(half, "lf");
    hear(half, &r);
    EQ_INT(r.status, 200);
    OK(body_has(&r, "body=half"));
    reply_clear(&r);
    OK(closes(busy) && closes(half));
    pthread_join(stopper, NULL);
    hang_up(&busy);
    hang_up(&idle);
    hang_up(&half);
    toy_stop(&t, 0);
}

TEST(stopping_does_not_wait_beyond_its_deadline)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    int half = dial(t.port), busy = dial(t.port);
    say_text(half, "POST /loop HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nha");
    say_text(busy, "GET /wait HTTP/1.1\r\n" HOST "\r\n");
    OK(bell_wait(t.entered, WAIT_MS));
    bell_ring(t.leave); /* its answer may or may not be sent in time: neither may crash */
    struct mono begin = mono_now();
    toy_stop(&t, 0);
    OK(mono_us_since(begin) < WAIT_MS * 1000LL);
    OK(closes(half) && closes(busy));
    hang_up(&half);
    hang_up(&busy);
}

TEST(a_port_in_use_is_said_so)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    char listen[40];
    snprintf(listen, sizeof listen, "127.0.0.1:%d", t.port);
    struct http_config config = {.listen = listen};
    struct http_server *second = NULL;
    struct http_app app = {0};
    struct err e = {0};
    EQ_INT(http_server_new(&config, &app, NULL, &second, &e), ERR_IO);
    OK_MSG(strstr(e.text, listen) && strstr(e.text, "another server"), "%s", e.text);
    OK(second == NULL);
    static const char *const wrong[] = {"nonsense", "127.0.0.1:", "127.0.0.1:99999", ""};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        config.listen = wrong[i];
        EQ_INT(http_server_new(&config, &app, NULL, &second, &e), ERR_CONFIG);
    }
    config.listen = "192.0.2.1:0"; /* nobody's address here */
    EQ_INT(http_server_new(&config, &app, NULL, &second, &e), ERR_IO);
    toy_stop(&t, 1000);
}

int main(void)
{
    return tap_run();
}
