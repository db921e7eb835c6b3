/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ava demo: everything at once for somebody who wants to see it: tables, a business with a few
 * months behind it, the server, the sandbox, and a sign-in. ava bench load: the same data in bulk.
 */
#include <stdio.h>

#include "base/log.h"
#include "cli/command.h"
#include "cli/instance.h"
#include "cli/server.h"
#include "domain/access.h"
#include "sandbox/demo_data.h"
#include "sandbox/sandbox.h"
#include "sandbox/sandbox_mail.h"
#include "sandbox/sandbox_realtime.h"
#include "store/schema.h"
#include "store/store.h"

#define DEMO_EMAIL "demo@example.com"
#define SECRET_BYTES 16

/* Tables, business, past months. Done before, it does nothing. */
static int prepare(struct store *store, struct err *e)
{
    int applied;
    int rc = schema_create(store, NULL, NULL, &applied, e);
    struct demo_config config = demo_config_default(wall_now());
    return rc == 0 ? demo_data_load(store, &config, e) : rc;
}

/* The settings of the demonstration: what nobody set is pointed at the sandbox. */
static int demo_settings(struct command_run *run, struct settings *s, char *token, struct err *e)
{
    *s = *run->settings;
    int rc = instance_secret(s->data_dir, "sandbox-token", SECRET_BYTES, token, e);
    if (rc == 0 && !s->twilio_auth_token[0]) {
        s->twilio_account_sid = SANDBOX_ACCOUNT;
        s->twilio_auth_token = token;
        s->twilio_number = SANDBOX_NUMBER;
    }
    if (rc == 0 && !s->meta_access_token[0]) {
        s->meta_access_token = s->meta_app_secret = s->meta_verify_token = token;
        s->meta_phone_number_id = SANDBOX_META_PHONE_ID;
    }
    if (rc == 0 && !s->mail_address[0]) {
        s->mail_address = SANDBOX_MAIL_ADDRESS;
        s->sendgrid_api_key = s->sendgrid_inbound_secret = s->imap_password = token;
    }
    return rc;
}

/* The demonstration's e-mail, when nobody set up their own: by the sandbox, whose key and ports are
 * known once it runs. */
static void demo_mail(struct command_run *run, struct settings *s, struct sandbox *sandbox)
{
    if (run->settings->mail_address[0]) {
        return;
    }
    s->sendgrid_api_url = pool_printf(run->pool, "http://127.0.0.1:%d", sandbox_port(sandbox));
    s->sendgrid_event_key = s->sendgrid_inbound_key = sandbox_mail_key(sandbox, run->pool);
    s->imap_url = pool_printf(run->pool, "imap://127.0.0.1:%d/INBOX", sandbox_imap_port(sandbox));
    s->imap_user = SANDBOX_MAIL_USER;
    s->imap_tls = false;
}

/* Its realtime model stands ready, for voice_engine = realtime; unless that is asked for, calls are
 * answered by the local engine. */
static void demo_realtime(struct command_run *run, struct settings *s, struct sandbox *sandbox)
{
    const char *usual = settings_rows[SETTING_realtime_url].otherwise;
    if (s->realtime_key[0] || s->openai_api_key[0] || strcmp(s->realtime_url, usual) != 0) {
        return;
    }
    s->realtime_url =
        pool_printf(run->pool, "ws://127.0.0.1:%d/v1/realtime", sandbox_port(sandbox));
    s->realtime_key = "sandbox";
    s->realtime_model = SANDBOX_REALTIME_MODEL;
    if (s->origins[SETTING_voice_engine].source == SETTING_DEFAULT) {
        s->voice_engine = "local";
    }
}

