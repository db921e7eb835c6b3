/* SPDX-License-Identifier: Apache-2.0 */
/* One thread, every few seconds, in small transactions. */
#include "ops/housekeeping.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/settings.h"
#include "domain/conversation.h"
#include "domain/figures.h"
#include "domain/hold.h"
#include "domain/voice_call.h"
#include "io/thread.h"
#include "ops/app.h"
#include "ops/inbox.h"
#include "store/changes.h"
#include "store/desk.h"
#include "store/idempotency.h"
#include "store/jobs.h"
#include "store/journal.h"
#include "store/staff.h"
#include "store/telephone_calls.h"
#include "store/tool_results.h"
#include "store/uploads.h"
#include "store/voice_calls.h"
#include "voice/recordings.h"

#define EVERY_MS 5000
#define IDLE_AT_ONCE 100
#define FIGURES_AT_ONCE 50
#define FIGURES_US 1000000
#define CHANGES_KEPT_US (2 * US_PER_DAY)
#define DEAD_JOBS_KEPT_US (30 * US_PER_DAY)
#define KEYS_KEPT_US (7 * US_PER_DAY)
#define UPLOADS_KEPT_US (2 * US_PER_DAY) /* says create_upload */

/*
 * After the store, or this process, has stood still, other servers and our own desk have not
 * renewed their leases either: they are given this long before their calls count as lost.
 */
#define STOOD_STILL_US (3 * EVERY_MS * 1000)
#define SETTLE_US (20 * US_PER_SECOND)

struct housekeeping {
    struct app *app;
    struct wall last;    /* end of the last round */
    struct wall settled; /* leases are believed from then on */
    struct pool *pool;   /* of a round */
    struct bell *bell;
    struct thread *thread;
    _Atomic bool stopping;
};

static int tidy(struct db *db, void *arg, struct err *e)
{
    const struct housekeeping *h = arg;
    struct wall now = wall_now();
    int rc = jobs_reclaim(db, now, e);
    if (rc == 0) {
        rc = jobs_prune(db, (struct wall){now.us - DEAD_JOBS_KEPT_US}, e);
    }
    if (rc == 0) {
        rc = changes_prune(db, (struct wall){now.us - CHANGES_KEPT_US}, e);
    }
    if (rc == 0) {
        rc = idempotency_prune(db, (struct wall){now.us - KEYS_KEPT_US}, e);
    }
    if (rc == 0) {
        rc = journal_prune(db, (struct wall){now.us - h->app->settings->journal_days * US_PER_DAY},
                           e);
    }
    if (rc == 0) {
        rc = telephone_calls_prune(
            db, (struct wall){now.us - h->app->settings->journal_days * US_PER_DAY}, e);
    }
    if (rc == 0) { /* a turn is not taken again after so long */
        rc = tool_results_prune(db, (struct wall){now.us - KEYS_KEPT_US}, e);
    }
    if (rc == 0) {
        rc = uploads_prune(db, (struct wall){now.us - UPLOADS_KEPT_US}, e);
    }
    if (rc == 0) {
        rc = sessions_prune(db, now, e);
    }
    if (rc == 0) {
        rc = voice_servers_prune(db, (struct wall){now.us - KEYS_KEPT_US}, e);
    }
    struct reconcile_config config;
    bool compares = reconcile_config_of(h->app->settings, &config) && config.every_us;
    return rc == 0 && compares ? reconcile_order(db, h->pool, &config, now, e) : rc;
}

struct closing {
    struct pool *pool;
    const char *id;
    int64_t within_us; /* of hold_lapse */
};

static int close_one(struct db *db, void *arg, struct err *e)
{
    struct closing *c = arg;
    struct standing s; /* a person who has it is still at it, however long nothing was said */
    int rc = hold_standing(db, c->pool, c->id, wall_now(), &s, e);
    if (rc < 0 || s.held) {
        return rc == ERR_NOT_FOUND ? 0 : rc;
    }
    return conversation_complete(db, c->pool, c->id, "completed", "idle", wall_now(), e);
}

static int close_idle(struct housekeeping *h, struct pool *p, struct err *e)
{
    struct wall before = {wall_now().us - h->app->settings->conversation_idle * US_PER_SECOND};
    struct rows ids;
    {
        CLEANUP(store_return) struct db *db = NULL;
        int rc = store_borrow(h->app->store, &db, e);
        if (rc == 0) {
            rc = conversations_idle(db, p, before, IDLE_AT_ONCE, &ids, e);
        }
        if (rc) {
            return rc;
        }
    }
    ROWS_EACH (i, ids) {
        struct closing c = {p, row_text(&ids, i, 0), 0};
        int rc = store_write(h->app->store, close_one, &c, e);
        if (rc < 0 && rc != ERR_CONFLICT) { /* ended otherwise meanwhile: as well */
            return rc;
        }
    }
    return 0;
}

static int lapse_one(struct db *db, void *arg, struct err *e)
{
    struct closing *c = arg;
    return hold_lapse(db, c->pool, c->id, c->within_us, wall_now(), e);
}

/* People who took a conversation over and have left it. */
static int end_holds(struct housekeeping *h, struct pool *p, struct err *e)
{
    struct rows ids;
    {
        CLEANUP(store_return) struct db *db = NULL;
        int rc = store_borrow(h->app->store, &db, e);
        if (rc == 0) {
            rc = holds_lapsed(db, p, wall_now(), IDLE_AT_ONCE, &ids, e);
        }
        if (rc) {
            return rc;
        }
    }
    ROWS_EACH (i, ids) {
        struct closing c = {p, row_text(&ids, i, 0),
                            h->app->settings->answer_within * US_PER_SECOND};
        int rc = store_write(h->app->store, lapse_one, &c, e);
        if (rc < 0 && rc != ERR_NOT_FOUND) { /* erased meanwhile */
            return rc;
        }
    }
    return 0;
}

