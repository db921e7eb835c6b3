/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is special to the PostgreSQL driver: pipelines and their failures, retries, lost
 * connections, the pool, canonical forms and wake-ups. Needs TEST_DATABASE_URL; makes tables of
 * its own, all named test_pg_...
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/metrics.h"
#include "store/pg_private.h"
#include "tap.h"

static const char *url;

/* Behind a pooler that pools transactions, neither prepared statements nor LISTEN work. */
static bool pooled(void)
{
    return getenv("TEST_DATABASE_POOLED") != NULL;
}

static struct store *open_with(struct store_config config)
{
    struct err e = {0};
    struct store *s = NULL;
    config.url = config.url ? config.url : url;
    config.busy_ms = config.busy_ms ? config.busy_ms : 2000;
    config.connections = config.connections ? config.connections : 4;
    if (pooled()) {
        config.prepared_statements = config.listen = false;
    }
    int rc = store_open(&config, &s, &e);
    OK_MSG(rc == 0, "open: %s", e.text);
    return s;
}

static struct store *open_usual(void)
{
    return open_with((struct store_config){.prepared_statements = true});
}

static int run_script(struct db *db, void *arg, struct err *e)
{
    return db_script(db, *(const char **)arg, e);
}

static void script(struct store *s, const char *text)
{
    struct err e = {0};
    OK_MSG(store_exclusive(s, run_script, &text, &e) == 0, "%s", e.text);
}

#define TABLE                                                                                      \
    "DROP TABLE IF EXISTS test_pg_child, test_pg_rows;"                                            \
    "CREATE TABLE test_pg_rows (id bigint PRIMARY KEY, text text CHECK (text <> 'forbidden'),"     \
    " n bigint NOT NULL DEFAULT 0);"

static const struct sql insert = {"INSERT INTO test_pg_rows (id, text) VALUES ($1, $2)"};
static const struct sql count = {"SELECT count(*) FROM test_pg_rows"};
static const struct sql one = {"SELECT 1"};
static const struct sql broken = {"SELECT nothing FROM test_pg_nowhere"};

/* A read of one cell as text; "error" when it fails. */
static const char *cell(struct store *s, struct pool *p, const struct sql *sql,
                        const struct arg *args, size_t n)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows rows;
    struct err e = {0};
    int rc = store_borrow(s, &db, &e);
    rc = rc ? rc : db_rows(db, p, sql, args, n, &rows, &e);
    OK_MSG(rc == 0, "%s: %s", sql->text, e.text);
    return rc || rows.n == 0 ? "error" : row_text(&rows, 0, 0);
}

/* A statement that may not be in a transaction. */
static void alone(struct store *s, const char *text)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    struct sql *sql = pool_alloc(p, sizeof *sql);
    sql->text = text;
    struct rows rows;
    struct err e = {0};
    int rc = store_borrow(s, &db, &e);
    rc = rc ? rc : db_rows(db, p, sql, NO_ARGS, &rows, &e);
    OK_MSG(rc == 0, "%s: %s", text, e.text);
}

/* A transaction as a list of steps. */
struct steps {
    const struct query *queries;
    size_t n;
    bool at_once; /* db_many instead of a db_exec each */
    int rc;       /* what fn returns when all went well */
    int runs;
};

static int do_steps(struct db *db, void *arg, struct err *e)
{
    struct steps *steps = arg;
    steps->runs++;
    CLEANUP(pool_free) struct pool *p = pool_new();
    int rc = 0;
    if (steps->at_once) {
        rc = db_many(db, p, steps->queries, steps->n, e);
    }
    for (size_t i = 0; rc == 0 && !steps->at_once && i < steps->n; i++) {
        const struct query *q = &steps->queries[i];
        rc = db_exec(db, q->sql, q->args, q->n_args, e);
    }
    return rc ? rc : steps->rc;
}

