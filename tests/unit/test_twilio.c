/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio's particulars, against the sandbox: how each kind of failure is taken, lists over several
 * pages, and the sandbox's own promises (signed webhooks and callbacks, faults, the journal).
 */
#include <fcntl.h>
#include <unistd.h>

#include "channels/inbound_sms.h"
#include "channels/sms_status.h"
#include "sandbox/sandbox_client.h"
#include "twilio_fixture.h"

TEST(takes_each_failure_for_what_it_is)
{
    static const struct {
        struct sandbox_fault fault;
        enum provider_failure failure;
        const char *code;
        int accepted;
    } rows[] = {
        {{.status = 429}, PROVIDER_LATER, "20429", 0},
        {{.status = 503}, PROVIDER_LATER, "20503", 0},
        {{.status = 500}, PROVIDER_UNCERTAIN, "20500", 0},
        {{.status = 500, .after = true}, PROVIDER_UNCERTAIN, "20500", 1},
        {{.status = 502, .code = 12345}, PROVIDER_UNCERTAIN, "12345", 0},
        {{.status = 408, .code = 20001}, PROVIDER_UNCERTAIN, "20001", 0},
        {{.status = 400, .code = 21611}, PROVIDER_LATER, "21611", 0},
        {{.status = 400, .code = 30022}, PROVIDER_LATER, "30022", 0},
        {{.status = 400, .code = 21610}, PROVIDER_REFUSED, "21610", 0},
        {{.status = 400, .code = 29999}, PROVIDER_REFUSED, "29999", 0},
        {{.status = 401}, PROVIDER_REFUSED, "20003", 0},
        {{.status = 404}, PROVIDER_REFUSED, "20404", 0},
    };
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%d with %d", rows[i].fault.status, rows[i].fault.code);
        struct sandbox_fault fault = rows[i].fault;
        fault.count = 1;
        int64_t before = sandbox_accepted(f.sandbox);
        EQ_INT(sandbox_add_fault(f.sandbox, &fault, NULL), 0);
        struct provider_result r = twilio_send_text(&f);
        EQ_INT(r.failure, rows[i].failure);
        EQ_STR(r.code, rows[i].code);
        EQ_INT(r.retry_after_ms, -1);
        OK(strlen(r.text) > 10);
        EQ_INT(sandbox_accepted(f.sandbox) - before, rows[i].accepted);
    }
    twilio_end(&f);
}

TEST(takes_refusals_of_the_real_rules)
{
    static const struct {
        const char *from, *to, *body, *code;
    } rows[] = {
        {SANDBOX_NUMBER, "+15005550001", "x", "21211"},
        {SANDBOX_NUMBER, "+15005550002", "x", "21612"},
        {SANDBOX_NUMBER, "+15005550003", "x", "21408"},
        {SANDBOX_NUMBER, "+15005550004", "x", "21610"},
        {SANDBOX_NUMBER, "+15005550009", "x", "21614"},
        {SANDBOX_NUMBER, "nobody", "x", "21211"},
        {SANDBOX_NUMBER, "", "x", "21604"},
        {SANDBOX_NUMBER, CUSTOMER, "", "21602"},
        {"", CUSTOMER, "x", "21603"},
        {"+15550100003", CUSTOMER, "x", "21606"},
        {"nobody", CUSTOMER, "x", "21212"},
    };
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i].code);
        f.message.from = rows[i].from;
        f.message.to = rows[i].to;
        f.message.body = str_of(rows[i].body);
        struct provider_result r = twilio_send_text(&f);
        EQ_INT(r.failure, PROVIDER_REFUSED);
        EQ_STR(r.code, rows[i].code);
    }
    tap_case("too long");
    f.message.from = SANDBOX_NUMBER;
    f.message.to = CUSTOMER;
    char *long_body = pool_alloc(f.pool, 1601 * 3 + 1);
    for (int i = 0; i < 1601; i++) {
        memcpy(long_body + 3 * i, "☃", 3);
    }
    f.message.body = (struct str){long_body, 1601 * 3};
    EQ_STR(twilio_send_text(&f).code, "21617");
    f.message.body.n -= 3;
    struct provider_result r = twilio_send_text(&f);
    EQ_INT(r.failure, PROVIDER_OK);
    EQ_INT(r.sent.segments, 24); /* 1600 in parts of 67 */
    tap_case("wrong token");
    f.account.secret = "54321";
    r = twilio_send_text(&f);
    EQ_INT(r.failure, PROVIDER_REFUSED);
    EQ_STR(r.code, "20003");
    EQ_INT(sandbox_accepted(f.sandbox), 1);
    twilio_end(&f);
}

