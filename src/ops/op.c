/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding an operation and making its parameters. This is the one place where input from outside
 * becomes typed values: what passes here is within its bounds, valid UTF-8, and free of NUL.
 * Sentences name the parameter and never repeat the value, which may be personal.
 */
#include "ops/op.h"

#include <math.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/json_read.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "io/http.h"
#include "ops/op_private.h"

/* ---- values ---- */

struct reading {
    struct pool *pool;
    const struct op *op;
    char *in;
    bool seen[OP_PARAMS_MAX];
    bool command; /* names and sentences are those of a command line */
    struct err *e;
};

static int fault(const struct reading *r, const struct op_param *p, const char *what)
{
    return err_field(r->e, p->where == OP_BODY ? ERR_INVALID : ERR_MALFORMED, p->name, "%s %s",
                     p->name, what);
}

static int fault_bounds(const struct reading *r, const struct op_param *p, const char *unit)
{
    const char *what;
    if (p->max == INT64_MAX) {
        what = pool_printf(r->pool, "must be at least %lld%s", (long long)p->min, unit);
    } else if (p->min == INT64_MIN || (p->type == OP_TEXT && p->min == 0)) {
        what = pool_printf(r->pool, "must be at most %lld%s", (long long)p->max, unit);
    } else {
        what = pool_printf(r->pool, "must be from %lld to %lld%s", (long long)p->min,
                           (long long)p->max, unit);
    }
    return fault(r, p, what);
}

static void mark_set(const struct reading *r, const struct op_param *p)
{
    if (p->set_offset) {
        *(bool *)(r->in + p->set_offset) = true;
    }
}

static int put_int(const struct reading *r, const struct op_param *p, int64_t value)
{
    if (value < p->min || value > p->max) {
        return fault_bounds(r, p, "");
    }
    *(int64_t *)(void *)(r->in + p->offset) = value;
    mark_set(r, p);
    return 0;
}

static int put_number(const struct reading *r, const struct op_param *p, double value)
{
    if (!isfinite(value)) {
        return fault(r, p, "must be a number");
    }
    if ((p->min != INT64_MIN && value < (double)p->min) ||
        (p->max != INT64_MAX && value > (double)p->max)) {
        return fault_bounds(r, p, "");
    }
    *(double *)(void *)(r->in + p->offset) = value;
    mark_set(r, p);
    return 0;
}

static int put_bool(const struct reading *r, const struct op_param *p, bool value)
{
    *(bool *)(r->in + p->offset) = value;
    mark_set(r, p);
    return 0;
}

static int put_json(const struct reading *r, const struct op_param *p, json_t *value)
{
    *(json_t **)(void *)(r->in + p->offset) = value;
    return 0;
}

static int put_text(const struct reading *r, const struct op_param *p, struct str s)
{
    if (s.n < (uint64_t)p->min || s.n > (uint64_t)p->max) {
        return s.n == 0 ? fault(r, p, "must not be empty") : fault_bounds(r, p, " bytes long");
    }
    *(const char **)(void *)(r->in + p->offset) = str_dup(r->pool, s);
    return 0;
}

static int put_enum(const struct reading *r, const struct op_param *p, struct str s)
{
    const char *listed = "";
    for (const char *const *v = p->values; *v; v++) {
        if (str_eq(s, str_of(*v))) {
            *(const char **)(void *)(r->in + p->offset) = *v;
            return 0;
        }
        listed = pool_printf(r->pool, "%s%s%s", listed, v == p->values ? "" : ", ", *v);
    }
    return fault(r, p, pool_printf(r->pool, "must be one of: %s", listed));
}

static int put_uuid(const struct reading *r, const struct op_param *p, struct str s)
{
    struct id id;
    if (!id_parse(s, &id)) {
        return fault(r, p, "must be a UUID, such as 0190c2d4-7a3b-7c11-8000-2b1f6f0a9d3e");
    }
    *(const char **)(void *)(r->in + p->offset) = pool_strdup(r->pool, id.text);
    return 0;
}

static int put_time(const struct reading *r, const struct op_param *p, struct str s)
{
    struct wall at;
    bool ok = wall_parse(s, &at);
    if (!ok && s.n == 10) { /* a bare date */
        ok = wall_parse(str_of(pool_printf(r->pool, STR_FMT "T00:00:00Z", STR_ARG(s))), &at);
    }
    if (!ok) {
        return fault(r, p, "must be a time such as 2026-03-01T09:30:00Z, or a date");
    }
    /* What both stores can hold; an offset can push a time out of it. 0 stands for "no time". */
    if (at.us < days_from_civil(1, 1, 1) * US_PER_DAY ||
        at.us >= days_from_civil(10000, 1, 1) * US_PER_DAY || at.us == 0) {
        return fault(r, p, "must be within the years 1 to 9999, and not 1970-01-01T00:00:00Z");
    }
    *(struct wall *)(void *)(r->in + p->offset) = at;
    return 0;
}

