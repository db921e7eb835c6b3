/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People whom the product calls: by Dial, where a caller waits for them, or by REST. They answer or
 * not as was asked for; who answers a Dial hears the document of Number's url alone, and is then
 * connected to the caller.
 */
#include "domain/phone.h"
#include "sandbox/sandbox_voice_private.h"

#define ANSWER_MS 500
#define RING_S 30 /* Dial's own default */
#define FAREWELL_MS 60000

/* Anybody of whom nothing was said. */
static const struct actor_step patient[] = {
    {STEP_WAIT, .ms = 2000, .patience_ms = FAREWELL_MS},
    {STEP_HANGUP},
};

static struct voice_person *person_of(struct voice *v, const char *number)
{
    for (size_t i = 0; i < VOICE_PEOPLE; i++) {
        if (v->people[i].pool && strcmp(v->people[i].number, number) == 0) {
            return &v->people[i];
        }
    }
    return NULL;
}

void voice_set_person(struct voice *v, const struct voice_person *p)
{
    struct voice_person *room = person_of(v, p->number);
    room = room ? room : &v->people[v->people_next++ % VOICE_PEOPLE];
    pool_free(&room->pool);
    *room = *p;
}

static void copy_script(struct voice_leg *leg, const struct actor_step *steps, size_t n)
{
    struct actor_step *copy = pool_calloc(leg->pool, n + 1, sizeof *copy);
    for (size_t i = 0; i < n; i++) { /* the person may be told something else meanwhile */
        copy[i] = steps[i];
        copy[i].text = pool_strdup(leg->pool, steps[i].text);
        if (steps[i].sound.n) {
            char *sound = pool_alloc_raw(leg->pool, steps[i].sound.n);
            memcpy(sound, steps[i].sound.p, steps[i].sound.n);
            copy[i].sound.p = sound;
        }
    }
    actor_init(&leg->actor, copy, n);
}

void voice_ring(struct voice_leg *leg)
{
    const struct voice_person *p = person_of(leg->voice, leg->to);
    leg->doing = DOING_RING;
    leg->says = p ? p->answers : "yes";
    leg->machine = p && p->machine;
    leg->after_ms = p ? p->after_ms : ANSWER_MS;
    if (p && p->n_steps) {
        copy_script(leg, p->steps, p->n_steps);
    } else {
        actor_init(&leg->actor, patient, ARRAY_SIZE(patient));
    }
    voice_status(leg, VOICE_INITIATED);
}

void voice_ring_tick(struct voice_leg *leg)
{
    bool answers = strcmp(leg->says, "yes") == 0, silent = strcmp(leg->says, "no") == 0;
    if (strcmp(leg->status, "queued") == 0) {
        leg->status = "ringing";
        voice_moment(leg, "ringing", NULL, 0);
        voice_status(leg, VOICE_RINGING);
    }
    if (leg->now_ms >= leg->ring_ms) {
        voice_end(leg, "no-answer");
    } else if (leg->now_ms < leg->after_ms || silent) {
        return;
    } else if (!answers) {
        voice_end(leg, leg->says);
    } else if (leg->answer_twiml) {
        voice_answer(leg);
        voice_begin(leg, "", str_of(leg->answer_twiml));
    } else if (leg->answer_url) {
        voice_answer(leg);
        voice_fetch(leg, leg->answer_url, NULL, 0);
    } else {
        voice_answer(leg);
        voice_bridge(leg);
    }
}

/* ---- Dial ---- */

static unsigned events_of(const char *list)
{
    static const char *const names[] = {"initiated", "ringing", "answered", "completed"};
    unsigned events = 0;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        events |= strstr(list, names[i]) ? 1u << i : 0u;
    }
    return events;
}

static const struct twiml *number_noun(const struct twiml *dial)
{
    const struct twiml *t = dial->children;
    while (t && strcmp(t->name, "Number") != 0) {
        t = t->next;
    }
    return t;
}

static void dial_over(struct voice_leg *leg, const struct voice_leg *child)
{
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%lld", (long long)(leg->bridged_ms + 999) / 1000);
    struct form_pair fields[] = {
        {STR("DialCallStatus"), str_of(leg->dial_status)},
        {STR("DialCallSid"), str_of(child ? child->sid : "")},
        {STR("DialCallDuration"), str_of(seconds)},
        {STR("DialBridged"), str_of(leg->bridged_ms ? "true" : "false")},
    };
    voice_moment(leg, "dialled", leg->dial_status, leg->bridged_ms);
    voice_verb_over(leg, fields, ARRAY_SIZE(fields));
}

void voice_dial(struct voice_leg *leg)
{
    const struct twiml *noun = number_noun(leg->verb);
    char number[PHONE_BYTES];
    struct str text = str_of(noun ? noun->text : leg->verb->text);
    leg->doing = DOING_DIAL;
    leg->bridged_ms = 0;
    leg->dial_status = "failed";
    const char *caller_id = twiml_get(leg->verb, "callerId", leg->from);
    struct voice_leg *child = NULL;
    if (phone_normalize(text, "1", number, NULL) == 0) {
        child = voice_leg_new(caller_id, number, "outbound-dial");
        child->parent = leg;
        child->speed = leg->speed;
        child->ring_ms = twiml_get_int(leg->verb, "timeout", RING_S) * 1000;
    }
    if (child && noun) {
        const char *whisper = twiml_get(noun, "url", NULL);
        const char *callback = twiml_get(noun, "statusCallback", NULL);
        child->answer_url = whisper ? pool_strdup(child->pool, voice_url(leg, whisper)) : NULL;
        child->callback = (struct voice_callback){
            callback ? pool_strdup(child->pool, voice_url(leg, callback)) : NULL,
            events_of(twiml_get(noun, "statusCallbackEvent", "completed")), 0};
    }
    if (!child || !voice_add(leg->voice, child)) {
        voice_leg_free(&child);
        dial_over(leg, NULL);
        return;
    }
    leg->child = child;
    voice_moment(leg, "dials", number, 0);
    voice_ring(child);
}

void voice_bridge(struct voice_leg *child)
{
    child->doing = DOING_BRIDGED;
    child->verb = NULL;
    voice_moment(child, "connected", NULL, 0);
    if (child->parent) {
        voice_moment(child->parent, "connected", child->to, 0);
    }
}

void voice_dial_tick(struct voice_leg *leg)
{
    int limit = twiml_get_int(leg->verb, "timeLimit", 0);
    if (leg->child && leg->child->doing == DOING_BRIDGED) {
        leg->bridged_ms += ACTOR_TICK_MS;
    }
    if (limit && leg->bridged_ms >= (int64_t)limit * 1000) {
        voice_end(leg->child, "completed");
    }
}

void voice_child_over(struct voice_leg *parent, struct voice_leg *child)
{
    parent->child = NULL;
    if (!parent->live || parent->doing != DOING_DIAL) {
        return;
    }
    parent->dial_status = strcmp(child->status, "completed") == 0 && !parent->bridged_ms
                              ? "no-answer" /* they hung up before they were connected */
                              : child->status;
    dial_over(parent, child);
}
