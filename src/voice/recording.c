/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two halves. The loop's keeps what came in the last second, as it came. The worker's (struct tape)
 * decodes it, lays both sides on one line of time and encodes what can no longer change: the
 * caller's frames are put where they arrived, but joined while the network is only uneven; the
 * assistant's sound lies in the future until it has been played or dropped.
 */
#include "voice/recording.h"

#include <errno.h>
#include <ogg/ogg.h>
#include <opus/opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/pool.h"
#include "voice/desk.h"

#define BATCH_US 1000000LL    /* so much is handed over at once */
#define BATCH_BYTES (1 << 20) /* or so many bytes */
#define TEXT_MAX (64 << 20)
#define LATE_US 300000LL         /* sound may come so late and still find its place */
#define UNEVEN_US 250000LL       /* frames that come so unevenly are one stream */
#define AHEAD_MAX_US 600000000LL /* of the assistant's sound that waits: ten minutes */
#define FRAME_MS 20
#define BITS_PER_SECOND 32000
#define PACKET_BYTES 1500
#define OGG_RATE 48000 /* of granule positions, whatever the sound's is */

enum side { CALLER, ASSISTANT, SIDES };

/* ---- the worker's half ---- */

/* Samples that are not encoded yet, from the tape's position on. */
struct track {
    int16_t *samples;
    size_t n, cap;
};

struct tape {
    enum audio_form form;
    int rate, frame; /* samples a second, and a frame of one side */
    char *part, *done;
    char *name;
    FILE *file; /* NULL: the disk failed */
    bool failed;
    OpusEncoder *encoder;
    ogg_stream_state ogg;
    int64_t packets, in_page;
    int64_t began_us;
    int64_t position; /* samples encoded */
    struct track tracks[SIDES];
};

static int64_t sample_at(const struct tape *t, int64_t us)
{
    return MAX_OF(us - t->began_us, 0) * t->rate / 1000000;
}

static void fail(struct tape *t, const char *what)
{
    if (!t->failed) {
        log_warn("a call is not recorded any more", LOG_TEXT("call", t->name),
                 LOG_TEXT("what", what), LOG_TEXT("why", strerror(errno)));
    }
    t->failed = true;
}

static void write_pages(struct tape *t, bool all)
{
    ogg_page page;
    while (!t->failed &&
           (all ? ogg_stream_flush(&t->ogg, &page) : ogg_stream_pageout(&t->ogg, &page))) {
        if (fwrite(page.header, 1, (size_t)page.header_len, t->file) != (size_t)page.header_len ||
            fwrite(page.body, 1, (size_t)page.body_len, t->file) != (size_t)page.body_len) {
            fail(t, "its file cannot be written");
        }
    }
    if (!t->failed && fflush(t->file)) {
        fail(t, "its file cannot be written");
    }
}

static void put_packet(struct tape *t, unsigned char *bytes, long n, int64_t granule, bool last)
{
    ogg_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.packet = bytes;
    packet.bytes = n;
    packet.b_o_s = t->packets == 0;
    packet.e_o_s = last;
    packet.granulepos = granule;
    packet.packetno = t->packets;
    t->packets++;
    ogg_stream_packetin(&t->ogg, &packet);
}

static void put_u32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (unsigned char)(value >> (8 * i));
    }
}

/* RFC 7845 section 5: a page for each of the two headers. */
static void write_headers(struct tape *t)
{
    opus_int32 lookahead = 0;
    unsigned char head[19] = "OpusHead\1\2";
    unsigned char tags[8 + 4 + 3 + 4] = "OpusTags";
    opus_encoder_ctl(t->encoder, OPUS_GET_LOOKAHEAD(&lookahead));
    lookahead = lookahead * OGG_RATE / t->rate;
    head[10] = (unsigned char)lookahead;
    head[11] = (unsigned char)(lookahead >> 8);
    put_u32(head + 12, (uint32_t)t->rate);
    put_u32(tags + 8, 3);
    memcpy(tags + 12, "Ava", 3);
    put_packet(t, head, sizeof head, 0, false);
    write_pages(t, true);
    put_packet(t, tags, sizeof tags, 0, false);
    write_pages(t, true);
}

