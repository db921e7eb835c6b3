/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an assistant's line did, read from its words. Used where only a transcript is at hand; the
 * local engine knows what it did. Times in a line that offers are offers, each with the day that
 * was named last; a line that says that something is booked, moved or cancelled ends the matter.
 */
#include "mind/offers.h"
#include "mind/providers.h"
#include "mind/talk.h"
#include "mind/when.h"
#include "mind/words.h"

static bool says(const struct words *w, const char *phrase)
{
    size_t first, last;
    return words_find(w, phrase, 0, &first, &last);
}

static bool says_any(const struct words *w, const char *const *phrases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (says(w, phrases[i])) {
            return true;
        }
    }
    return false;
}

/* Says that it has been done: "Booked, Pia: ...", "I have moved it", "You are all set". */
static bool is_done(const struct words *w)
{
    static const char *const done[] = {
        "=booked|=confirmed|=scheduled|=moved|=rescheduled|=cancelled|=canceled|=reserved",
        "=all =set",
        "=youre|=you =in|=down|=set",
        "=see =you =on|=then|=at|=tomorrow",
        "look|looking forward =to seeing",
        "=ive|=have =changed|=updated|=noted",
    };
    static const char *const not_done[] = {
        "=fully|=not|=isnt|=cant|=cannot|=no|=already|=could|=can|=would|=be|=unless|=until|="
        "before|=both|=are|=they|=hes|=shes|=is "
        "=booked|=moved|=cancelled|=canceled|=confirmed|=scheduled|=rescheduled|=reserved "
        "=this|=all|=solid|=until|=that|=the|=with|=rest",
        "=fully|=not|=isnt|=cant|=cannot|=could|=can|=would|=be|=unless|=until|=already "
        "=booked|=moved|=cancelled|=canceled|=confirmed|=scheduled|=rescheduled|=reserved",
    };
    return says_any(w, done, ARRAY_SIZE(done)) && !says_any(w, not_done, ARRAY_SIZE(not_done));
}

static enum asked asked_by(const struct words *w, size_t n_offers)
{
    static const struct {
        enum asked asked;
        const char *phrase;
    } rows[] = {
        {ASKED_WHETHER_CANCEL,
         "shall|should|want|like|sure|confirm|okay|go =to|=me|=you|=i|ahead cancel"},
        {ASKED_WHETHER_CANCEL, "cancel =it|=that =for"},
        {ASKED_APPOINTMENT, "which appointment|visit|booking"},
        {ASKED_NAME, "what|whats|have|get|give|tell|need|may|can|share your|=the|=a name"},
        {ASKED_NAME, "your|full|first|last =name"},
        {ASKED_NAME, "what|which =name"},
        {ASKED_NAME, "who am speaking"},
        {ASKED_NAME,
         "=his|=her|=their|=whose|=two|=both|=and|=nombre|=nom|=nome|=first =name|=names"},
        {ASKED_NAME, "=whom|=who =may|=shall|=should|=do =i =write|=put|=book"},
        {ASKED_NAME, "=nombre|=nombres|=nome|=nom|=namen"},
        {ASKED_CONTACT, "number|phone|email|address reach|best|have|confirmation"},
        {ASKED_CONTACT, "best|your|what phone|number|email"},
        {ASKED_WHETHER_BOOK, "shall|should|want|like|can|may =i|=me|=you|=to|=we "
                             "book|schedule|reserve|put|hold|move|lock|confirm"},
        {ASKED_WHETHER_BOOK, "does|would|will|do that|=it|this|those work|suit|help|fit"},
        {ASKED_WHICH, "which|what one|works|time|suits|prefer|better|best"},
        {ASKED_SERVICE, "which|what service|treatment|kind"},
        {ASKED_SERVICE, "what would|are =you like|looking|interested|coming =to|for|in|have"},
        {ASKED_WHEN, "what|which|when day|time|date|would|works|were|suits"},
        {ASKED_WHETHER_PERSON, "would|want|shall|like person|someone|somebody|colleague|call|back"},
        {ASKED_ELSE, "anything|something else"},
        {ASKED_ELSE, "help with =anything"},
    };
    for (size_t i = 0; w->asks && i < ARRAY_SIZE(rows); i++) {
        bool which = rows[i].asked == ASKED_WHICH;
        if ((!which || n_offers > 1) && says(w, rows[i].phrase)) {
            return rows[i].asked;
        }
    }
    return n_offers > 1               ? ASKED_WHICH
           : n_offers == 1 && w->asks ? ASKED_WHETHER_BOOK
                                      : ASKED_NOTHING;
}

/* Who is named with the time: just after it ("10 AM with Priya"), else last before it. */
static const char *provider_near(struct pool *p, const struct words *w, const struct facts *f,
                                 const struct when *when, size_t i)
{
    size_t next = w->n;
    for (size_t k = i + 1; k < when->n; k++) {
        if (when->list[k].kind == WHEN_TIME) {
            next = when->list[k].first;
            break;
        }
    }
    size_t at;
    size_t from = when->list[i].last + 1;
    struct words after = {next - from, w->list + from, w->initials};
    const struct facts_provider *who = provider_named(p, &after, f, &at);
    if (who && at > 0 && word_is(&after.list[at - 1], "with")) {
        return who->key;
    }
    struct words before = {when->list[i].first, w->list, w->initials};
    const char *last = NULL;
    while (before.n && (who = provider_named(p, &before, f, &at)) && at < before.n) {
        last = who->key;
        before.list += at + 1;
        before.n -= at + 1;
    }
    return last;
}

