/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text comes first and the HTML second, since a reader shows the last that it can; files come
 * after both. Everything is encoded so that any server can take it (7 bits, short lines).
 */
#include "mail/mail_write.h"

#include <unistd.h>

#include "mail/mail_private.h"

#define TEXT_MAX_BYTES (2u << 20)
#define HTML_MAX_BYTES (8u << 20)
#define REFERENCES_MAX_BYTES 20000

/* ---- what may be sent ---- */

bool mail_id_valid(struct str id)
{
    for (size_t i = 0; i < id.n; i++) {
        bool edge = i == 0 || i + 1 == id.n;
        if (id.p[i] <= ' ' || id.p[i] > '~' || (!edge && (id.p[i] == '<' || id.p[i] == '>'))) {
            return false;
        }
    }
    return id.n > 2 && id.n <= MAIL_ID_MAX_BYTES && id.p[0] == '<' && id.p[id.n - 1] == '>';
}

static int check_address(const char *field, const char *address, struct err *e)
{
    return mail_address_valid(str_of(address ? address : ""))
               ? 0
               : err_field(e, ERR_INVALID, field,
                           "it is no e-mail address that mail can be sent to");
}

int mail_draft_check(const struct mail_draft *d, struct err *e)
{
    size_t bytes = d->text.n + d->html.n;
    int rc = check_address("from", d->from.address, e);
    if (rc == 0) {
        rc = check_address("to", d->to, e);
    }
    if (rc == 0 && d->reply_to) {
        rc = check_address("reply_to", d->reply_to, e);
    }
    if (rc == 0 && !mail_id_valid(str_of(d->message_id ? d->message_id : ""))) {
        rc = err_field(e, ERR_INVALID, "message_id", "it is no Message-ID");
    }
    for (size_t i = 0; i < d->n_files; i++) {
        bytes += (size_t)d->files[i].content.size / 3 * 4; /* in base64 */
    }
    if (rc == 0 && (d->text.n > TEXT_MAX_BYTES || d->html.n > HTML_MAX_BYTES ||
                    bytes > MAIL_DRAFT_MAX_BYTES)) {
        rc = err_set(e, ERR_TOO_LARGE, "the mail with its files is larger than %u MB",
                     MAIL_DRAFT_MAX_BYTES >> 20);
    }
    return rc;
}

#define IN_MEMORY_BYTES (1 << 20)

bool mail_draft_is_large(const struct mail_draft *d)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < d->n_files; i++) {
        bytes += d->files[i].content.size;
    }
    return bytes > IN_MEMORY_BYTES;
}

/* ---- headers ---- */

const char *mail_one_line(struct pool *p, const char *text)
{
    return mail_line_text(p, text, MAIL_SUBJECT_MAX_BYTES);
}

static const char *references_text(struct pool *p, const struct mail_draft *d)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, REFERENCES_MAX_BYTES);
    for (size_t i = 0; i < d->n_references; i++) {
        if (mail_id_valid(str_of(d->references[i]))) {
            buf_puts(&b, b.len ? " " : "");
            buf_puts(&b, d->references[i]);
        }
    }
    return buf_failed(&b) || b.len == 0 ? NULL : str_dup(p, buf_str(&b));
}

/* One line without control characters, as a URL is. */
static bool is_url(const char *url)
{
    for (const char *c = url; *c; c++) {
        if (*c <= ' ' || *c > '~' || *c == '<' || *c == '>') {
            return false;
        }
    }
    return url[0] != '\0';
}

size_t mail_draft_headers(struct pool *p, const struct mail_draft *d,
                          struct mail_header_line out[MAIL_DRAFT_HEADERS_MAX])
{
    size_t n = 0;
    const char *references = references_text(p, d);
    out[n++] = (struct mail_header_line){"Message-ID", d->message_id};
    if (d->in_reply_to && mail_id_valid(str_of(d->in_reply_to))) {
        out[n++] = (struct mail_header_line){"In-Reply-To", d->in_reply_to};
    }
    if (references) {
        out[n++] = (struct mail_header_line){"References", references};
    }
    if (d->auto_submitted) {
        out[n++] = (struct mail_header_line){"Auto-Submitted", d->auto_submitted};
        out[n++] = (struct mail_header_line){"X-Auto-Response-Suppress", "All"};
    }
    if (d->unsubscribe_url && is_url(d->unsubscribe_url)) {
        out[n++] = (struct mail_header_line){"List-Unsubscribe",
                                             pool_printf(p, "<%s>", d->unsubscribe_url)};
        out[n++] = (struct mail_header_line){"List-Unsubscribe-Post", "List-Unsubscribe=One-Click"};
    }
    return n;
}

