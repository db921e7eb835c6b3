/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call does of itself: it keeps its record, asks a caller who is silent, warns one who talks
 * for long, and comes to its end, after the reply was heard.
 */
#include <stdlib.h>

#include "base/json_read.h"
#include "base/metrics.h"
#include "voice/call_private.h"

#define KEEP_AGAIN_MS 2000
#define NO_REPLY_MS 5000    /* what is to come after a reply waits so long for one to begin */
#define LAST_WORDS_MS 20000 /* when the time is over, for the farewell */
#define END_MS 30000        /* a transport may take so long to end */
#define SAY_ROOM_MS 10000   /* an engine that was told what to say begins within */

#define LINE_AGAIN "I am sorry, I did not catch that. Could you say it again, please?"
#define LINE_THERE "Are you still there?"
#define LINE_OFFER                                                                                 \
    "I cannot hear you. If it is easier for you, send a text message to this number instead, and " \
    "I will answer there."
#define LINE_OFFER_WRITE "I cannot hear you. If it is easier for you, write to us instead."
#define LINE_OFFER_TEXT                                                                            \
    "I cannot hear you. If I hear nothing more, I will send you a text message, so that you can "  \
    "write to me instead."
#define LINE_TEXTED                                                                                \
    "I have sent you a text message. Please answer it, and we go on there. I will end the call "   \
    "now. Goodbye."
#define LINE_SILENCE "I will end the call now. You are welcome to call again at any time. Goodbye."
#define LINE_LONG "Just so that you know, we have about a minute left on this call."
#define LINE_OVER                                                                                  \
    "I am sorry, our time on this call is over. Please call again if there is anything else. "     \
    "Goodbye."
#define LINE_STAFF_END "I am sorry, I have to end our call now. Goodbye."
#define LINE_STAFF_TRANSFER "One moment please, I am putting you through to a colleague."
#define LINE_NO_TRANSFER                                                                           \
    "I am sorry, I cannot connect you from here. I have told the team, and somebody will get "     \
    "back "                                                                                        \
    "to you."

#define TEXT_MS 2000 /* a text is written within */

static const char silence[] = "silence";
static const char longest[] = "the longest time of a call";

void call_end_now(struct call *c, const char *reason, bool now)
{
    if (c->over) {
        return;
    }
    c->reason = reason;
    for (int i = 0; i < N_CALL_TIMERS; i++) {
        c->due_us[i] = i == TIMER_KEEP ? c->due_us[i] : 0;
    }
    call_set_state(c, CALL_ENDED);
    c->over = true;
    c->ops->end(c->t, reason, now);
    call_due(c, TIMER_END, END_MS);
}

void call_leave(struct call *c, enum call_leaving how, const char *reason)
{
    if (c->over) {
        return;
    }
    c->leaving = how;
    c->reason = reason;
    call_due(c, TIMER_LEAVE, c->n_replies ? -1 : NO_REPLY_MS);
}

static char *copy_of(char *old, const char *text)
{
    free(old);
    return xstrdup(text ? text : "");
}

void call_wish_transfer(struct call *c, const struct call_transfer *to)
{
    c->summary = copy_of(c->summary, to->summary);
    c->transfer_reason = copy_of(c->transfer_reason, to->reason);
    call_leave(c, LEAVE_TRANSFER, "transfer");
}

static void note_reason(struct call *c, const char *event)
{
    struct pool *p = pool_new();
    json_t *details = json_pack("{s:s}", "reason", c->transfer_reason);
    struct str text = details ? json_dump_to_pool(p, details) : STR("{}");
    call_record_event(&c->record, event, text, call_now_ms(c));
    json_decref(details);
    pool_free(&p);
    call_news(c, 0);
}

