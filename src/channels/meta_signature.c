/* SPDX-License-Identifier: Apache-2.0 */
/* Meta's webhook signature; the digest itself is OpenSSL's. */
#include "channels/meta_signature.h"

#include "base/codec.h"

char *meta_sign(struct pool *p, struct str app_secret, struct str body)
{
    unsigned char digest[SHA256_BYTES];
    hmac_sha256(app_secret, body, digest);
    return pool_printf(p, "sha256=%s", hex_encode(p, digest, sizeof digest));
}

bool meta_signature_ok(struct pool *p, struct str app_secret, struct str signature, struct str body)
{
    if (app_secret.n == 0 || signature.n == 0) {
        return false;
    }
    return str_eq_secret(str_trim(signature), str_of(meta_sign(p, app_secret, body)));
}
