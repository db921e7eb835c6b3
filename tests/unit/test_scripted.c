/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted driver: answers in order, fails as told, and lets no mismatch pass. */
#include "store/scripted.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static const struct sql find = {"SELECT id, name FROM customers WHERE {match customers.phone $1}"};
static const struct sql note = {"INSERT INTO notes (customer, text) VALUES ($1, $2)"};

static struct store *open_scripted(void)
{
    struct err e = {0};
    struct store *s = NULL;
    int rc = store_open(&(struct store_config){.url = "scripted:"}, &s, &e);
    OK_MSG(rc == 0, "%s", e.text);
    return s;
}

/* What a rule of the domain might do: find, then note. */
struct noting {
    const char *phone;
    int runs;
    char name[16];
};

static int find_and_note(struct db *db, void *arg, struct err *e)
{
    struct noting *n = arg;
    n->runs++;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows rows;
    int rc = db_rows(db, p, &find, ARGS(A_TEXT(n->phone)), &rows, e);
    if (rc) {
        return rc;
    }
    if (rows.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "nobody has this number");
    }
    snprintf(n->name, sizeof n->name, "%s", row_text(&rows, 0, 1));
    db_wake(db, STORE_WAKE_CHANGES);
    return db_exec(db, &note, ARGS(A_I64(row_i64(&rows, 0, 0)), A_NULL), e);
}

static void count_wake(void *arg, unsigned what)
{
    *(int *)arg += what == STORE_WAKE_CHANGES;
}

TEST(answers_come_in_order)
{
    struct store *s = open_scripted();
    int wakes = 0;
    store_on_wake(s, count_wake, &wakes);
    EQ_INT(store_engine(s), STORE_SCRIPTED);
    scripted_rows(s, "FROM customers WHERE", 2, (const char *[]){"7", "Ann", "8", NULL}, 4);
    scripted_arguments(s, (const char *[]){"+15550100"}, 1);
    scripted_done(s, "INSERT INTO notes");
    scripted_arguments(s, (const char *[]){"7", NULL}, 2);
    EQ_INT(scripted_left(s), 2);
    struct noting n = {.phone = "+15550100"};
    struct err e = {0};
    EQ_INT(store_write(s, find_and_note, &n, &e), 0);
    EQ_STR(n.name, "Ann");
    EQ_INT(scripted_left(s), 0);
    EQ_INT(scripted_commits(s), 1);
    EQ_INT(scripted_rollbacks(s), 0);
    EQ_INT(wakes, 1);
    store_free(&s);
}

TEST(reads_get_their_rows)
{
    struct store *s = open_scripted();
    CLEANUP(pool_free) struct pool *p = pool_new();
    scripted_rows(s, "SELECT id", 2, (const char *[]){"7", "Ann", "8", NULL}, 4);
    scripted_rows(s, "SELECT id", 2, NULL, 0);
    struct err e = {0};
    struct db *db = NULL;
    struct rows rows;
    EQ_INT(store_borrow(s, &db, &e), 0);
    EQ_INT(db_rows(db, p, &find, ARGS(A_NULL), &rows, &e), 0);
    EQ_INT(rows.n, 2);
    EQ_INT(row_i64(&rows, 1, 0), 8);
    OK(row_is_null(&rows, 1, 1));
    EQ_INT(db_rows(db, p, &find, ARGS(A_NULL), &rows, &e), 0);
    EQ_INT(rows.n, 0);
    EQ_INT(rows.columns, 2);
    store_return(&db);
    store_free(&s);
}

