/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that an attempt needs is read anew, so that attempts differ in nothing but their Date: the
 * Message-ID is made of the ids of conversation and message.
 */
#include "channels/mail_outbox.h"

#include "base/fault.h"
#include "base/json_read.h"
#include "base/log.h"
#include "base/metrics.h"
#include "channels/overtaken.h"
#include "domain/business.h"
#include "domain/consent.h"
#include "domain/mail_report.h"
#include "domain/mail_thread.h"
#include "domain/outbox.h"
#include "mail/mail_token.h"
#include "store/attachments.h"
#include "store/changes.h"
#include "store/mails.h"

struct posting {
    struct job_run *run;
    const struct mail_outbox_config *config;
    bool answers; /* it is the assistant's answer to something */
    const char *said_by, *purpose;
    struct mail_state mail;
    const char *business; /* the name beside our address */
    struct mail_file *files;
    size_t n_files;
    int spool_fd; /* the large ones, as many bytes as `spooled`; -1: there are none */
    int64_t spooled;
    struct sms_state who; /* for the rules that texts have too: recipient and conversation */
    struct outbox_leaving leaving;
    const char *unsubscribe_url;
    struct mail_draft draft;
    struct provider_result result;
};

/* ---- what there is ---- */

#define FILE_IN_MEMORY_BYTES (256 << 10)

static int keep_piece(void *arg, struct str piece, struct err *e)
{
    return spool_write(*(int *)arg, piece, e);
}

/* A file's bytes: those of a small one in memory, all others one after the other in a file. */
static int read_content(struct db *db, struct posting *s, const struct attachment *a,
                        struct spooled *out, struct err *e)
{
    struct pool *p = s->run->pool;
    struct str bytes;
    if (a->size_bytes <= FILE_IN_MEMORY_BYTES) {
        int rc = attachments_bytes(db, p, a, &bytes, e);
        *out = spooled_of(rc == 0 ? bytes : STR(""));
        return rc;
    }
    if (s->spool_fd < 0) {
        int rc = spool_new(s->config->account.spool, &s->spool_fd, e);
        if (rc < 0) {
            return rc;
        }
        spool_keep(p, s->spool_fd);
    }
    *out = (struct spooled){.fd = s->spool_fd, .from = s->spooled, .size = a->size_bytes};
    s->spooled += a->size_bytes;
    return attachments_read(db, a, keep_piece, &s->spool_fd, e);
}

static int read_files(struct db *db, struct posting *s, struct err *e)
{
    struct pool *p = s->run->pool;
    struct arg id = A_TEXT(s->mail.message_id.p);
    struct rows rows;
    struct query query = attachments_of_message_query(&id, &rows);
    int rc = db_many(db, p, &query, 1, e);
    s->files = rc == 0 ? pool_calloc(p, rows.n + 1, sizeof *s->files) : NULL;
    for (size_t i = 0; rc == 0 && i < rows.n; i++) {
        struct attachment a;
        struct spooled content;
        attachment_from_row(&rows, i, &a);
        rc = read_content(db, s, &a, &content, e);
        if (rc == 0) {
            s->files[s->n_files++] = (struct mail_file){
                a.filename.p ? a.filename.p : "file",
                a.content_type.p ? a.content_type.p : a.declared_type.p, content};
        }
    }
    return rc;
}

static int read_business(struct db *db, struct posting *s, struct err *e)
{
    struct facts facts = {0};
    s->business = s->config->name;
    if (s->business && s->business[0]) {
        return 0;
    }
    int rc = business_load(db, s->run->pool, &facts, e);
    s->business = rc == 0 ? facts.business_name : NULL;
    return rc;
}

static int read_mail(struct posting *s, struct err *e)
{
    struct pool *p = s->run->pool;
    json_t *payload;
    int rc = json_read(p, s->run->job->payload, &payload, e);
    if (rc < 0) {
        return rc;
    }
    s->said_by = json_get_text(payload, "said_by", "");
    s->purpose = json_get_text(payload, "purpose", "answer");
    s->answers = strcmp(s->said_by, "assistant") == 0 && strcmp(s->purpose, "answer") == 0;
    CLEANUP(store_return) struct db *db = NULL;
    rc = store_borrow(s->run->store, &db, e);
    if (rc == 0) {
        rc = mails_get(db, p, json_get_text(payload, "message_id", ""), &s->mail, e);
    }
    if (rc == 0) {
        rc = read_files(db, s, e);
    }
    if (rc == 0) {
        rc = read_business(db, s, e);
    }
    if (rc == 0) {
        s->who = (struct sms_state){
            .message_id = s->mail.message_id,
            .conversation_id = s->mail.conversation_id,
            .provider_message_id = s->mail.provider_message_id,
            .from_number = s->mail.from_address,
            .to_number = str_of(consent_key(p, s->mail.to_address.p)),
            .channel = STR("email"),
        };
    }
    return rc;
}

/* ---- what is sent ---- */

