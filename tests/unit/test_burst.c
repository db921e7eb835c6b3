/* SPDX-License-Identifier: Apache-2.0 */
/* What a text looks like: how long the next one is waited for, and whether it wants an answer. */
#include "domain/burst.h"

#include "tap.h"

TEST(waits_by_what_a_text_looks_like)
{
    static const struct {
        const char *text;
        int64_t wait; /* of 100 */
    } rows[] = {
        {"What are your opening hours?", 100},
        {"I'd like to book a facial", 100},
        {"Yes", 100},
        {"hi", 150},
        {"Hello!", 150},
        {"hey there", 150},
        {"Good morning", 150},
        {"Hi, do you have parking?", 100},
        {"I have a question,", 150},
        {"I would like a facial and", 150},
        {"wait...", 150},
        {"One thing\xE2\x80\xA6", 150},
        {"My options are:", 150},
        {"What is it for?", 100},
        {"the one I asked about.", 100},
        {"STOP", 0},
        {" stop. ", 0},
        {"Stop!", 0},
        {"HELP", 0},
        {"unsubscribe", 0},
        {"can I stop by at 3", 100},
        {"please help me", 100},
        {"", 100},
        {"\xF0\x9F\x91\x8D", 100},
        {"\xff\xfe", 100},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i].text);
        EQ_INT(burst_wait(str_of(rows[i].text), 100), rows[i].wait);
    }
    EQ_INT(burst_wait(STR("hi"), 0), 0);
}

TEST(knows_what_wants_no_answer)
{
    static const struct {
        const char *text;
        bool closing;
    } rows[] = {
        {"Thanks!", true},
        {"thank you so much", true},
        {"Ok", true},
        {"ok, see you then", true},
        {"Great, have a nice day!", true},
        {"Bye", true},
        {"\xF0\x9F\x91\x8D", true},
        {"\xE2\x9D\xA4\xEF\xB8\x8F", true},
        {"ok \xF0\x9F\x91\x8D", true},
        {"Gracias", true},
        {"\xF0\x9F\x98\xA1", false}, /* angry */
        {"\xF0\x9F\x91\x8E", false},
        {"thanks but can we make it 4?", false},
        {"Thanks, and parking", false},
        {"ok?", false},
        {"ok see you at 3", false},
        {"see you", false},
        {"no", false},
        {"What are your hours", false},
        {"\xD0\xA1\xD0\xBF\xD0\xB0\xD1\x81\xD0\xB8\xD0\xB1\xD0\xBE", false}, /* not in the lists */
        {"", false},
        {"thanks thanks thanks thanks thanks thanks thanks thanks thanks thanks thanks", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i].text);
        EQ_INT(burst_is_closing(str_of(rows[i].text)), rows[i].closing);
    }
}

int main(void)
{
    return tap_run();
}
