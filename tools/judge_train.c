/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trains the judge of finished conversations (src/mind/judge.h) during the build: reads judged
 * conversations, takes their features as the product will, and fits a linear classifier by
 * stochastic gradient descent. Deterministic: the same examples give the same weights on the same
 * compiler.
 *
 *   judge_train OUT.c EXAMPLES.tsv... GOLDEN.json...    write the weights as a C file
 *   judge_train --check EXAMPLES.tsv... GOLDEN.json...  how well it does, as a test's output: ten
 *                          times, a tenth of the conversations is judged by what the others taught
 *   judge_train --misses ...                            the same, and what was judged wrong
 *
 * dialogues.tsv and mood_talks.tsv hold conversations under a line "# number", moods.tsv how they
 * are judged; a .json is a golden conversation, which is read with its events and without.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "mind/judge.h"
#include "mind/score_private.h"

/* While training nothing is built in. */
const struct judge_model judge_built_in = {NULL, 1, 1};

enum group { GROUP_DIALOGUES, GROUP_RECORDED, GROUP_VOICES, GROUP_ROWS, GROUP_GOLDEN, GROUP_GOLDEN_WORDS, N_GROUPS };

#define TURNS_MAX 64
#define FOLDS 10

struct example {
    enum group group;
    const char *id;
    unsigned fold;
    struct score_message messages[TURNS_MAX];
    struct score_event events[TURNS_MAX + 4];
    const char *intents[TURNS_MAX]; /* of the customer's turns, where they are known */
    size_t n_intents;
    struct score_in in; /* its messages are set when they are all read */
    bool judged; /* there is something to judge by */
    unsigned moods, outcomes; /* bits: more than one where reasonable people differ */
    int least, most;
    size_t n, n_rules;
    struct judge_feature *features;
};

struct trainer {
    struct pool *pool;
    size_t n, cap;
    struct example *list;
    float (*w)[JUDGE_COLUMNS];
    float (*g)[JUDGE_COLUMNS]; /* sums of squared gradients */
    float (*mean)[JUDGE_COLUMNS];
    int8_t (*held)[JUDGE_COLUMNS];
    struct judge_model model;
    bool misses;
};

static void fail(const char *file, size_t line, const char *what)
{
    fprintf(stderr, "%s:%zu: %s\n", file, line, what);
    exit(1);
}

/* ---- reading ---- */

static struct str read_whole(struct trainer *t, const char *path)
{
    CLEANUP(buf_clear) struct buf b;
    char part[65536];
    size_t n;
    FILE *f = fopen(path, "rbe");
    if (!f) {
        fail(path, 0, "cannot be read");
    }
    buf_init(&b, 64u << 20);
    while ((n = fread(part, 1, sizeof part, f)) > 0) {
        buf_add(&b, part, n);
    }
    fclose(f);
    return (struct str){str_dup(t->pool, buf_str(&b)), b.len};
}

/* One bit for each of the names, which | parts. */
static unsigned bits_of(const char *file, size_t line, struct str names, bool moods)
{
    unsigned bits = 0;
    for (struct str name; names.p && (name = str_cut(&names, '|')).p;) {
        unsigned before = bits;
        for (int k = 0; k < (moods ? N_MOODS : N_OUTCOMES); k++) {
            const char *known = moods ? mood_name((enum judged_mood)k)
                                      : outcome_name((enum judged_outcome)k);
            bits |= str_eq(name, str_of(known)) ? 1U << k : 0;
        }
        if (bits == before) {
            fail(file, line, "there is no such sentiment or outcome");
        }
    }
    return bits;
}

static struct example *add_example(struct trainer *t, enum group group, const char *id)
{
    if (t->n == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 1024;
        t->list = xrealloc(t->list, t->cap * sizeof *t->list);
    }
    uint32_t h = 0;
    for (const char *c = id; *c; c++) {
        h = h * 31 + (unsigned char)*c;
    }
    struct example *x = &t->list[t->n++];
    *x = (struct example){.group = group, .id = id, .fold = h % FOLDS};
    return x;
}

static void add_message(struct example *x, bool inbound, struct str text)
{
    if (x->in.n_messages == TURNS_MAX) {
        fail(x->id, 0, "has too many turns");
    }
    x->messages[x->in.n_messages++] = (struct score_message){.inbound = inbound, .content = text};
}

