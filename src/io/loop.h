/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop of an I/O thread, for what lives on one: a WebSocket's callbacks, and a call with
 * both of its sockets. Whoever has a place on a loop asks loop_here() for it once and may then hand
 * it to other threads, who reach it by loop_call. A loop lives as long as its server: who may still
 * call one when the server ends is waited for between http_server_end and http_server_stop.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include <stdint.h>

#include "base/attr.h"

struct loop;

/* The loop whose thread this is; NULL on every other thread. */
struct loop *loop_here(void);

/*
 * Any thread: fn(arg) runs on the loop's thread, in the order of the calls. When that thread has
 * ended (http_server_end), it runs on the caller's, before this returns or soon after on another
 * such caller's; still one at a time and in order, with loop_here() as before. So the caller holds
 * no lock that fn takes.
 */
void loop_call(struct loop *l, void (*fn)(void *arg), void *arg);

/* A timer that goes off once each time it is set. All on the loop's thread. */
struct loop_timer;

NODISCARD struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg);
/* Again: the later call holds. One that is set when the loop ends does not go off. */
void loop_timer_set(struct loop_timer *t, int64_t ms);
void loop_timer_stop(struct loop_timer *t);
/* Accepts NULL; nulls the pointer; may be called by its own fn. */
void loop_timer_free(struct loop_timer **t);

#endif
