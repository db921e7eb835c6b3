/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X-Twilio-Signature: base64 of HMAC-SHA1, keyed with the account's auth token, over the public
 * URL and, for forms, the sorted decoded parameters; for other bodies over the URL, whose
 * bodySHA256 parameter then binds the body (Twilio docs, "Webhooks security").
 */
#ifndef CHANNELS_TWILIO_SIGNATURE_H
#define CHANNELS_TWILIO_SIGNATURE_H

#include <stdbool.h>

#include "base/codec.h"
#include "base/pool.h"
#include "base/str.h"

/* The signature of `url` with the parameters of `form` (NULL: none). Lives in pool. */
char *twilio_sign(struct pool *p, struct str token, struct str url, const struct form *form);

/*
 * Accepts the URL as given, with the default port added, and without a port, as Twilio's own
 * validators do. `form` is NULL for a body that is no form: then the URL's bodySHA256 must be that
 * of `body`. An empty token or signature is never right. Constant time in the signature.
 */
bool twilio_signature_ok(struct pool *p, struct str token, struct str signature, struct str url,
                         const struct form *form, struct str body);

#endif
