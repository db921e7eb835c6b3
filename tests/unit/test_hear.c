/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local engine's ear: where speech begins and ends in synthesised sound, what is heard in it,
 * and a server that hears instead.
 */
#include <stdlib.h>
#include <unistd.h>

#include "domain/facts_seed.h"
#include "facts_fixture.h"
#include "speech_fixture.h"
#include "tap.h"
#include "voice/audio.h"
#include "voice/ears.h"
#include "voice/hear.h"
#include "voice/speak.h"

struct sound {
    int16_t samples[HEAR_RATE * 12];
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

static void silence(struct sound *s, int ms)
{
    static const int16_t none[HEAR_RATE / 1000];
    for (int i = 0; i < ms; i++) {
        append(s, none, ARRAY_SIZE(none));
    }
}

/* Over a telephone line, and a little silence around it. */
static void spoken(struct sound *s, const char *text)
{
    CLEANUP(speak_free) struct speak *voice = NULL;
    static struct sound narrow;
    narrow.n = 0;
    s->n = 0;
    EQ_INT(speak_new(&(struct speak_config){.voice = "slt"}, &voice, NULL), 0);
    silence(s, 300);
    EQ_INT(speak_say(voice, str_of(text), 8000, append, &narrow, NULL), 0);
    for (size_t i = 0; i < narrow.n; i++) {
        narrow.samples[i] = ulaw_sample(ulaw_of(narrow.samples[i]));
    }
    struct resample *up = resample_new(8000, HEAR_RATE);
    resample_run(up, narrow.samples, narrow.n, append, s);
    resample_end(up, append, s);
    resample_free(&up);
    silence(s, 300);
}

static struct heard hear_it(struct pool *p, struct hearing *g, enum hear_what what,
                            const struct sound *s)
{
    struct heard heard = {.text = STR("")};
    struct err e = {0};
    int rc = hearing_begin(g, what, &e);
    OK_MSG(rc == 0, "%s", err_text(&e, rc));
    for (size_t i = 0; i < s->n; i += 320) {
        hearing_samples(g, s->samples + i, MIN_OF(s->n - i, 320));
    }
    rc = hearing_end(g, p, &heard, &e);
    OK_MSG(rc == 0, "%s", err_text(&e, rc));
    return heard;
}

static bool has(struct heard heard, const char *what)
{
    return OK_MSG(strstr(heard.text.p, what) != NULL, "\"%s\" has no \"%s\"", heard.text.p, what);
}

TEST(what_callers_say_is_heard)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(hear_free) struct hear *h = NULL;
    static struct sound s;
    struct facts f;
    EQ_INT(facts_of_demo(p, &f, NULL), 0);
    EQ_INT(hear_new(&(struct hear_config){.model = NULL}, &h, NULL), 0);
    EQ_STR(hear_name(h), "pocketsphinx");
    CLEANUP(hearing_free) struct hearing *g = hearing_new(h, HEAR_TELEPHONE);
    EQ_INT(hearing_begin(g, HEAR_OPEN, NULL), ERR_UNAVAILABLE); /* it knows no words yet */
    EQ_INT(hear_learn(h, &f, NULL), 0);
    EQ_INT(hear_learn(h, &f, NULL), 0);
    spoken(&s, "I would like a facial on Friday at two PM");
    struct heard heard = hear_it(p, g, HEAR_OPEN, &s);
    has(heard, "facial");
    has(heard, "friday");
    has(heard, "two p");
    spoken(&s, "yes please");
    has(hear_it(p, g, HEAR_ANSWER, &s), "yes");
    spoken(&s, "five five five zero one zero zero");
    has(hear_it(p, g, HEAR_DIGITS, &s), "five five");
    OK(hearing_begin(g, HEAR_OPEN, NULL) == 0);
    hearing_drop(g);
}

TEST(another_business_has_other_words)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(hear_free) struct hear *h = NULL;
    static struct sound s;
    struct facts f;
    EQ_INT(facts_of_demo(p, &f, NULL), 0);
    EQ_INT(hear_new(&(struct hear_config){.decoders = 1}, &h, NULL), 0);
    EQ_INT(hear_learn(h, &f, NULL), 0);
    CLEANUP(hearing_free) struct hearing *g = hearing_new(h, HEAR_TELEPHONE);
    CLEANUP(hearing_free) struct hearing *other = hearing_new(h, HEAR_TELEPHONE);
    EQ_INT(hearing_begin(g, HEAR_OPEN, NULL), 0);
    EQ_INT(hearing_begin(other, HEAR_OPEN, NULL), ERR_UNAVAILABLE); /* all are at work */
    EQ_INT(hear_learn(h, facts_of_seed(p, "barber-shop.json"), NULL), 0);
    hearing_drop(g);
    spoken(&s, "I'd like a beard trim on Friday");
    struct heard heard = hear_it(p, other, HEAR_OPEN, &s);
    has(heard, "beard trim");
}

