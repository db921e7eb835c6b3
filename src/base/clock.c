/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Civil dates by Howard Hinnant's days_from_civil ("chrono-Compatible Low-Level Date Algorithms"),
 * so that no call touches the process's TZ or libc's static buffers.
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

struct wall wall_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (struct wall){(int64_t)ts.tv_sec * US_PER_SECOND + ts.tv_nsec / 1000};
}

struct mono mono_now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (struct mono){(int64_t)ts.tv_sec * 1000000000LL + ts.tv_nsec};
}

int64_t days_from_civil(int64_t y, int month, int day)
{
    y -= month <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void civil_from_days(int64_t days, int64_t *year_out, int *month_out, int *day_out)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *day_out = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month_out = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year_out = yoe + era * 400 + (*month_out <= 2);
}

struct fields {
    int64_t year;
    int month, day, hour, minute, second, us, weekday;
};

/* The years that the text forms can hold; what lies outside becomes the nearest. */
#define FIRST_US (-62167219200LL * US_PER_SECOND)
#define LAST_US (253402300800LL * US_PER_SECOND - 1)

static struct fields fields_of(struct wall t)
{
    struct fields f = {0};
    t.us = MAX_OF(MIN_OF(t.us, LAST_US), FIRST_US);
    int64_t days = t.us / US_PER_DAY;
    int64_t rest = t.us % US_PER_DAY;
    if (rest < 0) {
        rest += US_PER_DAY;
        days--;
    }
    civil_from_days(days, &f.year, &f.month, &f.day);
    f.us = (int)(rest % US_PER_SECOND);
    int seconds = (int)(rest / US_PER_SECOND);
    f.hour = seconds / 3600;
    f.minute = seconds / 60 % 60;
    f.second = seconds % 60;
    f.weekday = (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    return f;
}

static char *put_digits(char *at, int64_t value, int width)
{
    for (int i = width - 1; i >= 0; i--, value /= 10) {
        at[i] = (char)('0' + value % 10);
    }
    return at + width;
}

void wall_format(struct wall t, char out[WALL_TEXT_BYTES])
{
    struct fields f = fields_of(t);
    char *at = put_digits(out, f.year, 4);
    *at++ = '-';
    at = put_digits(at, f.month, 2);
    *at++ = '-';
    at = put_digits(at, f.day, 2);
    *at++ = 'T';
    at = put_digits(at, f.hour, 2);
    *at++ = ':';
    at = put_digits(at, f.minute, 2);
    *at++ = ':';
    at = put_digits(at, f.second, 2);
    *at++ = '.';
    at = put_digits(at, f.us, 6);
    *at++ = 'Z';
    *at = '\0';
}

void wall_format_rfc2822(struct wall t, char out[WALL_RFC2822_BYTES])
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct fields f = fields_of(t);
    snprintf(out, WALL_RFC2822_BYTES, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[f.weekday],
             f.day % 100, months[f.month - 1], (int)(f.year % 10000), f.hour, f.minute, f.second);
}

/* Reads exactly `width` digits at *s, moving past them. */
static bool take_digits(struct str *s, int width, int *out)
{
    int value = 0;
    if (s->n < (size_t)width) {
        return false;
    }
    for (int i = 0; i < width; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') {
            return false;
        }
        value = value * 10 + (s->p[i] - '0');
    }
    s->p += width;
    s->n -= (size_t)width;
    *out = value;
    return true;
}

static bool take_any(struct str *s, const char *set)
{
    if (s->n == 0 || !strchr(set, s->p[0]) || s->p[0] == '\0') {
        return false;
    }
    s->p++;
    s->n--;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_fraction(struct str *s, int *us_out)
{
    int us = 0, digits = 0;
    while (s->n && s->p[0] >= '0' && s->p[0] <= '9') {
        if (digits < 6) {
            us = us * 10 + (s->p[0] - '0');
        }
        digits++;
        s->p++;
        s->n--;
    }
    for (int i = digits; i < 6; i++) {
        us *= 10;
    }
    *us_out = us;
    return digits > 0 && digits <= 9;
}

/* Z, +HH:MM, -HHMM, +HH (PostgreSQL's) or nothing, which counts as UTC. */
static bool take_offset(struct str *s, int *minutes_out)
{
    if (s->n == 0 || take_any(s, "Zz")) {
        *minutes_out = 0;
        return s->n == 0;
    }
    int sign = s->p[0] == '-' ? -1 : 1;
    int hours, minutes = 0;
    if (!take_any(s, "+-") || !take_digits(s, 2, &hours)) {
        return false;
    }
    if (s->n && ((void)take_any(s, ":"), !take_digits(s, 2, &minutes))) {
        return false;
    }
    *minutes_out = sign * (hours * 60 + minutes);
    return s->n == 0 && hours < 24 && minutes < 60;
}

bool wall_parse(struct str s, struct wall *out)
{
    int year, month, day, hour, minute, second, us = 0, offset;
    bool ok = take_digits(&s, 4, &year) && take_any(&s, "-") && take_digits(&s, 2, &month) &&
              take_any(&s, "-") && take_digits(&s, 2, &day) && take_any(&s, "Tt ") &&
              take_digits(&s, 2, &hour) && take_any(&s, ":") && take_digits(&s, 2, &minute) &&
              take_any(&s, ":") && take_digits(&s, 2, &second);
    ok = ok && (!take_any(&s, ".") || take_fraction(&s, &us)) && take_offset(&s, &offset);
    if (!ok || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
        hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    int64_t seconds =
        days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    out->us = (seconds - offset * 60LL) * US_PER_SECOND + us;
    return true;
}
