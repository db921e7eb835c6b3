/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quiet hours: what is no answer (a reminder, an advertisement) goes out only while it is day where
 * the recipient is. That place is the time zone stored with the customer, else what the telephone
 * number tells (number_zones.def; a code that lies in several zones counts as all of them), else
 * the business's own. The default, from 21:00 to 08:00, is the United States' rule for calls and
 * texts that sell (47 CFR 64.1200(c)(1)). Any thread.
 */
#ifndef DOMAIN_QUIET_H
#define DOMAIN_QUIET_H

#include "domain/zone.h"

struct quiet_hours {
    int from, to; /* minutes since local midnight; from == to: there are none; may span midnight */
    const struct zone *business; /* NULL: UTC */
};

/* "21:00". false when it is no time of day. */
NODISCARD bool quiet_time(const char *text, int *minutes_out);

/*
 * The first moment, at or after `at`, that is quiet nowhere the recipient may be. zone_name (NULL
 * or empty: not known) is the customer's; one that the system does not have counts as not known.
 * Where zones are so far apart that it is always quiet in one of them, a moment within two days.
 */
struct wall quiet_until(struct pool *p, const struct quiet_hours *q, const char *address,
                        const char *zone_name, struct wall at);

/* The zones of a number in E.164 form; static storage. How many there are: 0 when it tells none. */
#define NUMBER_ZONES_MAX 8
size_t number_zones(struct str number, const char *out[NUMBER_ZONES_MAX]);

#endif
