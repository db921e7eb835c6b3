/* SPDX-License-Identifier: Apache-2.0 */
/* The forms that Twilio posts: what is read from them, and what is refused and why. */
#include "base/pool.h"
#include "channels/inbound_sms.h"
#include "channels/sms_status.h"
#include "channels/twilio_codes.h"
#include "tap.h"

#define SID "SM0123456789abcdef0123456789ABCDEF"
#define ACCOUNT "AC0123456789abcdef0123456789abcdef"

static struct form form_of(struct pool *p, const char *body)
{
    struct form f = {0};
    struct err e = {0};
    if (form_parse(p, str_of(body), &f, &e)) {
        OK_MSG(false, "%s", e.text);
    }
    return f;
}

TEST(reads_a_text)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct form f = form_of(p, "MessageSid=" SID "&SmsSid=" SID "&AccountSid=" ACCOUNT
                               "&From=%2B15550100&To=%2B15550199999&Body=Hi+there%21+%E2%98%83"
                               "&NumMedia=0&NumSegments=2&FromCity=&ApiVersion=2010-04-01");
    struct inbound_sms sms;
    EQ_INT(inbound_sms_read(&f, &sms, NULL), 0);
    EQ_VIEW(sms.message_sid, SID);
    EQ_VIEW(sms.account_sid, ACCOUNT);
    EQ_VIEW(sms.from, "+15550100");
    EQ_VIEW(sms.to, "+15550199999");
    EQ_VIEW(sms.body, "Hi there! ☃");
    EQ_INT(sms.segments, 2);
    EQ_INT(sms.n_media, 0);
    EQ_INT(sms.opt_out, OPT_OUT_NONE);
    EQ_VIEW(sms.profile_name, "");
    OK(!sms.whatsapp);
}

TEST(reads_the_least_there_can_be)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct form f = form_of(p, "MessageSid=" SID "&From=72975");
    struct inbound_sms sms;
    EQ_INT(inbound_sms_read(&f, &sms, NULL), 0);
    EQ_VIEW(sms.from, "72975");
    EQ_VIEW(sms.to, "");
    EQ_VIEW(sms.body, "");
    EQ_INT(sms.segments, 1);
}

TEST(reads_pictures_opt_out_and_whatsapp)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct form f =
        form_of(p, "MessageSid=MM0123456789abcdef0123456789abcdef&From=whatsapp:%2B15550100002"
                   "&To=whatsapp:%2B15550199999&NumMedia=4&ProfileName=Ann&OptOutType=STOP"
                   "&MediaUrl0=https://example.org/a&MediaContentType0=image/png"
                   "&MediaUrl1=javascript:alert(1)&MediaUrl3=https://example.org/b");
    struct inbound_sms sms;
    EQ_INT(inbound_sms_read(&f, &sms, NULL), 0);
    OK(sms.whatsapp);
    EQ_VIEW(sms.from, "+15550100002");
    EQ_VIEW(sms.to, "+15550199999");
    EQ_VIEW(sms.profile_name, "Ann");
    EQ_INT(sms.opt_out, OPT_OUT_STOP);
    EQ_INT(sms.n_media, 2);
    EQ_VIEW(sms.media[0].url, "https://example.org/a");
    EQ_VIEW(sms.media[0].type, "image/png");
    EQ_VIEW(sms.media[1].url, "https://example.org/b");
    EQ_VIEW(sms.media[1].type, "");
}

TEST(bounds_the_number_of_files)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char *body = pool_printf(p, "MessageSid=" SID "&From=%%2B15550100&NumMedia=99999999999999999");
    for (int i = 0; i < 20; i++) {
        body = pool_printf(p, "%s&MediaUrl%d=https://example.org/%d", body, i, i);
    }
    struct form f = form_of(p, body);
    struct inbound_sms sms;
    EQ_INT(inbound_sms_read(&f, &sms, NULL), 0);
    EQ_INT(sms.n_media, INBOUND_SMS_MEDIA);
}

TEST(names_the_field_at_fault)
{
    static const struct {
        const char *form, *field;
    } rows[] = {
        {"From=%2B15550100&Body=x", "MessageSid"},
        {"MessageSid=&From=%2B15550100", "MessageSid"},
        {"MessageSid=SM123&From=%2B15550100", "MessageSid"},
        {"MessageSid=XX0123456789abcdef0123456789abcdef&From=%2B15550100", "MessageSid"},
        {"MessageSid=SM0123456789abcdef0123456789abcdeg&From=%2B15550100", "MessageSid"},
        {"MessageSid=" SID "0&From=%2B15550100", "MessageSid"},
        {"MessageSid=" SID "&AccountSid=me&From=%2B15550100", "AccountSid"},
        {"MessageSid=" SID, "From"},
        {"MessageSid=" SID "&From=", "From"},
        {"MessageSid=" SID "&From=whatsapp:", "From"},
        {"MessageSid=" SID "&From=Jane", "From"},
        {"MessageSid=" SID "&From=15550100002", "From"},
        {"MessageSid=" SID "&From=%2B1555010000200000000", "From"},
        {"MessageSid=" SID "&From=%2B15550100&To=%2B1'--", "To"},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i].form);
        struct form f = form_of(p, rows[i].form);
        struct inbound_sms sms = {.segments = 77};
        struct err e = {0};
        EQ_INT(inbound_sms_read(&f, &sms, &e), ERR_INVALID);
        EQ_STR(e.field, rows[i].field);
        EQ_INT(sms.segments, 77);
    }
}

