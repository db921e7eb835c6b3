/* SPDX-License-Identifier: Apache-2.0 */
/* ava business seed, ava business export. */
#include "domain/business.h"

#include <stdio.h>

#include "cli/facts.h"
#include "domain/facts_table.h"
#include "store/schema.h"
#include "store/store.h"

static int write_seed(struct db *db, void *seed, struct err *e)
{
    return business_seed(db, seed, wall_now(), e);
}

int command_business_seed(struct command_run *run, struct err *e)
{
    if (run->argc != 1) {
        return err_set(e, ERR_USAGE,
                       "ava business seed FILE, such as share/seeds/medical-spa.json");
    }
    struct store *store = NULL;
    json_t *seed;
    int rc = cli_read_seed(run->pool, run->argv[0], &seed, e);
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    if (rc == 0) {
        rc = schema_check(store, e);
    }
    if (rc == 0) {
        rc = store_write(store, write_seed, seed, e);
    }
    if (rc == 0) {
        puts("the business is as the file says");
    }
    store_free(&store);
    return rc;
}

int command_business_export(struct command_run *run, struct err *e)
{
    struct facts facts;
    int rc = command_no_more(run, e);
    if (rc == 0) {
        rc = cli_stored_facts(run, &facts, e);
    }
    if (rc == 0) {
        json_dumpf(facts_to_json(run->pool, &facts), stdout, JSON_INDENT(2));
        putchar('\n');
    }
    return rc;
}
