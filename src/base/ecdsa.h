/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA with SHA-256 on the curve P-256 (FIPS 186-4), as SendGrid signs its webhooks. A key is
 * immutable; any thread.
 */
#ifndef BASE_ECDSA_H
#define BASE_ECDSA_H

#include <stdbool.h>

#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

struct ecdsa_key;

/* A public key: base64 of a DER SubjectPublicKeyInfo, or that as PEM. *out returned owned.
 * ERR_MALFORMED. */
NODISCARD int ecdsa_key_read(struct str text, struct ecdsa_key **out, struct err *e);

/* A new pair. Returned owned. */
NODISCARD struct ecdsa_key *ecdsa_key_new(void);
void ecdsa_key_free(struct ecdsa_key **k);

/* The public half as ecdsa_key_read takes it, in base64; lives in pool. */
const char *ecdsa_key_public(const struct ecdsa_key *k, struct pool *p);

/* What is signed may come in pieces, one behind the other. */

/* Another signature each time, in DER; lives in pool. ERR_CONFIG when the key is a public one. */
NODISCARD int ecdsa_sign(const struct ecdsa_key *k, struct pool *p, const struct str *pieces,
                         size_t n, struct str *out, struct err *e);

/* Was this signed with that key? */
bool ecdsa_signed(const struct ecdsa_key *k, const struct str *pieces, size_t n,
                  struct str signature);

#endif
