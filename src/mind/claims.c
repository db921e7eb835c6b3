/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sentence by sentence, on words (mind/words.h). A claim of a deed is a participle ("booked") with
 * somebody it is about and nothing before it that takes it back; the word lists below say what
 * those are. In doubt it is a claim: then the model is asked again, which costs a second; a claim
 * that is overlooked costs a customer.
 */
#include "mind/claims.h"

#include "base/clock.h"
#include "domain/zone.h"
#include "mind/claims_private.h"

#define WINDOW 7 /* words before a participle that can change its meaning */

static const char *const guards[] = {
    "not",     "never",    "cannot", "cant",    "couldnt", "isnt",   "arent",  "wasnt",
    "werent",  "havent",   "hasnt",  "hadnt",   "wont",    "didnt",  "doesnt", "dont",
    "unable",  "nothing",  "no",     "failed",  "without", "can",    "could",  "would",
    "should",  "may",      "might",  "must",    "if",      "once",   "when",   "whenever",
    "until",   "unless",   "before", "after",   "whether", "want",   "wish",   "shall",
    "be",      "being",    "id",     "youd",    "almost",  "nearly", "fully",  "completely",
    "were",    "to",       "get",    "getting", "needs",   "need",   "try",    "trying",
    "tried",   "puedo",    "puede",  "podemos", "podria",  "si",     "cuando", "quiere",
    "quieres", "gustaria", "desea",  "sera",    "sin",     "nunca",  "ser",    "necesito",
    NULL};
static const char *const interjections[] = {
    "great", "perfect", "done",       "ok",        "okay",    "alright", "wonderful", "all",
    "and",   "you",     "got",        "it",        "awesome", "thanks",  "excellent", "lovely",
    "sure",  "yes",     "absolutely", "fantastic", "good",    "news",    "thank",     "so",
    "now",   "right",   "very",       "well",      NULL};
static const char *const persons[] = {
    "you",          "youre",   "youve",       "your",  "i",          "ive",
    "im",           "weve",    "we",          "its",   "it",         "appointment",
    "visit",        "booking", "reservation", "thats", "everything", "session",
    "consultation", "that",    "su",          "tu",    "cita",       "esta",
    "quedo",        "queda",   "hemos",       "ha",    "both",       NULL};
/* After a leading participle: it is said of things in general. */
static const char *const generic[] = {"appointments", "visits",   "clients",  "times",    "slots",
                                      "treatments",   "sessions", "bookings", "services", "up",
                                      "solid",        "out",      "by",       "within",   "less",
                                      "too",          "that",     NULL};
static const char *const askers[] = {"have", "has",   "did",  "is",    "was", "are",   "do",
                                     "does", "shall", "were", "would", "can", "could", NULL};

bool claims_one_of(const struct word *w, const char *const *list)
{
    for (; *list; list++) {
        if (word_is(w, *list)) {
            return true;
        }
    }
    return false;
}

static bool any_between(const struct words *w, size_t from, size_t to, const char *const *list)
{
    for (size_t i = from; i < to && i < w->n; i++) {
        if (claims_one_of(&w->list[i], list)) {
            return true;
        }
    }
    return false;
}

/* A participle's kind; -1: it is none. */
static int participle(const struct word *w)
{
    static const struct {
        const char *word;
        enum claim_kind kind;
    } rows[] = {
        {"booked", CLAIM_BOOKED},
        {"scheduled", CLAIM_BOOKED},
        {"reserved", CLAIM_BOOKED},
        {"confirmed", CLAIM_BOOKED},
        {"secured", CLAIM_BOOKED},
        {"arranged", CLAIM_BOOKED},
        {"rescheduled", CLAIM_MOVED},
        {"moved", CLAIM_MOVED},
        {"switched", CLAIM_MOVED},
        {"shifted", CLAIM_MOVED},
        {"changed", CLAIM_MOVED},
        {"cancelled", CLAIM_CANCELLED},
        {"canceled", CLAIM_CANCELLED},
        /* Spanish, without accents as words are */
        {"reservada", CLAIM_BOOKED},
        {"reservado", CLAIM_BOOKED},
        {"agendada", CLAIM_BOOKED},
        {"agendado", CLAIM_BOOKED},
        {"confirmada", CLAIM_BOOKED},
        {"confirmado", CLAIM_BOOKED},
        {"programada", CLAIM_BOOKED},
        {"programado", CLAIM_BOOKED},
        {"apartada", CLAIM_BOOKED},
        {"reprogramada", CLAIM_MOVED},
        {"reprogramado", CLAIM_MOVED},
        {"cambiada", CLAIM_MOVED},
        {"cambiado", CLAIM_MOVED},
        {"movida", CLAIM_MOVED},
        {"movido", CLAIM_MOVED},
        {"cancelada", CLAIM_CANCELLED},
        {"cancelado", CLAIM_CANCELLED},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (word_is(w, rows[i].word)) {
            return (int)rows[i].kind;
        }
    }
    return -1;
}