TEST(refuses_an_endless_text)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char *body = pool_alloc(p, INBOUND_SMS_BODY_BYTES + 2);
    memset(body, 'a', INBOUND_SMS_BODY_BYTES + 1);
    struct form_pair pairs[] = {{STR("MessageSid"), STR(SID)},
                                {STR("From"), STR("+15550100")},
                                {STR("Body"), {body, INBOUND_SMS_BODY_BYTES}}};
    struct form f = {3, pairs};
    struct inbound_sms sms;
    struct err e = {0};
    EQ_INT(inbound_sms_read(&f, &sms, &e), 0);
    pairs[2].value.n++;
    EQ_INT(inbound_sms_read(&f, &sms, &e), ERR_TOO_LARGE);
    EQ_STR(e.field, "Body");
}

TEST(reads_a_report)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct form f = form_of(p, "MessageSid=" SID "&MessageStatus=undelivered&SmsStatus=undelivered"
                               "&ErrorCode=30003&AccountSid=" ACCOUNT "&RawDlrDoneDate=2308240501");
    struct sms_report r;
    EQ_INT(sms_report_read(&f, &r, NULL), 0);
    EQ_VIEW(r.message_sid, SID);
    EQ_STR(r.status, "undelivered");
    EQ_STR(r.error_code, "30003");
    EQ_STR(r.error_words, "The customer's phone is off or out of coverage");
    f = form_of(p, "MessageSid=" SID "&SmsStatus=sent&ErrorCode=");
    EQ_INT(sms_report_read(&f, &r, NULL), 0);
    EQ_STR(r.status, "sent");
    EQ_STR(r.error_code, "");
    EQ_STR(r.error_words, NULL);
    f = form_of(p, "MessageSid=" SID "&MessageStatus=teleported");
    EQ_INT(sms_report_read(&f, &r, NULL), 0);
    EQ_STR(r.status, NULL);
    EQ_VIEW(r.twilio_status, "teleported");
    f = form_of(p, "MessageSid=" SID "&MessageStatus=failed&ErrorCode=99999999999999999");
    EQ_INT(sms_report_read(&f, &r, NULL), 0);
    EQ_STR(r.error_code, "");
    struct err e = {0};
    f = form_of(p, "MessageSid=" SID);
    EQ_INT(sms_report_read(&f, &r, &e), ERR_INVALID);
    EQ_STR(e.field, "MessageStatus");
    f = form_of(p, "MessageStatus=sent");
    EQ_INT(sms_report_read(&f, &r, &e), ERR_INVALID);
    EQ_STR(e.field, "MessageSid");
}

/* Every order of reports ends with the last word of the state machine. */
TEST(status_never_goes_back)
{
    static const char *const theirs[] = {"accepted", "queued", "sending", "sent", "delivered"};
    static const char *const ours[] = {"queued", "queued", "queued", "sent", "delivered"};
    for (int i = 0; i < 5; i++) {
        EQ_STR(sms_status_of(str_of(theirs[i])), ours[i]);
        for (int j = 0; j < 5; j++) {
            tap_case("%s then %s", ours[i], ours[j]);
            OK(sms_status_advances(ours[i], ours[j]) == (i < j && strcmp(ours[i], ours[j]) != 0));
        }
    }
    tap_case("ends");
    OK(!sms_status_advances("delivered", "failed"));
    OK(!sms_status_advances("failed", "delivered"));
    OK(!sms_status_advances("undelivered", "sent"));
    OK(sms_status_advances(NULL, "queued"));
    OK(sms_status_advances("", "failed"));
    OK(!sms_status_advances("queued", NULL));
    OK(!sms_status_advances("queued", "teleported"));
    EQ_STR(sms_status_of(STR("canceled")), "failed");
    EQ_STR(sms_status_of(STR("read")), "delivered");
    EQ_STR(sms_status_of(STR("")), NULL);
    OK(sms_status_is_end("received") && sms_status_is_end("delivered"));
    OK(!sms_status_is_end("sent") && !sms_status_is_end(NULL));
}

TEST(codes_are_in_order_and_have_words)
{
    static const int64_t known[] = {
#define TWILIO_CODE(code, retry, words) code,
#include "channels/twilio_codes.def"
#undef TWILIO_CODE
    };
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        tap_case("%d", (int)known[i]);
        OK(i == 0 || known[i - 1] < known[i]);
        const struct twilio_code *c = twilio_code_find(known[i]);
        if (OK(c)) {
            EQ_INT(c->code, known[i]);
            OK(strlen(c->words) > 10 && c->words[strlen(c->words) - 1] != '.');
        }
    }
    tap_case("others");
    OK(!twilio_code_find(0) && !twilio_code_find(-1) && !twilio_code_find(21612345678));
    EQ_INT(twilio_code_find(21610)->retry, TWILIO_NEVER);
    EQ_INT(twilio_code_find(20429)->retry, TWILIO_LATER);
    EQ_INT(twilio_code_find(20500)->retry, TWILIO_MAYBE);
    OK(strlen(twilio_error_words(1)) > 10);
}

int main(void)
{
    return tap_run();
}
