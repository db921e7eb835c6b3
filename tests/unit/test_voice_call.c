/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What remains of a call, on a real store: begun, kept and finished once, whoever does it, in
 * whatever order, and whatever statement fails on the way.
 */
#include "domain/voice_call.h"

#include "base/fault.h"
#include "domain/conversation.h"
#include "store/voice_calls.h"
#include "store_fixture.h"
#include "tap.h"

#define CELL(sql) fixture_cell(f.store, sql)
#define START (1893456000 * US_PER_SECOND)

static struct fixture f;

/* One transaction of a call, as a writer or another server makes it. */
struct act {
    enum { BEGIN, KEEP, WISH, WAIT, FINISH, LOST, OVER, RENEW, LEAVE } what;
    struct voice_call call;
    struct voice_talk talk;
    struct voice_ending ending;
    struct wall at, until;
    struct voice_begun begun;
    struct voice_kept kept;
    const char *wished;
    char wish; /* its first letter; ' ': none */
    bool out;
};

static const struct voice_line lines[] = {
    {false, "Hello, how can I help you?", 200, false},
    {true, "Do you have\ntime on Monday?", 3500, false},
    {false, "There is\u2026", 6100, true},
};
static const struct voice_tool tools[] = {
    {"find_times", {"{\"day\":\"Monday\"}", 16}, {"[\"10:00\"]", 9}, 5000},
};
static const struct voice_event events[] = {
    {"intent_detected", {"{\"intent\":\"book\"}", 17}, 4800},
    {"function_called", {"{\"name\":\"find_times\"}", 21}, 5000},
};

static struct act act_of(const char *caller)
{
    return (struct act){
        .call = {.id = id_new(),
                 .conversation_id = id_new(),
                 .server = id_new(),
                 .transport = "twilio",
                 .session_id = "CA1",
                 .caller = caller,
                 .called = "+15550109999",
                 .at = {START}},
        .talk = {.n_lines = ARRAY_SIZE(lines),
                 .lines = lines,
                 .n_tools = ARRAY_SIZE(tools),
                 .tools = tools,
                 .n_events = ARRAY_SIZE(events),
                 .events = events,
                 .interruptions = 1,
                 .quality = 0.75,
                 .measures = STR("{\"engine\":\"local\"}")},
        .ending = {.by = "caller", .at = {START + 9 * US_PER_SECOND}},
        .at = {START + 7 * US_PER_SECOND},
    };
}

static int do_act(struct db *db, void *arg, struct err *e)
{
    struct act *a = arg;
    struct pool *p = pool_new();
    int rc = ERR_INTERNAL;
    switch (a->what) {
    case BEGIN:
        rc = voice_call_begin(db, p, &a->call, &a->begun, e);
        break;
    case KEEP:
        rc = voice_call_keep(db, p, &a->call, &a->talk, a->at, &a->kept, e);
        a->out = a->kept.live;
        a->wish = a->kept.wish ? a->kept.wish[0] : ' ';
        break;
    case WISH:
        rc = voice_call_wish(db, p, a->call.conversation_id.text, a->wished, a->at, e);
        break;
    case WAIT:
        rc = voice_call_wait(db, p, &a->call, &a->talk, &a->ending, a->until, &a->out, e);
        break;
    case OVER:
        rc = voice_call_over(db, p, "twilio", a->call.session_id, a->at, e);
        break;
    case FINISH:
        rc = voice_call_finish(db, p, &a->call, &a->talk, &a->ending, &a->out, e);
        break;
    case LOST:
        rc = voice_call_finish_lost(db, p, a->call.id.text, a->at, a->at, &a->out, e);
        break;
    case RENEW:
        rc = voice_call_renew(db, &a->call.server, "here", (struct wall){START}, a->at, e);
        break;
    case LEAVE:
        rc = voice_call_leave(db, &a->call.server, e);
        break;
    }
    pool_free(&p);
    return rc;
}

static int act(struct act *a, int what)
{
    struct err e = {0};
    a->what = what;
    return store_write(f.store, do_act, a, &e);
}

