/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job "turn": inbound texts get their answer. Reads the conversation, lets the turn engines
 * take the turn with their tools, and writes the reply, its events, the engine's state and the job
 * that will send it, in the transaction that ends the job. What a tool wrote before that stands
 * under the message's name, so that a turn taken again after a kill repeats nothing.
 */
#ifndef CHANNELS_ANSWER_H
#define CHANNELS_ANSWER_H

#include "domain/jobs.h"

struct calendar;
struct model;

struct answer_config {
    const char *business_name; /* "" or the setting that goes before the stored fact */
    const char *time_zone;
    int sms_max_segments;
    struct model *model;       /* NULL: the local engine answers */
    struct calendar *calendar; /* NULL: the built-in one alone */
    const char *public_url;    /* of the links in replies; NULL: there are none */
    int64_t burst_max_us; /* texts that come in a row are answered together, when the first is not
                             older than this; 0: each by itself */
};

/* The handler of jobs of kind "turn"; its arg is a struct answer_config. */
int answer_job(struct job_run *run, struct err *e);

#endif
