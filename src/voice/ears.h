/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where speech begins and ends in a caller's sound. The detector is WebRTC's, of
 * libwebrtc_audio_processing, looked up at run time; without that library the loudness above the
 * line's noise decides. One thread at a time; never blocks.
 */
#ifndef VOICE_EARS_H
#define VOICE_EARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

#define EARS_RATE 16000 /* samples a second */

struct ears;

struct ears_config {
    int pre_roll_ms;  /* so much of before the beginning belongs to it; at most 1000 */
    int hangover_ms;  /* so long a silence ends it */
    int longest_ms;   /* it ends after so long in any case */
    bool by_loudness; /* not by the library, for tests */
};

struct ears_events {
    void (*began)(void *arg); /* some 60 ms after it did; one click does not make it */
    void (*speech)(void *arg, const int16_t *samples, size_t n); /* first the pre-roll */
    void (*ended)(void *arg);
};

NODISCARD struct ears *ears_new(const struct ears_config *c, const struct ears_events *events,
                                void *arg);
void ears_free(struct ears **e);
const char *ears_name(const struct ears *e); /* "webrtc", "loudness" */

void ears_samples(struct ears *e, const int16_t *samples, size_t n);
/* Who speaks says that the turn is over: it ends now, if it has begun. */
void ears_end(struct ears *e);
bool ears_in_speech(const struct ears *e);

#endif
