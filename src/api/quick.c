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

bool quick_here(const struct api *api, const struct op *op)
{
    if (!op->quick || !store_at_once(api->app->store)) {
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
