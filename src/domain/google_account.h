/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Google service account, from the key file that Google gives out for it, and the signed
 * statement (RFC 7523, RS256) with which it asks for an access token. Immutable; any thread.
 */
#ifndef DOMAIN_GOOGLE_ACCOUNT_H
#define DOMAIN_GOOGLE_ACCOUNT_H

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct google_account;

/* The key file's text. *out returned owned. ERR_MALFORMED, with a sentence that quotes nothing. */
NODISCARD int google_account_read(struct str key_file, struct google_account **out, struct err *e);
void google_account_free(struct google_account **a);

const char *google_account_email(const struct google_account *a);
const char *google_account_token_url(const struct google_account *a);

/* The statement, good for an hour from `now` on; lives in pool. */
NODISCARD int google_account_assertion(const struct google_account *a, struct pool *p,
                                       const char *scope, struct wall now, struct str *out,
                                       struct err *e);

#endif
