/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which engine a call has, and from when on: the desk's first one when the store has taken the call
 * in (or does not answer), the next when one fails. The next one is told what was said so far, and
 * answers what the caller has said last if nobody did.
 */
#include <stdlib.h>

#include "base/json_read.h"
#include "base/log.h"
#include "base/metrics.h"
#include "io/ws.h"
#include "voice/call_private.h"

#define STOP_ROOM_MS 1000
#define LINE_RESUMED "I am sorry, we were cut off for a moment. Where were we?"
#define LINE_AGAIN "I am sorry, I did not catch that. Could you say it again, please?"

bool call_can_say(const struct call *c)
{
    return c->engine && c->ready && !c->broken && !c->over;
}

void call_say(struct call *c, const char *text)
{
    if (call_can_say(c)) {
        c->engine->ops->say(c->engine, text);
    }
}

static void replace(char **text, const char *with)
{
    free(*text);
    *text = xstrdup(with);
}

/* The lines for an engine that takes over, without the one that it will be given as a turn. */
static struct call_line *lines_before(const struct call *c, size_t *n_out)
{
    struct call_line *lines = xcalloc(c->n_before + c->record.n_lines + 1, sizeof *lines);
    size_t n = 0;
    for (; n < c->n_before; n++) {
        lines[n] = c->before[n]->line;
    }
    for (size_t i = 0; i < c->record.n_lines; i++) {
        const struct call_kept *k = c->record.lines[i];
        if (!k->gone && k->text[0]) {
            lines[n++] = k->line;
        }
    }
    if (c->unanswered && n > c->n_before && lines[n - 1].who == CALL_CUSTOMER) {
        n--;
    }
    *n_out = n;
    return lines;
}

static void note_failure(struct call *c, const char *engine, const char *why)
{
    struct pool *p = pool_new();
    log_warn("a voice engine failed", LOG_TEXT("call", c->who.id.text), LOG_TEXT("engine", engine),
             LOG_TEXT("why", why));
    metric_add(METRIC_voice_engine_failures_total, 1);
    replace(&c->failure, why);
    json_t *details = json_pack("{s:s, s:s, s:s?}", "what", "voice engine", "text", why,
                                "answered_by", *c->engines ? (*c->engines)->name : NULL);
    struct str text = details ? json_dump_to_pool(p, details) : STR("{}");
    call_record_event(&c->record, "error", text, call_now_ms(c));
    json_decref(details);
    pool_free(&p);
    call_news(c, 0);
}

static int start(struct call *c, const struct engine_ops *ops, struct err *e)
{
    size_t n;
    struct call_line *lines = lines_before(c, &n);
    struct engine_start s = {
        .desk = c->desk,
        .loop = c->loop,
        .form = c->form,
        .call_id = c->who.id.text,
        .session_id = c->who.session_id,
        .conversation_id = c->stored ? c->who.conversation_id.text : NULL,
        .customer_id = c->who.customer_id,
        .caller = c->who.caller,
        .greeting = c->greeted ? NULL : c->greeting,
        .lines = lines,
        .n_lines = n,
        .events = &call_engine_events,
        .call = c,
    };
    c->ready = c->broken = false;
    int rc = ops->start(&s, &c->engine, e);
    free(lines);
    return rc;
}

static void none_left(struct call *c)
{
    static const char why[] = "the assistant is not available";
    c->speechless = true;
    call_record_event(&c->record, "escalation_requested",
                      STR("{\"reason\":\"the assistant failed during a call\"}"), call_now_ms(c));
    call_news(c, 0);
    call_end_now(c, why, false);
}

static void start_next(struct call *c)
{
    while (*c->engines && !c->over) {
        const struct engine_ops *ops = *c->engines++;
        struct err e = {0};
        int rc = start(c, ops, &e);
        c->engine_name = ops->name;
        if (rc == 0) {
            call_due(c, TIMER_READY, CALL_READY_MS);
            return;
        }
        c->engine = NULL;
        note_failure(c, ops->name, err_text(&e, rc));
    }
    if (!c->over) {
        none_left(c);
    }
}

/* ---- the beginning ---- */

