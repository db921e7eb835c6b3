/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on notes and tags, and the list of the staff. */
#include "ops/app.h"
#include "ops/desk_call.h"
#include "ops/holding.h"
#include "ops/ops_gen.h"
#include "store/changes.h"

#define GREY "#64748b"

struct writing {
    struct op_call *call;
    struct id id; /* of what was made */
    struct wall now;
};

/* ---- notes ---- */

static int write_note(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct add_note_in *in = w->call->in;
    struct holder who = holder_of(w->call->actor);
    char at[WALL_TEXT_BYTES];
    wall_format(w->now, at);
    const struct note n = {
        str_of(w->id.text), str_of(in->conversation_id), str_of(who.kind), str_of(who.id),
        str_of(who.name),   str_of(in->content),         str_of(at)};
    struct conversation there;
    int rc = conversations_get(db, w->call->pool, in->conversation_id, &there, e);
    if (rc == 0) {
        rc = notes_insert(db, &n, e);
    }
    return rc < 0
               ? rc
               : changes_add(db, "note", in->conversation_id, NULL, there.customer_id, w->now, e);
}

int op_add_note(struct op_call *c, struct err *e)
{
    struct writing w = {c, id_new(), wall_now()};
    struct note n;
    int rc = op_write(c, write_note, &w, e);
    CLEANUP(store_return) struct db *db = NULL;
    if (rc == 0) {
        rc = store_borrow(c->app->store, &db, e);
    }
    if (rc == 0) {
        rc = notes_get(db, c->pool, w.id.text, &n, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_note(&j, &n, true);
    }
    return rc;
}

static int remove_note(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct delete_note_in *in = w->call->in;
    bool may = w->call->actor->permissions & (UINT32_C(1) << PERMISSION_CONVERSATIONS_FORCE);
    struct note n;
    struct conversation there = {0};
    int rc = notes_get(db, w->call->pool, in->note_id, &n, e);
    rc = rc < 0 ? rc : conversations_get(db, w->call->pool, n.conversation_id.p, &there, e);
    if (rc == 0 && !may && !desk_is_mine(w->call, &n)) {
        rc = err_set(e, ERR_FORBIDDEN, "taking a colleague's note away needs conversations.force");
    }
    if (rc == 0) {
        rc = notes_delete(db, in->note_id, e);
    }
    return rc < 0
               ? rc
               : changes_add(db, "note", n.conversation_id.p, NULL, there.customer_id, w->now, e);
}

int op_delete_note(struct op_call *c, struct err *e)
{
    struct writing w = {.call = c, .now = wall_now()};
    return op_write_ok(c, remove_note, &w, e);
}

/* ---- tags ---- */

static void render_tag(struct jw *j, const struct tag *t)
{
    jw_object(j);
    jw_kv_str(j, "id", t->id);
    jw_kv_str(j, "name", t->name);
    jw_kv_str(j, "colour", t->colour);
    jw_kv_i64(j, "conversations", t->conversations);
    jw_object_end(j);
}

int op_list_tags(struct op_call *c, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct rows rows = {0};
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = tags_all(db, c->pool, &rows, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "tags");
    jw_array(&j);
    ROWS_EACH (i, rows) {
        struct tag t;
        tag_from_row(&rows, i, &t);
        render_tag(&j, &t);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

static int answer_tag(struct op_call *c, const char *id, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct tag t;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = tags_get(db, c->pool, id, &t, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_tag(&j, &t);
    }
    return rc;
}

static int check_colour(const char *colour, struct err *e)
{
    bool right = !colour || (colour[0] == '#' && strspn(colour + 1, "0123456789abcdefABCDEF") == 6);
    return right ? 0 : err_field(e, ERR_INVALID, "colour", "colour is written as #rrggbb");
}

static int insert_tag(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct create_tag_in *in = w->call->in;
    int rc = tags_insert(db, w->id.text, in->name, in->colour ? in->colour : GREY, w->now, e);
    return rc < 0 ? rc : changes_add(db, "tag", NULL, NULL, 0, w->now, e);
}

static int taken(int rc, struct err *e)
{
    return rc == ERR_CONFLICT ? err_field(e, rc, "name", "there is a tag of that name") : rc;
}

int op_create_tag(struct op_call *c, struct err *e)
{
    const struct create_tag_in *in = c->in;
    struct writing w = {c, id_new(), wall_now()};
    int rc = check_colour(in->colour, e);
    if (rc == 0) {
        rc = taken(op_write(c, insert_tag, &w, e), e);
    }
    return rc < 0 ? rc : answer_tag(c, w.id.text, e);
}

static int change_tag(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct update_tag_in *in = w->call->in;
    struct tag t;
    int rc = tags_get(db, w->call->pool, in->tag_id, &t, e);
    if (rc == 0) {
        rc = tags_update(db, in->tag_id, in->name, in->colour, e);
    }
    return rc < 0 ? rc : changes_add(db, "tag", NULL, NULL, 0, w->now, e);
}

int op_update_tag(struct op_call *c, struct err *e)
{
    const struct update_tag_in *in = c->in;
    struct writing w = {.call = c, .now = wall_now()};
    int rc = check_colour(in->colour, e);
    if (rc == 0) {
        rc = taken(op_write(c, change_tag, &w, e), e);
    }
    return rc < 0 ? rc : answer_tag(c, in->tag_id, e);
}

static int remove_tag(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct delete_tag_in *in = w->call->in;
    struct tag t;
    int rc = tags_get(db, w->call->pool, in->tag_id, &t, e);
    if (rc == 0) {
        rc = tags_delete(db, in->tag_id, e);
    }
    return rc < 0 ? rc : changes_add(db, "tag", NULL, NULL, 0, w->now, e);
}

int op_delete_tag(struct op_call *c, struct err *e)
{
    struct writing w = {.call = c, .now = wall_now()};
    return op_write_ok(c, remove_tag, &w, e);
}

static int tag_one(struct db *db, struct writing *w, const char *id, const char *tag_id, bool on,
                   struct err *e)
{
    struct conversation there;
    struct tag t;
    int rc = conversations_get(db, w->call->pool, id, &there, e);
    if (rc == 0) {
        rc = tags_get(db, w->call->pool, tag_id, &t, e);
    }
    if (rc == 0) {
        rc = on ? tags_put_on(db, id, tag_id, e) : tags_take_off(db, id, tag_id, e);
    }
    return rc < 0 ? rc : changes_add(db, "conversation", id, NULL, 0, w->now, e);
}

static int put_on(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct tag_conversation_in *in = w->call->in;
    return tag_one(db, w, in->conversation_id, in->tag_id, true, e);
}

static int take_off(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct untag_conversation_in *in = w->call->in;
    return tag_one(db, w, in->conversation_id, in->tag_id, false, e);
}

int op_tag_conversation(struct op_call *c, struct err *e)
{
    const struct tag_conversation_in *in = c->in;
    struct writing w = {.call = c, .now = wall_now()};
    int rc = op_write(c, put_on, &w, e);
    return rc < 0 ? rc : desk_answer(c, in->conversation_id, e);
}

int op_untag_conversation(struct op_call *c, struct err *e)
{
    const struct untag_conversation_in *in = c->in;
    struct writing w = {.call = c, .now = wall_now()};
    int rc = op_write(c, take_off, &w, e);
    return rc < 0 ? rc : desk_answer(c, in->conversation_id, e);
}

/* ---- the staff ---- */

int op_list_staff(struct op_call *c, struct err *e)
{
    static const char *const names[] = {"id", "name", "email", "role"};
    CLEANUP(store_return) struct db *db = NULL;
    struct rows rows = {0};
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = desk_staff(db, c->pool, &rows, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "staff");
    jw_array(&j);
    ROWS_EACH (i, rows) {
        jw_object(&j);
        for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
            jw_kv_str(&j, names[k], row_str(&rows, i, k));
        }
        jw_object_end(&j);
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}
