/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms in parts. GMime reads what the parts say of themselves. Where they begin and end is found
 * here: its parser would take a file apart that is a mail or a multipart itself, and a file has to
 * come out as it went in, to the last byte.
 */
#include "mail/mail_form.h"

#include <ctype.h>
#include <unistd.h>

#include "base/utf8.h"
#include "mail/mail_private.h"

#define PART_HEAD_MAX 16384
#define TAIL 1024        /* of the body, in which it must end */
#define BOUNDARY_MAX 200 /* RFC 2046 allows 70 */

static int boundary_of(struct pool *p, struct str content_type, const char **out, struct err *e)
{
    const char *line = mail_line_text(p, str_dup(p, content_type), 1000);
    GMimeContentType *type = g_mime_content_type_parse(NULL, line);
    bool form = type && g_mime_content_type_is_type(type, "multipart", "form-data");
    const char *boundary = form ? g_mime_content_type_get_parameter(type, "boundary") : NULL;
    const char *copy = boundary ? pool_strdup(p, boundary) : NULL;
    if (type) {
        g_object_unref(type);
    }
    if (!form) {
        return err_set(e, ERR_MEDIA_TYPE, "the body must be multipart/form-data");
    }
    if (!copy || !copy[0] || strlen(copy) > BOUNDARY_MAX || strpbrk(copy, "\r\n\"\\")) {
        return err_set(e, ERR_MALFORMED, "the Content-Type has no boundary that can be used");
    }
    *out = copy;
    return 0;
}

/* A body that was cut off on its way has no "--boundary--" at its end. */
static int check_end(struct pool *p, const struct mail_bytes *b, const char *boundary,
                     struct err *e)
{
    char tail[TAIL + 1];
    int64_t from = MAX_OF(b->end - TAIL, (int64_t)0);
    size_t n = (size_t)(b->end - from);
    if (b->p) {
        memcpy(tail, b->p + from, n);
    } else {
        ssize_t got = pread(b->fd, tail, n, from);
        if (got < 0) {
            return err_set(e, ERR_IO, "the form cannot be read");
        }
        n = (size_t)got;
    }
    const char *want = pool_printf(p, "--%s--", boundary);
    if (!memmem(tail, n, want, strlen(want))) {
        return err_set(e, ERR_MALFORMED, "the form has no end: send all of it again");
    }
    return 0;
}

struct form_scan {
    struct pool *p;
    const struct mail_bytes *b;
    struct str delimiter; /* --boundary */
    struct mail_form_part *parts;
    size_t n, room;
    struct mail_form_part part; /* whose content is passing; name NULL: none that is wanted */
    int64_t from;               /* where its content begins */
};

static bool is_delimiter(const struct form_scan *s, const struct mail_raw_line *line, bool *last)
{
    struct str rest = {line->head, line->kept};
    if (!str_starts(rest, s->delimiter)) {
        return false;
    }
    rest = (struct str){rest.p + s->delimiter.n, rest.n - s->delimiter.n};
    *last = str_starts(rest, STR("--"));
    return *last || !str_trim(rest).n;
}

static void take_type(struct form_scan *s, const char *text)
{
    GMimeContentType *type = g_mime_content_type_parse(mail_options(), text);
    const char *charset = g_mime_content_type_get_parameter(type, "charset");
    s->part.part.content_type = mail_type_text(s->p, type);
    s->part.part.charset = charset ? mail_line_text(s->p, charset, 60) : NULL;
    g_object_unref(type);
}

static void take_disposition(struct form_scan *s, const char *text)
{
    GMimeContentDisposition *d = g_mime_content_disposition_parse(mail_options(), text);
    const char *name = g_mime_content_disposition_get_parameter(d, "name");
    const char *filename = g_mime_content_disposition_get_parameter(d, "filename");
    s->part.name = name && name[0] ? mail_line_text(s->p, name, 255) : NULL;
    s->part.part.filename = mail_plain_filename(s->p, filename);
    g_object_unref(d);
}

/*
 * A part of its header fields; its content comes later. They are not given to GMime's part, which
 * would write them anew, and does not come to an end with letters of no charset.
 */
static void begin_part(struct form_scan *s, struct str head)
{
    struct str name, value;
    s->part = (struct mail_form_part){.part = {.content_type = "text/plain"}};
    while (mail_next_field(s->p, &head, &name, &value)) {
        const char *text = str_dup(s->p, value);
        if (str_eq_nocase(name, STR("Content-Type"))) {
            take_type(s, text);
        } else if (str_eq_nocase(name, STR("Content-Disposition"))) {
            take_disposition(s, text);
        }
    }
}

