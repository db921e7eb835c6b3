/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an e-mail that answers another stands in its thread, as mail programs sort it: subject,
 * In-Reply-To, References. Pure; lives in the pool.
 */
#ifndef DOMAIN_MAIL_THREAD_H
#define DOMAIN_MAIL_THREAD_H

#include "domain/outbox.h"
#include "store/mails.h"

/* What goes on from `parent`: a mail that came in, or one of ours that nobody has answered. */
NODISCARD int mail_thread_next(struct pool *p, const struct mail_state *parent,
                               struct outbox_email *out, struct err *e);

/* The texts of a JSON array, such as struct mail_state's references; none when it is empty. */
NODISCARD int mail_thread_ids(struct pool *p, struct str json, const char ***out, size_t *n_out,
                              struct err *e);

#endif
