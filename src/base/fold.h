/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for what somebody typed into a search box in short texts such as names and numbers, the
 * way people mean it: capitals do not count, and neither does how a telephone number is written.
 * Lives in the pool. Any thread.
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/str.h"

struct fold_words;

/* The words of a text, at most 8. NULL when there are none. */
struct fold_words *fold_words_of(struct pool *p, struct str text);

/*
 * Is each word in one of the texts? A word of three digits or more is also looked for in a text's
 * digits alone: 010-0002 finds +15550100002. p == NULL is no text.
 */
bool fold_words_in(const struct fold_words *w, const struct str *texts, size_t n);

/* The same number for two texts that differ in capitals and white space only (FNV-1a, 64 bits over
 * code points). `seed` tells kinds of texts apart. */
uint64_t fold_hash(struct str text, uint64_t seed);

#endif
