/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of Google's stand-in share. The state is the desk's. */
#ifndef SANDBOX_SANDBOX_GOOGLE_PRIVATE_H
#define SANDBOX_SANDBOX_GOOGLE_PRIVATE_H

#include <jansson.h>

#include "sandbox/sandbox_google.h"
#include "sandbox/sandbox_private.h"

#define GOOGLE_EVENTS_MAX 10000
#define GOOGLE_ID_MAX 1024

struct google_event {
    char *calendar, *id, *body; /* owned; body: JSON, with all members but id and status */
    struct wall start, end;
    bool transparent, deleted;
    bool by_hand; /* deleted by a person: it does not come back */
};

struct google_state {
    struct rsa_key *key; /* NULL: not made yet */
    char key_id[41];
    unsigned char secret[32]; /* signs access tokens */
    struct google_event *events;
    size_t n, room;
    int64_t tokens, questions, inserts, patches, deletes;
};

/* A request, and what is answered. */
struct google_task {
    struct http_request *req;
    struct http_response *res;
};

/* sandbox_google.c. Any thread but the desk. */
void sandbox_google_serve(struct sandbox *s, struct http_request *req, struct http_response *res);
int sandbox_google_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                           struct err *e);
void sandbox_google_clear(struct sandbox *s);
void google_error(struct http_response *res, int status, const char *domain, const char *reason,
                  const char *message);

/* sandbox_google_token.c. Desk. */
void google_token(struct sandbox *s, const struct google_task *t);
bool google_token_ok(struct sandbox *s, const struct http_request *req);
struct str google_key_file(struct sandbox *s, struct pool *p);

/* sandbox_google_events.c. Desk. */
void google_events(struct sandbox *s, const struct google_task *t, struct str rest);
void google_busy(struct sandbox *s, const struct google_task *t);
struct google_event *google_find(struct sandbox *s, struct str calendar, struct str id);
/* NULL, with an answer, when it cannot be. */
struct google_event *google_insert(struct sandbox *s, const struct google_task *t,
                                   struct str calendar, json_t *event);
void google_write_event(struct jw *j, struct pool *p, const struct google_event *ev);

#endif
