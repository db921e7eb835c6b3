/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/sandbox_script.h"

#include <string.h>

#include "base/attr.h"
#include "base/json_read.h"
#include "base/pool.h"

#define DELAY_MAX 600000

int script_read(struct sandbox *s, struct str json, script_take_fn *take, struct err *e)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    json_t *doc = NULL, *item;
    size_t i;
    int rc = json_read(p, json, &doc, e);
    if (rc < 0 || !json_is_array(doc)) {
        return rc < 0 ? rc : take(s, doc, e);
    }
    json_array_foreach (doc, i, item) {
        rc = rc < 0 ? rc : take(s, item, e);
    }
    return rc;
}

int script_check(const json_t *item, const char *what, const char *const *known, struct err *e)
{
    const char *key;
    json_t *value UNUSED;
    if (!json_is_object(item)) {
        return err_set(e, ERR_INVALID, "%s is an object", what);
    }
    json_object_foreach ((json_t *)(uintptr_t)item, key, value) {
        bool found = false;
        for (size_t i = 0; known[i] && !found; i++) {
            found = strcmp(known[i], key) == 0;
        }
        if (!found) {
            return err_field(e, ERR_INVALID, key, "%s has no such member", what);
        }
    }
    int64_t delay = json_get_i64(item, "delay_ms", 0);
    if (json_get_i64(item, "count", 1) < 1 || delay < 0 || delay > DELAY_MAX) {
        return err_set(e, ERR_INVALID, "count is at least 1, delay_ms at most %d", DELAY_MAX);
    }
    return 0;
}

int script_check_status(const json_t *item, struct err *e)
{
    int64_t status = json_get_i64(item, "status", 200);
    return status >= 200 && status <= 599
               ? 0
               : err_field(e, ERR_INVALID, "status", "status is 200 to 599");
}
