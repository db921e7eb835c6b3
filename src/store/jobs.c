/* SPDX-License-Identifier: Apache-2.0 */
/* Claiming is one statement: on PostgreSQL other servers' rows are skipped, on SQLite the writer is
 * alone. */
#include "store/jobs.h"

#include "base/id.h"

static const struct sql add = {
    "INSERT INTO jobs (id, kind, lane, payload, run_at, created_at, due_at, message_id) VALUES "
    "($1, $2, $3, {as_json $4}, $5, $6, $5, $7)"};

/*
 * Only the first of a lane; one that is running, or was tried and waits to be tried again, still
 * stands there and holds the others back. One that was ordered for later does not, or a reminder
 * for tomorrow would keep today's answers. What is due is found once, before anything is changed:
 * as a part of the UPDATE's own plan PostgreSQL may look for it again for each row, and take all
 * rows.
 */
static const struct sql claim = {
    "WITH due AS MATERIALIZED (SELECT j.id FROM jobs j WHERE j.kind = $1 AND j.state = 'ready' AND "
    "j.run_at <= $2 AND NOT EXISTS (SELECT 1 FROM jobs b WHERE b.lane = j.lane AND "
    "((b.id < j.id AND b.state = 'ready' AND (b.run_at <= $2 OR b.attempted_at IS NOT NULL)) OR "
    "b.state = 'running')) ORDER BY j.run_at LIMIT $5 {skip_locked}) UPDATE jobs SET "
    "state = 'running', attempts = attempts + 1, locked_by = $3, locked_until = $4, "
    "attempted_at = coalesce(attempted_at, $2) WHERE id IN (SELECT id FROM due) "
    "RETURNING id, kind, lane, payload, attempts, attempted_at, coalesce(due_at, created_at), "
    "slot_at"};

/* The table is empty one moment and full the next: a plan that was made for the one is ruinous for
 * the other, so PostgreSQL plans each claim anew. SQLite's plans do not look at the size. */
static const struct sql plan_anew = {"SET LOCAL plan_cache_mode = force_custom_plan"};

static const struct sql finish = {
    "DELETE FROM jobs WHERE id = $1 AND state = 'running' AND locked_by = $2 AND attempts = $3 "
    "RETURNING id"};

static const struct sql bury = {
    "UPDATE jobs SET state = 'dead', last_error = $4, locked_by = NULL, locked_until = NULL, "
    "slot_at = NULL WHERE id = $1 AND state = 'running' AND locked_by = $2 AND attempts = $3 "
    "RETURNING id"};

static const struct sql prune = {"DELETE FROM jobs WHERE state = 'dead' AND run_at < $1"};

static const struct sql retry = {
    "UPDATE jobs SET state = $4, run_at = coalesce($5, run_at), last_error = $6, "
    "locked_by = NULL, locked_until = NULL, slot_at = NULL WHERE id = $1 AND state = 'running' "
    "AND locked_by = $2 AND attempts = $3"};

static const struct sql put_off = {
    "UPDATE jobs SET state = 'ready', attempts = attempts - 1, run_at = $4, slot_at = $4, "
    "locked_by = NULL, locked_until = NULL WHERE id = $1 AND state = 'running' AND "
    "locked_by = $2 AND attempts = $3"};

static const struct sql postpone = {
    "UPDATE jobs SET state = 'ready', attempts = 0, attempted_at = NULL, run_at = $4, due_at = $4, "
    "slot_at = NULL, locked_by = NULL, locked_until = NULL WHERE id = $1 AND state = 'running' AND "
    "locked_by = $2 AND attempts = $3"};

/* Whoever is claiming one of them at this moment has it locked: what he took is seen as running. */
static const struct sql untried = {
    "SELECT j.id, j.payload, j.message_id FROM jobs j WHERE j.lane = $1 AND j.state = 'ready' AND "
    "j.attempts = 0 ORDER BY j.id {for_update_of j}"};

static const struct sql remove_one = {"DELETE FROM jobs WHERE id = $1"};

static const struct sql reclaim = {
    "UPDATE jobs SET state = 'ready', locked_by = NULL, locked_until = NULL, slot_at = NULL WHERE "
    "state = 'running' AND locked_until < $1"};

static const struct sql take_back = {
    "UPDATE jobs SET state = 'ready', locked_by = NULL, locked_until = NULL, slot_at = NULL, "
    "run_at = $3 WHERE state = 'running' AND kind = $1 AND locked_by = $2"};

static const struct sql next = {"SELECT min(run_at) FROM jobs WHERE kind = $1 AND state = 'ready'"};

