/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The realtime engine against a server that the test plays: what it sends when, what it tells its
 * call, and that nothing that a server does keeps it from either going on or saying why not.
 */
#include "realtime_fixture.h"
#include "tap.h"
#include "voice/realtime_event.h"

#define GOT(type) "got {\"type\":\"" type "\""

/* An engine that has been taken, without a greeting. */
static void begin(struct scene *s)
{
    scene_init(s);
    scene_start(s, NULL);
    scene_accept(s);
    (void)scene_wait(s, "ready");
}

static void speech(struct scene *s, const char *words)
{
    scene_send(s, "{'type':'input_audio_buffer.speech_started','item_id':'item_u'}");
    scene_send(s, "{'type':'input_audio_buffer.speech_stopped','item_id':'item_u'}");
    scene_send(s, "{'type':'input_audio_buffer.committed','item_id':'item_u'}");
    if (words) {
        scene_send(s, pool_printf(s->pool,
                                  "{'type':'conversation.item.input_audio_transcription.completed',"
                                  "'item_id':'item_u','transcript':'%s'}",
                                  words));
    }
}

static void holds(const char *text, const char *part)
{
    OK_MSG(text && strstr(text, part), "%s in %.300s", part, text ? text : "nothing");
}

static void holds_not(const char *text, const char *part)
{
    OK_MSG(text && !strstr(text, part), "%s not in %.300s", part, text ? text : "nothing");
}

TEST(events_are_known_by_both_names)
{
    static const struct {
        const char *frame;
        enum realtime_kind kind;
        const char *audio, *item; /* NULL: missing */
    } rows[] = {
        {"{\"type\":\"response.output_audio.delta\",\"item_id\":\"i\",\"delta\":\"AAAA\"}",
         REALTIME_AUDIO_DELTA, "AAAA", "i"},
        {"{\"delta\":\"AAA=\",\"type\":\"response.audio.delta\"}", REALTIME_AUDIO_DELTA,
         "AAA=", NULL},
        {"{\"type\":\"response.audio.delta\",\"delta\":\"AAA\"}", REALTIME_AUDIO_DELTA, NULL, NULL},
        {"{\"type\":\"response.audio.delta\",\"delta\":\"A\\nA=\"}", REALTIME_AUDIO_DELTA, NULL,
         NULL},
        {"{\"type\":\"response.audio.delta\",\"delta\":7}", REALTIME_AUDIO_DELTA, NULL, NULL},
        {"{\"type\":\"response.audio_transcript.done\"}", REALTIME_SAID, NULL, NULL},
        {"{\"type\":\"response.output_audio_transcript.done\"}", REALTIME_SAID, NULL, NULL},
        {"{\"item\":{\"type\":\"error\",\"a\":[\"]}\"]},\"type\":\"mcp.news\"}", REALTIME_UNKNOWN,
         NULL, NULL},
        {" { } ", REALTIME_UNKNOWN, NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct realtime_event e;
        tap_case("%s", rows[i].frame);
        OK(realtime_event_scan(str_of(rows[i].frame), &e));
        EQ_INT(e.kind, rows[i].kind);
        EQ_VIEW(e.audio, rows[i].audio);
        EQ_VIEW(e.item_id, rows[i].item);
    }
    static const char *const wrong[] = {"",         "[]",         "{",          "{\"a\"}",
                                        "{\"a\":1", "{\"a\":\"b", "{\"a\":1}}", "{\"a\":[}",
                                        "null",     "{\"a\":1,}"};
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct realtime_event e;
        tap_case("%s", wrong[i]);
        OK(!realtime_event_scan(str_of(wrong[i]), &e));
    }
}

