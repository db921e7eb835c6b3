/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSockets, RFC 6455 by wslay, on the event loop that accepted the connection. Pings are
 * answered by themselves; a peer that is silent for two ping intervals is closed.
 */
#ifndef IO_WS_H
#define IO_WS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct ws;

struct ws_ops {
    /*
     * All on the loop thread of the connection; must not block. `closed` comes exactly once, last,
     * and without `open` before it when the client was gone before the socket could be opened.
     */
    void (*open)(struct ws *ws, void *arg);
    void (*message)(struct ws *ws, void *arg, bool is_text, struct str data);
    void (*closed)(struct ws *ws, void *arg);
    uint32_t message_max_bytes; /* larger ones close the connection with 1009 */
    uint32_t queue_max_bytes;   /* a peer that does not read is closed when so much waits */
};

/* Any thread. Holding a reference keeps the pointer valid, not the connection open. */
struct ws *ws_ref(struct ws *ws);
void ws_unref(struct ws **ws);

/*
 * Any thread: what one thread sends is sent in its order; dropped when the connection is gone or
 * not open yet. Written at the end of the loop's turn, all of it at once.
 */
void ws_send_text(struct ws *ws, struct str text);
void ws_send_binary(struct ws *ws, struct str data);
void ws_close(struct ws *ws, uint16_t code, const char *reason);

/*
 * The thread of its loop only, as in the callbacks. ws_put_text sends as ws_send_text does, without
 * a detour: for what is sent often. Never calls `closed` before it has returned.
 */
struct loop *ws_loop(const struct ws *ws);
void ws_put_text(struct ws *ws, struct str text);
/* Ends the connection at once and without a word, as a crash does: for stand-ins. */
void ws_cut(struct ws *ws);
size_t ws_unsent(const struct ws *ws); /* bytes that the peer has not taken yet */
/*
 * In `closed`: the peer's close code, 1005 when it gave none, 1006 when it did not close; and a few
 * words, WS_WHY_SERVER_STOPS at the end of the server, "" when unknown.
 */
#define WS_WHY_SERVER_STOPS "the server stops"
uint16_t ws_close_code(const struct ws *ws);
const char *ws_why_closed(const struct ws *ws);
/* Also there: how the peer was lost or which rule it broke, in static words; NULL: it closed in
 * good order, or we did. */
#define WS_FAULT_SLOW "the peer does not take what it is sent"
const char *ws_fault(const struct ws *ws);

#endif