static void transfer(struct call *c)
{
    c->leaving = STAY;
    call_due(c, TIMER_LEAVE, -1);
    if (!c->ops->transfer) {
        note_reason(c, "escalation_requested");
        call_say(c, LINE_NO_TRANSFER);
        call_due(c, TIMER_QUIET, SAY_ROOM_MS);
        return;
    }
    note_reason(c, "call_transferred");
    call_due(c, TIMER_LENGTH, -1);
    call_due(c, TIMER_QUIET, -1);
    call_set_state(c, CALL_TRANSFERRING);
    c->over = true;
    struct call_transfer to = {c->summary, c->transfer_reason};
    c->ops->transfer(c->t, &to);
}

void call_after_reply(struct call *c)
{
    c->greeted = true;
    if (c->over) {
        return;
    }
    if (c->leaving == LEAVE_END) {
        call_end_now(c, c->reason, false);
    } else if (c->leaving == LEAVE_TRANSFER) {
        transfer(c);
    } else if (c->warn) {
        c->warn = false;
        call_say(c, LINE_LONG);
        call_due(c, TIMER_QUIET, SAY_ROOM_MS);
    } else {
        call_listen(c);
    }
}

/* ---- what the staff want ---- */

void call_do_wish(struct call *c, const char *wish)
{
    call_hush(c);
    if (strcmp(wish, VOICE_WISH_TRANSFER) == 0) {
        const struct call_transfer to = {.summary = "",
                                         .reason = "a member of the staff wishes it"};
        call_say(c, LINE_STAFF_TRANSFER);
        call_wish_transfer(c, &to);
    } else if (strcmp(wish, VOICE_WISH_END) == 0) {
        c->by_staff = c->must_leave = true;
        call_say(c, LINE_STAFF_END);
        call_leave(c, LEAVE_END, "a member of the staff ended it");
    } else if (strcmp(wish, VOICE_WISH_MACHINE) == 0) {
        call_end_now(c, "an answering machine took the call", true);
    }
}

void call_look_for_wish(struct call *c, void *arg UNUSED)
{
    if (c) {
        call_news(c, 0);
    }
}

/* ---- silence ---- */

static void end_for_silence(struct call *c, const char *line)
{
    call_say(c, line);
    call_leave(c, LEAVE_END, silence);
}

void call_texted(struct call *c, bool sent)
{
    bool waited_for = c->texting && !c->over;
    c->texting = false;
    c->may_text = false; /* once a call */
    if (waited_for) {
        call_due(c, TIMER_QUIET, -1);
        end_for_silence(c, sent ? LINE_TEXTED : LINE_SILENCE);
    }
}

/* The last step: the text that was offered, then goodbye. */
static void give_up(struct call *c)
{
    if (c->may_text && c->stored && !c->texting) {
        c->texting = true;
        call_paper_text(c->paper, &c->who.conversation_id);
        call_due(c, TIMER_QUIET, TEXT_MS);
    } else {
        c->texting = false;
        end_for_silence(c, LINE_SILENCE);
    }
}

static void quiet(struct call *c)
{
    if (c->over || c->leaving != STAY) {
        return;
    }
    bool no_answer = c->state == CALL_THINKING;
    c->ended_us = 0;
    switch (c->quiet_steps++) {
    case 0:
        call_say(c, no_answer ? LINE_AGAIN : LINE_THERE);
        break;
    case 1:
        call_say(c, c->may_text ? LINE_OFFER_TEXT : c->who.caller ? LINE_OFFER : LINE_OFFER_WRITE);
        break;
    default:
        give_up(c);
        return;
    }
    call_due(c, TIMER_QUIET, SAY_ROOM_MS);
}

/* ---- a long call ---- */

static void length(struct call *c)
{
    if (!c->warned) {
        c->warned = true;
        c->warn = true;
        call_due(c, TIMER_LENGTH, CALL_WARN_MS);
        bool idle = c->state == CALL_LISTENING && c->n_replies == 0 && c->due_us[TIMER_QUIET];
        if (idle) { /* else after the next reply */
            call_after_reply(c);
        }
        return;
    }
    call_hush(c);
    call_say(c, LINE_OVER);
    c->must_leave = true;
    call_leave(c, LEAVE_END, longest);
    call_due(c, TIMER_LEAVE, call_can_say(c) ? LAST_WORDS_MS : 0);
}

