/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations on the staff's work with conversations: assigned, put off, read, a person needed; to
 * one, or to several at once. What is to be done is one struct, and doing it one function, so that
 * several are treated as one is.
 */
#include "domain/conversation.h"
#include "ops/app.h"
#include "ops/desk_call.h"
#include "ops/holding.h"
#include "ops/ops_gen.h"
#include "store/changes.h"

#define SNOOZE_MAX_US (366 * US_PER_DAY)
#define BULK_MAX 100

struct doing {
    struct op_call *call;
    bool assign;
    const char *to; /* of assign: an id; NULL: nobody */
    const char *to_name;
    bool snooze;
    struct wall until; /* of snooze; us == 0: not any more */
    bool read, unread;
    bool says_needed, needed;
    const char *add_tag, *remove_tag;
    const char *status; /* NULL: stays */
    struct wall now;
};

static int tell(struct db *db, const struct doing *d, const char *id, const char *type,
                const char *key, const char *value, struct err *e)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 4096);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "by", d->call->actor->name);
    if (key) {
        jw_kv_text(&j, key, value);
    }
    jw_object_end(&j);
    return conversation_add_event(db, d->call->pool, id, NULL, type, buf_str(&b), d->now, NULL, e);
}

static int do_assign(struct db *db, const struct doing *d, const char *id,
                     const struct conversation *c, struct err *e)
{
    if (str_eq(c->assigned_to, str_of(d->to)) && !c->assigned_to.p == !d->to) {
        return 0;
    }
    int rc = desk_assign(db, id, d->to, e);
    if (rc == 0 && d->to && (!desk_user(d->call) || strcmp(d->to, desk_user(d->call)) != 0)) {
        rc = desk_unread(db, id, d->to, d->now, e); /* who gets it from somebody else should see */
    }
    return rc < 0 ? rc : tell(db, d, id, "assigned", "to", d->to_name, e);
}

static int do_snooze(struct db *db, const struct doing *d, const char *id,
                     const struct conversation *c, struct err *e)
{
    char until[WALL_TEXT_BYTES];
    if (!d->until.us && !c->snoozed_until.p) {
        return 0;
    }
    int rc = desk_snooze(db, id, d->until, e);
    if (rc == 0 && d->until.us) {
        wall_format(d->until, until);
        return tell(db, d, id, "snoozed", "until", until, e);
    }
    return rc < 0 ? rc : tell(db, d, id, "snooze_over", NULL, NULL, e);
}

static int do_status(struct db *db, const struct doing *d, const char *id, struct err *e)
{
    struct op_call *c = d->call;
    const char *by = c->actor->kind == ACTOR_USER ? "staff" : "program";
    if (strcmp(d->status, "active") != 0) {
        return conversation_complete(db, c->pool, id, d->status, by, d->now, e);
    }
    struct standing s;
    int rc = hold_standing(db, c->pool, id, d->now, &s, e);
    return rc < 0 ? rc : holding_make_active(db, c, id, &s, e);
}

static int do_seen(struct db *db, const struct doing *d, const char *id, struct err *e)
{
    const char *user = desk_user(d->call);
    return d->read ? desk_read(db, id, user, e) : desk_unread(db, id, user, d->now, e);
}

static int do_marks(struct db *db, const struct doing *d, const char *id, struct err *e)
{
    int rc = d->says_needed ? desk_set_needs_person(db, id, d->needed, e) : 0;
    if (rc == 0 && d->add_tag) {
        rc = tags_put_on(db, id, d->add_tag, e);
    }
    if (rc == 0 && d->remove_tag) {
        rc = tags_take_off(db, id, d->remove_tag, e);
    }
    if (rc == 0 && (d->read || d->unread)) {
        rc = do_seen(db, d, id, e);
    }
    return rc;
}

