/* SPDX-License-Identifier: Apache-2.0 */
/* A site of the business's own, with the web chat: a page of another origin than the product's. */
#ifndef SANDBOX_SANDBOX_SITE_H
#define SANDBOX_SANDBOX_SITE_H

#include "io/http.h"

extern const struct str sandbox_site_html;
extern const struct str sandbox_site_css;

struct sandbox;

/* Answers when the path is one of the site's; false: it is not. Any thread that may wait. */
bool sandbox_site_serve(struct sandbox *s, struct http_request *req, struct http_response *res);

#endif
