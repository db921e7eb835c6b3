/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts are kept in a hash table for each order, keyed by the words packed into one number, and
 * sorted once to be written. A trigram that was counted only once says little and is left to the
 * backing off.
 */
#include "voice/hear_ngram.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

#define ORDERS 3
#define BITS 20
#define DISCOUNT 0.6
#define TRIGRAM_MIN 2
#define NEVER (-99.0)

struct cell {
    uint64_t key; /* words, the last one lowest, each plus one; 0: empty */
    uint32_t count;
};

struct table {
    struct cell *cells;
    size_t used, room; /* room: a power of two */
};

struct ngram {
    struct table orders[ORDERS];
};

struct ngram *ngram_new(void)
{
    struct ngram *n = xcalloc(1, sizeof *n);
    for (int i = 0; i < ORDERS; i++) {
        n->orders[i].room = 4096;
        n->orders[i].cells = xcalloc(n->orders[i].room, sizeof *n->orders[i].cells);
    }
    return n;
}

void ngram_free(struct ngram **n)
{
    if (n && *n) {
        for (int i = 0; i < ORDERS; i++) {
            free((*n)->orders[i].cells);
        }
        free(*n);
        *n = NULL;
    }
}

static struct cell *cell_of(const struct table *t, uint64_t key)
{
    uint64_t h = key * 0x9E3779B97F4A7C15u;
    size_t at = (size_t)(h >> 32) & (t->room - 1);
    while (t->cells[at].key && t->cells[at].key != key) {
        at = (at + 1) & (t->room - 1);
    }
    return &t->cells[at];
}

static void grow(struct table *t)
{
    struct table bigger = {.used = t->used, .room = t->room * 2};
    bigger.cells = xcalloc(bigger.room, sizeof *bigger.cells);
    for (size_t i = 0; i < t->room; i++) {
        if (t->cells[i].key) {
            *cell_of(&bigger, t->cells[i].key) = t->cells[i];
        }
    }
    free(t->cells);
    *t = bigger;
}

static void count_one(struct table *t, uint64_t key, uint32_t times)
{
    if (t->used * 2 > t->room) {
        grow(t);
    }
    struct cell *c = cell_of(t, key);
    if (!c->key) {
        c->key = key;
        t->used++;
    }
    c->count += times;
}

static uint32_t count_of(const struct table *t, uint64_t key)
{
    return cell_of(t, key)->count;
}

void ngram_add(struct ngram *n, const uint32_t *words, size_t count, uint32_t times)
{
    uint64_t before = 0, last = NGRAM_BEGIN + 1; /* the two words before */
    for (size_t i = 0; i <= count; i++) {
        uint64_t word = (i < count ? words[i] : NGRAM_END) + 1;
        count_one(&n->orders[0], word, times);
        count_one(&n->orders[1], last << BITS | word, times);
        if (before) {
            count_one(&n->orders[2], before << 2 * BITS | last << BITS | word, times);
        }
        before = last;
        last = word;
    }
}

/* ------------------------------------------------------------------------ writing */

/* The counts of what follows one history, and how much of it is seen. */
struct history {
    uint64_t key;
    double total;     /* all that followed */
    double seen;      /* probability of what is written, at this order */
    double seen_less; /* and of the same words one order lower */
};

struct writing {
    const struct ngram *n;
    struct cell *sorted[ORDERS];
    size_t counts[ORDERS];
    double *unigrams; /* probability by word */
    size_t n_words;
    struct history *histories[ORDERS]; /* [1]: of bigrams, by word; [2]: of trigrams, hashed */
    size_t room;
};

static int by_key(const void *a, const void *b)
{
    uint64_t x = ((const struct cell *)a)->key, y = ((const struct cell *)b)->key;
    return (x > y) - (x < y);
}

static void sort(struct writing *w, int order)
{
    const struct table *t = &w->n->orders[order];
    struct cell *out = xcalloc(t->used + 1, sizeof *out);
    size_t n = 0;
    for (size_t i = 0; i < t->room; i++) {
        bool kept = order < 2 || t->cells[i].count >= TRIGRAM_MIN;
        if (t->cells[i].key && kept) {
            out[n++] = t->cells[i];
        }
    }
    qsort(out, n, sizeof *out, by_key);
    w->sorted[order] = out;
    w->counts[order] = n;
}

static uint32_t word_in(uint64_t key, int place) /* 0: the last */
{
    return (uint32_t)(key >> place * BITS & ((1u << BITS) - 1)) - 1;
}

static struct history *bigram_history(const struct writing *w, uint32_t word)
{
    return &w->histories[1][word];
}

static struct history *trigram_history(const struct writing *w, uint64_t key)
{
    size_t at = (size_t)(key * 0x9E3779B97F4A7C15u >> 32) & (w->room - 1);
    while (w->histories[2][at].key && w->histories[2][at].key != key) {
        at = (at + 1) & (w->room - 1);
    }
    w->histories[2][at].key = key;
    return &w->histories[2][at];
}

static double backoff(const struct history *h)
{
    double left = 1 - h->seen, lower = 1 - h->seen_less;
    return h->total > 0 && left > 1e-6 && lower > 1e-6 ? left / lower : 1;
}

