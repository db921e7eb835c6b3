/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "speech_fixture.h"
#include "tap.h"
#include "voice/speak.h"
#include "voice/speak_kept.h"
#include "voice/wav.h"

struct sound {
    size_t n, pieces, most; /* most: so many samples are wanted; 0: all */
    double energy;
};

static bool add(void *arg, const int16_t *samples, size_t n)
{
    struct sound *s = arg;
    for (size_t i = 0; i < n; i++) {
        s->energy += (double)samples[i] * samples[i];
    }
    s->n += n;
    s->pieces++;
    return s->most == 0 || s->n < s->most;
}

static double loudness(const struct sound *s)
{
    return s->n ? sqrt(s->energy / (double)s->n) : 0;
}

TEST(texts_are_spelt_as_they_are_spoken)
{
    static const struct {
        const char *written, *spelt;
    } rows[] = {
        {"We are open 9-5.", "We are open 9 to 5."},
        {"It is $120-$180 (plus tax).", "It is $120 to $180 plus tax."},
        {"Call +15550100002 now", "Call 1, 5 5 5, 0 1 0, 0 0 0 2 now"},
        {"about 2 hrs & 15 min", "about 2 hours and 15 minutes"},
        {"at ten AM, I am sure", "at ten A M, I am sure"},
        {"12 Main St. or Oak Ave.", "12 Main street. or Oak avenue."},
        {"I sat on Sat. in the sun", "I sat on Saturday. in the sun"},
        {"Write to maya@salon.example.", "Write to maya at salon dot example."},
        {"See https://salon.example/book", "See salon dot example slash book"},
        {"10:00-11:30", "10:00 to 11:30"},
        {"555-010-0002", "555-010-0002"},
        {"Caf\xC3\xA9 \xE2\x80\x9CNo\xC3\xABl\xE2\x80\x9D \xF0\x9F\x98\x80 ok", "Cafe Noel ok"},
        {"", ""},
        {" \xFF\x01 ", ""},
    };
    CLEANUP(pool_free) struct pool *p = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        EQ_STR(speak_spelt(p, str_of(rows[i].written)), rows[i].spelt);
    }
}

TEST(texts_are_cut_into_sentences)
{
    struct str rest = STR("Hi! Dr. Osei is free at 2 p.m. on Monday. It takes 45 min. or so.\n"
                          "Shall I book it?  ");
    static const char *const want[] = {"Hi!", "Dr. Osei is free at 2 p.m. on Monday.",
                                       "It takes 45 min. or so.", "Shall I book it?"};
    for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
        EQ_VIEW(speak_sentence(&rest), want[i]);
    }
    OK(speak_sentence(&rest).p == NULL);
    char endless[2001];
    memset(endless, 'a', sizeof endless - 1);
    endless[2000] = '\0';
    rest = str_of(endless);
    size_t all = 0, n = 0;
    for (struct str s; (s = speak_sentence(&rest)).p;) {
        OK(s.n > 0 && s.n <= 401);
        all += s.n;
        n++;
    }
    EQ_INT(all, 2000);
    OK(n >= 4);
}

TEST(sound_keeps_its_length_and_pitch_at_another_rate)
{
    static const int rates[][2] = {{8000, 16000}, {16000, 8000}, {24000, 16000}, {16000, 24000}};
    for (size_t r = 0; r < ARRAY_SIZE(rates); r++) {
        tap_case("%d to %d", rates[r][0], rates[r][1]);
        struct resample *s = resample_new(rates[r][0], rates[r][1]);
        struct sound out = {0};
        int16_t piece[160];
        for (int i = 0, at = 0; i < rates[r][0] / 160; i++) {
            for (int k = 0; k < 160; k++, at++) {
                piece[k] = (int16_t)(8000 * sin(at * 2 * 3.14159265 * 440 / rates[r][0]));
            }
            OK(resample_run(s, piece, 160, add, &out));
        }
        resample_end(s, add, &out);
        OK_MSG(llabs((long long)out.n - rates[r][1]) < 64, "%zu samples", out.n);
        OK_MSG(fabs(loudness(&out) - 8000 / sqrt(2)) < 200, "%.0f", loudness(&out));
        resample_free(&s);
    }
}

TEST(wave_files_are_written_and_read)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 4096);
    static const int16_t samples[] = {0, 1, -1, 32767, -32768};
    wav_write(&b, 24000, samples, 5);
    struct wav w;
    EQ_INT(wav_read(p, buf_str(&b), &w, NULL), 0);
    EQ_INT(w.rate, 24000);
    EQ_INT(w.n, 5);
    OK(memcmp(w.samples, samples, sizeof samples) == 0);
    memset(b.data + 40, 0xFF, 4); /* as a server writes that streams */
    EQ_INT(wav_read(p, buf_str(&b), &w, NULL), 0);
    EQ_INT(w.n, 5);
    b.data[34] = 8; /* bits */
    EQ_INT(wav_read(p, buf_str(&b), &w, NULL), ERR_MALFORMED);
    EQ_INT(wav_read(p, (struct str){b.data, 30}, &w, NULL), ERR_MALFORMED);
    EQ_INT(wav_read(p, STR("ID3 this is an mp3"), &w, NULL), ERR_MALFORMED);
}

