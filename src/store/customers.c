/* SPDX-License-Identifier: Apache-2.0 */
/* Customers and appointments as the tables have them since the voice-only days: integer ids. */
#include "store/customers.h"

#include <stdlib.h>

#include "base/fold.h"

#define COLUMNS                                                                                    \
    "id, name, phone, email, is_new_client, has_allergies, is_pregnant, notes, created_at, "       \
    "updated_at, time_zone, erased_at"

/* Who was merged into another is that one. */
#define KEPT "(SELECT coalesce(merged_into, id) FROM customers WHERE id = $1)"

static const struct sql get_one = {"SELECT " COLUMNS " FROM customers WHERE id = " KEPT};
static const struct sql page_by_number = {"SELECT " COLUMNS
                                          " FROM customers WHERE merged_into IS NULL "
                                          "ORDER BY id DESC LIMIT $1 OFFSET $2"};
static const struct sql page_by_cursor = {
    "SELECT " COLUMNS " FROM customers WHERE id < $2 AND merged_into IS NULL ORDER BY id DESC "
    "LIMIT $1"};
static const struct sql lock_one = {"SELECT " COLUMNS " FROM customers WHERE id = " KEPT
                                    " {for_update}"};
/* A row more for each that was merged into one, whose number and address are looked at too. */
static const struct sql words_of_all = {
    "SELECT c.id, c.name, c.phone, c.email, m.phone, m.email FROM customers c LEFT JOIN "
    "customers m ON m.merged_into = c.id WHERE c.merged_into IS NULL AND c.id < $1 "
    "ORDER BY c.id DESC LIMIT $2"};
static const struct sql kept_of = {"SELECT coalesce(merged_into, id) FROM customers WHERE id = $1"};
static const struct sql total = {
    "SELECT coalesce(sum(n), 0) FROM counters WHERE kind = 'customers'"};

static const struct sql insert = {
    "INSERT INTO customers (name, phone, email, is_new_client, has_allergies, is_pregnant, notes, "
    "created_at, updated_at, time_zone) VALUES ({put customers.name $1}, "
    "{put customers.phone $2}, {put customers.email $3}, $4, $5, $6, {put customers.notes $7}, $8, "
    "$8, $9) RETURNING id"};

static const struct sql update = {
    "UPDATE customers SET name = {put customers.name $2}, phone = {put customers.phone $3}, "
    "email = {put customers.email $4}, notes = {put customers.notes $5}, is_new_client = $6, "
    "has_allergies = $7, is_pregnant = $8, time_zone = $9, updated_at = $10 WHERE id = " KEPT};

/* The no-op update makes a second maker wait for the first, and gives it the row. */
static const struct sql find_or_make = {
    "INSERT INTO customers (name, phone, is_new_client, created_at, updated_at) VALUES "
    "({put customers.name $1}, {put customers.phone $2}, {true}, $3, $3) ON CONFLICT (phone) DO "
    "UPDATE SET phone = EXCLUDED.phone RETURNING coalesce(merged_into, id)"};

static const struct sql find_or_make_by_email = {
    "INSERT INTO customers (name, email, is_new_client, created_at, updated_at) VALUES "
    "({put customers.name $1}, {put customers.email $2}, {true}, $3, $3) ON CONFLICT (email) DO "
    "UPDATE SET email = EXCLUDED.email RETURNING coalesce(merged_into, id)"};

static const struct sql by_phone = {
    "SELECT coalesce(merged_into, id) FROM customers WHERE {match customers.phone $1}"};
static const struct sql by_email = {
    "SELECT coalesce(merged_into, id) FROM customers WHERE {match customers.email $1}"};
static const struct sql set_name = {
    "UPDATE customers SET name = {put customers.name $2}, updated_at = $3 WHERE id = " KEPT};

static const struct sql set_zone = {
    "UPDATE customers SET time_zone = $2, updated_at = $3 WHERE id = " KEPT " RETURNING id"};
static const struct sql set_phone = {
    "UPDATE customers SET phone = {put customers.phone $2}, updated_at = $3 WHERE id = " KEPT};
static const struct sql set_email = {
    "UPDATE customers SET email = {put customers.email $2}, updated_at = $3 WHERE id = " KEPT};

static const struct sql zone_of_conversation = {
    "SELECT k.time_zone FROM conversations c JOIN customers k ON k.id = c.customer_id WHERE "
    "c.id = $1"};

