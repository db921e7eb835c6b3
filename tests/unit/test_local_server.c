/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the local engine that are heard and spoken by a speech server, the sandbox's: that they
 * are, and that whatever the server does, pocketsphinx and flite take over and the call goes on.
 */
#include <stdlib.h>

#include "base/json_read.h"
#include "realtime_fixture.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_speech.h"
#include "tap.h"
#include "voice/local.h"

#define PATIENCE_MS 20000 /* for an answer that comes */
#define IMPATIENCE_MS 100 /* for one that does not */
#define NEVER "600000"

struct play {
    struct scene s;
    struct sandbox *sandbox;
    struct voice_local *local;
};

static struct {
    int16_t samples[8000 * 6];
    size_t n;
} question; /* of a caller, and a second of silence after it */

static bool append(void *arg, const int16_t *samples, size_t n)
{
    (void)arg;
    n = MIN_OF(n, ARRAY_SIZE(question.samples) - question.n);
    memcpy(question.samples + question.n, samples, n * sizeof *samples);
    question.n += n;
    return true;
}

static void make_question(void)
{
    static const int16_t silence[8000];
    CLEANUP(speak_free) struct speak *voice = NULL;
    EQ_INT(speak_new(&(struct speak_config){.voice = "slt"}, &voice, NULL), 0);
    append(NULL, silence, 4000);
    EQ_INT(speak_say(voice, STR("what are your opening hours"), 8000, append, NULL, NULL), 0);
    append(NULL, silence, 8000);
}

static void script(struct play *p, const char *answers)
{
    struct err e = {0};
    char *text = pool_strdup(p->s.pool, answers);
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    OK_MSG(sandbox_speech_script(p->sandbox, str_of(text), &e) == 0, "%s", e.text);
}

static void begin(struct play *p, int timeout_ms, const char *answers)
{
    struct err e = {0};
    struct sandbox_config config = {.listen = "127.0.0.1:0", .token = "t"};
    scene_init(&p->s);
    if (sandbox_new(&config, &p->sandbox, &e) < 0) {
        OK_MSG(false, "%s", e.text);
        abort();
    }
    const char *url = pool_printf(p->s.pool, "http://127.0.0.1:%d/v1/", sandbox_port(p->sandbox));
    struct voice_local_config c = {
        .hear = {.url = url, .key = "sk-any", .model = "whisper-1", .timeout_ms = timeout_ms},
        .speak = {.url = url, .voice = "alloy", .model = "tts-1", .timeout_ms = timeout_ms},
        .pre_roll_ms = 300,
        .hangover_ms = 700,
    };
    EQ_INT(voice_local_new(&c, &p->local, NULL), 0);
    p->s.ops = &engine_local;
    p->s.local = p->local;
    script(p, answers);
    scene_start(&p->s, NULL);
    OK(scene_wait(&p->s, "ready"));
}

static void end(struct play *p)
{
    EQ_INT(scene_count(&p->s, "failed"), 0);
    scene_clear(&p->s);
    voice_local_free(&p->local);
    sandbox_free(&p->sandbox);
}

static json_t *side(struct play *p, const char *name)
{
    json_t *doc = NULL;
    (void)!json_read(p->s.pool, sandbox_speech_state(p->sandbox, p->s.pool), &doc, NULL);
    return json_object_get(doc, name);
}

static const char *last(struct play *p, const char *name, const char *key)
{
    return json_get_text(json_object_get(side(p, name), "last"), key, "");
}

/* The answer to what was said, once it can be heard. */
static const char *answer(struct play *p)
{
    long long bytes = p->s.audio_bytes;
    scene_samples(&p->s, question.samples, question.n);
    const char *heard = scene_wait(&p->s, "heard: ");
    OK_MSG(heard && strstr(heard, "hours"), "%s", heard);
    const char *said = scene_wait(&p->s, "said: ");
    OK(scene_wait(&p->s, "reply_done"));
    OK_MSG(p->s.audio_bytes > bytes + 8000, "%lld bytes of sound", p->s.audio_bytes - bytes);
    return said;
}

TEST(a_server_hears_and_another_speaks_in_a_call)
{
    struct play p = {0};
    begin(&p, PATIENCE_MS, "{'to':'hear','text':' What are your hours on Monday? '}");
    EQ_INT(question.n > 8000, 1);
    const char *said = answer(&p);
    OK_MSG(said && strstr(said, "nine AM"), "%s", said);
    OK_MSG(strstr(last(&p, "speaks", "input"), "nine AM") != NULL, "%s",
           last(&p, "speaks", "input"));
    EQ_STR(last(&p, "speaks", "voice"), "alloy");
    EQ_STR(last(&p, "hears", "model"), "whisper-1");
    OK(strstr(last(&p, "hears", "prompt"), "HydraFacial") != NULL);
    OK(json_get_i64(json_object_get(side(&p, "hears"), "last"), "ms", 0) > 1500);
    end(&p);
}

