/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to a mail server on which libcurl has done what is hard, the connection itself,
 * TLS and the sign-in; what is said on it then is the caller's business. libcurl can fetch from a
 * mailbox by itself, but not wait in it for what comes (IDLE, RFC 2177). An http:// address is only
 * connected to.
 *
 * One thread uses it; session_wake may be called by any.
 */
#ifndef IO_SESSION_H
#define IO_SESSION_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct session;

/* Not connected. Returned owned. */
NODISCARD struct session *session_new(void);
/* Accepts NULL; nulls the pointer. */
void session_free(struct session **s);

struct session_account { /* borrowed */
    const char *url;     /* imap(s)://, smtp(s):// or http(s)://host:port; a path counts nothing */
    const char *user, *password; /* "": does not sign in */
    const char *ca_file;         /* certificates that are trusted, PEM; NULL or "": the system's */
    bool insist_on_tls;          /* imap:// without STARTTLS is an error */
    int timeout_ms;
};

/*
 * Connects and signs in, after closing what there was. ERR_UNAUTHENTICATED when the server refuses
 * user and password, ERR_CONFIG when no encryption comes about that can be trusted, ERR_TIMEOUT,
 * ERR_PROVIDER. Certificates are always verified.
 */
NODISCARD int session_open(struct session *s, const struct session_account *account, struct err *e);
void session_close(struct session *s);

/* Sends all of it. ERR_PROVIDER when the connection is lost, ERR_TIMEOUT. */
NODISCARD int session_send(struct session *s, struct str bytes, int timeout_ms, struct err *e);

/*
 * Waits for bytes: *got_out of them, at most n; 0 when timeout_ms went by or the session was woken.
 * ERR_PROVIDER when the connection is lost.
 */
NODISCARD int session_receive(struct session *s, char *to, size_t n, int timeout_ms,
                              size_t *got_out, struct err *e);

/* Ends the wait that is under way, or the next one. */
void session_wake(struct session *s);

/* Waits without a connection. true when it was woken. */
bool session_rest(struct session *s, int ms);

#endif
