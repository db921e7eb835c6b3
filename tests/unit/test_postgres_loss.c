/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PostgreSQL driver among others: conflicts, lost connections, a server that is away, the pool
 * and wake-ups. Needs TEST_DATABASE_URL.
 */
#define ROWS "test_pg_loss"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/metrics.h"
#include "postgres_steps.h"

/* Two transactions that meet: each does its first step, waits for the other, does its second. */
struct meeting {
    struct store *s;
    pthread_barrier_t *barrier;
    bool serializable;
    int64_t first, second;
    int runs;
    int rc;
    char text[400];
};

static const struct sql serializable = {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"};

static int meet(struct db *db, void *arg, struct err *e)
{
    struct meeting *m = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows rows;
    int rc = 0;
    if (m->serializable) {
        rc = db_exec(db, &serializable, NO_ARGS, e);
        rc = rc ? rc : db_rows(db, p, &sum, NO_ARGS, &rows, e);
    } else {
        rc = db_rows(db, p, &add, ARGS(A_I64(m->first)), &rows, e);
    }
    if (m->runs++ == 0) {
        pthread_barrier_wait(m->barrier);
    }
    return rc ? rc : db_exec(db, &add, ARGS(A_I64(m->second)), e);
}

static void *meet_main(void *arg)
{
    struct meeting *m = arg;
    struct err e = {0};
    m->rc = store_write(m->s, meet, m, &e);
    snprintf(m->text, sizeof m->text, "%s", e.text);
    return NULL;
}

static void check_meeting(bool is_serializable)
{
    struct store *s = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE "INSERT INTO " ROWS " VALUES (1, '', 0), (2, '', 0)");
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, 2);
    struct meeting m[2] = {{s, &barrier, is_serializable, 1, 2},
                           {s, &barrier, is_serializable, 2, 1}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, meet_main, &m[i]);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
        OK_MSG(m[i].rc == 0, "%s", m[i].text);
    }
    OK_MSG(m[0].runs + m[1].runs >= 3, "nobody was run again");
    EQ_STR(cell(s, p, &sum, NO_ARGS), is_serializable ? "2" : "4");
    pthread_barrier_destroy(&barrier);
    store_free(&s);
}

TEST(a_deadlock_is_run_again)
{
    check_meeting(false);
}

TEST(a_serialization_failure_is_run_again)
{
    check_meeting(true);
}

static const struct sql own_pid = {"SELECT pg_backend_pid()"};
static const struct sql kill_it = {"SELECT pg_terminate_backend($1::integer, 2000)"};

/* Ends every other session of this driver on the database, or only the given one. */
static const struct sql kill_others = {
    "SELECT count(pg_terminate_backend(pid, 2000)) FROM pg_stat_activity WHERE pid <> "
    "pg_backend_pid() AND application_name = $1"};

static struct store *open_named(const char *name, struct store_config config)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    config.url = pool_printf(p, "%s%sapplication_name=%s", url, strchr(url, '?') ? "&" : "?", name);
    return open_with(config);
}

TEST(a_lost_connection_is_replaced_without_an_error)
{
    struct store *s =
        open_named("test_pg_victim", (struct store_config){.prepared_statements = true});
    struct store *killer = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(killer, TABLE);
    for (int i = 0; i < 3; i++) {
        EQ_STR(cell(s, p, &one, NO_ARGS), "1");
        int64_t before = metric_value(METRIC_store_reconnects_total);
        cell(killer, p, &kill_others, ARGS(A_TEXT("test_pg_victim")));
        EQ_STR(cell(s, p, &one, NO_ARGS), "1");
        if (!pooled()) {
            EQ_INT(metric_value(METRIC_store_reconnects_total), before + 1);
        }
        cell(killer, p, &kill_others, ARGS(A_TEXT("test_pg_victim")));
        struct err e = {0};
        struct steps steps = {QUERIES({&insert, ARGS(A_I64(i), A_NULL)})};
        OK_MSG(store_write(s, do_steps, &steps, &e) == 0, "%s", e.text);
    }
    EQ_STR(cell(s, p, &count, NO_ARGS), "3");
    store_free(&killer);
    store_free(&s);
}

/* A transaction whose server process ends in its middle, the first time or always. */
struct cut {
    struct store *killer;
    bool always;
    int runs;
};

