/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings of calls, decoded again: both sides are where they were in time, what was dropped is
 * not there, and a file that nobody closed plays as far as it goes. The desk's workers are the test
 * itself, and time is what it says.
 */
#include "voice/recording.h"

#include <math.h>
#include <ogg/ogg.h>
#include <opus/opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/pool.h"
#include "tap.h"
#include "voice/desk.h"

#define SECOND 1000000LL
#define T0 5000000LL /* when the calls begin */

void voice_desk_run(struct voice_desk *d, const void *lane, void (*fn)(void *arg), void *arg)
{
    (void)d;
    OK(lane != NULL);
    fn(arg);
}

/* ---- a folder, and what is in it afterwards ---- */

struct heard {
    bool part, done; /* which file there is */
    bool last;       /* the stream says where it ends */
    int preskip;
    size_t n; /* samples of a side, at 48 kHz, less the preskip */
    opus_int16 *both;
};

static char folder[] = "/tmp/ava-recording-XXXXXX";

static void decode(FILE *f, struct heard *h)
{
    ogg_sync_state sync;
    ogg_stream_state stream;
    ogg_page page;
    ogg_packet packet;
    int wrong, packets = 0;
    bool begun = false;
    opus_int16 pcm[2 * 5760];
    size_t cap = 0;
    OpusDecoder *d = opus_decoder_create(48000, 2, &wrong);
    ogg_sync_init(&sync);
    for (size_t got = 1; got;) {
        got = fread(ogg_sync_buffer(&sync, 4096), 1, 4096, f);
        ogg_sync_wrote(&sync, (long)got);
        while (ogg_sync_pageout(&sync, &page) == 1) {
            if (!begun) {
                ogg_stream_init(&stream, ogg_page_serialno(&page));
                begun = true;
            }
            ogg_stream_pagein(&stream, &page);
            while (ogg_stream_packetout(&stream, &packet) == 1) {
                if (packets++ == 0) {
                    OK(packet.bytes == 19 && memcmp(packet.packet, "OpusHead\1\2", 10) == 0);
                    h->preskip = packet.packet[10] | packet.packet[11] << 8;
                } else if (packets == 2) {
                    OK(memcmp(packet.packet, "OpusTags", 8) == 0);
                } else {
                    int n = opus_decode(d, packet.packet, (int)packet.bytes, pcm, 5760, 0);
                    OK(n > 0);
                    if (h->n + (size_t)n > cap) {
                        cap = 2 * (h->n + (size_t)n);
                        h->both = xrealloc(h->both, cap * 2 * sizeof pcm[0]);
                    }
                    memcpy(h->both + 2 * h->n, pcm, (size_t)n * 2 * sizeof pcm[0]);
                    h->n += (size_t)n;
                    h->last = packet.e_o_s;
                }
            }
        }
    }
    if (begun) {
        ogg_stream_clear(&stream);
    }
    ogg_sync_clear(&sync);
    opus_decoder_destroy(d);
}

/* Decodes and deletes it. */
static struct heard hear(const char *name)
{
    struct heard h = {.n = 0};
    char part[200], done[200];
    snprintf(part, sizeof part, "%s/%s" RECORDING_PART, folder, name);
    snprintf(done, sizeof done, "%s/%s" RECORDING_DONE, folder, name);
    h.part = access(part, R_OK) == 0;
    h.done = access(done, R_OK) == 0;
    FILE *f = fopen(h.done ? done : part, "rb");
    if (OK(f != NULL)) {
        decode(f, &h);
        fclose(f);
    }
    unlink(part);
    unlink(done);
    return h;
}

/* Loudness of a side (0: left) between two times, 0 to 1. */
static double loudness(const struct heard *h, int side, double from, double to)
{
    double sum = 0;
    size_t a = (size_t)(from * 48000) + (size_t)h->preskip,
           b = (size_t)(to * 48000) + (size_t)h->preskip;
    for (size_t i = a; i < b && i < h->n; i++) {
        double v = h->both[2 * i + (size_t)side] / 32768.0;
        sum += v * v;
    }
    return sqrt(sum / (double)(b - a));
}

/* ---- what is recorded ---- */

/* So many ms of a tone, in the form. */
static struct str tone(struct pool *p, enum audio_form form, int ms, double hertz)
{
    int rate = audio_rate(form);
    size_t n = (size_t)(ms * rate / 1000);
    unsigned char *bytes = pool_alloc(p, 2 * n);
    for (size_t i = 0; i < n; i++) {
        int16_t v = (int16_t)(12000 * sin(2 * M_PI * hertz * (double)i / rate));
        if (form == AUDIO_ULAW_8K) {
            bytes[i] = ulaw_of(v);
        } else {
            bytes[2 * i] = (unsigned char)v;
            bytes[2 * i + 1] = (unsigned char)((uint16_t)v >> 8);
        }
    }
    return str_of(base64_encode(p, bytes, form == AUDIO_ULAW_8K ? n : 2 * n));
}

