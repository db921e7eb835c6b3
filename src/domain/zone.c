/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 8536: the transitions of the 64-bit block, and after the last one the rule in the footer
 * (a POSIX TZ string). Everything is bounds-checked through one cursor, because the file's name
 * comes from a setting and the file may be damaged. Leap seconds are not used.
 */
#include "domain/zone.h"

#include <stdio.h>

#define ZONEINFO_DIR "/usr/share/zoneinfo/"
#define ZONE_FILE_MAX 65536

/* When a daylight-saving period begins or ends: Mm.w.d, Jn or n, and a time of day. */
struct change_rule {
    char form; /* 'M', 'J', or 'N' */
    int month, week, day;
    int seconds; /* after local midnight; may be negative or beyond a day */
};

struct tail {
    int standard, daylight; /* seconds east of UTC */
    bool has_daylight;
    struct change_rule starts, ends;
};

struct zone {
    size_t n;
    const int64_t *at;     /* transitions, seconds since 1970, ascending */
    const int32_t *offset; /* from that transition on */
    int before;            /* before the first */
    bool has_tail;
    struct tail tail;
};

/* Reading a TZ string or a file: *s moves on, false when it is not there. */
static bool take_number(struct str *s, int max, int *out)
{
    int value = 0;
    size_t digits = 0;
    while (digits < s->n && s->p[digits] >= '0' && s->p[digits] <= '9') {
        value = value * 10 + (s->p[digits++] - '0');
        if (value > max) {
            return false;
        }
    }
    s->p += digits;
    s->n -= digits;
    *out = value;
    return digits > 0;
}

static bool take_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c) {
        return false;
    }
    s->p++;
    s->n--;
    return true;
}

