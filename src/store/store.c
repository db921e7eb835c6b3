/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all drivers share: values in and out, wake-ups, the choice of the driver by the url, and
 * what happens at every statement whichever driver runs it (metrics, injected faults, and that a
 * transaction with a failed statement is never committed). Knows no SQL.
 */
#include "store/store.h"

#include <assert.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/metrics.h"
#include "store/store_private.h"

struct arg arg_null(void)
{
    return (struct arg){.type = ARG_NULL};
}

struct arg arg_str(struct str s)
{
    return (struct arg){.type = s.p ? ARG_TEXT : ARG_NULL, .text = s};
}

struct arg arg_text(const char *s)
{
    return arg_str(str_of(s));
}

struct arg arg_i64(int64_t v)
{
    return (struct arg){.type = ARG_I64, .i64 = v};
}

struct arg arg_i64_or_null(int64_t v)
{
    return (struct arg){.type = v ? ARG_I64 : ARG_NULL, .i64 = v};
}

struct arg arg_double(double v)
{
    return (struct arg){.type = ARG_DOUBLE, .real = v};
}

struct arg arg_bool(bool v)
{
    return (struct arg){.type = ARG_BOOL, .i64 = v};
}

struct arg arg_wall(struct wall t)
{
    struct arg a = {.type = t.us ? ARG_TEXT : ARG_NULL};
    if (t.us) {
        wall_format(t, a.time);
    }
    return a;
}

struct str arg_as_text(const struct arg *a, char room[32])
{
    int n = 0;
    switch (a->type) {
    case ARG_NULL:
        return (struct str){NULL, 0};
    case ARG_TEXT:
        return a->text.p ? a->text : (struct str){a->time, WALL_TEXT_BYTES - 1};
    case ARG_I64:
        n = snprintf(room, 32, "%lld", (long long)a->i64);
        break;
    case ARG_DOUBLE:
        n = snprintf(room, 32, "%.17g", a->real);
        break;
    case ARG_BOOL:
        n = snprintf(room, 32, "%d", a->i64 != 0);
        break;
    }
    return (struct str){room, (size_t)n};
}

const char *row_text(const struct rows *r, size_t row, size_t column)
{
    return row_str(r, row, column).p;
}

int64_t row_i64(const struct rows *r, size_t row, size_t column)
{
    int64_t value = 0;
    (void)!str_to_i64(row_str(r, row, column), &value);
    return value;
}

bool row_bool(const struct rows *r, size_t row, size_t column)
{
    struct str s = row_str(r, row, column);
    return s.n == 1 && s.p[0] == '1';
}

bool row_is_null(const struct rows *r, size_t row, size_t column)
{
    return row_str(r, row, column).p == NULL;
}

double row_double(const struct rows *r, size_t row, size_t column)
{
    double value = 0;
    (void)!str_to_double(row_str(r, row, column), &value);
    return value;
}

struct wall row_wall(const struct rows *r, size_t row, size_t column)
{
    struct wall t = {0};
    (void)!wall_parse(row_str(r, row, column), &t);
    return t;
}

void row_sink_init(struct row_sink *sink, struct pool *p, size_t columns)
{
    *sink = (struct row_sink){.pool = p, .rows = {.columns = columns}};
}

struct str *row_sink_add(struct row_sink *sink)
{
    struct rows *r = &sink->rows;
    if (r->n == sink->room) {
        size_t room = sink->room ? sink->room * 4 : 8;
        struct str *cells = pool_alloc_raw(sink->pool, room * r->columns * sizeof *cells);
        if (r->n) {
            memcpy(cells, r->cells, r->n * r->columns * sizeof *cells);
        }
        r->cells = cells;
        sink->room = room;
    }
    return r->cells + r->n++ * r->columns;
}

