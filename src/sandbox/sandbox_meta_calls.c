/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Meta posts to the product: batches with customers' messages and with statuses, signed with
 * the app's secret and with everything that is not ASCII escaped; and the handshake by which it
 * verifies the product's address.
 */
#include <jansson.h>

#include "base/id.h"
#include "base/json_read.h"
#include "channels/meta_signature.h"
#include "io/http_client.h"
#include "sandbox/sandbox_meta_private.h"

#define CALL_MS 15000
#define CONNECT_MS 5000
#define RETRY_AFTER_MS 200

static const char *bare(const char *address)
{
    const char *who = strncmp(address, "whatsapp:", 9) == 0 ? address + 9 : address;
    return who + (who[0] == '+');
}

/* The batch around one list of updates; takes the reference. Lives in pool. */
static struct str batch_of(struct sandbox *s, struct pool *p, json_t *value)
{
    json_object_set_new(value, "messaging_product", json_string("whatsapp"));
    json_object_set_new(value, "metadata",
                        json_pack("{s:s, s:s}", "display_phone_number", bare(s->meta.number),
                                  "phone_number_id", s->meta.phone_id));
    json_t *batch =
        json_pack("{s:s, s:[{s:s, s:[{s:s, s:o}]}]}", "object", "whatsapp_business_account",
                  "entry", "id", "102290129340398", "changes", "field", "messages", "value", value);
    char *text = json_dumps(batch, JSON_COMPACT | JSON_ENSURE_ASCII);
    struct str out = str_of(pool_strdup(p, text ? text : "{}"));
    free(text);
    json_decref(batch);
    return out;
}

static json_t *timestamp(struct pool *p)
{
    return json_string(pool_printf(p, "%lld", (long long)(wall_now().us / US_PER_SECOND)));
}

struct str sandbox_meta_text(struct sandbox *s, struct pool *p, const struct sandbox_text *text,
                             const char *from, const char *id, const char *media)
{
    json_t *message = json_pack("{s:s, s:o}", "id", id, "timestamp", timestamp(p));
    json_t *contact = json_pack("{s:{s:s}}", "profile", "name", "A customer");
    bool hidden = from[strlen("whatsapp:")] != '+';
    json_object_set_new(message, hidden ? "from_user_id" : "from", json_string(bare(from)));
    json_object_set_new(contact, hidden ? "user_id" : "wa_id", json_string(bare(from)));
    json_t *said = json_stringn(text->body.p, text->body.n);
    if (text->n_media) {
        const struct sandbox_file *file = &text->media[0];
        const char *type = file->type ? file->type : "image/jpeg";
        json_object_set_new(message, "type", json_string("image"));
        json_object_set_new(
            message, "image",
            json_pack("{s:s, s:s, s:o}", "id", media, "mime_type", type, "caption", said));
    } else {
        json_object_set_new(message, "type", json_string("text"));
        json_object_set_new(message, "text", json_pack("{s:o}", "body", said));
    }
    return batch_of(s, p, json_pack("{s:[o], s:[o]}", "contacts", contact, "messages", message));
}

struct str sandbox_meta_status(struct sandbox *s, struct pool *p, const char *to, const char *id,
                               const char *status, const char *opaque, int code)
{
    bool failed = strcmp(status, "undelivered") == 0 || strcmp(status, "failed") == 0;
    json_t *update =
        json_pack("{s:s, s:s, s:o, s:s}", "id", id, "status", failed ? "failed" : status,
                  "timestamp", timestamp(p), "recipient_id", bare(to));
    if (opaque) {
        json_object_set_new(update, "biz_opaque_callback_data", json_string(opaque));
    }
    if (failed) {
        json_object_set_new(update, "errors",
                            json_pack("[{s:i, s:s}]", "code", code, "title", "Undeliverable"));
    }
    return batch_of(s, p, json_pack("{s:[o]}", "statuses", update));
}

