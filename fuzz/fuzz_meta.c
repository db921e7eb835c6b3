/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger who knew the secret could post as Meta: any bytes as a batch, each update of it
 * as a message and as a status, and any bytes as an update. Beside crashes it looks for broken
 * promises.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/json_read.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "channels/meta_payload.h"
#include "channels/meta_signature.h"
#include "domain/phone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static void read_update(struct pool *p, struct str part)
{
    struct meta_message m;
    json_t *document;
    if (meta_message_read(p, part, &m, NULL) == 0) {
        must(m.id[0] && strlen(m.id) <= META_ID_MAX && (m.phone || m.user_id) && m.type[0]);
        must(!m.phone || phone_is_e164(str_of(m.phone)));
        must(!m.to || phone_is_e164(str_of(m.to)));
        must(m.content.n <= META_CONTENT_BYTES && utf8_valid(m.content));
        must(json_read(p, m.metadata, &document, NULL) == 0 && json_is_object(document));
    }
    struct meta_status s;
    if (meta_status_read(p, part, &s, NULL) == 0) {
        must(s.id[0] && strlen(s.id) <= META_ID_MAX && (!s.error_code[0] || s.error_words));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str body = {pool_strndup(p, (const char *)data, size), size};
    struct str secret = STR("secret");
    must(meta_signature_ok(p, secret, str_of(meta_sign(p, secret, body)), body));
    must(!meta_signature_ok(p, secret, body, body));
    struct meta_update *updates = NULL;
    size_t n = 0;
    if (meta_split(p, body, NULL, &updates, &n, NULL) == 0) {
        must(n <= META_UPDATES_MAX);
        for (size_t i = 0; i < n; i++) {
            size_t length = strlen(updates[i].name);
            must(length > 0 && length <= 100 && utf8_valid(updates[i].part));
            read_update(p, updates[i].part);
        }
    }
    read_update(p, body);
    return 0;
}
