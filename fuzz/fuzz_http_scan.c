/* SPDX-License-Identifier: Apache-2.0 */
/* The framing of HTTP requests: the verdict must not depend on how the bytes are cut up. */
#include <stdint.h>
#include <stdlib.h>

#include "io/http_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_scan whole, pieces;
    http_scan_init(&whole, 2000, 1000);
    http_scan_init(&pieces, 2000, 1000);
    http_scan_bytes(&whole, (const char *)data, size);
    size_t step = size ? data[0] % 7u + 1 : 1;
    for (size_t at = 0; at < size; at += step) {
        http_scan_bytes(&pieces, (const char *)data + at, size - at < step ? size - at : step);
    }
    if (whole.bad != pieces.bad || whole.complete != pieces.complete || (whole.bad && !whole.why) ||
        http_scan_between(&whole) != http_scan_between(&pieces)) {
        abort();
    }
    return 0;
}
