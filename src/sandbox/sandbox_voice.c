/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of the telephone's stand-in and their clock: one timer on the server's loop, which lets
 * each call have the ticks that are due in its own time.
 */
#include "sandbox/sandbox_voice_private.h"

#include <libxml/parser.h>
#include <math.h>

#include "base/id.h"
#include "io/thread.h"
#include "voice/speak.h"

#define HTTP_WORKERS 48
#define VOICE "kal16"     /* the one that is quickly made */
#define CATCH_UP_TICKS 25 /* at once; a call that is further behind has lost the time */

struct task {
    struct voice *voice;
    void (*fn)(struct voice *v, void *arg);
    void *arg;
    struct bell *done;
};

static void run_task(void *arg)
{
    struct task *t = arg;
    t->fn(t->voice, t->arg);
    bell_ring(t->done);
}

void voice_do(struct voice *v, void (*fn)(struct voice *v, void *arg), void *arg)
{
    struct loop *loop = atomic_load(&v->loop);
    if (!loop) { /* nobody has asked for anything yet, so nothing runs */
        return;
    }
    struct task t = {v, fn, arg, bell_new()};
    loop_call(loop, run_task, &t);
    bell_wait(t.done, -1);
    bell_free(&t.done);
}

int voice_start(struct sandbox *s, const char *database, struct err *e)
{
    xmlInitParser();
    struct voice *v = s->voice = xcalloc(1, sizeof *v);
    v->s = s;
    v->http = workers_new("sandbox-voice", HTTP_WORKERS);
    v->first = v->next = 1;
    v->words = voice_words_new(database);
    return speak_new(&(struct speak_config){.voice = VOICE}, &v->speak, e);
}

/* ---- time ---- */

static int64_t ms_due(const struct voice_leg *leg)
{
    return (int64_t)((double)mono_us_since(leg->started) / 1000 * leg->speed);
}

static void run_due(struct voice_leg *leg)
{
    int64_t due = ms_due(leg) / ACTOR_TICK_MS * ACTOR_TICK_MS;
    int64_t behind = (due - leg->now_ms) / ACTOR_TICK_MS;
    if (behind > CATCH_UP_TICKS) {
        int64_t lost = behind - CATCH_UP_TICKS;
        leg->started.ns += (int64_t)((double)lost * ACTOR_TICK_MS * 1e6 / leg->speed);
        behind = CATCH_UP_TICKS;
    }
    for (; behind > 0 && leg->live; behind--) {
        leg->now_ms += ACTOR_TICK_MS;
        voice_tick(leg);
    }
}

/* Real ms until some call's next tick. */
static int64_t next_due(const struct voice *v)
{
    double least = 1000;
    for (const struct voice_leg *leg = v->live; leg; leg = leg->next_live) {
        double us = (double)(leg->now_ms + ACTOR_TICK_MS) * 1000 / leg->speed;
        least = fmin(least, (us - (double)mono_us_since(leg->started)) / 1000);
    }
    return (int64_t)ceil(fmax(least, 1));
}

static void drop_dead(struct voice *v)
{
    for (struct voice_leg **at = &v->live; *at;) {
        if ((*at)->live) {
            at = &(*at)->next_live;
        } else {
            *at = (*at)->next_live;
        }
    }
}

static void on_timer(void *arg)
{
    struct voice *v = arg;
    for (struct voice_leg *leg = v->live; leg; leg = leg->next_live) {
        if (leg->live) {
            run_due(leg);
        }
    }
    drop_dead(v);
    if (v->live && !v->stopping) {
        loop_timer_set(v->timer, next_due(v));
    }
}

/* ---- legs ---- */

struct voice_leg *voice_leg_new(const char *from, const char *to, const char *direction)
{
    struct voice_leg *leg = xcalloc(1, sizeof *leg);
    leg->pool = pool_new();
    leg->doc_pool = pool_new();
    leg->doc_url = "";
    leg->direction = direction;
    leg->status = "queued";
    leg->speed = 1;
    leg->doing = DOING_FETCH;
    snprintf(leg->from, sizeof leg->from, "%s", from);
    snprintf(leg->to, sizeof leg->to, "%s", to);
    leg->created = leg->updated = wall_now();
    return leg;
}

void voice_leg_free(struct voice_leg **l)
{
    struct voice_leg *leg = *l;
    if (!leg) {
        return;
    }
    pool_free(&leg->pool);
    pool_free(&leg->doc_pool);
    free(leg->kept);
    free(leg->moments);
    free(leg->tape);
    free(leg);
    *l = NULL;
}

