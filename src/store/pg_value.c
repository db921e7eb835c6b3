/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values on their way: arguments to what libpq takes, results to the canonical form of store.h by
 * the type of their column. Everything is text; most cells are copied once, as they are, into one
 * block a result.
 */
#include "base/json_write.h"
#include "store/pg_private.h"

/* Types of PostgreSQL's own catalogue; their numbers never change. */
enum {
    OID_BOOL = 16,
    OID_TEXT_ARRAY = 1009,
    OID_VARCHAR_ARRAY = 1015,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184
};

#define NULL_OFFSET SIZE_MAX
#define ARRAY_MAX_BYTES ((size_t)256 * 1024 * 1024)

static int add_value(struct pg_conn *c, size_t i, struct str value, struct err *e)
{
    if (!value.p) {
        c->offsets[i] = NULL_OFFSET;
        return 0;
    }
    if (memchr(value.p, '\0', value.n)) {
        return err_set(e, ERR_INVALID, "A text holds a NUL character, which cannot be stored");
    }
    c->offsets[i] = c->text.len;
    buf_put_str(&c->text, value);
    buf_putc(&c->text, '\0');
    return 0;
}

/* The value of a personal column as it is stored. Two columns that share a parameter cannot both
 * be served. */
static int seal(struct pool *p, const struct pg_statement *st, size_t i, struct str *value,
                struct err *e)
{
    const struct personal_use *use = NULL;
    for (size_t k = 0; k < st->text.n_uses; k++) {
        const struct personal_use *other = &st->text.uses[k];
        if (other->parameter != (int)i + 1) {
            continue;
        }
        if (use && use->personal != other->personal) {
            return err_set(e, ERR_INTERNAL, "Parameter $%d goes to two personal columns",
                           other->parameter);
        }
        use = other;
    }
    if (use && value->p) {
        *value = personal_codec_get()->seal(p, use->personal, *value, use->match);
    }
    return 0;
}

int pg_values(struct pg_conn *c, const struct pg_statement *st, const struct query *q,
              struct err *e)
{
    CLEANUP(pool_free) struct pool *sealed = NULL;
    if (st->text.n_uses && personal_codec_get()) {
        sealed = pool_new();
    }
    if (q->n_args > c->values_room) {
        c->values_room = q->n_args + 16;
        c->values = xrealloc(c->values, c->values_room * sizeof *c->values);
        c->offsets = xrealloc(c->offsets, c->values_room * sizeof *c->offsets);
    }
    buf_reset(&c->text);
    for (size_t i = 0; i < q->n_args; i++) {
        char room[32];
        struct str value = arg_as_text(&q->args[i], room);
        int rc = sealed ? seal(sealed, st, i, &value, e) : 0;
        rc = rc ? rc : add_value(c, i, value, e);
        if (rc) {
            return rc;
        }
    }
    if (buf_failed(&c->text)) {
        return err_set(e, ERR_TOO_LARGE, "The values of a statement are too large to store");
    }
    for (size_t i = 0; i < q->n_args; i++) {
        c->values[i] = c->offsets[i] == NULL_OFFSET ? NULL : c->text.data + c->offsets[i];
    }
    return 0;
}

/* YYYY-MM-DD HH:MM:SS[.f...][+00] without a look at the calendar; 0 when it is something else. */
static size_t utc_to_canonical(struct str s, char *out)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd";
    size_t n = sizeof form - 1;
    if (s.n >= 3 && memcmp(s.p + s.n - 3, "+00", 3) == 0) {
        s.n -= 3;
    }
    if (s.n < n || s.n > n + 7 || (s.n > n && s.p[n] != '.')) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';
        if (form[i] == 'd' ? !digit : s.p[i] != form[i]) {
            return 0;
        }
    }
    for (size_t i = n + 1; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return 0;
        }
    }
    memcpy(out, s.p, n);
    memcpy(out + n, ".000000Z", 9);
    out[10] = 'T';
    if (s.n > n + 1) {
        memcpy(out + n + 1, s.p + n + 1, s.n - n - 1);
    }
    return WALL_TEXT_BYTES - 1;
}

