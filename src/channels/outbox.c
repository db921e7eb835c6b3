/* SPDX-License-Identifier: Apache-2.0 */
/*
 * At most once towards the provider, as far as it lets us: the claim of the job is durable before
 * the first attempt, so a later attempt knows that there was one, and looks before it sends.
 */
#include "channels/outbox.h"

#include "base/fault.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/metrics.h"
#include "channels/outbox_consent.h"
#include "channels/overtaken.h"
#include "channels/pace.h"
#include "channels/sms_status.h"
#include "domain/conversation.h"
#include "domain/media_link.h"
#include "domain/whatsapp.h"
#include "store/attachments.h"
#include "store/changes.h"
#include "store/waiting.h"

/* Provider's clock and ours may differ by so much. */
#define CLOCK_SKEW_US (60 * US_PER_SECOND)
/* Like texts to look through, the newest: a lane sends one at a time, so ours is the last of them.
 */
#define FOUND_MAX 50
/* A provider fetches files within minutes; it may be asked to show them for some time more. */
#define MEDIA_LINK_US (2 * US_PER_DAY)

struct sending {
    struct job_run *run;
    const struct outbox_config *config;
    const struct provider_ops *provider; /* that sends this message */
    const struct provider_account *account;
    bool answers; /* it is the assistant's answer to something */
    struct sms_state sms;
    struct whatsapp_contact contact; /* whoever hides the number; user_id.n == 0: nobody does */
    const char *purpose;             /* of domain/outbox.h */
    struct outbox_leaving leaving;
    bool is_template;
    struct whatsapp_filled filled; /* of a template */
    struct provider_template template;
    bool has_files;
    struct provider_file *files;
    size_t n_files;
    struct provider_result result;
};

static bool by_meta(const struct outbox_config *c, const struct sms_state *sms)
{
    if (!c->meta || !str_eq(sms->channel, STR("whatsapp"))) {
        return false;
    }
    if (!c->provider || c->whatsapp == OUTBOX_WHATSAPP_META) {
        return true;
    }
    return c->whatsapp == OUTBOX_WHATSAPP_BY_NUMBER &&
           !str_eq(sms->from_number, str_of(c->number ? c->number : ""));
}

static void choose_provider(struct sending *s)
{
    bool meta = by_meta(s->config, &s->sms);
    s->provider = meta ? s->config->meta : s->config->provider;
    s->account = meta ? &s->config->meta_account : &s->config->account;
}

/* Which template it is, and its values. */
static int read_template(struct db *db, struct sending *s, struct err *e)
{
    struct message m;
    int rc = messages_get(db, s->run->pool, s->sms.message_id.p, &m, e);
    if (rc < 0) {
        return rc;
    }
    if (!whatsapp_filled_read(s->run->pool, m.metadata, &s->filled)) {
        return err_set(e, ERR_MALFORMED, "the message does not say which template it is");
    }
    s->template = (struct provider_template){.name = s->filled.name,
                                             .language = s->filled.language,
                                             .content_sid = s->filled.content_sid,
                                             .values = s->filled.values,
                                             .n_values = s->filled.n_values};
    return 0;
}

/* The files that go along, each by an address that is good until the provider has fetched it. */
static int read_files(struct db *db, struct sending *s, struct err *e)
{
    struct pool *p = s->run->pool;
    struct arg id = A_STR(s->sms.message_id);
    struct rows rows;
    struct query query = attachments_of_message_query(&id, &rows);
    struct wall until = {wall_now().us + MEDIA_LINK_US};
    int rc = db_many(db, p, &query, 1, e);
    s->files = rc == 0 ? pool_calloc(p, rows.n + 1, sizeof *s->files) : NULL;
    for (size_t i = 0; rc == 0 && i < rows.n; i++) {
        struct attachment a;
        attachment_from_row(&rows, i, &a);
        s->files[s->n_files++] = (struct provider_file){
            .url =
                media_link_make(p, s->config->media_secret, s->config->public_url, a.id.p, until),
            .type = a.content_type.p ? a.content_type.p : a.declared_type.p,
            .name = a.filename.p ? a.filename.p : "file",
        };
    }
    return rc;
}

