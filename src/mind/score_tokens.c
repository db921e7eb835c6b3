/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words as the scorer needs them: unlike mind/words.h it keeps what shows a mood, which are
 * capitals, stretched letters, exclamation marks, emoticons and emoji.
 */
#include <assert.h>

#include "base/utf8.h"
#include "mind/score_private.h"

struct reader {
    struct tokens *out;
    struct pool *pool;
    struct str text; /* all of it */
    size_t at;
    unsigned clause;
    bool fresh; /* a sentence begins */
};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return is_upper(c) || (c >= 'a' && c <= 'z');
}

static struct token *add(struct reader *r, enum token_kind kind)
{
    struct tokens *t = r->out;
    assert(t->list && t->sentences);
    if (r->fresh) {
        t->sentences[t->n_sentences++] = (struct sentence){0};
        r->fresh = false;
    }
    struct token *token = &t->list[t->n++];
    *token =
        (struct token){.kind = kind, .sentence = (unsigned)t->n_sentences - 1, .clause = r->clause};
    return token;
}

/* How many bytes an apostrophe at p has, 0 when there is none: ' ` and the typographic ones. */
static size_t apostrophe(struct str s)
{
    if (s.n && (s.p[0] == '\'' || s.p[0] == '`')) {
        return 1;
    }
    bool curly =
        s.n >= 3 && memcmp(s.p, "\xE2\x80", 2) == 0 && (s.p[2] == '\x98' || s.p[2] == '\x99');
    return curly ? 3 : s.n >= 2 && memcmp(s.p, "\xC2\xB4", 2) == 0 ? 2 : 0;
}

static struct str rest_of(const struct reader *r)
{
    return (struct str){r->text.p + r->at, r->text.n - r->at};
}

/* Latin letters beyond ASCII belong to words (café); other scripts are words of no interest. */
static size_t letter_beyond(struct str s, bool *foreign)
{
    struct str rest = s;
    if (s.n == 0 || (signed char)s.p[0] >= 0) {
        return 0;
    }
    int32_t c = utf8_next(&rest);
    bool latin = c >= 0xC0 && c < 0x250 && c != 0xD7 && c != 0xF7;
    *foreign = (c >= 0x370 && c < 0x2000) || (c >= 0x2E80 && c < 0xFE00) || c >= 0x20000;
    return latin || *foreign ? s.n - rest.n : 0;
}

/* Three of the same letter are stress: one stays (soooo), but in these two do (goood). */
static struct str squeeze(char *word, size_t n, bool *stretched)
{
    static const struct {
        const char *one, *two;
    } doubles[] = {{"god", "good"}, {"col", "cool"}, {"son", "soon"},   {"wel", "well"},
                   {"hel", "hell"}, {"ned", "need"}, {"swet", "sweet"}, {"realy", "really"}};
    size_t to = 0;
    for (size_t i = 0; i < n;) {
        size_t same = 1;
        while (i + same < n && word[i + same] == word[i]) {
            same++;
        }
        bool much = same >= 3 && is_letter(word[i]);
        *stretched = *stretched || much;
        for (size_t k = 0; k < (much ? 1 : same); k++) {
            word[to++] = word[i];
        }
        i += same;
    }
    struct str squeezed = {word, to};
    for (size_t i = 0; *stretched && i < ARRAY_SIZE(doubles); i++) {
        if (str_eq(squeezed, str_of(doubles[i].one))) {
            return str_of(doubles[i].two);
        }
    }
    return squeezed;
}

/* Where the word that begins at r->at ends; an apostrophe between letters belongs to it. */
static size_t end_of_word(const struct reader *r, bool *foreign)
{
    size_t end = r->at;
    while (end < r->text.n) {
        struct str s = {r->text.p + end, r->text.n - end};
        bool strange = false;
        size_t more = is_letter(s.p[0]) ? 1 : letter_beyond(s, &strange);
        *foreign = *foreign || strange;
        if (!more) {
            more = apostrophe(s);
            more = more && more < s.n && is_letter(s.p[more]) ? more : 0;
        }
        if (!more) {
            break;
        }
        end += more;
    }
    return end;
}

static void read_word(struct reader *r)
{
    bool foreign = false;
    size_t from = r->at, end = end_of_word(r, &foreign), upper = 0, letters = 0, n = 0;
    char *word = pool_alloc(r->pool, end - from + 1);
    for (size_t i = from; i < end;) {
        size_t joint = apostrophe((struct str){r->text.p + i, end - i});
        if (joint) {
            i += joint;
            continue;
        }
        char c = r->text.p[i++];
        upper += is_upper(c);
        letters += is_letter(c);
        word[n++] = is_upper(c) ? (char)(c - 'A' + 'a') : c;
    }
    struct token *t = add(r, TOKEN_WORD);
    t->capitals = letters >= 3 && upper == letters;
    t->word = squeeze(word, n, &t->stretched);
    r->out->n_foreign += foreign;
    r->at = end;
}

