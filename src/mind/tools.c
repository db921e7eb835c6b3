/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calling a tool: its arguments are checked against tools.def, it is given the store it needs, and
 * what it answered is kept in the list of calls. This file is master of how a call counts once; it
 * knows nothing of what the tools do.
 */
#include "mind/tools.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "domain/zone.h"
#include "mind/tools_private.h"
#include "store/store.h"
#include "store/tool_results.h"

#define TEXT_MAX 2000

enum row_is { IS_TOOL, IS_PARAM };
enum kind { NONE, SERVICE, PROVIDER, DATE, TIME, WHEN, NUMBER, TEXT };
enum need { MAY, NEEDED };

struct row {
    enum row_is is;
    const char *name, *says;
    bool writes; /* of a tool */
    tool_fn *call;
    enum kind kind; /* of a parameter */
    enum need need;
};

#define TOOL(name_, writes_, says_) {IS_TOOL, #name_, says_, writes_, tool_##name_, NONE, MAY},
#define PARAM(name_, kind_, need_, says_) {IS_PARAM, #name_, says_, false, NULL, kind_, need_},
static const struct row table[] = {
#include "mind/tools.def"
};
#undef TOOL
#undef PARAM

struct tools {
    struct pool *pool;
    const struct tools_config *config;
    struct tool_call *first, *last;
    struct tool_call *peeks; /* newest first */
    const char *unchecked;   /* why the calendar could not be asked: once a turn is enough */
    struct mono deadline;    /* of what is asked outside */
};

void tools_until(struct tools *t, struct mono deadline)
{
    t->deadline = deadline;
}

struct tools *tools_new(struct pool *p, const struct tools_config *config)
{
    struct tools *t = pool_alloc(p, sizeof *t);
    *t = (struct tools){.pool = p, .config = config};
    return t;
}

const struct tool_call *tools_calls(const struct tools *t)
{
    return t->first;
}

json_t *tools_text(const char *s)
{
    return s ? json_string(s) : json_null();
}

const char *tools_local(const struct tool_ctx *c, struct wall at)
{
    struct local_time local = zone_local(c->config->facts->zone, at);
    int64_t year;
    int month, day;
    civil_from_days(local.days, &year, &month, &day);
    return pool_printf(c->pool, "%04d-%02d-%02dT%02d:%02d", (int)year, month, day,
                       local.minutes / 60, local.minutes % 60);
}

static void drop(void *json)
{
    json_decref(json);
}

static json_t *keep(struct pool *p, json_t *json)
{
    pool_on_free(p, drop, json);
    return json;
}

static const struct row *find_tool(const char *name)
{
    for (const struct row *r = table; name && r < table + ARRAY_SIZE(table); r++) {
        if (r->is == IS_TOOL && strcmp(r->name, name) == 0) {
            return r;
        }
    }
    return NULL;
}

#define EACH_PARAM(r, tool)                                                                        \
    const struct row *r = (tool) + 1;                                                              \
    r < table + ARRAY_SIZE(table) && r->is == IS_PARAM;                                            \
    r++

/* ---- arguments -------------------------------------------------------------------------- */

static bool digits_at(struct str s, const char *form)
{
    bool same = s.n == strlen(form);
    for (size_t i = 0; same && i < s.n; i++) {
        same = form[i] == '0' ? s.p[i] >= '0' && s.p[i] <= '9' : s.p[i] == form[i];
    }
    return same;
}

static int number_at(struct str s, size_t at, size_t n)
{
    int value = 0;
    for (size_t i = at; i < at + n; i++) {
        value = value * 10 + (s.p[i] - '0');
    }
    return value;
}

static bool read_date(struct str s, int64_t *days_out)
{
    if (!digits_at(s, "0000-00-00")) {
        return false;
    }
    int64_t days = days_from_civil(number_at(s, 0, 4), number_at(s, 5, 2), number_at(s, 8, 2));
    int64_t year;
    int month, day;
    civil_from_days(days, &year, &month, &day);
    *days_out = days;
    return year == number_at(s, 0, 4) && month == number_at(s, 5, 2) && day == number_at(s, 8, 2);
}

