/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates and times in a text, as people write and speak them: "tmrw at 2", "the week after next",
 * "a week from Friday", "3/9", "half past one", "between 2 and 4", "not Thursday". Relative to a
 * now in the business's zone; a past date rolls forward. What has two readings is marked, so that
 * it can be asked about and is not guessed. English. Pure; any thread.
 */
#ifndef MIND_WHEN_H
#define MIND_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "mind/words.h"

struct zone;

enum when_kind {
    WHEN_DATE,   /* a day, or a span of days ("next week", "this weekend", "end of the month") */
    WHEN_TIME,   /* a time of day */
    WHEN_WINDOW, /* a part of a day: "morning", "after 3", "between 2 and 4" */
};

struct when_mention {
    enum when_kind kind;
    size_t first, last;    /* words of the text, both included */
    int64_t day, last_day; /* WHEN_DATE: days since 1970-01-01; the same for one day */
    int from, to;          /* minutes since midnight; WHEN_TIME: the same */
    bool negated;          /* "not Tuesday", "anything but 3", "I can't do Thursday" */
    bool vague;            /* "around 3", "3ish", "sometime next week" */
    bool half_assumed;     /* am or pm was not said: from and to are of the likelier half */
    bool past;             /* a day that is over, or a time of today that has passed */
    bool ambiguous;        /* two readings: this one, and the other_ one, equally likely */
    int64_t other_day;     /* WHEN_DATE */
    int other_from;        /* WHEN_TIME */
};

#define WHEN_MAX 8
struct when {
    size_t n; /* in the order of the text */
    struct when_mention list[WHEN_MAX];
    int no_month, no_day; /* "February 30": the last day named that there is not; 0: none */
};

struct when_context {
    struct wall now;
    const struct zone *zone; /* NULL: not known, UTC is taken */
    int64_t said_day; /* the day talked of before, for "that day", "the day after"; -1: none */
    int said_from; /* the time talked of before, for "an hour later", "half an hour earlier"; -1 */
};

void when_find(const struct words *w, const struct when_context *c, struct when *out);

#endif
