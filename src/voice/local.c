/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local engine: hears, thinks and speaks without any other server. This file is the call's
 * side, on the loop: the caller's sound is decoded and watched for speech here, as that takes some
 * ten microseconds and what interrupts must not wait for a worker; all else is for workers
 * (local_turn.c), who tell the call by local_tell.
 */
#include "voice/local.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/settings.h"
#include "mind/talk.h"
#include "voice/local_private.h"

#define DIGITS_MS 2000 /* then they are all */
#define LONGEST_TURN_MS 30000

int voice_local_new(const struct voice_local_config *c, struct voice_local **out, struct err *e)
{
    struct voice_local *l = xcalloc(1, sizeof *l);
    int rc = hear_new(&c->hear, &l->hear, e);
    if (rc == 0) {
        rc = speak_new(&c->speak, &l->speak, e);
    }
    if (rc < 0) {
        voice_local_free(&l);
        return rc;
    }
    l->model = c->model;
    l->pre_roll_ms = c->pre_roll_ms;
    l->hangover_ms = c->hangover_ms;
    l->text_from = c->text_from && c->text_from[0] ? xstrdup(c->text_from) : NULL;
    *out = l;
    return 0;
}

void voice_local_free(struct voice_local **l)
{
    if (l && *l) {
        hear_free(&(*l)->hear);
        speak_free(&(*l)->speak);
        free((*l)->text_from);
        free(*l);
        *l = NULL;
    }
}

/* ------------------------------------------------------------------------ life */

static struct local *of(struct engine *en)
{
    return (struct local *)(void *)en;
}

static char *copied(const char *s)
{
    return s ? xstrdup(s) : NULL;
}

void local_unref(struct local *l)
{
    if (--l->refs) {
        return;
    }
    ears_free(&l->ears);
    resample_free(&l->in);
    hearing_free(&l->hearing);
    loop_timer_free(&l->digits_due);
    for (size_t i = 0; i < l->n_lines; i++) {
        free(l->lines[i].text);
    }
    const char *const texts[] = {l->start.call_id, l->start.conversation_id, l->start.caller,
                                 l->start.greeting, l->state.p};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        free((void *)(uintptr_t)texts[i]);
    }
    pool_free(&l->scratch);
    free(l);
}

/* ------------------------------------------------------------------------ the caller's sound */

static void on_began(void *arg)
{
    struct local *l = arg;
    l->n_piece = 0;
    local_hear_begin(l);
    l->start.events->speech_started(l->start.call);
}

static void flush(struct local *l)
{
    if (l->n_piece > 0) {
        local_hear_samples(l, l->piece, l->n_piece);
        l->n_piece = 0;
    }
}

static void on_speech(void *arg, const int16_t *samples, size_t n)
{
    struct local *l = arg;
    while (n > 0) {
        size_t now = MIN_OF(n, LOCAL_PIECE - l->n_piece);
        memcpy(l->piece + l->n_piece, samples, now * sizeof *samples);
        l->n_piece += now;
        samples += now;
        n -= now;
        if (l->n_piece == LOCAL_PIECE) {
            flush(l);
        }
    }
}

static void on_ended(void *arg)
{
    struct local *l = arg;
    flush(l);
    local_hear_end(l);
    if (!l->stopped) {
        l->start.events->speech_stopped(l->start.call);
    }
}

static bool to_ears(void *arg, const int16_t *samples, size_t n)
{
    struct local *l = arg;
    ears_samples(l->ears, samples, n);
    return !l->stopped;
}

static void local_audio(struct engine *en, struct str base64)
{
    struct local *l = of(en);
    struct str bytes;
    pool_clear(l->scratch);
    if (!base64_decode(l->scratch, base64, &bytes)) {
        return;
    }
    bool narrow = l->start.form == AUDIO_ULAW_8K;
    size_t n = narrow ? bytes.n : bytes.n / 2;
    int16_t *samples = pool_alloc_raw(l->scratch, n * sizeof *samples);
    const unsigned char *b = (const unsigned char *)bytes.p;
    for (size_t i = 0; i < n; i++) {
        int v = narrow ? ulaw_sample(b[i]) : b[2 * i] | (int8_t)b[2 * i + 1] * 256;
        samples[i] = (int16_t)v;
    }
    l->refs++; /* an event may end the call */
    resample_run(l->in, samples, n, to_ears, l);
    local_unref(l);
}

/* ------------------------------------------------------------------------ from the call */

