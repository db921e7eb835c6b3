/* SPDX-License-Identifier: Apache-2.0 */
/*
 * op.c over a table of its own (op_table/), made by the generator like the real one: how values
 * are read, how they are refused, and how a path or a command finds its operation.
 */
#include <stdlib.h>

#include "base/json_read.h"
#include "io/http.h"
#include "ops_gen.h"
#include "tap.h"

/* Nothing here calls an operation; each has its own function so that the table can be checked. */
#define DEFINE(name)                                                                               \
    int op_##name(struct op_call *call, struct err *e)                                             \
    {                                                                                              \
        call->status = (int)(sizeof #name);                                                        \
        return err_set(e, ERR_UNSUPPORTED, #name);                                                 \
    }
OPS_EACH(DEFINE)

static const struct op *named(const char *name)
{
    for (size_t i = 0; i < n_ops; i++) {
        if (strcmp(ops[i].name, name) == 0) {
            return &ops[i];
        }
    }
    abort();
}

#define UUID "0190c2d4-7a3b-7c11-8000-2b1f6f0a9d3e"

/* ---- reading texts ---- */

static int read_one(struct pool *p, const char *name, const char *value, const void **in,
                    struct err *e)
{
    struct op_value v = {name, str_of(value)};
    *e = (struct err){0};
    return op_read(p, named("list_things"), &v, 1, NULL, false, in, e);
}

TEST(absent_values_are_defaults_and_say_so)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const void *raw;
    EQ_INT(op_read(p, named("list_things"), NULL, 0, NULL, false, &raw, NULL), 0);
    const struct list_things_in *in = raw;
    EQ_INT(in->limit, 20);
    OK(!in->limit_set && !in->after_set && !in->exact_set && !in->ratio_set);
    OK(!in->kind && !in->owner && !in->text);
    EQ_INT(in->since.us, 0);
}

TEST(query_values_become_typed)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const void *raw;
    struct op_value all[] = {
        {"limit", STR("100")},       {"after", STR("-9223372036854775808")},
        {"ratio", STR("0.25")},      {"kind", STR("square")},
        {"exact", STR("no")},        {"since", STR("2026-03-01")},
        {"text", STR("\xc3\xbc b")}, {"owner", STR("0190C2D4-7A3B-7C11-8000-2B1F6F0A9D3E")},
    };
    EQ_INT(op_read(p, named("list_things"), all, ARRAY_SIZE(all), NULL, false, &raw, NULL), 0);
    const struct list_things_in *in = raw;
    OK(in->limit == 100 && in->limit_set);
    OK(in->after == INT64_MIN && in->after_set);
    OK(in->ratio > 0.2499 && in->ratio < 0.2501 && in->ratio_set);
    EQ_STR(in->kind, "square");
    OK(!in->exact && in->exact_set);
    EQ_STR(in->owner, UUID);
    EQ_STR(in->text, "\xc3\xbc b");
    char since[WALL_TEXT_BYTES];
    wall_format(in->since, since);
    EQ_STR(since, "2026-03-01T00:00:00.000000Z");
}

TEST(query_values_of_the_wrong_form_are_malformed)
{
    static const struct {
        const char *name, *value, *text;
    } rows[] = {
        {"limit", "ten", "limit must be a whole number"},
        {"limit", "", "limit must be a whole number"},
        {"limit", "1.0", "limit must be a whole number"},
        {"limit", " 1", "limit must be a whole number"},
        {"limit", "0x10", "limit must be a whole number"},
        {"limit", "0", "limit must be from 1 to 100"},
        {"limit", "101", "limit must be from 1 to 100"},
        {"after", "9223372036854775808", "after must be a whole number"},
        {"ratio", "nan", "ratio must be a number"},
        {"ratio", "inf", "ratio must be a number"},
        {"ratio", "0x1p-1", "ratio must be a number"},
        {"ratio", "1e400", "ratio must be a number"},
        {"ratio", "1.01", "ratio must be from 0 to 1"},
        {"kind", "Square", "kind must be one of: round, square"},
        {"kind", "", "kind must be one of: round, square"},
        {"exact", "maybe", "exact must be true or false"},
        {"since", "yesterday", "since must be a time such as 2026-03-01T09:30:00Z, or a date"},
        {"since", "2026-02-30", "since must be a time such as 2026-03-01T09:30:00Z, or a date"},
        {"since", "0001-01-01T00:00:00+01:00", NULL},
        {"since", "9999-12-31T23:59:59-01:00", NULL},
        {"since", "1970-01-01", NULL},
        {"owner", "1234", NULL},
        {"text", "12345678901", "text must be at most 10 bytes long"},
        {"text", "\xff", "text must be UTF-8 without NUL characters"},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const void *in = &rows;
        struct err e;
        tap_case("%s=%s", rows[i].name, rows[i].value);
        EQ_INT(read_one(p, rows[i].name, rows[i].value, &in, &e), ERR_MALFORMED);
        EQ_STR(e.field, rows[i].name);
        OK(in == &rows); /* untouched */
        if (rows[i].text) {
            EQ_STR(e.text, rows[i].text);
        }
    }
}

