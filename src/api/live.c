/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub is a worker set of one thread: what is handed to it runs one after another, so the list
 * of sockets needs no lock. A ticker hands it a look at the feed when a wake-up rings, and once a
 * second as the net under them (another process on the same SQLite file gives none). A wake-up may
 * come until the store is closed, when the hub is gone already, so it rings the bell and no more.
 */
#include "api/live.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_private.h"
#include "api/presence.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/utf8.h"
#include "domain/access.h"
#include "io/thread.h"
#include "io/ws.h"
#include "ops/ops_gen.h"
#include "store/changes.h"

#define NET_MS 1000
#define BATCH 500
#define ACCESS_US (30 * US_PER_SECOND)
#define REPLAY_MAX 1000 /* more missed changes than this: the client reloads */
#define WATCHES_MAX 4
#define GAPS_MAX 64
#define HEARD_MAX 500
#define GAP_US (5 * US_PER_SECOND) /* a gap that long is a rolled back transaction */

struct gap {
    int64_t id;
    int64_t until_us;
};

struct live {
    struct store *store;
    struct workers *hub; /* one thread */
    struct thread *ticker;
    struct bell *bell; /* of the ticker */
    _Atomic bool stopping;
    _Atomic bool look_pending; /* a look is queued already */
    _Atomic int sockets;
    /* Below: the hub's thread only. */
    struct live_entry *entries;
    struct presence *present;
    int64_t last_id;
    unsigned access_generation; /* at the last look whether all may still watch */
    int64_t access_looked_us;
    size_t n_gaps;
    struct gap gaps[GAPS_MAX];
    size_t n_watches;
    struct watch {
        void (*fn)(void *arg, const struct change *c);
        void *arg;
    } watches[WATCHES_MAX];
};

struct live_entry {
    struct live *live;
    struct ws *ws;
    int64_t since;
    struct auth_proof proof;
    struct presence presence;
    struct live_entry *next, **link;
};

static void write_change(struct buf *b, const struct change *c)
{
    struct jw j = jw_to(b);
    buf_reset(b);
    jw_object(&j);
    jw_kv_text(&j, "type", "change");
    jw_kv_i64(&j, "id", c->id);
    jw_kv_str(&j, "at", c->at);
    jw_kv_str(&j, "kind", c->kind);
    jw_kv_text(&j, "conversation_id", c->conversation_id.p);
    jw_kv_text(&j, "message_id", c->message_id.p);
    jw_key(&j, "customer_id");
    if (c->customer_id) {
        jw_i64(&j, c->customer_id);
    } else {
        jw_null(&j);
    }
    jw_object_end(&j);
}

static void send_changes(struct live *l, struct ws *only, const struct change *list, size_t n)
{
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < n; i++) {
        write_change(&text, &list[i]);
        for (struct live_entry *en = l->entries; en && !only; en = en->next) {
            ws_send_text(en->ws, buf_str(&text));
            metric_add(METRIC_live_messages_total, 1);
        }
        if (only) {
            ws_send_text(only, buf_str(&text));
        }
        for (size_t k = 0; !only && k < l->n_watches; k++) {
            l->watches[k].fn(l->watches[k].arg, &list[i]);
        }
    }
    buf_clear(&text);
}

/* Notes the ids that were skipped between the last one seen and this one. */
static void note_gap(struct live *l, int64_t id, int64_t now_us)
{
    for (int64_t missing = l->last_id + 1; missing < id && l->n_gaps < GAPS_MAX; missing++) {
        l->gaps[l->n_gaps++] = (struct gap){missing, now_us + GAP_US};
    }
    l->last_id = id;
}

/* Looks whether what was missing has come; forgets what never will. */
static int fill_gaps(struct live *l, struct db *db, struct pool *p, int64_t now_us)
{
    size_t kept = 0;
    for (size_t i = 0; i < l->n_gaps; i++) {
        struct change *found;
        size_t n;
        int rc = changes_after(db, p, l->gaps[i].id - 1, 1, &found, &n, NULL);
        if (rc < 0) {
            return rc;
        }
        if (n && found[0].id == l->gaps[i].id) {
            send_changes(l, NULL, found, 1);
        } else if (l->gaps[i].until_us > now_us) {
            l->gaps[kept++] = l->gaps[i];
        }
    }
    l->n_gaps = kept;
    return 0;
}

