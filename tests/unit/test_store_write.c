/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Write transactions: all or nothing, each for itself in a group, durable when reported, and what
 * they do when the disk, the lock or a statement fails.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/metrics.h"
#include "store/store_private.h"
#include "store_fixture.h"
#include "tap.h"

static const struct sql add = {"INSERT INTO n (i, who) VALUES ($1, $2)"};
static const struct sql count_all = {"SELECT count(*) FROM n"};
static const char n_table[] = "CREATE TABLE n (i bigint PRIMARY KEY NOT NULL, who text);";

static void init_n(struct fixture *f)
{
    fixture_init(f);
    EQ_INT(fixture_script(f->store, n_table), 0);
}

struct look {
    struct store *store;
    int64_t inside, outside;
};

static int64_t count_outside(struct store *s)
{
    const char *cell = fixture_cell(s, "SELECT count(*) FROM n");
    int64_t n = -1;
    (void)!str_to_i64(str_of(cell), &n);
    return n;
}

static int add_and_look(struct db *db, void *arg, struct err *e)
{
    struct look *look = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows r = {0};
    int rc = db_exec(db, &add, ARGS(A_I64(1), A_TEXT("a")), e);
    rc = rc ? rc : db_exec(db, &add, ARGS(A_I64(2), A_NULL), e);
    rc = rc ? rc : db_rows(db, p, &count_all, NO_ARGS, &r, e);
    if (rc == 0) {
        look->inside = row_i64(&r, 0, 0);
        look->outside = count_outside(look->store);
    }
    return rc;
}

TEST(a_transaction_sees_its_own_rows_and_others_only_what_is_committed)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct err e = {0};
    init_n(&f);
    struct look look = {f.store, 0, 0};
    EQ_INT(store_write(f.store, add_and_look, &look, &e), 0);
    EQ_INT(look.inside, 2);
    EQ_INT(look.outside, 0);
    EQ_INT(count_outside(f.store), 2);
}

static int add_and_refuse(struct db *db, void *arg, struct err *e)
{
    db_wake(db, STORE_WAKE_JOBS);
    int rc = db_exec(db, &add, ARGS(A_I64(*(int64_t *)arg), A_NULL), e);
    return rc ? rc : err_set(e, ERR_FORBIDDEN, "not today");
}

static int add_twice_and_say_nothing(struct db *db, void *arg, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows r;
    int64_t i = *(int64_t *)arg;
    (void)e;
    for (int64_t k = 0; k < 3; k++) {
        (void)!db_rows(db, p, &add, ARGS(A_I64(i + k / 2), A_NULL), &r, NULL);
    }
    return 0;
}

TEST(what_fails_leaves_nothing)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct err e = {0};
    int64_t i = 10;
    init_n(&f);
    int64_t rolled_back = metric_value(METRIC_store_rollbacks_total);
    EQ_INT(store_write(f.store, add_and_refuse, &i, &e), ERR_FORBIDDEN);
    EQ_STR(e.text, "not today");
    EQ_INT(count_outside(f.store), 0);
    /* A failed statement forbids the commit even when the function does not care. */
    EQ_INT(store_write(f.store, add_twice_and_say_nothing, &i, &e), ERR_CONFLICT);
    EQ_INT(count_outside(f.store), 0);
    EQ_INT(metric_value(METRIC_store_rollbacks_total), rolled_back + 2);
}

struct
try {
    const struct sql *sql;
    const struct arg *args;
    size_t n_args;
};

static int run_try(struct db *db, void *arg, struct err *e)
{
    const struct try *t = arg;
    return db_exec(db, t->sql, t->args, t->n_args, e);
}

