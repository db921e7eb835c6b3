/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations of the web chat's visitors. Who has the key is the visitor; nothing else is known of
 * them, so nothing is told but what was said under that key, and everything is limited.
 */
#include "base/json_write.h"
#include "base/metrics.h"
#include "base/settings.h"
#include "base/utf8.h"
#include "channels/inbox.h"
#include "channels/web_chat.h"
#include "domain/business.h"
#include "domain/chat_move.h"
#include "domain/consent.h"
#include "domain/conversation.h"
#include "domain/phone.h"
#include "mail/mail.h"
#include "ops/app.h"
#include "ops/chat.h"
#include "ops/chat_private.h"
#include "ops/holding.h"
#include "ops/inbox.h"
#include "ops/op.h"
#include "ops/ops_gen.h"
#include "store/web_visitors.h"

#define CHAT_PATH "/api/chat/messages"

/* Is the chat on, and the key one? *hash_out lives in the pool. */
static int open_chat(struct op_call *c, const char *key, const char **hash_out, struct err *e)
{
    int rc = chat_is_on(c->app, e);
    if (rc == 0 && !web_chat_key_ok(str_of(key))) {
        rc = err_field(e, ERR_INVALID, "key", "the key is %d characters of base64url",
                       WEB_CHAT_KEY_CHARS);
    }
    if (rc == 0) {
        *hash_out = web_chat_key_hash(c->pool, str_of(key));
    }
    return rc;
}

static bool has_texts(const struct settings *s)
{
    return s->twilio_account_sid[0] && s->twilio_auth_token[0] && s->twilio_number[0];
}

static bool has_mail(const struct settings *s)
{
    return s->mail_address[0] && (s->sendgrid_api_key[0] || s->smtp_url[0]);
}

/* NULL: nobody has told it. */
static int business_name(struct op_call *c, const char **out, struct err *e)
{
    const char *set = c->app->settings->business_name;
    struct facts f = {0};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = set[0] ? 0 : store_borrow(c->app->store, &db, e);
    if (rc == 0 && !set[0]) {
        rc = business_load(db, c->pool, &f, e);
    }
    *out = set[0] ? set : f.business_name;
    return rc;
}

