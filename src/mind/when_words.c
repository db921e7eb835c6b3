/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words to tokens: the table searched by halves, then the long words by likeness. What stands
 * between two words is kept as bits, because "3/9", "3-9" and "3, 9" are three things. The words
 * of a mail address are none of ours.
 */
#include "mind/when_private.h"

static const struct vocable {
    struct str text;
    uint8_t kind;
    int16_t value;
    uint8_t flags;
} vocables[] = {
#define WORD(text, kind, value, flags) {{text, sizeof(text) - 1}, W_##kind, value, flags},
#include "mind/when_words.def"
#undef WORD
};

static const struct vocable *vocable_of(struct str word)
{
    size_t low = 0, high = ARRAY_SIZE(vocables);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct str text = vocables[middle].text;
        int order = memcmp(text.p, word.p, MIN_OF(text.n, word.n));
        if (order == 0 && text.n == word.n) {
            return &vocables[middle];
        }
        if (order < 0 || (order == 0 && text.n < word.n)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* Of a word that is in no table: the long word of ours that it is one letter away from. */
static const struct vocable *alike(struct str word)
{
    static const char *const ours[] = {
        "monday",   "tuesday",  "wednesday", "thursday", "friday",    "saturday",
        "sunday",   "tomorrow", "tonight",   "weekend",  "afternoon", "morning",
        "evening",  "january",  "february",  "august",   "september", "october",
        "november", "december", "midnight",  "lunchtime"};
    static const char *const not_ours[] = {"sundae",  "sundry",   "sundays",  "mourning", "moaning",
                                           "mooring", "weakened", "weekened", "evenings"};
    for (size_t i = 0; i < ARRAY_SIZE(not_ours); i++) {
        if (str_eq(word, str_of(not_ours[i]))) {
            return NULL;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
        if (ours[i][0] == word.p[0] && words_one_edit(word, str_of(ours[i]))) {
            return vocable_of(str_of(ours[i]));
        }
    }
    return NULL;
}

/* "thirty's good" */
static const struct vocable *number_with_s(struct str word)
{
    if (word.n < 5 || word.p[word.n - 1] != 's') {
        return NULL;
    }
    const struct vocable *v = vocable_of((struct str){word.p, word.n - 1});
    return v && v->kind == W_CARD ? v : NULL;
}

static void read_digits(struct str text, struct token *t)
{
    int value = 0, minutes = -1;
    t->kind = W_NUMBER;
    t->digits = (uint8_t)MIN_OF(text.n, 99u);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ':') {
            minutes = 0;
            t->kind = W_HHMM;
        } else if (minutes >= 0) {
            minutes = minutes * 10 + (text.p[i] - '0');
        } else {
            value = value * 10 + (text.p[i] - '0');
        }
        if (value > 9999 || minutes > 59) {
            value = -1;
            break;
        }
    }
    if (t->kind == W_HHMM) {
        value = value >= 0 && value < 24 && minutes >= 0 ? value * 60 + minutes : -1;
    }
    t->value = (int16_t)value;
}

/* What is not ASCII: dashes as people's telephones write them, currencies. */
static unsigned wide_gap(struct str rest)
{
    if (str_starts(rest, STR("\xE2\x80\x93")) || str_starts(rest, STR("\xE2\x80\x94"))) {
        return GAP_DASH;
    }
    bool money = str_starts(rest, STR("\xC2\xA3")) || str_starts(rest, STR("\xE2\x82\xAC"));
    bool begins = (unsigned char)rest.p[0] >= 0xC0;
    return money ? GAP_MONEY : begins ? GAP_OTHER : 0;
}

static unsigned gap_bit(struct str rest, bool abbreviated)
{
    switch (rest.p[0]) {
    case ' ':
    case '\t':
    case '\r':
    case '(':
    case ')':
        return GAP_SPACE;
    case '.':
        return abbreviated ? GAP_SPACE : rest.n == 1 ? GAP_DOT : GAP_STOP;
    case '?':
    case '!':
    case ';':
        return GAP_STOP;
    case '\n':
        return GAP_STOP | GAP_LINE;
    case ',':
    case ':':
        return GAP_COMMA;
    case '-':
        return GAP_DASH;
    case '/':
        return GAP_SLASH;
    case '$':
    case '#':
        return GAP_MONEY;
    case '@':
        return GAP_AT;
    case '%':
        return GAP_PERCENT;
    case '~':
        return GAP_ABOUT;
    default:
        return (unsigned char)rest.p[0] < 0x80 ? GAP_OTHER : wide_gap(rest);
    }
}

static uint16_t gap_of(struct str s, bool abbreviated)
{
    unsigned gap = 0;
    for (size_t i = 0; i < s.n; i++) {
        gap |= gap_bit((struct str){s.p + i, s.n - i}, abbreviated);
    }
    return (uint16_t)gap;
}

static bool abbreviates(const struct token *t, struct str word)
{
    return ((t->kind == W_MONTH || t->kind == W_WEEKDAY || t->kind == W_AROUND) && word.n <= 5 &&
            word.n >= 3) ||
           ((t->kind == W_A || t->kind == W_P || t->kind == W_M) && word.n == 1);
}

/* jane.may@sat.com: from the first word after a space to the last before one. */
static void forget_addresses(struct reader *r)
{
    for (size_t i = 1; i < r->n; i++) {
        if (r->t[i].gap != GAP_AT) {
            continue;
        }
        size_t first = i - 1, last = i;
        unsigned tied = GAP_DOT | GAP_DASH | GAP_OTHER;
        while (first > 0 && (r->t[first].gap & ~tied) == 0) {
            first--;
        }
        while (last + 1 < r->n && (r->t[last + 1].gap & ~tied) == 0) {
            last++;
        }
        bool dotted = last > i && (r->t[last].gap & GAP_DOT) && r->t[last].kind != W_NUMBER;
        for (size_t k = first; dotted && k <= last; k++) {
            r->t[k].kind = W_OTHER;
            r->t[k].flags = 0;
        }
    }
}

void when_tokens(struct reader *r, const struct words *w)
{
    r->n = MIN_OF(w->n, (size_t)TOKENS_MAX);
    bool at_sign = false;
    for (size_t i = 0; i < r->n; i++) {
        struct str word = w->list[i].text;
        struct token t = {.kind = W_OTHER};
        bool abbreviated =
            i > 0 && w->list[i].before.n > 1 && abbreviates(&r->t[i - 1], w->list[i - 1].text);
        t.gap = w->list[i].before.n == 1 && w->list[i].before.p[0] == ' '
                    ? GAP_SPACE
                    : gap_of(w->list[i].before, abbreviated);
        if (abbreviated && r->t[i - 1].kind == W_WEEKDAY && r->t[i - 1].value != 7) {
            r->t[i - 1].flags &= (uint8_t)~F_WEAK; /* wed. */
        }
        at_sign = at_sign || (t.gap & GAP_AT);
        if (word.p[0] >= '0' && word.p[0] <= '9') {
            read_digits(word, &t);
        } else {
            const struct vocable *v = vocable_of(word);
            v = v ? v : number_with_s(word);
            v = !v && word.n >= 5 && word.n <= 10 ? alike(word) : v;
            if (v) {
                t.kind = v->kind;
                t.value = v->value;
                t.flags = v->flags;
            } else if (word.n >= 4 && word.p[word.n - 1] == 's' && word.p[word.n - 2] != 's') {
                t.flags = F_PLURAL;
            }
        }
        r->t[i] = t;
    }
    r->t[r->n] = (struct token){.kind = W_STOP, .gap = GAP_STOP | gap_of(w->tail, false)};
    if (at_sign) {
        forget_addresses(r);
    }
}
