/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox with a product of the simplest kind before it, for tests of what the two say to each
 * other: the product checks signatures, remembers what came, and may echo by REST.
 */
#ifndef TWILIO_FIXTURE_H
#define TWILIO_FIXTURE_H

#include <stdatomic.h>

#include "base/json_read.h"
#include "channels/provider.h"
#include "io/http.h"
#include "io/http_client.h"
#include "sandbox/sandbox.h"
#include "tap.h"

#define TOKEN "12345"
#define CUSTOMER "+15550100002"
#define SEEN_MAX 64

struct product {
    struct http_server *server;
    int port;
    struct pool *pool; /* one worker: what it writes is read after it has stopped or counted */
    struct sandbox *sandbox;
    bool echo;
    bool gullible; /* takes what is not signed, too */
    atomic_int texts, reports, forged;
    struct {
        char sid[35], status[16], error_code[11];
    } seen[SEEN_MAX];
    char last_body[256];
};

struct fixture {
    struct pool *pool;
    struct http_client *http;
    struct sandbox *sandbox;
    struct provider_account account;
    struct provider_send message;
    struct product product;
};

/* false when it could not begin, which the test has noted. journal: NULL or the sandbox's file. */
bool twilio_begin(struct fixture *f, const char *journal);
void twilio_end(struct fixture *f);
/* f->message by the provider. */
struct provider_result twilio_send_text(struct fixture *f);
/* Until the counter has come to n, five seconds at most. */
bool twilio_wait_for(atomic_int *counter, int n);
/* The sandbox's answer to a request, its JSON in *out; the HTTP status. */
int twilio_ask(struct fixture *f, const char *method, const char *path, const char *body,
               json_t **out);

#endif
