/* SPDX-License-Identifier: Apache-2.0 */
/* Which cues of cues.def an utterance shows. */
#include "mind/score_private.h"

enum whose { CUSTOMER, ASSISTANT };
enum how { LOOSE, NOT_NEGATED, WISH, SAID };

static const struct {
    enum whose whose;
    enum how how;
} kinds[] = {
#define CUE_NAME(name, whose, how) [CUE_##name] = {whose, how},
#define CUE(name, text)
#include "mind/cues.def"
#undef CUE_NAME
#undef CUE
};

static const struct phrase rows[] = {
#define CUE_NAME(name, whose, how)
#define CUE(name, text) {text, CUE_##name},
#include "mind/cues.def"
#undef CUE_NAME
#undef CUE
};

struct finding {
    const struct tokens *tokens;
    enum whose whose;
    cue_set cues;
};

/* "If", "shall I", "once it is": what follows has not happened. */
static bool only_supposed(const struct tokens *t, size_t at)
{
    static const char *const marks[] = {"if",    "shall",  "should", "would", "could",  "can",
                                        "to",    "want",   "like",   "once",  "before", "unless",
                                        "until", "cannot", "when",   "will",  "may",    "gets"};
    for (size_t back = 1; back <= 5 && back <= at; back++) {
        const struct token *w = &t->list[at - back];
        if (w->sentence != t->list[at].sentence || w->clause != t->list[at].clause) {
            return false;
        }
        for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
            if (str_eq(w->word, str_of(marks[i]))) {
                return true;
            }
        }
    }
    return false;
}

/* "Do I pay if I cancel?" is no wish. */
static bool only_if(const struct tokens *t, size_t at)
{
    static const char *const marks[] = {"if",    "when",   "whether", "once",
                                        "after", "before", "unless",  "how"};
    for (size_t back = 1; back <= 3 && back <= at; back++) {
        const struct token *w = &t->list[at - back];
        for (size_t i = 0; w->clause == t->list[at].clause && i < ARRAY_SIZE(marks); i++) {
            if (str_eq(w->word, str_of(marks[i]))) {
                return true;
            }
        }
    }
    return false;
}

static void note(void *arg, const struct phrase *row, size_t first, size_t end)
{
    struct finding *f = arg;
    const struct tokens *t = f->tokens;
    cue_set bit = (cue_set)1 << row->value;
    enum how how = kinds[row->value].how;
    if (kinds[row->value].whose != f->whose || f->cues & bit) {
        return;
    }
    if (how != LOOSE && (token_negated(t, first) || (how == SAID && token_negated(t, end - 1)))) {
        return;
    }
    if (how == WISH && only_if(t, first)) {
        return;
    }
    if (how == SAID && (t->sentences[t->list[first].sentence].asks || only_supposed(t, first))) {
        return;
    }
    f->cues |= bit;
}

cue_set cues_of(const struct tokens *t, bool customer)
{
    struct finding f = {.tokens = t, .whose = customer ? CUSTOMER : ASSISTANT};
    const struct phrase_table table = {rows, cues_heads, n_cues_heads, cues_starts, n_cues_starts};
    phrases_each(&table, t, note, &f);
    return f.cues;
}
