/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements on what WhatsApp has of its own: users who hide their number, templates, and the time
 * in which a customer may be written to freely. What is read lives in the pool.
 */
#ifndef STORE_WHATSAPP_H
#define STORE_WHATSAPP_H

#include "store/store.h"

struct whatsapp_contact {
    struct str user_id, address, username;
};

/* By the id that the user has for this business, or by address. ERR_NOT_FOUND when there is none.
 */
NODISCARD int whatsapp_contact_get(struct db *db, struct pool *p, const char *user_id,
                                   const char *address, struct whatsapp_contact *out,
                                   struct err *e);
NODISCARD int whatsapp_contact_put(struct db *db, const char *user_id, const char *address,
                                   const char *username, struct wall at, struct err *e);

/*
 * A user whose number was hidden shows it: the customer with the address `from` gets the number
 * `phone`, unless another customer has it already.
 */
NODISCARD int whatsapp_contact_reveal(struct db *db, struct pool *p, const char *from,
                                      const char *phone, struct wall at, struct err *e);

struct whatsapp_template {
    struct str name, language; /* together they name it */
    struct str body;           /* with {{1}}, {{2}}, ... */
    struct str content_sid;    /* Twilio's name for it; n == 0: none */
    bool approved;
};

/* All of them, by name and language. */
NODISCARD int whatsapp_templates_list(struct db *db, struct pool *p, struct whatsapp_template **out,
                                      size_t *n_out, struct err *e);
/* Makes it, or replaces the one of that name and language. */
NODISCARD int whatsapp_template_put(struct db *db, const struct whatsapp_template *t,
                                    struct wall at, struct err *e);
/* ERR_NOT_FOUND when there is none. */
NODISCARD int whatsapp_template_delete(struct db *db, struct pool *p, const char *name,
                                       const char *language, struct err *e);

/* Has the customer of that conversation written on WhatsApp at or after that time, there or in
 * another conversation? */
NODISCARD int whatsapp_wrote_since(struct db *db, struct pool *p, const char *conversation_id,
                                   struct wall since, bool *out, struct err *e);

#endif
