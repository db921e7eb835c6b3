/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subject and the summary, as a colleague would note them: what they wanted, what came of it,
 * what is open. Never the customer's own sentences, which may name people and numbers.
 */
#include <stdio.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "mind/score_private.h"

#define SUBJECT_MAX 60

struct topic {
    const char *text, *about;
};
static const struct topic topics[] = {
#define TOPIC(text, about) {text, about},
#define GRIEVANCE(text, about)
#include "mind/score_topics.def"
#undef TOPIC
#undef GRIEVANCE
};
static const struct topic grievances[] = {
#define TOPIC(text, about)
#define GRIEVANCE(text, about) {text, about},
#include "mind/score_topics.def"
#undef TOPIC
#undef GRIEVANCE
};

static const char *const weekdays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                       "thursday", "friday", "saturday"};
static const char *const months[] = {"january",   "february", "march",    "april",
                                     "may",       "june",     "july",     "august",
                                     "september", "october",  "november", "december"};

static bool is_one_of(struct str word, const char *words)
{
    struct str rest = str_of(words);
    for (struct str one; rest.p && (one = str_cut(&rest, ' ')).p;) {
        if (str_eq(one, word)) {
            return true;
        }
    }
    return false;
}

/* ---- topics ---- */

static bool occurs(const struct tokens *t, const char *text)
{
    size_t end;
    for (size_t i = 0; i < t->n; i++) {
        if (phrase_at(t, text, i, &end)) {
            return true;
        }
    }
    return false;
}

/* The n-th of the table that the customer's words show; NULL when there are not so many. */
static const char *topic_of(const struct view *v, const struct topic *list, size_t n_list,
                            unsigned n)
{
    for (size_t k = 0; k < n_list; k++) {
        bool found = false;
        for (size_t i = 0; !found && i < v->talk.n && i < 40; i++) {
            const struct utterance *u = &v->talk.list[i];
            found = u->customer && occurs(&u->tokens, list[k].text);
        }
        if (found && n-- == 0) {
            return list[k].about;
        }
    }
    return NULL;
}

/* What was understood of it when the words are of no topic; NULL: nothing. */
static const char *topic_of_intent(const struct view *v)
{
    static const struct {
        const char *intent, *about;
    } rows[] = {{"location", "how to find us"},
                {"payment", "paying"},
                {"care", "care before or after a visit"},
                {"provider_info", "who gives a service"},
                {"service_info", "services"},
                {"availability", "free times"},
                {"confirm", "an appointment they have"}};
    for (size_t i = 0; v->happened.intent && i < ARRAY_SIZE(rows); i++) {
        if (strcmp(v->happened.intent, rows[i].intent) == 0) {
            return rows[i].about;
        }
    }
    return NULL;
}

static const char *question_of(const struct view *v, unsigned n)
{
    const char *topic = topic_of(v, topics, ARRAY_SIZE(topics), n);
    return topic || n > 0 ? topic : topic_of_intent(v);
}

static const char *grievance_of(const struct view *v)
{
    return topic_of(v, grievances, ARRAY_SIZE(grievances), 0);
}

/* ---- the service ---- */

/* Words that end the name of a service, or are none themselves. */
static bool no_service(struct str word)
{
    return is_one_of(
        word,
        "appointment appt apt appointments booking slot time session visit one on at for "
        "with this next tomorrow today tonight in please pls plz and or to my your our the "
        "a an new first second quick real person human refund question few couple bit lot "
        "way day week month call text email number name reminder spot place place? reservation "
        "different another earlier later good great same that is are was were it if as from "
        "of by i you we they he she wife husband mom mother dad father daughter son friend "
        "sister brother kid child upcoming existing todays tomorrows roommates wifes husbands moms "
        "daughters sons next mine me us him her thing minute moment hour "
        "manager look message free open available late early long short card discount "
        "can could would will do does did have has had get got be been any some more "
        "monday tuesday wednesday thursday friday saturday sunday morning afternoon "
        "evening noon am pm today's not no yes ok okay hi hello hey thanks thank when what "
        "where which who how around before after between next's confirm cancel move "
        "reschedule change book schedule make need want like about so but just also");
}

