/* SPDX-License-Identifier: Apache-2.0 */
/* The business's time zone, for operations that speak of its days and hours. */
#ifndef OPS_OWN_ZONE_H
#define OPS_OWN_ZONE_H

#include "domain/zone.h"
#include "ops/op.h"

/* The setting's, else the stored one, else UTC. Lives in the call's pool. */
NODISCARD int own_zone(const struct op_call *c, struct db *db, const struct zone **zone_out,
                       const char **name_out, struct err *e);

#endif
