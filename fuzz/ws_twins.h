/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same bytes read twice: by the server's reader of WebSocket frames, which takes most of them
 * on a short way of its own (io/ws_frames.c), and by wslay alone, which that way must not differ
 * from. What a reading came to is a text, so that two of them can be compared: each message that
 * reached the application, then each frame that is sent back.
 */
#ifndef WS_TWINS_H
#define WS_TWINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct ws_twins_way {
    bool client;        /* the reader is one: what it is sent has no masks */
    uint32_t max_bytes; /* of a message */
    size_t step;        /* so many bytes arrive at a time; 0: all at once */
    bool tls;           /* they arrive in the socket's own buffer */
};

/*
 * Both readings, into buffers that are initialised. True when they are the same. Of a frame whose
 * end has not come yet wslay may already say that it is wrong, and ours need not: without it they
 * must be the same then.
 */
bool ws_twins_agree(const struct ws_twins_way *way, const uint8_t *bytes, size_t n,
                    struct buf *ours, struct buf *wslays);

#endif
