/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new message for Twilio's REST resource Messages: what is wrong with it, in Twilio's order and
 * by its codes, or its acceptance.
 */
#include "base/utf8.h"
#include "channels/inbound_sms.h"
#include "channels/twilio_codes.h"
#include "domain/phone.h"
#include "io/http.h"
#include "sandbox/sandbox_private.h"

#define BODY_MAX_CHARACTERS 1600

/* A message that is being made. */
struct draft {
    const struct form *form;
    struct str to, from, body, callback, service;
    struct str media[SANDBOX_MEDIA];
    int n_media;
    int code; /* Twilio's, when it turns out on the desk that it is refused */
    struct sandbox_fault fault;
    bool has_fault;
    struct buf *out;
};

static struct str without_prefix(struct str address)
{
    struct str prefix = STR("whatsapp:");
    return str_starts(address, prefix) ? (struct str){address.p + prefix.n, address.n - prefix.n}
                                       : address;
}

/* Twilio's code for a number that its test mode refuses; 0 for all others. */
static int refused_number(struct str to)
{
    static const struct {
        struct str number;
        int code;
    } rows[] = {
        {STR("+15005550001"), 21211}, {STR("+15005550002"), 21612}, {STR("+15005550003"), 21408},
        {STR("+15005550004"), 21610}, {STR("+15005550009"), 21614},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (str_eq(rows[i].number, to)) {
            return rows[i].code;
        }
    }
    return 0;
}

static bool address_ok(struct str url)
{
    struct str rest = url;
    struct str scheme = str_cut(&rest, ':');
    if (!str_eq(scheme, STR("http")) && !str_eq(scheme, STR("https"))) {
        return false;
    }
    if (!rest.p || !str_starts(rest, STR("//")) || url.n >= SANDBOX_URL_BYTES) {
        return false;
    }
    rest = (struct str){rest.p + 2, rest.n - 2};
    struct str host = str_cut(&rest, '/');
    return host.n && str_index(host, '_', 0) < 0;
}

/* 0, or Twilio's error code. */
static int check_draft(const struct sandbox *s, const struct draft *d)
{
    struct str to = without_prefix(d->to), from = without_prefix(d->from);
    int refused = refused_number(to);
    if (d->to.n == 0) {
        return 21604;
    }
    if (d->from.n == 0 && d->service.n == 0) {
        return 21603;
    }
    if (d->service.n && !twilio_sid_ok(d->service, "MG")) {
        return 21705;
    }
    if (d->body.n == 0 && d->n_media == 0) {
        return 21602;
    }
    if (!phone_is_e164(to) && !phone_is_short_code(to)) {
        return 21211;
    }
    if (refused) {
        return refused;
    }
    if (from.n && !phone_is_e164(from)) {
        return 21212;
    }
    if (from.n && !str_eq(from, str_of(s->number))) {
        return 21606;
    }
    if (utf8_length(d->body) > BODY_MAX_CHARACTERS) {
        return 21617;
    }
    if (d->n_media > SANDBOX_MEDIA) {
        return 21623;
    }
    for (int i = 0; i < d->n_media; i++) {
        if (!address_ok(d->media[i])) {
            return 21620;
        }
    }
    return d->callback.n && !address_ok(d->callback) ? 21609 : 0;
}

static void read_media(struct draft *d)
{
    for (size_t i = 0; i < d->form->n; i++) {
        if (!str_eq(d->form->pairs[i].name, STR("MediaUrl"))) {
            continue;
        }
        if (d->n_media < SANDBOX_MEDIA) {
            d->media[d->n_media] = d->form->pairs[i].value;
        }
        d->n_media++;
    }
}

static void add_media(struct sandbox *s, struct draft *d, struct sandbox_message *m)
{
    for (int i = 0; i < d->n_media; i++) {
        char url[SANDBOX_URL_BYTES], sid[35];
        snprintf(url, sizeof url, STR_FMT, STR_ARG(d->media[i]));
        sandbox_add_media(s, m, &(struct sandbox_file){.type = "image/jpeg", .url = url}, sid);
    }
}

/* Desk: accepts the text. */
static void accept_draft(struct sandbox *s, void *arg)
{
    struct draft *d = arg;
    char from[SANDBOX_ADDRESS_BYTES], to[SANDBOX_ADDRESS_BYTES];
    if (sandbox_has_stopped(s, d->to)) {
        d->code = 21610;
        return;
    }
    snprintf(from, sizeof from, STR_FMT, STR_ARG(d->from.n ? d->from : str_of(s->number)));
    snprintf(to, sizeof to, STR_FMT, STR_ARG(d->to));
    struct sandbox_message *m = sandbox_add(s, from, to, d->body, NULL);
    bool scheduled = d->service.n && str_eq(form_get(d->form, "ScheduleType"), STR("fixed"));
    m->status = scheduled ? "scheduled" : "queued";
    snprintf(m->service, sizeof m->service, STR_FMT, STR_ARG(d->service));
    if (d->n_media) {
        m->sid[0] = 'M';
        add_media(s, d, m);
    }
    m->trouble = d->has_fault ? d->fault.trouble : TROUBLE_STATUS;
    m->error_code = d->fault.code ? d->fault.code : 30003;
    if (d->callback.n) {
        m->callback = xmalloc(d->callback.n + 1);
        memcpy(m->callback, d->callback.p, d->callback.n);
        m->callback[d->callback.n] = '\0';
    }
    s->accepted++;
    sandbox_journal(s, m);
    if (!scheduled) {
        sandbox_step_later(s, m, "queued");
    }
    struct jw j = jw_to(d->out);
    sandbox_rest_message(&j, s, m);
}

void sandbox_rest_create(struct sandbox *s, struct http_request *req, struct http_response *res,
                         const struct sandbox_fault *fault)
{
    struct form form;
    struct err e = {0};
    if (form_parse(req->pool, req->body, &form, &e)) {
        sandbox_rest_error(res, 400, 20001, e.text);
        return;
    }
    struct draft d = {
        .form = &form,
        .to = form_get(&form, "To"),
        .from = form_get(&form, "From"),
        .body = form_get(&form, "Body"),
        .callback = form_get(&form, "StatusCallback"),
        .service = form_get(&form, "MessagingServiceSid"),
        .has_fault = fault != NULL,
        .out = &res->body,
    };
    if (fault) {
        d.fault = *fault;
    }
    struct str content = form_get(&form, "ContentSid");
    if (content.n) { /* what the template says is not known here: what was asked for is shown */
        d.body = str_of(pool_printf(req->pool, "[" STR_FMT "] " STR_FMT, STR_ARG(content),
                                    STR_ARG(form_get(&form, "ContentVariables"))));
    }
    read_media(&d);
    d.code = check_draft(s, &d);
    if (d.code == 0) {
        sandbox_do(s, accept_draft, &d);
    }
    if (d.code) {
        sandbox_rest_error(res, 400, d.code, twilio_error_words(d.code));
        return;
    }
    res->status = 201;
    res->content_type = "application/json;charset=utf-8";
}
