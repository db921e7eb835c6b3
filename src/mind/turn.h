/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The turn engine: one inbound turn in, a reply and what was noticed out. Every channel calls it
 * and adds only its manner. An engine is a constant table of functions; the local engine is
 * deterministic and needs neither network nor account. It reads only its input, acts only through
 * the tools it is given, and keeps nothing between turns but the state document that the caller
 * stores.
 */
#ifndef MIND_TURN_H
#define MIND_TURN_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"
#include "domain/attachment.h"
#include "domain/channel.h"
#include "domain/facts.h"

struct tools;

/* What was said before in the conversation. */
struct turn_said {
    bool inbound; /* by the customer */
    struct str content;
    struct wall at;
    bool colleague; /* by a person of the staff; else by the assistant */
};

struct turn_in {
    struct str text;                /* valid UTF-8, what the customer said now */
    bool by_ear;                    /* recognised from speech: what would be booked, moved or
                                       cancelled is read back, and done after a yes */
    size_t n_files;                 /* came with it; no engine can look at them */
    enum attachment_kind file_kind; /* of the first */
    enum channel channel;
    const char *customer_name;  /* NULL: not known */
    const char *customer_phone; /* E.164; NULL: not known */
    const char *customer_email; /* NULL: not known */
    struct str state;           /* JSON left by the turn before; empty at the first */
    const char *note; /* what a colleague who answered before left for the assistant; NULL: none */
    size_t n_history;
    const struct turn_said *history; /* oldest first, without `text`; may be empty. Links that were
                                        given are not in it (mind/invite.h) */
    const struct facts *facts;
    struct tools *tools;    /* what the engine may look up and do; NULL: it can only talk */
    const char *public_url; /* where customers reach the server, without / at its end; NULL: they
                               are given no links */
    struct wall now;
    struct mono deadline; /* the answer must be there by then; ns == 0: none */
};

/* Rows of ops/events.def that a turn may raise, with their details as JSON. */
struct turn_event {
    const char *type;
    struct str details;
    struct turn_event *next;
};

/* What a language model needed for the turn; all 0 when none was asked. */
struct turn_usage {
    int64_t prompt_tokens, completion_tokens; /* as its server counts; 0: not told */
    int64_t latency_ms;
    const char *model; /* as its server names it; NULL: none */
};

struct turn_out {
    const char *reply;  /* NULL: say nothing (an opt-out: the provider has answered it) */
    const char *intent; /* greeting, location, service_info, person, emergency, opt_out, ... */
    double confidence;  /* 0 to 1 */
    bool wants_person;  /* a person of the staff should look */
    bool tells_files;   /* the reply speaks of the files that came */
    bool guarded;       /* the answer is fixed, whoever answers else (turn_guard) */
    bool ends;          /* the customer is done: the conversation may be completed */
    struct turn_event *events;
    const char *calendar_url; /* the link, in the reply, to the appointment for the customer's
                                 calendar; NULL: none */
    const char *bare_reply;   /* with calendar_url: the reply without it, where it has no room */
    struct str state;         /* to be stored; empty: nothing to keep */
    const char *subject;      /* what it is about, as far as this turn tells; NULL: nothing new */
    const char *engine;       /* which engine answered: "local", "model" */
    struct turn_usage usage;
};

struct turn_engine {
    const char *name;
    /* 0, or an error when this engine cannot answer (the caller then asks the next). Any thread. */
    int (*take)(struct pool *p, const struct turn_in *in, struct turn_out *out, struct err *e);
};

extern const struct turn_engine turn_engine_local;

/* The assistant's last words before this turn; empty: none. */
struct str turn_said_before(const struct turn_in *in);

/*
 * Is this a turn whose answer is fixed, whoever answers else: an emergency, an opt-out, a medical
 * question, an injection, a question about other customers? Then *out is that answer. Otherwise
 * only out->intent is filled, with what the turn seems to be about. Does nothing by tools.
 */
bool turn_guard(struct pool *p, const struct turn_in *in, struct turn_out *out);

/*
 * The local engine's state after a turn that another engine answered: what was said on both sides,
 * as far as it understands it.
 */
struct str turn_overheard(struct pool *p, const struct turn_in *in, const char *reply);

/*
 * The local engine's state when a person has answered in its place: what it had asked and offered
 * itself no longer stands; what the customer and the colleague said since, does. The same state
 * when nobody has.
 */
struct str turn_rejoined(struct pool *p, const struct turn_in *in);

#endif
