/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the writers do with a call, in the lane of its paper, one after another: take it in, keep a
 * copy of its record, finish it. What cannot be written at the end is tried again until the desk
 * stops; then the call is finished by whoever finds that its server is gone (ops/housekeeping.h).
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "domain/business.h"
#include "domain/call_text.h"
#include "domain/phone.h"
#include "voice/call_private.h"

#define RETRY_FIRST_MS 500
#define RETRY_MOST_MS 30000

struct call_paper {
    _Atomic int refs; /* the call's, and one for each task of the writers */
    struct voice_desk *desk;
    struct pool *pool; /* of the texts of `who` */
    struct voice_call who;
    struct loop *loop;
    struct call *call; /* for the loop thread alone, until it says that it is gone */
    _Atomic bool busy, again;
    _Atomic size_t events;
    int64_t retry_ms;
};

struct keeping {
    struct call_paper *paper;
    struct call_copy *copy;
    int64_t wait_us; /* for another connection, when this one has ended; 0: it does not */
    bool live;
    struct voice_kept kept;
};

/* What comes back of the beginning. */
struct beginning {
    struct call_paper *paper;
    struct pool *pool;
    struct call_begun begun;
};

struct call_paper *call_paper_new(struct call *c, const struct call_who *who)
{
    struct call_paper *p = xcalloc(1, sizeof *p);
    struct pool *pool = pool_new();
    *p = (struct call_paper){.refs = 1, .desk = c->desk, .pool = pool, .loop = c->loop, .call = c};
    p->who = (struct voice_call){
        .id = id_new(),
        .conversation_id = id_new(),
        .server = voice_desk_server(c->desk),
        .transport = pool_strdup(pool, who->transport),
        .session_id = pool_strdup(pool, who->session_id),
        .outbound = who->outbound,
        .caller = who->test ? NULL : pool_strdup(pool, who->caller),
        .called = pool_strdup(pool, who->called),
        .customer_id = who->test ? 0 : who->customer_id,
        .test = who->test,
        .holder = pool_strdup(pool, who->holder),
        .at = c->plugs->wall(),
    };
    c->who = p->who;
    voice_desk_open(c->desk);
    return p;
}

static void paper_unref(struct call_paper *p)
{
    if (atomic_fetch_sub(&p->refs, 1) == 1) {
        pool_free(&p->pool);
        free(p);
    }
}

static void write_later(struct call_paper *p, void (*fn)(void *arg), void *arg)
{
    atomic_fetch_add(&p->refs, 1);
    voice_desk_plugs(p->desk)->write(p->desk, voice_desk_lane(p->desk, p->who.session_id), fn, arg);
}

static void copy_free(struct call_copy *c)
{
    struct pool *p = c->pool;
    pool_free(&p);
}

/* ---- the beginning ---- */

static void came_back(void *arg)
{
    struct beginning *b = arg;
    if (b->paper->call) {
        call_begun(b->paper->call, &b->begun);
    }
    paper_unref(b->paper);
    pool_free(&b->pool);
    free(b);
}

static int begin_in(struct db *db, void *arg, struct err *e)
{
    struct beginning *b = arg;
    return voice_call_begin(db, b->pool, &b->paper->who, &b->begun.call, e);
}

/* Names for the greeting, which a business without facts has not; and whether it may text. */
static void read_facts(struct store *store, struct beginning *b)
{
    struct facts f = {0};
    CLEANUP(store_return) struct db *db = NULL;
    if (store_borrow(store, &db, NULL) == 0 && business_load(db, b->pool, &f, NULL) == 0) {
        b->begun.business = f.business_name;
        b->begun.assistant = f.assistant_name;
    }
    const char *caller = b->paper->who.caller;
    bool known = caller && b->begun.call.customer_id && phone_is_e164(str_of(caller));
    if (db && known && voice_desk_config(b->paper->desk)->text_from &&
        call_text_allowed(db, b->pool, caller, &b->begun.may_text, NULL) < 0) {
        b->begun.may_text = false;
    }
}

static void begin(void *arg)
{
    struct beginning *b = arg;
    struct call_paper *p = b->paper;
    struct store *store = voice_desk_config(p->desk)->store;
    struct err e = {0};
    int rc = store_write(store, begin_in, b, &e);
    b->begun.error = rc < 0;
    if (rc < 0) {
        log_warn("a call could not be recorded at its beginning, it is tried again at its end",
                 LOG_TEXT("call", p->who.id.text), LOG_TEXT("why", e.text));
    } else {
        fault_point("call_begun");
        read_facts(store, b);
    }
    voice_desk_plugs(p->desk)->back(p->loop, came_back, b);
}

