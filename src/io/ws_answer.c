/* SPDX-License-Identifier: Apache-2.0 */
#include "io/ws_answer.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

void ws_accept_of(struct str key, char accept[WS_ACCEPT_BYTES])
{
    unsigned char digest[SHA_DIGEST_LENGTH];
    char joined[WS_KEY_BYTES + sizeof ACCEPT_GUID];
    snprintf(joined, sizeof joined, STR_FMT ACCEPT_GUID, STR_ARG(key));
    SHA1((const unsigned char *)joined, strlen(joined), digest);
    EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
}

/* What the headers said. */
struct seen {
    const char *accept;
    struct str protocol; /* that were offered */
    int upgrades, connections, accepts, protocols;
    const char *bad;
};

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 127 || strchr("\"(),/:;<=>?@[\\]{}", c)) {
            return false;
        }
    }
    return s.n > 0;
}

static bool is_field_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < ' ' && c != '\t') || c == 127) {
            return false;
        }
    }
    return true;
}

/* Is it one of a list with commas? */
static bool lists(struct str list, struct str word, bool (*same)(struct str, struct str))
{
    for (struct str part; list.p && (part = str_cut(&list, ',')).p;) {
        if (same(str_trim(part), word)) {
            return true;
        }
    }
    return false;
}

static void see_header(struct seen *s, struct str name, struct str value)
{
    if (str_eq_nocase(name, STR("Upgrade"))) {
        s->upgrades += str_eq_nocase(value, STR("websocket")) ? 1 : 2;
    } else if (str_eq_nocase(name, STR("Connection"))) {
        s->connections += lists(value, STR("upgrade"), str_eq_nocase);
    } else if (str_eq_nocase(name, STR("Sec-WebSocket-Accept"))) {
        s->accepts += str_eq(value, str_of(s->accept)) ? 1 : 2;
    } else if (str_eq_nocase(name, STR("Sec-WebSocket-Protocol"))) {
        s->protocols += lists(s->protocol, value, str_eq) ? 1 : 2;
    } else if (str_eq_nocase(name, STR("Sec-WebSocket-Extensions"))) {
        s->bad = "the peer wants a WebSocket extension that nobody asked for";
    }
}

static void see_line(struct seen *s, struct str line)
{
    ptrdiff_t colon = str_index(line, ':', 0);
    struct str name = {line.p, colon < 0 ? 0 : (size_t)colon};
    struct str value = {line.p + name.n + 1, line.n - name.n - 1};
    if (colon < 0 || !is_token(name) || !is_field_value(value)) {
        s->bad = "the peer's answer has a header that is none";
        return;
    }
    see_header(s, name, str_trim(value));
}

/* The next line without its end; p == NULL when it is not complete. */
static struct str next_line(struct str *rest)
{
    const char *end = memmem(rest->p, rest->n, "\r\n", 2);
    struct str line = {NULL, 0};
    if (end) {
        line = (struct str){rest->p, (size_t)(end - rest->p)};
        rest->n -= line.n + 2;
        rest->p = end + 2;
    }
    return line;
}

static enum ws_answer bad(char why[WS_ANSWER_WHY_BYTES], const char *text)
{
    snprintf(why, WS_ANSWER_WHY_BYTES, "%s", text);
    return WS_ANSWER_BAD;
}

/* "HTTP/1.1 101 ..." */
static enum ws_answer read_status(struct str line, char why[WS_ANSWER_WHY_BYTES])
{
    int64_t status = 0;
    struct str number = {line.p + 9, 3};
    if (line.n < 12 || !str_starts(line, STR("HTTP/1.1 ")) || (line.n > 12 && line.p[12] != ' ') ||
        !is_field_value(line) || !str_to_i64(number, &status) || status < 100) {
        return bad(why, "the peer does not speak HTTP/1.1");
    }
    if (status != 101) {
        snprintf(why, WS_ANSWER_WHY_BYTES, "the peer refused the WebSocket with HTTP status %d",
                 (int)status);
        return WS_ANSWER_BAD;
    }
    return WS_ANSWER_GOOD;
}

static enum ws_answer judge(const struct seen *s, char why[WS_ANSWER_WHY_BYTES])
{
    if (s->bad) {
        return bad(why, s->bad);
    }
    if (s->upgrades != 1 || s->connections < 1) {
        return bad(why, "the peer's answer is no upgrade to a WebSocket");
    }
    if (s->accepts != 1) {
        return bad(why, "the peer's Sec-WebSocket-Accept is wrong");
    }
    if (s->protocols > 1) {
        return bad(why, "the peer chose a sub-protocol that was not offered");
    }
    return WS_ANSWER_GOOD;
}

enum ws_answer ws_answer_read(struct str got, const char *accept, struct str protocol, size_t *used,
                              char why[WS_ANSWER_WHY_BYTES])
{
    struct seen seen = {.accept = accept, .protocol = protocol};
    struct str rest = {got.p, MIN_OF(got.n, (size_t)WS_ANSWER_BYTES)};
    struct str line = next_line(&rest);
    if (line.p && read_status(line, why) == WS_ANSWER_BAD) {
        return WS_ANSWER_BAD;
    }
    while (line.p && !seen.bad) {
        line = next_line(&rest);
        if (line.p && line.n == 0) {
            *used = (size_t)(rest.p - got.p);
            return judge(&seen, why);
        }
        if (line.p) {
            see_line(&seen, line);
        }
    }
    if (seen.bad || got.n >= WS_ANSWER_BYTES) {
        return bad(why, seen.bad ? seen.bad : "the head of the peer's answer is too long");
    }
    return WS_ANSWER_MORE;
}
