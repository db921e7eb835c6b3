/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a hold, on top of store/holds.h. */
#include "domain/hold.h"

#include "base/json_write.h"
#include "domain/conversation.h"
#include "domain/outbox.h"
#include "domain/waiting.h"
#include "store/changes.h"
#include "store/desk.h"
#include "store/jobs.h"

int hold_standing(struct db *db, struct pool *p, const char *conversation_id, struct wall now,
                  struct standing *out, struct err *e)
{
    struct arg id = A_TEXT(conversation_id);
    struct rows conversation, hold;
    struct query queries[] = {
        conversations_lock_query(&id, &conversation),
        holds_query(&id, &hold),
        messages_waiting_query(&id, &out->waiting),
    };
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    if (rc == 0 && conversation.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no conversation %s", conversation_id);
    }
    if (rc == 0) {
        out->status = row_str(&conversation, 0, 0);
        out->customer_id = row_i64(&conversation, 0, 1);
        out->channel = row_str(&conversation, 0, 2);
        hold_from_row(&hold, &out->hold);
        out->held = hold_is_on(&out->hold, now);
    }
    return rc;
}

bool hold_is_on(const struct hold_row *h, struct wall now)
{
    return h->there && !h->over && h->ends_at.us > now.us;
}

bool hold_is_of(const struct hold_row *h, const struct holder *who)
{
    return str_eq(h->kind, str_of(who->kind)) && str_eq(h->id, str_of(who->id));
}

int hold_allows(const struct standing *s, const struct holder *who, struct err *e)
{
    if (!s->held || hold_is_of(&s->hold, who)) {
        return 0;
    }
    return err_set(e, ERR_CONFLICT, STR_FMT " has taken this conversation over",
                   STR_ARG(s->hold.name));
}

/* An event with the name of who did it. */
static int tell(struct db *db, struct pool *p, const char *conversation_id, const char *type,
                const char *by, const char *note, struct wall now, struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 16384);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "by", by);
    if (note) {
        jw_kv_text(&j, "note", note);
    }
    jw_object_end(&j);
    int rc = conversation_add_event(db, p, conversation_id, NULL, type, buf_str(&b), now, NULL, e);
    return rc < 0 ? rc : changes_add(db, "conversation", conversation_id, NULL, 0, now, e);
}

/* What the assistant wrote and nobody has seen, it has not said. */
static int withdraw(struct db *db, struct pool *p, const char *conversation_id, struct wall now,
                    struct err *e)
{
    int n = 0;
    int rc = outbox_cancel(db, p, conversation_id, OUTBOX_OF_ASSISTANT,
                           "a person has taken the conversation over", now, &n, e);
    return rc < 0 || n == 0 ? rc : conversations_restore_state(db, p, conversation_id, now, e);
}

int hold_take(struct db *db, struct pool *p, const char *conversation_id, const struct standing *s,
              const struct holder *who, int64_t lease_us, bool force, struct wall now,
              bool *begun_out, struct err *e)
{
    bool mine = s->held && hold_is_of(&s->hold, who);
    int rc = force ? 0 : hold_allows(s, who, e);
    if (rc == 0 && !str_eq(s->status, STR("active"))) {
        rc = err_set(e, ERR_CONFLICT, "the conversation has ended; reopen it, or reply to it");
    }
    if (rc < 0) {
        return rc;
    }
    struct hold_row hold = {
        .conversation_id = str_of(conversation_id),
        .kind = str_of(who->kind),
        .id = str_of(who->id),
        .name = str_of(who->name),
        .since = mine ? s->hold.since : now,
        .ends_at = {now.us + lease_us},
    };
    if (mine && hold.ends_at.us < s->hold.ends_at.us) {
        hold.ends_at = s->hold.ends_at; /* a reply does not shorten a longer lease */
    }
    rc = holds_put(db, &hold, e);
    if (rc == 0 && !mine) {
        rc = withdraw(db, p, conversation_id, now, e);
    }
    if (rc == 0) {
        rc = desk_set_needs_person(db, conversation_id, false, e);
    }
    if (rc == 0 && !mine) {
        rc = tell(db, p, conversation_id, "taken_over", who->name, NULL, now, e);
    }
    if (rc == 0) {
        *begun_out = !mine;
    }
    return rc;
}

/* Orders the answer to what the customer wrote since anybody last wrote to them. */
static int answer_rest(struct db *db, struct pool *p, const char *conversation_id,
                       struct wall not_before, struct wall now, struct err *e)
{
    struct arg id = A_TEXT(conversation_id);
    struct rows rows;
    struct query query = messages_query(&id, &rows);
    int rc = db_many(db, p, &query, 1, e);
    struct waiting_texts rest = {.n = 0};
    if (rc == 0) {
        waiting_unanswered(p, &rows, &rest);
    }
    if (rc < 0 || rest.n == 0 || rest.last_at.us < not_before.us) {
        return rc;
    }
    for (size_t i = 0; i < rest.n && rc == 0; i++) {
        if (rest.list[i].processed) {
            rc = messages_set_waiting(db, rest.list[i].id.p, e);
        }
    }
    const char *payload =
        pool_printf(p, "{\"conversation_id\":\"%s\",\"message_id\":\"%s\",\"again\":true}",
                    conversation_id, rest.list[rest.n - 1].id.p);
    return rc < 0 ? rc
                  : jobs_add(db, "turn", conversation_lane(p, "turn", conversation_id),
                             str_of(payload), now, now, e);
}

int hold_give_back(struct db *db, struct pool *p, const char *conversation_id,
                   const struct standing *s, const struct holder *who, bool force, const char *note,
                   struct wall now, struct err *e)
{
    int rc = force ? 0 : hold_allows(s, who, e);
    if (rc < 0 || !s->held) {
        return rc;
    }
    rc = holds_end(db, conversation_id, note, now, e);
    if (rc == 0) {
        rc = tell(db, p, conversation_id, "handed_back", who->name, note, now, e);
    }
    if (rc == 0 && str_eq(s->status, STR("active"))) {
        rc = answer_rest(db, p, conversation_id, (struct wall){0}, now, e);
    }
    return rc;
}

int hold_lapse(struct db *db, struct pool *p, const char *conversation_id, int64_t answer_within_us,
               struct wall now, struct err *e)
{
    struct standing s;
    int rc = hold_standing(db, p, conversation_id, now, &s, e);
    if (rc < 0 || !s.hold.there || s.hold.over || s.held) {
        return rc;
    }
    rc = holds_end(db, conversation_id, NULL, s.hold.ends_at, e);
    if (rc == 0) {
        rc = tell(db, p, conversation_id, "handed_back", "lease", NULL, now, e);
    }
    if (rc == 0 && str_eq(s.status, STR("active"))) {
        rc = answer_rest(db, p, conversation_id, (struct wall){now.us - answer_within_us}, now, e);
    }
    return rc;
}
