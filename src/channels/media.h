/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job that fetches a file which came with a message, checks what it is, and stores it.
 *
 * Its address came from outside. So it is only looked for on the public internet, at each step to
 * which it leads (the provider's own api_url, which the operator chose, may be anywhere); the
 * provider's password goes to the provider's API alone; and size and type are judged by what
 * arrives, not by what is said of it. A file of WhatsApp's by Meta has an id instead of an address
 * (META_MEDIA); Meta is asked for the address, and gives the file to whoever has the token.
 */
#ifndef CHANNELS_MEDIA_H
#define CHANNELS_MEDIA_H

#include "channels/provider.h"
#include "domain/jobs.h"

struct media_config {                /* the job kind's arg; borrowed */
    struct provider_account account; /* its timeout_ms is for one step of a fetch */
    struct provider_account meta; /* Meta's, of which only api_url and secret count; NULL: none */
    int64_t max_bytes;            /* a larger file is refused */
};

/* The most steps of a fetch: whoever leases such a job needs so many times the timeout. */
#define MEDIA_STEPS_MAX 4

int media_job(struct job_run *run, struct err *e);

/* As job_kind.buried: the file could not be had, and staff are told. */
int media_buried(struct db *db, struct pool *p, const struct job *job, const char *why, void *arg,
                 struct err *e);

#endif
