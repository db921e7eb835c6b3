/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who answers a conversation: the assistant, or the person who took it over. A hold is a lease:
 * whoever has it and forgets it loses it, and the customer is answered again. The functions that
 * take a db are parts of a write transaction; they lock the conversation, so that of two people one
 * gets it, and of a take-over and a reply of the assistant one is first.
 */
#ifndef DOMAIN_HOLD_H
#define DOMAIN_HOLD_H

#include "store/holds.h"

/* Who asks for it. */
struct holder {
    const char *kind; /* user, token, command */
    const char *id, *name;
};

/* How a conversation stands, as it stays until the end of the transaction. */
struct standing {
    struct str status, channel;
    int64_t customer_id;
    struct hold_row hold;
    bool held;           /* by a person, now */
    struct rows waiting; /* as messages_waiting_query has them */
};

/* Locks the conversation. ERR_NOT_FOUND when there is none. */
NODISCARD int hold_standing(struct db *db, struct pool *p, const char *conversation_id,
                            struct wall now, struct standing *out, struct err *e);

/* Is it held by a person at that time? */
bool hold_is_on(const struct hold_row *h, struct wall now);

/* Is that person the one who asks? */
bool hold_is_of(const struct hold_row *h, const struct holder *who);

/* ERR_CONFLICT, with the name of the holder, when somebody else has it. */
NODISCARD int hold_allows(const struct standing *s, const struct holder *who, struct err *e);

/*
 * Takes the conversation over (replies of the assistant that no sender has begun with are withdrawn
 * then), or renews the lease of one who has it already. `force` takes it from
 * somebody else. *begun_out: it was not theirs before; the event taken_over was written.
 */
NODISCARD int hold_take(struct db *db, struct pool *p, const char *conversation_id,
                        const struct standing *s, const struct holder *who, int64_t lease_us,
                        bool force, struct wall now, bool *begun_out, struct err *e);

/*
 * Gives it back to the assistant, who answers at once what was not answered. Does nothing when
 * nobody has it. note (may be NULL) is for the assistant.
 */
NODISCARD int hold_give_back(struct db *db, struct pool *p, const char *conversation_id,
                             const struct standing *s, const struct holder *who, bool force,
                             const char *note, struct wall now, struct err *e);

/* Ends a lease that ran out; what the customer wrote last is answered when it is younger than
 * answer_within_us. Does nothing when it was renewed meanwhile. */
NODISCARD int hold_lapse(struct db *db, struct pool *p, const char *conversation_id,
                         int64_t answer_within_us, struct wall now, struct err *e);

#endif
