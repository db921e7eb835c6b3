/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was said and done in a call, in the order of its times: the caller's words are often known
 * only after the answer has begun. Grows up to fixed limits, then keeps what it has. Of the loop
 * thread.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "voice/call_private.h"

#define MEASURES_BYTES 131072

static char *own(struct str s)
{
    char *text = xmalloc(s.n + 1);
    memcpy(text, s.p ? s.p : "", s.n);
    text[s.n] = '\0';
    return text;
}

/* Room for one more: the array doubles when n is a power of two. */
static void *grown(void *array, size_t n, size_t size)
{
    return n & (n - 1) ? array : xrealloc(array, MAX_OF(2 * n, 4) * size);
}

void call_kept_free(struct call_kept *k)
{
    free(k->text);
    free(k);
}

void call_record_clear(struct call_record *r)
{
    for (size_t i = 0; i < r->n_lines; i++) {
        call_kept_free(r->lines[i]);
    }
    for (size_t i = 0; i < r->n_tools; i++) {
        free((char *)(uintptr_t)r->tools[i].name);
        free((char *)(uintptr_t)r->tools[i].args.p);
        free((char *)(uintptr_t)r->tools[i].result.p);
    }
    for (size_t i = 0; i < r->n_events; i++) {
        free((char *)(uintptr_t)r->events[i].type);
        free((char *)(uintptr_t)r->events[i].details.p);
    }
    free(r->lines);
    free(r->tools);
    free(r->events);
    free(r->turns);
    *r = (struct call_record){.n_lines = 0};
}

void call_kept_set(struct call_kept *k, struct str text)
{
    char *text_now = own(utf8_prefix(text, CALL_LINE_BYTES));
    free(k->text);
    k->text = text_now;
    k->line.text = k->text;
}

struct call_kept *call_record_line(struct call_record *r, enum call_speaker who, struct str text,
                                   int64_t at_ms)
{
    if (r->n_lines == CALL_LINES_MAX) {
        return NULL;
    }
    struct call_kept *k = xcalloc(1, sizeof *k);
    k->line.who = who;
    k->line.at_ms = at_ms;
    call_kept_set(k, text);
    r->lines = grown(r->lines, r->n_lines, sizeof(struct call_kept *));
    size_t i = r->n_lines++;
    for (; i > 0 && r->lines[i - 1]->line.at_ms > at_ms; i--) {
        r->lines[i] = r->lines[i - 1];
    }
    r->lines[i] = k;
    return k;
}

/* People speak at an even pace, near enough: so much of the sound is so much of the words. */
void call_kept_cut(struct call_kept *k, int64_t heard_ms, int64_t whole_ms)
{
    size_t n = strlen(k->text);
    if (heard_ms >= whole_ms && whole_ms > 0) {
        return;
    }
    size_t keep = heard_ms > 0 && whole_ms > 0 ? n * (size_t)heard_ms / (size_t)whole_ms : 0;
    while (keep > 0 && k->text[keep] != ' ') {
        keep--; /* the word in which they spoke is not counted */
    }
    k->cut = true;
    k->gone = keep == 0;
    char *text = xmalloc(keep + sizeof "\u2026");
    memcpy(text, k->text, keep);
    memcpy(text + keep, "\u2026", sizeof "\u2026");
    free(k->text);
    k->text = text;
    k->line.text = text;
}

/* What is no JSON, as a model's arguments may be, is kept as a text. Owned. */
static struct str own_json(struct str s)
{
    struct pool *p = pool_new();
    json_t *document;
    struct str out;
    if (s.n == 0 || s.n > CALL_JSON_BYTES) {
        out = STR("null");
    } else if (json_read(p, s, &document, NULL) == 0) {
        out = s;
    } else {
        struct buf b;
        buf_init(&b, 8 * CALL_JSON_BYTES);
        struct jw j = jw_to(&b);
        jw_str(&j, utf8_repair(p, s));
        out = buf_failed(&b) ? STR("null") : (struct str){str_dup(p, buf_str(&b)), b.len};
        buf_clear(&b);
    }
    out.p = own(out);
    pool_free(&p);
    return out;
}

void call_record_tool(struct call_record *r, const char *name, struct str args, struct str result,
                      int64_t at_ms)
{
    if (r->n_tools == CALL_TOOLS_MAX) {
        return;
    }
    r->tools = grown(r->tools, r->n_tools, sizeof *r->tools);
    r->tools[r->n_tools++] =
        (struct voice_tool){xstrdup(name), own_json(args), own_json(result), at_ms};
}

void call_record_event(struct call_record *r, const char *type, struct str details, int64_t at_ms)
{
    if (r->n_events == CALL_EVENTS_MAX) {
        return;
    }
    r->events = grown(r->events, r->n_events, sizeof *r->events);
    struct str own_details = own_json(details.n ? details : STR("{}"));
    r->events[r->n_events++] = (struct voice_event){xstrdup(type), own_details, at_ms};
}

