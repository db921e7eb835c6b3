/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes of any charset to the texts that the product holds, and small readers of headers. */
#include <ctype.h>
#include <errno.h>
#include <iconv.h>

#include "base/utf8.h"
#include "mail/mail_private.h"

#define REPLACEMENT "\xEF\xBF\xBD"

GMimeParserOptions *mail_options(void)
{
    static GMimeParserOptions *options;
    static gsize ready;
    if (g_once_init_enter(&ready)) {
        static const char *fallback[] = {"utf-8", "windows-1252", NULL};
        options = g_mime_parser_options_new();
        g_mime_parser_options_set_fallback_charsets(options, fallback);
        g_once_init_leave(&ready, 1);
    }
    return options;
}

bool mail_has_nocase(struct str text, const char *part)
{
    size_t n = strlen(part);
    int first = tolower((unsigned char)part[0]);
    for (size_t i = 0; i + n <= text.n; i++) {
        if (tolower((unsigned char)text.p[i]) == first &&
            g_ascii_strncasecmp(text.p + i, part, n) == 0) {
            return true;
        }
    }
    return false;
}

bool mail_starts_nocase(struct str text, const char *prefix)
{
    size_t n = strlen(prefix);
    return text.n >= n && g_ascii_strncasecmp(text.p, prefix, n) == 0;
}

const char *mail_line_text(struct pool *p, const char *text, size_t max)
{
    struct str whole = str_of(text);
    whole.n = MIN_OF(whole.n, 4 * max + 1024); /* more is cut anyway */
    struct str valid = utf8_repair(p, whole);
    char *clean = str_dup(p, valid);
    for (char *c = clean; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F) {
            *c = ' ';
        }
    }
    return str_dup(p, str_trim(utf8_prefix(str_trim(str_of(clean)), max)));
}

/* ---- bodies ---- */

struct str mail_clean_body(struct pool *p, struct str text)
{
    struct str from = utf8_repair(p, text);
    if (str_starts(from, STR("\xEF\xBB\xBF"))) {
        from.p += 3;
        from.n -= 3;
    }
    char *to = pool_alloc_raw(p, from.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < from.n; i++) {
        char c = from.p[i];
        if (c == '\r') {
            to[n++] = '\n';
            i += i + 1 < from.n && from.p[i + 1] == '\n';
        } else if ((unsigned char)c >= ' ' || c == '\n' || c == '\t') {
            to[n++] = c;
        } else if (c == '\f' || c == '\v') {
            to[n++] = '\n';
        }
    }
    to[n] = '\0';
    return (struct str){to, n};
}

static bool has_high_bytes(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x80) {
            return true;
        }
    }
    return false;
}

/* Charsets in which every byte means something, so that only the bytes can show that it is wrong.
 */
