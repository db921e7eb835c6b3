/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/phone_of_settings.h"

#include "base/log.h"
#include "base/settings.h"
#include "domain/installation_secret.h"
#include "domain/phone.h"
#include "voice/call_ticket.h"
#include "voice/media_stream.h"

int phone_of_settings(const struct settings *s, struct pool *p, struct store *store,
                      struct voice_desk *desk, const char *public_url, struct media_streams **out,
                      struct err *e)
{
    struct media_streams_config config = {
        .desk = desk,
        .account = s->twilio_account_sid,
        .silent_ms = s->socket_silence / 2,
        .store = store,
        .handover =
            {
                .public_url = public_url,
                .person = s->transfer_number,
                .number = s->twilio_number,
                .ring_s = (int)s->transfer_ring,
                .account = {s->twilio_api_url, s->twilio_account_sid, s->twilio_auth_token,
                            (int)s->provider_timeout, NULL},
            },
    };
    *out = NULL;
    if (s->transfer_number[0] && !phone_is_e164(str_of(s->transfer_number))) {
        return settings_refuse(s, SETTING_transfer_number, e,
                               "must be a number in E.164 form such as +15550123456");
    }
    if (!s->twilio_account_sid[0] || !s->twilio_auth_token[0]) {
        return 0;
    }
    int rc = installation_secret(store, p, CALL_TICKET_SECRET, &config.key, e);
    if (rc == 0) {
        *out = media_streams_new(&config);
    }
    return rc;
}
