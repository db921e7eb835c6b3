/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTML as the lines that a reader sees, each with how deep it is quoted and what the markup of the
 * common mail programs says of it. libxml2 reads the HTML and calls back element by element; no
 * tree is built. What is not shown (scripts, styles, hidden preheaders, tracking pictures) is gone.
 */
#include <ctype.h>

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include "base/utf8.h"
#include "mail/mail_private.h"

#define ELEMENTS_MAX 600 /* open at a time; libxml2 looks through all of them at each end */
#define LINE_MAX_BYTES (64 << 10)

enum {
    IS_BLOCK = 1,
    IS_HIDDEN = 2,
    IS_PRE = 4,
    IS_QUOTE = 8,
    IS_SPACED = 16, /* an empty line before and after */
    IS_CELL = 32,
    IS_TABLE = 64,
};

static const struct {
    const char *name;
    unsigned is;
} elements[] = {
    {"address", IS_BLOCK},
    {"article", IS_BLOCK},
    {"blockquote", IS_BLOCK | IS_SPACED},
    {"body", IS_BLOCK},
    {"center", IS_BLOCK},
    {"dd", IS_BLOCK},
    {"div", IS_BLOCK},
    {"dl", IS_BLOCK},
    {"dt", IS_BLOCK},
    {"footer", IS_BLOCK},
    {"form", IS_BLOCK},
    {"h1", IS_BLOCK | IS_SPACED},
    {"h2", IS_BLOCK | IS_SPACED},
    {"h3", IS_BLOCK | IS_SPACED},
    {"h4", IS_BLOCK | IS_SPACED},
    {"h5", IS_BLOCK | IS_SPACED},
    {"h6", IS_BLOCK | IS_SPACED},
    {"head", IS_HIDDEN},
    {"header", IS_BLOCK},
    {"hr", IS_BLOCK},
    {"li", IS_BLOCK},
    {"main", IS_BLOCK},
    {"nav", IS_BLOCK},
    {"object", IS_HIDDEN},
    {"ol", IS_BLOCK | IS_SPACED},
    {"p", IS_BLOCK | IS_SPACED},
    {"pre", IS_BLOCK | IS_PRE},
    {"script", IS_HIDDEN},
    {"section", IS_BLOCK},
    {"select", IS_HIDDEN},
    {"style", IS_HIDDEN},
    {"svg", IS_HIDDEN},
    {"table", IS_BLOCK | IS_TABLE},
    {"tbody", IS_BLOCK},
    {"td", IS_CELL},
    {"template", IS_HIDDEN},
    {"textarea", IS_HIDDEN},
    {"th", IS_CELL},
    {"title", IS_HIDDEN},
    {"tr", IS_BLOCK},
    {"ul", IS_BLOCK | IS_SPACED},
    {"xml", IS_HIDDEN},
};

struct element {
    const xmlChar *name; /* interned by libxml2 while it parses */
    unsigned is;
    unsigned marks; /* of all lines within */
};

struct reader {
    struct pool *p;
    htmlParserCtxtPtr parser;
    struct mail_lines *out;
    size_t room; /* for lines */
    struct element open[ELEMENTS_MAX];
    int n_open;
    int hidden, pre, quotes; /* how many open elements are that */
    struct buf line;
    bool space;     /* white space is due before the next word */
    bool blank_due; /* a margin: an empty line before the next text, unless there is one */
    unsigned next;  /* marks for the next line */
    const char *bullet;
};

/* ---- attributes ---- */

static const char *attribute(const xmlChar **atts, const char *name)
{
    for (; atts && *atts; atts += 2) {
        if (g_ascii_strcasecmp((const char *)atts[0], name) == 0) {
            return atts[1] ? (const char *)atts[1] : "";
        }
    }
    return "";
}

static bool in_text(const char *text, const char *part)
{
    return text[0] && mail_has_nocase(str_of(text), part);
}

/* A style without its spaces, so that "display : none" is found; lives in pool. */
static const char *style_of(struct pool *p, const xmlChar **atts)
{
    const char *style = attribute(atts, "style");
    if (!style[0]) {
        return "";
    }
    char *out = pool_alloc(p, strlen(style) + 1);
    size_t n = 0;
    for (const char *c = style; *c; c++) {
        if (!isspace((unsigned char)*c)) {
            out[n++] = (char)tolower((unsigned char)*c);
        }
    }
    return out;
}

