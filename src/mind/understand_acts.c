/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the offered times a turn chooses, and what it does. A choice is made by its place ("the
 * second one"), by its time or its day, or by a yes when only one was offered.
 */
#include "domain/zone.h"
#include "mind/understand_private.h"

/* The text's first words are one of these phrases (words separated by one space). */
static bool begins_with(const struct words *w, size_t from, const char *phrase)
{
    struct str rest = str_of(phrase);
    size_t at = from;
    while (rest.p) {
        struct str word = str_cut(&rest, ' ');
        if (at >= w->n || !str_eq(w->list[at].text, word)) {
            return false;
        }
        at++;
    }
    return true;
}

/* At the beginning of the text or of one of its sentences. */
static bool sentence_begins(const struct words *w, const char *const *phrases, size_t n,
                            size_t *at_out)
{
    for (size_t at = 0; at < w->n; at++) {
        if (at > 0 && w->list[at].sentence == w->list[at - 1].sentence) {
            continue;
        }
        for (size_t i = 0; i < n; i++) {
            if (begins_with(w, at, phrases[i])) {
                *at_out = at;
                return true;
            }
        }
    }
    return false;
}

static size_t past_openers(const struct words *w)
{
    static const char *const openers[] = {"um",    "uh",  "oh",  "well",  "so",
                                          "hmm",   "ah",  "er",  "hey",   "hi",
                                          "hello", "and", "but", "great", "thanks"};
    size_t at = 0;
    for (size_t i = 0; i < ARRAY_SIZE(openers) && at < w->n; i++) {
        if (word_is(&w->list[at], openers[i])) {
            at++;
            i = (size_t)-1;
        }
    }
    return at < w->n ? at : 0;
}

bool says_yes(const struct reading *r)
{
    static const char *const yes[] = {
        "yes",
        "yeah",
        "yep",
        "yup",
        "ya",
        "yea",
        "sure",
        "ok",
        "okay",
        "k",
        "kk",
        "okey",
        "absolutely",
        "definitely",
        "correct",
        "right",
        "perfect",
        "sounds",
        "that works",
        "thats works",
        "thatll work",
        "works",
        "lets do",
        "go ahead",
        "please do",
        "do it",
        "book it",
        "fine",
        "thats fine",
        "that is fine",
        "good",
        "cool",
        "i do",
        "of course",
        "why not",
        "awesome",
        "alright",
        "all right",
        "please book",
        "confirmed",
        "i would",
        "id like that",
        "id love",
        "deal",
        "great that",
        "that sounds",
        "thats good",
        "thats great",
        "thats perfect",
        "that would be",
        "thatd be",
        "lovely",
        "wonderful",
        "excellent",
        "exactly",
        "you bet",
        "uh huh",
        "mhm",
        "mm hmm",
        "for sure",
        "that is correct",
        "thats right",
        "thats correct",
        "please cancel",
        "yes",
        "affirmative",
        "works for",
        "great lets",
        "great book",
        "perfect",
        "yess",
        "yesss",
        "si",
        "totally",
    };
    size_t at;
    const struct words *w = &r->u->words;
    if (sentence_begins(w, yes, ARRAY_SIZE(yes), &at)) {
        return !(at + 1 < w->n && word_is(&w->list[at + 1], "but") && says_no(r));
    }
    for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
        if (begins_with(w, past_openers(w), yes[i])) {
            return true;
        }
    }
    return reading_says(r, "works =for =me") || reading_says(r, "=that =works") ||
           reading_says(r, "sounds good|great|perfect|fine") ||
           reading_says(r, "=lets =do =it|=that");
}

bool says_no(const struct reading *r)
{
    static const char *const no[] = {
        "no",        "nope",          "nah",         "not really",       "no thanks",
        "none",      "neither",       "dont",        "i dont",           "never mind",
        "nevermind", "not that",      "naw",         "no thank",         "forget it",
        "i cant",    "i cannot",      "cant do",     "doesnt work",      "not yet",
        "not now",   "i wont",        "that doesnt", "that wont",        "those dont",
        "none of",   "id rather not", "negative",    "unfortunately",    "hmm no",
        "not good",  "not the",       "not today",   "that time doesnt",
    };
    size_t at;
    const struct words *w = &r->u->words;
    if (sentence_begins(w, no, ARRAY_SIZE(no), &at)) {
        return !begins_with(w, at, "no problem") && !begins_with(w, at, "no worries") &&
               !begins_with(w, at, "no preference");
    }
    for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
        if (begins_with(w, past_openers(w), no[i])) {
            return !begins_with(w, past_openers(w), "no problem");
        }
    }
    return reading_says(r, "=none =of") || reading_says(r, "doesnt|wont|dont|didnt work|fit|suit");
}

