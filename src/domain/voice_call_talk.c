/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a call are joined as they are read: each writes all that was said so far. */
#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "domain/voice_call_private.h"

static void write_seconds(struct jw *j, int64_t ms)
{
    jw_key(j, "timestamp");
    jw_double(j, (double)ms / 1000);
}

static void write_segments(struct jw *j, const struct voice_talk *t)
{
    jw_array(j);
    for (size_t i = 0; i < t->n_lines; i++) {
        jw_object(j);
        jw_kv_text(j, "speaker", t->lines[i].customer ? "customer" : "assistant");
        jw_kv_text(j, "text", t->lines[i].text);
        write_seconds(j, t->lines[i].at_ms);
        if (t->lines[i].cut) {
            jw_kv_bool(j, "interrupted", true);
        }
        jw_object_end(j);
    }
    jw_array_end(j);
}

static void write_function_calls(struct jw *j, const struct voice_talk *t)
{
    jw_array(j);
    for (size_t i = 0; i < t->n_tools; i++) {
        jw_object(j);
        jw_kv_text(j, "name", t->tools[i].name);
        jw_kv_raw(j, "args", t->tools[i].args);
        jw_kv_raw(j, "result", t->tools[i].result);
        write_seconds(j, t->tools[i].at_ms);
        jw_object_end(j);
    }
    jw_array_end(j);
}

static int kept_of(struct pool *p, const struct buf *b, struct str *out, struct err *e)
{
    if (buf_failed(b)) {
        return err_set(e, ERR_TOO_LARGE, "more was said in the call than can be stored");
    }
    *out = (struct str){str_dup(p, buf_str(b)), b->len};
    return 0;
}

/* What `write` writes of the talk; lives in pool. */
static int written(struct pool *p, void (*write)(struct jw *j, const struct voice_talk *t),
                   const struct voice_talk *t, struct str *out, struct err *e)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, VOICE_KEPT_BYTES);
    struct jw j = jw_to(&b);
    write(&j, t);
    return kept_of(p, &b, out, e);
}

static void write_ending(struct jw *j, const struct voice_ending *end)
{
    jw_key(j, "ending");
    jw_object(j);
    jw_kv_bool(j, "failed", end->failed);
    jw_kv_text(j, "by", end->by);
    jw_kv_text(j, "why", end->why);
    jw_kv_i64(j, "at_us", end->at.us);
    jw_object_end(j);
}

int voice_kept_write(struct pool *p, const struct voice_talk *t, const struct voice_ending *end,
                     struct str *out, struct err *e)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, VOICE_KEPT_BYTES);
    struct jw to = jw_to(&b), *j = &to;
    jw_object(j);
    jw_key(j, "segments");
    write_segments(j, t);
    jw_key(j, "function_calls");
    write_function_calls(j, t);
    jw_kv_i64(j, "interruptions", t->interruptions);
    jw_key(j, "quality");
    jw_double(j, t->quality);
    jw_kv_raw(j, "measures", t->measures.n ? t->measures : STR("{}"));
    jw_kv_text(j, "state", t->state);
    jw_kv_text(j, "engine", t->engine);
    if (end) {
        write_ending(j, end);
    }
    jw_object_end(j);
    return kept_of(p, &b, out, e);
}

/* The transcript as text: one `Speaker: text` a line. */
static struct str content_of(struct pool *p, size_t n, const struct voice_line *lines)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, VOICE_KEPT_BYTES);
    for (size_t i = 0; i < n; i++) {
        buf_puts(&b, i ? "\n" : "");
        buf_puts(&b, lines[i].customer ? "Customer: " : "Ava: ");
        for (const char *c = lines[i].text; *c; c++) {
            buf_putc(&b, *c == '\n' || *c == '\r' ? ' ' : *c);
        }
    }
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

int voice_remains_of_talk(struct pool *p, const struct voice_talk *t, struct voice_remains *out,
                          struct err *e)
{
    int rc = written(p, write_segments, t, &out->segments, e);
    if (rc == 0) {
        rc = written(p, write_function_calls, t, &out->function_calls, e);
    }
    out->content = content_of(p, t->n_lines, t->lines);
    out->measures = t->measures;
    out->interruptions = t->interruptions;
    out->quality = t->quality;
    return rc;
}

/* ---- what was kept, read again ---- */

static void read_lines(struct pool *p, json_t *segments, struct voice_line **out, size_t *n_out)
{
    size_t n = json_array_size(segments);
    struct voice_line *lines = pool_calloc(p, n, sizeof *lines);
    for (size_t i = 0; i < n; i++) {
        json_t *s = json_array_get(segments, i);
        double at_s = json_number_value(json_object_get(s, "timestamp"));
        lines[i] = (struct voice_line){
            .customer = strcmp(json_get_text(s, "speaker", ""), "customer") == 0,
            .text = json_get_text(s, "text", ""),
            .at_ms = (int64_t)(at_s * 1000 + 0.5),
            .cut = json_get_bool(s, "interrupted", false),
        };
    }
    *out = lines;
    *n_out = n;
}

int voice_kept_lines(struct pool *p, struct str kept, struct voice_line **lines_out, size_t *n_out,
                     struct err *e)
{
    json_t *document = NULL;
    *n_out = 0;
    int rc = kept.n ? json_read(p, kept, &document, e) : 0;
    if (rc == 0) {
        read_lines(p, json_object_get(document, "segments"), lines_out, n_out);
    }
    return rc;
}

