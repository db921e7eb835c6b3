/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ear hears of a turn. Words count by their share of the text, so that a letter does not
 * shout louder than a text message; what the rules found and where the conversation stands count in
 * full. The last sentence that says something counts once more: in a letter the wish comes last.
 */
#include <math.h>
#include <stdio.h>

#include "base/utf8.h"
#include "mind/ear.h"
#include "mind/understand_private.h"
#include "mind/word_kin.h"

/* FNV-1a, so that a feature's row is the same on every machine. */
static uint32_t hash_on(uint32_t h, const char *text)
{
    for (const char *c = text; *c; c++) {
        h = (h ^ (unsigned char)*c) * 16777619u;
    }
    return (h ^ ' ') * 16777619u;
}

/* A feature is named by its kind and up to three parts; those that are "" at the end do nothing. */
static void add(struct ear_features *f, float value, const char *kind, const char *a, const char *b,
                const char *c)
{
    uint32_t h = hash_on(hash_on(hash_on(hash_on(2166136261u, kind), a), b), c);
    h ^= h >> 15;
    if (f->n < EAR_FEATURES_MAX) {
        f->list[f->n++] = (struct ear_feature){(uint16_t)(h % EAR_ROWS), value};
    }
}

static const char *digit_of(int n)
{
    static const char *const digits[] = {"0", "1", "2",  "3",  "4",  "5",  "6",  "7",
                                         "8", "9", "10", "11", "12", "13", "14", "15"};
    return digits[MIN_OF((size_t)n, ARRAY_SIZE(digits) - 1)];
}

/* How long a text is, roughly. */
static const char *length_of(size_t n)
{
    return n <= 1    ? "1"
           : n <= 2  ? "2"
           : n <= 4  ? "4"
           : n <= 7  ? "7"
           : n <= 15 ? "15"
           : n <= 40 ? "40"
                     : "99";
}

#define TOKENS_HEARD 120
#define TOKEN_BYTES 24

struct token_heard {
    char text[TOKEN_BYTES];  /* the word, or the kind of the particular */
    char kin[12], large[12]; /* its group and larger group; the text of a word that has none */
    unsigned sentence;
};

struct tokens_heard {
    size_t n;
    bool asks;
    struct token_heard list[TOKENS_HEARD];
};

/* Is the word a part of the name? */
static bool in_name(const char *name, struct str word)
{
    struct str rest = str_of(name);
    for (struct str part; rest.p && (part = str_cut(&rest, ' ')).p;) {
        if (str_eq_nocase(part, word)) {
            return true;
        }
    }
    return false;
}

/* The kind of particular that a word belongs to; NULL: a word of its own. */
static const char *kind_of(const struct reading *r, size_t i)
{
    const struct understood *u = r->u;
    for (size_t k = 0; k < u->offers.n; k++) {
        if (i >= u->offers.first[k] && i < u->offers.first[k] + u->offers.n_words[k]) {
            return "<service>";
        }
    }
    for (size_t k = 0; k < r->when.n; k++) {
        const struct when_mention *m = &r->when.list[k];
        if (i >= m->first && i <= m->last) {
            return m->kind == WHEN_DATE ? "<date>" : m->kind == WHEN_TIME ? "<time>" : "<window>";
        }
    }
    if (u->provider && i == r->provider_at) {
        return "<who>";
    }
    if (u->people.name && in_name(u->people.name, u->words.list[i].text)) {
        return "<name>";
    }
    char c = u->words.list[i].text.p[0];
    return c >= '0' && c <= '9' ? "<number>" : NULL;
}

static void read_token(struct token_heard *t, const char *kind, const struct word *w)
{
    struct str text = kind ? str_of(kind) : w->text;
    int kin = kind ? -1 : word_kin(w->text);
    snprintf(t->text, sizeof t->text, "%.*s", (int)MIN_OF(text.n, sizeof t->text - 1), text.p);
    t->kin[0] = t->large[0] = '\0';
    if (kin >= 0) {
        snprintf(t->kin, sizeof t->kin, "%d", kin);
        snprintf(t->large, sizeof t->large, "%d", kin / KIN_IN_LARGE);
    }
    t->sentence = w->sentence;
}

