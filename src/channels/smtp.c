/* SPDX-License-Identifier: Apache-2.0 */
/*
 * E-mails by a mail server. It reports nothing back but bounces, which come as mails of their own;
 * a mail is "sent" for good when the server has taken it.
 */
#include "channels/mail_provider.h"
#include "io/smtp_client.h"

#define CONNECT_MS 5000

static enum provider_failure failure_of(enum smtp_outcome outcome)
{
    switch (outcome) {
    case SMTP_TAKEN:
        return PROVIDER_OK;
    case SMTP_REFUSED:
        return PROVIDER_REFUSED;
    case SMTP_UNCERTAIN:
        return PROVIDER_UNCERTAIN;
    case SMTP_LATER:
    case SMTP_SETUP:
        break;
    }
    return PROVIDER_LATER;
}

static void mail_smtp_send(struct http_client *http, struct pool *p,
                           const struct mail_account *account, const struct mail_send *mail,
                           struct provider_result *out)
{
    struct spooled bytes;
    struct err e = {0};
    *out = (struct provider_result){.failure = PROVIDER_REFUSED, .retry_after_ms = -1};
    int rc = mail_write(p, mail->draft, account->spool, &bytes, &e);
    if (rc < 0) {
        out->failure = rc == ERR_IO || rc == ERR_FULL ? PROVIDER_LATER : PROVIDER_REFUSED;
        snprintf(out->text, sizeof out->text, "%s", err_text(&e, rc));
        return;
    }
    struct smtp_call call = {
        .url = account->url,
        .user = account->user,
        .password = account->secret,
        .plain = account->plain,
        .ca_file = account->ca_file,
        .from = mail->bounces_to,
        .to = mail->draft->to,
        .mail = bytes,
        .timeout_ms = account->timeout_ms,
        .connect_timeout_ms = MIN_OF(account->timeout_ms, CONNECT_MS),
    };
    struct smtp_answer answer;
    smtp_client_send(http, &call, &answer);
    out->failure = failure_of(answer.outcome);
    out->setup = answer.outcome == SMTP_SETUP;
    snprintf(out->text, sizeof out->text, "%s", answer.text);
    if (answer.status[0]) {
        snprintf(out->code, sizeof out->code, "%s", answer.status);
    } else if (answer.code) {
        snprintf(out->code, sizeof out->code, "%d", answer.code);
    }
    out->sent = (struct provider_sent){.id = mail->draft->message_id, .status = "sent"};
}

const struct mail_provider_ops mail_provider_smtp = {
    .name = "smtp",
    .send = mail_smtp_send,
};
