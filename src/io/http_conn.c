/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop's connections: from a socket that was accepted to its end. One request at a time is taken
 * from what has come; while it is in hand, or its answer waits to be sent, nothing more is read, so
 * what a request borrows from the connection's buffer stays where it is. Deadlines and limits are
 * held here.
 *
 * A connection is freed at the end of conn_continue(), by conn_sweep() or conn_stop(), or by its
 * WebSocket; nowhere else, so what is called in between can rely on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <unistd.h>

#include "base/metrics.h"
#include "io/http_private.h"

#define LINGER_MS 1500
#define LINGER_BYTES (16u << 20)
#define PIPELINE_BYTES 65536u /* may wait behind a request beyond one full request */
#define KEPT_BYTES 16384u     /* a larger buffer is given back between requests */

static void set_held(struct http_conn *c, size_t bytes)
{
    /* Unsigned arithmetic: the difference may be negative, the sum never is. */
    atomic_fetch_add(&c->loop->server->input, bytes - c->held);
    c->held = bytes;
}

/* What was answered leaves the buffer. */
static void forget_request(struct http_conn *c)
{
    size_t rest = c->in.len - c->taken;
    if (rest) {
        memmove(c->in.data, c->in.data + c->taken, rest);
        c->in.len = rest;
    } else if (c->in.cap > KEPT_BYTES) {
        buf_clear(&c->in);
    } else {
        buf_reset(&c->in);
    }
    c->taken = 0;
    set_held(c, rest);
}

/* "::ffff:192.0.2.1" is what an IPv4 peer is called on a socket for both. */
static void set_remote(struct http_conn *c, const struct sockaddr *address, socklen_t n)
{
    char text[sizeof c->remote] = "";
    if (getnameinfo(address, n, text, sizeof text, NULL, 0, NI_NUMERICHOST)) {
        text[0] = '\0';
    }
    bool mapped = strncmp(text, "::ffff:", 7) == 0 && strchr(text, '.');
    snprintf(c->remote, sizeof c->remote, "%s", mapped ? text + 7 : text);
}

static void conn_linger(struct http_conn *c);

void conn_free(struct http_conn *c)
{
    struct http_loop *l = c->loop;
    set_held(c, 0);
    event_del(&c->readable);
    event_del(&c->writable);
    sock_end(c);
    if (c->linger) {
        conn_linger(c);
    }
    if (c->fd >= 0) {
        close(c->fd);
    }
    if (c->counted) {
        addresses_drop(l->server->addresses, c->remote);
    }
    LIST_REMOVE(c, entry);
    atomic_fetch_sub(&l->load, 1);
    atomic_fetch_sub(&l->server->connections, 1);
    metric_add(METRIC_http_connections, -1);
    evbuffer_free(c->out);
    buf_clear(&c->in);
    free(c);
    loop_end_if_done(l);
}

/* A request is in hand, or its answer is on its way out. */
static bool busy(const struct http_conn *c)
{
    return c->in_hand || evbuffer_get_length(c->out) > 0;
}

/* Answers what is no request; the connection is closed after it. */
static void refuse(struct http_conn *c, int code, const char *why)
{
    struct http_loop *l = c->loop;
    struct pool *p = loop_pool(l);
    struct http_job *job = pool_alloc(p, sizeof *job);
    job->loop = l;
    job->conn = c;
    job->req = (struct http_request){
        .pool = p, .method = HTTP_GET, .target = STR(""), .path = STR(""), .received = mono_now()};
    job->req.query = job->req.body = STR("");
    snprintf(job->req.remote, sizeof job->req.remote, "%s", c->remote);
    loop_id(l, job->req.id);
    response_init(job);
    response_refuse(job, code, why);
    job->res.close = true;
    response_settle(job);
    c->linger = true;
    c->closing = true;
    if (!c->ssl || SSL_is_init_finished(c->ssl)) {
        response_write(job);
    }
    response_done(job, job->res.status, job->body.n);
    response_free(job);
}

static void say_continue(struct http_conn *c)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    c->scan.expects = false;
    evbuffer_add(c->out, text, sizeof text - 1);
    c->lost |= !sock_flush(c);
}

