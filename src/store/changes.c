/* SPDX-License-Identifier: Apache-2.0 */
/* The change feed: appended in each writing transaction, read in order, pruned by age. */
#include "store/changes.h"

static const struct sql add = {
    "INSERT INTO changes (at, kind, conversation_id, message_id, customer_id) VALUES ($1, $2, $3, "
    "$4, $5)"};
static const struct sql after = {
    "SELECT id, at, kind, conversation_id, message_id, customer_id FROM changes WHERE id > $1 "
    "ORDER BY id LIMIT $2"};
static const struct sql last = {"SELECT coalesce(max(id), 0) FROM changes"};
static const struct sql prune = {"DELETE FROM changes WHERE id < (SELECT coalesce(max(id), 0) - "
                                 "10000 FROM changes) AND at < $1"};

int changes_add(struct db *db, const char *kind, const char *conversation_id,
                const char *message_id, int64_t customer_id, struct wall at, struct err *e)
{
    db_wake(db, STORE_WAKE_CHANGES);
    return db_exec(db, &add,
                   ARGS(A_WALL(at), A_TEXT(kind), A_TEXT(conversation_id), A_TEXT(message_id),
                        A_ID(customer_id)),
                   e);
}

int changes_after(struct db *db, struct pool *p, int64_t after_id, int64_t limit,
                  struct change **out, size_t *n_out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &after, ARGS(A_I64(after_id), A_I64(limit)), &r, e);
    if (rc < 0) {
        return rc;
    }
    struct change *list = pool_calloc(p, r.n, sizeof *list);
    ROWS_EACH (i, r) {
        list[i] = (struct change){row_i64(&r, i, 0), row_str(&r, i, 1), row_str(&r, i, 2),
                                  row_str(&r, i, 3), row_str(&r, i, 4), row_i64(&r, i, 5)};
    }
    *out = list;
    *n_out = r.n;
    return 0;
}

int changes_last(struct db *db, struct pool *p, int64_t *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &last, NO_ARGS, &r, e);
    if (rc == 0) {
        *out = row_i64(&r, 0, 0);
    }
    return rc;
}

int changes_prune(struct db *db, struct wall before, struct err *e)
{
    return db_exec(db, &prune, ARGS(A_WALL(before)), e);
}
