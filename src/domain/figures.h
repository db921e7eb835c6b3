/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out what the analytics count of a conversation: when it was answered and by whom, whether a
 * person was asked for, how far it got on the way to an appointment. Any thread.
 */
#ifndef DOMAIN_FIGURES_H
#define DOMAIN_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

struct store;

/* Of those that have changed, at most `limit`, newest first. *more_out: there are more. */
NODISCARD int figures_refresh(struct store *s, struct pool *p, int64_t limit, bool *more_out,
                              struct err *e);

#endif
