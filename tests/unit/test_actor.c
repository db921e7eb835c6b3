/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted person at the telephone. */
#include "sandbox/sandbox_actor.h"
#include "tap.h"

static char words[ACTOR_FRAME * 3];

struct seen {
    int ms, spoken_ms, finished, gave_up;
    char keys[16];
    bool hung_up, crashed, stalled;
};

/* Until it hangs up or so many ms are over; `hears` from one time to another. */
static struct seen play(struct actor *a, int ms, int from, int to)
{
    struct seen s = {0};
    for (; s.ms < ms && !s.hung_up && !s.crashed; s.ms += ACTOR_TICK_MS) {
        struct actor_does d;
        actor_tick(a, s.ms >= from && s.ms < to, &d);
        s.spoken_ms += d.speaks ? ACTOR_TICK_MS : 0;
        s.finished += d.finished;
        s.gave_up += d.gave_up;
        s.stalled |= d.stalls;
        if (d.digit) {
            s.keys[strlen(s.keys)] = d.digit;
        }
        s.hung_up = d.hangs_up;
        s.crashed = d.crashes;
    }
    return s;
}

TEST(steps_follow_each_other)
{
    memset(words, 'w', sizeof words);
    const struct actor_step steps[] = {
        {STEP_SILENCE, .ms = 100},
        {STEP_SOUND, .text = "hello", .sound = {words, sizeof words}},
        {STEP_PRESS, .text = "1#"},
        {STEP_STALL, .ms = 40},
        {STEP_HANGUP},
        {STEP_SOUND, .sound = {words, sizeof words}},
    };
    struct actor a;
    actor_init(&a, steps, 6);
    struct seen s = play(&a, 5000, 0, 0);
    EQ_INT(s.spoken_ms, 60);
    EQ_INT(s.finished, 1);
    EQ_STR(s.keys, "1#");
    OK(s.stalled);
    OK(s.hung_up);
    EQ_INT(s.ms, 100 + 60 + 200 + 40 + 20);
}

TEST(frames_hold_the_sound_and_then_silence)
{
    const struct actor_step steps[] = {{STEP_SOUND, .text = "hm", .sound = {words, 200}},
                                       {STEP_SILENCE, .ms = 20}};
    struct actor a;
    struct actor_does d;
    memset(words, 'w', sizeof words);
    actor_init(&a, steps, 2);
    actor_tick(&a, false, &d);
    EQ_STR(d.begins, "hm");
    EQ_INT(d.frame[159], 'w');
    OK(!d.finished);
    actor_tick(&a, false, &d);
    EQ_STR(d.begins, NULL);
    EQ_INT(d.frame[39], 'w');
    EQ_INT(d.frame[40], 0xFF);
    OK(d.finished);
    actor_tick(&a, false, &d);
    OK(!d.speaks);
    actor_tick(&a, false, &d);
    OK(d.hangs_up);
}

TEST(a_wait_is_over_when_the_other_side_has_been_quiet)
{
    const struct actor_step steps[] = {{STEP_WAIT, .ms = 400, .patience_ms = 3000}};
    struct actor a;
    actor_init(&a, steps, 1);
    struct seen s = play(&a, 20000, 1000, 2000);
    EQ_INT(s.ms, 2400 + ACTOR_TICK_MS);
    EQ_INT(s.gave_up, 0);
    tap_case("a long answer is listened to");
    actor_init(&a, steps, 1);
    s = play(&a, 20000, 0, 9000);
    EQ_INT(s.ms, 9400 + ACTOR_TICK_MS);
    EQ_INT(s.gave_up, 0);
    tap_case("none comes");
    actor_init(&a, steps, 1);
    s = play(&a, 20000, 0, 0);
    EQ_INT(s.ms, 3000 + ACTOR_TICK_MS);
    EQ_INT(s.gave_up, 1);
}

TEST(an_interruption_waits_until_so_much_was_heard)
{
    const struct actor_step steps[] = {{STEP_INTERRUPT, .ms = 300, .patience_ms = 1000},
                                       {STEP_SOUND, .sound = {words, 160}}};
    struct actor a;
    actor_init(&a, steps, 2);
    struct seen s = play(&a, 20000, 500, 9000);
    EQ_INT(s.ms, 800 + 2 * ACTOR_TICK_MS);
    EQ_INT(s.spoken_ms, 20);
    actor_init(&a, steps, 2);
    s = play(&a, 20000, 0, 0);
    EQ_INT(s.gave_up, 1);
    EQ_INT(s.spoken_ms, 20);
}

TEST(a_crash_is_no_hang_up)
{
    const struct actor_step steps[] = {{STEP_CRASH}};
    struct actor a;
    actor_init(&a, steps, 1);
    struct seen s = play(&a, 100, 0, 0);
    OK(s.crashed && !s.hung_up);
    tap_case("an empty script hangs up");
    actor_init(&a, NULL, 0);
    OK(play(&a, 100, 0, 0).hung_up);
}

int main(void)
{
    return tap_run();
}
