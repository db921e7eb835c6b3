/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing is sent piece by piece: whenever something may have changed, the newest part of the chat
 * is read again and sent whole when it differs from what was sent last. So nothing can get lost
 * between a read and a change, and a page that reconnects is told in one frame what it missed. What
 * cannot be read ends the connection; the page comes back, with the time up to which it has read.
 */
#include "api/chat.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "api/live.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/metrics.h"
#include "channels/web_chat.h"
#include "io/thread.h"
#include "io/ws.h"
#include "ops/app.h"
#include "ops/chat.h"
#include "store/changes.h"
#include "store/web_visitors.h"

#define FRAME_MAX_BYTES (1u << 20) /* a hundred messages of the assistant's longest, and more */
#define WINDOWS_MAX 8              /* of one visitor */
#define HASH_BYTES (2 * SHA256_BYTES + 1)

enum close_code { CLOSE_POLICY = 1008, CLOSE_TRY_AGAIN = 1013 };

struct chat_hub {
    const struct app *app;
    struct workers *worker; /* one thread */
    _Atomic int n;          /* those who have said who they are */
    /* Below: the worker's thread only. */
    struct chat_entry *entries;
    bool flush_ordered;
};

struct chat_entry {
    struct chat_hub *hub;
    struct ws *ws;
    bool greeted; /* the loop's thread: the first frame has come */
    /* Below: the worker's thread only. */
    char key_hash[HASH_BYTES];
    struct chat_mark mark;
    bool dirty;                       /* perhaps not all was sent */
    unsigned char sent[SHA256_BYTES]; /* digest of the last frame */
    struct chat_entry *next, **link;
};

/* ---- sending ---- */

static int push(struct chat_entry *en, struct pool *p, struct err *e)
{
    unsigned char digest[SHA256_BYTES];
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, FRAME_MAX_BYTES);
    buf_puts(&b, "{\"type\":\"thread\",\"thread\":");
    int rc = chat_thread_write(en->hub->app, p, en->key_hash, &en->mark, &b, e);
    buf_puts(&b, "}");
    if (rc == 0 && buf_failed(&b)) {
        rc = err_set(e, ERR_TOO_LARGE, "the chat is too long for one frame");
    }
    if (rc < 0) {
        return rc;
    }
    sha256(buf_str(&b), digest);
    if (memcmp(digest, en->sent, sizeof digest) != 0) {
        memcpy(en->sent, digest, sizeof digest);
        ws_send_text(en->ws, buf_str(&b));
        metric_add(METRIC_chat_frames_total, 1);
    }
    return 0;
}

static void flush(void *arg)
{
    struct chat_hub *h = arg;
    struct pool *p = pool_new();
    h->flush_ordered = false;
    for (struct chat_entry *en = h->entries; en; en = en->next) {
        struct err e = {0};
        if (en->dirty && push(en, p, &e) < 0) {
            log_debug("a chat could not be read", LOG_TEXT("why", e.text));
            ws_close(en->ws, CLOSE_TRY_AGAIN, "try again");
        }
        en->dirty = false;
        pool_clear(p);
    }
    pool_free(&p);
}

/* Behind what waits already: a turn makes several changes. */
static void order_flush(struct chat_hub *h)
{
    if (!h->flush_ordered) {
        h->flush_ordered = true;
        workers_run(h->worker, flush, h);
    }
}

/* ---- what changes ---- */

struct changed {
    struct chat_hub *hub;
    bool is_conversation;
    char id[ID_TEXT_BYTES];
};

/* Whose it is, when it is a visitor's. */
static struct str visitor_of(struct chat_hub *h, struct pool *p, const char *conversation)
{
    struct str hash = {NULL, 0};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(h->app->store, &db, NULL);
    if (rc == 0) {
        rc = web_visitors_of(db, p, conversation, &hash, NULL);
    }
    return rc < 0 ? (struct str){NULL, 0} : hash;
}

static void take_change(void *arg)
{
    struct changed *c = arg;
    struct chat_hub *h = c->hub;
    struct pool *p = pool_new();
    struct str theirs = {NULL, 0};
    if (c->is_conversation && h->entries) { /* perhaps a new one, that nobody knows as theirs */
        theirs = visitor_of(h, p, c->id);
    }
    for (struct chat_entry *en = h->entries; en; en = en->next) {
        if (strcmp(en->mark.conversation.text, c->id) == 0 ||
            (theirs.p && str_eq(theirs, str_of(en->key_hash)))) {
            en->dirty = true;
            order_flush(h);
        }
    }
    pool_free(&p);
    free(c);
}

