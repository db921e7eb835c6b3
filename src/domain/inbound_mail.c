/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The customer's row is locked before the conversation is looked for, so that two first mails of
 * one person are taken one after the other, and answers to one address are counted right.
 */
#include "domain/inbound_mail.h"

#include "base/json_read.h"
#include "base/utf8.h"
#include "domain/burst.h"
#include "domain/consent_hear.h"
#include "domain/conversation.h"
#include "domain/inbound_mail_private.h"
#include "domain/installation_secret.h"
#include "domain/mail_bounce.h"
#include "store/changes.h"
#include "store/customers.h"
#include "store/installation_keys.h"
#include "store/jobs.h"
#include "store/mail_threads.h"

#define CONTENT_MAX_BYTES (32u << 10) /* of the new words; the details have the whole mail */
#define SUBJECT_MAX_CHARACTERS 500    /* these as the columns have it */
#define NAME_MAX_BYTES 200
#define HOUR_US (3600 * US_PER_SECOND)

static const char *lower(struct pool *p, const char *text)
{
    char *copy = pool_strdup(p, text);
    for (char *c = copy; *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    }
    return copy;
}

/* At most n characters. */
static const char *characters(struct pool *p, const char *text, size_t n)
{
    struct str rest = str_of(text);
    while (rest.n && n-- > 0) {
        utf8_next(&rest);
    }
    return pool_strndup(p, text, (size_t)(rest.p - text));
}

static struct wall hour_ago(const struct mail_taking *t)
{
    return (struct wall){t->in->at.us - HOUR_US};
}

/* The journal and what decides on the rest. false in *new_out: it was had before. */
static int look_up(struct db *db, struct mail_taking *t, const char *about, bool *new_out,
                   struct err *e)
{
    struct arg journal_args[JOURNAL_ARGS], ids[MAIL_THREADS_KNOWN_ARGS];
    struct arg name = A_TEXT(MAIL_SECRET), by = A_TEXT(t->from);
    struct arg as_written = A_TEXT(t->in->mail->from.address); /* as it may have been entered */
    struct arg since[] = {by, A_WALL(hour_ago(t))};
    struct arg since_written[] = {as_written, A_WALL(hour_ago(t))};
    struct rows taken, secret, customer, entered = {0}, recent, recent_entered = {0};
    struct query queries[7] = {
        journal_take(t->in->request, about, journal_args, &taken),
        installation_key_query(&name, &secret),
        {&customers_lock_by_email, &by, 1, &customer},
        mail_threads_since_query(since, &recent),
    };
    size_t n = 4;
    if (strcmp(t->from, t->in->mail->from.address) != 0) {
        queries[n++] = (struct query){&customers_lock_by_email, &as_written, 1, &entered};
        queries[n++] = mail_threads_since_query(since_written, &recent_entered);
    }
    n += mail_place_query(t->in->mail, ids, &t->known, &queries[n]);
    int rc = db_many(db, t->pool, queries, n, e);
    if (rc == 0) {
        *new_out = taken.n > 0;
        t->secret = secret.n ? row_str(&secret, 0, 0) : STR("");
        t->customer_id = customer.n ? row_i64(&customer, 0, 0) : 0;
        t->customer_id = !customer.n && entered.n ? row_i64(&entered, 0, 0) : t->customer_id;
        const struct rows *found = customer.n ? &customer : &entered;
        t->recent = customer.n ? recent : recent_entered;
        t->unnamed = found->n && row_is_null(found, 0, 2) &&
                     str_eq_nocase(row_str(found, 0, 1), str_of(t->from));
    }
    return rc;
}

/* What they call themselves, if it is fit to be a name. */
static const char *name_of(const struct mail_taking *t)
{
    const char *name = t->in->mail->from.name;
    bool good = name[0] && !strchr(name, '@') && strlen(name) <= NAME_MAX_BYTES;
    return good ? name : t->from;
}

/* Who had no name until now goes by the one that they give themselves. */
static int name_customer(struct db *db, struct mail_taking *t, struct err *e)
{
    if (!t->unnamed || t->unanswered || strcmp(name_of(t), t->from) == 0) {
        return 0;
    }
    int rc = customers_set_name(db, t->customer_id, name_of(t), t->in->at, e);
    return rc < 0 ? rc : changes_add(db, "customer", NULL, NULL, t->customer_id, t->in->at, e);
}