static int make_link(struct db *db, void *arg, struct err *e)
{
    struct posting *s = arg;
    return consent_unsubscribe_url(db, s->run->pool, s->config->public_url, s->who.to_number.p,
                                   s->purpose, wall_now(), &s->unsubscribe_url, e);
}

/* Reminders and advertisements can be stopped with one click. */
static int find_link(struct posting *s, struct err *e)
{
    bool due = outbox_is_bulk(outbox_purpose_of(s->purpose)) && s->config->public_url;
    return due ? store_write(s->run->store, make_link, s, e) : 0;
}

static struct str text_of(struct posting *s)
{
    if (!s->unsubscribe_url) {
        return s->mail.text;
    }
    return str_of(pool_printf(s->run->pool,
                              STR_FMT "\n\n-- \nTo get no more of these e-mails: %s\n",
                              STR_ARG(s->mail.text), s->unsubscribe_url));
}

/* RFC 3834: who answers by machine says so; so does who writes by machine of itself. */
static const char *auto_submitted(const struct posting *s)
{
    return s->answers || strcmp(s->purpose, "confirmation") == 0 ? "auto-replied"
           : strcmp(s->said_by, "staff") == 0                    ? NULL
                                                                 : "auto-generated";
}

static int write_draft(struct posting *s, struct err *e)
{
    struct pool *p = s->run->pool;
    const struct mail_outbox_config *c = s->config;
    const char *at = strrchr(c->address, '@');
    const char *token = mail_token_make(p, c->key, s->mail.conversation_id.p);
    const char *id =
        token && at ? mail_token_message_id(p, token, s->mail.message_id.p, at + 1) : NULL;
    const char **references;
    size_t n;
    int rc = mail_thread_ids(p, s->mail.references, &references, &n, e);
    if (rc < 0) {
        return rc;
    }
    s->draft = (struct mail_draft){
        .from = {s->business, c->address},
        .to = s->mail.to_address.p,
        .reply_to = c->reply_tokens && token ? mail_token_address(p, c->address, token) : NULL,
        .subject = s->mail.subject.p,
        .text = text_of(s),
        .html = s->unsubscribe_url ? (struct str){NULL, 0} : s->mail.html,
        .message_id = id,
        .in_reply_to = s->mail.in_reply_to.n ? s->mail.in_reply_to.p : NULL,
        .references = references,
        .n_references = n,
        .date = wall_now(),
        .auto_submitted = auto_submitted(s),
        .unsubscribe_url = s->unsubscribe_url,
        .files = s->files,
        .n_files = s->n_files,
    };
    return 0;
}

/* ---- sending ---- */

/* A report of an attempt before has its time to come, unless none of them was taken for certain:
 * had one come, the mail would be known as sent. */
static int wait_for_report(struct posting *s, struct err *e)
{
    int64_t since_ms = (wall_now().us - s->run->job->first_attempted_at.us) / 1000;
    int64_t left_ms = s->config->account.settle_ms - since_ms;
    bool certain = s->mail.attempts_untaken == s->run->job->attempts - 1;
    if (certain || left_ms <= 0) {
        return 0;
    }
    s->run->retry_after_ms = left_ms;
    return err_set(e, ERR_PROVIDER, "a report may come yet of the attempt before");
}

static int hand_over(struct posting *s, struct err *e)
{
    struct pool *p = s->run->pool;
    int rc = wait_for_report(s, e);
    if (rc == 0) {
        fault_point("mail_decided");
        rc = outbox_may_leave(s->run->store, p, &s->who, s->purpose, &s->config->night, wall_now(),
                              &s->leaving, e);
    }
    if (rc < 0 || s->leaving.leave != LEAVE_NOW) {
        return rc;
    }
    rc = find_link(s, e);
    if (rc == 0) {
        rc = write_draft(s, e);
    }
    if (rc == 0) {
        struct mail_send mail = {
            .draft = &s->draft,
            .bounces_to = s->draft.reply_to ? s->draft.reply_to : s->config->address,
            .message_id = s->mail.message_id.p,
        };
        s->config->provider->send(s->run->http, p, &s->config->account, &mail, &s->result);
    }
    return rc;
}

/* A report may have come before we knew that the mail was taken. */
static int record_sent(struct db *db, struct posting *s, struct err *e)
{
    struct pool *p = s->run->pool;
    struct mail_state now_is;
    struct wall now = wall_now();
    int rc = mails_get(db, p, s->mail.message_id.p, &now_is, e);
    if (rc < 0) {
        return rc;
    }
    const struct provider_sent *sent = &s->result.sent;
    struct mail_update update = {.message_id = s->mail.message_id.p,
                                 .provider_message_id = sent->id};
    if (mail_status_advances(now_is.delivery_status.p, sent->status)) {
        update.delivery_status = sent->status;
    }
    rc = mails_update(db, &update, e);
    return rc < 0 ? rc
                  : changes_add(db, "message", s->mail.conversation_id.p, s->mail.message_id.p, 0,
                                now, e);
}