static bool read_time(struct str s, int64_t *minutes_out)
{
    if (!digits_at(s, "00:00")) {
        return false;
    }
    *minutes_out = number_at(s, 0, 2) * 60 + number_at(s, 3, 2);
    return number_at(s, 3, 2) < 60 && *minutes_out <= 1440;
}

static bool read_when(const struct facts *f, struct str s, struct tool_in *in)
{
    int64_t days, minutes;
    if (s.n == 19 && memcmp(s.p + 16, ":00", 3) == 0) {
        s.n = 16;
    }
    if (s.n != 16 || (s.p[10] != 'T' && s.p[10] != ' ') ||
        !read_date((struct str){s.p, 10}, &days) ||
        !read_time((struct str){s.p + 11, 5}, &minutes) || minutes >= 1440) {
        return false;
    }
    in->start = zone_moment(f->zone, days, (int)minutes);
    struct local_time shown = zone_local(f->zone, in->start);
    in->start_exists = shown.days == days && shown.minutes == minutes;
    return true;
}

static const struct facts_service *service_of(const struct facts *f, struct str s)
{
    for (size_t i = 0; i < f->n_services; i++) {
        if (str_eq_nocase(s, str_of(f->services[i].key)) ||
            str_eq_nocase(s, str_of(f->services[i].name))) {
            return &f->services[i];
        }
    }
    return NULL;
}

static const struct facts_provider *provider_of(const struct facts *f, struct str s)
{
    for (size_t i = 0; i < f->n_providers; i++) {
        if (str_eq_nocase(s, str_of(f->providers[i].key)) ||
            str_eq_nocase(s, str_of(f->providers[i].name))) {
            return &f->providers[i];
        }
    }
    return NULL;
}

/* Where a text or a number of that name goes. */
static void *member(struct tool_in *in, const char *name)
{
    static const struct {
        const char *name;
        size_t offset;
    } members[] = {
        {"name", offsetof(struct tool_in, name)},
        {"phone", offsetof(struct tool_in, phone)},
        {"email", offsetof(struct tool_in, email)},
        {"requests", offsetof(struct tool_in, requests)},
        {"reason", offsetof(struct tool_in, reason)},
        {"summary", offsetof(struct tool_in, summary)},
        {"question", offsetof(struct tool_in, question)},
        {"date_from", offsetof(struct tool_in, date_from)},
        {"date_to", offsetof(struct tool_in, date_to)},
        {"time_from", offsetof(struct tool_in, time_from)},
        {"time_to", offsetof(struct tool_in, time_to)},
        {"limit", offsetof(struct tool_in, limit)},
        {"appointment_id", offsetof(struct tool_in, appointment_id)},
    };
    size_t i = 0;
    while (strcmp(members[i].name, name) != 0) {
        i++;
    }
    return (char *)in + members[i].offset;
}

static bool read_number(const json_t *value, int64_t *out)
{
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return *out > 0;
    }
    return json_is_string(value) && str_to_i64(str_of(json_string_value(value)), out) && *out > 0;
}

/* A sentence that says what is wanted, or NULL. */
static const char *read_value(const struct tool_ctx *c, const struct row *r, const json_t *value,
                              struct tool_in *in)
{
    static const char *const wanted[] = {
        [SERVICE] = "the key of a service",
        [PROVIDER] = "the key of a provider",
        [DATE] = "a date as YYYY-MM-DD",
        [TIME] = "a time as HH:MM",
        [WHEN] = "a local time as YYYY-MM-DDTHH:MM",
        [NUMBER] = "a whole number above 0",
        [TEXT] = "a text of at most 2000 bytes",
    };
    const struct facts *f = c->config->facts;
    struct str s = str_trim(str_of(json_string_value(value)));
    bool ok = s.p != NULL && s.n > 0 && s.n <= TEXT_MAX;
    if (r->kind == NUMBER) {
        ok = read_number(value, member(in, r->name));
    } else if (ok && r->kind == SERVICE) {
        in->service = service_of(f, s);
        in->service_given = true;
    } else if (ok && r->kind == PROVIDER) {
        in->provider = provider_of(f, s);
        in->provider_given = true;
    } else if (ok && r->kind == DATE) {
        ok = read_date(s, member(in, r->name));
    } else if (ok && r->kind == TIME) {
        ok = read_time(s, member(in, r->name));
    } else if (ok && r->kind == WHEN) {
        ok = f->zone && read_when(f, s, in);
    } else if (ok) {
        *(const char **)member(in, r->name) = str_dup(c->pool, s);
    }
    return ok ? NULL : wanted[r->kind];
}

