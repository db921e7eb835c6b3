/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What e-mails become in the store: the right conversation and never a stranger's, an answer for
 * people and none for machines, files, reports on what was sent, and nothing half or twice.
 */
#include "base/fault.h"
#include "base/json_read.h"
#include "channels/inbox.h"
#include "channels/mail_take.h"
#include "domain/installation_secret.h"
#include "mail/mail_token.h"
#include "store_fixture.h"
#include "tap.h"

#define DESK "desk@in.example.org"
#define CELL(text) fixture_cell(f.store, text)
#define COUNT(what) fixture_cell(f.store, "SELECT count(*) FROM " what)
#define TURNS COUNT("jobs WHERE kind = 'turn'")

static const struct inbox_config config = {
    .rules = {.idle_us = 4 * 3600 * US_PER_SECOND, .reopen_us = 3600 * US_PER_SECOND},
    .mail = {.address = DESK,
             .aliases = "spa@example.org",
             .replies = 3,
             .spam_score = 5,
             .file_max = 2000},
};

static int take_as(struct store *s, const char *mail, const char *headers, struct inbox_result *out,
                   struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct journal_entry entry = {
        .provider = "mail",
        .kind = "message",
        .target = "",
        .headers = str_of(headers),
        .body = STR(""),
        .raw = str_of(mail),
        .proof = "delivered",
        .received_at = wall_now(),
    };
    return inbox_take(s, p, &config, &entry, out, e);
}

static struct inbox_result take(struct store *s, const char *mail)
{
    struct inbox_result out = {.duplicate = false};
    struct err e = {0};
    int rc = take_as(s, mail, "{}", &out, &e);
    OK_MSG(rc == 0, "%s", e.text);
    return out;
}

/* A mail with these headers, besides what every mail has. */
#define MAIL(from, id, more, body)                                                                 \
    "From: " from "\r\nTo: " DESK "\r\nMessage-ID: <" id                                           \
    ">\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" more "\r\n" body       \
    "\r\n"
#define DANA "Dana Smith <Dana@Example.com>"

static const char *cell(struct store *s, const char *format, ...) PRINTF_LIKE(2, 3);

static const char *cell(struct store *s, const char *format, ...)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    va_list args;
    va_start(args, format);
    const char *text = pool_vprintf(p, format, args);
    va_end(args);
    return fixture_cell(s, text);
}

static const char *conversation_of(struct store *s, const struct inbox_result *r, char out[64])
{
    snprintf(out, 64, "%s",
             cell(s, "SELECT conversation_id FROM communication_messages WHERE id = '%s'",
                  r->message_id.text));
    return out;
}

static const char *reason_of(struct store *s, const struct inbox_result *r)
{
    static char reason[100];
    struct pool *p CLEANUP(pool_free) = pool_new();
    const char *details = cell(s,
                               "SELECT details FROM communication_events WHERE message_id = '%s' "
                               "ORDER BY id LIMIT 1",
                               r->message_id.text);
    json_t *document = NULL;
    bool read = details && json_read(p, str_of(details), &document, NULL) == 0;
    snprintf(reason, sizeof reason, "%s", read ? json_get_text(document, "reason", "") : "");
    return reason;
}

TEST(a_mail_becomes_a_conversation_with_a_turn_to_take)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    struct inbox_result out =
        take(f.store, MAIL(DANA, "a@example.com", "Subject: Botox\r\n", "When are you open?"));
    OK(!out.duplicate && out.message_id.text[0]);
    EQ_STR(CELL("SELECT content FROM communication_messages"), "When are you open?");
    EQ_STR(CELL("SELECT channel FROM conversations"), "email");
    EQ_STR(CELL("SELECT subject FROM conversations"), "Botox");
    EQ_STR(CELL("SELECT name FROM customers"), "Dana Smith");
    EQ_STR(CELL("SELECT email FROM customers"), "dana@example.com");
    EQ_STR(CELL("SELECT from_address FROM email_details"), "dana@example.com");
    EQ_STR(CELL("SELECT to_address FROM email_details"), DESK);
    EQ_STR(CELL("SELECT provider_message_id FROM email_details"), "<a@example.com>");
    EQ_STR(CELL("SELECT subject FROM email_details"), "Botox");
    EQ_STR(CELL("SELECT state FROM inbound_requests"), "done");
    EQ_STR(CELL("SELECT message_id FROM inbound_requests"), out.message_id.text);
    EQ_STR(TURNS, "1");
}

