/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on conversations. Writers answer with the row as it is after their transaction. */
#include "base/json_read.h"
#include "domain/conversation.h"
#include "ops/analytics.h"
#include "ops/app.h"
#include "ops/desk_call.h"
#include "ops/holding.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/own_zone.h"
#include "ops/render.h"
#include "ops/scoring.h"
#include "store/changes.h"
#include "store/conversation_find.h"

/* The answer is written while the rows come. */
struct listing {
    struct jw j;
    const struct list_conversations_in *in;
    bool begun;
};

static void listing_begin(struct listing *l, int64_t total)
{
    jw_object(&l->j);
    render_page(&l->j, total, l->in->page, l->in->page_size);
    jw_kv_bool(&l->j, "total_is_exact", true);
    jw_key(&l->j, "conversations");
    jw_array(&l->j);
    l->begun = true;
}

static void listing_add(void *arg, const struct conversation_page *page,
                        const struct conversation *row)
{
    struct listing *l = arg;
    if (!l->begun) {
        listing_begin(l, page->total);
    }
    render_conversation_row(&l->j, row);
}

/* By customer, channel and status only: rows go out as they come, and the total is a counter. */
static int list_all(struct op_call *c, struct db *db, const struct conversation_filter *filter,
                    const struct page_at *at, struct err *e)
{
    struct conversation_page page = {0};
    struct listing l = {jw_to(c->out), c->in, false};
    int rc = conversations_page(db, c->pool, filter, at, listing_add, &l, &page, e);
    if (rc) {
        return rc;
    }
    if (!l.begun) {
        listing_begin(&l, page.total);
    }
    jw_array_end(&l.j);
    jw_kv_text(&l.j, "next_cursor",
               page.more ? cursor_make(c->pool, page.last_at, page.last_id) : NULL);
    jw_object_end(&l.j);
    return 0;
}

static int list_found(struct op_call *c, struct db *db, const struct conversation_wanted *wanted,
                      const struct page_at *at, struct err *e)
{
    struct conversation_found found;
    int rc = conversations_find(db, c->pool, wanted, at, &found, e);
    if (rc) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    render_page(&j, found.total, at->page, at->page_size);
    jw_kv_bool(&j, "total_is_exact", !found.more_than_total);
    jw_key(&j, "conversations");
    jw_array(&j);
    for (size_t i = 0; i < found.n; i++) {
        render_conversation_row(&j, &found.rows[i]);
    }
    jw_array_end(&j);
    jw_kv_text(&j, "next_cursor",
               found.more ? cursor_make(c->pool, found.last_at, found.last_id) : NULL);
    jw_object_end(&j);
    return 0;
}

static enum choice choice_of(bool set, bool value)
{
    return !set ? CHOICE_ANY : value ? CHOICE_YES : CHOICE_NO;
}

static int read_assigned(const struct op_call *c, const char *text, struct conversation_wanted *w,
                         struct err *e)
{
    struct id id;
    if (!text) {
        return 0;
    }
    if (strcmp(text, "none") == 0) {
        w->unassigned = true;
        return 0;
    }
    if (strcmp(text, "me") == 0) {
        w->assigned_to = desk_user(c);
        return w->assigned_to ? 0
                              : err_field(e, ERR_MALFORMED, "assigned",
                                          "nothing is assigned to a program or a command");
    }
    if (!id_parse(str_of(text), &id)) {
        return err_field(e, ERR_MALFORMED, "assigned",
                         "assigned is me, none, or the id of a member of the staff");
    }
    w->assigned_to = pool_strdup(c->pool, id.text);
    return 0;
}

