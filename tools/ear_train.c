/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trains the ear (src/mind/ear.h) during the build: reads example turns, hears their features as
 * the product will, and fits a linear classifier by stochastic gradient descent. Deterministic: the
 * same examples give the same weights on the same compiler.
 *
 *   ear_train OUT.c EXAMPLES.tsv... GOLDEN.json...      write the weights as a C file
 *   ear_train --check DEV.json... -- EXAMPLES...        how well they do on turns not trained on
 *
 * A line of a .tsv is: intent, acts, text, the assistant's line before, the customer's line before
 * that, with tabs between and \n for a line end. A .json is a golden conversation.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "domain/facts_seed.h"
#include "mind/ear.h"
#include "mind/understand_private.h"
#include "train_files.h"

/* While training nothing is built in. */
const struct ear_model ear_built_in = {NULL, 1};

struct example {
    enum intent intent;
    unsigned acts;
    size_t n;
    struct ear_feature *features;
};

struct examples {
    size_t n, cap;
    struct example *list;
};

struct trainer {
    struct pool *pool; /* what stays */
    struct facts facts;
    struct wall now;
    struct examples train, dev;
    struct examples *to;
    struct ear_model model; /* of the pass before: what was heard in earlier turns */
    int8_t (*held)[EAR_COLUMNS];
    float (*w)[EAR_COLUMNS];
    float (*g)[EAR_COLUMNS]; /* sums of squared gradients */
    uint64_t random;
};

static unsigned acts_of(const char *file, size_t line, struct str names)
{
    unsigned acts = 0;
    for (struct str name; names.p && (name = str_cut(&names, ',')).p;) {
        bool known = name.n == 0;
        for (int i = 0; i < N_ACTS; i++) {
            if (str_eq(str_trim(name), str_of(act_name((enum act_bit)i)))) {
                acts |= 1U << i;
                known = true;
            }
        }
        if (!known) {
            fail(file, line, "there is no such act");
        }
    }
    return acts;
}

static void add_example(struct trainer *t, struct str text, enum channel channel,
                        const struct talk *talk, struct str said, enum intent intent, unsigned acts)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct understand_in in = {.text = text,
                               .channel = channel,
                               .facts = &t->facts,
                               .talk = talk,
                               .said_before = said,
                               .now = t->now};
    struct understood u;
    struct reading r;
    static struct ear_features f;
    enum intent by_rules = understand_read(p, &in, &u, &r);
    ear_features(&r, by_rules, &f);
    struct examples *to = t->to;
    if (to->n == to->cap) {
        to->cap = to->cap ? to->cap * 2 : 1024;
        to->list = xrealloc(to->list, to->cap * sizeof *to->list);
    }
    struct ear_feature *copy = pool_calloc(t->pool, f.n, sizeof *copy);
    memcpy(copy, f.list, f.n * sizeof *copy);
    to->list[to->n++] = (struct example){intent, acts, f.n, copy};
}

static void hear_customer(struct trainer *t, struct pool *p, struct str text, enum channel channel,
                          struct talk *talk, struct str said)
{
    struct understand_in in = {.text = text,
                               .channel = channel,
                               .facts = &t->facts,
                               .talk = talk,
                               .ear = &t->model,
                               .said_before = said,
                               .now = t->now};
    struct understood u;
    understand(p, &in, &u);
    talk_note(talk, &u);
}

/* "\n" of the file is a line end of the text. */
static struct str unescape(struct pool *p, struct str s)
{
    char *text = pool_alloc(p, s.n + 1), *to = text;
    for (size_t i = 0; i < s.n; i++) {
        bool line = s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == 'n';
        *to++ = line ? '\n' : s.p[i];
        i += line;
    }
    return (struct str){text, (size_t)(to - text)};
}

static void read_tsv(struct trainer *t, const char *path)
{
    size_t number = 0;
    struct str rest = read_whole(t->pool, path);
    for (struct str line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        number++;
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        CLEANUP(pool_free) struct pool *p = pool_new();
        struct str field[5] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};
        for (int i = 0; i < 5 && line.p; i++) {
            field[i] = str_cut(&line, '\t');
        }
        enum intent intent = intent_of_name(field[0]);
        if (intent == INTENT_none) {
            fail(path, number, "there is no such intent");
        }
        struct talk talk = talk_none();
        if (field[4].n) {
            hear_customer(t, p, unescape(p, field[4]), CHANNEL_SMS, &talk, STR(""));
        }
        if (field[3].n) {
            talk_listen(p, &talk, unescape(p, field[3]), &t->facts, t->now);
        }
        add_example(t, unescape(p, field[2]), CHANNEL_SMS, &talk, unescape(p, field[3]), intent,
                    acts_of(path, number, field[1]));
    }
}

