/* SPDX-License-Identifier: Apache-2.0 */
/* Events and what is busy, with Google's rules on ids: one that was ever used stays taken. */
#include <stdlib.h>

#include "base/id.h"
#include "base/json_read.h"
#include "sandbox/sandbox_google_private.h"

#define CALENDARS_MAX 50

static void drop(void *json)
{
    json_decref(json);
}

static bool exists(struct str calendar)
{
    return calendar.n > 0 && !str_starts(calendar, STR("missing"));
}

struct google_event *google_find(struct sandbox *s, struct str calendar, struct str id)
{
    struct google_state *g = s->google;
    for (size_t i = 0; i < g->n; i++) {
        if (str_eq(str_of(g->events[i].id), id) &&
            str_eq(str_of(g->events[i].calendar), calendar)) {
            return &g->events[i];
        }
    }
    return NULL;
}

static bool read_moment(const json_t *event, const char *key, struct wall *out)
{
    const json_t *at = json_object_get(event, key);
    const char *date = json_get_text(at, "date", NULL);
    char whole[40];
    if (date) { /* all day; Google takes the calendar's zone, the sandbox UTC */
        snprintf(whole, sizeof whole, "%.10sT00:00:00Z", date);
        return wall_parse(str_of(whole), out);
    }
    return wall_parse(str_of(json_get_text(at, "dateTime", "")), out);
}

/* Takes what an event says, all of it, into ev. false when the times are not proper. */
static bool fill(struct pool *p, struct google_event *ev, json_t *event)
{
    struct wall start, end;
    if (!read_moment(event, "start", &start) || !read_moment(event, "end", &end) ||
        end.us <= start.us) {
        return false;
    }
    const char *status = json_get_text(event, "status", "confirmed");
    ev->start = start;
    ev->end = end;
    ev->transparent = strcmp(json_get_text(event, "transparency", "opaque"), "transparent") == 0;
    ev->deleted = strcmp(status, "cancelled") == 0;
    json_object_del(event, "id");
    json_object_del(event, "status");
    free(ev->body);
    ev->body = xstrdup(json_dump_to_pool(p, event).p);
    return true;
}

static bool is_id(const char *id)
{
    size_t n = strlen(id);
    return n >= 5 && n <= GOOGLE_ID_MAX && strspn(id, "0123456789abcdefghijklmnopqrstuv") == n;
}

static struct google_event *add(struct google_state *g)
{
    if (g->n == g->room) {
        g->room = g->room ? g->room * 2 : 64;
        g->events = xrealloc(g->events, g->room * sizeof *g->events);
    }
    return &g->events[g->n++];
}

struct google_event *google_insert(struct sandbox *s, const struct google_task *t,
                                   struct str calendar, json_t *event)
{
    struct pool *p = t->req->pool;
    struct google_state *g = s->google;
    const char *id = json_get_text(event, "id", NULL);
    if (!id) {
        unsigned char random[10];
        random_bytes(random, sizeof random);
        id = hex_encode(p, random, sizeof random);
    }
    if (!is_id(id)) {
        google_error(t->res, 400, "global", "invalid", "Invalid resource id value.");
        return NULL;
    }
    if (google_find(s, calendar, str_of(id))) {
        google_error(t->res, 409, "global", "duplicate",
                     "The requested identifier already exists.");
        return NULL;
    }
    if (g->n == GOOGLE_EVENTS_MAX) {
        google_error(t->res, 403, "usageLimits", "quotaExceeded",
                     "Calendar usage limits exceeded.");
        return NULL;
    }
    struct google_event ev = {.calendar = xstrdup(str_dup(p, calendar)), .id = xstrdup(id)};
    if (!fill(p, &ev, event)) {
        free(ev.calendar);
        free(ev.id);
        google_error(t->res, 400, "calendar", "timeRangeEmpty",
                     "The specified time range is empty.");
        return NULL;
    }
    struct google_event *kept = add(g);
    *kept = ev;
    return kept;
}

