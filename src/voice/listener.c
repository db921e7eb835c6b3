/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listener belongs to its socket and to its call, which are on two loops, and to each errand
 * between the two; whoever lets go of it last frees it. Its time in the call is the call's alone.
 */
#include "voice/listener.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/metrics.h"
#include "base/utf8.h"
#include "voice/call_private.h"

#define MESSAGE_ROOM 256 /* around the sound */
#define NAME_BYTES 80

struct listener {
    _Atomic int refs;
    const struct listener_ops *ops;
    void *to;
    char conversation_id[ID_TEXT_BYTES];
    char by[NAME_BYTES];
    struct call_ref call; /* of the socket's thread */
    bool begun;           /* of the socket's thread: `call` is known */
    _Atomic bool gone, slow;
    struct wall since; /* of the call's thread */
};

static struct listener *ref(struct listener *l)
{
    atomic_fetch_add(&l->refs, 1);
    return l;
}

static void unref(struct listener *l)
{
    if (atomic_fetch_sub(&l->refs, 1) == 1) {
        l->ops->free(l->to);
        free(l);
    }
}

/* ---- in the call ---- */

static void send(const struct call *c, const struct buf *message)
{
    for (size_t i = 0; i < c->n_listeners && !buf_failed(message); i++) {
        c->listeners[i]->ops->send(c->listeners[i]->to, buf_str(message));
    }
}

static void put_time(struct jw *j, const struct call *c)
{
    jw_key(j, "timestamp");
    jw_double(j, (double)(call_now_ms(c) + c->before_ms) / 1000);
}

void call_overheard(const struct call *c, enum call_speaker who, struct str base64)
{
    if (c->n_listeners == 0) {
        return;
    }
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, base64.n + MESSAGE_ROOM);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "type", "audio");
    jw_kv_text(&j, "speaker", who == CALL_CUSTOMER ? "customer" : "assistant");
    put_time(&j, c);
    jw_kv_str(&j, "data", base64);
    jw_object_end(&j);
    send(c, &b);
}

void call_overheard_cut(const struct call *c)
{
    if (c->n_listeners == 0) {
        return;
    }
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, MESSAGE_ROOM);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "type", "clear");
    put_time(&j, c);
    jw_object_end(&j);
    send(c, &b);
}

static void greet(const struct call *c, const struct listener *l)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 2 * MESSAGE_ROOM);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "type", "listening");
    jw_kv_text(&j, "conversation_id", l->conversation_id);
    jw_kv_text(&j, "encoding", c->form == AUDIO_ULAW_8K ? "ulaw" : "pcm16");
    jw_kv_i64(&j, "rate", audio_rate(c->form));
    put_time(&j, c);
    jw_object_end(&j);
    if (!buf_failed(&b)) {
        l->ops->send(l->to, buf_str(&b));
    }
}

/* until: NULL: it begins. */
static void note(struct call *c, const struct listener *l, const struct wall *until,
                 const char *why)
{
    struct pool *p = pool_new();
    char from[WALL_TEXT_BYTES], to[WALL_TEXT_BYTES] = "";
    wall_format(l->since, from);
    if (until) {
        wall_format(*until, to);
    }
    json_t *details = json_pack("{s:s, s:s, s:s*, s:s*}", "by", l->by, "from", from, "to",
                                until ? to : NULL, "why", why);
    struct str text = details ? json_dump_to_pool(p, details) : STR("{}");
    call_record_event(&c->record, until ? "listening_ended" : "listening_began", text,
                      call_now_ms(c));
    json_decref(details);
    pool_free(&p);
    call_news(c, 0);
}

static void let_go(struct call *c, size_t i, const char *why)
{
    struct listener *l = c->listeners[i];
    struct wall now = c->plugs->wall();
    note(c, l, &now, why);
    c->listeners[i] = c->listeners[--c->n_listeners];
    metric_add(METRIC_voice_listeners, -1);
    unref(l);
}

void call_listeners_end(struct call *c)
{
    while (c->n_listeners) {
        struct listener *l = c->listeners[c->n_listeners - 1];
        l->ops->end(l->to, LISTENER_CALL_OVER);
        let_go(c, c->n_listeners - 1, "the call ended");
    }
}

static void join(struct call *c, void *arg)
{
    struct listener *l = arg;
    if (!c) {
        l->ops->end(l->to, LISTENER_CALL_OVER);
    } else if (c->n_listeners == CALL_LISTENERS_MAX) {
        l->ops->end(l->to, LISTENER_CROWDED);
    } else if (!atomic_load(&l->gone)) {
        c->listeners[c->n_listeners++] = ref(l);
        l->since = c->plugs->wall();
        metric_add(METRIC_voice_listeners, 1);
        metric_add(METRIC_voice_listeners_total, 1);
        greet(c, l);
        note(c, l, NULL, NULL);
    }
    unref(l);
}

static void leave(struct call *c, void *arg)
{
    struct listener *l = arg;
    for (size_t i = 0; c && i < c->n_listeners; i++) {
        if (c->listeners[i] == l) {
            let_go(c, i, atomic_load(&l->slow) ? "too slow" : "left");
            break;
        }
    }
    unref(l);
}

/* ---- of its socket ---- */

bool listener_possible(const char *conversation_id)
{
    struct call_ref call;
    return call_list_find(conversation_id, &call);
}

struct listener *listener_new(const char *conversation_id, const char *by,
                              const struct listener_ops *ops, void *to)
{
    struct listener *l = xcalloc(1, sizeof *l);
    atomic_init(&l->refs, 1);
    l->ops = ops;
    l->to = to;
    snprintf(l->conversation_id, sizeof l->conversation_id, "%s", conversation_id);
    struct str name = utf8_prefix(str_of(by ? by : ""), sizeof l->by - 1);
    memcpy(l->by, name.p, name.n);
    return l;
}

void listener_begin(struct listener *l)
{
    l->begun = call_list_find(l->conversation_id, &l->call);
    if (l->begun) {
        call_list_visit(&l->call, join, ref(l));
    } else {
        l->ops->end(l->to, LISTENER_CALL_OVER);
    }
}

void listener_gone(struct listener **pl, bool slow)
{
    struct listener *l = *pl;
    *pl = NULL;
    atomic_store(&l->slow, slow);
    atomic_store(&l->gone, true);
    if (slow) {
        metric_add(METRIC_voice_listeners_dropped_total, 1);
    }
    if (l->begun) {
        call_list_visit(&l->call, leave, l); /* with the socket's reference */
    } else {
        unref(l);
    }
}
