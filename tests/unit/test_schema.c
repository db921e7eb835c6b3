/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Migrations: made once however often and by however many asked for, attached to a voice-only
 * installation without losing a value, and every difference from the model found.
 */
#include "store/schema.h"

#include <sys/wait.h>
#include <unistd.h>

#include "store/schema_private.h"
#include "store_fixture.h"
#include "tap.h"

static int verify(struct store *s, struct pool *p, const char ***out, size_t *n_out)
{
    struct err e = {0};
    int rc = schema_verify(s, p, out, n_out, &e);
    if (rc) {
        printf("# verify: %s\n", e.text);
    }
    return rc;
}

/* All is as it should be; says what is not. */
static void expect_no_difference(struct store *s)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const char **list = NULL;
    size_t n = 0;
    EQ_INT(verify(s, p, &list, &n), 0);
    EQ_INT(n, 0);
    for (size_t i = 0; i < n; i++) {
        OK_MSG(false, "%s", list[i]);
    }
}

struct progress {
    int begun, done;
};

static void count(void *arg, const struct migration *m, bool done)
{
    struct progress *p = arg;
    OK(m == &migrations[p->done]);
    p->begun += !done;
    p->done += done;
}

TEST(made_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct progress progress = {0};
    struct err e = {0};
    const struct migration **todo;
    size_t n = 0;
    int applied = -1;
    fixture_init(&f);
    EQ_INT(schema_check(f.store, &e), ERR_CONFIG);
    OK_MSG(strstr(e.text, "ava schema create") != NULL, "%s", e.text);
    EQ_INT(schema_plan(f.store, p, &todo, &n, &e), 0);
    EQ_INT(n, n_migrations);
    EQ_STR(todo[0]->name, "customers_and_appointments");
    EQ_INT(schema_create(f.store, count, &progress, &applied, &e), 0);
    EQ_STR(e.text[0] && applied <= 0 ? e.text : "", "");
    EQ_INT(applied, n_migrations);
    EQ_INT(progress.begun, n_migrations);
    EQ_INT(progress.done, n_migrations);
    EQ_INT(schema_check(f.store, &e), 0);
    expect_no_difference(f.store);

    EQ_INT(schema_plan(f.store, p, &todo, &n, &e), 0);
    EQ_INT(n, 0);
    EQ_INT(schema_create(f.store, count, &progress, &applied, &e), 0);
    EQ_INT(applied, 0);
    EQ_INT(progress.begun, n_migrations);
}

TEST(a_newer_database_is_refused)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct err e = {0};
    int applied;
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, "INSERT INTO schema_migrations VALUES (9999, 'x', {now})"), 0);
    EQ_INT(schema_check(f.store, &e), ERR_CONFIG);
    OK_MSG(strstr(e.text, "newer") != NULL, "%s", e.text);
    EQ_INT(schema_create(f.store, NULL, NULL, &applied, &e), ERR_CONFIG);
}

/* What a process of its own does: makes the tables; its status says how many migrations it did. */
static int be_second(const char *url)
{
    struct store_config config = {.url = url,
                                  .connections = 2,
                                  .cache_kib = 2048,
                                  .busy_ms = 20000,
                                  .group_max = 4,
                                  .prepared_statements = true};
    struct store *s = NULL;
    struct err e = {0};
    int applied = 0;
    int rc = store_open(&config, &s, &e);
    rc = rc ? rc : schema_create(s, NULL, NULL, &applied, &e);
    if (rc) {
        fprintf(stderr, "# second: %s\n", e.text);
    }
    store_free(&s);
    return rc ? 100 : applied;
}

TEST(made_once_by_several_processes)
{
    CLEANUP(fixture_clear) struct fixture f;
    pid_t children[4];
    int total = 0;
    fixture_init(&f);
    for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
        children[i] = fork();
        if (children[i] == 0) {
            execl("/proc/self/exe", "test_schema", "--second", f.url, (char *)NULL);
            _exit(127);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
        int status = 0;
        waitpid(children[i], &status, 0);
        OK_MSG(WIFEXITED(status) && WEXITSTATUS(status) < 100, "status %d", status);
        total += WEXITSTATUS(status);
    }
    EQ_INT(total, n_migrations);
    expect_no_difference(f.store);
}

/* As voice-only installations have it: times without a zone, no defaults, phone NOT NULL, and
 * things of the owner's own. */