TEST(failures_come_where_they_were_put)
{
    struct noting n = {.phone = "+15550100"};
    const char *const ann[] = {"7", "Ann"};
    for (int at = 0; at < 4; at++) {
        tap_case("failure at %d", at);
        struct store *s = open_scripted();
        int wakes = 0;
        store_on_wake(s, count_wake, &wakes);
        struct err e = {0};
        int want = ERR_FULL;
        if (at == 0) {
            scripted_failure(s, "FROM customers", ERR_FULL, "no room");
        } else {
            scripted_rows(s, "FROM customers", 2, ann, 2);
        }
        if (at == 1) {
            scripted_failure(s, "INTO notes", ERR_FULL, "no room");
        } else if (at > 1) {
            scripted_done(s, "INTO notes");
        }
        if (at == 2) {
            scripted_commit(s, ERR_FULL);
        } else if (at == 3) {
            scripted_commit(s, 0);
            want = 0;
        }
        EQ_INT(store_write(s, find_and_note, &n, &e), want);
        EQ_INT(scripted_rollbacks(s), want != 0);
        EQ_INT(scripted_commits(s), want == 0);
        EQ_INT(wakes, want == 0);
        if (at < 2) {
            EQ_STR(e.text, "no room");
        }
        store_free(&s);
    }
}

TEST(a_transaction_may_be_run_again)
{
    struct store *s = open_scripted();
    const char *const ann[] = {"7", "Ann"}, *const bob[] = {"8", "Bob"};
    scripted_rows(s, "FROM customers", 2, ann, 2);
    scripted_done(s, "INTO notes");
    scripted_commit_again(s);
    scripted_rows(s, "FROM customers", 2, bob, 2);
    scripted_done(s, "INTO notes");
    scripted_commit(s, 0);
    struct noting n = {.phone = "+15550100"};
    struct err e = {0};
    EQ_INT(store_write(s, find_and_note, &n, &e), 0);
    EQ_INT(n.runs, 2);
    EQ_STR(n.name, "Bob");
    EQ_INT(scripted_commits(s), 1);
    store_free(&s);
}

TEST(a_store_can_be_away)
{
    struct store *s = open_scripted();
    struct err e = {0};
    struct db *db = NULL;
    scripted_away(s, ERR_UNAVAILABLE);
    EQ_INT(store_ping(s, &e), ERR_UNAVAILABLE);
    EQ_INT(store_borrow(s, &db, &e), ERR_UNAVAILABLE);
    struct noting n = {0};
    EQ_INT(store_write(s, find_and_note, &n, &e), ERR_UNAVAILABLE);
    EQ_INT(n.runs, 0);
    scripted_away(s, 0);
    EQ_INT(store_ping(s, &e), 0);
    store_free(&s);
}

/* In a child: true when it was ended by SIGABRT. */
static bool aborts(void (*fn)(struct store *s))
{
    struct store *s = open_scripted();
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr)) {
            _exit(1);
        }
        fn(s);
        _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    store_free(&s);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void ask(struct store *s)
{
    struct noting n = {.phone = "+15550100"};
    struct err e = {0};
    int rc = store_write(s, find_and_note, &n, &e);
    _exit(rc ? 1 : 0);
}

static void nothing_expected(struct store *s)
{
    ask(s);
}

static void another_statement(struct store *s)
{
    scripted_done(s, "FROM appointments");
    ask(s);
}

static void other_arguments(struct store *s)
{
    scripted_rows(s, "FROM customers", 2, NULL, 0);
    scripted_arguments(s, (const char *[]){"+15550199"}, 1);
    ask(s);
}

static void more_arguments(struct store *s)
{
    scripted_rows(s, "FROM customers", 2, NULL, 0);
    scripted_arguments(s, (const char *[]){"+15550100", NULL}, 2);
    ask(s);
}

static void commit_too_early(struct store *s)
{
    scripted_commit(s, 0);
    ask(s);
}

static void left_over(struct store *s)
{
    scripted_done(s, "INTO notes");
    store_free(&s);
}

static void all_is_well(struct store *s)
{
    scripted_rows(s, "FROM customers", 2, NULL, 0);
    ask(s);
}

TEST(a_mismatch_ends_the_program)
{
    OK(aborts(nothing_expected));
    OK(aborts(another_statement));
    OK(aborts(other_arguments));
    OK(aborts(more_arguments));
    OK(aborts(commit_too_early));
    OK(aborts(left_over));
    OK(!aborts(all_is_well));
}

int main(void)
{
    return tap_run();
}