TEST(the_session_is_configured_from_the_facts)
{
    CLEANUP(scene_clear) struct scene s;
    scene_init(&s);
    scene_start(&s, NULL);
    const char *asked = scene_wait(&s, "asked ");
    holds(asked, "/v1/realtime?model=gpt-realtime Bearer sk-test ");
    holds_not(asked, "realtime=v1");
    (void)scene_wait(&s, "connected");
    EQ_INT(scene_count(&s, "got "), 0); /* the server speaks first */
    scene_send(&s, "{'type':'session.created','session':{}}");
    const char *update = scene_wait(&s, GOT("session.update"));
    holds(update, "\"type\":\"realtime\",\"model\":\"gpt-realtime\"");
    holds(update, "\"input\":{\"format\":{\"type\":\"audio/pcmu\"},\"transcription\":{\"model\":"
                  "\"gpt-4o-mini-transcribe\"},\"turn_detection\":{\"type\":\"server_vad\"");
    holds(update, "\"output\":{\"format\":{\"type\":\"audio/pcmu\"},\"voice\":\"marin\"}");
    holds(update, "{\"type\":\"function\",\"name\":\"book_appointment\",\"description\":");
    holds(update, "\"name\":\"transfer_call\"");
    holds(update, "Willow Lane Medical Spa");
    holds(update, "Maya Ortiz");
    holds_not(update, "+15550100001");
    EQ_INT(scene_count(&s, "ready"), 0);
    scene_send(&s, "{'type':'session.updated','session':{}}");
    (void)scene_wait(&s, "ready");
}

TEST(the_older_protocol_is_spoken_when_it_is_set)
{
    CLEANUP(scene_clear) struct scene s;
    scene_init(&s);
    s.settings.realtime_protocol = "beta";
    s.settings.realtime_transcription = "";
    s.form = AUDIO_PCM_24K;
    scene_start(&s, NULL);
    holds(scene_wait(&s, "asked "), "Bearer sk-test realtime=v1");
    (void)scene_wait(&s, "connected");
    scene_send(&s, "{'type':'session.created','session':{}}");
    const char *update = scene_wait(&s, GOT("session.update"));
    holds(update, "\"session\":{\"modalities\":[\"text\",\"audio\"],\"input_audio_format\":"
                  "\"pcm16\",\"output_audio_format\":\"pcm16\",\"voice\":\"marin\","
                  "\"input_audio_transcription\":null,\"turn_detection\":{");
    scene_send(&s, "{'type':'session.updated','session':{}}");
    (void)scene_wait(&s, "ready");
    scene_created(&s, "resp_1");
    scene_send(&s, "{'type':'response.audio.delta','response_id':'resp_1','item_id':'item_1',"
                   "'delta':'AAAAAAAA'}");
    EQ_STR(scene_wait(&s, "audio "), "6");
}

TEST(the_caller_is_greeted_and_sound_passes_through)
{
    CLEANUP(scene_clear) struct scene s;
    scene_init(&s);
    s.greeting = "Good day, this is \"Ava\".";
    scene_start(&s, NULL);
    (void)scene_wait(&s, "connected");
    scene_sound(&s, false, 40); /* before the session: kept */
    scene_accept(&s);
    (void)scene_wait(&s, GOT("input_audio_buffer.append"));
    (void)scene_wait(&s, GOT("input_audio_buffer.append"));
    holds(scene_wait(&s, GOT("response.create")), "Good day, this is \\\"Ava\\\".");
    scene_sound(&s, true, 20);
    holds(scene_wait(&s, GOT("input_audio_buffer.append") ",\"audio\":\""), "jw8PDw");
    scene_created(&s, "resp_1");
    scene_delta(&s, "resp_1", "item_1", 100, "Good ");
    (void)scene_wait(&s, "reply_began");
    EQ_STR(scene_wait(&s, "saying: "), "Good ");
    EQ_STR(scene_wait(&s, "audio "), "800");
    scene_delta(&s, "resp_1", "item_1", 20, "day.");
    EQ_STR(scene_wait(&s, "saying: "), "Good day.");
    scene_done(&s, "resp_1", "completed", NULL);
    EQ_STR(scene_wait(&s, "said: "), "Good day.");
    (void)scene_wait(&s, "reply_done");
    EQ_INT(scene_count(&s, GOT("response.create")), 1);
}

