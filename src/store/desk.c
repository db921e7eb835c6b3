/* SPDX-License-Identifier: Apache-2.0 */
/* The columns that migration 0023 adds to conversations, and the tables beside them. */
#include "store/desk.h"

static const struct sql unread_to_all = {
    "INSERT INTO conversation_unreads (user_id, conversation_id, since) SELECT id, $1, $2 FROM "
    "staff_users WHERE disabled_at IS NULL ON CONFLICT DO NOTHING"};
static const struct sql wake = {
    "UPDATE conversations SET snoozed_until = NULL WHERE id = $1 AND snoozed_until IS NOT NULL"};
static const struct sql wake_at = {
    "UPDATE conversations SET snoozed_until = NULL WHERE id = $1 AND snoozed_until <= $2 RETURNING "
    "assigned_to"};
static const struct sql set_needs_person = {
    "UPDATE conversations SET needs_person = $2 WHERE id = $1 AND needs_person <> $2"};
static const struct sql assign = {"UPDATE conversations SET assigned_to = $2 WHERE id = $1"};
static const struct sql snooze = {"UPDATE conversations SET snoozed_until = $2 WHERE id = $1"};
static const struct sql snooze_over = {
    "SELECT id FROM conversations WHERE snoozed_until <= $1 ORDER BY snoozed_until LIMIT $2"};
static const struct sql read = {
    "DELETE FROM conversation_unreads WHERE conversation_id = $1 AND user_id = $2"};
static const struct sql unread = {
    "INSERT INTO conversation_unreads (conversation_id, user_id, since) VALUES ($1, $2, $3) ON "
    "CONFLICT DO NOTHING"};
static const struct sql is_unread = {
    "SELECT 1 FROM conversation_unreads WHERE conversation_id = $1 AND user_id = $2"};
static const struct sql staff = {
    "SELECT id, name, email, role FROM staff_users WHERE disabled_at IS NULL ORDER BY name, id"};
static const struct sql staff_name = {
    "SELECT name FROM staff_users WHERE id = $1 AND disabled_at IS NULL"};

#define TAG                                                                                        \
    "SELECT t.id, t.name, t.colour, (SELECT count(*) FROM conversation_tags g WHERE "              \
    "g.tag_id = t.id) FROM tags t "
static const struct sql all_tags = {TAG "ORDER BY t.name"};
static const struct sql get_tag = {TAG "WHERE t.id = $1"};
static const struct sql insert_tag = {
    "INSERT INTO tags (id, name, colour, created_at) VALUES ($1, $2, $3, $4)"};
static const struct sql update_tag = {
    "UPDATE tags SET name = coalesce($2, name), colour = coalesce($3, colour) WHERE id = $1"};
static const struct sql delete_tag = {"DELETE FROM tags WHERE id = $1"};
static const struct sql put_on = {
    "INSERT INTO conversation_tags (conversation_id, tag_id) VALUES ($1, $2) ON CONFLICT DO "
    "NOTHING"};
static const struct sql take_off = {
    "DELETE FROM conversation_tags WHERE conversation_id = $1 AND tag_id = $2"};

#define NOTE                                                                                       \
    "SELECT n.id, n.conversation_id, n.author_kind, n.author_id, n.author_name, n.content, "       \
    "n.created_at FROM conversation_notes n "
static const struct sql notes_of = {
    NOTE "WHERE n.conversation_id = $1 ORDER BY n.created_at, n.id LIMIT 1000"};
static const struct sql get_note = {NOTE "WHERE n.id = $1"};
const struct sql notes_before = {
    NOTE "JOIN conversations c ON c.id = n.conversation_id WHERE c.customer_id = $1 AND "
         "(n.created_at, n.id) < ($2, $3) ORDER BY n.created_at DESC, n.id DESC LIMIT $4"};
static const struct sql insert_note = {
    "INSERT INTO conversation_notes (id, conversation_id, author_kind, author_id, author_name, "
    "content, created_at) VALUES ($1, $2, $3, $4, $5, {put conversation_notes.content $6}, $7)"};
static const struct sql delete_note = {"DELETE FROM conversation_notes WHERE id = $1"};

int desk_heard(struct db *db, const char *conversation_id, struct wall at, struct err *e)
{
    int rc = db_exec(db, &unread_to_all, ARGS(A_TEXT(conversation_id), A_WALL(at)), e);
    return rc < 0 ? rc : db_exec(db, &wake, ARGS(A_TEXT(conversation_id)), e);
}

int desk_set_needs_person(struct db *db, const char *conversation_id, bool needed, struct err *e)
{
    return db_exec(db, &set_needs_person, ARGS(A_TEXT(conversation_id), A_BOOL(needed)), e);
}

int desk_assign(struct db *db, const char *conversation_id, const char *user_id, struct err *e)
{
    return db_exec(db, &assign, ARGS(A_TEXT(conversation_id), A_TEXT(user_id)), e);
}

int desk_snooze(struct db *db, const char *conversation_id, struct wall until, struct err *e)
{
    return db_exec(db, &snooze, ARGS(A_TEXT(conversation_id), A_WALL(until)), e);
}

