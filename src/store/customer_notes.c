/* SPDX-License-Identifier: Apache-2.0 */
/* Both kinds of notes have one shape; those of conversations are written in desk.c. */
#include "store/customer_notes.h"

#define OWN                                                                                        \
    "SELECT id, author_kind, author_id, author_name, content, created_at, customer_id, "           \
    "NULL AS conversation_id FROM customer_notes WHERE "
#define BEFORE "(created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4"

static const struct sql get_one = {OWN "id = $1"};
const struct sql customer_own_notes_before = {OWN "customer_id = $1 AND " BEFORE};
const struct sql customer_notes_before = {
    "SELECT n.id, n.author_kind, n.author_id, n.author_name, n.content, n.created_at, "
    "c.customer_id, n.conversation_id FROM conversation_notes n JOIN conversations c ON "
    "c.id = n.conversation_id WHERE c.customer_id = $1 AND (n.created_at, n.id) < ($2, $3) "
    "ORDER BY n.created_at DESC, n.id DESC LIMIT $4"};
static const struct sql insert = {
    "INSERT INTO customer_notes (id, customer_id, author_kind, author_id, author_name, content, "
    "created_at) VALUES ($1, $2, $3, $4, $5, {put customer_notes.content $6}, $7)"};
static const struct sql delete_one = {"DELETE FROM customer_notes WHERE id = $1"};

void customer_note_from_row(const struct rows *r, size_t i, struct customer_note *n)
{
    *n = (struct customer_note){
        .id = row_str(r, i, 0),
        .author_kind = row_str(r, i, 1),
        .author_id = row_str(r, i, 2),
        .author_name = row_str(r, i, 3),
        .content = row_str(r, i, 4),
        .created_at = row_str(r, i, 5),
        .customer_id = row_i64(r, i, 6),
        .conversation_id = row_str(r, i, 7),
    };
}

int customer_notes_row(struct db *db, struct pool *p, const char *id, struct rows *out,
                       struct err *e)
{
    int rc = db_rows(db, p, &get_one, ARGS(A_TEXT(id)), out, e);
    return rc == 0 && out->n == 0 ? err_set(e, ERR_NOT_FOUND, "there is no such note") : rc;
}

int customer_notes_insert(struct db *db, const struct customer_note *n, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_STR(n->id), A_I64(n->customer_id), A_STR(n->author_kind),
                        A_STR(n->author_id), A_STR(n->author_name), A_STR(n->content),
                        A_STR(n->created_at)),
                   e);
}

int customer_notes_delete(struct db *db, const char *id, struct err *e)
{
    return db_exec(db, &delete_one, ARGS(A_TEXT(id)), e);
}
