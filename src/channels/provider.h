/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message provider is one file and one constant table of functions. All providers pass the same
 * contract test (tests/contract). A provider knows how to send and how to look up what it sent; it
 * knows nothing of conversations, jobs or the store.
 */
#ifndef CHANNELS_PROVIDER_H
#define CHANNELS_PROVIDER_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct http_client;

struct provider_account { /* from the settings; borrowed */
    const char *api_url;
    const char *account;
    const char *secret;
    int timeout_ms;
    const char *service; /* Twilio's messaging service (MG...), which chooses the number that a text
                            goes from; NULL: the message says it */
};

/* A text that was approved beforehand, with places for values: WhatsApp's, outside of its window.
 */
struct provider_template {
    const char *name, *language; /* as Meta knows it */
    const char *content_sid;     /* as Twilio knows it (HX...); NULL: not there */
    const struct str *values;    /* of {{1}}, {{2}}, ... */
    size_t n_values;
};

/* A file that goes along with a message; the provider fetches it. */
struct provider_file {
    const char *url;  /* good for a while */
    const char *type; /* media type */
    const char *name;
};

struct provider_send {
    const char *channel; /* sms, whatsapp, ...: of conversations.channel; NULL counts as sms */
    const char *from;    /* E.164; not asked for when the account has a service for the channel */
    const char *to;
    struct str body;
    const char *status_url; /* where delivery reports go; NULL: none */
    const char *message_id; /* ours, for a provider whose reports bring it back; NULL: none */
    const char *user_id;    /* WhatsApp: who `to` is, when their number is hidden; NULL */
    const struct provider_template *template; /* NULL: body is sent as it is */
    const struct provider_file *files;        /* that go along with it */
    size_t n_files;
};

struct provider_sent {
    const char *id;     /* the provider's; lives in pool */
    const char *status; /* of sms_details.delivery_status */
    int segments;       /* 0 when the provider did not say */
};

/* How a failed send is to be taken. */
enum provider_failure {
    PROVIDER_OK,
    PROVIDER_REFUSED,   /* for good: wrong number, opted out; do not try again */
    PROVIDER_LATER,     /* not done: try again, not before retry_after_ms */
    PROVIDER_UNCERTAIN, /* may have been done: look it up before trying again */
};

struct provider_result {
    enum provider_failure failure;
    int64_t retry_after_ms; /* -1: the caller's back-off */
    char code[16];          /* the provider's error code, "" when none */
    char text[200];         /* in words */
    bool setup; /* the account or the settings are at fault: whoever runs this must know */
    struct provider_sent sent;
};

/* A message of the provider's own list. */
struct provider_listed {
    bool inbound;
    const char *id;        /* the provider's */
    const char *from, *to; /* without a prefix for the channel */
    const char *service;   /* the account's service that it belongs to; NULL: none */
    const char *status;    /* of sms_details.delivery_status; NULL: one that we do not know */
    struct wall at;        /* when it was sent */
    /* The rest is for provider_ops.request. */
    const char *whatsapp; /* the prefix of both numbers, or "" */
    struct str body;
    const char *their_status, *segments, *error_code; /* error_code: NULL when none */
    int64_t n_media;
};

/* A page of the list, newest first; lives until the call returns. A negative return ends the list.
 */
typedef int provider_page_fn(void *arg, const struct provider_listed *listed, size_t n,
                             struct err *e);

struct provider_ops {
    const char *name;
    /* Required. Sends once, never repeats by itself. The result says how it went; blocking. */
    void (*send)(struct http_client *http, struct pool *p, const struct provider_account *account,
                 const struct provider_send *message, struct provider_result *out);
    /*
     * NULL when the provider has no list to look through: then its delivery reports, which bring
     * message_id back, are all that tells of an uncertain one. Finds messages with that from (or
     * service), to and body made at or after `since`, the newest `max` of them, oldest first;
     * returns how many, or a negative error when the provider could not be asked.
     */
    int (*find)(struct http_client *http, struct pool *p, const struct provider_account *account,
                const struct provider_send *message, struct wall since, struct provider_sent *found,
                int max, struct err *e);
    /*
     * Optional. All messages of the account in both directions that were sent at or after `since`,
     * page by page. ERR_PROVIDER when it cannot be asked or there are too many.
     */
    int (*list)(struct http_client *http, struct pool *p, const struct provider_account *account,
                struct wall since, provider_page_fn *each, void *arg, struct err *e);
    /*
     * With `list`: the body of the webhook that would have told of that message, as the kind of
     * request "message" or, for one that we sent, "status" reads it (channels/inbox.h); with what
     * the list does not have. Lives in pool.
     */
    int (*request)(struct http_client *http, struct pool *p, const struct provider_account *account,
                   const struct provider_listed *listed, struct str *body_out, struct err *e);
    /*
     * Optional: shows the customer that their message (the provider's id) was read. A courtesy,
     * whose failure changes nothing.
     */
    int (*mark_read)(struct http_client *http, struct pool *p,
                     const struct provider_account *account, const char *id, struct err *e);
    int settle_ms; /* without `find`: a report of an uncertain one has come after so long */
};

extern const struct provider_ops provider_twilio, provider_meta;

#endif
