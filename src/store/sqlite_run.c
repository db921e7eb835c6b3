/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a prepared statement: arguments in, rows out. The hot path of every request on SQLite:
 * a row's cells are copied with one allocation, and nothing is formatted but numbers.
 */
#include <math.h>

#include "store/sqlite_private.h"

static const struct sql begin_read = {"BEGIN"};
static const struct sql end_read = {"COMMIT"};

static int bind_text(sqlite3_stmt *st, int i, struct str s)
{
    /* Static: it lives until the call returns, and every call binds all parameters anew. */
    return sqlite3_bind_text64(st, i, s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
}

static int bind_one(sqlite3_stmt *st, int i, const struct arg *a)
{
    switch (a->type) {
    case ARG_TEXT:
        return bind_text(st, i, a->text.p ? a->text : (struct str){a->time, WALL_TEXT_BYTES - 1});
    case ARG_I64:
        return sqlite3_bind_int64(st, i, a->i64);
    case ARG_BOOL:
        return sqlite3_bind_int64(st, i, a->i64 != 0);
    case ARG_DOUBLE:
        return sqlite3_bind_double(st, i, a->real);
    case ARG_NULL:
        break;
    }
    return sqlite3_bind_null(st, i);
}

static int bind_all(struct sqlite_conn *c, const struct sqlite_statement *s,
                    const struct query *query, struct err *e)
{
    if (query->n_args != (size_t)s->n_args || (s->n_params && !query->args)) {
        return err_set(e, ERR_INTERNAL, "A statement wants %d arguments and got %zu", s->n_args,
                       query->n_args);
    }
    const struct personal_codec *codec = personal_codec_get();
    for (int i = 1; i <= s->n_params; i++) {
        const struct arg *a = &query->args[s->arg_of[i] - 1];
        int rc;
        if (codec && s->seal[i] >= 0 && a->type != ARG_NULL) {
            char room[32];
            struct str value = arg_as_text(a, room);
            rc = bind_text(s->st, i, codec->seal(c->scratch, s->seal[i], value, s->match[i]));
        } else {
            rc = bind_one(s->st, i, a);
        }
        if (rc != SQLITE_OK) {
            return sqlite_conn_error(c, e);
        }
    }
    return 0;
}

static struct str write_i64(char room[32], int64_t value)
{
    char *end = room + 31;
    char *at = end;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0) {
        *--at = '-';
    }
    return (struct str){at, (size_t)(end - at)};
}

/* The shortest of three forms that reads back as the same number, as PostgreSQL writes it. */
static struct str write_double(char room[32], double value)
{
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(room, 32, "%.*g", digits, value);
        if (strtod(room, NULL) == value) {
            break;
        }
    }
    return (struct str){room, (size_t)n};
}

/*
 * A view of the value, valid until the next step. By its sqlite3_value, since each of the functions
 * that take statement and column looks it up again; allowed where a connection has no mutex (see
 * "unprotected sqlite3_value" in SQLite's documents).
 */
static struct str cell_view(const struct sqlite_statement *s, int i)
{
    sqlite3_value *value = sqlite3_column_value(s->st, i);
    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
        return (struct str){NULL, 0};
    case SQLITE_INTEGER:
        return write_i64(s->numbers[i], sqlite3_value_int64(value));
    case SQLITE_FLOAT:
        return write_double(s->numbers[i], sqlite3_value_double(value));
    default: {
        const void *p = sqlite3_value_blob(value);
        return (struct str){p ? p : "", (size_t)sqlite3_value_bytes(value)};
    }
    }
}

/* Views of a row's cells; how many bytes they are with a NUL behind each. */
static size_t view_row(const struct sqlite_statement *s, struct pool *p, struct str *cells)
{
    const struct personal_codec *codec = personal_codec_get();
    size_t total = 0;
    for (int i = 0; i < s->n_columns; i++) {
        cells[i] = cell_view(s, i);
        if (codec && s->open[i] >= 0 && cells[i].p) {
            cells[i] = codec->open(p, s->open[i], cells[i]);
        }
        total += cells[i].n + 1;
    }
    return total;
}

static void take_row(const struct sqlite_statement *s, struct row_sink *sink)
{
    struct str *cells = row_sink_add(sink);
    char *at = pool_alloc_raw(sink->pool, view_row(s, sink->pool, cells));
    for (int i = 0; i < s->n_columns; i++) {
        if (cells[i].p) {
            memcpy(at, cells[i].p, cells[i].n);
            cells[i].p = at;
            at += cells[i].n;
            *at++ = '\0';
        }
    }
}

static void pass_row(const struct sqlite_statement *s, struct pool *p, const struct query *query)
{
    view_row(s, p, s->cells);
    struct rows row = {1, (size_t)s->n_columns, s->cells};
    query->each(query->arg, &row);
}

static int run_one(struct sqlite_conn *c, struct pool *p, const struct query *query, struct err *e)
{
    struct sqlite_statement *s;
    int rc = sqlite_conn_prepare(c, query->sql, &s, e);
    if (rc == 0) {
        rc = bind_all(c, s, query, e);
    }
    if (rc) {
        return rc;
    }
    struct row_sink sink;
    row_sink_init(&sink, p, (size_t)s->n_columns);
    int step;
    while ((step = sqlite3_step(s->st)) == SQLITE_ROW) {
        if (query->each) {
            pass_row(s, p, query);
        } else if (query->rows) {
            take_row(s, &sink);
        }
    }
    if (step != SQLITE_DONE) {
        rc = sqlite_conn_error(c, e);
    } else if (query->rows) {
        *query->rows = sink.rows;
    }
    sqlite3_reset(s->st);
    if (personal_codec_get()) {
        pool_clear(c->scratch);
    }
    return rc;
}

int sqlite_run(struct db *db, struct pool *p, const struct query *queries, size_t n, struct err *e)
{
    struct sqlite_conn *c = (struct sqlite_conn *)db;
    /* What is read together is read of one moment, and locks the file once. */
    bool together = n > 1 && !db->writing;
    int rc = together ? run_one(c, p, &(struct query){.sql = &begin_read}, e) : 0;
    if (rc) {
        return rc;
    }
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = run_one(c, p, &queries[i], e);
    }
    if (together) {
        int end = run_one(c, p, &(struct query){.sql = &end_read}, rc ? NULL : e);
        rc = rc ? rc : end;
    }
    return rc;
}

int sqlite_exec(struct db *db, const struct query *query, struct err *e)
{
    return run_one((struct sqlite_conn *)db, NULL, query, e);
}
