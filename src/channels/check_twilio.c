/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio's side of texts, calls and WhatsApp: the account, the number that we say is ours, what it
 * can do, and where it sends what comes in. With a messaging service that is the service's to say,
 * which another interface of Twilio's tells; then only the account is looked at.
 */
#include "channels/check_private.h"

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "channels/twiml.h"

#define SMS_PATH "/api/webhooks/twilio/sms"

static bool has_account(const struct settings *s)
{
    return s->twilio_account_sid[0] || s->twilio_auth_token[0];
}

static bool has_whatsapp(const struct settings *s)
{
    bool chosen = strcmp(s->whatsapp_provider, "twilio") == 0;
    bool other = strcmp(s->whatsapp_provider, "meta") == 0;
    return chosen || (!other && has_account(s) && s->whatsapp_number[0]);
}

/* GET below the account: "" is the account itself. */
static bool get(struct checking *c, const char *what, json_t **out)
{
    const struct settings *s = c->settings;
    struct str api = str_of(s->twilio_api_url);
    while (api.n && api.p[api.n - 1] == '/') {
        api.n--;
    }
    struct check_get g = {
        .url = pool_printf(c->pool, STR_FMT "/2010-04-01/Accounts/%s%s", STR_ARG(api),
                           s->twilio_account_sid, what),
        .user = s->twilio_account_sid,
        .password = s->twilio_auth_token,
        .address = SETTING_twilio_api_url,
        .secret = SETTING_twilio_auth_token,
        .named = SETTING_twilio_account_sid,
    };
    return check_get(c, &g, out);
}

static bool ask_account(struct checking *c)
{
    json_t *account = NULL;
    if (!get(c, ".json", &account)) {
        return false;
    }
    const char *status = json_get_text(account, "status", "");
    if (strcmp(status, "active") != 0) {
        check_note(c, status[0] ? CHECK_SUSPENDED : CHECK_UNCLEAR, status[0] ? status : NULL,
                   SETTING_COUNT);
        return false;
    }
    return true;
}

/* The number as Twilio has it; NULL: it is none of the account's, or could not be had. */
static const json_t *ask_number(struct checking *c, const char *number)
{
    struct buf query CLEANUP(buf_clear);
    buf_init(&query, 256);
    form_add(&query, "PhoneNumber", str_of(number));
    json_t *list = NULL;
    if (!get(c,
             pool_printf(c->pool, "/IncomingPhoneNumbers.json?" STR_FMT, STR_ARG(buf_str(&query))),
             &list)) {
        return NULL;
    }
    const json_t *one = json_array_get(json_object_get(list, "incoming_phone_numbers"), 0);
    if (!one) {
        check_note(c, CHECK_UNKNOWN, NULL, SETTING_twilio_number, SETTING_COUNT);
    }
    return one;
}

static void ask_for(struct checking *c, const char *able, const char *hook)
{
    const json_t *number = ask_number(c, c->settings->twilio_number);
    if (!number) {
        return;
    }
    if (!json_get_bool(json_object_get(number, "capabilities"), able, true)) {
        check_note(c, CHECK_INCAPABLE, able, SETTING_twilio_number, SETTING_COUNT);
    }
    check_hook_found(c, &c->check->hooks[0], json_get_text(number, hook, NULL));
}

/* ---- texts ---- */

static void look_sms(struct checking *c)
{
    static const enum setting_id with_number[] = {SETTING_twilio_account_sid,
                                                  SETTING_twilio_auth_token, SETTING_twilio_number,
                                                  SETTING_COUNT};
    static const enum setting_id with_service[] = {SETTING_twilio_account_sid,
                                                   SETTING_twilio_auth_token, SETTING_COUNT};
    check_missing(c, c->settings->twilio_messaging_service[0] ? with_service : with_number);
    check_public(c, c->settings->twilio_api_url, false);
    check_hook_add(c, "message", SMS_PATH);
}

static void ask_sms(struct checking *c)
{
    if (ask_account(c) && !c->settings->twilio_messaging_service[0]) {
        ask_for(c, "sms", "sms_url");
    }
}

/* ---- calls ---- */

static void look_voice(struct checking *c)
{
    static const enum setting_id needed[] = {SETTING_twilio_account_sid, SETTING_twilio_auth_token,
                                             SETTING_twilio_number, SETTING_COUNT};
    check_missing(c, needed);
    check_public(c, c->settings->twilio_api_url, true); /* Twilio's sound comes by wss:// only */
    check_hook_add(c, "call", TWILIO_VOICE_PATH);
}

static void ask_voice(struct checking *c)
{
    if (ask_account(c)) {
        ask_for(c, "voice", "voice_url");
    }
}

/* ---- WhatsApp ---- */

static void look_whatsapp(struct checking *c)
{
    static const enum setting_id needed[] = {SETTING_twilio_account_sid, SETTING_twilio_auth_token,
                                             SETTING_COUNT};
    check_missing(c, needed);
    check_public(c, c->settings->twilio_api_url, false);
    check_hook_add(c, "message", SMS_PATH);
}

static void ask_whatsapp(struct checking *c)
{
    (void)ask_account(c);
}

const struct check_row check_twilio_rows[] = {
    {"sms_twilio",
     "sms",
     "twilio",
     "Texts",
     has_account,
     look_sms,
     ask_sms,
     {SETTING_twilio_account_sid, SETTING_twilio_auth_token, SETTING_twilio_number,
      SETTING_twilio_messaging_service, SETTING_twilio_api_url, SETTING_public_url},
     6},
    {"voice_twilio",
     "voice",
     "twilio",
     "Telephone calls",
     has_account,
     look_voice,
     ask_voice,
     {SETTING_twilio_account_sid, SETTING_twilio_auth_token, SETTING_twilio_number,
      SETTING_twilio_api_url, SETTING_public_url, SETTING_voice_engine},
     6},
    {"whatsapp_twilio",
     "whatsapp",
     "twilio",
     "WhatsApp by Twilio",
     has_whatsapp,
     look_whatsapp,
     ask_whatsapp,
     {SETTING_whatsapp_provider, SETTING_whatsapp_number, SETTING_twilio_account_sid,
      SETTING_twilio_auth_token, SETTING_twilio_api_url, SETTING_public_url},
     6},
    {0},
};
