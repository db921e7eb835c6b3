/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ear of the realtime model's stand-in: who is louder than the threshold for a moment speaks,
 * who is not for as long as the session says has finished. What was said it takes from the script
 * or from what the caller announced.
 */
#include "base/codec.h"
#include "base/json_read.h"
#include "sandbox/sandbox_realtime_private.h"

#define STEP_MS 10
#define LOUD_MS 40 /* so long at once is no click */
#define LEAST_MS 100

static void started(struct talk *t)
{
    struct talk_ear *ear = &t->ear;
    int64_t began = MAX_OF(0, ear->at_ms - LOUD_MS - 300);
    ear->speaking = true;
    talk_id(t, "item", ear->item);
    talk_emit(t, json_pack("{s:s,s:I,s:s}", "type", "input_audio_buffer.speech_started",
                           "audio_start_ms", (json_int_t)began, "item_id", ear->item));
    if (t->interrupts && t->response.step != TALK_IDLE) {
        talk_cancel(t, "turn_detected");
    }
}

static void write_down(struct talk *t, const char *item, const char *words)
{
    if (!t->writes_down) {
        return;
    }
    const char *type = "conversation.item.input_audio_transcription.delta";
    talk_emit(t, json_pack("{s:s,s:s,s:i,s:s}", "type", type, "item_id", item, "content_index", 0,
                           "delta", words));
    type = "conversation.item.input_audio_transcription.completed";
    talk_emit(t, json_pack("{s:s,s:s,s:i,s:s,s:{s:s,s:f}}", "type", type, "item_id", item,
                           "content_index", 0, "transcript", words, "usage", "type", "duration",
                           "seconds", (double)t->ear.held_ms / 1000));
}

/* What has come so far becomes an item. */
static void committed(struct talk *t)
{
    struct talk_ear *ear = &t->ear;
    char item[TALK_ID];
    snprintf(item, sizeof item, "%s", ear->item);
    if (!item[0]) {
        talk_id(t, "item", item);
    }
    json_decref(t->turn);
    t->turn = talk_take_turn(t->sandbox);
    const char *scripted = json_get_text(t->turn, "hears", NULL);
    char *announced =
        talk_take_heard(t->sandbox, str_of(t->call)); /* also of a turn that the script overrules */
    const char *words = scripted ? scripted : announced ? announced : "";
    bool awkward = strcmp(json_get_text(t->turn, "fault", ""), "awkward") == 0;
    if (awkward) {
        write_down(t, item, words);
    }
    talk_emit(t, json_pack("{s:s,s:s?,s:s}", "type", "input_audio_buffer.committed",
                           "previous_item_id", talk_last_item(t), "item_id", item));
    talk_add(t,
             json_pack("{s:s,s:s,s:s,s:[{s:s,s:n}]}", "id", item, "type", "message", "role", "user",
                       "content", "type", "input_audio", "transcript"),
             words, true);
    if (!awkward) {
        write_down(t, item, words);
    }
    ear->held_ms = 0;
    ear->item[0] = '\0';
    free(announced);
}

static void stopped(struct talk *t)
{
    struct talk_ear *ear = &t->ear;
    ear->speaking = false;
    talk_emit(t, json_pack("{s:s,s:I,s:s}", "type", "input_audio_buffer.speech_stopped",
                           "audio_end_ms", (json_int_t)ear->at_ms, "item_id", ear->item));
    committed(t);
    if (t->answers) {
        talk_answer(t, NULL, NULL);
    }
}

/* A step of STEP_MS with that mean loudness. */
static void step(struct talk *t, int64_t loudness)
{
    struct talk_ear *ear = &t->ear;
    bool loud = loudness > t->threshold;
    ear->at_ms += STEP_MS;
    ear->held_ms += STEP_MS;
    ear->loud_ms = loud ? ear->loud_ms + STEP_MS : 0;
    ear->silent_ms = loud ? 0 : ear->silent_ms + STEP_MS;
    if (!t->vad) {
        return;
    }
    if (!ear->speaking && ear->loud_ms >= LOUD_MS) {
        started(t);
    } else if (ear->speaking && ear->silent_ms >= t->silence_ms) {
        stopped(t);
    }
}

static void take(struct talk *t, int sample)
{
    struct talk_ear *ear = &t->ear;
    ear->sum += abs(sample);
    if (++ear->n == audio_rate(t->in) * STEP_MS / 1000) {
        int64_t mean = ear->sum / ear->n;
        ear->sum = ear->n = 0;
        step(t, mean);
    }
}

void talk_hear(struct talk *t, const json_t *event)
{
    struct str sound;
    if (!base64_decode(t->scratch, str_of(json_get_text(event, "audio", "")), &sound)) {
        talk_error(t, "invalid_value", "audio", json_get_text(event, "event_id", NULL),
                   "Invalid 'audio'. Expected base64-encoded audio bytes.");
        return;
    }
    const unsigned char *b = (const unsigned char *)sound.p;
    int64_t before = t->ear.at_ms;
    for (size_t i = 0; t->in == AUDIO_ULAW_8K && i < sound.n; i++) {
        take(t, ulaw_sample(b[i]));
    }
    for (size_t i = 0; t->in == AUDIO_PCM_24K && i + 1 < sound.n; i += 2) {
        take(t, (int16_t)(uint16_t)(b[i] | b[i + 1] << 8));
    }
    if (t->ear.at_ms / 1000 != before / 1000) {
        talk_log(t, NULL, 1000);
    }
}

void talk_commit(struct talk *t, const char *about)
{
    if (t->ear.held_ms < LEAST_MS) {
        talk_error(t, "input_audio_buffer_commit_empty", NULL, about,
                   "Error committing input audio buffer: buffer too small. Expected at least 100ms "
                   "of audio.");
        return;
    }
    t->ear.speaking = false;
    committed(t);
}

void talk_clear(struct talk *t)
{
    t->ear.held_ms = t->ear.sum = t->ear.n = 0;
    t->ear.loud_ms = t->ear.silent_ms = 0;
    t->ear.speaking = false;
    talk_emit(t, json_pack("{s:s}", "type", "input_audio_buffer.cleared"));
}
