/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A day and a time of day that a text mentions: today, tomorrow, a weekday, the weekend, now, at
 * five, 5:30 pm, noon. Only mentions; what they mean for the business is for others. Any thread.
 */
#ifndef MIND_MOMENT_H
#define MIND_MOMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "mind/words.h"

enum day_mention { DAY_NONE, DAY_NOW, DAY_TODAY, DAY_TOMORROW, DAY_AFTER_TOMORROW, DAY_WEEKDAY };

struct moment {
    enum day_mention day;
    bool weekdays[8]; /* DAY_WEEKDAY: which, 1 Monday to 7 Sunday (the weekend is two) */
    int minutes;      /* since midnight; -1: no time was said */
    bool half_known;  /* false: it may be twelve hours later, as in "at 5" */
};

struct moment moment_find(const struct words *w);

#endif
