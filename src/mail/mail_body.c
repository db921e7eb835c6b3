/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a mail: which are its text, which its files. A text may come in several parts
 * (Apple Mail puts pictures between), each of them plain, HTML, or both as alternatives.
 */
#include "base/utf8.h"
#include "mail/mail_private.h"

#define DEPTH_MAX 30

struct walk {
    struct pool *p;
    struct mail_found *out;
    struct mail_part *files;
    size_t n_files;
};

/* A stretch of the text in the forms that it came in; p == NULL: not in that one. */
struct stretch {
    struct str plain, html;
};

static bool is_type(GMimeObject *o, const char *type, const char *subtype)
{
    return g_mime_content_type_is_type(g_mime_object_get_content_type(o), type, subtype);
}

static bool is_attached(GMimeObject *o)
{
    const char *disposition = g_mime_object_get_disposition(o);
    return disposition && g_ascii_strcasecmp(disposition, "attachment") == 0;
}

static void add_file(struct walk *w, GMimeObject *o, bool related)
{
    if (w->n_files == MAIL_ATTACHMENTS_MAX) {
        w->out->truncated = true;
        return;
    }
    struct mail_part *part = &w->files[w->n_files++];
    *part = mail_part_of(w->p, o);
    part->is_inline = related ? part->is_inline || part->content_id : part->is_inline;
}

static struct str text_of(struct walk *w, GMimeObject *leaf)
{
    const char *charset = g_mime_object_get_content_type_parameter(leaf, "charset");
    struct str bytes = mail_leaf_bytes(w->p, leaf, MAIL_TEXT_MAX_BYTES, &w->out->truncated);
    struct str text = mail_clean_body(w->p, mail_to_utf8(w->p, bytes, charset));
    const char *format = g_mime_object_get_content_type_parameter(leaf, "format");
    const char *space = g_mime_object_get_content_type_parameter(leaf, "delsp");
    if (format && g_ascii_strcasecmp(format, "flowed") == 0 && is_type(leaf, "text", "plain")) {
        text = mail_unflow(w->p, text, space && g_ascii_strcasecmp(space, "yes") == 0);
    }
    return text;
}

static struct str html_escaped(struct pool *p, struct str text)
{
    char *escaped = g_markup_escape_text(text.p, (gssize)text.n);
    struct str out =
        str_of(pool_printf(p, "<div style=\"white-space:pre-wrap\">%s</div>", escaped));
    g_free(escaped);
    return out;
}

/* As much of it as there is room for. */
static void put_some(struct buf *to, struct str text)
{
    size_t room = to->max - 1 - MIN_OF(to->len, to->max - 1);
    struct str some = utf8_prefix(text, room);
    buf_put_str(to, some);
    to->over = to->over || some.n < text.n;
}

/* Puts the stretch after what there is, in both forms if the mail has both. */
static void add_stretch(struct walk *w, const struct stretch *s)
{
    struct mail_found *out = w->out;
    bool any = out->has_plain || out->has_html;
    if (s->html.p && !out->has_html && any) { /* what was plain until here */
        put_some(&out->html, html_escaped(w->p, buf_str(&out->text)));
    }
    struct str plain = s->plain;
    if (!plain.p) {
        plain = mail_text_of_html(w->p, s->html);
    }
    if (out->text.len && plain.n) {
        buf_putc(&out->text, '\n');
    }
    put_some(&out->text, plain);
    if (s->html.p) {
        put_some(&out->html, s->html);
    } else if (out->has_html) {
        put_some(&out->html, html_escaped(w->p, plain));
    }
    out->has_plain = out->has_plain || s->plain.p;
    out->has_html = out->has_html || s->html.p;
}

static void walk_part(struct walk *w, GMimeObject *o, int depth, struct stretch *alternative);

/* The parts of a multipart; `first` only its first, the others as files of its pictures. */
static void walk_children(struct walk *w, GMimeMultipart *m, int depth, struct stretch *alternative,
                          bool related)
{
    int n = g_mime_multipart_get_count(m);
    for (int i = 0; i < n; i++) {
        GMimeObject *child = g_mime_multipart_get_part(m, i);
        if (related && i > 0 && GMIME_IS_PART(child)) {
            add_file(w, child, true);
        } else {
            walk_part(w, child, depth + 1, alternative);
        }
    }
}

