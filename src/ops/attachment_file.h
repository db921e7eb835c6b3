/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attachment as an answer over HTTP: its bytes, what they are, and a name that is safe in a
 * header and on a disk.
 */
#ifndef OPS_ATTACHMENT_FILE_H
#define OPS_ATTACHMENT_FILE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"

struct app;

struct attachment_file { /* lives in the pool */
    const char *media_type, *name;
};

/* ERR_NOT_FOUND when it is not there, or not stored. */
NODISCARD int attachment_file_read(const struct app *app, struct pool *p, const char *id,
                                   struct buf *bytes_out, struct attachment_file *out,
                                   struct err *e);

#endif