static const char legacy[] =
    "CREATE TABLE customers (\n"
    "  id INTEGER PRIMARY KEY, name VARCHAR(255) NOT NULL, -- phone NOT NULL is below\n"
    "  \"phone\" VARCHAR(20) CONSTRAINT has_phone NOT NULL UNIQUE, email VARCHAR(255) UNIQUE,\n"
    "  is_new_client BOOLEAN, created_at TIMESTAMP, updated_at TIMESTAMP, has_allergies BOOLEAN,\n"
    "  is_pregnant BOOLEAN, notes TEXT, loyalty_points INTEGER DEFAULT 3 NOT NULL);"
    "CREATE TABLE appointments (\n"
    "  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id),\n"
    "  calendar_event_id VARCHAR(255) UNIQUE, appointment_datetime TIMESTAMP NOT NULL,\n"
    "  service_type VARCHAR(100) NOT NULL, provider VARCHAR(100), duration_minutes INTEGER,\n"
    "  status VARCHAR(50), booked_by VARCHAR(50), special_requests TEXT,\n"
    "  cancellation_reason TEXT, created_at TIMESTAMP, updated_at TIMESTAMP,\n"
    "  cancelled_at TIMESTAMP);"
    "CREATE TABLE daily_metrics (\n"
    "  id INTEGER PRIMARY KEY, date TIMESTAMP NOT NULL UNIQUE, total_calls INTEGER,\n"
    "  total_talk_time_seconds INTEGER, avg_call_duration_seconds INTEGER,\n"
    "  appointments_booked INTEGER, appointments_rescheduled INTEGER,\n"
    "  appointments_cancelled INTEGER, avg_satisfaction_score FLOAT, calls_escalated INTEGER,\n"
    "  conversion_rate FLOAT, updated_at TIMESTAMP);"
    "CREATE VIEW regulars AS SELECT name, phone FROM customers WHERE loyalty_points > 3;"
    "CREATE INDEX customers_by_name ON customers (name);"
    "INSERT INTO customers VALUES (1, 'Maya Ortiz', '+15550100001', 'maya@example.com', TRUE,"
    "  '2025-10-01 14:00:00', '2025-10-01 14:00:00', FALSE, FALSE, NULL, 5),"
    "  (7, 'Zoë O''Hara', '5550100003', NULL, NULL, NULL, NULL, NULL, NULL, '', 3);"
    "INSERT INTO appointments VALUES (1, 7, 'evt', '2025-11-14 19:00:00', 'botox', NULL, 30,"
    "  'scheduled', 'ai', NULL, NULL, NULL, NULL, NULL);";

static void make_legacy(struct fixture *f)
{
    fixture_init(f);
    EQ_INT(fixture_script(f->store, legacy), 0);
}

TEST(a_voice_only_installation_is_attached)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct err e = {0};
    int applied = 0;
    make_legacy(&f);
    EQ_INT(schema_create(f.store, NULL, NULL, &applied, &e), 0);
    EQ_INT(applied, n_migrations);
    EQ_STR(applied ? "" : e.text, "");
    expect_no_difference(f.store);
    EQ_STR(fixture_cell(f.store, "SELECT name FROM customers WHERE id = 7"), "Zoë O'Hara");
    EQ_STR(fixture_cell(f.store, "SELECT name FROM regulars"), "Maya Ortiz");
    EQ_STR(fixture_cell(f.store, "SELECT n FROM counters WHERE kind = 'customers'"), "2");
    /* Phone may be missing now, and is still unique; the owner's rules and keys still hold. */
    EQ_INT(fixture_script(f.store, "INSERT INTO customers (id, name) VALUES (8, 'Ann')"), 0);
    EQ_INT(fixture_script(f.store,
                          "INSERT INTO customers (id, name, phone) VALUES (9, 'B', '5550100003')"),
           ERR_CONFLICT);
    EQ_INT(fixture_script(f.store,
                          "INSERT INTO customers (id, name, loyalty_points) VALUES (9, 'B', NULL)"),
           ERR_INVALID);
    EQ_STR(fixture_cell(f.store, "SELECT loyalty_points FROM customers WHERE id = 8"), "3");
    EQ_STR(fixture_cell(f.store, "SELECT sum(n) FROM counters WHERE kind = 'customers'"), "3");
    if (fixture_engine() == STORE_SQLITE) {
        EQ_STR(fixture_cell(f.store, "PRAGMA integrity_check"), "ok");
        fixture_reopen(&f);
        EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM pragma_foreign_key_check"), "0");
        EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM customers WHERE phone IS NULL"), "1");
    }
}

