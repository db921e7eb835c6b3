/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An article is asked for in several ways: its question and each synonym is one phrase. A phrase
 * fits as far as its words are in the question (all of a synonym's, mostly) and as far as they make
 * up what the question is about. Both are weighed by rarity over the articles, so "do you have"
 * says nothing and "wheelchair" says all.
 */
#include "mind/articles.h"

#include <math.h>
#include <stdlib.h>

#include "mind/words.h"

#define GOOD 0.45 /* below it an article does not answer the question */
#define ANSWER_WEIGHT 0.25
#define TERM_BYTES 24
#define TERMS_MAX 40

struct terms {
    size_t n;
    struct str list[TERMS_MAX]; /* stems, each once */
};

static bool is_small(struct str w)
{
    static const char *const small[] = {
        "a",     "about", "all",  "also",  "am",   "an",    "and",   "any",    "are",  "as",
        "at",    "be",    "been", "but",   "by",   "can",   "could", "did",    "do",   "does",
        "dont",  "for",   "from", "get",   "give", "got",   "had",   "has",    "have", "hello",
        "hey",   "hi",    "how",  "i",     "id",   "if",    "ill",   "im",     "in",   "is",
        "it",    "its",   "just", "know",  "let",  "like",  "me",    "much",   "my",   "need",
        "no",    "not",   "of",   "offer", "ok",   "on",    "or",    "our",    "out",  "please",
        "s",     "say",   "so",   "some",  "take", "tell",  "thank", "thanks", "that", "the",
        "their", "them",  "then", "there", "they", "this",  "to",    "too",    "um",   "up",
        "us",    "want",  "was",  "we",    "well", "were",  "what",  "whats",  "when", "where",
        "which", "who",   "why",  "will",  "with", "would", "yall",  "yes",    "you",  "your",
    };
    for (size_t i = 0; i < ARRAY_SIZE(small); i++) {
        if (str_eq(w, str_of(small[i]))) {
            return true;
        }
    }
    return false;
}

static bool cut(struct str *w, const char *ending, size_t keep)
{
    struct str end = str_of(ending);
    if (w->n < end.n + keep || !str_ends(*w, end)) {
        return false;
    }
    w->n -= end.n;
    return true;
}

/* A light stem: plurals, -ing, -ed, -ly and a doubled or silent last letter. */
static struct str stem(struct str w)
{
    if (cut(&w, "ies", 2)) {
        return w; /* "policies", "policy" (below) */
    }
    if (!str_ends(w, STR("ss"))) {
        (void)cut(&w, "s", 3);
    }
    if ((cut(&w, "ing", 3) || cut(&w, "ed", 3) || cut(&w, "ly", 3)) && w.n > 3 &&
        w.p[w.n - 1] == w.p[w.n - 2]) {
        w.n--;
    }
    (void)(cut(&w, "e", 3) || cut(&w, "y", 3));
    return w;
}

static bool has(const struct terms *t, struct str stemmed)
{
    for (size_t i = 0; i < t->n; i++) {
        if (str_eq(t->list[i], stemmed)) {
            return true;
        }
    }
    return false;
}

static void add_text(struct pool *p, const char *text, struct terms *t)
{
    struct words words;
    if (!text) {
        return;
    }
    words_read(p, str_of(text), &words);
    for (size_t i = 0; i < words.n && t->n < TERMS_MAX; i++) {
        struct str w = words.list[i].text;
        if (!is_small(w)) {
            w = stem(w);
            if (!has(t, w)) {
                t->list[t->n++] = w;
            }
        }
    }
}

/* All that is known of an article: its phrases (ways to ask), everything, and its answer. */
struct known {
    const struct facts_article *article;
    size_t n_phrases;
    struct terms *phrases;
    struct terms asked, answer;
};

static struct known read_article(struct pool *p, const struct facts_article *a)
{
    struct known k = {.article = a};
    size_t n = 1;
    while (a->synonyms && a->synonyms[n - 1]) {
        n++;
    }
    k.phrases = pool_calloc(p, n, sizeof *k.phrases);
    k.n_phrases = n;
    for (size_t i = 0; i < n; i++) {
        const char *text = i ? a->synonyms[i - 1] : a->question;
        add_text(p, text, &k.phrases[i]);
        add_text(p, text, &k.asked);
    }
    add_text(p, a->answer, &k.answer);
    return k;
}

/* How much a word says: the fewer articles are asked for with it, the more. */
static double weight(const struct known *list, size_t n, struct str term)
{
    size_t with = 0;
    for (size_t i = 0; i < n; i++) {
        with += has(&list[i].asked, term);
    }
    return log(1.0 + (double)(n + 1) / (double)(with + 1));
}

static double weight_in(const struct known *list, size_t n, const struct terms *of,
                        const struct terms *in)
{
    double sum = 0;
    for (size_t i = 0; i < of->n; i++) {
        sum += !in || has(in, of->list[i]) ? weight(list, n, of->list[i]) : 0;
    }
    return sum;
}

/*
 * Of a phrase: how much of it the question has, and how much of the question it is. The second
 * counts less, because people say more than they ask.
 */
static double fit(const struct known *list, size_t n, const struct known *k,
                  const struct terms *question, double whole)
{
    double best = 0;
    for (size_t i = 0; i < k->n_phrases; i++) {
        double common = weight_in(list, n, &k->phrases[i], question);
        double phrase = weight_in(list, n, &k->phrases[i], NULL);
        if (common > 0) {
            best = fmax(best, 0.65 * common / phrase + 0.35 * common / whole);
        }
    }
    if (best > 0) { /* what other ways to ask it, and the answer, add */
        double asked = weight_in(list, n, question, &k->asked) / whole;
        double answer = weight_in(list, n, question, &k->answer) / whole;
        best = fmax(best, 0.8 * best + 0.2 * asked) + 0.05 * ANSWER_WEIGHT * answer;
    }
    return fmin(best, 1.0);
}

static int better(const void *a, const void *b)
{
    const struct article_match *x = a, *y = b;
    return x->score != y->score ? (x->score < y->score) - (x->score > y->score)
                                : (x->article > y->article) - (x->article < y->article);
}

size_t articles_search(struct pool *p, const struct facts *f, struct str question,
                       struct article_match *out, size_t max)
{
    struct terms asked = {0};
    add_text(p, str_dup(p, question), &asked);
    if (asked.n == 0 || f->n_articles == 0) {
        return 0;
    }
    struct known *list = pool_calloc(p, f->n_articles, sizeof *list);
    struct article_match *all = pool_calloc(p, f->n_articles, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < f->n_articles; i++) {
        list[i] = read_article(p, &f->articles[i]);
    }
    double whole = weight_in(list, f->n_articles, &asked, NULL);
    for (size_t i = 0; i < f->n_articles; i++) {
        double score = fit(list, f->n_articles, &list[i], &asked, whole);
        if (score >= GOOD) {
            all[n++] = (struct article_match){&f->articles[i], score};
        }
    }
    qsort(all, n, sizeof *all, better);
    n = MIN_OF(n, max);
    for (size_t i = 0; i < n; i++) {
        out[i] = all[i];
    }
    return n;
}
