/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of the local engine in the making: what was understood, what will be said. Included by
 * turn_local.c (policy) and turn_answers.c (answers from facts) only.
 */
#ifndef MIND_TURN_PRIVATE_H
#define MIND_TURN_PRIVATE_H

#include "mind/memory.h"
#include "mind/offers.h"
#include "mind/sentences.h"
#include "mind/topics.h"
#include "mind/turn.h"
#include "mind/words.h"

#define PARTS_MAX 8

struct turn {
    struct pool *pool;
    const struct turn_in *in;
    const struct facts *facts;
    struct speaker speaker;
    struct words words;
    struct topics topics;
    struct offers offers;
    struct memory memory;
    const char *parts[PARTS_MAX]; /* answers from facts, in the order in which they are said */
    size_t n_parts;
    bool unknown;       /* a part says that something is not known */
    const char *action; /* the sentence about what is passed on, refused or returned */
    bool action_first;
    struct turn_out out;
    struct turn_event **event_end;
};

static inline bool turn_has(const struct turn *t, enum topic topic)
{
    return t->topics.has[topic];
}

/* Adds an answer; one that was given before begins otherwise. */
void turn_add_part(struct turn *t, enum topic topic, const char *text);

/* All that the facts answer of what was asked. */
void turn_answer_facts(struct turn *t);

void turn_answer_hours(struct turn *t);

/* A service that is not in the facts: neither a yes nor a no would be honest. */
void turn_answer_unlisted(struct turn *t);

#endif
