/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the telephone's stand-in share. Calls belong to the loop of the sandbox's
 * server: others hand it a function and wait (voice_do). Functions without a mark run only there.
 * Requests to the product, which block, run on workers and come back to the loop.
 */
#ifndef SANDBOX_SANDBOX_VOICE_PRIVATE_H
#define SANDBOX_SANDBOX_VOICE_PRIVATE_H

#include <jansson.h>
#include <stdatomic.h>

#include "io/loop.h"
#include "io/ws.h"
#include "sandbox/sandbox_actor.h"
#include "sandbox/sandbox_playback.h"
#include "sandbox/sandbox_private.h"
#include "sandbox/sandbox_twiml.h"
#include "sandbox/sandbox_voice.h"

#define VOICE_LEGS_MAX 8192   /* kept; the oldest ended one is forgotten */
#define VOICE_MOMENTS_MAX 400 /* of a call */
#define VOICE_TEXT_BYTES 500  /* of a moment */
#define VOICE_SOUND_BYTES ((size_t)8000 * 600)
#define VOICE_PEOPLE 64
#define VOICE_RECORDINGS 512
#define VOICE_STEPS_MAX 200
#define VOICE_DIGITS 64

struct speak;
struct voice_leg;

/* Something that happened in a call, for whoever looks at it. */
struct voice_moment {
    int64_t at_ms;
    const char *what; /* static */
    const char *text; /* in the leg's pool; NULL: none */
    int64_t n;
};

/* What the call is doing; the TwiML verb that is under way, or what comes before and between. */
enum voice_doing {
    DOING_FETCH,   /* the answer of a webhook is awaited */
    DOING_RING,    /* a person is called */
    DOING_PASS,    /* Say, Play, Pause: left_ms */
    DOING_GATHER,  /* keys are awaited */
    DOING_RECORD,  /* the caller's sound is kept */
    DOING_DIAL,    /* another leg rings, or is connected to this one */
    DOING_STREAM,  /* a Media Stream */
    DOING_BRIDGED, /* connected to its parent */
    DOING_NOTHING, /* over */
};

enum voice_event { /* of status callbacks, a set */
                   VOICE_INITIATED = 1,
                   VOICE_RINGING = 2,
                   VOICE_ANSWERED = 4,
                   VOICE_COMPLETED = 8,
};

struct voice_callback {
    const char *url; /* NULL: none */
    unsigned events;
    int next; /* SequenceNumber */
};

struct voice_person {
    char number[SANDBOX_ADDRESS_BYTES];
    struct pool *pool; /* of the steps */
    const char *answers;
    bool machine; /* an answering machine does */
    int after_ms;
    const struct actor_step *steps;
    size_t n_steps;
};

struct voice_recording {
    char sid[35], call_sid[35];
    const char *status, *source;
    struct wall created;
    char *ulaw; /* owned */
    size_t n;
};

struct voice_stream {
    struct voice *voice;
    struct voice_leg *leg; /* NULL: the call has left it */
    struct ws *ws;
    char sid[35];
    const struct twiml *verb; /* Connect */
    const char *name, *status_url;
    bool open, stopped;
    int64_t sequence, chunk, began_ms, heard_bytes;
    struct playback playback;
    struct buf out;
};

struct voice_leg {
    struct voice *voice;
    struct pool *pool;
    int64_t seq;
    char sid[35];
    char from[SANDBOX_ADDRESS_BYTES], to[SANDBOX_ADDRESS_BYTES];
    const char *direction, *status; /* as Twilio's */
    struct voice_leg *parent, *child, *next_live;
    struct wall created, answered, ended, updated;
    bool live, deleted, answers_now;
    int jobs; /* requests that will come back to it */
    double speed;
    struct mono started;
    int64_t now_ms;                    /* of the call's own time */
    int64_t hangup_at_ms, crash_at_ms; /* 0: not */

