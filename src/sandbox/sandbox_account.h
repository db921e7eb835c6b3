/* SPDX-License-Identifier: Apache-2.0 */
/* What the stand-ins tell of the account; whoever calls has looked at the credentials. */
#ifndef SANDBOX_SANDBOX_ACCOUNT_H
#define SANDBOX_SANDBOX_ACCOUNT_H

#include "sandbox/sandbox_private.h"

/* Twilio's account ("") and its numbers, below /2010-04-01/Accounts/{sid}/; false: it is neither.
 */
bool sandbox_account_rest(struct sandbox *s, struct str rest, struct http_request *req,
                          struct http_response *res);
/* SendGrid's scopes and webhook settings; false: it is none of them. */
bool sandbox_account_mail(struct sandbox *s, struct http_request *req, struct http_response *res);
/* Meta's number. */
void sandbox_account_meta(struct sandbox *s, struct http_request *req, struct http_response *res);

#endif
