/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Applies migrations and tells which are missing. A migration and its row in schema_migrations are
 * one transaction under the engine's exclusive lock, so a kill at any time leaves it either applied
 * and recorded or neither, and of two that start at once one waits and then finds nothing to do.
 */
#include "store/schema.h"

#include "base/buf.h"
#include "store/schema_private.h"

#define MIGRATION_MAX_BYTES (1u << 20)

/* Sections: "-- only sqlite" and "-- only postgres" begin one, "-- all" ends it. */
static void choose_sections(enum store_engine engine, const char *text, struct buf *out)
{
    bool wanted = true;
    struct str rest = str_of(text);
    for (struct str line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        if (str_eq(line, STR("-- only sqlite"))) {
            wanted = engine == STORE_SQLITE;
        } else if (str_eq(line, STR("-- only postgres"))) {
            wanted = engine == STORE_POSTGRES;
        } else if (str_eq(line, STR("-- all"))) {
            wanted = true;
        } else if (wanted) {
            buf_put_str(out, line);
            buf_putc(out, '\n');
        }
    }
}

int schema_run_migration(struct db *db, const struct migration *m, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(buf_clear) struct buf text;
    buf_init(&text, MIGRATION_MAX_BYTES);
    choose_sections(db_engine(db), m->text, &text);
    struct dialect_text expanded;
    int rc = buf_failed(&text) ? err_set(e, ERR_INTERNAL, "Migration %s is too long", m->name) : 0;
    if (rc == 0) {
        rc = dialect_expand(p, db_engine(db), buf_str(&text).p, &expanded, e);
    }
    if (rc == 0) {
        rc = db_script(db, expanded.sql, e);
    }
    /* On PostgreSQL the migration says it itself; SQLite has no statement for it. */
    if (rc == 0 && m->version == 1 && db_engine(db) == STORE_SQLITE) {
        rc = sqlite_drop_not_null(db, "customers", "phone", e);
    }
    return rc;
}

static int read_versions(struct db *db, struct pool *p, struct rows *out, struct err *e)
{
    static const struct sql exists_sqlite = {
        "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"};
    static const struct sql exists_postgres = {
        "SELECT count(*) FROM pg_catalog.pg_tables"
        " WHERE schemaname = current_schema() AND tablename = 'schema_migrations'"};
    static const struct sql versions = {"SELECT version FROM schema_migrations ORDER BY version"};
    struct rows found;
    bool sqlite = db_engine(db) == STORE_SQLITE;
    int rc = db_rows(db, p, sqlite ? &exists_sqlite : &exists_postgres, NO_ARGS, &found, e);
    if (rc == 0 && row_i64(&found, 0, 0) == 0) {
        *out = (struct rows){0};
        return 0;
    }
    return rc ? rc : db_rows(db, p, &versions, NO_ARGS, out, e);
}

static bool is_applied(const struct rows *versions, int version)
{
    ROWS_EACH (i, *versions) {
        if (row_i64(versions, i, 0) == version) {
            return true;
        }
    }
    return false;
}

int schema_plan(struct store *s, struct pool *p, const struct migration ***todo_out, size_t *n_out,
                struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows versions;
    int rc = store_borrow(s, &db, e);
    if (rc == 0) {
        rc = read_versions(db, p, &versions, e);
    }
    if (rc) {
        return rc;
    }
    if (versions.n &&
        row_i64(&versions, versions.n - 1, 0) > migrations[n_migrations - 1].version) {
        return err_set(e, ERR_CONFIG,
                       "The database was made by a newer version of ava; use that version");
    }
    size_t one = sizeof(struct migration *); /* NOLINT(bugprone-sizeof-expression): a pointer */
    const struct migration **todo = pool_calloc(p, n_migrations, one);
    size_t n = 0;
    for (size_t i = 0; i < n_migrations; i++) {
        if (!is_applied(&versions, migrations[i].version)) {
            todo[n++] = &migrations[i];
        }
    }
    *todo_out = todo;
    *n_out = n;
    return 0;
}

int schema_make_versions_table(struct db *db, void *arg, struct err *e)
{
    static const struct migration table = {.name = "schema_migrations",
                                           .text = "CREATE TABLE IF NOT EXISTS schema_migrations ("
                                                   " version integer PRIMARY KEY NOT NULL,"
                                                   " name varchar(100) NOT NULL,"
                                                   " applied_at {time} NOT NULL);"};
    (void)arg;
    return schema_run_migration(db, &table, e);
}

struct step {
    const struct migration *migration;
    bool applied; /* by us, now */
};

static int apply_one(struct db *db, void *arg, struct err *e)
{
    static const struct sql note = {
        "INSERT INTO schema_migrations (version, name, applied_at) VALUES ($1, $2, $3)"};
    struct step *step = arg;
    const struct migration *m = step->migration;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows versions;
    step->applied = false;
    int rc = read_versions(db, p, &versions, e);
    if (rc || is_applied(&versions, m->version)) {
        return rc;
    }
    rc = schema_run_migration(db, m, e);
    if (rc == 0) {
        rc = db_exec(db, &note, ARGS(A_I64(m->version), A_TEXT(m->name), A_WALL(wall_now())), e);
    }
    step->applied = rc == 0;
    return rc;
}

int schema_create(struct store *s, schema_progress_fn *progress, void *arg, int *applied_out,
                  struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const struct migration **todo;
    size_t n;
    int applied = 0;
    int rc = schema_plan(s, p, &todo, &n, e);
    if (rc == 0 && n > 0) {
        rc = store_exclusive(s, schema_make_versions_table, NULL, e);
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct step step = {.migration = todo[i]};
        if (progress) {
            progress(arg, todo[i], false);
        }
        rc = store_exclusive(s, apply_one, &step, e);
        if (rc == 0) {
            applied += step.applied;
            if (progress) {
                progress(arg, todo[i], true);
            }
        }
    }
    if (rc == 0) {
        *applied_out = applied;
    }
    return rc;
}

int schema_check(struct store *s, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const struct migration **todo;
    size_t n;
    int rc = schema_plan(s, p, &todo, &n, e);
    if (rc || n == 0) {
        return rc;
    }
    return err_set(e, ERR_CONFIG,
                   "The database lacks %zu of %zu migrations; run: ava schema create", n,
                   n_migrations);
}
