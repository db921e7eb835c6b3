/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a WebSocket's peer may send once it is open. The first byte says who reads, how much at a
 * time, and how large a message may be; the rest are the peer's bytes. The reader's short way must
 * come to what wslay alone comes to.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ws_twins.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {0, 1, 3, 7};
    if (size == 0) {
        return 0;
    }
    struct ws_twins_way way = {
        .client = data[0] & 1,
        .tls = data[0] & 2,
        .step = steps[data[0] >> 2 & 3],
        .max_bytes = data[0] & 16 ? 100 : 100000,
    };
    struct buf ours, wslays;
    buf_init(&ours, 8u << 20);
    buf_init(&wslays, 8u << 20);
    if (!ws_twins_agree(&way, data + 1, size - 1, &ours, &wslays)) {
        abort();
    }
    buf_clear(&ours);
    buf_clear(&wslays);
    return 0;
}
