/* SPDX-License-Identifier: Apache-2.0 */
/* Phrases over tokens; score_private.h has their form. */
#include "mind/score_private.h"

#define GAP 4

/* Is the token one of the alternatives of a place, which ends at a space or the text's end? */
static bool place_is(const struct token *t, const char *place)
{
    for (const char *at = place;; at++) {
        size_t i = 0;
        while (i < t->word.n && at[i] == t->word.p[i]) {
            i++;
        }
        char next = at[i];
        if ((i == t->word.n && (next == '|' || next == ' ' || next == '\0')) || next == '*') {
            return true;
        }
        if (next == '#' && i == 0 && t->kind == TOKEN_NUMBER) {
            return true;
        }
        at += strcspn(at, "| ");
        if (*at != '|') {
            return false;
        }
    }
}

static bool same_sentence(const struct tokens *t, size_t a, size_t b)
{
    return b < t->n && t->list[a].sentence == t->list[b].sentence;
}

static const char *place_after(const char *place)
{
    place += strcspn(place, " ");
    return *place ? place + 1 : place;
}

/* The places from `place` on, from token `at` on, in the sentence of `first`. */
static bool rest_at(const struct tokens *t, const char *place, size_t first, size_t at, size_t *end)
{
    while (*place) {
        const char *next = place_after(place);
        if (*place == '$') {
            if (at != t->n) {
                return false;
            }
        } else if (*place == '.') {
            for (size_t skip = 0; skip <= GAP && same_sentence(t, first, at + skip); skip++) {
                if (rest_at(t, next, first, at + skip, end)) {
                    return true;
                }
            }
            return false;
        } else {
            bool may_miss = *place == '-';
            bool is = same_sentence(t, first, at) && place_is(&t->list[at], place + may_miss);
            if (!is && !may_miss) {
                return false;
            }
            if (is && may_miss && rest_at(t, next, first, at + 1, end)) {
                return true;
            }
            at += is && !may_miss;
        }
        place = next;
    }
    *end = at;
    return true;
}

bool phrase_at(const struct tokens *t, const char *text, size_t at, size_t *end_out)
{
    if (*text == '^') {
        if (at > 0 && t->list[at - 1].sentence == t->list[at].sentence) {
            return false;
        }
        text++;
    }
    return rest_at(t, text, at, at, end_out);
}

static int order_of(struct str word, const char *head)
{
    for (size_t i = 0; i < word.n; i++) {
        int order = (unsigned char)word.p[i] - (unsigned char)head[i];
        if (order) {
            return order;
        }
    }
    return head[word.n] ? -1 : 0;
}

/* The first head that is not before the word. */
static size_t first_head(const struct phrase_table *x, struct str word)
{
    size_t low = 0, high = x->n_heads;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (order_of(word, x->heads[middle].word) > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void phrases_each(const struct phrase_table *x, const struct tokens *t, phrase_fn *fn, void *arg)
{
    size_t end;
    for (size_t at = 0; at < t->n; at++) {
        const struct token *w = &t->list[at];
        struct str word = w->kind == TOKEN_NUMBER ? STR("#") : w->word;
        for (size_t i = first_head(x, word); i < x->n_heads && !order_of(word, x->heads[i].word);
             i++) {
            const struct phrase *row = &x->rows[x->heads[i].row];
            if (phrase_at(t, row->text, at, &end)) {
                fn(arg, row, at, end);
            }
        }
        for (size_t i = 0; i < x->n_starts; i++) {
            const struct phrase *row = &x->rows[x->starts[i].row];
            if (str_starts(word, str_of(x->starts[i].word)) && phrase_at(t, row->text, at, &end)) {
                fn(arg, row, at, end);
            }
        }
    }
}

bool token_negated(const struct tokens *t, size_t at)
{
    static const char *const nots =
        "not|never|isnt|arent|wasnt|werent|dont|doesnt|didnt|cant|cannot|"
        "couldnt|wont|wouldnt|shouldnt|havent|hasnt|hadnt|aint|without|"
        "hardly|barely|nothing|nobody|noone|none|neither|nor|rarely|far";
    for (size_t back = 1; back <= 4 && back <= at; back++) {
        const struct token *w = &t->list[at - back];
        if (w->clause != t->list[at].clause) {
            return false;
        }
        if (str_eq(w->word, STR("no"))) {
            /* "No, forget it" without its comma: only "with no help" turns round. */
            if (back == 1 && at >= 2 && t->list[at - 2].sentence == w->sentence) {
                return true;
            }
        } else if (place_is(w, nots)) {
            return true;
        }
        if (place_is(w, "but|and|because|so") && back > 1) {
            return false;
        }
    }
    return false;
}
