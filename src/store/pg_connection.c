/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection: opening it, queueing statements on its pipeline and collecting what comes back.
 *
 * libpq's socket is non-blocking and every wait looks both ways: a server that cannot get rid of
 * its answers stops reading, so a client that only writes would wait for ever. After a failure the
 * server skips everything up to the sync at the pipeline's end; so pg_collect always brings the
 * connection back to where a new command may be sent, or marks it lost.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "store/pg_private.h"

/* The server's own limit, where we may set one, and ours a little later. */
#define STATEMENT_MS 60000
#define PATIENCE_MS 65000
/* So much may be queued before we make sure that it leaves: about one send buffer. */
#define PUMP_BYTES (64u * 1024)
#define TEXT_MAX ((size_t)256 * 1024 * 1024)
#define TEXT_KEEP (256u * 1024)

static void swallow_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

/* What a session of ours must have. Poolers follow the first two along with the client. */
static void session_settings(const struct pg_store *s, const PGconn *pq, struct buf *sql)
{
    const char *zone = PQparameterStatus(pq, "TimeZone");
    const char *dates = PQparameterStatus(pq, "DateStyle");
    if (!zone || strcmp(zone, "UTC") != 0) {
        buf_puts(sql, "SET TimeZone = 'UTC';");
    }
    if (!dates || strncmp(dates, "ISO", 3) != 0) {
        buf_puts(sql, "SET DateStyle = 'ISO, MDY';");
    }
    /*
     * Where statements may be prepared the session is ours alone, and may have limits too. Each
     * statement is written for one plan: left alone, PostgreSQL would plan those with a LIMIT anew
     * each time, which costs as much as running them, and compile what it thinks is large.
     */
    if (s->base->config.prepared_statements) {
        buf_printf(sql,
                   "SET lock_timeout = %d; SET statement_timeout = %d;"
                   "SET idle_in_transaction_session_timeout = %d;"
                   "SET plan_cache_mode = force_generic_plan; SET jit = off;",
                   MAX_OF(s->base->config.busy_ms, 1), STATEMENT_MS, PATIENCE_MS);
    }
}

static bool set_up(const struct pg_store *s, PGconn *pq)
{
    struct buf sql;
    buf_init(&sql, 1024);
    session_settings(s, pq, &sql);
    bool good = true;
    if (sql.len) {
        PGresult *r = PQexec(pq, sql.data);
        good = PQresultStatus(r) == PGRES_COMMAND_OK;
        PQclear(r);
    }
    buf_clear(&sql);
    return good;
}

PGconn *pg_connect(const struct pg_store *s, struct err *e)
{
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%d", MAX_OF(2, (s->base->config.busy_ms + 999) / 1000));
    /* What the url says goes before what stands above it, and not before what stands below. */
    const char *const keys[] = {"connect_timeout",
                                "keepalives_idle",
                                "keepalives_count",
                                "keepalives_interval",
                                "tcp_user_timeout",
                                "fallback_application_name",
                                "dbname",
                                "client_encoding",
                                NULL};
    const char *const values[] = {seconds, "30",         "3",    "10", "30000",
                                  "ava",   s->base->url, "UTF8", NULL};
    PGconn *pq = PQconnectdbParams(keys, values, 1);
    if (PQstatus(pq) == CONNECTION_OK) {
        PQsetNoticeReceiver(pq, swallow_notice, NULL);
        if (set_up(s, pq)) {
            return pq;
        }
    }
    pg_error_of_connection(pq, "The database does not answer", e);
    PQfinish(pq);
    return NULL;
}

struct pg_conn *pg_conn_open(struct pg_store *s, int *rc_out, struct err *e)
{
    PGconn *pq = pg_connect(s, e);
    if (!pq) {
        *rc_out = ERR_UNAVAILABLE;
        return NULL;
    }
    if (PQserverVersion(pq) < 150000) {
        *rc_out = err_set(e, ERR_CONFIG, "PostgreSQL %d is too old; use version 15 or later",
                          PQserverVersion(pq) / 10000);
        PQfinish(pq);
        return NULL;
    }
    if (PQsetnonblocking(pq, 1) != 0 || !PQenterPipelineMode(pq)) {
        *rc_out = pg_error_of_connection(pq, "The database connection cannot be used", e);
        PQfinish(pq);
        return NULL;
    }
    struct pg_conn *c = xcalloc(1, sizeof *c);
    c->store = s;
    c->pq = pq;
    c->patience_ms = PATIENCE_MS;
    buf_init(&c->text, TEXT_MAX);
    return c;
}

