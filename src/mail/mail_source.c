/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to GMime and back. GLib ends the process when memory runs out, and GMime keeps an
 * object for every part and every header line, so bytes are counted before they go in: a mail that
 * would become too many objects is read up to there. Bodies are not copied: parts are windows on
 * the source.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libxml/parser.h>

#include "mail/mail_private.h"

/* An object of GMime's is some 3 KB for a part and 500 bytes for a header: some 35 MB at most. */
#define BOUNDARY_LINES_MAX 5000
#define HEADER_LINES_MAX 40000
#define HEADER_BYTES_MAX (4 << 20)
#define GROUP_COLONS_MAX 300 /* of an address header: GMime calls itself for a group in a group */
#define COMMAS_MAX 20000     /* of an address header; an address is some 300 bytes, twice */
#define NESTS_MAX 200        /* multiparts and mails within mails; GMime calls itself for each */

void mail_libraries(void)
{
    static gsize ready;
    if (g_once_init_enter(&ready)) {
        g_mime_init();
        xmlInitParser();
        g_once_init_leave(&ready, 1);
    }
}

/* ---- counting ---- */

static int read_chunk(struct mail_reader *r, struct err *e)
{
    int64_t left = r->b->end - r->at;
    size_t want = (size_t)MIN_OF(left, (int64_t)MAIL_CHUNK);
    r->n = r->used = 0;
    if (r->b->p) {
        memcpy(r->chunk, r->b->p + r->at, want);
        r->n = want;
    } else if (want) {
        ssize_t n;
        do {
            n = pread(r->b->fd, r->chunk, want, r->at);
        } while (n < 0 && errno == EINTR);
        if (n < 0) {
            return err_set(e, ERR_IO, "the mail cannot be read: %s", strerror(errno));
        }
        r->n = (size_t)n;
    }
    r->at += (int64_t)r->n;
    return 0;
}

int mail_next_line(struct mail_reader *r, struct mail_raw_line *line, struct err *e)
{
    char last = 0; /* before the line feed */
    line->kept = line->n = line->ends = line->colons = line->commas = 0;
    line->at = r->at - (int64_t)(r->n - r->used);
    for (bool any = false;; any = true) {
        if (r->used == r->n) {
            int rc = read_chunk(r, e);
            if (rc < 0 || r->n == 0) {
                return rc < 0 ? rc : any;
            }
        }
        const char *from = r->chunk + r->used;
        const char *end = memchr(from, '\n', r->n - r->used);
        size_t n = end ? (size_t)(end - from) : r->n - r->used;
        size_t keep = MIN_OF(n, MAIL_LINE_HEAD - line->kept);
        memcpy(line->head + line->kept, from, keep);
        line->kept += keep;
        line->n += n;
        last = n ? from[n - 1] : last;
        for (size_t i = 0; i < n; i++) {
            line->colons += from[i] == ':';
            line->commas += from[i] == ',';
        }
        r->used += n + (end != NULL);
        if (end) {
            line->ends = last == '\r' ? 2 : 1;
            line->n -= line->ends - 1;
            line->kept = MIN_OF(line->kept, line->n);
            return 1;
        }
    }
}

struct count {
    bool in_header, again, digest; /* again: another header follows this one's blank line */
    bool addresses;                /* the header that goes on is one of addresses */
    int64_t boundaries, lines, bytes, nests, colons, commas;
};

static bool is_address_header(struct str head)
{
    static const char *const names[] = {"from", "sender", "reply-to", "to",
                                        "cc",   "bcc",    "resent-",  "disposition-"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (mail_starts_nocase(head, names[i])) {
            return true;
        }
    }
    return false;
}

