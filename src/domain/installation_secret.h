/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secrets that an installation makes for itself, each under a name: what is signed with one, a
 * token in a mail or a caller's ticket, every server of the database knows again.
 */
#ifndef DOMAIN_INSTALLATION_SECRET_H
#define DOMAIN_INSTALLATION_SECRET_H

#include "store/store.h"

#define MAIL_SECRET "mail_token"         /* of thread tokens, mail/mail_token.h */
#define CALL_TICKET_SECRET "call_ticket" /* of voice/call_ticket.h */
#define MEDIA_LINK_SECRET "media_link"   /* of domain/media_link.h */

/*
 * Made at the first call for a database, and the same ever after: tokens in mails that customers
 * keep for years stay good. One write transaction, so it is loaded once and kept. Lives in pool.
 */
NODISCARD int installation_secret(struct store *s, struct pool *p, const char *name,
                                  struct str *out, struct err *e);

#endif
