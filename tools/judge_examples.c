/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dialogues.tsv and mood_talks.tsv hold conversations under a line "# number", moods.tsv how they
 * are judged; a .json is a golden conversation, which is read with its events and without.
 */
#include "judge_examples.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "train_files.h"

/* One bit for each of the names, which | parts. */
unsigned bits_of(const char *file, size_t line, struct str names, bool moods)
{
    unsigned bits = 0;
    for (struct str name; names.p && (name = str_cut(&names, '|')).p;) {
        unsigned before = bits;
        for (int k = 0; k < (moods ? N_MOODS : N_OUTCOMES); k++) {
            const char *known =
                moods ? mood_name((enum judged_mood)k) : outcome_name((enum judged_outcome)k);
            bits |= str_eq(name, str_of(known)) ? 1U << k : 0;
        }
        if (bits == before) {
            fail(file, line, "there is no such sentiment or outcome");
        }
    }
    return bits;
}

static struct example *add_example(struct examples *t, enum group group, const char *id)
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
    *x = (struct example){.group = group, .id = id, .fold = h % PARTS};
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
static struct str unescape(struct examples *t, struct str s)
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

static void read_label(struct examples *t, const char *path, size_t number, struct str line)
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
static void read_turn(struct examples *t, struct example *x, struct str line)
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

static void read_tsv(struct examples *t, const char *path)
{
    size_t number = 0;
    struct example *x = NULL;
    struct str rest = read_whole(t->pool, path);
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

static void record(struct examples *t, struct example *x, const char *type, const char *key,
                   const char *value)
{
    struct score_event *e = x->events + x->in.n_events++;
    *e = (struct score_event){type, str_of(pool_printf(t->pool, "{\"%s\":\"%s\"}", key, value))};
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
static void record_dialogue(struct examples *t, const struct example *words)
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
               is_about(x, "complaint") ? "complaint" : "question");
    }
    if (is_about(x, "opt_out")) {
        record(t, x, "opt_out", "word", "stop");
    }
    x->in.events = x->events;
}

static void record_dialogues(struct examples *t)
{
    size_t n = t->n;
    for (size_t i = 0; i < n; i++) {
        if (t->list[i].group == GROUP_DIALOGUES) {
            struct example words = t->list[i];
            record_dialogue(t, &words);
        }
    }
}

static void read_events(struct examples *t, struct example *x, const json_t *doc)
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

/* The first author's conversations have names without a letter in front. */
static char author_of(const char *id)
{
    return id[0] && id[1] == '_' ? id[0] : 'a';
}

static void read_golden(struct examples *t, const char *path)
{
    size_t i;
    json_t *doc, *turn;
    struct err e = {0};
    if (json_read(t->pool, read_whole(t->pool, path), &doc, &e) < 0) {
        fail(path, 0, e.text);
    }
    for (int with_events = 0; with_events < 2; with_events++) {
        struct example *x = add_example(t, with_events ? GROUP_GOLDEN : GROUP_GOLDEN_WORDS,
                                        json_get_text(doc, "id", ""));
        x->author = author_of(x->id);
        x->fold = PARTS + (unsigned char)x->author % AUTHOR_GROUPS;
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

static void read_rows(struct examples *t)
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

static void take_features(struct examples *t)
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

void examples_read(struct examples *t, int n, char **paths)
{
    for (int i = 0; i < n; i++) {
        if (str_ends(str_of(paths[i]), STR(".tsv"))) {
            read_tsv(t, paths[i]);
        } else {
            read_golden(t, paths[i]);
        }
    }
    read_rows(t);
    record_dialogues(t);
    take_features(t);
}
