/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Twilio itself has of our messages, for comparing, and the webhook that each would have made.
 * Its list is narrowed to whole days, which every version of its interface knows; the rest is
 * sorted out here.
 */
#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "channels/inbound_sms.h"
#include "channels/sms_status.h"
#include "channels/twilio_private.h"

#define PAGE_SIZE 200
#define PAGES_MAX 500 /* of one look: a hundred thousand messages */
#define FORM_MAX_BYTES (256u << 10)

static const char *without_prefix(const char *address, const char **prefix_out)
{
    static const char whatsapp[] = "whatsapp:";
    bool has = strncmp(address, whatsapp, strlen(whatsapp)) == 0;
    *prefix_out = has ? whatsapp : "";
    return has ? address + strlen(whatsapp) : address;
}

bool twilio_read_listed(struct pool *p, const json_t *message, struct provider_listed *out)
{
    const char *prefix, *ignored, *id = json_get_text(message, "sid", "");
    const char *status = json_get_text(message, "status", "");
    const char *direction = json_get_text(message, "direction", "");
    int64_t code = json_get_i64(message, "error_code", 0), media;
    if ((!twilio_sid_ok(str_of(id), "SM") && !twilio_sid_ok(str_of(id), "MM")) || !direction[0]) {
        return false;
    }
    struct provider_listed m = {
        .inbound = strcmp(direction, "inbound") == 0,
        .id = id,
        .from = without_prefix(json_get_text(message, "from", ""), &prefix),
        .to = without_prefix(json_get_text(message, "to", ""), &ignored),
        .service = json_get_text(message, "messaging_service_sid", NULL),
        .status = sms_status_of(str_of(status)),
        .whatsapp = prefix,
        .body = str_of(json_get_text(message, "body", "")),
        .their_status = status,
        .segments = json_get_text(message, "num_segments", "1"),
        .error_code = code > 0 ? pool_printf(p, "%lld", (long long)code) : NULL,
    };
    if (str_to_i64(str_of(json_get_text(message, "num_media", "0")), &media) && media > 0) {
        m.n_media = MIN_OF(media, INBOUND_SMS_MEDIA);
    }
    if (!twilio_date(json_get_text(message, "date_sent", ""), &m.at) &&
        !twilio_date(json_get_text(message, "date_created", ""), &m.at)) {
        return false;
    }
    *out = m;
    return true;
}

/* Gives a page's messages that are young enough to `each`; *any_out: there are some. */
static int give_page(struct pool *p, const json_t *messages, struct wall since,
                     provider_page_fn *each, void *arg, bool *any_out, struct err *e)
{
    size_t i, n = 0;
    json_t *message;
    struct provider_listed *listed = pool_calloc(p, json_array_size(messages) + 1, sizeof *listed);
    *any_out = false;
    json_array_foreach (messages, i, message) {
        bool known = twilio_read_listed(p, message, &listed[n]);
        bool old = known && listed[n].at.us / US_PER_SECOND < since.us / US_PER_SECOND;
        n += known && !old;
        *any_out |= !old; /* of one that cannot be read nobody knows how old it is */
    }
    return n ? each(arg, listed, n, e) : 0;
}

int twilio_list(struct http_client *http, struct pool *p, const struct provider_account *account,
                struct wall since, provider_page_fn *each, void *arg, struct err *e)
{
    struct pool *page CLEANUP(pool_free) = pool_new();
    char day[WALL_TEXT_BYTES];
    wall_format(since, day);
    const char *url = pool_printf(p, "%s?PageSize=%d&DateSent%%3E=%.10s",
                                  twilio_messages_url(p, account), PAGE_SIZE, day);
    bool any = true; /* pages come newest first: after one without any there are none */
    for (int i = 0; url && any; i++) {
        const json_t *messages;
        pool_clear(page);
        if (i == PAGES_MAX) {
            return err_set(e, ERR_PROVIDER, "Twilio lists more than %d messages; look at less",
                           PAGES_MAX * PAGE_SIZE);
        }
        int rc = twilio_read_page(http, page, account, url, &messages, &url, e);
        rc = rc ? rc : give_page(page, messages, since, each, arg, &any, e);
        if (rc) {
            return rc;
        }
        url = url ? pool_strdup(p, url) : NULL;
    }
    return 0;
}

