/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server as a whole: its listening socket, TLS, loops and workers, and the way of a request
 * from a loop to a worker and back.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netdb.h>
#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metrics.h"
#include "io/http_private.h"

#define BACKLOG 1024
#define INPUT_MAX_LEAST (64u << 20)
#define INPUT_MAX_BODIES 8

static void on_answer(struct loop_task *t)
{
    struct http_job *job = (struct http_job *)(void *)((char *)t - offsetof(struct http_job, task));
    if (!job->res.ws) {
        response_send(job);
        return;
    }
    struct http_conn *c = conn_of(job->loop, job->ev);
    if (c && !atomic_load(&job->loop->server->stopping)) {
        ws_accept(job, c);
        return;
    }
    ws_give_up(job);
    response_refuse(job, ERR_UNAVAILABLE, "the server is going down; try again");
    response_settle(job);
    response_send(job);
}

/* handle() and what follows it, but for the sending. */
static void answer(struct http_job *job)
{
    struct http_server *s = job->loop->server;
    s->app->handle(s->app_arg, &job->req, &job->res);
    if (job->res.ws && !job->req.upgrade) {
        response_refuse(job, ERR_MALFORMED, "this address speaks WebSocket, version 13, only");
        job->res.status = 426;
        http_response_header(&job->res, job->req.pool, "Upgrade", "websocket");
        http_response_header(&job->res, job->req.pool, "Sec-WebSocket-Version", "13");
    }
    if (!job->res.ws) {
        response_settle(job);
    }
}

static void answer_on_worker(void *arg)
{
    struct http_job *job = arg;
    metric_add(METRIC_worker_queue_depth, -1);
    answer(job);
    job->from_worker = true;
    loop_post(job->loop, &job->task);
}

static void dispatch(struct http_server *s, struct http_job *job, enum http_where where)
{
    if (where == HTTP_ON_LOOP) {
        answer(job);
        on_answer(&job->task);
        return;
    }
    metric_add(METRIC_worker_queue_depth, 1);
    workers_run(where == HTTP_ON_WAITER ? s->waiters : s->workers, answer_on_worker, job);
}

/* evhttp has a complete request. */
void server_request(struct evhttp_request *ev, void *arg)
{
    struct loop *l = arg;
    struct http_server *s = l->server;
    struct http_conn *c = conn_of(l, ev);
    struct pool *p = loop_pool(l);
    struct http_job *job = pool_alloc(p, sizeof *job);
    job->loop = l;
    job->ev = ev;
    job->req.pool = p;
    job->task.run = on_answer;
    c->in_hand = true;
    response_init(job);
    const char *why = NULL;
    int rc = request_read(job, c, &why);
    if (!rc && c->scan.complete <= c->served) { /* the two readers disagree: trust neither */
        rc = ERR_MALFORMED;
        why = "the request could not be read";
    }
    if (rc) {
        response_refuse(job, rc, why);
        job->res.close = true;
        response_settle(job);
        response_send(job);
    } else {
        dispatch(s, job, s->app->route(s->app_arg, &job->req));
    }
}

static int or_default(int value, int otherwise)
{
    return value > 0 ? value : otherwise;
}

static size_t size_or_default(size_t value, size_t otherwise)
{
    return value ? value : otherwise;
}

static void fill_config(struct http_config *c)
{
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    c->io_threads = or_default(c->io_threads, MAX_OF(cores, 1));
    c->workers = or_default(c->workers, MAX_OF(cores * 2, 4));
    c->waiters = or_default(c->waiters, MAX_OF(cores * 8, 32));
    c->header_max_bytes = size_or_default(c->header_max_bytes, 32768);
    c->body_max_bytes = size_or_default(c->body_max_bytes, 1u << 20);
    c->response_max_bytes = size_or_default(c->response_max_bytes, 64u << 20);
    c->request_ms = or_default(c->request_ms, 15000);
    c->idle_ms = or_default(c->idle_ms, 75000);
    c->connections_max = or_default(c->connections_max, 4096);
    c->connections_per_address = or_default(c->connections_per_address, 256);
    c->ws_ping_ms = or_default(c->ws_ping_ms, 30000);
}

/* "127.0.0.1:8000", "[::1]:8000", ":8000" and "*:8000" for every address. */
static int split_address(const char *listen, char host[256], char port[8], struct err *e)
{
    const char *colon = strrchr(listen, ':');
    size_t n = colon ? (size_t)(colon - listen) : 0;
    int64_t number;
    if (!colon || n > 255 || !str_to_i64(str_of(colon + 1), &number) || number < 0 ||
        number > 65535) {
        return err_set(e, ERR_CONFIG, "listen must be address:port, such as 127.0.0.1:8000");
    }
    snprintf(port, 8, "%d", (int)number);
    if (n >= 2 && listen[0] == '[' && listen[n - 1] == ']') {
        listen++;
        n -= 2;
    }
    snprintf(host, 256, "%.*s", (int)n, listen);
    if (strcmp(host, "*") == 0) {
        host[0] = '\0';
    }
    return 0;
}

/* 0, or errno. */
static int bind_to(const struct addrinfo *a, int *fd_out)
{
    int on = 1;
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return errno;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, BACKLOG)) {
        int error = errno;
        close(fd);
        return error;
    }
    *fd_out = fd;
    return 0;
}

