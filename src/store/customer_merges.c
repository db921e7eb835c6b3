/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of migration 0028 but for the notes. */
#include "store/customer_merges.h"

static const struct sql lock_two = {
    "SELECT id, name, phone, email, is_new_client, has_allergies, is_pregnant, notes, created_at, "
    "updated_at, time_zone, erased_at, merged_into FROM customers WHERE id = $1 OR id = $2 ORDER "
    "BY id "
    "{for_update}"};
static const struct sql addresses = {
    "SELECT id, name, phone, email FROM customers WHERE id = $1 OR merged_into = $1 ORDER BY CASE "
    "WHEN id = $1 THEN 0 ELSE 1 END, id"};
static const struct sql counts = {
    "SELECT (SELECT count(*) FROM conversations WHERE customer_id = $1), "
    "(SELECT count(*) FROM appointments WHERE customer_id = $1), "
    "(SELECT count(*) FROM customer_notes WHERE customer_id = $1)"};

static const struct sql insert = {
    "INSERT INTO customer_merges (id, kept_id, merged_id, actor, actor_name, snapshot, at) VALUES "
    "($1, $2, $3, $4, $5, {put customer_merges.snapshot {as_json $6}}, $7)"};

static const struct sql open_ones = {
    "SELECT id FROM conversations WHERE customer_id = $1 AND status = 'active' ORDER BY "
    "last_activity_at DESC LIMIT 200"};
/* What is theirs is noted first, then given. */
static const struct sql moves[] = {
    {"INSERT INTO customer_merge_rows (merge_id, conversation_id) SELECT $1, id FROM conversations "
     "WHERE customer_id = $2"},
    {"INSERT INTO customer_merge_rows (merge_id, appointment_id) SELECT $1, id FROM appointments "
     "WHERE customer_id = $2"},
    {"INSERT INTO customer_merge_rows (merge_id, call_id) SELECT $1, id FROM telephone_calls "
     "WHERE customer_id = $2"},
    {"INSERT INTO customer_merge_rows (merge_id, note_id) SELECT $1, id FROM customer_notes "
     "WHERE customer_id = $2"},
    {"INSERT INTO customer_merge_rows (merge_id, customer_id) SELECT $1, id FROM customers "
     "WHERE merged_into = $2"},
};
static const struct sql gives[] = {
    {"UPDATE conversations SET customer_id = $2 WHERE customer_id = $1"},
    {"UPDATE appointments SET customer_id = $2 WHERE customer_id = $1"},
    {"UPDATE telephone_calls SET customer_id = $2 WHERE customer_id = $1"},
    {"UPDATE customer_notes SET customer_id = $2 WHERE customer_id = $1"},
    {"UPDATE customers SET merged_into = $2 WHERE merged_into = $1"},
    {"UPDATE customers SET merged_into = $2 WHERE id = $1"},
};
static const struct sql add_consent = {
    "INSERT INTO customer_merge_rows (merge_id, consent_id, was) VALUES ($1, $2, $3)"};

static const struct sql get_one = {
    "SELECT id, kept_id, merged_id, snapshot, actor_name, at, undone_at, undone_by FROM "
    "customer_merges WHERE id = $1 {for_update}"};
static const struct sql merges_of = {
    "SELECT m.id, m.merged_id, c.name, m.actor_name, m.at FROM customer_merges m JOIN customers c "
    "ON c.id = m.merged_id WHERE m.kept_id = $1 AND m.undone_at IS NULL ORDER BY m.at DESC "
    "LIMIT 100"};
static const struct sql consents_of = {
    "SELECT c.id, r.was, c.address, c.channel, c.purpose FROM customer_merge_rows r JOIN consents "
    "c ON c.id = r.consent_id WHERE "
    "r.merge_id = $1 ORDER BY c.seq"};