/* No more of what is being said: workers look at the number. */
static void quiet(struct local *l)
{
    atomic_fetch_add(&l->reply, 1);
    l->replying = false;
}

/* What is being said gives way to a turn that came otherwise than by speech. */
static void give_way(struct local *l)
{
    bool replying = l->replying;
    quiet(l);
    if (replying) {
        l->start.events->reply_done(l->start.call);
    }
}

static void local_text(struct engine *en, struct str text)
{
    give_way(of(en));
    local_think(of(en), text, LOCAL_TYPED);
}

/* What one digit means after what was asked. */
static const char *meaning_of(const struct local *l, char digit)
{
    static const char *const which[] = {"the first one", "the second one", "the third one",
                                        "the fourth one"};
    int asked = atomic_load(&l->asked);
    bool whether = asked == LOCAL_ASKED_TEXT || asked == ASKED_WHETHER_BOOK ||
                   asked == ASKED_WHETHER_CANCEL || asked == ASKED_WHETHER_PERSON;
    if (digit == '0') {
        return "I would like to speak to a person";
    }
    if (whether) {
        return digit == '1' ? "yes" : digit == '2' ? "no" : NULL;
    }
    if (asked == ASKED_HALF) {
        return digit == '1' ? "in the morning" : digit == '2' ? "in the afternoon" : NULL;
    }
    bool choice = asked == ASKED_WHICH && digit >= '1' && digit <= '4';
    return choice ? which[digit - '1'] : NULL;
}

static void digits_over(void *arg)
{
    struct local *l = arg;
    size_t n = strlen(l->digits);
    const char *text = NULL;
    pool_clear(l->scratch);
    if (n == 1) {
        text = meaning_of(l, l->digits[0]);
    } else if (n >= 7) {
        text = pool_printf(l->scratch, "my number is %s", l->digits);
    }
    l->digits[0] = '\0';
    if (text) {
        char *words = xstrdup(text);
        l->refs++;
        l->start.events->heard(l->start.call, str_of(words), true);
        if (!l->stopped) {
            give_way(l);
            local_think(l, str_of(words), LOCAL_TYPED);
        }
        local_unref(l);
        free(words);
    } else if (n > 0) {
        local_say_words(l, "I am sorry, that key means nothing here. Please tell me what I can do "
                           "for you.");
    }
}

static void local_digit(struct engine *en, char digit)
{
    struct local *l = of(en);
    size_t n = strlen(l->digits);
    loop_timer_stop(l->digits_due);
    if (digit == '*') { /* once more from the beginning */
        l->digits[0] = '\0';
    } else if (digit == '#') {
        digits_over(l);
    } else if (digit >= '0' && digit <= '9' && n < LOCAL_DIGITS) {
        l->digits[n] = digit;
        l->digits[n + 1] = '\0';
        loop_timer_set(l->digits_due, DIGITS_MS);
    }
}

static void local_commit(struct engine *en)
{
    ears_end(of(en)->ears);
}

static void local_say(struct engine *en, const char *text)
{
    local_say_words(of(en), text);
}

static void local_interrupt(struct engine *en, int64_t heard_ms)
{
    (void)heard_ms; /* the call keeps what was heard; what was said is understood to have been */
    quiet(of(en));
}

static void local_stop(struct engine **en)
{
    struct local *l = of(*en);
    l->stopped = true;
    quiet(l);
    loop_timer_stop(l->digits_due);
    *en = NULL;
    local_unref(l);
}

static void take_lines(struct local *l, const struct engine_start *s)
{
    size_t from = s->n_lines > LOCAL_LINES ? s->n_lines - LOCAL_LINES : 0;
    for (size_t i = from; i < s->n_lines; i++) {
        l->lines[l->n_lines++] = (struct local_line){s->lines[i].who, xstrdup(s->lines[i].text)};
    }
    l->start.lines = NULL;
    l->start.n_lines = 0;
}

