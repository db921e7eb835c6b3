/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database behind one interface: SQLite, PostgreSQL, and a scripted driver for tests.
 *
 * Reading: borrow a connection, run statements, give it back.
 *
 *     CLEANUP(store_return) struct db *db = NULL;
 *     int rc = store_borrow(store, &db, e);
 *     if (rc == 0)
 *         rc = db_rows(db, pool, &FIND, ARGS(A_TEXT(phone)), &rows, e);
 *
 * Writing: hand a function to store_write. All its statements become durable together, or none:
 * when store_write returns 0 they survive a power cut. On SQLite the function runs on the one
 * writer thread, in a savepoint of a group that is committed once for all who wait; on PostgreSQL
 * it runs on the caller's thread in a transaction of its own. It may run more than once (after a
 * serialization failure or a deadlock), so it must change nothing but the database and its own
 * outputs.
 *
 * Statements are `static const struct sql` objects and prepared once a connection. They are
 * written in the common SQL of both engines with $1, $2, ... as parameters; the few differences
 * are tokens in braces, expanded by the driver (store/dialect.h has the list).
 *
 * Values cross as text in one canonical form on both engines: times as base/clock.h writes them,
 * booleans as "1" and "0", lists of text as JSON arrays, ids in lower case.
 *
 * Errors: ERR_CONFLICT for a violated unique constraint, ERR_INVALID for a violated check or
 * foreign key, ERR_FULL for a full disk, ERR_UNAVAILABLE when the database is not there or too busy
 * (the transaction then did not happen, or, when the connection broke during COMMIT, may have
 * happened: what is retried must be idempotent), ERR_INTERNAL else.
 *
 * Any thread may call; a borrowed db belongs to one thread until it is returned.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct store;
struct db;

/* A statement. Static storage: its address is its name in the statement caches. */
struct sql {
    const char *text;
};

enum arg_type { ARG_NULL, ARG_TEXT, ARG_I64, ARG_DOUBLE, ARG_BOOL };

struct arg {
    enum arg_type type;
    struct str text; /* borrowed until the call returns (for db_exec: is copied) */
    int64_t i64;
    double real;
    char time[WALL_TEXT_BYTES]; /* A_WALL formats into it; type is then ARG_TEXT, text.p NULL */
};

struct arg arg_text(const char *s); /* NULL is NULL */
struct arg arg_str(struct str s);   /* p == NULL is NULL */
struct arg arg_i64(int64_t v);
struct arg arg_i64_or_null(int64_t v); /* 0 is NULL: for ids */
struct arg arg_double(double v);
struct arg arg_bool(bool v);
struct arg arg_wall(struct wall t); /* us == 0 is NULL */
struct arg arg_null(void);

#define A_TEXT(s) arg_text(s)
#define A_STR(s) arg_str(s)
#define A_I64(v) arg_i64(v)
#define A_ID(v) arg_i64_or_null(v)
#define A_DOUBLE(v) arg_double(v)
#define A_BOOL(v) arg_bool(v)
#define A_WALL(t) arg_wall(t)
#define A_NULL arg_null()

/* The argument list of a call: pointer and count. */
#define ARGS(...)                                                                                  \
    ((const struct arg[]){__VA_ARGS__}), ARRAY_SIZE(((const struct arg[]){__VA_ARGS__}))
#define NO_ARGS NULL, 0

/* A whole result, in a pool. Cells are NUL-terminated. */
struct rows {
    size_t n;
    size_t columns;
    struct str *cells; /* n * columns; p == NULL is NULL */
};

#define ROWS_EACH(i, rows) for (size_t i = 0; i < (rows).n; i++)

/* p == NULL is NULL */
static inline struct str row_str(const struct rows *r, size_t row, size_t column)
{
    assert(row < r->n && column < r->columns);
    return r->cells[row * r->columns + column];
}
const char *row_text(const struct rows *r, size_t row, size_t column); /* NULL is NULL */
int64_t row_i64(const struct rows *r, size_t row, size_t column);      /* NULL is 0 */
bool row_bool(const struct rows *r, size_t row, size_t column);        /* NULL is false */
bool row_is_null(const struct rows *r, size_t row, size_t column);
double row_double(const struct rows *r, size_t row, size_t column);    /* NULL is 0 */
struct wall row_wall(const struct rows *r, size_t row, size_t column); /* NULL is us == 0 */

