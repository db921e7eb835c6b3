/* SPDX-License-Identifier: Apache-2.0 */
/* The operation on figures: reads conversations, has them counted, and writes rows, as JSON or CSV.
 */
#include <math.h>

#include "base/settings.h"
#include "domain/figures.h"
#include "ops/analytics.h"
#include "ops/app.h"
#include "ops/ops_gen.h"
#include "ops/own_zone.h"
#include "ops/render.h"
#include "store/figures.h"

#define DAYS_USUAL 30
#define DAYS_MAX 366
#define REFRESH_AT_ONCE 200

static int index_of(struct str name, const char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        if (str_eq(name, str_of(names[i]))) {
            return i;
        }
    }
    return -1;
}

static void take_row(void *arg, const struct rows *row)
{
    const struct counted c = {
        .initiated_at = row_wall(row, 0, 0),
        .channel = index_of(row_str(row, 0, 1), analytics_channels, 5),
        .score = row_i64(row, 0, 2),
        .completed_at = row_wall(row, 0, 3),
        .heard_at = row_wall(row, 0, 4),
        .answered_at = row_wall(row, 0, 5),
        .answered_by = index_of(row_str(row, 0, 6), analytics_answerers, 3),
        .escalated = row_bool(row, 0, 7),
        .progress = row_i64(row, 0, 8),
    };
    tally_add(arg, &c);
}

/* Prices are per million tokens. */
struct costing {
    struct tally *tally;
    double in, out;
};

static void take_cost(void *arg, const struct rows *row)
{
    const struct costing *costing = arg;
    struct counted c = {
        .initiated_at = row_wall(row, 0, 0),
        .channel = index_of(row_str(row, 0, 1), analytics_channels, 5),
        .answered_by = -1,
        .prompt_tokens = row_i64(row, 0, 2),
        .completion_tokens = row_i64(row, 0, 3),
    };
    c.cost =
        ((double)c.prompt_tokens * costing->in + (double)c.completion_tokens * costing->out) / 1e6;
    tally_add(costing->tally, &c);
}

static int read_day(const char *field, const char *text, int64_t *out, struct err *e)
{
    struct wall at;
    char whole[40];
    snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    if (!wall_parse(str_of(whole), &at)) {
        return err_field(e, ERR_MALFORMED, field, "%s is a day such as 2026-03-09", field);
    }
    *out = at.us / US_PER_DAY;
    return 0;
}

static int read_span(const struct show_analytics_in *in, struct span *s, struct err *e)
{
    s->last = zone_local(s->zone, wall_now()).days;
    int rc = in->until ? read_day("until", in->until, &s->last, e) : 0;
    s->first = s->last - DAYS_USUAL + 1;
    if (rc == 0 && in->from) {
        rc = read_day("from", in->from, &s->first, e);
    }
    if (rc == 0 && (s->first > s->last || s->last - s->first >= DAYS_MAX)) {
        rc = err_field(e, ERR_MALFORMED, "from", "from is at most %d days before until", DAYS_MAX);
    }
    return rc;
}

struct writing {
    struct pool *pool;
    struct span span;
    bool csv;
    bool cost; /* amounts of money: a call costs less than a cent */
    struct jw j;
    struct buf *out;
};

static const char *day_text(struct pool *p, int64_t days)
{
    int64_t year;
    int month, day;
    civil_from_days(days, &year, &month, &day);
    return pool_printf(p, "%04d-%02d-%02d", (int)year, month, day);
}

static const char *moment(struct pool *p, struct wall at)
{
    char text[WALL_TEXT_BYTES];
    wall_format(at, text);
    return pool_printf(p, "%.19sZ", text);
}

/* The list's filter for what is behind a figure. */
static const char *query_of(const struct writing *w, const struct figure *f)
{
    struct pool *p = w->pool;
    struct span day = {w->span.zone, f->day, f->day};
    const struct span *s = f->day < 0 ? &w->span : &day;
    const char *q =
        pool_printf(p, "from=%s&until=%s", moment(p, span_from(s)), moment(p, span_until(s)));
    if (f->channel >= 0) {
        q = pool_printf(p, "%s&channel=%s", q, analytics_channels[f->channel]);
    }
    if (f->answered_by >= 0) {
        q = pool_printf(p, "%s&answered_by=%s", q, analytics_answerers[f->answered_by]);
    }
    if (f->stage > 0) {
        q = pool_printf(p, "%s&stage=%s", q, analytics_stages[f->stage]);
    }
    if (f->weekday >= 0) {
        q = pool_printf(p, "%s&weekday=%d&hour=%d", q, f->weekday, f->hour);
    }
    if (w->cost) {
        q = pool_printf(p, "%s&model=true", q);
    }
    return strncmp(f->measure, "escalation", 10) == 0 ? pool_printf(p, "%s&escalated=true", q) : q;
}

static double rounded(bool cost, double v)
{
    double parts = cost ? 1e6 : 100;
    return round(v * parts) / parts;
}

static void put_number(struct jw *j, const char *key, bool there, bool cost, double v)
{
    jw_key(j, key);
    if (there) {
        jw_double(j, rounded(cost, v));
    } else {
        jw_null(j);
    }
}

static void put_int(struct jw *j, const char *key, int v)
{
    jw_key(j, key);
    if (v >= 0) {
        jw_i64(j, v);
    } else {
        jw_null(j);
    }
}

static const char *name_of(const char *const *names, int i)
{
    return i < 0 ? NULL : names[i];
}

