/* SPDX-License-Identifier: Apache-2.0 */
/* Claims against results. Results have the shapes of tools.def; what is not there proves nothing.
 */
#include "mind/evidence.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "mind/when.h"

#define MOMENT_CHARS 16

bool evidence_moment_of(const char *text, struct evidence_moment *out)
{
    char full[MOMENT_CHARS + 5];
    struct wall at;
    if (!text || strlen(text) < MOMENT_CHARS) {
        return false;
    }
    snprintf(full, sizeof full, "%.16s:00Z", text);
    if (!wall_parse(str_of(full), &at) || at.us < 0) {
        return false;
    }
    out->day = at.us / US_PER_DAY;
    out->minutes = (int)(at.us % US_PER_DAY / (60 * US_PER_SECOND));
    return true;
}

static void add_moment(struct evidence_moment *list, size_t *n, const json_t *object)
{
    struct evidence_moment m;
    if (*n < EVIDENCE_MAX && evidence_moment_of(json_get_text(object, "start", NULL), &m)) {
        list[(*n)++] = m;
    }
}

static void add_moments(struct evidence_moment *list, size_t *n, const json_t *array)
{
    size_t i;
    json_t *one;
    json_array_foreach (array, i, one) {
        add_moment(list, n, one);
    }
}

void evidence_add(struct evidence *v, const char *tool, const json_t *result)
{
    const char *status = json_get_text(result, "status", "");
    bool booked = strcmp(status, "booked") == 0, moved = strcmp(status, "rescheduled") == 0;
    bool cancelled = strcmp(status, "cancelled") == 0;
    add_moments(v->free, &v->n_free, json_object_get(result, "slots"));
    add_moments(v->free, &v->n_free, json_object_get(result, "alternatives"));
    if (strcmp(tool, "search_customer") == 0) {
        add_moments(v->own, &v->n_own, json_object_get(result, "appointments"));
    }
    if (booked || moved) {
        add_moment(v->own, &v->n_own, result);
    }
    v->booked |= booked;
    v->moved |= moved;
    v->cancelled |= cancelled || strcmp(status, "already_cancelled") == 0;
    if (booked || moved || cancelled) {
        v->done = result;
    }
}

void evidence_add_said(struct pool *p, struct evidence *v, struct str reply_before)
{
    claims_find(p, reply_before, &v->said);
}

static void hear(struct evidence *v, int minutes, bool half)
{
    for (size_t i = 0; i < v->n_heard; i++) {
        if (v->heard[i].minutes == minutes && (v->heard[i].half || !half)) {
            return;
        }
    }
    if (v->n_heard < EVIDENCE_HEARD_MAX && minutes >= 0) {
        v->heard[v->n_heard++] = (struct claim_time){.minutes = minutes, .half = half};
    }
}

void evidence_add_told(struct pool *p, struct evidence *v, struct str text)
{
    struct str rest = text;
    for (struct str line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        struct claims c;
        claims_find(p, line, &c);
        for (size_t i = 0; i < c.n; i++) {
            for (size_t k = 0; k < c.list[i].n_times; k++) {
                hear(v, c.list[i].times[k].minutes, c.list[i].times[k].half);
            }
        }
    }
}

void evidence_add_heard(struct pool *p, struct evidence *v, struct str text,
                        const struct when_context *c)
{
    struct words words;
    struct when found;
    words_read(p, text, &words);
    when_find(&words, c, &found);
    for (size_t i = 0; i < found.n; i++) {
        const struct when_mention *m = &found.list[i];
        if (m->kind != WHEN_DATE) {
            hear(v, m->from, true); /* the model may take it for the other half of the day */
            hear(v, m->to, true);
        }
    }
    evidence_add_told(p, v, text);
}

static void hear_clock(struct evidence *v, const char *text)
{
    struct evidence_moment m;
    char full[32];
    snprintf(full, sizeof full, "2000-01-01T%.5s", text ? text : "");
    if (evidence_moment_of(full, &m)) {
        hear(v, m.minutes, false);
    }
}

static void hear_hours(struct evidence *v, const struct facts_hours *hours, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        hear_clock(v, hours[i].opens);
        hear_clock(v, hours[i].closes);
    }
}

void evidence_add_facts(struct pool *p, struct evidence *v, const struct facts *f)
{
    hear_hours(v, f->hours, f->n_hours);
    for (size_t i = 0; i < f->n_providers; i++) {
        hear_hours(v, f->providers[i].hours, f->providers[i].n_hours);
    }
    const char *const texts[] = {f->parking, f->directions, f->payment, f->cancellation_policy,
                                 f->team};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        evidence_add_told(p, v, str_of(texts[i] ? texts[i] : ""));
    }
    for (size_t i = 0; i < f->n_articles; i++) {
        evidence_add_told(p, v, str_of(f->articles[i].answer ? f->articles[i].answer : ""));
    }
}

static bool fits_one(const struct claim_time *t, const struct evidence_moment *list, size_t n,
                     int64_t today)
{
    for (size_t i = 0; i < n; i++) {
        if (claim_time_fits(t, list[i].day, list[i].minutes, today)) {
            return true;
        }
    }
    return false;
}

