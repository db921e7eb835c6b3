/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks that cannot be mixed up, being different types: wall time says when something
 * happened (microseconds since 1970, UTC, as stored), monotonic time says how long something took.
 * Time zones are not here (libical, in domain/). Any thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct wall {
    int64_t us; /* microseconds since 1970-01-01T00:00:00Z; 0 stands for "no time" */
};

struct mono {
    int64_t ns; /* nanoseconds since some point before the process began */
};

#define US_PER_SECOND 1000000LL
#define US_PER_DAY (86400LL * US_PER_SECOND)

struct wall wall_now(void);
struct mono mono_now(void);

static inline int64_t mono_us_since(struct mono start)
{
    return (mono_now().ns - start.ns) / 1000;
}

/*
 * YYYY-MM-DDTHH:MM:SS.ffffffZ: the one form in which times are stored as text and sent as JSON.
 * A time outside the years 0 to 9999 is written as the nearest within.
 */
#define WALL_TEXT_BYTES 28
void wall_format(struct wall t, char out[WALL_TEXT_BYTES]);

/*
 * Reads RFC 3339 (any fraction up to nine digits, Z or an offset, T or a space), and a bare
 * "YYYY-MM-DD HH:MM:SS[.f]" as UTC. false when it is none of these or not a day that exists.
 */
NODISCARD bool wall_parse(struct str s, struct wall *out);

/* RFC 2822 / RFC 9110 date, "Thu, 24 Aug 2023 05:01:45 +0000". */
#define WALL_RFC2822_BYTES 40
void wall_format_rfc2822(struct wall t, char out[WALL_RFC2822_BYTES]);

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar, and back. */
int64_t days_from_civil(int64_t year, int month, int day);
void civil_from_days(int64_t days, int64_t *year_out, int *month_out, int *day_out);

#endif
