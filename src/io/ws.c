/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a WebSocket from its opening on, whoever opened it: what is sent, when it is
 * written, why it ends. A ws outlives its connection as long as somebody holds a reference; it is
 * `gone` from then on.
 */
#include "io/ws.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/metrics.h"
#include "io/ws_private.h"

#define DEFAULT_QUEUE_BYTES (1u << 20)
#define WHY_BROKE "the connection broke"
#define WHY_GONE "the peer was gone without a word"

/* Something to send, on its way to the loop. Holds a reference. */
struct ws_out {
    struct loop_task task;
    struct ws *ws;
    uint8_t opcode;
    uint16_t code; /* of a close */
    size_t n;
    uint8_t data[];
};

struct ws *ws_new(struct loop *l, const struct ws_ops *ops, void *arg, bool client)
{
    struct ws *ws = xcalloc(1, sizeof *ws);
    pthread_mutex_init(&ws->lock, NULL);
    atomic_init(&ws->refs, 1);
    ws->loop = l;
    ws->ops = ops;
    ws->arg = arg;
    ws->ping_ms = l->server->config.ws_ping_ms;
    ws->heard = ws->pinged = mono_now();
    ws_frames_init(ws, client);
    return ws;
}

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
        free(ws->why_text);
        free(ws);
    }
}

void ws_blame(struct ws *ws, const char *why)
{
    if (!ws->why) {
        ws->why = why;
    }
}

void ws_blame_fault(struct ws *ws, const char *fault)
{
    if (!ws->why && fault) {
        ws->why = ws->fault = fault;
    }
}

static void end_by_fault(struct ws *ws, const char *fault)
{
    ws_blame_fault(ws, fault);
    ws_end(ws, NULL);
}

void ws_blame_copy(struct ws *ws, struct str why)
{
    if (!ws->why) {
        ws->why_text = xmalloc(why.n + 1);
        memcpy(ws->why_text, why.p, why.n);
        ws->why_text[why.n] = '\0';
        ws->why = ws->why_text;
    }
}

void ws_is_due(struct ws *ws)
{
    struct loop *l = ws->loop;
    if (ws->is_due || ws->gone) {
        return;
    }
    if (TAILQ_EMPTY(&l->due)) {
        event_active(l->due_event, 0, 0);
    }
    ws->is_due = true;
    TAILQ_INSERT_TAIL(&l->due, ws, due);
}

void ws_end(struct ws *ws, const char *why)
{
    struct loop *l = ws->loop;
    ws_blame(ws, why);
    pthread_mutex_lock(&ws->lock);
    ws->gone = true;
    pthread_mutex_unlock(&ws->lock);
    if (ws->is_due) {
        TAILQ_REMOVE(&l->due, ws, due);
        ws->is_due = false;
    }
    LIST_REMOVE(ws, entry);
    metric_add(ws->conn ? METRIC_ws_connections : METRIC_ws_client_connections, -1);
    ws->ops->closed(ws, ws->arg);
    if (ws->readable) {
        event_free(ws->readable);
        ws->readable = NULL;
    }
    if (ws->conn) {
        ws_release_conn(ws);
    } else {
        ws_dial_free(&ws->dial);
        ws_release_bev(ws);
    }
    ws_unref(&ws);
    loop_end_if_done(l);
}

size_t ws_unsent(const struct ws *ws)
{
    if (!ws->bev) {
        return 0;
    }
    return evbuffer_get_length(bufferevent_get_output(ws->bev)) +
           (ws->broken ? 0 : wslay_event_get_queued_msg_length(ws->wslay));
}

static size_t queue_max(const struct ws *ws)
{
    return ws->ops->queue_max_bytes ? ws->ops->queue_max_bytes : DEFAULT_QUEUE_BYTES;
}

/*
 * Without TLS a socket is not watched for being writable until it has refused something: mostly it
 * takes all, and libevent need not be asked. An error shows itself again when libevent writes.
 */
static void write_at_once(struct ws *ws)
{
    struct evbuffer *out = bufferevent_get_output(ws->bev);
    if (ws->congested || !evbuffer_get_length(out) || bufferevent_openssl_get_ssl(ws->bev)) {
        return;
    }
    evbuffer_unfreeze(out, 1);
    evbuffer_write(out, bufferevent_getfd(ws->bev));
    evbuffer_freeze(out, 1);
    if (evbuffer_get_length(out)) {
        ws->congested = true;
        bufferevent_enable(ws->bev, EV_WRITE);
    }
}

