/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of inbound e-mail share. */
#ifndef DOMAIN_INBOUND_MAIL_PRIVATE_H
#define DOMAIN_INBOUND_MAIL_PRIVATE_H

#include "domain/inbound_mail.h"
#include "domain/mail_place.h"

#define ADDRESS_MAX_BYTES 254 /* RFC 5321 4.5.3.1.3, and the columns */

/* The business's address that it came to, without a token; "" when nothing says it. Lives in pool.
 */
const char *mail_desk_reached(struct pool *p, const struct inbound_mail *in);

/* What is known of a mail on its way, and what was decided about it. */
struct mail_taking {
    struct pool *pool;
    const struct inbound_mail *in;
    const char *from;    /* lower case; "" */
    const char *reached; /* mail_desk_reached */
    struct str secret;
    struct rows known;   /* mail_place_query's */
    struct rows recent;  /* mail_threads_since_query's, of the last hour */
    int64_t customer_id; /* 0: none */
    bool unnamed;        /* the customer has the address for a name */
    struct id message_id;
    struct mail_place thread;
    const char *unanswered; /* why; NULL: it is answered */
    bool for_staff;         /* a person should look at what is not answered */
    bool closing;           /* thanks and the like, after the end */
};

/* Why it is not answered, by what it says of itself; NULL: nothing is against it. */
const char *mail_unanswerable(const struct mail_taking *t, bool *for_staff_out);

/* The message's own documents, as JSON; live in pool. */
struct str mail_metadata(const struct mail_taking *t);
struct str mail_references_list(const struct mail_taking *t); /* p == NULL: none */
struct str mail_cc_list(const struct mail_taking *t);         /* p == NULL: none */

/* The list of email_details.attachments (p == NULL: none): of files that will have these ids. */
struct str mail_files_list(const struct mail_taking *t, const struct id *ids);
/* Writes them, each with its row, and its content unless it is refused. Inside store_write. */
NODISCARD int mail_add_files(struct db *db, const struct mail_taking *t, const struct id *ids,
                             struct err *e);

#endif
