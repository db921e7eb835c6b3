/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mind of the realtime model's stand-in: the conversation is put to the rules of the language
 * model's stand-in as a request of chat completions, and what they answer is spoken. What those
 * rules cannot know, putting somebody through and ending a call, is added here.
 */
#include "base/json_read.h"
#include "sandbox/sandbox_model_private.h"
#include "sandbox/sandbox_realtime_private.h"

static json_t *message_of(const struct talk_item *item)
{
    const char *type = json_get_text(item->json, "type", "");
    if (strcmp(type, "message") == 0) {
        return json_pack("{s:s,s:s}", "role", json_get_text(item->json, "role", "user"), "content",
                         item->words);
    }
    const char *id = json_get_text(item->json, "call_id", "");
    if (strcmp(type, "function_call") == 0) {
        return json_pack("{s:s,s:n,s:[{s:s,s:s,s:{s:s,s:s}}]}", "role", "assistant", "content",
                         "tool_calls", "id", id, "type", "function", "function", "name",
                         json_get_text(item->json, "name", ""), "arguments",
                         json_get_text(item->json, "arguments", "{}"));
    }
    return json_pack("{s:s,s:s,s:s}", "role", "tool", "tool_call_id", id, "content",
                     json_get_text(item->json, "output", ""));
}

static json_t *nested_tools(const struct talk *t)
{
    json_t *list = json_array();
    size_t i;
    json_t *tool;
    json_array_foreach (json_object_get(t->session, "tools"), i, tool) {
        json_array_append_new(list, json_pack("{s:s,s:O}", "type", "function", "function", tool));
    }
    return list;
}

static json_t *request_of(const struct talk *t)
{
    json_t *messages = json_pack("[{s:s,s:s}]", "role", "system", "content",
                                 json_get_text(t->session, "instructions", ""));
    for (size_t i = 0; i < t->n_items; i++) {
        /* Notes to the model are none of the customer's words, and the rules heed none. */
        if (strcmp(json_get_text(t->items[i].json, "role", ""), "system") != 0) {
            json_array_append_new(messages, message_of(&t->items[i]));
        }
    }
    const char *choice = json_get_text(t->response.asked, "tool_choice", "auto");
    return json_pack("{s:o,s:o,s:s,s:{s:s,s:{s:{s:s}}}}", "messages", messages, "tools",
                     nested_tools(t), "tool_choice", choice, "response_format", "type",
                     "json_schema", "json_schema", "schema", "reply", "a text");
}

static bool offers(const struct talk *t, const char *name)
{
    size_t i;
    json_t *tool;
    json_array_foreach (json_object_get(t->session, "tools"), i, tool) {
        if (strcmp(json_get_text(tool, "name", ""), name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_call(struct talk *t, const char *name, const char *args)
{
    if (!t->response.calls) {
        t->response.calls = json_array();
    }
    json_array_append_new(t->response.calls,
                          json_pack("{s:s,s:s}", "name", name, "arguments", args));
}

static void speak_of(struct talk *t, const char *content)
{
    json_t *answer = NULL;
    if (json_read(t->scratch, str_of(content), &answer, NULL) < 0 || !json_is_object(answer)) {
        t->response.words = xstrdup(content);
        return;
    }
    t->response.words = xstrdup(json_get_text(answer, "reply", ""));
    bool person = strcmp(json_get_text(answer, "intent", ""), "person") == 0;
    if (person && offers(t, "transfer_call")) {
        free(t->response.words);
        t->response.words = xstrdup("Of course. I am putting you through to a colleague.");
        add_call(t, "transfer_call",
                 "{\"reason\":\"asked for a person\",\"summary\":\"The caller "
                 "would like to speak to a person.\"}");
    } else if (json_get_bool(answer, "ends", false) && offers(t, "end_call")) {
        add_call(t, "end_call", "{}");
    }
}

void talk_think(struct talk *t)
{
    struct model_say say = {.finish = "stop"};
    json_t *request = request_of(t);
    sandbox_model_think(t->scratch, request, &say);
    size_t i;
    json_t *one;
    json_array_foreach (say.calls, i, one) {
        add_call(t, json_get_text(one, "name", ""), json_get_text(one, "arguments", "{}"));
    }
    if (say.content) {
        speak_of(t, say.content);
    }
    json_decref(request);
}
