/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The product's HTTP interface: the table of operations, the webhooks of providers, the live
 * sockets, health, figures, the OpenAPI document and the dashboard's files, as one http_app.
 */
#ifndef API_API_H
#define API_API_H

#include "channels/outbox.h"
#include "io/http.h"
#include "ops/app.h"

struct chat_hub;
struct live;
struct media_streams;
struct voice_desk;
struct voice_door;

struct api {
    struct app *app;
    struct live *live;
    struct chat_hub *chat;
    struct voice_desk *voice; /* NULL: no calls are taken */
    struct voice_door *voice_door;
    struct media_streams *phone; /* of calls by telephone; NULL: none are taken */
    const char *public_url;      /* without a slash at its end */
    struct str media_secret;     /* of domain/media_link.h */
    bool secure;                 /* it begins with https: cookies are Secure */
    size_t body_max_bytes;
};

/* Its argument is a struct api, which outlives the server. */
extern const struct http_app api_http_app;

#endif
