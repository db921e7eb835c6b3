/* SPDX-License-Identifier: Apache-2.0 */
/* Strict where it costs nothing: the only writer of these forms is our own script. */
#include "channels/web_chat.h"

#include "base/buf.h"
#include "base/codec.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"

#define VISITOR_CHARS 32 /* of the hash: enough to tell visitors apart, and it fits */

static bool next_member(struct str *list, struct str *out)
{
    size_t i = 0;
    while (i < list->n && (list->p[i] == ' ' || list->p[i] == ',' || list->p[i] == '\t')) {
        i++;
    }
    size_t end = i;
    while (end < list->n && list->p[end] != ' ' && list->p[end] != ',' && list->p[end] != '\t') {
        end++;
    }
    *out = (struct str){list->p + i, end - i};
    *list = (struct str){list->p + end, list->n - end};
    return out->n > 0;
}

bool web_chat_origin_in(struct str list, struct str origin)
{
    struct str one;
    while (origin.n && next_member(&list, &one)) {
        if (str_eq(one, STR("*")) || str_eq_nocase(one, origin)) {
            return true;
        }
    }
    return false;
}

static bool host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']';
}

static bool is_site(struct str s)
{
    struct str scheme = str_starts(s, STR("https://"))  ? STR("https://")
                        : str_starts(s, STR("http://")) ? STR("http://")
                                                        : STR("");
    if (scheme.n == 0 || s.n == scheme.n || s.n > WEB_CHAT_ORIGIN_BYTES) {
        return false;
    }
    for (size_t i = scheme.n; i < s.n; i++) {
        if (!host_char(s.p[i])) {
            return false;
        }
    }
    return true;
}

bool web_chat_origins_ok(struct str list, struct str *wrong_out)
{
    struct str one;
    while (next_member(&list, &one)) {
        if (!str_eq(one, STR("*")) && !is_site(one)) {
            *wrong_out = one;
            return false;
        }
    }
    return true;
}

bool web_chat_key_ok(struct str key)
{
    if (key.n != WEB_CHAT_KEY_CHARS) {
        return false;
    }
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_')) {
            return false;
        }
    }
    return true;
}

const char *web_chat_key_hash(struct pool *p, struct str key)
{
    unsigned char digest[SHA256_BYTES];
    sha256(key, digest);
    return hex_encode(p, digest, sizeof digest);
}

const char *web_chat_message_name(struct pool *p, const struct web_chat_message *m)
{
    return pool_printf(p, "%.*s:%s", VISITOR_CHARS, m->key_hash, m->client_id);
}

struct str web_chat_message_write(struct pool *p, const struct web_chat_message *m)
{
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, 64u << 10); /* a text of control characters grows to six times its size */
    struct jw j = jw_to(&b);
    jw_object(&j);
    jw_kv_text(&j, "visitor", m->key_hash);
    jw_kv_text(&j, "id", m->client_id);
    jw_kv_text(&j, "origin", m->origin);
    if (m->page.n) {
        jw_kv_str(&j, "page", m->page);
    }
    jw_kv_str(&j, "text", m->text);
    jw_object_end(&j);
    return (struct str){str_dup(p, buf_str(&b)), b.len};
}

static bool is_hash(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f'))) {
            return false;
        }
    }
    return s.n == (size_t)2 * SHA256_BYTES;
}

int web_chat_message_read(struct pool *p, struct str body, struct web_chat_message *out,
                          struct err *e)
{
    json_t *document;
    struct id id;
    int rc = json_read(p, body, &document, e);
    if (rc < 0) {
        return rc;
    }
    *out = (struct web_chat_message){
        .key_hash = json_get_text(document, "visitor", ""),
        .client_id = json_get_text(document, "id", ""),
        .origin = json_get_text(document, "origin", ""),
        .page = str_of(json_get_text(document, "page", "")),
        .text = str_trim(str_of(json_get_text(document, "text", ""))),
    };
    if (!is_hash(str_of(out->key_hash)) || !id_parse(str_of(out->client_id), &id)) {
        return err_set(e, ERR_MALFORMED, "the message does not say whose it is");
    }
    if (out->text.n == 0 || out->text.n > WEB_CHAT_TEXT_BYTES ||
        out->page.n > WEB_CHAT_PAGE_BYTES || strlen(out->origin) > WEB_CHAT_ORIGIN_BYTES) {
        return err_set(e, ERR_MALFORMED, "a message of the web chat has between 1 and %d bytes",
                       WEB_CHAT_TEXT_BYTES);
    }
    out->client_id = pool_strdup(p, id.text);
    return 0;
}

int web_chat_hello_read(struct pool *p, struct str frame, struct web_chat_hello *out, struct err *e)
{
    json_t *document;
    if (frame.n > WEB_CHAT_FRAME_BYTES || !utf8_valid(frame)) {
        return err_set(e, ERR_MALFORMED, "the frame is too long or not valid UTF-8");
    }
    int rc = json_read(p, frame, &document, e);
    if (rc < 0) {
        return rc;
    }
    struct str key = str_of(json_get_text(document, "key", ""));
    struct str after = str_of(json_get_text(document, "after", ""));
    struct wall at = {0};
    if (strcmp(json_get_text(document, "type", ""), "hello") != 0 || !web_chat_key_ok(key)) {
        return err_set(e, ERR_MALFORMED, "the first frame is a hello with the visitor's key");
    }
    if (after.n && !wall_parse(after, &at)) {
        return err_field(e, ERR_MALFORMED, "after", "after must be the time of a message");
    }
    *out = (struct web_chat_hello){web_chat_key_hash(p, key), at};
    return 0;
}