static void walk_multipart(struct walk *w, GMimeObject *o, int depth, struct stretch *alternative)
{
    GMimeMultipart *m = GMIME_MULTIPART(o);
    if (depth > DEPTH_MAX) {
        w->out->truncated = true;
        return;
    }
    if (is_type(o, "multipart", "alternative") && !alternative) {
        struct stretch s = {0};
        walk_children(w, m, depth, &s, false);
        if (s.plain.p || s.html.p) {
            add_stretch(w, &s);
        }
        return;
    }
    walk_children(w, m, depth, alternative, is_type(o, "multipart", "related"));
}

static void take_text(struct walk *w, GMimeObject *o, struct stretch *alternative)
{
    bool html = is_type(o, "text", "html");
    struct stretch own = {0};
    struct stretch *s = alternative ? alternative : &own;
    struct str *place = html ? &s->html : &s->plain;
    if (place->p) { /* a second one of its kind, within alternatives: goes on */
        *place = str_of(
            pool_printf(w->p, STR_FMT "\n" STR_FMT, STR_ARG(*place), STR_ARG(text_of(w, o))));
    } else {
        *place = text_of(w, o);
    }
    if (!alternative) {
        add_stretch(w, s);
    }
}

static bool is_report_part(struct walk *w, GMimeObject *o)
{
    if (is_type(o, "message", "delivery-status") ||
        is_type(o, "message", "global-delivery-status")) {
        w->out->status = w->out->status ? w->out->status : o;
        return true;
    }
    if (is_type(o, "text", "rfc822-headers") || is_type(o, "message", "global-headers")) {
        w->out->original = w->out->original ? w->out->original : o;
        return true;
    }
    return is_type(o, "message", "disposition-notification") ||
           is_type(o, "message", "feedback-report");
}

/* A Content-Type that names no type counts as none, which is plain text (RFC 2045 5.2). */
static bool has_broken_type(struct walk *w, GMimeObject *o)
{
    const char *raw = mail_header(w->p, o, "Content-Type");
    return raw && !strchr(raw, '/');
}

static void walk_part(struct walk *w, GMimeObject *o, int depth, struct stretch *alternative)
{
    if (GMIME_IS_MULTIPART(o)) {
        walk_multipart(w, o, depth, alternative);
        return;
    }
    if (is_report_part(w, o)) {
        return;
    }
    if (GMIME_IS_MESSAGE_PART(o)) {
        w->out->original = w->out->original ? w->out->original : o;
        if (!w->out->report) {
            add_file(w, o, false);
        }
        return;
    }
    if (!GMIME_IS_PART(o)) {
        add_file(w, o, false);
        return;
    }
    const char *filename = g_mime_part_get_filename(GMIME_PART(o));
    bool calendar = is_type(o, "text", "calendar");
    if (calendar && !w->out->calendar) {
        w->out->calendar = o;
    }
    bool text = is_type(o, "text", "plain") || is_type(o, "text", "html") || has_broken_type(w, o);
    if (text && !is_attached(o) && (!filename || alternative)) {
        take_text(w, o, alternative);
    } else if (!alternative || !(is_type(o, "text", "*") || is_type(o, "application", "ics"))) {
        add_file(w, o, false); /* a text among alternatives says the same once more */
    }
}

/* A mail without any text but with one attached: some programs give the text itself a name. */
static void text_of_file(struct walk *w)
{
    for (size_t i = 0; i < w->n_files; i++) {
        GMimeObject *o = (GMimeObject *)(uintptr_t)w->files[i].body;
        if (is_type(o, "text", "plain") || is_type(o, "text", "html")) {
            if (!is_attached(o)) {
                take_text(w, o, NULL);
                return;
            }
        }
    }
}

void mail_body_read(struct pool *p, GMimeMessage *message, struct mail_found *out)
{
    struct walk w = {.p = p, .out = out};
    GMimeObject *root = g_mime_message_get_mime_part(message);
    *out = (struct mail_found){0};
    buf_init(&out->text, MAIL_TEXT_MAX_BYTES);
    buf_init(&out->html, MAIL_TEXT_MAX_BYTES);
    w.files = pool_calloc(p, MAIL_ATTACHMENTS_MAX, sizeof *w.files);
    if (root) {
        out->report = is_type(root, "multipart", "report");
        walk_part(&w, root, 0, NULL);
    }
    if (!out->has_plain && !out->has_html) {
        text_of_file(&w);
    }
    out->truncated = out->truncated || buf_failed(&out->text) || buf_failed(&out->html);
    out->attachments = w.files;
    out->n_attachments = w.n_files;
}
