/* SPDX-License-Identifier: Apache-2.0 */
/* Values in and out, reading, connections and opening, on the engine of the fixture. */
#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/store_private.h"
#include "store_fixture.h"
#include "tap.h"

static const char values_table[] =
    "CREATE TABLE v (id integer PRIMARY KEY NOT NULL, t text, n bigint, d {float}, b {bool},"
    " at {time}, j {json}, l {list}, u {uuid});";

/* Runs one statement with arguments in a write transaction. */
struct statement {
    const struct sql *sql;
    const struct arg *args;
    size_t n_args;
};

static int run_statement(struct db *db, void *arg, struct err *e)
{
    const struct statement *s = arg;
    return db_exec(db, s->sql, s->args, s->n_args, e);
}

static int write_one(struct store *s, const struct sql *sql, const struct arg *args, size_t n)
{
    struct err e = {0};
    struct statement statement = {sql, args, n};
    int rc = store_write(s, run_statement, &statement, &e);
    if (rc) {
        printf("# %s\n", e.text);
    }
    return rc;
}

static const struct sql put_value = {
    "INSERT INTO v (id, t, n, d, b, at, j, l, u)"
    " VALUES ($1, $2, $3, $4, $5, $6, {as_json $7}, {as_list $8}, $9)"};

TEST(values_come_back_as_they_went)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct err e = {0};
    struct rows r = {0};
    const char *id = "0190b6ca-7c2e-7c6a-8f00-0123456789ab";
    struct wall at = {1693803705123456};
    fixture_init(&f);
    EQ_INT(fixture_script(f.store, values_table), 0);
    EQ_INT(write_one(f.store, &put_value,
                     ARGS(A_I64(1), A_TEXT("Zoë \"O'Hara\"\n\t🌸"), A_I64(INT64_MIN), A_DOUBLE(0.1),
                          A_BOOL(true), A_WALL(at), A_TEXT("{\"a\": [1, null]}"),
                          A_TEXT("[\"a\",\"b \\\"q\\\", {c}\",\"\"]"), A_TEXT(id))),
           0);
    EQ_INT(write_one(f.store, &put_value,
                     ARGS(A_I64(2), A_TEXT(""), A_I64(INT64_MAX), A_DOUBLE(7), A_BOOL(false),
                          A_WALL(((struct wall){-1})), A_TEXT("[]"), A_TEXT("[]"), A_NULL)),
           0);
    EQ_INT(write_one(f.store, &put_value,
                     ARGS(A_I64(3), A_TEXT(NULL), A_ID(0), A_NULL, A_NULL,
                          A_WALL(((struct wall){0})), A_NULL, A_NULL, A_STR(((struct str){0})))),
           0);

    CLEANUP(store_return) struct db *db = NULL;
    static const struct sql get = {"SELECT t, n, d, b, at, j, l, u, id FROM v ORDER BY id"};
    EQ_INT(store_borrow(f.store, &db, &e), 0);
    EQ_INT(db_rows(db, p, &get, NO_ARGS, &r, &e), 0);
    EQ_INT(r.n, 3);
    EQ_INT(r.columns, 9);
    EQ_STR(row_text(&r, 0, 0), "Zoë \"O'Hara\"\n\t🌸");
    OK(row_i64(&r, 0, 1) == INT64_MIN);
    EQ_STR(row_text(&r, 0, 1), "-9223372036854775808");
    EQ_STR(row_text(&r, 0, 2), "0.1");
    OK(row_double(&r, 0, 2) == 0.1);
    EQ_STR(row_text(&r, 0, 3), "1");
    OK(row_bool(&r, 0, 3));
    EQ_STR(row_text(&r, 0, 4), "2023-09-04T05:01:45.123456Z");
    OK(row_wall(&r, 0, 4).us == at.us);
    EQ_STR(row_text(&r, 0, 5), "{\"a\": [1, null]}");
    EQ_STR(row_text(&r, 0, 6), "[\"a\",\"b \\\"q\\\", {c}\",\"\"]");
    EQ_STR(row_text(&r, 0, 7), id);

    EQ_STR(row_text(&r, 1, 0), "");
    OK(!row_is_null(&r, 1, 0));
    OK(row_i64(&r, 1, 1) == INT64_MAX);
    EQ_STR(row_text(&r, 1, 2), "7");
    EQ_STR(row_text(&r, 1, 3), "0");
    OK(row_wall(&r, 1, 4).us == -1);
    EQ_STR(row_text(&r, 1, 5), "[]");
    EQ_STR(row_text(&r, 1, 6), "[]");

    for (size_t i = 0; i < 8; i++) {
        tap_case("column %zu", i);
        OK(row_is_null(&r, 2, i));
        EQ_STR(row_text(&r, 2, i), NULL);
        EQ_INT(row_i64(&r, 2, i), 0);
        OK(row_wall(&r, 2, i).us == 0);
        OK(!row_bool(&r, 2, i));
    }
}

