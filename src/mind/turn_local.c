/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local engine: deterministic, from the phrase table, the business's facts and the tools. Its
 * policy is read top to bottom in take(): keywords, then what must come before all else (emergency,
 * opt-out, refusals), then what is to be arranged or passed on, then answers from facts, then small
 * talk; and when nothing fits it says that it does not know. Without tools it cannot book: it
 * passes such wishes on and says so.
 */
#include "mind/turn_private.h"

#include <math.h>

#include "base/buf.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/consent_word.h"
#include "domain/zone.h"

/* Which topics a person of the staff should look at when the engine can only pass them on. */
static bool for_staff(enum topic t)
{
    static const enum topic staff[] = {TOPIC_EMERGENCY, TOPIC_MEDICAL,      TOPIC_COMPLAINT,
                                       TOPIC_PERSON,    TOPIC_CANCEL,       TOPIC_RESCHEDULE,
                                       TOPIC_BOOK,      TOPIC_AVAILABILITY, TOPIC_CONFIRM,
                                       TOPIC_RESULTS,   TOPIC_CARE};
    for (size_t i = 0; i < ARRAY_SIZE(staff); i++) {
        if (staff[i] == t) {
            return true;
        }
    }
    return false;
}

/* Details with one member of text. */
static struct str details_of(struct pool *p, const char *key, const char *value)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 1000);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, key, value);
    jw_object_end(&j);
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

static void raise_event(struct turn *t, const char *type, struct str details)
{
    struct turn_event *event = pool_alloc(t->pool, sizeof *event);
    *event = (struct turn_event){type, details, NULL};
    *t->event_end = event;
    t->event_end = &event->next;
}

void turn_want_person(struct turn *t, const char *reason)
{
    if (!t->out.wants_person) {
        t->out.wants_person = true;
        raise_event(t, "escalation_requested", details_of(t->pool, "reason", reason));
    }
}

/* Tells an answer from another one (FNV-1a, 31 bits); never 0. */
static int64_t sum_of(const char *text)
{
    uint32_t sum = 2166136261u;
    for (const char *c = text; *c; c++) {
        sum = (sum ^ (unsigned char)*c) * 16777619u;
    }
    return (int64_t)(sum & 0x7fffffffu) + 1;
}

void turn_add_part(struct turn *t, enum topic topic, const char *text)
{
    if (t->n_parts < PARTS_MAX) {
        int64_t sum = sum_of(text);
        if (t->memory.told[topic] != sum) {
            t->memory.said[topic] = 0; /* the same matter, but another answer */
            t->memory.told[topic] = sum;
        }
        int before = t->memory.said[topic]++;
        t->parts[t->n_parts++] = pool_printf(t->pool, "%s%s", sentence_again(before), text);
        t->memory.last = topic;
    }
}

void turn_say(struct turn *t, enum line l, const struct line_words *words)
{
    t->action = line_say(&t->speaker, l, t->memory.lines[l]++, words);
}

/* What is said about a topic that needs no facts. */
static void act(struct turn *t, enum topic topic)
{
    t->action = sentence_of(&t->speaker, topic, t->memory.said[topic]++);
    t->memory.last = topic;
    if (for_staff(topic)) {
        turn_want_person(t, intent_name(t->u.intent));
    }
}

/* A first name to address somebody by; NULL when what is known is no name. */
static const char *first_name(struct pool *p, const char *name)
{
    struct str rest = str_trim(str_of(name ? name : ""));
    struct str first = str_cut(&rest, ' ');
    struct str s = first;
    for (int32_t c; (c = utf8_next(&s)) != -1;) {
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && c != '-' && c != '\'' && c < 0xC0) {
            return NULL;
        }
    }
    bool none = first.n < 2 || first.n > 24 || str_eq_nocase(first, STR("unknown")) ||
                str_eq_nocase(first, STR("anonymous"));
    return none ? NULL : str_dup(p, first);
}

static bool by_text(const struct turn *t)
{
    return t->in->channel == CHANNEL_SMS || t->in->channel == CHANNEL_WHATSAPP;
}

/* The keywords of text messages. STOP and the like are answered by the provider, or where they are
 * taken (domain/consent_hear.h). */
static bool keyword_turn(struct turn *t)
{
    struct consent_said said = consent_word_in(t->in->text);
    if (by_text(t) && said.word == CONSENT_WORD_STOP && said.exact) {
        t->u.intent = INTENT_opt_out;
        t->u.confidence = 1;
        raise_event(t, "opt_out", details_of(t->pool, "word", said.as));
        t->out.ends = true;
        t->out.guarded = true;
        return true;
    }
    if (said.word == CONSENT_WORD_HELP && (said.exact || by_text(t))) {
        t->u.intent = INTENT_small_talk;
        t->u.confidence = 1;
        t->action = sentence_help(&t->speaker);
        t->out.guarded = true;
        return true;
    }
    return false;
}

