/* SPDX-License-Identifier: Apache-2.0 */
/* Statements on recordings of calls, each of which becomes an attachment of the call's message. */
#ifndef STORE_RECORDINGS_H
#define STORE_RECORDINGS_H

#include "store/store.h"

struct recorded_call {
    bool found;                             /* the store knows the call */
    bool live;                              /* it goes on, as far as is known */
    struct str conversation_id, message_id; /* p == NULL: none yet */
    bool has_recording;                     /* the recording of that id is a file of its message */
    int64_t files;                          /* so many its message has */
};
/* Lives in pool. */
NODISCARD int recordings_call(struct db *db, struct pool *p, const char *call_id,
                              struct recorded_call *out, struct err *e);

/* The message of a call has its recording there. */
NODISCARD int recordings_set_url(struct db *db, const char *message_id, const char *url,
                                 struct err *e);

#endif