const char *mail_reply_subject(struct pool *p, struct str subject)
{
    struct str base = str_trim(mail_base_subject(subject));
    const char *line = mail_line_text(p, str_dup(p, base), MAIL_SUBJECT_MAX_BYTES - 10);
    return pool_printf(p, "Re: %s", line[0] ? line : "your message");
}

void mail_references_next(struct pool *p, const char *const *references, size_t n,
                          const char *in_reply_to, const char *message_id, const char *const **out,
                          size_t *n_out)
{
    size_t half = MAIL_REFERENCES_MAX / 2, total = 0;
    const char **all = pool_calloc(p, MIN_OF(n, MAIL_REFERENCES_MAX) + 2, sizeof *all);
    *out = all;
    *n_out = 0;
    if (!message_id || !mail_id_valid(str_of(message_id))) {
        return;
    }
    if (n == 0 && in_reply_to && mail_id_valid(str_of(in_reply_to))) {
        all[total++] = in_reply_to;
    }
    for (size_t i = 0; i < n; i++) {
        bool kept = n < MAIL_REFERENCES_MAX || i < half || i + half > n;
        bool parent = strcmp(references[i], message_id) == 0;
        if (kept && !parent && mail_id_valid(str_of(references[i]))) {
            all[total++] = references[i];
        }
    }
    all[total++] = message_id;
    *n_out = total;
}

/* ---- HTML ---- */

static void put_escaped(struct buf *b, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        const char *as = text.p[i] == '<'    ? "&lt;"
                         : text.p[i] == '>'  ? "&gt;"
                         : text.p[i] == '&'  ? "&amp;"
                         : text.p[i] == '"'  ? "&quot;"
                         : text.p[i] == '\n' ? "<br>\n"
                                             : NULL;
        if (as) {
            buf_puts(b, as);
        } else {
            buf_putc(b, text.p[i]);
        }
    }
}

/* The link that begins there; n == 0: none does. A full stop behind it is the sentence's. */
static struct str link_at(struct str text, size_t at)
{
    struct str rest = {text.p + at, text.n - at};
    size_t n = 0;
    if (!str_starts(rest, STR("https://")) && !str_starts(rest, STR("http://"))) {
        return (struct str){rest.p, 0};
    }
    while (n < rest.n && rest.p[n] > ' ' && rest.p[n] <= '~' && !strchr("<>\"", rest.p[n])) {
        n++;
    }
    while (n && strchr(".,;:!?)'", rest.p[n - 1])) {
        n--;
    }
    return (struct str){rest.p, n};
}

static void put_paragraph(struct buf *b, struct str text)
{
    size_t done = 0;
    buf_puts(b, "<p>");
    for (size_t i = 0; i < text.n;) {
        struct str link = link_at(text, i);
        if (link.n == 0) {
            i++;
            continue;
        }
        put_escaped(b, (struct str){text.p + done, i - done});
        buf_puts(b, "<a href=\"");
        put_escaped(b, link);
        buf_puts(b, "\">");
        put_escaped(b, link);
        buf_puts(b, "</a>");
        i += link.n;
        done = i;
    }
    put_escaped(b, (struct str){text.p + done, text.n - done});
    buf_puts(b, "</p>\n");
}

struct str mail_html_of_text(struct pool *p, struct str text)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, HTML_MAX_BYTES);
    buf_puts(&b, "<!doctype html>\n<html>\n<head><meta charset=\"utf-8\"></head>\n<body>\n");
    size_t from = 0;
    for (size_t i = 0; i <= text.n; i++) {
        bool ends = i == text.n || (text.p[i] == '\n' && i + 1 < text.n && text.p[i + 1] == '\n');
        if (!ends) {
            continue;
        }
        struct str paragraph = str_trim((struct str){text.p + from, i - from});
        if (paragraph.n) {
            put_paragraph(&b, paragraph);
        }
        from = i;
    }
    buf_puts(&b, "</body>\n</html>\n");
    return buf_failed(&b) ? (struct str){NULL, 0} : (struct str){str_dup(p, buf_str(&b)), b.len};
}

/* ---- MIME ---- */

static GMimeObject *text_part(struct pool *p, const char *subtype, struct str text)
{
    GMimeTextPart *part = mail_keep(p, g_mime_text_part_new_with_subtype(subtype));
    g_mime_text_part_set_charset(part, "utf-8");
    g_mime_text_part_set_text(part, str_dup(p, text));
    return GMIME_OBJECT(part);
}

