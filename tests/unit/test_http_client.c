/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client against our own server, and against sockets that misbehave on purpose. */
#include "io/http_client.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/metrics.h"
#include "http_fixture.h"
#include "tap.h"

/* A listening socket on a port of its own. */
static int open_port(int *port_out)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t n = sizeof a;
    OK(bind(fd, (struct sockaddr *)&a, n) == 0 && listen(fd, 5) == 0);
    OK(getsockname(fd, (struct sockaddr *)&a, &n) == 0);
    *port_out = ntohs(a.sin_port);
    return fd;
}

/* Answers one connection after another with what is scripted; NULL closes without an answer. */
struct script {
    int fd;
    const char *const *answers; /* up to a second NULL in a row */
    int requests;               /* seen */
    char last[4096];
    bool one_connection;
};

static bool read_request(int fd, struct script *s)
{
    size_t n = 0;
    while (n < sizeof s->last - 1) {
        ssize_t got = recv(fd, s->last + n, sizeof s->last - 1 - n, 0);
        if (got <= 0) {
            return false;
        }
        n += (size_t)got;
        s->last[n] = '\0';
        const char *end = strstr(s->last, "\r\n\r\n");
        if (end && (strncmp(s->last, "POST", 4) != 0 || end[4])) {
            s->requests++;
            return true;
        }
    }
    return false;
}

static void play(void *arg)
{
    struct script *s = arg;
    int fd = -1;
    for (const char *const *a = s->answers; *a; a++) {
        if (fd < 0) {
            fd = accept(s->fd, NULL, NULL);
        }
        if (!read_request(fd, s)) {
            break;
        }
        if (**a) {
            say_text(fd, *a);
        }
        if (!s->one_connection || !**a) {
            hang_up(&fd);
        }
    }
    hang_up(&fd);
}

struct client {
    struct http_client *http;
    struct pool *pool;
    struct err e;
    struct http_answer answer;
    char url[200];
};

static void client_start(struct client *c)
{
    setenv("no_proxy", "*", 1);
    *c = (struct client){.http = http_client_new(), .pool = pool_new()};
}

static void client_end(struct client *c)
{
    http_client_free(&c->http);
    OK(c->http == NULL);
    pool_free(&c->pool);
}

static int call(struct client *c, const char *method, int port, const char *path, struct str body)
{
    snprintf(c->url, sizeof c->url, "http://127.0.0.1:%d%s", port, path);
    struct http_call call = {.method = method,
                             .url = c->url,
                             .body = body,
                             .timeout_ms = WAIT_MS,
                             .connect_timeout_ms = WAIT_MS,
                             .answer_max_bytes = 200000};
    return http_client_call(c->http, c->pool, &call, &c->answer, &c->e);
}

TEST(requests_of_every_method_are_answered)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    struct toy t;
    struct client c;
    toy_start(&t, (struct http_config){.io_threads = 1});
    client_start(&c);
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        for (int with_body = 0; with_body < 2; with_body++) {
            char want[100];
            tap_case("%s %d", methods[i], with_body);
            EQ_INT(call(&c, methods[i], t.port, "/x?y=z", with_body ? STR("body!") : STR("")), 0);
            EQ_INT(c.answer.status, 200);
            OK(c.answer.may_have_arrived);
            EQ_INT(c.answer.retry_after_ms, -1);
            snprintf(want, sizeof want, "%s path=/x query=y=z target=/x?y=z body=%s", methods[i],
                     with_body ? "body!" : "");
            EQ_VIEW(c.answer.body, want);
        }
    }
    EQ_INT(call(&c, "HEAD", t.port, "/big", STR("")), 0);
    EQ_INT(c.answer.body.n, 0);
    EQ_INT(call(&c, "GET", t.port, "/big", STR("")), 0);
    EQ_INT(c.answer.body.n, 100000);
    EQ_INT(metric_value(METRIC_http_connections), 1); /* it was the same connection all along */
    client_end(&c);
    toy_stop(&t, 1000);
}

