/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fault injection for tests: the Nth call of a kind fails, as if the disk, the database or the
 * provider had. Compiled in only with the Meson option `faults`; otherwise fault_hit() is false
 * at compile time and costs nothing.
 *
 * The environment arms it: AVA_FAULT_STORE=7 fails the seventh database call, AVA_FAULT_PROVIDER
 * and AVA_FAULT_WRITE (answers and WebSocket frames) likewise; "7+" fails the seventh and all
 * after it. AVA_FAULT_KILL=send_answered:3 kills the process, as a power cut does, when it comes to
 * that point for the third time (without a number: the first).
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include <stdbool.h>

enum fault_kind { FAULT_STORE, FAULT_PROVIDER, FAULT_WRITE, FAULT_KINDS };

#ifdef AVA_FAULTS
/* Counts one call; true when it is to fail. Any thread. */
bool fault_hit(enum fault_kind kind);
/* For unit tests: fail the nth call from now (1 = the next), 0 disarms. */
void fault_arm(enum fault_kind kind, long nth, bool and_after);
/* How many calls were counted since the last fault_arm, so that a test knows when to stop. */
long fault_calls(enum fault_kind kind);
/* A place of that name where a kill is worth trying. Any thread. */
void fault_point(const char *name);
#else
static inline bool fault_hit(enum fault_kind kind)
{
    (void)kind;
    return false;
}
static inline void fault_point(const char *name)
{
    (void)name;
}
#endif

#endif
