/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small codecs between bytes and text: hexadecimal, base32 and base64 (RFC 4648), percent-encoding
 * and application/x-www-form-urlencoded (WHATWG URL), digests and MACs (on OpenSSL). Decoders are
 * strict: what is not in the alphabet is an error, never skipped. Any thread.
 */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct pool;

/* Lower-case; lives in pool. */
char *hex_encode(struct pool *p, const void *bytes, size_t n);

/* RFC 4648's base32 in lower case, without padding: one word, whatever reads it. Lives in pool. */
char *base32_encode(struct pool *p, const void *bytes, size_t n);

/* Standard alphabet with padding, and the URL alphabet without. Lives in pool. */
char *base64_encode(struct pool *p, const void *bytes, size_t n);
char *base64url_encode(struct pool *p, const void *bytes, size_t n);

/* Either alphabet, padding optional. false when it is not base64. Lives in pool. */
NODISCARD bool base64_decode(struct pool *p, struct str text, struct str *out);

/* Appends s percent-encoded as a form value or query component (space becomes +). */
void form_encode(struct buf *to, struct str s);

/* Appends name=value, with & before it unless `to` is empty. */
void form_add(struct buf *to, const char *name, struct str value);

/*
 * Percent-decodes; plus_is_space for forms and queries, not for paths. A stray % stays as it is
 * (as browsers do). Lives in pool, NUL-terminated; the result may hold any byte.
 */
struct str percent_decode(struct pool *p, struct str s, bool plus_is_space);

/* Name and value pairs of a form body or a query, decoded, in their order, duplicates kept. */
struct form {
    size_t n;
    struct form_pair {
        struct str name;
        struct str value;
    } * pairs;
};

/* At most this many pairs; a body with more is refused. */
#define FORM_MAX_PAIRS 1000

/* 0; ERR_TOO_LARGE; ERR_MALFORMED when a name or value is not valid UTF-8. Lives in pool. */
NODISCARD int form_parse(struct pool *p, struct str body, struct form *out, struct err *e);

/* The first value of that name; p == NULL when there is none. */
struct str form_get(const struct form *f, const char *name);

#define SHA256_BYTES 32
#define SHA1_BYTES 20
void sha256(struct str data, unsigned char out[SHA256_BYTES]);

/* The same of what comes piece by piece. sha256_end frees it and nulls the pointer; out may be
 * NULL. */
struct sha256_sum;
NODISCARD struct sha256_sum *sha256_new(void);
void sha256_add(struct sha256_sum *sum, struct str piece);
void sha256_end(struct sha256_sum **sum, unsigned char *out);

void hmac_sha1(struct str key, struct str data, unsigned char out[SHA1_BYTES]);
void hmac_sha256(struct str key, struct str data, unsigned char out[SHA256_BYTES]);

#endif