bool says_instead(const struct reading *r)
{
    static const char *const marks[] = {
        "=actually",
        "=meant",
        "=instead",
        "=scratch =that",
        "=make =it|=that",
        "=rather",
        "=i =mean",
        "=change =it|=that|=the =to",
        "=wait",
        "=correction",
        "=oops",
        "=sorry",
        "=not =but",
        "=or =rather",
        "=switch =to|=it|=that",
    };
    for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
        if (reading_says(r, marks[i])) {
            return true;
        }
    }
    size_t at = past_openers(&r->u->words);
    const struct words *w = &r->u->words;
    return w->n > at + 1 && (word_is(&w->list[at], "no") || word_is(&w->list[at], "nope")) &&
           !word_is(&w->list[at + 1], "thanks") && !word_is(&w->list[at + 1], "thank") &&
           !word_is(&w->list[at + 1], "problem");
}

bool has_particulars(const struct understood *u)
{
    return u->service || u->provider || u->day >= 0 || u->span_from >= 0 || u->minutes >= 0 ||
           u->window_from >= 0 || u->people.name || u->people.phone || u->people.email;
}

/* 1 for first, one, 1st; -1 for last; 0 for none. */
static int place_of_word(const struct words *w, size_t i)
{
    static const struct {
        const char *word;
        int place;
    } places[] = {{"first", 1},  {"1", 1},      {"second", 2},  {"2", 2},
                  {"third", 3},  {"3", 3},      {"fourth", 4},  {"4", 4},
                  {"last", -1},  {"final", -1}, {"latter", -1}, {"former", 1},
                  {"middle", 2}, {"1st", 1},    {"2nd", 2},     {"3rd", 3}};
    for (size_t k = 0; k < ARRAY_SIZE(places); k++) {
        if (word_is(&w->list[i], places[k].word)) {
            return places[k].place;
        }
    }
    return 0;
}

static bool next_is(const struct words *w, size_t i, const char *const *list, size_t n)
{
    for (size_t k = 0; i < w->n && k < n; k++) {
        if (word_is(&w->list[i], list[k])) {
            return true;
        }
    }
    return false;
}

/* "the second one", "option 2", "first please", "last". */
static int chosen_place(const struct words *w)
{
    static const char *const after[] = {"1",       "one",         "option", "slot",  "choice",
                                        "please",  "is",          "works",  "would", "sounds",
                                        "opening", "appointment", "of",     "thanks"};
    static const char *const before[] = {"option", "number", "choice", "no"};
    static const char *const suffix[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < w->n; i++) {
        int place = place_of_word(w, i);
        if (!place) {
            continue;
        }
        bool digit = w->list[i].text.p[0] <= '9';
        size_t next = i + 1;
        bool ordinal = !digit || next_is(w, next, suffix, ARRAY_SIZE(suffix));
        next += digit && ordinal;
        bool named = i > 0 && next_is(w, i - 1, before, ARRAY_SIZE(before));
        bool ends = next >= w->n || w->list[next].sentence != w->list[i].sentence;
        bool placed = ordinal && (ends || next_is(w, next, after, ARRAY_SIZE(after)));
        bool first_free = next_is(w, next, (const char *const[]){"available", "thing", "time"}, 3);
        if (named || (placed && !first_free && !(next >= w->n && w->n > 8))) {
            return place;
        }
    }
    return 0;
}