static int be_cut(struct db *db, void *arg, struct err *e)
{
    struct cut *cut = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows rows;
    int rc = db_exec(db, &insert, ARGS(A_I64(1), A_NULL), e);
    rc = rc ? rc : db_rows(db, p, &own_pid, NO_ARGS, &rows, e);
    if (rc == 0 && (cut->runs++ == 0 || cut->always)) {
        cell(cut->killer, p, &kill_it, ARGS(A_I64(row_i64(&rows, 0, 0))));
    }
    return rc ? rc : db_rows(db, p, &one, NO_ARGS, &rows, e);
}

TEST(a_transaction_cut_before_commit_is_run_again)
{
    struct store *s = open_usual();
    struct store *killer = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE);
    struct err e = {0};
    struct cut cut = {.killer = killer};
    OK_MSG(store_write(s, be_cut, &cut, &e) == 0, "%s", e.text);
    EQ_INT(cut.runs, 2);
    EQ_STR(cell(s, p, &count, NO_ARGS), "1");
    cut = (struct cut){.killer = killer, .always = true};
    script(s, "TRUNCATE " ROWS);
    EQ_INT(store_write(s, be_cut, &cut, &e), ERR_UNAVAILABLE);
    OK_MSG(cut.runs > 1 && cut.runs < 10, "%d runs", cut.runs);
    EQ_STR(cell(s, p, &count, NO_ARGS), "0");
    store_free(&killer);
    store_free(&s);
}

/* The backend ends while COMMIT is at work: a deferred trigger of the table sees to that. */
TEST(a_connection_lost_in_commit_is_not_tried_again)
{
    struct store *s = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE "CREATE OR REPLACE FUNCTION test_pg_die() RETURNS trigger LANGUAGE plpgsql AS "
                    "$$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); "
                    "PERFORM pg_sleep(1); RETURN NULL; END$$;"
                    "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON " ROWS " DEFERRABLE "
                    "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION test_pg_die()");
    struct err e = {0};
    struct steps steps = {QUERIES({&insert, ARGS(A_I64(1), A_NULL)})};
    EQ_INT(store_write(s, do_steps, &steps, &e), ERR_UNAVAILABLE);
    OK_MSG(strstr(e.text, "may have happened"), "%s", e.text);
    EQ_INT(steps.runs, 1);
    EQ_STR(cell(s, p, &one, NO_ARGS), "1");
    script(s, TABLE "DROP FUNCTION test_pg_die");
    store_free(&s);
}

/* The same, but in a statement that travels with COMMIT: then COMMIT never ran, for certain. */
TEST(a_connection_lost_just_before_commit_is_run_again)
{
    struct store *s = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE "CREATE SEQUENCE IF NOT EXISTS test_pg_tries");
    static const struct sql die_first = {
        "SELECT CASE WHEN nextval('test_pg_tries') = 1 THEN "
        "pg_terminate_backend(pg_backend_pid())::text || pg_sleep(1)::text END"};
    struct err e = {0};
    struct steps steps = {QUERIES({&insert, ARGS(A_I64(1), A_NULL)}, {&die_first, NO_ARGS, NULL},
                                  {&insert, ARGS(A_I64(2), A_NULL)})};
    OK_MSG(store_write(s, do_steps, &steps, &e) == 0, "%s", e.text);
    EQ_INT(steps.runs, 2);
    EQ_STR(cell(s, p, &count, NO_ARGS), "2");
    script(s, "DROP SEQUENCE test_pg_tries");
    store_free(&s);
}

TEST(a_server_that_is_not_there_is_said_so)
{
    struct err e = {0};
    struct store *s = NULL;
    struct store_config config = {
        .url = "postgres://nobody:hush@127.0.0.1:1/none", .connections = 2, .busy_ms = 500};
    EQ_INT(store_open(&config, &s, &e), ERR_UNAVAILABLE);
    OK_MSG(strstr(e.text, "does not answer") && !strstr(e.text, "hush"), "%s", e.text);
    config.url = "postgres://nobody:hush@[127.0.0.1/none";
    EQ_INT(store_open(&config, &s, &e), ERR_CONFIG);
    OK_MSG(!strstr(e.text, "hush"), "%s", e.text);
    OK(s == NULL);
}

