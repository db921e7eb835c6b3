/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a loop come in order, from any thread, even after its end; timers go off once. */
#include "io/loop.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/pool.h"
#include "http_fixture.h"
#include "tap.h"

struct seen {
    struct bell *bell;
    struct loop *loop;
    pthread_t thread;
};

/* A loop is found where one is: in a request that is answered on it. */
static struct loop *loop_of(struct toy *t)
{
    struct reply r;
    ask(t->port, "GET /loop HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", &r);
    EQ_INT(r.status, 200);
    reply_clear(&r);
    return t->loop;
}

static void see(void *arg)
{
    struct seen *s = arg;
    s->loop = loop_here();
    s->thread = pthread_self();
    bell_ring(s->bell);
}

TEST(a_call_runs_on_the_loops_thread)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    struct loop *l = loop_of(&t);
    if (OK(l != NULL)) {
        struct seen s = {.bell = bell_new()};
        OK(loop_here() == NULL);
        loop_call(l, see, &s);
        OK(bell_wait(s.bell, WAIT_MS));
        OK(s.loop == l);
        OK(!pthread_equal(s.thread, pthread_self()));
        bell_free(&s.bell);
    }
    toy_stop(&t, 1000);
}

#define CALLS 2000
#define CALLERS 4

struct order {
    struct loop *loop;
    struct bell *done;
    int last[CALLERS]; /* the loop's thread only */
    int wrong;
    int total;
};

struct nth {
    struct order *order;
    int caller, n;
};

static void take_note(void *arg)
{
    struct nth *nth = arg;
    struct order *o = nth->order;
    o->wrong += o->last[nth->caller] != nth->n - 1;
    o->last[nth->caller] = nth->n;
    if (++o->total == CALLS * CALLERS) {
        bell_ring(o->done);
    }
    free(nth);
}

struct caller {
    struct order *order;
    int which;
};

static void call_often(void *arg)
{
    const struct caller *c = arg;
    for (int i = 1; i <= CALLS; i++) {
        struct nth *nth = xmalloc(sizeof *nth);
        *nth = (struct nth){c->order, c->which, i};
        loop_call(c->order->loop, take_note, nth);
    }
}

/* Many callers at once, `end` in the middle of it. */
static void many_callers(bool end)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 2});
    struct order o = {.loop = loop_of(&t), .done = bell_new()};
    struct caller callers[CALLERS];
    struct thread *threads[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){&o, i};
        threads[i] = thread_start("caller", call_often, &callers[i]);
    }
    if (end) {
        http_server_end(t.server, 1000);
    }
    OK(bell_wait(o.done, WAIT_MS));
    for (int i = 0; i < CALLERS; i++) {
        thread_join(&threads[i]);
    }
    EQ_INT(o.total, CALLS * CALLERS);
    EQ_INT(o.wrong, 0);
    toy_stop(&t, 1000);
    bell_free(&o.done);
}

TEST(calls_of_a_thread_keep_their_order)
{
    many_callers(false);
}

TEST(the_end_of_the_loop_loses_no_call)
{
    many_callers(true);
}

static void call_again(void *arg)
{
    struct order *o = arg;
    OK(loop_here() == o->loop);
    if (++o->total < 3) {
        loop_call(o->loop, call_again, o);
    }
}

TEST(after_the_end_a_call_runs_on_the_callers_thread)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    struct order o = {.loop = loop_of(&t)};
    http_server_end(t.server, 1000);
    http_server_end(t.server, 1000); /* again: nothing happens */
    loop_call(o.loop, call_again, &o);
    EQ_INT(o.total, 3);
    OK(loop_here() == NULL);
    toy_stop(&t, 1000);
}

struct timing {
    struct bell *bell;
    struct loop *loop;
    struct loop_timer *timer, *other;
    int rings;
};

static void third_ring(void *arg)
{
    struct timing *t = arg;
    t->rings += 100;
    loop_timer_free(&t->timer); /* by its own fn */
    loop_timer_free(&t->other);
    bell_ring(t->bell);
}

static void never(void *arg)
{
    ((struct timing *)arg)->rings += 10000;
}

static void ring_twice(void *arg)
{
    struct timing *t = arg;
    if (++t->rings < 2) {
        loop_timer_set(t->timer, 1);
        return;
    }
    loop_timer_stop(t->other); /* set for long ago by now, and not gone off */
    loop_timer_free(&t->timer);
    t->timer = loop_timer_new(t->loop, third_ring, t);
    loop_timer_set(t->timer, 3600 * 1000);
    loop_timer_set(t->timer, 2); /* the later one holds */
}

static void start_timers(void *arg)
{
    struct timing *t = arg;
    t->timer = loop_timer_new(t->loop, ring_twice, t);
    t->other = loop_timer_new(t->loop, never, t);
    loop_timer_set(t->other, 60000);
    loop_timer_set(t->timer, -1); /* at once, but never from within */
    EQ_INT(t->rings, 0);
}

TEST(a_timer_goes_off_once_each_time_it_is_set)
{
    struct toy t;
    toy_start(&t, (struct http_config){.io_threads = 1});
    struct timing timing = {.bell = bell_new(), .loop = loop_of(&t)};
    loop_call(timing.loop, start_timers, &timing);
    OK(bell_wait(timing.bell, WAIT_MS));
    toy_stop(&t, 1000);
    EQ_INT(timing.rings, 102);
    OK(timing.timer == NULL);
    loop_timer_free(&timing.timer); /* nothing there: nothing happens */
    bell_free(&timing.bell);
}

int main(void)
{
    return tap_run();
}