TEST(nul_in_a_value_is_refused)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct op_value v = {"text", STR("a\0b")};
    const void *in;
    EQ_INT(op_read(p, named("list_things"), &v, 1, NULL, false, &in, NULL), ERR_MALFORMED);
}

TEST(unknown_and_repeated_names_are_refused)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const void *in;
    struct err e;
    EQ_INT(read_one(p, "limt", "1", &in, &e), ERR_INVALID);
    EQ_STR(e.field, "limt");
    EQ_STR(e.text, "there is no parameter 'limt' here; is 'limit' meant?");
    EQ_INT(read_one(p, "frobnicate", "1", &in, &e), ERR_INVALID);
    EQ_STR(e.text, "there is no parameter 'frobnicate' here");

    struct op_value twice[] = {{"limit", STR("1")}, {"limit", STR("1")}};
    e = (struct err){0};
    EQ_INT(op_read(p, named("list_things"), twice, 2, NULL, false, &in, &e), ERR_MALFORMED);
    EQ_STR(e.text, "limit is given twice");

    /* A name from the path cannot be given again in the query. */
    struct op_value both[] = {{"thing_id", STR(UUID)}, {"thing_id", STR(UUID)}};
    EQ_INT(op_read(p, named("show_thing"), both, 2, NULL, false, &in, NULL), ERR_MALFORMED);

    /* A body's member is none of the query. */
    struct op_value name = {"name", STR("x")};
    EQ_INT(op_read(p, named("make_thing"), &name, 1, NULL, false, &in, NULL), ERR_INVALID);

    /* 200 bytes, cut at a whole character for the field. */
    char *longest = pool_alloc(p, 201);
    for (int i = 0; i < 200; i += 2) {
        memcpy(longest + i, "\xc3\xbc", 2);
    }
    EQ_INT(read_one(p, longest, "1", &in, &e), ERR_INVALID);
    EQ_INT(strlen(e.field), 62);
}

TEST(a_malformed_id_in_the_path_is_malformed)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct op_value v = {"thing_id", STR("17")};
    const void *in;
    struct err e = {0};
    EQ_INT(op_read(p, named("show_thing"), &v, 1, NULL, false, &in, &e), ERR_MALFORMED);
    EQ_STR(e.field, "thing_id");
    v.text = STR("0190C2D4-7A3B-7C11-8000-2B1F6F0A9D3E");
    EQ_INT(op_read(p, named("show_thing"), &v, 1, NULL, false, &in, &e), 0);
    EQ_STR(((const struct show_thing_in *)in)->thing_id, UUID);
}

/* ---- reading a body ---- */

static int read_json(struct pool *p, const char *text, const struct make_thing_in **in,
                     struct err *e)
{
    json_t *body = NULL;
    const void *raw = NULL;
    if (!OK(json_read(p, str_of(text), &body, NULL) == 0)) {
        return 1;
    }
    if (e) {
        *e = (struct err){0};
    }
    int rc = op_read(p, named("make_thing"), NULL, 0, body, false, &raw, e);
    *in = raw;
    return rc;
}

TEST(a_body_becomes_typed)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const struct make_thing_in *in;
    EQ_INT(read_json(p,
                     "{\"name\":\"Ann\",\"count\":-3,\"weight\":2,\"ready\":false,"
                     "\"kind\":\"square\",\"owner\":\"" UUID "\","
                     "\"made_at\":\"2026-03-01T01:00:00.5+01:00\",\"extra\":{\"a\":[1]},"
                     "\"parts\":[]}",
                     &in, NULL),
           0);
    EQ_STR(in->name, "Ann");
    OK(in->count == -3 && in->count_set);
    OK(in->weight > 1.99 && in->weight < 2.01 && in->weight_set);
    OK(!in->ready && in->ready_set);
    EQ_STR(in->kind, "square");
    EQ_STR(in->owner, UUID);
    OK(json_is_object(in->extra) && json_is_array(in->parts));
    char made[WALL_TEXT_BYTES];
    wall_format(in->made_at, made);
    EQ_STR(made, "2026-03-01T00:00:00.500000Z");
}

