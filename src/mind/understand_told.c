/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Days and times that nobody asks for: of something else (a wedding, a flight, a shift), and of a
 * visit that is only spoken of ("Priya did my peel on Friday and ..."), which lies in the past when
 * the words say so.
 */
#include "domain/zone.h"
#include "mind/understand_private.h"

/* What else has a day or an hour, in any trade. */
static const char *const elsewhere_nouns[] = {
    "wedding",      "weddings",   "game",         "match",      "party",       "funeral",
    "wake",         "graduation", "grad",         "prom",       "recital",     "pageant",
    "concert",      "exam",       "exams",        "finals",     "shift",       "shifts",
    "flight",       "plane",      "surgery",      "operation",  "dentist",     "court",
    "hearing",      "trial",      "jury",         "rehearsal",  "banquet",     "ceremony",
    "birthday",     "bday",       "anniversary",  "cruise",     "trip",        "meeting",
    "interview",    "conference", "conferences",  "bingo",      "dance",       "festival",
    "tournament",   "race",       "marathon",     "premiere",   "audition",    "casting",
    "shoot",        "photoshoot", "pictures",     "pics",       "deposition",  "deadline",
    "reunion",      "gala",       "parade",       "homecoming", "tee",         "kickoff",
    "mat",          "rotary",     "confirmation", "baptism",    "christening", "shower",
    "bachelorette", "carnival",   "labs",         "dialysis",   "chemo",       "pt",
    "gig",          "swim",       "boat",
};

/* What somebody does then who does not come. */
static const char *const elsewhere_verbs[] = {
    "lands",      "land",    "landing", "fly",    "flies",  "flying",  "flew",     "married",
    "marry",      "marries", "dock",    "docks",  "sail",   "sails",   "leave",    "leaves",
    "leaving",    "passed",  "died",    "travel", "drive",  "driving", "working",  "works",
    "goes",       "naps",    "nap",     "tees",   "closes", "hitched", "turns",    "graduates",
    "graduating", "moved",   "picks",   "ends",   "starts", "drank",   "drinking", "airs",
    "playing",    "plays",   "singing", "eat",    "eats",   "born",    "expires",
};

/* What makes a clause one about a visit. */
static const char *const visit_words[] = {
    "appointment", "appt",      "apt",      "appointments", "visit",    "booking",
    "booked",      "book",      "come",     "slot",         "slots",    "openings",
    "session",     "available", "free",     "reschedule",   "move",     "fit",
    "squeeze",     "cancel",    "anything", "works",        "schedule", "scheduled",
};

bool understand_among(const struct word *w, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (word_is(w, list[i])) {
            return true;
        }
    }
    return false;
}

#define AMONG(word, list) understand_among((word), (list), ARRAY_SIZE(list))

struct clause {
    size_t from, to; /* words; the last is not included */
};

static bool begins_clause(const struct words *w, size_t i)
{
    static const char *const joints[] = {"so", "but", "because", "cuz",
                                         "bc", "and", "then",    "cause"};
    struct str gap = w->list[i].before;
    return i == 0 || w->list[i].sentence != w->list[i - 1].sentence ||
           str_index(gap, ',', 0) >= 0 || str_index(gap, '(', 0) >= 0 ||
           str_index(gap, ':', 0) >= 0 || AMONG(&w->list[i], joints);
}

static struct clause clause_of(const struct words *w, const struct when_mention *m)
{
    struct clause c = {m->first, m->last + 1};
    while (c.from > 0 && !begins_clause(w, c.from)) {
        c.from--;
    }
    while (c.to < w->n && !begins_clause(w, c.to)) {
        c.to++;
    }
    return c;
}

static bool offers_within(const struct reading *r, size_t from, size_t to)
{
    const struct offers *o = &r->u->offers;
    for (size_t i = 0; i < o->n; i++) {
        if (o->first[i] >= from && o->first[i] < to) {
            return true;
        }
    }
    return false;
}

static bool about_visit(const struct reading *r, struct clause c)
{
    bool visit = offers_within(r, c.from, c.to) ||
                 (r->u->provider && r->provider_at >= c.from && r->provider_at < c.to);
    for (size_t i = c.from; i < c.to && !visit; i++) {
        visit = AMONG(&r->u->words.list[i], visit_words);
    }
    return visit;
}

static bool is_elsewhere(const struct word *w)
{
    return AMONG(w, elsewhere_nouns) || AMONG(w, elsewhere_verbs);
}

/* "my wedding is on Saturday", "the Saturday game", "I fly out on Friday". */
static bool names_other(const struct reading *r, const struct when_mention *m)
{
    const struct words *w = &r->u->words;
    struct clause c = clause_of(w, m);
    size_t near = m->first > c.from + 4 ? m->first - 4 : c.from;
    for (size_t i = m->first; i > near; i--) {
        if (is_elsewhere(&w->list[i - 1]) && !offers_within(r, i, m->first)) {
            return true;
        }
    }
    if (m->last + 1 < c.to && AMONG(&w->list[m->last + 1], elsewhere_nouns)) {
        return true;
    }
    if (about_visit(r, c)) {
        return false;
    }
    for (size_t i = c.from; i < m->first; i++) {
        if (is_elsewhere(&w->list[i])) {
            return true;
        }
    }
    return false;
}

