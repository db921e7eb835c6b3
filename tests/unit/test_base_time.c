/* SPDX-License-Identifier: Apache-2.0 */
/* base: clocks and ids. */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/id.h"
#include "tap.h"

/* --- clock --- */

TEST(wall_format_and_parse_agree)
{
    static const struct {
        int64_t us;
        const char *text, *mail;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000Z", "Thu, 01 Jan 1970 00:00:00 +0000"},
        {-1, "1969-12-31T23:59:59.999999Z", "Wed, 31 Dec 1969 23:59:59 +0000"},
        {1692853305000001, "2023-08-24T05:01:45.000001Z", "Thu, 24 Aug 2023 05:01:45 +0000"},
        {951782400000000, "2000-02-29T00:00:00.000000Z", "Tue, 29 Feb 2000 00:00:00 +0000"},
        {1709251199999999, "2024-02-29T23:59:59.999999Z", "Thu, 29 Feb 2024 23:59:59 +0000"},
        {1709251200000000, "2024-03-01T00:00:00.000000Z", "Fri, 01 Mar 2024 00:00:00 +0000"},
        {4107542400000000, "2100-03-01T00:00:00.000000Z", "Mon, 01 Mar 2100 00:00:00 +0000"},
        {-62135596800000000, "0001-01-01T00:00:00.000000Z", "Mon, 01 Jan 0001 00:00:00 +0000"},
        {253402300799999999, "9999-12-31T23:59:59.999999Z", "Fri, 31 Dec 9999 23:59:59 +0000"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char text[WALL_TEXT_BYTES], mail[WALL_RFC2822_BYTES];
        wall_format((struct wall){rows[i].us}, text);
        EQ_STR(text, rows[i].text);
        wall_format_rfc2822((struct wall){rows[i].us}, mail);
        EQ_STR(mail, rows[i].mail);
        struct wall back = {42};
        OK(wall_parse(str_of(text), &back));
        EQ_INT(back.us, rows[i].us);
    }
}

TEST(wall_format_stays_a_date_whatever_it_gets)
{
    static const int64_t extremes[] = {INT64_MIN, INT64_MAX, -62167219200000001,
                                       253402300800000000};
    for (size_t i = 0; i < ARRAY_SIZE(extremes); i++) {
        char text[WALL_TEXT_BYTES], mail[WALL_RFC2822_BYTES];
        wall_format((struct wall){extremes[i]}, text);
        EQ_STR(text,
               extremes[i] < 0 ? "0000-01-01T00:00:00.000000Z" : "9999-12-31T23:59:59.999999Z");
        wall_format_rfc2822((struct wall){extremes[i]}, mail);
        EQ_INT(strlen(mail), 31);
    }
}

TEST(wall_parse_takes_what_databases_and_programs_write)
{
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        {"2023-08-24T05:01:45Z", 1692853305000000},
        {"2023-08-24t05:01:45z", 1692853305000000},
        {"2023-08-24 05:01:45", 1692853305000000},
        {"2023-08-24 05:01:45.5", 1692853305500000},
        {"2023-08-24 05:01:45.000001", 1692853305000001},
        {"2023-08-24T05:01:45.123456789Z", 1692853305123456},
        {"2023-08-24T05:01:45.123456+00", 1692853305123456},
        {"2023-08-24T07:01:45+02:00", 1692853305000000},
        {"2023-08-24T07:01:45+0200", 1692853305000000},
        {"2023-08-24 07:01:45+02", 1692853305000000},
        {"2023-08-23T23:31:45-05:30", 1692853305000000},
        {"2016-12-31T23:59:60Z", 1483228800000000}, /* a leap second is the next minute's first */
        {"2000-02-29T00:00:00Z", 951782400000000},
        {"1969-12-31T23:59:59.25Z", -750000},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct wall got = {42};
        tap_case("%s", rows[i].text);
        OK(wall_parse(str_of(rows[i].text), &got));
        EQ_INT(got.us, rows[i].us);
    }
}

TEST(wall_parse_refuses_the_rest)
{
    static const char *const rows[] = {
        "",
        "2023",
        "2023-08-24",
        "2023-08-24T",
        "2023-08-24T05:01",
        "2023-08-24T05:01:4",
        "2023-08-24T05:01:45.",
        "2023-08-24T05:01:45.Z",
        "2023-08-24T05:01:45.1234567890Z",
        "2023-08-24T05:01:45ZZ",
        "2023-08-24T05:01:45 Z",
        "2023-08-24T05:01:45+",
        "2023-08-24T05:01:45+2",
        "2023-08-24T05:01:45+02:",
        "2023-08-24T05:01:45+02:0",
        "2023-08-24T05:01:45+24:00",
        "2023-08-24T05:01:45+02:60",
        "2023-08-24T05:01:45+02:00x",
        "2023-13-01T00:00:00Z",
        "2023-00-01T00:00:00Z",
        "2023-01-00T00:00:00Z",
        "2023-01-32T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2023-04-31T00:00:00Z",
        "2023-01-01T24:00:00Z",
        "2023-01-01T00:60:00Z",
        "2023-01-01T00:00:61Z",
        "2023-1-01T00:00:00Z",
        "+023-01-01T00:00:00Z",
        " 2023-08-24T05:01:45Z",
        "2023/08/24T05:01:45Z",
        "2023-08-24x05:01:45Z",
        "2023-08-24T05.01.45Z",
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct wall got = {42};
        tap_case("%s", rows[i]);
        OK(!wall_parse(str_of(rows[i]), &got));
        EQ_INT(got.us, 42);
    }
    struct wall got;
    OK(!wall_parse((struct str){"2023-08-24\00005:01:45Z", 20}, &got));
}

