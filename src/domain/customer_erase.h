/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person's right to be forgotten. Words, files, recordings, names, numbers and addresses go, from
 * the journal of requests too; what is counted stays: that there was a conversation, when, by which
 * channel, what came of it and how satisfied somebody was, and appointments with their service and
 * time. Who had refused messages is still not written to: the refusal stays under a hash of the
 * number or address. What stands in answers to repeated requests and in results of tools goes
 * within seven days, by itself. It cannot be undone.
 */
#ifndef DOMAIN_CUSTOMER_ERASE_H
#define DOMAIN_CUSTOMER_ERASE_H

#include "store/customers.h"

/* Stands where the name was. */
#define CUSTOMER_ERASED_NAME "Erased customer"

/*
 * ERR_NOT_FOUND; ERR_CONFLICT, with what to do, when an appointment is still to come, a call goes
 * on, or a message is on its way. Inside store_write. *erased_out: the customer's id.
 */
NODISCARD int customer_erase(struct db *db, struct pool *p, int64_t id, const char *by,
                             struct wall now, int64_t *erased_out, struct err *e);

#endif
