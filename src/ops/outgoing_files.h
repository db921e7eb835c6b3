/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that staff send along with an e-mail: read from the request, and stored with the message in
 * its transaction, so that whoever sends it finds them. Lives in the pool.
 */
#ifndef OPS_OUTGOING_FILES_H
#define OPS_OUTGOING_FILES_H

#include <jansson.h>

#include "store/store.h"

#define OUTGOING_FILES_MAX 20
#define OUTGOING_BYTES_MAX (18u << 20) /* together; in base64 it is what most servers take */

struct outgoing_file {
    const char *filename, *content_type;
    struct str bytes;
};

struct outgoing_files {
    const struct outgoing_file *all;
    size_t n;
};

/* An array of objects with filename, content_type (may be missing) and content in base64; NULL:
 * none. ERR_INVALID with the field "attachments"; ERR_TOO_LARGE. */
NODISCARD int outgoing_files_read(struct pool *p, const json_t *list, struct outgoing_files *out,
                                  struct err *e);

/* Inside store_write. */
NODISCARD int outgoing_files_add(struct db *db, struct pool *p, const struct outgoing_files *files,
                                 const char *conversation_id, const char *message_id,
                                 struct wall now, struct err *e);

#endif