/* A number with its points, commas and colons: 2:30, 1,200.50; what follows it is a word. */
static void read_number(struct reader *r)
{
    size_t from = r->at;
    while (r->at < r->text.n && (is_digit(r->text.p[r->at]) ||
                                 (strchr(":.,", r->text.p[r->at]) && r->text.p[r->at] &&
                                  r->at + 1 < r->text.n && is_digit(r->text.p[r->at + 1])))) {
        r->at++;
    }
    add(r, TOKEN_NUMBER)->word = (struct str){r->text.p + from, r->at - from};
}

/* The longer ones first. */
static const struct {
    const char *text;
    int mood;
} emoticons[] = {
    {":'-(", -20}, {":'(", -20}, {">:(", -25}, {">:-(", -25}, {":-)", 13},  {":-(", -18},
    {":-D", 20},   {";-)", 10},  {":-/", -10}, {":-|", -8},   {":)", 13},   {":(", -18},
    {":D", 20},    {"=D", 20},   {"=)", 13},   {"=(", -18},   {";)", 10},   {":]", 13},
    {":[", -15},   {":/", -10},  {":P", 10},   {"<3", 22},    {"-_-", -18}, {"^^", 13},
    {":*", 18},    {"XD", 18},   {"xD", 18},
};

static bool read_emoticon(struct reader *r)
{
    struct str s = rest_of(r);
    if (r->at > 0 && (is_digit(r->text.p[r->at - 1]) || r->text.p[r->at - 1] == 'p')) {
        return false; /* 10:)  http:/ */
    }
    for (size_t i = 0; i < ARRAY_SIZE(emoticons); i++) {
        struct str e = str_of(emoticons[i].text);
        if (str_starts(s, e) &&
            (s.n == e.n || !(is_letter(s.p[e.n]) || is_digit(s.p[e.n]) || s.p[e.n] == '/'))) {
            struct token *t = add(r, TOKEN_PICTURE);
            t->word = e;
            t->mood = emoticons[i].mood;
            r->at += e.n;
            return true;
        }
    }
    return false;
}

/* First and last code point, tenths. What is not here is a picture without a mood. */
static const struct {
    int32_t from, to;
    int mood;
} pictures[] = {
    {0x263A, 0x263A, 15},    {0x2639, 0x2639, -18},   {0x2764, 0x2764, 22},
    {0x2B50, 0x2B50, 15},    {0x2728, 0x2728, 12},    {0x1F31F, 0x1F31F, 15},
    {0x1F389, 0x1F38A, 20},  {0x1F44C, 0x1F44C, 13},  {0x1F44D, 0x1F44D, 8},
    {0x1F44E, 0x1F44E, -22}, {0x1F44F, 0x1F44F, 15},  {0x1F495, 0x1F49F, 22},
    {0x1F494, 0x1F494, -22}, {0x1F4AF, 0x1F4AF, 18},  {0x1F4A9, 0x1F4A9, -22},
    {0x1F595, 0x1F595, -30}, {0x1F600, 0x1F60B, 18},  {0x1F60C, 0x1F60C, 12},
    {0x1F60D, 0x1F60D, 25},  {0x1F60E, 0x1F60E, 14},  {0x1F610, 0x1F611, -8},
    {0x1F612, 0x1F612, -18}, {0x1F614, 0x1F614, -13}, {0x1F615, 0x1F615, -10},
    {0x1F616, 0x1F616, -15}, {0x1F618, 0x1F61B, 20},  {0x1F61E, 0x1F61F, -16},
    {0x1F620, 0x1F621, -28}, {0x1F622, 0x1F622, -18}, {0x1F623, 0x1F623, -15},
    {0x1F624, 0x1F624, -22}, {0x1F625, 0x1F629, -15}, {0x1F62A, 0x1F62B, -15},
    {0x1F62D, 0x1F62D, -15}, {0x1F641, 0x1F641, -15}, {0x1F642, 0x1F642, 10},
    {0x1F643, 0x1F643, -8},  {0x1F644, 0x1F644, -20}, {0x1F64C, 0x1F64C, 18},
    {0x1F64F, 0x1F64F, 14},  {0x1F917, 0x1F917, 18},  {0x1F926, 0x1F926, -18},
    {0x1F929, 0x1F929, 24},  {0x1F92C, 0x1F92C, -30}, {0x1F970, 0x1F970, 25},
    {0x1F973, 0x1F973, 22},  {0x1F97A, 0x1F97A, -5},
};

