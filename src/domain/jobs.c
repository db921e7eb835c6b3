/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One claiming thread and one set of workers for each kind. The claimer never claims more than
 * its workers can begin soon, so that leases are short and several servers share the work.
 */
#include "domain/jobs.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/id.h"
#include "base/log.h"
#include "base/metrics.h"
#include "io/thread.h"

#define NET_MS 1000          /* look for work at least so often */
#define CLAIM_MAX 32         /* jobs of one claim */
#define BACKOFF_FIRST_MS 500 /* doubled with each attempt, */
#define BACKOFF_MAX_MS 60000 /* to a minute at most, unless the kind says otherwise */

struct runner {
    struct jobs *jobs;
    struct job_kind kind;
    struct bell *bell;
    struct thread *thread;
    struct workers *workers;
    _Atomic int in_hand;    /* claimed and not yet over */
    struct client *clients; /* one for each worker, so that connections are kept */
};

struct client {
    _Atomic bool lent;
    struct http_client *http;
};

struct jobs {
    struct store *store;
    char *instance;
    size_t n;
    struct runner *runners;
    _Atomic bool stopping;
};

/* A claimed job on its way to a worker; owns its pool. */
struct errand {
    struct runner *runner;
    struct pool *pool;
    struct job job;
};

static void woken(void *arg, unsigned what)
{
    struct jobs *j = arg;
    if (what & STORE_WAKE_JOBS) {
        for (size_t i = 0; i < j->n; i++) {
            bell_ring(j->runners[i].bell);
        }
    }
}

/* Exponential with full jitter, as "Exponential Backoff And Jitter" (AWS architecture blog): what
 * failed together does not come back together. */
static int64_t backoff_ms(const struct job_kind *kind, int64_t attempts)
{
    int64_t most = kind->backoff_max_ms ? kind->backoff_max_ms : BACKOFF_MAX_MS;
    int64_t ceiling = BACKOFF_FIRST_MS;
    for (int64_t i = 1; i < attempts && ceiling < most; i++) {
        ceiling *= 2;
    }
    uint32_t r;
    random_bytes(&r, sizeof r);
    return r % (MIN_OF(ceiling, most) + 1);
}

struct giving_back {
    struct errand *errand;
    struct wall run_at; /* us == 0: bury it */
    const char *why;
};

static int give_back(struct db *db, void *arg, struct err *e)
{
    struct giving_back *g = arg;
    const struct job_kind *kind = &g->errand->runner->kind;
    int rc = jobs_retry(db, &g->errand->job, g->run_at, g->why, e);
    if (rc == 0 && g->run_at.us == 0 && kind->buried) {
        rc = kind->buried(db, g->errand->pool, &g->errand->job, g->why, kind->arg, e);
    }
    return rc;
}

static bool too_late(const struct job_kind *kind, const struct job *job, struct wall at)
{
    return kind->age_max_ms && at.us > job->due_at.us + kind->age_max_ms * 1000;
}

/* Records a failed attempt. When even that fails, the lease ends by itself later. */
static void failed(struct errand *errand, const struct job_run *run, const char *why)
{
    const struct job_kind *kind = &errand->runner->kind;
    int64_t ms = run->retry_after_ms;
    if (ms != 0) {
        ms = MAX_OF(ms, 0) + backoff_ms(kind, errand->job.attempts);
    }
    struct wall again = {wall_now().us + ms * 1000};
    bool bury = run->give_up || errand->job.attempts >= kind->max_attempts ||
                too_late(kind, &errand->job, again);
    struct giving_back g = {errand, {bury ? 0 : again.us}, why};
    metric_add(bury ? METRIC_jobs_dead_total : METRIC_jobs_failed_total, 1);
    log_warn(bury ? "job given up" : "job failed, will be tried again",
             LOG_TEXT("kind", kind->name), LOG_TEXT("job", errand->job.id.p),
             LOG_I64("attempt", errand->job.attempts), LOG_TEXT("why", why));
    struct err e = {0};
    if (store_write(run->store, give_back, &g, &e) < 0) {
        log_error("a failed job could not be recorded", LOG_TEXT("job", errand->job.id.p),
                  LOG_TEXT("why", e.text));
    }
}

