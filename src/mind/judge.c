/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words count by their share of what was said, so that a letter does not shout louder than a text
 * message; the rules' findings count in full. The customer's last words and what was said to them
 * just before are heard apart from all the others: that is where a mood is told.
 */
#include "mind/judge.h"

#include <math.h>
#include <stdio.h>

#include "mind/score_private.h"

const char *mood_name(enum judged_mood mood)
{
    static const char *const names[] = {"positive", "neutral", "negative", "mixed"};
    return names[mood];
}

const char *outcome_name(enum judged_outcome outcome)
{
    static const char *const names[] = {"appointment_scheduled",
                                        "appointment_rescheduled",
                                        "appointment_cancelled",
                                        "info_request",
                                        "complaint",
                                        "unresolved"};
    return names[outcome];
}

/* FNV-1a, so that a feature's row is the same on every machine. */
static uint32_t hash_more(uint32_t h, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        h = (h ^ (unsigned char)text.p[i]) * 16777619u;
    }
    return (h ^ 31) * 16777619u; /* so that "a b" is not "ab" */
}

static void add_row(struct judge_features *f, float value, uint32_t h)
{
    if (f->n < JUDGE_FEATURES_MAX) {
        f->list[f->n++] = (struct judge_feature){(uint16_t)((h ^ h >> 15) % JUDGE_ROWS), value};
    }
}

#define HASH_START 2166136261u

/* A feature of up to three parts: its kind, and what was found. */
static void add(struct judge_features *f, float value, const char *kind, struct str a, struct str b)
{
    uint32_t h = hash_more(hash_more(HASH_START, str_of(kind)), a);
    add_row(f, value, b.p ? hash_more(h, b) : h);
}

static void add_name(struct judge_features *f, float value, const char *kind, const char *name)
{
    add(f, value, kind, str_of(name), (struct str){0});
}

static void add_number(struct judge_features *f, float value, const char *kind, int number)
{
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    add_name(f, value, kind, text);
}

static void add_pair(struct judge_features *f, float value, const char *kind, const char *a,
                     const char *b)
{
    add(f, value, kind, str_of(a), str_of(b));
}

/* Small numbers apart, large ones together. */
static int step_of(int tenths)
{
    static const int steps[] = {1, 6, 10, 13, 17, 24, 34, 60};
    int n = tenths < 0 ? -tenths : tenths, step = 0;
    while (step < (int)ARRAY_SIZE(steps) && n >= steps[step]) {
        step++;
    }
    return tenths < 0 ? -step : step;
}

static struct str word_of(const struct token *t)
{
    return t->kind == TOKEN_NUMBER ? STR("#") : t->word;
}

/* The words of an utterance, and each with the next; at most so many. */
static void hear_words(struct judge_features *f, const struct tokens *t, const char *kind,
                       const char *pairs, float share, size_t most)
{
    size_t n = MIN_OF(t->n, most);
    for (size_t i = 0; i < n; i++) {
        struct str word = word_of(&t->list[i]);
        add(f, share, kind, word, (struct str){0});
        if (pairs) {
            add(f, share, pairs, word, i + 1 < n ? word_of(&t->list[i + 1]) : STR("$"));
        }
    }
}

static float share_of(float weight, size_t n)
{
    return weight / sqrtf((float)MAX_OF(n, (size_t)1));
}

static void hear_cues(struct judge_features *f, cue_set cues, const char *kind)
{
    for (int i = 0; i < N_CUES; i++) {
        if (cues >> i & 1) {
            add_number(f, 0.7f, kind, i);
        }
    }
}

