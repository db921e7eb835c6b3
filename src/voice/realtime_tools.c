/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model's functions: those of mind/tools.def, as every engine of the assistant has them, and
 * two that only a call has, which the loop's side carries out (realtime_work.c). On a worker.
 */
#include "base/json_read.h"
#include "domain/business.h"
#include "mind/prompt.h"
#include "store/store.h"
#include "voice/realtime_private.h"

#define RESULT_MAX (16u << 10)
#define CALENDAR_MS 3000

void realtime_turn_begin(struct pool *p, const struct realtime *r, struct realtime_turn *t)
{
    const struct voice_desk_config *c = voice_desk_config(r->start.desk);
    CLEANUP(store_return) struct db *db = NULL;
    struct err e = {0};
    *t = (struct realtime_turn){0};
    if (c->store && store_borrow(c->store, &db, &e) == 0 &&
        business_load(db, p, &t->facts, &e) < 0) {
        t->facts = (struct facts){0};
    }
    if (r->settings->business_name[0]) {
        t->facts.business_name = r->settings->business_name;
    }
    if (r->settings->time_zone[0] &&
        business_set_zone(p, &t->facts, r->settings->time_zone, &e) < 0) {
        t->facts.zone = NULL;
    }
    t->config = (struct tools_config){
        .store = c->store,
        .facts = &t->facts,
        .now = wall_now(),
        .customer_id = r->start.customer_id,
        .conversation_id = r->start.conversation_id,
        .calendar = c->calendar,
    };
    t->in = (struct turn_in){
        .channel = CHANNEL_VOICE,
        .customer_phone = r->start.caller,
        .facts = &t->facts,
        .now = t->config.now,
    };
}

static bool is_of_calls(const char *name)
{
    return strcmp(name, "transfer_call") == 0 || strcmp(name, "end_call") == 0;
}

static const struct tool_call *last_call(const struct tools *tools)
{
    const struct tool_call *last = tools_calls(tools);
    while (last && last->next) {
        last = last->next;
    }
    return last;
}

static void call_one(struct pool *p, struct tools *tools, const char *args_text,
                     struct realtime_result *out)
{
    json_t *args = NULL;
    bool whole = json_read(p, str_of(args_text), &args, NULL) == 0 && json_is_object(args);
    out->args = whole ? json_dump_to_pool(p, args) : STR("{}");
    if (!whole) {
        out->result = out->output = STR("{\"error\":\"the arguments were no JSON object\"}");
        return;
    }
    if (is_of_calls(out->name)) {
        out->result = out->output = STR("{\"status\":\"ok\"}");
        return;
    }
    if (!tools) {
        out->result = out->output = STR("{\"error\":\"there are no tools now\"}");
        return;
    }
    tools_until(tools, (struct mono){mono_now().ns + CALENDAR_MS * 1000000LL});
    json_t *result = tools_call(tools, out->name, args);
    const struct tool_call *made = last_call(tools);
    out->result = json_dump_to_pool(p, result);
    out->output = prompt_result(p, result);
    out->wrote = made->wrote && !made->failed;
    out->unchecked = made->unchecked;
    if (out->output.n > RESULT_MAX) {
        out->output = STR("{\"error\":\"the result is too long; ask for less\"}");
    }
}

void realtime_call_tools(struct pool *p, const struct realtime *r, const char *key,
                         const struct realtime_call *calls, size_t n,
                         struct realtime_result *results)
{
    struct realtime_turn *t = pool_alloc(p, sizeof *t);
    realtime_turn_begin(p, r, t);
    t->config.turn_key = key;
    struct tools *tools = r->start.conversation_id ? tools_new(p, &t->config) : NULL;
    for (size_t i = 0; i < n; i++) {
        results[i] = (struct realtime_result){.id = calls[i].id, .name = calls[i].name};
        call_one(p, tools, calls[i].args, &results[i]);
    }
}