/* On the live hub's thread. */
static void watch(void *arg, const struct change *change)
{
    struct chat_hub *h = arg;
    if (atomic_load(&h->n) == 0 || !change->conversation_id.p) {
        return;
    }
    struct changed *c = xcalloc(1, sizeof *c);
    c->hub = h;
    c->is_conversation = str_eq(change->kind, STR("conversation"));
    snprintf(c->id, sizeof c->id, STR_FMT, STR_ARG(change->conversation_id));
    workers_run(h->worker, take_change, c);
}

/* ---- sockets ---- */

/* With one more than a person has windows, the one that has been there longest goes. */
static void make_room(struct chat_hub *h, const char *key_hash)
{
    struct chat_entry *oldest = NULL;
    int n = 0;
    for (struct chat_entry *en = h->entries; en; en = en->next) {
        if (strcmp(en->key_hash, key_hash) == 0) {
            oldest = en; /* new ones are put in front */
            n++;
        }
    }
    if (n >= WINDOWS_MAX) {
        ws_close(oldest->ws, CLOSE_POLICY, "too many windows");
    }
}

struct greeting {
    struct chat_entry *entry;
    struct wall after;
    char key_hash[HASH_BYTES];
};

static void entry_add(void *arg)
{
    struct greeting *g = arg;
    struct chat_entry *en = g->entry;
    struct chat_hub *h = en->hub;
    make_room(h, g->key_hash);
    memcpy(en->key_hash, g->key_hash, sizeof en->key_hash);
    en->mark.newest = g->after;
    en->next = h->entries;
    en->link = &h->entries;
    if (en->next) {
        en->next->link = &en->next;
    }
    h->entries = en;
    atomic_fetch_add(&h->n, 1);
    en->dirty = true;
    order_flush(h);
    free(g);
}

static void entry_remove(void *arg)
{
    struct chat_entry *en = arg;
    if (en->link) {
        *en->link = en->next;
        if (en->next) {
            en->next->link = en->link;
        }
        atomic_fetch_sub(&en->hub->n, 1);
    }
    ws_unref(&en->ws);
    free(en);
}

struct chat_entry *chat_entry_new(struct chat_hub *h)
{
    struct chat_entry *en = xcalloc(1, sizeof *en);
    en->hub = h;
    return en;
}

static void socket_open(struct ws *ws, void *arg)
{
    struct chat_entry *en = arg;
    en->ws = ws_ref(ws);
}

static void socket_message(struct ws *ws, void *arg, bool is_text, struct str data)
{
    struct chat_entry *en = arg;
    struct web_chat_hello hello;
    if (en->greeted) {
        return; /* nothing more is expected from a client */
    }
    en->greeted = true;
    struct pool *p = pool_new();
    if (!is_text || web_chat_hello_read(p, data, &hello, NULL) < 0) {
        ws_close(ws, CLOSE_POLICY, "the first frame is a hello with the visitor's key");
    } else {
        struct greeting *g = xcalloc(1, sizeof *g);
        *g = (struct greeting){.entry = en, .after = hello.after};
        snprintf(g->key_hash, sizeof g->key_hash, "%s", hello.key_hash);
        workers_run(en->hub->worker, entry_add, g);
    }
    pool_free(&p);
}

static void socket_closed(struct ws *ws, void *arg)
{
    struct chat_entry *en = arg;
    (void)ws;
    workers_run(en->hub->worker, entry_remove, en);
}

const struct ws_ops chat_ws_ops = {
    .open = socket_open,
    .message = socket_message,
    .closed = socket_closed,
    .message_max_bytes = WEB_CHAT_FRAME_BYTES,
    .queue_max_bytes = 2 * FRAME_MAX_BYTES,
};

/* ---- its life ---- */

struct chat_hub *chat_hub_start(const struct app *app, struct live *live)
{
    struct chat_hub *h = xcalloc(1, sizeof *h);
    h->app = app;
    h->worker = workers_new("chat", 1);
    live_watch(live, watch, h);
    return h;
}

void chat_hub_free(struct chat_hub **h)
{
    if (h && *h) {
        workers_free(&(*h)->worker);
        free(*h);
        *h = NULL;
    }
}
