/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The insides of the PostgreSQL driver, included by postgres.c and pg_*.c only.
 *
 * A connection is always in libpq's pipeline mode and used by one thread at a time. Statements are
 * queued on it (pg_send) and travel together when their results are wanted (pg_collect): one round
 * trip, however many they are. Nothing relies on the state of a session, so a pooler that changes
 * the server under us between transactions does no harm.
 */
#ifndef STORE_PG_PRIVATE_H
#define STORE_PG_PRIVATE_H

#include <libpq-fe.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/clock.h"
#include "io/thread.h"
#include "store/store_private.h"

/* A statement for this engine; made once a store and never freed before it. */
struct pg_statement {
    const struct sql *sql;
    const char *source; /* sql->text as it was: tells a reused address from the same statement */
    struct dialect_text text;
};

/* What a connection knows of a statement. */
struct pg_prepared {
    const struct pg_statement *statement; /* NULL: a free slot */
    unsigned name;                        /* s<name> on the server */
    bool ready;                           /* prepared, or sent to be */
};

/* A connection prepares at most so many; what comes after goes unprepared. */
#define PG_PREPARED_MAX 768
#define PG_PREPARED_SLOTS 1024 /* a power of two */

/* One queued command and, once collected, its result. */
struct pg_sent {
    struct pg_prepared *preparing; /* this is the Parse of it; else NULL */
    struct rows *rows;             /* where the result goes; NULL: not wanted */
    PGresult *result;
};

/* What kind of failure the last round trip had: decides what may be tried again. */
enum pg_trouble {
    PG_FINE,
    PG_FAILED, /* the statement's fault; the connection is well */
    PG_AGAIN,  /* serialization failure or deadlock: the whole transaction may be tried again */
    PG_LOST,   /* the connection is gone or of no more use */
};

struct pg_store;

struct pg_conn {
    struct pg_conn *next; /* in the pool's stack of idle ones */
    struct pg_store *store;
    PGconn *pq;
    enum pg_trouble trouble;
    bool cut_short;  /* the server failed a command before the last one, which so never ran */
    int patience_ms; /* a round trip may take so long; -1: for ever */
    struct pg_sent *sent;
    size_t n_sent;
    size_t sent_room;
    size_t unflushed;    /* bytes queued since the last pump */
    struct buf text;     /* arguments of the statement being sent */
    const char **values; /* pointers into it */
    size_t *offsets;
    size_t values_room;
    unsigned n_prepared;
    struct pg_prepared prepared[PG_PREPARED_SLOTS];
};

struct pg_waiter {
    struct pg_waiter *next;
    pthread_cond_t cond;
    struct pg_conn *given;
    bool woken;
};

/* pg_pool.c: who has which connection. All under the lock. */
struct pg_pool {
    pthread_mutex_t lock;
    pthread_cond_t drained;    /* for close: a connection came back */
    struct pg_conn *idle;      /* last used on top */
    struct pg_waiter *waiters; /* first come on top */
    int open;                  /* idle, in use, and being opened */
    int in_use;                /* open and not idle */
    int lost;                  /* dropped as broken and not yet replaced */
    bool probing;              /* somebody is finding out whether the server is back */
    int backoff_ms;            /* 0: the server answered last time */
    struct mono retry_at;
    struct err away; /* why the last attempt failed */
};

/* A column of a table that the personal list names (pg_personal.c). */
struct pg_origin {
    Oid table;
    int column; /* attribute number; 0: the table is known and this says nothing more */
    int personal;
};

struct pg_store {
    struct store *base;
    struct pg_pool pool;
    pthread_mutex_t lock;             /* of what follows */
    struct pool *memory;              /* of the statements */
    struct pg_statement **statements; /* open addressing by address of the struct sql */
    size_t n_statements;
    size_t statement_slots;
    struct pg_origin *origins;
    size_t n_origins;
    size_t origins_room;
    struct pg_wakes *wakes;
};

/* pg_connection.c */

/* Returns owned, or NULL with ERR_UNAVAILABLE recorded (ERR_CONFIG: too old a server). */
NODISCARD struct pg_conn *pg_conn_open(struct pg_store *s, int *rc_out, struct err *e);
void pg_conn_free(struct pg_conn **c);
/* A connection outside pools and pipelines, for LISTEN. Returns owned, or NULL. */
NODISCARD PGconn *pg_connect(const struct pg_store *s, struct err *e);
/* Nothing came in while it was idle that says it is dead. Does not block. */
bool pg_conn_alive(struct pg_conn *c);
/* Queues a statement; *q's arguments are copied. Needs pg_collect afterwards, also on failure. */
NODISCARD int pg_send(struct pg_conn *c, const struct query *q, struct err *e);
/* Sends what is queued and takes all results; the first failure decides. */
NODISCARD int pg_collect(struct pg_conn *c, struct err *e);
/* Forgets the results. */
void pg_conn_reset(struct pg_conn *c);
/* Several statements in the simple protocol. Nothing may be queued. */
NODISCARD int pg_conn_script(struct pg_conn *c, const char *text, struct err *e);

/* pg_statement.c */

/* 0 and the slot of this connection, or NULL in it when the connection is full (*statement_out is
 * set in any case). */
NODISCARD int pg_statement_find(struct pg_conn *c, const struct sql *sql,
                                const struct pg_statement **statement_out,
                                struct pg_prepared **prepared_out, struct err *e);
void pg_statements_clear(struct pg_store *s);

/* pg_error.c */

/* What a failed result means: the code, its sentence in e, and *trouble_out. */
int pg_error_of_result(const PGresult *r, enum pg_trouble *trouble_out, struct err *e);
/* The connection failed or could not be made: ERR_UNAVAILABLE with libpq's first line. */
int pg_error_of_connection(const PGconn *pq, const char *what, struct err *e);

/* pg_pool.c */
void pg_pool_init(struct pg_pool *pool);
void pg_pool_clear(struct pg_pool *pool); /* waits until all are back */
NODISCARD int pg_pool_get(struct pg_store *s, struct pg_conn **out, struct err *e);
/* Takes it back, or closes it when its last trouble was PG_LOST. Nulls the pointer. */
void pg_pool_put(struct pg_conn **c);

/* pg_value.c */

/* The arguments as libpq wants them, in c->values. ERR_INVALID for a text with a NUL. */
NODISCARD int pg_values(struct pg_conn *c, const struct pg_statement *st, const struct query *q,
                        struct err *e);
/* The result in canonical form, in the pool. personal: index by column, or NULL when no codec. */
void pg_rows(const PGresult *r, struct pool *p, const int *personal, struct rows *out);
/* For tests and pg_rows: a timestamp or an array as PostgreSQL writes it in canonical form. */
struct str pg_time_to_canonical(struct str s, char out[WALL_TEXT_BYTES]);
struct str pg_array_to_json(struct pool *p, struct str s);

/* pg_personal.c */

/* Turns the collected results into rows, opening personal columns; may ask the catalogue. */
NODISCARD int pg_results_to_rows(struct pg_conn *c, struct pool *p, struct err *e);

/* pg_listen.c: wake-ups of and for other processes. */
void pg_wakes_start(struct pg_store *s);
void pg_wakes_stop(struct pg_store *s);
void pg_wakes_tell(struct pg_store *s, unsigned what); /* does not block */

#endif
