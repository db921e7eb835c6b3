/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger who had SendGrid's key could post as a batch of events, and any bytes as one
 * event, a signature and a time stamp. Beside crashes it looks for broken promises.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "channels/sendgrid_event.h"
#include "channels/sendgrid_signature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

static void read_event(struct pool *p, struct str part)
{
    struct sendgrid_event s;
    struct id id;
    if (sendgrid_event_read(p, part, &s, NULL) < 0) {
        return;
    }
    must(s.name && s.name[0]);
    must(!s.message_id || id_parse(str_of(s.message_id), &id));
    must(!s.email || (strchr(s.email, '@') && strlen(s.email) <= 254));
    must(!s.code || (strlen(s.code) <= 20 && utf8_valid(str_of(s.code))));
    must(!s.text || (strlen(s.text) <= 500 && utf8_valid(str_of(s.text))));
    must(!s.provider_id || (s.provider_id[0] && strlen(s.provider_id) <= 255));
    must(s.at.us >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ecdsa_key *key;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str body = {pool_strndup(p, (const char *)data, size), size};
    struct sendgrid_part *parts;
    size_t n;
    key = key ? key : ecdsa_key_new();
    must(!sendgrid_signature_ok(key, body, STR("1700000000"), body, (struct wall){0}));
    (void)sendgrid_signature_ok(key, body, body, body, wall_now());
    if (sendgrid_split(p, body, &parts, &n, NULL) == 0) {
        must(n <= SENDGRID_EVENTS_MAX);
        for (size_t i = 0; i < n; i++) {
            size_t length = strlen(parts[i].name);
            must(length > 0 && length <= 100 && utf8_valid(parts[i].part));
            read_event(p, parts[i].part);
        }
    }
    read_event(p, body);
    return 0;
}