static void count_header_line(struct count *c, const struct mail_raw_line *line)
{
    struct str head = {line->head, line->kept};
    c->lines++;
    c->bytes += (int64_t)line->n;
    if (!line->n || (line->head[0] != ' ' && line->head[0] != '\t')) {
        c->addresses = is_address_header(head);
        c->colons = c->commas = 0;
    }
    c->colons += c->addresses ? (int64_t)line->colons : 0;
    c->commas += c->addresses ? (int64_t)line->commas : 0;
    if (line->n > MAIL_LINE_HEAD || mail_has_nocase(head, "message/")) {
        c->again = true;
        c->nests++;
    }
    if (mail_has_nocase(head, "multipart/")) {
        c->nests++;
        c->digest = c->digest || mail_has_nocase(head, "digest");
    }
}

static bool count_line(struct count *c, const struct mail_raw_line *line)
{
    if (line->kept >= 2 && line->head[0] == '-' && line->head[1] == '-') {
        c->boundaries++;
        c->in_header = true;
        c->again = false;
    } else if (c->in_header && line->n == 0) {
        c->in_header = c->again || c->digest;
        c->again = false;
    } else if (c->in_header) {
        count_header_line(c, line);
    }
    return c->boundaries <= BOUNDARY_LINES_MAX && c->lines <= HEADER_LINES_MAX &&
           c->bytes <= HEADER_BYTES_MAX && c->nests <= NESTS_MAX && c->colons <= GROUP_COLONS_MAX &&
           c->commas <= COMMAS_MAX;
}

/* Where the mail begins: after blank lines, a byte order mark, and mbox's line "From x date". */
static int skip_before(struct mail_bytes *b, struct err *e)
{
    struct mail_reader r = {.b = b, .at = b->start};
    struct mail_raw_line line;
    int rc;
    while ((rc = mail_next_line(&r, &line, e)) > 0) {
        struct str head = {line.head, line.kept};
        bool mark = str_starts(head, STR("\xEF\xBB\xBF"));
        if (line.n && !str_starts(head, STR("From ")) && !str_starts(head, STR(">From "))) {
            b->start = line.at + (mark ? 3 : 0);
            return 0;
        }
        b->mbox = b->mbox || line.n;
    }
    b->start = rc < 0 ? b->start : b->end;
    return rc;
}

int mail_bytes_bound(struct mail_bytes *b, bool headers_first, struct err *e)
{
    struct mail_raw_line line;
    struct count c = {.in_header = headers_first};
    if (b->end - b->start > (int64_t)MAIL_MAX_BYTES) {
        return err_set(e, ERR_TOO_LARGE, "the mail is larger than %u MB", MAIL_MAX_BYTES >> 20);
    }
    int rc = headers_first ? skip_before(b, e) : 0;
    struct mail_reader r = {.b = b, .at = b->start};
    while (rc == 0 && (rc = mail_next_line(&r, &line, e)) > 0) {
        rc = 0;
        if (!count_line(&c, &line)) {
            b->end = line.at;
            b->cut = true;
            break;
        }
    }
    return rc;
}

int mail_bytes_of_fd(int fd, struct mail_bytes *out, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        return err_set(e, ERR_IO, "the mail is in no file");
    }
    *out = (struct mail_bytes){.fd = fd, .end = st.st_size};
    return 0;
}

struct str mail_bytes_read(struct pool *p, const struct mail_bytes *b, size_t max)
{
    struct mail_bytes some = *b;
    some.end = MIN_OF(b->end, b->start + (int64_t)max);
    char *out = pool_alloc(p, (size_t)(some.end - some.start) + 1);
    struct mail_reader r = {.b = &some, .at = some.start};
    size_t n = 0;
    while (read_chunk(&r, NULL) == 0 && r.n) {
        memcpy(out + n, r.chunk, r.n);
        n += r.n;
    }
    return (struct str){out, n};
}

/* ---- streams ---- */

static void unref(void *gobject)
{
    g_object_unref(gobject);
}

void *mail_keep(struct pool *p, void *gobject)
{
    pool_on_free(p, unref, gobject);
    return gobject;
}

