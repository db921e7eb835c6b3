/* SPDX-License-Identifier: Apache-2.0 */
/* The table of roles. */
#include "ops/roles.h"

#include "ops/ops_gen.h"

#define BIT(p) (UINT32_C(1) << PERMISSION_##p)

const struct role roles[] = {
    {"owner", PERMISSIONS_ALL, "Everything"},
    {"agent",
     BIT(SELF_READ) | BIT(CONVERSATIONS_READ) | BIT(CONVERSATIONS_WRITE) | BIT(CALLS_LISTEN) |
         BIT(CUSTOMERS_READ) | BIT(CUSTOMERS_WRITE) | BIT(CUSTOMERS_MEDICAL) |
         BIT(APPOINTMENTS_READ) | BIT(APPOINTMENTS_WRITE) | BIT(SETTINGS_READ) |
         BIT(CONSENTS_READ) | BIT(CONSENTS_WRITE),
     "Works at the front desk"},
    {"reader",
     BIT(SELF_READ) | BIT(CONVERSATIONS_READ) | BIT(CUSTOMERS_READ) | BIT(APPOINTMENTS_READ) |
         BIT(SETTINGS_READ) | BIT(CONSENTS_READ),
     "Looks, changes nothing"},
};
const size_t n_roles = ARRAY_SIZE(roles);

const struct role *role_of(struct str name)
{
    for (size_t i = 0; i < n_roles; i++) {
        if (str_eq(name, str_of(roles[i].name))) {
            return &roles[i];
        }
    }
    return NULL;
}