TEST(a_customer_without_a_name_gets_the_one_beside_the_address)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    take(f.store, MAIL("dana@example.com", "a@x", "", "Are you open?"));
    EQ_STR(CELL("SELECT name FROM customers"), "dana@example.com");
    take(f.store, MAIL("\"dana@example.com\" <dana@example.com>", "b@x", "", "Hello?"));
    EQ_STR(CELL("SELECT name FROM customers"), "dana@example.com");
    take(f.store, MAIL(DANA, "c@x", "Auto-Submitted: auto-replied\r\n", "I am away"));
    EQ_STR(CELL("SELECT name FROM customers"), "dana@example.com");
    take(f.store, MAIL(DANA, "d@x", "", "On Sunday, I mean."));
    EQ_STR(CELL("SELECT name FROM customers"), "Dana Smith");
    take(f.store, MAIL("D. <dana@example.com>", "e@x", "", "Well?"));
    EQ_STR(CELL("SELECT name FROM customers"), "Dana Smith");
}

TEST(whom_nothing_proves_is_left_to_the_staff_if_that_is_wished)
{
    static const struct {
        const char *header, *reason;
    } rows[] = {{"", "sender_not_proven"},
                {"Authentication-Results: mx.example.org; spf=none\r\n", "sender_not_proven"},
                {"Authentication-Results: mx.example.org; dkim=pass header.d=example.com\r\n", ""}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(fixture_clear) struct fixture f;
        struct pool *p CLEANUP(pool_free) = pool_new();
        struct inbox_config strict = config;
        struct inbox_result out;
        fixture_init_tables(&f);
        strict.mail.only_proven = true;
        const char *mail = pool_printf(
            p, "%sFrom: %s\r\nTo: %s\r\nMessage-ID: <1@x>\r\n\r\nWhen are you open?\r\n",
            rows[i].header, DANA, DESK);
        struct journal_entry entry = {.provider = "mail",
                                      .kind = "message",
                                      .target = "",
                                      .body = STR(""),
                                      .raw = str_of(mail),
                                      .proof = "delivered",
                                      .received_at = wall_now()};
        tap_case("%s", rows[i].header);
        EQ_INT(inbox_take(f.store, p, &strict, &entry, &out, NULL), 0);
        EQ_STR(reason_of(f.store, &out), rows[i].reason);
        EQ_STR(TURNS, rows[i].reason[0] ? "0" : "1");
    }
}

TEST(the_same_mail_counts_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    for (int i = 0; i < 5; i++) {
        EQ_INT(take(f.store, MAIL(DANA, "a@example.com", "Subject: x\r\n", "Hello")).duplicate,
               i > 0);
    }
    EQ_STR(COUNT("communication_messages"), "1");
    EQ_STR(TURNS, "1");
    /* Another mail under the same Message-ID is another mail. */
    OK(!take(f.store, MAIL(DANA, "a@example.com", "Subject: x\r\n", "Hello again")).duplicate);
    EQ_STR(COUNT("communication_messages"), "2");
    EQ_STR(COUNT("customers"), "1");
}

static void *take_one(void *store)
{
    take(store, MAIL(DANA, "a@example.com", "Subject: x\r\n", "Hello"));
    return NULL;
}

TEST(ten_at_the_same_instant_count_once)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    fixture_ten_at_once(&f, take_one);
    EQ_STR(COUNT("communication_messages"), "1");
    EQ_STR(COUNT("customers"), "1");
    EQ_STR(TURNS, "1");
}

/* The token of a conversation. */
static const char *token_of(struct store *s, struct pool *p, const char *conversation)
{
    struct str secret;
    EQ_INT(installation_secret(s, p, MAIL_SECRET, &secret, NULL), 0);
    return mail_token_make(p, secret, conversation);
}

