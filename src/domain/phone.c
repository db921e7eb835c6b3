/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads digits through the punctuation that people use and refuses everything else, so that a name
 * or an extension never becomes a number. National rules are few: the trunk zero, Italy which has
 * none, and the ten digits of the North American plan.
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

/* National to international form. */
static bool add_country(struct digits *d, struct str country)
{
    bool american = str_eq(country, STR("1"));
    if (american && d->n == 11 && d->d[0] == '1') {
        drop(d, 1);
    }
    if (american ? d->n != 10 || d->d[0] < '2' : d->n < 4) {
        return false;
    }
    if (!american && d->d[0] == '0' && !str_eq(country, STR("39"))) {
        drop(d, 1);
    }
    if (d->n + country.n > sizeof d->d) {
        return false;
    }
    memmove(d->d + country.n, d->d, d->n);
    memcpy(d->d, country.p, country.n);
    d->n += country.n;
    return true;
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
    if (!d.plus && begins(&d, american ? "011" : "00")) {
        drop(&d, american ? 3 : 2);
        d.plus = true;
    }
    if (!d.plus && !add_country(&d, code)) {
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
