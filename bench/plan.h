/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the engine is asked to do when its own limit is measured: the statements of one request of
 * the server, in their order, with the values they had; where requests differ, a value is a
 * template. bench/plans.py writes the file from what capture.c saw:
 *
 *     {"setup": [SQL...],                   before the first statement of a connection
 *      "picks": [[TEXT...]...],             rows to choose from at random
 *      "variants": [{"share": 0.95,         of several kinds of request, how often this one
 *        "steps": [{"sql": SQL, "args": [null | {"text": TEMPLATE, "integer": BOOL}...],
 *                   "sync": BOOL}...]}...]} sync: the server waited for the answers here
 *
 * In a template stand for themselves all characters but: ${pick.N} column N of this turn's row,
 * ${uuid.N} the turn's N-th new id, ${now}, ${sid} a new message's name at the provider, ${phone}
 * a number (without its plus) that nobody has, ${row.S.C} column C of the first row of step S.
 *
 * One thread a run; a plan is read-only once loaded and may be shared.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/id.h"

#define PLAN_STEPS_MAX 40
#define PLAN_ARGS_MAX 24
#define PLAN_UUIDS_MAX 8
#define PLAN_KEPT_MAX 8

struct plan_piece {
    enum { PIECE_TEXT, PIECE_PICK, PIECE_UUID, PIECE_NOW, PIECE_SID, PIECE_PHONE, PIECE_ROW } kind;
    size_t a, b;
    struct str text;
};

struct plan_arg {
    bool null, integer;
    size_t n;
    struct plan_piece *pieces;
};

struct plan_step {
    const char *sql;
    size_t id; /* its place among all steps of the plan */
    size_t n_args;
    struct plan_arg args[PLAN_ARGS_MAX];
    bool sync;
    unsigned keeps; /* columns of its first row that a later step needs, as bits */
};

struct plan_variant {
    double share;
    size_t n;
    struct plan_step steps[PLAN_STEPS_MAX];
};

struct plan {
    json_t *json; /* holds all texts */
    size_t n_setup, n_variants, n_steps, n_picks, n_columns;
    const char **setup;
    struct plan_variant *variants;
    struct str *picks; /* n_picks * n_columns */
};

/* One turn after another, each with its own values. */
struct plan_run {
    const struct plan *plan;
    uint64_t random;
    const struct plan_variant *variant;
    const struct str *pick;
    unsigned have_uuid;
    struct id uuid[PLAN_UUIDS_MAX];
    char now[WALL_TEXT_BYTES], sid[35], phone[16];
    char kept[PLAN_STEPS_MAX][PLAN_KEPT_MAX][64];
    char *scratch; /* of the values that are put together; starts over with each turn */
    size_t used, room;
};

/* Ends the program with a sentence when the file is not a plan. */
struct plan *plan_load(const char *path);

void plan_run_init(struct plan_run *r, const struct plan *plan);

/* The next turn: chooses variant and row. */
void plan_run_next(struct plan_run *r);

/* The value of an argument, NUL-terminated, until the next turn; p == NULL is NULL. */
struct str plan_run_value(struct plan_run *r, const struct plan_arg *a);

/* Remembers a column that the step keeps (step->keeps has its bit). */
void plan_run_keep(struct plan_run *r, size_t step, size_t column, const char *value);

/* Says why and ends the program with status 1. */
void plan_fail(const char *what, const char *why) __attribute__((noreturn));

/* --name VALUE of the command line, or otherwise. */
const char *plan_option(int argc, char **argv, const char *name, const char *otherwise);
double plan_number(int argc, char **argv, const char *name, const char *otherwise);

#endif