int op_chat_info(struct op_call *c, struct err *e)
{
    const char *name = NULL;
    int rc = chat_is_on(c->app, e);
    if (rc == 0 && c->app->chat) {
        rc = chat_limit_address(c->app->chat->reads, c->remote, e);
    }
    if (rc == 0) {
        rc = business_name(c, &name, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_text(&j, "business", name);
    jw_key(&j, "move_to");
    jw_array(&j);
    if (has_texts(c->app->settings)) {
        jw_text(&j, "sms");
    }
    if (has_mail(c->app->settings)) {
        jw_text(&j, "email");
    }
    jw_array_end(&j);
    jw_object_end(&j);
    return 0;
}

/* The id and time of what was stored, also when it was stored before. */
static int answer_sent(struct op_call *c, const struct web_chat_message *m, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    struct str id = {NULL, 0}, at = {NULL, 0};
    int rc = store_borrow(c->app->store, &db, e);
    if (rc == 0) {
        rc = web_visitors_message(db, c->pool, web_chat_message_name(c->pool, m), &id, &at, e);
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_str(&j, "id", id);
    jw_kv_text(&j, "client_id", m->client_id);
    jw_kv_str(&j, "at", at);
    jw_object_end(&j);
    return 0;
}

int op_chat_send(struct op_call *c, struct err *e)
{
    const struct chat_send_in *in = c->in;
    const struct chat_limits *limits = c->app->chat;
    struct web_chat_message m = {
        .client_id = in->client_id,
        .origin = c->origin && utf8_valid(str_of(c->origin)) ? c->origin : "",
        .page = str_of(in->page),
        .text = str_trim(str_of(in->text)),
    };
    int rc = open_chat(c, in->key, &m.key_hash, e);
    if (rc == 0 && m.text.n == 0) {
        rc = err_field(e, ERR_INVALID, "text", "say something");
    }
    if (rc == 0 && limits) {
        rc = chat_limit_address(limits->address, c->remote, e);
    }
    if (rc == 0 && limits) {
        rc = chat_limit(limits->visitor, str_of(m.key_hash), e);
    }
    if (rc < 0) {
        return rc;
    }
    struct inbox_config config = inbox_config_of(c->app->settings);
    struct inbox_result taken = {0};
    struct journal_entry entry = {
        .provider = "web",
        .kind = "message",
        .target = CHAT_PATH,
        .body = web_chat_message_write(c->pool, &m),
        .proof = "key",
        .received_at = wall_now(),
    };
    rc = inbox_take(c->app->store, c->pool, &config, &entry, &taken, e);
    if (rc == 0) {
        metric_add(taken.duplicate ? METRIC_chat_duplicate_total : METRIC_chat_messages_total, 1);
    }
    return rc < 0 ? rc : answer_sent(c, &m, e);
}

int op_chat_read(struct op_call *c, struct err *e)
{
    const struct chat_read_in *in = c->in;
    const char *hash = NULL;
    struct chat_mark mark = {.newest = in->after};
    int rc = open_chat(c, in->key, &hash, e);
    if (rc == 0 && c->app->chat) {
        rc = chat_limit_address(c->app->chat->reads, c->remote, e);
    }
    return rc < 0 ? rc : chat_thread_write(c->app, c->pool, hash, &mark, c->out, e);
}

struct ending {
    struct op_call *call;
    const char *hash;
};

static int end_chat(struct db *db, void *arg, struct err *e)
{
    struct ending *x = arg;
    struct pool *p = x->call->pool;
    struct wall now = wall_now();
    struct rows current, visitor;
    struct arg by[] = {A_TEXT(x->hash), A_WALL(now)};
    struct query queries[] = {{&web_visitors_lock, by, 1, &visitor},
                              {&web_conversations_current, by, 2, &current}};
    bool found;
    int rc = db_many(db, p, queries, ARRAY_SIZE(queries), e);
    if (rc == 0 && current.n && str_eq(row_str(&current, 0, 2), STR("active"))) {
        rc = conversation_complete(db, p, row_text(&current, 0, 0), "completed", "visitor", now, e);
    }
    return rc < 0 ? rc : web_visitors_forget_key(db, p, x->hash, &found, e);
}

int op_chat_end(struct op_call *c, struct err *e)
{
    const struct chat_end_in *in = c->in;
    struct ending x = {.call = c};
    int rc = open_chat(c, in->key, &x.hash, e);
    if (rc == 0 && c->app->chat) {
        rc = chat_limit_address(c->app->chat->address, c->remote, e);
    }
    if (rc == 0) {
        rc = op_write(c, end_chat, &x, e);
    }
    if (rc == 0) {
        buf_puts(c->out, "{\"ok\":true}");
    }
    return rc;
}

/* ---- going on elsewhere ---- */

struct moving {
    struct op_call *call;
    struct chat_move move;
};

static int move(struct db *db, void *arg, struct err *e)
{
    struct moving *m = arg;
    m->move.now = wall_now();
    return chat_move(db, m->call->pool, &m->move, e);
}

/* Each move sends somebody a message, who may not be the one who asked for it. */
static int limit_move(struct op_call *c, const char *to, struct err *e)
{
    const struct chat_limits *limits = c->app->chat;
    int rc = limits ? chat_limit_address(limits->moves, c->remote, e) : 0;
    return rc < 0 || !limits ? rc : chat_limit(limits->moved_to, str_of(to), e);
}

static int read_number(struct op_call *c, const char *text, struct chat_move *m, struct err *e)
{
    const struct settings *s = c->app->settings;
    char number[PHONE_BYTES];
    struct err why = {0};
    if (!has_texts(s)) {
        return err_field(e, ERR_INVALID, "channel", "this business has no texts");
    }
    int rc = phone_normalize(str_of(text), s->country, number, &why);
    if (rc < 0) {
        return err_field(e, rc, "address", "%s", why.text);
    }
    m->channel = CHANNEL_SMS;
    m->to = pool_strdup(c->pool, number);
    m->from = s->twilio_number;
    return 0;
}

static int read_mail(struct op_call *c, const char *text, struct chat_move *m, struct err *e)
{
    const struct settings *s = c->app->settings;
    struct str address = str_trim(str_of(text));
    if (!has_mail(s)) {
        return err_field(e, ERR_INVALID, "channel", "this business has no e-mail");
    }
    if (!mail_address_valid(address)) {
        return err_field(e, ERR_INVALID, "address", "it is no e-mail address");
    }
    m->channel = CHANNEL_EMAIL;
    m->to = consent_key(c->pool, str_dup(c->pool, address));
    m->from = s->mail_address;
    return 0;
}

static int word_move(struct op_call *c, struct chat_move *m, struct err *e)
{
    const char *name = NULL;
    int rc = business_name(c, &name, e);
    if (rc < 0) {
        return rc;
    }
    if (m->channel == CHANNEL_SMS) {
        m->note = str_of(pool_printf(c->pool,
                                     "%s: you asked us to go on with our chat by text. Just reply "
                                     "here.",
                                     name ? name : "Hello"));
        return 0;
    }
    m->subject = name ? pool_printf(c->pool, "Our chat: %s", name) : "Our chat";
    m->note = str_of(pool_printf(c->pool,
                                 "Hello,\n\nyou asked us to go on with our chat by e-mail. Just "
                                 "reply to this message.\n\n%s",
                                 name ? name : "Our team"));
    return 0;
}

int op_chat_move(struct op_call *c, struct err *e)
{
    const struct chat_move_in *in = c->in;
    bool mail = strcmp(in->channel, "email") == 0;
    struct moving m = {.call = c, .move = {.rules = place_rules_of(c->app->settings)}};
    int rc = open_chat(c, in->key, &m.move.key_hash, e);
    if (rc == 0) {
        rc = mail ? read_mail(c, in->address, &m.move, e) : read_number(c, in->address, &m.move, e);
    }
    if (rc == 0) {
        rc = limit_move(c, m.move.to, e);
    }
    if (rc == 0) {
        rc = word_move(c, &m.move, e);
    }
    if (rc == 0) {
        rc = op_write(c, move, &m, e);
    }
    if (rc == ERR_OPTED_OUT) { /* whose it is, is not known: nothing is told about it */
        return err_field(e, ERR_INVALID, "address", "we cannot write there");
    }
    if (rc < 0) {
        return rc;
    }
    struct jw j = jw_to(c->out);
    jw_object(&j);
    jw_kv_text(&j, "channel", in->channel);
    jw_kv_text(&j, "to", m.move.to);
    jw_object_end(&j);
    return 0;
}