TEST(headers_and_passwords_are_sent)
{
    struct script s = {.answers = (const char *const[]){"HTTP/1.1 200 OK\r\n\r\nok", NULL}};
    int port;
    s.fd = open_port(&port);
    struct client c;
    client_start(&c);
    snprintf(c.url, sizeof c.url, "http://127.0.0.1:%d/a", port);
    struct thread *server = thread_start("script", play, &s);
    struct http_call call = {.method = "GET",
                             .url = c.url,
                             .basic_user = "AC1",
                             .basic_password = "secret",
                             .headers = (const char *const[]){"X-One: 1", "X-Two: 2", NULL},
                             .timeout_ms = WAIT_MS,
                             .connect_timeout_ms = WAIT_MS,
                             .answer_max_bytes = 100};
    EQ_INT(http_client_call(c.http, c.pool, &call, &c.answer, &c.e), 0);
    EQ_VIEW(c.answer.body, "ok");
    thread_join(&server);
    OK(strstr(s.last, "Authorization: Basic QUMxOnNlY3JldA==\r\n") != NULL);
    OK(strstr(s.last, "X-One: 1\r\n") && strstr(s.last, "X-Two: 2\r\n"));
    OK(strstr(s.last, "User-Agent: ava/" AVA_VERSION "\r\n") != NULL);
    close(s.fd);
    client_end(&c);
}

TEST(retry_after_is_understood)
{
    static const struct {
        const char *header;
        int64_t least, most;
    } cases[] = {{"Retry-After: 7\r\n", 7000, 7000},
                 {"Retry-After: 0\r\n", 0, 0},
                 {"retry-after:  30 \r\n", 30000, 30000},
                 {"Retry-After: Thu, 01 Jan 1970 00:00:01 GMT\r\n", 0, 0},
                 {"Retry-After: Fri, 01 Jan 2999 00:00:00 GMT\r\n", 86400000, INT64_MAX},
                 {"Retry-After: soon\r\n", -1, -1},
                 {"Retry-After: -3\r\n", -1, -1},
                 {"", -1, -1}};
    struct client c;
    client_start(&c);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%s", cases[i].header);
        char answer[200];
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 429 Slow\r\nConnection: close\r\nContent-Length: 0\r\n%s\r\n",
                 cases[i].header);
        struct script s = {.answers = (const char *const[]){answer, NULL}};
        int port;
        s.fd = open_port(&port);
        struct thread *server = thread_start("script", play, &s);
        EQ_INT(call(&c, "GET", port, "/", STR("")), 0);
        EQ_INT(c.answer.status, 429);
        OK_MSG(c.answer.retry_after_ms >= cases[i].least &&
                   c.answer.retry_after_ms <= cases[i].most,
               "%lld", (long long)c.answer.retry_after_ms);
        thread_join(&server);
        close(s.fd);
    }
    client_end(&c);
}

TEST(only_get_follows_redirects)
{
    struct toy t;
    struct client c;
    toy_start(&t, (struct http_config){.io_threads = 1});
    client_start(&c);
    for (int post = 0; post < 2; post++) {
        char answer[200];
        snprintf(answer, sizeof answer,
                 "HTTP/1.1 302 Go\r\nConnection: close\r\nContent-Length: 0\r\n"
                 "Location: http://127.0.0.1:%d/there\r\n\r\n",
                 t.port);
        struct script s = {.answers = (const char *const[]){answer, NULL}};
        int port;
        s.fd = open_port(&port);
        struct thread *server = thread_start("script", play, &s);
        EQ_INT(call(&c, post ? "POST" : "GET", port, "/", post ? STR("x") : STR("")), 0);
        EQ_INT(c.answer.status, post ? 302 : 200);
        thread_join(&server);
        close(s.fd);
    }
    struct script s = {.answers = (const char *const[]){
                           "HTTP/1.1 302 Go\r\nConnection: close\r\nContent-Length: 0\r\n"
                           "Location: file:///etc/passwd\r\n\r\n",
                           NULL}};
    int port;
    s.fd = open_port(&port);
    struct thread *server = thread_start("script", play, &s);
    EQ_INT(call(&c, "GET", port, "/", STR("")), ERR_PROVIDER);
    thread_join(&server);
    close(s.fd);
    client_end(&c);
    toy_stop(&t, 1000);
}

