/* SPDX-License-Identifier: Apache-2.0 */
/* A server of one's own needs no key: naming it is enough to switch the model on. */
#include "cli/model_of_settings.h"

#include "mind/model.h"

static bool is_default_url(const struct settings *s)
{
    return strcmp(s->model_url, settings_rows[SETTING_model_url].otherwise) == 0;
}

int model_of_settings(const struct settings *s, struct model **out, struct err *e)
{
    enum model_format format;
    struct str url = str_of(s->model_url);
    if (!model_format_of(s->model_format, &format)) {
        return settings_refuse(s, SETTING_model_format, e, "must be auto, schema, object or text");
    }
    if (!str_starts(url, STR("http://")) && !str_starts(url, STR("https://"))) {
        return settings_refuse(s, SETTING_model_url, e, "must begin with http:// or https://");
    }
    if (!s->model_name[0]) {
        return settings_refuse(s, SETTING_model_name, e, "must not be empty");
    }
    if (!s->openai_api_key[0] && is_default_url(s)) {
        *out = NULL;
        return 0;
    }
    struct model_config config = {
        .url = s->model_url,
        .key = s->openai_api_key,
        .name = s->model_name,
        .format = format,
        .timeout_ms = (int)s->model_timeout,
        .voice_timeout_ms = (int)s->model_voice_timeout,
        .history_tokens = (int)s->model_tokens,
        .attempts = (int)s->model_attempts,
    };
    *out = model_new(&config);
    return 0;
}