static const char *joined(struct pool *p, const struct tokens *t, size_t first, size_t end)
{
    const char *name = "";
    for (size_t i = first; i < end; i++) {
        name = pool_printf(p, "%s%s" STR_FMT, name, i > first ? " " : "", STR_ARG(t->list[i].word));
    }
    return name;
}

/* "a chemical peel", "my botox appointment": the words between. NULL: none. */
static const char *service_in(struct pool *p, const struct tokens *t)
{
    for (size_t i = 0; i + 1 < t->n; i++) {
        size_t first = i + 1, end = first;
        bool wanted =
            i > 0 && is_one_of(t->list[i - 1].word, "book get need want schedule like for do "
                                                    "wanted reserve getting booking have");
        if (wanted && is_one_of(t->list[i].word, "a an another")) {
            while (end < t->n && end < first + 3 && t->list[end].clause == t->list[i].clause &&
                   t->list[end].kind == TOKEN_WORD && t->list[end].word.n > 2 &&
                   !no_service(t->list[end].word)) {
                end++;
            }
        } else if (i > 0 && is_one_of(t->list[i + 1].word, "appointment appt apt")) {
            end = i + 1;
            first = end;
            while (first > 0 && first + 2 > end && t->list[first - 1].kind == TOKEN_WORD &&
                   t->list[first - 1].clause == t->list[i].clause &&
                   t->list[first - 1].word.n > 2 && !no_service(t->list[first - 1].word)) {
                first--;
            }
        }
        if (end > first) {
            return joined(p, t, first, end);
        }
    }
    return NULL;
}

/* As it is spelt in the talk, the assistant's words first: HydraFacial, IV drip. */
static const char *spelt(const struct view *v, const char *name)
{
    struct str wanted = str_of(name);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < v->talk.n && i < 40; i++) {
            struct str text = utf8_prefix(v->talk.list[i].text, 1000);
            bool theirs = v->talk.list[i].customer;
            for (size_t at = 0; theirs == (pass == 1) && at + wanted.n <= text.n; at++) {
                struct str here = {text.p + at, wanted.n};
                if (str_eq_nocase(here, wanted)) {
                    return str_dup(v->pool, here);
                }
            }
        }
    }
    return name;
}

static const char *shown(const struct view *v, const char *name)
{
    if (!name || utf8_length(str_of(name)) > 32) {
        return NULL;
    }
    char *copy = pool_strdup(v->pool, name);
    for (char *c = copy; *c; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    copy = pool_strdup(v->pool, spelt(v, copy));
    bool small = copy[0] >= 'a' && copy[0] <= 'z';
    copy[0] = small ? (char)(copy[0] - 'a' + 'A') : copy[0];
    return copy;
}

/* By the tools' arguments and results, else by the customer's words; NULL: not known. */
static const char *service_of(const struct view *v)
{
    if (v->happened.service || (v->wish == DEED_NONE && v->deed == DEED_NONE)) {
        return shown(v, v->happened.service);
    }
    for (size_t i = 0; i < v->talk.n && i < 40; i++) {
        const struct utterance *u = &v->talk.list[i];
        const char *name = u->customer ? service_in(v->pool, &u->tokens) : NULL;
        if (name) {
            return shown(v, name);
        }
    }
    return NULL;
}

/* ---- the day ---- */

static const char *short_name(struct pool *p, const char *name)
{
    char *s = pool_strndup(p, name, 3);
    s[0] = (char)(s[0] - 'a' + 'A');
    return s;
}

static const char *day_of_start(struct pool *p, const char *start)
{
    int y, m, d, hour, minute;
    int n = sscanf(start, "%4d-%2d-%2dT%2d:%2d", &y, &m, &d, &hour, &minute);
    if (n < 3 || m < 1 || m > 12 || d < 1 || d > 31 || y < 1900) {
        return NULL;
    }
    static const int shift[] = {0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4};
    int year = m < 3 ? y - 1 : y;
    int weekday = (year + year / 4 - year / 100 + year / 400 + shift[m - 1] + d) % 7;
    return pool_printf(p, "%s %s %d", short_name(p, weekdays[weekday]),
                       short_name(p, months[m - 1]), d);
}

static int index_of(struct str word, const char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        struct str name = str_of(names[i]);
        bool abbreviated = word.n == 3 && str_starts(name, word);
        if (str_eq(word, name) || (abbreviated && !str_eq(word, STR("may")) &&
                                   !str_eq(word, STR("sun")) && !str_eq(word, STR("mar")))) {
            return i;
        }
    }
    return -1;
}

