/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of 10 ms. Speech has begun when five of the last seven are voiced: a click is one or two,
 * and what the detector says for some frames after it does not count, as nothing sounds in them. It
 * has ended when none was voiced for the hangover.
 */
#include "voice/ears.h"

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/pool.h"

enum { FRAME = EARS_RATE / 100 }; /* samples: 10 ms */
#define FRAME_MS 10
#define BEGIN_OF 7
#define BEGIN_VOICED 5
#define MODE 3 /* of WebRTC's: the one that takes the least noise for speech */
#define PRE_ROLL_MAX 1000
#define ABOVE_NOISE 4.0  /* loudness of speech, times that of the noise, when nothing else tells */
#define SOUNDS_ABOVE 1.5 /* and when the library does */
#define LOUD_MIN 150.0
#define SOUND_MIN 60.0

/* WebRTC's functions, which no header declares. */
struct library {
    void *(*create)(void);
    void (*release)(void *vad);
    int (*init)(void *vad);
    int (*set_mode)(void *vad, int mode);
    int (*process)(void *vad, int rate, const int16_t *samples, size_t n);
};

static struct library library;
static bool has_library;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void look_up(void)
{
    void *so = dlopen("libwebrtc_audio_processing.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!so) {
        return;
    }
    static const char *const names[] = {"WebRtcVad_Create", "WebRtcVad_Free", "WebRtcVad_Init",
                                        "WebRtcVad_set_mode", "WebRtcVad_Process"};
    void *found[ARRAY_SIZE(names)];
    has_library = true;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        found[i] = dlsym(so, names[i]);
        has_library = has_library && found[i];
    }
    memcpy(&library, found, sizeof library); /* POSIX: a symbol's address may be a function's */
}

struct ears {
    struct ears_config config;
    struct ears_events events;
    void *arg;
    void *vad; /* NULL: by loudness */
    double noise;
    unsigned voiced; /* a bit for each of the last frames, the newest lowest */
    bool in_speech;
    int silent_ms, spoken_ms;
    int16_t frame[FRAME];
    size_t n_frame;
    int16_t *ring; /* the last sound before speech */
    size_t room, n_ring, at;
};

struct ears *ears_new(const struct ears_config *c, const struct ears_events *events, void *arg)
{
    pthread_once(&once, look_up);
    struct ears *e = xcalloc(1, sizeof *e);
    e->config = *c;
    e->events = *events;
    e->arg = arg;
    e->noise = 1000;
    int roll_ms = MIN_OF(c->pre_roll_ms, PRE_ROLL_MAX) + BEGIN_OF * FRAME_MS;
    e->room = (size_t)roll_ms * (EARS_RATE / 1000);
    e->ring = xcalloc(e->room, sizeof *e->ring);
    if (has_library && !c->by_loudness) {
        e->vad = library.create();
        if (e->vad && (library.init(e->vad) != 0 || library.set_mode(e->vad, MODE) != 0)) {
            library.release(e->vad);
            e->vad = NULL;
        }
    }
    return e;
}

void ears_free(struct ears **ears)
{
    if (ears && *ears) {
        if ((*ears)->vad) {
            library.release((*ears)->vad);
        }
        free((*ears)->ring);
        free(*ears);
        *ears = NULL;
    }
}

const char *ears_name(const struct ears *e)
{
    return e->vad ? "webrtc" : "loudness";
}

bool ears_in_speech(const struct ears *e)
{
    return e->in_speech;
}

/* The noise follows quickly down and slowly up. */
static double loudness(struct ears *e)
{
    double sum = 0;
    for (size_t i = 0; i < FRAME; i++) {
        sum += (double)e->frame[i] * e->frame[i];
    }
    double loud = sqrt(sum / FRAME);
    e->noise += (loud - e->noise) * (loud < e->noise ? 0.2 : 0.002);
    return loud;
}

static bool is_voiced(struct ears *e)
{
    double loud = loudness(e);
    if (!e->vad) {
        return loud > LOUD_MIN && loud > ABOVE_NOISE * e->noise;
    }
    bool voiced = library.process(e->vad, EARS_RATE, e->frame, FRAME) == 1;
    bool sounds = loud > SOUND_MIN && loud > SOUNDS_ABOVE * e->noise;
    return voiced && (e->in_speech || sounds);
}

static void remember(struct ears *e)
{
    for (size_t i = 0; i < FRAME; i++) {
        e->ring[e->at] = e->frame[i];
        e->at = (e->at + 1) % e->room;
    }
    e->n_ring = MIN_OF(e->n_ring + FRAME, e->room);
}

static void give_ring(struct ears *e)
{
    size_t from = (e->at + e->room - e->n_ring) % e->room;
    size_t first = MIN_OF(e->n_ring, e->room - from);
    if (first > 0) {
        e->events.speech(e->arg, e->ring + from, first);
    }
    if (e->n_ring > first) {
        e->events.speech(e->arg, e->ring, e->n_ring - first);
    }
    e->n_ring = 0;
}

void ears_end(struct ears *e)
{
    if (e->in_speech) {
        e->in_speech = false;
        e->voiced = 0;
        e->events.ended(e->arg);
    }
}

static void wait_for_speech(struct ears *e, bool voiced)
{
    remember(e);
    e->voiced = (e->voiced << 1 | voiced) & ((1u << BEGIN_OF) - 1);
    if (__builtin_popcount(e->voiced) >= BEGIN_VOICED) {
        e->in_speech = true;
        e->silent_ms = e->spoken_ms = 0;
        e->events.began(e->arg);
        give_ring(e);
    }
}

static void follow_speech(struct ears *e, bool voiced)
{
    e->events.speech(e->arg, e->frame, FRAME);
    e->spoken_ms += FRAME_MS;
    e->silent_ms = voiced ? 0 : e->silent_ms + FRAME_MS;
    if (e->silent_ms >= e->config.hangover_ms || e->spoken_ms >= e->config.longest_ms) {
        ears_end(e);
    }
}

void ears_samples(struct ears *e, const int16_t *samples, size_t n)
{
    while (n > 0) {
        size_t now = MIN_OF(n, FRAME - e->n_frame);
        memcpy(e->frame + e->n_frame, samples, now * sizeof *samples);
        e->n_frame += now;
        samples += now;
        n -= now;
        if (e->n_frame < FRAME) {
            return;
        }
        e->n_frame = 0;
        bool voiced = is_voiced(e);
        if (e->in_speech) {
            follow_speech(e, voiced);
        } else {
            wait_for_speech(e, voiced);
        }
    }
}
