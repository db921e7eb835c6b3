/* SPDX-License-Identifier: Apache-2.0 */
/* A visitor has conversations one after another; what they read is all of them together. */
#include "store/web_visitors.h"

#include "base/id.h"

const struct sql web_visitors_lock = {
    "SELECT id FROM web_visitors WHERE key_hash = $1 {for_update}"};

/* The no-op update makes a second maker wait for the first, and gives it the row. */
static const struct sql find_or_make = {
    "INSERT INTO web_visitors (id, key_hash, origin, created_at) VALUES ($1, $2, $3, $4) ON "
    "CONFLICT (key_hash) DO UPDATE SET key_hash = EXCLUDED.key_hash RETURNING id"};

static const struct sql forget_key = {
    "UPDATE web_visitors SET key_hash = $2 WHERE key_hash = $1 RETURNING id"};

const struct sql web_conversations_current = {
    "SELECT c.id, c.last_activity_at, c.status FROM web_visitors v JOIN web_conversations w ON "
    "w.visitor_id = v.id JOIN conversations c ON c.id = w.conversation_id WHERE v.key_hash = $1 "
    "AND w.moved_to IS NULL AND (c.status = 'active' OR (c.status = 'completed' AND "
    "c.last_activity_at > $2)) ORDER BY c.status, c.last_activity_at DESC LIMIT 1"};

const struct sql web_visitors_customer = {
    "SELECT c.customer_id FROM web_visitors v JOIN web_conversations w ON w.visitor_id = v.id JOIN "
    "conversations c ON c.id = w.conversation_id WHERE v.key_hash = $1 AND c.customer_id IS NOT "
    "NULL ORDER BY w.begun_at DESC LIMIT 1"};

static const struct sql insert_conversation = {
    "INSERT INTO web_conversations (conversation_id, visitor_id, begun_at) VALUES ($1, $2, $3)"};

static const struct sql move = {
    "UPDATE web_conversations SET moved_to = $2 WHERE conversation_id = $1"};

static const struct sql moved = {
    "SELECT moved_to FROM web_conversations WHERE conversation_id = $1"};

static const struct sql visitor_of = {
    "SELECT v.key_hash FROM web_conversations w JOIN web_visitors v ON v.id = w.visitor_id WHERE "
    "w.conversation_id = $1"};

static const struct sql message_of = {
    "SELECT m.id, m.sent_at FROM inbound_requests r JOIN communication_messages m ON m.id = "
    "r.message_id WHERE r.provider = 'web' AND r.kind = 'message' AND r.provider_id = $1"};

/* A colleague who has written since they were asked for has looked. */
static const struct sql standing = {
    "SELECT c.id, c.status, w.moved_to, h.ends_at, h.over, "
    "(SELECT count(*) FROM communication_messages m WHERE m.conversation_id = c.id AND "
    "m.direction = 'inbound' AND m.processed = {false}), "
    "(SELECT count(*) FROM communication_events n WHERE n.conversation_id = c.id AND "
    "n.event_type = 'escalation_requested' AND (h.since IS NULL OR n.timestamp > h.since)) "
    "FROM web_visitors v JOIN web_conversations w ON w.visitor_id = v.id JOIN conversations c ON "
    "c.id = w.conversation_id LEFT JOIN conversation_holds h ON h.conversation_id = c.id WHERE "
    "v.key_hash = $1 ORDER BY w.begun_at DESC LIMIT 1"};

static const struct sql messages = {
    "SELECT m.id, m.direction, m.content, m.sent_at, m.metadata FROM web_visitors v JOIN "
    "web_conversations w ON w.visitor_id = v.id JOIN communication_messages m ON "
    "m.conversation_id = w.conversation_id WHERE v.key_hash = $1 AND m.sent_at > $2 ORDER BY "
    "m.sent_at DESC, m.id DESC LIMIT $3"};

#define BEFORE_ALL "0001-01-01T00:00:00.000000Z"