void call_paper_begin(struct call_paper *p)
{
    struct beginning *b = xcalloc(1, sizeof *b);
    *b = (struct beginning){.paper = p, .pool = pool_new()};
    write_later(p, begin, b);
}

/* ---- while it goes on ---- */

bool call_paper_busy(const struct call_paper *p)
{
    return atomic_load(&p->busy);
}

bool call_paper_again(struct call_paper *p)
{
    return atomic_exchange(&p->again, false);
}

size_t call_paper_events(const struct call_paper *p)
{
    return atomic_load(&p->events);
}

static int keep_in(struct db *db, void *arg, struct err *e)
{
    struct keeping *k = arg;
    return voice_call_keep(db, k->copy->pool, &k->paper->who, &k->copy->talk,
                           voice_desk_plugs(k->paper->desk)->wall(), &k->kept, e);
}

/* On the call's loop, when there is news. */
static void kept_came_back(void *arg)
{
    struct keeping *k = arg;
    const struct call_kept_news news = {k->kept.live, k->kept.wish};
    if (k->paper->call) {
        call_kept_came_back(k->paper->call, &news);
    }
    paper_unref(k->paper);
    copy_free(k->copy);
    free(k);
}

static void keep(void *arg)
{
    struct keeping *k = arg;
    struct call_paper *p = k->paper;
    struct err e = {0};
    int rc = store_write(voice_desk_config(p->desk)->store, keep_in, k, &e);
    if (rc < 0) {
        log_warn("a call that goes on could not be kept, will be tried again",
                 LOG_TEXT("call", p->who.id.text), LOG_TEXT("why", e.text));
    } else if (k->kept.live) {
        atomic_store(&p->events, k->copy->talk.first_event + k->copy->talk.n_events);
        fault_point("call_kept");
    }
    atomic_store(&p->again, rc < 0);
    atomic_store(&p->busy, false);
    if (rc == 0 && (!k->kept.live || k->kept.wish)) {
        voice_desk_plugs(p->desk)->back(p->loop, kept_came_back, k);
        return;
    }
    copy_free(k->copy);
    free(k);
    paper_unref(p);
}

void call_paper_keep(struct call_paper *p, struct call_copy *copy)
{
    struct keeping *k = xcalloc(1, sizeof *k);
    *k = (struct keeping){.paper = p, .copy = copy};
    atomic_store(&p->busy, true);
    write_later(p, keep, k);
}

/* ---- a text to who cannot be heard ---- */

struct texting {
    struct call_paper *paper;
    struct pool *pool;
    struct call_text text;
    struct id conversation;
    bool sent;
};

static void texted(void *arg)
{
    struct texting *t = arg;
    if (t->paper->call) {
        call_texted(t->paper->call, t->sent);
    }
    paper_unref(t->paper);
    pool_free(&t->pool);
    free(t);
}

static int text_in(struct db *db, void *arg, struct err *e)
{
    struct texting *t = arg;
    struct facts f = {0};
    int rc = business_load(db, t->pool, &f, e);
    const char *name = rc == 0 && f.assistant_name ? f.assistant_name : "the assistant";
    const char *of = rc == 0 ? f.business_name : NULL;
    t->text.body =
        str_of(pool_printf(t->pool,
                           "Hi, this is %s%s%s. I could not hear you on the phone. What can I do "
                           "for you? Just write it here.",
                           name, of ? " at " : "", of ? of : ""));
    return rc < 0 && rc != ERR_NOT_FOUND ? rc : call_text_send(db, t->pool, &t->text, e);
}

static void text(void *arg)
{
    struct texting *t = arg;
    struct err e = {0};
    int rc = store_write(voice_desk_config(t->paper->desk)->store, text_in, t, &e);
    t->sent = rc == 0;
    if (rc < 0 && rc != ERR_OPTED_OUT && rc != ERR_CONFLICT) {
        log_warn("no text message could be written to a caller",
                 LOG_TEXT("call", t->paper->who.id.text), LOG_TEXT("why", e.text));
    }
    voice_desk_plugs(t->paper->desk)->back(t->paper->loop, texted, t);
}

