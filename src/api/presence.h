/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who of the staff looks at which conversation, and types in it: what their pages say of themselves
 * over the live socket ("here"), told to those who look at the same one ("presence"). Nothing of it
 * is stored. It is known of the sockets of this server only, ends with the socket, and lapses when
 * the page does not say it again. All of it belongs to one thread, the hub's.
 */
#ifndef API_PRESENCE_H
#define API_PRESENCE_H

#include "base/clock.h"
#include "base/id.h"
#include "base/str.h"

struct ws;

#define PRESENCE_HERE_US (50 * US_PER_SECOND) /* the page says it again every 20 s */
#define PRESENCE_TYPING_US (7 * US_PER_SECOND)

/* Where one socket is. */
struct presence {
    struct ws *ws;                    /* borrowed */
    char who[80], name[128];          /* whose page it is: kind and id, and as others read it */
    char conversation[ID_TEXT_BYTES]; /* "": nowhere */
    int64_t here_until_us, typing_until_us;
    struct presence *next, **link;
};

void presence_join(struct presence **list, struct presence *one);
/* Accepts one that has not joined. */
void presence_leave(struct presence **list, struct presence *one);
/* What its page said: {"type":"here","conversation_id":"..." or null,"typing":true or false}. What
 * is none of this is passed over. */
void presence_hear(struct presence **list, struct presence *one, struct str text, int64_t now_us);
/* Takes away what has lapsed. */
void presence_lapse(struct presence **list, int64_t now_us);

#endif
