/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that wait to be sent, are being sent, or could not be: the jobs that name a message,
 * read together with it. Times are texts in canonical form. What is read lives in the pool.
 */
#ifndef STORE_WAITING_H
#define STORE_WAITING_H

#include "store/store.h"

struct waiting {
    struct str job_id, message_id, conversation_id, channel;
    struct str state; /* of jobs: ready, running, dead */
    struct str run_at, due_at, last_error, to, content;
    int64_t attempts;
};

/* Newest first, behind a job's id (NULL: from the newest); state NULL: of any. *n_out rows. */
NODISCARD int waiting_page(struct db *db, struct pool *p, const char *state, const char *behind_id,
                           int64_t limit, struct waiting **out, size_t *n_out, struct err *e);

/* The job of a message, locked until the transaction's end. ERR_NOT_FOUND when it has none. */
NODISCARD int waiting_get(struct db *db, struct pool *p, const char *message_id,
                          struct waiting *out, struct err *e);

/*
 * Has a job that was buried, or waits, tried (again) at once, as if it were due now; it counts as
 * tried once, so that its sender looks for what it may have sent. Asks for the wake-up.
 */
NODISCARD int waiting_again(struct db *db, struct str job_id, struct wall now, struct err *e);

/* Removes the buried job of a message. */
NODISCARD int waiting_forget(struct db *db, struct str message_id, struct err *e);

#endif