TEST(violated_constraints)
{
    static const struct sql parent = {"INSERT INTO parent VALUES ($1)"};
    static const struct sql child = {"INSERT INTO child VALUES ($1, $2, $3, $4)"};
    static const struct sql wrong = {"INSERT INTO nowhere VALUES ($1)"};
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init(&f);
    EQ_INT(fixture_script(f.store,
                          "CREATE TABLE parent (id integer PRIMARY KEY);"
                          "CREATE TABLE child (id integer PRIMARY KEY, name varchar(20) UNIQUE,"
                          " mood varchar(20) NOT NULL CHECK (mood IN ('good', 'bad')),"
                          " parent integer REFERENCES parent (id));"),
           0);
    const struct {
        const char *what;
        struct try try;
        int rc;
        const char *named;
    } cases[] = {
        {"parent", {&parent, ARGS(A_I64(1))}, 0, ""},
        {"child", {&child, ARGS(A_I64(1), A_TEXT("s3cret"), A_TEXT("good"), A_I64(1))}, 0, ""},
        {"key", {&parent, ARGS(A_I64(1))}, ERR_CONFLICT, "parent"},
        {"unique",
         {&child, ARGS(A_I64(2), A_TEXT("s3cret"), A_TEXT("bad"), A_NULL)},
         ERR_CONFLICT,
         "child"},
        {"check",
         {&child, ARGS(A_I64(3), A_TEXT("x"), A_TEXT("s3cret"), A_NULL)},
         ERR_INVALID,
         "mood"},
        {"not null",
         {&child, ARGS(A_I64(3), A_TEXT("s3cret"), A_NULL, A_NULL)},
         ERR_INVALID,
         "mood"},
        {"foreign key",
         {&child, ARGS(A_I64(4), A_NULL, A_TEXT("bad"), A_I64(987))},
         ERR_INVALID,
         ""},
        {"no table", {&wrong, ARGS(A_I64(1))}, ERR_INTERNAL, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err e = {0};
        struct try t = cases[i].try;
        tap_case("%s", cases[i].what);
        EQ_INT(store_write(f.store, run_try, &t, &e), cases[i].rc);
        OK_MSG(strstr(e.text, cases[i].named) != NULL, "%s", e.text);
        OK_MSG(!strstr(e.text, "s3cret") && !strstr(e.text, "987"), "%s", e.text);
        OK((e.text[0] != '\0') == (cases[i].rc != 0));
    }
}

#define THREADS 32
#define EACH 30

struct worker {
    struct store *store;
    int64_t id;
    int wrong;
};

/* Every third refuses after its insert, every fifth trips over a row that is there. */
static int add_some(struct db *db, void *arg, struct err *e)
{
    int64_t i = *(int64_t *)arg;
    int rc = db_exec(db, &add, ARGS(A_I64(i), A_TEXT("w")), e);
    if (rc == 0 && i % 5 == 0) {
        rc = db_exec(db, &add, ARGS(A_I64(i), A_TEXT("again")), e);
    }
    if (rc == 0 && i % 3 == 0) {
        rc = err_set(e, ERR_FORBIDDEN, "%lld", (long long)i);
    }
    return rc;
}

static void *work(void *arg)
{
    struct worker *w = arg;
    for (int64_t k = 0; k < EACH; k++) {
        struct err e = {0};
        int64_t i = w->id * EACH + k + 1;
        int rc = store_write(w->store, add_some, &i, &e);
        /* PostgreSQL holds statements back: there the refusal may come before the conflict. */
        bool conflict = i % 5 == 0, refused = i % 3 == 0;
        bool right = (rc == 0 && !conflict && !refused) || (rc == ERR_CONFLICT && conflict) ||
                     (rc == ERR_FORBIDDEN && refused && strtol(e.text, NULL, 10) == i);
        w->wrong += !right;
    }
    return NULL;
}

TEST(transactions_of_a_group_fail_for_themselves)
{
    CLEANUP(fixture_clear) struct fixture f;
    pthread_t threads[THREADS];
    struct worker workers[THREADS];
    init_n(&f);
    int64_t groups = metric_value(METRIC_store_groups_total);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){f.store, i, 0};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    int64_t expected = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        EQ_INT(workers[i].wrong, 0);
    }
    for (int64_t i = 1; i <= THREADS * EACH; i++) {
        expected += i % 3 != 0 && i % 5 != 0;
    }
    EQ_INT(count_outside(f.store), expected);
    EQ_STR(fixture_cell(f.store, "SELECT count(*) FROM n WHERE i % 3 = 0 OR i % 5 = 0"), "0");
    if (fixture_engine() == STORE_SQLITE) {
        groups = metric_value(METRIC_store_groups_total) - groups;
        OK_MSG(groups < expected, "%lld commits", (long long)groups);
    }
}