static int look_once(struct live *l, struct pool *p, size_t *n_out, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct change *list;
    int64_t now_us = wall_now().us;
    int rc = store_borrow(l->store, &db, e);
    if (rc == 0) {
        rc = fill_gaps(l, db, p, now_us);
    }
    if (rc == 0) {
        rc = changes_after(db, p, l->last_id, BATCH, &list, n_out, e);
    }
    if (rc) {
        return rc;
    }
    for (size_t i = 0; i < *n_out; i++) {
        note_gap(l, list[i].id, now_us);
    }
    send_changes(l, NULL, list, *n_out);
    return 0;
}

/* Closes the sockets of those who may watch no more: as soon as this process took that away, and
 * before long when another did or a session ran out. */
static void look_at_access(struct live *l, struct pool *p)
{
    unsigned generation = access_generation();
    int64_t now_us = wall_now().us;
    if (generation == l->access_generation && now_us - l->access_looked_us < ACCESS_US) {
        return;
    }
    l->access_generation = generation;
    l->access_looked_us = now_us;
    for (struct live_entry *en = l->entries; en; en = en->next) {
        if (auth_is_gone(l->store, p, &en->proof, PERMISSION_CONVERSATIONS_READ)) {
            ws_close(en->ws, 1008, "access has ended");
        }
        pool_clear(p);
    }
}

static void look(void *arg)
{
    struct live *l = arg;
    atomic_store(&l->look_pending, false);
    struct pool *p = pool_new();
    look_at_access(l, p);
    presence_lapse(&l->present, mono_now().ns / 1000);
    size_t n = BATCH;
    struct err e = {0};
    while (n == BATCH && look_once(l, p, &n, &e) == 0) {
        pool_clear(p);
    }
    if (e.code) {
        log_debug("the change feed could not be read", LOG_TEXT("why", e.text));
    }
    pool_free(&p);
}

static void order_look(struct live *l)
{
    if (!atomic_exchange(&l->look_pending, true)) {
        workers_run(l->hub, look, l);
    }
}

static void woken(void *arg, unsigned what)
{
    struct live *l = arg;
    if (what & STORE_WAKE_CHANGES) {
        bell_ring(l->bell);
    }
}

static void tick(void *arg)
{
    struct live *l = arg;
    while (!atomic_load(&l->stopping)) {
        bell_wait(l->bell, NET_MS);
        order_look(l);
    }
}

/* ---- sockets ---- */

static void say_hello(struct live *l, struct live_entry *en)
{
    struct pool *p = pool_new();
    struct change *missed = NULL;
    size_t n = 0;
    bool all = true;
    if (en->since >= 0 && en->since < l->last_id) {
        CLEANUP(store_return) struct db *db = NULL;
        all = store_borrow(l->store, &db, NULL) == 0 &&
              changes_after(db, p, en->since, REPLAY_MAX + 1, &missed, &n, NULL) == 0 &&
              n <= REPLAY_MAX;
    }
    /* reset: more was missed than is sent; load what is shown afresh. */
    ws_send_text(en->ws, str_of(pool_printf(p, "{\"type\":\"hello\",\"last_id\":%lld,\"reset\":%s}",
                                            (long long)l->last_id, all ? "false" : "true")));
    while (n && missed[n - 1].id > l->last_id) {
        n--; /* everybody gets those in a moment */
    }
    if (all) {
        send_changes(l, en->ws, missed, n);
    }
    pool_free(&p);
}

static void entry_add(void *arg)
{
    struct live_entry *en = arg;
    struct live *l = en->live;
    atomic_fetch_add(&l->sockets, 1);
    say_hello(l, en);
    en->presence.ws = en->ws;
    presence_join(&l->present, &en->presence);
    en->next = l->entries;
    en->link = &l->entries;
    if (en->next) {
        en->next->link = &en->next;
    }
    l->entries = en;
}

static void entry_remove(void *arg)
{
    struct live_entry *en = arg;
    presence_leave(&en->live->present, &en->presence);
    if (en->link) {
        atomic_fetch_sub(&en->live->sockets, 1);
        *en->link = en->next;
        if (en->next) {
            en->next->link = en->link;
        }
    }
    ws_unref(&en->ws);
    free(en);
}

