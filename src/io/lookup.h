/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may block before a connection can be made, done by a few threads beside the loops: the
 * resolution of the host's name, and the reading of the certificates that are trusted, which are
 * kept until the process ends.
 */
#ifndef IO_LOOKUP_H
#define IO_LOOKUP_H

#include <netdb.h>
#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/attr.h"

struct lookup { /* made and freed by who asks */
    char *host, *port;
    char *ca_file; /* NULL: the system's certificates */
    bool tls;
    struct addrinfo *addresses;
    SSL_CTX *ctx;                          /* with tls; a reference of its own */
    const char *why;                       /* static; NULL when all was found */
    bool (*wanted)(struct lookup *lookup); /* any thread: is there still somebody waiting? */
    void (*done)(struct lookup *lookup);   /* on a thread of ours; it belongs to who asked again */
};

struct lookups;

NODISCARD struct lookups *lookups_new(void); /* starts no thread before it is used */
/* Finishes what was given: at most as long as the system's resolver takes. Accepts NULL. */
void lookups_free(struct lookups **l);
void lookups_add(struct lookups *l, struct lookup *lookup); /* any thread */

/* What is in it. */
void lookup_clear(struct lookup *k);

#endif
