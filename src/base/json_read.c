/* SPDX-License-Identifier: Apache-2.0 */
/* jansson with our limits and our errors. The pool holds the reference that frees the document. */
#include "base/json_read.h"

static void drop(void *arg)
{
    json_decref(arg);
}

static bool deeper_than(const json_t *j, int limit)
{
    if (limit == 0) {
        return json_is_object(j) || json_is_array(j);
    }
    const char *key UNUSED;
    json_t *child;
    size_t i;
    if (json_is_array(j)) {
        json_array_foreach (j, i, child) {
            if (deeper_than(child, limit - 1)) {
                return true;
            }
        }
    } else if (json_is_object(j)) {
        json_object_foreach ((json_t *)(uintptr_t)j, key, child) {
            if (deeper_than(child, limit - 1)) {
                return true;
            }
        }
    }
    return false;
}

int json_read(struct pool *p, struct str text, json_t **out, struct err *e)
{
    json_error_t why;
    json_t *j =
        json_loadb(text.n ? text.p : "", text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
    if (!j) {
        return err_set(e, ERR_MALFORMED, "the body is not JSON: line %d, column %d: %s", why.line,
                       why.column, why.text);
    }
    pool_on_free(p, drop, j);
    if (deeper_than(j, JSON_MAX_DEPTH)) {
        return err_set(e, ERR_MALFORMED, "the JSON is nested deeper than %d levels",
                       JSON_MAX_DEPTH);
    }
    *out = j;
    return 0;
}

const char *json_get_text(const json_t *object, const char *key, const char *otherwise)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s ? s : otherwise;
}

int64_t json_get_i64(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *v = json_object_get(object, key);
    return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

bool json_get_bool(const json_t *object, const char *key, bool otherwise)
{
    const json_t *v = json_object_get(object, key);
    return json_is_boolean(v) ? json_is_true(v) : otherwise;
}

struct str json_dump_to_pool(struct pool *p, const json_t *document)
{
    if (!document) {
        return (struct str){NULL, 0};
    }
    size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    size_t n = json_dumpb(document, NULL, 0, flags);
    char *text = pool_alloc(p, n + 1);
    (void)json_dumpb(document, text, n, flags);
    return (struct str){text, n};
}
