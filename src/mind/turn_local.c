/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first turn engine: deterministic, from the phrase table and the business's facts. Its policy
 * is read top to bottom in take(): keywords, then what must come before all else (emergency,
 * opt-out, refusals), then what a person of the staff has to do, then answers from facts, then
 * small talk; and when nothing fits it says that it does not know. It cannot book: it passes such
 * wishes on and says so.
 */
#include "mind/turn_private.h"

#include "base/buf.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "mind/moment.h"

static const struct {
    const char *name;
    bool staff; /* a person should look */
} intents[N_TOPICS] = {
    [TOPIC_EMERGENCY] = {"emergency", true},
    [TOPIC_OPT_OUT] = {"opt_out", false},
    [TOPIC_INJECTION] = {"other", false},
    [TOPIC_PRIVACY] = {"other", false},
    [TOPIC_MEDICAL] = {"medical", true},
    [TOPIC_COMPLAINT] = {"complaint", true},
    [TOPIC_PERSON] = {"person", true},
    [TOPIC_CANCEL] = {"cancel", true},
    [TOPIC_RESCHEDULE] = {"reschedule", true},
    [TOPIC_BOOK] = {"book", true},
    [TOPIC_AVAILABILITY] = {"availability", true},
    [TOPIC_CONFIRM] = {"confirm", true},
    [TOPIC_HOURS] = {"location", false},
    [TOPIC_HOLIDAY] = {"location", false},
    [TOPIC_LOCATION] = {"location", false},
    [TOPIC_DIRECTIONS] = {"location", false},
    [TOPIC_PARKING] = {"location", false},
    [TOPIC_PHONE] = {"location", false},
    [TOPIC_PRICE] = {"service_info", false},
    [TOPIC_OFFER] = {"service_info", false},
    [TOPIC_HAVE] = {"service_info", false},
    [TOPIC_DURATION] = {"service_info", false},
    [TOPIC_RESULTS] = {"service_info", true},
    [TOPIC_ABOUT] = {"service_info", false},
    [TOPIC_PAYMENT] = {"payment", false},
    [TOPIC_TERMS] = {"payment", false},
    [TOPIC_TEAM] = {"provider_info", false},
    [TOPIC_CARE] = {"care", true},
    [TOPIC_BOT] = {"small_talk", false},
    [TOPIC_NAME] = {"small_talk", false},
    [TOPIC_HOW_ARE_YOU] = {"small_talk", false},
    [TOPIC_GREETING] = {"greeting", false},
    [TOPIC_THANKS] = {"thanks", false},
    [TOPIC_GOODBYE] = {"goodbye", false},
    [TOPIC_YES] = {"small_talk", false},
    [TOPIC_NO] = {"small_talk", false},
};

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

static void set_intent(struct turn *t, const char *intent, double confidence)
{
    if (!t->out.intent) {
        t->out.intent = intent;
        t->out.confidence = confidence;
    }
}

/* A person of the staff should look; said once a turn. */
static void want_person(struct turn *t, const char *reason)
{
    if (!t->out.wants_person) {
        t->out.wants_person = true;
        raise_event(t, "escalation_requested", details_of(t->pool, "reason", reason));
    }
}

static double confidence_of(const struct turn *t, enum topic topic)
{
    return t->topics.weak[topic] ? 0.6 : 0.9;
}

void turn_add_part(struct turn *t, enum topic topic, const char *text)
{
    if (t->n_parts < PARTS_MAX) {
        int before = t->memory.said[topic]++;
        t->parts[t->n_parts++] = pool_printf(t->pool, "%s%s", sentence_again(before), text);
        t->memory.last = topic;
    }
    set_intent(t, intents[topic].name, confidence_of(t, topic));
}