TEST(a_new_customer_gets_an_id_in_an_attached_database)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct err e = {0};
    int applied = 0;
    make_legacy(&f);
    EQ_INT(schema_create(f.store, NULL, NULL, &applied, &e), 0);
    EQ_INT(fixture_script(f.store, "INSERT INTO customers (name) VALUES ('Ann')"), 0);
    EQ_STR(fixture_cell(f.store, "SELECT id FROM customers WHERE name = 'Ann'"), "8");
}

struct planted {
    const char *sqlite, *postgres; /* NULL: not on that engine */
    const char *said;              /* part of the one difference */
};

static const struct planted planted[] = {
    {"DROP TABLE opening_hours", "DROP TABLE opening_hours", "Table opening_hours is missing"},
    {"ALTER TABLE staff_users DROP COLUMN role", "ALTER TABLE staff_users DROP COLUMN role",
     "Column staff_users.role is missing"},
    {"ALTER TABLE customers DROP COLUMN notes", "ALTER TABLE customers DROP COLUMN notes",
     "Column customers.notes is missing"},
    {"DROP INDEX conversations_activity", "DROP INDEX conversations_activity",
     "Table conversations lacks an index on: last_activity_at DESC"},
    {"DROP INDEX jobs_due; CREATE INDEX jobs_due ON jobs (kind, run_at, state)",
     "DROP INDEX jobs_due; CREATE INDEX jobs_due ON jobs (kind, run_at, state)",
     "Table jobs lacks an index on: kind, state, run_at"},
    {"DROP TRIGGER customers_counted_delete", "DROP TRIGGER customers_counted_delete ON customers",
     "Table customers lacks a trigger"},
    {NULL, "ALTER TABLE staff_users DROP CONSTRAINT staff_users_email_key",
     "Table staff_users lacks a unique constraint on: email"},
    {NULL, "ALTER TABLE staff_sessions DROP CONSTRAINT staff_sessions_user_id_fkey",
     "Table staff_sessions lacks a foreign key"},
    {NULL, "ALTER TABLE jobs DROP CONSTRAINT jobs_state_check", "Table jobs lacks a check"},
    {NULL, "ALTER TABLE counters DROP CONSTRAINT counters_pkey",
     "Table counters lacks its primary key"},
    {NULL, "ALTER TABLE business_facts ALTER COLUMN value TYPE varchar(10)",
     "Column business_facts.value is character varying(10); it should be text"},
    {NULL, "ALTER TABLE business_facts ALTER COLUMN value DROP NOT NULL",
     "Column business_facts.value is NULL; it should be NOT NULL"},
    {NULL, "ALTER TABLE jobs ALTER COLUMN attempts DROP DEFAULT",
     "Column jobs.attempts lacks its default"},
    {NULL,
     "CREATE OR REPLACE FUNCTION count_conversation_change() RETURNS trigger LANGUAGE plpgsql AS"
     " 'BEGIN RETURN NULL; END'",
     "A trigger of table conversations does something else"},
};

/* SQLite cannot alter these, so the table is made again with one thing changed. */
static const struct replaced {
    const char *table, *from, *to;
    const char *said;
} replaced[] = {
    {"staff_users", " UNIQUE", "", "Table staff_users lacks a unique constraint on: email"},
    {"staff_sessions", "REFERENCES staff_users (id) ON DELETE CASCADE", "",
     "Table staff_sessions lacks a foreign key: user_id to staff_users (id) on delete cascade"},
    {"staff_sessions", "ON DELETE CASCADE", "", "Table staff_sessions lacks a foreign key"},
    {"jobs", "'dead'", "'gone'", "Table jobs lacks a check"},
    {"counters", "kind, channel, status, slot)", "kind, channel, slot)",
     "Table counters lacks its primary key: kind, channel, status, slot"},
    {"business_facts", "value text", "value varchar(10)",
     "Column business_facts.value is VARCHAR(10); it should be TEXT"},
    {"business_facts", "value text NOT NULL", "value text",
     "Column business_facts.value is NULL; it should be NOT NULL"},
    {"jobs", " DEFAULT 0", "", "Column jobs.attempts lacks its default, 0"},
    {"jobs", " DEFAULT 0", " DEFAULT 1", "Column jobs.attempts has the default 1"},
};

static void expect_one(struct store *s, const char *said)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    const char **list = NULL;
    size_t n = 0, found = 0;
    EQ_INT(verify(s, p, &list, &n), 0);
    for (size_t i = 0; i < n; i++) {
        found += strstr(list[i], said) != NULL;
    }
    if (found != 1 || n != 1) {
        for (size_t i = 0; i < n; i++) {
            printf("# said: %s\n", list[i]);
        }
    }
    EQ_INT(found, 1);
    EQ_INT(n, 1);
}

