/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Twilio tells of calls: in any order, more than once, about calls that we know and calls that
 * we do not; and messages that callers leave.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "channels/inbound_call.h"
#include "channels/inbox.h"
#include "channels/twiml.h"
#include "domain/conversation.h"
#include "domain/telephone.h"
#include "store_fixture.h"
#include "tap.h"

#define CALL "CA00000000000000000000000000000001"
#define RECORDING "RE00000000000000000000000000000001"
#define OURS "0190b5a0-0000-7000-8000-000000000001"
#define COUNT(what) fixture_cell(f.store, "SELECT count(*) FROM " what)
#define CELL(what) fixture_cell(f.store, "SELECT " what)
#define COMES_IN                                                                                   \
    "CallSid=" CALL "&AccountSid=AC1&From=%2B15550100001&To=%2B15550199999&CallStatus=ringing"     \
    "&Direction=inbound"
#define REPORT(status, number)                                                                     \
    "CallSid=" CALL "&CallStatus=" status "&SequenceNumber=" number "&Direction=inbound"
#define RECORDED                                                                                   \
    "CallSid=" CALL "&RecordingSid=" RECORDING                                                     \
    "&RecordingUrl=https%3A%2F%2Fapi.twilio.com%2F2010-04-01%2FAccounts%2FAC1%2FRecordings"        \
    "%2F" RECORDING "&RecordingStatus=completed&RecordingDuration=32"

static const struct inbox_config config = {.number = "+15550199999",
                                           .rules = {.idle_us = 4 * 3600 * US_PER_SECOND}};

static int take_at(struct store *s, const char *kind, const char *body, const char *target)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct inbox_result out;
    struct journal_entry entry = {
        .provider = "twilio",
        .kind = kind,
        .target = target,
        .body = str_of(body),
        .proof = "signature",
        .received_at = wall_now(),
    };
    return inbox_take(s, p, &config, &entry, &out, NULL);
}

static int take(struct store *s, const char *kind, const char *body)
{
    return take_at(s, kind, body, "/api/webhooks/twilio/x");
}

/* A conversation for the call, as its stream has made one. */
static int begin_voice(struct db *db, void *arg, struct err *e)
{
    struct pool *p = arg;
    struct id conversation;
    static const struct sql insert = {
        "INSERT INTO voice_calls (id, conversation_id, server_id, transport, session_id, outbound, "
        "live, started_at, events_kept) VALUES ($1, $2, $1, 'twilio', $3, {false}, {false}, $4, "
        "0)"};
    int rc = conversation_begin(db, p, 0, "voice", "Call", STR("{}"), wall_now(), &conversation, e);
    struct id id = id_new();
    return rc < 0 ? rc
                  : db_exec(db, &insert,
                            ARGS(A_TEXT(id.text), A_TEXT(conversation.text), A_TEXT(CALL),
                                 A_WALL(wall_now())),
                            e);
}

static void begin_call(struct fixture *f)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    EQ_INT(take(f->store, "call", COMES_IN), 0);
    EQ_INT(store_write(f->store, begin_voice, p, NULL), 0);
}

TEST(a_call_is_known_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    for (int i = 0; i < 3; i++) {
        EQ_INT(take(f.store, "call", COMES_IN), 0);
    }
    EQ_STR(COUNT("telephone_calls"), "1");
    EQ_STR(CELL("caller FROM telephone_calls"), "+15550100001");
    EQ_STR(CELL("called FROM telephone_calls"), "+15550199999");
    EQ_STR(COUNT("conversations"), "0");
}

TEST(reports_count_by_their_number)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "call", COMES_IN), 0);
    EQ_INT(take(f.store, "call_status", REPORT("in-progress", "2")), 0);
    EQ_INT(take(f.store, "call_status", REPORT("ringing", "1")), 0); /* late */
    EQ_STR(CELL("status FROM telephone_calls"), "in-progress");
    EQ_INT(take(f.store, "call_status", REPORT("completed", "3")), 0);
    EQ_INT(take(f.store, "call_status", REPORT("in-progress", "4")), 0); /* over is over */
    EQ_STR(CELL("status FROM telephone_calls"), "completed");
    EQ_STR(COUNT("conversations"), "0");
}

