/* SPDX-License-Identifier: Apache-2.0 */
/* The web chat's limits, as its operations use them. */
#ifndef OPS_CHAT_PRIVATE_H
#define OPS_CHAT_PRIVATE_H

#include "base/err.h"
#include "io/allowance.h"

struct chat_limits {
    struct allowance *visitor, *address; /* messages */
    struct allowance *reads;             /* of an address */
    struct allowance *moves;             /* of an address */
    struct allowance *moved_to;          /* to a number or e-mail address */
};

/* Takes one; ERR_TOO_MANY when there is none. `a` may be NULL: no limit. */
NODISCARD int chat_limit(struct allowance *a, struct str key, struct err *e);
NODISCARD int chat_limit_address(struct allowance *a, const char *remote, struct err *e);

#endif
