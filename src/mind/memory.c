/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"v":1,"turns":3,"said":{"hours":2},"unknown":0,"last":"hours","service":"...","asked":1}
 * Topics are stored by name, so that the enum may grow.
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
    [TOPIC_RESCHEDULE] = "reschedule",
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

static int count_of(const json_t *object, const char *key)
{
    int64_t n = json_get_i64(object, key, 0);
    return n >= 0 && n < 100000 ? (int)n : 0;
}

void memory_read(struct pool *p, struct str state, struct memory *out)
{
    struct memory m = {.last = -1};
    json_t *doc = NULL;
    if (state.n == 0 || json_read(p, state, &doc, NULL) != 0 || json_get_i64(doc, "v", 0) != 1) {
        *out = m;
        return;
    }
    const json_t *said = json_object_get(doc, "said");
    const char *last = json_get_text(doc, "last", "");
    for (int i = 0; i < N_TOPICS; i++) {
        m.said[i] = count_of(said, topic_names[i]);
        m.last = strcmp(last, topic_names[i]) == 0 ? i : m.last;
    }
    m.turns = count_of(doc, "turns");
    m.unknown = count_of(doc, "unknown");
    m.service = json_get_text(doc, "service", NULL);
    m.asked = count_of(doc, "asked") == ASKED_WHETHER_PERSON ? ASKED_WHETHER_PERSON : ASKED_NOTHING;
    m.greeted = json_get_bool(doc, "greeted", false);
    *out = m;
}

struct str memory_write(struct pool *p, const struct memory *m)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 4096);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_i64(&j, "v", 1);
    jw_kv_i64(&j, "turns", m->turns);
    jw_key(&j, "said");
    jw_object(&j);
    for (int i = 0; i < N_TOPICS; i++) {
        if (m->said[i]) {
            jw_kv_i64(&j, topic_names[i], m->said[i]);
        }
    }
    jw_object_end(&j);
    jw_kv_i64(&j, "unknown", m->unknown);
    if (m->last >= 0) {
        jw_kv_text(&j, "last", topic_names[m->last]);
    }
    if (m->service) {
        jw_kv_text(&j, "service", m->service);
    }
    jw_kv_i64(&j, "asked", m->asked);
    jw_kv_bool(&j, "greeted", m->greeted);
    jw_object_end(&j);
    struct str made = buf_str(&b);
    return (struct str){str_dup(p, made), made.n};
}