TEST(an_interrupted_reply_is_cancelled_and_cut_where_it_was_heard)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    s.heard_ms = 120;
    scene_created(&s, "resp_1");
    scene_delta(&s, "resp_1", "item_1", 1000, "A long");
    (void)scene_wait(&s, "audio ");
    scene_send(&s, "{'type':'input_audio_buffer.speech_started','item_id':'item_u'}");
    (void)scene_wait(&s, GOT("response.cancel"));
    holds(scene_wait(&s, GOT("conversation.item.truncate")),
          "\"item_id\":\"item_1\",\"content_index\":0,\"audio_end_ms\":120");
    scene_delta(&s, "resp_1", "item_1", 500, " story"); /* late */
    scene_done(&s, "resp_1", "cancelled", NULL);
    scene_created(&s, "resp_2");
    scene_delta(&s, "resp_2", "item_2", 40, "Yes?");
    EQ_STR(scene_wait(&s, "saying: "), "Yes?");
    EQ_STR(scene_wait(&s, "audio "), "320");
    EQ_INT(scene_count(&s, "audio "), 2);
    EQ_INT(scene_count(&s, "said: "), 0);
}

TEST(what_was_heard_is_clamped_to_what_there_is)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    scene_created(&s, "resp_1");
    scene_delta(&s, "resp_1", "item_1", 200, NULL);
    scene_done(&s, "resp_1", "completed", NULL); /* complete at the server, still being heard */
    (void)scene_wait(&s, "reply_done");
    scene_interrupt(&s, 90000);
    scene_created(&s, "resp_2");
    scene_delta(&s, "resp_2", "item_2", 200, NULL);
    scene_done(&s, "resp_2", "completed", NULL);
    (void)scene_wait(&s, "reply_done");
    scene_interrupt(&s, 0);
    holds(scene_wait(&s, GOT("conversation.item.delete")), "\"item_id\":\"item_2\"");
    EQ_INT(scene_count(&s, GOT("conversation.item.truncate")), 0); /* all of item_1 was heard */
    EQ_INT(scene_count(&s, GOT("response.cancel")), 0);
}

TEST(a_reply_that_waits_behind_another_is_taken_back_whole)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    scene_created(&s, "resp_1");
    scene_delta(&s, "resp_1", "item_1", 5000, NULL);
    scene_done(&s, "resp_1", "completed", NULL);
    (void)scene_wait(&s, "reply_done");
    scene_created(&s, "resp_2");
    scene_delta(&s, "resp_2", "item_2", 5000, NULL);
    scene_done(&s, "resp_2", "completed", NULL);
    (void)scene_wait(&s, "reply_done");
    scene_interrupt(&s, 80); /* of the first, which still plays */
    holds(scene_wait(&s, GOT("conversation.item.truncate")), "\"item_1\"");
    holds(scene_wait(&s, GOT("conversation.item.delete")), "\"item_2\"");
}

TEST(functions_are_called_and_answered_once_all_are_done)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    speech(&s, "What do you have on offer?");
    (void)scene_wait(&s, "heard: ");
    scene_created(&s, "resp_1");
    scene_send(&s, "{'type':'response.output_item.done','response_id':'resp_1','item':{'type':"
                   "'function_call','call_id':'call_1','name':'get_service_info','arguments':"
                   "'{}'}}");
    scene_done(&s, "resp_1", "completed",
               "{'type':'function_call','call_id':'call_1','name':'get_service_info','arguments':"
               "'{}'},{'type':'function_call','call_id':'call_2','name':'dance','arguments':'x'}");
    holds(scene_wait(&s, "tool: get_service_info {} "), "services");
    holds(scene_wait(&s, "tool: dance {} "), "{\"error\":");
    holds(scene_wait(&s, GOT("conversation.item.create")), "\"call_id\":\"call_1\",\"output\":\"{");
    holds(scene_wait(&s, GOT("conversation.item.create")), "\"call_id\":\"call_2\"");
    (void)scene_wait(&s, GOT("response.create"));
    EQ_INT(scene_count(&s, GOT("response.create")), 1);
    EQ_INT(scene_count(&s, "tool: "), 2);
    EQ_INT(scene_count(&s, "reply_began"), 0);
}

