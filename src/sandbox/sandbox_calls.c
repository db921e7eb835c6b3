/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to the product, signed as Twilio signs them: customers' texts, sent by whoever asks for
 * it, and status callbacks, sent by a few threads that take due steps from the desk. As with
 * Twilio's default, a request is tried a second time only when no connection came about.
 */
#include "base/id.h"
#include "base/utf8.h"
#include "channels/inbound_sms.h"
#include "channels/twilio_signature.h"
#include "domain/phone.h"
#include "io/http_client.h"
#include "io/thread.h"
#include "sandbox/sandbox_private.h"

#define CALL_MS 15000
#define CONNECT_MS 5000
#define RETRY_AFTER_MS 200
#define TEXT_MAX_CHARACTERS 1600
#define FORM_MAX_FIELDS 48

struct fields {
    struct form form;
    struct form_pair pairs[FORM_MAX_FIELDS];
};

static void put(struct fields *f, const char *name, struct str value)
{
    f->form.pairs = f->pairs;
    if (f->form.n < FORM_MAX_FIELDS) {
        f->pairs[f->form.n++] = (struct form_pair){str_of(name), value};
    }
}

static void put_text(struct fields *f, const char *name, const char *value)
{
    put(f, name, str_of(value));
}

static int post(struct sandbox *s, struct http_client *http, struct pool *p, const char *url,
                const struct form *form, struct http_answer *answer, struct err *e)
{
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, 256u << 10);
    for (size_t i = 0; i < form->n; i++) {
        form_add(&body, form->pairs[i].name.p, form->pairs[i].value);
    }
    const char *headers[] = {
        pool_printf(p, "X-Twilio-Signature: %s",
                    twilio_sign(p, str_of(s->token), str_of(url), form)),
        pool_printf(p, "I-Twilio-Idempotency-Token: %s", id_new().text),
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent: TwilioProxy/1.1",
        "Accept: */*",
        NULL,
    };
    struct http_call call = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .body = buf_str(&body),
        .timeout_ms = CALL_MS,
        .connect_timeout_ms = CONNECT_MS,
        .answer_max_bytes = 64u << 10,
    };
    int rc = http_client_call(http, p, &call, answer, e);
    if (rc && !answer->may_have_arrived && !atomic_load(&s->stopping)) {
        sandbox_sleep(s, RETRY_AFTER_MS);
        rc = http_client_call(http, p, &call, answer, e);
    }
    return rc;
}

struct due {
    struct pool *pool;
    const char *url; /* NULL: nothing to post */
    int times;
    int64_t wait_ms; /* until the next step; -1: none; 0: look again */
    struct fields fields;
};

static const char *next_status(const struct sandbox_message *m)
{
    if (strcmp(m->status, "queued") == 0) {
        return "sent";
    }
    if (strcmp(m->status, "sent") == 0) {
        return m->trouble == TROUBLE_UNDELIVERED ? "undelivered" : "delivered";
    }
    return NULL;
}

static void fill_report(struct sandbox *s, const struct sandbox_message *m, struct due *d)
{
    struct fields *f = &d->fields;
    put_text(f, "MessageSid", pool_strdup(d->pool, m->sid));
    put_text(f, "MessageStatus", m->status);
    put_text(f, "SmsSid", pool_strdup(d->pool, m->sid));
    put_text(f, "SmsStatus", m->status);
    put_text(f, "AccountSid", s->account);
    put_text(f, "From", pool_strdup(d->pool, m->from));
    put_text(f, "To", pool_strdup(d->pool, m->to));
    put_text(f, "ApiVersion", "2010-04-01");
    if (strcmp(m->status, "undelivered") == 0) {
        put_text(f, "ErrorCode", pool_printf(d->pool, "%d", m->error_code));
    }
    d->url = pool_strdup(d->pool, m->callback);
    d->times = m->trouble == TROUBLE_DUPLICATE ? 2 : 1;
}

