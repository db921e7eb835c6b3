/* SPDX-License-Identifier: Apache-2.0 */
/* Code points are compared in lower case: Latin, Greek and Cyrillic, whose capitals lie in ranges.
 */
#include "base/fold.h"

#include "base/utf8.h"

#define WORDS_MAX 8
#define POINTS_MAX 64
#define DIGITS_MIN 3

struct word {
    uint32_t points[POINTS_MAX]; /* in lower case */
    size_t n;
    char digits[POINTS_MAX];
    size_t n_digits; /* 0: it is no number */
};

struct fold_words {
    struct word words[WORDS_MAX];
    size_t n;
};

static uint32_t lower(uint32_t c)
{
    bool ascii = c >= 'A' && c <= 'Z';
    bool latin = c >= 0xC0 && c <= 0xDE && c != 0xD7;
    bool greek = c >= 0x391 && c <= 0x3A9;
    if (ascii || latin || greek || (c >= 0x410 && c <= 0x42F)) {
        return c + 32;
    }
    if (c >= 0x400 && c <= 0x40F) {
        return c + 80;
    }
    bool odd_first = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
    if (c >= 0x100 && c <= 0x17E && c != 0x130 && c != 0x131 && c != 0x138 && c != 0x149) {
        return (c & 1) == (odd_first ? 1 : 0) && c != 0x178 ? c + 1 : c;
    }
    return c;
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* What numbers are written with, beside digits. */
static bool is_mark(uint32_t c)
{
    return c == '+' || c == '-' || c == '(' || c == ')' || c == '.' || c == '/';
}

static bool add_word(struct fold_words *w, struct str text)
{
    struct word *to = &w->words[w->n];
    bool number = true;
    int32_t c;
    *to = (struct word){.n = 0};
    while (to->n < POINTS_MAX && (c = utf8_next(&text)) != -1) {
        uint32_t point = lower((uint32_t)c);
        to->points[to->n++] = point;
        number = number && (is_digit(point) || is_mark(point));
        if (is_digit(point)) {
            to->digits[to->n_digits++] = (char)point;
        }
    }
    if (!number || to->n_digits < DIGITS_MIN) {
        to->n_digits = 0;
    }
    return to->n > 0;
}

struct fold_words *fold_words_of(struct pool *p, struct str text)
{
    struct fold_words *w = pool_calloc(p, 1, sizeof *w);
    while (text.n && w->n < WORDS_MAX) {
        if (add_word(w, str_trim(str_cut(&text, ' ')))) {
            w->n++;
        }
    }
    return w->n ? w : NULL;
}

static bool begins(struct str text, const struct word *w)
{
    for (size_t i = 0; i < w->n; i++) {
        int32_t c = utf8_next(&text);
        if (c == -1 || lower((uint32_t)c) != w->points[i]) {
            return false;
        }
    }
    return true;
}

static bool digits_begin(struct str text, const struct word *w)
{
    size_t have = 0;
    for (size_t i = 0; i < text.n && have < w->n_digits; i++) {
        if (is_digit((unsigned char)text.p[i]) && text.p[i] != w->digits[have++]) {
            return false;
        }
    }
    return have == w->n_digits;
}

static bool is_in(const struct word *w, struct str text)
{
    for (struct str rest = text; rest.n; utf8_next(&rest)) {
        if (begins(rest, w) ||
            (w->n_digits && is_digit((unsigned char)rest.p[0]) && digits_begin(rest, w))) {
            return true;
        }
    }
    return false;
}

bool fold_words_in(const struct fold_words *w, const struct str *texts, size_t n)
{
    for (size_t i = 0; i < w->n; i++) {
        bool found = false;
        for (size_t k = 0; k < n && !found; k++) {
            found = texts[k].p && is_in(&w->words[i], texts[k]);
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

uint64_t fold_hash(struct str text, uint64_t seed)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;
    bool gap = false, any = false;
    int32_t c;
    while ((c = utf8_next(&text)) != -1) {
        bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xA0;
        if (space) {
            gap = any;
            continue;
        }
        if (gap) {
            hash = (hash ^ ' ') * UINT64_C(0x100000001b3);
        }
        hash = (hash ^ lower((uint32_t)c)) * UINT64_C(0x100000001b3);
        gap = false;
        any = true;
    }
    return hash;
}
