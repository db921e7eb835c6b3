/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing with the provider's own list of messages: what came in there and never arrived here is
 * taken in as if it had come, oldest first, and delivery states that we missed are taken over. All
 * of it goes through the journal, so what arrives meanwhile or later by itself counts once.
 */
#ifndef CHANNELS_RECONCILE_H
#define CHANNELS_RECONCILE_H

#include "channels/inbox.h"
#include "channels/provider.h"
#include "domain/jobs.h"

struct reconcile_config { /* borrowed */
    const struct provider_ops *provider;
    struct provider_account account;
    struct inbox_config inbox; /* texts to another number than inbox.number, which the
                                  account's service does not have, are not ours; "": all are */
    int64_t every_us;          /* between two comparisons; 0: never by itself */
};

/* So much more than since the last comparison is looked at: lists lag behind, clocks differ. */
#define RECONCILE_BACK_US (2 * 3600 * US_PER_SECOND)

struct reconcile_found {
    struct wall since; /* from where it looked */
    int64_t listed;    /* messages of the list, in both directions */
    int64_t messages;  /* inbound ones that were taken in */
    int64_t late;      /* of them, too late to be answered: left to the staff */
    int64_t reports;   /* delivery states that were taken over */
    int64_t failed;    /* could not be processed; the journal has them */
};

/*
 * Compares what was sent at or after `since` (us == 0: RECONCILE_BACK_US before where the last
 * comparison got to, but not before the account was ours; a day when there was none). ERR_PROVIDER
 * when the provider cannot be asked; what was taken in until then stays. Blocking.
 */
NODISCARD int reconcile(struct store *s, struct http_client *http, struct pool *p,
                        const struct reconcile_config *config, struct wall since,
                        struct reconcile_found *out, struct err *e);

/* Part of a write transaction, every few seconds: orders the job "reconcile" when it is due. */
NODISCARD int reconcile_order(struct db *db, struct pool *p, const struct reconcile_config *config,
                              struct wall now, struct err *e);

/* The handler of jobs of kind "reconcile"; its arg is a struct reconcile_config. */
int reconcile_job(struct job_run *run, struct err *e);

/* job_kind.lease_ms: a comparison of many pages takes a while. */
#define RECONCILE_LEASE_MS (15 * 60 * 1000)

#endif
