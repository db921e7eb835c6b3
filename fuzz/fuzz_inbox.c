/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a provider's signed request can hold, up to the transaction: the first line is the path and
 * query that it came to, the rest its body; read as every kind of request. What is read must be fit
 * to be stored.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "channels/inbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct inbox_kind *const kinds[] = {
        &inbox_twilio_message,     &inbox_twilio_status,    &inbox_twilio_call,
        &inbox_twilio_call_status, &inbox_twilio_recording, &inbox_twilio_call_dialled,
    };
    static const struct inbox_config config = {.number = "+15550199999"};
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str body = {pool_strndup(p, (const char *)data, size), size};
    struct str target = str_cut(&body, '\n');
    if (!body.p || !utf8_valid(body) || !utf8_valid(target)) {
        return 0; /* inbox_take refuses it */
    }
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        struct inbox_work work = {.pool = p,
                                  .config = &config,
                                  .entry = {.provider = kinds[i]->provider,
                                            .kind = kinds[i]->kind,
                                            .target = str_dup(p, target),
                                            .body = body,
                                            .proof = i == 1 ? INBOX_PROOF_LIST : "signature"}};
        struct err e = {0};
        int rc = kinds[i]->read(&work, &e);
        const char *name = work.entry.provider_id;
        must(rc <= 0 && (rc == 0 || e.text[0]));
        must(rc < 0 || (name && work.read));
        must(!name || (strlen(name) <= JOURNAL_PROVIDER_ID_MAX && utf8_valid(str_of(name))));
    }
    return 0;
}
