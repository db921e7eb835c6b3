/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From topics to the one intent of a turn. Read top to bottom in intent_of(): what overrides
 * everything, what goes on with what was under way, what is to be done, what is asked, small talk.
 * A turn in the middle of an arrangement belongs to it unless it clearly asks something else.
 */
#include "mind/ear.h"
#include "mind/providers.h"
#include "mind/understand_private.h"

static const enum intent intent_of_topic[N_TOPICS] = {
    [TOPIC_EMERGENCY] = INTENT_emergency,
    [TOPIC_OPT_OUT] = INTENT_opt_out,
    [TOPIC_INJECTION] = INTENT_other,
    [TOPIC_PRIVACY] = INTENT_other,
    [TOPIC_MEDICAL] = INTENT_medical,
    [TOPIC_COMPLAINT] = INTENT_complaint,
    [TOPIC_PERSON] = INTENT_person,
    [TOPIC_CANCEL] = INTENT_cancel,
    [TOPIC_CANT] = INTENT_cancel,
    [TOPIC_RESCHEDULE] = INTENT_reschedule,
    [TOPIC_OTHER_TIME] = INTENT_availability,
    [TOPIC_BOOK] = INTENT_book,
    [TOPIC_AVAILABILITY] = INTENT_availability,
    [TOPIC_CONFIRM] = INTENT_confirm,
    [TOPIC_HOURS] = INTENT_location,
    [TOPIC_HOLIDAY] = INTENT_location,
    [TOPIC_LOCATION] = INTENT_location,
    [TOPIC_DIRECTIONS] = INTENT_location,
    [TOPIC_PARKING] = INTENT_location,
    [TOPIC_PHONE] = INTENT_location,
    [TOPIC_PRICE] = INTENT_service_info,
    [TOPIC_OFFER] = INTENT_service_info,
    [TOPIC_HAVE] = INTENT_service_info,
    [TOPIC_ABOUT] = INTENT_service_info,
    [TOPIC_DURATION] = INTENT_service_info,
    [TOPIC_RESULTS] = INTENT_service_info,
    [TOPIC_PAYMENT] = INTENT_payment,
    [TOPIC_TERMS] = INTENT_payment,
    [TOPIC_TEAM] = INTENT_provider_info,
    [TOPIC_CARE] = INTENT_care,
    [TOPIC_BOT] = INTENT_small_talk,
    [TOPIC_NAME] = INTENT_small_talk,
    [TOPIC_HOW_ARE_YOU] = INTENT_small_talk,
    [TOPIC_GREETING] = INTENT_greeting,
    [TOPIC_THANKS] = INTENT_thanks,
    [TOPIC_GOODBYE] = INTENT_goodbye,
    [TOPIC_YES] = INTENT_small_talk,
    [TOPIC_NO] = INTENT_small_talk,
};

bool reading_says(const struct reading *r, const char *phrase)
{
    size_t first, last;
    return words_find(&r->u->words, phrase, 0, &first, &last);
}

static bool strong(const struct reading *r, enum topic t)
{
    return reading_has(r, t) && !r->u->topics.weak[t];
}

static void drop(struct reading *r, enum topic t)
{
    r->u->topics.has[t] = false;
}

static void drop_if(struct reading *r, enum topic when, enum topic gone)
{
    if (reading_has(r, when)) {
        drop(r, gone);
    }
}

static unsigned sentence_at(const struct reading *r, enum topic t)
{
    return r->u->words.list[r->u->topics.first[t]].sentence;
}

/* Hints count when nothing else was found: neither a sure topic nor a service. */
static void drop_hints(struct reading *r)
{
    struct topics *t = &r->u->topics;
    bool sure = r->u->offers.n > 0;
    for (int i = 0; i < TOPIC_GREETING; i++) {
        sure = sure || (i != TOPIC_ABOUT && i != TOPIC_OTHER_TIME && t->has[i] && !t->weak[i]);
    }
    for (int i = 0; sure && i < N_TOPICS; i++) {
        t->has[i] = t->has[i] && !t->weak[i];
    }
}