/* "the late one", "the earlier, please", "do hold the later": which end of what was offered. */
static bool says_extreme(const struct reading *r, bool early)
{
    static const char *const earlies[] = {"earlier", "earliest", "soonest", "sooner", "early"};
    static const char *const lates[] = {"later", "latest", "late", "latter"};
    static const char *const after[] = {"one",   "ones",   "slot",  "option", "time",
                                        "works", "is",     "lady",  "guy",    "gal",
                                        "girl",  "day",    "date",  "please", "pls",
                                        "1",     "thanks", "would", "sounds", "appointment"};
    const struct words *w = &r->u->words;
    for (size_t i = 0; i < w->n; i++) {
        bool said = early ? understand_among(&w->list[i], earlies, ARRAY_SIZE(earlies))
                          : understand_among(&w->list[i], lates, ARRAY_SIZE(lates));
        bool extreme = word_is(&w->list[i], "earliest") || word_is(&w->list[i], "soonest") ||
                       word_is(&w->list[i], "latest");
        bool the = i > 0 && word_is(&w->list[i - 1], "the");
        bool ends = i + 1 >= w->n || w->list[i + 1].before.n != 1;
        bool vague =
            i > 0 && (word_is(&w->list[i - 1], "too") || word_is(&w->list[i - 1], "any") ||
                      word_is(&w->list[i - 1], "running") || word_is(&w->list[i - 1], "a"));
        bool named = i + 1 < w->n && next_is(w, i + 1, after, ARRAY_SIZE(after));
        if (said && !vague && (extreme || (the && ends) || named)) {
            return true;
        }
    }
    return early && (reading_says(r, "=first =available|=opening|=free|=thing") ||
                     reading_says(r, "=sooner =the =better"));
}

static int by_place(const struct reading *r)
{
    const struct talk *t = r->talk;
    int place = chosen_place(&r->u->words);
    if (place > 0 && (size_t)place <= t->n_offers) {
        return place - 1;
    }
    if (place < 0) {
        return (int)t->n_offers - 1;
    }
    bool early = says_extreme(r, true), late = says_extreme(r, false);
    if (early == late ||
        reading_says(r, "anything|something|any|have|got =earlier|=later|=sooner")) {
        return -1;
    }
    int best = 0;
    for (size_t i = 1; i < t->n_offers; i++) {
        int64_t at = t->offers[i].day * 1440 + t->offers[i].minutes;
        int64_t kept = t->offers[best].day * 1440 + t->offers[best].minutes;
        if ((early && at < kept) || (late && at > kept)) {
            best = (int)i;
        }
    }
    return best;
}

static bool fits_offer(const struct understood *u, const struct talk_offer *o, int minutes,
                       bool half_known, bool any_provider)
{
    bool day = u->day < 0 ? true : u->day == o->day;
    bool time =
        minutes < 0 || (half_known ? minutes == o->minutes : minutes % 720 == o->minutes % 720);
    bool window = u->window_from < 0 || (o->minutes >= u->window_from && o->minutes < u->window_to);
    bool who =
        any_provider || !u->provider || !o->provider || strcmp(o->provider, u->provider->key) == 0;
    return day && time && window && who;
}

/* The time that a number stands for: 2, 730, 1130; -1: none. */
static int clock_of_number(int64_t n)
{
    if (n >= 1 && n <= 12) {
        return (int)n % 12 * 60;
    }
    bool clock = n >= 100 && n <= 1259 && n % 100 < 60;
    return clock ? (int)(n / 100) % 12 * 60 + (int)(n % 100) : -1;
}

static bool in_mention(const struct reading *r, size_t at)
{
    for (size_t i = 0; i < r->when.n; i++) {
        if (at >= r->when.list[i].first && at <= r->when.list[i].last) {
            return true;
        }
    }
    return false;
}

static bool is_offered(const struct talk *t, int clock)
{
    for (size_t i = 0; i < t->n_offers; i++) {
        if (t->offers[i].minutes % 720 == clock % 720) {
            return true;
        }
    }
    return false;
}

/* The number that begins at a word, as a time: "2", "730", "9.30", "two"; -1: none. */
static int clock_at(const struct words *w, size_t i)
{
    static const char *const names[] = {"one",   "two",   "three", "four", "five",   "six",
                                        "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
    static const char *const suffix[] = {"st", "nd", "rd", "th"};
    int64_t n = -1, minute = 0;
    if (str_to_i64(w->list[i].text, &n)) {
        bool pair = i + 1 < w->n && w->list[i + 1].text.n == 2 && n <= 12 &&
                    str_to_i64(w->list[i + 1].text, &minute) && minute < 60;
        return next_is(w, i + 1, suffix, ARRAY_SIZE(suffix))
                   ? -1
                   : clock_of_number(pair ? n * 100 + minute : n);
    }
    for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
        if (word_is(&w->list[i], names[k])) {
            return ((int)k + 1) % 12 * 60;
        }
    }
    return -1;
}

