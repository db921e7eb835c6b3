/* SPDX-License-Identifier: Apache-2.0 */
/* The checks that OpenAI makes before it answers, so that what passes here passes there. */
#include "base/json_read.h"
#include "sandbox/sandbox_model_private.h"

static bool complain(struct model_complaint *out, const char *code, const char *param,
                     const char *message)
{
    *out = (struct model_complaint){400, "invalid_request_error", code, param, message};
    return false;
}

static bool content_ok(const json_t *content)
{
    size_t i;
    json_t *part;
    if (!json_is_array(content)) {
        return json_is_string(content);
    }
    json_array_foreach (content, i, part) {
        if (!json_is_string(json_object_get(part, "type"))) {
            return false;
        }
    }
    return json_array_size(content) > 0;
}

static bool name_ok(const char *name)
{
    size_t n = name ? strlen(name) : 0;
    return n >= 1 && n <= 64 &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

static bool calls_ok(const json_t *calls)
{
    size_t i;
    json_t *call;
    json_array_foreach (calls, i, call) {
        const json_t *f = json_object_get(call, "function");
        if (!json_is_string(json_object_get(call, "id")) ||
            !name_ok(json_get_text(f, "name", NULL)) ||
            !json_is_string(json_object_get(f, "arguments")) ||
            strcmp(json_get_text(call, "type", ""), "function") != 0) {
            return false;
        }
    }
    return json_array_size(calls) > 0;
}

/* Each call is answered by a tool message before anything else is said. */
static size_t answered(const json_t *messages, size_t at, const json_t *calls)
{
    size_t n = json_array_size(calls), found = 0, i;
    json_t *call;
    for (size_t k = at + 1; k < json_array_size(messages) && found < n; k++) {
        const json_t *m = json_array_get(messages, k);
        const char *id = json_get_text(m, "tool_call_id", "");
        size_t before = found;
        if (strcmp(json_get_text(m, "role", ""), "tool") != 0) {
            break;
        }
        json_array_foreach (calls, i, call) {
            found += strcmp(json_get_text(call, "id", ""), id) == 0;
        }
        if (found == before) {
            break;
        }
    }
    return found;
}

static bool message_ok(const json_t *messages, size_t i, size_t *tools_due,
                       struct model_complaint *out)
{
    const json_t *m = json_array_get(messages, i);
    const char *role = json_get_text(m, "role", "");
    const json_t *content = json_object_get(m, "content");
    const json_t *calls = json_object_get(m, "tool_calls");
    bool assistant = strcmp(role, "assistant") == 0, tool = strcmp(role, "tool") == 0;
    if (!assistant && !tool && strcmp(role, "user") != 0 && strcmp(role, "system") != 0 &&
        strcmp(role, "developer") != 0) {
        return complain(out, "invalid_value", "messages", "Invalid value for 'role'.");
    }
    if (tool && *tools_due == 0) {
        return complain(out, NULL, "messages",
                        "Invalid parameter: messages with role 'tool' must be a response to a "
                        "preceeding message with 'tool_calls'.");
    }
    *tools_due -= tool;
    if (assistant && calls) {
        if (!json_is_array(calls) || !calls_ok(calls)) {
            return complain(out, "invalid_value", "messages", "Invalid 'tool_calls'.");
        }
        *tools_due = json_array_size(calls);
        if (answered(messages, i, calls) != *tools_due) {
            return complain(out, NULL, "messages",
                            "An assistant message with 'tool_calls' must be followed by tool "
                            "messages responding to each 'tool_call_id'.");
        }
    }
    bool may_be_empty = assistant && calls && (!content || json_is_null(content));
    if (!may_be_empty && !content_ok(content)) {
        return complain(out, "invalid_value", "messages",
                        "Invalid value for 'content': expected a string or a list of parts.");
    }
    return true;
}

static bool messages_ok(const json_t *messages, struct model_complaint *out)
{
    size_t tools_due = 0;
    if (!json_is_array(messages) || json_array_size(messages) == 0) {
        return complain(out, "missing_required_parameter", "messages",
                        "Missing required parameter: 'messages'.");
    }
    for (size_t i = 0; i < json_array_size(messages); i++) {
        if (!message_ok(messages, i, &tools_due, out)) {
            return false;
        }
    }
    return true;
}

static bool tools_ok(const json_t *request, struct model_complaint *out)
{
    const json_t *tools = json_object_get(request, "tools");
    const json_t *choice = json_object_get(request, "tool_choice");
    size_t i;
    json_t *tool;
    if (choice && !tools) {
        return complain(out, NULL, "tool_choice",
                        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when "
                        "'tools' are specified.");
    }
    if (tools &&
        (!json_is_array(tools) || json_array_size(tools) == 0 || json_array_size(tools) > 128)) {
        return complain(out, "empty_array", "tools", "Invalid 'tools': 1 to 128 are expected.");
    }
    json_array_foreach (tools, i, tool) {
        const json_t *f = json_object_get(tool, "function");
        const json_t *parameters = json_object_get(f, "parameters");
        if (strcmp(json_get_text(tool, "type", ""), "function") != 0 ||
            !name_ok(json_get_text(f, "name", NULL))) {
            return complain(out, "invalid_value", "tools", "Invalid 'tools': no proper function.");
        }
        if (parameters && strcmp(json_get_text(parameters, "type", ""), "object") != 0) {
            return complain(out, "invalid_function_parameters", "tools",
                            "Invalid schema for function: schema must be of type 'object'.");
        }
    }
    return true;
}

/* The strict subset: every object closed, all its members required. */
static bool schema_is_strict(const json_t *schema)
{
    const json_t *members = json_object_get(schema, "properties");
    const json_t *required = json_object_get(schema, "required");
    const char *key UNUSED;
    json_t *member;
    if (members) {
        const json_t *more = json_object_get(schema, "additionalProperties");
        if (!json_is_false(more) || json_array_size(required) != json_object_size(members)) {
            return false;
        }
        json_object_foreach ((json_t *)(uintptr_t)members, key, member) {
            if (!schema_is_strict(member)) {
                return false;
            }
        }
    }
    const json_t *items = json_object_get(schema, "items");
    return !items || schema_is_strict(items);
}

static bool says_json(const json_t *messages)
{
    size_t i;
    json_t *m;
    json_array_foreach (messages, i, m) {
        if (strcasestr(json_get_text(m, "content", ""), "json")) {
            return true;
        }
    }
    return false;
}

static bool format_ok(const json_t *request, struct model_complaint *out)
{
    const json_t *format = json_object_get(request, "response_format");
    const char *type = json_get_text(format, "type", "");
    if (!format || strcmp(type, "text") == 0) {
        return true;
    }
    if (strcmp(type, "json_object") == 0) {
        return says_json(json_object_get(request, "messages")) ||
               complain(out, NULL, "messages",
                        "'messages' must contain the word 'json' in some form, to use "
                        "'response_format' of type 'json_object'.");
    }
    const json_t *named = json_object_get(format, "json_schema");
    const json_t *schema = json_object_get(named, "schema");
    if (strcmp(type, "json_schema") != 0 || !name_ok(json_get_text(named, "name", NULL))) {
        return complain(out, "invalid_value", "response_format", "Invalid 'response_format'.");
    }
    if (json_get_bool(named, "strict", false) && !schema_is_strict(schema)) {
        return complain(out, "invalid_json_schema", "response_format",
                        "Invalid schema for response_format: 'additionalProperties' is required to "
                        "be supplied and to be false, and 'required' to have every key.");
    }
    return true;
}

static bool numbers_ok(const json_t *request, struct model_complaint *out)
{
    const json_t *temperature = json_object_get(request, "temperature");
    double t = json_number_value(temperature);
    if (temperature && (!json_is_number(temperature) || t < 0 || t > 2)) {
        return complain(out, "decimal_above_max_value", "temperature",
                        "Invalid 'temperature': a decimal from 0 to 2 is expected.");
    }
    if (json_object_get(request, "max_tokens") &&
        json_object_get(request, "max_completion_tokens")) {
        return complain(out, "invalid_parameter_combination", NULL,
                        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not "
                        "supported.");
    }
    if (json_get_i64(request, "n", 1) != 1) {
        return complain(out, "unsupported_value", "n", "The sandbox gives one choice only.");
    }
    return true;
}

bool sandbox_model_ok(struct pool *p, const json_t *request, struct model_complaint *out)
{
    const char *model = json_get_text(request, "model", NULL);
    if (!model || !model[0]) {
        return complain(out, NULL, NULL, "you must provide a model parameter");
    }
    if (strcmp(model, "no-such-model") == 0) {
        *out = (struct model_complaint){
            404, "invalid_request_error", "model_not_found", NULL,
            pool_printf(p, "The model `%s` does not exist or you do not have access to it.",
                        model)};
        return false;
    }
    return messages_ok(json_object_get(request, "messages"), out) && tools_ok(request, out) &&
           format_ok(request, out) && numbers_ok(request, out);
}
