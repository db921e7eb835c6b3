/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far the comparison with a provider's own list of messages has come, and when the next one is
 * due; one row for each account, whatever number of servers there are. Inside store_write but where
 * it says else.
 */
#ifndef STORE_RECONCILIATIONS_H
#define STORE_RECONCILIATIONS_H

#include "store/store.h"

struct reconciliation_pace {
    struct wall now;
    int64_t every_us; /* between two comparisons */
    int64_t gap_us;   /* when no server was there for so long, one is due at once */
    int64_t tick_us;  /* that a server is there is written so often */
};

/* Notes that a server is there. *due_out: a comparison is to be ordered, by this caller alone. */
NODISCARD int reconciliations_tick(struct db *db, struct pool *p, const char *provider,
                                   const char *account, const struct reconciliation_pace *pace,
                                   bool *due_out, struct err *e);

struct reconciliation {
    struct wall begun_at, reached_at; /* us == 0: there was none yet */
};
/* Also outside of store_write. */
NODISCARD int reconciliations_get(struct db *db, struct pool *p, const char *provider,
                                  const char *account, struct reconciliation *out, struct err *e);

/* A comparison came through that looked up to `at`. */
NODISCARD int reconciliations_reached(struct db *db, const char *provider, const char *account,
                                      struct wall at, struct err *e);

#endif
