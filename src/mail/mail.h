/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An e-mail as it came from outside, made sense of: who wrote, to whom, in reply to what, the whole
 * text and only its new words, the files, and whether a machine sent it. MIME is GMime's and HTML
 * libxml2's business; this layer bounds what goes in to them, because they end the process when
 * memory runs out.
 *
 * Broken mail is still read: what cannot be made sense of is left out, and `damaged` says so.
 * Nothing here decides what becomes of a mail: who the sender is, which conversation it belongs to
 * and whether it is answered is for the layers below. Nothing that a mail says of itself is proof.
 *
 * All texts are UTF-8 (RFC 3629) without NUL; header values and names have no control characters
 * and no line ends, bodies have LF ends. Everything lives in the pool that was passed. Functions
 * may be called from any thread; a struct mail belongs to one thread at a time, as its pool does.
 */
#ifndef MAIL_MAIL_H
#define MAIL_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/id.h"
#include "base/pool.h"
#include "base/str.h"

/* What is kept of a mail; more of it is left out and `truncated` says so. */
#define MAIL_MAX_BYTES (50u << 20)     /* larger mail is refused; SendGrid takes 30 MB */
#define MAIL_TEXT_MAX_BYTES (1u << 20) /* each of text, html and reply_text */
#define MAIL_ADDRESSES_MAX 200         /* of each header; n_recipients counts them all */
#define MAIL_REFERENCES_MAX 40         /* the first and the last 20 (RFC 5322 3.6.4 sets none) */
#define MAIL_ATTACHMENTS_MAX 200
#define MAIL_SUBJECT_MAX_BYTES 998 /* a line of RFC 5322 */
#define MAIL_ID_MAX_BYTES 500      /* longer Message-IDs count as none */

struct mail_address {
    const char *name;    /* as shown; "" when there is none */
    const char *address; /* local@domain, the domain in lower case; "" when there is none */
};

struct mail_addresses {
    const struct mail_address *all;
    size_t n;
};

struct mail_bytes;

/* Bytes with a name: an attachment of a mail, or a field of a form (mail/mail_form.h). */
struct mail_part {
    const char *filename;     /* without folders; NULL when it has none */
    const char *content_type; /* as its sender says, lower case, "type/subtype"; never NULL */
    const char *charset;      /* as its sender says; NULL */
    const char *content_id;   /* what <img src="cid:..."> names, without < >; NULL */
    int64_t size_bytes;       /* decoded */
    bool is_inline;           /* shown within the text, as pictures in HTML are */
    /* For mail_part_write, one of the two: an object of the library, or bytes that are no code. */
    const void *body;
    const struct mail_bytes *window;
};

/* Takes a piece of a part's decoded bytes. What it returns below 0 ends the writing. */
typedef int mail_write_fn(void *arg, struct str piece, struct err *e);

/* Decodes the part piece by piece (16 KiB at most), without holding all of it. ERR_IO, or what fn
 * said. The bytes or the file that the mail was read from must still be there. */
NODISCARD int mail_part_write(const struct mail_part *part, mail_write_fn *fn, void *arg,
                              struct err *e);

/* All of it, in the pool. ERR_TOO_LARGE when it is more than max_bytes. */
NODISCARD int mail_part_bytes(struct pool *p, const struct mail_part *part, size_t max_bytes,
                              struct str *out, struct err *e);

/* Mail that a machine sent, which is stored and not answered (RFC 3834); the first that fits. */
enum mail_auto {
    MAIL_BY_PERSON,
    MAIL_BOUNCE,   /* could not be delivered, or not yet: see bounce */
    MAIL_REPORT,   /* another multipart/report: read receipts, complaints */
    MAIL_CALENDAR, /* an invitation or an answer to one, which a calendar wrote: see calendar */
    MAIL_VACATION, /* an absence notice */
    MAIL_AUTO_SUBMITTED, /* says of itself that it was made without a person */
    MAIL_LIST,           /* a mailing list's or a newsletter's */
    MAIL_BULK,           /* Precedence: bulk, junk */
    MAIL_NO_REPLY,       /* from an address that nobody reads */
    N_MAIL_AUTO,
};
/* "bounce", "report" ...; NULL for MAIL_BY_PERSON. */
const char *mail_auto_name(enum mail_auto kind);

/* What a delivery report says of the first recipient it names (RFC 3464, or in words). */
struct mail_bounce {
    const char *recipient;           /* NULL when it does not say */
    const char *status;              /* "5.1.1"; NULL */
    const char *action;              /* failed, delayed, delivered, relayed, expanded; never NULL */
    const char *diagnostic;          /* the other server's words, at most 500 bytes; NULL */
    const char *original_message_id; /* <...> of the mail that it is about; NULL */
};

struct mail_calendar {
    const char *method;   /* REPLY, REQUEST, CANCEL, ...; upper case, never NULL */
    const char *uid;      /* NULL */
    const char *partstat; /* ACCEPTED, DECLINED, TENTATIVE ... of a REPLY; NULL */
    const char *attendee; /* whose; an address; NULL */
};

/*
 * What a check of the sender came to, as told by the server that took the mail. What passes for a
 * domain that has nothing to do with From's is MAIL_NEUTRAL: anybody can sign for their own.
 */
