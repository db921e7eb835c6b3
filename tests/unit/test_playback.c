/* SPDX-License-Identifier: Apache-2.0 */
/* What Twilio does with the sound that it is sent: pace, marks, clear, bounds. */
#include "sandbox/sandbox_playback.h"
#include "tap.h"

static struct str sound(char *bytes, size_t n, char c)
{
    memset(bytes, c, n);
    return (struct str){bytes, n};
}

static const char *due(struct playback *b)
{
    static char name[PLAYBACK_MARK_BYTES];
    return playback_due(b, name) ? name : NULL;
}

TEST(it_plays_in_order_at_the_pace_of_a_telephone)
{
    struct playback b;
    char bytes[1000];
    uint8_t frame[PLAYBACK_FRAME];
    playback_init(&b, 100000);
    EQ_INT(playback_take(&b, frame), 0);
    EQ_INT(frame[0], PLAYBACK_SILENCE);
    OK(playback_add(&b, sound(bytes, 200, 'a')));
    OK(playback_add(&b, sound(bytes, 100, 'b')));
    EQ_INT(playback_waits(&b), 300);
    EQ_INT(playback_take(&b, frame), 160);
    EQ_INT(frame[159], 'a');
    EQ_INT(playback_take(&b, frame), 140);
    EQ_INT(frame[39], 'a');
    EQ_INT(frame[40], 'b');
    EQ_INT(frame[139], 'b');
    EQ_INT(frame[140], PLAYBACK_SILENCE);
    EQ_INT(playback_waits(&b), 0);
    playback_free(&b);
}

TEST(a_mark_comes_back_when_what_was_before_it_has_been_played)
{
    struct playback b;
    char bytes[400];
    uint8_t frame[PLAYBACK_FRAME];
    playback_init(&b, 100000);
    OK(playback_mark(&b, STR("at once")));
    EQ_STR(due(&b), "at once");
    EQ_STR(due(&b), NULL);
    OK(playback_add(&b, sound(bytes, 320, 'a')));
    OK(playback_mark(&b, STR("first")));
    OK(playback_mark(&b, STR("second")));
    OK(playback_add(&b, sound(bytes, 10, 'b')));
    OK(playback_mark(&b, STR("third")));
    playback_take(&b, frame);
    EQ_STR(due(&b), NULL);
    playback_take(&b, frame);
    EQ_STR(due(&b), "first");
    EQ_STR(due(&b), "second");
    EQ_STR(due(&b), NULL);
    playback_take(&b, frame);
    EQ_STR(due(&b), "third");
    playback_free(&b);
}

TEST(a_clear_empties_the_queue_and_returns_all_marks)
{
    struct playback b;
    char bytes[4000];
    uint8_t frame[PLAYBACK_FRAME];
    playback_init(&b, 100000);
    EQ_INT(playback_clear(&b), 0);
    OK(playback_add(&b, sound(bytes, 4000, 'a')));
    OK(playback_mark(&b, STR("one")));
    OK(playback_add(&b, sound(bytes, 4000, 'a')));
    OK(playback_mark(&b, STR("two")));
    playback_take(&b, frame);
    EQ_INT(playback_clear(&b), 7840);
    EQ_STR(due(&b), "one");
    EQ_STR(due(&b), "two");
    EQ_STR(due(&b), NULL);
    EQ_INT(playback_take(&b, frame), 0);
    tap_case("what comes after it is played");
    OK(playback_add(&b, sound(bytes, 160, 'c')));
    OK(playback_mark(&b, STR("three")));
    EQ_STR(due(&b), NULL);
    EQ_INT(playback_take(&b, frame), 160);
    EQ_INT(frame[0], 'c');
    EQ_STR(due(&b), "three");
    playback_free(&b);
}

TEST(it_is_bounded)
{
    struct playback b;
    char bytes[1000];
    uint8_t frame[PLAYBACK_FRAME];
    playback_init(&b, 1000);
    OK(!playback_add(&b, (struct str){bytes, SIZE_MAX / 2}));
    OK(playback_add(&b, sound(bytes, 1000, 'a')));
    OK(!playback_add(&b, sound(bytes, 1, 'a')));
    EQ_INT(playback_waits(&b), 1000);
    playback_take(&b, frame);
    OK(playback_add(&b, sound(bytes, 160, 'b')));
    for (int i = 0; i < PLAYBACK_MARKS_MAX; i++) {
        if (!OK(playback_mark(&b, STR("m")))) {
            break;
        }
    }
    OK(!playback_mark(&b, STR("m")));
    char name[2 * PLAYBACK_MARK_BYTES];
    memset(name, 'n', sizeof name);
    playback_clear(&b);
    while (due(&b)) {
        continue;
    }
    OK(playback_mark(&b, (struct str){name, sizeof name}));
    EQ_INT(strlen(due(&b)), PLAYBACK_MARK_BYTES - 1);
    playback_free(&b);
}

int main(void)
{
    return tap_run();
}