/* A text without words: pictures have a mood, photographs need a person, and so does nothing. */
static bool wordless_turn(struct turn *t)
{
    if (t->u.words.n > 0) {
        return false;
    }
    if (t->in->n_files) {
        t->u.intent = INTENT_other;
        t->u.confidence = 0.9;
        t->action = sentence_files(&t->speaker, t->in->n_files, t->in->file_kind);
        t->out.guarded = true; /* no engine sees more in it */
        t->out.tells_files = true;
        turn_want_person(t, "attachment");
        return true;
    }
    enum picture_mood mood = picture_mood_of(t->in->text);
    t->u.confidence = mood == PICTURE_GLAD || mood == PICTURE_ANGRY ? 0.6 : 0.3;
    if (mood == PICTURE_GLAD) {
        t->u.intent = INTENT_thanks;
        act(t, TOPIC_THANKS);
    } else if (mood == PICTURE_ANGRY) {
        t->u.intent = INTENT_complaint;
        act(t, TOPIC_COMPLAINT);
    } else {
        t->u.intent = INTENT_other;
        t->action = sentence_wordless(&t->speaker);
        turn_want_person(t, "unknown");
    }
    return true;
}

/* What leaves no room for anything else. */
static bool stern_turn(struct turn *t)
{
    static const enum topic stern[] = {TOPIC_EMERGENCY, TOPIC_OPT_OUT, TOPIC_INJECTION,
                                       TOPIC_PRIVACY};
    for (size_t i = 0; i < ARRAY_SIZE(stern); i++) {
        bool there = stern[i] == TOPIC_EMERGENCY ? t->u.intent == INTENT_emergency
                     : stern[i] == TOPIC_OPT_OUT ? t->u.intent == INTENT_opt_out
                                                 : turn_has(t, stern[i]);
        if (!there) {
            continue;
        }
        act(t, stern[i]);
        t->out.guarded = true;
        if (stern[i] == TOPIC_OPT_OUT) {
            raise_event(t, "opt_out", details_of(t->pool, "word", "sentence"));
            t->out.ends = true;
        }
        return true;
    }
    return false;
}

static enum topic topic_of_task(enum intent i)
{
    return i == INTENT_cancel         ? TOPIC_CANCEL
           : i == INTENT_reschedule   ? TOPIC_RESCHEDULE
           : i == INTENT_confirm      ? TOPIC_CONFIRM
           : i == INTENT_availability ? TOPIC_AVAILABILITY
                                      : TOPIC_BOOK;
}

static bool comes_late(const struct turn *t)
{
    size_t first, last;
    return words_find(&t->u.words, "=late|traffic|=stuck|delayed|=behind", 0, &first, &last);
}

/* "Yes" after all was said: neither a question nor a wish. */
static bool just_nods(const struct turn *t)
{
    return t->memory.talk.asked == ASKED_ELSE && (t->u.acts & ACTS(affirm)) && !t->u.words.asks &&
           t->u.words.n <= 2 && !turn_has(t, TOPIC_CONFIRM);
}

/* What is to be arranged, or what a person of the staff has to do. */
static void arrange_or_pass_on(struct turn *t)
{
    switch (t->u.intent) {
    case INTENT_medical:
        act(t, TOPIC_MEDICAL);
        t->action_first = true;
        t->out.guarded = true;
        return;
    case INTENT_complaint:
        act(t, TOPIC_COMPLAINT);
        t->action_first = true;
        return;
    case INTENT_person:
        act(t, TOPIC_PERSON);
        return;
    case INTENT_book:
    case INTENT_reschedule:
    case INTENT_cancel:
    case INTENT_confirm:
    case INTENT_availability:
        if (t->u.intent == INTENT_confirm && comes_late(t) && turn_answer_article(t)) {
            return;
        }
        if (t->u.intent == INTENT_confirm && just_nods(t)) {
            act(t, TOPIC_YES);
            return;
        }
        if (t->in->tools && t->facts->zone) {
            turn_arrange(t);
        } else {
            act(t, topic_of_task(t->u.intent));
        }
        return;
    default:
        break;
    }
    bool care = turn_has(t, TOPIC_CARE) || t->u.intent == INTENT_care;
    bool told = care && !turn_has(t, TOPIC_CARE) && t->memory.said[TOPIC_CARE] > 0;
    if (told && turn_answer_article(t)) {
        return; /* "can I bring my kid": not what to do before and after over again */
    }
    if (care && !turn_answer_care(t) && !turn_answer_article(t)) {
        act(t, TOPIC_CARE);
    } else if (turn_has(t, TOPIC_RESULTS) && !turn_answer_article(t)) {
        act(t, TOPIC_RESULTS);
    }
}

