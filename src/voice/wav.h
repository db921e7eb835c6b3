/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simplest sound file, RIFF WAVE with 16-bit PCM: what speech servers take and give. Pure.
 */
#ifndef VOICE_WAV_H
#define VOICE_WAV_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct wav {
    int rate; /* samples a second */
    size_t n;
    const int16_t *samples; /* of the first channel */
};

/*
 * Lives in pool. ERR_MALFORMED: no WAVE, none of 16-bit PCM, or of no sensible rate. Lengths that
 * claim more than there is, as servers that stream write them, mean: to the end.
 */
NODISCARD int wav_read(struct pool *p, struct str bytes, struct wav *out, struct err *e);

/* Appends the file to `to`. */
void wav_write(struct buf *to, int rate, const int16_t *samples, size_t n);

#endif
