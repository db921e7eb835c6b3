/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads on pthreads. Workers are woken last in, first out, each by its own condition variable:
 * the thread that went idle last has warm caches and a warm database connection. At most one
 * worker is on its way up at a time; it wakes the next one only when it leaves work behind, so a
 * burst of short tasks is done by few threads and a burst of long ones still gets them all.
 */
#include "io/thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"

/* Small because there are many; sanitizers need wider frames. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STACK_BYTES (2048u * 1024)
#else
#define STACK_BYTES (512u * 1024)
#endif

struct thread {
    pthread_t id;
    void (*fn)(void *arg);
    void *arg;
    char name[16];
};

static NORETURN void thread_fatal(const char *what, int code)
{
    char why[128];
    fprintf(stderr, "ava: %s: %s\n", what, strerror_r(code, why, sizeof why));
    abort();
}

static void *thread_main(void *arg)
{
    struct thread *t = arg;
    pthread_setname_np(pthread_self(), t->name);
    t->fn(t->arg);
    return NULL;
}

/* Everything but what the processor raises in the thread itself: signals are main's. */
static void signals_of_main(sigset_t *set)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigfillset(set);
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        sigdelset(set, faults[i]);
    }
}

struct thread *thread_start(const char *name, void (*fn)(void *arg), void *arg)
{
    struct thread *t = xcalloc(1, sizeof *t);
    t->fn = fn;
    t->arg = arg;
    snprintf(t->name, sizeof t->name, "%.15s", name);
    sigset_t blocked, before;
    signals_of_main(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &before); /* the new thread inherits it */
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int rc = pthread_create(&t->id, &attr, thread_main, t);
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc) {
        thread_fatal("no thread could be started", rc);
    }
    return t;
}

void thread_join(struct thread **t)
{
    if (!t || !*t) {
        return;
    }
    int rc = pthread_join((*t)->id, NULL);
    if (rc) {
        thread_fatal("a thread could not be joined", rc);
    }
    free(*t);
    *t = NULL;
}

/* Timed waits count on the monotonic clock, so that setting the wall clock disturbs nobody. */
static void cond_init(pthread_cond_t *c)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attr);
    pthread_condattr_destroy(&attr);
}

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung_now;
    bool rung;
};

struct bell *bell_new(void)
{
    struct bell *b = xcalloc(1, sizeof *b);
    pthread_mutex_init(&b->lock, NULL);
    cond_init(&b->rung_now);
    return b;
}

void bell_free(struct bell **b)
{
    if (!b || !*b) {
        return;
    }
    pthread_cond_destroy(&(*b)->rung_now);
    pthread_mutex_destroy(&(*b)->lock);
    free(*b);
    *b = NULL;
}

void bell_ring(struct bell *b)
{
    pthread_mutex_lock(&b->lock);
    b->rung = true;
    pthread_cond_signal(&b->rung_now);
    pthread_mutex_unlock(&b->lock);
}

static struct timespec deadline_in(int timeout_ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += (timeout_ms % 1000) * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_nsec -= 1000000000L;
        t.tv_sec++;
    }
    return t;
}

bool bell_wait(struct bell *b, int timeout_ms)
{
    struct timespec until = timeout_ms > 0 ? deadline_in(timeout_ms) : (struct timespec){0};
    int rc = timeout_ms == 0 ? ETIMEDOUT : 0;
    pthread_mutex_lock(&b->lock);
    while (!b->rung && rc != ETIMEDOUT) {
        rc = timeout_ms < 0 ? pthread_cond_wait(&b->rung_now, &b->lock)
                            : pthread_cond_timedwait(&b->rung_now, &b->lock, &until);
    }
    bool rung = b->rung;
    b->rung = false;
    pthread_mutex_unlock(&b->lock);
    return rung;
}

struct task {
    void (*fn)(void *arg);
    void *arg;
};

struct worker {
    struct workers *all;
    struct thread *thread;
    struct worker *next_idle;
    pthread_cond_t wake;
    bool woken;
};

struct workers {
    pthread_mutex_t lock;
    struct task *ring; /* the queue: n tasks from `first`, cap is a power of two */
    size_t first, n, cap;
    struct worker *idle; /* the most recently idle on top */
    bool waking;         /* one was woken and has not looked at the queue yet */
    bool ending;
    int count;
    struct worker worker[];
};

