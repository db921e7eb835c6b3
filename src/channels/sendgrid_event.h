/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SendGrid's event webhook: a batch is a JSON array of events, in any order and some of them twice
 * (Twilio SendGrid, "Event Webhook reference"). Any thread; what is read lives in the pool.
 */
#ifndef CHANNELS_SENDGRID_EVENT_H
#define CHANNELS_SENDGRID_EVENT_H

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

/* The custom argument that each mail of ours has: our id of the message. Events bring it back. */
#define SENDGRID_ARGUMENT "ava_message"

#define SENDGRID_EVENTS_MAX 20000 /* of a batch; SendGrid cuts them at 768 KB */

struct sendgrid_part {
    const char *name; /* what it counts once by */
    struct str part;  /* the event alone, JSON */
};

/* ERR_MALFORMED when it is no array of objects, ERR_TOO_LARGE. */
NODISCARD int sendgrid_split(struct pool *p, struct str body, struct sendgrid_part **out,
                             size_t *n_out, struct err *e);

enum sendgrid_kind {
    SENDGRID_OTHER, /* one that changes nothing */
    SENDGRID_PROCESSED,
    SENDGRID_DROPPED,
    SENDGRID_DEFERRED,
    SENDGRID_DELIVERED,
    SENDGRID_BOUNCE,
    SENDGRID_OPEN,
    SENDGRID_CLICK,
    SENDGRID_SPAM_REPORT,
    SENDGRID_UNSUBSCRIBE,
    SENDGRID_GROUP_UNSUBSCRIBE,
};

struct sendgrid_event {
    enum sendgrid_kind kind;
    const char *id;          /* sg_event_id; NULL */
    const char *name;        /* as SendGrid has it; never NULL */
    const char *email;       /* whose, in lower case; NULL */
    const char *message_id;  /* ours, by the argument or by the Message-ID; NULL: not one of ours */
    const char *provider_id; /* as X-Message-Id gave it; NULL */
    const char *code;        /* "5.1.1"; NULL */
    const char *text;        /* why, in words; NULL */
    bool by_machine;         /* opened by a mail program for itself */
    bool opted_out; /* dropped, because SendGrid knows that the recipient does not want it */
    struct wall at; /* us == 0: it does not say */
};

/* ERR_MALFORMED when it is no event. */
NODISCARD int sendgrid_event_read(struct pool *p, struct str body, struct sendgrid_event *out,
                                  struct err *e);

#endif
