/* SPDX-License-Identifier: Apache-2.0 */
/* What is under /sandbox/mail: for people, their page, and tests. */
#include "base/json_read.h"
#include "io/http.h"
#include "sandbox/sandbox_mail_private.h"

#define LIST_MAX 1000
#define LIST_DEFAULT 100

static int read_way(const char *by, enum sandbox_mail_way *out, struct err *e)
{
    static const char *const names[] = {"parsed", "raw", "imap"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(by, names[i]) == 0) {
            *out = (enum sandbox_mail_way)i;
            return 0;
        }
    }
    return err_field(e, ERR_INVALID, "by", "by is parsed, raw or imap");
}

static int read_files(struct pool *p, const json_t *files, struct sandbox_letter *l, struct err *e)
{
    size_t i;
    json_t *f;
    if (files && (!json_is_array(files) || json_array_size(files) > SANDBOX_MAIL_FILES)) {
        return err_field(e, ERR_INVALID, "files", "files is a list of at most %d",
                         SANDBOX_MAIL_FILES);
    }
    json_array_foreach (files, i, f) {
        struct sandbox_mail_file *file = &l->files[l->n_files++];
        file->name = json_get_text(f, "name", "file");
        file->type = json_get_text(f, "type", "application/octet-stream");
        if (!base64_decode(p, str_of(json_get_text(f, "data", "")), &file->bytes)) {
            return err_field(e, ERR_INVALID, "files", "files have their data in base64");
        }
    }
    return 0;
}

static int send_letter(struct sandbox *s, const struct sandbox_letter *l, struct http_response *res,
                       struct err *e)
{
    struct sandbox_mailed done;
    int rc = sandbox_send_mail(s, l, &done, e);
    if (rc) {
        return rc;
    }
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "message_id", done.message_id);
    jw_kv_i64(&j, "seq", done.seq);
    jw_kv_text(&j, "from", done.from);
    jw_kv_i64(&j, "status", done.status);
    if (done.forged_status) {
        jw_kv_i64(&j, "forged_status", done.forged_status);
    }
    jw_kv_text(&j, "error", done.error[0] ? done.error : NULL);
    jw_object_end(&j);
    return 0;
}

static int write_mail(struct sandbox *s, struct http_request *req, struct http_response *res,
                      struct err *e)
{
    json_t *d = NULL;
    int rc = json_read(req->pool, req->body, &d, e);
    if (rc) {
        return rc;
    }
    struct sandbox_letter l = {
        .from = json_get_text(d, "from", NULL),
        .to = json_get_text(d, "to", NULL),
        .subject = json_get_text(d, "subject", NULL),
        .in_reply_to = json_get_text(d, "in_reply_to", NULL),
        .text = str_of(json_get_text(d, "text", "")),
        .html = str_of(json_get_text(d, "html", "")),
        .quote = json_get_bool(d, "quote", true),
    };
    rc = read_way(json_get_text(d, "by", "parsed"), &l.way, e);
    rc = rc ? rc : read_files(req->pool, json_object_get(d, "files"), &l, e);
    return rc ? rc : send_letter(s, &l, res, e);
}

static int hand_in(struct sandbox *s, struct http_request *req, struct http_response *res,
                   struct err *e)
{
    struct form f;
    int rc = form_parse(req->pool, req->query, &f, e);
    if (rc) {
        return rc;
    }
    struct str by = form_get(&f, "by");
    struct sandbox_letter l = {
        .from = form_get(&f, "from").p, .to = form_get(&f, "to").p, .raw = req->body};
    if (!req->body.n) {
        return err_set(e, ERR_INVALID, "the body is the e-mail, with its headers");
    }
    rc = read_way(by.p ? by.p : "raw", &l.way, e);
    return rc ? rc : send_letter(s, &l, res, e);
}

/* ---- the list ---- */

struct listing {
    const char *with;
    int64_t after, limit;
    struct buf *out;
};