/* The weekday and date that a confirmation names. */
static const char *day_in(struct pool *p, const struct tokens *t)
{
    const char *weekday = NULL, *date = NULL;
    for (size_t i = 0; i < t->n && !date; i++) {
        int w = index_of(t->list[i].word, weekdays, 7);
        int m = index_of(t->list[i].word, months, 12);
        weekday = w >= 0 ? short_name(p, weekdays[w]) : weekday;
        int64_t d = 0;
        if (m >= 0 && i + 1 < t->n && t->list[i + 1].kind == TOKEN_NUMBER &&
            str_to_i64(t->list[i + 1].word, &d) && d >= 1 && d <= 31) {
            date = pool_printf(p, "%s %d", short_name(p, months[m]), (int)d);
        }
    }
    return weekday && date ? pool_printf(p, "%s %s", weekday, date) : date ? date : weekday;
}

static const char *day_of(const struct view *v)
{
    if (v->happened.start) {
        return day_of_start(v->pool, v->happened.start);
    }
    if (v->deed == DEED_CANCELLED) {
        return NULL; /* other days are named beside it */
    }
    if (v->settled) {
        return day_in(v->pool, &v->settled->tokens);
    }
    for (size_t i = v->talk.n; v->deed != DEED_NONE && i > 0; i--) {
        const struct utterance *u = &v->talk.list[i - 1];
        const char *day = u->customer ? NULL : day_in(v->pool, &u->tokens);
        if (day) {
            return day;
        }
    }
    return NULL;
}

/* ---- the subject ---- */

static const char *subject_when_arranged(struct view *v, const char *service, const char *day)
{
    static const char *const nouns[] = {
        [DEED_BOOKED] = "booking", [DEED_MOVED] = "moved", [DEED_CANCELLED] = "cancelled"};
    const char *noun = nouns[v->deed];
    if (v->deed == DEED_BOOKED) {
        return pool_printf(v->pool, "%s %s%s%s", service ? service : "Appointment", noun,
                           day ? " for " : "", day ? day : "");
    }
    const char *to = v->deed == DEED_MOVED ? " to " : ", ";
    return pool_printf(v->pool, "%s%s %s%s%s", service ? service : "",
                       service ? " appointment" : "Appointment", noun, day ? to : "",
                       day ? day : "");
}

static bool is_emergency(const struct view *v)
{
    return v->happened.emergency || v->asked & CUE_BIT(EMERGENCY);
}

static bool wants_no_more(const struct view *v)
{
    return v->happened.opted_out || v->asked & CUE_BIT(OPT_OUT);
}

static bool wants_person(const struct view *v)
{
    const char *intent = v->happened.intent;
    return intent ? strcmp(intent, "person") == 0 : v->asked & CUE_BIT(WANT_PERSON);
}

