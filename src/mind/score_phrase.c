/* SPDX-License-Identifier: Apache-2.0 */
/* Phrases over tokens; score_private.h has their form. */
#include <stdlib.h>

#include "mind/score_private.h"

#define GAP 4

/* The bucket of a place that may match anything is the last one. */
static size_t bucket_of(char c)
{
    return c >= 'a' && c <= 'z' ? (size_t)(c - 'a') : c == '#' ? 26 : 27;
}

static struct str first_place(const char *text)
{
    text += *text == '^';
    struct str rest = str_of(text);
    return str_cut(&rest, ' ');
}

static void put(struct phrase_index *x, size_t bucket, size_t row)
{
    size_t n = x->n_of[bucket];
    if (n && x->of[bucket][n - 1] == row) {
        return; /* two alternatives with one letter */
    }
    if ((n & (n - 1)) == 0) {
        x->of[bucket] = xrealloc(x->of[bucket], (n ? 2 * n : 1) * sizeof *x->of[bucket]);
    }
    x->of[bucket][x->n_of[bucket]++] = (uint16_t)row;
}

void phrase_index_make(struct phrase_index *x, const struct phrase *rows, size_t n)
{
    *x = (struct phrase_index){.rows = rows, .n = n};
    for (size_t i = 0; i < n; i++) {
        struct str place = first_place(rows[i].text);
        for (struct str a; place.p && (a = str_cut(&place, '|')).p;) {
            put(x, bucket_of(a.p[0]), i);
        }
    }
}

static bool place_is(const struct token *t, struct str place)
{
    for (struct str a; place.p && (a = str_cut(&place, '|')).p;) {
        if (a.n == 1 && a.p[0] == '#') {
            if (t->kind == TOKEN_NUMBER) {
                return true;
            }
        } else if (t->word.n == 0 || a.p[0] != t->word.p[0]) {
            continue;
        } else if (a.p[a.n - 1] == '*') {
            if (t->word.n >= a.n - 1 && memcmp(t->word.p, a.p, a.n - 1) == 0) {
                return true;
            }
        } else if (str_eq(a, t->word)) {
            return true;
        }
    }
    return false;
}

static bool same_sentence(const struct tokens *t, size_t a, size_t b)
{
    return b < t->n && t->list[a].sentence == t->list[b].sentence;
}

/* The places in rest from token `at` on, in the sentence of `first`. */
static bool rest_at(const struct tokens *t, struct str rest, size_t first, size_t at, size_t *end)
{
    while (rest.p && rest.n) {
        struct str place = str_cut(&rest, ' ');
        if (place.n == 1 && place.p[0] == '$') {
            if (at != t->n) {
                return false;
            }
        } else if (place.n == 2 && place.p[0] == '.') {
            for (size_t skip = 0; skip <= GAP && same_sentence(t, first, at + skip); skip++) {
                if (rest_at(t, rest, first, at + skip, end)) {
                    return true;
                }
            }
            return false;
        } else {
            bool may_miss = place.p[0] == '-';
            place.p += may_miss;
            place.n -= may_miss;
            bool is = same_sentence(t, first, at) && place_is(&t->list[at], place);
            if (!is && !may_miss) {
                return false;
            }
            if (is && may_miss && rest_at(t, rest, first, at + 1, end)) {
                return true;
            }
            at += is && !may_miss;
        }
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
    return rest_at(t, str_of(text), at, at, end_out);
}

void phrases_each(const struct phrase_index *x, const struct tokens *t, phrase_fn *fn, void *arg)
{
    for (size_t at = 0; at < t->n; at++) {
        const struct token *w = &t->list[at];
        size_t b = w->kind == TOKEN_NUMBER ? 26 : w->word.n ? bucket_of(w->word.p[0]) : 27;
        for (size_t i = 0; i < x->n_of[b]; i++) {
            const struct phrase *row = &x->rows[x->of[b][i]];
            size_t end;
            if (phrase_at(t, row->text, at, &end)) {
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
        } else if (place_is(w, str_of(nots))) {
            return true;
        }
        if (place_is(w, STR("but|and|because|so")) && back > 1) {
            return false;
        }
    }
    return false;
}
