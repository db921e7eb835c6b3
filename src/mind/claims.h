/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reply claims: that something is booked, moved or cancelled, or that a time is free. A
 * reply that was not made from tool results may claim what is not so; this finds the claims, so
 * that they can be held against what the tools said (mind/evidence.h). An offer ("I can book"), a
 * condition, a question and a denial claim nothing. English. Pure; any thread.
 */
#ifndef MIND_CLAIMS_H
#define MIND_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/str.h"

enum claim_kind {
    CLAIM_BOOKED,
    CLAIM_MOVED,
    CLAIM_CANCELLED,
    CLAIM_FREE, /* these times are to be had */
    CLAIM_TIME, /* times that are named otherwise */
};

/* A day as it was said, which can be in several ways at once: "Tuesday, March 3". */
struct claim_day {
    int weekday;    /* 1 Monday to 7 Sunday; 0: not said */
    int month_day;  /* "March 3", "the 9th"; 0: not said */
    int from_today; /* 0 today, 1 tomorrow; -1: not said */
};
struct claim_time {
    int minutes; /* since midnight */
    bool half;   /* neither AM nor PM was said: twelve hours later fits too */
    struct claim_day day;
};

#define CLAIM_TIMES_MAX 12
struct claim {
    enum claim_kind kind;
    bool deed;      /* "I've booked it", "I'll book it now"; else a state: "you're booked" */
    size_t n_times; /* said in the same sentence */
    struct claim_time times[CLAIM_TIMES_MAX];
};

#define CLAIMS_MAX 16
struct claims {
    size_t n; /* in the order of the text */
    struct claim list[CLAIMS_MAX];
};

/* text is valid UTF-8. */
void claims_find(struct pool *p, struct str text, struct claims *out);

/* Does that moment, days since 1970-01-01 and minutes, fit what was said? */
bool claim_time_fits(const struct claim_time *t, int64_t day, int minutes, int64_t today);

#endif
