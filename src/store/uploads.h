/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on files that were uploaded for a message which is not sent yet. What is read lives in
 * the pool.
 */
#ifndef STORE_UPLOADS_H
#define STORE_UPLOADS_H

#include "store/store.h"

struct upload {
    struct str id, conversation_id;
    struct str owner_kind, owner_id;
    struct str filename, declared_type;
    int64_t size_bytes;     /* as it was said beforehand */
    int64_t received_bytes; /* of the pieces that are there */
};

struct upload_new {
    const char *id, *conversation_id, *owner_kind, *owner_id, *filename, *declared_type;
    int64_t size_bytes;
    struct wall at;
};
/* ERR_INVALID when there is no such conversation. */
NODISCARD int uploads_insert(struct db *db, const struct upload_new *u, struct err *e);

/* ERR_NOT_FOUND when there is none. */
NODISCARD int uploads_get(struct db *db, struct pool *p, const char *id, struct upload *out,
                          struct err *e);

/* How many the owner has in that conversation. */
NODISCARD int uploads_count(struct db *db, struct pool *p, const char *conversation_id,
                            const char *owner_kind, const char *owner_id, int64_t *out,
                            struct err *e);

/* A piece, in base64. One that is there already is kept, so that what is complete stays as it is.
 */
NODISCARD int uploads_put_piece(struct db *db, const char *id, int64_t position, int64_t bytes,
                                struct str base64, struct err *e);

/* The piece's base64. ERR_NOT_FOUND when it is not there. */
NODISCARD int uploads_piece(struct db *db, struct pool *p, const char *id, int64_t position,
                            struct str *base64_out, struct err *e);

NODISCARD int uploads_delete(struct db *db, const char *id, struct err *e);
/* Those made before. */
NODISCARD int uploads_prune(struct db *db, struct wall before, struct err *e);

#endif
