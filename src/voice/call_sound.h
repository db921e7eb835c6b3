/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well the caller's sound comes in, measured without decoding it: from when the frames come,
 * and from a few samples of some of them.
 *
 * Jitter as RFC 3550 section 6.4.1 estimates it. A gap is a frame that came later than its place in
 * the stream by more than 60 ms; its lateness is sound that was missed.
 *
 *   score = arrival * clipping * level, each 0 to 1:
 *   arrival   1 - 5 * (missed ms / ms of sound): a fifth missing is worth nothing
 *   clipping  1 - 5 * (share of the loud samples at full scale), not below 0.5
 *   level     1 when the loud samples (root mean square) lie above -40 dB of full scale; falls to
 * 0.5 at -60 dB
 */
#ifndef VOICE_CALL_SOUND_H
#define VOICE_CALL_SOUND_H

#include <stdint.h>

#include "base/str.h"
#include "voice/audio.h"

struct call_sound {
    int64_t frames, sound_us; /* how many, and how much sound in them */
    int64_t began_us;         /* when the first came */
    int64_t last_us, lag_us;  /* the last; how far the stream lies behind its start */
    int64_t gaps, missed_us;
    double jitter_us;
    int64_t loud, clipped; /* of the samples looked at */
    double power;          /* sum of the squares of the loud ones, full scale 1 */
};

/* A frame of the caller's, base64. Never allocates. */
void call_sound_in(struct call_sound *s, enum audio_form form, struct str base64, int64_t now_us);

/* The score; below 0 when no sound came. */
double call_sound_score(const struct call_sound *s);

#endif
