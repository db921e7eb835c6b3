/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads and the one way in which they wait for each other outside the event loops: a bell. It is
 * rung by anybody, any number of times; a waiter sleeps until it has been rung since its last
 * wait, or its time is over. Rings are never lost and never pile up.
 */
#ifndef IO_THREAD_H
#define IO_THREAD_H

#include <stdbool.h>

#include "base/attr.h"

struct thread;

/* Starts fn(arg) in a thread of that name (15 bytes at most). Aborts when the system has none. */
struct thread *thread_start(const char *name, void (*fn)(void *arg), void *arg);
/* Waits for its end and frees it; accepts NULL. */
void thread_join(struct thread **t);

struct bell;

NODISCARD struct bell *bell_new(void);
void bell_free(struct bell **b);
void bell_ring(struct bell *b); /* any thread */
/* true when it was rung, false when timeout_ms went by (-1: wait for ever). One waiter. */
bool bell_wait(struct bell *b, int timeout_ms);

/* A fixed set of threads that run what they are given, first come first served. */
struct workers;
NODISCARD struct workers *workers_new(const char *name, int threads);
void workers_run(struct workers *w, void (*fn)(void *arg), void *arg); /* any thread */
int workers_waiting(const struct workers *w);
/* Finishes what was given, then ends the threads. */
void workers_free(struct workers **w);

#endif
