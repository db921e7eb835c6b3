/* SPDX-License-Identifier: Apache-2.0 */
/* The statement is a JSON Web Token: header, claims and signature in base64url. */
#include "domain/google_account.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/rsa.h"

#define TOKEN_MAX_BYTES 8192
#define GOOD_FOR_S 3600

struct google_account {
    char *email, *key_id, *token_url; /* owned */
    struct rsa_key *key;
};

static bool is_url(const char *text)
{
    return str_starts(str_of(text), STR("https://")) || str_starts(str_of(text), STR("http://"));
}

int google_account_read(struct str key_file, struct google_account **out, struct err *e)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    json_t *document = NULL;
    int rc = json_read(p, key_file, &document, e);
    if (rc < 0) {
        return rc;
    }
    const char *pem = json_get_text(document, "private_key", NULL);
    const char *email = json_get_text(document, "client_email", NULL);
    const char *token_url = json_get_text(document, "token_uri", NULL);
    if (strcmp(json_get_text(document, "type", ""), "service_account") != 0 || !pem || !email ||
        !token_url || !is_url(token_url)) {
        return err_set(e, ERR_MALFORMED,
                       "it is not the key file of a service account: type, client_email, "
                       "private_key and token_uri are wanted");
    }
    struct rsa_key *key = NULL;
    rc = rsa_key_read(str_of(pem), &key, e);
    if (rc < 0) {
        return err_set(e, rc, "its private_key is not the PEM text of an RSA key");
    }
    struct google_account *a = xcalloc(1, sizeof *a);
    *a = (struct google_account){
        .email = xstrdup(email),
        .key_id = xstrdup(json_get_text(document, "private_key_id", "")),
        .token_url = xstrdup(token_url),
        .key = key,
    };
    *out = a;
    return 0;
}

void google_account_free(struct google_account **a)
{
    if (a && *a) {
        free((*a)->email);
        free((*a)->key_id);
        free((*a)->token_url);
        rsa_key_free(&(*a)->key);
        free(*a);
        *a = NULL;
    }
}

const char *google_account_email(const struct google_account *a)
{
    return a->email;
}

const char *google_account_token_url(const struct google_account *a)
{
    return a->token_url;
}

static void write_header(struct buf *to, const struct google_account *a)
{
    struct jw j = jw_to(to);
    jw_object(&j);
    jw_kv_text(&j, "alg", "RS256");
    jw_kv_text(&j, "typ", "JWT");
    jw_kv_text(&j, "kid", a->key_id);
    jw_object_end(&j);
}

static void write_claims(struct buf *to, const struct google_account *a, const char *scope,
                         struct wall now)
{
    struct jw j = jw_to(to);
    jw_object(&j);
    jw_kv_text(&j, "iss", a->email);
    jw_kv_text(&j, "scope", scope);
    jw_kv_text(&j, "aud", a->token_url);
    jw_kv_i64(&j, "iat", now.us / US_PER_SECOND);
    jw_kv_i64(&j, "exp", now.us / US_PER_SECOND + GOOD_FOR_S);
    jw_object_end(&j);
}

static const char *encoded(struct pool *p, struct buf *b)
{
    const char *text = base64url_encode(p, buf_str(b).p, b->len);
    buf_reset(b);
    return text;
}

int google_account_assertion(const struct google_account *a, struct pool *p, const char *scope,
                             struct wall now, struct str *out, struct err *e)
{
    struct buf b CLEANUP(buf_clear);
    struct str signature;
    buf_init(&b, TOKEN_MAX_BYTES);
    write_header(&b, a);
    const char *header = encoded(p, &b);
    write_claims(&b, a, scope, now);
    const char *claims = encoded(p, &b);
    const char *said = pool_printf(p, "%s.%s", header, claims);
    int rc = rsa_sign(a->key, p, str_of(said), &signature, e);
    if (rc == 0) {
        *out = str_of(pool_printf(p, "%s.%s", said, base64url_encode(p, signature.p, signature.n)));
    }
    return rc;
}
