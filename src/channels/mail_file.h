/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of an e-mail: its bytes, and whether it is of a type that is taken. People send more by
 * mail than by text, so to the types of channels/media_type.h come documents of the usual offices,
 * archives (which are never opened here) and what mail programs add. What a browser would run, and
 * programs and scripts, are not taken here either.
 */
#ifndef CHANNELS_MAIL_FILE_H
#define CHANNELS_MAIL_FILE_H

#include "io/spool.h"
#include "mail/mail.h"

/* Where a mail's files are until they are in the store: the first small ones in memory, the others
 * in one file without a name. */
struct mail_file_room {
    struct pool *pool;  /* until this is cleared */
    const char *folder; /* "" or NULL: where the system has its temporary files */
    size_t used;        /* of memory */
    int fd;             /* -1: there is no file yet */
    int64_t end;        /* of the file */
};

static inline struct mail_file_room mail_file_room_in(struct pool *p, const char *folder)
{
    return (struct mail_file_room){.pool = p, .folder = folder, .fd = -1};
}

/* Decodes a part into it, piece by piece; digest: SHA256_BYTES, NULL: not wanted. ERR_IO, ERR_FULL.
 */
NODISCARD int mail_file_spool(struct mail_file_room *room, const struct mail_part *part,
                              struct spooled *out, unsigned char *digest, struct err *e);

/* The media type of one that is taken, a static text; else NULL. `filename` may be NULL. */
const char *mail_file_type(struct str bytes, struct str declared, const char *filename);

#endif
