/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in and out, and who one is. */
#include "base/log.h"
#include "base/metrics.h"
#include "base/settings.h"
#include "domain/access.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "ops/roles.h"

static void render_me(struct op_call *c, const struct actor *who)
{
    static const char *const kinds[] = {"nobody", "user", "token", "command"};
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_text(&j, "kind", kinds[who->kind]);
    jw_kv_text(&j, "name", who->name);
    jw_kv_text(&j, "email", who->email);
    jw_kv_text(&j, "role", who->role);
    jw_key(&j, "permissions");
    jw_array(&j);
    for (int i = 0; i < PERMISSION_COUNT; i++) {
        if (permission_held(who->permissions, i)) {
            jw_text(&j, permission_names[i]);
        }
    }
    jw_array_end(&j);
    jw_kv_bool(&j, "sandbox", c->app->settings->sandbox_url[0] != 0);
    jw_object_end(&j);
}

int op_whoami(struct op_call *c, struct err *e)
{
    (void)e;
    render_me(c, c->actor);
    return 0;
}

int op_sign_in(struct op_call *c, struct err *e)
{
    const struct sign_in_in *in = c->in;
    struct staff_user user;
    char secret[ACCESS_SECRET_BYTES];
    int64_t hours = c->app->settings->session_hours;
    int rc =
        access_sign_in(c->app->store, c->pool, in->email, in->password, hours, &user, secret, e);
    if (rc == ERR_UNAUTHENTICATED) {
        metric_add(METRIC_sign_ins_failed_total, 1);
        log_warn("sign-in refused");
    }
    if (rc < 0) {
        return rc;
    }
    const struct role *role = role_of(user.role);
    struct actor who = {.kind = ACTOR_USER,
                        .name = user.name.p,
                        .email = user.email.p,
                        .role = user.role.p,
                        .permissions = role ? role->permissions : 0};
    /* Secure is added under HTTPS, which the transport knows. */
    c->cookie =
        pool_printf(c->pool, "ava_session=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld",
                    secret, (long long)hours * 3600);
    render_me(c, &who);
    return 0;
}

int op_sign_out(struct op_call *c, struct err *e)
{
    if (c->session) {
        int rc = access_sign_out(c->app->store, c->pool, str_of(c->session), e);
        if (rc < 0) {
            return rc;
        }
    }
    c->cookie = "ava_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
    buf_puts(c->out, "{\"ok\":true}");
    return 0;
}