TEST(what_never_left_may_be_repeated)
{
    static const char *const urls[] = {"http://nobody.invalid/", "ftp://127.0.0.1/",
                                       "file:///etc/passwd", "nonsense://", ""};
    struct client c;
    client_start(&c);
    int port, fd = open_port(&port);
    close(fd); /* nobody listens there any more */
    int64_t errors = metric_value(METRIC_provider_errors_total);
    EQ_INT(call(&c, "POST", port, "/", STR("x")), ERR_PROVIDER);
    OK(!c.answer.may_have_arrived);
    OK(c.e.text[0]);
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        tap_case("%s", urls[i]);
        struct http_call bad = {.method = "POST",
                                .url = urls[i],
                                .timeout_ms = 3000,
                                .connect_timeout_ms = 3000,
                                .answer_max_bytes = 10};
        int rc = http_client_call(c.http, c.pool, &bad, &c.answer, &c.e);
        OK(rc == ERR_PROVIDER || rc == ERR_TIMEOUT);
        OK(!c.answer.may_have_arrived);
    }
    EQ_INT(metric_value(METRIC_provider_errors_total) - errors, 1 + ARRAY_SIZE(urls));
    client_end(&c);
}

TEST(what_may_have_arrived_is_said_so)
{
    struct client c;
    client_start(&c);
    struct script s = {.answers = (const char *const[]){"", NULL}};
    int port;
    s.fd = open_port(&port);
    struct thread *server = thread_start("script", play, &s);
    EQ_INT(call(&c, "POST", port, "/", STR("x")), ERR_PROVIDER); /* closed without an answer */
    OK(c.answer.may_have_arrived);
    thread_join(&server);
    EQ_INT(s.requests, 1);
    struct http_call slow = {.method = "POST",
                             .url = c.url,
                             .body = STR("x"),
                             .timeout_ms = 100, /* the socket listens but nobody answers */
                             .connect_timeout_ms = 100,
                             .answer_max_bytes = 10};
    EQ_INT(http_client_call(c.http, c.pool, &slow, &c.answer, &c.e), ERR_TIMEOUT);
    OK(c.answer.may_have_arrived);
    close(s.fd);
    client_end(&c);
}

