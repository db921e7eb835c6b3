/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A media stream between a socket and a call that are both written here, so that every message is
 * seen and nothing depends on time: the stream's own clock is in what it is sent. What goes to a
 * worker and back is done at once, or when the test says so.
 */
#ifndef MEDIA_FIXTURE_H
#define MEDIA_FIXTURE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/pool.h"
#include "voice/call.h"
#include "voice/media_stream.h"

#define SID "MZ0123456789abcdef0123456789abcdef"
#define CALL "CA0123456789abcdef0123456789abcdef"
#define KEY "a key of the installation"

struct ws {
    struct buf sent; /* one message a line */
    int refs, code;  /* of its closing; 0: open */
    const char *fault;
    char why[124];
};

struct loop_timer {
    void (*fn)(void *arg);
    void *arg;
    int64_t ms; /* 0: not set */
};

struct call {
    const struct call_transport_ops *ops;
    void *t;
    int begun, ended, heard, played;
    enum call_ending how;
    char why[120], who[200], digits[20], sound[200];
    bool say_more; /* when a reply was heard */
};

extern struct ws line_socket;
extern struct loop_timer line_timer;
extern struct call line_call;
extern struct media_streams *line_all;
extern struct media_stream *line_stream;
extern int64_t line_sequence, line_chunk; /* of the last message to it */
extern const char *line_person;           /* who takes calls over; NULL: nobody */
extern int line_places;                   /* for more calls */
extern char line_handed_over[80];         /* "CA... to NUMBER" */
extern int line_handover_rc;

extern bool line_holds; /* what goes to a worker waits here */
extern void (*line_waiting_fn)(void *arg);
extern void *line_waiting_arg;

void line_connect(void); /* connected, and not begun */
/* In pool: the ticket of that call. */
char *line_ticket(struct pool *p, const char *from, const char *direction, int64_t seconds);
void line_start_with(const char *token, const char *from, const char *direction);
void line_start(void);
void line_begin(void); /* all of these */
void line_end(void);   /* the socket closes; the call has heard of it once */
/* The stream has closed with that reason, and the call has heard of it. */
void line_failed(const char *why);

void line_says(const char *fmt, ...) PRINTF_LIKE(1, 2); /* a message to it */
void line_sound(int64_t ms);                            /* 3 bytes, at that time of the stream */
void line_mark(int number);                             /* comes back */
void line_speaks(int ms);                               /* the call does, so much sound */
size_t line_sent(const char *part);                     /* so often it is in what was sent */

#endif
