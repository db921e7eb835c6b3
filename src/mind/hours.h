/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers about opening hours, from the facts and the moment asked for, in the business's zone.
 * Without a known zone nothing is said about now, today or tomorrow. Pure; any thread.
 */
#ifndef MIND_HOURS_H
#define MIND_HOURS_H

#include "base/clock.h"
#include "base/pool.h"
#include "domain/channel.h"
#include "domain/facts.h"
#include "mind/when.h"
#include "mind/words.h"

struct hours_question {
    const struct when *when; /* the days and times asked for */
    bool now;                /* "are you open now" */
    bool closing;            /* "when do you close", "how late": without a day it means today */
    bool opening;            /* "when", "what time": not a question for yes or no */
};

/* A sentence or two; NULL when the hours are not known. Lives in pool. */
const char *hours_answer(struct pool *p, const struct facts *f, enum channel c,
                         const struct hours_question *q, struct wall at);

/*
 * Is the business closed all that day? Then "" or, when a closure says why, its reason; else NULL.
 * That of the week needs the hours, a closure does not.
 */
const char *hours_closed_on(const struct facts *f, int64_t day);

/* The next closure on or after `from` that the words name ("Christmas", "Labor Day"); NULL: none.
 */
const struct facts_closure *hours_closure_named(struct pool *p, const struct facts *f,
                                                const struct words *w, int64_t from);

/* "Monday to Friday 9 AM to 6 PM, Saturday 10 AM to 4 PM; closed on Sunday." NULL: not known. */
const char *hours_week(struct pool *p, const struct facts *f, enum channel c);

#endif
