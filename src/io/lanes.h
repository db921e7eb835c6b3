/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workers (io/thread.h) whose tasks may belong together: tasks of one lane run one after another,
 * in the order in which they were given, while those of other lanes run beside them. A lane is any
 * pointer; it exists as long as it has tasks. A lane with many tasks takes its turn behind the
 * others after each.
 */
#ifndef IO_LANES_H
#define IO_LANES_H

#include "base/attr.h"

struct lanes;

NODISCARD struct lanes *lanes_new(const char *name, int threads);
/* Any thread: fn(arg) on a worker. lane NULL: in no order. */
void lanes_run(struct lanes *l, const void *lane, void (*fn)(void *arg), void *arg);
/* Tasks that were given and have not ended. */
int lanes_open(const struct lanes *l);
/* Finishes what was given, also by the tasks themselves, then ends the threads. Accepts NULL. */
void lanes_free(struct lanes **l);

#endif
