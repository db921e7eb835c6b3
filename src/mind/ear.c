/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words count by their share of the text, so that a letter does not shout louder than a text
 * message; what the rules found and where the conversation stands count in full.
 */
#include "mind/ear.h"

#include <math.h>
#include <stdio.h>

#include "base/utf8.h"
#include "mind/understand_private.h"

/* FNV-1a, so that a feature's row is the same on every machine. */
static uint32_t hash_of(const char *text)
{
    uint32_t h = 2166136261u;
    for (const char *c = text; *c; c++) {
        h = (h ^ (unsigned char)*c) * 16777619u;
    }
    return h ^ (h >> 15);
}

static void add(struct ear_features *f, float value, const char *text)
{
    if (f->n < EAR_FEATURES_MAX) {
        f->list[f->n++] = (struct ear_feature){(uint16_t)(hash_of(text) % EAR_ROWS), value};
    }
}

static void add_format(struct ear_features *f, float value, const char *format, ...)
    PRINTF_LIKE(3, 4);
static void add_format(struct ear_features *f, float value, const char *format, ...)
{
    char text[96];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add(f, value, text);
}

#define WORDS_HEARD 120
#define TOKEN_BYTES 24

struct tokens_heard {
    size_t n;
    char list[WORDS_HEARD][TOKEN_BYTES];
};

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
    char c = u->words.list[i].text.p[0];
    return c >= '0' && c <= '9' ? "<number>" : NULL;
}

/* Particulars of one kind in a row are one token. */
static void read_tokens(const struct reading *r, struct tokens_heard *out)
{
    const char *before = NULL;
    out->n = 0;
    for (size_t i = 0; i < r->u->words.n && out->n < WORDS_HEARD; i++) {
        const char *kind = kind_of(r, i);
        if (kind && before && strcmp(kind, before) == 0) {
            continue;
        }
        before = kind;
        struct str word = kind ? str_of(kind) : r->u->words.list[i].text;
        snprintf(out->list[out->n++], TOKEN_BYTES, "%.*s", (int)MIN_OF(word.n, 23), word.p);
    }
}

static void hear_words(struct ear_features *f, const struct tokens_heard *t)
{
    float share = t->n ? 4.0f / sqrtf((float)t->n) : 0;
    for (size_t i = 0; i < t->n; i++) {
        const char *word = t->list[i], *next = i + 1 < t->n ? t->list[i + 1] : "</s>";
        add_format(f, share, "w:%s", word);
        add_format(f, share, "b:%s %s", word, next);
        if (strlen(word) >= 5 && word[0] != '<') {
            add_format(f, share * 0.5f, "p:%.4s", word);
        }
        if (i + 2 < t->n) {
            add_format(f, share * 0.5f, "s:%s _ %s", word, t->list[i + 2]);
        }
    }
    if (t->n) {
        add_format(f, 1, "first:%s", t->list[0]);
        add_format(f, 0.7f, "first2:%s %s", t->list[0], t->n > 1 ? t->list[1] : "");
        add_format(f, 0.7f, "last:%s", t->list[t->n - 1]);
    }
    if (t->n <= 3) {
        add_format(f, 1.5f, "all:%s %s %s", t->n > 0 ? t->list[0] : "", t->n > 1 ? t->list[1] : "",
                   t->n > 2 ? t->list[2] : "");
    }
    size_t length = t->n;
    add_format(f, 0.5f, "length:%d",
               length <= 2    ? (int)length
               : length <= 6  ? 5
               : length <= 15 ? 10
               : length <= 40 ? 20
                              : 50);
}

/* What the assistant said just before: a question, a confirmation, an answer. */
static void hear_said_before(struct ear_features *f, const struct reading *r,
                             const struct tokens_heard *t)
{
    struct words w;
    words_read(r->pool, r->in->said_before, &w);
    if (w.n == 0) {
        add(f, 1, "nothing said");
        return;
    }
    size_t n = MIN_OF(w.n, (size_t)60);
    float share = 1.2f / sqrtf((float)n);
    for (size_t i = 0; i < n; i++) {
        add_format(f, share, "a:%.*s", STR_ARG(w.list[i].text));
    }
    add_format(f, 1, "a asks:%d", w.asks);
    for (size_t i = 0; i < n && t->n > 0 && t->n <= 4; i++) {
        add_format(f, share, "a:%.*s first:%s", STR_ARG(w.list[i].text), t->list[0]);
    }
}

/* Pictures are words too: thumbs, hearts, faces. */
static void hear_pictures(struct ear_features *f, struct str text)
{
    struct str s = text;
    int heard = 0;
    for (int32_t c; heard < 12 && (c = utf8_next(&s)) != -1;) {
        if (c >= 0x2190 && c != 0xFE0F && c != 0x200D) {
            add_format(f, 0.7f, "picture:%x", (unsigned)c);
            heard++;
        }
    }
}

