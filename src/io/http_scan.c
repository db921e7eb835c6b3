/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One function per state, each taking one byte. Bodies are skipped over in one step, everything
 * else is read byte by byte: heads are a few hundred bytes. Refused besides plain nonsense, since
 * they are the stuff of request smuggling: bare CR or LF, folded fields, blanks before a colon,
 * Content-Length twice or beside Transfer-Encoding, codings other than chunked, chunk extensions,
 * trailers, a body where evhttp would not read one, NUL anywhere in a head.
 */
#include "io/http_scan.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

#define FIELDS_MAX 200

enum state {
    METHOD,
    TARGET,
    VERSION,
    LINE_END, /* the LF of the request line or of a field */
    FIELD,    /* the first byte of a field, or the CR of the empty line */
    NAME,
    BLANK, /* before the value */
    VALUE,
    HEAD_END,
    BODY,
    CHUNK_SIZE,
    CHUNK_SIZE_END,
    CHUNK_DATA,
    CHUNK_CR,
    CHUNK_LF,
    LAST_CR,
    LAST_LF,
};

enum field { OTHER, HOST, LENGTH, CODING, EXPECT };

void http_scan_init(struct http_scan *s, size_t header_max, size_t body_max)
{
    *s = (struct http_scan){.header_max = header_max, .body_max = body_max};
}

bool http_scan_between(const struct http_scan *s)
{
    return s->state == METHOD && s->head_bytes == 0;
}

size_t http_scan_body_so_far(const struct http_scan *s, size_t least)
{
    return s->state == BODY && s->length >= least ? (size_t)(s->length - s->left) : 0;
}

static void fault(struct http_scan *s, int code, const char *why)
{
    s->bad = code;
    s->why = why;
}

static void malformed(struct http_scan *s, const char *why)
{
    fault(s, ERR_MALFORMED, why);
}

