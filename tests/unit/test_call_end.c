/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call does of itself, and how it comes to its end: silence, the longest time, goodbye,
 * transfer. On the stage of call_fixture.h.
 */
#include <stdlib.h>

#include "call_fixture.h"
#include "tap.h"

#define CELL(sql) fixture_cell(stage.db.store, sql)
#define CONTENT "SELECT content FROM communication_messages"

TEST(silence_is_asked_about_then_offered_a_text_then_the_call_ends)
{
    stage_init();
    stage_greeted(&stage_caller);
    int64_t silence = stage.settings.voice_silence;
    stage_pass(silence - 1);
    EQ_STR(stage_log(), "");
    stage_pass(1);
    EQ_STR(stage_log(), "say Are you still there?; ");
    stage_reply("Are you still there?", 1000);
    stage_pass(1000);
    call_played(stage.call);
    (void)stage_log();
    stage_pass(silence);
    EQ_STR(stage_log(), "say I cannot hear you. I; ");
    stage_reply("I cannot hear you.", 1000);
    call_played(stage.call);
    (void)stage_log();
    stage_pass(silence);
    EQ_STR(stage_log(), "say I will end the call ; ");
    stage_reply("I will end the call now.", 1000);
    (void)stage_log();
    stage_pass(1000);
    call_played(stage.call);
    EQ_STR(stage_log(), "state ended; end, silence; ");
    call_hung_up(&stage.call, CALL_WE_ENDED, NULL);
    stage_writers();
    EQ_STR(CELL("SELECT status FROM conversations"), "completed");
    OK(strstr(CELL("SELECT {as_text metadata} FROM communication_messages"), "silence") != NULL);
    stage_clear();
}

/* Silent until nothing is left but the text that was offered. */
static void silent(void)
{
    for (int i = 0; i < 2; i++) {
        stage_pass(stage.settings.voice_silence);
        stage_reply("Are you there?", 1000);
        call_played(stage.call);
    }
    (void)stage_log();
    stage_pass(stage.settings.voice_silence);
    EQ_STR(stage_log(), ""); /* it is being written */
}

TEST(a_silent_caller_is_sent_a_text_once)
{
    stage_texts = true;
    stage_init();
    stage_greeted(&stage_caller);
    silent();
    EQ_INT(stage_unwritten() > 0, true);
    stage_writers();
    EQ_STR(stage_log(), "say I have sent you a te; ");
    stage_reply("I have sent you a text message.", 1000);
    call_played(stage.call);
    (void)stage_log();
    call_hung_up(&stage.call, CALL_WE_ENDED, NULL);
    stage_writers();
    EQ_STR(CELL("SELECT count(*) FROM sms_details WHERE to_number = '+15550100001' AND "
                "from_number = '+15550109999'"),
           "1");
    EQ_STR(CELL("SELECT count(*) FROM jobs WHERE kind = 'send'"), "1");
    EQ_STR(CELL("SELECT count(*) FROM customers"), "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'call_texted'"), "1");
    stage_greeted(&stage_caller); /* they call again, and are silent again */
    silent();
    stage_writers();
    (void)stage_log();
    stage_hang_up();
    EQ_STR(CELL("SELECT count(*) FROM conversations WHERE channel = 'sms'"), "1");
    EQ_STR(CELL("SELECT count(*) FROM sms_details"), "2");
    stage_clear();
    stage_texts = false;
}

TEST(a_text_that_takes_too_long_is_not_spoken_of)
{
    stage_texts = true;
    stage_init();
    stage_greeted(&stage_caller);
    silent();
    stage_pass(2000);
    EQ_STR(stage_log(), "say I will end the call ; ");
    stage_writers();
    EQ_STR(stage_log(), "");
    stage_hang_up();
    EQ_STR(CELL("SELECT count(*) FROM sms_details"), "1");
    stage_clear();
    stage_texts = false;
}

TEST(who_wants_no_texts_gets_none)
{
    stage_texts = true;
    stage_init();
    fixture_script(stage.db.store,
                   "INSERT INTO consents (id, address, channel, purpose, state, source, evidence, "
                   "actor, at) VALUES ('01a22157-387f-7000-99ce-d48581f9b32d', '+15550100001', "
                   "'sms', 'all', 'revoked', 'spoken', '{}', 'test', "
                   "'2029-01-01T00:00:00.000000Z')");
    stage_greeted(&stage_caller);
    for (int i = 0; i < 2; i++) {
        stage_pass(stage.settings.voice_silence);
        stage_reply("Are you there?", 1000);
        call_played(stage.call);
    }
    (void)stage_log();
    stage_pass(stage.settings.voice_silence);
    EQ_STR(stage_log(), "say I will end the call ; ");
    stage_hang_up();
    EQ_STR(CELL("SELECT count(*) FROM sms_details"), "0");
    stage_clear();
    stage_texts = false;
}