TEST(a_reply_finds_its_conversation)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    char first[64], next[64];
    fixture_init_tables(&f);
    struct inbox_result out = take(f.store, MAIL(DANA, "a@example.com", "Subject: x\r\n", "One"));
    conversation_of(f.store, &out, first);
    const char *token = token_of(f.store, p, first);
    const char *by_token = pool_printf(
        p,
        "From: DANA@example.com\r\nTo: %s\r\nMessage-ID: <b@example.com>\r\nSubject: another\r\n"
        "\r\nBy token\r\n",
        mail_token_address(p, DESK, token));
    out = take(f.store, by_token);
    EQ_STR(conversation_of(f.store, &out, next), first);
    EQ_STR(cell(f.store, "SELECT to_address FROM email_details WHERE message_id = '%s'",
                out.message_id.text),
           DESK);
    out = take(f.store, MAIL(DANA, "c@example.com",
                             "Subject: other\r\nIn-Reply-To: <a@example.com>\r\n", "By id"));
    EQ_STR(conversation_of(f.store, &out, next), first);
    out = take(f.store, MAIL(DANA, "d@example.com",
                             "Subject: more\r\nReferences: <x@y> <b@example.com> <z@y>\r\n",
                             "By reference"));
    EQ_STR(conversation_of(f.store, &out, next), first);
    EQ_STR(COUNT("conversations"), "1");
    EQ_STR(COUNT("customers"), "1");
}

TEST(the_subject_of_an_open_conversation_is_enough_for_its_own_customer)
{
    CLEANUP(fixture_clear) struct fixture f;
    char first[64], next[64];
    fixture_init_tables(&f);
    struct inbox_result out =
        take(f.store, MAIL(DANA, "a@example.com", "Subject: My visit\r\n", "One"));
    conversation_of(f.store, &out, first);
    out = take(f.store, MAIL(DANA, "b@example.com", "Subject: RE: my visit\r\n", "Two"));
    EQ_STR(conversation_of(f.store, &out, next), first);
    out = take(f.store, MAIL(DANA, "c@example.com", "Subject: Botox\r\n", "Three"));
    OK(strcmp(conversation_of(f.store, &out, next), first) != 0);
    out = take(f.store,
               MAIL("eve@example.net", "d@example.net", "Subject: Re: My visit\r\n", "Four"));
    OK(strcmp(conversation_of(f.store, &out, next), first) != 0);
    EQ_STR(COUNT("conversations"), "3");
}

TEST(a_stranger_never_joins_a_thread)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    char first[64], next[64];
    fixture_init_tables(&f);
    struct inbox_result out =
        take(f.store, MAIL(DANA, "a@example.com", "Subject: x\r\nCc: eve@example.net\r\n", "One"));
    conversation_of(f.store, &out, first);
    const char *token = token_of(f.store, p, first);
    const char *forwarded = pool_printf(
        p,
        "From: Eve <eve@example.net>\r\nTo: %s\r\nMessage-ID: <b@example.net>\r\nSubject: Re: x\r\n"
        "In-Reply-To: <a@example.com>\r\nReferences: <a@example.com>\r\n\r\nWhen is her visit?\r\n",
        mail_token_address(p, DESK, token));
    out = take(f.store, forwarded);
    OK(strcmp(conversation_of(f.store, &out, next), first) != 0);
    EQ_STR(reason_of(f.store, &out), "stranger_in_thread");
    EQ_STR(COUNT("customers"), "2");
    /* A token that nobody made is no token. */
    token = pool_printf(p, "%.38s%c", token, token[38] == 'a' ? 'b' : 'a');
    out = take(f.store, pool_printf(p,
                                    "From: " DANA "\r\nTo: %s\r\nMessage-ID: <c@example.com>\r\n"
                                    "Subject: other\r\n\r\nHello\r\n",
                                    mail_token_address(p, DESK, token)));
    OK(strcmp(conversation_of(f.store, &out, next), first) != 0);
    EQ_STR(reason_of(f.store, &out), "");
}

