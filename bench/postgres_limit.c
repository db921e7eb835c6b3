/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL's own limit: a bare loop of libpq calls that sends a plan's statements, prepared
 * once, on many connections, each waiting only where the server waits (a step with "sync"), or
 * after every statement with --plain.
 *
 *     postgres_limit --url URL --plan FILE --seconds N [--clients 16] [--threads 2] [--plain 1]
 *
 * pgbench would do the same but cannot choose among ids and telephone numbers at random; where it
 * can say the same (numbers only), bench/run asks it too. Prints one JSON object. Any failed
 * statement ends it.
 */
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/pool.h"
#include "plan.h"

struct client {
    PGconn *pq;
    struct plan_run run;
    size_t sent;     /* steps of this turn that were sent */
    size_t answered; /* and that were answered */
    bool ended_one;  /* the answer of a step has come; the NULL behind it has not */
    uint64_t turns;
};

struct driver {
    pthread_t thread;
    size_t n;
    struct client *clients;
};

static _Atomic bool stop;
static bool plain;

static void fail(const struct client *c, const PGresult *r)
{
    plan_fail("PostgreSQL", r ? PQresultErrorMessage(r) : PQerrorMessage(c->pq));
}

static void client_open(struct client *c, const char *url, const struct plan *plan)
{
    c->pq = PQconnectdb(url);
    if (PQstatus(c->pq) != CONNECTION_OK) {
        fail(c, NULL);
    }
    for (size_t i = 0; i < plan->n_setup; i++) {
        PGresult *r = PQexec(c->pq, plan->setup[i]);
        if (PQresultStatus(r) != PGRES_COMMAND_OK) {
            fail(c, r);
        }
        PQclear(r);
    }
    for (size_t v = 0; v < plan->n_variants; v++) {
        for (size_t i = 0; i < plan->variants[v].n; i++) {
            const struct plan_step *step = &plan->variants[v].steps[i];
            char name[24];
            snprintf(name, sizeof name, "s%zu", step->id);
            PGresult *r = PQprepare(c->pq, name, step->sql, 0, NULL);
            if (PQresultStatus(r) != PGRES_COMMAND_OK) {
                fail(c, r);
            }
            PQclear(r);
        }
    }
    if (PQsetnonblocking(c->pq, 1) != 0 || !PQenterPipelineMode(c->pq)) {
        fail(c, NULL);
    }
}

static void send_step(struct client *c, const struct plan_step *step)
{
    const char *values[PLAN_ARGS_MAX];
    char name[24];
    for (size_t i = 0; i < step->n_args; i++) {
        values[i] = plan_run_value(&c->run, &step->args[i]).p;
    }
    snprintf(name, sizeof name, "s%zu", step->id);
    if (!PQsendQueryPrepared(c->pq, name, (int)step->n_args, values, NULL, NULL, 0)) {
        fail(c, NULL);
    }
}

/* Sends up to the next place where the server waits. */
static void send_more(struct client *c)
{
    const struct plan_variant *v = c->run.variant;
    bool wait = false;
    while (!wait) {
        const struct plan_step *step = &v->steps[c->sent++];
        send_step(c, step);
        wait = plain || step->sync || c->sent == v->n;
    }
    if (!PQpipelineSync(c->pq)) {
        fail(c, NULL);
    }
    while (PQflush(c->pq) > 0) {
        struct pollfd fd = {PQsocket(c->pq), POLLOUT, 0};
        poll(&fd, 1, -1);
    }
}

static void begin_turn(struct client *c)
{
    plan_run_next(&c->run);
    c->sent = c->answered = 0;
    send_more(c);
}

static void take_answer(struct client *c, const PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail(c, r);
    }
    const struct plan_step *step = &c->run.variant->steps[c->answered];
    for (int k = 0; step->keeps && k < PLAN_KEPT_MAX && PQntuples(r) > 0; k++) {
        if (step->keeps & 1u << k) {
            plan_run_keep(&c->run, c->answered, (size_t)k, PQgetvalue(r, 0, k));
        }
    }
    c->answered++;
}

static void on_readable(struct client *c)
{
    if (!PQconsumeInput(c->pq)) {
        fail(c, NULL);
    }
    while (!PQisBusy(c->pq)) {
        PGresult *r = PQgetResult(c->pq);
        if (!r && c->ended_one) {
            c->ended_one = false; /* the mark between two answers */
            continue;
        }
        if (!r) {
            return;
        }
        bool synced = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        if (!synced) {
            take_answer(c, r);
            c->ended_one = true;
        }
        PQclear(r);
        if (synced && c->answered == c->run.variant->n) {
            c->turns++;
            begin_turn(c);
            return;
        }
        if (synced) {
            send_more(c);
            return;
        }
    }
}

static void *driver_main(void *arg)
{
    struct driver *d = arg;
    struct pollfd *fds = xcalloc(d->n, sizeof *fds);
    for (size_t i = 0; i < d->n; i++) {
        fds[i] = (struct pollfd){PQsocket(d->clients[i].pq), POLLIN, 0};
        begin_turn(&d->clients[i]);
    }
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        poll(fds, d->n, 100);
        for (size_t i = 0; i < d->n; i++) {
            if (fds[i].revents) {
                on_readable(&d->clients[i]);
            }
        }
    }
    free(fds);
    return NULL;
}

static uint64_t turns_of(const struct driver *drivers, size_t threads)
{
    uint64_t turns = 0;
    for (size_t i = 0; i < threads; i++) {
        for (size_t k = 0; k < drivers[i].n; k++) {
            turns += drivers[i].clients[k].turns;
        }
    }
    return turns;
}

int main(int argc, char **argv)
{
    const struct plan *plan = plan_load(plan_option(argc, argv, "plan", NULL));
    const char *url = plan_option(argc, argv, "url", NULL);
    double seconds = plan_number(argc, argv, "seconds", "5");
    size_t clients = (size_t)plan_number(argc, argv, "clients", "16");
    size_t threads = (size_t)plan_number(argc, argv, "threads", "2");
    plain = plan_number(argc, argv, "plain", "0") > 0;
    struct driver *drivers = xcalloc(threads, sizeof *drivers);
    for (size_t i = 0; i < threads; i++) {
        drivers[i].n = clients / threads;
        drivers[i].clients = xcalloc(drivers[i].n, sizeof *drivers[i].clients);
        for (size_t k = 0; k < drivers[i].n; k++) {
            plan_run_init(&drivers[i].clients[k].run, plan);
            client_open(&drivers[i].clients[k], url, plan);
        }
    }
    struct mono start = mono_now();
    for (size_t i = 0; i < threads; i++) {
        pthread_create(&drivers[i].thread, NULL, driver_main, &drivers[i]);
    }
    struct timespec rest = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&rest, NULL);
    atomic_store(&stop, true);
    for (size_t i = 0; i < threads; i++) {
        pthread_join(drivers[i].thread, NULL);
    }
    double took = (double)mono_us_since(start) / 1e6;
    uint64_t turns = turns_of(drivers, threads);
    printf("{\"turns\": %llu, \"seconds\": %.3f, \"per_second\": %.1f}\n",
           (unsigned long long)turns, took, (double)turns / took);
    return 0; /* what is under way is undone when the connections go with the process */
}
