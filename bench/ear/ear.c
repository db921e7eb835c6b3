/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How well the local engine's ear hears: sentences of callers (utterances.tsv) said by synthetic
 * voices, sent over a line, heard, and understood by the mind; counted are turns of which the
 * intent and every particular are right. Synthetic speech is kinder than people: an upper bound.
 *
 *   ear UTTERANCES [--voices N] [--verbose]
 */
#include <flite/flite.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "domain/facts_seed.h"
#include "domain/zone.h"
#include "mind/understand.h"
#include "voice/audio.h"
#include "voice/hear.h"
#include "voice/resample.h"
#include "voice/wav.h"

#define LINES_MAX 400
#define NOISE_DB 15.0

cst_voice *register_cmu_us_slt(const char *voxdir);
cst_voice *register_cmu_us_kal16(const char *voxdir);
cst_voice *register_cmu_us_rms(const char *voxdir);
cst_voice *register_cmu_us_awb(const char *voxdir);

struct utterance {
    const char *text, *intent, *service, *day, *time;
};

struct sound {
    int16_t *samples;
    size_t n, room;
};

struct count {
    int turns, right, words, wrong_words;
    int intents, services, of_services, days, of_days, times, of_times;
    double cpu_s, sound_s, after_ms, after_most_ms;
};

static bool verbose;

static bool append(void *arg, const int16_t *samples, size_t n)
{
    struct sound *s = arg;
    if (s->n + n > s->room) {
        s->room = 2 * (s->n + n);
        s->samples = xrealloc(s->samples, s->room * sizeof *samples);
    }
    memcpy(s->samples + s->n, samples, n * sizeof *samples);
    s->n += n;
    return true;
}

static void clear(struct sound *s)
{
    free(s->samples);
    *s = (struct sound){0};
}

/* ------------------------------------------------------------------------ voices */

static void by_flite(cst_voice *voice, const char *text, struct sound *out)
{
    cst_wave *w = flite_text_to_wave(text, voice);
    struct resample *r = resample_new(w->sample_rate, HEAR_RATE);
    resample_run(r, w->samples, (size_t)w->num_samples, append, out);
    resample_end(r, append, out);
    resample_free(&r);
    delete_wave(w);
}

/* espeak-ng is a program of its own: its licence and its global state stay there. */
static bool by_espeak(struct pool *p, const char *voice, const char *text, struct sound *out)
{
    FILE *f = popen(
        pool_printf(p, "espeak-ng -v %s -s 160 --stdout \"%s\" 2>/dev/null", voice, text), "r");
    CLEANUP(buf_clear) struct buf b;
    buf_init(&b, 16u << 20);
    char piece[8192];
    for (size_t n; f && (n = fread(piece, 1, sizeof piece, f)) > 0;) {
        buf_add(&b, piece, n);
    }
    struct wav w;
    if (!f || pclose(f) != 0 || wav_read(p, buf_str(&b), &w, NULL) < 0) {
        return false;
    }
    struct resample *r = resample_new(w.rate, HEAR_RATE);
    resample_run(r, w.samples, w.n, append, out);
    resample_end(r, append, out);
    resample_free(&r);
    return true;
}

static const char *const espeak_voices[] = {"en-us", "en-us+f3"};
static cst_voice *flite_voices[4];

static bool say(struct pool *p, size_t voice, const char *text, struct sound *out)
{
    return voice < ARRAY_SIZE(flite_voices)
               ? (by_flite(flite_voices[voice], text, out), true)
               : by_espeak(p, espeak_voices[voice - ARRAY_SIZE(flite_voices)], text, out);
}

/* ------------------------------------------------------------------------ lines */

/* A normal deviate, always the same ones. */
static double normal(void)
{
    static uint64_t state = 88172645463325252u;
    double sum = 0;
    for (int i = 0; i < 12; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        sum += (double)(state >> 11) / 9007199254740992.0;
    }
    return sum - 6;
}

static void add_noise(struct sound *s, double db)
{
    double energy = 0;
    for (size_t i = 0; i < s->n; i++) {
        energy += (double)s->samples[i] * s->samples[i];
    }
    double level = sqrt(energy / (double)(s->n ? s->n : 1)) * pow(10, -db / 20);
    for (size_t i = 0; i < s->n; i++) {
        double v = s->samples[i] + level * normal();
        s->samples[i] = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
    }
}

/* 8 kHz and µ-law, and back to what is heard. */
static void over_telephone(struct sound *s)
{
    struct sound narrow = {0}, back = {0};
    struct resample *down = resample_new(HEAR_RATE, 8000), *up = resample_new(8000, HEAR_RATE);
    resample_run(down, s->samples, s->n, append, &narrow);
    for (size_t i = 0; i < narrow.n; i++) {
        narrow.samples[i] = ulaw_sample(ulaw_of(narrow.samples[i]));
    }
    resample_run(up, narrow.samples, narrow.n, append, &back);
    resample_free(&down);
    resample_free(&up);
    clear(&narrow);
    clear(s);
    *s = back;
}