/* Takes a code point that is no letter: pictures, marks, anything else. */
static void read_other(struct reader *r)
{
    struct str s = rest_of(r), before = s;
    int32_t c = utf8_next(&s);
    for (size_t i = 0; c >= 0x2190 && i < ARRAY_SIZE(pictures); i++) {
        if (c >= pictures[i].from && c <= pictures[i].to) {
            struct token *last = r->out->n ? &r->out->list[r->out->n - 1] : NULL;
            if (!last || last->kind != TOKEN_PICTURE || last->mood != pictures[i].mood) {
                struct token *t = add(r, TOKEN_PICTURE); /* a row of the same counts once */
                t->word = (struct str){before.p, before.n - s.n};
                t->mood = pictures[i].mood;
            }
        }
    }
    if (c == 0x2014 || c == 0x2013) {
        r->clause++;
    }
    r->at += before.n - s.n;
}

static void end_sentence(struct reader *r, char c)
{
    struct tokens *t = r->out;
    if (t->n_sentences) {
        t->sentences[t->n_sentences - 1].bangs += c == '!';
        t->sentences[t->n_sentences - 1].asks |= c == '?';
    }
    r->fresh = true;
    r->clause++;
}

/* Not after "Dr." and not inside of a.m. or a web address. */
static bool dot_ends(const struct reader *r)
{
    static const char *const titles[] = {"dr", "mr", "mrs", "ms", "st", "no", "ext", "apt", "appt"};
    const struct tokens *t = r->out;
    bool before_space = r->at + 1 >= r->text.n || strchr(" \n\r\t", r->text.p[r->at + 1]);
    for (size_t i = 0; t->n && before_space && i < ARRAY_SIZE(titles); i++) {
        size_t n = strlen(titles[i]);
        if (str_eq(t->list[t->n - 1].word, str_of(titles[i])) && r->at >= n &&
            is_upper(r->text.p[r->at - n])) {
            return false;
        }
    }
    return before_space || r->text.p[r->at + 1] == '.' || r->text.p[r->at + 1] == '!';
}

static bool read_mark(struct reader *r)
{
    char c = r->text.p[r->at];
    if (c == '.' && !dot_ends(r)) {
        r->clause += r->at + 1 == r->text.n;
    } else if (c == '!' || c == '?' || c == '.' || c == '\n') {
        end_sentence(r, c);
    } else if (c == ',' || c == ';' || c == '(' || c == ')') {
        r->clause++;
    } else if ((signed char)c < 0) {
        return false;
    }
    r->at++;
    return true;
}

/* A web address has no mood, and one of ours has letters that mean nothing. */
static bool skip_address(struct reader *r)
{
    struct str rest = rest_of(r);
    if (!str_starts(rest, STR("http://")) && !str_starts(rest, STR("https://"))) {
        return false;
    }
    while (r->at < r->text.n && !strchr(" \n\r\t", r->text.p[r->at])) {
        r->at++;
    }
    return true;
}

static void note_shouting(struct tokens *t, struct str text)
{
    size_t upper = 0, lower = 0;
    for (size_t i = 0; i < text.n; i++) {
        upper += is_upper(text.p[i]);
        lower += is_letter(text.p[i]) && !is_upper(text.p[i]);
    }
    t->shouted = upper >= 10 && upper > 4 * lower;
    for (size_t i = 0; t->shouted && i < t->n; i++) {
        t->list[i].capitals = false;
    }
}

void tokens_of_text(struct pool *p, struct str text, struct tokens *out)
{
    struct tokens t = {0};
    struct str head = utf8_prefix(text, UTTERANCE_MAX_BYTES);
    t.list = pool_calloc(p, head.n + 1, sizeof *t.list);
    t.sentences = pool_calloc(p, head.n + 1, sizeof *t.sentences);
    struct reader r = {.out = &t, .pool = p, .text = head, .fresh = true};
    while (r.at < head.n) {
        if (skip_address(&r)) {
            continue;
        }
        char c = head.p[r.at];
        bool foreign;
        if ((!is_letter(c) || c == 'x' || c == 'X') && !is_digit(c) && c != ' ' &&
            read_emoticon(&r)) {
            continue;
        }
        if (is_letter(c) || letter_beyond(rest_of(&r), &foreign)) {
            read_word(&r);
        } else if (is_digit(c)) {
            read_number(&r);
        } else if (!read_mark(&r)) {
            read_other(&r);
        }
    }
    note_shouting(&t, head);
    *out = t;
}