TEST(what_is_asked_for_too_early_is_asked_for_again)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    scene_say(&s, "Are you still there?");
    (void)scene_wait(&s, GOT("response.create"));
    scene_created(&s, "resp_1"); /* the server's own, just then */
    scene_send(&s, "{'type':'error','error':{'type':'invalid_request_error','code':"
                   "'conversation_already_has_active_response','event_id':'ask1'}}");
    scene_send(&s, "{'type':'error','error':{'code':'response_cancel_not_active'}}");
    scene_delta(&s, "resp_1", "item_1", 20, "Hello.");
    (void)scene_wait(&s, "audio ");
    EQ_INT(scene_count(&s, GOT("response.create")), 1);
    scene_done(&s, "resp_1", "completed", NULL);
    holds(scene_wait(&s, GOT("response.create")), "Are you still there?");
    EQ_INT(scene_count(&s, "failed"), 0);
}

TEST(an_emergency_has_a_fixed_answer)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    s.heard_ms = 40;
    speech(&s, NULL);
    scene_created(&s, "resp_1");
    scene_delta(&s, "resp_1", "item_1", 2000, "How lovely");
    (void)scene_wait(&s, "audio ");
    scene_send(&s, "{'type':'conversation.item.input_audio_transcription.completed','transcript':"
                   "'Help, I cannot breathe and my throat is swelling shut'}");
    (void)scene_wait(&s, "withdrawn");
    (void)scene_wait(&s, "noticed: ");
    scene_done(&s, "resp_1", "cancelled", NULL);
    holds(scene_wait(&s, GOT("response.create")), "911");
    EQ_INT(scene_count(&s, GOT("response.cancel")), 1);
    EQ_INT(scene_count(&s, GOT("conversation.item.truncate")), 1);
}

TEST(an_emergency_that_is_not_answered_yet_is_not_answered_otherwise)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    speech(&s, "Help, I cannot breathe and my throat is swelling shut");
    (void)scene_wait(&s, "noticed: ");
    scene_created(&s, "resp_1");
    (void)scene_wait(&s, GOT("response.cancel"));
    scene_delta(&s, "resp_1", "item_1", 200, "How lovely");
    scene_done(&s, "resp_1", "cancelled", NULL);
    holds(scene_wait(&s, GOT("response.create")), "911");
    EQ_INT(scene_count(&s, "audio "), 0);
}

TEST(what_no_tool_confirmed_is_taken_back)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    s.heard_ms = 0;
    for (int i = 1; i <= 2; i++) {
        const char *id = pool_printf(s.pool, "resp_%d", i);
        scene_created(&s, id);
        scene_delta(&s, id, "item_1", 3000, NULL);
        scene_send(&s, pool_printf(s.pool,
                                   "{'type':'response.output_audio_transcript.done','response_id':"
                                   "'%s','item_id':'item_1','transcript':'Your appointment is "
                                   "booked for tomorrow at 3 PM.'}",
                                   id));
        scene_done(&s, id, "completed", NULL);
        (void)scene_wait(&s, "withdrawn");
        (void)scene_wait(&s, GOT("conversation.item.delete"));
        const char *again = scene_wait(&s, GOT("response.create"));
        if (i == 1) {
            holds_not(again, "I am sorry");
        } else {
            holds(again, "I am sorry");
        }
    }
    s.read = 0;
    holds(scene_wait(&s, "noticed: escalation_requested"), "confirmed");
    EQ_INT(scene_count(&s,
                       GOT("conversation.item.create") ",\"item\":{\"type\":\"message\",\"role\""
                                                       ":\"system\""),
           1);
}

