/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two sets of workers: those who compute (recognise, speak, run tools), and those who write calls,
 * so that a store that does not answer keeps nobody from speaking. A keeper renews the lease of the
 * calls and has what could not be written tried again. What waits for that is a list that only
 * tasks of the desk's own lane touch, so it needs no lock.
 */
#include "voice/desk.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/pool.h"
#include "base/settings.h"
#include "domain/voice_call.h"
#include "io/lanes.h"
#include "io/thread.h"
#include "voice/desk_private.h"

#define LANES 8192
#define WRITERS 16 /* they wait for commits, which are made together */
#define RENEW_MS 4000
#define LEASE_US (20 * US_PER_SECOND)
#define TICK_MS 500
#define LAST_CALLS_MS 30000 /* for calls that nobody has ended when the server has */

struct waiting {
    struct waiting *next;
    struct mono due;
    const void *lane;
    void (*fn)(void *arg);
    void *arg;
};

struct voice_desk {
    struct voice_desk_config config;
    const struct call_plugs *plugs;
    struct id server;
    struct lanes *workers, *writers;
    struct thread *keeper;
    struct bell *bell;
    struct waiting *waiting; /* of the desk's lane */
    char lanes[LANES];       /* their addresses are what counts */
    struct voice_watch watch;
    _Atomic int64_t places; /* that are taken */
    _Atomic int open;       /* calls that are not written */
    _Atomic bool stopping;
};

struct given {
    struct voice_desk *desk;
    struct waiting *what;
};

static int renew(struct db *db, void *arg, struct err *e)
{
    struct voice_desk *d = arg;
    struct wall now = wall_now(), until = {now.us + LEASE_US};
    return voice_call_renew(db, &d->server, d->config.instance, now, until, e);
}

static int leave(struct db *db, void *arg, struct err *e)
{
    struct voice_desk *d = arg;
    return voice_call_leave(db, &d->server, e);
}

/* On the desk's lane: those whose time has come go to the writers. */
static void look_at_waiting(void *arg)
{
    struct voice_desk *d = arg;
    struct mono now = mono_now();
    bool all = atomic_load(&d->stopping);
    for (struct waiting **at = &d->waiting; *at;) {
        struct waiting *w = *at;
        if (!all && w->due.ns > now.ns) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        lanes_run(d->writers, w->lane, w->fn, w->arg);
        free(w);
    }
}

static void wait_for_time(void *arg)
{
    struct given *g = arg;
    struct voice_desk *d = g->desk;
    g->what->next = d->waiting;
    d->waiting = g->what;
    free(g);
    look_at_waiting(d);
}

bool voice_desk_later(struct voice_desk *d, int64_t ms, const void *lane, void (*fn)(void *arg),
                      void *arg)
{
    if (atomic_load(&d->stopping)) {
        return false;
    }
    struct waiting *w = xcalloc(1, sizeof *w);
    *w = (struct waiting){NULL, {mono_now().ns + ms * 1000000}, lane, fn, arg};
    struct given *g = xcalloc(1, sizeof *g);
    *g = (struct given){d, w};
    lanes_run(d->workers, d, wait_for_time, g);
    return true;
}

static void keep(void *arg)
{
    struct voice_desk *d = arg;
    struct mono renewed = mono_now();
    while (!atomic_load(&d->stopping)) {
        bell_wait(d->bell, TICK_MS);
        lanes_run(d->workers, d, look_at_waiting, d);
        struct err e = {0};
        if (mono_us_since(renewed) < RENEW_MS * 1000) {
            continue;
        }
        renewed = mono_now();
        if (store_write(d->config.store, renew, d, &e) < 0) {
            log_warn("the lease of the calls was not renewed, will be tried again",
                     LOG_TEXT("why", e.text));
        }
    }
}

