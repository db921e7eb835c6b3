/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server may answer to our request for a WebSocket: the verdict on a part of it may only be
 * that more has to come, or the verdict on the whole.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "io/ws_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

static enum ws_answer read_it(const uint8_t *data, size_t n, struct str protocol, size_t *used)
{
    char why[WS_ANSWER_WHY_BYTES] = "";
    enum ws_answer answer =
        ws_answer_read((struct str){(const char *)data, n}, ACCEPT, protocol, used, why);
    if ((answer == WS_ANSWER_BAD) != (why[0] != '\0') || (answer == WS_ANSWER_GOOD && *used > n) ||
        (answer == WS_ANSWER_MORE && n >= WS_ANSWER_BYTES)) {
        abort();
    }
    return answer;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str protocol = size % 2 ? STR("realtime, other") : (struct str){NULL, 0};
    size_t used = 0;
    enum ws_answer whole = read_it(data, size, protocol, &used);
    size_t step = size ? data[0] % 7u + 1 : 1;
    enum ws_answer part = WS_ANSWER_MORE;
    for (size_t n = 0; n < size && part == WS_ANSWER_MORE; n += step) {
        size_t used_then = 0;
        part = read_it(data, n, protocol, &used_then);
        if ((part != WS_ANSWER_MORE && part != whole) ||
            (part == WS_ANSWER_GOOD && used_then != used)) {
            abort();
        }
    }
    return 0;
}