/* Was it offered in the message before? A day that both name must be the same. */
static bool said_before(const struct claim_time *t, const struct claims *said)
{
    for (size_t i = 0; i < said->n; i++) {
        for (size_t k = 0; k < said->list[i].n_times; k++) {
            const struct claim_time *s = &said->list[i].times[k];
            bool half = t->half || s->half;
            bool day = !t->day.weekday || !s->day.weekday || t->day.weekday == s->day.weekday;
            if (day && (half ? t->minutes % 720 == s->minutes % 720 : t->minutes == s->minutes)) {
                return true;
            }
        }
    }
    return false;
}

static const char *refute_free(struct pool *p, const struct evidence *v, const struct claim *c,
                               int64_t today)
{
    for (size_t i = 0; i < c->n_times; i++) {
        const struct claim_time *t = &c->times[i];
        if (!fits_one(t, v->free, v->n_free, today) && !fits_one(t, v->own, v->n_own, today) &&
            !said_before(t, &v->said)) {
            return pool_printf(p,
                               "Your reply offers %d:%02d, which check_availability did not "
                               "return. Offer only times that it returned for that day; call it "
                               "first.",
                               t->minutes / 60, t->minutes % 60);
        }
    }
    return NULL;
}

/* "Come at 1:45", "it ends at 3": around an appointment of the customer's. */
static bool near_own(const struct claim_time *t, const struct evidence *v)
{
    for (size_t i = 0; i < v->n_own; i++) {
        for (int minutes = v->own[i].minutes - 30; minutes <= v->own[i].minutes + 180; minutes++) {
            if (t->minutes == minutes || (t->half && t->minutes % 720 == minutes % 720)) {
                return true;
            }
        }
    }
    return false;
}

static bool was_heard(const struct claim_time *t, const struct evidence *v)
{
    for (size_t i = 0; i < v->n_heard; i++) {
        const struct claim_time *h = &v->heard[i];
        bool half = t->half || h->half;
        if (half ? t->minutes % 720 == h->minutes % 720 : t->minutes == h->minutes) {
            return true;
        }
    }
    return v->n_heard == EVIDENCE_HEARD_MAX;
}

/* A time that is named without being offered must come from somewhere. */
static const char *refute_time(struct pool *p, const struct evidence *v, const struct claim *c,
                               int64_t today)
{
    for (size_t i = 0; i < c->n_times; i++) {
        const struct claim_time *t = &c->times[i];
        if (!fits_one(t, v->free, v->n_free, today) && !near_own(t, v) &&
            !said_before(t, &v->said) && !was_heard(t, v)) {
            return pool_printf(p,
                               "Your reply names %d:%02d, which neither a tool nor the facts nor "
                               "the customer named. Name no time of your own.",
                               t->minutes / 60, t->minutes % 60);
        }
    }
    return NULL;
}

static bool some_time_is_own(const struct evidence *v, const struct claim *c, int64_t today)
{
    for (size_t i = 0; i < c->n_times; i++) {
        if (fits_one(&c->times[i], v->own, v->n_own, today)) {
            return true;
        }
    }
    return false;
}

static bool arranges(const char *intent)
{
    return strcmp(intent, "book") == 0 || strcmp(intent, "reschedule") == 0 ||
           strcmp(intent, "cancel") == 0 || strcmp(intent, "availability") == 0;
}

static const char *refute_booked(const struct evidence *v, const struct claim *c,
                                 const char *intent, int64_t today)
{
    if (c->n_times ? some_time_is_own(v, c, today)
                   : v->booked || v->moved ||
                         (!c->deed && (v->cancelled || (v->n_own && !arranges(intent))))) {
        return NULL;
    }
    if (v->booked || v->moved) {
        return "Your reply names another time than the one that the tool confirmed.";
    }
    return "Your reply says or promises that an appointment is booked, but no tool confirmed that. "
           "Call book_appointment and say so only when its status is booked; or ask for what is "
           "missing.";
}

const char *evidence_refutes(struct pool *p, const struct evidence *v, const struct claims *c,
                             const char *intent, int64_t today)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct claim *one = &c->list[i];
        const char *wrong = NULL;
        switch (one->kind) {
        case CLAIM_FREE:
            wrong = refute_free(p, v, one, today);
            break;
        case CLAIM_TIME:
            wrong = refute_time(p, v, one, today);
            break;
        case CLAIM_BOOKED:
            wrong = refute_booked(v, one, intent, today);
            break;
        case CLAIM_MOVED:
            if (!v->moved && !(v->booked && v->cancelled)) {
                wrong = "Your reply says or promises that an appointment is moved, but no tool "
                        "confirmed that. Call reschedule_appointment, and say so only when its "
                        "status is rescheduled.";
            }
            break;
        case CLAIM_CANCELLED:
            if (!v->cancelled) {
                wrong = "Your reply says or promises that an appointment is cancelled, but no tool "
                        "confirmed that. Call cancel_appointment, and say so only when its status "
                        "is cancelled.";
            }
            break;
        }
        if (wrong) {
            return wrong;
        }
    }
    return NULL;
}
