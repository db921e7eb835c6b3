/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner knows one form, an object of plain strings with the object `media` in it, its members
 * in any order. Whatever else it meets (an escape, a number, a member it does not know or has met
 * before) makes it give up, and the parser decides: so it needs no opinion of its own on what is
 * wrong. Both accept the same messages in the end.
 */
#include "voice/media_frame.h"

#include "base/json_read.h"
#include "channels/inbound_sms.h"
#include "voice/audio.h"

#define SID_MAX_BYTES 64
#define MARK_MAX_BYTES 256

/* ---- one pass ---- */

struct scan {
    const char *at, *end;
};

enum { DIGIT = 1, SOUND = 2, PLAIN = 4 }; /* what a byte may be part of */

#define P PLAIN
#define S (SOUND | PLAIN)
#define D (DIGIT | SOUND | PLAIN)
static const unsigned char kinds_of_bytes[256] =
    {
        [' '] = P,         ['!'] = P, ['#' ... '*'] = P, ['+'] = S,
        [',' ... '.'] = P, ['/'] = S, ['0' ... '9'] = D, [':' ... '@'] = P,
        ['A' ... 'Z'] = S, ['['] = P, [']' ... '`'] = P, ['a' ... 'z'] = S,
        ['{' ... '~'] = P,
};
#undef P
#undef S
#undef D

static char next(struct scan *s)
{
    while (s->at < s->end &&
           (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')) {
        s->at++;
    }
    return s->at < s->end ? *s->at : '\0';
}

static bool took(struct scan *s, char c)
{
    bool is = next(s) == c && c;
    s->at += is;
    return is;
}

/* A string whose bytes are all of that kind; then `tail` of the sound's padding. */
static bool text_of(struct scan *s, int kind, struct str *out)
{
    if (!took(s, '"')) {
        return false;
    }
    const char *from = s->at;
    while (s->at < s->end && kinds_of_bytes[(unsigned char)*s->at] & kind) {
        s->at++;
    }
    for (int i = 0; kind == SOUND && i < 2 && s->at < s->end && *s->at == '='; i++) {
        s->at++;
    }
    *out = (struct str){from, (size_t)(s->at - from)};
    bool closed = s->at < s->end && *s->at == '"';
    s->at += closed;
    return closed;
}

static bool number_of(struct scan *s, int64_t *out)
{
    struct str digits;
    if (!text_of(s, DIGIT, &digits) || digits.n == 0 || digits.n > 18) {
        return false;
    }
    int64_t n = 0;
    for (size_t i = 0; i < digits.n; i++) {
        n = n * 10 + (digits.p[i] - '0');
    }
    *out = n;
    return true;
}

enum member {
    EVENT = 1,
    SEQUENCE = 2,
    STREAM = 4,
    MEDIA = 8,
    TRACK = 16,
    CHUNK = 32,
    TIME = 64,
    PAYLOAD = 128
};
#define OUTER (EVENT | SEQUENCE | STREAM | MEDIA)
#define INNER (TRACK | CHUNK | TIME | PAYLOAD)

static enum member member_of(struct str key, bool inner)
{
    static const struct {
        struct str name;
        enum member member;
    } members[] = {
        {{"event", 5}, EVENT},      {{"sequenceNumber", 14}, SEQUENCE},
        {{"streamSid", 9}, STREAM}, {{"media", 5}, MEDIA},
        {{"track", 5}, TRACK},      {{"chunk", 5}, CHUNK},
        {{"timestamp", 9}, TIME},   {{"payload", 7}, PAYLOAD},
    };
    for (size_t i = inner ? 4 : 0; i < (inner ? ARRAY_SIZE(members) : 4); i++) {
        if (members[i].name.n == key.n && memcmp(members[i].name.p, key.p, key.n) == 0) {
            return members[i].member;
        }
    }
    return 0;
}

static bool scan_object(struct scan *s, bool inner, struct media_frame *f);

static bool scan_value(struct scan *s, enum member member, struct media_frame *f)
{
    struct str text;
    switch (member) {
    case EVENT:
        return text_of(s, PLAIN, &text) && text.n == 5 && memcmp(text.p, "media", 5) == 0;
    case SEQUENCE:
        return number_of(s, &f->sequence);
    case STREAM:
        return text_of(s, PLAIN, &f->stream_sid);
    case MEDIA:
        return scan_object(s, true, f);
    case TRACK:
        return text_of(s, PLAIN, &text) && text.n == 7 && memcmp(text.p, "inbound", 7) == 0;
    case CHUNK:
        return number_of(s, &f->chunk);
    case TIME:
        return number_of(s, &f->at_ms);
    case PAYLOAD:
        return text_of(s, SOUND, &f->sound);
    default:
        return false;
    }
}

static bool scan_object(struct scan *s, bool inner, struct media_frame *f)
{
    int seen = 0;
    struct str key;
    if (!took(s, '{')) {
        return false;
    }
    do {
        enum member member = text_of(s, PLAIN, &key) ? member_of(key, inner) : 0;
        if (!member || seen & (int)member || !took(s, ':') || !scan_value(s, member, f)) {
            return false;
        }
        seen |= (int)member;
    } while (took(s, ','));
    return seen == (inner ? INNER : OUTER) && took(s, '}');
}

/* What holds of every frame with sound, however it was read. */
static bool sound_ok(const struct media_frame *f)
{
    size_t n = f->sound.n;
    return f->sequence > 0 && f->chunk > 0 && n > 0 && n % 4 == 0 && f->stream_sid.n > 0 &&
           f->stream_sid.n <= SID_MAX_BYTES &&
           audio_base64_bytes(f->sound.p, n) <= MEDIA_SOUND_MAX_BYTES;
}

bool media_frame_scan(struct str text, struct media_frame *out)
{
    struct media_frame f = {.event = MEDIA_SOUND};
    struct scan s = {text.p, text.p + text.n};
    if (!scan_object(&s, false, &f) || next(&s) || s.at != s.end || !sound_ok(&f)) {
        return false;
    }
    *out = f;
    return true;
}

/* ---- the parser ---- */

static int malformed(struct err *e, const char *what)
{
    return err_set(e, ERR_MALFORMED, "a message of the stream %s", what);
}

/* A number, which Twilio writes as a string. */
static bool number_member(const json_t *object, const char *key, int64_t *out)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_integer(value)) {
        *out = json_integer_value(value);
        return *out >= 0;
    }
    int64_t n;
    bool good = json_is_string(value) && str_to_i64(str_of(json_string_value(value)), &n) && n >= 0;
    if (good) {
        *out = n;
    }
    return good;
}

