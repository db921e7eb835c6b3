/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema commands' parts: schema.c applies migrations, schema_catalogue.c reads what a database
 * has, schema_verify.c compares, sqlite_ddl.c understands SQLite's CREATE TABLE texts.
 */
#ifndef STORE_SCHEMA_PRIVATE_H
#define STORE_SCHEMA_PRIVATE_H

#include "store/schema.h"
#include "store/store_private.h"

/* Runs a migration's text for the engine: its sections chosen, its tokens expanded. */
NODISCARD int schema_run_migration(struct db *db, const struct migration *m, struct err *e);

/* Makes schema_migrations when it is not there; a store_write_fn. */
NODISCARD int schema_make_versions_table(struct db *db, void *arg, struct err *e);

/* What a database has, as comparable facts. */
enum fact_kind {
    FACT_TABLE,       /* key: its name */
    FACT_COLUMN,      /* key: its name, value: its type */
    FACT_NULLABLE,    /* key: a column, value: NULL or NOT NULL */
    FACT_DEFAULT,     /* key: a column, value: the expression */
    FACT_PRIMARY_KEY, /* key: the columns */
    FACT_UNIQUE,      /* the same */
    FACT_FOREIGN_KEY, /* key: columns, table, columns, what happens on delete */
    FACT_CHECK,       /* key: the expression */
    FACT_INDEX,       /* key: the columns with their direction */
    FACT_TRIGGER,     /* key: when and what */
};

struct fact {
    enum fact_kind kind;
    const char *table;
    const char *key;
    const char *value; /* "" when the key says it all */
};

struct catalogue {
    size_t n;
    struct fact *facts;
};

/* Of the schema that unqualified names mean in this connection. Lives in pool. */
NODISCARD int catalogue_read(struct db *db, struct pool *p, struct catalogue *out, struct err *e);

/* The CHECK expressions in a CREATE TABLE text, spaces and case made alike. Lives in pool. */
size_t ddl_checks(struct pool *p, struct str create_table, const char ***out);
/* A statement with spaces and case made alike, comments dropped. Lives in pool. */
const char *ddl_normalise(struct pool *p, struct str text);
/* The text without that column's NOT NULL, or NULL when there is none. Lives in pool. */
const char *ddl_without_not_null(struct pool *p, struct str create_table, const char *column);
/* Lets a column of an existing SQLite table be NULL, in place. In store_exclusive only. */
NODISCARD int sqlite_drop_not_null(struct db *db, const char *table, const char *column,
                                   struct err *e);

#endif