static void set_close_by(struct ws *ws)
{
    if (!ws->close_by.ns) {
        ws->close_by.ns = mono_now().ns + WS_CLOSE_MS * 1000000LL;
    }
}

/* Writes what is to be written; ends the connection when all is said. */
static void ws_flush(struct ws *ws)
{
    if (ws->dial || ws->cut) { /* dial: to be closed before it was open */
        ws_end(ws, NULL);
        return;
    }
    if (!ws_frames_write(ws)) {
        ws_end(ws, "no memory");
        return;
    }
    write_at_once(ws);
    size_t left = ws_unsent(ws);
    bool reading = !ws->broken && wslay_event_want_read(ws->wslay);
    bool writing = !ws->broken && wslay_event_want_write(ws->wslay);
    if (!reading) {
        ws_blame_fault(ws, ws_frames_blame(ws));
    }
    if (!reading && !writing && !left) {
        ws_end(ws, NULL);
    } else if (left > queue_max(ws) || ws->overfull) {
        end_by_fault(ws, WS_FAULT_SLOW);
    } else if (!reading) {
        set_close_by(ws);
    }
}

void ws_flush_due(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct loop *l = arg;
    struct ws *ws;
    while ((ws = TAILQ_FIRST(&l->due))) {
        TAILQ_REMOVE(&l->due, ws, due);
        ws->is_due = false;
        ws_flush(ws);
    }
}

static void after_reading(struct ws *ws)
{
    ws->heard = mono_now();
    if (ws->broken || wslay_event_want_write(ws->wslay) || !wslay_event_want_read(ws->wslay)) {
        ws_is_due(ws);
    }
}

static void on_readable(struct bufferevent *bev, void *arg)
{
    (void)bev;
    ws_frames_read(arg);
    after_reading(arg);
}

/* Without TLS: what is there is read at once into memory that the loop's sockets share. */
static void on_plain_readable(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    struct ws *ws = arg;
    struct loop *l = ws->loop;
    ssize_t n = recv(fd, l->bytes, sizeof l->bytes, MSG_DONTWAIT);
    if (n > 0) {
        ws_frames_read_bytes(ws, l->bytes, (size_t)n);
        after_reading(ws);
    } else if (n == 0) {
        end_by_fault(ws, WHY_GONE);
    } else if (errno != EAGAIN && errno != EINTR) {
        end_by_fault(ws, WHY_BROKE);
    }
}

static void on_written(struct bufferevent *bev, void *arg)
{
    struct ws *ws = arg;
    if (ws->congested) {
        ws->congested = false;
        bufferevent_disable(bev, EV_WRITE);
    }
    ws_flush(ws);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    if (what & BEV_EVENT_ERROR) {
        end_by_fault(arg, WHY_BROKE);
    } else if (what & (BEV_EVENT_EOF | BEV_EVENT_TIMEOUT)) {
        end_by_fault(arg, WHY_GONE);
    }
}

static void watch_plain(struct ws *ws)
{
    ws->readable = event_new(ws->loop->base, bufferevent_getfd(ws->bev), EV_READ | EV_PERSIST,
                             on_plain_readable, ws);
    if (!ws->readable || event_add(ws->readable, NULL)) {
        fprintf(stderr, "ava: out of memory for a WebSocket\n");
        abort();
    }
}

