/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SendGrid tells of a mail becomes its status; what it tells of a recipient (a report as spam,
 * an unsubscription) goes into the ledger of who may be written to, since SendGrid will drop what
 * is sent there from now on. An account may send mail that is not ours: its events change no
 * message.
 */
#include "base/json_write.h"
#include "channels/inbox.h"
#include "channels/sendgrid_event.h"
#include "domain/consent.h"
#include "domain/consent_hear.h"
#include "domain/mail_report.h"
#include "store/mails.h"

static int read_event(struct inbox_work *w, struct err *e)
{
    struct sendgrid_event *s = pool_calloc(w->pool, 1, sizeof *s);
    w->read = s;
    return sendgrid_event_read(w->pool, w->entry.body, s, e);
}

/* false: it says nothing about a mail. */
static bool event_of(const struct sendgrid_event *s, enum mail_event *out)
{
    switch (s->kind) {
    case SENDGRID_PROCESSED:
        *out = MAIL_EVENT_SENT;
        return true;
    case SENDGRID_DEFERRED:
        *out = MAIL_EVENT_DEFERRED;
        return true;
    case SENDGRID_DELIVERED:
        *out = MAIL_EVENT_DELIVERED;
        return true;
    case SENDGRID_OPEN:
        *out = s->by_machine ? MAIL_EVENT_DELIVERED : MAIL_EVENT_OPENED;
        return true;
    case SENDGRID_CLICK:
        *out = MAIL_EVENT_CLICKED;
        return true;
    case SENDGRID_BOUNCE:
        *out = MAIL_EVENT_BOUNCED;
        return true;
    case SENDGRID_DROPPED:
        *out = MAIL_EVENT_DROPPED;
        return true;
    case SENDGRID_SPAM_REPORT: /* who reports it has got it */
        *out = MAIL_EVENT_DELIVERED;
        return true;
    case SENDGRID_OTHER:
    case SENDGRID_UNSUBSCRIBE:
    case SENDGRID_GROUP_UNSUBSCRIBE:
        break;
    }
    return false;
}

static int tell_mail(struct db *db, struct inbox_work *w, const struct sendgrid_event *s,
                     struct wall at, struct err *e)
{
    struct mail_report report = {
        .message_id = s->message_id,
        .provider_id = s->provider_id,
        .code = s->code,
        .text = s->text,
        .at = at,
    };
    if (!event_of(s, &report.event)) {
        return 0;
    }
    int rc = mail_report_take(db, w->pool, &report, &w->message, e);
    return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* What nobody wants any more; NULL: it is not about that. */
static const char *purpose_of(const struct sendgrid_event *s)
{
    bool all = s->kind == SENDGRID_SPAM_REPORT || s->kind == SENDGRID_UNSUBSCRIBE || s->opted_out;
    return all ? "all" : s->kind == SENDGRID_GROUP_UNSUBSCRIBE ? CONSENT_MARKETING : NULL;
}

static const char *source_of(const struct sendgrid_event *s)
{
    return s->kind == SENDGRID_SPAM_REPORT ? "spam_report"
           : s->opted_out                  ? "provider_error"
                                           : "unsubscribe";
}

static struct str evidence_of(struct pool *p, const struct sendgrid_event *s)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 4096);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "event", s->name);
    jw_kv_text(&j, "event_id", s->id);
    jw_kv_text(&j, "message_id", s->message_id);
    jw_object_end(&j);
    return buf_failed(&b) ? STR("{}") : (struct str){str_dup(p, buf_str(&b)), b.len};
}

/* An event of the conversation, if it is known which. */
static int note_opt_out(struct db *db, struct inbox_work *w, const struct sendgrid_event *s,
                        struct err *e)
{
    struct mail_state mail;
    int rc = s->message_id ? mails_get(db, w->pool, s->message_id, &mail, e) : ERR_NOT_FOUND;
    if (rc < 0) {
        return rc == ERR_NOT_FOUND ? 0 : rc;
    }
    return consent_note(db, w->pool, mail.conversation_id.p, mail.message_id.p, false, NULL,
                        source_of(s), w->now, e);
}

static int tell_ledger(struct db *db, struct inbox_work *w, const struct sendgrid_event *s,
                       struct err *e)
{
    const char *purpose = purpose_of(s);
    struct consents_now known;
    if (!purpose || !s->email) {
        return 0;
    }
    int rc = consents_state(db, w->pool, s->email, "email", purpose, &known, e);
    if (rc < 0 || known.one_revoked || known.all_revoked) {
        return rc;
    }
    struct consent_change change = {
        .address = s->email,
        .channel = "email",
        .purpose = purpose,
        .source = source_of(s),
        .actor = s->opted_out ? "provider" : "customer",
        .evidence = evidence_of(w->pool, s),
        .at = w->now,
    };
    rc = consent_write(db, w->pool, &change, e);
    return rc < 0 ? rc : note_opt_out(db, w, s, e);
}

static int apply_event(struct db *db, struct inbox_work *w, struct err *e)
{
    const struct sendgrid_event *s = w->read;
    struct arg args[JOURNAL_ARGS];
    struct rows taken;
    struct query take = journal_take(&w->entry, s->message_id, args, &taken);
    int rc = db_many(db, w->pool, &take, 1, e);
    w->duplicate = rc == 0 && taken.n == 0;
    if (rc < 0 || w->duplicate) {
        return rc;
    }
    bool said = s->at.us && s->at.us <= w->now.us;
    rc = tell_mail(db, w, s, said ? s->at : w->now, e);
    return rc < 0 ? rc : tell_ledger(db, w, s, e);
}

const struct inbox_kind inbox_sendgrid_event = {"sendgrid", "event", true, read_event, apply_event};
