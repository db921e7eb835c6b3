/* SPDX-License-Identifier: Apache-2.0 */
/* "Your Botox with Amara Cole is booked for Tuesday, March 3 at 2 PM." */
#include "mind/receipt.h"

#include "base/clock.h"
#include "base/json_read.h"
#include "domain/zone.h"
#include "mind/evidence.h"
#include "mind/say.h"

const char *receipt_day(struct pool *p, int64_t day_number)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int64_t year;
    int month, day;
    civil_from_days(day_number, &year, &month, &day);
    return pool_printf(p, "%s, %s %d", say_weekday(weekday_of_days(day_number)), months[month - 1],
                       day);
}

static const char *moment_words(struct pool *p, enum channel c, const char *start)
{
    struct evidence_moment m;
    return evidence_moment_of(start, &m)
               ? pool_printf(p, "%s at %s", receipt_day(p, m.day), say_time(p, c, m.minutes))
               : "the agreed time";
}

struct model_reply receipt_of(struct pool *p, enum channel c, const json_t *result)
{
    static const struct {
        const char *status, *intent, *words, *preposition;
    } rows[] = {
        {"booked", "book", "booked", "for"},
        {"rescheduled", "reschedule", "moved", "to"},
        {"cancelled", "cancel", "cancelled", NULL},
    };
    const char *status = json_get_text(result, "status", "");
    const char *service = json_get_text(result, "service_name", "appointment");
    const char *with = json_get_text(result, "provider_name", NULL);
    const char *when = moment_words(p, c, json_get_text(result, "start", NULL));
    with = with ? pool_printf(p, " with %s", with) : "";
    size_t i = 0;
    while (i + 1 < ARRAY_SIZE(rows) && strcmp(rows[i].status, status) != 0) {
        i++;
    }
    const char *text = rows[i].preposition ? pool_printf(p, "Your %s%s is %s %s %s.", service, with,
                                                         rows[i].words, rows[i].preposition, when)
                                           : pool_printf(p, "Your %s%s on %s is %s.", service, with,
                                                         when, rows[i].words);
    return (struct model_reply){.text = str_of(text), .intent = rows[i].intent, .confidence = 1};
}
