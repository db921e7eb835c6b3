/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of the lanes that have tasks. Of each, one run is in the workers' queue or in hand: it
 * does the first task and queues the lane again when there are more.
 */
#include "io/lanes.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/pool.h"
#include "io/thread.h"

#define BUCKETS 1024u /* as many lanes are busy at the same time at most, about */

struct lane_task {
    struct lane_task *next;
    struct lane *lane; /* NULL: no order */
    struct lanes *all;
    void (*fn)(void *arg);
    void *arg;
};

struct lane {
    struct lane *next; /* in its bucket */
    const void *key;
    struct lane_task *first, *last;
};

struct lanes {
    pthread_mutex_t lock;
    pthread_cond_t done;
    struct workers *workers;
    int open;
    struct lane *buckets[BUCKETS];
};

struct lanes *lanes_new(const char *name, int threads)
{
    struct lanes *l = xcalloc(1, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->done, NULL);
    l->workers = workers_new(name, threads);
    return l;
}

/* The place in the table of a lane, or where it would be. */
static struct lane **place_of(struct lanes *l, const void *key)
{
    uint64_t h = (uint64_t)(uintptr_t)key * 0x9E3779B97F4A7C15u;
    struct lane **at = &l->buckets[(h >> 32) % BUCKETS];
    while (*at && (*at)->key != key) {
        at = &(*at)->next;
    }
    return at;
}

/* With the lock held: the lane's first task is done. true: it has another. */
static bool step(struct lanes *l, struct lane *lane)
{
    struct lane_task *done = lane->first;
    lane->first = done->next;
    if (lane->first) {
        return true;
    }
    struct lane **at = place_of(l, lane->key);
    *at = lane->next;
    free(lane);
    return false;
}

static void run_task(void *arg)
{
    struct lane_task *t = arg;
    struct lanes *l = t->all;
    struct lane *lane = t->lane;
    t->fn(t->arg);
    pthread_mutex_lock(&l->lock);
    if (lane && step(l, lane)) {
        workers_run(l->workers, run_task, lane->first);
    }
    if (--l->open == 0) {
        pthread_cond_broadcast(&l->done);
    }
    pthread_mutex_unlock(&l->lock);
    free(t);
}

/* With the lock held: appends the task to its lane. true: nothing of the lane is under way. */
static bool append(struct lanes *l, const void *key, struct lane_task *t)
{
    struct lane **at = place_of(l, key);
    if (*at) {
        t->lane = *at;
        t->lane->last->next = t;
        t->lane->last = t;
        return false;
    }
    t->lane = *at = xcalloc(1, sizeof **at);
    *t->lane = (struct lane){NULL, key, t, t};
    return true;
}

void lanes_run(struct lanes *l, const void *lane, void (*fn)(void *arg), void *arg)
{
    struct lane_task *t = xcalloc(1, sizeof *t);
    *t = (struct lane_task){.all = l, .fn = fn, .arg = arg};
    pthread_mutex_lock(&l->lock);
    l->open++;
    if (!lane || append(l, lane, t)) {
        workers_run(l->workers, run_task, t);
    }
    pthread_mutex_unlock(&l->lock);
}

int lanes_open(const struct lanes *l)
{
    /* The lock is no part of what the caller sees, so const is kept for him. */
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&l->lock;
    pthread_mutex_lock(lock);
    int n = l->open;
    pthread_mutex_unlock(lock);
    return n;
}

void lanes_free(struct lanes **pl)
{
    if (!pl || !*pl) {
        return;
    }
    struct lanes *l = *pl;
    pthread_mutex_lock(&l->lock);
    while (l->open > 0) {
        pthread_cond_wait(&l->done, &l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    workers_free(&l->workers);
    pthread_cond_destroy(&l->done);
    pthread_mutex_destroy(&l->lock);
    free(l);
    *pl = NULL;
}
