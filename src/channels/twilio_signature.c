/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Twilio signs the URL that it was told to call, and which spelling of that URL (port or none, an
 * apostrophe plain or escaped) depends on the back end that made the request. So a signature is
 * held against every spelling that Twilio's own validators try; an attacker gains nothing from it,
 * as each needs the token. Nothing here decides what the public URL is: the caller passes it.
 */
#include "channels/twilio_signature.h"

#include <stdlib.h>

static int compare_str(struct str a, struct str b)
{
    size_t n = MIN_OF(a.n, b.n);
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct form_pair *x = a, *y = b;
    int order = compare_str(x->name, y->name);
    return order ? order : compare_str(x->value, y->value);
}

/* What follows the URL: names and values in byte order, equal pairs once. */
static struct str signed_tail(struct pool *p, const struct form *form)
{
    if (!form || form->n == 0) {
        return STR("");
    }
    struct form_pair *pairs = pool_calloc(p, form->n, sizeof *pairs);
    memcpy(pairs, form->pairs, form->n * sizeof *pairs);
    qsort(pairs, form->n, sizeof *pairs, compare_pairs);
    size_t most = 0;
    for (size_t i = 0; i < form->n; i++) {
        most += pairs[i].name.n + pairs[i].value.n;
    }
    char *out = pool_alloc(p, most + 1);
    size_t n = 0;
    for (size_t i = 0; i < form->n; i++) {
        if (i && compare_pairs(&pairs[i - 1], &pairs[i]) == 0) {
            continue;
        }
        memcpy(out + n, pairs[i].name.p, pairs[i].name.n);
        n += pairs[i].name.n;
        memcpy(out + n, pairs[i].value.p, pairs[i].value.n);
        n += pairs[i].value.n;
    }
    return (struct str){out, n};
}

static char *sign(struct pool *p, struct str token, struct str url, struct str tail)
{
    char *text = pool_alloc(p, url.n + tail.n + 1);
    memcpy(text, url.p, url.n);
    memcpy(text + url.n, tail.p, tail.n);
    unsigned char mac[SHA1_BYTES];
    hmac_sha1(token, (struct str){text, url.n + tail.n}, mac);
    return base64_encode(p, mac, sizeof mac);
}

char *twilio_sign(struct pool *p, struct str token, struct str url, const struct form *form)
{
    return sign(p, token, url, signed_tail(p, form));
}

/* A URL cut where a port goes: before + [:port] + after. */
struct url_parts {
    struct str before; /* scheme, user-info, host */
    struct str port;   /* with its colon; n == 0: none */
    struct str after;
    const char *default_port;
    bool socket; /* ws: or wss: */
};

static bool cut_url(struct str url, struct url_parts *out)
{
    size_t start = 0;
    while (start + 3 <= url.n && memcmp(url.p + start, "://", 3) != 0) {
        start++;
    }
    if (start + 3 > url.n) {
        return false;
    }
    size_t host = start + 3, end = host;
    for (; end < url.n && !memchr("/?#", url.p[end], 3); end++) {
        if (url.p[end] == '@') {
            host = end + 1;
        }
    }
    size_t colon = end;
    for (size_t i = end; i > host && url.p[i - 1] != ']'; i--) {
        if (url.p[i - 1] == ':') {
            colon = i - 1;
        }
    }
    struct str scheme = {url.p, start};
    bool tls = str_eq_nocase(scheme, STR("https")) || str_eq_nocase(scheme, STR("wss"));
    *out = (struct url_parts){
        .before = {url.p, colon},
        .port = {url.p + colon, end - colon},
        .after = {url.p + end, url.n - end},
        .default_port = tls ? ":443" : ":80",
        .socket = str_eq_nocase(scheme, STR("wss")) || str_eq_nocase(scheme, STR("ws")),
    };
    return true;
}

static struct str join(struct pool *p, struct str before, struct str port, struct str after)
{
    size_t n = before.n + port.n + after.n;
    char *out = pool_alloc(p, n + 1);
    memcpy(out, before.p, before.n);
    memcpy(out + before.n, port.p, port.n);
    memcpy(out + before.n + port.n, after.p, after.n);
    return (struct str){out, n};
}

/* The query as a WHATWG URL parser writes it, which is what some of Twilio's back ends sign. */
static struct str escape_query(struct pool *p, struct str after)
{
    static const char hex[] = "0123456789ABCDEF";
    ptrdiff_t query = str_index(after, '?', 0);
    if (query < 0) {
        return after;
    }
    char *out = pool_alloc(p, after.n * 3 + 1);
    size_t n = (size_t)query;
    memcpy(out, after.p, n);
    for (size_t i = n; i < after.n; i++) {
        unsigned char c = (unsigned char)after.p[i];
        if (c <= ' ' || c >= 0x7f || memchr("\"'<>", c, 4)) {
            out[n++] = '%';
            out[n++] = hex[c >> 4];
            out[n++] = hex[c & 15];
        } else {
            out[n++] = (char)c;
        }
    }
    return (struct str){out, n};
}

/* A socket's path with its last slash added or taken away. */
static struct str other_slash(struct pool *p, struct str after)
{
    ptrdiff_t query = str_index(after, '?', 0);
    size_t path = query < 0 ? after.n : (size_t)query;
    struct str rest = {after.p + path, after.n - path};
    bool has = path && after.p[path - 1] == '/';
    return has ? join(p, (struct str){after.p, path - 1}, STR(""), rest)
               : join(p, (struct str){after.p, path}, STR("/"), rest);
}

struct check {
    struct pool *pool;
    struct str token;
    struct str signature;
    struct str tail;
    bool ok;
};

static void try_url(struct check *c, struct str url)
{
    char *right = sign(c->pool, c->token, url, c->tail);
    c->ok |= str_eq_secret(c->signature, str_of(right));
}

/* The URL from the path on, with each of the ports that may have been signed. */
static void try_ports(struct check *c, const struct url_parts *u, struct str after)
{
    try_url(c, join(c->pool, u->before, STR(""), after));
    try_url(c, join(c->pool, u->before, str_of(u->default_port), after));
    if (u->port.n) {
        try_url(c, join(c->pool, u->before, u->port, after));
    }
}

/* The body of a request that is no form is bound by its digest in the URL. */
static bool body_ok(struct pool *p, struct str after, struct str body)
{
    ptrdiff_t query = str_index(after, '?', 0);
    struct form f;
    if (query < 0 ||
        form_parse(p, (struct str){after.p + query + 1, after.n - (size_t)query - 1}, &f, NULL)) {
        return false;
    }
    unsigned char digest[SHA256_BYTES];
    sha256(body, digest);
    struct str right = str_of(hex_encode(p, digest, sizeof digest));
    return str_eq_nocase(form_get(&f, "bodySHA256"), right);
}

bool twilio_signature_ok(struct pool *p, struct str token, struct str signature, struct str url,
                         const struct form *form, struct str body)
{
    struct url_parts u;
    ptrdiff_t fragment = str_index(url, '#', 0);
    if (fragment >= 0) {
        url.n = (size_t)fragment; /* connection overrides, which Twilio does not send */
    }
    if (token.n == 0 || signature.n == 0 || !cut_url(url, &u)) {
        return false;
    }
    struct check c = {p, token, signature, signed_tail(p, form), false};
    struct str escaped = escape_query(p, u.after);
    try_ports(&c, &u, u.after);
    if (!str_eq(escaped, u.after)) {
        try_ports(&c, &u, escaped);
    }
    if (u.socket) {
        try_ports(&c, &u, other_slash(p, u.after));
    }
    return c.ok && (form || body_ok(p, u.after, body));
}
