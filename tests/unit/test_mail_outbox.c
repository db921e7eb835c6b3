/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job "send_email" with a provider that does as it is told: what is sent and with which
 * headers, what is sent again and what is not, and what SendGrid's events and bounces change.
 */
#include "channels/mail_outbox.h"

#include <time.h>

#include "channels/inbox.h"
#include "channels/sendgrid_event.h"
#include "domain/consent.h"
#include "domain/conversation.h"
#include "domain/installation_secret.h"
#include "domain/mail_bounce.h"
#include "domain/mail_report.h"
#include "domain/mail_thread.h"
#include "domain/outbox.h"
#include "mail/mail_token.h"
#include "store/attachments.h"
#include "store_fixture.h"
#include "tap.h"

#define ANN "ann@example.com"
#define DESK "desk@in.example.org"

/* The provider, and what it was last given. */
static struct {
    struct provider_result next;
    int sends;
    char message_id[200], in_reply_to[200], subject[200], reply_to[200], text[600], bounces_to[200];
    char automatic[40], unsubscribe[200], first_message_id[200], ours[ID_TEXT_BYTES];
    size_t n_references, n_files, file_bytes;
} far;

static void note(char *to, size_t room, const char *text)
{
    snprintf(to, room, "%s", text ? text : "");
}

static void far_send(struct http_client *http UNUSED, struct pool *p UNUSED,
                     const struct mail_account *account UNUSED, const struct mail_send *mail,
                     struct provider_result *out)
{
    const struct mail_draft *d = mail->draft;
    far.sends++;
    note(far.message_id, sizeof far.message_id, d->message_id);
    if (far.sends == 1) {
        note(far.first_message_id, sizeof far.first_message_id, d->message_id);
    }
    note(far.in_reply_to, sizeof far.in_reply_to, d->in_reply_to);
    note(far.subject, sizeof far.subject, d->subject);
    note(far.reply_to, sizeof far.reply_to, d->reply_to);
    note(far.text, sizeof far.text, d->text.p);
    note(far.automatic, sizeof far.automatic, d->auto_submitted);
    note(far.unsubscribe, sizeof far.unsubscribe, d->unsubscribe_url);
    note(far.bounces_to, sizeof far.bounces_to, mail->bounces_to);
    note(far.ours, sizeof far.ours, mail->message_id);
    far.n_references = d->n_references;
    far.n_files = d->n_files;
    far.file_bytes = d->n_files ? (size_t)d->files[0].content.size : 0;
    EQ_STR(d->to, ANN);
    *out = far.next;
    if (far.next.failure == PROVIDER_OK) {
        out->sent = (struct provider_sent){"far-1", "sent", 0};
    }
}

static const struct mail_provider_ops far_away = {"far away", far_send};

struct desk {
    struct fixture f;
    struct pool *pool;
    struct mail_outbox_config config;
    struct job_kind kind;
    struct jobs *jobs;
    struct id conversation, inbound, message;
    enum outbox_purpose purpose;
    enum outbox_voice voice;
    bool answers; /* a mail that came in */
    bool file;
};

static int write_inbound(struct db *db, struct desk *d, struct err *e)
{
    struct message_new m = {.conversation_id = d->conversation.text,
                            .direction = "inbound",
                            .content = STR("When are you open?"),
                            .at = wall_now(),
                            .processed = true};
    int rc = conversation_add_message(db, d->pool, &m, e);
    snprintf(d->inbound.text, sizeof d->inbound.text, "%s", m.id);
    struct email_new mail = {.message_id = d->inbound.text,
                             .subject = "Hours?",
                             .body_text = "When are you open?",
                             .from_address = ANN,
                             .to_address = DESK,
                             .in_reply_to = "<old@example.com>",
                             .references = STR("[\"<oldest@example.com>\",\"<old@example.com>\"]"),
                             .provider_message_id = "<hers@example.com>",
                             .delivery_status = "received"};
    return rc < 0 ? rc : messages_insert_email(db, &mail, e);
}

