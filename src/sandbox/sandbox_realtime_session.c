/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session of the realtime model's stand-in: its defaults, and the update, whose members are
 * checked by name, since a client that uses the older ones with the present protocol, or the other
 * way round, would be refused by the original too.
 */
#include "base/json_read.h"
#include "sandbox/sandbox_realtime_private.h"

#define LOUD 600 /* mean amplitude at a threshold of 0.5 */

static json_t *default_vad(void)
{
    return json_pack("{s:s,s:f,s:i,s:i,s:b,s:b}", "type", "server_vad", "threshold", 0.5,
                     "prefix_padding_ms", 300, "silence_duration_ms", 500, "create_response", 1,
                     "interrupt_response", 1);
}

static json_t *default_pcm(void)
{
    return json_pack("{s:s,s:i}", "type", "audio/pcm", "rate", 24000);
}

static json_t *present_session(const struct talk *t)
{
    return json_pack("{s:s,s:s,s:s,s:s,s:I,s:[s],s:s,s:{s:{s:o,s:n,s:n,s:o},s:{s:o,s:s,s:f}},s:[],"
                     "s:s,s:s,s:s}",
                     "type", "realtime", "object", "realtime.session", "id", t->id, "model",
                     t->model, "expires_at", (json_int_t)(wall_now().us / US_PER_SECOND + 3600),
                     "output_modalities", "audio", "instructions", "", "audio", "input", "format",
                     default_pcm(), "transcription", "noise_reduction", "turn_detection",
                     default_vad(), "output", "format", default_pcm(), "voice", "alloy", "speed",
                     1.0, "tools", "tool_choice", "auto", "max_output_tokens", "inf", "truncation",
                     "auto");
}

static json_t *beta_session(const struct talk *t)
{
    return json_pack("{s:s,s:s,s:s,s:I,s:[s,s],s:s,s:s,s:s,s:s,s:n,s:o,s:[],s:s,s:f,s:s}", "object",
                     "realtime.session", "id", t->id, "model", t->model, "expires_at",
                     (json_int_t)(wall_now().us / US_PER_SECOND + 1800), "modalities", "text",
                     "audio", "instructions", "", "voice", "alloy", "input_audio_format", "pcm16",
                     "output_audio_format", "pcm16", "input_audio_transcription", "turn_detection",
                     default_vad(), "tools", "tool_choice", "auto", "temperature", 0.8,
                     "max_response_output_tokens", "inf");
}

/* --- what it means --- */

static enum audio_form form_of(const json_t *format)
{
    const char *name =
        json_is_string(format) ? json_string_value(format) : json_get_text(format, "type", "");
    return strcmp(name, "audio/pcmu") == 0 || strcmp(name, "g711_ulaw") == 0 ? AUDIO_ULAW_8K
                                                                             : AUDIO_PCM_24K;
}

static void apply(struct talk *t)
{
    const json_t *s = t->session, *audio = json_object_get(s, "audio");
    const json_t *input = t->beta ? s : json_object_get(audio, "input");
    const json_t *vad = json_object_get(input, "turn_detection");
    const json_t *in = json_object_get(input, t->beta ? "input_audio_format" : "format");
    const json_t *out = t->beta ? json_object_get(s, "output_audio_format")
                                : json_object_get(json_object_get(audio, "output"), "format");
    const json_t *writes =
        json_object_get(input, t->beta ? "input_audio_transcription" : "transcription");
    const json_t *threshold = json_object_get(vad, "threshold");
    t->in = form_of(in);
    t->out = form_of(out);
    t->vad = json_is_object(vad);
    t->answers = json_get_bool(vad, "create_response", true);
    t->interrupts = json_get_bool(vad, "interrupt_response", true);
    t->silence_ms = (int)json_get_i64(vad, "silence_duration_ms", 500);
    t->threshold =
        json_is_number(threshold) ? (int)(2 * LOUD * json_number_value(threshold)) : LOUD;
    t->writes_down = json_is_object(writes);
}

