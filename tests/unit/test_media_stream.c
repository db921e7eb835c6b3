/* SPDX-License-Identifier: Apache-2.0 */
/* A media stream from its beginning to its end, on the socket and call of media_fixture.h. */
#include <stdlib.h>

#include "media_fixture.h"
#include "tap.h"
#include "voice/media_frame.h"

TEST(a_stream_becomes_a_call)
{
    line_begin();
    EQ_STR(line_call.who, "twilio " CALL " +15550100 +15550199");
    line_sound(20);
    EQ_INT(line_call.heard, 1);
    EQ_STR(line_call.sound, "////");
    line_says("{\"event\":\"dtmf\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
              "\",\"dtmf\":{\"track\":\"inbound_track\",\"digit\":\"7\"}}",
              (long long)++line_sequence);
    EQ_STR(line_call.digits, "7");
    line_says("{\"event\":\"weather\"}");
    EQ_INT(line_socket.code, 0);
    line_says("{\"event\":\"stop\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
              "\",\"stop\":{\"accountSid\":\"AC1\",\"callSid\":\"" CALL "\"}}",
              (long long)++line_sequence);
    EQ_INT(line_call.ended, 1);
    EQ_INT(line_call.how, CALL_HUNG_UP);
    EQ_INT(line_socket.code, 1000);
    line_end();
}

TEST(a_call_of_ours_names_the_customer_as_the_caller)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    line_connect();
    line_start_with(line_ticket(p, "+15550188", "outbound-api", 60), "+15550188", "outbound-api");
    EQ_STR(line_call.who, "twilio out " CALL " +15550199 +15550188");
    line_end();
    EQ_INT(line_call.how, CALL_BROKE);
}

TEST(a_hidden_number_is_none)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    line_connect();
    line_start_with(line_ticket(p, "anonymous", "inbound", 60), "anonymous", "inbound");
    EQ_STR(line_call.who, "twilio " CALL " - +15550199");
    line_end();
}

TEST(no_stream_without_its_ticket)
{
    static const char refusal[] = "the stream has no ticket of its call that is still good";
    struct pool *p CLEANUP(pool_free) = pool_new();
    line_connect();
    line_start_with("1.forged", "+15550100", "inbound");
    EQ_INT(line_call.begun, 0);
    line_failed(refusal);
    line_connect(); /* of a call that came from another number */
    line_start_with(line_ticket(p, "+15550100", "inbound", 60), "+15550101", "inbound");
    EQ_INT(line_call.begun, 0);
    line_failed(refusal);
    line_connect(); /* too old */
    line_start_with(line_ticket(p, "+15550100", "inbound", -5), "+15550100", "inbound");
    EQ_INT(line_call.begun, 0);
    line_failed(refusal);
}

TEST(a_ticket_opens_one_stream)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char *token = line_ticket(p, "+15550100", "inbound", 60);
    line_connect();
    line_start_with(token, "+15550100", "inbound");
    EQ_INT(line_call.begun, 1);
    struct media_stream *first = line_stream;
    line_stream = media_stream_new(line_all);
    media_stream_ws_ops.open(&line_socket, line_stream);
    line_says("{\"event\":\"connected\"}");
    line_start_with(token, "+15550100", "inbound");
    EQ_INT(line_call.begun, 1);
    EQ_INT(line_socket.code, 1008);
    media_stream_ws_ops.closed(&line_socket, line_stream);
    EQ_INT(line_call.ended, 0);
    line_stream = first;
    line_end();
}

TEST(what_breaks_the_order_ends_the_call)
{
    static const char begin[] = "the stream did not begin with connected and start";
    line_connect();
    line_sound(0);
    line_failed(begin);
    line_begin();
    line_sound(20);
    line_sequence--;
    line_sound(40);
    line_failed("the stream's messages came out of order");
    line_begin();
    line_sound(20);
    line_chunk--;
    line_sound(40);
    line_failed("the stream's sound came out of order");
    line_begin();
    line_sound(40);
    line_sound(20);
    line_failed("the stream's sound came out of order");
    line_begin();
    line_start();
    line_failed("the stream began a second time");
    line_begin();
    line_says(
        "{\"event\":\"mark\",\"sequenceNumber\":\"7\",\"streamSid\":\"MZ1\",\"mark\":{\"name\":"
        "\"m\"}}");
    line_failed("a message of another stream came");
}

TEST(what_is_no_message_ends_the_call)
{
    static const char why[] = "the stream had a message that is not in its protocol";
    line_begin();
    line_says("nonsense");
    line_failed(why);
    line_begin();
    media_stream_ws_ops.message(&line_socket, line_stream, false, STR("\x01\x02"));
    line_failed(why);
}

TEST(gaps_in_the_sound_do_not_end_the_call)
{
    line_begin();
    line_sound(20);
    line_chunk += 3;
    line_sequence += 3;
    line_sound(100);
    EQ_INT(line_call.heard, 2);
    EQ_INT(line_socket.code, 0);
    line_end();
}

