/* SPDX-License-Identifier: Apache-2.0 */
/*
 * µ-law as in ITU-T G.711: sign, a segment of three bits, four bits within it, all inverted; the
 * bias of 132 makes the segments powers of two.
 */
#include "voice/audio.h"

#define BIAS 132
#define CLIP 32635

int audio_rate(enum audio_form f)
{
    return f == AUDIO_ULAW_8K ? 8000 : 24000;
}

size_t audio_bytes_per_ms(enum audio_form f)
{
    return f == AUDIO_ULAW_8K ? 8 : 48;
}

uint8_t ulaw_of(int16_t sample)
{
    int sign = sample < 0 ? 0x80 : 0;
    int magnitude = sample < 0 ? -(int)sample : sample;
    if (magnitude > CLIP) {
        magnitude = CLIP;
    }
    magnitude += BIAS;
    int segment = 7;
    for (int bit = 0x4000; segment > 0 && !(magnitude & bit); bit >>= 1) {
        segment--;
    }
    int step = (magnitude >> (segment + 3)) & 0x0F;
    return (uint8_t) ~(sign | segment << 4 | step);
}

int16_t ulaw_sample(uint8_t code)
{
    int u = (uint8_t)~code;
    int magnitude = ((((u & 0x0F) << 3) + BIAS) << ((u & 0x70) >> 4)) - BIAS;
    return (int16_t)(u & 0x80 ? -magnitude : magnitude);
}

size_t audio_base64_bytes(const char *text, size_t n)
{
    size_t padding = n && text[n - 1] == '=' ? 1 + (n > 1 && text[n - 2] == '=') : 0;
    return n / 4 * 3 + (n % 4 ? n % 4 - 1 : 0) - padding;
}
