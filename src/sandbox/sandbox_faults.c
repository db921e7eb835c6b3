/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The faults that were asked for, and which of them meets a request. The table of kinds is what
 * their names are read and counted by; the table of the mixture is what a chaos run is made of.
 */
#include "base/id.h"
#include "sandbox/sandbox_private.h"

#define SENDS SANDBOX_ON_SENDS
#define READS SANDBOX_ON_READS
#define INBOUND SANDBOX_ON_INBOUND
#define MEDIA SANDBOX_ON_MEDIA
#define MIXTURE_HANG_MS 3000
#define MIXTURE_SLOW_MS 300
#define MIXTURE_HOLD_MS 1000

static const struct kind {
    const char *name;
    enum sandbox_trouble trouble;
    bool after;
    unsigned places;
} kinds[] = {
    {"status", TROUBLE_STATUS, false, SENDS | READS | MEDIA},
    {"after_send_status", TROUBLE_STATUS, true, SENDS},
    {"hang", TROUBLE_HANG, false, SENDS | READS | MEDIA},
    {"after_send_timeout", TROUBLE_HANG, true, SENDS},
    {"slow", TROUBLE_SLOW, false, SENDS | READS | INBOUND | MEDIA},
    {"duplicate", TROUBLE_DUPLICATE, false, SENDS | INBOUND},
    {"lost", TROUBLE_LOST, false, SENDS | INBOUND | SANDBOX_ON_CALLBACKS},
    {"undelivered", TROUBLE_UNDELIVERED, false, SENDS},
    {"reordered", TROUBLE_REORDERED, false, SENDS | INBOUND},
    {"forged", TROUBLE_FORGED, false, SENDS | INBOUND},
    {"altered", TROUBLE_ALTERED, false, SENDS | INBOUND},
    {"too_large", TROUBLE_TOO_LARGE, false, MEDIA},
    {"wrong_type", TROUBLE_WRONG_TYPE, false, MEDIA},
    {"redirect", TROUBLE_REDIRECT, false, MEDIA},
};
_Static_assert(sizeof kinds / sizeof kinds[0] <= SANDBOX_FAULT_KINDS, "each kind is counted");

static const struct {
    unsigned places;
    struct sandbox_fault fault;
} mixture[] = {
    {SENDS | READS | MEDIA, {.status = 429, .retry_after_s = 1}},
    {SENDS | READS | MEDIA, {.status = 500}},
    {SENDS | READS | MEDIA, {.status = 503}},
    {SENDS, {.status = 500, .after = true}},
    {SENDS | READS | MEDIA, {.trouble = TROUBLE_HANG, .hang_ms = MIXTURE_HANG_MS}},
    {SENDS, {.trouble = TROUBLE_HANG, .hang_ms = MIXTURE_HANG_MS, .after = true}},
    {SENDS | READS | INBOUND | MEDIA, {.trouble = TROUBLE_SLOW, .latency_ms = MIXTURE_SLOW_MS}},
    {SENDS | INBOUND, {.trouble = TROUBLE_DUPLICATE}},
    {SENDS | INBOUND, {.trouble = TROUBLE_LOST}},
    {SENDS, {.trouble = TROUBLE_UNDELIVERED}},
    {SENDS, {.trouble = TROUBLE_REORDERED}},
    {INBOUND, {.trouble = TROUBLE_REORDERED, .latency_ms = MIXTURE_HOLD_MS}},
    {SENDS | INBOUND, {.trouble = TROUBLE_FORGED}},
    {SENDS | INBOUND, {.trouble = TROUBLE_ALTERED}},
    {MEDIA, {.trouble = TROUBLE_TOO_LARGE}},
    {MEDIA, {.trouble = TROUBLE_WRONG_TYPE}},
    {MEDIA, {.trouble = TROUBLE_REDIRECT}},
};

bool sandbox_fault_named(struct str name, struct sandbox_fault *out, unsigned *places_out)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (str_eq(name, str_of(kinds[i].name))) {
            out->trouble = kinds[i].trouble;
            out->after = kinds[i].after;
            *places_out = kinds[i].places;
            return true;
        }
    }
    return false;
}

static size_t kind_of(const struct sandbox_fault *f)
{
    size_t i = 0;
    while (i < ARRAY_SIZE(kinds) &&
           (kinds[i].trouble != f->trouble || kinds[i].after != f->after)) {
        i++;
    }
    return i; /* beyond the table for a mixture, which is counted as what it became */
}

struct fault_task {
    struct sandbox_fault fault;
    bool ok;
    enum sandbox_place place;
    const char *part; /* of Google; NULL: it is about something else */
    enum sandbox_api api;
};

static void add_fault(struct sandbox *s, void *arg)
{
    struct fault_task *t = arg;
    t->ok = s->n_faults < SANDBOX_FAULTS;
    if (t->ok) {
        s->faults_met[s->n_faults] = 0;
        s->faults[s->n_faults++] = t->fault;
    }
}

int sandbox_add_fault(struct sandbox *s, const struct sandbox_fault *fault, struct err *e)
{
    struct fault_task t = {.fault = *fault};
    sandbox_do(s, add_fault, &t);
    return t.ok ? 0
                : err_set(e, ERR_TOO_MANY, "there are %d faults already; end them first",
                          SANDBOX_FAULTS);
}

static void end_faults(struct sandbox *s, void *arg)
{
    (void)arg;
    s->n_faults = 0;
}

void sandbox_end_faults(struct sandbox *s)
{
    sandbox_do(s, end_faults, NULL);
}

int64_t sandbox_forged_taken(struct sandbox *s)
{
    return atomic_load(&s->forged_taken);
}