static const char *const voices[] = {"slt", "kal16"};

TEST(flite_speaks_with_each_voice_at_each_rate)
{
    for (size_t v = 0; v < ARRAY_SIZE(voices); v++) {
        struct speak_config config = {.voice = voices[v]};
        CLEANUP(speak_free) struct speak *s = NULL;
        EQ_INT(speak_new(&config, &s, NULL), 0);
        EQ_STR(speak_name(s), "flite");
        for (int rate = 8000; rate <= 24000; rate += 16000) {
            tap_case("%s at %d", voices[v], rate);
            struct sound out = {0};
            EQ_INT(speak_say(s, STR("Your facial is booked for Tuesday."), rate, add, &out, NULL),
                   0);
            double seconds = (double)out.n / rate;
            OK_MSG(seconds > 1.2 && seconds < 4, "%.2f s", seconds);
            OK_MSG(loudness(&out) > 500, "loudness %.0f", loudness(&out));
        }
    }
    struct speak *none = NULL;
    struct err e = {0};
    EQ_INT(speak_new(&(struct speak_config){.voice = "fred"}, &none, &e), ERR_CONFIG);
    OK(strstr(e.text, "kal16"));
}

TEST(the_first_sound_comes_before_the_last_and_it_stops_when_told)
{
    CLEANUP(speak_free) struct speak *s = NULL;
    EQ_INT(speak_new(&(struct speak_config){.voice = NULL}, &s, NULL), 0);
    struct sound all = {0}, some = {.most = 800};
    struct str text = STR("We have Tuesday at ten AM, Wednesday at noon or Friday at two PM.");
    EQ_INT(speak_say(s, text, 8000, add, &all, NULL), 0);
    OK_MSG(all.pieces > 20, "%zu pieces", all.pieces);
    EQ_INT(speak_say(s, text, 8000, add, &some, NULL), 0);
    OK_MSG(some.n < all.n / 4, "%zu of %zu", some.n, all.n);
    struct sound nothing = {0};
    EQ_INT(speak_say(s, STR("\xF0\x9F\x98\x80"), 8000, add, &nothing, NULL), 0);
    EQ_INT(nothing.n, 0);
}

static void *speak_twice(void *arg)
{
    for (int i = 0; i < 2; i++) {
        struct sound out = {0};
        EQ_INT(speak_say(arg, STR("See you soon."), 8000, add, &out, NULL), 0);
        OK(out.n > 4000);
    }
    return NULL;
}

TEST(threads_share_a_voice)
{
    CLEANUP(speak_free) struct speak *s = NULL;
    EQ_INT(speak_new(&(struct speak_config){.voice = "kal16"}, &s, NULL), 0);
    pthread_t threads[4];
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_create(&threads[i], NULL, speak_twice, s);
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_join(threads[i], NULL);
    }
}

#define SENTENCES (SPEAK_KEPT_MAX + SPEAK_KEPT_MAX / 2) /* not all are kept */
#define ROUNDS 2000

struct shared {
    struct speak_kept *kept;
    unsigned seed;
    size_t found; /* of this thread */
};

/* Sentence i has i + 1 samples, each of them i, so that a mixture would be seen. */
static void *keep_and_find(void *arg)
{
    struct shared *s = arg;
    for (int round = 0; round < ROUNDS; round++) {
        size_t i = (size_t)rand_r(&s->seed) % SENTENCES, n = 0;
        char text[32];
        snprintf(text, sizeof text, "Sentence %zu.", i);
        int16_t *samples = speak_kept_find(s->kept, str_of(text), 8000, &n);
        if (samples) {
            bool whole = n == i + 1;
            for (size_t k = 0; whole && k < n; k++) {
                whole = samples[k] == (int16_t)i;
            }
            OK(whole);
            s->found++;
        } else {
            n = i + 1;
            samples = malloc(n * sizeof *samples);
            for (size_t k = 0; k < n; k++) {
                samples[k] = (int16_t)i;
            }
            speak_kept_add(s->kept, str_of(text), 8000, samples, n);
        }
        free(samples);
    }
    return NULL;
}