TEST(finds_over_several_pages)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    struct wall since = wall_now();
    f.message.status_url = NULL;
    f.message.body = STR("the first");
    const char *first = twilio_send_text(&f).sent.id;
    f.message.body = STR("others");
    for (int i = 0; i < 230; i++) {
        twilio_send_text(&f);
    }
    f.message.body = STR("the first");
    struct provider_sent found[2];
    EQ_INT(provider_twilio.find(f.http, f.pool, &f.account, &f.message, since, found, 2, NULL), 1);
    EQ_STR(found[0].id, first);
    twilio_end(&f);
}

TEST(reports_come_signed_and_in_order)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    struct provider_result r = twilio_send_text(&f);
    EQ_INT(r.failure, PROVIDER_OK);
    OK(twilio_wait_for(&f.product.reports, 3));
    const char *status = NULL;
    for (int i = 0; i < 3; i++) { /* several threads post, so any order may arrive */
        EQ_STR(f.product.seen[i].sid, r.sent.id);
        if (sms_status_advances(status, f.product.seen[i].status)) {
            status = f.product.seen[i].status;
        }
    }
    EQ_STR(status, "delivered");
    EQ_INT(atomic_load(&f.product.forged), 0);
    twilio_end(&f);
}

TEST(reports_fail_double_and_get_lost_on_demand)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    struct sandbox_fault fault = {.trouble = TROUBLE_LOST, .count = 1};
    EQ_INT(sandbox_add_fault(f.sandbox, &fault, NULL), 0);
    EQ_INT(twilio_send_text(&f).failure, PROVIDER_OK);
    fault.trouble = TROUBLE_DUPLICATE;
    EQ_INT(sandbox_add_fault(f.sandbox, &fault, NULL), 0);
    EQ_INT(twilio_send_text(&f).failure, PROVIDER_OK);
    OK(twilio_wait_for(&f.product.reports, 6));
    fault.trouble = TROUBLE_UNDELIVERED;
    fault.code = 30005;
    EQ_INT(sandbox_add_fault(f.sandbox, &fault, NULL), 0);
    struct provider_result r = twilio_send_text(&f);
    OK(twilio_wait_for(&f.product.reports, 9));
    EQ_INT(atomic_load(&f.product.reports), 9);
    int undelivered = 0;
    for (int i = 0; i < 9; i++) {
        if (strcmp(f.product.seen[i].status, "undelivered") == 0) {
            EQ_STR(f.product.seen[i].sid, r.sent.id);
            EQ_STR(f.product.seen[i].error_code, "30005");
            undelivered++;
        }
    }
    EQ_INT(undelivered, 1);
    twilio_end(&f);
}

