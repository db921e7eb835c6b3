/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member of the staff who listens in to a call that goes on: what both sides say is handed to
 * them, as it passes, in the call's own form and as JSON messages:
 *
 *   {"type":"listening","conversation_id":"...","encoding":"ulaw"|"pcm16","rate":8000,
 *    "timestamp":12.3}                                                       the first
 *   {"type":"audio","speaker":"customer"|"assistant","timestamp":12.5,"data":"base64"}
 *   {"type":"clear","timestamp":13.1}   what the assistant said and has not been played never is
 *
 * The customer's sound comes as it is spoken; the assistant's as it is made, mostly ahead of its
 * time, and is played behind what came of it before. Times are seconds since the call began.
 *
 * Nobody waits for a listener: `send` takes a copy and drops who does not keep up. Who listened,
 * and from when to when, becomes events of the call.
 */
#ifndef VOICE_LISTENER_H
#define VOICE_LISTENER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"

struct listener;

enum listener_ending { LISTENER_CALL_OVER, LISTENER_CROWDED /* so many listen already */ };

/* Where the sound goes. Called on the call's loop thread, which is not that of the socket. */
struct listener_ops {
    void (*send)(void *to, struct str json);         /* copied; never waits */
    void (*end)(void *to, enum listener_ending why); /* nothing is sent any more */
    void (*free)(void *to);                          /* nobody knows it any more; any thread */
};

/* Any thread: is that conversation a call that goes on in this process? */
bool listener_possible(const char *conversation_id);

/* `by` is the name that the events say; both are copied. */
NODISCARD struct listener *listener_new(const char *conversation_id, const char *by,
                                        const struct listener_ops *ops, void *to);

/* Once, on a loop's thread: from a moment on it hears; `end` when there is no such call. */
void listener_begin(struct listener *l);

/*
 * It is gone: nothing is sent in a moment. slow: as it did not take what it was sent. On the thread
 * of listener_begin; also instead of it. Nulls the pointer.
 */
void listener_gone(struct listener **l, bool slow);

#endif