TEST(parameters_come_in_any_order_and_again)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    static const struct sql get = {
        "SELECT {as_text $3}, {as_text $1}, {as_text $2}, {as_text $1} || {as_text $3}"};
    struct err e = {0};
    struct rows r = {0};
    fixture_init(&f);
    EQ_INT(store_borrow(f.store, &db, &e), 0);
    for (int i = 0; i < 2; i++) {
        EQ_INT(db_rows(db, p, &get, ARGS(A_TEXT("a"), A_TEXT("b"), A_TEXT("c")), &r, &e), 0);
        EQ_STR(row_text(&r, 0, 0), "c");
        EQ_STR(row_text(&r, 0, 1), "a");
        EQ_STR(row_text(&r, 0, 2), "b");
        EQ_STR(row_text(&r, 0, 3), "ac");
    }
    struct rows untouched = {.n = 77};
    OK(db_rows(db, p, &get, ARGS(A_TEXT("a"), A_TEXT("b")), &untouched, &e) < 0);
    EQ_INT(untouched.n, 77);
}

TEST(large_results_and_values)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    static const struct sql many = {
        "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 5000)"
        " SELECT i, NULL, i * 2 FROM s"};
    static const struct sql echo = {"SELECT {as_text $1}"};
    struct err e = {0};
    struct rows r = {0};
    fixture_init(&f);
    EQ_INT(store_borrow(f.store, &db, &e), 0);
    EQ_INT(db_rows(db, p, &many, NO_ARGS, &r, &e), 0);
    EQ_INT(r.n, 5000);
    int64_t sum = 0;
    ROWS_EACH (i, r) {
        sum += row_i64(&r, i, 0) + row_i64(&r, i, 2) + !row_is_null(&r, i, 1);
    }
    EQ_INT(sum, 3 * 5000 * 5001 / 2);
    size_t n = 3u << 20;
    char *big = pool_alloc(p, n + 1);
    memset(big, 'x', n);
    EQ_INT(db_rows(db, p, &echo, ARGS(A_STR(((struct str){big, n}))), &r, &e), 0);
    EQ_INT(row_str(&r, 0, 0).n, n);
    OK(memcmp(row_text(&r, 0, 0), big, n + 1) == 0);
}

TEST(several_queries_at_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    static const struct sql one = {"SELECT {as_int $1} + 1"};
    static const struct sql none = {"SELECT 1 WHERE 1 = 0"};
    static const struct sql wrong = {"SELECT * FROM there_is_no_such_table"};
    struct err e = {0};
    struct rows a = {0}, b = {0}, c = {0};
    fixture_init(&f);
    EQ_INT(store_borrow(f.store, &db, &e), 0);
    struct query good[] = {{&one, ARGS(A_I64(41)), &a},
                           {&none, NO_ARGS, &b},
                           {&one, ARGS(A_I64(1)), NULL},
                           {&one, ARGS(A_I64(-1)), &c}};
    EQ_INT(db_many(db, p, good, ARRAY_SIZE(good), &e), 0);
    EQ_INT(row_i64(&a, 0, 0), 42);
    EQ_INT(b.n, 0);
    EQ_INT(row_i64(&c, 0, 0), 0);
    struct query bad[] = {{&one, ARGS(A_I64(41)), &a}, {&wrong, NO_ARGS, &b}};
    EQ_INT(db_many(db, p, bad, ARRAY_SIZE(bad), &e), ERR_INTERNAL);
    /* The connection is as good as before. */
    EQ_INT(db_many(db, p, good, ARRAY_SIZE(good), &e), 0);
    EQ_INT(row_i64(&a, 0, 0), 42);
}

