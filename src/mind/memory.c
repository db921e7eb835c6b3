/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"v":1,"turns":3,"said":{"hours":2},"told":{"hours":8112},"lines":{"booked":1},"unknown":0,"last":"hours","talk":{...}}
 * Topics, lines, intents and questions are stored by name, so that the enums may grow.
 */
#include "mind/memory.h"

#include "base/json_read.h"
#include "base/json_write.h"

static const char *const topic_names[N_TOPICS] = {
    [TOPIC_EMERGENCY] = "emergency",
    [TOPIC_OPT_OUT] = "opt_out",
    [TOPIC_INJECTION] = "injection",
    [TOPIC_PRIVACY] = "privacy",
    [TOPIC_MEDICAL] = "medical",
    [TOPIC_COMPLAINT] = "complaint",
    [TOPIC_PERSON] = "person",
    [TOPIC_CANCEL] = "cancel",
    [TOPIC_CANT] = "cant",
    [TOPIC_RESCHEDULE] = "reschedule",
    [TOPIC_OTHER_TIME] = "other_time",
    [TOPIC_BOOK] = "book",
    [TOPIC_AVAILABILITY] = "availability",
    [TOPIC_CONFIRM] = "confirm",
    [TOPIC_HOURS] = "hours",
    [TOPIC_HOLIDAY] = "holiday",
    [TOPIC_LOCATION] = "location",
    [TOPIC_DIRECTIONS] = "directions",
    [TOPIC_PARKING] = "parking",
    [TOPIC_PHONE] = "phone",
    [TOPIC_PRICE] = "price",
    [TOPIC_OFFER] = "offer",
    [TOPIC_HAVE] = "have",
    [TOPIC_DURATION] = "duration",
    [TOPIC_RESULTS] = "results",
    [TOPIC_PAYMENT] = "payment",
    [TOPIC_TERMS] = "terms",
    [TOPIC_ABOUT] = "about",
    [TOPIC_TEAM] = "team",
    [TOPIC_CARE] = "care",
    [TOPIC_BOT] = "bot",
    [TOPIC_NAME] = "name",
    [TOPIC_HOW_ARE_YOU] = "how_are_you",
    [TOPIC_GREETING] = "greeting",
    [TOPIC_THANKS] = "thanks",
    [TOPIC_GOODBYE] = "goodbye",
    [TOPIC_YES] = "yes",
    [TOPIC_NO] = "no",
};

/* Never rename one: they are stored. */
static const char *const asked_names[N_ASKED] = {
    [ASKED_NOTHING] = "",
    [ASKED_WHETHER_PERSON] = "whether_person",
    [ASKED_SERVICE] = "service",
    [ASKED_WHEN] = "when",
    [ASKED_WHICH] = "which",
    [ASKED_NAME] = "name",
    [ASKED_CONTACT] = "contact",
    [ASKED_WHETHER_BOOK] = "whether_book",
    [ASKED_WHETHER_CANCEL] = "whether_cancel",
    [ASKED_APPOINTMENT] = "appointment",
    [ASKED_HALF] = "half",
    [ASKED_DAY] = "day",
    [ASKED_ELSE] = "else",
};

static int count_of(const json_t *object, const char *key)
{
    int64_t n = json_get_i64(object, key, 0);
    return n >= 0 && n < 100000 ? (int)n : 0;
}

static int minutes_of(const json_t *object, const char *key)
{
    int64_t n = json_get_i64(object, key, -1);
    return n >= 0 && n <= 1440 ? (int)n : -1;
}

static struct talk_offer read_offer(const json_t *item)
{
    return (struct talk_offer){json_get_i64(item, "day", -1), minutes_of(item, "minutes"),
                               json_get_text(item, "provider", NULL)};
}

static void read_offers(const json_t *list, struct talk *t)
{
    size_t i;
    json_t *item;
    json_array_foreach (list, i, item) {
        if (t->n_offers < TALK_OFFERS_MAX) {
            t->offers[t->n_offers++] = read_offer(item);
        }
    }
}

static void read_talk(const json_t *doc, struct talk *out)
{
    struct talk t = talk_none();
    const char *asked = json_get_text(doc, "asked", "");
    for (int i = 0; i < N_ASKED; i++) {
        t.asked = strcmp(asked, asked_names[i]) == 0 ? (enum asked)i : t.asked;
    }
    t.task = intent_of_name(str_of(json_get_text(doc, "task", "")));
    t.topic = intent_of_name(str_of(json_get_text(doc, "topic", "")));
    t.last = intent_of_name(str_of(json_get_text(doc, "last", "")));
    t.service = json_get_text(doc, "service", NULL);
    t.provider = json_get_text(doc, "provider", NULL);
    t.name = json_get_text(doc, "name", NULL);
    t.day = json_get_i64(doc, "day", -1);
    t.span_from = json_get_i64(doc, "span_from", -1);
    t.span_to = json_get_i64(doc, "span_to", -1);
    t.other_day = json_get_i64(doc, "other_day", -1);
    t.minutes = minutes_of(doc, "minutes");
    t.window_from = minutes_of(doc, "window_from");
    t.window_to = minutes_of(doc, "window_to");
    t.other_minutes = minutes_of(doc, "other_minutes");
    t.appointment = json_get_i64(doc, "appointment", 0);
    t.done = json_get_i64(doc, "done", 0);
    t.done_service = json_get_text(doc, "done_service", NULL);
    t.misses = count_of(doc, "misses");
    const json_t *undone = json_object_get(doc, "undone");
    t.undone_service = json_get_text(undone, "service", NULL);
    t.undone = read_offer(undone);
    const json_t *next = json_object_get(doc, "next");
    t.next_service = json_get_text(next, "service", NULL);
    t.next = read_offer(next);
    t.person = (enum second)MIN_OF(count_of(doc, "person"), SECOND_ASKED);
    t.person_name = json_get_text(doc, "person_name", NULL);
    read_offers(json_object_get(doc, "offers"), &t);
    *out = t;
}

