/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Believable data for a demo and for benchmarks: invented customers and their conversations by
 * telephone, text, mail, WhatsApp and web chat over the last weeks, with details, events, scores,
 * appointments and daily figures. Deterministic: the same configuration into an empty database
 * gives the same rows. Nobody in it is real: numbers begin with +1555, addresses are example.com.
 */
#ifndef SANDBOX_DEMO_DATA_H
#define SANDBOX_DEMO_DATA_H

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

struct store;

struct demo_config {
    int customers;
    int conversations;
    double messages_per; /* messages of a conversation on average; 0: as the stories have it */
    int days;            /* back from now; at least 1 */
    uint64_t seed;
    struct wall now;
};

/* A desk of 240 customers and 1,400 conversations over 90 days. */
struct demo_config demo_config_default(struct wall now);

/* For benchmarks: at scale 1, 100,000 customers and 1,000,000 conversations of 5 messages. */
struct demo_config demo_config_scaled(double scale, struct wall now);

/*
 * Loads it; blocks until all is written, at most a thousand conversations a transaction. Seeds the
 * business first (seed_medical_spa) when it has no services. Does nothing when there are customers
 * already. When it fails in between, what was written stays: begin again with an empty database.
 */
NODISCARD int demo_data_load(struct store *s, const struct demo_config *config, struct err *e);

#endif
