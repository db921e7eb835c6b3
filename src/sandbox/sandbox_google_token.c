/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token endpoint: a JSON Web Token signed with the service account's key is exchanged for an
 * access token, which is its own end signed with a secret of this sandbox.
 */
#include "base/id.h"
#include "base/json_read.h"
#include "base/rsa.h"
#include "sandbox/sandbox_google_private.h"

#define GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define SCOPE "https://www.googleapis.com/auth/calendar"
#define LASTS_S 3599
#define SKEW_S 60

static struct google_state *with_key(struct sandbox *s)
{
    struct google_state *g = s->google;
    if (!g->key) {
        unsigned char id[20];
        random_bytes(id, sizeof id);
        random_bytes(g->secret, sizeof g->secret);
        for (size_t i = 0; i < sizeof id; i++) {
            snprintf(g->key_id + 2 * i, 3, "%02x", id[i]);
        }
        g->key = rsa_key_new();
    }
    return g;
}

static const char *token_url(struct sandbox *s, struct pool *p)
{
    return pool_printf(p, "http://127.0.0.1:%d/token", sandbox_port(s));
}

struct str google_key_file(struct sandbox *s, struct pool *p)
{
    struct google_state *g = with_key(s);
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 16384);
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "type", "service_account");
    jw_kv_text(&j, "project_id", "sandbox");
    jw_kv_text(&j, "private_key_id", g->key_id);
    jw_kv_text(&j, "private_key", rsa_key_pem(g->key, p));
    jw_kv_text(&j, "client_email", SANDBOX_GOOGLE_EMAIL);
    jw_kv_text(&j, "client_id", "100000000000000000001");
    jw_kv_text(&j, "token_uri", token_url(s, p));
    jw_object_end(&j);
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

static json_t *part_of(struct pool *p, struct str encoded)
{
    struct str text;
    json_t *json = NULL;
    bool read = base64_decode(p, encoded, &text) && json_read(p, text, &json, NULL) == 0;
    return read ? json : NULL;
}

/* NULL when the statement is good, else what is wrong. */
static const char *judge(struct sandbox *s, struct pool *p, struct str assertion)
{
    struct google_state *g = with_key(s);
    struct str rest = assertion, signature;
    struct str header = str_cut(&rest, '.'), claims = str_cut(&rest, '.');
    if (!rest.p || !base64_decode(p, rest, &signature)) {
        return "Bad Request";
    }
    const json_t *head = part_of(p, header), *says = part_of(p, claims);
    struct str said = {assertion.p, header.n + 1 + claims.n};
    int64_t now = wall_now().us / US_PER_SECOND;
    int64_t iat = json_get_i64(says, "iat", 0), exp = json_get_i64(says, "exp", 0);
    if (strcmp(json_get_text(head, "alg", ""), "RS256") != 0 ||
        strcmp(json_get_text(head, "kid", ""), g->key_id) != 0 ||
        !rsa_signed(g->key, said, signature)) {
        return "Invalid JWT Signature.";
    }
    if (strcmp(json_get_text(says, "iss", ""), SANDBOX_GOOGLE_EMAIL) != 0) {
        return "Invalid grant: account not found";
    }
    if (strcmp(json_get_text(says, "aud", ""), token_url(s, p)) != 0) {
        return "Invalid JWT: Failed audience check.";
    }
    if (strcmp(json_get_text(says, "scope", ""), SCOPE) != 0) {
        return "Invalid OAuth scope or ID token audience provided.";
    }
    if (iat > now + SKEW_S || exp < now || exp - iat > 3600) {
        return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
               "timeframe.";
    }
    return NULL;
}

static const char *sign_end(const struct google_state *g, struct pool *p, int64_t end)
{
    unsigned char mac[SHA256_BYTES];
    const char *text = pool_printf(p, "%lld", (long long)end);
    hmac_sha256((struct str){(const char *)g->secret, sizeof g->secret}, str_of(text), mac);
    return pool_printf(p, "sandbox.%s.%s", text, base64url_encode(p, mac, sizeof mac));
}

void google_token(struct sandbox *s, const struct google_task *t)
{
    struct pool *p = t->req->pool;
    struct form f;
    struct jw j = jw_to(&t->res->body);
    s->google->tokens++;
    const char *wrong = "Bad Request";
    if (form_parse(p, t->req->body, &f, NULL) == 0 &&
        str_eq(form_get(&f, "grant_type"), STR(GRANT))) {
        wrong = judge(s, p, form_get(&f, "assertion"));
    }
    jw_object(&j);
    if (wrong) {
        t->res->status = 400;
        jw_kv_text(&j, "error", "invalid_grant");
        jw_kv_text(&j, "error_description", wrong);
    } else {
        int64_t end = wall_now().us / US_PER_SECOND + LASTS_S;
        jw_kv_text(&j, "access_token", sign_end(s->google, p, end));
        jw_kv_i64(&j, "expires_in", LASTS_S);
        jw_kv_text(&j, "token_type", "Bearer");
    }
    jw_object_end(&j);
}

bool google_token_ok(struct sandbox *s, const struct http_request *req)
{
    struct str header = http_request_header(req, "Authorization"), prefix = STR("Bearer ");
    if (!header.p || !str_starts(header, prefix)) {
        return false;
    }
    struct str token = {header.p + prefix.n, header.n - prefix.n}, rest = token;
    int64_t end;
    (void)str_cut(&rest, '.');
    if (!rest.p || !str_to_i64(str_cut(&rest, '.'), &end) || end < wall_now().us / US_PER_SECOND) {
        return false;
    }
    return s->google->key && str_eq_secret(token, str_of(sign_end(s->google, req->pool, end)));
}
