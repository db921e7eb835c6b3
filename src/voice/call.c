/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may speak when. A reply is heard later than it is made: what the engine has given goes to the
 * transport at once, and is on its way (`replies`) until the transport says that it was heard, or
 * the caller speaks over it. Frames pass through untouched, both ways.
 */
#include "voice/call.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/metrics.h"
#include "voice/call_private.h"

#define KEEP_SOON_MS 200  /* after a turn */
#define KEEP_MOST_MS 2000 /* while something is said */
#define PLAYED_ROOM_MS 5000
#define LAST_REPLY_MS 60000  /* the reply before the end may take so long */
#define ANSWER_ROOM_MS 10000 /* an engine may think so much longer than a caller is waited for */

const char *call_state_name(enum call_state s)
{
    static const char *const names[] = {"connecting", "greeting",     "listening", "thinking",
                                        "speaking",   "transferring", "ended"};
    return names[s];
}

int64_t call_now_ms(const struct call *c)
{
    return (c->plugs->now_us() - c->started_us) / 1000;
}

void call_set_state(struct call *c, enum call_state s)
{
    if (c->state == s || c->hung_up) {
        return;
    }
    c->state = s;
    call_news(c, KEEP_MOST_MS);
    call_tell_watchers(c, CALL_ASSISTANT, (struct str){NULL, 0}, true);
    if (c->ops->state) {
        c->ops->state(c->t, s);
    }
}

/* ---- time ---- */

void call_reset_timer(struct call *c)
{
    int64_t first = 0;
    for (int i = 0; i < N_CALL_TIMERS; i++) {
        if (c->due_us[i] && (!first || c->due_us[i] < first)) {
            first = c->due_us[i];
        }
    }
    int64_t left_us = first - c->plugs->now_us();
    c->plugs->timer_set(c->timer, !first ? -1 : left_us > 0 ? (left_us + 999) / 1000 : 0);
}

void call_due(struct call *c, enum call_timer t, int64_t ms)
{
    c->due_us[t] = ms < 0 ? 0 : c->plugs->now_us() + ms * 1000;
    call_reset_timer(c);
}

void call_news(struct call *c, int64_t within_ms)
{
    c->dirty = true;
    int64_t due = c->plugs->now_us() + within_ms * 1000;
    if (!c->due_us[TIMER_KEEP] || c->due_us[TIMER_KEEP] > due) {
        call_due(c, TIMER_KEEP, within_ms);
    }
}

/* ---- replies on their way to the caller's ear ---- */

static struct call_reply *newest(struct call *c)
{
    return c->n_replies ? &c->replies[c->n_replies - 1] : NULL;
}

/* The one that the engine is giving; NULL: none, or what comes is of one that was cut off. */
static struct call_reply *open_reply(struct call *c)
{
    struct call_reply *r = newest(c);
    return r && !r->done && !c->dropping ? r : NULL;
}

static int64_t length_ms(const struct call *c, const struct call_reply *r)
{
    return (int64_t)(r->bytes / audio_bytes_per_ms(c->form));
}

/* All of them end here: the caller has heard so much of the first, and nothing of the others. */
static int64_t cut_replies(struct call *c, int64_t heard_ms)
{
    int64_t of_last = 0;
    for (size_t i = 0; i < c->n_replies; i++) {
        struct call_reply *r = &c->replies[i];
        int64_t whole = length_ms(c, r);
        int64_t heard = i == 0 ? heard_ms : 0;
        if (r->line && (heard < whole || whole == 0 || !r->done)) {
            call_kept_cut(r->line, MIN_OF(heard, whole), r->done ? whole : whole + 1);
        }
        of_last = heard;
    }
    c->dropping = c->n_replies > 0 && !newest(c)->done;
    c->n_replies = 0;
    call_due(c, TIMER_PLAYED, -1);
    return of_last;
}

bool call_hush(struct call *c)
{
    if (c->n_replies == 0 || c->over) {
        return false;
    }
    bool sounding = c->replies[0].bytes > 0;
    int64_t heard = cut_replies(c, sounding ? c->ops->clear(c->t) : 0);
    if (c->recording) {
        recording_cleared(c->recording, c->plugs->now_us());
    }
    call_overheard_cut(c);
    if (c->engine && !c->broken) {
        c->engine->ops->interrupt(c->engine, heard);
    }
    c->greeted = true;
    call_news(c, KEEP_SOON_MS);
    return sounding;
}

