/* SPDX-License-Identifier: Apache-2.0 */
/* The libcurl handle that HTTP and SMTP calls of a worker share, with its open connections. */
#ifndef IO_HTTP_CLIENT_PRIVATE_H
#define IO_HTTP_CLIENT_PRIVATE_H

#include <curl/curl.h>

#include "io/http_client.h"

/* Bytes on their way out, read piece by piece as libcurl wants them. */
struct sending {
    struct spooled from;
    int64_t at;
};

/* CURLOPT_READFUNCTION of a struct sending. */
size_t http_client_give(char *to, size_t size, size_t n, void *arg);

struct http_client {
    CURL *curl;
    bool not_public; /* the call in hand was kept from a connection */
    bool
        smtp_broke; /* the last mail's connection may be one that libcurl keeps though it is dead */
};

#endif
