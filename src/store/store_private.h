/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a driver is. Included inside store/ only. store.c holds what all drivers share (values,
 * rows, wake-ups, fault injection, the choice of the driver); a driver is one file and one
 * constant table of the functions below.
 */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include <stdatomic.h>

#include "store/dialect.h"
#include "store/store.h"

struct driver_ops {
    const char *name;
    enum store_engine engine;

    /* All required unless said otherwise. */
    int (*open)(const struct store_config *config, struct store *base, struct err *e);
    void (*close)(struct store *s);
    int (*ping)(struct store *s, struct err *e);
    int (*borrow)(struct store *s, struct db **out, struct err *e);
    void (*give_back)(struct db *db);
    bool (*at_once)(struct store *s); /* NULL: never */

    /* Runs n statements, filling their rows (row_sink below). In a transaction as outside. A query
     * has `each` only when the driver says that it calls it. */
    bool passes_rows;
    int (*run)(struct db *db, struct pool *p, const struct query *queries, size_t n, struct err *e);
    /* May hold the statement back until the next run or the commit; copies the arguments. */
    int (*exec)(struct db *db, const struct query *query, struct err *e);
    /* One write transaction, durable when it returns 0; calls wakes_fire after the commit. */
    int (*write)(struct store *s, store_write_fn *fn, void *arg, struct err *e);

    /*
     * For migrations and schema checks. A script is several statements, sent as they are;
     * exclusive runs fn in one transaction that holds a lock against every other exclusive, here
     * and in other processes (SQLite: BEGIN IMMEDIATE; PostgreSQL: pg_advisory_xact_lock).
     */
    int (*script)(struct db *db, const char *text, struct err *e);
    int (*exclusive)(struct store *s, store_write_fn *fn, void *arg, struct err *e);
};

extern const struct driver_ops driver_sqlite;
extern const struct driver_ops driver_postgres;
extern const struct driver_ops driver_scripted;

struct wake_listener {
    void (*fn)(void *arg, unsigned what);
    void *arg;
};

/* The head of every driver's own store and db structs; a driver embeds it first and allocates. */
struct store {
    const struct driver_ops *ops;
    struct store_config config; /* texts copied */
    char *url;
    struct wake_listener listeners[8];
    _Atomic size_t n_listeners;
    void *driver; /* the driver's own state */
};

struct db {
    const struct driver_ops *ops;
    struct store *store;
    bool writing;   /* inside store_write or exclusive */
    unsigned wakes; /* bits of enum store_wake asked for by this transaction */
    int failed;     /* the first failure of a statement in this transaction; kept by store.c, which
                     * refuses to commit after one (PostgreSQL could not, so SQLite must not) */
};

/* The driver's exclusive and script, with injected faults; for schema.c and its like. */
NODISCARD int store_exclusive(struct store *s, store_write_fn *fn, void *arg, struct err *e);
NODISCARD int db_script(struct db *db, const char *text, struct err *e);

/* Tells the listeners of this process. */
void wakes_fire(struct store *s, unsigned what);

/* Collects a result into a pool: cells in canonical form, row by row. */
struct row_sink {
    struct pool *pool;
    struct rows rows;
    size_t room; /* rows allocated */
};
void row_sink_init(struct row_sink *sink, struct pool *p, size_t columns);
/* A new row's cells, to be set by the caller, all of them; valid until the next call. */
struct str *row_sink_add(struct row_sink *sink);

/*
 * The personal codec: what a value of a personal column becomes on its way to the database and
 * back. Without one (the default) values pass as they are. The codec returns memory in the pool.
 */
struct personal_info {
    const char *table;
    const char *column;
    enum personal_form { PERSONAL_TEXT, PERSONAL_JSON, PERSONAL_LIST } form;
    bool looked_up;
};
extern const struct personal_info personal_infos[];
extern const size_t n_personal_infos;

struct personal_codec {
    /* For {put}: store this instead. For {match}: what {put} of an equal value would have stored,
     * so the codec must be deterministic for columns that are looked up. */
    struct str (*seal)(struct pool *p, int personal, struct str value, bool match);
    struct str (*open)(struct pool *p, int personal, struct str stored);
};
/* NULL for none. Set before the store is opened; for tests and for encryption at rest. */
void personal_codec_set(const struct personal_codec *codec);
const struct personal_codec *personal_codec_get(void);
/* Index into personal_infos of that column, or -1. Drivers ask by a result column's origin. */
int personal_find(const char *table, const char *column);

/* The value of an argument as text in canonical form (NULL: p == NULL); *room is scratch. */
struct str arg_as_text(const struct arg *a, char room[32]);

#endif