TEST(a_call_is_ended_and_put_through)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    scene_created(&s, "resp_1");
    scene_delta(&s, "resp_1", "item_1", 20, "I put you through.");
    scene_done(&s, "resp_1", "completed",
               "{'type':'function_call','call_id':'c1','name':'transfer_call','arguments':"
               "'{\\'reason\\':\\'complaint\\',\\'summary\\':\\'angry\\'}'}");
    EQ_STR(scene_wait(&s, "transfer: "), "complaint");
    scene_created(&s, "resp_2");
    scene_done(&s, "resp_2", "completed", /* without a word: it has to say goodbye first */
               "{'type':'function_call','call_id':'c2','name':'end_call','arguments':'{}'}");
    (void)scene_wait(&s, GOT("response.create"));
    EQ_INT(scene_count(&s, "goodbye"), 0);
    scene_created(&s, "resp_3");
    scene_delta(&s, "resp_3", "item_3", 20, "Goodbye.");
    scene_done(&s, "resp_3", "completed", NULL);
    (void)scene_wait(&s, "goodbye");
}

TEST(words_and_digits_are_turns_too)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    scene_text(&s, "Do you do facials?");
    holds(
        scene_wait(&s, GOT("conversation.item.create")),
        "\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"Do you do facials?\"");
    (void)scene_wait(&s, GOT("response.create"));
    scene_created(&s, "resp_1");
    scene_done(&s, "resp_1", "completed", NULL);
    for (const char *c = "55#"; *c; c++) {
        scene_digit(&s, *c);
    }
    holds(scene_wait(&s, GOT("conversation.item.create")), "keypad: 55#");
    (void)scene_wait(&s, GOT("response.create"));
    EQ_INT(scene_count(&s, "heard"), 0); /* the call knows what it handed over */
    scene_commit(&s);
    (void)scene_wait(&s, GOT("input_audio_buffer.commit"));
}

TEST(a_lost_session_is_renewed_once_with_what_was_said)
{
    CLEANUP(scene_clear) struct scene s;
    scene_init(&s);
    struct call_line before = {CALL_ASSISTANT, "Welcome.", 0};
    s.said = &before;
    s.n_said = 1;
    scene_start(&s, NULL);
    scene_accept(&s);
    (void)scene_wait(&s, "ready");
    speech(&s, "Do you have parking?");
    (void)scene_wait(&s, "heard: ");
    ws_close(s.peer, 1011, "broken");
    scene_accept(&s);
    holds(scene_wait(&s, GOT("conversation.item.create")), "\"output_text\",\"text\":\"Welcome.\"");
    holds(scene_wait(&s, GOT("conversation.item.create")), "Do you have parking?");
    (void)scene_wait(&s, GOT("response.create"));
    EQ_INT(scene_count(&s, "ready"), 1);
    ws_close(s.peer, 1011, "broken again");
    holds(scene_wait(&s, "failed: "), "1011");
    EQ_INT(s.connections, 2);
}

TEST(a_server_that_owes_an_answer_is_left)
{
    CLEANUP(scene_clear) struct scene s;
    scene_init(&s);
    s.settings.realtime_timeout = 500;
    scene_start(&s, NULL);
    scene_accept(&s);
    (void)scene_wait(&s, "ready");
    speech(&s, NULL);
    scene_accept(&s);
    holds(scene_wait(&s, GOT("response.create")), "Could you say it again?");
    holds(scene_wait(&s, "failed: "), "owes");
}

TEST(nonsense_ends_the_session_with_a_reason)
{
    static const char *const frames[] = {"{'type':'response.done'", "[1]", "nonsense", ""};
    for (size_t i = 0; i < ARRAY_SIZE(frames); i++) {
        CLEANUP(scene_clear) struct scene s;
        begin(&s);
        tap_case("%s", frames[i]);
        scene_send(&s, frames[i]);
        scene_accept(&s);
        scene_send(&s, frames[i]);
        holds(scene_wait(&s, "failed: "), "no JSON object");
    }
}

