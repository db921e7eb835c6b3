/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call's states, turns, silence and ends, by what it does to a fake caller and a fake engine, and
 * what remains of it in a real store. Time passes only when the test says so.
 */
#include "voice/call.h"

#include <stdlib.h>

#include "base/fault.h"
#include "base/metrics.h"
#include "call_fixture.h"
#include "tap.h"

#define CELL(sql) fixture_cell(stage.db.store, sql)
#define CONTENT "SELECT content FROM communication_messages"
#define DETAILS "SELECT {as_text transcript_segments} FROM voice_call_details"

TEST(a_call_is_greeted_and_listens)
{
    stage_init();
    stage_call(&stage_caller);
    EQ_STR(stage_log(), "start one; ");
    EQ_STR(stage.start.caller, "+15550100001");
    OK(stage.start.customer_id != 0);
    OK(stage.conversation != NULL);
    EQ_STR(stage.start.greeting,
           "Thank you for calling us. I am Ava, the virtual assistant. How can I help you?");
    engine_tells->ready(stage.call);
    EQ_STR(stage_log(), "state greeting; ");
    stage_reply("Hello.", 300);
    EQ_STR(stage_log(), "audio 3200; ava \"Hello.\"; reply end; ");
    stage_pass(300);
    call_played(stage.call);
    EQ_STR(stage_log(), "state listening; ");
    stage_hang_up();
    EQ_STR(stage_log(), "stop; ");
    stage_clear();
}

TEST(what_was_said_remains)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_pass(1600);
    stage_says("I would like a facial.", 1500);
    stage_pass(300);
    stage_reply("When would suit you?", 1000);
    EQ_STR(stage_log(), "state thinking; customer \"I would like a facial.\"; state speaking; "
                        "audio 10668; ava \"When would suit you?\"; reply end; ");
    stage_pass(1000);
    call_played(stage.call);
    stage_pass(200);
    stage_hang_up();
    EQ_STR(CELL(CONTENT), "Ava: Thank you for calling. How can I help you?\n"
                          "Customer: I would like a facial.\nAva: When would suit you?");
    EQ_STR(CELL("SELECT status FROM conversations"), "completed");
    EQ_STR(CELL("SELECT duration_seconds FROM voice_call_details"), "7");
    EQ_STR(CELL("SELECT count(*) FROM jobs WHERE kind = 'score'"), "1");
    EQ_STR(CELL("SELECT u.phone FROM conversations c JOIN customers u ON u.id = c.customer_id"),
           "+15550100001");
    OK(strstr(CELL(DETAILS), "customer") != NULL);
    OK(strstr(CELL("SELECT {as_text metadata} FROM communication_messages"), "voice_to_voice_ms") !=
       NULL);
    stage_clear();
}

TEST(she_stops_when_the_caller_speaks)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("What do you offer?", 800);
    stage_reply("We offer facials and peels and much more than that.", 4000);
    (void)stage_log();
    stage.heard_ms = 2000;
    stage_pass(2000);
    engine_tells->speech_started(stage.call);
    EQ_STR(stage_log(), "clear; interrupt 2000; state listening; ");
    /* What is on its way from the engine is not played any more. */
    engine_tells->audio(stage.call, STR("AAAA"));
    engine_tells->said(stage.call, STR("We offer nothing."), true);
    EQ_STR(stage_log(), "");
    stage_hang_up();
    EQ_STR(CELL("SELECT interruption_count FROM voice_call_details"), "1");
    OK(strstr(CELL(CONTENT), "\nAva: We offer facials and\u2026") != NULL);
    OK(strstr(CELL(DETAILS), "interrupted") != NULL);
    stage_clear();
}

TEST(what_the_caller_never_heard_was_not_said)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("What do you offer?", 800);
    stage_reply("We offer facials.", 1000);
    stage_reply("And peels.", 1000); /* queued behind it */
    stage.heard_ms = 0;
    engine_tells->speech_started(stage.call);
    stage_hang_up();
    OK(strstr(CELL(CONTENT), "facials") == NULL);
    OK(strstr(CELL(CONTENT), "peels") == NULL);
    stage_clear();
}