/* What is said about a topic that needs no facts. */
static void act(struct turn *t, enum topic topic, double confidence)
{
    t->action = sentence_of(&t->speaker, topic, t->memory.said[topic]++);
    t->memory.last = topic;
    set_intent(t, intents[topic].name, confidence);
    if (intents[topic].staff) {
        want_person(t, intents[topic].name);
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

/* Is the whole text one of these words, in any case? */
static bool whole_text_is(struct str text, const char *const *words, size_t n)
{
    struct str s = str_trim(text);
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(s, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static bool by_text(const struct turn *t)
{
    return t->in->channel == CHANNEL_SMS || t->in->channel == CHANNEL_WHATSAPP;
}

/* The keywords of text messages. The provider answers STOP and the like itself. */
static bool keyword_turn(struct turn *t)
{
    static const char *const stops[] = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL",
                                        "END",  "QUIT",    "REVOKE",      "OPTOUT"};
    static const char *const helps[] = {"HELP", "INFO"};
    if (by_text(t) && whole_text_is(t->in->text, stops, ARRAY_SIZE(stops))) {
        set_intent(t, "opt_out", 1);
        const char *word = str_dup(t->pool, str_trim(t->in->text));
        raise_event(t, "opt_out", details_of(t->pool, "word", word));
        t->out.ends = true;
        return true;
    }
    if (whole_text_is(t->in->text, helps, ARRAY_SIZE(helps))) {
        set_intent(t, "small_talk", 1);
        t->action = sentence_help(&t->speaker);
        return true;
    }
    return false;
}

/* A text without words: pictures have a mood, an empty one (a photograph) needs a person. */
static bool wordless_turn(struct turn *t)
{
    if (t->words.n > 0) {
        return false;
    }
    switch (picture_mood_of(t->in->text)) {
    case PICTURE_GLAD:
        act(t, TOPIC_THANKS, 0.6);
        return true;
    case PICTURE_ANGRY:
        act(t, TOPIC_COMPLAINT, 0.5);
        return true;
    case PICTURE_OTHER:
    case PICTURE_NONE:
        set_intent(t, "other", 0.3);
        t->action = sentence_wordless(&t->speaker);
        want_person(t, "unknown");
        return true;
    }
    return true;
}

static void drop(struct turn *t, enum topic topic)
{
    t->topics.has[topic] = false;
}

static void drop_if(struct turn *t, enum topic when, enum topic gone)
{
    if (turn_has(t, when)) {
        drop(t, gone);
    }
}

static unsigned sentence_at(const struct turn *t, enum topic topic)
{
    return t->words.list[t->topics.first[topic]].sentence;
}

/* Hints count when nothing else was found: neither a sure topic nor a service. */
static void drop_hints(struct turn *t)
{
    bool sure = t->offers.n > 0;
    for (int i = 0; i < TOPIC_GREETING; i++) {
        sure = sure || (i != TOPIC_ABOUT && t->topics.has[i] && !t->topics.weak[i]);
    }
    for (int i = 0; sure && i < N_TOPICS; i++) {
        t->topics.has[i] = t->topics.has[i] && !t->topics.weak[i];
    }
}

/* Where two topics were found but one of them is only a manner of saying the other. */
static void settle_topics(struct turn *t)
{
    drop_hints(t);
    drop_if(t, TOPIC_RESCHEDULE, TOPIC_CANCEL);
    static const enum topic settled[] = {TOPIC_RESCHEDULE, TOPIC_CANCEL, TOPIC_CONFIRM};
    for (size_t i = 0; i < ARRAY_SIZE(settled); i++) {
        drop_if(t, settled[i], TOPIC_BOOK);
        drop_if(t, settled[i], TOPIC_AVAILABILITY);
    }
    drop_if(t, TOPIC_TERMS, TOPIC_CANCEL);
    if (turn_has(t, TOPIC_TERMS) && t->offers.n == 0) {
        drop(t, TOPIC_PRICE); /* "how much is the deposit" */
    }
    drop_if(t, TOPIC_PARKING, TOPIC_AVAILABILITY);
    drop_if(t, TOPIC_OFFER, TOPIC_AVAILABILITY);
    drop_if(t, TOPIC_RESULTS, TOPIC_DURATION);
    drop_if(t, TOPIC_PRICE, TOPIC_HAVE);
    drop_if(t, TOPIC_MEDICAL, TOPIC_CARE);
    drop_if(t, TOPIC_MEDICAL, TOPIC_RESULTS);
    drop_if(t, TOPIC_DIRECTIONS, TOPIC_LOCATION);
    drop_if(t, TOPIC_BOT, TOPIC_NAME);
    drop_if(t, TOPIC_COMPLAINT, TOPIC_HOURS);
    if (turn_has(t, TOPIC_BOT) && turn_has(t, TOPIC_PERSON) &&
        sentence_at(t, TOPIC_BOT) == sentence_at(t, TOPIC_PERSON)) {
        drop(t, TOPIC_PERSON); /* "am I talking to a real person?" */
    }
}

/* What leaves no room for anything else. */
static bool stern_turn(struct turn *t)
{
    static const enum topic stern[] = {TOPIC_EMERGENCY, TOPIC_OPT_OUT, TOPIC_INJECTION,
                                       TOPIC_PRIVACY};
    for (size_t i = 0; i < ARRAY_SIZE(stern); i++) {
        if (!turn_has(t, stern[i])) {
            continue;
        }
        act(t, stern[i], stern[i] == TOPIC_EMERGENCY ? 0.95 : 0.9);
        if (stern[i] == TOPIC_OPT_OUT) {
            raise_event(t, "opt_out", details_of(t->pool, "word", "sentence"));
            t->out.ends = true;
        }
        return true;
    }
    return false;
}

/* What a person of the staff has to do. */
static void pass_on(struct turn *t)
{
    static const enum topic order[] = {
        TOPIC_MEDICAL, TOPIC_COMPLAINT, TOPIC_PERSON,       TOPIC_CANCEL, TOPIC_RESCHEDULE,
        TOPIC_BOOK,    TOPIC_CONFIRM,   TOPIC_AVAILABILITY, TOPIC_CARE,   TOPIC_RESULTS};
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (turn_has(t, order[i])) {
            act(t, order[i], confidence_of(t, order[i]));
            t->action_first = order[i] == TOPIC_MEDICAL || order[i] == TOPIC_COMPLAINT;
            return;
        }
    }
}

/* "And tomorrow?", "Saturday?": a bare moment goes on with what was talked of. */
static bool bare_moment(struct turn *t)
{
    struct moment m = moment_find(&t->words);
    int last = t->memory.last;
    if ((m.day == DAY_NONE || m.day == DAY_NOW) && m.minutes < 0) {
        return false;
    }
    if (last == TOPIC_BOOK || last == TOPIC_AVAILABILITY || last == TOPIC_RESCHEDULE) {
        act(t, (enum topic)last, 0.6);
    } else {
        turn_answer_hours(t);
    }
    return true;
}

/* Small talk, when nothing weightier was said. */
static bool small_talk(struct turn *t)
{
    static const enum topic order[] = {TOPIC_BOT,    TOPIC_NAME,        TOPIC_GOODBYE,
                                       TOPIC_THANKS, TOPIC_HOW_ARE_YOU, TOPIC_GREETING};
    bool declines = turn_has(t, TOPIC_NO) && (turn_has(t, TOPIC_THANKS) || t->memory.asked);
    if (declines) {
        act(t, TOPIC_NO, 0.8);
        t->out.intent = "goodbye";
        t->out.ends = true;
        return true;
    }
    if (turn_has(t, TOPIC_YES) && t->memory.asked == ASKED_WHETHER_PERSON) {
        act(t, TOPIC_PERSON, 0.8);
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (turn_has(t, order[i])) {
            act(t, order[i], confidence_of(t, order[i]));
            t->out.ends = order[i] == TOPIC_GOODBYE;
            return true;
        }
    }
    if (t->words.n <= 4 && (turn_has(t, TOPIC_YES) || turn_has(t, TOPIC_NO))) {
        act(t, turn_has(t, TOPIC_YES) ? TOPIC_YES : TOPIC_NO, 0.6);
        return true;
    }
    return false;
}

/* "Stop.", "please stop": the word alone, but not as the provider would have taken it. */
static void note_bare_stop(struct turn *t)
{
    for (size_t i = 0; by_text(t) && t->words.n <= 3 && i < t->words.n; i++) {
        if (word_is(&t->words.list[i], "stop") && !words_negated(&t->words, i)) {
            t->topics.has[TOPIC_OPT_OUT] = true;
        }
    }
}

static void understood_turn(struct turn *t)
{
    topics_find(&t->words, &t->topics);
    offers_find(t->pool, &t->words, t->facts, &t->offers);
    note_bare_stop(t);
    settle_topics(t);
    if (stern_turn(t)) {
        return;
    }
    pass_on(t);
    turn_answer_facts(t);
    if (t->offers.n == 1) {
        t->memory.service = t->offers.found[0]->key;
    }
    if (turn_has(t, TOPIC_BOT) && (t->action || t->n_parts)) {
        t->parts[MIN_OF(t->n_parts, (size_t)PARTS_MAX - 1)] =
            sentence_of(&t->speaker, TOPIC_BOT, t->memory.said[TOPIC_BOT]++);
        t->n_parts = MIN_OF(t->n_parts + 1, (size_t)PARTS_MAX);
    }
    if (t->action || t->n_parts || bare_moment(t)) {
        return;
    }
    if (turn_has(t, TOPIC_HAVE) && !turn_has(t, TOPIC_BOT) && !turn_has(t, TOPIC_NAME)) {
        turn_answer_unlisted(t);
    } else if (!small_talk(t)) {
        set_intent(t, "other", 0.3);
        t->action = sentence_unknown(&t->speaker, t->memory.unknown++);
        want_person(t, "unknown");
    }
}

/* Characters of a reply at most: two segments of a text, a breath of speech, a screen. */
static size_t room_of(enum channel c)
{
    return c == CHANNEL_SMS || c == CHANNEL_VOICE ? 300 : c == CHANNEL_EMAIL ? 3000 : 900;
}

/* The text cut to so many bytes, at a sentence if one ends in its second half, else at a word. */
static const char *cut_to(struct pool *p, const char *text, size_t room)
{
    struct str s = utf8_prefix(str_of(text), room);
    if (s.n == strlen(text)) {
        return text;
    }
    size_t word = 0, sentence = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ') {
            word = i;
            sentence = i && strchr(".!?", s.p[i - 1]) ? i : sentence;
        }
    }
    if (sentence > room / 3) {
        return pool_strndup(p, text, sentence);
    }
    return room > 20 && word ? pool_printf(p, "%.*s...", (int)MIN_OF(word, room - 3), text) : "";
}

