/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the local engine leaves to workers. Hearing has a lane of its own, so that a turn is decoded
 * while an answer is made; thinking and speaking are one task of the other lane: the reply's first
 * sentence is on its way to the caller while the next is being spoken. What a task tells belongs to
 * the reply that was wanted when it was given; when that is interrupted, synthesis ends.
 */
#include <stdlib.h>

#include "base/codec.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/settings.h"
#include "domain/business.h"
#include "domain/call_text.h"
#include "mind/memory.h"
#include "mind/tools.h"
#include "mind/turn_choice.h"
#include "store/store.h"
#include "voice/local_private.h"

#define FIRST_PIECE_MS 60
#define PIECE_MS 200
#define CALENDAR_MS 3000
#define SURE_MIN 0.4     /* less sure of words that may be misheard is not sure enough */
#define UNNAMED "Caller" /* a caller whose name we do not know, and cannot hear */

struct task {
    struct local *l; /* a reference */
    struct pool *pool;
    void (*work)(struct task *t);
    unsigned reply;
    struct str text;
    enum local_heard how;
    const int16_t *samples;
    size_t n;
};

static void run(void *arg)
{
    struct task *t = arg;
    struct local *l = t->l;
    struct pool *p = t->pool;
    t->work(t);
    pool_free(&p);
    local_tell(l, (struct local_news){.note = LOCAL_OVER});
}

static struct task *task_new(struct local *l, void (*work)(struct task *t))
{
    struct pool *p = pool_new();
    struct task *t = pool_alloc(p, sizeof *t);
    *t = (struct task){.l = l, .pool = p, .work = work, .reply = atomic_load(&l->reply)};
    l->refs++;
    return t;
}

static void hear_next(struct task *t)
{
    voice_desk_run(t->l->start.desk, &t->l->hearing, run, t);
}

static void think_next(struct task *t)
{
    voice_desk_run(t->l->start.desk, &t->l->state, run, t);
}

/* ------------------------------------------------------------------------ hearing */

static void begin(struct task *t)
{
    struct err e = {0};
    int rc = hearing_begin(t->l->hearing, (enum hear_what)atomic_load(&t->l->what), &e);
    t->l->deaf_now = rc < 0;
    if (rc < 0) {
        log_warn("a turn of a call cannot be heard", LOG_TEXT("call", t->l->start.call_id),
                 LOG_TEXT("why", err_text(&e, rc)));
    }
}

void local_hear_begin(struct local *l)
{
    hear_next(task_new(l, begin));
}

static void listen(struct task *t)
{
    if (!t->l->deaf_now) {
        hearing_samples(t->l->hearing, t->samples, t->n);
    }
}

void local_hear_samples(struct local *l, const int16_t *samples, size_t n)
{
    struct task *t = task_new(l, listen);
    int16_t *copy = pool_alloc_raw(t->pool, n * sizeof *copy);
    memcpy(copy, samples, n * sizeof *copy);
    t->samples = copy;
    t->n = n;
    hear_next(t);
}

static void end(struct task *t)
{
    struct heard heard = {.text = STR("")};
    struct err e = {0};
    int rc = t->l->deaf_now ? 0 : hearing_end(t->l->hearing, t->pool, &heard, &e);
    if (rc < 0) {
        log_warn("a turn of a call was not heard", LOG_TEXT("call", t->l->start.call_id),
                 LOG_TEXT("why", err_text(&e, rc)));
    }
    local_tell(t->l, (struct local_news){.note = heard.text.n ? LOCAL_HEARD : LOCAL_UNHEARD,
                                         .text = heard.text,
                                         .flag = heard.poorly});
}

void local_hear_end(struct local *l)
{
    hear_next(task_new(l, end));
}

/* ------------------------------------------------------------------------ speaking */

struct speaking {
    struct task *t;
    struct pool *pool; /* of one piece */
    struct buf bytes;
    size_t most; /* bytes of the piece that is being filled */
};

static bool wanted(const struct task *t)
{
    return t->reply == atomic_load(&t->l->reply);
}

