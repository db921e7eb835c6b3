/* SPDX-License-Identifier: Apache-2.0 */
/* Whose name a mail has at its end, and whose it has not. */
#include "channels/mail_signed.h"
#include "tap.h"

TEST(a_signature_is_a_name)
{
    static const struct {
        const char *words, *whole, *name; /* whole: NULL for the words */
    } rows[] = {
        {"Hello,\n\nWhat does a facial cost?\n\nBest,\nLee Harper", NULL, "Lee Harper"},
        {"Hello, this is Lee Harper. What does a facial cost?", NULL, "Lee Harper"},
        {"What does a facial cost?", "What does a facial cost?\n\n-- \nLee Harper\nSales, Acme\n",
         "Lee Harper"},
        {"What does a facial cost?", NULL, ""},
        {"Is Kayla Brandt in today?", NULL, ""},
        /* The desk's own, below the words that answer it. */
        {"The second one", "The second one\n\nThe desk wrote:\nWe have two.\n-- \nOlive Green\n",
         ""},
        {"What does a facial cost?",
         "What does a facial cost?\n-- \nSent from my phone, forgive the typos\n", ""},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *whole = rows[i].whole ? rows[i].whole : rows[i].words;
        const char *name = mail_signed_name(p, str_of(rows[i].words), str_of(whole));
        tap_case("%s", whole);
        EQ_STR(name ? name : "", rows[i].name);
    }
}

int main(void)
{
    return tap_run();
}
