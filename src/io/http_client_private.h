/* SPDX-License-Identifier: Apache-2.0 */
/* The libcurl handle that HTTP and SMTP calls of a worker share, with its open connections. */
#ifndef IO_HTTP_CLIENT_PRIVATE_H
#define IO_HTTP_CLIENT_PRIVATE_H

#include <curl/curl.h>

#include "io/http_client.h"

struct http_client {
    CURL *curl;
    bool not_public; /* the call in hand was kept from a connection */
    bool
        smtp_broke; /* the last mail's connection may be one that libcurl keeps though it is dead */
};

#endif
