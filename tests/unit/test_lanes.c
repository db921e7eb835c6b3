/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: order within one, none between two, and nothing left behind. */
#include "io/lanes.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/pool.h"
#include "io/thread.h"
#include "tap.h"

#define LANES 50
#define TASKS 200

struct counted {
    _Atomic int inside;
    int next; /* what the lane's next task must be */
    int wrong;
};

struct numbered {
    struct counted *of;
    int number;
};

static void count(void *arg)
{
    struct numbered *n = arg;
    struct counted *c = n->of;
    if (atomic_fetch_add(&c->inside, 1) != 0 || c->next != n->number) {
        c->wrong++;
    }
    c->next = n->number + 1;
    atomic_fetch_sub(&c->inside, 1);
    free(n);
}

TEST(a_lane_keeps_its_order_and_runs_one_at_a_time)
{
    static struct counted lanes[LANES];
    struct lanes *l = lanes_new("test", 4);
    for (int i = 0; i < TASKS; i++) {
        for (int k = 0; k < LANES; k++) {
            struct numbered *n = xmalloc(sizeof *n);
            *n = (struct numbered){&lanes[k], i};
            lanes_run(l, &lanes[k], count, n);
        }
    }
    lanes_free(&l);
    OK(l == NULL);
    for (int k = 0; k < LANES; k++) {
        EQ_INT(lanes[k].next, TASKS);
        EQ_INT(lanes[k].wrong, 0);
    }
}

static void wait_for(void *arg)
{
    bell_wait(arg, -1);
}

static void ring(void *arg)
{
    bell_ring(arg);
}

TEST(a_lane_that_waits_keeps_no_other_waiting)
{
    struct bell *b = bell_new();
    struct lanes *l = lanes_new("test", 2);
    int one, other;
    lanes_run(l, &one, wait_for, b);
    lanes_run(l, &one, wait_for, b);
    lanes_run(l, &other, ring, b); /* ends the first */
    while (lanes_open(l) > 1) {
        (void)l;
    }
    lanes_run(l, NULL, ring, b); /* and this, in no lane, the second */
    lanes_free(&l);
    bell_free(&b);
    OK(l == NULL);
}

struct chain {
    struct lanes *l;
    int left;
};

static void go_on(void *arg)
{
    struct chain *c = arg;
    if (--c->left > 0) {
        lanes_run(c->l, c, go_on, c);
    }
}

TEST(what_tasks_give_is_finished_too)
{
    struct lanes *l = lanes_new("test", 3);
    struct chain c = {l, 1000};
    lanes_run(l, &c, go_on, &c);
    lanes_free(&l);
    EQ_INT(c.left, 0);
}

int main(void)
{
    return tap_run();
}
