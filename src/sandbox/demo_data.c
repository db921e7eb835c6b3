/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When what happens, and loading it. A day is planned whole (how many, which channel, which
 * minute), then written in batches of one transaction each; a batch that is run again after a
 * failed transaction invents the same rows, because every conversation has its own random stream.
 */
#include "sandbox/demo_data.h"

#include <stdlib.h>

#include "base/json_read.h"
#include "domain/business.h"
#include "domain/facts_seed.h"
#include "domain/zone.h"
#include "mind/hours.h"
#include "sandbox/demo_private.h"
#include "store/store.h"

#define BATCH 1000 /* conversations of a transaction */
#define PEOPLE_BATCH 500

struct demo_config demo_config_default(struct wall now)
{
    return (struct demo_config){
        .customers = 240, .conversations = 1400, .days = 90, .seed = 20240901, .now = now};
}

struct demo_config demo_config_scaled(double scale, struct wall now)
{
    return (struct demo_config){.customers = (int)(100000 * scale),
                                .conversations = (int)(1000000 * scale),
                                .messages_per = 5,
                                .days = 180,
                                .seed = 20240901,
                                .now = now};
}

static const char *const firsts[] = {
#define FIRST(name) name,
#define LAST(name)
#include "sandbox/demo_names.def"
#undef FIRST
#undef LAST
};
static const char *const lasts[] = {
#define FIRST(name)
#define LAST(name) name,
#include "sandbox/demo_names.def"
#undef FIRST
#undef LAST
};

/* The first ten thousand have the numbers +1 555 010 0000 to 9999, more have +1 555 2.. and up. */
static const char *phone_of(struct pool *p, int i)
{
    return i < 10000 ? pool_printf(p, "+1555010%04d", i)
                     : pool_printf(p, "+1555%07d", 2000000 + i - 10000);
}

static const char *lower(struct pool *p, const char *s)
{
    char *copy = pool_strdup(p, s);
    for (char *c = copy; *c; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + ('a' - 'A')) : *c;
    }
    return copy;
}

/* Three quarters were customers before the time that is told of; the others come during it. */
static void invent_people(struct pool *p, struct demo *d)
{
    const struct demo_config *c = d->config;
    int64_t span = c->now.us - d->start.us;
    int before = c->customers - c->customers / 4;
    d->n_people = (size_t)c->customers;
    d->people = pool_calloc(p, d->n_people, sizeof *d->people);
    for (int i = 0; i < c->customers; i++) {
        struct rng r = rng_of(c->seed * 31 + 7, (uint64_t)i);
        struct person *who = &d->people[i];
        who->first = firsts[rng_below(&r, (int)ARRAY_SIZE(firsts))];
        who->last = lasts[rng_below(&r, (int)ARRAY_SIZE(lasts))];
        double has = rng_unit(&r);
        who->phone = has < 0.9 ? phone_of(p, i) : NULL;
        who->email = has < 0.9 && has > 0.66
                         ? NULL
                         : pool_printf(p, "%s.%s%d@example.com", lower(p, who->first),
                                       lower(p, who->last), i);
        who->since.us = i < before
                            ? d->start.us - (int64_t)(before - i) * 500 * US_PER_DAY / before
                            : d->start.us + span / (c->customers - before + 1) * (i - before);
    }
}

static const struct sql any_customer = {"SELECT id FROM customers LIMIT 1"};
static const struct sql any_service = {"SELECT id FROM services LIMIT 1"};
static const struct sql put_customer = {
    "INSERT INTO customers (name, phone, email, is_new_client, has_allergies, is_pregnant, notes,"
    " created_at, updated_at) VALUES ({put customers.name $1}, {put customers.phone $2},"
    " {put customers.email $3}, $4, $5, $6, {put customers.notes $7}, $8, $8) RETURNING id"};
static const struct sql put_day = {
    "INSERT INTO daily_metrics (date, total_calls, total_talk_time_seconds,"
    " avg_call_duration_seconds, appointments_booked, appointments_rescheduled,"
    " appointments_cancelled, avg_satisfaction_score, calls_escalated, conversion_rate, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $1) ON CONFLICT (date) DO NOTHING"};