static int record(struct db *db, void *arg, struct err *e)
{
    struct posting *s = arg;
    struct pool *p = s->run->pool;
    if (s->result.failure == PROVIDER_OK) {
        int rc = jobs_finish(db, p, s->run->job, e);
        return rc < 0 ? rc : record_sent(db, s, e);
    }
    int rc = jobs_bury(db, p, s->run->job, s->result.text, e); /* there to be tried again by hand */
    if (rc == 0 && s->mail.attempts_untaken == s->run->job->attempts - 1) {
        rc = mails_set_untaken(db, s->mail.message_id.p, 1, e); /* outbox_retry counts from one */
    }
    return rc < 0 ? rc
                  : mail_failed(db, p, s->mail.conversation_id.p, s->mail.message_id.p, "failed",
                                s->result.code, s->result.text, wall_now(), e);
}

/* Was it certainly not taken, as those before? Then the next attempt need not wait. */
static int note_attempt(struct db *db, void *arg, struct err *e)
{
    struct posting *s = arg;
    int64_t attempts = s->run->job->attempts;
    bool untaken = s->result.failure == PROVIDER_LATER && s->mail.attempts_untaken == attempts - 1;
    return mails_set_untaken(db, s->mail.message_id.p, untaken ? attempts : 0, e);
}

/* Not done, or not known to be: how it goes on. */
static int put_off(struct posting *s, struct err *e)
{
    const struct provider_result *r = &s->result;
    int rc = store_write(s->run->store, note_attempt, s, e);
    if (rc < 0) {
        return rc;
    }
    s->run->retry_after_ms = r->retry_after_ms > 0 ? r->retry_after_ms : -1;
    if (r->setup) {
        log_warn("e-mails cannot be sent until the account or the settings are mended",
                 LOG_TEXT("provider", s->config->provider->name), LOG_TEXT("code", r->code),
                 LOG_TEXT("why", r->text));
    }
    if (r->failure == PROVIDER_LATER) {
        return err_set(e, ERR_PROVIDER, "%s", r->text);
    }
    s->run->retry_after_ms = MAX_OF(r->retry_after_ms, s->config->account.settle_ms);
    return err_set(e, ERR_PROVIDER, "%s; it may have been sent all the same", r->text);
}

static int stay(struct db *db, void *arg, struct err *e)
{
    struct posting *s = arg;
    return outbox_stay(db, s->run->pool, s->run->job, &s->who, s->purpose, &s->leaving, wall_now(),
                       e);
}

/* An answer that something newer has overtaken is not sent. */
static int look_for_newer(struct posting *s, bool *withdrawn, struct err *e)
{
    *withdrawn = false;
    if (!s->answers || s->run->job->attempts != 1) {
        return 0;
    }
    return overtaken_withdraw(s->run, s->mail.conversation_id.p, s->mail.message_id.p,
                              s->config->burst_max_us, withdrawn, e);
}

int mail_outbox_job(struct job_run *run, struct err *e)
{
    struct posting s = {.run = run, .config = run->arg, .spool_fd = -1};
    bool withdrawn = false;
    fault_point("mail_begun");
    int rc = read_mail(&s, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        run->give_up = true; /* erased meanwhile, or not a job of ours */
        return rc;
    }
    bool sent_already = rc == 0 && s.mail.provider_message_id.n > 0;
    if (rc == 0 && !sent_already) {
        rc = look_for_newer(&s, &withdrawn, e);
    }
    if (rc < 0 || withdrawn) {
        return rc;
    }
    if (sent_already) { /* an event named it before we could record it */
        s.result.sent = (struct provider_sent){.id = s.mail.provider_message_id.p,
                                               .status = s.mail.delivery_status.p};
    } else {
        rc = hand_over(&s, e);
    }
    if (rc < 0) {
        return rc;
    }
    if (s.leaving.leave != LEAVE_NOW) {
        return store_write(run->store, stay, &s, e);
    }
    if (s.result.failure == PROVIDER_LATER || s.result.failure == PROVIDER_UNCERTAIN) {
        return put_off(&s, e);
    }
    fault_point("mail_answered");
    rc = store_write(run->store, record, &s, e);
    fault_point("mail_recorded");
    if (rc == 0 && s.result.failure == PROVIDER_OK) {
        metric_add(METRIC_messages_sent_total, 1);
    }
    return rc;
}

int mail_outbox_buried(struct db *db, struct pool *p, const struct job *job, const char *why,
                       void *arg, struct err *e)
{
    (void)arg;
    json_t *payload;
    struct mail_state mail;
    int rc = json_read(p, job->payload, &payload, e);
    if (rc == 0) {
        rc = mails_get(db, p, json_get_text(payload, "message_id", ""), &mail, e);
    }
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        return 0; /* nothing is left that could be marked */
    }
    return rc ? rc
              : mail_failed(db, p, mail.conversation_id.p, mail.message_id.p, "failed", "", why,
                            wall_now(), e);
}