static bool is_single_byte(const char *charset)
{
    static const char *const starts[] = {"iso-8859-", "iso8859-", "windows-125", "cp125",
                                         "latin",     "us-ascii", "ascii",       "ansi_x3"};
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        if (g_ascii_strncasecmp(charset, starts[i], strlen(starts[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Called UTF-8 but not one letter of it is: then it is the other thing that mail programs write. */
static bool is_never_utf8(struct str s)
{
    bool bad = false;
    while (s.n) {
        int32_t c = utf8_next(&s);
        if (c >= 0x80) {
            return false;
        }
        bad = bad || c < 0;
    }
    return bad;
}

/* UTF-16 without a byte order mark: which half of the pairs is empty tells. */
static const char *utf16_of(struct str bytes)
{
    size_t even = 0, odd = 0, n = MIN_OF(bytes.n, (size_t)2000);
    if (bytes.n >= 2 &&
        (memcmp(bytes.p, "\xFE\xFF", 2) == 0 || memcmp(bytes.p, "\xFF\xFE", 2) == 0)) {
        return "UTF-16";
    }
    for (size_t i = 0; i < n; i++) {
        *(i % 2 ? &odd : &even) += bytes.p[i] == 0;
    }
    return even > odd ? "UTF-16BE" : "UTF-16LE";
}

/* What cannot be converted becomes U+FFFD; *bad counts those. false when the charset is unknown. */
static bool convert(struct pool *p, struct str bytes, const char *charset, struct str *out,
                    size_t *bad)
{
    iconv_t cd = g_mime_iconv_open("UTF-8", charset);
    if (cd == (iconv_t)-1) {
        return false;
    }
    struct buf to;
    buf_init(&to, 4 * bytes.n + 1024);
    char *in = (char *)(uintptr_t)bytes.p;
    size_t left = bytes.n;
    *bad = 0;
    while (left) {
        char piece[4096], *at = piece;
        size_t room = sizeof piece;
        size_t rc = iconv(cd, &in, &left, &at, &room);
        buf_add(&to, piece, sizeof piece - room);
        if (rc == (size_t)-1 && errno != E2BIG && left) {
            buf_puts(&to, REPLACEMENT);
            iconv(cd, NULL, NULL, NULL, NULL);
            in++;
            left--;
            ++*bad;
        }
    }
    g_mime_iconv_close(cd);
    *out = (struct str){str_dup(p, buf_str(&to)), to.len};
    buf_clear(&to);
    return true;
}

struct str mail_to_utf8(struct pool *p, struct str bytes, const char *charset)
{
    mail_libraries();
    struct str out;
    size_t bad = 0;
    bytes.p = bytes.p ? bytes.p : "";
    if (!has_high_bytes(bytes) && !memchr(bytes.p, 0, bytes.n) &&
        (!charset || is_single_byte(charset) || g_ascii_strcasecmp(charset, "utf-8") == 0)) {
        return utf8_repair(p, bytes);
    }
    bool known = charset && charset[0];
    if (known && (g_ascii_strcasecmp(charset, "utf-16") == 0 ||
                  g_ascii_strcasecmp(charset, "unicode") == 0)) {
        charset = utf16_of(bytes);
    } else if ((!known || is_single_byte(charset)) && utf8_valid(bytes)) {
        return utf8_repair(p, bytes);
    }
    if (known && is_single_byte(charset) &&
        (mail_has_nocase(str_of(charset), "8859-1") ? strlen(charset) <= strlen("iso-8859-1")
                                                    : mail_has_nocase(str_of(charset), "ascii"))) {
        charset = "windows-1252"; /* what is called latin1 is this, as browsers have it */
    }
    if (known && g_ascii_strcasecmp(charset, "utf-8") == 0 && is_never_utf8(bytes)) {
        charset = "windows-1252";
    }
    if (known && convert(p, bytes, charset, &out, &bad)) {
        return bad && utf8_valid(bytes) ? utf8_repair(p, bytes) : utf8_repair(p, out);
    }
    if (!utf8_valid(bytes) && convert(p, bytes, "windows-1252", &out, &bad)) {
        return utf8_repair(p, out);
    }
    return utf8_repair(p, bytes);
}

/* Quote signs at the line's beginning: RFC 3676 knows them without spaces between. */
static int flow_depth(struct str *line)
{
    int depth = 0;
    while (line->n && line->p[0] == '>') {
        depth++;
        line->p++;
        line->n--;
    }
    if (line->n && line->p[0] == ' ') { /* space-stuffed */
        line->p++;
        line->n--;
    }
    return depth;
}

struct str mail_unflow(struct pool *p, struct str text, bool delete_space)
{
    struct buf to;
    buf_init(&to, 2 * text.n + 16);
    int open = -1; /* the depth of the paragraph that goes on */
    struct str rest = text;
    for (struct str line; rest.p && (line = str_cut(&rest, '\n')).p;) {
        int depth = flow_depth(&line);
        bool signature = str_eq(line, STR("-- "));
        if (open >= 0 && (depth != open || signature)) {
            buf_putc(&to, '\n');
            open = -1;
        }
        if (open < 0) {
            for (int i = 0; i < depth; i++) {
                buf_putc(&to, '>');
            }
            if (depth) {
                buf_putc(&to, ' ');
            }
        }
        bool flowed = line.n && line.p[line.n - 1] == ' ' && !signature;
        line.n -= flowed && delete_space;
        buf_put_str(&to, line);
        open = flowed && rest.p ? depth : -1;
        if (!flowed && rest.p) {
            buf_putc(&to, '\n');
        }
    }
    struct str out = {str_dup(p, buf_str(&to)), to.len};
    buf_clear(&to);
    return out;
}

/* ---- headers ---- */

const char *mail_header(struct pool *p, GMimeObject *object, const char *name)
{
    GMimeHeader *header =
        g_mime_header_list_get_header(g_mime_object_get_header_list(object), name);
    const char *raw = header ? g_mime_header_get_raw_value(header) : NULL;
    return raw ? mail_line_text(p, raw, 64 << 10) : NULL;
}

bool mail_next_field(struct pool *p, struct str *rest, struct str *name, struct str *value)
{
    struct str line = rest->p ? str_cut(rest, '\n') : (struct str){0};
    if (!str_trim(line).n) {
        return false;
    }
    ptrdiff_t colon = str_index(line, ':', 0);
    *name = str_trim(colon > 0 ? (struct str){line.p, (size_t)colon} : (struct str){"", 0});
    *value = str_trim((struct str){line.p + colon + 1, line.n - (size_t)(colon + 1)});
    while (rest->p && rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t')) {
        struct str more = str_trim(str_cut(rest, '\n'));
        if (!more.n) {
            return true;
        }
        if (value->n < 4096) {
            *value = str_of(pool_printf(p, STR_FMT " " STR_FMT, STR_ARG(*value), STR_ARG(more)));
        }
    }
    return true;
}

/* The id between < and >, without the spaces of folding; NULL when it is none. */
static const char *id_of(struct pool *p, struct str inside)
{
    char *id = pool_alloc(p, inside.n + 3);
    size_t n = 0;
    id[n++] = '<';
    for (size_t i = 0; i < inside.n; i++) {
        if (!isspace((unsigned char)inside.p[i])) {
            id[n++] = inside.p[i];
        }
    }
    id[n++] = '>';
    return n > 2 && n <= MAIL_ID_MAX_BYTES ? id : NULL;
}

/* Puts one more at the end; beyond max the middle falls out: the first half and the newest stay. */
static void add_id(const char **ids, size_t max, size_t *n, const char *id)
{
    if (*n == max) {
        memmove(ids + max / 2, ids + max / 2 + 1, (max - max / 2 - 1) * sizeof *ids);
        --*n;
    }
    ids[(*n)++] = id;
}

const char **mail_ids(struct pool *p, const char *value, size_t max, size_t *n_out)
{
    const char **ids = pool_calloc(p, max, sizeof *ids);
    struct str rest = str_of(value ? value : "");
    size_t n = 0;
    for (ptrdiff_t open; (open = str_index(rest, '<', 0)) >= 0;) {
        ptrdiff_t close = str_index(rest, '>', (size_t)open);
        if (close < 0) {
            break;
        }
        const char *id = id_of(p, (struct str){rest.p + open + 1, (size_t)(close - open - 1)});
        if (id) {
            add_id(ids, max, &n, id);
        }
        rest = (struct str){rest.p + close + 1, rest.n - (size_t)close - 1};
    }
    struct str word = str_trim(str_of(value ? value : ""));
    if (!n && word.n && str_index(word, '@', 0) > 0 && str_index(word, ' ', 0) < 0) {
        const char *id = id_of(p, word); /* some leave the brackets out */
        if (id) {
            ids[n++] = id;
        }
    }
    *n_out = n;
    return ids;
}

/* ---- addresses and subjects ---- */

bool mail_same_address(const char *a, const char *b)
{
    return a && b && a[0] && g_ascii_strcasecmp(a, b) == 0;
}

bool mail_address_valid(struct str s)
{
    ptrdiff_t at = -1;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7F || strchr("<>()[],;:\\\"", c)) {
            return false;
        }
        at = c == '@' ? (ptrdiff_t)i : at;
    }
    struct str host = {s.p + at + 1, s.n - (size_t)(at + 1)};
    return at > 0 && at <= 64 && s.n <= 254 && str_index(s, '@', 0) == at && host.n &&
           host.p[0] != '.' && host.p[host.n - 1] != '.' && s.p[0] != '.';
}

/* "Re", "Aw[2]" ... what stands before the colon of a reply's or a forward's subject. */
static bool is_prefix_word(struct str word)
{
    static const char *const words[] = {"re",  "aw", "sv",  "antw", "fw",     "fwd", "wg", "tr",
                                        "rv",  "i",  "enc", "pd",   "odp",    "vs",  "vb", "vl",
                                        "ynt", "r",  "ref", "res",  "doorst", "rif", "fs"};
    ptrdiff_t bracket = str_index(word, '[', 0);
    struct str plain = bracket > 0 ? (struct str){word.p, (size_t)bracket} : word;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (str_eq_nocase(str_trim(plain), str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

struct str mail_base_subject(struct str subject)
{
    for (;;) {
        subject = str_trim(subject);
        ptrdiff_t colon = str_index(subject, ':', 0), close = str_index(subject, ']', 0);
        if (colon > 0 && is_prefix_word((struct str){subject.p, (size_t)colon})) {
            subject = (struct str){subject.p + colon + 1, subject.n - (size_t)colon - 1};
        } else if (subject.n && subject.p[0] == '[' && close > 0 && (size_t)close + 1 < subject.n) {
            subject = (struct str){subject.p + close + 1, subject.n - (size_t)close - 1};
        } else {
            return subject;
        }
    }
}
