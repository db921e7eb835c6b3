/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job "send" with a provider that does as it is told: what is sent again and what is not, what
 * is given up and how that is seen, and what delivery reports change.
 */
#include "channels/outbox.h"

#include "base/id.h"
#include "domain/conversation.h"
#include "domain/outbox.h"
#include "io/thread.h"
#include "store_fixture.h"
#include "tap.h"

/* The provider. What it has taken is what `find` finds. */
static struct {
    struct provider_result next; /* of the next send */
    bool takes;                  /* and whether it is sent all the same */
    int sends, finds, taken;
} far;

static void far_send(struct http_client *http UNUSED, struct pool *p,
                     const struct provider_account *account UNUSED,
                     const struct provider_send *message UNUSED, struct provider_result *out)
{
    far.sends++;
    *out = far.next;
    if (far.takes) {
        far.taken++;
        out->sent = (struct provider_sent){pool_printf(p, "SM%d", far.taken), "queued", 1};
    }
}

static int far_find(struct http_client *http UNUSED, struct pool *p,
                    const struct provider_account *account UNUSED,
                    const struct provider_send *message UNUSED, struct wall since,
                    struct provider_sent *found, int max, struct err *e UNUSED)
{
    far.finds++;
    OK(since.us > 0);
    int n = MIN_OF(far.taken, max);
    for (int i = 0; i < n; i++) {
        found[i] = (struct provider_sent){pool_printf(p, "SM%d", i + 1), "sent", 1};
    }
    return n;
}

static const struct provider_ops far_away = {"far away", far_send, far_find};

struct desk {
    struct fixture f;
    struct pool *pool;
    struct outbox_config config;
    struct job_kind kind;
    struct jobs *jobs;
    struct id conversation, message;
};

static int begin(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    return conversation_begin(db, d->pool, 0, "sms", NULL, STR(""), wall_now(), &d->conversation,
                              e);
}

static int add(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    struct outbox_message m = {.conversation_id = d->conversation.text,
                               .channel = CHANNEL_SMS,
                               .from = "+15550199999",
                               .to = "+15550100001",
                               .body = STR("See you at 3"),
                               .now = wall_now()};
    return outbox_add(db, d->pool, &m, &d->message, e);
}

static int again(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    return outbox_retry(db, d->pool, d->message.text, wall_now(), e);
}

static void open_desk(struct desk *d)
{
    *d = (struct desk){.pool = pool_new(), .config = {.provider = &far_away}};
    d->kind = (struct job_kind){.name = "send",
                                .run = outbox_job,
                                .arg = &d->config,
                                .workers = 2,
                                .max_attempts = 3,
                                .lease_ms = 10000,
                                .backoff_max_ms = 1,
                                .admit = outbox_admit,
                                .buried = outbox_buried};
    memset(&far, 0, sizeof far);
    far.next = (struct provider_result){.failure = PROVIDER_OK, .retry_after_ms = -1};
    far.takes = true;
    fixture_init_tables(&d->f);
    EQ_INT(store_write(d->f.store, begin, d, NULL), 0);
    EQ_INT(store_write(d->f.store, add, d, NULL), 0);
}

static void answer(enum provider_failure failure, bool takes, const char *code, const char *text)
{
    far.next.failure = failure;
    far.takes = takes;
    snprintf(far.next.code, sizeof far.next.code, "%s", code);
    snprintf(far.next.text, sizeof far.next.text, "%s", text);
}

static bool is_over(struct desk *d)
{
    return strcmp(fixture_cell(d->f.store, "SELECT count(*) FROM jobs WHERE state <> 'dead'"),
                  "0") == 0;
}

/* Runs until nothing is left to be tried. */
static void run_jobs(struct desk *d)
{
    struct jobs *jobs = jobs_start(d->f.store, "me", &d->kind, 1);
    for (int i = 0; i < 3000 && !is_over(d); i++) {
        struct timespec ts = {0, 10000000};
        nanosleep(&ts, NULL);
    }
    OK(is_over(d));
    jobs_stop(jobs);
    d->jobs = jobs; /* the store may ring until it is closed */
}

static void close_desk(struct desk *d)
{
    fixture_clear(&d->f);
    jobs_free(&d->jobs);
    pool_free(&d->pool);
}

static const char *status(struct desk *d)
{
    return fixture_cell(d->f.store,
                        "SELECT delivery_status || ' ' || provider_message_id || ' ' || "
                        "coalesce(error_code, '-') || ' ' || coalesce(error_message, "
                        "'-') FROM sms_details");
}

static const char *failures(struct desk *d)
{
    return fixture_cell(d->f.store, "SELECT count(*) FROM communication_events WHERE event_type = "
                                    "'delivery_failed'");
}

struct reporting {
    struct pool *pool;
    const struct delivery_report *report;
};

static int take_report(struct db *db, void *arg, struct err *e)
{
    const struct reporting *r = arg;
    const char *message_id;
    return outbox_report(db, r->pool, r->report, &message_id, e);
}

