/* SPDX-License-Identifier: Apache-2.0 */
/*
 * E-mail out and in, by SendGrid or by mail servers. Of SendGrid's key it is asked what it may do;
 * a mail server is signed in to, and the mailbox looked into without changing it.
 */
#include "channels/check_private.h"

#include "base/json_read.h"
#include "channels/imap.h"
#include "io/session.h"

#define PARSE_PATH "/api/webhooks/sendgrid/email"
#define EVENTS_PATH "/api/webhooks/sendgrid/events"

static bool sends_by(const struct settings *s, const char *provider)
{
    return s->mail_provider[0] == '\0' || strcmp(s->mail_provider, provider) == 0;
}

static const char *sendgrid_url(const struct checking *c, const char *path)
{
    struct str api = str_of(c->settings->sendgrid_api_url);
    while (api.n && api.p[api.n - 1] == '/') {
        api.n--;
    }
    return pool_printf(c->pool, STR_FMT "%s", STR_ARG(api), path);
}

static bool get(struct checking *c, const char *path, json_t **out)
{
    struct check_get g = {
        .url = sendgrid_url(c, path),
        .bearer = c->settings->sendgrid_api_key,
        .address = SETTING_sendgrid_api_url,
        .secret = SETTING_sendgrid_api_key,
        .named = SETTING_sendgrid_api_url,
    };
    return check_get(c, &g, out);
}

static bool has_scope(const json_t *scopes, const char *wanted)
{
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(scopes, "scopes"), i, one) {
        const char *text = json_string_value(one);
        if (text && strcmp(text, wanted) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- out, by SendGrid ---- */

static bool out_sendgrid_on(const struct settings *s)
{
    return sends_by(s, "sendgrid") && (s->sendgrid_api_key[0] || s->mail_provider[0]);
}

static void out_sendgrid_look(struct checking *c)
{
    static const enum setting_id needed[] = {SETTING_sendgrid_api_key, SETTING_mail_address,
                                             SETTING_COUNT};
    check_missing(c, needed);
    if (c->settings->sendgrid_event_key[0]) {
        check_public(c, c->settings->sendgrid_api_url, true);
        check_hook_add(c, "event", EVENTS_PATH);
    } else {
        check_note(c, CHECK_NO_EVENTS, NULL, SETTING_sendgrid_event_key, SETTING_COUNT);
    }
}

/* Of several event webhooks, ours, or any. */
static const char *event_url(const json_t *settings, const char *ours)
{
    const char *any = NULL;
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(settings, "webhooks"), i, one) {
        const char *url = json_get_text(one, "url", NULL);
        if (!url || !json_get_bool(one, "enabled", false)) {
            continue;
        }
        if (!any || strcmp(url, ours) == 0) {
            any = url;
        }
    }
    return any;
}

static void out_sendgrid_ask(struct checking *c)
{
    json_t *scopes = NULL, *hooks = NULL;
    if (!get(c, "/v3/scopes", &scopes)) {
        return;
    }
    if (!has_scope(scopes, "mail.send")) {
        check_note(c, CHECK_FORBIDDEN, "mail.send", SETTING_sendgrid_api_key, SETTING_COUNT);
    }
    if (c->check->n_hooks && has_scope(scopes, "user.webhooks.event.settings.read") &&
        get(c, "/v3/user/webhooks/event/settings/all", &hooks)) {
        struct check_hook *hook = &c->check->hooks[0];
        check_hook_found(c, hook, event_url(hooks, hook->url));
    }
}

/* ---- out, by a mail server ---- */

static bool out_smtp_on(const struct settings *s)
{
    return sends_by(s, "smtp") && s->smtp_url[0];
}

static void out_smtp_look(struct checking *c)
{
    static const enum setting_id needed[] = {SETTING_mail_address, SETTING_COUNT};
    check_missing(c, needed);
}

static void out_smtp_ask(struct checking *c)
{
    const struct settings *s = c->settings;
    struct session_account account = {
        .url = s->smtp_url,
        .user = s->smtp_user,
        .password = s->smtp_password,
        .ca_file = s->mail_ca_file,
        .insist_on_tls = s->smtp_tls,
        .timeout_ms = check_left_ms(c),
    };
    struct session *session CLEANUP(session_free) = session_new();
    struct err e = {0};
    int rc = session_open(session, &account, &e);
    if (rc < 0) {
        check_failed(c, rc, &e, SETTING_smtp_url, SETTING_smtp_password, SETTING_mail_ca_file);
        return;
    }
    c->check->reached = c->check->accepted = true;
    rc = session_send(session, STR("QUIT\r\n"), check_left_ms(c), &e); /* out of courtesy */
    (void)rc;
}

/* ---- in, by SendGrid ---- */

static bool in_sendgrid_on(const struct settings *s)
{
    return s->sendgrid_inbound_key[0] || s->sendgrid_inbound_secret[0];
}

static void in_sendgrid_look(struct checking *c)
{
    static const enum setting_id needed[] = {SETTING_mail_address, SETTING_COUNT};
    check_missing(c, needed);
    check_public(c, c->settings->sendgrid_api_url, true);
    check_hook_add(c, "parse", PARSE_PATH);
}

/* The address may end in the password: what is behind ours is left out. */
static const char *parse_url(struct checking *c, const json_t *settings)
{
    const char *ours = c->check->hooks[0].url, *any = NULL;
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(settings, "result"), i, one) {
        const char *url = json_get_text(one, "url", NULL);
        if (!url) {
            continue;
        }
        const char *shown = check_url_shown(c->pool, url);
        const char *path = strstr(shown, PARSE_PATH);
        if (path) {
            shown = pool_printf(c->pool, "%.*s" PARSE_PATH, (int)(path - shown), shown);
        }
        if (!any || strcmp(shown, ours) == 0) {
            any = shown;
        }
    }
    return any;
}

