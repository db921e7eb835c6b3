/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The places in what the staff answer again and again: {{customer_first_name}} and the like, which
 * whoever takes the template has filled in before it is sent. Any thread.
 */
#ifndef DOMAIN_REPLY_TEMPLATE_H
#define DOMAIN_REPLY_TEMPLATE_H

#include "base/err.h"
#include "base/str.h"

/* The names of places, NULL-terminated. */
extern const char *const reply_template_places[];

/* Are all places of it known, and closed? ERR_INVALID with the field "body", which says those that
 * there are. */
NODISCARD int reply_template_check(struct str body, struct err *e);

#endif
