/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sent to a realtime model's server: the session in the present form or the older one, and
 * the small events of a conversation, which are the same in both. Sound goes between a head and a
 * tail that are ready.
 */
#include "base/codec.h"
#include "base/json_write.h"
#include "mind/tools.h"
#include "voice/realtime_private.h"

#define UPDATE_BYTES (256u << 10)

/* --- tools --- */

/* What only a call has, beside mind/tools.def. */
static const char call_tools[] =
    "{\"type\":\"function\",\"name\":\"transfer_call\",\"description\":\"Puts the caller through "
    "to a person of the staff, now. Tell them so in the same answer.\",\"parameters\":{\"type\":"
    "\"object\",\"properties\":{\"reason\":{\"type\":\"string\",\"description\":\"Why, in a few "
    "words\"},\"summary\":{\"type\":\"string\",\"description\":\"What the person should know, in a "
    "sentence or two\"}},\"required\":[\"reason\"],\"additionalProperties\":false}},"
    "{\"type\":\"function\",\"name\":\"end_call\",\"description\":\"Ends the call, after the "
    "caller has said goodbye and you have too.\",\"parameters\":{\"type\":\"object\","
    "\"properties\":{},\"required\":[],\"additionalProperties\":false}}";

/* Flat: the name stands beside the type, unlike in chat completions. */
static void write_tools(struct pool *p, struct jw *j, bool with_store)
{
    jw_key(j, "tools");
    jw_array(j);
    size_t i;
    json_t *tool;
    json_array_foreach (with_store ? tools_describe(p) : NULL, i, tool) {
        const json_t *function = json_object_get(tool, "function");
        jw_object(j);
        jw_kv_text(j, "type", "function");
        jw_kv_text(j, "name", json_string_value(json_object_get(function, "name")));
        jw_kv_text(j, "description", json_string_value(json_object_get(function, "description")));
        json_t *parameters = json_object_get(function, "parameters");
        char *text = json_dumps(parameters, JSON_COMPACT);
        jw_kv_raw(j, "parameters", str_of(text ? text : "{}"));
        free(text);
        jw_object_end(j);
    }
    jw_raw(j, (struct str){call_tools, sizeof call_tools - 1});
    jw_array_end(j);
    jw_kv_text(j, "tool_choice", "auto");
}

/* --- the session --- */

static void write_transcription(struct jw *j, const char *key, const struct settings *s)
{
    if (!s->realtime_transcription[0]) {
        jw_kv_null(j, key);
        return;
    }
    jw_key(j, key);
    jw_object(j);
    jw_kv_text(j, "model", s->realtime_transcription);
    if (s->realtime_language[0]) {
        jw_kv_text(j, "language", s->realtime_language);
    }
    jw_object_end(j);
}

static void write_vad(struct jw *j, const struct settings *s)
{
    jw_key(j, "turn_detection");
    jw_object(j);
    jw_kv_text(j, "type", "server_vad");
    jw_kv_raw(j, "threshold", STR("0.5"));
    jw_kv_i64(j, "prefix_padding_ms", 300);
    jw_kv_i64(j, "silence_duration_ms", s->realtime_silence);
    jw_kv_bool(j, "create_response", true);
    jw_kv_bool(j, "interrupt_response", true);
    jw_object_end(j);
}

static void write_format(struct jw *j, enum audio_form form)
{
    jw_kv_raw(j, "format",
              form == AUDIO_ULAW_8K ? STR("{\"type\":\"audio/pcmu\"}")
                                    : STR("{\"type\":\"audio/pcm\",\"rate\":24000}"));
}

static void write_present(struct jw *j, const struct realtime *r)
{
    const struct settings *s = r->settings;
    jw_kv_text(j, "type", "realtime");
    jw_kv_text(j, "model", s->realtime_model);
    jw_kv_raw(j, "output_modalities", STR("[\"audio\"]"));
    jw_key(j, "audio");
    jw_object(j);
    jw_key(j, "input");
    jw_object(j);
    write_format(j, r->start.form);
    write_transcription(j, "transcription", s);
    write_vad(j, s);
    jw_object_end(j);
    jw_key(j, "output");
    jw_object(j);
    write_format(j, r->start.form);
    jw_kv_text(j, "voice", s->realtime_voice);
    jw_object_end(j);
    jw_object_end(j);
}

static void write_beta(struct jw *j, const struct realtime *r)
{
    const struct settings *s = r->settings;
    const char *format = r->start.form == AUDIO_ULAW_8K ? "g711_ulaw" : "pcm16";
    jw_kv_raw(j, "modalities", STR("[\"text\",\"audio\"]"));
    jw_kv_text(j, "input_audio_format", format);
    jw_kv_text(j, "output_audio_format", format);
    jw_kv_text(j, "voice", s->realtime_voice);
    write_transcription(j, "input_audio_transcription", s);
    write_vad(j, s);
}

