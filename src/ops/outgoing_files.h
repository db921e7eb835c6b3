/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that staff send along with a message: read from the request, or uploaded before it, and
 * stored with the message in its transaction, so that whoever sends it finds them. Lives in the
 * pool.
 */
#ifndef OPS_OUTGOING_FILES_H
#define OPS_OUTGOING_FILES_H

#include <jansson.h>

#include "domain/channel.h"
#include "domain/hold.h"
#include "domain/outgoing_limits.h"
#include "store/store.h"

struct outgoing_file {
    const char *filename, *declared_type;
    const char *content_type; /* by its bytes; NULL: not known */
    const char *sha256;       /* in hexadecimal */
    int64_t size_bytes;
    struct str bytes;      /* of one that came with the request */
    const char *upload_id; /* of one that was uploaded; else NULL */
};

struct outgoing_files {
    struct outgoing_file all[OUTGOING_FILES_MAX];
    size_t n;
};

/* "name.pdf", without a folder; "type/subtype" of a single file. ERR_INVALID with the field. */
NODISCARD int outgoing_file_check(const char *filename, const char *content_type, const char *field,
                                  struct err *e);

/* Adds those of an array of objects with filename, content_type (may be missing) and content in
 * base64; NULL: none. ERR_INVALID with the field "attachments"; ERR_TOO_LARGE. */
NODISCARD int outgoing_files_read(struct pool *p, const json_t *list, struct outgoing_files *out,
                                  struct err *e);

/* Adds those of an array of ids of uploads, which must be complete, of this conversation and of
 * whoever asks. ERR_INVALID with the field "uploads". */
NODISCARD int outgoing_files_uploaded(struct db *db, struct pool *p, const json_t *ids,
                                      const char *conversation_id, const struct holder *who,
                                      struct outgoing_files *out, struct err *e);

/* May they go along with a message of that channel? (domain/outgoing_limits.h) */
NODISCARD int outgoing_files_allowed(const struct outgoing_files *files, enum channel channel,
                                     size_t text_bytes, struct err *e);

/* Inside store_write. What was uploaded is no upload any more. */
NODISCARD int outgoing_files_add(struct db *db, struct pool *p, const struct outgoing_files *files,
                                 const char *conversation_id, const char *message_id,
                                 struct wall now, struct err *e);

#endif