TEST(a_customers_text_reaches_the_product_and_is_answered)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    f.product.echo = true;
    struct sandbox_text text = {.from = "(555) 010-0002", .body = STR("Hi & bye ☃")};
    struct sandbox_texted done;
    EQ_INT(sandbox_send_text(f.sandbox, &text, &done, NULL), 0);
    EQ_INT(done.status, 200);
    EQ_STR(done.from, CUSTOMER);
    EQ_VIEW(sandbox_wait_reply(f.sandbox, f.pool, CUSTOMER, done.seq, 5000),
            "You said: Hi & bye ☃");
    EQ_STR(f.product.last_body, "Hi & bye ☃");
    tap_case("the same webhook again");
    text.sid = done.sid;
    struct sandbox_texted again;
    EQ_INT(sandbox_send_text(f.sandbox, &text, &again, NULL), 0);
    EQ_STR(again.sid, done.sid);
    EQ_INT(again.seq, done.seq);
    EQ_INT(atomic_load(&f.product.texts), 2);
    tap_case("a number that is none");
    text = (struct sandbox_text){.from = "Jane", .body = STR("x")};
    EQ_INT(sandbox_send_text(f.sandbox, &text, &again, NULL), ERR_INVALID);
    tap_case("a short number");
    text.from = "+15550100";
    EQ_INT(sandbox_send_text(f.sandbox, &text, &again, NULL), 0);
    EQ_INT(again.status, 200);
    EQ_INT(atomic_load(&f.product.forged), 0);
    twilio_end(&f);
}

TEST(the_command_line_texts_through_a_running_sandbox)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    f.product.echo = true;
    char *url = pool_printf(f.pool, "http://127.0.0.1:%d", sandbox_port(f.sandbox));
    struct sandbox_exchange x;
    struct err e = {0};
    EQ_INT(sandbox_client_text(f.http, f.pool, url, "5550100002", STR("\"hi\"\n☃"), NULL, 5000, &x,
                               &e),
           0);
    OK(twilio_sid_ok(str_of(x.message_sid), "SM"));
    EQ_INT(x.product_status, 200);
    OK(x.replied);
    EQ_VIEW(x.reply, "You said: \"hi\"\n☃");
    tap_case("no reply");
    f.product.echo = false;
    EQ_INT(sandbox_client_text(f.http, f.pool, url, CUSTOMER, STR("hi"), NULL, 200, &x, &e), 0);
    OK(!x.replied);
    tap_case("no number");
    EQ_INT(sandbox_client_text(f.http, f.pool, url, "Jane", STR("hi"), NULL, 200, &x, &e),
           ERR_INVALID);
    tap_case("no product");
    http_server_stop(&f.product.server, 1000);
    EQ_INT(sandbox_client_text(f.http, f.pool, url, CUSTOMER, STR("hi"), NULL, 200, &x, &e), 0);
    EQ_INT(x.product_status, 0);
    OK(x.product_error && !x.replied);
    tap_case("no sandbox");
    sandbox_free(&f.sandbox);
    EQ_INT(sandbox_client_text(f.http, f.pool, url, CUSTOMER, STR("hi"), NULL, 200, &x, &e),
           ERR_UNAVAILABLE);
    twilio_end(&f);
}

TEST(the_control_interface_refuses_nonsense)
{
    static const struct {
        const char *method, *path, *body;
        int status;
    } rows[] = {
        {"POST", "/sandbox/text", "{", 400},
        {"POST", "/sandbox/text", "[]", 422},
        {"POST", "/sandbox/text", "{\"body\":\"x\"}", 422},
        {"POST", "/sandbox/text", "{\"from\":\"Jane\"}", 422},
        {"POST", "/sandbox/text", "{\"from\":\"+15550100\",\"media\":3}", 422},
        {"POST", "/sandbox/text", "{\"from\":\"+15550100\",\"sid\":\"SM1\"}", 422},
        {"GET", "/sandbox/text", "", 405},
        {"POST", "/sandbox/faults", "{}", 422},
        {"POST", "/sandbox/faults", "{\"status\":200}", 422},
        {"POST", "/sandbox/faults", "{\"status\":\"odd\"}", 422},
        {"POST", "/sandbox/faults", "{\"status\":500,\"count\":-1}", 422},
        {"POST", "/sandbox/faults", "{\"status\":500,\"probability\":2}", 422},
        {"GET", "/sandbox/messages?limit=0", "", 422},
        {"GET", "/sandbox/messages?after=-1", "", 422},
        {"GET", "/sandbox/nothing", "", 404},
        {"GET", "/nothing", "", 404},
        {"GET", "/2010-04-01/Accounts/x/Messages.json", "", 401},
    };
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s %s %s", rows[i].method, rows[i].path, rows[i].body);
        json_t *answer;
        EQ_INT(twilio_ask(&f, rows[i].method, rows[i].path, rows[i].body, &answer), rows[i].status);
    }
    EQ_INT(atomic_load(&f.product.texts), 0);
    twilio_end(&f);
}

