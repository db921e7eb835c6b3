/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page for the staff, as it was built from web/ and put into this program. Constant data, any
 * thread. What a response says beyond it (caching, Content-Security-Policy) is the router's.
 */
#ifndef API_ASSETS_H
#define API_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct web_asset {
    const char *path; /* as requested, from "/"; the page itself is "/" */
    const char *content_type;
    const char *etag; /* with its quotes */
    bool immutable;   /* its name holds its hash: a client may keep it for ever */
    struct str bytes;
    struct str gzip; /* the same bytes compressed; p == NULL where that is not worth it */
};

/* Made by tools/embed_web.py; sorted by path. */
extern const struct web_asset web_assets[];
extern const size_t web_assets_n;

/* The asset of that path, or NULL. The path is without the query. */
const struct web_asset *assets_find(struct str path);

#endif