static void put_text(struct jw *j, const char *key, const char *value)
{
    if (value && value[0]) {
        jw_kv_text(j, key, value);
    }
}

static void put_number(struct jw *j, const char *key, int64_t value, int64_t none)
{
    if (value != none) {
        jw_kv_i64(j, key, value);
    }
}

static void write_offer(struct jw *j, const struct talk_offer *o, const char *service)
{
    jw_object(j);
    jw_kv_i64(j, "day", o->day);
    jw_kv_i64(j, "minutes", o->minutes);
    put_text(j, "provider", o->provider);
    put_text(j, "service", service);
    jw_object_end(j);
}

static void write_talk(struct jw *j, const struct talk *t)
{
    jw_object(j);
    put_text(j, "task", intent_name(t->task));
    put_text(j, "topic", intent_name(t->topic));
    put_text(j, "last", intent_name(t->last));
    put_text(j, "asked", asked_names[t->asked]);
    put_text(j, "service", t->service);
    put_text(j, "provider", t->provider);
    put_text(j, "name", t->name);
    put_number(j, "day", t->day, -1);
    put_number(j, "span_from", t->span_from, -1);
    put_number(j, "span_to", t->span_to, -1);
    put_number(j, "other_day", t->other_day, -1);
    put_number(j, "minutes", t->minutes, -1);
    put_number(j, "window_from", t->window_from, -1);
    put_number(j, "window_to", t->window_to, -1);
    put_number(j, "other_minutes", t->other_minutes, -1);
    put_number(j, "appointment", t->appointment, 0);
    put_number(j, "done", t->done, 0);
    put_text(j, "done_service", t->done_service);
    put_number(j, "misses", t->misses, 0);
    jw_key(j, "offers");
    jw_array(j);
    for (size_t i = 0; i < t->n_offers; i++) {
        write_offer(j, &t->offers[i], NULL);
    }
    jw_array_end(j);
    put_number(j, "person", t->person, SECOND_NONE);
    put_text(j, "person_name", t->person_name);
    if (t->next_service || t->person) {
        jw_key(j, "next");
        write_offer(j, &t->next, t->next_service);
    }
    if (t->undone_service) {
        jw_key(j, "undone");
        write_offer(j, &t->undone, t->undone_service);
    }
    jw_object_end(j);
}

void memory_read(struct pool *p, struct str state, struct memory *out)
{
    struct memory m = {.last = -1, .talk = talk_none()};
    json_t *doc = NULL;
    if (state.n == 0 || json_read(p, state, &doc, NULL) != 0 || json_get_i64(doc, "v", 0) != 1) {
        *out = m;
        return;
    }
    const json_t *said = json_object_get(doc, "said"), *lines = json_object_get(doc, "lines");
    const json_t *told = json_object_get(doc, "told");
    const char *last = json_get_text(doc, "last", "");
    for (int i = 0; i < N_TOPICS; i++) {
        m.said[i] = count_of(said, topic_names[i]);
        m.told[i] = json_get_i64(told, topic_names[i], 0);
        m.last = strcmp(last, topic_names[i]) == 0 ? i : m.last;
    }
    for (int i = 0; i < N_LINES; i++) {
        m.lines[i] = count_of(lines, line_name((enum line)i));
    }
    m.turns = count_of(doc, "turns");
    m.unknown = count_of(doc, "unknown");
    m.greeted = json_get_bool(doc, "greeted", false);
    read_talk(json_object_get(doc, "talk"), &m.talk);
    *out = m;
}

static void write_counts(struct jw *j, const struct memory *m)
{
    jw_key(j, "said");
    jw_object(j);
    for (int i = 0; i < N_TOPICS; i++) {
        put_number(j, topic_names[i], m->said[i], 0);
    }
    jw_object_end(j);
    jw_key(j, "told");
    jw_object(j);
    for (int i = 0; i < N_TOPICS; i++) {
        put_number(j, topic_names[i], m->told[i], 0);
    }
    jw_object_end(j);
    jw_key(j, "lines");
    jw_object(j);
    for (int i = 0; i < N_LINES; i++) {
        put_number(j, line_name((enum line)i), m->lines[i], 0);
    }
    jw_object_end(j);
}

struct str memory_write(struct pool *p, const struct memory *m)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 16384);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_i64(&j, "v", 1);
    jw_kv_i64(&j, "turns", m->turns);
    write_counts(&j, m);
    jw_kv_i64(&j, "unknown", m->unknown);
    if (m->last >= 0) {
        jw_kv_text(&j, "last", topic_names[m->last]);
    }
    jw_kv_bool(&j, "greeted", m->greeted);
    jw_key(&j, "talk");
    write_talk(&j, &m->talk);
    jw_object_end(&j);
    struct str made = buf_str(&b);
    return (struct str){str_dup(p, made), made.n};
}
