/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The personal list and the way values take through a codec: on SQLite, and on PostgreSQL when
 * TEST_DATABASE_URL is set. The codec is a toy; what matters is that nothing goes around it.
 */
#include <unistd.h>

#include "base/codec.h"
#include "store/store_private.h"
#include "tap.h"

/* Each byte turned over and written as hexadecimal digits; JSON and lists keep their form. */
static char *scramble(struct pool *p, struct str s)
{
    unsigned char *bytes = pool_alloc(p, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        bytes[i] = (unsigned char)(s.p[i] ^ 0x5a);
    }
    return hex_encode(p, bytes, s.n);
}

static struct str toy_seal(struct pool *p, int personal, struct str value, bool match)
{
    (void)match; /* the same either way: the toy is deterministic */
    char *text = scramble(p, value);
    char *sealed = NULL;
    switch (personal_infos[personal].form) {
    case PERSONAL_TEXT:
        sealed = pool_printf(p, "x%s", text);
        break;
    case PERSONAL_JSON:
        sealed = pool_printf(p, "\"x%s\"", text);
        break;
    case PERSONAL_LIST:
        sealed = pool_printf(p, "[\"x%s\"]", text);
        break;
    }
    return str_of(sealed);
}

static int nibble(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static struct str toy_open(struct pool *p, int personal, struct str stored)
{
    (void)personal;
    ptrdiff_t x = str_index(stored, 'x', 0);
    if (x < 0 || x > 2) {
        return str_of("not sealed");
    }
    size_t from = (size_t)x + 1, n = (stored.n - from - (size_t)x) / 2;
    char *text = pool_alloc(p, n + 1);
    for (size_t i = 0; i < n; i++) {
        text[i] =
            (char)((nibble(stored.p[from + 2 * i]) << 4 | nibble(stored.p[from + 2 * i + 1])) ^
                   0x5a);
    }
    return (struct str){text, n};
}

static const struct personal_codec toy = {toy_seal, toy_open};

/* On PostgreSQL the tables stand in a schema of their own. */
struct statements {
    struct sql insert, find, all, rename, details_insert, details_all, raw_name, raw_phone,
        raw_details, joined;
};
#define STATEMENTS(schema)                                                                         \
    {                                                                                              \
        {"INSERT INTO " schema "customers (id, name, phone, notes) VALUES ($1, "                   \
         "{put customers.name $2}, {put customers.phone $3}, {put customers.notes $4})"},          \
            {"SELECT id, name, notes FROM " schema "customers WHERE {match customers.phone $1}"},  \
            {"SELECT name, phone, notes, id FROM " schema "customers ORDER BY id"},                \
            {"UPDATE " schema "customers SET name = {put customers.name $2} WHERE id = $1 "        \
             "RETURNING name"},                                                                    \
            {"INSERT INTO " schema "email_details (id, cc_addresses, attachments) VALUES ($1, "    \
             "{put email_details.cc_addresses {as_list $2}}, "                                     \
             "{put email_details.attachments {as_json $3}})"},                                     \
            {"SELECT cc_addresses, attachments FROM " schema "email_details"},                     \
            {"SELECT lower(name || '') FROM " schema "customers ORDER BY id"},                     \
            {"SELECT phone || '' FROM " schema "customers ORDER BY id"},                           \
            {"SELECT {as_text cc_addresses} || {as_text attachments} FROM " schema                 \
             "email_details"},                                                                     \
            {"SELECT d.cc_addresses, c.name AS called, d.id FROM " schema                          \
             "customers c JOIN " schema "email_details d ON d.id = c.id"},                         \
    }

static const struct statements on_sqlite = STATEMENTS("");
static const struct statements on_postgres = STATEMENTS("test_personal.");

struct place {
    const char *name;
    const char *url;
    const char *prepare;
    const struct statements *sql;
};

static struct store *open_at(const char *url)
{
    struct err e = {0};
    struct store *s = NULL;
    bool direct = !getenv("TEST_DATABASE_POOLED");
    int rc = store_open(&(struct store_config){.url = url,
                                               .connections = 2,
                                               .busy_ms = 2000,
                                               .cache_kib = 1024,
                                               .prepared_statements = direct},
                        &s, &e);
    OK_MSG(rc == 0, "%s", e.text);
    return s;
}

static void get(struct store *s, struct pool *p, const struct sql *sql, const struct arg *args,
                size_t n, struct rows *rows)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct err e = {0};
    int rc = store_borrow(s, &db, &e);
    *rows = (struct rows){0};
    rc = rc ? rc : db_rows(db, p, sql, args, n, rows, &e);
    OK_MSG(rc == 0, "%s: %s", sql->text, e.text);
}

