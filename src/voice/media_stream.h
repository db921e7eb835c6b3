/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The telephone network as a transport: a Twilio media stream on a WebSocket that we accepted. It
 * becomes a call (voice/call.h) with its `start` message, when that brings the ticket of the call's
 * webhook (voice/call_ticket.h). Sound goes both ways as it is, in the form of the network.
 *
 * What was sent is followed by marks, which come back when the caller has heard what was before
 * them; so it is known what has been heard when the caller interrupts. A stream that breaks the
 * rules of its protocol is closed with the reason, and the call ends as lost.
 */
#ifndef VOICE_MEDIA_STREAM_H
#define VOICE_MEDIA_STREAM_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/str.h"
#include "io/ws.h"
#include "voice/desk.h"
#include "voice/handover.h"

struct media_streams; /* what all of them share */

struct media_streams_config { /* borrowed; outlives the streams */
    struct voice_desk *desk;
    struct str key;      /* installation_secret's */
    const char *account; /* whose streams are taken, "AC..."; NULL or "": any */
    int64_t silent_ms;   /* one on which nothing comes for so long has broken; 0: half a minute */
    struct store *store; /* where it is noted how they end; NULL: nowhere */
    struct handover_config handover;
};

NODISCARD struct media_streams *media_streams_new(const struct media_streams_config *c);
/* After the server's loops have ended. Accepts NULL; nulls the pointer. */
void media_streams_free(struct media_streams **m);

/* May one more call come in? Any thread. */
bool media_streams_room(const struct media_streams *m);
/* The network says that the call of that name is over: so is its stream, if it is here. Any thread.
 */
void media_streams_over(struct media_streams *m, const char *call_sid);
const struct handover_config *media_streams_handover(const struct media_streams *m);
/* The key of its tickets. */
struct str media_streams_key(const struct media_streams *m);

/* What a new socket is opened with: the ws and ws_arg of its response. */
extern const struct ws_ops media_stream_ws_ops;
struct media_stream *media_stream_new(struct media_streams *m);

#endif