struct str turn_said_before(const struct turn_in *in)
{
    for (size_t i = in->n_history; i > 0; i--) {
        if (!in->history[i - 1].inbound) {
            return in->history[i - 1].content;
        }
    }
    return (struct str){"", 0};
}

/* A yes and nothing more. */
static bool only_yes(const struct turn *t)
{
    const struct understood *u = &t->u;
    size_t first, last;
    bool more = u->service || u->provider || u->day >= 0 || u->span_from >= 0 || u->minutes >= 0 ||
                u->window_from >= 0 || u->people.name || u->words.asks;
    return !more && u->words.n <= 3 &&
           words_find(&u->words, "=yes|=yeah|=yep|=yup|=yea|=sure|=si|=please", 0, &first, &last) &&
           first == 0 && !words_find(&u->words, "=no|=not|thanks|=thank", 0, &first, &last);
}

/* "Is there anything else?" "Yes": then what? */
static bool wants_more(struct turn *t)
{
    struct str said = turn_said_before(t->in);
    if (t->memory.talk.asked != ASKED_ELSE || !only_yes(t) || !memchr(said.p, '?', said.n)) {
        return false;
    }
    turn_say(t, LINE_what_else, &(struct line_words){0});
    return true;
}

/* Small talk, when nothing weightier was said. */
static bool small_talk(struct turn *t)
{
    if (wants_more(t)) {
        return true;
    }
    static const enum topic order[] = {TOPIC_BOT, TOPIC_NAME, TOPIC_HOW_ARE_YOU};
    bool declines =
        turn_has(t, TOPIC_NO) && (t->u.intent == INTENT_goodbye || t->u.intent == INTENT_thanks);
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (turn_has(t, order[i])) {
            act(t, order[i]);
            return true;
        }
    }
    bool leaves = t->u.intent == INTENT_goodbye ||
                  (t->u.intent == INTENT_thanks && turn_has(t, TOPIC_GOODBYE));
    bool only_nods = turn_has(t, TOPIC_YES) && !turn_has(t, TOPIC_THANKS);
    enum topic said = N_TOPICS;
    if (declines || leaves) {
        said = declines ? TOPIC_NO : TOPIC_GOODBYE;
    } else if (t->u.intent == INTENT_thanks) {
        said = only_nods ? TOPIC_YES : TOPIC_THANKS;
    } else if (t->u.intent == INTENT_greeting) {
        said = TOPIC_GREETING;
    } else if (t->u.words.n <= 4 && (turn_has(t, TOPIC_YES) || turn_has(t, TOPIC_NO))) {
        said = turn_has(t, TOPIC_YES) ? TOPIC_YES : TOPIC_NO;
    }
    if (said == N_TOPICS) {
        return false;
    }
    act(t, said);
    t->out.ends = declines || said == TOPIC_GOODBYE;
    return true;
}

/* It does not know, and says so. */
static void not_understood(struct turn *t)
{
    size_t first, last;
    bool arranging = t->memory.talk.task == INTENT_book ||
                     t->memory.talk.task == INTENT_availability ||
                     t->memory.talk.task == INTENT_reschedule;
    if (arranging && t->in->tools && !turn_has(t, TOPIC_INJECTION)) {
        if ((t->u.later || t->u.earlier) && t->memory.talk.n_offers) {
            t->u.intent = t->memory.talk.task; /* "hmm, later" */
            turn_arrange(t);
        } else {
            turn_ask_again(t);
        }
        return;
    }
    const struct words *w = &t->u.words;
    bool latin = w->n > 0 && (signed char)w->list[0].text.p[0] > 0;
    bool a_sound = latin && (w->n <= 1 || words_find(w, "hear =me", 0, &first, &last));
    if (a_sound && t->memory.lines[LINE_not_caught] == 0 && !turn_has(t, TOPIC_INJECTION)) {
        turn_say(t, LINE_not_caught,
                 &(struct line_words){0}); /* "uh": nobody need come for it yet */
        return;
    }
    t->action = sentence_unknown(&t->speaker, t->memory.unknown++);
    turn_want_person(t, "unknown");
}