TEST(a_report_may_be_the_first_to_tell_of_a_call)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "call_status", REPORT("completed", "3")), 0);
    EQ_INT(take(f.store, "call", COMES_IN), 0);
    EQ_STR(COUNT("telephone_calls"), "1");
    EQ_STR(CELL("status FROM telephone_calls"), "completed");
    EQ_STR(CELL("caller FROM telephone_calls"), "+15550100001");
    EQ_INT(take(f.store, "call_status", "CallSid=" CALL "&CallStatus=daydreaming"), 0);
    EQ_STR(CELL("status FROM telephone_calls"), "completed");
}

static int order_call(struct db *db, void *arg, struct err *e)
{
    (void)arg;
    struct telephone_call_new c = {
        .id = OURS,
        .outbound = true,
        .caller = "+15550100001",
        .called = "+15550199999",
        .status = "queued",
        .purpose = "callback",
        .at = wall_now(),
    };
    return telephone_calls_insert(db, &c, e);
}

TEST(a_call_of_ours_is_known_by_our_name_first)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(store_write(f.store, order_call, NULL, NULL), 0);
    EQ_INT(take_at(f.store, "call",
                   "CallSid=" CALL "&From=%2B15550199999&To=%2B15550100001&Direction=outbound-api",
                   "/api/webhooks/twilio/voice?call=" OURS),
           0);
    EQ_STR(COUNT("telephone_calls"), "1");
    EQ_STR(CELL("call_sid FROM telephone_calls"), CALL);
    EQ_STR(CELL("id FROM telephone_calls"), OURS);
}

TEST(a_call_of_ours_that_nobody_takes_is_told)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(store_write(f.store, order_call, NULL, NULL), 0);
    for (int i = 0; i < 2; i++) {
        EQ_INT(take_at(f.store, "call_status",
                       "CallSid=" CALL
                       "&CallStatus=no-answer&SequenceNumber=2&Direction=outbound-api",
                       "/api/webhooks/twilio/voice-status?call=" OURS),
               0);
    }
    EQ_STR(CELL("status FROM telephone_calls"), "no-answer");
    EQ_STR(COUNT("conversations"), "1");
    EQ_STR(CELL("status FROM conversations"), "failed");
    EQ_STR(CELL("phone FROM customers"), "+15550100001");
    EQ_STR(COUNT("communication_events WHERE event_type = 'call_not_answered'"), "1");
}

#define TAKEN_BY(who) "CallSid=" CALL "&AnsweredBy=" who "&MachineDetectionDuration=4200"

/* A live conversation for it, as its stream has made one. */
static int begin_live(struct db *db, void *arg, struct err *e)
{
    int rc = begin_voice(db, arg, e);
    static const struct sql live = {"UPDATE voice_calls SET live = {true}"};
    return rc < 0 ? rc : db_exec(db, &live, NO_ARGS, e);
}

static void place_call(struct fixture *f)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    EQ_INT(store_write(f->store, order_call, NULL, NULL), 0);
    EQ_INT(take_at(f->store, "call",
                   "CallSid=" CALL "&From=%2B15550199999&To=%2B15550100001&Direction=outbound-api",
                   "/api/webhooks/twilio/voice?call=" OURS),
           0);
    EQ_INT(store_write(f->store, begin_live, p, NULL), 0);
}

TEST(a_machine_that_takes_a_call_of_ours_is_left_a_message)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    place_call(&f);
    for (int i = 0; i < 2; i++) {
        EQ_INT(take(f.store, "call_taken", TAKEN_BY("machine_end_beep")), 0);
    }
    EQ_STR(CELL("machine FROM telephone_calls"), "machine_end_beep");
    OK(strstr(CELL("machine_message FROM telephone_calls"), "message from us.") != NULL);
    EQ_STR(COUNT("communication_events WHERE event_type = 'machine_answered'"), "1");
    EQ_STR(CELL("wish FROM voice_calls"), "machine"); /* she is to be silent */
    EQ_STR(COUNT("changes WHERE kind = 'call_wish'"), "1");
}