static int write_file(struct db *db, struct desk *d, struct err *e)
{
    struct id id = id_new();
    bool done;
    struct attachment_new a = {.id = id.text,
                               .conversation_id = d->conversation.text,
                               .message_id = d->message.text,
                               .provider = "staff",
                               .url = STR(""),
                               .declared_type = STR("application/pdf"),
                               .filename = STR("plan.pdf"),
                               .at = wall_now()};
    struct attachment_end end = {.id = id.text,
                                 .state = "stored",
                                 .content_type = "application/pdf",
                                 .sha256 = "00",
                                 .size_bytes = 5,
                                 .at = wall_now()};
    int rc = attachments_insert(db, &a, e);
    if (rc == 0) {
        struct spooled content = spooled_of(STR("hello"));
        rc = attachments_put_content(db, id.text, &content, e);
    }
    return rc < 0 ? rc : attachments_settle(db, d->pool, &end, &done, e);
}

static int write_mail(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    struct outbox_message m = {.channel = CHANNEL_EMAIL,
                               .from = DESK,
                               .to = ANN,
                               .body = STR("We open at 9."),
                               .purpose = d->purpose,
                               .voice = d->voice,
                               .email = {.subject = "News"},
                               .now = wall_now()};
    struct mail_state parent;
    int rc =
        conversation_begin(db, d->pool, 0, "email", NULL, STR(""), wall_now(), &d->conversation, e);
    if (rc == 0 && d->answers) {
        rc = write_inbound(db, d, e);
    }
    if (rc == 0 && d->answers) {
        rc = mails_get(db, d->pool, d->inbound.text, &parent, e);
    }
    if (rc == 0 && d->answers) {
        rc = mail_thread_next(d->pool, &parent, &m.email, e);
    }
    m.conversation_id = d->conversation.text;
    if (rc == 0) {
        rc = outbox_add(db, d->pool, &m, &d->message, e);
    }
    return rc == 0 && d->file ? write_file(db, d, e) : rc;
}

static void open_desk(struct desk *d, struct desk as)
{
    *d = as;
    d->pool = pool_new();
    d->config = (struct mail_outbox_config){.provider = &far_away,
                                            .account = {.settle_ms = 20},
                                            .address = DESK,
                                            .name = "Lumen",
                                            .reply_tokens = true,
                                            .public_url = "https://desk.example.com"};
    d->kind = (struct job_kind){.name = "send_email",
                                .run = mail_outbox_job,
                                .arg = &d->config,
                                .workers = 2,
                                .max_attempts = 3,
                                .lease_ms = 10000,
                                .backoff_max_ms = 1,
                                .buried = mail_outbox_buried};
    memset(&far, 0, sizeof far);
    far.next = (struct provider_result){.failure = PROVIDER_OK, .retry_after_ms = -1};
    fixture_init_tables(&d->f);
    struct err e = {0};
    EQ_INT(installation_secret(d->f.store, d->pool, MAIL_SECRET, &d->config.key, NULL), 0);
    OK_MSG(store_write(d->f.store, write_mail, d, &e) == 0, "%s", e.text);
}

static void answer(enum provider_failure failure, const char *code, const char *text)
{
    far.next.failure = failure;
    snprintf(far.next.code, sizeof far.next.code, "%s", code);
    snprintf(far.next.text, sizeof far.next.text, "%s", text);
}

static bool is_over(struct desk *d)
{
    return strcmp(fixture_cell(d->f.store, "SELECT count(*) FROM jobs WHERE state <> 'dead'"),
                  "0") == 0;
}

static void pause_briefly(void)
{
    struct timespec ts = {0, 10000000};
    nanosleep(&ts, NULL);
}

