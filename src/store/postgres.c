/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PostgreSQL driver: transactions and reads on the connections of the pool.
 *
 * A borrowed db holds no connection: each of its reads takes one for a round trip, so that readers
 * who keep a db for long starve nobody and a broken connection is never theirs. A write holds one;
 * its BEGIN waits for the first statement, and its db_exec statements for the next read or for
 * COMMIT, so that a usual transaction is two or three round trips.
 *
 * A transaction is run again, from the start and in a new transaction, when the server chose it as
 * the victim of a conflict or when the connection broke before COMMIT was sent. Once COMMIT is on
 * its way nothing is tried again: it may have happened.
 */
#include <poll.h>

#include "base/id.h"
#include "store/pg_private.h"

/* So often at most a transaction or read is started. */
#define TRIES_AFTER_CONFLICT 8
#define TRIES_AFTER_LOSS 3
/* A transaction that only queues looks at the answers now and then, so that they do not pile up. */
#define QUEUE_MAX 500
/* "ava" in ASCII, and a number of our own. */
#define EXCLUSIVE_LOCK 0x61766101

static const struct sql begin = {"BEGIN"};
static const struct sql commit = {"COMMIT"};
static const struct sql rollback = {"ROLLBACK"};
static const struct sql one = {"SELECT 1"};
/* A migration may take its time, and wait for its turn. */
static const struct sql no_limits = {"SELECT set_config('lock_timeout', '0', true), "
                                     "set_config('statement_timeout', '0', true)"};
static const struct sql lock = {"SELECT pg_advisory_xact_lock($1)"};

struct pg_db {
    struct db base;
    struct pg_conn *conn;    /* in a transaction; NULL else */
    bool begun;              /* BEGIN was queued */
    bool committing;         /* COMMIT was queued: from here on nobody knows */
    int failed;              /* the first failure in this transaction */
    enum pg_trouble trouble; /* and its kind */
};

static struct pg_store *pg_of(const struct store *s)
{
    return s->driver;
}

static struct pg_db *pg_db_of(struct db *db)
{
    return (struct pg_db *)db;
}

/* A little longer each time, and not the same for two that collided. */
static void pause_before(int attempt)
{
    unsigned char random[2];
    random_bytes(random, sizeof random);
    int most_ms = MIN_OF(2 << attempt, 100);
    poll(NULL, 0, 1 + (random[0] << 8 | random[1]) % most_ms);
}

static bool worth_another_try(enum pg_trouble trouble, int attempt)
{
    if (trouble == PG_AGAIN && attempt < TRIES_AFTER_CONFLICT) {
        pause_before(attempt);
        return true;
    }
    return trouble == PG_LOST && attempt < TRIES_AFTER_LOSS;
}

/* Queues the statements and takes the answers of all that is queued. */
static int batch(struct pg_conn *c, struct pool *p, const struct query *queries, size_t n,
                 struct err *e)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = pg_send(c, &queries[i], e);
    }
    int collected = pg_collect(c, rc ? NULL : e);
    rc = rc ? rc : collected;
    if (rc == 0) {
        rc = pg_results_to_rows(c, p, e);
    }
    pg_conn_reset(c);
    return rc;
}

/* Remembers the first failure, which decides about the transaction. */
static int note(struct pg_db *db, int rc)
{
    if (rc && !db->failed) {
        db->failed = rc;
        db->trouble = db->conn->trouble;
    }
    return rc;
}

static int queue_begin(struct pg_db *db, struct err *e)
{
    if (db->failed) {
        return err_set(e, db->failed, "An earlier statement of the transaction failed");
    }
    if (db->begun) {
        return 0;
    }
    db->begun = true;
    struct query q = {&begin, NO_ARGS, NULL};
    return note(db, pg_send(db->conn, &q, e));
}

static int run_once(struct pg_store *s, struct pool *p, const struct query *queries, size_t n,
                    enum pg_trouble *trouble_out, struct err *e)
{
    struct pg_conn *c;
    *trouble_out = PG_FINE;
    int rc = pg_pool_get(s, &c, e);
    if (rc) {
        return rc;
    }
    rc = batch(c, p, queries, n, e);
    *trouble_out = c->trouble;
    pg_pool_put(&c);
    return rc;
}

