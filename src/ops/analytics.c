/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tally has cells: one for each group that a report speaks of, twice, for the span and the one
 * before. A cell counts, sums and, for medians, keeps all values.
 */
#include "ops/analytics.h"

#include <stdlib.h>

#define CHANNELS 5
#define ALL CHANNELS /* the group of all channels */
#define ANSWERERS 3
#define STAGES 5
#define HOURS (7 * 24)

const char *const analytics_channels[5] = {"voice", "sms", "email", "whatsapp", "web"};
const char *const analytics_answerers[3] = {"assistant", "staff", "both"};
const char *const analytics_stages[5] = {"contact", "intent", "offered", "booked", "kept"};

int stage_of(const char *name)
{
    for (int i = 1; i < STAGES; i++) {
        if (strcmp(name, analytics_stages[i]) == 0) {
            return i;
        }
    }
    return 0;
}

struct wall span_from(const struct span *s)
{
    return zone_moment(s->zone, s->first, 0);
}

struct wall span_until(const struct span *s)
{
    return zone_moment(s->zone, s->last + 1, 0);
}

struct wall span_before(const struct span *s)
{
    return zone_moment(s->zone, 2 * s->first - s->last - 1, 0);
}

struct cell {
    int64_t n;
    double sum;
    int64_t *values; /* seconds; NULL: none are kept */
    size_t room;
};

/* Which group is in which cell: by channel (and all), by who answered, by stage and channel, by
 * hour of the week, by day and channel. */
struct tally {
    struct pool *pool;
    enum report report;
    struct span span;
    int64_t from_us, days;
    struct cell (*channel)[2];  /* CHANNELS + 1 */
    struct cell (*second)[2];   /* a second measure of the same */
    struct cell (*third)[2];    /* and a third */
    struct cell (*answerer)[2]; /* ANSWERERS */
    struct cell (*stage)[2];    /* STAGES * (CHANNELS + 1) */
    struct cell *hour;          /* HOURS */
    struct cell *day;           /* days * (CHANNELS + 1) */
};

struct tally *tally_new(struct pool *p, enum report report, const struct span *span)
{
    struct tally *t = pool_calloc(p, 1, sizeof *t);
    *t = (struct tally){
        .pool = p,
        .report = report,
        .span = *span,
        .from_us = span_from(span).us,
        .days = span->last - span->first + 1,
        .channel = pool_calloc(p, CHANNELS + 1, sizeof *t->channel),
        .second = pool_calloc(p, CHANNELS + 1, sizeof *t->second),
        .third = pool_calloc(p, CHANNELS + 1, sizeof *t->third),
        .answerer = pool_calloc(p, ANSWERERS, sizeof *t->answerer),
        .stage = pool_calloc(p, (size_t)STAGES * (CHANNELS + 1), sizeof *t->stage),
        .hour = pool_calloc(p, HOURS, sizeof *t->hour),
    };
    t->day = pool_calloc(p, (size_t)t->days * (CHANNELS + 1), sizeof *t->day);
    return t;
}

static void count(struct cell *c, double value)
{
    c->n++;
    c->sum += value;
}

static void keep(struct tally *t, struct cell *c, int64_t value)
{
    if ((size_t)c->n == c->room) {
        size_t room = c->room ? 2 * c->room : 64;
        int64_t *values = pool_alloc(t->pool, room * sizeof *values);
        if (c->n) {
            memcpy(values, c->values, (size_t)c->n * sizeof *values);
        }
        c->values = values;
        c->room = room;
    }
    c->values[c->n++] = value;
}

static void add_response(struct tally *t, const struct counted *c, int when, int group)
{
    if (c->heard_at.us && c->answered_at.us) {
        keep(t, &t->channel[group][when], (c->answered_at.us - c->heard_at.us) / US_PER_SECOND);
    }
    if (c->completed_at.us > c->initiated_at.us) {
        keep(t, &t->second[group][when], (c->completed_at.us - c->initiated_at.us) / US_PER_SECOND);
    }
}