static int read_message(struct sending *s, struct err *e)
{
    struct pool *p = s->run->pool;
    json_t *payload;
    int rc = json_read(p, s->run->job->payload, &payload, e);
    if (rc < 0) {
        return rc;
    }
    s->answers = strcmp(json_get_text(payload, "said_by", ""), "assistant") == 0 &&
                 strcmp(json_get_text(payload, "purpose", ""), "answer") == 0;
    s->purpose = json_get_text(payload, "purpose", "answer");
    s->is_template = json_get_bool(payload, "template", false);
    s->has_files = json_get_bool(payload, "files", false);
    CLEANUP(store_return) struct db *db = NULL;
    rc = store_borrow(s->run->store, &db, e);
    if (rc == 0) {
        rc = messages_sms_state(db, p, json_get_text(payload, "message_id", ""), NULL, &s->sms, e);
    }
    if (rc == 0 && s->is_template) {
        rc = read_template(db, s, e);
    }
    if (rc == 0 && s->has_files) {
        rc = read_files(db, s, e);
    }
    if (rc == 0 && str_starts(s->sms.to_number, STR("wa:"))) {
        rc = whatsapp_contact_get(db, p, NULL, s->sms.to_number.p, &s->contact, e);
    }
    return rc;
}

/* What the provider has of this text that no other message of ours claims: it is this one. */
static int look_for_it(struct sending *s, const struct provider_send *message, bool *found_out,
                       struct err *e)
{
    struct pool *p = s->run->pool;
    struct provider_sent found[FOUND_MAX];
    struct wall since = {s->run->job->first_attempted_at.us - CLOCK_SKEW_US};
    int n = s->provider->find(s->run->http, p, s->account, message, since, found, FOUND_MAX, e);
    if (n < 0) {
        return n;
    }
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s->run->store, &db, e);
    for (int i = 0; i < n && rc == 0; i++) {
        bool taken; /* a delivery report may have given it to this very message meanwhile */
        rc = messages_sms_taken(db, p, found[i].id, s->sms.message_id.p, &taken, e);
        if (rc == 0 && !taken) {
            s->result = (struct provider_result){.failure = PROVIDER_OK, .sent = found[i]};
            *found_out = true;
            return 0;
        }
    }
    return rc;
}

/*
 * Where nothing can be looked up, a report of the last attempt has had its time to come before
 * there is another: had one come, the message would have its provider's id.
 */
static int wait_for_report(struct sending *s, struct err *e)
{
    int64_t since_ms = (wall_now().us - s->run->job->first_attempted_at.us) / 1000;
    int64_t left_ms = s->provider->settle_ms - since_ms;
    if (left_ms <= 0) {
        return 0;
    }
    s->run->retry_after_ms = left_ms;
    return err_set(e, ERR_PROVIDER, "a report may come yet of the attempt before");
}

/* Asks about former attempts. *found_out: one of them was successful. */
static int look_back(struct sending *s, const struct provider_send *message, bool *found_out,
                     struct err *e)
{
    if (s->run->job->attempts == 1) {
        return 0;
    }
    return s->provider->find ? look_for_it(s, message, found_out, e) : wait_for_report(s, e);
}

static int hand_to_provider(struct sending *s, struct err *e)
{
    struct pool *p = s->run->pool;
    if (!s->provider) {
        s->result = (struct provider_result){.failure = PROVIDER_REFUSED};
        snprintf(s->result.text, sizeof s->result.text, "no provider sends messages of this kind");
        return 0;
    }
    struct provider_send message = {
        .channel = s->sms.channel.p,
        .from = s->sms.from_number.p,
        .to = s->sms.to_number.p,
        .body = s->sms.content,
        .message_id = s->sms.message_id.p,
        .template = s->is_template ? &s->template : NULL,
        .files = s->files,
        .n_files = s->n_files,
        .user_id = s->contact.user_id.n ? s->contact.user_id.p : NULL,
        .status_url = s->config->status_url ? pool_printf(p, "%s?message=%s", s->config->status_url,
                                                          s->sms.message_id.p)
                                            : NULL,
    };
    bool found = false;
    int rc = look_back(s, &message, &found, e);
    if (rc == 0) {
        fault_point("send_decided");
    }
    if (rc < 0 || found) {
        return rc;
    }
    rc = outbox_may_leave(s->run->store, p, &s->sms, s->purpose, &s->config->night, wall_now(),
                          &s->leaving, e);
    if (rc == 0 && s->leaving.leave == LEAVE_NOW) {
        s->provider->send(s->run->http, p, s->account, &message, &s->result);
    }
    return rc;
}

