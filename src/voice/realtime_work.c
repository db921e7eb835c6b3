/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call with a realtime model leaves to workers, in the call's own order: the instructions
 * from the store, the functions that the model calls, and the mind's guards: the caller's words
 * that have a fixed answer, and the model's words that no tool has confirmed. Nobody reads what
 * such a model says before it speaks; but its words come faster than they are heard, so what is
 * wrong is taken back, and mostly before anybody heard it.
 */
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/metrics.h"
#include "domain/consent_word.h"
#include "domain/zone.h"
#include "mind/claims.h"
#include "mind/evidence.h"
#include "mind/prompt.h"
#include "mind/receipt.h"
#include "mind/when.h"
#include "voice/realtime_private.h"

#define CORRECTIONS_MAX 1 /* a turn; then a fixed sentence */
#define FREE_KEPT (EVIDENCE_MAX / 2)

/* What was confirmed in this call. Of the call's lane. */
struct realtime_mind {
    struct evidence evidence;
    json_t *done; /* what evidence.done is, owned */
    char intent[32];
    bool told_facts;
};

struct job {
    struct realtime *r; /* a reference */
    struct pool *pool;
    void (*back)(struct job *j); /* on the loop */
    int connection;              /* of which number */
    /* In: */
    struct str text;
    struct str before; /* what was said before it by us */
    const char *key;
    struct realtime_call *calls;
    size_t n_calls;
    bool spoke; /* the response that called has said something */
    /* Out: */
    struct realtime_result *results;
    const char *receipt;
    struct str update;
    struct turn_out turn;
    bool guarded;
    const char *wrong;
};

static struct job *job_new(struct realtime *r)
{
    struct pool *p = pool_new();
    struct job *j = pool_alloc(p, sizeof *j);
    j->r = realtime_ref(r);
    j->pool = p;
    j->connection = r->connections;
    return j;
}

static void job_back(void *arg)
{
    struct job *j = arg;
    struct realtime *r = j->r;
    struct pool *p = j->pool;
    if (!realtime_over(r)) {
        j->back(j);
    }
    pool_free(&p);
    realtime_unref(r);
}

static void job_run(struct job *j, void (*work)(void *arg), void (*back)(struct job *j))
{
    j->back = back;
    voice_desk_run(j->r->start.desk, j->r, work, j);
}

static struct str copy(struct job *j, struct str s)
{
    return (struct str){str_dup(j->pool, s), s.n};
}

static struct realtime_mind *mind_of(struct realtime *r)
{
    if (!r->mind) {
        r->mind = xcalloc(1, sizeof *r->mind);
        snprintf(r->mind->intent, sizeof r->mind->intent, "other");
    }
    return r->mind;
}

void realtime_mind_free(struct realtime_mind **m)
{
    if (*m) {
        json_decref((*m)->done);
        free(*m);
        *m = NULL;
    }
}

/* --- the session --- */

static void prepare(void *arg)
{
    struct job *j = arg;
    struct realtime *r = j->r;
    struct realtime_turn *t = pool_alloc(j->pool, sizeof *t);
    struct realtime_mind *m = mind_of(r);
    realtime_turn_begin(j->pool, r, t);
    struct prompt_in prompt = {.turn = &t->in};
    if (r->start.conversation_id && t->config.store) {
        t->in.tools = tools_new(j->pool, &t->config);
        json_t *customer = tools_peek(t->in.tools, "search_customer");
        prompt.customer = json_object_get(customer, "error") ? NULL : customer;
        evidence_add(&m->evidence, "search_customer", prompt.customer);
    }
    if (!m->told_facts) {
        m->told_facts = true;
        evidence_add_facts(j->pool, &m->evidence, &t->facts);
    }
    j->update = realtime_update(j->pool, r, prompt_spoken(j->pool, &prompt), t->in.tools);
    loop_call(r->start.loop, job_back, j);
}

static void prepared(struct job *j)
{
    char *update = xmalloc(j->update.n + 1);
    if (!j->update.p) {
        free(update);
        realtime_fail(j->r, "the business's facts are too long for a session");
        return;
    }
    memcpy(update, j->update.p, j->update.n + 1);
    realtime_prepared(j->r, update, j->update.n);
}

void realtime_prepare(struct realtime *r)
{
    job_run(job_new(r), prepare, prepared);
}

/* --- functions --- */

