/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A word that was lost on its way and comes late must not undo what was said after it, so it counts
 * only when it is the newer one.
 */
#include "domain/consent_hear.h"

#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/business.h"
#include "domain/channel.h"
#include "domain/consent.h"
#include "domain/consent_word.h"
#include "domain/conversation.h"
#include "domain/outbox.h"

#define WORDS_KEPT_BYTES 500 /* of the text, as evidence */

static struct str keep(struct pool *p, struct buf *b)
{
    struct str out = buf_failed(b) ? STR("{}") : (struct str){str_dup(p, buf_str(b)), b->len};
    buf_clear(b);
    return out;
}

/* What shows later that it was so. */
static struct str evidence_of(struct pool *p, const struct consent_heard *h)
{
    struct buf b;
    buf_init(&b, 8192);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_str(&j, "words", utf8_prefix(h->body, WORDS_KEPT_BYTES));
    jw_kv_text(&j, "conversation_id", h->conversation_id);
    jw_kv_text(&j, "message_id", h->message_id);
    jw_kv_text(&j, "provider_message_id", h->provider_id);
    if (h->opt_out_type) {
        jw_kv_text(&j, "opt_out_type", h->opt_out_type);
    }
    jw_object_end(&j);
    return keep(p, &b);
}

int consent_note(struct db *db, struct pool *p, const char *conversation_id, const char *message_id,
                 bool granted, const char *word, const char *source, struct wall at, struct err *e)
{
    struct buf b;
    buf_init(&b, 1024);
    struct jw j = jw_to(&b);
    jw_object(&j);
    if (word) {
        jw_kv_text(&j, "word", word);
    }
    jw_kv_text(&j, "source", source);
    jw_object_end(&j);
    return conversation_add_event(db, p, conversation_id, message_id,
                                  granted ? "opt_in" : "opt_out", keep(p, &b), at, NULL, e);
}

/* Does nobody else tell the customer what has become of the word? */
static bool confirms(const struct consent_heard *h, const struct consent_said *said)
{
    bool sms = strcmp(h->channel, channel_name(CHANNEL_SMS)) == 0;
    bool twilio_does = sms && !h->replies_are_ours && (said->exact || h->opt_out_type);
    return !twilio_does && h->to && h->to[0];
}

static const char *confirmation(struct pool *p, const struct consent_said *said, const char *name)
{
    bool start = said->word == CONSENT_WORD_START;
    const char *what =
        said->in_spanish ? "no le enviaremos mas mensajes. Responda START para volver a recibirlos."
        : start          ? "you will get our messages again. Reply STOP to end them."
                         : "you will get no more messages from us. Reply START to get them "
                           "again.";
    return name && name[0] ? pool_printf(p, "%s: %s", name, what) : what;
}

static int confirm(struct db *db, struct pool *p, const struct consent_heard *h,
                   const struct consent_said *said, struct err *e)
{
    struct facts facts = {0};
    const char *name = h->business_name;
    int rc = 0;
    if (!name || !name[0]) {
        rc = business_load(db, p, &facts, e);
        name = facts.business_name;
    }
    struct outbox_message m = {
        .conversation_id = h->conversation_id,
        .from = h->to,
        .to = h->from,
        .voice = OUTBOX_AUTOMATION,
        .purpose = OUTBOX_CONFIRMATION,
        .now = h->now,
    };
    if (rc < 0 || !channel_of(str_of(h->channel), &m.channel)) {
        return rc;
    }
    m.body = str_of(confirmation(p, said, name));
    return outbox_add(db, p, &m, NULL, e);
}

/* CANCEL stops texts, by the carriers' rules; it may have been meant for an appointment. */
static int ask_staff(struct db *db, struct pool *p, const struct consent_heard *h, struct err *e)
{
    return conversation_add_event(db, p, h->conversation_id, h->message_id, "escalation_requested",
                                  STR("{\"reason\":\"cancel_or_opt_out\"}"), h->now, NULL, e);
}

