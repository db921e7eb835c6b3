/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job "calendar": makes the calendar outside show an appointment as it now is. The job names
 * the appointment only, so whichever change it was made for, and however often it is done, the last
 * state counts. The event's id is stored before the event is made: what a killed attempt has done
 * there is found again under it, and nothing is entered twice.
 */
#ifndef DOMAIN_CALENDAR_SYNC_H
#define DOMAIN_CALENDAR_SYNC_H

#include <stdbool.h>

#include "domain/jobs.h"

struct calendar;

struct calendar_sync_config {
    struct calendar *calendar;
    const char *business_name; /* "" or the setting that goes before the stored fact */
    const char *time_zone;
    bool names; /* the event names the customer */
};

/* Writes the job for an appointment; part of a write transaction. */
NODISCARD int calendar_order(struct db *db, struct pool *p, int64_t appointment, struct wall now,
                             struct err *e);

/* job_kind.settle_ms: so long a change that was cut off may still be on its way. */
#define CALENDAR_SETTLE_MS 2000

/* The handler of jobs of kind "calendar"; its arg is a struct calendar_sync_config. */
int calendar_job(struct job_run *run, struct err *e);

/* job_kind.buried: says so in the conversation in which the appointment was agreed. */
int calendar_buried(struct db *db, struct pool *p, const struct job *job, const char *why,
                    void *arg, struct err *e);

#endif