/* "\n" of the file is a line end of the text. */
static struct str unescape(struct trainer *t, struct str s)
{
    char *text = pool_alloc(t->pool, s.n + 1), *to = text;
    for (size_t i = 0; i < s.n; i++) {
        bool line = s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == 'n';
        *to++ = line ? '\n' : s.p[i];
        i += line;
    }
    return (struct str){text, (size_t)(to - text)};
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n > 0;
}

static int band_of(struct str s)
{
    int n = 0;
    for (size_t i = 0; is_number(s) && s.n <= 2 && i < s.n; i++) {
        n = 10 * n + (s.p[i] - '0');
    }
    return n;
}

static void read_label(struct trainer *t, const char *path, size_t number, struct str line)
{
    struct str field[5] = {{0}};
    for (int i = 0; i < 5 && line.p; i++) {
        field[i] = str_cut(&line, '\t');
    }
    for (size_t i = 0; i < t->n; i++) {
        struct example *x = &t->list[i];
        if (str_eq(field[0], str_of(x->id))) {
            x->moods = bits_of(path, number, field[1], true);
            x->outcomes = bits_of(path, number, field[2], false);
            x->judged = is_number(field[3]);
            x->least = band_of(field[3]);
            x->most = band_of(field[4]);
            return;
        }
    }
    fail(path, number, "there is no such conversation");
}

/* A turn as understanding is taught it (text, and what was said before), or as it is. */
static void read_turn(struct trainer *t, struct example *x, struct str line)
{
    struct str field[5] = {{0}};
    for (int i = 0; i < 5 && line.p; i++) {
        field[i] = str_cut(&line, '\t');
    }
    if (!field[2].p) {
        add_message(x, str_eq(field[0], STR("customer")), unescape(t, field[1]));
        return;
    }
    if (x->n_intents < TURNS_MAX) {
        x->intents[x->n_intents++] = str_dup(t->pool, field[0]);
    }
    if (field[3].n) {
        add_message(x, false, unescape(t, field[3]));
    }
    add_message(x, true, unescape(t, field[2]));
}

static void read_tsv(struct trainer *t, const char *path)
{
    size_t number = 0;
    struct example *x = NULL;
    struct str rest = read_whole(t, path);
    enum group group =
        str_ends(str_of(path), STR("dialogues.tsv")) ? GROUP_DIALOGUES : GROUP_VOICES;
    bool labels = str_ends(str_of(path), STR("moods.tsv"));
    for (struct str line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        number++;
        if (line.n && line.p[0] == '#') {
            struct str id = str_trim((struct str){line.p + 1, line.n - 1});
            x = is_number(id) ? add_example(t, group, str_dup(t->pool, id)) : x;
        } else if (line.n && labels) {
            read_label(t, path, number, line);
        } else if (line.n && x) {
            read_turn(t, x, line);
        }
    }
}

static void record(struct trainer *t, struct example *x, const char *type, const char *key,
                   const char *value)
{
    struct score_event *e = x->events + x->in.n_events++;
    *e = (struct score_event){
        type, str_of(pool_printf(t->pool, "{\"%s\":\"%s\"}", key, value))};
}

static bool is_about(const struct example *x, const char *intents)
{
    for (size_t i = 0; i < x->n_intents; i++) {
        if (strstr(intents, x->intents[i])) {
            return true;
        }
    }
    return false;
}

/* A dialogue as the product would have recorded it: intents, calls, what was passed on. */
static void record_dialogue(struct trainer *t, const struct example *words)
{
    const char *action = words->outcomes == 1U << OUTCOME_SCHEDULED     ? "booked"
                         : words->outcomes == 1U << OUTCOME_RESCHEDULED ? "rescheduled"
                         : words->outcomes == 1U << OUTCOME_CANCELLED   ? "cancelled"
                                                                        : NULL;
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct example *x = add_example(t, GROUP_RECORDED, words->id);
    struct view v;
    *x = *words;
    x->group = GROUP_RECORDED;
    x->in.messages = x->messages;
    score_view(p, &x->in, &v);
    for (size_t i = 0; i < x->n_intents; i++) {
        record(t, x, "intent_detected", "intent", x->intents[i]);
    }
    if (is_about(x, "book availability reschedule cancel")) {
        record(t, x, "function_called", "name", "check_availability");
    } else if (is_about(x, "service_info payment care provider_info location")) {
        record(t, x, "function_called", "name", "get_faq_answer");
    }
    if (action) {
        record(t, x, "appointment_action", "action", action);
    }
    bool passed = v.told & (CUE_BIT(PASSED_ON) | CUE_BIT(HELP_PHONE));
    if (passed || is_about(x, "complaint person medical emergency")) {
        record(t, x, "escalation_requested", "reason",
               is_about(x, "complaint") ? "complaint" : v.happened.intent ? "question" : "help");
    }
    if (is_about(x, "opt_out")) {
        record(t, x, "opt_out", "word", "stop");
    }
    x->in.events = x->events;
}