static void send(struct speaking *s)
{
    if (s->bytes.len > 0) {
        pool_clear(s->pool);
        const char *text = base64_encode(s->pool, s->bytes.data, s->bytes.len);
        local_tell(s->t->l, (struct local_news){
                                .note = LOCAL_AUDIO, .reply = s->t->reply, .text = str_of(text)});
        buf_reset(&s->bytes);
        s->most = PIECE_MS * audio_bytes_per_ms(s->t->l->start.form);
    }
}

static bool take(void *arg, const int16_t *samples, size_t n)
{
    struct speaking *s = arg;
    bool narrow = s->t->l->start.form == AUDIO_ULAW_8K;
    for (size_t i = 0; i < n; i++) {
        if (narrow) {
            buf_putc(&s->bytes, (char)ulaw_of(samples[i]));
        } else {
            buf_putc(&s->bytes, (char)(samples[i] & 0xFF));
            buf_putc(&s->bytes, (char)(samples[i] >> 8 & 0xFF));
        }
        if (s->bytes.len >= s->most) {
            send(s);
        }
    }
    return wanted(s->t);
}

static void keep_line(struct local *l, enum call_speaker who, struct str text)
{
    if (l->n_lines == LOCAL_LINES) {
        free(l->lines[0].text);
        l->n_lines--;
        memmove(l->lines, l->lines + 1, l->n_lines * sizeof *l->lines);
    }
    char *copy = xmalloc(text.n + 1);
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    l->lines[l->n_lines++] = (struct local_line){who, copy};
}

/* A whole reply. */
static void speak(struct task *t, const char *text)
{
    struct local *l = t->l;
    struct str rest = str_of(text), all = rest;
    struct speaking s = {.t = t, .pool = pool_new()};
    struct err e = {0};
    size_t form = audio_bytes_per_ms(l->start.form);
    s.most = FIRST_PIECE_MS * form;
    buf_init(&s.bytes, 4 * PIECE_MS * form);
    local_tell(l, (struct local_news){.note = LOCAL_BEGAN, .reply = t->reply});
    int rc = 0;
    for (struct str one; rc == 0 && wanted(t) && (one = speak_sentence(&rest)).p;) {
        struct str so_far = {all.p, (size_t)(one.p + one.n - all.p)};
        local_tell(l, (struct local_news){.note = LOCAL_SAID, .reply = t->reply, .text = so_far});
        rc = speak_say(l->shared->speak, one, audio_rate(l->start.form), take, &s, &e);
    }
    send(&s);
    if (rc < 0) {
        local_tell(l, (struct local_news){.note = LOCAL_FAILED, .text = str_of(err_text(&e, rc))});
    }
    local_tell(
        l, (struct local_news){.note = LOCAL_SAID, .reply = t->reply, .text = all, .flag = true});
    local_tell(l, (struct local_news){.note = LOCAL_DONE, .reply = t->reply});
    keep_line(l, CALL_ASSISTANT, all);
    buf_clear(&s.bytes);
    pool_free(&s.pool);
}

static void say(struct task *t)
{
    speak(t, t->text.p);
}

void local_say_words(struct local *l, const char *text)
{
    struct task *t = task_new(l, say);
    t->text = (struct str){pool_strdup(t->pool, text), strlen(text)};
    think_next(t);
}

/* ------------------------------------------------------------------------ thinking */

struct turn {
    struct facts facts;
    struct tools_config config;
    struct turn_in in;
    struct turn_out out;
};

static void load_facts(struct task *t, struct facts *facts)
{
    const struct voice_desk_config *c = voice_desk_config(t->l->start.desk);
    CLEANUP(store_return) struct db *db = NULL;
    struct err e = {0};
    *facts = (struct facts){0};
    if (c->store && store_borrow(c->store, &db, &e) == 0 &&
        business_load(db, t->pool, facts, &e) < 0) {
        *facts = (struct facts){0};
    }
    if (t->l->business[0]) {
        facts->business_name = t->l->business;
    }
    if (t->l->zone_name[0] && business_set_zone(t->pool, facts, t->l->zone_name, &e) < 0) {
        facts->zone = NULL;
    }
}

