/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inbound journal: a provider's request as it came, written in the transaction that has its
 * effects. (provider, kind, provider_id) makes it count once, however often and wherever it comes
 * in. One that is genuine but could not be processed stands here as failed, with the reason, until
 * it is processed again. What is read lives in the pool.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "io/spool.h"
#include "store/store.h"

#define JOURNAL_PROVIDER_ID_MAX 100 /* bytes */
#define JOURNAL_TARGET_MAX 2000

struct journal_entry {
    const char *id; /* UUIDv7: the order in which they came */
    const char *provider;
    const char *kind;        /* message, status */
    const char *provider_id; /* what the provider calls it; at most JOURNAL_PROVIDER_ID_MAX */
    const char *target;      /* path and query as received; at most JOURNAL_TARGET_MAX */
    struct str headers;      /* a JSON object: those that matter */
    struct str body;         /* UTF-8 without NUL */
    struct str raw; /* bytes that `body` stands for when they are no text (channels/inbox.h);
                       p == NULL: the body is itself. Not stored */
    const struct spooled
        *raw_file;     /* the same bytes, when they are in a file; NULL: they are not */
    const char *proof; /* what vouches for it, see the table */
    struct wall received_at;
    bool stored; /* read from the journal, to be processed again */
};

/*
 * The query that takes an entry: one row in its result when its effects are to be had now, none
 * when they were had before (then nothing may be changed). New, failed so far, or, of a stored one,
 * its message is gone. message_id: what it becomes or is about; NULL: not known. `args` is storage
 * for its arguments. It is sent together with what is read along.
 */
#define JOURNAL_ARGS 10
struct query journal_take(const struct journal_entry *entry, const char *message_id,
                          struct arg args[JOURNAL_ARGS], struct rows *rows);

/* Notes that it could not be processed. Leaves alone what was processed meanwhile. */
NODISCARD int journal_fail(struct db *db, const struct journal_entry *entry, const char *why,
                           struct err *e);

/* Notes that a stored, failed one has been had as another entry. */
NODISCARD int journal_settle(struct db *db, const char *id, struct err *e);

struct journal_row {
    struct journal_entry entry;
    struct str received_at; /* as it is sent */
    struct str state, error, message_id;
};
/* ERR_NOT_FOUND when there is none. */
NODISCARD int journal_get(struct db *db, struct pool *p, const char *id, struct journal_row *out,
                          struct err *e);

struct journal_filter {
    const char *provider, *kind, *state; /* NULL: any */
    struct wall since;                   /* received at or after it; us == 0: any */
};
/* Newest first, behind the row `cursor` (NULL: from the newest), without their bodies. */
NODISCARD int journal_page(struct db *db, struct pool *p, const struct journal_filter *f,
                           const char *cursor, int64_t limit, struct journal_row **out,
                           size_t *n_out, struct err *e);

/* id, provider and kind, oldest first, from `after` on (exclusive; NULL: from the oldest): what
 * replay goes through. */
NODISCARD int journal_ids(struct db *db, struct pool *p, const struct journal_filter *f,
                          const char *after, int64_t limit, struct rows *ids_out, struct err *e);

/*
 * Do we have the provider's message, as a request that was processed or else as a text? A query of
 * two arguments, the provider and its id of the message: one row with the delivery status of the
 * text, NULL for none (of a message that came in); no row when we do not.
 */
#define JOURNAL_KNOWN_ARGS 2
struct query journal_known(const struct arg args[JOURNAL_KNOWN_ARGS], struct rows *rows);

/* Forgets what came before that time. */
NODISCARD int journal_prune(struct db *db, struct wall before, struct err *e);

#endif
