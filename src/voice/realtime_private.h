/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the realtime engine share. realtime.c is its life and its connection,
 * realtime_events.c what the server tells, realtime_reply.c what has been spoken of and what is
 * still to be said, realtime_session.c the documents that are sent, realtime_work.c the jobs that
 * workers do, realtime_tools.c the calling of tools in them. Everything in struct realtime belongs
 * to the loop's thread, but for `mind`, which belongs to the call's lane on the workers.
 */
#ifndef VOICE_REALTIME_PRIVATE_H
#define VOICE_REALTIME_PRIVATE_H

#include <jansson.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/pool.h"
#include "base/settings.h"
#include "domain/facts.h"
#include "io/ws.h"
#include "mind/tools.h"
#include "mind/turn.h"
#include "voice/desk.h"
#include "voice/engine.h"
#include "voice/realtime_event.h"

#define REALTIME_ID 72
#define REALTIME_PIECES 8
#define REALTIME_CALLS 16
#define REALTIME_LINES 24
#define REALTIME_LINE_BYTES 400
#define REALTIME_WISHES 4
#define REALTIME_HELD_BYTES (64u << 10)
#define REALTIME_SAID_BYTES (8u << 10)
#define REALTIME_FRAME_BYTES (256u << 10)

/* A part of a reply that the server keeps as an item, and how much sound of it came. */
struct realtime_piece {
    char item[REALTIME_ID];
    int64_t reply;     /* number of the reply that it is of */
    int64_t before_ms; /* sound of that reply before it */
    int64_t bytes;
    int64_t starts_ms; /* when the reply began to be heard, as far as one can tell; mono */
};

/* A response that is to be asked for. */
struct realtime_wish {
    char *words; /* owned; to be said just so; NULL: an answer to what there is */
};

/* A function that the model called. */
struct realtime_call {
    char *id, *name, *args; /* owned; args: JSON, as the model wrote it */
};

struct realtime_line {
    enum call_speaker who;
    char *text; /* owned */
};

struct realtime_mind; /* realtime_work.c */

struct realtime {
    struct engine engine;      /* first */
    struct engine_start start; /* its texts are ours, until no job needs them any more */
    const struct settings *settings;
    int refs; /* the call's, each socket's, each job's */
    bool stopped, failed;
    bool beta;

    /* The connection. */
    struct ws *ws; /* NULL: none */
    int connections;
    bool created;    /* the server has greeted us */
    bool configured; /* and taken our session */
    bool was_ready;
    struct mono configured_at;
    char *update; /* session.update, owned; NULL: not prepared yet, or sent */
    size_t update_n;
    struct loop_timer *patience;
    bool watching;         /* the timer runs */
    const char *owed;      /* what the server owes us; NULL: nothing */
    int64_t owed_since_ms; /* or heard of it last; mono */
    struct buf held;       /* frames with the caller's sound that wait for the session */

    /* Responses. */
    char response[REALTIME_ID]; /* the active one's id; "": none */
    bool active;
    bool muted;                                   /* the active one is no longer wanted */
    bool asked;                                   /* response.create is on its way */
    int64_t asks;                                 /* so far */
    struct realtime_wish wishes[REALTIME_WISHES]; /* asked: the first is what was asked for */
    size_t n_wishes;
    struct realtime_wish granted; /* what the active response is taken for; see realtime_refused */
    bool has_granted;
    int failures; /* responses in a row that came to nothing */

    /* The reply that is coming in. */
    bool began;
    int64_t replies;
    struct buf said;
    size_t said_items; /* bytes of `said` that are whole items */
    struct realtime_piece pieces[REALTIME_PIECES];
    size_t n_pieces;
    struct realtime_call calls[REALTIME_CALLS]; /* of the active response */
    size_t n_calls;
    int tools_running;
    int64_t jobs;           /* runs of tools so far */
    bool spoke;             /* the active response has said something */
    bool ends, transfers;   /* once the next reply is there */
    char *transfer_summary; /* owned; NULL: none */
    char *transfer_reason;
    char *receipt; /* owned; what was done and has not been told yet; NULL: nothing */

    /* The caller's turn. */
    bool committing;  /* they said that their turn is over */
    bool unanswered;  /* they have spoken since the last reply */
    bool due;         /* the server is about to answer by itself */
    bool drop_next;   /* that answer is not wanted */
    bool cut_short;   /* the last reply ended with its session */
    struct buf heard; /* what is known of it so far */
    int64_t turns;
    int corrections; /* in this turn */
    char digits[33];
    size_t n_digits;
    struct loop_timer *digits_timer;

