/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on files that came with messages. A file's content is apart from its row, in base64;
 * whoever lists files does not read it. What is read lives in the pool.
 */
#ifndef STORE_ATTACHMENTS_H
#define STORE_ATTACHMENTS_H

#include "store/store.h"

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

/* At once, not held back: the text may be large and is not copied. */
NODISCARD int attachments_put_content(struct db *db, const char *id, struct str base64,
                                      struct err *e);
/* In base64; ERR_NOT_FOUND when it is not stored. */
NODISCARD int attachments_content(struct db *db, struct pool *p, const char *id, struct str *out,
                                  struct err *e);

#endif
