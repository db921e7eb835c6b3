/* SPDX-License-Identifier: Apache-2.0 */
/* base: codecs with the vectors of their standards, the JSON reader and writer. */
#include <math.h>

#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/pool.h"
#include "base/utf8.h"
#include "tap.h"

/* --- base64, hex --- */

TEST(base64_rfc_4648_section_10)
{
    static const struct {
        const char *plain, *padded, *url;
    } rows[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xFB\xFF\xFE", "+//+", "-__-"},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        size_t n = strlen(rows[i].plain);
        EQ_STR(base64_encode(p, rows[i].plain, n), rows[i].padded);
        EQ_STR(base64url_encode(p, rows[i].plain, n), rows[i].url);
        struct str out = {0};
        OK(base64_decode(p, str_of(rows[i].padded), &out));
        EQ_VIEW(out, rows[i].plain);
        OK(base64_decode(p, str_of(rows[i].url), &out));
        EQ_VIEW(out, rows[i].plain);
    }
}

/* RFC 4648, section 10, in lower case and without padding. */
TEST(base32)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"f", "my"},
        {"fo", "mzxq"},
        {"foo", "mzxw6"},
        {"foob", "mzxw6yq"},
        {"fooba", "mzxw6ytb"},
        {"foobar", "mzxw6ytboi"},
        {"\xFF\xFF\xFF\xFF\xFF", "77777777"},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        EQ_STR(base32_encode(p, rows[i][0], strlen(rows[i][0])), rows[i][1]);
    }
}

TEST(base64_every_length_and_byte)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    unsigned char bytes[256];
    for (int i = 0; i < 256; i++) {
        bytes[i] = (unsigned char)(255 - i);
    }
    for (size_t n = 0; n <= 256; n++) {
        struct str out = {0};
        OK(base64_decode(p, str_of(base64_encode(p, bytes, n)), &out));
        OK_MSG(out.n == n && memcmp(out.p, bytes, n) == 0, "%zu bytes", n);
    }
}

TEST(base64_refuses_what_is_not)
{
    static const char *const rows[] = {
        "=",
        "==",
        "Z",
        "Zg=",
        "Zg===",
        "Zm9v=",
        "Zm9v==",
        "Zm9v====",
        "Zm9vYg=",
        "Zm8==",
        "Z m8=",
        "Zm8=\n",
        "Zm9v\n",
        "Zm.v",
        "Zg==Zg==",
        "Zm=v",
        "\xC3\xA4\xC3\xA4",
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct str out = STR("untouched");
        tap_case("\"%s\"", rows[i]);
        OK(!base64_decode(p, str_of(rows[i]), &out));
        EQ_VIEW(out, "untouched");
    }
}

TEST(hex)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    EQ_STR(hex_encode(p, "\x00\x01\xAB\xFF", 4), "0001abff");
    EQ_STR(hex_encode(p, "", 0), "");
}

/* --- forms --- */

TEST(form_encodes_as_browsers_do)
{
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, 1000);
    form_add(&b, "To", STR("+15550100"));
    form_add(&b, "Body", STR("a b&c=d%~*-._\xC3\xA4\n"));
    form_add(&b, "", STR(""));
    EQ_VIEW(buf_str(&b), "To=%2B15550100&Body=a+b%26c%3Dd%25%7E*-._%C3%A4%0A&=");
}

TEST(percent_decodes)
{
    static const struct {
        const char *in, *form, *path;
    } rows[] = {
        {"a+b", "a b", "a+b"},
        {"a%20b", "a b", "a b"},
        {"%41%4a%4A", "AJJ", "AJJ"},
        {"100%", "100%", "100%"},
        {"%4", "%4", "%4"},
        {"%zz", "%zz", "%zz"},
        {"%%41", "%A", "%A"},
        {"%2", "%2", "%2"},
        {"%2B", "+", "+"},
        {"", "", ""},
        {"%4G%47", "%4GG", "%4GG"},
        {"%C3%A4", "\xC3\xA4", "\xC3\xA4"},
        {"%@1%`1", "%@1%`1", "%@1%`1"},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("\"%s\"", rows[i].in);
        EQ_VIEW(percent_decode(p, str_of(rows[i].in), true), rows[i].form);
        EQ_VIEW(percent_decode(p, str_of(rows[i].in), false), rows[i].path);
    }
    struct str nul = percent_decode(p, STR("a%00b"), true);
    EQ_INT(nul.n, 3);
    EQ_INT(nul.p[3], '\0');
}

