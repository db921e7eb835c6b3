/* SPDX-License-Identifier: Apache-2.0 */
/* ava sandbox, ava sandbox text. */
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/server.h"
#include "io/http_client.h"
#include "sandbox/sandbox_client.h"
#include "sandbox/sandbox_google.h"
#include "sandbox/sandbox_mail.h"

#define REPLY_WAIT_MS 10000
#define MEDIA_MAX_BYTES ((size_t)16 << 20)

/* A file that only its owner may read, as Google's own key files should be. */
static int write_google_key(struct sandbox *s, struct pool *p, const char *path, struct err *e)
{
    struct str text = sandbox_google_key_file(s, p);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool written = fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n;
    if ((fd >= 0 && close(fd) != 0) || !written) {
        return err_set(e, ERR_IO, "%s cannot be written: %s", path, strerror(errno));
    }
    return 0;
}

static void tell_google(const char *key_file, int port)
{
    printf("Google Calendar, for a server with\n"
           "  AVA_GOOGLE_CREDENTIALS=%s\n"
           "  AVA_GOOGLE_CALENDAR=front-desk@example.com\n"
           "  AVA_GOOGLE_API_URL=http://127.0.0.1:%d/calendar/v3\n",
           key_file, port);
}

int command_sandbox(struct command_run *run, struct err *e)
{
    const struct settings *s = run->settings;
    struct sandbox *sandbox = NULL;
    int rc = 0;
    const char *journal = command_flag(run, "journal", &rc, e);
    const char *google_key = rc == 0 ? command_flag(run, "google-key", &rc, e) : NULL;
    server_catch_signals();
    if (rc == 0) {
        rc = command_no_more(run, e);
    }
    if (rc == 0 && !s->twilio_auth_token[0]) {
        rc = err_set(e, ERR_CONFIG,
                     "the sandbox signs as Twilio does: set twilio_auth_token to the "
                     "same value as the server's");
    }
    struct sandbox_config config = {
        .listen = pool_printf(run->pool, "127.0.0.1:%lld", (long long)s->sandbox_port),
        .account = s->twilio_account_sid[0] ? s->twilio_account_sid : NULL,
        .token = s->twilio_auth_token,
        .number = s->twilio_number[0] ? s->twilio_number : NULL,
        .meta_token = s->meta_access_token[0] ? s->meta_access_token : NULL,
        .meta_secret = s->meta_app_secret[0] ? s->meta_app_secret : NULL,
        .meta_verify = s->meta_verify_token[0] ? s->meta_verify_token : NULL,
        .meta_phone_id = s->meta_phone_number_id[0] ? s->meta_phone_number_id : NULL,
        .product_url = settings_public_url(s, run->pool),
        .database = settings_database_url(s, run->pool),
        .journal = journal,
        .mail_address = s->mail_address,
        .sendgrid_api_key = s->sendgrid_api_key,
        .sendgrid_inbound_secret = s->sendgrid_inbound_secret,
        .smtp_password = s->smtp_password,
        .imap_password = s->imap_password,
    };
    if (rc == 0) {
        rc = sandbox_new(&config, &sandbox, e);
    }
    if (rc == 0 && google_key) {
        rc = write_google_key(sandbox, run->pool, google_key, e);
    }
    if (rc == 0) {
        log_info("sandbox listening", LOG_I64("port", sandbox_port(sandbox)));
        printf("The sandbox is at http://127.0.0.1:%d, SMTP at port %d, IMAP at port %d\n",
               sandbox_port(sandbox), sandbox_smtp_port(sandbox), sandbox_imap_port(sandbox));
        if (google_key) {
            tell_google(google_key, sandbox_port(sandbox));
        }
        fflush(stdout);
        server_wait();
    }
    sandbox_free(&sandbox);
    return rc;
}

/* --whatsapp, --whatsapp=twilio, --whatsapp=meta: FROM as the sandbox wants it; NULL on failure. */
static const char *read_sender(struct command_run *run, bool *meta_out, int *rc, struct err *e)
{
    bool plain = command_switch(run, "whatsapp");
    const char *by = plain ? "twilio" : command_flag(run, "whatsapp", rc, e);
    *meta_out = by && strcmp(by, "meta") == 0;
    if (*rc == 0 && by && !*meta_out && strcmp(by, "twilio") != 0) {
        *rc = err_set(e, ERR_USAGE, "--whatsapp is twilio or meta");
    }
    if (*rc == 0 && run->argc != 2) {
        *rc = err_set(e, ERR_USAGE,
                      "ava sandbox text FROM \"BODY\" [--media FILE-OR-URL] [--to NUMBER] "
                      "[--whatsapp[=meta]], such as: ava sandbox text +15550100 \"What are your "
                      "hours?\"");
    }
    if (*rc < 0) {
        return NULL;
    }
    return by ? pool_printf(run->pool, "whatsapp:%s", run->argv[0]) : run->argv[0];
}

/* --media FILE or --media https://... */
static int read_media(struct command_run *run, const char *media, struct sandbox_attached *out,
                      struct err *e)
{
    out->media_type = cli_file_type(media);
    if (strstr(media, "://")) {
        out->media_url = media;
        return 0;
    }
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, MEDIA_MAX_BYTES);
    int rc = cli_read_file(media, &b, e);
    out->media = (struct str){rc ? NULL : str_dup(run->pool, buf_str(&b)), b.len};
    return rc;
}

int command_sandbox_text(struct command_run *run, struct err *e)
{
    struct sandbox_attached attached = {0};
    int rc = 0;
    const char *media = command_flag(run, "media", &rc, e);
    attached.to = rc ? NULL : command_flag(run, "to", &rc, e);
    rc = rc || !media ? rc : read_media(run, media, &attached, e);
    const char *from = rc ? NULL : read_sender(run, &attached.meta, &rc, e);
    if (rc < 0) {
        return rc;
    }
    struct sandbox_exchange x = {0};
    struct http_client *http = http_client_new();
    const char *url =
        pool_printf(run->pool, "http://127.0.0.1:%lld", (long long)run->settings->sandbox_port);
    rc = sandbox_client_text(http, run->pool, url, from, str_of(run->argv[1]), &attached,
                             REPLY_WAIT_MS, &x, e);
    http_client_free(&http);
    if (rc < 0) {
        return rc;
    }
    if (x.product_status < 200 || x.product_status > 299) {
        return err_set(e, ERR_PROVIDER, "Ava did not take the text: %s",
                       x.product_error ? x.product_error : "no answer");
    }
    if (!x.replied) {
        return err_set(e, ERR_TIMEOUT, "Ava took the text and did not reply within %d s",
                       REPLY_WAIT_MS / 1000);
    }
    printf(STR_FMT "\n", STR_ARG(x.reply));
    return 0;
}
