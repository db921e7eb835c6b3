/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The product's own figures, in memory, as GET /metrics shows them (Prometheus text format 0.0.4).
 * metrics.def is the master. Any thread; relaxed atomics, no lock.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stddef.h>
#include <stdint.h>

struct buf;

enum metric_id {
#define METRIC(name, kind, doc) METRIC_##name,
#include "base/metrics.def"
#undef METRIC
    METRIC_COUNT
};

enum metric_kind { METRIC_KIND_COUNTER, METRIC_KIND_GAUGE, METRIC_KIND_SECONDS };

struct metric_info {
    const char *name; /* without the ava_ prefix */
    enum metric_kind kind;
    const char *doc;
};

extern const struct metric_info metric_infos[METRIC_COUNT];

void metric_add(enum metric_id id, int64_t n);
void metric_set(enum metric_id id, int64_t value);
void metric_observe_us(enum metric_id id, int64_t us); /* SECONDS only */
int64_t metric_value(enum metric_id id);               /* SECONDS: the count */

/* Everything, and the process's resident memory and start time. */
void metrics_write(struct buf *to);

#endif
