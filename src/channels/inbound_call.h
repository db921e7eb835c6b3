/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms that Twilio posts about a call: one that came in, how it stands, a recording of it.
 * Checked and bounded here; who sent them is twilio_signature.h's business.
 */
#ifndef CHANNELS_INBOUND_CALL_H
#define CHANNELS_INBOUND_CALL_H

#include <stdbool.h>

#include "base/codec.h"
#include "base/err.h"
#include "base/str.h"

/* Texts borrow from the form. */
struct inbound_call {
    struct str call_sid;         /* CA and 32 hexadecimal digits */
    struct str from, to;         /* as they came: a number, or a word in its place; never NULL */
    struct str direction;        /* inbound, outbound-api, ... */
    bool outbound;               /* we called */
    const char *caller, *called; /* E.164, of the customer and of us; NULL: not known */
};
/* 0; ERR_INVALID with the field at fault. caller and called live in pool. */
NODISCARD int inbound_call_read(struct pool *p, const struct form *form, struct inbound_call *out,
                                struct err *e);

struct call_report {
    struct str call_sid;
    const char *status; /* queued, initiated, ringing, in-progress, completed, busy, failed,
                           no-answer, canceled; NULL: one that we do not know, to be ignored */
    bool final;         /* no other follows */
    int64_t sequence;   /* -1: not said */
    int64_t duration_s; /* -1: not said */
};
/* 0; ERR_INVALID with the field at fault. */
NODISCARD int call_report_read(const struct form *form, struct call_report *out, struct err *e);

/* Who took a call of ours, in Twilio's word (Twilio docs, "Answering machine detection"). */
struct call_taker {
    struct str call_sid;
    const char *answered_by; /* human, machine_end_beep, ...; "unknown"; static */
    bool machine;            /* or a fax */
    bool hears;              /* its greeting is over, and it takes a message */
};
/* 0; ERR_INVALID with the field at fault. */
NODISCARD int call_taker_read(const struct form *form, struct call_taker *out, struct err *e);

struct call_recording {
    struct str call_sid, recording_sid; /* CA..., RE... */
    struct str url;                     /* without an ending; p == NULL unless completed */
    bool completed;
    int64_t duration_s; /* -1: not said */
};
NODISCARD int call_recording_read(const struct form *form, struct call_recording *out,
                                  struct err *e);

/* What became of a person who was dialled: did they talk? */
bool call_was_answered(const struct form *form);
/* In Twilio's word; "unknown" for one that is none. Static. */
const char *call_dial_status(const struct form *form);

#endif