/* "Stop.", "please stop": the word alone, but not as the provider would have taken it. */
static void note_bare_stop(struct reading *r)
{
    const struct words *w = &r->u->words;
    bool by_text = r->in->channel == CHANNEL_SMS || r->in->channel == CHANNEL_WHATSAPP;
    for (size_t i = 0; by_text && w->n <= 3 && i < w->n; i++) {
        if (word_is(&w->list[i], "stop") && !words_negated(w, i)) {
            r->u->topics.has[TOPIC_OPT_OUT] = true;
        }
    }
}

/* "Don't stop": the word right after a "not", without a comma. */
static bool says_not_to_stop(const struct words *w)
{
    for (size_t i = 1; i < w->n; i++) {
        bool stop = word_is(&w->list[i], "stop") || word_is(&w->list[i], "quit");
        if (stop && str_eq(w->list[i].before, STR(" ")) &&
            (word_is(&w->list[i - 1], "dont") || word_is(&w->list[i - 1], "not") ||
             word_is(&w->list[i - 1], "never"))) {
            return true;
        }
    }
    return false;
}

/* "If I don't answer, text me": what is not to be done ends with the comma. */
static bool says_text_instead(const struct words *w)
{
    size_t first, last, verb;
    if (!words_find(w, "dont|never|not text|message|contact|email =me", 0, &first, &last) ||
        !words_find(w, "text|message|contact|email =me", first + 1, &verb, &last)) {
        return false;
    }
    for (size_t i = first + 1; i <= verb; i++) {
        if (str_index(w->list[i].before, ',', 0) >= 0) {
            return true;
        }
    }
    return false;
}

/* "Don't call text me instead": what is not to be done is another thing, unless it is "call or
 * text". */
static bool says_not_to_call(const struct words *w)
{
    size_t first, last, call;
    if (!words_find(w, "dont|never|not =call|=phone|=ring|=calling", 0, &first, &last) ||
        !words_find(w, "=call|=phone|=ring|=calling", first, &call, &last)) {
        return false;
    }
    bool more = last + 1 < w->n &&
                (word_is(&w->list[last + 1], "or") || word_is(&w->list[last + 1], "and") ||
                 word_is(&w->list[last + 1], "nor"));
    bool text = words_find(w, "=text|=message|=email =me|=us", last + 1, &first, &last);
    bool not_either = text && first > 0 &&
                      (word_is(&w->list[first - 1], "dont") || word_is(&w->list[first - 1], "not"));
    return text && !more && !not_either;
}

/* The words for an opt-out, meant otherwise. */
static void drop_false_stop(struct reading *r)
{
    static const char *const otherwise[] = {
        "=dont|=not forget|hesitate|miss text|message|email|contact",
        "=dont|=not =want miss|lose texts|messages|sms",
        "=take =me =off slot|appointment|schedule|calendar|waitlist|waiting",
    };
    bool drop = says_not_to_stop(&r->u->words) || says_text_instead(&r->u->words) ||
                says_not_to_call(&r->u->words);
    for (size_t i = 0; i < ARRAY_SIZE(otherwise); i++) {
        drop = drop || reading_says(r, otherwise[i]);
    }
    if (drop) {
        r->u->topics.has[TOPIC_OPT_OUT] = false;
    }
}

/* What only says how an arrangement that is under way goes on. */
static void settle_task(struct reading *r)
{
    enum intent task = r->talk->task;
    if (task == INTENT_book || task == INTENT_availability) {
        if (reading_has(r, TOPIC_CANT)) {
            drop(r, TOPIC_CANT); /* "I can't make any of those" */
            r->u->topics.has[TOPIC_OTHER_TIME] = true;
        }
        drop_if(r, TOPIC_OTHER_TIME, TOPIC_RESCHEDULE);
    }
    if (task == INTENT_reschedule) {
        drop(r, TOPIC_CANT);
        drop(r, TOPIC_BOOK);
    }
}

