/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking away everything that says who a customer is and what was said, while the rows that are
 * counted stay: conversations with their times, outcome and scores, appointments with service and
 * time. The rules are in domain/customer_erase.h. Inside store_write.
 */
#ifndef STORE_CUSTOMER_ERASE_H
#define STORE_CUSTOMER_ERASE_H

#include "store/store.h"

/* What stands against it: appointments to come, calls that go on, messages that are being sent. */
struct customer_erase_hindrances {
    int64_t appointments, calls, sending;
};
NODISCARD int customer_erase_hindrances(struct db *db, struct pool *p, int64_t id, struct wall now,
                                        struct customer_erase_hindrances *out, struct err *e);

/* What messages and events of theirs say beside words: id, metadata; and id, details of the events
 * that reports count. */
NODISCARD int customer_erase_metadata(struct db *db, struct pool *p, int64_t id, struct rows *out,
                                      struct err *e);
NODISCARD int customer_erase_details(struct db *db, struct pool *p, int64_t id, struct rows *out,
                                     struct err *e);
NODISCARD int customer_erase_set_metadata(struct db *db, const char *message_id,
                                          struct str metadata, struct err *e);
NODISCARD int customer_erase_set_details(struct db *db, const char *event_id, struct str details,
                                         struct err *e);

/* Their appointments that are in a calendar outside: ids. */
NODISCARD int customer_erase_entries(struct db *db, struct pool *p, int64_t id, struct rows *out,
                                     struct err *e);

/* All of it but the consents. `name` stands in place of theirs. */
NODISCARD int customer_erase_content(struct db *db, int64_t id, const char *name, const char *by,
                                     struct wall at, struct err *e);

/* What a channel keeps of an address. */
NODISCARD int customer_erase_address(struct db *db, const char *address, struct err *e);

#endif