static int wake_one(struct db *db, void *arg, struct err *e)
{
    struct closing *c = arg;
    struct wall now = wall_now();
    bool woken = false;
    int rc = desk_wake(db, c->pool, c->id, now, &woken, e);
    if (rc == 0 && woken) {
        rc = conversation_add_event(db, c->pool, c->id, NULL, "snooze_over",
                                    STR("{\"by\":\"time\"}"), now, NULL, e);
    }
    return rc < 0 || !woken ? rc : changes_add(db, "conversation", c->id, NULL, 0, now, e);
}

/* What was put off until now. */
static int end_snoozes(struct housekeeping *h, struct pool *p, struct err *e)
{
    struct rows ids;
    {
        CLEANUP(store_return) struct db *db = NULL;
        int rc = store_borrow(h->app->store, &db, e);
        if (rc == 0) {
            rc = desk_snooze_over(db, p, wall_now(), IDLE_AT_ONCE, &ids, e);
        }
        if (rc) {
            return rc;
        }
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < ids.n; i++) {
        struct closing c = {p, row_text(&ids, i, 0), 0};
        rc = store_write(h->app->store, wake_one, &c, e);
    }
    return rc;
}

/* What the analytics count of the conversations that have changed; so many a round, since an
 * installation that has had none of it yet has all of them to count. */
static int count_figures(struct housekeeping *h, struct err *e)
{
    bool more = true;
    int rc = 0;
    struct mono start = mono_now();
    while (rc == 0 && more && !atomic_load(&h->stopping) && mono_us_since(start) < FIGURES_US) {
        CLEANUP(pool_free) struct pool *p = pool_new();
        rc = figures_refresh(h->app->store, p, FIGURES_AT_ONCE, &more, e);
    }
    return rc;
}

struct losing {
    struct pool *pool;
    const char *id;
    struct wall gone;
    bool done;
};

static int finish_lost(struct db *db, void *arg, struct err *e)
{
    struct losing *l = arg;
    return voice_call_finish_lost(db, l->pool, l->id, wall_now(), l->gone, &l->done, e);
}

/* Calls whose server is gone. One that cannot be finished keeps no other waiting. */
static int end_lost_calls(struct housekeeping *h, struct pool *p, struct err *e)
{
    struct rows ids;
    struct wall gone = {wall_now().us - h->app->settings->voice_resume * US_PER_SECOND};
    {
        CLEANUP(store_return) struct db *db = NULL;
        int rc = store_borrow(h->app->store, &db, e);
        if (rc == 0) {
            rc = voice_calls_lost(db, p, wall_now(), gone, IDLE_AT_ONCE, &ids, e);
        }
        if (rc) {
            return rc;
        }
    }
    int result = 0;
    ROWS_EACH (i, ids) {
        struct losing l = {p, row_text(&ids, i, 0), gone, false};
        int rc = store_write(h->app->store, finish_lost, &l, e);
        if (rc == 0 && l.done) {
            metric_add(METRIC_voice_calls_lost_total, 1);
            log_warn("a call was finished whose server is gone, or whose connection is",
                     LOG_TEXT("call", l.id));
        }
        result = rc < 0 ? rc : result;
    }
    return result;
}

static bool leases_count(struct housekeeping *h)
{
    struct wall now = wall_now();
    if (h->last.us && now.us - h->last.us > STOOD_STILL_US) {
        h->settled.us = now.us + SETTLE_US;
    }
    return now.us >= h->settled.us;
}

static void keep(void *arg)
{
    struct housekeeping *h = arg;
    struct pool *p = h->pool = pool_new();
    while (!atomic_load(&h->stopping)) {
        struct err e = {0};
        int rc = store_write(h->app->store, tidy, h, &e);
        if (rc == 0) {
            rc = close_idle(h, p, &e);
        }
        if (rc == 0) {
            rc = end_holds(h, p, &e);
        }
        if (rc == 0) {
            rc = end_snoozes(h, p, &e);
        }
        if (rc == 0) {
            rc = count_figures(h, &e);
        }
        if (rc == 0 && leases_count(h)) {
            rc = end_lost_calls(h, p, &e);
        }
        h->last = wall_now();
        if (rc < 0) {
            h->settled.us = h->last.us + SETTLE_US;
            log_warn("housekeeping failed, will be tried again", LOG_TEXT("why", e.text));
        }
        struct err why = {0};
        if (recordings_take(h->app->store, h->app->settings->data_dir, &why) < 0) {
            log_warn("recordings could not be stored, will be tried again",
                     LOG_TEXT("why", why.text));
        }
        pool_clear(p);
        bell_wait(h->bell, EVERY_MS);
    }
    pool_free(&p);
}

struct housekeeping *housekeeping_start(struct app *app)
{
    struct housekeeping *h = xcalloc(1, sizeof *h);
    h->app = app;
    h->bell = bell_new();
    h->thread = thread_start("housekeeping", keep, h);
    return h;
}

void housekeeping_stop(struct housekeeping **h)
{
    if (!h || !*h) {
        return;
    }
    atomic_store(&(*h)->stopping, true);
    bell_ring((*h)->bell);
    thread_join(&(*h)->thread);
    bell_free(&(*h)->bell);
    free(*h);
    *h = NULL;
}