/* How the customer closed: what they said, and how it was said. */
static void hear_close(struct judge_features *f, const struct utterance *u, size_t turns)
{
    const struct tokens *t = &u->tokens;
    unsigned bangs = 0;
    bool asks = false, stretched = false, loud = t->shouted;
    for (size_t i = 0; i < t->n_sentences; i++) {
        bangs += t->sentences[i].bangs;
        asks = asks || t->sentences[i].asks;
    }
    for (size_t i = 0; i < t->n; i++) {
        stretched = stretched || t->list[i].stretched;
        loud = loud || t->list[i].capitals;
        if (t->list[i].kind == TOKEN_PICTURE) {
            add_number(f, 0.7f, "picture", step_of(t->list[i].mood));
        }
    }
    add_number(f, 0.7f, "bangs", (int)MIN_OF(bangs, 3u));
    add_number(f, 0.5f, "close asks", asks);
    add_number(f, 0.5f, "stretched", stretched);
    add_number(f, 0.5f, "loud", loud);
    add_number(f, 0.5f, "length", t->n <= 2 ? (int)t->n : t->n <= 5 ? 4 : t->n <= 12 ? 9 : 20);
    add_number(f, 1, "close good", step_of(u->mood.good));
    add_number(f, 1, "close bad", step_of(u->mood.bad));
    add_number(f, 0.7f, "close best", step_of(u->mood.best));
    add_number(f, 0.7f, "close worst", step_of(u->mood.worst));
    add_number(f, 0.5f, "turns", (int)MIN_OF(turns, (size_t)6));
    if (t->n > 0 && t->n <= 3) {
        uint32_t h = hash_more(HASH_START, STR("all"));
        for (size_t i = 0; i < t->n; i++) {
            h = hash_more(h, word_of(&t->list[i]));
        }
        add_row(f, 1, h);
    }
    hear_words(f, t, "l", "lb", share_of(2, t->n), 60);
    for (size_t i = 0; i < MIN_OF(t->n, (size_t)30); i++) {
        struct str word = t->list[i].word;
        if (t->list[i].kind == TOKEN_WORD && word.n >= 3) {
            /* by their beginnings, so that "thankss" and "thankyouu" are near to "thanks" */
            add(f, share_of(1, t->n), "lp", (struct str){word.p, MIN_OF(word.n, (size_t)3)},
                (struct str){0});
            add(f, share_of(1, t->n), "lp", (struct str){word.p, MIN_OF(word.n, (size_t)4)},
                (struct str){0});
        }
    }
    if (t->n) {
        add(f, 0.7f, "l first", word_of(&t->list[0]), (struct str){0});
        add(f, 0.7f, "l last", word_of(&t->list[t->n - 1]), (struct str){0});
    }
}

static void hear_rules(struct judge_features *f, const struct view *v)
{
    const struct {
        const char *name;
        bool is;
    } signs[] = {
        {"wish open", v->wish_open},
        {"checked", v->checked},
        {"complained", v->complained},
        {"made good", v->made_good},
        {"thanked after", v->thanked_after},
        {"declined", v->declined},
        {"offered", v->offered},
        {"repeats", v->repeats > 0},
        {"unheard", v->unheard > 0},
        {"missed", v->misses > 0},
        {"misses", v->misses > 1},
        {"asks", v->asks},
        {"noise", v->noises > 0},
        {"unanswered", v->unanswered},
    };
    add_name(f, 1, "rule", v->sentiment);
    add_name(f, 1, "rule outcome", v->outcome);
    add_pair(f, 1, "rules", v->sentiment, v->outcome);
    for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
        if (signs[i].is) {
            add_name(f, 0.7f, "sign", signs[i].name);
            add_pair(f, 0.5f, "sign and outcome", signs[i].name, v->outcome);
        }
    }
    add_number(f, 1, "good", step_of(v->good));
    add_number(f, 1, "bad", step_of(v->bad));
    add_number(f, 0.7f, "difference", step_of(v->good - v->bad));
    add_number(f, 0.7f, "first tone", step_of(v->first_tone));
    add_number(f, 0.7f, "last tone", step_of(v->last_tone));
    add_number(f, 0.7f, "rise", step_of(v->last_tone - v->first_tone));
    add_number(f, 0.7f, "worst", v->worst ? step_of(v->worst->mood.worst) : 0);
    add_number(f, 0.7f, "wish", (int)v->wish);
    add_number(f, 0.7f, "said deed", (int)v->said_deed);
    add_number(f, 0.7f, "wish and deed", 4 * (int)v->wish + (int)v->said_deed);
}

