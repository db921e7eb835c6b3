/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSockets on connections taken over from evhttp: after 101 the bufferevent's callbacks are
 * ours, and evhttp's connection object stays as its owner until the end. Only the loop thread
 * touches wslay and the bufferevent; other threads post what they want sent. A ws outlives its
 * connection as long as somebody holds a reference; `loop` is NULL from then on.
 */
#include "io/ws.h"

#include <openssl/sha.h>
#include <wslay/wslay.h>

#include "base/codec.h"
#include "base/metrics.h"
#include "io/http_private.h"

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define CLOSE_MS 3000 /* a peer has so long to answer a close */
#define DEFAULT_MAX_BYTES (1u << 20)

struct ws {
    LIST_ENTRY(ws) entry;
    _Atomic int refs;
    pthread_mutex_t lock; /* of loop, for the threads that post */
    struct loop *loop;
    struct http_conn *conn;
    wslay_event_context_ptr wslay;
    const struct ws_ops *ops;
    void *arg;
    struct mono heard;
    struct mono pinged;
    struct mono close_by; /* ns == 0: not closing */
    bool broken;          /* wslay gave up: what is in the socket's buffer is the last we say */
};

/* Something to send, on its way to the loop. Holds a reference. */
struct ws_out {
    struct loop_task task;
    struct ws *ws;
    uint8_t opcode;
    uint16_t code; /* of a close */
    size_t n;
    uint8_t data[];
};

struct ws *ws_ref(struct ws *ws)
{
    atomic_fetch_add(&ws->refs, 1);
    return ws;
}

void ws_unref(struct ws **pws)
{
    if (!pws || !*pws) {
        return;
    }
    struct ws *ws = *pws;
    *pws = NULL;
    if (atomic_fetch_sub(&ws->refs, 1) == 1) {
        wslay_event_context_free(ws->wslay);
        pthread_mutex_destroy(&ws->lock);
        free(ws);
    }
}

/* The end of the connection, from whichever side. Never from inside wslay. */
static void ws_end(struct ws *ws)
{
    struct http_conn *c = ws->conn;
    pthread_mutex_lock(&ws->lock);
    ws->loop = NULL;
    pthread_mutex_unlock(&ws->lock);
    LIST_REMOVE(ws, entry);
    metric_add(METRIC_ws_connections, -1);
    ws->conn = NULL;
    ws->ops->closed(ws, ws->arg);
    conn_linger(c); /* the peer may still have to read our close frame */
    c->ws = NULL;
    c->scan.bad = 0;
    evhttp_connection_free(c->evcon); /* and with it the request that asked for the upgrade */
    ws_unref(&ws);
}

static size_t unsent(const struct ws *ws)
{
    return evbuffer_get_length(bufferevent_get_output(ws->conn->bev)) +
           (ws->broken ? 0 : wslay_event_get_queued_msg_length(ws->wslay));
}

static size_t queue_max(const struct ws *ws)
{
    return ws->ops->queue_max_bytes ? ws->ops->queue_max_bytes : DEFAULT_MAX_BYTES;
}

/* Moves frames to the socket's buffer; ends the connection when all is said. */
static void ws_flush(struct ws *ws)
{
    if (!ws->broken && wslay_event_want_write(ws->wslay) && wslay_event_send(ws->wslay)) {
        ws_end(ws);
        return;
    }
    bool reading = !ws->broken && wslay_event_want_read(ws->wslay);
    bool writing = !ws->broken && wslay_event_want_write(ws->wslay);
    if ((!reading && !writing && !unsent(ws)) || unsent(ws) > queue_max(ws)) {
        ws_end(ws);
        return;
    }
    if (!reading && !ws->close_by.ns) {
        ws->close_by.ns = mono_now().ns + CLOSE_MS * 1000000LL;
    }
}

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *to, size_t n, int flags, void *arg)
{
    (void)flags;
    struct ws *ws = arg;
    int got = evbuffer_remove(bufferevent_get_input(ws->conn->bev), to, n);
    if (got <= 0) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    return got;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *data, size_t n, int flags,
                       void *arg)
{
    (void)flags;
    struct ws *ws = arg;
    conn_try_fault(ws->conn);
    if (evbuffer_add(bufferevent_get_output(ws->conn->bev), data, n)) {
        wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)n;
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m,
                       void *arg)
{
    (void)ctx;
    struct ws *ws = arg;
    if (m->opcode == WSLAY_TEXT_FRAME || m->opcode == WSLAY_BINARY_FRAME) {
        struct str data = {m->msg_length ? (const char *)m->msg : "", m->msg_length};
        ws->ops->message(ws, ws->arg, m->opcode == WSLAY_TEXT_FRAME, data);
    }
}

