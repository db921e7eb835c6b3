/* SPDX-License-Identifier: Apache-2.0 */
/* Staff users, sessions and tokens; looked up by what they present, never listed with secrets. */
#include "store/staff.h"

#define USER "SELECT u.id, u.email, u.name, u.role, u.password_hash FROM staff_users u "
static const struct sql by_email = {USER "WHERE u.email = $1 AND u.disabled_at IS NULL"};
static const struct sql by_session = {
    USER "JOIN staff_sessions s ON s.user_id = u.id WHERE s.token_hash = $1 AND "
         "s.expires_at > $2 AND u.disabled_at IS NULL"};
static const struct sql insert_user = {
    "INSERT INTO staff_users (id, email, name, role, password_hash, created_at) VALUES ($1, $2, "
    "$3, $4, $5, $6)"};
static const struct sql replace_user = {
    "UPDATE staff_users SET password_hash = $2, role = $3 WHERE email = $1 RETURNING id"};
#define SHOWN "SELECT id, email, name, role, created_at, disabled_at FROM staff_users "
static const struct sql all_users = {
    SHOWN "ORDER BY CASE WHEN disabled_at IS NULL THEN 0 ELSE 1 END, name, id"};
static const struct sql one_user_shown = {SHOWN "WHERE id = $1"};
static const struct sql other_users = {
    "SELECT id FROM staff_users WHERE role = $1 AND disabled_at IS NULL AND id <> $2 {for_update}"};
static const struct sql update_user = {
    "UPDATE staff_users SET name = COALESCE($2, name), role = COALESCE($3, role), password_hash = "
    "COALESCE($4, password_hash) WHERE id = $1"};
static const struct sql disable_user = {
    "UPDATE staff_users SET disabled_at = COALESCE(disabled_at, $2) WHERE id = $1"};
static const struct sql enable_user = {"UPDATE staff_users SET disabled_at = NULL WHERE id = $1"};
static const struct sql end_other_sessions = {
    "DELETE FROM staff_sessions WHERE user_id = $1 AND token_hash <> $2"};
static const struct sql end_sessions = {"DELETE FROM staff_sessions WHERE user_id = $1"};
static const struct sql insert_session = {
    "INSERT INTO staff_sessions (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, "
    "$4)"};
static const struct sql delete_session = {"DELETE FROM staff_sessions WHERE token_hash = $1"};
static const struct sql prune_sessions = {"DELETE FROM staff_sessions WHERE expires_at < $1"};
static const struct sql insert_token = {
    "INSERT INTO api_tokens (id, name, token_hash, role, created_at, expires_at) VALUES ($1, $2, "
    "$3, $4, $5, $6)"};
#define TOKEN "SELECT id, name, role, created_at, expires_at, revoked_at FROM api_tokens "
static const struct sql all_tokens = {TOKEN "ORDER BY created_at DESC, id DESC"};
static const struct sql one_token = {TOKEN "WHERE id = $1"};
static const struct sql revoke_token = {
    "UPDATE api_tokens SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1 RETURNING id"};
static const struct sql get_token = {
    "SELECT id, name, role FROM api_tokens WHERE token_hash = $1 AND revoked_at IS NULL AND "
    "(expires_at IS NULL OR expires_at > $2)"};

static const struct sql drop_feed = {"DELETE FROM calendar_feeds WHERE provider_key = $1"};
static const struct sql insert_feed = {
    "INSERT INTO calendar_feeds (provider_key, key_hash, created_at) VALUES ($1, $2, $3)"};
static const struct sql get_feed = {"SELECT provider_key FROM calendar_feeds WHERE key_hash = $1"};

static int one_user(const struct rows *r, struct staff_user *out, struct err *e)
{
    if (r->n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such staff user");
    }
    *out = (struct staff_user){row_str(r, 0, 0), row_str(r, 0, 1), row_str(r, 0, 2),
                               row_str(r, 0, 3), row_str(r, 0, 4)};
    return 0;
}

int staff_by_email(struct db *db, struct pool *p, const char *email, struct staff_user *out,
                   struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &by_email, ARGS(A_TEXT(email)), &r, e);
    return rc < 0 ? rc : one_user(&r, out, e);
}

int staff_insert(struct db *db, const char *id, const char *email, const char *name,
                 const char *role, const char *password_hash, struct wall at, struct err *e)
{
    return db_exec(db, &insert_user,
                   ARGS(A_TEXT(id), A_TEXT(email), A_TEXT(name), A_TEXT(role),
                        A_TEXT(password_hash), A_WALL(at)),
                   e);
}

int staff_replace(struct db *db, struct pool *p, const char *email, const char *password_hash,
                  const char *role, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &replace_user, ARGS(A_TEXT(email), A_TEXT(password_hash), A_TEXT(role)),
                     &r, e);
    if (rc == 0 && r.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no staff user with that e-mail address");
    }
    return rc < 0 ? rc : db_exec(db, &end_sessions, ARGS(A_STR(row_str(&r, 0, 0))), e);
}

