/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Twilio's requests become: a text or WhatsApp message that came in, a report on one that was
 * sent. Reports come without an id of their own; message and status name them, for a status is
 * reported once.
 */
#include "base/utf8.h"
#include "channels/inbound_sms.h"
#include "channels/inbox.h"
#include "channels/outbox.h"
#include "domain/inbound_text.h"

struct read_text {
    struct inbound_sms sms;
    struct wall at;
};

/* The name that the request gives itself, if it is fit to be one. */
static void name(struct inbox_work *w, const struct form *form, const char *suffix)
{
    struct str sid = form_get(form, "MessageSid");
    if (twilio_sid_ok(sid, "SM") || twilio_sid_ok(sid, "MM")) {
        w->entry.provider_id = pool_printf(w->pool, STR_FMT "%s", STR_ARG(sid), suffix);
    }
}

static int read_message(struct inbox_work *w, struct err *e)
{
    struct read_text *t = pool_calloc(w->pool, 1, sizeof *t);
    struct form form;
    int rc = form_parse(w->pool, w->entry.body, &form, e);
    if (rc < 0) {
        return rc;
    }
    name(w, &form, "");
    rc = inbound_sms_read(&form, &t->sms, e);
    if (rc < 0) {
        return rc;
    }
    /* Only what we read from the provider's list says when it was sent. */
    bool listed = strcmp(w->entry.proof, INBOX_PROOF_LIST) == 0;
    if (!listed || !wall_parse(form_get(&form, "DateSent"), &t->at)) {
        t->at = w->entry.received_at;
    }
    w->read = t;
    return 0;
}

static const char *opt_out_name(enum opt_out o)
{
    static const char *const names[] = {[OPT_OUT_NONE] = NULL,
                                        [OPT_OUT_STOP] = "STOP",
                                        [OPT_OUT_START] = "START",
                                        [OPT_OUT_HELP] = "HELP"};
    return names[o];
}

static int apply_message(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct read_text *t = w->read;
    const struct inbound_sms *sms = &t->sms;
    struct pool *p = w->pool;
    struct inbound_file files[INBOUND_SMS_MEDIA];
    for (int i = 0; i < sms->n_media; i++) {
        files[i] = (struct inbound_file){sms->media[i].url, sms->media[i].type};
    }
    struct inbound_text in = {
        .request = &w->entry,
        .channel = sms->whatsapp ? "whatsapp" : "sms",
        .provider_id = w->entry.provider_id,
        .from = str_dup(p, sms->from),
        .to = sms->to.n ? str_dup(p, sms->to) : w->config->number,
        .body = sms->body,
        .files = files,
        .n_files = (size_t)sms->n_media,
        .segments = sms->segments,
        .at = t->at,
        .now = w->now,
        .burst_us = w->config->burst_us,
        .rules = w->config->rules,
        .opt_out_type = opt_out_name(sms->opt_out),
        .opt_out_replies = w->config->opt_out_replies,
        .business_name = w->config->business_name,
    };
    struct inbound_text_result out;
    int rc = inbound_text_take(db, p, &in, &out, e);
    if (rc == 0) {
        w->duplicate = out.duplicate;
        w->late = out.late;
        w->message = out.duplicate ? NULL : pool_strdup(p, out.message_id.text);
    }
    return rc;
}

const struct inbox_kind inbox_twilio_message = {"twilio", "message", false, read_message,
                                                apply_message};

struct read_report {
    struct sms_report report;
    const char *message_id; /* what we put into the address of the report; NULL: nothing */
};

static int read_status(struct inbox_work *w, struct err *e)
{
    struct read_report *r = pool_calloc(w->pool, 1, sizeof *r);
    struct str rest = str_of(w->entry.target);
    str_cut(&rest, '?');
    struct form form, query;
    int rc = form_parse(w->pool, w->entry.body, &form, e);
    if (rc == 0) {
        rc = sms_report_read(&form, &r->report, e);
    }
    if (rc < 0) {
        return rc;
    }
    name(w, &form, pool_printf(w->pool, ":" STR_FMT, STR_ARG(r->report.twilio_status)));
    rc = form_parse(w->pool, rest.p ? rest : STR(""), &query, e);
    struct id id;
    if (rc == 0 && id_parse(form_get(&query, "message"), &id)) {
        r->message_id = pool_strdup(w->pool, id.text);
    }
    w->read = r;
    return rc;
}

static int apply_status(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct read_report *r = w->read;
    struct arg args[JOURNAL_ARGS];
    struct rows taken;
    struct query take = journal_take(&w->entry, r->message_id, args, &taken);
    int rc = db_many(db, w->pool, &take, 1, e);
    w->duplicate = rc == 0 && taken.n == 0;
    if (rc < 0 || w->duplicate || !r->report.status) { /* a status that we do not know */
        return rc;
    }
    struct delivery_report report = {
        .message_id = r->message_id,
        .provider_id = str_dup(w->pool, r->report.message_sid),
        .status = r->report.status,
        .code = r->report.error_code,
        .text = r->report.error_words ? r->report.error_words : "the carrier could not deliver it",
        .read = r->report.read,
        .at = w->now,
    };
    return outbox_report(db, w->pool, &report, &w->message, e);
}

const struct inbox_kind inbox_twilio_status = {"twilio", "status", true, read_status, apply_status};
