/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lives on a loop uses it through this file: calls from other threads, and timers. When a
 * loop has ended, a call is made by the thread that asks for it, under the rule that the loop's
 * thread kept: one at a time, in their order. So what two threads hand to and fro comes to its end.
 */
#include "io/loop.h"

#include "io/http_private.h"

struct loop_timer {
    struct event *event;
    void (*fn)(void *arg);
    void *arg;
};

struct call_task {
    struct loop_task task;
    void (*fn)(void *arg);
    void *arg;
};

static _Thread_local struct loop *here;

struct loop *loop_here(void)
{
    return here;
}

void loop_set_here(struct loop *l)
{
    here = l;
}

/* Only one thread runs what comes after the end; what others bring meanwhile, it takes along. */
static bool takes_over(struct loop *l)
{
    pthread_mutex_lock(&l->lock);
    bool mine = l->over && !l->draining && !STAILQ_EMPTY(&l->tasks);
    l->draining |= mine;
    pthread_mutex_unlock(&l->lock);
    return mine;
}

static bool lets_go(struct loop *l)
{
    pthread_mutex_lock(&l->lock);
    bool empty = STAILQ_EMPTY(&l->tasks);
    l->draining = !empty;
    pthread_mutex_unlock(&l->lock);
    return empty;
}

static void run_after_end(struct loop *l)
{
    if (!takes_over(l)) {
        return;
    }
    struct loop *before = here;
    here = l;
    do {
        loop_run_tasks(l);
    } while (!lets_go(l));
    here = before;
}

void loop_over(struct loop *l)
{
    pthread_mutex_lock(&l->lock);
    l->over = true;
    pthread_mutex_unlock(&l->lock);
    run_after_end(l);
}

static void call_run(struct loop_task *t)
{
    struct call_task *c =
        (struct call_task *)(void *)((char *)t - offsetof(struct call_task, task));
    void (*fn)(void *arg) = c->fn;
    void *arg = c->arg;
    free(c);
    fn(arg);
}

void loop_call(struct loop *l, void (*fn)(void *arg), void *arg)
{
    struct call_task *c = xmalloc(sizeof *c);
    c->task.run = call_run;
    c->fn = fn;
    c->arg = arg;
    loop_post(l, &c->task);
    run_after_end(l);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct loop_timer *t = arg;
    t->fn(t->arg);
}

struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg)
{
    struct loop_timer *t = xcalloc(1, sizeof *t);
    t->fn = fn;
    t->arg = arg;
    t->event = evtimer_new(l->base, on_timer, t);
    if (!t->event) {
        fprintf(stderr, "ava: out of memory for a timer\n");
        abort();
    }
    return t;
}

void loop_timer_set(struct loop_timer *t, int64_t ms)
{
    struct timeval in = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
    if (ms < 0) {
        in = (struct timeval){0, 0};
    }
    if (evtimer_add(t->event, &in)) {
        fprintf(stderr, "ava: out of memory for a timer\n");
        abort();
    }
}

void loop_timer_stop(struct loop_timer *t)
{
    evtimer_del(t->event);
}

void loop_timer_free(struct loop_timer **pt)
{
    struct loop_timer *t = pt ? *pt : NULL;
    if (t) {
        *pt = NULL;
        event_free(t->event);
        free(t);
    }
}
