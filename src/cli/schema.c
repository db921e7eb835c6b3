/* SPDX-License-Identifier: Apache-2.0 */
/* ava schema create, plan and verify. */
#include "store/schema.h"

#include <stdio.h>

#include "cli/command.h"

static void progress(void *arg, const struct migration *m, bool done)
{
    bool colour = *(bool *)arg;
    if (done) {
        printf("%s  done%s\n", colour ? "\033[32m" : "", colour ? "\033[0m" : "");
    } else {
        printf("%04d %s", m->version, m->name);
    }
    fflush(stdout);
}

/* What create would do, without doing it. */
static int plan(struct command_run *run, struct store *store, struct err *e)
{
    const struct migration **todo;
    size_t n;
    int rc = schema_plan(store, run->pool, &todo, &n, e);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        printf("%04d %s\n", todo[i]->version, todo[i]->name);
    }
    if (rc == 0) {
        printf("%zu migration%s to apply\n", n, n == 1 ? "" : "s");
    }
    return rc;
}

int command_schema_create(struct command_run *run, struct err *e)
{
    struct store *store = NULL;
    bool colour = command_colour(), only_plan = command_switch(run, "plan");
    int applied = 0;
    int rc = command_no_more(run, e);
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    if (rc == 0 && only_plan) {
        rc = plan(run, store, e);
    } else if (rc == 0) {
        rc = schema_create(store, progress, &colour, &applied, e);
        if (rc == 0 && applied == 0) {
            puts("the tables are up to date");
        }
    }
    store_free(&store);
    return rc;
}

int command_schema_plan(struct command_run *run, struct err *e)
{
    struct store *store = NULL;
    int rc = command_no_more(run, e);
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    if (rc == 0) {
        rc = plan(run, store, e);
    }
    store_free(&store);
    return rc;
}

int command_schema_verify(struct command_run *run, struct err *e)
{
    struct store *store = NULL;
    const char **differences;
    size_t n = 0;
    int rc = command_no_more(run, e);
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    if (rc == 0) {
        rc = schema_verify(store, run->pool, &differences, &n, e);
    }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        puts(differences[i]);
    }
    if (rc == 0) {
        printf(n ? "%zu differences\n" : "the tables are as they should be\n", n);
    }
    store_free(&store);
    return rc < 0 ? rc : n > 0;
}
