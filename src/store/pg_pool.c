/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of connections: opened when wanted, the last used given first, waiters served in the
 * order they came. While the server is away one caller at a time finds out whether it is back,
 * with growing pauses; all others are refused at once.
 */
#include <errno.h>

#include "base/id.h"
#include "base/metrics.h"
#include "store/pg_private.h"

#define BACKOFF_FIRST_MS 50
#define BACKOFF_MOST_MS 2000
#define NS_PER_MS 1000000LL

static void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

void pg_pool_init(struct pg_pool *pool)
{
    *pool = (struct pg_pool){0};
    pthread_mutex_init(&pool->lock, NULL);
    cond_init(&pool->drained);
}

void pg_pool_clear(struct pg_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->in_use) {
        pthread_cond_wait(&pool->drained, &pool->lock);
    }
    while (pool->idle) {
        struct pg_conn *c = pool->idle;
        pool->idle = c->next;
        pg_conn_free(&c);
    }
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_destroy(&pool->drained);
    pthread_mutex_destroy(&pool->lock);
}

/* Every waiter looks again: something has changed that concerns all. */
static void wake_all(struct pg_pool *pool)
{
    for (struct pg_waiter *w = pool->waiters; w; w = w->next) {
        w->woken = true;
        pthread_cond_signal(&w->cond);
    }
}

static void drop(struct pg_pool *pool, struct pg_conn *c)
{
    pool->open--;
    pool->lost++;
    pg_conn_free(&c);
}

/* After a loss the others are probably gone too: better now than one failure each. */
static void drop_dead(struct pg_pool *pool)
{
    for (struct pg_conn **at = &pool->idle; *at;) {
        struct pg_conn *c = *at;
        if (pg_conn_alive(c)) {
            at = &c->next;
        } else {
            *at = c->next;
            drop(pool, c);
        }
    }
}

static struct pg_conn *take_idle(struct pg_pool *pool)
{
    while (pool->idle) {
        struct pg_conn *c = pool->idle;
        pool->idle = c->next;
        if (pg_conn_alive(c)) {
            pool->in_use++;
            return c;
        }
        drop(pool, c);
    }
    return NULL;
}

/* May the caller open a connection now? Under back-off, one at a time and not before its time. */
static bool may_open(const struct pg_store *s)
{
    const struct pg_pool *pool = &s->pool;
    if (pool->open >= s->base->config.connections) {
        return false;
    }
    return pool->backoff_ms == 0 || (!pool->probing && mono_now().ns >= pool->retry_at.ns);
}

static void note_away(struct pg_pool *pool, const struct err *why)
{
    unsigned char jitter;
    random_bytes(&jitter, 1);
    pool->backoff_ms =
        pool->backoff_ms ? MIN_OF(pool->backoff_ms * 2, BACKOFF_MOST_MS) : BACKOFF_FIRST_MS;
    int64_t pause_ms = pool->backoff_ms + pool->backoff_ms * jitter / 512;
    pool->retry_at = (struct mono){mono_now().ns + pause_ms * NS_PER_MS};
    pool->away = *why;
    wake_all(pool);
}

/* Opens one with the lock let go meanwhile. NULL when it could not; pool->away says why. */
static struct pg_conn *open_one(struct pg_store *s)
{
    struct pg_pool *pool = &s->pool;
    bool probe = pool->backoff_ms > 0;
    pool->probing = pool->probing || probe;
    pool->open++;
    pool->in_use++;
    pthread_mutex_unlock(&pool->lock);
    struct err why = {0};
    int rc = 0;
    struct pg_conn *c = pg_conn_open(s, &rc, &why);
    pthread_mutex_lock(&pool->lock);
    pool->probing = probe ? false : pool->probing;
    if (!c) {
        pool->open--;
        pool->in_use--;
        pthread_cond_signal(&pool->drained);
        note_away(pool, &why);
        return NULL;
    }
    if (pool->lost) {
        pool->lost--;
        metric_add(METRIC_store_reconnects_total, 1);
    }
    if (pool->backoff_ms) {
        pool->backoff_ms = 0;
        wake_all(pool);
    }
    return c;
}

static struct timespec timespec_of(struct mono t)
{
    return (struct timespec){.tv_sec = (time_t)(t.ns / 1000000000),
                             .tv_nsec = (long)(t.ns % 1000000000)};
}

/* Waits in line until given a connection (returned), told to look again, or the time is over. */
static struct pg_conn *wait_in_line(struct pg_pool *pool, bool may_retry, struct mono deadline)
{
    struct pg_waiter self = {0};
    cond_init(&self.cond);
    struct pg_waiter **last = &pool->waiters;
    while (*last) {
        last = &(*last)->next;
    }
    *last = &self;
    if (may_retry && pool->backoff_ms && !pool->probing && pool->retry_at.ns < deadline.ns) {
        deadline = pool->retry_at;
    }
    struct timespec until = timespec_of(deadline);
    while (!self.given && !self.woken &&
           pthread_cond_timedwait(&self.cond, &pool->lock, &until) != ETIMEDOUT) {
    }
    for (struct pg_waiter **at = &pool->waiters; *at; at = &(*at)->next) {
        if (*at == &self) {
            *at = self.next;
            break;
        }
    }
    pthread_cond_destroy(&self.cond);
    return self.given;
}

/* The lock is held. */
static int get_locked(struct pg_store *s, struct pg_conn **out, struct err *e)
{
    struct pg_pool *pool = &s->pool;
    struct mono deadline = {mono_now().ns + s->base->config.busy_ms * NS_PER_MS};
    for (;;) {
        struct pg_conn *c = take_idle(pool);
        if (!c && may_open(s)) {
            c = open_one(s);
        }
        if (!c && pool->backoff_ms && pool->open == 0) {
            return err_set(e, pool->away.code, "%s", pool->away.text);
        }
        if (!c && mono_now().ns >= deadline.ns) {
            return err_set(e, ERR_UNAVAILABLE,
                           "All %d connections to the database are busy; try again",
                           s->base->config.connections);
        }
        bool room = pool->open < s->base->config.connections;
        c = c ? c : wait_in_line(pool, room, deadline);
        if (c) {
            *out = c;
            return 0;
        }
    }
}

int pg_pool_get(struct pg_store *s, struct pg_conn **out, struct err *e)
{
    pthread_mutex_lock(&s->pool.lock);
    int rc = get_locked(s, out, e);
    pthread_mutex_unlock(&s->pool.lock);
    return rc;
}

void pg_pool_put(struct pg_conn **cp)
{
    struct pg_conn *c = *cp;
    *cp = NULL;
    pg_conn_reset(c);
    struct pg_pool *pool = &c->store->pool;
    pthread_mutex_lock(&pool->lock);
    struct pg_waiter *w = pool->waiters;
    if (c->trouble == PG_LOST) {
        pool->in_use--;
        drop(pool, c);
        drop_dead(pool);
        wake_all(pool);
    } else if (w) { /* from hand to hand: it stays in use */
        c->trouble = PG_FINE;
        pool->waiters = w->next;
        w->given = c;
        pthread_cond_signal(&w->cond);
    } else {
        c->trouble = PG_FINE;
        c->next = pool->idle;
        pool->idle = c;
        pool->in_use--;
    }
    pthread_cond_signal(&pool->drained);
    pthread_mutex_unlock(&pool->lock);
}
