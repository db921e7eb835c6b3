/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a channel wants times, prices and lists to be put: digits in writing, words for the ear.
 * Plain ASCII of our own, so that a text message stays in GSM-7. Any thread.
 */
#ifndef MIND_SAY_H
#define MIND_SAY_H

#include "base/pool.h"
#include "domain/channel.h"
#include "domain/facts.h"

/* "9 AM", "5:30 PM", "noon"; for voice "nine AM", "five thirty PM". Minutes from 0 to 1440. */
const char *say_time(struct pool *p, enum channel c, int minutes);

/* "Monday"; 1 to 7. Static storage. */
const char *say_weekday(int weekday);

/* "Tuesday, March 3", "tomorrow (Tuesday, March 3)"; for voice "Tuesday, March third". */
const char *say_date(struct pool *p, enum channel c, int64_t day, int64_t today);

/* "on Tuesday, March 3", but "tomorrow (...)" as it is; "" for NULL. */
const char *say_on(struct pool *p, const char *date);

/* "Tuesday, March 3 at 2 PM". */
const char *say_when(struct pool *p, enum channel c, int64_t day, int minutes, int64_t today);

/* A time on a day, local to the business. */
struct say_time_of_day {
    int64_t day;
    int minutes;
};

/* "Tuesday, March 3 at 10 AM, 1:30 PM or 4 PM, or Wednesday, March 4 at 9 AM"; in their order. */
const char *say_times(struct pool *p, enum channel c, const struct say_time_of_day *times, size_t n,
                      int64_t today);

/* "$120", "$99.50", "free of charge"; for voice "120 dollars" when the currency is "$". */
const char *say_amount(struct pool *p, enum channel c, const struct facts *f, int cents);

/* "$120 to $180", "$120"; NULL when the price is not known. */
const char *say_price(struct pool *p, enum channel c, const struct facts *f,
                      const struct facts_service *s);

/* "a", "a and b", "a, b and c". */
const char *say_list(struct pool *p, const char *const *items, size_t n);

/* "a, b or c". */
const char *say_choice(struct pool *p, const char *const *items, size_t n);

/* "February 30", also of a day that there is not. */
const char *say_month_day(struct pool *p, int month, int day);

#endif
