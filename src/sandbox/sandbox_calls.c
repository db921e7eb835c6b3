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
#include "sandbox/sandbox_meta_private.h"

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

static void write_form(struct buf *body, const struct form *form, enum sandbox_seal seal)
{
    for (size_t i = 0; i < form->n; i++) {
        struct str name = form->pairs[i].name, value = form->pairs[i].value;
        if (seal == SEAL_ALTERED && str_eq(name, STR("Body"))) {
            value = STR("altered on the way");
        } else if (seal == SEAL_ALTERED &&
                   (str_eq(name, STR("MessageStatus")) || str_eq(name, STR("SmsStatus")) ||
                    str_eq(name, STR("CallStatus")))) {
            value = STR("failed");
        }
        form_add(body, name.p, value);
    }
}

int sandbox_post(struct sandbox *s, struct http_client *http, struct pool *p,
                 const struct sandbox_request *r, struct http_answer *answer, struct err *e)
{
    struct buf body CLEANUP(buf_clear);
    buf_init(&body, 256u << 10);
    write_form(&body, r->form, r->seal);
    struct str token = str_of(r->seal == SEAL_FORGED ? "somebody else's token" : s->token);
    const char *headers[] = {
        pool_printf(p, "X-Twilio-Signature: %s", twilio_sign(p, token, str_of(r->url), r->form)),
        pool_printf(p, "I-Twilio-Idempotency-Token: %s", r->token ? r->token : id_new().text),
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent: TwilioProxy/1.1",
        "Accept: */*",
        NULL,
    };
    struct http_call call = {
        .method = "POST",
        .url = r->url,
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
    if (rc == 0 && r->seal != SEAL_RIGHT && answer->status >= 200 && answer->status < 300) {
        atomic_fetch_add(&s->forged_taken, 1);
    }
    return rc;
}

/* The copy that a stranger sends before the right request; its status, 0 when there is none. */
static int post_forged(struct sandbox *s, struct http_client *http, struct pool *p, const char *url,
                       const struct form *form, enum sandbox_trouble trouble)
{
    if (trouble != TROUBLE_FORGED && trouble != TROUBLE_ALTERED) {
        return 0;
    }
    struct http_answer answer = {0};
    enum sandbox_seal seal = trouble == TROUBLE_FORGED ? SEAL_FORGED : SEAL_ALTERED;
    struct sandbox_request r = {url, form, seal, NULL};
    return sandbox_post(s, http, p, &r, &answer, NULL) == 0 ? answer.status : 0;
}

#define STATUSES_MAX 3

struct due {
    struct pool *pool;
    const char *url;                    /* NULL: nothing to post */
    const char *statuses[STATUSES_MAX]; /* a callback for each */
    int n_statuses;
    int times;
    enum sandbox_trouble trouble;
    int64_t wait_ms; /* until the next step; -1: none; 0: look again */
    char sid[35], from[SANDBOX_ADDRESS_BYTES], to[SANDBOX_ADDRESS_BYTES];
    int error_code;
    bool meta;
    const char *opaque;
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

/* Which callbacks are due now that the message has its new status. */
static void choose_callbacks(const struct sandbox_message *m, struct due *d)
{
    bool last = next_status(m) == NULL;
    if (!m->callback || m->trouble == TROUBLE_LOST || (m->trouble == TROUBLE_REORDERED && !last)) {
        return;
    }
    d->statuses[d->n_statuses++] = m->status;
    if (m->trouble == TROUBLE_REORDERED) {
        d->statuses[d->n_statuses++] = "sent";
        d->statuses[d->n_statuses++] = "queued";
    }
    d->url = pool_strdup(d->pool, m->callback);
    d->times = m->trouble == TROUBLE_DUPLICATE ? 2 : 1;
    d->trouble = m->trouble;
    d->error_code = m->error_code;
    d->meta = m->meta;
    d->opaque = pool_strdup(d->pool, m->opaque);
    memcpy(d->sid, m->sid, sizeof d->sid);
    memcpy(d->from, m->from, sizeof d->from);
    memcpy(d->to, m->to, sizeof d->to);
}

/* The same by Meta, who does not report what waits in a queue. */
static void post_meta_status(struct caller *c, const struct due *d, const char *status)
{
    if (strcmp(status, "queued") == 0) {
        return;
    }
    struct sandbox *s = c->sandbox;
    struct str batch =
        sandbox_meta_status(s, d->pool, d->to, d->sid, status, d->opaque, d->error_code);
    struct http_answer answer;
    if (d->trouble == TROUBLE_FORGED || d->trouble == TROUBLE_ALTERED) {
        enum sandbox_seal seal = d->trouble == TROUBLE_FORGED ? SEAL_FORGED : SEAL_ALTERED;
        int ignored UNUSED =
            sandbox_meta_post(s, c->client, d->pool, d->url, batch, seal, &answer, NULL);
    }
    for (int i = 0; i < d->times; i++) {
        int ignored UNUSED =
            sandbox_meta_post(s, c->client, d->pool, d->url, batch, SEAL_RIGHT, &answer, NULL);
    }
}

static void post_callback(struct caller *c, const struct due *d, const char *status)
{
    if (d->meta) {
        post_meta_status(c, d, status);
        return;
    }
    struct fields f = {0};
    put_text(&f, "MessageSid", d->sid);
    put_text(&f, "MessageStatus", status);
    put_text(&f, "SmsSid", d->sid);
    put_text(&f, "SmsStatus", status);
    put_text(&f, "AccountSid", c->sandbox->account);
    put_text(&f, "From", d->from);
    put_text(&f, "To", d->to);
    put_text(&f, "ApiVersion", "2010-04-01");
    if (strcmp(status, "undelivered") == 0) {
        put_text(&f, "ErrorCode", pool_printf(d->pool, "%d", d->error_code));
    }
    struct http_answer answer;
    post_forged(c->sandbox, c->client, d->pool, d->url, &f.form, d->trouble);
    for (int i = 0; i < d->times; i++) {
        struct sandbox_request r = {d->url, &f.form, SEAL_RIGHT, NULL};
        int ignored UNUSED = sandbox_post(c->sandbox, c->client, d->pool, &r, &answer, NULL);
    }
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
    choose_callbacks(m, d);
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
        for (int i = 0; i < d.n_statuses; i++) {
            struct sandbox_fault lost;
            if (!sandbox_take_fault(s, SANDBOX_ON_CALLBACKS, &lost)) {
                post_callback(c, &d, d.statuses[i]);
            }
        }
    }
}

/* A customer's number as Twilio writes it, with the channel's prefix kept. */
static int read_address(const char *text, bool meta, char out[SANDBOX_ADDRESS_BYTES], struct err *e)
{
    struct str prefix = STR("whatsapp:"), s = str_trim(str_of(text));
    bool whatsapp = str_starts(s, prefix);
    if (whatsapp) {
        s = (struct str){s.p + prefix.n, s.n - prefix.n};
    }
    char number[PHONE_BYTES];
    if (meta && s.n > 3 && s.p[2] == '.' && s.n + prefix.n < SANDBOX_ADDRESS_BYTES) {
        snprintf(out, SANDBOX_ADDRESS_BYTES, "%s" STR_FMT, prefix.p, STR_ARG(s));
        return 0; /* the id of a user who hides the number */
    }
    whatsapp = whatsapp || meta;
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
    char media[SANDBOX_MEDIA][35];
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
        if (t->text->n_media && !t->text->sid) {
            m->sid[0] = 'M';
        }
        sandbox_note_stop(s, m->from, t->text->body);
    }
    for (int i = 0; i < t->text->n_media && !again; i++) {
        sandbox_add_media(s, m, &t->text->media[i], t->media[i]);
    }
    if (!again && t->text->meta) {
        sandbox_meta_name(m);
    }
    if (again) {
        sandbox_media_sids(s, m, t->media);
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
        put_text(f, pool_printf(p, "MediaUrl%d", i),
                 pool_printf(p, "http://127.0.0.1:%d/2010-04-01/Accounts/%s/Messages/%s/Media/%s",
                             sandbox_port(s), s->account, t->out->sid, t->media[i]));
        put_text(f, pool_printf(p, "MediaContentType%d", i), text->media[i].type);
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
    if (text->n_media < 0 || text->n_media > (int)ARRAY_SIZE(text->media)) {
        return err_field(e, ERR_INVALID, "media", "a text has at most %zu files",
                         ARRAY_SIZE(text->media));
    }
    if (text->sid && text->meta) {
        return str_starts(str_of(text->sid), STR("wamid.")) && strlen(text->sid) == TWILIO_SID_CHARS
                   ? 0
                   : err_field(e, ERR_INVALID, "sid",
                               "a sid of Meta's is one that was given before");
    }
    if (text->sid && !twilio_sid_ok(str_of(text->sid), "SM") &&
        !twilio_sid_ok(str_of(text->sid), "MM")) {
        return err_field(e, ERR_INVALID, "sid", "a sid is SM and 32 hexadecimal digits");
    }
    return 0;
}

/* One webhook on its way. */
struct delivery {
    struct sandbox *sandbox;
    const char *url;
    const struct form *form;
    struct str batch; /* Meta's, instead of a form; n == 0: it is Twilio's */
    enum sandbox_trouble trouble;
    int status, forged_status;
    char error[160];
};

static void deliver(void *arg)
{
    struct delivery *d = arg;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct http_client *http CLEANUP(http_client_free) = http_client_new();
    struct http_answer answer = {0};
    struct err e = {0};
    struct sandbox *s = d->sandbox;
    bool forged = d->trouble == TROUBLE_FORGED || d->trouble == TROUBLE_ALTERED;
    int rc;
    if (d->batch.n) {
        enum sandbox_seal seal = d->trouble == TROUBLE_FORGED ? SEAL_FORGED : SEAL_ALTERED;
        if (forged && sandbox_meta_post(s, http, p, d->url, d->batch, seal, &answer, NULL) == 0) {
            d->forged_status = answer.status;
        }
        rc = sandbox_meta_post(s, http, p, d->url, d->batch, SEAL_RIGHT, &answer, &e);
    } else {
        d->forged_status = post_forged(s, http, p, d->url, d->form, d->trouble);
        struct sandbox_request r = {d->url, d->form, SEAL_RIGHT, NULL};
        rc = sandbox_post(s, http, p, &r, &answer, &e);
    }
    d->status = rc ? 0 : answer.status;
    if (rc) {
        snprintf(d->error, sizeof d->error, "%.150s", err_text(&e, rc));
    }
    atomic_fetch_add(&d->sandbox->webhooks, 1);
}

static void deliver_with_fault(struct delivery *d, const struct sandbox_fault *f)
{
    d->trouble = f->trouble;
    if (f->trouble == TROUBLE_LOST) {
        snprintf(d->error, sizeof d->error, "the webhook got lost, as was asked for");
        return;
    }
    sandbox_delay(d->sandbox, f);
    if (f->trouble == TROUBLE_DUPLICATE) {
        struct delivery twin = *d;
        struct thread *thread = thread_start("sandbox-twin", deliver, &twin);
        deliver(d);
        thread_join(&thread);
        return;
    }
    deliver(d);
}

/* Desk: what became of the text. */
static void note_answer(struct sandbox *s, void *arg)
{
    const struct sandbox_texted *done = arg;
    struct sandbox_message *m = sandbox_at(s, done->seq);
    if (m) {
        m->posted = true;
        m->product_status = done->status;
    }
}

int sandbox_send_text(struct sandbox *s, const struct sandbox_text *text,
                      struct sandbox_texted *out, struct err *e)
{
    struct sandbox_texted done = {0};
    char to[SANDBOX_ADDRESS_BYTES];
    int rc = check_text(text, e);
    const char *business = text->meta ? s->meta.number : s->number;
    rc = rc ? rc : read_address(text->from ? text->from : "", text->meta, done.from, e);
    rc = rc ? rc : read_address(text->to ? text->to : business, text->meta, to, e);
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
    struct delivery d = {.sandbox = s,
                         .url = pool_printf(p, STR_FMT "%s", STR_ARG(base),
                                            text->meta ? SANDBOX_META_PATH : SANDBOX_SMS_PATH),
                         .form = &f.form,
                         .trouble = TROUBLE_STATUS};
    if (text->meta) {
        d.batch = sandbox_meta_text(s, p, text, done.from, done.sid, t.media[0]);
    }
    struct sandbox_fault fault;
    if (sandbox_take_fault(s, SANDBOX_ON_INBOUND, &fault)) {
        deliver_with_fault(&d, &fault);
    } else {
        deliver(&d);
    }
    done.status = d.status;
    sandbox_do(s, note_answer, &done);
    done.forged_status = d.forged_status;
    memcpy(done.error, d.error, sizeof done.error);
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