const struct sql customers_lock = {"SELECT coalesce(merged_into, id) FROM customers WHERE {match "
                                   "customers.phone $1} {for_update}"};

const struct sql customers_lock_by_email = {
    "SELECT coalesce(merged_into, id), name, merged_into FROM customers WHERE "
    "{match customers.email $1} {for_update}"};

#define APPOINTMENT_COLUMNS                                                                        \
    "SELECT a.id, a.customer_id, u.name, a.appointment_datetime, a.service_type, a.provider, "     \
    "a.duration_minutes, a.status, a.booked_by, a.special_requests, a.cancellation_reason, "       \
    "a.cancelled_at, a.created_at, a.provider_key, a.buffer_minutes"
#define APPOINTMENT_COLUMNS_ALWAYS 15
#define APPOINTMENT_FROM " FROM appointments a LEFT JOIN customers u ON u.id = a.customer_id "
#define APPOINTMENT APPOINTMENT_COLUMNS APPOINTMENT_FROM

#define LISTED                                                                                     \
    APPOINTMENT_COLUMNS ", s.name" APPOINTMENT_FROM                                                \
                        "LEFT JOIN services s ON s.key = a.service_type WHERE "                    \
                        "a.appointment_datetime >= $3 AND a.appointment_datetime < $4"
#define IN_ORDER " ORDER BY a.appointment_datetime, a.id LIMIT $1 OFFSET $2"

/* By which filters there are: 1 status, 2 provider. */
static const struct sql appointments_in[4] = {
    {LISTED IN_ORDER},
    {LISTED " AND a.status = $5" IN_ORDER},
    {LISTED " AND a.provider_key = $5" IN_ORDER},
    {LISTED " AND a.status = $5 AND a.provider_key = $6" IN_ORDER},
};
/* A span of days is counted; all of them are a sum of counters (odd rows: with the status). */
static const struct sql appointments_all[2] = {
    {"SELECT coalesce(sum(n), 0) FROM counters WHERE kind = 'appointments'"},
    {"SELECT coalesce(sum(n), 0) FROM counters WHERE kind = 'appointments' AND status = $1"},
};
#define COUNTED                                                                                    \
    "SELECT count(*) FROM appointments WHERE appointment_datetime >= $1 AND "                      \
    "appointment_datetime < $2"
static const struct sql appointments_total[4] = {
    {COUNTED},
    {COUNTED " AND status = $3"},
    {COUNTED " AND provider_key = $3"},
    {COUNTED " AND status = $3 AND provider_key = $4"},
};

const struct sql appointments_before = {
    APPOINTMENT "WHERE a.customer_id = $1 AND (a.appointment_datetime, a.id) < ($2, $3) "
                "ORDER BY a.appointment_datetime DESC, a.id DESC LIMIT $4"};

const struct sql calls_of_customer = {
    "SELECT c.id, c.metadata, u.phone, c.initiated_at, c.completed_at, v.duration_seconds, "
    "c.satisfaction_score, c.sentiment, c.outcome FROM conversations c LEFT JOIN customers u ON "
    "u.id = c.customer_id LEFT JOIN (communication_messages m JOIN voice_call_details v ON "
    "v.message_id = m.id) ON m.conversation_id = c.id WHERE c.customer_id = $1 AND "
    "c.channel = 'voice' ORDER BY c.last_activity_at DESC, c.id DESC LIMIT 100"};

static enum tristate tri(const struct rows *r, size_t row, size_t column)
{
    return row_is_null(r, row, column) ? TRI_UNKNOWN : row_bool(r, row, column) ? TRI_YES : TRI_NO;
}

void customer_from_row(const struct rows *r, size_t i, struct customer *c)
{
    *c = (struct customer){
        .id = row_i64(r, i, 0),
        .name = row_str(r, i, 1),
        .phone = row_str(r, i, 2),
        .email = row_str(r, i, 3),
        .is_new_client = tri(r, i, 4),
        .has_allergies = tri(r, i, 5),
        .is_pregnant = tri(r, i, 6),
        .notes = row_str(r, i, 7),
        .created_at = row_str(r, i, 8),
        .updated_at = row_str(r, i, 9),
        .time_zone = row_str(r, i, 10),
        .erased_at = row_str(r, i, 11),
    };
}

struct query customers_query(const struct arg *id, struct rows *rows)
{
    return (struct query){&get_one, id, 1, rows};
}

