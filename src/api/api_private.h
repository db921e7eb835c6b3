/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of api/ share: a request on its way to its answer. */
#ifndef API_API_PRIVATE_H
#define API_API_PRIVATE_H

#include "api/api.h"
#include "base/codec.h"
#include "ops/op.h"
#include "store/journal.h"

/* Answers with problem+json (RFC 9457) for an error, with the headers that go with it. */
void problem_write(const struct http_request *req, struct http_response *res, int code,
                   const struct err *e);

/*
 * Who sends the request: by bearer token, else by session cookie. *session_out is the cookie's
 * secret when it was that. 0 with ACTOR_NOBODY when it brings nothing; ERR_UNAUTHENTICATED when
 * what it brings is no longer good.
 */
NODISCARD int auth_actor(const struct api *api, const struct http_request *req, struct actor *out,
                         const char **session_out, struct err *e);

/* ---- short reads on the event loop (quick.c) ---- */

/* Loop thread: shall it answer the operation itself? */
bool quick_here(const struct api *api, const struct op *op, struct str query);
/* Loop thread: it did, and began then. */
void quick_took(struct mono began);

/* What a request proved who asks by, for looking again later; of an allowed request only. */
struct auth_proof {
    char hash[65];
    bool is_token;
};
void auth_proof_of(const struct http_request *req, struct auth_proof *out);
/* Is it certain that this opens no more what needs the permission? Blocking; not remembered. */
bool auth_is_gone(struct store *s, struct pool *p, const struct auth_proof *proof, int permission);

/* May this actor do what needs `permission` (PERMISSION_NONE: anybody)? */
NODISCARD int auth_allow(const struct actor *actor, int permission, struct err *e);

/* A request that changes something and is known by its cookie must come from our own page. */
NODISCARD int auth_same_site(const struct api *api, const struct http_request *req,
                             const char *session, struct err *e);

/*
 * The request as the journal keeps it, whole: one with several messages in it gets an entry for
 * each, with the part of the body that concerns it. headers: the names of those that matter,
 * NULL-terminated.
 */
struct journal_entry webhook_entry(const struct http_request *req, const char *provider,
                                   const char *kind, const char *proof, const char *const *headers);

/*
 * Takes it (channels/inbox.h) and counts it. *kept_out (may be NULL): it failed but is in the
 * journal, so that a provider that would stop calling need not hear of it.
 */
NODISCARD int webhook_take(const struct api *api, const struct http_request *req,
                           const struct journal_entry *entry, bool *kept_out, struct err *e);

/*
 * Takes several, at most INBOX_TOGETHER_MAX (inbox_take_all). What is kept as failed is no reason
 * to send the batch again: negative only when some were not kept.
 */
NODISCARD int webhook_take_all(const struct api *api, struct pool *p,
                               const struct journal_entry *entries, size_t n, struct err *e);

/* Notes a forged request in log and figures, and nowhere else: a stranger must not fill the disk.
 * Returns ERR_FORBIDDEN. */
int webhook_refuse(const struct http_request *req, struct err *e);

void webhook_meta(const struct api *api, struct http_request *req, struct http_response *res);
void webhook_sendgrid_events(const struct api *api, struct http_request *req,
                             struct http_response *res);
void webhook_sendgrid_email(const struct api *api, struct http_request *req,
                            struct http_response *res);
void webhook_twilio_sms(const struct api *api, struct http_request *req, struct http_response *res);
void webhook_twilio_status(const struct api *api, struct http_request *req,
                           struct http_response *res);

/* ---- calls (webhook_twilio_voice.c) ---- */

/* Checks that Twilio signed it: a form, sent to this path of ours. */
NODISCARD int webhook_twilio_prove(const struct api *api, const struct http_request *req,
                                   struct form *form, struct err *e);
/* The same of any address, with a form's parameters. */
NODISCARD int webhook_twilio_signed(const struct api *api, const struct http_request *req,
                                    struct str url, const struct form *form, struct err *e);
/* Takes what is proven, as webhook_take does. */
NODISCARD int webhook_twilio_take(const struct api *api, const struct http_request *req,
                                  const char *kind, struct err *e);

void webhook_twilio_voice(const struct api *api, struct http_request *req,
                          struct http_response *res);
void webhook_twilio_after(const struct api *api, struct http_request *req,
                          struct http_response *res);
void webhook_twilio_whisper(const struct api *api, struct http_request *req,
                            struct http_response *res);
void webhook_twilio_call_status(const struct api *api, struct http_request *req,
                                struct http_response *res);
void webhook_twilio_machine(const struct api *api, struct http_request *req,
                            struct http_response *res);
void webhook_twilio_recording(const struct api *api, struct http_request *req,
                              struct http_response *res);
void webhook_twilio_media(const struct api *api, struct http_request *req,
                          struct http_response *res);

/* GET /ws/live, after authentication. */
void live_accept(const struct api *api, struct http_request *req, struct http_response *res);

/* ---- the web chat (chat_site.c) ---- */

/* Is it one that pages of other sites may ask for? */
bool chat_path(struct str path);
/* May the page's site have the chat? Adds the headers that say so. ERR_FORBIDDEN. */
NODISCARD int chat_admit(const struct api *api, const struct http_request *req,
                         struct http_response *res, struct err *e);
/* What a browser asks before it asks: OPTIONS of such a path. */
void chat_preflight(const struct api *api, struct http_request *req, struct http_response *res);
/* GET /ws/chat. */
void chat_accept(const struct api *api, struct http_request *req, struct http_response *res);
/* GET /ws/voice/{session_id} (voice.c). */
#define VOICE_SOCKETS "/ws/voice/"
void voice_accept(const struct api *api, struct http_request *req, struct http_response *res);

/* GET /ws/calls/{conversation_id}/listen, after authentication (listen.c). */
#define CALL_SOCKETS "/ws/calls/"
void listen_accept(const struct api *api, struct http_request *req, struct http_response *res);

/* /api/sandbox/... (sandbox_relay.c). */
#define SANDBOX_RELAY "/api/sandbox/"
void sandbox_relay(const struct api *api, struct http_request *req, struct http_response *res);

/* The address that limits go by; lives in the request. */
const char *chat_remote(const struct api *api, const struct http_request *req);

#endif
