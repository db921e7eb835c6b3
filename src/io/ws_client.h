/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSockets that we open, ws:// and wss://, on an event loop of the server, so that what connects
 * two peers (a call: the telephone network's socket and the model's) runs on one thread. From
 * `open` on such a socket is used as one that was accepted (io/ws.h): the same functions, the same
 * callbacks. Names are resolved in a thread of their own; certificates are verified.
 */
#ifndef IO_WS_CLIENT_H
#define IO_WS_CLIENT_H

#include "base/err.h"
#include "io/loop.h"
#include "io/ws.h"

struct ws_peer {                /* borrowed during ws_connect only */
    const char *url;            /* ws://host[:port]/path?query or wss:// */
    const char *const *headers; /* "Name: value", NULL at the end; NULL: none */
    const char *ca_file; /* PEM, trusted in place of the system's; NULL or "": the system's */
    int connect_ms;      /* until the peer's 101; 0: 10 s */
    int ping_ms;         /* silence of twice that ends it; 0: every 30 s */
};

/*
 * The loop's thread. ERR_INVALID when the URL is none. Else *out is a reference of the caller's,
 * and `closed` comes exactly once, at the latest after ws_close; without `open` before it when no
 * connection came about, and ws_why_closed() says why. Never calls back before it has returned.
 */
NODISCARD int ws_connect(struct loop *l, const struct ws_peer *peer, const struct ws_ops *ops,
                         void *arg, struct ws **out, struct err *e);

#endif
