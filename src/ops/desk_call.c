/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, and the answers that several operations give. */
#include "ops/desk_call.h"

#include "ops/app.h"
#include "ops/holding.h"

const char *desk_user(const struct op_call *c)
{
    return c->actor->kind == ACTOR_USER ? c->actor->id + strlen("user:") : NULL;
}

int desk_answer(struct op_call *c, const char *conversation_id, struct err *e)
{
    const struct arg args[] = {A_TEXT(conversation_id), A_TEXT(desk_user(c))};
    struct rows conversation, unread;
    struct query queries[] = {
        conversations_query(args, &conversation),
        desk_unread_query(args, &unread),
    };
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = db_many(db, c->pool, queries, ARRAY_SIZE(queries), e);
    }
    if (rc == 0 && conversation.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no conversation %s", conversation_id);
    }
    if (rc < 0) {
        return rc;
    }
    struct conversation row;
    conversation_from_row(&conversation, 0, &row);
    row.has_unread = true;
    row.unread = unread.n > 0;
    struct jw j = jw_to(c->out);
    render_conversation(&j, &row);
    return 0;
}

bool desk_is_mine(const struct op_call *c, const struct note *n)
{
    struct holder who = holder_of(c->actor);
    return str_eq(n->author_kind, str_of(who.kind)) && str_eq(n->author_id, str_of(who.id));
}

void desk_render_notes(struct jw *j, const struct op_call *c, const struct rows *notes)
{
    jw_key(j, "notes");
    jw_array(j);
    ROWS_EACH (i, *notes) {
        struct note n;
        note_from_row(notes, i, &n);
        render_note(j, &n, desk_is_mine(c, &n));
    }
    jw_array_end(j);
}
