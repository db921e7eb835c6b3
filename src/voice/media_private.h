/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A media stream, as its files share it: media_stream.c has its life, media_play.c what is said on
 * it. All on the loop thread of its socket.
 */
#ifndef VOICE_MEDIA_PRIVATE_H
#define VOICE_MEDIA_PRIVATE_H

#include "io/ws.h"
#include "voice/call.h"

#define MEDIA_BYTES_PER_MS 8
#define MEDIA_MARKS 128
#define MEDIA_HEAD_BYTES 160

enum media_stage { AWAITS_CONNECTED, AWAITS_START, TALKS, OVER };

struct media_mark {
    int64_t at; /* of the sound before it */
    bool end;   /* of a reply */
};

struct media_stream {
    struct media_streams *all;
    struct ws *ws;
    struct loop_timer *timer;
    struct call *call; /* NULL: not begun, or it knows that the connection is gone */
    enum media_stage stage;
    bool ending;          /* when all was played */
    bool parting;         /* a worker notes why it ends */
    bool gone;            /* its socket is */
    bool placed;          /* it has a place at the desk */
    enum call_ending how; /* for the end of the connection */
    const char *why;
    int64_t sequence, chunk, now_ms; /* of the last that came */
    int64_t looks;                   /* since anything came */
    int64_t sent, marked, heard, heard_ms, reply_from;
    int64_t first_mark; /* its number */
    size_t n_marks;     /* that are out */
    struct media_mark marks[MEDIA_MARKS];
    struct media_stream *next, **link; /* in the list, under its lock */
    char sid[72];
    char call_sid[48];
    size_t head_n; /* of what begins each message with sound */
    char head[MEDIA_HEAD_BYTES];
};

/* ---- media_play.c ---- */

/* Of struct call_transport_ops; t is the stream. */
void media_play(void *t, struct str base64);
void media_play_end(void *t);
int64_t media_play_clear(void *t);

/* The peer gives a mark back: all before it was heard. The call may say more, or end, by that. */
void media_play_heard(struct media_stream *s, struct str name);
/* A mark behind all that was sent, unless there is one. */
void media_play_mark(struct media_stream *s);
int64_t media_play_left_ms(const struct media_stream *s); /* until all that was sent was heard */

#endif