TEST(errors_are_told_apart)
{
    static const struct {
        const char *code;
        bool fatal;
    } rows[] = {{"session_expired", false}, {"insufficient_quota", true}, {"invalid_value", false}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(scene_clear) struct scene s;
        begin(&s);
        tap_case("%s", rows[i].code);
        scene_send(&s, pool_printf(s.pool, "{'type':'error','error':{'code':'%s'}}", rows[i].code));
        if (rows[i].fatal) {
            holds(scene_wait(&s, "failed: "), rows[i].code);
        } else if (strcmp(rows[i].code, "session_expired") == 0) {
            scene_accept(&s);
        } else {
            scene_created(&s, "resp_1");
            scene_delta(&s, "resp_1", "item_1", 20, NULL);
            (void)scene_wait(&s, "audio ");
        }
    }
}

TEST(a_session_that_is_not_taken_fails_at_once)
{
    CLEANUP(scene_clear) struct scene s;
    scene_init(&s);
    scene_start(&s, NULL);
    (void)scene_wait(&s, "connected");
    scene_send(&s, "{'type':'session.created','session':{}}");
    (void)scene_wait(&s, GOT("session.update"));
    scene_send(&s, "{'type':'error','error':{'code':'unknown_parameter','event_id':'session'}}");
    holds(scene_wait(&s, "failed: "), "unknown_parameter");
    EQ_INT(s.connections, 1);
}

TEST(events_in_a_strange_order_do_no_harm)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    scene_delta(&s, "resp_9", "item_9", 20, "before its response");
    scene_done(&s, "resp_9", "completed", NULL);
    scene_send(&s, "{'type':'session.updated','session':{}}");
    scene_send(&s, "{'type':'session.created','session':{}}");
    scene_send(&s, "{'type':'response.created'}");
    scene_send(&s, "{'type':'response.done'}");
    scene_send(&s, "{'type':'response.output_item.done','item':[]}");
    scene_send(&s, "{'type':'error'}");
    scene_send(&s, "{'type':'error','error':7}");
    scene_send(&s, "{'type':'conversation.item.input_audio_transcription.completed'}");
    scene_send(&s, "{'type':'input_audio_buffer.committed'}");
    scene_send(&s, "{'type':{},'delta':[]}");
    scene_created(&s, "resp_1");
    scene_created(&s, "resp_2");
    scene_delta(&s, "resp_1", "item_1", 20, "of the other");
    scene_delta(&s, "resp_2", "item_2", 20, "Here I am.");
    EQ_STR(scene_wait(&s, "saying: "), "Here I am.");
    (void)scene_wait(&s, "audio ");
    scene_done(&s, "resp_2", "completed", NULL);
    (void)scene_wait(&s, "reply_done");
    EQ_INT(scene_count(&s, "audio "), 1);
    EQ_INT(scene_count(&s, "ready"), 1);
    EQ_INT(scene_count(&s, "failed"), 0);
}

TEST(a_response_that_fails_is_asked_for_once_more)
{
    CLEANUP(scene_clear) struct scene s;
    begin(&s);
    scene_created(&s, "resp_1");
    scene_done(&s, "resp_1", "failed", NULL);
    (void)scene_wait(&s, GOT("response.create"));
    scene_created(&s, "resp_2");
    scene_done(&s, "resp_2", "failed", NULL);
    holds(scene_wait(&s, "failed: "), "response failed");
}

TEST(an_engine_is_stopped_whatever_it_does)
{
    for (int i = 0; i < 4; i++) {
        CLEANUP(scene_clear) struct scene s;
        scene_init(&s);
        scene_start(&s, NULL); /* 0: before anything has come */
        if (i > 0) {
            scene_accept(&s);
        }
        if (i > 1) {
            speech(&s, "What does a facial cost?"); /* a guard is at work */
        }
        if (i > 2) {
            scene_created(&s, "resp_1");
            scene_done(&s, "resp_1", "completed",
                       "{'type':'function_call','call_id':'c','name':'get_service_info',"
                       "'arguments':'{}'}");
            (void)scene_wait(&s, "speech_stopped");
        }
        scene_stop_engine(&s);
        EQ_INT(scene_count(&s, "failed"), 0);
    }
}

int main(void)
{
    return tap_run();
}
