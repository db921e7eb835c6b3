/* SPDX-License-Identifier: Apache-2.0 */
/* Files that came with messages: their rows, and apart from them their contents. */
#include "store/attachments.h"

#include "base/codec.h"

#define COLUMNS                                                                                    \
    "id, conversation_id, message_id, position, provider, url, declared_type, filename, state, "   \
    "content_type, size_bytes, sha256, reason"

static const struct sql insert = {
    "INSERT INTO attachments (id, conversation_id, message_id, position, provider, url, "
    "declared_type, filename, state, created_at) VALUES ($1, $2, $3, $4, $5, "
    "{put attachments.url $6}, $7, {put attachments.filename $8}, 'waiting', $9)"};
static const struct sql get = {"SELECT " COLUMNS " FROM attachments WHERE id = $1"};
static const struct sql of_conversation = {"SELECT " COLUMNS
                                           " FROM attachments WHERE conversation_id = $1 "
                                           "ORDER BY message_id, position LIMIT 5000"};
static const struct sql of_message = {
    "SELECT " COLUMNS " FROM attachments WHERE message_id = $1 ORDER BY position LIMIT 100"};
static const struct sql settle = {
    "UPDATE attachments SET state = $2, content_type = $3, size_bytes = $4, sha256 = $5, "
    "reason = $6, settled_at = $7 WHERE id = $1 AND state = 'waiting' RETURNING id"};
static const struct sql wait_again = {
    "UPDATE attachments SET state = 'waiting', reason = NULL, settled_at = NULL "
    "WHERE id = $1 AND state IN ('refused', 'failed') RETURNING id"};
static const struct sql put_content = {
    "INSERT INTO attachment_contents (attachment_id, position, content) VALUES ($1, $2, "
    "{put attachment_contents.content $3})"};
static const struct sql get_content = {
    "SELECT content FROM attachment_contents WHERE attachment_id = $1 AND position = $2"};

int attachments_insert(struct db *db, const struct attachment_new *a, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_TEXT(a->id), A_TEXT(a->conversation_id), A_TEXT(a->message_id),
                        A_I64(a->position), A_TEXT(a->provider), A_STR(a->url),
                        A_STR(a->declared_type), A_STR(a->filename), A_WALL(a->at)),
                   e);
}

void attachment_from_row(const struct rows *r, size_t i, struct attachment *a)
{
    *a = (struct attachment){
        .id = row_str(r, i, 0),
        .conversation_id = row_str(r, i, 1),
        .message_id = row_str(r, i, 2),
        .position = row_i64(r, i, 3),
        .provider = row_str(r, i, 4),
        .url = row_str(r, i, 5),
        .declared_type = row_str(r, i, 6),
        .filename = row_str(r, i, 7),
        .state = row_str(r, i, 8),
        .content_type = row_str(r, i, 9),
        .size_bytes = row_i64(r, i, 10),
        .sha256 = row_str(r, i, 11),
        .reason = row_str(r, i, 12),
    };
}

int attachments_get(struct db *db, struct pool *p, const char *id, struct attachment *out,
                    struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get, ARGS(A_TEXT(id)), &r, e);
    if (rc == 0 && r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no attachment %s", id);
    }
    if (rc == 0) {
        attachment_from_row(&r, 0, out);
    }
    return rc;
}

struct query attachments_query(const struct arg *conversation_id, struct rows *rows)
{
    return (struct query){&of_conversation, conversation_id, 1, rows};
}

struct query attachments_of_message_query(const struct arg *message_id, struct rows *rows)
{
    return (struct query){&of_message, message_id, 1, rows};
}

int attachments_settle(struct db *db, struct pool *p, const struct attachment_end *end,
                       bool *done_out, struct err *e)
{
    struct rows r;
    struct arg size = end->size_bytes ? A_I64(end->size_bytes) : A_NULL;
    int rc = db_rows(db, p, &settle,
                     ARGS(A_TEXT(end->id), A_TEXT(end->state), A_TEXT(end->content_type), size,
                          A_TEXT(end->sha256), A_TEXT(end->reason), A_WALL(end->at)),
                     &r, e);
    if (rc == 0) {
        *done_out = r.n > 0;
    }
    return rc;
}

int attachments_wait_again(struct db *db, struct pool *p, const char *id, bool *done_out,
                           struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &wait_again, ARGS(A_TEXT(id)), &r, e);
    if (rc == 0) {
        *done_out = r.n > 0;
    }
    return rc;
}

int attachments_put_content(struct db *db, const char *id, const struct spooled *content,
                            struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    int rc = 0;
    int64_t position = 0;
    for (int64_t at = 0; at < content->size && rc == 0; at += ATTACHMENT_PIECE_BYTES) {
        struct rows none;
        struct str piece;
        char *room = content->bytes.p ? NULL : pool_alloc_raw(p, ATTACHMENT_PIECE_BYTES);
        rc = spooled_piece(content, at, room, ATTACHMENT_PIECE_BYTES, &piece, e);
        if (rc == 0) {
            const char *base64 = base64_encode(p, piece.p, piece.n);
            rc = db_rows(db, p, &put_content, ARGS(A_TEXT(id), A_I64(position++), A_TEXT(base64)),
                         &none, e);
        }
        pool_clear(p);
    }
    return rc;
}

int attachments_put_piece(struct db *db, const char *id, int64_t position, struct str base64,
                          struct err *e)
{
    return db_exec(db, &put_content, ARGS(A_TEXT(id), A_I64(position), A_STR(base64)), e);
}

/* One piece, decoded. */
static int read_piece(struct db *db, struct pool *p, const char *id, int64_t position,
                      struct str *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get_content, ARGS(A_TEXT(id), A_I64(position)), &r, e);
    if (rc == 0 && r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "the file is not stored");
    }
    if (rc == 0 && !base64_decode(p, row_str(&r, 0, 0), out)) {
        return err_set(e, ERR_INTERNAL, "a stored file is not in base64");
    }
    return rc;
}

int attachments_read(struct db *db, const struct attachment *a, attachment_piece_fn *fn, void *arg,
                     struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    int rc = 0;
    int64_t sum = 0, position = 0;
    while (rc == 0 && (sum < a->size_bytes || position == 0)) {
        struct str bytes;
        rc = read_piece(db, p, a->id.p, position++, &bytes, e);
        if (rc == 0) {
            sum += (int64_t)bytes.n;
            rc = fn(arg, bytes, e);
        }
        pool_clear(p);
    }
    return rc;
}

static int gather(void *arg, struct str bytes, struct err *e)
{
    struct str *left = arg;
    if (bytes.n > left->n) {
        return err_set(e, ERR_INTERNAL, "a stored file is larger than its row says");
    }
    memcpy((char *)(uintptr_t)left->p, bytes.p, bytes.n); /* ours, and written once */
    *left = (struct str){left->p + bytes.n, left->n - bytes.n};
    return 0;
}

int attachments_bytes(struct db *db, struct pool *p, const struct attachment *a, struct str *out,
                      struct err *e)
{
    size_t n = (size_t)a->size_bytes;
    struct str left = {pool_alloc_raw(p, n + 1), n};
    *out = left;
    return attachments_read(db, a, gather, &left, e);
}