static int local_start(const struct engine_start *s, struct engine **out, struct err *e)
{
    const struct voice_desk_config *desk = voice_desk_config(s->desk);
    if (!desk->local) {
        return err_set(e, ERR_UNAVAILABLE, "the local engine is not set up");
    }
    static const struct ears_events events = {on_began, on_speech, on_ended};
    struct local *l = xcalloc(1, sizeof *l);
    l->engine.ops = &engine_local;
    l->refs = 1;
    l->shared = desk->local;
    l->business = desk->settings->business_name;
    l->zone_name = desk->settings->time_zone;
    l->start = *s;
    l->start.call_id = copied(s->call_id);
    l->start.session_id = NULL; /* not needed */
    l->start.conversation_id = copied(s->conversation_id);
    l->start.caller = copied(s->caller);
    l->start.greeting = copied(s->greeting);
    take_lines(l, s);
    struct ears_config ears = {.pre_roll_ms = l->shared->pre_roll_ms,
                               .hangover_ms = l->shared->hangover_ms,
                               .longest_ms = LONGEST_TURN_MS};
    l->ears = ears_new(&ears, &events, l);
    l->in = resample_new(audio_rate(s->form), EARS_RATE);
    l->scratch = pool_new();
    l->hearing =
        hearing_new(l->shared->hear, s->form == AUDIO_ULAW_8K ? HEAR_TELEPHONE : HEAR_WIDE);
    l->digits_due = loop_timer_new(s->loop, digits_over, l);
    atomic_init(&l->reply, 1);
    *out = &l->engine;
    local_prepare(l);
    return 0;
}

const struct engine_ops engine_local = {
    .name = "local",
    .start = local_start,
    .audio = local_audio,
    .text = local_text,
    .digit = local_digit,
    .commit = local_commit,
    .say = local_say,
    .interrupt = local_interrupt,
    .stop = local_stop,
};

/* ------------------------------------------------------------------------ to the call */

static void tell_reply(struct local *l, const struct local_news *n)
{
    const struct engine_events *ev = l->start.events;
    switch (n->note) {
    case LOCAL_BEGAN:
        l->replying = true;
        ev->reply_began(l->start.call);
        break;
    case LOCAL_AUDIO:
        ev->audio(l->start.call, n->text);
        break;
    case LOCAL_SAID:
        ev->said(l->start.call, n->text, n->flag);
        break;
    case LOCAL_DONE:
        l->replying = false;
        ev->reply_done(l->start.call);
        break;
    case LOCAL_TRANSFER:
        ev->transfer(l->start.call, &(struct call_transfer){n->text.p, n->more.p});
        break;
    default:
        ev->goodbye(l->start.call);
    }
}

static void tell_heard(struct local *l, const struct local_news *n)
{
    l->start.events->heard(l->start.call, n->text, true);
    if (!l->stopped) {
        local_think(l, n->text, n->flag ? LOCAL_POORLY : LOCAL_BY_EAR);
    }
}

static void tell(struct local *l, const struct local_news *n)
{
    const struct engine_events *ev = l->start.events;
    switch (n->note) {
    case LOCAL_READY:
        ev->ready(l->start.call);
        if (!l->stopped && l->start.greeting) {
            local_say_words(l, l->start.greeting);
        }
        break;
    case LOCAL_HEARD:
        tell_heard(l, n);
        break;
    case LOCAL_UNHEARD:
        local_miss(l);
        break;
    case LOCAL_TOOL:
        ev->tool(l->start.call, n->name, n->text, n->more, n->flag);
        break;
    case LOCAL_NOTICED:
        ev->noticed(l->start.call, n->events);
        break;
    case LOCAL_FAILED:
        ev->failed(l->start.call, n->text.p);
        break;
    default:
        if (n->reply == atomic_load(&l->reply)) {
            tell_reply(l, n);
        }
    }
}

static void told(void *arg)
{
    struct local_news *n = arg;
    struct local *l = n->local;
    struct pool *p = n->pool;
    if (!l->stopped && n->note != LOCAL_OVER) {
        tell(l, n);
    }
    if (n->note == LOCAL_OVER) {
        local_unref(l);
    }
    pool_free(&p);
}

static struct str kept(struct pool *p, struct str s)
{
    return (struct str){s.p ? str_dup(p, s) : NULL, s.n};
}

void local_tell(struct local *l, struct local_news news)
{
    struct pool *p = pool_new();
    struct local_news *n = pool_alloc(p, sizeof *n);
    *n = news;
    n->local = l;
    n->pool = p;
    n->text = kept(p, news.text);
    n->more = kept(p, news.more);
    n->name = pool_strdup(p, news.name);
    struct turn_event *events = NULL, **last = &events;
    for (const struct turn_event *ev = news.events; ev; ev = ev->next) {
        *last = pool_alloc(p, sizeof **last);
        **last = (struct turn_event){ev->type, kept(p, ev->details), NULL};
        last = &(*last)->next;
    }
    n->events = events;
    loop_call(l->start.loop, told, n);
}
