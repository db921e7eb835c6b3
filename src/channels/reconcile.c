/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list comes newest first, page by page. Of each page only what we lack is kept; when all pages
 * are there it is taken from the end, so that a customer's texts come in their order.
 */
#include "channels/reconcile.h"

#include "base/log.h"
#include "base/metrics.h"
#include "channels/sms_status.h"
#include "store/reconciliations.h"

#define KNOWN_AT_ONCE 50
#define FIRST_BACK_US US_PER_DAY
#define GAP_US (60 * US_PER_SECOND)
#define TICK_US (15 * US_PER_SECOND)

struct missing {
    struct missing *next; /* the one that is newer */
    struct provider_listed listed;
};

struct comparing {
    struct store *store;
    struct http_client *http;
    struct pool *pool;
    const struct reconcile_config *config;
    struct missing *oldest;
    struct reconcile_found *found;
};

/* A page is gone when the next one is read. */
static struct provider_listed copy_of(struct pool *p, const struct provider_listed *m)
{
    struct provider_listed c = *m;
    c.id = pool_strdup(p, m->id);
    c.from = pool_strdup(p, m->from);
    c.to = pool_strdup(p, m->to);
    c.service = m->service ? pool_strdup(p, m->service) : NULL;
    c.body = (struct str){str_dup(p, m->body), m->body.n};
    c.their_status = pool_strdup(p, m->their_status);
    c.segments = pool_strdup(p, m->segments);
    c.error_code = m->error_code ? pool_strdup(p, m->error_code) : NULL;
    return c;
}

/* Is it for this business at all? An account may have other numbers. */
static bool is_ours(const struct reconcile_config *c, const struct provider_listed *m)
{
    const char *service = c->account.service;
    return !c->inbox.number[0] || strcmp(m->to, c->inbox.number) == 0 ||
           (service && m->service && strcmp(m->service, service) == 0);
}

static bool is_missing(const struct reconcile_config *c, const struct provider_listed *m,
                       const struct rows *known)
{
    if (m->inbound) {
        return known->n == 0 && is_ours(c, m);
    }
    const char *status = known->n ? row_text(known, 0, 0) : NULL;
    return known->n && m->status && sms_status_advances(status, m->status);
}

static int look_at(struct comparing *c, struct db *db, const struct provider_listed *listed,
                   size_t n, struct err *e)
{
    struct arg args[KNOWN_AT_ONCE][JOURNAL_KNOWN_ARGS];
    struct rows known[KNOWN_AT_ONCE];
    struct query queries[KNOWN_AT_ONCE];
    for (size_t i = 0; i < n; i++) {
        args[i][0] = A_TEXT(c->config->provider->name);
        args[i][1] = A_TEXT(listed[i].id);
        queries[i] = journal_known(args[i], &known[i]);
    }
    int rc = db_many(db, c->pool, queries, n, e);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (is_missing(c->config, &listed[i], &known[i])) {
            struct missing *m = pool_alloc(c->pool, sizeof *m);
            *m = (struct missing){c->oldest, copy_of(c->pool, &listed[i])};
            c->oldest = m;
        }
    }
    return rc;
}

static int look_at_page(void *arg, const struct provider_listed *listed, size_t n, struct err *e)
{
    struct comparing *c = arg;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->store, &db, e);
    c->found->listed += (int64_t)n;
    for (size_t at = 0; rc == 0 && at < n; at += KNOWN_AT_ONCE) {
        rc = look_at(c, db, listed + at, MIN_OF(n - at, (size_t)KNOWN_AT_ONCE), e);
    }
    return rc;
}