static void record_dialogues(struct trainer *t)
{
    size_t n = t->n;
    for (size_t i = 0; i < n; i++) {
        if (t->list[i].group == GROUP_DIALOGUES) {
            struct example words = t->list[i];
            record_dialogue(t, &words);
        }
    }
}

static void read_events(struct trainer *t, struct example *x, const json_t *doc)
{
    size_t i;
    json_t *row, *list = json_object_get(doc, "events");
    struct score_event *events = pool_calloc(t->pool, json_array_size(list) + 1, sizeof *events);
    json_array_foreach (list, i, row) {
        events[i].type = pool_strdup(t->pool, json_get_text(row, "event_type", ""));
        events[i].details = json_dump_to_pool(t->pool, json_object_get(row, "details"));
    }
    x->in.events = events;
    x->in.n_events = json_array_size(list);
}

static void read_golden(struct trainer *t, const char *path)
{
    size_t i;
    json_t *doc, *turn;
    struct err e = {0};
    if (json_read(t->pool, read_whole(t, path), &doc, &e) < 0) {
        fail(path, 0, e.text);
    }
    for (int with_events = 0; with_events < 2; with_events++) {
        struct example *x = add_example(t, with_events ? GROUP_GOLDEN : GROUP_GOLDEN_WORDS,
                                        json_get_text(doc, "id", ""));
        x->in.channel = json_get_text(doc, "channel", NULL);
        json_array_foreach (json_object_get(doc, "turns"), i, turn) {
            bool theirs = strcmp(json_get_text(turn, "speaker", ""), "customer") == 0;
            add_message(x, theirs, str_of(json_get_text(turn, "text", "")));
        }
        if (with_events) {
            read_events(t, x, doc);
        }
        json_t *band = json_object_get(doc, "satisfaction");
        x->moods = bits_of(path, 0, str_of(json_get_text(doc, "sentiment", "")), true);
        x->outcomes = bits_of(path, 0, str_of(json_get_text(doc, "outcome", "")), false);
        x->judged = json_is_array(band);
        x->least = (int)json_integer_value(json_array_get(band, 0));
        x->most = (int)json_integer_value(json_array_get(band, 1));
    }
}

/* The rows of a unit test, which people of many trades have said. */
static const struct {
    const char *outcomes, *sentiments;
    int least, most;
    const char *says[8];
} rows[] = {
#define ROW(outcomes, sentiments, least, most, ...)                                                \
    {outcomes, sentiments, least, most, {__VA_ARGS__}},
#include "../tests/unit/score_rows.def"
#undef ROW
};

static void read_rows(struct trainer *t)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct example *x = add_example(t, GROUP_ROWS, pool_printf(t->pool, "row %zu", i));
        for (size_t k = 0; k < ARRAY_SIZE(rows[i].says) && rows[i].says[k]; k++) {
            add_message(x, rows[i].says[k][0] == '<', str_of(rows[i].says[k] + 1));
        }
        x->moods = bits_of(x->id, 0, str_of(rows[i].sentiments), true);
        x->outcomes = bits_of(x->id, 0, str_of(rows[i].outcomes), false);
        x->judged = true;
        x->least = rows[i].least;
        x->most = rows[i].most;
    }
}

static void take_features(struct trainer *t)
{
    static struct judge_features f;
    for (size_t i = 0; i < t->n; i++) {
        CLEANUP(pool_free) struct pool *p = pool_new();
        struct example *x = &t->list[i];
        struct view v;
        x->in.messages = x->messages;
        x->in.events = x->group == GROUP_RECORDED ? x->events : x->in.events;
        score_view(p, &x->in, &v);
        judge_features(&v, &f);
        x->n = f.n;
        x->n_rules = f.n_rules;
        x->features = pool_calloc(t->pool, f.n, sizeof *f.list);
        memcpy(x->features, f.list, f.n * sizeof *f.list);
    }
}

