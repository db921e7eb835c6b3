/* SPDX-License-Identifier: Apache-2.0 */
/* Words that stop and start messages when they stand alone, and what only looks like them. */
#include "domain/consent_word.h"
#include "tap.h"

static const struct row {
    const char *text;
    enum consent_word word;
    bool exact;
    const char *as;
} rows[] = {
    {"STOP", CONSENT_WORD_STOP, true, "STOP"},
    {"stop", CONSENT_WORD_STOP, true, "STOP"},
    {" Stop\n", CONSENT_WORD_STOP, true, "STOP"},
    {"Stop.", CONSENT_WORD_STOP, false, "STOP"},
    {"STOP!", CONSENT_WORD_STOP, false, "STOP"},
    {"STOP!!!", CONSENT_WORD_STOP, false, "STOP"},
    {"\"stop\"", CONSENT_WORD_STOP, false, "STOP"},
    {"\xE2\x80\x9Cstop\xE2\x80\x9D", CONSENT_WORD_STOP, false, "STOP"},
    {"\xE2\x80\x98stop\xE2\x80\x99", CONSENT_WORD_STOP, false, "STOP"},
    {"stop \xF0\x9F\x9B\x91", CONSENT_WORD_STOP, false, "STOP"},
    {"\xF0\x9F\x98\xA1STOP\xF0\x9F\x98\xA1", CONSENT_WORD_STOP, false, "STOP"},
    {"stop\xE2\x80\xA6", CONSENT_WORD_STOP, false, "STOP"},
    {"\xEF\xBB\xBFSTOP", CONSENT_WORD_STOP, false, "STOP"},
    {"STOP\xC2\xA0", CONSENT_WORD_STOP, false, "STOP"},
    {"STOP STOP STOP", CONSENT_WORD_STOP, false, "STOP"},
    {"Stop. Stop.", CONSENT_WORD_STOP, false, "STOP"},
    {"S.T.O.P", CONSENT_WORD_STOP, false, "STOP"},
    {"STOPALL", CONSENT_WORD_STOP, true, "STOPALL"},
    {"stop all", CONSENT_WORD_STOP, false, "STOPALL"},
    {"UNSUBSCRIBE", CONSENT_WORD_STOP, true, "UNSUBSCRIBE"},
    {"Un-subscribe", CONSENT_WORD_STOP, false, "UNSUBSCRIBE"},
    {"END", CONSENT_WORD_STOP, true, "END"},
    {"quit", CONSENT_WORD_STOP, true, "QUIT"},
    {"Revoke", CONSENT_WORD_STOP, true, "REVOKE"},
    {"OptOut", CONSENT_WORD_STOP, true, "OPTOUT"},
    {"opt-out", CONSENT_WORD_STOP, false, "OPTOUT"},
    {"Opt out.", CONSENT_WORD_STOP, false, "OPTOUT"},
    {"CANCEL", CONSENT_WORD_STOP, true, "CANCEL"},
    {"cancel.", CONSENT_WORD_STOP, false, "CANCEL"},
    {"ALTO", CONSENT_WORD_STOP, false, "ALTO"},
    {"\xC2\xA1"
     "alto!",
     CONSENT_WORD_STOP, false, "ALTO"},
    {"parar", CONSENT_WORD_STOP, false, "PARAR"},
    {"Baja", CONSENT_WORD_STOP, false, "BAJA"},
    {"ARRET", CONSENT_WORD_STOP, false, "ARRET"},
    {"START", CONSENT_WORD_START, true, "START"},
    {"start!", CONSENT_WORD_START, false, "START"},
    {"Unstop", CONSENT_WORD_START, true, "UNSTOP"},
    {"yes", CONSENT_WORD_YES, true, "YES"},
    {"Yes!", CONSENT_WORD_YES, false, "YES"},
    {"HELP", CONSENT_WORD_HELP, true, "HELP"},
    {"help?", CONSENT_WORD_HELP, false, "HELP"},
    {"info", CONSENT_WORD_HELP, true, "INFO"},
    {"Ayuda", CONSENT_WORD_HELP, false, "AYUDA"},
    {"", CONSENT_WORD_NONE, false, NULL},
    {" ", CONSENT_WORD_NONE, false, NULL},
    {"!!!", CONSENT_WORD_NONE, false, NULL},
    {"\xF0\x9F\x9B\x91", CONSENT_WORD_NONE, false, NULL},
    {"stopped", CONSENT_WORD_NONE, false, NULL},
    {"nonstop", CONSENT_WORD_NONE, false, NULL},
    {"stop 2", CONSENT_WORD_NONE, false, NULL},
    {"STOP1", CONSENT_WORD_NONE, false, NULL},
    {"st\xC3\xB3p", CONSENT_WORD_NONE, false, NULL},
    {"can I stop by at 3", CONSENT_WORD_NONE, false, NULL},
    {"cancel my appointment", CONSENT_WORD_NONE, false, NULL},
    {"the end", CONSENT_WORD_NONE, false, NULL},
    {"yes please", CONSENT_WORD_NONE, false, NULL},
    {"yep", CONSENT_WORD_NONE, false, NULL},
    {"start over", CONSENT_WORD_NONE, false, NULL},
    {"help me book", CONSENT_WORD_NONE, false, NULL},
    {"weekend", CONSENT_WORD_NONE, false, NULL},
    {"palo alto", CONSENT_WORD_NONE, false, NULL},
    {"\xD1\x81\xD1\x82\xD0\xBE\xD0\xBF", CONSENT_WORD_NONE, false, NULL},
};

TEST(words_that_stand_alone)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct consent_said said = consent_word_in(str_of(rows[i].text));
        tap_case("%s", rows[i].text);
        EQ_INT(said.word, rows[i].word);
        EQ_INT(said.exact, rows[i].exact);
        EQ_STR(said.as, rows[i].as);
        EQ_INT(said.ambiguous, rows[i].as && strcmp(rows[i].as, "CANCEL") == 0);
    }
    tap_case("%s", "");
}

TEST(a_long_text_is_no_word)
{
    char text[4000];
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = "STOP"[i % 4];
    }
    EQ_INT(consent_word_in((struct str){text, sizeof text}).word, CONSENT_WORD_NONE);
    EQ_INT(consent_word_in((struct str){text, 64}).word, CONSENT_WORD_STOP);
    EQ_INT(consent_word_in((struct str){text, 65}).word, CONSENT_WORD_NONE);
    EQ_INT(consent_word_in(STR("\xFFSTOP")).word, CONSENT_WORD_NONE);
}

int main(void)
{
    return tap_run();
}