static bool is_hidden(const char *style, const xmlChar **atts)
{
    static const char *const ways[] = {"display:none",  "visibility:hidden", "mso-hide:all",
                                       "font-size:0;",  "font-size:0px",     "max-height:0;",
                                       "max-height:0px"};
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        if (in_text(style, ways[i])) {
            return true;
        }
    }
    for (; atts && *atts; atts += 2) {
        if (strcmp((const char *)atts[0], "hidden") == 0) {
            return true;
        }
    }
    return false;
}

/* Where mail programs begin what is not the writer's: id or class as they write it, and as Outlook
 * changes it when it is quoted again (x_...). */
static const struct {
    const char *attribute, *value;
    unsigned mark;
} marks[] = {
    {"class", "gmail_quote", MARK_QUOTE_HEAD},
    {"class", "gmail_extra", 0},
    {"class", "moz-cite-prefix", MARK_QUOTE_HEAD},
    {"class", "moz-forward-container", MARK_FORWARD},
    {"class", "yahoo_quoted", MARK_QUOTE_HEAD},
    {"class", "ydp", 0},
    {"class", "protonmail_quote", MARK_QUOTE_HEAD},
    {"class", "tutanota_quote", MARK_QUOTE_HEAD},
    {"class", "zmail_extra", MARK_QUOTE_HEAD},
    {"class", "OutlookMessageHeader", MARK_QUOTE_HEAD},
    {"id", "divRplyFwdMsg", MARK_QUOTE_HEAD},
    {"id", "appendonsend", MARK_QUOTE_HEAD},
    {"id", "mail-editor-reference-message-container", MARK_QUOTE_HEAD},
    {"id", "ms-outlook-mobile-reference-message", MARK_QUOTE_HEAD},
    {"id", "OLK_SRC_BODY_SECTION", MARK_QUOTE_HEAD},
    {"id", "replySplit", MARK_QUOTE_HEAD},
    {"name", "quote", MARK_QUOTE_HEAD},
    {"name", "quoted-content", MARK_QUOTE_HEAD},
    {"class", "gmail_signature", MARK_SIGNATURE},
    {"class", "moz-signature", MARK_SIGNATURE},
    {"class", "protonmail_signature_block", MARK_SIGNATURE},
    {"id", "ms-outlook-mobile-signature", MARK_SIGNATURE},
    {"id", "AppleMailSignature", MARK_SIGNATURE},
    {"id", "Signature", MARK_SIGNATURE},
    {"class", "mobile-signature", MARK_SIGNATURE},
};

/* Is `value` one of the words, whole or after "x_"? */
static bool has_word(const char *words, const char *value)
{
    struct str rest = str_of(words), want = str_of(value);
    for (struct str word; rest.p && (word = str_cut(&rest, ' ')).p;) {
        while (str_starts(word, STR("x_"))) {
            word.p += 2;
            word.n -= 2;
        }
        if (str_eq_nocase(word, want) ||
            (want.n > 8 && word.n > want.n && mail_starts_nocase(word, value) &&
             (word.p[want.n] == '_' || word.p[want.n] == '-'))) {
            return true;
        }
    }
    return false;
}

static unsigned marks_of(const xmlChar **atts, const char *style)
{
    unsigned found = 0;
    for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
        const char *words = attribute(atts, marks[i].attribute);
        if (words[0] && has_word(words, marks[i].value)) {
            found |= marks[i].mark;
        }
    }
    /* Outlook's rule above the header of the mail that is answered */
    if (in_text(style, "border-top:solid#e1e1e1") || in_text(style, "border-top:solid#b5c4df") ||
        (in_text(style, "border:none;border-top:solid") && in_text(style, "padding:3.0pt0"))) {
        found |= MARK_QUOTE_HEAD;
    }
    return found;
}

/* A blockquote that only indents, as the editors' button makes it, is no quotation. */
static bool is_citation(const xmlChar **atts, const char *style)
{
    return in_text(attribute(atts, "type"), "cite") || in_text(attribute(atts, "class"), "quote") ||
           in_text(style, "border-left") || attribute(atts, "cite")[0];
}

static unsigned kind_of(const xmlChar *name, const xmlChar **atts, const char *style)
{
    unsigned is = 0;
    for (size_t i = 0; i < ARRAY_SIZE(elements); i++) {
        is = strcmp((const char *)name, elements[i].name) == 0 ? elements[i].is : is;
    }
    if (is_hidden(style, atts)) {
        return is | IS_HIDDEN;
    }
    if (in_text(style, "white-space:pre")) {
        is |= IS_PRE;
    }
    if (strcmp((const char *)name, "blockquote") == 0 && is_citation(atts, style)) {
        is |= IS_QUOTE;
    }
    bool flat = in_text(attribute(atts, "class"), "mso") || in_text(style, "margin:0") ||
                in_text(style, "margin-bottom:0") || in_text(style, "margin-top:0");
    return flat ? is & ~(unsigned)IS_SPACED : is;
}