static void add_files(struct buf *form, struct pool *p, const struct provider_account *account,
                      const struct provider_listed *listed, const json_t *media)
{
    size_t i;
    json_t *file;
    int n = 0;
    json_array_foreach (json_object_get(media, "media_list"), i, file) {
        const char *sid = json_get_text(file, "sid", "");
        if (n == INBOUND_SMS_MEDIA || !twilio_sid_ok(str_of(sid), "ME")) {
            continue;
        }
        struct str url = str_of(twilio_messages_url(p, account));
        url.n -= strlen(".json");
        form_add(form, pool_printf(p, "MediaUrl%d", n),
                 str_of(pool_printf(p, STR_FMT "/%s/Media/%s", STR_ARG(url), listed->id, sid)));
        form_add(form, pool_printf(p, "MediaContentType%d", n),
                 str_of(json_get_text(file, "content_type", "")));
        n++;
    }
    form_add(form, "NumMedia", str_of(pool_printf(p, "%d", n)));
}

struct str twilio_form_of(struct pool *p, const struct provider_account *account,
                          const struct provider_listed *listed, const json_t *media)
{
    char sent[WALL_TEXT_BYTES];
    struct buf form CLEANUP(buf_clear);
    buf_init(&form, FORM_MAX_BYTES);
    form_add(&form, "MessageSid", str_of(listed->id));
    form_add(&form, "AccountSid", str_of(account->account));
    if (listed->inbound) {
        wall_format(listed->at, sent);
        form_add(&form, "From", str_of(pool_printf(p, "%s%s", listed->whatsapp, listed->from)));
        form_add(&form, "To", str_of(pool_printf(p, "%s%s", listed->whatsapp, listed->to)));
        form_add(&form, "Body", listed->body);
        form_add(&form, "NumSegments", str_of(listed->segments));
        form_add(&form, "DateSent", str_of(sent));
        add_files(&form, p, account, listed, media);
    } else {
        form_add(&form, "MessageStatus", str_of(listed->their_status));
        if (listed->error_code) {
            form_add(&form, "ErrorCode", str_of(listed->error_code));
        }
    }
    return buf_failed(&form) ? STR("") : (struct str){str_dup(p, buf_str(&form)), form.len};
}

/* The files of a message have a list of their own. */
static int read_files(struct http_client *http, struct pool *p,
                      const struct provider_account *account, const struct provider_listed *listed,
                      json_t **out, struct err *e)
{
    struct str url = str_of(twilio_messages_url(p, account));
    url.n -= strlen(".json");
    struct http_call call = twilio_call(account, "GET",
                                        pool_printf(p, STR_FMT "/%s/Media.json?PageSize=%d",
                                                    STR_ARG(url), listed->id, INBOUND_SMS_MEDIA));
    struct http_answer answer = {0};
    int rc = http_client_call(http, p, &call, &answer, e);
    if (rc == 0 && (answer.status != 200 || json_read(p, answer.body, out, NULL))) {
        rc = err_set(e, ERR_PROVIDER, "Twilio did not list a message's files (HTTP status %d)",
                     answer.status);
    }
    return rc;
}

int twilio_request(struct http_client *http, struct pool *p, const struct provider_account *account,
                   const struct provider_listed *listed, struct str *body_out, struct err *e)
{
    json_t *media = NULL;
    int rc =
        listed->inbound && listed->n_media ? read_files(http, p, account, listed, &media, e) : 0;
    if (rc == 0) {
        *body_out = twilio_form_of(p, account, listed, media);
    }
    return rc;
}
