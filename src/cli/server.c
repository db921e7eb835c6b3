/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order matters: what rings (the store) is closed after what is rung (runners, hub) has stopped,
 * and freed last; sockets are closed before the hub that lists them ends.
 */
#include "cli/server.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "api/chat.h"
#include "api/live.h"
#include "api/voice.h"
#include "base/log.h"
#include "channels/answer.h"
#include "channels/call_outbox.h"
#include "channels/imap.h"
#include "channels/media.h"
#include "channels/outbox.h"
#include "channels/web_chat.h"
#include "cli/calendar_of_settings.h"
#include "cli/instance.h"
#include "cli/mail_of_settings.h"
#include "cli/model_of_settings.h"
#include "cli/phone_of_settings.h"
#include "cli/voice_of_settings.h"
#include "domain/attachment.h"
#include "domain/calendar.h"
#include "domain/calendar_sync.h"
#include "domain/call_order.h"
#include "domain/installation_secret.h"
#include "domain/jobs.h"
#include "mind/model.h"
#include "ops/app.h"
#include "ops/chat.h"
#include "ops/housekeeping.h"
#include "ops/inbox.h"
#include "ops/scoring.h"
#include "store/changes.h"
#include "store/store.h"
#include "voice/call_list.h"
#include "voice/desk.h"
#include "voice/media_stream.h"

#define CALENDAR_ATTEMPTS 60 /* about an hour of trying */
#define SEND_BACKOFF_MAX_MS 300000
#define FORM_ROOM_BYTES (1u << 20) /* around an e-mail in a form */

struct server {
    struct pool *pool;
    struct store *store;
    struct app app;
    struct api api;
    struct live *live;
    struct jobs *jobs;
    struct imap *imap; /* NULL: no mailbox is set */
    struct housekeeping *housekeeping;
    struct http_server *http;
    struct answer_config answer;
    struct outbox_config outbox;
    struct mail_outbox_config mail;
    enum outbox_whatsapp whatsapp;
    struct outbox_night night;
    struct calendar_sync_config calendar;
    struct reconcile_config reconcile;
    struct media_config media;
    struct call_outbox_config calls;
    int shutdown_ms;
    int instance_fd;
};

static int read_whatsapp(const struct settings *s, enum outbox_whatsapp *out, struct err *e)
{
    bool twilio = strcmp(s->whatsapp_provider, "twilio") == 0;
    bool meta = strcmp(s->whatsapp_provider, "meta") == 0;
    *out = twilio ? OUTBOX_WHATSAPP_TWILIO
           : meta ? OUTBOX_WHATSAPP_META
                  : OUTBOX_WHATSAPP_BY_NUMBER;
    if (s->whatsapp_provider[0] && !twilio && !meta) {
        return settings_refuse(s, SETTING_whatsapp_provider, e, "must be twilio, meta or empty");
    }
    if (meta && (!s->meta_access_token[0] || !s->meta_phone_number_id[0])) {
        return settings_refuse(s, SETTING_whatsapp_provider, e,
                               "is meta, but meta_access_token or meta_phone_number_id is not set");
    }
    return 0;
}

static void say_what_is_on(const struct server *srv, const struct settings *s, bool texts,
                           bool meta)
{
    if (srv->app.model) {
        log_info("a language model answers", LOG_TEXT("model", s->model_name),
                 LOG_TEXT("url", s->model_url));
    }
    if (srv->app.calendar) {
        log_info("appointments are entered into Google Calendar",
                 LOG_TEXT("calendar", s->google_calendar), LOG_TEXT("url", s->google_api_url));
    }
    if (meta) {
        log_info("WhatsApp goes through Meta", LOG_TEXT("url", s->meta_api_url));
    }
    if (srv->mail.provider) {
        log_info("e-mail goes out", LOG_TEXT("by", srv->mail.provider->name),
                 LOG_TEXT("url", srv->mail.account.url));
    }
    if (!texts) {
        log_warn("texts are off: set twilio_account_sid, twilio_auth_token and twilio_number");
    }
}

