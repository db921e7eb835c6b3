/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on who may come in: staff users, their sessions, programs' tokens, and calendars that
 * subscribe. Secrets are stored as hashes only: a password by argon2id, all else by SHA-256 of its
 * random text.
 */
#ifndef STORE_STAFF_H
#define STORE_STAFF_H

#include "store/store.h"

struct staff_user {
    struct str id, email, name, role, password_hash;
};

/* By e-mail (in lower case); ERR_NOT_FOUND when there is none or it is disabled. */
NODISCARD int staff_by_email(struct db *db, struct pool *p, const char *email,
                             struct staff_user *out, struct err *e);
/* ERR_CONFLICT when the address is taken. */
NODISCARD int staff_insert(struct db *db, const char *id, const char *email, const char *name,
                           const char *role, const char *password_hash, struct wall at,
                           struct err *e);
/* Sets password and role and ends the user's sessions; ERR_NOT_FOUND when there is none. */
NODISCARD int staff_replace(struct db *db, struct pool *p, const char *email,
                            const char *password_hash, const char *role, struct err *e);

/* All of them, by name: id, e-mail, name, role, created_at, disabled_at; those that are disabled
 * last. */
NODISCARD int staff_all(struct db *db, struct pool *p, struct rows *out, struct err *e);
/* One such row; ERR_NOT_FOUND. */
NODISCARD int staff_one(struct db *db, struct pool *p, const char *id, struct rows *out,
                        struct err *e);
/* How many may sign in with that role, but for one; they stay so until the transaction ends. */
NODISCARD int staff_others(struct db *db, struct pool *p, const char *role, const char *but_id,
                           size_t *n_out, struct err *e);
struct staff_change {
    const char *name, *role, *password_hash; /* NULL: stays */
    bool disable, enable;
};
NODISCARD int staff_update(struct db *db, const char *id, const struct staff_change *change,
                           struct wall at, struct err *e);
/* Ends the user's sessions, but the one with that hash (NULL: all). */
NODISCARD int staff_end_sessions(struct db *db, const char *id, const char *but_hash,
                                 struct err *e);

NODISCARD int sessions_insert(struct db *db, const char *token_hash, const char *user_id,
                              struct wall at, struct wall expires_at, struct err *e);
NODISCARD int sessions_delete(struct db *db, const char *token_hash, struct err *e);
NODISCARD int sessions_prune(struct db *db, struct wall now, struct err *e);
/* The user of a session that is still good; ERR_NOT_FOUND otherwise. */
NODISCARD int sessions_user(struct db *db, struct pool *p, const char *token_hash, struct wall now,
                            struct staff_user *out, struct err *e);

/* The staff's calendar links. Provider "" is everybody's. ERR_CONFLICT when there is one already,
 * unless it is to be replaced. */
NODISCARD int feeds_insert(struct db *db, const char *provider, const char *key_hash, bool replace,
                           struct wall at, struct err *e);
/* Whose appointments the key is for; ERR_NOT_FOUND when it is not known. */
NODISCARD int feeds_provider(struct db *db, struct pool *p, const char *key_hash,
                             const char **provider_out, struct err *e);

struct api_token {
    struct str id, name, role;
};
/* expires_at.us == 0: never. */
NODISCARD int tokens_insert(struct db *db, const char *id, const char *name, const char *token_hash,
                            const char *role, struct wall at, struct wall expires_at,
                            struct err *e);
/* All, newest first: id, name, role, created_at, expires_at, revoked_at. */
NODISCARD int tokens_all(struct db *db, struct pool *p, struct rows *out, struct err *e);
/* One such row; ERR_NOT_FOUND. */
NODISCARD int tokens_one(struct db *db, struct pool *p, const char *id, struct rows *out,
                         struct err *e);
/* Once: what was revoked stays so. ERR_NOT_FOUND. */
NODISCARD int tokens_revoke(struct db *db, struct pool *p, const char *id, struct wall at,
                            struct err *e);
/* A token that is still good; ERR_NOT_FOUND otherwise. */
NODISCARD int tokens_get(struct db *db, struct pool *p, const char *token_hash, struct wall now,
                         struct api_token *out, struct err *e);

#endif