static const struct row *find_param(const struct row *tool, const char *name)
{
    for (EACH_PARAM(r, tool)) {
        if (strcmp(r->name, name) == 0) {
            return r;
        }
    }
    return NULL;
}

/* Does it matter to the tool what is busy in the calendar outside? */
static bool is_about_times(const struct row *tool)
{
    bool is = false;
    for (EACH_PARAM(r, tool)) {
        is = is || r->kind == DATE || r->kind == WHEN;
    }
    return is;
}

static bool left_out(const json_t *value)
{
    return !value || json_is_null(value) ||
           (json_is_string(value) && str_trim(str_of(json_string_value(value))).n == 0);
}

static const char *read_args(const struct tool_ctx *c, const struct row *tool, json_t *args,
                             struct tool_in *in)
{
    const char *name;
    json_t *value;
    if (args && !json_is_object(args)) {
        return "the arguments must be a JSON object";
    }
    json_object_foreach (args, name, value) {
        if (!find_param(tool, name)) {
            return pool_printf(c->pool, "%s takes no \"%.40s\": leave it out", tool->name, name);
        }
    }
    for (EACH_PARAM(r, tool)) {
        value = json_object_get(args, r->name);
        if (left_out(value)) {
            if (r->need == NEEDED) {
                return pool_printf(c->pool, "%s needs \"%s\": %s", tool->name, r->name, r->says);
            }
            continue;
        }
        const char *wanted = read_value(c, r, value, in);
        if (wanted) {
            return pool_printf(c->pool, "\"%s\" must be %s", r->name, wanted);
        }
    }
    return NULL;
}

/* ---- calling ---------------------------------------------------------------------------- */

/* How many calls of that tool went well; before `until`, NULL: so far. */
static int calls_of(const struct tools *t, const char *tool, const struct tool_call *until)
{
    int n = 0;
    for (const struct tool_call *c = t->first; c != until; c = c->next) {
        n += strcmp(c->name, tool) == 0 && !c->failed;
    }
    return n;
}

/*
 * Names a call that writes by its tool and its number among the calls of that tool: a language
 * model that takes the turn again may ask in another order.
 */
static const char *call_key(const struct tools *t, const struct row *tool)
{
    return pool_printf(t->pool, "%s:%s:%d", t->config->turn_key, tool->name,
                       calls_of(t, tool->name, NULL) + 1);
}

/* One that reads also by its arguments: with others it is another question. */
static const char *reading_key(const struct tools *t, const char *tool, const json_t *args,
                               const struct tool_call *until)
{
    unsigned char digest[SHA256_BYTES];
    sha256(args ? json_dump_to_pool(t->pool, args) : STR("{}"), digest);
    return pool_printf(t->pool, "%s:%s:%d:%s", t->config->turn_key, tool,
                       calls_of(t, tool, until) + 1, hex_encode(t->pool, digest, 8));
}

static const char *peek_key(const struct tools *t, const char *tool)
{
    return pool_printf(t->pool, "%s:%s:peek", t->config->turn_key, tool);
}

/* What was recorded when the turn was taken before; *out stays as it is when there is nothing. */
static int recall(const struct tools *t, struct db *db, const char *key, json_t **out,
                  struct err *e)
{
    struct str recorded;
    int rc = tool_results_get(db, t->pool, key, &recorded, e);
    return rc == 0 && recorded.p ? json_read(t->pool, recorded, out, e) : rc;
}

struct write_call {
    struct tools *tools;
    struct tool_ctx *ctx;
    const struct row *tool;
    const struct tool_in *in;
    const char *key; /* NULL: no turn, so nothing to count once */
    json_t *out;
};

