/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of a call share: call.c decides who may speak, call_end.c how a call comes to its
 * end, call_record.c knows what was said, call_write.c has it written by the desk's writers.
 *
 * A struct call belongs to its loop thread. What the writers see of it is a struct call_paper, and
 * copies of the record; a paper lives until the call is written.
 */
#ifndef VOICE_CALL_PRIVATE_H
#define VOICE_CALL_PRIVATE_H

#include "base/settings.h"
#include "domain/voice_call.h"
#include "voice/call.h"
#include "voice/call_list.h"
#include "voice/call_sound.h"
#include "voice/desk_private.h"
#include "voice/engine.h"
#include "voice/listener.h"
#include "voice/recording.h"

/* ---- what was said and done ---- */

#define CALL_LINES_MAX 2000
#define CALL_LINE_BYTES 8192 /* a longer one is cut */
#define CALL_TOOLS_MAX 500
#define CALL_EVENTS_MAX 1000
#define CALL_TURNS_MAX 500
#define CALL_JSON_BYTES 65536 /* of a tool's arguments or result; a larger one is left out */

struct call_turn {
    int64_t at_ms;
    int64_t to_voice_ms; /* end of the caller's speech to the first sound of the answer */
    int64_t waiting_ms;  /* of these, until the engine began to answer */
};

struct call_kept {
    struct call_line line;
    char *text; /* line.text */
    bool cut;
    bool gone; /* the caller heard nothing of it */
};

struct call_record {
    struct call_kept **lines; /* by time */
    size_t n_lines;
    struct voice_tool *tools; /* their texts are owned */
    size_t n_tools;
    struct voice_event *events;
    size_t n_events;
    struct call_turn *turns;
    size_t n_turns;
    int64_t interruptions;
};

void call_record_clear(struct call_record *r);
/* NULL when there are too many. */
struct call_kept *call_record_line(struct call_record *r, enum call_speaker who, struct str text,
                                   int64_t at_ms);
void call_kept_set(struct call_kept *k, struct str text);
void call_kept_free(struct call_kept *k);
/* The caller heard so much of it, of a whole of so much. */
void call_kept_cut(struct call_kept *k, int64_t heard_ms, int64_t whole_ms);
void call_record_tool(struct call_record *r, const char *name, struct str args, struct str result,
                      int64_t at_ms);
void call_record_event(struct call_record *r, const char *type, struct str details, int64_t at_ms);
void call_record_turn(struct call_record *r, const struct call_turn *t);

/* ---- what is written of it ---- */

/* A copy of the record in a pool of its own. */
struct call_copy {
    struct pool *pool;
    struct voice_talk talk;
    struct voice_ending ending; /* of the last one */
};

/* By the writers, on the call's loop. error: the store could not take it in. */
struct call_begun {
    bool error;
    struct voice_begun call;
    const char *business, *assistant; /* names, for the greeting; NULL: not known */
    bool may_text;                    /* the caller may be sent a text message */
};

/* By the writers, when the record was kept: the call is not ours any more, or the staff want
 * something of it. */
struct call_kept_news {
    bool live;
    const char *wish; /* "end", "transfer"; NULL */
};

struct call_paper;

/* Also fills c->who. */
struct call_paper *call_paper_new(struct call *c, const struct call_who *who);
void call_paper_begin(struct call_paper *p);
/* Is a copy on its way to the store? Then the next one waits. */
bool call_paper_busy(const struct call_paper *p);
bool call_paper_again(struct call_paper *p);          /* the last one was not written: once */
size_t call_paper_events(const struct call_paper *p); /* so many are in the store */
void call_paper_keep(struct call_paper *p, struct call_copy *copy); /* takes copy */
/* Writes the caller a text message; call_texted comes back. */
void call_paper_text(struct call_paper *p, const struct id *conversation);
void call_paper_finish(struct call_paper *p, struct call_copy *copy); /* takes both */
/* The same, but the call waits so long for another connection before it is finished. */
void call_paper_wait(struct call_paper *p, struct call_copy *copy, int64_t wait_us);

/* ---- the call ---- */

/* What is due at some time; one of each. */
enum call_timer {
    TIMER_BEGIN,  /* the store has not taken it in: go on without */
    TIMER_READY,  /* the engine is not ready yet: it counts as failed */
    TIMER_SWITCH, /* to the next engine */
    TIMER_QUIET,  /* the caller says nothing, or the engine does not answer */
    TIMER_PLAYED, /* the transport does not tell that a reply was heard */
    TIMER_KEEP,   /* the record goes to the store */
    TIMER_LENGTH, /* the longest time of a call */
    TIMER_LEAVE,  /* what is to come after a reply comes without it */
    TIMER_END,    /* the transport was told to end and did not */
    N_CALL_TIMERS
};

/* A reply of which the caller has not heard all. */
struct call_reply {
    struct call_kept *line; /* NULL: no words yet */
    int64_t first_us;       /* its first sound; 0: none yet */
    size_t bytes;
    bool done; /* the engine has no more of it */
};
#define CALL_REPLIES_MAX 8

enum call_leaving { STAY, LEAVE_END, LEAVE_TRANSFER };

#define CALL_STARTS 8
#define CALL_LISTENERS_MAX 4 /* who listen in at a time */