/* Silence around it, as an ear would leave. */
static void pad(struct sound *s)
{
    static const int16_t silence[HEAR_RATE * 3 / 10];
    struct sound padded = {0};
    append(&padded, silence, ARRAY_SIZE(silence));
    append(&padded, s->samples, s->n);
    append(&padded, silence, ARRAY_SIZE(silence));
    clear(s);
    *s = padded;
}

/* ------------------------------------------------------------------------ judging */

static size_t words_of(struct pool *p, const char *text, const char **out, size_t most)
{
    char *copy = pool_strdup(p, text);
    size_t n = 0;
    for (char *c = copy, *word = NULL;; c++) {
        bool in_word =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '\'' || *c == '.';
        bool end = *c == '\0';
        if (in_word && !word) {
            word = c;
        } else if (!in_word && word) {
            *c = '\0';
            if (n < most) {
                out[n++] = word;
            }
            word = NULL;
        }
        if (*c >= 'A' && *c <= 'Z') {
            *c = (char)(*c + 32);
        }
        if (end) {
            return n;
        }
    }
}

static bool same_word(const char *a, const char *b)
{
    if (strcmp(a, b) == 0) {
        return true;
    }
    return (a[0] == 'p' || a[0] == 'a') && a[0] == b[0] && strchr(a, 'm') && strchr(b, 'm') &&
           strlen(a) <= 4 && strlen(b) <= 4;
}

static int errors(struct pool *p, const char *want, const char *got, int *n_out)
{
    const char *a[64], *b[64];
    size_t n = words_of(p, want, a, 64), m = words_of(p, got, b, 64);
    int row[65];
    for (size_t j = 0; j <= m; j++) {
        row[j] = (int)j;
    }
    for (size_t i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int up = row[j];
            int best = diagonal + !same_word(a[i - 1], b[j - 1]);
            best = MIN_OF(best, up + 1);
            best = MIN_OF(best, row[j - 1] + 1);
            row[j] = best;
            diagonal = up;
        }
    }
    *n_out = (int)n;
    return row[m];
}

static const char *day_text(struct pool *p, int64_t day)
{
    time_t at = (time_t)(day * 86400);
    struct tm tm;
    char text[16];
    if (day < 0) {
        return "-";
    }
    gmtime_r(&at, &tm);
    strftime(text, sizeof text, "%Y-%m-%d", &tm);
    return pool_strdup(p, text);
}

static struct utterance understood_as(struct pool *p, const struct facts *f, struct str text)
{
    struct wall now;
    struct talk talk = talk_none();
    struct understood u;
    (void)!wall_parse(STR("2026-03-02T09:00:00-05:00"), &now);
    struct understand_in in = {
        .text = text, .channel = CHANNEL_VOICE, .facts = f, .talk = &talk, .now = now};
    understand(p, &in, &u);
    int minutes = understood_minutes(&u);
    return (struct utterance){
        .text = text.p,
        .intent = intent_name(u.intent),
        .service = u.service ? u.service->key : "-",
        .day = day_text(p, understood_day(&u)),
        .time = minutes < 0 ? "-" : pool_printf(p, "%02d:%02d", minutes / 60, minutes % 60)};
}

static void judge(struct pool *p, const struct facts *f, const struct utterance *want,
                  const struct heard *heard, struct count *c)
{
    struct utterance got = understood_as(p, f, heard->text);
    int n;
    c->wrong_words += errors(p, want->text, heard->text.p, &n);
    c->words += n;
    bool intent = strcmp(got.intent, want->intent) == 0;
    bool service = strcmp(got.service, want->service) == 0;
    bool day = strcmp(got.day, want->day) == 0, at = strcmp(got.time, want->time) == 0;
    c->turns++;
    c->intents += intent;
    c->of_services += want->service[0] != '-';
    c->services += want->service[0] != '-' && service;
    c->of_days += want->day[0] != '-';
    c->days += want->day[0] != '-' && day;
    c->of_times += want->time[0] != '-';
    c->times += want->time[0] != '-' && at;
    bool right = intent && service && day && at;
    c->right += right;
    if (verbose && !right) {
        printf("  %s\n    -> %s (%.2f)\n    %s %s %s %s, not %s %s %s %s\n", want->text,
               heard->text.p, heard->confidence, got.intent, got.service, got.day, got.time,
               want->intent, want->service, want->day, want->time);
    }
}