static int end_part(struct form_scan *s, int64_t to, struct err *e)
{
    if (!s->part.name) {
        return 0;
    }
    if (s->n == MAIL_FORM_PARTS_MAX) {
        return err_set(e, ERR_TOO_LARGE, "the form has more than %d parts", MAIL_FORM_PARTS_MAX);
    }
    struct mail_bytes *some = pool_alloc(s->p, sizeof *some);
    *some = *s->b;
    some->start = s->from;
    some->end = MAX_OF(to, s->from);
    if (s->n == s->room) {
        struct mail_form_part *more = pool_calloc(s->p, 2 * s->room + 16, sizeof *more);
        if (s->n) {
            memcpy(more, s->parts, s->n * sizeof *more);
        }
        s->parts = more;
        s->room = 2 * s->room + 16;
    }
    s->part.part.window = some;
    s->part.part.size_bytes = mail_part_size(&s->part.part);
    s->parts[s->n++] = s->part;
    s->part.name = NULL;
    return 0;
}

/* Reads the header lines of a part up to the empty one. */
static int read_head(struct form_scan *s, struct mail_reader *r, struct mail_raw_line *line,
                     struct err *e)
{
    struct buf head;
    int rc;
    buf_init(&head, PART_HEAD_MAX);
    while ((rc = mail_next_line(r, line, e)) > 0 && line->n) {
        buf_add(&head, line->head, line->kept);
        buf_putc(&head, '\n');
    }
    if (rc > 0 && buf_failed(&head)) {
        rc = err_set(e, ERR_TOO_LARGE, "a part of the form has too large a header");
    }
    s->from = line->at + (int64_t)(line->n + line->ends);
    begin_part(s, (struct str){str_dup(s->p, buf_str(&head)), head.len});
    buf_clear(&head);
    return rc < 0 ? rc : 0;
}

static int read_parts(struct form_scan *s, struct err *e)
{
    struct mail_reader r = {.b = s->b, .at = s->b->start};
    struct mail_raw_line line;
    size_t before = 0; /* bytes of the line end before this line: they belong to the delimiter */
    int rc;
    while ((rc = mail_next_line(&r, &line, e)) > 0) {
        bool last = false;
        if (is_delimiter(s, &line, &last)) {
            rc = end_part(s, line.at - (int64_t)before, e);
            if (rc < 0 || last) {
                break;
            }
            rc = read_head(s, &r, &line, e);
            if (rc < 0) {
                break;
            }
        }
        before = line.ends;
    }
    return rc < 0 ? rc : 0;
}

static int read_form(struct pool *p, struct str content_type, struct mail_bytes *b,
                     struct mail_form *out, struct err *e)
{
    const char *boundary = NULL;
    mail_libraries();
    int rc = boundary_of(p, content_type, &boundary, e);
    if (rc == 0 && b->end > (int64_t)MAIL_MAX_BYTES) {
        rc = err_set(e, ERR_TOO_LARGE, "the form is larger than %u MB", MAIL_MAX_BYTES >> 20);
    }
    rc = rc == 0 ? check_end(p, b, boundary, e) : rc;
    if (rc < 0) {
        return rc;
    }
    struct form_scan scan = {.p = p, .b = b, .delimiter = str_of(pool_printf(p, "--%s", boundary))};
    rc = read_parts(&scan, e);
    if (rc == 0) {
        *out = (struct mail_form){scan.parts, scan.n};
    }
    return rc;
}

int mail_form_read(struct pool *p, struct str content_type, struct str body, struct mail_form *out,
                   struct err *e)
{
    struct mail_bytes b = {.p = body.p ? body.p : "", .end = (int64_t)body.n};
    return read_form(p, content_type, &b, out, e);
}

int mail_form_read_fd(struct pool *p, struct str content_type, int fd, struct mail_form *out,
                      struct err *e)
{
    struct mail_bytes b;
    int rc = mail_bytes_of_fd(fd, &b, e);
    return rc < 0 ? rc : read_form(p, content_type, &b, out, e);
}

const struct mail_form_part *mail_form_get(const struct mail_form *form, const char *name)
{
    for (size_t i = 0; i < form->n; i++) {
        if (strcmp(form->parts[i].name, name) == 0) {
            return &form->parts[i];
        }
    }
    return NULL;
}

struct str mail_form_bytes(struct pool *p, const struct mail_form *form, const char *name,
                           size_t max_bytes)
{
    const struct mail_form_part *part = mail_form_get(form, name);
    struct str out = {0};
    if (part && mail_part_bytes(p, &part->part, max_bytes, &out, NULL) < 0) {
        return (struct str){0};
    }
    return out;
}