TEST(each_planted_difference_is_found)
{
    for (size_t i = 0; i < ARRAY_SIZE(planted); i++) {
        const char *text =
            fixture_engine() == STORE_SQLITE ? planted[i].sqlite : planted[i].postgres;
        if (!text) {
            continue;
        }
        CLEANUP(fixture_clear) struct fixture f;
        tap_case("%s", text);
        fixture_init_tables(&f);
        EQ_INT(fixture_script(f.store, text), 0);
        expect_one(f.store, planted[i].said);
    }
}

static const char *replace_once(struct pool *p, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    return at ? pool_printf(p, STR_FMT "%s%s", (int)(at - text), text, to, at + strlen(from))
              : NULL;
}

TEST(each_planted_difference_of_a_table_made_again_is_found)
{
    if (fixture_engine() != STORE_SQLITE) {
        SKIP("there ALTER TABLE plants them");
    }
    for (size_t i = 0; i < ARRAY_SIZE(replaced); i++) {
        const struct replaced *r = &replaced[i];
        CLEANUP(fixture_clear) struct fixture f;
        CLEANUP(pool_free) struct pool *p = pool_new();
        tap_case("%s: %s -> %s", r->table, r->from, r->to);
        fixture_init_tables(&f);
        const char *find =
            pool_printf(p, "SELECT sql FROM sqlite_master WHERE name = '%s'", r->table);
        const char *before = pool_strdup(p, fixture_cell(f.store, find));
        const char *after = replace_once(p, before, r->from, r->to);
        if (!OK(after != NULL)) {
            continue;
        }
        const char *indexes = strcmp(r->table, "jobs") == 0
                                  ? "CREATE INDEX jobs_due ON jobs (kind, state, run_at);"
                                    "CREATE INDEX jobs_lane ON jobs (lane, id)"
                                  : "";
        EQ_INT(fixture_script(f.store,
                              pool_printf(p, "DROP TABLE %s; %s; %s", r->table, after, indexes)),
               0);
        expect_one(f.store, r->said);
    }
}

TEST(what_is_the_owners_is_no_difference)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(fixture_script(f.store, "CREATE TABLE loyalty (id integer PRIMARY KEY, points integer);"
                                   "ALTER TABLE jobs ADD COLUMN note text;"
                                   "CREATE INDEX jobs_note ON jobs (note);"
                                   "CREATE UNIQUE INDEX facts_value ON business_facts (value);"),
           0);
    expect_no_difference(f.store);
}

TEST(not_null_is_taken_from_the_right_column)
{
    static const struct {
        const char *before;
        const char *after; /* NULL: nothing to take */
    } cases[] = {
        {"CREATE TABLE t (a text NOT NULL, b text NOT NULL)",
         "CREATE TABLE t (a text NOT NULL, b text )"},
        {"create table \"t\" ( [b] varchar(20) not\n null unique)",
         "create table \"t\" ( [b] varchar(20)  unique)"},
        {"CREATE TABLE t (a text, /* b NOT NULL, */ \"B\" text DEFAULT 'NOT NULL' NOT NULL, c int)",
         "CREATE TABLE t (a text, /* b NOT NULL, */ \"B\" text DEFAULT 'NOT NULL' , c int)"},
        {"CREATE TABLE t (b text CONSTRAINT x NOT NULL ON CONFLICT FAIL CHECK (b IS NOT NULL))",
         "CREATE TABLE t (b text  CHECK (b IS NOT NULL))"},
        {"CREATE TABLE t (b text CONSTRAINT x UNIQUE NOT NULL)",
         "CREATE TABLE t (b text CONSTRAINT x UNIQUE )"},
        {"CREATE TABLE t (b text CHECK (b NOT NULL), c text NOT NULL)", NULL},
        {"CREATE TABLE t (a numeric(10, 2) NOT NULL, c text NOT NULL, CHECK (a > 0))", NULL},
        {"CREATE TABLE t (b text) -- NOT NULL", NULL},
    };
    CLEANUP(pool_free) struct pool *p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        tap_case("%s", cases[i].before);
        EQ_STR(ddl_without_not_null(p, str_of(cases[i].before), "b"), cases[i].after);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--second") == 0) {
        return be_second(argv[2]);
    }
    return tap_run();
}
