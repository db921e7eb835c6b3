/* SPDX-License-Identifier: Apache-2.0 */
/* TwiML as Twilio takes it, and as it does not. */
#include "sandbox/sandbox_twiml.h"
#include "tap.h"

TEST(a_document_is_read_into_a_tree)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct twiml *t = NULL;
    int code = 0;
    EQ_INT(twiml_read(p,
                      STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>"
                          "<Connect action=\"/after?a=1&amp;b=2\"><Stream url='wss://h/media'>"
                          "<Parameter name=\"token\" value=\"a &quot;b&quot;\"/></Stream></Connect>"
                          "<!-- a comment --><Say>Bye &amp; thanks<![CDATA[ <all>]]></Say><Hangup/>"
                          "</Response>"),
                      &t, &code, NULL),
           0);
    const struct twiml *connect = t->children;
    EQ_STR(connect->name, "Connect");
    EQ_STR(twiml_get(connect, "action", NULL), "/after?a=1&b=2");
    EQ_STR(twiml_get(connect, "method", "POST"), "POST");
    const struct twiml *stream = connect->children;
    EQ_STR(twiml_get(stream, "url", NULL), "wss://h/media");
    EQ_STR(twiml_get(stream->children, "value", NULL), "a \"b\"");
    EQ_STR(connect->next->name, "Say");
    EQ_STR(connect->next->text, "Bye & thanks <all>");
    EQ_STR(connect->next->next->name, "Hangup");
    OK(connect->next->next->next == NULL);
}

TEST(numbers_are_read_within_their_bounds)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct twiml *t = NULL;
    int code = 0;
    EQ_INT(twiml_read(p,
                      STR("<Response><Record timeout='7' maxLength='x' action='-1'/></Response>"),
                      &t, &code, NULL),
           0);
    EQ_INT(twiml_get_int(t->children, "timeout", 5), 7);
    EQ_INT(twiml_get_int(t->children, "maxLength", 5), 5);
    EQ_INT(twiml_get_int(t->children, "action", 5), 5);
    EQ_INT(twiml_get_int(t->children, "none", 5), 5);
}

TEST(what_twilio_would_not_take_is_refused)
{
    static const struct {
        const char *text;
        int code;
        const char *why;
    } rows[] = {
        {"", 12100, "1 to"},
        {"<Response>", 12100, "no XML"},
        {"<Response><Say>a & b</Say></Response>", 12100, "no XML"},
        {"<!DOCTYPE r [<!ENTITY a \"b\">]><Response><Say>&a;</Say></Response>", 12100, "no XML"},
        {"{\"a\": 1}", 12100, "no XML"},
        {"<html/>", 12200, "html in a document"},
        {"<Say>hello</Say>", 12200, "Say in a document"},
        {"<Response><Speak/></Response>", 12200, "element Speak in Response"},
        {"<Response><say>hello</say></Response>", 12200, "element say"},
        {"<Response><Say voise='x'>hello</Say></Response>", 12200, "attribute voise in Say"},
        {"<Response><Stream url='wss://h/'/></Response>", 12200, "Stream in Response"},
        {"<Response><Number>1</Number></Response>", 12200, "Number in Response"},
        {"<Response><Dial><Say>x</Say></Dial></Response>", 12200, "Say in Dial"},
        {"<Response>hello</Response>", 12200, "text"},
        {"<Response><Hangup>now</Hangup></Response>", 12200, "text"},
        {"<Response><Response/></Response>", 12200, "Response in Response"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct twiml *t = NULL;
        struct err e = {0};
        int code = 0;
        tap_case("%s", rows[i].text);
        EQ_INT(twiml_read(p, str_of(rows[i].text), &t, &code, &e), ERR_MALFORMED);
        EQ_INT(code, rows[i].code);
        OK_MSG(strstr(e.text, rows[i].why) != NULL, "%s", e.text);
    }
}

int main(void)
{
    return tap_run();
}
