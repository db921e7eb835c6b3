/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A circuit breaker for a server that others depend on: after some failures in a row it is not
 * asked any more (open), and after a while one caller at a time may try it (half open), until one
 * succeeds (closed). It only counts and answers; the clock is given to it. Any thread.
 */
#ifndef IO_BREAKER_H
#define IO_BREAKER_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/clock.h"

struct breaker;

/* Opens after so many failures in a row, for so long. */
NODISCARD struct breaker *breaker_new(int failures, int open_ms);
void breaker_free(struct breaker **b);

/* May the server be asked now? Each true must be followed by one breaker_report. */
NODISCARD bool breaker_allows(struct breaker *b, struct mono now);

enum breaker_result {
    BREAKER_GOOD,
    BREAKER_BAD,
    BREAKER_UNDECIDED, /* it says nothing about the server: the caller gave up before asking, ... */
};
void breaker_report(struct breaker *b, enum breaker_result how, struct mono now);

/* Would breaker_allows be false now? Changes nothing. */
bool breaker_is_open(struct breaker *b, struct mono now);

#endif