/* A frame that is none: wslay says no more, so the close frame for it is written here. */
static void break_off(struct ws *ws)
{
    static const char protocol_error[] = "\x88\x02\x03\xea"; /* close, 1002 */
    ws->broken = true;
    evbuffer_add(bufferevent_get_output(ws->conn->bev), protocol_error, 4);
    ws->close_by.ns = mono_now().ns + CLOSE_MS * 1000000LL;
}

static void on_readable(struct bufferevent *bev, void *arg)
{
    (void)bev;
    struct ws *ws = arg;
    ws->heard = mono_now();
    if (!ws->broken && wslay_event_recv(ws->wslay)) {
        break_off(ws);
    }
    if (ws->broken || !wslay_event_want_read(ws->wslay)) {
        struct evbuffer *in = bufferevent_get_input(ws->conn->bev);
        evbuffer_drain(in, evbuffer_get_length(in)); /* nothing after a close counts */
    }
    ws_flush(ws);
}

static void on_written(struct bufferevent *bev, void *arg)
{
    (void)bev;
    ws_flush(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) {
        ws_end(arg);
    }
}

static void write_handshake(struct http_job *job, struct bufferevent *bev)
{
    struct pool *p = job->req.pool;
    struct str key = http_request_header(&job->req, "Sec-WebSocket-Key");
    const char *joined = pool_printf(p, STR_FMT ACCEPT_GUID, STR_ARG(key));
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1((const unsigned char *)joined, strlen(joined), digest);
    job->res.status = 101;
    job->res.close = false;
    http_response_header(&job->res, p, "Upgrade", "websocket");
    http_response_header(&job->res, p, "Connection", "Upgrade");
    http_response_header(&job->res, p, "Sec-WebSocket-Accept", "%s",
                         base64_encode(p, digest, sizeof digest));
    struct buf head CLEANUP(buf_clear);
    buf_init(&head, 65536);
    response_head(job, &head);
    evbuffer_add(bufferevent_get_output(bev), head.data, head.len);
}

static struct ws *ws_new(struct http_job *job)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .send_callback = on_send,
        .on_msg_recv_callback = on_message,
    };
    struct ws *ws = xcalloc(1, sizeof *ws);
    pthread_mutex_init(&ws->lock, NULL);
    atomic_init(&ws->refs, 1);
    ws->ops = job->res.ws;
    ws->arg = job->res.ws_arg;
    ws->heard = ws->pinged = mono_now();
    if (wslay_event_context_server_init(&ws->wslay, &callbacks, ws)) {
        fprintf(stderr, "ava: out of memory for a WebSocket\n");
        abort();
    }
    wslay_event_config_set_max_recv_msg_length(
        ws->wslay, ws->ops->message_max_bytes ? ws->ops->message_max_bytes : DEFAULT_MAX_BYTES);
    return ws;
}

void ws_give_up(struct http_job *job)
{
    struct ws *ws = ws_new(job);
    job->res.ws = NULL;
    ws->ops->closed(ws, ws->arg);
    ws_unref(&ws);
}

