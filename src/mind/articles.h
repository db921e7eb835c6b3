/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the business's articles answer a question: by the words they have in common, weighed by
 * how few articles have them. Endings and small words do not count. A question that the articles
 * do not speak of finds none. Any thread.
 */
#ifndef MIND_ARTICLES_H
#define MIND_ARTICLES_H

#include <stddef.h>

#include "base/pool.h"
#include "base/str.h"
#include "domain/facts.h"

struct article_match {
    const struct facts_article *article; /* the facts' own */
    double score;                        /* above 0, at most 1 */
};

/* The best first, at most `max`; returns how many. question is valid UTF-8; pool is for scratch. */
size_t articles_search(struct pool *p, const struct facts *f, struct str question,
                       struct article_match *out, size_t max);

#endif
