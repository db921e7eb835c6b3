/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hours are minutes of local days until the last step, in which zone_moment makes moments of them:
 * so a day with a change of clocks has the working hours that the clock on the wall shows, and
 * lengths are still real ones. This file decides nothing but who works and what is taken.
 */
#include "base/str.h"
#include "domain/booking_private.h"
#include "domain/zone.h"
#include "store/appointments.h"

#define US_PER_MINUTE (60 * US_PER_SECOND)
#define DAY_MINUTES 1440
#define LEGACY_MINUTES 60 /* of an appointment that says no length: the old table's default */

const char *giver_key(const struct giver *g)
{
    return g->provider ? g->provider->key : "";
}

const struct facts_service *booking_service(const struct facts *f, const char *key)
{
    for (size_t i = 0; key && i < f->n_services; i++) {
        if (strcmp(f->services[i].key, key) == 0) {
            return &f->services[i];
        }
    }
    return NULL;
}

static bool is_called(const struct facts_provider *p, const char *name)
{
    struct str s = str_of(name);
    bool same = str_eq_nocase(s, str_of(p->name)) || str_eq_nocase(s, str_of(p->key));
    for (const char *const *other = p->synonyms; !same && other && *other; other++) {
        same = str_eq_nocase(s, str_of(*other));
    }
    return same;
}

const struct facts_provider *booking_provider(const struct facts *f, const char *key,
                                              const char *name)
{
    for (size_t i = 0; i < f->n_providers; i++) {
        const struct facts_provider *p = &f->providers[i];
        if (key ? strcmp(p->key, key) == 0 : name && is_called(p, name)) {
            return p;
        }
    }
    return NULL;
}

struct wall booking_horizon(const struct facts *f, struct wall now)
{
    int days = f->booking_horizon_days > 0 ? f->booking_horizon_days : 180;
    return (struct wall){now.us + days * US_PER_DAY};
}

struct wall diary_end(const struct diary *d, struct wall start)
{
    return (struct wall){start.us + d->service->duration_minutes * US_PER_MINUTE};
}

struct wall diary_clear(const struct diary *d, struct wall start)
{
    return (struct wall){diary_end(d, start).us + d->service->buffer_minutes * US_PER_MINUTE};
}

static bool gives(const struct facts_provider *provider, const char *service)
{
    const char *const *s = provider->services;
    while (s && *s && strcmp(*s, service) != 0) {
        s++;
    }
    return !s || *s;
}

static void find_givers(struct pool *p, const struct facts *f, const struct diary_query *q,
                        struct diary *d)
{
    d->givers = pool_calloc(p, f->n_providers + 1, sizeof *d->givers);
    if (f->n_providers == 0) {
        d->n_givers = q->provider ? 0 : 1;
        return;
    }
    for (size_t i = 0; i < f->n_providers; i++) {
        const struct facts_provider *one = &f->providers[i];
        if ((!q->provider || strcmp(q->provider, one->key) == 0) && gives(one, q->service)) {
            d->givers[d->n_givers++].provider = one;
        }
    }
}

/* Is that appointment this one's? */
static bool is_theirs(const struct diary *d, const struct giver *g, const char *key,
                      const char *name)
{
    return !g->provider || booking_provider(d->facts, key, name) == g->provider;
}

static void add_taken(struct pool *p, struct giver *g, size_t room, struct taken t)
{
    if (!g->taken) {
        g->taken = pool_calloc(p, room, sizeof *g->taken);
    }
    g->taken[g->n_taken++] = t;
}

/* What is left of a busy time without `ours`: up to two pieces. */
static void add_busy(struct pool *p, struct giver *g, size_t room, const struct booking_busy *b,
                     struct span ours)
{
    bool meet = b->ours_too && ours.from.us < b->to.us && ours.to.us > b->from.us;
    if (!meet) {
        add_taken(p, g, room, (struct taken){{b->from, b->to}, false});
        return;
    }
    if (b->from.us < ours.from.us) {
        add_taken(p, g, room, (struct taken){{b->from, ours.from}, false});
    }
    if (b->to.us > ours.to.us) {
        add_taken(p, g, room, (struct taken){{ours.to, b->to}, false});
    }
}

static void add_rows(struct pool *p, const struct rows *r, const struct diary_query *q,
                     const struct diary *d, struct giver *g)
{
    size_t room = r->n + 2 * q->n_busy;
    struct span moving = {{0}, {0}}; /* of the appointment whose time counts as free */
    ROWS_EACH (i, *r) {
        if (!is_theirs(d, g, row_text(r, i, 4), row_text(r, i, 5))) {
            continue;
        }
        int64_t minutes = row_is_null(r, i, 2) ? LEGACY_MINUTES : row_i64(r, i, 2);
        struct wall from = row_wall(r, i, 1);
        struct wall end = {from.us + minutes * US_PER_MINUTE};
        if (row_i64(r, i, 0) == q->except_appointment) {
            moving = (struct span){from, end};
            continue;
        }
        struct wall clear = {end.us + row_i64(r, i, 3) * US_PER_MINUTE};
        add_taken(p, g, room, (struct taken){{from, clear}, true});
    }
    for (size_t i = 0; i < q->n_busy; i++) {
        const struct booking_busy *b = &q->busy[i];
        if (!b->provider || strcmp(b->provider, giver_key(g)) == 0) {
            add_busy(p, g, room, b, moving);
        }
    }
}

