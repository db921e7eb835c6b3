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
#include "base/id.h"
#include "base/pool.h"
#include "domain/facts.h"
#include "domain/facts_table.h"

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
 * Writes a seed document, inside store_write. What it does not name stays; facts, services,
 * providers, locations and articles of the same key are replaced, hours and closures as a whole.
 * Seeding twice is the same as once. ERR_INVALID with the field named when the document is not a
 * seed (domain/facts_seed.h); nothing is written then.
 */
NODISCARD int business_seed(struct db *db, const json_t *seed, struct wall now, struct err *e);

/*
 * Parts of that, inside store_write, of values that were checked (facts_entry_of_json). An entry
 * with a key replaces the one of that key; a provider's hours go with the provider. A position of
 * -1: where it was, or at the end.
 */
NODISCARD int business_put(struct db *db, enum facts_part part, const void *entry, int64_t position,
                           struct wall now, struct err *e);
NODISCARD int business_add_closure(struct db *db, const struct facts_closure *c,
                                   const struct id *id, struct err *e);

/* Takes an entry away by its key, a closure by its id, inside store_write. What has a key stays in
 * the store, not active. ERR_NOT_FOUND. */
NODISCARD int business_end(struct db *db, enum facts_part part, const char *key, struct err *e);

#endif
