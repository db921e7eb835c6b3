/* SPDX-License-Identifier: Apache-2.0 */
/* A message that was handed over a moment before a revocation is the provider's to stop. */
#include "channels/outbox_consent.h"

#include "base/json_write.h"
#include "domain/business.h"
#include "domain/consent.h"
#include "domain/consent_hear.h"
#include "domain/outbox.h"
#include "store/customers.h"

/* Errors that mean an opt-out. Providers' codes do not collide: Twilio's have five digits. */
static const struct {
    const char *code, *purpose;
} opt_outs[] = {
    {"21610", "all"},        /* Twilio: replied STOP */
    {"131050", "marketing"}, /* Meta: stopped marketing messages */
};

static int find_business_zone(struct db *db, struct pool *p, const char *setting,
                              const struct zone **out, struct err *e)
{
    struct facts facts = {0};
    if (setting && setting[0]) {
        return zone_load(p, setting, out, e);
    }
    int rc = business_load(db, p, &facts, e);
    *out = facts.zone;
    return rc;
}

/* When it is day there; *at is now when it is already. */
static int find_day(struct db *db, struct pool *p, const struct sms_state *sms,
                    const struct outbox_night *night, struct wall *at, struct err *e)
{
    struct quiet_hours q = {night->from, night->to, NULL};
    const char *zone = NULL;
    int rc = find_business_zone(db, p, night->time_zone, &q.business, e);
    if (rc == 0) {
        rc = customers_zone(db, p, sms->conversation_id.p, &zone, e);
    }
    if (rc == 0) {
        *at = quiet_until(p, &q, sms->to_number.p, zone, *at);
    }
    return rc;
}

int outbox_may_leave(struct store *s, struct pool *p, const struct sms_state *sms,
                     const char *purpose, const struct outbox_night *night, struct wall now,
                     struct outbox_leaving *out, struct err *e)
{
    struct outbox_leaving l = {LEAVE_NOW, now, NULL};
    enum outbox_purpose known = outbox_purpose_of(purpose);
    struct consent_verdict v = {.allowed = true};
    CLEANUP(store_return) struct db *db = NULL;
    int rc = store_borrow(s, &db, e);
    if (rc == 0 && known != OUTBOX_CONFIRMATION) {
        rc = consent_check(db, p, sms->to_number.p, sms->channel.p, purpose, &v, e);
    }
    if (rc == 0 && !v.allowed) {
        l.leave = LEAVE_NEVER;
        l.why = consent_refusal(p, &v, sms->channel.p);
    } else if (rc == 0 && outbox_is_bulk(known) && night->from != night->to) {
        rc = find_day(db, p, sms, night, &l.at, e);
        l.leave = l.at.us > now.us ? LEAVE_LATER : LEAVE_NOW;
    }
    if (rc == 0) {
        *out = l;
    }
    return rc;
}

int outbox_stay(struct db *db, struct pool *p, const struct job *job, const struct sms_state *sms,
                const char *purpose, const struct outbox_leaving *l, struct wall now, struct err *e)
{
    if (l->leave == LEAVE_LATER) {
        return jobs_postpone(db, job, l->at, e);
    }
    int rc = jobs_finish(db, p, job, e);
    if (rc == 0) {
        rc = outbox_take_back(db, p, sms->message_id.p, l->why, now, e);
    }
    return rc < 0 ? rc
                  : consent_note_withheld(db, p, sms->conversation_id.p, sms->message_id.p, purpose,
                                          l->why, now, e);
}

static int write_opt_out(struct db *db, struct pool *p, const struct sms_state *sms,
                         const char *code, const char *purpose, struct wall now, struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1024);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "code", code);
    jw_kv_str(&j, "message_id", sms->message_id);
    jw_object_end(&j);
    struct consent_change change = {
        .address = sms->to_number.p,
        .channel = sms->channel.p,
        .purpose = purpose,
        .source = "provider_error",
        .actor = "provider",
        .evidence = buf_str(&b),
        .at = now,
    };
    int rc = consent_write(db, p, &change, e);
    return rc < 0 ? rc
                  : consent_note(db, p, sms->conversation_id.p, sms->message_id.p, false, NULL,
                                 change.source, now, e);
}

int outbox_learn_opt_out(struct db *db, struct pool *p, const struct sms_state *sms,
                         const char *code, struct wall now, struct err *e)
{
    struct consents_now known;
    for (size_t i = 0; i < ARRAY_SIZE(opt_outs); i++) {
        if (strcmp(code, opt_outs[i].code) != 0) {
            continue;
        }
        const char *purpose = opt_outs[i].purpose;
        int rc = consents_state(db, p, sms->to_number.p, sms->channel.p, purpose, &known, e);
        return rc < 0 || known.one_revoked ? rc : write_opt_out(db, p, sms, code, purpose, now, e);
    }
    return 0;
}
