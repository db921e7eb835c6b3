/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which free times to name. First all of them are listed (a quarter hour that several could take
 * goes to who has the least that day), then a few are chosen as a person at the desk would: the
 * next ones, but not four of one morning. Nothing here writes.
 */
#include <stdlib.h>

#include "domain/booking_private.h"
#include "domain/zone.h"

#define NARROW_US (45 * 60 * US_PER_SECOND) /* so close together it does not matter which */
#define NOON_MINUTES 720

struct candidate {
    struct wall start;
    const struct facts_provider *provider;
    int load;     /* what the provider has that day */
    size_t order; /* among those who give the service */
    int64_t day;  /* local */
    int minutes;  /* since local midnight */
    bool chosen;
    int64_t cost; /* how far from what was wanted */
};

struct search {
    struct pool *pool;
    const struct diary *diary;
    const struct booking_query *query;
    struct wall now, earliest, latest; /* a start lies in [earliest, latest] */
    size_t n, room;
    struct candidate *list;
    bool in_hours; /* somebody works somewhen in it */
};

static void add(struct search *s, struct candidate c)
{
    if (s->n == s->room) {
        struct candidate *old = s->list;
        s->room = s->room ? 2 * s->room : 64;
        s->list = pool_calloc(s->pool, s->room, sizeof *s->list);
        if (s->n) {
            memcpy(s->list, old, s->n * sizeof *old);
        }
    }
    s->list[s->n++] = c;
}

static void consider(struct search *s, size_t giver, struct wall start, int load)
{
    const struct diary *d = s->diary;
    const struct giver *g = &d->givers[giver];
    struct local_time local = zone_local(d->facts->zone, start);
    if (start.us < s->earliest.us || start.us > s->latest.us ||
        local.minutes < s->query->time_from || local.minutes >= s->query->time_to ||
        zone_moment(d->facts->zone, local.days, local.minutes).us != start.us) {
        return; /* the last: an hour that the clock shows twice is offered once */
    }
    s->in_hours = true;
    if (diary_free(d, g, start)) {
        add(s, (struct candidate){start, g->provider, load, giver, local.days, local.minutes, false,
                                  0});
    }
}

static void look_at_day(struct search *s, int64_t day)
{
    const struct diary *d = s->diary;
    struct span spans[DIARY_MAX_SPANS];
    for (size_t g = 0; g < d->n_givers; g++) {
        size_t n = diary_hours(d, &d->givers[g], day, spans, ARRAY_SIZE(spans));
        int load = n ? diary_load(d, &d->givers[g], day) : 0;
        for (size_t i = 0; i < n; i++) {
            /* Offsets of zones are quarter hours, so the grid of UTC is the clock's. */
            int64_t us = (spans[i].from.us + BOOKING_GRID_US - 1) / BOOKING_GRID_US;
            for (us *= BOOKING_GRID_US; diary_end(d, (struct wall){us}).us <= spans[i].to.us;
                 us += BOOKING_GRID_US) {
                consider(s, g, (struct wall){us}, load);
            }
        }
    }
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_start(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = compare(x->start.us, y->start.us);
    order = order ? order : compare(x->load, y->load);
    return order ? order : compare((int64_t)x->order, (int64_t)y->order);
}

/* Sorts, and keeps one of each time. */
static void sort_out(struct search *s)
{
    size_t kept = 0;
    if (s->n) {
        qsort(s->list, s->n, sizeof *s->list, by_start);
    }
    for (size_t i = 0; i < s->n; i++) {
        if (kept == 0 || s->list[i].start.us != s->list[kept - 1].start.us) {
            s->list[kept++] = s->list[i];
        }
    }
    s->n = kept;
}

/* Over several days: of each the first of the morning and the first of the afternoon. */
static size_t choose_by_day(struct search *s, size_t limit)
{
    size_t chosen = 0;
    int64_t day = INT64_MIN;
    int half = 0;
    for (size_t i = 0; i < s->n && chosen < limit; i++) {
        int this_half = s->list[i].minutes < NOON_MINUTES ? 1 : 2;
        if (s->list[i].day != day || this_half != half) {
            s->list[i].chosen = true;
            chosen++;
        }
        day = s->list[i].day;
        half = this_half;
    }
    return chosen;
}

/* The farthest from all that are chosen, until there are enough: so they spread. */
static void choose_between(struct search *s, size_t chosen, size_t limit)
{
    for (; chosen < limit && chosen < s->n; chosen++) {
        struct candidate *best = NULL;
        int64_t widest = -1;
        for (size_t i = 0; i < s->n; i++) {
            int64_t gap = INT64_MAX;
            for (size_t k = 0; k < s->n; k++) {
                if (s->list[k].chosen) {
                    gap = MIN_OF(gap, llabs(s->list[k].start.us - s->list[i].start.us));
                }
            }
            /* Half and full hours are easier said than quarters. */
            bool round = s->list[i].minutes % 30 == 0;
            gap -= round ? 0 : BOOKING_GRID_US;
            if (!s->list[i].chosen && gap > widest) {
                widest = gap;
                best = &s->list[i];
            }
        }
        if (!best) {
            for (best = s->list; best->chosen;) {
                best++;
            }
        }
        best->chosen = true;
    }
}

static void choose(struct search *s, size_t limit)
{
    if (s->n == 0) {
        return;
    }
    const struct candidate *first = s->list, *last = s->list + s->n - 1;
    bool narrow = first->day == last->day && last->start.us - first->start.us <= NARROW_US;
    if (s->n <= limit || narrow) {
        for (size_t i = 0; i < s->n && i < limit; i++) {
            s->list[i].chosen = true;
        }
        return;
    }
    if (first->day != last->day) {
        choose_between(s, choose_by_day(s, limit), limit);
    } else {
        s->list[0].chosen = limit > 0;
        choose_between(s, 1, limit);
    }
}

static int by_cost(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int order = compare(x->cost, y->cost);
    return order ? order : compare(x->start.us, y->start.us);
}

/*
 * The least different ones from what was wanted, at most two of one day unless there are no others.
 * A day later counts as two hours, a day earlier as three.
 */
static void choose_near(struct search *s, struct wall wanted, size_t limit)
{
    struct local_time w = zone_local(s->diary->facts->zone, wanted);
    for (size_t i = 0; i < s->n; i++) {
        int64_t later = s->list[i].day - w.days;
        s->list[i].cost = (later > 0 ? later * 120 : -later * 180) +
                          llabs((int64_t)s->list[i].minutes - w.minutes);
    }
    if (s->n) {
        qsort(s->list, s->n, sizeof *s->list, by_cost);
    }
    size_t chosen = 0;
    for (int most = 2; most <= (int)limit && chosen < MIN_OF(limit, s->n); most++) {
        for (size_t i = 0; i < s->n && chosen < limit; i++) {
            int that_day = 0;
            for (size_t k = 0; k < s->n; k++) {
                that_day += s->list[k].chosen && s->list[k].day == s->list[i].day;
            }
            if (!s->list[i].chosen && that_day < most) {
                s->list[i].chosen = true;
                chosen++;
            }
        }
    }
    if (s->n) {
        qsort(s->list, s->n, sizeof *s->list, by_start);
    }
}

static void give(const struct search *s, struct booking_slot **out, size_t *n_out)
{
    struct booking_slot *slots = pool_calloc(s->pool, s->n, sizeof *slots);
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (s->list[i].chosen) {
            slots[n++] = (struct booking_slot){s->list[i].start, s->list[i].provider};
        }
    }
    *out = slots;
    *n_out = n;
}

