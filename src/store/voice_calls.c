/* SPDX-License-Identifier: Apache-2.0 */
/* One row a call; a lease a server, so that a renewal costs the same however many calls it has. */
#include "store/voice_calls.h"

#define ROW                                                                                        \
    "v.id, v.part_id, v.conversation_id, v.transport, v.session_id, v.live, v.started_at, "        \
    "v.kept_at, v.waits_until, v.kept, v.earlier, v.wish, v.events_kept, "                         \
    "c.customer_id FROM voice_calls v JOIN conversations c ON c.id = v.conversation_id "

static const struct sql lock = {"SELECT " ROW "WHERE v.id = coalesce((SELECT call_id FROM "
                                "voice_call_parts WHERE id = $1), $1) {for_update_of v}"};

static const struct sql lock_session = {
    "SELECT " ROW
    "WHERE v.session_id = $1 AND v.transport = $2 AND coalesce(v.holder, '') = $3 AND "
    "v.live = {true} ORDER BY "
    "v.started_at DESC LIMIT 1 {for_update_of v}"};

static const struct sql lock_conversation = {"SELECT " ROW
                                             "WHERE v.conversation_id = $1 {for_update_of v}"};

static const struct sql set_wish = {"UPDATE voice_calls SET wish = $2 WHERE id = $1"};

static const struct sql insert = {
    "INSERT INTO voice_calls (id, part_id, conversation_id, server_id, transport, session_id, "
    "outbound, holder, started_at, part_at) VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8, $8)"};

static const struct sql insert_part = {
    "INSERT INTO voice_call_parts (id, call_id, began_at) VALUES ($1, $2, $3)"};

static const struct sql set_part = {
    "UPDATE voice_calls SET part_id = $2, server_id = $3, part_at = $4, earlier = {put "
    "voice_calls.earlier {as_json $5}}, events_kept = 0, waits_until = NULL, wish = NULL WHERE "
    "id = $1"};

static const struct sql keep = {
    "UPDATE voice_calls SET kept = {put voice_calls.kept {as_json $2}}, events_kept = $3, "
    "waits_until = $4, kept_at = $5, wish = NULL WHERE id = $1"};

static const struct sql end = {
    "UPDATE voice_calls SET live = {false}, kept = {put voice_calls.kept {as_json $4}}, earlier = "
    "{put voice_calls.earlier {as_json $5}}, waits_until = NULL, wish = NULL, message_id = $2, "
    "ended_at = $3 WHERE id = $1"};

static const struct sql of_session = {
    "SELECT id, conversation_id, message_id, live FROM voice_calls WHERE session_id = $1 ORDER BY "
    "started_at DESC LIMIT 1"};

static const struct sql said = {
    "SELECT v.conversation_id, v.live, v.kept, d.transcript_segments FROM voice_calls v LEFT JOIN "
    "voice_call_details d ON d.message_id = v.message_id WHERE v.session_id = $1 ORDER BY "
    "v.started_at DESC LIMIT 1"};

#define LIVE                                                                                       \
    "SELECT v.id, v.conversation_id, v.transport, v.outbound, v.waits_until, v.started_at, "       \
    "v.kept_at, v.kept, c.metadata, c.customer_id, u.name, u.phone, u.email FROM voice_calls v "   \
    "JOIN conversations c ON c.id = v.conversation_id LEFT JOIN customers u ON u.id = "            \
    "c.customer_id WHERE v.live = {true} "

static const struct sql live_calls = {LIVE "ORDER BY v.started_at, v.id LIMIT $1"};

static const struct sql live_call = {LIVE "AND v.conversation_id = $1"};

static const struct sql may_resume = {
    "SELECT v.id FROM voice_calls v LEFT JOIN voice_servers s ON s.id = v.server_id WHERE "
    "v.session_id = $1 AND v.live = {true} AND (v.waits_until IS NOT NULL OR s.id IS NULL OR "
    "s.lease_ends_at <= $2)"};

#define LOST                                                                                       \
    "voice_calls v LEFT JOIN voice_servers s ON s.id = v.server_id WHERE v.live = {true} AND "     \
    "(v.waits_until <= $1 OR v.waits_until IS NULL AND (s.id IS NULL OR s.lease_ends_at <= $2)) "

static const struct sql lost = {"SELECT v.id FROM " LOST "LIMIT $3"};