/* Desk: takes the first step when it is due. */
static void take_step(struct sandbox *s, void *arg)
{
    struct due *d = arg;
    d->wait_ms = -1;
    if (s->steps_first == s->steps_next) {
        return;
    }
    struct sandbox_step step = s->steps[s->steps_first % (s->max * 2)];
    int64_t left_ns = step.due.ns - mono_now().ns;
    if (left_ns > 0) {
        d->wait_ms = left_ns / 1000000 + 1;
        return;
    }
    d->wait_ms = 0;
    s->steps_first++;
    struct sandbox_message *m = sandbox_at(s, step.seq);
    if (!m) {
        return;
    }
    m->status = step.status;
    m->updated = wall_now();
    if (strcmp(m->status, "sent") == 0) {
        m->sent = m->updated;
    }
    const char *next = next_status(m);
    if (next) {
        sandbox_step_later(s, m, next);
    }
    if (m->callback && m->trouble != TROUBLE_LOST) {
        fill_report(s, m, d);
    }
}

void sandbox_caller(void *arg)
{
    struct caller *c = arg;
    struct sandbox *s = c->sandbox;
    struct pool *p CLEANUP(pool_free) = pool_new();
    while (!atomic_load(&s->stopping)) {
        pool_clear(p);
        struct due d = {.pool = p};
        sandbox_do(s, take_step, &d);
        if (d.wait_ms != 0) {
            bell_wait(c->bell, (int)d.wait_ms);
        }
        for (int i = 0; d.url && i < d.times; i++) {
            struct http_answer answer;
            int ignored UNUSED = post(s, c->client, p, d.url, &d.fields.form, &answer, NULL);
        }
    }
}

/* A customer's number as Twilio writes it, with the channel's prefix kept. */
static int read_address(const char *text, char out[SANDBOX_ADDRESS_BYTES], struct err *e)
{
    struct str prefix = STR("whatsapp:"), s = str_trim(str_of(text));
    bool whatsapp = str_starts(s, prefix);
    if (whatsapp) {
        s = (struct str){s.p + prefix.n, s.n - prefix.n};
    }
    char number[PHONE_BYTES];
    if (!whatsapp && phone_is_short_code(s)) {
        snprintf(out, SANDBOX_ADDRESS_BYTES, STR_FMT, STR_ARG(s));
        return 0;
    }
    int rc = phone_normalize(s, "1", number, e);
    if (rc == 0) {
        snprintf(out, SANDBOX_ADDRESS_BYTES, "%s%s", whatsapp ? prefix.p : "", number);
    }
    return rc;
}

struct text_task {
    const struct sandbox_text *text;
    const char *to;
    struct sandbox_texted *out;
    char product_url[SANDBOX_URL_BYTES];
    int segments;
};

/* Desk: notes the customer's text. */
static void add_text(struct sandbox *s, void *arg)
{
    struct text_task *t = arg;
    struct sandbox_message *m = t->text->sid ? sandbox_find(s, str_of(t->text->sid)) : NULL;
    bool again = m && m->inbound;
    if (!again) {
        m = sandbox_add(s, t->out->from, t->to, t->text->body, t->text->sid);
    }
    m->inbound = true;
    m->status = "received";
    t->out->seq = m->seq;
    t->segments = m->segments;
    snprintf(t->out->sid, sizeof t->out->sid, "%s", m->sid);
    memcpy(t->product_url, s->product_url, sizeof t->product_url);
}

static void fill_text(struct sandbox *s, struct pool *p, const struct text_task *t,
                      struct fields *f)
{
    const struct sandbox_text *text = t->text;
    put_text(f, "MessageSid", t->out->sid);
    put_text(f, "SmsSid", t->out->sid);
    put_text(f, "SmsMessageSid", t->out->sid);
    put_text(f, "AccountSid", s->account);
    put_text(f, "From", t->out->from);
    put_text(f, "To", t->to);
    put(f, "Body", text->body);
    put_text(f, "NumMedia", pool_printf(p, "%d", text->n_media));
    put_text(f, "NumSegments", pool_printf(p, "%d", t->segments));
    put_text(f, "SmsStatus", "received");
    put_text(f, "ApiVersion", "2010-04-01");
    put_text(f, "FromCountry", "US");
    put_text(f, "FromState", "");
    for (int i = 0; i < text->n_media; i++) {
        put_text(f, pool_printf(p, "MediaUrl%d", i), text->media_urls[i]);
        put_text(f, pool_printf(p, "MediaContentType%d", i),
                 text->media_types[i] ? text->media_types[i] : "image/jpeg");
    }
    struct str prefix = STR("whatsapp:");
    if (str_starts(str_of(t->out->from), prefix)) {
        put_text(f, "WaId", t->out->from + prefix.n + 1);
        put_text(f, "ChannelPrefix", "whatsapp");
    }
}

