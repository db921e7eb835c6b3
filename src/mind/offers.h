/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The business's services in a text, and answers about them: what, how much, how long. Names and
 * synonyms come from the facts; nothing here knows a trade. Pure; any thread.
 */
#ifndef MIND_OFFERS_H
#define MIND_OFFERS_H

#include "base/pool.h"
#include "domain/channel.h"
#include "domain/facts.h"
#include "mind/words.h"

#define OFFERS_MAX 3

struct offers {
    size_t n;
    const struct facts_service *found[OFFERS_MAX]; /* in the order of the text */
    size_t first[OFFERS_MAX], n_words[OFFERS_MAX]; /* where they stand in the text */
    size_t words;                                  /* how many words of the text named them */
};

/* The services that the text names; of two names at the same place the longer one counts. */
void offers_find(struct pool *p, const struct words *w, const struct facts *f, struct offers *out);

/* The service of that key, or NULL. */
const struct facts_service *offers_of_key(const struct facts *f, const char *key);

enum offer_aspect { OFFER_ALL, OFFER_PRICE, OFFER_DURATION };

/* What is known of a service. *unknown_out is set when what was asked for is not known. */
const char *offer_answer(struct pool *p, const struct facts *f, enum channel c,
                         const struct facts_service *s, enum offer_aspect aspect,
                         bool *unknown_out);

/* "We offer A, B and C, and 4 more." NULL when no service is known. */
const char *offers_list(struct pool *p, const struct facts *f, enum channel c);

/* What costs least, of what is not free; NULL: no price is known. */
const char *offers_cheapest(struct pool *p, const struct facts *f, enum channel c);

/* The range of all prices; NULL when none is known. */
const char *offers_prices(struct pool *p, const struct facts *f, enum channel c);

#endif
