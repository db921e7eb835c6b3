/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever changes what counts marks the row; nobody recounts in a transaction that has to be quick.
 */
#include "store/figures.h"

static const struct sql stale = {
    "UPDATE conversations SET unfigured = unfigured + 1 WHERE id = $1"};
static const struct sql stale_of_appointment = {
    "UPDATE conversations SET unfigured = unfigured + 1 WHERE id IN (SELECT "
    "conversation_id FROM appointments WHERE id = $1)"};
static const struct sql wanted = {"SELECT id, unfigured FROM conversations WHERE unfigured > 0 "
                                  "ORDER BY initiated_at DESC LIMIT $1"};
static const struct sql put = {
    "UPDATE conversations SET unfigured = 0, heard_at = $2, answered_at = $3, answered_by = $4, "
    "escalated = $5, progress = $6, prompt_tokens = $8, completion_tokens = $9 WHERE id = $1 AND "
    "unfigured = $7"};
static const struct sql kept = {"SELECT 1 FROM appointments WHERE conversation_id = $1 AND "
                                "status = 'completed' LIMIT 1"};
static const struct sql each = {
    "SELECT initiated_at, channel, satisfaction_score, completed_at, heard_at, answered_at, "
    "answered_by, escalated, progress FROM conversations WHERE initiated_at >= $1 AND "
    "initiated_at < $2"};

static const struct sql each_cost = {
    "SELECT initiated_at, channel, prompt_tokens, completion_tokens FROM conversations WHERE "
    "prompt_tokens > 0 AND initiated_at >= $1 AND initiated_at < $2"};

int figures_stale(struct db *db, const char *conversation_id, struct err *e)
{
    return db_exec(db, &stale, ARGS(A_TEXT(conversation_id)), e);
}

int figures_stale_of_appointment(struct db *db, int64_t appointment_id, struct err *e)
{
    return db_exec(db, &stale_of_appointment, ARGS(A_I64(appointment_id)), e);
}

int figures_wanted(struct db *db, struct pool *p, int64_t limit, struct rows *out, struct err *e)
{
    return db_rows(db, p, &wanted, ARGS(A_I64(limit)), out, e);
}

int figures_put(struct db *db, const char *conversation_id, const struct figures *f, struct err *e)
{
    return db_exec(db, &put,
                   ARGS(A_TEXT(conversation_id), A_STR(f->heard_at), A_STR(f->answered_at),
                        A_TEXT(f->answered_by), A_BOOL(f->escalated), A_I64(f->progress),
                        A_I64(f->seen), A_I64(f->prompt_tokens), A_I64(f->completion_tokens)),
                   e);
}

struct query figures_kept_query(const struct arg *conversation_id, struct rows *rows)
{
    return (struct query){&kept, conversation_id, 1, rows};
}

int figures_each(struct db *db, struct pool *p, struct wall from, struct wall to, row_fn *fn,
                 void *arg, struct err *e)
{
    const struct arg args[] = {A_WALL(from), A_WALL(to)};
    struct query q = {&each, args, ARRAY_SIZE(args), .each = fn, .arg = arg};
    return db_many(db, p, &q, 1, e);
}

int figures_each_cost(struct db *db, struct pool *p, struct wall from, struct wall to, row_fn *fn,
                      void *arg, struct err *e)
{
    const struct arg args[] = {A_WALL(from), A_WALL(to)};
    struct query q = {&each_cost, args, ARRAY_SIZE(args), .each = fn, .arg = arg};
    return db_many(db, p, &q, 1, e);
}
