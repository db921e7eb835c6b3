/* SPDX-License-Identifier: Apache-2.0 */
/* Small phrases, made in the pool. */
#include "mind/say.h"

#include "base/buf.h"

const char *say_weekday(int weekday)
{
    static const char *const names[] = {"",         "Monday", "Tuesday",  "Wednesday",
                                        "Thursday", "Friday", "Saturday", "Sunday"};
    return names[weekday >= 1 && weekday <= 7 ? weekday : 0];
}

/* Minutes of an hour as they are spoken: "oh five", "thirty", "forty five". */
static const char *spoken_minutes(struct pool *p, int minutes)
{
    static const char *const small[] = {"",        "one",     "two",       "three",    "four",
                                        "five",    "six",     "seven",     "eight",    "nine",
                                        "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
    static const char *const tens[] = {"", "", "twenty", "thirty", "forty", "fifty"};
    if (minutes < 20) {
        return pool_printf(p, "%s%s", minutes < 10 ? "oh " : "", small[minutes]);
    }
    return pool_printf(p, "%s%s%s", tens[minutes / 10], minutes % 10 ? " " : "",
                       small[minutes % 10]);
}

const char *say_time(struct pool *p, enum channel c, int minutes)
{
    static const char *const hours[] = {"twelve", "one",   "two",   "three", "four", "five",
                                        "six",    "seven", "eight", "nine",  "ten",  "eleven"};
    if (minutes == 720) {
        return "noon";
    }
    if (minutes % 1440 == 0) {
        return "midnight";
    }
    int hour = minutes / 60 % 24, minute = minutes % 60;
    const char *half = hour < 12 ? "AM" : "PM";
    if (c == CHANNEL_VOICE) {
        return minute
                   ? pool_printf(p, "%s %s %s", hours[hour % 12], spoken_minutes(p, minute), half)
                   : pool_printf(p, "%s %s", hours[hour % 12], half);
    }
    int shown = hour % 12 ? hour % 12 : 12;
    return minute ? pool_printf(p, "%d:%02d %s", shown, minute, half)
                  : pool_printf(p, "%d %s", shown, half);
}

const char *say_amount(struct pool *p, enum channel c, const struct facts *f, int cents)
{
    const char *sign = f->currency ? f->currency : "$";
    const char *after = "";
    if (cents == 0) {
        return "free of charge";
    }
    if (c == CHANNEL_VOICE && strcmp(sign, "$") == 0) {
        sign = "";
        after = " dollars";
    }
    return cents % 100 ? pool_printf(p, "%s%d.%02d%s", sign, cents / 100, cents % 100, after)
                       : pool_printf(p, "%s%d%s", sign, cents / 100, after);
}

const char *say_price(struct pool *p, enum channel c, const struct facts *f,
                      const struct facts_service *s)
{
    if (s->price_from_cents < 0) {
        return NULL;
    }
    const char *from = say_amount(p, c, f, s->price_from_cents);
    return s->price_to_cents <= s->price_from_cents
               ? from
               : pool_printf(p, "%s to %s", from, say_amount(p, c, f, s->price_to_cents));
}

const char *say_list(struct pool *p, const char *const *items, size_t n)
{
    const char *said = n ? items[0] : "";
    for (size_t i = 1; i < n; i++) {
        said = pool_printf(p, "%s%s%s", said, i + 1 == n ? " and " : ", ", items[i]);
    }
    return said;
}
