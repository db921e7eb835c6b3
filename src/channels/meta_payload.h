/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Meta's WhatsApp Cloud API posts: batches of up to a thousand updates, each a message of a
 * customer or the status of one that we sent. A batch is cut into its updates first, each with the
 * part of the document that concerns it, so that each can be journalled, taken and taken again by
 * itself. What is of no concern to us (other fields, other numbers) is left out, what we do not
 * know inside of an update is ignored. Whether the batch came from Meta is meta_signature.h's
 * business. Any thread.
 */
#ifndef CHANNELS_META_PAYLOAD_H
#define CHANNELS_META_PAYLOAD_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"

#define META_MEDIA "whatsapp-media:" /* before the id of a file, where addresses of files stand */
#define META_UPDATES_MAX 2000        /* of a batch; Meta says at most 1000 */
#define META_CONTENT_BYTES                                                                         \
    (32 << 10)          /* of a message's text; Meta's own limit is 4096 characters                \
                         */
#define META_ID_MAX 255 /* of a message's id, as sms_details holds it */

struct meta_update {
    bool is_status;
    const char *name; /* what makes it count once: its id, of a status with it; at most 100 bytes */
    struct str part;  /* the JSON document that meta_message_read and meta_status_read take */
};

/*
 * Cuts a batch into its updates, in their order; they live in pool. Only those of the number
 * `phone_number_id` (NULL or "": of any). ERR_MALFORMED when it is no JSON or not Meta's,
 * ERR_TOO_LARGE when there are too many.
 */
NODISCARD int meta_split(struct pool *p, struct str body, const char *phone_number_id,
                         struct meta_update **out, size_t *n_out, struct err *e);

struct meta_message {
    const char *id;    /* wamid... */
    const char *phone; /* the customer's, E.164; NULL: hidden from businesses */
    const char
        *user_id;     /* the customer's to this business, such as US.13491208655302741918; NULL */
    const char *name; /* as they call themselves; NULL: not said */
    const char *username;   /* NULL: none */
    const char *to;         /* the business's number, E.164; NULL: not said */
    const char *type;       /* text, image, ... as Meta writes it, or "unknown" */
    struct str content;     /* what it says, in words; may be empty when there is a file */
    const char *media_type; /* of that file, as Meta says; NULL */
    const char *media_id;   /* of the file that it has; NULL: none */
    const char *reply_to;   /* id of the message that it answers; NULL: none */
    struct str metadata;    /* JSON object with what of this staff may want to see */
    bool quiet;             /* nobody expects an answer: a reaction, a notice of the system */
    struct wall at;         /* when it was sent, in whole seconds; us == 0: not said */
};

/* ERR_INVALID with the field at fault. What is returned lives in pool. */
NODISCARD int meta_message_read(struct pool *p, struct str part, struct meta_message *out,
                                struct err *e);

struct meta_status {
    const char *id;          /* of our message */
    const char *message_id;  /* ours, as it was sent along; NULL: not there */
    const char *status;      /* in our words (sms_status.h); NULL: one we do not know, ignore it */
    bool read;               /* the customer has read (or played) it */
    char error_code[11];     /* "" when none; as sms_details.error_code */
    const char *error_words; /* NULL when there is no code */
    struct wall at;          /* us == 0: not said */
};

/* ERR_INVALID with the field at fault. What is returned lives in pool. */
NODISCARD int meta_status_read(struct pool *p, struct str part, struct meta_status *out,
                               struct err *e);

#endif