TEST(the_control_interface_arms_and_ends_faults)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    json_t *answer;
    EQ_INT(twilio_ask(&f, "POST", "/sandbox/faults",
                      "{\"status\":429,\"retry_after\":3,\"count\":2,\"probability\":1}", &answer),
           200);
    struct provider_result r = twilio_send_text(&f);
    EQ_INT(r.failure, PROVIDER_LATER);
    EQ_INT(r.retry_after_ms, 3000);
    EQ_INT(twilio_ask(&f, "DELETE", "/sandbox/faults", "", &answer), 200);
    EQ_INT(twilio_send_text(&f).failure, PROVIDER_OK);
    EQ_INT(twilio_ask(&f, "POST", "/sandbox/faults", "{\"status\":\"slow\",\"latency_ms\":80}",
                      &answer),
           200);
    struct mono start = mono_now();
    EQ_INT(twilio_send_text(&f).failure, PROVIDER_OK);
    OK(mono_us_since(start) >= 80000);
    EQ_INT(twilio_ask(&f, "GET", "/sandbox/messages?to=%2B15550100002", "", &answer), 200);
    EQ_INT(json_array_size(json_object_get(answer, "messages")), 2);
    EQ_INT(json_get_i64(answer, "accepted", -1), 2);
    EQ_INT(twilio_ask(&f, "GET", "/health", "", &answer), 200);
    EQ_STR(json_get_text(answer, "status", ""), "healthy");
    twilio_end(&f);
}

TEST(the_journal_has_a_line_for_each_accepted_text)
{
    char path[] = "/tmp/ava-test-journal-XXXXXX";
    int fd = mkstemp(path);
    struct fixture f;
    if (!OK(fd >= 0) || !twilio_begin(&f, path)) {
        return;
    }
    struct sandbox_fault fault = {.status = 500, .count = 1};
    EQ_INT(sandbox_add_fault(f.sandbox, &fault, NULL), 0);
    twilio_send_text(&f);
    for (int i = 0; i < 3; i++) {
        twilio_send_text(&f);
    }
    char text[4096];
    ssize_t n = read(fd, text, sizeof text);
    int lines = 0;
    for (ssize_t i = 0; i < n; i++) {
        lines += text[i] == '\n';
    }
    EQ_INT(lines, 3);
    twilio_end(&f);
    close(fd);
    unlink(path);
}

TEST(a_sandbox_that_hangs_still_ends)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    struct sandbox_fault fault = {.trouble = TROUBLE_HANG};
    EQ_INT(sandbox_add_fault(f.sandbox, &fault, NULL), 0);
    f.account.timeout_ms = 100;
    EQ_INT(twilio_send_text(&f).failure, PROVIDER_UNCERTAIN);
    struct mono start = mono_now();
    sandbox_free(&f.sandbox);
    OK(mono_us_since(start) < 3000000);
    twilio_end(&f);
}

TEST(refuses_a_configuration_that_cannot_work)
{
    struct sandbox *s = NULL;
    struct err e = {0};
    struct sandbox_config none = {.listen = "127.0.0.1:0"};
    EQ_INT(sandbox_new(&none, &s, &e), ERR_CONFIG);
    struct sandbox_config number = {.listen = "127.0.0.1:0", .token = "x", .number = "me"};
    EQ_INT(sandbox_new(&number, &s, &e), ERR_CONFIG);
    struct sandbox_config journal = {
        .listen = "127.0.0.1:0", .token = "x", .journal = "/nowhere/at/all"};
    EQ_INT(sandbox_new(&journal, &s, &e), ERR_IO);
    OK(s == NULL && e.text[0]);
}

int main(void)
{
    return tap_run();
}