/* Runs until nothing is left to be tried. */
static void run_jobs(struct desk *d)
{
    struct jobs *jobs = jobs_start(d->f.store, "me", &d->kind, 1);
    for (int i = 0; i < 3000 && !is_over(d); i++) {
        pause_briefly();
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
    return fixture_cell(
        d->f.store,
        "SELECT e.delivery_status || ' ' || coalesce(e.provider_message_id, '-') || ' ' || "
        "coalesce(e.error_code, '-') || ' ' || coalesce(e.error_message, '-') FROM email_details "
        "e JOIN communication_messages m ON m.id = e.message_id WHERE m.direction = 'outbound'");
}

static const char *count(struct desk *d, const char *event)
{
    return fixture_cell(d->f.store, pool_printf(d->pool,
                                                "SELECT count(*) FROM communication_events WHERE "
                                                "event_type = '%s'",
                                                event));
}

TEST(an_answer_stands_in_its_thread)
{
    struct desk d;
    struct id conversation, message;
    open_desk(&d, (struct desk){.answers = true, .voice = OUTBOX_ASSISTANT});
    run_jobs(&d);
    EQ_INT(far.sends, 1);
    EQ_STR(status(&d), "sent far-1 - -");
    EQ_STR(far.subject, "Re: Hours?");
    EQ_STR(far.in_reply_to, "<hers@example.com>");
    EQ_INT(far.n_references, 3);
    EQ_STR(far.automatic, "auto-replied");
    EQ_STR(far.unsubscribe, "");
    EQ_STR(far.ours, d.message.text);
    /* both the reply address and the Message-ID lead back to the conversation */
    const char *by_address = mail_token_find(d.pool, str_of(far.reply_to));
    const char *by_id = mail_token_find(d.pool, str_of(far.message_id));
    OK(by_address && mail_token_check(d.config.key, str_of(by_address), &conversation));
    EQ_STR(conversation.text, d.conversation.text);
    OK(by_id && mail_token_check(d.config.key, str_of(by_id), &conversation));
    OK(mail_token_message(str_of(far.message_id), &message));
    EQ_STR(message.text, d.message.text);
    EQ_STR(far.bounces_to, far.reply_to);
    close_desk(&d);
}

TEST(what_staff_write_is_no_machines)
{
    struct desk d;
    open_desk(&d,
              (struct desk){.voice = OUTBOX_STAFF, .purpose = OUTBOX_STAFF_MESSAGE, .file = true});
    d.config.reply_tokens = false;
    run_jobs(&d);
    EQ_STR(far.automatic, "");
    EQ_STR(far.reply_to, "");
    EQ_STR(far.bounces_to, DESK);
    EQ_STR(far.subject, "News");
    EQ_STR(far.in_reply_to, "");
    EQ_INT(far.n_files, 1);
    EQ_INT(far.file_bytes, 5);
    close_desk(&d);
}

TEST(a_reminder_can_be_stopped_with_one_click)
{
    struct desk d;
    open_desk(&d, (struct desk){.voice = OUTBOX_AUTOMATION, .purpose = OUTBOX_REMINDER});
    run_jobs(&d);
    OK_MSG(strncmp(far.unsubscribe, "https://desk.example.com/u/", 27) == 0, "%s", far.unsubscribe);
    OK(strstr(far.text, far.unsubscribe));
    EQ_STR(far.automatic, "auto-generated");
    close_desk(&d);
}

static int opt_out(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    struct consent_change c = {ANN, "email", "all", false, "staff", "x", STR(""), wall_now()};
    return consent_write(db, d->pool, &c, e);
}

TEST(who_has_opted_out_gets_nothing)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    EQ_INT(store_write(d.f.store, opt_out, &d, NULL), 0);
    run_jobs(&d);
    EQ_INT(far.sends, 0);
    OK_MSG(strncmp(status(&d), "failed", 6) == 0, "%s", status(&d));
    close_desk(&d);
}

static int again(struct db *db, void *arg, struct err *e)
{
    struct desk *d = arg;
    return outbox_retry(db, d->pool, d->message.text, wall_now(), e);
}

TEST(a_refusal_is_seen_and_can_be_tried_again_by_hand)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    answer(PROVIDER_REFUSED, "5.1.1", "no such user");
    run_jobs(&d);
    EQ_INT(far.sends, 1);
    EQ_STR(status(&d), "failed - 5.1.1 no such user");
    EQ_STR(count(&d, "delivery_failed"), "1");
    struct jobs *first = d.jobs;
    answer(PROVIDER_OK, "", "");
    EQ_INT(store_write(d.f.store, again, &d, NULL), 0);
    EQ_STR(status(&d), "queued - - -");
    run_jobs(&d);
    EQ_STR(status(&d), "sent far-1 - -");
    struct jobs *second = d.jobs;
    d.jobs = first;
    close_desk(&d);
    jobs_free(&second);
}