/* There are as many as workers, so one is always free. */
static struct client *client_borrow(struct runner *r)
{
    for (int i = 0;; i = (i + 1) % r->kind.workers) {
        if (!atomic_exchange(&r->clients[i].lent, true)) {
            return &r->clients[i];
        }
    }
}

static void errand_run(void *arg)
{
    struct errand *errand = arg;
    struct runner *r = errand->runner;
    struct client *client = client_borrow(r);
    struct job_run run = {r->jobs->store, errand->pool, client->http, &errand->job,
                          r->kind.arg,    -1,           false};
    struct err e = {0};
    int rc;
    if (too_late(&r->kind, &errand->job, wall_now())) {
        run.give_up = true;
        rc = err_set(&e, ERR_TIMEOUT, "it was not done in time, and is not done now");
    } else {
        rc = r->kind.run(&run, &e);
    }
    if (rc == 0) {
        metric_add(METRIC_jobs_done_total, 1);
    } else {
        failed(errand, &run, err_text(&e, rc));
    }
    atomic_store(&client->lent, false);
    struct pool *pool = errand->pool;
    pool_free(&pool);
    atomic_fetch_sub(&r->in_hand, 1);
    bell_ring(r->bell); /* room for another, and the lane's next */
}

struct claiming {
    struct runner *runner;
    struct pool *pool;
    int64_t limit;
    struct job *jobs;
    size_t n;
    size_t put_off; /* claimed besides, but they may not begin yet */
};

/* Keeps those of the claimed jobs that may begin now, and puts the others off. */
static int admit(struct db *db, struct claiming *c, struct wall now, struct err *e)
{
    const struct job_kind *kind = &c->runner->kind;
    struct wall *slots = pool_calloc(c->pool, c->n + 1, sizeof *slots);
    int rc = kind->admit(db, c->pool, c->jobs, c->n, now, slots, kind->arg, e);
    size_t kept = 0;
    for (size_t i = 0; rc == 0 && i < c->n; i++) {
        if (slots[i].us > now.us) {
            rc = jobs_put_off(db, &c->jobs[i], slots[i], e);
        } else {
            c->jobs[kept++] = c->jobs[i];
        }
    }
    c->put_off = c->n - kept;
    c->n = kept;
    return rc;
}

static int claim(struct db *db, void *arg, struct err *e)
{
    struct claiming *c = arg;
    struct wall now = wall_now();
    struct wall lease_end = {now.us + c->runner->kind.lease_ms * 1000};
    int rc = jobs_claim(db, c->pool, c->runner->kind.name, c->runner->jobs->instance, now,
                        lease_end, c->limit, &c->jobs, &c->n, e);
    c->put_off = 0;
    return rc == 0 && c->n && c->runner->kind.admit ? admit(db, c, now, e) : rc;
}

static struct str text_in(struct pool *p, struct str s)
{
    return (struct str){str_dup(p, s), s.n};
}

static void hand_over(struct runner *r, const struct job *job)
{
    struct pool *p = pool_new();
    struct errand *errand = pool_alloc(p, sizeof *errand);
    *errand = (struct errand){r, p, *job};
    errand->job.id = text_in(p, job->id);
    errand->job.kind = text_in(p, job->kind);
    errand->job.lane = text_in(p, job->lane);
    errand->job.payload = text_in(p, job->payload);
    errand->job.owner = text_in(p, job->owner);
    atomic_fetch_add(&r->in_hand, 1);
    workers_run(r->workers, errand_run, errand);
}

/* When the next job is due; a far time when there is none or the database does not say. */
static int64_t next_due_us(struct runner *r, struct pool *p)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct wall at = {0};
    if (store_borrow(r->jobs->store, &db, NULL) < 0 ||
        jobs_next(db, p, r->kind.name, &at, NULL) < 0 || at.us == 0) {
        return INT64_MAX;
    }
    return at.us;
}

