/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an inbound e-mail becomes, in one transaction: its request in the journal (so that it counts
 * once), the customer found by address or made, the conversation it belongs to or a new one
 * (domain/mail_place.h), the message with its new words, the details of the whole mail, its
 * files, and the job that will answer it.
 *
 * Not everything is answered. Stored only are what machines wrote, what comes from our own
 * address, what goes to a crowd, spam, what somebody else may have written, what was written days
 * ago, and what comes when its sender got a good many answers in the last hour: two machines must
 * not write to each other for ever. Delivery reports become no message, they mark the mail they are
 * about.
 */
#ifndef DOMAIN_INBOUND_MAIL_H
#define DOMAIN_INBOUND_MAIL_H

#include "base/id.h"
#include "domain/place.h"
#include "io/spool.h"
#include "mail/mail.h"
#include "store/journal.h"

#define INBOUND_MAIL_FILES_MAX 50

/* The business's side of it; borrowed. */
struct mail_desk {
    const char *address; /* "": whatever it was delivered to */
    const char *aliases; /* more of them, separated by commas */
    int64_t replies;     /* automatic answers to one address in an hour at most */
    double spam_score;   /* what has it is spam; 0: scores do not matter */
    int64_t file_max;    /* a larger file is refused, bytes */
    bool only_proven;    /* whose sender nothing proves is left to the staff */
};

/* A file that came with it, judged already. */
struct inbound_mail_file {
    const char *filename;      /* NULL: none */
    const char *declared_type; /* what its sender says */
    const char *content_type;  /* what it is; NULL: it is refused */
    const char *refused;       /* why */
    const char *sha256;        /* in hexadecimal */
    struct spooled content;
};

struct inbound_mail {
    const struct journal_entry *request;
    const struct mail *mail;
    const struct mail_desk *desk;
    const char *const *envelope; /* whom it was delivered to, as far as known */
    size_t n_envelope;
    const struct inbound_mail_file *files; /* at most INBOUND_MAIL_FILES_MAX */
    size_t n_files;
    size_t n_files_left_out;
    struct wall at; /* when it came */
    int64_t burst_us;
    const char *business_name;
};

struct inbound_mail_result {
    bool duplicate; /* taken before: nothing was changed */
    bool answered;  /* a job will answer it */
    /* What it became, or for a delivery report the mail it is about; NULL: nothing. */
    const char *message_id;
};

/* Is that one of the business's own addresses, with or without a token in it? */
bool mail_desk_owns(const struct mail_desk *desk, const char *address);

/* Part of a write transaction (inside store_write), of which it must be the first. */
NODISCARD int inbound_mail_take(struct db *db, struct pool *p, const struct inbound_mail *in,
                                struct inbound_mail_result *out, struct err *e);

#endif