static int take_in(struct comparing *c, const struct provider_listed *m, struct err *e)
{
    const struct reconcile_config *config = c->config;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct journal_entry entry = {
        .provider = config->provider->name,
        .kind = m->inbound ? "message" : "status",
        .target = "",
        .proof = INBOX_PROOF_LIST,
        .received_at = wall_now(),
    };
    struct inbox_result result = {0};
    int rc = config->provider->request(c->http, p, &config->account, m, &entry.body, e);
    if (rc < 0) {
        return rc;
    }
    rc = inbox_take(c->store, p, &config->inbox, &entry, &result, e);
    if (rc < 0 && !result.kept) {
        return rc;
    }
    bool taken = rc == 0 && !result.duplicate;
    c->found->failed += rc < 0;
    c->found->messages += taken && m->inbound;
    c->found->late += taken && result.late;
    c->found->reports += taken && !m->inbound;
    metric_add(METRIC_inbound_reconciled_total, taken);
    return 0;
}

/* From where to look, when nobody says. */
static int find_since(struct comparing *c, struct wall *since, struct err *e)
{
    const struct reconcile_config *config = c->config;
    struct reconciliation r;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->store, &db, e);
    if (rc == 0) {
        rc = reconciliations_get(db, c->pool, config->provider->name, config->account.account, &r,
                                 e);
    }
    if (rc == 0 && r.reached_at.us) {
        since->us = MAX_OF(r.reached_at.us - RECONCILE_BACK_US, r.begun_at.us);
    } else if (rc == 0) {
        since->us = wall_now().us - FIRST_BACK_US;
    }
    return rc;
}

int reconcile(struct store *s, struct http_client *http, struct pool *p,
              const struct reconcile_config *config, struct wall since, struct reconcile_found *out,
              struct err *e)
{
    struct comparing c = {s, http, p, config, NULL, out};
    *out = (struct reconcile_found){0};
    int rc = since.us ? 0 : find_since(&c, &since, e);
    out->since = since;
    if (rc == 0) {
        rc = config->provider->list(http, p, &config->account, since, look_at_page, &c, e);
    }
    for (const struct missing *m = c.oldest; rc == 0 && m; m = m->next) {
        rc = take_in(&c, &m->listed, e);
    }
    if (out->messages || out->reports || out->failed) {
        log_warn("found in the provider's list what never arrived",
                 LOG_TEXT("provider", config->provider->name), LOG_I64("messages", out->messages),
                 LOG_I64("late", out->late), LOG_I64("reports", out->reports),
                 LOG_I64("failed", out->failed));
    }
    return rc;
}

int reconcile_order(struct db *db, struct pool *p, const struct reconcile_config *config,
                    struct wall now, struct err *e)
{
    const struct reconciliation_pace pace = {now, config->every_us, GAP_US, TICK_US};
    bool due = false;
    int rc = reconciliations_tick(db, p, config->provider->name, config->account.account, &pace,
                                  &due, e);
    if (rc < 0 || !due) {
        return rc;
    }
    const char *lane = pool_printf(p, "reconcile:%s", config->provider->name);
    return jobs_add(db, "reconcile", lane, STR("{}"), now, now, e);
}

struct finishing {
    struct job_run *run;
    struct wall reached; /* us == 0: it did not come through */
};

static int finish(struct db *db, void *arg, struct err *e)
{
    const struct finishing *f = arg;
    const struct reconcile_config *config = f->run->arg;
    int rc = jobs_finish(db, f->run->pool, f->run->job, e);
    return rc < 0 || f->reached.us == 0
               ? rc
               : reconciliations_reached(db, config->provider->name, config->account.account,
                                         f->reached, e);
}

/* What fails is not tried again by the job: the next one is not far and looks at what this one did
 * not reach. */
int reconcile_job(struct job_run *run, struct err *e)
{
    struct finishing f = {.run = run, .reached = wall_now()};
    struct reconcile_found found = {0};
    int rc = reconcile(run->store, run->http, run->pool, run->arg, (struct wall){0}, &found, e);
    if (rc == ERR_UNAVAILABLE || rc == ERR_FULL) {
        return rc;
    }
    if (rc < 0) {
        log_warn("the comparison with the provider's list failed; the next one looks again",
                 LOG_TEXT("why", err_text(e, rc)));
        f.reached.us = 0;
    }
    return store_write(run->store, finish, &f, e);
}