static size_t lost_at(int64_t at_us)
{
    struct pool *p = pool_new();
    struct rows ids = {0};
    CLEANUP(store_return) struct db *db = NULL;
    OK(store_borrow(f.store, &db, NULL) == 0);
    OK(voice_calls_lost(db, p, (struct wall){at_us}, (struct wall){at_us}, 100, &ids, NULL) == 0);
    size_t n = ids.n;
    pool_free(&p);
    return n;
}

/* Exactly one conversation, with all of it. */
static void is_written_once(const char *status)
{
    EQ_STR(CELL("SELECT count(*) FROM conversations"), "1");
    EQ_STR(CELL("SELECT status FROM conversations"), status);
    EQ_STR(CELL("SELECT count(*) FROM communication_messages"), "1");
    EQ_STR(CELL("SELECT count(*) FROM voice_call_details"), "1");
    EQ_STR(CELL("SELECT content FROM communication_messages"),
           "Ava: Hello, how can I help you?\nCustomer: Do you have time on Monday?\n"
           "Ava: There is\u2026");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'session_started'"),
           "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'function_called'"),
           "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'intent_detected'"),
           "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = "
                "'conversation_completed'"),
           "1");
    EQ_STR(CELL("SELECT count(*) FROM jobs WHERE kind = 'score'"), "1");
    EQ_STR(CELL("SELECT count(*) FROM voice_calls WHERE live = {true}"), "0");
}

TEST(a_call_is_one_message_with_its_details)
{
    fixture_init_tables(&f);
    struct act a = act_of("+15550100001");
    EQ_INT(act(&a, BEGIN), 0);
    OK(a.begun.customer_id > 0);
    EQ_STR(CELL("SELECT status FROM conversations"), "active");
    EQ_INT(act(&a, FINISH), 0);
    OK(a.out);
    is_written_once("completed");
    EQ_STR(CELL("SELECT direction FROM communication_messages"), "inbound");
    EQ_STR(CELL("SELECT channel FROM conversations"), "voice");
    EQ_STR(CELL("SELECT duration_seconds FROM voice_call_details"), "9");
    EQ_STR(CELL("SELECT interruption_count FROM voice_call_details"), "1");
    EQ_STR(CELL("SELECT audio_quality_score FROM voice_call_details"), "0.75");
    const char *segments = CELL("SELECT {as_text transcript_segments} FROM voice_call_details");
    OK(strstr(segments, "3.5") != NULL && strstr(segments, "interrupted") != NULL);
    OK(strstr(CELL("SELECT {as_text function_calls} FROM voice_call_details"), "find_times"));
    OK(strstr(CELL("SELECT {as_text metadata} FROM communication_messages"), "local") != NULL);
    OK(strstr(CELL("SELECT {as_text metadata} FROM conversations"), "CA1") != NULL);
    fixture_clear(&f);
}

TEST(it_is_kept_while_it_goes_on_and_its_events_count_once)
{
    fixture_init_tables(&f);
    struct act a = act_of("+15550100001");
    EQ_INT(act(&a, BEGIN), 0);
    a.talk.n_events = 1;
    EQ_INT(act(&a, KEEP), 0);
    OK(a.out);
    EQ_INT(act(&a, KEEP), 0); /* again, as after a commit that nobody heard of */
    a.talk.n_events = 2;
    EQ_INT(act(&a, KEEP), 0);
    EQ_STR(CELL("SELECT count(*) FROM communication_messages"), "0");
    OK(strtol(CELL("SELECT count(*) FROM changes WHERE kind = 'call'"), NULL, 10) >= 4);
    a.talk.events = events + 1; /* only what is new */
    a.talk.first_event = 1;
    a.talk.n_events = 1;
    EQ_INT(act(&a, FINISH), 0);
    is_written_once("completed");
    EQ_INT(act(&a, KEEP), 0);
    OK(!a.out);
    fixture_clear(&f);
}

TEST(finishing_twice_is_once)
{
    fixture_init_tables(&f);
    struct act a = act_of("+15550100001");
    EQ_INT(act(&a, BEGIN), 0);
    EQ_INT(act(&a, BEGIN), 0);
    EQ_INT(act(&a, FINISH), 0);
    OK(a.out);
    a.ending.failed = true;
    EQ_INT(act(&a, FINISH), 0);
    OK(!a.out);
    EQ_INT(act(&a, LOST), 0);
    OK(!a.out);
    is_written_once("completed");
    fixture_clear(&f);
}

