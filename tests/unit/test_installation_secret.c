/* SPDX-License-Identifier: Apache-2.0 */
/* The installation's own key: made once, and the same for whoever asks. */
#include "domain/installation_secret.h"

#include "store_fixture.h"
#include "tap.h"

TEST(the_key_is_made_once)
{
    struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str first = {0}, again = {0};
    fixture_init_tables(&f);
    EQ_INT(installation_secret(f.store, p, "test", &first, NULL), 0);
    OK(first.n >= 32);
    fixture_reopen(&f);
    EQ_INT(installation_secret(f.store, p, "test", &again, NULL), 0);
    EQ_STR(again.p, first.p);
    EQ_INT(installation_secret(f.store, p, "another", &again, NULL), 0);
    OK(strcmp(again.p, first.p) != 0);
    fixture_clear(&f);
}

int main(void)
{
    return tap_run();
}
