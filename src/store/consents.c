/* SPDX-License-Identifier: Apache-2.0 */
/* The newest row is found at the end of the index; nothing is ever updated. */
#include "store/consents.h"

#include "base/id.h"

static const struct sql insert = {
    "INSERT INTO consents (id, address, channel, purpose, state, source, evidence, actor, at) "
    "VALUES ($1, {put consents.address $2}, $3, $4, $5, $6, "
    "{put consents.evidence {as_json $7}}, $8, $9)"};

#define NEWEST                                                                                     \
    "SELECT seq, state, at, source FROM consents WHERE {match consents.address $1} AND "           \
    "channel = $2 AND purpose = "
/* 0: the newest for all purposes, 1: for this one, 2: the last time that all were revoked, 3: the
 * key of what was erased. */
static const struct sql state_of = {
    "SELECT 0, a.* FROM (" NEWEST "'all' ORDER BY seq DESC LIMIT 1) a UNION ALL "
    "SELECT 1, b.* FROM (" NEWEST "$3 ORDER BY seq DESC LIMIT 1) b UNION ALL "
    "SELECT 2, c.* FROM (" NEWEST "'all' AND state = 'revoked' ORDER BY seq DESC LIMIT 1) c "
    "UNION ALL SELECT 3, CAST(0 AS bigint), name, created_at, secret FROM installation_keys WHERE "
    "name = '" CONSENTS_ERASED_KEY "'"};

static const struct sql forget_rows = {"DELETE FROM consents WHERE {match consents.address $1}"};
static const struct sql forget_links = {
    "DELETE FROM unsubscribe_links WHERE {match unsubscribe_links.address $1}"};

#define OF_TWO "({match consents.address $1} OR {match consents.address $2})"
static const struct sql current = {
    "SELECT channel, purpose, state, source, at, address, id FROM consents WHERE seq IN (SELECT "
    "max(seq) FROM consents WHERE " OF_TWO " GROUP BY channel, purpose) "
    "ORDER BY channel, purpose, seq"};

#define LEDGER                                                                                     \
    "SELECT seq, id, address, channel, purpose, state, source, evidence, actor, at FROM consents " \
    "WHERE "
#define NEWEST_FIRST " ORDER BY seq DESC LIMIT "
/* By whether it is somebody's. */
static const struct sql ledger_of_all = {
    LEDGER "seq < $1 AND ({as_text $2} IS NULL OR channel = $2)" NEWEST_FIRST "$3"};
static const struct sql ledger_of_two = {
    LEDGER OF_TWO " AND seq < $3 AND ({as_text $4} IS NULL OR channel = $4)" NEWEST_FIRST "$5"};

/* The no-op update gives the row that is there. */
static const struct sql key_of = {
    "INSERT INTO unsubscribe_links (link_key, address, channel, purpose, created_at) VALUES ($1, "
    "{put unsubscribe_links.address $2}, $3, $4, $5) ON CONFLICT (address, channel, purpose) DO "
    "UPDATE SET purpose = EXCLUDED.purpose RETURNING link_key"};
static const struct sql link_of = {
    "SELECT address, channel, purpose FROM unsubscribe_links WHERE link_key = $1"};

static const struct sql waiting = {
    "SELECT c.id FROM customers JOIN conversations c ON c.customer_id = "
    "coalesce(customers.merged_into, customers.id) WHERE "
    "({match customers.phone $1} OR {match customers.email $2}) AND c.channel = $3 AND EXISTS "
    "(SELECT 1 FROM jobs j WHERE j.lane = 'send:' || {as_text c.id} AND j.state = 'ready') "
    "ORDER BY c.id"};

int consents_insert(struct db *db, const struct consent_row *row, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_TEXT(row->id), A_TEXT(row->address), A_TEXT(row->channel),
                        A_TEXT(row->purpose), A_TEXT(row->state), A_TEXT(row->source),
                        A_STR(row->evidence.n ? row->evidence : STR("{}")), A_TEXT(row->actor),
                        A_WALL(row->at)),
                   e);
}