#define QUERIES(...)                                                                               \
    (const struct query[]){__VA_ARGS__}, ARRAY_SIZE(((const struct query[]){__VA_ARGS__}))

TEST(statements_of_a_transaction_travel_and_commit_together)
{
    struct store *s = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE);
    struct err e = {0};
    struct steps steps = {
        QUERIES({&insert, ARGS(A_I64(1), A_TEXT("a"))}, {&insert, ARGS(A_I64(2), A_NULL)})};
    EQ_INT(store_write(s, do_steps, &steps, &e), 0);
    EQ_STR(cell(s, p, &count, NO_ARGS), "2");
    steps.rc = ERR_NOT_FOUND; /* the function itself says no */
    EQ_INT(store_write(s, do_steps,
                       &(struct steps){.queries = QUERIES({&insert, ARGS(A_I64(3), A_NULL)}),
                                       .rc = ERR_NOT_FOUND},
                       &e),
           ERR_NOT_FOUND);
    EQ_INT(store_write(s, do_steps, &(struct steps){0}, &e), 0); /* nothing at all */
    EQ_STR(cell(s, p, &count, NO_ARGS), "2");
    store_free(&s);
}

TEST(a_failure_in_a_pipeline_fails_all_and_leaves_the_connection_well)
{
    struct store *s =
        open_with((struct store_config){.connections = 1, .prepared_statements = true});
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE "INSERT INTO test_pg_rows VALUES (1, 'there', 0)");
    static const struct {
        const struct sql *sql;
        const char *text;
        int code;
        const char *names;
    } rows[] = {
        {&insert, "again", ERR_CONFLICT, "test_pg_rows_pkey"},
        {&broken, NULL, ERR_INTERNAL, "42P01"},
    };
    for (int at_once = 0; at_once < 2; at_once++) {
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            tap_case("row %zu, at once %d", i, at_once);
            struct err e = {0};
            struct steps steps = {QUERIES({&insert, ARGS(A_I64(7), A_NULL)},
                                          {rows[i].sql, ARGS(A_I64(1), A_TEXT("secret")), NULL},
                                          {&insert, ARGS(A_I64(8), A_NULL)}),
                                  .at_once = at_once};
            struct query copy[3];
            memcpy(copy, steps.queries, sizeof copy);
            copy[1].n_args = rows[i].text ? 2 : 0;
            steps.queries = copy;
            EQ_INT(store_write(s, do_steps, &steps, &e), rows[i].code);
            OK_MSG(strstr(e.text, rows[i].names), "%s", e.text);
            OK_MSG(!strstr(e.text, "secret"), "%s", e.text);
            EQ_INT(steps.runs, 1);
            EQ_STR(cell(s, p, &count, NO_ARGS), "1");
        }
    }
    store_free(&s);
}

