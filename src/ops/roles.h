/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: named sets of permissions. A user and a token have one each. Any thread. */
#ifndef OPS_ROLES_H
#define OPS_ROLES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct role {
    const char *name;
    uint32_t permissions; /* bits: 1 << enum permission */
    const char *says;
};

extern const struct role roles[];
extern const size_t n_roles;

/* NULL when there is no such role. */
const struct role *role_of(struct str name);

#endif