TEST(an_uncertain_mail_goes_again_under_the_same_name)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    answer(PROVIDER_UNCERTAIN, "", "no answer came");
    run_jobs(&d);
    EQ_INT(far.sends, 3);
    EQ_STR(far.message_id, far.first_message_id);
    EQ_STR(status(&d), "failed - - no answer came; it may have been sent all the same");
    EQ_STR(count(&d, "delivery_failed"), "1");
    close_desk(&d);
}

/* Its reports may take an hour. */
static void take_an_hour(struct desk *d)
{
    d->config.account.settle_ms = 3600000;
}

TEST(what_was_certainly_not_taken_goes_again_at_once)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    take_an_hour(&d);
    answer(PROVIDER_LATER, "429", "too many requests");
    far.next.retry_after_ms = 1;
    run_jobs(&d);
    EQ_INT(far.sends, 3); /* without the hour that a report may take */
    EQ_STR(status(&d), "failed - - too many requests");
    close_desk(&d);

    open_desk(&d, (struct desk){.answers = true});
    take_an_hour(&d);
    answer(PROVIDER_REFUSED, "550", "no");
    run_jobs(&d);
    struct jobs *first = d.jobs;
    answer(PROVIDER_OK, "", "");
    EQ_INT(store_write(d.f.store, again, &d, NULL), 0);
    run_jobs(&d);
    EQ_STR(status(&d), "sent far-1 - -");
    struct jobs *second = d.jobs;
    d.jobs = first;
    close_desk(&d);
    jobs_free(&second);
}

struct reporting {
    struct desk *d;
    struct mail_report report;
    struct mail_bounce bounce;
    const char *told; /* the mail that a bounce was about */
};

static int take_report(struct db *db, void *arg, struct err *e)
{
    struct reporting *r = arg;
    const char *id;
    return mail_report_take(db, r->d->pool, &r->report, &id, e);
}

static void report(struct desk *d, enum mail_event event)
{
    struct reporting r = {d, {d->message.text, "far-1", event, "5.1.1", "nobody", wall_now()}};
    EQ_INT(store_write(d->f.store, take_report, &r, NULL), 0);
}

TEST(a_report_sends_the_waiting_job_home)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    take_an_hour(&d);
    answer(PROVIDER_UNCERTAIN, "", "no answer came");
    struct jobs *jobs = jobs_start(d.f.store, "me", &d.kind, 1);
    static const char waits[] = "SELECT count(*) FROM jobs WHERE state = 'ready' AND attempts = 1";
    for (int i = 0; i < 3000 && strcmp(fixture_cell(d.f.store, waits), "1") != 0; i++) {
        pause_briefly();
    }
    report(&d, MAIL_EVENT_SENT);
    for (int i = 0; i < 3000 && !is_over(&d); i++) {
        pause_briefly();
    }
    jobs_stop(jobs);
    EQ_INT(far.sends, 1);
    EQ_STR(fixture_cell(d.f.store, "SELECT count(*) FROM jobs"), "0");
    EQ_STR(status(&d), "sent far-1 - -");
    d.jobs = jobs;
    close_desk(&d);
}

static const char *seen(struct desk *d)
{
    return fixture_cell(
        d->f.store, "SELECT CASE WHEN opened_at IS NULL THEN '' ELSE 'opened ' END || CASE WHEN "
                    "clicked_at IS NULL THEN '' ELSE 'clicked' END FROM email_details e JOIN "
                    "communication_messages m ON m.id = e.message_id WHERE m.direction = "
                    "'outbound'");
}

TEST(an_event_that_names_an_uncertain_mail_keeps_it_from_going_again)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    report(&d, MAIL_EVENT_SENT); /* it comes before we know that the mail was taken */
    run_jobs(&d);
    EQ_INT(far.sends, 0);
    EQ_STR(status(&d), "sent far-1 - -");
    close_desk(&d);

    open_desk(&d, (struct desk){.answers = true}); /* given up, and then the provider had it */
    answer(PROVIDER_UNCERTAIN, "", "no answer came");
    run_jobs(&d);
    report(&d, MAIL_EVENT_DELIVERED);
    OK_MSG(strncmp(status(&d), "delivered far-1", 15) == 0, "%s", status(&d));
    EQ_STR(fixture_cell(d.f.store, "SELECT count(*) FROM jobs"), "0");
    close_desk(&d);
}

