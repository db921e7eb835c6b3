/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that a command is told of. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* All of it, added to the buffer. ERR_IO, ERR_TOO_LARGE, with a sentence that names the file. */
NODISCARD int cli_read_file(const char *path, struct buf *to, struct err *e);

/* The media type that a file's name ends in; application/octet-stream when it is not known. */
const char *cli_file_type(const char *name);

#endif