/* Where two topics were found but one of them is only a manner of saying the other. */
static void settle_topics(struct reading *r)
{
    drop_hints(r);
    settle_task(r);
    drop_if(r, TOPIC_RESCHEDULE, TOPIC_CANCEL);
    drop_if(r, TOPIC_RESCHEDULE, TOPIC_CANT);
    static const enum topic settled[] = {TOPIC_RESCHEDULE, TOPIC_CANCEL, TOPIC_CONFIRM};
    for (size_t i = 0; i < ARRAY_SIZE(settled); i++) {
        drop_if(r, settled[i], TOPIC_BOOK);
        drop_if(r, settled[i], TOPIC_AVAILABILITY);
    }
    drop_if(r, TOPIC_TERMS, TOPIC_CANCEL);
    if (reading_has(r, TOPIC_TERMS) && r->u->offers.n == 0) {
        drop(r, TOPIC_PRICE); /* "how much is the deposit" */
    }
    if (reading_has(r, TOPIC_PARKING) && reading_has(r, TOPIC_AVAILABILITY) &&
        sentence_at(r, TOPIC_PARKING) == sentence_at(r, TOPIC_AVAILABILITY)) {
        drop(r, TOPIC_AVAILABILITY); /* "is there parking available?" */
    }
    drop_if(r, TOPIC_OFFER, TOPIC_AVAILABILITY);
    drop_if(r, TOPIC_RESULTS, TOPIC_DURATION);
    drop_if(r, TOPIC_PRICE, TOPIC_HAVE);
    drop_if(r, TOPIC_MEDICAL, TOPIC_CARE);
    drop_if(r, TOPIC_MEDICAL, TOPIC_RESULTS);
    drop_if(r, TOPIC_DIRECTIONS, TOPIC_LOCATION);
    drop_if(r, TOPIC_BOT, TOPIC_NAME);
    drop_if(r, TOPIC_COMPLAINT, TOPIC_HOURS);
    if (reading_has(r, TOPIC_BOT) && reading_has(r, TOPIC_PERSON) &&
        sentence_at(r, TOPIC_BOT) == sentence_at(r, TOPIC_PERSON)) {
        drop(r, TOPIC_PERSON); /* "am I talking to a real person?" */
    }
}

/* What overrides everything. */
static enum intent overriding(const struct reading *r)
{
    static const enum topic order[] = {TOPIC_EMERGENCY, TOPIC_OPT_OUT, TOPIC_INJECTION,
                                       TOPIC_PRIVACY,   TOPIC_MEDICAL, TOPIC_COMPLAINT,
                                       TOPIC_PERSON};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (reading_has(r, order[i])) {
            return intent_of_topic[order[i]];
        }
    }
    return INTENT_none;
}

/* What is to be done, in the order of weight. */
static enum intent arranging(const struct reading *r)
{
    static const enum topic order[] = {TOPIC_CANCEL,    TOPIC_RESCHEDULE, TOPIC_CANT,
                                       TOPIC_BOOK,      TOPIC_CONFIRM,    TOPIC_AVAILABILITY,
                                       TOPIC_OTHER_TIME};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (strong(r, order[i]) || (reading_has(r, order[i]) && r->u->words.n <= 12)) {
            return intent_of_topic[order[i]];
        }
    }
    return INTENT_none;
}

/* What is asked: the question that comes first. */
static enum intent asking(const struct reading *r)
{
    static const enum topic asked[] = {
        TOPIC_CARE,       TOPIC_RESULTS, TOPIC_HOURS, TOPIC_HOLIDAY, TOPIC_LOCATION,
        TOPIC_DIRECTIONS, TOPIC_PARKING, TOPIC_PHONE, TOPIC_PRICE,   TOPIC_OFFER,
        TOPIC_DURATION,   TOPIC_PAYMENT, TOPIC_TERMS, TOPIC_TEAM};
    const struct topics *t = &r->u->topics;
    enum topic best = N_TOPICS;
    for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
        if (t->has[asked[i]] && (best == N_TOPICS || t->first[asked[i]] < t->first[best])) {
            best = asked[i];
        }
    }
    if (best == N_TOPICS && r->u->offers.n > 0 && (t->has[TOPIC_HAVE] || t->has[TOPIC_ABOUT])) {
        best = TOPIC_ABOUT;
    }
    return best == N_TOPICS ? INTENT_none : intent_of_topic[best];
}

