/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call needs of the side on which its caller is: a browser's socket, the telephone
 * network's media stream. A transport makes the call (voice/call.h), tells it what comes, and gives
 * the caller what the call says through this table. All on the loop thread of the call; none of
 * these functions calls call_hung_up before it has returned.
 */
#ifndef VOICE_TRANSPORT_H
#define VOICE_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum call_state { /* what the caller may be shown */
                  CALL_CONNECTING,
                  CALL_GREETING,
                  CALL_LISTENING,
                  CALL_THINKING,
                  CALL_SPEAKING,
                  CALL_TRANSFERRING,
                  CALL_ENDED,
};
const char *call_state_name(enum call_state s); /* "listening" */

enum call_speaker { CALL_CUSTOMER, CALL_ASSISTANT };

struct call_transfer {
    const char *summary; /* for the person who takes it: spoken to them before they are connected */
    const char *reason;  /* "asked for a person", "emergency", ... */
};

struct call_transport_ops {
    const char *name; /* "twilio", "browser" */
    /* Sound of the assistant in the call's form, base64; played after what is queued. */
    void (*audio)(void *t, struct str base64);
    /*
     * That was the last of this reply: call_played is due when the caller has heard all of it, once
     * for each, in their order; none is due for what `clear` has dropped.
     */
    void (*reply_end)(void *t);
    /*
     * Drops what is queued, as the caller has begun to speak. Returns how many ms of the reply
     * that was playing the caller has heard.
     */
    int64_t (*clear)(void *t);
    /* For callers who can see, else NULL. */
    void (*state)(void *t, enum call_state s);
    void (*transcript)(void *t, enum call_speaker who, struct str text, bool final);
    void (*reply_text)(void *t, struct str text); /* the words of a reply, whole */
    /* Hands the caller to a person; NULL: cannot. The call ends by it (call_hung_up follows). */
    void (*transfer)(void *t, const struct call_transfer *to);
    /* Ends the connection, after what is queued was played unless `now`. call_hung_up follows. */
    void (*end)(void *t, const char *why, bool now);
    /* Closes it at once: the caller has another connection. call_hung_up follows (CALL_BROKE). */
    void (*drop)(void *t);
};

#endif
