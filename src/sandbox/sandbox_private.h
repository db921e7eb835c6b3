/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sandbox's files share. All that changes belongs to one thread, the desk: others hand it
 * a function and wait (sandbox_do), so there is no lock. Functions marked "desk" run only there.
 */
#ifndef SANDBOX_PRIVATE_H
#define SANDBOX_PRIVATE_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/json_write.h"
#include "io/http.h"
#include "sandbox/sandbox.h"

#define SANDBOX_FAULTS 16
#define SANDBOX_FAULT_KINDS 24
#define SANDBOX_SCRIPTS 256
#define SANDBOX_CALLERS 4
#define SANDBOX_ADDRESS_BYTES 40
#define SANDBOX_URL_BYTES 1024

struct http_answer;
struct http_client;
struct workers;
struct bell;
struct thread;

#define SANDBOX_FILES 256
#define SANDBOX_FILES_BYTES ((size_t)64 << 20) /* of all together */
#define SANDBOX_STOPPED 256

/* A file of a message. */
struct sandbox_media {
    char sid[35], message_sid[35], type[80];
    char *bytes; /* owned; NULL: see url */
    size_t n;
    char *url; /* owned; NULL: it leads to the bytes */
    struct wall created;
};

struct sandbox_message {
    int64_t seq;
    bool inbound;
    char sid[35];
    char from[SANDBOX_ADDRESS_BYTES];
    char to[SANDBOX_ADDRESS_BYTES];
    char service[35]; /* "": it was sent from a number */
    char *body;       /* owned */
    size_t body_n;
    char *callback; /* owned; NULL: none */
    const char *status;
    int error_code;
    int segments;
    int n_media;
    bool deleted;
    bool posted;        /* of a customer's: the product was told, or was to be */
    int product_status; /* what it answered; 0: nothing */
    struct wall created, updated, sent;
    enum sandbox_trouble trouble; /* of its callbacks; TROUBLE_STATUS: none */
    bool meta;                    /* by Meta, not by Twilio */
    char *opaque;                 /* owned; what its statuses bring back; NULL: nothing */
};

/* How a request to the product is signed: rightly, by somebody who does not know the secret, or
 * rightly but with something else in its place afterwards. */
enum sandbox_seal { SEAL_RIGHT, SEAL_FORGED, SEAL_ALTERED };

/* A message's next step and when it is due; in order, as all steps take equally long. */
struct sandbox_step {
    int64_t seq;
    struct mono due;
    const char *status;
};

struct sandbox {
    struct http_server *http;
    struct workers *desk;
    char account[35];
    char token[128];
    char number[SANDBOX_ADDRESS_BYTES];
    struct {
        char token[128], secret[128], verify[128];
        char phone_id[32];
        char number[SANDBOX_ADDRESS_BYTES];
    } meta;
    int callback_ms;
    atomic_bool stopping;
    atomic_llong webhooks;     /* customers' texts that were posted so far */
    atomic_llong forged_taken; /* forged requests that the product answered with 2xx */
    struct caller {
        struct sandbox *sandbox;
        struct thread *thread;
        struct bell *bell;
        struct http_client *client;
    } callers[SANDBOX_CALLERS];

    /* The desk's. */
    char product_url[SANDBOX_URL_BYTES];
    FILE *journal;
    struct sandbox_message *ring; /* by seq % max */
    int64_t max, first, next;     /* seq of the oldest kept, and of the next to come */
    int64_t accepted;
    struct sandbox_step *steps; /* ring of max * 2 */
    int64_t steps_first, steps_next;
    struct sandbox_fault faults[SANDBOX_FAULTS];
    int64_t faults_met[SANDBOX_FAULTS];
    int n_faults;
    int64_t kinds_met[SANDBOX_FAULT_KINDS];
    struct {
        struct sandbox_script {
            char *item; /* owned; JSON */
            int64_t count;
        } queue[SANDBOX_SCRIPTS]; /* ring */
        size_t first, n;
        int64_t requests;
        char *last; /* owned; NULL: none */
    } model;
    struct sandbox_media files[SANDBOX_FILES]; /* ring */
    size_t files_next, files_bytes;
    char stopped[SANDBOX_STOPPED][SANDBOX_ADDRESS_BYTES]; /* who texted STOP; ring */
    size_t stopped_next;
    struct google_state *google; /* sandbox_google_private.h */
    struct talk_desk *realtime;  /* sandbox_realtime_control.c */
    struct speech_desk *speech;  /* sandbox_speech.c */
    struct voice *voice;         /* sandbox_voice_private.h; its own loop's */
    struct sandbox_mails *mails; /* sandbox_mail_private.h, which says what of it is the desk's */
};

/* sandbox_state.c */
void sandbox_do(struct sandbox *s, void (*fn)(struct sandbox *s, void *arg), void *arg);
void sandbox_state_clear(struct sandbox *s);
/* Desk. The message has no step yet; sid and seq are made here unless the sid is given. */
struct sandbox_message *sandbox_add(struct sandbox *s, const char *from, const char *to,
                                    struct str body, const char *sid);
