/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as people write them, and what is none. */
#include "domain/phone.h"
#include "tap.h"

TEST(reads_what_people_write)
{
    static const struct {
        const char *text, *country, *e164;
    } rows[] = {
        {"+15550100002", "1", "+15550100002"},
        {"(555) 010-0002", "1", "+15550100002"},
        {"555.010.0002", "1", "+15550100002"},
        {"1-555-010-0002", "1", "+15550100002"},
        {" 5550100002 ", "+1", "+15550100002"},
        {"+1 (555) 010-0002", "49", "+15550100002"},
        {"+15550100", "1", "+15550100"}, /* short, but E.164 */
        {"tel:+1-555-010-0002", "1", "+15550100002"},
        {"011 44 20 7946 0958", "1", "+442079460958"},
        {"0044 20 7946 0958", "49", "+442079460958"},
        {"020 7946 0958", "44", "+442079460958"},
        {"(030) 901820", "49", "+4930901820"},
        {"030/901820", "49", "+4930901820"},
        {"06 1234 5678", "39", "+390612345678"}, /* Italy keeps its zero */
        {"+123456789012345", "1", "+123456789012345"},
        {"07700 900123", "44", "+447700900123"},
        {"(0)7700 900123", "44", "+447700900123"},
        {"01 23 45 67 89", "33", "+33123456789"},
        {"612 345 678", "34", "+34612345678"},
        {"087 123 4567", "353", "+353871234567"},
        {"0412 345 678", "61", "+61412345678"},
        {"0011 1 555 010 0002", "61", "+15550100002"},
        {"00 1 555 010 0002", "61", "+15550100002"},
        {"06 1 234 5678", "36", "+3612345678"},
        {"20 12 34 56", "45", "+4520123456"},
        {"090-1234-5678", "81", "+819012345678"},
        {"010 1 555 010 0002", "81", "+15550100002"},
        {"098765 43210", "91", "+919876543210"},
        {"(11) 91234-5678", "55", "+5511912345678"},
        {"8123 4567", "65", "+6581234567"},
        {"012 345 678", "998", "+99812345678"}, /* a country that the table has not */
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i].text);
        char out[PHONE_BYTES] = "";
        struct err e = {0};
        EQ_INT(phone_normalize(str_of(rows[i].text), rows[i].country, out, &e), 0);
        EQ_STR(out, rows[i].e164);
        OK(phone_is_e164(str_of(out)));
    }
}

TEST(refuses_what_is_no_number)
{
    static const char *const rows[] = {
        "",
        " ",
        "+",
        "()",
        "Jane",
        "555-0100",            /* no area code: could be anywhere */
        "155501000020",        /* a digit too many */
        "(155) 010-0002",      /* no area code begins with 1 or 0 */
        "555 010 0002 ext. 5", /* an extension cannot be texted */
        "+1 555 010 0002 x5",  /* */
        "+05550100002",        /* no country's code begins with 0 */
        "+155501",             /* too short */
        "+1234567890123456",   /* too long */
        "++15550100002",       /* */
        "1+5550100002",        /* */
        "((555) 010-0002",     /* */
        "555) 010-0002(",      /* */
        "123456789012345678901234567890",
        "+1555010000２", /* full-width digit */
        "12345678901; DROP TABLE",
        "1e10",
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i]);
        char out[PHONE_BYTES] = "kept";
        struct err e = {0};
        EQ_INT(phone_normalize(str_of(rows[i]), "1", out, &e), ERR_INVALID);
        EQ_STR(out, "kept");
        OK(e.text[0] != '\0');
        OK(rows[i][0] == '\0' || rows[i][1] == '\0' || !strstr(e.text, rows[i]));
    }
}

TEST(national_form_needs_a_country)
{
    char out[PHONE_BYTES] = "kept";
    EQ_INT(phone_normalize(STR("+15550100002"), "", out, NULL), 0);
    EQ_STR(out, "+15550100002");
    EQ_INT(phone_normalize(STR("0"), "", out, NULL), ERR_INVALID);
    EQ_INT(phone_normalize(STR("00"), "49", out, NULL), ERR_INVALID);
    EQ_INT(phone_normalize(STR("123"), "49", out, NULL), ERR_INVALID);
    static const char *const rows[][2] = {
        {"07700 9001234", "44"}, {"0123456", "33"},  {"20 12 34 5", "45"},
        {"98765 4321", "91"},    {"1234 567", "65"}, {"04123456789", "61"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s in %s", rows[i][0], rows[i][1]);
        EQ_INT(phone_normalize(str_of(rows[i][0]), rows[i][1], out, NULL), ERR_INVALID);
    }
    EQ_STR(out, "+15550100002");
}

TEST(tells_forms_apart)
{
    OK(phone_is_e164(STR("+15550100")));
    OK(phone_is_e164(STR("+1234567")));
    OK(!phone_is_e164(STR("+123456")));
    OK(!phone_is_e164(STR("15550100002")));
    OK(!phone_is_e164(STR("+1555 0100002")));
    OK(!phone_is_e164(STR("")));
    OK(phone_is_short_code(STR("123")));
    OK(phone_is_short_code(STR("72975")));
    OK(!phone_is_short_code(STR("12")));
    OK(!phone_is_short_code(STR("123456789")));
    OK(!phone_is_short_code(STR("+1234")));
    OK(!phone_is_short_code(STR("BANK")));
}

int main(void)
{
    return tap_run();
}
