/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mood of one text, for the local scorer. Included inside mind/ and by its tests only.
 */
#ifndef MIND_SCORE_PRIVATE_H
#define MIND_SCORE_PRIVATE_H

#include "mind/words.h"

struct feeling {
    int good, bad;     /* sums of the weights, both positive */
    const char *worst; /* the phrase's words that weighed most against; NULL: none */
};

/* Pictures (emoji) count too. Lives in pool. */
struct feeling feeling_of(struct pool *p, struct str text, const struct words *w);

#endif
