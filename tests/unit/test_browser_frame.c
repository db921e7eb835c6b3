/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a browser's call: what existing clients send, and what others might. */
#include "voice/browser_frame.h"

#include "tap.h"

struct row {
    const char *message;
    int rc;
    enum browser_frame_kind kind;
    const char *data; /* NULL: not looked at */
};

static const struct row rows[] = {
    {"{\"type\":\"audio\",\"data\":\"AAAA//8A\"}", 0, BROWSER_AUDIO, "AAAA//8A"},
    {"{\"type\": \"audio\", \"data\": \"AAA=\"}", 0, BROWSER_AUDIO, "AAA="},
    {" {\n\t\"type\" : \"audio\" ,\r\n \"data\" : \"AAA=\" } ", 0, BROWSER_AUDIO, "AAA="},
    {"{\"data\":\"AAA=\",\"type\":\"audio\"}", 0, BROWSER_AUDIO, "AAA="},
    {"{\"type\":\"audio\",\"data\":\"\\/\\/\\/\\/\\/\\/\\/\\/\"}", 0, BROWSER_AUDIO, "////////"},
    {"{\"type\":\"audio\",\"data\":\"AAA=\",\"seq\":7}", 0, BROWSER_AUDIO, "AAA="},
    {"{\"type\":\"audio\",\"data\":\"\"}", 0, BROWSER_AUDIO, ""},
    {"{\"type\":\"commit\"}", 0, BROWSER_COMMIT, NULL},
    {"{\"type\":\"commit\",\"data\":{}}", 0, BROWSER_COMMIT, NULL},
    {"{\"type\":\"interrupt\"}", 0, BROWSER_INTERRUPT, NULL},
    {"{\"type\":\"end_session\"}", 0, BROWSER_END, NULL},
    {"{\"type\":\"text\",\"data\":\" Tomorrow at ten. \"}", 0, BROWSER_TEXT, "Tomorrow at ten."},
    {"{\"type\":\"ping\",\"data\":{\"client_sent_at\":17}}", 0, BROWSER_PING, "17"},
    {"{\"type\":\"ping\",\"data\":{\"client_sent_at\":\"a\\\"b\"}}", 0, BROWSER_PING, "\"a\\\"b\""},
    {"{\"type\":\"ping\"}", 0, BROWSER_PING, "null"},
    {"{\"type\":\"played\",\"data\":{\"ms\":1200}}", 0, BROWSER_PLAYED, NULL},
    {"", ERR_MALFORMED, 0, NULL},
    {"hello", ERR_MALFORMED, 0, NULL},
    {"{\"type\":\"audio\",\"data\":\"AAAA\"", ERR_MALFORMED, 0, NULL},
    {"{\"type\":\"audio\",\"data\":\"AAAA\"}}", ERR_MALFORMED, 0, NULL},
    {"{\"type\":\"audio\",\"data\":\"AAAA}", ERR_MALFORMED, 0, NULL},
    {"[1,2]", ERR_MALFORMED, 0, NULL},
    {"{\"type\":7}", ERR_MALFORMED, 0, NULL},
    {"{}", ERR_MALFORMED, 0, NULL},
    {"{\"type\":\"dance\"}", ERR_UNSUPPORTED, 0, NULL},
    {"{\"type\":\"audio\"}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"audio\",\"data\":null}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"audio\",\"data\":\"AA!A\"}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"audio\",\"data\":\"AAA\"}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"audio\",\"data\":\"A===\"}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"audio\",\"data\":\"AA=A\"}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"audio\",\"data\":\"AA-_\"}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"audio\",\"data\":\"AA==\"}", ERR_INVALID, 0, NULL}, /* half a sample */
    {"{\"type\":\"text\",\"data\":\"  \"}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"text\",\"data\":[\"a\"]}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"ping\",\"data\":{\"client_sent_at\":{}}}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"played\"}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"played\",\"data\":{\"ms\":-1}}", ERR_INVALID, 0, NULL},
    {"{\"type\":\"played\",\"data\":{\"ms\":1e300}}", ERR_INVALID, 0, NULL},
};

TEST(messages_are_read)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct browser_frame f;
        struct err e = {0};
        tap_case("%s", rows[i].message);
        int rc = browser_frame_read(p, str_of(rows[i].message), &f, &e);
        EQ_INT(rc, rows[i].rc);
        if (rc < 0) {
            OK(e.text[0] != '\0');
            continue;
        }
        EQ_INT(f.kind, rows[i].kind);
        if (rows[i].data) {
            EQ_VIEW(f.data, rows[i].data);
        }
    }
    tap_case(" ");
}

TEST(the_usual_sound_needs_no_parser_and_all_else_does)
{
    struct str s;
    OK(browser_frame_audio(STR("{\"type\":\"audio\",\"data\":\"AAAA//8A\"}"), &s));
    EQ_VIEW(s, "AAAA//8A");
    OK(!browser_frame_audio(STR("{\"data\":\"AAAA//8A\",\"type\":\"audio\"}"), &s));
    OK(!browser_frame_audio(STR("{\"type\":\"audio\",\"data\":\"AA=A\"}"), &s));
    OK(!browser_frame_audio(STR("{\"type\":\"audio\",\"data\":\"AAA=\"} x"), &s));
    OK(!browser_frame_audio(STR("{\"type\":\"commit\"}"), &s));
}

TEST(a_turn_in_words_has_a_longest_length)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct browser_frame f;
    char words[BROWSER_TEXT_BYTES + 2];
    memset(words, 'a', sizeof words);
    words[BROWSER_TEXT_BYTES] = '\0';
    EQ_INT(browser_frame_read(
               p, str_of(pool_printf(p, "{\"type\":\"text\",\"data\":\"%s\"}", words)), &f, NULL),
           0);
    EQ_INT(f.data.n, BROWSER_TEXT_BYTES);
    EQ_INT(browser_frame_read(
               p, str_of(pool_printf(p, "{\"type\":\"text\",\"data\":\"%sa\"}", words)), &f, NULL),
           ERR_INVALID);
}

TEST(a_ping_is_answered_in_its_own_form)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct browser_frame f;
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1024);
    const struct wall at = {1764295200123456};
    EQ_INT(browser_frame_read(
               p, STR("{\"type\":\"ping\",\"data\":{\"client_sent_at\":1764295200000}}"), &f, NULL),
           0);
    browser_pong_write(&b, &f, at);
    EQ_VIEW(buf_str(&b), "{\"type\":\"pong\",\"data\":{\"client_sent_at\":1764295200000,"
                         "\"server_received_at\":1764295200123}}");
    buf_reset(&b);
    EQ_INT(browser_frame_read(p, STR("{\"type\":\"ping\",\"data\":{\"client_sent_at\":\"x\"}}"), &f,
                              NULL),
           0);
    browser_pong_write(&b, &f, at);
    EQ_VIEW(buf_str(&b), "{\"type\":\"pong\",\"data\":{\"client_sent_at\":\"x\","
                         "\"server_received_at\":\"2025-11-28T02:00:00.123456Z\"}}");
}

TEST(an_error_says_what_is_wrong)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1024);
    browser_error_write(&b, ERR_INVALID, "that is \"wrong\"");
    EQ_VIEW(buf_str(&b), "{\"type\":\"error\",\"data\":{\"code\":\"invalid\","
                         "\"message\":\"that is \\\"wrong\\\"\"}}");
}

int main(void)
{
    return tap_run();
}
