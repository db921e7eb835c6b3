/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for Twilio's messaging, so that the product can be texted without an account: it takes
 * what the product sends (the REST resource Messages, with Basic authentication, Twilio's JSON and
 * its error codes), reports on it with signed status callbacks, and sends customers' texts to the
 * product as signed webhooks. Everything is in memory and bounded; nothing leaves the machine but
 * requests to the product.
 *
 *   POST   /2010-04-01/Accounts/{sid}/Messages.json        as Twilio's; also GET, with paging
 *   GET    /2010-04-01/Accounts/{sid}/Messages/{sid}.json  as Twilio's; POST redacts or cancels,
 *                             DELETE forgets
 *   GET    /2010-04-01/Accounts/{sid}/Messages/{sid}/Media.json, Media/{sid}.json, Media/{sid}: the
 *                             files of a message; the last leads to the bytes, DELETE forgets one
 *   POST   /sandbox/text      {"from","to","body","media":[{"type","data" or "url"}]}: a customer's
 *                             text; data is base64, a url is where Twilio's own leads to
 *   GET    /sandbox/media/{sid}    the bytes, for whoever knows the address, as in Twilio's storage
 *   GET    /sandbox/messages  ?to=&from=&with=&after=&limit=: both directions, oldest
 *                             first; with: to or from that number
 *   POST   /sandbox/faults    see struct sandbox_fault; DELETE ends them all, GET says which there
 *                             are, how often each kind was met, and whether the product has taken
 *                             anything forged
 *   POST   /v23.0/{phone number id}/messages   Meta's WhatsApp Cloud API: text, template, read
 *   POST   /sandbox/read      {"number"}: the customer reads what was delivered by WhatsApp
 *   POST   /sandbox/meta/verify    asks the product as Meta does for the webhook's handshake
 *   GET    /                  a telephone for a person, in the browser
 *   GET    /site              a site of the business's own, with the product's web chat
 *   GET    /health
 *   POST   /v1/chat/completions    a language model's, see sandbox/sandbox_model.h
 *   GET    /v1/realtime            a realtime model's, see sandbox/sandbox_realtime.h
 *   POST   /token, /calendar/v3/   Google Calendar's, see sandbox/sandbox_google.h
 *   POST   /sandbox/call           Twilio Voice: a customer calls, see sandbox/sandbox_voice.h
 *   POST   /v3/mail/send           SendGrid's, and SMTP and IMAP, see sandbox/sandbox_mail.h
 *   GET    /2010-04-01/Accounts/{sid}.json, {sid}/IncomingPhoneNumbers.json, /v3/scopes,
 *          /v23.0/{phone number id}: what they tell of the account, see sandbox_account.h
 *
 * Numbers of Twilio's own test mode fail as they do there: +15005550001 is invalid, +15005550002
 * cannot be routed, +15005550003 is abroad, +15005550004 has opted out, +15005550009 is no mobile.
 * So does a customer who texted STOP, until START. Any messaging service (MG...) has the business's
 * number; what is scheduled stays so until it is cancelled.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

#define SANDBOX_ACCOUNT "AC00000000000000000000000000000001"
#define SANDBOX_NUMBER "+15550199999" /* no customer of the demonstration data has it */
#define SANDBOX_MEDIA 10              /* files of one message */
#define SANDBOX_SMS_PATH "/api/webhooks/twilio/sms"
#define SANDBOX_META_PHONE_ID "100000000000001"
#define SANDBOX_META_NUMBER "+15550199998" /* the business's on WhatsApp by Meta */
#define SANDBOX_META_PATH "/api/webhooks/whatsapp"

struct sandbox;

struct sandbox_config {     /* borrowed during sandbox_new only */
    const char *listen;     /* address:port; port 0 picks one */
    const char *account;    /* NULL: SANDBOX_ACCOUNT */
    const char *token;      /* required: signs webhooks, opens the REST interface */
    const char *number;     /* the business's, in E.164; NULL: SANDBOX_NUMBER */
    const char *meta_token; /* Meta's access token, secret and verify token; NULL: `token` */
    const char *meta_secret;
    const char *meta_verify;
    const char *meta_phone_id; /* NULL: SANDBOX_META_PHONE_ID */
    const char *mail_address;  /* the business's; NULL: SANDBOX_MAIL_ADDRESS */
    const char *sendgrid_api_key, *sendgrid_inbound_secret; /* NULL: `token` */
    const char *smtp_password, *imap_password;              /* NULL: `token` */
    const char *product_url; /* the product's public address, whose webhooks are called */
    const char *database;    /* the product's, from which the words of its calls are read for the
                                page; NULL: they are not shown */
    const char *journal;     /* file that gets a line of JSON for each accepted text; NULL: none */
    int messages_max;        /* the oldest is forgotten beyond; 0: 20000 */
    int callback_ms;         /* from queued to sent, and to delivered; 0: 100 */
    int workers;             /* requests at a time; 0: 16 */
};

/* Binds and starts. *out returned owned. ERR_CONFIG, ERR_IO. */
NODISCARD int sandbox_new(const struct sandbox_config *config, struct sandbox **out, struct err *e);
/* Stops its threads, requests that hang among them; accepts NULL. */
void sandbox_free(struct sandbox **s);

int sandbox_port(const struct sandbox *s);

/* Where the product is, when it was not known (or its port not chosen) at first. Any thread. */
void sandbox_set_product(struct sandbox *s, const char *product_url);

/*
 * What goes wrong, on purpose. "Sends" are the texts that the product sends, "inbound" the webhooks
 * of customers' texts. A forged copy must be refused by the product, and must not keep it from
 * taking the right request that follows at once.
 */
