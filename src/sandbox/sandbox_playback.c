/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks are kept by the number of bytes after which they are due, so that playing and clearing need
 * not look at them: both only move what counts as played.
 */
#include "sandbox/sandbox_playback.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"

#define ROOM_MIN 8000

void playback_init(struct playback *b, size_t max_bytes)
{
    *b = (struct playback){.max = max_bytes};
}

void playback_free(struct playback *b)
{
    free(b->bytes);
    free(b->marks);
    *b = (struct playback){.max = b->max};
}

size_t playback_waits(const struct playback *b)
{
    return b->n - b->at;
}

bool playback_add(struct playback *b, struct str ulaw)
{
    size_t waits = playback_waits(b);
    if (ulaw.n > b->max || waits > b->max - ulaw.n) {
        return false;
    }
    if (ulaw.n == 0) {
        return true;
    }
    if (b->n + ulaw.n > b->room) {
        if (waits) {
            memmove(b->bytes, b->bytes + b->at, waits);
        }
        b->at = 0;
        b->n = waits;
    }
    if (b->n + ulaw.n > b->room) {
        b->room = MAX_OF(MAX_OF(b->room * 2, b->n + ulaw.n), (size_t)ROOM_MIN);
        b->bytes = xrealloc(b->bytes, b->room);
    }
    memcpy(b->bytes + b->n, ulaw.p, ulaw.n);
    b->n += ulaw.n;
    return true;
}

bool playback_mark(struct playback *b, struct str name)
{
    if (b->n_marks == PLAYBACK_MARKS_MAX) {
        return false;
    }
    if (b->n_marks == b->marks_room) {
        b->marks_room = b->marks_room ? b->marks_room * 2 : 4;
        b->marks = xrealloc(b->marks, b->marks_room * sizeof *b->marks);
    }
    struct playback_mark *m = &b->marks[b->n_marks++];
    snprintf(m->name, sizeof m->name, STR_FMT, STR_ARG(name));
    m->due = b->played + playback_waits(b);
    return true;
}

size_t playback_take(struct playback *b, uint8_t frame[PLAYBACK_FRAME])
{
    size_t n = MIN_OF(playback_waits(b), (size_t)PLAYBACK_FRAME);
    if (n) {
        memcpy(frame, b->bytes + b->at, n);
    }
    memset(frame + n, PLAYBACK_SILENCE, PLAYBACK_FRAME - n);
    b->at += n;
    b->played += n;
    return n;
}

bool playback_due(struct playback *b, char name[PLAYBACK_MARK_BYTES])
{
    if (b->n_marks == 0 || b->marks[0].due > b->played) {
        return false;
    }
    memcpy(name, b->marks[0].name, PLAYBACK_MARK_BYTES);
    memmove(b->marks, b->marks + 1, --b->n_marks * sizeof *b->marks);
    return true;
}

size_t playback_clear(struct playback *b)
{
    size_t dropped = playback_waits(b);
    b->at = b->n = 0;
    b->played += dropped;
    return dropped;
}
