/* SPDX-License-Identifier: Apache-2.0 */
/* base: pools, buffers, views of text and UTF-8. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/fold.h"
#include "base/pool.h"
#include "base/str.h"
#include "base/utf8.h"
#include "tap.h"

/* --- pool --- */

TEST(pool_gives_zeroed_aligned_memory)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4095, 4096, 8192, 8193, 100000};
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
            unsigned char *m = pool_alloc(p, sizes[i]);
            tap_case("size %zu, round %d", sizes[i], round);
            OK((uintptr_t)m % 16 == 0);
            size_t dirty = 0;
            for (size_t k = 0; k < sizes[i]; k++) {
                dirty += m[k] != 0;
            }
            EQ_INT(dirty, 0);
            memset(m, 0xAA, sizes[i]);
        }
        pool_clear(p);
    }
}

TEST(pool_allocations_do_not_overlap)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char *parts[400];
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        size_t n = i * 37 % 6000;
        parts[i] = pool_alloc(p, n + 1);
        memset(parts[i], (int)('A' + i % 26), n);
    }
    size_t wrong = 0;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        size_t n = i * 37 % 6000;
        for (size_t k = 0; k < n; k++) {
            wrong += parts[i][k] != (char)('A' + i % 26);
        }
        wrong += parts[i][n] != '\0';
    }
    EQ_INT(wrong, 0);
}

TEST(pool_clear_gives_memory_back)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    size_t empty = pool_bytes(p);
    pool_alloc(p, 1000000);
    pool_clear(p);
    EQ_INT(pool_bytes(p), empty);
    for (int i = 0; i < 1000; i++) {
        pool_alloc(p, 1000);
    }
    OK(pool_bytes(p) >= 1000000);
    pool_clear(p);
    size_t kept = pool_bytes(p);
    OK(kept >= empty && kept <= 66 * 1024);
    for (int i = 0; i < 50; i++) { /* what was kept is used again, and is zeroed */
        const unsigned char *m = pool_alloc(p, 1000);
        OK(m[0] == 0 && m[999] == 0);
        memset(pool_alloc_raw(p, 100), 0xAA, 100);
    }
    EQ_INT(pool_bytes(p), kept);
}

TEST(pool_free_accepts_null_and_nulls)
{
    struct pool *p = NULL;
    pool_free(&p);
    pool_free(NULL);
    p = pool_new();
    pool_free(&p);
    OK(p == NULL);
}

struct note {
    char *at;
    char letter;
};

static char order[8];

static void add_letter(void *arg)
{
    struct note *n = arg;
    size_t used = strlen(order);
    order[used] = n->letter;
}

TEST(pool_cleanups_run_last_first_and_once)
{
    memset(order, 0, sizeof order);
    struct note a = {.letter = 'a'}, b = {.letter = 'b'}, c = {.letter = 'c'};
    struct pool *p = pool_new();
    pool_on_free(p, add_letter, &a);
    pool_on_free(p, add_letter, &b);
    pool_clear(p);
    EQ_STR(order, "ba");
    pool_on_free(p, add_letter, &c);
    pool_free(&p);
    EQ_STR(order, "bac");
}

TEST(pool_text)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    EQ_STR(pool_strdup(p, NULL), NULL);
    EQ_STR(pool_strdup(p, ""), "");
    EQ_STR(pool_strndup(p, "abcdef", 3), "abc");
    EQ_STR(pool_strndup(p, NULL, 0), "");
    EQ_STR(pool_printf(p, "%d %s", 7, "seven"), "7 seven");
    EQ_INT(strlen(pool_printf(p, "%20000d", 1)), 20000);
    OK(pool_calloc(p, 0, 8) != NULL);
}

/* --- buf --- */

TEST(buf_grows_to_its_maximum_and_not_beyond)
{
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, 1000);
    for (int i = 0; i < 1000; i++) {
        buf_putc(&b, (char)('a' + i % 26));
    }
    EQ_INT(b.len, 1000);
    OK(!buf_failed(&b));
    buf_putc(&b, 'x');
    OK(buf_failed(&b));
    EQ_INT(b.len, 1000);
    buf_puts(&b, "");
    OK(buf_failed(&b));
    OK(b.cap <= 1001);
    buf_reset(&b);
    OK(!buf_failed(&b));
    buf_puts(&b, "after");
    EQ_VIEW(buf_str(&b), "after");
}

