/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any of these may be the first to speak of a call, since the webhook that tells of it is answered
 * even when the store is not to be had: so they make it.
 */
#include "store/telephone_calls.h"

#include "base/id.h"

static const struct sql insert = {
    "INSERT INTO telephone_calls (id, call_sid, outbound, caller, called, status, sequence, "
    "customer_id, purpose, opening, created_at, updated_at) VALUES ($1, $2, $3, "
    "{put telephone_calls.caller $4}, $5, $6, -1, $7, $8, {put telephone_calls.opening $9}, $10, "
    "$10) ON CONFLICT (call_sid) DO UPDATE SET caller = COALESCE(telephone_calls.caller, "
    "EXCLUDED.caller), called = COALESCE(telephone_calls.called, EXCLUDED.called)"};

#define COLUMNS                                                                                    \
    "id, call_sid, outbound, caller, called, status, ending, summary, reason, purpose, opening, "  \
    "sequence, customer_id, machine, machine_message"
static const struct sql get_by_sid = {"SELECT " COLUMNS
                                      " FROM telephone_calls WHERE call_sid = $1"};
static const struct sql get_by_id = {"SELECT " COLUMNS " FROM telephone_calls WHERE id = $1"};

static const struct sql name = {
    "UPDATE telephone_calls SET call_sid = $2, updated_at = $3 WHERE id = $1 AND call_sid IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM telephone_calls o WHERE o.call_sid = $2)"};

/* Of the same number the first counts; without numbers the last, until the call is over. */
static const struct sql report = {
    "INSERT INTO telephone_calls (id, call_sid, outbound, status, sequence, created_at, "
    "updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (call_sid) DO UPDATE SET "
    "status = EXCLUDED.status, sequence = CASE WHEN EXCLUDED.sequence < 0 THEN "
    "telephone_calls.sequence ELSE EXCLUDED.sequence END, updated_at = EXCLUDED.updated_at WHERE "
    "telephone_calls.status NOT IN ('completed', 'busy', 'failed', 'no-answer', 'canceled') AND "
    "(EXCLUDED.sequence < 0 OR EXCLUDED.sequence > telephone_calls.sequence OR {as_int $7} = 1) "
    "RETURNING id"};

static const struct sql set_status = {
    "UPDATE telephone_calls SET status = $2, updated_at = $3 WHERE id = $1"};

static const struct sql end = {
    "INSERT INTO telephone_calls (id, call_sid, outbound, status, sequence, ending, summary, "
    "reason, "
    "created_at, updated_at) VALUES ($1, $2, {false}, 'in-progress', -1, $3, "
    "{put telephone_calls.summary $4}, $5, $6, $6) ON CONFLICT (call_sid) DO UPDATE SET "
    "ending = EXCLUDED.ending, summary = EXCLUDED.summary, reason = EXCLUDED.reason, "
    "updated_at = EXCLUDED.updated_at"};

static const struct sql set_machine = {
    "UPDATE telephone_calls SET machine = $2, machine_message = $3, updated_at = $4 WHERE "
    "call_sid = $1"};

static const struct sql go_on = {
    "UPDATE telephone_calls SET ending = NULL, updated_at = $2 WHERE call_sid = $1 AND ending IS "
    "NOT NULL"};
static const struct sql prune = {"DELETE FROM telephone_calls WHERE updated_at < $1"};

int telephone_calls_insert(struct db *db, const struct telephone_call_new *c, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_TEXT(c->id), A_TEXT(c->call_sid), A_BOOL(c->outbound), A_TEXT(c->caller),
                        A_TEXT(c->called), A_TEXT(c->status), A_ID(c->customer_id),
                        A_TEXT(c->purpose), A_TEXT(c->opening), A_WALL(c->at)),
                   e);
}

int telephone_calls_get(struct db *db, struct pool *p, const char *call_sid, const char *id,
                        struct telephone_call *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, call_sid ? &get_by_sid : &get_by_id,
                     ARGS(A_TEXT(call_sid ? call_sid : id)), &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no such call");
    }
    if (rc < 0) {
        return rc;
    }
    *out = (struct telephone_call){
        .id = row_str(&r, 0, 0),
        .call_sid = row_str(&r, 0, 1),
        .outbound = row_bool(&r, 0, 2),
        .caller = row_str(&r, 0, 3),
        .called = row_str(&r, 0, 4),
        .status = row_str(&r, 0, 5),
        .ending = row_str(&r, 0, 6),
        .summary = row_str(&r, 0, 7),
        .reason = row_str(&r, 0, 8),
        .purpose = row_str(&r, 0, 9),
        .opening = row_str(&r, 0, 10),
        .sequence = row_i64(&r, 0, 11),
        .customer_id = row_i64(&r, 0, 12),
        .machine = row_str(&r, 0, 13),
        .machine_message = row_str(&r, 0, 14),
    };
    return 0;
}

int telephone_calls_name(struct db *db, const char *id, const char *call_sid, struct wall at,
                         struct err *e)
{
    return db_exec(db, &name, ARGS(A_TEXT(id), A_TEXT(call_sid), A_WALL(at)), e);
}

int telephone_calls_report(struct db *db, struct pool *p, const struct telephone_report *r,
                           bool *news_out, struct err *e)
{
    struct id id = id_new();
    struct rows rows;
    int rc = db_rows(db, p, &report,
                     ARGS(A_TEXT(id.text), A_TEXT(r->call_sid), A_BOOL(r->outbound),
                          A_TEXT(r->status), A_I64(r->sequence), A_WALL(r->at), A_I64(r->final)),
                     &rows, e);
    if (rc == 0) {
        *news_out = rows.n > 0;
    }
    return rc;
}

int telephone_calls_set_status(struct db *db, const char *id, const char *status, struct wall at,
                               struct err *e)
{
    return db_exec(db, &set_status, ARGS(A_TEXT(id), A_TEXT(status), A_WALL(at)), e);
}

int telephone_calls_end(struct db *db, const char *call_sid, const char *ending,
                        const char *summary, const char *reason, struct wall at, struct err *e)
{
    struct id id = id_new();
    return db_exec(db, &end,
                   ARGS(A_TEXT(id.text), A_TEXT(call_sid), A_TEXT(ending), A_TEXT(summary),
                        A_TEXT(reason), A_WALL(at)),
                   e);
}

int telephone_calls_set_machine(struct db *db, const char *call_sid, const char *machine,
                                const char *message, struct wall at, struct err *e)
{
    return db_exec(db, &set_machine,
                   ARGS(A_TEXT(call_sid), A_TEXT(machine), A_TEXT(message), A_WALL(at)), e);
}

int telephone_calls_go_on(struct db *db, const char *call_sid, struct wall at, struct err *e)
{
    return db_exec(db, &go_on, ARGS(A_TEXT(call_sid), A_WALL(at)), e);
}

int telephone_calls_prune(struct db *db, struct wall before, struct err *e)
{
    return db_exec(db, &prune, ARGS(A_WALL(before)), e);
}
