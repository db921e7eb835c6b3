/* SPDX-License-Identifier: Apache-2.0 */
/* Values by id; a histogram keeps its buckets in a second array. */
#include "base/metrics.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"

/* Upper bounds in microseconds: what a person or a provider would notice. */
static const int64_t bounds_us[] = {250,   500,   1000,   2500,   5000,    10000,
                                    25000, 50000, 100000, 250000, 1000000, 5000000};
#define BUCKETS (ARRAY_SIZE(bounds_us) + 1)

const struct metric_info metric_infos[METRIC_COUNT] = {
#define METRIC(name, kind, doc) {#name, METRIC_KIND_##kind, doc},
#include "base/metrics.def"
#undef METRIC
};

static _Atomic int64_t values[METRIC_COUNT];
static _Atomic int64_t sums_us[METRIC_COUNT];
static _Atomic int64_t buckets[METRIC_COUNT][BUCKETS];

void metric_add(enum metric_id id, int64_t n)
{
    atomic_fetch_add_explicit(&values[id], n, memory_order_relaxed);
}

void metric_set(enum metric_id id, int64_t value)
{
    atomic_store_explicit(&values[id], value, memory_order_relaxed);
}

void metric_observe_us(enum metric_id id, int64_t us)
{
    size_t i = 0;
    while (i < ARRAY_SIZE(bounds_us) && us > bounds_us[i]) {
        i++;
    }
    atomic_fetch_add_explicit(&buckets[id][i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&sums_us[id], us, memory_order_relaxed);
    metric_add(id, 1);
}

int64_t metric_value(enum metric_id id)
{
    return atomic_load_explicit(&values[id], memory_order_relaxed);
}

static void write_histogram(struct buf *to, enum metric_id id, const char *name)
{
    int64_t below = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        below += atomic_load_explicit(&buckets[id][i], memory_order_relaxed);
        if (i < ARRAY_SIZE(bounds_us)) {
            buf_printf(to, "ava_%s_bucket{le=\"%g\"} %lld\n", name, (double)bounds_us[i] / 1e6,
                       (long long)below);
        } else {
            buf_printf(to, "ava_%s_bucket{le=\"+Inf\"} %lld\n", name, (long long)below);
        }
    }
    int64_t sum = atomic_load_explicit(&sums_us[id], memory_order_relaxed);
    buf_printf(to, "ava_%s_sum %lld.%06lld\nava_%s_count %lld\n", name,
               (long long)(sum / US_PER_SECOND), (long long)(sum % US_PER_SECOND), name,
               (long long)below);
}

static struct wall began;

static __attribute__((constructor)) void note_begin(void)
{
    began = wall_now();
}

static void write_process(struct buf *to)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%*s %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(f);
    }
    buf_printf(to,
               "# HELP process_resident_memory_bytes Resident memory\n"
               "# TYPE process_resident_memory_bytes gauge\n"
               "process_resident_memory_bytes %lld\n",
               (long long)pages * sysconf(_SC_PAGESIZE));
    buf_printf(to,
               "# HELP process_start_time_seconds When the process began, seconds since 1970\n"
               "# TYPE process_start_time_seconds gauge\n"
               "process_start_time_seconds %lld\n",
               (long long)(began.us / US_PER_SECOND));
}

void metrics_write(struct buf *to)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    for (int id = 0; id < METRIC_COUNT; id++) {
        const struct metric_info *m = &metric_infos[id];
        buf_printf(to, "# HELP ava_%s %s\n# TYPE ava_%s %s\n", m->name, m->doc, m->name,
                   types[m->kind]);
        if (m->kind == METRIC_KIND_SECONDS) {
            write_histogram(to, (enum metric_id)id, m->name);
        } else {
            buf_printf(to, "ava_%s %lld\n", m->name, (long long)metric_value((enum metric_id)id));
        }
    }
    write_process(to);
}
