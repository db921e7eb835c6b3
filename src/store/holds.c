/* SPDX-License-Identifier: Apache-2.0 */
/* One row a conversation: a new hold goes over the old one. */
#include "store/holds.h"

static const struct sql get_hold = {
    "SELECT conversation_id, holder_kind, holder_id, holder_name, since, ends_at, over, note FROM "
    "conversation_holds WHERE conversation_id = $1"};

static const struct sql put_hold = {
    "INSERT INTO conversation_holds (conversation_id, holder_kind, holder_id, holder_name, since, "
    "ends_at, over, note) VALUES ($1, $2, $3, $4, $5, $6, $7, {put conversation_holds.note $8}) "
    "ON CONFLICT (conversation_id) DO UPDATE SET holder_kind = EXCLUDED.holder_kind, "
    "holder_id = EXCLUDED.holder_id, holder_name = EXCLUDED.holder_name, since = EXCLUDED.since, "
    "ends_at = EXCLUDED.ends_at, over = EXCLUDED.over, note = EXCLUDED.note"};

static const struct sql end_hold = {
    "UPDATE conversation_holds SET over = {true}, ends_at = $2, "
    "note = {put conversation_holds.note $3} WHERE conversation_id = $1 AND NOT over"};

static const struct sql lapsed = {
    "SELECT conversation_id FROM conversation_holds WHERE over = {false} AND ends_at <= $1 ORDER "
    "BY ends_at LIMIT $2"};

struct query holds_query(const struct arg *conversation_id, struct rows *rows)
{
    return (struct query){&get_hold, conversation_id, 1, rows};
}

void hold_from_row(const struct rows *r, struct hold_row *out)
{
    if (r->n == 0) {
        *out = (struct hold_row){.there = false};
        return;
    }
    *out = (struct hold_row){
        .there = true,
        .conversation_id = row_str(r, 0, 0),
        .kind = row_str(r, 0, 1),
        .id = row_str(r, 0, 2),
        .name = row_str(r, 0, 3),
        .since = row_wall(r, 0, 4),
        .ends_at = row_wall(r, 0, 5),
        .over = row_bool(r, 0, 6),
        .note = row_str(r, 0, 7),
    };
}

int holds_put(struct db *db, const struct hold_row *h, struct err *e)
{
    return db_exec(db, &put_hold,
                   ARGS(A_STR(h->conversation_id), A_STR(h->kind), A_STR(h->id), A_STR(h->name),
                        A_WALL(h->since), A_WALL(h->ends_at), A_BOOL(h->over), A_STR(h->note)),
                   e);
}

int holds_end(struct db *db, const char *conversation_id, const char *note, struct wall at,
              struct err *e)
{
    return db_exec(db, &end_hold, ARGS(A_TEXT(conversation_id), A_WALL(at), A_TEXT(note)), e);
}

int holds_lapsed(struct db *db, struct pool *p, struct wall now, int64_t limit,
                 struct rows *ids_out, struct err *e)
{
    return db_rows(db, p, &lapsed, ARGS(A_WALL(now), A_I64(limit)), ids_out, e);
}