TEST(a_stream_that_does_not_begin_is_closed)
{
    line_connect();
    OK(line_timer.ms > 0);
    line_timer.fn(line_timer.arg);
    line_failed("the stream did not begin in time");
    line_begin();
    for (int i = 0; i < 3; i++) {
        line_timer.fn(line_timer.arg);
    }
    line_sound(20); /* it lives */
    for (int i = 0; i < 3; i++) {
        line_timer.fn(line_timer.arg);
        EQ_INT(line_socket.code, 0);
    }
    line_timer.fn(line_timer.arg);
    line_failed("nothing came on the stream for too long");
}

TEST(sound_is_sent_in_pieces_with_marks)
{
    line_begin();
    line_speaks(1002);
    EQ_INT(line_sent("\"event\":\"media\",\"streamSid\":\"" SID "\",\"media\":{\"payload\":\"ffff"),
           6);
    EQ_INT(line_sent("\"event\":\"mark\""), 5); /* the last piece is too short for one */
    line_call.ops->reply_end(line_call.t);
    EQ_INT(line_sent("{\"event\":\"mark\",\"streamSid\":\"" SID "\",\"mark\":{\"name\":\"5\"}}"),
           1);
    for (int i = 0; i < 5; i++) {
        line_mark(i);
        EQ_INT(line_call.played, 0);
    }
    line_mark(5);
    EQ_INT(line_call.played, 1);
    line_mark(5); /* once */
    line_mark(77);
    EQ_INT(line_call.played, 1);
    line_end();
}

TEST(when_interrupted_it_is_known_what_was_heard)
{
    line_begin();
    line_sound(1000);
    line_speaks(1002);
    line_call.ops->reply_end(line_call.t);
    line_sound(1300);
    line_mark(0); /* 200.25 ms were heard when the clock was at 1300 */
    line_sound(1400);
    EQ_INT(line_call.ops->clear(line_call.t), 300);
    EQ_INT(line_sent("{\"event\":\"clear\",\"streamSid\":\"" SID "\"}"), 1);
    for (int i = 1; i < 6; i++) { /* they come back at once, and mean nothing */
        line_mark(i);
    }
    EQ_INT(line_call.played, 0);
    EQ_INT(line_call.ops->clear(line_call.t), 0); /* nothing was playing */
    EQ_INT(line_sent("\"clear\""), 1);
    line_sound(5000);
    line_speaks(501); /* what is said after it counts from its own beginning */
    line_sound(5100);
    EQ_INT(line_call.ops->clear(line_call.t), 100);
    line_end();
}

TEST(no_more_was_heard_than_was_sent)
{
    line_begin();
    line_speaks(300);
    line_sound(9000);
    EQ_INT(line_call.ops->clear(line_call.t), 300);
    line_speaks(300); /* of two replies, the one that is playing */
    line_call.ops->reply_end(line_call.t);
    line_speaks(300);
    line_call.ops->reply_end(line_call.t);
    line_sound(9400);
    EQ_INT(line_call.ops->clear(line_call.t), 300);
    line_end();
}

TEST(what_is_said_when_a_reply_was_heard_follows_it)
{
    line_begin();
    line_call.say_more = true;
    line_speaks(51);
    line_call.ops->reply_end(line_call.t);
    line_mark(0);
    EQ_INT(line_call.played, 1);
    line_mark(1);
    EQ_INT(line_call.played, 2);
    line_end();
}

TEST(a_long_reply_has_few_marks_out)
{
    line_begin();
    for (int i = 0; i < 600; i++) {
        line_speaks(300);
    }
    line_call.ops->reply_end(line_call.t);
    size_t marks = line_sent("\"event\":\"mark\"");
    OK(marks <= 128);
    line_mark((int)marks - 1);
    EQ_INT(line_call.played, 1);
    EQ_INT(line_call.ops->clear(line_call.t), 0);
    line_end();
}

TEST(the_call_ends_when_what_is_queued_was_heard)
{
    line_begin();
    line_speaks(51); /* less than has a mark by itself */
    EQ_INT(line_sent("\"event\":\"mark\""), 0);
    line_call.ops->end(line_call.t, "goodbye", false);
    EQ_INT(line_socket.code, 0);
    line_mark(0);
    EQ_INT(line_socket.code, 1000);
    EQ_INT(line_call.ended, 0); /* when the connection is gone */
    line_sound(100);
    line_end();
    EQ_INT(line_call.how, CALL_WE_ENDED);

    line_begin(); /* the mark does not come */
    line_speaks(51);
    line_call.ops->end(line_call.t, "goodbye", false);
    line_timer.fn(line_timer.arg);
    EQ_INT(line_socket.code, 1000);
    line_end();
    EQ_INT(line_call.how, CALL_WE_ENDED);

    line_begin(); /* at once */
    line_speaks(300);
    line_call.ops->end(line_call.t, "too long", true);
    EQ_INT(line_socket.code, 1000);
    line_call.ops->audio(line_call.t, STR("AAAA")); /* an engine that did not notice */
    line_call.ops->reply_end(line_call.t);
    line_end();

    line_begin(); /* nothing was queued */
    line_call.ops->end(line_call.t, "goodbye", false);
    EQ_INT(line_socket.code, 1000);
    line_end();
}

