/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One list under one lock, in buckets by session: a call is looked for when another begins, so that
 * must not take longer with thousands of calls. An entry that was found is looked for again on its
 * own loop, by its id, as only there it cannot go away meanwhile.
 */
#include "voice/call_list.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "voice/call_private.h"

#define BUCKETS 1024

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct call_entry *buckets[BUCKETS];

/* What is to be done on the loop of an entry. */
struct errand {
    struct id part;
    size_t bucket;
    void (*fn)(struct call *c);
};

static size_t bucket_of(const char *session_id)
{
    uint32_t hash = 5381;
    for (const char *c = session_id; *c; c++) {
        hash = hash * 33 + (unsigned char)*c;
    }
    return hash % BUCKETS;
}

static void run_errand(void *arg)
{
    struct errand *r = arg;
    pthread_mutex_lock(&list_lock);
    struct call_entry *en = buckets[r->bucket];
    while (en && strcmp(en->part.text, r->part.text) != 0) {
        en = en->next;
    }
    struct call *c = en ? en->call : NULL;
    pthread_mutex_unlock(&list_lock);
    if (c) {
        r->fn(c);
    }
    free(r);
}

/* An errand that is sent when the lock is given back: its way may run it at once. */
struct sending {
    struct voice_desk *desk;
    struct loop *loop;
    struct errand *errand;
};

#define SENDINGS 8 /* older connections of one session; more than one is rare */

static struct sending errand_for(const struct call_entry *en, size_t bucket,
                                 void (*fn)(struct call *c))
{
    struct errand *r = xcalloc(1, sizeof *r);
    *r = (struct errand){en->part, bucket, fn};
    return (struct sending){en->desk, en->loop, r};
}

static void send_off(const struct sending *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        voice_desk_plugs(s[i].desk)->back(s[i].loop, run_errand, s[i].errand);
    }
}

static bool same_holder(const struct call_entry *a, const struct call_entry *b)
{
    return strcmp(a->session_id, b->session_id) == 0 && strcmp(a->transport, b->transport) == 0 &&
           strcmp(a->holder ? a->holder : "", b->holder ? b->holder : "") == 0;
}

void call_list_add(struct call_entry *entry, void (*superseded)(struct call *c))
{
    size_t bucket = bucket_of(entry->session_id), n = 0;
    struct sending sending[SENDINGS];
    pthread_mutex_lock(&list_lock);
    for (struct call_entry *en = buckets[bucket]; en && n < SENDINGS; en = en->next) {
        if (same_holder(en, entry)) {
            sending[n++] = errand_for(en, bucket, superseded);
        }
    }
    entry->next = buckets[bucket];
    entry->link = &buckets[bucket];
    if (entry->next) {
        entry->next->link = &entry->next;
    }
    buckets[bucket] = entry;
    pthread_mutex_unlock(&list_lock);
    send_off(sending, n);
}

void call_list_set_conversation(struct call_entry *entry, const struct id *conversation)
{
    pthread_mutex_lock(&list_lock);
    entry->conversation = *conversation;
    pthread_mutex_unlock(&list_lock);
}

void call_list_remove(struct call_entry *entry)
{
    pthread_mutex_lock(&list_lock);
    *entry->link = entry->next;
    if (entry->next) {
        entry->next->link = entry->link;
    }
    pthread_mutex_unlock(&list_lock);
}

void call_list_wished(const char *conversation_id)
{
    struct sending sending[1];
    size_t n = 0;
    pthread_mutex_lock(&list_lock);
    for (size_t i = 0; i < BUCKETS && n == 0; i++) {
        for (struct call_entry *en = buckets[i]; en && n == 0; en = en->next) {
            if (strcmp(en->conversation.text, conversation_id) == 0) {
                sending[n++] = errand_for(en, i, call_look_for_wish);
            }
        }
    }
    pthread_mutex_unlock(&list_lock);
    send_off(sending, n);
}
