/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What everybody who sends e-mails must do: each row of the table runs through all of it against
 * its stand-in. To add one: its file in src/channels, a stand-in, a row here.
 */
#include "base/json_read.h"
#include "channels/mail_provider.h"
#include "io/http_client.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_mail.h"
#include "tap.h"

#define CUSTOMER "ann@example.com"
#define WORD "contract-word"
#define ID "<m.1@in.example.org>"

struct row {
    const struct mail_provider_ops *ops;
    const char *scheme;
    int (*port)(const struct sandbox *s);
    int later, refused; /* statuses of answers that say so */
};

static const struct row rows[] = {
    {&mail_provider_sendgrid, "http", sandbox_port, 503, 400},
    {&mail_provider_smtp, "smtp", sandbox_smtp_port, 450, 550},
};

struct stand_in {
    const struct row *row;
    struct sandbox *sandbox;
    struct http_client *http;
    struct pool *pool;
    struct mail_account account;
    struct mail_draft draft;
};

static bool begin(const struct row *row, struct stand_in *x)
{
    struct sandbox_config config = {.listen = "127.0.0.1:0", .token = WORD, .callback_ms = 20};
    struct err e = {0};
    *x = (struct stand_in){.row = row, .pool = pool_new(), .http = http_client_new()};
    tap_case("%s", row->ops->name);
    if (!OK_MSG(sandbox_new(&config, &x->sandbox, &e) == 0, "%s", e.text)) {
        return false;
    }
    x->account = (struct mail_account){
        .url = pool_printf(x->pool, "%s://127.0.0.1:%d", row->scheme, row->port(x->sandbox)),
        .user = "ava",
        .secret = WORD,
        .plain = true,
        .timeout_ms = 5000};
    x->draft = (struct mail_draft){.from = {"Lumen", SANDBOX_MAIL_ADDRESS},
                                   .to = CUSTOMER,
                                   .subject = "Your visit",
                                   .text = STR("We open at 9."),
                                   .message_id = ID,
                                   .date = wall_now()};
    return true;
}

static void each(void (*part)(struct stand_in *x))
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct stand_in x;
        if (begin(&rows[i], &x)) {
            part(&x);
        }
        sandbox_free(&x.sandbox);
        http_client_free(&x.http);
        pool_free(&x.pool);
    }
}

static struct provider_result send_it(struct stand_in *x)
{
    struct provider_result r = {.failure = (enum provider_failure)99};
    struct mail_send mail = {&x->draft, SANDBOX_MAIL_ADDRESS,
                             "01234567-89ab-7def-8123-456789abcdef"};
    x->row->ops->send(x->http, x->pool, &x->account, &mail, &r);
    return r;
}

/* What the customer got. */
static const json_t *got(struct stand_in *x)
{
    json_t *document = NULL;
    struct http_call call = {.method = "GET",
                             .url = pool_printf(x->pool,
                                                "http://127.0.0.1:%d/sandbox/mail?with=" CUSTOMER,
                                                sandbox_port(x->sandbox)),
                             .timeout_ms = 5000,
                             .connect_timeout_ms = 5000,
                             .answer_max_bytes = 1 << 20};
    struct http_answer answer;
    EQ_INT(http_client_call(x->http, x->pool, &call, &answer, NULL), 0);
    EQ_INT(json_read(x->pool, answer.body, &document, NULL), 0);
    return json_object_get(document, "mails");
}

static const char *of(const json_t *mail, const char *key)
{
    return json_get_text(mail, key, "");
}

static void arrives(struct stand_in *x)
{
    static const char *const references[] = {"<a@example.com>", "<b@example.com>"};
    struct mail_file file = {"plan.pdf", "application/pdf", spooled_of(STR("%PDF-1.4\n"))};
    x->draft.in_reply_to = references[1];
    x->draft.references = references;
    x->draft.n_references = 2;
    x->draft.reply_to = "desk+x@in.example.org";
    x->draft.files = &file;
    x->draft.n_files = 1;
    struct provider_result r = send_it(x);
    EQ_INT(r.failure, PROVIDER_OK);
    EQ_STR(r.sent.status, "sent");
    OK(r.sent.id && r.sent.id[0]);
    const json_t *mails = got(x), *m = json_array_get(mails, 0);
    EQ_INT(json_array_size(mails), 1);
    EQ_STR(of(m, "from"), SANDBOX_MAIL_ADDRESS);
    EQ_STR(of(m, "from_name"), "Lumen");
    EQ_STR(of(m, "to"), CUSTOMER);
    EQ_STR(of(m, "reply_to"), x->draft.reply_to);
    EQ_STR(of(m, "subject"), "Your visit");
    EQ_STR(of(m, "message_id"), ID);
    EQ_STR(of(m, "in_reply_to"), references[1]);
    EQ_INT(json_array_size(json_object_get(m, "references")), 2);
    OK(str_eq(str_trim(str_of(of(m, "text"))), x->draft.text));
    OK(strstr(of(m, "html"), "We open at 9.") != NULL);
    EQ_STR(of(json_array_get(json_object_get(m, "files"), 0), "name"), "plan.pdf");
}