TEST(buf_is_all_or_nothing)
{
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, 10);
    buf_puts(&b, "12345");
    buf_puts(&b, "678901");
    OK(buf_failed(&b));
    EQ_VIEW(buf_str(&b), "12345");
    buf_puts(&b, "6");
    EQ_VIEW(buf_str(&b), "12345");
    buf_reset(&b);
    buf_printf(&b, "%s", "1234567890");
    OK(!buf_failed(&b));
    buf_printf(&b, "%s", "");
    OK(!buf_failed(&b));
    buf_printf(&b, "%d", 1);
    OK(buf_failed(&b));
    EQ_STR(b.data, "1234567890");
}

TEST(buf_empty)
{
    struct buf b;
    buf_init(&b, 0);
    EQ_VIEW(buf_str(&b), "");
    buf_add(&b, NULL, 0);
    OK(!buf_failed(&b));
    buf_putc(&b, 'x');
    OK(buf_failed(&b));
    size_t n = 99;
    char *taken = buf_take(&b, &n);
    EQ_STR(taken, "");
    EQ_INT(n, 0);
    free(taken);
    buf_clear(&b);
}

TEST(buf_without_a_limit)
{
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, SIZE_MAX);
    buf_puts(&b, "some text");
    EQ_VIEW(buf_str(&b), "some text");
    OK(buf_room(&b, SIZE_MAX - 4) == NULL);
    OK(buf_failed(&b));
}

TEST(buf_take_starts_anew)
{
    struct buf b;
    buf_init(&b, 100);
    buf_puts(&b, "mine");
    size_t n;
    char *taken = buf_take(&b, &n);
    EQ_STR(taken, "mine");
    EQ_INT(n, 4);
    free(taken);
    EQ_INT(b.max, 100);
    buf_puts(&b, "next");
    EQ_VIEW(buf_str(&b), "next");
    buf_clear(&b);
    EQ_INT(b.max, 100);
    OK(b.data == NULL);
}

TEST(buf_integers)
{
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-1, "-1"},
        {10, "10"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buf b CLEANUP(buf_clear) = {0};
        buf_init(&b, 40);
        buf_put_i64(&b, rows[i].value);
        EQ_VIEW(buf_str(&b), rows[i].text);
    }
}

/* --- str --- */

TEST(str_compares)
{
    OK(str_eq(STR("abc"), STR("abc")));
    OK(!str_eq(STR("abc"), STR("abd")));
    OK(!str_eq(STR("abc"), STR("ab")));
    OK(str_eq((struct str){0}, STR("")));
    OK(str_eq_nocase(STR("Content-Type"), STR("content-TYPE")));
    OK(!str_eq_nocase(STR("@"), STR("`")));
    OK(!str_eq_nocase(STR("\xC3\x84"), STR("\xC3\xA4")));
    OK(str_starts(STR("/api/x"), STR("/api/")));
    OK(str_starts(STR("x"), STR("")));
    OK(!str_starts(STR("/ap"), STR("/api")));
    OK(str_ends(STR("a.json"), STR(".json")));
    OK(!str_ends(STR("n"), STR(".json")));
    OK(str_ends((struct str){0}, STR("")));
    OK(str_eq_secret(STR("token"), STR("token")));
    OK(!str_eq_secret(STR("token"), STR("tokem")));
    OK(!str_eq_secret(STR("token"), STR("toke")));
    OK(str_eq_secret(STR(""), (struct str){0}));
}

TEST(str_trims)
{
    EQ_VIEW(str_trim(STR("  a b\t\r\n")), "a b");
    EQ_VIEW(str_trim(STR(" \v\f ")), "");
    EQ_VIEW(str_trim(STR("x")), "x");
    EQ_VIEW(str_trim(STR("\xC2\xA0x")), "\xC2\xA0x");
}

TEST(str_finds)
{
    EQ_INT(str_index(STR("a,b,c"), ',', 0), 1);
    EQ_INT(str_index(STR("a,b,c"), ',', 2), 3);
    EQ_INT(str_index(STR("a,b,c"), ',', 4), -1);
    EQ_INT(str_index(STR("a"), 'a', 5), -1);
    EQ_INT(str_index((struct str){0}, 'a', 0), -1);
}

