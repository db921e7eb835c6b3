/* SPDX-License-Identifier: Apache-2.0 */
/* Small phrases, made in the pool. */
#include "mind/say.h"

#include "base/clock.h"
#include "domain/zone.h"

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

static const char *const months[] = {"",        "January",  "February", "March",  "April",
                                     "May",     "June",     "July",     "August", "September",
                                     "October", "November", "December"};

const char *say_month_day(struct pool *p, int month, int day)
{
    return pool_printf(p, "%s %d", months[month], day);
}

/* "first", "twenty third": the day of a month for the ear. */
static const char *spoken_day(struct pool *p, int day)
{
    static const char *const low[] = {"",          "first",       "second",     "third",
                                      "fourth",    "fifth",       "sixth",      "seventh",
                                      "eighth",    "ninth",       "tenth",      "eleventh",
                                      "twelfth",   "thirteenth",  "fourteenth", "fifteenth",
                                      "sixteenth", "seventeenth", "eighteenth", "nineteenth"};
    if (day < 20) {
        return low[day];
    }
    return day == 20   ? "twentieth"
           : day == 30 ? "thirtieth"
                       : pool_printf(p, "%s %s", day < 30 ? "twenty" : "thirty", low[day % 10]);
}

const char *say_date(struct pool *p, enum channel c, int64_t day, int64_t today)
{
    int64_t year, this_year;
    int month, dom, unused;
    civil_from_days(day, &year, &month, &dom);
    civil_from_days(today, &this_year, &unused, &unused);
    const char *weekday = say_weekday(weekday_of_days(day));
    const char *date = c == CHANNEL_VOICE
                           ? pool_printf(p, "%s, %s %s", weekday, months[month], spoken_day(p, dom))
                           : pool_printf(p, "%s, %s %d", weekday, months[month], dom);
    if (year != this_year && day - today > 180) {
        date = pool_printf(p, "%s, %lld", date, (long long)year);
    }
    const char *near = day == today ? "today" : day == today + 1 ? "tomorrow" : NULL;
    if (near && c == CHANNEL_VOICE) {
        return pool_printf(p, "%s, %s,", near, date);
    }
    return near ? pool_printf(p, "%s (%s)", near, date) : date;
}

const char *say_on(struct pool *p, const char *date)
{
    struct str s = str_of(date ? date : "");
    bool bare = s.n == 0 || str_starts(s, STR("today")) || str_starts(s, STR("tomorrow"));
    return bare ? s.p : pool_printf(p, "on %s", date);
}

const char *say_when(struct pool *p, enum channel c, int64_t day, int minutes, int64_t today)
{
    return pool_printf(p, "%s at %s", say_date(p, c, day, today), say_time(p, c, minutes));
}

const char *say_times(struct pool *p, enum channel c, const struct say_time_of_day *times, size_t n,
                      int64_t today)
{
    const char *said = "";
    for (size_t i = 0; i < n;) {
        size_t same = i + 1;
        while (same < n && times[same].day == times[i].day) {
            same++;
        }
        const char *day = pool_printf(p, "%s at ", say_date(p, c, times[i].day, today));
        for (size_t k = i; k < same; k++) {
            bool last = k + 1 == same && k > i;
            const char *sep = k == i ? day : last ? " or " : ", ";
            day =
                pool_printf(p, "%s%s%s", k == i ? "" : day, sep, say_time(p, c, times[k].minutes));
        }
        said = i == 0 ? day : pool_printf(p, "%s%s%s", said, same == n ? " or " : ", ", day);
        i = same;
    }
    return said;
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

static const char *say_joined(struct pool *p, const char *const *items, size_t n, const char *word)
{
    const char *said = n ? items[0] : "";
    for (size_t i = 1; i < n; i++) {
        said = i + 1 == n ? pool_printf(p, "%s %s %s", said, word, items[i])
                          : pool_printf(p, "%s, %s", said, items[i]);
    }
    return said;
}

const char *say_list(struct pool *p, const char *const *items, size_t n)
{
    return say_joined(p, items, n, "and");
}

const char *say_choice(struct pool *p, const char *const *items, size_t n)
{
    return say_joined(p, items, n, "or");
}
