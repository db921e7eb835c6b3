/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last look before a message leaves: the customer may have opted out since it was written, and
 * it may be night where they are. And what a provider tells us: that somebody has opted out with
 * it, which is then true here too.
 */
#ifndef CHANNELS_OUTBOX_CONSENT_H
#define CHANNELS_OUTBOX_CONSENT_H

#include "domain/quiet.h"
#include "store/jobs.h"
#include "store/messages.h"

enum outbox_leave { LEAVE_NOW, LEAVE_LATER, LEAVE_NEVER };

struct outbox_leaving {
    enum outbox_leave leave;
    struct wall at;  /* LEAVE_LATER: when */
    const char *why; /* LEAVE_NEVER: in words */
};

struct outbox_night {      /* borrowed */
    int from, to;          /* of struct quiet_hours */
    const char *time_zone; /* the setting that goes before the business's stored one; "" or NULL */
};

/* Any thread; reads. *out lives in pool. */
NODISCARD int outbox_may_leave(struct store *s, struct pool *p, const struct sms_state *sms,
                               const char *purpose, const struct outbox_night *night,
                               struct wall now, struct outbox_leaving *out, struct err *e);

/*
 * Ends the claimed job of a message that may not leave now: takes it back with an event, or puts it
 * off, as if it had not been tried. Inside store_write.
 */
NODISCARD int outbox_stay(struct db *db, struct pool *p, const struct job *job,
                          const struct sms_state *sms, const char *purpose,
                          const struct outbox_leaving *l, struct wall now, struct err *e);

/*
 * A provider's error code of a message: when it means that the customer has opted out there, that
 * is written down. Inside store_write.
 */
NODISCARD int outbox_learn_opt_out(struct db *db, struct pool *p, const struct sms_state *sms,
                                   const char *code, struct wall now, struct err *e);

#endif