/* What a row_fn saw, one cell after the other. */
static void note_cells(void *arg, const struct rows *row)
{
    EQ_INT(row->n, 1);
    for (size_t i = 0; i < row->columns; i++) {
        struct str cell = row_str(row, 0, i);
        buf_put_str(arg, cell.p ? cell : STR("NULL"));
        buf_putc(arg, ',');
    }
}

TEST(rows_may_be_passed_on_as_they_come)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    CLEANUP(buf_clear) struct buf seen;
    struct err e = {0};
    static const struct sql numbers = {
        "SELECT CAST(n AS bigint), {as_text $1}, NULL FROM (SELECT 1 AS n UNION SELECT 2 UNION "
        "SELECT 3) x ORDER BY 1"};
    static const struct sql none = {"SELECT 1 AS n WHERE 1 = 2"};
    static const struct sql one = {"SELECT {as_text $1}"};
    struct rows whole = {0};
    struct arg a = A_TEXT("é"), b = A_TEXT("");
    buf_init(&seen, 1000);
    struct query queries[] = {
        {&numbers, &a, 1, .each = note_cells, .arg = &seen},
        {&none, NO_ARGS, .each = note_cells, .arg = &seen},
        {&one, &a, 1, &whole},
        {&one, &b, 1, .each = note_cells, .arg = &seen},
    };
    fixture_init(&f);
    EQ_INT(store_borrow(f.store, &db, &e), 0);
    for (int round = 0; round < 2; round++) {
        buf_reset(&seen);
        EQ_INT(db_many(db, p, queries, ARRAY_SIZE(queries), &e), 0);
        EQ_STR(seen.data, "1,é,NULL,2,é,NULL,3,é,NULL,,");
        EQ_STR(row_text(&whole, 0, 0), "é");
    }
}

TEST(more_statements_than_a_cache_holds)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    static struct sql statements[1500];
    struct err e = {0};
    fixture_init(&f);
    EQ_INT(store_borrow(f.store, &db, &e), 0);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(statements); i++) {
            struct rows r = {0};
            if (round == 0) {
                statements[i].text = pool_printf(p, "SELECT %zu", i);
            }
            if (!EQ_INT(db_rows(db, p, &statements[i], NO_ARGS, &r, &e), 0) ||
                !EQ_INT(row_i64(&r, 0, 0), i)) {
                return;
            }
        }
    }
}

TEST(lent_out_connections_are_waited_for)
{
    if (fixture_engine() != STORE_SQLITE) {
        SKIP("there a borrowed db takes a connection only while it runs a statement");
    }
    if (fixture_engine() == STORE_POSTGRES) {
        SKIP("a lent db takes its connection for each read, and waits then: see test_postgres.c");
    }
    CLEANUP(fixture_clear) struct fixture f;
    struct db *one = NULL, *two = NULL, *three = NULL;
    struct err e = {0};
    fixture_init(&f);
    f.config.connections = 2;
    f.config.busy_ms = 150;
    fixture_reopen(&f);
    EQ_INT(store_borrow(f.store, &one, &e), 0);
    EQ_INT(store_borrow(f.store, &two, &e), 0);
    OK(one != two);
    struct mono start = mono_now();
    EQ_INT(store_borrow(f.store, &three, &e), ERR_UNAVAILABLE);
    int64_t waited_us = mono_us_since(start);
    OK_MSG(waited_us > 100000 && waited_us < 3000000, "%lld us", (long long)waited_us);
    OK(three == NULL);
    OK(e.text[0]);
    store_return(&two);
    OK(two == NULL);
    EQ_INT(store_borrow(f.store, &three, &e), 0);
    store_return(&one);
    store_return(&three);
    store_return(&three);
}