static void keep_result(struct job *j, struct realtime_mind *m, const struct realtime_result *one)
{
    json_t *result = NULL;
    if (json_read(j->pool, one->result, &result, NULL) < 0) {
        return;
    }
    struct evidence *v = &m->evidence;
    if (v->n_free > FREE_KEPT) { /* a long call: the oldest offers are forgotten */
        v->n_free -= FREE_KEPT;
        memmove(v->free, v->free + FREE_KEPT, sizeof *v->free * v->n_free);
    }
    evidence_add(v, one->name, result);
    if (strcmp(one->name, "get_faq_answer") == 0 || strcmp(one->name, "get_service_info") == 0) {
        evidence_add_told(j->pool, v, one->result);
    }
    if (v->done == result) {
        json_decref(m->done);
        m->done = json_incref(result);
        j->receipt = str_dup(j->pool, receipt_of(j->pool, CHANNEL_VOICE, result).text);
    }
}

static void run_calls(void *arg)
{
    struct job *j = arg;
    struct realtime_mind *m = mind_of(j->r);
    realtime_call_tools(j->pool, j->r, j->key, j->calls, j->n_calls, j->results);
    for (size_t i = 0; i < j->n_calls; i++) {
        keep_result(j, m, &j->results[i]);
    }
    loop_call(j->r->start.loop, job_back, j);
}

static struct turn_event *event_of(struct job *j, const char *type, const char *const (*members)[2],
                                   size_t n)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 4096);
    struct jw w = jw_to(&b);
    jw_object(&w);
    for (size_t i = 0; i < n; i++) {
        jw_kv_text(&w, members[i][0], members[i][1]);
    }
    jw_object_end(&w);
    struct turn_event *event = pool_alloc(j->pool, sizeof *event);
    *event = (struct turn_event){type, copy(j, buf_str(&b)), NULL};
    return event;
}

static void tell(struct job *j, const struct realtime_result *one)
{
    struct realtime *r = j->r;
    r->start.events->tool(r->start.call, one->name, one->args, one->result, one->wrote);
    if (one->unchecked && !realtime_over(r)) {
        const char *const members[][2] = {{"what", "calendar"}, {"text", one->unchecked}};
        r->start.events->noticed(r->start.call, event_of(j, "error", members, 2));
    }
}

/* Notes what only calls have; false: an ordinary function, whose result must be spoken of. */
static bool note_of_call(struct job *j, const struct realtime_result *one)
{
    struct realtime *r = j->r;
    if (strcmp(one->name, "end_call") == 0) {
        r->ends = true;
        return true;
    }
    if (strcmp(one->name, "transfer_call") != 0) {
        return false;
    }
    json_t *args = NULL;
    if (json_read(j->pool, one->args, &args, NULL) < 0) {
        args = NULL;
    }
    free(r->transfer_reason);
    free(r->transfer_summary);
    r->transfers = true;
    r->transfer_reason = xstrdup(json_get_text(args, "reason", "asked for a person"));
    r->transfer_summary = xstrdup(json_get_text(args, "summary", ""));
    return true;
}

static void called(struct job *j)
{
    struct realtime *r = j->r;
    bool to_be_told = !j->spoke;
    r->tools_running--;
    for (size_t i = 0; i < j->n_calls && !realtime_over(r); i++) {
        tell(j, &j->results[i]);
        to_be_told |= !note_of_call(j, &j->results[i]);
    }
    if (realtime_over(r)) {
        return;
    }
    if (j->receipt) {
        free(r->receipt);
        r->receipt = xstrdup(j->receipt);
    }
    if (j->connection != r->connections) { /* the session that asked is gone */
        realtime_go_on(r);
        return;
    }
    for (size_t i = 0; i < j->n_calls; i++) {
        realtime_send_output(r, j->results[i].id, j->results[i].output);
    }
    if (to_be_told) {
        realtime_say_wish(r, NULL);
    } else {
        realtime_part(r);
    }
}

void realtime_run_calls(struct realtime *r)
{
    struct job *j = job_new(r);
    j->n_calls = r->n_calls;
    j->calls = pool_calloc(j->pool, r->n_calls, sizeof *j->calls);
    j->results = pool_calloc(j->pool, r->n_calls, sizeof *j->results);
    for (size_t i = 0; i < r->n_calls; i++) {
        j->calls[i] = (struct realtime_call){
            .id = pool_strdup(j->pool, r->calls[i].id),
            .name = pool_strdup(j->pool, r->calls[i].name),
            .args = pool_strdup(j->pool, r->calls[i].args),
        };
    }
    j->spoke = r->spoke;
    j->key = pool_printf(j->pool, "%.100s/%lld", r->start.call_id, (long long)++r->jobs);
    r->tools_running++;
    job_run(j, run_calls, called);
}

