/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often somebody may do something: each key (an address, a visitor) has a bucket that fills
 * evenly and may be emptied at once. A fixed number of buckets is kept; when there are more keys,
 * the bucket that is nearest to full is forgotten, which only ever allows more. Any thread.
 */
#ifndef IO_ALLOWANCE_H
#define IO_ALLOWANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

struct allowance;

/* So often in so long, all of it at once if it must be; at least `keys` keys are kept apart. */
NODISCARD struct allowance *allowance_new(int times, int64_t span_us, int keys);
void allowance_free(struct allowance **a);

/* Takes one; false when there is none left, and then how long until there is one. */
bool allowance_take(struct allowance *a, struct str key, struct mono now, int64_t *wait_us_out);

/* The part of an address that stands for one user: of IPv6 the first 64 bits. Lives in `out`. */
#define ALLOWANCE_ADDRESS_BYTES 48
struct str allowance_address(struct str address, char out[ALLOWANCE_ADDRESS_BYTES]);

#endif