struct sandbox_message *sandbox_find(struct sandbox *s, struct str sid); /* desk; or NULL */
struct sandbox_message *sandbox_at(struct sandbox *s, int64_t seq);      /* desk; or NULL */
void sandbox_step_later(struct sandbox *s, struct sandbox_message *m,
                        const char *status);                              /* desk */
void sandbox_journal(struct sandbox *s, const struct sandbox_message *m); /* desk */
/* Sleeps, but not into the sandbox's end. */
void sandbox_sleep(struct sandbox *s, int ms);
/* What a fault of a webhook has it wait: its latency; one that is to be overtaken, until another
 * has gone or the time is over. */
void sandbox_delay(struct sandbox *s, const struct sandbox_fault *f);
/* Desk. Notes a customer's STOP or START, if the text is that. */
void sandbox_note_stop(struct sandbox *s, const char *number, struct str body);
bool sandbox_has_stopped(struct sandbox *s, struct str number); /* desk */

/* sandbox_media.c */
/* Desk. A file of m, copied; the oldest is forgotten when there are too many. */
void sandbox_add_media(struct sandbox *s, struct sandbox_message *m,
                       const struct sandbox_file *file, char sid_out[35]);
/* Desk. The sids of a message's files, in their order; those that are forgotten are "". */
void sandbox_media_sids(struct sandbox *s, const struct sandbox_message *m,
                        char out[SANDBOX_MEDIA][35]);
void sandbox_media_clear(struct sandbox *s);
/* What is below Messages/{sid}/Media: ".json", "/ME....json", "/ME...". */
void sandbox_media_rest(struct sandbox *s, struct str message_sid, struct str rest,
                        struct http_request *req, struct http_response *res);
/* GET /sandbox/media/{sid} */
/* Answers with a file's bytes and type; false when there is none of that name. */
bool sandbox_media_bytes(struct sandbox *s, struct str sid, struct pool *p,
                         struct http_response *res);
void sandbox_media_storage(struct sandbox *s, struct http_request *req, struct http_response *res);

/* sandbox_faults.c */
/* The fault that meets this request, used up by it; false: none. Any thread but the desk. */
bool sandbox_take_fault(struct sandbox *s, enum sandbox_place place, struct sandbox_fault *out);
/* The same of the faults for Google, that meet this part of it: token, busy or events. */
bool sandbox_take_google_fault(struct sandbox *s, const char *part, struct sandbox_fault *out);
/* The same of the faults for e-mail. */
bool sandbox_take_mail_fault(struct sandbox *s, enum sandbox_place place,
                             struct sandbox_fault *out);
/* The same of the faults for calls. */
bool sandbox_take_call_fault(struct sandbox *s, enum sandbox_place place,
                             struct sandbox_fault *out);
/* Trouble by its name in JSON, and where it can happen; false: there is none of that name. */
bool sandbox_fault_named(struct str name, struct sandbox_fault *out, unsigned *places_out);
void sandbox_write_faults(struct sandbox *s, struct jw *j);

/* sandbox_faults_control.c: POST, GET and DELETE /sandbox/faults. */
int sandbox_faults_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                           struct err *e);

/* sandbox_calls.c */
void sandbox_caller(void *arg); /* a thread's function */
struct sandbox_request {
    const char *url;
    const struct form *form;
    enum sandbox_seal seal;
    const char *token; /* the same each time that it is repeated; NULL: a new one */
};
/* A signed form to the product; once more when no connection came about. As http_client_call. */
NODISCARD int sandbox_post(struct sandbox *s, struct http_client *http, struct pool *p,
                           const struct sandbox_request *r, struct http_answer *answer,
                           struct err *e);

/* sandbox_rest_create.c: POST Messages.json; fault: what it meets, or NULL. */
void sandbox_rest_create(struct sandbox *s, struct http_request *req, struct http_response *res,
                         const struct sandbox_fault *fault);

/* sandbox_rest.c */
void sandbox_rest_error(struct http_response *res, int status, int code, const char *message);
void sandbox_rest_message(struct jw *j, const struct sandbox *s, const struct sandbox_message *m);
void sandbox_rest_date(struct jw *j, const char *key, struct wall t);
/* What a fault of TROUBLE_STATUS or TROUBLE_HANG answers, once its time has come. */
void sandbox_rest_fault(struct sandbox *s, const struct sandbox_fault *f, struct http_request *req,
                        struct http_response *res);

/* sandbox_control.c: an error as the sandbox's own interface has it. */
void sandbox_problem(struct http_response *res, int code, const struct err *e);

/* sandbox_rest.c, sandbox_control.c: a request under /2010-04-01/ or /sandbox/. */
void sandbox_rest(struct sandbox *s, struct http_request *req, struct http_response *res);
void sandbox_control(struct sandbox *s, struct http_request *req, struct http_response *res);

#endif