void ws_accept(struct http_job *job, struct http_conn *c)
{
    struct loop *l = job->loop;
    struct ws *ws = ws_new(job);
    ws->loop = l;
    ws->conn = c;
    conn_upgraded(c, ws);
    LIST_INSERT_HEAD(&l->sockets, ws, entry);
    metric_add(METRIC_ws_connections, 1);
    bufferevent_setcb(c->bev, on_readable, on_written, on_event, ws);
    bufferevent_set_timeouts(c->bev, NULL, NULL);
    bufferevent_setwatermark(c->bev, EV_READ, 0, 65536);
    write_handshake(job, c->bev);
    bufferevent_enable(c->bev, EV_READ | EV_WRITE);
    response_done(job, 101, 0);
    buf_clear(&job->res.body);
    loop_pool_back(l, job->req.pool);
    ws->ops->open(ws, ws->arg);
    if (evbuffer_get_length(bufferevent_get_input(c->bev))) {
        bufferevent_trigger(c->bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
    }
}

/* Loop thread: what another thread wanted sent. */
static void ws_out_run(struct loop_task *t)
{
    struct ws_out *out = (struct ws_out *)(void *)((char *)t - offsetof(struct ws_out, task));
    struct ws *ws = out->ws;
    if (ws->conn && !ws->close_by.ns) {
        if (out->opcode == WSLAY_CONNECTION_CLOSE) {
            wslay_event_queue_close(ws->wslay, out->code, out->data, out->n);
            ws->close_by.ns = mono_now().ns + CLOSE_MS * 1000000LL;
        } else {
            struct wslay_event_msg m = {out->opcode, out->data, out->n};
            wslay_event_queue_msg(ws->wslay, &m);
        }
        ws_flush(ws);
    }
    ws_unref(&ws);
    free(out);
}

static void ws_post(struct ws *ws, uint8_t opcode, uint16_t code, struct str data)
{
    struct ws_out *out = xmalloc(sizeof *out + data.n);
    out->task.run = ws_out_run;
    out->opcode = opcode;
    out->code = code;
    out->n = data.n;
    if (data.n) {
        memcpy(out->data, data.p, data.n);
    }
    pthread_mutex_lock(&ws->lock); /* while it is held the loop cannot go away */
    if (ws->loop) {
        out->ws = ws_ref(ws);
        loop_post(ws->loop, &out->task);
        out = NULL;
    }
    pthread_mutex_unlock(&ws->lock);
    free(out);
}

void ws_send_text(struct ws *ws, struct str text)
{
    ws_post(ws, WSLAY_TEXT_FRAME, 0, text);
}

void ws_send_binary(struct ws *ws, struct str data)
{
    ws_post(ws, WSLAY_BINARY_FRAME, 0, data);
}

void ws_close(struct ws *ws, uint16_t code, const char *reason)
{
    /* A control frame holds 125 bytes, two of them the code. */
    struct str why = str_of(reason ? reason : "");
    why.n = MIN_OF(why.n, (size_t)123);
    ws_post(ws, WSLAY_CONNECTION_CLOSE, code, why);
}

static void ws_check(struct ws *ws, int ping_ms)
{
    if (ws->close_by.ns) {
        if (mono_us_since(ws->close_by) >= 0) {
            ws_end(ws);
        }
    } else if (mono_ms_since(ws->heard) > 2 * (int64_t)ping_ms) {
        ws_end(ws);
    } else if (mono_ms_since(ws->pinged) > ping_ms) {
        struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};
        ws->pinged = mono_now();
        wslay_event_queue_msg(ws->wslay, &ping);
        ws_flush(ws);
    }
}

void ws_sweep(struct loop *l)
{
    for (struct ws *ws = LIST_FIRST(&l->sockets), *next; ws; ws = next) {
        next = LIST_NEXT(ws, entry);
        ws_check(ws, l->server->config.ws_ping_ms);
    }
}

void ws_close_all(struct loop *l, bool now)
{
    for (struct ws *ws = LIST_FIRST(&l->sockets), *next; ws; ws = next) {
        next = LIST_NEXT(ws, entry);
        if (now) {
            ws_end(ws);
        } else if (!ws->close_by.ns) {
            ws->close_by.ns = mono_now().ns + CLOSE_MS * 1000000LL;
            wslay_event_queue_close(ws->wslay, WSLAY_CODE_GOING_AWAY, NULL, 0);
            ws_flush(ws);
        }
    }
}
