/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite driver: one writer (sqlite_writer.c) and readers that are opened when they are first
 * needed and lent last-in first-out, so that the one with the warmest cache goes first.
 *
 * "sqlite::memory:" is a private file in memory (/dev/shm) that goes when the store does, because
 * SQLite's own shared in-memory databases have no WAL: there a reader would block the writer, and
 * a test would see other rules than the product has.
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "store/sqlite_private.h"

struct sqlite_store {
    char *path;
    char *directory; /* of an in-memory database, removed with it */
    struct sqlite_writer *writer;

    pthread_mutex_t lock; /* for the three below */
    pthread_cond_t returned;
    struct sqlite_conn *free_readers;
    int n_readers; /* open or being opened */
};

static int make_private_path(struct sqlite_store *own, struct err *e)
{
    const char *parents[] = {"/dev/shm", getenv("TMPDIR"), "/tmp"};
    char directory[256];
    for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
        int n =
            snprintf(directory, sizeof directory, "%s/ava-XXXXXX", parents[i] ? parents[i] : "");
        if (parents[i] && n < (int)sizeof directory && mkdtemp(directory)) {
            char path[sizeof directory + 8];
            snprintf(path, sizeof path, "%s/db", directory);
            own->directory = xstrdup(directory);
            own->path = xstrdup(path);
            return 0;
        }
    }
    return err_set(e, ERR_UNAVAILABLE, "No directory for a database in memory: %s",
                   strerror(errno));
}

static void sqlite_close(struct store *s)
{
    struct sqlite_store *own = s->driver;
    sqlite_writer_free(&own->writer);
    while (own->free_readers) {
        struct sqlite_conn *c = own->free_readers;
        own->free_readers = c->next;
        sqlite_conn_free(&c);
    }
    if (own->directory) {
        /* The last connection has removed the WAL. */
        unlink(own->path);
        rmdir(own->directory);
    }
    pthread_mutex_destroy(&own->lock);
    pthread_cond_destroy(&own->returned);
    free(own->directory);
    free(own->path);
    free(own);
    s->driver = NULL;
}

/*
 * Before SQLite's first use in this process: no mutex about what each connection has for itself,
 * and no counting of all memory, which takes one mutex of all threads at every allocation.
 */
static void configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int sqlite_open(const struct store_config *config, struct store *s, struct err *e)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    pthread_once(&configured, configure);
    const char *path = config->url + strlen("sqlite:");
    if (!*path) {
        return err_field(e, ERR_CONFIG, "database_url",
                         "The database address names no file; write sqlite:PATH");
    }
    struct sqlite_store *own = xcalloc(1, sizeof *own);
    s->driver = own;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&own->lock, NULL);
    pthread_cond_init(&own->returned, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int rc = 0;
    if (strcmp(path, ":memory:") == 0) {
        rc = make_private_path(own, e);
    } else {
        own->path = xstrdup(path);
    }
    CLEANUP(sqlite_conn_free) struct sqlite_conn *c = NULL;
    CLEANUP(sqlite_conn_free) struct sqlite_conn *sweep = NULL;
    if (rc == 0) {
        rc = sqlite_conn_open(s, own->path, false, &c, e);
    }
    if (rc == 0) {
        rc = sqlite_conn_open(s, own->path, true, &sweep, e);
    }
    if (rc) {
        sqlite_close(s);
        return rc;
    }
    own->writer = sqlite_writer_new(s, &c, &sweep);
    return 0;
}

/* A free reader, or NULL with *open_out when the caller may open one; else waits. */
static int take_reader(struct store *s, struct sqlite_conn **out, struct err *e)
{
    struct sqlite_store *own = s->driver;
    struct timespec until;
    int rc = 0;
    bool timed = false;
    pthread_mutex_lock(&own->lock);
    while (!own->free_readers && own->n_readers >= s->config.connections && rc == 0) {
        if (!timed) {
            int64_t ns = mono_now().ns + s->config.busy_ms * 1000000LL;
            until = (struct timespec){ns / 1000000000, ns % 1000000000};
            timed = true;
        }
        if (pthread_cond_timedwait(&own->returned, &own->lock, &until) == ETIMEDOUT) {
            rc = ERR_UNAVAILABLE;
        }
    }
    struct sqlite_conn *c = own->free_readers;
    if (c) {
        own->free_readers = c->next;
        rc = 0;
    } else if (own->n_readers < s->config.connections) {
        own->n_readers++;
        rc = 0;
    }
    pthread_mutex_unlock(&own->lock);
    if (rc) {
        return err_set(e, rc, "All database connections are in use; try again");
    }
    *out = c;
    return 0;
}

static void put_reader(struct sqlite_store *own, struct sqlite_conn *c)
{
    pthread_mutex_lock(&own->lock);
    if (c) {
        c->next = own->free_readers;
        own->free_readers = c;
    } else {
        own->n_readers--;
    }
    pthread_mutex_unlock(&own->lock);
    pthread_cond_signal(&own->returned);
}

static int sqlite_borrow(struct store *s, struct db **out, struct err *e)
{
    struct sqlite_store *own = s->driver;
    struct sqlite_conn *c;
    int rc = take_reader(s, &c, e);
    if (rc == 0 && !c) {
        rc = sqlite_conn_open(s, own->path, true, &c, e);
        if (rc) {
            put_reader(own, NULL);
        }
    }
    if (rc == 0) {
        *out = &c->base;
    }
    return rc;
}

static void sqlite_give_back(struct db *db)
{
    put_reader(db->store->driver, (struct sqlite_conn *)db);
}

static bool sqlite_at_once(struct store *s)
{
    struct sqlite_store *own = s->driver;
    pthread_mutex_lock(&own->lock);
    bool free = own->free_readers || own->n_readers < s->config.connections;
    pthread_mutex_unlock(&own->lock);
    return free;
}

static int sqlite_ping(struct store *s, struct err *e)
{
    static const struct sql look = {"SELECT count(*) FROM sqlite_master"};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s, &db, e);
    return rc ? rc : sqlite_run(db, NULL, &(struct query){.sql = &look}, 1, e);
}

static int sqlite_write(struct store *s, store_write_fn *fn, void *arg, struct err *e)
{
    struct sqlite_store *own = s->driver;
    return sqlite_writer_run(own->writer, fn, arg, false, e);
}

static int sqlite_exclusive(struct store *s, store_write_fn *fn, void *arg, struct err *e)
{
    struct sqlite_store *own = s->driver;
    return sqlite_writer_run(own->writer, fn, arg, true, e);
}

static int sqlite_script(struct db *db, const char *text, struct err *e)
{
    return sqlite_conn_script((struct sqlite_conn *)db, text, e);
}

const struct driver_ops driver_sqlite = {
    .name = "sqlite",
    .engine = STORE_SQLITE,
    .open = sqlite_open,
    .close = sqlite_close,
    .ping = sqlite_ping,
    .borrow = sqlite_borrow,
    .give_back = sqlite_give_back,
    .at_once = sqlite_at_once,
    .passes_rows = true,
    .run = sqlite_run,
    .exec = sqlite_exec,
    .write = sqlite_write,
    .script = sqlite_script,
    .exclusive = sqlite_exclusive,
};
