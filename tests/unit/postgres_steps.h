/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the PostgreSQL driver share: a store on TEST_DATABASE_URL, a table of the
 * program's own (it defines ROWS, the table's name, before it includes this, since programs run
 * side by side) and transactions written as lists of statements.
 */
#ifndef POSTGRES_STEPS_H
#define POSTGRES_STEPS_H

#include "store/pg_private.h"
#include "tap.h"

static const char *url;

/* Behind a pooler that pools transactions, neither prepared statements nor LISTEN work. */
static UNUSED bool pooled(void)
{
    return getenv("TEST_DATABASE_POOLED") != NULL;
}

static UNUSED struct store *open_with(struct store_config config)
{
    struct err e = {0};
    struct store *s = NULL;
    config.url = config.url ? config.url : url;
    config.busy_ms = config.busy_ms ? config.busy_ms : 2000;
    config.connections = config.connections ? config.connections : 4;
    if (pooled()) {
        config.prepared_statements = config.listen = false;
    }
    int rc = store_open(&config, &s, &e);
    OK_MSG(rc == 0, "open: %s", e.text);
    return s;
}

static UNUSED struct store *open_usual(void)
{
    return open_with((struct store_config){.prepared_statements = true});
}

static UNUSED int run_script(struct db *db, void *arg, struct err *e)
{
    return db_script(db, *(const char **)arg, e);
}

static UNUSED void script(struct store *s, const char *text)
{
    struct err e = {0};
    OK_MSG(store_exclusive(s, run_script, &text, &e) == 0, "%s", e.text);
}

#define TABLE                                                                                      \
    "DROP TABLE IF EXISTS " ROWS "_child, " ROWS ";"                                               \
    "CREATE TABLE " ROWS " (id bigint PRIMARY KEY, text text CHECK (text <> 'forbidden'),"         \
    " n bigint NOT NULL DEFAULT 0);"

static UNUSED const struct sql insert = {"INSERT INTO " ROWS " (id, text) VALUES ($1, $2)"};
static UNUSED const struct sql count = {"SELECT count(*) FROM " ROWS};
static UNUSED const struct sql add = {"UPDATE " ROWS " SET n = n + 1 WHERE id = $1"};
static UNUSED const struct sql sum = {"SELECT sum(n) FROM " ROWS};
static UNUSED const struct sql one = {"SELECT 1"};

/* A read of one cell as text; "error" when it fails. */
static UNUSED const char *cell(struct store *s, struct pool *p, const struct sql *sql,
                               const struct arg *args, size_t n)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows rows;
    struct err e = {0};
    int rc = store_borrow(s, &db, &e);
    rc = rc ? rc : db_rows(db, p, sql, args, n, &rows, &e);
    OK_MSG(rc == 0, "%s: %s", sql->text, e.text);
    return rc || rows.n == 0 ? "error" : row_text(&rows, 0, 0);
}

/* A statement that may not be in a transaction. */
static UNUSED void alone(struct store *s, const char *text)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    struct sql *sql = pool_alloc(p, sizeof *sql);
    sql->text = text;
    struct rows rows;
    struct err e = {0};
    int rc = store_borrow(s, &db, &e);
    rc = rc ? rc : db_rows(db, p, sql, NO_ARGS, &rows, &e);
    OK_MSG(rc == 0, "%s: %s", text, e.text);
}

/* A transaction as a list of steps. */
struct steps {
    const struct query *queries;
    size_t n;
    bool at_once; /* db_many instead of a db_exec each */
    int rc;       /* what fn returns when all went well */
    int runs;
};

static UNUSED int do_steps(struct db *db, void *arg, struct err *e)
{
    struct steps *steps = arg;
    steps->runs++;
    CLEANUP(pool_free) struct pool *p = pool_new();
    int rc = 0;
    if (steps->at_once) {
        rc = db_many(db, p, steps->queries, steps->n, e);
    }
    for (size_t i = 0; rc == 0 && !steps->at_once && i < steps->n; i++) {
        const struct query *q = &steps->queries[i];
        rc = db_exec(db, q->sql, q->args, q->n_args, e);
    }
    return rc ? rc : steps->rc;
}

#define QUERIES(...)                                                                               \
    (const struct query[]){__VA_ARGS__}, ARRAY_SIZE(((const struct query[]){__VA_ARGS__}))

/* For main. */
static int run_on_postgres(void)
{
    url = getenv("TEST_DATABASE_URL");
    if (!url) {
        printf("1..0 # SKIP TEST_DATABASE_URL is not set\n");
        return 0;
    }
    return tap_run();
}

#endif
