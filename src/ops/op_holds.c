/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on who answers a conversation, and what a person of the staff writes in it. */
#include "base/settings.h"
#include "domain/consent.h"
#include "domain/conversation.h"
#include "domain/mail_thread.h"
#include "domain/outbox.h"
#include "domain/phone.h"
#include "domain/whatsapp.h"
#include "mail/mail.h"
#include "ops/app.h"
#include "ops/desk_call.h"
#include "ops/holding.h"
#include "ops/ops_gen.h"
#include "ops/outgoing_files.h"
#include "ops/render.h"
#include "store/customers.h"
#include "store/web_visitors.h"

struct place_rules place_rules_of(const struct settings *s)
{
    return (struct place_rules){s->conversation_idle * US_PER_SECOND,
                                s->reopen_window * US_PER_SECOND};
}

struct holder holder_of(const struct actor *actor)
{
    const char *kind = actor->kind == ACTOR_USER    ? "user"
                       : actor->kind == ACTOR_TOKEN ? "token"
                                                    : "command";
    return (struct holder){kind, actor->id, actor->name};
}

void render_hold(struct jw *j, const struct hold_row *hold, const struct actor *asks)
{
    if (!hold_is_on(hold, wall_now())) {
        jw_null(j);
        return;
    }
    struct holder who = holder_of(asks);
    char since[WALL_TEXT_BYTES], until[WALL_TEXT_BYTES];
    wall_format(hold->since, since);
    wall_format(hold->ends_at, until);
    jw_object(j);
    jw_kv_str(j, "kind", hold->kind);
    jw_kv_str(j, "name", hold->name);
    jw_kv_text(j, "since", since);
    jw_kv_text(j, "until", until);
    jw_kv_bool(j, "mine", hold_is_of(hold, &who));
    jw_object_end(j);
}

