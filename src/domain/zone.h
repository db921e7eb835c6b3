/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones by name, from the system's zoneinfo files (RFC 8536; package tzdata). A zone is an
 * immutable value in a pool: no global table, no lock, and the process's TZ is never touched.
 * libical has zones too, but its table of them is shared and not safe among threads.
 * Any thread.
 */
#ifndef DOMAIN_ZONE_H
#define DOMAIN_ZONE_H

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct zone;

/* Reads /usr/share/zoneinfo/NAME. ERR_CONFIG when there is no such zone. *out lives in pool. */
NODISCARD int zone_load(struct pool *p, const char *name, const struct zone **out, struct err *e);

/* The same from the bytes of a zoneinfo file. ERR_MALFORMED. */
NODISCARD int zone_parse(struct pool *p, struct str tzif, const struct zone **out, struct err *e);

/* Seconds east of UTC at that moment. */
int zone_offset(const struct zone *z, struct wall when);

struct local_time {
    int64_t days; /* since 1970-01-01, of the local date */
    int weekday;  /* 1 Monday to 7 Sunday */
    int minutes;  /* since local midnight, 0 to 1439 */
};
struct local_time zone_local(const struct zone *z, struct wall at);

/*
 * The moment at which clocks show that local date and time. One that is skipped in spring counts
 * on from the hour before; of two in autumn it is the first.
 */
struct wall zone_moment(const struct zone *z, int64_t days, int minutes);

/* 1 Monday to 7 Sunday. */
int weekday_of_days(int64_t days);

#endif
