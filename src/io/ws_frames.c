/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames and bytes. wslay reads, and says what RFC 6455 wants said: pongs, the answer to a close.
 * But for what nearly all frames are, a whole message each, not large and as it should be: these
 * are read and written here, where they stand and without copies or memory, as calls have a
 * hundred of them a second. Both sides are at the beginning of a frame when the other takes over.
 */
#include <sys/socket.h>

#include "base/fault.h"
#include "base/id.h"
#include "base/utf8.h"
#include "io/ws_private.h"

#define DEFAULT_MAX_BYTES (1u << 20)
#define HEAD_MAX 14     /* bytes before a frame's payload */
#define PLAIN_MAX 16384 /* larger frames are read as they come, by wslay */

/* When a test wants this write to fail: the socket takes no more, as if the peer were gone. */
static void try_fault(struct ws *ws)
{
    if (fault_hit(FAULT_WRITE)) {
        shutdown(bufferevent_getfd(ws->bev), SHUT_RDWR);
    }
}

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *to, size_t n, int flags, void *arg)
{
    (void)flags;
    struct ws *ws = arg;
    size_t most = (size_t)MIN_OF((uint64_t)n, ws->pass);
    int got = most ? evbuffer_remove(bufferevent_get_input(ws->bev), to, most) : 0;
    if (got <= 0) {
        wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    ws->pass -= (uint64_t)got;
    return got;
}

static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *data, size_t n, int flags,
                       void *arg)
{
    (void)flags;
    struct ws *ws = arg;
    if (evbuffer_add(bufferevent_get_output(ws->bev), data, n)) {
        wslay_event_set_error(ctx, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)n;
}

/* Unpredictable, as the RFC wants it; fetched many at a time. */
static uint32_t new_mask(struct loop *l)
{
    if (!l->n_masks) {
        random_bytes(l->masks, sizeof l->masks);
        l->n_masks = ARRAY_SIZE(l->masks);
    }
    return l->masks[--l->n_masks];
}

static int on_mask(wslay_event_context_ptr ctx, uint8_t *to, size_t n, void *arg)
{
    (void)ctx;
    struct ws *ws = arg;
    uint32_t mask = new_mask(ws->loop);
    memcpy(to, &mask, MIN_OF(n, sizeof mask));
    return 0;
}

static void on_close_frame(struct ws *ws, const struct wslay_event_on_msg_recv_arg *m)
{
    if (m->msg_length > 2) { /* two bytes of a code, and the peer's reason */
        ws_blame_copy(ws, (struct str){(const char *)m->msg + 2, m->msg_length - 2});
    }
    ws_blame(ws, "the peer closed the connection");
}

static void on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *m,
                       void *arg)
{
    (void)ctx;
    struct ws *ws = arg;
    if (m->opcode == WSLAY_TEXT_FRAME || m->opcode == WSLAY_BINARY_FRAME) {
        struct str data = {m->msg_length ? (const char *)m->msg : "", m->msg_length};
        ws->ops->message(ws, ws->arg, m->opcode == WSLAY_TEXT_FRAME, data);
    } else if (m->opcode == WSLAY_CONNECTION_CLOSE) {
        on_close_frame(ws, m);
    }
}

static uint32_t message_max(const struct ws *ws)
{
    return ws->ops->message_max_bytes ? ws->ops->message_max_bytes : DEFAULT_MAX_BYTES;
}

void ws_frames_init(struct ws *ws, bool client)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .send_callback = on_send,
        .genmask_callback = on_mask,
        .on_msg_recv_callback = on_message,
    };
    if ((client ? wslay_event_context_client_init
                : wslay_event_context_server_init)(&ws->wslay, &callbacks, ws)) {
        fprintf(stderr, "ava: out of memory for a WebSocket\n");
        abort();
    }
    wslay_event_config_set_max_recv_msg_length(ws->wslay, message_max(ws));
}

/* A frame that is none: wslay says no more, so the close frame for it is written here. */
static void break_off(struct ws *ws)
{
    ws_frame_put(ws, WSLAY_CONNECTION_CLOSE, STR("\x03\xea")); /* 1002 */
    ws->broken = true;
    ws_blame_fault(ws, "the peer sent what is no frame");
}

