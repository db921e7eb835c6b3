/* SPDX-License-Identifier: Apache-2.0 */
/* Asked for a few times an hour, so it has no connection of its own that is kept. */
#include "voice/handover.h"

#include "base/utf8.h"
#include "channels/twilio_calls.h"
#include "channels/twiml.h"
#include "io/http_client.h"

#define SUMMARY_MAX_BYTES 600 /* half a minute of speech */

bool handover_possible(const struct handover_config *c)
{
    return c->person && c->person[0] && c->public_url;
}

void handover_dial(struct buf *b, const struct handover_config *c, const char *call_sid)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct twiml_dial dial = {
        .number = str_of(c->person),
        .caller_id = c->number && c->number[0] ? c->number : NULL,
        .ring_s = c->ring_s,
        .action = pool_printf(p, "%s%s?part=person", c->public_url, TWILIO_AFTER_PATH),
        .whisper = pool_printf(p, "%s%s?call=%s", c->public_url, TWILIO_WHISPER_PATH, call_sid),
    };
    twiml_dial(b, &dial);
}

const char *handover_words(struct pool *p, struct str business, struct str summary,
                           struct str reason)
{
    struct str about = utf8_prefix(summary, SUMMARY_MAX_BYTES);
    if (about.n == 0) {
        return pool_printf(p, "A caller of " STR_FMT " for you%s" STR_FMT ".", STR_ARG(business),
                           reason.n ? ": " : "", STR_ARG(reason));
    }
    return pool_printf(p, "A caller of " STR_FMT " for you. " STR_FMT, STR_ARG(business),
                       STR_ARG(about));
}

int handover_do(const struct handover_config *c, const char *call_sid, struct err *e)
{
    if (!c->account.api_url || !c->account.account[0]) {
        return err_set(e, ERR_PROVIDER, "no Twilio account is set up");
    }
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct http_client *http CLEANUP(http_client_free) = http_client_new();
    struct provider_result result;
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, TWIML_MAX_BYTES);
    twiml_open(&b);
    handover_dial(&b, c, call_sid);
    twiml_close(&b);
    twilio_call_update(http, p, &c->account, call_sid, buf_str(&b), &result);
    return result.failure == PROVIDER_OK ? 0 : err_set(e, ERR_PROVIDER, "%s", result.text);
}