#define CALL_BEGIN_MS 1500  /* the store may take so long, then the call goes on without it */
#define CALL_READY_MS 10000 /* and an engine so long to be ready */
#define CALL_WARN_MS 60000  /* before the longest time of a call */

struct call {
    struct voice_desk *desk;
    const struct call_plugs *plugs;
    const struct call_transport_ops *ops;
    void *t;
    struct loop *loop;
    enum audio_form form;
    enum call_state state;

    const struct engine_ops *const *engines; /* the next ones */
    struct engine *engine;                   /* NULL: none yet, or between two */
    const char *engine_name;                 /* of the last */
    bool ready, broken;                      /* it is; it has failed and is not stopped yet */
    bool unanswered; /* the caller's last words are due to the engine when it is ready */
    char *opening;   /* what the call is to begin with; NULL: as the settings say */
    char *greeting;  /* what it begins with; NULL: not known yet, or nothing */
    bool greeted;    /* the caller has heard it */
    char *failure;   /* why the last engine that failed did; NULL */
    bool speechless; /* no engine is left */

    struct voice_call who; /* its texts are the paper's */
    bool stored;           /* the store has it */
    struct call_paper *paper;
    struct call_entry entry; /* in the list of calls */
    struct call_record record;
    struct call_kept **before; /* what was said in the parts of the call before this one */
    size_t n_before;
    bool resumed;
    int64_t before_ms; /* this part began so long after the call */
    struct call_sound sound;
    struct recording *recording; /* NULL: none is made */
    struct listener *listeners[CALL_LISTENERS_MAX];
    size_t n_listeners;
    bool dirty; /* something new is to be kept */

    struct call_reply replies[CALL_REPLIES_MAX]; /* oldest first */
    size_t n_replies;
    bool dropping;               /* what still comes of the reply that was cut off */
    int64_t ended_us;            /* when the caller's turn ended that has no answer yet; 0: none */
    int64_t began_us;            /* when the engine began to answer it */
    int64_t starts[CALL_STARTS]; /* when the caller began to speak, of turns not heard yet */
    size_t n_starts;

    enum call_leaving leaving; /* after the reply */
    bool must_leave;           /* whatever the caller says */
    const char *reason;        /* why we end it; static */
    char *summary, *transfer_reason;
    int quiet_steps;   /* the caller was asked so often */
    bool may_text;     /* a caller who is silent may be sent a text message */
    bool texting;      /* one is being written */
    bool warn, warned; /* they are to be told that the call is long; they were */
    bool by_caller;    /* they asked to end it */
    bool by_staff;     /* a member of the staff did */
    bool over;         /* the transport was told to end, or has */
    bool hung_up;

    int64_t started_us;
    int64_t due_us[N_CALL_TIMERS]; /* 0: not */
    void *timer;
};

extern const struct engine_events call_engine_events;

int64_t call_now_ms(const struct call *c); /* since it began */
void call_set_state(struct call *c, enum call_state s);
void call_due(struct call *c, enum call_timer t, int64_t ms); /* ms < 0: not */
void call_say(struct call *c, const char *text);              /* by the engine */
void call_news(struct call *c, int64_t within_ms);            /* there is something to be kept */
void call_listen(struct call *c);                             /* it is the caller's turn */
/* Nothing more is said of what the caller has not heard. Returns whether there was something. */
bool call_hush(struct call *c);

/* The staff want something of it, which the store knows. */
void call_look_for_wish(struct call *c, void *arg); /* an errand: c may be NULL */
void call_texted(struct call *c, bool sent);
void call_kept_came_back(struct call *c, const struct call_kept_news *news);

void call_heard_all(struct call *c); /* the oldest reply on its way was heard */
void call_reset_timer(struct call *c);
void call_free(struct call *c);

/* call_watch.c; text.p == NULL: only its state */
void call_tell_watchers(struct call *c, enum call_speaker who, struct str text, bool final);

/* listener.c: sound of one side; what the assistant said is not played; the call ends. */
void call_overheard(const struct call *c, enum call_speaker who, struct str base64);
void call_overheard_cut(const struct call *c);
void call_listeners_end(struct call *c);

/* call_engine.c: which engine it has, and from when on */
void call_begun(struct call *c, const struct call_begun *b);
void call_unstored(struct call *c); /* the store does not answer */
void call_engine_ready(struct call *c);
void call_engine_failed(struct call *c, const char *why);
void call_engine_switch(struct call *c);
void call_engine_stop(struct call *c);
bool call_can_say(const struct call *c);

/* call_end.c: what a call does of itself, to come to its end */
void call_on_timer(void *arg);
void call_after_reply(struct call *c); /* a reply was heard, or nobody will: what is due then */
void call_leave(struct call *c, enum call_leaving how, const char *reason);
void call_wish_transfer(struct call *c, const struct call_transfer *to);
void call_end_now(struct call *c, const char *reason, bool now);
void call_do_wish(struct call *c, const char *wish); /* of the staff */
void call_finish(struct call *c, enum call_ending how, const char *why);

/* call_record.c */
struct call_copy *call_copy_of(struct call *c);
/* A tool that was used, with its event. */
void call_tool_used(struct call *c, const char *name, struct str args, struct str result);

#endif