static const char *subject_when_open(struct view *v, const char *service)
{
    static const char *const wishes[] = {[DEED_BOOKED] = "booking wanted",
                                         [DEED_MOVED] = "to be moved",
                                         [DEED_CANCELLED] = "to be cancelled"};
    if (is_emergency(v)) {
        return "Emergency";
    }
    if (wants_no_more(v)) {
        return "Wants no more messages";
    }
    if (v->happened.medical) {
        return "Medical question";
    }
    if (wants_person(v)) {
        return "Wish to speak with a person";
    }
    if (v->wish != DEED_NONE && v->wish_open) {
        bool book = v->wish == DEED_BOOKED;
        return pool_printf(v->pool, "%s%s %s", service ? service : "Appointment",
                           service && !book ? " appointment" : "", wishes[v->wish]);
    }
    return NULL;
}

static const char *cut_to(struct pool *p, const char *text)
{
    struct str rest = str_of(text);
    if (utf8_length(rest) <= SUBJECT_MAX) {
        return text;
    }
    size_t characters = 0, word = 0;
    while (rest.n && characters < SUBJECT_MAX) {
        word = rest.p[0] == ' ' ? (size_t)(rest.p - text) : word;
        (void)utf8_next(&rest);
        characters++;
    }
    return pool_strndup(p, text, word ? word : (size_t)(rest.p - text));
}

const char *tell_subject(struct view *v)
{
    const char *service = service_of(v), *day = day_of(v), *about, *s;
    if (v->deed != DEED_NONE) {
        return cut_to(v->pool, subject_when_arranged(v, service, day));
    }
    if (strcmp(v->outcome, "complaint") == 0) {
        about = grievance_of(v);
        return about ? pool_printf(v->pool, "Complaint about %s", about) : "Complaint";
    }
    if ((s = subject_when_open(v, service)) != NULL) {
        return cut_to(v->pool, s);
    }
    if (v->asked & CUE_BIT(NOISE)) {
        return "Nothing for the front desk";
    }
    if (v->talk.n_customer == 0) {
        return "No words of the customer";
    }
    about = question_of(v, 0);
    return about              ? pool_printf(v->pool, "Question about %s", about)
           : v->good > v->bad ? "Friendly words"
                              : "Short exchange";
}

/* ---- the summary ---- */

static const char *who(const struct view *v)
{
    return v->in->channel && strcmp(v->in->channel, "voice") == 0 ? "The caller" : "The customer";
}

static const char *a(const char *noun)
{
    return strchr("AEIOUaeiou", noun[0]) ? "an" : "a";
}

static const char *told_arranged(struct view *v)
{
    const char *service = service_of(v), *day = day_of(v);
    const char *before = service ? service : "", *space = service ? " " : "";
    const char *on = day ? pool_printf(v->pool, " for %s", day) : "";
    switch (v->deed) {
    case DEED_BOOKED:
        return pool_printf(v->pool, "%s wanted %s %s%sappointment and is booked%s.", who(v),
                           a(service ? service : "a"), before, space, on);
    case DEED_MOVED:
        return pool_printf(v->pool, "%s had their %s%sappointment moved%s%s.", who(v), before,
                           space, day ? " to " : "", day ? day : "");
    default:
        return pool_printf(v->pool, "%s cancelled their %s%sappointment.", who(v), before, space);
    }
}

/* How a wish was left. */
static const char *how_left(const struct view *v)
{
    if (v->happened.failed_calls || v->happened.errors) {
        return "but something failed on our side";
    }
    if (v->talk.n_assistant == 0) {
        return "and nobody answered";
    }
    if (v->declined) {
        return "but nothing that was offered suited them";
    }
    if (v->told & CUE_BIT(PASSED_ON) || v->happened.escalations) {
        return "which is not settled yet";
    }
    return v->offered ? "and did not choose a time" : "which is not settled";
}

