/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A turn that only tells a name, a telephone number or an address, though nothing asked for it: it
 * is thanked for and kept, and begins nothing. While times are on offer the question that was open
 * is asked again. What differs from what is on file is for the staff.
 */
#include "base/json_read.h"
#include "mind/turn_private.h"

/* "Her name is Mia", "it is for my mom": somebody else's. */
static bool of_another(const struct turn *t)
{
    return turn_says(t, "=her|=his|=their|=she|=he|=for");
}

bool turn_only_details(const struct turn *t)
{
    const struct understood *u = &t->u;
    const struct talk *k = &t->memory.talk;
    bool told = u->people.name || u->people.phone || u->people.email;
    bool asked_for = k->asked == ASKED_NAME || k->asked == ASKED_CONTACT;
    bool after = k->task == INTENT_none && k->done > 0;
    bool open =
        k->task == INTENT_none ? t->memory.greeted : k->n_offers > 0 || k->asked == ASKED_SERVICE;
    bool when = u->day >= 0 || u->span_from >= 0 || u->minutes >= 0 || u->window_from >= 0;
    bool asks = u->asks || (u->words.asks && !(after && (u->people.phone || u->people.email)));
    bool wish = when || u->choice >= 0 || u->service || u->provider || asks;
    static const enum topic weightier[] = {TOPIC_EMERGENCY, TOPIC_OPT_OUT,    TOPIC_MEDICAL,
                                           TOPIC_COMPLAINT, TOPIC_PERSON,     TOPIC_CANCEL,
                                           TOPIC_CANT,      TOPIC_RESCHEDULE, TOPIC_INJECTION,
                                           TOPIC_PRIVACY,   TOPIC_OTHER_TIME};
    bool more = u->intent == INTENT_emergency || u->intent == INTENT_opt_out ||
                u->intent == INTENT_medical || u->intent == INTENT_complaint ||
                u->intent == INTENT_greeting || (turn_has(t, TOPIC_BOOK) && !after);
    for (size_t i = 0; i < ARRAY_SIZE(weightier); i++) {
        more = more || turn_has(t, weightier[i]);
    }
    return t->in->tools && told && open && !asked_for && !wish && !more;
}

/* Of one of the details it was said that it is so. */
static bool came(const json_t *result, const char *how)
{
    const char *what;
    json_t *value;
    json_object_foreach (json_object_get(result, "details"), what, value) {
        if (strcmp(json_string_value(value), how) == 0) {
            return true;
        }
    }
    return false;
}

/* Speech and haste leave the capitals out. */
static const char *as_a_name(struct pool *p, struct str text)
{
    char *name = str_dup(p, text);
    for (size_t i = 0; i < text.n; i++) {
        bool begins = i == 0 || name[i - 1] == ' ' || name[i - 1] == '-';
        name[i] = begins && name[i] >= 'a' && name[i] <= 'z' ? (char)(name[i] - 32) : name[i];
    }
    return name;
}

/* "Sarah Jones", after "Sarah": what begins with the name that was given is the whole of it. */
void turn_hear_full_name(struct turn *t)
{
    const struct words *w = &t->u.words;
    const struct talk *k = &t->memory.talk;
    size_t n = k->name ? strlen(k->name) : 0;
    struct str text = str_trim(t->in->text);
    bool begins = n > 0 && text.n > n && text.p[n] == ' ' &&
                  str_eq_nocase((struct str){text.p, n}, str_of(k->name));
    if (begins && w->n <= 4 && !w->asks && !t->u.people.name && k->task == INTENT_none) {
        t->u.people.name = as_a_name(t->pool, text);
    }
}

void turn_note_details(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    const struct people *p = &t->u.people;
    bool other = of_another(t);
    json_t *result = other ? NULL
                           : turn_call(t, "note_details",
                                       json_pack("{s:s*, s:s*, s:s*}", "name", p->name, "phone",
                                                 p->phone, "email", p->email));
    bool kept = result && strcmp(json_get_text(result, "status", ""), "noted") == 0;
    bool differs = !kept || came(result, "differs");
    struct line_words words = {.offers = turn_offers(t)};
    if (differs) {
        turn_want_person(t, "details");
    }
    bool choosing = k->n_offers > 0 && k->asked != ASKED_HALF && k->asked != ASKED_DAY;
    enum line passed = choosing ? LINE_details_passed_which : LINE_details_passed;
    enum line noted = choosing ? LINE_details_which : LINE_details;
    turn_say(t, differs ? passed : noted, &words);
    if (k->task == INTENT_none) {
        k->asked = ASKED_ELSE;
    }
}