static void make_greeting(struct call *c, const char *business, const char *assistant)
{
    const struct settings *s = voice_desk_config(c->desk)->settings;
    struct pool *p = pool_new();
    const char *text = c->opening             ? c->opening
                       : c->resumed           ? LINE_RESUMED
                       : s->voice_greeting[0] ? s->voice_greeting
                                              : NULL;
    business = s->business_name[0] ? s->business_name : business;
    assistant = assistant ? assistant : "Ava";
    if (!text) {
        text = pool_printf(p, "%s%s%s. I am %s, the virtual assistant. How can I help you?",
                           c->who.outbound ? "Hello, this is " : "Thank you for calling ",
                           business ? "" : "us", business ? business : "", assistant);
    }
    if (c->recording && s->voice_recording_notice[0] && !c->resumed) {
        text = pool_printf(p, "%s %s", s->voice_recording_notice, text);
    }
    if (s->voice_listening && s->voice_listening_notice[0] && !c->resumed) {
        text = pool_printf(p, "%s %s", s->voice_listening_notice, text);
    }
    replace(&c->greeting, text);
    pool_free(&p);
}

/* It is a further part of a call: what was said before is known. */
static void go_on(struct call *c, const struct voice_begun *b)
{
    c->resumed = true;
    c->before_ms = b->before_ms;
    c->before = xcalloc(b->n_lines + 1, sizeof(struct call_kept *));
    for (size_t i = 0; i < b->n_lines; i++) {
        struct call_kept *k = xcalloc(1, sizeof *k);
        k->line.who = b->lines[i].customer ? CALL_CUSTOMER : CALL_ASSISTANT;
        k->line.at_ms = b->lines[i].at_ms - b->before_ms;
        call_kept_set(k, str_of(b->lines[i].text));
        c->before[c->n_before++] = k;
    }
    int64_t longest_ms = voice_desk_config(c->desk)->settings->voice_longest * 1000;
    call_due(c, TIMER_LENGTH, MAX_OF(longest_ms - CALL_WARN_MS - b->before_ms, 1000));
}

void call_begun(struct call *c, const struct call_begun *b)
{
    c->stored = !b->error;
    if (c->stored) {
        c->who.conversation_id = b->call.conversation_id;
        call_list_set_conversation(&c->entry, &c->who.conversation_id);
    }
    if (c->stored && b->call.resumed && !c->over) {
        go_on(c, &b->call);
    }
    if (c->over || !c->due_us[TIMER_BEGIN]) { /* it went on without the store */
        return;
    }
    call_due(c, TIMER_BEGIN, -1);
    if (c->stored) {
        c->who.customer_id = b->call.customer_id;
        c->may_text = b->may_text;
    }
    make_greeting(c, b->business, b->assistant);
    start_next(c);
}

void call_unstored(struct call *c)
{
    make_greeting(c, NULL, NULL);
    start_next(c);
}

/* ---- one fails, the next takes over ---- */

/* The caller's last words, if nobody has answered them; p == NULL: there are none. */
static struct str last_words(const struct call *c)
{
    size_t n = c->record.n_lines;
    const struct call_kept *last = n ? c->record.lines[n - 1] : NULL;
    bool theirs = last && last->line.who == CALL_CUSTOMER;
    return theirs ? str_of(last->text) : (struct str){NULL, 0};
}

void call_engine_ready(struct call *c)
{
    call_due(c, TIMER_READY, -1);
    c->ready = true;
    struct str words = last_words(c);
    if (c->over) {
        return;
    }
    if (c->unanswered && words.p) {
        c->engine->ops->text(c->engine, words);
    } else if (c->failure && c->state == CALL_THINKING) {
        call_say(c, LINE_AGAIN);
    } else if (!c->greeted) {
        call_set_state(c, CALL_GREETING);
    } else if (c->n_replies == 0) {
        call_listen(c);
    }
    c->unanswered = false;
}

/* What it had begun to say ends here. */
static void end_its_reply(struct call *c)
{
    struct call_reply *r = c->n_replies ? &c->replies[c->n_replies - 1] : NULL;
    if (r && !r->done && !c->dropping) {
        call_engine_events.reply_done(c);
    }
    c->dropping = false;
}

void call_engine_failed(struct call *c, const char *why)
{
    if (c->over || c->broken) {
        return;
    }
    c->broken = true;
    if (strstr(why, WS_WHY_SERVER_STOPS)) { /* ours, in all likelihood: then the call ends too */
        call_due(c, TIMER_READY, -1);
        call_due(c, TIMER_SWITCH,
                 voice_desk_config(c->desk)->settings->shutdown_timeout + STOP_ROOM_MS);
        return;
    }
    note_failure(c, c->engine_name, why);
    c->unanswered = c->unanswered || c->ended_us != 0;
    end_its_reply(c);
    call_due(c, TIMER_READY, -1);
    call_due(c, TIMER_SWITCH, 0);
}

void call_engine_stop(struct call *c)
{
    if (c->engine) {
        c->engine->ops->stop(&c->engine);
        c->engine = NULL;
    }
}

void call_engine_switch(struct call *c)
{
    call_engine_stop(c);
    start_next(c);
}
