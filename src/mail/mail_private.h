/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this layer share: the bounded source of bytes, the ways from GMime's objects to
 * texts in a pool, and the lines on which replies are cut. Nothing of it is for others.
 */
#ifndef MAIL_MAIL_PRIVATE_H
#define MAIL_MAIL_PRIVATE_H

#include <gmime/gmime.h>

#include "base/buf.h"
#include "mail/mail.h"

/* ---- bytes, mail_source.c ---- */

struct mail_bytes {
    const char *p;      /* memory, or NULL: */
    int fd;             /* a file */
    int64_t start, end; /* what GMime gets */
    bool mbox;          /* it began with mbox's line */
    bool cut;           /* end is before the real one: there would be too much to take apart */
};

/* Makes GMime and libxml2 ready; the first caller waits for it, all others go on. */
void mail_libraries(void);

/*
 * The bounds of bytes that may be given to GMime, whose memory grows with the number of parts and
 * header lines. headers_first: a mail, not the body of a form.
 */
NODISCARD int mail_bytes_bound(struct mail_bytes *b, bool headers_first, struct err *e);

/* A stream over start to end; unreferenced when the pool ends. */
GMimeStream *mail_bytes_stream(struct pool *p, const struct mail_bytes *b);

/* Unreferences it when the pool ends; returns it. */
void *mail_keep(struct pool *p, void *gobject);

#define MAIL_CHUNK 16384
#define MAIL_LINE_HEAD 1024 /* of a line: what is looked at; RFC 5322 allows 998 */

struct mail_reader {
    const struct mail_bytes *b;
    int64_t at; /* of the chunk's end */
    size_t n, used;
    char chunk[MAIL_CHUNK];
};

struct mail_raw_line {
    char head[MAIL_LINE_HEAD];
    size_t kept, n; /* of head; of the line without its end */
    size_t colons, commas;
    size_t ends; /* bytes of its end: 0 at the end of all, 1, or 2 with a carriage return */
    int64_t at;  /* where it begins */
};

/* 1: a line, 0: the end. Begin with {.b = bytes, .at = bytes->start}. */
NODISCARD int mail_next_line(struct mail_reader *r, struct mail_raw_line *line, struct err *e);

/* The whole of a mail with CRLF ends, given piece by piece. ERR_IO, or what fn returns below 0. */
NODISCARD int mail_object_write(GMimeObject *mail, mail_write_fn *fn, void *arg, struct err *e);

/* The first of them, at most max. */
struct str mail_bytes_read(struct pool *p, const struct mail_bytes *b, size_t max);

NODISCARD int mail_bytes_of_fd(int fd, struct mail_bytes *out, struct err *e);

/* The decoded beginning of a leaf, at most max bytes; *more: there was more of it. */
struct str mail_leaf_bytes(struct pool *p, GMimeObject *leaf, size_t max, bool *more);

/* Describes a leaf, or a whole mail within the mail, as an attachment. */
struct mail_part mail_part_of(struct pool *p, GMimeObject *object);

/* What it is for GMime; unreferenced when the pool ends. */
GMimeObject *mail_part_object(struct pool *p, const struct mail_part *part);

/* Its decoded bytes, counted. */
int64_t mail_part_size(const struct mail_part *part);

/* "image/png". */
const char *mail_type_text(struct pool *p, GMimeContentType *from);

/* ---- texts, mail_text.c ---- */

/* Options for GMime with our fallback charsets; made once, changed by nobody. */
GMimeParserOptions *mail_options(void);

/* One line: valid UTF-8, control characters made spaces, trimmed, at most max bytes. */
const char *mail_line_text(struct pool *p, const char *text, size_t max);

/* A body's text: valid UTF-8, LF, no control characters but tab, no byte order mark. */
struct str mail_clean_body(struct pool *p, struct str text);

/* RFC 3676: lines that were only broken for show joined again. */
struct str mail_unflow(struct pool *p, struct str text, bool delete_space);

bool mail_has_nocase(struct str text, const char *part);
bool mail_starts_nocase(struct str text, const char *prefix);

/* ---- what the mail consists of, mail_body.c ---- */

struct mail_found {
    struct buf text, html; /* the texts in their order */
    bool has_plain, has_html;
    bool truncated;
    struct mail_part *attachments;
    size_t n_attachments;
    GMimeObject *calendar; /* a text/calendar part */
    bool report;           /* it is a multipart/report */
    GMimeObject *status;   /* a message/delivery-status part */
    GMimeObject *original; /* the mail, or its headers, that a report is about */
};

void mail_body_read(struct pool *p, GMimeMessage *message, struct mail_found *out);

/* ---- lines, mail_html.c and mail_reply.c ---- */

/* What the markup says of a line. */
enum mail_mark {
    MARK_QUOTE_HEAD = 1, /* the reply's own words have ended before it, unless it is a forward */
    MARK_SIGNATURE = 2,
    MARK_FORWARD = 4, /* stands in what the mail program made for a forwarded mail */
};

struct mail_text_line {
    struct str text; /* without quote signs when it came from HTML */
    int depth;       /* how often it is quoted */
    unsigned marks;
};

struct mail_lines {
    struct mail_text_line *all;
    size_t n;
    bool of_html;
    bool cut; /* there was more */
};

#define MAIL_LINES_MAX 60000

void mail_lines_of_html(struct pool *p, struct str html, struct mail_lines *out);
void mail_lines_of_text(struct pool *p, struct str text, struct mail_lines *out);
struct str mail_lines_text(struct pool *p, const struct mail_lines *lines);

struct mail_reply {
    struct str words; /* the new ones; in the pool */
    bool forward;     /* what follows them was handed on, and is among the words */
    bool quoted;      /* a quotation was found and left out */
};

/* `forward`: the subject says that it is one. */
struct mail_reply mail_reply_cut(struct pool *p, const struct mail_lines *lines, bool forward);

/* ---- headers and what they tell ---- */

/* The first header of that name, raw and unfolded; NULL. */
const char *mail_header(struct pool *p, GMimeObject *object, const char *name);

/* Fields "Name: value", folded or not, as in a delivery report. Moves *rest past one; false at a
 * blank line or the end. */
bool mail_next_field(struct pool *p, struct str *rest, struct str *name, struct str *value);

void mail_auto_find(struct pool *p, GMimeObject *head, bool report, struct mail *m);
void mail_bounce_find(struct pool *p, GMimeObject *head, const struct mail_found *found,
                      struct mail *m);
void mail_calendar_read(struct pool *p, struct str text, struct mail *m);
void mail_trust_find(struct pool *p, GMimeObject *head, struct mail *m);
void mail_tokens_find(struct pool *p, struct mail *m);

/* The ids <...> of a header's value, at most max of them; *n_out of them. */
const char **mail_ids(struct pool *p, const char *value, size_t max, size_t *n_out);

#endif
