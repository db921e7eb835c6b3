/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may come in: staff by password (argon2id) and then a session, programs by token, calendars
 * that subscribe by a key. Session, token and key are 32 random bytes as text; the store keeps only
 * their SHA-256. Any thread.
 */
#ifndef DOMAIN_ACCESS_H
#define DOMAIN_ACCESS_H

#include "store/staff.h"
#include "store/store.h"

#define ACCESS_SECRET_BYTES 64 /* of a token's or session's text, with its NUL */

/* The hash under which a token or session is stored; lives in pool. */
char *access_hash(struct pool *p, struct str secret);

/*
 * A mark that tells tokens and sessions apart in this thread, for remembering what was said of
 * them: cheaper than the hash, and keyed at random, so that nobody can make two that are alike.
 */
#define ACCESS_MARK_BYTES 16
void access_mark(struct str secret, unsigned char out[ACCESS_MARK_BYTES]);

/* Makes a staff user, or with `replace` sets password and role of one
 * that exists and ends its sessions. */
NODISCARD int access_add_user(struct store *s, struct pool *p, const char *email, const char *name,
                              const char *role, const char *password, bool replace,
                              const char **id_out, struct err *e);

/*
 * Changes a staff user. A new password, another role and being disabled end their sessions, but for
 * `session` (the text of the asker's own; NULL: none). ERR_CONFLICT when nobody would be left who
 * may do everything (role `owner`). ERR_NOT_FOUND.
 */
struct access_change {
    const char *user_id;
    const char *name, *role, *password; /* NULL: stays */
    bool disable, enable;
    const char *session;
};
#define ACCESS_OWNER "owner"
/* Is it that user's password? ERR_UNAUTHENTICATED when not, or there is no such user who may sign
 * in; takes as long. */
NODISCARD int access_check_password(struct store *s, struct pool *p, const char *email,
                                    const char *password, struct staff_user *user_out,
                                    struct err *e);

NODISCARD int access_change_user(struct store *s, struct pool *p,
                                 const struct access_change *change, struct err *e);

/*
 * Checks e-mail and password and begins a session. ERR_UNAUTHENTICATED says the same for an
 * unknown address as for a wrong password, and takes as long.
 */
NODISCARD int access_sign_in(struct store *s, struct pool *p, const char *email,
                             const char *password, int64_t hours, struct staff_user *user_out,
                             char secret_out[ACCESS_SECRET_BYTES], struct err *e);
NODISCARD int access_sign_out(struct store *s, struct pool *p, struct str secret, struct err *e);

/* Grows whenever this process takes access away: who remembers answers asks again then. */
unsigned access_generation(void);

/* Makes a token; the text is not to be had again. expires_at.us == 0: it does not end. *id_out
 * (NULL: not wanted) lives in pool. */
NODISCARD int access_add_token(struct store *s, struct pool *p, const char *name, const char *role,
                               struct wall expires_at, char secret_out[ACCESS_SECRET_BYTES],
                               const char **id_out, struct err *e);
/* From now on it is good for nothing. ERR_NOT_FOUND. */
NODISCARD int access_revoke_token(struct store *s, struct pool *p, const char *id, struct err *e);

/*
 * Makes the key with which a calendar subscribes to the appointments of a provider ("":
 * everybody's); the text is not to be had again. ERR_CONFLICT when there is one, unless `renew`:
 * then that one is no longer good.
 */
NODISCARD int access_add_feed(struct store *s, struct pool *p, const char *provider, bool renew,
                              char secret_out[ACCESS_SECRET_BYTES], struct err *e);

#endif