TEST(sqlstates_become_our_codes)
{
    struct store *s = open_usual();
    script(s, TABLE "CREATE TABLE test_pg_child (id bigint REFERENCES test_pg_rows, n integer)");
    static const struct sql child = {"INSERT INTO test_pg_child VALUES ($1, $2)"};
    static const struct sql null_n = {"INSERT INTO test_pg_rows (id, n) VALUES (9, NULL)"};
    const struct {
        struct query query;
        int code;
        const char *names;
    } rows[] = {
        {{&insert,
          (const struct arg[]){{.type = ARG_I64, .i64 = 1},
                               {.type = ARG_TEXT, .text = {"forbidden", 9}}},
          2},
         ERR_INVALID,
         "test_pg_rows_text_check"},
        {{&child, (const struct arg[]){{.type = ARG_I64, .i64 = 99}, {.type = ARG_NULL}}, 2},
         ERR_INVALID,
         "test_pg_child"},
        {{&child, (const struct arg[]){{.type = ARG_NULL}, {.type = ARG_TEXT, .text = {"Ann", 3}}},
          2},
         ERR_INVALID,
         "22P02"},
        {{&child, (const struct arg[]){{.type = ARG_NULL}, {.type = ARG_I64, .i64 = 1LL << 40}}, 2},
         ERR_INVALID,
         "22003"},
        {{&null_n, NULL, 0}, ERR_INVALID, "n)"},
        {{&insert,
          (const struct arg[]){{.type = ARG_I64, .i64 = 1},
                               {.type = ARG_TEXT, .text = {"a\0b", 3}}},
          2},
         ERR_INVALID,
         "NUL"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("row %zu", i);
        struct err e = {0};
        struct steps steps = {&rows[i].query, 1};
        EQ_INT(store_write(s, do_steps, &steps, &e), rows[i].code);
        OK_MSG(strstr(e.text, rows[i].names) && !strstr(e.text, "Ann"), "%s", e.text);
    }
    store_free(&s);
}

TEST(values_come_in_canonical_form)
{
    struct store *s = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    static const struct {
        struct sql sql;
        const char *want;
    } rows[] = {
        {{"SELECT '2026-03-01 12:00:00.5+01'::timestamptz"}, "2026-03-01T11:00:00.500000Z"},
        {{"SELECT '2026-03-01 12:00:00.123456Z'::timestamptz"}, "2026-03-01T12:00:00.123456Z"},
        {{"SELECT '2026-03-01 12:00:00'::timestamp"}, "2026-03-01T12:00:00.000000Z"},
        {{"SELECT 'infinity'::timestamptz"}, "infinity"},
        {{"SELECT '2026-03-01'::date"}, "2026-03-01"},
        {{"SELECT true"}, "1"},
        {{"SELECT 1 = 2"}, "0"},
        {{"SELECT NULL::boolean"}, NULL},
        {{"SELECT ''::text"}, ""},
        {{"SELECT '{\"b\": 1, \"a\": [true]}'::json"}, "{\"b\": 1, \"a\": [true]}"},
        {{"SELECT '[1,2]'::jsonb"}, "[1, 2]"},
        {{"SELECT 'AAAAAAAA-0000-7000-8000-00000000000F'::uuid"},
         "aaaaaaaa-0000-7000-8000-00000000000f"},
        {{"SELECT 0.1::float8"}, "0.1"},
        {{"SELECT 9007199254740993"}, "9007199254740993"},
        {{"SELECT '{}'::text[]"}, "[]"},
        {{"SELECT ARRAY['a', 'b c', 'q\"uo\\te', 'NULL', NULL, '', 'k,om{ma}', 'Žoë 💇']"},
         "[\"a\",\"b c\",\"q\\\"uo\\\\te\",\"NULL\",null,\"\",\"k,om{ma}\",\"Žoë 💇\"]"},
        {{"SELECT ARRAY[E'line\\nbreak', E'tab\\t']::varchar[]"}, "[\"line\\nbreak\",\"tab\\t\"]"},
        {{"SELECT '[2:3]={x,y}'::text[]"}, "[\"x\",\"y\"]"},
        {{"SELECT ARRAY[ARRAY['a','b'],ARRAY['c','d']]"}, "[[\"a\",\"b\"],[\"c\",\"d\"]]"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i].sql.text);
        EQ_STR(cell(s, p, &rows[i].sql, NO_ARGS), rows[i].want);
    }
    static const struct sql list = {"SELECT {as_list $1}"};
    static const char *const lists[] = {"[]", "[\"a\",\"b\\\"\",null,\"NULL\",\"ü,{}\"]", NULL};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        EQ_STR(cell(s, p, &list, ARGS(A_TEXT(lists[i]))), lists[i]);
    }
    store_free(&s);
}