void google_write_event(struct jw *j, struct pool *p, const struct google_event *ev)
{
    json_t *event = NULL;
    if (json_read(p, str_of(ev->body), &event, NULL) < 0) {
        event = json_object();
        pool_on_free(p, drop, event);
    }
    json_object_set_new(event, "kind", json_string("calendar#event"));
    json_object_set_new(event, "id", json_string(ev->id));
    json_object_set_new(event, "status", json_string(ev->deleted ? "cancelled" : "confirmed"));
    jw_raw(j, json_dump_to_pool(p, event));
}

static void answer(const struct google_task *t, const struct google_event *ev)
{
    struct jw j = jw_to(&t->res->body);
    google_write_event(&j, t->req->pool, ev);
}

static json_t *read_body(const struct google_task *t)
{
    json_t *body = NULL;
    if (json_read(t->req->pool, t->req->body, &body, NULL) < 0 || !json_is_object(body)) {
        google_error(t->res, 400, "global", "parseError", "Parse Error");
        return NULL;
    }
    return body;
}

static void patch(struct sandbox *s, const struct google_task *t, struct google_event *ev)
{
    json_t *old = NULL, *body = read_body(t);
    s->google->patches++;
    if (!body) {
        return;
    }
    if (ev->by_hand) {
        google_error(t->res, 403, "global", "forbidden", "Forbidden");
        return;
    }
    if (json_read(t->req->pool, str_of(ev->body), &old, NULL) == 0) {
        json_object_update(old, body);
    }
    if (!fill(t->req->pool, ev, old)) {
        google_error(t->res, 400, "calendar", "timeRangeEmpty",
                     "The specified time range is empty.");
        return;
    }
    answer(t, ev);
}

static void remove_event(struct sandbox *s, const struct google_task *t, struct google_event *ev)
{
    s->google->deletes++;
    if (ev->deleted) {
        google_error(t->res, 410, "global", "deleted", "Resource has been deleted");
        return;
    }
    ev->deleted = true;
    t->res->status = 204;
    t->res->content_type = NULL;
}

static int by_start(const void *a, const void *b)
{
    const struct google_event *x = a, *y = b;
    return x->start.us < y->start.us ? -1 : x->start.us > y->start.us;
}

/* Copies of all of a calendar in their order; the list lives in pool. */
static size_t sorted(struct sandbox *s, struct pool *p, struct str calendar,
                     struct google_event **out)
{
    struct google_state *g = s->google;
    struct google_event *list = pool_calloc(p, g->n + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++) {
        if (str_eq(str_of(g->events[i].calendar), calendar)) {
            list[n++] = g->events[i];
        }
    }
    qsort(list, n, sizeof *list, by_start);
    *out = list;
    return n;
}

static void list(struct sandbox *s, const struct google_task *t, struct str calendar)
{
    struct pool *p = t->req->pool;
    struct google_event *events;
    struct wall from = {0}, to = {INT64_MAX};
    struct form f;
    if (form_parse(p, t->req->query, &f, NULL) < 0 ||
        (form_get(&f, "timeMin").n && !wall_parse(form_get(&f, "timeMin"), &from)) ||
        (form_get(&f, "timeMax").n && !wall_parse(form_get(&f, "timeMax"), &to))) {
        google_error(t->res, 400, "global", "badRequest", "Bad Request");
        return;
    }
    bool deleted_too = str_eq(form_get(&f, "showDeleted"), STR("true"));
    size_t n = sorted(s, p, calendar, &events);
    struct jw j = jw_to(&t->res->body);
    jw_object(&j);
    jw_kv_text(&j, "kind", "calendar#events");
    jw_key(&j, "items");
    jw_array(&j);
    for (size_t i = 0; i < n; i++) {
        if (events[i].end.us > from.us && events[i].start.us < to.us &&
            (deleted_too || !events[i].deleted)) {
            google_write_event(&j, p, &events[i]);
        }
    }
    jw_array_end(&j);
    jw_object_end(&j);
}