/* ---- lines ---- */

static unsigned marks_here(const struct reader *r)
{
    unsigned all = 0;
    for (int i = 0; i < r->n_open; i++) {
        all |= r->open[i].marks & ~(unsigned)MARK_QUOTE_HEAD;
    }
    return all;
}

static void put_line(struct reader *r, struct str text, unsigned line_marks)
{
    if (r->out->n == r->room && r->room < MAIL_LINES_MAX) {
        size_t room = MIN_OF(2 * r->room + 64, (size_t)MAIL_LINES_MAX);
        struct mail_text_line *more = pool_calloc(r->p, room, sizeof *more);
        if (r->out->n) {
            memcpy(more, r->out->all, r->out->n * sizeof *more);
        }
        r->out->all = more;
        r->room = room;
    }
    if (r->out->n == r->room) {
        r->out->cut = true;
        return;
    }
    r->out->all[r->out->n++] =
        (struct mail_text_line){{str_dup(r->p, text), text.n}, r->quotes, line_marks};
}

static bool last_is_blank(const struct reader *r)
{
    return r->out->n == 0 || r->out->all[r->out->n - 1].text.n == 0;
}

/* Ends the line; an empty one only counts when it was asked for, as <br> does. */
static void end_line(struct reader *r, bool also_empty)
{
    struct str text = buf_str(&r->line);
    while (text.n && text.p[text.n - 1] == ' ') {
        text.n--;
    }
    bool begun = r->line.len > 0;
    if (begun || also_empty) {
        if (text.n && r->blank_due && !last_is_blank(r)) {
            put_line(r, STR(""), marks_here(r));
        }
        r->blank_due = text.n ? false : r->blank_due;
        put_line(r, text, marks_here(r) | r->next);
        r->next = 0;
    }
    r->out->cut = r->out->cut || buf_failed(&r->line);
    buf_reset(&r->line);
    r->space = false;
}

static void put_bytes(struct reader *r, const char *bytes, size_t n)
{
    if (r->bullet) {
        buf_puts(&r->line, r->bullet);
        r->bullet = NULL;
    }
    buf_add(&r->line, bytes, n);
}

/* No width: byte order marks, joiners that pad preheaders, soft hyphens. */
static bool is_invisible(int32_t c)
{
    return c == 0x200B || c == 0x200C || c == 0xFEFF || c == 0x34F || c == 0xAD || c == 0x2060;
}

static void put_character(struct reader *r, int32_t c, const char *bytes, size_t n)
{
    if (c == '\r' || is_invisible(c)) {
        return;
    }
    if (r->pre && c == '\n') {
        end_line(r, true);
    } else if (c == 0xA0 || (r->pre && c == ' ')) {
        if (r->space && r->line.len) {
            put_bytes(r, " ", 1);
        }
        r->space = false;
        put_bytes(r, " ", 1); /* stays, also at the line's beginning */
    } else if (c == ' ' || c == '\n' || c == '\t') {
        r->space = r->line.len > 0;
    } else {
        if (r->space) {
            buf_putc(&r->line, ' ');
            r->space = false;
        }
        put_bytes(r, bytes, n);
    }
}

static void put_text(struct reader *r, struct str text)
{
    while (text.n) {
        const char *at = text.p;
        int32_t c = utf8_next(&text);
        if (c > 0) {
            put_character(r, c, at, (size_t)(text.p - at));
        }
    }
}

/* ---- what libxml2 calls ---- */

static void on_text(void *arg, const xmlChar *bytes, int n)
{
    struct reader *r = arg;
    if (!r->hidden) {
        put_text(r, (struct str){(const char *)bytes, (size_t)n});
    }
}

/* A picture that stands for a character, as Gmail's and Outlook's emoji do. */
static void put_picture(struct reader *r, const xmlChar **atts)
{
    struct str alt = str_of(attribute(atts, "alt"));
    if (alt.n && alt.n <= 28 && (unsigned char)alt.p[0] >= 0xE2) {
        put_text(r, alt);
    }
}

