/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual clock for each number (the generic cell rate algorithm): it runs an interval ahead with
 * each message, and lags behind the wall's by a second at most, which is what may be used at once.
 */
#include "channels/pace.h"

#include <stdlib.h>

#include "base/json_read.h"
#include "domain/outbox.h"

struct wall pace_next(struct pace *pace, int64_t rate, bool bulk, bool had_slot, struct wall now)
{
    int64_t interval = US_PER_SECOND / rate;
    int64_t earliest = now.us - US_PER_SECOND + interval;
    if (!bulk) {
        if (had_slot) { /* its interval was taken when it was put off */
            return now;
        }
        struct wall slot = {MAX_OF(pace->next_at.us, earliest)};
        pace->next_at.us = slot.us + interval;
        return slot;
    }
    struct wall slot = now;
    if (!had_slot) {
        slot.us = MAX_OF(pace->bulk_at.us, earliest);
        pace->bulk_at.us = slot.us + 2 * interval;
    }
    if (slot.us <= now.us) { /* answers feel it only when it goes, not while it waits */
        pace->next_at.us = MAX_OF(pace->next_at.us, earliest) + interval;
    }
    return slot;
}

/* A claimed job and what decides when it may go. */
struct going {
    const char *sender;
    size_t i; /* of the job */
    bool bulk;
};

/* Numbers in one order on all servers, so that none waits for another in a circle. */
static int by_sender(const void *a, const void *b)
{
    const struct going *x = a, *y = b;
    int order = strcmp(x->sender, y->sender);
    return order ? order : (x->i > y->i) - (x->i < y->i);
}

static bool read_going(struct pool *p, const struct job *job, const char *sender, struct going *out)
{
    json_t *payload;
    if (json_read(p, job->payload, &payload, NULL) ||
        strcmp(json_get_text(payload, "channel", "sms"), "sms") != 0) {
        return false;
    }
    out->sender = sender ? sender : json_get_text(payload, "from", NULL);
    out->bulk = outbox_is_bulk(outbox_purpose_of(json_get_text(payload, "purpose", "")));
    return out->sender != NULL;
}

int pace_admit(struct db *db, struct pool *p, const struct job *jobs, size_t n, int64_t rate,
               const char *sender, struct wall now, struct wall *slots_out, struct err *e)
{
    struct going *going = pool_calloc(p, n + 1, sizeof *going);
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        going[m].i = i;
        m += read_going(p, &jobs[i], sender, &going[m]);
    }
    qsort(going, m, sizeof *going, by_sender);
    for (size_t i = 0, end; i < m; i = end) {
        struct pace pace;
        int rc = pace_get(db, p, going[i].sender, &pace, e);
        for (end = i; rc == 0 && end < m && strcmp(going[end].sender, going[i].sender) == 0;
             end++) {
            const struct going *g = &going[end];
            slots_out[g->i] = pace_next(&pace, rate, g->bulk, jobs[g->i].slot_at.us > 0, now);
        }
        if (rc == 0) {
            rc = pace_put(db, going[i].sender, &pace, e);
        }
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}