static bool roll(double probability)
{
    uint32_t dice;
    random_bytes(&dice, sizeof dice);
    return probability <= 0 || dice < probability * 4294967296.0;
}

static unsigned places_of(const struct sandbox_fault *f)
{
    return (f->places ? f->places : (unsigned)SENDS) | (f->reads_too ? READS : 0u);
}

static bool meets(const struct sandbox_fault *f, const struct fault_task *t)
{
    if (t->part) {
        return f->api == SANDBOX_API_GOOGLE && (!f->on[0] || strcmp(f->on, t->part) == 0);
    }
    return f->api == t->api && places_of(f) & t->place;
}

/* One of those that can happen there. */
static struct sandbox_fault draw(const struct sandbox_fault *of, enum sandbox_place place)
{
    unsigned n = 0, dice;
    random_bytes(&dice, sizeof dice);
    for (size_t i = 0; i < ARRAY_SIZE(mixture); i++) {
        n += (mixture[i].places & place) != 0;
    }
    unsigned left = dice % n;
    for (size_t i = 0; i < ARRAY_SIZE(mixture); i++) {
        if (mixture[i].places & place && left-- == 0) {
            struct sandbox_fault f = mixture[i].fault;
            f.hang_ms = of->hang_ms ? of->hang_ms : f.hang_ms;
            f.latency_ms = f.latency_ms && of->latency_ms ? of->latency_ms : f.latency_ms;
            return f;
        }
    }
    return mixture[0].fault; /* not reached: left < n */
}

static void take_fault(struct sandbox *s, void *arg)
{
    struct fault_task *t = arg;
    for (int i = 0; i < s->n_faults && !t->ok; i++) {
        struct sandbox_fault *f = &s->faults[i];
        if (!meets(f, t) || !roll(f->probability)) {
            continue;
        }
        t->fault = f->trouble == TROUBLE_MIXTURE ? draw(f, t->place) : *f;
        t->ok = true;
        s->faults_met[i]++;
        s->kinds_met[kind_of(&t->fault)]++;
        if (f->count && --f->count == 0) {
            size_t after = (size_t)(s->n_faults - i - 1);
            memmove(f, f + 1, after * sizeof *f);
            memmove(&s->faults_met[i], &s->faults_met[i + 1], after * sizeof s->faults_met[0]);
            s->n_faults--;
        }
    }
}

bool sandbox_take_fault(struct sandbox *s, enum sandbox_place place, struct sandbox_fault *out)
{
    struct fault_task t = {.place = place};
    sandbox_do(s, take_fault, &t);
    *out = t.fault;
    return t.ok;
}

bool sandbox_take_mail_fault(struct sandbox *s, enum sandbox_place place, struct sandbox_fault *out)
{
    struct fault_task t = {.place = place, .api = SANDBOX_API_MAIL};
    sandbox_do(s, take_fault, &t);
    *out = t.fault;
    return t.ok;
}

bool sandbox_take_call_fault(struct sandbox *s, enum sandbox_place place, struct sandbox_fault *out)
{
    struct fault_task t = {.place = place, .api = SANDBOX_API_CALLS};
    sandbox_do(s, take_fault, &t);
    *out = t.fault;
    return t.ok;
}

bool sandbox_take_google_fault(struct sandbox *s, const char *part, struct sandbox_fault *out)
{
    struct fault_task t = {.part = part};
    sandbox_do(s, take_fault, &t);
    *out = t.fault;
    return t.ok;
}

static void write_fault(struct jw *j, const struct sandbox_fault *f, int64_t met)
{
    static const char *const places[] = {"sends", "reads", "inbound", "media", "callbacks"};
    static const char *const apis[] = {"texts", "google", "mail", "calls"};
    size_t kind = kind_of(f);
    jw_object(j);
    jw_kv_text(j, "kind", kind < ARRAY_SIZE(kinds) ? kinds[kind].name : "mixture");
    if (f->trouble == TROUBLE_STATUS) {
        jw_kv_i64(j, "status", f->status);
    }
    jw_kv_text(j, "api", apis[f->api]);
    jw_key(j, "on");
    jw_array(j);
    if (f->api == SANDBOX_API_GOOGLE) {
        jw_text(j, f->on[0] ? f->on : "any");
    }
    for (size_t i = 0; i < ARRAY_SIZE(places) && f->api != SANDBOX_API_GOOGLE; i++) {
        if (places_of(f) & 1u << i) {
            jw_text(j, places[i]);
        }
    }
    jw_array_end(j);
    jw_key(j, "probability");
    jw_double(j, f->probability > 0 ? f->probability : 1);
    if (f->count) {
        jw_kv_i64(j, "left", f->count);
    }
    jw_kv_i64(j, "met", met);
    jw_object_end(j);
}

static void write_faults(struct sandbox *s, void *arg)
{
    struct jw *j = arg;
    jw_object(j);
    jw_key(j, "faults");
    jw_array(j);
    for (int i = 0; i < s->n_faults; i++) {
        write_fault(j, &s->faults[i], s->faults_met[i]);
    }
    jw_array_end(j);
    jw_key(j, "met"); /* since the sandbox began, of faults that have ended too */
    jw_object(j);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (s->kinds_met[i]) {
            jw_kv_i64(j, kinds[i].name, s->kinds_met[i]);
        }
    }
    jw_object_end(j);
    jw_kv_i64(j, "forged_taken", atomic_load(&s->forged_taken));
    jw_object_end(j);
}

void sandbox_write_faults(struct sandbox *s, struct jw *j)
{
    sandbox_do(s, write_faults, j);
}
