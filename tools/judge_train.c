/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trains the judge of finished conversations (src/mind/judge.h) during the build: reads judged
 * conversations, takes their features as the product will, and fits a linear classifier by
 * stochastic gradient descent. Deterministic: the same examples give the same weights on the same
 * compiler.
 *
 *   judge_train OUT.c EXAMPLES.tsv... GOLDEN...    write the weights as a C file
 *   judge_train --check EXAMPLES.tsv... GOLDEN...  how well it does, as a test's output: five
 *                          times, a fifth of the conversations is judged by what the others
 *                          taught; the golden ones of a sixth of the authors by all else
 *
 *   judge_train --misses ...                            the same, and what was judged wrong
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "judge_examples.h"
#include "train_files.h"

/* While training nothing is built in. */
const struct judge_model judge_built_in = {NULL, 1, 1};

struct trainer {
    struct examples from;
    float (*w)[JUDGE_COLUMNS];
    float (*g)[JUDGE_COLUMNS];    /* sums of squared gradients */
    float (*mean)[JUDGE_COLUMNS]; /* of the runs */
    int8_t (*held)[JUDGE_COLUMNS];
    struct judge_model model;
    bool misses;
};

#define RATE 0.02f
#define DECAY 1e-3f
#define EPOCHS 16
#define RUNS 4       /* in other orders; the mean of their weights is held */
#define UNSURE 0.04f /* the wanted probability is a little less than one: labels have errors */

static void to_probabilities(float *s, int n)
{
    float most = s[0], sum = 0;
    for (int k = 1; k < n; k++) {
        most = MAX_OF(most, s[k]);
    }
    for (int k = 0; k < n; k++) {
        s[k] = expf(s[k] - most);
        sum += s[k];
    }
    for (int k = 0; k < n; k++) {
        s[k] /= sum;
    }
}

static void scores_of(const struct trainer *t, const struct example *x, size_t first, float *out)
{
    memset(out, 0, JUDGE_COLUMNS * sizeof *out);
    for (size_t i = first; i < x->n; i++) {
        for (int k = 0; k < JUDGE_COLUMNS; k++) {
            out[k] += x->features[i].value * t->w[x->features[i].row][k];
        }
    }
}

/* From scores to how far they are from what is wanted: of several that will do, in equal shares. */
static void want(float *s, int n, unsigned wanted)
{
    int m = __builtin_popcount(wanted);
    to_probabilities(s, n);
    for (int k = 0; k < n; k++) {
        s[k] -= wanted >> k & 1 ? (1 - UNSURE) / (float)m : UNSURE / (float)(n - m);
    }
}

/*
 * The rules were made with some of these conversations in view, and are surer here than elsewhere:
 * now and then a conversation is learnt without what they found.
 */
#define WITHOUT_RULES 50 /* percent */
#define RULES_KNEW_IT 80 /* of those that were in view */

static void learn(struct trainer *t, const struct example *x, bool without_rules)
{
    float s[JUDGE_COLUMNS];
    size_t first = without_rules ? x->n_rules : 0;
    scores_of(t, x, first, s);
    want(s, N_MOODS, x->moods);
    want(s + N_MOODS, N_OUTCOMES, x->outcomes);
    for (size_t i = first; i < x->n; i++) {
        float *w = t->w[x->features[i].row], *g = t->g[x->features[i].row];
        for (int k = 0; k < JUDGE_COLUMNS; k++) {
            float step = s[k] * x->features[i].value + DECAY * w[k];
            g[k] += step * step;
            w[k] -= RATE * step / sqrtf(g[k] + 0.1f);
        }
    }
}

/* Weights beyond this are held to it. */
#define WEIGHT_MAX 3.0f
#define SCALE (127 / WEIGHT_MAX)
/* So that of ten that are 0.8 sure eight are right; see what --check says. */
#define SHARPNESS 1.1f