static int write_change(struct db *db, struct pool *p, const struct consent_heard *h, bool granted,
                        const char *source, struct err *e)
{
    struct consent_change change = {
        .address = h->from,
        .channel = h->channel,
        .purpose = "all",
        .granted = granted,
        .source = source,
        .actor = "customer",
        .evidence = evidence_of(p, h),
        .at = h->now,
    };
    return consent_write(db, p, &change, e);
}

static int stop(struct db *db, struct pool *p, const struct consent_heard *h,
                const struct consent_said *said, const struct consents_now *now, struct err *e)
{
    const char *source = said->as ? "keyword" : "provider_opt_out_type";
    bool newer = now->all_revoked || h->at.us >= now->all_at.us;
    int rc = newer ? write_change(db, p, h, false, source, e) : 0;
    if (rc == 0) {
        rc = consent_note(db, p, h->conversation_id, h->message_id, false, said->as, source, h->now,
                          e);
    }
    if (rc == 0 && newer && !now->all_revoked && confirms(h, said)) {
        rc = confirm(db, p, h, said, e);
    }
    if (rc < 0) {
        return rc;
    }
    return said->ambiguous ? ask_staff(db, p, h, e)
                           : conversation_complete(db, p, h->conversation_id, "completed",
                                                   "customer", h->now, e);
}

static int start(struct db *db, struct pool *p, const struct consent_heard *h,
                 const struct consent_said *said, const struct consents_now *now, struct err *e)
{
    const char *source = said->as ? "keyword" : "provider_opt_out_type";
    if (h->at.us < now->all_at.us) {
        return 0;
    }
    int rc = write_change(db, p, h, true, source, e);
    if (rc == 0) {
        rc = consent_note(db, p, h->conversation_id, h->message_id, true, said->as, source, h->now,
                          e);
    }
    if (rc == 0 && confirms(h, said)) {
        rc = confirm(db, p, h, said, e);
    }
    return rc;
}

/* The word that it is, or that the provider took it for: its own lists may have more. */
static struct consent_said word_of(const struct consent_heard *h)
{
    struct consent_said said = consent_word_in(h->body);
    if (said.word == CONSENT_WORD_NONE && h->opt_out_type) {
        said = consent_word_in(str_of(h->opt_out_type));
        said.as = NULL; /* the customer used another word */
    }
    return said;
}

int consent_hear(struct db *db, struct pool *p, const struct consent_heard *h, bool *handled_out,
                 struct err *e)
{
    struct consent_said said = word_of(h);
    struct consents_now now;
    *handled_out = false;
    if (said.word == CONSENT_WORD_NONE) {
        return 0;
    }
    if (said.word == CONSENT_WORD_HELP) { /* answered by the assistant, unless it has been */
        *handled_out = h->opt_out_type && strcmp(h->opt_out_type, "HELP") == 0;
        return 0;
    }
    int rc = consents_state(db, p, h->from, h->channel, "all", &now, e);
    if (rc < 0) {
        return rc;
    }
    if (said.word == CONSENT_WORD_YES) {
        bool taken_for_start = h->opt_out_type && strcmp(h->opt_out_type, "START") == 0;
        if (!now.all_revoked && !taken_for_start) {
            return 0;
        }
        said.word = CONSENT_WORD_START;
    }
    *handled_out = true;
    return said.word == CONSENT_WORD_STOP ? stop(db, p, h, &said, &now, e)
                                          : start(db, p, h, &said, &now, e);
}

int consent_hear_sentence(struct db *db, struct pool *p, const struct consent_heard *h,
                          struct err *e)
{
    return write_change(db, p, h, false, "sentence", e);
}

int consent_note_withheld(struct db *db, struct pool *p, const char *conversation_id,
                          const char *message_id, const char *purpose, const char *why,
                          struct wall at, struct err *e)
{
    struct buf b;
    buf_init(&b, 2048);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "purpose", purpose);
    jw_kv_text(&j, "text", why);
    jw_object_end(&j);
    return conversation_add_event(db, p, conversation_id, message_id, "message_withheld",
                                  keep(p, &b), at, NULL, e);
}