static const char *at(const struct rows *r, size_t row, size_t column)
{
    return row < r->n && column < r->columns ? row_text(r, row, column) : "missing";
}

static int fill(struct db *db, void *arg, struct err *e)
{
    const struct statements *sql = *(const struct statements *const *)arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows rows;
    int rc = db_exec(db, &sql->insert,
                     ARGS(A_I64(1), A_TEXT("Ann Zoë"), A_TEXT("+15550100"), A_TEXT("allergic")), e);
    rc = rc ? rc : db_exec(db, &sql->insert, ARGS(A_I64(2), A_TEXT(""), A_NULL, A_NULL), e);
    rc = rc ? rc
            : db_exec(db, &sql->details_insert,
                      ARGS(A_I64(1), A_TEXT("[\"a@example.com\"]"), A_TEXT("{\"n\":1}")), e);
    rc = rc ? rc : db_rows(db, p, &sql->find, ARGS(A_TEXT("+15550100")), &rows, e);
    if (rc == 0) {
        EQ_INT(rows.n, 1);
        EQ_STR(at(&rows, 0, 1), "Ann Zoë");
    }
    rc = rc ? rc : db_rows(db, p, &sql->rename, ARGS(A_I64(1), A_TEXT("Ann Young")), &rows, e);
    if (rc == 0) {
        EQ_STR(at(&rows, 0, 0), "Ann Young");
    }
    return rc;
}

static int prepare(struct db *db, void *arg, struct err *e)
{
    return db_script(db, arg, e);
}

/* With the codec: everybody sees plain text. */
static void check_with_codec(const struct place *place)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const struct statements *sql = place->sql;
    struct store *s = open_at(place->url);
    struct err e = {0};
    char *text = pool_strdup(p, place->prepare);
    OK_MSG(store_exclusive(s, prepare, text, &e) == 0, "%s", e.text);
    OK_MSG(store_write(s, fill, &sql, &e) == 0, "%s", e.text);
    struct rows r;
    get(s, p, &sql->find, ARGS(A_TEXT("+15550100")), &r);
    EQ_INT(r.n, 1);
    EQ_STR(at(&r, 0, 1), "Ann Young");
    EQ_STR(at(&r, 0, 2), "allergic");
    get(s, p, &sql->find, ARGS(A_TEXT("+15550199")), &r);
    EQ_INT(r.n, 0);
    for (int i = 0; i < 2; i++) { /* also by what was learnt the first time */
        get(s, p, &sql->all, NO_ARGS, &r);
        EQ_INT(r.n, 2);
        EQ_STR(at(&r, 0, 0), "Ann Young");
        EQ_STR(at(&r, 0, 1), "+15550100");
        EQ_STR(at(&r, 0, 3), "1");
        EQ_STR(at(&r, 1, 0), "");
        EQ_STR(at(&r, 1, 1), NULL);
    }
    get(s, p, &sql->details_all, NO_ARGS, &r);
    EQ_STR(at(&r, 0, 0), "[\"a@example.com\"]");
    EQ_STR(at(&r, 0, 1), "{\"n\":1}");
    get(s, p, &sql->joined, NO_ARGS, &r);
    EQ_STR(at(&r, 0, 0), "[\"a@example.com\"]");
    EQ_STR(at(&r, 0, 1), "Ann Young");
    EQ_STR(at(&r, 0, 2), "1");
    store_free(&s);
}

