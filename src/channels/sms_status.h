/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a text is on its way, in the words of sms_details.delivery_status. Reports come late,
 * twice and out of order, so a status only ever goes up in rank: what is delivered stays delivered,
 * whatever is reported afterwards. Any thread.
 */
#ifndef CHANNELS_SMS_STATUS_H
#define CHANNELS_SMS_STATUS_H

#include <stdbool.h>

#include "base/str.h"

/*
 * Our word for a provider's: "queued", "sent", "delivered", "undelivered", "failed" or
 * "received"; a constant. NULL for a word that we do not know (there will be new ones).
 */
const char *sms_status_of(struct str provider_status);

/* 0 for none (NULL, "" or not ours), then rising; delivered, undelivered, failed, received end it.
 */
int sms_status_rank(const char *status);

/* May a message whose status is `from` (NULL or "": none yet) become `to`? Never back or sideways.
 */
bool sms_status_advances(const char *from, const char *to);

static inline bool sms_status_is_end(const char *status)
{
    return sms_status_rank(status) >= 3;
}

#endif
