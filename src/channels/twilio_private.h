/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of Twilio's REST interface share. */
#ifndef CHANNELS_TWILIO_PRIVATE_H
#define CHANNELS_TWILIO_PRIVATE_H

#include <jansson.h>

#include "channels/provider.h"
#include "io/http_client.h"

/* The address of something of the account's, such as "Calls"; lives in pool. */
char *twilio_account_url(struct pool *p, const struct provider_account *account, const char *what);

/* The address of the account's messages; lives in pool. */
char *twilio_messages_url(struct pool *p, const struct provider_account *account);

/* A request to it, with the account's name and token. */
struct http_call twilio_call(const struct provider_account *account, const char *method,
                             const char *url);

/* What an answer means that is no success. */
void twilio_read_refusal(struct pool *p, const struct http_answer *answer,
                         struct provider_result *out);

/* Reads "Thu, 24 Aug 2023 05:01:45 +0000"; false when it is none. */
bool twilio_date(const char *text, struct wall *out);

/* One page of messages, newest first; both live in pool. *next_out is the next page's address, NULL
 * when there is none. */
NODISCARD int twilio_read_page(struct http_client *http, struct pool *p,
                               const struct provider_account *account, const char *url,
                               const json_t **messages_out, const char **next_out, struct err *e);

/* The members of provider_twilio that are in twilio_list.c. */
int twilio_list(struct http_client *http, struct pool *p, const struct provider_account *account,
                struct wall since, provider_page_fn *each, void *arg, struct err *e);
int twilio_request(struct http_client *http, struct pool *p, const struct provider_account *account,
                   const struct provider_listed *listed, struct str *body_out, struct err *e);

/* A message of the list; false when it is none. Borrows from the document. For the fuzzer, too. */
bool twilio_read_listed(struct pool *p, const json_t *message, struct provider_listed *out);
/* Its form, with `media`: a document of Twilio's list of its files; NULL: none. */
struct str twilio_form_of(struct pool *p, const struct provider_account *account,
                          const struct provider_listed *listed, const json_t *media);

#endif
