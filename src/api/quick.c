/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Short reads on the event loop. Where reading waits for nobody, as on SQLite, a page read by an
 * index takes less time than waking a worker and being woken by it. A loop has other sockets to
 * look after, so one that found a read slow (a cold disk, a huge conversation) leaves them to the
 * workers for a while, in proportion: slow reads get at most a SHAREth of its time.
 */
#include "api/api_private.h"

#define SLOW_US 10000
#define SHARE 20

static _Thread_local int64_t resting_until_ns; /* each loop is a thread */

/* Names are compared as they are written: one with escapes in it is not known here. */
static bool is_quick_with(const char *names, struct str query)
{
    while (names && query.n) {
        struct str part = str_cut(&query, '&');
        struct str name = str_cut(&part, '=');
        char word[64];
        snprintf(word, sizeof word, " %.*s ", (int)MIN_OF(name.n, 60), name.n ? name.p : "");
        if (name.n > 60 || (name.n && !strstr(names, word))) {
            return false;
        }
    }
    return true;
}

bool quick_here(const struct api *api, const struct op *op, struct str query)
{
    if (!op->quick || !store_at_once(api->app->store) || !is_quick_with(op->quick_with, query)) {
        return false;
    }
    return resting_until_ns == 0 || resting_until_ns < mono_now().ns;
}

void quick_took(struct mono began)
{
    int64_t now_ns = mono_now().ns;
    int64_t took_ns = now_ns - began.ns;
    resting_until_ns = took_ns > SLOW_US * 1000LL ? now_ns + SHARE * took_ns : 0;
}
