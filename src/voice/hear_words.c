/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentences are drawn from the phrases: each mark gets, each time, one of what it may stand for,
 * by a generator that always draws the same. That counts well enough, and needs no theory of the
 * joint distribution of days and services.
 */
#include "voice/hear_words.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "voice/hear_lines.h"
#include "voice/hear_words_private.h"

#define WORDS_PER_LINE 48
#define LINE_DRAWS 3    /* of each line of the examples */
#define ANSWER_DRAWS 5  /* an answer's weight where an answer is expected, */
#define OTHER_DIVIDED 4 /* and the others' there */

static const struct phrase {
    bool answer;
    unsigned weight;
    const char *words;
} phrases[] = {
#define OPEN(weight, words) {false, weight, words},
#define ANSWER(weight, words) {true, weight, words},
#include "voice/hear_phrases.def"
#undef OPEN
#undef ANSWER
};

static const char *const weekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};
static const char *const ordinals[] = {
    "first",        "second",         "third",         "fourth",        "fifth",
    "sixth",        "seventh",        "eighth",        "ninth",         "tenth",
    "eleventh",     "twelfth",        "thirteenth",    "fourteenth",    "fifteenth",
    "sixteenth",    "seventeenth",    "eighteenth",    "nineteenth",    "twentieth",
    "twenty first", "twenty second",  "twenty third",  "twenty fourth", "twenty fifth",
    "twenty sixth", "twenty seventh", "twenty eighth", "twenty ninth",  "thirtieth",
    "thirty first"};
