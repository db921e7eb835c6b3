/* SPDX-License-Identifier: Apache-2.0 */
/* The row is locked by its update, so that of several servers one orders. */
#include "store/reconciliations.h"

static const struct sql tick = {
    "UPDATE reconciliations SET alive_at = $3, ordered_at = CASE WHEN ordered_at <= $4 OR "
    "alive_at <= $5 THEN $3 ELSE ordered_at END WHERE provider = $1 AND account = $2 AND "
    "alive_at <= $6 RETURNING CASE WHEN ordered_at = $3 THEN 1 ELSE 0 END"};
static const struct sql begin = {
    "INSERT INTO reconciliations (provider, account, begun_at, alive_at, ordered_at, reached_at) "
    "VALUES ($1, $2, $3, $3, $3, $3) ON CONFLICT (provider, account) DO NOTHING"};
static const struct sql get = {
    "SELECT begun_at, reached_at FROM reconciliations WHERE provider = $1 AND account = $2"};
static const struct sql reached = {
    "UPDATE reconciliations SET reached_at = $3 WHERE provider = $1 AND account = $2 AND "
    "reached_at < $3"};

int reconciliations_tick(struct db *db, struct pool *p, const char *provider, const char *account,
                         const struct reconciliation_pace *pace, bool *due_out, struct err *e)
{
    struct rows r;
    struct arg now = A_WALL(pace->now);
    int rc = db_rows(db, p, &tick,
                     ARGS(A_TEXT(provider), A_TEXT(account), now,
                          A_WALL(((struct wall){pace->now.us - pace->every_us})),
                          A_WALL(((struct wall){pace->now.us - pace->gap_us})),
                          A_WALL(((struct wall){pace->now.us - pace->tick_us}))),
                     &r, e);
    if (rc < 0) {
        return rc;
    }
    *due_out = r.n && row_i64(&r, 0, 0);
    return r.n ? 0 : db_exec(db, &begin, ARGS(A_TEXT(provider), A_TEXT(account), now), e);
}

int reconciliations_get(struct db *db, struct pool *p, const char *provider, const char *account,
                        struct reconciliation *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get, ARGS(A_TEXT(provider), A_TEXT(account)), &r, e);
    if (rc == 0) {
        *out = (struct reconciliation){0};
    }
    if (rc == 0 && r.n) {
        *out = (struct reconciliation){row_wall(&r, 0, 0), row_wall(&r, 0, 1)};
    }
    return rc;
}

int reconciliations_reached(struct db *db, const char *provider, const char *account,
                            struct wall at, struct err *e)
{
    return db_exec(db, &reached, ARGS(A_TEXT(provider), A_TEXT(account), A_WALL(at)), e);
}
