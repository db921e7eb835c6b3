/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to idempotency keys. */
#include "store/idempotency.h"

static const struct sql get_key = {
    "SELECT operation, body_sha256, status, answer FROM idempotency_keys WHERE actor = $1 AND "
    "key = $2"};
static const struct sql put_key = {
    "INSERT INTO idempotency_keys (actor, key, operation, body_sha256, status, answer, created_at) "
    "VALUES ($1, $2, $3, $4, $5, {put idempotency_keys.answer $6}, $7)"};
static const struct sql set_answer = {"UPDATE idempotency_keys SET answer = {put "
                                      "idempotency_keys.answer $3} WHERE actor = $1 AND key = $2"};
static const struct sql prune_keys = {"DELETE FROM idempotency_keys WHERE created_at < $1"};

int idempotency_get(struct db *db, struct pool *p, const char *actor, const char *key,
                    struct idempotent_answer *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get_key, ARGS(A_TEXT(actor), A_TEXT(key)), &r, e);
    if (rc < 0) {
        return rc;
    }
    *out = (struct idempotent_answer){.found = r.n > 0};
    if (r.n) {
        out->operation = row_str(&r, 0, 0);
        out->body_sha256 = row_str(&r, 0, 1);
        out->status = row_i64(&r, 0, 2);
        out->answer = row_str(&r, 0, 3);
    }
    return 0;
}

int idempotency_put(struct db *db, const char *actor, const char *key, const char *operation,
                    const char *body_sha256, int status, struct str answer, struct wall at,
                    struct err *e)
{
    return db_exec(db, &put_key,
                   ARGS(A_TEXT(actor), A_TEXT(key), A_TEXT(operation), A_TEXT(body_sha256),
                        A_I64(status), A_STR(answer), A_WALL(at)),
                   e);
}

int idempotency_answer(struct db *db, const char *actor, const char *key, struct str answer,
                       struct err *e)
{
    return db_exec(db, &set_answer, ARGS(A_TEXT(actor), A_TEXT(key), A_STR(answer)), e);
}

int idempotency_prune(struct db *db, struct wall before, struct err *e)
{
    return db_exec(db, &prune_keys, ARGS(A_WALL(before)), e);
}
