/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who listens in to a call: what they are sent of it, and what is noted with it. The socket is a
 * buffer; the call is the stage's.
 */
#include "voice/listener.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/metrics.h"
#include "call_fixture.h"
#include "tap.h"

#define CELL(sql) fixture_cell(stage.db.store, sql)
#define EVENTS(type) CELL("SELECT count(*) FROM communication_events WHERE event_type = '" type "'")

/* ---- one who listens ---- */

struct person {
    struct buf heard;
    struct listener *listener;
    bool freed;
    int ended; /* an enum listener_ending + 1; 0: not */
};

static void person_send(void *to, struct str json)
{
    struct person *p = to;
    OK(!p->ended);
    buf_put_str(&p->heard, json);
    buf_putc(&p->heard, '\n');
}

static void person_end(void *to, enum listener_ending why)
{
    struct person *p = to;
    EQ_INT(p->ended, 0);
    p->ended = (int)why + 1;
}

static void person_free(void *to)
{
    struct person *p = to;
    OK(!p->freed);
    p->freed = true;
}

static const struct listener_ops person_ops = {person_send, person_end, person_free};

static void person_new(struct person *p, const char *conversation, const char *name)
{
    *p = (struct person){.freed = false};
    buf_init(&p->heard, 1 << 20);
    p->listener = listener_new(conversation, name, &person_ops, p);
}

static void person_listens(struct person *p, const char *name)
{
    person_new(p, stage.conversation, name);
    listener_begin(p->listener);
    stage_writers();
}

static void person_goes(struct person *p, bool slow)
{
    listener_gone(&p->listener, slow);
    stage_writers();
    OK(p->freed);
}

static const char *heard(struct person *p)
{
    static char text[20000];
    snprintf(text, sizeof text, STR_FMT, STR_ARG(buf_str(&p->heard)));
    buf_reset(&p->heard);
    return text;
}

static void person_clear(struct person *p)
{
    buf_clear(&p->heard);
}

/* ---- */

TEST(both_sides_are_heard_as_they_speak)
{
    struct person bea;
    stage_init();
    stage_greeted(&stage_caller);
    OK(listener_possible(stage.conversation));
    person_listens(&bea, "Bea");
    const char *first = heard(&bea);
    OK(strstr(first, "\"type\":\"listening\"") && strstr(first, "\"encoding\":\"ulaw\"") &&
       strstr(first, "\"rate\":8000") && strstr(first, stage.conversation));
    call_audio(stage.call, STR("////f39/"));
    EQ_STR(heard(&bea), "{\"type\":\"audio\",\"speaker\":\"customer\",\"timestamp\":2.4,"
                        "\"data\":\"////f39/\"}\n");
    engine_tells->reply_began(stage.call);
    engine_tells->audio(stage.call, STR("AAAABBBB"));
    EQ_STR(heard(&bea), "{\"type\":\"audio\",\"speaker\":\"assistant\",\"timestamp\":2.4,"
                        "\"data\":\"AAAABBBB\"}\n");
    stage_pass(100);
    engine_tells->speech_started(stage.call);
    EQ_STR(heard(&bea), "{\"type\":\"clear\",\"timestamp\":2.5}\n");
    engine_tells->audio(stage.call, STR("CCCCDDDD")); /* of the reply that was cut off */
    EQ_STR(heard(&bea), "");
    person_goes(&bea, false);
    (void)stage_log();
    call_audio(stage.call, STR("////f39/")); /* nobody hears it */
    EQ_STR(stage_log(), "hears 8; ");
    stage_hang_up();
    EQ_STR(EVENTS("listening_began"), "1");
    EQ_STR(EVENTS("listening_ended"), "1");
    const char *details = CELL("SELECT {as_text details} FROM communication_events "
                               "WHERE event_type = 'listening_ended'");
    OK(strstr(details, "Bea") && strstr(details, "\"from\"") && strstr(details, "\"to\"") &&
       strstr(details, "left"));
    person_clear(&bea);
    stage_clear();
}

