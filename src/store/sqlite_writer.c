/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that writes to an SQLite file. It takes all transactions that wait, runs each in
 * a savepoint of one transaction, commits that once (one flush to the disk), and only then lets
 * their callers go. A transaction that fails undoes its own savepoint and nothing else; when the
 * commit fails, or SQLite gives up the whole transaction (a full disk), every one of the group
 * gets the error and nothing of it happened.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/metrics.h"
#include "io/thread.h"
#include "store/sqlite_private.h"

/*
 * Checkpoint when the WAL has so many pages of 4 KiB (16 MiB): often enough that a reader's look
 * into the WAL stays cheap and a start after a crash quick, seldom enough that a page that is
 * written again and again goes to the file once. Measured: 1,000 pages cost a third of the
 * throughput, 100,000 only put the work off. It runs after the group's callers were let go.
 *
 * Copying so many pages and flushing them keeps the writer for 50 ms. So a thread of its own copies
 * most of them before, beside the writer, and leaves it only what came meanwhile: that one cannot
 * be left to the thread, for the WAL starts over only when nobody has added to it since.
 */
#define CHECKPOINT_PAGES 4000
#define SWEEP_PAGES 3000
/* Who writes faster than the thread copies waits for it: the WAL must not grow without bounds. */
#define SWEEP_WAIT_PAGES 5000
/* Readers that overlap without a gap keep the WAL from starting over: then wait for them. */
#define CHECKPOINT_PAGES_URGENT 32000

static const struct sql begin = {"BEGIN IMMEDIATE"};
static const struct sql commit = {"COMMIT"};
static const struct sql rollback = {"ROLLBACK"};
static const struct sql save = {"SAVEPOINT one"};
static const struct sql release = {"RELEASE one"};
static const struct sql undo = {"ROLLBACK TO one"};

/* A caller that waits, on its own stack. Gone as soon as `done` is set. */
struct task {
    store_write_fn *fn;
    void *arg;
    struct err *e;
    bool exclusive;
    int rc;
    _Atomic uint32_t done; /* a futex */
    struct task *next;
};

struct sqlite_writer {
    struct store *store;
    struct sqlite_conn *conn;
    struct thread *thread;
    _Atomic(pthread_t) self;

    pthread_mutex_t lock; /* for the four below, and the sweeper's flags */
    pthread_cond_t arrived;
    struct task *first, **last;
    bool sleeping;
    bool stop;

    /* The writer thread's own: the transaction under way and whose work is in it. */
    struct task **group;
    size_t n_group;
    unsigned wakes;
    int wal_pages;
    bool swept; /* since the WAL began anew */

    struct sqlite_conn *sweep_conn; /* the sweeper's */
    struct thread *sweeper;
    pthread_cond_t sweep;
    bool sweep_due, sweep_stop;
};

static void futex(_Atomic uint32_t *word, int op, uint32_t value)
{
    syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
}

static void let_go(struct task *t, int rc)
{
    t->rc = rc;
    atomic_store_explicit(&t->done, 1, memory_order_release);
    /* The task may be gone by now; waking an address where nobody waits is harmless. */
    futex(&t->done, FUTEX_WAKE, 1);
}

static int control(struct sqlite_writer *w, const struct sql *sql, struct err *e)
{
    return sqlite_run(&w->conn->base, NULL, &(struct query){.sql = sql}, 1, e);
}

static bool in_transaction(const struct sqlite_writer *w)
{
    return !sqlite3_get_autocommit(w->conn->handle);
}

/* Everybody in the transaction learns that it did not happen. */
static void fail_group(struct sqlite_writer *w, int rc, const struct err *why)
{
    if (in_transaction(w)) {
        (void)!control(w, &rollback, NULL);
    }
    for (size_t i = 0; i < w->n_group; i++) {
        let_go(w->group[i], err_set(w->group[i]->e, rc, "%s", err_text(why, rc)));
    }
    w->n_group = 0;
    w->wakes = 0;
}

static int on_wal(void *arg, sqlite3 *handle, const char *name, int pages)
{
    struct sqlite_writer *w = arg;
    (void)handle, (void)name;
    w->wal_pages = pages;
    return SQLITE_OK;
}

