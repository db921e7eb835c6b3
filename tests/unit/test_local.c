/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local engine, as its call sees it: talks by typed turns and by sound of a synthetic caller,
 * what is interrupted, keys, and what happens when it cannot hear.
 */
#include <stdlib.h>

#include "realtime_fixture.h"
#include "tap.h"
#include "voice/local.h"
#include "voice/resample.h"

static struct voice_local *shared;

static void open_scene(struct scene *s, const char *greeting)
{
    if (!shared) {
        struct voice_local_config c = {.speak = {.voice = "kal16"},
                                       .pre_roll_ms = 300,
                                       .hangover_ms = 700,
                                       .text_from = "+15550100100"};
        EQ_INT(voice_local_new(&c, &shared, NULL), 0);
    }
    scene_init(s);
    s->ops = &engine_local;
    s->local = shared;
    s->greeting = greeting;
}

struct sound {
    int16_t samples[8000 * 12];
    size_t n;
};

static bool append(void *arg, const int16_t *samples, size_t n)
{
    struct sound *s = arg;
    n = MIN_OF(n, ARRAY_SIZE(s->samples) - s->n);
    memcpy(s->samples + s->n, samples, n * sizeof *samples);
    s->n += n;
    return true;
}

/* The caller says it, and then nothing for a second. */
static void call_says(struct scene *s, const char *text)
{
    static struct sound sound;
    static const int16_t silence[8000];
    CLEANUP(speak_free) struct speak *voice = NULL;
    EQ_INT(speak_new(&(struct speak_config){.voice = "slt"}, &voice, NULL), 0);
    sound.n = 0;
    append(&sound, silence, 4000);
    EQ_INT(speak_say(voice, str_of(text), 8000, append, &sound, NULL), 0);
    append(&sound, silence, 8000);
    scene_samples(s, sound.samples, sound.n);
}

TEST(it_greets_and_answers_sentence_by_sentence)
{
    struct scene s;
    open_scene(&s, "Thank you for calling. How can I help you?");
    scene_start(&s, NULL);
    OK(scene_wait(&s, "ready"));
    OK(scene_wait(&s, "reply_began"));
    EQ_STR(scene_wait(&s, "saying: "), "Thank you for calling.");
    OK(scene_wait(&s, "audio"));
    EQ_STR(scene_wait(&s, "said: "), "Thank you for calling. How can I help you?");
    OK(scene_wait(&s, "reply_done"));
    scene_text(&s, "What are your hours on Monday?");
    OK(scene_wait(&s, "reply_began"));
    const char *said = scene_wait(&s, "said: ");
    OK_MSG(said && strstr(said, "nine AM"), "%s", said);
    EQ_INT(scene_count(&s, "heard: "), 0); /* the call knows what it handed over */
    scene_clear(&s);
}

TEST(a_caller_books_by_voice)
{
    struct scene s;
    open_scene(&s, NULL);
    scene_start(&s, NULL);
    OK(scene_wait(&s, "ready"));
    call_says(&s, "I would like to book a facial for next Tuesday at two PM");
    OK(scene_wait(&s, "speech_started"));
    OK(scene_wait(&s, "speech_stopped"));
    const char *heard = scene_wait(&s, "heard: ");
    OK_MSG(heard && strstr(heard, "facial"), "%s", heard);
    const char *said = scene_wait(&s, "said: ");
    OK_MSG(said && strstr(said, "Tuesday"), "%s", said); /* read back */
    for (int i = 0; i < 3 && scene_count(&s, "tool: book_appointment") == 0; i++) {
        OK(scene_wait(&s, "reply_done"));
        call_says(&s, "yes please");
        OK(scene_wait(&s, "said: "));
    }
    OK(scene_count(&s, "tool: book_appointment") == 1);
    EQ_STR(fixture_cell(s.fixture.store, "SELECT COUNT(*) FROM appointments"), "1");
    scene_tell(&s);
    scene_clear(&s);
}

TEST(what_is_interrupted_ends)
{
    struct scene s;
    open_scene(&s, NULL);
    s.heard_ms = 100;
    scene_start(&s, NULL);
    OK(scene_wait(&s, "ready"));
    scene_text(&s, "What services do you offer, and what do they cost?");
    OK(scene_wait(&s, "audio"));
    scene_interrupt(&s, 100);
    long long bytes = s.audio_bytes;
    scene_text(&s, "Thank you, goodbye");
    OK(scene_wait(&s, "reply_began"));
    OK(scene_wait(&s, "reply_done"));
    OK(scene_wait(&s, "goodbye"));
    EQ_INT(scene_count(&s, "reply_began"), 2);
    EQ_INT(scene_count(&s, "reply_done"), 1);
    OK(bytes < 8000 * 30);
    scene_clear(&s);
}

/* Loud, and no words. */
static void noise(struct scene *s)
{
    static int16_t samples[8000 * 2];
    unsigned state = 1;
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
        state = state * 1664525u + 1013904223u;
        bool on = i < 6400 && i / 800 % 2 == 0;
        samples[i] = on ? (int16_t)((int)(state >> 17) - 16384) : 0;
    }
    scene_samples(s, samples, ARRAY_SIZE(samples));
}

TEST(who_cannot_be_heard_is_offered_a_text_message)
{
    struct scene s;
    open_scene(&s, NULL);
    scene_start(&s, NULL);
    OK(scene_wait(&s, "ready"));
    for (int i = 0; i < 2; i++) {
        noise(&s);
        OK(scene_wait(&s, "speech_stopped"));
        const char *said = scene_wait(&s, "said: ");
        OK_MSG(said && strstr(said, i ? "text message" : "did not catch"), "%s", said);
        OK(scene_wait(&s, "reply_done"));
    }
    scene_digit(&s, '1');
    EQ_STR(scene_wait(&s, "heard: "), "yes");
    const char *said = scene_wait(&s, "said: ");
    OK_MSG(said && strstr(said, "have sent you"), "%s", said);
    OK(scene_wait(&s, "goodbye"));
    EQ_STR(fixture_cell(s.fixture.store,
                        "SELECT COUNT(*) FROM sms_details WHERE to_number = '+15550100001'"),
           "1");
    scene_clear(&s);
}

TEST(keys_answer_what_was_asked)
{
    struct scene s;
    open_scene(&s, NULL);
    scene_start(&s, NULL);
    OK(scene_wait(&s, "ready"));
    scene_digit(&s, '0');
    scene_digit(&s, '#');
    EQ_STR(scene_wait(&s, "heard: "), "I would like to speak to a person");
    OK(scene_wait(&s, "said: "));
    OK(scene_wait(&s, "transfer"));
    for (const char *c = "5550100009#"; *c; c++) {
        scene_digit(&s, *c);
    }
    EQ_STR(scene_wait(&s, "heard: "), "my number is 5550100009");
    scene_clear(&s);
}

TEST(a_call_that_ends_in_the_middle_leaves_nothing_behind)
{
    for (int i = 0; i < 4; i++) {
        struct scene s;
        open_scene(&s, "Hello.");
        s.unknown_caller = true;
        scene_start(&s, NULL);
        if (i > 0) {
            call_says(&s, "I would like to book a facial");
        }
        if (i > 1) {
            scene_text(&s, "What are your hours?");
        }
        if (i > 2) {
            OK(scene_wait(&s, "audio"));
        }
        scene_clear(&s);
    }
    voice_local_free(&shared);
}

int main(void)
{
    return tap_run();
}