static const char *joined(struct pool *p, const char *a, const char *b)
{
    return a[0] && b[0] ? pool_printf(p, "%s %s", a, b) : a[0] ? a : b;
}

/* The parts that fit, with the sentence about what is passed on, which always fits. */
static const char *compose(struct turn *t)
{
    size_t room = room_of(t->in->channel);
    const char *action = t->action ? t->action : "";
    const char *facts = "";
    for (size_t i = 0; i < t->n_parts; i++) {
        const char *more = joined(t->pool, facts, t->parts[i]);
        if (strlen(action) + 1 + strlen(more) <= room) {
            facts = more;
        } else if (!facts[0] && strlen(action) + 80 < room) {
            facts = cut_to(t->pool, t->parts[i], room - strlen(action) - 1);
        }
    }
    const char *all =
        t->action_first ? joined(t->pool, action, facts) : joined(t->pool, facts, action);
    const char *hello = t->speaker.name ? pool_printf(t->pool, "Hi %s!", t->speaker.name) : "Hi!";
    bool greets = turn_has(t, TOPIC_GREETING) && !t->memory.greeted && t->n_parts > 0;
    if (greets && strlen(all) + strlen(hello) < room) {
        all = joined(t->pool, hello, all);
    }
    return all;
}

/* After the same answer for the third time a person may be wanted: ask. */
static void offer_person(struct turn *t)
{
    int last = t->memory.last;
    t->memory.asked = ASKED_NOTHING;
    if (t->n_parts > 0 && !t->out.wants_person && last >= 0 && t->memory.said[last] >= 3) {
        t->action = "Would you like a person to get back to you?";
        t->memory.asked = ASKED_WHETHER_PERSON;
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
    jw_double(&j, t->out.confidence);
    jw_kv_text(&j, "engine", t->out.engine);
    jw_object_end(&j);
    struct turn_event *event = pool_alloc(t->pool, sizeof *event);
    *event = (struct turn_event){
        "intent_detected", {str_dup(t->pool, buf_str(&b)), b.len}, t->out.events};
    t->out.events = event; /* what was understood comes first */
}

static int take(struct pool *p, const struct turn_in *in, struct turn_out *out,
                struct err *e UNUSED)
{
    static const struct facts nothing;
    struct turn t = {.pool = p, .in = in, .facts = in->facts ? in->facts : &nothing};
    t.speaker = (struct speaker){p, t.facts, in->channel, first_name(p, in->customer_name)};
    t.out.engine = "local";
    t.event_end = &t.out.events;
    memory_read(p, in->state, &t.memory);
    t.memory.turns++;
    words_read(p, in->text, &t.words);
    if (!keyword_turn(&t) && !wordless_turn(&t)) {
        understood_turn(&t);
    }
    if (t.unknown && !t.action) {
        want_person(&t, "unknown");
        t.action = sentence_asked_team(&t.speaker);
    } else if (t.unknown) {
        want_person(&t, "unknown");
    }
    offer_person(&t);
    const char *reply = compose(&t);
    t.out.reply = reply[0] ? reply : NULL;
    t.memory.greeted = true;
    raise_intent(&t);
    t.out.state = memory_write(p, &t.memory);
    *out = t.out;
    return 0;
}

const struct turn_engine turn_engine_local = {"local", take};