static void say_unchecked(const struct tool_ctx *c, json_t *result)
{
    if (c->unchecked && result) {
        json_object_set_new(result, "calendar", json_string("not checked"));
    }
}

/* What was read since the write before this one. */
static int keep_readings(struct db *db, const struct tools *t, struct err *e)
{
    const struct tool_call *from = t->first;
    for (const struct tool_call *c = from; c; c = c->next) {
        from = !c->failed && find_tool(c->name)->writes ? c->next : from;
    }
    int rc = 0;
    for (const struct tool_call *c = t->peeks; c && rc == 0; c = c->next) {
        rc = tool_results_keep(db, peek_key(t, c->name), json_dump_to_pool(t->pool, c->result),
                               t->config->now, e);
    }
    for (const struct tool_call *c = from; c && rc == 0; c = c->next) {
        if (!c->failed) {
            rc = tool_results_keep(db, reading_key(t, c->name, c->args, c),
                                   json_dump_to_pool(t->pool, c->result), t->config->now, e);
        }
    }
    return rc;
}

static int write_once(struct db *db, void *arg, struct err *e)
{
    struct write_call *w = arg;
    struct pool *p = w->ctx->pool;
    json_t *out = NULL;
    int rc = w->key ? recall(w->tools, db, w->key, &out, e) : 0;
    if (rc < 0 || out) {
        w->out = out;
        return rc;
    }
    w->ctx->db = db;
    rc = w->tool->call(w->ctx, w->in, &out, e);
    if (out) {
        keep(p, out);
        say_unchecked(w->ctx, out);
    }
    if (rc == 0 && w->key) {
        rc = tool_results_put(db, w->key, json_dump_to_pool(p, out), w->ctx->config->now, e);
        rc = rc == 0 ? keep_readings(db, w->tools, e) : rc;
    }
    w->out = out;
    return rc;
}

static int call_writing(struct tools *t, struct tool_ctx *c, const struct row *tool,
                        const struct tool_in *in, json_t **out, struct err *e)
{
    struct write_call w = {t, c, tool, in, NULL, NULL};
    if (t->config->turn_key) {
        w.key = call_key(t, tool);
    }
    int rc = store_write(t->config->store, write_once, &w, e);
    if (rc == ERR_CONFLICT) { /* the same turn is being taken elsewhere: its result is there now */
        rc = store_write(t->config->store, write_once, &w, e);
    }
    if (rc == 0) {
        *out = w.out;
    }
    return rc;
}

static int call_reading(struct tools *t, struct tool_ctx *c, const struct row *tool,
                        const struct tool_in *in, const json_t *args, json_t **out, struct err *e)
{
    CLEANUP(store_return) struct db *db = NULL;
    json_t *result = NULL;
    int rc = t->config->store ? store_borrow(t->config->store, &db, e) : 0;
    if (rc == 0 && db && t->config->again && t->config->turn_key) {
        rc = recall(t, db, reading_key(t, tool->name, args, NULL), &result, e);
    }
    if (rc < 0 || result) {
        *out = result;
        return rc;
    }
    c->db = db;
    rc = tool->call(c, in, &result, e);
    if (result) {
        keep(t->pool, result);
        say_unchecked(c, result);
    }
    if (rc == 0) {
        *out = result;
    }
    return rc;
}

static json_t *failure(struct pool *p, const char *sentence)
{
    return keep(p, json_pack("{s:s}", "error", sentence));
}

/* Fills in the record's result, failed and unchecked. */
static const char *ask_calendar(struct tools *t, struct tool_ctx *c, const struct tool_in *in)
{
    if (t->unchecked) {
        return t->unchecked;
    }
    const char *why = tools_ask_calendar(c, in);
    t->unchecked = c->times.unread ? NULL : why; /* of several calendars some were read */
    return why;
}