/* The caller speaks, or does what is meant to stop her. counts: it is an interruption. */
static void barge_in(struct call *c, bool counts)
{
    call_due(c, TIMER_QUIET, -1);
    c->quiet_steps = 0;
    c->texting = false; /* it is sent, but the call goes on */
    if (call_hush(c) && counts) {
        c->record.interruptions++;
        metric_add(METRIC_voice_interruptions_total, 1);
    }
    if (c->leaving == LEAVE_END && !c->must_leave) { /* they have more to say */
        c->leaving = STAY;
        call_due(c, TIMER_LEAVE, -1);
    } else if (c->leaving == LEAVE_TRANSFER) {
        call_after_reply(c);
    }
}

void call_listen(struct call *c)
{
    if (c->state == CALL_TRANSFERRING || c->over) {
        return;
    }
    call_set_state(c, CALL_LISTENING);
    call_due(c, TIMER_QUIET, voice_desk_config(c->desk)->settings->voice_silence);
}

static void think(struct call *c)
{
    if (c->over || c->state == CALL_TRANSFERRING) {
        return;
    }
    c->ended_us = c->plugs->now_us();
    c->began_us = 0;
    call_set_state(c, CALL_THINKING);
    call_due(c, TIMER_QUIET, voice_desk_config(c->desk)->settings->voice_silence + ANSWER_ROOM_MS);
}

/* ---- what the engine tells ---- */

static void on_ready(void *arg)
{
    struct call *c = arg;
    call_engine_ready(c);
}

static void on_speech_started(void *arg)
{
    struct call *c = arg;
    if (c->n_starts == CALL_STARTS) {
        memmove(c->starts, c->starts + 1, sizeof c->starts - sizeof c->starts[0]);
        c->n_starts--;
    }
    c->starts[c->n_starts++] = c->plugs->now_us();
    c->ended_us = 0;
    barge_in(c, true);
    if (c->state != CALL_TRANSFERRING && !c->over) {
        call_set_state(c, CALL_LISTENING);
    }
}

static void on_speech_stopped(void *arg)
{
    think(arg);
}

/* When the caller began to say what is heard only now. */
static int64_t said_at_ms(struct call *c)
{
    if (c->n_starts == 0) {
        return call_now_ms(c);
    }
    int64_t at = c->starts[0];
    memmove(c->starts, c->starts + 1, sizeof c->starts - sizeof c->starts[0]);
    c->n_starts--;
    return (at - c->started_us) / 1000;
}

static void on_heard(void *arg, struct str text, bool final)
{
    struct call *c = arg;
    if (text.n) {
        call_tell_watchers(c, CALL_CUSTOMER, text, final);
    }
    if (c->ops->transcript && text.n) {
        c->ops->transcript(c->t, CALL_CUSTOMER, text, final);
    }
    if (!final) {
        return;
    }
    int64_t at_ms = said_at_ms(c);
    if (text.n) {
        (void)call_record_line(&c->record, CALL_CUSTOMER, text, at_ms);
        call_news(c, KEEP_SOON_MS);
    }
}

static void on_reply_began(void *arg)
{
    struct call *c = arg;
    if (c->over) {
        return;
    }
    call_due(c, TIMER_QUIET, -1);
    if (c->leaving != STAY) {
        call_due(c, TIMER_LEAVE, LAST_REPLY_MS);
    }
    c->dropping = false;
    if (c->n_replies == CALL_REPLIES_MAX) { /* an engine that does not wait: one long reply */
        c->replies[CALL_REPLIES_MAX - 1].done = false;
        return;
    }
    c->replies[c->n_replies++] = (struct call_reply){.line = NULL};
    if (c->ended_us && !c->began_us) {
        c->began_us = c->plugs->now_us();
    }
}

/* The first sound of a reply: the caller's wait is over. */
static void first_sound(struct call *c, struct call_reply *r)
{
    int64_t now = c->plugs->now_us();
    r->first_us = now;
    if (c->ended_us) {
        int64_t began = c->began_us ? c->began_us : now;
        struct call_turn t = {(now - c->started_us) / 1000, (now - c->ended_us) / 1000,
                              (began - c->ended_us) / 1000};
        call_record_turn(&c->record, &t);
        metric_observe_us(METRIC_voice_to_voice_seconds, now - c->ended_us);
        metric_observe_us(METRIC_voice_waiting_seconds, began - c->ended_us);
        metric_observe_us(METRIC_voice_engine_seconds, now - began);
        c->ended_us = 0;
    }
    call_set_state(c, c->greeted ? CALL_SPEAKING : CALL_GREETING);
}

static void on_audio(void *arg, struct str base64)
{
    struct call *c = arg;
    struct call_reply *r = open_reply(c);
    if (!r || c->over) {
        return;
    }
    if (!r->bytes) {
        first_sound(c, r);
    }
    r->bytes += audio_base64_bytes(base64.p, base64.n);
    c->ops->audio(c->t, base64);
    call_overheard(c, CALL_ASSISTANT, base64);
    if (c->recording) {
        recording_said(c->recording, base64, c->plugs->now_us());
    }
}