/* Every statement passes here first, so that a test can make any one of them fail. */
static int count_statements(size_t n, struct err *e)
{
    metric_add(METRIC_store_queries_total, (int64_t)n);
    for (size_t i = 0; i < n; i++) {
        if (fault_hit(FAULT_STORE)) {
            return err_set(e, ERR_UNAVAILABLE, "injected");
        }
    }
    return 0;
}

static int note_failure(struct db *db, int rc)
{
    if (rc) {
        metric_add(METRIC_store_errors_total, 1);
        if (db->writing && !db->failed) {
            db->failed = rc;
        }
    }
    return rc;
}

/* For a driver that gives whole results: their rows are passed on afterwards. */
static int run_collected(struct db *db, struct pool *p, const struct query *queries, size_t n,
                         struct err *e)
{
    struct query *whole = pool_calloc(p, n, sizeof *whole);
    struct rows *rows = pool_calloc(p, n, sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        whole[i] = queries[i];
        if (whole[i].each) {
            whole[i].each = NULL;
            whole[i].rows = &rows[i];
        }
    }
    int rc = db->ops->run(db, p, whole, n, e);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        for (size_t k = 0; queries[i].each && k < rows[i].n; k++) {
            size_t columns = rows[i].columns;
            struct rows row = {1, columns, rows[i].cells + k * columns};
            queries[i].each(queries[i].arg, &row);
        }
    }
    return rc;
}

static bool wants_each(const struct query *queries, size_t n)
{
    bool wanted = false;
    for (size_t i = 0; i < n; i++) {
        wanted |= queries[i].each != NULL;
    }
    return wanted;
}

int db_many(struct db *db, struct pool *p, const struct query *queries, size_t n, struct err *e)
{
    int rc = count_statements(n, e);
    if (rc == 0) {
        bool collect = !db->ops->passes_rows && wants_each(queries, n);
        rc = (collect ? run_collected : db->ops->run)(db, p, queries, n, e);
    }
    return note_failure(db, rc);
}

int db_rows(struct db *db, struct pool *p, const struct sql *sql, const struct arg *args,
            size_t n_args, struct rows *out, struct err *e)
{
    struct query query = {sql, args, n_args, out};
    return db_many(db, p, &query, 1, e);
}

int db_exec(struct db *db, const struct sql *sql, const struct arg *args, size_t n_args,
            struct err *e)
{
    assert(db->writing);
    struct query query = {sql, args, n_args, NULL};
    int rc = count_statements(1, e);
    if (rc == 0) {
        rc = db->ops->exec(db, &query, e);
    }
    return note_failure(db, rc);
}

void db_wake(struct db *db, enum store_wake what)
{
    assert(db->writing);
    db->wakes |= what;
}

enum store_engine db_engine(const struct db *db)
{
    return db->ops->engine;
}

enum store_engine store_engine(const struct store *s)
{
    return s->ops->engine;
}

struct write_call {
    store_write_fn *fn;
    void *arg;
};

/* What the driver runs, perhaps several times: the caller's function, and may it be committed? */
static int run_write(struct db *db, void *arg, struct err *e)
{
    const struct write_call *call = arg;
    db->wakes = 0;
    db->failed = 0;
    int rc = call->fn(db, call->arg, e);
    if (rc == 0 && db->failed) {
        return err_set(e, db->failed, "A statement of the transaction had failed; it is undone");
    }
    if (rc == 0 && fault_hit(FAULT_STORE)) {
        return err_set(e, ERR_UNAVAILABLE, "injected");
    }
    return rc;
}

int store_write(struct store *s, store_write_fn *fn, void *arg, struct err *e)
{
    struct write_call call = {fn, arg};
    int rc = s->ops->write(s, run_write, &call, e);
    metric_add(rc == 0 ? METRIC_store_transactions_total : METRIC_store_rollbacks_total, 1);
    return rc;
}

int store_exclusive(struct store *s, store_write_fn *fn, void *arg, struct err *e)
{
    struct write_call call = {fn, arg};
    return s->ops->exclusive(s, run_write, &call, e);
}

