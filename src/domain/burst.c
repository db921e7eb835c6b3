/* SPDX-License-Identifier: Apache-2.0 */
/* Small word lists. What is not recognised is an ordinary text, which is the safe side. */
#include "domain/burst.h"

#include "domain/consent_word.h"

#include "base/utf8.h"
#include "domain/consent_word.h"

#define WORDS_MAX 10

/* The words of a text, without punctuation and emoji. */
struct said_words {
    size_t n;
    bool more; /* than fit */
    struct str list[WORDS_MAX];
};

static bool is_word_byte(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'';
}

/* Letters of other scripts count as words that no list has; emoji and punctuation as none. */
static bool is_letter(int32_t c)
{
    return (c >= 0xC0 && c < 0x2000) || (c >= 0x2E80 && c < 0xD800) || (c >= 0xF900 && c < 0xFE00);
}

static void read_words(struct str text, struct said_words *out)
{
    *out = (struct said_words){.n = 0};
    struct str rest = text;
    const char *begin = NULL, *end = NULL;
    while (!out->more) {
        const char *at = rest.p;
        int32_t c = utf8_next(&rest);
        bool inside = c >= 0 && (c < 0x80 ? is_word_byte((unsigned char)c) : is_letter(c));
        if (inside) {
            begin = begin ? begin : at;
            end = rest.p;
        } else if (begin) {
            out->more = out->n == WORDS_MAX;
            if (!out->more) {
                out->list[out->n++] = (struct str){begin, (size_t)(end - begin)};
            }
            begin = NULL;
        }
        if (c == -1) {
            break;
        }
    }
}

static bool is_one_of(struct str word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(word, str_of(list[i]))) {
            return true;
        }
    }
    return false;
}

bool burst_stands_alone(struct str text)
{
    enum consent_word word = consent_word_in(text).word;
    return word != CONSENT_WORD_NONE && word != CONSENT_WORD_YES;
}

static bool is_bare_greeting(const struct said_words *w)
{
    static const char *const greetings[] = {"hi",   "hello", "hey",     "hiya",      "heya",
                                            "yo",   "good",  "morning", "afternoon", "evening",
                                            "hola", "there", "again",   "everyone",  "all"};
    for (size_t i = 0; i < w->n; i++) {
        if (!is_one_of(w->list[i], greetings, ARRAY_SIZE(greetings))) {
            return false;
        }
    }
    return w->n > 0 && w->n <= 3;
}

static bool looks_unfinished(struct str text)
{
    static const char *const leading_on[] = {"and",  "but",  "or",      "also", "so",
                                             "with", "for",  "because", "to",   "the",
                                             "my",   "then", "plus",    "about"};
    static const char *const ends[] = {",", "...", "\xE2\x80\xA6", ":", "-"};
    struct str s = str_trim(text);
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        size_t n = strlen(ends[i]);
        if (s.n >= n && memcmp(s.p + s.n - n, ends[i], n) == 0) {
            return true;
        }
    }
    struct said_words w;
    read_words(s, &w);
    if (w.more || w.n == 0) {
        return false;
    }
    bool ended = memchr(".!?", s.p[s.n - 1], 3) != NULL;
    return is_bare_greeting(&w) ||
           (!ended && is_one_of(w.list[w.n - 1], leading_on, ARRAY_SIZE(leading_on)));
}

int64_t burst_wait(struct str text, int64_t usual)
{
    return burst_stands_alone(text) ? 0 : looks_unfinished(text) ? usual + usual / 2 : usual;
}

static bool has_any(struct str text, const char *const *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (memmem(text.p, text.n, parts[i], strlen(parts[i]))) {
            return true;
        }
    }
    return false;
}

bool burst_is_closing(struct str text)
{
    /* One of the first must be there; the others may stand with it. */
    static const char *const closing[] = {
        "thanks", "thank",   "thx",   "ty",      "tysm",  "ok",      "okay",
        "k",      "kk",      "bye",   "goodbye", "great", "perfect", "cool",
        "cheers", "awesome", "night", "gracias", "vale",  "adios",   "wonderful"};
    static const char *const around[] = {"you",     "so",      "much", "very",   "a",       "lot",
                                         "again",   "all",     "the",  "and",    "see",     "then",
                                         "later",   "soon",    "have", "good",   "nice",    "day",
                                         "evening", "weekend", "too",  "muchas", "everyone"};
    /* A question, and pictures of somebody who is not content: angry, thumb down, crying, broken
     * heart, question mark. */
    static const char *const open[] = {"?",
                                       "\xF0\x9F\x98\xA1",
                                       "\xF0\x9F\x98\xA0",
                                       "\xF0\x9F\xA4\xAC",
                                       "\xF0\x9F\x91\x8E",
                                       "\xF0\x9F\x98\xA2",
                                       "\xF0\x9F\x98\xAD",
                                       "\xF0\x9F\x92\x94",
                                       "\xE2\x9D\x93"};
    struct str s = str_trim(text);
    struct said_words w;
    read_words(s, &w);
    if (s.n == 0 || w.more || has_any(s, open, ARRAY_SIZE(open))) {
        return false; /* an empty one is a photograph */
    }
    bool closes = w.n == 0;
    for (size_t i = 0; i < w.n; i++) {
        bool core = is_one_of(w.list[i], closing, ARRAY_SIZE(closing));
        if (!core && !is_one_of(w.list[i], around, ARRAY_SIZE(around))) {
            return false;
        }
        closes = closes || core;
    }
    return closes;
}