static int get_by(const struct sql *sql, struct db *db, struct pool *p, int64_t id,
                  struct customer *out, struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, sql, ARGS(A_I64(id)), &rows, e);
    if (rc < 0) {
        return rc;
    }
    if (rows.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no customer %lld", (long long)id);
    }
    customer_from_row(&rows, 0, out);
    return 0;
}

int customers_kept(struct db *db, struct pool *p, int64_t id, int64_t *out, struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &kept_of, ARGS(A_I64(id)), &rows, e);
    if (rc == 0 && rows.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no customer %lld", (long long)id);
    }
    if (rc == 0) {
        *out = row_i64(&rows, 0, 0);
    }
    return rc;
}

int customers_get(struct db *db, struct pool *p, int64_t id, struct customer *out, struct err *e)
{
    return get_by(&get_one, db, p, id, out, e);
}

int customers_page(struct db *db, struct pool *p, const struct page_at *at,
                   struct customer_page *out, struct err *e)
{
    int64_t cursor = 0;
    if (at->cursor_id && !str_to_i64(str_of(at->cursor_id), &cursor)) {
        return err_field(e, ERR_MALFORMED, "cursor", "the cursor is not one of ours");
    }
    struct arg args[] = {A_I64(at->page_size + 1),
                         A_I64(at->cursor_id ? cursor : (at->page - 1) * at->page_size)};
    struct rows rows, sum;
    struct query queries[] = {
        {at->cursor_id ? &page_by_cursor : &page_by_number, args, 2, &rows},
        {&total, NO_ARGS, &sum},
    };
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    if (rc < 0) {
        return rc;
    }
    out->total = row_i64(&sum, 0, 0);
    out->more = rows.n > (size_t)at->page_size;
    out->n = out->more ? (size_t)at->page_size : rows.n;
    out->rows = pool_calloc(p, out->n, sizeof *out->rows);
    for (size_t i = 0; i < out->n; i++) {
        customer_from_row(&rows, i, &out->rows[i]);
    }
    return 0;
}

/* ---- words ---- */

struct looking {
    const struct fold_words *words;
    int64_t from, to; /* of the matches, those that are the page's */
    int64_t seen, matched, seen_id, last_id, matched_id;
    int64_t *ids; /* of the page */
    size_t n;
};

static void look(void *arg, const struct rows *row)
{
    struct looking *l = arg;
    struct str texts[] = {row_str(row, 0, 1), row_str(row, 0, 2), row_str(row, 0, 3),
                          row_str(row, 0, 4), row_str(row, 0, 5)};
    int64_t id = row_i64(row, 0, 0);
    l->seen++;
    l->seen_id = id;
    if (id == l->matched_id) {
        return;
    }
    if (l->words && !fold_words_in(l->words, texts, ARRAY_SIZE(texts))) {
        return;
    }
    l->matched_id = id;
    if (l->matched++ < l->from || l->matched > l->to) {
        return;
    }
    l->last_id = l->seen_id;
    l->ids[l->n++] = l->seen_id;
}

static int read_found(struct db *db, struct pool *p, const struct looking *l,
                      struct customer_page *out, struct err *e)
{
    struct query *queries = pool_calloc(p, l->n + 1, sizeof *queries);
    struct rows *rows = pool_calloc(p, l->n + 1, sizeof *rows);
    struct arg *ids = pool_calloc(p, l->n + 1, sizeof *ids);
    for (size_t i = 0; i < l->n; i++) {
        ids[i] = A_I64(l->ids[i]);
        queries[i] = (struct query){&get_one, &ids[i], 1, .rows = &rows[i]};
    }
    int rc = l->n ? db_many(db, p, queries, l->n, e) : 0;
    out->rows = pool_calloc(p, l->n + 1, sizeof *out->rows);
    for (size_t i = 0; rc == 0 && i < l->n; i++) {
        if (rows[i].n) { /* else it was deleted just now */
            customer_from_row(&rows[i], 0, &out->rows[out->n++]);
        }
    }
    return rc;
}