    /* the person */
    struct actor actor;
    uint8_t frame[ACTOR_FRAME]; /* what they said in the last tick, for whom they are */
    bool speaks;                /* connected to */
    bool stalls; /* nothing goes out at the moment, and nothing that comes is taken */
    bool asked;  /* they have finished and not been answered yet */
    int64_t finished_ms, spoke_ms; /* end and begin of what they said last */
    bool heard_before;             /* the tick before had sound */
    int64_t sound_ms, quiet_ms;    /* of what they hear now */
    char last_digit;

    /* TwiML */
    struct pool *doc_pool;
    const char *doc_url; /* in doc_pool; "": none */
    const struct twiml *verb;
    enum voice_doing doing;
    int64_t left_ms;
    char digits[VOICE_DIGITS];
    struct voice_stream *stream;
    char *kept; /* owned: Record's sound */
    size_t kept_n, kept_room;
    const char *answer_url, *answer_twiml; /* what is done once a person answers */
    const char *says;                      /* who answers a called leg: voice_person.answers */
    int after_ms, ring_ms;                 /* until they answer; until it is given up */
    const char *dial_status;
    int64_t bridged_ms;
    struct voice_callback callback;

    /* answering machine detection */
    const char *taker_url;     /* is told who took it; NULL: nobody asked */
    const char *answered_by;   /* as Twilio says it; NULL: not known yet */
    bool machine;              /* one did */
    int64_t there_ms, mute_ms; /* since it was picked up; since they last made a sound */

    /* the record */
    struct voice_moment *moments; /* owned */
    size_t n_moments, moments_room;
    bool recorded; /* both sides are kept */
    uint8_t *tape; /* owned: left and right, byte by byte */
    size_t tape_n, tape_room;
    int64_t frames_sent, heard_bytes, marks, clears, answers, answer_ms;
    int webhook_status;
};

struct voice {
    struct sandbox *s;
    struct workers *http;
    struct speak *speak;         /* what callers say is said with it */
    struct voice_words *words;   /* what the product says */
    _Atomic(struct loop *) loop; /* known from the first request on */
    struct loop_timer *timer;
    bool stopping;
    struct voice_leg *ring[VOICE_LEGS_MAX]; /* by seq % VOICE_LEGS_MAX */
    int64_t first, next;
    struct voice_leg *live;
    struct voice_person people[VOICE_PEOPLE];
    size_t people_next;
    struct voice_recording recordings[VOICE_RECORDINGS]; /* ring */
    int64_t recordings_next;
};

/* sandbox_voice.c. Marked *: any thread but the loop's. */
NODISCARD int voice_start(struct sandbox *s, const char *database, struct err *e); /* * */
void voice_note_loop(struct sandbox *s); /* in a route function */
void voice_stop(struct sandbox *s);      /* * before the server ends */
void voice_clear(struct sandbox *s);     /* * after it */
void voice_do(struct voice *v, void (*fn)(struct voice *v, void *arg), void *arg);        /* * */
struct voice_leg *voice_leg_new(const char *from, const char *to, const char *direction); /* any */
void voice_leg_free(struct voice_leg **leg);            /* one that was not added */
bool voice_add(struct voice *v, struct voice_leg *leg); /* false: too many; still the caller's */
struct voice_leg *voice_find(struct voice *v, struct str sid); /* or NULL */
void voice_make_sid(char out[35], const char *prefix, int64_t seq);
void voice_moment(struct voice_leg *leg, const char *what, const char *text, int64_t n);

/* sandbox_voice_line.c: a call's time and its TwiML. */
void voice_tick(struct voice_leg *leg);
void voice_fetch(struct voice_leg *leg, const char *url, const struct form_pair *more, size_t n);
void voice_begin(struct voice_leg *leg, const char *url, struct str twiml);
void voice_next_verb(struct voice_leg *leg);
/* The verb is over: its action is fetched with these fields, or the next verb begins. */
void voice_verb_over(struct voice_leg *leg, const struct form_pair *more, size_t n);
void voice_answer(struct voice_leg *leg);
void voice_end(struct voice_leg *leg, const char *status);
void voice_crash(struct voice_leg *leg);
const char *voice_url(struct voice_leg *leg, const char *url); /* of an attribute; "" when wrong */

