/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TwiML: the XML that tells the telephone network what to do with a call (Twilio docs, "TwiML for
 * Programmable Voice"). Texts are escaped here. Pure; any thread.
 *
 * And the paths under which the network finds us, below public_url.
 */
#ifndef CHANNELS_TWIML_H
#define CHANNELS_TWIML_H

#include "base/buf.h"
#include "base/str.h"

#define TWILIO_VOICE_PATH "/api/webhooks/twilio/voice"           /* a call comes in */
#define TWILIO_AFTER_PATH "/api/webhooks/twilio/voice-after"     /* a part of it has ended */
#define TWILIO_WHISPER_PATH "/api/webhooks/twilio/voice-whisper" /* who takes it over picked up */
#define TWILIO_CALL_STATUS_PATH "/api/webhooks/twilio/voice-status"
#define TWILIO_MACHINE_PATH "/api/webhooks/twilio/voice-machine" /* who took a call of ours */
#define TWILIO_RECORDING_PATH "/api/webhooks/twilio/recording"
#define TWILIO_MEDIA_PATH "/ws/twilio/media"

/* Callbacks that the network would not repeat by itself when we are away: with this behind their
 * address it does (Twilio docs, "Webhooks: connection overrides"). Not part of what is signed. */
#define TWILIO_INSIST "#rc=5&rp=ct,rt,5xx"

#define TWIML_MAX_BYTES 16384

/* A document is opened, gets verbs, and is closed. */
void twiml_open(struct buf *b);
void twiml_close(struct buf *b);

void twiml_say(struct buf *b, struct str text);
void twiml_hangup(struct buf *b);

struct twiml_parameter {
    const char *name;
    struct str value;
};
struct twiml_stream {
    const char *url;    /* wss:// */
    const char *action; /* asked what follows when the stream has ended */
    const struct twiml_parameter *parameters;
    size_t n;
};
void twiml_connect(struct buf *b, const struct twiml_stream *s);

struct twiml_record {
    const char *action; /* asked what follows when something was recorded; else the next verb is */
    const char *callback; /* told when the recording is there */
    int most_s;
};
void twiml_record(struct buf *b, const struct twiml_record *r);

struct twiml_dial {
    struct str number;     /* whom, E.164 */
    const char *caller_id; /* who calls; NULL: as the call that is handed over */
    int ring_s;
    const char *action;  /* asked what follows when nobody came, or the talk is over */
    const char *whisper; /* asked what is said to them before they are connected */
};
void twiml_dial(struct buf *b, const struct twiml_dial *d);

/* Any text as the content of an element or a value in double quotes. */
void twiml_escape(struct buf *b, struct str text);

#endif