static const char *const hours[] = {"one",   "two",   "three", "four", "five",   "six",
                                    "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
static const char *const digits[] = {"zero", "one",   "two",   "three", "four", "five",
                                     "six",  "seven", "eight", "nine",  "oh"};
static const char *const parts[] = {"morning", "afternoon", "evening", "night"};

/* What a mark may stand for; repeated: the likelier. */
static const char *const days[] = {"{weekday}",
                                   "{weekday}",
                                   "{weekday}",
                                   "{weekday}",
                                   "{weekday}",
                                   "{weekday}",
                                   "{weekday}",
                                   "next {weekday}",
                                   "this {weekday}",
                                   "next {weekday}",
                                   "tomorrow",
                                   "tomorrow",
                                   "today",
                                   "the {ordinal}",
                                   "{date}",
                                   "next week",
                                   "this week",
                                   "the day after tomorrow",
                                   "{weekday} the {ordinal}",
                                   "{weekday} {part}",
                                   "tomorrow {part}",
                                   "this {part}"};
static const char *const dates[] = {"{month} {ordinal}", "{month} {ordinal}",
                                    "{month} the {ordinal}", "the {ordinal} of {month}"};
static const char *const times[] = {"{hour}",
                                    "{hour}",
                                    "{hour} a.m.",
                                    "{hour} a.m.",
                                    "{hour} p.m.",
                                    "{hour} p.m.",
                                    "{hour} p.m.",
                                    "{hour} o'clock",
                                    "{hour} thirty",
                                    "{hour} thirty",
                                    "{hour} thirty a.m.",
                                    "{hour} thirty p.m.",
                                    "{hour} fifteen",
                                    "{hour} forty five",
                                    "{hour} fifteen p.m.",
                                    "{hour} forty five p.m.",
                                    "half past {hour}",
                                    "quarter past {hour}",
                                    "quarter to {hour}",
                                    "noon",
                                    "{hour} in the morning",
                                    "{hour} in the afternoon",
                                    "{hour} o'clock in the afternoon"};
static const char *const numbers[] = {
    "{digit} {digit} {digit} {digit} {digit} {digit} {digit} {digit} {digit} {digit}",
    "{digit} {digit} {digit} {digit} {digit} {digit} {digit}"};

struct names {
    size_t n;
    const char **list;
};

struct maker {
    struct pool *pool;
    struct lexis lexis;
    uint64_t state; /* of the generator */
    struct names services, providers, business, assistant;
};

struct choice {
    size_t n;
    const char *const *list;
};

#define CHOICE(list) ((struct choice){ARRAY_SIZE(list), list})

static size_t draw(struct maker *m, size_t n)
{
    m->state ^= m->state << 13;
    m->state ^= m->state >> 7;
    m->state ^= m->state << 17;
    return (size_t)(m->state >> 11) % n;
}

/* ------------------------------------------------------------------------ names */

static void add_name(struct maker *m, struct names *to, const char *text)
{
    if (text && to->n < 1000) {
        const char *spoken = hear_spoken(m->pool, &m->lexis, text);
        if (spoken[0]) {
            to->list[to->n++] = spoken;
        }
    }
}

static void add_names(struct maker *m, struct names *to, const char *const *list)
{
    for (; list && *list; list++) {
        add_name(m, to, *list);
    }
}

/* "Dr. Renata Osei": also "renata" and "doctor osei". */
static void add_provider(struct maker *m, const char *name)
{
    const char *spoken = name ? hear_spoken(m->pool, &m->lexis, name) : "";
    struct str rest = str_of(spoken), first = {NULL, 0}, last = {NULL, 0};
    bool doctor = false;
    for (struct str w; rest.p && (w = str_cut(&rest, ' ')).p;) {
        if (str_eq(w, STR("doctor"))) {
            doctor = true;
        } else if (w.n) {
            first = first.p ? first : w;
            last = w;
        }
    }
    add_name(m, &m->providers, name);
    if (first.p) {
        add_name(m, &m->providers, str_dup(m->pool, first));
        add_name(m, &m->providers,
                 doctor ? pool_printf(m->pool, "doctor " STR_FMT, STR_ARG(last))
                        : str_dup(m->pool, first));
    }
}

static void take_names(struct maker *m, const struct facts *f)
{
    struct names *all[] = {&m->services, &m->providers, &m->business, &m->assistant};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        all[i]->list = pool_calloc(m->pool, 1000, sizeof *all[i]->list);
    }
    for (size_t i = 0; i < f->n_services; i++) {
        const char *const *others = f->services[i].synonyms;
        size_t n = 0;
        while (others && others[n]) {
            n++;
        }
        for (size_t k = 0; k <= n / 2; k++) { /* likelier than any other */
            add_name(m, &m->services, f->services[i].name);
        }
        add_names(m, &m->services, others);
    }
    for (size_t i = 0; i < f->n_providers; i++) {
        add_provider(m, f->providers[i].name);
        add_names(m, &m->providers, f->providers[i].synonyms);
    }
    add_name(m, &m->business, f->business_name);
    add_name(m, &m->assistant, f->assistant_name);
}

static struct choice named(const struct names *n)
{
    static const char *const none[] = {""};
    return n->n ? (struct choice){n->n, n->list} : (struct choice){1, none};
}

/* ------------------------------------------------------------------------ sentences */

