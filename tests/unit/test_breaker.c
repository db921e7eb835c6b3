/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker, with a clock of the test's. */
#include "io/breaker.h"

#include <stdatomic.h>

#include "io/thread.h"
#include "tap.h"

#define OPEN_MS 1000

static struct mono at_ms(int64_t ms)
{
    return (struct mono){ms * 1000000};
}

static void fail_times(struct breaker *b, int n, int64_t ms)
{
    for (int i = 0; i < n; i++) {
        OK(breaker_allows(b, at_ms(ms)));
        breaker_report(b, BREAKER_BAD, at_ms(ms));
    }
}

TEST(it_opens_after_failures_in_a_row)
{
    struct breaker *b CLEANUP(breaker_free) = breaker_new(3, OPEN_MS);
    fail_times(b, 2, 0);
    OK(!breaker_is_open(b, at_ms(0)));
    OK(breaker_allows(b, at_ms(1)));
    breaker_report(b, BREAKER_GOOD, at_ms(1));
    fail_times(b, 2, 2); /* the success between them began a new count */
    OK(!breaker_is_open(b, at_ms(2)));
    fail_times(b, 1, 3);
    OK(breaker_is_open(b, at_ms(3)));
    OK(!breaker_allows(b, at_ms(3)));
    OK(!breaker_allows(b, at_ms(3 + OPEN_MS - 1)));
}

TEST(one_at_a_time_may_try_it_again)
{
    struct breaker *b CLEANUP(breaker_free) = breaker_new(2, OPEN_MS);
    fail_times(b, 2, 0);
    OK(breaker_allows(b, at_ms(OPEN_MS)));
    OK(!breaker_allows(b, at_ms(OPEN_MS)));
    breaker_report(b, BREAKER_BAD, at_ms(OPEN_MS + 10));
    OK(!breaker_allows(b, at_ms(OPEN_MS + 11)));
    OK(!breaker_allows(b, at_ms(2 * OPEN_MS + 9)));
    OK(breaker_allows(b, at_ms(2 * OPEN_MS + 10)));
    breaker_report(b, BREAKER_GOOD, at_ms(2 * OPEN_MS + 11));
    OK(breaker_allows(b, at_ms(2 * OPEN_MS + 12)));
    OK(breaker_allows(b, at_ms(2 * OPEN_MS + 12)));
    breaker_report(b, BREAKER_BAD, at_ms(2 * OPEN_MS + 12));
    OK(!breaker_is_open(b, at_ms(2 * OPEN_MS + 12)));
}

TEST(an_undecided_trial_lets_the_next_one_try)
{
    struct breaker *b CLEANUP(breaker_free) = breaker_new(1, OPEN_MS);
    fail_times(b, 1, 0);
    OK(breaker_allows(b, at_ms(OPEN_MS)));
    breaker_report(b, BREAKER_UNDECIDED, at_ms(OPEN_MS));
    OK(breaker_allows(b, at_ms(OPEN_MS + 1)));
    breaker_report(b, BREAKER_UNDECIDED, at_ms(OPEN_MS + 1));
}

#define THREADS 4
#define ROUNDS 2000

struct crowd {
    struct breaker *breaker;
    atomic_int inside, most, allowed;
};

static void crowd_member(void *arg)
{
    struct crowd *c = arg;
    for (int i = 0; i < ROUNDS; i++) {
        if (breaker_allows(c->breaker, at_ms(OPEN_MS))) {
            int n = atomic_fetch_add(&c->inside, 1) + 1;
            int most = atomic_load(&c->most);
            while (n > most && !atomic_compare_exchange_weak(&c->most, &most, n)) {
            }
            atomic_fetch_add(&c->allowed, 1);
            atomic_fetch_sub(&c->inside, 1);
            breaker_report(c->breaker, BREAKER_UNDECIDED, at_ms(OPEN_MS));
        }
    }
}

TEST(of_many_threads_one_tries)
{
    struct crowd c = {.breaker = breaker_new(1, OPEN_MS)};
    fail_times(c.breaker, 1, 0);
    struct thread *threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        threads[i] = thread_start("crowd", crowd_member, &c);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(&threads[i]);
    }
    EQ_INT(atomic_load(&c.most), 1);
    OK(atomic_load(&c.allowed) > 0);
    breaker_free(&c.breaker);
}

int main(void)
{
    return tap_run();
}