/* A database that lets nobody in for a while: calls fail at once, and it is back by itself. */
TEST(while_the_server_is_away_calls_fail_fast)
{
    if (pooled()) {
        SKIP("the pooler holds its own connections");
    }
    struct store *admin = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    alone(admin, "DROP DATABASE IF EXISTS test_pg_away");
    alone(admin, "CREATE DATABASE test_pg_away");
    const char *slash = strrchr(url, '/');
    const char *rest = strchr(slash, '?');
    char *away_url =
        pool_printf(p, "%.*s/test_pg_away%s", (int)(slash - url), url, rest ? rest : "");
    struct store *s = open_with(
        (struct store_config){.url = away_url, .prepared_statements = true, .busy_ms = 5000});
    EQ_STR(cell(s, p, &one, NO_ARGS), "1");
    script(admin, "ALTER DATABASE test_pg_away ALLOW_CONNECTIONS false");
    script(admin, "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = "
                  "'test_pg_away'");
    struct err e = {0};
    struct mono start = mono_now();
    for (int i = 0; i < 50; i++) {
        EQ_INT(store_ping(s, &e), ERR_UNAVAILABLE);
        OK_MSG(strstr(e.text, "does not answer"), "%s", e.text);
    }
    OK_MSG(mono_us_since(start) < 1000000, "%lld us", (long long)mono_us_since(start));
    script(admin, "ALTER DATABASE test_pg_away ALLOW_CONNECTIONS true");
    int rc = -1;
    for (start = mono_now(); rc && mono_us_since(start) < 4000000; poll(NULL, 0, 20)) {
        rc = store_ping(s, &e);
    }
    OK_MSG(rc == 0, "%s", e.text);
    store_free(&s);
    alone(admin, "DROP DATABASE test_pg_away");
    store_free(&admin);
}

/* Holds its connection until told. */
struct hold {
    struct store *s;
    bool a_row; /* and the lock of a row */
    _Atomic bool holding;
    _Atomic bool let_go;
};

static int hold_it(struct db *db, void *arg, struct err *e)
{
    struct hold *h = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows rows;
    int rc = h->a_row ? db_rows(db, p, &add, ARGS(A_I64(1)), &rows, e)
                      : db_rows(db, p, &one, NO_ARGS, &rows, e);
    atomic_store(&h->holding, true);
    while (!atomic_load(&h->let_go)) {
        poll(NULL, 0, 1);
    }
    return rc;
}

static void *hold_main(void *arg)
{
    struct hold *h = arg;
    struct err e = {0};
    OK_MSG(store_write(h->s, hold_it, h, &e) == 0, "%s", e.text);
    return NULL;
}

TEST(waiting_for_a_connection_has_an_end)
{
    struct store *s = open_with(
        (struct store_config){.connections = 1, .busy_ms = 100, .prepared_statements = true});
    struct hold h = {.s = s};
    pthread_t thread;
    pthread_create(&thread, NULL, hold_main, &h);
    while (!atomic_load(&h.holding)) {
        poll(NULL, 0, 1);
    }
    struct err e = {0};
    struct mono start = mono_now();
    EQ_INT(store_ping(s, &e), ERR_UNAVAILABLE);
    OK_MSG(strstr(e.text, "busy"), "%s", e.text);
    int64_t us = mono_us_since(start);
    OK_MSG(us >= 100000 && us < 1000000, "%lld us", (long long)us);
    atomic_store(&h.let_go, true);
    pthread_join(thread, NULL);
    EQ_INT(store_ping(s, &e), 0);
    store_free(&s);
}

TEST(a_lock_is_not_waited_for_without_end)
{
    if (pooled()) {
        SKIP("a pooler's sessions have no limits of ours");
    }
    struct store *s = open_with((struct store_config){.busy_ms = 200, .prepared_statements = true});
    script(s, TABLE "INSERT INTO " ROWS " VALUES (1, '', 0)");
    struct store *other = open_usual();
    struct hold h = {.s = other, .a_row = true};
    pthread_t thread;
    pthread_create(&thread, NULL, hold_main, &h);
    while (!atomic_load(&h.holding)) {
        poll(NULL, 0, 1);
    }
    struct err e = {0};
    struct steps steps = {QUERIES({&add, ARGS(A_I64(1))})};
    struct mono start = mono_now();
    EQ_INT(store_write(s, do_steps, &steps, &e), ERR_UNAVAILABLE);
    OK_MSG(strstr(e.text, "locked"), "%s", e.text);
    OK_MSG(mono_us_since(start) < 1500000, "%lld us", (long long)mono_us_since(start));
    atomic_store(&h.let_go, true);
    pthread_join(thread, NULL);
    EQ_INT(store_write(s, do_steps, &steps, &e), 0);
    store_free(&other);
    store_free(&s);
}