/* Into a channel's cells, or into those of all. */
static void add_to(struct tally *t, const struct counted *c, int when, int group)
{
    switch (t->report) {
    case REPORT_SATISFACTION:
        if (c->score) {
            count(&t->channel[group][when], (double)c->score);
        }
        break;
    case REPORT_FUNNEL:
        for (int64_t s = 0; s <= c->progress && s < STAGES; s++) {
            count(&t->stage[s * (CHANNELS + 1) + group][when], 1);
        }
        break;
    case REPORT_RESPONSE:
        add_response(t, c, when, group);
        break;
    case REPORT_ESCALATIONS:
        count(&t->channel[group][when], c->escalated);
        break;
    case REPORT_COST:
        count(&t->channel[group][when], c->cost);
        count(&t->second[group][when], (double)c->prompt_tokens);
        count(&t->third[group][when], (double)c->completion_tokens);
        break;
    case REPORT_VOLUME:
    case REPORT_HOURS:
        count(&t->channel[group][when], 1);
        break;
    }
}

void tally_add(struct tally *t, const struct counted *c)
{
    int when = c->initiated_at.us < t->from_us;
    if (c->channel >= 0) {
        add_to(t, c, when, c->channel);
    }
    add_to(t, c, when, ALL);
    if (t->report == REPORT_SATISFACTION && c->score && c->answered_by >= 0) {
        count(&t->answerer[c->answered_by][when], (double)c->score);
    }
    if (when) {
        return;
    }
    struct local_time at = zone_local(t->span.zone, c->initiated_at);
    int64_t day = at.days - t->span.first;
    t->hour[(at.weekday - 1) * 24 + at.minutes / 60].n++;
    if (day >= 0 && day < t->days) {
        struct cell *cells = &t->day[day * (CHANNELS + 1)];
        double value = t->report == REPORT_COST ? c->cost : c->escalated;
        count(&cells[ALL], value);
        if (c->channel >= 0) {
            count(&cells[c->channel], value);
        }
    }
}

/* ---- figures ---- */

static const struct figure nothing = {-1, -1, -1, -1, -1, -1, NULL, false, false, 0, 0, 0};

