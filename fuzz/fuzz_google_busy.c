/* SPDX-License-Identifier: Apache-2.0 */
/* What Google can answer to the question what is busy; and the same bytes as a key file. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/pool.h"
#include "domain/calendar_google.h"
#include "domain/google_account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool held)
{
    if (!held) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct str text = {pool_strndup(p, (const char *)data, size), size};
    struct google_span range = {{1772409600000000}, {1772409600000000 + 60 * US_PER_DAY}};
    struct google_span *spans;
    struct google_account *account = NULL;
    size_t n;
    struct err e = {0};
    int rc = google_read_busy(p, text, "c", range, &spans, &n, &e);
    must(rc == 0 || (rc == ERR_PROVIDER && e.text[0]));
    for (size_t i = 0; rc == 0 && i < n; i++) {
        must(spans[i].from.us >= range.from.us && spans[i].to.us <= range.to.us);
        must(spans[i].from.us < spans[i].to.us);
    }
    rc = google_account_read(text, &account, NULL);
    must(rc == 0 || rc == ERR_MALFORMED);
    google_account_free(&account);
    return 0;
}