TEST(null_in_a_body_counts_as_absent)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const struct make_thing_in *in;
    struct err e;
    EQ_INT(read_json(p,
                     "{\"name\":\"A\",\"count\":null,\"ready\":null,\"kind\":null,\"owner\":null,"
                     "\"made_at\":null,\"extra\":null,\"parts\":null,\"weight\":null}",
                     &in, NULL),
           0);
    OK(in->count == 7 && !in->count_set);
    OK(in->ready && !in->ready_set);
    EQ_STR(in->kind, "round");
    OK(!in->owner && !in->extra && !in->parts && !in->weight_set);
    EQ_INT(read_json(p, "{\"name\":null}", &in, &e), ERR_INVALID);
    EQ_STR(e.text, "name is required");
}

TEST(a_body_that_does_not_fit_is_invalid)
{
    static const struct {
        const char *body, *field, *text;
    } rows[] = {
        {"[]", "", "the body must be a JSON object"},
        {"\"name\"", "", "the body must be a JSON object"},
        {"null", "", "the body must be a JSON object"},
        {"{}", "name", "name is required"},
        {"{\"name\":\"\"}", "name", "name must not be empty"},
        {"{\"name\":5}", "name", "name must be a text"},
        {"{\"name\":\"123456789012345678901\"}", "name", "name must be from 1 to 20 bytes long"},
        {"{\"count\":\"5\"}", "count", "count must be a whole number"},
        {"{\"count\":5.5}", "count", "count must be a whole number"},
        {"{\"count\":1e300}", "count", "count must be a whole number"},
        {"{\"count\":-4}", "count", "count must be from -3 to 1000"},
        {"{\"count\":true}", "count", "count must be a whole number"},
        {"{\"weight\":\"1\"}", "weight", "weight must be a number"},
        {"{\"ready\":1}", "ready", "ready must be true or false"},
        {"{\"ready\":\"true\"}", "ready", "ready must be true or false"},
        {"{\"kind\":\"flat\"}", "kind", "kind must be one of: round, square"},
        {"{\"kind\":[]}", "kind", "kind must be a text"},
        {"{\"owner\":\"\"}", "owner", NULL},
        {"{\"made_at\":1700000000}", "made_at", "made_at must be a text"},
        {"{\"extra\":[]}", "extra", "extra must be a JSON object"},
        {"{\"parts\":{}}", "parts", "parts must be a JSON array"},
        {"{\"nam\":\"A\"}", "nam", "there is no member 'nam' here; is 'name' meant?"},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct make_thing_in *in;
        struct err e;
        tap_case("%s", rows[i].body);
        EQ_INT(read_json(p, rows[i].body, &in, &e), ERR_INVALID);
        EQ_STR(e.field, rows[i].field);
        if (rows[i].text) {
            EQ_STR(e.text, rows[i].text);
        }
    }
}

TEST(a_whole_number_may_be_written_with_a_point)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const struct make_thing_in *in;
    EQ_INT(read_json(p, "{\"name\":\"A\",\"count\":3.0}", &in, NULL), 0);
    EQ_INT(in->count, 3);
}

TEST(a_command_passes_the_body_as_texts)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const void *raw;
    struct err e = {0};
    struct op_value v[] = {{"name", STR("Ann")},
                           {"made-at", STR("2026-03-01")},
                           {"extra", STR("{\"a\":1}")},
                           {"parts", STR("[1,2]")}};
    EQ_INT(op_read(p, named("make_thing"), v, 4, NULL, true, &raw, &e), 0);
    const struct make_thing_in *in = raw;
    EQ_INT(json_array_size(in->parts), 2);
    OK(json_is_object(in->extra) && in->made_at.us != 0);

    v[3].text = STR("{}");
    EQ_INT(op_read(p, named("make_thing"), v, 4, NULL, true, &raw, &e), ERR_INVALID);
    EQ_STR(e.text, "parts must be a JSON array");
    v[3].text = STR("[1,");
    EQ_INT(op_read(p, named("make_thing"), v, 4, NULL, true, &raw, &e), ERR_INVALID);
    EQ_STR(e.text, "parts must be JSON");
    struct op_value typo = {"nmae", STR("Ann")};
    EQ_INT(op_read(p, named("make_thing"), &typo, 1, NULL, true, &raw, &e), ERR_INVALID);
    EQ_STR(e.field, "nmae");
}

/* ---- finding ---- */