void talk_session_new(struct talk *t)
{
    t->session = t->beta ? beta_session(t) : present_session(t);
    apply(t);
}

/* --- the update --- */

static const char *const present_members[] = {"type",
                                              "model",
                                              "output_modalities",
                                              "instructions",
                                              "audio",
                                              "tools",
                                              "tool_choice",
                                              "max_output_tokens",
                                              "truncation",
                                              "tracing",
                                              "include",
                                              "prompt",
                                              "reasoning",
                                              "id",
                                              "object",
                                              "expires_at",
                                              "parallel_tool_calls",
                                              NULL};
static const char *const beta_members[] = {"modalities",
                                           "instructions",
                                           "voice",
                                           "input_audio_format",
                                           "output_audio_format",
                                           "input_audio_transcription",
                                           "input_audio_noise_reduction",
                                           "turn_detection",
                                           "tools",
                                           "tool_choice",
                                           "temperature",
                                           "speed",
                                           "tracing",
                                           "max_response_output_tokens",
                                           "model",
                                           NULL};

static bool is_one_of(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0) {
        names++;
    }
    return *names != NULL;
}

/* The first member that the protocol does not have; NULL: none. */
static const char *stranger(const struct talk *t, const json_t *session)
{
    const char *key;
    json_t *value UNUSED;
    json_object_foreach ((json_t *)(uintptr_t)session, key, value) {
        if (!is_one_of(t->beta ? beta_members : present_members, key)) {
            return key;
        }
    }
    return NULL;
}

/* Only the members that are given change, at any depth but in lists. */
static void merge(json_t *into, const json_t *from)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)from, key, value) {
        json_t *old = json_object_get(into, key);
        bool deeper = json_is_object(old) && json_is_object(value) && strcmp(key, "format") != 0;
        if (deeper) {
            merge(old, value);
        } else {
            json_object_set_new(into, key, json_deep_copy(value));
        }
    }
}

static const char *voice_of(const struct talk *t, const json_t *session)
{
    const json_t *output = json_object_get(json_object_get(session, "audio"), "output");
    return json_get_text(t->beta ? session : output, "voice", NULL);
}

/* Tools have their name beside their type, unlike in chat completions. */
static bool has_flat_tools(const json_t *session)
{
    size_t i;
    json_t *tool;
    json_array_foreach (json_object_get(session, "tools"), i, tool) {
        if (strcmp(json_get_text(tool, "type", ""), "function") == 0 &&
            !json_get_text(tool, "name", NULL)) {
            return false;
        }
    }
    return true;
}

void talk_session_update(struct talk *t, const json_t *event)
{
    const char *about = json_get_text(event, "event_id", NULL);
    const json_t *session = json_object_get(event, "session");
    const char *strange = stranger(t, session);
    const char *voice = voice_of(t, session);
    const char *type = json_get_text(session, "type", NULL);
    if (!json_is_object(session)) {
        talk_error(t, "missing_required_parameter", "session", about,
                   "Missing required parameter: 'session'.");
    } else if (!t->beta && (!type || strcmp(type, "realtime") != 0)) {
        talk_error(t, "missing_required_parameter", "session.type", about,
                   "Missing required parameter: 'session.type'.");
    } else if (strange) {
        talk_error(t, "unknown_parameter", pool_printf(t->scratch, "session.%s", strange), about,
                   pool_printf(t->scratch, "Unknown parameter: 'session.%s'.", strange));
    } else if (!has_flat_tools(session)) {
        talk_error(t, "missing_required_parameter", "session.tools[0].name", about,
                   "Missing required parameter: 'session.tools[0].name'.");
    } else if (voice && t->spoke && strcmp(voice, voice_of(t, t->session)) != 0) {
        talk_error(t, "cannot_update_voice", "session.voice", about,
                   "Cannot update a conversation's voice if assistant audio is present.");
    } else {
        merge(t->session, session);
        json_object_set_new(t->session, "id", json_string(t->id));
        apply(t);
        talk_emit(t, json_pack("{s:s,s:O}", "type", "session.updated", "session", t->session));
    }
}