TEST(reports_come_in_any_order_and_twice)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    run_jobs(&d);
    report(&d, MAIL_EVENT_CLICKED);
    EQ_STR(status(&d), "delivered far-1 - -");
    report(&d, MAIL_EVENT_SENT);
    report(&d, MAIL_EVENT_DEFERRED);
    report(&d, MAIL_EVENT_DELIVERED);
    EQ_STR(status(&d), "delivered far-1 - -");
    EQ_STR(seen(&d), "clicked");
    report(&d, MAIL_EVENT_OPENED);
    EQ_STR(seen(&d), "opened clicked");
    report(&d, MAIL_EVENT_BOUNCED); /* a server behind the first could not keep it */
    report(&d, MAIL_EVENT_BOUNCED);
    report(&d, MAIL_EVENT_DELIVERED);
    report(&d, MAIL_EVENT_DROPPED);
    EQ_STR(status(&d), "bounced far-1 5.1.1 nobody");
    EQ_STR(count(&d, "delivery_failed"), "1");
    close_desk(&d);
}

static int take_bounce(struct db *db, void *arg, struct err *e)
{
    struct reporting *r = arg;
    return mail_bounce_take(db, r->d->pool, &r->bounce, wall_now(), &r->told, e);
}

/* Was it about our mail? */
static bool bounce(struct desk *d, const char *of, const char *id, const char *action)
{
    struct reporting r = {.d = d, .bounce = {of, "5.2.2", action, "mailbox full", id}};
    EQ_INT(store_write(d->f.store, take_bounce, &r, NULL), 0);
    return r.told != NULL;
}

TEST(a_bounce_marks_the_mail_that_it_names)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    run_jobs(&d);
    OK(!bounce(&d, ANN, NULL, "failed"));
    OK(!bounce(&d, ANN, "<elsewhere@example.com>", "failed"));
    OK(!bounce(&d, "eve@example.com", far.message_id, "failed"));
    EQ_STR(status(&d), "sent far-1 - -");
    OK(bounce(&d, ANN, far.message_id, "delayed"));
    EQ_STR(status(&d), "sent far-1 - -");
    OK(bounce(&d, ANN, far.message_id, "failed"));
    OK(bounce(&d, ANN, far.message_id, "failed"));
    EQ_STR(status(&d), "bounced far-1 5.2.2 mailbox full");
    EQ_STR(count(&d, "delivery_failed"), "1");
    close_desk(&d);
}

/* ---- SendGrid's webhook, from the body on ---- */

static int take_event(struct desk *d, struct str part, const char *name, bool *duplicate)
{
    struct inbox_config config = {.number = ""};
    struct journal_entry entry = {.provider = "sendgrid",
                                  .kind = "event",
                                  .provider_id = name,
                                  .target = "/",
                                  .body = part,
                                  .proof = "signature",
                                  .received_at = wall_now()};
    struct inbox_result result = {0};
    struct err e = {0};
    int rc = inbox_take(d->f.store, d->pool, &config, &entry, &result, &e);
    *duplicate = result.duplicate;
    return rc;
}

/* Takes all of a batch; returns how many were not had before. */
static int take_batch(struct desk *d, const char *body)
{
    struct sendgrid_part *parts;
    size_t n;
    int fresh = 0;
    EQ_INT(sendgrid_split(d->pool, str_of(body), &parts, &n, NULL), 0);
    for (size_t i = 0; i < n; i++) {
        bool duplicate;
        EQ_INT(take_event(d, parts[i].part, parts[i].name, &duplicate), 0);
        fresh += !duplicate;
    }
    return fresh;
}

