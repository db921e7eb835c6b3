/* SPDX-License-Identifier: Apache-2.0 */
/* What is written reads back with libical as what was meant, whatever the texts are. */
#include <libical/ical.h>
#include <pthread.h>
#include <stdio.h>

#include "base/utf8.h"
#include "domain/ical.h"
#include "tap.h"

static struct wall at(const char *text)
{
    struct wall t = {0};
    OK(wall_parse(str_of(text), &t));
    return t;
}

static struct ical_visit visit(void)
{
    return (struct ical_visit){
        .id = 12,
        .revision = 3,
        .start = at("2026-03-05T19:00:00Z"),
        .created = at("2026-03-01T10:00:00.123456Z"),
        .updated = at("2026-03-02T11:12:13Z"),
        .minutes = 75,
        .summary = "Haircut; with Ann, \\o/",
        .description = "Come with dry hair.\nNo\tperfume.",
        .location = "1 Elm Street, Brookfield",
    };
}

static struct str write_one(struct pool *p, enum ical_method method, const struct ical_visit *v)
{
    struct ical_head head = {.method = method,
                             .organizer = method == ICAL_NONE ? NULL : "desk@example.com",
                             .attendee = method == ICAL_NONE ? NULL : "maya@example.com"};
    struct str out = {"", 0};
    EQ_INT(ical_write(p, &head, v, 1, &out, NULL), 0);
    return out;
}

static const char *value(icalcomponent *event, icalproperty_kind kind)
{
    static _Thread_local char text[4096];
    icalproperty *found = icalcomponent_get_first_property(event, kind);
    snprintf(text, sizeof text, "%s", found ? icalproperty_get_value_as_string(found) : "(none)");
    return text;
}

TEST(reads_back)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct ical_visit v = visit();
    struct str text = write_one(p, ICAL_NONE, &v);
    icalcomponent *calendar = icalparser_parse_string(str_dup(p, text));
    if (!OK(calendar != NULL)) {
        return;
    }
    icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
    EQ_INT(icalcomponent_count_errors(calendar), 0);
    EQ_STR(icalcomponent_get_summary(event), v.summary);
    EQ_STR(icalcomponent_get_description(event), "Come with dry hair.\nNo perfume.");
    EQ_STR(icalcomponent_get_location(event), v.location);
    EQ_STR(value(event, ICAL_DTSTART_PROPERTY), "20260305T190000Z");
    EQ_STR(value(event, ICAL_DTEND_PROPERTY), "20260305T201500Z");
    EQ_STR(value(event, ICAL_DTSTAMP_PROPERTY), "20260302T111213Z");
    EQ_STR(value(event, ICAL_SEQUENCE_PROPERTY), "3");
    EQ_STR(value(event, ICAL_STATUS_PROPERTY), "CONFIRMED");
    EQ_STR(value(calendar, ICAL_METHOD_PROPERTY), "(none)");
    EQ_STR(value(event, ICAL_ORGANIZER_PROPERTY), "(none)");
    OK(str_starts(text, STR("BEGIN:VCALENDAR\r\n")) && str_ends(text, STR("END:VCALENDAR\r\n")));
    icalcomponent_free(calendar);
}

TEST(invitations_and_their_end)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct ical_visit v = visit();
    char *uid = NULL;
    for (int i = 0; i < 2; i++) {
        v.cancelled = i == 1;
        v.revision = 3 + i;
        v.start.us += i * US_PER_DAY;
        struct str text = write_one(p, i ? ICAL_CANCEL : ICAL_REQUEST, &v);
        icalcomponent *calendar = icalparser_parse_string(str_dup(p, text));
        icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
        EQ_STR(value(calendar, ICAL_METHOD_PROPERTY), i ? "CANCEL" : "REQUEST");
        EQ_STR(value(event, ICAL_STATUS_PROPERTY), i ? "CANCELLED" : "CONFIRMED");
        EQ_STR(value(event, ICAL_ATTENDEE_PROPERTY), "mailto:maya@example.com");
        EQ_STR(value(event, ICAL_ORGANIZER_PROPERTY), "mailto:desk@example.com");
        if (i) {
            EQ_STR(icalcomponent_get_uid(event), uid);
        }
        uid = pool_strdup(p, icalcomponent_get_uid(event));
        icalcomponent_free(calendar);
    }
    v.id = 13;
    OK(str_index(write_one(p, ICAL_NONE, &v), '@', 0) > 0);
    icalcomponent *other = icalparser_parse_string(str_dup(p, write_one(p, ICAL_NONE, &v)));
    OK(strcmp(icalcomponent_get_uid(other), uid) != 0);
    icalcomponent_free(other);
}

/* Lines of at most 75 octets, whole characters, nothing that ends a property early. */
TEST(texts_of_strangers)
{
    static const char *const texts[] = {
        "\xC3\x84\xC3\xB6\xF0\x9F\x8C\xB8\xE2\x9C\x82 .",
        "x",
        "a;b,c:d\\e\"f -",
        "END:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:evil\r\n",
        "\x01\x02\x7F\t",
        " ",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        CLEANUP(pool_free) struct pool *p = pool_new();
        char *longer = pool_strdup(p, "");
        for (int k = 0; k < 40; k++) {
            longer = pool_printf(p, "%s%s", longer, texts[i]);
        }
        tap_case("text %zu", i);
        struct ical_visit v = visit();
        v.summary = v.description = v.location = longer;
        struct str text = write_one(p, ICAL_PUBLISH, &v), rest = text;
        int events = 0;
        for (struct str line; rest.n && (line = str_cut(&rest, '\n')).p;) {
            OK(line.n <= 76 && str_ends(line, STR("\r")) && utf8_valid(line));
            events += str_eq(line, STR("BEGIN:VEVENT\r"));
        }
        EQ_INT(events, 1);
        icalcomponent *calendar = icalparser_parse_string(str_dup(p, text));
        EQ_INT(icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT), 1);
        EQ_INT(icalcomponent_count_errors(calendar), 0);
        if (i < 3) {
            EQ_STR(icalcomponent_get_summary(calendar), longer);
        }
        icalcomponent_free(calendar);
    }
}

static void *write_many(void *wrong)
{
    CLEANUP(pool_free) struct pool *p = pool_new();
    struct ical_visit list[20];
    struct ical_head head = {.method = ICAL_PUBLISH, .name = "The Salon, upstairs"};
    struct str first = {NULL, 0};
    for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
        list[i] = visit();
        list[i].id = (int64_t)i + 1;
    }
    for (int k = 0; k < 20; k++) {
        struct str text = {"", 0};
        *(int *)wrong += ical_write(p, &head, list, ARRAY_SIZE(list), &text, NULL) != 0;
        first = first.p ? first : text;
        *(int *)wrong += !str_eq(first, text);
    }
    return NULL;
}

TEST(by_many_threads)
{
    pthread_t threads[8];
    int wrong[ARRAY_SIZE(threads)] = {0};
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_create(&threads[i], NULL, write_many, &wrong[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
        pthread_join(threads[i], NULL);
        EQ_INT(wrong[i], 0);
    }
}

int main(void)
{
    return tap_run();
}
