/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The customer's own appointments: found, moved, cancelled, confirmed. Which one is meant follows
 * from what was said of it (its day, its service), or is asked; a cancellation is done at once only
 * when the words say which appointment and were not heard by ear, else it is asked about first.
 */
#include "base/json_read.h"
#include "mind/offers.h"
#include "mind/say.h"
#include "mind/turn_private.h"

/* One of the customer's appointments, as search_customer tells it. */
struct own {
    int64_t id;
    const char *service, *service_name, *provider, *provider_name;
    int64_t day;
    int minutes;
};

#define OWN_MAX 6

struct owns {
    size_t n;
    struct own list[OWN_MAX];
    bool named; /* the words say which one */
};

/* All upcoming ones. false: the calendar is not there. */
static bool read_owns(struct turn *t, struct owns *out)
{
    json_t *found = turn_call(t, "search_customer", NULL);
    size_t i;
    json_t *a;
    out->n = 0;
    out->named = false;
    json_array_foreach (json_object_get(found, "appointments"), i, a) {
        struct own *o = &out->list[out->n];
        if (out->n == OWN_MAX ||
            !turn_local_read(json_get_text(a, "start", ""), &o->day, &o->minutes)) {
            continue;
        }
        o->id = json_get_i64(a, "appointment_id", 0);
        o->service = json_get_text(a, "service", NULL);
        o->service_name = json_get_text(a, "service_name", "appointment");
        o->provider = json_get_text(a, "provider", NULL);
        o->provider_name = json_get_text(a, "provider_name", NULL);
        out->n++;
    }
    return found != NULL;
}

static bool fits(const struct turn *t, const struct own *o, int64_t day)
{
    const struct understood *u = &t->u;
    bool by_day = day < 0 || o->day == day;
    bool by_service = !u->service || (o->service && strcmp(o->service, u->service->key) == 0);
    bool by_provider = !u->provider || (o->provider && strcmp(o->provider, u->provider->key) == 0);
    return by_day && by_service && by_provider;
}

/* Keeps those that the words fit; all of them when they fit none. */
static void narrow(const struct turn *t, struct owns *list, int64_t day)
{
    const struct talk *k = &t->memory.talk;
    struct owns kept = {0};
    for (size_t i = 0; i < list->n; i++) {
        bool chosen = k->asked == ASKED_APPOINTMENT && t->u.choice >= 0 &&
                      k->offers[t->u.choice].day == list->list[i].day &&
                      k->offers[t->u.choice].minutes == list->list[i].minutes;
        bool under_way = k->appointment > 0 && list->list[i].id == k->appointment;
        if (chosen || under_way) {
            list->list[0] = list->list[i];
            list->n = 1;
            list->named = chosen;
            return;
        }
        if (fits(t, &list->list[i], day)) {
            kept.list[kept.n++] = list->list[i];
        }
    }
    bool said = day >= 0 || t->u.service || t->u.provider;
    if (kept.n > 0) {
        *list = kept;
        list->named = said;
    }
}

static const char *own_in_words(struct turn *t, const struct own *o)
{
    return pool_printf(t->pool, "%s %s", o->service_name,
                       say_on(t->pool, turn_when(t, o->day, o->minutes)));
}

static const char *owns_in_words(struct turn *t, const struct owns *list, bool choice)
{
    const char *items[OWN_MAX];
    for (size_t i = 0; i < list->n; i++) {
        items[i] = own_in_words(t, &list->list[i]);
    }
    return (choice ? say_choice : say_list)(t->pool, items, list->n);
}

static void ask_which(struct turn *t, const struct owns *list)
{
    struct talk *k = &t->memory.talk;
    if (k->asked == ASKED_APPOINTMENT && turn_missed(t)) {
        return;
    }
    k->n_offers = MIN_OF(list->n, (size_t)TALK_OFFERS_MAX);
    for (size_t i = 0; i < k->n_offers; i++) {
        k->offers[i] = (struct talk_offer){list->list[i].day, list->list[i].minutes, NULL};
    }
    bool choice =
        t->memory.lines[LINE_which_appointment] % 2 == 1; /* "You have ... and ..." first */
    turn_say(t, LINE_which_appointment,
             &(struct line_words){.list = owns_in_words(t, list, choice)});
    k->asked = ASKED_APPOINTMENT;
}

