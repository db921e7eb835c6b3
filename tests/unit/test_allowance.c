/* SPDX-License-Identifier: Apache-2.0 */
/* How often somebody may do something, with a clock of the test's. */
#include "io/allowance.h"

#include "io/thread.h"
#include "tap.h"

static struct mono at_ms(int64_t ms)
{
    return (struct mono){1000000000 + ms * 1000000};
}

TEST(all_at_once_and_then_evenly)
{
    struct allowance *a CLEANUP(allowance_free) = allowance_new(6, 60 * US_PER_SECOND, 100);
    int64_t wait_us = 0;
    for (int i = 0; i < 6; i++) {
        OK(allowance_take(a, STR("ann"), at_ms(0), &wait_us));
    }
    OK(!allowance_take(a, STR("ann"), at_ms(0), &wait_us));
    OK(wait_us > 9 * US_PER_SECOND && wait_us <= 10 * US_PER_SECOND + 1);
    OK(allowance_take(a, STR("bob"), at_ms(0), NULL));
    OK(!allowance_take(a, STR("ann"), at_ms(9999), NULL)); /* being refused costs nothing */
    OK(allowance_take(a, STR("ann"), at_ms(10000), NULL));
    OK(!allowance_take(a, STR("ann"), at_ms(10001), NULL));
    for (int i = 0; i < 6; i++) {
        OK(allowance_take(a, STR("ann"), at_ms(100000), NULL));
    }
    OK(!allowance_take(a, STR("ann"), at_ms(100000), NULL));
}

TEST(more_keys_than_it_keeps_only_allow_more)
{
    struct allowance *a CLEANUP(allowance_free) = allowance_new(1, 60 * US_PER_SECOND, 16);
    char key[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "%d", i);
        OK(allowance_take(a, str_of(key), at_ms(i), NULL));
        OK(!allowance_take(a, str_of(key), at_ms(i), NULL));
    }
}

struct taker {
    struct allowance *a;
    int n;
};

static void take_many(void *arg)
{
    struct taker *t = arg;
    for (int i = 0; i < 1000; i++) {
        t->n += allowance_take(t->a, STR("one"), at_ms(0), NULL) ? 1 : 0;
    }
}

TEST(threads_share_one_allowance)
{
    struct allowance *a CLEANUP(allowance_free) = allowance_new(700, 60 * US_PER_SECOND, 16);
    struct taker takers[4] = {{a, 0}, {a, 0}, {a, 0}, {a, 0}};
    struct thread *threads[4];
    int n = 0;
    for (int i = 0; i < 4; i++) {
        threads[i] = thread_start("taker", take_many, &takers[i]);
    }
    for (int i = 0; i < 4; i++) {
        thread_join(&threads[i]);
        n += takers[i].n;
    }
    EQ_INT(n, 700);
}

TEST(an_address_stands_for_one_user)
{
    static const struct {
        const char *address, *part;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
        {"2001:db8:1:2::1", "2001:db8:1:2::"},
        {"2001:db8:1:3::1", "2001:db8:1:3::"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"no address", "no address"},
        {"", ""},
    };
    char part[ALLOWANCE_ADDRESS_BYTES];
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct str got = allowance_address(str_of(rows[i].address), part);
        EQ_STR(got.p, rows[i].part);
    }
}

int main(void)
{
    return tap_run();
}
