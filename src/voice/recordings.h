/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings that are finished become attachments of their calls' messages: with the customer's
 * other data from then on, kept, encrypted, backed up and erased with it. The file is deleted when
 * that is committed, so of a server that dies in between nothing is lost and nothing is twice.
 */
#ifndef VOICE_RECORDINGS_H
#define VOICE_RECORDINGS_H

#include "base/err.h"
#include "base/pool.h"

struct store;

#define RECORDINGS_FOLDER "recordings" /* in the data directory */

/* Lives in pool. Makes the folder when it is missing; ERR_IO. */
NODISCARD int recordings_folder(struct pool *p, const char *data_dir, const char **out,
                                struct err *e);

/*
 * Takes in what is finished: files that were ended, and those of calls that ended without their
 * server. What belongs to no call any more is deleted after a day. Any thread that may wait; what
 * fails is tried again at the next call. 0 also when there is no folder.
 */
NODISCARD int recordings_take(struct store *s, const char *data_dir, struct err *e);

#endif
