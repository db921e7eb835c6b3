/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a conversation is over, told from what was said and done in it: for the event of its
 * completion. What it was worth is scored later (ops/scoring.h). Pure.
 */
#ifndef DOMAIN_ENDING_H
#define DOMAIN_ENDING_H

#include "store/messages.h"

/*
 * opt_out: the customer wants no more texts. goodbye: they took their leave or thanked.
 * arranged: the same, or silence, after an appointment was made, moved or cancelled. unanswered:
 * their last word has no answer. abandoned: they were asked something and did not come back.
 * answered: else. messages and events as messages_query and events_query have them, in order.
 * Static storage.
 */
const char *ending_why(struct pool *p, const struct rows *messages, const struct rows *events);

#endif