static struct str text_member(const json_t *object, const char *key)
{
    return str_of(json_get_text(object, key, NULL));
}

/* Base64 in the standard alphabet, whole: it is passed on as it is. */
static bool is_sound(struct str s)
{
    size_t n = s.n;
    for (int i = 0; i < 2 && n && s.p[n - 1] == '='; i++) {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        if (!(kinds_of_bytes[(unsigned char)s.p[i]] & SOUND)) {
            return false;
        }
    }
    return true;
}

static int read_sound(const json_t *media, struct media_frame *f, struct err *e)
{
    struct str track = text_member(media, "track");
    if (track.p && !str_eq(track, STR("inbound"))) {
        f->event = MEDIA_OTHER;
        return 0;
    }
    f->sound = text_member(media, "payload");
    if (!f->sound.p || !is_sound(f->sound) || !number_member(media, "chunk", &f->chunk) ||
        !number_member(media, "timestamp", &f->at_ms) || !sound_ok(f)) {
        return malformed(e, "has no sound in the form that was agreed on");
    }
    return 0;
}

static int read_start(const json_t *start, struct media_frame *f, struct err *e)
{
    const json_t *format = json_object_get(start, "mediaFormat");
    const json_t *ours = json_object_get(start, "customParameters");
    int64_t rate = 0, channels = 0;
    f->call_sid = text_member(start, "callSid");
    f->account_sid = text_member(start, "accountSid");
    f->token = text_member(ours, "token");
    f->from = text_member(ours, "from");
    f->to = text_member(ours, "to");
    f->direction = text_member(ours, "direction");
    f->opening = text_member(ours, "opening");
    if (!f->call_sid.p || !twilio_sid_ok(f->call_sid, "CA") || !f->account_sid.p ||
        f->account_sid.n > SID_MAX_BYTES) {
        return malformed(e, "starts a stream of no call");
    }
    if (!str_eq(text_member(format, "encoding"), STR("audio/x-mulaw")) ||
        !number_member(format, "sampleRate", &rate) || rate != 8000 ||
        !number_member(format, "channels", &channels) || channels != 1) {
        return malformed(e, "starts a stream in another form than u-law at 8 kHz");
    }
    return 0;
}

