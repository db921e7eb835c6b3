/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mood of an utterance: phrases first (feelings.def), other words by the lexicon; turned round
 * by a "not", stronger with boosters, capitals, stretched letters and exclamation marks, weaker in
 * questions ("does it hurt?" is no anger).
 */
#include <stdlib.h>

#include "mind/score_private.h"

static const struct phrase feelings[] = {
#define FEELING(tenths, text) {text, tenths},
#include "mind/feelings.def"
#undef FEELING
};

static const struct {
    const char *word;
    int tenths;
} lexicon[] = {
#define LEXICON(word, tenths) {word, tenths},
#include "mind/lexicon.def"
#undef LEXICON
};

static int in_lexicon(struct str word)
{
    size_t low = 0, high = ARRAY_SIZE(lexicon);
    while (low < high) {
        size_t middle = (low + high) / 2;
        size_t n = strlen(lexicon[middle].word);
        int order = memcmp(word.p, lexicon[middle].word, MIN_OF(word.n, n));
        order = order ? order : word.n < n ? -1 : word.n > n;
        if (order == 0) {
            return lexicon[middle].tenths;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return 0;
}

/* What was found to begin at each token. */
struct found {
    bool is;
    int tenths;
    size_t end;
};

static void note(void *arg, const struct phrase *row, size_t first, size_t end)
{
    struct found *f = (struct found *)arg + first;
    bool longer = !f->is || end > f->end;
    if (longer || (end == f->end && abs(row->value) > abs(f->tenths))) {
        *f = (struct found){true, row->value, end};
    }
}

static bool is_one_of(struct str word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq(word, str_of(list[i]))) {
            return true;
        }
    }
    return false;
}

/* In percent: "so", "really"; and "a bit", "kind of". */
static int force_before(const struct tokens *t, size_t at)
{
    static const char *const more[] = {
        "very",     "really",     "so",        "extremely", "too",        "super",   "absolutely",
        "totally",  "completely", "such",      "most",      "incredibly", "utterly", "truly",
        "beyond",   "quite",      "seriously", "genuinely", "honestly",   "fucking", "damn",
        "freaking", "soo",        "rly",       "insanely"};
    static const char *const less[] = {"bit",    "little",   "slightly", "kinda",  "sorta", "kind",
                                       "fairly", "somewhat", "mildly",   "almost", "partly"};
    int percent = 100;
    for (size_t back = 1; back <= 2 && back <= at; back++) {
        const struct token *w = &t->list[at - back];
        if (w->clause != t->list[at].clause) {
            break;
        }
        if (is_one_of(w->word, more, ARRAY_SIZE(more))) {
            percent += back == 1 ? 25 : 15;
            percent += w->stretched || w->capitals ? 10 : 0;
        } else if (is_one_of(w->word, less, ARRAY_SIZE(less))) {
            percent -= 35;
        }
    }
    return percent;
}

static int weigh(const struct tokens *t, size_t first, size_t end, int tenths)
{
    const struct sentence *s = &t->sentences[t->list[first].sentence];
    int percent = force_before(t, first) + (int)(10 * MIN_OF(s->bangs, 3u));
    for (size_t i = first; i < end; i++) {
        percent += t->list[i].capitals || t->list[i].stretched ? 15 : 0;
    }
    percent += t->shouted && tenths < 0 ? 25 : 0;
    if (token_negated(t, first)) {
        percent = tenths > 0 ? -75 : -45;
    } else if (s->asks && tenths < 0 && tenths > -20) {
        percent /= 2;
    }
    return tenths * percent / 100;
}

static const char *words_between(struct pool *p, const struct tokens *t, size_t first, size_t end)
{
    const char *said = "";
    for (size_t i = first; i < end; i++) {
        said = pool_printf(p, "%s%s" STR_FMT, said, i > first ? " " : "", STR_ARG(t->list[i].word));
    }
    return said;
}

void mood_of(struct pool *p, const struct tokens *t, struct mood *out)
{
    struct mood m = {0};
    size_t worst = 0, worst_end = 0;
    struct found *found = pool_calloc(p, t->n, sizeof *found);
    const struct phrase_table table = {feelings, feelings_heads, n_feelings_heads, feelings_starts,
                                       n_feelings_starts};
    phrases_each(&table, t, note, found);
    for (size_t i = 0, end; i < t->n; i = end) {
        const struct token *w = &t->list[i];
        int tenths = w->mood;
        end = i + 1;
        if (found[i].is) {
            end = found[i].end;
            tenths = weigh(t, i, end, found[i].tenths);
        } else if (w->kind == TOKEN_WORD) {
            int plain = in_lexicon(w->word);
            tenths = plain ? weigh(t, i, end, plain) : 0;
        }
        m.good += tenths > 0 ? tenths : 0;
        m.bad -= tenths < 0 ? tenths : 0;
        m.best = MAX_OF(m.best, tenths);
        if (tenths < m.worst) {
            m.worst = tenths;
            worst = i;
            worst_end = end;
        }
    }
    m.worst_words = words_between(p, t, worst, worst_end);
    *out = m;
}