/* A number in a short answer, "2 is good", "730 with the doctor", or one that begins a longer. */
static int bare_time(const struct reading *r)
{
    static const char *const placed[] = {"first", "second", "third", "last",
                                         "other", "that",   "early", "late"};
    const struct words *w = &r->u->words;
    size_t most = w->n <= 10 ? w->n : 2;
    for (size_t i = 0; i < most; i++) {
        int clock = in_mention(r, i) ? -1 : clock_at(w, i);
        bool one = word_is(&w->list[i], "one") && i > 0 && !word_is(&w->list[i - 1], "at");
        if (word_is(&w->list[i], "1") && i > 0 && next_is(w, i - 1, placed, ARRAY_SIZE(placed))) {
            continue; /* "the first 1" */
        }
        bool counts =
            i + 1 < w->n && next_is(w, i + 1, (const char *const[]){"of", "more", "thing"}, 3);
        if (clock >= 0 && !one && !counts && (w->n <= 10 || is_offered(r->talk, clock)) &&
            !(word_is(&w->list[i], "one") && !is_offered(r->talk, clock))) {
            return clock;
        }
    }
    return -1;
}

/* The one offer that fits what was said of day and time; -1 when none or several do. */
static int only_fitting(const struct reading *r, int minutes, bool any_provider)
{
    const struct understood *u = r->u;
    const struct talk *t = r->talk;
    bool exactly = false;
    for (size_t i = 0; u->minutes >= 0 && i < t->n_offers; i++) {
        exactly = exactly || fits_offer(u, &t->offers[i], minutes, true, any_provider);
    }
    int found = -1;
    for (size_t i = 0; i < t->n_offers; i++) {
        if (fits_offer(u, &t->offers[i], minutes, exactly, any_provider)) {
            if (found >= 0) {
                return -1;
            }
            found = (int)i;
        }
    }
    return found;
}

/* "the 29th", "29": the only offer on that day of a month; -1: none. */
static int by_day_of_month(const struct reading *r)
{
    const struct words *w = &r->u->words;
    const struct talk *t = r->talk;
    for (size_t i = 0; w->n <= 6 && i < w->n; i++) {
        int64_t n, year;
        int month, day, found = -1;
        if (!str_to_i64(w->list[i].text, &n) || n <= 12) {
            continue; /* up to 12 it is rather a time */
        }
        for (size_t k = 0; k < t->n_offers; k++) {
            civil_from_days(t->offers[k].day, &year, &month, &day);
            found = day != n ? found : found < 0 ? (int)k : -2;
        }
        if (found >= 0) {
            return found;
        }
    }
    return -1;
}

/* "930 is a crime, the other one": of two the one that is not named. */
static int other_than(const struct reading *r, int named)
{
    bool other = reading_says(r, "=other|=otro|=otra =one|=1|=time|=slot|=option|=day") ||
                 reading_says(r, "=the =other");
    return other && r->talk->n_offers == 2 && named >= 0 ? 1 - named : named;
}

/* Is the time said in another sentence than the day? */
static bool tells_apart(const struct reading *r)
{
    unsigned day = 0, time = 0;
    for (size_t i = 0; i < r->when.n; i++) {
        const struct when_mention *m = &r->when.list[i];
        unsigned at = r->u->words.list[m->first].sentence + 1;
        day = m->kind == WHEN_DATE && !day ? at : day;
        time = m->kind == WHEN_TIME && !time ? at : time;
    }
    return day && time && day < time && !says_instead(r);
}

static int by_time(const struct reading *r)
{
    const struct understood *u = r->u;
    int minutes = u->minutes >= 0 ? u->minutes : bare_time(r);
    if (minutes < 0 && u->day < 0 && u->window_from < 0 && !u->provider) {
        return -1;
    }
    int found = only_fitting(r, minutes, false);
    if (found < 0 && u->minutes >= 0 && u->day >= 0 && tells_apart(r)) {
        found = only_fitting(r, -1, false); /* "Thursday. I lift at 9" */
    }
    if (found < 0 && u->minutes < 0 && minutes >= 0 && u->day >= 0) {
        found = only_fitting(r, -1, false); /* the number beside the day is something else */
    }
    bool sure = minutes >= 0 || r->talk->n_offers == 1;
    return found < 0 && sure && u->provider ? only_fitting(r, minutes, true) : found;
}