int desk_snooze_over(struct db *db, struct pool *p, struct wall now, int64_t limit,
                     struct rows *ids_out, struct err *e)
{
    return db_rows(db, p, &snooze_over, ARGS(A_WALL(now), A_I64(limit)), ids_out, e);
}

int desk_wake(struct db *db, struct pool *p, const char *conversation_id, struct wall now,
              bool *woken_out, struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &wake_at, ARGS(A_TEXT(conversation_id), A_WALL(now)), &rows, e);
    if (rc < 0) {
        return rc;
    }
    *woken_out = rows.n > 0;
    if (rows.n == 0) {
        return 0;
    }
    const char *user = row_text(&rows, 0, 0);
    return user ? desk_unread(db, conversation_id, user, now, e)
                : db_exec(db, &unread_to_all, ARGS(A_TEXT(conversation_id), A_WALL(now)), e);
}

int desk_read(struct db *db, const char *conversation_id, const char *user_id, struct err *e)
{
    return db_exec(db, &read, ARGS(A_TEXT(conversation_id), A_TEXT(user_id)), e);
}

int desk_unread(struct db *db, const char *conversation_id, const char *user_id, struct wall at,
                struct err *e)
{
    return db_exec(db, &unread, ARGS(A_TEXT(conversation_id), A_TEXT(user_id), A_WALL(at)), e);
}

struct query desk_unread_query(const struct arg args[2], struct rows *rows)
{
    return (struct query){&is_unread, args, 2, rows};
}

int desk_staff(struct db *db, struct pool *p, struct rows *out, struct err *e)
{
    return db_rows(db, p, &staff, NO_ARGS, out, e);
}

int desk_staff_name(struct db *db, struct pool *p, const char *user_id, struct str *name_out,
                    struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &staff_name, ARGS(A_TEXT(user_id)), &rows, e);
    if (rc == 0 && rows.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no member of the staff %s", user_id);
    }
    if (rc == 0) {
        *name_out = row_str(&rows, 0, 0);
    }
    return rc;
}

/* ---- tags ---- */

void tag_from_row(const struct rows *r, size_t i, struct tag *t)
{
    *t = (struct tag){row_str(r, i, 0), row_str(r, i, 1), row_str(r, i, 2), row_i64(r, i, 3)};
}

int tags_all(struct db *db, struct pool *p, struct rows *out, struct err *e)
{
    return db_rows(db, p, &all_tags, NO_ARGS, out, e);
}

int tags_get(struct db *db, struct pool *p, const char *id, struct tag *out, struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &get_tag, ARGS(A_TEXT(id)), &rows, e);
    if (rc == 0 && rows.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no tag %s", id);
    }
    if (rc == 0) {
        tag_from_row(&rows, 0, out);
    }
    return rc;
}

int tags_insert(struct db *db, const char *id, const char *name, const char *colour, struct wall at,
                struct err *e)
{
    return db_exec(db, &insert_tag, ARGS(A_TEXT(id), A_TEXT(name), A_TEXT(colour), A_WALL(at)), e);
}

int tags_update(struct db *db, const char *id, const char *name, const char *colour, struct err *e)
{
    return db_exec(db, &update_tag, ARGS(A_TEXT(id), A_TEXT(name), A_TEXT(colour)), e);
}

int tags_delete(struct db *db, const char *id, struct err *e)
{
    return db_exec(db, &delete_tag, ARGS(A_TEXT(id)), e);
}

int tags_put_on(struct db *db, const char *conversation_id, const char *tag_id, struct err *e)
{
    return db_exec(db, &put_on, ARGS(A_TEXT(conversation_id), A_TEXT(tag_id)), e);
}

int tags_take_off(struct db *db, const char *conversation_id, const char *tag_id, struct err *e)
{
    return db_exec(db, &take_off, ARGS(A_TEXT(conversation_id), A_TEXT(tag_id)), e);
}

/* ---- notes ---- */

void note_from_row(const struct rows *r, size_t i, struct note *n)
{
    *n = (struct note){row_str(r, i, 0), row_str(r, i, 1), row_str(r, i, 2), row_str(r, i, 3),
                       row_str(r, i, 4), row_str(r, i, 5), row_str(r, i, 6)};
}

struct query notes_query(const struct arg *conversation_id, struct rows *rows)
{
    return (struct query){&notes_of, conversation_id, 1, rows};
}

int notes_get(struct db *db, struct pool *p, const char *id, struct note *out, struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &get_note, ARGS(A_TEXT(id)), &rows, e);
    if (rc == 0 && rows.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no note %s", id);
    }
    if (rc == 0) {
        note_from_row(&rows, 0, out);
    }
    return rc;
}

int notes_insert(struct db *db, const struct note *n, struct err *e)
{
    return db_exec(db, &insert_note,
                   ARGS(A_STR(n->id), A_STR(n->conversation_id), A_STR(n->author_kind),
                        A_STR(n->author_id), A_STR(n->author_name), A_STR(n->content),
                        A_STR(n->created_at)),
                   e);
}

int notes_delete(struct db *db, const char *id, struct err *e)
{
    return db_exec(db, &delete_note, ARGS(A_TEXT(id)), e);
}