static void count_wake(void *arg, unsigned what)
{
    atomic_fetch_add((_Atomic int *)arg + (what & STORE_WAKE_JOBS ? 0 : 1), 1);
}

static int wake_jobs(struct db *db, void *arg, struct err *e)
{
    int64_t id = *(int64_t *)arg;
    db_wake(db, STORE_WAKE_JOBS);
    return db_exec(db, &insert, ARGS(A_I64(id), A_NULL), e);
}

static bool until(_Atomic int *n, int least)
{
    for (struct mono start = mono_now(); mono_us_since(start) < 5000000; poll(NULL, 0, 5)) {
        if (atomic_load(n) >= least) {
            return true;
        }
    }
    return false;
}

TEST(wake_ups_reach_this_store_and_others)
{
    if (pooled()) {
        SKIP("LISTEN does not work through this pooler");
    }
    struct store *here =
        open_with((struct store_config){.listen = true, .prepared_statements = true});
    struct store *there = open_named(
        "test_pg_there", (struct store_config){.listen = true, .prepared_statements = true});
    _Atomic int here_n[2] = {0}, there_n[2] = {0};
    store_on_wake(here, count_wake, here_n);
    store_on_wake(there, count_wake, there_n);
    script(here, TABLE);
    struct err e = {0};
    for (int64_t id = 0; id < 200; id++) {
        EQ_INT(store_write(here, wake_jobs, &id, &e), 0);
    }
    EQ_INT(atomic_load(&here_n[0]), 200); /* at once, and its own notifications add nothing */
    OK(until(&there_n[0], 1));
    poll(NULL, 0, 100);
    EQ_INT(atomic_load(&here_n[0]), 200);
    int told = atomic_load(&there_n[0]);
    OK_MSG(told < 100, "200 commits in a row became %d notifications", told);
    int64_t taken = 7; /* fails: nobody is woken */
    EQ_INT(store_write(here, wake_jobs, &taken, &e), ERR_CONFLICT);
    poll(NULL, 0, 60);
    EQ_INT(atomic_load(&there_n[0]), told);
    /* The listener's connection breaks: it comes back and says that something may have happened. */
    CLEANUP(pool_free) struct pool *p = pool_new();
    cell(here, p, &kill_others, ARGS(A_TEXT("test_pg_there")));
    OK(until(&there_n[0], told + 1));
    told = atomic_load(&there_n[0]);
    int64_t fresh = 1000;
    EQ_INT(store_write(here, wake_jobs, &fresh, &e), 0);
    OK(until(&there_n[0], told + 1));
    EQ_INT(atomic_load(&here_n[1]) + atomic_load(&there_n[1]), 0);
    store_free(&here);
    store_free(&there);
}

struct crowd {
    struct store *s;
    int64_t base;
};

static void *crowd_main(void *arg)
{
    const struct crowd *crowd = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    for (int64_t i = 0; i < 50; i++) {
        struct err e = {0};
        struct steps steps = {QUERIES({&insert, ARGS(A_I64(crowd->base + i), A_TEXT("a"))},
                                      {&add, ARGS(A_I64(crowd->base + i))})};
        OK_MSG(store_write(crowd->s, do_steps, &steps, &e) == 0, "%s", e.text);
        cell(crowd->s, p, &one, NO_ARGS);
    }
    return NULL;
}

TEST(many_threads_share_few_connections)
{
    struct store *s = open_with(
        (struct store_config){.connections = 3, .busy_ms = 10000, .prepared_statements = true});
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE);
    struct crowd crowd[12];
    pthread_t threads[12];
    for (int i = 0; i < 12; i++) {
        crowd[i] = (struct crowd){s, i * 1000};
        pthread_create(&threads[i], NULL, crowd_main, &crowd[i]);
    }
    for (int i = 0; i < 12; i++) {
        pthread_join(threads[i], NULL);
    }
    EQ_STR(cell(s, p, &sum, NO_ARGS), "600");
    store_free(&s);
}

int main(void)
{
    return run_on_postgres();
}
