/* SPDX-License-Identifier: Apache-2.0 */
/* Twilio may add fields and statuses at any time: what is not known is no error. */
#include "channels/inbound_call.h"

#include "channels/inbound_sms.h"
#include "domain/phone.h"

#define ADDRESS_MAX_BYTES 256 /* a SIP address, at most */
#define URL_MAX_BYTES 1000

static int sid_of(const struct form *form, const char *name, const char *prefix, struct str *out,
                  struct err *e)
{
    *out = form_get(form, name);
    if (!out->p || !twilio_sid_ok(*out, prefix)) {
        return err_field(e, ERR_INVALID, name, "%s must be %s and 32 hexadecimal digits", name,
                         prefix);
    }
    return 0;
}

static struct str word(const struct form *form, const char *name)
{
    struct str value = form_get(form, name);
    bool plain = value.p && value.n <= ADDRESS_MAX_BYTES;
    for (size_t i = 0; plain && i < value.n; i++) {
        plain = (unsigned char)value.p[i] >= ' ';
    }
    return plain ? value : STR("");
}

static const char *number(struct pool *p, struct str text)
{
    return phone_is_e164(text) ? str_dup(p, text) : NULL;
}

int inbound_call_read(struct pool *p, const struct form *form, struct inbound_call *out,
                      struct err *e)
{
    struct inbound_call c = {
        .from = word(form, "From"),
        .to = word(form, "To"),
        .direction = word(form, "Direction"),
    };
    int rc = sid_of(form, "CallSid", "CA", &c.call_sid, e);
    if (rc < 0) {
        return rc;
    }
    c.outbound = str_starts(c.direction, STR("outbound"));
    c.caller = number(p, c.outbound ? c.to : c.from);
    c.called = number(p, c.outbound ? c.from : c.to);
    *out = c;
    return 0;
}

static int64_t number_or_none(const struct form *form, const char *name)
{
    int64_t n;
    struct str text = form_get(form, name);
    return text.p && str_to_i64(text, &n) && n >= 0 && n <= INT32_MAX ? n : -1;
}

int call_report_read(const struct form *form, struct call_report *out, struct err *e)
{
    static const struct {
        const char *name;
        bool final;
    } statuses[] = {
        {"queued", false},   {"initiated", false}, {"ringing", false}, {"in-progress", false},
        {"answered", false}, {"completed", true},  {"busy", true},     {"failed", true},
        {"no-answer", true}, {"canceled", true},
    };
    struct call_report r = {.sequence = number_or_none(form, "SequenceNumber"),
                            .duration_s = number_or_none(form, "CallDuration")};
    int rc = sid_of(form, "CallSid", "CA", &r.call_sid, e);
    struct str status = form_get(form, "CallStatus");
    if (rc == 0 && (!status.p || status.n == 0)) {
        rc = err_field(e, ERR_INVALID, "CallStatus", "CallStatus is missing");
    }
    if (rc < 0) {
        return rc;
    }
    for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
        if (str_eq(status, str_of(statuses[i].name))) {
            r.status = statuses[i].name;
            r.final = statuses[i].final;
        }
    }
    *out = r;
    return 0;
}

int call_taker_read(const struct form *form, struct call_taker *out, struct err *e)
{
    static const struct {
        const char *name;
        bool machine, hears;
    } takers[] = {
        {"human", false, false},
        {"machine_start", true, false}, /* only where the end is not waited for */
        {"machine_end_beep", true, true},
        {"machine_end_silence", true, true},
        {"machine_end_other", true, true},
        {"fax", true, false},
    };
    struct call_taker t = {.answered_by = "unknown"};
    int rc = sid_of(form, "CallSid", "CA", &t.call_sid, e);
    struct str by = form_get(form, "AnsweredBy");
    if (rc == 0 && (!by.p || by.n == 0)) {
        rc = err_field(e, ERR_INVALID, "AnsweredBy", "AnsweredBy is missing");
    }
    if (rc < 0) {
        return rc;
    }
    for (size_t i = 0; i < ARRAY_SIZE(takers); i++) {
        if (str_eq(by, str_of(takers[i].name))) {
            t.answered_by = takers[i].name;
            t.machine = takers[i].machine;
            t.hears = takers[i].hears;
        }
    }
    *out = t;
    return 0;
}

int call_recording_read(const struct form *form, struct call_recording *out, struct err *e)
{
    struct call_recording r = {.duration_s = number_or_none(form, "RecordingDuration")};
    int rc = sid_of(form, "CallSid", "CA", &r.call_sid, e);
    if (rc == 0) {
        rc = sid_of(form, "RecordingSid", "RE", &r.recording_sid, e);
    }
    struct str status = form_get(form, "RecordingStatus");
    r.completed = !status.p || str_eq(status, STR("completed"));
    struct str url = form_get(form, "RecordingUrl");
    bool web = url.p && url.n <= URL_MAX_BYTES &&
               (str_starts(url, STR("https://")) || str_starts(url, STR("http://")));
    if (rc == 0 && r.completed && !web) {
        rc =
            err_field(e, ERR_INVALID, "RecordingUrl", "RecordingUrl must be an address of the web");
    }
    if (rc < 0) {
        return rc;
    }
    r.url = r.completed ? url : (struct str){NULL, 0};
    *out = r;
    return 0;
}

const char *call_dial_status(const struct form *form)
{
    static const char *const words[] = {"completed", "answered", "busy",
                                        "no-answer", "failed",   "canceled"};
    struct str status = form_get(form, "DialCallStatus");
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (status.p && str_eq(status, str_of(words[i]))) {
            return words[i];
        }
    }
    return "unknown";
}

bool call_was_answered(const struct form *form)
{
    const char *status = call_dial_status(form);
    return strcmp(status, "completed") == 0 || strcmp(status, "answered") == 0;
}
