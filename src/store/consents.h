/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on consents, the ledger of who may be written to, and on the links with which people
 * unsubscribe. Addresses are normalised by the caller (domain/consent.h): a number in E.164 form,
 * an e-mail address in lower case. What is read lives in the pool.
 */
#ifndef STORE_CONSENTS_H
#define STORE_CONSENTS_H

#include "store/store.h"

/* The name among the installation's keys of the one by which erased addresses are hashed. */
#define CONSENTS_ERASED_KEY "erased_addresses"

struct consent_row {
    const char *id, *address, *channel, *purpose, *state, *source, *actor;
    struct str evidence; /* a JSON object */
    struct wall at;
};
NODISCARD int consents_insert(struct db *db, const struct consent_row *row, struct err *e);

/* What decides about a message; us == 0: there is no such row. */
struct consents_now {
    bool all_revoked; /* the newest row for "all" is a revocation */
    bool one_revoked; /* the newest row for the purpose is one */
    bool one_granted; /* or a grant, and no revocation of "all" came after it */
    struct wall all_at, one_at;
    const char *all_source, *one_source; /* NULL without a row */
    const char *erased_key; /* of addresses that were erased (domain/consent.h); NULL: none were */
};
/* One statement, three look-ups of the index. */
NODISCARD int consents_state(struct db *db, struct pool *p, const char *address,
                             const char *channel, const char *purpose, struct consents_now *out,
                             struct err *e);

/* Forgets an address: what was refused stays, without evidence, under `hash` in its place. */
NODISCARD int consents_forget(struct db *db, struct pool *p, const char *address, const char *hash,
                              struct err *e);

/* The newest row of each channel and purpose of a number and an e-mail address (either may be
 * NULL), which have no channel in common: channel, purpose, state, source, at, address, id; ordered
 * by channel and purpose. */
NODISCARD int consents_current(struct db *db, struct pool *p, const char *address,
                               const char *other, struct rows *out, struct err *e);

/* The ledger, newest first, from before `before_seq` (0: the newest) on. NULL: any. */
struct consents_filter {
    const char *address, *other; /* both NULL: everybody's */
    const char *channel;
    int64_t before_seq;
    int64_t limit;
};
/* seq, id, address, channel, purpose, state, source, evidence, actor, at */
NODISCARD int consents_list(struct db *db, struct pool *p, const struct consents_filter *f,
                            struct rows *out, struct err *e);

/*
 * The key of the link for an address, made when there is none: `fresh` becomes it then. Inside
 * store_write.
 */
NODISCARD int unsubscribe_key(struct db *db, struct pool *p, const char *address,
                              const char *channel, const char *purpose, const char *fresh,
                              struct wall at, const char **key_out, struct err *e);

struct unsubscribe_link {
    const char *address, *channel, *purpose;
};
/* ERR_NOT_FOUND when the key is none of ours. */
NODISCARD int unsubscribe_find(struct db *db, struct pool *p, const char *key,
                               struct unsubscribe_link *out, struct err *e);

/*
 * Conversations on a channel, of whoever has that address, in which a message waits to be sent:
 * ids.
 */
NODISCARD int consents_waiting(struct db *db, struct pool *p, const char *address,
                               const char *channel, struct rows *out, struct err *e);

#endif