TEST(form_parses)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct form f;
    EQ_INT(form_parse(p, STR("a=1&b=x+y&&a=2&flag&=v&c=%3D%26=&d="), &f, NULL), 0);
    static const char *const want[][2] = {{"a", "1"}, {"b", "x y"}, {"a", "2"}, {"flag", ""},
                                          {"", "v"},  {"c", "=&="}, {"d", ""}};
    EQ_INT(f.n, ARRAY_SIZE(want));
    for (size_t i = 0; i < f.n && i < ARRAY_SIZE(want); i++) {
        EQ_VIEW(f.pairs[i].name, want[i][0]);
        EQ_VIEW(f.pairs[i].value, want[i][1]);
    }
    EQ_VIEW(form_get(&f, "a"), "1");
    EQ_VIEW(form_get(&f, "flag"), "");
    OK(form_get(&f, "A").p == NULL);
    EQ_INT(form_parse(p, STR(""), &f, NULL), 0);
    EQ_INT(f.n, 0);
    EQ_INT(form_parse(p, (struct str){0}, &f, NULL), 0);
    EQ_INT(f.n, 0);
}

TEST(form_refuses_bad_bytes_and_too_many)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct form f = {.n = 42};
    struct err e = {0};
    EQ_INT(form_parse(p, STR("a=%FF"), &f, &e), ERR_MALFORMED);
    EQ_INT(e.code, ERR_MALFORMED);
    EQ_INT(form_parse(p, STR("a=%00"), &f, NULL), ERR_MALFORMED);
    EQ_INT(form_parse(p, STR("%C3=1"), &f, NULL), ERR_MALFORMED);
    EQ_INT(f.n, 42);
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, 10000);
    for (int i = 0; i < FORM_MAX_PAIRS; i++) {
        form_add(&b, "k", STR("v"));
    }
    EQ_INT(form_parse(p, buf_str(&b), &f, NULL), 0);
    EQ_INT(f.n, FORM_MAX_PAIRS);
    form_add(&b, "k", STR("v"));
    EQ_INT(form_parse(p, buf_str(&b), &f, &e), ERR_TOO_LARGE);
}

/* --- digests --- */

