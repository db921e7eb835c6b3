/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every combination of filters has a statement of its own, so that each is planned for the index
 * it needs and none compares a column with "or anything".
 */
#include "store/conversations.h"

/* The columns of struct conversation, in its order. */
#define COLUMNS                                                                                    \
    "c.id, c.customer_id, u.name, u.phone, u.email, c.channel, c.status, c.initiated_at, "         \
    "c.last_activity_at, c.completed_at, c.satisfaction_score, c.sentiment, c.outcome, "           \
    "c.subject, c.ai_summary, c.metadata, c.assigned_to, s.name, c.snoozed_until, "                \
    "(SELECT {array_of g.tag_id} FROM conversation_tags g WHERE g.conversation_id = c.id), "       \
    "c.needs_person"
#define COLUMNS_ALWAYS 21
#define FROM                                                                                       \
    " FROM conversations c LEFT JOIN customers u ON u.id = c.customer_id "                         \
    "LEFT JOIN staff_users s ON s.id = c.assigned_to "

/* With the last message. It is joined, not computed, so that its column is opened (personal.def).
 */
#define LAST_COLUMNS COLUMNS ", l.content, l.direction"
#define FROM_LAST                                                                                  \
    FROM                                                                                           \
        "LEFT JOIN communication_messages l ON l.id = (SELECT m.id FROM communication_messages m " \
        "WHERE m.conversation_id = c.id ORDER BY m.sent_at DESC LIMIT 1) "
#define UNREAD(user)                                                                               \
    ", EXISTS (SELECT 1 FROM conversation_unreads r WHERE r.conversation_id = c.id AND "           \
    "r.user_id = " user ")"

#define LIST(where)                                                                                \
    {                                                                                              \
        "SELECT " LAST_COLUMNS UNREAD("$3") FROM_LAST where                                        \
            " ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $1 OFFSET $2"                      \
    }
#define AFTER "WHERE (c.last_activity_at, c.id) < ($4, $5)"

/* By which filters there are: 1 customer, 2 channel, 4 status. */
static const struct sql by_number[8] = {
    LIST(""),
    LIST("WHERE c.customer_id = $4"),
    LIST("WHERE c.channel = $4"),
    LIST("WHERE c.customer_id = $4 AND c.channel = $5"),
    LIST("WHERE c.status = $4"),
    LIST("WHERE c.customer_id = $4 AND c.status = $5"),
    LIST("WHERE c.channel = $4 AND c.status = $5"),
    LIST("WHERE c.customer_id = $4 AND c.channel = $5 AND c.status = $6"),
};
static const struct sql by_cursor[8] = {
    LIST(AFTER),
    LIST(AFTER " AND c.customer_id = $6"),
    LIST(AFTER " AND c.channel = $6"),
    LIST(AFTER " AND c.customer_id = $6 AND c.channel = $7"),
    LIST(AFTER " AND c.status = $6"),
    LIST(AFTER " AND c.customer_id = $6 AND c.status = $7"),
    LIST(AFTER " AND c.channel = $6 AND c.status = $7"),
    LIST(AFTER " AND c.customer_id = $6 AND c.channel = $7 AND c.status = $8"),
};

/* Totals: sums of a few counters; one customer's own conversations are few and are counted. */
#define SUM "SELECT coalesce(sum(n), 0) FROM counters WHERE kind = 'conversations'"
#define COUNT "SELECT count(*) FROM conversations WHERE customer_id = $1"
static const struct sql totals[8] = {
    {SUM},
    {COUNT},
    {SUM " AND channel = $1"},
    {COUNT " AND channel = $2"},
    {SUM " AND status = $1"},
    {COUNT " AND status = $2"},
    {SUM " AND channel = $1 AND status = $2"},
    {COUNT " AND channel = $2 AND status = $3"},
};

static const struct sql get_one = {"SELECT " COLUMNS FROM "WHERE c.id = $1"};

