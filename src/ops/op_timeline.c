/* SPDX-License-Identifier: Apache-2.0 */
/* Everything about a customer in one order, and the notes that the staff put into it. */
#include "ops/app.h"
#include "ops/holding.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "ops/render.h"
#include "store/changes.h"
#include "store/customer_notes.h"

/* Later than anything, so that the first part of a timeline begins at the newest. */
#define END_OF_TIME "9999-01-01T00:00:00.000000Z"
#define LAST_UUID "ffffffff-ffff-ffff-ffff-ffffffffffff"
#define LAST_NUMBER 2147483647

/* Four sorted lists on their way to becoming one. */
enum timeline_source { FROM_APPOINTMENTS, FROM_CONVERSATIONS, FROM_NOTES, FROM_CONVERSATION_NOTES };
#define TIMELINE_SOURCES 4

struct merge {
    const struct op_call *call;
    struct rows rows[TIMELINE_SOURCES];
    size_t next[TIMELINE_SOURCES];
};

/* What the head of a list is ordered by. */
static bool head_of(const struct merge *m, enum timeline_source from, struct str *at,
                    struct str *id)
{
    const struct rows *r = &m->rows[from];
    size_t i = m->next[from];
    if (i >= r->n) {
        return false;
    }
    struct conversation c;
    struct appointment a;
    struct customer_note n;
    switch (from) {
    case FROM_APPOINTMENTS:
        appointment_from_row(r, i, &a);
        *at = a.appointment_datetime;
        *id = row_str(r, i, 0);
        break;
    case FROM_CONVERSATIONS:
        conversation_from_row(r, i, &c);
        *at = c.last_activity_at;
        *id = c.id;
        break;
    default:
        customer_note_from_row(r, i, &n);
        *at = n.created_at;
        *id = n.id;
    }
    return true;
}

static void render_customer_note(struct jw *j, const struct op_call *c, const struct rows *r,
                                 size_t i)
{
    struct customer_note n;
    struct holder who = holder_of(c->actor);
    customer_note_from_row(r, i, &n);
    jw_object(j);
    jw_kv_str(j, "id", n.id);
    jw_kv_i64(j, "customer_id", n.customer_id);
    render_text(j, "conversation_id", n.conversation_id);
    jw_kv_str(j, "author", n.author_name);
    jw_kv_bool(j, "mine",
               str_eq(n.author_kind, str_of(who.kind)) && str_eq(n.author_id, str_of(who.id)));
    jw_kv_str(j, "content", n.content);
    jw_kv_str(j, "created_at", n.created_at);
    jw_object_end(j);
}

static void render_head(struct jw *j, const struct merge *m, enum timeline_source from,
                        struct str at)
{
    static const char *const kinds[] = {"appointment", "conversation", "note", "note"};
    const struct rows *r = &m->rows[from];
    size_t i = m->next[from];
    struct conversation conversation;
    struct appointment appointment;
    jw_object(j);
    jw_kv_text(j, "kind", kinds[from]);
    jw_kv_str(j, "at", at);
    jw_key(j, kinds[from]);
    switch (from) {
    case FROM_APPOINTMENTS:
        appointment_from_row(r, i, &appointment);
        render_appointment(j, &appointment);
        break;
    case FROM_CONVERSATIONS:
        conversation_from_row(r, i, &conversation);
        render_conversation_row(j, &conversation);
        break;
    default:
        render_customer_note(j, m->call, r, i);
    }
    jw_object_end(j);
}

/* Is it newer than the first so far? At the same instant appointments stay first, then the larger
 * id goes before: the cursor's id says how far it got. */
static bool goes_first(struct str at, struct str id, enum timeline_source first,
                       struct str first_at, struct str first_id)
{
    int order = strcmp(at.p, first_at.p);
    return order ? order > 0 : first != FROM_APPOINTMENTS && strcmp(id.p, first_id.p) > 0;
}