TEST(digests_by_their_vectors)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    unsigned char d[SHA256_BYTES];
    sha256(STR("abc"), d); /* FIPS 180-2, B.1 */
    EQ_STR(hex_encode(p, d, sizeof d),
           "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256((struct str){0}, d);
    EQ_STR(hex_encode(p, d, sizeof d),
           "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), d); /* RFC 4231, case 2 */
    EQ_STR(hex_encode(p, d, sizeof d),
           "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hmac_sha1(STR("Jefe"), STR("what do ya want for nothing?"), d); /* RFC 2202, case 2 */
    EQ_STR(hex_encode(p, d, SHA1_BYTES), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    hmac_sha1((struct str){0}, (struct str){0}, d);
    EQ_STR(hex_encode(p, d, SHA1_BYTES), "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

/* --- JSON writer --- */

TEST(json_writes_a_document)
{
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, 1000);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "name", "Ann \"A\" \\ Lee");
    jw_kv_text(&j, "none", NULL);
    jw_kv_i64(&j, "n", -5);
    jw_kv_bool(&j, "yes", true);
    jw_kv_null(&j, "nil");
    jw_kv_str(&j, "view", STR("x"));
    jw_kv_str(&j, "no_view", (struct str){0});
    jw_kv_raw(&j, "raw", STR("{\"a\":[1]}"));
    jw_kv_raw(&j, "raw_empty", STR(""));
    jw_key(&j, "list");
    jw_array(&j);
    jw_i64(&j, 1);
    jw_array(&j);
    jw_array_end(&j);
    jw_object(&j);
    jw_object_end(&j);
    jw_bool(&j, false);
    jw_array_end(&j);
    jw_key_text(&j, STR("k\"\n"));
    jw_null(&j);
    jw_key(&j, "at");
    jw_wall(&j, (struct wall){1});
    jw_key(&j, "never");
    jw_wall(&j, (struct wall){0});
    jw_object_end(&j);
    EQ_VIEW(buf_str(&b),
            "{\"name\":\"Ann \\\"A\\\" \\\\ Lee\",\"none\":null,\"n\":-5,\"yes\":true,\"nil\":null,"
            "\"view\":\"x\",\"no_view\":\"\",\"raw\":{\"a\":[1]},\"raw_empty\":null,"
            "\"list\":[1,[],{},false],\"k\\\"\\n\":null,\"at\":\"1970-01-01T00:00:00.000001Z\","
            "\"never\":null}");
    struct pool *p CLEANUP(pool_free) = pool_new();
    json_t *back;
    EQ_INT(json_read(p, buf_str(&b), &back, NULL), 0);
    EQ_VIEW(json_dump_to_pool(p, back), b.data);
}

TEST(json_escapes_every_byte_that_needs_it)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char all[0x80 + 4];
    for (int i = 1; i < 0x80; i++) {
        all[i - 1] = (char)i;
    }
    memcpy(all + 0x7F, "\xF0\x9F\x98\x80", 5);
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, 1000);
    struct jw j = jw_to(&b);
    jw_str(&j, str_of(all));
    json_t *back;
    EQ_INT(json_read(p, buf_str(&b), &back, NULL), 0);
    EQ_STR(json_string_value(back), all);
    OK(strstr(b.data, "\\b\\t\\n\\u000b\\f\\r\\u000e") != NULL);
    buf_reset(&b);
    j = jw_to(&b);
    jw_str(&j, STR("a\0b"));
    EQ_VIEW(buf_str(&b), "\"a\\u0000b\"");
}

TEST(json_doubles_read_back_the_same)
{
    static const double rows[] = {
        0,      1,     -1.5, 0.1,     1.0 / 3, 1e21, 1e-7, 123456789012345678.0,
        5e-324, 1e308, 4.35, 2.5e-10, 86.4};
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buf b CLEANUP(buf_clear) = {0};
        buf_init(&b, 100);
        struct jw j = jw_to(&b);
        jw_double(&j, rows[i]);
        json_t *back;
        tap_case("%s", b.data);
        EQ_INT(json_read(p, buf_str(&b), &back, NULL), 0);
        double got = json_number_value(back);
        OK(got >= rows[i] && got <= rows[i]);
    }
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, 100);
    struct jw j = jw_to(&b);
    jw_array(&j);
    jw_double(&j, 0.1);
    jw_double(&j, NAN);
    jw_double(&j, -INFINITY);
    jw_array_end(&j);
    EQ_VIEW(buf_str(&b), "[0.1,null,null]");
}

TEST(json_overflow_is_remembered)
{
    struct buf b CLEANUP(buf_clear) = {0};
    buf_init(&b, 20);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "key", "a text that does not fit");
    jw_kv_i64(&j, "a_long_key_that_does_not_fit", 1);
    jw_object_end(&j);
    OK(buf_failed(&b));
    OK(b.len <= 20);
}

/* --- JSON reader --- */

