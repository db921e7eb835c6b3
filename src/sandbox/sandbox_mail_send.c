/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SendGrid's POST /v3/mail/send: what it refuses and in which words, the rate headers that every
 * answer has, and 202 with X-Message-Id for what it takes. Each personalization is an e-mail.
 */
#include "base/json_read.h"
#include "sandbox/sandbox_account.h"
#include "sandbox/sandbox_mail_private.h"

#define HANG_MS 60000
#define RECIPIENTS_MAX 1000
#define CUSTOM_ARGS_MAX_BYTES 10000
#define BODY_MAX_BYTES ((size_t)30 << 20)
#define HEADERS_MAX 40
#define RATE_LIMIT 600
#define SEND_AHEAD_S (72 * 3600)

static void write_error(struct jw *j, const char *message, const char *field)
{
    jw_object(j);
    jw_key(j, "errors");
    jw_array(j);
    jw_object(j);
    jw_kv_text(j, "message", message);
    jw_kv_text(j, "field", field);
    jw_kv_text(j, "help", NULL);
    jw_object_end(j);
    jw_array_end(j);
    jw_object_end(j);
}

static void refuse(struct http_response *res, int status, const char *field, const char *message)
{
    res->status = status;
    res->content_type = "application/json";
    buf_reset(&res->body);
    struct jw j = jw_to(&res->body);
    write_error(&j, message, field);
}

/* What is being read: the first thing that is wrong with it ends it. */
struct reading {
    struct sandbox *s;
    struct pool *pool;
    struct http_response *res;
    const json_t *body;
    size_t recipients;
};

static bool wrong(struct reading *r, const char *field, const char *message)
{
    refuse(r->res, 400, field, message);
    return false;
}

static bool address_ok(struct reading *r, const json_t *a, const char *field)
{
    const char *email = json_get_text(a, "email", NULL);
    if (!email) {
        return wrong(r, field, "The email parameter is required.");
    }
    return mail_address_valid(str_of(email)) ||
           wrong(r, pool_printf(r->pool, "%s.email", field), "Does not contain a valid address.");
}

/* to, cc and bcc of one personalization: no list is empty, no address comes twice. */
static bool list_ok(struct reading *r, const json_t *p, size_t at, const char *name, json_t *seen)
{
    const json_t *list = json_object_get(p, name), *a;
    const char *field = pool_printf(r->pool, "personalizations.%zu.%s", at, name);
    size_t i;
    if (!list && strcmp(name, "to") != 0) {
        return true;
    }
    if (!json_is_array(list) || json_array_size(list) == 0) {
        return wrong(r, field,
                     strcmp(name, "to") == 0
                         ? "The to array is required for all personalization objects, and must "
                           "have at least one email object with a valid email address."
                         : "The array must have at least one entry, or be left out.");
    }
    json_array_foreach (list, i, a) {
        if (!address_ok(r, a, pool_printf(r->pool, "%s.%zu", field, i))) {
            return false;
        }
        const char *email = json_get_text(a, "email", "");
        if (json_object_get(seen, email)) {
            return wrong(r, field,
                         "Each email address in the personalization block should be unique "
                         "between to, cc, and bcc. We found the first duplicate instance of an "
                         "address in the cc, bcc or to field.");
        }
        json_object_set_new(seen, email, json_true());
        r->recipients++;
    }
    return true;
}

static bool personalizations_ok(struct reading *r)
{
    const json_t *all = json_object_get(r->body, "personalizations"), *p;
    size_t i;
    if (!json_is_array(all) || json_array_size(all) == 0 || json_array_size(all) > 1000) {
        return wrong(r, "personalizations",
                     "The personalizations field is required and must have at least one "
                     "personalization, and at most 1000.");
    }
    json_array_foreach (all, i, p) {
        json_t *seen = json_object();
        bool good = list_ok(r, p, i, "to", seen) && list_ok(r, p, i, "cc", seen) &&
                    list_ok(r, p, i, "bcc", seen);
        json_decref(seen);
        if (!good) {
            return false;
        }
        int64_t send_at = json_get_i64(p, "send_at", json_get_i64(r->body, "send_at", 0));
        if (send_at > wall_now().us / US_PER_SECOND + SEND_AHEAD_S) {
            return wrong(r, "send_at", "Scheduling more than 72 hours in advance is forbidden.");
        }
        if (!json_get_text(p, "subject", NULL) && !json_get_text(r->body, "subject", NULL)) {
            return wrong(r, "subject",
                         "The subject is required. You can get around this requirement if you use "
                         "a template with a subject defined or if every personalization has a "
                         "subject defined.");
        }
    }
    return r->recipients <= RECIPIENTS_MAX ||
           wrong(r, "personalizations",
                 "The total number of recipients must be no more than 1000.");
}

