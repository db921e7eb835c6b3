/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads digits through the punctuation that people use and refuses everything else, so that a name
 * or an extension never becomes a number. What a national form looks like is a table of plans; for
 * a country that is not in it the usual trunk zero is assumed.
 */
#include "domain/phone.h"

#include <stdio.h>

#define DIGITS_MIN 7
#define DIGITS_MAX 15

bool phone_is_e164(struct str s)
{
    if (s.n < 1 + DIGITS_MIN || s.n > 1 + DIGITS_MAX || s.p[0] != '+' || s.p[1] == '0') {
        return false;
    }
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return true;
}

bool phone_is_short_code(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n >= 3 && s.n <= 8;
}

struct digits {
    char d[24];
    size_t n;
    bool plus;
};

/* The digits of a number in any punctuation. false when there is more than that. */
static bool read_digits(struct str text, struct digits *out)
{
    struct digits got = {.n = 0};
    int open = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c >= '0' && c <= '9') {
            if (got.n == sizeof got.d) {
                return false;
            }
            got.d[got.n++] = c;
        } else if (c == '+' && got.n == 0 && !got.plus) {
            got.plus = true;
        } else if (c == '(' || c == ')') {
            open += c == '(' ? 1 : -1;
            if (open < 0 || open > 1) {
                return false;
            }
        } else if (!memchr(" -./", c, 4)) {
            return false;
        }
    }
    *out = got;
    return open == 0 && got.n > 0;
}

static void drop(struct digits *d, size_t n)
{
    memmove(d->d, d->d + n, d->n - n);
    d->n -= n;
}

static bool begins(const struct digits *d, const char *with)
{
    size_t n = strlen(with);
    return d->n > n && memcmp(d->d, with, n) == 0;
}

/*
 * How numbers are dialled within a country (ITU-T E.164 national numbering plans): what goes before
 * a number inside the country and falls away outside of it, what is dialled for abroad, and how
 * many digits a number has after its country's code. Where the trunk is empty, a zero in front
 * belongs to the number or is a mistake.
 */
struct plan {
    const char *code, *trunk, *abroad;
    size_t min, max;
};

static const struct plan plans[] = {
    {"1", "1", "011", 10, 10}, /* United States, Canada and the rest of the North American plan */
    {"27", "0", "00", 9, 9},   /* South Africa */
    {"30", "", "00", 10, 10},  /* Greece */
    {"31", "0", "00", 9, 9},   /* Netherlands */
    {"32", "0", "00", 8, 9},   /* Belgium */
    {"33", "0", "00", 9, 9},   /* France */
    {"34", "", "00", 9, 9},    /* Spain */
    {"351", "", "00", 9, 9},   /* Portugal */
    {"352", "", "00", 4, 11},  /* Luxembourg */
    {"353", "0", "00", 7, 9},  /* Ireland */
    {"358", "0", "00", 5, 12}, /* Finland */
    {"36", "06", "00", 8, 9},  /* Hungary */
    {"39", "", "00", 6, 11},   /* Italy, whose zero belongs to the number */
    {"41", "0", "00", 9, 9},   /* Switzerland */
    {"420", "", "00", 9, 9},   /* Czechia */
    {"43", "0", "00", 4, 13},  /* Austria */
    {"44", "0", "00", 9, 10},  /* United Kingdom */
    {"45", "", "00", 8, 8},    /* Denmark */
    {"46", "0", "00", 7, 9},   /* Sweden */
    {"47", "", "00", 8, 8},    /* Norway */
    {"48", "", "00", 9, 9},    /* Poland */
    {"49", "0", "00", 5, 11},  /* Germany */
    {"52", "", "00", 10, 10},  /* Mexico */
    {"55", "0", "00", 10, 11}, /* Brazil */
    {"61", "0", "0011", 9, 9}, /* Australia */
    {"63", "0", "00", 8, 10},  /* Philippines */
    {"64", "0", "00", 8, 10},  /* New Zealand */
    {"65", "", "000", 8, 8},   /* Singapore */
    {"81", "0", "010", 9, 10}, /* Japan */
    {"82", "0", "00", 8, 10},  /* South Korea */
    {"852", "", "001", 8, 8},  /* Hong Kong */
    {"90", "0", "00", 10, 10}, /* Turkey */
    {"91", "0", "00", 10, 10}, /* India */
    {"971", "0", "00", 8, 9},  /* United Arab Emirates */
    {"972", "0", "00", 8, 9},  /* Israel */
};

/* A country that is not in the table: what most do. */
static const struct plan usual = {"", "0", "00", 4, DIGITS_MAX};

static const struct plan *plan_of(struct str country)
{
    for (size_t i = 0; i < ARRAY_SIZE(plans); i++) {
        if (str_eq(country, str_of(plans[i].code))) {
            return &plans[i];
        }
    }
    return &usual;
}

/* National to international form. */
static bool add_country(struct digits *d, struct str country, const struct plan *plan)
{
    bool american = str_eq(country, STR("1"));
    size_t trunk = strlen(plan->trunk);
    if (trunk && begins(d, plan->trunk) && (!american || d->n == plan->max + trunk)) {
        drop(d, trunk);
    }
    if (d->n < plan->min || d->n > plan->max || (american && d->d[0] < '2') ||
        d->n + country.n > sizeof d->d) {
        return false;
    }
    memmove(d->d + country.n, d->d, d->n);
    memcpy(d->d, country.p, country.n);
    d->n += country.n;
    return true;
}

/* Begins the number with what is dialled for abroad? The usual 00 counts everywhere but where
 * numbers could begin so. */
static void read_abroad(struct digits *d, const struct plan *plan)
{
    const char *abroad = begins(d, plan->abroad)                   ? plan->abroad
                         : plan->code[0] != '1' && begins(d, "00") ? "00"
                                                                   : NULL;
    if (!d->plus && abroad) {
        drop(d, strlen(abroad));
        d->plus = true;
    }
}

int phone_normalize(struct str text, const char *country, char out[PHONE_BYTES], struct err *e)
{
    struct str code = str_trim(str_of(country));
    if (code.n && code.p[0] == '+') {
        code = (struct str){code.p + 1, code.n - 1};
    }
    text = str_trim(text);
    if (text.n > 4 && str_eq_nocase((struct str){text.p, 4}, STR("tel:"))) {
        text = (struct str){text.p + 4, text.n - 4};
    }
    struct digits d;
    if (!read_digits(text, &d)) {
        return err_set(e, ERR_INVALID, "a phone number is written in digits, such as +15550100002");
    }
    bool american = str_eq(code, STR("1"));
    const struct plan *plan = plan_of(code);
    read_abroad(&d, plan);
    if (!d.plus && !add_country(&d, code, plan)) {
        return err_set(e, ERR_INVALID,
                       american ? "the phone number needs ten digits, area code included, or "
                                  "a plus and the country's code"
                                : "the phone number is too short or too long; begin it with a plus "
                                  "and the country's code");
    }
    char full[sizeof d.d + 2];
    int n = snprintf(full, sizeof full, "+%.*s", (int)d.n, d.d);
    struct str whole = {full, (size_t)n};
    if (!phone_is_e164(whole)) {
        return err_set(e, ERR_INVALID, "the phone number needs %d to %d digits after the plus",
                       DIGITS_MIN, DIGITS_MAX);
    }
    memcpy(out, full, whole.n + 1);
    return 0;
}
