/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite driver's parts: sqlite_conn.c is one connection and its statements, sqlite_run.c runs
 * one, sqlite_writer.c is the thread that writes, sqlite.c puts them together and lends the
 * readers. Included by these only.
 */
#ifndef STORE_SQLITE_PRIVATE_H
#define STORE_SQLITE_PRIVATE_H

#include <sqlite3.h>

#include "store/store_private.h"

/* A prepared statement and what is known of its parameters and columns. */
struct sqlite_statement {
    const struct sql *sql;
    const char *source; /* sql->text as it was: tells a reused address from the same statement */
    sqlite3_stmt *st;
    int n_params;
    int n_args;  /* the highest $n */
    int *arg_of; /* by SQLite's number from 1: n of $n */
    int *seal;   /* the same: index of its personal column, or -1 */
    bool *match; /* the same: looked up, not written */
    int n_columns;
    int *open;           /* by column: index of the personal column that it comes from, or -1 */
    char (*numbers)[32]; /* by column: a number written as text */
    struct str *cells;   /* of the row that is being passed on */
};

/* Power of two; at most half are used. The product has a few hundred statements. */
#define SQLITE_SLOTS 1024u

struct sqlite_conn {
    struct db base;
    sqlite3 *handle;
    struct pool *statements; /* what the slots point to */
    struct pool *scratch;    /* for sealed arguments; cleared after each statement */
    size_t n_statements;
    struct sqlite_statement *slots[SQLITE_SLOTS];
    struct sqlite_conn *next; /* in the free list */
};

NODISCARD int sqlite_conn_open(struct store *s, const char *path, bool reader,
                               struct sqlite_conn **out, struct err *e);
void sqlite_conn_free(struct sqlite_conn **c);
/* The statement, from the cache or prepared now. Belongs to the connection. */
NODISCARD int sqlite_conn_prepare(struct sqlite_conn *c, const struct sql *sql,
                                  struct sqlite_statement **out, struct err *e);
/* Several statements as they are, results ignored. */
NODISCARD int sqlite_conn_script(struct sqlite_conn *c, const char *text, struct err *e);
/* SQLite's error as ours; the sentence names tables and constraints, never values. */
int sqlite_conn_error(struct sqlite_conn *c, struct err *e);

NODISCARD int sqlite_run(struct db *db, struct pool *p, const struct query *queries, size_t n,
                         struct err *e);
NODISCARD int sqlite_exec(struct db *db, const struct query *query, struct err *e);

struct sqlite_writer;

/* Takes the connections: the one it writes with, and one for its checkpoints. */
NODISCARD struct sqlite_writer *sqlite_writer_new(struct store *s, struct sqlite_conn **c,
                                                  struct sqlite_conn **sweep);
void sqlite_writer_free(struct sqlite_writer **w); /* after the last transaction */
/* Runs fn in the writer's thread and waits until it is durable or undone. */
NODISCARD int sqlite_writer_run(struct sqlite_writer *w, store_write_fn *fn, void *arg,
                                bool exclusive, struct err *e);

#endif
