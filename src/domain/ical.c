/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libical escapes, orders and folds; what it would let through (control characters) is taken out
 * before. Of its tables only the one with UTC is used.
 */
#include "domain/ical.h"

#include <libical/ical.h>
#include <stdlib.h>

#include "base/codec.h"

#define TEXT_MAX 2000 /* bytes of a text: what is longer is cut */

/* libical makes its table of zones when it is first asked for one, and threads would race for it.
 * So it is asked before there are any. */
__attribute__((constructor)) static void make_zones(void)
{
    (void)icaltimezone_get_utc_timezone();
}

static struct icaltimetype time_of(struct wall t)
{
    int64_t seconds = t.us / US_PER_SECOND, days = seconds / 86400, year;
    int month, day, of_day = (int)(seconds % 86400);
    civil_from_days(days, &year, &month, &day);
    struct icaltimetype out = icaltime_null_time();
    out.year = (int)year;
    out.month = month;
    out.day = day;
    out.hour = of_day / 3600;
    out.minute = of_day / 60 % 60;
    out.second = of_day % 60;
    out.zone = icaltimezone_get_utc_timezone();
    return out;
}

/* Without control characters but line ends, trimmed, not longer than TEXT_MAX; NULL when nothing is
 * left. */
static const char *clean(struct pool *p, const char *text)
{
    struct str s = str_of(text ? text : "");
    if (s.n > TEXT_MAX) { /* not within a character */
        for (s.n = TEXT_MAX; s.n && ((unsigned char)s.p[s.n] & 0xC0) == 0x80;) {
            s.n--;
        }
    }
    char *copy = str_dup(p, s);
    for (char *c = copy; *c; c++) {
        if ((unsigned char)*c < ' ' && *c != '\n') {
            *c = ' ';
        }
    }
    s = str_trim(str_of(copy));
    return s.n ? str_dup(p, s) : NULL;
}

/* Names the appointment in all calendars: its number means something here only. */
static const char *uid_of(struct pool *p, const struct ical_visit *v)
{
    unsigned char digest[SHA256_BYTES];
    char created[WALL_TEXT_BYTES], hex[33];
    wall_format(v->created, created);
    const char *text = pool_printf(p, "appointment %lld %s", (long long)v->id, created);
    sha256(str_of(text), digest);
    for (size_t i = 0; i < 16; i++) {
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    return pool_printf(p, "%s@ava", hex);
}

static icalcomponent *event_of(struct pool *p, const struct ical_head *head,
                               const struct ical_visit *v)
{
    struct wall end = {v->start.us + v->minutes * 60 * US_PER_SECOND};
    struct wall stamp = v->updated.us ? v->updated : v->created.us ? v->created : v->start;
    const char *summary = clean(p, v->summary), *description = clean(p, v->description);
    const char *location = clean(p, v->location);
    icalcomponent *event = icalcomponent_vanew(
        ICAL_VEVENT_COMPONENT, icalproperty_new_uid(uid_of(p, v)),
        icalproperty_new_dtstamp(time_of(stamp)), icalproperty_new_dtstart(time_of(v->start)),
        icalproperty_new_dtend(time_of(end)),
        icalproperty_new_sequence((int)MIN_OF(v->revision, INT32_MAX)),
        icalproperty_new_status(v->cancelled ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED),
        icalproperty_new_summary(summary ? summary : "Appointment"), (void *)0);
    if (description) {
        icalcomponent_add_property(event, icalproperty_new_description(description));
    }
    if (location) {
        icalcomponent_add_property(event, icalproperty_new_location(location));
    }
    const char *organizer = clean(p, head->organizer), *attendee = clean(p, head->attendee);
    if (organizer) {
        const char *uri = pool_printf(p, "mailto:%s", organizer);
        icalcomponent_add_property(event, icalproperty_new_organizer(uri));
    }
    if (attendee) {
        const char *uri = pool_printf(p, "mailto:%s", attendee);
        icalcomponent_add_property(event, icalproperty_new_attendee(uri));
    }
    return event;
}

int ical_write(struct pool *p, const struct ical_head *head, const struct ical_visit *visits,
               size_t n, struct str *out, struct err *e)
{
    static const icalproperty_method methods[] = {
        [ICAL_NONE] = ICAL_METHOD_NONE,
        [ICAL_PUBLISH] = ICAL_METHOD_PUBLISH,
        [ICAL_REQUEST] = ICAL_METHOD_REQUEST,
        [ICAL_CANCEL] = ICAL_METHOD_CANCEL,
    };
    icalcomponent *calendar =
        icalcomponent_vanew(ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
                            icalproperty_new_prodid("-//Ava//Front desk//EN"), (void *)0);
    if (head->method != ICAL_NONE) {
        icalcomponent_add_property(calendar, icalproperty_new_method(methods[head->method]));
    }
    const char *title = clean(p, head->name);
    if (title) {
        icalproperty *name = icalproperty_new_x(title);
        icalproperty_set_x_name(name, "X-WR-CALNAME");
        icalcomponent_add_property(calendar, name);
    }
    for (size_t i = 0; i < n; i++) {
        icalcomponent_add_component(calendar, event_of(p, head, &visits[i]));
    }
    char *text = icalcomponent_as_ical_string_r(calendar);
    icalcomponent_free(calendar);
    if (!text) {
        return err_set(e, ERR_INTERNAL, "the calendar cannot be written");
    }
    *out = (struct str){pool_strdup(p, text), strlen(text)};
    free(text);
    return 0;
}