int customers_find_words(struct db *db, struct pool *p, const char *words, const struct page_at *at,
                         struct customer_page *out, int64_t *last_id_out, struct err *e)
{
    int64_t below = INT32_MAX;
    if (at->cursor_id && !str_to_i64(str_of(at->cursor_id), &below)) {
        return err_field(e, ERR_MALFORMED, "cursor", "the cursor is not one of ours");
    }
    struct looking l = {.words = fold_words_of(p, str_of(words)),
                        .from = at->cursor_id ? 0 : (at->page - 1) * at->page_size,
                        .ids = pool_calloc(p, (size_t)at->page_size, sizeof *l.ids)};
    l.to = l.from + at->page_size;
    struct arg args[] = {A_I64(below), A_I64(CUSTOMERS_LOOKED_AT)};
    struct query q = {&words_of_all, args, ARRAY_SIZE(args), .each = look, .arg = &l};
    int rc = db_many(db, p, &q, 1, e);
    if (rc < 0) {
        return rc;
    }
    *out = (struct customer_page){.total = l.matched, .more = l.matched > l.to};
    *last_id_out = out->more ? l.last_id : 0;
    if (!out->more && l.seen == CUSTOMERS_LOOKED_AT) { /* go on where this one stopped looking */
        out->more = true;
        *last_id_out = l.seen_id;
    }
    return read_found(db, p, &l, out, e);
}

/* ---- changes ---- */

static struct arg tri_arg(enum tristate t)
{
    return t == TRI_UNKNOWN ? A_NULL : A_BOOL(t == TRI_YES);
}

static int taken(struct err *e)
{
    return err_set(e, ERR_CONFLICT, "another customer has this telephone number or e-mail address");
}

int customers_insert(struct db *db, struct pool *p, const struct customer_new *c, int64_t *id_out,
                     struct err *e)
{
    struct rows rows;
    int rc =
        db_rows(db, p, &insert,
                ARGS(A_TEXT(c->name), A_TEXT(c->phone), A_TEXT(c->email), tri_arg(c->is_new_client),
                     tri_arg(c->has_allergies), tri_arg(c->is_pregnant), A_TEXT(c->notes),
                     A_WALL(c->at), A_TEXT(c->time_zone)),
                &rows, e);
    if (rc == ERR_CONFLICT) {
        return taken(e);
    }
    if (rc == 0) {
        *id_out = row_i64(&rows, 0, 0);
    }
    return rc;
}

int customers_lock_one(struct db *db, struct pool *p, int64_t id, struct customer *out,
                       struct err *e)
{
    return get_by(&lock_one, db, p, id, out, e);
}

int customers_update(struct db *db, int64_t id, const struct customer_new *c, struct err *e)
{
    int rc = db_exec(db, &update,
                     ARGS(A_I64(id), A_TEXT(c->name), A_TEXT(c->phone), A_TEXT(c->email),
                          A_TEXT(c->notes), tri_arg(c->is_new_client), tri_arg(c->has_allergies),
                          tri_arg(c->is_pregnant), A_TEXT(c->time_zone), A_WALL(c->at)),
                     e);
    return rc == ERR_CONFLICT ? taken(e) : rc;
}

int customers_find_or_make(struct db *db, struct pool *p, const char *phone, struct wall at,
                           int64_t *id_out, struct err *e)
{
    struct rows rows;
    int rc =
        db_rows(db, p, &find_or_make, ARGS(A_TEXT(phone), A_TEXT(phone), A_WALL(at)), &rows, e);
    if (rc == 0) {
        *id_out = row_i64(&rows, 0, 0);
    }
    return rc;
}

int customers_find_or_make_by_email(struct db *db, struct pool *p, const char *email,
                                    const char *name, struct wall at, int64_t *id_out,
                                    struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &find_or_make_by_email, ARGS(A_TEXT(name), A_TEXT(email), A_WALL(at)),
                     &rows, e);
    if (rc == 0) {
        *id_out = row_i64(&rows, 0, 0);
    }
    return rc;
}

int customers_find(struct db *db, struct pool *p, const char *phone, const char *email,
                   int64_t *id_out, struct err *e)
{
    struct rows r = {0};
    int rc = phone ? db_rows(db, p, &by_phone, ARGS(A_TEXT(phone)), &r, e) : 0;
    if (rc == 0 && r.n == 0 && email) {
        rc = db_rows(db, p, &by_email, ARGS(A_TEXT(email)), &r, e);
    }
    if (rc == 0) {
        *id_out = r.n ? row_i64(&r, 0, 0) : 0;
    }
    return rc;
}

int customers_set_zone(struct db *db, struct pool *p, int64_t id, const char *zone, struct wall at,
                       struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &set_zone, ARGS(A_I64(id), A_TEXT(zone), A_WALL(at)), &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no customer %lld", (long long)id);
    }
    return rc;
}

int customers_zone(struct db *db, struct pool *p, const char *conversation_id, const char **out,
                   struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &zone_of_conversation, ARGS(A_TEXT(conversation_id)), &r, e);
    if (rc == 0) {
        *out = r.n ? row_text(&r, 0, 0) : NULL;
    }
    return rc;
}