TEST(one_that_could_not_be_begun_is_begun_at_its_end)
{
    fixture_init_tables(&f);
    struct act a = act_of("+15550100001");
    EQ_INT(act(&a, KEEP), 0);
    OK(!a.out);
    EQ_INT(act(&a, FINISH), 0);
    OK(a.out);
    is_written_once("completed");
    EQ_INT(act(&a, BEGIN), 0); /* the first attempt comes late */
    is_written_once("completed");
    fixture_clear(&f);
}

TEST(the_calls_of_a_server_that_is_gone_are_finished_from_what_was_kept)
{
    fixture_init_tables(&f);
    struct act a = act_of("+15550100001");
    a.at.us = START + 20 * US_PER_SECOND;
    EQ_INT(act(&a, RENEW), 0);
    EQ_INT(act(&a, BEGIN), 0);
    a.at.us = START + 7 * US_PER_SECOND;
    EQ_INT(act(&a, KEEP), 0);
    EQ_INT(lost_at(START + 19 * US_PER_SECOND), 0);
    EQ_INT(lost_at(START + 20 * US_PER_SECOND), 1);
    a.at.us = START + 60 * US_PER_SECOND;
    EQ_INT(act(&a, LOST), 0);
    OK(a.out);
    is_written_once("failed");
    EQ_STR(CELL("SELECT duration_seconds FROM voice_call_details"), "7");
    OK(strstr(CELL("SELECT {as_text function_calls} FROM voice_call_details"), "find_times"));
    EQ_STR(CELL("SELECT audio_quality_score FROM voice_call_details"), "0.75");
    EQ_INT(lost_at(START + 99 * US_PER_SECOND), 0);
    EQ_INT(act(&a, FINISH), 0); /* its server was there after all */
    OK(!a.out);
    is_written_once("failed");
    fixture_clear(&f);
}

TEST(nothing_was_heard_of_a_call_that_broke_off_at_once)
{
    fixture_init_tables(&f);
    struct act a = act_of(NULL);
    EQ_INT(act(&a, BEGIN), 0);
    EQ_INT(act(&a, LOST), 0);
    OK(a.out);
    EQ_STR(CELL("SELECT content FROM communication_messages"), "");
    EQ_STR(CELL("SELECT status FROM conversations"), "failed");
    EQ_STR(CELL("SELECT audio_quality_score FROM voice_call_details"), NULL);
    fixture_clear(&f);
}

TEST(another_life_of_a_server_takes_over_at_once)
{
    fixture_init_tables(&f);
    struct act a = act_of("+15550100001"), b = act_of("+15550100002");
    b.call.session_id = "CA2";
    a.at.us = b.at.us = START + 20 * US_PER_SECOND;
    EQ_INT(act(&a, RENEW), 0);
    EQ_INT(act(&a, BEGIN), 0);
    EQ_INT(act(&b, RENEW), 0); /* of the same instance: it has been started anew */
    EQ_INT(act(&b, BEGIN), 0);
    EQ_INT(lost_at(START), 1);
    EQ_INT(act(&b, LEAVE), 0);
    EQ_INT(lost_at(START), 2);
    fixture_clear(&f);
}

TEST(who_calls)
{
    fixture_init_tables(&f);
    struct act known = act_of("+15550100001"), again = act_of("+15550100001");
    struct act withheld = act_of("anonymous"), test = act_of("+15550100003");
    again.call.session_id = "CA2";
    withheld.call.session_id = "CA3";
    test.call.session_id = "CA4";
    test.call.test = true;
    EQ_INT(act(&known, BEGIN), 0);
    EQ_INT(act(&again, BEGIN), 0);
    EQ_INT(known.begun.customer_id, again.begun.customer_id);
    EQ_INT(act(&withheld, BEGIN), 0);
    EQ_INT(withheld.begun.customer_id, 0);
    EQ_INT(act(&test, BEGIN), 0);
    EQ_INT(test.begun.customer_id, 0);
    struct act link = act_of(NULL);
    link.call.session_id = "CA5";
    link.call.customer_id = known.begun.customer_id;
    EQ_INT(act(&link, BEGIN), 0);
    EQ_INT(link.begun.customer_id, known.begun.customer_id);
    EQ_STR(CELL("SELECT count(*) FROM customers"), "1");
    EQ_STR(CELL("SELECT count(*) FROM conversations"), "5");
    fixture_clear(&f);
}

