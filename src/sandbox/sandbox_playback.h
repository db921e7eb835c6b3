/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Twilio does with the sound that a bidirectional Media Stream sends it: it waits in a queue
 * and is played at the pace of a telephone, a mark comes back when all that was queued before it
 * has been played, a clear empties the queue and has all marks come back (Twilio docs, "Media
 * Streams: WebSocket messages"). Pure; one thread.
 */
#ifndef SANDBOX_SANDBOX_PLAYBACK_H
#define SANDBOX_SANDBOX_PLAYBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define PLAYBACK_FRAME 160 /* bytes of 20 ms of µ-law */
#define PLAYBACK_SILENCE 0xFF
#define PLAYBACK_MARK_BYTES 128
#define PLAYBACK_MARKS_MAX 1024

struct playback {
    uint8_t *bytes; /* owned; what waits is from `at` to `n` */
    size_t at, n, room, max;
    struct playback_mark {
        char name[PLAYBACK_MARK_BYTES];
        uint64_t due; /* when so many bytes have been played in all */
    } * marks;        /* owned, in order */
    size_t n_marks, marks_room;
    uint64_t played; /* bytes since the beginning, what was cleared included */
};

/* Takes no memory yet. max_bytes: of what waits. */
void playback_init(struct playback *b, size_t max_bytes);
void playback_free(struct playback *b); /* what it holds; may be used again after init */

/* false when so much would wait that it does not fit: nothing was queued. */
bool playback_add(struct playback *b, struct str ulaw);
/* false when there are too many; the name is cut to PLAYBACK_MARK_BYTES. */
bool playback_mark(struct playback *b, struct str name);

/* Plays 20 ms: fills `frame` up with silence; returns how many bytes of it were queued. */
size_t playback_take(struct playback *b, uint8_t frame[PLAYBACK_FRAME]);

/* The next mark that is due, in order; false: none. */
bool playback_due(struct playback *b, char name[PLAYBACK_MARK_BYTES]);

/* Empties the queue; all marks are due. Returns how many bytes were dropped. */
size_t playback_clear(struct playback *b);

/* Bytes that wait. */
size_t playback_waits(const struct playback *b);

#endif