/* --- the caller's words --- */

/* "Stop!" in a call is meant for what is being said, not for messages. */
static bool is_mere_stop(struct str text)
{
    struct consent_said said = consent_word_in(text);
    return said.word == CONSENT_WORD_STOP && said.exact;
}

static void guard(void *arg)
{
    struct job *j = arg;
    struct realtime_mind *m = mind_of(j->r);
    struct realtime_turn *t = pool_alloc(j->pool, sizeof *t);
    realtime_turn_begin(j->pool, j->r, t);
    struct turn_said said = {.inbound = false, .content = j->before, .at = t->in.now};
    t->in.text = j->text;
    t->in.history = &said;
    t->in.n_history = j->before.n ? 1 : 0;
    j->guarded = turn_guard(j->pool, &t->in, &j->turn) && !is_mere_stop(j->text);
    j->turn.events = j->guarded ? j->turn.events : NULL;
    struct when_context when = {t->in.now, t->facts.zone, -1, -1};
    evidence_add_heard(j->pool, &m->evidence, j->text, &when);
    if (j->turn.intent) {
        snprintf(m->intent, sizeof m->intent, "%s", j->turn.intent);
    }
    loop_call(j->r->start.loop, job_back, j);
}

static void guarded(struct job *j)
{
    struct realtime *r = j->r;
    const struct turn_event *events = j->turn.events;
    if (!events && j->turn.intent) {
        const char *const members[][2] = {{"intent", j->turn.intent}, {"engine", "realtime"}};
        events = event_of(j, "intent_detected", members, 2);
    }
    if (j->guarded && j->turn.reply && j->turn.reply[0]) {
        log_info("a fixed answer goes before the realtime model's",
                 LOG_TEXT("call", r->start.call_id), LOG_TEXT("intent", j->turn.intent));
        realtime_withdraw(r, j->turn.reply);
    }
    if (events && !realtime_over(r)) {
        r->start.events->noticed(r->start.call, events);
    }
}

static struct str last_of_ours(const struct realtime *r)
{
    for (size_t i = r->n_lines; i > 0; i--) {
        if (r->lines[i - 1].who == CALL_ASSISTANT) {
            return str_of(r->lines[i - 1].text);
        }
    }
    return STR("");
}

void realtime_guard(struct realtime *r, struct str heard)
{
    struct job *j = job_new(r);
    j->text = copy(j, heard);
    j->before = copy(j, last_of_ours(r));
    job_run(j, guard, guarded);
}

/* --- the model's words --- */

static void check(void *arg)
{
    struct job *j = arg;
    struct realtime_mind *m = mind_of(j->r);
    struct realtime_turn *t = pool_alloc(j->pool, sizeof *t);
    struct claims claims;
    claims_find(j->pool, j->text, &claims);
    if (claims.n) {
        realtime_turn_begin(j->pool, j->r, t);
        int64_t today = t->facts.zone ? zone_local(t->facts.zone, t->in.now).days : -1;
        j->wrong = evidence_refutes(j->pool, &m->evidence, &claims, m->intent, today);
    }
    if (!j->wrong) {
        evidence_add_said(j->pool, &m->evidence, j->text);
    }
    loop_call(j->r->start.loop, job_back, j);
}

static void checked(struct job *j)
{
    struct realtime *r = j->r;
    if (!j->wrong) {
        return;
    }
    metric_add(METRIC_model_refused_replies_total, 1);
    log_info("a realtime model's reply is withdrawn", LOG_TEXT("call", r->start.call_id),
             LOG_TEXT("why", j->wrong));
    if (r->corrections++ < CORRECTIONS_MAX) {
        const char *note = pool_printf(j->pool,
                                       "Note by the front desk's software: %s What you "
                                       "just said was taken back. Answer again.",
                                       j->wrong);
        realtime_send_item(r, "system", str_of(note));
        realtime_withdraw(r, NULL);
        return;
    }
    const char *const members[][2] = {{"reason", "the model's answers could not be confirmed"}};
    realtime_withdraw(r, "I am sorry, I cannot settle that just now. A colleague will get back to "
                         "you about it.");
    if (!realtime_over(r)) {
        r->start.events->noticed(r->start.call, event_of(j, "escalation_requested", members, 1));
    }
}

void realtime_check(struct realtime *r, struct str said)
{
    struct job *j = job_new(r);
    j->text = copy(j, said);
    job_run(j, check, checked);
}