TEST(when_the_call_ends_so_does_the_listening)
{
    struct person bea;
    stage_init();
    stage_greeted(&stage_caller);
    person_listens(&bea, "Bea");
    stage_hang_up();
    EQ_INT(bea.ended, LISTENER_CALL_OVER + 1);
    EQ_STR(EVENTS("listening_ended"), "1");
    EQ_STR(CELL("SELECT status FROM conversations"), "completed");
    OK(!listener_possible(stage.conversation));
    OK(!bea.freed); /* its socket is still there */
    person_goes(&bea, false);
    person_clear(&bea);
    stage_clear();
}

TEST(one_who_is_slow_is_dropped_and_it_is_counted)
{
    struct person bea, carl;
    int64_t dropped = metric_value(METRIC_voice_listeners_dropped_total);
    stage_init();
    stage_greeted(&stage_caller);
    person_listens(&bea, "Bea");
    person_listens(&carl, "Carl");
    EQ_INT(metric_value(METRIC_voice_listeners), 2);
    (void)heard(&carl);
    person_goes(&bea, true);
    EQ_INT(metric_value(METRIC_voice_listeners_dropped_total), dropped + 1);
    EQ_INT(metric_value(METRIC_voice_listeners), 1);
    call_audio(stage.call, STR("////"));
    OK(strstr(heard(&carl), "////") != NULL);
    stage_hang_up();
    EQ_INT(metric_value(METRIC_voice_listeners), 0);
    OK(strstr(CELL("SELECT {as_text details} FROM communication_events WHERE event_type = "
                   "'listening_ended' ORDER BY id LIMIT 1"),
              "too slow") != NULL);
    person_goes(&carl, false);
    person_clear(&bea);
    person_clear(&carl);
    stage_clear();
}

TEST(only_so_many_listen_to_one_call)
{
    struct person people[5];
    stage_init();
    stage_greeted(&stage_caller);
    for (size_t i = 0; i < ARRAY_SIZE(people); i++) {
        person_listens(&people[i], "Bea");
    }
    EQ_INT(people[3].ended, 0);
    EQ_INT(people[4].ended, LISTENER_CROWDED + 1);
    person_goes(&people[0], false);
    person_goes(&people[4], false);
    person_clear(&people[4]);
    person_listens(&people[4], "Bea"); /* there is a place again */
    EQ_INT(people[4].ended, 0);
    stage_hang_up();
    for (size_t i = 1; i < ARRAY_SIZE(people); i++) {
        person_goes(&people[i], false);
    }
    for (size_t i = 0; i < ARRAY_SIZE(people); i++) {
        person_clear(&people[i]);
    }
    stage_clear();
}

/* The errands between the two loops cross what happens on either. */
TEST(whoever_goes_first_nothing_is_left)
{
    struct person bea, carl, dana;
    stage_init();
    stage_greeted(&stage_caller);
    person_new(&bea, stage.conversation, "Bea");
    listener_begin(bea.listener);
    listener_gone(&bea.listener, false); /* before the call has heard of it */
    stage_writers();
    OK(bea.freed);
    EQ_INT(buf_str(&bea.heard).n, 0);
    person_new(&carl, stage.conversation, "Carl");
    listener_begin(carl.listener);
    call_hung_up(&stage.call, CALL_HUNG_UP, NULL); /* the same, the other way round */
    stage_writers();
    EQ_INT(carl.ended, LISTENER_CALL_OVER + 1);
    person_goes(&carl, false);
    person_new(&dana, stage.conversation, NULL);
    listener_begin(dana.listener); /* there is no such call any more */
    EQ_INT(dana.ended, LISTENER_CALL_OVER + 1);
    person_goes(&dana, false);
    person_new(&dana, stage.conversation, NULL); /* a socket that never opens */
    person_goes(&dana, false);
    EQ_STR(EVENTS("listening_began"), "0");
    person_clear(&bea);
    person_clear(&carl);
    person_clear(&dana);
    stage_clear();
}

TEST(callers_are_told_where_the_law_wants_it)
{
    stage_init();
    stage.settings.voice_listening_notice = "This call may be monitored.";
    stage_call(&stage_caller);
    OK(strncmp(stage.start.greeting, "This call may be monitored. Thank", 33) == 0);
    stage_hang_up();
    stage.settings.voice_listening = false; /* then there is nothing to tell */
    stage_call(&stage_caller);
    OK(strncmp(stage.start.greeting, "Thank", 5) == 0);
    stage_hang_up();
    stage_clear();
}

int main(void)
{
    return tap_run();
}
