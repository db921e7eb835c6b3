/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation of strangers: lines by turns the assistant's and the customer's, each understood
 * after what came before it. The first byte says whose is the first. Whatever they are, a turn has
 * an intent, an act, a day and a minute that exist, and chooses only what was offered.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/pool.h"
#include "base/utf8.h"
#include "domain/facts_seed.h"
#include "domain/zone.h"
#include "mind/understand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static const struct facts *demo(void)
{
    static struct pool *kept; /* lives as long as the process */
    static struct facts facts;
    if (!kept) {
        kept = pool_new();
        must(facts_of_demo(kept, &facts, NULL) == 0);
        must(zone_load(kept, "America/New_York", &facts.zone, NULL) == 0);
    }
    return &facts;
}

static void check(const struct understood *u, const struct talk *talk)
{
    int64_t last = days_from_civil(2199, 12, 31);
    must(u->intent >= 0 && u->intent < N_INTENTS && u->acts != 0 && u->acts < 1U << N_ACTS);
    must(u->confidence > 0 && u->confidence <= 1);
    must(u->day >= -1 && u->day <= last && u->minutes >= -1 && u->minutes < 1440);
    must(u->span_from <= u->span_to && u->window_from <= u->window_to && u->window_to <= 1440);
    must(u->choice >= -1 && u->choice < (int)talk->n_offers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct str raw = {(const char *)data + 1, size - 1};
    struct str rest = utf8_repair(p, raw), said = {0};
    struct talk talk = talk_none();
    struct wall now;
    must(wall_parse(STR("2026-03-04T10:00:00-05:00"), &now));
    bool customers = data[0] & 1;
    for (struct str line; rest.p && (line = str_cut(&rest, '\n')).p; customers = !customers) {
        if (!customers) {
            talk_listen(p, &talk, line, demo(), now);
            said = line;
            continue;
        }
        struct understood u;
        struct understand_in in = {.text = line,
                                   .channel = data[0] & 2 ? CHANNEL_EMAIL : CHANNEL_SMS,
                                   .facts = demo(),
                                   .talk = &talk,
                                   .said_before = said,
                                   .now = now};
        understand(p, &in, &u);
        check(&u, &talk);
        talk_note(&talk, &u);
    }
    return 0;
}