int web_visitors_find_or_make(struct db *db, struct pool *p, const char *key_hash,
                              const char *origin, struct wall at, struct str *id_out, struct err *e)
{
    struct id id = id_new();
    struct rows r;
    int rc = db_rows(db, p, &find_or_make,
                     ARGS(A_TEXT(id.text), A_TEXT(key_hash), A_TEXT(origin), A_WALL(at)), &r, e);
    if (rc == 0) {
        *id_out = row_str(&r, 0, 0);
    }
    return rc;
}

int web_visitors_forget_key(struct db *db, struct pool *p, const char *key_hash, bool *found_out,
                            struct err *e)
{
    struct id id = id_new();
    struct rows r;
    const char *nothing = pool_printf(p, "ended:%s", id.text);
    int rc = db_rows(db, p, &forget_key, ARGS(A_TEXT(key_hash), A_TEXT(nothing)), &r, e);
    if (rc == 0) {
        *found_out = r.n > 0;
    }
    return rc;
}

int web_conversations_insert(struct db *db, const char *conversation_id, struct str visitor_id,
                             struct wall at, struct err *e)
{
    return db_exec(db, &insert_conversation,
                   ARGS(A_TEXT(conversation_id), A_STR(visitor_id), A_WALL(at)), e);
}

int web_conversations_move(struct db *db, const char *conversation_id, const char *moved_to,
                           struct err *e)
{
    return db_exec(db, &move, ARGS(A_TEXT(conversation_id), A_TEXT(moved_to)), e);
}

static int one_text(struct db *db, struct pool *p, const struct sql *sql, const char *id,
                    struct str *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, sql, ARGS(A_TEXT(id)), &r, e);
    if (rc == 0) {
        *out = r.n ? row_str(&r, 0, 0) : (struct str){NULL, 0};
    }
    return rc;
}

int web_conversations_moved(struct db *db, struct pool *p, const char *conversation_id,
                            struct str *out, struct err *e)
{
    return one_text(db, p, &moved, conversation_id, out, e);
}

int web_visitors_of(struct db *db, struct pool *p, const char *conversation_id,
                    struct str *key_hash_out, struct err *e)
{
    return one_text(db, p, &visitor_of, conversation_id, key_hash_out, e);
}

int web_visitors_message(struct db *db, struct pool *p, const char *request_name,
                         struct str *id_out, struct str *at_out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &message_of, ARGS(A_TEXT(request_name)), &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "the message is not there any more");
    }
    if (rc == 0) {
        *id_out = row_str(&r, 0, 0);
        *at_out = row_str(&r, 0, 1);
    }
    return rc;
}

static struct web_standing standing_of(const struct rows *r, struct wall now)
{
    if (r->n == 0) {
        return (struct web_standing){.held = false};
    }
    bool held = !row_is_null(r, 0, 3) && !row_bool(r, 0, 4) && row_wall(r, 0, 3).us > now.us;
    return (struct web_standing){
        .conversation_id = row_str(r, 0, 0),
        .status = row_str(r, 0, 1),
        .moved = !row_is_null(r, 0, 2),
        .held = held,
        .waits = row_i64(r, 0, 5) > 0,
        .person_wanted = row_i64(r, 0, 6) > 0,
    };
}

int web_visitors_read(struct db *db, struct pool *p, const char *key_hash, struct wall after,
                      struct wall now, int64_t limit, struct web_standing *standing_out,
                      struct web_message **out, size_t *n_out, struct err *e)
{
    struct arg args[] = {A_TEXT(key_hash), after.us > 0 ? A_WALL(after) : A_TEXT(BEFORE_ALL),
                         A_I64(limit)};
    struct rows s, m;
    struct query queries[] = {{&standing, args, 1, &s}, {&messages, args, 3, &m}};
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    if (rc < 0) {
        return rc;
    }
    *standing_out = standing_of(&s, now);
    *n_out = m.n;
    *out = pool_calloc(p, m.n, sizeof **out);
    ROWS_EACH (i, m) {
        (*out)[m.n - 1 - i] =
            (struct web_message){row_str(&m, i, 0), row_str(&m, i, 1), row_str(&m, i, 2),
                                 row_str(&m, i, 3), row_str(&m, i, 4)};
    }
    return 0;
}
