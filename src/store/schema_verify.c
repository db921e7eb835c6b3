/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares a database with what the migrations make of an empty one: the model is made afresh each
 * time (schema.h says where) and read with the same statement as the database itself, so there is
 * no second description that could be out of date.
 */
#include "base/id.h"
#include "store/schema_private.h"

/* Voice-only installations have these already, made by other hands. */
static bool is_legacy(const char *table)
{
    static const char *const tables[] = {"customers", "appointments", "daily_metrics"};
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        if (strcmp(table, tables[i]) == 0) {
            return true;
        }
    }
    return false;
}

struct differences {
    struct pool *pool;
    const char **list;
    size_t n, room;
};

static void add(struct differences *d, const char *sentence)
{
    if (d->n == d->room) {
        size_t room = d->room ? d->room * 2 : 16;
        const char **more = pool_calloc(d->pool, room, sizeof *more);
        if (d->n) {
            memcpy(more, d->list, d->n * sizeof *more);
        }
        d->list = more;
        d->room = room;
    }
    d->list[d->n++] = sentence;
}

/* SQLite's rule for what a declared type means, with times and booleans as legacy tools name them.
 */
static char sqlite_family(const char *type)
{
    static const struct {
        const char *part;
        char family;
    } parts[] = {{"INT", 'i'},  {"BOOL", 'i'}, {"CHAR", 't'}, {"TEXT", 't'}, {"TIME", 't'},
                 {"DATE", 't'}, {"JSON", 't'}, {"REAL", 'r'}, {"FLOA", 'r'}, {"DOUB", 'r'}};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (strstr(type, parts[i].part)) {
            return parts[i].family;
        }
    }
    return '?';
}

static bool same_type(enum store_engine engine, const char *table, const char *want,
                      const char *have)
{
    if (strcmp(want, have) == 0) {
        return true;
    }
    if (!is_legacy(table)) {
        return false;
    }
    if (engine == STORE_SQLITE) {
        return sqlite_family(want) == sqlite_family(have);
    }
    return strcmp(want, "timestamp with time zone") == 0 &&
           strcmp(have, "timestamp without time zone") == 0;
}

static const struct fact *find(const struct catalogue *c, const struct fact *wanted)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct fact *f = &c->facts[i];
        if (f->kind == wanted->kind && strcmp(f->table, wanted->table) == 0 &&
            strcmp(f->key, wanted->key) == 0) {
            return f;
        }
    }
    return NULL;
}

static const char *missing(struct pool *p, const struct fact *want)
{
    const char *t = want->table, *k = want->key;
    switch (want->kind) {
    case FACT_TABLE:
        return pool_printf(p, "Table %s is missing", t);
    case FACT_COLUMN:
    case FACT_NULLABLE:
        return pool_printf(p, "Column %s.%s is missing; it should be %s", t, k, want->value);
    case FACT_DEFAULT:
        return pool_printf(p, "Column %s.%s lacks its default, %s", t, k, want->value);
    case FACT_PRIMARY_KEY:
        return pool_printf(p, "Table %s lacks its primary key: %s", t, k);
    case FACT_UNIQUE:
        return pool_printf(p, "Table %s lacks a unique constraint on: %s", t, k);
    case FACT_FOREIGN_KEY:
        return pool_printf(p, "Table %s lacks a foreign key: %s", t, k);
    case FACT_CHECK:
        return pool_printf(p, "Table %s lacks a check: %s", t, k);
    case FACT_INDEX:
        return pool_printf(p, "Table %s lacks an index on: %s", t, k);
    case FACT_TRIGGER:
        break;
    }
    return pool_printf(p, "Table %s lacks a trigger: %s", t, k);
}

static const char *differs(struct pool *p, const struct fact *want, const struct fact *have)
{
    const char *t = want->table, *k = want->key;
    if (want->kind == FACT_TRIGGER) {
        return pool_printf(p, "A trigger of table %s does something else: %s", t, k);
    }
    if (want->kind == FACT_DEFAULT) {
        return pool_printf(p, "Column %s.%s has the default %s; it should be %s", t, k, have->value,
                           want->value);
    }
    return pool_printf(p, "Column %s.%s is %s; it should be %s", t, k, have->value, want->value);
}