/* Looks at what nobody has looked at yet; a request that is complete is handed on. */
static void take_next(struct http_conn *c)
{
    struct http_scan *s = &c->scan;
    if (http_scan_between(s)) {
        c->began = c->last;
    }
    c->taken += http_scan_bytes(s, c->in.data + c->taken, c->in.len - c->taken);
    if (!s->bad && !http_scan_complete(s) && c->in.max - c->in.len < PIPELINE_BYTES) {
        s->bad = ERR_TOO_LARGE; /* only chunks of a few bytes each come to so much */
        s->why = "the request's body is too large in its chunks";
    }
    if (!s->bad && atomic_load(&c->loop->server->input) > c->loop->server->input_max) {
        s->bad = ERR_UNAVAILABLE;
        s->why = "too much is being sent to this server at once; try again";
    }
    if (s->bad) {
        refuse(c, s->bad, s->why);
    } else if (http_scan_complete(s)) {
        c->in_hand = true;
        server_request(c);
    } else if (s->expects && http_scan_in_body(s)) {
        say_continue(c);
    }
}

void conn_continue(struct http_conn *c)
{
    if (c->continuing) {
        return; /* answered on the spot: the loop below goes on */
    }
    c->continuing = true;
    while (!c->lost && !c->closing && !c->ws && !busy(c) && c->in.len > c->taken) {
        take_next(c);
    }
    c->continuing = false;
    if (c->lost || (c->closing && !busy(c))) {
        if (c->ws) {
            ws_lost(c->ws);
        } else {
            conn_free(c);
        }
        return;
    }
    if (c->paused && !busy(c)) {
        c->paused = false;
        event_add(&c->readable, NULL);
    }
    if (c->ssl && !busy(c) && SSL_pending(c->ssl)) { /* no descriptor shows that */
        event_active(&c->readable, EV_READ, 0);
    }
    if (c->ws && c->in.len) {
        ws_readable(c->ws);
    }
}

/* The request in hand may have its answer, and the loop was not told (loop_post_later). */
static void look_for_answer(struct http_conn *c)
{
    c->continuing = true; /* so that it is not freed here */
    while (c->in_hand && !loop_await(c->loop, &c->paused)) {
        loop_run_tasks(c->loop);
    }
    c->continuing = false;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    struct http_conn *c = arg;
    look_for_answer(c);
    if (busy(c) && !c->ws) { /* what comes meanwhile waits in the kernel */
        if (!c->in_hand) {
            c->paused = true;
        }
        event_del(&c->readable);
        return;
    }
    ssize_t n = sock_read(c);
    if (n > 0) {
        c->last = mono_now();
        set_held(c, c->ws ? 0 : c->in.len); /* a WebSocket's messages have limits of their own */
    }
    c->lost |= n < 0;
    conn_continue(c);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
    struct http_conn *c = arg;
    c->lost |= !sock_flush(c);
    if (c->ws && !c->lost) {
        ws_written(c->ws);
    } else if (c->ssl && !c->lost && !busy(c)) {
        on_readable(fd, what, arg); /* it may have been the handshake that waited */
    } else {
        conn_continue(c);
    }
}

/* false when there is no memory for it. */
static bool start_tls(struct http_conn *c)
{
    SSL_CTX *tls = c->loop->server->tls;
    if (!tls) {
        return true;
    }
    c->ssl = SSL_new(tls);
    if (!c->ssl || SSL_set_fd(c->ssl, c->fd) != 1) {
        return false;
    }
    SSL_set_accept_state(c->ssl);
    return true;
}