static _Atomic unsigned woken;

static void on_wake(void *arg, unsigned what)
{
    (void)arg;
    woken |= what;
}

static int add_and_wake(struct db *db, void *arg, struct err *e)
{
    db_wake(db, STORE_WAKE_CHANGES);
    return db_exec(db, &add, ARGS(A_I64(*(int64_t *)arg), A_NULL), e);
}

TEST(wake_ups_follow_commits_only)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct err e = {0};
    int64_t i = 1;
    init_n(&f);
    store_on_wake(f.store, on_wake, NULL);
    woken = 0;
    EQ_INT(store_write(f.store, add_and_refuse, &i, &e), ERR_FORBIDDEN);
    EQ_INT(woken, 0);
    EQ_INT(store_write(f.store, add_and_wake, &i, &e), 0);
    EQ_INT(woken, STORE_WAKE_CHANGES);
}

static void *wake_always(void *store)
{
    for (int64_t i = 1; i <= 50; i++) {
        EQ_INT(store_write(store, add_and_wake, &i, NULL), 0);
    }
    return NULL;
}

static void count_one(void *arg, unsigned what)
{
    (void)what;
    atomic_fetch_add((_Atomic int *)arg, 1);
}

TEST(who_wants_wake_ups_may_come_while_others_write)
{
    CLEANUP(fixture_clear) struct fixture f;
    init_n(&f);
    pthread_t writer;
    int64_t last = 51;
    _Atomic int rings[4] = {0};
    pthread_create(&writer, NULL, wake_always, f.store);
    for (int i = 0; i < 4; i++) {
        usleep(2000);
        store_on_wake(f.store, count_one, &rings[i]);
    }
    pthread_join(writer, NULL);
    EQ_INT(store_write(f.store, add_and_wake, &last, NULL), 0);
    for (int i = 0; i < 4; i++) {
        OK(rings[i] > 0);
    }
}

static int write_inside(struct db *db, void *arg, struct err *e)
{
    (void)db;
    int64_t i = 5;
    return store_write(arg, add_and_wake, &i, e);
}

TEST(writing_inside_a_write_is_refused)
{
    if (fixture_engine() != STORE_SQLITE) {
        SKIP("there each write has a connection of its own");
    }
    CLEANUP(fixture_clear) struct fixture f;
    struct err e = {0};
    init_n(&f);
    EQ_INT(store_write(f.store, write_inside, f.store, &e), ERR_INTERNAL);
    EQ_INT(count_outside(f.store), 0);
}

struct holder {
    struct store *store;
    int held[2], let_go[2];
};

static int hold(struct db *db, void *arg, struct err *e)
{
    struct holder *h = arg;
    char c = 0;
    int rc = db_exec(db, &add, ARGS(A_I64(1), A_TEXT("holder")), e);
    return rc || write(h->held[1], &c, 1) != 1 || read(h->let_go[0], &c, 1) != 1 ? ERR_IO : 0;
}

static void *hold_the_lock(void *arg)
{
    struct holder *h = arg;
    return store_write(h->store, hold, h, NULL) == 0 ? arg : NULL;
}