static int read_night(const struct settings *s, struct outbox_night *out, struct err *e)
{
    out->time_zone = s->time_zone;
    if (!quiet_time(s->quiet_from, &out->from)) {
        return settings_refuse(s, SETTING_quiet_from, e, "must be a time of day such as 21:00");
    }
    if (!quiet_time(s->quiet_to, &out->to)) {
        return settings_refuse(s, SETTING_quiet_to, e, "must be a time of day such as 08:00");
    }
    return 0;
}

static int read_mail(struct server *srv, const struct settings *s, struct err *e)
{
    int rc = mail_of_settings(s, &srv->mail, e);
    if (rc == 0) {
        rc = installation_secret(srv->store, srv->pool, MAIL_SECRET, &srv->mail.key, e);
    }
    srv->mail.public_url = srv->api.public_url;
    srv->mail.night = srv->night;
    srv->mail.burst_max_us = s->burst_wait > 0 ? s->burst_max * 1000 : 0;
    return rc;
}

static int check_sites(const struct settings *s, enum setting_id which, const char *list,
                       struct pool *p, struct err *e)
{
    struct str wrong;
    if (web_chat_origins_ok(str_of(list), &wrong)) {
        return 0;
    }
    return settings_refuse(s, which, e,
                           pool_printf(p,
                                       "must name sites such as https://www.example.com, without "
                                       "a path; \"" STR_FMT "\" is none",
                                       STR_ARG(wrong)));
}

/* What the jobs go by. */
static void configure_jobs(struct server *srv, const struct settings *s, bool texts, bool meta)
{
    srv->answer = (struct answer_config){s->business_name,
                                         s->time_zone,
                                         (int)s->sms_max_segments,
                                         srv->app.model,
                                         srv->app.calendar,
                                         srv->api.public_url,
                                         s->burst_wait > 0 ? s->burst_max * 1000 : 0};
    srv->outbox = (struct outbox_config){
        .provider = texts ? &provider_twilio : NULL,
        .account = {s->twilio_api_url, s->twilio_account_sid, s->twilio_auth_token,
                    (int)s->provider_timeout,
                    s->twilio_messaging_service[0] ? s->twilio_messaging_service : NULL},
        .status_url = pool_printf(srv->pool, "%s/api/webhooks/twilio/status", srv->api.public_url),
        .meta = meta ? &provider_meta : NULL,
        .meta_account = {s->meta_api_url, s->meta_phone_number_id, s->meta_access_token,
                         (int)s->provider_timeout},
        .whatsapp = srv->whatsapp,
        .public_url = srv->api.public_url,
        .media_secret = srv->api.media_secret,
        .number = s->twilio_number,
        .settle_ms = s->send_settle,
        .read_receipts = s->whatsapp_read_receipts,
        .night = srv->night,
        .rate = s->sms_rate,
        .burst_max_us = srv->answer.burst_max_us,
    };
    srv->calendar = (struct calendar_sync_config){srv->app.calendar, s->business_name, s->time_zone,
                                                  s->google_names};
    srv->calls = (struct call_outbox_config){
        .account = srv->outbox.account,
        .public_url = srv->api.public_url,
        .ring_s = (int)s->call_ring,
        .machines = s->call_machines,
        .settle_ms = s->send_settle,
        .night = srv->night,
    };
    srv->media = (struct media_config){
        .account = {s->twilio_api_url, s->twilio_account_sid, s->twilio_auth_token,
                    (int)s->media_timeout},
        .meta = {s->meta_api_url, s->meta_phone_number_id, s->meta_access_token,
                 (int)s->media_timeout},
        .max_bytes = s->media_max,
    };
}

