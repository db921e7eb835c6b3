/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job "call": a call that was ordered (domain/call_order.h) is placed once. One that was tried
 * before may have been placed without our knowing (a time-out, a kill): then Twilio's webhook may
 * have named it, which is known here; else Twilio's list is looked through before it is tried
 * again.
 */
#ifndef CHANNELS_CALL_OUTBOX_H
#define CHANNELS_CALL_OUTBOX_H

#include "channels/outbox_consent.h"
#include "channels/provider.h"
#include "domain/jobs.h"

struct call_outbox_config { /* the job kind's arg; borrowed */
    struct provider_account account;
    const char *public_url;
    int ring_s;
    bool machines;     /* ask whether an answering machine took it */
    int64_t settle_ms; /* as in struct outbox_config */
    struct outbox_night night;
};

int call_outbox_job(struct job_run *run, struct err *e);

/* As job_kind.buried: it was not placed, and staff are told. */
int call_outbox_buried(struct db *db, struct pool *p, const struct job *job, const char *why,
                       void *arg, struct err *e);

#endif
