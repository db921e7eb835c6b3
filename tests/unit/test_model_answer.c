/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what a model answered: the answer's form, the reply in it, the channel's manner. */
#include "mind/model_answer.h"

#include "base/buf.h"
#include "base/json_read.h"
#include "mind/manner.h"
#include "mind/model_reply.h"
#include "tap.h"

/* JSON written with ' for ". */
static struct str quoted(struct pool *p, const char *text)
{
    char *s = pool_strdup(p, text);
    for (char *c = s; *c; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return str_of(s);
}

static const struct {
    const char *body, *content;
    enum model_finish finish;
    size_t calls;
} answers[] = {
    {"{'choices':[{'message':{'content':'Hi'},'finish_reason':'stop'}]}", "Hi", MODEL_STOP, 0},
    {"{'choices':[{'message':{'content':null},'finish_reason':null}]}", "", MODEL_STOP, 0},
    {"{'choices':[{'message':{}}]}", "", MODEL_STOP, 0},
    {"{'choices':[{'message':{'content':[{'type':'text','text':'a'},{'text':'b'}]}}]}", "ab",
     MODEL_STOP, 0},
    {"{'choices':[{'message':{'content':'<think>hm</think> Hi '}}]}", "Hi", MODEL_STOP, 0},
    {"{'choices':[{'message':{'content':'<think>never done'}}]}", "", MODEL_STOP, 0},
    {"{'choices':[{'message':{'content':'x'},'finish_reason':'length'}]}", "x", MODEL_CUT, 0},
    {"{'choices':[{'message':{'content':'x'},'finish_reason':'content_filter'}]}", "x",
     MODEL_FILTERED, 0},
    {"{'choices':[{'message':{'tool_calls':[{'id':'a','function':{'name':'f','arguments':'{}'}}]},"
     "'finish_reason':'stop'}]}",
     "", MODEL_CALLS, 1},
    {"{'choices':[{'message':{'tool_calls':[{'function':{'name':'f'}},{'id':'','function':"
     "{'name':'g','arguments':{'a':1}}}]}}]}",
     "", MODEL_CALLS, 2},
    {"{'choices':[{'message':{'tool_calls':[{'function':{'name':'f','arguments':'{'}}]},"
     "'finish_reason':'length'}]}",
     "", MODEL_CUT, 1},
};

TEST(answers_of_many_servers_are_read)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        struct model_answer a;
        struct err e = {0};
        tap_case("%s", answers[i].body);
        if (OK_MSG(model_answer_read(p, quoted(p, answers[i].body), &a, &e) == 0, "%s", e.text)) {
            EQ_VIEW(a.content, answers[i].content);
            EQ_INT(a.finish, answers[i].finish);
            EQ_INT(a.n_calls, answers[i].calls);
        }
    }
}

TEST(answers_without_form_are_refused)
{
    static const char *const bad[] = {
        "",
        "null",
        "7",
        "[]",
        "{}",
        "{'error':{'message':'no'}}",
        "{'choices':{}}",
        "{'choices':[]}",
        "{'choices':['x']}",
        "{'choices':[{'message':null}]}",
        "{'choices':[{'message':{'content':7}}]}",
        "{'choices':[{'message':{'tool_calls':{}}}]}",
        "{'choices':[{'message':{'tool_calls':[7]}}]}",
        "{'choices':[{'message':{'tool_calls':[{'function':{'name':''}}]}}]}",
        "{'choices':[{'message':{'tool_calls':[{'function':{'name':'rm -rf'}}]}}]}",
        "{'choices':[{'message':{'content':'a','content':'b'}}]}",
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct model_answer a;
        tap_case("%s", bad[i]);
        EQ_INT(model_answer_read(p, quoted(p, bad[i]), &a, NULL), ERR_PROVIDER);
    }
}

TEST(sizes_are_bounded)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct buf b CLEANUP(buf_clear);
    struct model_answer a;
    buf_init(&b, 1u << 20);
    buf_puts(&b, "{\"choices\":[{\"message\":{\"content\":\"");
    for (size_t i = 0; i <= MODEL_CONTENT_MAX; i++) {
        buf_putc(&b, 'x');
    }
    buf_puts(&b, "\"}}]}");
    EQ_INT(model_answer_read(p, buf_str(&b), &a, NULL), ERR_PROVIDER);
    buf_reset(&b);
    buf_puts(&b, "{\"choices\":[{\"message\":{\"tool_calls\":[");
    for (int i = 0; i <= MODEL_CALLS_MAX; i++) {
        buf_printf(&b, "%s{\"function\":{\"name\":\"f\"}}", i ? "," : "");
    }
    buf_puts(&b, "]}}]}");
    EQ_INT(model_answer_read(p, buf_str(&b), &a, NULL), ERR_PROVIDER);
    buf_reset(&b);
    for (int i = 0; i < 100; i++) {
        buf_puts(&b, "{\"choices\":[");
    }
    EQ_INT(model_answer_read(p, buf_str(&b), &a, NULL), ERR_PROVIDER);
}