struct loading {
    struct pool *pool; /* for what stays */
    struct demo *demo;
    size_t from, to; /* people */
    struct plan *plan;
    size_t n_plan;
    int number;       /* of the first conversation of the batch */
    int64_t messages; /* written by the batches before */
    int64_t batch_messages;
    struct day_sums *day; /* of the batches before */
    struct day_sums *batch_day;
    struct wall date;
    bool day_ends; /* with this batch */
};

/* What a day's calls add up to. */
struct day_sums {
    int calls, seconds, booked, moved, cancelled, escalated, scored, satisfaction;
};

struct plan {
    struct wall at;
    enum channel channel;
};

static int write_people(struct db *db, void *arg, struct err *e)
{
    static const char *const notes[] = {"Prefers mornings.", "Likes to be texted, not called.",
                                        "Sensitive skin.", "Came on a friend's recommendation."};
    struct loading *l = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    size_t n = l->to - l->from;
    struct query *queries = pool_calloc(p, n, sizeof *queries);
    struct rows *rows = pool_calloc(p, n, sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        const struct person *who = &l->demo->people[l->from + i];
        struct rng r = rng_of(l->demo->config->seed * 17 + 3, l->from + i);
        bool recent = who->since.us >= l->demo->start.us;
        const char *note = rng_unit(&r) < 0.12 ? notes[rng_below(&r, 4)] : NULL;
        struct arg *args = pool_calloc(p, 8, sizeof *args);
        args[0] = A_TEXT(pool_printf(p, "%s %s", who->first, who->last));
        args[1] = A_TEXT(who->phone);
        args[2] = A_TEXT(who->email);
        args[3] = A_BOOL(recent);
        args[4] = A_BOOL(rng_unit(&r) < 0.1);
        args[5] = A_BOOL(rng_unit(&r) < 0.03);
        args[6] = A_TEXT(note);
        args[7] = A_WALL(who->since);
        queries[i] = (struct query){&put_customer, args, 8, &rows[i]};
    }
    int rc = db_many(db, p, queries, n, e);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        l->demo->people[l->from + i].id = row_i64(&rows[i], 0, 0);
    }
    return rc;
}

static int write_business(struct db *db, void *arg, struct err *e)
{
    struct loading *l = arg;
    struct rows services;
    json_t *seed;
    int rc = db_rows(db, l->pool, &any_service, NO_ARGS, &services, e);
    if (rc != 0 || services.n > 0) {
        return rc;
    }
    rc = json_read(l->pool, seed_medical_spa, &seed, e);
    return rc == 0 ? business_seed(db, seed, l->demo->config->now, e) : rc;
}

static void add_to_day(struct day_sums *d, const struct talk *t)
{
    if (t->channel != CHANNEL_VOICE) {
        return;
    }
    d->calls++;
    d->seconds += demo_talk_seconds(t);
    d->booked += t->story == STORY_BOOK;
    d->moved += t->story == STORY_MOVE;
    d->cancelled += t->story == STORY_CANCEL;
    d->escalated += t->escalated != NULL;
    d->scored += t->satisfaction > 0;
    d->satisfaction += t->satisfaction;
}

/* So many messages that the average over all so far is what was asked for; 0: as it comes. */
static int messages_wanted(const struct demo *d, int number, int64_t messages)
{
    if (d->config->messages_per <= 0) {
        return 0;
    }
    int64_t due = (int64_t)((number + 1) * d->config->messages_per) - messages;
    return (int)(due < 2 ? 2 : due > 16 ? 16 : due);
}

static int write_day(struct db *db, const struct loading *l, struct err *e)
{
    const struct day_sums *d = l->batch_day;
    return db_exec(db, &put_day,
                   ARGS(A_WALL(l->date), A_I64(d->calls), A_I64(d->seconds),
                        A_I64(d->calls ? d->seconds / d->calls : 0), A_I64(d->booked),
                        A_I64(d->moved), A_I64(d->cancelled),
                        d->scored ? A_DOUBLE((double)d->satisfaction / d->scored) : A_NULL,
                        A_I64(d->escalated), A_DOUBLE(d->calls ? 100.0 * d->booked / d->calls : 0)),
                   e);
}