static double discounted(uint32_t count, double total)
{
    return total > 0 ? (count - DISCOUNT) / total : 0;
}

/* P(word | last) where that bigram need not have been counted. */
static double bigram(const struct writing *w, uint32_t last, uint32_t word)
{
    const struct history *h = bigram_history(w, last);
    uint32_t count = count_of(&w->n->orders[1], (uint64_t)(last + 1) << BITS | (word + 1));
    return count ? discounted(count, h->total) : backoff(h) * w->unigrams[word];
}

static void measure_unigrams(struct writing *w)
{
    double total = 0;
    for (size_t i = 0; i < w->counts[0]; i++) {
        total += w->sorted[0][i].count;
    }
    double floor = 0.5, all = total + floor * (double)w->n_words;
    for (size_t i = 0; i < w->n_words; i++) {
        w->unigrams[i] = floor / all;
    }
    for (size_t i = 0; i < w->counts[0]; i++) {
        w->unigrams[word_in(w->sorted[0][i].key, 0)] += w->sorted[0][i].count / all;
    }
}

static void measure_bigrams(struct writing *w)
{
    for (size_t i = 0; i < w->counts[1]; i++) {
        bigram_history(w, word_in(w->sorted[1][i].key, 1))->total += w->sorted[1][i].count;
    }
    for (size_t i = 0; i < w->counts[1]; i++) {
        struct history *h = bigram_history(w, word_in(w->sorted[1][i].key, 1));
        h->seen += discounted(w->sorted[1][i].count, h->total);
        h->seen_less += w->unigrams[word_in(w->sorted[1][i].key, 0)];
    }
}

static void measure_trigrams(struct writing *w)
{
    const struct table *all = &w->n->orders[2];
    for (size_t i = 0; i < all->room; i++) { /* those too that are not written */
        if (all->cells[i].key) {
            trigram_history(w, all->cells[i].key >> BITS)->total += all->cells[i].count;
        }
    }
    for (size_t i = 0; i < w->counts[2]; i++) {
        uint64_t key = w->sorted[2][i].key;
        struct history *h = trigram_history(w, key >> BITS);
        h->seen += discounted(w->sorted[2][i].count, h->total);
        h->seen_less += bigram(w, word_in(key, 1), word_in(key, 0));
    }
}

static const char *name_of(const char *const *words, uint32_t word)
{
    return word == NGRAM_BEGIN ? "<s>" : word == NGRAM_END ? "</s>" : words[word];
}

static double log_of(double p)
{
    return p > 0 ? log10(p) : NEVER;
}

static void print(const struct writing *w, const char *const *words, FILE *to)
{
    fprintf(to, "\\data\\\nngram 1=%zu\nngram 2=%zu\nngram 3=%zu\n\n\\1-grams:\n", w->n_words,
            w->counts[1], w->counts[2]);
    for (uint32_t i = 0; i < w->n_words; i++) {
        double p = i == NGRAM_BEGIN ? NEVER : log_of(w->unigrams[i]);
        fprintf(to, "%.4f %s %.4f\n", p, name_of(words, i), log_of(backoff(bigram_history(w, i))));
    }
    fprintf(to, "\n\\2-grams:\n");
    for (size_t i = 0; i < w->counts[1]; i++) {
        uint64_t key = w->sorted[1][i].key;
        const struct history *h = trigram_history(w, key);
        fprintf(to, "%.4f %s %s %.4f\n", log_of(bigram(w, word_in(key, 1), word_in(key, 0))),
                name_of(words, word_in(key, 1)), name_of(words, word_in(key, 0)),
                log_of(backoff(h)));
    }
    fprintf(to, "\n\\3-grams:\n");
    for (size_t i = 0; i < w->counts[2]; i++) {
        uint64_t key = w->sorted[2][i].key;
        double total = trigram_history(w, key >> BITS)->total;
        fprintf(to, "%.4f %s %s %s\n", log_of(discounted(w->sorted[2][i].count, total)),
                name_of(words, word_in(key, 2)), name_of(words, word_in(key, 1)),
                name_of(words, word_in(key, 0)));
    }
    fprintf(to, "\n\\end\\\n");
}

void ngram_write(const struct ngram *n, const char *const *words, size_t n_words, FILE *to)
{
    struct writing w = {.n = n, .n_words = n_words, .room = 1024};
    for (int i = 0; i < ORDERS; i++) {
        sort(&w, i);
    }
    while (w.room < 4 * n->orders[1].used) {
        w.room *= 2;
    }
    w.unigrams = xcalloc(n_words, sizeof *w.unigrams);
    w.histories[1] = xcalloc(n_words, sizeof *w.histories[1]);
    w.histories[2] = xcalloc(w.room, sizeof *w.histories[2]);
    measure_unigrams(&w);
    measure_bigrams(&w);
    measure_trigrams(&w);
    print(&w, words, to);
    for (int i = 0; i < ORDERS; i++) {
        free(w.sorted[i]);
        free(w.histories[i]);
    }
    free(w.unigrams);
}
