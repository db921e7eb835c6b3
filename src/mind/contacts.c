/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telephone numbers and e-mail addresses in a text: written ones by their form, spoken ones by
 * their words. A number is what domain/phone.h takes as one and has at least ten digits, so that
 * prices, years and rooms are none.
 */
#include <string.h>

#include "base/buf.h"
#include "domain/phone.h"
#include "mind/people_private.h"

#define PHONE_DIGITS_MIN 10
#define PHONE_DIGITS_MAX 15

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *normalized(struct pool *p, struct str digits, const char *country)
{
    char e164[PHONE_BYTES];
    return phone_normalize(digits, country, e164, NULL) == 0 ? pool_strdup(p, e164) : NULL;
}

/* How many digits begin the text, at most four; *value_out is their number. */
static size_t digits_at(struct str text, size_t at, int *value_out)
{
    size_t n = 0;
    for (*value_out = 0; n < 4 && at + n < text.n && is_digit(text.p[at + n]); n++) {
        *value_out = *value_out * 10 + (text.p[at + n] - '0');
    }
    return n;
}

/* The length of a date that begins there, "2026-03-09" or "03/09/2026"; 0: none does. */
static size_t date_at(struct str text, size_t at)
{
    size_t end = at, long_ones = 0;
    for (int part = 0; part < 3; part++) {
        int value;
        bool parted = part == 0 || (end < text.n && strchr("-/.", text.p[end]));
        end += part > 0;
        size_t n = parted ? digits_at(text, end, &value) : 0;
        bool year = n == 4 && part != 1 && value >= 1900 && value < 2200;
        if (!year && (n == 0 || n > 2 || value == 0 || value > 31)) {
            return 0;
        }
        long_ones += year;
        end += n;
    }
    return long_ones == 1 && !(end < text.n && is_digit(text.p[end])) ? end - at : 0;
}

/* Digits with what people put between them; stops at anything else. A date is none of them. */
static const char *written_phone(struct pool *p, struct str text, const char *country)
{
    for (size_t i = 0; i < text.n; i++) {
        bool starts = is_digit(text.p[i]) || text.p[i] == '+' || text.p[i] == '(';
        if (!starts || (i > 0 && is_digit(text.p[i - 1]))) {
            continue;
        }
        size_t date = date_at(text, i);
        if (date) {
            i += date - 1;
            continue;
        }
        size_t end = i, digits = 0;
        for (size_t k = i; k < text.n && k < i + 30; k++) {
            if (is_digit(text.p[k])) {
                digits++;
                end = k + 1;
            } else if (!strchr("+-.() /", text.p[k])) {
                break;
            }
        }
        if (digits >= PHONE_DIGITS_MIN && digits <= PHONE_DIGITS_MAX) {
            return normalized(p, (struct str){text.p + i, end - i}, country);
        }
        i = digits ? end - 1 : i;
    }
    return NULL;
}

static int spoken_digit(const char *word)
{
    static const char *const words[] = {"zero", "one", "two",   "three", "four",
                                        "five", "six", "seven", "eight", "nine"};
    if (strcmp(word, "oh") == 0 || strcmp(word, "o") == 0) {
        return 0;
    }
    for (int i = 0; i < 10; i++) {
        if (strcmp(word, words[i]) == 0) {
            return i;
        }
    }
    return -1;
}

/* "five five five oh one oh double two"; digits may stand among the words. */
static const char *spoken_phone(struct pool *p, const struct tokens *t, const char *country)
{
    char digits[PHONE_DIGITS_MAX + 1];
    size_t n = 0;
    int times = 1;
    for (size_t i = 0; i <= t->n; i++) {
        const char *word = i < t->n ? t->list[i].low : "";
        int digit = spoken_digit(word);
        bool number = i < t->n && t->list[i].digit && n + t->list[i].raw.n <= PHONE_DIGITS_MAX;
        if (strcmp(word, "double") == 0 || strcmp(word, "triple") == 0) {
            times = word[0] == 'd' ? 2 : 3;
        } else if (digit >= 0 && n + (size_t)times <= PHONE_DIGITS_MAX) {
            for (; times > 0; times--) {
                digits[n++] = (char)('0' + digit);
            }
            times = 1;
        } else if (number) {
            memcpy(digits + n, t->list[i].raw.p, t->list[i].raw.n);
            n += t->list[i].raw.n;
        } else if (n >= PHONE_DIGITS_MIN) {
            return normalized(p, (struct str){digits, n}, country);
        } else {
            n = 0;
            times = 1;
        }
    }
    return NULL;
}

const char *contacts_phone(struct pool *p, struct str text, const struct tokens *t,
                           const char *country)
{
    const char *written = written_phone(p, text, country);
    return written ? written : spoken_phone(p, t, country);
}

static bool in_address(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || strchr("._-+", c);
}

static char *lower(struct pool *p, struct str s)
{
    char *copy = str_dup(p, s);
    for (char *c = copy; *c; c++) {
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + ('a' - 'A')) : *c;
    }
    return copy;
}

static const char *written_email(struct pool *p, struct str text)
{
    for (size_t at = 1; at + 3 < text.n; at++) {
        if (text.p[at] != '@') {
            continue;
        }
        size_t from = at, to = at + 1;
        while (from > 0 && text.p[from - 1] && in_address(text.p[from - 1])) {
            from--;
        }
        while (to < text.n && text.p[to] && in_address(text.p[to])) {
            to++;
        }
        while (to > at && strchr("._-+", text.p[to - 1])) {
            to--; /* the dot that ends the sentence */
        }
        struct str domain = {text.p + at + 1, to > at ? to - at - 1 : 0};
        if (from < at && str_index(domain, '.', 0) > 0 && to - from <= 254) {
            return lower(p, (struct str){text.p + from, to - from});
        }
    }
    return NULL;
}

const char *contacts_sign(const char *word)
{
    static const char *const signs[][2] = {
        {"dot", "."}, {"underscore", "_"}, {"dash", "-"}, {"hyphen", "-"}};
    for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
        if (strcmp(word, signs[i][0]) == 0) {
            return signs[i][1];
        }
    }
    return NULL;
}

static bool top_domain(const char *word)
{
    static const char *const known[] = {"com", "net", "org", "edu", "gov", "io", "co", "us"};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (strcmp(word, known[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* "maya dot ortiz at example dot com": word, sign, word ... at word dot com. */
static const char *spoken_email(struct pool *p, const struct tokens *t)
{
    for (size_t at = 1; at + 3 < t->n; at++) {
        if (strcmp(t->list[at].low, "at") != 0 || strcmp(t->list[at + 2].low, "dot") != 0 ||
            !top_domain(t->list[at + 3].low)) {
            continue;
        }
        size_t from = at - 1;
        while (from >= 2 && contacts_sign(t->list[from - 1].low)) {
            from -= 2;
        }
        const char *local = "";
        for (size_t i = from; i < at; i++) {
            const char *sign = contacts_sign(t->list[i].low);
            local = pool_printf(p, "%s%s", local, sign ? sign : t->list[i].low);
        }
        return pool_printf(p, "%s@%s.%s", local, t->list[at + 1].low, t->list[at + 3].low);
    }
    return NULL;
}

const char *contacts_email(struct pool *p, struct str text, const struct tokens *t)
{
    const char *written = written_email(p, text);
    return written ? written : spoken_email(p, t);
}
