/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RSA keys and RS256 (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017), as JSON Web Tokens use it. A key
 * is immutable; any thread.
 */
#ifndef BASE_RSA_H
#define BASE_RSA_H

#include <stdbool.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct rsa_key;

/* A private key as PEM, without a passphrase. *out returned owned. ERR_MALFORMED. */
NODISCARD int rsa_key_read(struct str pem, struct rsa_key **out, struct err *e);

/* A new key of 2048 bits; takes about a tenth of a second. Returned owned. */
NODISCARD struct rsa_key *rsa_key_new(void);
void rsa_key_free(struct rsa_key **k);

/* The private key as PEM (PKCS #8); lives in pool. */
const char *rsa_key_pem(const struct rsa_key *k, struct pool *p);

/* The signature is the same for the same data. Lives in pool. */
NODISCARD int rsa_sign(const struct rsa_key *k, struct pool *p, struct str data, struct str *out,
                       struct err *e);

/* Was this signed with that key? */
bool rsa_signed(const struct rsa_key *k, struct str data, struct str signature);

#endif
