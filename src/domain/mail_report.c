/* SPDX-License-Identifier: Apache-2.0 */
/* One table says what a report makes of a mail's status. */
#include "domain/mail_report.h"

#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/conversation.h"
#include "store/changes.h"
#include "store/mails.h"
#include "store/waiting.h"

#define CODE_MAX_BYTES 20
#define TEXT_MAX_BYTES 500

/* By enum mail_event; NULL changes no status. */
static const char *const statuses[] = {
    [MAIL_EVENT_SENT] = "sent",           [MAIL_EVENT_DEFERRED] = "sent",
    [MAIL_EVENT_DELIVERED] = "delivered", [MAIL_EVENT_OPENED] = "delivered",
    [MAIL_EVENT_CLICKED] = "delivered",   [MAIL_EVENT_BOUNCED] = "bounced",
    [MAIL_EVENT_DROPPED] = "dropped",
};

static int rank_of(const char *status)
{
    static const struct {
        const char *status;
        int rank;
    } ranks[] = {{"queued", 1},  {"sent", 2},    {"delivered", 3},
                 {"bounced", 4}, {"dropped", 4}, {"failed", 4}};
    for (size_t i = 0; status && i < ARRAY_SIZE(ranks); i++) {
        if (strcmp(status, ranks[i].status) == 0) {
            return ranks[i].rank;
        }
    }
    return 0;
}

bool mail_status_advances(const char *from, const char *to)
{
    return rank_of(to) > rank_of(from);
}

int mail_failed(struct db *db, struct pool *p, const char *conversation_id, const char *message_id,
                const char *status, const char *code, const char *text, struct wall at,
                struct err *e)
{
    const char *why = text && text[0] ? text : "the mail could not be delivered";
    why = str_dup(p, utf8_prefix(utf8_repair(p, str_of(why)), TEXT_MAX_BYTES));
    code = code ? str_dup(p, utf8_prefix(utf8_repair(p, str_of(code)), CODE_MAX_BYTES)) : "";
    struct buf details CLEANUP(buf_clear);
    buf_init(&details, 8192);
    struct jw j = jw_to(&details);
    jw_object(&j);
    jw_kv_text(&j, "code", code);
    jw_kv_text(&j, "text", why);
    jw_object_end(&j);
    struct mail_update update = {
        .message_id = message_id,
        .delivery_status = status,
        .error_code = code[0] ? code : NULL,
        .error_message = why,
        .failed_at = at,
    };
    int rc = mails_update(db, &update, e);
    if (rc == 0) {
        rc = conversation_add_event(db, p, conversation_id, message_id, "delivery_failed",
                                    buf_str(&details), at, NULL, e);
    }
    return rc < 0 ? rc : changes_add(db, "message", conversation_id, message_id, 0, at, e);
}

static int find_mail(struct db *db, struct pool *p, const struct mail_report *r,
                     struct mail_state *out, struct err *e)
{
    int rc = ERR_NOT_FOUND;
    if (r->message_id) {
        rc = mails_get(db, p, r->message_id, out, e);
        if (rc == 0 && !str_eq(out->direction, STR("outbound"))) {
            rc = ERR_NOT_FOUND;
        }
    }
    if (rc == ERR_NOT_FOUND && r->provider_id) {
        rc = mails_of_provider(db, p, r->provider_id, out, e);
    }
    return rc == ERR_NOT_FOUND ? err_set(e, rc, "no e-mail of ours is meant") : rc;
}

int mail_report_take(struct db *db, struct pool *p, const struct mail_report *r,
                     const char **message_id_out, struct err *e)
{
    struct mail_state mail;
    int rc = find_mail(db, p, r, &mail, e);
    if (rc < 0) {
        return rc;
    }
    const char *status = statuses[r->event];
    /* We gave it up without knowing that it had been taken: the provider knows better. */
    bool unnamed = mail.provider_message_id.n == 0;
    bool given_up = unnamed && str_eq(mail.delivery_status, STR("failed"));
    bool advances = given_up || mail_status_advances(mail.delivery_status.p, status);
    bool opened = r->event == MAIL_EVENT_OPENED && !mail.opened;
    bool clicked = r->event == MAIL_EVENT_CLICKED && !mail.clicked;
    *message_id_out = mail.message_id.p;
    if (given_up) {
        rc = waiting_forget(db, mail.message_id, e);
    }
    if (rc == 0 && advances && rank_of(status) == rank_of("failed")) {
        rc = mail_failed(db, p, mail.conversation_id.p, mail.message_id.p, status, r->code, r->text,
                         r->at, e);
    }
    struct mail_update update = {
        .message_id = mail.message_id.p,
        .provider_message_id = unnamed ? r->provider_id : NULL,
        .delivery_status = advances ? status : NULL,
        .delivered_at = advances && strcmp(status, "delivered") == 0 ? r->at : (struct wall){0},
        .opened_at = opened ? r->at : (struct wall){0},
        .clicked_at = clicked ? r->at : (struct wall){0},
    };
    bool changes = advances || opened || clicked || update.provider_message_id;
    if (rc == 0 && changes) {
        rc = mails_update(db, &update, e);
    }
    return rc < 0 || !changes
               ? rc
               : changes_add(db, "message", mail.conversation_id.p, mail.message_id.p, 0, r->at, e);
}
