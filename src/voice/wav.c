/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks are walked to "fmt " and "data"; all numbers are little-endian. */
#include "voice/wav.h"

#define HEAD_BYTES 44
#define FMT_BYTES 16
#define FORMAT_PCM 1
#define FORMAT_EXTENSIBLE 0xFFFE
#define CHANNELS_MAX 8
#define RATE_MIN 4000
#define RATE_MAX 192000

static uint32_t number(const char *at, size_t bytes)
{
    uint32_t n = 0;
    for (size_t i = bytes; i-- > 0;) {
        n = n << 8 | (unsigned char)at[i];
    }
    return n;
}

/* The chunk of that name; p == NULL when there is none. */
static struct str chunk_of(struct str rest, struct str name)
{
    while (rest.n >= 8) {
        size_t n = number(rest.p + 4, 4);
        struct str body = {rest.p + 8, MIN_OF(n, rest.n - 8)};
        if (memcmp(rest.p, name.p, 4) == 0) {
            return body;
        }
        size_t step = body.n + (body.n < rest.n - 8 ? n & 1 : 0); /* chunks begin at even places */
        rest = (struct str){body.p + step, rest.n - 8 - step};
    }
    return (struct str){NULL, 0};
}

int wav_read(struct pool *p, struct str bytes, struct wav *out, struct err *e)
{
    bool riff =
        bytes.n >= 12 && memcmp(bytes.p, "RIFF", 4) == 0 && memcmp(bytes.p + 8, "WAVE", 4) == 0;
    struct str chunks = riff ? (struct str){bytes.p + 12, bytes.n - 12} : (struct str){NULL, 0};
    struct str fmt = chunk_of(chunks, STR("fmt ")), data = chunk_of(chunks, STR("data"));
    if (fmt.n < FMT_BYTES || !data.p) {
        return err_set(e, ERR_MALFORMED, "not a WAVE file");
    }
    uint32_t format = number(fmt.p, 2), channels = number(fmt.p + 2, 2),
             rate = number(fmt.p + 4, 4), bits = number(fmt.p + 14, 2);
    if ((format != FORMAT_PCM && format != FORMAT_EXTENSIBLE) || bits != 16 || channels < 1 ||
        channels > CHANNELS_MAX || rate < RATE_MIN || rate > RATE_MAX) {
        return err_set(e, ERR_MALFORMED,
                       "the WAVE file must be 16-bit PCM of 4 to 192 kHz, not format %u with %u "
                       "bits and %u channels at %u Hz",
                       format, bits, channels, rate);
    }
    size_t frame = 2 * (size_t)channels, n = data.n / frame;
    int16_t *samples = pool_alloc_raw(p, n * sizeof *samples);
    for (size_t i = 0; i < n; i++) {
        samples[i] = (int16_t)number(data.p + i * frame, 2);
    }
    *out = (struct wav){.rate = (int)rate, .n = n, .samples = samples};
    return 0;
}

static void put(struct buf *to, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        buf_putc(to, (char)(value >> 8 * i & 0xFF));
    }
}

void wav_write(struct buf *to, int rate, const int16_t *samples, size_t n)
{
    uint32_t bytes = (uint32_t)(n * 2);
    buf_puts(to, "RIFF");
    put(to, bytes + HEAD_BYTES - 8, 4);
    buf_puts(to, "WAVEfmt ");
    put(to, FMT_BYTES, 4);
    put(to, FORMAT_PCM, 2);
    put(to, 1, 2);
    put(to, (uint32_t)rate, 4);
    put(to, (uint32_t)rate * 2, 4);
    put(to, 2, 2);
    put(to, 16, 2);
    buf_puts(to, "data");
    put(to, bytes, 4);
    for (size_t i = 0; i < n; i++) {
        put(to, (uint16_t)samples[i], 2);
    }
}