static int write_batch(struct db *db, void *arg, struct err *e)
{
    struct loading *l = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    int rc = 0;
    *l->batch_day = *l->day;
    l->batch_messages = l->messages;
    for (size_t i = 0; rc == 0 && i < l->n_plan; i++) {
        struct talk t;
        int number = l->number + (int)i;
        demo_talk_make(p, l->demo, number, l->plan[i].at, l->plan[i].channel,
                       messages_wanted(l->demo, number, l->batch_messages), &t);
        rc = demo_talk_write(db, p, l->demo, &t, e);
        l->batch_messages += (int64_t)demo_talk_messages(&t);
        add_to_day(l->batch_day, &t);
        if (i % 50 == 49) {
            pool_clear(p);
        }
    }
    return rc == 0 && l->day_ends ? write_day(db, l, e) : rc;
}

static enum channel pick_channel(struct rng *r)
{
    int drawn = rng_below(r, 100);
    return drawn < 34   ? CHANNEL_VOICE
           : drawn < 74 ? CHANNEL_SMS
           : drawn < 88 ? CHANNEL_EMAIL
           : drawn < 95 ? CHANNEL_WEB
                        : CHANNEL_WHATSAPP;
}

/* A minute of the day: people call when it is open and write until late. */
static int pick_minute(struct rng *r, const struct facts *f, int weekday, enum channel *channel)
{
    static const unsigned char by_hour[24] = {1,  1,  0,  0,  0,  1,  3,  8,  14, 20, 24, 22,
                                              18, 16, 17, 19, 22, 24, 20, 16, 14, 11, 7,  3};
    for (int tries = 0; tries < 40; tries++) {
        int hour = rng_below(r, 24);
        if (rng_below(r, 25) >= by_hour[hour]) {
            continue;
        }
        bool open = false;
        for (size_t i = 0; i < f->n_hours; i++) {
            int64_t opens, closes;
            open = open || (f->hours[i].weekday == weekday &&
                            str_to_i64((struct str){f->hours[i].opens, 2}, &opens) &&
                            str_to_i64((struct str){f->hours[i].closes, 2}, &closes) &&
                            hour >= opens && hour < closes);
        }
        if (open || *channel != CHANNEL_VOICE) {
            return hour * 60 + rng_below(r, 60);
        }
    }
    *channel = CHANNEL_SMS; /* closed all day: they write */
    return 600 + rng_below(r, 600);
}

static int by_time(const void *a, const void *b)
{
    const struct plan *x = a, *y = b;
    return x->at.us < y->at.us ? -1 : x->at.us > y->at.us;
}

/* The share of a day in all: weekends are quieter, and business grows. */
static double weight_of_day(int64_t day, int64_t first, int days)
{
    static const double by_weekday[8] = {0, 1.1, 1.0, 1.0, 1.1, 1.15, 0.7, 0.3};
    return by_weekday[weekday_of_days(day)] * (0.8 + 0.4 * (double)(day - first) / days);
}

static void plan_day(const struct demo *d, int64_t day, int number, struct plan *plan, size_t n)
{
    struct rng r = rng_of(d->config->seed * 13 + 1, (uint64_t)day);
    struct wall latest = {d->config->now.us - 15 * 60 * US_PER_SECOND};
    for (size_t i = 0; i < n; i++) {
        enum channel c = pick_channel(&r);
        int minute = pick_minute(&r, d->facts, weekday_of_days(day), &c);
        struct wall at = zone_moment(d->facts->zone, day, minute);
        at.us += rng_below(&r, 60000000);
        if (at.us > latest.us || number + (int)i >= d->config->conversations - 4) {
            at.us = latest.us - rng_below(&r, 3600) * US_PER_SECOND; /* what is going on now */
            c = c == CHANNEL_VOICE ? CHANNEL_SMS : c;
        }
        plan[i] = (struct plan){at, c};
    }
    qsort(plan, n, sizeof *plan, by_time);
}

