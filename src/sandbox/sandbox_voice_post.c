/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call's requests to the product: signed as all of Twilio's are, made on a worker, the answer
 * brought back to the loop. A call that has ended meanwhile is there until they are back.
 */
#include "base/id.h"
#include "io/http_client.h"
#include "io/thread.h"
#include "sandbox/sandbox_voice_private.h"

#define FIELDS_MAX 40
#define AGAIN_MS 100

struct job {
    struct voice_leg *leg;
    struct pool *pool;
    const char *url;
    struct form form;
    enum sandbox_place place;
    voice_answered *done;
    struct voice_answer answer;
};

static void put(struct job *j, const char *name, const char *value)
{
    if (j->form.n < FIELDS_MAX) {
        j->form.pairs[j->form.n++] = (struct form_pair){
            str_of(pool_strdup(j->pool, name)), str_of(pool_strdup(j->pool, value ? value : ""))};
    }
}

/* What each of Twilio's requests about a call has (Twilio docs, "Twilio's request to your
 * application"). */
static void put_call(struct job *j, const char *status)
{
    const struct voice_leg *leg = j->leg;
    put(j, "CallSid", leg->sid);
    put(j, "AccountSid", leg->voice->s->account);
    put(j, "From", leg->from);
    put(j, "To", leg->to);
    put(j, "Caller", leg->from);
    put(j, "Called", leg->to);
    put(j, "CallStatus", status);
    put(j, "ApiVersion", "2010-04-01");
    put(j, "Direction", leg->direction);
    put(j, "FromCountry", "US");
    put(j, "CallerCountry", "US");
    put(j, "ToCountry", "US");
    put(j, "CalledCountry", "US");
    if (leg->parent) {
        put(j, "ParentCallSid", leg->parent->sid);
    }
}

/* On the loop: the answer is the call's. */
static void bring_back(void *arg)
{
    struct job *j = arg;
    struct voice_leg *leg = j->leg;
    leg->jobs--;
    if (j->done) {
        j->done(leg, &j->answer);
    }
    pool_free(&j->pool);
    free(j);
}

/* How often and when Twilio would ask again, by the fragment of the address (Twilio docs,
 * "Webhooks: connection overrides"). Without one only when no connection came about, as
 * sandbox_post does. */
struct insistence {
    int64_t times;
    bool on_5xx, on_timeout;
};

static struct insistence insistence_of(struct str fragment)
{
    struct insistence in = {0};
    while (fragment.p) {
        struct str value = str_cut(&fragment, '&'), name = str_cut(&value, '=');
        if (str_eq(name, STR("rc")) && value.p) {
            bool ignored UNUSED = str_to_i64(value, &in.times);
        }
        while (str_eq(name, STR("rp")) && value.p) {
            struct str policy = str_cut(&value, ',');
            bool all = str_eq(policy, STR("all"));
            in.on_5xx |= all || str_eq(policy, STR("5xx"));
            in.on_timeout |= all || str_eq(policy, STR("rt")) || str_eq(policy, STR("ct"));
        }
    }
    in.times = MAX_OF(MIN_OF(in.times, 5), 0);
    return in;
}

static int insist(struct job *j, struct http_client *http, struct sandbox_request *r,
                  struct http_answer *answer, struct err *e)
{
    struct sandbox *s = j->leg->voice->s;
    struct str fragment = str_of(j->url);
    struct str url = str_cut(&fragment, '#');
    struct insistence in = insistence_of(fragment);
    r->url = str_dup(j->pool, url);
    r->token = pool_strdup(j->pool, id_new().text);
    for (int64_t i = 0;; i++) {
        *answer = (struct http_answer){0};
        int rc = sandbox_post(s, http, j->pool, r, answer, e);
        bool again = rc ? in.on_timeout : in.on_5xx && answer->status >= 500;
        if (!again || i == in.times || atomic_load(&s->stopping)) {
            return rc;
        }
        sandbox_sleep(s, AGAIN_MS << i);
    }
}