static void write_texts(struct jw *j, const char *key, const char *const *all, size_t n)
{
    jw_key(j, key);
    jw_array(j);
    for (size_t i = 0; i < n; i++) {
        jw_text(j, all[i]);
    }
    jw_array_end(j);
}

static void write_files(struct jw *j, const struct sandbox_mail *m)
{
    jw_key(j, "files");
    jw_array(j);
    for (size_t i = 0; i < m->n_files; i++) {
        char path[80];
        snprintf(path, sizeof path, "/sandbox/mail/file?seq=%lld&n=%zu", (long long)m->seq, i);
        jw_object(j);
        jw_kv_text(j, "name", m->files[i].name);
        jw_kv_text(j, "type", m->files[i].type);
        jw_kv_i64(j, "size", (int64_t)m->files[i].bytes.n);
        jw_kv_text(j, "path", path);
        jw_object_end(j);
    }
    jw_array_end(j);
}

static void write_headers(struct jw *j, const struct sandbox_mail *m)
{
    size_t n = 0;
    while (m->headers && m->headers[n]) {
        n++;
    }
    write_texts(j, "headers", m->headers, n);
}

static void write_one(struct jw *j, const struct sandbox_mail *m)
{
    jw_object(j);
    jw_kv_i64(j, "seq", m->seq);
    jw_kv_text(j, "id", m->id);
    jw_kv_text(j, "direction", m->inbound ? "inbound" : "outbound");
    jw_kv_text(j, "way", m->way);
    jw_kv_text(j, "from", m->from);
    jw_kv_text(j, "from_name", m->from_name);
    jw_kv_text(j, "to", m->to);
    jw_kv_text(j, "reply_to", m->reply_to);
    jw_kv_text(j, "envelope_from", m->envelope_from);
    jw_kv_text(j, "envelope_to", m->envelope_to);
    jw_kv_text(j, "subject", m->subject);
    jw_kv_text(j, "message_id", m->message_id);
    jw_kv_text(j, "in_reply_to", m->in_reply_to);
    write_texts(j, "references", m->references, m->n_references);
    write_headers(j, m);
    jw_kv_str(j, "text", m->text);
    jw_kv_str(j, "new_text", m->reply_text.n ? m->reply_text : m->text);
    jw_kv_str(j, "html", m->html);
    write_files(j, m);
    jw_kv_bool(j, "source", m->raw.n > 0);
    jw_kv_text(j, "status", m->status);
    write_texts(j, "events", m->events, (size_t)m->n_events);
    if (m->inbound && m->posted) {
        jw_kv_i64(j, "product_status", m->product_status);
    }
    if (m->inbound && strcmp(m->way, "imap") == 0) {
        jw_kv_bool(j, "seen", m->seen);
    }
    jw_key(j, "created");
    jw_wall(j, m->created);
    jw_object_end(j);
}

static void write_all(struct sandbox *s, void *arg)
{
    const struct listing *l = arg;
    struct jw j = jw_to(l->out);
    int64_t n = 0;
    jw_object(&j);
    jw_key(&j, "mails");
    jw_array(&j);
    for (int64_t seq = MAX_OF(l->after + 1, s->mails->first); seq < s->mails->next && n < l->limit;
         seq++) {
        const struct sandbox_mail *m = mail_at(s, seq);
        if (!l->with ||
            (m->inbound ? mail_same_address(m->from, l->with) : mail_is_to(m, l->with))) {
            write_one(&j, m);
            n++;
        }
    }
    jw_array_end(&j);
    jw_object_end(&j);
}

static int read_number(const struct form *f, const char *name, int64_t least, int64_t most,
                       int64_t *out, struct err *e)
{
    struct str text = form_get(f, name);
    int64_t n = *out;
    if (text.p && (!str_to_i64(text, &n) || n < least || n > most)) {
        return err_field(e, ERR_INVALID, name, "%s is a number", name);
    }
    *out = n;
    return 0;
}