int jobs_add_new(struct db *db, const struct job_new *j, struct err *e)
{
    struct id id = id_new();
    db_wake(db, STORE_WAKE_JOBS);
    return db_exec(db, &add,
                   ARGS(A_TEXT(id.text), A_TEXT(j->kind), A_TEXT(j->lane), A_STR(j->payload),
                        A_WALL(j->run_at), A_WALL(j->now), A_TEXT(j->message_id)),
                   e);
}

int jobs_add(struct db *db, const char *kind, const char *lane, struct str payload,
             struct wall run_at, struct wall now, struct err *e)
{
    struct job_new j = {kind, lane, payload, run_at, now, NULL};
    return jobs_add_new(db, &j, e);
}

int jobs_claim(struct db *db, struct pool *p, const char *kind, const char *owner, struct wall now,
               struct wall lease_end, int64_t limit, struct job **out, size_t *n_out, struct err *e)
{
    struct rows r = {0};
    int rc = db_engine(db) == STORE_POSTGRES ? db_exec(db, &plan_anew, NO_ARGS, e) : 0;
    if (rc == 0) {
        rc = db_rows(
            db, p, &claim,
            ARGS(A_TEXT(kind), A_WALL(now), A_TEXT(owner), A_WALL(lease_end), A_I64(limit)), &r, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct job *jobs = pool_calloc(p, r.n, sizeof *jobs);
    ROWS_EACH (i, r) {
        jobs[i] = (struct job){
            .id = row_str(&r, i, 0),
            .kind = row_str(&r, i, 1),
            .lane = row_str(&r, i, 2),
            .payload = row_str(&r, i, 3),
            .attempts = row_i64(&r, i, 4),
            .first_attempted_at = row_wall(&r, i, 5),
            .due_at = row_wall(&r, i, 6),
            .slot_at = row_wall(&r, i, 7),
            .owner = {pool_strdup(p, owner), strlen(owner)},
        };
        if (jobs[i].attempts == 1) {
            jobs[i].first_attempted_at = (struct wall){0};
        }
    }
    *out = jobs;
    *n_out = r.n;
    return 0;
}

int jobs_finish(struct db *db, struct pool *p, const struct job *job, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &finish, ARGS(A_STR(job->id), A_STR(job->owner), A_I64(job->attempts)),
                     &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_CONFLICT, "another server has taken the job over");
    }
    return rc;
}

int jobs_bury(struct db *db, struct pool *p, const struct job *job, const char *error,
              struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &bury,
                     ARGS(A_STR(job->id), A_STR(job->owner), A_I64(job->attempts), A_TEXT(error)),
                     &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_CONFLICT, "another server has taken the job over");
    }
    return rc;
}

int jobs_prune(struct db *db, struct wall before, struct err *e)
{
    return db_exec(db, &prune, ARGS(A_WALL(before)), e);
}

int jobs_retry(struct db *db, const struct job *job, struct wall run_at, const char *error,
               struct err *e)
{
    return db_exec(db, &retry,
                   ARGS(A_STR(job->id), A_STR(job->owner), A_I64(job->attempts),
                        A_TEXT(run_at.us ? "ready" : "dead"), A_WALL(run_at), A_TEXT(error)),
                   e);
}

int jobs_put_off(struct db *db, const struct job *job, struct wall slot_at, struct err *e)
{
    return db_exec(db, &put_off,
                   ARGS(A_STR(job->id), A_STR(job->owner), A_I64(job->attempts), A_WALL(slot_at)),
                   e);
}

int jobs_postpone(struct db *db, const struct job *job, struct wall run_at, struct err *e)
{
    return db_exec(db, &postpone,
                   ARGS(A_STR(job->id), A_STR(job->owner), A_I64(job->attempts), A_WALL(run_at)),
                   e);
}

int jobs_untried(struct db *db, struct pool *p, const char *lane, struct rows *out, struct err *e)
{
    return db_rows(db, p, &untried, ARGS(A_TEXT(lane)), out, e);
}

int jobs_remove(struct db *db, struct str id, struct err *e)
{
    return db_exec(db, &remove_one, ARGS(A_STR(id)), e);
}

int jobs_reclaim(struct db *db, struct wall now, struct err *e)
{
    db_wake(db, STORE_WAKE_JOBS);
    return db_exec(db, &reclaim, ARGS(A_WALL(now)), e);
}

int jobs_take_back(struct db *db, const char *kind, const char *owner, struct wall run_at,
                   struct err *e)
{
    return db_exec(db, &take_back, ARGS(A_TEXT(kind), A_TEXT(owner), A_WALL(run_at)), e);
}

int jobs_next(struct db *db, struct pool *p, const char *kind, struct wall *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &next, ARGS(A_TEXT(kind)), &r, e);
    if (rc == 0) {
        *out = r.n ? row_wall(&r, 0, 0) : (struct wall){0};
    }
    return rc;
}
