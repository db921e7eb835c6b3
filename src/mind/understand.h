/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of a customer understood: what it is about, what it does, and the particulars in it,
 * with what was said before taken into account. Both `ava understand` and the local engine's policy
 * read this and nothing else. Deterministic and pure; any thread.
 */
#ifndef MIND_UNDERSTAND_H
#define MIND_UNDERSTAND_H

#include "base/clock.h"
#include "domain/channel.h"
#include "mind/intent.h"
#include "mind/offers.h"
#include "mind/people.h"
#include "mind/talk.h"
#include "mind/topics.h"
#include "mind/words.h"

struct ear_model;

struct understand_in {
    struct str text; /* valid UTF-8 */
    enum channel channel;
    const struct facts *facts;
    const struct talk *talk; /* where the conversation stands */
    struct str said_before;  /* the assistant's line just before; empty: none */
    struct wall now;
    const char *country;         /* calling code for numbers in national form; NULL: 1 */
    const struct ear_model *ear; /* NULL: what the build has trained (mind/ear.h) */
};

struct understood {
    enum intent intent;
    unsigned acts; /* ACTS(...) */
    double confidence;
    /* The particulars of this turn; NULL or -1: none. */
    const struct facts_service *service;
    const struct facts_provider *provider;
    int64_t day, span_from, span_to;
    int minutes, window_from, window_to;
    struct people people;
    int64_t told_day; /* of a visit that is only spoken of; -1 */
    int told_minutes;
    /* How they are to be taken. */
    bool any_such_day;    /* day is only the next of many: "a Thursday" */
    int no_month, no_day; /* "February 30": a day that there is not; 0: none */
    int64_t old_day;      /* of the appointment that is to be moved: "my Tuesday one" */
    int64_t other_day;    /* the second reading of an ambiguous date; -1 */
    int other_minutes;    /* of an ambiguous time; -1 */
    int choice;           /* index into talk->offers; -1: none was chosen */
    bool from_choice;     /* day and minutes are the chosen offer's */
    bool any_choice;      /* either will do: the choice is ours */
    bool earlier, later;  /* alternatives in that direction */
    bool negated_when;    /* only says when not */
    bool asks;            /* something is asked too that facts may answer */
    /* What was read, for answers from facts. */
    struct words words;
    struct topics topics;
    struct offers offers;
};

void understand(struct pool *p, const struct understand_in *in, struct understood *out);

/*
 * The one day and time that the turn names, wished for or only told; -1: none. Days since
 * 1970-01-01, minutes since midnight.
 */
int64_t understood_day(const struct understood *u);
int understood_minutes(const struct understood *u);

#endif