static int list(struct sandbox *s, const struct form *f, struct http_response *res, struct err *e)
{
    struct listing l = {.with = form_get(f, "with").p, .limit = LIST_DEFAULT, .out = &res->body};
    int rc = read_number(f, "after", 0, INT64_MAX - 1, &l.after, e);
    rc = rc ? rc : read_number(f, "limit", 1, LIST_MAX, &l.limit, e);
    if (rc == 0) {
        sandbox_do(s, write_all, &l);
    }
    return rc;
}

/* ---- files ---- */

struct fetching {
    struct pool *pool;
    int64_t seq, n; /* n: -1 for all of the e-mail */
    const char *name, *type;
    struct str bytes;
};

static void copy_bytes(struct sandbox *s, void *arg)
{
    struct fetching *f = arg;
    const struct sandbox_mail *m = mail_at(s, f->seq);
    struct str from = {NULL, 0};
    if (m && f->n < 0 && m->raw.n) {
        from = m->raw;
        f->type = "text/plain; charset=utf-8";
    } else if (m && f->n >= 0 && (size_t)f->n < m->n_files) {
        from = m->files[f->n].bytes;
        f->name = pool_strdup(f->pool, m->files[f->n].name);
        f->type = "application/octet-stream";
    }
    if (f->type) {
        char *copy = pool_alloc_raw(f->pool, from.n + 1);
        if (from.n) {
            memcpy(copy, from.p, from.n);
        }
        f->bytes = (struct str){copy, from.n};
    }
}

/* A file as a download: what customers and the product send never runs in the page. */
static int fetch(struct sandbox *s, const struct form *form, bool source, struct http_request *req,
                 struct http_response *res, struct err *e)
{
    struct fetching f = {.pool = req->pool, .n = source ? -1 : 0};
    int rc = read_number(form, "seq", 0, INT64_MAX - 1, &f.seq, e);
    rc = rc || source ? rc : read_number(form, "n", 0, 1000, &f.n, e);
    if (rc) {
        return rc;
    }
    sandbox_do(s, copy_bytes, &f);
    if (!f.type) {
        return err_set(e, ERR_NOT_FOUND, "there is no such e-mail, or no such file of it");
    }
    res->content_type = f.type;
    http_response_header(res, req->pool, "X-Content-Type-Options", "nosniff");
    http_response_header(res, req->pool, "Content-Security-Policy", "sandbox");
    if (!source) {
        http_response_header(res, req->pool, "Content-Disposition", "attachment");
    }
    buf_put_str(&res->body, f.bytes);
    return 0;
}

static int show_key(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_text(&j, "public_key", sandbox_mail_key(s, req->pool));
    jw_object_end(&j);
    return 0;
}

int sandbox_mail_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                         struct err *e)
{
    struct str prefix = STR("/sandbox/mail");
    struct str rest = {req->path.p + prefix.n, req->path.n - prefix.n};
    bool get = req->method == HTTP_GET, post = req->method == HTTP_POST;
    struct form f;
    int rc = form_parse(req->pool, req->query, &f, e);
    if (rc) {
        return rc;
    }
    if (!rest.n) {
        return post  ? write_mail(s, req, res, e)
               : get ? list(s, &f, res, e)
                     : err_set(e, ERR_METHOD, "the path takes GET and POST");
    }
    if (post && str_eq(rest, STR("/raw"))) {
        return hand_in(s, req, res, e);
    }
    if (post && str_eq(rest, STR("/event"))) {
        return mail_event_control(s, req, res, e);
    }
    if (get && str_eq(rest, STR("/key"))) {
        return show_key(s, req, res);
    }
    if (get && (str_eq(rest, STR("/file")) || str_eq(rest, STR("/source")))) {
        return fetch(s, &f, rest.p[1] == 's', req, res, e);
    }
    return err_set(e, ERR_NOT_FOUND, "the sandbox has no such path, or it takes another method");
}