/* Is the word a part of what was found already? */
static bool mentioned(const struct when *when, size_t at)
{
    for (size_t i = 0; i < when->n; i++) {
        if (at >= when->list[i].first && at <= when->list[i].last) {
            return true;
        }
    }
    return false;
}

/* An hour as an assistant says it: nine in the morning, three in the afternoon. -1: none. */
static int said_hour(const struct word *w)
{
    static const char *const names[] = {"one",   "two",   "three", "four", "five",   "six",
                                        "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
    for (int i = 0; i < 12; i++) {
        if (word_is(w, names[i])) {
            return (i < 6 ? i + 13 : i + 1) * 60;
        }
    }
    return -1;
}

/* "Dr. Osei has nine, eleven thirty or three": the hours that stand there bare. */
static void add_bare_hours(struct when *when, const struct words *w)
{
    static const char *const before[] = {"has", "have", "or", "at", "and"};
    for (size_t i = 1; i < w->n && when->n < WHEN_MAX; i++) {
        int hour = mentioned(when, i) ? -1 : said_hour(&w->list[i]);
        bool ends = i + 1 == w->n || w->list[i + 1].before.n != 1 ||
                    word_is(&w->list[i + 1], "or") || word_is(&w->list[i + 1], "and") ||
                    word_is(&w->list[i + 1], "with");
        bool after = false;
        for (size_t k = 0; k < ARRAY_SIZE(before); k++) {
            after = after || word_is(&w->list[i - 1], before[k]);
        }
        bool who = i + 1 == w->n || w->list[i + 1].before.n != 1; /* "Sofia eleven." */
        who = who && mentioned(when, i - 2) && i > 1;
        if (hour < 0 || !ends || !(after || who || mentioned(when, i - 1))) {
            continue;
        }
        size_t at = when->n++;
        for (; at > 0 && when->list[at - 1].first > i; at--) {
            when->list[at] = when->list[at - 1];
        }
        when->list[at] = (struct when_mention){.kind = WHEN_TIME,
                                               .first = i,
                                               .last = i,
                                               .from = hour,
                                               .to = hour,
                                               .half_assumed = true};
    }
}

static bool offered(const struct talk_offer *offers, size_t n, int64_t day, int minutes)
{
    for (size_t i = 0; i < n; i++) {
        if (offers[i].day == day && offers[i].minutes == minutes) {
            return true;
        }
    }
    return false;
}

static void read_offers(struct pool *p, struct talk *t, const struct words *w,
                        const struct when *when, const struct facts *f)
{
    int64_t day = t->day;
    size_t n = 0;
    for (size_t i = 0; i < when->n; i++) { /* "10:30 AM or 11:15 AM on Monday" */
        const struct when_mention *m = &when->list[i];
        if (m->kind == WHEN_DATE && !m->negated && m->day == m->last_day) {
            day = m->day;
            break;
        }
    }
    for (size_t i = 0; i < when->n && n < TALK_OFFERS_MAX; i++) {
        const struct when_mention *m = &when->list[i];
        if (m->kind == WHEN_DATE && !m->negated && m->day == m->last_day) {
            day = m->day;
        } else if (m->kind == WHEN_TIME && !m->negated && day >= 0 &&
                   !offered(t->offers, n, day, m->from)) {
            t->offers[n++] = (struct talk_offer){day, m->from, provider_near(p, w, f, when, i)};
        }
    }
    if (n) {
        t->n_offers = n;
        t->day = t->offers[0].day;
    }
}

static size_t times_in(const struct when *when)
{
    size_t n = 0;
    for (size_t i = 0; i < when->n; i++) {
        n += when->list[i].kind == WHEN_TIME && !when->list[i].negated;
    }
    return n;
}

void talk_listen(struct pool *p, struct talk *t, struct str said, const struct facts *f,
                 struct wall now)
{
    struct words w;
    struct when when = {0};
    words_read(p, said, &w);
    if (f->zone) {
        struct when_context c = {now, f->zone, t->day, t->minutes};
        when_find(&w, &c, &when);
    }
    static const char *const offering[] = {
        "have|has|=got|free|available|open|openings|option|options|offer|can|could|how|works|work|"
        "prefer|slots|=or|=is|are|theres"};
    bool done = is_done(&w) && !w.asks;
    size_t before = t->n_offers;
    t->n_offers = 0;
    t->asked = ASKED_NOTHING;
    if (done) {
        t->done = 1;
        talk_end(t);
    } else if (says_any(&w, offering, ARRAY_SIZE(offering)) || times_in(&when) > 1) {
        add_bare_hours(&when, &w);
        read_offers(p, t, &w, &when, f);
    }
    t->asked = asked_by(&w, t->n_offers);
    bool goes_on = !done && t->n_offers == 0 && times_in(&when) == 0 && before > 0;
    t->n_offers = goes_on ? before : t->n_offers; /* a question between: they can still be chosen */
    if (t->task == INTENT_none && (t->n_offers > 0 || t->asked == ASKED_WHETHER_BOOK) && !done) {
        t->task = t->topic == INTENT_reschedule ? INTENT_reschedule : INTENT_book;
    }
    struct offers named;
    offers_find(p, &w, f, &named);
    if (named.n == 1 && !t->service) {
        t->service = named.found[0]->key;
    }
}
