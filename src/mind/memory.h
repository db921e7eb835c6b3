/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the local engine remembers between turns, as the small state document that the caller
 * stores: how often it said what, what is being arranged. Of the customer's own words it keeps only
 * a name that was given. Any thread.
 */
#ifndef MIND_MEMORY_H
#define MIND_MEMORY_H

#include <stdbool.h>

#include "base/pool.h"
#include "base/str.h"
#include "mind/lines.h"
#include "mind/talk.h"
#include "mind/topics.h"

struct memory {
    int turns;
    int said[N_TOPICS];     /* how often each topic was answered */
    int64_t told[N_TOPICS]; /* a sum over the last answer to each topic; 0: none */
    int lines[N_LINES];     /* how often each line was said */
    int unknown;            /* how often it had to say that it does not know */
    int last;               /* the topic answered last; -1: none */
    bool greeted;
    struct talk talk; /* what is being arranged */
};

/* A state that is empty, damaged or another engine's is a first turn. Lives in pool. */
void memory_read(struct pool *p, struct str state, struct memory *out);
struct str memory_write(struct pool *p, const struct memory *m);

#endif