static bool content_ok(struct reading *r)
{
    const json_t *all = json_object_get(r->body, "content"), *c;
    size_t i;
    bool html = false;
    if (!json_is_array(all) || json_array_size(all) == 0) {
        return wrong(r, "content",
                     "Unless a valid template_id is provided, the content parameter is required. "
                     "There must be at least one defined content block. We typically suggest both "
                     "text/plain and text/html blocks are included, but only one block is "
                     "required.");
    }
    json_array_foreach (all, i, c) {
        const char *type = json_get_text(c, "type", ""), *value = json_get_text(c, "value", "");
        if (!type[0] || !value[0]) {
            return wrong(r, pool_printf(r->pool, "content.%zu.%s", i, type[0] ? "value" : "type"),
                         "The content value must be a string at least one character in length.");
        }
        if (strcmp(type, "text/plain") == 0 && html) {
            return wrong(r, "content",
                         "If present, text/plain must be first, followed by text/html.");
        }
        html = html || strcmp(type, "text/html") == 0;
    }
    return true;
}

static bool headers_ok(struct reading *r, const json_t *headers)
{
    static const char *const reserved[] = {"x-sg-id",      "x-sg-eid",
                                           "received",     "dkim-signature",
                                           "Content-Type", "Content-Transfer-Encoding",
                                           "To",           "From",
                                           "Subject",      "Reply-To",
                                           "CC",           "BCC"};
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)headers, name, value) {
        const char *field = pool_printf(r->pool, "headers.%s", name);
        for (size_t i = 0; i < ARRAY_SIZE(reserved); i++) {
            if (str_eq_nocase(str_of(name), str_of(reserved[i]))) {
                return wrong(r, field, "You've used a reserved header name.");
            }
        }
        const char *text = json_string_value(value);
        if (!text || strpbrk(text, "\r\n") || strpbrk(name, "\r\n: ")) {
            return wrong(r, field, "Header values must be strings of one line.");
        }
    }
    return true;
}

static bool files_ok(struct reading *r)
{
    const json_t *all = json_object_get(r->body, "attachments"), *a;
    size_t i;
    if (all && !json_is_array(all)) {
        return wrong(r, "attachments", "The attachments must be an array.");
    }
    json_array_foreach (all, i, a) {
        struct str bytes;
        const char *content = json_get_text(a, "content", "");
        if (!json_get_text(a, "filename", NULL)) {
            return wrong(r, pool_printf(r->pool, "attachments.%zu.filename", i),
                         "The filename is required.");
        }
        if (!content[0] || !base64_decode(r->pool, str_of(content), &bytes)) {
            return wrong(r, pool_printf(r->pool, "attachments.%zu.content", i),
                         "The attachment content must be base64 encoded.");
        }
    }
    return true;
}

static bool rest_ok(struct reading *r)
{
    const json_t *args = json_object_get(r->body, "custom_args");
    const json_t *categories = json_object_get(r->body, "categories");
    if (json_array_size(categories) > 10) {
        return wrong(r, "categories", "There is a limit of 10 categories per request.");
    }
    if (args && json_dump_to_pool(r->pool, args).n > CUSTOM_ARGS_MAX_BYTES) {
        return wrong(r, "custom_args", "The custom_args must be less than 10000 bytes.");
    }
    if (json_object_get(r->body, "reply_to") && json_object_get(r->body, "reply_to_list")) {
        return wrong(r, "reply_to_list", "Use reply_to or reply_to_list, not both.");
    }
    const json_t *reply_to = json_object_get(r->body, "reply_to");
    return !reply_to || address_ok(r, reply_to, "reply_to");
}

