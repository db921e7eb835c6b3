/* SPDX-License-Identifier: Apache-2.0 */
/* One stage a test; a timer is a number that stage_pass looks at, a writer a list. */
#include "call_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "tap.h"

#define TASKS 100

struct task {
    void (*fn)(void *arg);
    void *arg;
};

struct stage stage;
bool stage_texts;
const struct engine_events *engine_tells;
const struct call_who stage_caller = {
    .session_id = "CA1", .transport = "twilio", .caller = "+15550100001", .called = "+15550109999"};

static char log_text[20000], log_seen[20000];
static struct task writes[TASKS], backs[TASKS];
static int n_writes, n_backs;
static int64_t now_us, due_us;
static void (*timer_fn)(void *arg);
static void *timer_arg;
static struct engine engines[2];

static void note(const char *fmt, ...) PRINTF_LIKE(1, 2);
static void note(const char *fmt, ...)
{
    size_t n = strlen(log_text);
    va_list args;
    va_start(args, fmt);
    vsnprintf(log_text + n, sizeof log_text - n, fmt, args);
    va_end(args);
    n = strlen(log_text);
    snprintf(log_text + n, sizeof log_text - n, "; ");
}

const char *stage_log(void)
{
    memcpy(log_seen, log_text, sizeof log_seen);
    log_text[0] = '\0';
    return log_seen;
}

/* ---- the clock and the writers ---- */

static int64_t fake_now(void)
{
    return now_us;
}

static struct wall fake_wall(void)
{
    return (struct wall){1893456000 * US_PER_SECOND + now_us};
}

static void *timer_new(struct loop *l, void (*fn)(void *arg), void *arg)
{
    (void)l;
    timer_fn = fn;
    timer_arg = arg;
    due_us = 0;
    return &timer_fn;
}

static void timer_set(void *timer, int64_t ms)
{
    (void)timer;
    due_us = ms < 0 ? 0 : now_us + ms * 1000;
}

static void timer_free(void **timer)
{
    *timer = NULL;
    timer_fn = NULL;
    due_us = 0;
}

static void later(struct task *list, int *n, void (*fn)(void *arg), void *arg)
{
    if (OK(*n < TASKS)) {
        list[(*n)++] = (struct task){fn, arg};
    }
}

static void fake_write(struct voice_desk *d, const void *lane, void (*fn)(void *arg), void *arg)
{
    (void)d;
    (void)lane;
    later(writes, &n_writes, fn, arg);
}

static void fake_back(struct loop *l, void (*fn)(void *arg), void *arg)
{
    (void)l;
    later(backs, &n_backs, fn, arg);
}

static const struct call_plugs plugs = {fake_now,   fake_wall,  timer_new, timer_set,
                                        timer_free, fake_write, fake_back};

void stage_pass(int64_t ms)
{
    int64_t until = now_us + ms * 1000;
    while (timer_fn && due_us && due_us <= until) {
        now_us = MAX_OF(due_us, now_us);
        due_us = 0;
        timer_fn(timer_arg);
    }
    now_us = until;
}

static void do_first(struct task *list, int *n)
{
    struct task t = list[0];
    memmove(list, list + 1, (size_t)-- * n * sizeof *list);
    t.fn(t.arg);
}

void stage_writers(void)
{
    while (n_writes || n_backs) {
        if (n_writes) {
            do_first(writes, &n_writes);
        } else {
            do_first(backs, &n_backs);
        }
    }
}

int stage_unwritten(void)
{
    return n_writes;
}

/* ---- the engine ---- */

static int start(int which, const struct engine_start *s, struct engine **out, struct err *e)
{
    static const char *const names[] = {"one", "two"};
    static char conversation[ID_TEXT_BYTES];
    if (stage.engines_refused > 0) {
        stage.engines_refused--;
        return err_set(e, ERR_UNAVAILABLE, "refused");
    }
    stage.start = *s;
    stage.conversation = NULL;
    if (s->conversation_id) {
        snprintf(conversation, sizeof conversation, "%s", s->conversation_id);
        stage.conversation = conversation;
    }
    stage.lines[0] = '\0';
    for (size_t i = 0; i < s->n_lines; i++) {
        size_t n = strlen(stage.lines);
        snprintf(stage.lines + n, sizeof stage.lines - n, "%s: %s; ",
                 s->lines[i].who == CALL_CUSTOMER ? "customer" : "ava", s->lines[i].text);
    }
    engine_tells = s->events;
    *out = &engines[which];
    note("start %s", names[which]);
    return 0;
}

static int start_one(const struct engine_start *s, struct engine **out, struct err *e)
{
    return start(0, s, out, e);
}

static int start_two(const struct engine_start *s, struct engine **out, struct err *e)
{
    return start(1, s, out, e);
}

static void engine_audio(struct engine *en, struct str base64)
{
    (void)en;
    note("hears %zu", base64.n);
}

static void engine_text(struct engine *en, struct str text)
{
    (void)en;
    note("text " STR_FMT, STR_ARG(text));
}

static void engine_digit(struct engine *en, char digit)
{
    (void)en;
    note("digit %c", digit);
}

