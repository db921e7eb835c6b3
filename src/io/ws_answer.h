/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server answers to the request for a WebSocket, RFC 6455 section 4.1, read strictly: a
 * hundred-and-one that does not prove that it was meant for us ends the connection. Pure; any
 * thread.
 */
#ifndef IO_WS_ANSWER_H
#define IO_WS_ANSWER_H

#include <stddef.h>

#include "base/attr.h"
#include "base/str.h"

#define WS_KEY_BYTES 25        /* 16 random bytes in base64, and a NUL */
#define WS_ACCEPT_BYTES 29     /* SHA-1 in base64, and a NUL */
#define WS_ANSWER_BYTES 8192   /* a longer head is refused */
#define WS_ANSWER_WHY_BYTES 80 /* of a reason */

/* What a server has to answer to that key. */
void ws_accept_of(struct str key, char accept[WS_ACCEPT_BYTES]);

enum ws_answer { WS_ANSWER_MORE, WS_ANSWER_GOOD, WS_ANSWER_BAD };

/*
 * `got`: what has arrived so far. GOOD: it is complete, *used bytes long; frames may follow. MORE:
 * of it. BAD: `why` is a sentence for the log. protocol: the sub-protocols that were offered, as
 * in the header; p == NULL: none.
 */
NODISCARD enum ws_answer ws_answer_read(struct str got, const char *accept, struct str protocol,
                                        size_t *used, char why[WS_ANSWER_WHY_BYTES]);

#endif
