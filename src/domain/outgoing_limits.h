/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files may go along with a message, by its channel. What is refused here the provider would
 * refuse too, but later and in other words. Any thread.
 *
 * Texts: Twilio's "Accepted content types for media" (ten files, 5 MB together with the body).
 * WhatsApp: Meta's Cloud API, "Supported media types" (one file a message; pictures 5 MB, films and
 * sounds 16 MB, documents 100 MB, of which Twilio takes 16 MB). E-mail: what most servers take of
 * one, 25 MB, less what base64 adds.
 */
#ifndef DOMAIN_OUTGOING_LIMITS_H
#define DOMAIN_OUTGOING_LIMITS_H

#include "base/err.h"
#include "base/str.h"
#include "domain/channel.h"

#define OUTGOING_FILES_MAX 20
#define OUTGOING_BYTES_MAX (18u << 20) /* together */

struct outgoing_kind {
    const char *content_type; /* by its first bytes; NULL: not known */
    int64_t size_bytes;
};

/* May these go along with a message of so many bytes of text? ERR_INVALID with the field, or
 * ERR_TOO_LARGE, in words that staff may read. */
NODISCARD int outgoing_limits_check(enum channel channel, const struct outgoing_kind *files,
                                    size_t n, size_t text_bytes, struct err *e);

#endif
