/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fresh, empty database for a test: a schema of its own in the PostgreSQL that TEST_DATABASE_URL
 * names, or a new SQLite file in a directory of its own when that is not set.
 */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "store/store.h"

struct fixture {
    struct store *store;
    struct store_config config; /* as opened; url points into this */
    char url[512];
    char directory[64]; /* SQLite's; "" on PostgreSQL */
    char schema[64];    /* PostgreSQL's; "" on SQLite */
};

/* The engine that this run tests. */
enum store_engine fixture_engine(void);

/* Makes the database and opens it. Ends the program when that fails. */
void fixture_init(struct fixture *f);
/* The same with the tables. */
void fixture_init_tables(struct fixture *f);
/* Calls it by ten threads at the same instant, with its store, and waits for all. */
void fixture_ten_at_once(struct fixture *f, void *(*call)(void *store));
/* Closes it and opens it again, with f->config as it is now. */
void fixture_reopen(struct fixture *f);
/* Closes it and removes the database. Fits CLEANUP. */
void fixture_clear(struct fixture *f);

/* Runs statements, with the dialect's tokens and without arguments, in one transaction. */
int fixture_script(struct store *s, const char *text);
/*
 * The first cell of what a literal statement finds, in static memory of the thread; NULL when it is
 * NULL or there is no row. Ends the program when the statement fails.
 */
const char *fixture_cell(struct store *s, const char *text);

#endif
