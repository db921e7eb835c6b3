/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a text asks for no more of them: by the words that stand alone, or in a sentence. */
#include "tap.h"

#include "domain/consent_word.h"
#include "domain/facts_seed.h"
#include "domain/zone.h"
#include "mind/understand.h"

static const struct row {
    const char *text;
    bool stops;
} rows[] = {
#define STOPS(text) {text, true},
#define GOES_ON(text) {text, false},
#include "opt_out_rows.def"
};

TEST(who_asks_to_stop_is_heard_and_nobody_else)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct facts facts = {0};
    OK(facts_of_demo(p, &facts, NULL) == 0);
    OK(zone_load(p, "America/New_York", &facts.zone, NULL) == 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct talk talk = talk_none();
        struct understood u;
        struct understand_in in = {.text = str_of(rows[i].text),
                                   .channel = CHANNEL_SMS,
                                   .facts = &facts,
                                   .talk = &talk,
                                   .said_before = STR(""),
                                   .now = {1772636400 * US_PER_SECOND}};
        understand(p, &in, &u);
        bool stops =
            consent_word_in(in.text).word == CONSENT_WORD_STOP || u.intent == INTENT_opt_out;
        tap_case("%s", rows[i].text);
        EQ_INT(stops, rows[i].stops);
    }
    tap_case("%s", "");
}

int main(void)
{
    return tap_run();
}