void call_record_turn(struct call_record *r, const struct call_turn *t)
{
    if (r->n_turns == CALL_TURNS_MAX) {
        return;
    }
    r->turns = grown(r->turns, r->n_turns, sizeof *r->turns);
    r->turns[r->n_turns++] = *t;
}

/* ---- the copy that is written ---- */

static struct str measures_of(struct pool *p, const struct call *c)
{
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, MEASURES_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "engine", c->engine_name);
    jw_kv_text(&j, "failure", c->failure);
    jw_key(&j, "turns");
    jw_array(&j);
    for (size_t i = 0; i < c->record.n_turns; i++) {
        const struct call_turn *t = &c->record.turns[i];
        jw_object(&j);
        jw_key(&j, "timestamp");
        jw_double(&j, (double)t->at_ms / 1000);
        jw_kv_i64(&j, "voice_to_voice_ms", t->to_voice_ms);
        jw_kv_i64(&j, "waiting_ms", t->waiting_ms);
        jw_kv_i64(&j, "engine_ms", t->to_voice_ms - t->waiting_ms);
        jw_object_end(&j);
    }
    jw_array_end(&j);
    jw_key(&j, "sound");
    jw_object(&j);
    jw_kv_i64(&j, "frames", c->sound.frames);
    jw_kv_i64(&j, "sound_ms", c->sound.sound_us / 1000);
    jw_key(&j, "jitter_ms");
    jw_double(&j, (double)(int64_t)(c->sound.jitter_us / 10) / 100);
    jw_kv_i64(&j, "gaps", c->sound.gaps);
    jw_kv_i64(&j, "missed_ms", c->sound.missed_us / 1000);
    jw_object_end(&j);
    jw_object_end(&j);
    return buf_failed(&b) ? STR("") : (struct str){str_dup(p, buf_str(&b)), b.len};
}

static void copy_lines(struct pool *p, const struct call *c, struct voice_talk *t)
{
    struct voice_line *lines = pool_calloc(p, c->record.n_lines, sizeof *lines);
    for (size_t i = 0; i < c->record.n_lines; i++) {
        const struct call_kept *k = c->record.lines[i];
        if (!k->gone && k->text[0]) {
            lines[t->n_lines++] = (struct voice_line){
                k->line.who == CALL_CUSTOMER, pool_strdup(p, utf8_repair(p, str_of(k->text)).p),
                k->line.at_ms, k->cut};
        }
    }
    t->lines = lines;
}

static void copy_events(struct pool *p, const struct call *c, struct voice_talk *t)
{
    t->first_event = MIN_OF(call_paper_events(c->paper), c->record.n_events);
    t->n_events = c->record.n_events - t->first_event;
    struct voice_event *events = pool_calloc(p, t->n_events, sizeof *events);
    for (size_t i = 0; i < t->n_events; i++) {
        const struct voice_event *from = &c->record.events[t->first_event + i];
        events[i] = (struct voice_event){
            pool_strdup(p, from->type), {str_dup(p, from->details), from->details.n}, from->at_ms};
    }
    t->events = events;
}

struct call_copy *call_copy_of(struct call *c)
{
    struct pool *p = pool_new();
    struct call_copy *copy = pool_alloc(p, sizeof *copy);
    *copy = (struct call_copy){.pool = p};
    struct voice_talk *t = &copy->talk;
    copy_lines(p, c, t);
    copy_events(p, c, t);
    struct voice_tool *tools = pool_calloc(p, c->record.n_tools, sizeof *tools);
    for (size_t i = 0; i < c->record.n_tools; i++) {
        const struct voice_tool *from = &c->record.tools[i];
        tools[i] = (struct voice_tool){pool_strdup(p, from->name),
                                       {str_dup(p, from->args), from->args.n},
                                       {str_dup(p, from->result), from->result.n},
                                       from->at_ms};
    }
    t->tools = tools;
    t->n_tools = c->record.n_tools;
    t->interruptions = c->record.interruptions;
    t->quality = call_sound_score(&c->sound);
    t->measures = measures_of(p, c);
    t->state = call_state_name(c->state);
    t->engine = c->engine_name;
    return copy;
}

void call_tool_used(struct call *c, const char *name, struct str args, struct str result)
{
    int64_t at_ms = call_now_ms(c);
    size_t before = c->record.n_tools;
    call_record_tool(&c->record, name, args, result, at_ms);
    if (c->record.n_tools == before) {
        return;
    }
    const struct voice_tool *t = &c->record.tools[before];
    struct pool *p = pool_new();
    json_t *document;
    bool failed =
        json_read(p, t->result, &document, NULL) < 0 || json_object_get(document, "error") != NULL;
    struct buf b;
    buf_init(&b, 4 * CALL_JSON_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "name", name);
    jw_kv_bool(&j, "success", !failed);
    jw_kv_raw(&j, "args", t->args);
    jw_kv_raw(&j, "result", t->result);
    jw_object_end(&j);
    call_record_event(&c->record, "function_called", buf_str(&b), at_ms);
    buf_clear(&b);
    pool_free(&p);
}