static bool has_time(const struct understood *u)
{
    return u->day >= 0 || u->span_from >= 0 || u->minutes >= 0 || u->window_from >= 0;
}

/* Says something that an arrangement can go on with. */
static bool goes_on(const struct reading *r)
{
    const struct understood *u = r->u;
    bool answers = r->talk->asked != ASKED_NOTHING && r->talk->asked != ASKED_ELSE;
    return has_particulars(u) || u->choice >= 0 || u->negated_when ||
           reading_has(r, TOPIC_OTHER_TIME) ||
           ((answers || r->talk->n_offers) && (says_yes(r) || says_no(r)));
}

/* An arrangement that is under way takes the turn, unless it clearly is about something else. */
static enum intent continuing(const struct reading *r, enum intent arranged, enum intent asked)
{
    enum intent task = r->talk->task;
    bool other_task = arranged != INTENT_none && arranged != INTENT_availability &&
                      arranged != INTENT_confirm && arranged != INTENT_book;
    if (task == INTENT_none || other_task || !goes_on(r)) {
        return INTENT_none;
    }
    bool only_when = has_time(r->u) && !reading_has(r, TOPIC_PRICE);
    bool question =
        asked != INTENT_none && r->u->choice < 0 &&
        !(asked == INTENT_location && only_when && !strong(r, TOPIC_LOCATION) && !r->u->words.asks);
    if (question) {
        return INTENT_none;
    }
    bool books = arranged == INTENT_book || r->u->choice >= 0 ||
                 (says_yes(r) && r->talk->asked == ASKED_WHETHER_BOOK);
    return task == INTENT_availability && books ? INTENT_book : task;
}

static enum intent small_talk(const struct reading *r)
{
    static const enum topic order[] = {TOPIC_BOT,    TOPIC_NAME,        TOPIC_GOODBYE,
                                       TOPIC_THANKS, TOPIC_HOW_ARE_YOU, TOPIC_GREETING};
    if (reading_has(r, TOPIC_NO) &&
        (reading_has(r, TOPIC_THANKS) || r->talk->asked == ASKED_ELSE)) {
        return INTENT_goodbye;
    }
    if (reading_has(r, TOPIC_YES) && r->talk->asked == ASKED_WHETHER_PERSON) {
        return INTENT_person;
    }
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (reading_has(r, order[i])) {
            return intent_of_topic[order[i]];
        }
    }
    return r->u->words.n <= 4 && (reading_has(r, TOPIC_YES) || reading_has(r, TOPIC_NO))
               ? INTENT_small_talk
               : INTENT_none;
}

/* Only particulars: what they go on with. */
static enum intent bare_particulars(const struct reading *r)
{
    const struct understood *u = r->u;
    enum intent topic = r->talk->topic;
    if (u->service && has_time(u)) {
        return INTENT_book;
    }
    if (has_time(u)) {
        bool arranging_before =
            topic == INTENT_book || topic == INTENT_availability || topic == INTENT_reschedule;
        return arranging_before ? topic : INTENT_location;
    }
    if (u->service) {
        return INTENT_service_info;
    }
    return u->provider ? INTENT_provider_info : INTENT_none;
}

/* Only pictures: thanks, anger, or a yes to what was asked. */
static enum intent wordless(const struct reading *r)
{
    switch (picture_mood_of(r->in->text)) {
    case PICTURE_GLAD:
        return r->talk->asked == ASKED_WHETHER_BOOK || r->talk->asked == ASKED_WHETHER_CANCEL
                   ? r->talk->task
                   : INTENT_thanks;
    case PICTURE_ANGRY:
        return INTENT_complaint;
    default:
        return INTENT_other;
    }
}

