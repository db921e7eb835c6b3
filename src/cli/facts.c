/* SPDX-License-Identifier: Apache-2.0 */
/* Seed files read, and the choice among the places where a business may be described. */
#include "cli/facts.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "cli/file.h"
#include "domain/business.h"
#include "domain/facts_seed.h"
#include "store/schema.h"
#include "store/store.h"

#define SEED_MAX_BYTES (4u << 20)

int cli_read_seed(struct pool *p, const char *path, json_t **out, struct err *e)
{
    CLEANUP(buf_clear) struct buf text;
    buf_init(&text, SEED_MAX_BYTES);
    int rc = cli_read_file(path, &text, e);
    return rc == 0 ? json_read(p, buf_str(&text), out, e) : rc;
}

/* A SQLite file that is not there yet would be made by opening it. */
bool cli_installed(struct command_run *run)
{
    struct str url = str_of(settings_database_url(run->settings, run->pool));
    struct str sqlite = STR("sqlite:");
    return !str_starts(url, sqlite) || access(url.p + sqlite.n, R_OK) == 0;
}

int cli_facts_of(struct store *store, struct pool *p, const char *zone, struct facts *out,
                 struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(store, &db, e);
    rc = rc == 0 ? business_load(db, p, out, e) : rc;
    return rc == 0 && zone ? business_set_zone(p, out, zone, e) : rc;
}

int cli_stored_facts(struct command_run *run, struct facts *out, struct err *e)
{
    struct store *store = NULL;
    int rc = command_store(run, &store, e);
    if (rc == 0) {
        rc = schema_check(store, e);
    }
    if (rc == 0) {
        rc = cli_facts_of(store, run->pool, NULL, out, e);
    }
    store_free(&store);
    return rc;
}

int cli_facts(struct command_run *run, const char *seed, const char *zone, struct facts *out,
              struct err *e)
{
    struct facts facts = {0};
    json_t *document;
    int rc = 0;
    if (seed) {
        rc = cli_read_seed(run->pool, seed, &document, e);
        rc = rc == 0 ? facts_of_json(run->pool, document, &facts, e) : rc;
    } else if (cli_installed(run)) {
        rc = cli_stored_facts(run, &facts, e);
    }
    if (rc == 0 && !seed && facts.n_services == 0) {
        rc = facts_of_demo(run->pool, &facts, e);
    }
    if (rc == 0 && zone) {
        rc = business_set_zone(run->pool, &facts, zone, e);
    }
    *out = facts;
    return rc;
}