struct borrower {
    struct store *store;
    int failures;
};

static void *borrow_often(void *arg)
{
    struct borrower *b = arg;
    static const struct sql one = {"SELECT 1"};
    CLEANUP(pool_free) struct pool *p = pool_new();
    for (int i = 0; i < 60; i++) {
        CLEANUP(store_return) struct db *db = NULL;
        struct rows r = {0};
        b->failures += store_borrow(b->store, &db, NULL) != 0 ||
                       db_rows(db, p, &one, NO_ARGS, &r, NULL) != 0 || row_i64(&r, 0, 0) != 1;
        pool_clear(p);
    }
    return NULL;
}

TEST(many_threads_share_few_connections)
{
    CLEANUP(fixture_clear) struct fixture f;
    pthread_t threads[12];
    struct borrower borrowers[ARRAY_SIZE(threads)];
    fixture_init(&f);
    f.config.connections = 3;
    fixture_reopen(&f);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        borrowers[i] = (struct borrower){f.store, 0};
        pthread_create(&threads[i], NULL, borrow_often, &borrowers[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_join(threads[i], NULL);
        EQ_INT(borrowers[i].failures, 0);
    }
}

static int open_url(const char *url, struct err *e)
{
    struct store_config config = {.url = url, .connections = 1, .busy_ms = 300, .group_max = 1};
    CLEANUP(store_free) struct store *s = NULL;
    return store_open(&config, &s, e);
}

TEST(addresses_that_cannot_be_opened)
{
    struct err e = {0};
    char file[] = "/tmp/ava-test-XXXXXX", url[64];
    EQ_INT(open_url("mysql://root:secret@localhost/x", &e), ERR_CONFIG);
    OK(!strstr(e.text, "secret"));
    EQ_INT(open_url("", &e), ERR_CONFIG);
    EQ_INT(open_url("sqlite:", &e), ERR_CONFIG);
    EQ_INT(open_url("sqlite:/there/is/no/such/directory/db", &e), ERR_UNAVAILABLE);
    EQ_INT(open_url("postgres://ava:secret@127.0.0.1:1/x", &e), ERR_UNAVAILABLE);
    EQ_INT(open_url("postgresql+psycopg2://ava:secret@127.0.0.1:1/x", &e), ERR_UNAVAILABLE);
    OK_MSG(!strstr(e.text, "secret"), "%s", e.text);
    int fd = mkstemp(file);
    OK(fd >= 0 && write(fd, "This is a letter and no database, however long it is.\n", 54) == 54);
    close(fd);
    snprintf(url, sizeof url, "sqlite:%s", file);
    EQ_INT(open_url(url, &e), ERR_CONFIG);
    unlink(file);
}

TEST(addresses_of_the_voice_only_system)
{
    char directory[] = "/tmp/ava-test-XXXXXX", url[128], file[64], before[256];
    OK(mkdtemp(directory) && getcwd(before, sizeof before));
    snprintf(file, sizeof file, "%s/absolute.db", directory);
    snprintf(url, sizeof url, "sqlite:///%s", file); /* four slashes */
    EQ_INT(open_url(url, NULL), 0);
    OK(access(file, F_OK) == 0);
    OK(chdir(directory) == 0);
    EQ_INT(open_url("sqlite:///./relative.db", NULL), 0);
    OK(access("relative.db", F_OK) == 0);
    OK(chdir(before) == 0);
    snprintf(url, sizeof url, "rm -r %s", directory);
    OK(system(url) == 0);
}

TEST(a_new_file_is_private)
{
    if (fixture_engine() != STORE_SQLITE) {
        SKIP("SQLite only");
    }
    CLEANUP(fixture_clear) struct fixture f;
    char command[128], mode[16] = "";
    fixture_init(&f);
    snprintf(command, sizeof command, "stat -c %%a %s/db", f.directory);
    FILE *out = popen(command, "r");
    OK(out && fgets(mode, sizeof mode, out));
    pclose(out);
    EQ_STR(mode, "600\n");
}

TEST(a_database_in_memory_is_one_for_writer_and_readers)
{
    struct err e = {0};
    struct store_config config = {
        .url = "sqlite::memory:", .connections = 2, .busy_ms = 1000, .group_max = 8};
    CLEANUP(store_free) struct store *s = NULL;
    CLEANUP(store_free) struct store *other = NULL;
    EQ_INT(store_open(&config, &s, &e), 0);
    EQ_INT(store_open(&config, &other, &e), 0);
    EQ_INT(fixture_script(s, "CREATE TABLE x (i integer); INSERT INTO x VALUES (5)"), 0);
    EQ_STR(fixture_cell(s, "SELECT i FROM x"), "5");
    EQ_STR(fixture_cell(other, "SELECT count(*) FROM sqlite_master"), "0");
    EQ_INT(store_ping(s, &e), 0);
}

TEST(it_says_whether_it_is_there)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct err e = {0};
    fixture_init(&f);
    EQ_INT(store_ping(f.store, &e), 0);
    OK(store_engine(f.store) == fixture_engine());
}

