/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The business's facts in the store: reading them for the assistant, and writing a seed document
 * (share/seeds/) into an installation. Any thread.
 */
#ifndef DOMAIN_BUSINESS_H
#define DOMAIN_BUSINESS_H

#include <jansson.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "domain/facts.h"

struct db;

/*
 * Reads all facts; *out and what it points at live in pool. An installation without any gives empty
 * facts and 0. A time zone that the system does not know leaves zone NULL: that is no error here.
 */
NODISCARD int business_load(struct db *db, struct pool *p, struct facts *out, struct err *e);

/* Sets time_zone and zone, for the setting that goes before the stored one. ERR_CONFIG. */
NODISCARD int business_set_zone(struct pool *p, struct facts *facts, const char *name,
                                struct err *e);

/*
 * Writes a seed document, inside store_write: facts and services of the same key are replaced,
 * opening hours as a whole when the document has any; what it does not name stays. Seeding twice
 * is the same as once. ERR_INVALID with the field named when the document is not a seed.
 */
NODISCARD int business_seed(struct db *db, const json_t *seed, struct wall now, struct err *e);

#endif