TEST(a_lock_of_another_process_is_waited_for)
{
    if (fixture_engine() != STORE_SQLITE) {
        SKIP("SQLite only");
    }
    CLEANUP(fixture_clear) struct fixture f;
    CLEANUP(store_free) struct store *other = NULL;
    struct err e = {0};
    init_n(&f);
    f.config.busy_ms = 150;
    EQ_INT(store_open(&f.config, &other, &e), 0); /* locks the file as another process would */
    struct holder h = {.store = f.store};
    char c = 0;
    int64_t i = 2;
    pthread_t thread;
    OK(pipe(h.held) == 0 && pipe(h.let_go) == 0);
    pthread_create(&thread, NULL, hold_the_lock, &h);
    OK(read(h.held[0], &c, 1) == 1);
    EQ_INT(store_write(other, add_and_wake, &i, &e), ERR_UNAVAILABLE);
    OK(write(h.let_go[1], &c, 1) == 1);
    void *result = NULL;
    pthread_join(thread, &result);
    OK(result == &h);
    EQ_INT(store_write(other, add_and_wake, &i, &e), 0);
    EQ_INT(count_outside(other), 2);
    for (int k = 0; k < 2; k++) {
        close(h.held[k]);
        close(h.let_go[k]);
    }
}

struct filler {
    struct store *store;
    int64_t id;
    int64_t done;
    int rc;
};

static int add_large(struct db *db, void *arg, struct err *e)
{
    static const char large[20000] = {[0 ... 19998] = 'x'};
    return db_exec(db, &add, ARGS(A_I64(*(int64_t *)arg), A_TEXT(large)), e);
}

static void *fill(void *arg)
{
    struct filler *w = arg;
    for (int64_t k = 0; k < 200 && w->rc == 0; k++) {
        int64_t i = w->id * 1000 + k;
        w->rc = store_write(w->store, add_large, &i, NULL);
        w->done += w->rc == 0;
    }
    return NULL;
}

TEST(a_full_disk_fails_the_group_and_harms_nothing)
{
    if (fixture_engine() != STORE_SQLITE) {
        SKIP("SQLite only");
    }
    CLEANUP(fixture_clear) struct fixture f;
    pthread_t threads[8];
    struct filler fillers[ARRAY_SIZE(threads)];
    struct rlimit old, small;
    init_n(&f);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){2000000, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        fillers[i] = (struct filler){f.store, (int64_t)i + 1, 0, 0};
        pthread_create(&threads[i], NULL, fill, &fillers[i]);
    }
    int64_t done = 0;
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_join(threads[i], NULL);
        EQ_INT(fillers[i].rc, ERR_FULL);
        done += fillers[i].done;
    }
    setrlimit(RLIMIT_FSIZE, &old);
    OK(done > 0);
    EQ_INT(count_outside(f.store), done);
    fixture_reopen(&f);
    EQ_INT(count_outside(f.store), done);
    EQ_STR(fixture_cell(f.store, "PRAGMA integrity_check"), "ok");
    int64_t i = 999999;
    EQ_INT(store_write(f.store, add_large, &i, NULL), 0);
    EQ_INT(count_outside(f.store), done + 1);
}

static int add_twenty_large(struct db *db, void *arg, struct err *e)
{
    int64_t first = *(int64_t *)arg;
    int rc = 0;
    for (int64_t i = first; i < first + 20 && rc == 0; i++) {
        rc = add_large(db, &i, e);
    }
    return rc;
}

TEST(the_write_ahead_log_is_worked_off)
{
    if (fixture_engine() != STORE_SQLITE) {
        SKIP("SQLite only");
    }
    CLEANUP(fixture_clear) struct fixture f;
    char path[128];
    struct stat wal, file;
    init_n(&f);
    f.config.synchronous_full = false;
    fixture_reopen(&f);
    for (int64_t i = 0; i < 2400; i += 20) { /* 48 MB */
        if (!EQ_INT(store_write(f.store, add_twenty_large, &i, NULL), 0)) {
            return;
        }
    }
    snprintf(path, sizeof path, "%s/db-wal", f.directory);
    OK(stat(path, &wal) == 0);
    OK_MSG(wal.st_size < 24000000, "%lld bytes", (long long)wal.st_size);
    snprintf(path, sizeof path, "%s/db", f.directory);
    OK(stat(path, &file) == 0);
    OK_MSG(file.st_size > 24000000, "%lld bytes", (long long)file.st_size);
}