enum mail_verdict {
    MAIL_UNCHECKED, /* nothing was said */
    MAIL_PASS,
    MAIL_NEUTRAL, /* none, neutral, policy, temporary trouble */
    MAIL_SOFTFAIL,
    MAIL_FAIL, /* fail, permerror */
};
const char *mail_verdict_name(enum mail_verdict v); /* "pass" ...; NULL for MAIL_UNCHECKED */

struct mail_trust {
    enum mail_verdict spf, dkim, dmarc;
    bool spam; /* a filter says that it is */
    bool has_spam_score;
    double spam_score;
};

struct mail {
    struct mail_address from; /* who wrote; address "" when the mail does not say */
    struct mail_address sender;
    struct mail_addresses to, cc, reply_to;
    struct mail_addresses delivered_to; /* Delivered-To, X-Original-To, Envelope-To */
    size_t n_recipients;                /* To and Cc together, also those left out */
    const char *return_path;            /* "" for the empty one, <>; NULL when it is not there */
    const char *subject;                /* decoded; never NULL */
    struct wall date;                   /* us == 0 when there is none that can be read */
    const char *message_id;             /* with < >; NULL */
    const char *in_reply_to;            /* the first, with < >; NULL */
    const char *const *references;      /* oldest first, with < > */
    size_t n_references;

    struct str text;       /* the whole text; made from the HTML when that is all there is */
    struct str html;       /* as it came, scripts and all: never show it as it is; p == NULL */
    struct str reply_text; /* the new words: no quotes, no signature. May be empty */
    bool text_of_html;     /* text was made from the HTML */
    bool is_forward;       /* hands on another's mail, which is then part of reply_text */

    const struct mail_part *attachments;
    size_t n_attachments;

    enum mail_auto automatic;
    const char *auto_reason; /* what told it, "Auto-Submitted: auto-replied"; NULL by a person */
    bool has_bounce, has_calendar;
    struct mail_bounce bounce;
    struct mail_calendar calendar;
    struct mail_trust trust;

    /* Texts that look like our tokens (mail/mail_token.h), most telling first, not checked. */
    const char *const *tokens;
    size_t n_tokens;

    bool damaged;   /* breaks the rules of MIME; some of it may be missing */
    bool truncated; /* holds more than is kept */
};

/*
 * Reads a mail from memory; the bytes must outlive the pool's content. ERR_TOO_LARGE,
 * ERR_MALFORMED when it is nothing that a mail could be (no header at all).
 */
NODISCARD int mail_read(struct pool *p, struct str bytes, struct mail *out, struct err *e);

/*
 * The same from a file, from its beginning, of which only the texts are held in memory. The file
 * is not closed and must stay as it is until the pool is cleared. ERR_IO.
 */
NODISCARD int mail_read_fd(struct pool *p, int fd, struct mail *out, struct err *e);

/*
 * Copies what comes from a pipe or socket, to its end, into a file without a name in `folder`, for
 * mail_read_fd. *fd_out is the caller's to close. ERR_IO, ERR_TOO_LARGE beyond MAIL_MAX_BYTES.
 */
NODISCARD int mail_spool(int in_fd, const char *folder, int *fd_out, struct err *e);

/* A mail that somebody else has taken apart, as SendGrid's Inbound Parse does. */
struct mail_pieces {
    struct str headers; /* the header block as it was */
    struct str from, to, cc,
        subject;           /* UTF-8: stand in for headers that are missing; p may be NULL */
    struct str text, html; /* UTF-8 (mail_to_utf8); p may be NULL */
    const struct mail_part *attachments;
    size_t n_attachments;
};

/* The same result as mail_read of the mail they came from, as far as that can be told from them. */
NODISCARD int mail_read_pieces(struct pool *p, const struct mail_pieces *pieces, struct mail *out,
                               struct err *e);

/*
 * Text in any charset as UTF-8, in the pool. A charset that is not known, or that the bytes do not
 * fit, is taken for UTF-8 when they are that and for windows-1252 else.
 */
struct str mail_to_utf8(struct pool *p, struct str bytes, const char *charset);

/* The text of an HTML document as a reader sees it, without scripts, styles and hidden parts. */
struct str mail_text_of_html(struct pool *p, struct str html);

/* Same mailbox? The domain in any case; the local part too, since nobody tells "Ann" from "ann". */
bool mail_same_address(const char *a, const char *b);

/* Is one domain the other, or below it? As DMARC's relaxed alignment (RFC 7489 3.1), but without a
 * list of what registries sell under. */
bool mail_domains_align(struct str a, struct str b);

/* What is behind the @; n == 0 when there is none. */
struct str mail_domain_of(const char *address);

/* A file's name without folders, of whichever system, and in one line; NULL: nothing is left. In
 * the pool. */
const char *mail_plain_filename(struct pool *p, const char *name);

/* One address in ASCII form that can be mailed to: local@domain, no spaces, at most 254 bytes. */
bool mail_address_valid(struct str address);

/* The subject without Re:, Aw:, Fwd:, [list] and their like in front, for comparing. */
struct str mail_base_subject(struct str subject);

#endif