struct live_entry *live_entry_new(struct live *l, int64_t since, const struct http_request *req,
                                  const struct actor *who)
{
    struct live_entry *en = xcalloc(1, sizeof *en);
    *en = (struct live_entry){.live = l, .since = since};
    auth_proof_of(req, &en->proof);
    snprintf(en->presence.who, sizeof en->presence.who, "%s", who->id);
    struct str name = utf8_prefix(str_of(who->name), sizeof en->presence.name - 1);
    snprintf(en->presence.name, sizeof en->presence.name, STR_FMT, STR_ARG(name));
    return en;
}

static void socket_open(struct ws *ws, void *arg)
{
    struct live_entry *en = arg;
    en->ws = ws_ref(ws);
    workers_run(en->live->hub, entry_add, en);
}

struct hearing {
    struct live_entry *entry; /* outlives it: it is removed on the same thread, later */
    size_t n;
    char text[];
};

static void hear(void *arg)
{
    struct hearing *h = arg;
    presence_hear(&h->entry->live->present, &h->entry->presence, (struct str){h->text, h->n},
                  mono_now().ns / 1000);
    free(h);
}

/* The only thing that a page says here is where it is. */
static void socket_message(struct ws *ws UNUSED, void *arg, bool is_text, struct str data)
{
    struct live_entry *en = arg;
    if (!is_text || data.n > HEARD_MAX) {
        return;
    }
    struct hearing *h = xmalloc(sizeof *h + data.n);
    h->entry = en;
    h->n = data.n;
    memcpy(h->text, data.p, data.n);
    workers_run(en->live->hub, hear, h);
}

static void socket_closed(struct ws *ws, void *arg)
{
    struct live_entry *en = arg;
    (void)ws;
    workers_run(en->live->hub, entry_remove, en);
}

const struct ws_ops live_ws_ops = {
    .open = socket_open,
    .message = socket_message,
    .closed = socket_closed,
    .message_max_bytes = 4096,
    .queue_max_bytes = 1 << 20,
};

/* ---- what is no change ---- */

struct telling {
    struct live *live;
    size_t n;
    char text[];
};

static void tell(void *arg)
{
    struct telling *t = arg;
    for (struct live_entry *en = t->live->entries; en; en = en->next) {
        ws_send_text(en->ws, (struct str){t->text, t->n});
        metric_add(METRIC_live_messages_total, 1);
    }
    free(t);
}

bool live_watched(const struct live *l)
{
    return atomic_load(&l->sockets) > 0;
}

void live_tell(struct live *l, struct str text)
{
    struct telling *t = xmalloc(sizeof *t + text.n);
    t->live = l;
    t->n = text.n;
    memcpy(t->text, text.p, text.n);
    workers_run(l->hub, tell, t);
}

/* ---- its life ---- */

struct watching {
    struct live *live;
    void (*fn)(void *arg, const struct change *c);
    void *arg;
};

static void set_watch(void *arg)
{
    struct watching *w = arg;
    if (w->live->n_watches < WATCHES_MAX) {
        w->live->watches[w->live->n_watches++] = (struct watch){w->fn, w->arg};
    }
    free(w);
}

void live_watch(struct live *l, void (*fn)(void *arg, const struct change *c), void *arg)
{
    struct watching *w = xcalloc(1, sizeof *w);
    *w = (struct watching){l, fn, arg};
    workers_run(l->hub, set_watch, w);
}

int live_start(struct store *s, struct live **out, struct err *e)
{
    struct live *l = xcalloc(1, sizeof *l);
    *l = (struct live){.store = s};
    struct pool *p = pool_new();
    {
        CLEANUP(store_return) struct db *db = NULL;
        int rc = store_borrow(s, &db, e);
        if (rc == 0) {
            rc = changes_last(db, p, &l->last_id, e);
        }
        if (rc < 0) {
            pool_free(&p);
            free(l);
            return rc;
        }
    }
    pool_free(&p);
    l->hub = workers_new("live", 1);
    l->bell = bell_new();
    l->ticker = thread_start("live-tick", tick, l);
    store_on_wake(s, woken, l);
    *out = l;
    return 0;
}

void live_stop(struct live *l)
{
    if (!l) {
        return;
    }
    atomic_store(&l->stopping, true);
    bell_ring(l->bell);
    thread_join(&l->ticker);
    workers_free(&l->hub);
}

void live_free(struct live **l)
{
    if (!l || !*l) {
        return;
    }
    bell_free(&(*l)->bell);
    free(*l);
    *l = NULL;
}
