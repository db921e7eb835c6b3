/* SPDX-License-Identifier: Apache-2.0 */
/* The label keeps a MAC that was made with the same secret for another purpose from being a link.
 */
#include "domain/media_link.h"

#include "base/attr.h"
#include "base/codec.h"

static const char *mac_of(struct pool *p, struct str secret, struct str id, int64_t until_s)
{
    unsigned char mac[SHA256_BYTES];
    const char *text =
        pool_printf(p, "media link\n" STR_FMT "\n%lld", STR_ARG(id), (long long)until_s);
    hmac_sha256(secret, str_of(text), mac);
    return base64url_encode(p, mac, sizeof mac);
}

const char *media_link_make(struct pool *p, struct str secret, const char *public_url,
                            const char *attachment_id, struct wall until)
{
    int64_t until_s = until.us / US_PER_SECOND;
    return pool_printf(p, "%s" MEDIA_LINKS "%s.%lld.%s", public_url, attachment_id,
                       (long long)until_s, mac_of(p, secret, str_of(attachment_id), until_s));
}

bool media_link_read(struct pool *p, struct str secret, struct str link, struct wall now,
                     struct id *attachment_id_out)
{
    struct id id;
    int64_t until_s;
    struct str mac = link;
    struct str name = str_cut(&mac, '.');
    struct str until = mac.p ? str_cut(&mac, '.') : mac;
    if (!secret.n || !mac.p || !id_parse(name, &id) || !str_to_i64(until, &until_s) ||
        !str_eq_secret(mac, str_of(mac_of(p, secret, str_of(id.text), until_s))) ||
        until_s < now.us / US_PER_SECOND) {
        return false;
    }
    *attachment_id_out = id;
    return true;
}
