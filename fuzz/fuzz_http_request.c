/* SPDX-License-Identifier: Apache-2.0 */
/* Taking apart what the scanner lets through: nothing is read or written beyond the request. */
#include <stdint.h>
#include <stdlib.h>

#include "io/http.h"
#include "io/http_request.h"
#include "io/http_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A view must lie within the request or in the pool; reading all of it shows that it can be. */
static size_t read_all(struct str s)
{
    size_t sum = 0;
    for (size_t i = 0; i < s.n; i++) {
        sum += (unsigned char)s.p[i];
    }
    return sum;
}

static void take_apart(const struct http_scan *s, const char *from, size_t n)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char *bytes = xmalloc(n + 1); /* alone, so that a sanitizer sees a step beside it */
    memcpy(bytes, from, n);
    bytes[n] = '\0';
    struct http_request r = {.pool = p};
    const char *why = NULL;
    int rc = http_request_parse(&r, s, bytes, &why);
    volatile size_t sum = read_all(r.target) + read_all(r.path) + read_all(r.query);
    sum = sum + read_all(r.body);
    for (size_t i = 0; i < r.n_headers; i++) {
        sum = sum + read_all(r.headers[i].name) + read_all(r.headers[i].value);
        if (!r.headers[i].name.n) {
            abort();
        }
    }
    if (!r.method || !r.target.n || !r.path.n || r.body.n != s->body_sum ||
        r.n_headers != (size_t)s->fields || (rc && !why)) {
        abort();
    }
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_scan s;
    http_scan_init(&s, 2000, 1000);
    const char *at = (const char *)data;
    size_t taken = 0; /* of the request that begins at `at` */
    while (taken < size && !s.bad) {
        taken += http_scan_bytes(&s, at + taken, size - taken);
        if (http_scan_complete(&s)) {
            take_apart(&s, at, taken);
            at += taken;
            size -= taken;
            taken = 0;
        }
    }
    return 0;
}
