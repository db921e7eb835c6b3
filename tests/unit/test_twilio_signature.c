/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of Twilio's own libraries and documents (data/twilio_signature.json), and what must
 * not pass for one.
 */
#include "base/pool.h"
#include "channels/twilio_signature.h"
#include "tap.h"
#include "vectors.h"

static const char digest_of_empty_object[] =
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/* The parameters of a vector; NULL when it has a body, as that is no form. */
static struct form *form_of(struct pool *p, const json_t *vector)
{
    if (json_object_get(vector, "body")) {
        return NULL;
    }
    const json_t *params = json_object_get(vector, "params");
    struct form *f = pool_alloc(p, sizeof *f);
    f->n = json_array_size(params);
    f->pairs = pool_calloc(p, f->n + 1, sizeof *f->pairs);
    for (size_t i = 0; i < f->n; i++) {
        const json_t *pair = json_array_get(params, i);
        f->pairs[i].name = str_of(json_string_value(json_array_get(pair, 0)));
        f->pairs[i].value = str_of(json_string_value(json_array_get(pair, 1)));
    }
    return f;
}

static const json_t *vector_named(const json_t *all, const char *name)
{
    size_t i;
    json_t *v;
    json_array_foreach (all, i, v) {
        if (strcmp(json_get_text(v, "name", ""), name) == 0) {
            return v;
        }
    }
    fprintf(stderr, "Bail out! no vector %s\n", name);
    abort();
}

static bool holds(struct pool *p, const json_t *v, const char *token, const char *signature,
                  const char *url, const char *body)
{
    return twilio_signature_ok(p, str_of(token), str_of(signature), str_of(url), form_of(p, v),
                               str_of(body));
}

TEST(signs_as_twilio_does)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const json_t *all = vectors_load(p, "twilio_signature.json");
    EQ_INT(json_array_size(all), 20);
    size_t i;
    json_t *v;
    json_array_foreach (all, i, v) {
        tap_case("%s", json_get_text(v, "name", "?"));
        struct str token = str_of(json_get_text(v, "token", ""));
        struct str url = str_of(json_get_text(v, "url", ""));
        EQ_STR(twilio_sign(p, token, url, form_of(p, v)), json_get_text(v, "expected", "?"));
    }
}

TEST(takes_what_twilio_signed)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const json_t *all = vectors_load(p, "twilio_signature.json");
    size_t i;
    json_t *v;
    json_array_foreach (all, i, v) {
        tap_case("%s", json_get_text(v, "name", "?"));
        const char *url = json_get_text(v, "request_url", json_get_text(v, "url", ""));
        OK(holds(p, v, json_get_text(v, "token", ""), json_get_text(v, "expected", ""), url,
                 json_get_text(v, "body", "")));
    }
}

/* Each signed spelling of one address is taken, whichever of them is the configured one. */
TEST(takes_the_url_with_and_without_port)
{
    static const struct {
        const char *vector, *as_seen;
    } rows[] = {
        {"basic", "https://mycompany.com:443/myapp.php?foo=1&bar=2"},
        {"basic", "https://mycompany.com:8443/myapp.php?foo=1&bar=2"},
        {"basic", "https://mycompany.com/myapp.php?foo=1&bar=2#rc=2&rp=ct,5xx"},
        {"https-port-443", "https://mycompany.com/myapp.php?foo=1&bar=2"},
        {"http-port-80", "http://mycompany.com/myapp.php?foo=1&bar=2"},
        {"creds", "https://user:pass@mycompany.com:443/myapp.php?foo=1&bar=2"},
        {"creds-443", "https://user:pass@mycompany.com/myapp.php?foo=1&bar=2"},
        {"json-empty-443", "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256="},
        {"json-empty-noport", "https://mycompany.com:443/myapp.php?foo=1&bar=2&bodySHA256="},
        {"wss", "wss://example.org/media/"},
        {"wss", "wss://example.org:443/media"},
        {"wss-slash", "wss://example.org/media"},
    };
    struct pool *p CLEANUP(pool_free) = pool_new();
    const json_t *all = vectors_load(p, "twilio_signature.json");
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        tap_case("%s as %s", rows[i].vector, rows[i].as_seen);
        const json_t *v = vector_named(all, rows[i].vector);
        bool digest = str_ends(str_of(rows[i].as_seen), STR("bodySHA256="));
        char *url = pool_printf(p, "%s%s", rows[i].as_seen, digest ? digest_of_empty_object : "");
        OK(holds(p, v, "12345", json_get_text(v, "expected", ""), url,
                 json_get_text(v, "body", "")));
    }
}