static void on_said(void *arg, struct str text, bool final)
{
    struct call *c = arg;
    struct call_reply *r = c->dropping ? NULL : newest(c);
    if (!r || text.n == 0) {
        return;
    }
    if (r->line) {
        call_kept_set(r->line, text);
    } else {
        int64_t at = r->first_us ? r->first_us : c->plugs->now_us();
        r->line = call_record_line(&c->record, CALL_ASSISTANT, text, (at - c->started_us) / 1000);
    }
    call_news(c, final ? KEEP_SOON_MS : KEEP_MOST_MS);
    call_tell_watchers(c, CALL_ASSISTANT, text, final);
    if (c->ops->transcript) {
        c->ops->transcript(c->t, CALL_ASSISTANT, text, final);
    }
    if (final && c->ops->reply_text) {
        c->ops->reply_text(c->t, text);
    }
}

/* Until when all that is on its way must have been heard, were the transport not to tell. */
static void expect_played(struct call *c)
{
    int64_t left_ms = 0;
    for (size_t i = 0; i < c->n_replies; i++) {
        left_ms += length_ms(c, &c->replies[i]);
    }
    bool expected = c->n_replies > 0 && newest(c)->done;
    call_due(c, TIMER_PLAYED, expected ? left_ms + PLAYED_ROOM_MS : -1);
}

void call_heard_all(struct call *c)
{
    c->n_replies--;
    memmove(c->replies, c->replies + 1, c->n_replies * sizeof c->replies[0]);
    expect_played(c);
    if (c->n_replies == 0) {
        call_after_reply(c);
    }
}

static void on_reply_done(void *arg)
{
    struct call *c = arg;
    struct call_reply *r = open_reply(c);
    c->dropping = false;
    if (!r || c->over) {
        return;
    }
    r->done = true;
    if (r->bytes > 0) {
        c->ops->reply_end(c->t);
        expect_played(c);
    } else if (c->n_replies > 1) { /* words alone, or nothing at all */
        c->n_replies--;
        expect_played(c);
    } else {
        call_heard_all(c);
    }
}

static void on_withdrawn(void *arg)
{
    struct call *c = arg;
    (void)call_hush(c);
}

static void on_tool(void *arg, const char *name, struct str args, struct str result, bool wrote)
{
    struct call *c = arg;
    call_tool_used(c, name, args, result);
    call_news(c, wrote ? KEEP_SOON_MS : KEEP_MOST_MS);
}

static void on_noticed(void *arg, const struct turn_event *events)
{
    struct call *c = arg;
    for (; events; events = events->next) {
        call_record_event(&c->record, events->type, events->details, call_now_ms(c));
    }
    call_news(c, KEEP_SOON_MS);
}

static void on_transfer(void *arg, const struct call_transfer *to)
{
    struct call *c = arg;
    call_wish_transfer(c, to);
}

static void on_goodbye(void *arg)
{
    struct call *c = arg;
    call_leave(c, LEAVE_END, "goodbye");
}

static void on_failed(void *arg, const char *why)
{
    struct call *c = arg;
    call_engine_failed(c, why);
}

const struct engine_events call_engine_events = {
    .ready = on_ready,
    .speech_started = on_speech_started,
    .speech_stopped = on_speech_stopped,
    .heard = on_heard,
    .reply_began = on_reply_began,
    .audio = on_audio,
    .said = on_said,
    .reply_done = on_reply_done,
    .withdrawn = on_withdrawn,
    .tool = on_tool,
    .noticed = on_noticed,
    .transfer = on_transfer,
    .goodbye = on_goodbye,
    .failed = on_failed,
};

/* ---- what the transport tells ---- */

/* The caller has another connection, which goes on with the call. */
static void drop(struct call *c)
{
    if (!c->over) {
        c->over = true;
        c->ops->drop(c->t);
    }
}

static void superseded(struct call *c, void *arg UNUSED)
{
    if (c) {
        drop(c);
    }
}

void call_kept_came_back(struct call *c, const struct call_kept_news *news)
{
    if (!news->live) {
        drop(c);
    } else if (news->wish && !c->over) {
        call_do_wish(c, news->wish);
    }
}

