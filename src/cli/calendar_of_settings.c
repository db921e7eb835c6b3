/* SPDX-License-Identifier: Apache-2.0 */
/* A key file switches Google Calendar on. */
#include "cli/calendar_of_settings.h"

#include "cli/file.h"
#include "domain/calendar_google.h"

#define KEY_FILE_MAX_BYTES (64u << 10)

int calendar_of_settings(const struct settings *s, struct calendar **out, struct err *e)
{
    struct buf key_file CLEANUP(buf_clear);
    struct err why = {0};
    struct str url = str_of(s->google_api_url);
    buf_init(&key_file, KEY_FILE_MAX_BYTES);
    *out = NULL;
    if (!s->google_credentials[0]) {
        return 0;
    }
    if (!str_starts(url, STR("http://")) && !str_starts(url, STR("https://"))) {
        return settings_refuse(s, SETTING_google_api_url, e, "must begin with http:// or https://");
    }
    int rc = cli_read_file(s->google_credentials, &key_file, &why);
    if (rc == 0) {
        struct calendar_google_config config = {
            .api_url = s->google_api_url,
            .key_file = buf_str(&key_file),
            .calendar = s->google_calendar,
            .busy_ms = (int)s->calendar_timeout,
            .write_ms = (int)s->provider_timeout,
        };
        rc = calendar_google_new(&config, out, &why);
    }
    if (rc < 0) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        return settings_refuse(s, SETTING_google_credentials, e,
                               pool_printf(p, "cannot be used: %s", why.text));
    }
    return 0;
}