/* Answers with who answers the conversation now. */
static int answer_holding(struct op_call *c, const char *conversation_id, struct err *e)
{
    struct arg id = A_TEXT(conversation_id);
    struct rows rows;
    struct query query = holds_query(&id, &rows);
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = db_many(db, c->pool, &query, 1, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct hold_row hold;
    hold_from_row(&rows, &hold);
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_text(&j, "conversation_id", conversation_id);
    jw_key(&j, "held_by");
    render_hold(&j, &hold, c->actor);
    jw_object_end(&j);
    return 0;
}

static int may_force(const struct op_call *c, bool force, struct err *e)
{
    if (force && !(c->actor->permissions & (UINT32_C(1) << PERMISSION_CONVERSATIONS_FORCE))) {
        return err_field(e, ERR_FORBIDDEN, "force",
                         "taking a conversation from a colleague needs conversations.force");
    }
    return 0;
}

static int64_t usual_lease_us(const struct op_call *c)
{
    return c->app->settings->hold_minutes * 60 * US_PER_SECOND;
}

static int take(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct take_over_in *in = c->in;
    struct holder who = holder_of(c->actor);
    struct standing s;
    struct wall now = wall_now();
    bool begun;
    int64_t lease_us = in->minutes_set ? in->minutes * 60 * US_PER_SECOND : usual_lease_us(c);
    int rc = hold_standing(db, c->pool, in->conversation_id, now, &s, e);
    return rc < 0 ? rc
                  : hold_take(db, c->pool, in->conversation_id, &s, &who, lease_us, in->force, now,
                              &begun, e);
}

int op_take_over(struct op_call *c, struct err *e)
{
    const struct take_over_in *in = c->in;
    int rc = may_force(c, in->force, e);
    if (rc == 0) {
        rc = op_write(c, take, c, e);
    }
    return rc < 0 ? rc : answer_holding(c, in->conversation_id, e);
}

static int give_back(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct hand_back_in *in = c->in;
    struct holder who = holder_of(c->actor);
    struct standing s;
    struct wall now = wall_now();
    int rc = hold_standing(db, c->pool, in->conversation_id, now, &s, e);
    return rc < 0 ? rc
                  : hold_give_back(db, c->pool, in->conversation_id, &s, &who, in->force, in->note,
                                   now, e);
}

int op_hand_back(struct op_call *c, struct err *e)
{
    const struct hand_back_in *in = c->in;
    int rc = may_force(c, in->force, e);
    if (rc == 0) {
        rc = op_write(c, give_back, c, e);
    }
    return rc < 0 ? rc : answer_holding(c, in->conversation_id, e);
}

/* ---- writing to customers ---- */

struct saying {
    struct op_call *call;
    struct outbox_message message;
    const char *phone; /* of send_message: the customer's number in E.164, or e-mail address */
    const char *channel;
    const char *subject; /* of an e-mail; NULL: that of the thread */
    struct outgoing_files files;
    bool hold;
    const char *content; /* NULL: the template's */
    const struct send_template_in *template;
    struct id id; /* of the message */
};

static void say_as(struct saying *s, const char *content, struct wall now)
{
    const struct actor *actor = s->call->actor;
    s->message.body = str_of(content);
    s->message.voice = OUTBOX_STAFF;
    s->message.purpose = OUTBOX_STAFF_MESSAGE;
    s->message.user_id = actor->id;
    s->message.user_name = actor->name;
    s->message.now = now;
}

static int answer_said(struct saying *s, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct message m;
    int rc = store_borrow(s->call->app->store, &db, e);
    if (rc == 0) {
        rc = messages_get(db, s->call->pool, s->id.text, &m, e);
    }
    if (rc == 0) {
        struct jw j = jw_to(s->call->out);
        render_message(&j, &m);
    }
    return rc;
}

/* An e-mail goes on in its thread; where there is none yet, it begins one. */
static int find_thread(struct db *db, struct saying *s, struct str customer_email, struct err *e)
{
    struct pool *p = s->call->pool;
    const struct settings *set = s->call->app->settings;
    struct mail_state last;
    int rc = mails_thread(db, p, s->message.conversation_id, &last, e);
    if (rc == ERR_NOT_FOUND) {
        s->message.to = customer_email.p;
        rc = 0;
    } else if (rc == 0) {
        bool inbound = str_eq(last.direction, STR("inbound"));
        s->message.to = inbound ? last.from_address.p : last.to_address.p;
        s->message.from = inbound ? last.to_address.p : last.from_address.p;
        rc = mail_thread_next(p, &last, &s->message.email, e);
    }
    if (s->subject) {
        s->message.email.subject = s->subject;
    }
    if (!s->message.from || !s->message.from[0]) {
        s->message.from = set->mail_address;
    }
    return rc;
}

/* The addresses of the customer's last text; those of the settings when there is none. */
static int find_addresses(struct db *db, struct saying *s, struct err *e)
{
    struct pool *p = s->call->pool;
    struct arg id = A_TEXT(s->message.conversation_id);
    struct rows rows, conversations;
    struct query queries[] = {conversations_query(&id, &conversations), messages_query(&id, &rows)};
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    if (rc < 0) {
        return rc;
    }
    struct conversation conversation;
    conversation_from_row(&conversations, 0, &conversation);
    if (s->message.channel == CHANNEL_EMAIL) {
        return find_thread(db, s, conversation.customer_email, e);
    }
    s->message.to = conversation.customer_phone.p;
    for (size_t i = rows.n; i > 0; i--) {
        struct message m;
        message_from_row(&rows, i - 1, &m);
        if (m.has_sms && str_eq(m.direction, STR("inbound"))) {
            s->message.to = m.sms.from_number.p;
            s->message.from = s->message.from ? s->message.from : m.sms.to_number.p;
            break;
        }
    }
    if (!s->message.from) {
        const struct settings *set = s->call->app->settings;
        bool whatsapp = str_eq(conversation.channel, STR("whatsapp")) && set->whatsapp_number[0];
        s->message.from = whatsapp ? set->whatsapp_number : set->twilio_number;
    }
    return 0;
}

/* Whoever may not write here is told before anything is changed. */
static int check_channel(struct str name, enum channel *out, struct err *e)
{
    bool known = channel_of(name, out);
    if (!known || *out == CHANNEL_VOICE) {
        return err_set(e, ERR_UNSUPPORTED,
                       "a message cannot be sent on this conversation's channel");
    }
    return 0;
}

int holding_make_active(struct db *db, struct op_call *c, const char *id, const struct standing *s,
                        struct err *e)
{
    struct str other = {NULL, 0};
    int rc = 0;
    if (str_eq(s->status, STR("active"))) {
        return 0;
    }
    if (s->customer_id && strcmp(s->channel.p, "email") != 0) {
        rc = conversations_active_of(db, c->pool, s->customer_id, s->channel, &other, e);
    }
    if (rc == 0 && other.p) {
        rc = err_set(e, ERR_CONFLICT, "the customer has a newer conversation, " STR_FMT,
                     STR_ARG(other));
    }
    return rc < 0 ? rc : conversation_reopen(db, c->pool, id, "staff", wall_now(), e);
}

/* The message, and the files that go with it. */
static int add_said(struct db *db, struct saying *s, struct err *e)
{
    struct pool *p = s->call->pool;
    struct str body = s->message.body;
    s->message.has_files = s->files.n > 0;
    int rc = outgoing_files_allowed(&s->files, s->message.channel, body.n, e);
    rc = rc < 0 ? rc : outbox_add(db, p, &s->message, &s->id, e);
    return rc < 0 ? rc
                  : outgoing_files_add(db, p, &s->files, s->message.conversation_id, s->id.text,
                                       s->message.now, e);
}

/* A visitor of the web chat who goes on by text is not there any more. */
static int check_moved(struct db *db, struct op_call *c, const char *id, struct err *e)
{
    struct str to = {NULL, 0};
    int rc = web_conversations_moved(db, c->pool, id, &to, e);
    if (rc == 0 && to.p) {
        rc =
            err_set(e, ERR_CONFLICT,
                    "the visitor went on by text or e-mail, in conversation " STR_FMT, STR_ARG(to));
    }
    return rc;
}

static int write_reply(struct db *db, void *arg, struct err *e)
{
    struct saying *s = arg;
    struct op_call *c = s->call;
    const struct reply_in *in = c->in;
    struct holder who = holder_of(c->actor);
    struct standing standing;
    struct wall now = wall_now();
    bool begun;
    s->message = (struct outbox_message){.conversation_id = in->conversation_id};
    int rc = hold_standing(db, c->pool, in->conversation_id, now, &standing, e);
    if (rc == 0) {
        rc = hold_allows(&standing, &who, e);
    }
    if (rc == 0) {
        rc = check_channel(standing.channel, &s->message.channel, e);
    }
    if (rc == 0 && s->message.channel == CHANNEL_WEB) {
        rc = check_moved(db, c, in->conversation_id, e);
    }
    if (rc == 0) {
        rc = holding_make_active(db, c, in->conversation_id, &standing, e);
    }
    if (rc == 0) {
        standing.status = STR("active");
        rc = hold_take(db, c->pool, in->conversation_id, &standing, &who, usual_lease_us(c), false,
                       now, &begun, e);
    }
    if (rc == 0) {
        rc = find_addresses(db, s, e);
    }
    say_as(s, in->content, now);
    return rc < 0 ? rc : add_said(db, s, e);
}

static int read_uploads(struct saying *s, const json_t *ids, const char *conversation_id,
                        struct err *e)
{
    struct holder who = holder_of(s->call->actor);
    CLEANUP(store_return) struct db *db = NULL;
    int rc = json_array_size(ids) ? store_borrow(s->call->app->store, &db, e) : 0;
    return rc < 0 || !db ? rc
                         : outgoing_files_uploaded(db, s->call->pool, ids, conversation_id, &who,
                                                   &s->files, e);
}

int op_reply(struct op_call *c, struct err *e)
{
    const struct reply_in *in = c->in;
    struct saying s = {.call = c, .subject = in->subject};
    int rc = outgoing_files_read(c->pool, in->attachments, &s.files, e);
    if (rc == 0) {
        rc = read_uploads(&s, in->uploads, in->conversation_id, e);
    }
    if (rc == 0) {
        rc = op_write(c, write_reply, &s, e);
    }
    return rc < 0 ? rc : answer_said(&s, e);
}

static int reopen(struct db *db, void *arg, struct err *e)
{
    struct op_call *c = arg;
    const struct reopen_conversation_in *in = c->in;
    struct standing s;
    int rc = hold_standing(db, c->pool, in->conversation_id, wall_now(), &s, e);
    return rc < 0 ? rc : holding_make_active(db, c, in->conversation_id, &s, e);
}

int op_reopen_conversation(struct op_call *c, struct err *e)
{
    const struct reopen_conversation_in *in = c->in;
    int rc = op_write(c, reopen, c, e);
    return rc < 0 ? rc : desk_answer(c, in->conversation_id, e);
}

/* The customer and the conversation, made when they are not there. */
static int find_place(struct db *db, struct saying *s, struct wall now, struct place *out,
                      struct err *e)
{
    struct op_call *c = s->call;
    struct placing placing = {
        .channel = s->channel,
        .at = now,
        .rules = place_rules_of(c->app->settings),
    };
    struct rows current = {0};
    int rc = customers_find_or_make(db, c->pool, s->phone, now, &placing.customer_id, e);
    if (rc == 0) {
        rc = db_rows(db, c->pool, &conversations_current,
                     ARGS(A_TEXT(s->phone), A_TEXT(s->channel), A_WALL(place_since(&placing))),
                     &current, e);
    }
    return rc < 0 ? rc : place_find(db, c->pool, &placing, &current, out, e);
}

/* An e-mail that nobody asked for begins a thread of its own. */
static int begin_thread(struct db *db, struct saying *s, struct wall now, struct place *out,
                        struct err *e)
{
    struct op_call *c = s->call;
    int64_t customer = 0;
    int rc = customers_find(db, c->pool, NULL, s->phone, &customer, e);
    if (rc == 0 && customer == 0) {
        struct customer_new new = {.name = s->phone, .email = s->phone, .at = now};
        rc = customers_insert(db, c->pool, &new, &customer, e);
    }
    return rc < 0 ? rc
                  : conversation_begin(db, c->pool, customer, "email", s->subject, STR("{}"), now,
                                       &out->conversation_id, e);
}

static int fill_template(struct db *db, struct saying *s, struct err *e)
{
    const struct send_template_in *in = s->template;
    const char *usual = s->call->app->settings->whatsapp_template;
    const char *name = in->template ? in->template : usual;
    if (!name[0]) {
        return err_field(e, ERR_INVALID, "template",
                         "say which template: the setting whatsapp_template names none");
    }
    s->message.is_template = true;
    return whatsapp_template_fill(db, s->call->pool, name, in->language, in->values,
                                  &s->message.body, &s->message.metadata, e);
}

static int write_first(struct db *db, void *arg, struct err *e)
{
    struct saying *s = arg;
    struct op_call *c = s->call;
    struct holder who = holder_of(c->actor);
    struct standing standing;
    struct place place;
    struct wall now = wall_now();
    bool begun;
    bool mail = strcmp(s->channel, "email") == 0;
    int rc = mail ? begin_thread(db, s, now, &place, e) : find_place(db, s, now, &place, e);
    if (rc < 0) {
        return rc;
    }
    s->message.conversation_id = pool_strdup(c->pool, place.conversation_id.text);
    rc = hold_standing(db, c->pool, s->message.conversation_id, now, &standing, e);
    if (rc == 0) {
        rc = hold_allows(&standing, &who, e);
    }
    if (rc == 0 && (s->hold || standing.held)) {
        rc = hold_take(db, c->pool, s->message.conversation_id, &standing, &who, usual_lease_us(c),
                       false, now, &begun, e);
    }
    if (rc == 0) {
        rc = check_channel(str_of(s->channel), &s->message.channel, e);
    }
    if (rc == 0) {
        rc = find_addresses(db, s, e);
    }
    s->message.to = s->phone;
    say_as(s, s->content, now);
    if (rc == 0 && s->template) {
        rc = fill_template(db, s, e);
    }
    return rc < 0 ? rc : add_said(db, s, e);
}

/* An e-mail address, in the form in which customers are found by it. */
static int read_mail_address(struct op_call *c, const char *field, const char *text,
                             const char **out, struct err *e)
{
    struct str address = str_trim(str_of(text));
    if (!mail_address_valid(address)) {
        return err_field(e, ERR_INVALID, field, "it is no e-mail address");
    }
    *out = consent_key(c->pool, str_dup(c->pool, address));
    return 0;
}

/* A number of ours or the customer's, in E.164. */
static int read_number(struct op_call *c, const char *field, const char *text, const char **out,
                       struct err *e)
{
    char number[PHONE_BYTES];
    struct err why = {0};
    if (strncmp(text, "wa:", 3) == 0 && strlen(text) == strlen("wa:") + 16) {
        *out = text; /* a WhatsApp user who hides the number */
        return 0;
    }
    int rc = phone_normalize(str_of(text), c->app->settings->country, number, &why);
    if (rc < 0) {
        return err_field(e, rc, field, "%s", why.text);
    }
    *out = pool_strdup(c->pool, number);
    return 0;
}

static int read_address(struct saying *s, const char *field, const char *text, const char **out,
                        struct err *e)
{
    return strcmp(s->channel, "email") == 0 ? read_mail_address(s->call, field, text, out, e)
                                            : read_number(s->call, field, text, out, e);
}

static int say_first(struct saying *s, const char *to, const char *from, struct err *e)
{
    int rc = read_address(s, "to", to, &s->phone, e);
    if (rc == 0 && from) {
        rc = read_address(s, "from", from, &s->message.from, e);
    }
    if (rc == 0) {
        rc = op_write(s->call, write_first, s, e);
    }
    return rc < 0 ? rc : answer_said(s, e);
}

int op_send_message(struct op_call *c, struct err *e)
{
    const struct send_message_in *in = c->in;
    struct saying s = {.call = c,
                       .channel = in->channel,
                       .subject = in->subject,
                       .hold = in->hold,
                       .content = in->content};
    int rc = outgoing_files_read(c->pool, in->attachments, &s.files, e);
    return rc < 0 ? rc : say_first(&s, in->to, in->from, e);
}

int op_send_template(struct op_call *c, struct err *e)
{
    const struct send_template_in *in = c->in;
    struct saying s = {.call = c, .channel = "whatsapp", .hold = in->hold, .template = in};
    return say_first(&s, in->to, in->from, e);
}
