/* SPDX-License-Identifier: Apache-2.0 */
/* A small table of answers, written once and read by key. */
#include "store/tool_results.h"

static const struct sql get = {"SELECT result FROM tool_results WHERE key = $1"};
#define PUT                                                                                        \
    "INSERT INTO tool_results (key, result, created_at) VALUES ($1, {put tool_results.result "     \
    "$2}, "                                                                                        \
    "$3)"
static const struct sql put = {PUT};
static const struct sql keep = {PUT " ON CONFLICT (key) DO NOTHING"};
static const struct sql prune = {"DELETE FROM tool_results WHERE created_at < $1"};

int tool_results_get(struct db *db, struct pool *p, const char *key, struct str *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get, ARGS(A_TEXT(key)), &r, e);
    if (rc == 0) {
        *out = r.n ? row_str(&r, 0, 0) : (struct str){NULL, 0};
    }
    return rc;
}

int tool_results_put(struct db *db, const char *key, struct str result, struct wall at,
                     struct err *e)
{
    return db_exec(db, &put, ARGS(A_TEXT(key), A_STR(result), A_WALL(at)), e);
}

int tool_results_keep(struct db *db, const char *key, struct str result, struct wall at,
                      struct err *e)
{
    return db_exec(db, &keep, ARGS(A_TEXT(key), A_STR(result), A_WALL(at)), e);
}

int tool_results_prune(struct db *db, struct wall before, struct err *e)
{
    return db_exec(db, &prune, ARGS(A_WALL(before)), e);
}