static int record_failure(struct db *db, struct pool *p, const struct sms_state *sms,
                          const char *code, const char *text, struct err *e)
{
    struct buf details;
    buf_init(&details, 2048);
    struct jw j = jw_to(&details);
    jw_object(&j);
    jw_kv_text(&j, "code", code);
    jw_kv_text(&j, "text", text);
    jw_object_end(&j);
    struct wall now = wall_now();
    struct sms_update update = {.message_id = sms->message_id.p,
                                .delivery_status = "failed",
                                .error_code = code[0] ? code : NULL,
                                .error_message = text,
                                .failed_at = now};
    int rc = messages_update_sms(db, &update, e);
    if (rc == 0) {
        rc = conversation_add_event(db, p, sms->conversation_id.p, sms->message_id.p,
                                    "delivery_failed", buf_str(&details), now, NULL, e);
    }
    if (rc == 0) {
        rc = changes_add(db, "message", sms->conversation_id.p, sms->message_id.p, 0, now, e);
    }
    if (rc == 0) {
        rc = outbox_learn_opt_out(db, p, sms, code, now, e);
    }
    buf_clear(&details);
    return rc;
}

/* A delivery report may have come before we knew that the message was taken. */
static int record_sent(struct db *db, struct sending *s, struct err *e)
{
    struct pool *p = s->run->pool;
    struct sms_state now_is;
    int rc = messages_sms_state(db, p, s->sms.message_id.p, NULL, &now_is, e);
    if (rc < 0) {
        return rc;
    }
    const struct provider_sent *sent = &s->result.sent;
    struct sms_update update = {.message_id = s->sms.message_id.p,
                                .provider_message_id = sent->id,
                                .segments = sent->segments};
    if (sms_status_advances(now_is.delivery_status.p, sent->status)) {
        update.delivery_status = sent->status;
    }
    rc = messages_update_sms(db, &update, e);
    return rc < 0 ? rc
                  : changes_add(db, "message", s->sms.conversation_id.p, s->sms.message_id.p, 0,
                                wall_now(), e);
}

static int record(struct db *db, void *arg, struct err *e)
{
    struct sending *s = arg;
    struct pool *p = s->run->pool;
    if (s->result.failure == PROVIDER_OK) {
        int rc = jobs_finish(db, p, s->run->job, e);
        return rc < 0 ? rc : record_sent(db, s, e);
    }
    int rc = jobs_bury(db, p, s->run->job, s->result.text, e); /* there to be tried again by hand */
    return rc < 0 ? rc : record_failure(db, p, &s->sms, s->result.code, s->result.text, e);
}

/* A courtesy to the customer: nothing depends on it, and it is not tried again. */
static void show_as_read(struct sending *s)
{
    struct pool *p = s->run->pool;
    struct str id = {NULL, 0};
    struct err e = {0};
    if (!s->config->read_receipts || !s->provider || !s->provider->mark_read) {
        return;
    }
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s->run->store, &db, &e);
    if (rc == 0) {
        rc = messages_last_inbound(db, p, s->sms.conversation_id.p, &id, &e);
    }
    store_return(&db);
    if (rc == 0 && id.n) {
        rc = s->provider->mark_read(s->run->http, p, s->account, id.p, &e);
    }
    if (rc < 0) {
        log_info("a message could not be shown as read", LOG_TEXT("why", err_text(&e, rc)));
    }
}

/* Not done, or not known to be: how it goes on. */
static int put_off(struct sending *s, struct err *e)
{
    const struct provider_result *r = &s->result;
    s->run->retry_after_ms = r->retry_after_ms > 0 ? r->retry_after_ms : -1;
    if (r->setup) {
        log_warn("messages cannot be sent until the account or the settings are mended",
                 LOG_TEXT("provider", s->provider->name), LOG_TEXT("code", r->code),
                 LOG_TEXT("why", r->text));
    }
    if (r->failure == PROVIDER_LATER) {
        return err_set(e, ERR_PROVIDER, "%s", r->text);
    }
    int64_t settle_ms = s->provider->find ? s->config->settle_ms : s->provider->settle_ms;
    s->run->retry_after_ms = MAX_OF(r->retry_after_ms, settle_ms);
    return err_set(e, ERR_PROVIDER, "%s; it may have been sent all the same", r->text);
}

