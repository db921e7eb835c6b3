/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms that Twilio posts for a text: one that came in, and a report about one that was sent.
 * Everything is checked and bounded here, so that what follows may rely on it; whether the request
 * came from Twilio at all is twilio_signature.h's business, whose account it is the caller's.
 */
#ifndef CHANNELS_INBOUND_SMS_H
#define CHANNELS_INBOUND_SMS_H

#include <stdbool.h>

#include "base/codec.h"
#include "base/err.h"
#include "base/str.h"

#define INBOUND_SMS_MEDIA 10              /* files of one message, as many as Twilio allows */
#define INBOUND_SMS_BODY_BYTES (32 << 10) /* Twilio's 1600 characters, and room */
#define TWILIO_SID_CHARS 34

/* What the customer did with Twilio's own opt-out words; only set by messaging services. */
enum opt_out { OPT_OUT_NONE, OPT_OUT_STOP, OPT_OUT_START, OPT_OUT_HELP };

/* Texts borrow from the form; those that did not come are empty, never NULL. */
struct inbound_sms {
    struct str message_sid; /* SM or MM and 32 hexadecimal digits */
    struct str account_sid; /* AC..., or empty */
    struct str from;        /* E.164 or a short code */
    struct str to;          /* the same, or empty */
    bool whatsapp;          /* both had the prefix whatsapp:, which is cut off */
    struct str body;        /* may be empty */
    int segments;           /* 1 when not said */
    enum opt_out opt_out;
    struct str profile_name; /* WhatsApp's display name */
    int n_media;
    struct inbound_media {
        struct str url;
        struct str type;
    } media[INBOUND_SMS_MEDIA];
};

/* 0; ERR_INVALID with the field at fault; ERR_TOO_LARGE for the body. */
NODISCARD int inbound_sms_read(const struct form *form, struct inbound_sms *out, struct err *e);

struct sms_report {
    struct str message_sid;
    struct str account_sid; /* or empty */
    const char *status;     /* in our words (sms_status.h); NULL: one we do not know, ignore it */
    bool read;              /* WhatsApp: the customer has read it */
    struct str twilio_status;
    char error_code[11];     /* "" when none; as sms_details.error_code */
    const char *error_words; /* NULL when there is no code */
};

/* 0; ERR_INVALID with the field at fault. */
NODISCARD int sms_report_read(const struct form *form, struct sms_report *out, struct err *e);

/* Two letters and 32 hexadecimal digits. */
bool twilio_sid_ok(struct str s, const char *prefix);

#endif