TEST(sendgrids_events_count_once)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    run_jobs(&d);
    const char *batch = pool_printf(
        d.pool,
        "[{\"event\":\"open\",\"sg_event_id\":\"a\",\"email\":\"Ann@Example.com\",\"timestamp\":"
        "1700000000,\"sg_machine_open\":true,\"ava_message\":\"%s\"},\r\n{\"event\":\"delivered\","
        "\"sg_event_id\":\"b\",\"ava_message\":\"%s\",\"sg_message_id\":\"far-1.filter.1\"},\r\n{"
        "\"event\":\"processed\",\"sg_event_id\":\"c\",\"smtp-id\":\"%s\"},{\"event\":\"novelty\"},"
        "{\"event\":\"delivered\",\"sg_event_id\":\"d\",\"sg_message_id\":\"anothers.filter.1\"}]"
        "\r\n",
        d.message.text, d.message.text, far.message_id);
    EQ_INT(take_batch(&d, batch), 5);
    EQ_STR(status(&d), "delivered far-1 - -");
    EQ_STR(seen(&d), ""); /* a mail program that loads pictures by itself is no reader */
    EQ_INT(take_batch(&d, batch), 0);
    close_desk(&d);
}

static const char *ledger(struct desk *d)
{
    return fixture_cell(d->f.store, "SELECT address || ' ' || purpose || ' ' || state || ' ' || "
                                    "source || ' ' || actor FROM consents ORDER BY seq DESC");
}

TEST(a_spam_report_ends_e_mails)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    run_jobs(&d);
    const char *batch = pool_printf(
        d.pool,
        "[{\"event\":\"spamreport\",\"sg_event_id\":\"s\",\"email\":\"Ann@Example.com\","
        "\"ava_message\":\"%s\"},{\"event\":\"unsubscribe\",\"sg_event_id\":\"u\","
        "\"email\":\"ann@example.com\"}]",
        d.message.text);
    EQ_INT(take_batch(&d, batch), 2);
    EQ_STR(ledger(&d), ANN " all revoked spam_report customer");
    EQ_STR(fixture_cell(d.f.store, "SELECT count(*) FROM consents"), "1");
    EQ_STR(count(&d, "opt_out"), "1");
    EQ_STR(status(&d), "delivered far-1 - -");
    struct desk second = d;
    struct err e = {0};
    EQ_INT(store_write(d.f.store, write_mail, &second, &e), ERR_OPTED_OUT);
    close_desk(&d);
}

TEST(what_sendgrid_drops_is_known_as_dropped)
{
    struct desk d;
    open_desk(&d, (struct desk){.answers = true});
    run_jobs(&d);
    const char *batch =
        pool_printf(d.pool,
                    "[{\"event\":\"dropped\",\"sg_event_id\":\"x\",\"email\":\"" ANN
                    "\",\"reason\":\"Unsubscribed Address\",\"ava_message\":\"%s\"},"
                    "{\"event\":\"group_unsubscribe\",\"sg_event_id\":\"y\","
                    "\"email\":\"bob@example.com\",\"asm_group_id\":1}]",
                    d.message.text);
    EQ_INT(take_batch(&d, batch), 2);
    EQ_STR(status(&d), "dropped far-1 - Unsubscribed Address");
    EQ_STR(fixture_cell(d.f.store, "SELECT source FROM consents WHERE address = '" ANN "'"),
           "provider_error");
    EQ_STR(fixture_cell(d.f.store, "SELECT purpose FROM consents WHERE address LIKE 'bob%'"),
           "marketing");
    close_desk(&d);
}

TEST(a_batch_that_is_none_is_refused)
{
    static const char *const bad[] = {"", "{}", "[1]", "[", "[{}", "null", "[[]]"};
    struct pool *p CLEANUP(pool_free) = pool_new();
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct sendgrid_part *parts;
        size_t n;
        tap_case("%s", bad[i]);
        EQ_INT(sendgrid_split(p, str_of(bad[i]), &parts, &n, NULL), ERR_MALFORMED);
    }
    struct sendgrid_event s;
    EQ_INT(sendgrid_event_read(p, STR("{}"), &s, NULL), ERR_MALFORMED);
    EQ_INT(sendgrid_event_read(p, STR("[]"), &s, NULL), ERR_MALFORMED);
}

int main(void)
{
    return tap_run();
}