int db_script(struct db *db, const char *text, struct err *e)
{
    assert(db->writing);
    int rc = count_statements(1, e);
    if (rc == 0) {
        rc = db->ops->script(db, text, e);
    }
    return note_failure(db, rc);
}

int store_borrow(struct store *s, struct db **out, struct err *e)
{
    return s->ops->borrow(s, out, e);
}

void store_return(struct db **db)
{
    if (db && *db) {
        (*db)->ops->give_back(*db);
        *db = NULL;
    }
}

bool store_at_once(struct store *s)
{
    return s->ops->at_once && s->ops->at_once(s);
}

int store_ping(struct store *s, struct err *e)
{
    return s->ops->ping(s, e);
}

void store_on_wake(struct store *s, void (*fn)(void *arg, unsigned what), void *arg)
{
    size_t n = atomic_load_explicit(&s->n_listeners, memory_order_relaxed);
    assert(n < ARRAY_SIZE(s->listeners));
    s->listeners[n] = (struct wake_listener){fn, arg};
    atomic_store_explicit(&s->n_listeners, n + 1, memory_order_release); /* whole for who sees it */
}

void wakes_fire(struct store *s, unsigned what)
{
    size_t n = atomic_load_explicit(&s->n_listeners, memory_order_acquire);
    for (size_t i = 0; what && i < n; i++) {
        s->listeners[i].fn(s->listeners[i].arg, what);
    }
}

static const struct driver_ops *driver_for(struct str url)
{
    static const struct {
        struct str prefix;
        const struct driver_ops *ops;
    } drivers[] = {
        {STR("sqlite:"), &driver_sqlite},
        {STR("postgres://"), &driver_postgres},
        {STR("postgresql://"), &driver_postgres},
        {STR("scripted:"), &driver_scripted},
    };
    for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
        if (str_starts(url, drivers[i].prefix)) {
            return drivers[i].ops;
        }
    }
    return NULL;
}

/*
 * The address in our own form. The voice-only system's (SQLAlchemy's) name the client library, as
 * in postgresql+psycopg2://, and write sqlite:///./x.db for a relative and sqlite:////x.db for an
 * absolute path.
 */
static char *own_form(const char *url)
{
    struct str rest = str_of(url);
    struct str scheme = str_cut(&rest, ':');
    ptrdiff_t plus = str_index(scheme, '+', 0);
    size_t skip = 0;
    if (str_eq(scheme, STR("sqlite")) && rest.p) {
        skip = str_starts(rest, STR("///./")) || str_starts(rest, STR("////")) ? 3 : 0;
    }
    if (!rest.p || (plus < 0 && skip == 0)) {
        return xstrdup(url);
    }
    struct buf b;
    buf_init(&b, strlen(url));
    buf_add(&b, scheme.p, plus < 0 ? scheme.n : (size_t)plus);
    buf_putc(&b, ':');
    buf_add(&b, rest.p + skip, rest.n - skip);
    return buf_take(&b, NULL);
}

int store_open(const struct store_config *config, struct store **out, struct err *e)
{
    char *url = own_form(config->url);
    const struct driver_ops *ops = driver_for(str_of(url));
    if (!ops) {
        free(url);
        /* The url itself is not shown: it may hold a password. */
        return err_field(e, ERR_CONFIG, "database_url",
                         "The database address must begin with sqlite: or postgres://");
    }
    struct store *s = xcalloc(1, sizeof *s);
    s->ops = ops;
    s->config = *config;
    s->config.url = s->url = url;
    s->config.connections = MAX_OF(config->connections, 1);
    s->config.group_max = MAX_OF(config->group_max, 1);
    int rc = ops->open(&s->config, s, e);
    if (rc) {
        free(s->url);
        free(s);
        return rc;
    }
    *out = s;
    return 0;
}

void store_free(struct store **s)
{
    if (!s || !*s) {
        return;
    }
    (*s)->ops->close(*s);
    free((*s)->url);
    free(*s);
    *s = NULL;
}