#define NOTED(column) "(SELECT " column " FROM customer_merge_rows WHERE merge_id = $1)"
static const struct sql split = {"UPDATE customers SET merged_into = NULL WHERE id = $1"};
static const struct sql takes_back[] = {
    {"UPDATE conversations SET customer_id = $2 WHERE customer_id = $3 AND id IN " NOTED(
        "conversation_id")},
    {"UPDATE appointments SET customer_id = $2 WHERE customer_id = $3 AND id IN " NOTED(
        "appointment_id")},
    {"UPDATE telephone_calls SET customer_id = $2 WHERE customer_id = $3 AND id IN " NOTED(
        "call_id")},
    {"UPDATE customer_notes SET customer_id = $2 WHERE customer_id = $3 AND id IN " NOTED(
        "note_id")},
    {"UPDATE customers SET merged_into = $2 WHERE merged_into = $3 AND id IN " NOTED(
        "customer_id")},
};
static const struct sql set_undone = {
    "UPDATE customer_merges SET undone_at = $2, undone_by = $3 WHERE id = $1"};

static const struct sql write_all = {
    "UPDATE customers SET name = {put customers.name $2}, phone = {put customers.phone $3}, "
    "email = {put customers.email $4}, notes = {put customers.notes $5}, is_new_client = $6, "
    "has_allergies = $7, is_pregnant = $8, time_zone = $9, updated_at = $10, "
    "created_at = coalesce($11, created_at) WHERE id = $1"};
static const struct sql give_phone = {"UPDATE customers SET phone = NULL WHERE id = $1"};
static const struct sql give_email = {"UPDATE customers SET email = NULL WHERE id = $1"};

static const struct sql each_one = {
    "SELECT id, name, phone, email FROM customers WHERE merged_into IS NULL ORDER BY id DESC "
    "LIMIT $1"};
static const struct sql distinct_all = {
    "SELECT low_id, high_id FROM customer_distinct ORDER BY low_id, high_id"};
static const struct sql distinct_of = {
    "SELECT high_id FROM customer_distinct WHERE low_id = $1 UNION ALL SELECT low_id FROM "
    "customer_distinct WHERE high_id = $1"};
static const struct sql distinct_put = {
    "INSERT INTO customer_distinct (low_id, high_id, said_by, at) VALUES ($1, $2, $3, $4) ON "
    "CONFLICT DO NOTHING"};
static const struct sql distinct_delete = {
    "DELETE FROM customer_distinct WHERE low_id = $1 AND high_id = $2"};

int customer_merges_lock(struct db *db, struct pool *p, int64_t one, int64_t other,
                         struct merging *one_out, struct merging *other_out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &lock_two, ARGS(A_I64(one), A_I64(other)), &r, e);
    bool has_one = false, has_other = false;
    for (size_t i = 0; rc == 0 && i < r.n; i++) {
        struct merging m = {.merged_into = row_i64(&r, i, 12)};
        customer_from_row(&r, i, &m.row);
        has_one |= m.row.id == one;
        has_other |= m.row.id == other;
        *(m.row.id == one ? one_out : other_out) = m;
    }
    if (rc == 0 && (!has_one || !has_other)) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no customer %lld",
                     (long long)(has_one ? other : one));
    }
    return rc;
}

int customer_addresses(struct db *db, struct pool *p, int64_t id, struct rows *out, struct err *e)
{
    return db_rows(db, p, &addresses, ARGS(A_I64(id)), out, e);
}

int customer_counts_get(struct db *db, struct pool *p, int64_t id, struct customer_counts *out,
                        struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &counts, ARGS(A_I64(id)), &r, e);
    if (rc == 0) {
        *out = (struct customer_counts){row_i64(&r, 0, 0), row_i64(&r, 0, 1), row_i64(&r, 0, 2)};
    }
    return rc;
}

int customer_merges_insert(struct db *db, const struct customer_merge *m, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_TEXT(m->id), A_I64(m->kept_id), A_I64(m->merged_id), A_TEXT(m->actor),
                        A_TEXT(m->actor_name), A_STR(m->snapshot), A_WALL(m->at)),
                   e);
}

int customer_merges_move(struct db *db, struct pool *p, const struct customer_merge *m,
                         struct rows *open_out, struct err *e)
{
    int rc = db_rows(db, p, &open_ones, ARGS(A_I64(m->merged_id)), open_out, e);
    for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(moves); i++) {
        rc = db_exec(db, &moves[i], ARGS(A_TEXT(m->id), A_I64(m->merged_id)), e);
    }
    for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(gives); i++) {
        rc = db_exec(db, &gives[i], ARGS(A_I64(m->merged_id), A_I64(m->kept_id)), e);
    }
    return rc;
}

