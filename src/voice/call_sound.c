/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at every 16th frame, and there at a few groups of base64 along it. */
#include "voice/call_sound.h"

#include <math.h>

#define LATE_US 60000
#define LOOK_EVERY 16
#define LOOKS 8                /* places in a frame */
#define GROUP 8                /* characters: 6 bytes, whole samples in both forms */
#define LOUD (1.0 / 512)       /* -54 dB: below it is no speech */
#define FULL (32000.0 / 32768) /* µ-law's largest value lies there too */
#define LEVEL_GOOD_DB (-40.0)
#define LEVEL_NONE_DB (-60.0)

static uint32_t six_bits(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (uint32_t)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (uint32_t)(c - 'a') + 26;
    }
    if (c >= '0' && c <= '9') {
        return (uint32_t)(c - '0') + 52;
    }
    return c == '+' ? 62 : 63;
}

static void decode_group(const char *text, uint8_t out[6])
{
    for (int half = 0; half < 2; half++) {
        const char *t = text + half * 4;
        uint32_t v =
            six_bits(t[0]) << 18 | six_bits(t[1]) << 12 | six_bits(t[2]) << 6 | six_bits(t[3]);
        out[half * 3] = (uint8_t)(v >> 16);
        out[half * 3 + 1] = (uint8_t)(v >> 8);
        out[half * 3 + 2] = (uint8_t)v;
    }
}

static void weigh(struct call_sound *s, int16_t sample)
{
    double x = sample / 32768.0;
    double size = fabs(x);
    if (size < LOUD) {
        return;
    }
    s->loud++;
    s->power += x * x;
    s->clipped += size >= FULL;
}

static void look(struct call_sound *s, enum audio_form form, struct str base64)
{
    size_t groups = base64.n / GROUP;
    groups -= groups > 0; /* the last may be padded */
    for (size_t i = 0; i < LOOKS && i < groups; i++) {
        uint8_t bytes[6];
        decode_group(base64.p + i * groups / LOOKS * GROUP, bytes);
        if (form == AUDIO_ULAW_8K) {
            for (int k = 0; k < 6; k++) {
                weigh(s, ulaw_sample(bytes[k]));
            }
        } else {
            for (int k = 0; k < 6; k += 2) {
                weigh(s, (int16_t)(bytes[k] | bytes[k + 1] << 8));
            }
        }
    }
}

/* The stream's own time is the sound that came; a frame is late by what the clock is ahead of it.
 */
static void arrive(struct call_sound *s, int64_t now_us)
{
    int64_t lag = now_us - s->began_us - s->sound_us;
    double change = fabs((double)(lag - s->lag_us));
    s->jitter_us += (change - s->jitter_us) / 16;
    if (lag - s->lag_us > LATE_US) {
        s->gaps++;
        s->missed_us += lag - s->lag_us;
    }
    /* Sound that comes early after a gap makes up for it: it was delayed, not missed. */
    if (lag < s->lag_us && s->missed_us > 0) {
        int64_t made_up = s->lag_us - lag;
        s->missed_us = made_up < s->missed_us ? s->missed_us - made_up : 0;
    }
    s->lag_us = lag;
}

void call_sound_in(struct call_sound *s, enum audio_form form, struct str base64, int64_t now_us)
{
    if (s->frames == 0) {
        s->began_us = now_us;
    } else {
        arrive(s, now_us);
    }
    if (s->frames++ % LOOK_EVERY == 0) {
        look(s, form, base64);
    }
    s->last_us = now_us;
    s->sound_us +=
        (int64_t)(audio_base64_bytes(base64.p, base64.n) * 1000 / audio_bytes_per_ms(form));
}

double call_sound_score(const struct call_sound *s)
{
    if (s->sound_us == 0) {
        return -1;
    }
    double arrival = fmax(0, 1 - 5.0 * (double)s->missed_us / (double)(s->sound_us + s->missed_us));
    if (s->loud == 0) {
        return arrival / 2; /* nothing but silence */
    }
    double clipping = fmax(0.5, 1 - 5.0 * (double)s->clipped / (double)s->loud);
    double db = 10 * log10(s->power / (double)s->loud);
    double below = fmax(0, fmin(1, (LEVEL_GOOD_DB - db) / (LEVEL_GOOD_DB - LEVEL_NONE_DB)));
    return arrival * clipping * (1 - below / 2);
}