TEST(a_fax_is_left_none_and_a_person_the_dialogue)
{
    static const struct {
        const char *body, *machine, *wish;
    } rows[] = {
        {TAKEN_BY("fax"), "fax", "machine"},
        {TAKEN_BY("human"), NULL, NULL},
        {TAKEN_BY("unknown"), NULL, NULL},
        {TAKEN_BY("something_new"), NULL, NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(fixture_clear) struct fixture f;
        fixture_init_tables(&f);
        place_call(&f);
        tap_case("%s", rows[i].body);
        EQ_INT(take(f.store, "call_taken", rows[i].body), 0);
        EQ_STR(CELL("machine FROM telephone_calls"), rows[i].machine);
        EQ_STR(CELL("machine_message FROM telephone_calls"), NULL);
        EQ_STR(CELL("wish FROM voice_calls"), rows[i].wish);
    }
}

TEST(what_is_said_of_others_calls_changes_nothing)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "call_taken", TAKEN_BY("machine_end_beep")), 0); /* not known */
    EQ_STR(COUNT("telephone_calls"), "0");
    begin_call(&f); /* of a customer's: no machine answers it */
    EQ_INT(take(f.store, "call_taken", "CallSid=" CALL "&AnsweredBy=machine_end_other"), 0);
    EQ_STR(CELL("machine FROM telephone_calls"), NULL);
}

TEST(a_message_that_is_left_belongs_to_its_call)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    begin_call(&f);
    for (int i = 0; i < 2; i++) {
        EQ_INT(take(f.store, "recording", RECORDED), 0);
    }
    EQ_STR(COUNT("conversations"), "1");
    EQ_STR(CELL("content FROM communication_messages"), "Voicemail of 32 seconds.");
    EQ_STR(CELL("duration_seconds FROM voice_call_details"), "32");
    EQ_STR(CELL("url FROM attachments"),
           "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/" RECORDING ".wav");
    EQ_STR(COUNT("jobs WHERE kind = 'media'"), "1");
    EQ_STR(COUNT("communication_events WHERE event_type = 'escalation_requested'"), "1");
    EQ_STR(CELL("status FROM conversations"), "active"); /* its call will complete it */
}

TEST(a_message_of_a_call_that_was_not_answered_gets_a_conversation)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "call", COMES_IN), 0);
    EQ_INT(take(f.store, "recording", RECORDED), 0);
    EQ_STR(COUNT("conversations WHERE status = 'completed' AND channel = 'voice'"), "1");
    EQ_STR(CELL("phone FROM customers"), "+15550100001");
    EQ_STR(COUNT("attachments"), "1");
}

TEST(a_message_of_a_hidden_number_is_kept_too)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "recording", RECORDED), 0);
    EQ_STR(COUNT("conversations WHERE customer_id IS NULL"), "1");
    EQ_STR(COUNT("customers"), "0");
    EQ_STR(COUNT("communication_messages"), "1");
}

TEST(a_recording_of_nothing_is_no_message)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "recording",
                "CallSid=" CALL "&RecordingSid=" RECORDING "&RecordingStatus=absent"),
           0);
    EQ_STR(COUNT("communication_messages"), "0");
    EQ_INT(take(f.store, "recording", RECORDED), 0); /* it was there after all */
    EQ_STR(COUNT("communication_messages"), "1");
}

static int dialled(struct db *db, void *arg, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const struct telephone_dialled *d = arg;
    return telephone_dialled(db, p, d, e);
}

TEST(when_nobody_takes_a_call_over_the_staff_know)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct telephone_dialled yes = {CALL, "completed", true, wall_now()};
    struct telephone_dialled no = {CALL, "no-answer", false, wall_now()};
    fixture_init_tables(&f);
    EQ_INT(store_write(f.store, dialled, &no, NULL), 0); /* of no call that we know: nothing */
    EQ_STR(COUNT("communication_events"), "0");
    begin_call(&f);
    EQ_INT(store_write(f.store, dialled, &yes, NULL), 0);
    EQ_STR(COUNT("communication_events WHERE event_type = 'escalation_requested'"), "0");
    EQ_INT(store_write(f.store, dialled, &no, NULL), 0);
    EQ_STR(COUNT("communication_events WHERE event_type = 'escalation_requested'"), "1");
    EQ_STR(COUNT("communication_events WHERE event_type = 'person_dialled'"), "2");
}