static void mask_bytes(uint8_t *to, const uint8_t *from, size_t n, uint32_t mask)
{
    uint64_t wide = (uint64_t)mask << 32 | mask, eight;
    for (; n >= sizeof eight; n -= sizeof eight, to += sizeof eight, from += sizeof eight) {
        memcpy(&eight, from, sizeof eight);
        eight ^= wide;
        memcpy(to, &eight, sizeof eight);
    }
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i] ^ ((const uint8_t *)&mask)[i % 4];
    }
}

static bool is_text(const uint8_t *p, size_t n)
{
    uint64_t all = 0, eight;
    size_t i = 0;
    for (; i + sizeof eight <= n; i += sizeof eight) {
        memcpy(&eight, p + i, sizeof eight);
        all |= eight;
    }
    for (; i < n; i++) {
        all |= p[i];
    }
    return !(all & 0x8080808080808080u) || utf8_valid((struct str){(const char *)p, n});
}

/* RFC 6455 section 5.2. */
struct head {
    uint8_t first;
    bool masked, plain; /* a whole message in the shortest form, of no more than PLAIN_MAX bytes */
    size_t size;
    uint64_t n; /* bytes of payload */
};

/* false: more has to come. */
static bool read_head(const struct ws *ws, const uint8_t *p, size_t n, struct head *h)
{
    if (n < 2) {
        return false;
    }
    size_t length = (p[1] & 127) == 126 ? 2 : (p[1] & 127) == 127 ? 8 : 0;
    h->first = p[0];
    h->masked = p[1] & 128;
    h->size = 2 + length + (h->masked ? 4 : 0);
    h->n = length ? 0 : p[1] & 127;
    if (n < h->size) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        h->n = h->n << 8 | p[2 + i];
    }
    bool shortest = length == 0 || (length == 2 && h->n > 125);
    bool whole = h->first == (0x80 | WSLAY_TEXT_FRAME) || h->first == (0x80 | WSLAY_BINARY_FRAME);
    h->plain = whole && shortest && !ws->fragmented && h->masked == (ws->conn != NULL) &&
               h->n <= MIN_OF(PLAIN_MAX, message_max(ws));
    return true;
}

/* A message; false when it is text that is none, which wslay may tell the peer. */
static bool take_message(struct ws *ws, const struct head *h, uint8_t *frame)
{
    uint8_t *data = frame + h->size;
    size_t n = (size_t)h->n;
    uint32_t mask = 0;
    if (h->masked) {
        memcpy(&mask, data - sizeof mask, sizeof mask);
        mask_bytes(data, data, n, mask);
    }
    bool text = (h->first & 15) == WSLAY_TEXT_FRAME;
    if (text && !is_text(data, n)) {
        mask_bytes(data, data, n, mask);
        return false;
    }
    ws->ops->message(ws, ws->arg, text, (struct str){(const char *)data, n});
    return true;
}

static void leave_to_wslay(struct ws *ws, const struct head *h)
{
    ws->pass = h->size + MIN_OF(h->n, UINT64_MAX - h->size);
    if (!(h->first & 8)) { /* it has data, of which more is to come or not */
        ws->fragmented = !(h->first & 0x80);
    }
}

/* Takes the plain frames at the beginning, as far as they are complete; returns their length. */
static size_t take_plain(struct ws *ws, uint8_t *p, size_t n)
{
    size_t at = 0;
    struct head h;
    while (!ws->pass && read_head(ws, p + at, n - at, &h)) {
        if (!h.plain) {
            leave_to_wslay(ws, &h);
        } else if (n - at - h.size < h.n) {
            break;
        } else if (take_message(ws, &h, p + at)) {
            at += h.size + (size_t)h.n;
        } else {
            leave_to_wslay(ws, &h);
        }
    }
    return at;
}

/* A frame that is not plain, or the part of it that is there. */
static void read_by_wslay(struct ws *ws)
{
    if (!ws->broken && wslay_event_recv(ws->wslay)) {
        break_off(ws);
    }
}

