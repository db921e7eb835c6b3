/* SPDX-License-Identifier: Apache-2.0 */
/* Both conversations say in an event where the other is, so that staff find what was said. */
#include "domain/chat_move.h"

#include "domain/conversation.h"
#include "domain/outbox.h"
#include "store/customers.h"
#include "store/web_visitors.h"

struct moving {
    struct pool *pool;
    const struct chat_move *in;
    const char *from, *to; /* conversations */
    bool is_new;           /* `to` is */
    bool person_wanted;
};

static int find_chat(struct db *db, struct moving *m, struct err *e)
{
    struct arg by[] = {A_TEXT(m->in->key_hash),
                       A_WALL((struct wall){m->in->now.us - m->in->rules.reopen_us})};
    struct rows visitor, current;
    struct query queries[] = {{&web_visitors_lock, by, 1, &visitor},
                              {&web_conversations_current, by, 2, &current}};
    struct web_standing s = {.waits = false};
    struct web_message *list;
    size_t n;
    int rc = db_many(db, m->pool, queries, ARRAY_SIZE(queries), e);
    if (rc == 0 && current.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no chat to go on with; say something first");
    }
    if (rc == 0) {
        m->from = row_text(&current, 0, 0);
        rc = web_visitors_read(db, m->pool, m->in->key_hash, (struct wall){0}, m->in->now, 1, &s,
                               &list, &n, e);
    }
    m->person_wanted = s.person_wanted || s.waits || s.held;
    return rc;
}

static int find_texts(struct db *db, struct moving *m, struct err *e)
{
    const struct chat_move *in = m->in;
    struct placing placing = {.channel = "sms", .at = in->now, .rules = in->rules};
    struct place place;
    struct rows current = {0};
    int rc = customers_find_or_make(db, m->pool, in->to, in->now, &placing.customer_id, e);
    if (rc == 0) {
        rc = db_rows(db, m->pool, &conversations_current,
                     ARGS(A_TEXT(in->to), A_TEXT("sms"), A_WALL(place_since(&placing))), &current,
                     e);
    }
    if (rc == 0) {
        rc = place_find(db, m->pool, &placing, &current, &place, e);
    }
    if (rc == 0) {
        m->to = pool_strdup(m->pool, place.conversation_id.text);
        m->is_new = current.n == 0 || !str_eq(row_str(&current, 0, 0), str_of(m->to));
    }
    return rc;
}

/* An e-mail that no other has asked for begins a thread of its own. */
static int begin_mails(struct db *db, struct moving *m, struct err *e)
{
    const struct chat_move *in = m->in;
    struct id id;
    int64_t customer = 0;
    int rc = customers_find(db, m->pool, NULL, in->to, &customer, e);
    if (rc == 0 && customer == 0) {
        struct customer_new new = {
            .name = in->to, .email = in->to, .is_new_client = TRI_YES, .at = in->now};
        rc = customers_insert(db, m->pool, &new, &customer, e);
    }
    if (rc == 0) {
        rc = conversation_begin(db, m->pool, customer, "email", in->subject, STR("{}"), in->now,
                                &id, e);
    }
    if (rc == 0) {
        m->to = pool_strdup(m->pool, id.text);
        m->is_new = true;
    }
    return rc;
}

static int find_place(struct db *db, struct moving *m, struct err *e)
{
    return m->in->channel == CHANNEL_EMAIL ? begin_mails(db, m, e) : find_texts(db, m, e);
}

/* What the assistant knows of the chat; a conversation that was there is left as it is. */
static int carry_state(struct db *db, struct moving *m, struct err *e)
{
    struct arg id = A_TEXT(m->from);
    struct rows r;
    struct query query = conversations_state_query(&id, &r);
    int rc = m->is_new ? db_many(db, m->pool, &query, 1, e) : 0;
    if (rc < 0 || !m->is_new || r.n == 0) {
        return rc;
    }
    return conversations_put_state(db, m->to, row_str(&r, 0, 0), STR(""), m->in->now, e);
}

static int tell(struct db *db, struct moving *m, struct err *e)
{
    struct str details =
        str_of(pool_printf(m->pool, "{\"from\":\"%s\",\"to\":\"%s\",\"channel\":\"%s\"}", m->from,
                           m->to, channel_name(m->in->channel)));
    const char *both[] = {m->from, m->to};
    int rc = 0;
    for (int i = 0; i < 2 && rc == 0; i++) {
        rc = conversation_add_event(db, m->pool, both[i], NULL, "chat_moved", details, m->in->now,
                                    NULL, e);
    }
    if (rc == 0 && m->person_wanted) {
        rc = conversation_add_event(db, m->pool, m->to, NULL, "escalation_requested",
                                    STR("{\"reason\":\"moved_from_chat\"}"), m->in->now, NULL, e);
    }
    return rc;
}

int chat_move(struct db *db, struct pool *p, const struct chat_move *in, struct err *e)
{
    struct moving m = {.pool = p, .in = in};
    int rc = find_chat(db, &m, e);
    if (rc == 0) {
        rc = find_place(db, &m, e);
    }
    struct outbox_message note = {
        .conversation_id = m.to,
        .channel = in->channel,
        .from = in->from,
        .to = in->to,
        .email = {.subject = in->subject},
        .body = in->note,
        .voice = OUTBOX_AUTOMATION,
        .purpose = OUTBOX_ANSWER,
        .now = in->now,
    };
    rc = rc < 0 ? rc : outbox_add(db, p, &note, NULL, e);
    if (rc == 0) {
        rc = carry_state(db, &m, e);
    }
    if (rc == 0) {
        rc = tell(db, &m, e);
    }
    if (rc == 0) {
        rc = web_conversations_move(db, m.from, m.to, e);
    }
    if (rc < 0) {
        return rc;
    }
    rc = conversation_complete(db, p, m.from, "completed", "visitor", in->now, e);
    return rc == ERR_CONFLICT ? 0 : rc; /* it had ended otherwise */
}