static void none_found(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    if (t->memory.lines[LINE_no_appointment] > 0) {
        turn_want_person(t, "no_appointment");
    }
    bool asks = t->memory.lines[LINE_no_appointment] == 0;
    turn_say(t, LINE_no_appointment, &(struct line_words){0});
    talk_end(k);
    k->asked = asks ? ASKED_WHETHER_PERSON : ASKED_NOTHING;
}

/* "Can I rebook for Friday instead", when the only one was cancelled just now: a new one. */
static bool books_anew(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    if (t->u.intent != INTENT_reschedule || !k->undone_service) {
        return false;
    }
    t->u.intent = k->task = INTENT_book;
    k->service = t->u.service ? t->u.service->key : k->undone_service;
    k->day = t->u.day;
    k->undone_service = NULL;
    turn_arrange(t);
    return true;
}

/* "Move the facial", when the one made just now is of another service. */
static bool names_another(const struct turn *t, const struct owns *list)
{
    const struct facts_service *s = t->u.service;
    size_t first, last;
    if (words_find(&t->u.words, "=mine", 0, &first, &last) && list->n > 1) {
        return true; /* not the one for somebody else */
    }
    for (size_t i = 0; s && i < list->n; i++) {
        const struct own *o = &list->list[i];
        if (o->id != t->memory.talk.done && o->service && strcmp(o->service, s->key) == 0) {
            const char *done = t->memory.talk.done_service;
            return !done || strcmp(done, s->key) != 0;
        }
    }
    return false;
}

/* The one appointment that is meant; false: it was asked about, or there is none. */
static bool find_own(struct turn *t, int64_t day, struct owns *list)
{
    struct talk *k = &t->memory.talk;
    if (!read_owns(t, list)) {
        turn_not_possible(t);
        return false;
    }
    if (list->n == 0) {
        if (!books_anew(t)) {
            none_found(t);
        }
        return false;
    }
    if (k->appointment == 0 && k->done > 0 && !names_another(t, list)) {
        k->appointment = k->done; /* "actually, make it three" right after booking */
    }
    narrow(t, list, day);
    if (list->n > 1) {
        ask_which(t, list);
        return false;
    }
    k->appointment = list->list[0].id;
    return true;
}

static struct line_words words_of(struct turn *t, const struct own *o)
{
    return (struct line_words){.service = o->service_name,
                               .when = turn_when(t, o->day, o->minutes),
                               .old = turn_when(t, o->day, o->minutes),
                               .with = o->provider_name};
}

/* The appointment that was spoken of last, whatever comes next. */
static void note_done(struct turn *t, const struct own *o)
{
    t->memory.talk.done = o->id;
    t->memory.talk.done_service = o->service;
}

static void say_moved(struct turn *t, const struct own *o, const json_t *result)
{
    struct line_words words = words_of(t, o);
    words.when = turn_when_of(t, json_get_text(result, "start", NULL));
    words.with = json_get_text(result, "provider_name", NULL);
    turn_say(t, LINE_moved, &words);
    turn_give_link(t, result);
    note_done(t, o);
    talk_end(&t->memory.talk);
    t->memory.talk.asked = ASKED_ELSE;
}

