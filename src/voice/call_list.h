/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of this process, for whoever has to find one from another thread: the staff want
 * something of it, or it has come back in another connection. A call is in the list from its
 * beginning to its end; only its own loop thread puts it in, changes its entry and takes it out.
 */
#ifndef VOICE_CALL_LIST_H
#define VOICE_CALL_LIST_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/id.h"
#include "voice/desk.h"

struct call;
struct loop;

struct call_entry { /* the texts are the call's */
    struct call_entry *next, **link;
    struct call *call;
    struct voice_desk *desk;
    struct loop *loop;
    struct id part;         /* its id */
    struct id conversation; /* changes when it turns out to be a further part of a call */
    const char *transport, *session_id, *holder;
};

/* Run on the loop of a call. c == NULL: it has ended meanwhile. */
typedef void call_errand(struct call *c, void *arg);

/* Where a call is, for whoever is not on its loop. */
struct call_ref {
    struct voice_desk *desk;
    struct loop *loop;
    struct id part;
    size_t bucket;
};

/*
 * Puts it in. Those that have the same session and holder are older connections of the same call:
 * superseded(call, NULL) is run for each on its loop.
 */
void call_list_add(struct call_entry *entry, call_errand *superseded);
void call_list_set_conversation(struct call_entry *entry, const struct id *conversation);
void call_list_remove(struct call_entry *entry);

/* Any thread: the staff want something of the call with that conversation, which it will find in
 * the store. Nothing when it is not of this process. */
void call_list_wished(const char *conversation_id);

/* Any thread: the call with that conversation; false: there is none in this process. */
NODISCARD bool call_list_find(const char *conversation_id, struct call_ref *out);
/* Any thread, which holds no lock that fn takes: fn(call, arg) on its loop, exactly once, in the
 * order of the visits. */
void call_list_visit(const struct call_ref *r, call_errand *fn, void *arg);

#endif