/* Writes the newest of the heads; what it was ordered by goes to *at and *id. */
static bool merge_next(struct jw *j, struct merge *m, struct str *at, struct str *id)
{
    enum timeline_source first = TIMELINE_SOURCES;
    struct str its_at = {0}, its_id = {0}, first_at = {0}, first_id = {0};
    for (enum timeline_source s = 0; s < TIMELINE_SOURCES; s++) {
        if (!head_of(m, s, &its_at, &its_id)) {
            continue;
        }
        if (first == TIMELINE_SOURCES || goes_first(its_at, its_id, first, first_at, first_id)) {
            first = s;
            first_at = its_at;
            first_id = its_id;
        }
    }
    if (first == TIMELINE_SOURCES) {
        return false;
    }
    render_head(j, m, first, first_at);
    m->next[first]++;
    *at = first_at;
    *id = first_id;
    return true;
}

static bool has_more(const struct merge *m)
{
    struct str at, id;
    for (enum timeline_source s = 0; s < TIMELINE_SOURCES; s++) {
        if (head_of(m, s, &at, &id)) {
            return true;
        }
    }
    return false;
}

struct timeline_start {
    const char *at;
    const char *conversation_id;
    int64_t appointment_id;
};

/* Where each of the lists goes on behind the cursor's entry. */
static int timeline_from(struct op_call *c, const char *cursor, struct timeline_start *out,
                         struct err *e)
{
    *out = (struct timeline_start){END_OF_TIME, LAST_UUID, LAST_NUMBER};
    if (!cursor) {
        return 0;
    }
    const char *id;
    int rc = cursor_read(c->pool, cursor, &out->at, &id, e);
    if (rc) {
        return rc;
    }
    struct id uuid;
    if (id_parse(str_of(id), &uuid)) { /* no appointment: those of that instant are done */
        out->conversation_id = id;
        out->appointment_id = 0;
    } else if (!str_to_i64(str_of(id), &out->appointment_id)) {
        return err_field(e, ERR_MALFORMED, "cursor", "the cursor is not one of ours");
    }
    return 0;
}

/* The lists behind the cursor, each long enough for all of the part. */
static int read_timeline(struct op_call *c, struct db *db, int64_t kept,
                         const struct timeline_start *from, struct merge *m, struct customer *who,
                         struct err *e)
{
    const struct customer_timeline_in *in = c->in;
    bool visits = in->only && strcmp(in->only, "appointment") == 0;
    bool notes = in->only && strcmp(in->only, "note") == 0;
    const char *channel = visits || notes ? NULL : in->only;
    struct arg id = A_I64(kept), limit = A_I64(in->limit + 1), none = A_I64(0);
    struct arg of_conversations[] = {id, A_TEXT(from->at), A_TEXT(from->conversation_id),
                                     visits || notes ? none : limit, A_TEXT(channel)};
    struct arg of_appointments[] = {id, A_TEXT(from->at), A_I64(from->appointment_id),
                                    in->only && !visits ? none : limit};
    struct arg of_notes[] = {id, A_TEXT(from->at), A_TEXT(from->conversation_id),
                             in->only && !notes ? none : limit};
    struct rows customer;
    struct query queries[] = {
        customers_query(&id, &customer),
        {&appointments_before, of_appointments, 4, &m->rows[FROM_APPOINTMENTS]},
        {&conversations_before, of_conversations, 5, &m->rows[FROM_CONVERSATIONS]},
        {&customer_own_notes_before, of_notes, 4, &m->rows[FROM_NOTES]},
        {&customer_notes_before, of_notes, 4, &m->rows[FROM_CONVERSATION_NOTES]},
    };
    int rc = db_many(db, c->pool, queries, ARRAY_SIZE(queries), e);
    if (rc == 0 && customer.n == 0) {
        rc = err_set(e, ERR_NOT_FOUND, "there is no customer %lld", (long long)in->customer_id);
    }
    if (rc == 0) {
        customer_from_row(&customer, 0, who);
    }
    return rc;
}