TEST(civil_days_go_round)
{
    EQ_INT(days_from_civil(1970, 1, 1), 0);
    EQ_INT(days_from_civil(2000, 3, 1), 11017);
    EQ_INT(days_from_civil(0, 3, 1), -719468);
    int64_t wrong = 0;
    for (int64_t d = -800000; d < 3000000; d += 1) {
        int64_t year;
        int month, day;
        civil_from_days(d, &year, &month, &day);
        wrong += days_from_civil(year, month, day) != d || month < 1 || month > 12 || day < 1 ||
                 day > 31;
    }
    EQ_INT(wrong, 0);
}

TEST(clocks_run)
{
    struct mono start = mono_now();
    struct wall a = wall_now();
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    OK(mono_us_since(start) >= 2000);
    OK(wall_now().us > a.us);
    OK(a.us > 1700000000LL * US_PER_SECOND);
}

/* --- id --- */

TEST(id_has_the_form_of_a_uuid_7)
{
    struct wall before = wall_now();
    struct id id = id_new();
    EQ_INT(strlen(id.text), 36);
    EQ_INT(id.text[14], '7');
    OK(strchr("89ab", id.text[19]) != NULL);
    struct id again;
    OK(id_parse(str_of(id.text), &again));
    EQ_STR(again.text, id.text);
    char stamp[13] = {0};
    memcpy(stamp, id.text, 8);
    memcpy(stamp + 8, id.text + 9, 4);
    int64_t ms = strtoll(stamp, NULL, 16);
    OK(ms >= before.us / 1000 - 1 && ms <= before.us / 1000 + 5000);
}

TEST(id_rises_also_within_a_millisecond)
{
    struct id last = id_new();
    int wrong = 0;
    for (int i = 0; i < 20000; i++) {
        struct id next = id_new();
        wrong += strcmp(last.text, next.text) >= 0;
        last = next;
    }
    EQ_INT(wrong, 0);
}

#define PER_THREAD 5000
#define THREADS 4

static struct id made[THREADS][PER_THREAD];

static void *make_ids(void *arg)
{
    struct id *mine = arg;
    for (int i = 0; i < PER_THREAD; i++) {
        mine[i] = id_new();
    }
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct id *)a)->text, ((const struct id *)b)->text);
}

TEST(id_is_unique_and_rises_in_each_thread)
{
    pthread_t threads[THREADS];
    for (int t = 0; t < THREADS; t++) {
        EQ_INT(pthread_create(&threads[t], NULL, make_ids, made[t]), 0);
    }
    int wrong = 0;
    for (int t = 0; t < THREADS; t++) {
        pthread_join(threads[t], NULL);
        for (int i = 1; i < PER_THREAD; i++) {
            wrong += strcmp(made[t][i - 1].text, made[t][i].text) >= 0;
        }
    }
    EQ_INT(wrong, 0);
    /* The stamp and counter alone must differ, or order between threads would be luck. */
    struct id *all = made[0];
    qsort(all, (size_t)THREADS * PER_THREAD, sizeof *all, by_text);
    for (int i = 1; i < THREADS * PER_THREAD; i++) {
        wrong += strncmp(all[i - 1].text, all[i].text, 18) == 0;
    }
    EQ_INT(wrong, 0);
}

TEST(id_at_is_the_same_every_time)
{
    static const unsigned char random[10] = {0xFF, 1, 2, 3, 4, 5, 6, 7, 0xFA, 0xBC};
    struct wall at = {1692853305123456};
    struct id a = id_at(at, random), b = id_at(at, random);
    EQ_STR(a.text, b.text);
    EQ_STR(a.text, "018a25eb-7f23-7abc-bf01-020304050607");
    struct id later = id_at((struct wall){at.us + 1000}, random);
    OK(strcmp(a.text, later.text) < 0);
}

TEST(id_parse_takes_uuids_only)
{
    struct id id;
    OK(id_parse(STR("018A25EB-7f23-7ABC-bf01-020304050607"), &id));
    EQ_STR(id.text, "018a25eb-7f23-7abc-bf01-020304050607");
    static const char *const rows[] = {
        "",
        "018a261c",
        "018a25eb-7f23-7abc-bf01-02030405060",
        "018a25eb-7f23-7abc-bf01-0203040506070",
        "018a25eb07f23-7abc-bf01-020304050607",
        "018a25eb-7f23-7abc-bf01-02030405060g",
        "{18a261c-9dc3-7abc-bf01-02030405060}",
        "018a25eb-7f23-7abc-bf010020304050607",
        "0-8a261c-9dc3-7abc-bf01-020304050607",
        "018a25eb-7f23-7abc-bf01-02030405060 ",
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct id untouched = {"x"};
        tap_case("%s", rows[i]);
        OK(!id_parse(str_of(rows[i]), &untouched));
        EQ_STR(untouched.text, "x");
    }
}

TEST(random_bytes_differ)
{
    unsigned char a[1000] = {0}, b[1000] = {0};
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    OK(memcmp(a, b, sizeof a) != 0);
    int zeros = 0;
    for (size_t i = 0; i < sizeof a; i++) {
        zeros += a[i] == 0;
    }
    OK_MSG(zeros < 40, "%d of 1000 bytes are zero", zeros); /* about 4 are to be expected */
    random_bytes(a, 0);
}

int main(void)
{
    return tap_run();
}
