/* SPDX-License-Identifier: Apache-2.0 */
/* Seed documents as struct facts, for tests of the layers that need no store. */
#ifndef FACTS_FIXTURE_H
#define FACTS_FIXTURE_H

#include <jansson.h>

#include "base/pool.h"
#include "domain/facts.h"

/* Files are relative to tests/unit/data. Both end the program when it cannot be read. */
json_t *seed_of_file(struct pool *p, const char *file);
const struct facts *facts_of_seed(struct pool *p, const char *file);

#endif