int staff_all(struct db *db, struct pool *p, struct rows *out, struct err *e)
{
    return db_rows(db, p, &all_users, NO_ARGS, out, e);
}

int staff_one(struct db *db, struct pool *p, const char *id, struct rows *out, struct err *e)
{
    int rc = db_rows(db, p, &one_user_shown, ARGS(A_TEXT(id)), out, e);
    if (rc == 0 && out->n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such member of the staff");
    }
    return rc;
}

int staff_others(struct db *db, struct pool *p, const char *role, const char *but_id, size_t *n_out,
                 struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &other_users, ARGS(A_TEXT(role), A_TEXT(but_id)), &r, e);
    if (rc == 0) {
        *n_out = r.n;
    }
    return rc;
}

int staff_update(struct db *db, const char *id, const struct staff_change *change, struct wall at,
                 struct err *e)
{
    int rc = db_exec(
        db, &update_user,
        ARGS(A_TEXT(id), A_TEXT(change->name), A_TEXT(change->role), A_TEXT(change->password_hash)),
        e);
    if (rc == 0 && change->disable) {
        rc = db_exec(db, &disable_user, ARGS(A_TEXT(id), A_WALL(at)), e);
    }
    if (rc == 0 && change->enable) {
        rc = db_exec(db, &enable_user, ARGS(A_TEXT(id)), e);
    }
    return rc;
}

int staff_end_sessions(struct db *db, const char *id, const char *but_hash, struct err *e)
{
    return but_hash ? db_exec(db, &end_other_sessions, ARGS(A_TEXT(id), A_TEXT(but_hash)), e)
                    : db_exec(db, &end_sessions, ARGS(A_TEXT(id)), e);
}

int sessions_insert(struct db *db, const char *token_hash, const char *user_id, struct wall at,
                    struct wall expires_at, struct err *e)
{
    return db_exec(db, &insert_session,
                   ARGS(A_TEXT(token_hash), A_TEXT(user_id), A_WALL(at), A_WALL(expires_at)), e);
}

int sessions_delete(struct db *db, const char *token_hash, struct err *e)
{
    return db_exec(db, &delete_session, ARGS(A_TEXT(token_hash)), e);
}

int sessions_prune(struct db *db, struct wall now, struct err *e)
{
    return db_exec(db, &prune_sessions, ARGS(A_WALL(now)), e);
}

int sessions_user(struct db *db, struct pool *p, const char *token_hash, struct wall now,
                  struct staff_user *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &by_session, ARGS(A_TEXT(token_hash), A_WALL(now)), &r, e);
    return rc < 0 ? rc : one_user(&r, out, e);
}

int tokens_insert(struct db *db, const char *id, const char *name, const char *token_hash,
                  const char *role, struct wall at, struct wall expires_at, struct err *e)
{
    return db_exec(db, &insert_token,
                   ARGS(A_TEXT(id), A_TEXT(name), A_TEXT(token_hash), A_TEXT(role), A_WALL(at),
                        A_WALL(expires_at)),
                   e);
}

int tokens_all(struct db *db, struct pool *p, struct rows *out, struct err *e)
{
    return db_rows(db, p, &all_tokens, NO_ARGS, out, e);
}

int tokens_one(struct db *db, struct pool *p, const char *id, struct rows *out, struct err *e)
{
    int rc = db_rows(db, p, &one_token, ARGS(A_TEXT(id)), out, e);
    if (rc == 0 && out->n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such token");
    }
    return rc;
}

int tokens_revoke(struct db *db, struct pool *p, const char *id, struct wall at, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &revoke_token, ARGS(A_TEXT(id), A_WALL(at)), &r, e);
    if (rc == 0 && r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such token");
    }
    return rc;
}

int tokens_get(struct db *db, struct pool *p, const char *token_hash, struct wall now,
               struct api_token *out, struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get_token, ARGS(A_TEXT(token_hash), A_WALL(now)), &r, e);
    if (rc < 0) {
        return rc;
    }
    if (r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such token");
    }
    *out = (struct api_token){row_str(&r, 0, 0), row_str(&r, 0, 1), row_str(&r, 0, 2)};
    return 0;
}

int feeds_insert(struct db *db, const char *provider, const char *key_hash, bool replace,
                 struct wall at, struct err *e)
{
    int rc = replace ? db_exec(db, &drop_feed, ARGS(A_TEXT(provider)), e) : 0;
    return rc < 0
               ? rc
               : db_exec(db, &insert_feed, ARGS(A_TEXT(provider), A_TEXT(key_hash), A_WALL(at)), e);
}

int feeds_provider(struct db *db, struct pool *p, const char *key_hash, const char **provider_out,
                   struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get_feed, ARGS(A_TEXT(key_hash)), &r, e);
    if (rc == 0 && r.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no such calendar");
    }
    if (rc == 0) {
        *provider_out = row_text(&r, 0, 0);
    }
    return rc;
}