static const struct sql is_lost = {"SELECT v.id FROM " LOST "AND v.id = $3"};

static const struct sql put_server = {
    "INSERT INTO voice_servers (id, instance, lease_ends_at) VALUES ($1, $2, $3) ON CONFLICT (id) "
    "DO UPDATE SET lease_ends_at = EXCLUDED.lease_ends_at"};

static const struct sql end_others = {
    "UPDATE voice_servers SET lease_ends_at = $3 WHERE instance = $2 AND id <> $1 AND "
    "lease_ends_at > $3"};

static const struct sql remove_server = {"DELETE FROM voice_servers WHERE id = $1"};

static const struct sql prune_servers = {"DELETE FROM voice_servers WHERE lease_ends_at < $1"};

static void read_row(const struct rows *r, struct voice_call_row *out)
{
    *out = (struct voice_call_row){.there = r->n > 0};
    if (r->n) {
        *out = (struct voice_call_row){
            .there = true,
            .id = row_str(r, 0, 0),
            .part = row_str(r, 0, 1),
            .conversation_id = row_str(r, 0, 2),
            .transport = row_str(r, 0, 3),
            .session_id = row_str(r, 0, 4),
            .live = row_bool(r, 0, 5),
            .started_at = row_wall(r, 0, 6),
            .kept_at = row_wall(r, 0, 7),
            .waits_until = row_wall(r, 0, 8),
            .kept = row_str(r, 0, 9),
            .earlier = row_str(r, 0, 10),
            .wish = row_str(r, 0, 11),
            .events_kept = row_i64(r, 0, 12),
            .customer_id = row_i64(r, 0, 13),
        };
    }
}

int voice_calls_lock(struct db *db, struct pool *p, const char *id, struct voice_call_row *out,
                     struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &lock, ARGS(A_TEXT(id)), &r, e);
    if (rc == 0) {
        read_row(&r, out);
    }
    return rc;
}

int voice_calls_lock_session(struct db *db, struct pool *p, const char *transport,
                             const char *session_id, const char *holder, struct voice_call_row *out,
                             struct err *e)
{
    struct rows r;
    int rc =
        db_rows(db, p, &lock_session,
                ARGS(A_TEXT(session_id), A_TEXT(transport), A_TEXT(holder ? holder : "")), &r, e);
    if (rc == 0) {
        read_row(&r, out);
    }
    return rc;
}

int voice_calls_lock_conversation(struct db *db, struct pool *p, const char *conversation_id,
                                  struct voice_call_row *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &lock_conversation, ARGS(A_TEXT(conversation_id)), &r, e);
    if (rc == 0) {
        read_row(&r, out);
    }
    return rc;
}

int voice_calls_set_wish(struct db *db, const char *id, const char *wish, struct err *e)
{
    return db_exec(db, &set_wish, ARGS(A_TEXT(id), A_TEXT(wish)), e);
}

int voice_calls_insert(struct db *db, const struct voice_call_insert *c, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_TEXT(c->id), A_TEXT(c->conversation_id), A_TEXT(c->server_id),
                        A_TEXT(c->transport), A_TEXT(c->session_id), A_BOOL(c->outbound),
                        A_TEXT(c->holder), A_WALL(c->at)),
                   e);
}

int voice_calls_add_part(struct db *db, const struct voice_call_part *part, struct err *e)
{
    int rc = db_exec(db, &insert_part,
                     ARGS(A_TEXT(part->id), A_TEXT(part->call_id), A_WALL(part->at)), e);
    return rc < 0 ? rc
                  : db_exec(db, &set_part,
                            ARGS(A_TEXT(part->call_id), A_TEXT(part->id), A_TEXT(part->server_id),
                                 A_WALL(part->at), part->earlier.n ? A_STR(part->earlier) : A_NULL),
                            e);
}

static struct arg time_or_null(struct wall at)
{
    return at.us ? A_WALL(at) : A_NULL;
}

int voice_calls_keep(struct db *db, const char *id, struct str kept, int64_t events_kept,
                     struct wall waits_until, struct wall at, struct err *e)
{
    return db_exec(
        db, &keep,
        ARGS(A_TEXT(id), A_STR(kept), A_I64(events_kept), time_or_null(waits_until), A_WALL(at)),
        e);
}