GMimeStream *mail_bytes_stream(struct pool *p, const struct mail_bytes *b)
{
    if (!b->p) {
        GMimeStream *file = g_mime_stream_fs_new_with_bounds(b->fd, b->start, b->end);
        g_mime_stream_fs_set_owner(GMIME_STREAM_FS(file), FALSE);
        return mail_keep(p, file);
    }
    GByteArray *array = pool_alloc(p, sizeof *array); /* it only looks at the bytes */
    array->data = (guint8 *)(uintptr_t)(b->p + b->start);
    array->len = (guint)(b->end - b->start);
    GMimeStream *memory = g_mime_stream_mem_new_with_byte_array(array);
    g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(memory), FALSE);
    return mail_keep(p, memory);
}

/* ---- decoding: a stream of GMime's that hands what is written to it to a function ---- */

struct sink {
    GMimeStream parent_object;
    mail_write_fn *fn;
    void *arg;
    struct err *e;
    int rc; /* what fn returned below 0 */
};

static ssize_t sink_write(GMimeStream *stream, const char *bytes, size_t n)
{
    struct sink *sink = (struct sink *)stream;
    if (sink->rc == 0) {
        int rc = sink->fn(sink->arg, (struct str){bytes, n}, sink->e);
        sink->rc = rc < 0 ? rc : 0;
    }
    if (sink->rc < 0) {
        errno = EIO;
        return -1;
    }
    stream->position += (gint64)n;
    return (ssize_t)n;
}

static int sink_flush(GMimeStream *stream G_GNUC_UNUSED)
{
    return 0;
}

static void sink_class_init(void *class, void *data G_GNUC_UNUSED)
{
    GMimeStreamClass *stream = class;
    stream->write = sink_write;
    stream->flush = sink_flush;
    stream->close = sink_flush;
}

static GType sink_type(void)
{
    static gsize type;
    if (g_once_init_enter(&type)) {
        GType made = g_type_register_static_simple(GMIME_TYPE_STREAM, "AvaMailSink",
                                                   sizeof(GMimeStreamClass), sink_class_init,
                                                   sizeof(struct sink), NULL, 0);
        g_once_init_leave(&type, made);
    }
    return type;
}

/* What the object holds, decoded: a leaf's content, a mail within the mail as it stands there. */
static ssize_t write_object(GMimeObject *object, GMimeFormatOptions *format, GMimeStream *to)
{
    if (GMIME_IS_PART(object)) {
        GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(object));
        return content ? g_mime_data_wrapper_write_to_stream(content, to) : 0;
    }
    if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        return inner ? g_mime_object_write_to_stream(GMIME_OBJECT(inner), format, to) : 0;
    }
    return g_mime_object_write_content_to_stream(object, format, to);
}

static int write_window(const struct mail_bytes *b, mail_write_fn *fn, void *arg, struct err *e)
{
    struct mail_reader r = {.b = b, .at = b->start};
    int rc = 0;
    while (rc >= 0 && (rc = read_chunk(&r, e)) == 0 && r.n) {
        rc = fn(arg, (struct str){r.chunk, r.n}, e);
    }
    return MIN_OF(rc, 0);
}

static struct sink *sink_new(mail_write_fn *fn, void *arg, struct err *e)
{
    struct sink *sink = g_object_new(sink_type(), NULL);
    g_mime_stream_construct(GMIME_STREAM(sink), 0, -1);
    sink->fn = fn;
    sink->arg = arg;
    sink->e = e;
    return sink;
}

/* GMime writes line by line, so the lines are collected. */
int mail_object_write(GMimeObject *mail, mail_write_fn *fn, void *arg, struct err *e)
{
    struct sink *sink = sink_new(fn, arg, e);
    GMimeStream *to = g_mime_stream_buffer_new(GMIME_STREAM(sink), GMIME_STREAM_BUFFER_BLOCK_WRITE);
    GMimeFormatOptions *format = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
    ssize_t n = g_mime_object_write_to_stream(mail, format, to);
    int flushed = g_mime_stream_flush(to);
    g_mime_format_options_free(format);
    g_object_unref(to);
    int rc = sink->rc;
    g_object_unref(sink);
    if (rc == 0 && (n < 0 || flushed < 0)) {
        return err_set(e, ERR_IO, "the mail could not be put together");
    }
    return rc;
}