int op_customer_timeline(struct op_call *c, struct err *e)
{
    const struct customer_timeline_in *in = c->in;
    struct timeline_start from;
    CLEANUP(store_return) struct db *db = NULL;
    int64_t kept;
    struct merge m = {.call = c};
    struct customer row;
    int rc = timeline_from(c, in->cursor, &from, e);
    rc = rc < 0 ? rc : store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc : customers_kept(db, c->pool, in->customer_id, &kept, e);
    rc = rc < 0 ? rc : read_timeline(c, db, kept, &from, &m, &row, e);
    if (rc) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_key(&j, "customer");
    render_customer_brief(&j, &row);
    jw_key(&j, "entries");
    jw_array(&j);
    struct str at = {0}, last = {0};
    for (int64_t i = 0; i < in->limit && merge_next(&j, &m, &at, &last); i++) {
    }
    jw_array_end(&j);
    jw_kv_text(&j, "next_cursor", has_more(&m) ? cursor_make(c->pool, at, last) : NULL);
    jw_object_end(&j);
    return 0;
}

/* ---- notes ---- */

struct noting {
    struct op_call *call;
    struct id id;
    struct wall now;
};

static int write_note(struct db *db, void *arg, struct err *e)
{
    struct noting *w = arg;
    const struct add_customer_note_in *in = w->call->in;
    struct holder who = holder_of(w->call->actor);
    char at[WALL_TEXT_BYTES];
    wall_format(w->now, at);
    struct customer customer;
    int rc = customers_get(db, w->call->pool, in->customer_id, &customer, e);
    if (rc < 0) {
        return rc;
    }
    const struct customer_note n = {
        .id = str_of(w->id.text),
        .customer_id = customer.id,
        .author_kind = str_of(who.kind),
        .author_id = str_of(who.id),
        .author_name = str_of(who.name),
        .content = str_of(in->content),
        .created_at = str_of(at),
    };
    rc = customer_notes_insert(db, &n, e);
    return rc < 0 ? rc : changes_add(db, "note", NULL, NULL, customer.id, w->now, e);
}

int op_add_customer_note(struct op_call *c, struct err *e)
{
    struct noting w = {c, id_new(), wall_now()};
    struct rows row;
    int rc = op_write(c, write_note, &w, e);
    CLEANUP(store_return) struct db *db = NULL;
    rc = rc < 0 ? rc : store_borrow(c->app->store, &db, e);
    rc = rc < 0 ? rc : customer_notes_row(db, c->pool, w.id.text, &row, e);
    if (rc == 0) {
        struct jw j = jw_to(c->out);
        render_customer_note(&j, c, &row, 0);
    }
    return rc;
}

static int remove_note(struct db *db, void *arg, struct err *e)
{
    struct noting *w = arg;
    const struct delete_customer_note_in *in = w->call->in;
    struct holder who = holder_of(w->call->actor);
    bool may = w->call->actor->permissions & (UINT32_C(1) << PERMISSION_CONVERSATIONS_FORCE);
    struct rows row;
    struct customer_note n;
    int rc = customer_notes_row(db, w->call->pool, in->note_id, &row, e);
    if (rc < 0) {
        return rc;
    }
    customer_note_from_row(&row, 0, &n);
    bool mine = str_eq(n.author_kind, str_of(who.kind)) && str_eq(n.author_id, str_of(who.id));
    if (!may && !mine) {
        return err_set(e, ERR_FORBIDDEN,
                       "taking a colleague's note away needs conversations.force");
    }
    rc = customer_notes_delete(db, in->note_id, e);
    return rc < 0 ? rc : changes_add(db, "note", NULL, NULL, n.customer_id, w->now, e);
}

int op_delete_customer_note(struct op_call *c, struct err *e)
{
    struct noting w = {.call = c, .now = wall_now()};
    return op_write_ok(c, remove_note, &w, e);
}