TEST(replies_are_heard_one_after_another)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("Is there a time on Monday?", 800);
    stage_reply("Let me look.", 500);
    stage_reply("There is one at ten.", 1000);
    (void)stage_log();
    stage_pass(500);
    call_played(stage.call);
    EQ_STR(stage_log(), ""); /* she still speaks */
    stage.heard_ms = 250;
    stage_pass(250);
    engine_tells->speech_started(stage.call);
    EQ_STR(stage_log(), "clear; interrupt 250; state listening; ");
    stage_hang_up();
    OK(strstr(CELL(CONTENT), "Ava: Let me look.\nAva: There\u2026") != NULL);
    stage_clear();
}

TEST(a_caller_who_hangs_up_has_heard_what_had_been_played_by_then)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_reply("One two three four five six seven eight nine ten.", 5000);
    stage_pass(2500);
    stage_hang_up();
    OK(strstr(CELL(CONTENT), "five\u2026") != NULL);
    EQ_STR(CELL("SELECT interruption_count FROM voice_call_details"), "0");
    stage_clear();
}

TEST(words_that_are_understood_late_stand_where_they_were_said)
{
    stage_init();
    stage_greeted(&stage_caller);
    engine_tells->speech_started(stage.call);
    stage_pass(900);
    engine_tells->speech_stopped(stage.call);
    stage_pass(400);
    stage_reply("Gladly.", 500);
    engine_tells->heard(stage.call, STR("Can I come on Monday?"), true);
    stage_pass(500);
    call_played(stage.call);
    stage_hang_up();
    OK(strstr(CELL(CONTENT), "Customer: Can I come on Monday?\nAva: Gladly.") != NULL);
    stage_clear();
}

/* ---- one that comes back ---- */

TEST(a_call_that_broke_goes_on_and_the_engine_knows_what_was_said)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("I would like a facial.", 1500);
    stage_reply("When would suit you?", 1000);
    stage_pass(1000);
    call_played(stage.call);
    stage_pass(1000);
    call_hung_up(&stage.call, CALL_BROKE, "the connection broke");
    stage_writers();
    EQ_STR(CELL("SELECT status FROM conversations"), "active");
    stage_pass(5000);
    (void)stage_log();
    stage_call(&stage_caller);
    OK(strstr(stage.lines, "customer: I would like a facial.; ava: When would suit you?") != NULL);
    OK(strstr(stage.start.greeting, "Where were we?") != NULL);
    engine_tells->ready(stage.call);
    stage_says("On Monday.", 1500);
    stage_hang_up();
    EQ_STR(CELL("SELECT count(*) FROM conversations"), "1");
    EQ_STR(CELL("SELECT status FROM conversations"), "completed");
    EQ_STR(CELL("SELECT count(*) FROM communication_messages"), "1");
    OK(strstr(CELL(CONTENT), "facial.\nAva: When would suit you?\nCustomer: On Monday.") != NULL);
    stage_clear();
}

TEST(a_second_connection_of_a_call_drops_the_first)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("I would like a facial.", 1500);
    stage_pass(300);
    stage_writers();
    struct call *first = stage.call;
    (void)stage_log();
    stage_call(&stage_caller);
    EQ_STR(stage_log(), "drop; start one; ");
    OK(strstr(stage.lines, "I would like a facial.") != NULL);
    call_hung_up(&first, CALL_BROKE, "the call goes on in another connection");
    stage_writers();
    EQ_STR(CELL("SELECT status FROM conversations"), "active");
    stage_hang_up();
    EQ_STR(CELL("SELECT count(*) FROM conversations WHERE status = 'completed'"), "1");
    EQ_STR(CELL("SELECT count(*) FROM conversations"), "1");
    stage_clear();
}