TEST(a_mail_arrives_once_and_whole)
{
    each(arrives);
}

/* A file that lies in a file comes byte for byte, also after an attempt that was turned away. */
static void large_file_arrives(struct stand_in *x)
{
    enum { BYTES = 3 << 20 };
    char *bytes = pool_alloc_raw(x->pool, BYTES);
    for (size_t i = 0; i < BYTES; i++) {
        bytes[i] = (char)(i * 2654435761u >> 11);
    }
    int fd = -1;
    OK(spool_new(NULL, &fd, NULL) == 0);
    spool_keep(x->pool, fd);
    OK(spool_write(fd, (struct str){bytes, BYTES}, NULL) == 0);
    struct mail_file file = {"scan.zip", "application/zip", {.fd = fd, .size = BYTES}};
    x->draft.files = &file;
    x->draft.n_files = 1;
    EQ_INT(send_it(x).failure, PROVIDER_OK);
    EQ_INT(send_it(x).failure, PROVIDER_OK); /* over the connection that was kept */
    const json_t *m = json_array_get(got(x), 0);
    const json_t *f = json_array_get(json_object_get(m, "files"), 0);
    EQ_STR(of(f, "name"), "scan.zip");
    EQ_INT(json_get_i64(f, "size", 0), BYTES);
    x->account.spool = "/nowhere/at/all";
    EQ_INT(send_it(x).failure, PROVIDER_LATER);
}

TEST(a_large_file_arrives_from_a_file)
{
    each(large_file_arrives);
}

static void stays_one_line(struct stand_in *x)
{
    x->draft.subject = "Your visit\r\nBcc: eve@example.com";
    EQ_INT(send_it(x).failure, PROVIDER_OK);
    const json_t *m = json_array_get(got(x), 0);
    EQ_INT(json_array_size(got(x)), 1);
    OK(strchr(of(m, "subject"), '\n') == NULL);
    x->draft.to = "ann@example.com\r\nRCPT TO:<eve@example.com>";
    struct provider_result r = send_it(x);
    EQ_INT(r.failure, PROVIDER_REFUSED);
    OK(r.text[0]);
}

TEST(nothing_that_is_said_adds_a_header_or_a_recipient)
{
    each(stays_one_line);
}

static void fault(struct stand_in *x, struct sandbox_fault f)
{
    struct err e = {0};
    f.api = SANDBOX_API_MAIL;
    f.count = 1;
    OK_MSG(sandbox_add_fault(x->sandbox, &f, &e) == 0, "%s", e.text);
}

static void tells_apart(struct stand_in *x)
{
    fault(x, (struct sandbox_fault){.status = x->row->later, .code = x->row->later});
    struct provider_result r = send_it(x);
    EQ_INT(r.failure, PROVIDER_LATER);
    OK(r.text[0]);
    fault(x, (struct sandbox_fault){.status = x->row->refused, .code = x->row->refused});
    r = send_it(x);
    EQ_INT(r.failure, PROVIDER_REFUSED);
    OK(r.text[0]);
    EQ_INT(json_array_size(got(x)), 0);
}

TEST(what_was_not_done_is_told_from_what_never_will_be)
{
    each(tells_apart);
}

static void is_uncertain(struct stand_in *x)
{
    fault(x, (struct sandbox_fault){.trouble = TROUBLE_HANG, .after = true, .hang_ms = 1500});
    x->account.timeout_ms = 400;
    EQ_INT(send_it(x).failure, PROVIDER_UNCERTAIN);
    EQ_INT(json_array_size(got(x)), 1);
    x->account.timeout_ms = 5000;
    struct provider_result r = send_it(x); /* again, and known by one Message-ID */
    OK_MSG(r.failure == PROVIDER_OK, "%s", r.text);
    const json_t *mails = got(x);
    EQ_INT(json_array_size(mails), 2);
    EQ_STR(of(json_array_get(mails, 1), "message_id"), of(json_array_get(mails, 0), "message_id"));
}

TEST(what_may_have_been_done_is_uncertain_and_goes_again_under_its_message_id)
{
    each(is_uncertain);
}

static void nobody_there(struct stand_in *x)
{
    const char *end = strrchr(x->account.url, ':');
    x->account.url = pool_printf(x->pool, "%.*s:1", (int)(end - x->account.url), x->account.url);
    struct provider_result r = send_it(x);
    EQ_INT(r.failure, PROVIDER_LATER);
    OK(r.text[0]);
}

TEST(nobody_there_is_certain)
{
    each(nobody_there);
}

static void wrong_word(struct stand_in *x)
{
    x->account.secret = "another";
    struct provider_result r = send_it(x);
    EQ_INT(r.failure, PROVIDER_LATER);
    OK(r.setup);
    OK(strstr(r.text, "another") == NULL);
    EQ_INT(json_array_size(got(x)), 0);
}

TEST(a_wrong_password_is_for_who_runs_it)
{
    each(wrong_word);
}

int main(void)
{
    return tap_run();
}