const struct sql conversations_list_row = {"SELECT " LAST_COLUMNS UNREAD("$2") FROM_LAST
                                           "WHERE c.id = $1"};

const struct sql conversations_before = {
    "SELECT " LAST_COLUMNS FROM_LAST
    "WHERE c.customer_id = $1 AND (c.last_activity_at, c.id) < ($2, $3) "
    "AND (CAST($5 AS varchar(20)) IS NULL OR c.channel = $5) "
    "ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $4"};

const struct sql conversations_current = {
    "SELECT c.id, c.last_activity_at, c.status FROM customers JOIN conversations c ON "
    "c.customer_id = coalesce(customers.merged_into, customers.id) WHERE {match customers.phone "
    "$1} AND c.channel = $2 AND "
    "(c.status = 'active' OR (c.status = 'completed' AND c.last_activity_at > $3)) "
    "ORDER BY c.status, c.last_activity_at DESC LIMIT 1"};

static const struct sql active_of = {
    "SELECT id FROM conversations WHERE customer_id = $1 AND channel = $2 AND status = 'active' "
    "LIMIT 1"};

static const struct sql insert = {
    "INSERT INTO conversations (id, customer_id, channel, status, initiated_at, last_activity_at, "
    "subject, metadata, created_at, updated_at) VALUES ($1, $2, $3, 'active', $4, $4, "
    "{put conversations.subject $5}, {put conversations.metadata {as_json $6}}, $4, $4)"};

static const struct sql touch = {
    "UPDATE conversations SET last_activity_at = CASE WHEN last_activity_at < $2 THEN $2 ELSE "
    "last_activity_at END, updated_at = CASE WHEN updated_at < $2 THEN $2 ELSE updated_at END, "
    "unfigured = unfigured + 1 WHERE id = $1"};

static const struct sql finish = {
    "UPDATE conversations SET status = $2, completed_at = $3, updated_at = $3 WHERE id = $1 AND "
    "status = 'active' RETURNING id"};

static const struct sql set_score = {
    "UPDATE conversations SET satisfaction_score = coalesce($2, satisfaction_score), "
    "sentiment = coalesce($3, sentiment), outcome = coalesce($4, outcome), "
    "subject = coalesce({put conversations.subject $5}, subject), "
    "ai_summary = coalesce({put conversations.ai_summary $6}, ai_summary), updated_at = $7 "
    "WHERE id = $1"};

static const struct sql idle = {
    "SELECT id FROM conversations WHERE status = 'active' AND last_activity_at < $1 AND "
    "channel IN ('sms', 'whatsapp', 'web', 'email') ORDER BY last_activity_at LIMIT $2"};

static const struct sql get_state = {
    "SELECT state FROM conversation_states WHERE conversation_id = $1"};

static const struct sql put_state = {
    "INSERT INTO conversation_states (conversation_id, state, state_before, updated_at) VALUES "
    "($1, {put conversation_states.state {as_json $2}}, "
    "{put conversation_states.state_before {as_json $3}}, $4) ON CONFLICT (conversation_id) DO "
    "UPDATE SET state = EXCLUDED.state, state_before = EXCLUDED.state_before, "
    "updated_at = EXCLUDED.updated_at"};

static const struct sql get_state_before = {
    "SELECT state_before FROM conversation_states WHERE conversation_id = $1"};

static const struct sql lock_one = {
    "SELECT status, customer_id, channel FROM conversations WHERE id = $1 {for_update}"};

static const struct sql reopen_one = {"UPDATE conversations SET status = 'active', completed_at = "
                                      "NULL, updated_at = $2 WHERE id = $1 "
                                      "AND status <> 'active' RETURNING id"};