int voice_calls_end(struct db *db, const char *id, const char *message_id, struct wall at,
                    struct err *e)
{
    return db_exec(db, &end, ARGS(A_TEXT(id), A_TEXT(message_id), A_WALL(at), A_NULL, A_NULL), e);
}

int voice_calls_of_session(struct db *db, struct pool *p, const char *session_id,
                           struct voice_call_ids *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &of_session, ARGS(A_TEXT(session_id)), &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no call of that session");
    }
    if (rc == 0) {
        *out = (struct voice_call_ids){row_str(&r, 0, 0), row_str(&r, 0, 1), row_str(&r, 0, 2),
                                       row_bool(&r, 0, 3)};
    }
    return rc;
}

int voice_calls_said(struct db *db, struct pool *p, const char *session_id,
                     struct voice_call_said *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &said, ARGS(A_TEXT(session_id)), &r, e);
    if (rc == 0 && r.n) {
        *out = (struct voice_call_said){row_str(&r, 0, 0), row_bool(&r, 0, 1), row_str(&r, 0, 2),
                                        row_str(&r, 0, 3)};
    } else if (rc == 0) {
        *out = (struct voice_call_said){.live = true};
    }
    return rc;
}

int voice_calls_live(struct db *db, struct pool *p, const char *conversation_id, int64_t limit,
                     struct voice_call_live **out, size_t *n_out, struct err *e)
{
    struct rows r;
    int rc = conversation_id ? db_rows(db, p, &live_call, ARGS(A_TEXT(conversation_id)), &r, e)
                             : db_rows(db, p, &live_calls, ARGS(A_I64(limit)), &r, e);
    if (rc < 0) {
        return rc;
    }
    struct voice_call_live *list = pool_calloc(p, r.n, sizeof *list);
    ROWS_EACH (i, r) {
        list[i] = (struct voice_call_live){
            .id = row_str(&r, i, 0),
            .conversation_id = row_str(&r, i, 1),
            .transport = row_str(&r, i, 2),
            .outbound = row_bool(&r, i, 3),
            .waits = row_wall(&r, i, 4).us != 0,
            .started_at = row_wall(&r, i, 5),
            .kept_at = row_wall(&r, i, 6),
            .started_text = row_str(&r, i, 5),
            .kept_text = row_str(&r, i, 6),
            .kept = row_str(&r, i, 7),
            .metadata = row_str(&r, i, 8),
            .customer_id = row_i64(&r, i, 9),
            .name = row_str(&r, i, 10),
            .phone = row_str(&r, i, 11),
            .email = row_str(&r, i, 12),
        };
    }
    *out = list;
    *n_out = r.n;
    return 0;
}

int voice_calls_may_resume(struct db *db, struct pool *p, const char *session_id, struct wall now,
                           bool *may_out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &may_resume, ARGS(A_TEXT(session_id), A_WALL(now)), &r, e);
    if (rc == 0) {
        *may_out = r.n > 0;
    }
    return rc;
}

int voice_calls_lost(struct db *db, struct pool *p, struct wall now, struct wall gone,
                     int64_t limit, struct rows *ids_out, struct err *e)
{
    return db_rows(db, p, &lost, ARGS(A_WALL(now), A_WALL(gone), A_I64(limit)), ids_out, e);
}

int voice_calls_is_lost(struct db *db, struct pool *p, const char *id, struct wall now,
                        struct wall gone, bool *lost_out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &is_lost, ARGS(A_WALL(now), A_WALL(gone), A_TEXT(id)), &r, e);
    if (rc == 0) {
        *lost_out = r.n > 0;
    }
    return rc;
}

int voice_servers_put(struct db *db, const char *id, const char *instance, struct wall until,
                      struct err *e)
{
    return db_exec(db, &put_server, ARGS(A_TEXT(id), A_TEXT(instance), A_WALL(until)), e);
}

int voice_servers_end_others(struct db *db, const char *id, const char *instance, struct wall now,
                             struct err *e)
{
    return db_exec(db, &end_others, ARGS(A_TEXT(id), A_TEXT(instance), A_WALL(now)), e);
}

int voice_servers_remove(struct db *db, const char *id, struct err *e)
{
    return db_exec(db, &remove_server, ARGS(A_TEXT(id)), e);
}

int voice_servers_prune(struct db *db, struct wall before, struct err *e)
{
    return db_exec(db, &prune_servers, ARGS(A_WALL(before)), e);
}
