/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to one of Google's REST interfaces as a service account: with a deadline, with a token
 * that is got when it is needed and kept until shortly before its end, and with Google's ways of
 * saying no. The interface is shared by all threads; an asking is one thread's.
 */
#ifndef DOMAIN_GOOGLE_API_H
#define DOMAIN_GOOGLE_API_H

#include "base/clock.h"
#include "base/err.h"
#include "base/pool.h"
#include "base/str.h"
#include "io/http_client.h"

struct google_api;
struct google_line;

/* url: what all paths begin with; key_file: the service account's, as text. Copies them; *out is
 * returned owned. ERR_MALFORMED for the key file. */
NODISCARD int google_api_new(const char *url, const char *scope, struct str key_file,
                             struct google_api **out, struct err *e);
void google_api_free(struct google_api **api);

/* One or more requests that must be over by a deadline. */
struct google_asking {
    struct google_api *api;
    struct google_line *line;
    struct pool *pool;
    struct mono deadline;
    int64_t retry_after_ms; /* of the last answer; -1: it said nothing */
    struct err *e;
};

/* Every beginning has an end. */
struct google_asking google_begin(struct google_api *api, struct pool *p, int ms, struct err *e);
void google_end(struct google_asking *a);

/*
 * One request, with a new token and once more when Google does not accept the token. 0 when an
 * answer came, whatever its status. ERR_TIMEOUT (the deadline), ERR_PROVIDER, ERR_CONFIG (Google
 * refuses the account).
 */
NODISCARD int google_request(struct google_asking *a, const char *method, const char *path,
                             struct str body, struct http_answer *answer);

/* The error of an answer that is not the wanted one: ERR_PROVIDER when it may be another time, and
 * ERR_CONFIG when not before somebody does something. */
int google_refused(struct google_asking *a, const struct http_answer *answer);

#endif