static void engine_commit(struct engine *en)
{
    (void)en;
    note("commit");
}

static void engine_say(struct engine *en, const char *text)
{
    (void)en;
    note("say %.20s", text);
}

static void engine_interrupt(struct engine *en, int64_t heard_ms)
{
    (void)en;
    note("interrupt %lld", (long long)heard_ms);
}

static void engine_stop(struct engine **en)
{
    *en = NULL;
    note("stop");
}

#define ENGINE(name_, start_)                                                                      \
    {                                                                                              \
        .name = name_, .start = start_, .audio = engine_audio, .text = engine_text,                \
        .digit = engine_digit, .commit = engine_commit, .say = engine_say,                         \
        .interrupt = engine_interrupt, .stop = engine_stop                                         \
    }
static const struct engine_ops engine_ops[] = {ENGINE("one", start_one), ENGINE("two", start_two)};
static struct engine engines[] = {{&engine_ops[0]}, {&engine_ops[1]}};
static const struct engine_ops *const engine_list[] = {&engine_ops[0], &engine_ops[1], NULL};

/* ---- the transport ---- */

static void t_audio(void *t, struct str base64)
{
    (void)t;
    note("audio %zu", base64.n);
}

static void t_reply_end(void *t)
{
    (void)t;
    note("reply end");
}

static int64_t t_clear(void *t)
{
    (void)t;
    note("clear");
    return stage.heard_ms;
}

static void t_state(void *t, enum call_state s)
{
    (void)t;
    note("state %s", call_state_name(s));
}

static void t_transcript(void *t, enum call_speaker who, struct str text, bool final)
{
    (void)t;
    note("%s%s \"" STR_FMT "\"", who == CALL_CUSTOMER ? "customer" : "ava", final ? "" : "...",
         STR_ARG(text));
}

static void t_transfer(void *t, const struct call_transfer *to)
{
    (void)t;
    note("transfer %s (%s)", to->summary, to->reason);
}

static void t_end(void *t, const char *why, bool now)
{
    (void)t;
    note("end%s, %s", now ? " now" : "", why);
}

static void t_drop(void *t)
{
    (void)t;
    note("drop");
}

static const struct call_transport_ops phone = {
    .name = "fake",
    .audio = t_audio,
    .reply_end = t_reply_end,
    .clear = t_clear,
    .state = t_state,
    .transcript = t_transcript,
    .transfer = t_transfer,
    .end = t_end,
    .drop = t_drop,
};
static struct call_transport_ops phone_without_transfer;

/* ---- the stage ---- */

static void open_desk(void)
{
    struct err e = {0};
    struct voice_desk_config config = {
        .settings = &stage.settings,
        .store = stage.db.store,
        .text_from = stage_texts ? "+15550109999" : NULL,
        .engines = engine_list,
    };
    if (!OK(voice_desk_new(&config, &stage.desk, &e) == 0)) {
        exit(1);
    }
    voice_desk_plug(stage.desk, &plugs);
}

void stage_new_desk(void)
{
    stage_writers();
    voice_desk_free(&stage.desk);
    open_desk();
}

void stage_init(void)
{
    memset(&stage, 0, sizeof stage);
    log_text[0] = '\0';
    n_writes = n_backs = 0;
    now_us = 1000;
    due_us = 0;
    fixture_init_tables(&stage.db);
    settings_init(&stage.settings);
    open_desk();
}

void stage_clear(void)
{
    stage_writers();
    voice_desk_free(&stage.desk);
    fixture_clear(&stage.db);
}

void stage_call_unwritten(const struct call_who *who)
{
    phone_without_transfer = phone;
    phone_without_transfer.transfer = NULL;
    stage.call = call_new(stage.desk, who, AUDIO_ULAW_8K,
                          stage.cannot_transfer ? &phone_without_transfer : &phone, &stage);
}

void stage_call(const struct call_who *who)
{
    stage_call_unwritten(who);
    stage_writers();
}

void stage_reply(const char *text, int64_t ms)
{
    static char sound[16000];
    size_t n = (size_t)(ms * 8 + 2) / 3 * 4;
    memset(sound, 'A', sizeof sound);
    engine_tells->reply_began(stage.call);
    for (size_t left = n; left > 0;) {
        size_t part = MIN_OF(left, sizeof sound);
        engine_tells->audio(stage.call, (struct str){sound, part});
        left -= part;
    }
    engine_tells->said(stage.call, str_of(text), true);
    engine_tells->reply_done(stage.call);
}

void stage_greeted(const struct call_who *who)
{
    stage_call(who);
    engine_tells->ready(stage.call);
    stage_reply("Thank you for calling. How can I help you?", 2400);
    stage_pass(2400);
    call_played(stage.call);
    stage_writers();
    (void)stage_log();
}

void stage_hang_up(void)
{
    call_hung_up(&stage.call, CALL_HUNG_UP, NULL);
    stage_writers();
}

void stage_says(const char *text, int64_t ms)
{
    engine_tells->speech_started(stage.call);
    stage_pass(ms);
    engine_tells->speech_stopped(stage.call);
    engine_tells->heard(stage.call, str_of(text), true);
}
