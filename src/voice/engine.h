/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hears the caller, thinks and speaks: a realtime model's socket, or the local engine (hear,
 * mind/turn.h, speak). A call has one at a time and may go over to another when one fails. An
 * engine is made for one call and lives on its loop thread; what blocks in it (tools that read the
 * store, decoding, synthesis) it does on the desk's workers (voice/desk.h) and comes back by
 * loop_call.
 */
#ifndef VOICE_ENGINE_H
#define VOICE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "io/loop.h"
#include "mind/turn.h"
#include "voice/audio.h"
#include "voice/transport.h"

struct voice_desk;

/* One thing that was said; times in ms since the call began. */
struct call_line {
    enum call_speaker who;
    const char *text;
    int64_t at_ms;
};

/*
 * What an engine tells its call. All on the loop thread; never from inside `start` or `stop`. From
 * inside an event the call may use every function of engine_ops but `stop`, which comes later.
 * A turn that the call handed over by `text` is in its record already and is not told back.
 */
struct engine_events {
    void (*ready)(void *call); /* it hears and can speak */
    void (*speech_started)(void *call);
    void (*speech_stopped)(void *call);
    /* The caller's words, all of the turn that are known so far. final: the whole of it. */
    void (*heard)(void *call, struct str text, bool final);
    /* A reply: began, its sound (base64, in the call's form), its words, done. One after another;
     * `said` gives all of the reply's words so far. After `interrupt` there is no more of that
     * reply but its `reply_done`, which may come or not. */
    void (*reply_began)(void *call);
    void (*audio)(void *call, struct str base64);
    void (*said)(void *call, struct str text, bool final);
    void (*reply_done)(void *call);
    /*
     * What the caller has not heard yet of what was said must not be heard: it was untrue, or their
     * words have an answer that is fixed. The call clears its transport and calls `interrupt`, as
     * when the caller speaks; it is no interruption of theirs. reply_done may have come already.
     */
    void (*withdrawn)(void *call);
    /* A tool was used: arguments and result as JSON, an error's result being {"error": ...}.
     * wrote: it changed something. The call records its function_called event. */
    void (*tool)(void *call, const char *name, struct str args, struct str result, bool wrote);
    void (*noticed)(void *call, const struct turn_event *events); /* copied */
    void (*transfer)(void *call, const struct call_transfer *to); /* after the reply was heard */
    void (*goodbye)(void *call);                                  /* likewise: the call may end */
    /* It cannot go on. why is for the log and the call's record. `stop` is still due. */
    void (*failed)(void *call, const char *why);
};

struct engine_start { /* borrowed by the engine until stop, but for `lines` */
    struct voice_desk *desk;
    struct loop *loop;
    enum audio_form form;        /* of the caller's sound and of the reply's */
    const char *call_id;         /* prefix of what its tools write */
    const char *session_id;      /* the transport's name of the call */
    const char *conversation_id; /* NULL: the store could not take the call in; no tools then */
    int64_t customer_id;         /* 0: not known */
    const char *caller;          /* E.164; NULL: not known */
    const char *greeting;        /* to be said first; NULL: nothing (it takes over from another) */
    const struct call_line *lines; /* what was said before, with another engine */
    size_t n_lines;
    const struct engine_events *events;
    void *call;
};

struct engine;

struct engine_ops {
    const char *name; /* "realtime", "local" */
    /* Never blocks; what it cannot do at once fails later by `failed`. *out owned by the call. */
    int (*start)(const struct engine_start *s, struct engine **out, struct err *e);
    void (*audio)(struct engine *en, struct str base64); /* 20 ms or so of the caller */
    void (*text)(struct engine *en,
                 struct str text); /* a turn that was typed or recognised elsewhere */
    void (*digit)(struct engine *en, char digit);     /* 0-9 * # */
    void (*commit)(struct engine *en);                /* the caller's turn is over, they say */
    void (*say)(struct engine *en, const char *text); /* these words, as a reply */
    /* The caller has heard so much of the reply and speaks: no more of it. */
    void (*interrupt)(struct engine *en, int64_t heard_ms);
    void (*stop)(struct engine **en); /* nothing comes from it any more */
};

/* The first member of every engine's own struct. */
struct engine {
    const struct engine_ops *ops;
};

extern const struct engine_ops engine_local;
extern const struct engine_ops engine_realtime;

#endif