void call_paper_text(struct call_paper *p, const struct id *conversation)
{
    const struct voice_desk_config *config = voice_desk_config(p->desk);
    struct texting *t = xcalloc(1, sizeof *t);
    *t = (struct texting){.paper = p, .pool = pool_new(), .conversation = *conversation};
    t->text = (struct call_text){
        .conversation_id = t->conversation.text,
        .from = config->text_from,
        .to = p->who.caller,
        .rules = {config->settings->conversation_idle * US_PER_SECOND,
                  config->settings->reopen_window * US_PER_SECOND},
        .now = voice_desk_plugs(p->desk)->wall(),
    };
    write_later(p, text, t);
}

/* ---- the end ---- */

static void finish(void *arg);

static int finish_in(struct db *db, void *arg, struct err *e)
{
    struct keeping *k = arg;
    const struct voice_call *who = &k->paper->who;
    const struct voice_ending *end = &k->copy->ending;
    struct wall until = {end->at.us + k->wait_us};
    return k->wait_us > 0
               ? voice_call_wait(db, k->copy->pool, who, &k->copy->talk, end, until, &k->live, e)
               : voice_call_finish(db, k->copy->pool, who, &k->copy->talk, end, &k->live, e);
}

/* ---- the end of one that nobody came back to ---- */

struct waiting_call {
    struct voice_desk *desk;
    struct id id; /* of the part that ended */
    bool done;
};

static int give_up_in(struct db *db, void *arg, struct err *e)
{
    struct waiting_call *w = arg;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct wall gone = {0}; /* only what has waited; of servers that are gone, housekeeping knows */
    return voice_call_finish_lost(db, p, w->id.text, voice_desk_plugs(w->desk)->wall(), gone,
                                  &w->done, e);
}

static void give_up(void *arg)
{
    struct waiting_call *w = arg;
    struct err e = {0};
    if (store_write(voice_desk_config(w->desk)->store, give_up_in, w, &e) < 0) {
        log_warn("a call that nobody came back to could not be written, will be tried again",
                 LOG_TEXT("call", w->id.text), LOG_TEXT("why", e.text)); /* by housekeeping */
    }
    free(w);
}

static void give_up_later(struct keeping *k)
{
    struct call_paper *p = k->paper;
    struct waiting_call *w = xcalloc(1, sizeof *w);
    *w = (struct waiting_call){.desk = p->desk, .id = p->who.id};
    if (!voice_desk_later(p->desk, k->wait_us / 1000 + 1, NULL, give_up, w)) {
        free(w); /* the server stops: whoever comes after it does it */
    }
}

static void finished(struct keeping *k)
{
    struct call_paper *p = k->paper;
    copy_free(k->copy);
    free(k);
    voice_desk_closed(p->desk);
    paper_unref(p);
}

static bool try_again(struct keeping *k)
{
    struct call_paper *p = k->paper;
    int64_t ms = p->retry_ms ? p->retry_ms : RETRY_FIRST_MS;
    p->retry_ms = MIN_OF(ms * 2, RETRY_MOST_MS);
    return voice_desk_later(p->desk, ms, voice_desk_lane(p->desk, p->who.session_id), finish, k);
}

static void finish(void *arg)
{
    struct keeping *k = arg;
    const char *id = k->paper->who.id.text;
    struct err e = {0};
    int rc = store_write(voice_desk_config(k->paper->desk)->store, finish_in, k, &e);
    if (rc < 0) {
        metric_add(METRIC_voice_write_retries_total, 1);
        if (try_again(k)) {
            log_warn("a call that ended could not be written, will be tried again",
                     LOG_TEXT("call", id), LOG_TEXT("why", e.text));
            return;
        }
        log_error("a call that ended could not be written, another server will finish it",
                  LOG_TEXT("call", id), LOG_TEXT("why", e.text));
    } else if (!k->live) {
        log_warn("a call was taken for lost, or went on elsewhere, before it had ended",
                 LOG_TEXT("call", id));
    } else if (k->wait_us > 0) {
        give_up_later(k);
    }
    finished(k);
}

void call_paper_finish(struct call_paper *p, struct call_copy *copy)
{
    call_paper_wait(p, copy, 0);
}

void call_paper_wait(struct call_paper *p, struct call_copy *copy, int64_t wait_us)
{
    struct keeping *k = xcalloc(1, sizeof *k);
    *k = (struct keeping){.paper = p, .copy = copy, .wait_us = wait_us};
    p->call = NULL;
    write_later(p, finish, k);
    paper_unref(p);
}