/* Particulars of one kind in a row are one token. */
static void read_tokens(const struct reading *r, struct tokens_heard *out)
{
    const char *before = NULL;
    const struct words *w = &r->u->words;
    out->n = 0;
    out->asks = w->asks;
    for (size_t i = 0; i < w->n && out->n < TOKENS_HEARD; i++) {
        const char *kind = kind_of(r, i);
        if (!kind || !before || strcmp(kind, before) != 0) {
            read_token(&out->list[out->n++], kind, &w->list[i]);
        }
        before = kind;
    }
}

static const char *text_at(const struct tokens_heard *t, size_t i)
{
    return i < t->n ? t->list[i].text : t->asks ? "?" : "</s>";
}

/* A word's group, or the word. */
static const char *kin_at(const struct tokens_heard *t, size_t i)
{
    return i < t->n && t->list[i].kin[0] ? t->list[i].kin : text_at(t, i);
}

static void hear_kin(struct ear_features *f, const struct tokens_heard *t, size_t i, float share)
{
    if (t->list[i].kin[0]) {
        add(f, share * 0.7f, "kin", t->list[i].kin, "", "");
        add(f, share * 0.5f, "large", t->list[i].large, "", "");
    }
    if (i + 1 < t->n && (t->list[i].kin[0] || t->list[i + 1].kin[0])) {
        add(f, share * 0.5f, "kins", kin_at(t, i), kin_at(t, i + 1), "");
    }
}

static void hear_words(struct ear_features *f, const struct tokens_heard *t)
{
    float share = t->n ? 4.0f / sqrtf((float)t->n) : 0;
    for (size_t i = 0; i < t->n; i++) {
        const char *word = t->list[i].text;
        add(f, share, "word", word, "", "");
        add(f, share, "words", word, text_at(t, i + 1), "");
        if (strlen(word) >= 5 && word[0] != '<') {
            add(f, share * 0.5f, "begins", (char[]){word[0], word[1], word[2], word[3], 0}, "", "");
        }
        if (i + 2 < t->n) {
            add(f, share * 0.5f, "around", word, text_at(t, i + 2), "");
        }
        hear_kin(f, t, i, share);
    }
}

/* How it begins and ends; a short text as a whole. */
static void hear_shape(struct ear_features *f, const struct tokens_heard *t)
{
    add(f, 0.5f, "length", length_of(t->n), "", "");
    if (t->n == 0) {
        return;
    }
    add(f, 1, "first", text_at(t, 0), "", "");
    add(f, 0.7f, "first two", text_at(t, 0), text_at(t, 1), "");
    add(f, 0.7f, "last", text_at(t, t->n - 1), t->asks ? "?" : "", "");
    if (t->n <= 3) {
        add(f, 1.5f, "all", text_at(t, 0), t->n > 1 ? text_at(t, 1) : "",
            t->n > 2 ? text_at(t, 2) : "");
    }
    if (t->n <= 6) {
        char whole[6 * TOKEN_BYTES + 8], *to = whole;
        for (size_t i = 0; i < t->n; i++) {
            to += snprintf(to, TOKEN_BYTES + 1, "%s ", t->list[i].text);
        }
        add(f, 1, "whole", whole, t->asks ? "?" : "", "");
    }
}

/* The last sentence of at least three words that is no signature; false: it is the only one. */
static bool last_sentence(const struct tokens_heard *t, size_t *from_out, size_t *to_out)
{
    for (size_t to = t->n; to > 0;) {
        size_t from = to;
        bool names = true;
        while (from > 0 && t->list[from - 1].sentence == t->list[to - 1].sentence) {
            from--;
            names = names && strcmp(t->list[from].text, "<name>") == 0;
        }
        if (to - from >= 3 && !names) {
            *from_out = from;
            *to_out = to;
            return from > 0;
        }
        to = from;
    }
    return false;
}

