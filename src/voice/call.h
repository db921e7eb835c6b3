/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call: who may speak when, what was said, and what remains of it. It knows neither how the
 * caller is connected (voice/transport.h) nor what hears and speaks (voice/engine.h).
 *
 *   connecting -> greeting -> listening -> thinking -> speaking -> listening ... -> ended
 *                                  ^______ barge-in ______/     \-> transferring -> ended
 *
 * Whatever ends it, hang-up, error, shutdown, a kill of the server, it is written exactly once as
 * one conversation with one message, its call details and its events (domain/voice_call.h). While
 * it runs its transcript is checkpointed. One whose connection broke is the same call when a new
 * struct call with its session is made soon enough, on whichever server: that one knows what was
 * said. All on one loop thread.
 */
#ifndef VOICE_CALL_H
#define VOICE_CALL_H

#include "voice/audio.h"
#include "voice/desk.h"
#include "voice/transport.h"

struct call;

struct call_who {           /* copied */
    const char *session_id; /* the transport's name of it: "CA...", a browser's session id */
    const char *transport;  /* "twilio", "browser" */
    bool outbound;          /* we called */
    const char *caller;     /* the customer's number, E.164; NULL: withheld, or a browser's */
    const char *called;     /* ours; NULL */
    int64_t customer_id;    /* when it is known who calls (a signed link); 0 */
    bool test;              /* a member of the staff tries it: no customer */
    const char *holder;     /* who may go on with it when its connection broke; NULL: whoever knows
                               the session */
    const char *opening;    /* what is said first, of a call that we make; NULL: the greeting */
};

enum call_ending {
    CALL_HUNG_UP,     /* the caller did */
    CALL_WE_ENDED,    /* as the call wished: goodbye, silence, its longest time */
    CALL_TRANSFERRED, /* to a person */
    CALL_BROKE,       /* the connection did, and the caller may come back with another */
    CALL_LOST,        /* the connection broke for good, or the rules of its protocol */
    CALL_SHUTDOWN,    /* the server stops */
};

/* Begins. `ops` and t are used until call_hung_up. */
struct call *call_new(struct voice_desk *d, const struct call_who *who, enum audio_form form,
                      const struct call_transport_ops *ops, void *t);

void call_audio(struct call *c, struct str base64); /* of the caller, in the call's form */
void call_text(struct call *c, struct str text);    /* a turn, typed or recognised by the browser */
void call_digit(struct call *c, char digit);
void call_commit(struct call *c);
void call_interrupt(struct call *c); /* the caller pressed "stop talking" */
void call_played(struct call *c);    /* all of a reply (reply_end) has been heard */
void call_end(struct call *c);       /* the caller wishes to end it in good order */

/*
 * The connection is gone. Exactly once; nulls the pointer: the call lives on by itself until it is
 * written. `why` (static) goes to its record when it is an error, else NULL.
 */
void call_hung_up(struct call **c, enum call_ending how, const char *why);

#endif