static int read_digit(const json_t *dtmf, struct media_frame *f, struct err *e)
{
    struct str digit = text_member(dtmf, "digit");
    if (!digit.p || digit.n != 1 || !strchr("0123456789*#ABCD", digit.p[0])) {
        return malformed(e, "has a key that no telephone has");
    }
    f->digit = digit.p[0];
    return 0;
}

static int read_mark(const json_t *mark, struct media_frame *f, struct err *e)
{
    f->mark = text_member(mark, "name");
    return f->mark.p && f->mark.n <= MARK_MAX_BYTES ? 0 : malformed(e, "is a mark without a name");
}

static int read_connected(const json_t *message, struct media_frame *f, struct err *e)
{
    (void)f;
    struct str protocol = text_member(message, "protocol");
    return !protocol.p || str_eq(protocol, STR("Call")) ? 0
                                                        : malformed(e, "speaks another protocol");
}

static const struct event_form {
    struct str name;
    enum media_event event;
    const char *body; /* its own object; NULL: the message itself */
    int (*read)(const json_t *body, struct media_frame *f, struct err *e);
} event_forms[] = {
    {{"connected", 9}, MEDIA_CONNECTED, NULL, read_connected},
    {{"start", 5}, MEDIA_START, "start", read_start},
    {{"media", 5}, MEDIA_SOUND, "media", read_sound},
    {{"dtmf", 4}, MEDIA_DIGIT, "dtmf", read_digit},
    {{"mark", 4}, MEDIA_MARK, "mark", read_mark},
    {{"stop", 4}, MEDIA_STOP, NULL, NULL},
};

static int read_event(const json_t *message, const struct event_form *form, struct media_frame *f,
                      struct err *e)
{
    const json_t *body = form->body ? json_object_get(message, form->body) : message;
    f->event = form->event;
    f->stream_sid = text_member(message, "streamSid");
    if (form->event != MEDIA_CONNECTED &&
        (!number_member(message, "sequenceNumber", &f->sequence) || f->sequence < 1 ||
         !f->stream_sid.p || f->stream_sid.n == 0 || f->stream_sid.n > SID_MAX_BYTES)) {
        return malformed(e, "has no number or names no stream");
    }
    if (!json_is_object(body)) {
        return malformed(e, "lacks the part that is named as its event");
    }
    return form->read ? form->read(body, f, e) : 0;
}

int media_frame_read(struct pool *p, struct str text, struct media_frame *out, struct err *e)
{
    if (media_frame_scan(text, out)) {
        return 0;
    }
    json_t *message;
    struct media_frame f = {.event = MEDIA_OTHER};
    struct err why = {0};
    if (text.n > MEDIA_FRAME_MAX_BYTES) {
        return malformed(e, "is too long");
    }
    if (json_read(p, text, &message, &why) < 0 || !json_is_object(message)) {
        return malformed(e, "is no JSON object");
    }
    struct str event = text_member(message, "event");
    if (!event.p) {
        return malformed(e, "names no event");
    }
    for (size_t i = 0; i < ARRAY_SIZE(event_forms); i++) {
        if (str_eq(event, event_forms[i].name)) {
            int rc = read_event(message, &event_forms[i], &f, e);
            if (rc < 0) {
                return rc;
            }
        }
    }
    *out = f;
    return 0;
}