TEST(a_completed_conversation_goes_on_but_for_thanks)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    take(f.store, MAIL(DANA, "a@example.com", "Subject: x\r\n", "One"));
    EQ_INT(
        fixture_script(f.store, "UPDATE conversations SET status = 'completed'; DELETE FROM jobs;"),
        0);
    take(f.store, MAIL(DANA, "b@example.com", "In-Reply-To: <a@example.com>\r\n", "Thank you!"));
    EQ_STR(TURNS, "0");
    EQ_STR(CELL("SELECT status FROM conversations"), "completed");
    take(f.store, MAIL(DANA, "c@example.com", "In-Reply-To: <a@example.com>\r\n",
                       "Can we make it Tuesday instead?"));
    EQ_STR(TURNS, "1");
    EQ_STR(CELL("SELECT status FROM conversations"), "active");
    EQ_STR(COUNT("conversations"), "1");
}

TEST(machines_are_stored_and_not_answered)
{
    static const struct {
        const char *mail, *reason;
    } rows[] = {
        {MAIL(DANA, "1@x", "Subject: Out\r\nAuto-Submitted: auto-replied\r\n", "I am away"), NULL},
        {MAIL(DANA, "2@x", "Subject: News\r\nPrecedence: bulk\r\n", "Buy"), "bulk"},
        {MAIL(DANA, "3@x", "Subject: L\r\nList-Id: <l.example.com>\r\n", "List"), "list"},
        {MAIL("noreply@example.com", "4@x", "Subject: No\r\n", "No"), "no_reply"},
        {MAIL(DESK, "5@x", "Subject: Loop\r\n", "Me"), "own_address"},
        {MAIL("spa+tag@EXAMPLE.org", "6@x", "Subject: Loop\r\n", "Me"), "own_address"},
        {"Return-Path: <>\r\n" MAIL(DANA, "7@x", "Subject: Hm\r\n", "Hm"), NULL},
    };
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("mail %zu", i + 1);
        struct inbox_result out = take(f.store, rows[i].mail);
        const char *reason = reason_of(f.store, &out);
        OK(reason[0] != '\0');
        if (rows[i].reason) {
            EQ_STR(reason, rows[i].reason);
        }
        EQ_STR(cell(f.store, "SELECT processed FROM communication_messages WHERE id = '%s'",
                    out.message_id.text),
               "1");
    }
    EQ_STR(TURNS, "0");
    EQ_STR(COUNT("customers"), "0");
}

TEST(an_envelope_without_a_sender_is_a_machine)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    EQ_INT(take_as(f.store, MAIL(DANA, "a@x", "Subject: x\r\n", "Hm"),
                   "{\"Envelope-From\":\"\",\"Envelope-To\":[\"desk@in.example.org\"]}", &out,
                   NULL),
           0);
    EQ_STR(TURNS, "0");
}

TEST(what_its_domain_disowns_is_for_a_person)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    struct inbox_result out =
        take(f.store,
             "Authentication-Results: mx.example.org; spf=fail smtp.mailfrom=example.com; "
             "dkim=none; dmarc=fail\r\n" MAIL(DANA, "a@x", "Subject: x\r\n", "Cancel my visit"));
    EQ_STR(reason_of(f.store, &out), "sender_not_proven");
    EQ_STR(TURNS, "0");
    EQ_STR(COUNT("communication_events WHERE event_type = 'escalation_requested'"), "1");
}

