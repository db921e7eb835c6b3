/* SPDX-License-Identifier: Apache-2.0 */
/* The secret with which thread tokens are made and checked (mail/mail_token.h). */
#ifndef DOMAIN_MAIL_KEY_H
#define DOMAIN_MAIL_KEY_H

#include "store/store.h"

#define MAIL_KEY_NAME "mail_token" /* in store/installation_keys.h */

/*
 * Made at the first call for a database, and the same ever after: tokens in mails that customers
 * keep for years stay good. One write transaction, so it is loaded once and kept. Lives in pool.
 */
NODISCARD int mail_key_load(struct store *s, struct pool *p, struct str *out, struct err *e);

#endif
