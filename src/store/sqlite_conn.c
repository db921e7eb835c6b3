/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to an SQLite file: how it is set up, its cache of prepared statements, and what
 * its errors mean. A connection belongs to one thread at a time (SQLite's own mutexes are off).
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/sqlite_private.h"

struct err_row {
    int sqlite; /* an extended code, or a primary one for all of its kind */
    int code;
    const char *sentence; /* NULL: SQLite's own, which names table and constraint */
};

static const struct err_row err_rows[] = {
    {SQLITE_CONSTRAINT_UNIQUE, ERR_CONFLICT, NULL},
    {SQLITE_CONSTRAINT_PRIMARYKEY, ERR_CONFLICT, NULL},
    {SQLITE_CONSTRAINT_ROWID, ERR_CONFLICT, NULL},
    {SQLITE_CONSTRAINT, ERR_INVALID, NULL},
    {SQLITE_FULL, ERR_FULL, "The disk is full; make room and try again"},
    {SQLITE_BUSY, ERR_UNAVAILABLE, "The database is busy; try again"},
    {SQLITE_LOCKED, ERR_UNAVAILABLE, "The database is busy; try again"},
    {SQLITE_CANTOPEN, ERR_UNAVAILABLE,
     "The database file cannot be opened; check its path and permissions"},
    {SQLITE_READONLY, ERR_UNAVAILABLE,
     "The database file cannot be written; check its permissions"},
    {SQLITE_NOTADB, ERR_CONFIG, "The file is not an SQLite database"},
    {SQLITE_CORRUPT, ERR_INTERNAL, "The database file is damaged; restore it from a backup"},
};

int sqlite_conn_error(struct sqlite_conn *c, struct err *e)
{
    int os = errno; /* of the write that failed just now, in this thread */
    int rc = sqlite3_extended_errcode(c->handle);
    /* SQLite knows ENOSPC as "full"; a quota or a file size limit is the same to a person. */
    if (rc == SQLITE_IOERR_WRITE && (os == ENOSPC || os == EDQUOT || os == EFBIG)) {
        rc = SQLITE_FULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(err_rows); i++) {
        const struct err_row *row = &err_rows[i];
        if (row->sqlite == rc || row->sqlite == (rc & 0xFF)) {
            return err_set(e, row->code, "%s",
                           row->sentence ? row->sentence : sqlite3_errmsg(c->handle));
        }
    }
    return err_set(e, ERR_INTERNAL, "SQLite: %s (%d)", sqlite3_errmsg(c->handle), rc);
}

int sqlite_conn_script(struct sqlite_conn *c, const char *text, struct err *e)
{
    int rc = sqlite3_exec(c->handle, text, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : sqlite_conn_error(c, e);
}

/* Changing a file to WAL needs it alone, and SQLite does not wait for that by itself. */
static int switch_to_wal(struct sqlite_conn *c, int busy_ms, struct err *e)
{
    struct mono start = mono_now();
    for (;;) {
        int rc = sqlite3_exec(c->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (rc == SQLITE_OK) {
            return 0;
        }
        if ((rc & 0xFF) != SQLITE_BUSY || mono_us_since(start) > busy_ms * 1000LL) {
            return sqlite_conn_error(c, e);
        }
        usleep(2000);
    }
}

static int set_up(struct sqlite_conn *c, bool reader, struct err *e)
{
    const struct store_config *config = &c->base.store->config;
    sqlite3_extended_result_codes(c->handle, 1);
    sqlite3_busy_timeout(c->handle, config->busy_ms);
    int rc = reader ? 0 : switch_to_wal(c, config->busy_ms, e);
    if (rc) {
        return rc;
    }
    char text[512];
    /*
     * mmap is off: a failing disk would then be a signal, not an error. Checkpoints are the
     * writer's own business (sqlite_writer.c). A WAL that grew once is cut back to 64 MiB.
     */
    snprintf(text, sizeof text,
             "PRAGMA synchronous = %s; PRAGMA foreign_keys = ON; PRAGMA cache_size = -%d;"
             "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
             "PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 0;"
             "PRAGMA recursive_triggers = OFF; PRAGMA query_only = %s;",
             config->synchronous_full ? "FULL" : "NORMAL",
             MAX_OF(config->cache_kib / (config->connections + 1), 256), reader ? "ON" : "OFF");
    return sqlite_conn_script(c, text, e);
}

/*
 * A new file is for its owner only, for it holds personal data; SQLite gives its other files the
 * same rights. Only when there is none: closing a descriptor of a file that this process has open
 * as a database would drop SQLite's locks.
 */
static void create_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
    }
}

int sqlite_conn_open(struct store *s, const char *path, bool reader, struct sqlite_conn **out,
                     struct err *e)
{
    CLEANUP(sqlite_conn_free) struct sqlite_conn *c = xcalloc(1, sizeof *c);
    c->base = (struct db){.ops = s->ops, .store = s};
    c->statements = pool_new();
    c->scratch = pool_new();
    if (!reader) {
        create_private(path);
    }
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (reader ? 0 : SQLITE_OPEN_CREATE);
    int rc = sqlite3_open_v2(path, &c->handle, flags, NULL);
    rc = rc == SQLITE_OK ? set_up(c, reader, e) : sqlite_conn_error(c, e);
    if (rc == 0) {
        *out = c;
        c = NULL;
    }
    return rc;
}

static void forget_statements(struct sqlite_conn *c)
{
    for (size_t i = 0; i < SQLITE_SLOTS; i++) {
        if (c->slots[i]) {
            sqlite3_finalize(c->slots[i]->st);
            c->slots[i] = NULL;
        }
    }
    c->n_statements = 0;
    pool_clear(c->statements);
}

void sqlite_conn_free(struct sqlite_conn **c)
{
    if (!c || !*c) {
        return;
    }
    forget_statements(*c);
    sqlite3_close((*c)->handle);
    pool_free(&(*c)->statements);
    pool_free(&(*c)->scratch);
    free(*c);
    *c = NULL;
}

/* SQLite numbers parameters in the order in which they appear; $3 may come first and twice. */
static int map_parameters(struct sqlite_conn *c, struct sqlite_statement *s,
                          const struct dialect_text *text, struct err *e)
{
    s->n_params = sqlite3_bind_parameter_count(s->st);
    size_t room = (size_t)s->n_params + 1;
    s->arg_of = pool_calloc(c->statements, room, sizeof *s->arg_of);
    s->seal = pool_calloc(c->statements, room, sizeof *s->seal);
    s->match = pool_calloc(c->statements, room, sizeof *s->match);
    for (int i = 1; i <= s->n_params; i++) {
        const char *name = sqlite3_bind_parameter_name(s->st, i);
        int64_t n;
        if (!name || name[0] != '$' || !str_to_i64(str_of(name + 1), &n) || n < 1 || n > 1000) {
            return err_set(e, ERR_INTERNAL, "A statement has a parameter that is not $1, $2, ...");
        }
        s->arg_of[i] = (int)n;
        s->n_args = MAX_OF(s->n_args, (int)n);
        s->seal[i] = -1;
        for (size_t k = 0; k < text->n_uses; k++) {
            if (text->uses[k].parameter == n) {
                s->seal[i] = text->uses[k].personal;
                s->match[i] = text->uses[k].match;
            }
        }
    }
    return 0;
}

static void map_columns(struct sqlite_conn *c, struct sqlite_statement *s)
{
    s->n_columns = sqlite3_column_count(s->st);
    s->open = pool_calloc(c->statements, (size_t)s->n_columns, sizeof *s->open);
    s->numbers = pool_calloc(c->statements, (size_t)s->n_columns, sizeof *s->numbers);
    s->cells = pool_calloc(c->statements, (size_t)s->n_columns, sizeof *s->cells);
    for (int i = 0; i < s->n_columns; i++) {
        const char *table = sqlite3_column_table_name(s->st, i);
        const char *column = sqlite3_column_origin_name(s->st, i);
        s->open[i] = table && column ? personal_find(table, column) : -1;
    }
}

static size_t slot_of(const struct sqlite_conn *c, const struct sql *sql)
{
    size_t i = (size_t)((uintptr_t)sql / sizeof(void *) * 0x9E3779B97F4A7C15u >> 32);
    for (;; i++) {
        const struct sqlite_statement *s = c->slots[i % SQLITE_SLOTS];
        if (!s || (s->sql == sql && s->source == sql->text)) {
            return i % SQLITE_SLOTS;
        }
    }
}

int sqlite_conn_prepare(struct sqlite_conn *c, const struct sql *sql, struct sqlite_statement **out,
                        struct err *e)
{
    size_t slot = slot_of(c, sql);
    if (c->slots[slot]) {
        *out = c->slots[slot];
        return 0;
    }
    if (c->n_statements == SQLITE_SLOTS / 2) {
        forget_statements(c); /* none is in use: a statement is reset before its call returns */
        slot = slot_of(c, sql);
    }
    struct dialect_text text;
    int rc = dialect_expand(c->statements, STORE_SQLITE, sql->text, &text, e);
    if (rc) {
        return rc;
    }
    struct sqlite_statement *s = pool_alloc(c->statements, sizeof *s);
    s->sql = sql;
    s->source = sql->text;
    if (sqlite3_prepare_v3(c->handle, text.sql, -1, SQLITE_PREPARE_PERSISTENT, &s->st, NULL) !=
        SQLITE_OK) {
        return sqlite_conn_error(c, e);
    }
    rc = s->st ? map_parameters(c, s, &text, e) : err_set(e, ERR_INTERNAL, "An empty statement");
    if (rc) {
        sqlite3_finalize(s->st);
        return rc;
    }
    map_columns(c, s);
    c->slots[slot] = s;
    c->n_statements++;
    *out = s;
    return 0;
}
