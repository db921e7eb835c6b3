/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signature of SendGrid's event webhook, and of Inbound Parse with a security policy: ECDSA
 * (base/ecdsa.h) over the timestamp header's text followed by the body's bytes as they came,
 * base64 of its DER form in a header (Twilio SendGrid, "Event Webhook security features"). Any
 * thread.
 */
#ifndef CHANNELS_SENDGRID_SIGNATURE_H
#define CHANNELS_SENDGRID_SIGNATURE_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/ecdsa.h"

#define SENDGRID_SIGNATURE "X-Twilio-Email-Event-Webhook-Signature"
#define SENDGRID_TIMESTAMP "X-Twilio-Email-Event-Webhook-Timestamp"

/*
 * A timestamp this far from now is refused: older ones are replays. SendGrid repeats a request for
 * 24 hours, and does not say whether it stamps it anew, so it is no shorter.
 */
#define SENDGRID_AGE_MAX_US (25 * 3600 * US_PER_SECOND)

/* Both headers' values as they came. An empty one is never right. */
bool sendgrid_signature_ok(const struct ecdsa_key *key, struct str signature, struct str timestamp,
                           struct str body, struct wall now);

/* The header's value for that timestamp and body; lives in pool. For a stand-in and tests. */
NODISCARD int sendgrid_sign(const struct ecdsa_key *key, struct pool *p, struct str timestamp,
                            struct str body, const char **out, struct err *e);

#endif
