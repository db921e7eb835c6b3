/* SPDX-License-Identifier: Apache-2.0 */
/* ava calendar link. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/facts.h"
#include "domain/access.h"
#include "store/schema.h"

static int check_provider(struct command_run *run, struct store *store, const char *key,
                          struct err *e)
{
    struct facts facts;
    int rc = cli_facts_of(store, run->pool, NULL, &facts, e);
    for (size_t i = 0; rc == 0 && i < facts.n_providers; i++) {
        if (strcmp(facts.providers[i].key, key) == 0) {
            return 0;
        }
    }
    return rc < 0 ? rc
                  : err_set(e, ERR_USAGE, "there is no provider '%s'; see ava providers list", key);
}

int command_calendar_link(struct command_run *run, struct err *e)
{
    int rc = 0;
    struct store *store = NULL;
    char secret[ACCESS_SECRET_BYTES];
    const char *provider = command_flag(run, "provider", &rc, e);
    bool renew = command_switch(run, "renew");
    if (rc == 0) {
        rc = command_no_more(run, e);
    }
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    if (rc == 0) {
        rc = schema_check(store, e);
    }
    if (rc == 0 && provider) {
        rc = check_provider(run, store, provider, e);
    }
    if (rc == 0) {
        rc = access_add_feed(store, run->pool, provider ? provider : "", renew, secret, e);
    }
    if (rc == 0) {
        printf("%s/calendar.ics?key=%s\n", settings_public_url(run->settings, run->pool), secret);
    } else if (rc == ERR_CONFLICT) {
        rc = err_set(e, ERR_CONFLICT,
                     "there is a link already, and it is shown only when it is made; --renew makes "
                     "another and ends that one");
    }
    store_free(&store);
    return rc;
}
