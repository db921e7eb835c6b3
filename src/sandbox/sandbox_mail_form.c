/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form that SendGrid's Inbound Parse posts of an e-mail (multipart/form-data): its parts in
 * the parsed mode, or the whole e-mail in the raw mode; both with the envelope and what the checks
 * of the sender came to, which here is always a pass.
 */
#include "base/buf.h"
#include "sandbox/sandbox_mail_private.h"

#define FORM_MAX_BYTES ((size_t)64 << 20)

struct form_out {
    struct buf body;
    const char *boundary;
};

static void field(struct form_out *f, const char *name, struct str value)
{
    buf_printf(&f->body, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n", f->boundary,
               name);
    buf_put_str(&f->body, value);
    buf_puts(&f->body, "\r\n");
}

/* A file's name in a header: what would end it is left out. */
static const char *quoted_name(struct pool *p, const char *name)
{
    char *copy = pool_strdup(p, name);
    for (char *c = copy; *c; c++) {
        if (*c == '"' || *c == '\\' || *c == '\r' || *c == '\n') {
            *c = '_';
        }
    }
    return copy;
}

static void file(struct form_out *f, struct pool *p, const char *name,
                 const struct sandbox_mail_file *file)
{
    buf_printf(&f->body,
               "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\n"
               "Content-Type: %s\r\n\r\n",
               f->boundary, name, quoted_name(p, file->name), file->type);
    buf_put_str(&f->body, file->bytes);
    buf_puts(&f->body, "\r\n");
}

/* {"to":["a@x"],"from":"b@y"} */
static struct str envelope(struct pool *p, const struct sandbox_mail *m)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 4096);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_key(&j, "to");
    jw_array(&j);
    jw_text(&j, m->envelope_to);
    jw_array_end(&j);
    jw_kv_text(&j, "from", m->envelope_from);
    jw_object_end(&j);
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

static struct str attachment_info(struct pool *p, const struct sandbox_mail *m)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 65536);
    struct jw j = jw_to(&b);
    jw_object(&j);
    for (size_t i = 0; i < m->n_files; i++) {
        jw_key_text(&j, str_of(pool_printf(p, "attachment%zu", i + 1)));
        jw_object(&j);
        jw_kv_text(&j, "filename", m->files[i].name);
        jw_kv_text(&j, "name", m->files[i].name);
        jw_kv_text(&j, "type", m->files[i].type);
        jw_object_end(&j);
    }
    jw_object_end(&j);
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

/* The header block of the e-mail as it was, to its empty line. */
static struct str headers_of(struct str raw)
{
    for (size_t i = 0; i + 1 < raw.n; i++) {
        if (raw.p[i] == '\n' && (raw.p[i + 1] == '\n' ||
                                 (i + 2 < raw.n && raw.p[i + 1] == '\r' && raw.p[i + 2] == '\n'))) {
            return (struct str){raw.p, i + 1};
        }
    }
    return raw;
}

static void parsed(struct form_out *f, struct pool *p, const struct sandbox_mail *m)
{
    field(f, "headers", headers_of(m->raw));
    field(f, "text", m->text);
    if (m->html.n) {
        field(f, "html", m->html);
    }
    field(f, "attachments", str_of(pool_printf(p, "%zu", m->n_files)));
    if (m->n_files) {
        field(f, "attachment-info", attachment_info(p, m));
    }
    for (size_t i = 0; i < m->n_files; i++) {
        file(f, p, pool_printf(p, "attachment%zu", i + 1), &m->files[i]);
    }
}

struct str mail_form_of(struct pool *p, const struct sandbox_mail *m, const char *boundary)
{
    struct form_out f = {.boundary = boundary};
    buf_init(&f.body, FORM_MAX_BYTES);
    bool raw = strcmp(m->way, "raw") == 0;
    const char *at = strrchr(m->from, '@');
    if (raw) {
        field(&f, "email", m->raw);
    } else {
        parsed(&f, p, m);
    }
    field(&f, "dkim", str_of(pool_printf(p, "{%s : pass}", at ? at : "@example.com")));
    field(&f, "SPF", STR("pass"));
    field(&f, "to", str_of(m->to));
    field(&f, "from",
          str_of(m->from_name[0] ? pool_printf(p, "%s <%s>", m->from_name, m->from) : m->from));
    field(&f, "subject", str_of(m->subject));
    field(&f, "sender_ip", STR("192.0.2.25"));
    field(&f, "envelope", envelope(p, m));
    field(&f, "charsets",
          raw ? STR("{\"to\":\"UTF-8\",\"subject\":\"UTF-8\",\"from\":\"UTF-8\"}")
              : STR("{\"to\":\"UTF-8\",\"from\":\"UTF-8\",\"subject\":\"UTF-8\","
                    "\"text\":\"UTF-8\",\"html\":\"UTF-8\"}"));
    buf_printf(&f.body, "--%s--\r\n", boundary);
    size_t n = 0;
    bool failed = buf_failed(&f.body);
    char *bytes = buf_take(&f.body, &n);
    pool_on_free(p, free, bytes);
    return failed ? (struct str){NULL, 0} : (struct str){bytes, n};
}