/* ---- a call in several parts ---- */

static struct act next_part(const struct act *before, int64_t later_s)
{
    struct act a = *before;
    a.call.id = id_new();
    a.call.conversation_id = id_new();
    a.call.server = id_new();
    a.call.at.us = START + later_s * US_PER_SECOND;
    a.ending.at.us = a.call.at.us + 9 * US_PER_SECOND;
    return a;
}

/* Broke off, and waits. */
static struct act broken(void)
{
    struct act a = act_of("+15550100001");
    EQ_INT(act(&a, BEGIN), 0);
    OK(!a.begun.resumed);
    a.ending.failed = true;
    a.ending.by = "connection";
    a.until.us = START + 39 * US_PER_SECOND;
    EQ_INT(act(&a, WAIT), 0);
    OK(a.out);
    EQ_STR(CELL("SELECT status FROM conversations"), "active");
    a.ending.failed = false;
    a.ending.by = "caller";
    return a;
}

TEST(a_call_that_comes_back_is_the_same)
{
    fixture_init_tables(&f);
    struct act a = broken(), b = next_part(&a, 20);
    EQ_INT(act(&b, BEGIN), 0);
    OK(b.begun.resumed);
    EQ_INT(b.begun.before_ms, 20000);
    EQ_INT((int64_t)b.begun.n_lines, 3);
    EQ_STR(b.begun.call_id.text, a.call.id.text);
    EQ_STR(b.begun.conversation_id.text, a.call.conversation_id.text);
    EQ_INT(b.begun.customer_id, a.begun.customer_id);
    EQ_INT(act(&b, BEGIN), 0); /* nobody has heard of the commit */
    OK(b.begun.resumed && b.begun.n_lines == 3);
    EQ_INT(act(&a, KEEP), 0);
    OK(!a.out);
    EQ_INT(act(&a, FINISH), 0);
    OK(!a.out);
    EQ_INT(act(&b, KEEP), 0);
    OK(b.out);
    EQ_INT(act(&b, KEEP), 0);
    EQ_INT(act(&b, FINISH), 0);
    OK(b.out);
    EQ_STR(CELL("SELECT count(*) FROM conversations WHERE status = 'completed'"), "1");
    EQ_STR(CELL("SELECT count(*) FROM conversations"), "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_messages"), "1");
    EQ_STR(CELL("SELECT duration_seconds FROM voice_call_details"), "29");
    EQ_STR(CELL("SELECT interruption_count FROM voice_call_details"), "2");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'function_called'"),
           "2");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'call_resumed'"),
           "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = "
                "'conversation_completed'"),
           "1");
    EQ_STR(CELL("SELECT count(*) FROM jobs WHERE kind = 'score'"), "1");
    const char *segments = CELL("SELECT {as_text transcript_segments} FROM voice_call_details");
    OK(strstr(segments, "3.5") != NULL && strstr(segments, "23.5") != NULL);
    const char *calls = CELL("SELECT {as_text function_calls} FROM voice_call_details");
    OK(strstr(calls, "25") != NULL && strstr(calls, "10:00") != NULL);
    fixture_clear(&f);
}

TEST(one_that_nobody_came_back_to_is_finished_as_it_broke_off)
{
    fixture_init_tables(&f);
    struct act a = broken();
    a.at.us = START + 38 * US_PER_SECOND;
    EQ_INT(act(&a, LOST), 0);
    OK(!a.out);
    EQ_INT(lost_at(START + 39 * US_PER_SECOND), 1);
    a.at.us = START + 39 * US_PER_SECOND;
    EQ_INT(act(&a, LOST), 0);
    OK(a.out);
    is_written_once("failed");
    EQ_STR(CELL("SELECT duration_seconds FROM voice_call_details"), "9");
    OK(strstr(CELL("SELECT {as_text details} FROM communication_events WHERE event_type = "
                   "'conversation_completed'"),
              "connection") != NULL);
    fixture_clear(&f);
}