TEST(times_of_other_zones_are_converted)
{
    static const char *const rows[][2] = {
        {"2026-03-01 12:00:00+05:30", "2026-03-01T06:30:00.000000Z"},
        {"2026-03-01 12:00:00.25-05", "2026-03-01T17:00:00.250000Z"},
        {"2026-03-01 12:00:00+00", "2026-03-01T12:00:00.000000Z"},
        {"-infinity", "-infinity"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char room[WALL_TEXT_BYTES];
        EQ_VIEW(pg_time_to_canonical(str_of(rows[i][0]), room), rows[i][1]);
    }
}

TEST(arguments_of_every_type_arrive)
{
    struct store *s = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    static const struct sql sql = {"SELECT concat_ws('|', $1::text, $2::bigint, $3::float8, "
                                   "$4::boolean, $5::timestamptz, coalesce($6::text, 'none'))"};
    struct wall t = {1700000000123456};
    struct str part = {"partly", 4}; /* not terminated where it ends */
    EQ_STR(cell(s, p, &sql,
                ARGS(A_STR(part), A_I64(-5), A_DOUBLE(0.1), A_BOOL(true), A_WALL(t), A_NULL)),
           "part|-5|0.1|t|2023-11-14 22:13:20.123456+00|none");
    store_free(&s);
}

TEST(a_big_batch_does_not_stall)
{
    struct store *s = open_usual();
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE);
    static const struct sql returning = {
        "INSERT INTO test_pg_rows (id, text) VALUES ($1, $2) RETURNING text, text, text"};
    char text[2049];
    memset(text, 'x', 2048);
    text[2048] = '\0';
    size_t n = 5000;
    struct query *queries = xcalloc(n, sizeof *queries);
    struct arg(*args)[2] = xcalloc(n, sizeof *args);
    struct rows *rows = xcalloc(n, sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        args[i][0] = arg_i64((int64_t)i);
        args[i][1] = arg_text(text);
        queries[i] = (struct query){&insert, args[i], 2, NULL};
    }
    struct err e = {0};
    OK_MSG(store_write(s, do_steps, &(struct steps){queries, n}, &e) == 0, "%s", e.text);
    EQ_STR(cell(s, p, &count, NO_ARGS), "5000");
    /* And all in one pipeline with 30 MB of answers, which fill the buffers of both directions. */
    script(s, "TRUNCATE test_pg_rows");
    for (size_t i = 0; i < n; i++) {
        queries[i].sql = &returning;
        queries[i].rows = &rows[i];
    }
    struct steps many = {queries, n, .at_once = true};
    OK_MSG(store_write(s, do_steps, &many, &e) == 0, "%s", e.text);
    EQ_STR(cell(s, p, &count, NO_ARGS), "5000");
    /* A failure in the middle of such a batch. */
    script(s, "DELETE FROM test_pg_rows WHERE id <> 2500");
    EQ_INT(store_write(s, do_steps, &many, &e), ERR_CONFLICT);
    EQ_STR(cell(s, p, &count, NO_ARGS), "1");
    free(queries);
    free(args);
    free(rows);
    store_free(&s);
}

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
static const struct sql add = {"UPDATE test_pg_rows SET n = n + 1 WHERE id = $1"};
static const struct sql sum = {"SELECT sum(n) FROM test_pg_rows"};

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
    script(s, TABLE "INSERT INTO test_pg_rows VALUES (1, '', 0), (2, '', 0)");
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
    script(s, "TRUNCATE test_pg_rows");
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
                    "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON test_pg_rows DEFERRABLE "
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
    script(s, TABLE "INSERT INTO test_pg_rows VALUES (1, '', 0)");
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

TEST(without_prepared_statements_all_works_too)
{
    struct store *s = open_with((struct store_config){.connections = 1});
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE);
    struct err e = {0};
    for (int i = 0; i < 3; i++) {
        struct steps steps = {QUERIES({&insert, ARGS(A_I64(i), A_TEXT("a"))})};
        EQ_INT(store_write(s, do_steps, &steps, &e), 0);
    }
    EQ_STR(cell(s, p, &count, NO_ARGS), "3");
    static const struct sql prepared = {"SELECT count(*) FROM pg_prepared_statements"};
    EQ_STR(cell(s, p, &prepared, NO_ARGS), "0");
    store_free(&s);
}