/* A codec that can be seen through: it turns the text round and marks it. */
static struct str turn(struct pool *p, struct str s)
{
    char *out = pool_alloc(p, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        out[i] = s.p[s.n - 1 - i];
    }
    return (struct str){out, s.n};
}

static struct str seal(struct pool *p, int personal, struct str value, bool match)
{
    (void)match;
    return personal_infos[personal].form == PERSONAL_TEXT ? turn(p, value) : value;
}

static struct str open_sealed(struct pool *p, int personal, struct str stored)
{
    return personal_infos[personal].form == PERSONAL_TEXT ? turn(p, stored) : stored;
}

TEST(personal_columns_pass_through_the_codec)
{
    static const struct personal_codec codec = {seal, open_sealed};
    static const struct sql add = {
        "INSERT INTO customers (email, name, phone, notes) VALUES ({put customers.email $3},"
        " {put customers.name $1}, {put customers.phone $2}, {put customers.notes $4})"};
    static const struct sql get = {"SELECT c.phone, name AS n, email, notes, is_new_client"
                                   " FROM customers c"};
    static const struct sql find = {"SELECT count(*) FROM customers"
                                    " WHERE {match customers.phone $1}"};
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct err e = {0};
    struct rows r = {0};
    personal_codec_set(&codec);
    fixture_init_tables(&f);
    EQ_INT(write_one(f.store, &add, ARGS(A_TEXT("Ann"), A_TEXT("+15550100"), A_NULL, A_TEXT(""))),
           0);
    CLEANUP(store_return) struct db *db = NULL;
    EQ_INT(store_borrow(f.store, &db, &e), 0);
    EQ_INT(db_rows(db, p, &get, NO_ARGS, &r, &e), 0);
    EQ_STR(row_text(&r, 0, 0), "+15550100");
    EQ_STR(row_text(&r, 0, 1), "Ann");
    EQ_STR(row_text(&r, 0, 2), NULL);
    EQ_STR(row_text(&r, 0, 3), "");
    EQ_STR(row_text(&r, 0, 4), "1");
    EQ_INT(db_rows(db, p, &find, ARGS(A_TEXT("+15550100")), &r, &e), 0);
    EQ_INT(row_i64(&r, 0, 0), 1);
    store_return(&db);
    personal_codec_set(NULL);
    fixture_reopen(&f);
    EQ_STR(fixture_cell(f.store, "SELECT phone || ' ' || name FROM customers"), "00105551+ nnA");
}

int main(void)
{
    return tap_run();
}