static double now_ms(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* In frames as they come, and how long the words take after the last of them. */
static void hear_sound(struct pool *p, struct hearing *g, const struct sound *s,
                       struct heard *heard, struct count *c)
{
    struct err e = {0};
    double begun = now_ms(CLOCK_THREAD_CPUTIME_ID);
    if (hearing_begin(g, HEAR_OPEN, &e) < 0) {
        printf("%s\n", e.text);
        exit(1);
    }
    for (size_t i = 0; i < s->n; i += 320) {
        hearing_samples(g, s->samples + i, MIN_OF(s->n - i, 320));
    }
    double ended = now_ms(CLOCK_MONOTONIC);
    if (hearing_end(g, p, heard, &e) < 0) {
        printf("%s\n", e.text);
        exit(1);
    }
    double after = now_ms(CLOCK_MONOTONIC) - ended;
    c->after_ms += after;
    c->after_most_ms = MAX_OF(c->after_most_ms, after);
    c->cpu_s += (now_ms(CLOCK_THREAD_CPUTIME_ID) - begun) / 1e3;
    c->sound_s += (double)s->n / HEAR_RATE;
}

/* ------------------------------------------------------------------------ running */

enum condition { WIDE, TELEPHONE, NOISY };
static const char *const conditions[] = {"16 kHz", "telephone", "telephone, 15 dB noise"};

/* Each voice is one caller, whose line is learned from turn to turn. */
static void run(struct hear *h, const struct facts *f, const struct utterance *list, size_t n,
                size_t voices, enum condition condition)
{
    struct count c = {0};
    for (size_t v = 0; v < voices; v++) {
        struct hearing *g = hearing_new(h, condition == WIDE ? HEAR_WIDE : HEAR_TELEPHONE);
        for (size_t i = 0; i < n; i++) {
            CLEANUP(pool_free) struct pool *p = pool_new();
            struct sound s = {0};
            struct heard heard;
            if (say(p, v, list[i].text, &s)) {
                pad(&s);
                if (condition == NOISY) {
                    add_noise(&s, NOISE_DB);
                }
                if (condition != WIDE) {
                    over_telephone(&s);
                }
                hear_sound(p, g, &s, &heard, &c);
                judge(p, f, &list[i], &heard, &c);
            }
            clear(&s);
        }
        hearing_free(&g);
    }
    printf("| %s | %d | %.1f | %.0f | %d/%d | %d/%d | %d/%d | %d/%d | %.3f | %.0f / %.0f |\n",
           conditions[condition], c.turns, 100.0 * c.wrong_words / MAX_OF(c.words, 1),
           100.0 * c.right / MAX_OF(c.turns, 1), c.intents, c.turns, c.services, c.of_services,
           c.days, c.of_days, c.times, c.of_times, c.cpu_s / c.sound_s,
           c.after_ms / MAX_OF(c.turns, 1), c.after_most_ms);
    fflush(stdout);
}

static size_t read_utterances(struct pool *p, const char *path, struct utterance *list)
{
    FILE *f = fopen(path, "re");
    char line[512];
    size_t n = 0;
    while (f && fgets(line, sizeof line, f) && n < LINES_MAX) {
        struct str rest = str_trim(str_of(line));
        if (rest.n == 0 || rest.p[0] == '#') {
            continue;
        }
        const char *cells[5] = {"", "-", "-", "-", "-"};
        for (size_t i = 0; i < 5 && rest.p; i++) {
            cells[i] = str_dup(p, str_cut(&rest, '\t'));
        }
        list[n++] = (struct utterance){cells[0], cells[1], cells[2], cells[3], cells[4]};
    }
    if (f) {
        (void)fclose(f);
    }
    return n;
}

int main(int argc, char **argv)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct facts f;
    struct utterance list[LINES_MAX];
    struct hear *h = NULL;
    struct err e = {0};
    size_t voices = 6, n = argc > 1 ? read_utterances(p, argv[1], list) : 0;
    for (int i = 2; i < argc; i++) {
        verbose = verbose || strcmp(argv[i], "--verbose") == 0;
        voices = strcmp(argv[i], "--voices") == 0 && i + 1 < argc
                     ? (size_t)strtoul(argv[i + 1], NULL, 10)
                     : voices;
    }
    flite_init();
    flite_voices[0] = register_cmu_us_slt(NULL);
    flite_voices[1] = register_cmu_us_kal16(NULL);
    flite_voices[2] = register_cmu_us_rms(NULL);
    flite_voices[3] = register_cmu_us_awb(NULL);
    double begun = now_ms(CLOCK_MONOTONIC);
    if (n == 0 || facts_of_demo(p, &f, &e) < 0 ||
        zone_load(p, "America/New_York", &f.zone, &e) < 0 ||
        hear_new(&(struct hear_config){0}, &h, &e) < 0 || hear_learn(h, &f, &e) < 0) {
        fprintf(stderr, "ear UTTERANCES: %s\n", err_text(&e, e.code));
        return 1;
    }
    printf("learned in %.0f ms\n\n", now_ms(CLOCK_MONOTONIC) - begun);
    for (size_t i = 0; i < n; i++) { /* what the mind makes of the words themselves */
        struct utterance got = understood_as(p, &f, str_of(list[i].text));
        if (strcmp(got.intent, list[i].intent) || strcmp(got.service, list[i].service) ||
            strcmp(got.day, list[i].day) || strcmp(got.time, list[i].time)) {
            printf("understood otherwise: %s: %s %s %s %s\n", list[i].text, got.intent, got.service,
                   got.day, got.time);
        }
    }
    printf(
        "| condition | turns | wrong words %% | turns right %% | intent | service | day | time | "
        "CPU per s | words after the end, ms |\n|---|---|---|---|---|---|---|---|---|---|\n");
    run(h, &f, list, n, voices, WIDE);
    run(h, &f, list, n, voices, TELEPHONE);
    run(h, &f, list, n, voices, NOISY);
    hear_free(&h);
    return 0;
}
