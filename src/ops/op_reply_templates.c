/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on what the staff answer again and again. */
#include "base/id.h"
#include "base/json_write.h"
#include "domain/reply_template.h"
#include "ops/app.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "store/changes.h"
#include "store/reply_templates.h"

#define ANY "any"

struct writing {
    struct op_call *call;
    struct id id;
    struct wall now;
};

static void render(struct jw *j, const struct reply_template *t)
{
    jw_object(j);
    jw_kv_str(j, "id", t->id);
    jw_kv_str(j, "name", t->name);
    jw_kv_text(j, "channel", t->channel.p ? t->channel.p : ANY);
    jw_kv_str(j, "body", t->body);
    jw_kv_str(j, "updated_at", t->updated_at);
    jw_object_end(j);
}

static int answer(struct op_call *c, const char *id, struct err *e)
{
    struct reply_template t;
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc : reply_templates_get(db, c->pool, id, &t, e);
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render(&j, &t);
    }
    return rc;
}

int op_list_reply_templates(struct op_call *c, struct err *e)
{
    struct rows rows = {0};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc : reply_templates_all(db, c->pool, &rows, e);
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "templates");
    jw_array(&j);
    ROWS_EACH (i, rows) {
        struct reply_template t;
        reply_template_from_row(&rows, i, &t);
        render(&j, &t);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

static const char *channel_or_null(const char *channel)
{
    return strcmp(channel, ANY) == 0 ? NULL : channel;
}

static int taken(int rc, struct err *e)
{
    return rc == ERR_CONFLICT ? err_field(e, rc, "name", "there is a template of that name") : rc;
}

static int make(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct create_reply_template_in *in = w->call->in;
    int rc = reply_templates_insert(db, w->id.text, in->name, channel_or_null(in->channel),
                                    in->body, w->now, e);
    return rc < 0 ? rc : changes_add(db, "reply_template", NULL, NULL, 0, w->now, e);
}

int op_create_reply_template(struct op_call *c, struct err *e)
{
    const struct create_reply_template_in *in = c->in;
    struct writing w = {c, id_new(), wall_now()};
    int rc = reply_template_check(str_of(in->body), e);
    rc = rc < 0 ? rc : taken(op_write(c, make, &w, e), e);
    return rc < 0 ? rc : answer(c, w.id.text, e);
}

static int change(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct update_reply_template_in *in = w->call->in;
    struct reply_template t;
    int rc = reply_templates_get(db, w->call->pool, in->template_id, &t, e);
    if (rc == 0) {
        rc = reply_templates_update(db, in->template_id, in->name ? in->name : t.name.p,
                                    in->channel ? channel_or_null(in->channel) : t.channel.p,
                                    in->body ? in->body : t.body.p, w->now, e);
    }
    return rc < 0 ? rc : changes_add(db, "reply_template", NULL, NULL, 0, w->now, e);
}

int op_update_reply_template(struct op_call *c, struct err *e)
{
    const struct update_reply_template_in *in = c->in;
    struct writing w = {.call = c, .now = wall_now()};
    int rc = in->body ? reply_template_check(str_of(in->body), e) : 0;
    rc = rc < 0 ? rc : taken(op_write(c, change, &w, e), e);
    return rc < 0 ? rc : answer(c, in->template_id, e);
}

static int take_away(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct delete_reply_template_in *in = w->call->in;
    struct reply_template t;
    int rc = reply_templates_get(db, w->call->pool, in->template_id, &t, e);
    rc = rc < 0 ? rc : reply_templates_delete(db, in->template_id, e);
    return rc < 0 ? rc : changes_add(db, "reply_template", NULL, NULL, 0, w->now, e);
}

int op_delete_reply_template(struct op_call *c, struct err *e)
{
    struct writing w = {.call = c, .now = wall_now()};
    return op_write_ok(c, take_away, &w, e);
}