/* The weights as the product will have them. */
static void hold(struct trainer *t)
{
    for (int row = 0; row < JUDGE_ROWS; row++) {
        for (int k = 0; k < JUDGE_COLUMNS; k++) {
            float w = t->mean[row][k];
            w = w > WEIGHT_MAX ? WEIGHT_MAX : w < -WEIGHT_MAX ? -WEIGHT_MAX : w;
            t->held[row][k] = (int8_t)lroundf(w * SCALE);
        }
    }
    t->model = (struct judge_model){(const int8_t(*)[JUDGE_COLUMNS])t->held, SCALE, SHARPNESS};
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void shuffle(size_t *order, size_t n, uint64_t *state)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = next_random(state) % i, kept = order[i - 1];
        order[i - 1] = order[k];
        order[k] = kept;
    }
}

/* From all but one fold; without: none has this number. */
static void train(struct trainer *t, unsigned without)
{
    uint64_t state = 88172645463325252u;
    size_t *order = xcalloc(t->from.n, sizeof *order), n = 0;
    memset(t->mean, 0, JUDGE_ROWS * sizeof *t->mean);
    for (size_t i = 0; i < t->from.n; i++) {
        if (t->from.list[i].fold != without && t->from.list[i].judged) {
            order[n++] = i;
        }
    }
    for (int run = 0; run < RUNS; run++) {
        memset(t->w, 0, JUDGE_ROWS * sizeof *t->w);
        memset(t->g, 0, JUDGE_ROWS * sizeof *t->g);
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            shuffle(order, n, &state);
            for (size_t i = 0; i < n; i++) {
                const struct example *x = &t->from.list[order[i]];
                int percent = x->group >= GROUP_ROWS ? RULES_KNEW_IT : WITHOUT_RULES;
                learn(t, x, next_random(&state) % 100 < (unsigned)percent);
            }
        }
        for (int row = 0; row < JUDGE_ROWS; row++) {
            for (int k = 0; k < JUDGE_COLUMNS; k++) {
                t->mean[row][k] += t->w[row][k] / RUNS;
            }
        }
    }
    free(order);
    hold(t);
}

struct tally {
    size_t n, outcomes, moods, bands;
    size_t sure[10], right[10]; /* by tenths of confidence */
};

static void check(struct trainer *t, const struct example *x, struct tally *y)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct score_out s;
    score_judged_by(&t->model, p, &x->in, &s);
    bool outcome = (x->outcomes & bits_of(x->id, 0, str_of(s.outcome), false)) != 0;
    bool band = x->judged ? s.satisfaction >= x->least - 1 && s.satisfaction <= x->most + 1
                          : s.satisfaction == 0;
    bool right =
        s.sentiment ? (x->moods & bits_of(x->id, 0, str_of(s.sentiment), true)) != 0 : !x->judged;
    y->n++;
    y->moods += right;
    y->outcomes += outcome;
    y->bands += band && (s.satisfaction || !x->judged);
    if (s.sentiment) {
        int tenth = MIN_OF((int)(s.confidence * 10), 9);
        y->sure[tenth]++;
        y->right[tenth] += right;
    }
    if (t->misses && !(right && outcome && band)) {
        printf("# %d %s: %x/%s, %x/%s, %d-%d/%d (%.2f)\n", x->group, x->id, x->moods,
               s.sentiment ? s.sentiment : "-", x->outcomes, s.outcome, x->least, x->most,
               s.satisfaction, s.confidence);
    }
}

static void print_share(size_t *number, const char *what, const char *where, size_t right, size_t n,
                        int floor)
{
    bool ok = 100 * right >= (size_t)floor * n;
    printf("%s %zu - %s %.1f %% of %zu %s\n", ok ? "ok" : "not ok", ++*number, what,
           100.0 * (double)right / (double)MAX_OF(n, (size_t)1), n, where);
}

