/* SPDX-License-Identifier: Apache-2.0 */
/* Its ids begin with the time, so that the primary key serves order, pages and pruning as well. */
#include "store/journal.h"

#include "base/id.h"

/* Nothing is computed from a body and none is compared: it may be sealed. */
static const struct sql take_new = {
    "INSERT INTO inbound_requests (id, provider, kind, provider_id, received_at, target, headers, "
    "proof, state, message_id, body) VALUES ($1, $2, $3, $4, $5, $6, {as_json $7}, $8, 'done', $9, "
    "{put inbound_requests.body $10}) ON CONFLICT (provider, kind, provider_id) DO UPDATE SET "
    "state = 'done', error = NULL, message_id = excluded.message_id, headers = excluded.headers, "
    "body = excluded.body WHERE inbound_requests.state = 'failed' RETURNING 1"};
static const struct sql take_again = {
    "UPDATE inbound_requests SET state = 'done', error = NULL, provider_id = $2, message_id = $3 "
    "WHERE id = $1 AND (state = 'failed' OR NOT EXISTS (SELECT 1 FROM communication_messages m "
    "WHERE m.id = inbound_requests.message_id)) AND NOT EXISTS (SELECT 1 FROM inbound_requests o "
    "WHERE o.provider = inbound_requests.provider AND o.kind = inbound_requests.kind AND "
    "o.provider_id = $2 AND o.id <> $1) RETURNING 1"};
static const struct sql fail_new = {
    "INSERT INTO inbound_requests (id, provider, kind, provider_id, received_at, target, headers, "
    "proof, state, error, body) VALUES ($1, $2, $3, $4, $5, $6, {as_json $7}, $8, 'failed', $9, "
    "{put inbound_requests.body $10}) ON CONFLICT (provider, kind, provider_id) DO UPDATE SET "
    "error = excluded.error, headers = excluded.headers, body = excluded.body WHERE "
    "inbound_requests.state = 'failed'"};
static const struct sql fail_again = {
    "UPDATE inbound_requests SET error = $2 WHERE id = $1 AND state = 'failed'"};
static const struct sql settle = {
    "UPDATE inbound_requests SET state = 'done', error = NULL WHERE id = $1 AND state = 'failed'"};

#define HEAD                                                                                       \
    "SELECT id, provider, kind, provider_id, received_at, target, headers, proof, state, error, "  \
    "message_id"
static const struct sql get = {HEAD ", body FROM inbound_requests WHERE id = $1"};

#define FILTER                                                                                     \
    " FROM inbound_requests WHERE ({as_text $1} IS NULL OR provider = $1) AND ({as_text $2} IS "   \
    "NULL OR kind = $2) AND ({as_text $3} IS NULL OR state = $3) AND id >= $4 AND "
static const struct sql page = {HEAD FILTER "id < $5 ORDER BY id DESC LIMIT $6"};
static const struct sql ids = {"SELECT id, provider, kind" FILTER "id > $5 ORDER BY id LIMIT $6"};

/* The journal forgets sooner than a provider's list does, so the texts are asked, too. */
static const struct sql known = {
    "SELECT delivery_status FROM sms_details WHERE provider_message_id = $2 UNION ALL SELECT NULL "
    "FROM inbound_requests WHERE provider = $1 AND kind = 'message' AND provider_id = $2 AND "
    "state = 'done' LIMIT 1"};

static const struct sql prune = {"DELETE FROM inbound_requests WHERE id < $1"};

