/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is special to the PostgreSQL driver when all goes well or a statement is at fault:
 * pipelines, prepared statements, scripts and canonical forms. Needs TEST_DATABASE_URL.
 */
#define ROWS "test_pg_rows"
#include <pthread.h>

#include "postgres_steps.h"

static const struct sql broken = {"SELECT nothing FROM test_pg_nowhere"};

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
    script(s, TABLE "INSERT INTO " ROWS " VALUES (1, 'there', 0)");
    static const struct {
        const struct sql *sql;
        const char *text;
        int code;
        const char *names;
    } rows[] = {
        {&insert, "again", ERR_CONFLICT, ROWS "_pkey"},
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
    script(s, TABLE "CREATE TABLE " ROWS "_child (id bigint REFERENCES " ROWS ", n integer)");
    static const struct sql child = {"INSERT INTO " ROWS "_child VALUES ($1, $2)"};
    static const struct sql null_n = {"INSERT INTO " ROWS " (id, n) VALUES (9, NULL)"};
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
         ROWS "_text_check"},
        {{&child, (const struct arg[]){{.type = ARG_I64, .i64 = 99}, {.type = ARG_NULL}}, 2},
         ERR_INVALID,
         ROWS "_child"},
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
    static const struct sql returning = {"INSERT INTO " ROWS
                                         " (id, text) VALUES ($1, $2) RETURNING text, text, text"};
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
    script(s, "TRUNCATE " ROWS);
    for (size_t i = 0; i < n; i++) {
        queries[i].sql = &returning;
        queries[i].rows = &rows[i];
    }
    struct steps many = {queries, n, .at_once = true};
    OK_MSG(store_write(s, do_steps, &many, &e) == 0, "%s", e.text);
    EQ_STR(cell(s, p, &count, NO_ARGS), "5000");
    /* A failure in the middle of such a batch. */
    script(s, "DELETE FROM " ROWS " WHERE id <> 2500");
    EQ_INT(store_write(s, do_steps, &many, &e), ERR_CONFLICT);
    EQ_STR(cell(s, p, &count, NO_ARGS), "1");
    free(queries);
    free(args);
    free(rows);
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
    script(s, TABLE "INSERT INTO " ROWS " VALUES (1, 'a', 0)");
    static const struct sql all = {"SELECT * FROM " ROWS};
    EQ_STR(cell(s, p, &all, NO_ARGS), "1");
    script(s, "ALTER TABLE " ROWS " ADD COLUMN more integer");
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
    static const struct sql get = {"SELECT n FROM " ROWS " WHERE id = 1"};
    static const struct sql put = {"UPDATE " ROWS " SET n = $1 WHERE id = 1"};
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
    script(s[0], TABLE "INSERT INTO " ROWS " VALUES (1, '', 0)");
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

int main(void)
{
    return run_on_postgres();
}
