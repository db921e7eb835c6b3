/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a delivery report by e-mail (RFC 3464) does to the mail that it is about. Anybody can write
 * one; it counts only for a mail of ours that went to the address of which it speaks.
 */
#ifndef DOMAIN_MAIL_BOUNCE_H
#define DOMAIN_MAIL_BOUNCE_H

#include "mail/mail.h"
#include "store/store.h"

/*
 * A mail that failed for good is marked "bounced" with an event for the staff, once; of what is
 * only late or was delivered nothing changes. *message_out is the mail that the report is about,
 * NULL when it is none of ours. Inside store_write.
 */
NODISCARD int mail_bounce_take(struct db *db, struct pool *p, const struct mail_bounce *b,
                               struct wall now, const char **message_out, struct err *e);

#endif