TEST(whose_name_is_not_proven_is_not_taken_for_a_customer)
{
    static const struct {
        const char *results;
        bool answered; /* when the sender is a customer already */
    } rows[] = {
        {"spf=pass smtp.mailfrom=dana@example.com", true},
        {"spf=pass smtp.mailfrom=eve@evil.example", false},
        {"dkim=pass header.d=mail.example.com", true},
        {"dkim=pass header.d=evil.example", false},
        {"dkim=pass header.i=@notexample.com", false},
        {"dkim=pass header.d=evil.example; dkim=pass header.d=example.com", true},
        {"spf=softfail smtp.mailfrom=example.com; dkim=none", false},
        {"spf=fail smtp.mailfrom=example.com; dkim=pass header.d=example.com", true},
        {"dmarc=pass header.from=example.com", true},
        {"none", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(fixture_clear) struct fixture f;
        struct pool *p CLEANUP(pool_free) = pool_new();
        fixture_init_tables(&f);
        EQ_INT(fixture_script(f.store,
                              "INSERT INTO customers (name, email, created_at, updated_at) "
                              "VALUES ('D', 'Dana@example.com', {now}, {now});"),
               0);
        tap_case("%s", rows[i].results);
        take(f.store, pool_printf(p,
                                  "Authentication-Results: mx.example.org; %s\r\n"
                                  "From: " DANA "\r\nTo: " DESK "\r\nSubject: x\r\n"
                                  "Message-ID: <a@x>\r\n\r\nCancel my visit\r\n",
                                  rows[i].results));
        EQ_STR(TURNS, rows[i].answered ? "1" : "0");
        EQ_STR(COUNT("customers"), "1");
    }
}

TEST(what_was_written_days_ago_is_for_a_person)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    fixture_init_tables(&f);
    struct inbox_result out = {.duplicate = false};
    for (int day = 2; day <= 4; day++) {
        char date[WALL_RFC2822_BYTES];
        wall_format_rfc2822((struct wall){wall_now().us - day * US_PER_DAY}, date);
        out = take(f.store, pool_printf(p,
                                        "From: " DANA "\r\nTo: " DESK "\r\nSubject: %d\r\n"
                                        "Date: %s\r\nMessage-ID: <%d@x>\r\n\r\nHello\r\n",
                                        day, date, day));
    }
    EQ_STR(reason_of(f.store, &out), "late");
    EQ_STR(TURNS, "1"); /* two days ago; three are over since a moment */
}

TEST(answers_to_one_address_are_counted)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct inbox_result out = {.duplicate = false};
    fixture_init_tables(&f);
    for (int i = 0; i < 5; i++) {
        out = take(f.store, pool_printf(p,
                                        "From: " DANA "\r\nTo: " DESK "\r\nSubject: s %d\r\n"
                                        "Message-ID: <%d@x>\r\n\r\nHello %d\r\n",
                                        i, i, i));
    }
    EQ_STR(TURNS, "3");
    EQ_STR(reason_of(f.store, &out), "too_many");
    take(f.store, MAIL("eve@example.net", "e@x", "Subject: x\r\n", "Hello"));
    EQ_STR(TURNS, "4");
}

#define BOUNDARY "Content-Type: multipart/mixed; boundary=b\r\n"
#define WITH_FILES                                                                                 \
    "From: " DANA "\r\nTo: " DESK "\r\nSubject: files\r\nMessage-ID: <f@x>\r\n"                    \
    "MIME-Version: 1.0\r\n" BOUNDARY "\r\n--b\r\nContent-Type: text/plain\r\n\r\nTwo files\r\n"    \
    "--b\r\nContent-Type: application/pdf; name=\"q.pdf\"\r\nContent-Disposition: attachment; "    \
    "filename=\"q.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjcK\r\n"              \
    "--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; "           \
    "filename=\"run.exe\"\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAA=\r\n--b--\r\n"

TEST(files_are_stored_or_refused_with_the_mail)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    take(f.store, WITH_FILES);
    EQ_STR(COUNT("attachments"), "2");
    EQ_STR(CELL("SELECT state FROM attachments WHERE filename = 'q.pdf'"), "stored");
    EQ_STR(CELL("SELECT content_type FROM attachments WHERE filename = 'q.pdf'"),
           "application/pdf");
    EQ_STR(CELL("SELECT content FROM attachment_contents"), "JVBERi0xLjcK");
    EQ_STR(CELL("SELECT state FROM attachments WHERE filename = 'run.exe'"), "refused");
    EQ_STR(COUNT("communication_events WHERE event_type = 'attachment_missing'"), "1");
    OK(strstr(CELL("SELECT attachments FROM email_details"), "/api/admin/attachments/") != NULL);
    EQ_STR(COUNT("jobs WHERE kind = 'media'"), "0");
    EQ_STR(TURNS, "1");
}

#define REPORT(recipient, action, status)                                                          \
    "From: MAILER-DAEMON@mx.example.net\r\nTo: " DESK "\r\nSubject: Undelivered\r\n"               \
    "Message-ID: <r" status action "@mx>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; " \
    "report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nNo "    \
    "such user\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n"  \
    "\r\nFinal-Recipient: rfc822; " recipient "\r\nAction: " action "\r\nStatus: " status          \
    "\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n--b\r\nContent-Type: "                     \
    "text/rfc822-headers\r\n\r\nMessage-ID: %s\r\nSubject: x\r\n\r\n--b--\r\n"

