/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger can send to the text webhook: a form of any bytes, read as an inbound text and as
 * a report, measured, made plain, cut, and signed. Beside crashes it looks for broken promises.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "channels/inbound_sms.h"
#include "channels/twilio_signature.h"
#include "domain/consent_word.h"
#include "domain/phone.h"
#include "domain/sms_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static void measure(struct pool *p, struct str text)
{
    struct sms_size size = sms_measure(text);
    must(size.segments >= 1 && size.units >= 0);
    must(!size.gsm7 || size.units <= size.segments * 160);
    struct str plain = sms_plain(p, text);
    must(!utf8_valid(text) || utf8_valid(plain));
    for (int most = 1; most <= 3; most++) {
        must(sms_measure(sms_fit(p, text, most)).segments <= most);
    }
}

static void sign(struct pool *p, const struct form *form, struct str url)
{
    struct str token = STR("12345");
    char *signature = twilio_sign(p, token, url, form);
    bool whole = str_index(url, '#', 0) < 0 && form->n && memmem(url.p, url.n, "://", 3);
    must(!whole || twilio_signature_ok(p, token, str_of(signature), url, form, STR("")));
    must(!twilio_signature_ok(p, token, STR("RSOYDt4T1cUTdK1PDd93/VVr8B8="), url, form, STR("")));
    must(!twilio_signature_ok(p, token, str_of(signature), url, NULL, STR("{}")) || !whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str body = {pool_strndup(p, (const char *)data, size), size};
    struct form form;
    measure(p, body);
    if (form_parse(p, body, &form, NULL)) {
        return 0;
    }
    struct inbound_sms sms;
    if (inbound_sms_read(&form, &sms, NULL) == 0) {
        must(phone_is_e164(sms.from) || phone_is_short_code(sms.from));
        must(sms.n_media >= 0 && sms.n_media <= INBOUND_SMS_MEDIA && sms.segments >= 1);
        must(sms.message_sid.n == TWILIO_SID_CHARS && utf8_valid(sms.body));
        measure(p, sms.body);
        struct consent_said said = consent_word_in(sms.body);
        must((said.word == CONSENT_WORD_NONE) == (said.as == NULL));
    }
    struct sms_report report;
    if (sms_report_read(&form, &report, NULL) == 0) {
        must(report.twilio_status.n > 0);
    }
    char number[PHONE_BYTES];
    if (phone_normalize(body, "1", number, NULL) == 0) {
        must(phone_is_e164(str_of(number)));
    }
    struct str url = form_get(&form, "url");
    sign(p, &form, url.p ? url : STR("https://example.org/api/webhooks/twilio/sms?a='b"));
    return 0;
}
