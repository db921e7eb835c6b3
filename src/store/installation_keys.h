/* SPDX-License-Identifier: Apache-2.0 */
/* Statements on the secrets that the installation makes for itself. */
#ifndef STORE_INSTALLATION_KEYS_H
#define STORE_INSTALLATION_KEYS_H

#include "store/store.h"

/*
 * The secret of that name, made when there is none: `fresh` (at most 100 characters) becomes it
 * then. Inside store_write; lives in pool.
 */
NODISCARD int installation_key(struct db *db, struct pool *p, const char *name, const char *fresh,
                               struct wall now, const char **out, struct err *e);

/* The same where it is read along: a query of one argument, its name; a row with the secret, or
 * none when it was never made. */
struct query installation_key_query(const struct arg *name, struct rows *rows);

#endif