/* libcurl alone would send the second request again over a new connection. */
TEST(a_request_is_not_repeated_behind_our_back)
{
    struct client c;
    client_start(&c);
    struct script s = {
        .answers = (const char *const[]){"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "",
                                         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", NULL},
        .one_connection = true};
    int port;
    s.fd = open_port(&port);
    struct thread *server = thread_start("script", play, &s);
    EQ_INT(call(&c, "POST", port, "/", STR("x")), 0);
    EQ_INT(call(&c, "POST", port, "/", STR("x")), ERR_PROVIDER);
    OK(c.answer.may_have_arrived);
    EQ_INT(call(&c, "POST", port, "/", STR("x")), 0); /* the next call opens a new one */
    EQ_VIEW(c.answer.body, "no");
    thread_join(&server);
    EQ_INT(s.requests, 3);
    close(s.fd);
    client_end(&c);
}

TEST(an_answer_has_a_largest_size)
{
    struct toy t;
    struct client c;
    toy_start(&t, (struct http_config){.io_threads = 1});
    client_start(&c);
    EQ_INT(call(&c, "GET", t.port, "/huge", STR("")), ERR_TOO_LARGE);
    OK(c.answer.may_have_arrived);
    EQ_INT(call(&c, "GET", t.port, "/loop", STR("")), 0); /* the client is good for more */
    client_end(&c);
    toy_stop(&t, 1000);
}

TEST(an_answer_that_does_not_say_its_length_is_cut_off_too)
{
    static char answer[3000] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    memset(answer + strlen(answer), 'x', sizeof answer - strlen(answer) - 1);
    struct client c;
    client_start(&c);
    struct script s = {.answers = (const char *const[]){answer, NULL}};
    int port;
    s.fd = open_port(&port);
    struct thread *server = thread_start("script", play, &s);
    struct http_call call = {.method = "GET",
                             .url = pool_printf(c.pool, "http://127.0.0.1:%d/", port),
                             .timeout_ms = 5000,
                             .connect_timeout_ms = 1000,
                             .answer_max_bytes = 1000};
    EQ_INT(http_client_call(c.http, c.pool, &call, &c.answer, NULL), ERR_TOO_LARGE);
    thread_join(&server);
    close(s.fd);
    client_end(&c);
}

TEST(where_an_answer_leads_can_be_told_without_going_there)
{
    struct client c;
    client_start(&c);
    struct script s = {.answers = (const char *const[]){
                           "HTTP/1.1 307 Go\r\nConnection: close\r\nContent-Length: 0\r\n"
                           "Location: /there?a=b\r\n\r\n",
                           NULL}};
    int port;
    s.fd = open_port(&port);
    struct thread *server = thread_start("script", play, &s);
    struct http_call call = {.method = "GET",
                             .url = pool_printf(c.pool, "http://127.0.0.1:%d/here", port),
                             .timeout_ms = 5000,
                             .connect_timeout_ms = 1000,
                             .answer_max_bytes = 1000,
                             .no_redirects = true};
    EQ_INT(http_client_call(c.http, c.pool, &call, &c.answer, NULL), 0);
    EQ_INT(c.answer.status, 307);
    EQ_STR(c.answer.location, pool_printf(c.pool, "http://127.0.0.1:%d/there?a=b", port));
    thread_join(&server);
    close(s.fd);
    client_end(&c);
}

/* By number, by name, with an address of another family in it, and over a kept connection. */
TEST(what_an_outsider_names_is_not_looked_for_at_home)
{
    static const char *const hosts[] = {"127.0.0.1",          "localhost",      "[::1]",
                                        "[::ffff:127.0.0.1]", "0.0.0.0",        "127.1",
                                        "2130706433",         "169.254.169.254"};
    struct toy t;
    struct client c;
    toy_start(&t, (struct http_config){.io_threads = 1});
    client_start(&c);
    EQ_INT(call(&c, "GET", t.port, "/loop", STR("")), 0);
    for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
        tap_case("%s", hosts[i]);
        struct http_call call = {
            .method = "GET",
            .url = pool_printf(c.pool, "http://%s:%d/loop", hosts[i], t.port),
            .timeout_ms = 5000,
            .connect_timeout_ms = 1000,
            .answer_max_bytes = 1000,
            .public_only = true,
        };
        EQ_INT(http_client_call(c.http, c.pool, &call, &c.answer, NULL), ERR_PROVIDER);
        OK(c.answer.not_public);
        OK(!c.answer.may_have_arrived);
    }
    EQ_INT(call(&c, "GET", t.port, "/loop", STR("")), 0); /* whom we chose ourselves we reach */
    OK(!c.answer.not_public);
    client_end(&c);
    toy_stop(&t, 1000);
}

#ifdef AVA_FAULTS
TEST(a_provider_can_be_made_to_fail)
{
    struct toy t;
    struct client c;
    toy_start(&t, (struct http_config){.io_threads = 1});
    client_start(&c);
    fault_arm(FAULT_PROVIDER, 1, false);
    EQ_INT(call(&c, "POST", t.port, "/loop", STR("x")), ERR_PROVIDER);
    OK(!c.answer.may_have_arrived);
    EQ_INT(call(&c, "POST", t.port, "/loop", STR("x")), 0);
    client_end(&c);
    toy_stop(&t, 1000);
}
#endif

int main(void)
{
    return tap_run();
}