static bool any_will_do(const struct reading *r)
{
    return reading_says(
               r, "=either|=any|=whichever|=whatever works|fine|good|one|ok|okay|is|=of|easiest") ||
           reading_says(r, "=both work|fine|good") || reading_says(r, "you pick|choose") ||
           reading_says(r, "=dont =care|mind =which") || reading_says(r, "=up =to =you") ||
           reading_says(r, "=doesnt matter") ||
           (r->u->words.n <= 4 && reading_says(r, "=whenever")) ||
           (r->u->words.n <= 2 && reading_says(r, "=any|=anyone|=either|=whichever|=whatever"));
}

void understand_choice(struct reading *r)
{
    struct understood *u = r->u;
    const struct talk *t = r->talk;
    u->choice = -1;
    bool others = reading_has(r, TOPIC_OTHER_TIME) ||
                  reading_says(r, "=even|=any|=nothing|=bit|=little =later|=earlier|=sooner");
    if (t->n_offers == 0 || u->negated_when || others) {
        return;
    }
    int choice = other_than(r, by_time(r));
    choice = choice < 0 && u->minutes < 0 ? by_day_of_month(r) : choice;
    if (choice < 0 && u->day < 0) {
        choice = by_place(r);
    }
    bool points = reading_says(r, "=that =one|=1") || reading_says(r, "=take|=ok|=okay|=yes =that");
    if (choice < 0 && t->n_offers == 1 && u->day < 0 && u->minutes < 0 && points && !says_no(r)) {
        choice = 0;
    }
    if (choice < 0 && any_will_do(r)) {
        u->choice = 0; /* which day and time that is, nobody said */
        u->any_choice = true;
        return;
    }
    if (choice >= 0) {
        u->choice = choice;
        u->from_choice = true;
        u->day = t->offers[choice].day;
        u->minutes = t->offers[choice].minutes;
        u->window_from = u->window_to = u->other_minutes = -1;
        u->span_from = u->span_to = u->other_day = -1;
        return;
    }
    bool nothing_else = u->day < 0 && u->minutes < 0 && u->window_from < 0 && u->span_from < 0;
    if (t->n_offers == 1 && nothing_else && says_yes(r) && !says_no(r)) {
        u->choice = 0;
    }
}

static bool wants(enum intent i)
{
    return i == INTENT_book || i == INTENT_reschedule || i == INTENT_cancel ||
           i == INTENT_availability || i == INTENT_service_info || i == INTENT_care ||
           i == INTENT_provider_info || i == INTENT_location || i == INTENT_payment ||
           i == INTENT_person;
}

void understand_acts(struct reading *r)
{
    struct understood *u = r->u;
    const struct talk *t = r->talk;
    bool going_on = t->task != INTENT_none && u->intent == t->task;
    bool answering = t->asked != ASKED_NOTHING || t->n_offers > 0;
    unsigned acts = 0;
    if (reading_has(r, TOPIC_OTHER_TIME) || u->negated_when || u->earlier || u->later) {
        acts |= ACTS(request_alternatives);
    }
    if (u->from_choice || u->any_choice) {
        acts |= ACTS(select);
    }
    if (answering && says_no(r)) {
        acts |= ACTS(negate);
    } else if (answering && says_yes(r)) {
        acts |= ACTS(affirm);
    }
    if (says_instead(r) && has_particulars(u) && !u->from_choice) {
        acts |= ACTS(correct);
    }
    if (u->words.asks || (wants(u->intent) && !going_on)) {
        acts |= ACTS(request);
    }
    bool tells = u->intent == INTENT_complaint || u->intent == INTENT_medical ||
                 u->intent == INTENT_emergency || u->intent == INTENT_opt_out;
    if (tells || (has_particulars(u) && !u->from_choice && !(acts & ACTS(correct)))) {
        acts |= ACTS(inform);
    }
    acts |= reading_has(r, TOPIC_GREETING) ? ACTS(greeting) : 0;
    acts |= reading_has(r, TOPIC_THANKS) ? ACTS(thanks) : 0;
    acts |= reading_has(r, TOPIC_GOODBYE) ? ACTS(goodbye) : 0;
    u->acts = acts ? acts : u->intent == INTENT_confirm ? ACTS(affirm) : ACTS(inform);
}