struct count {
    int began, ended;
    size_t n;
};

static void began(void *arg)
{
    ((struct count *)arg)->began++;
}

static void speech(void *arg, const int16_t *samples, size_t n)
{
    (void)samples;
    ((struct count *)arg)->n += n;
}

static void ended(void *arg)
{
    ((struct count *)arg)->ended++;
}

TEST(speech_begins_and_ends)
{
    static const struct ears_events events = {began, speech, ended};
    static struct sound s;
    spoken(&s, "I would like a facial on Tuesday");
    size_t spoke = s.n - (size_t)HEAR_RATE * 6 / 10;
    silence(&s, 900);
    for (int by_loudness = 0; by_loudness < 2; by_loudness++) {
        struct count c = {0};
        struct ears_config config = {.pre_roll_ms = 300,
                                     .hangover_ms = 700,
                                     .longest_ms = 30000,
                                     .by_loudness = by_loudness};
        CLEANUP(ears_free) struct ears *e = ears_new(&config, &events, &c);
        tap_case("%s", ears_name(e));
        for (size_t i = 0; i < s.n; i += 100) { /* no multiple of a frame */
            ears_samples(e, s.samples + i, MIN_OF(s.n - i, 100));
        }
        EQ_INT(c.began, 1);
        EQ_INT(c.ended, 1);
        OK_MSG(c.n > spoke && c.n < spoke + HEAR_RATE * 3 / 2, "%zu of %zu", c.n, spoke);
        OK(!ears_in_speech(e));
    }
}

TEST(a_click_is_no_speech_and_who_says_so_ends_it)
{
    static const struct ears_events events = {began, speech, ended};
    static struct sound s;
    struct count c = {0};
    struct ears_config config = {.pre_roll_ms = 300, .hangover_ms = 700, .longest_ms = 1500};
    CLEANUP(ears_free) struct ears *e = ears_new(&config, &events, &c);
    s.n = 0;
    silence(&s, 500);
    for (int i = 0; i < 80; i++) {
        s.samples[4000 + i] = (int16_t)(i % 2 ? 20000 : -20000);
    }
    ears_samples(e, s.samples, s.n);
    EQ_INT(c.began, 0);
    ears_end(e);
    EQ_INT(c.ended, 0);
    spoken(&s, "I would like a facial");
    ears_samples(e, s.samples, HEAR_RATE);
    EQ_INT(c.began, 1);
    ears_end(e);
    EQ_INT(c.ended, 1);
}

TEST(a_server_hears)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct speech_server server;
    static struct sound s;
    struct facts f;
    EQ_INT(facts_of_demo(p, &f, NULL), 0);
    speech_server_start(&server);
    server.content_type = "application/json";
    server.answer = STR("{\"text\":\" A facial on Tuesday, please. \"}");
    CLEANUP(hear_free) struct hear *h = NULL;
    struct hear_config config = {
        .url = server.url, .key = "sesame", .model = "whisper-1", .timeout_ms = 5000};
    EQ_INT(hear_new(&config, &h, NULL), 0);
    EQ_STR(hear_name(h), "server");
    EQ_INT(hear_learn(h, &f, NULL), 0);
    struct hearing *g = hearing_new(h, HEAR_TELEPHONE);
    spoken(&s, "yes please");
    struct heard heard = hear_it(p, g, HEAR_ANSWER, &s);
    EQ_VIEW(heard.text, "A facial on Tuesday, please.");
    EQ_STR(server.path, "/v1/audio/transcriptions");
    OK(speech_server_asked(&server, "Bearer sesame"));
    OK(speech_server_asked(&server, "name=\"model\"\r\n\r\nwhisper-1\r\n"));
    OK(speech_server_asked(&server, "HydraFacial"));
    OK(speech_server_asked(&server, "RIFF"));
    server.answer = STR("{\"words\":[]}"); /* pocketsphinx hears it then */
    has(hear_it(p, g, HEAR_ANSWER, &s), "yes");
    server.status = 503;
    has(hear_it(p, g, HEAR_ANSWER, &s), "yes");
    hearing_free(&g);
    speech_server_stop(&server);
    struct hear *none = NULL;
    EQ_INT(hear_new(&(struct hear_config){.url = "whisper"}, &none, NULL), ERR_CONFIG);
    EQ_INT(hear_new(&(struct hear_config){.acoustic_model = "/nowhere"}, &none, NULL),
           ERR_UNAVAILABLE);
}

int main(void)
{
    return tap_run();
}
