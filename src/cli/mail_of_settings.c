/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong is said at the start, not when the first mail is to be sent. */
#include "cli/mail_of_settings.h"

#include "base/ecdsa.h"
#include "base/settings.h"
#include "mail/mail.h"

static int check_address(const struct settings *s, struct err *e)
{
    if (s->mail_address[0] && !mail_address_valid(str_of(s->mail_address))) {
        return settings_refuse(s, SETTING_mail_address, e,
                               "must be an e-mail address such as desk@in.example.com");
    }
    return 0;
}

static int check_event_key(const struct settings *s, struct err *e)
{
    struct ecdsa_key *key CLEANUP(ecdsa_key_free) = NULL;
    if (!s->sendgrid_event_key[0]) {
        return 0;
    }
    int rc = ecdsa_key_read(str_of(s->sendgrid_event_key), &key, NULL);
    return rc == 0 ? 0
                   : settings_refuse(s, SETTING_sendgrid_event_key, e,
                                     "must be the public key as SendGrid shows it; it begins with "
                                     "MFkw");
}

/* smtp:// or smtps://, a host, and nothing that libcurl would take for something else. */
static int check_smtp(const struct settings *s, struct err *e)
{
    struct str url = str_of(s->smtp_url);
    bool secure = str_starts(url, STR("smtps://"));
    if (url.n == 0) {
        return 0;
    }
    if ((!secure && !str_starts(url, STR("smtp://"))) || str_index(url, '@', 0) >= 0 ||
        url.p[url.n - 1] == '/') {
        return settings_refuse(s, SETTING_smtp_url, e,
                               "must be like smtps://mail.example.com:465 or "
                               "smtp://mail.example.com:587; user and password are settings of "
                               "their own");
    }
    bool near = strstr(s->smtp_url, "//127.") || strstr(s->smtp_url, "//localhost") ||
                strstr(s->smtp_url, "//[::1]");
    if (!secure && !s->smtp_tls && s->smtp_password[0] && !near) {
        return settings_refuse(
            s, SETTING_smtp_tls, e,
            "must be on: the password would be sent in clear to another machine");
    }
    return 0;
}

static void by_sendgrid(const struct settings *s, struct mail_outbox_config *out)
{
    out->provider = &mail_provider_sendgrid;
    out->account = (struct mail_account){
        .url = s->sendgrid_api_url,
        .secret = s->sendgrid_api_key,
        .tracking = s->mail_tracking,
        .spool = s->data_dir,
        .timeout_ms = (int)s->provider_timeout,
        .settle_ms = s->sendgrid_settle,
    };
}

static void by_smtp(const struct settings *s, struct mail_outbox_config *out)
{
    out->provider = &mail_provider_smtp;
    out->account = (struct mail_account){
        .url = s->smtp_url,
        .user = s->smtp_user,
        .secret = s->smtp_password,
        .ca_file = s->mail_ca_file[0] ? s->mail_ca_file : NULL,
        .plain = !s->smtp_tls,
        .spool = s->data_dir,
        .timeout_ms = (int)s->provider_timeout,
        .settle_ms = MAIL_SMTP_SETTLE_MS,
    };
}

static int choose(const struct settings *s, struct mail_outbox_config *out, struct err *e)
{
    bool sendgrid = strcmp(s->mail_provider, "sendgrid") == 0;
    bool smtp = strcmp(s->mail_provider, "smtp") == 0;
    if (s->mail_provider[0] && !sendgrid && !smtp) {
        return settings_refuse(s, SETTING_mail_provider, e, "must be sendgrid, smtp or empty");
    }
    if (sendgrid && !s->sendgrid_api_key[0]) {
        return settings_refuse(s, SETTING_mail_provider, e,
                               "is sendgrid, but sendgrid_api_key is not set");
    }
    if (smtp && !s->smtp_url[0]) {
        return settings_refuse(s, SETTING_mail_provider, e, "is smtp, but smtp_url is not set");
    }
    if (!s->mail_provider[0] && s->sendgrid_api_key[0] && s->smtp_url[0]) {
        return settings_refuse(s, SETTING_mail_provider, e,
                               "must say sendgrid or smtp, since both are set up");
    }
    if (s->sendgrid_api_key[0] && !smtp) {
        by_sendgrid(s, out);
    } else if (s->smtp_url[0]) {
        by_smtp(s, out);
    }
    if (out->provider && !s->mail_address[0]) {
        return settings_refuse(s, SETTING_mail_address, e,
                               "must be set: e-mail needs an address that it comes from");
    }
    return 0;
}

int mail_of_settings(const struct settings *s, struct mail_outbox_config *out, struct err *e)
{
    struct mail_outbox_config c = {
        .address = s->mail_address,
        .name = s->mail_name[0] ? s->mail_name : s->business_name,
        .reply_tokens = s->mail_reply_tokens,
    };
    int rc = check_address(s, e);
    if (rc == 0) {
        rc = check_event_key(s, e);
    }
    if (rc == 0) {
        rc = check_smtp(s, e);
    }
    if (rc == 0) {
        rc = choose(s, &c, e);
    }
    if (rc == 0) {
        *out = c;
    }
    return rc;
}