/* Everything, to one conversation. */
static int do_it(struct db *db, const struct doing *d, const char *id, struct err *e)
{
    struct conversation c;
    int rc = conversations_get(db, d->call->pool, id, &c, e);
    if (rc == 0 && d->status) { /* what may be refused goes first, before anything is changed */
        rc = do_status(db, d, id, e);
    }
    if (rc == 0 && d->assign) {
        rc = do_assign(db, d, id, &c, e);
    }
    if (rc == 0 && d->snooze) {
        rc = do_snooze(db, d, id, &c, e);
    }
    if (rc == 0) {
        rc = do_marks(db, d, id, e);
    }
    return rc < 0 ? rc : changes_add(db, "conversation", id, NULL, 0, d->now, e);
}

static int read_seen(struct doing *d, bool read, struct err *e)
{
    if (!desk_user(d->call)) {
        return err_field(e, ERR_INVALID, "read",
                         "only members of the staff, signed in, read; a program or a command does "
                         "not");
    }
    d->read = read;
    d->unread = !read;
    return 0;
}

static int read_until(struct doing *d, const char *field, struct wall until, struct err *e)
{
    if (until.us <= d->now.us || until.us > d->now.us + SNOOZE_MAX_US) {
        return err_field(e, ERR_INVALID, field, "it can be put off until a time within a year");
    }
    d->snooze = true;
    d->until = until;
    return 0;
}

/* me, none, or an id, of the parameter of that name. */
static int read_to(struct db *db, struct doing *d, const char *field, const char *text,
                   struct err *e)
{
    struct op_call *c = d->call;
    struct str name;
    struct id id;
    d->assign = true;
    if (strcmp(text, "none") == 0) {
        return 0;
    }
    if (strcmp(text, "me") == 0) {
        d->to = desk_user(c);
    } else if (id_parse(str_of(text), &id)) {
        d->to = pool_strdup(c->pool, id.text);
    }
    int rc = d->to ? desk_staff_name(db, c->pool, d->to, &name, e) : ERR_NOT_FOUND;
    if (rc == ERR_NOT_FOUND) {
        return err_field(e, ERR_INVALID, field,
                         "it is me (signed in), none, or the id of a member of the staff");
    }
    d->to_name = rc == 0 ? name.p : NULL;
    return rc;
}

/* ---- to one ---- */

struct one {
    struct doing doing;
    const char *id;
    const char *to; /* of assign_conversation, as it was given */
};

static int write_one(struct db *db, void *arg, struct err *e)
{
    struct one *o = arg;
    struct doing d = o->doing; /* may run more than once */
    int rc = o->to ? read_to(db, &d, "to", o->to, e) : 0;
    return rc < 0 ? rc : do_it(db, &d, o->id, e);
}

static int to_one(struct one *o, struct err *e)
{
    struct op_call *c = o->doing.call;
    int rc = op_write(c, write_one, o, e);
    return rc < 0 ? rc : desk_answer(c, o->id, e);
}

int op_assign_conversation(struct op_call *c, struct err *e)
{
    const struct assign_conversation_in *in = c->in;
    struct one o = {{.call = c, .now = wall_now()}, in->conversation_id, in->to};
    return to_one(&o, e);
}

int op_snooze_conversation(struct op_call *c, struct err *e)
{
    const struct snooze_conversation_in *in = c->in;
    struct one o = {{.call = c, .now = wall_now()}, in->conversation_id, NULL};
    int rc = read_until(&o.doing, "until", in->until, e);
    return rc < 0 ? rc : to_one(&o, e);
}

int op_unsnooze_conversation(struct op_call *c, struct err *e)
{
    const struct unsnooze_conversation_in *in = c->in;
    struct one o = {{.call = c, .now = wall_now(), .snooze = true}, in->conversation_id, NULL};
    return to_one(&o, e);
}

static int see(struct op_call *c, const char *id, bool read, struct err *e)
{
    struct one o = {{.call = c, .now = wall_now()}, id, NULL};
    int rc = read_seen(&o.doing, read, e);
    return rc < 0 ? rc : to_one(&o, e);
}

int op_mark_read(struct op_call *c, struct err *e)
{
    const struct mark_read_in *in = c->in;
    return see(c, in->conversation_id, true, e);
}

int op_mark_unread(struct op_call *c, struct err *e)
{
    const struct mark_unread_in *in = c->in;
    return see(c, in->conversation_id, false, e);
}