static enum intent intent_of(struct reading *r)
{
    struct understood *u = r->u;
    if (u->words.n == 0) {
        u->confidence = 0.6;
        return wordless(r);
    }
    enum intent first = overriding(r);
    if (first != INTENT_none) {
        u->confidence = 0.9;
        return first;
    }
    enum intent arranged = arranging(r), asked = asking(r);
    enum intent on = continuing(r, arranged, asked);
    u->confidence = 0.85;
    if (on != INTENT_none) {
        return on;
    }
    u->asks = asked != INTENT_none;
    if (arranged != INTENT_none) {
        return arranged;
    }
    if (asked != INTENT_none) {
        return asked;
    }
    u->confidence = 0.8;
    enum intent bare = bare_particulars(r);
    if (bare != INTENT_none) {
        return bare;
    }
    enum intent small = small_talk(r);
    if (small != INTENT_none) {
        return small;
    }
    u->confidence = 0.3;
    return INTENT_other;
}

/* The service that is meant: of two the one that replaces the other, else the one said first. */
static const struct facts_service *service_of(const struct reading *r)
{
    const struct offers *o = &r->u->offers;
    const struct facts_service *first = NULL, *last = NULL;
    for (size_t i = 0; i < o->n; i++) {
        size_t at = o->first[i];
        if (understand_in_time(r, at + o->n_words[i] - 1)) {
            continue; /* "make it the eleven thirty" */
        }
        bool refused = o->n > 1 && at > 0 && word_is(&r->u->words.list[at - 1], "not");
        first = first || refused ? first : o->found[i];
        last = refused ? last : o->found[i];
    }
    return says_instead(r) ? last : first;
}

/* Who is meant: of two the one that replaces the other, else the one said first. */
static void read_provider(struct reading *r)
{
    const struct words *w = &r->u->words;
    r->u->provider = provider_named(r->pool, w, r->in->facts, &r->provider_at);
    while (r->u->provider && says_instead(r)) {
        size_t from = r->provider_at + 1, at;
        struct words rest = {w->n - from, w->list + from, w->initials};
        const struct facts_provider *next = provider_named(r->pool, &rest, r->in->facts, &at);
        if (!next) {
            return;
        }
        r->u->provider = next;
        r->provider_at = from + at;
    }
}

/* A day in such a turn is not wished for. */
static bool only_tells(enum intent i)
{
    return i == INTENT_complaint || i == INTENT_thanks || i == INTENT_other ||
           i == INTENT_emergency || i == INTENT_opt_out || i == INTENT_small_talk ||
           i == INTENT_goodbye;
}

/* "Amara?": one of the business's own people or the assistant, not who writes. */
static void drop_staff_name(struct reading *r)
{
    const char *name = r->u->people.name;
    const struct facts *f = r->in->facts;
    if (!name || r->talk->asked == ASKED_NAME) {
        return;
    }
    struct words w;
    size_t at;
    words_read(r->pool, str_of(name), &w);
    bool staff = provider_named(r->pool, &w, f, &at) != NULL && (w.n == 1 || at == 0);
    bool own = w.n == 1 && f->assistant_name && word_like(&w.list[0], str_of(f->assistant_name));
    if (staff || own) {
        r->u->people.name = NULL;
    }
}

/* Where words stand in a text in their order; w->n: nowhere. */
static size_t position_of(const struct words *w, const struct words *part)
{
    for (size_t at = 0; part->n && at + part->n <= w->n; at++) {
        size_t same = 0;
        while (same < part->n && str_eq(w->list[at + same].text, part->list[same].text)) {
            same++;
        }
        if (same == part->n) {
            return at;
        }
    }
    return w->n;
}