void conversation_from_row(const struct rows *r, size_t i, struct conversation *c)
{
    *c = (struct conversation){
        .id = row_str(r, i, 0),
        .customer_id = row_i64(r, i, 1),
        .customer_name = row_str(r, i, 2),
        .customer_phone = row_str(r, i, 3),
        .customer_email = row_str(r, i, 4),
        .channel = row_str(r, i, 5),
        .status = row_str(r, i, 6),
        .initiated_at = row_str(r, i, 7),
        .last_activity_at = row_str(r, i, 8),
        .completed_at = row_str(r, i, 9),
        .satisfaction_score = row_i64(r, i, 10),
        .sentiment = row_str(r, i, 11),
        .outcome = row_str(r, i, 12),
        .subject = row_str(r, i, 13),
        .ai_summary = row_str(r, i, 14),
        .metadata = row_str(r, i, 15),
        .assigned_to = row_str(r, i, 16),
        .assigned_name = row_str(r, i, 17),
        .snoozed_until = row_str(r, i, 18),
        .tags = row_str(r, i, 19),
        .needs_person = row_bool(r, i, 20),
    };
    if (r->columns > COLUMNS_ALWAYS) {
        c->has_last = true;
        c->last_content = row_str(r, i, COLUMNS_ALWAYS);
        c->last_direction = row_str(r, i, COLUMNS_ALWAYS + 1);
    }
    if (r->columns > COLUMNS_ALWAYS + 2) {
        c->has_unread = true;
        c->unread = row_bool(r, i, COLUMNS_ALWAYS + 2);
    }
}

struct paging {
    struct pool *pool;
    int64_t page_size;
    conversation_fn *fn;
    void *arg;
    struct conversation_page *page;
};

static void take_total(void *arg, const struct rows *row)
{
    const struct paging *p = arg;
    p->page->total = row_i64(row, 0, 0);
}

static void take_conversation(void *arg, const struct rows *row)
{
    const struct paging *p = arg;
    struct conversation_page *page = p->page;
    if (page->n == p->page_size) {
        page->more = true;
        return;
    }
    struct conversation c;
    conversation_from_row(row, 0, &c);
    if (++page->n == p->page_size) {
        page->last_at = (struct str){str_dup(p->pool, c.last_activity_at), c.last_activity_at.n};
        page->last_id = (struct str){str_dup(p->pool, c.id), c.id.n};
    }
    p->fn(p->arg, page, &c);
}

int conversations_page(struct db *db, struct pool *p, const struct conversation_filter *f,
                       const struct page_at *at, conversation_fn *fn, void *arg,
                       struct conversation_page *out, struct err *e)
{
    struct arg args[8];
    size_t n = 0;
    args[n++] = A_I64(at->page_size + 1); /* one more tells whether there is a next page */
    args[n++] = A_I64(at->cursor_at ? 0 : (at->page - 1) * at->page_size);
    args[n++] = A_TEXT(f->user_id);
    if (at->cursor_at) {
        args[n++] = A_TEXT(at->cursor_at);
        args[n++] = A_TEXT(at->cursor_id);
    }
    size_t filters = n;
    if (f->customer_id) {
        args[n++] = A_I64(f->customer_id);
    }
    if (f->channel) {
        args[n++] = A_TEXT(f->channel);
    }
    if (f->status) {
        args[n++] = A_TEXT(f->status);
    }
    int which = (f->customer_id ? 1 : 0) | (f->channel ? 2 : 0) | (f->status ? 4 : 0);
    struct paging paging = {p, at->page_size, fn, arg, out};
    const struct sql *list = at->cursor_at ? &by_cursor[which] : &by_number[which];
    struct query queries[] = {
        {&totals[which], args + filters, n - filters, .each = take_total, .arg = &paging},
        {list, args, n, .each = take_conversation, .arg = &paging},
    };
    *out = (struct conversation_page){0};
    return db_many(db, p, queries, ARRAY_SIZE(queries), e);
}

struct query conversations_query(const struct arg *id, struct rows *rows)
{
    return (struct query){&get_one, id, 1, rows};
}

int conversations_get(struct db *db, struct pool *p, const char *id, struct conversation *out,
                      struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &get_one, ARGS(A_TEXT(id)), &rows, e);
    if (rc < 0) {
        return rc;
    }
    if (rows.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "there is no conversation %s", id);
    }
    conversation_from_row(&rows, 0, out);
    return 0;
}