static void open_element(struct reader *r, const xmlChar *name, const xmlChar **atts)
{
    const char *style = style_of(r->p, atts);
    struct element *el = &r->open[r->n_open++];
    *el = (struct element){name, kind_of(name, atts, style), marks_of(atts, style)};
    if (el->is & IS_BLOCK) {
        end_line(r, false);
        r->blank_due = r->blank_due || (el->is & IS_SPACED);
    }
    r->next |= el->marks & MARK_QUOTE_HEAD;
    r->hidden += (el->is & IS_HIDDEN) != 0;
    r->pre += (el->is & IS_PRE) != 0;
    r->quotes += (el->is & IS_QUOTE) != 0;
}

static void on_start(void *arg, const xmlChar *name, const xmlChar **atts)
{
    struct reader *r = arg;
    if (r->n_open == ELEMENTS_MAX) {
        r->out->cut = true;
        xmlStopParser(r->parser);
        return;
    }
    open_element(r, name, atts);
    if (r->hidden) {
        return;
    }
    if (strcmp((const char *)name, "br") == 0) {
        end_line(r, true);
    } else if (strcmp((const char *)name, "li") == 0) {
        r->bullet = "- ";
    } else if (strcmp((const char *)name, "img") == 0) {
        put_picture(r, atts);
    }
}

static void on_end(void *arg, const xmlChar *name)
{
    struct reader *r = arg;
    int i = r->n_open;
    while (i > 0 && strcmp((const char *)r->open[i - 1].name, (const char *)name) != 0) {
        i--;
    }
    while (i > 0 && r->n_open >= i) { /* those within it end with it */
        const struct element *el = &r->open[r->n_open - 1];
        if (el->is & IS_BLOCK) {
            end_line(r, false);
            r->blank_due = r->blank_due || (el->is & IS_SPACED);
            r->bullet = NULL;
        }
        r->space = r->space || ((el->is & IS_CELL) && r->line.len);
        r->hidden -= (el->is & IS_HIDDEN) != 0;
        r->pre -= (el->is & IS_PRE) != 0;
        r->quotes -= (el->is & IS_QUOTE) != 0;
        r->n_open--;
    }
}

/* libxml2 makes a paragraph of text that stands in no body. */
static struct str with_body(struct pool *p, struct str html)
{
    return html.n && !mail_has_nocase(html, "<body")
               ? str_of(pool_printf(p, "<body>" STR_FMT, STR_ARG(html)))
               : html;
}

void mail_lines_of_html(struct pool *p, struct str html, struct mail_lines *out)
{
    struct reader *r = pool_alloc(p, sizeof *r);
    mail_libraries();
    *out = (struct mail_lines){.of_html = true};
    r->p = p;
    r->out = out;
    html = with_body(p, html);
    buf_init(&r->line, LINE_MAX_BYTES);
    htmlParserCtxtPtr parser =
        html.n ? htmlCreateMemoryParserCtxt(html.p, (int)MIN_OF(html.n, (size_t)INT32_MAX)) : NULL;
    if (!parser) {
        return;
    }
    r->parser = parser;
    xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NONET | HTML_PARSE_NOERROR |
                                   HTML_PARSE_NOWARNING | HTML_PARSE_IGNORE_ENC);
    memset(parser->sax, 0, sizeof *parser->sax);
    parser->sax->startElement = on_start;
    parser->sax->endElement = on_end;
    parser->sax->characters = on_text;
    parser->sax->ignorableWhitespace = on_text;
    parser->userData = r;
    htmlParseDocument(parser);
    htmlFreeParserCtxt(parser);
    end_line(r, false);
    buf_clear(&r->line);
}

struct str mail_lines_text(struct pool *p, const struct mail_lines *lines)
{
    struct buf to;
    buf_init(&to, MAIL_TEXT_MAX_BYTES);
    for (size_t i = 0; i < lines->n; i++) {
        const struct mail_text_line *line = &lines->all[i];
        for (int d = 0; lines->of_html && d < MIN_OF(line->depth, 20); d++) {
            buf_puts(&to, d + 1 == line->depth && line->text.n ? "> " : ">");
        }
        buf_put_str(&to, line->text);
        buf_putc(&to, '\n');
    }
    struct str out = {str_dup(p, buf_str(&to)), to.len};
    buf_clear(&to);
    return out;
}

struct str mail_text_of_html(struct pool *p, struct str html)
{
    struct mail_lines lines;
    mail_lines_of_html(p, html, &lines);
    return mail_lines_text(p, &lines);
}
