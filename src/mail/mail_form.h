/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/form-data (RFC 7578), as webhooks post it: fields and files. Bytes are given exactly as
 * they came; what they are encoded in is not looked at. Any thread; lives in the pool.
 */
#ifndef MAIL_MAIL_FORM_H
#define MAIL_MAIL_FORM_H

#include "mail/mail.h"

#define MAIL_FORM_PARTS_MAX 300

struct mail_form_part {
    const char *name; /* UTF-8; parts without one are left out */
    struct mail_part part;
};

struct mail_form {
    const struct mail_form_part *parts;
    size_t n;
};

/*
 * Reads a body whose Content-Type is `content_type` (the header's whole value, with its boundary).
 * From memory: the bytes must outlive the pool's content. ERR_MEDIA_TYPE when it is no form,
 * ERR_MALFORMED when there is no boundary or the form does not end, ERR_TOO_LARGE.
 */
NODISCARD int mail_form_read(struct pool *p, struct str content_type, struct str body,
                             struct mail_form *out, struct err *e);

/* The same of a file that holds the body, from its beginning, as mail_read_fd. ERR_IO. */
NODISCARD int mail_form_read_fd(struct pool *p, struct str content_type, int fd,
                                struct mail_form *out, struct err *e);

/* The first of that name; NULL when there is none. */
const struct mail_form_part *mail_form_get(const struct mail_form *form, const char *name);

/* Its bytes, in the pool. p == NULL when there is no such part or it is more than max_bytes. */
struct str mail_form_bytes(struct pool *p, const struct mail_form *form, const char *name,
                           size_t max_bytes);

#endif
