/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The realtime model's stand-in: its door, and what its clients tell it. Every event of a session
 * is handled on the socket's loop.
 */
#include "base/id.h"
#include "base/json_read.h"
#include "sandbox/sandbox_realtime_private.h"

#define MESSAGE_BYTES (16u << 20)
#define QUEUE_BYTES (64u << 20)

/* --- sending --- */

void talk_id(struct talk *t, const char *prefix, char out[TALK_ID])
{
    snprintf(out, TALK_ID, "%s_%s%05lld", prefix, t->id + 5, (long long)++t->ids);
}

void talk_emit_text(struct talk *t, struct str text)
{
    ws_put_text(t->ws, text);
}

void talk_emit(struct talk *t, json_t *event)
{
    char id[TALK_ID];
    talk_id(t, "event", id);
    json_object_set_new(event, "event_id", json_string(id));
    char *text = json_dumps(event, JSON_COMPACT);
    if (text) {
        talk_emit_text(t, str_of(text));
    }
    free(text);
    json_decref(event);
}

void talk_error(struct talk *t, const char *code, const char *param, const char *about,
                const char *message)
{
    bool ours = strcmp(code, "server_error") == 0 || strcmp(code, "session_expired") == 0;
    talk_emit(t, json_pack("{s:s,s:{s:s,s:s,s:s,s:s?,s:s?}}", "type", "error", "error", "type",
                           ours ? "server_error" : "invalid_request_error", "code", code, "message",
                           message, "param", param, "event_id", about));
}

/* --- items --- */

const char *talk_last_item(const struct talk *t)
{
    return t->n_items ? json_get_text(t->items[t->n_items - 1].json, "id", NULL) : NULL;
}

struct talk_item *talk_find(struct talk *t, const char *id)
{
    for (size_t i = t->n_items; i > 0 && id; i--) {
        if (strcmp(json_get_text(t->items[i - 1].json, "id", ""), id) == 0) {
            return &t->items[i - 1];
        }
    }
    return NULL;
}

void talk_tell_item(struct talk *t, const struct talk_item *item, const char *event)
{
    size_t at = (size_t)(item - t->items);
    const char *before = at ? json_get_text(t->items[at - 1].json, "id", NULL) : NULL;
    talk_emit(t, json_pack("{s:s,s:s?,s:O}", "type", event, "previous_item_id", before, "item",
                           item->json));
}

struct talk_item *talk_add(struct talk *t, json_t *item, const char *words, bool done)
{
    if (t->n_items == t->room) {
        t->room = t->room ? t->room * 2 : 16;
        t->items = xrealloc(t->items, t->room * sizeof *t->items);
    }
    if (!json_get_text(item, "id", NULL)) {
        char id[TALK_ID];
        talk_id(t, "item", id);
        json_object_set_new(item, "id", json_string(id));
    }
    json_object_set_new(item, "object", json_string("realtime.item"));
    if (!json_get_text(item, "status", NULL)) {
        json_object_set_new(item, "status", json_string(done ? "completed" : "in_progress"));
    }
    struct talk_item *added = &t->items[t->n_items++];
    *added = (struct talk_item){item, 0, xstrdup(words ? words : "")};
    talk_tell_item(t, added, t->beta ? "conversation.item.created" : "conversation.item.added");
    if (done && !t->beta) {
        talk_tell_item(t, added, "conversation.item.done");
    }
    return added;
}

static void item_clear(struct talk_item *item)
{
    json_decref(item->json);
    free(item->words);
}

/* --- what clients tell --- */

static const char *words_of(const json_t *item)
{
    const json_t *part = json_array_get(json_object_get(item, "content"), 0);
    return json_get_text(part, "text", json_get_text(part, "transcript", ""));
}

static void create_item(struct talk *t, const json_t *event, const char *about)
{
    const json_t *item = json_object_get(event, "item");
    const char *type = json_get_text(item, "type", NULL);
    bool message = type && strcmp(type, "message") == 0;
    bool output = type && strcmp(type, "function_call_output") == 0;
    if (!type) {
        talk_error(t, "missing_required_parameter", "item.type", about,
                   "Missing required parameter: 'item.type'.");
    } else if ((message && !json_is_array(json_object_get(item, "content"))) ||
               (output && !json_get_text(item, "output", NULL))) {
        talk_error(t, "missing_required_parameter", message ? "item.content" : "item.output", about,
                   "Missing required parameter.");
    } else if (talk_find(t, json_get_text(item, "id", NULL))) {
        talk_error(t, "item_create_duplicate_id", "item.id", about,
                   "Error adding item: an item with this id exists already.");
    } else if (t->n_items < TALK_ITEMS_MAX) {
        talk_add(t, json_deep_copy(item), words_of(item), true);
    }
}