static void offer_new_times(struct turn *t, const struct own *o, const json_t *slots,
                            const char *refused)
{
    struct talk *k = &t->memory.talk;
    const char *same = k->provider ? k->provider : o->provider;
    json_t *found = NULL;
    bool wished = k->day >= 0 || k->minutes >= 0 || k->window_from >= 0 || k->span_from >= 0;
    if (!slots) {
        found = turn_free_times(t, same, true);
        slots = json_object_get(found, "slots");
    }
    bool near = wished && json_array_size(slots) == 0;
    if (json_array_size(slots) == 0) {
        found = turn_free_times(t, same, false);
        slots = json_object_get(found, "slots");
    }
    if (json_array_size(slots) == 0) {
        found = turn_free_times(t, NULL, false);
        slots = json_object_get(found, "slots");
    }
    enum line l = refused ? LINE_gone : near ? LINE_other_many : LINE_ask_new_time;
    enum line one = l == LINE_ask_new_time ? LINE_ask_move : l;
    if (!turn_offer(t, slots, l, one)) {
        turn_not_possible(t);
        return;
    }
    l = k->n_offers == 1 ? one : l;
    if (l == LINE_ask_new_time || l == LINE_ask_move) { /* they name the old time too */
        struct line_words words = words_of(t, o);
        words.offers = turn_offers(t);
        t->memory.lines[l]--;
        turn_say(t, l, &words);
    }
    k->asked = ASKED_WHICH;
}

static void move_now(struct turn *t, const struct own *o, const char *provider)
{
    struct talk *k = &t->memory.talk;
    if (k->day == o->day && k->minutes == o->minutes && !k->provider) {
        struct line_words words = words_of(t, o); /* it is there already */
        turn_say(t, LINE_confirm_one, &words);
        note_done(t, o);
        talk_end(k);
        k->asked = ASKED_ELSE;
        return;
    }
    json_t *args = json_pack("{s:I, s:s}", "appointment_id", (json_int_t)o->id, "start",
                             turn_local_text(t->pool, k->day, k->minutes));
    if (provider) {
        json_object_set_new(args, "provider", json_string(provider));
    }
    json_t *result = turn_call(t, "reschedule_appointment", args);
    const char *status = result ? json_get_text(result, "status", "") : "";
    if (!result) {
        turn_not_possible(t);
    } else if (strcmp(status, "rescheduled") == 0) {
        say_moved(t, o, result);
    } else if (strcmp(status, "not_found") == 0) {
        none_found(t);
    } else {
        offer_new_times(t, o, json_object_get(result, "alternatives"), status);
        k->minutes = -1;
    }
}

static bool same_time(const struct turn *t)
{
    size_t first, last;
    return words_find(&t->u.words, "=same =time", 0, &first, &last);
}

/* "Actually keep it", "no, leave it", when other times were offered. */
static bool stays(const struct turn *t, const struct own *o)
{
    const struct talk *k = &t->memory.talk;
    const struct understood *u = &t->u;
    size_t first, last;
    bool keeps = words_find(&u->words, "=keep|=keeping|=nevermind", 0, &first, &last) ||
                 words_find(&u->words, "=leave =it|=as", 0, &first, &last) ||
                 words_find(&u->words, "=never =mind", 0, &first, &last);
    bool other_day = u->day >= 0 && u->day != o->day;
    bool other_time = u->minutes >= 0 && u->minutes % 720 != o->minutes % 720;
    bool hours = u->window_from >= 0 || u->span_from >= 0;
    bool wish = other_day || other_time || hours || u->service || u->provider;
    bool no = (u->acts & ACTS(negate)) && u->choice < 0 && !(u->acts & ACTS(request_alternatives));
    return k->n_offers > 0 && k->asked != ASKED_APPOINTMENT && !wish && (keeps || no);
}

/* "I can't do Wednesday", without a wish: the days after it. */
static void cannot_then(struct turn *t, const struct own *o)
{
    struct talk *k = &t->memory.talk;
    bool wish = k->minutes >= 0 || k->window_from >= 0 || k->span_from >= 0 ||
                (k->day >= 0 && k->day != o->day);
    size_t first, last;
    bool cannot = words_find(&t->u.words, "=cant|=cannot|=wont", 0, &first, &last);
    if (cannot && !wish && k->n_offers == 0) {
        k->day = -1;
        k->span_from = o->day + 1;
        k->span_to = o->day + 14;
    }
}