static void hear_last_sentence(struct ear_features *f, const struct tokens_heard *t)
{
    size_t from, to;
    if (!last_sentence(t, &from, &to)) {
        return;
    }
    float share = 1.8f / sqrtf((float)(to - from));
    add(f, 1, "last begins", text_at(t, from), text_at(t, from + 1), "");
    for (size_t i = from; i < to; i++) {
        add(f, share, "word", text_at(t, i), "", "");
        add(f, share, "in last", text_at(t, i), "", "");
        if (i + 1 < to) {
            add(f, share, "words", text_at(t, i), text_at(t, i + 1), "");
        }
    }
}

#define SAID_WORDS 60

/* What the assistant said just before: a question, a confirmation, an answer. */
static void hear_said_before(struct ear_features *f, const struct reading *r,
                             const struct tokens_heard *t)
{
    struct words w;
    words_read(r->pool, r->in->said_before, &w);
    if (w.n == 0) {
        add(f, 1, "nothing said", "", "", "");
        return;
    }
    char said[SAID_WORDS + 1][TOKEN_BYTES];
    size_t n = MIN_OF(w.n, (size_t)SAID_WORDS), last = 0;
    for (size_t i = 0; i < n; i++) {
        struct str word = w.list[i].text;
        snprintf(said[i], TOKEN_BYTES, "%.*s", (int)MIN_OF(word.n, (size_t)TOKEN_BYTES - 1),
                 word.p);
        last += w.list[i].sentence == w.list[n - 1].sentence;
    }
    said[n][0] = '\0';
    float share = 1.2f / sqrtf((float)n), last_share = 1.2f / sqrtf((float)last);
    add(f, 1, "said asks", digit_of(w.asks), "", "");
    add(f, 0.7f, "said first", said[0], "", "");
    add(f, 0.7f, "said first two", said[0], said[1], "");
    for (size_t i = 0; i < n; i++) {
        add(f, share, "said", said[i], "", "");
        add(f, share * 0.5f, "said two", said[i], said[i + 1], "");
        if (i >= n - last) {
            add(f, last_share, "said last", said[i], "", "");
        }
        if (t->n > 0 && t->n <= 4) {
            add(f, share, "said, first", said[i], text_at(t, 0), "");
        }
    }
}

/* Pictures are words too: thumbs, hearts, faces. */
static void hear_pictures(struct ear_features *f, struct str text)
{
    struct str s = text;
    int heard = 0;
    for (int32_t c; heard < 12 && (c = utf8_next(&s)) != -1;) {
        if (c >= 0x2190 && c != 0xFE0F && c != 0x200D) {
            char picture[16];
            snprintf(picture, sizeof picture, "%x", (unsigned)c);
            add(f, 0.7f, "picture", picture, "", "");
            heard++;
        }
    }
}

#define N_SIGNS 12

/* Which particulars and manners were found. */
struct signs {
    size_t n;
    const char *list[N_SIGNS];
    char all[N_SIGNS + 1]; /* a letter for each */
};

static void read_signs(const struct reading *r, struct signs *out)
{
    const struct understood *u = r->u;
    const struct {
        bool there;
        const char *name;
    } signs[N_SIGNS] = {
        {u->day >= 0 || u->span_from >= 0, "date"},
        {u->minutes >= 0, "time"},
        {u->window_from >= 0, "window"},
        {u->service != NULL, "service"},
        {u->provider != NULL, "provider"},
        {u->people.name != NULL, "name"},
        {u->people.phone || u->people.email, "contact"},
        {u->choice >= 0, "choice"},
        {says_yes(r), "yes"},
        {says_no(r), "no"},
        {says_instead(r), "instead"},
        {u->words.asks, "asks"},
    };
    out->n = 0;
    for (size_t i = 0; i < N_SIGNS; i++) {
        if (signs[i].there) {
            out->all[out->n] = (char)('a' + i);
            out->list[out->n++] = signs[i].name;
        }
    }
    out->all[out->n] = '\0';
}

