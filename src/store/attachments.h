/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on files that came with messages. A file's content is apart from its row, so that
 * whoever lists files does not read it: pieces in base64, so that nobody has to hold a large one.
 * What is read lives in the pool.
 */
#ifndef STORE_ATTACHMENTS_H
#define STORE_ATTACHMENTS_H

#include "io/spool.h"
#include "store/store.h"

/* Of a file, before base64: a multiple of three, so that no piece is padded but the last. (What was
 * stored before there were pieces is one.) */
#define ATTACHMENT_PIECE_BYTES (192u << 10)

struct attachment {
    struct str id, conversation_id, message_id;
    int64_t position;
    struct str provider, url; /* who has it, and where */
    struct str declared_type; /* what the provider says that it is */
    struct str filename;      /* p == NULL: it came without one */
    struct str state;         /* waiting, stored, refused, failed */
    struct str content_type;  /* what it is; p == NULL until it is stored */
    int64_t size_bytes;
    struct str sha256;
    struct str reason; /* why it was refused, or could not be had */
};

struct attachment_new {
    const char *id, *conversation_id, *message_id;
    int position;
    const char *provider;
    struct str url, declared_type, filename; /* filename.p == NULL: none */
    struct wall at;
};
NODISCARD int attachments_insert(struct db *db, const struct attachment_new *a, struct err *e);

/* ERR_NOT_FOUND when there is none. */
NODISCARD int attachments_get(struct db *db, struct pool *p, const char *id, struct attachment *out,
                              struct err *e);

/* Those of a conversation, by message and position; or of one message. Queries of one argument. */
struct query attachments_query(const struct arg *conversation_id, struct rows *rows);
struct query attachments_of_message_query(const struct arg *message_id, struct rows *rows);
void attachment_from_row(const struct rows *r, size_t i, struct attachment *a);

/* What became of one that was waiting; of any other nothing changes, and *done_out is false. */
struct attachment_end {
    const char *id, *state, *content_type, *sha256, *reason; /* NULL: none */
    int64_t size_bytes;
    struct wall at;
};
NODISCARD int attachments_settle(struct db *db, struct pool *p, const struct attachment_end *end,
                                 bool *done_out, struct err *e);

/* A refused or failed one is to be fetched again; false in *done_out: it is neither. */
NODISCARD int attachments_wait_again(struct db *db, struct pool *p, const char *id, bool *done_out,
                                     struct err *e);

/* A piece at a time, none of which is held back. ERR_IO. */
NODISCARD int attachments_put_content(struct db *db, const char *id, const struct spooled *content,
                                      struct err *e);

/* One piece, in base64 already. */
NODISCARD int attachments_put_piece(struct db *db, const char *id, int64_t position,
                                    struct str base64, struct err *e);

/* Takes a piece of a file; what it returns below 0 ends the reading. It must not use the db. */
typedef int attachment_piece_fn(void *arg, struct str bytes, struct err *e);

/* Gives the pieces in their order. ERR_NOT_FOUND when it is not stored, or not any more. */
NODISCARD int attachments_read(struct db *db, const struct attachment *a, attachment_piece_fn *fn,
                               void *arg, struct err *e);

/* All of it, in the pool. */
NODISCARD int attachments_bytes(struct db *db, struct pool *p, const struct attachment *a,
                                struct str *out, struct err *e);

#endif
