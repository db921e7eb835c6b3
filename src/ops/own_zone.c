/* SPDX-License-Identifier: Apache-2.0 */
/* The setting goes before what is stored, as everywhere. */
#include "ops/own_zone.h"

#include "base/settings.h"
#include "domain/business.h"
#include "ops/app.h"

int own_zone(const struct op_call *c, struct db *db, const struct zone **zone_out,
             const char **name_out, struct err *e)
{
    struct facts f;
    const char *set = c->app->settings->time_zone;
    int rc = business_load(db, c->pool, &f, e);
    if (rc == 0 && set[0]) {
        rc = business_set_zone(c->pool, &f, set, e);
    }
    if (rc == 0 && !f.zone) {
        rc = business_set_zone(c->pool, &f, "UTC", e);
    }
    if (rc == 0) {
        *zone_out = f.zone;
        *name_out = f.time_zone;
    }
    return rc;
}
