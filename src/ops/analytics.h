/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting: takes conversations one by one and makes the rows of a report. Knows neither the
 * database nor how rows are written. One thread at a time.
 */
#ifndef OPS_ANALYTICS_H
#define OPS_ANALYTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/pool.h"
#include "domain/zone.h"

enum report {
    REPORT_VOLUME,
    REPORT_SATISFACTION,
    REPORT_FUNNEL,
    REPORT_RESPONSE,
    REPORT_HOURS,
    REPORT_ESCALATIONS,
    REPORT_COST,
};

/* The names as in schemas.def: channels and answered_by in order; stage_of gives 1 to 4. */
extern const char *const analytics_channels[5];
extern const char *const analytics_answerers[3];
extern const char *const analytics_stages[5];
int stage_of(const char *name);

struct span {
    const struct zone *zone;
    int64_t first, last; /* local days since 1970; the span before is as long */
};
struct wall span_from(const struct span *s);   /* of the span */
struct wall span_until(const struct span *s);  /* exclusive */
struct wall span_before(const struct span *s); /* where the one before begins */

struct counted {
    struct wall initiated_at, completed_at, heard_at, answered_at; /* us == 0: not */
    int channel, answered_by;                                      /* -1: not known */
    int64_t score, progress;                                       /* score 0: none */
    int64_t prompt_tokens, completion_tokens;
    double cost; /* of these */
    bool escalated;
};

struct tally;

/* Lives in pool. */
struct tally *tally_new(struct pool *p, enum report report, const struct span *span);
/* One that began between span_before and span_until. */
void tally_add(struct tally *t, const struct counted *c);

/* A figure; -1 where it is not of one day, channel, ... */
struct figure {
    int64_t day;
    int channel, answered_by, weekday, hour, stage;
    const char *measure;
    bool has_value, has_before;
    double value, before;
    int64_t n;
};
typedef void figure_fn(void *arg, const struct figure *f);
/* Once, after the last. */
void tally_figures(struct tally *t, figure_fn *fn, void *arg);

#endif
