/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call that only writes down what its engine tells it, with a store, a desk and a loop of its
 * own, and beside it a server to be played by the test: what the engine sends it is written down
 * too. One list of lines, in the order in which things happened.
 */
#ifndef REALTIME_FIXTURE_H
#define REALTIME_FIXTURE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/pool.h"
#include "base/settings.h"
#include "http_fixture.h"
#include "store_fixture.h"
#include "voice/desk.h"
#include "voice/engine.h"

#define SCENE_LINES 8192

struct scene {
    struct fixture fixture;
    struct pool *pool;
    struct settings settings;
    const struct engine_ops *ops;    /* set before scene_start; NULL: the realtime engine */
    const struct voice_local *local; /* the same, for the local one */
    bool unknown_caller;             /* the same: no customer, no number */
    struct voice_desk *desk;
    struct toy toy; /* whose loop the engine lives on */
    struct loop *loop;
    struct engine *engine; /* the loop's */
    const char *conversation_id;
    int64_t customer_id;
    bool no_conversation;   /* set before scene_start */
    const char *greeting;   /* the same; NULL: none */
    const char *session_id; /* NULL: "session-1" */
    const struct call_line *said;
    size_t n_said;
    enum audio_form form;
    int64_t heard_ms; /* what the call tells when it interrupts; -1: it does not */

    pthread_mutex_t lock;
    struct bell *bell;
    char *lines[SCENE_LINES];
    size_t n, read;
    long long audio_bytes;

    /* The server that the test plays. */
    struct http_server *server;
    struct ws *_Atomic peer; /* the last connection; a reference */
    _Atomic int connections;
};

/* settings may be changed between these. A url of NULL: the server that the test plays. */
void scene_init(struct scene *s);
void scene_start(struct scene *s, const char *url);
void scene_stop_engine(struct scene *s);
void scene_clear(struct scene *s);

/* What came after what was read last and begins so, without its beginning; lives in the scene.
 * NULL, and a failure, when it does not come. Passes over what is before it. */
const char *scene_wait(struct scene *s, const char *beginning);
/* How many lines begin so, of all so far. */
int scene_count(struct scene *s, const char *beginning);
/* All lines, for a failure. */
void scene_tell(struct scene *s);

/* As the server: sends a frame, written with ' for ". */
void scene_send(struct scene *s, const char *frame);
/* The same with a response's events: created; a piece of sound and words; done. */
void scene_created(struct scene *s, const char *id);
void scene_delta(struct scene *s, const char *response, const char *item, int ms,
                 const char *words);
void scene_done(struct scene *s, const char *id, const char *status, const char *output);
/* The session is greeted and taken. */
void scene_accept(struct scene *s);

/* As the call: on the loop, done when it returns. */
void scene_sound(struct scene *s, bool loud, int ms); /* in frames of 20 ms */
/* Samples of the form's rate, in frames of 20 ms. */
void scene_samples(struct scene *s, const int16_t *samples, size_t n);
void scene_text(struct scene *s, const char *text);
void scene_say(struct scene *s, const char *text);
void scene_digit(struct scene *s, char digit);
void scene_commit(struct scene *s);
void scene_interrupt(struct scene *s, int64_t heard_ms);

#endif