struct call *call_new(struct voice_desk *d, const struct call_who *who, enum audio_form form,
                      const struct call_transport_ops *ops, void *t)
{
    struct call *c = xcalloc(1, sizeof *c);
    const struct settings *s = voice_desk_config(d)->settings;
    *c = (struct call){
        .desk = d,
        .plugs = voice_desk_plugs(d),
        .ops = ops,
        .t = t,
        .loop = loop_here(),
        .form = form,
        .engines = voice_desk_config(d)->engines,
    };
    c->started_us = c->plugs->now_us();
    c->timer = c->plugs->timer_new(c->loop, call_on_timer, c);
    c->opening = who->opening ? xstrdup(who->opening) : NULL;
    c->paper = call_paper_new(c, who);
    c->entry = (struct call_entry){
        .call = c,
        .desk = d,
        .loop = c->loop,
        .part = c->who.id,
        .conversation = c->who.conversation_id,
        .transport = c->who.transport,
        .session_id = c->who.session_id,
        .holder = c->who.holder,
    };
    call_list_add(&c->entry, superseded);
    metric_add(METRIC_voice_calls_total, 1);
    metric_add(METRIC_voice_calls, 1);
    call_due(c, TIMER_BEGIN, CALL_BEGIN_MS);
    call_due(c, TIMER_LENGTH, MAX_OF(s->voice_longest * 1000 - CALL_WARN_MS, 1000));
    call_paper_begin(c->paper);
    const char *folder = voice_desk_config(d)->recordings;
    if (folder) {
        c->recording = recording_new(d, folder, c->who.id.text, form, c->started_us);
    }
    return c;
}

void call_audio(struct call *c, struct str base64)
{
    int64_t now = c->plugs->now_us();
    call_sound_in(&c->sound, c->form, base64, now);
    call_overheard(c, CALL_CUSTOMER, base64);
    if (c->recording) {
        recording_heard(c->recording, base64, now);
    }
    if (c->engine && !c->broken) {
        c->engine->ops->audio(c->engine, base64);
    }
}

void call_text(struct call *c, struct str text)
{
    if (c->over || text.n == 0) {
        return;
    }
    barge_in(c, false);
    (void)call_record_line(&c->record, CALL_CUSTOMER, text, call_now_ms(c));
    call_tell_watchers(c, CALL_CUSTOMER, text, true);
    call_news(c, KEEP_SOON_MS);
    think(c);
    if (call_can_say(c)) {
        c->engine->ops->text(c->engine, text);
    } else {
        c->unanswered = true; /* said to it when it is ready */
    }
}

void call_digit(struct call *c, char digit)
{
    barge_in(c, false);
    if (call_can_say(c)) {
        c->engine->ops->digit(c->engine, digit);
    }
    if (!c->over) {
        call_listen(c);
    }
}

void call_commit(struct call *c)
{
    if (call_can_say(c)) {
        c->engine->ops->commit(c->engine);
    }
}

void call_interrupt(struct call *c)
{
    barge_in(c, true);
    if (c->state == CALL_SPEAKING || c->state == CALL_GREETING) {
        call_listen(c);
    }
}

void call_played(struct call *c)
{
    if (c->n_replies && c->replies[0].done) {
        call_heard_all(c);
    }
}

void call_end(struct call *c)
{
    c->by_caller = true;
    call_end_now(c, "the caller ended it", true);
}

/* How much of what was on its way the caller can have heard, when nobody is left to ask. */
static void cut_by_time(struct call *c)
{
    int64_t now = c->plugs->now_us();
    int64_t heard = 0;
    if (c->n_replies && c->replies[0].first_us) {
        heard = (now - c->replies[0].first_us) / 1000;
    }
    while (c->n_replies > 1 && c->replies[0].done && heard >= length_ms(c, &c->replies[0])) {
        heard -= length_ms(c, &c->replies[0]);
        c->n_replies--;
        memmove(c->replies, c->replies + 1, c->n_replies * sizeof c->replies[0]);
    }
    (void)cut_replies(c, heard);
}

void call_hung_up(struct call **pc, enum call_ending how, const char *why)
{
    struct call *c = *pc;
    *pc = NULL;
    cut_by_time(c);
    c->hung_up = c->over = true;
    call_list_remove(&c->entry);
    call_listeners_end(c);
    call_engine_stop(c);
    call_finish(c, how, why);
    call_free(c);
}

void call_free(struct call *c)
{
    for (size_t i = 0; i < c->n_before; i++) {
        call_kept_free(c->before[i]);
    }
    free(c->before);
    recording_end(&c->recording, c->plugs->now_us());
    c->plugs->timer_free(&c->timer);
    call_record_clear(&c->record);
    metric_add(METRIC_voice_calls, -1);
    free(c->failure);
    free(c->greeting);
    free(c->opening);
    free(c->summary);
    free(c->transfer_reason);
    free(c);
}