static bool next_is(const struct claims_sentence *s, size_t at, const char *const *list)
{
    return at + 1 < s->end && claims_one_of(&s->words->list[at + 1], list);
}

/* "Booked!", "Great, confirmed for Tuesday", "Moved: Botox on Tuesday" */
static bool leads(const struct claims_sentence *s, size_t at)
{
    for (size_t i = s->begin; i < at; i++) {
        if (!claims_one_of(&s->words->list[i], interjections)) {
            return false;
        }
    }
    return !next_is(s, at, generic);
}

/* "That time is already booked", "your preferred provider is booked": taken, not done. */
static bool means_taken(const struct claims_sentence *s, size_t at)
{
    static const char *const not_ours[] = {"time",  "slot",  "day",          "provider", "doctor",
                                           "times", "slots", "appointments", NULL};
    static const char *const full[] = {"up", "solid", "out", NULL};
    static const char *const ours[] = {"you", "youre", "appointment", "visit",
                                       "ive", "weve",  "i",           NULL};
    size_t from = at > s->begin + WINDOW ? at - WINDOW : s->begin;
    if (next_is(s, at, full)) {
        return true;
    }
    return any_between(s->words, from, at, not_ours) && !any_between(s->words, from, at, ours);
}

/* A moved thing must be the customer's: "we have moved to a new building" moves nothing of theirs.
 */
static bool moves_something(const struct claims_sentence *s)
{
    static const char *const things[] = {
        "cita", "appointment", "visit",      "booking",     "session", "you", "youre",
        "it",   "that",        "everything", "reservation", "your",    NULL};
    return any_between(s->words, s->begin, s->end, things);
}

/*
 * "The Botox is cancelled", "Ms. Trent's peel is booked for Thursday at 4 with Priya": of something
 * by its name. "Priya is booked on Thursday" is said of somebody who has no time.
 */
static bool names_it(const struct claims_sentence *s, size_t at, enum claim_kind kind)
{
    static const char *const is[] = {"is", "are", "now", "was", NULL};
    static const char *const spot[] = {"for", "on", NULL};
    static const char *const with[] = {"with", NULL};
    static const char *const already[] = {"already", NULL};
    size_t near = at > s->begin + 2 ? at - 2 : s->begin;
    if (!any_between(s->words, near, at, is) || any_between(s->words, s->begin, at, generic) ||
        any_between(s->words, near, at, already)) {
        return false;
    }
    return kind != CLAIM_BOOKED ||
           (next_is(s, at, spot) && s->n > 0 && any_between(s->words, at, s->end, with));
}

