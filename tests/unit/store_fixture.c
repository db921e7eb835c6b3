/* SPDX-License-Identifier: Apache-2.0 */
/* Databases for tests, made and removed. */
#include "store_fixture.h"

#include <pthread.h>
#include <unistd.h>

#include "store/schema.h"
#include "store/store_private.h"

static void must(int rc, const char *what, const struct err *e)
{
    if (rc) {
        printf("Bail out! %s: %s\n", what, err_text(e, rc));
        exit(1);
    }
}

static const char *base_url(void)
{
    const char *url = getenv("TEST_DATABASE_URL");
    return url && strncmp(url, "postgres", 8) == 0 ? url : NULL;
}

enum store_engine fixture_engine(void)
{
    return base_url() ? STORE_POSTGRES : STORE_SQLITE;
}

void fixture_reopen(struct fixture *f)
{
    struct err e = {0};
    store_free(&f->store);
    f->config.url = f->url;
    must(store_open(&f->config, &f->store, &e), "the store does not open", &e);
}

static int run_script(struct db *db, void *arg, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct dialect_text text;
    int rc = dialect_expand(p, db_engine(db), arg, &text, e);
    return rc ? rc : db_script(db, text.sql, e);
}

static void in_postgres(struct fixture *f, const char *verb)
{
    struct err e = {0};
    struct store_config config = f->config;
    CLEANUP(store_free) struct store *s = NULL;
    char text[128];
    config.url = base_url();
    snprintf(text, sizeof text, "%s SCHEMA %s%s", verb, f->schema,
             strcmp(verb, "DROP") == 0 ? " CASCADE" : "");
    must(store_open(&config, &s, &e), "PostgreSQL does not answer", &e);
    must(store_exclusive(s, run_script, text, &e), text, &e);
}

void fixture_init(struct fixture *f)
{
    static int count;
    *f = (struct fixture){.config = {.connections = 8,
                                     .cache_kib = 8192,
                                     .busy_ms = 5000,
                                     .group_max = 64,
                                     .synchronous_full = true,
                                     .prepared_statements = true,
                                     .listen = true}};
    if (fixture_engine() == STORE_POSTGRES) {
        snprintf(f->schema, sizeof f->schema, "t%d_%d", (int)getpid(), count++);
        snprintf(f->url, sizeof f->url, "%s%coptions=-csearch_path%%3D%s", base_url(),
                 strchr(base_url(), '?') ? '&' : '?', f->schema);
        in_postgres(f, "CREATE");
    } else {
        snprintf(f->directory, sizeof f->directory, "/tmp/ava-test-XXXXXX");
        if (!mkdtemp(f->directory)) {
            must(ERR_IO, "no directory for tests", NULL);
        }
        snprintf(f->url, sizeof f->url, "sqlite:%s/db", f->directory);
    }
    fixture_reopen(f);
}

void fixture_init_tables(struct fixture *f)
{
    struct err e = {0};
    int applied;
    fixture_init(f);
    must(schema_create(f->store, NULL, NULL, &applied, &e), "the tables are not made", &e);
}

void fixture_clear(struct fixture *f)
{
    store_free(&f->store);
    if (f->schema[0]) {
        in_postgres(f, "DROP");
    } else if (f->directory[0]) {
        static const char *const ends[] = {"", "-wal", "-shm"};
        for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
            char path[128];
            snprintf(path, sizeof path, "%s/db%s", f->directory, ends[i]);
            unlink(path);
        }
        rmdir(f->directory);
    }
}

int fixture_script(struct store *s, const char *text)
{
    struct err e = {0};
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", text);
    return store_exclusive(s, run_script, copy, &e);
}

/* A store may remember a statement by its address, so one of a text is kept for all its life. */
static const struct sql *kept_statement(const char *text)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct kept {
        struct sql sql;
        struct kept *next;
    } * first;
    pthread_mutex_lock(&lock);
    struct kept *k = first;
    while (k && strcmp(k->sql.text, text) != 0) {
        k = k->next;
    }
    if (!k) {
        k = xcalloc(1, sizeof *k);
        *k = (struct kept){{xstrdup(text)}, first};
        first = k;
    }
    pthread_mutex_unlock(&lock);
    return &k->sql;
}

const char *fixture_cell(struct store *s, const char *text)
{
    static _Thread_local char cell[4096];
    struct err e = {0};
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    struct rows rows;
    must(store_borrow(s, &db, &e), "no connection", &e);
    must(db_rows(db, p, kept_statement(text), NO_ARGS, &rows, &e), text, &e);
    if (rows.n == 0 || row_is_null(&rows, 0, 0)) {
        return NULL;
    }
    snprintf(cell, sizeof cell, "%s", row_text(&rows, 0, 0));
    return cell;
}

void fixture_ten_at_once(struct fixture *f, void *(*call)(void *store))
{
    pthread_t threads[10];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        must(pthread_create(&threads[i], NULL, call, f->store) ? ERR_INTERNAL : 0, "thread", NULL);
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_join(threads[i], NULL);
    }
}