static void delete_item(struct talk *t, const json_t *event, const char *about)
{
    const char *id = json_get_text(event, "item_id", NULL);
    struct talk_item *item = talk_find(t, id);
    if (!item) {
        talk_error(t, "item_delete_invalid_item_id", "item_id", about,
                   "Error deleting item: the item with this id does not exist.");
        return;
    }
    json_t *told = json_pack("{s:s,s:s}", "type", "conversation.item.deleted", "item_id", id);
    item_clear(item);
    size_t at = (size_t)(item - t->items);
    memmove(item, item + 1, sizeof *item * (--t->n_items - at));
    talk_emit(t, told);
}

static void retrieve_item(struct talk *t, const json_t *event, const char *about)
{
    const struct talk_item *item = talk_find(t, json_get_text(event, "item_id", NULL));
    if (!item) {
        talk_error(t, "item_retrieve_invalid_item_id", "item_id", about,
                   "Error retrieving item: the item with this id does not exist.");
        return;
    }
    talk_emit(t, json_pack("{s:s,s:O}", "type", "conversation.item.retrieved", "item", item->json));
}

/* The words that were not heard are forgotten with their sound. */
static void truncate_item(struct talk *t, const json_t *event, const char *about)
{
    const char *id = json_get_text(event, "item_id", NULL);
    int64_t end = json_get_i64(event, "audio_end_ms", -1);
    struct talk_item *item = talk_find(t, id);
    bool ours = item && strcmp(json_get_text(item->json, "role", ""), "assistant") == 0;
    if (!ours) {
        talk_error(t, "item_truncate_invalid_item_id", "item_id", about,
                   item ? "Only assistant messages with audio can be truncated."
                        : "Error truncating item: the item with this id does not exist.");
        return;
    }
    if (end < 0 || end > item->audio_ms || json_get_i64(event, "content_index", -1) != 0) {
        char message[120];
        snprintf(message, sizeof message,
                 "Audio content of %lldms is already shorter than %lldms, or no such content.",
                 (long long)item->audio_ms, (long long)end);
        talk_error(t, "invalid_value", "audio_end_ms", about, message);
        return;
    }
    size_t n = strlen(item->words);
    size_t kept = item->audio_ms ? (size_t)((int64_t)n * end / item->audio_ms) : 0;
    item->words[MIN_OF(kept, n)] = '\0';
    item->audio_ms = end;
    json_t *part = json_array_get(json_object_get(item->json, "content"), 0);
    json_object_del(part, "transcript");
    talk_emit(t, json_pack("{s:s,s:s,s:i,s:I}", "type", "conversation.item.truncated", "item_id",
                           id, "content_index", 0, "audio_end_ms", (json_int_t)end));
}

static void cancel(struct talk *t, const json_t *event, const char *about)
{
    const char *id = json_get_text(event, "response_id", t->response.id);
    if (t->response.step == TALK_IDLE || strcmp(id, t->response.id) != 0) {
        talk_error(t, "response_cancel_not_active", NULL, about,
                   "Cancellation failed: no active response found");
        return;
    }
    talk_cancel(t, "client_cancelled");
}

static void answer(struct talk *t, const json_t *event, const char *about)
{
    talk_answer(t, json_object_get(event, "response"), about);
}

static void hear(struct talk *t, const json_t *event, const char *about)
{
    if (!json_get_text(event, "audio", NULL)) {
        talk_error(t, "missing_required_parameter", "audio", about,
                   "Missing required parameter: 'audio'.");
        return;
    }
    talk_hear(t, event);
}

static void commit(struct talk *t, const json_t *event, const char *about)
{
    (void)event;
    talk_commit(t, about);
}

static void clear(struct talk *t, const json_t *event, const char *about)
{
    (void)event;
    (void)about;
    talk_clear(t);
}

static void update(struct talk *t, const json_t *event, const char *about)
{
    (void)about;
    talk_session_update(t, event);
}

static const struct {
    const char *type;
    void (*fn)(struct talk *t, const json_t *event, const char *about);
} client_events[] = {
    {"session.update", update},
    {"input_audio_buffer.append", hear},
    {"input_audio_buffer.commit", commit},
    {"input_audio_buffer.clear", clear},
    {"conversation.item.create", create_item},
    {"conversation.item.delete", delete_item},
    {"conversation.item.retrieve", retrieve_item},
    {"conversation.item.truncate", truncate_item},
    {"response.create", answer},
    {"response.cancel", cancel},
};

