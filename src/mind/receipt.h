/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plain sentence that says what a tool has booked, moved or cancelled, for when the one who
 * called it can no longer say so. Pure; any thread.
 */
#ifndef MIND_RECEIPT_H
#define MIND_RECEIPT_H

#include <jansson.h>

#include "base/pool.h"
#include "domain/channel.h"
#include "mind/model_reply.h"

/* result: of book_appointment, reschedule_appointment or cancel_appointment, with its success. */
struct model_reply receipt_of(struct pool *p, enum channel c, const json_t *result);

/* "Tuesday, March 3"; days since 1970-01-01. */
const char *receipt_day(struct pool *p, int64_t day);

#endif
