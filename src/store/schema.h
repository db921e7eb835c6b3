/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables: numbered migrations (store/migrations/NNNN_name.sql, embedded in the binary), what
 * is still to be done, and whether a database is what the migrations would make of an empty one.
 *
 * The expected model is never written down a second time: verify applies all migrations to an
 * empty scratch (SQLite: a database in memory; PostgreSQL: a schema of its own inside a
 * transaction that is rolled back), reads both catalogues and compares. Tables and columns beyond
 * the model belong to the owner and are no difference; in tables that a voice-only installation
 * had, `timestamp` counts as equal to `timestamptz` and a missing default is no difference.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/store.h"

struct migration {
    int version;
    const char *name;
    const char *text;
};
extern const struct migration migrations[];
extern const size_t n_migrations;

/* Told of each step, before (done false) and after it. */
typedef void schema_progress_fn(void *arg, const struct migration *m, bool done);

/*
 * Applies what is missing, each migration in a transaction of its own under a lock, so that
 * several may be started at once and killed at any time. *applied_out: how many were applied now.
 */
NODISCARD int schema_create(struct store *s, schema_progress_fn *progress, void *arg,
                            int *applied_out, struct err *e);

/* The migrations that schema_create would apply, in order; lives in pool. */
NODISCARD int schema_plan(struct store *s, struct pool *p, const struct migration ***todo_out,
                          size_t *n_out, struct err *e);

/* A sentence for each difference from the model; lives in pool. Empty: all is as it should be. */
NODISCARD int schema_verify(struct store *s, struct pool *p, const char ***differences_out,
                            size_t *n_out, struct err *e);

/* 0 when every migration has been applied; ERR_CONFIG naming `ava schema create` otherwise. */
NODISCARD int schema_check(struct store *s, struct err *e);

#endif