/* ---- learning ---- */

#define RATE 0.02f
#define DECAY 1e-3f
#define EPOCHS 16
#define RUNS 3 /* in other orders; the mean of their weights is held */
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

static void scores_of(const struct trainer *t, const struct example *x, size_t first,
                      float *out)
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
#define WITHOUT_RULES 30 /* percent */

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
#define SHARPNESS 1.25f

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
    t->model = (struct judge_model){(const int8_t(*)[JUDGE_COLUMNS])t->held, SCALE,
                                    SHARPNESS};
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
    size_t *order = xcalloc(t->n, sizeof *order), n = 0;
    memset(t->mean, 0, JUDGE_ROWS * sizeof *t->mean);
    for (size_t i = 0; i < t->n; i++) {
        if (t->list[i].fold != without && t->list[i].judged) {
            order[n++] = i;
        }
    }
    for (int run = 0; run < RUNS; run++) {
        memset(t->w, 0, JUDGE_ROWS * sizeof *t->w);
        memset(t->g, 0, JUDGE_ROWS * sizeof *t->g);
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            shuffle(order, n, &state);
            for (size_t i = 0; i < n; i++) {
                bool without_rules = next_random(&state) % 100 < WITHOUT_RULES;
                learn(t, &t->list[order[i]], without_rules);
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

/* ---- checking ---- */

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
    bool right = s.sentiment ? (x->moods & bits_of(x->id, 0, str_of(s.sentiment), true)) != 0
                             : !x->judged;
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

static void check_all(struct trainer *t)
{
    static const char *const names[N_GROUPS] = {"dialogues", "dialogues, with events", "voices", "rows", "tuned, with events",
                                                "tuned, without events"};
    static const int floors[N_GROUPS][3] = {{80, 80, 80}, {80, 80, 80}, {80, 70, 80}, {80, 80, 80}, {80, 80, 80}, {80, 80, 80}};
    struct tally y[N_GROUPS] = {{0}};
    size_t number = 0;
    for (unsigned fold = 0; fold < FOLDS; fold++) {
        train(t, fold);
        for (size_t i = 0; i < t->n; i++) {
            if (t->list[i].fold == fold) {
                check(t, &t->list[i], &y[t->list[i].group]);
            }
        }
    }
    for (int g = 0; g < N_GROUPS; g++) {
        print_share(&number, "outcome", names[g], y[g].outcomes, y[g].n, floors[g][0]);
        print_share(&number, "sentiment", names[g], y[g].moods, y[g].n, floors[g][1]);
        print_share(&number, "satisfaction", names[g], y[g].bands, y[g].n, floors[g][2]);
    }
    for (int k = 0; k < 10; k++) {
        size_t n = 0, right = 0;
        for (int g = 0; g < N_GROUPS; g++) {
            n += y[g].sure[k];
            right += y[g].right[k];
        }
        if (n) {
            printf("# confidence %.1f: %.1f %% of %zu\n", k / 10.0, 100.0 * (double)right / (double)n, n);
        }
    }
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
    struct trainer t = {.pool = pool_new()};
    if (argc < 3) {
        fail("judge_train", 0, "see the head of its source");
    }
    t.misses = strcmp(argv[1], "--misses") == 0;
    t.w = xcalloc(JUDGE_ROWS, sizeof *t.w);
    t.g = xcalloc(JUDGE_ROWS, sizeof *t.g);
    t.mean = xcalloc(JUDGE_ROWS, sizeof *t.mean);
    t.held = xcalloc(JUDGE_ROWS, sizeof *t.held);
    for (int i = 2; i < argc; i++) {
        if (str_ends(str_of(argv[i]), STR(".tsv"))) {
            read_tsv(&t, argv[i]);
        } else {
            read_golden(&t, argv[i]);
        }
    }
    read_rows(&t);
    record_dialogues(&t);
    take_features(&t);
    if (t.misses || strcmp(argv[1], "--check") == 0) {
        check_all(&t);
    } else {
        train(&t, FOLDS);
        write_model(&t, argv[1]);
    }
    free(t.list);
    free(t.w);
    free(t.g);
    free(t.mean);
    free(t.held);
    pool_free(&t.pool);
    return 0;
}