static void hear_rules(struct ear_features *f, const struct reading *r, enum intent by_rules)
{
    const struct topics *t = &r->u->topics;
    const char *rule = intent_name(by_rules);
    add(f, 1, "rule", rule, "", "");
    add(f, 1, "rule in task", rule, intent_name(r->talk->task), "");
    for (int i = 0; i < N_TOPICS; i++) {
        if (t->has[i]) {
            add(f, 1, t->weak[i] ? "hint" : "topic", (char[]){(char)('0' + i), 0}, "", "");
        }
    }
    if (r->u->words.shouted) {
        add(f, 1, "shouted", "", "", "");
    }
    if (r->u->words.pictures) {
        add(f, 1, "pictures", "", "", "");
    }
}

static void hear_signs(struct ear_features *f, const struct talk *k, const struct signs *s,
                       size_t length)
{
    const char *task = intent_name(k->task), *asked = digit_of((int)k->asked);
    const char *last = intent_name(k->last);
    for (size_t i = 0; i < s->n; i++) {
        add(f, 1, "sign", s->list[i], "", "");
        add(f, 1, "sign in task", s->list[i], task, "");
        add(f, 1, "sign, asked", s->list[i], asked, "");
        add(f, 0.7f, "sign, offered", s->list[i], digit_of(k->n_offers > 1 ? 2 : (int)k->n_offers),
            "");
        add(f, 0.7f, "sign after", s->list[i], last, "");
    }
    add(f, 1, "signs", s->all, "", "");
    add(f, 1, "signs, length", s->all, length_of(length), "");
    add(f, 1, "signs in task", s->all, task, "");
}

/* Where the conversation stands. */
static void hear_talk(struct ear_features *f, const struct talk *k, const struct tokens_heard *t)
{
    const char *task = intent_name(k->task), *topic = intent_name(k->topic);
    const char *last = intent_name(k->last), *asked = digit_of((int)k->asked);
    const char *done = digit_of(k->done != 0), *first = text_at(t, 0);
    add(f, 1, "task", task, "", "");
    add(f, 1, "asked", asked, "", "");
    add(f, 0.7f, "topic before", topic, "", "");
    add(f, 0.7f, "offered, done", digit_of(k->n_offers > 1 ? 2 : (int)k->n_offers), done, "");
    add(f, 1, "after", last, "", "");
    add(f, 1, "after, length", last, length_of(t->n), "");
    add(f, 0.7f, "after, first", last, first, "");
    add(f, 1, "asked, first", asked, first, "");
    add(f, 1, "in task, first", task, first, "");
    add(f, 1, "done, first", done, first, "");
    if (t->n <= 5) {
        add(f, 1, "short, topic before", topic, "", "");
    }
    for (size_t i = 0; i < t->n && t->n <= 8; i++) {
        float share = 1.4f / sqrtf((float)t->n);
        add(f, share, "asked, in task, word", asked, task, t->list[i].text);
        if (t->list[i].kin[0]) {
            add(f, share * 0.7f, "asked, done, kin", asked, done, t->list[i].kin);
        }
    }
}

void ear_features(const struct reading *r, enum intent by_rules, struct ear_features *out)
{
    struct tokens_heard tokens;
    struct signs signs;
    out->n = 0;
    read_tokens(r, &tokens);
    read_signs(r, &signs);
    add(out, 1, "always", "", "", "");
    hear_rules(out, r, by_rules);
    hear_signs(out, r->talk, &signs, tokens.n);
    hear_talk(out, r->talk, &tokens);
    hear_shape(out, &tokens);
    hear_said_before(out, r, &tokens);
    hear_pictures(out, r->in->text);
    hear_words(out, &tokens);
    hear_last_sentence(out, &tokens);
}