int mail_part_write(const struct mail_part *part, mail_write_fn *fn, void *arg, struct err *e)
{
    if (part->window) {
        return write_window(part->window, fn, arg, e);
    }
    struct sink *sink = sink_new(fn, arg, e);
    GMimeFormatOptions *format = g_mime_format_options_new();
    g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);
    ssize_t n = write_object((GMimeObject *)(uintptr_t)part->body, format, GMIME_STREAM(sink));
    g_mime_format_options_free(format);
    int rc = sink->rc;
    g_object_unref(sink);
    if (rc == 0 && n < 0) {
        return err_set(e, ERR_IO, "a part of the mail cannot be read");
    }
    return rc;
}

struct gather {
    struct buf to;
    size_t max;
    bool more;
};

static int gather_piece(void *arg, struct str piece, struct err *e UNUSED)
{
    struct gather *g = arg;
    size_t room = g->max - g->to.len;
    g->more = g->more || piece.n > room;
    buf_add(&g->to, piece.p, MIN_OF(piece.n, room));
    return g->more ? ERR_TOO_LARGE : 0;
}

static struct str gathered(struct pool *p, struct gather *g)
{
    struct str out = {str_dup(p, buf_str(&g->to)), g->to.len};
    buf_clear(&g->to);
    return out;
}

int mail_part_bytes(struct pool *p, const struct mail_part *part, size_t max_bytes, struct str *out,
                    struct err *e)
{
    struct gather g = {.max = max_bytes};
    buf_init(&g.to, max_bytes + 1);
    int rc = mail_part_write(part, gather_piece, &g, e);
    struct str bytes = gathered(p, &g);
    if (g.more) {
        return err_set(e, ERR_TOO_LARGE, "a part of the mail is larger than %zu bytes", max_bytes);
    }
    if (rc == 0) {
        *out = bytes;
    }
    return rc;
}

struct str mail_leaf_bytes(struct pool *p, GMimeObject *leaf, size_t max, bool *more)
{
    struct mail_part part = {.body = leaf};
    struct gather g = {.max = max};
    buf_init(&g.to, max + 1);
    int rc = mail_part_write(&part, gather_piece, &g, NULL);
    *more = *more || g.more || rc < 0;
    return gathered(p, &g);
}

static int count_piece(void *arg, struct str piece, struct err *e UNUSED)
{
    *(int64_t *)arg += (int64_t)piece.n;
    return 0;
}

int64_t mail_part_size(const struct mail_part *part)
{
    int64_t n = 0;
    if (part->window) {
        return part->window->end - part->window->start;
    }
    return mail_part_write(part, count_piece, &n, NULL) < 0 ? 0 : n;
}

GMimeObject *mail_part_object(struct pool *p, const struct mail_part *part)
{
    if (part->body) {
        return (GMimeObject *)(uintptr_t)part->body;
    }
    GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(
        mail_bytes_stream(p, part->window), GMIME_CONTENT_ENCODING_DEFAULT);
    GMimePart *made = mail_keep(p, g_mime_part_new());
    g_mime_part_set_content(made, content);
    g_object_unref(content);
    return GMIME_OBJECT(made);
}

/* Only the last part of a path, whichever system's; NULL when nothing is left. */
const char *mail_plain_filename(struct pool *p, const char *name)
{
    if (!name) {
        return NULL;
    }
    for (const char *c = name; *c; c++) {
        name = *c == '/' || *c == '\\' ? c + 1 : name;
    }
    const char *clean = mail_line_text(p, name, 255);
    return clean[0] && strcmp(clean, ".") != 0 && strcmp(clean, "..") != 0 ? clean : NULL;
}

