/* SPDX-License-Identifier: Apache-2.0 */
/* What a speech server may answer as a WAVE file, and the same bytes as a text to be spoken. */
#include <stdint.h>
#include <stdlib.h>

#include "voice/speak.h"
#include "voice/wav.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct str bytes = {(const char *)data, size};
    struct wav w = {0};
    if (wav_read(p, bytes, &w, NULL) == 0 && w.n * 2 > size) {
        abort();
    }
    int64_t sum = 0;
    for (size_t i = 0; i < w.n; i++) {
        sum += w.samples[i];
    }
    for (const char *s = speak_spelt(p, bytes); *s; s++) {
        if ((unsigned char)*s >= 0x80 || sum == INT64_MIN) {
            abort();
        }
    }
    struct str rest = bytes;
    size_t n = 0;
    for (struct str s; (s = speak_sentence(&rest)).p;) {
        if (s.n == 0 || ++n > size) {
            abort();
        }
    }
    return 0;
}
