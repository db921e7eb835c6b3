/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on who may come in: members of the staff and tokens of programs. Each change is
 * logged with who made it, by ids.
 */
#include "base/log.h"
#include "domain/access.h"
#include "ops/app.h"
#include "ops/desk_call.h"
#include "ops/ops_gen.h"
#include "ops/roles.h"

static void note(const struct op_call *c, const char *what, const char *id)
{
    log_info("access was changed", LOG_TEXT("what", what), LOG_TEXT("id", id),
             LOG_TEXT("by", c->actor->id));
}

static bool is_asker(const struct op_call *c, const char *kind, struct str id)
{
    return str_eq(str_of(c->actor->id),
                  str_of(pool_printf(c->pool, "%s:" STR_FMT, kind, STR_ARG(id))));
}

/* ---- the staff ---- */

static void render_user(struct op_call *c, struct jw *j, const struct rows *r, size_t i)
{
    jw_object(j);
    jw_kv_str(j, "id", row_str(r, i, 0));
    jw_kv_str(j, "name", row_str(r, i, 2));
    jw_kv_str(j, "email", row_str(r, i, 1));
    jw_kv_str(j, "role", row_str(r, i, 3));
    jw_kv_str(j, "created_at", row_str(r, i, 4));
    jw_kv_text(j, "disabled_at", row_text(r, i, 5));
    jw_kv_bool(j, "me", is_asker(c, "user", row_str(r, i, 0)));
    jw_object_end(j);
}

static void render_role(struct jw *j, const struct role *role)
{
    jw_object(j);
    jw_kv_text(j, "name", role->name);
    jw_kv_text(j, "says", role->says);
    jw_key(j, "permissions");
    jw_array(j);
    for (int i = 0; i < PERMISSION_COUNT; i++) {
        if (permission_held(role->permissions, i)) {
            jw_text(j, permission_names[i]);
        }
    }
    jw_array_end(j);
    jw_object_end(j);
}

int op_list_users(struct op_call *c, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows rows = {0};
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = staff_all(db, c->pool, &rows, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "users");
    jw_array(&j);
    ROWS_EACH (i, rows) {
        render_user(c, &j, &rows, i);
    }
    jw_array_end(&j);
    jw_key(&j, "roles");
    jw_array(&j);
    for (size_t i = 0; i < n_roles; i++) {
        render_role(&j, &roles[i]);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

static int answer_user(struct op_call *c, const char *id, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows rows = {0};
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = staff_one(db, c->pool, id, &rows, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_user(c, &j, &rows, 0);
    }
    return rc;
}

int op_add_user(struct op_call *c, struct err *e)
{
    const struct add_user_in *in = c->in;
    const char *id = NULL;
    int rc = access_add_user(c->app->store, c->pool, in->email, in->name, in->role, in->password,
                             false, &id, e);
    if (rc < 0) {
        return rc;
    }
    note(c, "user_added", id);
    return answer_user(c, id, e);
}

int op_change_user(struct op_call *c, struct err *e)
{
    const struct change_user_in *in = c->in;
    bool disable = in->disabled_set && in->disabled;
    if (disable && is_asker(c, "user", str_of(in->user_id))) {
        return err_field(e, ERR_CONFLICT, "disabled",
                         "nobody can shut themselves out: somebody else must");
    }
    struct access_change change = {
        .user_id = in->user_id,
        .name = in->name,
        .role = in->role,
        .disable = disable,
        .enable = in->disabled_set && !in->disabled,
        .session = c->session,
    };
    int rc = access_change_user(c->app->store, c->pool, &change, e);
    if (rc < 0) {
        return rc;
    }
    note(c,
         disable         ? "user_disabled"
         : change.enable ? "user_enabled"
         : in->role      ? "role_set"
                         : "name_set",
         in->user_id);
    return answer_user(c, in->user_id, e);
}

int op_set_user_password(struct op_call *c, struct err *e)
{
    const struct set_user_password_in *in = c->in;
    struct access_change change = {
        .user_id = in->user_id, .password = in->password, .session = c->session};
    int rc = access_change_user(c->app->store, c->pool, &change, e);
    if (rc < 0) {
        return rc;
    }
    note(c, "password_set", in->user_id);
    return answer_user(c, in->user_id, e);
}

/* The answer to a wrong present password is no 401: the session is good. */
int op_change_own_password(struct op_call *c, struct err *e)
{
    const struct change_own_password_in *in = c->in;
    const char *id = desk_user(c);
    struct staff_user user;
    struct err why = {0};
    if (!id) {
        return err_set(e, ERR_FORBIDDEN, "only who signed in has a password of their own");
    }
    int rc =
        access_check_password(c->app->store, c->pool, c->actor->email, in->current, &user, &why);
    if (rc == ERR_UNAUTHENTICATED) {
        return err_field(e, ERR_INVALID, "current", "that is not the present password");
    }
    if (rc < 0) {
        return err_set(e, rc, "%s", err_text(&why, rc));
    }
    struct access_change change = {.user_id = id, .password = in->password, .session = c->session};
    rc = access_change_user(c->app->store, c->pool, &change, e);
    if (rc < 0) {
        return rc;
    }
    note(c, "own_password_set", id);
    buf_puts(c->out, "{\"ok\":true}");
    return 0;
}

/* ---- tokens ---- */

static void render_token(struct op_call *c, struct jw *j, const struct rows *r, size_t i)
{
    jw_object(j);
    jw_kv_str(j, "id", row_str(r, i, 0));
    jw_kv_str(j, "name", row_str(r, i, 1));
    jw_kv_str(j, "role", row_str(r, i, 2));
    jw_kv_str(j, "created_at", row_str(r, i, 3));
    jw_kv_text(j, "expires_at", row_text(r, i, 4));
    jw_kv_text(j, "revoked_at", row_text(r, i, 5));
    jw_kv_bool(j, "me", is_asker(c, "token", row_str(r, i, 0)));
    jw_object_end(j);
}

int op_list_tokens(struct op_call *c, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows rows = {0};
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = tokens_all(db, c->pool, &rows, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "tokens");
    jw_array(&j);
    ROWS_EACH (i, rows) {
        render_token(c, &j, &rows, i);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

static int read_token(struct op_call *c, const char *id, struct rows *out, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    return rc < 0 ? rc : tokens_one(db, c->pool, id, out, e);
}

int op_add_token(struct op_call *c, struct err *e)
{
    const struct add_token_in *in = c->in;
    char secret[ACCESS_SECRET_BYTES];
    const char *id = NULL;
    struct rows rows = {0};
    if (in->expires_at.us && in->expires_at.us <= wall_now().us) {
        return err_field(e, ERR_INVALID, "expires_at", "expires_at must lie ahead");
    }
    int rc = access_add_token(c->app->store, c->pool, in->name, in->role, in->expires_at, secret,
                              &id, e);
    if (rc == 0) {
        note(c, "token_added", id);
        rc = read_token(c, id, &rows, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "token");
    render_token(c, &j, &rows, 0);
    jw_kv_text(&j, "secret", secret);
    jw_object_end(&j);
    return 0;
}

int op_revoke_token(struct op_call *c, struct err *e)
{
    const struct revoke_token_in *in = c->in;
    struct rows rows;
    int rc = access_revoke_token(c->app->store, c->pool, in->token_id, e);
    if (rc == 0) {
        note(c, "token_revoked", in->token_id);
        rc = read_token(c, in->token_id, &rows, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_token(c, &j, &rows, 0);
    }
    return rc;
}