static struct figure of_channel(int group, const char *measure)
{
    struct figure f = nothing;
    f.channel = group == ALL ? -1 : group;
    f.measure = measure;
    return f;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void sort_values(struct cell *c)
{
    if (c->n) {
        qsort(c->values, (size_t)c->n, sizeof *c->values, by_size);
    }
}

/* The nearest rank: a value that did occur. */
static bool rank_of(const struct cell *c, int percent, double *out)
{
    if (c->n == 0) {
        return false;
    }
    int64_t rank = (c->n * percent + 99) / 100;
    *out = (double)c->values[rank - 1];
    return true;
}

static void give_ranks(struct cell cells[2], int group, const char *median, const char *p90,
                       figure_fn *fn, void *arg)
{
    sort_values(&cells[0]);
    sort_values(&cells[1]);
    for (int i = 0; i < 2; i++) {
        struct figure f = of_channel(group, i ? p90 : median);
        f.has_value = rank_of(&cells[0], i ? 90 : 50, &f.value);
        f.has_before = rank_of(&cells[1], i ? 90 : 50, &f.before);
        f.n = cells[0].n;
        fn(arg, &f);
    }
}

static bool mean_of(const struct cell *c, double scale, double *out)
{
    *out = c->n ? scale * c->sum / (double)c->n : 0;
    return c->n > 0;
}

static void give_mean(struct figure f, const struct cell cells[2], double scale, figure_fn *fn,
                      void *arg)
{
    f.has_value = mean_of(&cells[0], scale, &f.value);
    f.has_before = mean_of(&cells[1], scale, &f.before);
    f.n = cells[0].n;
    fn(arg, &f);
}

static void give_sum(struct figure f, const struct cell cells[2], figure_fn *fn, void *arg)
{
    f.has_value = f.has_before = true;
    f.value = cells[0].sum;
    f.before = cells[1].sum;
    f.n = (int64_t)cells[0].sum;
    fn(arg, &f);
}

/* A sum that is no number of conversations. */
static void give_amount(struct figure f, const struct cell cells[2], figure_fn *fn, void *arg)
{
    f.has_value = f.has_before = true;
    f.value = cells[0].sum;
    f.before = cells[1].sum;
    f.n = cells[0].n;
    fn(arg, &f);
}

static void give_costs(const struct tally *t, figure_fn *fn, void *arg)
{
    for (int64_t day = 0; day < t->days; day++) {
        for (int group = 0; group <= CHANNELS; group++) {
            const struct cell *c = &t->day[day * (CHANNELS + 1) + group];
            struct figure f = of_channel(group, "cost");
            f.day = t->span.first + day;
            f.n = c->n;
            f.value = c->sum;
            f.has_value = true;
            if (f.n || group == ALL) {
                fn(arg, &f);
            }
        }
    }
}

/* Only what has something in it, so that a year of five channels is no long list of zeros. */
static void give_days(const struct tally *t, bool escalated, figure_fn *fn, void *arg)
{
    for (int64_t day = 0; day < t->days; day++) {
        for (int group = 0; group <= CHANNELS; group++) {
            const struct cell *c = &t->day[day * (CHANNELS + 1) + group];
            struct figure f = of_channel(group, escalated ? "escalations" : "conversations");
            f.day = t->span.first + day;
            f.n = escalated ? (int64_t)c->sum : c->n;
            f.value = (double)f.n;
            f.has_value = true;
            if (f.n || group == ALL) {
                fn(arg, &f);
            }
        }
    }
}

static void give_channel(struct tally *t, int group, figure_fn *fn, void *arg)
{
    struct cell *cells = t->channel[group];
    switch (t->report) {
    case REPORT_VOLUME:
        give_sum(of_channel(group, "conversations"), cells, fn, arg);
        break;
    case REPORT_SATISFACTION:
        give_mean(of_channel(group, "satisfaction"), cells, 1, fn, arg);
        break;
    case REPORT_FUNNEL:
        for (int s = 0; s < STAGES; s++) {
            struct figure f = of_channel(group, "conversations");
            f.stage = s;
            give_sum(f, t->stage[s * (CHANNELS + 1) + group], fn, arg);
        }
        break;
    case REPORT_RESPONSE:
        give_ranks(cells, group, "first_response_median", "first_response_p90", fn, arg);
        give_ranks(t->second[group], group, "resolution_median", "resolution_p90", fn, arg);
        break;
    case REPORT_ESCALATIONS:
        give_sum(of_channel(group, "escalations"), cells, fn, arg);
        give_mean(of_channel(group, "escalation_share"), cells, 100, fn, arg);
        break;
    case REPORT_COST:
        give_amount(of_channel(group, "cost"), cells, fn, arg);
        give_amount(of_channel(group, "prompt_tokens"), t->second[group], fn, arg);
        give_amount(of_channel(group, "completion_tokens"), t->third[group], fn, arg);
        break;
    case REPORT_HOURS:
        break;
    }
}

static void give_hours(const struct tally *t, figure_fn *fn, void *arg)
{
    for (int i = 0; i < HOURS; i++) {
        struct figure f = of_channel(ALL, "conversations");
        f.weekday = i / 24 + 1;
        f.hour = i % 24;
        f.n = t->hour[i].n;
        f.value = (double)f.n;
        f.has_value = true;
        fn(arg, &f);
    }
}

void tally_figures(struct tally *t, figure_fn *fn, void *arg)
{
    give_channel(t, ALL, fn, arg);
    for (int group = 0; group < CHANNELS; group++) {
        give_channel(t, group, fn, arg);
    }
    for (int i = 0; t->report == REPORT_SATISFACTION && i < ANSWERERS; i++) {
        struct figure f = of_channel(ALL, "satisfaction");
        f.answered_by = i;
        give_mean(f, t->answerer[i], 1, fn, arg);
    }
    if (t->report == REPORT_VOLUME || t->report == REPORT_ESCALATIONS) {
        give_days(t, t->report == REPORT_ESCALATIONS, fn, arg);
    }
    if (t->report == REPORT_COST) {
        give_costs(t, fn, arg);
    }
    if (t->report == REPORT_HOURS) {
        give_hours(t, fn, arg);
    }
}