static void start_jobs(struct server *srv, const struct settings *s, const char *instance)
{
    bool texts = s->twilio_account_sid[0] && s->twilio_auth_token[0];
    bool meta = s->meta_access_token[0] && s->meta_phone_number_id[0] &&
                srv->whatsapp != OUTBOX_WHATSAPP_TWILIO;
    configure_jobs(srv, s, texts, meta);
    int64_t think_lease_ms = MAX_OF(60000, s->model_timeout * 2 + 30000);
    int64_t send_lease_ms = s->provider_timeout * 3 + 30000; /* a look and a send, with room */
    int64_t calendar_lease_ms = send_lease_ms;               /* away from here, there, again */
    bool compares = reconcile_config_of(s, &srv->reconcile) && srv->reconcile.every_us;
    const struct job_kind kinds[] = {
        {.name = "turn",
         .run = answer_job,
         .arg = &srv->answer,
         .workers = (int)s->turn_runners,
         .max_attempts = 20,
         .lease_ms = think_lease_ms},
        {.name = "send",
         .run = outbox_job,
         .arg = &srv->outbox,
         .workers = texts || meta ? (int)s->send_runners : 0,
         .max_attempts = s->send_attempts,
         .lease_ms = send_lease_ms,
         .settle_ms = s->send_settle,
         .age_max_ms = s->send_age * 1000,
         .backoff_max_ms = SEND_BACKOFF_MAX_MS,
         .admit = outbox_admit,
         .buried = outbox_buried},
        {.name = "send_email",
         .run = mail_outbox_job,
         .arg = &srv->mail,
         .workers = srv->mail.provider ? (int)s->mail_runners : 0,
         .max_attempts = s->send_attempts,
         .lease_ms = send_lease_ms,
         .settle_ms = MAX_OF(s->send_settle, srv->mail.account.settle_ms),
         .age_max_ms = s->send_age * 1000,
         .backoff_max_ms = SEND_BACKOFF_MAX_MS,
         .buried = mail_outbox_buried},
        {.name = CALL_ORDER_JOB,
         .run = call_outbox_job,
         .arg = &srv->calls,
         .workers = texts ? 1 : 0,
         .max_attempts = s->send_attempts,
         .lease_ms = send_lease_ms,
         .settle_ms = s->send_settle,
         .age_max_ms = s->send_age * 1000,
         .backoff_max_ms = SEND_BACKOFF_MAX_MS,
         .buried = call_outbox_buried},
        {.name = ATTACHMENT_JOB,
         .run = media_job,
         .arg = &srv->media,
         .workers = texts || s->meta_access_token[0] ? (int)s->media_runners : 0,
         .max_attempts = s->media_attempts,
         .lease_ms = s->media_timeout * (MEDIA_STEPS_MAX + 1) + 30000,
         .buried = media_buried},
        {.name = "score",
         .run = scoring_job,
         .arg = srv->app.model,
         .workers = (int)s->score_runners,
         .max_attempts = 20,
         .lease_ms = think_lease_ms},
        {.name = "calendar",
         .run = calendar_job,
         .arg = &srv->calendar,
         .workers = srv->app.calendar ? (int)s->calendar_runners : 0,
         .max_attempts = CALENDAR_ATTEMPTS,
         .lease_ms = calendar_lease_ms,
         .settle_ms = CALENDAR_SETTLE_MS,
         .buried = calendar_buried},
        {.name = "reconcile",
         .run = reconcile_job,
         .arg = &srv->reconcile,
         .workers = compares ? 1 : 0,
         .max_attempts = 100,
         .lease_ms = RECONCILE_LEASE_MS},
    };
    say_what_is_on(srv, s, texts, meta);
    srv->jobs = jobs_start(srv->store, instance, kinds, ARRAY_SIZE(kinds));
    srv->housekeeping = housekeeping_start(&srv->app);
}

