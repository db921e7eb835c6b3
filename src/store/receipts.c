/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts of webhooks and answers to idempotency keys. */
#include "store/receipts.h"

static const struct sql take = {
    "INSERT INTO provider_receipts (provider, provider_id, kind, received_at, message_id, request) "
    "VALUES ($1, $2, $3, $4, $5, {put provider_receipts.request $6}) ON CONFLICT (provider, "
    "provider_id, kind) DO NOTHING RETURNING 1"};
static const struct sql get_key = {
    "SELECT operation, body_sha256, status, answer FROM idempotency_keys WHERE actor = $1 AND "
    "key = $2"};
static const struct sql put_key = {
    "INSERT INTO idempotency_keys (actor, key, operation, body_sha256, status, answer, created_at) "
    "VALUES ($1, $2, $3, $4, $5, {put idempotency_keys.answer $6}, $7)"};
static const struct sql set_answer = {"UPDATE idempotency_keys SET answer = {put "
                                      "idempotency_keys.answer $3} WHERE actor = $1 AND key = $2"};
static const struct sql prune_keys = {"DELETE FROM idempotency_keys WHERE created_at < $1"};
static const struct sql prune_receipts = {"DELETE FROM provider_receipts WHERE received_at < $1"};

struct query receipts_take(const struct receipt *r, struct arg args[RECEIPT_ARGS],
                           struct rows *rows)
{
    args[0] = A_TEXT(r->provider);
    args[1] = A_TEXT(r->provider_id);
    args[2] = A_TEXT(r->kind);
    args[3] = A_WALL(r->at);
    args[4] = A_TEXT(r->message_id);
    args[5] = A_STR(r->request);
    return (struct query){&take, args, RECEIPT_ARGS, rows};
}

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

int receipts_prune(struct db *db, struct wall keys_before, struct wall receipts_before,
                   struct err *e)
{
    int rc = db_exec(db, &prune_keys, ARGS(A_WALL(keys_before)), e);
    return rc < 0 ? rc : db_exec(db, &prune_receipts, ARGS(A_WALL(receipts_before)), e);
}
