/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes are signed as they came: nothing is parsed before its signature is known to be right.
 */
#include "channels/sendgrid_signature.h"

#include "base/codec.h"

#define SIGNATURE_MAX_BYTES 256 /* base64 of at most 72 bytes */
#define TIMESTAMP_MAX_BYTES 20

static bool is_near(struct str timestamp, struct wall now)
{
    int64_t seconds;
    if (timestamp.n > TIMESTAMP_MAX_BYTES || !str_to_i64(timestamp, &seconds) || seconds < 0 ||
        seconds > INT64_MAX / US_PER_SECOND) {
        return false;
    }
    int64_t age_us = now.us - seconds * US_PER_SECOND;
    return age_us < SENDGRID_AGE_MAX_US && age_us > -SENDGRID_AGE_MAX_US;
}

bool sendgrid_signature_ok(const struct ecdsa_key *key, struct str signature, struct str timestamp,
                           struct str body, struct wall now)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str der, pieces[] = {timestamp, body};
    return signature.n > 0 && signature.n <= SIGNATURE_MAX_BYTES && is_near(timestamp, now) &&
           base64_decode(p, str_trim(signature), &der) &&
           ecdsa_signed(key, pieces, ARRAY_SIZE(pieces), der);
}

int sendgrid_sign(const struct ecdsa_key *key, struct pool *p, struct str timestamp,
                  struct str body, const char **out, struct err *e)
{
    struct str der, pieces[] = {timestamp, body};
    int rc = ecdsa_sign(key, p, pieces, ARRAY_SIZE(pieces), &der, e);
    if (rc == 0) {
        *out = base64_encode(p, der.p, der.n);
    }
    return rc;
}