static void stop(void)
{
    line_says("{\"event\":\"stop\",\"sequenceNumber\":\"%lld\",\"streamSid\":\"" SID
              "\",\"stop\":{\"accountSid\":\"AC1\",\"callSid\":\"" CALL "\"}}",
              (long long)++line_sequence);
}

TEST(a_call_goes_to_a_person)
{
    const struct call_transfer to = {"She wants to move a visit.", "asked for a person"};
    line_begin();
    OK(line_call.ops->transfer == NULL); /* there is nobody */
    line_end();

    line_person = "+15550177";
    line_handover_rc = 0;
    line_begin();
    line_call.ops->transfer(line_call.t, &to);
    EQ_STR(line_handed_over, CALL " to +15550177");
    EQ_INT(line_socket.code, 0);
    line_sound(20);
    stop(); /* the network takes the call from the stream */
    EQ_INT(line_call.how, CALL_TRANSFERRED);
    line_end();

    line_begin(); /* it was told so, and does not stop */
    line_call.ops->transfer(line_call.t, &to);
    line_timer.fn(line_timer.arg);
    EQ_INT(line_socket.code, 1000);
    line_end();
    EQ_INT(line_call.how, CALL_TRANSFERRED);

    line_handover_rc = -1; /* it cannot be told: what follows the stream does it */
    line_begin();
    line_call.ops->transfer(line_call.t, &to);
    EQ_INT(line_socket.code, 1000);
    line_end();
    EQ_INT(line_call.how, CALL_TRANSFERRED);
    line_person = NULL;
}

TEST(a_stream_that_goes_while_its_end_is_noted_is_waited_for)
{
    line_begin();
    line_holds = true;
    line_call.ops->end(line_call.t, "goodbye", true);
    EQ_INT(line_socket.code, 0);
    stop();
    EQ_INT(line_call.ended, 1);
    media_stream_ws_ops.closed(&line_socket, line_stream);
    OK(media_streams_room(line_all)); /* two may be open, one is */
    line_holds = false;
    line_waiting_fn(line_waiting_arg);
    EQ_INT(line_call.ended, 1);
    media_streams_free(&line_all);
    buf_clear(&line_socket.sent);
}

TEST(the_network_may_say_otherwise_that_a_call_is_over)
{
    line_begin();
    media_streams_over(line_all, "CA1");
    EQ_INT(line_call.ended, 0);
    media_streams_over(line_all, CALL);
    EQ_INT(line_call.ended, 1);
    EQ_INT(line_call.how, CALL_HUNG_UP);
    EQ_INT(line_socket.code, 1000);
    media_streams_over(line_all, CALL);
    line_end();
}

TEST(no_more_calls_than_there_is_room_for)
{
    line_begin();
    OK(media_streams_room(line_all));
    line_places = 0;
    OK(!media_streams_room(line_all));
    line_end();
    EQ_INT(line_places, 1); /* its own */
    line_places = 0;
    line_connect();
    line_start();
    EQ_INT(line_call.begun, 0);
    EQ_STR(line_socket.why, "all lines are busy");
    line_end();
    EQ_INT(line_places, 0);
    line_places = 2;
}

TEST(one_that_goes_on_in_another_stream_is_dropped)
{
    line_begin();
    line_call.ops->drop(line_call.t);
    EQ_INT(line_call.ended, 0);
    EQ_INT(line_socket.code, 1000);
    line_call.ops->drop(line_call.t);
    line_end();
    EQ_INT(line_call.ended, 1);
    EQ_INT(line_call.how, CALL_BROKE);
}

TEST(a_lost_connection_ends_the_call_once)
{
    line_begin();
    line_end();
    EQ_INT(line_call.ended, 1);
    EQ_INT(line_call.how, CALL_BROKE);
    EQ_STR(line_call.why, "the stream's connection broke");
    line_begin(); /* it is told how, when it is known */
    line_socket.fault = "the peer is silent";
    line_end();
    EQ_STR(line_call.why, "the peer is silent");
    line_socket.fault = NULL;
    /* Gone before it was open: there was no call. */
    struct media_streams_config config = {.key = STR(KEY)};
    line_all = media_streams_new(&config);
    line_call = (struct call){.ended = 0};
    media_stream_ws_ops.closed(&line_socket, media_stream_new(line_all));
    EQ_INT(line_call.ended, 0);
    media_streams_free(&line_all);
}

int main(void)
{
    return tap_run();
}
