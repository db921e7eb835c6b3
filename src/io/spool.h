/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files without a name, for bytes that are too many to be held in memory while they come in. Any
 * thread.
 */
#ifndef IO_SPOOL_H
#define IO_SPOOL_H

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

/* In that folder ("" or NULL: where the system has its temporary files), open for both; the
 * caller's to close, with which it is gone. ERR_IO, ERR_FULL. */
NODISCARD int spool_new(const char *folder, int *fd_out, struct err *e);

/* Writes all of it. ERR_IO, ERR_FULL. */
NODISCARD int spool_write(int fd, struct str bytes, struct err *e);

/* Its bytes, mapped until the pool is cleared; the file may be closed. ERR_IO. */
NODISCARD int spool_map(struct pool *p, int fd, struct str *out, struct err *e);

/* The pages of a mapping that nobody reads for a while: they are the file's again, and no memory of
 * ours. Reading on is allowed. */
void spool_forget(struct str mapped);

/* The file is closed when the pool is cleared. */
void spool_keep(struct pool *p, int fd);

/*
 * Bytes that are in memory when they are few, and in a file when they are many: what is read of the
 * file piece by piece takes no memory, while a mapping's pages are counted as the process's own.
 */
struct spooled {
    struct str bytes; /* p != NULL: all of them */
    int fd;           /* else: they are in this file, which is borrowed, */
    int64_t from;     /* from there */
    int64_t size;
};

static inline struct spooled spooled_of(struct str bytes)
{
    return (struct spooled){.bytes = bytes, .fd = -1, .size = (int64_t)bytes.n};
}

/* At most so many of the bytes at an offset: where they are in memory, else read into `room`. Fewer
 * only at the end. ERR_IO. */
NODISCARD int spooled_piece(const struct spooled *s, int64_t at, char *room, size_t most,
                            struct str *out, struct err *e);

/* All of them, as spool_map. ERR_IO. */
NODISCARD int spooled_map(struct pool *p, const struct spooled *s, struct str *out, struct err *e);

#endif
