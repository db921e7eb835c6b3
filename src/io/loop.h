/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop of an I/O thread, for what lives on one: a WebSocket's callbacks, and a call with
 * both of its sockets. Whoever has a place on a loop asks loop_here() for it once and may then hand
 * it to other threads, who reach it by loop_call. A loop runs as long as its server; the pointer may
 * be used as long as the process lives.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct loop;

/* The loop whose thread this is; NULL on every other thread. */
struct loop *loop_here(void);

/*
 * Any thread: fn(arg) runs on the loop's thread, in the order of the calls. What is still waiting
 * when the server stops is run before the loop ends. false: it has ended, and fn will not run, so
 * that a worker who comes late can clean up by himself.
 */
bool loop_call(struct loop *l, void (*fn)(void *arg), void *arg);

/* A timer that goes off once each time it is set. All on the loop's thread. */
struct loop_timer;

NODISCARD struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg);
void loop_timer_set(struct loop_timer *t, int64_t ms); /* again: the later call holds */
void loop_timer_stop(struct loop_timer *t);
/* Accepts NULL; nulls the pointer; may be called by its own fn. */
void loop_timer_free(struct loop_timer **t);

#endif
