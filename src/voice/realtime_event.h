/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event of a realtime model's server, read just far enough to know what it is: one pass over its
 * outermost members, nothing copied, nothing allocated, since sound makes up nearly all of what
 * comes. What lies deeper is left as it is written, for base/json_read.h. Pure; any thread.
 */
#ifndef VOICE_REALTIME_EVENT_H
#define VOICE_REALTIME_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/str.h"

enum realtime_kind {
    REALTIME_UNKNOWN,
#define EVENT(name, present, beta) REALTIME_##name,
#include "voice/realtime_event.def"
#undef EVENT
};

/* Views into the frame; p == NULL: the event has no such member. */
struct realtime_event {
    enum realtime_kind kind;
    /* Texts that are written without escapes, as ids are; others count as missing. */
    struct str type, item_id, response_id;
    /* Base64 of an AUDIO_DELTA, complete and of the alphabet; else missing. */
    struct str audio;
    /* "delta" and "transcript" of all others with their quotation marks: realtime_text() reads them
     */
    struct str delta, transcript;
    struct str item, response, session, error; /* objects */
};

/* false when the frame is no JSON object as far as this looks, which is not into nested values. */
NODISCARD bool realtime_event_scan(struct str frame, struct realtime_event *out);

/* The text that a JSON string means; empty when it is none. Lives in pool. */
struct str realtime_text(struct pool *p, struct str quoted);

#endif
