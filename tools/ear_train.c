/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trains the ear (src/mind/ear.h) during the build: reads example turns, hears their features as
 * the product will, and fits a linear classifier by stochastic gradient descent. Deterministic: the
 * same examples give the same weights on the same compiler.
 *
 *   ear_train OUT.c EXAMPLES.tsv... GOLDEN...      write the weights as a C file
 *   ear_train --check EXAMPLES.tsv... GOLDEN...    how well it does with people it has never
 *             read: the golden turns of each group of authors are heard by an ear that those of
 *             the other groups taught
 *   ear_train --misses EXAMPLES.tsv... GOLDEN...   the same, and what was misheard
 *
 * A line of a .tsv is: intent, acts, text, the assistant's line before, the customer's line before
 * that, with tabs between and \n for a line end. GOLDEN is a golden conversation (.json) or a
 * folder of them; its author is told by the letter and the underscore that its name begins with
 * (none: the first author).
 */
#include <math.h>
#include <pthread.h>
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

struct tally;

struct trainer {
    struct pool *pool; /* what stays */
    struct facts facts;
    struct wall now;
    struct examples train;
    struct ear_model model; /* of the pass before: what was heard in earlier turns */
    struct tally *tally;
    bool misses;
    int8_t (*held)[EAR_COLUMNS];
};

/* Once through all epochs, in an order of its own; a thread's. */
struct run {
    const struct examples *from;
    int epochs;
    uint64_t random; /* begins as its seed */
    float (*w)[EAR_COLUMNS];
    float (*g)[EAR_COLUMNS]; /* sums of squared gradients */
    struct ear_feature kept[EAR_FEATURES_MAX];
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
    struct examples *to = &t->train;
    if (to->n == to->cap) {
        to->cap = to->cap ? to->cap * 2 : 1024;
        to->list = xrealloc(to->list, to->cap * sizeof *to->list);
    }
    struct ear_feature *copy = pool_calloc(t->pool, f.n, sizeof *copy);
    memcpy(copy, f.list, f.n * sizeof *copy);
    to->list[to->n++] = (struct example){intent, acts, f.n, copy};
}

static struct understood hear_customer(struct trainer *t, struct pool *p, struct str text,
                                       enum channel channel, struct talk *talk, struct str said)
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
    return u;
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

/* A conversation's turns stand under a line "# number", one after the other. */
static bool begins_conversation(struct str line)
{
    struct str number = str_trim((struct str){line.p + 1, line.n - 1});
    for (size_t i = 0; i < number.n; i++) {
        if (number.p[i] < '0' || number.p[i] > '9') {
            return false;
        }
    }
    return number.n > 0;
}

struct tsv {
    const char *path;
    size_t number;
    struct pool *p;
    bool goes_on;     /* the next turn is of the conversation that talk stands in */
    struct talk talk; /* its texts live in p */
};

static void read_row(struct trainer *t, struct tsv *f, struct str line)
{
    struct str field[5] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};
    for (int i = 0; i < 5 && line.p; i++) {
        field[i] = unescape(f->p, str_cut(&line, '\t'));
    }
    enum intent intent = intent_of_name(field[0]);
    if (intent == INTENT_none) {
        fail(f->path, f->number, "there is no such intent");
    }
    if (!f->goes_on) {
        f->talk = talk_none();
    }
    if (!f->goes_on && field[4].n) {
        hear_customer(t, f->p, field[4], CHANNEL_SMS, &f->talk, STR(""));
    }
    if (field[3].n) {
        talk_listen(f->p, &f->talk, field[3], &t->facts, t->now);
    }
    add_example(t, field[2], CHANNEL_SMS, &f->talk, field[3], intent,
                acts_of(f->path, f->number, field[1]));
    if (f->goes_on) {
        hear_customer(t, f->p, field[2], CHANNEL_SMS, &f->talk, field[3]);
    }
}