static bool sender_ok(struct reading *r)
{
    const json_t *from = json_object_get(r->body, "from");
    if (!from) {
        return wrong(r, "from.email",
                     "The from object must be provided for every email send. It "
                     "is an object that requires the email parameter, but may "
                     "also contain a name parameter.");
    }
    if (!address_ok(r, from, "from")) {
        return false;
    }
    const char *ours = strchr(r->s->mails->address, '@');
    const char *theirs = strrchr(json_get_text(from, "email", ""), '@');
    if (!ours || strcasecmp(ours, theirs) != 0) {
        refuse(r->res, 403, "from",
               "The from address does not match a verified Sender Identity. Mail cannot be sent "
               "until this error is resolved.");
        return false;
    }
    return true;
}

/* ---- what was accepted ---- */

static void take_files(struct sandbox_mail *m, const json_t *all)
{
    const json_t *a;
    size_t i;
    struct sandbox_mail_file *files = pool_calloc(m->pool, json_array_size(all) + 1, sizeof *files);
    json_array_foreach (all, i, a) {
        struct sandbox_mail_file *f = &files[m->n_files++];
        f->name = json_get_text(a, "filename", "");
        f->type = json_get_text(a, "type", "application/octet-stream");
        if (!base64_decode(m->pool, str_of(json_get_text(a, "content", "")), &f->bytes)) {
            f->bytes = STR("");
        }
    }
    m->files = files;
}

/* The message's headers and the personalization's, which win. */
static void take_headers(struct sandbox_mail *m, const json_t *body, const json_t *personal)
{
    const json_t *both[] = {json_object_get(body, "headers"), json_object_get(personal, "headers")};
    const char **lines = pool_calloc(m->pool, HEADERS_MAX + 1, sizeof *lines);
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
        const char *name;
        json_t *value;
        json_object_foreach ((json_t *)(uintptr_t)both[i], name, value) {
            const char *text = json_string_value(value);
            if (strcasecmp(name, "Message-ID") == 0) {
                m->message_id = text;
            } else if (strcasecmp(name, "In-Reply-To") == 0) {
                m->in_reply_to = text;
            } else if (strcasecmp(name, "References") == 0) {
                struct str rest = str_of(text), word;
                const char **ids = pool_calloc(m->pool, MAIL_REFERENCES_MAX, sizeof *ids);
                while (rest.p && m->n_references < MAIL_REFERENCES_MAX) {
                    word = str_trim(str_cut(&rest, ' '));
                    if (word.n) {
                        ids[m->n_references++] = str_dup(m->pool, word);
                    }
                }
                m->references = ids;
            }
            if (n < HEADERS_MAX) {
                lines[n++] = pool_printf(m->pool, "%s: %s", name, text);
            }
        }
    }
    m->headers = lines;
}

static const char *take_recipients(struct sandbox_mail *m, const json_t *personal)
{
    static const char *const names[] = {"to", "cc", "bcc"};
    const char *line = "";
    const json_t *a;
    size_t k;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        json_array_foreach (json_object_get(personal, names[i]), k, a) {
            const char *email = json_get_text(a, "email", "");
            if (m->n_recipients < (int)ARRAY_SIZE(m->recipients)) {
                m->recipients[m->n_recipients++] = email;
            }
            if (i == 0) {
                line = pool_printf(m->pool, "%s%s%s", line, line[0] ? ", " : "", email);
            }
        }
    }
    return line;
}

static void drop(void *json)
{
    json_decref(json);
}