static void ask(struct job *j, const struct sandbox_fault *fault)
{
    struct http_client *http CLEANUP(http_client_free) = http_client_new();
    struct http_answer answer = {0};
    struct err e = {0};
    enum sandbox_trouble trouble = fault ? fault->trouble : TROUBLE_STATUS;
    struct sandbox_request r = {.form = &j->form};
    if (trouble == TROUBLE_FORGED || trouble == TROUBLE_ALTERED) {
        r.seal = trouble == TROUBLE_FORGED ? SEAL_FORGED : SEAL_ALTERED;
        int ignored UNUSED = insist(j, http, &r, &answer, NULL);
    }
    r.seal = SEAL_RIGHT;
    int rc = insist(j, http, &r, &answer, &e);
    if (trouble == TROUBLE_DUPLICATE) {
        rc = insist(j, http, &r, &answer, &e);
    }
    j->answer.status = rc ? 0 : answer.status;
    j->answer.body = answer.body;
    if (rc) {
        snprintf(j->answer.error, sizeof j->answer.error, "%.150s", err_text(&e, rc));
    }
}

static void run(void *arg)
{
    struct job *j = arg;
    struct voice *v = j->leg->voice;
    struct sandbox_fault fault;
    bool faulty = sandbox_take_call_fault(v->s, j->place, &fault);
    if (faulty && fault.trouble == TROUBLE_LOST) {
        snprintf(j->answer.error, sizeof j->answer.error, "it got lost, as was asked for");
    } else {
        if (faulty) {
            sandbox_delay(v->s, &fault);
        }
        ask(j, faulty ? &fault : NULL);
    }
    loop_call(atomic_load(&v->loop), bring_back, j);
}

static struct job *job_new(struct voice_leg *leg, const char *url, const char *status,
                           enum sandbox_place place)
{
    struct job *j = xcalloc(1, sizeof *j);
    j->pool = pool_new();
    j->leg = leg;
    j->url = pool_strdup(j->pool, url);
    j->place = place;
    j->form.pairs = pool_calloc(j->pool, FIELDS_MAX, sizeof *j->form.pairs);
    put_call(j, status);
    return j;
}

static void send(struct job *j)
{
    j->leg->jobs++;
    workers_run(j->leg->voice->http, run, j);
}

void voice_post(struct voice_leg *leg, const char *url, const struct form_pair *more, size_t n,
                enum sandbox_place place, voice_answered *done)
{
    if (leg->voice->stopping) {
        return;
    }
    struct job *j = job_new(leg, url, leg->status, place);
    j->done = done;
    for (size_t i = 0; i < n; i++) {
        put(j, more[i].name.p, more[i].value.p);
    }
    send(j);
}

static void noted(struct voice_leg *leg, const struct voice_answer *a)
{
    bool taken = a->status >= 200 && a->status < 300;
    voice_moment(leg, "reported", taken ? NULL : a->error, a->status);
}

void voice_taken(struct voice_leg *leg)
{
    struct job *j = job_new(leg, leg->taker_url, leg->status, SANDBOX_ON_CALLBACKS);
    put(j, "AnsweredBy", leg->answered_by);
    put(j, "MachineDetectionDuration", pool_printf(j->pool, "%lld", (long long)leg->there_ms));
    j->done = noted;
    send(j);
}

void voice_status(struct voice_leg *leg, enum voice_event event)
{
    struct voice_callback *c = &leg->callback;
    if (!c->url || !(c->events & event) || leg->voice->stopping) {
        return;
    }
    struct job *j = job_new(leg, c->url, event == VOICE_INITIATED ? "initiated" : leg->status,
                            SANDBOX_ON_CALLBACKS);
    char date[WALL_RFC2822_BYTES];
    wall_format_rfc2822(wall_now(), date);
    put(j, "CallbackSource", "call-progress-events");
    put(j, "Timestamp", date);
    put(j, "SequenceNumber", pool_printf(j->pool, "%d", c->next++));
    if (event == VOICE_COMPLETED) {
        int64_t ms = leg->answered.us ? (leg->ended.us - leg->answered.us) / 1000 : 0;
        put(j, "CallDuration", pool_printf(j->pool, "%lld", (long long)(ms + 999) / 1000));
        put(j, "Duration", pool_printf(j->pool, "%lld", (long long)(ms + 59999) / 60000));
    }
    j->done = noted;
    send(j);
}