#ifdef AVA_FAULTS
static int add_three(struct db *db, void *arg, struct err *e)
{
    (void)arg;
    int rc = 0;
    for (int64_t i = 1; i <= 3 && rc == 0; i++) {
        rc = db_exec(db, &add, ARGS(A_I64(i), A_NULL), e);
    }
    return rc;
}

TEST(each_call_may_fail)
{
    CLEANUP(fixture_clear) struct fixture f;
    init_n(&f);
    for (int nth = 1; nth <= 5; nth++) {
        struct err e = {0};
        tap_case("call %d", nth);
        fault_arm(FAULT_STORE, nth, false);
        int rc = store_write(f.store, add_three, NULL, &e);
        EQ_INT(fault_calls(FAULT_STORE), MIN_OF(nth, 4)); /* three statements and the commit */
        fault_arm(FAULT_STORE, 0, false);
        EQ_INT(rc, nth <= 4 ? ERR_UNAVAILABLE : 0);
        EQ_STR(e.text, nth <= 4 ? "injected" : "");
        EQ_INT(count_outside(f.store), nth <= 4 ? 0 : 3);
    }
}
#endif

/* The child that will be killed: four threads add rows and report each that is durable. */
#define WRITERS 4

static void *add_and_report(void *arg)
{
    struct worker *w = arg;
    for (int64_t k = 0;; k++) {
        int64_t i = w->id * 1000000 + k;
        int rc = store_write(w->store, add_and_wake, &i, NULL);
        if (rc || write(STDOUT_FILENO, &i, sizeof i) != sizeof i) {
            return NULL;
        }
    }
}

static int be_killed(const char *url)
{
    struct store_config config = {.url = url,
                                  .connections = WRITERS,
                                  .cache_kib = 4096,
                                  .busy_ms = 5000,
                                  .group_max = 64,
                                  .synchronous_full = true,
                                  .prepared_statements = true};
    struct store *s = NULL;
    pthread_t threads[WRITERS];
    struct worker workers[WRITERS];
    if (store_open(&config, &s, NULL)) {
        return 1;
    }
    for (int i = 0; i < WRITERS; i++) {
        workers[i] = (struct worker){s, i, 0};
        pthread_create(&threads[i], NULL, add_and_report, &workers[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    return 1;
}

TEST(what_was_reported_survives_a_kill)
{
    CLEANUP(fixture_clear) struct fixture f;
    int out[2];
    int64_t reported[WRITERS] = {-1, -1, -1, -1};
    init_n(&f);
    OK(pipe(out) == 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        execl("/proc/self/exe", "test_store_write", "--be-killed", f.url, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    int64_t i;
    for (int n = 0; read(out[0], &i, sizeof i) == sizeof i; n++) {
        reported[i / 1000000] = i % 1000000;
        if (n == 300) {
            kill(child, SIGKILL);
        }
    }
    close(out[0]);
    int status = 0;
    waitpid(child, &status, 0);
    OK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    fixture_reopen(&f);
    static const struct sql per_writer = {
        "SELECT i / 1000000, count(*), max(i % 1000000) FROM n GROUP BY 1 ORDER BY 1"};
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(store_return) struct db *db = NULL;
    struct rows r = {0};
    EQ_INT(store_borrow(f.store, &db, NULL), 0);
    EQ_INT(db_rows(db, p, &per_writer, NO_ARGS, &r, NULL), 0);
    int64_t kept[WRITERS] = {-1, -1, -1, -1}; /* a writer that came late may have none */
    ROWS_EACH (k, r) {
        kept[row_i64(&r, k, 0) % WRITERS] = row_i64(&r, k, 2);
        EQ_INT(row_i64(&r, k, 1), row_i64(&r, k, 2) + 1);
    }
    for (int k = 0; k < WRITERS; k++) {
        OK_MSG(kept[k] >= reported[k], "writer %d: %lld were reported", k,
               (long long)reported[k] + 1);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--be-killed") == 0) {
        return be_killed(argv[2]);
    }
    return tap_run();
}
