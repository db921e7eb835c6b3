/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wake-ups between processes on the same database. One thread tells the others, one listens on a
 * connection of its own. Nobody may rely on a wake-up to arrive: whoever waits for one looks by
 * himself now and then, which is also the net under a pooler that drops notifications.
 *
 * NOTIFY is never part of a data transaction: PostgreSQL lets only one transaction with a NOTIFY
 * commit at a time, which would put all our commits in one line. So the telling thread sends at
 * most one every TELL_PAUSE_MS for all that happened meanwhile, in a transaction of its own that
 * does not wait for the disk.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/id.h"
#include "store/pg_private.h"

#define TELL_PAUSE_MS 20
#define LISTEN_PAUSE_FIRST_MS 100
#define LISTEN_PAUSE_MOST_MS 5000
#define ALL_WAKES (STORE_WAKE_JOBS | STORE_WAKE_CHANGES)

struct pg_wakes {
    struct pg_store *store;
    char self[17]; /* tells our own notifications from the others' */
    _Atomic unsigned due;
    _Atomic bool stopping;
    struct bell *bell;
    struct thread *teller;
    struct thread *listener; /* NULL without config.listen */
    int stop_fd;             /* wakes the listener from its poll */
    PGconn *pq;              /* the listener's; NULL while it is away */
};

/* A database's notifications reach all of its schemas; those of another installation are not ours.
 */
#define CHANNEL "'ava_wake_' || md5(coalesce(current_schema()::text, ''))"

/* Both in one statement, so that behind a pooler they meet the same session. */
static const struct sql tell = {
    "SELECT set_config('synchronous_commit', 'off', true), pg_notify(" CHANNEL ", $1)"};

static void tell_others(struct pg_wakes *w, unsigned what)
{
    char payload[40];
    snprintf(payload, sizeof payload, "%s %u", w->self, what);
    struct pg_conn *c;
    if (pg_pool_get(w->store, &c, NULL)) {
        return; /* the server is away; the others look by themselves */
    }
    struct query q = {&tell, ARGS(A_TEXT(payload)), NULL};
    int rc = pg_send(c, &q, NULL);
    rc = rc ? rc : pg_collect(c, NULL);
    (void)rc; /* as above */
    pg_pool_put(&c);
}

static void teller_main(void *arg)
{
    struct pg_wakes *w = arg;
    bool stopping;
    do {
        bell_wait(w->bell, -1);
        stopping = atomic_load(&w->stopping); /* before the last look, so that nothing is left */
        unsigned what = atomic_exchange(&w->due, 0);
        if (what) {
            tell_others(w, what);
        }
        if (!stopping) {
            poll(NULL, 0, TELL_PAUSE_MS);
        }
    } while (!stopping);
}

void pg_wakes_tell(struct pg_store *s, unsigned what)
{
    if (s->wakes && what && (atomic_fetch_or(&s->wakes->due, what) & what) != what) {
        bell_ring(s->wakes->bell);
    }
}

static bool listen_on(struct pg_wakes *w)
{
    w->pq = pg_connect(w->store, NULL);
    if (!w->pq) {
        return false;
    }
    PGresult *r = PQexec(w->pq, "DO $$ BEGIN EXECUTE 'LISTEN ' || " CHANNEL "; END $$");
    bool good = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    if (!good) {
        PQfinish(w->pq);
        w->pq = NULL;
    }
    return good;
}

static void heard(struct pg_wakes *w, const char *payload)
{
    struct str what = str_of(payload);
    struct str from = str_cut(&what, ' ');
    int64_t bits;
    if (!str_eq(from, str_of(w->self)) && what.p && str_to_i64(what, &bits)) {
        wakes_fire(w->store->base, (unsigned)bits & ALL_WAKES);
    }
}

/* Waits for the socket (or, without a connection, just waits). false: told to stop. */
static bool wait_to_hear(struct pg_wakes *w, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = w->stop_fd, .events = POLLIN},
                            {.fd = w->pq ? PQsocket(w->pq) : -1, .events = POLLIN}};
    while (poll(fds, 2, timeout_ms) < 0 && errno == EINTR) {
    }
    return !atomic_load(&w->stopping);
}

/* Takes what has come. false: the connection is gone. */
static bool hear(struct pg_wakes *w)
{
    bool alive = PQconsumeInput(w->pq) && PQstatus(w->pq) == CONNECTION_OK;
    PGnotify *n;
    while ((n = PQnotifies(w->pq))) {
        heard(w, n->extra);
        PQfreemem(n);
    }
    return alive;
}

static void listener_main(void *arg)
{
    struct pg_wakes *w = arg;
    int pause_ms = LISTEN_PAUSE_FIRST_MS;
    while (wait_to_hear(w, w->pq ? -1 : pause_ms)) {
        if (w->pq) {
            if (!hear(w)) {
                PQfinish(w->pq);
                w->pq = NULL;
            }
        } else if (listen_on(w)) {
            pause_ms = LISTEN_PAUSE_FIRST_MS;
            wakes_fire(w->store->base, ALL_WAKES); /* what happened meanwhile went unheard */
        } else {
            pause_ms = MIN_OF(pause_ms * 2, LISTEN_PAUSE_MOST_MS);
        }
    }
}

void pg_wakes_start(struct pg_store *s)
{
    struct pg_wakes *w = xcalloc(1, sizeof *w);
    unsigned char random[8];
    random_bytes(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        snprintf(w->self + 2 * i, 3, "%02x", random[i]);
    }
    w->store = s;
    w->bell = bell_new();
    w->stop_fd = eventfd(0, EFD_CLOEXEC);
    s->wakes = w;
    w->teller = thread_start("pg-tell", teller_main, w);
    if (s->base->config.listen) {
        (void)listen_on(w); /* the thread goes on trying */
        w->listener = thread_start("pg-listen", listener_main, w);
    }
}

void pg_wakes_stop(struct pg_store *s)
{
    struct pg_wakes *w = s->wakes;
    atomic_store(&w->stopping, true);
    bell_ring(w->bell);
    uint64_t one = 1;
    (void)!write(w->stop_fd, &one, sizeof one);
    thread_join(&w->teller);
    thread_join(&w->listener);
    PQfinish(w->pq);
    close(w->stop_fd);
    bell_free(&w->bell);
    free(w);
    s->wakes = NULL;
}