static int put_string(const struct reading *r, const struct op_param *p, struct str s)
{
    if (!utf8_valid(s)) {
        return fault(r, p, "must be UTF-8 without NUL characters");
    }
    switch (p->type) {
    case OP_UUID:
        return put_uuid(r, p, s);
    case OP_TIME:
        return put_time(r, p, s);
    case OP_ENUM:
        return put_enum(r, p, s);
    default:
        return put_text(r, p, s);
    }
}

/* ---- texts: path, query, command line, defaults ---- */

static int put_number_text(const struct reading *r, const struct op_param *p, struct str s)
{
    double value;
    for (size_t i = 0; i < s.n; i++) {
        if (str_index(STR("0123456789+-.eE"), s.p[i], 0) < 0) { /* strtod knows "inf" and 0x */
            return fault(r, p, "must be a number");
        }
    }
    return str_to_double(s, &value) ? put_number(r, p, value) : fault(r, p, "must be a number");
}

static int put_json_text(const struct reading *r, const struct op_param *p, struct str s)
{
    json_t *value = NULL;
    if (json_read(r->pool, s, &value, NULL)) {
        return fault(r, p, "must be JSON");
    }
    if (p->type == OP_OBJECT ? !json_is_object(value) : !json_is_array(value)) {
        return fault(r, p, p->type == OP_OBJECT ? "must be a JSON object" : "must be a JSON array");
    }
    return put_json(r, p, value);
}

static int put_from_text(const struct reading *r, const struct op_param *p, struct str s)
{
    int64_t whole;
    bool yes;
    switch (p->type) {
    case OP_INT:
        return str_to_i64(s, &whole) ? put_int(r, p, whole) : fault(r, p, "must be a whole number");
    case OP_NUMBER:
        return put_number_text(r, p, s);
    case OP_BOOL:
        return str_to_bool(s, &yes) ? put_bool(r, p, yes) : fault(r, p, "must be true or false");
    case OP_OBJECT:
    case OP_ARRAY:
        return put_json_text(r, p, s);
    default:
        return put_string(r, p, s);
    }
}

/* ---- members of a JSON body ---- */

static int put_from_json(const struct reading *r, const struct op_param *p, json_t *v)
{
    double real = json_real_value(v);
    switch (p->type) {
    case OP_INT:
        if (json_is_integer(v)) {
            return put_int(r, p, json_integer_value(v));
        }
        /* 3.0 is an integer in JSON Schema's eyes. Up to 2^53 a double is exact. */
        if (json_is_real(v) && real == trunc(real) && fabs(real) <= 9007199254740992.0) {
            return put_int(r, p, (int64_t)real);
        }
        return fault(r, p, "must be a whole number");
    case OP_NUMBER:
        return json_is_number(v) ? put_number(r, p, json_number_value(v))
                                 : fault(r, p, "must be a number");
    case OP_BOOL:
        return json_is_boolean(v) ? put_bool(r, p, json_is_true(v))
                                  : fault(r, p, "must be true or false");
    case OP_OBJECT:
        return json_is_object(v) ? put_json(r, p, v) : fault(r, p, "must be a JSON object");
    case OP_ARRAY:
        return json_is_array(v) ? put_json(r, p, v) : fault(r, p, "must be a JSON array");
    default:
        return json_is_string(v)
                   ? put_string(r, p, (struct str){json_string_value(v), json_string_length(v)})
                   : fault(r, p, "must be a text");
    }
}

/* ---- reading all of it ---- */

static bool same_name(const char *a, const char *b, bool command)
{
    for (; *a && *b; a++, b++) {
        if (*a != *b && !(command && *a == '-' && *b == '_')) {
            return false;
        }
    }
    return *a == *b;
}

/* The parameter of that name among those that may come in a body, or in the other places. */
static const struct op_param *param_of(const struct reading *r, const char *name, bool body,
                                       bool rest)
{
    for (size_t i = 0; i < r->op->n_params; i++) {
        const struct op_param *p = &r->op->params[i];
        if ((p->where == OP_BODY ? body : rest) && same_name(name, p->name, r->command)) {
            return p;
        }
    }
    return NULL;
}

static int unknown(const struct reading *r, const char *name, bool body, bool rest)
{
    struct str shown = utf8_prefix(str_of(name), sizeof r->e->field - 1);
    const char *field = str_dup(r->pool, shown);
    struct nearest n = nearest_to(str_of(name));
    for (size_t i = 0; i < r->op->n_params; i++) {
        const struct op_param *p = &r->op->params[i];
        if (p->where == OP_BODY ? body : rest) {
            nearest_offer(&n, p->name);
        }
    }
    const char *what = r->command ? "option" : body ? "member" : "parameter";
    return n.best ? err_field(r->e, ERR_INVALID, field, "there is no %s '%s' here; is '%s' meant?",
                              what, field, n.best)
                  : err_field(r->e, ERR_INVALID, field, "there is no %s '%s' here", what, field);
}

static int take(struct reading *r, const struct op_param *p)
{
    bool *seen = &r->seen[p - r->op->params];
    if (*seen) {
        return fault(r, p, "is given twice");
    }
    *seen = true;
    return 0;
}