struct str realtime_update(struct pool *p, const struct realtime *r, struct str instructions,
                           bool tools)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, UPDATE_BYTES);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "type", "session.update");
    jw_kv_text(&j, "event_id", "session");
    jw_key(&j, "session");
    jw_object(&j);
    if (r->beta) {
        write_beta(&j, r);
    } else {
        write_present(&j, r);
    }
    jw_kv_str(&j, "instructions", instructions);
    write_tools(p, &j, tools);
    jw_object_end(&j);
    jw_object_end(&j);
    return buf_failed(&b) ? (struct str){NULL, 0} : (struct str){str_dup(p, buf_str(&b)), b.len};
}

char *realtime_address(struct pool *p, const struct settings *s)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 4096);
    form_encode(&b, str_of(s->realtime_model));
    bool query = strchr(s->realtime_url, '?') != NULL;
    return pool_printf(p, "%s%smodel=" STR_FMT, s->realtime_url, query ? "&" : "?",
                       STR_ARG(buf_str(&b)));
}

/* --- a conversation's events --- */

struct frame {
    struct buf b;
    struct jw j;
};

static void begin(struct frame *f, const char *type)
{
    buf_init(&f->b, REALTIME_FRAME_BYTES);
    f->j = jw_to(&f->b);
    jw_object(&f->j);
    jw_kv_text(&f->j, "type", type);
}

static void end(struct realtime *r, struct frame *f)
{
    jw_object_end(&f->j);
    if (!buf_failed(&f->b)) {
        realtime_send(r, buf_str(&f->b));
    }
    buf_clear(&f->b);
}

void realtime_send_plain(struct realtime *r, const char *type)
{
    struct frame f;
    begin(&f, type);
    end(r, &f);
}

/* By its id: the server may have cancelled it by itself and have begun another. */
void realtime_send_cancel(struct realtime *r)
{
    struct frame f;
    begin(&f, "response.cancel");
    if (r->response[0]) {
        jw_kv_text(&f.j, "response_id", r->response);
    }
    end(r, &f);
}

void realtime_send_item(struct realtime *r, const char *role, struct str text)
{
    bool ours = strcmp(role, "assistant") == 0;
    struct frame f;
    begin(&f, "conversation.item.create");
    jw_key(&f.j, "item");
    jw_object(&f.j);
    jw_kv_text(&f.j, "type", "message");
    jw_kv_text(&f.j, "role", role);
    jw_key(&f.j, "content");
    jw_array(&f.j);
    jw_object(&f.j);
    jw_kv_text(&f.j, "type", !ours ? "input_text" : r->beta ? "text" : "output_text");
    jw_kv_str(&f.j, "text", text);
    jw_object_end(&f.j);
    jw_array_end(&f.j);
    jw_object_end(&f.j);
    end(r, &f);
}

void realtime_send_output(struct realtime *r, const char *call_id, struct str output)
{
    struct frame f;
    begin(&f, "conversation.item.create");
    jw_key(&f.j, "item");
    jw_object(&f.j);
    jw_kv_text(&f.j, "type", "function_call_output");
    jw_kv_text(&f.j, "call_id", call_id);
    jw_kv_str(&f.j, "output", output);
    jw_object_end(&f.j);
    end(r, &f);
}

void realtime_send_create(struct realtime *r, const char *words)
{
    struct frame f;
    char id[32];
    snprintf(id, sizeof id, "ask%lld", (long long)++r->asks);
    begin(&f, "response.create");
    jw_kv_text(&f.j, "event_id", id);
    if (words) {
        struct buf told CLEANUP(buf_clear);
        buf_init(&told, REALTIME_SAID_BYTES);
        buf_printf(&told, "Say exactly these words, and nothing else: \"%s\"", words);
        jw_key(&f.j, "response");
        jw_object(&f.j);
        jw_kv_str(&f.j, "instructions", buf_str(&told));
        jw_kv_text(&f.j, "tool_choice", "none");
        jw_object_end(&f.j);
    }
    end(r, &f);
}

/* What was not heard at all is taken back as a whole: an end of 0 is not taken by all servers. */
void realtime_send_truncate(struct realtime *r, const char *item, int64_t ms)
{
    struct frame f;
    begin(&f, ms > 0 ? "conversation.item.truncate" : "conversation.item.delete");
    jw_kv_text(&f.j, "item_id", item);
    if (ms > 0) {
        jw_kv_i64(&f.j, "content_index", 0);
        jw_kv_i64(&f.j, "audio_end_ms", ms);
    }
    end(r, &f);
}

/* Calls send one of these every 20 ms. */
void realtime_send_sound(struct realtime *r, struct str base64)
{
    static const char head[] = "{\"type\":\"input_audio_buffer.append\",\"audio\":\"";
    static const char tail[] = "\"}";
    char small[2048];
    size_t n = sizeof head - 1 + base64.n + sizeof tail - 1;
    char *frame = n <= sizeof small ? small : xmalloc(n);
    memcpy(frame, head, sizeof head - 1);
    memcpy(frame + sizeof head - 1, base64.p, base64.n);
    memcpy(frame + sizeof head - 1 + base64.n, tail, sizeof tail - 1);
    realtime_send(r, (struct str){frame, n});
    if (frame != small) {
        free(frame);
    }
}
