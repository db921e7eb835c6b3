/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio's lists, a page at a time, newest first: what the query asks for, and the members that
 * tell where the page stands and where the next one is. The same for messages and calls.
 */
#ifndef SANDBOX_PAGES_H
#define SANDBOX_PAGES_H

#include "base/codec.h"
#include "base/json_write.h"
#include "base/pool.h"

struct pages {
    int64_t page, page_size;
    int64_t below;    /* only what is older than this number in the ring; INT64_MAX: all */
    struct str query; /* the other parameters, as they stand in the pages' addresses */
    struct pool *pool;
    const char *path; /* of the list, without a query */
    int64_t n, last;  /* while it is written: rows so far, and the number of the last one */
    int64_t more;     /* the number below which the next page begins; 0: this is the last */
};

/* What a request's query f asks for; path is borrowed. */
void pages_read(struct pool *p, const struct form *f, const char *path, struct pages *out);

/* A row of that number follows; false: it belongs to the next page, and the list ends here. */
bool pages_row(struct pages *l, int64_t number);

/* The members behind the rows. */
void pages_write(struct jw *j, const struct pages *l);

#endif