static void read_tsv(struct trainer *t, const char *path)
{
    struct str rest = read_whole(t->pool, path);
    struct tsv f = {.path = path};
    CLEANUP(pool_free) struct pool *p = pool_new();
    f.p = p;
    for (struct str line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        f.number++;
        if (line.n && line.p[0] == '#') {
            f.goes_on = begins_conversation(line);
            f.talk = talk_none();
        } else if (line.n) {
            read_row(t, &f, line);
        }
    }
}

/* One turn of a golden conversation that a customer said, and what it means. */
struct golden_turn {
    struct str text, said; /* said: the assistant's line before */
    enum intent intent;
    unsigned acts;
};

struct golden {
    enum channel channel;
    struct wall now;
    struct talk talk; /* where it stands before the turn */
};

typedef void (*on_turn)(struct trainer *t, struct pool *p, struct golden *g,
                        const struct golden_turn *turn);

static unsigned acts_in(const char *path, size_t number, const json_t *list)
{
    unsigned acts = 0;
    size_t k;
    json_t *act;
    json_array_foreach (list, k, act) {
        acts |= acts_of(path, number, str_of(json_string_value(act)));
    }
    return acts;
}

/* Lives through the conversation: each turn is given to the function, and then heard. */
static void live(struct trainer *t, const char *path, on_turn what)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    size_t i;
    json_t *doc, *turn;
    struct err e = {0};
    struct golden g = {.channel = CHANNEL_SMS, .talk = talk_none()};
    if (json_read(p, read_whole(p, path), &doc, &e) < 0) {
        fail(path, 0, e.text);
    }
    if (!wall_parse(str_of(json_get_text(doc, "now", "")), &g.now) ||
        !channel_of(str_of(json_get_text(doc, "channel", "")), &g.channel)) {
        fail(path, 0, "now or channel is not right");
    }
    struct wall kept = t->now;
    t->now = g.now;
    struct str said = {0};
    json_array_foreach (json_object_get(doc, "turns"), i, turn) {
        struct str line = str_of(json_get_text(turn, "text", ""));
        if (strcmp(json_get_text(turn, "speaker", ""), "customer") != 0) {
            talk_listen(p, &g.talk, line, &t->facts, t->now);
            said = line;
            continue;
        }
        struct golden_turn said_now = {
            .text = line,
            .said = said,
            .intent = intent_of_name(str_of(json_get_text(turn, "intent", ""))),
            .acts = acts_in(path, i, json_object_get(turn, "acts")),
        };
        what(t, p, &g, &said_now);
    }
    t->now = kept;
}

static void learn_turn(struct trainer *t, struct pool *p, struct golden *g,
                       const struct golden_turn *turn)
{
    add_example(t, turn->text, g->channel, &g->talk, turn->said, turn->intent, turn->acts);
    hear_customer(t, p, turn->text, g->channel, &g->talk, turn->said);
}

static bool is_golden(const char *path)
{
    return str_ends(str_of(path), STR(".json"));
}

/* The first author's conversations have names without a letter in front. */
static char author_of(const char *path)
{
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    return name[0] && name[1] == '_' ? name[0] : 'a';
}

/* Weights beyond this are held to it. */
#define WEIGHT_MAX 6.0f
#define SCALE (127 / WEIGHT_MAX)

/* The mean of the runs, as the product will have it. */
static void hold(struct trainer *t, const struct run *runs, int n)
{
    for (int row = 0; row < EAR_ROWS; row++) {
        for (int k = 0; k < EAR_COLUMNS; k++) {
            float w = 0;
            for (int i = 0; i < n; i++) {
                w += runs[i].w[row][k] / (float)n;
            }
            w = w > WEIGHT_MAX ? WEIGHT_MAX : w < -WEIGHT_MAX ? -WEIGHT_MAX : w;
            t->held[row][k] = (int8_t)lroundf(w * SCALE);
        }
    }
    t->model = (struct ear_model){(const int8_t(*)[EAR_COLUMNS])t->held, SCALE};
}