static void compare_fact(enum store_engine engine, const struct fact *want,
                         const struct catalogue *actual, struct differences *out)
{
    const struct fact *have = find(actual, want);
    if (have) {
        bool same = want->kind == FACT_COLUMN
                        ? same_type(engine, want->table, want->value, have->value)
                        : strcmp(want->value, have->value) == 0;
        if (!same && !(want->kind == FACT_DEFAULT && is_legacy(want->table))) {
            add(out, differs(out->pool, want, have));
        }
        return;
    }
    /* Of a missing table or column, that is said once. */
    struct fact owner = {FACT_COLUMN, want->table, want->key, ""};
    bool of_column = want->kind == FACT_NULLABLE || want->kind == FACT_DEFAULT;
    if (of_column && (!find(actual, &owner) || is_legacy(want->table))) {
        return;
    }
    struct fact table = {FACT_TABLE, want->table, want->table, ""};
    if (want->kind == FACT_TABLE || find(actual, &table)) {
        add(out, missing(out->pool, want));
    }
}

static void compare(enum store_engine engine, const struct catalogue *model,
                    const struct catalogue *actual, struct differences *out)
{
    for (size_t i = 0; i < model->n; i++) {
        compare_fact(engine, &model->facts[i], actual, out);
    }
}

static int read_sqlite_model(struct pool *p, struct catalogue *out, struct err *e)
{
    struct store_config config = {.url = "sqlite::memory:",
                                  .connections = 1,
                                  .cache_kib = 1024,
                                  .busy_ms = 1000,
                                  .group_max = 1};
    CLEANUP(store_free) struct store *scratch = NULL;
    int applied;
    int rc = store_open(&config, &scratch, e);
    if (rc == 0) {
        rc = schema_create(scratch, NULL, NULL, &applied, e);
    }
    CLEANUP(store_return) struct db *db = NULL;
    if (rc == 0) {
        rc = store_borrow(scratch, &db, e);
    }
    return rc ? rc : catalogue_read(db, p, out, e);
}

static int read_sqlite(struct store *s, struct pool *p, struct catalogue *model,
                       struct catalogue *actual, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = read_sqlite_model(p, model, e);
    if (rc == 0) {
        rc = store_borrow(s, &db, e);
    }
    return rc ? rc : catalogue_read(db, p, actual, e);
}

struct postgres_read {
    struct pool *pool;
    struct catalogue *model;
    struct catalogue *actual;
    bool done;
};

/* Always fails in the end, so that the scratch schema is rolled back. */
static int read_and_undo(struct db *db, void *arg, struct err *e)
{
    struct postgres_read *r = arg;
    struct id id = id_new();
    const char *scratch = pool_printf(r->pool, "ava_verify_%.8s%.4s", id.text + 24, id.text + 14);
    const char *enter =
        pool_printf(r->pool, "CREATE SCHEMA %s; SET LOCAL search_path TO %s", scratch, scratch);
    int rc = catalogue_read(db, r->pool, r->actual, e);
    if (rc == 0) {
        rc = db_script(db, enter, e);
    }
    if (rc == 0) {
        rc = schema_make_versions_table(db, NULL, e);
    }
    for (size_t i = 0; i < n_migrations && rc == 0; i++) {
        rc = schema_run_migration(db, &migrations[i], e);
    }
    if (rc == 0) {
        rc = catalogue_read(db, r->pool, r->model, e);
    }
    r->done = rc == 0;
    return rc ? rc : ERR_CONFLICT;
}

static int read_postgres(struct store *s, struct pool *p, struct catalogue *model,
                         struct catalogue *actual, struct err *e)
{
    struct postgres_read r = {p, model, actual, false};
    int rc = store_exclusive(s, read_and_undo, &r, e);
    return r.done ? 0 : rc;
}

int schema_verify(struct store *s, struct pool *p, const char ***differences_out, size_t *n_out,
                  struct err *e)
{
    struct catalogue model, actual;
    struct differences d = {.pool = p};
    int rc = store_engine(s) == STORE_SQLITE ? read_sqlite(s, p, &model, &actual, e)
                                             : read_postgres(s, p, &model, &actual, e);
    if (rc) {
        return rc;
    }
    compare(store_engine(s), &model, &actual, &d);
    *differences_out = d.list;
    *n_out = d.n;
    return 0;
}