static const char first_id[] = "00000000-0000-0000-0000-000000000000";
static const char last_id[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

struct query journal_take(const struct journal_entry *entry, const char *message_id,
                          struct arg args[JOURNAL_ARGS], struct rows *rows)
{
    args[0] = A_TEXT(entry->id);
    if (entry->stored) {
        args[1] = A_TEXT(entry->provider_id);
        args[2] = A_TEXT(message_id);
        return (struct query){&take_again, args, 3, rows};
    }
    args[1] = A_TEXT(entry->provider);
    args[2] = A_TEXT(entry->kind);
    args[3] = A_TEXT(entry->provider_id);
    args[4] = A_WALL(entry->received_at);
    args[5] = A_TEXT(entry->target);
    args[6] = A_STR(entry->headers);
    args[7] = A_TEXT(entry->proof);
    args[8] = A_TEXT(message_id);
    args[9] = A_STR(entry->body);
    return (struct query){&take_new, args, 10, rows};
}

int journal_fail(struct db *db, const struct journal_entry *entry, const char *why, struct err *e)
{
    if (entry->stored) {
        return db_exec(db, &fail_again, ARGS(A_TEXT(entry->id), A_TEXT(why)), e);
    }
    return db_exec(db, &fail_new,
                   ARGS(A_TEXT(entry->id), A_TEXT(entry->provider), A_TEXT(entry->kind),
                        A_TEXT(entry->provider_id), A_WALL(entry->received_at),
                        A_TEXT(entry->target), A_STR(entry->headers), A_TEXT(entry->proof),
                        A_TEXT(why), A_STR(entry->body)),
                   e);
}

int journal_settle(struct db *db, const char *id, struct err *e)
{
    return db_exec(db, &settle, ARGS(A_TEXT(id)), e);
}

static void row_of(const struct rows *r, size_t i, struct journal_row *out)
{
    *out = (struct journal_row){
        .entry =
            {
                .id = row_text(r, i, 0),
                .provider = row_text(r, i, 1),
                .kind = row_text(r, i, 2),
                .provider_id = row_text(r, i, 3),
                .received_at = row_wall(r, i, 4),
                .target = row_text(r, i, 5),
                .headers = row_str(r, i, 6),
                .proof = row_text(r, i, 7),
                .body = r->columns > 11 ? row_str(r, i, 11) : STR(""),
                .stored = true,
            },
        .received_at = row_str(r, i, 4),
        .state = row_str(r, i, 8),
        .error = row_str(r, i, 9),
        .message_id = row_str(r, i, 10),
    };
}

int journal_get(struct db *db, struct pool *p, const char *id, struct journal_row *out,
                struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get, ARGS(A_TEXT(id)), &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no inbound request %s", id);
    }
    if (rc == 0) {
        row_of(&r, 0, out);
    }
    return rc;
}

/* The least id that is made at or after that time. */
static struct id least_id(struct wall since)
{
    return id_at(since, (const unsigned char[10]){0});
}

static int run(struct db *db, struct pool *p, const struct sql *sql, const struct journal_filter *f,
               const char *bound, int64_t limit, struct rows *out, struct err *e)
{
    struct id since = least_id(f->since);
    return db_rows(db, p, sql,
                   ARGS(A_TEXT(f->provider), A_TEXT(f->kind), A_TEXT(f->state),
                        A_TEXT(f->since.us ? since.text : first_id), A_TEXT(bound), A_I64(limit)),
                   out, e);
}

int journal_page(struct db *db, struct pool *p, const struct journal_filter *f, const char *cursor,
                 int64_t limit, struct journal_row **out, size_t *n_out, struct err *e)
{
    struct rows r;
    int rc = run(db, p, &page, f, cursor ? cursor : last_id, limit, &r, e);
    if (rc < 0) {
        return rc;
    }
    *out = pool_calloc(p, r.n, sizeof **out);
    *n_out = r.n;
    ROWS_EACH (i, r) {
        row_of(&r, i, *out + i);
    }
    return 0;
}

int journal_ids(struct db *db, struct pool *p, const struct journal_filter *f, const char *after,
                int64_t limit, struct rows *ids_out, struct err *e)
{
    return run(db, p, &ids, f, after ? after : first_id, limit, ids_out, e);
}

struct query journal_known(const struct arg args[JOURNAL_KNOWN_ARGS], struct rows *rows)
{
    return (struct query){&known, args, JOURNAL_KNOWN_ARGS, rows};
}

int journal_prune(struct db *db, struct wall before, struct err *e)
{
    struct id bound = least_id(before);
    return db_exec(db, &prune, ARGS(A_TEXT(bound.text)), e);
}
