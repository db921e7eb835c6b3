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
    call_errand *fn;
    void *arg;
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
    r->fn(c, r->arg);
    free(r);
}

static struct call_ref ref_to(const struct call_entry *en, size_t bucket)
{
    return (struct call_ref){en->desk, en->loop, en->part, bucket};
}

/* Not with the lock held: its way may run it at once. */
void call_list_visit(const struct call_ref *r, call_errand *fn, void *arg)
{
    struct errand *errand = xcalloc(1, sizeof *errand);
    *errand = (struct errand){r->part, r->bucket, fn, arg};
    voice_desk_plugs(r->desk)->back(r->loop, run_errand, errand);
}

#define SUPERSEDED 8 /* older connections of one session; more than one is rare */

static bool same_holder(const struct call_entry *a, const struct call_entry *b)
{
    return strcmp(a->session_id, b->session_id) == 0 && strcmp(a->transport, b->transport) == 0 &&
           strcmp(a->holder ? a->holder : "", b->holder ? b->holder : "") == 0;
}

void call_list_add(struct call_entry *entry, call_errand *superseded)
{
    size_t bucket = bucket_of(entry->session_id), n = 0;
    struct call_ref older[SUPERSEDED];
    pthread_mutex_lock(&list_lock);
    for (struct call_entry *en = buckets[bucket]; en && n < SUPERSEDED; en = en->next) {
        if (same_holder(en, entry)) {
            older[n++] = ref_to(en, bucket);
        }
    }
    entry->next = buckets[bucket];
    entry->link = &buckets[bucket];
    if (entry->next) {
        entry->next->link = &entry->next;
    }
    buckets[bucket] = entry;
    pthread_mutex_unlock(&list_lock);
    for (size_t i = 0; i < n; i++) {
        call_list_visit(&older[i], superseded, NULL);
    }
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

bool call_list_find(const char *conversation_id, struct call_ref *out)
{
    bool found = false;
    pthread_mutex_lock(&list_lock);
    for (size_t i = 0; i < BUCKETS && !found; i++) {
        for (const struct call_entry *en = buckets[i]; en && !found; en = en->next) {
            if (strcmp(en->conversation.text, conversation_id) == 0) {
                *out = ref_to(en, i);
                found = true;
            }
        }
    }
    pthread_mutex_unlock(&list_lock);
    return found;
}

void call_list_wished(const char *conversation_id)
{
    struct call_ref r;
    if (call_list_find(conversation_id, &r)) {
        call_list_visit(&r, call_look_for_wish, NULL);
    }
}
