/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages of a Twilio media stream, as they come in on its WebSocket: JSON texts, their
 * numbers written as strings (Twilio docs, "Media Streams - WebSocket messages"). Nearly all are
 * `media`, fifty a second and call: these are read in one pass over their bytes, without memory,
 * and their sound is left where it is. All else, and a `media` of an unusual form, goes through the
 * JSON parser. Pure; any thread.
 */
#ifndef VOICE_MEDIA_FRAME_H
#define VOICE_MEDIA_FRAME_H

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

#define MEDIA_FRAME_MAX_BYTES (32u << 10) /* of a whole message */
#define MEDIA_SOUND_MAX_BYTES 8000        /* in one message: a second; Twilio sends 20 ms */

enum media_event {
    MEDIA_OTHER, /* one that we do not know, or the sound of another track: to be ignored */
    MEDIA_CONNECTED,
    MEDIA_START,
    MEDIA_SOUND,
    MEDIA_DIGIT,
    MEDIA_MARK,
    MEDIA_STOP,
};

struct media_frame { /* texts borrow from the message, or live in the pool */
    enum media_event event;
    int64_t sequence;      /* from 1; 0: it has none */
    struct str stream_sid; /* MZ...; empty: it has none */
    /* MEDIA_SOUND */
    int64_t chunk, at_ms; /* from 1; since the stream began */
    struct str sound;     /* base64 with padding, in its alphabet and whole, not empty */
    /* MEDIA_START */
    struct str call_sid, account_sid;
    struct str token, from, to, direction, opening; /* parameters of ours; p == NULL: not there */
    char digit;                                     /* MEDIA_DIGIT */
    struct str mark;                                /* MEDIA_MARK: its name */
};

/*
 * 0, or ERR_MALFORMED in words that name no content: no JSON, no event, a known event without what
 * it must have, a form of sound that was not agreed on. `p` is for what is not sound.
 */
NODISCARD int media_frame_read(struct pool *p, struct str text, struct media_frame *out,
                               struct err *e);

/* The one-pass half of it: true when the text is a `media` of the usual form. */
bool media_frame_scan(struct str text, struct media_frame *out);

#endif