static int stay(struct db *db, void *arg, struct err *e)
{
    struct sending *s = arg;
    return outbox_stay(db, s->run->pool, s->run->job, &s->sms, s->purpose, &s->leaving, wall_now(),
                       e);
}

int outbox_job(struct job_run *run, struct err *e)
{
    struct sending s = {.run = run, .config = run->arg};
    fault_point("send_begun");
    int rc = read_message(&s, e);
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        run->give_up = true;
        return rc;
    }
    choose_provider(&s);
    bool sent_already = rc == 0 && s.sms.provider_message_id.n > 0;
    if (rc == 0 && !sent_already && s.answers && run->job->attempts == 1) {
        bool withdrawn = false;
        rc = overtaken_withdraw(run, s.sms.conversation_id.p, s.sms.message_id.p,
                                s.config->burst_max_us, &withdrawn, e);
        if (rc < 0 || withdrawn) {
            return rc;
        }
    }
    if (sent_already) { /* a delivery report named it before we could record it */
        s.result.sent.id = s.sms.provider_message_id.p;
        s.result.sent.status = s.sms.delivery_status.p;
    } else if (rc == 0) {
        rc = hand_to_provider(&s, e);
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
    fault_point("send_answered");
    rc = store_write(run->store, record, &s, e);
    fault_point("send_recorded");
    if (rc == 0 && s.result.failure == PROVIDER_OK) {
        metric_add(METRIC_messages_sent_total, 1);
        show_as_read(&s);
    }
    return rc;
}

int outbox_admit(struct db *db, struct pool *p, const struct job *jobs, size_t n, struct wall now,
                 struct wall *slots_out, void *arg, struct err *e)
{
    const struct outbox_config *config = arg;
    return config->rate ? pace_admit(db, p, jobs, n, config->rate, config->account.service, now,
                                     slots_out, e)
                        : 0;
}

int outbox_buried(struct db *db, struct pool *p, const struct job *job, const char *why, void *arg,
                  struct err *e)
{
    (void)arg;
    json_t *payload;
    struct sms_state sms;
    int rc = json_read(p, job->payload, &payload, e);
    if (rc == 0) {
        rc = messages_sms_state(db, p, json_get_text(payload, "message_id", ""), NULL, &sms, e);
    }
    if (rc == ERR_NOT_FOUND || rc == ERR_MALFORMED) {
        return 0; /* nothing is left that could be marked */
    }
    return rc ? rc : record_failure(db, p, &sms, "", why, e);
}

int outbox_report(struct db *db, struct pool *p, const struct delivery_report *r,
                  const char **message_id_out, struct err *e)
{
    struct sms_state sms;
    int rc = messages_sms_state(db, p, NULL, r->provider_id, &sms, e);
    if (rc == ERR_NOT_FOUND && r->message_id) {
        rc = messages_sms_state(db, p, r->message_id, NULL, &sms, e);
        if (rc == 0 && sms.provider_message_id.n) {
            return err_set(e, ERR_NOT_FOUND, "the message is known under another provider id");
        }
    }
    if (rc < 0) {
        return rc;
    }
    *message_id_out = sms.message_id.p;
    bool newly_read = r->read && !sms.read;
    /* We gave it up without knowing that it had been taken: the provider knows better. */
    bool given_up = sms.provider_message_id.n == 0 && str_eq(sms.delivery_status, STR("failed"));
    bool advances = given_up || sms_status_advances(sms.delivery_status.p, r->status);
    if (!advances && !newly_read) {
        return 0;
    }
    if (given_up) {
        rc = waiting_forget(db, sms.message_id, e);
    }
    struct sms_update update = {.message_id = sms.message_id.p,
                                .provider_message_id = r->provider_id};
    if (newly_read) {
        update.read_at = r->at;
    }
    if (rc == 0 && (strcmp(r->status, "failed") == 0 || strcmp(r->status, "undelivered") == 0)) {
        rc = record_failure(db, p, &sms, r->code, r->text, e);
    }
    if (advances) {
        update.delivery_status = r->status;
    }
    if (advances && strcmp(r->status, "delivered") == 0) {
        update.delivered_at = r->at;
    }
    if (rc == 0) {
        rc = messages_update_sms(db, &update, e);
    }
    return rc < 0
               ? rc
               : changes_add(db, "message", sms.conversation_id.p, sms.message_id.p, 0, r->at, e);
}