static int start_sandbox(struct command_run *run, struct settings *s, struct sandbox **out,
                         struct err *e)
{
    struct sandbox_config config = {
        .listen = pool_printf(run->pool, "127.0.0.1:%lld", (long long)s->sandbox_port),
        .account = s->twilio_account_sid,
        .token = s->twilio_auth_token,
        .number = s->twilio_number,
        .meta_token = s->meta_access_token,
        .meta_secret = s->meta_app_secret,
        .meta_verify = s->meta_verify_token,
        .meta_phone_id = s->meta_phone_number_id,
        .product_url = settings_public_url(s, run->pool),
        .database = settings_database_url(s, run->pool),
        .mail_address = s->mail_address,
        .sendgrid_api_key = s->sendgrid_api_key,
        .sendgrid_inbound_secret = s->sendgrid_inbound_secret,
        .imap_password = s->imap_password,
    };
    int rc = sandbox_new(&config, out, e);
    if (rc == 0) {
        s->twilio_api_url = s->sandbox_url =
            pool_printf(run->pool, "http://127.0.0.1:%d", sandbox_port(*out));
        s->meta_api_url = pool_printf(run->pool, "%s/v23.0", s->twilio_api_url);
        demo_mail(run, s, *out);
        demo_realtime(run, s, *out);
        if (!s->chat_origins[0]) {
            s->chat_origins = pool_printf(run->pool, "%s http://localhost:%d", s->twilio_api_url,
                                          sandbox_port(*out));
        }
    }
    return rc;
}

static void print_welcome(const struct settings *s, struct pool *p, int sandbox_at,
                          const char *password)
{
    bool colour = command_colour();
    const char *bold = colour ? "\033[1m" : "", *plain = colour ? "\033[0m" : "";
    printf("\n%sAva is running.%s\n\n"
           "  Open      %s%s%s\n"
           "  Sign in   %s" DEMO_EMAIL "%s  with  %s%s%s\n"
           "  Try her   %s%s/try%s: text, mail and call her, and see both sides\n"
           "  Text her  %shttp://127.0.0.1:%d%s  or  build/ava sandbox text +15550100 \"Hi\"\n"
           "  Call her  there, without a microphone,  or  %s%s/call%s  or  build/ava sandbox call "
           "+15550100 --say \"Hi\"\n"
           "  Mail her  %shttp://127.0.0.1:%d/mail%s  or  build/ava sandbox mail ann@example.com\n"
           "  Chat      %shttp://127.0.0.1:%d/site%s\n"
           "  Stop      Ctrl-C\n\n",
           bold, plain, bold, settings_public_url(s, p), plain, bold, plain, bold, password, plain,
           bold, settings_public_url(s, p), plain, bold, sandbox_at, plain, bold,
           settings_public_url(s, p), plain, bold, sandbox_at, plain, bold, sandbox_at, plain);
    fflush(stdout);
}

int command_demo(struct command_run *run, struct err *e)
{
    char token[SECRET_BYTES * 2 + 1], password[SECRET_BYTES * 2 + 1];
    struct settings settings;
    struct store *store = NULL;
    struct sandbox *sandbox = NULL;
    struct server *server = NULL;
    server_catch_signals();
    int rc = command_no_more(run, e);
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    if (rc == 0) {
        rc = demo_settings(run, &settings, token, e);
    }
    if (rc == 0) {
        rc = instance_secret(settings.data_dir, "demo-sign-in", 6, password, e);
    }
    if (rc == 0) {
        rc = prepare(store, e);
    }
    if (rc == 0) {
        rc = access_add_user(store, run->pool, DEMO_EMAIL, "Demo", "owner", password, false, NULL,
                             e);
        rc = rc == ERR_CONFLICT ? 0 : rc; /* of an earlier start, with the same password */
    }
    if (rc == 0) {
        rc = start_sandbox(run, &settings, &sandbox, e);
    }
    if (rc == 0) {
        rc = server_start(&settings, &store, &server, e);
    }
    if (rc == 0) {
        print_welcome(&settings, run->pool, sandbox_port(sandbox), password);
        server_wait();
    }
    server_stop(&server);
    sandbox_free(&sandbox);
    store_free(&store);
    return rc;
}

int command_bench_load(struct command_run *run, struct err *e)
{
    int rc = 0;
    int64_t conversations = 0;
    struct store *store = NULL;
    const char *n = command_flag(run, "conversations", &rc, e);
    if (rc == 0 && (!n || !str_to_i64(str_of(n), &conversations) || conversations < 1)) {
        rc = err_set(e, ERR_USAGE, "ava bench load needs --conversations, how many to make");
    }
    if (rc == 0) {
        rc = command_no_more(run, e);
    }
    if (rc == 0) {
        rc = command_store(run, &store, e);
    }
    int applied;
    if (rc == 0) {
        rc = schema_create(store, NULL, NULL, &applied, e);
    }
    struct demo_config config = demo_config_scaled((double)conversations / 1e6, wall_now());
    if (rc == 0) {
        rc = demo_data_load(store, &config, e);
    }
    store_free(&store);
    return rc;
}
