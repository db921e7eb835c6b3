/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small salon, for tests of booking: Ann (Mon to Fri 09-17, Thu 12-20; everything but nails) and
 * Bob (Mon, Wed 10-18; cuts only). Open Mon to Fri 09-18, Thu to 20, Sat 10-14 when nobody works.
 * Closed on 18 March 2026; Bob is away on the 23rd. 60 minutes' notice, 60 days ahead.
 */
#ifndef BOOKING_FIXTURE_H
#define BOOKING_FIXTURE_H

#include "domain/booking.h"
#include "store/store.h"

/* The salon; its zone lives in pool. */
struct facts salon(struct pool *p);

/* "2026-03-05T14:00" in the salon's zone. */
struct wall local(const struct facts *f, const char *text);
/* And back, in static memory of the thread: the last four stay valid. */
const char *text_of(const struct facts *f, struct wall at);

/* A customer with that name; their id. */
int64_t add_customer(struct store *s, const char *name, const char *phone);

/* booking_make and its like, in a write transaction of its own. */
typedef int booking_fn(struct db *db, struct pool *p, const struct facts *f,
                       const struct booking_request *r, struct wall now, struct booking *out,
                       struct err *e);
int run_booking(struct store *s, struct pool *p, const struct facts *f, booking_fn *fn,
                const struct booking_request *r, struct wall now, struct booking *out);

#endif
