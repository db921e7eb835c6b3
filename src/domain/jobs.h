/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runners of the jobs table. For each kind of job a thread claims what is due and hands it to
 * that kind's own workers, so that a slow provider delays its own kind only. A runner wakes at a
 * commit that added a job (on PostgreSQL of another server too), when a job falls due, and once a
 * second as the net under both.
 *
 * A claim is a lease with the name of this installation's instance: a server that was killed
 * takes its own claims back when it starts again; another's are taken when the lease has ended.
 */
#ifndef DOMAIN_JOBS_H
#define DOMAIN_JOBS_H

#include "base/pool.h"
#include "io/http_client.h"
#include "store/jobs.h"

/* What a handler works with; one job at a time. */
struct job_run {
    struct store *store;
    struct pool *pool;        /* cleared after the job */
    struct http_client *http; /* of this worker */
    const struct job *job;
    void *arg; /* of the kind */
    /* On failure: not before, with the usual back-off added; 0: at once; -1: the back-off alone. */
    int64_t retry_after_ms;
    bool give_up; /* on failure: do not try again */
};

/*
 * Does the job. 0: done, and removed by jobs_finish in the transaction that recorded its effects.
 * Negative: not done; it is tried again later, or buried after max_attempts, age_max_ms or give_up.
 */
typedef int job_fn(struct job_run *run, struct err *e);

struct job_kind {
    const char *name; /* jobs.kind */
    job_fn *run;
    void *arg;
    int workers; /* 0: this server leaves the kind to others */
    int64_t max_attempts;
    int64_t lease_ms;       /* longer than a job may take */
    int64_t settle_ms;      /* what a killed attempt had begun outside has happened after so long */
    int64_t age_max_ms;     /* not begun later than this after it was due; 0: however late */
    int64_t backoff_max_ms; /* between attempts at most; 0: a minute */
    /*
     * Optional: when each claimed job may begin, in the transaction that claims. One whose
     * slots_out[i] is still to come is put off until then, and has that slot (job.slot_at) when it
     * is claimed again. All are 0 at first: at once.
     */
    int (*admit)(struct db *db, struct pool *p, const struct job *jobs, size_t n, struct wall now,
                 struct wall *slots_out, void *arg, struct err *e);
    /* Optional: in a write transaction, when a job is buried. */
    int (*buried)(struct db *db, struct pool *p, const struct job *job, const char *why, void *arg,
                  struct err *e);
};

struct jobs;

/* Starts the runners. `instance` names this server in leases. Returned owned. */
NODISCARD struct jobs *jobs_start(struct store *s, const char *instance,
                                  const struct job_kind *kinds, size_t n);

/* Lets the jobs in hand finish and ends the threads. Accepts NULL. */
void jobs_stop(struct jobs *j);

/* After jobs_stop and after the store is closed, which may ring until then. Accepts NULL. */
void jobs_free(struct jobs **j);

#endif
