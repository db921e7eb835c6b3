/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sound for callers: speech, tones, files; always µ-law of 8 kHz, a whole number of frames.
 */
#include <math.h>

#include "sandbox/sandbox_voice_private.h"
#include "voice/audio.h"
#include "voice/resample.h"
#include "voice/speak.h"
#include "voice/wav.h"

#define RATE 8000
#define LOUD 8000
#define MS_PER_CHARACTER 60
#define SOUND_MS_MAX 600000
#define AUDIBLE 300 /* of 32767 */
#define PAUSE_FRAMES 12

static uint8_t *frames(struct pool *p, size_t samples, size_t *n_out)
{
    size_t n = (samples + ACTOR_FRAME - 1) / ACTOR_FRAME * ACTOR_FRAME;
    n = MAX_OF(n, (size_t)ACTOR_FRAME);
    uint8_t *out = pool_alloc_raw(p, n);
    memset(out, PLAYBACK_SILENCE, n);
    *n_out = n;
    return out;
}

struct str voice_tone(struct pool *p, int hz, int ms)
{
    size_t n, samples = (size_t)MIN_OF(ms, SOUND_MS_MAX) * (RATE / 1000);
    uint8_t *out = frames(p, samples, &n);
    for (size_t i = 0; i < samples; i++) {
        out[i] = ulaw_of((int16_t)(LOUD * sin(2 * M_PI * hz * (double)i / RATE)));
    }
    return (struct str){(char *)out, n};
}

/* A murmur: a low voice whose loudness goes up and down like syllables, its pitch by the letters,
 * so that other words sound otherwise. */
static struct str murmur(struct pool *p, const char *words)
{
    size_t letters = MIN_OF(strlen(words), (size_t)SOUND_MS_MAX / MS_PER_CHARACTER), n;
    size_t each = MS_PER_CHARACTER * (RATE / 1000), samples = MAX_OF(letters, (size_t)1) * each;
    uint8_t *out = frames(p, samples, &n);
    double phase = 0;
    for (size_t i = 0; i < samples; i++) {
        unsigned char letter = (unsigned char)words[MIN_OF(i / each, letters)];
        double within = (double)(i % (4 * each)) / (double)(4 * each);
        phase += 2 * M_PI * (110.0 + letter % 32 * 3.0) / RATE;
        double wave = sin(phase) + 0.5 * sin(2 * phase) + 0.3 * sin(5 * phase);
        out[i] = ulaw_of((int16_t)(LOUD * 0.5 * wave * (0.6 + 0.4 * sin(2 * M_PI * within))));
    }
    return (struct str){(char *)out, n};
}

bool voice_is_sound(const uint8_t *ulaw, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int sample = ulaw_sample(ulaw[i]);
        if (sample > AUDIBLE || sample < -AUDIBLE) {
            return true;
        }
    }
    return false;
}

/* ---- files ---- */

/* Collects samples of 8 kHz as µ-law. */
struct collecting {
    struct pool *pool;
    uint8_t *bytes;
    size_t n, room;
};

static bool collect(void *arg, const int16_t *samples, size_t n)
{
    struct collecting *c = arg;
    n = MIN_OF(n, VOICE_SOUND_BYTES - c->n);
    if (c->n + n > c->room) {
        c->room = MAX_OF(c->room * 2, c->n + n + RATE);
        uint8_t *bigger = pool_alloc_raw(c->pool, c->room);
        if (c->n) {
            memcpy(bigger, c->bytes, c->n);
        }
        c->bytes = bigger;
    }
    for (size_t i = 0; i < n; i++) {
        c->bytes[c->n++] = ulaw_of(samples[i]);
    }
    return c->n < VOICE_SOUND_BYTES;
}

static struct str whole_frames(const struct collecting *c)
{
    size_t n;
    uint8_t *out = frames(c->pool, c->n, &n);
    if (c->n) {
        memcpy(out, c->bytes, c->n);
    }
    return (struct str){(char *)out, n};
}

int voice_read_sound(struct pool *p, struct str file, struct str *out, struct err *e)
{
    struct collecting c = {.pool = p};
    if (file.n == 0) {
        return err_set(e, ERR_INVALID, "the sound is empty");
    }
    if (str_starts(file, STR("RIFF"))) {
        struct wav w;
        int rc = wav_read(p, file, &w, e);
        if (rc) {
            return rc;
        }
        struct resample *r = resample_new(w.rate, RATE);
        if (resample_run(r, w.samples, w.n, collect, &c)) {
            resample_end(r, collect, &c);
        }
        resample_free(&r);
    } else {
        c.n = MIN_OF(file.n, VOICE_SOUND_BYTES);
        c.bytes = pool_alloc_raw(p, c.n);
        memcpy(c.bytes, file.p, c.n);
    }
    *out = whole_frames(&c);
    return 0;
}

/* ---- speech ---- */

/* Pauses as a person makes who has not finished: short ones within, none at the ends. */
static void shorten_pauses(struct collecting *c)
{
    size_t to = 0, quiet = PAUSE_FRAMES;
    for (size_t at = 0; at + ACTOR_FRAME <= c->n; at += ACTOR_FRAME) {
        bool sound = voice_is_sound(c->bytes + at, ACTOR_FRAME);
        quiet = sound ? 0 : quiet + 1;
        if (quiet > PAUSE_FRAMES) {
            continue;
        }
        memmove(c->bytes + to, c->bytes + at, ACTOR_FRAME);
        to += ACTOR_FRAME;
    }
    c->n = to - MIN_OF(to, MIN_OF(quiet, (size_t)PAUSE_FRAMES) * ACTOR_FRAME);
}

struct str voice_say(struct speak *speak, struct pool *p, const char *words)
{
    struct collecting c = {.pool = p};
    struct str rest = str_of(speak ? speak_spelt(p, str_of(words)) : ""), sentence;
    bool said = speak != NULL;
    while (said && (sentence = speak_sentence(&rest)).p) {
        said = speak_say(speak, sentence, RATE, collect, &c, NULL) == 0;
    }
    shorten_pauses(&c);
    return said && c.n ? whole_frames(&c) : murmur(p, words);
}

static void put_le(struct buf *to, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        buf_putc(to, (char)(v >> (8 * i)));
    }
}

void voice_write_wav(struct buf *to, const uint8_t *ulaw, size_t n, int channels)
{
    buf_puts(to, "RIFF");
    put_le(to, (uint32_t)(36 + n * 2), 4);
    buf_puts(to, "WAVEfmt ");
    put_le(to, 16, 4);
    put_le(to, 1, 2);
    put_le(to, (uint32_t)channels, 2);
    put_le(to, RATE, 4);
    put_le(to, (uint32_t)(RATE * channels * 2), 4);
    put_le(to, (uint32_t)(channels * 2), 2);
    put_le(to, 16, 2);
    buf_puts(to, "data");
    put_le(to, (uint32_t)(n * 2), 4);
    for (size_t i = 0; i < n; i++) {
        put_le(to, (uint16_t)ulaw_sample(ulaw[i]), 2);
    }
}