static void write_json(struct writing *w, const struct figure *f)
{
    struct jw *j = &w->j;
    jw_object(j);
    jw_kv_text(j, "day", f->day < 0 ? NULL : day_text(w->pool, f->day));
    jw_kv_text(j, "channel", name_of(analytics_channels, f->channel));
    jw_kv_text(j, "answered_by", name_of(analytics_answerers, f->answered_by));
    put_int(j, "weekday", f->weekday);
    put_int(j, "hour", f->hour);
    jw_kv_text(j, "stage", name_of(analytics_stages, f->stage));
    jw_kv_text(j, "measure", f->measure);
    put_number(j, "value", f->has_value, w->cost, f->value);
    put_number(j, "before", f->has_before, w->cost, f->before);
    jw_kv_i64(j, "n", f->n);
    jw_kv_text(j, "query", query_of(w, f));
    jw_object_end(j);
}

static const char *cell_text(const struct writing *w, bool there, double v)
{
    return there ? pool_printf(w->pool, "%.10g", rounded(w->cost, v)) : "";
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

/* No value holds a comma, a quote or a line's end. */
static void write_csv(struct writing *w, const struct figure *f)
{
    struct pool *p = w->pool;
    buf_printf(w->out, "%s,%s,%s,%s,%s,%s,%s,%s,%s,%lld\r\n", f->day < 0 ? "" : day_text(p, f->day),
               or_empty(name_of(analytics_channels, f->channel)),
               or_empty(name_of(analytics_answerers, f->answered_by)),
               cell_text(w, f->weekday >= 0, f->weekday), cell_text(w, f->hour >= 0, f->hour),
               or_empty(name_of(analytics_stages, f->stage)), f->measure,
               cell_text(w, f->has_value, f->value), cell_text(w, f->has_before, f->before),
               (long long)f->n);
}

static void write_figure(void *arg, const struct figure *f)
{
    struct writing *w = arg;
    if (w->csv) {
        write_csv(w, f);
    } else {
        write_json(w, f);
    }
}

static void answer(struct op_call *c, struct tally *t, const struct span *s, const char *zone,
                   bool complete)
{
    const struct show_analytics_in *in = c->in;
    struct writing w = {
        c->pool,       *s,    strcmp(in->format, "csv") == 0, strcmp(in->report, "cost") == 0,
        jw_to(c->out), c->out};
    if (w.csv) {
        c->media = "text/csv; charset=utf-8";
        c->file = pool_printf(c->pool, "%s-%s-%s.csv", in->report, day_text(c->pool, s->first),
                              day_text(c->pool, s->last));
        buf_puts(c->out, "day,channel,answered_by,weekday,hour,stage,measure,value,before,n\r\n");
        tally_figures(t, write_figure, &w);
        return;
    }
    jw_object(&w.j);
    jw_kv_text(&w.j, "report", in->report);
    jw_kv_text(&w.j, "from", day_text(c->pool, s->first));
    jw_kv_text(&w.j, "until", day_text(c->pool, s->last));
    jw_kv_text(&w.j, "before_from", day_text(c->pool, 2 * s->first - s->last - 1));
    jw_kv_text(&w.j, "zone", zone);
    jw_kv_text(&w.j, "as_of", moment(c->pool, wall_now()));
    jw_kv_bool(&w.j, "complete", complete);
    jw_kv_text(&w.j, "currency", w.cost ? c->app->settings->model_currency : NULL);
    jw_key(&w.j, "rows");
    jw_array(&w.j);
    tally_figures(t, write_figure, &w);
    jw_array_end(&w.j);
    jw_object_end(&w.j);
}

static int tally_costs(struct op_call *c, struct db *db, const struct span *span, struct tally *t,
                       struct err *e)
{
    struct costing costing = {.tally = t};
    const struct settings *s = c->app->settings;
    if (!str_to_double(str_of(s->model_price_in), &costing.in) ||
        !str_to_double(str_of(s->model_price_out), &costing.out)) {
        return err_set(e, ERR_CONFIG, "model_price_in and model_price_out are prices such as 0.15");
    }
    return figures_each_cost(db, c->pool, span_before(span), span_until(span), take_cost, &costing,
                             e);
}

int op_show_analytics(struct op_call *c, struct err *e)
{
    static const char *const reports[] = {"volume", "satisfaction", "funnel", "response",
                                          "hours",  "escalations",  "cost"};
    const struct show_analytics_in *in = c->in;
    int report = index_of(str_of(in->report), reports, ARRAY_SIZE(reports));
    struct span span = {0};
    const char *zone;
    struct tally *tally = NULL;
    bool more = false;
    int rc = figures_refresh(c->app->store, c->pool, REFRESH_AT_ONCE, &more, e);
    CLEANUP(store_return) struct db *db = NULL;
    if (rc == 0) {
        rc = store_borrow(c->app->store, &db, e);
    }
    if (rc == 0) {
        rc = own_zone(c, db, &span.zone, &zone, e);
    }
    if (rc == 0) {
        rc = read_span(in, &span, e);
    }
    if (rc == 0) {
        tally = tally_new(c->pool, (enum report)report, &span);
        rc = report == REPORT_COST ? tally_costs(c, db, &span, tally, e)
                                   : figures_each(db, c->pool, span_before(&span),
                                                  span_until(&span), take_row, tally, e);
    }
    if (rc == 0) {
        answer(c, tally, &span, zone, !more);
    }
    return rc;
}
