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
static const struct sql end_sessions = {"DELETE FROM staff_sessions WHERE user_id = $1"};
static const struct sql insert_session = {
    "INSERT INTO staff_sessions (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, "
    "$4)"};
static const struct sql delete_session = {"DELETE FROM staff_sessions WHERE token_hash = $1"};
static const struct sql prune_sessions = {"DELETE FROM staff_sessions WHERE expires_at < $1"};
static const struct sql insert_token = {
    "INSERT INTO api_tokens (id, name, token_hash, role, created_at) VALUES ($1, $2, $3, $4, $5)"};
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
                  const char *role, struct wall at, struct err *e)
{
    return db_exec(db, &insert_token,
                   ARGS(A_TEXT(id), A_TEXT(name), A_TEXT(token_hash), A_TEXT(role), A_WALL(at)), e);
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
