/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the telephone network tells of calls, beside what is said in them (domain/voice_call.h): how
 * one stands, that one came to nothing, that a person was dialled, that somebody left a message.
 * All are parts of a write transaction (inside store_write).
 */
#ifndef DOMAIN_TELEPHONE_H
#define DOMAIN_TELEPHONE_H

#include "base/id.h"
#include "store/telephone_calls.h"

/*
 * A report of the network. *news_out: it tells something new. One of our own calls that nobody took
 * gets a conversation with an event, for it has none.
 */
NODISCARD int telephone_report(struct db *db, struct pool *p, const struct telephone_report *r,
                               bool *news_out, struct err *e);

/* One of ours that cannot be placed: it failed, and an event of a conversation of its own says so.
 */
NODISCARD int telephone_not_placed(struct db *db, struct pool *p, const struct telephone_call *c,
                                   const char *why, struct wall at, struct err *e);

/* What became of a person who was to take a call over. */
struct telephone_dialled {
    const char *call_sid, *status; /* status: the network's word */
    bool answered;
    struct wall at;
};
/* Leaves it as an event; when nobody answered, the staff should know. Nothing for a call that has
 * no conversation. */
NODISCARD int telephone_dialled(struct db *db, struct pool *p, const struct telephone_dialled *d,
                                struct err *e);

/* An answering machine took a call of ours. */
struct telephone_machine {
    const char *call_sid, *answered_by; /* the network's word for what it is */
    const char *message;                /* is left there; NULL: none can be */
    struct wall at;
};
/*
 * The assistant is to be silent, and what follows her stream is the message. An event of the call's
 * conversation says so. Nothing for a call that is over, or is none of ours.
 */
NODISCARD int telephone_machine(struct db *db, struct pool *p, const struct telephone_machine *m,
                                struct err *e);

struct voicemail {
    const char *call_sid, *recording_sid;
    const char *provider, *url; /* who has it, and where */
    int64_t duration_s;         /* -1: not known */
    struct wall at;
};
/*
 * It becomes a message of the call's conversation, or of a new one when the call had none, with the
 * recording as a file that a job fetches, and an event for the staff. *message_id_out lives in
 * pool.
 */
NODISCARD int telephone_voicemail(struct db *db, struct pool *p, const struct voicemail *v,
                                  const char **message_id_out, struct err *e);

#endif