static enum booking_status reason_for_none(const struct search *s)
{
    const struct booking_query *q = s->query;
    return s->in_hours                  ? BOOKING_TAKEN
           : q->to.us <= s->now.us      ? BOOKING_PAST
           : q->from.us > s->latest.us  ? BOOKING_TOO_FAR
           : q->to.us <= s->earliest.us ? BOOKING_TOO_SOON
                                        : BOOKING_CLOSED;
}

static int search(struct db *db, struct search *s, struct diary *d, const struct facts *f,
                  enum booking_status *why_out, struct err *e)
{
    const struct booking_query *q = s->query;
    struct wall latest = booking_horizon(f, s->now);
    s->earliest = (struct wall){s->now.us + f->booking_notice_minutes * 60 * US_PER_SECOND};
    struct wall from = {MAX_OF(q->from.us, s->earliest.us)};
    struct wall to = {MIN_OF(q->to.us, latest.us + 1)};
    struct diary_query wanted = {
        .service = q->service,
        .provider = q->provider,
        .range = {{from.us - US_PER_DAY}, {to.us + US_PER_DAY}}, /* whole days: for the loads */
        .except_appointment = q->except_appointment,
        .n_busy = q->n_busy,
        .busy = q->busy,
    };
    int rc = diary_read(db, s->pool, f, &wanted, d, why_out, e);
    if (rc < 0 || *why_out != BOOKING_DONE) {
        return rc;
    }
    s->diary = d;
    s->latest = latest;
    if (from.us < to.us) {
        struct wall earliest = s->earliest;
        s->earliest = from;
        s->latest = (struct wall){to.us - 1};
        int64_t last = zone_local(f->zone, s->latest).days;
        for (int64_t day = zone_local(f->zone, from).days - 1; day <= last; day++) {
            look_at_day(s, day);
        }
        s->earliest = earliest;
        s->latest = latest;
    }
    sort_out(s);
    *why_out = s->n ? BOOKING_DONE : reason_for_none(s);
    return 0;
}

int booking_find(struct db *db, struct pool *p, const struct facts *f,
                 const struct booking_query *q, struct wall now, struct booking_slot **out,
                 size_t *n_out, enum booking_status *why_out, struct err *e)
{
    struct diary d;
    struct search s = {.pool = p, .query = q, .now = now};
    enum booking_status why;
    int rc = search(db, &s, &d, f, &why, e);
    if (rc < 0) {
        return rc;
    }
    choose(&s, q->limit);
    give(&s, out, n_out);
    *why_out = why;
    return 0;
}

int booking_near(struct db *db, struct pool *p, const struct facts *f,
                 const struct booking_query *q, struct wall wanted, struct wall now,
                 struct booking_slot **out, size_t *n_out, struct err *e)
{
    struct diary d;
    struct search s = {.pool = p, .query = q, .now = now};
    enum booking_status why;
    int rc = search(db, &s, &d, f, &why, e);
    if (rc < 0) {
        return rc;
    }
    if (s.n) {
        choose_near(&s, wanted, q->limit);
    }
    give(&s, out, n_out);
    return 0;
}