static const struct {
    const char *kind, *body;
} wrong[] = {
    {"call", ""},
    {"call", "CallSid=CAx&From=%2B15550100001"},
    {"call", "From=%2B15550100001&To=%2B15550199999"},
    {"call_status", "CallSid=" CALL},
    {"call_status", "CallStatus=completed"},
    {"call_taken", "AnsweredBy=human"},
    {"call_taken", "CallSid=" CALL},
    {"recording", "CallSid=" CALL "&RecordingStatus=completed"},
    {"recording", "CallSid=" CALL "&RecordingSid=" RECORDING},
    {"recording", "CallSid=" CALL "&RecordingSid=" RECORDING "&RecordingUrl=file%3A%2F%2F%2Fetc"},
};

TEST(what_makes_no_sense_is_kept_as_failed)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        tap_case("%s %s", wrong[i].kind, wrong[i].body);
        EQ_INT(take(f.store, wrong[i].kind, wrong[i].body), ERR_INVALID);
    }
    EQ_STR(COUNT("telephone_calls"), "0");
    EQ_STR(COUNT("communication_messages"), "0");
    EQ_STR(COUNT("inbound_requests WHERE state = 'done'"), "0");
}

#ifdef AVA_FAULTS
TEST(a_message_is_kept_whole_or_not_at_all)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    EQ_INT(take(f.store, "call", COMES_IN), 0);
    int rc = -1;
    for (int nth = 1; nth < 60 && rc != 0; nth++) {
        fault_arm(FAULT_STORE, nth, false);
        rc = take(f.store, "recording", RECORDED);
        fault_arm(FAULT_STORE, 0, false);
        const char *want = rc == 0 ? "1" : "0";
        EQ_STR(COUNT("communication_messages"), want);
        EQ_STR(COUNT("attachments"), want);
        EQ_STR(COUNT("conversations"), want);
        EQ_STR(COUNT("jobs WHERE kind = 'media'"), want);
    }
    EQ_INT(rc, 0);
}
#endif

TEST(the_parts_of_an_answer_are_escaped)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, TWIML_MAX_BYTES);
    struct twiml_dial dial = {STR("+1555<"), "+15550199999", 20, "https://h/a?part=dial&x=\"y\"",
                              "https://h/w"};
    twiml_open(&b);
    twiml_say(&b, STR("Tom & \"Jerry\" <b>\x01\xef\xbf\xbf"));
    twiml_dial(&b, &dial);
    twiml_hangup(&b);
    twiml_close(&b);
    EQ_STR(buf_str(&b).p,
           "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say>Tom &amp; &quot;Jerry&quot; "
           "&lt;b&gt;  </Say><Dial action=\"https://h/a?part=dial&amp;x=&quot;y&quot;\" "
           "callerId=\"+15550199999\" timeout=\"20\" method=\"POST\" answerOnBridge=\"true\">"
           "<Number url=\"https://h/w\" method=\"POST\">+1555&lt;</Number></Dial><Hangup/>"
           "</Response>");
}

TEST(who_calls_and_who_is_called)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct form form;
    struct inbound_call c;
    EQ_INT(form_parse(p, STR("CallSid=" CALL "&From=%2B266696687x&To=%2B15550199999"), &form, NULL),
           0);
    EQ_INT(inbound_call_read(p, &form, &c, NULL), 0);
    OK(!c.caller && !c.outbound);
    EQ_STR(c.called, "+15550199999");
    EQ_INT(form_parse(p, STR("CallSid=" CALL "&From=client%3Ajoe&Direction=inbound"), &form, NULL),
           0);
    EQ_INT(inbound_call_read(p, &form, &c, NULL), 0);
    OK(!c.caller && !c.called);
    EQ_INT(form_parse(p, STR("DialCallStatus=completed"), &form, NULL), 0);
    OK(call_was_answered(&form));
    EQ_INT(form_parse(p, STR("DialCallStatus=busy"), &form, NULL), 0);
    OK(!call_was_answered(&form));
    EQ_INT(form_parse(p, STR(""), &form, NULL), 0);
    OK(!call_was_answered(&form));
}

int main(void)
{
    return tap_run();
}