/* "Saturday we grade film", "Thursday is leg day": who says so does not come then. */
static bool is_taken(const struct reading *r, const struct when_mention *m)
{
    static const char *const who[] = {"i",   "im",  "we",   "were", "ive",   "he",
                                      "hes", "she", "shes", "they", "theyre"};
    static const char *const be[] = {"is", "s", "was"};
    static const char *const fine[] = {
        "can",       "could",     "would",    "want",      "need",  "prefer",  "free",
        "off",       "available", "ok",       "okay",      "good",  "like",    "love",
        "take",      "come",      "will",     "think",     "guess", "believe", "suppose",
        "have",      "fine",      "great",    "perfect",   "best",  "better",  "ideal",
        "open",      "it",        "possible", "when",      "also",  "too",     "still",
        "easier",    "easiest",   "what",     "if",        "works", "work",    "day",
        "preferred", "please",    "said",     "told",      "see",   "had",     "got",
        "lovely",    "cool",      "right",    "there",     "in",    "able",    "ready",
        "the",       "only",      "asked",    "confirmed", "hope",  "sure",    "booked",
        "scheduled", "your",      "you",      "at",        "on",    "mean",    "meant"};
    const struct words *w = &r->u->words;
    size_t next = m->last + 1;
    if (next >= w->n || begins_clause(w, next)) {
        return false;
    }
    bool subject = AMONG(&w->list[next], who), verb = AMONG(&w->list[next], be);
    size_t end = MIN_OF(w->n, next + (verb ? 3 : 4));
    for (size_t i = next + 1; i < end && w->list[i].sentence == w->list[next].sentence; i++) {
        if (AMONG(&w->list[i], fine)) {
            return false;
        }
    }
    return (subject || verb) && next + 1 < w->n && !r->u->words.asks;
}

bool understand_of_other(const struct reading *r, const struct when_mention *m)
{
    return names_other(r, m) || (m->kind == WHEN_DATE && is_taken(r, m));
}

bool understand_any_such(const struct reading *r, const struct when_mention *m)
{
    static const char *const before[] = {"a", "any", "some", "every", "each", "most", "all"};
    static const char *const parts[] = {"mornings", "afternoons", "evenings", "nights", "nites"};
    const struct words *w = &r->u->words;
    bool one = m->kind == WHEN_DATE && m->day == m->last_day && m->first == m->last &&
               w->list[m->first].text.n > 0 && (unsigned char)w->list[m->first].text.p[0] > '9';
    return one && ((m->first > 0 && AMONG(&w->list[m->first - 1], before)) ||
                   (m->last + 1 < w->n && AMONG(&w->list[m->last + 1], parts)));
}

/* --- what is only told --- */

/* Did it happen, by the words of the sentence? */
static bool in_past(const struct words *w, unsigned sentence)
{
    static const char *const past[] = {
        "was",    "were",   "did",     "didnt",    "had",  "came",  "took",   "billed",
        "waited", "gave",   "ran",     "since",    "sent", "felt",  "hurt",   "drove",
        "saw",    "done",   "arrived", "received", "went", "wasnt", "missed", "failed",
        "bought", "quoted", "charged", "lasered",  "took", "got"};
    static const char *const to_come[] = {
        "will",  "have", "coming",      "booked", "scheduled", "supposed", "going", "upcoming",
        "moved", "is",   "appointment", "ill",    "cant",      "wont",     "until", "can"};
    bool was = false;
    for (size_t i = 0; i < w->n; i++) {
        if (w->list[i].sentence != sentence) {
            continue;
        }
        if (AMONG(&w->list[i], to_come)) {
            return false;
        }
        was = was || AMONG(&w->list[i], past);
    }
    return was;
}

static bool numbered_only(const struct words *w, const struct when_mention *m)
{
    static const char *const fillers[] = {"the", "on", "st", "nd", "rd", "th", "of"};
    bool digits = false;
    for (size_t i = m->first; i <= m->last; i++) {
        bool digit = w->list[i].text.n && w->list[i].text.p[0] <= '9';
        if (!digit && !AMONG(&w->list[i], fillers)) {
            return false;
        }
        digits = digits || (digit && w->list[i].text.n <= 2);
    }
    return digits;
}

static int64_t month_before(int64_t day)
{
    int64_t year;
    int month, number;
    civil_from_days(day, &year, &month, &number);
    year -= month == 1;
    month = month == 1 ? 12 : month - 1;
    return days_from_civil(year, month, number);
}

/* A day further ahead than anybody books was the last one of that date. */
#define FAR_AHEAD 240