int conversations_insert(struct db *db, const struct conversation_new *c, struct err *e)
{
    return db_exec(db, &insert,
                   ARGS(A_TEXT(c->id), A_ID(c->customer_id), A_TEXT(c->channel), A_WALL(c->at),
                        A_TEXT(c->subject), A_STR(c->metadata.n ? c->metadata : STR("{}"))),
                   e);
}

int conversations_touch(struct db *db, const char *id, struct wall at, struct err *e)
{
    return db_exec(db, &touch, ARGS(A_TEXT(id), A_WALL(at)), e);
}

int conversations_finish(struct db *db, struct pool *p, const char *id, const char *status,
                         struct wall at, bool *changed_out, struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &finish, ARGS(A_TEXT(id), A_TEXT(status), A_WALL(at)), &rows, e);
    if (rc == 0) {
        *changed_out = rows.n > 0;
    }
    return rc;
}

int conversations_set_score(struct db *db, const char *id, const struct conversation_score *s,
                            struct wall at, struct err *e)
{
    return db_exec(db, &set_score,
                   ARGS(A_TEXT(id), A_ID(s->satisfaction_score), A_TEXT(s->sentiment),
                        A_TEXT(s->outcome), A_TEXT(s->subject), A_TEXT(s->ai_summary), A_WALL(at)),
                   e);
}

int conversations_idle(struct db *db, struct pool *p, struct wall before, int64_t limit,
                       struct rows *ids_out, struct err *e)
{
    return db_rows(db, p, &idle, ARGS(A_WALL(before), A_I64(limit)), ids_out, e);
}

struct query conversations_state_query(const struct arg *id, struct rows *rows)
{
    return (struct query){&get_state, id, 1, rows};
}

int conversations_put_state(struct db *db, const char *id, struct str state, struct str before,
                            struct wall at, struct err *e)
{
    return db_exec(db, &put_state,
                   ARGS(A_TEXT(id), A_STR(state), A_STR(before.n ? before : STR("{}")), A_WALL(at)),
                   e);
}

int conversations_restore_state(struct db *db, struct pool *p, const char *id, struct wall at,
                                struct err *e)
{
    struct rows r;
    int rc = db_rows(db, p, &get_state_before, ARGS(A_TEXT(id)), &r, e);
    if (rc < 0 || r.n == 0 || row_is_null(&r, 0, 0)) {
        return rc;
    }
    struct str before = row_str(&r, 0, 0);
    return conversations_put_state(db, id, before, before, at, e);
}

struct query conversations_lock_query(const struct arg *id, struct rows *rows)
{
    return (struct query){&lock_one, id, 1, rows};
}

int conversations_active_of(struct db *db, struct pool *p, int64_t customer_id, struct str channel,
                            struct str *id_out, struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &active_of, ARGS(A_I64(customer_id), A_STR(channel)), &rows, e);
    if (rc == 0) {
        *id_out = rows.n ? row_str(&rows, 0, 0) : (struct str){NULL, 0};
    }
    return rc;
}

int conversations_reopen(struct db *db, struct pool *p, const char *id, struct wall at,
                         bool *changed_out, struct err *e)
{
    struct rows rows;
    int rc = db_rows(db, p, &reopen_one, ARGS(A_TEXT(id), A_WALL(at)), &rows, e);
    if (rc == 0) {
        *changed_out = rows.n > 0;
    }
    return rc;
}

static const struct sql set_customer = {
    "UPDATE conversations SET customer_id = $2, updated_at = $3 WHERE id = $1 AND customer_id IS "
    "NULL"};

int conversations_set_customer(struct db *db, const char *id, int64_t customer_id, struct wall at,
                               struct err *e)
{
    return db_exec(db, &set_customer, ARGS(A_TEXT(id), A_I64(customer_id), A_WALL(at)), e);
}
