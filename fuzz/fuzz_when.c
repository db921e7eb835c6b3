/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates and times in what a stranger writes: the first bytes choose the moment, the rest is the
 * text. Whatever it is, the mentions are days and minutes that exist, in order, and of the text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "base/utf8.h"
#include "domain/zone.h"
#include "mind/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static const struct zone *zone_of(bool there)
{
    static struct pool *kept; /* lives as long as the process */
    static const struct zone *zones[2];
    kept = kept ? kept : pool_new();
    if (!zones[there]) {
        const char *name = there ? "America/New_York" : "Pacific/Auckland";
        must(zone_load(kept, name, &zones[there], NULL) == 0);
    }
    return zones[there];
}

static void check_mention(const struct when_mention *m, size_t n_words)
{
    int64_t last = days_from_civil(2199, 12, 31);
    must(m->first <= m->last && m->last < n_words);
    if (m->kind == WHEN_DATE) {
        must(m->day >= 0 && m->day <= m->last_day && m->last_day <= last);
        must(!m->ambiguous || (m->other_day >= 0 && m->other_day <= last));
        return;
    }
    must(m->from >= 0 && m->from <= m->to && m->to < 1440);
    must(m->kind != WHEN_TIME || m->from == m->to);
    must(!m->ambiguous || (m->other_from >= 0 && m->other_from < 1440));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t moment = 0;
    if (size < sizeof moment) {
        return 0;
    }
    memcpy(&moment, data, sizeof moment);
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct str text = {(const char *)data + sizeof moment, size - sizeof moment};
    /* minutes from 2020 to about 2180 */
    int64_t minute = 26300000 + (int64_t)(moment % 84000000);
    struct when_context c = {.zone = zone_of(moment & 1), .said_day = -1, .said_from = -1};
    c.now.us = minute * 60 * US_PER_SECOND;
    if (moment & 2) {
        c.said_day = minute / 1440 + 3;
        c.said_from = 14 * 60;
    }
    struct words w;
    struct when found;
    words_read(p, utf8_repair(p, text), &w);
    when_find(&w, &c, &found);
    must(found.n <= WHEN_MAX);
    for (size_t i = 0; i < found.n; i++) {
        check_mention(&found.list[i], w.n);
        must(i == 0 || found.list[i].first >= found.list[i - 1].first);
    }
    return 0;
}