int voice_desk_new(const struct voice_desk_config *c, struct voice_desk **out, struct err *e)
{
    struct voice_desk *d = xcalloc(1, sizeof *d);
    *d = (struct voice_desk){.config = *c, .plugs = &call_plugs_real, .server = id_new()};
    int rc = c->store ? store_write(c->store, renew, d, e) : 0;
    if (rc < 0) {
        free(d);
        return rc;
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t threads = c->settings->voice_workers;
    d->workers = lanes_new("voice", (int)(threads ? threads : MAX_OF(4, 2 * cores)));
    d->writers = lanes_new("calls", WRITERS);
    d->bell = bell_new();
    if (c->store) {
        d->keeper = thread_start("voice-keeper", keep, d);
    }
    *out = d;
    return 0;
}

/* Every call that has ended is written, or was tried a last time. */
static void wait_for_calls(struct voice_desk *d)
{
    struct mono since = mono_now();
    while (atomic_load(&d->open) > 0 && mono_us_since(since) < LAST_CALLS_MS * 1000) {
        lanes_run(d->workers, d, look_at_waiting, d);
        bell_wait(d->bell, 50);
    }
    int left = atomic_load(&d->open);
    if (left > 0) {
        log_error("calls were not ended before the server stopped; another will finish them",
                  LOG_I64("calls", left));
    }
}

void voice_desk_free(struct voice_desk **pd)
{
    if (!pd || !*pd) {
        return;
    }
    struct voice_desk *d = *pd;
    struct err e = {0};
    atomic_store(&d->stopping, true);
    bell_ring(d->bell);
    thread_join(&d->keeper);
    wait_for_calls(d);
    lanes_free(&d->workers);
    lanes_free(&d->writers);
    if (d->config.store && store_write(d->config.store, leave, d, &e) < 0) {
        log_warn("the lease of the calls was not given up", LOG_TEXT("why", e.text));
    }
    bell_free(&d->bell);
    free(d);
    *pd = NULL;
}

const struct voice_desk_config *voice_desk_config(const struct voice_desk *d)
{
    return &d->config;
}

void voice_desk_watch(struct voice_desk *d, const struct voice_watch *w)
{
    d->watch = *w;
}

const struct voice_watch *voice_desk_watcher(const struct voice_desk *d)
{
    return &d->watch;
}

bool voice_desk_enter(struct voice_desk *d)
{
    if (atomic_fetch_add(&d->places, 1) >= d->config.settings->voice_calls_max) {
        atomic_fetch_sub(&d->places, 1);
        return false;
    }
    return true;
}

void voice_desk_left(struct voice_desk *d)
{
    atomic_fetch_sub(&d->places, 1);
}

bool voice_desk_room(const struct voice_desk *d)
{
    return atomic_load(&d->places) < d->config.settings->voice_calls_max;
}

void voice_desk_run(struct voice_desk *d, const void *lane, void (*fn)(void *arg), void *arg)
{
    lanes_run(d->workers, lane, fn, arg);
}

void voice_desk_write(struct voice_desk *d, const void *lane, void (*fn)(void *arg), void *arg)
{
    lanes_run(d->writers, lane, fn, arg);
}

const void *voice_desk_lane(const struct voice_desk *d, const char *session_id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *c = session_id; *c; c++) {
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    }
    return &d->lanes[hash % LANES];
}

void voice_desk_open(struct voice_desk *d)
{
    atomic_fetch_add(&d->open, 1);
}

void voice_desk_closed(struct voice_desk *d)
{
    if (atomic_fetch_sub(&d->open, 1) == 1 && atomic_load(&d->stopping)) {
        bell_ring(d->bell);
    }
}

void voice_desk_plug(struct voice_desk *d, const struct call_plugs *plugs)
{
    d->plugs = plugs;
}

const struct call_plugs *voice_desk_plugs(const struct voice_desk *d)
{
    return d->plugs;
}

struct id voice_desk_server(const struct voice_desk *d)
{
    return d->server;
}

static int64_t now_us(void)
{
    return mono_now().ns / 1000;
}

static void *timer_new(struct loop *l, void (*fn)(void *arg), void *arg)
{
    return loop_timer_new(l, fn, arg);
}

static void timer_set(void *timer, int64_t ms)
{
    if (ms < 0) {
        loop_timer_stop(timer);
    } else {
        loop_timer_set(timer, ms);
    }
}

static void timer_free(void **timer)
{
    struct loop_timer *t = *timer;
    *timer = NULL;
    loop_timer_free(&t);
}

static void back(struct loop *l, void (*fn)(void *arg), void *arg)
{
    loop_call(l, fn, arg);
}

const struct call_plugs call_plugs_real = {
    .now_us = now_us,
    .wall = wall_now,
    .timer_new = timer_new,
    .timer_set = timer_set,
    .timer_free = timer_free,
    .write = voice_desk_write,
    .back = back,
};
