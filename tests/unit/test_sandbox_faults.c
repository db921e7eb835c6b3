/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox's faults in webhooks and callbacks, and their mixture. A fault must do what it says,
 * or a test that relies on it proves nothing.
 */
#include "base/clock.h"
#include "io/thread.h"
#include "twilio_fixture.h"

static bool arm(struct fixture *f, const char *json)
{
    json_t *answer;
    return EQ_INT(twilio_ask(f, "POST", "/sandbox/faults", json, &answer), 200);
}

static struct sandbox_texted text(struct fixture *f, const char *body)
{
    struct sandbox_text t = {.from = CUSTOMER, .body = str_of(body)};
    struct sandbox_texted done = {0};
    EQ_INT(sandbox_send_text(f->sandbox, &t, &done, NULL), 0);
    return done;
}

TEST(a_webhook_comes_twice_at_once)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    arm(&f, "{\"status\":\"duplicate\",\"on\":\"inbound\",\"count\":1}");
    EQ_INT(text(&f, "once").status, 200);
    EQ_INT(atomic_load(&f.product.texts), 2);
    EQ_INT(text(&f, "again").status, 200);
    EQ_INT(atomic_load(&f.product.texts), 3);
    twilio_end(&f);
}

TEST(a_webhook_gets_lost_and_is_still_listed)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    arm(&f, "{\"status\":\"lost\",\"on\":\"inbound\",\"count\":1}");
    struct sandbox_texted done = text(&f, "lost");
    EQ_INT(done.status, 0);
    OK(strstr(done.error, "lost") != NULL);
    EQ_INT(atomic_load(&f.product.texts), 0);
    json_t *answer;
    EQ_INT(twilio_ask(&f, "GET", "/sandbox/messages", "", &answer), 200);
    EQ_INT(json_array_size(json_object_get(answer, "messages")), 1);
    twilio_end(&f);
}

TEST(a_forged_copy_comes_before_the_right_webhook)
{
    static const char *const kinds[] = {"forged", "altered"};
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    for (int i = 0; i < 2; i++) {
        tap_case("%s", kinds[i]);
        arm(&f,
            pool_printf(f.pool, "{\"status\":\"%s\",\"on\":\"inbound\",\"count\":1}", kinds[i]));
        struct sandbox_texted done = text(&f, "genuine");
        EQ_INT(done.forged_status, 403);
        EQ_INT(done.status, 200);
        EQ_INT(atomic_load(&f.product.forged), i + 1);
        EQ_INT(atomic_load(&f.product.texts), i + 1);
        EQ_STR(f.product.last_body, "genuine");
    }
    EQ_INT(sandbox_forged_taken(f.sandbox), 0);
    tap_case("a product that believes everything");
    f.product.gullible = true;
    arm(&f, "{\"status\":\"forged\",\"on\":\"inbound\",\"count\":1}");
    EQ_INT(text(&f, "genuine").forged_status, 200);
    EQ_INT(sandbox_forged_taken(f.sandbox), 1);
    twilio_end(&f);
}

TEST(callbacks_are_forged_too)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    arm(&f, "{\"status\":\"altered\",\"count\":1}");
    EQ_INT(twilio_send_text(&f).failure, PROVIDER_OK);
    OK(twilio_wait_for(&f.product.reports, 3));
    EQ_INT(atomic_load(&f.product.forged), 3);
    for (int i = 0; i < 3; i++) {
        OK(strcmp(f.product.seen[i].status, "failed") != 0);
    }
    EQ_INT(sandbox_forged_taken(f.sandbox), 0);
    twilio_end(&f);
}

TEST(callbacks_come_the_last_one_first)
{
    static const char *const order[] = {"delivered", "sent", "queued"};
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    arm(&f, "{\"status\":\"reordered\",\"count\":1}");
    EQ_INT(twilio_send_text(&f).failure, PROVIDER_OK);
    OK(twilio_wait_for(&f.product.reports, 3));
    for (int i = 0; i < 3; i++) {
        EQ_STR(f.product.seen[i].status, order[i]);
    }
    twilio_end(&f);
}

static void text_first(void *arg)
{
    struct fixture *f = arg;
    EQ_INT(text(f, "first").status, 200);
}