void pg_conn_free(struct pg_conn **c)
{
    if (!c || !*c) {
        return;
    }
    pg_conn_reset(*c);
    PQfinish((*c)->pq);
    buf_clear(&(*c)->text);
    free((*c)->sent);
    free((*c)->values);
    free((*c)->offsets);
    free(*c);
    *c = NULL;
}

/* Waits for the events; 1 when some came, 0 when not in time, -1 for a broken socket. */
static int wait_for(const struct pg_conn *c, short events, int timeout_ms, short *came_out)
{
    struct pollfd pfd = {.fd = PQsocket(c->pq), .events = events};
    if (pfd.fd < 0) {
        return -1;
    }
    int n;
    do {
        n = poll(&pfd, 1, timeout_ms);
    } while (n < 0 && errno == EINTR);
    if (came_out) {
        *came_out = pfd.revents;
    }
    return n < 0 ? -1 : n > 0;
}

bool pg_conn_alive(struct pg_conn *c)
{
    /* Twice, since a farewell comes in two parts: the server's reason, and the end of the stream.
     */
    for (int i = 0; i < 2; i++) {
        int n = wait_for(c, POLLIN, 0, NULL);
        if (n == 0) {
            return true;
        }
        if (n < 0 || !PQconsumeInput(c->pq) || PQstatus(c->pq) != CONNECTION_OK) {
            return false;
        }
    }
    (void)PQisBusy(c->pq); /* takes up what is no farewell, such as a changed parameter */
    return wait_for(c, POLLIN, 0, NULL) == 0;
}

static int lost(struct pg_conn *c, struct err *e)
{
    c->trouble = PG_LOST;
    return pg_error_of_connection(c->pq, "The connection to the database broke", e);
}

static int too_slow(struct pg_conn *c, struct err *e)
{
    char why[256];
    PGcancel *cancel = PQgetCancel(c->pq);
    if (cancel) {
        (void)PQcancel(cancel, why, sizeof why);
        PQfreeCancel(cancel);
    }
    c->trouble = PG_LOST;
    return err_set(e, ERR_UNAVAILABLE, "The database took longer than %d s; try again",
                   c->patience_ms / 1000);
}

static int left_ms(const struct pg_conn *c, struct mono since)
{
    if (c->patience_ms < 0) {
        return -1;
    }
    int64_t left = c->patience_ms - mono_us_since(since) / 1000;
    return left > 0 ? (int)left : 0;
}

/* Until nothing of ours is left to send, taking in what comes meanwhile. */
static int pump(struct pg_conn *c, struct mono since, struct err *e)
{
    c->unflushed = 0;
    for (int left; (left = PQflush(c->pq)) != 0;) {
        short came = 0;
        int n = left < 0 ? -1 : wait_for(c, POLLIN | POLLOUT, left_ms(c, since), &came);
        if (n == 0) {
            return too_slow(c, e);
        }
        if (n < 0 || ((came & ~POLLOUT) && !PQconsumeInput(c->pq))) {
            return lost(c, e);
        }
    }
    return 0;
}

static struct pg_sent *sent_add(struct pg_conn *c)
{
    if (c->n_sent == c->sent_room) {
        c->sent_room = c->sent_room ? c->sent_room * 2 : 16;
        c->sent = xrealloc(c->sent, c->sent_room * sizeof *c->sent);
    }
    struct pg_sent *sent = &c->sent[c->n_sent++];
    *sent = (struct pg_sent){0};
    return sent;
}

/* Queues the statement whose values stand in c->values. false: libpq could not. */
static bool queue(struct pg_conn *c, const struct pg_statement *st, struct pg_prepared *slot,
                  const struct query *q)
{
    const char *sql = st->text.sql;
    char name[16] = "";
    if (slot && c->store->base->config.prepared_statements) {
        snprintf(name, sizeof name, "s%u", slot->name);
        if (!slot->ready) {
            if (!PQsendPrepare(c->pq, name, sql, 0, NULL)) {
                return false;
            }
            slot->ready = true;
            sent_add(c)->preparing = slot;
        }
        if (!PQsendQueryPrepared(c->pq, name, (int)q->n_args, c->values, NULL, NULL, 0)) {
            return false;
        }
    } else if (!PQsendQueryParams(c->pq, sql, (int)q->n_args, NULL, c->values, NULL, NULL, 0)) {
        return false;
    }
    sent_add(c)->rows = q->rows;
    return true;
}