/* The e-mail that one personalization makes. */
static struct sandbox_mail *made_of(const json_t *body, const json_t *personal)
{
    struct sandbox_mail *m = mail_new(false, "sendgrid");
    json_t *own = json_deep_copy(body);
    json_t *person = json_deep_copy(personal);
    pool_on_free(m->pool, drop, own);
    pool_on_free(m->pool, drop, person);
    const json_t *from = json_object_get(own, "from"), *c;
    m->from = m->envelope_from = json_get_text(from, "email", "");
    m->from_name = json_get_text(from, "name", "");
    m->to = take_recipients(m, person);
    m->envelope_to = m->n_recipients ? m->recipients[0] : "";
    m->reply_to = json_get_text(json_object_get(own, "reply_to"), "email", NULL);
    m->subject = json_get_text(person, "subject", json_get_text(own, "subject", ""));
    size_t i;
    json_array_foreach (json_object_get(own, "content"), i, c) {
        struct str value = str_of(json_get_text(c, "value", ""));
        if (strcmp(json_get_text(c, "type", ""), "text/html") == 0) {
            m->html = value;
        } else if (strcmp(json_get_text(c, "type", ""), "text/plain") == 0) {
            m->text = value;
        }
    }
    take_headers(m, own, person);
    take_files(m, json_object_get(own, "attachments"));
    json_t *args = json_object();
    pool_on_free(m->pool, drop, args);
    json_object_update(args, json_object_get(own, "custom_args"));
    json_object_update(args, json_object_get(person, "custom_args"));
    m->custom_args = args;
    m->categories = json_object_get(own, "categories");
    return m;
}

struct accepting {
    struct sandbox_mail *mail;
    const struct sandbox_fault *fault;
    struct mail_accepted *out;
};

static void write_journal(struct sandbox *s, const struct sandbox_mail *m)
{
    if (!s->journal) {
        return;
    }
    struct buf line CLEANUP(buf_clear);
    buf_init(&line, 4u << 20);
    struct jw j = jw_to(&line);
    jw_object(&j);
    jw_kv_text(&j, "mail", m->message_id);
    jw_kv_text(&j, "id", m->id);
    jw_kv_text(&j, "way", m->way);
    jw_kv_text(&j, "to", m->n_recipients ? m->recipients[0] : "");
    jw_kv_text(&j, "subject", m->subject);
    jw_kv_str(&j, "body", m->text);
    jw_kv_bool(&j, "reported", m->trouble != TROUBLE_LOST);
    jw_key(&j, "at");
    jw_wall(&j, m->created);
    jw_object_end(&j);
    buf_putc(&line, '\n');
    fwrite(line.data, 1, line.len, s->journal);
    fflush(s->journal);
}

static void accept_mail(struct sandbox *s, void *arg)
{
    struct accepting *a = arg;
    struct sandbox_mail *m = a->mail;
    mail_add(s, m);
    memcpy(a->out->id, m->id, sizeof a->out->id);
    a->out->seq = m->seq;
    s->accepted++;
    m->trouble = a->fault ? a->fault->trouble : TROUBLE_STATUS;
    write_journal(s, m);
    if (strcmp(m->way, "sendgrid") == 0) {
        mail_events_of(s, m);
    } else {
        m->status = "delivered";
    }
}

struct mail_accepted mail_accept(struct sandbox *s, struct sandbox_mail *m,
                                 const struct sandbox_fault *fault)
{
    struct mail_accepted out;
    struct accepting a = {m, fault, &out};
    sandbox_do(s, accept_mail, &a);
    return out;
}

/* ---- the request ---- */

struct rate {
    int64_t remaining, reset;
};

static void count_request(struct sandbox *s, void *arg)
{
    struct rate *r = arg;
    int64_t minute = wall_now().us / US_PER_SECOND / 60;
    s->mails->requests = s->mails->minute == minute ? s->mails->requests + 1 : 1;
    s->mails->minute = minute;
    r->remaining = MAX_OF(RATE_LIMIT - s->mails->requests, 0);
    r->reset = (minute + 1) * 60;
}

static void answer_fault(struct sandbox *s, const struct sandbox_fault *f,
                         struct http_response *res, struct http_request *req)
{
    int status = f->trouble == TROUBLE_HANG ? 503 : f->status;
    if (f->trouble == TROUBLE_HANG) {
        sandbox_sleep(s, f->hang_ms ? f->hang_ms : HANG_MS);
        res->cut = f->after;
    }
    if (f->retry_after_s) {
        http_response_header(res, req->pool, "Retry-After", "%d", f->retry_after_s);
    }
    refuse(res, status, NULL, status == 429 ? "too many requests" : "a fault that was asked for");
}

