/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tools that write have answered, and what was read before, under the key of the call: the
 * reason why a call counts once however often its turn is taken.
 */
#ifndef STORE_TOOL_RESULTS_H
#define STORE_TOOL_RESULTS_H

#include "store/store.h"

/* The recorded JSON; p == NULL when there is none. Lives in pool. */
NODISCARD int tool_results_get(struct db *db, struct pool *p, const char *key, struct str *out,
                               struct err *e);

/* ERR_CONFLICT when there is one already (the transaction then fails). */
NODISCARD int tool_results_put(struct db *db, const char *key, struct str result, struct wall at,
                               struct err *e);

/* The same, but one that is there already stays. */
NODISCARD int tool_results_keep(struct db *db, const char *key, struct str result, struct wall at,
                                struct err *e);

/* Forgets those older than `before`. */
NODISCARD int tool_results_prune(struct db *db, struct wall before, struct err *e);

#endif
