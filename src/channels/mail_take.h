/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all ways in which an e-mail comes share: its name in the journal, its files judged, and its
 * effects (domain/inbound_mail.h).
 */
#ifndef CHANNELS_MAIL_TAKE_H
#define CHANNELS_MAIL_TAKE_H

#include "channels/inbox.h"

/* Among the journal's headers of a whole mail, when the server that took it says so: an array of
 * the addresses that it was delivered to, and its sender's ("": a machine that wants no answer). */
#define MAIL_ENVELOPE_TO "Envelope-To"
#define MAIL_ENVELOPE_FROM "Envelope-From"

/* A mail that was read: inbox_work.read of e-mails. */
struct mail_taken {
    struct mail mail;
    const char *const *envelope; /* whom it was delivered to; may be NULL */
    size_t n_envelope;
    struct inbound_mail_file *files;
    size_t n_files, n_files_left_out;
};

/*
 * The mail's name, by which it counts once: of its Message-ID, sender and text, since programs are
 * careless with Message-IDs. Not of the recipient: a mail that comes to two addresses of the
 * business wants one answer. Lives in pool.
 */
const char *mail_name(struct pool *p, const struct mail *m);

/* Decodes the files (those that are many or large into a file of config->spool) and judges each.
 * ERR_IO. */
NODISCARD int mail_judge_files(struct inbox_work *w, struct mail_taken *t, struct err *e);

/* inbox_kind.apply of all kinds of mail. */
int mail_apply(struct db *db, struct inbox_work *w, struct err *e);

/* Nothing to read: the journal has kept its beginning only. True: read() is done with it. */
bool mail_is_partial(const struct inbox_work *w);

#endif