#ifdef AVA_FAULTS
/* From its beginning to its end. */
static void whole_call(const char *session)
{
    struct call_who who = stage_caller;
    who.session_id = session;
    stage.conversation = NULL;
    stage_call(&who);
    if (!stage.conversation) {
        stage_pass(1500); /* the store has not taken it in: it goes on without */
    }
    engine_tells->ready(stage.call);
    stage_reply("Hello.", 1000);
    stage_pass(1000);
    call_played(stage.call);
    stage_says("I would like a facial.", 1500);
    engine_tells->tool(stage.call, "find_times", STR("{}"), STR("[]"), false);
    stage_pass(2500);
    stage_writers();
    stage_says("On Monday.", 1500);
    stage_pass(2500);
    stage_writers();
    call_hung_up(&stage.call, CALL_HUNG_UP, NULL);
    stage_writers();
}

TEST(whichever_call_of_the_store_fails_the_call_goes_on_and_is_written_once)
{
    static const char *const once[] = {
        "SELECT count(*) FROM conversations WHERE status = 'completed'",
        "SELECT count(*) FROM conversations",
        "SELECT count(*) FROM communication_messages WHERE content LIKE "
        "'%Customer: I would like a facial.%Customer: On Monday.'",
        "SELECT count(*) FROM voice_call_details",
        "SELECT count(*) FROM communication_events WHERE event_type = 'conversation_completed'",
        "SELECT count(*) FROM communication_events WHERE event_type = 'function_called'",
        "SELECT count(*) FROM jobs WHERE kind = 'score'",
        "SELECT count(*) FROM voice_calls WHERE live = {false}",
    };
    bool failed = true;
    stage_init();
    for (int nth = 1; failed && nth < 300; nth++) {
        char session[32];
        snprintf(session, sizeof session, "CA%d", nth);
        fault_arm(FAULT_STORE, nth, false);
        whole_call(session);
        failed = fault_calls(FAULT_STORE) >= nth;
        fault_arm(FAULT_STORE, 0, false);
        stage_new_desk();
        for (size_t i = 0; i < ARRAY_SIZE(once); i++) {
            tap_case("the store's call %d, %s", nth, once[i]);
            EQ_INT(strtol(CELL(once[i]), NULL, 10), nth);
        }
    }
    tap_case(" ");
    OK(!failed);
    stage_clear();
}
#endif

TEST(another_engine_takes_over_and_answers)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("Do you have parking?", 500);
    (void)stage_log();
    engine_tells->failed(stage.call, "the socket broke");
    EQ_STR(stage_log(), ""); /* not from inside of its event */
    stage_pass(0);
    EQ_STR(stage_log(), "stop; start two; ");
    EQ_STR(stage.lines, "ava: Thank you for calling. How can I help you?; ");
    EQ_STR(stage.start.greeting, NULL);
    engine_tells->ready(stage.call);
    EQ_STR(stage_log(), "text Do you have parking?; ");
    stage_reply("There is parking behind the house.", 1000);
    call_played(stage.call);
    stage_hang_up();
    OK(strstr(CELL(CONTENT), "Customer: Do you have parking?\nAva: There is parking") != NULL);
    EQ_STR(CELL("SELECT status FROM conversations"), "completed");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'error'"), "1");
    stage_clear();
}

TEST(when_no_engine_is_left_the_call_ends_and_staff_are_told)
{
    stage_init();
    stage.engines_refused = 2;
    stage_call(&stage_caller);
    EQ_STR(stage_log(), "state ended; end, the assistant is not available; ");
    call_hung_up(&stage.call, CALL_WE_ENDED, NULL);
    stage_writers();
    EQ_STR(CELL("SELECT status FROM conversations"), "failed");
    EQ_STR(
        CELL("SELECT count(*) FROM communication_events WHERE event_type = 'escalation_requested'"),
        "1");
    stage_clear();
}

TEST(an_engine_that_is_never_ready_is_replaced)
{
    stage_init();
    stage_call(&stage_caller);
    (void)stage_log();
    stage_pass(10000);
    EQ_STR(stage_log(), "stop; start two; ");
    OK(stage.start.greeting != NULL);
    stage_hang_up();
    stage_clear();
}

