/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WhatsApp's rule for businesses: for 24 hours after a customer's last message they may be written
 * to freely, then only by a template that Meta has approved. Templates are kept as Meta has them,
 * so that what was sent can be read here, and checked before it is sent. The functions that take a
 * db run in the caller's transaction or on a borrowed one. Any thread.
 */
#ifndef DOMAIN_WHATSAPP_H
#define DOMAIN_WHATSAPP_H

#include <jansson.h>

#include "store/whatsapp.h"

#define WHATSAPP_WINDOW_HOURS 24
#define WHATSAPP_TEMPLATE_BODY_MAX 1024 /* characters, as Meta has it */
#define WHATSAPP_VALUES_MAX 20

/* ERR_INVALID with the field at fault: a name, language, ContentSid or body that cannot be. */
NODISCARD int whatsapp_template_check(const struct whatsapp_template *t, struct err *e);

/*
 * May the customer of that conversation be written to freely now? 0; ERR_INVALID in words that say
 * what to do instead, with the names of the templates that there are.
 */
NODISCARD int whatsapp_window_check(struct db *db, struct pool *p, const char *conversation_id,
                                    struct wall now, struct err *e);

/*
 * The text of an approved template with its values (an array of texts; NULL: none) in their places,
 * and the message metadata by which a sender finds the template again. language NULL: the only one
 * that the template has. ERR_INVALID with the field at fault. Both live in pool.
 */
NODISCARD int whatsapp_template_fill(struct db *db, struct pool *p, const char *name,
                                     const char *language, const json_t *values,
                                     struct str *body_out, struct str *metadata_out, struct err *e);

/* A template as whatsapp_template_fill noted it. */
struct whatsapp_filled {
    const char *name, *language, *content_sid; /* content_sid NULL: Twilio does not know it */
    struct str values[WHATSAPP_VALUES_MAX];
    size_t n_values;
};
/* From a message's metadata; false when there is none in it. What is read lives in pool. */
NODISCARD bool whatsapp_filled_read(struct pool *p, struct str metadata,
                                    struct whatsapp_filled *out);

#endif