/* The mailbox from which e-mail is taken, when one is set. */
static int start_imap(struct server *srv, const struct settings *s, struct err *e)
{
    if (!s->imap_url[0]) {
        return 0;
    }
    if (!s->imap_user[0]) {
        return settings_refuse(s, SETTING_imap_url, e, "is set, but imap_user is not");
    }
    struct imap_config config = {
        .url = s->imap_url,
        .user = s->imap_user,
        .password = s->imap_password,
        .ca_file = s->mail_ca_file,
        .insist_on_tls = s->imap_tls,
        .timeout_ms = (int)MAX_OF(s->provider_timeout, 1000),
        .look_every_ms = (int)s->imap_every * 1000,
        .mail_max = s->mail_max,
        .store = srv->store,
        .inbox = inbox_config_of(s),
    };
    struct err why = {0};
    int rc = imap_start(&config, &srv->imap, &why);
    return rc < 0 ? settings_refuse(s, SETTING_imap_url, e,
                                    "must be like imaps://imap.example.com/INBOX, in ASCII")
                  : 0;
}

static int start_http(struct server *srv, const struct settings *s, struct err *e)
{
    bool mails = s->sendgrid_inbound_key[0] || s->sendgrid_inbound_secret[0];
    struct http_config config = {
        .listen = s->listen,
        .io_threads = (int)s->io_threads,
        .workers = (int)s->workers,
        .waiters = (int)s->waiters,
        .header_max_bytes = (size_t)s->header_max,
        .body_max_bytes = (size_t)s->body_max,
        .large_path = mails ? "/api/webhooks/sendgrid/email" : NULL,
        .large_max_bytes = (size_t)s->mail_max + FORM_ROOM_BYTES,
        .spool = s->data_dir,
        .response_max_bytes = 64u << 20,
        .request_ms = (int)s->request_timeout,
        .idle_ms = (int)s->idle_timeout,
        .ws_ping_ms = (int)s->socket_silence / 2,
        .connections_max = (int)s->connections,
        .connections_per_address = (int)s->connections_per_address,
        .compress_from_bytes = s->compress ? 1400 : 0, /* below a packet it gains nothing */
        .tls_certificate = s->tls_certificate[0] ? s->tls_certificate : NULL,
        .tls_key = s->tls_key[0] ? s->tls_key : NULL,
    };
    return http_server_new(&config, &api_http_app, &srv->api, &srv->http, e);
}

static bool anybody_watches(void *live)
{
    return live_watched(live);
}

static void tell_watchers(void *live, struct str json)
{
    live_tell(live, json);
}

/* What the staff want of a call goes to the server that has it. */
static void on_change(void *arg UNUSED, const struct change *c)
{
    if (str_eq(c->kind, STR("call_wish")) && c->conversation_id.p) {
        call_list_wished(c->conversation_id.p);
    }
}