void turn_reschedule(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    struct owns list;
    bool choosing = k->asked == ASKED_WHICH || k->asked == ASKED_WHETHER_BOOK;
    if (!find_own(t, t->u.old_day, &list)) {
        return;
    }
    const struct own *o = &list.list[0];
    const char *provider = k->provider;
    if (stays(t, o)) {
        struct line_words words = words_of(t, o);
        turn_say(t, LINE_kept, &words);
        note_done(t, o);
        talk_end(k);
        k->asked = ASKED_ELSE;
        return;
    }
    if (k->asked == ASKED_APPOINTMENT) {
        k->n_offers = 0;
        if (t->u.choice >= 0) {
            k->day = -1;
            k->minutes = -1;
        }
    }
    k->service = o->service;
    cannot_then(t, o);
    if (choosing && t->u.choice >= 0 && (size_t)t->u.choice < k->n_offers) {
        k->day = k->offers[t->u.choice].day;
        k->minutes = k->offers[t->u.choice].minutes;
        provider = k->offers[t->u.choice].provider;
    } else if (turn_shift(t, o->day, o->minutes)) {
        provider = o->provider;
    } else if (k->minutes >= 0 && k->day < 0 && k->span_from < 0) {
        k->day = o->day; /* "make it four": on the same day */
    } else if (k->minutes < 0 && k->day >= 0 && same_time(t)) {
        k->minutes = o->minutes;
    }
    if (k->day >= 0 && k->minutes >= 0 && turn_is_sure(t)) {
        move_now(t, o, provider);
    } else {
        offer_new_times(t, o, NULL, NULL);
    }
}

static void cancel_now(struct turn *t, const struct own *o)
{
    json_t *result =
        turn_call(t, "cancel_appointment", json_pack("{s:I}", "appointment_id", (json_int_t)o->id));
    const char *status = result ? json_get_text(result, "status", "") : "";
    struct line_words words = words_of(t, o);
    if (!result) {
        turn_not_possible(t);
        return;
    }
    if (strcmp(status, "cancelled") == 0) {
        turn_say(t, LINE_cancelled, &words);
    } else {
        turn_say(t, LINE_already_gone, &words);
    }
    struct talk *k = &t->memory.talk;
    talk_end(k);
    k->done = 0;
    k->done_service = NULL;
    k->asked = ASKED_ELSE;
    k->undone = (struct talk_offer){o->day, o->minutes, o->provider};
    k->undone_service = o->service;
}

#define ALL_OF_THEM (-1) /* as talk.appointment: it was asked whether to cancel them all */

/* Cancels one after the other, and says of which it is true. */
static void cancel_each(struct turn *t, const struct owns *list)
{
    struct owns gone = {0};
    for (size_t i = 0; i < list->n; i++) {
        json_t *args = json_pack("{s:I}", "appointment_id", (json_int_t)list->list[i].id);
        if (turn_call(t, "cancel_appointment", args)) {
            gone.list[gone.n++] = list->list[i];
        }
    }
    if (gone.n == 0) {
        turn_not_possible(t);
        return;
    }
    turn_say(t, gone.n == list->n ? LINE_cancelled_all : LINE_cancelled_some,
             &(struct line_words){.list = owns_in_words(t, &gone, false)});
    if (gone.n < list->n) {
        turn_want_person(t, "calendar");
    }
    talk_end(&t->memory.talk);
    t->memory.talk.done = 0;
    t->memory.talk.done_service = NULL;
    t->memory.talk.asked = ASKED_ELSE;
}

