/* SPDX-License-Identifier: Apache-2.0 */
/* Three states in two numbers: how many failures in a row, and whether somebody is trying. */
#include "io/breaker.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/pool.h"

struct breaker {
    pthread_mutex_t lock;
    int failures_max;
    int64_t open_ns;
    int failures;       /* in a row */
    struct mono opened; /* the last failure that opened it or kept it open */
    bool trying;        /* half open: somebody has been let through and has not reported */
};

struct breaker *breaker_new(int failures, int open_ms)
{
    struct breaker *b = xcalloc(1, sizeof *b);
    pthread_mutex_init(&b->lock, NULL);
    b->failures_max = MAX_OF(failures, 1);
    b->open_ns = (int64_t)MAX_OF(open_ms, 0) * 1000000;
    return b;
}

void breaker_free(struct breaker **b)
{
    if (b && *b) {
        pthread_mutex_destroy(&(*b)->lock);
        free(*b);
        *b = NULL;
    }
}

static bool refuses(const struct breaker *b, struct mono now)
{
    bool open = b->failures >= b->failures_max;
    return open && (b->trying || now.ns - b->opened.ns < b->open_ns);
}

bool breaker_allows(struct breaker *b, struct mono now)
{
    pthread_mutex_lock(&b->lock);
    bool allowed = !refuses(b, now);
    if (allowed && b->failures >= b->failures_max) {
        b->trying = true;
    }
    pthread_mutex_unlock(&b->lock);
    return allowed;
}

void breaker_report(struct breaker *b, enum breaker_result how, struct mono now)
{
    pthread_mutex_lock(&b->lock);
    b->trying = false;
    if (how == BREAKER_GOOD) {
        b->failures = 0;
    } else if (how == BREAKER_BAD) {
        b->failures = MIN_OF(b->failures + 1, b->failures_max);
        b->opened = now;
    }
    pthread_mutex_unlock(&b->lock);
}

bool breaker_is_open(struct breaker *b, struct mono now)
{
    pthread_mutex_lock(&b->lock);
    bool open = refuses(b, now);
    pthread_mutex_unlock(&b->lock);
    return open;
}