static void hear_events(struct judge_features *f, const struct view *v)
{
    const struct happened *h = &v->happened;
    const struct {
        const char *name;
        bool is;
    } signs[] = {
        {"recorded", h->recorded},      {"failed", h->failed_calls > 0},
        {"passed", h->escalations > 0}, {"complained", h->complained},
        {"opted out", h->opted_out},    {"emergency", h->emergency},
        {"medical", h->medical},        {"asked", h->asked},
        {"errors", h->errors > 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
        if (signs[i].is) {
            add_name(f, 0.7f, "event", signs[i].name);
        }
    }
    add_number(f, 0.7f, "deed", (int)h->deed);
    if (h->intent) {
        add_name(f, 0.7f, "intent", h->intent);
        add_name(f, 0.7f, "last intent", h->last_intent);
        add_pair(f, 0.7f, "last intent and mood", h->last_intent, v->sentiment);
        add_pair(f, 0.7f, h->escalations ? "passed on" : "kept", h->intent, h->last_intent);
    }
}

/* What the assistant had said when the customer spoke last: a thanks for what? */
static void hear_before(struct judge_features *f, const struct view *v,
                        const struct utterance *before)
{
    bool thanks = v->last && (v->last->cues & CUE_BIT(THANKS)) != 0;
    for (int i = 0; v->last && i < N_CUES; i++) {
        if (before->cues >> i & 1) {
            add_number(f, 0.7f, thanks ? "thanks for" : "no thanks for", i);
        }
    }
    if (v->last) {
        add_pair(f, 0.7f, thanks ? "thanks at" : "no thanks at", v->outcome, "");
    }
    hear_words(f, &before->tokens, "b", "bb", share_of(1.5f, before->tokens.n), 40);
    hear_cues(f, before->cues, "before");
}

/* Everything that was said, by each side; the customer's first words apart. */
static void hear_talk(struct judge_features *f, const struct view *v)
{
    size_t theirs = 0, ours = 0;
    const struct utterance *first = NULL, *before = NULL, *heard = NULL, *next_to_last = NULL;
    int best = 0;
    for (size_t i = 0; i < v->talk.n; i++) {
        const struct utterance *u = &v->talk.list[i];
        *(u->customer ? &theirs : &ours) += u->tokens.n;
        first = first || !u->customer ? first : u;
        heard = u->customer ? heard : u;
        before = u == v->last ? heard : before;
        next_to_last = u->customer && u != v->last ? u : next_to_last;
        best = u->customer ? MAX_OF(best, u->mood.best) : best;
    }
    for (size_t i = 0; i < v->talk.n && f->n < JUDGE_FEATURES_MAX / 2; i++) {
        const struct utterance *u = &v->talk.list[i];
        float share = u->customer ? share_of(1.5f, theirs) : share_of(1, ours);
        hear_words(f, &u->tokens, u->customer ? "c" : "a", u->customer ? "cb" : NULL, share, 60);
    }
    hear_cues(f, v->asked, "asked");
    hear_cues(f, v->told, "told");
    if (first && first != v->last) {
        hear_words(f, &first->tokens, "f", NULL, share_of(1, first->tokens.n), 40);
    }
    add_number(f, 0.7f, "best", step_of(best));
    if (next_to_last) {
        hear_words(f, &next_to_last->tokens, "n", NULL, share_of(1, next_to_last->tokens.n), 40);
        add_number(f, 0.7f, "next best", step_of(next_to_last->mood.best));
        add_number(f, 0.7f, "next worst", step_of(next_to_last->mood.worst));
    }
    if (before) {
        hear_before(f, v, before);
    }
    if (v->last) {
        hear_close(f, v->last, v->talk.n_customer);
        hear_cues(f, v->last->cues, "close");
    }
}

void judge_features(const struct view *v, struct judge_features *out)
{
    out->n = 0;
    add_name(out, 1, "always", "");
    hear_rules(out, v);
    out->n_rules = out->n;
    hear_events(out, v);
    hear_talk(out, v);
}

/* Scores to probabilities. */
static void normalize(float *s, int n, float sharpness)
{
    float most = s[0], sum = 0;
    for (int k = 1; k < n; k++) {
        most = MAX_OF(most, s[k]);
    }
    for (int k = 0; k < n; k++) {
        s[k] = expf((s[k] - most) * sharpness);
        sum += s[k];
    }
    for (int k = 0; k < n; k++) {
        s[k] /= sum;
    }
}

bool judge(const struct judge_model *m, const struct judge_features *f, struct judged *out)
{
    float score[JUDGE_COLUMNS] = {0};
    if (!m->weights) {
        return false;
    }
    for (size_t i = 0; i < f->n; i++) {
        const int8_t *w = m->weights[f->list[i].row];
        for (int k = 0; k < JUDGE_COLUMNS; k++) {
            score[k] += f->list[i].value * (float)w[k];
        }
    }
    for (int k = 0; k < JUDGE_COLUMNS; k++) {
        score[k] /= m->scale;
    }
    memcpy(out->moods, score, sizeof out->moods);
    memcpy(out->outcomes, score + N_MOODS, sizeof out->outcomes);
    normalize(out->moods, N_MOODS, m->sharpness);
    normalize(out->outcomes, N_OUTCOMES, 1);
    return true;
}