/* Somebody who writes for the first time. Whom a machine has written for becomes no customer. */
static int find_customer(struct db *db, struct mail_taking *t, struct err *e)
{
    bool wanted = t->customer_id == 0 && !t->unanswered;
    int rc = name_customer(db, t, e);
    return rc < 0   ? rc
           : wanted ? customers_find_or_make_by_email(db, t->pool, t->from, name_of(t), t->in->at,
                                                      &t->customer_id, e)
                    : 0;
}

/* Did they get their fill of answers in the last hour? Each mail that was to be answered counts. */
static void count_answers(struct mail_taking *t)
{
    int64_t n = 0, most = t->in->desk->replies;
    for (size_t i = 0; !t->unanswered && (int64_t)t->recent.n >= most && i < t->recent.n; i++) {
        json_t *document;
        bool readable = json_read(t->pool, row_str(&t->recent, i, 0), &document, NULL) == 0;
        n += readable && !json_object_get(document, "unanswered");
    }
    if (!t->unanswered && n >= most) {
        t->unanswered = "too_many";
        t->for_staff = true;
    }
}

/* What is answered: the new words; the whole text when nothing is new; else what it is about. */
static struct str words_of(const struct mail_taking *t)
{
    const struct mail *m = t->in->mail;
    struct str new = str_trim(m->reply_text), all = str_trim(m->text);
    struct str words = new.n ? new : all.n ? all : str_of(m->subject);
    return utf8_prefix(words, CONTENT_MAX_BYTES);
}

/* The conversation it belongs to, made or opened again when need be. */
static int find_place(struct db *db, struct mail_taking *t, struct err *e)
{
    const struct inbound_mail *in = t->in;
    struct mail_place_in look = {
        .mail = in->mail,
        .from = t->from,
        .customer_id = t->customer_id,
        .envelope = in->envelope,
        .n_envelope = in->n_envelope,
        .secret = t->secret,
        .known = &t->known,
        .at = in->at,
    };
    int rc = mail_place_find(db, t->pool, &look, &t->thread, e);
    if (rc < 0) {
        return rc;
    }
    if (!t->thread.by) {
        return conversation_begin(db, t->pool, t->customer_id, "email",
                                  characters(t->pool, in->mail->subject, SUBJECT_MAX_CHARACTERS),
                                  STR(""), in->at, &t->thread.conversation_id, e);
    }
    t->closing =
        !t->thread.active && (t->unanswered || (!in->n_files && burst_is_closing(words_of(t))));
    bool reopens = !t->thread.active && !t->closing;
    return reopens ? conversation_reopen(db, t->pool, t->thread.conversation_id.text, "customer",
                                         in->at, e)
                   : 0;
}

static int add_details(struct db *db, const struct mail_taking *t, const struct id *files,
                       struct err *e)
{
    const struct mail *m = t->in->mail;
    struct pool *p = t->pool;
    struct email_new email = {
        .message_id = t->message_id.text,
        .subject = characters(p, m->subject, SUBJECT_MAX_CHARACTERS),
        .body_html = m->html.p ? str_dup(p, m->html) : NULL,
        .body_text = str_dup(p, m->text),
        .from_address = t->from,
        .to_address = t->reached,
        .cc_addresses = mail_cc_list(t),
        .references = mail_references_list(t),
        .attachments = mail_files_list(t, files),
        .in_reply_to = m->in_reply_to,
        .provider_message_id =
            m->message_id && strlen(m->message_id) <= ADDRESS_MAX_BYTES ? m->message_id : NULL,
        .delivery_status = "received",
    };
    return messages_insert_email(db, &email, e);
}

static int add_message(struct db *db, const struct mail_taking *t, struct err *e)
{
    const struct inbound_mail *in = t->in;
    struct id *files = pool_calloc(t->pool, in->n_files + 1, sizeof *files);
    for (size_t i = 0; i < in->n_files; i++) {
        files[i] = id_new();
    }
    struct message_new message = {
        .id = t->message_id.text,
        .conversation_id = t->thread.conversation_id.text,
        .direction = "inbound",
        .content = words_of(t),
        .at = in->at,
        .processed = t->unanswered || t->closing,
        .metadata = mail_metadata(t),
    };
    int rc = conversation_add_message(db, t->pool, &message, e);
    rc = rc < 0 ? rc : add_details(db, t, files, e);
    return rc < 0 ? rc : mail_add_files(db, t, files, e);
}

