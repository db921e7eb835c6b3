/* SPDX-License-Identifier: Apache-2.0 */
/* What a claim takes: due jobs, the first of each lane, and no more than it was told. */
#include "base/id.h"
#include "store/jobs.h"
#include "store_fixture.h"
#include "tap.h"

struct claiming {
    struct pool *pool;
    int64_t limit;
    struct job *jobs;
    size_t n;
};

static int claim(struct db *db, void *arg, struct err *e)
{
    struct claiming *c = arg;
    struct wall now = wall_now(), later = {now.us + US_PER_SECOND};
    return jobs_claim(db, c->pool, "turn", "me", now, later, c->limit, &c->jobs, &c->n, e);
}

/* How many were claimed; the jobs live in the pool. */
static size_t claimed(struct fixture *f, struct pool *p, int64_t limit, struct job **out)
{
    struct claiming c = {p, limit, NULL, 0};
    EQ_INT(store_write(f->store, claim, &c, NULL), 0);
    *out = c.jobs;
    return c.n;
}

struct adding {
    int n, lanes;
};

static int add(struct db *db, void *arg, struct err *e)
{
    const struct adding *a = arg;
    struct wall now = wall_now();
    int rc = 0;
    for (int i = 0; rc == 0 && i < a->n; i++) {
        char lane[40];
        snprintf(lane, sizeof lane, "turn:%d", i % a->lanes);
        rc = jobs_add(db, "turn", lane, STR("{}"), now, now, e);
    }
    return rc;
}

static int finish(struct db *db, void *arg, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    return jobs_finish(db, p, arg, e);
}

TEST(a_lane_gives_one_job_at_a_time)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct adding some = {.n = 9, .lanes = 3};
    struct job *jobs, *none;
    fixture_init_tables(&f);
    EQ_INT(store_write(f.store, add, &some, NULL), 0);
    for (int round = 0; round < 3; round++) {
        EQ_INT(claimed(&f, p, 100, &jobs), 3);
        EQ_INT(claimed(&f, p, 100, &none), 0);
        for (size_t i = 0; i < 3; i++) {
            for (size_t k = 0; k < i; k++) {
                OK(!str_eq(jobs[i].lane, jobs[k].lane));
            }
            EQ_INT(store_write(f.store, finish, &jobs[i], NULL), 0);
        }
    }
    EQ_INT(claimed(&f, p, 100, &jobs), 0);
    EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM jobs"), "0");
}

/* The statement was planned, and the table analyzed, when there was next to nothing in it. */
TEST(a_flood_is_claimed_in_small_parts)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct adding flood = {.n = 3000, .lanes = 3000};
    struct job *jobs;
    fixture_init_tables(&f);
    if (fixture_engine() == STORE_POSTGRES) {
        EQ_INT(fixture_script(f.store, "ANALYZE jobs"), 0);
    }
    EQ_INT(claimed(&f, p, 8, &jobs), 0);
    EQ_INT(store_write(f.store, add, &flood, NULL), 0);
    struct mono began = mono_now();
    for (int i = 1; i <= 20; i++) {
        EQ_INT(claimed(&f, p, 8, &jobs), 8);
    }
    OK_MSG(mono_us_since(began) < 20 * US_PER_SECOND / 4, "%lld ms",
           (long long)mono_us_since(began) / 1000);
    EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM jobs WHERE state = 'running'"), "160");
}

int main(void)
{
    return tap_run();
}
