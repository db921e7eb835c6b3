/* SPDX-License-Identifier: Apache-2.0 */
/* One event base and one loop, which has no thread, are enough for all readings. */
#include "ws_twins.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/ws_private.h"

#define OUT_MAX (8u << 20)

static void note(struct buf *out, const char *what, int kind, struct str data)
{
    buf_printf(out, "%s %d %zu:", what, kind, data.n);
    buf_put_str(out, data);
    buf_putc(out, '\n');
}

/* ---- what is sent back ---- */

/* Frames as an endpoint writes them: whole, short, and masked if it is a client. */
static void note_answers(struct buf *out, uint8_t *p, size_t n)
{
    while (n >= 2) {
        bool masked = p[1] & 128;
        size_t head = masked ? 6 : 2, length = p[1] & 127;
        if (length > 125 || n < head + length) {
            abort(); /* no control frame is so long */
        }
        for (size_t i = 0; masked && i < length; i++) {
            p[head + i] ^= p[2 + i % 4];
        }
        note(out, masked ? "masked" : "answer", p[0], (struct str){(const char *)p + head, length});
        p += head + length;
        n -= head + length;
    }
}

/* ---- ours ---- */

static void on_message(struct ws *ws, void *arg, bool is_text, struct str data)
{
    (void)ws;
    note(arg, "message", is_text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME, data);
}

static void on_nothing(struct ws *ws, void *arg)
{
    (void)ws;
    (void)arg;
}

static struct event_base *base;
static struct loop *loop;

/* As what is on the loop's thread: each part in memory that the reader may write into. */
static void arrives(struct ws *ws, const struct ws_twins_way *way, const uint8_t *bytes, size_t n)
{
    if (way->tls) {
        struct evbuffer *in = bufferevent_get_input(ws->bev);
        evbuffer_unfreeze(in, 0);
        evbuffer_add(in, bytes, n);
        evbuffer_freeze(in, 0);
        ws_frames_read(ws);
        return;
    }
    uint8_t *part = malloc(n); /* of exactly that size, so that a step beyond is seen */
    memcpy(part, bytes, n);
    ws_frames_read_bytes(ws, part, n);
    free(part);
}

static void read_ours(const struct ws_twins_way *way, const uint8_t *bytes, size_t n,
                      struct buf *out)
{
    if (!base) {
        base = event_base_new();
        loop = xcalloc(1, sizeof *loop);
    }
    const struct ws_ops ops = {on_nothing, on_message, on_nothing, way->max_bytes, 0};
    struct ws ws = {.loop = loop, .ops = &ops, .arg = out};
    static struct http_conn accepted; /* that there is one is all that is looked at */
    ws.conn = way->client ? NULL : &accepted;
    ws.bev = bufferevent_socket_new(base, -1, 0);
    ws_frames_init(&ws, way->client);
    size_t step = way->step ? way->step : n;
    for (size_t at = 0; at < n; at += step) {
        arrives(&ws, way, bytes + at, MIN_OF(step, n - at));
    }
    if (!ws_frames_write(&ws)) {
        abort();
    }
    struct evbuffer *answers = bufferevent_get_output(ws.bev);
    size_t length = evbuffer_get_length(answers);
    note_answers(out, evbuffer_pullup(answers, -1), length);
    wslay_event_context_free(ws.wslay);
    free(ws.why_text);
    bufferevent_free(ws.bev);
    event_base_loop(base, EVLOOP_NONBLOCK); /* in which libevent frees it */
}

/* ---- wslay's ---- */

struct reading {
    const uint8_t *bytes;
    size_t n;
    struct buf *out, answers;
};

static ssize_t take(wslay_event_context_ptr ctx, uint8_t *to, size_t n, int flags, void *arg)
{
    (void)flags;
    struct reading *r = arg;
    n = MIN_OF(n, r->n);
    if (!n) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(to, r->bytes, n);
    r->bytes += n;
    r->n -= n;
    return (ssize_t)n;
}

static ssize_t give(wslay_event_context_ptr ctx, const uint8_t *data, size_t n, int flags,
                    void *arg)
{
    (void)ctx;
    (void)flags;
    buf_add(&((struct reading *)arg)->answers, data, n);
    return (ssize_t)n;
}

static int mask(wslay_event_context_ptr ctx, uint8_t *to, size_t n, void *arg)
{
    (void)ctx;
    (void)arg;
    memset(to, 'm', n);
    return 0;
}

static void take_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m,
                         void *arg)
{
    (void)ctx;
    struct reading *r = arg;
    if (m->opcode == WSLAY_TEXT_FRAME || m->opcode == WSLAY_BINARY_FRAME) {
        struct str data = {m->msg_length ? (const char *)m->msg : "", m->msg_length};
        note(r->out, "message", m->opcode, data);
    }
}

static void read_wslays(const struct ws_twins_way *way, const uint8_t *bytes, size_t n,
                        struct buf *out)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = take,
        .send_callback = give,
        .genmask_callback = mask,
        .on_msg_recv_callback = take_message,
    };
    wslay_event_context_ptr ctx;
    struct reading r = {.out = out};
    buf_init(&r.answers, OUT_MAX);
    if ((way->client ? wslay_event_context_client_init
                     : wslay_event_context_server_init)(&ctx, &callbacks, &r)) {
        abort();
    }
    wslay_event_config_set_max_recv_msg_length(ctx, way->max_bytes);
    bool broken = false;
    size_t step = way->step ? way->step : n;
    /* What is wrong in two ways is told by what was seen first, so it comes in the same parts. */
    for (size_t at = 0; at < n && !broken && wslay_event_want_read(ctx); at += step) {
        r.bytes = bytes + at;
        r.n = MIN_OF(step, n - at);
        broken = wslay_event_recv(ctx) != 0;
    }
    if (!broken && wslay_event_want_write(ctx) && wslay_event_send(ctx)) {
        abort();
    }
    note_answers(out, (uint8_t *)r.answers.data, r.answers.len);
    if (broken) { /* it says nothing more itself; whoever uses it says 1002 */
        note(out, way->client ? "masked" : "answer", 0x88, STR("\x03\xea"));
    }
    buf_clear(&r.answers);
    wslay_event_context_free(ctx);
}

/* ---- both ---- */

/* Bytes of the frames that are complete. */
static size_t whole_frames(const uint8_t *p, size_t n)
{
    size_t at = 0;
    while (n - at >= 2) {
        int form = (p[at + 1] & 127) == 126 ? 2 : (p[at + 1] & 127) == 127 ? 8 : 0;
        size_t head = 2 + (size_t)form + (p[at + 1] & 128 ? 4 : 0);
        uint64_t length = form ? 0 : p[at + 1] & 127;
        for (int i = 0; i < form && n - at >= head; i++) {
            length = length << 8 | p[at + 2 + (size_t)i];
        }
        if (n - at < head || length > n - at - head) {
            break;
        }
        at += head + (size_t)length;
    }
    return at;
}

bool ws_twins_agree(const struct ws_twins_way *way, const uint8_t *bytes, size_t n,
                    struct buf *ours, struct buf *wslays)
{
    read_ours(way, bytes, n, ours);
    read_wslays(way, bytes, n, wslays);
    if (!str_eq(buf_str(ours), buf_str(wslays))) {
        buf_reset(wslays);
        read_wslays(way, bytes, whole_frames(bytes, n), wslays);
    }
    return str_eq(buf_str(ours), buf_str(wslays)) && !buf_failed(ours);
}
