/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What remains of a call. It is begun with a conversation of its own, kept while it goes on (what
 * was said and done so far, in a row of voice_calls), and finished once, whatever ended it: one
 * inbound message with its voice details, the events, and the conversation completed, in one
 * transaction that is guarded by the state of the row. A call whose server is gone is finished from
 * what was kept.
 *
 * A call may have several parts, one behind the other: its connection broke and came back, perhaps
 * to another server, or a person did not take it over. Whoever begins a part of a session that has
 * a call which goes on, takes that call over with what was kept of it; the part before, should it
 * still be there, can change nothing any more. Whoever ends a part that may have a next one lets
 * the call wait for it.
 *
 * The ids of the call and of its conversation are made by the caller, so that each of these may be
 * done again when nobody knows whether it was done: the second time changes nothing. Each is a part
 * of a write transaction (inside store_write). Times in ms are since the call began.
 */
#ifndef DOMAIN_VOICE_CALL_H
#define DOMAIN_VOICE_CALL_H

#include "base/id.h"
#include "store/store.h"

struct voice_call {            /* what is known when it begins */
    struct id id;              /* of this part of it; of the first: the call's */
    struct id conversation_id; /* were it a new one */
    struct id server;          /* whose lease it lives by (voice_call_renew) */
    const char *transport;     /* "twilio", "browser" */
    const char *session_id;    /* the transport's name of it */
    const char *holder;        /* who may go on with it, beside knowing the session; NULL: all */
    bool outbound;
    const char *caller;  /* the customer's number, E.164; NULL: withheld or none */
    const char *called;  /* ours; NULL */
    int64_t customer_id; /* when it is known; 0 */
    bool test;           /* a member of the staff tries it: no customer */
    struct wall at;
};

struct voice_line {
    bool customer;
    const char *text;
    int64_t at_ms;
    bool cut; /* the caller spoke over it: this is what they heard of it */
};

struct voice_tool {
    const char *name;
    struct str args, result; /* JSON */
    int64_t at_ms;
};

struct voice_event { /* of ops/events.def */
    const char *type;
    struct str details; /* a JSON object */
    int64_t at_ms;
};

/* All that was said and done so far. */
struct voice_talk {
    size_t n_lines, n_tools, n_events;
    const struct voice_line *lines; /* by time */
    const struct voice_tool *tools;
    const struct voice_event *events; /* those from number `first_event` on */
    size_t first_event;
    int64_t interruptions;
    double quality;             /* 0 to 1; below 0: nothing was heard */
    struct str measures;        /* a JSON object; empty: none */
    const char *state, *engine; /* at present, for who watches; NULL */
};

struct voice_ending {
    bool failed;
    const char *by;  /* caller, assistant, transfer, connection, shutdown, lease */
    const char *why; /* a few words; NULL */
    struct wall at;
};

struct voice_begun { /* lives in pool */
    struct id call_id, conversation_id;
    int64_t customer_id;
    bool resumed;      /* it is a further part of a call */
    int64_t before_ms; /* which began so long before this part */
    size_t n_lines;    /* and in which that was said */
    const struct voice_line *lines;
};
/* Begins it, unless it was begun. The customer is found by `caller`, or made. */
NODISCARD int voice_call_begin(struct db *db, struct pool *p, const struct voice_call *c,
                               struct voice_begun *out, struct err *e);

#define VOICE_WISH_END "end"
#define VOICE_WISH_TRANSFER "transfer"
#define VOICE_WISH_MACHINE                                                                         \
    "machine" /* of nobody: a machine took the call, there is none to talk to */

struct voice_kept {
    bool live;        /* it goes on as far as the store knows, and in this part; else nothing was
                         changed */
    const char *wish; /* of the staff, told once: VOICE_WISH_...; NULL: none. Lives in pool. */
};
/* Keeps what was said and done so far, and adds the events that are not there yet. */
NODISCARD int voice_call_keep(struct db *db, struct pool *p, const struct voice_call *c,
                              const struct voice_talk *t, struct wall at, struct voice_kept *out,
                              struct err *e);

/*
 * The staff want something of the call of a conversation; its server finds it when it keeps the
 * call, and is told to do so. ERR_NOT_FOUND: there is no call; ERR_CONFLICT: it is over, or cannot
 * do that.
 */
NODISCARD int voice_call_wish(struct db *db, struct pool *p, const char *conversation_id,
                              const char *wish, struct wall at, struct err *e);

/*
 * Begins it, if that was not possible when it began, and finishes it. *done_out: by this; else it
 * had been finished before, and nothing was changed.
 */
NODISCARD int voice_call_finish(struct db *db, struct pool *p, const struct voice_call *c,
                                const struct voice_talk *t, const struct voice_ending *end,
                                bool *done_out, struct err *e);

/*
 * This part has ended, and the call waits for the next until a time; it is begun as by
 * voice_call_finish. Should none come, it is finished with that ending (voice_call_finish_lost).
 * When the telephone network has said that it is over, it is finished now. *done_out: either was
 * done; else the part is not the present one any more, and nothing was changed.
 */
NODISCARD int voice_call_wait(struct db *db, struct pool *p, const struct voice_call *c,
                              const struct voice_talk *t, const struct voice_ending *end,
                              struct wall until, bool *done_out, struct err *e);

/*
 * One whose server has been gone since `gone`, or that has waited long enough, by id: with what was
 * kept. Nothing when it has ended, or goes on.
 */
NODISCARD int voice_call_finish_lost(struct db *db, struct pool *p, const char *id, struct wall now,
                                     struct wall gone, bool *done_out, struct err *e);

/* The network says that the call of a session is over: if it waits, it need not wait any more. */
NODISCARD int voice_call_over(struct db *db, struct pool *p, const char *transport,
                              const char *session_id, struct wall now, struct err *e);

/*
 * This server, of that life, is there until `until`, and with it all its calls. instance: the same
 * for all lives of a server, of which only one can be: the calls of the others are lost. NULL:
 * none.
 */
NODISCARD int voice_call_renew(struct db *db, const struct id *server, const char *instance,
                               struct wall now, struct wall until, struct err *e);
/* It stops, and has no calls any more. */
NODISCARD int voice_call_leave(struct db *db, const struct id *server, struct err *e);

#endif
