/* SPDX-License-Identifier: Apache-2.0 */
/*
 * E-mail out of a mailbox: a thread of its own signs in, takes what is unseen, and then waits in
 * the mailbox (IDLE, RFC 2177; where there is none it looks again and again). A mail is marked as
 * seen only when it is durably ours, so one that comes while the store is away, or a kill in
 * between, costs nothing but that it is offered again; the journal knows it then.
 *
 * Nothing is deleted, and what somebody reads in the mailbox before it was taken is not taken.
 */
#ifndef CHANNELS_IMAP_H
#define CHANNELS_IMAP_H

#include "channels/inbox.h"

struct imap_config { /* borrowed */
    const char *url; /* imaps://host:port/mailbox; INBOX when it names none */
    const char *user, *password;
    const char *ca_file; /* "" or NULL: the system's certificates */
    bool insist_on_tls;
    int timeout_ms;    /* of a step */
    int look_every_ms; /* without IDLE */
    int64_t mail_max;  /* larger mail stays where it is */
    struct store *store;
    struct inbox_config inbox;
};

struct imap;

/* ERR_CONFIG when the address is none of a mailbox. *out returned owned. */
NODISCARD int imap_start(const struct imap_config *config, struct imap **out, struct err *e);

/* Ends it, at the next response at the latest; frees. Accepts NULL; nulls the pointer. */
void imap_stop(struct imap **at);

/*
 * Signs in once and looks into the mailbox, without changing anything (EXAMINE); of the config,
 * store and inbox are not used. ERR_NOT_FOUND: there is no such mailbox; *signed_in_out is true
 * then. ERR_CONFIG, and those of session_open. Blocking.
 */
NODISCARD int imap_look(const struct imap_config *config, bool *signed_in_out, struct err *e);

#endif