/* With the lock held. The hottest idle worker, unless one is on its way already; for wake(). */
static struct worker *next_to_wake(struct workers *w)
{
    struct worker *hot = w->idle;
    if (!hot || w->waking) {
        return NULL;
    }
    w->idle = hot->next_idle;
    w->waking = true;
    hot->woken = true;
    return hot;
}

/* Without the lock: who wakes up wants it at once. */
static void wake(struct worker *hot)
{
    if (hot) {
        pthread_cond_signal(&hot->wake);
    }
}

/* With the lock held. Sleeps until there may be work; false when there will be none any more. */
static bool wait_for_work(struct worker *me)
{
    struct workers *w = me->all;
    while (!w->n) {
        if (w->ending) {
            return false;
        }
        me->woken = false;
        me->next_idle = w->idle;
        w->idle = me;
        while (!me->woken) {
            pthread_cond_wait(&me->wake, &w->lock);
        }
        w->waking = false;
    }
    return true;
}

static void worker_main(void *arg)
{
    struct worker *me = arg;
    struct workers *w = me->all;
    pthread_mutex_lock(&w->lock);
    while (wait_for_work(me)) {
        struct task t = w->ring[w->first];
        w->first = (w->first + 1) & (w->cap - 1);
        w->n--;
        struct worker *hot = w->n ? next_to_wake(w) : NULL;
        pthread_mutex_unlock(&w->lock);
        wake(hot);
        t.fn(t.arg);
        pthread_mutex_lock(&w->lock);
    }
    /* A worker woken in vain by another's leaving must not keep the rest asleep. */
    struct worker *hot = next_to_wake(w);
    pthread_mutex_unlock(&w->lock);
    wake(hot);
}

struct workers *workers_new(const char *name, int threads)
{
    int count = MAX_OF(threads, 1);
    struct workers *w = xcalloc(1, sizeof *w + (size_t)count * sizeof w->worker[0]);
    pthread_mutex_init(&w->lock, NULL);
    w->cap = 64;
    w->ring = xcalloc(w->cap, sizeof *w->ring);
    w->count = count;
    for (int i = 0; i < count; i++) {
        w->worker[i].all = w;
        cond_init(&w->worker[i].wake);
    }
    for (int i = 0; i < count; i++) {
        w->worker[i].thread = thread_start(name, worker_main, &w->worker[i]);
    }
    return w;
}

/* With the lock held. */
static void ring_grow(struct workers *w)
{
    struct task *wider = xcalloc(w->cap * 2, sizeof *wider);
    for (size_t i = 0; i < w->n; i++) {
        wider[i] = w->ring[(w->first + i) & (w->cap - 1)];
    }
    free(w->ring);
    w->ring = wider;
    w->first = 0;
    w->cap *= 2;
}

void workers_run(struct workers *w, void (*fn)(void *arg), void *arg)
{
    pthread_mutex_lock(&w->lock);
    if (w->n == w->cap) {
        ring_grow(w);
    }
    w->ring[(w->first + w->n++) & (w->cap - 1)] = (struct task){fn, arg};
    struct worker *hot = next_to_wake(w);
    pthread_mutex_unlock(&w->lock);
    wake(hot);
}

int workers_waiting(const struct workers *w)
{
    /* The lock is no part of what the caller sees, so const is kept for him. */
    pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&w->lock;
    pthread_mutex_lock(lock);
    int n = (int)w->n;
    pthread_mutex_unlock(lock);
    return n;
}

void workers_free(struct workers **pw)
{
    if (!pw || !*pw) {
        return;
    }
    struct workers *w = *pw;
    pthread_mutex_lock(&w->lock);
    w->ending = true;
    struct worker *hot = next_to_wake(w);
    pthread_mutex_unlock(&w->lock);
    wake(hot);
    for (int i = 0; i < w->count; i++) {
        thread_join(&w->worker[i].thread);
    }
    for (int i = 0; i < w->count; i++) { /* now nobody is left who might wake another */
        pthread_cond_destroy(&w->worker[i].wake);
    }
    pthread_mutex_destroy(&w->lock);
    free(w->ring);
    free(w);
    *pw = NULL;
}