static const char *told_wish(struct view *v)
{
    const char *service = service_of(v);
    const char *before = service ? service : "", *space = service ? " " : "";
    if (v->wish == DEED_BOOKED || v->wish == DEED_NONE) {
        return pool_printf(v->pool, "%s wanted %s %s%sappointment, %s.", who(v),
                           a(service ? service : "a"), before, space, how_left(v));
    }
    return pool_printf(v->pool, "%s wanted to %s their %s%sappointment, %s.", who(v),
                       v->wish == DEED_MOVED ? "move" : "cancel", before, space, how_left(v));
}

static const char *told_question(struct view *v)
{
    const char *first = question_of(v, 0), *second = question_of(v, 1);
    bool dry = v->last_told & (CUE_BIT(DONT_KNOW) | CUE_BIT(UNABLE) | CUE_BIT(REFUSED));
    const char *end = v->talk.n_assistant == 0 ? "and nobody answered"
                      : v->happened.escalations || v->last_told & CUE_BIT(PASSED_ON)
                          ? "and was answered in part"
                      : dry ? "and got no full answer"
                            : "and was answered";
    if (!first && v->misses > 1) {
        return pool_printf(v->pool, "%s was not understood.", who(v));
    }
    if (!first) {
        return pool_printf(v->pool, "%s had a short exchange with us.", who(v));
    }
    return pool_printf(v->pool, "%s asked about %s%s%s %s.", who(v), first, second ? " and " : "",
                       second ? second : "", end);
}

static const char *what_happened(struct view *v)
{
    if (v->deed != DEED_NONE) {
        return told_arranged(v);
    }
    if (strcmp(v->outcome, "complaint") == 0) {
        const char *about = grievance_of(v);
        return pool_printf(v->pool, "%s complained%s%s.", who(v), about ? " about " : "",
                           about ? about : "");
    }
    if (is_emergency(v)) {
        return pool_printf(v->pool, "%s reported what may be an emergency.", who(v));
    }
    if (wants_no_more(v)) {
        return pool_printf(v->pool, "%s wants no more messages from us.", who(v));
    }
    if (v->happened.medical) {
        return pool_printf(v->pool, "%s had a medical question.", who(v));
    }
    if (wants_person(v)) {
        return pool_printf(v->pool, "%s wanted to speak with a person.", who(v));
    }
    return v->wish_open ? told_wish(v) : told_question(v);
}

/* The second sentence: what is open first, else how they felt. NULL: neither is worth one. */
static const char *what_remains(const struct view *v)
{
    bool passed = v->happened.escalations || v->told & CUE_BIT(PASSED_ON);
    const char *mood = v->sentiment ? v->sentiment : "";
    bool sad = strcmp(mood, "negative") == 0;
    if (v->deed == DEED_NONE && passed) {
        return sad ? "It was passed on to the staff; they were upset and should hear from us soon."
                   : "It was passed on to the staff, who should get back to them.";
    }
    if (strcmp(v->outcome, "complaint") == 0) {
        return "It still needs an answer from the staff.";
    }
    if (v->deed == DEED_NONE && is_emergency(v)) {
        return "Somebody should make sure that they got help.";
    }
    if (sad) {
        return v->repeats + v->unheard ? "They had to say things again and were unhappy with it."
                                       : "They were not happy with it.";
    }
    if (strcmp(mood, "mixed") == 0) {
        return v->last_tone >= 0 ? "They were annoyed on the way, and friendlier at the end."
                                 : "They were friendly at first, and annoyed at the end.";
    }
    return strcmp(mood, "positive") == 0 && v->good >= 30 ? "They were glad." : NULL;
}

const char *tell_summary(struct view *v)
{
    if (v->talk.n_customer == 0) {
        return "The customer said nothing.";
    }
    if (v->asked & CUE_BIT(NOISE) && v->deed == DEED_NONE && !v->sentiment) {
        return "It was no matter for the front desk, such as a wrong number or advertising.";
    }
    const char *first = what_happened(v), *second = what_remains(v);
    return second ? pool_printf(v->pool, "%s %s", first, second) : first;
}