static void sweeper_main(void *arg)
{
    struct sqlite_writer *w = arg;
    pthread_mutex_lock(&w->lock);
    while (!w->sweep_stop) {
        if (!w->sweep_due) {
            pthread_cond_wait(&w->sweep, &w->lock);
            continue;
        }
        pthread_mutex_unlock(&w->lock);
        sqlite3_wal_checkpoint_v2(w->sweep_conn->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
                                  NULL);
        pthread_mutex_lock(&w->lock);
        w->sweep_due = false;
        pthread_cond_broadcast(&w->sweep);
    }
    pthread_mutex_unlock(&w->lock);
}

static void have_swept(struct sqlite_writer *w)
{
    w->swept = true;
    pthread_mutex_lock(&w->lock);
    w->sweep_due = true;
    pthread_cond_broadcast(&w->sweep);
    pthread_mutex_unlock(&w->lock);
}

static void wait_for_sweeper(struct sqlite_writer *w)
{
    pthread_mutex_lock(&w->lock);
    while (w->sweep_due) {
        pthread_cond_wait(&w->sweep, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
}

static void checkpoint(struct sqlite_writer *w)
{
    if (w->wal_pages < SWEEP_PAGES) {
        w->swept = false;
    } else if (!w->swept) {
        have_swept(w);
    }
    if (w->wal_pages >= SWEEP_WAIT_PAGES) {
        wait_for_sweeper(w);
    }
    if (w->wal_pages >= CHECKPOINT_PAGES) {
        /* It may fail; what was committed is safe in the WAL, and the next one tries again. */
        sqlite3_wal_checkpoint_v2(w->conn->handle, NULL,
                                  w->wal_pages >= CHECKPOINT_PAGES_URGENT
                                      ? SQLITE_CHECKPOINT_RESTART
                                      : SQLITE_CHECKPOINT_PASSIVE,
                                  NULL, NULL);
    }
}

static void commit_group(struct sqlite_writer *w)
{
    struct err e = {0};
    if (w->n_group == 0) {
        if (in_transaction(w)) {
            (void)!control(w, &rollback, NULL); /* all have failed: nothing to make durable */
        }
        return;
    }
    int rc = control(w, &commit, &e);
    if (rc) {
        fail_group(w, rc, &e);
        return;
    }
    metric_add(METRIC_store_groups_total, 1);
    wakes_fire(w->store, w->wakes);
    for (size_t i = 0; i < w->n_group; i++) {
        let_go(w->group[i], 0);
    }
    w->n_group = 0;
    w->wakes = 0;
    checkpoint(w);
    w->wal_pages = 0;
}

/* The next that waits; with `wait`, sleeps until there is one. NULL: none, or the end. */
static struct task *next_task(struct sqlite_writer *w, bool wait)
{
    pthread_mutex_lock(&w->lock);
    while (wait && !w->first && !w->stop) {
        w->sleeping = true;
        pthread_cond_wait(&w->arrived, &w->lock);
        w->sleeping = false;
    }
    struct task *t = w->first;
    if (t) {
        w->first = t->next;
        if (!w->first) {
            w->last = &w->first;
        }
    }
    pthread_mutex_unlock(&w->lock);
    return t;
}

/*
 * Another process holds the file and the busy time is over. Those who came meanwhile have waited
 * as well: they are not made to wait for it once more, one after another.
 */
static void refuse_all(struct sqlite_writer *w, struct task *t, int rc)
{
    struct err why = {0};
    err_set(&why, rc, "%s", err_text(t->e, rc));
    let_go(t, rc);
    while ((t = next_task(w, false))) {
        let_go(t, err_set(t->e, rc, "%s", why.text));
    }
}

/*
 * The first of a transaction needs no savepoint: to undo it is to undo everything. That spares a
 * lonely writer the savepoint's copies of pages.
 */
static void run_task(struct sqlite_writer *w, struct task *t)
{
    struct db *db = &w->conn->base;
    bool first = w->n_group == 0;
    int rc = in_transaction(w) ? 0 : control(w, &begin, t->e);
    if (rc) {
        refuse_all(w, t, rc);
        return;
    }
    rc = first ? 0 : control(w, &save, t->e);
    if (rc) {
        let_go(t, rc);
        return;
    }
    rc = t->fn(db, t->arg, t->e);
    if (rc == 0 && in_transaction(w)) {
        rc = first ? 0 : control(w, &release, t->e);
    } else if (rc == 0) {
        rc = err_set(t->e, ERR_INTERNAL, "A write transaction ended itself");
    }
    if (rc == 0) {
        w->group[w->n_group++] = t;
        w->wakes |= db->wakes;
        return;
    }
    if (!in_transaction(w)) { /* SQLite has undone all of it, the others' work too */
        struct err why = {0};
        err_set(&why, rc, "%s", err_text(t->e, rc));
        fail_group(w, rc, &why);
    } else if (first) {
        (void)!control(w, &rollback, NULL);
    } else if (control(w, &undo, NULL) || control(w, &release, NULL)) {
        struct err why = {0};
        fail_group(w, err_set(&why, ERR_INTERNAL, "A savepoint could not be undone"), &why);
    }
    let_go(t, rc);
}

/* Alone, and without foreign keys being checked: a migration may replace a table. */
static void run_exclusive(struct sqlite_writer *w, struct task *t)
{
    int rc = sqlite_conn_script(w->conn, "PRAGMA foreign_keys = OFF", t->e);
    if (rc) {
        let_go(t, rc);
        return;
    }
    run_task(w, t);
    commit_group(w);
    (void)!sqlite_conn_script(w->conn, "PRAGMA foreign_keys = ON", NULL);
}

static void writer_main(void *arg)
{
    struct sqlite_writer *w = arg;
    size_t group_max = (size_t)w->store->config.group_max;
    atomic_store(&w->self, pthread_self());
    w->conn->base.writing = true;
    for (struct task *t; (t = next_task(w, true));) {
        /* Those that arrive while a group is being run join it, up to its limit. */
        for (size_t taken = 1; t; t = taken++ < group_max ? next_task(w, false) : NULL) {
            if (t->exclusive) {
                commit_group(w);
                run_exclusive(w, t);
            } else {
                run_task(w, t);
            }
        }
        commit_group(w);
    }
}

int sqlite_writer_run(struct sqlite_writer *w, store_write_fn *fn, void *arg, bool exclusive,
                      struct err *e)
{
    if (pthread_equal(atomic_load(&w->self), pthread_self())) {
        return err_set(e, ERR_INTERNAL, "store_write was called inside store_write");
    }
    struct task task = {.fn = fn, .arg = arg, .e = e, .exclusive = exclusive};
    pthread_mutex_lock(&w->lock);
    *w->last = &task;
    /* cppcheck-suppress autoVariables ; the writer has let go of it when it is done */
    w->last = &task.next;
    bool wake = w->sleeping;
    pthread_mutex_unlock(&w->lock);
    if (wake) {
        pthread_cond_signal(&w->arrived);
    }
    while (!atomic_load_explicit(&task.done, memory_order_acquire)) {
        futex(&task.done, FUTEX_WAIT, 0);
    }
    return task.rc;
}

struct sqlite_writer *sqlite_writer_new(struct store *s, struct sqlite_conn **c,
                                        struct sqlite_conn **sweep)
{
    struct sqlite_writer *w = xcalloc(1, sizeof *w);
    w->store = s;
    w->conn = *c;
    w->sweep_conn = *sweep;
    *c = *sweep = NULL;
    w->last = &w->first;
    w->group = xcalloc((size_t)s->config.group_max, sizeof(struct task *));
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->arrived, NULL);
    pthread_cond_init(&w->sweep, NULL);
    sqlite3_wal_hook(w->conn->handle, on_wal, w);
    w->sweeper = thread_start("sweeper", sweeper_main, w);
    w->thread = thread_start("writer", writer_main, w);
    return w;
}

void sqlite_writer_free(struct sqlite_writer **w)
{
    if (!w || !*w) {
        return;
    }
    pthread_mutex_lock(&(*w)->lock);
    (*w)->stop = true;
    pthread_mutex_unlock(&(*w)->lock);
    pthread_cond_signal(&(*w)->arrived);
    thread_join(&(*w)->thread); /* it may wait for the sweeper */
    pthread_mutex_lock(&(*w)->lock);
    (*w)->sweep_stop = true;
    pthread_cond_broadcast(&(*w)->sweep);
    pthread_mutex_unlock(&(*w)->lock);
    thread_join(&(*w)->sweeper);
    sqlite_conn_free(&(*w)->sweep_conn);
    sqlite_conn_free(&(*w)->conn);
    pthread_mutex_destroy(&(*w)->lock);
    pthread_cond_destroy(&(*w)->arrived);
    pthread_cond_destroy(&(*w)->sweep);
    free((*w)->group);
    free(*w);
    *w = NULL;
}
