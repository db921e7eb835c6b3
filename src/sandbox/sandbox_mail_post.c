/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Posts to the product as SendGrid makes them: signed over the time stamp and the bytes of the
 * body, and for Inbound Parse with the user name and password that stand in its address.
 */
#include "channels/sendgrid_signature.h"
#include "io/http_client.h"
#include "sandbox/sandbox_mail_private.h"

#define CALL_MS 30000
#define CONNECT_MS 5000
#define RETRY_AFTER_MS 200

static void copy_url(struct sandbox *s, void *arg)
{
    memcpy(arg, s->product_url, sizeof s->product_url);
}

/* The product's address, without a slash at its end; "" when it is not known. */
static const char *product_of(struct sandbox *s, struct pool *p)
{
    char *url = pool_alloc(p, SANDBOX_URL_BYTES);
    sandbox_do(s, copy_url, url);
    size_t n = strlen(url);
    while (n && url[n - 1] == '/') {
        url[--n] = '\0';
    }
    return url;
}

/* The signature's value: the right one, or that of somebody who has another key. */
static int sign(struct sandbox *s, struct pool *p, const char *stamp, struct str body,
                enum sandbox_seal seal, const char **out, struct err *e)
{
    struct ecdsa_key *stranger = seal == SEAL_FORGED ? ecdsa_key_new() : NULL;
    int rc = sendgrid_sign(stranger ? stranger : s->mails->key, p, str_of(stamp), body, out, e);
    ecdsa_key_free(&stranger);
    return rc;
}

int mail_post(struct sandbox *s, struct http_client *http, struct pool *p,
              const struct mail_post *post, enum sandbox_seal seal, int *status_out, struct err *e)
{
    const char *signature = NULL, *product = product_of(s, p);
    const char *stamp = pool_printf(p, "%lld", (long long)(wall_now().us / US_PER_SECOND));
    int rc = product[0] ? sign(s, p, stamp, post->body, seal, &signature, e)
                        : err_set(e, ERR_CONFIG, "the sandbox does not know where the product is");
    if (rc) {
        return rc;
    }
    const char *headers[] = {
        pool_printf(p, SENDGRID_SIGNATURE ": %s", signature),
        pool_printf(p, SENDGRID_TIMESTAMP ": %s", stamp),
        pool_printf(p, "Content-Type: %s", post->content_type),
        post->basic ? "User-Agent: Sendlib/1.0" : "User-Agent: SendGrid Event API",
        "Expect:",
        NULL,
    };
    struct str body = post->body;
    if (seal == SEAL_ALTERED) { /* a line more, which changes no meaning */
        char *longer = pool_alloc_raw(p, body.n + 2);
        memcpy(longer, body.p, body.n);
        memcpy(longer + body.n, "\r\n", 2);
        body = (struct str){longer, body.n + 2};
    }
    struct http_call call = {
        .method = "POST",
        .url = pool_printf(p, "%s%s", product, post->path),
        .headers = headers,
        .basic_user = post->basic ? SANDBOX_MAIL_USER : NULL,
        .basic_password = !post->basic          ? NULL
                          : seal == SEAL_FORGED ? "somebody else's"
                                                : s->mails->inbound_secret,
        .body = body,
        .timeout_ms = CALL_MS,
        .connect_timeout_ms = CONNECT_MS,
        .answer_max_bytes = 64u << 10,
    };
    struct http_answer answer = {0};
    rc = http_client_call(http, p, &call, &answer, e);
    if (rc && !answer.may_have_arrived && !atomic_load(&s->stopping)) {
        sandbox_sleep(s, RETRY_AFTER_MS);
        rc = http_client_call(http, p, &call, &answer, e);
    }
    *status_out = rc ? 0 : answer.status;
    if (rc == 0 && seal != SEAL_RIGHT && answer.status >= 200 && answer.status < 300) {
        atomic_fetch_add(&s->forged_taken, 1);
    }
    return rc;
}