static bool take_name(struct str *s)
{
    bool quoted = take_char(s, '<');
    size_t n = 0;
    while (n < s->n) {
        char c = s->p[n];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool more = quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-');
        if (!letter && !more) {
            break;
        }
        n++;
    }
    s->p += n;
    s->n -= n;
    return n >= 3 && (!quoted || take_char(s, '>'));
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool take_hms(struct str *s, int *out)
{
    int sign = take_char(s, '-') ? -1 : (take_char(s, '+'), 1);
    int hours, minutes = 0, seconds = 0;
    if (!take_number(s, 167, &hours) || (take_char(s, ':') && !take_number(s, 59, &minutes)) ||
        (take_char(s, ':') && !take_number(s, 59, &seconds))) {
        return false;
    }
    *out = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool take_rule(struct str *s, struct change_rule *out)
{
    struct change_rule r = {.form = 'N', .seconds = 2 * 3600};
    bool ok = take_char(s, ',');
    if (ok && take_char(s, 'M')) {
        r.form = 'M';
        ok = take_number(s, 12, &r.month) && r.month >= 1 && take_char(s, '.') &&
             take_number(s, 5, &r.week) && r.week >= 1 && take_char(s, '.') &&
             take_number(s, 6, &r.day);
    } else if (ok) {
        r.form = take_char(s, 'J') ? 'J' : 'N';
        ok = take_number(s, 365, &r.day);
    }
    if (!ok || (take_char(s, '/') && !take_hms(s, &r.seconds))) {
        return false;
    }
    *out = r;
    return true;
}

static bool parse_tail(struct str s, struct tail *out)
{
    struct tail t = {0};
    int west;
    if (!take_name(&s) || !take_hms(&s, &west)) {
        return false;
    }
    t.standard = -west;
    if (s.n) {
        t.has_daylight = true;
        t.daylight = t.standard + 3600;
        if (!take_name(&s)) {
            return false;
        }
        if (s.n && s.p[0] != ',') {
            if (!take_hms(&s, &west)) {
                return false;
            }
            t.daylight = -west;
        }
        if (!take_rule(&s, &t.starts) || !take_rule(&s, &t.ends) || s.n) {
            return false;
        }
    }
    *out = t;
    return true;
}

int weekday_of_days(int64_t days)
{
    return (int)(((days + 3) % 7 + 7) % 7) + 1; /* 1970-01-01 was a Thursday */
}

/* Seconds since 1970, in local time, at which the rule falls in that year. */
static int64_t rule_in_year(const struct change_rule *r, int64_t year)
{
    int64_t first = days_from_civil(year, 1, 1);
    int64_t days = first + r->day;
    if (r->form == 'J') { /* 1 to 365, the leap day not counted */
        bool leap = days_from_civil(year + 1, 1, 1) - first == 366;
        days = first + r->day - 1 + (leap && r->day >= 60);
    } else if (r->form == 'M') {
        int64_t month = days_from_civil(year, r->month, 1);
        int64_t next = r->month == 12 ? days_from_civil(year + 1, 1, 1)
                                      : days_from_civil(year, r->month + 1, 1);
        days = month + (r->day - weekday_of_days(month) % 7 + 7) % 7 + 7 * (r->week - 1);
        if (days >= next) {
            days -= 7;
        }
    }
    return days * 86400 + r->seconds;
}

static int tail_offset(const struct tail *t, int64_t at)
{
    if (!t->has_daylight) {
        return t->standard;
    }
    int64_t local = at + t->standard;
    int64_t year;
    int month, day;
    civil_from_days((local - (local % 86400 + 86400) % 86400) / 86400, &year, &month, &day);
    int64_t starts = rule_in_year(&t->starts, year) - t->standard;
    int64_t ends = rule_in_year(&t->ends, year) - t->daylight;
    bool summer =
        starts < ends ? at >= starts && at < ends : at >= starts || at < ends; /* southern */
    return summer ? t->daylight : t->standard;
}

/* Big-endian integers of a file. */
static int64_t be(const char *p, int bytes)
{
    uint64_t v = (unsigned char)p[0] & 0x80 ? ~(uint64_t)0 : 0;
    for (int i = 0; i < bytes; i++) {
        v = v << 8 | (unsigned char)p[i];
    }
    return (int64_t)v;
}

struct counts {
    int64_t is_ut, is_std, leap, time, type, chars;
};

static bool take_bytes(struct str *s, int64_t n, const char **out)
{
    if (n < 0 || (uint64_t)n > s->n) {
        return false;
    }
    *out = s->p;
    s->p += n;
    s->n -= (size_t)n;
    return true;
}

static bool take_header(struct str *s, struct counts *c)
{
    const char *h;
    if (!take_bytes(s, 44, &h) || memcmp(h, "TZif", 4) != 0 || h[4] < '2') {
        return false;
    }
    *c = (struct counts){be(h + 20, 4), be(h + 24, 4), be(h + 28, 4),
                         be(h + 32, 4), be(h + 36, 4), be(h + 40, 4)};
    return c->is_ut >= 0 && c->is_std >= 0 && c->leap >= 0 && c->time >= 0 && c->type > 0 &&
           c->type <= 256 && c->chars >= 0;
}

static bool take_block(struct pool *p, struct str *s, const struct counts *c, struct zone *z)
{
    const char *times, *indexes, *types, *skipped;
    if (!take_bytes(s, c->time * 8, &times) || !take_bytes(s, c->time, &indexes) ||
        !take_bytes(s, c->type * 6, &types) || !take_bytes(s, c->chars, &skipped) ||
        !take_bytes(s, c->leap * 12 + c->is_std + c->is_ut, &skipped)) {
        return false;
    }
    z->n = (size_t)c->time;
    int64_t *at = pool_calloc(p, z->n, sizeof *at);
    int32_t *offset = pool_calloc(p, z->n, sizeof *offset);
    for (size_t i = 0; i < z->n; i++) {
        int64_t type = (unsigned char)indexes[i];
        at[i] = be(times + 8 * i, 8);
        if (type >= c->type || (i && at[i] <= at[i - 1])) {
            return false;
        }
        offset[i] = (int32_t)be(types + 6 * type, 4);
    }
    z->at = at;
    z->offset = offset;
    z->before = (int)be(types, 4);
    return true;
}

int zone_parse(struct pool *p, struct str tzif, const struct zone **out, struct err *e)
{
    struct counts c;
    struct str s = tzif;
    const char *skipped;
    struct zone *z = pool_alloc(p, sizeof *z);
    bool ok = take_header(&s, &c) &&
              take_bytes(&s, c.time * 5 + c.type * 6 + c.chars + c.leap * 8 + c.is_std + c.is_ut,
                         &skipped) &&
              take_header(&s, &c) && take_block(p, &s, &c, z) && take_char(&s, '\n');
    ptrdiff_t end = ok ? str_index(s, '\n', 0) : -1;
    if (end < 0) {
        return err_set(e, ERR_MALFORMED, "not a time zone file of version 2 or later");
    }
    struct str footer = {s.p, (size_t)end};
    z->has_tail = footer.n > 0;
    if (z->has_tail && !parse_tail(footer, &z->tail)) {
        return err_set(e, ERR_MALFORMED, "the time zone file's last rule cannot be read");
    }
    *out = z;
    return 0;
}

/* A name such as America/New_York, that cannot leave the folder. */
static bool name_is_safe(const char *name)
{
    for (const char *c = name; *c; c++) {
        bool ok = (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') ||
                  (*c >= '0' && *c <= '9') || *c == '_' || *c == '+' || *c == '-' ||
                  (*c == '/' && c > name && c[1] && c[1] != '/');
        if (!ok) {
            return false;
        }
    }
    return name[0] && strlen(name) < 64;
}

int zone_load(struct pool *p, const char *name, const struct zone **out, struct err *e)
{
    FILE *f = NULL;
    if (name && name_is_safe(name)) {
        f = fopen(pool_printf(p, ZONEINFO_DIR "%s", name), "rbe");
    }
    if (!f) {
        return err_set(e, ERR_CONFIG,
                       "no time zone of that name: use one such as America/New_York, and have the "
                       "package tzdata installed");
    }
    char *bytes = pool_alloc(p, ZONE_FILE_MAX);
    size_t n = fread(bytes, 1, ZONE_FILE_MAX, f);
    (void)fclose(f);
    return zone_parse(p, (struct str){bytes, n}, out, e);
}

int zone_offset(const struct zone *z, struct wall when)
{
    int64_t at = when.us / US_PER_SECOND - (when.us % US_PER_SECOND < 0);
    if (z->n == 0 || at >= z->at[z->n - 1]) {
        if (z->has_tail) {
            return tail_offset(&z->tail, at);
        }
        return z->n ? z->offset[z->n - 1] : z->before;
    }
    size_t low = 0, high = z->n; /* the first transition that is after `at` */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->at[middle] <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low ? z->offset[low - 1] : z->before;
}

struct local_time zone_local(const struct zone *z, struct wall at)
{
    int64_t local = at.us + zone_offset(z, at) * US_PER_SECOND;
    int64_t days = local / US_PER_DAY - (local % US_PER_DAY < 0);
    return (struct local_time){days, weekday_of_days(days),
                               (int)((local - days * US_PER_DAY) / (60 * US_PER_SECOND))};
}

struct wall zone_moment(const struct zone *z, int64_t days, int minutes)
{
    int64_t local = days * US_PER_DAY + minutes * 60 * US_PER_SECOND;
    /* The offset a day before is the one in force until a change; try it first. */
    int before = zone_offset(z, (struct wall){local - US_PER_DAY});
    int after = zone_offset(z, (struct wall){local + US_PER_DAY});
    struct wall first = {local - before * US_PER_SECOND};
    struct wall second = {local - after * US_PER_SECOND};
    bool first_is_right = zone_offset(z, first) == before;
    bool second_is_right = zone_offset(z, second) == after;
    return first_is_right || !second_is_right ? first : second;
}