const char *mail_type_text(struct pool *p, GMimeContentType *from)
{
    char *type = g_mime_content_type_get_mime_type(from);
    char *lower = g_ascii_strdown(type, -1);
    const char *out = mail_line_text(p, lower, 127);
    g_free(lower);
    g_free(type);
    return out;
}

/* "C:\\folder\\x.jpg" in quotes, where old programs did not double the backslashes, so that GMime
 * has taken them for escapes. NULL when it is not that. */
static const char *windows_filename(struct pool *p, GMimeObject *object, const char *name)
{
    bool drive = name && g_ascii_isalpha(name[0]) && name[1] == ':' && !strchr(name, '\\');
    const char *raw = drive ? mail_header(p, object, "Content-Disposition") : NULL;
    const char *open = raw ? strchr(raw, '"') : NULL;
    const char *close = open ? strchr(open + 1, '"') : NULL;
    return close ? pool_strndup(p, open + 1, (size_t)(close - open - 1)) : NULL;
}

static const char *filename_of(struct pool *p, GMimeObject *object)
{
    const char *name = GMIME_IS_PART(object)
                           ? g_mime_part_get_filename(GMIME_PART(object))
                           : g_mime_object_get_content_type_parameter(object, "name");
    const char *windows = windows_filename(p, object, name);
    name = windows ? windows : name;
    const char *plain = mail_plain_filename(p, name);
    if (!plain && GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        const char *subject = inner ? g_mime_message_get_subject(inner) : NULL;
        const char *clean = mail_line_text(p, subject ? subject : "", 100);
        plain = pool_printf(p, "%s.eml", clean[0] ? clean : "mail");
        plain = mail_plain_filename(p, plain);
    }
    return plain;
}

struct mail_part mail_part_of(struct pool *p, GMimeObject *object)
{
    const char *charset = g_mime_object_get_content_type_parameter(object, "charset");
    const char *id = g_mime_object_get_content_id(object);
    const char *disposition = g_mime_object_get_disposition(object);
    struct mail_part part = {
        .filename = filename_of(p, object),
        .content_type = mail_type_text(p, g_mime_object_get_content_type(object)),
        .charset = charset ? mail_line_text(p, charset, 60) : NULL,
        .content_id = id ? mail_line_text(p, id, 255) : NULL,
        .is_inline = disposition ? g_ascii_strcasecmp(disposition, "inline") == 0 : id != NULL,
        .body = object,
    };
    part.size_bytes = mail_part_size(&part);
    return part;
}

/* ---- from pipes ---- */

static int file_without_name(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        char path[4096];
        snprintf(path, sizeof path, "%s/mail.XXXXXX", folder);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0) {
            unlink(path);
        }
    }
    return fd;
}

static int write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno != EINTR) {
            return -1;
        }
        bytes += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
    return 0;
}

static int copy_to_end(int from, int to, struct err *e)
{
    char chunk[MAIL_CHUNK];
    int64_t total = 0;
    for (;;) {
        ssize_t n = read(from, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return err_set(e, ERR_IO, "the mail cannot be read: %s", strerror(errno));
        }
        if (n == 0) {
            return 0;
        }
        total += n;
        if (total > (int64_t)MAIL_MAX_BYTES) {
            return err_set(e, ERR_TOO_LARGE, "the mail is larger than %u MB", MAIL_MAX_BYTES >> 20);
        }
        if (write_all(to, chunk, (size_t)n) < 0) {
            return err_set(e, errno == ENOSPC ? ERR_FULL : ERR_IO, "the mail cannot be kept: %s",
                           strerror(errno));
        }
    }
}

int mail_spool(int in_fd, const char *folder, int *fd_out, struct err *e)
{
    int fd = file_without_name(folder);
    if (fd < 0) {
        return err_set(e, ERR_IO, "no file can be made in %s: %s", folder, strerror(errno));
    }
    int rc = copy_to_end(in_fd, fd, e);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    *fd_out = fd;
    return 0;
}