static void report(struct desk *d, const char *provider_id, const char *to)
{
    struct delivery_report r = {.message_id = d->message.text,
                                .provider_id = provider_id,
                                .status = to,
                                .code = "30003",
                                .text = "unreachable",
                                .at = wall_now()};
    struct reporting arg = {d->pool, &r};
    EQ_INT(store_write(d->f.store, take_report, &arg, NULL), 0);
}

TEST(a_message_is_sent_once)
{
    struct desk d;
    open_desk(&d);
    run_jobs(&d);
    EQ_INT(far.sends, 1);
    EQ_INT(far.finds, 0);
    EQ_STR(status(&d), "queued SM1 - -");
    EQ_STR(fixture_cell(d.f.store, "SELECT count(*) FROM jobs"), "0");
    close_desk(&d);
}

TEST(a_refusal_is_seen_and_can_be_tried_again_by_hand)
{
    struct desk d;
    open_desk(&d);
    answer(PROVIDER_REFUSED, false, "20003", "the account is suspended");
    run_jobs(&d);
    EQ_INT(far.sends, 1);
    EQ_STR(status(&d), "failed  20003 the account is suspended");
    EQ_STR(failures(&d), "1");
    EQ_STR(fixture_cell(d.f.store, "SELECT state || last_error FROM jobs"),
           "deadthe account is suspended");

    struct jobs *first = d.jobs;
    answer(PROVIDER_OK, true, "", "");
    EQ_INT(store_write(d.f.store, again, &d, NULL), 0);
    EQ_STR(status(&d), "queued  - -");
    run_jobs(&d);
    EQ_INT(far.sends, 2);
    EQ_STR(status(&d), "queued SM1 - -");
    EQ_INT(store_write(d.f.store, again, &d, NULL), ERR_CONFLICT);
    EQ_INT(far.taken, 1);
    struct jobs *second = d.jobs;
    d.jobs = first;
    close_desk(&d);
    jobs_free(&second);
}

TEST(an_uncertain_message_is_looked_for_before_it_is_sent_again)
{
    struct desk d;
    open_desk(&d);
    answer(PROVIDER_UNCERTAIN, true, "", "no answer came");
    run_jobs(&d);
    EQ_INT(far.sends, 1); /* it was found */
    EQ_INT(far.finds, 1);
    EQ_STR(status(&d), "sent SM1 - -");
    close_desk(&d);

    open_desk(&d);
    answer(PROVIDER_UNCERTAIN, false, "", "no answer came");
    d.kind.max_attempts = 2;
    run_jobs(&d);
    EQ_INT(far.sends, 2); /* it was not there */
    EQ_INT(far.finds, 1);
    EQ_STR(status(&d), "failed  - no answer came; it may have been sent all the same");
    EQ_STR(failures(&d), "1");

    report(&d, "SM9", "delivered"); /* so it had been taken */
    OK_MSG(strncmp(status(&d), "delivered SM9", 13) == 0, "%s", status(&d));
    EQ_STR(fixture_cell(d.f.store, "SELECT count(*) FROM jobs"), "0");
    close_desk(&d);
}

TEST(it_is_given_up_after_so_many_attempts)
{
    struct desk d;
    open_desk(&d);
    answer(PROVIDER_LATER, false, "", "too many requests");
    far.next.retry_after_ms = 1;
    run_jobs(&d);
    EQ_INT(far.sends, 3);
    EQ_INT(far.finds, 2);
    EQ_STR(status(&d), "failed  - too many requests");
    EQ_STR(failures(&d), "1");
    close_desk(&d);
}

TEST(it_is_given_up_after_so_long)
{
    struct desk d;
    open_desk(&d);
    d.kind.age_max_ms = 3600000;
    EQ_INT(fixture_script(d.f.store, "UPDATE jobs SET due_at = '2020-01-01T00:00:00Z'"), 0);
    run_jobs(&d);
    EQ_INT(far.sends, 0);
    OK_MSG(strncmp(status(&d), "failed", 6) == 0, "%s", status(&d));
    EQ_STR(failures(&d), "1");
    close_desk(&d);
}

TEST(reports_come_in_any_order)
{
    struct desk d;
    open_desk(&d);
    report(&d, "SM1", "sent"); /* before we know that it was taken: it is not sent again */
    run_jobs(&d);
    EQ_INT(far.sends, 0);
    EQ_STR(status(&d), "sent SM1 - -");
    report(&d, "SM1", "delivered");
    report(&d, "SM1", "sent");
    report(&d, "SM1", "undelivered");
    report(&d, "SM1", "queued");
    EQ_STR(status(&d), "delivered SM1 - -");
    EQ_STR(failures(&d), "0");
    close_desk(&d);

    open_desk(&d);
    run_jobs(&d);
    report(&d, "SM1", "undelivered");
    report(&d, "SM1", "undelivered");
    report(&d, "SM1", "sent");
    EQ_STR(status(&d), "undelivered SM1 30003 unreachable");
    EQ_STR(failures(&d), "1");
    close_desk(&d);
}

int main(void)
{
    return tap_run();
}