/* *more_out: something beside customer, channel and status is wanted. */
static int read_wanted(const struct op_call *c, struct conversation_wanted *w, bool *more_out,
                       struct err *e)
{
    const struct list_conversations_in *in = c->in;
    *w = (struct conversation_wanted){
        .is = {in->customer_id, in->channel, in->status, desk_user(c)},
        .unread = choice_of(in->unread_set, in->unread),
        .needs_person = choice_of(in->needs_person_set, in->needs_person),
        .snoozed = choice_of(in->snoozed_set, in->snoozed),
        .outcome = in->outcome,
        .sentiment = in->sentiment,
        .tag = in->tag,
        .from = in->from,
        .to = in->until,
        .answered_by = in->answered_by,
        .escalated = choice_of(in->escalated_set, in->escalated),
        .model = choice_of(in->model_set, in->model),
        .progress = in->stage ? stage_of(in->stage) : 0,
        .words = in->q,
    };
    *more_out = w->unread || w->needs_person || w->snoozed || w->outcome || w->sentiment ||
                w->tag || w->from.us || w->to.us || w->words || in->assigned || w->answered_by ||
                w->escalated || w->model || w->progress || in->weekday_set || in->hour_set;
    return read_assigned(c, in->assigned, w, e);
}

/* The hour of the week in which conversations began. */
struct hours_wanted {
    const struct zone *zone;
    const struct list_conversations_in *in;
};

static bool began_then(void *arg, struct wall at)
{
    const struct hours_wanted *h = arg;
    struct local_time t = zone_local(h->zone, at);
    return (!h->in->weekday_set || t.weekday == h->in->weekday) &&
           (!h->in->hour_set || t.minutes / 60 == h->in->hour);
}

