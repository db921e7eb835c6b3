/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lets a media stream in: the answer to the call's webhook, whose sender is proven, has a
 * ticket in it, and the stream brings it back in its first message. It is a MAC with a secret of
 * the installation (domain/installation_secret.h) over what the webhook said of the call, so nobody
 * else can open a stream for it, and what it says of the caller can be relied on. It is good for a
 * short while and, in one process, once. Any thread.
 */
#ifndef VOICE_CALL_TICKET_H
#define VOICE_CALL_TICKET_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/pool.h"
#include "base/str.h"

#define CALL_TICKET_SECONDS 120 /* from the webhook to the stream; it takes one or two */

struct call_ticket {                          /* texts borrowed; none holds a line break */
    struct str call_sid, from, to, direction; /* as the webhook said them; empty: not said */
};

/* "1764288000000000.MAC", of a ticket that is good until a time: to the microsecond, so that the
 * next ticket of a call is another one. Lives in pool. */
char *call_ticket_sign(struct pool *p, struct str key, const struct call_ticket *t,
                       struct wall until);

/* Is `token` that of this ticket, and still good? */
bool call_ticket_ok(struct pool *p, struct str key, const struct call_ticket *t, struct str token,
                    struct wall now);

/* Remembers which tickets were used, until they are no longer good. */
struct ticket_punch;
NODISCARD struct ticket_punch *ticket_punch_new(void);
void ticket_punch_free(struct ticket_punch **t);
/* false when it was used before, or so many calls begin that it cannot be told. */
bool ticket_punch_once(struct ticket_punch *t, struct str token, struct wall now);

#endif