/* Runs one statement and gives all its rows; out lives in pool. */
NODISCARD int db_rows(struct db *db, struct pool *p, const struct sql *sql, const struct arg *args,
                      size_t n_args, struct rows *out, struct err *e);

/* Takes one row, which ends with the call; its cells need not end in NUL. Must not use the db. */
typedef void row_fn(void *arg, const struct rows *row);

/* Several statements in one round trip (one after another on SQLite). When it fails, some rows may
 * have been given to `each` already. */
struct query {
    const struct sql *sql;
    const struct arg *args;
    size_t n_args;
    struct rows *rows; /* where the result goes; NULL: none wanted */
    row_fn *each;      /* or who takes its rows, without a copy where the engine can do that */
    void *arg;
};
NODISCARD int db_many(struct db *db, struct pool *p, const struct query *queries, size_t n,
                      struct err *e);

/*
 * A statement of a write transaction whose rows nobody wants. The driver may hold it back and
 * send it with the next db_rows or the commit, so an error may be reported there. Only inside
 * store_write.
 */
NODISCARD int db_exec(struct db *db, const struct sql *sql, const struct arg *args, size_t n_args,
                      struct err *e);

/* What to wake, in this process and in others on the same database, once this has committed. */
enum store_wake { STORE_WAKE_JOBS = 1, STORE_WAKE_CHANGES = 2 };
void db_wake(struct db *db, enum store_wake what);

enum store_engine { STORE_SQLITE, STORE_POSTGRES, STORE_SCRIPTED };
enum store_engine db_engine(const struct db *db);

/* One write transaction. A negative return of fn rolls it back and is returned. */
typedef int store_write_fn(struct db *db, void *arg, struct err *e);
NODISCARD int store_write(struct store *s, store_write_fn *fn, void *arg, struct err *e);

/*
 * A connection for reading; waits for a free one, at most the busy time of the settings. (On
 * PostgreSQL each call of db_rows takes one for its round trip and waits then, so that a db that is
 * kept for long keeps nobody else from the database.)
 */
NODISCARD int store_borrow(struct store *s, struct db **out, struct err *e);
void store_return(struct db **db); /* accepts NULL; fits CLEANUP */

/* Would a read that began now wait for nothing but the disk? On SQLite while a reader is free. */
bool store_at_once(struct store *s);

struct store_config {
    const char *url;          /* sqlite:PATH, sqlite::memory:, postgres://... */
    int connections;          /* PostgreSQL: at most so many; SQLite: readers */
    int cache_kib;            /* SQLite's page cache, shared among its connections */
    int busy_ms;              /* wait at most so long for a connection or a lock */
    int group_max;            /* SQLite: transactions in one commit at most */
    bool synchronous_full;    /* SQLite: fsync at each commit (else NORMAL) */
    bool prepared_statements; /* PostgreSQL: false for a pooler that cannot have them */
    bool listen;              /* PostgreSQL: LISTEN for wake-ups (off behind a pooler) */
};

/*
 * Opens; *out is returned owned. Does not create tables (store/schema.h). ERR_CONFIG for a url it
 * does not understand, ERR_UNAVAILABLE when the database cannot be reached.
 */
NODISCARD int store_open(const struct store_config *config, struct store **out, struct err *e);
void store_free(struct store **s); /* waits for what is under way; no calls may come after */

enum store_engine store_engine(const struct store *s);

/* Is it there and answering? For /health/ready. */
NODISCARD int store_ping(struct store *s, struct err *e);

/*
 * fn(arg, what) is called after a commit that asked for it (db_wake), here or, on PostgreSQL, in
 * another process. It must only set a flag and wake a thread. At most 8, registered by one thread;
 * commits may be under way meanwhile.
 */
void store_on_wake(struct store *s, void (*fn)(void *arg, unsigned what), void *arg);

#endif