void voice_make_sid(char out[35], const char *prefix, int64_t seq)
{
    unsigned char random[10];
    random_bytes(random, sizeof random);
    int at = snprintf(out, 35, "%s", prefix);
    for (size_t i = 0; i < sizeof random; i++) {
        at += snprintf(out + at, 35 - (size_t)at, "%02x", random[i]);
    }
    snprintf(out + at, 35 - (size_t)at, "%012llx", (unsigned long long)seq);
}

/* Nothing holds the oldest but the record. */
static bool forget_oldest(struct voice *v)
{
    struct voice_leg *oldest = v->ring[v->first % VOICE_LEGS_MAX];
    if (oldest->live || oldest->jobs || oldest->stream) {
        return false;
    }
    drop_dead(v);
    for (struct voice_leg *leg = v->live; leg; leg = leg->next_live) {
        leg->parent = leg->parent == oldest ? NULL : leg->parent;
    }
    voice_leg_free(&v->ring[v->first++ % VOICE_LEGS_MAX]);
    return true;
}

bool voice_add(struct voice *v, struct voice_leg *leg)
{
    if (v->stopping || (v->next - v->first == VOICE_LEGS_MAX && !forget_oldest(v))) {
        return false;
    }
    leg->voice = v;
    leg->seq = v->next++;
    voice_make_sid(leg->sid, "CA", leg->seq);
    v->ring[leg->seq % VOICE_LEGS_MAX] = leg;
    leg->live = true;
    leg->started = mono_now();
    leg->next_live = v->live;
    v->live = leg;
    if (!v->timer) {
        v->timer = loop_timer_new(atomic_load(&v->loop), on_timer, v);
    }
    loop_timer_set(v->timer, 1);
    return true;
}

struct voice_leg *voice_find(struct voice *v, struct str sid)
{
    if (sid.n != 34) {
        return NULL;
    }
    char digits[13] = "";
    memcpy(digits, sid.p + 22, 12);
    char *end;
    int64_t seq = (int64_t)strtoull(digits, &end, 16);
    if (*end || seq < v->first || seq >= v->next) {
        return NULL;
    }
    struct voice_leg *leg = v->ring[seq % VOICE_LEGS_MAX];
    return str_eq(str_of(leg->sid), sid) && !leg->deleted ? leg : NULL;
}

void voice_moment(struct voice_leg *leg, const char *what, const char *text, int64_t n)
{
    if (leg->n_moments == VOICE_MOMENTS_MAX) {
        return;
    }
    if (leg->n_moments == leg->moments_room) {
        leg->moments_room = leg->moments_room ? leg->moments_room * 2 : 16;
        leg->moments = xrealloc(leg->moments, leg->moments_room * sizeof *leg->moments);
    }
    size_t length = text ? strlen(text) : 0;
    leg->moments[leg->n_moments++] = (struct voice_moment){
        .at_ms = leg->now_ms,
        .what = what,
        .text =
            text ? pool_strndup(leg->pool, text, MIN_OF(length, (size_t)VOICE_TEXT_BYTES)) : NULL,
        .n = n,
    };
}

/* ---- the end ---- */

static void stop_calls(struct voice *v, void *arg UNUSED)
{
    v->stopping = true;
    for (struct voice_leg *leg = v->live; leg; leg = leg->next_live) {
        if (leg->live) {
            voice_crash(leg);
        }
    }
    drop_dead(v);
    loop_timer_free(&v->timer);
}

void voice_note_loop(struct sandbox *s)
{
    if (!atomic_load_explicit(&s->voice->loop, memory_order_relaxed)) {
        atomic_store(&s->voice->loop, loop_here());
    }
}

void voice_stop(struct sandbox *s)
{
    if (s->voice) {
        voice_do(s->voice, stop_calls, NULL);
        workers_free(&s->voice->http);
    }
}

void voice_clear(struct sandbox *s)
{
    struct voice *v = s->voice;
    if (!v) {
        return;
    }
    for (int64_t seq = v->first; seq < v->next; seq++) {
        voice_leg_free(&v->ring[seq % VOICE_LEGS_MAX]);
    }
    for (size_t i = 0; i < VOICE_PEOPLE; i++) {
        pool_free(&v->people[i].pool);
    }
    for (size_t i = 0; i < VOICE_RECORDINGS; i++) {
        free(v->recordings[i].ulaw);
    }
    speak_free(&v->speak);
    voice_words_free(&v->words);
    free(v);
    s->voice = NULL;
}
