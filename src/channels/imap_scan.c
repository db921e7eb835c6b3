/* SPDX-License-Identifier: Apache-2.0 */
/* Literals are told by the end of a line alone: "{", digits, perhaps "+", "}". */
#include "channels/imap_scan.h"

#include "base/pool.h"

#define NAME_MAX_BYTES 500

void imap_scan_init(struct imap_scan *s)
{
    buf_init(&s->line, IMAP_LINE_MAX_BYTES);
    s->size = s->left = 0;
}

void imap_scan_clear(struct imap_scan *s)
{
    buf_clear(&s->line);
    s->size = s->left = 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Does the line end with the announcement of a literal? Then that is cut off. */
static bool cut_literal(struct buf *line, uint64_t *size_out)
{
    size_t at = line->len;
    uint64_t size = 0, unit = 1;
    if (at == 0 || line->data[--at] != '}') {
        return false;
    }
    if (at > 0 && line->data[at - 1] == '+') {
        at--;
    }
    size_t digits = 0;
    while (at > 0 && is_digit(line->data[at - 1]) && digits < 15) {
        size += (uint64_t)(line->data[--at] - '0') * unit;
        unit *= 10;
        digits++;
    }
    if (digits == 0 || at == 0 || line->data[at - 1] != '{') {
        return false;
    }
    line->len = at - 1;
    line->data[line->len] = '\0';
    *size_out = size;
    return true;
}

static int end_line(struct imap_scan *s, struct err *e)
{
    if (s->line.len && s->line.data[s->line.len - 1] == '\r') {
        s->line.data[--s->line.len] = '\0';
    }
    if (cut_literal(&s->line, &s->size)) {
        s->left = s->size;
        return s->size ? 0 : s->on_literal(s->arg, buf_str(&s->line), 0, STR(""), e);
    }
    int rc = s->line.len ? s->on_response(s->arg, buf_str(&s->line), e) : 0;
    buf_reset(&s->line);
    return rc;
}

static int take_literal(struct imap_scan *s, struct str *bytes, struct err *e)
{
    size_t n = (size_t)MIN_OF(s->left, (uint64_t)bytes->n);
    struct str piece = {bytes->p, n};
    *bytes = (struct str){bytes->p + n, bytes->n - n};
    s->left -= n;
    return s->on_literal(s->arg, buf_str(&s->line), s->size, piece, e);
}

static int take_line(struct imap_scan *s, struct str *bytes, struct err *e)
{
    ptrdiff_t end = str_index(*bytes, '\n', 0);
    size_t n = end < 0 ? bytes->n : (size_t)end;
    buf_add(&s->line, bytes->p, n);
    if (buf_failed(&s->line)) {
        return err_set(e, ERR_TOO_LARGE, "the server sends lines without end");
    }
    size_t used = end < 0 ? n : n + 1;
    *bytes = (struct str){bytes->p + used, bytes->n - used};
    return end < 0 ? 0 : end_line(s, e);
}

int imap_scan_bytes(struct imap_scan *s, struct str bytes, struct err *e)
{
    int rc = 0;
    while (bytes.n && rc == 0) {
        rc = s->left ? take_literal(s, &bytes, e) : take_line(s, &bytes, e);
    }
    return rc;
}

bool imap_has_word(struct str line, const char *word)
{
    struct str rest = line, wanted = str_of(word);
    while (rest.p) {
        if (str_eq_nocase(str_cut(&rest, ' '), wanted)) {
            return true;
        }
    }
    return false;
}

bool imap_is_search(struct str line)
{
    struct str star = str_cut(&line, ' ');
    return line.p && str_eq(star, STR("*")) && str_eq_nocase(str_cut(&line, ' '), STR("SEARCH"));
}

uint32_t imap_next_number(struct str *line)
{
    while (line->n && !is_digit(line->p[0])) {
        *line = (struct str){line->p + 1, line->n - 1};
    }
    uint64_t value = 0;
    while (line->n && is_digit(line->p[0])) {
        value = MIN_OF(value * 10 + (uint64_t)(line->p[0] - '0'), (uint64_t)UINT32_MAX + 1);
        *line = (struct str){line->p + 1, line->n - 1};
    }
    return value > UINT32_MAX ? 0 : (uint32_t)value;
}

uint32_t imap_uid_of(struct str line)
{
    struct str rest = line;
    while (rest.p) {
        struct str word = str_cut(&rest, ' ');
        while (word.n && word.p[0] == '(') {
            word = (struct str){word.p + 1, word.n - 1};
        }
        if (rest.p && str_eq_nocase(word, STR("UID"))) {
            return imap_next_number(&rest);
        }
    }
    return 0;
}

const char *imap_quote(struct pool *p, struct str name)
{
    char *out = pool_alloc(p, name.n * 2 + 3), *to = out;
    if (name.n == 0 || name.n > NAME_MAX_BYTES) {
        return NULL;
    }
    *to++ = '"';
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c < 0x20 || c >= 0x7f) {
            return NULL;
        }
        if (c == '"' || c == '\\') {
            *to++ = '\\';
        }
        *to++ = (char)c;
    }
    *to++ = '"';
    *to = '\0';
    return out;
}