static int load_day(struct store *s, struct loading *l, int64_t day, int number, size_t n,
                    struct err *e)
{
    struct plan *plan = xcalloc(n, sizeof *plan);
    struct day_sums sums = {0}, batch = {0};
    int rc = 0;
    plan_day(l->demo, day, number, plan, n);
    l->day = &sums;        /* cppcheck-suppress autoVariables ; set anew for each day */
    l->batch_day = &batch; /* cppcheck-suppress autoVariables */
    l->date = (struct wall){day * US_PER_DAY};
    for (size_t from = 0; rc == 0 && (from < n || from == 0); from += BATCH) {
        l->plan = plan + from;
        l->n_plan = MIN_OF(n - from, (size_t)BATCH);
        l->number = number + (int)from;
        l->day_ends = from + BATCH >= n;
        rc = store_write(s, write_batch, l, e);
        sums = batch;
        l->messages = l->batch_messages;
    }
    free(plan);
    return rc;
}

static int load_days(struct store *s, struct loading *l, struct err *e)
{
    const struct demo_config *c = l->demo->config;
    int64_t last = zone_local(l->demo->facts->zone, c->now).days, first = last - c->days + 1;
    double all = 0, so_far = 0;
    for (int64_t day = first; day <= last; day++) {
        all += weight_of_day(day, first, c->days);
    }
    int number = 0, rc = 0;
    for (int64_t day = first; rc == 0 && day <= last; day++) {
        so_far += weight_of_day(day, first, c->days);
        int upto = day == last ? c->conversations : (int)(c->conversations * so_far / all);
        rc = load_day(s, l, day, number, (size_t)(upto - number), e);
        number = upto;
    }
    return rc;
}

static int load_people(struct store *s, struct loading *l, struct err *e)
{
    int rc = 0;
    for (l->from = 0; rc == 0 && l->from < l->demo->n_people; l->from = l->to) {
        l->to = MIN_OF(l->from + PEOPLE_BATCH, l->demo->n_people);
        rc = store_write(s, write_people, l, e);
    }
    return rc;
}

/* Are there customers? And the facts, once the business is seeded. */
static int look(struct store *s, struct pool *p, bool *customers_out, struct facts *facts_out,
                struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows found;
    int rc = store_borrow(s, &db, e);
    if (rc == 0) {
        rc = db_rows(db, p, &any_customer, NO_ARGS, &found, e);
    }
    if (rc == 0) {
        *customers_out = found.n > 0;
        rc = business_load(db, p, facts_out, e);
    }
    return rc;
}

int demo_data_load(struct store *s, const struct demo_config *config, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct facts facts;
    struct demo demo = {.config = config, .facts = &facts};
    struct loading l = {.pool = p, .demo = &demo};
    bool customers;
    if (config->customers < 1 || config->conversations < 0 || config->days < 1) {
        return err_set(e, ERR_INVALID, "demo data needs at least one customer and one day");
    }
    int rc = look(s, p, &customers, &facts, e);
    if (rc != 0 || customers) {
        return rc;
    }
    rc = store_write(s, write_business, &l, e);
    if (rc == 0) {
        rc = look(s, p, &customers, &facts, e);
    }
    if (rc == 0 && (!facts.zone || facts.n_services == 0)) {
        rc = err_set(e, ERR_CONFIG, "demo data needs a business with services and a time zone");
    }
    if (rc != 0) {
        return rc;
    }
    demo.start = (struct wall){config->now.us - config->days * US_PER_DAY};
    demo.hours = hours_week(p, &facts, CHANNEL_SMS);
    demo.hours = demo.hours ? demo.hours : "by appointment.";
    invent_people(p, &demo);
    rc = load_people(s, &l, e);
    return rc == 0 ? load_days(s, &l, e) : rc;
}