TEST(str_cuts)
{
    static const struct {
        const char *text, *parts;
    } rows[] = {
        {"a,b,c", "[a][b][c]"}, {"a", "[a]"},    {"", "[]"},
        {"a,", "[a][]"},        {",a", "[][a]"}, {",,", "[][][]"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buf b CLEANUP(buf_clear) = {0};
        buf_init(&b, 100);
        struct str rest = str_of(rows[i].text);
        for (struct str part; rest.p && (part = str_cut(&rest, ',')).p;) {
            buf_printf(&b, "[" STR_FMT "]", STR_ARG(part));
        }
        EQ_VIEW(buf_str(&b), rows[i].parts);
    }
}

TEST(str_reads_integers)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"007", true, 7},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+", false, 0},
        {"1 ", false, 0},
        {" 1", false, 0},
        {"1.0", false, 0},
        {"0x10", false, 0},
        {"--1", false, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        int64_t got = 424242;
        tap_case("\"%s\"", rows[i].text);
        EQ_INT(str_to_i64(str_of(rows[i].text), &got), rows[i].ok);
        EQ_INT(got, rows[i].ok ? rows[i].value : 424242);
    }
}

TEST(str_reads_doubles)
{
    static const struct {
        const char *text;
        bool ok;
        double value;
    } rows[] = {
        {"0", true, 0},      {"-1.5", true, -1.5},    {"1e3", true, 1000},
        {".5", true, 0.5},   {"5.", true, 5},         {"", false, 0},
        {" 1", false, 0},    {"1 ", false, 0},        {"nan", false, 0},
        {"inf", false, 0},   {"-infinity", false, 0}, {"0x10", false, 0},
        {"1e999", false, 0}, {"1,5", false, 0},       {"e", false, 0},
        {"-", false, 0},     {"1e-400", true, 0},     {"4.9e-324", true, 4.9e-324},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        double got = 42;
        tap_case("\"%s\"", rows[i].text);
        EQ_INT(str_to_double(str_of(rows[i].text), &got), rows[i].ok);
        double want = rows[i].ok ? rows[i].value : 42;
        OK(got >= want && got <= want);
    }
    double out = 42;
    OK(!str_to_double((struct str){"1\0002", 3}, &out));
}

TEST(str_reads_switches)
{
    static const struct {
        const char *text;
        bool ok, value;
    } rows[] = {
        {"true", true, true},   {"Yes", true, true}, {"ON", true, true},   {"1", true, true},
        {"false", true, false}, {"no", true, false}, {"Off", true, false}, {"0", true, false},
        {"", false, false},     {"2", false, false}, {"y", false, false},  {"true ", false, false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        bool got = !rows[i].value;
        tap_case("\"%s\"", rows[i].text);
        EQ_INT(str_to_bool(str_of(rows[i].text), &got), rows[i].ok);
        EQ_INT(got, rows[i].ok ? rows[i].value : !rows[i].value);
    }
}

/* --- utf8 --- */

TEST(utf8_accepts_exactly_rfc_3629)
{
    static const struct {
        struct str bytes;
        int32_t code; /* -2: no valid sequence */
    } rows[] = {
        {STR("\x01"), 1},
        {STR("\x7F"), 0x7F},
        {STR("\x80"), -2},
        {STR("\xBF"), -2},
        {STR("\xC0\x80"), -2}, /* overlong NUL */
        {STR("\xC1\xBF"), -2},
        {STR("\xC2\x80"), 0x80},
        {STR("\xDF\xBF"), 0x7FF},
        {STR("\xC2"), -2},
        {STR("\xC2\x41"), -2},
        {STR("\xC2\xC2"), -2},
        {STR("\xE0\x9F\xBF"), -2}, /* overlong */
        {STR("\xE0\xA0\x80"), 0x800},
        {STR("\xED\x9F\xBF"), 0xD7FF},
        {STR("\xED\xA0\x80"), -2}, /* the first surrogate */
        {STR("\xED\xBF\xBF"), -2}, /* the last one */
        {STR("\xEE\x80\x80"), 0xE000},
        {STR("\xEF\xBF\xBD"), 0xFFFD},
        {STR("\xEF\xBF\xBF"), 0xFFFF},
        {STR("\xEF\xBF"), -2},
        {STR("\xF0\x8F\xBF\xBF"), -2}, /* overlong */
        {STR("\xF0\x90\x80\x80"), 0x10000},
        {STR("\xF4\x8F\xBF\xBF"), 0x10FFFF},
        {STR("\xF4\x90\x80\x80"), -2}, /* above the last code point */
        {STR("\xF5\x80\x80\x80"), -2},
        {STR("\xF8\x88\x80\x80\x80"), -2},
        {STR("\xFE"), -2},
        {STR("\xFF"), -2},
        {STR("\xF0\x90\x80"), -2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct str s = rows[i].bytes;
        tap_case("row %zu", i);
        EQ_INT(utf8_next(&s), rows[i].code);
        EQ_INT(s.n, rows[i].code >= 0 ? 0 : rows[i].bytes.n - 1);
        EQ_INT(utf8_valid(rows[i].bytes), rows[i].code >= 0);
    }
    struct str end = STR("");
    EQ_INT(utf8_next(&end), -1);
}

TEST(utf8_every_code_point_survives)
{
    size_t wrong = 0;
    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        if (c == 0xD800) {
            c = 0xE000;
        }
        char bytes[4];
        struct str s = {bytes, utf8_encode(c, bytes)};
        wrong += utf8_next(&s) != (int32_t)c || s.n != 0;
    }
    EQ_INT(wrong, 0);
}

TEST(utf8_valid_looks_at_every_position)
{
    char text[40];
    static const char *const bad[] = {"\x80", "\xFF", "\xC2", "\xED\xA0\x80", "\x00"};
    for (size_t b = 0; b < ARRAY_SIZE(bad); b++) {
        size_t n = b == 4 ? 1 : strlen(bad[b]);
        for (size_t at = 0; at + n <= sizeof text; at++) {
            memset(text, 'a', sizeof text);
            memcpy(text + at, bad[b], n);
            tap_case("bad %zu at %zu", b, at);
            OK(!utf8_valid((struct str){text, sizeof text}));
        }
    }
    memset(text, 'a', sizeof text);
    OK(utf8_valid((struct str){text, sizeof text}));
    OK(utf8_valid(STR("")));
    OK(utf8_valid(STR("0123456\x01\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80 and then plain text")));
}

TEST(utf8_prefix_never_cuts)
{
    struct str s = STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"); /* 1 + 2 + 3 + 4 bytes */
    static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t max = 0; max < ARRAY_SIZE(want); max++) {
        tap_case("at most %zu", max);
        EQ_INT(utf8_prefix(s, max).n, want[max]);
    }
    OK(utf8_prefix(STR("\x80\x80\x80\x80\x80\x80"), 4).n <= 4);
}

