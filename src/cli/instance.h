/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of this installation in the leases of jobs: kept in the data directory under a file
 * lock, so that a server that starts again knows its former life's claims as its own, and that
 * life is known to be over.
 */
#ifndef CLI_INSTANCE_H
#define CLI_INSTANCE_H

#include "base/err.h"
#include "base/id.h"

/* *fd_out holds the lock as long as it is open (-1 when another server of this directory has it:
 * the name is then a new one, and nothing of a former life is ours). */
NODISCARD int instance_lock(const char *data_dir, struct id *name_out, int *fd_out, struct err *e);

/* A secret of this data directory, made at first, in a file only its owner may read. */
NODISCARD int instance_secret(const char *data_dir, const char *file, size_t bytes, char *out,
                              struct err *e);

#endif