/* rest: "{calendar}/events" or "{calendar}/events/{id}". */
void google_events(struct sandbox *s, const struct google_task *t, struct str rest)
{
    struct str calendar = str_cut(&rest, '/'), word = str_cut(&rest, '/');
    enum http_method method = t->req->method;
    bool known = str_eq(word, STR("events")) && exists(calendar);
    struct google_event *ev = known && rest.p ? google_find(s, calendar, rest) : NULL;
    if (!known || (rest.p && !ev)) {
        google_error(t->res, 404, "global", "notFound", "Not Found");
    } else if (!ev && method == HTTP_POST) {
        s->google->inserts++;
        json_t *body = read_body(t);
        const struct google_event *made = body ? google_insert(s, t, calendar, body) : NULL;
        if (made) {
            answer(t, made);
        }
    } else if (!ev && method == HTTP_GET) {
        list(s, t, calendar);
    } else if (ev && method == HTTP_GET) {
        answer(t, ev);
    } else if (ev && method == HTTP_PATCH) {
        patch(s, t, ev);
    } else if (ev && method == HTTP_DELETE) {
        remove_event(s, t, ev);
    } else {
        google_error(t->res, 405, "global", "httpMethodNotAllowed", "Method Not Allowed");
    }
}

/* Busy spans of one calendar, those that touch made one, as Google does. */
static void write_spans(struct sandbox *s, struct jw *j, struct pool *p, struct str calendar,
                        struct wall from, struct wall to)
{
    struct google_event *events;
    size_t n = sorted(s, p, calendar, &events);
    struct wall begun = {0}, end = {0};
    for (size_t i = 0; i <= n; i++) {
        const struct google_event *ev = i < n ? &events[i] : NULL;
        bool counts =
            ev && !ev->deleted && !ev->transparent && ev->end.us > from.us && ev->start.us < to.us;
        if (ev && !counts) {
            continue;
        }
        if (ev && end.us && ev->start.us <= end.us) {
            end.us = MAX_OF(end.us, MIN_OF(ev->end.us, to.us));
            continue;
        }
        if (end.us) {
            jw_object(j);
            jw_key(j, "start");
            jw_wall(j, begun);
            jw_key(j, "end");
            jw_wall(j, end);
            jw_object_end(j);
        }
        if (ev) {
            begun.us = MAX_OF(ev->start.us, from.us);
            end.us = MIN_OF(ev->end.us, to.us);
        }
    }
}

static void write_calendar(struct sandbox *s, struct jw *j, struct pool *p, struct str calendar,
                           struct wall from, struct wall to)
{
    jw_key_text(j, calendar);
    jw_object(j);
    if (!exists(calendar)) {
        jw_kv_raw(j, "errors", STR("[{\"domain\":\"global\",\"reason\":\"notFound\"}]"));
    }
    jw_key(j, "busy");
    jw_array(j);
    if (exists(calendar)) {
        write_spans(s, j, p, calendar, from, to);
    }
    jw_array_end(j);
    jw_object_end(j);
}

void google_busy(struct sandbox *s, const struct google_task *t)
{
    struct pool *p = t->req->pool;
    json_t *body = read_body(t), *item;
    struct wall from, to;
    size_t i;
    s->google->questions++;
    if (!body) {
        return;
    }
    const json_t *items = json_object_get(body, "items");
    if (!wall_parse(str_of(json_get_text(body, "timeMin", "")), &from) ||
        !wall_parse(str_of(json_get_text(body, "timeMax", "")), &to) || from.us >= to.us ||
        json_array_size(items) > CALENDARS_MAX) {
        google_error(t->res, 400, "calendar", "timeRangeEmpty",
                     "The specified time range is empty.");
        return;
    }
    struct jw j = jw_to(&t->res->body);
    jw_object(&j);
    jw_kv_text(&j, "kind", "calendar#freeBusy");
    jw_key(&j, "timeMin");
    jw_wall(&j, from);
    jw_key(&j, "timeMax");
    jw_wall(&j, to);
    jw_key(&j, "calendars");
    jw_object(&j);
    json_array_foreach (items, i, item) {
        write_calendar(s, &j, p, str_of(json_get_text(item, "id", "")), from, to);
    }
    jw_object_end(&j);
    jw_object_end(&j);
}
