/* SPDX-License-Identifier: Apache-2.0 */
/* Between claims.c (what is claimed) and claims_times.c (of which days and times). */
#ifndef MIND_CLAIMS_PRIVATE_H
#define MIND_CLAIMS_PRIVATE_H

#include "mind/claims.h"
#include "mind/words.h"

struct claims_sentence {
    const struct words *words;
    size_t begin, end;
    struct claim_day day; /* the last one said, in earlier sentences too */
    size_t n;
    struct claim_time times[CLAIM_TIMES_MAX];
    size_t first[CLAIM_TIMES_MAX], last[CLAIM_TIMES_MAX]; /* their words */
};

bool claims_one_of(const struct word *w, const char *const *list);

/* Reads the sentence's times and carries its last day on. */
void claims_read_times(struct claims_sentence *s);
/* Copies them into a claim. */
void claims_times(const struct claims_sentence *s, struct claim *to);

bool claims_day_at(const struct claims_sentence *s, size_t at);
bool claims_time_at(const struct claims_sentence *s, size_t at);

#endif
