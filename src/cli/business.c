/* SPDX-License-Identifier: Apache-2.0 */
/* ava business seed, ava business export. */
#include "domain/business.h"

#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "cli/command.h"
#include "domain/facts_table.h"
#include "store/schema.h"
#include "store/store.h"

#define SEED_MAX_BYTES (4u << 20)

static int read_file(const char *path, struct buf *to, struct err *e)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        return err_set(e, ERR_IO, "%s cannot be read: %s", path, strerror(errno));
    }
    char part[8192];
    size_t n;
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        buf_add(to, part, n);
    }
    bool bad = ferror(f);
    fclose(f);
    if (bad || buf_failed(to)) {
        return err_set(e, bad ? ERR_IO : ERR_TOO_LARGE, "%s %s", path,
                       bad ? "cannot be read" : "is too large to be a seed");
    }
    return 0;
}

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
    struct buf text;
    json_t *seed;
    buf_init(&text, SEED_MAX_BYTES);
    int rc = read_file(run->argv[0], &text, e);
    if (rc == 0) {
        rc = json_read(run->pool, buf_str(&text), &seed, e);
    }
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
    buf_clear(&text);
    return rc;
}

static int read_facts(struct store *store, struct pool *p, struct facts *out, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(store, &db, e);
    return rc == 0 ? business_load(db, p, out, e) : rc;
}

int command_business_export(struct command_run *run, struct err *e)
{
    struct store *store = NULL;
    struct facts facts;
    int rc = command_no_more(run, e);
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    if (rc == 0) {
        rc = schema_check(store, e);
    }
    if (rc == 0) {
        rc = read_facts(store, run->pool, &facts, e);
    }
    if (rc == 0) {
        json_dumpf(facts_to_json(run->pool, &facts), stdout, JSON_INDENT(2));
        putchar('\n');
    }
    store_free(&store);
    return rc;
}