/* One of ours that went to Dana; *name_out is its Message-ID. */
static void send_one(struct store *s, struct pool *p, const char *conversation,
                     const struct id *message, const char **name_out)
{
    const char *token = token_of(s, p, conversation);
    *name_out = mail_token_message_id(p, token, message->text, "in.example.org");
    const char *script = pool_printf(
        p,
        "INSERT INTO communication_messages (id, conversation_id, direction, content, sent_at) "
        "VALUES ('%s', '%s', 'outbound', 'Hi', {now}); INSERT INTO email_details (message_id, "
        "subject, body_text, from_address, to_address, delivery_status) VALUES ('%s', 'x', 'Hi', "
        "'" DESK "', 'dana@example.com', 'sent');",
        message->text, conversation, message->text);
    EQ_INT(fixture_script(s, script), 0);
}

#define STATUS CELL("SELECT delivery_status FROM email_details WHERE body_text = 'Hi'")
#define FAILURES COUNT("communication_events WHERE event_type = 'delivery_failed'")

TEST(a_report_marks_the_mail_it_is_about)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    char conversation[64];
    struct id message = id_new();
    const char *name;
    fixture_init_tables(&f);
    struct inbox_result out = take(f.store, MAIL(DANA, "a@x", "Subject: x\r\n", "One"));
    conversation_of(f.store, &out, conversation);
    send_one(f.store, p, conversation, &message, &name);
    take(f.store, pool_printf(p, REPORT("dana@example.com", "delayed", "4.4.7"), name));
    EQ_STR(STATUS, "sent");
    take(f.store, pool_printf(p, REPORT("somebody@example.com", "failed", "5.1.2"), name));
    EQ_STR(STATUS, "sent");
    take(f.store, pool_printf(p, REPORT("dana@example.com", "failed", "5.1.1"), "<none@x>"));
    EQ_STR(STATUS, "sent");
    EQ_STR(FAILURES, "0");
    take(f.store, pool_printf(p, REPORT("dana@example.com", "failed", "5.1.1"), name));
    EQ_STR(STATUS, "bounced");
    EQ_STR(FAILURES, "1");
    take(f.store, pool_printf(p, REPORT("dana@example.com", "failed", "5.2.2"), name));
    EQ_STR(FAILURES, "1");
    EQ_STR(COUNT("communication_messages"), "2");
    EQ_STR(COUNT("customers"), "1");
    EQ_STR(TURNS, "1");
}

TEST(a_word_that_stops_e_mails_has_its_effect)
{
    CLEANUP(fixture_clear) struct fixture f;
    fixture_init_tables(&f);
    take(f.store, MAIL(DANA, "a@x", "Subject: Re: Your visit\r\n", "STOP"));
    EQ_STR(CELL("SELECT state FROM consents WHERE channel = 'email'"), "revoked");
    EQ_STR(CELL("SELECT address FROM consents"), "dana@example.com");
    EQ_STR(TURNS, "0");
}

static char *large_mail(struct pool *p, const char *id)
{
    size_t n = INBOX_RAW_KEPT_BYTES + 1000;
    char *words = pool_alloc(p, n + 1);
    memset(words, 'w', n);
    for (size_t i = 60; i < n; i += 60) {
        words[i] = '\n';
    }
    return pool_printf(p,
                       "From: " DANA "\r\nTo: " DESK "\r\nSubject: large\r\n"
                       "Message-ID: <%s>\r\n\r\n%s",
                       id, words);
}

static int replay(struct store *s, struct inbox_result *out)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    char id[64];
    snprintf(id, sizeof id, "%s", fixture_cell(s, "SELECT id FROM inbound_requests"));
    return inbox_replay(s, p, &config, id, out, NULL);
}

