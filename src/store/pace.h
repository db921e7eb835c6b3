/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a sending number may send next, for all servers of a database (channels/pace.h has the
 * rule). Both functions are for inside store_write.
 */
#ifndef STORE_PACE_H
#define STORE_PACE_H

#include "store/store.h"

struct pace {
    struct wall next_at; /* the next free moment of all */
    struct wall bulk_at; /* the next one of what may wait */
};

/* Locked until the transaction's end; long ago for a sender that is new. */
NODISCARD int pace_get(struct db *db, struct pool *p, const char *sender, struct pace *out,
                       struct err *e);

NODISCARD int pace_put(struct db *db, const char *sender, const struct pace *pace, struct err *e);

#endif
