/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The realtime engine against the sandbox's realtime model: both keep to the protocol, so a caller
 * can be greeted, heard, interrupted, and book; and what the sandbox lets go wrong, the engine
 * survives or tells.
 */
#include "base/json_read.h"
#include "realtime_fixture.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_realtime.h"
#include "tap.h"

struct play {
    struct scene s;
    struct sandbox *sandbox;
};

static void script(struct play *p, const char *turns)
{
    struct err e = {0};
    char *text = pool_strdup(p->s.pool, turns);
    for (char *c = text; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    OK_MSG(sandbox_realtime_script(p->sandbox, str_of(text), &e) == 0, "%s", e.text);
}

static void prepare(struct play *p)
{
    struct err e = {0};
    struct sandbox_config config = {.listen = "127.0.0.1:0", .token = "t"};
    scene_init(&p->s);
    if (sandbox_new(&config, &p->sandbox, &e) < 0) {
        OK_MSG(false, "%s", e.text);
    }
}

static void begin(struct play *p)
{
    scene_start(&p->s,
                pool_printf(p->s.pool, "ws://127.0.0.1:%d/v1/realtime", sandbox_port(p->sandbox)));
}

static void play_clear(struct play *p)
{
    scene_clear(&p->s);
    sandbox_free(&p->sandbox);
}

/* The caller speaks, and is silent for as long as ends a turn. */
static void speak(struct play *p, const char *words)
{
    if (words) {
        sandbox_realtime_heard(p->sandbox, STR(""), str_of(words));
    }
    scene_sound(&p->s, true, 400);
    scene_sound(&p->s, false, 300);
}

static const char *answer(struct play *p, const char *words)
{
    speak(p, words);
    (void)scene_wait(&p->s, "heard: ");
    return scene_wait(&p->s, "said: ");
}

static bool sent(struct play *p, const char *part)
{
    return strstr(sandbox_realtime_state(p->sandbox, p->s.pool).p, part) != NULL;
}

static void converse(const char *protocol, enum audio_form form)
{
    CLEANUP(play_clear) struct play p = {0};
    prepare(&p);
    p.s.settings.realtime_protocol = protocol;
    p.s.form = form;
    p.s.greeting = "Welcome to Willow Lane.";
    begin(&p);
    (void)scene_wait(&p.s, "ready");
    EQ_STR(scene_wait(&p.s, "said: "), "Welcome to Willow Lane.");
    (void)scene_wait(&p.s, "reply_done");
    long long ms = p.s.audio_bytes / (long long)audio_bytes_per_ms(form);
    OK_MSG(ms >= 1000 && ms <= 2000, "%lld ms", ms);
    script(&p, "{'hears':'Is there parking?','says':'Yes, behind the house.'}");
    EQ_STR(answer(&p, NULL), "Yes, behind the house.");
    (void)scene_wait(&p.s, "reply_done");
    EQ_INT(scene_count(&p.s, "failed"), 0);
    EQ_INT(scene_count(&p.s, "heard: Is there parking?"), 1);
}

TEST(a_call_in_the_present_protocol)
{
    converse("ga", AUDIO_ULAW_8K);
    converse("ga", AUDIO_PCM_24K);
}

TEST(a_call_in_the_older_protocol)
{
    converse("beta", AUDIO_ULAW_8K);
}

TEST(words_are_heard_in_the_call_they_were_announced_for)
{
    CLEANUP(play_clear) struct play p = {0};
    prepare(&p);
    p.s.session_id = "CA1";
    begin(&p);
    (void)scene_wait(&p.s, "ready");
    sandbox_realtime_heard(p.sandbox, STR("CA2"), STR("the words of another caller"));
    sandbox_realtime_heard(p.sandbox, STR(""), STR("the words of anybody"));
    sandbox_realtime_heard(p.sandbox, STR("CA1"), STR("my own words"));
    script(&p, "{'says':'I see.','count':3}");
    answer(&p, NULL);
    (void)scene_wait(&p.s, "reply_done");
    answer(&p, NULL);
    (void)scene_wait(&p.s, "reply_done");
    EQ_INT(scene_count(&p.s, "heard: my own words"), 1);
    EQ_INT(scene_count(&p.s, "heard: the words of anybody"), 1);
    EQ_INT(scene_count(&p.s, "heard: the words of another caller"), 0);
}

TEST(a_caller_books_by_voice)
{
    CLEANUP(play_clear) struct play p = {0};
    prepare(&p);
    begin(&p);
    (void)scene_wait(&p.s, "ready");
    speak(&p, "I would like to book a signature facial");
    OK(scene_wait(&p.s, "tool: check_availability ") != NULL);
    const char *offer = scene_wait(&p.s, "said: ");
    OK_MSG(offer && strstr(offer, "Which suits you?"), "%s", offer ? offer : "");
    speak(&p, "The first one please");
    const char *booked = scene_wait(&p.s, "tool: book_appointment ");
    OK_MSG(booked && strstr(booked, "\"status\":\"booked\"") && strstr(booked, " wrote"), "%s",
           booked ? booked : "");
    const char *said = scene_wait(&p.s, "said: ");
    OK_MSG(said && strstr(said, "ooked"), "%s", said ? said : "");
    EQ_STR(fixture_cell(p.s.fixture.store, "SELECT count(*) FROM appointments WHERE "
                                           "status = 'scheduled'"),
           "1");
    EQ_STR(answer(&p, "Thank you, bye"), "You're welcome! Have a good day.");
    (void)scene_wait(&p.s, "goodbye");
    EQ_INT(scene_count(&p.s, "withdrawn"), 0);
    EQ_INT(scene_count(&p.s, "failed"), 0);
}

TEST(a_person_is_asked_for)
{
    CLEANUP(play_clear) struct play p = {0};
    prepare(&p);
    begin(&p);
    (void)scene_wait(&p.s, "ready");
    speak(&p, "I want to talk to a person");
    EQ_STR(scene_wait(&p.s, "transfer: "), "asked for a person");
}

TEST(an_interruption_is_taken_by_the_server)
{
    CLEANUP(play_clear) struct play p = {0};
    prepare(&p);
    p.s.heard_ms = 300;
    begin(&p);
    (void)scene_wait(&p.s, "ready");
    script(&p, "[{'hears':'Tell me all','says':'It is a long story','voice_ms':12000},"
               "{'hears':'Stop','says':'Yes?'}]");
    speak(&p, NULL);
    (void)scene_wait(&p.s, "audio ");
    (void)scene_wait(&p.s, "audio ");
    EQ_STR(answer(&p, NULL), "Yes?");
    OK(sent(&p, "\"conversation.item.truncate\""));
    OK(sent(&p, "\"audio_end_ms\":300"));
    OK(p.s.audio_bytes < 12000 * 8);
    EQ_INT(scene_count(&p.s, "failed"), 0);
}

TEST(an_emergency_goes_before_the_model)
{
    CLEANUP(play_clear) struct play p = {0};
    prepare(&p);
    p.s.heard_ms = 0;
    begin(&p);
    (void)scene_wait(&p.s, "ready");
    script(&p, "{'hears':'Help, I cannot breathe and my throat is swelling shut','says':"
               "'A facial costs a hundred dollars','voice_ms':20000}");
    speak(&p, NULL);
    (void)scene_wait(&p.s, "noticed: ");
    const char *said = scene_wait(&p.s, "said: ");
    OK_MSG(said && strstr(said, "911"), "%s", said ? said : "");
}

TEST(a_false_booking_is_taken_back)
{
    CLEANUP(play_clear) struct play p = {0};
    prepare(&p);
    p.s.heard_ms = 0;
    begin(&p);
    (void)scene_wait(&p.s, "ready");
    script(&p, "[{'hears':'Book me a facial','says':'Your appointment is booked for tomorrow at 3 "
               "PM.'},{'says':'Which day would you like?'}]");
    speak(&p, NULL);
    (void)scene_wait(&p.s, "withdrawn");
    EQ_STR(scene_wait(&p.s, "said: Which"), " day would you like?");
    OK(sent(&p, "\"role\":\"system\""));
}

/* Each ends in an answer, whether a session was renewed for it or not. */
TEST(what_goes_wrong_is_survived)
{
    static const char *const faults[] = {"close", "cut",  "malformed", "unknown", "huge",
                                         "error", "hang", "stall",     "failed",  "awkward"};
    for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
        CLEANUP(play_clear) struct play p = {0};
        tap_case("%s", faults[i]);
        prepare(&p);
        p.s.settings.realtime_timeout = 600;
        begin(&p);
        (void)scene_wait(&p.s, "ready");
        script(&p, pool_printf(p.s.pool,
                               "[{'hears':'one','says':'An answer that takes its time','fault':"
                               "'%s','voice_ms':1200},{'says':'So be it.'}]",
                               faults[i]));
        speak(&p, NULL);
        bool kept = strcmp(faults[i], "unknown") == 0 || strcmp(faults[i], "huge") == 0 ||
                    strcmp(faults[i], "awkward") == 0;
        if (kept) {
            EQ_STR(scene_wait(&p.s, "said: "), "An answer that takes its time");
            EQ_STR(answer(&p, "two"), "So be it.");
        } else {
            EQ_STR(scene_wait(&p.s, "said: So"), " be it.");
        }
        EQ_INT(scene_count(&p.s, "failed"), 0);
    }
}

TEST(a_refused_connection_fails_with_its_reason)
{
    CLEANUP(play_clear) struct play p = {0};
    prepare(&p);
    script(&p, "{'refuse':503,'count':2}");
    begin(&p);
    const char *why = scene_wait(&p.s, "failed: ");
    OK_MSG(why && strstr(why, "503"), "%s", why ? why : "");
}

TEST(a_wrong_key_fails_with_its_reason)
{
    CLEANUP(play_clear) struct play p = {0};
    prepare(&p);
    p.s.settings.realtime_key = "sk-invalid";
    begin(&p);
    const char *why = scene_wait(&p.s, "failed: ");
    OK_MSG(why && strstr(why, "401"), "%s", why ? why : "");
}

int main(void)
{
    return tap_run();
}