int op_list_conversations(struct op_call *c, struct err *e)
{
    const struct list_conversations_in *in = c->in;
    struct conversation_wanted wanted;
    struct page_at at = {in->page, in->page_size, NULL, NULL};
    bool more = false;
    int rc = read_wanted(c, &wanted, &more, e);
    if (rc == 0 && in->cursor) {
        rc = cursor_read(c->pool, in->cursor, &at.cursor_at, &at.cursor_id, e);
    }
    CLEANUP(store_return) struct db *db = NULL;
    if (rc == 0) {
        rc = store_borrow(c->app->store, &db, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct hours_wanted hours = {NULL, in};
    if (in->weekday_set || in->hour_set) {
        const char *name;
        rc = own_zone(c, db, &hours.zone, &name, e);
        wanted.began = began_then;
        wanted.began_arg = &hours;
    }
    if (rc < 0) {
        return rc;
    }
    return more ? list_found(c, db, &wanted, &at, e) : list_all(c, db, &wanted.is, &at, e);
}

int op_show_conversation(struct op_call *c, struct err *e)
{
    const struct show_conversation_in *in = c->in;
    struct arg id = A_TEXT(in->conversation_id);
    const struct arg seen_by[] = {id, A_TEXT(desk_user(c))};
    struct rows conversation, messages, events, holds, files, notes, unread;
    struct query queries[] = {
        holds_query(&id, &holds),
        conversations_query(&id, &conversation),
        messages_query(&id, &messages),
        events_query(&id, &events),
        attachments_query(&id, &files),
        notes_query(&id, &notes),
        desk_unread_query(seen_by, &unread),
    };
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = db_many(db, c->pool, queries, ARRAY_SIZE(queries), e);
    }
    if (rc == 0 && conversation.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no conversation %s", in->conversation_id);
    }
    if (rc) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    struct conversation row;
    struct hold_row hold;
    hold_from_row(&holds, &hold);
    messages_in_order(&messages);
    events_in_order(&events);
    conversation_from_row(&conversation, 0, &row);
    row.has_unread = true;
    row.unread = unread.n > 0;
    jw_object(&j);
    jw_key(&j, "conversation");
    render_conversation(&j, &row);
    jw_key(&j, "held_by");
    render_hold(&j, &hold, c->actor);
    jw_key(&j, "messages");
    jw_array(&j);
    ROWS_EACH (i, messages) {
        struct message m;
        message_from_row(&messages, i, &m);
        render_message_files(&j, &m, &files);
    }
    jw_array_end(&j);
    jw_key(&j, "events");
    jw_array(&j);
    ROWS_EACH (i, events) {
        struct event_row ev;
        event_from_row(&events, i, &ev);
        render_event(&j, &ev);
    }
    jw_array_end(&j);
    desk_render_notes(&j, c, &notes);
    jw_object_end(&j);
    return 0;
}

struct writing {
    struct op_call *call;
    struct id id; /* of what was made */
    struct scoring scoring;
};

static int create(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct create_conversation_in *in = w->call->in;
    struct pool *p = w->call->pool;
    struct wall at = in->initiated_at.us ? in->initiated_at : wall_now();
    return conversation_begin(db, p, in->customer_id, in->channel, in->subject,
                              json_dump_to_pool(p, in->metadata), at, &w->id, e);
}

int op_create_conversation(struct op_call *c, struct err *e)
{
    struct writing w = {.call = c};
    int rc = op_write(c, create, &w, e);
    if (rc == ERR_INVALID) {
        return err_field(e, ERR_INVALID, "customer_id", "there is no such customer");
    }
    return rc < 0 ? rc : desk_answer(c, w.id.text, e);
}

static int complete(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct complete_conversation_in *in = w->call->in;
    return conversation_complete(db, w->call->pool, in->conversation_id, in->status,
                                 w->call->actor->kind == ACTOR_USER ? "staff" : "program",
                                 wall_now(), e);
}

int op_complete_conversation(struct op_call *c, struct err *e)
{
    const struct complete_conversation_in *in = c->in;
    struct writing w = {.call = c};
    int rc = op_write(c, complete, &w, e);
    return rc < 0 ? rc : desk_answer(c, in->conversation_id, e);
}

static int write_score(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct score_conversation_in *in = w->call->in;
    struct conversation there;
    int rc = conversations_get(db, w->call->pool, in->conversation_id, &there, e);
    return rc < 0 ? rc : scoring_write(db, w->call->pool, in->conversation_id, &w->scoring, e);
}

int op_score_conversation(struct op_call *c, struct err *e)
{
    const struct score_conversation_in *in = c->in;
    struct writing w = {.call = c};
    bool given =
        in->satisfaction_score_set || in->sentiment || in->outcome || in->ai_summary || in->subject;
    if (given) {
        w.scoring = (struct scoring){
            .score = {in->satisfaction_score, in->sentiment, in->outcome, in->subject,
                      in->ai_summary},
            .details = STR("{\"scored_by\":\"given\"}"),
        };
    } else {
        int rc = scoring_judge(c->app->store, c->app->model, c->pool, in->conversation_id,
                               &w.scoring, e);
        if (rc) {
            return rc;
        }
    }
    int rc = op_write(c, write_score, &w, e);
    return rc < 0 ? rc : desk_answer(c, in->conversation_id, e);
}

static int add_event(struct db *db, void *arg, struct err *e)
{
    struct writing *w = arg;
    const struct add_communication_event_in *in = w->call->in;
    struct pool *p = w->call->pool;
    struct conversation there;
    int rc = conversations_get(db, p, in->conversation_id, &there, e);
    struct message message;
    if (rc == 0 && in->message_id) {
        rc = messages_get(db, p, in->message_id, &message, e);
        if (rc == ERR_NOT_FOUND ||
            (rc == 0 && !str_eq(message.conversation_id, str_of(in->conversation_id)))) {
            rc = err_field(e, ERR_INVALID, "message_id", "the conversation has no such message");
        }
    }
    struct wall at = in->timestamp.us ? in->timestamp : wall_now();
    return rc < 0
               ? rc
               : conversation_add_event(db, p, in->conversation_id, in->message_id, in->event_type,
                                        json_dump_to_pool(p, in->details), at, &w->id, e);
}

int op_add_communication_event(struct op_call *c, struct err *e)
{
    const struct add_communication_event_in *in = c->in;
    struct writing w = {.call = c};
    int rc = op_write(c, add_event, &w, e);
    if (rc) {
        return rc;
    }
    char at[WALL_TEXT_BYTES];
    wall_format(in->timestamp.us ? in->timestamp : wall_now(), at);
    struct str details = json_dump_to_pool(c->pool, in->details);
    struct event_row ev = {str_of(w.id.text), str_of(in->message_id), str_of(in->event_type),
                           str_of(at), details.n ? details : STR("{}")};
    struct jw j = jw_to(c->out);
    render_event(&j, &ev);
    return 0;
}