static bool asserts(const struct claims_sentence *s, size_t at, enum claim_kind kind, bool *deed)
{
    static const char *const doers[] = {"i", "ive", "we", "weve", "hemos", NULL};
    static const char *const perfect[] = {"been", NULL};
    size_t from = at > s->begin + WINDOW ? at - WINDOW : s->begin;
    if (any_between(s->words, from, at, guards) ||
        claims_one_of(&s->words->list[s->begin], askers)) {
        return false;
    }
    if (kind == CLAIM_MOVED && !moves_something(s) && !leads(s, at) && !names_it(s, at, kind)) {
        return false;
    }
    /* Spanish "he reservado", which is not the English "he is booked" */
    bool have = at > s->begin && word_is(&s->words->list[at - 1], "he");
    if (have || leads(s, at)) {
        *deed = true;
        return true;
    }
    if (names_it(s, at, kind)) {
        *deed = any_between(s->words, from, at, doers);
        return true;
    }
    if (means_taken(s, at) || !any_between(s->words, from, at, persons)) {
        return false;
    }
    /* "we are booked" is said of a house that is full */
    bool house = at >= from + 2 && word_is(&s->words->list[at - 1], "are") &&
                 word_is(&s->words->list[at - 2], "we");
    *deed = any_between(s->words, from, at, doers) || any_between(s->words, from, at, perfect);
    return !house;
}

static void add_claim(struct claims *c, const struct claims_sentence *s, enum claim_kind kind,
                      bool deed)
{
    if (c->n == CLAIMS_MAX) {
        c->list[CLAIMS_MAX - 1].deed |= deed;
        return;
    }
    struct claim *one = &c->list[c->n++];
    *one = (struct claim){.kind = kind, .deed = deed};
    claims_times(s, one);
}

/* Ways to say that it is done without a participle of the list. */
static const struct {
    const char *phrase;
    bool wants_moment; /* only with a day, a time, or "then" after it */
} sayings[] = {
    {"you all set", false},
    {"youre all set", false},
    {"your all set", false},
    {"youre set", false},
    {"all set for", false},
    {"got you down", false},
    {"have you down", false},
    {"put you down", false},
    {"you down for", false},
    {"penciled you in", false},
    {"pencilled you in", false},
    {"on the books", false},
    {"locked in", false},
    {"locked you in", false},
    {"good to go", false},
    {"its done", false},
    {"thats done", false},
    {"all done", false},
    {"taken care of", false},
    {"added you to", false},
    {"youre in for", false},
    {"made your appointment", false},
    {"made the appointment", false},
    {"made your reservation", false},
    {"your spot is saved", false},
    {"is now on", true},
    {"is now at", true},
    {"is now for", true},
    {"is now set for", true},
    {"youre in", true},
    {"see you", true},
    {"forward to seeing you", true},
    {"seeing you", true},
};

static bool phrase_at(const struct claims_sentence *s, size_t at, const char *phrase, size_t *last)
{
    struct str rest = str_of(phrase);
    size_t i = at;
    for (struct str word; rest.p && (word = str_cut(&rest, ' ')).p; i++) {
        if (i >= s->end || !str_eq(s->words->list[i].text, word)) {
            return false;
        }
    }
    *last = i - 1;
    return true;
}

static bool moment_after(const struct claims_sentence *s, size_t last)
{
    for (size_t i = last + 1; i < s->end && i <= last + 8; i++) {
        if (word_is(&s->words->list[i], "then") || claims_day_at(s, i) || claims_time_at(s, i)) {
            return true;
        }
    }
    return false;
}

/* "Done!", "Done, Uma: Botox on Tuesday at 2" */
static bool says_done(const struct claims_sentence *s)
{
    bool done = word_is(&s->words->list[s->begin], "done");
    return done && (s->n > 0 || s->end - s->begin <= 2);
}

static void find_sayings(struct claims *c, const struct claims_sentence *s)
{
    if (says_done(s)) {
        add_claim(c, s, CLAIM_BOOKED, false);
        return;
    }
    for (size_t at = s->begin; at < s->end; at++) {
        for (size_t i = 0; i < ARRAY_SIZE(sayings); i++) {
            size_t last;
            size_t from = at > s->begin + WINDOW ? at - WINDOW : s->begin;
            if (phrase_at(s, at, sayings[i].phrase, &last) &&
                !any_between(s->words, from, at, guards) &&
                !claims_one_of(&s->words->list[s->begin], askers) &&
                (!sayings[i].wants_moment || moment_after(s, last))) {
                add_claim(c, s, CLAIM_BOOKED, false);
                return;
            }
        }
    }
}

