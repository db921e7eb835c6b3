/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real table: each operation is found by its own path and command, its defaults can be read,
 * and the document that describes it is JSON that names it.
 */
#include "base/json_read.h"
#include "io/http.h"
#include "ops/ops_gen.h"
#include "tap.h"

#define DEFINE(name)                                                                               \
    int op_##name(struct op_call *call, struct err *e)                                             \
    {                                                                                              \
        (void)call;                                                                                \
        return err_set(e, ERR_UNSUPPORTED, #name);                                                 \
    }
OPS_EACH(DEFINE)

/* The path with each {parameter} replaced by its name without the braces. */
static struct str plain(struct pool *p, const char *path)
{
    char *to = pool_strdup(p, path), *end = to;
    for (const char *c = path; *c; c++) {
        if (*c != '{' && *c != '}') {
            *end++ = *c;
        }
    }
    return (struct str){to, (size_t)(end - to)};
}

TEST(each_operation_is_found_by_its_path)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < n_ops; i++) {
        struct op_value values[8];
        size_t n = 0, want = 0;
        int methods;
        tap_case("%s", ops[i].name);
        if (!ops[i].path) {
            continue;
        }
        for (size_t k = 0; k < ops[i].n_params; k++) {
            want += ops[i].params[k].where == OP_PATH;
        }
        OK(op_of_path(plain(p, ops[i].path), ops[i].method, values, 8, &n, &methods) == &ops[i]);
        EQ_INT(n, want);
        for (size_t k = 0; k < n; k++) {
            EQ_VIEW(values[k].text, values[k].name);
        }
    }
}

TEST(each_operation_is_found_by_its_command)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < n_ops; i++) {
        if (!ops[i].cli) {
            continue;
        }
        char *argv[8] = {0};
        int argc = 0, used = 0;
        struct str rest = str_of(ops[i].cli);
        while (rest.p) {
            argv[argc++] = str_dup(p, str_cut(&rest, ' '));
        }
        tap_case("%s", ops[i].name);
        OK(op_of_words(argc, argv, &used) == &ops[i]);
        EQ_INT(used, argc);
    }
}

TEST(each_default_can_be_read)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < n_ops; i++) {
        struct op op = ops[i];
        struct op_param params[64];
        for (size_t k = 0; k < op.n_params; k++) {
            params[k] = ops[i].params[k];
            params[k].required = false;
        }
        op.params = params;
        const void *in = NULL;
        struct err e = {0};
        tap_case("%s", op.name);
        OK_MSG(op_read(p, &op, NULL, 0, NULL, false, &in, &e) == 0, "%s", e.text);
    }
}

TEST(the_document_names_each_operation)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    json_t *document = NULL;
    struct err e = {0};
    if (!OK_MSG(json_read(p, openapi_document, &document, &e) == 0, "%s", e.text)) {
        return;
    }
    EQ_STR(json_get_text(document, "openapi", ""), "3.1.0");
    EQ_STR(json_get_text(json_object_get(document, "info"), "version", ""), AVA_VERSION);
    static const char *const methods[] = {"get", "post", "put", "patch", "delete"};
    for (size_t i = 0; i < n_ops; i++) {
        if (!ops[i].path) {
            continue;
        }
        const json_t *item = json_object_get(json_object_get(document, "paths"), ops[i].path);
        size_t found = 0;
        for (size_t k = 0; k < ARRAY_SIZE(methods); k++) {
            const json_t *one = json_object_get(item, methods[k]);
            found += strcmp(json_get_text(one, "operationId", ""), ops[i].name) == 0;
        }
        tap_case("%s", ops[i].name);
        EQ_INT(found, 1);
    }
}

int main(void)
{
    return tap_run();
}