static void take_all(struct reading *r, const struct sandbox_fault *fault)
{
    const json_t *p;
    size_t i;
    struct mail_accepted first = {0};
    json_array_foreach (json_object_get(r->body, "personalizations"), i, p) {
        struct mail_accepted done = mail_accept(r->s, made_of(r->body, p), fault);
        first = i ? first : done;
    }
    r->res->status = 202;
    r->res->content_type = NULL;
    http_response_header(r->res, r->pool, "X-Message-Id", "%s", first.id);
}

static void send_mail(struct reading *r, const struct sandbox_fault *fault)
{
    bool test =
        json_get_bool(json_object_get(json_object_get(r->body, "mail_settings"), "sandbox_mode"),
                      "enable", false);
    if (!personalizations_ok(r) || !sender_ok(r) || !content_ok(r) ||
        !headers_ok(r, json_object_get(r->body, "headers")) || !files_ok(r) || !rest_ok(r)) {
        return;
    }
    if (test) {
        r->res->status = 200;
        r->res->content_type = NULL;
        return;
    }
    take_all(r, fault);
}

static bool authorized(struct pool *p, const struct sandbox *s, const struct http_request *req)
{
    struct str header = http_request_header(req, "Authorization");
    return str_eq_secret(header.p ? header : STR(""),
                         str_of(pool_printf(p, "Bearer %s", s->mails->api_key)));
}

static void serve(struct reading *r, struct http_request *req)
{
    json_t *body = NULL;
    struct str type = http_request_header(req, "Content-Type");
    if (req->method != HTTP_POST) {
        refuse(r->res, 405, NULL, "HTTP method not allowed");
    } else if (!type.p || !str_starts(type, STR("application/json"))) {
        refuse(r->res, 415, NULL, "Content-Type should be application/json.");
    } else if (req->body.n > BODY_MAX_BYTES) {
        refuse(r->res, 413, NULL, "Request Entity Too Large");
    } else if (json_read(r->pool, req->body, &body, NULL) || !json_is_object(body)) {
        refuse(r->res, 400, NULL, "Bad Request");
    }
    r->body = body;
}

/* What is only read; false: it is none of it. */
static bool serve_reads(struct reading *r, struct http_request *req)
{
    struct sandbox_fault fault;
    if (!sandbox_account_mail(r->s, req, r->res)) {
        return false;
    }
    if (sandbox_take_mail_fault(r->s, SANDBOX_ON_READS, &fault)) {
        sandbox_sleep(r->s, fault.latency_ms);
        if (fault.trouble == TROUBLE_STATUS || fault.trouble == TROUBLE_HANG) {
            answer_fault(r->s, &fault, r->res, req);
        }
    }
    return true;
}

void sandbox_mail_api(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct reading r = {.s = s, .pool = req->pool, .res = res};
    struct rate rate = {0};
    sandbox_do(s, count_request, &rate);
    http_response_header(res, req->pool, "X-RateLimit-Limit", "%d", RATE_LIMIT);
    http_response_header(res, req->pool, "X-RateLimit-Remaining", "%lld",
                         (long long)rate.remaining);
    http_response_header(res, req->pool, "X-RateLimit-Reset", "%lld", (long long)rate.reset);
    res->status = 200;
    if (!authorized(r.pool, s, req)) {
        refuse(res, 401, NULL, "The provided authorization grant is invalid, expired, or revoked");
        return;
    }
    if (serve_reads(&r, req)) {
        return;
    }
    if (!str_eq(req->path, STR("/v3/mail/send"))) {
        refuse(res, 404, NULL, "Not Found");
        return;
    }
    serve(&r, req);
    if (!r.body || res->status != 200) {
        return;
    }
    struct sandbox_fault fault;
    bool faulty = sandbox_take_mail_fault(s, SANDBOX_ON_SENDS, &fault);
    bool answers = faulty && (fault.trouble == TROUBLE_STATUS || fault.trouble == TROUBLE_HANG);
    if (faulty && fault.latency_ms) {
        sandbox_sleep(s, fault.latency_ms);
    }
    if (!answers || fault.after) {
        send_mail(&r, faulty ? &fault : NULL);
    }
    if (answers) {
        answer_fault(s, &fault, res, req);
    }
}