static int check_text(const struct sandbox_text *text, struct err *e)
{
    if (!utf8_valid(text->body) || utf8_length(text->body) > TEXT_MAX_CHARACTERS) {
        return err_field(e, ERR_INVALID, "body", "a text has at most %d characters of UTF-8",
                         TEXT_MAX_CHARACTERS);
    }
    if (text->n_media < 0 || text->n_media > (int)ARRAY_SIZE(text->media_urls)) {
        return err_field(e, ERR_INVALID, "media", "a text has at most %zu files",
                         ARRAY_SIZE(text->media_urls));
    }
    if (text->sid && !twilio_sid_ok(str_of(text->sid), "SM") &&
        !twilio_sid_ok(str_of(text->sid), "MM")) {
        return err_field(e, ERR_INVALID, "sid", "a sid is SM and 32 hexadecimal digits");
    }
    return 0;
}

int sandbox_send_text(struct sandbox *s, const struct sandbox_text *text,
                      struct sandbox_texted *out, struct err *e)
{
    struct sandbox_texted done = {0};
    char to[SANDBOX_ADDRESS_BYTES];
    int rc = check_text(text, e);
    rc = rc ? rc : read_address(text->from ? text->from : "", done.from, e);
    rc = rc ? rc : read_address(text->to ? text->to : s->number, to, e);
    if (rc) {
        return rc;
    }
    struct pool *p CLEANUP(pool_free) = pool_new();
    bool whatsapp = str_starts(str_of(done.from), STR("whatsapp:"));
    struct text_task t = {.text = text, .out = &done};
    t.to = whatsapp && to[0] == '+' ? pool_printf(p, "whatsapp:%s", to) : to;
    sandbox_do(s, add_text, &t);
    struct fields f = {0};
    fill_text(s, p, &t, &f);
    struct str base = str_of(t.product_url);
    while (base.n && base.p[base.n - 1] == '/') {
        base.n--;
    }
    struct http_client *http CLEANUP(http_client_free) = http_client_new();
    struct http_answer answer;
    struct err why = {0};
    rc = post(s, http, p, pool_printf(p, STR_FMT SANDBOX_SMS_PATH, STR_ARG(base)), &f.form, &answer,
              &why);
    done.status = rc ? 0 : answer.status;
    if (rc) {
        snprintf(done.error, sizeof done.error, "%.150s", err_text(&why, rc));
    }
    *out = done;
    return 0;
}

struct reply_task {
    struct pool *pool;
    const char *number;
    int64_t seq;
    struct str body;
};

static void find_reply(struct sandbox *s, void *arg)
{
    struct reply_task *t = arg;
    for (int64_t seq = MAX_OF(t->seq + 1, s->first); seq < s->next && !t->body.p; seq++) {
        const struct sandbox_message *m = sandbox_at(s, seq);
        if (!m->inbound && strcmp(m->to, t->number) == 0) {
            t->body = (struct str){pool_strndup(t->pool, m->body, m->body_n), m->body_n};
        }
    }
}

struct str sandbox_wait_reply(struct sandbox *s, struct pool *p, const char *number, int64_t seq,
                              int timeout_ms)
{
    struct reply_task t = {p, number, seq, {NULL, 0}};
    struct mono start = mono_now();
    for (;;) {
        sandbox_do(s, find_reply, &t);
        if (t.body.p || mono_us_since(start) / 1000 >= timeout_ms || atomic_load(&s->stopping)) {
            return t.body;
        }
        sandbox_sleep(s, 10);
    }
}