TEST(of_a_large_mail_the_journal_keeps_the_beginning)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct inbox_result out;
    fixture_init_tables(&f);
    take(f.store, large_mail(p, "l@x"));
    EQ_STR(CELL("SELECT length(body) <= 262144 FROM inbound_requests"), "1");
    OK(strstr(CELL("SELECT headers FROM inbound_requests"), "Body-Kept") != NULL);
    EQ_INT(replay(f.store, &out), 0);
    OK(out.duplicate);
    EQ_STR(COUNT("communication_messages"), "1");
    EQ_INT(fixture_script(f.store, "DELETE FROM communication_messages;"), 0);
    EQ_INT(replay(f.store, &out), ERR_NOT_FOUND);
    EQ_STR(COUNT("communication_messages"), "0");
}

TEST(bytes_that_are_no_text_come_back_out_of_the_journal)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    fixture_init_tables(&f);
    take(f.store, "From: " DANA "\r\nTo: " DESK "\r\nSubject: x\r\nMessage-ID: <l@x>\r\n"
                  "Content-Type: text/plain; charset=iso-8859-1\r\n\r\nGr\xfc\xdf"
                  "e\r\n");
    EQ_STR(CELL("SELECT content FROM communication_messages"), "Grüße");
    OK(strstr(CELL("SELECT headers FROM inbound_requests"), "base64") != NULL);
    EQ_INT(fixture_script(f.store, "DELETE FROM communication_messages;"), 0);
    EQ_INT(replay(f.store, &out), 0);
    OK(!out.duplicate);
    EQ_STR(CELL("SELECT content FROM communication_messages"), "Grüße");
}

TEST(what_is_no_mail_is_kept)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct inbox_result out;
    struct err e = {0};
    fixture_init_tables(&f);
    EQ_INT(take_as(f.store, "", "{}", &out, &e), ERR_MALFORMED);
    OK(out.kept);
    EQ_STR(CELL("SELECT state FROM inbound_requests"), "failed");
    EQ_STR(COUNT("communication_messages"), "0");
}

/* Noise of many megabytes costs the journal no more than its beginning; named by all of it, it is
 * kept once. */
TEST(of_large_noise_the_journal_keeps_the_beginning)
{
    CLEANUP(fixture_clear) struct fixture f;
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct inbox_result out;
    struct err e = {0};
    fixture_init_tables(&f);
    enum { BYTES = 3 << 20 };
    char *noise = pool_alloc_raw(p, BYTES + 1);
    memset(noise, '\xfe', BYTES);
    noise[BYTES] = '\0';
    for (int i = 0; i < 2; i++) {
        EQ_INT(take_as(f.store, noise, "{}", &out, &e), ERR_MALFORMED);
        OK(out.kept);
    }
    EQ_STR(CELL("SELECT count(*) FROM inbound_requests WHERE state = 'failed'"), "1");
    EQ_STR(CELL("SELECT length(body) < 400000 FROM inbound_requests"), "1");
    EQ_INT(replay(f.store, &out), ERR_NOT_FOUND);
    EQ_STR(COUNT("communication_messages"), "0");
}

TEST(nothing_half_when_the_store_fails)
{
#ifndef AVA_FAULTS
    SKIP("built without faults");
#else
    for (long n = 1; n < 60; n++) {
        CLEANUP(fixture_clear) struct fixture f;
        struct inbox_result out;
        fixture_init_tables(&f);
        fault_arm(FAULT_STORE, n, false);
        int rc = take_as(f.store, WITH_FILES, "{}", &out, NULL);
        bool reached = fault_calls(FAULT_STORE) >= n;
        fault_arm(FAULT_STORE, 0, false);
        tap_case("call %ld", n);
        if (rc < 0) {
            EQ_STR(COUNT("communication_messages"), "0");
            EQ_STR(COUNT("attachments"), "0");
            EQ_STR(COUNT("customers"), "0");
            EQ_STR(COUNT("inbound_requests WHERE state = 'done'"), "0");
            EQ_INT(take_as(f.store, WITH_FILES, "{}", &out, NULL), 0);
        }
        EQ_STR(COUNT("communication_messages"), "1");
        EQ_STR(COUNT("attachments"), "2");
        EQ_STR(TURNS, "1");
        if (!reached) {
            break;
        }
    }
#endif
}

int main(void)
{
    return tap_run();
}