static void read_ending(const json_t *ending, struct voice_ending *end)
{
    if (json_is_object(ending)) {
        *end = (struct voice_ending){
            json_get_bool(ending, "failed", true),
            json_get_text(ending, "by", "connection"),
            json_get_text(ending, "why", NULL),
            {json_get_i64(ending, "at_us", end->at.us)},
        };
    }
}

int voice_remains_of_kept(struct pool *p, struct str kept, struct voice_remains *out,
                          struct voice_ending *end, struct err *e)
{
    json_t *document = NULL;
    struct voice_line *lines;
    size_t n;
    *out =
        (struct voice_remains){.segments = STR("[]"), .function_calls = STR("[]"), .quality = -1};
    out->content = STR("");
    int rc = kept.n ? json_read(p, kept, &document, e) : 0;
    if (rc < 0 || !document) {
        return rc;
    }
    json_t *segments = json_object_get(document, "segments");
    read_lines(p, segments, &lines, &n);
    read_ending(json_object_get(document, "ending"), end);
    out->content = content_of(p, n, lines);
    out->segments = json_dump_to_pool(p, segments);
    out->function_calls = json_dump_to_pool(p, json_object_get(document, "function_calls"));
    out->measures = json_dump_to_pool(p, json_object_get(document, "measures"));
    out->interruptions = json_get_i64(document, "interruptions", 0);
    out->quality = json_number_value(json_object_get(document, "quality"));
    return 0;
}

/* ---- parts joined ---- */

static struct str text_of(struct pool *p, json_t *value)
{
    return value ? json_dump_to_pool(p, value) : STR("null");
}

static void join_tools(struct pool *p, json_t *before, const struct voice_talk *part,
                       int64_t later_ms, struct voice_talk *out)
{
    size_t n = json_array_size(before);
    struct voice_tool *tools = pool_calloc(p, n + part->n_tools, sizeof *tools);
    for (size_t i = 0; i < n; i++) {
        json_t *call = json_array_get(before, i);
        double at_s = json_number_value(json_object_get(call, "timestamp"));
        tools[i] = (struct voice_tool){
            json_get_text(call, "name", ""), text_of(p, json_object_get(call, "args")),
            text_of(p, json_object_get(call, "result")), (int64_t)(at_s * 1000 + 0.5)};
    }
    for (size_t i = 0; i < part->n_tools; i++) {
        tools[n + i] = part->tools[i];
        tools[n + i].at_ms += later_ms;
    }
    out->tools = tools;
    out->n_tools = n + part->n_tools;
}

static void join_lines(struct pool *p, json_t *before, const struct voice_talk *part,
                       int64_t later_ms, struct voice_talk *out)
{
    struct voice_line *first;
    size_t n;
    read_lines(p, before, &first, &n);
    struct voice_line *lines = pool_calloc(p, n + part->n_lines, sizeof *lines);
    if (n) {
        memcpy(lines, first, n * sizeof *lines);
    }
    for (size_t i = 0; i < part->n_lines; i++) {
        lines[n + i] = part->lines[i];
        lines[n + i].at_ms += later_ms;
    }
    out->lines = lines;
    out->n_lines = n + part->n_lines;
}

/* The turns of all parts; the sound of each beside that of the last. */
static struct str join_measures(struct pool *p, json_t *before, struct str of_part,
                                int64_t later_ms)
{
    json_t *now, *turn;
    size_t i;
    if (json_read(p, of_part, &now, NULL) < 0 || !json_is_object(now)) {
        return json_is_object(before) ? json_dump_to_pool(p, before) : of_part;
    }
    json_t *turns = json_deep_copy(json_object_get(before, "turns"));
    turns = turns ? turns : json_array();
    json_array_foreach (json_object_get(now, "turns"), i, turn) {
        json_t *moved = json_copy(turn);
        double at_s = json_number_value(json_object_get(turn, "timestamp"));
        json_object_set_new(moved, "timestamp", json_real(at_s + (double)later_ms / 1000));
        json_array_append_new(turns, moved);
    }
    json_t *parts = json_deep_copy(json_object_get(before, "sound_before"));
    parts = parts ? parts : json_array();
    json_array_append(parts, json_object_get(before, "sound"));
    json_t *all = json_copy(now);
    json_object_set_new(all, "turns", turns);
    json_object_set_new(all, "sound_before", parts);
    struct str text = json_dump_to_pool(p, all);
    json_decref(all);
    return text;
}

int voice_talk_joined(struct pool *p, struct str earlier, const struct voice_talk *part,
                      int64_t later_ms, struct voice_talk *out, struct err *e)
{
    json_t *before = NULL;
    *out = *part;
    int rc = earlier.n ? json_read(p, earlier, &before, e) : 0;
    if (rc < 0 || (!before && later_ms == 0)) {
        return rc;
    }
    join_lines(p, json_object_get(before, "segments"), part, later_ms, out);
    join_tools(p, json_object_get(before, "function_calls"), part, later_ms, out);
    struct voice_event *events = pool_calloc(p, part->n_events, sizeof *events);
    for (size_t i = 0; i < part->n_events; i++) {
        events[i] = part->events[i];
        events[i].at_ms += later_ms;
    }
    out->events = events;
    out->interruptions += json_get_i64(before, "interruptions", 0);
    out->measures = join_measures(p, json_object_get(before, "measures"), part->measures, later_ms);
    json_t *quality = json_object_get(before, "quality");
    double then = quality ? json_number_value(quality) : -1;
    out->quality = part->quality < 0 ? then
                   : then < 0        ? part->quality
                                     : MIN_OF(then, part->quality);
    return 0;
}
