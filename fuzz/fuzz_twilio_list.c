/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Twilio can answer when its messages or a message's files are listed: each is made into the
 * form that its webhook would have had, which must be one that can be read.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "channels/inbound_sms.h"
#include "channels/twilio_private.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct provider_account account = {
        .api_url = "https://api.example.com/", .account = "AC00000000000000000000000000000001"};
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str text = {pool_strndup(p, (const char *)data, size), size};
    json_t *document, *message;
    size_t i;
    if (json_read(p, text, &document, NULL)) {
        return 0;
    }
    json_array_foreach (json_object_get(document, "messages"), i, message) {
        struct provider_listed m;
        struct form form;
        if (!twilio_read_listed(p, message, &m)) {
            continue;
        }
        struct str body = twilio_form_of(p, &account, &m, document);
        must(body.n == 0 || form_parse(p, body, &form, NULL) == 0);
        if (body.n == 0) {
            continue;
        }
        struct inbound_sms sms;
        if (m.inbound && inbound_sms_read(&form, &sms, NULL) == 0) {
            must(str_eq(sms.message_sid, str_of(m.id)) && str_eq(sms.body, m.body));
            must(sms.n_media <= INBOUND_SMS_MEDIA);
        }
        struct sms_report report;
        must(m.inbound || !m.their_status[0] || strlen(m.their_status) > 64 ||
             sms_report_read(&form, &report, NULL) == 0);
    }
    return 0;
}