TEST(a_caller_who_speaks_is_asked_anew)
{
    stage_init();
    stage_greeted(&stage_caller);
    int64_t silence = stage.settings.voice_silence;
    stage_pass(silence);
    stage_reply("Are you still there?", 1000);
    call_played(stage.call);
    stage_says("Yes, one moment.", 500);
    stage_reply("Take your time.", 500);
    call_played(stage.call);
    (void)stage_log();
    stage_pass(silence);
    EQ_STR(stage_log(), "say Are you still there?; ");
    stage_hang_up();
    stage_clear();
}

TEST(an_engine_that_does_not_answer_asks_again)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("", 500);
    (void)stage_log();
    stage_pass(stage.settings.voice_silence);
    EQ_STR(stage_log(), "");
    stage_pass(10000);
    EQ_STR(stage_log(), "say I am sorry, I did no; ");
    stage_hang_up();
    stage_clear();
}

TEST(a_long_call_is_warned_and_ended)
{
    stage_init();
    stage.settings.voice_longest = 120;
    stage.settings.voice_silence = 1000000;
    stage_greeted(&stage_caller);
    stage_pass(60000 - 2400);
    EQ_STR(stage_log(), "say Just so that you kno; ");
    stage_reply("About a minute left.", 1000);
    call_played(stage.call);
    (void)stage_log();
    stage_pass(60000);
    EQ_STR(stage_log(), "say I am sorry, our time; ");
    stage_reply("Our time is over.", 1000);
    (void)stage_log();
    engine_tells->speech_started(stage.call); /* does not help */
    stage_pass(60000);
    OK(strstr(stage_log(), "end, the longest time of a call; ") != NULL);
    call_hung_up(&stage.call, CALL_WE_ENDED, NULL);
    stage_clear();
}

TEST(goodbye_is_heard_before_the_call_ends)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("That is all, goodbye.", 500);
    stage_reply("Goodbye.", 700);
    engine_tells->goodbye(stage.call);
    (void)stage_log();
    stage_pass(700);
    EQ_STR(stage_log(), "");
    call_played(stage.call);
    EQ_STR(stage_log(), "state ended; end, goodbye; ");
    call_hung_up(&stage.call, CALL_WE_ENDED, NULL);
    stage_clear();
}

TEST(one_more_thing_keeps_the_call)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_reply("Goodbye.", 700);
    engine_tells->goodbye(stage.call);
    (void)stage_log();
    stage.heard_ms = 300;
    engine_tells->speech_started(stage.call);
    stage_pass(30000);
    OK(strstr(stage_log(), "end") == NULL);
    stage_hang_up();
    stage_clear();
}

TEST(a_transfer_waits_for_the_reply)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("Can I speak to a person?", 500);
    struct call_transfer to = {"wants a refund", "asked for a person"};
    engine_tells->transfer(stage.call, &to);
    stage_pass(1000);
    stage_reply("I will connect you.", 900);
    (void)stage_log();
    stage_pass(900);
    call_played(stage.call);
    EQ_STR(stage_log(), "state transferring; transfer wants a refund (asked for a person); ");
    call_hung_up(&stage.call, CALL_TRANSFERRED, NULL);
    stage_writers();
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'call_transferred'"),
           "1");
    EQ_STR(CELL("SELECT status FROM conversations"), "completed");
    stage_clear();
}

TEST(who_cannot_be_connected_is_told_so_and_staff_are_told)
{
    stage_init();
    stage.cannot_transfer = true;
    stage_greeted(&stage_caller);
    struct call_transfer to = {"wants a refund", "asked for a person"};
    engine_tells->transfer(stage.call, &to);
    stage_pass(5000);
    EQ_STR(stage_log(), "say I am sorry, I cannot; ");
    stage_hang_up();
    EQ_STR(
        CELL("SELECT count(*) FROM communication_events WHERE event_type = 'escalation_requested'"),
        "1");
    stage_clear();
}

int main(void)
{
    return tap_run();
}