int sandbox_meta_post(struct sandbox *s, struct http_client *http, struct pool *p, const char *url,
                      struct str batch, enum sandbox_seal seal, struct http_answer *answer,
                      struct err *e)
{
    struct str secret = str_of(seal == SEAL_FORGED ? "somebody else's secret" : s->meta.secret);
    const char *headers[] = {
        pool_printf(p, "X-Hub-Signature-256: %s", meta_sign(p, secret, batch)),
        "Content-Type: application/json",
        "User-Agent: facebookexternalua",
        "Accept: */*",
        NULL,
    };
    if (seal == SEAL_ALTERED) { /* a space more */
        batch = str_of(pool_printf(p, " " STR_FMT, STR_ARG(batch)));
    }
    struct http_call call = {
        .method = "POST",
        .url = url,
        .headers = headers,
        .body = batch,
        .timeout_ms = CALL_MS,
        .connect_timeout_ms = CONNECT_MS,
        .answer_max_bytes = 64u << 10,
    };
    int rc = http_client_call(http, p, &call, answer, e);
    if (rc && !answer->may_have_arrived && !atomic_load(&s->stopping)) {
        sandbox_sleep(s, RETRY_AFTER_MS);
        rc = http_client_call(http, p, &call, answer, e);
    }
    if (rc == 0 && seal != SEAL_RIGHT && answer->status >= 200 && answer->status < 300) {
        atomic_fetch_add(&s->forged_taken, 1);
    }
    return rc;
}

static void copy_url(struct sandbox *s, void *arg)
{
    memcpy(arg, s->product_url, sizeof s->product_url);
}

/* Asks the product as Meta does when somebody enters the webhook's address there. */
static int verify(struct sandbox *s, struct http_request *req, struct http_response *res,
                  struct err *e)
{
    struct pool *p = req->pool;
    char product[SANDBOX_URL_BYTES];
    sandbox_do(s, copy_url, product);
    struct id challenge = id_new();
    struct buf query CLEANUP(buf_clear);
    buf_init(&query, 4096);
    form_add(&query, "hub.mode", STR("subscribe"));
    form_add(&query, "hub.verify_token", str_of(s->meta.verify));
    form_add(&query, "hub.challenge", str_of(challenge.text));
    struct http_client *http CLEANUP(http_client_free) = http_client_new();
    struct http_answer answer = {0};
    struct http_call call = {
        .method = "GET",
        .url =
            pool_printf(p, "%s" SANDBOX_META_PATH "?" STR_FMT, product, STR_ARG(buf_str(&query))),
        .timeout_ms = CALL_MS,
        .connect_timeout_ms = CONNECT_MS,
        .answer_max_bytes = 64u << 10,
    };
    int rc = http_client_call(http, p, &call, &answer, e);
    if (rc < 0) {
        return rc;
    }
    bool verified = answer.status == 200 && str_eq(answer.body, str_of(challenge.text));
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_bool(&j, "verified", verified);
    jw_kv_i64(&j, "status", answer.status);
    jw_object_end(&j);
    return 0;
}

struct reading {
    const char *number;
    int n;
};

/* Desk: the customer opens WhatsApp and reads what has been delivered. */
static void read_all(struct sandbox *s, void *arg)
{
    struct reading *r = arg;
    for (int64_t seq = s->first; seq < s->next; seq++) {
        struct sandbox_message *m = sandbox_at(s, seq);
        if (!m->inbound && strcmp(m->to, r->number) == 0 && strcmp(m->status, "delivered") == 0) {
            sandbox_step_later(s, m, "read");
            r->n++;
        }
    }
}

static int customer_reads(struct sandbox *s, struct http_request *req, struct http_response *res,
                          struct err *e)
{
    json_t *document = NULL;
    int rc = json_read(req->pool, req->body, &document, e);
    if (rc < 0) {
        return rc;
    }
    const char *number = json_get_text(document, "number", NULL);
    if (!number) {
        return err_field(e, ERR_INVALID, "number", "number is missing: the customer's");
    }
    struct reading r = {number, 0};
    if (strncmp(number, "whatsapp:", 9) != 0) {
        r.number = pool_printf(req->pool, "whatsapp:%s", number);
    }
    sandbox_do(s, read_all, &r);
    struct jw j = jw_to(&res->body);
    jw_object(&j);
    jw_kv_i64(&j, "read", r.n);
    jw_object_end(&j);
    return 0;
}

int sandbox_meta_control(struct sandbox *s, struct http_request *req, struct http_response *res,
                         struct err *e)
{
    if (req->method != HTTP_POST) {
        return err_set(e, ERR_METHOD, "the path takes POST");
    }
    return str_eq(req->path, STR("/sandbox/read")) ? customer_reads(s, req, res, e)
                                                   : verify(s, req, res, e);
}
