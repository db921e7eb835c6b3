/* SPDX-License-Identifier: Apache-2.0 */
/* Links with which somebody calls from a browser. */
#include "base/id.h"
#include "base/json_write.h"
#include "base/settings.h"
#include "domain/voice_link.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "store/customers.h"

struct making {
    struct op_call *call;
    struct id session;
    struct voice_link link;
    const char *token;
};

static int make(struct db *db, void *arg, struct err *e)
{
    struct making *m = arg;
    struct pool *p = m->call->pool;
    struct customer customer;
    int rc = m->link.customer_id ? customers_get(db, p, m->link.customer_id, &customer, e) : 0;
    return rc < 0 ? rc : voice_link_make(db, p, m->session.text, &m->link, &m->token, e);
}

int op_create_voice_link(struct op_call *c, struct err *e)
{
    const struct create_voice_link_in *in = c->in;
    struct making m = {.call = c, .session = id_new()};
    m.link.customer_id = in->customer_id;
    m.link.until.us =
        (wall_now().us / US_PER_SECOND + in->minutes * 60) * US_PER_SECOND; /* as in the token */
    int rc = op_write(c, make, &m, e);
    if (rc < 0) {
        return rc;
    }
    const char *base = settings_public_url(c->app->settings, c->pool);
    struct jw j = jw_to(c->out);
    jw_object(&j);
    /* Behind the #: neither a log nor the next site sees it. */
    jw_kv_text(&j, "url",
               pool_printf(c->pool, "%s/call#session=%s&token=%s", base, m.session.text, m.token));
    jw_kv_text(&j, "session_id", m.session.text);
    jw_kv_text(&j, "token", m.token);
    jw_key(&j, "expires_at");
    jw_wall(&j, m.link.until);
    jw_key(&j, "customer_id");
    if (m.link.customer_id) {
        jw_i64(&j, m.link.customer_id);
    } else {
        jw_null(&j);
    }
    jw_object_end(&j);
    return 0;
}