static int run_outside(struct pg_store *s, struct pool *p, const struct query *queries, size_t n,
                       struct err *e)
{
    for (int attempt = 1;; attempt++) {
        enum pg_trouble trouble;
        int rc = run_once(s, p, queries, n, &trouble, e);
        if (rc == 0 || !worth_another_try(trouble, attempt)) {
            return rc;
        }
    }
}

static int pg_run(struct db *base, struct pool *p, const struct query *queries, size_t n,
                  struct err *e)
{
    struct pg_db *db = pg_db_of(base);
    if (!db->conn) {
        return run_outside(pg_of(base->store), p, queries, n, e);
    }
    int rc = queue_begin(db, e);
    return rc ? rc : note(db, batch(db->conn, p, queries, n, e));
}

static int pg_exec(struct db *base, const struct query *query, struct err *e)
{
    struct pg_db *db = pg_db_of(base);
    int rc = queue_begin(db, e);
    if (rc) {
        return rc;
    }
    struct query unseen = *query;
    unseen.rows = NULL;
    rc = note(db, pg_send(db->conn, &unseen, e));
    if (rc == 0 && db->conn->n_sent >= QUEUE_MAX) {
        rc = note(db, batch(db->conn, NULL, NULL, 0, e));
    }
    return rc;
}

static int finish(struct pg_db *db, struct err *e)
{
    if (!db->begun) {
        return 0; /* it did nothing */
    }
    struct query q = {&commit, NO_ARGS, NULL};
    db->committing = true;
    int rc = note(db, batch(db->conn, NULL, &q, 1, e));
    db->committing = !db->conn->cut_short; /* then the server says itself that COMMIT never ran */
    if (rc && db->trouble == PG_LOST && db->committing) {
        return err_set(e, ERR_UNAVAILABLE,
                       "The connection to the database broke during COMMIT; it may have happened");
    }
    return rc;
}

/* Brings the connection back to where it was before BEGIN, or gives it up. */
static void undo(struct pg_db *db)
{
    struct pg_conn *c = db->conn;
    int rc = 0;
    if (c->n_sent) {
        rc = batch(c, NULL, NULL, 0, NULL); /* what was queued must not take ROLLBACK with it */
    }
    bool open = c->trouble != PG_LOST && PQtransactionStatus(c->pq) != PQTRANS_IDLE;
    if (open) {
        struct query q = {&rollback, NO_ARGS, NULL};
        rc = batch(c, NULL, &q, 1, NULL);
    }
    (void)rc; /* what cannot be undone is closed, which undoes it */
    if (PQtransactionStatus(c->pq) != PQTRANS_IDLE) {
        c->trouble = PG_LOST;
    }
}

/* One attempt on a connection that is held already. */
static int attempt_on(struct pg_db *db, store_write_fn *fn, void *arg, struct err *e)
{
    int rc = fn(&db->base, arg, e);
    if (rc >= 0 && db->failed) {
        rc = err_set(e, db->failed, "A statement of the transaction failed; it is undone");
    }
    if (rc >= 0) {
        rc = finish(db, e);
    }
    if (rc < 0 && db->begun) {
        undo(db);
    }
    return rc;
}

/* A transaction from its connection to its end; patience_ms -1: it may take as long as it likes. */
static int attempt(struct store *s, store_write_fn *fn, void *arg, bool patient, struct pg_db *db,
                   struct err *e)
{
    *db = (struct pg_db){.base = {.ops = s->ops, .store = s, .writing = true}};
    int rc = pg_pool_get(pg_of(s), &db->conn, e);
    if (rc) {
        return rc;
    }
    int patience_ms = db->conn->patience_ms;
    db->conn->patience_ms = patient ? -1 : patience_ms;
    rc = attempt_on(db, fn, arg, e);
    db->conn->patience_ms = patience_ms;
    pg_pool_put(&db->conn);
    return rc;
}