TEST(calls_go_back_as_they_came_and_whole)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct model_answer a;
    EQ_INT(model_answer_read(
               p,
               quoted(p, "{'choices':[{'message':{'content':null,'tool_calls':["
                         "{'id':'c1','function':{'name':'f','arguments':'{\\'a\\':1}'}},"
                         "{'id':'c1','function':{'name':'g','arguments':'nonsense'}}]}}]}"),
               &a, NULL),
           0);
    EQ_STR(a.calls[0].id, "c1");
    OK(strcmp(a.calls[1].id, "c1") != 0); /* two answers to one id would be refused */
    EQ_INT(json_get_i64(a.calls[0].args, "a", 0), 1);
    OK(a.calls[1].args == NULL);
    struct str back = json_dump_to_pool(p, model_answer_message(p, &a));
    OK(strstr(back.p, "\"arguments\":\"{\\\"a\\\":1}\"") && strstr(back.p, "\"content\":null"));
    OK(strstr(back.p, "\"arguments\":\"{}\"") && !strstr(back.p, "nonsense"));
}

TEST(invalid_utf8_is_mended)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct model_answer a;
    EQ_INT(model_answer_read(p, STR("{\"choices\":[{\"message\":{\"content\":\"caf\xE9!\"}}]}"), &a,
                             NULL),
           0);
    EQ_VIEW(a.content, "caf\xEF\xBF\xBD!");
}

TEST(usage_is_believed_within_reason)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct model_answer a;
    EQ_INT(model_answer_read(p,
                             quoted(p, "{'choices':[{'message':{}}],'usage':{'prompt_tokens':-5,"
                                       "'completion_tokens':9000000000000}}"),
                             &a, NULL),
           0);
    EQ_INT(a.usage.prompt_tokens, 0);
    EQ_INT(a.usage.completion_tokens, 1000000000);
}

static const struct {
    const char *content, *reply, *intent;
} replies[] = {
    {"{'reply':'Hi','intent':'greeting'}", "Hi", "greeting"},
    {"```json\n{'reply':'Hi','intent':'book'}\n```", "Hi", "book"},
    {"Here you are: {'reply':'Hi','intent':'no such'} Bye", "Hi", NULL},
    {"{'reply':' Hi\\u0007there ','intent':7,'confidence':'x','ends':'yes'}", "Hithere", NULL},
    {"Just words", "Just words", NULL},
    {"{'reply':''}", NULL, NULL},
    {"{'reply':7}", NULL, NULL},
    {"{'answer':'Hi'}", NULL, NULL},
    {"{'reply':'cut off", NULL, NULL},
    {"[ 'Hi'", NULL, NULL},
    {"Here: 'reply': 'Hi'", NULL, NULL},
    {"{broken} and {more}", NULL, NULL},
    {"", NULL, NULL},
    {" \n ", NULL, NULL},
};

TEST(replies_are_read_and_nothing_is_made_up)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
        struct model_reply r;
        tap_case("%s", replies[i].content);
        int rc = model_reply_read(p, quoted(p, replies[i].content), &r, NULL);
        EQ_INT(rc, replies[i].reply ? 0 : ERR_PROVIDER);
        if (rc == 0 && replies[i].reply) {
            EQ_VIEW(r.text, replies[i].reply);
            EQ_STR(r.intent, replies[i].intent);
            OK(r.confidence == 0 && !r.ends && !r.wants_person);
        }
    }
}

static const struct {
    enum channel channel;
    const char *reply, *fitted;
} manners[] = {
    {CHANNEL_SMS, "We have **Botox** and `IPL`.", "We have Botox and IPL."},
    {CHANNEL_SMS, "# Hours\n- Monday\n- Tuesday", "Hours\n- Monday\n- Tuesday"},
    {CHANNEL_VOICE, "We have:\n- Botox\n* IPL", "We have: Botox IPL"},
    {CHANNEL_VOICE, "One. Two! Is three fine? Four. Five.", "One. Two! Is three fine?"},
    {CHANNEL_VOICE, "Dr. Osei is in. Come at 2 p.m. today. Bye. More.",
     "Dr. Osei is in. Come at 2 p.m. today. Bye."},
    {CHANNEL_EMAIL, "Dear Maya,\n\nyes.\n\nAva", "Dear Maya,\n\nyes.\n\nAva"},
};

TEST(replies_are_fitted_to_their_channel)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(manners); i++) {
        EQ_STR(manner_fit(p, manners[i].channel, str_of(manners[i].reply)), manners[i].fitted);
    }
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 1u << 16);
    for (int i = 0; i < 100; i++) {
        buf_puts(&b, "This is a sentence of some length. ");
    }
    const char *sms = manner_fit(p, CHANNEL_SMS, buf_str(&b));
    OK(strlen(sms) <= manner_room(CHANNEL_SMS) && strlen(sms) > 200);
    OK(str_ends(str_of(sms), STR("length.")));
    buf_reset(&b);
    for (int i = 0; i < 400; i++) {
        buf_puts(&b, "\xC3\xA9");
    }
    OK(strlen(manner_fit(p, CHANNEL_SMS, buf_str(&b))) <= manner_room(CHANNEL_SMS));
}

int main(void)
{
    return tap_run();
}