/* Without it: only what was sealed is there. */
static void check_raw(const struct place *place)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct store *s = open_at(place->url);
    struct rows r;
    get(s, p, &place->sql->raw_name, NO_ARGS, &r);
    EQ_STR(at(&r, 0, 0), pool_printf(p, "x%s", scramble(p, STR("Ann Young"))));
    EQ_STR(at(&r, 1, 0), "x");
    get(s, p, &place->sql->raw_phone, NO_ARGS, &r);
    EQ_STR(at(&r, 0, 0), pool_printf(p, "x%s", scramble(p, STR("+15550100"))));
    EQ_STR(at(&r, 1, 0), NULL);
    get(s, p, &place->sql->raw_details, NO_ARGS, &r);
    OK(strstr(at(&r, 0, 0), scramble(p, STR("[\"a@example.com\"]"))));
    OK(strstr(at(&r, 0, 0), scramble(p, STR("{\"n\":1}"))));
    get(s, p, &place->sql->find, ARGS(A_TEXT("+15550100")), &r);
    EQ_INT(r.n, 0);
    store_free(&s);
}

static void check_place(const struct place *place)
{
    tap_case("%s", place->name);
    personal_codec_set(&toy);
    check_with_codec(place);
    personal_codec_set(NULL);
    check_raw(place);
}

TEST(the_list_is_found_by_name)
{
    OK(n_personal_infos > 20);
    for (size_t i = 0; i < n_personal_infos; i++) {
        EQ_INT(personal_find(personal_infos[i].table, personal_infos[i].column), i);
    }
    EQ_INT(personal_find("customers", "id"), -1);
    EQ_INT(personal_find("appointments", "name"), -1);
    EQ_INT(personal_infos[personal_find("customers", "phone")].looked_up, true);
    EQ_INT(personal_infos[personal_find("email_details", "cc_addresses")].form, PERSONAL_LIST);
    OK(personal_codec_get() == NULL);
}

TEST(nothing_plain_reaches_sqlite)
{
    char dir[] = "/tmp/test_personal.XXXXXX";
    CLEANUP(pool_free) struct pool *p = pool_new();
    if (!OK(mkdtemp(dir))) {
        return;
    }
    check_place(&(struct place){"sqlite", pool_printf(p, "sqlite:%s/a.db", dir),
                                "CREATE TABLE customers (id integer PRIMARY KEY, name "
                                "varchar(255), phone varchar(200) UNIQUE, notes text);"
                                "CREATE TABLE email_details (id integer PRIMARY KEY, cc_addresses "
                                "TEXT, attachments TEXT);",
                                &on_sqlite});
    static const char *const names[] = {"a.db", "a.db-wal", "a.db-shm"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        unlink(pool_printf(p, "%s/%s", dir, names[i]));
    }
    rmdir(dir);
}

TEST(nothing_plain_reaches_postgres)
{
    const char *url = getenv("TEST_DATABASE_URL");
    if (!url) {
        SKIP("TEST_DATABASE_URL is not set");
    }
    check_place(
        &(struct place){"postgres", url,
                        "DROP SCHEMA IF EXISTS test_personal CASCADE;"
                        "CREATE SCHEMA test_personal;"
                        "CREATE TABLE test_personal.customers (id integer PRIMARY KEY, name "
                        "varchar(255), phone varchar(200) UNIQUE, notes text);"
                        "CREATE TABLE test_personal.email_details (id integer PRIMARY KEY, "
                        "cc_addresses text[], attachments jsonb);",
                        &on_postgres});
}

int main(void)
{
    return tap_run();
}