static GMimeObject *file_part(struct pool *p, const struct mail_file *f)
{
    const char *slash = strchr(f->content_type, '/');
    const char *type =
        slash ? pool_strndup(p, f->content_type, (size_t)(slash - f->content_type)) : "application";
    GMimePart *part =
        mail_keep(p, g_mime_part_new_with_type(type, slash ? slash + 1 : "octet-stream"));
    bool in_memory = f->content.bytes.p || f->content.size == 0;
    int64_t from = in_memory ? 0 : f->content.from;
    struct mail_bytes bytes = {.p = f->content.bytes.p ? f->content.bytes.p
                                    : in_memory        ? ""
                                                       : NULL,
                               .fd = f->content.fd,
                               .start = from,
                               .end = from + f->content.size};
    GMimeStream *stream = mail_bytes_stream(p, &bytes);
    GMimeDataWrapper *content =
        mail_keep(p, g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT));
    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
    g_mime_object_set_disposition(GMIME_OBJECT(part), "attachment");
    g_mime_part_set_filename(part, mail_line_text(p, f->filename, 200));
    return GMIME_OBJECT(part);
}

static GMimeObject *body_of(struct pool *p, const struct mail_draft *d)
{
    struct str html = d->html.n ? d->html : mail_html_of_text(p, d->text);
    GMimeMultipart *both = mail_keep(p, g_mime_multipart_new_with_subtype("alternative"));
    g_mime_multipart_add(both, text_part(p, "plain", d->text));
    if (html.n) {
        g_mime_multipart_add(both, text_part(p, "html", html));
    }
    if (d->n_files == 0) {
        return GMIME_OBJECT(both);
    }
    GMimeMultipart *all = mail_keep(p, g_mime_multipart_new_with_subtype("mixed"));
    g_mime_multipart_add(all, GMIME_OBJECT(both));
    for (size_t i = 0; i < d->n_files; i++) {
        g_mime_multipart_add(all, file_part(p, &d->files[i]));
    }
    return GMIME_OBJECT(all);
}

static void put_headers(struct pool *p, GMimeMessage *m, const struct mail_draft *d)
{
    struct mail_header_line lines[MAIL_DRAFT_HEADERS_MAX];
    size_t n = mail_draft_headers(p, d, lines);
    const char *name = mail_line_text(p, d->from.name ? d->from.name : "", 200);
    GDateTime *date = g_date_time_new_from_unix_utc(d->date.us / US_PER_SECOND);
    g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_FROM, name[0] ? name : NULL, d->from.address);
    g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_TO, NULL, d->to);
    if (d->reply_to) {
        g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_REPLY_TO, NULL, d->reply_to);
    }
    g_mime_message_set_subject(m, mail_one_line(p, d->subject), "utf-8");
    if (date) {
        g_mime_message_set_date(m, date);
        g_date_time_unref(date);
    }
    for (size_t i = 0; i < n; i++) {
        g_mime_object_set_header(GMIME_OBJECT(m), lines[i].name, lines[i].value, NULL);
    }
}

static int add_piece(void *arg, struct str piece, struct err *e)
{
    buf_add(arg, piece.p, piece.n);
    return buf_failed(arg) ? err_set(e, ERR_TOO_LARGE, "the mail is too large") : 0;
}

static int write_piece(void *arg, struct str piece, struct err *e)
{
    return spool_write(*(int *)arg, piece, e);
}

static int in_memory(struct pool *p, GMimeObject *mail, struct spooled *out, struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, MAIL_DRAFT_MAX_BYTES);
    int rc = mail_object_write(mail, add_piece, &b, e);
    if (rc == 0) {
        *out = spooled_of((struct str){pool_strndup(p, b.data, b.len), b.len});
    }
    return rc;
}

static int in_file(struct pool *p, GMimeObject *mail, const char *folder, struct spooled *out,
                   struct err *e)
{
    int fd;
    int rc = spool_new(folder, &fd, e);
    if (rc < 0) {
        return rc;
    }
    spool_keep(p, fd);
    rc = mail_object_write(mail, write_piece, &fd, e);
    *out = (struct spooled){.fd = fd, .size = lseek(fd, 0, SEEK_END)};
    return rc;
}

int mail_write(struct pool *p, const struct mail_draft *d, const char *folder, struct spooled *out,
               struct err *e)
{
    int rc = mail_draft_check(d, e);
    if (rc < 0) {
        return rc;
    }
    mail_libraries();
    GMimeMessage *m = mail_keep(p, g_mime_message_new(FALSE));
    put_headers(p, m, d);
    g_mime_message_set_mime_part(m, body_of(p, d));
    g_mime_object_encode(GMIME_OBJECT(m), GMIME_ENCODING_CONSTRAINT_7BIT);
    return mail_draft_is_large(d) ? in_file(p, GMIME_OBJECT(m), folder, out, e)
                                  : in_memory(p, GMIME_OBJECT(m), out, e);
}