TEST(a_changed_table_does_not_break_prepared_statements)
{
    struct store *s =
        open_with((struct store_config){.connections = 1, .prepared_statements = true});
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE "INSERT INTO test_pg_rows VALUES (1, 'a', 0)");
    static const struct sql all = {"SELECT * FROM test_pg_rows"};
    EQ_STR(cell(s, p, &all, NO_ARGS), "1");
    script(s, "ALTER TABLE test_pg_rows ADD COLUMN more integer");
    EQ_STR(cell(s, p, &all, NO_ARGS), "1");
    store_free(&s);
}

/* More statements than a connection prepares: the rest works unprepared. */
TEST(the_number_of_prepared_statements_is_bounded)
{
    struct store *s =
        open_with((struct store_config){.connections = 1, .prepared_statements = true});
    CLEANUP(pool_free) struct pool *p = pool_new();
    int n = PG_PREPARED_MAX + 50;
    struct sql *many = pool_calloc(p, (size_t)n, sizeof *many);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < n; i++) {
            if (round == 0) {
                many[i].text = pool_printf(p, "SELECT %d", i);
            }
            char want[16];
            snprintf(want, sizeof want, "%d", i);
            EQ_STR(cell(s, p, &many[i], NO_ARGS), want);
        }
    }
    if (!pooled()) {
        static const struct sql prepared = {"SELECT count(*) <= 768 FROM pg_prepared_statements"};
        EQ_STR(cell(s, p, &prepared, NO_ARGS), "1");
    }
    store_free(&s);
}

static int add_one_exclusively(struct db *db, void *arg, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    static const struct sql get = {"SELECT n FROM test_pg_rows WHERE id = 1"};
    static const struct sql put = {"UPDATE test_pg_rows SET n = $1 WHERE id = 1"};
    struct rows rows;
    (void)arg;
    int rc = db_rows(db, p, &get, NO_ARGS, &rows, e);
    rc = rc ? rc : db_script(db, "SELECT pg_sleep(0.001); SELECT 1;", e);
    return rc ? rc : db_exec(db, &put, ARGS(A_I64(row_i64(&rows, 0, 0) + 1)), e);
}

static void *exclusive_main(void *arg)
{
    struct err e = {0};
    for (int i = 0; i < 10; i++) {
        OK_MSG(store_exclusive(arg, add_one_exclusively, NULL, &e) == 0, "%s", e.text);
    }
    return NULL;
}

TEST(exclusive_is_exclusive_across_stores)
{
    struct store *s[2] = {open_usual(), open_usual()};
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s[0], TABLE "INSERT INTO test_pg_rows VALUES (1, '', 0)");
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, exclusive_main, s[i % 2]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    EQ_STR(cell(s[0], p, &sum, NO_ARGS), "40");
    store_free(&s[0]);
    store_free(&s[1]);
}

static int bad_script(struct db *db, void *arg, struct err *e)
{
    (void)arg;
    int rc = db_exec(db, &insert, ARGS(A_I64(5), A_NULL), e);
    return rc ? rc : db_script(db, "SELECT 1; SELECT nothing FROM test_pg_nowhere;", e);
}

TEST(a_failed_script_undoes_its_transaction)
{
    struct store *s =
        open_with((struct store_config){.connections = 1, .prepared_statements = true});
    CLEANUP(pool_free) struct pool *p = pool_new();
    script(s, TABLE);
    struct err e = {0};
    EQ_INT(store_exclusive(s, bad_script, NULL, &e), ERR_INTERNAL);
    EQ_STR(cell(s, p, &count, NO_ARGS), "0");
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
    url = getenv("TEST_DATABASE_URL");
    if (!url) {
        printf("1..0 # SKIP TEST_DATABASE_URL is not set\n");
        return 0;
    }
    return tap_run();
}