enum sandbox_trouble {
    TROUBLE_STATUS,      /* answers `status` */
    TROUBLE_HANG,        /* answers nothing for hang_ms, then 503; after a send: hangs up */
    TROUBLE_SLOW,        /* does the right thing, after latency_ms */
    TROUBLE_DUPLICATE,   /* sends: each callback comes twice; inbound: two webhooks at once */
    TROUBLE_LOST,        /* sends: no callback comes; inbound: no webhook does */
    TROUBLE_UNDELIVERED, /* sends: ends undelivered with `code` */
    TROUBLE_REORDERED,   /* sends: callbacks come the last one first; inbound: the webhook waits
                            until another was sent, latency_ms at most (0: 2000) */
    TROUBLE_FORGED,      /* before the right webhook or callback comes one signed by a stranger */
    TROUBLE_ALTERED,     /* the same, rightly signed, but its text or status changed afterwards */
    TROUBLE_TOO_LARGE,   /* media: more bytes than a message may bring */
    TROUBLE_WRONG_TYPE,  /* media: a page of HTML instead */
    TROUBLE_REDIRECT,    /* media: led to an address of the cloud's own metadata service */
    TROUBLE_MIXTURE,     /* any of all that can happen there, each as likely as the others */
};

/* Whose requests a fault meets. */
enum sandbox_api { SANDBOX_API_TEXTS, SANDBOX_API_GOOGLE, SANDBOX_API_MAIL, SANDBOX_API_CALLS };

/* Which requests about texts a fault meets: a set. */
enum sandbox_place {
    SANDBOX_ON_SENDS = 1,
    SANDBOX_ON_READS = 2, /* lists and single messages */
    SANDBOX_ON_INBOUND = 4,
    SANDBOX_ON_MEDIA = 8,      /* the fetch of a file */
    SANDBOX_ON_CALLBACKS = 16, /* each by itself, whatever happened to the text: they get lost */
};

/*
 * In JSON: {"status": 429, "count": 3, "retry_after": 2} and so on; "status" is a number or a name:
 * "after_send_timeout" is a hang after the text was accepted, the others are those of enum
 * sandbox_trouble. "on" is "sends" (without it too), "reads", "inbound", "media", "callbacks" or
 * "any" (sends and reads).
 * {"mixture": 0.2} meets a fifth of all requests, or of those that "on" says, with any fault that
 * can happen there. "api": "google" and "reason": sandbox_google.h; "api": "mail": sandbox_mail.h;
 * "api": "calls": sandbox_voice.h.
 */
struct sandbox_fault {
    enum sandbox_api api;
    enum sandbox_trouble trouble;
    unsigned places;    /* of enum sandbox_place; 0: sends */
    int status;         /* HTTP status of TROUBLE_STATUS */
    int code;           /* Twilio's error code; 0: the one that goes with the status */
    bool after;         /* the text is accepted before the answer goes wrong */
    bool reads_too;     /* lists and single messages as well, not only new texts */
    int count;          /* so many requests; 0: until ended */
    double probability; /* of each request; 0 counts as 1 */
    int latency_ms;     /* before the answer */
    int hang_ms;        /* 0: 60000; in a mixture 3000 */
    int retry_after_s;  /* sent with the answer; 0: not */
    char on[8];         /* Google: token, busy, events; "": any */
    char reason[40];    /* Google's, of TROUBLE_STATUS; "": the one that goes with the status */
};

/* Any thread. ERR_TOO_MANY beyond 16 at a time. */
NODISCARD int sandbox_add_fault(struct sandbox *s, const struct sandbox_fault *fault,
                                struct err *e);
void sandbox_end_faults(struct sandbox *s);
/* How many forged webhooks and callbacks the product has taken: it should be none. Any thread. */
int64_t sandbox_forged_taken(struct sandbox *s);

struct sandbox_text {
    const char *from; /* any form of a number, with "whatsapp:" before it if it is that */
    const char *to;   /* NULL: the business's number */
    struct str body;
    const char *sid; /* NULL: a new one; given, the same webhook comes again */
    int n_media;
    struct sandbox_file {
        const char *type; /* a media type */
        struct str bytes; /* p == NULL: see url */
        const char *url;  /* where the provider's address leads to instead; NULL: to the bytes */
    } media[SANDBOX_MEDIA];
    bool meta; /* comes by Meta; `from` may then be the id of a user who hides the number */
};

struct sandbox_texted {
    int64_t seq; /* of the text among all messages: a reply has a greater one */
    char sid[35];
    char from[40];     /* as it was sent */
    int status;        /* HTTP status of the product's answer, 0 when none came */
    int forged_status; /* of its answer to the forged copy that a fault sent before; 0: no copy */
    char error[160];
};

/*
 * Posts the webhook and waits for its answer (15 s at most), as Twilio does: once more when the
 * product could not be connected to. Any thread that may block. ERR_INVALID for a bad number; an
 * unfriendly product is no error, see status.
 */
NODISCARD int sandbox_send_text(struct sandbox *s, const struct sandbox_text *text,
                                struct sandbox_texted *out, struct err *e);

/*
 * The body of the first text to `number` after `seq`, waiting up to timeout_ms; p == NULL when none
 * came. Lives in pool. Any thread that may block.
 */
struct str sandbox_wait_reply(struct sandbox *s, struct pool *p, const char *number, int64_t seq,
                              int timeout_ms);

/* How many texts the REST interface has accepted in all. Any thread. */
int64_t sandbox_accepted(struct sandbox *s);

#endif
