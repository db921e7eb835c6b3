/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean ...?": of the names that exist, the one that differs least from what was written.
 *
 *     struct nearest n = nearest_to(word);
 *     for (...) nearest_offer(&n, names[i]);
 *     if (n.best) ...
 *
 * Case and the difference of - and _ do not count. Any thread; allocates nothing.
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

#include "base/str.h"

struct nearest {
    struct str word;
    const char *best; /* NULL: nothing is near enough to be meant */
    size_t distance;  /* of best: letters to add, drop or change */
};

struct nearest nearest_to(struct str word);

/* Borrows the name as long as the struct is used. */
void nearest_offer(struct nearest *n, const char *name);

#endif
