/* SPDX-License-Identifier: Apache-2.0 */
/* Views of text: comparing, cutting and reading numbers. Allocates only in str_dup. */
#include "base/str.h"

#include <math.h>
#include <stdlib.h>

#include "base/pool.h"

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        if (lower(a.p[i]) != lower(b.p[i])) {
            return false;
        }
    }
    return true;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq((struct str){s.p, prefix.n}, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq((struct str){s.p + s.n - suffix.n, suffix.n}, suffix);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_space(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

ptrdiff_t str_index(struct str s, char c, size_t from)
{
    const char *hit = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;
    return hit ? hit - s.p : -1;
}

struct str str_cut(struct str *rest, char sep)
{
    struct str whole = *rest;
    ptrdiff_t at = str_index(whole, sep, 0);
    if (at < 0) {
        *rest = (struct str){NULL, 0};
        return whole;
    }
    *rest = (struct str){whole.p + at + 1, whole.n - (size_t)at - 1};
    return (struct str){whole.p, (size_t)at};
}

char *str_dup(struct pool *p, struct str s)
{
    return pool_strndup(p, s.p, s.n);
}

bool str_to_i64(struct str s, int64_t *out)
{
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
    bool negative = i && s.p[0] == '-';
    if (i == s.n) {
        return false;
    }
    int64_t value = 0;
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, negative ? '0' - s.p[i] : s.p[i] - '0', &value)) {
            return false;
        }
    }
    *out = value;
    return true;
}

bool str_to_double(struct str s, double *out)
{
    char text[64];
    if (s.n == 0 || s.n >= sizeof text) {
        return false;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (strspn(text, "0123456789+-.eE") != s.n) { /* strtod also reads "nan", "inf" and "0x1p3" */
        return false;
    }
    char *end;
    double value = strtod(text, &end);
    if (end != text + s.n || !isfinite(value)) { /* too small to tell from zero is no error */
        return false;
    }
    *out = value;
    return true;
}

bool str_to_bool(struct str s, bool *out)
{
    static const struct {
        struct str word;
        bool value;
    } words[] = {{STR("true"), true}, {STR("false"), false}, {STR("yes"), true}, {STR("no"), false},
                 {STR("on"), true},   {STR("off"), false},   {STR("1"), true},   {STR("0"), false}};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (str_eq_nocase(s, words[i].word)) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}

bool str_eq_secret(struct str a, struct str b)
{
    if (a.n != b.n) {
        return false;
    }
    unsigned char differs = 0;
    for (size_t i = 0; i < a.n; i++) {
        differs |= (unsigned char)(a.p[i] ^ b.p[i]);
    }
    return differs == 0;
}
