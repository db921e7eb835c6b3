/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meta's WhatsApp Cloud API as the sandbox stands in for it, and what the sandbox's other files
 * need of it. A message of Meta's is one of the sandbox's with m->meta set; its addresses have
 * "whatsapp:" before them as Twilio's have.
 */
#ifndef SANDBOX_SANDBOX_META_PRIVATE_H
#define SANDBOX_SANDBOX_META_PRIVATE_H

#include "sandbox/sandbox_private.h"

struct http_answer;

/* A request below /v23.0/ or another version with a point in it. Any thread but the desk. */
bool sandbox_meta_is(struct str path);
void sandbox_meta_serve(struct sandbox *s, struct http_request *req, struct http_response *res);

/* POST /sandbox/meta/verify and /sandbox/read. */
int sandbox_meta_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                         struct err *e);

/* Makes the id of a message one as Meta gives them. Desk. */
void sandbox_meta_name(struct sandbox_message *m);

/* A batch with one message or one status; they live in pool. media: the id of the first file. */
struct str sandbox_meta_text(struct sandbox *s, struct pool *p, const struct sandbox_text *text,
                             const char *from, const char *id, const char *media);
struct str sandbox_meta_status(struct sandbox *s, struct pool *p, const char *to, const char *id,
                               const char *status, const char *opaque, int code);

/* Posts a batch, sealed as it says; tried again when no connection came about. */
int sandbox_meta_post(struct sandbox *s, struct http_client *http, struct pool *p, const char *url,
                      struct str batch, enum sandbox_seal seal, struct http_answer *answer,
                      struct err *e);

#endif