static void read_golden(struct trainer *t, const char *path)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    size_t i;
    json_t *doc, *turn;
    struct err e = {0};
    struct str text = read_whole(t->pool, path);
    if (json_read(p, text, &doc, &e) < 0) {
        fail(path, 0, e.text);
    }
    struct wall kept = t->now;
    enum channel channel = CHANNEL_SMS;
    if (!wall_parse(str_of(json_get_text(doc, "now", "")), &t->now) ||
        !channel_of(str_of(json_get_text(doc, "channel", "")), &channel)) {
        fail(path, 0, "now or channel is not right");
    }
    struct talk talk = talk_none();
    struct str said = {0};
    json_array_foreach (json_object_get(doc, "turns"), i, turn) {
        struct str line = str_of(json_get_text(turn, "text", ""));
        if (strcmp(json_get_text(turn, "speaker", ""), "customer") != 0) {
            talk_listen(p, &talk, line, &t->facts, t->now);
            said = line;
            continue;
        }
        unsigned acts = 0;
        size_t k;
        json_t *act;
        json_array_foreach (json_object_get(turn, "acts"), k, act) {
            acts |= acts_of(path, i, str_of(json_string_value(act)));
        }
        enum intent intent = intent_of_name(str_of(json_get_text(turn, "intent", "")));
        add_example(t, line, channel, &talk, said, intent, acts);
        hear_customer(t, p, line, channel, &talk, said);
    }
    t->now = kept;
}

static void read_file(struct trainer *t, const char *path)
{
    if (str_ends(str_of(path), STR(".tsv"))) {
        read_tsv(t, path);
    } else {
        read_golden(t, path);
    }
}

/* Weights beyond this are held to it. */
#define WEIGHT_MAX 6.0f
#define SCALE (127 / WEIGHT_MAX)

/* The weights as the product will have them. */
static void hold(struct trainer *t)
{
    for (int row = 0; row < EAR_ROWS; row++) {
        for (int k = 0; k < EAR_COLUMNS; k++) {
            float w = t->w[row][k];
            w = w > WEIGHT_MAX ? WEIGHT_MAX : w < -WEIGHT_MAX ? -WEIGHT_MAX : w;
            t->held[row][k] = (int8_t)lroundf(w * SCALE);
        }
    }
    t->model = (struct ear_model){(const int8_t(*)[EAR_COLUMNS])t->held, SCALE};
}

static void scores_of(const struct trainer *t, const struct example *x, float *out)
{
    memset(out, 0, EAR_COLUMNS * sizeof *out);
    for (size_t i = 0; i < x->n; i++) {
        for (int k = 0; k < EAR_COLUMNS; k++) {
            out[k] += x->features[i].value * t->w[x->features[i].row][k];
        }
    }
}

/* Scores to probabilities: softmax over the intents, a logistic function for each act. */
static void normalize(float *s)
{
    float most = s[0], sum = 0;
    for (int k = 1; k < N_INTENTS; k++) {
        most = MAX_OF(most, s[k]);
    }
    for (int k = 0; k < N_INTENTS; k++) {
        s[k] = expf(s[k] - most);
        sum += s[k];
    }
    for (int k = 0; k < N_INTENTS; k++) {
        s[k] /= sum;
    }
    for (int k = N_INTENTS; k < EAR_COLUMNS; k++) {
        s[k] = 1 / (1 + expf(-s[k]));
    }
}

#define RATE 0.04f
#define DECAY 5e-4f
#define EPOCHS 9
#define EPOCHS_FIRST 3 /* of the first pass: its only use is to hear earlier turns */
#define DEAF 0.4f      /* the share of the features that each look at an example misses */
#define UNSURE 0.05f   /* the wanted probability is a little less than one: labels have errors */

/* xorshift: the same on every machine. */
static uint64_t random_next(struct trainer *t)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 7;
    t->random ^= t->random << 17;
    return t->random;
}

/* The example without some of its features, so that no weight can rely on the others. */
static struct example half_heard(struct trainer *t, const struct example *whole)
{
    static struct ear_feature kept[EAR_FEATURES_MAX];
    struct example x = *whole;
    x.features = kept;
    x.n = 0;
    for (size_t i = 0; i < whole->n; i++) {
        if ((float)(random_next(t) >> 40) >= DEAF * (float)(1 << 24)) {
            kept[x.n] = whole->features[i];
            kept[x.n++].value /= 1 - DEAF;
        }
    }
    return x;
}

static void learn(struct trainer *t, const struct example *x)
{
    float s[EAR_COLUMNS];
    scores_of(t, x, s);
    normalize(s);
    for (int k = 0; k < EAR_COLUMNS; k++) {
        bool is = k < N_INTENTS ? k == (int)x->intent : (x->acts >> (k - N_INTENTS)) & 1;
        float wanted = k < N_INTENTS ? (is ? 1 - UNSURE : UNSURE / (N_INTENTS - 1))
                                     : (is ? 1 - UNSURE : UNSURE);
        s[k] -= wanted;
    }
    for (size_t i = 0; i < x->n; i++) {
        float *w = t->w[x->features[i].row], *g = t->g[x->features[i].row];
        for (int k = 0; k < EAR_COLUMNS; k++) {
            float step = s[k] * x->features[i].value + DECAY * w[k];
            g[k] += step * step;
            w[k] -= RATE * step / sqrtf(g[k] + 0.1f);
        }
    }
}