/* The particulars and manners that were found, as one letter each. */
static size_t signs_of(const struct reading *r, const char *out[12])
{
    const struct understood *u = r->u;
    const struct {
        bool there;
        const char *name;
    } signs[] = {
        {u->day >= 0 || u->span_from >= 0, "date"},
        {u->minutes >= 0, "time"},
        {u->window_from >= 0, "window"},
        {u->service != NULL, "service"},
        {u->provider != NULL, "who"},
        {u->people.name != NULL, "name"},
        {u->people.phone || u->people.email, "contact"},
        {u->choice >= 0, "choice"},
        {says_yes(r), "yes"},
        {says_no(r), "no"},
        {says_instead(r), "instead"},
        {u->words.asks, "asks"},
    };
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
        if (signs[i].there) {
            out[n++] = signs[i].name;
        }
    }
    return n;
}

static void hear_rules(struct ear_features *f, const struct reading *r, enum intent by_rules)
{
    const struct topics *t = &r->u->topics;
    const char *rule = intent_name(by_rules);
    add_format(f, 1, "rule:%s", rule);
    add_format(f, 1, "rule:%s task:%s", rule, intent_name(r->talk->task));
    for (int i = 0; i < N_TOPICS; i++) {
        if (t->has[i]) {
            add_format(f, 1, "topic:%d%s", i, t->weak[i] ? "?" : "");
        }
    }
    if (r->u->words.shouted) {
        add(f, 1, "shouted");
    }
    if (r->u->words.pictures) {
        add(f, 1, "pictures");
    }
}

static void hear_talk(struct ear_features *f, const struct reading *r, const struct tokens_heard *t)
{
    const struct talk *k = r->talk;
    const char *signs[12];
    size_t n = signs_of(r, signs);
    const char *task = intent_name(k->task), *topic = intent_name(k->topic);
    const char *offered = k->n_offers > 1 ? "many" : k->n_offers ? "one" : "none";
    bool done = k->done != 0;
    add_format(f, 1, "task:%s", task);
    add_format(f, 1, "asked:%d", (int)k->asked);
    add_format(f, 0.7f, "topic_before:%s", topic);
    add_format(f, 0.7f, "offered:%s done:%d", offered, done);
    for (size_t i = 0; i < n; i++) {
        add_format(f, 1, "sign:%s", signs[i]);
        add_format(f, 1, "sign:%s task:%s", signs[i], task);
        add_format(f, 1, "sign:%s asked:%d", signs[i], (int)k->asked);
        add_format(f, 0.7f, "sign:%s offered:%s", signs[i], offered);
    }
    if (t->n <= 5) {
        add_format(f, 1, "short topic_before:%s", topic);
    }
    if (t->n) {
        add_format(f, 1, "first:%s asked:%d", t->list[0], (int)k->asked);
        add_format(f, 1, "first:%s task:%s", t->list[0], task);
        add_format(f, 1, "first:%s done:%d", t->list[0], done);
    }
}

void ear_features(const struct reading *r, enum intent by_rules, struct ear_features *out)
{
    struct tokens_heard tokens;
    out->n = 0;
    read_tokens(r, &tokens);
    add(out, 1, "always");
    hear_rules(out, r, by_rules);
    hear_talk(out, r, &tokens);
    hear_said_before(out, r, &tokens);
    hear_pictures(out, r->in->text);
    hear_words(out, &tokens);
}

bool ear_hear(const struct ear_model *m, const struct ear_features *f, struct ear_heard *out)
{
    float score[EAR_COLUMNS] = {0}, most = -1e9f, sum = 0;
    if (!m->weights) {
        return false;
    }
    for (size_t i = 0; i < f->n; i++) {
        const int8_t *w = m->weights[f->list[i].row];
        for (int k = 0; k < EAR_COLUMNS; k++) {
            score[k] += f->list[i].value * (float)w[k];
        }
    }
    for (int k = 0; k < N_INTENTS; k++) {
        score[k] /= m->scale;
        most = MAX_OF(most, score[k]);
    }
    for (int k = 0; k < N_INTENTS; k++) {
        out->intents[k] = expf(score[k] - most);
        sum += out->intents[k];
    }
    for (int k = 0; k < N_INTENTS; k++) {
        out->intents[k] /= sum;
    }
    for (int k = 0; k < N_ACTS; k++) {
        out->acts[k] = 1 / (1 + expf(-score[N_INTENTS + k] / m->scale));
    }
    return true;
}