/*
 * Five seconds: the caller speaks from 1 to 3, in frames of 20 ms that arrive unevenly and are
 * silent otherwise; the assistant is given four seconds of sound at 2, and is cut off at 3.
 */
static void converse(struct recording *r, enum audio_form form, int until_ms)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (int ms = 20; ms <= until_ms; ms += 20) {
        int64_t now = T0 + ms * 1000LL + (ms % 100 == 0 ? 90000 : 0);
        bool speaks = ms > 1000 && ms <= 3000;
        struct str frame = tone(p, form, 20, speaks ? 400 : 0);
        if (ms == 2020) {
            recording_said(r, tone(p, form, 1000, 700), T0 + 2 * SECOND);
            recording_said(r, tone(p, form, 3000, 700), T0 + 2 * SECOND);
        }
        if (ms == 3020) {
            recording_cleared(r, T0 + 3 * SECOND);
        }
        recording_heard(r, frame, now);
    }
}

static void check_sides(const struct heard *h)
{
    OK_MSG(loudness(h, 0, 0.2, 0.8) < 0.01, "the caller is silent: %f", loudness(h, 0, 0.2, 0.8));
    OK_MSG(loudness(h, 0, 1.3, 2.9) > 0.1, "and speaks: %f", loudness(h, 0, 1.3, 2.9));
    OK_MSG(loudness(h, 1, 0.2, 1.9) < 0.01, "she is silent: %f", loudness(h, 1, 0.2, 1.9));
    OK_MSG(loudness(h, 1, 2.1, 2.9) > 0.1, "and speaks: %f", loudness(h, 1, 2.1, 2.9));
}

static void record_five_seconds(enum audio_form form)
{
    struct recording *r = recording_new(NULL, folder, "five", form, T0);
    converse(r, form, 5000);
    recording_end(&r, T0 + 5 * SECOND);
    OK(r == NULL);
    struct heard h = hear("five");
    OK(h.done && !h.part && h.last);
    double seconds = (double)h.n / 48000;
    OK_MSG(seconds > 4.9 && seconds < 5.4, "%f s", seconds);
    check_sides(&h);
    OK_MSG(loudness(&h, 0, 3.3, 4.9) < 0.01, "%f", loudness(&h, 0, 3.3, 4.9));
    OK_MSG(loudness(&h, 1, 3.1, 4.9) < 0.01, "what was dropped: %f", loudness(&h, 1, 3.1, 4.9));
    free(h.both);
}

TEST(both_sides_are_where_they_were)
{
    record_five_seconds(AUDIO_PCM_24K);
}

TEST(of_a_telephone_too)
{
    record_five_seconds(AUDIO_ULAW_8K);
}

TEST(a_file_that_nobody_closed_plays_as_far_as_it_goes)
{
    struct recording *r = recording_new(NULL, folder, "cut", AUDIO_PCM_24K, T0);
    converse(r, AUDIO_PCM_24K, 5000);
    struct heard h = hear("cut");
    OK(h.part && !h.done && !h.last);
    OK_MSG((double)h.n / 48000 > 2.9, "%f s", (double)h.n / 48000);
    check_sides(&h);
    free(h.both);
    recording_end(&r, T0 + 5 * SECOND); /* its file is gone: nothing happens */
}

TEST(sound_that_never_came_is_silence)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct recording *r = recording_new(NULL, folder, "gap", AUDIO_PCM_24K, T0);
    recording_heard(r, tone(p, AUDIO_PCM_24K, 500, 400), T0 + SECOND / 2);
    recording_heard(r, tone(p, AUDIO_PCM_24K, 500, 400), T0 + 3 * SECOND);
    recording_heard(r, STR("no base64!"), T0 + 3 * SECOND);
    recording_end(&r, T0 + 4 * SECOND);
    struct heard h = hear("gap");
    OK(loudness(&h, 0, 0.1, 0.4) > 0.1);
    OK(loudness(&h, 0, 0.8, 2.4) < 0.01);
    OK(loudness(&h, 0, 2.6, 2.9) > 0.1);
    OK(loudness(&h, 0, 3.2, 3.9) < 0.01);
    free(h.both);
}

TEST(a_disk_that_fails_ends_the_recording_and_nothing_else)
{
    struct recording *r = recording_new(NULL, "/nonexistent", "x", AUDIO_PCM_24K, T0);
    converse(r, AUDIO_PCM_24K, 3000);
    recording_end(&r, T0 + 3 * SECOND);
    OK(r == NULL);
}

int main(void)
{
    if (!mkdtemp(folder)) {
        return 1;
    }
    int status = tap_run();
    rmdir(folder);
    return status;
}