static bool reads(const struct ws *ws)
{
    return !ws->broken && wslay_event_want_read(ws->wslay);
}

void ws_frames_read(struct ws *ws)
{
    struct evbuffer *in = bufferevent_get_input(ws->bev);
    size_t before = SIZE_MAX, n;
    while ((n = evbuffer_get_length(in)) && n != before && reads(ws)) {
        before = n;
        if (ws->pass) {
            read_by_wslay(ws);
        } else {
            size_t most = MIN_OF(n, (size_t)PLAIN_MAX + HEAD_MAX);
            evbuffer_drain(in, take_plain(ws, evbuffer_pullup(in, (ev_ssize_t)most), most));
            before = ws->pass ? SIZE_MAX : before;
        }
    }
    if (!reads(ws)) {
        evbuffer_drain(in, evbuffer_get_length(in)); /* nothing after a close counts */
    }
}

void ws_frames_read_bytes(struct ws *ws, uint8_t *bytes, size_t n)
{
    struct evbuffer *in = bufferevent_get_input(ws->bev);
    size_t taken = 0;
    if (!evbuffer_get_length(in) && reads(ws)) {
        taken = take_plain(ws, bytes, n);
    }
    if (taken < n) {
        evbuffer_unfreeze(in, 0);
        evbuffer_add(in, bytes + taken, n - taken);
        evbuffer_freeze(in, 0);
        ws_frames_read(ws);
    }
}

bool ws_frames_write(struct ws *ws)
{
    if (ws->broken || !wslay_event_want_write(ws->wslay)) {
        return true;
    }
    try_fault(ws);
    return wslay_event_send(ws->wslay) == 0;
}

const char *ws_frames_blame(const struct ws *ws)
{
    if (ws->broken || !wslay_event_get_close_sent(ws->wslay)) {
        return NULL;
    }
    switch (wslay_event_get_status_code_sent(ws->wslay)) {
    case WSLAY_CODE_PROTOCOL_ERROR:
        return "the peer broke the WebSocket protocol";
    case WSLAY_CODE_INVALID_FRAME_PAYLOAD_DATA:
        return "the peer sent text that is not UTF-8";
    case WSLAY_CODE_MESSAGE_TOO_BIG:
        return "the peer sent a message that is too large";
    default:
        return NULL;
    }
}

/* RFC 6455 section 5.2; returns its length. */
static size_t put_head(uint8_t *to, uint8_t opcode, size_t n, const uint32_t *mask)
{
    size_t at = 2;
    to[0] = 0x80 | opcode;
    if (n < 126) {
        to[1] = (uint8_t)n;
    } else {
        int bytes = n < 65536 ? 2 : 8;
        to[1] = bytes == 2 ? 126 : 127;
        for (int i = bytes - 1; i >= 0; i--) {
            to[at++] = (uint8_t)((uint64_t)n >> (8 * i));
        }
    }
    if (mask) {
        to[1] |= 0x80;
        memcpy(to + at, mask, sizeof *mask);
        at += sizeof *mask;
    }
    return at;
}

void ws_frame_put(struct ws *ws, uint8_t opcode, struct str data)
{
    struct evbuffer *out = bufferevent_get_output(ws->bev);
    struct evbuffer_iovec room;
    try_fault(ws);
    if (evbuffer_reserve_space(out, (ev_ssize_t)(data.n + HEAD_MAX), &room, 1) != 1) {
        fprintf(stderr, "ava: out of memory for a WebSocket's frame\n");
        abort();
    }
    uint8_t *to = room.iov_base;
    if (ws->conn) {
        to += put_head(to, opcode, data.n, NULL);
        if (data.n) {
            memcpy(to, data.p, data.n);
        }
    } else {
        uint32_t mask = new_mask(ws->loop);
        to += put_head(to, opcode, data.n, &mask);
        mask_bytes(to, (const uint8_t *)data.p, data.n, mask);
    }
    room.iov_len = (size_t)(to - (uint8_t *)room.iov_base) + data.n;
    evbuffer_commit_space(out, &room, 1);
}