/* "Lia Park", "Ann Price": what only a word of a name asks is not asked. */
static void drop_topics_of_name(struct reading *r)
{
    const struct words *w = &r->u->words;
    struct words rest = *w, name = {0};
    struct topics without;
    if (r->u->people.name) {
        words_read(r->pool, str_of(r->u->people.name), &name);
    }
    size_t at = name.n > 1 ? position_of(w, &name) : w->n;
    if (at == w->n) {
        return;
    }
    rest.n = w->n - name.n;
    rest.list = pool_calloc(r->pool, w->n, sizeof *rest.list);
    for (size_t i = 0; i < rest.n; i++) {
        rest.list[i] = w->list[i < at ? i : i + name.n];
    }
    topics_find(&rest, &without);
    for (int i = TOPIC_HOURS; i <= TOPIC_TEAM; i++) {
        r->u->topics.has[i] = r->u->topics.has[i] && without.has[i];
    }
}

static void read_people(struct reading *r)
{
    const struct understand_in *in = r->in;
    const struct facts *f = in->facts;
    const char **staff = pool_calloc(r->pool, f->n_providers + 1, sizeof *staff);
    for (size_t i = 0; i < f->n_providers; i++) {
        staff[i] = f->providers[i].name;
    }
    staff[f->n_providers] = f->assistant_name ? f->assistant_name : "";
    const struct words *w = &r->u->words; /* "Kate", instead of one of the times */
    bool only =
        in->talk->n_offers > 0 && w->n == 1 && people_first_name(str_dup(r->pool, w->list[0].text));
    people_find(r->pool, in->text, in->talk->asked == ASKED_NAME || only,
                in->country ? in->country : "1", staff, f->n_providers + 1, &r->u->people);
    drop_staff_name(r);
    drop_topics_of_name(r);
}

enum intent understand_read(struct pool *p, const struct understand_in *in, struct understood *u,
                            struct reading *r)
{
    *u = (struct understood){
        .day = -1,
        .span_from = -1,
        .span_to = -1,
        .minutes = -1,
        .window_from = -1,
        .window_to = -1,
        .old_day = -1,
        .other_day = -1,
        .other_minutes = -1,
        .told_day = -1,
        .told_minutes = -1,
        .choice = -1,
    };
    *r = (struct reading){.pool = p, .in = in, .talk = in->talk, .u = u};
    words_read(p, in->text, &u->words);
    topics_find(&u->words, &u->topics);
    offers_find(p, &u->words, in->facts, &u->offers);
    note_bare_stop(r);
    drop_false_stop(r);
    settle_topics(r);
    read_provider(r);
    read_people(r);
    understand_when(r);
    u->service = service_of(r);
    r->said_minutes = u->minutes;
    understand_choice(r);
    u->earlier = reading_says(r, "=earlier|=sooner");
    u->later = reading_says(r, "=later");
    return intent_of(r);
}

/* Words that must not be missed or taken lightly: the rules decide, unless the ear is certain. */
static bool rules_decide(const struct reading *r, enum intent by_rules, const struct ear_heard *h)
{
    bool guard = by_rules == INTENT_emergency || by_rules == INTENT_opt_out ||
                 reading_has(r, TOPIC_INJECTION) || reading_has(r, TOPIC_PRIVACY);
    float least = by_rules == INTENT_medical ? 0.15f : guard ? 0.02f : 1;
    return h->intents[by_rules] > least;
}

/* Silence is for good, so without the words for it the ear must be sure; "don't stop" is none. */
static bool may_stop(const struct reading *r, const struct ear_heard *h)
{
    return h->intents[INTENT_opt_out] >= 0.7f &&
           !reading_says(r, "=dont|=not|=never|=wont stop|unsubscribe");
}

/* A bare "yes" where nothing was asked and nothing is under way begins nothing. */
static bool answers_nothing(const struct reading *r)
{
    struct str said = r->in->said_before;
    return r->talk->task == INTENT_none && said.n && !memchr(said.p, '?', said.n) &&
           r->u->words.n <= 2 && says_yes(r) && !has_particulars(r->u);
}

/* Without a word that names one: where all is about as unlikely, nobody is sent to a hospital. */
#define EMERGENCY_LEAST 0.3f