int diary_read(struct db *db, struct pool *p, const struct facts *f, const struct diary_query *q,
               struct diary *out, enum booking_status *why_out, struct err *e)
{
    struct diary d = {.facts = f, .service = booking_service(f, q->service)};
    if (!d.service) {
        *out = d;
        *why_out = BOOKING_NO_SERVICE;
        return 0;
    }
    if (!f->zone) {
        return err_set(e, ERR_CONFIG,
                       "the business has no time zone: set the fact time_zone, such as to "
                       "America/New_York");
    }
    find_givers(p, f, q, &d);
    if (d.n_givers) {
        /* What began up to a day before may still be going on. */
        struct wall from = {q->range.from.us - US_PER_DAY};
        struct wall to = diary_clear(&d, q->range.to);
        struct rows r;
        int rc = db_rows(db, p, &appointments_taken, ARGS(A_WALL(from), A_WALL(to)), &r, e);
        if (rc < 0) {
            return rc;
        }
        for (size_t i = 0; i < d.n_givers; i++) {
            add_rows(p, &r, q, &d, &d.givers[i]);
        }
    }
    *out = d;
    *why_out = d.n_givers ? BOOKING_DONE : BOOKING_NOT_OFFERED;
    return 0;
}

static bool is_closed(const struct facts *f, const struct giver *g, int64_t day)
{
    for (size_t i = 0; i < f->n_closures; i++) {
        const struct facts_closure *c = &f->closures[i];
        if (day >= c->first_day && day <= c->last_day &&
            (!c->provider || strcmp(c->provider, giver_key(g)) == 0)) {
            return true;
        }
    }
    return false;
}

/* Minutes of a local day; to may lie on the next one. */
struct minutes {
    int from, to;
};

static int minutes_of(const char *hhmm)
{
    int64_t hour = 0, minute = 0;
    struct str s = str_of(hhmm);
    bool ok = s.n == 5 && str_to_i64((struct str){s.p, 2}, &hour) &&
              str_to_i64((struct str){s.p + 3, 2}, &minute);
    return ok ? (int)(hour * 60 + minute) : 0;
}

static struct minutes minutes_of_hours(const struct facts_hours *h)
{
    struct minutes m = {minutes_of(h->opens), minutes_of(h->closes)};
    if (m.to <= m.from) {
        m.to += DAY_MINUTES;
    }
    return m;
}

static size_t add_span(const struct diary *d, int64_t day, struct minutes m, struct span *out,
                       size_t n, size_t max)
{
    if (m.to > m.from && n < max) {
        out[n++] = (struct span){zone_moment(d->facts->zone, day, m.from),
                                 zone_moment(d->facts->zone, day, m.to)};
    }
    return n;
}

/* The part of a provider's hours in which the business is open; its night may belong to the day
 * before. */
static size_t add_open(const struct diary *d, int64_t day, struct minutes m, struct span *out,
                       size_t n, size_t max)
{
    const struct facts *f = d->facts;
    if (f->n_hours == 0) {
        return add_span(d, day, m, out, n, max);
    }
    for (int shift = -1; shift <= 1; shift++) {
        for (size_t i = 0; i < f->n_hours; i++) {
            if (f->hours[i].weekday != weekday_of_days(day + shift)) {
                continue;
            }
            struct minutes open = minutes_of_hours(&f->hours[i]);
            struct minutes both = {MAX_OF(m.from, open.from + shift * DAY_MINUTES),
                                   MIN_OF(m.to, open.to + shift * DAY_MINUTES)};
            n = add_span(d, day, both, out, n, max);
        }
    }
    return n;
}

size_t diary_hours(const struct diary *d, const struct giver *g, int64_t day, struct span *out,
                   size_t max)
{
    const struct facts *f = d->facts;
    bool own = g->provider && g->provider->n_hours;
    const struct facts_hours *hours = own ? g->provider->hours : f->hours;
    size_t n_hours = own ? g->provider->n_hours : f->n_hours, n = 0;
    if (is_closed(f, g, day)) {
        return 0;
    }
    for (size_t i = 0; i < n_hours; i++) {
        if (hours[i].weekday == weekday_of_days(day)) {
            struct minutes m = minutes_of_hours(&hours[i]);
            n = own ? add_open(d, day, m, out, n, max) : add_span(d, day, m, out, n, max);
        }
    }
    return n;
}

bool diary_works(const struct diary *d, const struct giver *g, struct wall start)
{
    struct span spans[DIARY_MAX_SPANS];
    int64_t today = zone_local(d->facts->zone, start).days;
    for (int64_t day = today - 1; day <= today; day++) {
        size_t n = diary_hours(d, g, day, spans, ARRAY_SIZE(spans));
        for (size_t i = 0; i < n; i++) {
            if (start.us >= spans[i].from.us && diary_end(d, start).us <= spans[i].to.us) {
                return true;
            }
        }
    }
    return false;
}

bool diary_free(const struct diary *d, const struct giver *g, struct wall start)
{
    struct wall clear = diary_clear(d, start);
    for (size_t i = 0; i < g->n_taken; i++) {
        if (start.us < g->taken[i].span.to.us && g->taken[i].span.from.us < clear.us) {
            return false;
        }
    }
    return true;
}

int diary_load(const struct diary *d, const struct giver *g, int64_t day)
{
    int n = 0;
    for (size_t i = 0; i < g->n_taken; i++) {
        n += g->taken[i].appointment &&
             zone_local(d->facts->zone, g->taken[i].span.from).days == day;
    }
    return n;
}
