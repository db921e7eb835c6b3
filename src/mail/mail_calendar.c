/* SPDX-License-Identifier: Apache-2.0 */
/* What a calendar wrote into a mail (iTIP, RFC 5546), read by libical. */
#include <libical/ical.h>

#include "mail/mail_private.h"

#define CALENDAR_MAX_BYTES (256u << 10)

static const char *upper(struct pool *p, const char *text)
{
    char *up = g_ascii_strup(text, -1);
    const char *out = mail_line_text(p, up, 40);
    g_free(up);
    return out;
}

static void take_attendee(struct pool *p, icalcomponent *event, struct mail_calendar *c)
{
    icalproperty *who = icalcomponent_get_first_property(event, ICAL_ATTENDEE_PROPERTY);
    const char *address = who ? icalproperty_get_attendee(who) : NULL;
    if (!address) {
        return;
    }
    if (mail_starts_nocase(str_of(address), "mailto:")) {
        address += 7;
    }
    c->attendee = mail_line_text(p, address, 254);
    icalparameter *part = icalproperty_get_first_parameter(who, ICAL_PARTSTAT_PARAMETER);
    char *text = part ? icalproperty_get_parameter_as_string_r(who, "PARTSTAT") : NULL;
    if (text) {
        c->partstat = upper(p, text);
        icalmemory_free_buffer(text);
    }
}

void mail_calendar_read(struct pool *p, struct str text, struct mail *m)
{
    if (text.n > CALENDAR_MAX_BYTES || !mail_has_nocase(text, "BEGIN:VCALENDAR")) {
        return;
    }
    icalcomponent *calendar = icalparser_parse_string(str_dup(p, text));
    icalproperty *method =
        calendar ? icalcomponent_get_first_property(calendar, ICAL_METHOD_PROPERTY) : NULL;
    char *name = method ? icalproperty_get_value_as_string_r(method) : NULL;
    if (name) {
        struct mail_calendar c = {.method = upper(p, name)};
        icalcomponent *event = icalcomponent_get_first_real_component(calendar);
        icalproperty *uid =
            event ? icalcomponent_get_first_property(event, ICAL_UID_PROPERTY) : NULL;
        const char *id = uid ? icalproperty_get_uid(uid) : NULL;
        c.uid = id ? mail_line_text(p, id, 255) : NULL;
        if (event && (strcmp(c.method, "REPLY") == 0 || strcmp(c.method, "COUNTER") == 0)) {
            take_attendee(p, event, &c);
        }
        m->has_calendar = true;
        m->calendar = c;
        icalmemory_free_buffer(name);
    }
    if (calendar) {
        icalcomponent_free(calendar);
    }
}