/* RFC 9110 section 5.6.2 */
static bool is_token(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void text_add(struct http_scan *s, unsigned char c)
{
    if (s->n_text < sizeof s->text) {
        s->text[s->n_text++] = (char)c;
    }
}

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

/* A word that filled the whole of text may have been longer, and equals nothing. */
static bool text_is(const struct http_scan *s, const char *word)
{
    return s->n_text < sizeof s->text && strlen(word) == s->n_text &&
           memcmp(s->text, word, s->n_text) == 0;
}

static void next_message(struct http_scan *s)
{
    struct http_scan was = *s;
    http_scan_init(s, was.header_max, was.body_max);
    s->large_path = was.large_path;
    s->large_max = was.large_max;
    s->complete = was.complete + 1;
}

static void in_method(struct http_scan *s, unsigned char c)
{
    static const char *const with_body[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    if (c != ' ') {
        text_add(s, c);
        if (!is_token(c) || s->n_text == sizeof s->text) {
            malformed(s, "the request does not begin with a method");
        }
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(with_body); i++) {
        s->may_have_body |= text_is(s, with_body[i]);
    }
    if (!s->n_text) {
        malformed(s, "the request does not begin with a method");
    } else if (!s->may_have_body && !text_is(s, "HEAD")) {
        fault(s, ERR_METHOD, "this method is not used here");
    }
    s->n_text = 0;
    s->state = TARGET;
}

/* An origin-form, an absolute-form whose authority is a plain name and port, or the asterisk. */
static bool target_begins_well(const struct http_scan *s)
{
    size_t n = s->n_text;
    const char *t = s->text;
    if (!n || (t[0] == '/' && n > 1 && t[1] == '/')) {
        return false;
    }
    return t[0] == '/' || (n == 1 && t[0] == '*') || (n >= 8 && memcmp(t, "http://", 7) == 0) ||
           (n >= 9 && memcmp(t, "https://", 8) == 0);
}

/* Host and port of an absolute-form; stricter than RFC 3986, and than evhttp, which parses it. */
static void in_authority(struct http_scan *s, unsigned char c)
{
    bool digit = c >= '0' && c <= '9';
    bool good = digit || c == '.' || c == '-' || c == '_' || (c >= 'a' && c <= 'z');
    if (s->in_port) {
        s->left = s->left * 10 + (uint64_t)(digit ? c - '0' : 0);
        good = digit && s->left <= UINT16_MAX;
    } else if (c == ':') {
        s->in_port = good = true;
    }
    if (!good) {
        malformed(s, "the request's target names its host in a way that is not taken");
    }
}

static size_t body_max(const struct http_scan *s)
{
    return s->large ? MAX_OF(s->large_max, s->body_max) : s->body_max;
}

/* Is it the beginning of the path whose bodies may be large? */
static void compare_path(struct http_scan *s, unsigned char c)
{
    if (s->large_path && s->n_path != UINT8_MAX && !s->large) {
        bool same = s->large_path[s->n_path] == (char)c;
        s->n_path = same ? (uint8_t)(s->n_path + 1) : UINT8_MAX;
        s->large = same && s->large_path[s->n_path] == '\0';
    }
}

static void in_target(struct http_scan *s, unsigned char c)
{
    if (c == ' ') {
        if (!target_begins_well(s)) {
            malformed(s, "the request's target must be a path");
        }
        s->n_text = 0;
        s->left = 0;
        s->state = VERSION;
    } else if (c < ' ' || c == 0x7f || c == '#') {
        malformed(s, "the request's target holds a character that must be encoded");
    } else {
        text_add(s, lower(c));
        compare_path(s, c);
        s->slashes = c == '?' ? 3 : (uint8_t)(s->slashes + (c == '/' && s->slashes < 3));
        if (s->slashes == 2 && c != '/' && s->text[0] != '/') {
            in_authority(s, lower(c));
        }
    }
}

static void in_version(struct http_scan *s, unsigned char c)
{
    if (c != '\r') {
        text_add(s, c);
        if (c < ' ') {
            malformed(s, "the request line must end with CR LF");
        }
        return;
    }
    s->http_1_0 = text_is(s, "HTTP/1.0");
    if (!s->http_1_0 && !text_is(s, "HTTP/1.1")) {
        malformed(s, "this server speaks HTTP/1.1");
    }
    s->state = LINE_END;
}

static void in_line_end(struct http_scan *s, unsigned char c)
{
    if (c != '\n') {
        malformed(s, "a CR without LF in the request's head");
    }
    s->state = FIELD;
}

static void in_name(struct http_scan *s, unsigned char c)
{
    static const struct {
        const char *name;
        uint8_t field;
    } known[] = {{"host", HOST},
                 {"content-length", LENGTH},
                 {"transfer-encoding", CODING},
                 {"expect", EXPECT}};
    if (c != ':') {
        text_add(s, lower(c));
        if (!is_token(c)) {
            malformed(s, "a header's name holds a character that it must not");
        }
        return;
    }
    s->field = OTHER;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (text_is(s, known[i].name)) {
            s->field = known[i].field;
        }
    }
    s->n_text = 0;
    s->state = BLANK;
}

static void in_field(struct http_scan *s, unsigned char c)
{
    if (c == '\r') {
        s->state = HEAD_END;
        return;
    }
    s->n_text = 0;
    s->state = NAME;
    if (++s->fields > FIELDS_MAX) {
        fault(s, ERR_HEADERS_LARGE, "the request has too many headers");
    } else if (c == ':') {
        malformed(s, "a header without a name");
    } else {
        in_name(s, c); /* refuses the blank of a folded line as well */
    }
}

static void take_length(struct http_scan *s)
{
    if (s->has_length) {
        malformed(s, "Content-Length is given twice");
        return;
    }
    s->has_length = true;
    bool good = s->n_text > 0 && s->n_text <= 18;
    for (size_t i = 0; i < s->n_text; i++) {
        good &= s->text[i] >= '0' && s->text[i] <= '9';
        s->left = good ? s->left * 10 + (uint64_t)(s->text[i] - '0') : 0;
    }
    if (!good) {
        malformed(s, "Content-Length is not a number");
    }
}

static void take_value(struct http_scan *s)
{
    while (s->n_text && (s->text[s->n_text - 1] == ' ' || s->text[s->n_text - 1] == '\t')) {
        s->n_text--;
    }
    switch (s->field) {
    case HOST:
        if (s->has_host) {
            malformed(s, "Host is given twice");
        }
        s->has_host = true;
        break;
    case LENGTH:
        take_length(s);
        break;
    case CODING:
        if (s->chunked || !text_is(s, "chunked")) {
            malformed(s, "the only transfer encoding taken is chunked, once");
        }
        s->chunked = true;
        break;
    case EXPECT:
        if (!text_is(s, "100-continue")) {
            malformed(s, "the only expectation taken is 100-continue");
        }
        break;
    default:
        break;
    }
}

static void in_value(struct http_scan *s, unsigned char c)
{
    if (c == '\r') {
        s->state = LINE_END;
        take_value(s);
    } else if ((c < ' ' && c != '\t') || c == 0x7f) {
        malformed(s, "a header holds a control character");
    } else if (s->field != OTHER) {
        text_add(s, lower(c));
    }
}

static void in_blank(struct http_scan *s, unsigned char c)
{
    if (c != ' ' && c != '\t') {
        s->state = VALUE;
        in_value(s, c);
    }
}

static void in_head_end(struct http_scan *s, unsigned char c)
{
    if (c != '\n') {
        malformed(s, "a CR without LF in the request's head");
    } else if (!s->has_host && !s->http_1_0) {
        malformed(s, "the request names no Host");
    } else if (s->chunked && (s->has_length || s->http_1_0)) {
        malformed(s, "Transfer-Encoding beside Content-Length, or in HTTP/1.0");
    } else if (!s->may_have_body && (s->chunked || s->left)) {
        malformed(s, "this method takes no body");
    } else if (s->left > body_max(s)) {
        fault(s, ERR_TOO_LARGE, "the request's body is too large");
    } else if (s->chunked) {
        s->n_text = 0;
        s->state = CHUNK_SIZE;
    } else if (s->left) {
        s->length = s->left;
        s->state = BODY;
    } else {
        next_message(s);
    }
}

static int hex_value(unsigned char c)
{
    c = lower(c);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void in_chunk_size(struct http_scan *s, unsigned char c)
{
    int digit = hex_value(c);
    if (c == '\r' && s->n_text) {
        s->state = CHUNK_SIZE_END;
    } else if (digit < 0 || s->n_text == 8) {
        malformed(s, "a chunk does not begin with its size");
    } else {
        s->left = s->n_text ? s->left * 16 + (uint64_t)digit : (uint64_t)digit;
        s->n_text++;
    }
}

static void in_chunk_size_end(struct http_scan *s, unsigned char c)
{
    s->body_sum += s->left;
    if (c != '\n') {
        malformed(s, "a chunk's size must end with CR LF");
    } else if (s->body_sum > body_max(s)) {
        fault(s, ERR_TOO_LARGE, "the request's body is too large");
    }
    s->state = s->left ? CHUNK_DATA : LAST_CR;
}

static void in_chunk_cr(struct http_scan *s, unsigned char c)
{
    if (c != '\r') {
        malformed(s, "a chunk is longer than its size");
    }
    s->state = CHUNK_LF;
}

static void in_chunk_lf(struct http_scan *s, unsigned char c)
{
    if (c != '\n') {
        malformed(s, "a chunk must end with CR LF");
    }
    s->n_text = 0;
    s->state = CHUNK_SIZE;
}

static void in_last_cr(struct http_scan *s, unsigned char c)
{
    if (c != '\r') {
        malformed(s, "headers after the body are not taken");
    }
    s->state = LAST_LF;
}

static void in_last_lf(struct http_scan *s, unsigned char c)
{
    if (c != '\n') {
        malformed(s, "the last chunk must end with CR LF");
    } else {
        next_message(s);
    }
}

static void (*const states[])(struct http_scan *s, unsigned char c) = {
    [METHOD] = in_method,
    [TARGET] = in_target,
    [VERSION] = in_version,
    [LINE_END] = in_line_end,
    [FIELD] = in_field,
    [NAME] = in_name,
    [BLANK] = in_blank,
    [VALUE] = in_value,
    [HEAD_END] = in_head_end,
    [CHUNK_SIZE] = in_chunk_size,
    [CHUNK_SIZE_END] = in_chunk_size_end,
    [CHUNK_CR] = in_chunk_cr,
    [CHUNK_LF] = in_chunk_lf,
    [LAST_CR] = in_last_cr,
    [LAST_LF] = in_last_lf,
};

/* Steps over the bytes of a body or a chunk; how many there were. */
static size_t skip(struct http_scan *s, size_t n)
{
    size_t some = s->left < n ? (size_t)s->left : n;
    s->left -= some;
    if (!s->left && s->state == BODY) {
        next_message(s);
    } else if (!s->left) {
        s->state = CHUNK_CR;
    }
    return some;
}

bool http_scan_in_chunks(const struct http_scan *s)
{
    return s->state >= CHUNK_SIZE && s->state <= CHUNK_LF;
}

/* One byte of what is read byte by byte. */
static void take_byte(struct http_scan *s, char c)
{
    if (s->state <= HEAD_END && ++s->head_bytes > s->header_max) {
        fault(s, ERR_HEADERS_LARGE, "the request's headers are too large");
        return;
    }
    states[s->state](s, (unsigned char)c);
}

static size_t some_of_chunks(struct http_scan *s, const char *p, size_t n,
                             enum http_scan_kind *kind)
{
    *kind = HTTP_SCAN_CHUNK;
    if (s->state == CHUNK_DATA) {
        return skip(s, n);
    }
    take_byte(s, *p);
    *kind = s->state == LAST_CR ? HTTP_SCAN_LAST : HTTP_SCAN_FRAME;
    return 1;
}

size_t http_scan_some(struct http_scan *s, const char *p, size_t n, enum http_scan_kind *kind)
{
    size_t i = 0;
    *kind = HTTP_SCAN_PLAIN;
    if (n && !s->bad && http_scan_in_chunks(s)) {
        return some_of_chunks(s, p, n, kind);
    }
    while (i < n && !s->bad && !http_scan_in_chunks(s)) {
        if (s->state == BODY) {
            i += skip(s, n - i);
        } else {
            take_byte(s, p[i++]);
        }
    }
    return s->bad ? n : i;
}

void http_scan_bytes(struct http_scan *s, const char *p, size_t n)
{
    enum http_scan_kind kind;
    for (size_t i = 0; i < n && !s->bad;) {
        i += http_scan_some(s, p + i, n - i, &kind);
    }
}
