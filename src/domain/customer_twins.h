/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Customers who may be one person: the same e-mail address in other capitals, the same number
 * spelt in another way, the same name and the last seven digits of the number or the first half of
 * the address. Suggestions for somebody who looks; who was said to be another stays out.
 */
#ifndef DOMAIN_CUSTOMER_TWINS_H
#define DOMAIN_CUSTOMER_TWINS_H

#include "store/customer_merges.h"

/* So many customers are looked at, the newest. */
#define CUSTOMER_TWINS_LOOKED_AT 200000

enum twin_reason { TWIN_EMAIL, TWIN_PHONE, TWIN_NAME_AND_PHONE, TWIN_NAME_AND_EMAIL };
extern const char *const twin_reasons[]; /* as schemas.def has them */

struct customer_twins {
    int64_t one, other; /* one: the newer record */
    enum twin_reason reason;
};

/* Of one customer, or (id 0) of all. `country` as in phone_normalize. At most `limit`, newest
 * first; they live in pool. */
NODISCARD int customer_twins_find(struct db *db, struct pool *p, int64_t id, const char *country,
                                  size_t limit, struct customer_twins **out, size_t *n_out,
                                  struct err *e);

#endif
