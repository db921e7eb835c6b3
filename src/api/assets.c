/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds an asset of the page by its path. Only the whole path counts: nothing here knows of
 * folders or files, so that no path can lead outside.
 */
#include "api/assets.h"

#include <stdlib.h>

static int compare(const void *key, const void *element)
{
    const struct str *path = key;
    const struct web_asset *asset = element;
    struct str other = str_of(asset->path);
    int order = memcmp(path->p, other.p, MIN_OF(path->n, other.n));
    return order ? order : (path->n > other.n) - (path->n < other.n);
}

const struct web_asset *assets_find(struct str path)
{
    if (path.n == 0) {
        return NULL;
    }
    return bsearch(&path, web_assets, web_assets_n, sizeof web_assets[0], compare);
}