static void on_message(struct ws *ws, void *arg, bool is_text, struct str data)
{
    struct talk *t = arg;
    json_t *event = NULL;
    (void)ws;
    pool_clear(t->scratch);
    if (!is_text || json_read(t->scratch, data, &event, NULL) < 0 || !json_is_object(event)) {
        talk_error(t, "invalid_json", NULL, NULL, "We could not parse the event as JSON.");
        return;
    }
    const char *type = json_get_text(event, "type", "");
    const char *about = json_get_text(event, "event_id", NULL);
    if (strcmp(type, "input_audio_buffer.append") != 0) {
        talk_log(t, pool_strndup(t->scratch, data.p, data.n), 0);
    }
    for (size_t i = 0; i < ARRAY_SIZE(client_events); i++) {
        if (strcmp(client_events[i].type, type) == 0) {
            client_events[i].fn(t, event, about);
            return;
        }
    }
    talk_error(t, "invalid_value", "type", about, "Invalid value for 'type'.");
}

/* --- the door --- */

static void on_open(struct ws *ws, void *arg)
{
    struct talk *t = arg;
    t->ws = ws_ref(ws);
    t->timer = loop_timer_new(ws_loop(ws), talk_step, t);
    t->greeted = true;
    talk_opened(t, 1);
    if (strcmp(t->model, "no-such-model") == 0) {
        talk_error(t, "model_not_found", "model", NULL, "The model does not exist.");
        ws_close(ws, 4000, "invalid_request_error.model_not_found");
        return;
    }
    talk_emit(t, json_pack("{s:s,s:O}", "type", "session.created", "session", t->session));
    if (t->beta) {
        char id[TALK_ID];
        talk_id(t, "conv", id);
        talk_emit(t, json_pack("{s:s,s:{s:s,s:s}}", "type", "conversation.created", "conversation",
                               "id", id, "object", "realtime.conversation"));
    }
}

static void on_closed(struct ws *ws, void *arg)
{
    struct talk *t = arg;
    (void)ws;
    if (t->greeted) {
        talk_opened(t, -1);
        talk_response_clear(t);
        loop_timer_free(&t->timer);
        ws_unref(&t->ws);
    }
    for (size_t i = 0; i < t->n_items; i++) {
        item_clear(&t->items[i]);
    }
    json_decref(t->session);
    json_decref(t->turn);
    pool_free(&t->scratch);
    free(t->items);
    free(t->tone);
    free(t);
}

static const struct ws_ops ops = {
    .open = on_open,
    .message = on_message,
    .closed = on_closed,
    .message_max_bytes = MESSAGE_BYTES,
    .queue_max_bytes = QUEUE_BYTES,
};

static void refuse(struct http_response *res, int status, const char *code, const char *message)
{
    res->status = status;
    res->content_type = "application/json";
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_key(&j, "error");
    jw_object(&j);
    jw_kv_text(&j, "message", message);
    jw_kv_text(&j, "type", status >= 500 ? "server_error" : "invalid_request_error");
    jw_kv_text(&j, "param", NULL);
    jw_kv_text(&j, "code", code);
    jw_object_end(&j);
    jw_object_end(&j);
}

void sandbox_realtime_serve(struct sandbox *s, struct http_request *req, struct http_response *res)
{
    struct str key = http_request_header(req, "Authorization"), bearer = STR("Bearer ");
    struct str beta = http_request_header(req, "OpenAI-Beta");
    struct form form = {0};
    int refused = talk_take_refusal(s);
    if (refused) {
        refuse(res, refused, "refused", "a connection that was asked to be refused");
        return;
    }
    if (!key.p || !str_starts(key, bearer) || key.n == bearer.n ||
        str_eq(key, STR("Bearer sk-invalid"))) {
        refuse(res, 401, "invalid_api_key", "Incorrect API key provided.");
        return;
    }
    if (!req->upgrade || form_parse(req->pool, req->query, &form, NULL) < 0 ||
        !form_get(&form, "model").n) {
        refuse(res, 400, "missing_model", "a WebSocket with ?model= is expected");
        return;
    }
    struct talk *t = xcalloc(1, sizeof *t);
    t->sandbox = s;
    t->scratch = pool_new();
    t->beta = beta.p && str_eq(beta, STR("realtime=v1"));
    unsigned char random[8];
    random_bytes(random, sizeof random);
    snprintf(t->id, sizeof t->id, "sess_%s", hex_encode(req->pool, random, sizeof random));
    snprintf(t->model, sizeof t->model, STR_FMT, STR_ARG(form_get(&form, "model")));
    struct str name = http_request_header(req, "X-Client-Request-Id");
    name = name.p ? str_cut(&name, '/') : name;
    snprintf(t->call, sizeof t->call, STR_FMT, STR_ARG(name));
    talk_session_new(t);
    res->ws = &ops;
    res->ws_arg = t;
}
