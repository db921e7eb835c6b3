/* SPDX-License-Identifier: Apache-2.0 */
/* The installation's own key: made once, and the same for whoever asks. */
#include "domain/mail_key.h"

#include "store_fixture.h"
#include "tap.h"

TEST(the_key_is_made_once)
{
    struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str first = {0}, again = {0};
    fixture_init_tables(&f);
    EQ_INT(mail_key_load(f.store, p, &first, NULL), 0);
    OK(first.n >= 32);
    fixture_reopen(&f);
    EQ_INT(mail_key_load(f.store, p, &again, NULL), 0);
    EQ_STR(again.p, first.p);
    fixture_clear(&f);
}

int main(void)
{
    return tap_run();
}
