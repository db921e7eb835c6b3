/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a file that came with a message: the job that fetches it is ordered, and its end
 * is recorded for staff. Fetching itself is a matter of channels/media.h.
 */
#ifndef DOMAIN_ATTACHMENT_H
#define DOMAIN_ATTACHMENT_H

#include "store/attachments.h"

#define ATTACHMENT_JOB "media"

/* What people call such a thing, by its media type. Any thread. */
enum attachment_kind {
    ATTACHMENT_PICTURE,
    ATTACHMENT_FILM,
    ATTACHMENT_SOUND,
    ATTACHMENT_CONTACT,
    ATTACHMENT_FILE,
};
enum attachment_kind attachment_kind_of(struct str media_type);

/* Orders the job that fetches it. Inside store_write. */
NODISCARD int attachment_order(struct db *db, struct pool *p, const char *id, struct wall now,
                               struct err *e);

/* The id in such a job's payload; NULL when it has none. */
const char *attachment_of_job(struct pool *p, struct str payload);

/*
 * Settles one that was waiting (else nothing happens), tells those who watch, and leaves an event
 * for staff when there is no file to look at. Inside store_write.
 */
NODISCARD int attachment_settle(struct db *db, struct pool *p, const struct attachment_end *end,
                                struct err *e);

/* Fetches one again that was refused or failed. ERR_NOT_FOUND; ERR_CONFLICT when it is neither.
 * Inside store_write. */
NODISCARD int attachment_fetch_again(struct db *db, struct pool *p, const char *id, struct wall now,
                                     struct err *e);

#endif
