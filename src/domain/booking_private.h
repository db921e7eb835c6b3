/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What finding and booking share: who gives a service, when they work, and what is taken of their
 * time. A diary is read once and then asked; it lives in a pool.
 */
#ifndef DOMAIN_BOOKING_PRIVATE_H
#define DOMAIN_BOOKING_PRIVATE_H

#include "domain/booking.h"

struct span {
    struct wall from, to;
};

struct taken {
    struct span span; /* with its buffer */
    bool appointment; /* one of ours: counts when work is shared out */
};

/* One who gives the service; provider is NULL for a business without named ones. */
struct giver {
    const struct facts_provider *provider;
    size_t n_taken;
    struct taken *taken;
};

struct diary {
    const struct facts *facts;
    const struct facts_service *service;
    size_t n_givers;
    struct giver *givers;
};

const char *giver_key(const struct giver *g); /* '' for a business without named ones */

const struct facts_service *booking_service(const struct facts *f, const char *key);
/* Whose an appointment is, by its key, or by its name when it has none ("Dr. Sarah Smith", as other
 * programs write). */
const struct facts_provider *booking_provider(const struct facts *f, const char *key,
                                              const char *name);

struct diary_query {
    const char *service, *provider; /* keys; provider NULL: all who give it */
    struct span range;              /* what is taken is known for starts within it */
    int64_t except_appointment;
    size_t n_busy;
    const struct booking_busy *busy;
};
/* BOOKING_DONE in *why_out when there is somebody to ask; else the diary is empty. */
NODISCARD int diary_read(struct db *db, struct pool *p, const struct facts *f,
                         const struct diary_query *q, struct diary *out,
                         enum booking_status *why_out, struct err *e);

/* From when to when they work on that local day, closures left out; at most `max`. */
size_t diary_hours(const struct diary *d, const struct giver *g, int64_t day, struct span *out,
                   size_t max);
#define DIARY_MAX_SPANS 24

/* Does the service, begun then, fit into their hours? */
bool diary_works(const struct diary *d, const struct giver *g, struct wall start);
/* Is nothing in its way, its buffer included? */
bool diary_free(const struct diary *d, const struct giver *g, struct wall start);
/* Their appointments that begin on that local day. */
int diary_load(const struct diary *d, const struct giver *g, int64_t day);

/* When the service ends that begins then, without and with its buffer. */
struct wall diary_end(const struct diary *d, struct wall start);
struct wall diary_clear(const struct diary *d, struct wall start);

#endif
