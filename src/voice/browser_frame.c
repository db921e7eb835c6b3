/* SPDX-License-Identifier: Apache-2.0 */
/* The usual audio message is recognised by its letters; what differs in anything is read as JSON.
 */
#include "voice/browser_frame.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "voice/audio.h"

static bool is_base64(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* How many letters of base64 the text begins with. */
static size_t base64_letters(struct str s)
{
    size_t n = 0;
    while (n < s.n && is_base64((unsigned char)s.p[n])) {
        n++;
    }
    return n;
}

bool browser_sound_ok(struct str s)
{
    size_t letters = base64_letters(s);
    size_t padding = s.n - letters;
    if (s.n % 4 || padding > 2) {
        return false;
    }
    for (size_t i = letters; i < s.n; i++) {
        if (s.p[i] != '=') {
            return false;
        }
    }
    return audio_base64_bytes(s.p, s.n) % 2 == 0;
}

/* ---- the usual audio message ---- */

static void skip_space(struct str *s)
{
    while (s->n && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r')) {
        s->p++;
        s->n--;
    }
}

/* Takes one token and the space behind it. */
static bool take(struct str *s, struct str token)
{
    if (!str_starts(*s, token)) {
        return false;
    }
    s->p += token.n;
    s->n -= token.n;
    skip_space(s);
    return true;
}

/* {"type":"audio","data":"..."} with any space, and nothing else; else it is for the parser. */
bool browser_frame_audio(struct str message, struct str *base64_out)
{
    struct str s = message;
    skip_space(&s);
    if (!take(&s, STR("{")) || !take(&s, STR("\"type\"")) || !take(&s, STR(":")) ||
        !take(&s, STR("\"audio\"")) || !take(&s, STR(",")) || !take(&s, STR("\"data\"")) ||
        !take(&s, STR(":")) || !str_starts(s, STR("\""))) {
        return false;
    }
    struct str data = {s.p + 1, 0};
    ptrdiff_t end = str_index(s, '"', 1);
    if (end < 0) {
        return false;
    }
    data.n = (size_t)end - 1;
    s.p += end + 1;
    s.n -= (size_t)end + 1;
    skip_space(&s);
    if (!take(&s, STR("}")) || s.n || !browser_sound_ok(data)) {
        return false;
    }
    *base64_out = data;
    return true;
}

/* ---- all others ---- */

static int read_audio(const json_t *data, struct browser_frame *out, struct err *e)
{
    if (!json_is_string(data)) {
        return err_field(e, ERR_INVALID, "data", "audio needs data: base64 of 16-bit PCM, 24 kHz");
    }
    out->data = (struct str){json_string_value(data), json_string_length(data)};
    if (!browser_sound_ok(out->data)) {
        return err_field(e, ERR_INVALID, "data",
                         "the audio is not base64 of whole 16-bit samples (standard alphabet, "
                         "padded with =)");
    }
    return 0;
}

static int read_text(const json_t *data, struct browser_frame *out, struct err *e)
{
    struct str text = {json_string_value(data), json_string_length(data)};
    if (text.p) {
        text = str_trim(text);
    }
    if (text.n == 0 || text.n > BROWSER_TEXT_BYTES) {
        return err_field(e, ERR_INVALID, "data", "text needs data: what is said, 1 to %d bytes",
                         BROWSER_TEXT_BYTES);
    }
    out->data = text;
    return 0;
}

static int read_ping(struct pool *p, const json_t *data, struct browser_frame *out, struct err *e)
{
    const json_t *at = json_object_get(data, "client_sent_at");
    if (at && !json_is_string(at) && !json_is_number(at) && !json_is_null(at)) {
        return err_field(e, ERR_INVALID, "client_sent_at", "client_sent_at is a number or a text");
    }
    struct buf b CLEANUP(buf_clear);
    buf_init(&b, BROWSER_SENT_AT_BYTES);
    struct jw j = jw_to(&b);
    if (json_is_integer(at)) {
        jw_i64(&j, json_integer_value(at));
    } else if (json_is_real(at)) {
        jw_double(&j, json_real_value(at));
    } else {
        jw_text(&j, json_string_value(at)); /* NULL of all others: null */
    }
    if (buf_failed(&b)) {
        return err_field(e, ERR_INVALID, "client_sent_at", "client_sent_at has at most %d bytes",
                         BROWSER_SENT_AT_BYTES);
    }
    out->data = (struct str){pool_strndup(p, b.data, b.len), b.len};
    out->number = json_is_number(at);
    return 0;
}

static int read_played(const json_t *data, struct browser_frame *out, struct err *e)
{
    const json_t *ms = json_object_get(data, "ms");
    double value = json_number_value(ms);
    if (!json_is_number(ms) || !(value >= 0) || value > 1e12) {
        return err_field(e, ERR_INVALID, "ms", "played needs data.ms: milliseconds of sound");
    }
    out->played_ms = (int64_t)value;
    return 0;
}

static int read_data(struct pool *p, const json_t *data, struct browser_frame *out, struct err *e)
{
    switch (out->kind) {
    case BROWSER_AUDIO:
        return read_audio(data, out, e);
    case BROWSER_TEXT:
        return read_text(data, out, e);
    case BROWSER_PING:
        return read_ping(p, data, out, e);
    case BROWSER_PLAYED:
        return read_played(data, out, e);
    case BROWSER_COMMIT:
    case BROWSER_INTERRUPT:
    case BROWSER_END:
        break;
    }
    return 0;
}

static bool kind_of(const char *type, enum browser_frame_kind *out)
{
    static const char *const names[] = {
        [BROWSER_AUDIO] = "audio",     [BROWSER_TEXT] = "text",
        [BROWSER_COMMIT] = "commit",   [BROWSER_INTERRUPT] = "interrupt",
        [BROWSER_END] = "end_session", [BROWSER_PING] = "ping",
        [BROWSER_PLAYED] = "played",
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(type, names[i]) == 0) {
            *out = (enum browser_frame_kind)i;
            return true;
        }
    }
    return false;
}