TEST(a_name_is_believed_when_a_server_heard_it_only)
{
    struct play p = {0};
    begin(&p, PATIENCE_MS,
          "{'to':'hear','text':'I would like a HydraFacial next Tuesday at two PM, my name is "
          "Maya Ortiz. What are your hours?'}");
    (void)answer(&p);
    script(&p, "{'to':'hear','text':'Yes please. Those hours are fine.','count':3}");
    for (int i = 0; i < 3 && scene_count(&p.s, "tool: book_appointment") == 0; i++) {
        (void)answer(&p);
    }
    OK(scene_count(&p.s, "tool: book_appointment") >= 1);
    EQ_STR(
        fixture_cell(p.s.fixture.store, "SELECT COUNT(*) FROM customers WHERE name = 'Maya Ortiz'"),
        "1");
    end(&p);
}

TEST(whatever_a_server_does_the_call_goes_on)
{
    static const struct {
        const char *what, *answers;
        bool slow;
    } rows[] = {
        {"both answer 500", "[{'to':'hear','status':500},{'to':'speak','status':500,'count':9}]"},
        {"both refuse", "[{'to':'hear','status':401},{'to':'speak','status':404,'count':9}]"},
        {"both are slow",
         "[{'to':'hear','text':'too late','delay_ms':" NEVER "},{'to':'speak','delay_ms':" NEVER
         ",'count':9}]",
         .slow = true},
        {"both answer garbage", "[{'to':'hear','raw':'\\u0001{]'},{'to':'speak','raw':'RIFF'}]"},
        {"both break off", "[{'to':'hear','cut':true},{'to':'speak','cut':true}]"},
        {"other formats", "[{'to':'hear','raw':'what are your opening hours','type':'text/plain'},"
                          "{'to':'speak','raw':'ID3\\u0004 this is no WAVE','type':'audio/mpeg'}]"},
        {"other members", "[{'to':'hear','raw':'{\\'text\\':[1]}','type':'application/json'},"
                          "{'to':'speak','fault':'wide'}]"},
        {"an error that says 200", "[{'to':'hear','raw':'{\\'error\\':{}}'},"
                                   "{'to':'speak','fault':'truncated'}]"},
        {"no sound", "[{'to':'hear','raw':''},{'to':'speak','fault':'silent'}]"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct play p = {0};
        tap_case("%s", rows[i].what);
        begin(&p, rows[i].slow ? IMPATIENCE_MS : PATIENCE_MS, rows[i].answers);
        const char *said = answer(&p);
        OK_MSG(said && strstr(said, "nine AM"), "%s", said);
        EQ_INT(json_get_i64(side(&p, "hears"), "requests", 0), 1);
        OK(json_get_i64(side(&p, "speaks"), "requests", 0) >= 1);
        script(&p, "{'to':'hear','text':'What are your hours on Monday?'}");
        if (i > 1 && !rows[i].slow) { /* it is asked again */
            (void)answer(&p);
            EQ_INT(json_get_i64(side(&p, "hears"), "requests", 0), 2);
        }
        end(&p);
    }
}

TEST(a_server_that_keeps_failing_is_left_alone)
{
    struct play p = {0};
    begin(&p, PATIENCE_MS,
          "[{'to':'hear','status':503,'count':9},{'to':'speak','status':503,'count':99}]");
    for (int i = 0; i < 4; i++) {
        const char *said = answer(&p);
        OK_MSG(said && strstr(said, "nine AM"), "%s", said ? said : "nothing");
    }
    EQ_INT(json_get_i64(side(&p, "hears"), "requests", 0), 3);
    EQ_INT(json_get_i64(side(&p, "speaks"), "requests", 0), 3);
    end(&p);
}

TEST(a_call_that_ends_while_a_server_thinks_leaves_nothing_behind)
{
    struct play p = {0};
    begin(&p, PATIENCE_MS, "[{'to':'hear','text':'late','delay_ms':300}]");
    scene_samples(&p.s, question.samples, question.n);
    OK(scene_wait(&p.s, "speech_stopped"));
    end(&p);
}

int main(void)
{
    make_question();
    return tap_run();
}
