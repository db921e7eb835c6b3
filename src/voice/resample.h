/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream of samples (16 bit, one channel) brought to another rate by speexdsp. Equal rates pass
 * through untouched. One thread at a time.
 */
#ifndef VOICE_RESAMPLE_H
#define VOICE_RESAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct resample;

/* Rates in samples a second, 1,000 to 192,000. */
NODISCARD struct resample *resample_new(int from, int to);
void resample_free(struct resample **r);

/* Takes samples as they come; false: it wants no more of them. */
typedef bool samples_fn(void *arg, const int16_t *samples, size_t n);

/* What the samples are at the other rate goes to `out`, in one or more pieces. false: `out` wanted
 * no more. */
bool resample_run(struct resample *r, const int16_t *samples, size_t n, samples_fn *out, void *arg);

/* The rest, when no more samples will come (some 4 ms that the filter holds back). */
bool resample_end(struct resample *r, samples_fn *out, void *arg);

#endif