/* Why nobody answers it, or what is odd about it: for those who look, or have to. */
static int tell_staff(struct db *db, const struct mail_taking *t, const char *reason, bool must,
                      struct err *e)
{
    const char *details = pool_printf(t->pool, "{\"reason\":\"%s\"}", reason);
    return conversation_add_event(db, t->pool, t->thread.conversation_id.text, t->message_id.text,
                                  must ? "escalation_requested" : "mail_not_answered",
                                  str_of(details), t->in->at, NULL, e);
}

/* Is it a word such as STOP, and nothing else? Then it has its effect, and no answer. */
static int hear_consent(struct db *db, struct mail_taking *t, bool *handled, struct err *e)
{
    const struct inbound_mail *in = t->in;
    struct consent_heard heard = {
        .channel = "email",
        .conversation_id = t->thread.conversation_id.text,
        .message_id = t->message_id.text,
        .provider_id = in->mail->message_id ? in->mail->message_id : "",
        .from = t->from,
        .to = "", /* no mail follows that they will get no more mail */
        .body = words_of(t),
        .replies_are_ours = true,
        .business_name = in->business_name,
        .at = in->at,
        .now = in->at,
    };
    int rc = consent_hear(db, t->pool, &heard, handled, e);
    return rc == 0 && *handled ? messages_set_processed(db, t->message_id.text, NULL, e) : rc;
}

static int order_answer(struct db *db, struct mail_taking *t, struct err *e)
{
    const char *conversation = t->thread.conversation_id.text;
    const char *payload = pool_printf(t->pool, "{\"conversation_id\":\"%s\",\"message_id\":\"%s\"}",
                                      conversation, t->message_id.text);
    struct wall run_at = {t->in->at.us + burst_wait(words_of(t), t->in->burst_us)};
    return jobs_add(db, "turn", conversation_lane(t->pool, "turn", conversation), str_of(payload),
                    run_at, t->in->at, e);
}

static int follow_up(struct db *db, struct mail_taking *t, bool *answered_out, struct err *e)
{
    bool handled = false;
    if (t->unanswered) {
        return tell_staff(db, t, t->unanswered, t->for_staff, e);
    }
    int rc = t->thread.stranger ? tell_staff(db, t, "stranger_in_thread", true, e) : 0;
    if (rc == 0 && !t->closing) {
        rc = hear_consent(db, t, &handled, e);
    }
    if (rc < 0 || handled || t->closing) {
        return rc;
    }
    *answered_out = true;
    return order_answer(db, t, e);
}

static int take_message(struct db *db, struct mail_taking *t, bool *answered_out, struct err *e)
{
    t->unanswered = mail_unanswerable(t, &t->for_staff);
    int rc = find_customer(db, t, e);
    count_answers(t);
    rc = rc < 0 ? rc : find_place(db, t, e);
    rc = rc < 0 ? rc : add_message(db, t, e);
    return rc < 0 ? rc : follow_up(db, t, answered_out, e);
}

static bool is_of_us_or_nobody(const struct mail_taking *t)
{
    return t->from[0] == '\0' || mail_desk_owns(t->in->desk, t->from);
}

int inbound_mail_take(struct db *db, struct pool *p, const struct inbound_mail *in,
                      struct inbound_mail_result *out, struct err *e)
{
    struct mail_taking t = {.pool = p, .in = in, .message_id = id_new()};
    bool is_new = false;
    bool bounce = in->mail->has_bounce;
    const char *from = in->mail->from.address;
    struct inbound_mail_result result = {.duplicate = false};
    t.from = strlen(from) <= ADDRESS_MAX_BYTES ? lower(p, from) : "";
    t.reached = mail_desk_reached(p, in);
    int rc = look_up(db, &t, bounce ? NULL : t.message_id.text, &is_new, e);
    if (rc == 0 && is_of_us_or_nobody(&t)) {
        t.customer_id = 0;
        t.unnamed = false;
        t.recent.n = 0;
    }
    if (rc == 0 && is_new && bounce) {
        rc = mail_bounce_take(db, p, &in->mail->bounce, in->at, &result.message_id, e);
    } else if (rc == 0 && is_new) {
        rc = take_message(db, &t, &result.answered, e);
        result.message_id = pool_strdup(p, t.message_id.text);
    }
    result.duplicate = !is_new;
    if (rc == 0) {
        *out = result;
    }
    return rc;
}
