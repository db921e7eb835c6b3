/* SPDX-License-Identifier: Apache-2.0 */
/* The toy application and the socket client of the server's tests. */
#include "http_fixture.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/metrics.h"
#include "tap.h"

/* gzip of "compressed asset", as a build step would make it */
static const char asset[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\xce\xcf\x2d\x28\x4a"
                            "\x2d\x2e\x4e\x4d\x51\x48\x04\x92\x25\x00\x6c\xfd\x26\x72\x10\x00"
                            "\x00\x00";

static pthread_mutex_t ws_lock = PTHREAD_MUTEX_INITIALIZER; /* of toy->ws */

static void ws_open(struct ws *ws, void *arg)
{
    struct toy *t = arg;
    pthread_mutex_lock(&ws_lock);
    t->opens++;
    ws_unref(&t->ws);
    t->ws = ws_ref(ws);
    pthread_mutex_unlock(&ws_lock);
}

static void ws_message(struct ws *ws, void *arg, bool is_text, struct str data)
{
    (void)arg;
    if (str_eq(data, STR("bye"))) {
        ws_close(ws, 4000, "as you wish");
    } else if (str_eq(data, STR("flood"))) {
        static char lots[65536];
        memset(lots, 'x', sizeof lots);
        for (int i = 0; i < 200; i++) {
            ws_send_binary(ws, (struct str){lots, sizeof lots});
        }
    } else {
        (is_text ? ws_send_text : ws_send_binary)(ws, data);
    }
}

static void ws_closed(struct ws *ws, void *arg)
{
    (void)ws;
    struct toy *t = arg;
    t->closes++;
    bell_ring(t->closed);
}

static const struct ws_ops echo_ops = {.open = ws_open,
                                       .message = ws_message,
                                       .closed = ws_closed,
                                       .message_max_bytes = 100000,
                                       .queue_max_bytes = 1u << 20};

static enum http_where toy_route(void *arg, struct http_request *r)
{
    (void)arg;
    return str_starts(r->path, STR("/loop")) ? HTTP_ON_LOOP : HTTP_ON_WORKER;
}

static void show(struct http_request *r, struct http_response *res)
{
    res->content_type = "text/plain";
    buf_printf(&res->body, "%s path=" STR_FMT " query=" STR_FMT " target=" STR_FMT " body=" STR_FMT,
               http_method_name(r->method), STR_ARG(r->path), STR_ARG(r->query), STR_ARG(r->target),
               STR_ARG(r->body));
}

static void toy_handle(void *arg, struct http_request *r, struct http_response *res)
{
    struct toy *t = arg;
    if (loop_here()) {
        t->loop = loop_here();
    }
    if (str_eq(r->path, STR("/ws"))) {
        res->ws = &echo_ops;
        res->ws_arg = t;
    } else if (str_eq(r->path, STR("/wait"))) {
        bell_ring(t->entered);
        bell_wait(t->leave, WAIT_MS);
        show(r, res);
    } else if (str_eq(r->path, STR("/big"))) {
        res->content_type = "application/json";
        for (int i = 0; i < 10000; i++) {
            buf_puts(&res->body, "0123456789");
        }
    } else if (str_eq(r->path, STR("/huge"))) {
        for (int i = 0; i < 3000000; i++) {
            buf_puts(&res->body, "0123456789");
        }
    } else if (str_eq(r->path, STR("/asset"))) {
        res->content_type = "text/css";
        res->borrowed_body = (struct str){asset, sizeof asset - 1};
        res->body_is_gzip = true;
    } else if (str_eq(r->path, STR("/nothing"))) {
        res->status = 204;
    } else if (str_eq(r->path, STR("/close"))) {
        show(r, res);
        res->close = true;
        http_response_header(res, r->pool, "X-Split", "a\r\nX-Evil: %d", 1);
    } else if (str_eq(r->path, STR("/from"))) {
        struct str cookie = http_request_cookie(r, "taste");
        buf_printf(&res->body, "%s cookie=" STR_FMT, r->remote, STR_ARG(cookie));
    } else {
        show(r, res);
    }
}

static void toy_done(void *arg, const struct http_request *r, int status, size_t bytes)
{
    (void)r;
    (void)bytes;
    OK(status >= 101);
    ((struct toy *)arg)->dones++;
}

static void toy_refuse(void *arg, struct http_request *r, int code, const char *why,
                       struct http_response *res)
{
    (void)arg;
    (void)r;
    res->status = err_http_status(code);
    res->content_type = "application/problem+json";
    buf_printf(&res->body, "{\"type\":\"%s\",\"detail\":\"%s\"}", err_slug(code), why);
}

void toy_start(struct toy *t, struct http_config config)
{
    static const struct http_app app = {toy_route, toy_handle, toy_done, toy_refuse};
    *t = (struct toy){.entered = bell_new(), .leave = bell_new(), .closed = bell_new()};
    config.listen = "127.0.0.1:0";
    struct err e = {0};
    int rc = http_server_new(&config, &app, t, &t->server, &e);
    if (!OK_MSG(rc == 0, "%s", err_text(&e, rc))) {
        abort();
    }
    t->port = http_server_port(t->server);
}

void toy_stop(struct toy *t, int deadline_ms)
{
    http_server_stop(&t->server, deadline_ms);
    ws_unref(&t->ws);
    bell_free(&t->entered);
    bell_free(&t->leave);
    bell_free(&t->closed);
}

int dial(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct timeval tv = {WAIT_MS / 1000, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!OK(connect(fd, (struct sockaddr *)&a, sizeof a) == 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

void hang_up(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
    *fd = -1;
}

bool say(int fd, const void *bytes, size_t n)
{
    for (const char *p = bytes; n;) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

bool say_text(int fd, const char *text)
{
    return say(fd, text, strlen(text));
}

bool take(int fd, void *to, size_t n)
{
    for (char *p = to; n;) {
        ssize_t got = recv(fd, p, n, 0);
        if (got <= 0) {
            return false;
        }
        p += got;
        n -= (size_t)got;
    }
    return true;
}

void reply_clear(struct reply *r)
{
    free(r->head);
    free(r->body);
    *r = (struct reply){0};
}

void hear_head(int fd, struct reply *r)
{
    *r = (struct reply){0};
    struct buf head;
    buf_init(&head, 1u << 20);
    char c;
    while (!str_ends(buf_str(&head), STR("\r\n\r\n")) && take(fd, &c, 1)) {
        buf_putc(&head, c);
    }
    r->head = buf_take(&head, NULL);
    int64_t status;
    if (strlen(r->head) > 12 && str_to_i64((struct str){r->head + 9, 3}, &status)) {
        r->status = (int)status;
    }
}

void hear(int fd, struct reply *r)
{
    hear_head(fd, r);
    int64_t n = 0;
    const char *length = reply_header(r, "Content-Length");
    if (length && !str_to_i64(str_of(length), &n)) {
        n = 0;
    }
    r->body = calloc((size_t)n + 1, 1);
    r->body_n = (size_t)n;
    if (!take(fd, r->body, r->body_n)) {
        r->status = 0;
    }
}

const char *reply_header(const struct reply *r, const char *name)
{
    static char value[512];
    for (struct str rest = str_of(r->head), line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        struct str text = line;
        struct str key = str_cut(&text, ':');
        if (text.p && str_eq_nocase(key, str_of(name))) {
            snprintf(value, sizeof value, STR_FMT, STR_ARG(str_trim(text)));
            return value;
        }
    }
    return NULL;
}

void ask(int port, const char *request, struct reply *r)
{
    int fd = dial(port);
    say_text(fd, request);
    hear(fd, r);
    hang_up(&fd);
}

bool closes(int fd)
{
    char bin[4096];
    ssize_t n;
    while ((n = recv(fd, bin, sizeof bin, 0)) > 0) {
    }
    return n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

bool files_settle(int at_most)
{
    for (int ms = 0; open_files() > at_most && ms < WAIT_MS; ms += 10) {
        usleep(10000);
    }
    return open_files() <= at_most;
}

bool connections_settle(void)
{
    for (int ms = 0; metric_value(METRIC_http_connections) && ms < WAIT_MS; ms += 10) {
        usleep(10000);
    }
    return metric_value(METRIC_http_connections) == 0;
}

int open_files(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (readdir(d)) {
        n++;
    }
    closedir(d);
    return n;
}

bool make_certificate(const char *dir, const char *names, char cert[], char key[], size_t n)
{
    char alt[200];
    snprintf(alt, sizeof alt, "subjectAltName=%s", names);
    snprintf(cert, n, "%s/cert.pem", dir);
    snprintf(key, n, "%s/key.pem", dir);
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 1);
        dup2(null, 2);
        execlp("openssl", "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
               "-addext", alt, "-keyout", key, "-out", cert, (char *)NULL);
        _exit(127);
    }
    int status = -1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}