static void train(struct trainer *t, int epochs)
{
    t->random = 88172645463325252u;
    size_t n = t->train.n;
    size_t *order = xcalloc(n, sizeof *order);
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    for (int epoch = 0; epoch < epochs; epoch++) {
        for (size_t i = n; i > 1; i--) {
            size_t k = random_next(t) % i, kept = order[i - 1];
            order[i - 1] = order[k];
            order[k] = kept;
        }
        for (size_t i = 0; i < n; i++) {
            struct example x = half_heard(t, &t->train.list[order[i]]);
            learn(t, &x);
        }
    }
    free(order);
}

static void write_model(const struct trainer *t, const char *path)
{
    FILE *f = fopen(path, "we");
    if (!f) {
        fail(path, 0, "cannot be written");
    }
    fputs("/* Made by tools/ear_train.c from src/mind/examples. */\n#include \"mind/ear.h\"\n"
          "static const int8_t weights[EAR_ROWS][EAR_COLUMNS] = {\n",
          f);
    for (int row = 0; row < EAR_ROWS; row++) {
        fputc('{', f);
        for (int k = 0; k < EAR_COLUMNS; k++) {
            fprintf(f, "%d,", t->held[row][k]);
        }
        fputs("},\n", f);
    }
    fprintf(f, "};\nconst struct ear_model ear_built_in = {weights, %.6ff};\n", (double)SCALE);
    if (fclose(f) != 0) {
        fail(path, 0, "cannot be written");
    }
}

static void check(const struct trainer *t)
{
    size_t right = 0, hits = 0, wrong = 0, missed = 0;
    int confused[N_INTENTS][N_INTENTS] = {{0}};
    for (size_t i = 0; i < t->dev.n; i++) {
        const struct example *x = &t->dev.list[i];
        float s[EAR_COLUMNS];
        int best = 0;
        scores_of(t, x, s);
        normalize(s);
        for (int k = 1; k < N_INTENTS; k++) {
            best = s[k] > s[best] ? k : best;
        }
        right += best == (int)x->intent;
        confused[x->intent][best]++;
        for (int k = 0; k < N_ACTS; k++) {
            bool is = (x->acts >> k) & 1, said = s[N_INTENTS + k] > 0.5f;
            hits += is && said;
            wrong += said && !is;
            missed += is && !said;
        }
    }
    printf("trained on %zu, checked on %zu: intent %.3f, acts F1 %.3f\n", t->train.n, t->dev.n,
           (double)right / (double)MAX_OF(t->dev.n, 1u),
           2.0 * (double)hits / (double)(2 * hits + wrong + missed));
    for (int a = 0; a < N_INTENTS; a++) {
        for (int b = 0; b < N_INTENTS; b++) {
            if (a != b && confused[a][b] > 2) {
                printf("  %s heard as %s: %d\n", intent_name((enum intent)a),
                       intent_name((enum intent)b), confused[a][b]);
            }
        }
    }
}

/* Earlier turns are heard by the ear itself, so what it is taught first is not quite the truth. */
#define PASSES 2

static void read_all(struct trainer *t, int argc, char **argv, bool checking)
{
    memset(t->w, 0, EAR_ROWS * sizeof *t->w);
    memset(t->g, 0, EAR_ROWS * sizeof *t->g);
    t->train.n = t->dev.n = 0;
    t->to = checking ? &t->dev : &t->train;
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            t->to = &t->train;
        } else {
            read_file(t, argv[i]);
        }
    }
}

int main(int argc, char **argv)
{
    struct trainer t = {.pool = pool_new()};
    struct err e = {0};
    bool checking = argc > 1 && strcmp(argv[1], "--check") == 0;
    if (argc < 3 || facts_of_demo(t.pool, &t.facts, &e) < 0 ||
        !wall_parse(STR("2026-03-03T15:00:00Z"), &t.now)) {
        fail("ear_train", 0, e.text[0] ? e.text : "see the head of its source");
    }
    t.w = xcalloc(EAR_ROWS, sizeof *t.w);
    t.g = xcalloc(EAR_ROWS, sizeof *t.g);
    t.held = xcalloc(EAR_ROWS, sizeof *t.held);
    for (int pass = 0; pass < PASSES; pass++) {
        read_all(&t, argc, argv, checking);
        train(&t, pass + 1 < PASSES ? EPOCHS_FIRST : EPOCHS);
        hold(&t);
    }
    if (checking) {
        check(&t);
    } else {
        write_model(&t, argv[1]);
    }
    free(t.train.list);
    free(t.dev.list);
    free(t.w);
    free(t.g);
    free(t.held);
    pool_free(&t.pool);
    return 0;
}
