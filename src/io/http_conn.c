/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The warden of a loop's connections. evhttp has no deadline for a whole request, no limit per
 * address, and answers what it cannot read with a page of its own; so every connection has a
 * record here that sees its bytes first. What is faulty is taken out of evhttp's sight and
 * answered from here, and the connection closed.
 *
 * A record begins in evhttp's bufferevent callback, before evhttp has made its connection object;
 * a moment later (conn_attend_all) that object is found as the argument of the bufferevent's
 * callbacks. From then on evhttp's close callback says, exactly once, when the record ends.
 */
#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/metrics.h"
#include "io/http_private.h"

#define LINGER_MS 1500
#define LINGER_BYTES (16u << 20)
#define PIPELINE_BYTES 65536u /* may wait behind a request beyond one full request */

static void on_input(struct evbuffer *in, const struct evbuffer_cb_info *info, void *arg);
static void on_output(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg);

static void attend(struct http_conn *c)
{
    if (!c->to_attend) {
        c->to_attend = true;
        TAILQ_INSERT_TAIL(&c->loop->attend, c, attend);
        event_active(c->loop->attend_event, 0, 0);
    }
}

static void set_held(struct http_conn *c, size_t bytes)
{
    /* Unsigned arithmetic: the difference may be negative, the sum never is. */
    atomic_fetch_add(&c->loop->server->input, bytes - c->held);
    c->held = bytes;
}

struct bufferevent *conn_accept(struct event_base *base, void *arg)
{
    struct loop *l = arg;
    struct http_conn *c = xcalloc(1, sizeof *c);
    c->loop = l;
    c->spill_fd = c->chunks_fd = -1;
    http_scan_init(&c->scan, l->server->config.header_max_bytes, l->server->config.body_max_bytes);
    c->scan.large_path = l->server->config.large_path;
    c->scan.large_max = l->server->config.large_max_bytes;
    SSL *ssl = l->server->tls ? SSL_new(l->server->tls) : NULL;
    if (ssl) {
        c->bev = bufferevent_openssl_socket_new(base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                BEV_OPT_CLOSE_ON_FREE);
        if (c->bev) {
            bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
        }
    } else if (!l->server->tls) {
        c->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
    }
    if (!c->bev) {
        /* Returning NULL would make evhttp speak plain HTTP; this only happens without memory. */
        fprintf(stderr, "ava: out of memory for a connection\n");
        abort();
    }
    bufferevent_incref(c->bev); /* until it is attended to */
    atomic_fetch_add(&l->server->connections, 1);
    metric_add(METRIC_http_connections, 1);
    LIST_INSERT_HEAD(&l->conns, c, entry);
    attend(c);
    return c->bev;
}

static void conn_free(struct http_conn *c)
{
    struct loop *l = c->loop;
    set_held(c, 0);
    spill_gone(c);
    if (c->to_attend) {
        TAILQ_REMOVE(&l->attend, c, attend);
    }
    if (c->counted) {
        addresses_drop(l->server->addresses, c->remote);
    }
    LIST_REMOVE(c, entry);
    atomic_fetch_sub(&l->load, 1);
    atomic_fetch_sub(&l->server->connections, 1);
    metric_add(METRIC_http_connections, -1);
    free(c);
    loop_end_if_done(l);
}

/* evhttp lets go of the connection; its socket is still open. */
static void on_close(struct evhttp_connection *evcon, void *arg)
{
    (void)evcon;
    struct http_conn *c = arg;
    c->loop->by_fd[c->fd] = NULL;
    conn_free(c);
}

static void remember_fd(struct loop *l, int fd, struct http_conn *c)
{
    if (fd >= l->n_by_fd) {
        int n = MAX_OF(fd + 1, l->n_by_fd * 2);
        size_t one = sizeof *l->by_fd; /* NOLINT(bugprone-sizeof-expression): a pointer */
        l->by_fd = xrealloc(l->by_fd, (size_t)n * one);
        memset(l->by_fd + l->n_by_fd, 0, (size_t)(n - l->n_by_fd) * one);
        l->n_by_fd = n;
    }
    l->by_fd[fd] = c;
}

struct http_conn *conn_of(struct loop *l, struct evhttp_request *ev)
{
    struct evhttp_connection *evcon = evhttp_request_get_connection(ev);
    if (!evcon) {
        return NULL;
    }
    int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(evcon));
    return fd >= 0 && fd < l->n_by_fd ? l->by_fd[fd] : NULL;
}

/* "::ffff:192.0.2.1" is what an IPv4 peer is called on a socket for both. */
static void set_remote(struct http_conn *c)
{
    char *address;
    ev_uint16_t port;
    evhttp_connection_get_peer(c->evcon, &address, &port);
    if (strncmp(address, "::ffff:", 7) == 0 && strchr(address, '.')) {
        address += 7;
    }
    snprintf(c->remote, sizeof c->remote, "%s", address);
}

