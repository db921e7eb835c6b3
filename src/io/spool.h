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

#endif