TEST(a_webhook_waits_for_the_one_after_it)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    arm(&f, "{\"status\":\"reordered\",\"on\":\"inbound\",\"count\":1,\"latency_ms\":60000}");
    struct thread *thread = thread_start("first", text_first, &f);
    json_t *answer;
    bool armed = true;
    while (armed) { /* the first text has taken the fault when it is no longer listed */
        twilio_ask(&f, "GET", "/sandbox/faults", "", &answer);
        armed = json_array_size(json_object_get(answer, "faults")) > 0;
    }
    EQ_INT(text(&f, "second").status, 200);
    thread_join(&thread);
    EQ_STR(f.product.last_body, "first");
    EQ_INT(atomic_load(&f.product.texts), 2);
    twilio_end(&f);
}

TEST(a_time_out_after_the_send_never_says_that_nothing_was_sent)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    arm(&f, "{\"status\":\"after_send_timeout\",\"hang_ms\":50,\"count\":1}");
    EQ_INT(twilio_send_text(&f).failure, PROVIDER_UNCERTAIN); /* though the client would wait */
    EQ_INT(sandbox_accepted(f.sandbox), 1);
    twilio_end(&f);
}

/* Of 400 texts out and 400 in, all kinds that can happen there are met, and about the right share.
 */
TEST(a_mixture_is_made_of_every_kind)
{
    static const char *const kinds[] = {
        "status",    "after_send_status",
        "hang",      "after_send_timeout",
        "slow",      "duplicate",
        "lost",      "undelivered",
        "reordered", "forged",
        "altered",
    };
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    f.message.status_url = NULL;
    arm(&f, "{\"mixture\":0.5,\"hang_ms\":1,\"latency_ms\":1}");
    for (int i = 0; i < 400; i++) {
        twilio_send_text(&f);
    }
    json_t *answer;
    EQ_INT(twilio_ask(&f, "GET", "/sandbox/faults", "", &answer), 200);
    const json_t *met = json_object_get(answer, "met");
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        OK_MSG(json_get_i64(met, kinds[i], 0) > 0, "%s", kinds[i]);
    }
    const json_t *fault = json_array_get(json_object_get(answer, "faults"), 0);
    EQ_STR(json_get_text(fault, "kind", ""), "mixture");
    int64_t n = json_get_i64(fault, "met", 0);
    OK_MSG(n > 120 && n < 280, "%lld of 400", (long long)n);
    int64_t accepted = sandbox_accepted(f.sandbox);
    OK_MSG(accepted > 250 && accepted < 400, "%lld of 400", (long long)accepted);
    twilio_end(&f);
}

TEST(a_mixture_meets_webhooks)
{
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    arm(&f, "{\"mixture\":1,\"on\":\"inbound\",\"latency_ms\":1}");
    int lost = 0;
    for (int i = 0; i < 100; i++) {
        lost += text(&f, "x").status == 0;
    }
    OK_MSG(lost > 0 && lost < 60, "%d of 100", lost);
    EQ_INT(twilio_send_text(&f).failure, PROVIDER_OK); /* not there */
    OK(atomic_load(&f.product.forged) > 0);
    OK(atomic_load(&f.product.texts) > 100 - lost); /* some twice */
    EQ_INT(sandbox_forged_taken(f.sandbox), 0);
    twilio_end(&f);
}

TEST(what_cannot_happen_is_refused)
{
    static const char *const rows[] = {
        "{\"mixture\":0}",
        "{\"mixture\":1.1}",
        "{\"mixture\":\"much\"}",
        "{\"mixture\":0.1,\"on\":\"nowhere\"}",
        "{\"status\":429,\"on\":\"inbound\"}",
        "{\"status\":\"hang\",\"on\":\"inbound\"}",
        "{\"status\":\"forged\",\"on\":\"reads\"}",
        "{\"status\":\"undelivered\",\"on\":\"inbound\"}",
        "{\"status\":\"forged\",\"api\":\"google\"}",
        "{\"status\":\"status\"}",
        "{\"status\":\"slow\",\"api\":\"telegraph\"}",
    };
    struct fixture f;
    if (!twilio_begin(&f, NULL)) {
        return;
    }
    json_t *answer;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s", rows[i]);
        EQ_INT(twilio_ask(&f, "POST", "/sandbox/faults", rows[i], &answer), 422);
    }
    EQ_INT(twilio_ask(&f, "GET", "/sandbox/faults", "", &answer), 200);
    EQ_INT(json_array_size(json_object_get(answer, "faults")), 0);
    twilio_end(&f);
}

int main(void)
{
    return tap_run();
}
