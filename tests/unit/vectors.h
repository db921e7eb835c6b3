/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test vectors from tests/unit/data, which the build names in AVA_TEST_DATA. A file that is missing
 * or no JSON ends the program, so that no test passes over nothing.
 */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include "base/json_read.h"

/* The array in that file; lives in pool. */
json_t *vectors_load(struct pool *p, const char *file);

#endif