static void learn(struct task *t, const struct facts *facts)
{
    struct err e = {0};
    int rc = hear_learn(t->l->shared->hear, facts, &e);
    if (rc < 0) {
        log_error("the recogniser cannot learn the business's words",
                  LOG_TEXT("why", err_text(&e, rc)));
    }
}

static void prepare(struct task *t)
{
    struct facts facts;
    load_facts(t, &facts);
    learn(t, &facts);
    local_tell(t->l, (struct local_news){.note = LOCAL_READY});
}

void local_prepare(struct local *l)
{
    think_next(task_new(l, prepare));
}

static bool hears_names(const struct task *t)
{
    return t->how != LOCAL_POORLY;
}

/* Names are not heard well enough to be believed: who calls from a number is booked by it. */
static const char *name_of(struct task *t, struct tools *tools)
{
    json_t *customer = tools ? tools_peek(tools, "search_customer") : NULL;
    const char *name = json_get_text(customer, "name", NULL);
    const char *caller = t->l->start.caller;
    if (name && name[0] && name[0] != '+') {
        return name;
    }
    if (hears_names(t) || !caller) {
        return NULL;
    }
    size_t n = strlen(caller);
    return pool_printf(t->pool, UNNAMED " %s", caller + (n > 4 ? n - 4 : 0));
}

/* What would be said to somebody of that name. */
static const char *without_unnamed(struct pool *p, const char *reply)
{
    static const char *const forms[] = {"Hi " UNNAMED "! ", ", " UNNAMED, UNNAMED ", "};
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        const char *at = strstr(reply, forms[i]);
        if (at) {
            return pool_printf(p, "%.*s%s", (int)(at - reply), reply, at + strlen(forms[i]));
        }
    }
    return reply;
}

static void take_history(struct task *t, struct turn_in *in)
{
    struct local *l = t->l;
    struct turn_said *said = pool_calloc(t->pool, l->n_lines + 1, sizeof *said);
    for (size_t i = 0; i < l->n_lines; i++) {
        said[i] = (struct turn_said){.inbound = l->lines[i].who == CALL_CUSTOMER,
                                     .content = str_of(l->lines[i].text),
                                     .at = in->now};
    }
    in->history = said;
    in->n_history = l->n_lines;
}

static void fill(struct task *t, struct turn *turn)
{
    struct local *l = t->l;
    const struct voice_desk_config *c = voice_desk_config(l->start.desk);
    load_facts(t, &turn->facts);
    turn->config = (struct tools_config){
        .store = c->store,
        .facts = &turn->facts,
        .now = wall_now(),
        .customer_id = l->start.customer_id,
        .conversation_id = l->start.conversation_id,
        .turn_key = pool_printf(t->pool, "%.100s/%d", l->start.call_id, ++l->turns),
        .calendar = c->calendar,
    };
    bool can_act = l->start.conversation_id && c->store;
    struct tools *tools = can_act ? tools_new(t->pool, &turn->config) : NULL;
    if (tools) {
        tools_until(tools, (struct mono){mono_now().ns + CALENDAR_MS * 1000000LL});
    }
    turn->in = (struct turn_in){
        .text = t->text,
        .by_ear = t->how != LOCAL_TYPED,
        .channel = CHANNEL_VOICE,
        .customer_name = name_of(t, tools),
        .customer_phone = l->start.caller,
        .state = l->state,
        .facts = &turn->facts,
        .tools = tools,
        .now = turn->config.now,
    };
    take_history(t, &turn->in);
}

static void tell_tools(struct task *t, const struct turn *turn)
{
    const struct tool_call *c = turn->in.tools ? tools_calls(turn->in.tools) : NULL;
    for (; c; c = c->next) {
        local_tell(t->l, (struct local_news){.note = LOCAL_TOOL,
                                             .name = c->name,
                                             .text = json_dump_to_pool(t->pool, c->args),
                                             .more = json_dump_to_pool(t->pool, c->result),
                                             .flag = c->wrote && !c->failed});
    }
    if (turn->out.events) {
        local_tell(t->l, (struct local_news){.note = LOCAL_NOTICED, .events = turn->out.events});
    }
}