    struct realtime_line lines[REALTIME_LINES]; /* for another session; oldest first */
    size_t n_lines;
    struct realtime_mind *mind;
};

static inline int64_t realtime_now_ms(void)
{
    return mono_now().ns / 1000000;
}

/* realtime.c */
struct realtime *realtime_ref(struct realtime *r);
void realtime_unref(struct realtime *r);
bool realtime_over(const struct realtime *r); /* nobody listens any more */
void realtime_send(struct realtime *r, struct str frame);
/* The server owes us that, within the time that is set; NULL: nothing. */
void realtime_expect(struct realtime *r, const char *what);
/* This connection is of no use any more: another, or the engine has failed. */
void realtime_broken(struct realtime *r, const char *why);
void realtime_fail(struct realtime *r, const char *why);
/* The documents are there: both or none of the texts may be. */
void realtime_prepared(struct realtime *r, char *update, size_t n);

/* realtime_events.c */
void realtime_frame(struct realtime *r, struct str frame);
/* In a session that is new: what the caller is owed. */
void realtime_go_on(struct realtime *r);

/* realtime_reply.c */
void realtime_say_wish(struct realtime *r, const char *words); /* NULL: an answer */
void realtime_pump(struct realtime *r); /* asks for what may be asked for now */
/* A response has begun, or is over; the one that was asked for could not begin beside another. */
void realtime_granted(struct realtime *r);
void realtime_settled(struct realtime *r);
void realtime_refused(struct realtime *r);
void realtime_began(struct realtime *r);
void realtime_sound(struct realtime *r, const struct realtime_event *e);
void realtime_reply_over(struct realtime *r); /* it has come in whole, or no more of it comes */
void realtime_interrupt(struct realtime *r, int64_t heard_ms);
/* What was not heard of the last reply must not be, nor what is about to be said; after it comes
 * what is said next, or an answer when that is NULL. */
void realtime_withdraw(struct realtime *r, const char *instead);
/* The events that were put off until something was said. */
void realtime_part(struct realtime *r);
void realtime_note_line(struct realtime *r, enum call_speaker who, struct str text);
void realtime_reply_reset(struct realtime *r); /* with the connection; wishes and lines stay */
void realtime_reply_clear(struct realtime *r);
void realtime_forget_calls(struct realtime *r);

/* realtime_session.c */
/* The session.update; lives in pool. */
struct str realtime_update(struct pool *p, const struct realtime *r, struct str instructions,
                           bool tools);
char *realtime_address(struct pool *p, const struct settings *s);
/* Sends: an item of the conversation, a response to be created, ... */
void realtime_send_item(struct realtime *r, const char *role, struct str text);
void realtime_send_output(struct realtime *r, const char *call_id, struct str output);
void realtime_send_create(struct realtime *r, const char *words);
void realtime_send_truncate(struct realtime *r, const char *item, int64_t ms);
void realtime_send_cancel(struct realtime *r); /* the active response */
void realtime_send_plain(struct realtime *r, const char *type);
void realtime_send_sound(struct realtime *r, struct str base64);

/* realtime_work.c: each comes back to the loop by itself. */
void realtime_prepare(struct realtime *r);
void realtime_run_calls(struct realtime *r); /* takes r->calls */
void realtime_guard(struct realtime *r, struct str heard);
void realtime_check(struct realtime *r, struct str said);
void realtime_mind_free(struct realtime_mind **m);

/* realtime_tools.c; on a worker, in the call's lane. */
struct realtime_turn { /* what a job knows of the business and the call */
    struct facts facts;
    struct tools_config config;
    struct turn_in in;
};
/* Fills it in from the store; what cannot be read stays empty. */
void realtime_turn_begin(struct pool *p, const struct realtime *r, struct realtime_turn *t);

/* A call of a function and its result. */
struct realtime_result {
    const char *id, *name;
    struct str args, result; /* JSON, as it was */
    struct str output;       /* what the model is told */
    bool wrote;
    const char *unchecked; /* why the calendar was not looked at; NULL: it was, or had not to be */
};
/* key: names this run, the same whenever it is repeated. */
void realtime_call_tools(struct pool *p, const struct realtime *r, const char *key,
                         const struct realtime_call *calls, size_t n,
                         struct realtime_result *results);

#endif