TEST(json_read_refuses)
{
    static const struct {
        struct str text;
        const char *because;
    } rows[] = {
        {STR(""), "empty"},
        {STR("{"), "cut off"},
        {STR("{\"a\":1,\"a\":2}"), "duplicate key"},
        {STR("{\"a\":1}x"), "more after the end"},
        {STR("[1,]"), "comma"},
        {STR("{'a':1}"), "quotes"},
        {STR("\"a\\u0000b\""), "NUL by escape"},
        {STR("{\"a\\u0000b\":1}"), "NUL in a key"},
        {STR("\"a\0b\""), "NUL"},
        {STR("\"\xFF\""), "not UTF-8"},
        {STR("\"\xED\xA0\x80\""), "surrogate in UTF-8"},
        {STR("\"\\ud800\""), "half a pair"},
        {STR("\"\n\""), "control character"},
        {STR("01"), "leading zero"},
        {STR("NaN"), "no number"},
        {STR("9223372036854775808"), "too large an integer"},
        {STR("1e999"), "too large a real"},
        {STR("// x\n1"), "comment"},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        json_t *out = NULL;
        struct err e = {0};
        tap_case("%s", rows[i].because);
        EQ_INT(json_read(p, rows[i].text, &out, &e), ERR_MALFORMED);
        OK(out == NULL);
        OK_MSG(strstr(e.text, "line") != NULL, "%s", e.text);
        OK(utf8_valid(str_of(e.text)));
    }
    json_t *out;
    EQ_INT(json_read(p, (struct str){0}, &out, NULL), ERR_MALFORMED);
}

TEST(json_read_stops_at_its_depth)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    static const struct {
        int depth, want;
    } rows[] = {
        {1, 0}, {JSON_MAX_DEPTH, 0}, {JSON_MAX_DEPTH + 1, ERR_MALFORMED}, {100000, ERR_MALFORMED}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct buf b CLEANUP(buf_clear) = {0};
        buf_init(&b, 1000000);
        for (int k = 0; k < rows[i].depth; k++) {
            buf_puts(&b, k % 2 ? "{\"a\":" : "[");
        }
        buf_puts(&b, rows[i].depth % 2 ? "1" : "2");
        for (int k = rows[i].depth; k-- > 0;) {
            buf_puts(&b, k % 2 ? "}" : "]");
        }
        json_t *out;
        tap_case("depth %d", rows[i].depth);
        EQ_INT(json_read(p, buf_str(&b), &out, NULL), rows[i].want);
    }
}

TEST(json_getters)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    json_t *j;
    struct str text = STR("{\"s\":\"x\",\"i\":7,\"b\":true,\"n\":null,\"d\":1.5}");
    EQ_INT(json_read(p, text, &j, NULL), 0);
    EQ_STR(json_get_text(j, "s", "?"), "x");
    EQ_STR(json_get_text(j, "i", "?"), "?");
    EQ_STR(json_get_text(j, "missing", NULL), NULL);
    EQ_INT(json_get_i64(j, "i", -1), 7);
    EQ_INT(json_get_i64(j, "d", -1), -1);
    EQ_INT(json_get_i64(j, "s", -1), -1);
    EQ_INT(json_get_bool(j, "b", false), true);
    EQ_INT(json_get_bool(j, "n", true), true);
    EQ_STR(json_get_text(NULL, "s", "?"), "?");
    EQ_VIEW(json_dump_to_pool(p, j), text.p);
    EQ_INT(json_read(p, STR(" true "), &j, NULL), 0);
    EQ_VIEW(json_dump_to_pool(p, j), "true");
}

TEST(json_texts_of_every_byte_at_every_place)
{
    static const size_t lengths[] = {1, 7, 8, 9, 15, 16, 17, 24, 31, 33, 41};
    struct buf b;
    buf_init(&b, 4096);
    int wrong = 0;
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        CLEANUP(pool_free) struct pool *p = pool_new();
        for (size_t at = 0; at < lengths[i]; at++) {
            for (int c = 1; c < 0x80; c++) {
                char text[42] = "";
                memset(text, 'a', lengths[i]);
                text[at] = (char)c;
                buf_reset(&b);
                struct jw j = jw_to(&b);
                jw_text(&j, text);
                json_t *back;
                bool same = json_read(p, buf_str(&b), &back, NULL) == 0 &&
                            strcmp(json_string_value(back), text) == 0;
                wrong += !same;
            }
        }
    }
    EQ_INT(wrong, 0);
    buf_clear(&b);
}

int main(void)
{
    return tap_run();
}
