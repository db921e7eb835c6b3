/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences that were spoken lately, as sound: greetings, prices and questions come again in every
 * call, and need not be made again. In memory only; the least used goes first. Any thread.
 */
#ifndef VOICE_SPEAK_KEPT_H
#define VOICE_SPEAK_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

#define SPEAK_KEPT_MAX 64
#define SPEAK_KEPT_SAMPLES ((size_t)240000) /* of one: half a minute for a telephone */

struct speak_kept;

NODISCARD struct speak_kept *speak_kept_new(void);
void speak_kept_free(struct speak_kept **k);

/* A copy of the sentence's samples at that rate, to be freed; NULL: it is not kept. */
NODISCARD int16_t *speak_kept_find(struct speak_kept *k, struct str sentence, int rate, size_t *n);

/* Keeps a copy, unless it is too long. */
void speak_kept_add(struct speak_kept *k, struct str sentence, int rate, const int16_t *samples,
                    size_t n);

#endif