static void understood_turn(struct turn *t)
{
    if (stern_turn(t)) {
        return;
    }
    if (t->only_details) {
        turn_note_details(t);
        return;
    }
    if (turn_take_back(t)) {
        return;
    }
    arrange_or_pass_on(t);
    if (t->u.asks || !t->action) {
        turn_answer_facts(t);
    }
    if (turn_has(t, TOPIC_BOT) && (t->action || t->n_parts)) {
        t->parts[MIN_OF(t->n_parts, (size_t)PARTS_MAX - 1)] =
            sentence_of(&t->speaker, TOPIC_BOT, t->memory.said[TOPIC_BOT]++);
        t->n_parts = MIN_OF(t->n_parts + 1, (size_t)PARTS_MAX);
    }
    if (t->action || t->n_parts) {
        return;
    }
    turn_answer_intent(t);
    if (t->n_parts) {
        return;
    }
    if (turn_has(t, TOPIC_HAVE) && t->u.intent == INTENT_service_info) {
        turn_answer_unlisted(t);
    } else if (!small_talk(t)) {
        not_understood(t);
    }
}

/* After the same answer for the third time a person may be wanted: ask. */
static void offer_person(struct turn *t)
{
    int last = t->memory.last;
    struct talk *k = &t->memory.talk;
    if (t->n_parts > 0 && !t->action && !t->out.wants_person && last >= 0 &&
        t->memory.said[last] >= 3) {
        t->action = "Would you like a person to get back to you?";
        k->asked = ASKED_WHETHER_PERSON;
    }
}

static void raise_intent(struct turn *t)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 1000);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "intent", t->out.intent);
    jw_key(&j, "confidence");
    jw_double(&j, round(t->out.confidence * 1000) / 1000);
    jw_kv_text(&j, "engine", t->out.engine);
    jw_object_end(&j);
    struct turn_event *event = pool_alloc(t->pool, sizeof *event);
    *event = (struct turn_event){
        "intent_detected", {str_dup(t->pool, buf_str(&b)), b.len}, t->out.events};
    t->out.events = event; /* what was understood comes first */
}

/* For the list, until the whole conversation is scored. */
static const char *subject_of(const struct turn *t)
{
    static const struct {
        enum intent intent;
        const char *what, *of_service; /* with the service's name before it */
    } rows[] = {
        {INTENT_book, "Appointment booking", "booking"},
        {INTENT_availability, "Free times", "times"},
        {INTENT_reschedule, "Appointment rescheduling", "rescheduling"},
        {INTENT_cancel, "Appointment cancellation", "cancellation"},
        {INTENT_confirm, "Appointment confirmation", NULL},
        {INTENT_service_info, "Question about services", "question"},
        {INTENT_care, "Preparation and aftercare", "preparation and aftercare"},
        {INTENT_provider_info, "Question about the team", NULL},
        {INTENT_location, "Hours and directions", NULL},
        {INTENT_payment, "Payment and policies", NULL},
        {INTENT_complaint, "Complaint", NULL},
        {INTENT_person, "Wants a person", NULL},
        {INTENT_medical, "Medical question", NULL},
        {INTENT_emergency, "Emergency", NULL},
    };
    const struct facts_service *s = t->u.service;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].intent == t->u.intent) {
            return s && rows[i].of_service
                       ? pool_printf(t->pool, "%.80s %s", s->name, rows[i].of_service)
                       : rows[i].what;
        }
    }
    return NULL;
}

/* What the turn says, into what is known of the arrangement. */
static void read_turn(struct turn *t)
{
    const struct turn_in *in = t->in;
    struct understand_in question = {.text = in->text,
                                     .channel = in->channel,
                                     .facts = t->facts,
                                     .talk = &t->memory.talk,
                                     .said_before = turn_said_before(in),
                                     .now = in->now};
    understand(t->pool, &question, &t->u);
    turn_split(t, &question);
}

/* Questions that are answered beside whatever else was wished. */
static bool asks_of_place_or_price(enum intent i)
{
    return i == INTENT_service_info || i == INTENT_location || i == INTENT_payment;
}

/* Words that, beside a service and when, wish for a visit, whatever else is asked. */
static bool wishes_to_come(const struct turn *t)
{
    return turn_has(t, TOPIC_BOOK) || turn_has(t, TOPIC_AVAILABILITY) ||
           turn_says(t, "=can|=could|=may =i|=we get|come|see|have") ||
           turn_says(t, "=like|=want|=need =a|=an");
}