static struct choice choice_of(const struct maker *m, struct str mark)
{
    const struct {
        const char *mark;
        struct choice choice;
    } all[] = {
        {"service", named(&m->services)},  {"provider", named(&m->providers)},
        {"business", named(&m->business)}, {"assistant", named(&m->assistant)},
        {"weekday", CHOICE(weekdays)},     {"day", CHOICE(days)},
        {"ordinal", CHOICE(ordinals)},     {"month", CHOICE(months)},
        {"date", CHOICE(dates)},           {"time", CHOICE(times)},
        {"hour", CHOICE(hours)},           {"part", {3, parts}},
        {"number", CHOICE(hours)},         {"digits", CHOICE(numbers)},
        {"digit", CHOICE(digits)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        if (str_eq(mark, str_of(all[i].mark))) {
            return all[i].choice;
        }
    }
    return (struct choice){0, NULL};
}

/* Appends the words of the phrase, marks filled in. false: too long, or an unknown mark. */
static bool fill(struct maker *m, const char *phrase, uint32_t *words, size_t *n)
{
    struct str rest = str_of(phrase);
    for (struct str w; rest.p && (w = str_cut(&rest, ' ')).p;) {
        if (w.n == 0) {
            continue;
        }
        if (w.p[0] == '{') {
            struct choice c = choice_of(m, (struct str){w.p + 1, w.n - 2});
            if (c.n == 0 || !fill(m, c.list[draw(m, c.n)], words, n)) {
                return false;
            }
            continue;
        }
        uint32_t word = lexis_add(&m->lexis, w);
        if (!word || *n == WORDS_PER_LINE) {
            return false;
        }
        words[(*n)++] = word;
    }
    return true;
}

static void say(struct maker *m, struct ngram *to, const char *phrase, unsigned draws,
                unsigned count)
{
    for (unsigned i = 0; i < draws; i++) {
        uint32_t words[WORDS_PER_LINE];
        size_t n = 0;
        if (fill(m, phrase, words, &n) && n > 0) {
            ngram_add(to, words, n, count);
        }
    }
}

/* The language when an answer is expected, or anything. */
static void say_all(struct maker *m, struct ngram *to, bool answers)
{
    for (size_t i = 0; i < ARRAY_SIZE(phrases); i++) {
        const struct phrase *p = &phrases[i];
        bool favoured = p->answer == answers;
        unsigned draws = favoured ? p->weight : MAX_OF(p->weight / OTHER_DIVIDED, 1);
        say(m, to, p->words, draws, answers && favoured ? ANSWER_DRAWS : 2);
    }
    for (size_t i = 0; i < n_hear_lines; i++) {
        say(m, to, hear_lines[i], answers ? 1 : LINE_DRAWS, 1);
    }
}

static int write_language(struct maker *m, bool answers, const char *path, struct err *e)
{
    struct ngram *n = ngram_new();
    say_all(m, n, answers);
    FILE *f = fopen(path, "we");
    if (f) {
        ngram_write(n, m->lexis.words, m->lexis.n, f);
    }
    ngram_free(&n);
    bool failed = !f || ferror(f) != 0;
    if ((f && fclose(f) != 0) || failed) {
        return err_set(e, ERR_IO, "the recogniser's language cannot be written to %s: %s", path,
                       strerror(errno));
    }
    return 0;
}

int hear_words_write(const struct facts *f, const char *dictionary, const char *folder,
                     struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct maker m = {.pool = p, .state = 88172645463325252u};
    lexis_init(&m.lexis, p);
    take_names(&m, f);
    int rc = write_language(&m, false, pool_printf(p, "%s/open.lm", folder), e);
    if (rc == 0) {
        rc = write_language(&m, true, pool_printf(p, "%s/answer.lm", folder), e);
    }
    for (size_t i = 0; i < ARRAY_SIZE(digits); i++) {
        (void)lexis_add(&m.lexis, str_of(digits[i])); /* the grammar of numbers needs them all */
    }
    return rc == 0 ? lexis_write(&m.lexis, dictionary, pool_printf(p, "%s/words.dict", folder), e)
                   : rc;
}

/* ------------------------------------------------------------------------ facts */

static void add_list(struct buf *b, const char *const *list)
{
    for (; list && *list; list++) {
        buf_printf(b, "%s, ", *list);
    }
}

static struct str names_of(struct pool *p, const struct facts *f, bool synonyms)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 65536);
    buf_printf(&b, "%s, %s, ", f->business_name ? f->business_name : "",
               f->assistant_name ? f->assistant_name : "");
    for (size_t i = 0; i < f->n_services; i++) {
        buf_printf(&b, "%s, ", f->services[i].name);
        if (synonyms) {
            add_list(&b, f->services[i].synonyms);
        }
    }
    for (size_t i = 0; i < f->n_providers; i++) {
        buf_printf(&b, "%s, ", f->providers[i].name);
        if (synonyms) {
            add_list(&b, f->providers[i].synonyms);
        }
    }
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

struct str hear_words_key(struct pool *p, const struct facts *f)
{
    return names_of(p, f, true);
}

const char *hear_words_prompt(struct pool *p, const struct facts *f)
{
    struct str all = names_of(p, f, false);
    return pool_strndup(p, all.p, all.n > 2 ? all.n - 2 : 0);
}
