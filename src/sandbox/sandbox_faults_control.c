/* SPDX-License-Identifier: Apache-2.0 */
/* Faults as JSON: asked for, listed and ended. sandbox.h says what they mean. */
#include "base/json_read.h"
#include "sandbox/sandbox_private.h"

static int read_status(const json_t *status, struct sandbox_fault *f, unsigned *places,
                       struct err *e)
{
    if (json_is_integer(status)) {
        json_int_t n = json_integer_value(status);
        if (n < 400 || n > 599) {
            return err_field(e, ERR_INVALID, "status", "status is 400 to 599");
        }
        int ignored UNUSED = sandbox_fault_named(STR("status"), f, places);
        f->status = (int)n;
        return 0;
    }
    const char *name = json_is_string(status) ? json_string_value(status) : "";
    if (!sandbox_fault_named(str_of(name), f, places) || f->trouble == TROUBLE_STATUS) {
        return err_field(e, ERR_INVALID, "status",
                         "status is a number, hang, after_send_timeout, slow, duplicate, lost, "
                         "undelivered, reordered, forged, altered, too_large, wrong_type or "
                         "redirect");
    }
    return 0;
}

static int read_count(const json_t *document, const char *key, int most, int *out, struct err *e)
{
    int64_t n = json_get_i64(document, key, 0);
    if (n < 0 || n > most) {
        return err_field(e, ERR_INVALID, key, "%s is 0 to %d", key, most);
    }
    *out = (int)n;
    return 0;
}

static int read_counts(const json_t *d, struct sandbox_fault *f, struct err *e)
{
    int rc = read_count(d, "count", 1000000, &f->count, e);
    rc = rc ? rc : read_count(d, "code", 99999, &f->code, e);
    rc = rc ? rc : read_count(d, "latency_ms", 600000, &f->latency_ms, e);
    rc = rc ? rc : read_count(d, "hang_ms", 600000, &f->hang_ms, e);
    return rc ? rc : read_count(d, "retry_after", 86400, &f->retry_after_s, e);
}

/* Where a fault in texts can be asked for; `without` when nothing is said. */
static int read_texts_place(const char *on, unsigned without, unsigned *out, struct err *e)
{
    static const struct {
        const char *name;
        unsigned places;
    } rows[] = {
        {"sends", SANDBOX_ON_SENDS},         {"reads", SANDBOX_ON_READS},
        {"inbound", SANDBOX_ON_INBOUND},     {"media", SANDBOX_ON_MEDIA},
        {"callbacks", SANDBOX_ON_CALLBACKS}, {"any", SANDBOX_ON_SENDS | SANDBOX_ON_READS},
    };
    *out = without;
    if (!on[0]) {
        return 0;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (strcmp(rows[i].name, on) == 0) {
            *out = rows[i].places;
            return 0;
        }
    }
    return err_field(e, ERR_INVALID, "on", "on is sends, reads, inbound, media, callbacks or any");
}

static int read_google(const json_t *d, const char *on, struct sandbox_fault *f, struct err *e)
{
    if (strcmp(on, "token") != 0 && strcmp(on, "busy") != 0 && strcmp(on, "events") != 0 &&
        strcmp(on, "any") != 0 && on[0]) {
        return err_field(e, ERR_INVALID, "on", "on is token, busy, events or any");
    }
    if (f->trouble != TROUBLE_STATUS && f->trouble != TROUBLE_HANG && f->trouble != TROUBLE_SLOW) {
        return err_field(e, ERR_INVALID, "status", "Google's faults are a number, hang and slow");
    }
    f->api = SANDBOX_API_GOOGLE;
    snprintf(f->on, sizeof f->on, "%s", strcmp(on, "any") == 0 ? "" : on);
    snprintf(f->reason, sizeof f->reason, "%s", json_get_text(d, "reason", ""));
    return 0;
}

/* Whose requests it meets, and which of them; it must be able to happen in one of these places. */
static int read_whose(const json_t *d, unsigned possible, struct sandbox_fault *f, struct err *e)
{
    const char *api = json_get_text(d, "api", "texts"), *on = json_get_text(d, "on", "");
    if (strcmp(api, "google") == 0) {
        return read_google(d, on, f, e);
    }
    if (strcmp(api, "texts") != 0 && strcmp(api, "mail") != 0 && strcmp(api, "calls") != 0) {
        return err_field(e, ERR_INVALID, "api", "api is texts, mail, calls or google");
    }
    if (strcmp(api, "calls") == 0) { /* whose reports can be met as its webhooks are */
        f->api = SANDBOX_API_CALLS;
        possible |= possible & SANDBOX_ON_INBOUND ? (unsigned)SANDBOX_ON_CALLBACKS : 0u;
        possible &= ~(unsigned)SANDBOX_ON_MEDIA;
    }
    if (strcmp(api, "mail") == 0) { /* which has no files beside it */
        f->api = SANDBOX_API_MAIL;
        possible &= SANDBOX_ON_SENDS | SANDBOX_ON_READS | SANDBOX_ON_INBOUND | SANDBOX_ON_CALLBACKS;
    }
    bool anywhere = f->trouble == TROUBLE_MIXTURE;
    int rc = read_texts_place(on, anywhere ? possible : SANDBOX_ON_SENDS, &f->places, e);
    if (rc == 0 && !(f->places & possible)) {
        return err_field(e, ERR_INVALID, "on", "such a fault does not happen there");
    }
    f->places &= possible;
    return rc;
}

static int read_probability(const json_t *p, const char *key, double *out, struct err *e)
{
    if (p && (!json_is_number(p) || json_number_value(p) <= 0 || json_number_value(p) > 1)) {
        return err_field(e, ERR_INVALID, key, "%s is above 0 and at most 1", key);
    }
    *out = p ? json_number_value(p) : 1;
    return 0;
}

static int read_fault(const json_t *d, struct sandbox_fault *f, struct err *e)
{
    const json_t *share = json_object_get(d, "mixture");
    unsigned possible = ~0u;
    int rc = 0;
    if (share) {
        f->trouble = TROUBLE_MIXTURE;
        possible = SANDBOX_ON_SENDS | SANDBOX_ON_READS | SANDBOX_ON_INBOUND | SANDBOX_ON_MEDIA;
        rc = read_probability(share, "mixture", &f->probability, e);
    } else {
        rc = read_status(json_object_get(d, "status"), f, &possible, e);
        rc = rc ? rc
                : read_probability(json_object_get(d, "probability"), "probability",
                                   &f->probability, e);
        f->after = json_get_bool(d, "after", f->after);
    }
    rc = rc ? rc : read_counts(d, f, e);
    return rc ? rc : read_whose(d, possible, f, e);
}

static int add(struct sandbox *s, struct http_request *req, struct http_response *res,
               struct err *e)
{
    json_t *d = NULL;
    struct sandbox_fault f = {0};
    int rc = json_read(req->pool, req->body, &d, e);
    rc = rc ? rc : read_fault(d, &f, e);
    rc = rc ? rc : sandbox_add_fault(s, &f, e);
    if (rc == 0) {
        buf_puts(&res->body, "{\"status\":\"armed\"}");
    }
    return rc;
}

int sandbox_faults_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                           struct err *e)
{
    if (req->method == HTTP_POST) {
        return add(s, req, res, e);
    }
    if (req->method == HTTP_DELETE) {
        sandbox_end_faults(s);
        buf_puts(&res->body, "{\"status\":\"ended\"}");
        return 0;
    }
    struct jw j = jw_to(&res->body);
    sandbox_write_faults(s, &j);
    return 0;
}