/* sandbox_voice_dial.c */
void voice_ring(struct voice_leg *leg);      /* calls the person of leg->to */
void voice_ring_tick(struct voice_leg *leg); /* DOING_RING */
void voice_dial(struct voice_leg *leg);      /* begins the verb */
void voice_dial_tick(struct voice_leg *leg);
void voice_child_over(struct voice_leg *parent, struct voice_leg *child);
void voice_bridge(struct voice_leg *child);
void voice_set_person(struct voice *v, const struct voice_person *p); /* it takes p->pool */

/* sandbox_voice_record.c */
void voice_record(struct voice_leg *leg); /* begins the verb */
void voice_record_tick(struct voice_leg *leg, const struct actor_does *does);
void voice_record_over(struct voice_leg *leg, const char *digits); /* NULL: the caller is gone */
void voice_tape(struct voice_leg *leg, const uint8_t left[ACTOR_FRAME],
                const uint8_t right[PLAYBACK_FRAME]);
struct voice_recording *voice_find_recording(struct voice *v, struct str sid); /* or NULL */

/* sandbox_voice_stream.c */
void voice_stream(struct voice_leg *leg); /* begins the verb */
void voice_stream_leave(struct voice_leg *leg, bool cut);
/* Plays 20 ms to the caller, sends what they do. */
void voice_stream_hear(struct voice_leg *leg, uint8_t frame[PLAYBACK_FRAME]);
void voice_stream_tick(struct voice_leg *leg, const struct actor_does *does);
bool voice_stream_opens(const struct voice_leg *leg); /* it is being connected */

/* sandbox_voice_post.c: the requests. `more` is copied. */
struct voice_answer {
    int status; /* 0: none came; error says why */
    struct str body;
    char error[160];
};
typedef void voice_answered(struct voice_leg *leg, const struct voice_answer *a);
void voice_post(struct voice_leg *leg, const char *url, const struct form_pair *more, size_t n,
                enum sandbox_place place, voice_answered *done);
void voice_status(struct voice_leg *leg, enum voice_event event);
void voice_taken(struct voice_leg *leg); /* tells who took it: leg->answered_by */

/* sandbox_voice_sound.c. Any thread. */
/* Words as sound; without a synthesiser (NULL) a murmur of their length. */
struct str voice_say(struct speak *speak, struct pool *p, const char *words);
struct str voice_tone(struct pool *p, int hz, int ms);
/* WAV of 16-bit PCM, or bare µ-law. ERR_INVALID, ERR_MALFORMED. */
NODISCARD int voice_read_sound(struct pool *p, struct str file, struct str *out, struct err *e);
void voice_write_wav(struct buf *to, const uint8_t *ulaw, size_t n, int channels);
bool voice_is_sound(const uint8_t *ulaw, size_t n);

/* sandbox_voice_words.c. Any thread that may block. */
struct voice_words;
struct voice_words *voice_words_new(const char *database); /* its address; NULL: there is none */
void voice_words_free(struct voice_words **w);             /* accepts a null pointer */
struct voice_said {                                        /* in the pool */
    struct str segments; /* JSON: the lines as the product has them, both sides'; "[]": none yet */
    struct str conversation_id; /* "": none yet */
};
void voice_words_read(struct sandbox *s, struct pool *p, const char *call_sid,
                      struct voice_said *out);

/* sandbox_voice_script.c. Any thread. */
NODISCARD int voice_read_script(struct speak *speak, struct pool *p, const json_t *script,
                                struct actor *out, struct err *e);

/* sandbox_voice_rest.c: below Calls and Recordings. false: it is none of these. Any thread. */
bool voice_rest(struct sandbox *s, struct str rest, struct http_request *req,
                struct http_response *res);
/* sandbox_voice_recordings.c: the latter. */
bool voice_rest_recordings(struct sandbox *s, struct str rest, struct http_request *req,
                           struct http_response *res);
/* sandbox_voice_control.c */
bool voice_control_is(struct str path);
NODISCARD int voice_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                            struct err *e);

#endif