int consents_state(struct db *db, struct pool *p, const char *address, const char *channel,
                   const char *purpose, struct consents_now *out, struct err *e)
{
    struct rows r;
    int rc =
        db_rows(db, p, &state_of, ARGS(A_TEXT(address), A_TEXT(channel), A_TEXT(purpose)), &r, e);
    if (rc < 0) {
        return rc;
    }
    struct consents_now now = {0};
    int64_t granted = 0, revoked = 0;
    ROWS_EACH (i, r) {
        bool is_revoked = str_eq(row_str(&r, i, 2), STR("revoked"));
        switch (row_i64(&r, i, 0)) {
        case 0:
            now.all_revoked = is_revoked;
            now.all_at = row_wall(&r, i, 3);
            now.all_source = row_text(&r, i, 4);
            break;
        case 1:
            now.one_revoked = is_revoked;
            now.one_at = row_wall(&r, i, 3);
            now.one_source = row_text(&r, i, 4);
            granted = is_revoked ? 0 : row_i64(&r, i, 1);
            break;
        case 2:
            revoked = row_i64(&r, i, 1);
            break;
        default:
            now.erased_key = row_text(&r, i, 4);
        }
    }
    now.one_granted = granted > revoked;
    *out = now;
    return 0;
}

int consents_current(struct db *db, struct pool *p, const char *address, const char *other,
                     struct rows *out, struct err *e)
{
    return db_rows(db, p, &current, ARGS(A_TEXT(address), A_TEXT(other)), out, e);
}

int consents_forget(struct db *db, struct pool *p, const char *address, const char *hash,
                    struct err *e)
{
    struct rows r;
    int rc = consents_current(db, p, address, NULL, &r, e);
    rc = rc < 0 ? rc : db_exec(db, &forget_rows, ARGS(A_TEXT(address)), e);
    rc = rc < 0 ? rc : db_exec(db, &forget_links, ARGS(A_TEXT(address)), e);
    for (size_t i = 0; rc == 0 && i < r.n; i++) {
        struct id id = id_new();
        const struct consent_row row = {
            .id = id.text,
            .address = hash,
            .channel = row_text(&r, i, 0),
            .purpose = row_text(&r, i, 1),
            .state = "revoked",
            .source = "erased",
            .actor = "command",
            .at = row_wall(&r, i, 4),
        };
        if (str_eq(row_str(&r, i, 2), STR("revoked"))) {
            rc = consents_insert(db, &row, e);
        }
    }
    return rc;
}

int consents_list(struct db *db, struct pool *p, const struct consents_filter *f, struct rows *out,
                  struct err *e)
{
    struct arg before = A_I64(f->before_seq ? f->before_seq : INT64_MAX);
    if (!f->address && !f->other) {
        return db_rows(db, p, &ledger_of_all, ARGS(before, A_TEXT(f->channel), A_I64(f->limit)),
                       out, e);
    }
    return db_rows(
        db, p, &ledger_of_two,
        ARGS(A_TEXT(f->address), A_TEXT(f->other), before, A_TEXT(f->channel), A_I64(f->limit)),
        out, e);
}

int unsubscribe_key(struct db *db, struct pool *p, const char *address, const char *channel,
                    const char *purpose, const char *fresh, struct wall at, const char **key_out,
                    struct err *e)
{
    struct rows r;
    int rc = db_rows(
        db, p, &key_of,
        ARGS(A_TEXT(fresh), A_TEXT(address), A_TEXT(channel), A_TEXT(purpose), A_WALL(at)), &r, e);
    if (rc == 0) {
        *key_out = row_text(&r, 0, 0);
    }
    return rc;
}

int unsubscribe_find(struct db *db, struct pool *p, const char *key, struct unsubscribe_link *out,
                     struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &link_of, ARGS(A_TEXT(key)), &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND,
                     "the link is not one of ours; take it from the message again");
    }
    if (rc == 0) {
        *out =
            (struct unsubscribe_link){row_text(&r, 0, 0), row_text(&r, 0, 1), row_text(&r, 0, 2)};
    }
    return rc;
}

int consents_waiting(struct db *db, struct pool *p, const char *address, const char *channel,
                     struct rows *out, struct err *e)
{
    return db_rows(db, p, &waiting, ARGS(A_TEXT(address), A_TEXT(address), A_TEXT(channel)), out,
                   e);
}