static void open_tape(struct tape *t)
{
    int wrong = OPUS_OK;
    t->encoder = opus_encoder_create(t->rate, SIDES, OPUS_APPLICATION_VOIP, &wrong);
    t->file = fopen(t->part, "wbx");
    if (!t->encoder || !t->file || ogg_stream_init(&t->ogg, (int)(t->began_us & 0x7fffffff))) {
        fail(t, "its file cannot be made");
        return;
    }
    opus_encoder_ctl(t->encoder, OPUS_SET_BITRATE(BITS_PER_SECOND));
    opus_encoder_ctl(t->encoder, OPUS_SET_COMPLEXITY(4));
    opus_encoder_ctl(t->encoder, OPUS_SET_DTX(1));
    write_headers(t);
}

static void encode_frame(struct tape *t, bool last)
{
    int16_t both[2 * 480]; /* 20 ms at 24 kHz */
    unsigned char packet[PACKET_BYTES];
    for (int s = 0; s < SIDES; s++) {
        struct track *k = &t->tracks[s];
        size_t n = MIN_OF(k->n, (size_t)t->frame);
        for (int i = 0; i < t->frame; i++) {
            both[2 * i + s] = (size_t)i < n ? k->samples[i] : 0;
        }
        k->n -= n;
        if (k->n) {
            memmove(k->samples, k->samples + n, k->n * sizeof k->samples[0]);
        }
    }
    t->position += t->frame;
    opus_int32 n = opus_encode(t->encoder, both, t->frame, packet, sizeof packet);
    if (n < 0) {
        fail(t, "a frame cannot be encoded");
        return;
    }
    put_packet(t, packet, n, t->position * OGG_RATE / t->rate, last);
    if (++t->in_page >= 1000 / FRAME_MS) {
        t->in_page = 0;
        write_pages(t, true);
    }
}

static void encode_until(struct tape *t, int64_t sample)
{
    while (!t->failed && t->position + t->frame <= sample) {
        encode_frame(t, false);
    }
}

static void grow(struct track *k, size_t more)
{
    if (k->n + more > k->cap) {
        k->cap = MAX_OF(k->cap * 2, k->n + more);
        k->samples = xrealloc(k->samples, k->cap * sizeof k->samples[0]);
    }
}

/* Silence until `at`, if that is not behind already. */
static void pad_until(struct tape *t, struct track *k, int64_t at)
{
    int64_t end = t->position + (int64_t)k->n;
    if (at > end) {
        size_t n = (size_t)(at - end);
        grow(k, n);
        memset(k->samples + k->n, 0, n * sizeof k->samples[0]);
        k->n += n;
    }
}

static void append(struct tape *t, struct track *k, struct str bytes)
{
    size_t n = t->form == AUDIO_ULAW_8K ? bytes.n : bytes.n / 2;
    const unsigned char *b = (const unsigned char *)bytes.p;
    grow(k, n);
    for (size_t i = 0; i < n; i++) {
        int v =
            t->form == AUDIO_ULAW_8K ? ulaw_sample(b[i]) : b[2 * i] | (int8_t)b[2 * i + 1] * 256;
        k->samples[k->n + i] = (int16_t)v;
    }
    k->n += n;
}

/* ---- what is handed over ---- */

enum kind { HEARD, SAID, CLEARED, END };

struct note {
    enum kind kind;
    int64_t at_us;
    size_t n; /* characters of base64 in the batch */
};

struct batch {
    struct tape *tape;
    struct buf text;  /* base64 of all notes, one behind the other */
    struct buf notes; /* struct note */
    int64_t began_us;
};

static void lay_down(struct tape *t, const struct note *n, struct str bytes)
{
    int64_t now = sample_at(t, n->at_us);
    struct track *k = &t->tracks[n->kind == HEARD ? CALLER : ASSISTANT];
    int64_t end = t->position + (int64_t)k->n;
    if (n->kind == CLEARED) {
        k->n = MIN_OF(k->n, (size_t)MAX_OF(now - t->position, 0));
        return;
    }
    int64_t length = (int64_t)(t->form == AUDIO_ULAW_8K ? bytes.n : bytes.n / 2);
    if (n->kind == HEARD) {
        int64_t begin = now - length; /* it has just been spoken */
        if (begin - end > UNEVEN_US * t->rate / 1000000) {
            pad_until(t, k, begin);
        }
    } else {
        pad_until(t, k, now);
    }
    if ((int64_t)k->n < AHEAD_MAX_US / 1000000 * t->rate) {
        append(t, k, bytes);
    }
}

static void close_tape(struct tape *t)
{
    if (t->file) {
        if (fclose(t->file) || (!t->failed && rename(t->part, t->done))) {
            fail(t, "its file cannot be closed");
        }
    }
    if (t->encoder) {
        opus_encoder_destroy(t->encoder);
    }
    ogg_stream_clear(&t->ogg);
    free(t->tracks[CALLER].samples);
    free(t->tracks[ASSISTANT].samples);
    free(t->part);
    free(t->done);
    free(t->name);
    free(t);
}

