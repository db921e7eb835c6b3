/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The link with which a customer puts an appointment into a calendar of their own. Both engines
 * give it with a confirmation; neither writes it itself, since one wrong letter makes it a wrong
 * one. Nobody is told an address by voice. Pure; any thread.
 */
#ifndef MIND_INVITE_H
#define MIND_INVITE_H

#include <jansson.h>

#include "mind/sentences.h"
#include "mind/turn.h"

/* Of what a tool has booked or moved; NULL when none is to be given. Lives in pool. */
const char *invite_url(struct pool *p, const struct turn_in *in, const json_t *result);

/* "Add it to your calendar: ..."; lives in the speaker's pool. */
const char *invite_line(const struct speaker *s, const char *url);

/* What was said, without that sentence: its random letters mean nothing. Lives in pool or is
 * `said`. */
struct str invite_without(struct pool *p, struct str said);

#endif
