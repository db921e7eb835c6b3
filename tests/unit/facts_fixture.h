/* SPDX-License-Identifier: Apache-2.0 */
/* A seed document read straight into struct facts, for tests of the layers that need no store. */
#ifndef FACTS_FIXTURE_H
#define FACTS_FIXTURE_H

#include "base/pool.h"
#include "domain/facts.h"

/* The file is relative to tests/unit/data. Ends the program when it cannot be read. */
const struct facts *facts_of_seed(struct pool *p, const char *file);

#endif