static void print_confidence(const struct tally *y)
{
    for (int k = 0; k < 10; k++) { /* of those that the rules had not in view */
        size_t n = 0, right = 0;
        for (int g = 0; g < N_GROUPS; g++) {
            bool in_view = g == GROUP_ROWS;
            n += in_view ? 0 : y[g].sure[k];
            right += in_view ? 0 : y[g].right[k];
        }
        if (n) {
            printf("# confidence %.1f: %.1f %% of %zu\n", k / 10.0,
                   100.0 * (double)right / (double)n, n);
        }
    }
}

static void check_all(struct trainer *t)
{
    static const struct {
        const char *name;
        int outcome, sentiment, satisfaction; /* at least, in percent */
    } rows[N_GROUPS] = {{"dialogues", 88, 78, 92},
                        {"dialogues, with events", 93, 83, 93},
                        {"voices", 83, 82, 89},
                        {"rows", 95, 95, 95},
                        {"strangers, with events", 90, 72, 91},
                        {"strangers, without", 82, 66, 85}};
    struct tally y[N_GROUPS] = {{0}};
    size_t number = 0;
    for (unsigned fold = 0; fold < FOLDS; fold++) {
        train(t, fold);
        for (size_t i = 0; i < t->from.n; i++) {
            if (t->from.list[i].fold == fold) {
                check(t, &t->from.list[i], &y[t->from.list[i].group]);
            }
        }
    }
    for (int g = 0; g < N_GROUPS; g++) {
        print_share(&number, "outcome", rows[g].name, y[g].outcomes, y[g].n, rows[g].outcome);
        print_share(&number, "sentiment", rows[g].name, y[g].moods, y[g].n, rows[g].sentiment);
        print_share(&number, "satisfaction", rows[g].name, y[g].bands, y[g].n,
                    rows[g].satisfaction);
    }
    print_confidence(y);
    printf("1..%zu\n", number);
}

static void write_model(const struct trainer *t, const char *path)
{
    FILE *f = fopen(path, "we");
    if (!f) {
        fail(path, 0, "cannot be written");
    }
    fputs("/* Made by tools/judge_train.c from src/mind/examples. */\n#include \"mind/judge.h\"\n"
          "static const int8_t weights[JUDGE_ROWS][JUDGE_COLUMNS] = {\n",
          f);
    for (int row = 0; row < JUDGE_ROWS; row++) {
        fputc('{', f);
        for (int k = 0; k < JUDGE_COLUMNS; k++) {
            fprintf(f, "%d,", t->held[row][k]);
        }
        fputs("},\n", f);
    }
    fprintf(f, "};\nconst struct judge_model judge_built_in = {weights, %.6ff, %.6ff};\n",
            (double)t->model.scale, (double)t->model.sharpness);
    if (fclose(f) != 0) {
        fail(path, 0, "cannot be written");
    }
}

int main(int argc, char **argv)
{
    struct trainer t = {.from = {.pool = pool_new()}};
    if (argc < 3) {
        fail("judge_train", 0, "see the head of its source");
    }
    t.misses = strcmp(argv[1], "--misses") == 0;
    t.w = xcalloc(JUDGE_ROWS, sizeof *t.w);
    t.g = xcalloc(JUDGE_ROWS, sizeof *t.g);
    t.mean = xcalloc(JUDGE_ROWS, sizeof *t.mean);
    t.held = xcalloc(JUDGE_ROWS, sizeof *t.held);
    struct paths from = paths_of(t.from.pool, argc - 2, argv + 2);
    examples_read(&t.from, from.n, from.list);
    if (t.misses || strcmp(argv[1], "--check") == 0) {
        check_all(&t);
    } else {
        train(&t, FOLDS);
        write_model(&t, argv[1]);
    }
    free(t.from.list);
    free(t.w);
    free(t.g);
    free(t.mean);
    free(t.held);
    pool_free(&t.from.pool);
    return 0;
}