static int read_texts(struct reading *r, const struct op_value *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct op_param *p = param_of(r, texts[i].name, r->command, true);
        int rc = p ? take(r, p) : unknown(r, texts[i].name, r->command, true);
        if (rc || (rc = put_from_text(r, p, texts[i].text))) {
            return rc;
        }
    }
    return 0;
}

static int read_body(struct reading *r, const json_t *body)
{
    if (!json_is_object(body)) {
        return err_set(r->e, ERR_INVALID, "the body must be a JSON object");
    }
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)body, key, value) {
        const struct op_param *p = param_of(r, key, true, false);
        if (!p) {
            return unknown(r, key, true, false);
        }
        if (json_is_null(value)) { /* counts as absent */
            continue;
        }
        int rc = take(r, p);
        if (rc || (rc = put_from_json(r, p, value))) {
            return rc;
        }
    }
    return 0;
}

static int read_absent(const struct reading *r)
{
    for (size_t i = 0; i < r->op->n_params; i++) {
        const struct op_param *p = &r->op->params[i];
        if (r->seen[i]) {
            continue;
        }
        if (p->required) {
            return fault(r, p, "is required");
        }
        if (p->otherwise) {
            int rc = put_from_text(r, p, str_of(p->otherwise));
            if (rc) {
                return rc;
            }
            if (p->set_offset) {
                *(bool *)(r->in + p->set_offset) = false;
            }
        }
    }
    return 0;
}

int op_read(struct pool *p, const struct op *op, const struct op_value *texts, size_t n_texts,
            const json_t *body, bool texts_are_body, const void **in_out, struct err *e)
{
    struct reading r = {.pool = p, .op = op, .command = texts_are_body, .e = e};
    r.in = pool_alloc(p, op->in_size);
    int rc = read_texts(&r, texts, n_texts);
    if (!rc && body) {
        rc = read_body(&r, body);
    }
    if (!rc) {
        rc = read_absent(&r);
    }
    if (!rc) {
        *in_out = r.in;
    }
    return rc;
}

/* ---- finding an operation ---- */

struct walk {
    struct str parts[OP_PATH_VALUES_MAX];
    size_t n;
};

/* The node at which `rest` (without its leading slash) ends; 0: none. A literal segment goes
 * before a parameter; the depth is the number of segments that the table knows. */
static uint16_t find_node(uint16_t at, struct str rest, struct walk *w)
{
    if (!rest.p) {
        return op_nodes[at].n_routes ? at : 0;
    }
    struct str segment = str_cut(&rest, '/');
    const struct op_node *node = &op_nodes[at];
    for (size_t i = 0; i < node->n_edges; i++) {
        const struct op_edge *edge = &op_edges[node->first_edge + i];
        if (str_eq(edge->segment, segment)) {
            uint16_t found = find_node(edge->node, rest, w);
            if (found) {
                return found;
            }
            break;
        }
    }
    if (!node->any || segment.n == 0) {
        return 0;
    }
    size_t n = w->n;
    w->parts[w->n++] = segment;
    uint16_t found = find_node(node->any, rest, w);
    if (!found) {
        w->n = n;
    }
    return found;
}

static void name_values(const struct op *op, const struct walk *w, struct op_value *values,
                        size_t max, size_t *n_out)
{
    size_t n = 0;
    for (size_t i = 0; i < op->n_params && n < w->n && n < max; i++) {
        if (op->params[i].where == OP_PATH) {
            values[n] = (struct op_value){op->params[i].name, w->parts[n]};
            n++;
        }
    }
    *n_out = n;
}

const struct op *op_of_path(struct str path, int method, struct op_value *values, size_t max,
                            size_t *n_out, int *methods_out)
{
    struct walk w = {.n = 0};
    *methods_out = 0;
    if (path.n == 0 || path.p[0] != '/') {
        return NULL;
    }
    const struct op_node *node = &op_nodes[find_node(0, (struct str){path.p + 1, path.n - 1}, &w)];
    for (size_t i = 0; i < node->n_routes; i++) {
        const struct op_route *route = &op_routes[node->first_route + i];
        if (route->method == method || (method == HTTP_HEAD && route->method == HTTP_GET)) {
            name_values(&ops[route->op], &w, values, max, n_out);
            return &ops[route->op];
        }
        *methods_out |= route->method == HTTP_GET ? HTTP_GET | HTTP_HEAD : route->method;
    }
    return NULL;
}

/* How many words of argv the command takes when they begin with it; 0: they do not. */
static int words_used(const char *command, int argc, char **argv)
{
    struct str rest = str_of(command);
    int used = 0;
    while (rest.p) {
        struct str word = str_cut(&rest, ' ');
        if (used == argc || !str_eq(word, str_of(argv[used]))) {
            return 0;
        }
        used++;
    }
    return used;
}

const struct op *op_of_words(int argc, char **argv, int *used_out)
{
    const struct op *best = NULL;
    int most = 0;
    for (size_t i = 0; i < n_ops; i++) {
        int used = ops[i].cli ? words_used(ops[i].cli, argc, argv) : 0;
        if (used > most) {
            most = used;
            best = &ops[i];
        }
    }
    if (best) {
        *used_out = most;
    }
    return best;
}