static bool may_be(const struct reading *r, enum intent i, enum intent by_rules,
                   const struct ear_heard *h)
{
    if (i == INTENT_opt_out) {
        return by_rules == i || may_stop(r, h);
    }
    if (i == INTENT_emergency) {
        return by_rules == i || h->intents[i] >= EMERGENCY_LEAST;
    }
    bool hour = r->u->minutes >= 0 || r->u->window_from >= 0;
    bool polite = i == INTENT_greeting || i == INTENT_thanks || i == INTENT_goodbye;
    if (polite && hour && by_rules != i && r->talk->last == INTENT_none && r->u->words.n <= 6 &&
        !reading_says(r, "morn*|afternoon|evening|night|day")) {
        return false; /* "between 2 and 4", the first that they say, is no greeting */
    }
    bool begins = i == INTENT_book || i == INTENT_reschedule || i == INTENT_cancel;
    return !begins || !answers_nothing(r);
}

static enum intent likeliest(const struct reading *r, enum intent by_rules,
                             const struct ear_heard *h)
{
    enum intent best = by_rules;
    for (int i = 0; i < N_INTENTS; i++) {
        best = may_be(r, (enum intent)i, by_rules, h) && h->intents[i] > h->intents[best]
                   ? (enum intent)i
                   : best;
    }
    return best;
}

/* Is there no word in letters that the ear has ever heard? It would only guess. */
static bool in_other_script(const struct words *w)
{
    for (size_t i = 0; i < w->n; i++) {
        if ((signed char)w->list[i].text.p[0] > 0) {
            return false;
        }
    }
    return w->n > 0;
}

static bool asks_about(enum intent i)
{
    return i == INTENT_provider_info || i == INTENT_service_info || i == INTENT_payment ||
           i == INTENT_care || i == INTENT_person;
}

static bool arranges(enum intent i)
{
    return i == INTENT_book || i == INTENT_reschedule || i == INTENT_cancel ||
           i == INTENT_confirm || i == INTENT_person || i == INTENT_availability;
}

/* What nobody wishes for is told, and a name that may be anybody's is nobody's. */
static void set_told_apart(struct reading *r)
{
    struct understood *u = r->u;
    if (u->people.loose && !u->people.phone && !u->people.email && !arranges(u->intent) &&
        r->talk->task == INTENT_none) {
        u->people.name = NULL; /* "is Kayla Brandt in?" */
    }
    bool tells = only_tells(u->intent) && u->choice < 0;
    bool asks_care = u->intent == INTENT_care || u->intent == INTENT_medical;
    understand_told(r, tells);
    if (tells || (asks_care && u->choice < 0)) {
        understand_forget_part(r);
    }
    if (tells) {
        understand_forget_when(u);
    }
}

static void judge(struct reading *r, enum intent by_rules)
{
    struct understood *u = r->u;
    struct ear_features f;
    struct ear_heard heard;
    u->intent = by_rules;
    ear_features(r, by_rules, &f);
    bool hears = !in_other_script(&u->words) &&
                 ear_hear(r->in->ear ? r->in->ear : &ear_built_in, &f, &heard);
    if (hears && !rules_decide(r, by_rules, &heard)) {
        u->intent = likeliest(r, by_rules, &heard);
        u->confidence = (double)heard.intents[u->intent];
    }
    if (u->intent == INTENT_goodbye && reading_says(r, "=thanks|=thank|=thx|=ty")) {
        u->intent = INTENT_thanks; /* of two that weigh the same, the one that means something */
    }
    set_told_apart(r);
    if (u->from_choice && asks_about(u->intent) && r->when.n == 0) {
        understand_forget_when(u); /* "and is Priya good?" names one, and chooses nobody */
        u->from_choice = false;
        u->choice = -1;
    }
    if (u->from_choice && u->intent == INTENT_confirm) {
        u->minutes = r->said_minutes; /* asks about a time, and chooses none */
    }
    understand_acts(r);
    if (hears) {
        u->acts = ear_acts(&heard);
    }
}

void understand(struct pool *p, const struct understand_in *in, struct understood *out)
{
    struct reading r;
    struct understood u;
    enum intent by_rules = understand_read(p, in, &u, &r);
    judge(&r, by_rules);
    *out = u;
}