int server_start(const struct settings *s, struct store **store, struct server **out, struct err *e)
{
    struct server *srv = xcalloc(1, sizeof *srv);
    *srv = (struct server){.pool = pool_new(),
                           .store = *store,
                           .app = {.settings = s, .store = *store},
                           .shutdown_ms = (int)s->shutdown_timeout,
                           .instance_fd = -1};
    *store = NULL;
    srv->api.app = &srv->app;
    srv->api.public_url = settings_public_url(s, srv->pool);
    srv->api.secure = str_starts(str_of(srv->api.public_url), STR("https:"));
    struct id instance;
    for (const char *const *name = s->strangers; *name; name++) {
        log_warn("an environment name is no setting of ours", LOG_TEXT("name", *name));
    }
    int rc = instance_lock(s->data_dir, &instance, &srv->instance_fd, e);
    if (rc == 0) {
        rc = read_whatsapp(s, &srv->whatsapp, e);
    }
    if (rc == 0) {
        rc = read_night(s, &srv->night, e);
    }
    if (rc == 0) {
        rc = read_mail(srv, s, e);
    }
    if (rc == 0) {
        rc = installation_secret(srv->store, srv->pool, MEDIA_LINK_SECRET, &srv->api.media_secret,
                                 e);
    }
    if (rc == 0) {
        rc = check_sites(s, SETTING_chat_origins, s->chat_origins, srv->pool, e);
    }
    if (rc == 0) {
        rc = check_sites(s, SETTING_voice_open_origins, s->voice_open_origins, srv->pool, e);
    }
    if (rc == 0) {
        rc = model_of_settings(s, &srv->app.model, e);
    }
    if (rc == 0) {
        rc = calendar_of_settings(s, &srv->app.calendar, e);
    }
    if (rc == 0) {
        rc = live_start(srv->store, &srv->live, e);
    }
    if (rc == 0) {
        srv->api.live = srv->live;
        srv->api.chat = chat_hub_start(&srv->app, srv->live);
        srv->app.chat = chat_limits_new(s);
        rc = voice_of_settings(s, srv->pool, srv->store, srv->app.calendar, srv->app.model,
                               instance.text, &srv->api.voice, e);
    }
    if (rc == 0) {
        live_watch(srv->live, on_change, NULL);
        if (srv->api.voice) {
            const struct voice_watch watch = {anybody_watches, tell_watchers, srv->live};
            voice_desk_watch(srv->api.voice, &watch);
        }
        srv->api.voice_door = voice_door_new(s, srv->api.voice);
    }
    if (rc == 0 && srv->api.voice) {
        rc = phone_of_settings(s, srv->pool, srv->store, srv->api.voice, srv->api.public_url,
                               &srv->api.phone, e);
    }
    if (rc == 0) {
        rc = start_http(srv, s, e);
    }
    if (rc == 0) {
        rc = start_imap(srv, s, e);
    }
    if (rc < 0) {
        server_stop(&srv);
        return rc;
    }
    start_jobs(srv, s, instance.text);
    log_info("listening", LOG_TEXT("address", s->listen), LOG_I64("port", server_port(srv)),
             LOG_TEXT("public_url", srv->api.public_url), LOG_TEXT("version", AVA_VERSION));
    *out = srv;
    return 0;
}

int server_port(const struct server *srv)
{
    return http_server_port(srv->http);
}

struct store *server_store(const struct server *srv)
{
    return srv->store;
}

/*
 * By a handler and not by sigwait: a library may have threads from before main, as OpenBLAS has
 * under pocketsphinx. They block nothing, and a signal that is to be waited for would kill there.
 */
static sem_t end_asked;
static volatile sig_atomic_t end_signal;

static void on_end(int which)
{
    end_signal = which;
    sem_post(&end_asked);
}

void server_catch_signals(void)
{
    struct sigaction end = {.sa_handler = on_end, .sa_flags = SA_RESTART};
    sem_init(&end_asked, 0, 0);
    sigemptyset(&end.sa_mask);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
}

void server_wait(void)
{
    while (sem_wait(&end_asked) < 0 && errno == EINTR) {
    }
    log_info("stopping", LOG_TEXT("signal", end_signal == SIGTERM ? "SIGTERM" : "SIGINT"));
}

void server_stop(struct server **srv)
{
    if (!srv || !*srv) {
        return;
    }
    struct server *s = *srv;
    if (s->http) {
        http_server_end(s->http, s->shutdown_ms);
    }
    voice_desk_free(&s->api.voice); /* its workers may still call the loops */
    if (s->http) {
        http_server_stop(&s->http, s->shutdown_ms);
    }
    imap_stop(&s->imap);
    housekeeping_stop(&s->housekeeping);
    jobs_stop(s->jobs);
    live_stop(s->live);
    chat_hub_free(&s->api.chat);
    store_free(&s->store);
    jobs_free(&s->jobs);
    live_free(&s->live);
    chat_limits_free(&s->app.chat);
    voice_door_free(&s->api.voice_door);
    media_streams_free(&s->api.phone);
    model_free(&s->app.model);
    calendar_free(&s->app.calendar);
    if (s->instance_fd >= 0) {
        close(s->instance_fd);
    }
    pool_free(&s->pool);
    free(s);
    *srv = NULL;
}
