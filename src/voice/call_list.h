/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of this process, for whoever has to find one from another thread: the staff want
 * something of it, or it has come back in another connection. A call is in the list from its
 * beginning to its end; only its own loop thread puts it in, changes its entry and takes it out.
 */
#ifndef VOICE_CALL_LIST_H
#define VOICE_CALL_LIST_H

#include <stdbool.h>

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

/*
 * Puts it in. Those that have the same session and holder are older connections of the same call:
 * superseded() is run for each on its loop.
 */
void call_list_add(struct call_entry *entry, void (*superseded)(struct call *c));
void call_list_set_conversation(struct call_entry *entry, const struct id *conversation);
void call_list_remove(struct call_entry *entry);

/* Any thread: the staff want something of the call with that conversation, which it will find in
 * the store. Nothing when it is not of this process. */
void call_list_wished(const char *conversation_id);

#endif