void conn_accept(struct http_loop *l, int fd, const struct sockaddr *address, socklen_t n)
{
    struct http_server *s = l->server;
    struct http_conn *c = xcalloc(1, sizeof *c);
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    c->loop = l;
    c->fd = fd;
    c->out = evbuffer_new();
    if (!c->out) {
        fprintf(stderr, "ava: out of memory for a connection\n");
        abort();
    }
    c->last = c->began = mono_now();
    set_remote(c, address, n);
    buf_init(&c->in, s->config.header_max_bytes + s->config.body_max_bytes * 2 + PIPELINE_BYTES);
    http_scan_init(&c->scan, s->config.header_max_bytes, s->config.body_max_bytes);
    event_assign(&c->readable, l->base, fd, EV_READ | EV_PERSIST, on_readable, c);
    event_assign(&c->writable, l->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
    LIST_INSERT_HEAD(&l->conns, c, entry);
    int connections = atomic_fetch_add(&s->connections, 1) + 1;
    metric_add(METRIC_http_connections, 1);
    c->counted = addresses_add(s->addresses, c->remote);
    bool room =
        c->counted && connections <= s->config.connections_max && !atomic_load(&s->stopping);
    if (!room) {
        metric_add(METRIC_http_connections_refused_total, 1);
    }
    if (!room || !start_tls(c) || event_add(&c->readable, NULL)) {
        conn_free(c);
    }
}

/* The answer is with the socket, or waits for it in c->out. */
void conn_answered(struct http_conn *c, bool close)
{
    c->in_hand = false;
    c->closing |= close;
    c->linger |= close && (c->paused || c->in.len > c->taken);
    c->last = c->began = mono_now();
    forget_request(c);
}

void conn_upgraded(struct http_conn *c, struct ws *ws)
{
    c->in_hand = false;
    c->ws = ws;
    forget_request(c);
    set_held(c, 0);
}

/* One connection's deadlines. */
static void check(struct http_conn *c, const struct http_config *config)
{
    if (c->in_hand || c->ws) {
        return;
    }
    if (!busy(c) && !http_scan_between(&c->scan)) {
        if (mono_ms_since(c->began) > config->request_ms) {
            metric_add(METRIC_http_slow_closed_total, 1);
            refuse(c, ERR_REQUEST_TIMEOUT, "the request did not arrive in time");
            conn_continue(c);
        }
        return;
    }
    int64_t quiet_ms = mono_ms_since(c->last);
    bool greeting = c->ssl && !SSL_is_init_finished(c->ssl);
    if (quiet_ms > config->idle_ms || (greeting && quiet_ms > config->request_ms)) {
        conn_free(c);
    }
}

void conn_sweep(struct http_loop *l)
{
    for (struct http_conn *c = LIST_FIRST(&l->conns), *next; c; c = next) {
        next = LIST_NEXT(c, entry);
        check(c, &l->server->config);
    }
    for (struct http_linger *g = LIST_FIRST(&l->lingers), *next; g; g = next) {
        next = LIST_NEXT(g, entry);
        if (mono_ms_since(g->since) > LINGER_MS) {
            linger_free(g);
        }
    }
}

/* The server ends: whoever waits between two requests goes now, the others after their answer. */
void conn_stop(struct http_loop *l)
{
    for (struct http_conn *c = LIST_FIRST(&l->conns), *next; c; c = next) {
        next = LIST_NEXT(c, entry);
        if (c->continuing) {
            c->closing |= !c->ws;
        } else if (!busy(c) && !c->ws && http_scan_between(&c->scan)) {
            conn_free(c);
        }
    }
}

void linger_free(struct http_linger *g)
{
    LIST_REMOVE(g, entry);
    g->loop->n_lingers--;
    event_free(g->readable);
    close(g->fd);
    free(g);
}

static void on_linger(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct http_linger *g = arg;
    char bin[16384];
    ssize_t n = read(fd, bin, sizeof bin);
    if (n > 0) {
        g->bytes += (size_t)n;
    }
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || g->bytes > LINGER_BYTES) {
        struct http_loop *l = g->loop;
        linger_free(g);
        loop_end_if_done(l);
    }
}

/* Takes the socket over. */
static void conn_linger(struct http_conn *c)
{
    struct http_loop *l = c->loop;
    if (l->n_lingers == LINGERS_MAX) {
        return;
    }
    struct http_linger *g = xcalloc(1, sizeof *g);
    g->loop = l;
    g->fd = c->fd;
    c->fd = -1;
    g->since = mono_now();
    g->readable = event_new(l->base, g->fd, EV_READ | EV_PERSIST, on_linger, g);
    LIST_INSERT_HEAD(&l->lingers, g, entry);
    l->n_lingers++;
    if (!g->readable || event_add(g->readable, NULL)) {
        linger_free(g);
    }
}
