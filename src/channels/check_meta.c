/* SPDX-License-Identifier: Apache-2.0 */
/* WhatsApp by Meta's Cloud API: the number, by Meta's id of it, and the app's webhook. */
#include "channels/check_private.h"

#include "base/json_read.h"

#define META_PATH "/api/webhooks/whatsapp"

static bool is_on(const struct settings *s)
{
    bool chosen = strcmp(s->whatsapp_provider, "meta") == 0;
    bool other = strcmp(s->whatsapp_provider, "twilio") == 0;
    return chosen || (!other && (s->meta_phone_number_id[0] || s->meta_access_token[0]));
}

static void look(struct checking *c)
{
    static const enum setting_id needed[] = {SETTING_meta_phone_number_id,
                                             SETTING_meta_access_token, SETTING_meta_app_secret,
                                             SETTING_meta_verify_token, SETTING_COUNT};
    check_missing(c, needed);
    check_public(c, c->settings->meta_api_url, true);
    check_hook_add(c, "message", META_PATH);
}

/* Meta says 400 for what is not there, or not ours. */
static bool is_unknown(struct checking *c)
{
    struct check_problem *last = &c->check->problems[c->check->n_problems - 1];
    if (last->kind != CHECK_UNCLEAR) {
        return false;
    }
    *last = (struct check_problem){.kind = CHECK_UNKNOWN,
                                   .detail = last->detail,
                                   .settings = {SETTING_meta_phone_number_id},
                                   .n_settings = 1};
    return true;
}

static void ask(struct checking *c)
{
    const struct settings *s = c->settings;
    struct str api = str_of(s->meta_api_url);
    while (api.n && api.p[api.n - 1] == '/') {
        api.n--;
    }
    struct check_get get = {
        .url = pool_printf(c->pool, STR_FMT "/%s?fields=display_phone_number,webhook_configuration",
                           STR_ARG(api), s->meta_phone_number_id),
        .bearer = s->meta_access_token,
        .address = SETTING_meta_api_url,
        .secret = SETTING_meta_access_token,
        .named = SETTING_meta_phone_number_id,
    };
    json_t *number = NULL;
    if (!check_get(c, &get, &number)) {
        c->check->accepted = is_unknown(c) || c->check->accepted;
        return;
    }
    /* The nearest holds: the number's own, the business account's, the app's. */
    static const char *const places[] = {"phone_number", "whatsapp_business_account",
                                         "application"};
    const json_t *hooks = json_object_get(number, "webhook_configuration");
    const char *found = NULL;
    for (size_t i = 0; !found && i < ARRAY_SIZE(places); i++) {
        found = json_get_text(hooks, places[i], NULL);
    }
    if (hooks) {
        check_hook_found(c, &c->check->hooks[0], found);
    }
}

const struct check_row check_meta_rows[] = {
    {"whatsapp_meta",
     "whatsapp",
     "meta",
     "WhatsApp by Meta",
     is_on,
     look,
     ask,
     {SETTING_whatsapp_provider, SETTING_meta_phone_number_id, SETTING_meta_access_token,
      SETTING_meta_app_secret, SETTING_meta_verify_token, SETTING_meta_api_url, SETTING_public_url},
     7},
    {0},
};