/* ---- the record ---- */

static void keep(struct call *c)
{
    c->dirty = call_paper_again(c->paper) || c->dirty;
    if (!c->dirty || c->hung_up) {
        return;
    }
    call_due(c, TIMER_KEEP, KEEP_AGAIN_MS);
    if (c->stored && !call_paper_busy(c->paper)) {
        c->dirty = false;
        call_paper_keep(c->paper, call_copy_of(c));
    }
}

static void fire(struct call *c, enum call_timer t)
{
    switch (t) {
    case TIMER_BEGIN:
        call_unstored(c);
        break;
    case TIMER_READY:
        call_engine_failed(c, "it was not ready in time");
        break;
    case TIMER_SWITCH:
        call_engine_switch(c);
        break;
    case TIMER_QUIET:
        quiet(c);
        break;
    case TIMER_PLAYED:
        while (c->n_replies && c->replies[0].done) {
            call_heard_all(c);
        }
        break;
    case TIMER_KEEP:
        keep(c);
        break;
    case TIMER_LENGTH:
        length(c);
        break;
    case TIMER_LEAVE:
        call_after_reply(c);
        break;
    case TIMER_END:
        c->ops->end(c->t, c->reason, true);
        break;
    case N_CALL_TIMERS:
        break;
    }
}

void call_on_timer(void *arg)
{
    struct call *c = arg;
    int64_t now = c->plugs->now_us();
    for (int i = 0; i < N_CALL_TIMERS; i++) {
        if (c->due_us[i] && c->due_us[i] <= now) {
            c->due_us[i] = 0;
            fire(c, (enum call_timer)i);
        }
    }
    call_reset_timer(c);
}

/*
 * How long the caller may take to come back: whose connection broke, or whom nobody takes over. 0:
 * they do not.
 */
static int64_t wait_for(const struct call *c, enum call_ending how)
{
    const struct settings *s = voice_desk_config(c->desk)->settings;
    if (how == CALL_BROKE && c->state != CALL_ENDED) { /* else we were ending it anyway */
        return s->voice_resume * US_PER_SECOND;
    }
    bool back = how == CALL_TRANSFERRED && s->transfer_back;
    return back ? (s->transfer_ring + s->voice_resume) * US_PER_SECOND : 0;
}

void call_finish(struct call *c, enum call_ending how, const char *why)
{
    static const char *const by[] = {
        [CALL_HUNG_UP] = "caller",   [CALL_WE_ENDED] = "assistant", [CALL_TRANSFERRED] = "transfer",
        [CALL_BROKE] = "connection", [CALL_LOST] = "connection",    [CALL_SHUTDOWN] = "shutdown",
    };
    int64_t wait_us = wait_for(c, how);
    struct call_copy *copy = call_copy_of(c);
    bool failed = how == CALL_BROKE || how == CALL_LOST || how == CALL_SHUTDOWN || c->speechless;
    copy->ending = (struct voice_ending){
        .failed = failed,
        .by = how != CALL_WE_ENDED ? by[how]
              : c->by_staff        ? "staff"
              : c->by_caller       ? "caller"
                                   : by[how],
        .why = pool_strdup(copy->pool, why                           ? why
                                       : c->speechless && c->failure ? c->failure
                                                                     : c->reason),
        .at = c->plugs->wall(),
    };
    if (failed) {
        metric_add(METRIC_voice_calls_failed_total, 1);
    }
    if (wait_us > 0) {
        call_paper_wait(c->paper, copy, wait_us);
    } else {
        call_paper_finish(c->paper, copy);
    }
}