static int transact(struct store *s, store_write_fn *fn, void *arg, bool patient, struct err *e)
{
    for (int i = 1;; i++) {
        struct pg_db db;
        int rc = attempt(s, fn, arg, patient, &db, e);
        if (rc >= 0) {
            wakes_fire(s, db.base.wakes);
            pg_wakes_tell(pg_of(s), db.base.wakes);
            return 0;
        }
        bool unsure = db.committing && db.trouble == PG_LOST;
        if (unsure || !worth_another_try(db.trouble, i)) {
            return rc;
        }
    }
}

static int pg_write(struct store *s, store_write_fn *fn, void *arg, struct err *e)
{
    return transact(s, fn, arg, false, e);
}

struct exclusive_call {
    store_write_fn *fn;
    void *arg;
};

static int run_exclusive(struct db *db, void *arg, struct err *e)
{
    const struct exclusive_call *call = arg;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct rows ignored;
    const struct query queries[] = {{&no_limits, NO_ARGS, &ignored},
                                    {&lock, ARGS(A_I64(EXCLUSIVE_LOCK)), &ignored}};
    int rc = pg_run(db, p, queries, ARRAY_SIZE(queries), e);
    return rc ? rc : call->fn(db, call->arg, e);
}

static int pg_exclusive(struct store *s, store_write_fn *fn, void *arg, struct err *e)
{
    struct exclusive_call call = {fn, arg};
    return transact(s, run_exclusive, &call, true, e);
}

/* Only ever inside of a transaction (store.c sees to that). */
static int pg_script(struct db *base, const char *text, struct err *e)
{
    struct pg_db *db = pg_db_of(base);
    int rc = queue_begin(db, e);
    rc = rc ? rc : note(db, batch(db->conn, NULL, NULL, 0, e));
    return rc ? rc : note(db, pg_conn_script(db->conn, text, e));
}

static int pg_borrow(struct store *s, struct db **out, struct err *e)
{
    (void)e;
    struct pg_db *db = xcalloc(1, sizeof *db);
    db->base = (struct db){.ops = s->ops, .store = s};
    *out = &db->base;
    return 0;
}

static void pg_give_back(struct db *db)
{
    free(pg_db_of(db));
}

static int pg_ping(struct store *s, struct err *e)
{
    struct query q = {&one, NO_ARGS, NULL};
    return run_outside(pg_of(s), NULL, &q, 1, e);
}

static void pg_close(struct store *base)
{
    struct pg_store *s = pg_of(base);
    if (s->wakes) {
        pg_wakes_stop(s);
    }
    pg_pool_clear(&s->pool);
    pg_statements_clear(s);
    free(s->origins);
    pool_free(&s->memory);
    pthread_mutex_destroy(&s->lock);
    free(s);
    base->driver = NULL;
}

static int pg_open(const struct store_config *config, struct store *base, struct err *e)
{
    char *why = NULL; /* quotes the url, which may hold a password: not shown */
    PQconninfoOption *parts = PQconninfoParse(config->url, &why);
    PQfreemem(why);
    if (!parts) {
        return err_field(e, ERR_CONFIG, "database_url",
                         "The database address is not understood; it must have the form "
                         "postgres://user:password@host:port/database, special characters as %%XX");
    }
    PQconninfoFree(parts);
    struct pg_store *s = xcalloc(1, sizeof *s);
    s->base = base;
    s->memory = pool_new();
    pthread_mutex_init(&s->lock, NULL);
    pg_pool_init(&s->pool);
    base->driver = s;
    struct pg_conn *c;
    int rc = pg_pool_get(s, &c, e);
    if (rc) {
        pg_close(base);
        return rc;
    }
    pg_pool_put(&c);
    pg_wakes_start(s);
    return 0;
}

const struct driver_ops driver_postgres = {
    .name = "postgres",
    .engine = STORE_POSTGRES,
    .open = pg_open,
    .close = pg_close,
    .ping = pg_ping,
    .borrow = pg_borrow,
    .give_back = pg_give_back,
    .run = pg_run,
    .exec = pg_exec,
    .write = pg_write,
    .script = pg_script,
    .exclusive = pg_exclusive,
};
