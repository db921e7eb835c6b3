/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file of an e-mail: its bytes, and whether it is of a type that is taken. People send more by
 * mail than by text, so to the types of channels/media_type.h come documents of the usual offices,
 * archives (which are never opened here) and what mail programs add. What a browser would run, and
 * programs and scripts, are not taken here either.
 */
#ifndef CHANNELS_MAIL_FILE_H
#define CHANNELS_MAIL_FILE_H

#include "mail/mail.h"

/*
 * Its bytes, until the pool is cleared: a large one in a file without a name in `folder` ("" or
 * NULL: where the system has its temporary files), mapped, so that it takes no memory that is not
 * to be had. ERR_IO, ERR_FULL.
 */
NODISCARD int mail_file_bytes(struct pool *p, const struct mail_part *part, const char *folder,
                              struct str *out, struct err *e);

/* The media type of one that is taken, a static text; else NULL. `filename` may be NULL. */
const char *mail_file_type(struct str bytes, struct str declared, const char *filename);

#endif
