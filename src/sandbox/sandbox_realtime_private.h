/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the realtime model's stand-in share. A session belongs to its socket's loop;
 * queue and log, to the desk.
 */
#ifndef SANDBOX_SANDBOX_REALTIME_PRIVATE_H
#define SANDBOX_SANDBOX_REALTIME_PRIVATE_H

#include <jansson.h>

#include "io/loop.h"
#include "io/ws.h"
#include "sandbox/sandbox_private.h"
#include "sandbox/sandbox_realtime.h"
#include "voice/audio.h"

#define TALK_ID 40
#define TALK_CALL_BYTES 128
#define TALK_LOG 400
#define TALK_TURNS 256
#define TALK_ITEMS_MAX 2000

/* An item of the conversation. */
struct talk_item {
    json_t *json;     /* owned; as it is shown */
    int64_t audio_ms; /* sound that it has */
    char *words;      /* owned; what is known to have been heard or said of it */
};

/* The loudness of what comes in, in steps of 10 ms. */
struct talk_ear {
    int64_t at_ms;          /* sound that came so far */
    int64_t held_ms;        /* of it since the last commit */
    int64_t sum, n;         /* of the step that is not full */
    int loud_ms, silent_ms; /* in a row */
    bool speaking;
    char item[TALK_ID]; /* that the turn will be */
};

enum talk_step { TALK_IDLE, TALK_THINK, TALK_SPEAK, TALK_CALL, TALK_DONE };

/* The response that is being made. */
struct talk_response {
    enum talk_step step;
    char id[TALK_ID], item[TALK_ID];
    json_t *asked;  /* owned; "response" of response.create, or NULL */
    json_t *script; /* owned; or NULL */
    json_t *output; /* owned; items */
    json_t *calls;  /* owned; or NULL */
    size_t next_call;
    char *words; /* owned; or NULL */
    size_t words_sent;
    int64_t total_ms, sent_ms;
    bool counted;
};

struct talk {
    struct sandbox *sandbox;
    struct ws *ws;
    struct loop_timer *timer;
    struct pool *scratch; /* cleared with every event */
    bool beta, greeted, spoke;
    char id[TALK_ID], model[64];
    char call[TALK_CALL_BYTES]; /* whose session it is, as the client named it; "": not said */
    json_t *session;
    enum audio_form in, out;
    int silence_ms, threshold;
    bool vad, answers, interrupts, writes_down;
    struct talk_item *items;
    size_t n_items, room;
    struct talk_ear ear;
    struct talk_response response;
    json_t *turn; /* owned; the script of the turn that was heard, until it is answered */
    char *tone;   /* owned; base64 of TALK_TONE_MS in the output's form */
    size_t tone_n;
    int64_t ids;
};

#define TALK_TONE_MS 60

/* sandbox_realtime.c */
/* Sends an event; takes it. */
void talk_emit(struct talk *t, json_t *event);
void talk_emit_text(struct talk *t, struct str text);
/* param and event_id may be NULL. */
void talk_error(struct talk *t, const char *code, const char *param, const char *about,
                const char *message);
void talk_id(struct talk *t, const char *prefix, char out[TALK_ID]);
/* Adds an item (takes it), tells of it, and returns it; it moves when another one is added. */
struct talk_item *talk_add(struct talk *t, json_t *item, const char *words, bool done);
struct talk_item *talk_find(struct talk *t, const char *id);
void talk_tell_item(struct talk *t, const struct talk_item *item, const char *event);
const char *talk_last_item(const struct talk *t); /* NULL: none */

/* sandbox_realtime_session.c */
void talk_session_new(struct talk *t);
void talk_session_update(struct talk *t, const json_t *event);

/* sandbox_realtime_ear.c */
void talk_hear(struct talk *t, const json_t *event);
void talk_commit(struct talk *t, const char *about);
void talk_clear(struct talk *t);

/* sandbox_realtime_say.c */
void talk_answer(struct talk *t, const json_t *asked, const char *about); /* response.create */
void talk_cancel(struct talk *t, const char *reason);
void talk_step(void *talk); /* the timer's */
void talk_response_clear(struct talk *t);

/* sandbox_realtime_think.c: what the rules say. Fills words and calls. */
void talk_think(struct talk *t);

/* sandbox_realtime_control.c */
/* The next turn of the script, owned by the caller; NULL: none. */
json_t *talk_take_turn(struct sandbox *s);
/* The next words of that call, else of nobody in particular; of any call when it is "". Owned;
 * NULL: none were announced. */
char *talk_take_heard(struct sandbox *s, struct str call);
int talk_take_refusal(struct sandbox *s); /* 0: none */
void talk_log(struct talk *t, const char *event, int64_t sound_ms);
void talk_opened(struct talk *t, int by);

/* For sandbox.c */
void sandbox_realtime_serve(struct sandbox *s, struct http_request *req, struct http_response *res);
int sandbox_realtime_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                             struct err *e);
void sandbox_realtime_begin(struct sandbox *s);
void sandbox_realtime_clear(struct sandbox *s); /* after the desk has ended */

#endif