/* What is likely to be said next, by what was asked. */
static void expect(struct local *l, int asked)
{
    bool open = asked == ASKED_NOTHING || asked == ASKED_ELSE;
    atomic_store(&l->asked, asked);
    atomic_store(&l->what, (int)(asked == ASKED_CONTACT ? HEAR_DIGITS
                                 : open                 ? HEAR_OPEN
                                                        : HEAR_ANSWER));
}

static void keep_state(struct task *t, struct str state)
{
    struct memory m;
    if (state.n) {
        char *copy = xmalloc(state.n + 1);
        memcpy(copy, state.p, state.n);
        copy[state.n] = '\0';
        free((void *)(uintptr_t)t->l->state.p);
        t->l->state = (struct str){copy, state.n};
    }
    memory_read(t->pool, t->l->state, &m);
    expect(t->l, (int)m.talk.asked);
}

/* ------------------------------------------------------------------------ not understood */

struct writing {
    struct local *l;
    struct pool *pool;
    const char *body;
};

static int write_text(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct settings *s = voice_desk_config(w->l->start.desk)->settings;
    const struct call_text text = {
        .conversation_id = w->l->start.conversation_id,
        .from = w->l->shared->text_from,
        .to = w->l->start.caller,
        .body = str_of(w->body),
        .rules = {s->conversation_idle * US_PER_SECOND, s->reopen_window * US_PER_SECOND},
        .now = wall_now(),
    };
    return call_text_send(db, w->pool, &text, e);
}

static bool can_write(const struct local *l)
{
    return l->shared->text_from && l->start.caller && l->start.customer_id &&
           l->start.conversation_id && voice_desk_config(l->start.desk)->store;
}

static void send_text(struct task *t)
{
    struct facts facts;
    struct err e = {0};
    load_facts(t, &facts);
    struct writing w = {.l = t->l, .pool = t->pool};
    w.body = pool_printf(
        t->pool,
        "Hi, this is %s%s%s. I could not hear you well on the phone. What can I do "
        "for you? Just write it here.",
        facts.assistant_name ? facts.assistant_name : "the assistant",
        facts.business_name ? " at " : "", facts.business_name ? facts.business_name : "");
    int rc = store_write(voice_desk_config(t->l->start.desk)->store, write_text, &w, &e);
    if (rc < 0) {
        log_warn("no text message can be written to a caller",
                 LOG_TEXT("call", t->l->start.call_id), LOG_TEXT("why", err_text(&e, rc)));
    }
    speak(t, rc == 0 ? "I have sent you a text message. Please answer it, and we go on from there. "
                       "Goodbye!"
                     : "I am sorry, I could not send it. Please call again later, or press 0 for a "
                       "colleague.");
    if (rc == 0) {
        local_tell(t->l, (struct local_news){.note = LOCAL_GOODBYE, .reply = t->reply});
    }
}

static void miss(struct task *t)
{
    struct local *l = t->l;
    int asked = atomic_load(&l->asked);
    bool whether = asked == ASKED_WHETHER_BOOK || asked == ASKED_WHETHER_CANCEL ||
                   asked == ASKED_WHETHER_PERSON;
    metric_add(METRIC_voice_turns_unheard_total, 1);
    if (++l->misses == 1) {
        speak(t, whether ? "I am sorry, I did not catch that. Please say yes or no, or press 1 for "
                           "yes and 2 for no."
                         : "I am sorry, I did not catch that. Could you say it again, please?");
    } else if (can_write(l)) {
        expect(l, LOCAL_ASKED_TEXT);
        speak(t, "I am sorry, I cannot hear you well. Shall I send you a text message, so that you "
                 "can write to me? Please say yes, or press 1.");
    } else {
        speak(t, "I am sorry, I cannot hear you well. Please say it in a few words, or press 0 for "
                 "a colleague.");
    }
}