int op_set_needs_person(struct op_call *c, struct err *e)
{
    const struct set_needs_person_in *in = c->in;
    struct one o = {{.call = c, .now = wall_now(), .says_needed = true, .needed = in->needed},
                    in->conversation_id,
                    NULL};
    return to_one(&o, e);
}

/* ---- to several ---- */

struct bulk {
    struct doing doing;
    const struct work_in_bulk_in *in;
    const char *ids[BULK_MAX];
    const char *why[BULK_MAX]; /* NULL: it was done */
    size_t n;
};

static int read_ids(struct bulk *b, struct err *e)
{
    size_t n = json_array_size(b->in->conversation_ids);
    if (n == 0 || n > BULK_MAX) {
        return err_field(e, ERR_INVALID, "conversation_ids", "give 1 to %d ids", BULK_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        struct id id;
        const char *text = json_string_value(json_array_get(b->in->conversation_ids, i));
        if (!text || !id_parse(str_of(text), &id)) {
            return err_field(e, ERR_INVALID, "conversation_ids", "number %zu is no id", i + 1);
        }
        b->ids[b->n++] = pool_strdup(b->doing.call->pool, id.text);
    }
    return 0;
}

static int check_tag(struct db *db, struct op_call *c, const char *field, const char *id,
                     struct err *e)
{
    struct tag tag;
    int rc = id ? tags_get(db, c->pool, id, &tag, e) : 0;
    return rc == ERR_NOT_FOUND ? err_field(e, ERR_INVALID, field, "there is no such tag") : rc;
}

/* What is refused by a rule was refused before it changed anything; what the database refuses ends
 * the transaction, and so all of it. */
static int write_bulk(struct db *db, void *arg, struct err *e)
{
    struct bulk *b = arg;
    struct op_call *c = b->doing.call;
    struct doing d = b->doing;
    int rc = b->in->assign ? read_to(db, &d, "assign", b->in->assign, e) : 0;
    if (rc == 0) {
        rc = check_tag(db, c, "add_tag", d.add_tag, e);
    }
    if (rc == 0) {
        rc = check_tag(db, c, "remove_tag", d.remove_tag, e);
    }
    for (size_t i = 0; rc == 0 && i < b->n; i++) {
        struct err why = {0};
        rc = do_it(db, &d, b->ids[i], &why);
        b->why[i] = rc < 0 ? pool_strdup(c->pool, why.text) : NULL;
        if (rc == ERR_NOT_FOUND || rc == ERR_CONFLICT) {
            rc = 0;
        } else if (rc < 0 && e) {
            *e = why;
        }
    }
    return rc;
}

static int read_bulk(struct bulk *b, struct err *e)
{
    const struct work_in_bulk_in *in = b->in;
    struct doing *d = &b->doing;
    d->add_tag = in->add_tag;
    d->remove_tag = in->remove_tag;
    d->status = in->status;
    d->says_needed = in->needs_person_set;
    d->needed = in->needs_person;
    int rc = read_ids(b, e);
    if (rc == 0 && in->read_set) {
        rc = read_seen(d, in->read, e);
    }
    if (rc == 0 && in->snooze_until.us) {
        rc = read_until(d, "snooze_until", in->snooze_until, e);
    }
    return rc;
}

int op_work_in_bulk(struct op_call *c, struct err *e)
{
    struct bulk b = {.doing = {.call = c, .now = wall_now()}, .in = c->in};
    int rc = read_bulk(&b, e);
    if (rc == 0) {
        rc = op_write(c, write_bulk, &b, e);
    }
    if (rc < 0) {
        return rc;
    }
    int64_t done = 0;
    for (size_t i = 0; i < b.n; i++) {
        done += !b.why[i];
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_i64(&j, "done", done);
    jw_key(&j, "failed");
    jw_array(&j);
    for (size_t i = 0; i < b.n; i++) {
        if (b.why[i]) {
            jw_object(&j);
            jw_kv_text(&j, "conversation_id", b.ids[i]);
            jw_kv_text(&j, "detail", b.why[i]);
            jw_object_end(&j);
        }
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}