TEST(threads_share_what_was_said_lately)
{
    struct shared shared[4];
    pthread_t threads[4];
    CLEANUP(speak_kept_free) struct speak_kept *kept = speak_kept_new();
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        shared[i] = (struct shared){kept, (unsigned)i + 1, 0};
        pthread_create(&threads[i], NULL, keep_and_find, &shared[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_join(threads[i], NULL);
        OK(shared[i].found > ROUNDS / 4); /* two thirds fit in */
    }
}

TEST(what_is_kept_is_the_sentence_at_its_rate_and_the_least_used_goes)
{
    CLEANUP(speak_kept_free) struct speak_kept *kept = speak_kept_new();
    static int16_t sound[SPEAK_KEPT_SAMPLES + 1];
    size_t n = 0;
    speak_kept_add(kept, STR("Hello."), 8000, sound, 100);
    free(speak_kept_find(kept, STR("Hello."), 8000, &n));
    EQ_INT(n, 100);
    OK(speak_kept_find(kept, STR("Hello."), 24000, &n) == NULL);
    OK(speak_kept_find(kept, STR("Hello"), 8000, &n) == NULL);
    speak_kept_add(kept, STR("Long."), 8000, sound, ARRAY_SIZE(sound));
    OK(speak_kept_find(kept, STR("Long."), 8000, &n) == NULL);
    for (int i = 0; i < SPEAK_KEPT_MAX; i++) {
        char text[32];
        snprintf(text, sizeof text, "Sentence %d.", i);
        speak_kept_add(kept, str_of(text), 8000, sound, 10);
        int16_t *again = speak_kept_find(kept, STR("Hello."), 8000, &n);
        OK(again != NULL); /* used all the time: it stays */
        free(again);
    }
    OK(speak_kept_find(kept, STR("Sentence 0."), 8000, &n) == NULL);
}

TEST(a_long_sentence_is_said_whole)
{
    CLEANUP(speak_free) struct speak *s = NULL;
    EQ_INT(speak_new(&(struct speak_config){.voice = "kal16"}, &s, NULL), 0);
    struct sound whole = {0}, first = {0}, second = {0};
    EQ_INT(speak_say(s, STR("On Tuesday the third, we have ten AM, eleven AM and two PM left."),
                     8000, add, &whole, NULL),
           0);
    EQ_INT(speak_say(s, STR("On Tuesday the third,"), 8000, add, &first, NULL), 0);
    EQ_INT(
        speak_say(s, STR("we have ten AM, eleven AM and two PM left."), 8000, add, &second, NULL),
        0);
    OK_MSG(first.n > 4000 && whole.n + 400 > first.n + second.n, "%zu, of %zu and %zu", whole.n,
           first.n, second.n);
}

TEST(a_server_speaks)
{
    struct speech_server server;
    speech_server_start(&server);
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 1u << 20);
    int16_t *loud = calloc(22050, sizeof *loud);
    for (int i = 0; i < 22050; i++) {
        loud[i] = (int16_t)(i % 50 < 25 ? 6000 : -6000);
    }
    wav_write(&b, 22050, loud, 22050);
    free(loud);
    server.answer = buf_str(&b);
    struct speak_config config = {
        .url = server.url, .key = "sesame", .model = "tts-1", .voice = "nova", .timeout_ms = 5000};
    CLEANUP(speak_free) struct speak *s = NULL;
    EQ_INT(speak_new(&config, &s, NULL), 0);
    struct sound out = {0};
    EQ_INT(speak_say(s, STR("See \"you\"."), 8000, add, &out, NULL), 0);
    OK_MSG(llabs((long long)out.n - 8000) < 64, "%zu samples", out.n);
    OK(loudness(&out) > 4000);
    EQ_STR(server.path, "/v1/audio/speech");
    OK(speech_server_asked(&server, "Bearer sesame"));
    OK(speech_server_asked(&server, "\"input\":\"See \\\"you\\\".\""));
    OK(speech_server_asked(&server, "\"voice\":\"nova\""));
    OK(speech_server_asked(&server, "\"response_format\":\"wav\""));
    struct sound again = {0}, wide = {0}, half = {.most = 4000};
    EQ_INT(speak_say(s, STR("See \"you\"."), 8000, add, &half, NULL), 0); /* it is kept */
    EQ_INT(speak_say(s, STR("See \"you\"."), 8000, add, &again, NULL), 0);
    OK(half.n >= 4000 && half.n < out.n);
    OK(again.n == out.n && again.energy == out.energy);
    EQ_INT(server.requests, 1);
    EQ_INT(speak_say(s, STR("See \"you\"."), 16000, add, &wide, NULL), 0); /* not at that rate */
    EQ_INT(server.requests, 2);
    for (int i = 0; i < SPEAK_KEPT_MAX; i++) {
        char text[16];
        snprintf(text, sizeof text, "Number %d.", i);
        EQ_INT(speak_say(s, str_of(text), 8000, add, &wide, NULL), 0);
    }
    EQ_INT(speak_say(s, STR("See \"you\"."), 8000, add, &again, NULL), 0); /* any more */
    EQ_INT(server.requests, 3 + SPEAK_KEPT_MAX);
    speech_server_stop(&server);
}

TEST(what_a_server_cannot_say_flite_says)
{
    struct speech_server server;
    speech_server_start(&server);
    server.status = 500;
    struct speak_config config = {.url = server.url, .timeout_ms = 5000};
    CLEANUP(speak_free) struct speak *s = NULL;
    EQ_INT(speak_new(&config, &s, NULL), 0);
    for (int i = 0; i < 5; i++) {
        struct sound out = {0};
        EQ_INT(speak_say(s, STR("Hello."), 8000, add, &out, NULL), 0);
        OK(out.n > 2000);
    }
    EQ_INT(server.requests, 3); /* then it is left alone */
    speech_server_stop(&server);
    struct speak *none = NULL;
    EQ_INT(speak_new(&(struct speak_config){.url = "salon.example"}, &none, NULL), ERR_CONFIG);
}

int main(void)
{
    return tap_run();
}