/* Claims and hands over what is due; how long to sleep then, in milliseconds. */
static int work(struct runner *r, struct pool *p)
{
    int64_t room = MIN_OF(r->kind.workers * 2 - atomic_load(&r->in_hand), CLAIM_MAX);
    if (room < (r->kind.workers + 1) / 2) {
        return NET_MS; /* a worker that becomes free rings; several jobs then share a claim */
    }
    int64_t wait_us = next_due_us(r, p) - wall_now().us;
    if (wait_us > 0) {
        return (int)MIN_OF(wait_us / 1000 + 1, (int64_t)NET_MS);
    }
    struct claiming c = {.runner = r, .pool = p, .limit = room};
    struct err e = {0};
    if (store_write(r->jobs->store, claim, &c, &e) < 0) {
        log_warn("jobs could not be claimed", LOG_TEXT("kind", r->kind.name),
                 LOG_TEXT("why", e.text));
        return NET_MS;
    }
    for (size_t i = 0; i < c.n; i++) {
        hand_over(r, &c.jobs[i]);
    }
    /* Due, but behind another of its lane: whoever finishes that one rings, if it is ours. */
    return c.n || c.put_off ? 0 : NET_MS / 10;
}

static void runner_loop(void *arg)
{
    struct runner *r = arg;
    struct pool *p = pool_new();
    while (!atomic_load(&r->jobs->stopping)) {
        int ms = work(r, p);
        pool_clear(p);
        if (ms) {
            bell_wait(r->bell, ms);
        }
    }
    pool_free(&p);
}

struct former {
    const char *instance;
    const struct job_kind *kinds;
    size_t n;
};

/* Nobody knows how far a killed attempt came; the next one finds the world settled. */
static int take_back(struct db *db, void *arg, struct err *e)
{
    const struct former *f = arg;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < f->n; i++) {
        struct wall run_at = {wall_now().us + f->kinds[i].settle_ms * 1000};
        rc = jobs_take_back(db, f->kinds[i].name, f->instance, run_at, e);
    }
    return rc;
}

struct jobs *jobs_start(struct store *s, const char *instance, const struct job_kind *kinds,
                        size_t n)
{
    struct jobs *j = xcalloc(1, sizeof *j);
    *j = (struct jobs){.store = s, .instance = xstrdup(instance)};
    j->runners = xcalloc(n, sizeof *j->runners);
    for (size_t i = 0; i < n; i++) {
        if (kinds[i].workers > 0) {
            struct runner *r = &j->runners[j->n++];
            *r = (struct runner){.jobs = j, .kind = kinds[i], .bell = bell_new()};
            r->clients = xcalloc((size_t)r->kind.workers, sizeof *r->clients);
            for (int k = 0; k < r->kind.workers; k++) {
                r->clients[k].http = http_client_new();
            }
        }
    }
    struct err e = {0};
    struct former former = {instance, kinds, n};
    if (store_write(s, take_back, &former, &e) < 0) {
        log_warn("a former life's jobs could not be taken back yet", LOG_TEXT("why", e.text));
    }
    store_on_wake(s, woken, j);
    for (size_t i = 0; i < j->n; i++) {
        struct runner *r = &j->runners[i];
        r->workers = workers_new(r->kind.name, r->kind.workers);
        r->thread = thread_start(r->kind.name, runner_loop, r);
    }
    return j;
}

void jobs_stop(struct jobs *j)
{
    if (!j) {
        return;
    }
    atomic_store(&j->stopping, true);
    for (size_t i = 0; i < j->n; i++) {
        struct runner *r = &j->runners[i];
        bell_ring(r->bell);
        thread_join(&r->thread);
        workers_free(&r->workers);
    }
}

void jobs_free(struct jobs **j)
{
    if (!j || !*j) {
        return;
    }
    for (size_t i = 0; i < (*j)->n; i++) {
        struct runner *r = &(*j)->runners[i];
        for (int k = 0; k < r->kind.workers; k++) {
            http_client_free(&r->clients[k].http);
        }
        free(r->clients);
        bell_free(&r->bell);
    }
    free((*j)->runners);
    free((*j)->instance);
    free(*j);
    *j = NULL;
}
