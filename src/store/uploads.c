/* SPDX-License-Identifier: Apache-2.0 */
/* Files on their way into a message. */
#include "store/uploads.h"

static const struct sql insert = {
    "INSERT INTO uploads (id, conversation_id, owner_kind, owner_id, filename, declared_type, "
    "size_bytes, created_at) VALUES ($1, $2, $3, $4, {put uploads.filename $5}, $6, $7, $8)"};
static const struct sql get = {
    "SELECT u.id, u.conversation_id, u.owner_kind, u.owner_id, u.filename, u.declared_type, "
    "u.size_bytes, (SELECT coalesce(sum(k.size_bytes), 0) FROM upload_pieces k WHERE "
    "k.upload_id = u.id) FROM uploads u WHERE u.id = $1"};
static const struct sql count_of = {
    "SELECT count(*) FROM uploads WHERE conversation_id = $1 AND owner_kind = $2 AND "
    "owner_id = $3"};
static const struct sql put_piece = {
    "INSERT INTO upload_pieces (upload_id, position, size_bytes, content) VALUES ($1, $2, $3, "
    "{put upload_pieces.content $4}) ON CONFLICT (upload_id, position) DO NOTHING"};
static const struct sql get_piece = {
    "SELECT content FROM upload_pieces WHERE upload_id = $1 AND position = $2"};
static const struct sql delete_one = {"DELETE FROM uploads WHERE id = $1"};
static const struct sql delete_old = {"DELETE FROM uploads WHERE created_at < $1"};

int uploads_insert(struct db *db, const struct upload_new *u, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_TEXT(u->id), A_TEXT(u->conversation_id), A_TEXT(u->owner_kind),
                        A_TEXT(u->owner_id), A_TEXT(u->filename), A_TEXT(u->declared_type),
                        A_I64(u->size_bytes), A_WALL(u->at)),
                   e);
}

int uploads_get(struct db *db, struct pool *p, const char *id, struct upload *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get, ARGS(A_TEXT(id)), &r, e);
    if (rc == 0 && r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no upload %s", id);
    }
    if (rc == 0) {
        *out = (struct upload){
            .id = row_str(&r, 0, 0),
            .conversation_id = row_str(&r, 0, 1),
            .owner_kind = row_str(&r, 0, 2),
            .owner_id = row_str(&r, 0, 3),
            .filename = row_str(&r, 0, 4),
            .declared_type = row_str(&r, 0, 5),
            .size_bytes = row_i64(&r, 0, 6),
            .received_bytes = row_i64(&r, 0, 7),
        };
    }
    return rc;
}

int uploads_count(struct db *db, struct pool *p, const char *conversation_id,
                  const char *owner_kind, const char *owner_id, int64_t *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &count_of,
                     ARGS(A_TEXT(conversation_id), A_TEXT(owner_kind), A_TEXT(owner_id)), &r, e);
    if (rc == 0) {
        *out = row_i64(&r, 0, 0);
    }
    return rc;
}

int uploads_put_piece(struct db *db, const char *id, int64_t position, int64_t bytes,
                      struct str base64, struct err *e)
{
    return db_exec(db, &put_piece, ARGS(A_TEXT(id), A_I64(position), A_I64(bytes), A_STR(base64)),
                   e);
}

int uploads_piece(struct db *db, struct pool *p, const char *id, int64_t position,
                  struct str *base64_out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get_piece, ARGS(A_TEXT(id), A_I64(position)), &r, e);
    if (rc == 0 && r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "the upload is not complete");
    }
    if (rc == 0) {
        *base64_out = row_str(&r, 0, 0);
    }
    return rc;
}

int uploads_delete(struct db *db, const char *id, struct err *e)
{
    return db_exec(db, &delete_one, ARGS(A_TEXT(id)), e);
}

int uploads_prune(struct db *db, struct wall before, struct err *e)
{
    return db_exec(db, &delete_old, ARGS(A_WALL(before)), e);
}