TEST(paths_find_their_operation)
{
    static const struct {
        const char *path;
        int method;
        const char *op; /* NULL: none */
        int methods;
        const char *first, *first_name, *second;
    } rows[] = {
        {"/api/things", HTTP_GET, "list_things", 0, NULL, NULL, NULL},
        {"/api/things", HTTP_HEAD, "list_things", 0, NULL, NULL, NULL},
        {"/api/things", HTTP_POST, "make_thing", 0, NULL, NULL, NULL},
        {"/api/things", HTTP_PUT, NULL, HTTP_GET | HTTP_HEAD | HTTP_POST, NULL, NULL, NULL},
        {"/api/things/", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"/api//things", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"/api", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"/", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"api/things", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"/API/things", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"/api/thing", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"/api/thingss", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"/api/things/17", HTTP_GET, "show_thing", 0, "17", "thing_id", NULL},
        {"/api/things/17", HTTP_DELETE, "drop_thing", 0, "17", "thing", NULL},
        {"/api/things/17", HTTP_POST, NULL, HTTP_GET | HTTP_HEAD | HTTP_DELETE, NULL, NULL, NULL},
        {"/api/things/search", HTTP_GET, "find_things", 0, NULL, NULL, NULL},
        {"/api/things/searching", HTTP_GET, "show_thing", 0, "searching", "thing_id", NULL},
        {"/api/things/search/words", HTTP_GET, "other_search", 0, NULL, NULL, NULL},
        {"/api/things/search/parts/3", HTTP_GET, "show_part", 0, "search", "thing_id", "3"},
        {"/api/things/a/parts", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"/api/things/a/parts/3/x", HTTP_GET, NULL, 0, NULL, NULL, NULL},
        {"/api/things//parts/3", HTTP_GET, NULL, 0, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct op_value values[4] = {0};
        size_t n = 0;
        int methods = -1;
        tap_case("%s", rows[i].path);
        const struct op *op =
            op_of_path(str_of(rows[i].path), rows[i].method, values, 4, &n, &methods);
        EQ_STR(op ? op->name : NULL, rows[i].op);
        if (!op) {
            EQ_INT(methods, rows[i].methods);
            continue;
        }
        EQ_INT(n, (rows[i].first != NULL) + (rows[i].second != NULL));
        if (rows[i].first) {
            EQ_VIEW(values[0].text, rows[i].first);
            EQ_STR(values[0].name, rows[i].first_name);
        }
        if (rows[i].second) {
            EQ_VIEW(values[1].text, rows[i].second);
            EQ_STR(values[1].name, "part_no");
        }
    }
}

TEST(no_more_values_are_written_than_there_is_room)
{
    struct op_value values[2] = {{NULL, {NULL, 0}}, {"guard", STR("guard")}};
    size_t n;
    int methods;
    OK(op_of_path(STR("/api/things/a/parts/3"), HTTP_GET, values, 1, &n, &methods));
    EQ_INT(n, 1);
    EQ_STR(values[1].name, "guard");
}

TEST(words_find_the_longest_command)
{
    char *argv[] = {(char[]){"things"}, (char[]){"show"}, (char[]){"nothing"}, (char[]){"--x"},
                    NULL};
    int used = 0;
    const struct op *op = op_of_words(4, argv, &used);
    EQ_STR(op ? op->name : NULL, "drop_thing");
    EQ_INT(used, 3);
    op = op_of_words(2, argv, &used);
    EQ_STR(op ? op->name : NULL, "show_thing");
    EQ_INT(used, 2);
    OK(!op_of_words(1, argv, &used));
    OK(!op_of_words(0, argv, &used));
    EQ_INT(used, 2); /* untouched */
}

/* ---- what the generator wrote ---- */

TEST(the_table_is_what_the_file_says)
{
    const struct op *op = named("make_thing");
    EQ_INT(n_ops, 7);
    EQ_INT(op->method, HTTP_POST);
    EQ_INT(op->status, 201);
    OK(op->idempotent && !named("list_things")->idempotent);
    OK(op->fn == op_make_thing);
    EQ_INT(op->permission, PERMISSION_THINGS_WRITE);
    EQ_INT(named("show_part")->permission, PERMISSION_NONE);
    OK(!named("find_things")->cli);
    EQ_STR(permission_names[PERMISSION_THINGS_READ], "things.read");
    EQ_INT(PERMISSION_COUNT, 2);
    EQ_INT(PERMISSIONS_ALL, 3);
    OK(permission_held(2, PERMISSION_THINGS_WRITE) && !permission_held(2, PERMISSION_THINGS_READ));
    OK(permission_held(0, PERMISSION_NONE));
    EQ_STR(enum_kind[1], "square");
}

int main(void)
{
    return tap_run();
}
