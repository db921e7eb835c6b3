/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding is utf8proc's (compatibility decomposition, case folding, marks stripped); the rest is
 * one pass over the code points. Matching is by hand because misspellings must be forgiven.
 */
#include "mind/words.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mind/topics.h"

enum kind { LETTER, DIGIT, JOINER, SENTENCE_END, SYMBOL, SPACE };

static enum kind kind_of(int32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        return LETTER;
    }
    if (c >= '0' && c <= '9') {
        return DIGIT;
    }
    if (c == '\'' || c == '`' || c == 0x2019 || c == 0x2018 || c == 0x02BC || c == 0x00B4) {
        return JOINER;
    }
    if (c == '.' || c == '?' || c == '!' || c == ';' || c == '\n') {
        return SENTENCE_END;
    }
    if (c < 0x80) {
        return SPACE;
    }
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return LETTER;
    case UTF8PROC_CATEGORY_SO:
    case UTF8PROC_CATEGORY_SK:
        return SYMBOL;
    default:
        return SPACE;
    }
}

/* The text with case and accents folded; as it is when utf8proc refuses it. */
static struct str fold(struct pool *p, struct str text)
{
    utf8proc_uint8_t *folded = NULL;
    ptrdiff_t n = utf8proc_map((const utf8proc_uint8_t *)text.p, (ptrdiff_t)text.n, &folded,
                               UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                                   UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    if (n < 0) {
        return text;
    }
    char *copy = pool_strndup(p, (const char *)folded, (size_t)n);
    free(folded);
    return (struct str){copy, (size_t)n};
}

/* The word being read, in place: joiners are squeezed out of the folded copy. */
struct reader {
    struct words *out;
    char *to;    /* where the next letter goes */
    char *start; /* of the current word; NULL between words */
    bool digits; /* the current word is a number */
    unsigned sentence;
    const char *gap;   /* in the text: where what separates words began */
    struct str before; /* what separates the current word from the one before */
};

static void end_word(struct reader *r, const char *at)
{
    if (r->start) {
        struct str text = {r->start, (size_t)(r->to - r->start)};
        r->out->list[r->out->n++] = (struct word){text, r->before, r->sentence};
        r->start = NULL;
        r->gap = at;
    }
}

static void add_letter(struct reader *r, const char *from, size_t n, bool digit)
{
    if (r->start && r->digits != digit) {
        end_word(r, from); /* 5pm, 2nd */
    }
    if (!r->start) {
        r->before = (struct str){r->gap, (size_t)(from - r->gap)};
        r->start = r->to;
        r->digits = digit;
    }
    memmove(r->to, from, n);
    r->to += n;
}

static bool colon_in_time(const struct reader *r, struct str rest)
{
    return r->start && r->digits && r->to - r->start <= 2 && rest.n >= 2 && rest.p[0] >= '0' &&
           rest.p[0] <= '5' && rest.p[1] >= '0' && rest.p[1] <= '9';
}

static void note_capitals(struct str text, struct words *out)
{
    size_t upper = 0, lower = 0;
    for (size_t i = 0; i < text.n; i++) {
        upper += text.p[i] >= 'A' && text.p[i] <= 'Z';
        lower += text.p[i] >= 'a' && text.p[i] <= 'z';
    }
    out->shouted = upper >= 8 && upper > 4 * lower;
}

/* "b4", "2day", "gr8": written with a number for its sound, read as two words, meant as one. */
static void join_shorthand(struct words *w)
{
    static const struct {
        const char *first, *second, *meant;
    } rows[] = {
        {"b", "4", "before"},      {"2", "day", "today"},     {"2", "nite", "tonight"},
        {"2", "night", "tonight"}, {"2", "moro", "tomorrow"}, {"2", "morrow", "tomorrow"},
        {"gr", "8", "great"},      {"l", "8", "late"},        {"l", "8r", "later"},
    };
    size_t kept = 0;
    for (size_t i = 0; i < w->n; i++) {
        struct word word = w->list[i];
        bool close = i + 1 < w->n && w->list[i + 1].before.n == 0;
        for (size_t k = 0; close && k < ARRAY_SIZE(rows); k++) {
            if (word_is(&word, rows[k].first) && word_is(&w->list[i + 1], rows[k].second)) {
                word.text = str_of(rows[k].meant);
                close = false;
                i++;
            }
        }
        w->list[kept++] = word;
    }
    w->n = kept;
}

uint32_t words_initial(char c)
{
    return 1u << (c >= 'a' && c <= 'z' ? c - 'a' : 26);
}

bool words_may_have(const struct words *w, const char *name)
{
    for (bool begins = true; *name; begins = *name == ' ', name++) {
        char lower = (char)(*name | 0x20);
        bool letter = lower >= 'a' && lower <= 'z';
        if (begins && letter && !(w->initials & words_initial(lower))) {
            return false;
        }
    }
    return true;
}

void words_read(struct pool *p, struct str text, struct words *out)
{
    struct words w = {0};
    struct str head = utf8_prefix(text, WORDS_MAX_BYTES);
    note_capitals(head, &w);
    struct str s = fold(p, head);
    w.list = pool_calloc(p, s.n + 1, sizeof *w.list);
    struct reader r = {.out = &w, .to = pool_alloc(p, s.n + 1), .gap = s.p};
    while (s.n) {
        struct str before = s;
        int32_t c = utf8_next(&s);
        enum kind k = kind_of(c);
        if (k == LETTER || k == DIGIT) {
            add_letter(&r, before.p, before.n - s.n, k == DIGIT);
        } else if (k == JOINER || (c == ':' && colon_in_time(&r, s))) {
            if (c == ':') {
                add_letter(&r, ":", 1, true);
            }
        } else {
            end_word(&r, before.p);
            /* A dot inside an amount or an abbreviation ends nothing. */
            r.sentence += k == SENTENCE_END && (c != '.' || s.n == 0 || s.p[0] == ' ');
            w.pictures = w.pictures || k == SYMBOL;
            w.asks = w.asks || c == '?';
        }
    }
    end_word(&r, s.p);
    join_shorthand(&w);
    for (size_t i = 0; i < w.n; i++) {
        w.initials |= words_initial(w.list[i].text.p[0]);
    }
    w.tail = (struct str){r.gap, (size_t)(s.p - r.gap)};
    *out = w;
}

bool word_is(const struct word *w, const char *exactly)
{
    return str_eq(w->text, str_of(exactly));
}

/* Two neighbours swapped, nothing else. */
static bool swapped(struct str a, struct str b)
{
    size_t i = 0;
    while (i < a.n && i < b.n && a.p[i] == b.p[i]) {
        i++;
    }
    return a.n == b.n && i + 1 < a.n && a.p[i] == b.p[i + 1] && a.p[i + 1] == b.p[i] &&
           memcmp(a.p + i + 2, b.p + i + 2, a.n - i - 2) == 0;
}

/* One letter changed, missing, added, or two neighbours swapped. */
bool words_one_edit(struct str a, struct str b)
{
    struct str shorter = a.n < b.n ? a : b, longer = a.n < b.n ? b : a;
    size_t i = 0;
    while (i < shorter.n && a.p[i] == b.p[i]) {
        i++;
    }
    if (shorter.n < longer.n) {
        return longer.n - shorter.n == 1 &&
               memcmp(shorter.p + i, longer.p + i + 1, shorter.n - i) == 0;
    }
    return swapped(a, b) || (i < a.n && memcmp(a.p + i + 1, b.p + i + 1, a.n - i - 1) == 0);
}

static bool plural_of(struct str w, struct str pattern)
{
    return w.n == pattern.n + 1 && w.p[pattern.n] == 's' && pattern.n >= 3 &&
           memcmp(w.p, pattern.p, pattern.n) == 0;
}

bool word_like(const struct word *w, struct str pattern)
{
    struct str t = w->text;
    if (str_eq(t, pattern) || plural_of(t, pattern) || plural_of(pattern, t)) {
        return true;
    }
    if (t.n < 4 || pattern.n < 4 || t.p[0] != pattern.p[0]) {
        return false;
    }
    return (pattern.n == 4 ? swapped(t, pattern) : words_one_edit(t, pattern)) && !phrase_word(t);
}

/* One place of a phrase: "are|is", "book*", "=end". */
struct phrase_place {
    const char *from, *to;
    uint32_t initials; /* of its alternatives */
};

/* The place that begins at `phrase`, and where the next one does; NULL: there is none. */
static const char *next_place(const char *phrase, struct phrase_place *out)
{
    *out = (struct phrase_place){.from = phrase};
    for (bool begins = true; *phrase && *phrase != ' '; phrase++) {
        if (begins) {
            phrase += *phrase == '=';
            out->initials |= words_initial(*phrase);
        }
        begins = *phrase == '|';
    }
    out->to = phrase;
    return *phrase ? phrase + 1 : NULL;
}

static bool alternative_matches(const struct word *w, struct str alternative)
{
    bool exact = alternative.p[0] == '=';
    alternative.p += exact;
    alternative.n -= exact;
    if (alternative.p[0] != w->text.p[0]) {
        return false; /* the first letter always stands */
    }
    if (alternative.p[alternative.n - 1] == '*') {
        alternative.n--;
        return str_starts(w->text, alternative);
    }
    return exact ? str_eq(w->text, alternative) : word_like(w, alternative);
}

static bool place_matches(const struct word *w, const struct phrase_place *place)
{
    if (!(place->initials & words_initial(w->text.p[0]))) {
        return false;
    }
    for (const char *at = place->from; at < place->to; at++) {
        const char *begin = at;
        while (at < place->to && *at != '|') {
            at++;
        }
        if (alternative_matches(w, (struct str){begin, (size_t)(at - begin)})) {
            return true;
        }
    }
    return false;
}

#define GAP 2

static bool rest_matches(const struct words *w, const char *rest, size_t at, size_t *last_out)
{
    while (rest) {
        struct phrase_place place;
        rest = next_place(rest, &place);
        size_t limit = MIN_OF(w->n, at + 2 + GAP), next = at + 1;
        while (next < limit && (w->list[next].sentence != w->list[at].sentence ||
                                !place_matches(&w->list[next], &place))) {
            next++;
        }
        if (next >= limit) {
            return false;
        }
        at = next;
    }
    *last_out = at;
    return true;
}

/* Has each place an initial that a word of the text has? */
static bool phrase_may_stand(const struct words *w, const char *phrase)
{
    while (phrase) {
        struct phrase_place place;
        phrase = next_place(phrase, &place);
        if (!(place.initials & w->initials)) {
            return false;
        }
    }
    return true;
}

bool words_find(const struct words *w, const char *phrase, size_t from, size_t *first_out,
                size_t *last_out)
{
    struct phrase_place head;
    if (!phrase_may_stand(w, phrase)) {
        return false;
    }
    const char *rest = next_place(phrase, &head);
    for (size_t i = from; i < w->n; i++) {
        if (place_matches(&w->list[i], &head) && rest_matches(w, rest, i, last_out)) {
            *first_out = i;
            return true;
        }
    }
    return false;
}

bool words_negated(const struct words *w, size_t at)
{
    static const char *const nots[] = {"not",   "no",    "isnt",  "dont",   "never",   "without",
                                       "arent", "wasnt", "didnt", "doesnt", "nothing", "nor"};
    for (size_t back = 1; back <= 2 && back <= at; back++) {
        const struct word *before = &w->list[at - back];
        if (before->sentence != w->list[at].sentence) {
            return false;
        }
        for (size_t i = 0; i < ARRAY_SIZE(nots); i++) {
            if (word_is(before, nots[i])) {
                return true;
            }
        }
    }
    return false;
}