static void find_participles(struct claims *c, const struct claims_sentence *s)
{
    unsigned found = 0; /* kinds; each once a sentence */
    for (size_t at = s->begin; at < s->end; at++) {
        int kind = participle(&s->words->list[at]);
        bool deed = false;
        if (kind >= 0 && !(found & 1U << kind) && asserts(s, at, (enum claim_kind)kind, &deed)) {
            add_claim(c, s, (enum claim_kind)kind, deed);
            found |= 1U << kind;
        }
    }
}

/* "I'll book that for you now", with nothing asked and no condition: nobody would do it. */
static void find_promises(struct claims *c, const struct claims_sentence *s)
{
    static const char *const begins[] = {"ill", "im", "let", "going", "will", NULL};
    static const char *const conditions[] = {
        "once", "if",    "when", "after", "soon",  "before", "would",     "until", "need", "needs",
        "can",  "could", "not",  "wont",  "happy", "unable", "colleague", "team",  NULL};
    static const struct {
        const char *verb;
        enum claim_kind kind;
    } verbs[] = {
        {"book", CLAIM_BOOKED},          {"booking", CLAIM_BOOKED},
        {"schedule", CLAIM_BOOKED},      {"scheduling", CLAIM_BOOKED},
        {"reserve", CLAIM_BOOKED},       {"reschedule", CLAIM_MOVED},
        {"rescheduling", CLAIM_MOVED},   {"move", CLAIM_MOVED},
        {"moving", CLAIM_MOVED},         {"cancel", CLAIM_CANCELLED},
        {"cancelling", CLAIM_CANCELLED}, {"booked", CLAIM_BOOKED},
        {"canceling", CLAIM_CANCELLED},  {"cancelled", CLAIM_CANCELLED},
        {"scheduled", CLAIM_BOOKED},
    };
    if (any_between(s->words, s->begin, s->end, conditions)) {
        return;
    }
    for (size_t at = s->begin; at < s->end; at++) {
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
            size_t from = at > s->begin + WINDOW ? at - WINDOW : s->begin;
            if (word_is(&s->words->list[at], verbs[i].verb) &&
                any_between(s->words, from, at, begins)) {
                add_claim(c, s, verbs[i].kind, true);
                return;
            }
        }
    }
}

/* "Sofia has 2 PM", "Dr. Osei has Tuesday at 11" */
static bool somebody_has(const struct claims_sentence *s)
{
    for (size_t at = s->begin + 1; at < s->end; at++) {
        if (word_is(&s->words->list[at], "has") && moment_after(s, at)) {
            return true;
        }
    }
    return false;
}

/* Words that, with a time, mean that it can be had. */
static bool offers(const struct claims_sentence *s)
{
    static const char *const words[] = {
        "available", "availability", "free",     "opening",    "openings",    "slot",
        "slots",     "offer",        "offering", "options",    "option",      "works",
        "work",      "squeeze",      "earliest", "book",       "schedule",    "reserve",
        "reserved",  "how",          "choose",   "spots",      "spot",        "move",
        "either",    "suit",         "prefer",   "disponible", "disponibles", "libre",
        "libres",    "tengo",        "tenemos",  "hay",        "horarios",    NULL};
    static const char *const phrases[] = {
        "i have",       "we have",       "ive got",     "weve got",       "can do",
        "could do",     "there is",      "there are",   "is open",        "are open",
        "what about",   "can fit",       "fit you",     "also has",       "the next is",
        "the first is", "the first are", "the last is", "the last one is"};
    static const char *const hours[] = {"hours", "close", "closes",   "closed",
                                        "until", "daily", "everyday", NULL};
    if (any_between(s->words, s->begin, s->end, hours)) {
        return false;
    }
    if (any_between(s->words, s->begin, s->end, words) || somebody_has(s)) {
        return true;
    }
    for (size_t at = s->begin; at < s->end; at++) {
        for (size_t i = 0; i < ARRAY_SIZE(phrases); i++) {
            size_t last;
            if (phrase_at(s, at, phrases[i], &last)) {
                return true;
            }
        }
    }
    return false;
}

