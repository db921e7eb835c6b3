/* SPDX-License-Identifier: Apache-2.0 */
/* Bells do not lose rings, workers do everything once, in order, with the hottest thread first. */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/thread.h"
#include "tap.h"

static void set_flag(void *arg)
{
    atomic_store((_Atomic int *)arg, 1);
}

TEST(a_thread_runs_and_is_joined)
{
    _Atomic int ran = 0;
    struct thread *t = thread_start("a-name-longer-than-15", set_flag, &ran);
    thread_join(&t);
    OK(t == NULL);
    EQ_INT(atomic_load(&ran), 1);
    thread_join(&t); /* nothing there: nothing happens */
}

TEST(a_bell_keeps_a_ring_and_only_one)
{
    struct bell *b = bell_new();
    OK(!bell_wait(b, 0));
    OK(!bell_wait(b, 5));
    bell_ring(b);
    bell_ring(b);
    OK(bell_wait(b, 0));
    OK(!bell_wait(b, 0));
    bell_ring(b);
    OK(bell_wait(b, -1));
    bell_free(&b);
    OK(b == NULL);
}

static void ring_it(void *arg)
{
    usleep(20000);
    bell_ring(arg);
}

TEST(a_bell_wakes_a_sleeper)
{
    struct bell *b = bell_new();
    struct thread *t = thread_start("ringer", ring_it, b);
    OK(bell_wait(b, 10000));
    thread_join(&t);
    bell_free(&b);
}

#define TASKS 5000

static _Atomic int done;

static void count(void *arg)
{
    (void)arg;
    atomic_fetch_add(&done, 1);
}

TEST(every_task_is_done_once)
{
    for (int threads = 1; threads <= 8; threads += 7) {
        atomic_store(&done, 0);
        struct workers *w = workers_new("count", threads);
        for (int i = 0; i < TASKS; i++) {
            workers_run(w, count, NULL);
            if (i % 500 == 0) {
                usleep(500); /* let them fall asleep now and then */
            }
        }
        workers_free(&w);
        OK(w == NULL);
        EQ_INT(atomic_load(&done), TASKS);
    }
}

static int order[100];
static int n_order;

static void note(void *arg)
{
    order[n_order++] = *(int *)arg;
}

TEST(one_worker_keeps_the_order)
{
    int numbers[100];
    n_order = 0;
    struct workers *w = workers_new("order", 1);
    for (int i = 0; i < 100; i++) {
        numbers[i] = i;
        workers_run(w, note, &numbers[i]);
    }
    workers_free(&w);
    EQ_INT(n_order, 100);
    for (int i = 0; i < n_order; i++) {
        EQ_INT(order[i], i);
    }
}

struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t all_here;
    int here, wanted;
};

static void meet(void *arg)
{
    struct meeting *m = arg;
    pthread_mutex_lock(&m->lock);
    m->here++;
    pthread_cond_broadcast(&m->all_here);
    while (m->here < m->wanted) {
        pthread_cond_wait(&m->all_here, &m->lock);
    }
    pthread_mutex_unlock(&m->lock);
}

/* Tasks that wait for each other end only if as many threads run as there are tasks. */
TEST(long_tasks_get_all_threads)
{
    struct meeting m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 6};
    struct workers *w = workers_new("meet", 6);
    for (int i = 0; i < 6; i++) {
        workers_run(w, meet, &m);
    }
    workers_free(&w);
    EQ_INT(m.here, 6);
}

static _Atomic long last_thread;

static void who(void *arg)
{
    atomic_store(&last_thread, (long)gettid());
    bell_ring(arg);
}

TEST(the_hottest_thread_is_taken_again)
{
    struct bell *b = bell_new();
    struct workers *w = workers_new("hot", 8);
    usleep(50000); /* all idle */
    long first = 0;
    int same = 0;
    for (int i = 0; i < 50; i++) {
        workers_run(w, who, b);
        bell_wait(b, 10000);
        usleep(1000); /* it goes idle */
        long now = atomic_load(&last_thread);
        first = first ? first : now;
        same += now == first;
    }
    OK_MSG(same >= 40, "%d of 50 ran in the same thread", same);
    workers_free(&w);
    bell_free(&b);
}

static void hold(void *arg)
{
    bell_wait(arg, 10000);
}

TEST(what_waits_is_counted)
{
    struct bell *b = bell_new();
    struct workers *w = workers_new("busy", 1);
    EQ_INT(workers_waiting(w), 0);
    workers_run(w, hold, b);
    while (workers_waiting(w)) {
        usleep(100);
    }
    for (int i = 0; i < 200; i++) { /* more than the queue begins with */
        workers_run(w, count, NULL);
    }
    EQ_INT(workers_waiting(w), 200);
    bell_ring(b);
    workers_free(&w);
    bell_free(&b);
}

int main(void)
{
    return tap_run();
}