static void in_sendgrid_ask(struct checking *c)
{
    json_t *scopes = NULL, *settings = NULL;
    if (!c->settings->sendgrid_api_key[0]) {
        c->check->asked = false; /* there is nothing to ask with */
        return;
    }
    if (get(c, "/v3/scopes", &scopes) && has_scope(scopes, "user.webhooks.parse.settings.read") &&
        get(c, "/v3/user/webhooks/parse/settings", &settings)) {
        check_hook_found(c, &c->check->hooks[0], parse_url(c, settings));
    }
}

/* ---- in, from a mailbox ---- */

static bool in_imap_on(const struct settings *s)
{
    return s->imap_url[0];
}

static void in_imap_look(struct checking *c)
{
    static const enum setting_id needed[] = {SETTING_mail_address, SETTING_imap_user,
                                             SETTING_imap_password, SETTING_COUNT};
    check_missing(c, needed);
}

static void in_imap_ask(struct checking *c)
{
    const struct settings *s = c->settings;
    struct imap_config config = {
        .url = s->imap_url,
        .user = s->imap_user,
        .password = s->imap_password,
        .ca_file = s->mail_ca_file,
        .insist_on_tls = s->imap_tls,
        .timeout_ms = check_left_ms(c),
    };
    struct err e = {0};
    bool signed_in = false;
    int rc = imap_look(&config, &signed_in, &e);
    c->check->reached = c->check->accepted = signed_in;
    if (rc == ERR_NOT_FOUND) {
        check_note(c, CHECK_UNKNOWN, NULL, SETTING_imap_url, SETTING_COUNT);
    } else if (rc < 0) {
        check_failed(c, rc, &e, SETTING_imap_url, SETTING_imap_password, SETTING_mail_ca_file);
    }
}

const struct check_row check_mail_rows[] = {
    {"mail_out_sendgrid",
     "mail_out",
     "sendgrid",
     "E-mail out, by SendGrid",
     out_sendgrid_on,
     out_sendgrid_look,
     out_sendgrid_ask,
     {SETTING_mail_provider, SETTING_mail_address, SETTING_sendgrid_api_key,
      SETTING_sendgrid_api_url, SETTING_sendgrid_event_key, SETTING_public_url},
     6},
    {"mail_out_smtp",
     "mail_out",
     "smtp",
     "E-mail out, by a mail server",
     out_smtp_on,
     out_smtp_look,
     out_smtp_ask,
     {SETTING_mail_provider, SETTING_mail_address, SETTING_smtp_url, SETTING_smtp_user,
      SETTING_smtp_password, SETTING_smtp_tls, SETTING_mail_ca_file},
     7},
    {"mail_in_sendgrid",
     "mail_in",
     "sendgrid",
     "E-mail in, by SendGrid",
     in_sendgrid_on,
     in_sendgrid_look,
     in_sendgrid_ask,
     {SETTING_mail_address, SETTING_sendgrid_inbound_key, SETTING_sendgrid_inbound_secret,
      SETTING_sendgrid_api_key, SETTING_sendgrid_api_url, SETTING_public_url},
     6},
    {"mail_in_imap",
     "mail_in",
     "imap",
     "E-mail in, from a mailbox",
     in_imap_on,
     in_imap_look,
     in_imap_ask,
     {SETTING_mail_address, SETTING_imap_url, SETTING_imap_user, SETTING_imap_password,
      SETTING_imap_tls, SETTING_mail_ca_file},
     6},
    {0},
};
