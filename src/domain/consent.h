/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may be written to, on which channel and for what: the rules over the ledger of
 * store/consents.h. An address is a number in E.164 form, or an e-mail address in lower case; what
 * is decided for it holds for every customer record that has it.
 *
 *   STOP       revokes "all" on its channel: nobody writes there any more, neither the assistant
 *              nor staff nor a reminder, until a grant of "all" (START, or staff by word of mouth).
 *   marketing  needs a grant that is newer than the last revocation of "all": neither writing to
 *              us nor START is one.
 *   reminder   goes out unless it, or all, was revoked.
 *
 * The law behind it is the United States' (47 CFR 64.1200): a revocation by any reasonable means
 * counts, one confirmation of it may be sent.
 */
#ifndef DOMAIN_CONSENT_H
#define DOMAIN_CONSENT_H

#include <stdbool.h>

#include "store/consents.h"

/* Purposes of messages. The ledger itself knows "all", "reminder" and "marketing". */
#define CONSENT_ANSWER "answer"       /* to what the customer wrote */
#define CONSENT_STAFF "staff"         /* a person of the business wrote it */
#define CONSENT_REMINDER "reminder"   /* of an appointment */
#define CONSENT_MARKETING "marketing" /* anything that sells */

#define CONSENT_ADDRESS_BYTES 256

/*
 * Brings an address to the form that the ledger has: one with an @ to lower case, a number to E.164
 * (`country` as in phone_normalize). ERR_INVALID with the field "address".
 */
NODISCARD int consent_address(struct str text, const char *country, char out[CONSENT_ADDRESS_BYTES],
                              struct err *e);

/* An address that is one for certain, such as a customer's, as the ledger has it: e-mail addresses
 * in lower case. NULL gives NULL. Lives in pool. */
const char *consent_key(struct pool *p, const char *address);

/* Whether a message may go out, and if not, why. */
struct consent_verdict {
    bool allowed;
    bool opted_out;     /* of everything on the channel */
    struct wall since;  /* when it was revoked; us == 0: marketing without a grant */
    const char *source; /* how it was revoked, as in the ledger; NULL likewise */
};
/* One statement. Inside store_write, or with a borrowed db. */
NODISCARD int consent_check(struct db *db, struct pool *p, const char *address, const char *channel,
                            const char *purpose, struct consent_verdict *out, struct err *e);

/* What stands in the ledger for an address that was erased, so that one who had refused is not
 * written to when the address comes back: HMAC-SHA-256 under the installation's key. Lives in pool.
 */
const char *consent_hash(struct pool *p, const char *key, const char *address);

/* "the customer has opted out of texts on 2026-11-27"; lives in pool. */
const char *consent_refusal(struct pool *p, const struct consent_verdict *v, const char *channel);

struct consent_change {
    const char *address; /* normalised */
    const char *channel;
    const char *purpose; /* "all", "reminder", "marketing" */
    bool granted;
    const char *source;  /* a row of consent_sources */
    const char *actor;   /* "customer", "provider", or who of the staff */
    struct str evidence; /* a JSON object; empty: {} */
    struct wall at;
    const char *id; /* the row's; NULL: a new one */
};
/*
 * Writes it to the ledger. Inside store_write. A revocation of all also takes back what was to be
 * sent to that address and no sender has begun with; what is revoked beside that, or at the same
 * moment, is found by the check before the send.
 */
NODISCARD int consent_write(struct db *db, struct pool *p, const struct consent_change *c,
                            struct err *e);

/* Is it a name of the ledger? */
bool consent_purpose_ok(struct str purpose);

/*
 * The address under which somebody unsubscribes from e-mails of that purpose with one click
 * (RFC 8058: List-Unsubscribe and List-Unsubscribe-Post): the same each time. `address` is
 * normalised; inside store_write; lives in pool.
 */
NODISCARD int consent_unsubscribe_url(struct db *db, struct pool *p, const char *public_url,
                                      const char *address, const char *purpose, struct wall now,
                                      const char **url_out, struct err *e);

/* What a key of such an address stands for. ERR_NOT_FOUND, also for what is no key at all. */
NODISCARD int consent_of_link(struct db *db, struct pool *p, struct str key,
                              struct unsubscribe_link *out, struct err *e);

#endif