int customers_set_name(struct db *db, int64_t id, const char *name, struct wall at, struct err *e)
{
    return db_exec(db, &set_name, ARGS(A_I64(id), A_TEXT(name), A_WALL(at)), e);
}

int customers_set_phone(struct db *db, int64_t id, const char *phone, struct wall at, struct err *e)
{
    return db_exec(db, &set_phone, ARGS(A_I64(id), A_TEXT(phone), A_WALL(at)), e);
}

int customers_set_email(struct db *db, int64_t id, const char *email, struct wall at, struct err *e)
{
    return db_exec(db, &set_email, ARGS(A_I64(id), A_TEXT(email), A_WALL(at)), e);
}

void appointment_from_row(const struct rows *r, size_t i, struct appointment *a)
{
    *a = (struct appointment){
        .id = row_i64(r, i, 0),
        .customer_id = row_i64(r, i, 1),
        .customer_name = row_str(r, i, 2),
        .appointment_datetime = row_str(r, i, 3),
        .service_type = row_str(r, i, 4),
        .provider = row_str(r, i, 5),
        .duration_minutes = row_i64(r, i, 6),
        .status = row_str(r, i, 7),
        .booked_by = row_str(r, i, 8),
        .special_requests = row_str(r, i, 9),
        .cancellation_reason = row_str(r, i, 10),
        .cancelled_at = row_str(r, i, 11),
        .created_at = row_str(r, i, 12),
        .provider_key = row_str(r, i, 13).n ? row_str(r, i, 13) : (struct str){NULL, 0},
        .buffer_minutes = row_i64(r, i, 14),
    };
    if (r->columns == APPOINTMENT_COLUMNS_ALWAYS + 1) {
        a->listed = true;
        a->service_name = row_str(r, i, APPOINTMENT_COLUMNS_ALWAYS);
    }
}

static bool takes_time(const struct appointment *a)
{
    return a->provider_key.p && str_eq(a->status, STR("scheduled"));
}

/* Rows are in order of their time: whoever begins before another of the same provider has ended. */
static void find_conflicts(struct appointment_page *page)
{
    for (size_t i = 0; i < page->n; i++) {
        struct appointment *a = &page->rows[i], *b;
        struct wall start, end;
        if (!takes_time(a) || !wall_parse(a->appointment_datetime, &end)) {
            continue;
        }
        end.us += a->duration_minutes * 60 * US_PER_SECOND;
        for (size_t k = i + 1; k < page->n; k++) {
            b = &page->rows[k];
            if (!wall_parse(b->appointment_datetime, &start) || start.us >= end.us) {
                break;
            }
            if (takes_time(b) && str_eq(a->provider_key, b->provider_key)) {
                a->conflicts = b->conflicts = true;
            }
        }
    }
}

int appointments_page(struct db *db, struct pool *p, const struct appointment_filter *f,
                      int64_t page, int64_t page_size, struct appointment_page *out, struct err *e)
{
    /* An open end is a time that no appointment has. */
    struct arg from = f->from.us ? A_WALL(f->from) : A_TEXT("0001-01-01T00:00:00.000000Z");
    struct arg to = f->to.us ? A_WALL(f->to) : A_TEXT("9999-01-01T00:00:00.000000Z");
    int which = (f->status ? 1 : 0) | (f->provider ? 2 : 0);
    struct arg args[6] = {A_I64(page_size), A_I64((page - 1) * page_size), from, to};
    size_t n = 4;
    if (f->status) {
        args[n++] = A_TEXT(f->status);
    }
    if (f->provider) {
        args[n++] = A_TEXT(f->provider);
    }
    struct rows rows, count;
    struct query queries[] = {
        {&appointments_in[which], args, n, &rows},
        {&appointments_total[which], args + 2, n - 2, &count},
    };
    if (f->from.us == 0 && f->to.us == 0 && !f->provider) {
        queries[1] = (struct query){&appointments_all[which], args + 4, n - 4, &count};
    }
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    if (rc < 0) {
        return rc;
    }
    *out = (struct appointment_page){row_i64(&count, 0, 0), rows.n,
                                     pool_calloc(p, rows.n, sizeof *out->rows)};
    ROWS_EACH (i, rows) {
        appointment_from_row(&rows, i, &out->rows[i]);
    }
    find_conflicts(out);
    return 0;
}