int pg_send(struct pg_conn *c, const struct query *q, struct err *e)
{
    if (c->trouble == PG_LOST) {
        return lost(c, e);
    }
    const struct pg_statement *st;
    struct pg_prepared *slot;
    int rc = pg_statement_find(c, q->sql, &st, &slot, e);
    if (rc == 0) {
        rc = pg_values(c, st, q, e);
    }
    if (rc) {
        return rc;
    }
    if (!queue(c, st, slot, q)) {
        return lost(c, e);
    }
    c->unflushed += c->text.len + 64;
    return c->unflushed > PUMP_BYTES ? pump(c, mono_now(), e) : 0;
}

/* The next result when it has come; NULL between commands. 0, or a failure of the connection. */
static int next_result(struct pg_conn *c, struct mono since, PGresult **out, struct err *e)
{
    while (PQisBusy(c->pq)) {
        int n = wait_for(c, POLLIN, left_ms(c, since), NULL);
        if (n == 0) {
            return too_slow(c, e);
        }
        if (n < 0 || !PQconsumeInput(c->pq)) {
            break; /* PQgetResult has what the server said before it went */
        }
    }
    *out = PQgetResult(c->pq);
    return 0;
}

static bool is_failure(const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
}

/* The first failure that the server itself explained speaks for the batch. */
static int verdict(struct pg_conn *c, size_t n_answered, struct err *e)
{
    const PGresult *speaker = NULL;
    for (size_t i = 0; i < c->n_sent; i++) {
        struct pg_sent *sent = &c->sent[i];
        const PGresult *r = i < n_answered ? sent->result : NULL;
        bool failed = !r || is_failure(r);
        if (failed && sent->preparing) {
            sent->preparing->ready = false;
        }
        bool explained = r && failed && PQresultErrorField(r, PG_DIAG_SQLSTATE);
        if (explained && !speaker) {
            speaker = r;
            c->cut_short = i + 1 < c->n_sent;
        }
    }
    return speaker ? pg_error_of_result(speaker, &c->trouble, e) : 0;
}

static bool all_answered(const struct pg_conn *c, size_t n_answered)
{
    bool good = n_answered == c->n_sent;
    for (size_t i = 0; good && i < n_answered; i++) {
        good = !is_failure(c->sent[i].result);
    }
    return good;
}

/* Takes the results up to the sync; *n_out: how many commands were answered. */
static int take_results(struct pg_conn *c, struct mono since, size_t *n_out, struct err *e)
{
    for (size_t i = 0;;) {
        PGresult *r = NULL;
        int rc = next_result(c, since, &r, e);
        if (rc) {
            return rc;
        }
        bool synced = r && PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        if (r && !synced && i < c->n_sent && !c->sent[i].result) {
            c->sent[i].result = r;
            *n_out = i + 1;
        } else {
            PQclear(r);
        }
        i += r == NULL;
        if (synced) {
            return 0;
        }
        if (PQstatus(c->pq) != CONNECTION_OK) {
            return lost(c, e);
        }
    }
}

int pg_collect(struct pg_conn *c, struct err *e)
{
    struct mono since = mono_now();
    struct err detail = {0};
    size_t n_answered = 0;
    c->cut_short = false;
    if (c->trouble == PG_LOST || !PQpipelineSync(c->pq)) {
        return lost(c, e);
    }
    c->trouble = PG_FINE;
    int lost_rc = pump(c, since, &detail);
    if (lost_rc == 0) {
        lost_rc = take_results(c, since, &n_answered, &detail);
    }
    int rc = verdict(c, n_answered, e);
    if (lost_rc) {
        c->trouble = PG_LOST;
        rc = rc ? rc : err_set(e, lost_rc, "%s", detail.text);
    } else if (rc == 0 && !all_answered(c, n_answered)) {
        rc = lost(c, e); /* libpq itself gave up on a command */
    }
    if (c->text.cap > TEXT_KEEP) {
        buf_clear(&c->text);
    }
    return rc;
}

void pg_conn_reset(struct pg_conn *c)
{
    for (size_t i = 0; i < c->n_sent; i++) {
        PQclear(c->sent[i].result);
    }
    c->n_sent = 0;
}

int pg_conn_script(struct pg_conn *c, const char *text, struct err *e)
{
    if (c->trouble == PG_LOST || !PQexitPipelineMode(c->pq)) {
        return lost(c, e);
    }
    c->trouble = PG_FINE;
    PGresult *r = PQexec(c->pq, text);
    int rc = 0;
    if (PQstatus(c->pq) != CONNECTION_OK) {
        rc = lost(c, e);
    } else if (PQresultStatus(r) != PGRES_EMPTY_QUERY && is_failure(r)) {
        rc = pg_error_of_result(r, &c->trouble, e);
    }
    PQclear(r);
    if (c->trouble != PG_LOST && !PQenterPipelineMode(c->pq)) {
        rc = lost(c, e);
    }
    return rc;
}
