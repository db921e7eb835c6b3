/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An e-mail on its way out: what it says and in which thread it stands, and its form for a mail
 * server (RFC 5322, MIME by GMime). Nothing that is put in can add a header or a recipient:
 * addresses are checked, and texts of headers are one line. Any thread; what is returned lives in
 * the pool.
 */
#ifndef MAIL_MAIL_WRITE_H
#define MAIL_MAIL_WRITE_H

#include "io/spool.h"
#include "mail/mail.h"

#define MAIL_DRAFT_MAX_BYTES                                                                       \
    (30u << 20) /* in the form in which it is sent; SendGrid's bound too                           \
                 */

struct mail_file {
    const char *filename, *content_type;
    struct spooled content;
};

struct mail_draft {
    struct mail_address from;
    const char *to;                /* one recipient, an address */
    const char *reply_to;          /* an address; NULL: none */
    const char *subject;           /* UTF-8 */
    struct str text;               /* UTF-8, LF ends */
    struct str html;               /* n == 0: made from the text */
    const char *message_id;        /* with < > */
    const char *in_reply_to;       /* with < >; NULL: none */
    const char *const *references; /* oldest first, with < > */
    size_t n_references;
    struct wall date;
    const char
        *auto_submitted; /* RFC 3834: auto-replied, auto-generated; NULL: a person wrote it */
    const char *unsubscribe_url; /* takes one click, as RFC 8058 wants it; NULL: none */
    const struct mail_file *files;
    size_t n_files;
};

/* ERR_INVALID when an address or id is none, with the field; ERR_TOO_LARGE. */
NODISCARD int mail_draft_check(const struct mail_draft *draft, struct err *e);

/*
 * The whole of it with CRLF ends: in memory, or, when its files are large, in a file in that folder
 * (io/spool.h) that is closed with the pool; none of the files is held in memory. As
 * mail_draft_check; ERR_IO, ERR_FULL.
 */
NODISCARD int mail_write(struct pool *p, const struct mail_draft *draft, const char *folder,
                         struct spooled *out, struct err *e);

/* Are its files so large that it is put together in a file? */
bool mail_draft_is_large(const struct mail_draft *draft);

struct mail_header_line {
    const char *name, *value;
};
#define MAIL_DRAFT_HEADERS_MAX 8
/*
 * The headers that put it into its thread and say what it is (Message-ID, In-Reply-To, References,
 * Auto-Submitted, X-Auto-Response-Suppress, List-Unsubscribe, List-Unsubscribe-Post); returns how
 * many. For a provider that makes the rest itself.
 */
size_t mail_draft_headers(struct pool *p, const struct mail_draft *draft,
                          struct mail_header_line out[MAIL_DRAFT_HEADERS_MAX]);

/* "Re: " and the subject without what answers and forwards have put in front of it. */
const char *mail_reply_subject(struct pool *p, struct str subject);

/*
 * References of an answer (RFC 5322 3.6.4): the parent's, or its In-Reply-To when it has none, and
 * then its Message-ID. Of more than MAIL_REFERENCES_MAX the first half and the last. in_reply_to
 * and message_id may be NULL; without a Message-ID there are none.
 */
void mail_references_next(struct pool *p, const char *const *references, size_t n,
                          const char *in_reply_to, const char *message_id, const char *const **out,
                          size_t *n_out);

/* The text as an HTML document: paragraphs, line breaks, links that can be clicked. */
struct str mail_html_of_text(struct pool *p, struct str text);

/* Control characters made spaces, at most MAIL_SUBJECT_MAX_BYTES. */
const char *mail_one_line(struct pool *p, const char *text);

/* "<...>" that can stand in a header: printable ASCII, no spaces, at most MAIL_ID_MAX_BYTES. */
bool mail_id_valid(struct str id);

#endif