/* "Cancel both", "all my appointments". false: that is not what is wished. */
static bool cancel_all(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    struct owns list;
    size_t first, last;
    bool asked = k->asked == ASKED_WHETHER_CANCEL && k->appointment == ALL_OF_THEM;
    bool all = words_find(&t->u.words, "=all|=both|=everything", 0, &first, &last) &&
               !t->u.service && !t->u.provider && t->u.day < 0;
    if ((!asked && !all) || !read_owns(t, &list) || list.n < 2) {
        return false;
    }
    bool no = t->u.acts & ACTS(negate);
    struct line_words words = {.list = owns_in_words(t, &list, false)};
    if (asked && no) {
        turn_say(t, LINE_kept_all, &words);
        talk_end(k);
    } else if (asked && ((t->u.acts & ACTS(affirm)) || all || turn_has(t, TOPIC_CANCEL))) {
        cancel_each(t, &list);
    } else if (!asked || !turn_missed(t)) {
        turn_say(t, LINE_ask_cancel_all, &words);
        k->n_offers = 0;
        k->asked = ASKED_WHETHER_CANCEL;
        k->appointment = ALL_OF_THEM;
    }
    return true;
}

void turn_cancel(struct turn *t)
{
    struct talk *k = &t->memory.talk;
    enum asked asked = k->asked;
    struct owns list;
    int64_t day = t->u.old_day >= 0 ? t->u.old_day : t->u.from_choice ? -1 : t->u.day;
    if (cancel_all(t)) {
        return;
    }
    if (k->appointment == ALL_OF_THEM) {
        k->appointment = 0; /* one of them after all */
        k->asked = ASKED_NOTHING;
    }
    if (!find_own(t, day, &list)) {
        return;
    }
    const struct own *o = &list.list[0];
    struct line_words words = words_of(t, o);
    const char *gone = k->undone_service;
    bool named_gone = gone && t->u.service && strcmp(gone, t->u.service->key) == 0;
    if (named_gone && o->service && strcmp(o->service, gone) != 0) {
        turn_say(t, LINE_already_gone, &words); /* "no, the massage", which was just cancelled */
        k->appointment = 0;
        k->task = INTENT_none;
        return;
    }
    bool yes = t->u.acts & ACTS(affirm), no = t->u.acts & ACTS(negate);
    if (asked == ASKED_WHETHER_CANCEL && no) {
        turn_say(t, LINE_kept, &words);
        talk_end(k);
    } else if ((asked == ASKED_WHETHER_CANCEL && (yes || turn_has(t, TOPIC_CANCEL))) ||
               (list.named && !t->in->by_ear)) {
        cancel_now(t, o);
    } else if (asked != ASKED_WHETHER_CANCEL || !turn_missed(t)) {
        turn_say(t, LINE_ask_cancel, &words);
        k->asked = ASKED_WHETHER_CANCEL;
    }
}

bool turn_is_theirs(struct turn *t)
{
    const struct talk *k = &t->memory.talk;
    struct owns list;
    if (!read_owns(t, &list)) {
        return false;
    }
    for (size_t i = 0; i < list.n; i++) {
        const struct own *o = &list.list[i];
        bool same = o->service && k->service && strcmp(o->service, k->service) == 0;
        if (same && o->day == k->day && o->minutes == k->minutes) {
            struct line_words words = words_of(t, o);
            turn_say(t, LINE_confirm_one, &words);
            note_done(t, o);
            return true;
        }
    }
    return false;
}

void turn_confirm(struct turn *t)
{
    struct owns list;
    if (!read_owns(t, &list)) {
        turn_not_possible(t);
        return;
    }
    if (list.n == 0 && t->u.minutes >= 0 && !turn_has(t, TOPIC_CONFIRM)) {
        t->u.intent = t->memory.talk.task = INTENT_availability; /* "5:30?" */
        t->memory.talk.minutes = t->u.minutes;
        t->memory.talk.day = t->u.day;
        turn_arrange(t);
        return;
    }
    if (list.n == 0) {
        none_found(t);
        return;
    }
    narrow(t, &list, t->u.old_day >= 0 ? t->u.old_day : t->u.day);
    if (list.n == 1) {
        struct line_words words = words_of(t, &list.list[0]);
        turn_say(t, LINE_confirm_one, &words);
        note_done(t, &list.list[0]);
    } else {
        turn_say(t, LINE_confirm_many,
                 &(struct line_words){.list = owns_in_words(t, &list, false)});
    }
}
