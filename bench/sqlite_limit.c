/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite's own limit: a bare loop that runs a plan's statements, prepared once, and copies nothing.
 *
 *     sqlite_limit --db FILE --plan FILE --seconds N [--threads N]        reading
 *     sqlite_limit --db FILE --plan FILE --seconds N --group G --checkpoint PAGES   writing
 *
 * Writing: one thread; as many turns as the server reached on average (--group, which may have a
 * fraction) are one transaction, each but the first in a savepoint, as the server has it. Prints
 * one JSON object. Any failed statement ends it.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"
#include "plan.h"

struct loop {
    pthread_t thread;
    const struct plan *plan;
    struct plan_run run;
    sqlite3 *db;
    sqlite3_stmt **st;      /* by step id */
    unsigned char **arg_of; /* by step id: which argument a parameter is */
    sqlite3_stmt *begin, *commit, *save, *release;
    double group; /* 0: reading */
    uint64_t turns, commits;
};

static _Atomic bool stop;

static void check(const struct loop *l, int rc, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) {
        plan_fail(what, sqlite3_errmsg(l->db));
    }
}

static sqlite3_stmt *prepare(struct loop *l, const char *sql)
{
    sqlite3_stmt *st = NULL;
    check(l, sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL), sql);
    return st;
}

static void prepare_step(struct loop *l, const struct plan_step *step)
{
    sqlite3_stmt *st = l->st[step->id] = prepare(l, step->sql);
    int n = sqlite3_bind_parameter_count(st);
    l->arg_of[step->id] = xcalloc((size_t)n + 1, 1);
    for (int i = 1; i <= n; i++) {
        int64_t number;
        if (!str_to_i64(str_of(sqlite3_bind_parameter_name(st, i) + 1), &number) || number < 1 ||
            (size_t)number > step->n_args) {
            plan_fail(step->sql, "a parameter has no argument");
        }
        l->arg_of[step->id][i] = (unsigned char)number;
    }
}

static void loop_open(struct loop *l, const char *path)
{
    const struct plan *plan = l->plan;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    check(l, sqlite3_open_v2(path, &l->db, flags, NULL), path);
    sqlite3_busy_timeout(l->db, 10000); /* the server, idle meanwhile, may still keep house */
    for (size_t i = 0; i < plan->n_setup; i++) {
        check(l, sqlite3_exec(l->db, plan->setup[i], NULL, NULL, NULL), plan->setup[i]);
    }
    l->st = xcalloc(plan->n_steps, sizeof *l->st);
    l->arg_of = xcalloc(plan->n_steps, sizeof *l->arg_of);
    for (size_t v = 0; v < plan->n_variants; v++) {
        for (size_t i = 0; i < plan->variants[v].n; i++) {
            prepare_step(l, &plan->variants[v].steps[i]);
        }
    }
    l->begin = prepare(l, "BEGIN IMMEDIATE");
    l->commit = prepare(l, "COMMIT");
    l->save = prepare(l, "SAVEPOINT one");
    l->release = prepare(l, "RELEASE one");
}

static void run_plain(struct loop *l, sqlite3_stmt *st)
{
    check(l, sqlite3_step(st), "transaction");
    sqlite3_reset(st);
}

static void keep_row(struct loop *l, const struct plan_step *step, size_t at, sqlite3_stmt *st)
{
    for (size_t c = 0; c < PLAN_KEPT_MAX; c++) {
        if (step->keeps & 1u << c) {
            plan_run_keep(&l->run, at, c, (const char *)sqlite3_column_text(st, (int)c));
        }
    }
}

static void run_step(struct loop *l, const struct plan_step *step, size_t at)
{
    sqlite3_stmt *st = l->st[step->id];
    const unsigned char *arg_of = l->arg_of[step->id];
    int n = sqlite3_bind_parameter_count(st), rc = SQLITE_OK;
    for (int i = 1; i <= n && rc == SQLITE_OK; i++) {
        const struct plan_arg *a = &step->args[arg_of[i] - 1];
        struct str v = plan_run_value(&l->run, a);
        int64_t number;
        if (!v.p) {
            rc = sqlite3_bind_null(st, i);
        } else if (a->integer && str_to_i64(v, &number)) {
            rc = sqlite3_bind_int64(st, i, number);
        } else {
            rc = sqlite3_bind_text64(st, i, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8);
        }
    }
    check(l, rc, step->sql);
    bool first = true;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        if (first && step->keeps) {
            keep_row(l, step, at, st);
        }
        first = false;
    }
    check(l, rc, step->sql);
    sqlite3_reset(st);
}

static void run_turn(struct loop *l)
{
    plan_run_next(&l->run);
    for (size_t i = 0; i < l->run.variant->n; i++) {
        run_step(l, &l->run.variant->steps[i], i);
    }
    l->turns++;
}

/* G turns on average: the fraction is made up by groups that are one larger. */
static void run_group(struct loop *l)
{
    uint64_t end = (uint64_t)((double)(l->commits + 1) * l->group);
    run_plain(l, l->begin);
    run_turn(l);
    while (l->turns < end) {
        run_plain(l, l->save);
        run_turn(l);
        run_plain(l, l->release);
    }
    run_plain(l, l->commit);
    l->commits++;
}

static void *loop_main(void *arg)
{
    struct loop *l = arg;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        if (l->group > 0) {
            run_group(l);
        } else {
            run_turn(l);
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct plan *plan = plan_load(plan_option(argc, argv, "plan", NULL));
    const char *path = plan_option(argc, argv, "db", NULL);
    double seconds = plan_number(argc, argv, "seconds", "5");
    double group = plan_number(argc, argv, "group", "0");
    size_t threads = (size_t)plan_number(argc, argv, "threads", "1");
    struct loop *loops = xcalloc(threads, sizeof *loops);
    for (size_t i = 0; i < threads; i++) {
        loops[i].plan = plan;
        loops[i].group = group;
        plan_run_init(&loops[i].run, plan);
        loop_open(&loops[i], path);
        if (group > 0) {
            sqlite3_wal_autocheckpoint(loops[i].db,
                                       (int)plan_number(argc, argv, "checkpoint", NULL));
        } else {
            for (int k = 0; k < 200; k++) {
                run_turn(&loops[i]); /* its caches are warm then */
            }
        }
        loops[i].turns = loops[i].commits = 0;
    }
    struct mono start = mono_now();
    for (size_t i = 0; i < threads; i++) {
        pthread_create(&loops[i].thread, NULL, loop_main, &loops[i]);
    }
    struct timespec rest = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&rest, NULL);
    atomic_store(&stop, true);
    uint64_t turns = 0, commits = 0;
    for (size_t i = 0; i < threads; i++) {
        pthread_join(loops[i].thread, NULL);
        turns += loops[i].turns;
        commits += loops[i].commits;
        sqlite3_close_v2(loops[i].db);
    }
    double took = (double)mono_us_since(start) / 1e6;
    printf("{\"turns\": %llu, \"seconds\": %.3f, \"per_second\": %.1f, \"commits\": %llu}\n",
           (unsigned long long)turns, took, (double)turns / took, (unsigned long long)commits);
    return 0;
}