TEST(takes_a_host_that_is_an_ipv6_address)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    struct form none = {0};
    struct str token = STR("12345");
    char *plain = twilio_sign(p, token, STR("http://[::1]/a:b"), &none);
    char *with = twilio_sign(p, token, STR("http://[::1]:80/a:b"), &none);
    OK(twilio_signature_ok(p, token, str_of(plain), STR("http://[::1]:8000/a:b"), &none, STR("")));
    OK(twilio_signature_ok(p, token, str_of(with), STR("http://[::1]/a:b"), &none, STR("")));
}

TEST(refuses_any_changed_byte_of_a_form)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const json_t *v = vector_named(vectors_load(p, "twilio_signature.json"), "basic");
    const char *url = json_get_text(v, "url", ""), *right = json_get_text(v, "expected", "");
    struct form *f = form_of(p, v);
    int refused = 0, tried = 0;
    for (size_t i = 0; i < f->n; i++) {
        struct str value = f->pairs[i].value;
        for (size_t at = 0; at < value.n; at++, tried++) {
            char *other = str_dup(p, value);
            other[at] ^= 1;
            f->pairs[i].value = str_of(other);
            refused +=
                !twilio_signature_ok(p, STR("12345"), str_of(right), str_of(url), f, STR(""));
        }
        f->pairs[i].value = value;
    }
    EQ_INT(tried, 17 + 12 + 4 + 12 + 12);
    EQ_INT(refused, tried);
    OK(twilio_signature_ok(p, STR("12345"), str_of(right), str_of(url), f, STR("")));
}

TEST(refuses_what_is_not_quite_it)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const json_t *all = vectors_load(p, "twilio_signature.json");
    const json_t *v = vector_named(all, "basic");
    const char *url = json_get_text(v, "url", ""), *right = json_get_text(v, "expected", "");
    OK(!holds(p, v, "12346", right, url, ""));
    OK(!holds(p, v, "", right, url, ""));
    OK(!holds(p, v, "12345", "", url, ""));
    OK(!holds(p, v, "12345", pool_printf(p, "%s ", right), url, ""));
    OK(!holds(p, v, "12345", "RSOYDt4T1cUTdK1PDd93/VVr8B8", url, ""));
    OK(!holds(p, v, "12345", right, "http://mycompany.com/myapp.php?foo=1&bar=2", ""));
    OK(!holds(p, v, "12345", right, "https://mycompany.org/myapp.php?foo=1&bar=2", ""));
    OK(!holds(p, v, "12345", right, "https://mycompany.com/myapp.php?foo=1&bar=3", ""));
    OK(!holds(p, v, "12345", right, "/myapp.php?foo=1&bar=2", ""));
    OK(!holds(p, v, "12345", right, "", ""));
    /* A signature made with no token at all must not pass where none is configured. */
    char *unkeyed = twilio_sign(p, STR(""), str_of(url), form_of(p, v));
    OK(!holds(p, v, "", unkeyed, url, ""));
    /* A web page's path has no two spellings. */
    const json_t *get = vector_named(all, "ascii-sort");
    OK(!holds(p, get, "12345", json_get_text(get, "expected", ""), "https://example.org/a/", ""));
}

TEST(binds_a_body_that_is_no_form)
{
    struct pool *p CLEANUP(pool_free) = pool_new();
    const json_t *v = vector_named(vectors_load(p, "twilio_signature.json"), "json-body");
    const char *url = json_get_text(v, "url", ""), *right = json_get_text(v, "expected", "");
    OK(holds(p, v, "12345", right, url, json_get_text(v, "body", "")));
    OK(!holds(p, v, "12345", right, url, "{\"property\": \"value\", \"boolean\": false}"));
    OK(!holds(p, v, "12345", right, url, ""));
    /* Rightly signed, but the URL says nothing about the body. */
    char *bare = twilio_sign(p, STR("12345"), STR("https://example.org/a"), NULL);
    OK(!twilio_signature_ok(p, STR("12345"), str_of(bare), STR("https://example.org/a"), NULL,
                            STR("{}")));
    OK(!twilio_signature_ok(p, STR("12345"), str_of(bare), STR("https://example.org/a"), NULL,
                            STR("")));
}

int main(void)
{
    return tap_run();
}