static void end_tape(struct tape *t, int64_t now_us)
{
    struct track *said = &t->tracks[ASSISTANT];
    int64_t now = sample_at(t, now_us);
    said->n = MIN_OF(said->n, (size_t)MAX_OF(now - t->position, 0));
    int64_t last = MAX_OF(now, t->position + (int64_t)t->tracks[CALLER].n);
    encode_until(t, last - t->frame);
    if (!t->failed) {
        encode_frame(t, true);
        write_pages(t, true);
    }
    close_tape(t);
}

static void work(void *arg)
{
    struct batch *b = arg;
    struct tape *t = b->tape;
    const struct note *notes = (const struct note *)(const void *)b->notes.data;
    size_t n = b->notes.len / sizeof *notes, at = 0;
    struct pool *p = pool_new();
    if (!t->file && !t->failed) {
        open_tape(t);
    }
    for (size_t i = 0; i < n && notes[i].kind != END; i++) {
        struct str bytes = {"", 0};
        struct str text = {b->text.data + at, notes[i].n};
        if (notes[i].n == 0 || base64_decode(p, text, &bytes)) {
            lay_down(t, &notes[i], bytes);
        }
        at += notes[i].n;
        encode_until(t, sample_at(t, notes[i].at_us - LATE_US));
        pool_clear(p);
    }
    pool_free(&p);
    if (n && notes[n - 1].kind == END) {
        end_tape(t, notes[n - 1].at_us);
    }
    buf_clear(&b->text);
    buf_clear(&b->notes);
    free(b);
}

/* ---- the loop's half ---- */

struct recording {
    struct voice_desk *desk;
    struct tape *tape; /* the lane, too */
    struct batch *batch;
};

static char *path_of(const char *directory, const char *name, const char *ending)
{
    size_t n = strlen(directory) + strlen(name) + strlen(ending) + 2;
    char *path = xmalloc(n);
    snprintf(path, n, "%s/%s%s", directory, name, ending);
    return path;
}

struct recording *recording_new(struct voice_desk *d, const char *directory, const char *name,
                                enum audio_form form, int64_t now_us)
{
    struct tape *t = xcalloc(1, sizeof *t);
    t->form = form;
    t->rate = audio_rate(form);
    t->frame = t->rate / 1000 * FRAME_MS;
    t->began_us = now_us;
    t->name = xstrdup(name);
    t->part = path_of(directory, name, RECORDING_PART);
    t->done = path_of(directory, name, RECORDING_DONE);
    struct recording *r = xcalloc(1, sizeof *r);
    *r = (struct recording){.desk = d, .tape = t};
    return r;
}

static void hand_over(struct recording *r)
{
    if (r->batch) {
        voice_desk_run(r->desk, r->tape, work, r->batch);
        r->batch = NULL;
    }
}

static void add(struct recording *r, enum kind kind, struct str base64, int64_t now_us)
{
    if (!r->batch) {
        struct batch *b = xcalloc(1, sizeof *b);
        b->tape = r->tape;
        b->began_us = now_us;
        buf_init(&b->text, TEXT_MAX);
        buf_init(&b->notes, TEXT_MAX);
        r->batch = b;
    }
    struct batch *b = r->batch;
    if (b->text.len + base64.n >= TEXT_MAX) {
        base64.n = 0; /* more than any transport or engine gives at once */
    }
    const struct note note = {kind, now_us, base64.n};
    buf_put_str(&b->text, base64);
    buf_add(&b->notes, &note, sizeof note);
    if (now_us - b->began_us >= BATCH_US || b->text.len >= BATCH_BYTES) {
        hand_over(r);
    }
}

void recording_heard(struct recording *r, struct str base64, int64_t now_us)
{
    add(r, HEARD, base64, now_us);
}

void recording_said(struct recording *r, struct str base64, int64_t now_us)
{
    add(r, SAID, base64, now_us);
}

void recording_cleared(struct recording *r, int64_t now_us)
{
    add(r, CLEARED, (struct str){"", 0}, now_us);
}

void recording_end(struct recording **r, int64_t now_us)
{
    if (r && *r) {
        add(*r, END, (struct str){"", 0}, now_us);
        hand_over(*r);
        free(*r);
        *r = NULL;
    }
}