struct str pg_time_to_canonical(struct str s, char out[WALL_TEXT_BYTES])
{
    size_t n = utc_to_canonical(s, out);
    if (n) {
        return (struct str){out, n};
    }
    /* Another zone's offset, which PostgreSQL shortens to hours; wall_parse wants the minutes. */
    char full[48];
    struct wall t;
    if (s.n > 3 && s.n + 3 < sizeof full && (s.p[s.n - 3] == '+' || s.p[s.n - 3] == '-')) {
        memcpy(full, s.p, s.n);
        memcpy(full + s.n, ":00", 4);
        if (wall_parse((struct str){full, s.n + 3}, &t)) {
            wall_format(t, out);
            return (struct str){out, WALL_TEXT_BYTES - 1};
        }
    }
    if (wall_parse(s, &t)) {
        wall_format(t, out);
        return (struct str){out, WALL_TEXT_BYTES - 1};
    }
    return s; /* infinity, or before our era */
}

/* Reads the element at *s up to its comma or brace into room (unescaped); true when quoted. */
static bool array_element(struct str *s, struct buf *room)
{
    buf_reset(room);
    bool quoted = s->n && s->p[0] == '"';
    size_t i = quoted;
    while (i < s->n && (quoted ? s->p[i] != '"' : s->p[i] != ',' && s->p[i] != '}')) {
        i += s->p[i] == '\\' && i + 1 < s->n;
        buf_putc(room, s->p[i++]);
    }
    i += quoted && i < s->n;
    *s = (struct str){s->p + i, s->n - i};
    return quoted;
}

struct str pg_array_to_json(struct pool *p, struct str s)
{
    struct buf out, element;
    buf_init(&out, ARRAY_MAX_BYTES);
    buf_init(&element, ARRAY_MAX_BYTES);
    struct jw j = jw_to(&out);
    while (s.n && s.p[0] != '{') { /* bounds, when they do not begin at 1 */
        s = (struct str){s.p + 1, s.n - 1};
    }
    while (s.n) {
        char c = s.p[0];
        if (c == '{' || c == '}' || c == ',') {
            s = (struct str){s.p + 1, s.n - 1};
        }
        if (c == '{') {
            jw_array(&j);
        } else if (c == '}') {
            jw_array_end(&j);
        } else if (c != ',') {
            bool quoted = array_element(&s, &element);
            if (!quoted && str_eq(buf_str(&element), STR("NULL"))) {
                jw_null(&j);
            } else {
                jw_str(&j, buf_str(&element));
            }
        }
    }
    struct str json = {str_dup(p, buf_str(&out)), out.len};
    buf_clear(&element);
    buf_clear(&out);
    return json;
}

/* Bytes that the cells of a result take in the block, their NULs included. */
static size_t block_bytes(const PGresult *r, int n, int columns)
{
    size_t bytes = 0;
    for (int k = 0; k < columns; k++) {
        Oid type = PQftype(r, k);
        bool is_time = type == OID_TIMESTAMP || type == OID_TIMESTAMPTZ;
        for (int i = 0; i < n; i++) {
            size_t len = (size_t)PQgetlength(r, i, k) + 1;
            bytes += is_time ? MAX_OF(len, (size_t)WALL_TEXT_BYTES) : len;
        }
    }
    return bytes;
}

/* One cell at *at in the block, or in the pool when its size is not known before. */
static struct str cell(struct pool *p, Oid type, struct str s, char **at)
{
    char *to = *at;
    size_t n = s.n;
    if (type == OID_TIMESTAMPTZ || type == OID_TIMESTAMP) {
        char time[WALL_TEXT_BYTES];
        struct str t = pg_time_to_canonical(s, time);
        n = t.n;
        memcpy(to, t.p, n);
    } else if (type == OID_TEXT_ARRAY || type == OID_VARCHAR_ARRAY) {
        return pg_array_to_json(p, s);
    } else if (type == OID_BOOL) {
        to[0] = s.n && s.p[0] == 't' ? '1' : '0';
        n = 1;
    } else {
        memcpy(to, s.p, n);
    }
    to[n] = '\0';
    *at = to + n + 1;
    return (struct str){to, n};
}

void pg_rows(const PGresult *r, struct pool *p, const int *personal, struct rows *out)
{
    int n = PQntuples(r);
    int columns = PQnfields(r);
    struct rows rows = {.n = (size_t)n, .columns = (size_t)columns};
    char *at = pool_alloc_raw(p, block_bytes(r, n, columns));
    rows.cells = pool_calloc(p, rows.n * rows.columns, sizeof *rows.cells);
    struct str *to = rows.cells;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < columns; k++, to++) {
            if (PQgetisnull(r, i, k)) {
                continue;
            }
            struct str s = {PQgetvalue(r, i, k), (size_t)PQgetlength(r, i, k)};
            *to = cell(p, PQftype(r, k), s, &at);
            if (personal && personal[k] >= 0) {
                *to = personal_codec_get()->open(p, personal[k], *to);
            }
        }
    }
    *out = rows;
}
