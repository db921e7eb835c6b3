/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on WhatsApp's templates. Sending one is op_holds.c's, with all else that staff say. */
#include "base/json_write.h"
#include "domain/whatsapp.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"

static void render_template(struct jw *j, const struct whatsapp_template *t)
{
    jw_object(j);
    jw_kv_str(j, "name", t->name);
    jw_kv_str(j, "language", t->language);
    jw_kv_str(j, "body", t->body);
    jw_kv_text(j, "content_sid", t->content_sid.n ? t->content_sid.p : NULL);
    jw_kv_bool(j, "approved", t->approved);
    jw_object_end(j);
}

int op_list_templates(struct op_call *c, struct err *e)
{
    struct whatsapp_template *rows = NULL;
    size_t n = 0;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = whatsapp_templates_list(db, c->pool, &rows, &n, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "templates");
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        render_template(&j, &rows[i]);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

static struct whatsapp_template template_of(const struct put_template_in *in)
{
    return (struct whatsapp_template){
        .name = str_of(in->name),
        .language = str_of(in->language),
        .body = str_of(in->body),
        .content_sid = str_of(in->content_sid ? in->content_sid : ""),
        .approved = in->approved,
    };
}

static int put(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    struct whatsapp_template t = template_of(c->in);
    return whatsapp_template_put(db, &t, wall_now(), e);
}

int op_put_template(struct op_call *c, struct err *e)
{
    struct whatsapp_template t = template_of(c->in);
    int rc = whatsapp_template_check(&t, e);
    if (rc == 0) {
        rc = op_write(c, put, c, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_template(&j, &t);
    }
    return rc;
}

static int take_away(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct delete_template_in *in = c->in;
    return whatsapp_template_delete(db, c->pool, in->name, in->language, e);
}

int op_delete_template(struct op_call *c, struct err *e)
{
    int rc = op_write(c, take_away, c, e);
    if (rc == 0) {
        buf_puts(c->out, "{\"ok\":true}");
    }
    return rc;
}