/* The record gets to know its connection; one too many is closed at once. */
static void conn_start(struct http_conn *c)
{
    struct http_server *s = c->loop->server;
    void *evcon = NULL;
    bufferevent_getcb(c->bev, NULL, NULL, NULL, &evcon);
    if (!evcon) { /* evhttp gave it up already */
        struct bufferevent *bev = c->bev;
        conn_free(c);
        bufferevent_decref(bev);
        return;
    }
    bufferevent_decref(c->bev);
    c->started = true;
    c->evcon = evcon;
    c->last = mono_now();
    int fd = c->fd = bufferevent_getfd(c->bev), on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    set_remote(c);
    remember_fd(c->loop, fd, c);
    evhttp_connection_set_closecb(evcon, on_close, c);
    bufferevent_setwatermark(c->bev, EV_READ, 0,
                             s->config.header_max_bytes + http_largest_body(&s->config) * 2 +
                                 PIPELINE_BYTES);
    evbuffer_add_cb(bufferevent_get_input(c->bev), on_input, c);
    evbuffer_add_cb(bufferevent_get_output(c->bev), on_output, c);
    c->counted = addresses_add(s->addresses, c->remote);
    if (!c->counted || atomic_load(&s->connections) > s->config.connections_max ||
        atomic_load(&s->stopping)) {
        metric_add(METRIC_http_connections_refused_total, 1);
        evhttp_connection_free(evcon);
    }
}

/* Nothing that arrived before the fault waits for its answer any more. */
static bool fault_is_next(const struct http_conn *c)
{
    return c->scan.bad && c->scan.complete == c->served && !c->ws;
}

static void hide_input(struct http_conn *c)
{
    struct evbuffer *in = bufferevent_get_input(c->bev);
    evbuffer_drain(in, evbuffer_get_length(in));
}

static void on_input(struct evbuffer *in, const struct evbuffer_cb_info *info, void *arg)
{
    struct http_conn *c = arg;
    struct http_server *s = c->loop->server;
    if (!info->n_added || c->ws || c->spilling) {
        return;
    }
    c->last = mono_now();
    if (http_scan_between(&c->scan)) {
        c->began = c->last;
    }
    struct evbuffer_ptr at;
    struct evbuffer_iovec parts[16];
    evbuffer_ptr_set(in, &at, evbuffer_get_length(in) - info->n_added, EVBUFFER_PTR_SET);
    int n = evbuffer_peek(in, -1, &at, parts, ARRAY_SIZE(parts));
    struct spill_cut cut;
    cut.any = false;
    cut.before = cut.n = 0;
    cut.behind = NULL;
    for (int i = 0; i < n && i < (int)ARRAY_SIZE(parts); i++) {
        spill_scan(c, &cut, parts[i].iov_base, parts[i].iov_len);
    }
    set_held(c, c->held + info->n_added);
    if (!c->scan.bad && atomic_load(&s->input) > s->input_max) {
        c->scan.bad = ERR_UNAVAILABLE;
        c->scan.why = "too much is being sent to this server at once; try again";
    }
    if (n > (int)ARRAY_SIZE(parts) && !c->scan.bad) {
        c->scan.bad = ERR_MALFORMED; /* libevent reads into a few pieces, never so many */
        c->scan.why = "the request came in too many pieces";
    }
    spill_cut_out(c, &cut, in, info->n_added);
    if (!c->scan.bad) {
        spill_input(c, in);
    }
    if (fault_is_next(c)) {
        hide_input(c);
        attend(c);
    }
}

static void on_output(struct evbuffer *out, const struct evbuffer_cb_info *info, void *arg)
{
    (void)out;
    struct http_conn *c = arg;
    if (info->n_deleted) {
        c->last = mono_now();
    }
}

void conn_cut(struct http_conn *c)
{
    shutdown(bufferevent_getfd(c->bev), SHUT_RDWR);
}

void conn_try_fault(struct http_conn *c)
{
    if (fault_hit(FAULT_WRITE)) {
        conn_cut(c);
    }
}

/* The response is in the socket's buffer. */
void conn_answered(struct http_conn *c)
{
    c->in_hand = false;
    c->writing = true;
    c->last = mono_now();
}

void conn_upgraded(struct http_conn *c, struct ws *ws)
{
    c->in_hand = false;
    c->ws = ws;
    set_held(c, 0); /* a WebSocket's messages have limits of their own */
    evbuffer_remove_cb(bufferevent_get_input(c->bev), on_input, c);
    evbuffer_remove_cb(bufferevent_get_output(c->bev), on_output, c);
}