void ws_opened(struct ws *ws)
{
    bool tls = bufferevent_openssl_get_ssl(ws->bev) != NULL;
    bufferevent_setcb(ws->bev, on_readable, on_written, on_event, ws);
    bufferevent_set_timeouts(ws->bev, NULL, NULL);
    bufferevent_setwatermark(ws->bev, EV_READ, 0, 65536);
    if (tls) {
        bufferevent_enable(ws->bev, EV_READ | EV_WRITE);
    } else {
        bufferevent_disable(ws->bev, EV_READ | EV_WRITE);
        watch_plain(ws);
    }
    ws->heard = ws->pinged = mono_now();
    ws->ops->open(ws, ws->arg);
    if (evbuffer_get_length(bufferevent_get_input(ws->bev))) {
        bufferevent_trigger(ws->bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
    }
    ws_is_due(ws);
}

/* On the loop's thread. */
static void put(struct ws *ws, uint8_t opcode, uint16_t code, struct str data)
{
    if (ws->gone || ws->close_by.ns || ws->overfull ||
        (ws->dial && opcode != WSLAY_CONNECTION_CLOSE)) {
        return;
    }
    if (opcode == WSLAY_CONNECTION_CLOSE) {
        ws_blame(ws, "closed by this server");
        set_close_by(ws);
        if (!ws->dial && !ws->broken) {
            wslay_event_queue_close(ws->wslay, code, (const uint8_t *)data.p, data.n);
        }
    } else if (!ws->broken && ws_frames_write(ws) && !wslay_event_get_close_sent(ws->wslay)) {
        ws_frame_put(ws, opcode, data);
        /* What is sent in one turn may be more than waits after it, but not without end. */
        ws->overfull |= evbuffer_get_length(bufferevent_get_output(ws->bev)) > 2 * queue_max(ws);
    }
    ws_is_due(ws);
}

static void ws_out_run(struct loop_task *t)
{
    struct ws_out *out = (struct ws_out *)(void *)((char *)t - offsetof(struct ws_out, task));
    put(out->ws, out->opcode, out->code, (struct str){(const char *)out->data, out->n});
    ws_unref(&out->ws);
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
    if (!ws->gone) {
        out->ws = ws_ref(ws);
        loop_post(ws->loop, &out->task);
        out = NULL;
    }
    pthread_mutex_unlock(&ws->lock);
    free(out);
}

static void send_or_post(struct ws *ws, uint8_t opcode, uint16_t code, struct str data)
{
    if (loop_here() == ws->loop) {
        put(ws, opcode, code, data);
    } else {
        ws_post(ws, opcode, code, data);
    }
}

void ws_send_text(struct ws *ws, struct str text)
{
    send_or_post(ws, WSLAY_TEXT_FRAME, 0, text);
}

void ws_send_binary(struct ws *ws, struct str data)
{
    send_or_post(ws, WSLAY_BINARY_FRAME, 0, data);
}

void ws_put_text(struct ws *ws, struct str text)
{
    put(ws, WSLAY_TEXT_FRAME, 0, text);
}

void ws_close(struct ws *ws, uint16_t code, const char *reason)
{
    /* A control frame holds 125 bytes, two of them the code. */
    struct str why = str_of(reason ? reason : "");
    why.n = MIN_OF(why.n, (size_t)123);
    send_or_post(ws, WSLAY_CONNECTION_CLOSE, code, why);
}

void ws_cut(struct ws *ws)
{
    ws->cut = true;
    ws_is_due(ws);
}

struct loop *ws_loop(const struct ws *ws)
{
    return ws->loop;
}

uint16_t ws_close_code(const struct ws *ws)
{
    return wslay_event_get_status_code_received(ws->wslay);
}

const char *ws_why_closed(const struct ws *ws)
{
    return ws->why ? ws->why : "";
}

const char *ws_fault(const struct ws *ws)
{
    return ws->fault;
}

static void ws_check(struct ws *ws)
{
    if (ws->close_by.ns) {
        if (mono_us_since(ws->close_by) >= 0) {
            end_by_fault(ws, "the peer did not answer a close");
        }
    } else if (mono_ms_since(ws->heard) > 2 * (int64_t)ws->ping_ms) {
        end_by_fault(ws, "the peer is silent");
    } else if (mono_ms_since(ws->pinged) > ws->ping_ms) {
        struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};
        ws->pinged = mono_now();
        wslay_event_queue_msg(ws->wslay, &ping);
        ws_is_due(ws);
    }
}

void ws_sweep(struct loop *l)
{
    for (struct ws *ws = LIST_FIRST(&l->sockets), *next; ws; ws = next) {
        next = LIST_NEXT(ws, entry);
        if (!ws->dial) { /* it has a timer of its own */
            ws_check(ws);
        }
    }
}

void ws_close_all(struct loop *l, bool now)
{
    for (struct ws *ws = LIST_FIRST(&l->sockets), *next; ws; ws = next) {
        next = LIST_NEXT(ws, entry);
        if (now || ws->dial) {
            ws_end(ws, WS_WHY_SERVER_STOPS);
        } else {
            ws_blame(ws, WS_WHY_SERVER_STOPS);
            put(ws, WSLAY_CONNECTION_CLOSE, WSLAY_CODE_GOING_AWAY, STR(""));
        }
    }
}