TEST(utf8_counts_and_repairs)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    EQ_INT(utf8_length(STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")), 4);
    EQ_INT(utf8_length(STR("a\x80z")), 3);
    EQ_INT(utf8_length(STR("")), 0);
    EQ_VIEW(utf8_repair(p, STR("fine")), "fine");
    EQ_VIEW(utf8_repair(p, STR("a\x80z")), "a\xEF\xBF\xBDz");
    EQ_VIEW(utf8_repair(p, STR("a\0z")), "a\xEF\xBF\xBDz");
    EQ_VIEW(utf8_repair(p, STR("\xF0\x9F\x98")), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    OK(utf8_valid(utf8_repair(p, STR("\xFF\xFE\xFD\0\xC0"))));
}

TEST(fold_finds_what_people_mean)
{
    static const struct {
        const char *words, *name, *phone;
        bool found;
    } rows[] = {
        {"anna", "Anna Berg", NULL, true},
        {"berg ANN", "Anna Berg", NULL, true},
        {"\xC3\xA5ng", "\xC3\x85ngstr\xC3\xB6m", NULL, true},
        {"\xC5\xBE\xC3\xA9n\xC4\x8D", "\xC5\xBD\xC3\x89N\xC4\x8C", NULL, true},
        {"\xD0\xBE\xD0\xBB\xD1\x8F", "\xD0\x9E\xD0\xBB\xD1\x8F", NULL, true},
        {"anna cy", "Anna Berg", NULL, false},
        {"555-010", NULL, "+15550100002", true},
        {"(010)0002", "A", "+1 555 010 0002", true},
        {"0003", "A", "+15550100002", false},
        {"12", "A", "+1 5 1 2", false},
        {"\xFF", "A", NULL, false},
        {"annab", "anna", "b", false},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i].words);
        struct str texts[] = {str_of(rows[i].name), str_of(rows[i].phone)};
        OK(fold_words_in(fold_words_of(p, str_of(rows[i].words)), texts, 2) == rows[i].found);
    }
    OK(!fold_words_of(p, STR("  ")));
    OK(!fold_words_of(p, STR("")));
}

int main(void)
{
    return tap_run();
}