void conn_complete(struct evhttp_request *ev, void *arg)
{
    (void)ev;
    struct http_conn *c = arg;
    c->writing = false;
    c->served++;
    c->last = c->began = mono_now();
    set_held(c, evbuffer_get_length(bufferevent_get_input(c->bev)));
    if (fault_is_next(c)) {
        hide_input(c);
        attend(c);
    }
}

/* Best effort and at once: the socket's buffer is empty, and such an answer is small. */
static void write_directly(struct http_conn *c, const struct buf *bytes)
{
    SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
    if (ssl) {
        if (SSL_is_init_finished(ssl)) {
            SSL_write(ssl, bytes->data, (int)bytes->len);
            SSL_shutdown(ssl);
        }
        ERR_clear_error();
    } else {
        ssize_t ignored UNUSED =
            send(bufferevent_getfd(c->bev), bytes->data, bytes->len, MSG_NOSIGNAL | MSG_DONTWAIT);
    }
}

/* Answers what evhttp never got to see, and closes. Not from inside a callback of evhttp's. */
static void conn_refuse(struct http_conn *c, int code, const char *why)
{
    struct loop *l = c->loop;
    struct pool *p = loop_pool(l);
    struct http_job *job = pool_alloc(p, sizeof *job);
    job->loop = l;
    job->req = (struct http_request){
        .pool = p, .method = HTTP_GET, .target = STR(""), .path = STR(""), .received = mono_now()};
    job->req.query = job->req.body = STR("");
    snprintf(job->req.remote, sizeof job->req.remote, "%s", c->remote);
    loop_id(l, job->req.id);
    response_init(job);
    response_refuse(job, code, why);
    job->res.close = true;
    response_settle(job);
    struct buf out CLEANUP(buf_clear);
    buf_init(&out, l->server->config.response_max_bytes + 65536);
    response_head(job, &out);
    buf_put_str(&out, job->body);
    bufferevent_disable(c->bev, EV_READ | EV_WRITE);
    if (!buf_failed(&out)) {
        write_directly(c, &out);
    }
    conn_linger(c);
    evhttp_connection_free(c->evcon);
    response_done(job, job->res.status, job->body.n);
    free(job->body_owned);
    loop_pool_back(l, p);
}

void conn_attend_all(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct loop *l = arg;
    struct http_conn *c;
    while ((c = TAILQ_FIRST(&l->attend))) {
        TAILQ_REMOVE(&l->attend, c, attend);
        c->to_attend = false;
        if (!c->started) {
            conn_start(c);
        } else if (fault_is_next(c)) {
            conn_refuse(c, c->scan.bad, c->scan.why);
        }
    }
    loop_end_if_done(l);
}

/* One connection's deadlines. */
static void check(struct http_conn *c, const struct http_config *config)
{
    if (!c->started || c->in_hand || c->ws || c->to_attend) {
        return;
    }
    int64_t quiet_ms = mono_ms_since(c->last);
    if (!c->writing && !http_scan_between(&c->scan)) {
        if (mono_ms_since(c->began) > config->request_ms) {
            metric_add(METRIC_http_slow_closed_total, 1);
            conn_refuse(c, ERR_REQUEST_TIMEOUT, "the request did not arrive in time");
        }
        return;
    }
    SSL *ssl = bufferevent_openssl_get_ssl(c->bev);
    bool greeting = ssl && !SSL_is_init_finished(ssl);
    if (quiet_ms > config->idle_ms || (greeting && quiet_ms > config->request_ms)) {
        evhttp_connection_free(c->evcon);
    }
}

void conn_sweep(struct loop *l)
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
void conn_stop(struct loop *l)
{
    for (struct http_conn *c = LIST_FIRST(&l->conns), *next; c; c = next) {
        next = LIST_NEXT(c, entry);
        bool busy = c->in_hand || c->writing || !http_scan_between(&c->scan) ||
                    c->scan.complete != c->served;
        if (c->started && !busy && !c->ws) {
            evhttp_connection_free(c->evcon);
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
        struct loop *l = g->loop;
        linger_free(g);
        loop_end_if_done(l);
    }
}

void conn_linger(struct http_conn *c)
{
    struct loop *l = c->loop;
    if (l->n_lingers == LINGERS_MAX || bufferevent_setfd(c->bev, -1)) {
        return; /* it is closed with its connection */
    }
    struct http_linger *g = xcalloc(1, sizeof *g);
    int fd = g->fd = c->fd;
    g->loop = l;
    g->since = mono_now();
    g->readable = event_new(l->base, fd, EV_READ | EV_PERSIST, on_linger, g);
    LIST_INSERT_HEAD(&l->lingers, g, entry);
    l->n_lingers++;
    if (!g->readable || event_add(g->readable, NULL)) {
        linger_free(g);
    }
}