static json_t *call(struct tools *t, const struct row *tool, const char *name, json_t *args,
                    struct tool_call *record)
{
    struct tool_ctx c = {.pool = t->pool, .config = t->config, .deadline = t->deadline};
    struct tool_in in = {0};
    struct err e = {0};
    json_t *out = NULL;
    record->failed = true;
    if (!tool) {
        return failure(t->pool, pool_printf(t->pool, "there is no tool \"%.60s\"", name));
    }
    const char *wrong = read_args(&c, tool, args, &in);
    if (wrong) {
        return failure(t->pool, wrong);
    }
    if (tool->writes && !t->config->store) {
        return failure(t->pool, "there is no store to write to: nothing was done");
    }
    if (t->config->store && is_about_times(tool)) {
        c.unchecked = record->unchecked = ask_calendar(t, &c, &in);
    }
    record->wrote = tool->writes;
    int rc = tool->writes ? call_writing(t, &c, tool, &in, &out, &e)
                          : call_reading(t, &c, tool, &in, args, &out, &e);
    if (rc < 0) {
        return failure(t->pool, err_text(&e, rc));
    }
    record->failed = false;
    return out;
}

json_t *tools_call(struct tools *t, const char *name, json_t *args)
{
    struct tool_call *record = pool_alloc(t->pool, sizeof *record);
    const char *called = name && utf8_valid(str_of(name)) ? name : "";
    record->name = pool_strdup(t->pool, called);
    record->args = keep(t->pool, args ? json_deep_copy(args) : json_object());
    record->result = call(t, find_tool(called), called, args, record);
    if (t->last) {
        t->last->next = record;
    } else {
        t->first = record;
    }
    t->last = record;
    return record->result;
}

static json_t *peek_of_before(struct tools *t, const char *tool)
{
    CLEANUP(store_return) struct db *db = NULL;
    json_t *result = NULL;
    struct err e = {0};
    bool before = t->config->store && t->config->again && t->config->turn_key;
    if (before && store_borrow(t->config->store, &db, &e) == 0 &&
        recall(t, db, peek_key(t, tool), &result, &e) < 0) {
        return failure(t->pool, err_text(&e, ERR_UNAVAILABLE));
    }
    return result;
}

json_t *tools_peek(struct tools *t, const char *name)
{
    struct tool_call made = {0};
    const struct row *tool = find_tool(name);
    if (tool && tool->writes) {
        return keep(t->pool, json_pack("{s:s}", "error", "it writes"));
    }
    json_t *result = tool ? peek_of_before(t, name) : NULL;
    if (result) {
        return result;
    }
    result = call(t, tool, name, NULL, &made);
    if (!made.failed) {
        struct tool_call *peek = pool_alloc(t->pool, sizeof *peek);
        *peek = (struct tool_call){.name = tool->name, .result = result, .next = t->peeks};
        t->peeks = peek;
    }
    return result;
}

/* ---- describing ------------------------------------------------------------------------- */

static json_t *schema_of(const struct row *r)
{
    static const char *const patterns[] = {
        /* Without \d, which llama.cpp cannot make a grammar of. */
        [DATE] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        [TIME] = "^[0-9]{2}:[0-9]{2}$",
        [WHEN] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$",
        [TEXT] = NULL,
    };
    json_t *schema = json_pack("{s:s, s:s}", "type", r->kind == NUMBER ? "integer" : "string",
                               "description", r->says);
    if (patterns[r->kind]) {
        json_object_set_new(schema, "pattern", json_string(patterns[r->kind]));
    }
    return schema;
}

json_t *tools_describe(struct pool *p)
{
    json_t *list = json_array();
    for (const struct row *tool = table; tool < table + ARRAY_SIZE(table); tool++) {
        if (tool->is != IS_TOOL) {
            continue;
        }
        json_t *properties = json_object(), *required = json_array();
        for (EACH_PARAM(r, tool)) {
            json_object_set_new(properties, r->name, schema_of(r));
            if (r->need == NEEDED) {
                json_array_append_new(required, json_string(r->name));
            }
        }
        json_array_append_new(list, json_pack("{s:s, s:{s:s, s:s, s:{s:s, s:o, s:o, s:b}}}", "type",
                                              "function", "function", "name", tool->name,
                                              "description", tool->says, "parameters", "type",
                                              "object", "properties", properties, "required",
                                              required, "additionalProperties", 0));
    }
    return keep(p, list);
}
