/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links with which somebody calls from a browser without an account: a token that names the call's
 * session, the customer if it is meant for one, and until when it is good, under an HMAC-SHA256
 * with a key that the installation made for itself. It is good for one call, and when that breaks
 * off, for going on with it. Any thread that may wait.
 */
#ifndef DOMAIN_VOICE_LINK_H
#define DOMAIN_VOICE_LINK_H

#include "base/clock.h"
#include "store/store.h"

#define VOICE_LINK_KEY_NAME "voice_link" /* in store/installation_keys.h */
/* The longest time for which a link can be good; that it was used is remembered for longer
 * (housekeeping). */
#define VOICE_LINK_MINUTES_MAX 4320

struct voice_link {
    int64_t customer_id; /* 0: for anybody */
    struct wall until;
    bool again; /* it was used, for a call that broke off and may go on */
};

/* Lives in pool. Pure. */
const char *voice_link_token(struct pool *p, struct str key, const char *session,
                             const struct voice_link *l);
/* Is it one that was made with this key for this session? Whether it is still good is not asked.
 * Pure. */
NODISCARD bool voice_link_read(struct pool *p, struct str key, const char *session,
                               struct str token, struct voice_link *out);

/* A new one; inside store_write. *token_out lives in pool. */
NODISCARD int voice_link_make(struct db *db, struct pool *p, const char *session,
                              const struct voice_link *l, const char **token_out, struct err *e);

/*
 * Is the link good at `now`? ERR_UNAUTHENTICATED: it is none, or none for this session, or no
 * longer; ERR_CONFLICT: it was used. In words that its customer can be shown.
 */
NODISCARD int voice_link_check(struct store *s, struct pool *p, const char *session,
                               struct str token, struct wall now, struct voice_link *out,
                               struct err *e);
/* The same, and it is used up: of several at once one has it. */
NODISCARD int voice_link_use(struct store *s, struct pool *p, const char *session, struct str token,
                             struct wall now, struct voice_link *out, struct err *e);

#endif