static int port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    char port[8] = "";
    int64_t number = 0;
    if (getsockname(fd, (struct sockaddr *)&a, &n) ||
        getnameinfo((struct sockaddr *)&a, n, NULL, 0, port, sizeof port, NI_NUMERICSERV) ||
        !str_to_i64(str_of(port), &number)) {
        return 0;
    }
    return (int)number;
}

static int server_listen(struct http_server *s, struct err *e)
{
    char host[256], port[8];
    int rc = split_address(s->config.listen, host, port, e);
    if (rc) {
        return rc;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list;
    int gai = getaddrinfo(host[0] ? host : NULL, port, &hints, &list);
    if (gai) {
        return err_set(e, ERR_IO, "cannot listen on %s: %s", s->config.listen, gai_strerror(gai));
    }
    int error = 0;
    for (struct addrinfo *a = list; a && s->listen_fd < 0; a = a->ai_next) {
        error = bind_to(a, &s->listen_fd);
    }
    freeaddrinfo(list);
    if (s->listen_fd < 0) {
        char why[128];
        return err_set(e, ERR_IO, "cannot listen on %s: %s%s", s->config.listen,
                       strerror_r(error, why, sizeof why),
                       error == EADDRINUSE ? "; is another server running there?" : "");
    }
    s->port = port_of(s->listen_fd);
    return 0;
}

static int server_tls(struct http_server *s, struct err *e)
{
    const char *certificate = s->config.tls_certificate, *key = s->config.tls_key;
    if (!certificate || !*certificate) {
        return 0;
    }
    s->tls = SSL_CTX_new(TLS_server_method());
    if (!s->tls || !key || SSL_CTX_use_certificate_chain_file(s->tls, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(s->tls, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(s->tls) != 1) {
        char why[200] = "no key given";
        if (key) {
            ERR_error_string_n(ERR_peek_last_error(), why, sizeof why);
        }
        ERR_clear_error();
        return err_set(e, ERR_CONFIG, "the TLS certificate or its key cannot be used: %s", why);
    }
    SSL_CTX_set_min_proto_version(s->tls, TLS1_2_VERSION);
    SSL_CTX_set_options(s->tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(s->tls, SSL_MODE_RELEASE_BUFFERS);
    return 0;
}

static void libevent_says(int severity, const char *text)
{
    if (severity >= EVENT_LOG_WARN) {
        log_warn("libevent", LOG_TEXT("text", text));
    }
}

static void server_free(struct http_server **ps)
{
    struct http_server *s = *ps;
    for (int i = 0; i < s->n_loops; i++) {
        loop_free(&s->loops[i]);
    }
    free(s->loops);
    addresses_free(&s->addresses);
    lookups_free(&s->lookups);
    SSL_CTX_free(s->tls);
    if (s->listen_fd >= 0) {
        close(s->listen_fd);
    }
    free(s);
    *ps = NULL;
}

static int server_loops(struct http_server *s, struct err *e)
{
    size_t n = (size_t)s->config.io_threads;
    s->loops = xcalloc(n, sizeof *s->loops); /* NOLINT(bugprone-sizeof-expression): a pointer */
    for (int i = 0; i < s->config.io_threads; i++) {
        s->loops[i] = loop_new(s, i);
        if (!s->loops[i]) {
            return err_set(e, ERR_IO,
                           "an event loop could not be made; are there too few file "
                           "descriptors?");
        }
        s->n_loops++;
    }
    return 0;
}

int http_server_new(const struct http_config *config, const struct http_app *app, void *app_arg,
                    struct http_server **out, struct err *e)
{
    signal(SIGPIPE, SIG_IGN);
    event_set_log_callback(libevent_says);
    struct http_server *s = xcalloc(1, sizeof *s);
    s->config = *config;
    fill_config(&s->config);
    s->app = app;
    s->app_arg = app_arg;
    s->listen_fd = -1;
    s->input_max = MAX_OF((size_t)INPUT_MAX_LEAST, INPUT_MAX_BODIES * s->config.body_max_bytes);
    s->addresses = addresses_new(s->config.connections_per_address);
    s->lookups = lookups_new();
    int rc = server_tls(s, e);
    rc = rc ? rc : server_listen(s, e);
    rc = rc ? rc : server_loops(s, e);
    if (rc) {
        server_free(&s);
        return rc;
    }
    s->workers = workers_new("worker", s->config.workers);
    s->waiters = workers_new("waiter", s->config.waiters);
    for (int i = 0; i < s->n_loops; i++) {
        loop_start(s->loops[i]);
    }
    *out = s;
    return 0;
}

int http_server_port(const struct http_server *s)
{
    return s->port;
}

void http_server_end(struct http_server *s, int deadline_ms)
{
    if (atomic_load(&s->stopping)) {
        return;
    }
    s->stop_by.ns = mono_now().ns + (int64_t)deadline_ms * 1000000;
    atomic_store(&s->stopping, true);
    close(s->listen_fd);
    s->listen_fd = -1;
    for (int i = 0; i < s->n_loops; i++) {
        loop_post(s->loops[i], &s->loops[i]->stop);
    }
    for (int i = 0; i < s->n_loops; i++) {
        thread_join(&s->loops[i]->thread);
    }
    /* They finish what was given; nobody sends their answers any more. */
    workers_free(&s->workers);
    workers_free(&s->waiters);
    lookups_free(&s->lookups);
}

void http_server_stop(struct http_server **ps, int deadline_ms)
{
    if (ps && *ps) {
        http_server_end(*ps, deadline_ms);
        server_free(ps);
    }
}