int browser_frame_read(struct pool *p, struct str message, struct browser_frame *out, struct err *e)
{
    json_t *root = NULL;
    *out = (struct browser_frame){.kind = BROWSER_AUDIO};
    if (browser_frame_audio(message, &out->data)) {
        return 0;
    }
    int rc = json_read(p, message, &root, e);
    if (rc < 0) {
        return rc;
    }
    const char *type = json_get_text(root, "type", NULL);
    if (!type) {
        return err_field(e, ERR_MALFORMED, "type", "a message is a JSON object with a type");
    }
    if (!kind_of(type, &out->kind)) {
        return err_field(e, ERR_UNSUPPORTED, "type",
                         "the type is none of audio, text, commit, interrupt, end_session, ping, "
                         "played");
    }
    return read_data(p, json_object_get(root, "data"), out, e);
}

/* ---- what is sent ---- */

void browser_pong_write(struct buf *out, const struct browser_frame *ping, struct wall now)
{
    struct jw j = jw_to(out);
    jw_object(&j);
    jw_kv_text(&j, "type", "pong");
    jw_key(&j, "data");
    jw_object(&j);
    jw_kv_raw(&j, "client_sent_at", ping->data);
    jw_key(&j, "server_received_at");
    if (ping->number) {
        jw_i64(&j, now.us / 1000);
    } else {
        jw_wall(&j, now);
    }
    jw_object_end(&j);
    jw_object_end(&j);
}

void browser_error_write(struct buf *out, int code, const char *message)
{
    struct jw j = jw_to(out);
    jw_object(&j);
    jw_kv_text(&j, "type", "error");
    jw_key(&j, "data");
    jw_object(&j);
    jw_kv_text(&j, "code", err_slug(code));
    jw_kv_text(&j, "message", message);
    jw_object_end(&j);
    jw_object_end(&j);
}