/* "2 PM is taken", "not 2 PM", "no openings at 2 PM" */
static bool is_denied(const struct claims_sentence *s, size_t first, size_t last)
{
    static const char *const no_before[] = {"no",      "not",     "except",  "isnt", "dont",
                                            "nothing", "without", "instead", NULL};
    static const char *const no_after[] = {"taken",  "unavailable", "gone", "isnt",   "not",
                                           "booked", "full",        "dont", "passed", "past",
                                           "cant",   "doesnt",      NULL};
    size_t from = first > s->begin + 4 ? first - 4 : s->begin;
    for (size_t i = first; i > from; i--) {
        if (claims_one_of(&s->words->list[i - 1], no_before)) {
            return true;
        }
        if (word_is(&s->words->list[i - 1], "but")) {
            break;
        }
    }
    for (size_t i = last + 1; i < s->end && i <= last + 5 && !claims_time_at(s, i); i++) {
        if (word_is(&s->words->list[i], "but")) {
            break;
        }
        if (claims_one_of(&s->words->list[i], no_after)) {
            return true;
        }
    }
    return false;
}

/* "We are open from 9 to 6" */
static bool tells_hours(const struct claims_sentence *s)
{
    static const char *const phrases[] = {"open from", "open at", "open till", "open today from"};
    for (size_t at = s->begin; at < s->end; at++) {
        for (size_t i = 0; i < ARRAY_SIZE(phrases); i++) {
            size_t last;
            if (phrase_at(s, at, phrases[i], &last)) {
                return true;
            }
        }
    }
    return false;
}

/*
 * The times of a sentence, but for those that it denies: as free when it offers, or is of a list
 * that follows an offer; else just as times. Returns whether it offers.
 */
static bool find_times(struct claims *c, const struct claims_sentence *s, bool goes_on_from)
{
    bool offering = !tells_hours(s) && (offers(s) || (goes_on_from && s->end - s->begin <= 8));
    struct claim found = {.kind = offering ? CLAIM_FREE : CLAIM_TIME};
    claims_times(s, &found);
    size_t kept = 0;
    for (size_t i = 0; i < found.n_times; i++) {
        if (!is_denied(s, s->first[i], s->last[i])) {
            found.times[kept++] = found.times[i];
        }
    }
    found.n_times = kept;
    if (kept && c->n < CLAIMS_MAX) {
        c->list[c->n++] = found;
    }
    return offering;
}

/* How long the abbreviation is that begins here; 0: none. */
static size_t abbreviation_at(struct str s, size_t at)
{
    static const struct str dotted[] = {STR("a.m."), STR("p.m."), STR("dr."),
                                        STR("mr."),  STR("ms."),  STR("mrs.")};
    for (size_t i = 0; i < ARRAY_SIZE(dotted); i++) {
        size_t n = dotted[i].n;
        if (s.n - at >= n && str_eq_nocase((struct str){s.p + at, n}, dotted[i])) {
            return n;
        }
    }
    return 0;
}

/* Without the dots that end no sentence: "2 p.m.", "Dr. Osei". */
static struct str without_dots(struct pool *p, struct str text)
{
    char *out = pool_alloc(p, text.n + 1);
    size_t n = 0;
    for (size_t i = 0, end = 0; i < text.n; i++) {
        end = i < end ? end : i + abbreviation_at(text, i);
        if (i >= end || text.p[i] != '.') {
            out[n++] = text.p[i];
        }
    }
    return (struct str){out, n};
}

void claims_find(struct pool *p, struct str text, struct claims *out)
{
    struct words words;
    *out = (struct claims){0};
    words_read(p, without_dots(p, text), &words);
    struct claims_sentence s = {.words = &words, .day = {.from_today = -1}};
    bool offering = false;
    for (size_t begin = 0; begin < words.n; begin = s.end) {
        s.begin = s.end = begin;
        while (s.end < words.n && words.list[s.end].sentence == words.list[begin].sentence) {
            s.end++;
        }
        size_t before = out->n;
        claims_read_times(&s);
        find_participles(out, &s);
        if (out->n == before) {
            find_sayings(out, &s);
        }
        if (out->n == before && !words.asks) {
            find_promises(out, &s);
        }
        offering = out->n == before && find_times(out, &s, offering);
    }
}