/* The day that is meant where something has happened: the last such one. */
static int64_t past_day(const struct words *w, const struct when_mention *m, int64_t today)
{
    if (m->day <= today) {
        return m->day;
    }
    if (m->first == m->last && understand_names_weekday(&w->list[m->first])) {
        return m->day - 7;
    }
    if (m->day - today > FAR_AHEAD) {
        int64_t year;
        int month, day;
        civil_from_days(m->day, &year, &month, &day);
        return days_from_civil(year - 1, month, MIN_OF(day, month == 2 ? 28 : 31));
    }
    return numbered_only(w, m) ? month_before(m->day) : m->day;
}

/* "yesterday", "last Friday": what nobody can come to is not among the mentions. */
static int64_t day_gone(const struct words *w, int64_t today)
{
    static const char *const yesterdays[] = {"yesterday", "yday", "yest", "yesterdays"};
    static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (size_t i = 0; i < w->n; i++) {
        if (AMONG(&w->list[i], yesterdays)) {
            return today - 1;
        }
        bool last =
            i > 0 && word_is(&w->list[i - 1], "last") && understand_names_weekday(&w->list[i]);
        for (size_t k = 0; last && k < ARRAY_SIZE(days); k++) {
            if (str_starts(w->list[i].text, str_of(days[k]))) {
                int back = (weekday_of_days(today) - (int)k - 1 + 7) % 7;
                return today - (back ? back : 7);
            }
        }
    }
    return -1;
}

/* Turns that may speak of a visit that has been. */
static bool may_look_back(enum intent i)
{
    return i == INTENT_care || i == INTENT_medical || i == INTENT_payment ||
           i == INTENT_complaint || i == INTENT_thanks || i == INTENT_emergency;
}

static struct clause sentence_of(const struct words *w, size_t at)
{
    struct clause c = {at, at + 1};
    while (c.from > 0 && w->list[c.from - 1].sentence == w->list[at].sentence) {
        c.from--;
    }
    while (c.to < w->n && w->list[c.to].sentence == w->list[at].sentence) {
        c.to++;
    }
    return c;
}

/* "See you Thursday", "until Friday". */
static bool takes_leave(const struct words *w, const struct when_mention *m)
{
    static const char *const until[] = {"until", "till", "til", "see", "c", "bis"};
    for (size_t i = m->first > 3 ? m->first - 3 : 0; i < m->first; i++) {
        if (AMONG(&w->list[i], until)) {
            return true;
        }
    }
    return AMONG(&w->list[m->first], until);
}

/* Is the mention that of a visit, where all is only told? */
static bool tells_of_visit(const struct reading *r, const struct when_mention *m)
{
    enum intent i = r->u->intent;
    const struct words *w = &r->u->words;
    bool chats = i == INTENT_other || i == INTENT_small_talk;
    return !chats && (about_visit(r, sentence_of(w, m->first)) || takes_leave(w, m) ||
                      in_past(w, w->list[m->first].sentence));
}

void understand_told(struct reading *r, bool only_tells)
{
    struct understood *u = r->u;
    const struct words *w = &u->words;
    if (!r->in->facts->zone) {
        return;
    }
    int64_t today = zone_local(r->in->facts->zone, r->in->now).days;
    for (size_t i = 0; i < r->when.n; i++) {
        const struct when_mention *m = &r->when.list[i];
        bool one = m->kind == WHEN_DATE && m->day == m->last_day;
        bool far = one && m->day - today > FAR_AHEAD;
        bool past =
            one && may_look_back(u->intent) && (in_past(w, w->list[m->first].sentence) || far);
        bool tells = only_tells && tells_of_visit(r, m);
        if (one && u->told_day < 0 && (past || (tells && !far))) {
            u->told_day = past ? past_day(w, m, today) : m->day;
            u->day = past && u->day == m->day ? -1 : u->day;
        }
        if (m->kind == WHEN_TIME && tells && u->told_minutes < 0) {
            u->told_minutes = m->from;
        }
    }
    bool visit = may_look_back(u->intent) && about_visit(r, (struct clause){0, w->n});
    int64_t gone = visit && u->told_day < 0 && u->day < 0 ? day_gone(w, today) : -1;
    u->told_day = gone >= 0 ? gone : u->told_day;
}

int64_t understood_day(const struct understood *u)
{
    bool many = u->any_such_day && !u->from_choice;
    return u->day < 0 ? u->told_day : many ? -1 : u->day;
}

int understood_minutes(const struct understood *u)
{
    return u->minutes < 0 ? u->told_minutes : u->minutes;
}

void understand_forget_part(struct reading *r)
{
    static const char *const brings[] = {"tonight", "tonite", "2nite", "this"};
    struct understood *u = r->u;
    u->window_from = u->window_to = -1;
    for (size_t i = 0; i < r->when.n; i++) {
        const struct when_mention *m = &r->when.list[i];
        if (m->kind == WHEN_DATE && AMONG(&u->words.list[m->first], brings) &&
            m->first == m->last) {
            u->day = u->day == m->day ? -1 : u->day;
            u->told_day = u->told_day == m->day ? -1 : u->told_day;
        }
    }
}