int customer_merges_add_consent(struct db *db, const char *merge_id, const char *consent_id,
                                const char *was, struct err *e)
{
    return db_exec(db, &add_consent, ARGS(A_TEXT(merge_id), A_TEXT(consent_id), A_TEXT(was)), e);
}

int customer_merges_get(struct db *db, struct pool *p, const char *id,
                        struct customer_merge_row *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get_one, ARGS(A_TEXT(id)), &r, e);
    if (rc < 0) {
        return rc;
    }
    if (r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such merge");
    }
    *out = (struct customer_merge_row){
        .id = row_str(&r, 0, 0),
        .kept_id = row_i64(&r, 0, 1),
        .merged_id = row_i64(&r, 0, 2),
        .snapshot = row_str(&r, 0, 3),
        .actor_name = row_str(&r, 0, 4),
        .at = row_str(&r, 0, 5),
        .undone_at = row_str(&r, 0, 6),
        .undone_by = row_str(&r, 0, 7),
    };
    return 0;
}

int customer_merges_of(struct db *db, struct pool *p, int64_t kept_id, struct rows *out,
                       struct err *e)
{
    return db_rows(db, p, &merges_of, ARGS(A_I64(kept_id)), out, e);
}

int customer_merges_consents(struct db *db, struct pool *p, const char *id, struct rows *out,
                             struct err *e)
{
    return db_rows(db, p, &consents_of, ARGS(A_TEXT(id)), out, e);
}

int customer_merges_move_back(struct db *db, const struct customer_merge_row *m, const char *by,
                              struct wall at, struct err *e)
{
    int rc = db_exec(db, &split, ARGS(A_I64(m->merged_id)), e);
    for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(takes_back); i++) {
        rc = db_exec(db, &takes_back[i], ARGS(A_STR(m->id), A_I64(m->merged_id), A_I64(m->kept_id)),
                     e);
    }
    return rc < 0 ? rc : db_exec(db, &set_undone, ARGS(A_STR(m->id), A_WALL(at), A_TEXT(by)), e);
}

static struct arg tri_arg(enum tristate t)
{
    return t == TRI_UNKNOWN ? A_NULL : A_BOOL(t == TRI_YES);
}

int customer_merges_write(struct db *db, int64_t id, const struct customer_new *c,
                          const char *created_at, struct err *e)
{
    int rc = db_exec(db, &write_all,
                     ARGS(A_I64(id), A_TEXT(c->name), A_TEXT(c->phone), A_TEXT(c->email),
                          A_TEXT(c->notes), tri_arg(c->is_new_client), tri_arg(c->has_allergies),
                          tri_arg(c->is_pregnant), A_TEXT(c->time_zone), A_WALL(c->at),
                          A_TEXT(created_at)),
                     e);
    return rc;
}

int customer_merges_give(struct db *db, int64_t id, bool phone, bool email, struct err *e)
{
    int rc = phone ? db_exec(db, &give_phone, ARGS(A_I64(id)), e) : 0;
    return rc == 0 && email ? db_exec(db, &give_email, ARGS(A_I64(id)), e) : rc;
}

int customers_each(struct db *db, struct pool *p, int64_t limit, row_fn *each, void *arg,
                   struct err *e)
{
    struct arg args[] = {A_I64(limit)};
    struct query q = {&each_one, args, 1, .each = each, .arg = arg};
    return db_many(db, p, &q, 1, e);
}

int customer_distinct_of(struct db *db, struct pool *p, int64_t id, struct rows *out, struct err *e)
{
    return id ? db_rows(db, p, &distinct_of, ARGS(A_I64(id)), out, e)
              : db_rows(db, p, &distinct_all, NO_ARGS, out, e);
}

int customer_distinct_put(struct db *db, int64_t one, int64_t other, const char *by, struct wall at,
                          struct err *e)
{
    return db_exec(
        db, &distinct_put,
        ARGS(A_I64(MIN_OF(one, other)), A_I64(one < other ? other : one), A_TEXT(by), A_WALL(at)),
        e);
}

int customer_distinct_delete(struct db *db, int64_t one, int64_t other, struct err *e)
{
    return db_exec(db, &distinct_delete,
                   ARGS(A_I64(MIN_OF(one, other)), A_I64(one < other ? other : one)), e);
}
