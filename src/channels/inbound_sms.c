/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that we need are demanded; fields that only add something are taken when they make sense
 * and ignored otherwise, because a customer's text must not be lost over them.
 */
#include "channels/inbound_sms.h"

#include <stdio.h>

#include "channels/sms_status.h"
#include "channels/twilio_codes.h"
#include "domain/phone.h"

static struct str field(const struct form *form, const char *name)
{
    struct str value = form_get(form, name);
    return value.p ? value : STR("");
}

bool twilio_sid_ok(struct str s, const char *prefix)
{
    if (s.n != TWILIO_SID_CHARS || !str_starts(s, str_of(prefix))) {
        return false;
    }
    for (size_t i = 2; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
            return false;
        }
    }
    return true;
}

static int read_sids(const struct form *form, struct str *message, struct str *account,
                     struct err *e)
{
    struct str sid = field(form, "MessageSid"), of = field(form, "AccountSid");
    if (sid.n == 0) {
        return err_field(e, ERR_INVALID, "MessageSid", "MessageSid is missing");
    }
    if (!twilio_sid_ok(sid, "SM") && !twilio_sid_ok(sid, "MM")) {
        return err_field(e, ERR_INVALID, "MessageSid",
                         "MessageSid is SM or MM and 32 hexadecimal digits");
    }
    if (of.n && !twilio_sid_ok(of, "AC")) {
        return err_field(e, ERR_INVALID, "AccountSid",
                         "AccountSid is AC and 32 hexadecimal digits");
    }
    *message = sid;
    *account = of;
    return 0;
}

/* A number or short code, without the channel's prefix. Empty stays empty. */
static int read_number(const struct form *form, const char *name, struct str *out, bool *whatsapp,
                       struct err *e)
{
    struct str prefix = STR("whatsapp:"), value = field(form, name);
    bool prefixed = str_starts(value, prefix);
    if (prefixed) {
        value = (struct str){value.p + prefix.n, value.n - prefix.n};
    }
    if (value.n ? !phone_is_e164(value) && !phone_is_short_code(value) : prefixed) {
        return err_field(e, ERR_INVALID, name,
                         "%s is a number in E.164 form (a plus and 7 to 15 digits) or a short code",
                         name);
    }
    *out = value;
    *whatsapp = prefixed;
    return 0;
}

/* A small number in a text; `otherwise` when it is none. */
static int count_of(struct str s, int most, int otherwise)
{
    int64_t n;
    return str_to_i64(s, &n) && n >= 0 ? (int)MIN_OF(n, most) : otherwise;
}

static void read_media(const struct form *form, struct inbound_sms *sms)
{
    int said = count_of(field(form, "NumMedia"), INBOUND_SMS_MEDIA, 0);
    for (int i = 0; i < said; i++) {
        char url[24], type[24];
        snprintf(url, sizeof url, "MediaUrl%d", i);
        snprintf(type, sizeof type, "MediaContentType%d", i);
        struct inbound_media m = {field(form, url), field(form, type)};
        if ((str_starts(m.url, STR("https://")) || str_starts(m.url, STR("http://"))) &&
            m.url.n <= 2000 && m.type.n <= 255) {
            sms->media[sms->n_media++] = m;
        }
    }
}

static enum opt_out opt_out_of(struct str word)
{
    return str_eq(word, STR("STOP"))    ? OPT_OUT_STOP
           : str_eq(word, STR("START")) ? OPT_OUT_START
           : str_eq(word, STR("HELP"))  ? OPT_OUT_HELP
                                        : OPT_OUT_NONE;
}

int inbound_sms_read(const struct form *form, struct inbound_sms *out, struct err *e)
{
    struct inbound_sms sms = {.body = field(form, "Body")};
    bool to_whatsapp;
    int rc = read_sids(form, &sms.message_sid, &sms.account_sid, e);
    rc = rc ? rc : read_number(form, "From", &sms.from, &sms.whatsapp, e);
    rc = rc ? rc : read_number(form, "To", &sms.to, &to_whatsapp, e);
    if (rc) {
        return rc;
    }
    if (sms.from.n == 0) {
        return err_field(e, ERR_INVALID, "From", "From is missing");
    }
    if (sms.body.n > INBOUND_SMS_BODY_BYTES) {
        return err_field(e, ERR_TOO_LARGE, "Body", "the text is longer than %d bytes",
                         INBOUND_SMS_BODY_BYTES);
    }
    sms.segments = MAX_OF(count_of(field(form, "NumSegments"), 100, 1), 1);
    sms.opt_out = opt_out_of(field(form, "OptOutType"));
    struct str name = field(form, "ProfileName");
    sms.profile_name = name.n <= 255 ? name : STR("");
    read_media(form, &sms);
    *out = sms;
    return 0;
}

int sms_report_read(const struct form *form, struct sms_report *out, struct err *e)
{
    struct sms_report r = {0};
    int rc = read_sids(form, &r.message_sid, &r.account_sid, e);
    if (rc) {
        return rc;
    }
    r.twilio_status = field(form, "MessageStatus");
    if (r.twilio_status.n == 0) {
        r.twilio_status = field(form, "SmsStatus");
    }
    if (r.twilio_status.n == 0 || r.twilio_status.n > 64) {
        return err_field(e, ERR_INVALID, "MessageStatus",
                         r.twilio_status.n ? "MessageStatus is no status"
                                           : "MessageStatus is missing");
    }
    r.status = sms_status_of(r.twilio_status);
    r.read = str_eq(r.twilio_status, STR("read"));
    int64_t code;
    if (str_to_i64(field(form, "ErrorCode"), &code) && code > 0 && code < 10000000000) {
        snprintf(r.error_code, sizeof r.error_code, "%lld", (long long)code);
        r.error_words = twilio_error_words(code);
    }
    *out = r;
    return 0;
}