void local_miss(struct local *l)
{
    think_next(task_new(l, miss));
}

static bool is_yes(struct str text)
{
    static const char *const words[] = {"yes",    "yeah", "yep",     "sure",   "okay",
                                        "please", "do",   "correct", "perfect"};
    struct str rest = text;
    for (struct str w; rest.p && (w = str_cut(&rest, ' ')).p;) {
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
            struct str plain = w;
            while (plain.n && strchr(".,!", plain.p[plain.n - 1])) {
                plain.n--;
            }
            if (str_eq_nocase(plain, str_of(words[i]))) {
                return true;
            }
        }
    }
    return false;
}

/* What the recogniser made of noise, or of words that it does not know. */
static bool is_nonsense(const struct task *t, const struct turn *turn)
{
    const struct turn_out *out = &turn->out;
    const struct tool_call *c = turn->in.tools ? tools_calls(turn->in.tools) : NULL;
    while (c && !c->wrote) {
        c = c->next;
    }
    bool other = out->intent && strcmp(out->intent, "other") == 0;
    return !hears_names(t) && !c && !out->guarded && (other || out->confidence < SURE_MIN);
}

static void end_turn(struct task *t, const struct turn_out *out)
{
    bool person = out->intent && strcmp(out->intent, "person") == 0 && out->wants_person;
    if (person) {
        const char *words =
            pool_printf(t->pool, "The caller said: %.*s", (int)MIN_OF(t->text.n, 200), t->text.p);
        local_tell(t->l, (struct local_news){.note = LOCAL_TRANSFER,
                                             .reply = t->reply,
                                             .text = str_of(words),
                                             .more = STR("asked for a person")});
    } else if (out->ends) {
        local_tell(t->l, (struct local_news){.note = LOCAL_GOODBYE, .reply = t->reply});
    }
}

/* What the turn cost stands among its events, as with a text it stands beside the reply. */
static void note_usage(struct pool *p, struct turn_out *out)
{
    const struct turn_usage *u = &out->usage;
    if (!u->model) {
        return;
    }
    json_t *details =
        json_pack("{s:s, s:I, s:I, s:I}", "model", u->model, "prompt_tokens",
                  (json_int_t)u->prompt_tokens, "completion_tokens",
                  (json_int_t)u->completion_tokens, "latency_ms", (json_int_t)u->latency_ms);
    struct turn_event *ev = pool_alloc(p, sizeof *ev);
    *ev = (struct turn_event){"model_asked", json_dump_to_pool(p, details), out->events};
    json_decref(details);
    out->events = ev;
}

static void think(struct task *t)
{
    struct local *l = t->l;
    struct turn *turn = pool_alloc(t->pool, sizeof *turn);
    struct err e = {0};
    if (atomic_load(&l->asked) == LOCAL_ASKED_TEXT && is_yes(t->text)) {
        expect(l, ASKED_NOTHING);
        send_text(t);
        return;
    }
    fill(t, turn);
    int rc = turn_take_best(l->shared->model, t->pool, &turn->in, &turn->out, &e);
    keep_line(l, CALL_CUSTOMER, t->text);
    if (rc < 0) {
        local_tell(l, (struct local_news){.note = LOCAL_FAILED, .text = str_of(err_text(&e, rc))});
        return;
    }
    metric_add(METRIC_turns_total, 1);
    note_usage(t->pool, &turn->out);
    if (is_nonsense(t, turn)) {
        miss(t);
        return;
    }
    l->misses = 0;
    keep_state(t, turn->out.state);
    tell_tools(t, turn);
    if (turn->out.reply && turn->out.reply[0]) {
        speak(t, without_unnamed(t->pool, turn->out.reply));
    }
    end_turn(t, &turn->out);
    learn(t, &turn->facts);
}

void local_think(struct local *l, struct str text, enum local_heard how)
{
    struct task *t = task_new(l, think);
    t->text = (struct str){str_dup(t->pool, text), text.n};
    t->how = how;
    think_next(t);
}
