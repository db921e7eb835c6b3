/* SPDX-License-Identifier: Apache-2.0 */
/* The lexicon (feelings.def) over the words of one text; the strongest reading of a word counts. */
#include "mind/score_private.h"
#include "mind/topics.h"

static const struct {
    int weight;
    const char *text;
} feelings[] = {
#define FEELING(weight, text) {weight, text},
#include "mind/feelings.def"
#undef FEELING
};

/* "very", "so" and the like just before it, or capitals, add one. */
static int with_force(const struct words *w, size_t at, int weight)
{
    static const char *const forces[] = {"very",    "really",     "so",    "extremely", "too",
                                         "totally", "absolutely", "super", "completely"};
    bool forced = w->shouted;
    for (size_t i = 0; at > 0 && i < ARRAY_SIZE(forces); i++) {
        forced = forced || word_is(&w->list[at - 1], forces[i]);
    }
    return forced ? weight + (weight > 0 ? 1 : -1) : weight;
}

static int turned_round(int weight)
{
    return weight > 0 ? -(weight + 1) / 2 : (1 - weight) / 2;
}

static const char *words_between(struct pool *p, const struct words *w, size_t first, size_t last)
{
    const char *said = "";
    for (size_t i = first; i <= last; i++) {
        said = pool_printf(p, "%s%s" STR_FMT, said, i > first ? " " : "", STR_ARG(w->list[i].text));
    }
    return said;
}

struct feeling feeling_of(struct pool *p, struct str text, const struct words *w)
{
    struct feeling out = {0};
    int *heaviest = pool_calloc(p, w->n, sizeof *heaviest);
    int worst = 0;
    for (size_t i = 0; i < ARRAY_SIZE(feelings); i++) {
        size_t from = 0, first, last;
        while (words_find(w, feelings[i].text, from, &first, &last)) {
            int weight = with_force(w, first, feelings[i].weight);
            weight = words_negated(w, first) ? turned_round(weight) : weight;
            if (abs(weight) > abs(heaviest[first])) {
                heaviest[first] = weight;
            }
            if (weight < worst) {
                worst = weight;
                out.worst = words_between(p, w, first, last);
            }
            from = first + 1;
        }
    }
    for (size_t i = 0; i < w->n; i++) {
        out.good += heaviest[i] > 0 ? heaviest[i] : 0;
        out.bad += heaviest[i] < 0 ? -heaviest[i] : 0;
    }
    enum picture_mood mood = w->pictures ? picture_mood_of(text) : PICTURE_NONE;
    out.good += mood == PICTURE_GLAD ? 2 : 0;
    out.bad += mood == PICTURE_ANGRY ? 2 : 0;
    return out;
}
