/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner. Strings are passed over by memchr, so that a frame full of sound costs little more
 * than its bytes; the sound itself is looked at once, whether it is base64.
 */
#include "voice/realtime_event.h"

#include "base/json_read.h"

static const struct row {
    enum realtime_kind kind;
    struct str present, beta;
} rows[] = {
#define EVENT(name, present, beta) {REALTIME_##name, STR(present), STR(beta)},
#include "voice/realtime_event.def"
#undef EVENT
};

struct scan {
    const char *p, *end;
};

static void space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r')) {
        s->p++;
    }
}

static bool take(struct scan *s, char c)
{
    space(s);
    bool there = s->p < s->end && *s->p == c;
    s->p += there;
    return there;
}

/* A string with its quotation marks, at s->p. */
static bool string(struct scan *s, struct str *out)
{
    const char *from = s->p;
    const char *at = from + 1;
    if (from >= s->end || *from != '"') {
        return false;
    }
    while (at < s->end && (at = memchr(at, '"', (size_t)(s->end - at)))) {
        const char *before = at;
        while (before - 1 > from && before[-1] == '\\') {
            before--;
        }
        at++;
        if ((at - 1 - before) % 2 == 0) {
            *out = (struct str){from, (size_t)(at - from)};
            s->p = at;
            return true;
        }
    }
    return false;
}

/* An object or a list, at s->p; that its brackets fit each other is not looked at. */
static bool nested(struct scan *s)
{
    size_t depth = 0;
    struct str ignored;
    while (s->p < s->end) {
        char c = *s->p;
        if (c == '"') {
            if (!string(s, &ignored)) {
                return false;
            }
            continue;
        }
        s->p++;
        depth += c == '{' || c == '[';
        if ((c == '}' || c == ']') && --depth == 0) {
            return true;
        }
    }
    return false;
}

static bool value(struct scan *s, struct str *out)
{
    space(s);
    const char *from = s->p;
    if (from >= s->end) {
        return false;
    }
    if (*from == '"') {
        return string(s, out);
    }
    if (*from == '{' || *from == '[') {
        bool whole = nested(s);
        *out = (struct str){from, (size_t)(s->p - from)};
        return whole;
    }
    while (s->p < s->end && !strchr(",}] \t\r\n", *s->p)) {
        s->p++;
    }
    *out = (struct str){from, (size_t)(s->p - from)};
    return out->n > 0;
}

/* What is between the quotation marks, if it means just what is written there. */
static struct str plain(struct str quoted)
{
    bool text = quoted.n >= 2 && quoted.p[0] == '"' && !memchr(quoted.p, '\\', quoted.n);
    return text ? (struct str){quoted.p + 1, quoted.n - 2} : (struct str){NULL, 0};
}

static bool is_base64(struct str s)
{
    static const bool of_it[256] = {['A' ... 'Z'] = true,
                                    ['a' ... 'z'] = true,
                                    ['0' ... '9'] = true,
                                    ['+'] = true,
                                    ['/'] = true};
    size_t n = s.n;
    bool all = n % 4 == 0;
    for (int i = 0; i < 2 && n && s.p[n - 1] == '='; i++) {
        n--;
    }
    for (size_t i = 0; i < n; i++) {
        all &= of_it[(unsigned char)s.p[i]];
    }
    return all;
}

static void note(struct realtime_event *e, struct str key, struct str v)
{
    const struct {
        struct str name;
        struct str *text, *raw;
    } members[] = {
        {STR("\"type\""), &e->type, NULL},
        {STR("\"item_id\""), &e->item_id, NULL},
        {STR("\"response_id\""), &e->response_id, NULL},
        {STR("\"delta\""), NULL, &e->delta},
        {STR("\"transcript\""), NULL, &e->transcript},
        {STR("\"item\""), NULL, &e->item},
        {STR("\"response\""), NULL, &e->response},
        {STR("\"session\""), NULL, &e->session},
        {STR("\"error\""), NULL, &e->error},
    };
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        if (!str_eq(members[i].name, key)) {
            continue;
        }
        if (members[i].text) {
            *members[i].text = plain(v);
        } else {
            *members[i].raw = v;
        }
        return;
    }
}

static enum realtime_kind kind_of(struct str type)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (str_eq(type, rows[i].present) || (rows[i].beta.n && str_eq(type, rows[i].beta))) {
            return rows[i].kind;
        }
    }
    return REALTIME_UNKNOWN;
}

static bool members(struct scan *s, struct realtime_event *out)
{
    struct str key, v;
    if (!take(s, '{')) {
        return false;
    }
    if (take(s, '}')) {
        return true;
    }
    do {
        space(s);
        if (!string(s, &key) || !take(s, ':') || !value(s, &v)) {
            return false;
        }
        note(out, key, v);
    } while (take(s, ','));
    return take(s, '}');
}

bool realtime_event_scan(struct str frame, struct realtime_event *out)
{
    struct scan s = {frame.p, frame.p + frame.n};
    *out = (struct realtime_event){0};
    if (!members(&s, out)) {
        return false;
    }
    space(&s);
    out->kind = out->type.p ? kind_of(out->type) : REALTIME_UNKNOWN;
    if (out->kind == REALTIME_AUDIO_DELTA) {
        struct str base64 = plain(out->delta);
        out->audio = base64.p && is_base64(base64) ? base64 : (struct str){NULL, 0};
    }
    return s.p == s.end;
}

struct str realtime_text(struct pool *p, struct str quoted)
{
    json_t *list = NULL;
    const char *wrapped = pool_printf(p, "[" STR_FMT "]", STR_ARG(quoted));
    if (!quoted.n || json_read(p, str_of(wrapped), &list, NULL) < 0) {
        return STR("");
    }
    const json_t *text = json_array_get(list, 0);
    return json_is_string(text) && json_array_size(list) == 1
               ? (struct str){json_string_value(text), json_string_length(text)}
               : STR("");
}
