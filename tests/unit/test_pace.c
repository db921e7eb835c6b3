/* SPDX-License-Identifier: Apache-2.0 */
/* How many texts of a number may go in which time: the rule with a clock of its own, and what the
 * claims of several servers come to. */
#include "channels/pace.h"

#include "base/id.h"
#include "store_fixture.h"
#include "tap.h"

#define SECOND US_PER_SECOND
static const struct wall start = {1700000000 * SECOND};

/* What goes at once at that moment, of so many that come. */
static int at_once(struct pace *pace, int64_t rate, int n, int64_t after_us)
{
    struct wall now = {start.us + after_us};
    int go = 0;
    for (int i = 0; i < n; i++) {
        go += pace_next(pace, rate, false, false, now).us <= now.us;
    }
    return go;
}

TEST(a_second_s_worth_goes_at_once)
{
    struct pace pace = {0};
    EQ_INT(at_once(&pace, 10, 100, 0), 10);
    struct pace one = {0};
    EQ_INT(at_once(&one, 1, 100, 0), 1);
}

TEST(what_waits_has_a_moment_each)
{
    struct pace pace = {0};
    for (int i = 0; i < 100; i++) {
        struct wall slot = pace_next(&pace, 10, false, false, start);
        EQ_INT(MAX_OF(slot.us - start.us, 0), MAX_OF(i - 9, 0) * SECOND / 10);
    }
    struct wall later = {start.us + 5 * SECOND};
    EQ_INT(pace_next(&pace, 10, false, true, later).us, later.us); /* it had one: it goes */
    EQ_INT(pace_next(&pace, 10, false, false, later).us - start.us, 91 * SECOND / 10);
}

TEST(a_pause_does_not_add_up)
{
    struct pace pace = {0};
    EQ_INT(at_once(&pace, 10, 10, 0), 10);
    EQ_INT(at_once(&pace, 10, 100, 3600 * SECOND), 10);
    EQ_INT(at_once(&pace, 10, 0, 3600 * SECOND), 0);
}

TEST(what_may_wait_is_not_in_the_way_of_answers)
{
    struct pace pace = {0};
    int64_t last = 0;
    for (int i = 0; i < 100; i++) {
        last = pace_next(&pace, 1, true, false, start).us - start.us;
    }
    EQ_INT(last, 198 * SECOND); /* every other moment */
    struct wall now = {start.us + SECOND};
    EQ_INT(pace_next(&pace, 1, false, false, now).us, now.us);
    now.us += SECOND; /* a reminder's moment has come: the next answer feels it */
    EQ_INT(pace_next(&pace, 1, true, true, now).us, now.us);
    EQ_INT(pace_next(&pace, 1, false, false, now).us, now.us + SECOND);
}

struct claiming {
    struct pool *pool;
    struct wall now;
    int64_t rate;
    int began[2]; /* of the busy number and of the quiet one */
};

static int add(struct db *db, void *arg, struct err *e)
{
    const struct claiming *c = arg;
    int rc = 0;
    for (int i = 0; rc == 0 && i < 60; i++) {
        const char *from = i % 30 == 0 ? "+15550199998" : "+15550199999"; /* 2 and 58 */
        const char *payload = pool_printf(
            c->pool, "{\"channel\":\"sms\",\"from\":\"%s\",\"purpose\":\"answer\"}", from);
        const char *lane = pool_printf(c->pool, "send:%d", i);
        rc = jobs_add(db, "send", lane, str_of(payload), c->now, c->now, e);
    }
    return rc;
}

/* A claim as a server makes it; what may go is done at once. */
static int claim(struct db *db, void *arg, struct err *e)
{
    struct claiming *c = arg;
    struct job *jobs;
    size_t n;
    struct wall slots[8] = {0};
    int rc = jobs_claim(db, c->pool, "send", "me", c->now, c->now, 8, &jobs, &n, e);
    if (rc == 0) {
        rc = pace_admit(db, c->pool, jobs, n, c->rate, NULL, c->now, slots, e);
    }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (slots[i].us > c->now.us) {
            rc = jobs_put_off(db, &jobs[i], slots[i], e);
            continue;
        }
        c->began[strstr(jobs[i].payload.p, "9998") != NULL]++;
        rc = jobs_finish(db, c->pool, &jobs[i], e);
    }
    return rc;
}

static void claim_often(struct fixture *f, struct claiming *c, int times)
{
    for (int i = 0; i < times; i++) {
        EQ_INT(store_write(f->store, claim, c, NULL), 0);
    }
}

TEST(a_busy_number_delays_no_other_and_is_looked_at_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct claiming c = {.pool = p, .now = start, .rate = 10};
    fixture_init_tables(&f);
    EQ_INT(store_write(f.store, add, &c, NULL), 0);
    claim_often(&f, &c, 8); /* 60 jobs, 8 a claim */
    EQ_INT(c.began[0], 10);
    EQ_INT(c.began[1], 2);
    EQ_STR(
        fixture_cell(f.store, "SELECT count(*) FROM jobs WHERE attempts = 0 AND slot_at = run_at"),
        "48");
    claim_often(&f, &c, 2);
    EQ_INT(c.began[0], 10); /* nothing more is due now */
    for (int tenth = 1; tenth <= 48; tenth++) {
        c.now.us = start.us + tenth * SECOND / 10;
        claim_often(&f, &c, 1);
        EQ_INT(c.began[0], 10 + tenth);
    }
    EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM jobs"), "0");
}

int main(void)
{
    return tap_run();
}