TEST(one_that_the_network_says_is_over_does_not_wait)
{
    fixture_init_tables(&f);
    struct act a = broken();
    EQ_INT(act(&a, OVER), 0);
    is_written_once("failed");
    EQ_INT(act(&a, OVER), 0);
    struct act b = next_part(&a, 20);
    EQ_INT(act(&b, BEGIN), 0); /* too late: a call of its own */
    OK(!b.begun.resumed);
    EQ_STR(CELL("SELECT count(*) FROM conversations"), "2");
    EQ_INT(act(&b, OVER), 0); /* one that goes on ends by its own server */
    EQ_STR(CELL("SELECT count(*) FROM conversations WHERE status = 'active'"), "1");
    fixture_clear(&f);
}

TEST(a_call_of_a_server_that_was_killed_goes_on_with_another)
{
    fixture_init_tables(&f);
    struct act a = act_of("+15550100001"), b = next_part(&a, 30);
    EQ_INT(act(&a, BEGIN), 0);
    EQ_INT(act(&a, KEEP), 0);
    EQ_INT(act(&b, FINISH), 0); /* which has not even been able to begin it */
    OK(b.out);
    EQ_STR(CELL("SELECT count(*) FROM conversations"), "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_messages"), "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = 'function_called'"),
           "2");
    EQ_STR(CELL("SELECT duration_seconds FROM voice_call_details"), "39");
    fixture_clear(&f);
}

TEST(nobody_else_goes_on_with_a_call)
{
    fixture_init_tables(&f);
    struct act a = act_of(NULL);
    a.call.holder = "link";
    EQ_INT(act(&a, BEGIN), 0);
    struct act b = next_part(&a, 20), c = next_part(&a, 30), d = next_part(&a, 40);
    b.call.holder = NULL;
    EQ_INT(act(&b, BEGIN), 0);
    OK(!b.begun.resumed);
    c.call.transport = "browser";
    EQ_INT(act(&c, BEGIN), 0);
    OK(!c.begun.resumed);
    d.call.session_id = "CA2";
    EQ_INT(act(&d, BEGIN), 0);
    OK(!d.begun.resumed);
    EQ_STR(CELL("SELECT count(*) FROM conversations"), "4");
    fixture_clear(&f);
}

TEST(what_the_staff_want_is_told_once)
{
    fixture_init_tables(&f);
    struct act a = act_of("+15550100001"), web = act_of(NULL);
    a.wished = VOICE_WISH_END;
    EQ_INT(act(&a, WISH), ERR_NOT_FOUND);
    EQ_INT(act(&a, BEGIN), 0);
    EQ_INT(act(&a, WISH), 0);
    EQ_STR(CELL("SELECT count(*) FROM changes WHERE kind = 'call_wish'"), "1");
    EQ_INT(act(&a, KEEP), 0);
    EQ_INT(a.wish, 'e');
    EQ_INT(act(&a, KEEP), 0);
    EQ_INT(a.wish, ' ');
    a.wished = VOICE_WISH_TRANSFER;
    EQ_INT(act(&a, WISH), 0);
    EQ_INT(act(&a, FINISH), 0);
    EQ_INT(act(&a, WISH), ERR_CONFLICT);
    web.call.transport = "browser";
    web.wished = VOICE_WISH_TRANSFER;
    EQ_INT(act(&web, BEGIN), 0);
    EQ_INT(act(&web, WISH), ERR_CONFLICT); /* nobody can be put through to it */
    fixture_clear(&f);
}

static int complete(struct db *db, void *arg, struct err *e)
{
    struct act *a = arg;
    struct pool *p = pool_new();
    int rc =
        conversation_complete(db, p, a->call.conversation_id.text, "completed", "staff", a->at, e);
    pool_free(&p);
    return rc;
}

