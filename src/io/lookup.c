/* SPDX-License-Identifier: Apache-2.0 */
#include "io/lookup.h"

#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/pool.h"
#include "io/thread.h"

#define THREADS 4

/* Certificates that were read, by their file. */
struct trust {
    SLIST_ENTRY(trust) entry;
    char *ca_file; /* "": the system's */
    SSL_CTX *ctx;
};

struct lookups {
    pthread_mutex_t lock;
    struct workers *workers;
    SLIST_HEAD(, trust) trusts;
};

/* What the threads are given. */
struct task {
    struct lookups *lookups;
    struct lookup *lookup;
};

struct lookups *lookups_new(void)
{
    struct lookups *l = xcalloc(1, sizeof *l);
    pthread_mutex_init(&l->lock, NULL);
    return l;
}

void lookups_free(struct lookups **pl)
{
    struct lookups *l = pl ? *pl : NULL;
    if (!l) {
        return;
    }
    workers_free(&l->workers);
    while (!SLIST_EMPTY(&l->trusts)) {
        struct trust *t = SLIST_FIRST(&l->trusts);
        SLIST_REMOVE_HEAD(&l->trusts, entry);
        SSL_CTX_free(t->ctx);
        free(t->ca_file);
        free(t);
    }
    pthread_mutex_destroy(&l->lock);
    free(l);
    *pl = NULL;
}

static SSL_CTX *read_trust(const char *ca_file)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    int ok = !ctx       ? 0
             : *ca_file ? SSL_CTX_load_verify_locations(ctx, ca_file, NULL)
                        : SSL_CTX_set_default_verify_paths(ctx);
    ERR_clear_error();
    if (ok != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    return ctx;
}

/* A reference; NULL when the file cannot be read, which is not remembered. */
static SSL_CTX *trust_of(struct lookups *l, const char *ca_file)
{
    struct trust *t;
    pthread_mutex_lock(&l->lock);
    SLIST_FOREACH(t, &l->trusts, entry)
    {
        if (strcmp(t->ca_file, ca_file) == 0) {
            break;
        }
    }
    SSL_CTX *ctx = t ? t->ctx : read_trust(ca_file);
    if (ctx) {
        SSL_CTX_up_ref(ctx);
    }
    if (ctx && !t) {
        t = xcalloc(1, sizeof *t);
        t->ca_file = xstrdup(ca_file);
        t->ctx = ctx;
        SLIST_INSERT_HEAD(&l->trusts, t, entry);
    }
    pthread_mutex_unlock(&l->lock);
    return ctx;
}

static void resolve(struct lookup *k)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    int rc = getaddrinfo(k->host, k->port, &hints, &k->addresses);
    if (rc) {
        k->addresses = NULL;
        k->why = gai_strerror(rc);
    }
}

static void run(void *arg)
{
    struct task *task = arg;
    struct lookup *k = task->lookup;
    if (k->wanted(k)) {
        resolve(k);
        if (k->tls && !k->why) {
            k->ctx = trust_of(task->lookups, k->ca_file ? k->ca_file : "");
            k->why = k->ctx ? NULL : "the file of trusted certificates cannot be read";
        }
    }
    free(task);
    k->done(k);
}

void lookups_add(struct lookups *l, struct lookup *lookup)
{
    struct task *task = xmalloc(sizeof *task);
    *task = (struct task){l, lookup};
    pthread_mutex_lock(&l->lock);
    if (!l->workers) {
        l->workers = workers_new("lookup", THREADS);
    }
    pthread_mutex_unlock(&l->lock);
    workers_run(l->workers, run, task);
}

void lookup_clear(struct lookup *k)
{
    free(k->host);
    free(k->port);
    free(k->ca_file);
    if (k->addresses) {
        freeaddrinfo(k->addresses);
    }
    SSL_CTX_free(k->ctx);
    *k = (struct lookup){0};
}