TEST(an_engine_that_goes_with_the_server_is_not_replaced)
{
    stage_init();
    stage_greeted(&stage_caller);
    engine_tells->failed(stage.call, "its socket: 1006 the server stops");
    stage_pass(stage.settings.shutdown_timeout);
    EQ_STR(stage_log(), "");
    call_hung_up(&stage.call, CALL_SHUTDOWN, NULL);
    EQ_STR(stage_log(), "stop; ");
    stage_writers();
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type IN "
                "('error', 'escalation_requested')"),
           "0");
    stage_clear();
}

TEST(frames_pass_untouched)
{
    stage_init();
    stage_greeted(&stage_caller);
    static char frame[214];
    memset(frame, 'g', sizeof frame);
    call_audio(stage.call, (struct str){frame, sizeof frame});
    EQ_STR(stage_log(), "hears 214; ");
    call_digit(stage.call, '5');
    call_commit(stage.call);
    EQ_STR(stage_log(), "digit 5; commit; ");
    stage_hang_up();
    stage_clear();
}

TEST(a_typed_turn_is_in_the_record)
{
    stage_init();
    stage_greeted(&stage_caller);
    call_text(stage.call, STR("Are you open on Sunday?"));
    EQ_STR(stage_log(), "state thinking; text Are you open on Sunday?; ");
    stage_hang_up();
    OK(strstr(CELL(CONTENT), "Customer: Are you open on Sunday?") != NULL);
    stage_clear();
}

TEST(a_store_that_does_not_answer_keeps_nobody_waiting)
{
    stage_init();
    stage.call = NULL;
    const struct call_who who = stage_caller;
    stage_call_unwritten(&who);
    EQ_STR(stage_log(), "");
    stage_pass(1500);
    EQ_STR(stage_log(), "start one; ");
    OK(stage.conversation == NULL);
    engine_tells->ready(stage.call);
    stage_reply("Hello.", 300);
    call_played(stage.call);
    stage_hang_up();
    EQ_STR(CELL("SELECT count(*) FROM conversations WHERE status = 'completed'"), "1");
    EQ_STR(CELL(CONTENT), "Ava: Hello.");
    stage_clear();
}

TEST(a_withheld_number_is_nobody)
{
    stage_init();
    stage_greeted(&(struct call_who){.session_id = "CA2", .transport = "twilio"});
    stage_hang_up();
    EQ_STR(CELL("SELECT count(*) FROM customers"), "0");
    EQ_STR(CELL("SELECT count(*) FROM conversations WHERE customer_id IS NULL"), "1");
    stage_clear();
}

TEST(what_is_said_is_kept_while_the_call_goes_on)
{
    stage_init();
    stage_greeted(&stage_caller);
    stage_says("I am called Maya.", 500);
    engine_tells->tool(stage.call, "note_name", STR("{\"name\":\"Maya\"}"), STR("{\"ok\":true}"),
                       true);
    stage_pass(2000);
    stage_writers();
    OK(strstr(CELL("SELECT {as_text kept} FROM voice_calls"), "I am called Maya.") != NULL);
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'function_called'"),
           "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_messages"), "0");
    stage_hang_up();
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'function_called'"),
           "1");
    OK(strstr(CELL("SELECT {as_text function_calls} FROM voice_call_details"), "note_name") !=
       NULL);
    EQ_STR(CELL("SELECT kept FROM voice_calls"), NULL);
    stage_clear();
}

TEST(a_broken_connection_and_a_stop_are_failures)
{
    static const enum call_ending how[] = {CALL_LOST, CALL_SHUTDOWN};
    static const char *const by[] = {"connection", "shutdown"};
    for (int i = 0; i < 2; i++) {
        stage_init();
        stage_greeted(&stage_caller);
        call_hung_up(&stage.call, how[i], "a few words");
        stage_writers();
        EQ_STR(CELL("SELECT status FROM conversations"), "failed");
        const char *metadata = CELL("SELECT {as_text metadata} FROM communication_messages");
        OK(strstr(metadata, by[i]) != NULL && strstr(metadata, "a few words") != NULL);
        stage_clear();
    }
}

int main(void)
{
    return tap_run();
}