TEST(a_conversation_that_staff_have_ended_takes_the_call_all_the_same)
{
    fixture_init_tables(&f);
    struct act a = act_of("+15550100001");
    EQ_INT(act(&a, BEGIN), 0);
    EQ_INT(store_write(f.store, complete, &a, NULL), 0);
    a.ending.failed = true;
    EQ_INT(act(&a, FINISH), 0);
    OK(a.out);
    is_written_once("completed");
    fixture_clear(&f);
}

/* The call of the race: one act that all ten have. */
static struct act raced;
static _Atomic int won;

static void *finish_it(void *store)
{
    struct act mine = raced;
    struct err e = {0};
    mine.what = id_new().text[35] % 2 ? FINISH : LOST;
    OK(store_write(store, do_act, &mine, &e) == 0);
    won += mine.out;
    return NULL;
}

TEST(ten_who_finish_it_at_the_same_time_write_it_once)
{
    fixture_init_tables(&f);
    raced = act_of("+15550100001");
    EQ_INT(act(&raced, BEGIN), 0);
    EQ_INT(act(&raced, KEEP), 0);
    won = 0;
    fixture_ten_at_once(&f, finish_it);
    EQ_INT(won, 1);
    EQ_STR(CELL("SELECT count(*) FROM communication_messages"), "1");
    EQ_STR(CELL("SELECT count(*) FROM jobs WHERE kind = 'score'"), "1");
    EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = "
                "'conversation_completed'"),
           "1");
    fixture_clear(&f);
}

#ifdef AVA_FAULTS
TEST(whatever_statement_fails_it_is_written_once_when_it_is_done_again)
{
    static const int course[] = {BEGIN, KEEP, FINISH};
    bool failed = true;
    for (long nth = 1; failed && nth < 200; nth++) {
        failed = false;
        fixture_init_tables(&f);
        struct act a = act_of("+15550100001");
        fault_arm(FAULT_STORE, nth, false);
        for (size_t i = 0; i < ARRAY_SIZE(course); i++) {
            int rc = act(&a, course[i]);
            failed = failed || rc < 0;
            if (rc < 0 && course[i] == FINISH) {
                EQ_INT(act(&a, FINISH), 0);
            }
        }
        fault_arm(FAULT_STORE, 0, false);
        is_written_once("completed");
        fixture_clear(&f);
        OK(nth > 1 || failed);
    }
    OK(!failed);
}

TEST(whatever_statement_fails_a_call_in_two_parts_is_written_once)
{
    bool failed = true;
    for (long nth = 1; failed && nth < 200; nth++) {
        fixture_init_tables(&f);
        struct act a = act_of("+15550100001"), b = next_part(&a, 20);
        const struct {
            struct act *who;
            int what;
        } course[] = {{&a, BEGIN}, {&a, WAIT}, {&b, BEGIN}, {&b, KEEP}, {&b, FINISH}};
        a.until.us = START + 39 * US_PER_SECOND;
        fault_arm(FAULT_STORE, nth, false);
        failed = false;
        for (size_t i = 0; i < ARRAY_SIZE(course); i++) {
            int rc = act(course[i].who, course[i].what);
            failed = failed || rc < 0;
            if (rc < 0 && (course[i].what == WAIT || course[i].what == FINISH)) {
                EQ_INT(act(course[i].who, course[i].what), 0); /* as its writer does */
            }
        }
        fault_arm(FAULT_STORE, 0, false);
        EQ_STR(CELL("SELECT count(*) FROM conversations"), "1");
        EQ_STR(CELL("SELECT count(*) FROM communication_messages"), "1");
        EQ_STR(CELL("SELECT count(*) FROM voice_call_details"), "1");
        EQ_STR(CELL("SELECT interruption_count FROM voice_call_details"), "2");
        EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = "
                    "'conversation_completed'"),
               "1");
        EQ_STR(CELL("SELECT count(*) FROM communication_events WHERE event_type = "
                    "'function_called'"),
               "2");
        fixture_clear(&f);
        OK(nth > 1 || failed);
    }
    OK(!failed);
}
#endif

int main(void)
{
    return tap_run();
}
