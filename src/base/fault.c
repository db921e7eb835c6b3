/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of calls and the one that is to fail, by kind. Armed by the environment at the first
 * call, or by a test. Empty unless the build has faults.
 */
#include "base/fault.h"

#ifdef AVA_FAULTS

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/str.h"

struct fault {
    const char *variable;
    _Atomic long calls;
    _Atomic long nth; /* 0: none fails */
    _Atomic bool and_after;
};

static struct fault faults[FAULT_KINDS] = {
    [FAULT_STORE] = {.variable = "AVA_FAULT_STORE"},
    [FAULT_PROVIDER] = {.variable = "AVA_FAULT_PROVIDER"},
    [FAULT_WRITE] = {.variable = "AVA_FAULT_WRITE"},
};

static struct {
    struct str point;
    _Atomic int64_t left; /* so many times it is passed yet, and then no more */
} deadly;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_deadly_point(void)
{
    struct str rest = str_of(getenv("AVA_FAULT_KILL"));
    deadly.point = str_cut(&rest, ':');
    int64_t nth;
    deadly.left = str_to_i64(rest, &nth) ? nth : 1;
}

static void read_environment(void)
{
    read_deadly_point();
    for (int i = 0; i < FAULT_KINDS; i++) {
        struct str text = str_of(getenv(faults[i].variable));
        bool and_after = str_ends(text, STR("+"));
        int64_t nth;
        text.n -= and_after;
        if (str_to_i64(text, &nth) && nth > 0) {
            faults[i].and_after = and_after;
            faults[i].nth = (long)nth;
        }
    }
}

bool fault_hit(enum fault_kind kind)
{
    pthread_once(&once, read_environment);
    struct fault *f = &faults[kind];
    long call = atomic_fetch_add(&f->calls, 1) + 1;
    long nth = f->nth;
    return nth > 0 && (call == nth || (call > nth && f->and_after));
}

void fault_arm(enum fault_kind kind, long nth, bool and_after)
{
    pthread_once(&once, read_environment);
    struct fault *f = &faults[kind];
    f->nth = 0;
    f->calls = 0;
    f->and_after = and_after;
    f->nth = nth;
}

long fault_calls(enum fault_kind kind)
{
    return faults[kind].calls;
}

void fault_point(const char *name)
{
    pthread_once(&once, read_environment);
    if (str_eq(deadly.point, str_of(name)) && atomic_fetch_sub(&deadly.left, 1) == 1) {
        raise(SIGKILL);
    }
}

#endif
