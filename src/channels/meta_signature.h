/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X-Hub-Signature-256 of Meta's webhooks: "sha256=" and the HMAC-SHA256 of the body in lower-case
 * hexadecimal, keyed with the app's secret (Meta, "Webhooks: validating payloads"). Meta escapes
 * what is not ASCII in the body, so only the bytes as they came can be checked. Any thread.
 */
#ifndef CHANNELS_META_SIGNATURE_H
#define CHANNELS_META_SIGNATURE_H

#include <stdbool.h>

#include "base/pool.h"
#include "base/str.h"

/* The header's value for that body. Lives in pool. */
char *meta_sign(struct pool *p, struct str app_secret, struct str body);

/* An empty secret or signature is never right. Constant time in the signature. */
bool meta_signature_ok(struct pool *p, struct str app_secret, struct str signature,
                       struct str body);

#endif
