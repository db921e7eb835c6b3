/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identifiers: UUID version 7 (RFC 9562 section 5.7), so that ids made later sort later, also as
 * text, and index inserts go to the right edge. Within a process they never go back, even when the
 * wall clock does. Any thread.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/str.h"

#define ID_TEXT_BYTES 37 /* 36 characters, canonical lower case, and a NUL */

struct id {
    char text[ID_TEXT_BYTES];
};

struct id id_new(void);

/* An id as it would have been made at `at`, from the caller's 10 random bytes: for imports and
 * for generated data that must be the same every time. */
struct id id_at(struct wall at, const unsigned char random[10]);

/* Any UUID in 8-4-4-4-12 form, in either case; writes it in canonical lower case. */
NODISCARD bool id_parse(struct str s, struct id *out);

/* Random bytes fit for keys and tokens; aborts if the kernel has none. */
void random_bytes(void *out, size_t n);

#endif