static void scores_of(const struct run *t, const struct example *x, float *out)
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
#define RUNS 2         /* in other orders, side by side; the mean of their weights is held */
#define DEAF 0.4f      /* the share of the features that each look at an example misses */
#define UNSURE 0.05f   /* the wanted probability is a little less than one: labels have errors */

/* xorshift: the same on every machine. */
static uint64_t random_next(struct run *t)
{
    t->random ^= t->random << 13;
    t->random ^= t->random >> 7;
    t->random ^= t->random << 17;
    return t->random;
}

/* The example without some of its features, so that no weight can rely on the others. */
static struct example half_heard(struct run *t, const struct example *whole)
{
    struct ear_feature *kept = t->kept;
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

static void learn(struct run *t, const struct example *x)
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

static void *run_through(void *arg)
{
    struct run *t = arg;
    size_t n = t->from->n;
    size_t *order = xcalloc(n, sizeof *order);
    for (size_t i = 0; i < n; i++) {
        order[i] = i;
    }
    for (int epoch = 0; epoch < t->epochs; epoch++) {
        for (size_t i = n; i > 1; i--) {
            size_t k = random_next(t) % i, kept = order[i - 1];
            order[i - 1] = order[k];
            order[k] = kept;
        }
        for (size_t i = 0; i < n; i++) {
            struct example x = half_heard(t, &t->from->list[order[i]]);
            learn(t, &x);
        }
    }
    free(order);
    return NULL;
}

static void train(struct trainer *t, int epochs, int n)
{
    struct run *runs = xcalloc((size_t)n, sizeof *runs);
    pthread_t threads[RUNS];
    for (int i = 0; i < n; i++) {
        runs[i].from = &t->train;
        runs[i].epochs = epochs;
        runs[i].random = 88172645463325252u + (uint64_t)i * 0x9E3779B97F4A7C15u;
        runs[i].w = xcalloc(EAR_ROWS, sizeof *runs[i].w);
        runs[i].g = xcalloc(EAR_ROWS, sizeof *runs[i].g);
        if (pthread_create(&threads[i], NULL, run_through, &runs[i]) != 0) {
            fail("ear_train", 0, "a thread could not be made");
        }
    }
    for (int i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    hold(t, runs, n);
    for (int i = 0; i < n; i++) {
        free(runs[i].w);
        free(runs[i].g);
    }
    free(runs);
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

struct tally {
    size_t turns, right, hits, wrong, missed; /* the last three: acts */
    int confused[N_INTENTS][N_INTENTS];
};

static void check_turn(struct trainer *t, struct pool *p, struct golden *g,
                       const struct golden_turn *turn)
{
    struct tally *y = t->tally;
    struct understood u = hear_customer(t, p, turn->text, g->channel, &g->talk, turn->said);
    y->turns++;
    y->right += u.intent == turn->intent;
    y->confused[turn->intent][u.intent]++;
    y->hits += (size_t)__builtin_popcount(u.acts & turn->acts);
    y->wrong += (size_t)__builtin_popcount(u.acts & ~turn->acts);
    y->missed += (size_t)__builtin_popcount(~u.acts & turn->acts);
    if (t->misses && u.intent != turn->intent) {
        printf("# %s not %s: %.*s\n", intent_name(turn->intent), intent_name(u.intent),
               (int)turn->text.n, turn->text.p);
    }
}

static float percent(size_t part, size_t of)
{
    return 100.0f * (float)part / (float)MAX_OF(of, (size_t)1);
}

/* Earlier turns are heard by the ear itself, so what it is taught first is not quite the truth. */
#define PASSES 2

/* Taught by everything but the golden conversations of these authors. */
static void teach(struct trainer *t, int n, char **paths, const char *without)
{
    t->model = (struct ear_model){NULL, 1};
    for (int pass = 0; pass < PASSES; pass++) {
        t->train.n = 0;
        for (int i = 0; i < n; i++) {
            if (!is_golden(paths[i])) {
                read_tsv(t, paths[i]);
            } else if (!strchr(without, author_of(paths[i]))) {
                live(t, paths[i], learn_turn);
            }
        }
        bool last = pass + 1 == PASSES;
        train(t, last ? EPOCHS : EPOCHS_FIRST, last ? RUNS : 1);
    }
}

static void print_confused(const struct tally *y)
{
    for (int a = 0; a < N_INTENTS; a++) {
        for (int b = 0; b < N_INTENTS; b++) {
            if (a != b && y->confused[a][b] > 5) {
                printf("# %s heard as %s: %d\n", intent_name((enum intent)a),
                       intent_name((enum intent)b), y->confused[a][b]);
            }
        }
    }
}

/* The authors of golden conversations, each once. */
static void authors_of(int n, char **paths, char out[256])
{
    size_t found = 0;
    for (int i = 0; i < n; i++) {
        char author = author_of(paths[i]);
        if (is_golden(paths[i]) && !memchr(out, author, found)) {
            out[found++] = author;
        }
    }
    out[found] = '\0';
}

static void add_confused(struct tally *to, const struct tally *y)
{
    for (int a = 0; a < N_INTENTS; a++) {
        for (int b = 0; b < N_INTENTS; b++) {
            to->confused[a][b] += y->confused[a][b];
        }
    }
}

struct shares {
    float intents, acts;
};

static struct shares check_author(struct trainer *t, int n, char **paths, char author,
                                  struct tally *all)
{
    struct tally y = {0};
    t->tally = &y;
    for (int i = 0; i < n; i++) {
        if (is_golden(paths[i]) && author_of(paths[i]) == author) {
            live(t, paths[i], check_turn);
        }
    }
    struct shares s = {percent(y.right, y.turns),
                       percent(2 * y.hits, 2 * y.hits + y.wrong + y.missed)};
    printf("author %c: %zu turns, intent %.1f %%, acts F1 %.1f %%\n", author, y.turns,
           (double)s.intents, (double)s.acts);
    fflush(stdout);
    add_confused(all, &y);
    return s;
}

#define GROUPS 8

static void check(struct trainer *t, int n, char **paths)
{
    struct tally all = {0};
    struct shares sum = {0};
    char authors[256];
    authors_of(n, paths, authors);
    size_t count = strlen(authors);
    for (size_t group = 0; group < MIN_OF(count, (size_t)GROUPS); group++) {
        char strangers[256] = "";
        for (size_t k = group, m = 0; k < count; k += GROUPS) {
            strangers[m++] = authors[k];
        }
        teach(t, n, paths, strangers);
        for (const char *author = strangers; *author; author++) {
            struct shares s = check_author(t, n, paths, *author, &all);
            sum.intents += s.intents;
            sum.acts += s.acts;
        }
    }
    printf("mean of %zu authors: intent %.1f %%, acts F1 %.1f %%\n", count,
           (double)(sum.intents / (float)count), (double)(sum.acts / (float)count));
    print_confused(&all);
}

int main(int argc, char **argv)
{
    struct trainer t = {.pool = pool_new()};
    struct err e = {0};
    if (argc < 3 || facts_of_demo(t.pool, &t.facts, &e) < 0 ||
        !wall_parse(STR("2026-03-03T15:00:00Z"), &t.now)) {
        fail("ear_train", 0, e.text[0] ? e.text : "see the head of its source");
    }
    struct paths from = paths_of(t.pool, argc - 2, argv + 2);
    t.misses = strcmp(argv[1], "--misses") == 0;
    t.held = xcalloc(EAR_ROWS, sizeof *t.held);
    if (t.misses || strcmp(argv[1], "--check") == 0) {
        check(&t, from.n, from.list);
    } else {
        teach(&t, from.n, from.list, "");
        write_model(&t, argv[1]);
    }
    free(t.train.list);
    free(t.held);
    pool_free(&t.pool);
    return 0;
}
