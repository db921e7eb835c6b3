/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call whose caller is at a browser: WS /ws/voice/{session_id}, JSON text frames
 * (voice/browser_frame.h), 24 kHz PCM both ways. Who may call is the route's business
 * (api/voice.c).
 *
 * Sound goes out a second ahead of the clock and not more, however fast an engine makes it: so a
 * client that knows no `clear` is silent soon after it was interrupted, and what the caller has
 * heard is known closely without a word from the client. All on the socket's loop thread.
 */
#ifndef VOICE_BROWSER_H
#define VOICE_BROWSER_H

#include <stdbool.h>
#include <stdint.h>

#include "io/ws.h"
#include "voice/desk.h"

struct browser_caller { /* copied */
    struct voice_desk *desk;
    const char *session_id;  /* at most BROWSER_SESSION_MAX characters */
    int64_t customer_id;     /* 0: not known */
    bool test;               /* a member of the staff tries it */
    const char *holder;      /* who may go on with it when the socket broke, at most
                                BROWSER_HOLDER_MAX characters; NULL: whoever knows the session */
    int slow_ms;             /* a client that takes nothing for so long is closed; 0: 10 s */
    void (*gone)(void *arg); /* once, when the connection has ended; NULL: nobody wants to know */
    void *arg;
};

#define BROWSER_SESSION_MAX 100
#define BROWSER_HOLDER_MAX 60

/* Letters, digits and -._~: what a path holds as it is. */
bool browser_session_ok(struct str id);

struct browser;
extern const struct ws_ops browser_ws_ops;

/* What a socket is opened with (ws_arg); it frees itself when the socket has closed. */
struct browser *browser_new(const struct browser_caller *who);

#endif