/* What the words alone do not tell: how they are meant where the conversation stands. */
static void settle_intent(struct turn *t)
{
    struct understood *u = &t->u;
    const struct talk *k = &t->memory.talk;
    size_t first, last;
    bool when = u->day >= 0 || u->span_from >= 0 || u->minutes >= 0 || u->window_from >= 0;
    bool another =
        words_find(&u->words, "=another|=also|=second|=too|=more|=again|=both", 0, &first, &last);
    bool corrects = (u->acts & ACTS(correct)) ||
                    words_find(&u->words, "=wait|=actually|=oops|=instead", 0, &first, &last);
    turn_note_two(t);
    turn_hear_full_name(t);
    t->only_details = turn_only_details(t);
    if (t->only_details) {
        u->intent = INTENT_small_talk; /* it begins nothing */
    } else if (k->asked == ASKED_WHETHER_PERSON && only_yes(t)) {
        u->intent = INTENT_person;
    } else if (k->asked == ASKED_ELSE && k->task == INTENT_none && only_yes(t)) {
        u->intent = INTENT_small_talk; /* "is there anything else?" "yes" */
    } else if (k->asked == ASKED_WHETHER_CANCEL && (u->acts & ACTS(negate)) && !when &&
               (u->intent == INTENT_confirm || u->intent == INTENT_small_talk ||
                u->intent == INTENT_goodbye)) {
        u->intent = INTENT_cancel; /* "no, don't" */
    } else if (u->intent == INTENT_book && k->task == INTENT_none && k->asked == ASKED_ELSE &&
               k->done > 0 && corrects && !u->service && !another) {
        u->intent = INTENT_reschedule; /* "wait, is four possible", right after it was booked */
    } else if (k->n_offers > 1 && u->words.n <= 5 && (u->acts & ACTS(goodbye)) &&
               words_find(&u->words, "=see|=cya", 0, &first, &last)) {
        u->intent = INTENT_book; /* none was chosen, and they may think that it is booked */
    } else if (u->choice >= 0 && k->n_offers && (u->acts & ACTS(select)) &&
               (k->task == INTENT_book || k->task == INTENT_reschedule) &&
               (u->intent == INTENT_book || u->intent == INTENT_reschedule ||
                u->intent == INTENT_availability)) {
        u->intent = k->task; /* "the first one": of what was offered, for what it was offered */
    } else if (asks_of_place_or_price(u->intent) && (u->service || u->provider) && when &&
               t->in->tools && wishes_to_come(t)) {
        u->intent = INTENT_availability; /* the price is told as well */
        u->asks = true;
    }
    turn_settle_next(t);
}

static int take(struct pool *p, const struct turn_in *in, struct turn_out *out,
                struct err *e UNUSED)
{
    static const struct facts nothing;
    struct turn t = {.pool = p, .in = in, .facts = in->facts ? in->facts : &nothing};
    t.out.engine = "local";
    t.event_end = &t.out.events;
    t.today = t.facts->zone ? zone_local(t.facts->zone, in->now).days : 0;
    memory_read(p, in->state, &t.memory);
    t.memory.turns++;
    read_turn(&t);
    t.misses = t.memory.talk.misses;
    const char *name = in->customer_name ? in->customer_name : t.memory.talk.name;
    t.speaker = (struct speaker){p, t.facts, in->channel, first_name(p, name)};
    bool by_words = !keyword_turn(&t) && !wordless_turn(&t);
    if (by_words) {
        settle_intent(&t);
        talk_note(&t.memory.talk, &t.u);
    }
    if (t.memory.talk.asked == ASKED_WHETHER_PERSON) {
        t.memory.talk.asked = ASKED_NOTHING; /* it was answered, or it was not */
    }
    if (by_words) {
        if (!t.speaker.name) { /* it may have been said just now */
            t.speaker.name = first_name(p, t.memory.talk.name);
        }
        understood_turn(&t);
    }
    if (t.article) {
        t.unknown = false;
    }
    if (t.unknown && !t.action) {
        turn_want_person(&t, "unknown");
        t.action = sentence_asked_team(&t.speaker);
    } else if (t.unknown) {
        turn_want_person(&t, "unknown");
    }
    offer_person(&t);
    turn_compose(&t);
    t.out.intent = intent_name(t.u.intent);
    t.out.confidence = t.u.confidence;
    t.out.subject = subject_of(&t);
    t.memory.greeted = true;
    raise_intent(&t);
    t.out.state = memory_write(p, &t.memory);
    *out = t.out;
    return 0;
}

const struct turn_engine turn_engine_local = {"local", take};
